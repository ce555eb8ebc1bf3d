"""The layers as all sites of a review meet them, and the sites as they are judged.

Nothing is called clear before it was tested that the layer is complete where the site lies.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry

from layers.locus import Locus
from layers.register import COVERAGE_AREA, COVERAGE_NONE, Layer
from layers.words import say
from layers.workspace import Workspace
from zoning.certainty import Certainty, combined_accuracy_m, judge
from zoning.model import LEVEL_ORDER, TOUCH_M
from zoning.overlay import POLYGON, Meeting, ZoneSet
from zoning.overlay.meeting import AROUND_M
from zoning.review.model import Site
from zoning.review.near import Near
from zoning.review.subjects import Subjects
from zoning.review.zones import Met, Zones, zones_of
from zoning.rules import UNSTATED, Book


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A layer as all sites meet it.

    Attributes:
        layer: its register entry.
        exact: the same, as if its positions were exact.
        zones: its zones.
        ranks: by zone, of those met or near, the place of its level by strength of protection,
            0 the strongest.
        met: by site the zones that it meets or touches.
        near: the nearest zone of each site that meets none.
        within: by site the zones not met that rules may speak of because they are near.
        covered: by site whether all, partly or not lies where the layer is complete.
        around: by distance (metres) and site whether it is complete that far around it.
        doubts: why nothing that rests on it can be certain.

    """

    layer: Layer
    exact: Layer
    zones: Zones
    ranks: Mapping[int, int]
    met: list[list[Met]]
    near: Mapping[int, Near]
    within: list[list[Near]]
    covered: list[str]
    around: Mapping[float, list[bool]]
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """One site as it is judged: its shape in the plane, how sure its positions are."""

    at: int
    site: Site
    subjects: Subjects
    locus: Locus
    sources: tuple[Layer, ...]
    doubts: tuple[str, ...]

    @property
    def shape(self) -> Geometry:
        """The site in the plane."""
        return self.subjects.shapes[self.at]

    @property
    def dimension(self) -> int:
        """2 of polygons, 1 of lines, 0 of points."""
        return int(self.subjects.dimension[self.at])

    @property
    def area(self) -> float:
        """Its area in the plane, in m2."""
        return float(self.subjects.area[self.at])

    def around(self, other: Geometry, margin: float = AROUND_M) -> Geometry:
        """Return the site as it is within ``margin`` of the box of another shape."""
        return self.subjects.around(self.at, other, margin)

    def certainty(  # noqa: PLR0913 - what there is to judge
        self,
        asked: Asked,
        meeting: Meeting,
        shape: Geometry,
        zones: ZoneSet,
        *,
        covered: str = "",
        deep: bool = False,
    ) -> Certainty:
        """Return how sure it is that a shape meets zones of a layer as drawn.

        What lies ``deep``er within than positions may be off is as sure as if they were exact.
        """
        return judge(
            meeting,
            shape,
            zones,
            self.locus,
            () if deep else self.sources,
            asked.exact if deep else asked.layer,
            covered=covered or asked.covered[self.at],
            doubts=(*asked.doubts, *self.doubts),
        )

    def accuracy_m(self, layer: Layer) -> float:
        """Return how far its distance to a layer may be off; 0 where nobody says."""
        accuracy = combined_accuracy_m([layer, *self.sources])
        return accuracy if math.isfinite(accuracy) else 0.0


def standing(at: int, site: Site, subjects: Subjects, doubt: str) -> Standing:
    """Return a site as it is judged; positions of unknown accuracy make nothing certain."""
    sources: tuple[Layer, ...] = ()
    doubts = [doubt] if doubt else []
    if site.accuracy_m is None:
        doubts.append(say("review.no_accuracy"))
    else:
        sources = (Layer("", "site", "", basis="surveyed", accuracy_m=site.accuracy_m),)
    return Standing(
        at,
        site,
        subjects,
        Locus("footprint", site.geometry, (), (), (), (), ""),
        sources,
        tuple(doubts),
    )


class Coverages:
    """Where layers are complete: how much of each site lies there, worked out once each."""

    def __init__(self, workspace: Workspace, subjects: Subjects) -> None:
        """Take the workspace that knows the outlines, and the sites."""
        self._workspace = workspace
        self._subjects = subjects
        self._outlines: dict[str, Geometry] = {}
        self._covered: dict[str, list[str]] = {}
        self._around: dict[tuple[str, float], list[bool]] = {}

    def of(self, layer: Layer) -> list[str]:
        """Return by site whether all, partly or not lies where a layer is complete.

        Raises:
            LayerError: the layer that tells where it is complete cannot be read.

        """
        if layer.coverage not in self._covered:
            self._covered[layer.coverage] = self._tested(layer)
        return self._covered[layer.coverage]

    def _tested(self, layer: Layer) -> list[str]:
        shapes = self._subjects.shapes
        if layer.coverage == COVERAGE_NONE:
            return ["not"] * len(shapes)
        outline = self._outline(layer)
        covered = shapely.covers(outline, shapes)
        apart = shapely.disjoint(outline, shapes)
        return [
            "all" if covered[at] else "not" if apart[at] else _covered(shape, outline)
            for at, shape in enumerate(shapes)
        ]

    def around(self, layer: Layer, metres: float) -> list[bool]:
        """Return by site whether a layer is complete so far around it.

        Raises:
            LayerError: the layer that tells where it is complete cannot be read.

        """
        key = layer.coverage, metres
        if key not in self._around:
            within = np.array([covered == "all" for covered in self.of(layer)])
            if within.any():
                edge = shapely.boundary(self._outline(layer))
                shapely.prepare(edge)
                within &= ~shapely.dwithin(edge, self._subjects.shapes, metres)
            self._around[key] = within.tolist()
        return self._around[key]

    def _outline(self, layer: Layer) -> Geometry:
        """Return where a layer is complete, in the plane."""
        if layer.coverage not in self._outlines:
            workspace = self._workspace
            where = [workspace.boundary]
            if layer.coverage != COVERAGE_AREA:
                where = workspace.frame(layer.coverage).geometry.to_numpy()
            outline = shapely.union_all(workspace.plane.project(where))
            shapely.prepare(outline)
            self._outlines[layer.coverage] = outline
        return self._outlines[layer.coverage]


def _covered(shape: Geometry, outline: Geometry) -> str:
    """Return how much of a shape across an outline is within, but for a border of a millimetre."""
    if shapely.intersection(shape, outline).is_empty:
        return "not"
    outside = shapely.difference(shape, outline)
    surface = shapely.get_dimensions(shape) == POLYGON
    left = float(shapely.area(outside) if surface else shapely.length(outside))
    border = TOUCH_M * max(1.0, float(shapely.length(shape)))
    return "all" if outside.is_empty or 0 < left <= border else "partly"


def ask(  # noqa: PLR0913 - what a layer is asked with
    workspace: Workspace,
    layer: Layer,
    subjects: Subjects,
    coverages: Coverages,
    book: Book,
    *,
    accuracy_m: NDArray[np.float64],
) -> Asked:
    """Return how all sites meet a layer.

    Args:
        workspace: whose layer it is.
        layer: the layer.
        subjects: the sites' shapes.
        coverages: how much of the sites lies where layers are complete.
        book: the rules, for the levels of zones and the distances that they speak of.
        accuracy_m: of each site; infinite where nobody says.

    Raises:
        LayerError: the layer, or the one that tells where it is complete, cannot be read.

    """
    zones = zones_of(workspace, layer)
    covered = coverages.of(layer)
    own = math.inf if layer.accuracy_m is None else layer.accuracy_m
    met = zones.meet(subjects, np.hypot(accuracy_m, own))
    apart = np.array([at for at, found in enumerate(met) if not found], dtype=np.int64)
    near = dict(zip(apart.tolist(), zones.nearest(subjects, apart), strict=True))
    reach = book.reach_m(layer.kind)
    within: list[list[Near]] = [[] for _ in met]
    if reach:
        known = accuracy_m[np.isfinite(accuracy_m)]
        margin = math.hypot(layer.accuracy_m or 0.0, known.max(initial=0.0))
        for at, found in enumerate(zones.within(subjects, reach + margin)):
            theirs = {one.zone for one in met[at]}
            within[at] = [one for one in found if one.zone not in theirs]
    spoken_of = {one.zone for found in (*met, *within, near.values()) for one in found}
    rules = [rule for rule in book.rules if rule.kind == layer.kind]
    distances = {rule.within_m for rule in rules if rule.within_m is not None}
    rests_on = [layer.id]
    if layer.coverage == COVERAGE_AREA:
        rests_on.append(workspace.county_layer.id)
    elif layer.coverage != COVERAGE_NONE:
        rests_on.append(layer.coverage)
    return Asked(
        layer,
        replace(layer, accuracy_m=0.0),
        zones,
        _ranks(zones, layer.kind, book, spoken_of),
        met,
        near,
        within,
        covered,
        {metres: coverages.around(layer, metres) for metres in sorted(distances)},
        workspace.doubts(rests_on),
    )


def _ranks(zones: Zones, kind: str, book: Book, wanted: Collection[int]) -> dict[int, int]:
    """Return by zone the place of its level by strength; levels that are unknown come last."""
    ranks = {}
    for at in wanted:
        written = zones.levels[at]
        level = book.level(kind, zones.classes[at], written, zones.names[at])
        known = written if level == UNSTATED else level
        ranks[at] = LEVEL_ORDER.index(known) if known in LEVEL_ORDER else len(LEVEL_ORDER)
    return ranks
