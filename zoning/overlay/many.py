"""Many subjects against the zones of a layer: who shares how much with whom.

The zones are cut into cells once; a subject then meets only the few edges in
its own cells (lattice.py, kernel.py). With numba the loops are compiled, without
it numpy does the same sums. A handful of shapes is left to GEOS, which needs no
preparation.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry, STRtree

from layers.errors import LayerError
from layers.words import say
from zoning.overlay.compiled import compiled_here
from zoning.overlay.flat import Polygons
from zoning.overlay.kernel import Shared, shared_areas
from zoning.overlay.land import BLOCK as LAND_BLOCK
from zoning.overlay.land import land, united
from zoning.overlay.lattice import Cells, Lattice, cut
from zoning.overlay.sieve import WIDE, sift

FEW = 4096
"""Vertices of zones and subjects together up to which GEOS answers before cutting pays."""

BLOCK = 1 << 20
"""Vertices of subjects that are cut at a time, so that memory does not grow with the file."""

TRACE = 1e-9
"""Share of a subject (of 1 m2 for a smaller one) up to which an area may be nothing but what
rounding leaves of a neighbour ..."""

TRACE_M2 = 1e-4
"""... and no more than this: neighbours that share a border of a county's length leave 1e-5 m2."""

VERTICES_A_POINT = 64
"""Vertices that are walked along in the time that GEOS takes to find the zones of one point."""

PREPARED = 16
"""Points on the border of one zone from which on GEOS prepares it before it is asked."""

OVERLAP_M2 = 1e-4
"""Zones of one layer that share less than this are neighbours: their areas are summed."""


def refuse_invalid(polygons: Polygons) -> Polygons:
    """Return the polygons.

    Raises:
        LayerError: some cross or cover themselves: their areas would count twice.

    """
    invalid = polygons.invalid()
    if len(invalid):
        reason = shapely.is_valid_reason(polygons.geometries(invalid[:1])[0])
        raise LayerError(
            say("overlay.invalid", count=len(invalid), row=int(invalid[0]) + 1, reason=reason)
        )
    return polygons


class ManyZones:
    """The polygons of one layer in one plane, ready to be met by many.

    Geometries that cross or cover themselves are refused, zones and subjects
    alike; flat ``Polygons`` are taken as valid (``refuse_invalid``).
    """

    def __init__(
        self, shapes: Sequence[Geometry], *, checked: bool = False, compiled: bool | None = None
    ) -> None:
        """Take the zones in the plane.

        Args:
            shapes: the zones, missing and empty ones too.
            checked: they are known to be valid, as those of a layer that was read.
            compiled: forces one of the two ways.

        """
        self.shapes: NDArray[np.object_] = np.asarray(shapes, dtype=object)
        self.checked = checked
        self.compiled = compiled_here() if compiled is None else compiled

    @classmethod
    def of_cells(cls, cells: Cells) -> "ManyZones":
        """Return zones known by their cells only: enough for the ``overlap`` of ``Polygons``."""
        zones = cls(())
        vars(zones).update(cells=cells, empty=not len(cells.cell))
        return zones

    @cached_property
    def empty(self) -> bool:
        """Whether no zone has any land."""
        return not len(self.polygons.owner)

    @cached_property
    def polygons(self) -> Polygons:
        """The zones as flat arrays."""
        polygons = Polygons.of(self.shapes)
        return polygons if self.checked else refuse_invalid(polygons)

    @cached_property
    def cells(self) -> Cells:
        """The zones cut into cells."""
        polygons = self.polygons
        return cut(polygons, Lattice.around(polygons), compiled=self.compiled)

    def overlap(self, subjects: Polygons | Sequence[Geometry], *, workers: int = 1) -> Shared:
        """Return the area that each subject shares with each zone, where it shares any.

        Args:
            subjects: polygons of the zones' plane.
            workers: threads that share the work.

        Raises:
            LayerError: a geometry crosses or covers itself.

        """
        if self.empty:
            return Shared(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        if not isinstance(subjects, Polygons):
            shapes = np.asarray(subjects, dtype=object)
            subjects = refuse_invalid(Polygons.of(shapes))
            if len(subjects.xy) + len(self.polygons.xy) <= FEW:
                return self._by_geos(shapes)
        return self._by_cells(subjects, workers)

    def _by_geos(self, shapes: NDArray[np.object_]) -> Shared:
        subject, zone = STRtree(self.shapes).query(shapes, predicate="intersects")
        area = shapely.area(shapely.intersection(shapes[subject], self.shapes[zone]))
        order = np.lexsort((zone, subject))
        order = order[area[order] > trace_m2(shapely.area(shapes[subject[order]]))]
        return Shared(subject[order], zone[order], area[order])

    def _by_cells(self, subjects: Polygons, workers: int) -> Shared:
        traces = TRACE, TRACE_M2
        if self.compiled:
            from zoning.overlay.kernel_compiled import small  # noqa: PLC0415

            found, closer = small(subjects, self.cells, wide=WIDE, traces=traces, workers=workers)
            easy = Shared(*found)
        else:
            easy, closer = sift(subjects, self.cells, wide=WIDE, traces=traces)
        if not len(closer):
            return easy
        some = subjects.take(closer)
        met = self._cut(some)
        real = met.area > trace_m2(some.areas[met.subject])
        met = Shared(met.subject[real], met.zone[real], met.area[real])
        subject = np.r_[easy.subject, closer[met.subject]]
        zone, area = np.r_[easy.zone, met.zone], np.r_[easy.area, met.area]
        order = np.lexsort((zone, subject))
        return Shared(subject[order], zone[order], area[order])

    def _cut(self, subjects: Polygons) -> Shared:
        """Return what subjects, cut into cells as well, share with the zones; in blocks."""
        vertices = subjects.starts[subjects.first_ring]
        parts = []
        start = 0
        while start < subjects.count:
            limit = vertices[start] + BLOCK
            stop = max(start + 1, int(np.searchsorted(vertices, limit, side="right")) - 1)
            cells = cut(subjects.part(start, stop), self.cells.lattice, compiled=self.compiled)
            met = shared_areas(cells, self.cells)
            parts.append((met.subject + start, met.zone, met.area))
            start = stop
        return Shared(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def covered(
        self, subjects: Polygons | Sequence[Geometry], *, workers: int = 1
    ) -> NDArray[np.float64]:
        """Return the area of each subject that lies in any zone, each point counted once."""
        if not isinstance(subjects, Polygons):
            shapes = np.asarray(subjects, dtype=object)
            subjects = refuse_invalid(Polygons.of(shapes))
            if len(subjects.xy) + len(self.polygons.xy) <= FEW:
                area = np.nan_to_num(shapely.area(shapely.intersection(shapes, self._union)))
                return np.where(area > trace_m2(subjects.areas), area, 0.0)
        met = self.land.overlap(subjects, workers=workers)
        # Neighbours may share a hair's breadth, which is counted once.
        return np.minimum(met.by_subject(len(subjects)), subjects.areas)

    @cached_property
    def _union(self) -> Geometry:
        """The union of all zones; they are few."""
        return shapely.union_all(self.shapes)

    @cached_property
    def land(self) -> "ManyZones":
        """The same land as one zone, known by its cells only; where none overlap, these zones."""
        if self.empty:
            return self
        if "cells" in vars(self) or len(self.polygons.xy) <= LAND_BLOCK:
            cells, doubled = united(self.cells, compiled=self.compiled)
        else:  # never all of them cut at a time: most of what overlaps is not kept
            lattice = Lattice.around(self.polygons)
            cells, doubled = land(self.polygons, lattice, compiled=self.compiled)
        if doubled <= OVERLAP_M2:
            return self
        one = ManyZones.of_cells(cells)
        one.compiled = self.compiled
        return one

    def containing(self, xy: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (point, zone) for every zone that a point ``(n, 2)`` lies within.

        On the border is not within. In the order of points, then zones.
        """
        if not self.checked:
            _ = self.polygons  # refuses what crosses itself
        vertices = shapely.get_num_coordinates(self.shapes)
        if not (self.compiled and _worth_walking(len(xy), int(vertices.sum()))):
            # The zones ask: each is prepared once, and meets all points near it.
            zone, point = STRtree(shapely.points(xy)).query(self.shapes, predicate="contains")
            order = np.lexsort((zone, point))
            return point[order], zone[order]
        from zoning.overlay import points_compiled  # noqa: PLC0415

        count = len(self.shapes)
        found = points_compiled.held(xy, shapely.bounds(self.shapes), vertices, self._rings)
        tree = STRtree(shapely.points(xy[found.apart]))
        zone, apart = tree.query(self.shapes, predicate="contains")
        pairs = np.r_[found.pairs, self._really(found.open, xy), found.apart[apart] * count + zone]
        pairs.sort()
        point = pairs // count
        return point, pairs - point * count

    def _really(self, pairs: NDArray[np.int64], xy: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return those of some pairs, zone after zone, that GEOS says hold."""
        point, zone = np.divmod(pairs, len(self.shapes))
        often = np.flatnonzero(np.bincount(zone) >= PREPARED)
        fresh = self.shapes[often[~shapely.is_prepared(self.shapes[often])]]
        shapely.prepare(fresh)
        held = shapely.contains(self.shapes[zone], shapely.points(xy[point]))
        shapely.destroy_prepared(fresh)
        return pairs[held]

    def _rings(self, numbers: NDArray[np.int64]) -> Polygons:
        """Return the rings of some zones, whichever of them are holes."""
        if not self.checked or "polygons" in vars(self):
            return self.polygons.take(numbers)
        from zoning.overlay.points_compiled import plain_rings  # noqa: PLC0415

        rings = plain_rings(self.shapes[numbers])
        return Polygons.of(self.shapes[numbers]) if rings is None else rings


def _worth_walking(points: int, vertices: int) -> bool:
    """Whether many enough points are asked to walk along all borders for them."""
    return vertices + points > FEW and 0 < vertices < points * VERTICES_A_POINT


def trace_m2(areas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for subjects of some areas how much may be nothing but what rounding leaves."""
    return np.minimum(TRACE_M2, TRACE * np.maximum(1.0, areas))
