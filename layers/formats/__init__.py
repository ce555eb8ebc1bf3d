"""Readers of the files that offices have: nothing lost, nothing guessed in silence."""

import codecs
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from layers.connection import Connection, connection, is_connection
from layers.errors import LayerError
from layers.formats.archive import read_within, unpacked
from layers.formats.drawing import read_dxf
from layers.formats.kml import read_kml, read_kmz
from layers.formats.source import Reject, Source, decoded, note, quoted, read_bytes, refuse, steady
from layers.formats.survey import read_survey
from layers.formats.survey_file import write_survey_txt
from layers.formats.survey_text import is_survey
from layers.formats.table import read_table
from layers.formats.vector import read_parquet, read_vector
from layers.words import entry, say

__all__ = ["Reject", "Source", "read_source", "write_survey_txt"]

REFUSED = {
    ".dwg": "dwg", ".dgn": "dwg",
    ".pdf": "scan", ".jpg": "scan", ".jpeg": "scan", ".png": "scan", ".bmp": "scan",
    ".gif": "scan",
    ".tif": "raster", ".tiff": "raster", ".img": "raster", ".asc": "raster", ".nc": "raster",
    ".dbf": "part_of_shapefile", ".shx": "part_of_shapefile", ".prj": "part_of_shapefile",
    ".cpg": "part_of_shapefile",
    ".xls": "old_excel", ".et": "old_excel",
    ".rar": "packed", ".7z": "packed", ".tar": "packed", ".gz": "packed", ".tgz": "packed",
}  # fmt: skip
"""Files that cannot be read here, with the text that shows the way out."""

CONTENT = {
    b"AC10": "dwg", b"%PDF": "scan", b"\xff\xd8\xff": "scan", b"\x89PNG": "scan",
    b"Rar!": "packed", b"7z\xbc\xaf": "packed", b"\x1f\x8b": "packed",
    b"\xd0\xcf\x11\xe0": "old_excel", b"II*\0": "raster", b"MM\0*": "raster",
}  # fmt: skip
"""The same told from the first bytes, whatever the name says."""

Reader = Callable[..., Source]


def read_source(
    path: Path | Connection | str,
    *,
    encoding: str = "",
    table: str = "",
    crs: str = "",
    built: bool = True,
) -> Source:
    """Return the features of a file, .gdb folder or database as they stand, and those rejected.

    ``table`` names a layer, sheet or table within it, ``encoding`` that of its
    texts, ``crs`` the stated CRS, which drawings and tables in metres need. Unless they are
    to be ``built``, the geometries may come as outlines (see Source).

    Raises:
        LayerError: the file is missing, of a format that cannot be read, hostile,
            broken, changed while it was read, or it does not tell what it means.

    """
    place = path if isinstance(path, Connection) else str(path)
    place = connection(place) if is_connection(place) else Path(path)
    try:
        codecs.lookup(encoding or "utf-8")
    except LookupError:
        refuse("encoding_unknown", file=place, value=quoted(encoding))
    if isinstance(place, Connection):
        return _database(place, encoding=encoding, table=table)
    source = _read_file(place, encoding=encoding, table=table, crs=crs)
    return source.built() if built else source


def _read_file(path: Path, *, encoding: str, table: str, crs: str) -> Source:
    _check_place(path)
    try:
        with steady(path):
            return _reader(path)(path, encoding=encoding, table=table, crs=crs)
    except PermissionError as error:
        raise LayerError(_unreadable(path, error)) from error


def _unreadable(path: Path, error: OSError) -> str:
    text = entry("format.refused.unreadable")
    return str(text).format(file=path, reason=error.strerror)


def _check_place(path: Path) -> None:
    """Refuse what is missing, a folder that is no FileGDB, a device, an empty file."""
    if not path.exists():
        refuse("missing", file=path)
    geodatabase = path.suffix.lower() == ".gdb"
    if path.is_dir() and not geodatabase:
        refuse("folder", file=path)
    if geodatabase and not path.is_dir():
        refuse("gdb_file", file=path)
    if not path.is_dir() and not path.is_file():
        refuse("device", file=path)
    if path.is_file() and not path.stat().st_size:
        refuse("empty", file=path)


def _reader(path: Path) -> Reader:
    """Return the reader for a file by its suffix, after a look at its first bytes."""
    suffix = path.suffix.lower()
    if path.is_file():
        with path.open("rb") as stream:
            head = stream.read(8)
        for start, key in CONTENT.items():
            if head.startswith(start):
                refuse(REFUSED.get(suffix, key), file=path, suffix=suffix)
    if suffix in REFUSED:
        refuse(REFUSED[suffix], file=path, suffix=suffix)
    reader = _READERS.get(suffix)
    if reader is None:
        refuse("format", file=path, suffix=suffix or "—", expected="、".join(sorted(_READERS)))
    return reader


def _vector(path: Path, *, encoding: str, table: str, crs: str) -> Source:
    del crs
    return read_vector(path, encoding=encoding, table=table)


def _parquet(path: Path, *, encoding: str, table: str, crs: str) -> Source:
    del encoding, table, crs
    return read_parquet(path)


def _kml(path: Path, *, encoding: str, table: str, crs: str) -> Source:
    del crs
    reader = read_kmz if path.suffix.lower() == ".kmz" else read_kml
    return reader(path, encoding=encoding, table=table)


def _text(path: Path, *, encoding: str, table: str, crs: str) -> Source:
    """Read a .txt file: a survey coordinate file, else a table."""
    content, _ = decoded(read_bytes(path), path, encoding)
    if is_survey(content):
        return read_survey(path, encoding=encoding, crs=crs)
    return read_table(path, encoding=encoding, table=table, crs=crs)


def _database(place: Connection, *, encoding: str, table: str) -> Source:
    try:
        from layers.formats.postgis import read_postgis  # noqa: PLC0415 - psycopg is an extra
    except ImportError as error:
        raise LayerError(say("format.refused.db_driver")) from error
    return read_postgis(place, encoding=encoding, table=table)


def _archive(path: Path, *, encoding: str, table: str, crs: str) -> Source:
    """Read the one layer file in a .zip; messages name the archive, not the temporary folder."""
    with unpacked(path) as folder:
        inner = _layers_within(folder)
        if len(inner) != 1:
            names = "、".join(str(other.relative_to(folder)) for other in inner)
            refuse("archive_choice", file=path, found=names or "—")

        def read() -> Source:
            return _reader(inner[0])(inner[0], encoding=encoding, table=table, crs=crs)

        source = read_within(folder, path, read)
        name = str(inner[0].relative_to(folder))
        return replace(source, notes=(note("archive", name=name), *source.notes))


def _layers_within(folder: Path) -> list[Path]:
    """Return the layer files in a folder; a table beside a map layer is not taken for one."""
    inside = sorted(folder.rglob("*"))
    databases = [other for other in inside if other.is_dir() and other.suffix.lower() == ".gdb"]
    files = [
        other for other in inside
        if other.is_file() and not any(base in other.parents for base in databases)
    ]  # fmt: skip
    maps = [other for other in files if other.suffix.lower() in _READERS.keys() - _TABLES]
    tables = [other for other in files if other.suffix.lower() in _TABLES]
    return databases + maps or tables


_TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".json"})

_READERS: dict[str, Reader] = {
    **dict.fromkeys((".shp", ".gpkg", ".gdb", ".geojson", ".json", ".fgb"), _vector),
    **dict.fromkeys((".parquet", ".geoparquet"), _parquet),
    **dict.fromkeys((".kml", ".kmz"), _kml),
    **dict.fromkeys((".csv", ".tsv", ".xlsx", ".xlsm"), read_table),
    ".dxf": read_dxf,
    ".txt": _text,
    ".zip": _archive,
}
