"""Our engine on the same questions, through the face that the product itself uses."""

import importlib.util
import multiprocessing
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.made_layers import PLANE
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
from zoning.overlay.compiled import compiled_here
from zoning.overlay.nearest import Nearest
from zoning.overlay.processes import overlap_file
from zoning.overlay.stream import Stretch, Subjects, subjects_of
from zoning.overlay.wkb import from_wkb
from zoning.overlay.zones_file import zones_of

NUMPY, OBJECTS, STREAM = "plain", "objects", "stream"
"""Variants: numpy alone; from shapely objects; a file that is never wholly in memory."""


def _compiled(task: Task) -> bool:
    return task.variant != NUMPY


def warm(task: Task) -> None:
    """Ask about a disc of many vertices, so that what is compiled is loaded."""
    if task.variant == NUMPY:
        _forget_numba()
    disc = shapely.Point(0, 0).buffer(1000, quad_segs=2000)
    discs = np.array([disc, shapely.Point(0, 0).buffer(1, quad_segs=2)], dtype=object)
    middle = np.array([[0.0, 0.0], [3000.0, 0.0]])
    if task.question == "ellipsoid":
        _warm_files(discs)
        return
    if task.question == "nearest":
        Nearest(shapely.boundary(discs), compiled=_compiled(task)).of(shapely.points(middle))
        return
    zones = ManyZones(discs[:1], compiled=_compiled(task))
    zones.overlap(discs, workers=task.threads)
    zones.containing(np.repeat(middle, len(discs[0].exterior.coords), axis=0))


def _forget_numba() -> None:
    """Let this process believe for good that numba is not installed."""
    compiled_here.cache_clear()
    with mock.patch.object(importlib.util, "find_spec", return_value=None):
        compiled_here()


def _warm_files(discs: NDArray[np.object_]) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "discs.parquet"
        shapes = shapely.transform(discs, lambda xy: np.add(xy, (500_000.0, 4_000_000.0)))
        gpd.GeoDataFrame(geometry=shapes, crs=PLANE).to_parquet(file)
        ellipsoid(Task("ellipsoid", file, file), Clock())


def _polygons(task: Task) -> Polygons | NDArray[np.object_]:
    """Return the subjects in the form that the variant takes them."""
    if task.variant == OBJECTS:
        return read_shapes(task.subjects)
    file = subjects_of(task.subjects)

    def read(stretch: Stretch) -> list[Polygons]:
        return [from_wkb(batch.raw, batch.offsets) for batch in file.batches(stretch)]

    with ThreadPoolExecutor(task.threads) as pool:
        return _joined([part for parts in pool.map(read, file.stretches()) for part in parts])


def _joined(parts: list[Polygons]) -> Polygons:
    """Return polygons one after the other."""
    vertices = np.cumsum([0, *(len(part.xy) for part in parts)])
    first = np.cumsum([0, *(part.count for part in parts)])
    starts = [part.starts[:-1] + at for part, at in zip(parts, vertices, strict=False)]
    owners = [part.owner + at for part, at in zip(parts, first, strict=False)]
    return Polygons(
        np.concatenate([part.xy for part in parts]),
        np.append(np.concatenate(starts), vertices[-1]),
        np.concatenate(owners),
        np.concatenate([part.hole for part in parts]),
        int(first[-1]),
    )


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


def ellipsoid(task: Task, clock: Clock) -> Answer:
    """Return the overlaps as ``shanhe overlay`` finds them, from files that it does not trust.

    Nothing is kept from an earlier run: zones are read, checked, carried and cut anew.
    """
    with TemporaryDirectory() as cache, ExitStack() as stack:
        os.environ["XDG_CACHE_HOME"] = cache
        with clock("zones"):
            zones = stack.enter_context(zones_of(task.zones))
        with clock("overlap"):
            pairs, sums = 0, np.zeros(len(zones))
            for part in overlap_file(task.subjects, zones, processes=task.threads):
                kept = part.area_m2 >= LEAST_M2
                pairs += int(kept.sum())
                sums += np.bincount(part.zone[kept], part.area_m2[kept], minlength=len(zones))
    return {"pairs": pairs, "area_m2": sums.tolist()}


def covered(task: Task, clock: Clock) -> Answer:
    """Return how much of each zone the subjects cover: here it is they that are the zones."""
    with clock(READ):
        subjects, zones = read_shapes(task.subjects), read_shapes(task.zones)
    with clock("covered"):
        covering = ManyZones(subjects, checked=True, compiled=_compiled(task))
        area = covering.covered(Polygons.of(zones), workers=task.threads)
    return {"area_m2": area.tolist()}


def containing(task: Task, clock: Clock) -> Answer:
    """Return the zones around points; no cells are made for that."""
    with clock(READ):
        points, shapes = read_shapes(task.subjects), read_shapes(task.zones)
        if task.variant != OBJECTS:
            points = shapely.get_coordinates(points)
    with clock("containing"):
        xy = shapely.get_coordinates(points) if task.variant == OBJECTS else points
        zones = ManyZones(shapes, checked=True, compiled=_compiled(task))
        _, zone = zones.containing(xy)
    return containing_answer(zone, len(shapes))


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
    """Return the overlaps of a file, stretch by stretch.

    The stretches are shared out among as many processes as the task has threads;
    each inherits the zones as they are in memory.
    """
    zones = _zones(task, clock)
    file = subjects_of(task.subjects)
    stretches = file.stretches()
    if task.threads == 1:
        pairs, sums, read_s, overlap_s = _share(file, zones, stretches)
        clock.phases[READ] += read_s
        clock.phases["overlap"] = overlap_s
        return {"pairs": pairs, "area_m2": sums.tolist()}
    with clock("processes"):
        shares = [stretches[first :: task.threads] for first in range(task.threads)]
        ends = [_started(file, zones, share) for share in shares]
        done = [end.recv() for end in ends]  # EOFError where a process failed
    return {
        "pairs": sum(pairs for pairs, *_ in done),
        "area_m2": sum(sums for _, sums, *_ in done).tolist(),
    }


def _started(file: Subjects, zones: ManyZones, stretches: list[Stretch]) -> Connection:
    """Return where the share of a new process will arrive."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    context.Process(target=lambda: there.send(_share(file, zones, stretches)), daemon=True).start()
    there.close()
    return here


def _share(
    file: Subjects, zones: ManyZones, stretches: list[Stretch]
) -> tuple[int, NDArray[np.float64], float, float]:
    """Return pairs, area by zone, and the seconds of reading and of overlaps of stretches."""
    count = len(zones.shapes)
    pairs, sums, read_s, overlap_s = 0, np.zeros(count), 0.0, 0.0
    begin = time.perf_counter()
    for batch in (batch for stretch in stretches for batch in file.batches(stretch)):
        subjects = from_wkb(batch.raw, batch.offsets)
        middle = time.perf_counter()
        found = zones.overlap(subjects)
        kept = found.area >= LEAST_M2
        pairs += int(kept.sum())
        sums += np.bincount(found.zone[kept], found.area[kept], minlength=count)
        read_s += middle - begin
        begin = time.perf_counter()
        overlap_s += begin - middle
    return pairs, sums, read_s, overlap_s
