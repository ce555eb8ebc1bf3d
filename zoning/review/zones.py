"""The zones of one layer, met by all sites of a review at once.

Areas come from the flat overlay; whatever is too close to a border for areas to tell is looked
at pair by pair, as ``ZoneSet.meet`` does (docs/decisions/0001-tolerance.md). Zones are held in
the order of their ids, so that nothing depends on the order in the file.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry, STRtree

from layers.measure import length_m
from layers.register import Layer
from layers.workspace import Workspace
from zoning.model import INSIDE, OUTSIDE, OVERLAPS, TOUCH_M, TOUCHES
from zoning.overlay import POLYGON, ZoneSet
from zoning.overlay.flat import POLYGON_TYPES
from zoning.overlay.meeting import ALMOST, AROUND_M, SURE
from zoning.overlay.pieces import Pieces
from zoning.review.near import Borders, Near
from zoning.review.subjects import LINE, Subjects

Pairs = set[tuple[int, int]]
"""Sites and zones by their numbers."""


@dataclass(frozen=True, slots=True)
class Met:
    """How a site meets one zone: inside, overlaps or touches.

    ``overlap_m2`` is there for polygons in polygons, ``length_m`` for lines in polygons; neither is
    where the zone is not ``sized``: a river drawn as a line, a spring as a point, a region in which
    the zone lies somewhere. ``deep``: some of the site lies farther within than the positions may
    be off.
    """

    zone: int
    relation: str
    overlap_m2: float | None = None
    length_m: float | None = None
    sized: bool = True
    deep: bool = False


class Zones:
    """A layer's zones: what sites meet, and what is nearest to those that meet nothing."""

    def __init__(self, workspace: Workspace, layer: Layer) -> None:
        """Read the layer.

        Raises:
            LayerError: its file is wrong.

        """
        frame = workspace.frame(layer.id).sort_values("zone_id", kind="stable")
        self.layer = layer
        self.plane = workspace.plane
        self.ids: list[str] = frame["zone_id"].tolist()
        self.names = [name or "" for name in frame["name"]]
        self.classes = [name or "" for name in frame["class"]]
        self.levels = [name or "" for name in frame["level"]]
        self._shapes = self.plane.project(frame.geometry.to_numpy())
        self._areal = np.isin(shapely.get_type_id(self._shapes), POLYGON_TYPES)
        self._pieces: dict[int, Pieces] = {}
        self.borders = Borders(self._shapes, self.plane)

    @cached_property
    def set(self) -> ZoneSet:
        """The zones as a set for areas; those without area are empty there."""
        shapes = self._shapes.copy()
        shapes[~self._areal] = shapely.Polygon()
        made = ZoneSet.in_plane(shapes, self.plane)
        made.checked = True  # as a layer that was read
        return made

    def local(self, shape: Geometry, zone: int, margin: float = AROUND_M) -> Geometry:
        """Return a zone as it is within ``margin`` of a shape's box; farther off it may be less."""
        if not self._areal[zone]:
            return self._shapes[zone]
        if zone not in self._pieces:  # most zones are never looked at closely
            self._pieces[zone] = Pieces([self._shapes[zone]])
        found = self._pieces[zone].local(shape, margin, [0])
        return found[0][1] if found else shapely.Polygon()

    def meet(self, subjects: Subjects, accuracy_m: NDArray[np.float64]) -> list[list[Met]]:
        """Return for each site the zones that it meets or touches, in the order of the zones.

        ``accuracy_m`` is how far each site's positions and the layer's may be off together.
        """
        found: list[dict[int, Met]] = [{} for _ in subjects.shapes]
        contacts = self.borders.touching(subjects)
        if self._areal.any():
            deep = self._deep(subjects, accuracy_m)
            inner = self._holding(subjects)
            close = {pair for pair in contacts if self._areal[pair[1]]} | inner
            close |= self._by_area(subjects, found, deep)
            for at, zone in sorted(close):
                if zone not in found[at]:
                    alone = (at, zone) not in contacts and (at, zone) in inner
                    met = self._closely(subjects, at, zone, alone=alone, deep=(at, zone) in deep)
                    found[at][zone] = met
        if not self._areal.all():
            self._without_area(subjects, found)
        by_zone = [[met[zone] for zone in sorted(met)] for met in found]
        if self.layer.shape == "locus":
            return [[_unsized(met) for met in of_site] for of_site in by_zone]
        return by_zone

    def _by_area(self, subjects: Subjects, found: list[dict[int, Met]], deep: Pairs) -> Pairs:
        """Note the pairs that areas tell for sure, and return those that they do not."""
        rows = np.flatnonzero(subjects.dimension == POLYGON)
        if not len(rows):
            return set()
        shared = self.set.overlap(subjects.shapes[rows])
        row = rows[shared.subject]
        size = subjects.area[row]
        left = size - shared.area
        border = SURE * TOUCH_M * subjects.length[row]
        inside = (shared.area > border) & (left <= ALMOST * size)
        sure = inside | ((shared.area > border) & (left > border))
        area = np.where(inside, size, shared.area)
        for at in np.flatnonzero(sure).tolist():
            pair = int(row[at]), int(shared.zone[at])
            relation = INSIDE if inside[at] else OVERLAPS
            met = Met(pair[1], relation, float(area[at]), deep=pair in deep)
            found[pair[0]][pair[1]] = met
        return set(zip(row[~sure].tolist(), shared.zone[~sure].tolist(), strict=True))

    def _holding(self, subjects: Subjects) -> Pairs:
        """Return the lines and points of one part of which some lies in a zone."""
        parts = shapely.get_num_geometries(subjects.shapes)
        rows = np.flatnonzero(subjects.dimension < POLYGON)
        if not len(rows):
            return set()
        xy, owner = shapely.get_coordinates(subjects.shapes[rows], return_index=True)
        first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
        several = parts[rows[owner]] > 1
        first = np.union1d(first, np.flatnonzero(several))
        point, zone = self.set.containing(xy[first])
        return set(zip(rows[owner[first[point]]].tolist(), zone.tolist(), strict=True))

    def _closely(self, subjects: Subjects, at: int, zone: int, *, alone: bool, deep: bool) -> Met:
        """Return how a site meets a zone that it is near, by its geometry.

        ``alone``: some of it lies within, and none of it near the border.
        """
        shape, dimension = subjects.shapes[at], subjects.dimension[at]
        if alone and shapely.get_num_geometries(shape) == 1:
            return Met(zone, INSIDE, deep=deep)
        local = self.local(shape, zone)
        near = subjects.around(at, local)
        if dimension == LINE and (met := self._along(subjects, at, zone, near, local, deep=deep)):
            return met
        meeting = ZoneSet.in_plane([local], self.plane).meet(near)
        relation = TOUCHES if meeting.relation == OUTSIDE else meeting.relation
        if relation == INSIDE and not _whole(subjects, at, near):
            relation = OVERLAPS
        return Met(zone, relation, meeting.overlap_m2, meeting.length_m, deep=deep)

    def _along(  # noqa: PLR0913 - a site and a zone, each whole and near the other
        self,
        subjects: Subjects,
        at: int,
        zone: int,
        line: Geometry,
        local: Geometry,
        *,
        deep: bool,
    ) -> Met | None:
        """Return how a line meets a zone, or ``None`` where it keeps close to the border."""
        within = shapely.intersection(line, local)
        parts = shapely.get_parts(within)
        parts = parts[shapely.get_dimensions(parts) == LINE]
        if not len(parts):
            return None
        middle = shapely.line_interpolate_point(parts, 0.5, normalized=True)
        if shapely.distance(shapely.boundary(local), middle).max() <= SURE * TOUCH_M:
            return None
        left = subjects.length[at] - shapely.length(parts).sum()
        metres = length_m(self.plane.unproject([within])[0])
        return Met(zone, INSIDE if left <= TOUCH_M else OVERLAPS, None, metres, deep=deep)

    def _without_area(self, subjects: Subjects, found: list[dict[int, Met]]) -> None:
        """Note the zones without area that are met: a river has a width, drawn or not."""
        thin = np.where(self._areal, None, self._shapes)
        at, zone = STRtree(thin).query(subjects.shapes, "dwithin", TOUCH_M)
        for row, number in zip(at.tolist(), zone.tolist(), strict=True):
            found[row][number] = Met(number, OVERLAPS, sized=False)

    def _deep(self, subjects: Subjects, accuracy_m: NDArray[np.float64]) -> Pairs:
        """Return pairs, not all of them, of which the site for sure lies deep in the zone.

        It has a point there that is farther from any border than positions may be off.
        """
        xy, owner = subjects.sample
        known = np.isfinite(accuracy_m[owner])
        xy, owner = xy[known], owner[known]
        point, zone = self.set.containing(xy)
        asked = np.unique(point)
        shallow = np.zeros(len(xy), dtype=bool)
        shallow[asked] = self.borders.near_points(xy[asked], accuracy_m[owner[asked]])
        kept = ~shallow[point]
        return set(zip(owner[point[kept]].tolist(), zone[kept].tolist(), strict=True))

    def nearest(self, subjects: Subjects, rows: NDArray[np.int64]) -> list[Near]:
        """Return the zone nearest to each of some sites that meet none.

        Of zones that are equally near, the first by its id.
        """
        return self.borders.nearest(subjects.shapes[rows])

    def within(self, subjects: Subjects, distance_m: float) -> list[list[Near]]:
        """Return for each site the zones whose border is no farther than a distance.

        In the order of the zones. Those that a site meets are among them, where it lies near
        their border.
        """
        return self.borders.within(subjects.runs, len(subjects.shapes), distance_m)


def zones_of(workspace: Workspace, layer: Layer) -> Zones:
    """Return a layer's zones, made once for a workspace: its layers do not change while it lives.

    Raises:
        LayerError: its file is wrong.

    """
    made = _MADE.setdefault(workspace, {})
    if layer.id not in made:
        made[layer.id] = Zones(workspace, layer)
    return made[layer.id]


_MADE: WeakKeyDictionary[Workspace, dict[str, Zones]] = WeakKeyDictionary()


def _unsized(met: Met) -> Met:
    """Return how a site meets the region in which a zone lies: no measure is the zone's."""
    return replace(met, overlap_m2=None, length_m=None, sized=False)


def _whole(subjects: Subjects, at: int, near: Geometry) -> bool:
    """Whether what was cut out of a site around a zone is all of it."""
    if subjects.dimension[at] == POLYGON:
        return bool(shapely.area(near) >= (1 - ALMOST) * subjects.area[at])
    return bool(shapely.length(near) >= subjects.length[at] - TOUCH_M)
