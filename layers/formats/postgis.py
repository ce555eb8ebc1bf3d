"""Tables of a PostGIS database, read in one transaction that can change nothing.

The driver is psycopg alone, which is an extra. ``geopandas.read_postgis`` would need
SQLAlchemy as well, takes the SRID of all rows from the first one, and holds the whole
answer twice.
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from psycopg.sql import SQL, Composed, Identifier
from pyproj import CRS
from pyproj.exceptions import CRSError

from layers.connection import Connection, printable
from layers.formats.postgis_session import Session, Table, chosen_table, opened
from layers.formats.source import MAX_ATTRIBUTE_BYTES, Source, note, quoted, refuse
from layers.formats.vector import split_empty
from layers.words import say

BATCH = 1000
"""Rows fetched at a time."""

ARC_DEG = 4.0
"""Step in which arcs become straight lines: GDAL's, which reads them from files."""

STRAIGHT = ("POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON")
"""Types that hold no curve; of the others PostGIS makes what it can of it."""

NUMBERS = frozenset({"int2", "int4", "int8", "float4", "float8", "numeric"})
PLAIN = NUMBERS | {"bool"}
"""Types that are read as they are; all others as text."""

EXACT = 2**63
"""Whole numbers from here on fit no column of whole numbers."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """What was fetched: of each row the geometry, whether it had arcs, the fields.

    ``srids`` counts the SRIDs, ``digests`` are those of the rows in order of size.
    """

    shapes: NDArray[np.object_]
    arcs: NDArray[np.bool_]
    cells: list[list[Any]]
    srids: Counter[int]
    digests: list[bytes]


def read_postgis(place: Connection, *, encoding: str = "", table: str = "") -> Source:
    """Return the rows of a table or view, in the order of its primary key.

    Numbers and truth values come as such, every other type as PostgreSQL writes
    it. Arcs come as lines in steps of 4 degrees. ``sha256`` is taken of the rows
    in the same transaction, so it is that of what was read.

    Args:
        place: the connection.
        encoding: that of the texts in a database that names none (SQL_ASCII).
        table: ``table`` or ``schema.table``, with ``(column)`` behind it where it
            has several columns of geometries; "" for the only one in the database.

    Raises:
        LayerError: the string is not understood, the server cannot be reached or says
            no, no table or several may be meant, or its rows have several SRIDs.

    """
    with opened(place, encoding) as session:
        chosen = chosen_table(session, table)
        _check_sizes(session, chosen)
        rows = _fetched(session, chosen)
        crs, notes = _crs(session, rows.srids)
    if not table:
        notes.append(note("db_table", name=printable(str(chosen))))
    if chosen.others:
        notes.append(note("db_others", names=printable("、".join(chosen.others))))
    if not chosen.key:
        notes.append(note("db_order"))
    if rows.arcs.any():
        notes.append(note("db_arcs", count=int(rows.arcs.sum()), degrees=ARC_DEG))
    geometry = gpd.GeoSeries(rows.shapes, crs=crs)
    frame = gpd.GeoDataFrame(_series(chosen, rows.cells), geometry=geometry)
    used = ~(shapely.is_missing(rows.shapes) | shapely.is_empty(rows.shapes))
    names = json.dumps([chosen.shape, *(name for name, _ in chosen.fields)])
    return replace(
        split_empty(frame, place, notes),
        sha256=hashlib.sha256(names.encode() + b"".join(rows.digests)).hexdigest(),
        curved=frozenset(np.flatnonzero(rows.arcs[used]).tolist()),
    )


def _shape(session: Session, table: Table) -> Composed:
    """Return the column of geometries, a geography too, as a geometry."""
    return SQL("(o.{})::{}").format(Identifier(table.shape), session.postgis("geometry"))


def _field(name: str, kind: str) -> Composed:
    """Return a column as it is read: a number or truth value as such, else as text."""
    text = SQL("" if kind in PLAIN else "::text")
    return SQL("(o.{}){}").format(Identifier(name), text)


def _check_sizes(session: Session, table: Table) -> None:
    """Refuse a value of hundreds of megabytes before it is sent."""
    names = [name for name, kind in table.fields if kind not in PLAIN]
    sizes = [SQL("octet_length({})").format(_field(name, "")) for name in names]
    memory = SQL("{}({})").format(session.postgis("st_memsize"), _shape(session, table))
    query = SQL("SELECT {} FROM {} AS o").format(
        SQL(", ").join(SQL("max({})").format(size) for size in (*sizes, memory)),
        Identifier(table.schema, table.name),
    )
    found = session.connection.execute(query).fetchone() or ()
    for name, size in zip((*names, table.shape), found, strict=True):
        if size is not None and size > MAX_ATTRIBUTE_BYTES:
            refuse("attribute", file=session.place, column=quoted(name), size=size >> 20,
                   limit=MAX_ATTRIBUTE_BYTES >> 20)  # fmt: skip


def _query(session: Session, table: Table) -> Composed:
    """Return the question for the rows: SRID, whether there are arcs, geometry, fields."""
    names = ("st_srid", "st_hasarc", "geometrytype", "st_zmflag", "st_asbinary", "st_force2d",
             "st_force3dz", "st_curvetoline")  # fmt: skip
    # GDAL takes measures away, keeps heights and makes lines of arcs, and so do we
    straight = SQL("{geometrytype}({g}) IN ({types}) AND {st_zmflag}({g}) IN (0, 2)")
    lines = SQL(
        "{st_curvetoline}(CASE {st_zmflag}({g}) WHEN 1 THEN {st_force2d}({g}) "
        "WHEN 3 THEN {st_force3dz}({g}) ELSE {g} END, radians({step}), 2, 0)"
    )
    keys = [SQL("o.{}").format(Identifier(name)) for name in table.key]
    parts: dict[str, Any] = {
        **{name: session.postgis(name) for name in names},
        "g": _shape(session, table),
        "types": SQL(", ").join(STRAIGHT),
        "step": ARC_DEG,
        "fields": SQL("").join(SQL(", {}").format(_field(*field)) for field in table.fields),
        "table": Identifier(table.schema, table.name),
        "order": SQL(" ORDER BY {}").format(SQL(", ").join(keys)) if keys else SQL(""),
    }
    parts |= {"straight": straight.format(**parts), "lines": lines.format(**parts)}
    return SQL(
        "SELECT {st_srid}({g}), CASE WHEN {straight} THEN false "
        "ELSE coalesce({st_hasarc}({g}), false) END, "
        "{st_asbinary}(CASE WHEN {straight} THEN {g} ELSE {lines} END){fields} "
        "FROM {table} AS o{order}"
    ).format(**parts)


def _fetched(session: Session, table: Table) -> _Rows:
    """Return all rows, a batch at a time from the server."""
    srids: list[int | None] = []
    arcs: list[bool] = []
    digests: list[bytes] = []
    shapes: list[NDArray[np.object_]] = [np.empty(0, dtype=object)]
    cells: list[list[Any]] = [[] for _ in table.fields]
    with session.connection.cursor(name="rows", binary=True) as cursor:
        cursor.execute(_query(session, table))
        while rows := cursor.fetchmany(BATCH):
            digests += [_row_digest(*row) for row in rows]
            srid, arc, wkb, *columns = zip(*rows, strict=True)
            srids += srid
            arcs += arc
            shapes.append(shapely.from_wkb(np.array(wkb, dtype=object), on_invalid="ignore"))
            for cell, column in zip(cells, columns, strict=True):
                cell.extend(column)
    order = np.arange(len(digests))
    if not table.key:
        # the server has no order then: that of the contents does not change by itself
        order = np.array(sorted(order, key=digests.__getitem__), dtype=int)
    return _Rows(
        np.concatenate(shapes)[order],
        np.array(arcs, dtype=bool)[order],
        [[column[row] for row in order] for column in cells],
        Counter(srid for srid in srids if srid is not None),
        sorted(digests),
    )


def _row_digest(srid: int | None, arc: bool, wkb: bytes | None, *cells: object) -> bytes:  # noqa: FBT001
    digest = hashlib.sha256(wkb or b"")
    digest.update(repr((srid, arc, cells)).encode())
    return digest.digest()


def _series(table: Table, cells: list[list[Any]]) -> dict[str, pd.Series]:
    """Return the fields by name; none takes the place of the geometry."""
    found = {}
    for (name, kind), values in zip(table.fields, cells, strict=True):
        series = pd.Series([_plain(value) for value in values], dtype=object)
        free = name if name != "geometry" else "geometry_2"
        while free != name and free in {other for other, _ in table.fields}:
            free += "_"
        found[free] = (
            pd.to_numeric(series) if kind in NUMBERS
            else series.infer_objects() if kind == "bool" else series
        )  # fmt: skip
    return found


def _plain(value: object) -> object:
    """Return a ``numeric`` as a whole or a real number; anything else as it is."""
    if not isinstance(value, Decimal):
        return value
    whole = value.is_finite() and abs(value) < EXACT and value == value.to_integral_value()
    return int(value) if whole else float(value)


def _crs(session: Session, srids: Counter[int]) -> tuple[CRS | None, list[str]]:
    """Return the CRS of the rows' one SRID, none for SRID 0, and notes."""
    if len(srids) > 1:
        counts = [say("format.note.db_count", srid=srid, count=count)
                  for srid, count in sorted(srids.items())]  # fmt: skip
        refuse("db_srids", file=session.place, found="、".join(counts))
    if not any(srids):
        return None, []
    (srid,) = srids
    query = SQL("SELECT auth_name || ':' || auth_srid, srtext FROM {} WHERE srid = {}")
    query = query.format(session.postgis("spatial_ref_sys"), srid)
    found = session.connection.execute(query).fetchone() or (None, None)
    for make, asked in zip((CRS.from_user_input, CRS.from_wkt), found, strict=True):
        try:
            return make(asked or ""), []
        except CRSError:
            continue
    return None, [note("db_srid", srid=srid)]
