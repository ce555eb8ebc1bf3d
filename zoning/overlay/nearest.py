"""The nearest of many features, exactly, from many shapes.

Lines and the rings of polygons are cut into runs of a few consecutive edges,
and a tree of the runs' boxes is asked: a river of a thousand vertices is then
measured only where it comes near. Nothing is sampled and nothing is left out:
two shapes are as far apart as their nearest edges, unless one lies in a polygon
of the other, and then a vertex of it does.

With numba and many shapes the tree is walked by ``nearest_compiled``, else by
GEOS; both give the same answers.
"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry, STRtree

from zoning.overlay.flat import ranges

if TYPE_CHECKING:
    from zoning.overlay.nearest_compiled import Packed

TIE_M = 1e-6
"""Features whose distances differ by less than a micrometre are equally near: which of
them is named must not depend on the last digit, nor on who computed it."""

FEATURE_EDGES = 8
"""Edges in a run of a feature; measured fastest of 4, 8 and 16."""

SHAPE_EDGES = 32
"""Edges in a run of a shape: most parcels stay whole, and long ones cost no square."""

WORTH_COMPILED = 50_000
"""Runs of shapes from which on loading the compiled search takes less time than it saves."""


@dataclass(frozen=True)
class Runs:
    """Runs of consecutive edges of points, lines and rings.

    Attributes:
        xy: float64 ``(n, 2)``; vertices, line after line, in metres.
        first: int64 ``(r,)``; where each run begins in ``xy``.
        last: int64 ``(r,)``; its last vertex, the first one of the next run. A
            point is a run of one vertex.
        owner: int64 ``(r,)``, ascending; the geometry that a run belongs to.
        anchor: int64 ``(a,)``; a vertex of ``xy`` of every part of a geometry.
        anchor_owner: int64 ``(a,)``; the geometry of each anchor.
        polygons: object ``(p,)``; the single polygons among the geometries.
        polygon_owner: int64 ``(p,)``; the geometry of each polygon.

    """

    xy: NDArray[np.float64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    owner: NDArray[np.int64]
    anchor: NDArray[np.int64]
    anchor_owner: NDArray[np.int64]
    polygons: NDArray[np.object_]
    polygon_owner: NDArray[np.int64]

    @classmethod
    def of(cls, geometries: Sequence[Geometry | None], edges: int) -> "Runs":
        """Cut geometries of any type into runs of at most ``edges`` edges.

        Missing and empty geometries have no run.

        Raises:
            ValueError: a coordinate is not finite.

        """
        parts, owner = _single_parts(np.asarray(geometries, dtype=object))
        surface = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
        rings, of_polygon = shapely.get_rings(parts[surface], return_index=True)
        lines = np.concatenate([parts[~surface], rings])
        line_owner = np.concatenate([owner[~surface], owner[surface][of_polygon]])
        order = np.argsort(line_owner, kind="stable")
        lines, line_owner = lines[order], line_owner[order]
        xy = shapely.get_coordinates(lines)
        if not np.isfinite(xy).all():
            raise ValueError("a coordinate is not finite")
        vertices = shapely.get_num_coordinates(lines).astype(np.int64)
        begin = np.cumsum(vertices) - vertices
        count = np.maximum(1, -(-(vertices - 1) // edges))
        first = np.repeat(begin, count) + edges * ranges(np.zeros_like(count), count)
        return cls(
            xy=xy,
            first=first,
            last=np.minimum(first + edges, np.repeat(begin + vertices - 1, count)),
            owner=np.repeat(line_owner, count),
            anchor=begin,
            anchor_owner=line_owner,
            polygons=parts[surface],
            polygon_owner=owner[surface],
        )

    @cached_property
    def lines(self) -> NDArray[np.object_]:
        """The runs as lines; a run without length is a point.

        GEOS says of a prepared line without length that nothing is within any distance.
        """
        size = np.maximum(self.last - self.first + 1, 2)
        which = np.repeat(np.arange(len(size)), size)
        vertex = np.minimum(ranges(self.first, size), self.last[which])
        lines = shapely.linestrings(self.xy[vertex], indices=which)
        spot = (self.boxes[:, :2] == self.boxes[:, 2:]).all(axis=1)
        lines[spot] = shapely.points(self.xy[self.first[spot]])
        return lines

    @cached_property
    def boxes(self) -> NDArray[np.float64]:
        """West, south, east and north of each run, ``(r, 4)``."""
        if not len(self.first):
            return np.empty((0, 4))
        size = self.last - self.first + 1
        xy = self.xy[ranges(self.first, size)]
        begin = np.cumsum(size) - size
        low = np.minimum.reduceat(xy, begin, axis=0)
        return np.column_stack([low, np.maximum.reduceat(xy, begin, axis=0)])


class Nearest:
    """Features of one plane, asked which of them is nearest and what is near.

    Distances are those of the plane. In a Lambert azimuthal plane they differ
    from those of the ellipsoid, and between one direction and another by up to
    ``tan(r / 2R)**2`` of the distance, r being how far the farther of the two
    places lies from the plane's centre and R the Earth's radius: 1.5e-5 at
    50 km, 5.5e-4 at 300 km. So of features nearly as near as the nearest one
    another may be named, and its distance, measured on the ellipsoid, is then
    too long by up to this share and never too short: 0.15 m in 10 km at the
    edge of a county, 5.5 m in 10 km at 300 km.
    """

    def __init__(
        self, features: Sequence[Geometry | None], *, compiled: bool | None = None
    ) -> None:
        """Take points, lines, polygons or collections in one plane, in metres.

        Missing and empty ones are skipped: they keep their number and are near
        to nothing.

        Args:
            features: the features, numbered from 0.
            compiled: search with numba or without; ``None`` takes numba where
                it is installed and there are shapes enough to be worth it.

        Raises:
            ValueError: a coordinate is not finite.

        """
        self._runs = Runs.of(features, FEATURE_EDGES)
        self._compiled = compiled
        shapely.prepare(self._runs.polygons)

    def of(
        self, shapes: Sequence[Geometry | None]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the number of the nearest feature and the distance to it, per shape.

        The distance is that of the plane, 0 where they meet, inside a polygon
        too. Of features as near as the nearest one, or less than ``TIE_M``
        farther, the first is named. A missing or empty shape, or one asked when
        there is no feature, has the feature -1 at the distance NaN.

        Raises:
            ValueError: a coordinate is not finite.

        """
        count = len(shapes)
        runs = Runs.of(shapes, SHAPE_EDGES)
        distance = np.full(count, np.inf)
        feature = np.full(count, np.iinfo(np.int64).max)
        for shape, inside in self._inside(runs):
            distance[shape] = 0.0
            np.minimum.at(feature, shape, inside)
        if len(runs.owner) and len(self._runs.owner):
            kernel = self._kernel(len(runs.owner))
            if kernel is None:
                self._search(runs, distance, feature)
            else:
                kernel.search(self._packed, runs, distance, feature, TIE_M)
        found = np.isfinite(distance)
        return np.where(found, feature, -1), np.where(found, distance, np.nan)

    def within(
        self, shapes: Sequence[Geometry | None], distance: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the pairs of shape and feature that are no farther apart than ``distance``.

        Each pair once, in the order of shapes and then of features; metres of
        the plane.

        Raises:
            ValueError: a coordinate is not finite.

        """
        runs = Runs.of(shapes, SHAPE_EDGES)
        pairs = [np.column_stack(pair) for pair in self._inside(runs)]
        one, two = self._tree.query(runs.lines, predicate="dwithin", distance=distance)
        pairs.append(np.column_stack([runs.owner[one], self._runs.owner[two]]))
        shape, feature = np.unique(np.concatenate(pairs), axis=0).T
        return shape, feature

    def nearest_part(self, shape: Geometry) -> Geometry | None:
        """Return the stretch of the nearest feature's border that is nearest to a shape.

        A line of at most ``FEATURE_EDGES`` edges, so that ``distance_m`` finds
        the direction and the ellipsoidal distance without walking the whole
        feature. ``None`` where the shape lies in the feature or holds it
        without meeting its border, and where nothing is nearest.
        """
        (feature,), (distance,) = self.of([shape])
        if feature < 0:
            return None
        runs = Runs.of([shape], SHAPE_EDGES)
        one, two = self._tree.query(runs.lines, predicate="dwithin", distance=distance + TIE_M)
        own = self._runs.owner[two] == feature
        if not own.any():
            return None
        one, two = one[own], two[own]
        apart = shapely.distance(runs.lines[one], self._runs.lines[two])
        return self._runs.lines[two[np.argmin(apart)]]

    @cached_property
    def _tree(self) -> STRtree:
        return STRtree(self._runs.lines)

    @cached_property
    def _polygons(self) -> STRtree:
        return STRtree(self._runs.polygons)

    @cached_property
    def _anchors(self) -> STRtree:
        return STRtree(shapely.points(self._runs.xy[self._runs.anchor]))

    @cached_property
    def _packed(self) -> "Packed":
        return _compiled_search().Packed.of(self._runs)

    def _kernel(self, asked: int) -> ModuleType | None:
        """Return the compiled search if it is wanted, or can be had and is worth it."""
        wanted = self._compiled
        if wanted is None:
            wanted = asked >= WORTH_COMPILED and importlib.util.find_spec("numba") is not None
        return _compiled_search() if wanted else None

    def _inside(self, runs: Runs) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Return pairs of shape and feature of which one has a vertex in the other's polygon."""
        pairs = []
        if len(self._runs.polygons):
            xy = runs.xy[runs.anchor]
            at, polygon = self._polygons.query(shapely.points(xy))
            order = np.argsort(polygon, kind="stable")  # one prepared polygon after the other
            at, polygon = at[order], polygon[order]
            hit = shapely.intersects_xy(self._runs.polygons[polygon], xy[at, 0], xy[at, 1])
            pairs.append((runs.anchor_owner[at[hit]], self._runs.polygon_owner[polygon[hit]]))
        if len(runs.polygons):
            shape, at = self._anchors.query(runs.polygons, predicate="intersects")
            pairs.append((runs.polygon_owner[shape], self._runs.anchor_owner[at]))
        return pairs

    def _search(
        self, runs: Runs, distance: NDArray[np.float64], feature: NDArray[np.int64]
    ) -> None:
        """Lower the distances and the features to those that GEOS finds."""
        apart = np.flatnonzero(distance[runs.owner] > 0)
        (one, _), found = self._tree.query_nearest(
            runs.lines[apart], return_distance=True, all_matches=False
        )
        np.minimum.at(distance, runs.owner[apart[one]], found)
        one, two = self._tree.query(
            runs.lines, predicate="dwithin", distance=distance[runs.owner] + TIE_M
        )
        np.minimum.at(feature, runs.owner[one], self._runs.owner[two])


def _single_parts(
    geometries: NDArray[np.object_],
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return the points, lines and polygons that geometries consist of, and whose they are."""
    parts, owner = geometries, np.arange(len(geometries))
    while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts, at = shapely.get_parts(parts, return_index=True)
        owner = owner[at]
    filled = ~(shapely.is_missing(parts) | shapely.is_empty(parts))
    return parts[filled], owner[filled]


def _compiled_search() -> ModuleType:
    # numba takes half a second to load: not before it is asked for.
    return importlib.import_module("zoning.overlay.nearest_compiled")
