"""What every table and layer must hold, declared as data and checked in one place.

A contract is a tuple of columns. Reading a cell either gives a typed value
(``None`` where the source is silent) or a fault that names file, row, column,
value and what was expected.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from layers.errors import Faults
from layers.words import say

FEATURE_KINDS = (
    "river",
    "reservoir",
    "spring",
    "spring_basin",
    "water_source",
    "protected_area",
    "park",
    "scenic_area",
    "wetland",
    "red_line",
    "mining_area",
    "function_zone",
    "industrial_park",
    "monitoring_section",
    "facility",
)
LAYER_KINDS = (
    *FEATURE_KINDS,
    "county",
    "township",
    "mine_patch",
    "farmland",
    "site",
    "coverage",
    "elevation",
)
BASES = ("surveyed", "published", "digitised", "modelled", "schematic")


def _text(cell: str) -> str:
    return cell


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def _form(pattern: str, cell: str) -> str:
    if not re.fullmatch(pattern, cell):
        raise ValueError(cell)
    return cell


def _number(cell: str) -> float:
    value = float(_form(r"[+-]?[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?", cell))
    if not math.isfinite(value):
        raise ValueError(cell)
    return value


def _integer(cell: str) -> int:
    value = _number(cell)
    if value != int(value):
        raise ValueError(cell)
    return int(value)


PARSERS: dict[str, Callable[[str], object]] = {
    "text": _text,
    "list": _list,
    "number": _number,
    "integer": _integer,
    "slug": partial(_form, r"[a-z0-9][a-z0-9_-]*"),
    "digits6": partial(_form, r"[0-9]{6}"),
    "township": partial(_form, r"[0-9]{9}|[0-9]{6}[^\W\d_]{1,30}"),
    "digits12": partial(_form, r"[0-9]{12}"),
}
"""How a cell is read, by the kind of its column."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, kind (a key of ``PARSERS``) and limits."""

    name: str
    kind: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    def read(self, cell: str | None) -> object:
        """Return the typed value of a cell; null for an empty one.

        Raises:
            ValueError: the text is not what the column expects.

        """
        text = (cell or "").strip()
        if not text:
            if self.required:
                raise ValueError(text)
            return () if self.kind == "list" else None
        value = PARSERS[self.kind](text)
        if self.choices and value not in self.choices:
            raise ValueError(text)
        if isinstance(value, int | float) and not self._within(value):
            raise ValueError(text)
        return value

    def _within(self, value: float) -> bool:
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        return low <= value <= high

    def expectation(self) -> str:
        """Return in plain Chinese what the column expects."""
        parts = [say(f"expect.{self.kind}")]
        if self.choices:
            parts.append(say("expect.choices", choices="、".join(self.choices)))
        if self.minimum is not None:
            parts.append(say("expect.minimum", minimum=f"{self.minimum:g}"))
        if self.maximum is not None:
            parts.append(say("expect.maximum", maximum=f"{self.maximum:g}"))
        parts.append(say("expect.required" if self.required else "expect.nullable"))
        return "，".join(parts)


@dataclass(frozen=True, slots=True)
class Contract:
    """The columns of one table and the columns that identify a row."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def column_names(self) -> tuple[str, ...]:
        """Return the column names in order."""
        return tuple(column.name for column in self.columns)

    def check_header(self, header: Sequence[str], source: str, faults: Faults) -> None:
        """Note every column that is missing, unknown or written twice."""
        for column in self.columns:
            if column.name not in header:
                faults.add(
                    "column_missing",
                    file=source,
                    column=column.name,
                    found="、".join(header) or "—",
                )
        for name in header:
            if name not in self.column_names():
                faults.add(
                    "column_unknown",
                    file=source,
                    column=name,
                    expected="、".join(self.column_names()),
                )
            elif header.count(name) > 1:
                faults.add("column_twice", file=source, column=name)


_PLACE = (Column("plan"), Column("line", "integer", minimum=1), Column("note"))
_YEAR = {"kind": "integer", "minimum": 1900, "maximum": 2100}
_LONGITUDE = {"kind": "number", "minimum": -180, "maximum": 180}
_LATITUDE = {"kind": "number", "minimum": -90, "maximum": 90}

TABLES: dict[str, Contract] = {
    contract.name: contract
    for contract in (
        Contract(
            "projects",
            (
                Column("plan", required=True),
                Column("table"),
                Column("table_title"),
                Column("group"),
                Column("seq"),
                Column("name", required=True),
                Column("location"),
                Column("townships", "list"),
                Column("villages", "list"),
                Column("rivers", "list"),
                Column("places", "list"),
                Column("counties", "list"),
                Column("investment_yi", "number", minimum=0),
                Column("investment_raw"),
                Column("start_year", **_YEAR),
                Column("end_year", **_YEAR),
                Column("period_raw"),
                Column("owner"),
                Column("owner_raw"),
                Column("restoration_ha", "number", minimum=0),
                Column("areas", "list"),
                Column("lengths_km", "list"),
                Column("capacities", "list"),
                Column("line", "integer", required=True, minimum=1),
                Column("note"),
            ),
            key=("plan", "line"),
        ),
        Contract(
            "townships",
            (
                Column("code", "township", required=True),
                Column("name", required=True),
                Column("kind"),
                Column("county", required=True),
                Column("county_code", "digits6", required=True),
                Column("area_km2", "number", minimum=0),
                Column("population", "number", minimum=0),
                *_PLACE,
            ),
            key=("code",),
        ),
        Contract(
            "villages",
            (
                Column("code", "digits12"),
                Column("name", required=True),
                Column("township_code", "township"),
                Column("township"),
                Column("county_code", "digits6"),
                *_PLACE,
            ),
        ),
        Contract(
            "names",
            (
                Column("written", required=True),
                Column("means", required=True),
                Column("kind", required=True, choices=("township", "village", "river", "feature")),
                Column(
                    "basis",
                    required=True,
                    choices=("short_form", "variant", "misprint", "former_name"),
                ),
                *_PLACE,
            ),
        ),
        Contract(
            "features",
            (
                Column("id", "slug", required=True),
                Column("kind", required=True, choices=FEATURE_KINDS),
                Column("name", required=True),
                Column("aliases", "list"),
                Column("class"),
                Column("level"),
                Column("counties", "list"),
                Column("townships", "list"),
                Column("villages", "list"),
                Column("rivers", "list"),
                Column("flows_into"),
                Column("west", **_LONGITUDE),
                Column("east", **_LONGITUDE),
                Column("south", **_LATITUDE),
                Column("north", **_LATITUDE),
                *_PLACE,
            ),
            key=("id",),
        ),
        Contract(
            "figures",
            (
                Column("feature_id", required=True),
                Column("measure", required=True),
                Column("value", "number"),
                Column("unit"),
                Column("text"),
                Column("hectares", "number"),
                Column("year"),
                *_PLACE,
            ),
        ),
        Contract(
            "mine_patches",
            (
                Column("id", required=True),
                Column("township"),
                Column("patches", "integer", minimum=0),
                Column("area_ha", "number", minimum=0),
                Column("what"),
                *_PLACE,
            ),
            key=("id",),
        ),
        Contract(
            "totals",
            (
                Column("scope", required=True),
                Column("measure", required=True),
                Column("value", "number"),
                Column("unit"),
                Column("year"),
                *_PLACE,
            ),
        ),
    )
}
