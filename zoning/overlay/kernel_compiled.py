"""The sums of kernel.py as loops, compiled: the same numbers, some tens of times as fast.

Small subjects are not cut: their edges meet the zones' edges in the cells under
their box. Needs numba; nothing else imports this module before asking for it.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit
from numpy.typing import NDArray

from zoning.overlay.flat import Polygons
from zoning.overlay.lattice import Cells
from zoning.overlay.lattice_compiled import grown, signed

SLICE = 1 << 15
"""Subjects that one call works on: enough to make the call cheap, few enough to share out."""


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _add_edge(spans, size, x0, y0, x1, y1):
    """Note an edge as left, right, height at the left, slope, sign; return the new size."""
    if x1 > x0:
        spans[size, 0], spans[size, 1], spans[size, 2] = x0, x1, y0
        spans[size, 3], spans[size, 4] = (y1 - y0) / (x1 - x0), -1.0
        return size + 1
    if x1 < x0:
        spans[size, 0], spans[size, 1], spans[size, 2] = x1, x0, y1
        spans[size, 3], spans[size, 4] = (y1 - y0) / (x1 - x0), 1.0
        return size + 1
    return size


@njit(cache=True, nogil=True, error_model="numpy")
def _left_of(spans, size, x):
    """Return how much of a subject lies to the left of x."""
    total = 0.0
    for k in range(size):
        # Not max and min, here and below: numba makes them care for NaN.
        right = spans[k, 1] if spans[k, 1] < x else x
        width = right - spans[k, 0]
        if width > 0.0:
            total += spans[k, 4] * (spans[k, 2] + spans[k, 3] * 0.5 * width) * width
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _under_both(spans, size, left, right, first, slope):
    """Return the sum over a subject's edges for one edge of a zone, without the zone's sign."""
    total = 0.0
    for k in range(size):
        low, high = spans[k, 0], spans[k, 1]
        low = left if low < left else low
        high = right if high > right else high
        if high <= low:
            continue
        mine0 = spans[k, 2] + spans[k, 3] * (low - spans[k, 0])
        mine1 = spans[k, 2] + spans[k, 3] * (high - spans[k, 0])
        theirs0 = first + slope * (low - left)
        theirs1 = first + slope * (high - left)
        gap0 = mine0 - theirs0
        gap1 = mine1 - theirs1
        if (gap0 < 0.0) != (gap1 < 0.0):
            share = gap0 / (gap0 - gap1)
            node = mine0 + share * (mine1 - mine0)
            if gap0 < 0.0:
                twice = share * (mine0 + node) + (1.0 - share) * (node + theirs1)
            else:
                twice = share * (theirs0 + node) + (1.0 - share) * (node + mine1)
        elif gap0 + gap1 <= 0.0:
            twice = mine0 + mine1
        else:
            twice = theirs0 + theirs1
        total += spans[k, 4] * twice * (high - low)
    return 0.5 * total


@njit(cache=True, nogil=True, error_model="numpy")
def _shared(spans, size, box, whole, edges, begin, end, ox, oy):
    """Return the area that a subject shares with a group of a zone's edges.

    ``box`` is the subject's west, east and height; its edges and box are seen
    from ``(ox, oy)``, with its lowest point at height 0.
    """
    west, east, top = box
    total = 0.0
    wholes = 0
    for k in range(begin, end):
        x0 = edges[k, 0] - ox
        y0 = edges[k, 1] - oy
        x1 = edges[k, 2] - ox
        y1 = edges[k, 3] - oy
        under0 = y0 <= top
        under1 = y1 <= top
        if not (under0 or under1):
            continue
        if under0 != under1:
            at = x0 + (top - y0) / (y1 - y0) * (x1 - x0)
            sign = 1 if under0 else -1
            if at >= east:
                wholes += sign
            elif at > west:
                total += sign * _left_of(spans, size, at)
            if under0:
                x1, y1 = at, top
            else:
                x0, y0 = at, top
        if x0 < x1:
            if x1 > west and x0 < east and (y0 > 0.0 or y1 > 0.0):
                total -= _under_both(spans, size, x0, x1, y0, (y1 - y0) / (x1 - x0))
        elif x1 < x0 and x0 > west and x1 < east and (y0 > 0.0 or y1 > 0.0):
            total += _under_both(spans, size, x1, x0, y1, (y1 - y0) / (x1 - x0))
    return total + wholes * whole


@njit(cache=True, nogil=True, error_model="numpy")
def _box(xy, begin, end):
    """Return west, south, east and north of some vertices."""
    west, south = xy[begin]
    east, north = west, south
    for k in range(begin + 1, end):
        x, y = xy[k, 0], xy[k, 1]
        # No branches: nobody can guess which way a ring turns.
        west = x if x < west else west
        east = x if x > east else east
        south = y if y < south else south
        north = y if y > north else north
    return west, south, east, north


@njit(cache=True, nogil=True, error_model="numpy")
def _load(xy, starts, hole, first, last, ox, oy, spans):
    """Note a subject's edges as seen from ``(ox, oy)``; return their number and its area."""
    size = 0
    twice = 0.0
    for ring in range(first, last):
        around = signed(xy, starts[ring], starts[ring + 1])
        twice += -abs(around) if hole[ring] else abs(around)
        forward = (around >= 0.0) != hole[ring]
        px, py = xy[starts[ring], 0] - ox, xy[starts[ring], 1] - oy
        for k in range(starts[ring] + 1, starts[ring + 1]):
            x, y = xy[k, 0] - ox, xy[k, 1] - oy
            if forward:
                size = _add_edge(spans, size, px, py, x, y)
            else:
                size = _add_edge(spans, size, x, y, px, py)
            px, py = x, y
    return size, 0.5 * twice


@njit(cache=True, nogil=True)
def _kept(zone, area, begin, end, trace):
    """Keep the entries above a trace, in the order of zones (they are few); return their end."""
    kept = begin
    for at in range(begin, end):
        if area[at] > trace:
            number, part = zone[at], area[at]
            place = kept
            while place > begin and zone[place - 1] > number:
                zone[place], area[place] = zone[place - 1], area[place - 1]
                place -= 1
            zone[place], area[place] = number, part
            kept += 1
    return kept


@njit(cache=True, nogil=True, error_model="numpy")
def _area(xy, starts, hole, first, last):
    """Return the area of a subject."""
    twice = 0.0
    for ring in range(first, last):
        around = abs(signed(xy, starts[ring], starts[ring + 1]))
        twice += -around if hole[ring] else around
    return 0.5 * twice


@njit(cache=True, nogil=True, error_model="numpy")
def _filling(cell_first, owner, full, nx, left, right, low, high):
    """Return the zone that fills some cells, each alone; -1 where none does."""
    found = -1
    for row in range(low, high + 1):
        for cell in range(row * nx + left, row * nx + right + 1):
            g = cell_first[cell]
            if cell_first[cell + 1] != g + 1 or not full[g] or (found >= 0 and owner[g] != found):
                return -1
            found = owner[g]
    return found


@njit(cache=True, nogil=True)
def _doubled(subject, zone, area):
    room = 2 * len(zone)
    return grown(subject, room), grown(zone, room), grown(area, room)


@njit(cache=True, nogil=True, error_model="numpy")
def _small(
    xy, starts, hole, first_ring, begin, end, most_cells, share, most_trace,
    x0, y0, length, nx, ny, cell_first, owner, group_starts, edges, full,
):  # fmt: skip
    """Return subject, zone and area of the subjects from ``begin`` to ``end``, and the wide."""
    room = 2 * (end - begin) + 64
    wide = np.zeros(end - begin, np.bool_)
    subject, zone, area = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room)
    count = 0
    most = 0
    for i in range(begin, end):
        most = max(most, starts[first_ring[i + 1]] - starts[first_ring[i]])
    spans = np.empty((most + 1, 5))
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0))
    sides = np.empty((4, 4))
    for k in range(4):
        sides[k, 0], sides[k, 1] = corners[k][0] * length, corners[k][1] * length
        sides[k, 2], sides[k, 3] = corners[k + 1][0] * length, corners[k + 1][1] * length
    for i in range(begin, end):
        first, last = first_ring[i], first_ring[i + 1]
        if first == last:
            continue
        west, south, east, north = _box(xy, starts[first], starts[last])
        ox, oy = west - x0, south - y0
        west_cell, east_cell = np.floor(ox / length), np.floor((east - x0) / length)
        south_cell, north_cell = np.floor(oy / length), np.floor((north - y0) / length)
        if (east_cell - west_cell + 1.0) * (north_cell - south_cell + 1.0) > most_cells:
            wide[i - begin] = True
            continue
        left, right = int(max(west_cell, 0.0)), int(min(east_cell, nx - 1.0))
        low, high = int(max(south_cell, 0.0)), int(min(north_cell, ny - 1.0))
        alone = left == right and low == high
        if count == len(zone):
            subject, zone, area = _doubled(subject, zone, area)
        if left == west_cell and right == east_cell and low == south_cell and high == north_cell:
            filling = _filling(cell_first, owner, full, nx, left, right, low, high)
            if filling >= 0:  # most subjects that share anything lie within, far from borders
                whole = _area(xy, starts, hole, first, last)
                if whole > min(most_trace, share * max(1.0, whole)):
                    subject[count], zone[count], area[count] = i, filling, whole
                    count += 1
                continue
        box = (0.0, east - west, north - south)
        mine = count
        size = -1
        whole = 0.0
        for row in range(low, high + 1):
            for column in range(left, right + 1):
                cell = row * nx + column
                cx, cy = ox - column * length, oy - row * length
                for g in range(cell_first[cell], cell_first[cell + 1]):
                    if size < 0:
                        size, whole = _load(xy, starts, hole, first, last, west, south, spans)
                    if not full[g]:
                        part = _shared(
                            spans, size, box, whole, edges,
                            group_starts[g], group_starts[g + 1], cx, cy,
                        )  # fmt: skip
                    elif alone:
                        part = whole
                    else:
                        part = _shared(spans, size, box, whole, sides, 0, 4, cx, cy)
                    at = mine
                    while at < count and zone[at] != owner[g]:
                        at += 1
                    if at == count:
                        if count == len(zone):
                            subject, zone, area = _doubled(subject, zone, area)
                        zone[at], area[at] = owner[g], 0.0
                        count += 1
                    area[at] += part
        count = _kept(zone, area, mine, count, min(most_trace, share * max(1.0, whole)))
        subject[mine:count] = i
    return subject[:count], zone[:count], area[:count], wide


def small(
    subjects: Polygons, zones: Cells, *, wide: int, traces: tuple[float, float], workers: int = 1
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]], NDArray[np.int64]]:
    """Return (subject, zone, area) of uncut subjects, and the subjects too wide for that.

    Each pair comes once, in the order of subjects and zones, and if it shares
    more than a trace: ``traces`` are the share of a subject (of 1 for a smaller
    one) and the area up to which it may be one. Subjects with
    more than ``wide`` cells under their box are left. Time grows with the
    vertices of the subjects and, where a zone's border runs through a cell under
    a subject's box, with the edges there.
    """
    lattice = zones.lattice

    def run(begin: int) -> tuple[NDArray, ...]:
        return _small(
            subjects.xy, subjects.starts, subjects.hole, subjects.first_ring,
            begin, min(begin + SLICE, subjects.count), wide, *traces,
            lattice.x0, lattice.y0, lattice.size, lattice.nx, lattice.ny,
            zones.first, zones.owner, zones.starts, zones.edges, zones.full,
        )  # fmt: skip

    begins = range(0, max(subjects.count, 1), SLICE)
    if workers > 1:
        with ThreadPoolExecutor(workers) as pool:
            parts = list(pool.map(run, begins))
    else:
        parts = [run(begin) for begin in begins]
    *shared, left = (np.concatenate(column) for column in zip(*parts, strict=True))
    return tuple(shared), np.flatnonzero(left)
