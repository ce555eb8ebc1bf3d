"""PostGIS: as it is written at first, and as its own guides say for large zones.

The better form is ST_Subdivide, an index, and ST_CoveredBy before ST_Intersection.
Loading the tables is counted as reading, though a database has its tables at hand.
"""

from pathlib import Path

import numpy as np
import psycopg
from numpy.typing import NDArray

from benchmarks.peers import cluster, sql
from benchmarks.shapes import read_wkb
from benchmarks.task import (
    READ,
    Answer,
    Clock,
    Task,
    containing_answer,
    covered_answer,
    nearest_answer,
    overlaps_answer,
    peak_bytes,
)

SUBDIVIDE = """
create table piece as select zone, ST_Subdivide(geometry, 256) as geometry from zones
"""

VERSIONS = """
select format('PostgreSQL %s, PostGIS %s, GEOS %s',
    current_setting('server_version'), postgis_lib_version(), postgis_geos_version())
"""


def _loaded(connection: psycopg.Connection, name: str, key: str, path: Path, clock: Clock) -> int:
    """Copy a layer into a table; return how many features it has."""
    with clock(READ):
        shapes = read_wkb(path)
        connection.execute(f"create table {name} ({key} int, geometry geometry)")
        with connection.cursor().copy(f"copy {name} from stdin") as copy:
            for number, wkb in enumerate(shapes):
                copy.write_row((number, wkb.hex()))
    return len(shapes)


def _asked(
    task: Task, clock: Clock, query: str
) -> tuple[NDArray[np.int64], NDArray[np.float64], int]:
    """Return zone and value of an answer, and how many zones there are."""
    with cluster.running(task.threads) as connection:
        _loaded(connection, "subject", "id", task.subjects, clock)
        count = _loaded(connection, "zones", "zone", task.zones, clock)
        joined = ["subject", "zones"]
        if task.variant == sql.PIECES:
            joined = ["subject", "piece"]
            with clock("subdivide"):
                connection.execute(SUBDIVIDE)
        with clock("index"):
            for name in joined:
                connection.execute(f"create index on {name} using gist (geometry)")
                connection.execute(f"analyze {name}")
        with clock("join"):
            connection.execute(f"create table answer as {query}")
        (clock.server,) = connection.execute(VERSIONS).fetchone()
        clock.server_bytes = peak_bytes(connection.info.backend_pid)
        rows = connection.execute("select zone, value::float8 from answer").fetchall()
    zone, value = np.array(rows, dtype=float).reshape(-1, 2).T
    return zone.astype(np.int64), value, count


def overlap(task: Task, clock: Clock) -> Answer:
    """Join and cut; on pieces, a covered subject is not cut."""
    return overlaps_answer(*_asked(task, clock, sql.overlap(task.variant)))


def covered(task: Task, clock: Clock) -> Answer:
    """Join, cut, and take the union by zone."""
    return covered_answer(*_asked(task, clock, sql.covered("ST_Union")))


def containing(task: Task, clock: Clock) -> Answer:
    """Join points to zones, or to their pieces."""
    zone, _, count = _asked(task, clock, sql.containing(task.variant))
    return containing_answer(zone, count)


def nearest(task: Task, clock: Clock) -> Answer:
    """Ask the index of the rivers, or of their pieces, for the nearest one of each point."""
    _, metres, _ = _asked(task, clock, sql.nearest(task.variant))
    return nearest_answer(metres)
