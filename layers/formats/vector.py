"""Vector files that GDAL reads, with the features it could not read listed."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from layers.errors import LayerError
from layers.formats.arrow import arrow_frame
from layers.formats.dbf import RAW, dbf_encoding, plain, redecoded
from layers.formats.source import (
    MAX_ATTRIBUTE_BYTES,
    Source,
    note,
    quoted,
    refuse,
    reject,
)
from layers.words import say

DRIVERS = {
    ".shp": "ESRI Shapefile",
    ".gpkg": "GPKG",
    ".gdb": "OpenFileGDB",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".fgb": "FlatGeobuf",
    ".kml": "LIBKML",
    ".dxf": "DXF",
}
"""The one driver that may open a file of a suffix. GDAL goes by content: a .gpkg that is a VRT
in truth would make it open any other file."""

MAGIC = {
    ".shp": (b"\x00\x00\x27\x0a",),
    ".gpkg": (b"SQLite format 3\0",),
    ".fgb": (b"fgb",),
    ".geojson": (b"{", b"[", b"\xef\xbb\xbf{"),
    ".json": (b"{", b"[", b"\xef\xbb\xbf{"),
    ".parquet": (b"PAR1",),
    ".geoparquet": (b"PAR1",),
}

FULL_CIRCLE = 360.0
"""Coordinates beyond it are no degrees."""

_ERRORS = (
    pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, shapely.errors.ShapelyError,
    LookupError, ValueError, OSError,
)  # fmt: skip


def read_vector(path: Path, *, encoding: str = "", table: str = "") -> Source:
    """Return the features of a Shapefile, GeoPackage, FileGDB, GeoJSON or FlatGeobuf."""
    suffix = path.suffix.lower()
    check_magic(path)
    notes: list[str] = []
    cut = False
    if suffix == ".shp":
        encoding, cut, notes = _shapefile_encoding(path, encoding)
    layer = choose_layer(path, table)
    if suffix != ".shp":
        _check_attributes(path, layer)
    limit = str(MAX_ATTRIBUTE_BYTES >> 20)
    with _gdal(OGR_GEOJSON_MAX_OBJ_SIZE=limit):
        frame = None
        if suffix == ".gpkg" and not encoding:
            frame = _arrow_frame(path, layer)
        if frame is None:
            frame = gdal_frame(path, layer, RAW if cut else encoding or None)
    if cut:
        frame = _decoded(frame, encoding)
    if suffix in {".geojson", ".json"} and _metres_without_crs(frame):
        frame = frame.set_crs(None, allow_override=True)
        notes.append(note("geojson_crs"))
    return split_empty(frame, path, notes)


def check_magic(path: Path) -> None:
    """Refuse a file whose first bytes are not those of its suffix.

    Raises:
        LayerError: the content is of another format than the name says.

    """
    expected = MAGIC.get(path.suffix.lower())
    if expected is None or path.is_dir():
        return
    with path.open("rb") as stream:
        head = stream.read(512).lstrip() if path.suffix.lower().endswith("json") else (
            stream.read(16))  # fmt: skip
    if not head.startswith(expected):
        refuse("content", file=path, suffix=path.suffix)


def gdal_layers(path: Path) -> list[str]:
    """Return the names of the layers with geometry in a file.

    Raises:
        LayerError: GDAL cannot open it, or opens it as another format.

    """
    driver = DRIVERS[path.suffix.lower()]
    with _failing_plainly(path):
        listed = pyogrio.list_layers(path)
        if len(listed):
            found = pyogrio.read_info(path, layer=0, encoding=RAW)["driver"]
            if found != driver:
                refuse("driver", file=path, found=found, expected=driver)
    return [str(name) for name, kind in listed if kind is not None]


def choose_layer(path: Path, table: str) -> str:
    """Return the layer to read: the one named, or the only one with geometry."""
    names = gdal_layers(path)
    if table and table in names:
        return table
    if not names:
        refuse("no_geometry", file=path)
    if table or len(names) > 1:
        refuse("layers", file=path, found="、".join(names), value=table or "—")
    return names[0]


def gdal_frame(path: Path, layer: str | int, encoding: str | None) -> gpd.GeoDataFrame:
    """Return a layer as GDAL reads it; a geometry that cannot be built is ``None``."""
    with _failing_plainly(path):
        frame = pyogrio.read_dataframe(path, layer=layer, encoding=encoding, on_invalid="ignore")
    if not isinstance(frame, gpd.GeoDataFrame):
        refuse("no_geometry", file=path)
    return frame


def _arrow_frame(path: Path, layer: str) -> gpd.GeoDataFrame | None:
    """Return a layer as ``gdal_frame`` does, but sooner, or ``None``: that has the last word."""
    try:
        with _failing_plainly(path):
            return arrow_frame(path, layer)
    except LayerError:
        return None


def split_empty(frame: gpd.GeoDataFrame, path: Path, notes: list[str]) -> Source:
    """Return the features with a geometry, the others as rejects by row number."""
    shapes = frame.geometry.values
    missing, empty = shapely.is_missing(shapes), shapely.is_empty(shapes)
    rejects = [
        reject(path, row + 1, "no_geometry" if missing[row] else "empty_geometry")
        for row in np.flatnonzero(missing | empty)
    ]
    kept = frame[~(missing | empty)].reset_index(drop=True) if rejects else frame
    return Source(kept, len(frame), tuple(rejects), tuple(notes))


def read_dxf(path: Path, *, encoding: str = "", table: str = "", crs: str = "") -> Source:
    """Return the entities of a drawing; closed lines come out as areas.

    Raises:
        LayerError: no CRS is stated (a drawing carries none), or GDAL cannot read it.

    """
    if not crs:
        refuse("dxf_crs", file=path)
    layer = choose_layer(path, table)
    try:
        # GDAL recodes by the drawing's own code page ...
        frame = gdal_frame(path, layer, encoding or "utf-8")
    except LayerError as error:
        # ... and where the drawing names none or a wrong one, its bytes come as they are
        if encoding or not isinstance(error.__cause__, UnicodeDecodeError):
            raise
        frame, encoding = gdal_frame(path, layer, "gb18030"), "gb18030"
    notes = [note("encoding_found", value=encoding)] if encoding else []
    shapes = frame.geometry.to_numpy()
    lines = shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING
    rings = lines & shapely.is_closed(shapes) & (shapely.get_num_coordinates(shapes) > 3)  # noqa: PLR2004
    if rings.any():
        closed = shapes.copy()
        points, of = shapely.get_coordinates(shapes[rings], return_index=True)
        closed[rings] = shapely.polygons(shapely.linearrings(points, indices=of))
        frame = frame.set_geometry(gpd.GeoSeries(closed, index=frame.index))
        notes.append(note("dxf_rings", count=int(rings.sum())))
    return split_empty(frame, path, notes)


def read_parquet(path: Path) -> Source:
    """Return the features of a GeoParquet file.

    Raises:
        LayerError: pyarrow is not installed, or the file is no GeoParquet.

    """
    check_magic(path)
    try:
        frame = gpd.read_parquet(path)
    except ImportError as error:
        raise LayerError(say("format.refused.pyarrow", file=path)) from error
    except _ERRORS as error:
        raise LayerError(
            say("format.refused.unreadable", file=path, reason=quoted(error))
        ) from error
    return split_empty(frame, path, [])


def _shapefile_encoding(path: Path, stated: str) -> tuple[str, bool, list[str]]:
    """Return the encoding of a Shapefile's table, whether a text is cut, and the notes."""
    beside = {other.suffix.lower(): other for other in path.parent.iterdir()
              if other.stem == path.stem}  # fmt: skip
    if ".shx" not in beside:
        refuse("shx", file=path)
    if ".dbf" not in beside:
        return stated, False, [note("no_dbf")]
    found = dbf_encoding(beside[".dbf"], stated)
    return found.name, found.cut, list(found.notes)


def _decoded(frame: gpd.GeoDataFrame, encoding: str) -> gpd.GeoDataFrame:
    """Return a frame that was read as raw bytes with names and texts in their encoding."""
    shape = frame.geometry.name
    names: dict[str, str] = {}
    for column in frame.columns:
        name = column if column == shape else plain(str(redecoded(column, encoding)))
        taken = {*names.values(), shape} - ({shape} if column == shape else set())
        base, number = name or "_", 2
        name = base
        while name in taken:
            # two names that differed only in the half character
            name, number = f"{base}_{number}", number + 1
        names[column] = name
    texts = {
        column: pd.Series([redecoded(value, encoding) for value in frame[column]],
                          index=frame.index, dtype=object)
        for column in frame.columns
        if column != shape and not pd.api.types.is_numeric_dtype(frame[column])
        and not pd.api.types.is_datetime64_any_dtype(frame[column])
    }  # fmt: skip
    return frame.assign(**texts).rename(columns=names)


def _metres_without_crs(frame: gpd.GeoDataFrame) -> bool:
    """Tell a GeoJSON that names no CRS (so WGS 84 by its standard) and is in metres."""
    if frame.crs is None or frame.crs.is_projected or frame.empty:
        return False
    bounds = frame.total_bounds
    return bool(np.isfinite(bounds).all() and np.abs(bounds).max() > FULL_CIRCLE)


def _check_attributes(path: Path, layer: str) -> None:
    """Refuse a layer with an attribute or outline of hundreds of megabytes, before it is read.

    An outline within a FileGDB or a FlatGeobuf cannot be larger than its file allows.
    """
    files = [part for part in path.rglob("*") if part.is_file()] if path.is_dir() else [path]
    if max((part.stat().st_size for part in files), default=0) <= MAX_ATTRIBUTE_BYTES:
        return
    if path.suffix.lower() in {".geojson", ".json"}:
        # GDAL's own limit is set when it reads
        return
    with _failing_plainly(path):
        info = pyogrio.read_info(path, layer=layer)
        sizes = {name: f'octet_length("{_sql(name)}")'
                 for name, kind in zip(info["fields"], info["ogr_types"], strict=True)
                 if kind in {"OFTString", "OFTBinary"}}  # fmt: skip
        own = info["driver"] == "GPKG"
        if own:
            shape = info["geometry_name"]
            sizes[shape] = f'LENGTH("{_sql(shape)}")'
        if not sizes:
            return
        largest = ", ".join(f"MAX({size})" for size in sizes.values())
        wanted = " OR ".join(f"{size} > {MAX_ATTRIBUTE_BYTES}" for size in sizes.values())
        # names only, quoted: SQL has no parameters for them
        sql = f'SELECT {largest} FROM "{_sql(layer)}" WHERE {wanted}'  # noqa: S608
        found = pyogrio.read_dataframe(path, sql=sql, sql_dialect=None if own else "SQLITE")
    for name, size in zip(sizes, found.iloc[0], strict=True):
        if pd.notna(size) and size > MAX_ATTRIBUTE_BYTES:
            refuse("attribute", file=path, column=quoted(name), size=int(size) >> 20,
                   limit=MAX_ATTRIBUTE_BYTES >> 20)  # fmt: skip


def _sql(name: str) -> str:
    return name.replace('"', '""')


@contextmanager
def _failing_plainly(path: Path) -> Iterator[None]:
    """Turn what GDAL raises into a LayerError; what it warns of is looked at afterwards."""
    try:
        with warnings.catch_warnings():
            # a feature that GDAL warns of comes out without geometry, and is listed
            warnings.simplefilter("ignore")
            yield
    except LayerError:
        raise
    except _ERRORS as error:
        raise LayerError(
            say("format.refused.unreadable", file=path, reason=quoted(error))
        ) from error


@contextmanager
def _gdal(**options: str) -> Iterator[None]:
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(options))
