"""Repairing and measuring one geometry: the doctor's instruments (see ``layers.doctor``).

Repair is ``shapely.make_valid`` with ``method="structure"``, because it reads rings as
the one who drew them meant them: what a hole takes away stays away, and what two parts of a
feature both cover is land once. The other method, ``linework``, goes by crossings alone: it
turns the overlap of two parts into a hole, a hole nested in a hole into land, and the piece
of a hole that sticks out of its shell into land. Both make a part of its own of a hole that
lies wholly outside (often a second part with a wrong ring number): the log says so. Both
keep the whole 0.5 of a bow-tie of unit size; ``buffer(0)`` keeps 0.25, so it is used
nowhere. ``linework`` serves as a witness: it names the lines and points without area that
``structure`` drops.

Source: JTS ``GeometryFixer``, which GEOS calls "structure".
"""

import re
from collections.abc import Callable, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely import Geometry

from layers.authalic import ring_areas_m2
from layers.words import say

REASONS = {
    "Self-intersection": "self_intersection",
    "Ring Self-intersection": "ring_self_intersection",
    "Hole lies outside shell": "hole_outside",
    "Holes are nested": "nested_holes",
    "Nested shells": "nested_shells",
    "Interior is disconnected": "disconnected",
    "Duplicate Rings": "duplicate_rings",
    "Too few points in geometry component": "too_few_points",
}
"""What GEOS says of an invalid geometry, and the word for it in the words table."""

PLANE_EDGE_M = 100.0
"""Edges of projected layers are straight in the plane they were drawn in: they are densified
to this before they become degrees, as when the layer is read."""

NOISE = 1e-12
"""Crossings are computed: one lies off its lines by less than this share of its coordinates."""

TRIANGLE = 4
"""Vertices of the smallest ring with an area, the first one again at its end."""

FAR_M = 1e8
"""No coordinate in metres is larger; measuring one would densify an endless edge."""


def single_parts(shape: Geometry) -> NDArray[np.object_]:
    """Return the single parts of a geometry, from collections within collections too."""
    parts = shapely.get_parts(shape)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts = shapely.get_parts(parts)
    return parts[~shapely.is_empty(parts)]


def gathered(parts: NDArray[np.object_], dimension: int) -> Geometry:
    """Return parts of one dimension as one geometry, empty where there are none."""
    if len(parts) == 1:
        return parts[0]
    join: Callable[[NDArray[np.object_]], Geometry] = (
        shapely.multipoints,
        shapely.multilinestrings,
        shapely.multipolygons,
    )[dimension]
    return join(parts)


def repaired(shape: Geometry, method: str) -> Geometry | None:
    """Return a valid geometry of the same dimension, empty if none is left; none on failure."""
    options = {"keep_collapsed": False} if method == "structure" else {}
    try:
        parts = single_parts(shapely.make_valid(shape, method=method, **options))
    except shapely.errors.GEOSException:
        return None
    dimension = int(shapely.get_dimensions(shape))
    fixed = gathered(parts[shapely.get_dimensions(parts) == dimension], dimension)
    if method == "structure" and shape.geom_type == "Polygon" and not shape.interiors:
        # GEOS 3.14 loses land of a ring that runs along its own edges again
        land = _surrounded(shape)
        noise = NOISE * np.abs(shapely.bounds(shape)).max() * land.length
        if not fixed.is_valid or shapely.difference(land, fixed).area > noise:
            fixed = land
    return fixed if fixed.is_valid else None


def _surrounded(shape: Geometry) -> Geometry:
    """Return what the ring of a polygon goes around at least once, whichever way."""
    points = shapely.get_coordinates(shape)
    lines = shapely.union_all(shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1)))
    faces = shapely.get_parts(shapely.polygonize([lines]))
    within = shapely.get_coordinates(shapely.point_on_surface(faces))
    x, y = np.moveaxis(points[None] - within[:, None], 2, 0)
    along = x[:, :-1] * x[:, 1:] + y[:, :-1] * y[:, 1:]
    across = x[:, :-1] * y[:, 1:] - y[:, :-1] * x[:, 1:]
    turns = np.rint(np.arctan2(across, along).sum(axis=1) / (2 * np.pi))
    return gathered(single_parts(shapely.union_all(faces[turns != 0])), 2)


def dropped(shape: Geometry, after: Geometry) -> NDArray[np.object_]:
    """Return the lines and points of an invalid geometry that its repair no longer covers."""
    try:
        parts = single_parts(shapely.make_valid(shape, method="linework"))
    except shapely.errors.GEOSException:
        return np.empty(0, dtype=object)
    lesser = parts[shapely.get_dimensions(parts) < shapely.get_dimensions(shape)]
    noise = NOISE * np.abs(shapely.bounds(shape)).max()
    outside = shapely.difference(lesser, after)
    away = shapely.length(outside) > noise
    away |= (shapely.get_dimensions(lesser) == 0) & ~(shapely.distance(lesser, after) <= noise)
    return outside[away]


def invalid_reason(shape: Geometry, crs: CRS | None) -> str:
    """Return in Chinese what is wrong with a geometry, and where."""
    text = shapely.is_valid_reason(shape)
    match = re.fullmatch(r"(?P<why>[^\[]+)\[(?P<x>\S+) (?P<y>\S+)\]", text)
    if match is None or match["why"] not in REASONS:
        return say("doctor.reason.other", text=text)
    x, y = float(match["x"]), float(match["y"])
    return say(f"doctor.reason.{REASONS[match['why']]}") + place(x, y, crs)


def place(x: float, y: float, crs: CRS | None) -> str:
    """Return the words for a place, in degrees or metres as its CRS has it.

    >>> place(113.5, 36.25, CRS("EPSG:4490"))
    '（东经 113.5000000°，北纬 36.2500000°）'
    """
    if crs is None:
        return say("doctor.place.unknown", x=x, y=y)
    if crs.is_geographic:
        return say("doctor.place.degrees", x=x, y=y)
    return say("doctor.place.metres", x=x, y=y)


def areas_m2(shapes: Sequence[Geometry | None], crs: CRS | None) -> NDArray[np.float64]:
    """Return ellipsoidal areas (m2) of valid or invalid polygons; NaN where there is none.

    Rings are measured one by one and holes taken off: ``segmentize`` drops a lobe of a
    polygon that crosses itself, but not of a ring.

    Args:
        shapes: geometries in the CRS, or none; only polygons have an area.
        crs: their CRS. A projected one is undone within its own datum: areas need no other.

    """
    found = np.full(len(shapes), np.nan)
    array = np.asarray(shapes, dtype=object)
    parts, owner = shapely.get_parts(array, return_index=True)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    rings, part = shapely.get_rings(parts, return_index=True)
    if crs is None or crs.geodetic_crs is None:
        return found
    # as lines: segmentize also fails on rings that stand on one point or go back and forth
    points, ring = shapely.get_coordinates(rings, return_index=True)
    lines = shapely.remove_repeated_points(shapely.linestrings(points, indices=ring))
    wide = np.flatnonzero(shapely.get_num_coordinates(lines) >= TRIANGLE)
    degrees, usable = _in_degrees(lines[wide], crs)
    sizes = np.zeros(len(rings))
    sizes[wide[~usable]] = np.nan
    bounds = np.append(0, np.cumsum(shapely.get_num_coordinates(degrees[usable])))
    signed = ring_areas_m2(shapely.get_coordinates(degrees[usable]), bounds)
    sizes[wide[usable]] = np.abs(signed)
    holes = np.r_[False, part[1:] == part[:-1]]
    found[owner[part]] = 0.0
    np.add.at(found, owner[part], np.where(holes, -sizes, sizes))
    return np.where(np.isfinite(found), np.maximum(found, 0.0), np.nan)


def _in_degrees(lines: NDArray[np.object_], crs: CRS) -> tuple[NDArray, NDArray[np.bool_]]:
    """Return lines in degrees of their own datum, and which of them can be measured."""
    if not crs.is_geographic:
        usable = (np.abs(shapely.bounds(lines)) < FAR_M).all(axis=1)
        undo = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
        dense = shapely.segmentize(lines[usable], PLANE_EDGE_M)
        lines = lines.copy()
        lines[usable] = shapely.transform(dense, undo.transform, interleaved=False)
    bounds = shapely.bounds(lines)
    return lines, (np.abs(bounds) <= (180.0, 90.0, 180.0, 90.0)).all(axis=1)
