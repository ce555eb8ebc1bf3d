"""Subjects whose boxes tell enough: no border of a zone runs through the cells under them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoning.overlay.flat import Polygons, ranges
from zoning.overlay.lattice import Cells

WIDE = 64
"""Cells under a subject's box from which on the box tells little: it is not asked."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """Which subjects lie wholly inside which zones, and which must be looked at closely.

    ``subject, zone`` are pairs of a subject and a zone that holds all of it;
    ``open`` the subjects whose cells hold a border; all others meet no zone.
    """

    subject: NDArray[np.int64]
    zone: NDArray[np.int64]
    open: NDArray[np.int64]


def sift(subjects: Polygons, zones: Cells) -> Sifted:
    """Return what the cells under the subjects' boxes tell. Time grows with those cells."""
    lattice = zones.lattice
    low, high = _corners(subjects, zones)
    filled = np.diff(subjects.first_ring) > 0
    wide = filled & (np.prod(high - low + 1, axis=1) > WIDE)
    low = np.maximum(low, 0)
    high = np.minimum(high, (lattice.nx - 1, lattice.ny - 1))
    across, up = np.maximum(high - low + 1, 0).T
    cells = np.where(filled & ~wide, across * up, 0)
    which = np.repeat(np.arange(subjects.count), cells)
    step = ranges(np.zeros_like(cells), cells)
    row, column = np.divmod(step, across[which])
    cell = (low[which, 1] + row) * lattice.nx + low[which, 0] + column
    groups = zones.first[cell + 1] - zones.first[cell]
    subject = np.repeat(which, groups)
    group = ranges(zones.first[cell], groups)
    crossed = np.zeros(subjects.count, dtype=bool)
    crossed[subject[~zones.full[group]]] = True
    zone = zones.owner[group]
    inside = ~crossed[subject]
    order = np.lexsort((zone[inside], subject[inside]))
    subject, zone = subject[inside][order], zone[inside][order]
    new = np.r_[True, (subject[1:] != subject[:-1]) | (zone[1:] != zone[:-1])][: len(subject)]
    begin = np.flatnonzero(new)
    # Cells without a border are wholly inside or wholly outside, and neighbours agree:
    # a zone that is in one of them is in all. Beyond the lattice there is no zone.
    return Sifted(subject[begin], zone[begin], np.flatnonzero(crossed | wide))


def _corners(subjects: Polygons, zones: Cells) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the cells of the lower left and upper right corners; of the empty, none."""
    lattice = zones.lattice
    local = subjects.bounds - np.tile((lattice.x0, lattice.y0), 2)
    place = np.floor(np.nan_to_num(local, nan=-1.0) / lattice.size)
    # What lies far beyond the lattice lies beyond it, however far.
    place = np.clip(place, -1e9, 1e9).astype(np.int64)
    return place[:, :2], place[:, 2:]
