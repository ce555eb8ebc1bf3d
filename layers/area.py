"""The area that a workspace is about: its counties and its plans (area.toml)."""

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.errors import Faults, WorkspaceError
from layers.tables import read_text
from layers.words import say


@dataclass(frozen=True, slots=True)
class County:
    """A county, district or county-level city with its six-digit code."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan document: title, period, and the text that line numbers count in."""

    id: str
    title: str
    issuer: str = ""
    date: str = ""
    period_start: int | None = None
    period_end: int | None = None
    base_year: int | None = None
    source: str = ""
    source_lines: int | None = None
    source_sha256: str = ""
    first_line: int | None = None
    last_line: int | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """What the workspace is about; ``made`` marks an invented county."""

    id: str
    name: str
    level: str
    counties: tuple[County, ...]
    plans: tuple[Plan, ...]
    made: bool = False

    def plan(self, plan_id: str) -> Plan:
        """Return the plan of an id.

        Raises:
            WorkspaceError: the area has no such plan.

        """
        for plan in self.plans:
            if plan.id == plan_id:
                return plan
        raise WorkspaceError(
            say(
                "error.plan_unknown",
                plan=plan_id,
                expected="、".join(plan.id for plan in self.plans) or "—",
            )
        )


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file's content.

    Raises:
        WorkspaceError: the file is missing or is not TOML.
        TableError: the file is no text.

    """
    if not path.is_file():
        raise WorkspaceError(say("error.file_missing", file=path))
    try:
        return tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise WorkspaceError(say("error.toml", file=path, reason=error)) from error


Kinds = Mapping[str, type | tuple[type, ...]]
"""The keys of a TOML table and the types that their values may have."""

DATE = (str, dt.date)
"""A date may be written as text or as a TOML date."""


def check_keys(  # noqa: PLR0913, PLR0917
    table: object, kinds: Kinds, required: tuple[str, ...], where: str, path: Path, faults: Faults
) -> bool:
    """Note what is wrong with the keys of a TOML table; true if nothing is.

    Keys may be unknown, missing or of the wrong type. ``where`` is the
    table's own name in the messages.
    """
    if not isinstance(table, dict):
        faults.add("key_missing", file=path, item=where, value=table, expected=_named(dict))
        return False
    before = len(faults.messages)
    for key in table:
        if key not in kinds:
            faults.add(
                "key_unknown", file=path, item=f"{where} {key}".strip(), expected="、".join(kinds)
            )
    for key, kind in kinds.items():
        value = table.get(key)
        missing = key in required and not value
        if missing or (key in table and not _is_a(value, kind)):
            faults.add(
                "key_missing",
                file=path,
                item=f"{where} {key}".strip(),
                value=table.get(key, "—"),
                expected=_named(kind),
            )
    return len(faults.messages) == before


def _is_a(value: object, kind: type | tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, kind)


def _named(kind: type | tuple[type, ...]) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return "、".join(say(f"expect.type_{one.__name__}") for one in kinds)


_AREA_KINDS: Kinds = {
    "id": str,
    "name": str,
    "level": str,
    "counties": list,
    "plans": list,
    "made": bool,
}
_PLAN_KINDS: Kinds = {
    "id": str,
    "title": str,
    "issuer": str,
    "date": DATE,
    "period_start": int,
    "period_end": int,
    "base_year": int,
    "source": str,
    "source_lines": int,
    "source_sha256": str,
    "first_line": int,
    "last_line": int,
}


def read_area(path: Path) -> Area:
    """Return the area that an area.toml describes.

    Raises:
        WorkspaceError: a key is missing, unknown or of the wrong type.

    """
    data = read_toml(path)
    faults = Faults()
    check_keys(data, _AREA_KINDS, ("id", "name", "level", "counties"), "", path, faults)
    faults.raise_if_any(WorkspaceError)
    if data["level"] not in {"county", "prefecture"}:
        faults.add("level", file=path, value=data["level"])
    counties = tuple(_county(item, path, faults) for item in data["counties"])
    plans = tuple(_plan(item, path, faults) for item in data.get("plans", ()))
    _check_once("counties", [county.code for county in counties], path, faults)
    _check_once("plans", [plan.id for plan in plans], path, faults)
    faults.raise_if_any(WorkspaceError)
    return Area(
        id=data["id"],
        name=data["name"],
        level=data["level"],
        counties=counties,
        plans=plans,
        made=data.get("made", False),
    )


def _check_once(item: str, ids: list[str], path: Path, faults: Faults) -> None:
    for value in dict.fromkeys(ids):
        if value and ids.count(value) > 1:
            faults.add("id_twice", file=path, item=item, value=value)


def _county(item: object, path: Path, faults: Faults) -> County:
    if isinstance(item, dict):
        name, code = item.get("name"), item.get("code")
        written = isinstance(name, str) and isinstance(code, str) and set(item) == {"name", "code"}
        if written and name and re.fullmatch(r"[0-9]{6}", code):  # GB/T 2260
            return County(name, code)
    faults.add("county", file=path, value=item)
    return County("", "")


def _plan(item: dict[str, Any], path: Path, faults: Faults) -> Plan:
    if not check_keys(item, _PLAN_KINDS, ("id", "title"), "[[plans]]", path, faults):
        return Plan("", "")
    return Plan(**{**item, "date": str(item.get("date", ""))})
