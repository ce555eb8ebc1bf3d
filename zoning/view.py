"""What a page shows of an area: plain frozen values, measured and judged already.

The rooms above read these and nothing else: whatever is not in here is not
known to a page. Geometry is in EPSG:4490 (longitude, latitude in degrees).
"""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class LayerView:
    """A layer with its register entry.

    ``frame`` has the columns zone_id, name, class, level (and others) and a
    geometry in EPSG:4490. ``accuracy_m`` is metres, ``None`` where unknown.
    """

    layer_id: str
    kind: str
    title: str
    basis: str
    accuracy_m: float | None
    coverage: str
    authority: str
    document: str
    date: str
    licence: str
    note: str
    secrecy: str
    sha256: str
    frame: gpd.GeoDataFrame


@dataclass(frozen=True, slots=True)
class FindingView:
    """What one topic says of one project.

    ``state`` is hit, possible, unchecked, not_excluded, touches or clear; ``label`` is its word in
    Chinese and ``sentence`` the whole finding in plain Chinese.
    """

    topic: str
    layer_id: str
    state: str
    label: str
    sentence: str
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project of a plan with its locus and its findings.

    ``facts`` are the columns of projects.csv (null = ``None``, lists = tuple);
    ``locus_basis`` is footprint, feature, village, township, county or none;
    ``state`` is the worst state over the topics.
    """

    project_id: str
    facts: dict[str, Any]
    category: str
    townships: tuple[str, ...]
    locus_basis: str
    locus_text: str
    locus: BaseGeometry | None
    state: str
    findings: tuple[FindingView, ...]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """The answer of one query: a sentence and a table.

    ``columns`` are (name, Chinese title, kind), kind one of text, number, area,
    money, state, id. ``shows`` says what a click colours on the map: projects,
    townships, zones, or table for nothing; ``key`` is the column that names
    them and ``value`` the column to colour by ("" = none).
    """

    query_id: str
    title: str
    question: str
    sentence: str
    notes: tuple[str, ...]
    columns: tuple[tuple[str, str, str], ...]
    rows: tuple[dict[str, Any], ...]
    shows: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class AreaView:
    """An area: its plans, layers, projects and answers.

    ``totals`` are (label, value, where it comes from); ``record`` says with
    what the page was made; ``relief`` is a PNG within ``relief_bounds``
    (west, south, east, north in degrees).
    """

    area_id: str
    name: str
    made: bool
    plans: tuple[dict[str, Any], ...]
    notice: str
    layers: tuple[LayerView, ...]
    projects: tuple[ProjectView, ...]
    answers: tuple[AnswerView, ...]
    totals: tuple[tuple[str, str, str], ...]
    record: dict[str, Any]
    relief: bytes | None
    relief_bounds: tuple[float, float, float, float] | None
