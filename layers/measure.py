"""Ellipsoidal area, length and distance: the only place that measures.

Features are measured in degrees, where their edges are straight (``layers.authalic``).
Overlays are taken in a Lambert azimuthal equal-area plane on the CGCS2000
ellipsoid, centred on the workspace (EPSG:9820 method): its areas are those of the
ellipsoid, and parts add up to the whole (docs/decisions/0002-area.md).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from shapely import Geometry, GeometryType

from layers import densify
from layers.authalic import (
    INVERSE_FLATTENING,
    SEMI_MAJOR_M,
    polygon_areas_m2,
    ring_areas_m2,
)

STORAGE_CRS = "EPSG:4490"
"""CGCS2000 geographic, longitude and latitude in degrees."""

EDGE_DEG = 0.00025
"""Longer edges are densified before they are projected (some 25 m), because an
edge is a straight line in degrees: its chord in the plane is then less than
0.02 mm away, and areas are right to 1e-8
(docs/decisions/0002-area.md)."""

GEOD = Geod(a=SEMI_MAJOR_M, rf=INVERSE_FLATTENING)
"""The CGCS2000 ellipsoid."""

SLICE = 10_000
"""Geometries taken apart at a time: memory stays bounded for any number of them."""

DIRECTIONS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")


@dataclass(frozen=True)
class Plane:
    """An equal-area plane with its centre in degrees of EPSG:4490."""

    lon: float
    lat: float

    @classmethod
    def around(cls, geometries: Sequence[Geometry]) -> "Plane":
        """Return the plane centred on the bounding box, rounded to 0.1 degree.

        Rounding makes the plane, and so every digit, the same from run to run.
        """
        west, south, east, north = shapely.total_bounds(geometries)
        return cls(round((west + east) / 2, 1), round((south + north) / 2, 1))

    @cached_property
    def crs(self) -> CRS:
        """Return the plane's CRS, in metres."""
        return CRS.from_proj4(
            f"+proj=laea +lat_0={self.lat} +lon_0={self.lon} +ellps=GRS80 +units=m +type=crs"
        )

    @cached_property
    def _forward(self) -> Transformer:
        return Transformer.from_crs(STORAGE_CRS, self.crs, always_xy=True)

    def project(self, geometries: object) -> NDArray[np.object_]:
        """Return geometries given in EPSG:4490 in this plane (metres)."""
        dense = _densified(np.asarray(geometries, dtype=object))
        return shapely.transform(dense, self._forward.transform, interleaved=False)

    def unproject(self, geometries: object) -> NDArray[np.object_]:
        """Return geometries of this plane in EPSG:4490."""

        def inverse(x: NDArray, y: NDArray) -> tuple[NDArray, NDArray]:
            return self._forward.transform(x, y, direction="INVERSE")

        return shapely.transform(np.asarray(geometries, dtype=object), inverse, interleaved=False)


def _densified(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return geometries in degrees without edges longer than EDGE_DEG.

    Only those that have one are touched: looking is fifty times as fast as densifying.
    """
    points, owner = shapely.get_coordinates(geometries, return_index=True)
    if len(points) < 2:  # noqa: PLR2004 - an edge has two ends
        return geometries
    step = np.abs(np.diff(points, axis=0)).max(axis=1)
    # The step from one ring or part to the next is no edge; looking at it does no harm.
    far = np.unique(owner[1:][(step > EDGE_DEG / 2) & (owner[1:] == owner[:-1])])
    if not len(far):
        return geometries
    dense = geometries.copy()
    dense[far] = densify.densified(geometries[far], EDGE_DEG)
    return dense


def area_m2(geometries: object) -> NDArray[np.float64]:
    """Return the ellipsoidal area in m2 of each geometry given in EPSG:4490, shape (n,).

    Edges are straight in degrees. Which way rings turn does not matter, holes are taken
    off, the polygons of a collection are summed. What has no polygon has no area: points,
    lines, empty geometries and ``None`` give 0. NaN where a coordinate of a polygon is not
    finite or a latitude lies beyond a pole.

    >>> from shapely import box
    >>> round(float(area_m2([box(113.995, 35.995, 114.005, 36.005)])[0]))
    1000447
    """
    shapes = np.asarray(geometries, dtype=object)
    found = np.zeros(len(shapes))
    for begin in range(0, len(shapes), SLICE):
        part = slice(begin, begin + SLICE)
        found[part] = _areas_m2(shapes[part])
    return found


def _areas_m2(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return areas; polygons without holes, nearly all there are, need no taking apart."""
    found = np.zeros(len(shapes))
    kinds = shapely.get_type_id(shapes)
    plain = (kinds == GeometryType.POLYGON) & (shapely.get_num_interior_rings(shapes) == 0)
    alone = shapes if plain.all() else shapes[plain]
    points, owner = shapely.get_coordinates(alone, return_index=True)
    bounds = np.searchsorted(owner, np.arange(len(alone) + 1))
    found[plain] = np.abs(ring_areas_m2(points, bounds))
    others = np.flatnonzero(~plain & (kinds >= GeometryType.POLYGON))
    if len(others):
        found[others] = _apart_m2(shapes[others])
    return found


def _apart_m2(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the areas of polygons with holes, of several polygons and of collections."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) > GeometryType.POLYGON).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    flat = shapely.get_type_id(parts) == GeometryType.POLYGON
    parts, owner = parts[flat], owner[flat]
    rings, part = shapely.get_rings(parts, return_index=True)
    return polygon_areas_m2(
        shapely.get_coordinates(parts),
        np.append(0, np.cumsum(shapely.get_num_coordinates(rings))),
        np.searchsorted(part, np.arange(len(parts) + 1)),
        np.searchsorted(owner, np.arange(len(shapes) + 1)),
    )


def lengths_m(geometries: object) -> NDArray[np.float64]:
    """Return the geodesic length in m of each geometry given in EPSG:4490, shape (n,).

    Each edge counts as the geodesic between its ends, rings of polygons are lines too. 0 for
    points, empty geometries and ``None``; NaN where a coordinate of a line is not finite.
    """
    shapes = np.asarray(geometries, dtype=object)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) >= GeometryType.POLYGON).any():
        flat = shapely.get_type_id(parts) == GeometryType.POLYGON
        rings, ring_of = shapely.get_rings(parts[flat], return_index=True)
        ring_of = owner[flat][ring_of]
        parts, inner = shapely.get_parts(parts[~flat], return_index=True)
        parts = np.concatenate([parts, rings])
        owner = np.concatenate([owner[~flat][inner], ring_of])
    points, part = shapely.get_coordinates(parts, return_index=True)
    edge = np.flatnonzero(part[1:] == part[:-1])
    (x, y), (to_x, to_y) = points[edge].T, points[edge + 1].T
    metres = GEOD.inv(x, y, to_x, to_y)[2]
    return np.bincount(owner[part[edge]], weights=metres, minlength=len(shapes))


def length_m(geometry: Geometry | None) -> float:
    """Return the geodesic length in metres of a geometry in EPSG:4490."""
    return float(lengths_m([geometry])[0])


def distance_m(first: Geometry, second: Geometry, plane: Plane) -> tuple[float, str]:
    """Return the distance in metres and the direction of the nearest point.

    The nearest points are found in the plane and their distance is measured on
    the ellipsoid. Both geometries are given in the plane. The direction is one
    of eight, seen from the first geometry; empty when they touch or overlap.
    """
    nearest = shapely.shortest_line(first, second)
    if nearest is None or nearest.is_empty:
        return math.inf, ""
    (start, end) = shapely.get_coordinates(plane.unproject([nearest])[0])
    azimuth, _, metres = GEOD.inv(start[0], start[1], end[0], end[1])
    if metres == 0:
        return 0.0, ""
    return float(metres), DIRECTIONS[round(azimuth / 45) % 8]
