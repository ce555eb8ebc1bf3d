"""A project: a row of a plan with typed attributes."""

import re
from dataclasses import dataclass

import pandas as pd

from layers.errors import Faults, TableError

_AREA = re.compile(
    r"(?P<value>[0-9.]+(?:-[0-9.]+)?) (?P<unit>[^=]+)=(?P<hectares>[0-9.]+)"
    r":(?P<what>[^:]+)(?P<marks>(?::restoration|:part_of)*)"
)

RESTORATION_TOLERANCE_HA = 0.01
"""Rounding of the tables: restoration_ha may differ from its parts by this much."""


@dataclass(frozen=True, slots=True)
class StatedArea:
    """An area that a plan states: as printed and in hectares.

    ``part_of`` marks a part of another area of the same row, so that a sum
    never counts it twice.
    """

    value: str
    unit: str
    hectares: float
    what: str
    restoration: bool
    part_of: bool


@dataclass(frozen=True, slots=True)
class Project:
    """A row of a plan's project table. What the plan does not state is ``None``."""

    project_id: str
    plan: str
    table: str | None
    table_title: str | None
    group: str | None
    seq: str | None
    name: str
    location: str | None
    townships: tuple[str, ...]
    villages: tuple[str, ...]
    rivers: tuple[str, ...]
    places: tuple[str, ...]
    counties: tuple[str, ...]
    investment_yi: float | None
    investment_raw: str | None
    start_year: int | None
    end_year: int | None
    period_raw: str | None
    owner: str | None
    owner_raw: str | None
    restoration_ha: float | None
    areas: tuple[StatedArea, ...]
    lengths_km: tuple[str, ...]
    capacities: tuple[str, ...]
    line: int
    note: str | None

    @property
    def restoration_areas(self) -> tuple[StatedArea, ...]:
        """The restoration areas that are not parts of others."""
        return tuple(area for area in self.areas if area.restoration and not area.part_of)


def parse_area(text: str) -> StatedArea:
    """Return the area that a cell part like ``5 万亩=3333.3333:造林:restoration`` states.

    Raises:
        ValueError: the text does not have that form.

    """
    match = _AREA.fullmatch(text)
    if match is None:
        raise ValueError(text)
    marks = match["marks"].split(":")
    return StatedArea(
        value=match["value"],
        unit=match["unit"],
        hectares=float(match["hectares"]),
        what=match["what"],
        restoration="restoration" in marks,
        part_of="part_of" in marks,
    )


def read_projects(table: pd.DataFrame, source: str, plans: tuple[str, ...]) -> tuple[Project, ...]:
    """Return the projects of a checked table in its order.

    Raises:
        TableError: an unknown plan, a malformed area, a restoration sum that
            does not match its areas, or a period that ends before it starts.

    """
    faults = Faults()
    projects = []
    for row, record in zip(table.index, table.to_dict("records"), strict=True):
        if record["plan"] not in plans:
            faults.add(
                "project_plan",
                file=source,
                row=row,
                value=record["plan"],
                expected="、".join(plans) or "—",
            )
        areas = []
        for text in record["areas"]:
            try:
                areas.append(parse_area(text))
            except ValueError:
                faults.add("project_area", file=source, row=row, value=text)
        project = Project(
            **{
                **record,
                "areas": tuple(areas),
                "project_id": f"{record['plan']}-{record['line']}",
            }
        )
        _check_sums(project, source, row, faults)
        projects.append(project)
    faults.raise_if_any(TableError)
    return tuple(projects)


def _check_sums(project: Project, source: str, row: int, faults: Faults) -> None:
    total = sum(area.hectares for area in project.restoration_areas)
    stated = project.restoration_ha or 0.0
    if abs(total - stated) > RESTORATION_TOLERANCE_HA:
        faults.add("project_restoration", file=source, row=row, value=stated, expected=f"{total:g}")
    start, end = project.start_year, project.end_year
    if start is not None and end is not None and end < start:
        faults.add("project_period", file=source, row=row, value=f"{start}–{end}")
