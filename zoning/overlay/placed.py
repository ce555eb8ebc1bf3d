"""Batches of features as polygons of the zones' plane; those that cannot be used, with why.

No geometry object is made of what is sound. A shape that is not is never used: its
row and the reason are handed on, so that what is read is what is used plus what is
rejected.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely import Geometry

from layers import datum, gauss, webmap
from layers.crs import SAMPLE, to_storage
from layers.repair import invalid_reason
from layers.words import say
from zoning.overlay.carry import Place, crs_of, in_plane, points
from zoning.overlay.flat import POLYGON_TYPES, Polygons
from zoning.overlay.stream import Batch, Subjects
from zoning.overlay.wkb import from_wkb

MOST_POINTS = 1 << 24
"""Points that one shape may get: more is no shape of a country, but a slip or an attack."""

EQUAL_AREA = frozenset({
    "Albers Equal Area", "Lambert Azimuthal Equal Area", "Lambert Cylindrical Equal Area",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sound:
    """Polygons in the plane and the rows of the batch that they are."""

    rows: NDArray[np.int64]
    polygons: Polygons


@dataclass(frozen=True, slots=True)
class Checked:
    """A batch: what is wrong by row, and the sound polygons, still in the file's CRS."""

    faults: dict[int, str]
    rows: NDArray[np.int64]
    polygons: Polygons


def is_equal_area(crs: CRS | None) -> bool:
    """Return whether areas in the plane of a CRS are areas on our ellipsoid, in m2."""
    if not datum.is_ours(crs) or crs.coordinate_operation is None:
        return False
    metres = all(axis.unit_conversion_factor == 1 for axis in crs.axis_info)
    return metres and crs.coordinate_operation.method_name in EQUAL_AREA


def gated(subjects: Subjects, plane: str, *, stated: str = "") -> tuple[Place, tuple[str, ...]]:
    """Return how a file's coordinates come to the plane, and notes, after its CRS was checked.

    Raises:
        LayerError: the CRS is missing, contradicts itself or the coordinates, or
            has a datum that nothing here converts.

    """
    sample: NDArray[np.object_] = np.empty(0, dtype=object)
    for stretch in subjects.stretches():
        for batch in subjects.batches(stretch):
            some = np.unique(np.linspace(0, len(batch.offsets) - 2, SAMPLE).astype(int))
            shapes = _objects(batch, some[: len(batch.offsets) - 1])
            sample = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
            if len(sample):
                break
        if len(sample):
            break
    place = _place(subjects, plane, stated)
    if len(sample) and (place.crs or place.web):
        # A few that lie elsewhere are listed by their rows; most of them are no slip.
        inside = _within(shapely.bounds(sample), place)
        sample = sample[inside] if 2 * inside.sum() >= len(sample) else sample
    frame = gpd.GeoDataFrame(geometry=sample, crs=subjects.crs or None)
    gate = to_storage(frame, stated=stated, home=None, source=str(subjects.path))
    return place, gate.notes


def _place(subjects: Subjects, plane: str, stated: str) -> Place:
    if web := webmap.system(stated):
        return Place("", web, plane)
    if stated.strip():
        return Place(datum.parsed(stated, str(subjects.path)).to_wkt(), "", plane)
    return Place(datum.plain(CRS(subjects.crs)).to_wkt() if subjects.crs else "", "", plane)


def checked(batch: Batch, place: Place) -> Checked:
    """Return a batch's sound polygons, in the file's own CRS, and what is wrong with the others."""
    polygons, faults = _read(batch)
    for row in np.flatnonzero(np.diff(polygons.first_ring) == 0).tolist():
        missing = batch.offsets[row] == batch.offsets[row + 1]
        key = "no_geometry" if missing else "empty_geometry"
        faults.setdefault(row, say(f"format.reason.{key}"))
    invalid = polygons.invalid()
    crs = CRS(place.crs) if place.crs else None
    for row, shape in zip(invalid.tolist(), polygons.geometries(invalid), strict=True):
        faults[row] = say("export.reason.invalid", reason=invalid_reason(shape, crs))
    for row in _astray(polygons, place).tolist():
        faults.setdefault(row, say("overlay.reason.astray"))
    for row in np.flatnonzero(points(polygons, place) > MOST_POINTS).tolist():
        faults.setdefault(row, say("overlay.reason.long"))
    rows = np.arange(polygons.count)
    if faults:
        rows = np.delete(rows, list(faults))
        polygons = polygons.take(rows)
    return Checked(dict(sorted(faults.items())), rows, polygons)


def carried(batch: Checked, place: Place) -> Iterator[Sound]:
    """Yield a batch's sound polygons in the plane, so many that memory stays bounded."""
    for start, part in in_plane(batch.polygons, place):
        yield Sound(batch.rows[start : start + part.count], part)


def _objects(batch: Batch, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return some features as geometries; what cannot be built is missing."""
    begin, end = batch.offsets[rows], batch.offsets[rows + 1]
    parts = [batch.raw[a:b].tobytes() or None for a, b in zip(begin, end, strict=True)]
    with np.errstate(invalid="ignore"):
        try:
            return np.asarray(shapely.from_wkb(parts, on_invalid="ignore"), dtype=object)
        except NotImplementedError:  # a curve among them
            return np.array([_object(part) for part in parts], dtype=object)


def _object(part: bytes | None) -> Geometry | None:
    try:
        return shapely.from_wkb(part, on_invalid="ignore")
    except NotImplementedError:
        return None


def _read(batch: Batch) -> tuple[Polygons, dict[int, str]]:
    """Return all features of a batch as polygons; those that are none have no ring."""
    try:
        polygons = from_wkb(batch.raw, batch.offsets)
    except ValueError:
        return _read_slowly(batch)
    return polygons, {}


def _read_slowly(batch: Batch) -> tuple[Polygons, dict[int, str]]:
    """Return a batch by geometry objects, which tell the features that are no polygons."""
    count = len(batch.offsets) - 1
    shapes = _objects(batch, np.arange(count))
    faults = {}
    there = np.diff(batch.offsets) > 0
    for row in np.flatnonzero(there & shapely.is_missing(shapes)).tolist():
        faults[row] = say("overlay.reason.broken")
    kinds = shapely.get_type_id(shapes)
    for row in np.flatnonzero((kinds >= 0) & ~np.isin(kinds, POLYGON_TYPES)).tolist():
        mixed = kinds[row] == shapely.GeometryType.GEOMETRYCOLLECTION
        faults[row] = (
            say("export.reason.collection")
            if mixed
            else say("overlay.reason.kind", value=shapes[row].geom_type)
        )
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    for row in np.unique(owner[~np.isfinite(points).all(axis=1)]).tolist():
        faults.setdefault(row, say("export.reason.endless"))
    shapes[list(faults)] = None
    return Polygons.of(shapely.force_2d(shapes)), faults


def _astray(polygons: Polygons, place: Place) -> NDArray[np.int64]:
    """Return the polygons that do not lie in China, or lie far beyond their own zone."""
    bounds = polygons.bounds
    filled = np.flatnonzero(np.isfinite(bounds).all(axis=1))
    if not len(filled):
        return filled
    around = np.array([[*bounds[filled, :2].min(axis=0), *bounds[filled, 2:].max(axis=0)]])
    if _within(around, place).all():
        return np.empty(0, np.int64)
    return filled[~_within(bounds[filled], place)]


def _within(bounds: NDArray[np.float64], place: Place) -> NDArray[np.bool_]:
    corners = bounds[:, [0, 1, 0, 3, 2, 1, 2, 3]].reshape(-1, 2)
    lon, lat = place.degrees(corners).reshape(-1, 4, 2).transpose(2, 1, 0)
    boxes = np.column_stack([lon.min(axis=0), lat.min(axis=0), lon.max(axis=0), lat.max(axis=0)])
    with np.errstate(invalid="ignore"):
        inside = gauss.within(boxes, gauss.CHINA)
        belt = gauss.belt_of(crs_of(place.crs)) if place.crs else None
        if belt is not None:
            off = np.abs(boxes[:, [0, 2]] - belt.meridian).max(axis=1)
            inside &= off <= belt.width / 2 + gauss.PAST_DEG
    return inside
