"""Uncut subjects against the cells under their boxes: ``kernel_compiled.small`` in numpy.

Most subjects lie where no border of a zone runs, and their boxes tell enough. The others
meet the zones' edges in the cells under their boxes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoning.overlay.flat import Polygons, ranges
from zoning.overlay.kernel import Outlines, Shared, blocks, meet, summed
from zoning.overlay.lattice import Cells, Lattice

WIDE = 64
"""Cells under a subject's box from which on it is better cut into cells as well."""


@dataclass(frozen=True, slots=True)
class _Met:
    """Subjects and the groups of zones' edges in the cells under their boxes.

    Attributes:
        subject: int64 ``(n,)``, ascending; the subject.
        group: int64 ``(n,)``; the group.
        column, row: int64 ``(n,)``; the cell.
        wide: bool, one a subject; too many cells are under its box: none was looked at.

    """

    subject: NDArray[np.int64]
    group: NDArray[np.int64]
    column: NDArray[np.int64]
    row: NDArray[np.int64]
    wide: NDArray[np.bool_]


def sift(
    subjects: Polygons, zones: Cells, *, wide: int, traces: tuple[float, float]
) -> tuple[Shared, NDArray[np.int64]]:
    """Return what subjects share with zones, and the subjects that are too wide to say.

    Each pair comes once, in the order of subjects and zones, and if it shares
    more than a trace: ``traces`` are the share of a subject (of 1 for a smaller
    one) and the area up to which it may be one. Subjects with more than ``wide``
    cells under their box are left. Time grows with the vertices of the subjects
    and, where a zone's border runs through a cell under a subject's box, with
    the edges there.
    """
    none = np.empty(0, np.int64)
    found, left = [(none, none, np.empty(0))], [none]
    for block in blocks(np.diff(subjects.starts[subjects.first_ring])):
        part = subjects.part(block.start, block.stop)
        met = _under_boxes(part, zones, wide)
        shared = _shared(part, zones, met, traces)
        found.append((shared.subject + block.start, shared.zone, shared.area))
        left.append(np.flatnonzero(met.wide) + block.start)
    return Shared(*map(np.concatenate, zip(*found, strict=True))), np.concatenate(left)


def _under_boxes(subjects: Polygons, zones: Cells, wide: int) -> _Met:
    """Return the groups in the cells under the subjects' boxes."""
    lattice = zones.lattice
    low, high = _corners(subjects, lattice)
    filled = np.diff(subjects.first_ring) > 0
    far = filled & (np.prod(high - low + 1, axis=1) > wide)
    low = np.maximum(low, 0)
    high = np.minimum(high, (lattice.nx - 1, lattice.ny - 1))
    across, up = np.maximum(high - low + 1, 0).T
    cells = np.where(filled & ~far, across * up, 0)
    which = np.repeat(np.arange(subjects.count), cells)
    row, column = np.divmod(ranges(np.zeros_like(cells), cells), across[which])
    row, column = row + low[which, 1], column + low[which, 0]
    cell = row * lattice.nx + column
    first = zones.first[cell]
    groups = zones.first[cell + 1] - first
    column, row = np.repeat(column, groups), np.repeat(row, groups)
    return _Met(np.repeat(which, groups), ranges(first, groups), column, row, far)


def _corners(subjects: Polygons, lattice: Lattice) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the cells of the lower left and upper right corners; of the empty, none."""
    local = subjects.bounds - np.tile((lattice.x0, lattice.y0), 2)
    place = np.floor(np.nan_to_num(local, nan=-1.0) / lattice.size)
    # What lies far beyond the lattice lies beyond it, however far.
    place = np.clip(place, -1e9, 1e9).astype(np.int64)
    return place[:, :2], place[:, 2:]


def _shared(subjects: Polygons, zones: Cells, met: _Met, traces: tuple[float, float]) -> Shared:
    """Return the areas above a trace, in the order of subjects and zones."""
    crossed = np.zeros(subjects.count, dtype=bool)
    crossed[met.subject[~zones.full[met.group]]] = True
    near = crossed[met.subject]
    subject, zone = _pairs(met.subject[~near], zones.owner[met.group[~near]])
    # Cells without a border are wholly inside or wholly outside, and neighbours agree:
    # a zone that is in one of them is in all. Beyond the lattice there is no zone.
    whole = np.zeros(subjects.count)
    inside = np.unique(subject)
    whole[inside] = subjects.take(inside).areas
    at = np.flatnonzero(crossed)
    outlines = Outlines.of_polygons(subjects.take(at), subjects.bounds[at])
    whole[at] = outlines.area
    near = np.flatnonzero(near)
    which = np.searchsorted(at, met.subject[near])
    area = _near_borders(outlines, which, zones, met, near)
    parts = summed(met.subject[near], zones.owner[met.group[near]], area)
    area = np.append(whole[subject], parts.area)
    subject, zone = np.append(subject, parts.subject), np.append(zone, parts.zone)
    share, most = traces
    real = area > np.minimum(most, share * np.maximum(1.0, whole[subject]))
    order = np.lexsort((zone, subject))
    order = order[real[order]]
    return Shared(subject[order], zone[order], area[order])


def _pairs(
    subject: NDArray[np.int64], zone: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each pair once."""
    order = np.lexsort((zone, subject))
    subject, zone = subject[order], zone[order]
    new = np.r_[True, (subject[1:] != subject[:-1]) | (zone[1:] != zone[:-1])][: len(subject)]
    return subject[new], zone[new]


def _near_borders(
    outlines: Outlines,
    which: NDArray[np.int64],
    zones: Cells,
    met: _Met,
    near: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the area that outlines share with the groups met."""
    lattice = zones.lattice
    x = outlines.x[which] - lattice.x0 - met.column[near] * lattice.size
    y = outlines.y[which] - lattice.y0 - met.row[near] * lattice.size
    group = met.group[near]
    full = zones.full[group]
    area = np.empty(len(near))
    for some, cells, groups in ((~full, zones, group), (full, _full_cell(lattice), group * 0)):
        area[some] = meet(outlines, which[some], x[some], y[some], cells, groups[some])
    return area


def _full_cell(lattice: Lattice) -> Cells:
    """Return a full cell as its four sides."""
    corners = lattice.size * np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    edges, none = np.hstack([corners[:-1], corners[1:]]), np.zeros(1, np.int64)
    return Cells(lattice, none, none, np.array([0, 4]), edges, np.zeros(1, dtype=bool))
