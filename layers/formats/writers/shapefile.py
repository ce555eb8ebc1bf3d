"""Shapefile within its narrow limits: what does not fit is moved and said, or refused.

Names hold 10 bytes, texts 254, numbers 15 decimals, a file 2 GB and one type of geometry.
Beside the files stands ``<name>.fields.csv``, which says what each field is.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from layers.formats.writers.cells import EXACT, Cell, safe_cell, text
from layers.formats.writers.delivery import Delivery, attributes, refuse, table
from layers.words import say

NAME_BYTES = 10
TEXT_BYTES = 254
FIELDS = 255
PIECES = 20
"""Fields over which one long text may be spread; a longer one belongs in a GeoPackage."""

FILE_BYTES = 2**31 - 1
NUMBER_BYTES = 24
"""Bytes that GDAL gives a number; more than enough for whole ones."""

DATE = "2000-01-01"
"""The table's head holds a date: the same rows give the same bytes."""

PARTS = ("_point", "_line", "_polygon")
"""What the file of each dimension is called where there are several."""

_NAME = re.compile(r"[A-Za-z_\u4e00-\u9fff][0-9A-Za-z_\u4e00-\u9fff]*")


def write_shapefile(delivery: Delivery, path: Path) -> list[str]:
    """Write a layer as one Shapefile for each dimension, UTF-8; return notes.

    Raises:
        LayerError: a mixed collection, a text or table too large, or too many fields.

    """
    columns, notes = attributes(delivery)
    fields, mapping, more = _fields(columns, path)
    shapes = delivery.shapes
    mixed = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    if mixed.any():
        refuse("shapefile_collection", file=path, row=int(np.argmax(mixed)) + 1)
    sizes = shapely.get_dimensions(shapes)
    present = sorted(set(sizes.tolist())) or [2]
    if len(present) > 1:
        names = "、".join(f"{path.stem}{PARTS[size]}.shp" for size in present)
        more.append(say("export.shapefile_parts", names=names))
    frame = table(delivery, fields)
    for size in present:
        part = path if len(present) == 1 else path.with_stem(path.stem + PARTS[size])
        _write(frame[sizes == size], fields, size, part)
    _write_mapping(mapping, path)
    return notes + more


def _write(
    frame: gpd.GeoDataFrame, fields: Mapping[str, list[Cell]], size: int, path: Path
) -> None:
    points = shapely.get_num_coordinates(frame.geometry.to_numpy()).sum()
    width = sum(map(_width, fields.values())) + 1
    # 16 bytes a point; a head, a box and a part's start for each feature, with room to spare
    if max(16 * points + 128 * len(frame), width * len(frame)) > FILE_BYTES:
        refuse("shapefile_size", file=path)
    single = {0: "Point", 1: "LineString", 2: "Polygon"}[size]
    several = (shapely.get_type_id(frame.geometry.to_numpy()) > shapely.GeometryType.POLYGON).any()
    pyogrio.write_dataframe(
        frame,
        path,
        driver="ESRI Shapefile",
        encoding="UTF-8",
        geometry_type="MultiPoint" if several and not size else single,
        promote_to_multi=bool(several and not size),
        layer_options={"2GB_LIMIT": "YES", "DBF_DATE_LAST_UPDATE": DATE},
    )


def _width(cells: list[Cell]) -> int:
    texts = [cell for cell in cells if isinstance(cell, str)]
    return max((len(item.encode()) for item in texts), default=NUMBER_BYTES)


def _fields(columns: Mapping[str, list[Cell]], path: Path) -> tuple[dict, list, list[str]]:
    """Return the fields under short names, the rows of the mapping, and notes."""
    fields: dict[str, list[Cell]] = {}
    mapping, notes = [], []
    taken = {name.lower() for name in columns if _fits(name)}
    for position, (name, plain) in enumerate(columns.items(), start=1):
        cells, changed = _as_dbf(plain)
        if changed:
            notes.append(say("export.shapefile_texts", column=name))
        pieces = list(_pieces(name, cells, path))
        for number, piece in enumerate(pieces, start=1):
            short = name if number == 1 and _fits(name) else _short(position, number, taken)
            fields[short] = piece
            mapping.append((short, name, number if len(pieces) > 1 else ""))
        if len(pieces) > 1:
            row = next(at for at, cell in enumerate(pieces[1], start=1) if cell is not None)
            notes.append(say("export.shapefile_pieces", column=name, count=len(pieces), row=row))
    if len(fields) > FIELDS:
        refuse("shapefile_fields", file=path, count=len(fields), limit=FIELDS)
    renamed = sum(short != name for short, name, number in mapping if number in {"", 1})
    if renamed:
        notes.append(say("export.shapefile_names", count=renamed, mapping=_mapping_path(path).name))
    return fields, mapping, notes


def _fits(name: str) -> bool:
    return len(name.encode()) <= NAME_BYTES and _NAME.fullmatch(name) is not None


def _short(position: int, number: int, taken: set[str]) -> str:
    """Return a short name of ASCII letters that no other field has."""
    base = f"F{position}" if number == 1 else f"F{position}_{number}"
    free, more = base, 2
    while free.lower() in taken:
        free, more = f"{base}x{more}", more + 1
    taken.add(free.lower())
    return free


def _as_dbf(cells: list[Cell]) -> tuple[list[Cell], bool]:
    """Return numbers as texts where the table could not hold one of them exactly."""
    numbers = [cell for cell in cells if isinstance(cell, int | float)]
    if all(_exact(number) for number in numbers):
        return cells, False
    return [None if cell is None else text(cell) for cell in cells], True


def _exact(number: float) -> bool:
    if isinstance(number, int):
        return abs(number) < EXACT
    written = f"{number:.15f}"
    return len(written) <= NUMBER_BYTES and float(written) == number


def _pieces(name: str, cells: list[Cell], path: Path) -> Iterator[list[Cell]]:
    """Yield a column as columns whose texts fit; the first holds the others' beginnings."""
    if not any(isinstance(cell, str) for cell in cells):
        yield cells
        return
    cut = [[None] if cell is None else list(_cut(str(cell))) for cell in cells]
    longest = max(map(len, cut))
    if longest > PIECES:
        row = next(at for at, parts in enumerate(cut, start=1) if len(parts) == longest)
        refuse("shapefile_text", file=path, column=name, row=row, limit=PIECES * TEXT_BYTES)
    for at in range(longest):
        yield [parts[at] if at < len(parts) else None for parts in cut]


def _cut(cell: str) -> Iterator[str]:
    """Yield a text in pieces of 254 bytes at most, cut where no blank is.

    Readers drop the blanks around a field.
    """
    rest = cell
    while len(rest.encode()) > TEXT_BYTES:
        most = len(rest.encode()[:TEXT_BYTES].decode(errors="ignore"))
        inside = (at for at in range(most, 0, -1) if " " not in rest[at - 1 : at + 1])
        at = next(inside, most)
        yield rest[:at]
        rest = rest[at:]
    yield rest


def _mapping_path(path: Path) -> Path:
    return path.with_suffix(".fields.csv")


def _write_mapping(mapping: list[tuple[str, str, object]], path: Path) -> None:
    with _mapping_path(path).open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([say(f"export.mapping.{name}") for name in ("field", "name", "piece")])
        for row in mapping:
            writer.writerow([safe_cell(cell) for cell in row])
