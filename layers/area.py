"""The area that a workspace is about: its counties and its plans (area.toml)."""

import tomllib
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

    """
    if not path.is_file():
        raise WorkspaceError(say("error.file_missing", file=path))
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise WorkspaceError(say("error.toml", file=path, reason=error)) from error


def read_area(path: Path) -> Area:
    """Return the area that an area.toml describes.

    Raises:
        WorkspaceError: a key is missing, unknown or of the wrong type.

    """
    data = read_toml(path)
    faults = Faults()
    for key, kind in (("id", str), ("name", str), ("level", str), ("counties", list)):
        if not isinstance(data.get(key), kind) or not data[key]:
            faults.add("key_missing", file=path, key=key, value=data.get(key, "—"))
    if data.get("level") not in {"county", "prefecture"}:
        faults.add("level", file=path, value=data.get("level", "—"))
    counties = tuple(_county(item, path, faults) for item in data.get("counties") or ())
    plans = tuple(_plan(item, path, faults) for item in data.get("plans", ()))
    faults.raise_if_any(WorkspaceError)
    return Area(
        id=data["id"],
        name=data["name"],
        level=data["level"],
        counties=counties,
        plans=plans,
        made=bool(data.get("made", False)),
    )


def _county(item: object, path: Path, faults: Faults) -> County:
    if isinstance(item, dict):
        name, code = item.get("name"), item.get("code")
        if isinstance(name, str) and isinstance(code, str) and code.isdigit() and len(code) == 6:  # noqa: PLR2004 - six digits by GB/T 2260
            return County(name, code)
    faults.add("county", file=path, value=item)
    return County("", "")


def _plan(item: object, path: Path, faults: Faults) -> Plan:
    fields = Plan.__dataclass_fields__
    if not isinstance(item, dict):
        faults.add("key_missing", file=path, key="plans", value=item)
        return Plan("", "")
    for key in item:
        if key not in fields:
            faults.add("key_unknown", file=path, key=f"plans.{key}", expected="、".join(fields))
    for key in ("id", "title"):
        if not isinstance(item.get(key), str) or not item[key]:
            faults.add("key_missing", file=path, key=f"plans.{key}", value=item.get(key, "—"))
    if faults.messages:
        return Plan("", "")
    values = {key: str(value) if key == "date" else value for key, value in item.items()}
    return Plan(**values)
