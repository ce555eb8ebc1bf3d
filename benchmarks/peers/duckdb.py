"""DuckDB with its spatial extension: plain joins, and joins on pieces of the zones.

DuckDB has no ST_Subdivide: the pieces are made with shapely, and that time counts.
"""

from importlib.resources import files
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import shapely
from duckdb import DuckDBPyConnection, DuckDBPyRelation
from numpy.typing import NDArray

from benchmarks.made_layers import PLANE
from benchmarks.peers import sql
from benchmarks.peers.shapely import subdivided
from benchmarks.shapes import carried_zones, equal_area, read_shapes
from benchmarks.task import (
    READ,
    Answer,
    Clock,
    Task,
    containing_answer,
    covered_answer,
    overlaps_answer,
)


def _connected(task: Task) -> DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": task.threads})
    version = connection.sql("pragma version").fetchone()[0]
    folder = files("duckdb_extension_spatial") / "extensions" / version
    connection.execute(f"load '{folder / 'spatial.duckdb_extension'}'")
    connection.execute("set preserve_insertion_order = false")
    return connection


def _file(connection: DuckDBPyConnection, path: Path, key: str) -> DuckDBPyRelation:
    """Return a made layer's key and geometry, read by DuckDB itself."""
    if path.suffix == ".parquet":
        return connection.read_parquet(str(path)).project(f"id as {key}, geometry")
    return connection.table_function("ST_Read", [str(path)]).project(
        f"id as {key}, geom as geometry"
    )


def _loaded(task: Task, clock: Clock) -> tuple[DuckDBPyConnection, int]:
    """Return a connection with the tables subject and zones, or piece; how many zones."""
    connection = _connected(task)
    with clock(READ):
        _file(connection, task.subjects, "id").create("subject")
        if task.variant != sql.PIECES:
            zones = _file(connection, task.zones, "zone")
            zones.create("zones")
            return connection, len(connection.table("zones"))
        shapes = read_shapes(task.zones)
    _subdivide(connection, shapes, clock)
    return connection, len(shapes)


def _subdivide(connection: DuckDBPyConnection, shapes: NDArray[np.object_], clock: Clock) -> None:
    """Create the table piece."""
    with clock("subdivide"):
        pieces, owner = subdivided(shapes)
        table = connection.from_arrow(pa.table({"zone": owner, "wkb": shapely.to_wkb(pieces)}))
        table.project("zone, ST_GeomFromWKB(wkb) as geometry").create("piece")


def _asked(
    connection: DuckDBPyConnection, query: str, clock: Clock
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return zone and value of an answer, which stays in the engine as a table."""
    with clock("join"):
        connection.sql(query).create("answer")
    columns = connection.table("answer").project("zone, value").fetchnumpy()
    return columns["zone"], columns["value"]


def overlap(task: Task, clock: Clock) -> Answer:
    """Join and cut; on pieces, a covered subject is not cut."""
    connection, count = _loaded(task, clock)
    return overlaps_answer(*_asked(connection, sql.overlap(task.variant), clock), count)


def ellipsoid(task: Task, clock: Clock) -> Answer:
    """Carry both to an equal-area plane, then join on pieces and cut there."""
    connection = _connected(task)
    with clock(READ):
        _file(connection, task.subjects, "id").create("drawn")
        shapes = read_shapes(task.zones)
    with clock("carry"):
        plane = equal_area(shapes)
        shapes = carried_zones(shapes, plane)
        step = f"ST_Transform(geometry, '{PLANE}', '{plane.to_wkt()}', always_xy := true)"
        connection.table("drawn").project(f"id, {step} as geometry").create("subject")
    _subdivide(connection, shapes, clock)
    return overlaps_answer(*_asked(connection, sql.overlap(sql.PIECES), clock), len(shapes))


def covered(task: Task, clock: Clock) -> Answer:
    """Join, cut, and take the union by zone."""
    connection, count = _loaded(task, clock)
    return covered_answer(*_asked(connection, sql.covered("ST_Union_Agg"), clock), count)


def containing(task: Task, clock: Clock) -> Answer:
    """Join points to zones, or to their pieces."""
    connection, count = _loaded(task, clock)
    zone, _ = _asked(connection, sql.containing(task.variant), clock)
    return containing_answer(zone, count)
