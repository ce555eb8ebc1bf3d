"""What streaming costs, step by step, and what a second process brings.

``python -m benchmarks.parallel --patches 1000000`` prints the rates that
docs/scale.md works with. All are measured in one run; compare them with each
other, not with those of another day.
"""

import argparse
import multiprocessing
import os
import pickle
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import shapely

from benchmarks.made_layers import DEGREES, Land
from benchmarks.store import default_folder, stored
from benchmarks.task import peak_bytes
from zoning.overlay.many import ManyZones
from zoning.overlay.placed import carried, checked
from zoning.overlay.processes import FileOverlap, Job, overlap_file, work
from zoning.overlay.stored import Zones, kept, load
from zoning.overlay.stream import Stretch

ROUNDS = 3
"""Of the whole file by one process and by two, turn by turn; medians are shown."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the layers where they are not there, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parallel", description=__doc__)
    parser.add_argument("--patches", type=int, default=200_000)
    parser.add_argument("--side-km", type=float, default=32.0)
    parser.add_argument("--units", type=int, default=96, help="red line features")
    parser.add_argument("--data", type=Path, default=default_folder(), help="of the made layers")
    given = parser.parse_args(arguments)
    land = Land(given.side_km * 1000, given.units, 50, 10)
    zones = stored(given.data, land, "redline")
    patches = stored(given.data, land, "patch", count=given.patches)
    degrees = stored(given.data, land, "patch", count=given.patches, crs=DEGREES)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        for line in _measured(zones, patches, degrees):
            sys.stdout.write(line + "\n")


def _measured(zones: Path, patches: Path, degrees: Path) -> Iterator[str]:
    shapes = gpd.read_parquet(zones).geometry.to_numpy()
    vertices = int(shapely.get_num_coordinates(shapes).sum())
    names = {"row": [str(row) for row in range(len(shapes))]}
    plane = gpd.read_parquet(zones).crs.to_wkt()

    def make() -> Zones:
        return Zones(ManyZones(shapes, checked=True), plane, names)

    def build() -> None:
        with kept("benchmark", make):
            pass

    ManyZones(shapes[:1]).overlap(shapes[:1])  # loads what is compiled
    seconds, cpu = _timed(build)
    yield f"zones: {len(shapes):,} features, {vertices:,} vertices"
    each, busy = 1e6 * seconds / vertices, 1e6 * cpu / vertices
    yield f"cut, sealed, written: {each:.2f} us a vertex (CPU {busy:.2f})"
    with kept("benchmark", make) as layer:
        size = sum(part.stat().st_size for part in layer.folder.iterdir())
        yield f"kept: {size / vertices:.0f} bytes a vertex, {size / 1e6:.0f} MB"
        yield f"peak so far: {peak_bytes() / 1e6:.0f} MB"
        for name, path in (("in the zones' plane", patches), ("in degrees", degrees)):
            yield f"patches {name}, one core, us a patch (CPU):"
            yield from _steps(overlap_file(path, layer))
        yield from _efficiency(lambda processes: overlap_file(patches, layer, processes=processes))
    yield f"peak of this process: {peak_bytes() / 1e6:.0f} MB"


def _steps(found: FileOverlap) -> Iterator[str]:
    """Time the steps of ``processes.work`` one by one."""
    job = found.job
    clock: dict[str, float] = {}
    whole = load(job.zones).many()

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        start = time.process_time()
        yield
        clock[name] = clock.get(name, 0.0) + time.process_time() - start

    for stretch in job.subjects.stretches():
        with timed("read"):
            batches = list(job.subjects.batches(stretch))
        for batch in batches:
            with timed("parse and check"):
                sound = checked(batch, job.place)
            with timed("carry to the plane"):
                parts = list(carried(sound, job.place))
            with timed("overlap"):
                for part in parts:
                    whole.overlap(part.polygons)
    for name, seconds in clock.items():
        yield f"  {name}: {1e6 * seconds / job.subjects.count:.2f}"
    yield f"  all: {1e6 * sum(clock.values()) / job.subjects.count:.2f}"


def _efficiency(run: Callable[[int], FileOverlap]) -> Iterator[str]:
    """Compare two processes with one: by the clock, and by the CPU that the work takes.

    The clock tells the truth on an idle machine only. The CPU tells what two that run
    together cost each other and what they do twice, whoever else is busy.
    """
    rates: dict[int, list[float]] = {1: [], 2: []}
    busy: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for processes in (1, 2):
            rates[processes].append(_rate(run(processes)))
            busy[processes].append(_busy(run(processes), processes))
    one, two = (statistics.median(rates[processes]) for processes in (1, 2))
    yield f"one process: {one:,.0f} patches a second, two: {two:,.0f}"
    yield f"efficiency of two processes by the clock: {two / one / 2:.2f}"
    one, two = (statistics.median(busy[processes]) for processes in (1, 2))
    yield f"CPU of the work: {one:.2f} s by one process, {two:.2f} s by two"
    yield f"efficiency of two processes by CPU: {one / two:.2f}"


def _rate(found: FileOverlap) -> float:
    """Return features a second from the first stretch's answer to the last one's."""
    parts = iter(found)
    next(parts)
    first, start = found.read, time.perf_counter()
    for _ in parts:
        pass
    return (found.read - first) / (time.perf_counter() - start)


def _busy(found: FileOverlap, processes: int) -> float:
    """Return the CPU seconds of all stretches, after each process has had one to begin with."""
    stretches = found.job.subjects.stretches()
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(_cpu_of, [found.job] * 2 * processes, stretches[:1] * 2 * processes))
        return sum(pool.map(_cpu_of, [found.job] * len(stretches), stretches))


def _cpu_of(job: Job, stretch: Stretch) -> float:
    """Return the CPU seconds of one stretch, its answer packed as for the way home."""
    start = time.process_time()
    pickle.dumps(work(job, stretch))
    return time.process_time() - start


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main()
