"""A Shapefile's parts beside the .shp: how its texts are encoded, whether they fit together."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.errors import LayerError
from layers.formats.dbf import Encoding, dbf_encoding, dbf_rows, plain, redecoded
from layers.formats.source import decoded, note, refuse

HEAD, RECORD_HEAD = 100, 8
"""Bytes of the head of a .shx, and of that of each shape in a .shp."""


def table_encoding(path: Path, stated: str) -> Encoding:
    """Return how the texts of a Shapefile's table are encoded, with what there is to say of it.

    Raises:
        LayerError: a part is missing or was cut short, the table has another number of
            rows than there are shapes (which row is whose cannot be told), or its texts
            are in no encoding that we know.

    """
    beside = _parts(path)
    if ".shx" not in beside:
        refuse("shx", file=path)
    shapes = _shapes(path, beside[".shx"])
    if ".dbf" not in beside:
        return Encoding(stated, cut=False, notes=(note("no_dbf"),))
    rows, deleted = dbf_rows(beside[".dbf"])
    if rows != shapes:
        refuse("dbf_rows", file=beside[".dbf"], rows=rows, shapes=shapes)
    found = dbf_encoding(beside[".dbf"], stated)
    more = (note("dbf_deleted", count=deleted),) if deleted else ()
    return Encoding(found.name, found.cut, found.notes + more)


@contextmanager
def with_plain_prj(path: Path) -> Iterator[Path]:
    """Yield the file, or where its .prj is not in UTF-8 a copy with one that is.

    GDAL takes a .prj as it is, and pyogrio stumbles over a name in GBK.
    """
    prj = _parts(path).get(".prj")
    raw = prj.read_bytes() if prj else b""
    if raw.isascii():
        yield path
        return
    text, _ = decoded(raw, prj, "")
    with TemporaryDirectory(prefix="shanhe-") as name:
        folder = Path(name)
        for suffix, part in _parts(path).items():
            _link(part, folder / f"{path.stem}{suffix}")
        (folder / f"{path.stem}.prj").unlink()
        (folder / f"{path.stem}.prj").write_text(text, encoding="utf-8")
        try:
            yield folder / f"{path.stem}.shp"
        except LayerError as error:
            raise LayerError(str(error).replace(name, str(path.parent))) from error


def named_in(frame: gpd.GeoDataFrame, encoding: str) -> gpd.GeoDataFrame:
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


def _parts(path: Path) -> dict[str, Path]:
    """Return the files of a Shapefile by suffix in small letters."""
    return {other.suffix.lower(): other for other in path.parent.iterdir()
            if other.stem == path.stem}  # fmt: skip


def _shapes(path: Path, index: Path) -> int:
    """Return how many shapes a .shx lists; all of them must lie within the .shp.

    Raises:
        LayerError: the .shx is shorter than its head says, or the .shp than the .shx.

    """
    with index.open("rb") as stream:
        head = stream.read(HEAD)
    size = 2 * int.from_bytes(head[24:28], "big")
    _refuse_cut(index, size)
    entries = np.fromfile(index, ">u4", offset=HEAD, count=max(size - HEAD, 0) // 4)
    places = entries[: len(entries) // 2 * 2].reshape(-1, 2).astype(np.int64).sum(axis=1)
    _refuse_cut(path, 2 * int(places.max(initial=0)) + RECORD_HEAD)
    return len(places)


def _refuse_cut(path: Path, needed: int) -> None:
    if (size := path.stat().st_size) < needed:
        refuse("cut_short", file=path, size=size, needed=needed)


def _link(part: Path, place: Path) -> None:
    try:
        place.symlink_to(part.resolve())
    except OSError:
        # Windows lets few users make links
        shutil.copyfile(part, place)
