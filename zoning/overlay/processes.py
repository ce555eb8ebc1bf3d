"""A file of any size against stored zones: on one core, on several, on a cluster.

The file's stretches are answered one by one, and their answers come back in the
file's order: who answered them, and how many did, leaves no trace in the result.
Workers get a path and a range, never a geometry; the zones' cells they map from
one folder. A stretch whose worker died is answered again by another.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread

import numpy as np
from numpy.typing import NDArray

from layers.errors import LayerError, QueryError
from layers.formats.source import steady
from layers.read import as_text
from layers.words import say
from zoning.overlay.cluster import on_cluster
from zoning.overlay.many import ManyZones
from zoning.overlay.placed import Place, carried, checked, gated
from zoning.overlay.stored import StoredZones, load
from zoning.overlay.stream import Batch, Stretch, Subjects, subjects_of

AHEAD = 2
"""Stretches a worker has before it and behind it: memory does not grow with the file."""

DEATHS = 3
"""Times that workers may die over one stretch before it is given up."""


@dataclass(frozen=True, slots=True)
class Job:
    """What workers need to know: the file, how it comes to the plane, where the zones are."""

    subjects: Subjects
    place: Place
    zones: Path


@dataclass(frozen=True, slots=True)
class Part:
    """The answer for a stretch of features, in the order of rows and zones.

    Attributes:
        read: how many features the stretch has.
        rejects: row and reason of those that could not be used.
        used_m2: area of the others.
        covered_m2: area of these that lies in any zone, each point counted once.
        row: int64 ``(n,)``; of each pair of a feature and a zone that share an area.
        zone: int64 ``(n,)``; the number of the zone.
        area_m2, subject_m2: float64 ``(n,)``; what they share, and the feature's area.
        ids: of the features of the pairs; empty where no column names them.

    """

    read: int
    rejects: tuple[tuple[int, str], ...]
    used_m2: float
    covered_m2: float
    row: NDArray[np.int64]
    zone: NDArray[np.int64]
    area_m2: NDArray[np.float64]
    subject_m2: NDArray[np.float64]
    ids: tuple[str, ...]


@dataclass(slots=True)
class FileOverlap:
    """A file's overlap with zones: iterate it once, then read the ledger and the totals.

    Attributes:
        notes: what was chosen or doubted of the file's CRS.
        read, rejected: features; used ones are the difference.
        used_m2, covered_m2: as of ``Part``, of all.
        zone_m2: area shared with each zone; where zones overlap they sum to more.
        zone_count: how many features share an area with each zone.

    """

    job: Job
    processes: int
    cluster: str
    notes: tuple[str, ...]
    zone_m2: NDArray[np.float64]
    zone_count: NDArray[np.int64]
    read: int = 0
    rejected: int = 0
    used_m2: float = 0.0
    covered_m2: float = 0.0
    _stretches: list[Stretch] = field(default_factory=list)

    def __iter__(self) -> Iterator[Part]:
        """Yield the parts in the file's order, rows counted from 1 through the file.

        Raises:
            LayerError: the file cannot be read to its end, or changed meanwhile.
            QueryError: workers die again and again, or the cluster cannot be used.

        """
        with steady(self.job.subjects.path):
            for part in self._parts():
                yield self._counted(part)
        path, stated = self.job.subjects.path, self.job.subjects.count
        if not self.read:
            raise LayerError(say("export.empty", file=path))
        if self.read < stated and self.job.subjects.counted:
            raise LayerError(say("overlay.lost", file=path, stated=stated, read=self.read))
        if self.read != stated:
            self.notes += (say("overlay.count", stated=stated, read=self.read),)
        if self.read > self.rejected and not self.zone_count.any():
            self.notes += (say("overlay.nothing"),)

    def _parts(self) -> Iterator[Part]:
        if self.cluster:
            return on_cluster(self.cluster, work, self.job, self._stretches)
        if self.processes > 1 and len(self._stretches) > 1:
            return _in_processes(self.job, self._stretches, self.processes)
        return (work(self.job, stretch) for stretch in self._stretches)

    def _counted(self, part: Part) -> Part:
        before = self.read + 1
        self.read += part.read
        self.rejected += len(part.rejects)
        self.used_m2 += part.used_m2
        self.covered_m2 += part.covered_m2
        self.zone_m2 += np.bincount(part.zone, part.area_m2, minlength=len(self.zone_m2))
        self.zone_count += np.bincount(part.zone, minlength=len(self.zone_m2))
        rejects = tuple((row + before, reason) for row, reason in part.rejects)
        return replace(part, row=part.row + before, rejects=rejects)


def overlap_file(  # noqa: PLR0913 - what a file may need to be read
    path: Path,
    zones: StoredZones,
    *,
    processes: int = 1,
    cluster: str = "",
    id_column: str = "",
    crs: str = "",
    table: str = "",
    encoding: str = "",
) -> FileOverlap:
    """Return the overlap of a file's polygons with zones, to be iterated.

    Args:
        path: see ``subjects_of``; workers of a cluster must see it under this path.
        zones: see ``kept``; the same holds for its folder.
        processes: workers on this machine.
        cluster: the address of a Dask scheduler, instead of processes.
        id_column: the column that names features.
        crs: the stated CRS, GCJ-02 or BD-09; empty where the file says it.
        table: the layer within the file.
        encoding: of the texts of a Shapefile.

    Raises:
        LayerError: the file cannot be read, or its CRS is missing or wrong.

    """
    subjects = subjects_of(path.resolve(), id_column=id_column, table=table, encoding=encoding)
    stretches = subjects.stretches()
    if not stretches:
        raise LayerError(say("export.empty", file=path))
    place, notes = gated(subjects, zones.plane, stated=crs)
    job = Job(subjects, place, zones.folder.resolve())
    counts = np.zeros(len(zones), np.int64)
    notes = (*subjects.notes, *notes)
    return FileOverlap(
        job, processes, cluster, notes, np.zeros(len(zones)), counts, _stretches=stretches
    )  # fmt: skip


def work(job: Job, stretch: Stretch) -> Part:
    """Return the answer for one stretch; whoever asks, wherever, it is the same."""
    whole, apart = _opened(job.zones)
    read, used_m2, covered_m2 = 0, 0.0, 0.0
    rejects: list[tuple[int, str]] = []
    ids: list[str] = []
    pairs: list[tuple[NDArray, ...]] = []
    for batch in job.subjects.batches(stretch):
        sound = checked(batch, job.place)
        rejects += [(read + row, reason) for row, reason in sound.faults.items()]
        for some in carried(sound, job.place):
            areas = some.polygons.areas
            used_m2 += float(areas.sum())
            met = whole.overlap(some.polygons)
            area = met.area
            alone = area if apart is whole else apart.overlap(some.polygons).area
            covered_m2 += float(alone.sum())
            at = some.rows[met.subject]
            pairs.append((read + at, met.zone, area, areas[met.subject]))
            ids += _names(batch, at)
        read += len(batch.offsets) - 1
    row, zone, area_m2, subject_m2 = (
        (np.concatenate(column) for column in zip(*pairs, strict=True))
        if pairs
        else (np.empty(0, kind) for kind in (np.int64, np.int64, float, float))
    )
    return Part(
        read, tuple(rejects), used_m2, covered_m2, row, zone, area_m2, subject_m2, tuple(ids)
    )  # fmt: skip


def _names(batch: Batch, rows: NDArray[np.int64]) -> list[str]:
    if batch.ids is None:
        return []
    # numpy's arrays and Arrow's take alike, and both tell Python's own values.
    return [as_text(value) for value in batch.ids.take(rows).tolist()]


@cache
def _opened(folder: Path) -> tuple[ManyZones, ManyZones]:
    """Return the zones as they are and apart, mapped once by each process."""
    stored = load(folder)
    whole = stored.many()
    return whole, stored.apart() if stored.overlapping else whole


def _in_processes(job: Job, stretches: list[Stretch], processes: int) -> Iterator[Part]:
    """Yield the parts in order from processes of this machine, new ones for those that die."""
    answers: dict[int, Future[Part]] = {}
    waiting = deque(range(len(stretches)))
    deaths: dict[int, int] = {}
    pool = _pool(processes)
    try:
        for at in range(len(stretches)):
            while True:
                try:
                    while waiting and len(answers) < AHEAD * processes:
                        answers[waiting[0]] = pool.submit(work, job, stretches[waiting[0]])
                        waiting.popleft()
                    part = answers[at].result()
                except BrokenProcessPool:
                    deaths[at] = deaths.get(at, 0) + 1
                    if deaths[at] > DEATHS:
                        raise QueryError(
                            say("overlay.died", count=deaths[at], processes=processes)
                        ) from None
                    pool.shutdown(wait=False, cancel_futures=True)
                    pool = _pool(processes)
                    lost = [one for one, answer in answers.items() if not _whole(answer)]
                    for one in lost:
                        del answers[one]
                    waiting.extendleft(reversed(lost))
                else:
                    del answers[at]
                    yield part
                    break
    finally:
        pool.shutdown(cancel_futures=True)


def _pool(processes: int) -> ProcessPoolExecutor:
    # Spawned: a forked copy of a process whose libraries run threads may hang.
    spawned = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, spawned, initializer=_end_with_parent)


def _end_with_parent() -> None:
    """End this worker when whoever started it is gone: killed, it cannot say so itself."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def _whole(answer: "Future[Part]") -> bool:
    return answer.done() and not answer.cancelled() and answer.exception() is None
