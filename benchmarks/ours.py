"""Our engine on the same questions, through the face that the product itself uses."""

import multiprocessing
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from benchmarks.shapes import read_shapes
from benchmarks.task import (
    LEAST_M2,
    READ,
    Answer,
    Clock,
    Task,
    containing_answer,
    nearest_answer,
    overlaps_answer,
)
from zoning.overlay import ManyZones, Polygons
from zoning.overlay.nearest import Nearest
from zoning.overlay.wkb import from_wkb

PLAIN, OBJECTS, STREAM = "plain", "objects", "stream"
"""Variants: numpy alone; from shapely objects; a file that is never wholly in memory."""


def _compiled(task: Task) -> bool:
    return task.variant != PLAIN


def warm(task: Task) -> None:
    """Ask about a disc of many vertices, so that what is compiled is loaded."""
    disc = shapely.Point(0, 0).buffer(1000, quad_segs=2000)
    discs = np.array([disc, shapely.Point(0, 0).buffer(1, quad_segs=2)], dtype=object)
    middle = np.array([[0.0, 0.0], [3000.0, 0.0]])
    if task.question == "nearest":
        Nearest(shapely.boundary(discs), compiled=_compiled(task)).of(shapely.points(middle))
        return
    zones = ManyZones(discs[:1], compiled=_compiled(task))
    zones.overlap(discs, workers=task.threads)
    zones.containing(middle)


def _column(column: pa.ChunkedArray) -> Polygons:
    """Return the polygons of an Arrow column of WKB without nulls."""
    whole = column.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        (whole,) = whole.chunks
    _, offsets, raw = whole.buffers()
    first = whole.offset
    return from_wkb(
        np.frombuffer(raw, np.uint8),
        np.frombuffer(offsets, np.int32)[first : first + len(whole) + 1].astype(np.int64),
    )


def _polygons(task: Task) -> Polygons | NDArray[np.object_]:
    """Return the subjects in the form that the variant takes them."""
    if task.variant == OBJECTS:
        return read_shapes(task.subjects)
    if task.subjects.suffix == ".parquet":
        file = pq.ParquetFile(task.subjects)
        table = file.read(columns=["geometry"], use_threads=task.threads > 1)
        return _column(table["geometry"])
    return Polygons.of(read_shapes(task.subjects))


def _zones(task: Task, clock: Clock) -> ManyZones:
    """Return the zones, cut into cells."""
    with clock(READ):
        shapes = read_shapes(task.zones)
    with clock("build"):
        zones = ManyZones(shapes, checked=True, compiled=_compiled(task))
        assert len(zones.cells.cell)  # noqa: S101 - cut here and not when they are first asked
    return zones


def overlap(task: Task, clock: Clock) -> Answer:
    """Return the overlaps."""
    if task.variant == STREAM:
        return _streamed(task, clock)
    with clock(READ):
        subjects = _polygons(task)
    zones = _zones(task, clock)
    with clock("overlap"):
        found = zones.overlap(subjects, workers=task.threads)
    return overlaps_answer(found.zone, found.area, len(zones.shapes))


def covered(task: Task, clock: Clock) -> Answer:
    """Return how much of each zone the subjects cover: here it is they that are the zones."""
    with clock(READ):
        subjects, zones = read_shapes(task.subjects), read_shapes(task.zones)
    with clock("covered"):
        covering = ManyZones(subjects, checked=True, compiled=_compiled(task))
        area = covering.covered(Polygons.of(zones), workers=task.threads)
    return {"area_m2": area.tolist()}


def containing(task: Task, clock: Clock) -> Answer:
    """Return the zones around points."""
    with clock(READ):
        points = shapely.get_coordinates(read_shapes(task.subjects))
    zones = _zones(task, clock)
    with clock("containing"):
        _, zone = zones.containing(points)
    return containing_answer(zone, len(zones.shapes))


def nearest(task: Task, clock: Clock) -> Answer:
    """Return the distance of the nearest river."""
    with clock(READ):
        points, rivers = read_shapes(task.subjects), read_shapes(task.zones)
    with clock("build"):
        index = Nearest(rivers, compiled=_compiled(task))
    with clock("nearest"):
        _, metres = index.of(points)
    return nearest_answer(metres)


def _streamed(task: Task, clock: Clock) -> Answer:
    """Return the overlaps of a file, row group by row group.

    The row groups are shared out among as many processes as the task has threads;
    each inherits the zones as they are in memory.
    """
    zones = _zones(task, clock)
    groups = pq.ParquetFile(task.subjects).num_row_groups
    if task.threads == 1:
        pairs, sums, read_s, overlap_s = _share(task.subjects, zones, range(groups))
        clock.phases[READ] += read_s
        clock.phases["overlap"] = overlap_s
        return {"pairs": pairs, "area_m2": sums.tolist()}
    with clock("processes"):
        shares = [range(first, groups, task.threads) for first in range(task.threads)]
        ends = [_started(task.subjects, zones, share) for share in shares]
        done = [end.recv() for end in ends]  # EOFError where a process failed
    return {
        "pairs": sum(pairs for pairs, *_ in done),
        "area_m2": sum(sums for _, sums, *_ in done).tolist(),
    }


def _started(path: Path, zones: ManyZones, groups: range) -> Connection:
    """Return where the share of a new process will arrive."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    context.Process(target=lambda: there.send(_share(path, zones, groups)), daemon=True).start()
    there.close()
    return here


def _share(
    path: Path, zones: ManyZones, groups: range
) -> tuple[int, NDArray[np.float64], float, float]:
    """Return pairs, area by zone, and the seconds of reading and of overlaps of row groups."""
    count = len(zones.shapes)
    pairs, sums, read_s, overlap_s = 0, np.zeros(count), 0.0, 0.0
    file = pq.ParquetFile(path)
    for group in groups:
        begin = time.perf_counter()
        table = file.read_row_group(group, columns=["geometry"], use_threads=False)
        subjects = _column(table["geometry"])
        middle = time.perf_counter()
        found = zones.overlap(subjects)
        kept = found.area >= LEAST_M2
        pairs += int(kept.sum())
        sums += np.bincount(found.zone[kept], found.area[kept], minlength=count)
        read_s += middle - begin
        overlap_s += time.perf_counter() - middle
    return pairs, sums, read_s, overlap_s
