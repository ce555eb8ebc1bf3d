"""Long arrays worked on in slices, on every core: numpy, GEOS and PROJ let go of Python's lock."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

SHAPES = 1 << 11
"""Geometries of a slice: their points fit into the cache of a core, whatever their number."""


def joined(work: Callable[[NDArray], NDArray], items: NDArray, *, size: int) -> NDArray:
    """Return what ``work`` makes of an array, item by item, slice by slice.

    The slices are the same on any machine, so the results are too. ``work`` must not use a
    prepared geometry that another slice uses: GEOS builds its indexes unguarded.
    """
    if len(items) <= size:
        return work(items)

    def one(start: int) -> NDArray:
        return work(items[start : start + size])

    # one more than cores: while two wait for Python's lock, the third one works
    with ThreadPoolExecutor(_cores() + 1) as pool:
        return np.concatenate(list(pool.map(one, range(0, len(items), size))))


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
