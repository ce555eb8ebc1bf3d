"""What lies near sites: borders and lines of zones, distances on the ellipsoid."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry, STRtree

from layers.measure import DIRECTIONS, GEOD, Plane
from zoning.model import TOUCH_M
from zoning.overlay.nearest import FEATURE_EDGES, SHAPE_EDGES, Runs
from zoning.review.subjects import Subjects

PLANE_SCALE = 1.002
"""Distances of the plane differ from those of the ellipsoid by less than this: 5.5e-4 at 300 km
from its centre (``zoning.overlay.nearest``)."""

BLOCK = 2_000
"""Runs of sites that are asked at a time for all that is near: memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Near:
    """A zone near a site: metres on the ellipsoid, one of eight directions."""

    zone: int
    distance_m: float
    direction: str


class Borders:
    """The borders of zones, and zones that are lines or points, cut into runs of a few edges."""

    def __init__(self, shapes: Sequence[Geometry], plane: Plane) -> None:
        """Take the zones in the plane."""
        self._shapes = shapes
        self._plane = plane

    @cached_property
    def _runs(self) -> Runs:
        return Runs.of(self._shapes, FEATURE_EDGES)

    @cached_property
    def _tree(self) -> STRtree:
        return STRtree(self._runs.lines)

    def touching(self, subjects: Subjects) -> set[tuple[int, int]]:
        """Return the pairs of site and zone whose borders come within a millimetre."""
        one, two = self._tree.query(subjects.runs.lines, "dwithin", TOUCH_M)
        owner, zone = subjects.runs.owner[one], self._runs.owner[two]
        return set(zip(owner.tolist(), zone.tolist(), strict=True))

    def near_points(
        self, xy: NDArray[np.float64], distance: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Return whether each point ``(n, 2)`` has a border no farther than its distance."""
        near = np.zeros(len(xy), dtype=bool)
        near[self._tree.query(shapely.points(xy), "dwithin", distance)[0]] = True
        return near

    def nearest(self, shapes: NDArray[np.object_]) -> list[Near]:
        """Return the nearest zone of each shape that meets none; the first of equally near ones."""
        if not len(shapes):
            return []
        runs = Runs.of(shapes, SHAPE_EDGES)
        (one, two), apart = self._tree.query_nearest(runs.lines, return_distance=True)
        owner, zone = runs.owner[one], self._runs.owner[two]
        order = np.lexsort((two, one, zone, apart, owner))
        first = order[np.unique(owner[order], return_index=True)[1]]
        return self._measured(runs, one[first], two[first])

    def within(self, runs: Runs, count: int, distance_m: float) -> list[list[Near]]:
        """Return for each of ``count`` shapes, cut into runs, the zones near it, in their order."""
        found: list[list[Near]] = [[] for _ in range(count)]
        reach = distance_m * PLANE_SCALE
        starts = np.searchsorted(runs.owner, np.arange(count + 1))
        begin = 0
        while begin < count:  # all runs of a shape in one block
            limit = starts[begin] + BLOCK
            end = max(begin + 1, int(np.searchsorted(starts, limit, side="right")) - 1)
            one, two = self._candidates(runs, np.arange(starts[begin], starts[end]), reach)
            near = self._measured(runs, one, two)
            for owner, zone in zip(runs.owner[one].tolist(), near, strict=True):
                if zone.distance_m <= distance_m:
                    found[owner].append(zone)
            begin = end
        return found

    def _candidates(
        self, runs: Runs, asked: NDArray[np.int64], reach: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return for each shape and zone near it the runs that are nearest to each other.

        A run whose box is farther than some vertex of another one is not looked at closely.
        """
        boxes, theirs = runs.boxes[asked], self._runs.boxes
        grown = boxes + reach * np.array([-1, -1, 1, 1])
        one, two = self._tree.query(shapely.box(*grown.T))
        gap = np.maximum(boxes[one][:, :2] - theirs[two][:, 2:], 0)
        gap = np.maximum(gap, theirs[two][:, :2] - boxes[one][:, 2:])
        least = np.hypot(*gap.T)
        one = asked[one]
        step = runs.xy[runs.first[one]] - self._runs.xy[self._runs.first[two]]
        pair = runs.owner[one] * (int(self._runs.owner[-1]) + 1) + self._runs.owner[two]
        _, group = np.unique(pair, return_inverse=True)
        most = np.full(len(pair), np.inf)
        np.minimum.at(most, group, np.hypot(*step.T))
        kept = (least <= most[group]) & (least <= reach)
        one, two, group = one[kept], two[kept], group[kept]
        apart = shapely.distance(runs.lines[one], self._runs.lines[two])
        order = np.lexsort((two, one, apart, group))
        first = order[np.unique(group[order], return_index=True)[1]]
        return one[first], two[first]

    def _measured(self, runs: Runs, one: NDArray[np.int64], two: NDArray[np.int64]) -> list[Near]:
        """Return distance and direction from runs of sites to runs of zones."""
        lines = shapely.shortest_line(runs.lines[one], self._runs.lines[two])
        ends = shapely.get_coordinates(self._plane.unproject(lines)).reshape(-1, 4)
        azimuth, _, metres = GEOD.inv(*ends.T)
        turn = np.round(np.asarray(azimuth) / 45).astype(int) % len(DIRECTIONS)
        zones = self._runs.owner[two]
        return [
            Near(zone, length, DIRECTIONS[way] if length else "")
            for zone, length, way in zip(
                zones.tolist(), np.asarray(metres).tolist(), turn.tolist(), strict=True
            )
        ]
