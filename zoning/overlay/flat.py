"""Polygons as flat coordinate arrays: a million of them without a million objects."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry

from layers.validity import star_shaped
from zoning.overlay.compiled import compiled_here

POLYGON_TYPES = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True)
class Polygons:
    """Polygons and multipolygons, with holes, in one plane.

    Attributes:
        xy: float64 ``(n, 2)``; the closed rings one after the other, in metres.
        starts: int64 ``(r + 1,)``; where each ring begins in ``xy``, and the end.
        owner: int64 ``(r,)``, ascending; the polygon that a ring belongs to.
        hole: bool ``(r,)``; whether a ring is a hole of its polygon.
        count: how many polygons there are; one without a ring is empty.

    """

    xy: NDArray[np.float64]
    starts: NDArray[np.int64]
    owner: NDArray[np.int64]
    hole: NDArray[np.bool_]
    count: int

    @classmethod
    def of(cls, geometries: Sequence[Geometry | None]) -> "Polygons":
        """Return geometries as flat arrays; missing and empty ones have no ring.

        Raises:
            ValueError: a geometry is no polygon, or a coordinate is not finite.

        """
        shapes = np.asarray(geometries, dtype=object)
        filled = np.flatnonzero(shapely.get_num_coordinates(shapes))
        kinds = shapely.get_type_id(shapes)[filled]
        if not np.isin(kinds, POLYGON_TYPES).all():
            raise ValueError("only polygons have an area to overlap")
        if not len(filled):
            return cls(np.empty((0, 2)), np.zeros(1, np.int64), *_no_rings(), len(shapes))
        parts, owner = shapes[filled], np.arange(len(filled))
        xy = shapely.get_coordinates(parts)
        if (kinds == shapely.GeometryType.MULTIPOLYGON).any():
            parts, owner = shapely.get_parts(parts, return_index=True)
        points = shapely.get_num_coordinates(parts).astype(np.int64)
        if not points.all():  # a part may be empty
            parts, owner, points = parts[points > 0], owner[points > 0], points[points > 0]
        sizes, part, hole = _rings(parts, points, xy)
        starts = np.append(0, np.cumsum(sizes)).astype(np.int64)
        return cls(xy, starts, filled[owner[part]], hole, len(shapes)).checked()

    def checked(self) -> "Polygons":
        """Return these polygons.

        Raises:
            ValueError: a coordinate is not finite.

        """
        with np.errstate(over="ignore", invalid="ignore"):
            finite = np.isfinite(self.xy.sum())  # of finite ones too large to sum, ask each
        if not finite and not np.isfinite(self.xy).all():
            raise ValueError("a coordinate is not finite")
        return self

    def __len__(self) -> int:
        """Return how many polygons there are, empty ones included."""
        return self.count

    @cached_property
    def first_ring(self) -> NDArray[np.int64]:
        """Where each polygon's rings begin, and the end: int64 ``(count + 1,)``."""
        return np.searchsorted(self.owner, np.arange(self.count + 1)).astype(np.int64)

    def part(self, start: int, stop: int) -> "Polygons":
        """Return the polygons from ``start`` to before ``stop``, numbered from 0."""
        first, last = self.first_ring[start], self.first_ring[stop]
        begin, end = self.starts[first], self.starts[last]
        return Polygons(
            self.xy[begin:end],
            self.starts[first : last + 1] - begin,
            self.owner[first:last] - start,
            self.hole[first:last],
            stop - start,
        )

    def take(self, at: NDArray[np.int64]) -> "Polygons":
        """Return the polygons at some positions, in that order."""
        rings = np.diff(self.first_ring)[at]
        ring = ranges(self.first_ring[at], rings)
        lengths = np.diff(self.starts)[ring]
        return Polygons(
            self.xy[ranges(self.starts[ring], lengths)],
            np.r_[0, np.cumsum(lengths)],
            np.repeat(np.arange(len(at)), rings),
            self.hole[ring],
            len(at),
        )

    def geometries(self, at: NDArray[np.int64]) -> NDArray[np.object_]:
        """Return the polygons at some positions as multipolygons."""
        some = self.take(at)
        shells = np.flatnonzero(~some.hole)
        kind = shapely.GeometryType.MULTIPOLYGON
        parts = np.searchsorted(some.owner[shells], np.arange(some.count + 1))
        offsets = (some.starts, np.r_[shells, len(some.hole)], parts)
        return np.asarray(shapely.from_ragged_array(kind, some.xy, offsets))

    def invalid(self) -> NDArray[np.int64]:
        """Return the positions of the polygons that GEOS finds invalid.

        A ring all of whose edges turn the same way around one point, once, cannot
        cross itself: most small polygons are shown valid so, at a tenth of the
        cost. GEOS is asked of all others.
        """
        rings = np.diff(self.first_ring)
        plain = np.zeros(self.count, dtype=bool)
        ring = self.first_ring[:-1][rings == 1]
        if len(ring):
            plain[rings == 1] = self._stars()[ring]
        asked = np.flatnonzero(~plain & (rings > 0))
        return asked[~shapely.is_valid(self.geometries(asked))]

    def _stars(self) -> NDArray[np.bool_]:
        """Return which rings surely go once around a point (``layers.validity``)."""
        if compiled_here():
            from zoning.overlay import rings_compiled  # noqa: PLC0415

            return rings_compiled.star_shaped(self.xy, self.starts)
        return star_shaped(self.xy, self.starts[:-1], np.diff(self.starts))

    @cached_property
    def extent(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """West and south, east and north of all polygons; there is at least one ring."""
        return np.nanmin(self.bounds[:, :2], axis=0), np.nanmax(self.bounds[:, 2:], axis=0)

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        """West, south, east and north of each polygon, ``(count, 4)``; NaN where empty."""
        if compiled_here():
            from zoning.overlay import rings_compiled  # noqa: PLC0415

            return rings_compiled.bounds(self.xy, self.starts[self.first_ring])
        boxes = np.full((self.count, 4), np.nan)
        filled = np.flatnonzero(np.diff(self.first_ring) > 0)
        if len(filled):
            begin = self.starts[self.first_ring[filled]]
            boxes[filled, :2] = np.minimum.reduceat(self.xy, begin, axis=0)
            boxes[filled, 2:] = np.maximum.reduceat(self.xy, begin, axis=0)
        return boxes

    @cached_property
    def turns(self) -> NDArray[np.float64]:
        """The sign with which a ring runs around the interior on its left: 1 or -1 a ring."""
        left = np.where(self._signed >= 0, 1.0, -1.0)
        return np.where(self.hole, -left, left)

    @cached_property
    def areas(self) -> NDArray[np.float64]:
        """The planar area of each polygon, in the square of the unit of ``xy``."""
        sizes = np.abs(self._signed)
        return np.bincount(
            self.owner, np.where(self.hole, -sizes, sizes), minlength=self.count
        ).astype(float)

    @cached_property
    def _signed(self) -> NDArray[np.float64]:
        """Signed area of each ring, seen from its own first vertex so that no digit is lost."""
        if not len(self.owner):
            return np.empty(0)
        if compiled_here():
            from zoning.overlay import rings_compiled  # noqa: PLC0415

            return rings_compiled.signed_areas(self.xy, self.starts)
        local = self.xy - np.repeat(self.xy[self.starts[:-1]], np.diff(self.starts), axis=0)
        cross = np.empty(len(local))
        cross[:-1] = local[:-1, 0] * local[1:, 1] - local[1:, 0] * local[:-1, 1]
        # The step from a ring's last vertex leads to another ring; the vertex is its
        # first one again, so the product is 0 in exact terms: say so.
        cross[self.starts[1:] - 1] = 0.0
        return 0.5 * np.add.reduceat(cross, self.starts[:-1])


def _rings(
    polygons: NDArray[np.object_], points: NDArray[np.int64], xy: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the points, the polygon and whether it is a hole of every ring, in order."""
    holes = shapely.get_num_interior_rings(polygons).astype(np.int64)
    part = np.repeat(np.arange(len(polygons)), holes + 1)
    hole = ranges(np.zeros(len(polygons), np.int64), holes + 1) > 0
    holed = np.flatnonzero(holes)
    if len(holed) and compiled_here():
        from zoning.overlay.lattice_compiled import ring_sizes  # noqa: PLC0415

        sizes = ring_sizes(xy, points, holes)
        if len(sizes):
            return sizes, part, hole
    sizes = points[part]
    # asking for a ring copies it: only those of polygons that have holes
    sizes[np.isin(part, holed)] = shapely.get_num_coordinates(shapely.get_rings(polygons[holed]))
    return sizes, part, hole


def _no_rings() -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    return np.empty(0, np.int64), np.empty(0, bool)


def ranges(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ranges that begin at ``starts``, one after the other.

    >>> ranges(np.array([5, 9]), np.array([2, 3])).tolist()
    [5, 6, 9, 10, 11]
    """
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
