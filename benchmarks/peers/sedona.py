"""SedonaDB: as it comes, and on pieces of the zones with prepared GEOS predicates.

SedonaDB has no ST_Subdivide: the pieces are made with shapely, and that time counts.
It is asked about GeoParquet only: version 0.5 fails to drop the CRS of a GeoPackage.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import sedonadb
import shapely
from numpy.typing import NDArray
from sedonadb.context import SedonaContext

from benchmarks.peers import sql
from benchmarks.peers.shapely import subdivided
from benchmarks.shapes import read_shapes
from benchmarks.task import (
    READ,
    Answer,
    Clock,
    Task,
    containing_answer,
    covered_answer,
    overlaps_answer,
)

PREPARED = {
    "sedona.spatial_join.execution_mode": "prepare_build",
    "sedona.spatial_join.spatial_library": "geos",
}
"""An order of magnitude faster than the defaults where zones are large."""

# Without its CRS: the pieces, made elsewhere, have none either.
LAYER = "select id as {key}, ST_SetSRID(geometry, 0) as geometry from {name}_file"


def _loaded(task: Task, clock: Clock) -> tuple[SedonaContext, int]:
    """Return a context with the views subject and zones, or piece; how many zones."""
    context = sedonadb.connect()
    settings = {"datafusion.execution.target_partitions": task.threads}
    if task.variant == sql.PIECES:
        settings |= PREPARED
    for name, value in settings.items():
        context.sql(f"set {name} = '{value}'").execute()
    with clock(READ):
        _view(context, task.subjects, "subject", "id")
        if task.variant != sql.PIECES:
            _view(context, task.zones, "zones", "zone")
            return context, context.view("zones").count()
        shapes = read_shapes(task.zones)
    with clock("subdivide"):
        pieces, owner = subdivided(shapes)
        table = pa.table({"zone": owner, "wkb": shapely.to_wkb(pieces)})
        context.create_data_frame(table).to_view("wkb_piece")
        made = context.sql("select zone, ST_GeomFromWKB(wkb) as geometry from wkb_piece")
        made.to_memtable().to_view("piece")
    return context, len(shapes)


def _view(context: SedonaContext, path: Path, name: str, key: str) -> None:
    """Read a layer into memory."""
    context.read_parquet(path).to_view(f"{name}_file")
    context.sql(LAYER.format(key=key, name=name)).to_memtable().to_view(name)


def _asked(
    context: SedonaContext, query: str, clock: Clock
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return zone and value of an answer."""
    with clock("join"):
        table = context.sql(query).to_arrow_table()
    return table["zone"].to_numpy(), table["value"].to_numpy()


def overlap(task: Task, clock: Clock) -> Answer:
    """Join and cut; on pieces, a covered subject is not cut."""
    context, count = _loaded(task, clock)
    return overlaps_answer(*_asked(context, sql.overlap(task.variant), clock), count)


def covered(task: Task, clock: Clock) -> Answer:
    """Join, cut, and take the union by zone."""
    context, count = _loaded(task, clock)
    return covered_answer(*_asked(context, sql.covered("ST_Union_Agg"), clock), count)


def containing(task: Task, clock: Clock) -> Answer:
    """Join points to zones, or to their pieces."""
    context, count = _loaded(task, clock)
    zone, _ = _asked(context, sql.containing(task.variant), clock)
    return containing_answer(zone, count)
