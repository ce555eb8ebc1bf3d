"""Vector files that GDAL reads, with the features it could not read listed."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS

from layers.errors import LayerError
from layers.formats.arrow import arrow_frame
from layers.formats.dbf import RAW
from layers.formats.geojson import check_count, with_own_crs
from layers.formats.shapefile import named_in, table_encoding, with_plain_prj
from layers.formats.source import (
    MAX_ATTRIBUTE_BYTES,
    Source,
    quoted,
    refuse,
    reject,
)
from layers.outlines import Outlines
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

UNDEFINED = "Undefined "
"""How a GeoPackage's own names for "no CRS" begin (srs_id 0 and -1)."""

NOBODY = "127.0.0.1:1"
"""A proxy that is none: a file may name its CRS by an address, and nothing is fetched."""

_ERRORS = (
    pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, shapely.errors.ShapelyError,
    LookupError, ValueError, OSError,
    UnboundLocalError,  # pyogrio's, where the name of a CRS is not in UTF-8
)  # fmt: skip


def read_vector(path: Path, *, encoding: str = "", table: str = "") -> Source:
    """Return the features of a Shapefile, GeoPackage, FileGDB, GeoJSON or FlatGeobuf."""
    suffix = path.suffix.lower()
    check_magic(path)
    if suffix == ".shp":
        return _shapefile(path, encoding, table)
    notes: list[str] = []
    with gdal_options(
        OGR_GEOJSON_MAX_OBJ_SIZE=str(MAX_ATTRIBUTE_BYTES >> 20), GDAL_HTTP_PROXY=NOBODY
    ):
        layer = choose_layer(path, table)
        _check_attributes(path, layer)
        if suffix == ".gpkg" and not encoding and (found := _arrow_frame(path, layer)):
            return _outlined(*found, path)
        frame = gdal_frame(path, layer, encoding or None)
    if suffix in {".geojson", ".json"}:
        check_count(path, len(frame))
        frame, notes = with_own_crs(frame, path)
    elif _undefined(frame.crs):
        frame = frame.set_crs(None, allow_override=True)
    return split_empty(frame, path, notes)


def _shapefile(path: Path, encoding: str, table: str) -> Source:
    found = table_encoding(path, encoding)
    with with_plain_prj(path) as place:
        frame = gdal_frame(place, choose_layer(place, table),
                           RAW if found.cut else found.name or None)  # fmt: skip
    if found.cut:
        frame = named_in(frame, found.name)
    return split_empty(frame, path, list(found.notes))


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
        if not frame.columns.is_unique:
            frame = _frame_by_place(path, layer, encoding)
    if not isinstance(frame, gpd.GeoDataFrame):
        refuse("no_geometry", file=path)
    return frame


def _frame_by_place(path: Path, layer: str | int, encoding: str | None) -> gpd.GeoDataFrame:
    """Return a layer with fields of one name: pyogrio gives each of them the last one's values."""
    meta, _, shapes, columns = pyogrio.raw.read(path, layer=layer, encoding=encoding)
    names: list[str] = []
    for base in meta["fields"].tolist():
        name, number = base, 2
        while name in {*names, "geometry"}:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)), columns=names)
    if shapes is None:
        return frame
    return gpd.GeoDataFrame(
        frame, geometry=shapely.from_wkb(shapes, on_invalid="ignore"), crs=meta["crs"]
    )


def _undefined(crs: object) -> bool:
    return crs is not None and CRS.from_user_input(crs).name.startswith(UNDEFINED)


def _arrow_frame(path: Path, layer: str) -> tuple[gpd.GeoDataFrame, Outlines] | None:
    """Return a layer as ``gdal_frame`` does, but sooner, or ``None``: that has the last word."""
    try:
        with _failing_plainly(path):
            return arrow_frame(path, layer)
    except LayerError:
        return None


def _outlined(frame: gpd.GeoDataFrame, outlines: Outlines, path: Path) -> Source:
    """Return features whose geometries are not built yet, unless some are missing or empty."""
    if _undefined(outlines.crs):
        outlines = replace(outlines, crs=None)
    source = Source(frame, len(frame), (), (), outlines=outlines)
    rest = outlines.others[outlines.rest]
    if (shapely.is_missing(rest) | shapely.is_empty(rest) | shapely.has_z(rest)).any():
        return split_empty(source.built().frame, path, [])
    return source


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


def read_parquet(path: Path) -> Source:
    """Return the features of a GeoParquet file.

    Raises:
        LayerError: pyarrow is not installed, or the file is no GeoParquet.

    """
    check_magic(path)
    try:
        # GEOS compares what is no number where it builds a shape; the doctor lists it.
        with np.errstate(invalid="ignore"):
            frame = gpd.read_parquet(path)
    except ImportError as error:
        raise LayerError(say("format.refused.pyarrow", file=path)) from error
    except _ERRORS as error:
        raise LayerError(
            say("format.refused.unreadable", file=path, reason=_reason(error, path))
        ) from error
    return split_empty(frame, path, [])


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


def _reason(error: Exception, path: Path) -> str:
    """Return what a library says of a file, whose place is known and may be a temporary one."""
    return quoted(str(error).replace(str(path), path.name))


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
    except UnicodeDecodeError as error:
        raise LayerError(say("format.refused.encoding", file=path, value=error.encoding)) from error
    except _ERRORS as error:
        raise LayerError(
            say("format.refused.unreadable", file=path, reason=_reason(error, path))
        ) from error


@contextmanager
def gdal_options(**options: str) -> Iterator[None]:
    """Set options of GDAL while the block runs."""
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(options))
