"""Ellipsoidal area, length and distance: the only place that measures.

Areas are taken in a Lambert azimuthal equal-area plane on the CGCS2000
ellipsoid, centred on the workspace (EPSG:9820 method). In that plane areas are
those of the ellipsoid, parts add up exactly to the whole, and overlays and
areas use the same straight edges (docs/decisions/0002-area.md).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from shapely import Geometry

STORAGE_CRS = "EPSG:4490"
"""CGCS2000 geographic, longitude and latitude in degrees."""

EDGE_DEG = 0.001
"""Longer edges are densified before they are projected (some 100 m), because an
edge is a straight line in degrees: its chord in the plane is then less than a
fifth of a millimetre away, and a hectare is right to 0.01 m2
(docs/decisions/0002-area.md)."""

GEOD = Geod(a=6378137.0, rf=298.257222101)
"""The CGCS2000 ellipsoid (GB 22021-2008)."""

M2_PER_HA = 10_000.0
M2_PER_MU = 2_000.0 / 3.0
"""1 亩 = 1/15 公顷."""

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

    def area_m2(self, geometries: object) -> NDArray[np.float64]:
        """Return the ellipsoidal area in m2 of geometries given in EPSG:4490.

        >>> from shapely import box
        >>> square = box(113.995, 35.995, 114.005, 36.005)
        >>> round(float(Plane(114.0, 36.0).area_m2([square])[0]))
        1000484
        """
        return shapely.area(self.project(geometries))


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
    dense[far] = shapely.segmentize(geometries[far], EDGE_DEG)
    return dense


def length_m(geometry: Geometry | None) -> float:
    """Return the geodesic length in metres of a geometry in EPSG:4490."""
    if geometry is None or geometry.is_empty:
        return 0.0
    return float(GEOD.geometry_length(geometry))


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


def hectares(m2: float) -> float:
    """Return hectares for m2."""
    return m2 / M2_PER_HA


def mu(m2: float) -> float:
    """Return 亩 for m2.

    >>> round(mu(10_000), 9)
    15.0
    """
    return m2 / M2_PER_MU
