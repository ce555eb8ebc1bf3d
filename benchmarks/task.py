"""What an engine is asked, the clock it runs under, and what it answers.

An engine's module has a function for each question it can be asked, named after
the question, that takes a ``Task`` and a ``Clock`` and returns an ``Answer``.
Its phase ``read`` (files to the engine's own form in memory) is counted apart
from all others, which together are the computation.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

READ = "read"

LEAST_M2 = 0.01
"""Overlaps smaller than the smallest area ever shown are no pair: all engines drop them."""

Answer = dict[str, int | list[int] | list[float]]
"""Named counts, which must be equal, and lists of sums, which must agree (``ratios``)."""


@dataclass(frozen=True, slots=True)
class Task:
    """One question to one engine.

    Attributes:
        question: overlap, covered, containing or nearest.
        subjects: file of the patches or points.
        zones: file of the zones or rivers.
        variant: which form of the engine answers, such as ``pieces``.
        threads: processors that may be used; the process is bound to as many.

    """

    question: str
    subjects: Path
    zones: Path
    variant: str = ""
    threads: int = 1


@dataclass
class Clock:
    """Seconds of each phase, in order; of a server, where there is one, memory and version."""

    phases: dict[str, float] = field(default_factory=dict)
    server_bytes: int = 0
    server: str = ""

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        """Add the time that the block takes to a phase."""
        begin = time.perf_counter()
        yield
        self.phases[phase] = self.phases.get(phase, 0.0) + time.perf_counter() - begin


def overlaps_answer(zone: NDArray[np.integer], area_m2: NDArray[np.float64], zones: int) -> Answer:
    """Return the answer for one area for each pair of a subject and a zone."""
    kept = area_m2 >= LEAST_M2
    sums = np.bincount(zone[kept], area_m2[kept], minlength=zones)
    return {"pairs": int(kept.sum()), "area_m2": sums.tolist()}


def covered_answer(zone: NDArray[np.integer], area_m2: NDArray[np.float64], zones: int) -> Answer:
    """Return the answer for one area for each zone that holds anything."""
    return {"area_m2": np.bincount(zone, area_m2, minlength=zones).tolist()}


def containing_answer(zone: NDArray[np.integer], zones: int) -> Answer:
    """Return the answer for one zone for each pair of a point and a zone around it."""
    return {"points": np.bincount(zone, minlength=zones).tolist()}


def nearest_answer(distance_m: NDArray[np.float64]) -> Answer:
    """Return the answer for one distance for each point; its sum by every tenth."""
    order = np.sort(distance_m)
    return {
        "points": len(order),
        "distance_m": [float(part.sum()) for part in np.array_split(order, 10)],
    }


def peak_bytes(process: int | str = "self") -> int:
    """Return the most memory that a process has held so far.

    ``ru_maxrss`` would not do: a child begins with the peak of the one that started it.
    """
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
