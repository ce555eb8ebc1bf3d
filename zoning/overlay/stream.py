"""Polygons of a file of any size, batch by batch, as raw bytes.

A file is cut into stretches: row groups of a GeoParquet file, runs of feature ids
or of rows of what GDAL reads. How it is cut depends on the file only, so whoever
reads a stretch, and however many do, the batches are the same.
"""

import gc
import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from layers.errors import LayerError
from layers.formats.dbf import dbf_rows
from layers.formats.shapefile import table_encoding, with_plain_prj
from layers.formats.source import quoted, refuse
from layers.formats.vector import NOBODY, check_magic, choose_layer, gdal_options
from layers.words import say

BATCH_ROWS = 1 << 16
BATCH_BYTES = 64 << 20
"""Features and bytes that a batch has at the most, more or less: memory grows with them."""

SPARSE = 4
"""Runs of feature ids are used unless there are this many times more ids than features."""

PARQUET = frozenset({".parquet", ".geoparquet"})
SHAPEFILE = ".shp"
GDAL = frozenset({".gpkg", ".fgb", SHAPEFILE, ".gdb"})
"""Files that can be read from the middle. Others would be read whole for every batch."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Row groups, feature ids or rows from ``start`` to before ``stop``."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Features as well-known binary.

    Attributes:
        raw: uint8; one geometry after the other.
        offsets: int64 ``(n + 1,)``; where each begins in ``raw``, and the end; one
            of no bytes is missing.
        ids: the id column, ``n`` values; none where no column was asked for.

    """

    raw: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    ids: Sequence[object] | None


@dataclass(frozen=True, slots=True)
class ParquetSubjects:
    """A GeoParquet file.

    Attributes:
        path: the file.
        crs: its CRS as WKT; empty where it says nothing.
        count: how many features it says it has.
        geometry: the geometry column.
        id_column: the column that names features; empty for none.
        rows: features of a batch.
        notes: what was chosen or doubted of the file; here nothing is.

    """

    path: Path
    crs: str
    count: int
    geometry: str
    id_column: str
    rows: int
    notes: tuple[str, ...] = ()

    @property
    def counted(self) -> bool:
        """Whether the count is to be relied on: fewer features read are features lost."""
        return True

    def stretches(self) -> list[Stretch]:
        """Return the file's row groups, small ones together."""
        with _failing_plainly(self.path), _parquet(self.path) as file:
            meta = file.metadata
            sizes = [meta.row_group(at).num_rows for at in range(meta.num_row_groups)]
        found, start, held = [], 0, 0
        for at, size in enumerate(sizes):
            if held and held + size > self.rows:
                found.append(Stretch(start, at))
                start, held = at, 0
            held += size
        return [*found, Stretch(start, len(sizes))] if sizes else []

    def batches(self, stretch: Stretch) -> Iterator[Batch]:
        """Yield the features of some row groups."""
        columns = list(dict.fromkeys(filter(None, (self.geometry, self.id_column))))
        groups = list(range(stretch.start, stretch.stop))
        with _failing_plainly(self.path), _parquet(self.path) as file:
            for part in file.iter_batches(
                self.rows, row_groups=groups, columns=columns, use_threads=False
            ):
                ids = part.column(self.id_column) if self.id_column else None
                yield Batch(*_bytes_of(part.column(self.geometry)), ids)


@dataclass(frozen=True, slots=True)
class GdalSubjects:
    """A layer of a GeoPackage, FlatGeobuf, Shapefile or FileGDB; see ``ParquetSubjects``.

    Attributes:
        layer: its name.
        fid: the column of feature ids, where stretches are runs of them; else of rows.
        cuts: the feature ids or rows at which stretches begin, and the end.
        encoding: of its texts; empty for GDAL's own choice.

    """

    path: Path
    crs: str
    count: int
    layer: str
    id_column: str
    fid: str
    cuts: tuple[int, ...]
    encoding: str
    notes: tuple[str, ...]

    @property
    def counted(self) -> bool:
        """A GeoPackage writes its count down, and may be mistaken; runs of ids are complete."""
        return not self.fid

    def stretches(self) -> list[Stretch]:
        """Return runs of feature ids or rows."""
        return [Stretch(start, stop) for start, stop in pairwise(self.cuts)]

    def batches(self, stretch: Stretch) -> Iterator[Batch]:
        """Yield the features of a run, all at once or, of a GeoPackage, as Arrow has them."""
        if self.fid and find_spec("pyarrow"):
            yield from self._arrow(stretch)
            return
        run: dict[str, Any] = {
            "skip_features": stretch.start,
            "max_features": stretch.stop - stretch.start,
        }
        if self.fid:
            run = {"where": self._where(stretch)}
        with _readable(self.path) as place, warnings.catch_warnings():
            # A feature that GDAL warns of comes out without geometry, and is listed.
            warnings.simplefilter("ignore")
            _, fids, shapes, fields = pyogrio.raw.read(
                place,
                layer=self.layer,
                encoding=self.encoding or None,
                columns=[self.id_column] if self.id_column else [],
                force_2d=True,
                return_fids=True,
                **run,
            )
        if self.path.suffix.lower() == SHAPEFILE:
            # Rows marked as deleted are skipped, and as many read from beyond the stretch.
            own = int(np.searchsorted(fids, stretch.stop))
            shapes, fields = shapes[:own], [column[:own] for column in fields]
        texts = [shape or b"" for shape in shapes]
        offsets = np.zeros(len(texts) + 1, np.int64)
        np.cumsum([len(text) for text in texts], out=offsets[1:])
        raw = np.frombuffer(b"".join(texts), np.uint8)
        del shapes, texts
        # pyogrio leaves what it read in a cycle (0.13): batch after batch would pile up.
        gc.collect()
        yield Batch(raw, offsets, fields[0] if self.id_column else None)

    def _where(self, stretch: Stretch) -> str:
        name = self.fid.replace('"', '""')
        return f'"{name}" >= {stretch.start} AND "{name}" < {stretch.stop}'

    def _arrow(self, stretch: Stretch) -> Iterator[Batch]:
        """Yield the features of a run of ids: no object is made of any, a quarter of the time."""
        with _readable(self.path) as place, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pyogrio.raw.open_arrow(
                place,
                layer=self.layer,
                columns=[self.id_column] if self.id_column else [],
                where=self._where(stretch),
                batch_size=BATCH_ROWS,
                use_pyarrow=True,
            ) as (meta, reader):
                parts = list(reader)
        for part in parts:
            ids = part.column(self.id_column) if self.id_column else None
            yield Batch(*_bytes_of(part.column(meta["geometry_name"])), ids)


Subjects = ParquetSubjects | GdalSubjects


def subjects_of(
    path: Path, *, id_column: str = "", table: str = "", encoding: str = ""
) -> Subjects:
    """Return a file that can be read batch by batch.

    Args:
        path: GeoParquet, GeoPackage, FlatGeobuf, Shapefile or FileGDB.
        id_column: the column that names features.
        table: the layer to read, where there are several.
        encoding: of the texts of a Shapefile.

    Raises:
        LayerError: the file is missing, of another format, broken, or has no such
            layer or column.

    """
    suffix = path.suffix.lower()
    if not path.exists():
        refuse("missing", file=path)
    if suffix not in PARQUET | GDAL:
        expected = "、".join(sorted(PARQUET | GDAL))
        raise LayerError(say("overlay.format", file=path, suffix=suffix or "—", expected=expected))
    if path.is_dir() and suffix != ".gdb":
        refuse("folder", file=path)
    if not path.is_dir() and not path.is_file():
        refuse("device", file=path)
    if path.is_file() and not path.stat().st_size:
        refuse("empty", file=path)
    check_magic(path)
    if suffix in PARQUET:
        return _parquet_subjects(path, id_column)
    return _gdal_subjects(path, id_column, table, encoding)


def _rows(path: Path, size: int, count: int) -> int:
    """Return how many features a batch has, so that it does not grow with theirs."""
    if path.is_dir():
        size = sum(part.stat().st_size for part in path.rglob("*") if part.is_file())
    return int(min(BATCH_ROWS, max(1, BATCH_BYTES * count // max(size, 1)))) if count else 1


def _check_id(path: Path, id_column: str, columns: Sequence[str]) -> None:
    if id_column and id_column not in columns:
        found = "、".join(quoted(name) for name in columns) or "—"
        raise LayerError(say("overlay.id_absent", file=path, column=id_column, found=found))


def _parquet_subjects(path: Path, id_column: str) -> ParquetSubjects:
    with _failing_plainly(path), _parquet(path) as file:
        meta, schema = file.metadata, file.schema_arrow
        geo = json.loads((schema.metadata or {}).get(b"geo", b"null"))
        if not isinstance(geo, dict):
            refuse("no_geometry", file=path)
        name = geo["primary_column"]
        about = geo["columns"][name]
        kind = str(schema.field(name).type)
        if about["encoding"] != "WKB" or "binary" not in kind:
            raise LayerError(say("overlay.encoding", file=path, value=quoted(about["encoding"])))
        crs = about.get("crs", "OGC:CRS84")
        at = meta.schema.names.index(name)
        size = sum(
            meta.row_group(group).column(at).total_uncompressed_size
            for group in range(meta.num_row_groups)
        )
        text = CRS.from_user_input(crs).to_wkt() if crs else ""
        _check_id(path, id_column, schema.names)
    rows = _rows(path, size, meta.num_rows)
    return ParquetSubjects(path, text, meta.num_rows, name, id_column, rows)


def _gdal_subjects(path: Path, id_column: str, table: str, encoding: str) -> GdalSubjects:
    notes: tuple[str, ...] = ()
    deleted = 0
    if path.suffix.lower() == SHAPEFILE:
        found = table_encoding(path, encoding)
        encoding, notes, deleted = found.name, found.notes, _deleted(path)
    with _readable(path) as place:
        layer = choose_layer(place, table)
        info = pyogrio.read_info(
            place, layer=layer, encoding=encoding or None, force_feature_count=True
        )
        _check_id(path, id_column, info["fields"].tolist())
        count = int(info["features"])
        step = _rows(path, path.stat().st_size, count)
        fid = info["fid_column"] if path.suffix.lower() == ".gpkg" else ""
        cuts = _fid_cuts(path, layer, fid, count, step) if fid else (*range(0, count, step), count)
        crs = CRS.from_user_input(info["crs"]).to_wkt() if info["crs"] else ""
    return GdalSubjects(path, crs, count - deleted, layer, id_column, fid, cuts, encoding, notes)


def _deleted(path: Path) -> int:
    """Return how many rows of a Shapefile's table are marked as deleted."""
    beside = (part for part in path.parent.iterdir() if part.stem == path.stem)
    return sum(dbf_rows(part)[1] for part in beside if part.suffix.lower() == ".dbf")


def _fid_cuts(path: Path, layer: str, column: str, count: int, step: int) -> tuple[int, ...]:
    """Return the feature ids at which runs of some ``step`` features begin, and the end.

    The count that a GeoPackage states is taken where the ids bear it out; where they are
    far apart, all of them are looked at.
    """
    table, fid = (name.replace('"', '""') for name in (layer, column))

    def numbers(what: str) -> NDArray[np.int64]:
        sql = f'SELECT {what} AS n FROM "{table}"'  # noqa: S608 - names only, quoted
        _, _, _, fields = pyogrio.raw.read(path, sql=sql, read_geometry=False)
        return fields[0].astype(np.int64)

    # Asked one by one: SQLite then looks up the end of an index, and reads no feature.
    first, last = (int(numbers(f'COALESCE({end}("{fid}"), 0)')[0]) for end in ("MIN", "MAX"))
    spread = last - first + 1
    if count <= spread <= SPARSE * count:
        return (*range(first, last + 1, max(1, step * spread // count)), last + 1)
    ids = np.sort(numbers(f'"{fid}" + 0'))
    return (*ids[::step].tolist(), int(ids[-1]) + 1) if len(ids) else ()


@contextmanager
def _parquet(path: Path) -> Iterator[Any]:
    try:
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - optional
    except ImportError as error:
        raise LayerError(say("format.refused.pyarrow", file=path)) from error
    # Buffered, so that a row group is decoded page by page and never held whole.
    with ParquetFile(path, buffer_size=1 << 20, pre_buffer=False) as file:
        yield file


def _bytes_of(column: Any) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return an Arrow array of binary as its bytes and where each begins."""
    import pyarrow as pa  # noqa: PLC0415 - optional

    column = column.cast(pa.large_binary()).fill_null(b"")
    _, offsets, data = column.buffers()
    begin = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
    raw = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return raw[begin[0] : begin[-1]], begin - begin[0]


@contextmanager
def _readable(path: Path) -> Iterator[Path]:
    """Yield where GDAL can read a file, and turn what it raises into a LayerError."""
    with (
        _failing_plainly(path),
        gdal_options(GDAL_HTTP_PROXY=NOBODY),
        with_plain_prj(path) if path.suffix.lower() == SHAPEFILE else nullcontext(path) as place,
    ):
        yield place


@contextmanager
def _failing_plainly(path: Path) -> Iterator[None]:
    """Turn what the readers raise into a LayerError."""
    errors = (
        pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, CRSError,
        LookupError, TypeError, ValueError, OSError,
        UnboundLocalError,  # pyogrio's, where the name of a CRS is not in UTF-8
    )  # fmt: skip
    try:
        yield
    except LayerError:
        raise
    except errors as error:
        raise LayerError(
            say("format.refused.unreadable", file=path, reason=quoted(error))
        ) from error
