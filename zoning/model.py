"""The words of the zoning room: relation, certainty, Finding, Query, Answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from zoning.study import Study

INSIDE, OVERLAPS, TOUCHES, OUTSIDE = "inside", "overlaps", "touches", "outside"
CERTAIN, POSSIBLE, UNCHECKED = "certain", "possible", "unchecked"

HIT, NOT_EXCLUDED, CLEAR = "hit", "not_excluded", "clear"

SLIVER_M2 = 1.0
"""Declared tolerance: a smaller overlap is listed as a sliver
(docs/decisions/0001-tolerance.md)."""

TOUCH_M = 1e-3
"""Overlaps narrower than a millimetre are shared borders, drawn twice: two layers
rarely have the same vertices along a common edge."""

LEVEL_ORDER = (
    "一级保护区", "核心保护区", "核心区", "缓冲区", "二级保护区", "一般控制区", "实验区",
    "准保护区", "一级管控区", "二级管控区",
)  # fmt: skip
"""Levels of zones by strength of protection, strongest first, by the names that rules use."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A project against all layers of one kind.

    Overlap and share are of the union of the zones, so that no share exceeds
    1. They are ``None`` where the locus is not a footprint: the overlap of a
    region in which a project may be says nothing of the project.

    Attributes:
        subject: project id, or the zone id of a mine patch.
        kind: the kind of layer asked.
        zones: names of the zones met.
        nearest: name of the nearest zone when none is met.
        levels: their levels, highest protection first.
        relation: inside, overlaps, touches, outside; ``None`` if unchecked.
        certainty: certain, possible or unchecked.
        overlap_m2: ellipsoidal area, for polygons.
        share: of the area (polygons) or the length (lines).
        length_m: geodesic length within, for lines.
        distance_m: to the nearest zone; 0 where they meet.
        direction: of the nearest zone, one of eight.
        sliver: the overlap is below ``SLIVER_M2``.
        reasons: why the answer is not certain.
        layers: ids of the layers asked.

    """

    subject: str
    kind: str
    zones: tuple[str, ...] = ()
    nearest: str = ""
    levels: tuple[str, ...] = ()
    relation: str | None = None
    certainty: str = UNCHECKED
    overlap_m2: float | None = None
    share: float | None = None
    length_m: float | None = None
    distance_m: float | None = None
    direction: str = ""
    sliver: bool = False
    reasons: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """One of hit, possible, not_excluded, touches, clear, unchecked."""
        if self.certainty == UNCHECKED or self.relation is None:
            return UNCHECKED
        met = self.relation in {INSIDE, OVERLAPS} and not self.sliver
        if self.certainty == POSSIBLE:
            return POSSIBLE if met else NOT_EXCLUDED
        if met:
            return HIT
        return TOUCHES if self.relation == TOUCHES or self.sliver else CLEAR


STATE_ORDER = (HIT, POSSIBLE, UNCHECKED, NOT_EXCLUDED, TOUCHES, CLEAR)
"""Worst first: what is unknown stands before what is harmless."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer; the unit is in the name, the title is Chinese.

    ``kind`` is text, number, area, money, share, state or id.
    """

    name: str
    title: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a user may set in a query: a number, or one of the choices."""

    name: str
    default: float | str
    title: str
    choices: tuple[str, ...] = ()
    minimum: float = 0.0


@dataclass(frozen=True, slots=True)
class Query:
    """A question declared once; command line, page, files and docs come from it.

    Attributes:
        id: what the user types.
        title: its name in Chinese.
        question: the question that it answers, in Chinese.
        kinds: kinds of layers that it reads.
        columns: the columns of its rows.
        run: returns the rows (dicts by column name) for a study.
        sentence: returns the sentence that states the result.
        parameters: what a user may set.
        per_plan: plans of one area repeat each other's projects, so each plan is
            answered by itself (column ``plan``) and never summed with another.
        shows: what the map colours: projects, townships, zones or table.
        key: the column that holds the id of what is shown.
        value: the column whose value colours it.

    """

    id: str
    title: str
    question: str
    kinds: tuple[str, ...]
    columns: tuple[Column, ...]
    run: Callable[["Study", Mapping[str, float | str]], list[dict[str, object]]]
    sentence: Callable[["Study", pd.DataFrame, Mapping[str, float | str]], str]
    parameters: tuple[Parameter, ...] = ()
    per_plan: bool = False
    shows: str = "table"
    key: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A query's rows for one workspace, with the sentence and the notes to it."""

    query: Query
    parameters: Mapping[str, float | str]
    rows: pd.DataFrame
    sentence: str
    notes: tuple[str, ...] = field(default=())
