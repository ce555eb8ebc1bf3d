"""The sums of kernel.py as loops, compiled: the same numbers, some tens of times as fast.

Small subjects are not cut: their edges meet the zones' edges in the cells under their
box. Where kernel.py counts a subject's edges above a point, here it is those below:

    area(A and B) = sum over a, b of  s_a * s_b * integral of max(y_b - y_a, 0) dx

with s_a = 1 for an edge of A that runs to the right and s_b = 1 for one of B that runs to
the left. Heights need no base, and edges of B below those of A add nothing at all. All of
A's edges are done at a time, each into a sum of its own: the processor may take several in
a step, and the sums are the same however many it takes. Needs numba; nothing else imports
this module before asking for it.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit
from numpy.typing import NDArray

from zoning.overlay.ahead_compiled import BLOCK, looked_up
from zoning.overlay.flat import Polygons
from zoning.overlay.lattice import Cells
from zoning.overlay.lattice_compiled import grown, signed

SLICE = 1 << 15
"""Subjects that one call works on: enough to make the call cheap, few enough to share out."""

WEST, EAST, BASE, SLOPE, SIGN = range(5)
"""Rows of a subject's edges: the stretch of x, the line's height at x = 0, its slope, s_a."""

NARROW = 1e-100
"""An edge over no more than this is upright: it lies over no stretch of x and has no slope."""

TINY = 1e-300
"""Keeps 0 / 0 at 0 and is lost in any other sum of heights."""


@njit(cache=True, nogil=True, error_model="numpy")
def _between(spans, sums, size, left, right, base, slope, sign):
    """Add twice the area between a subject's edges and one above them, by edge.

    The edge above lies over ``left`` to ``right`` and is given by its line.
    """
    for k in range(size):
        # Not max and min, here and below: numba makes them care for NaN.
        low, high = spans[WEST, k], spans[EAST, k]
        low = left if low < left else low
        high = right if high > right else high
        width = high - low
        width = width if width > 0.0 else 0.0
        rise = slope - spans[SLOPE, k]
        gap0 = (base - spans[BASE, k]) + rise * low
        gap1 = gap0 + rise * width
        # Of two gaps of one sign all or nothing; of two edges that cross, the triangle.
        above = (gap0 if gap0 > 0.0 else 0.0) + (gap1 if gap1 > 0.0 else 0.0)
        apart = abs(gap0) + abs(gap1) + TINY
        sums[k] += sign * width * (above * (above / apart))


@njit(cache=True, nogil=True, error_model="numpy")
def _summed(spans, sums, size):
    """Return the area that the sums make, and begin them anew."""
    twice = 0.0
    for k in range(size):
        twice += spans[SIGN, k] * sums[k]
        sums[k] = 0.0
    return 0.5 * twice


@njit(cache=True, nogil=True, error_model="numpy")
def _near(edges, begin, end, west, south, east, north, near):
    """Note which edges may run through a box.

    Return how many, and how often the others go up through the line along its top
    to the right of it, less how often down.
    """
    count = ups = 0
    for k in range(begin, end):
        x0, y0, x1, y1 = edges[k, 0], edges[k, 1], edges[k, 2], edges[k, 3]
        under0, under1 = y0 <= north, y1 <= north
        ups += ((x0 >= east) & (x1 >= east)) * (under0 * 1 - under1 * 1)
        # No branches: nobody can guess where a border runs.
        near[count] = k
        count += (
            ((x0 < east) | (x1 < east))
            & ((x0 > west) | (x1 > west))
            & (under0 | under1)
            & ((y0 > south) | (y1 > south))
        )
    return count, ups


@njit(cache=True, nogil=True, error_model="numpy")
def _met(spans, sums, size, west, south, east, north, whole, edges, near, count):
    """Return the area that a subject shares with the zone through the edges near its box.

    The subject's box is seen as the edges are. An edge that leaves through the line along the
    top is closed along that line, to the west: all of the subject lies under it.
    """
    width, top = east - west, north - south
    ups = 0
    for n in range(count):
        k = near[n]
        x0, y0 = edges[k, 0] - west, edges[k, 1] - south
        x1, y1 = edges[k, 2] - west, edges[k, 3] - south
        under0 = edges[k, 1] <= north
        if under0 != (edges[k, 3] <= north):
            at = x0 + (top - y0) / (y1 - y0) * (x1 - x0)
            up = 1 if under0 else -1
            if at >= width:
                ups += up
            elif at > 0.0:
                _between(spans, sums, size, 0.0, at, top, 0.0, up)
            if under0:
                x1, y1 = at, top
            else:
                x0, y0 = at, top
        if abs(x1 - x0) > NARROW:
            slope = (y1 - y0) / (x1 - x0)
            base = y0 - slope * x0
            if x0 < x1:
                _between(spans, sums, size, x0, x1, base, slope, -1.0)
            else:
                _between(spans, sums, size, x1, x0, base, slope, 1.0)
    return _summed(spans, sums, size) + ups * whole


@njit(cache=True, nogil=True, error_model="numpy")
def _below_left(spans, sums, size, east, north, whole, x, y):
    """Return how much of a subject, its edges and box from 0, lies below and left of a point."""
    if x <= 0.0 or y <= 0.0:
        return 0.0
    if x >= east and y >= north:
        return whole
    _between(spans, sums, size, 0.0, x, y, 0.0, 1.0)
    return _summed(spans, sums, size)


@njit(cache=True, nogil=True, error_model="numpy")
def _within(spans, sums, size, east, north, whole, x, y, length):
    """Return how much of a subject lies in the cell whose lower left corner is ``(x, y)``."""
    return (
        _below_left(spans, sums, size, east, north, whole, x + length, y + length)
        - _below_left(spans, sums, size, east, north, whole, x, y + length)
        - _below_left(spans, sums, size, east, north, whole, x + length, y)
        + _below_left(spans, sums, size, east, north, whole, x, y)
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _area(xy, starts, hole, first, last):
    """Return the area of a subject."""
    twice = 0.0
    for ring in range(first, last):
        around = abs(signed(xy, starts[ring], starts[ring + 1]))
        twice += -around if hole[ring] else around
    return 0.5 * twice


@njit(cache=True, nogil=True, error_model="numpy")
def _load(xy, starts, hole, first, last, ox, oy, spans):
    """Note a subject's edges as seen from ``(ox, oy)``; return their number."""
    size = 0
    for ring in range(first, last):
        begin, end = starts[ring], starts[ring + 1]
        ahead = (signed(xy, begin, end) >= 0.0) != hole[ring]
        right = 1.0 if ahead else -1.0
        for k in range(begin, end - 1):
            x0, y0 = xy[k, 0] - ox, xy[k, 1] - oy
            x1, y1 = xy[k + 1, 0] - ox, xy[k + 1, 1] - oy
            upright = abs(x1 - x0) <= NARROW
            slope = 0.0 if upright else (y1 - y0) / (x1 - x0)
            spans[WEST, size] = x0 if x0 < x1 else x1
            spans[EAST, size] = x1 if x0 < x1 and not upright else x0
            spans[BASE, size], spans[SLOPE, size] = y0 - slope * x0, slope
            spans[SIGN, size] = right if x0 < x1 else -right
            size += 1
    return size


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
def _measured(
    xy, starts, hole, first, last, whole, box, under, x0, y0, length, nx,
    cell_first, owner, group_starts, edges, full, spans, sums, near, zone, area, begin,
):  # fmt: skip
    """Note how much a subject shares with the zones in its cells, each once; return the end."""
    west, south, east, north = box
    left, right, low, high = under
    width, top = east - west, north - south
    size = 0
    count = begin
    for row in range(low, high + 1):
        for column in range(left, right + 1):
            cell = row * nx + column
            cx, cy = west - x0 - column * length, south - y0 - row * length
            within = cx >= 0.0 and cy >= 0.0 and cx + width <= length and cy + top <= length
            for g in range(cell_first[cell], cell_first[cell + 1]):
                some = ups = 0
                if not full[g]:
                    some, ups = _near(
                        edges, group_starts[g], group_starts[g + 1],
                        cx, cy, cx + width, cy + top, near,
                    )  # fmt: skip
                    if not (some or ups):
                        continue
                if not size and (some or (full[g] and not within)):
                    size = _load(xy, starts, hole, first, last, west, south, spans)
                if full[g]:
                    part = whole
                    if not within:
                        part = _within(spans, sums, size, width, top, whole, -cx, -cy, length)
                else:
                    part = ups * whole
                    if some:
                        part += _met(
                            spans, sums, size, cx, cy, cx + width, cy + top,
                            whole, edges, near, some,
                        )  # fmt: skip
                at = begin
                while at < count and zone[at] != owner[g]:
                    at += 1
                if at == count:
                    zone[at], area[at] = owner[g], 0.0
                    count += 1
                area[at] += part
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _small(
    xy, starts, hole, first_ring, begin, end, most_cells, share, most_trace, x0, y0, length,
    nx, ny, cell_first, owner, group_starts, edges, full, alone, longest,
):  # fmt: skip
    """Return subject, zone and area of the subjects from ``begin`` to ``end``, and the wide."""
    wide = np.zeros(end - begin, np.bool_)
    room = 2 * (end - begin) + 64
    subject, zone, area = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room)
    count = 0
    most = 0
    for i in range(begin, end):
        most = max(most, starts[first_ring[i + 1]] - starts[first_ring[i]])
    spans, sums = np.empty((5, most)), np.zeros(most)
    near = np.empty(longest + 1, np.int64)
    who, boxes = np.empty(BLOCK, np.int64), np.empty((BLOCK, 4))
    under = np.empty((BLOCK, 5), np.int64)
    for block in range(begin, end, BLOCK):
        met = looked_up(
            xy, starts, first_ring, block, min(block + BLOCK, end), most_cells, x0, y0, length,
            nx, ny, cell_first, group_starts, edges, alone,
            who, boxes, under, wide[block - begin :],
        )  # fmt: skip
        for n in range(met):
            i = who[n]
            first, last = first_ring[i], first_ring[i + 1]
            if count + under[n, 4] > len(zone):
                room = 2 * (count + under[n, 4])
                subject, zone, area = grown(subject, room), grown(zone, room), grown(area, room)
            whole = _area(xy, starts, hole, first, last)
            mine = count
            if under[n, 1] < 0:  # most that share anything lie within, far from borders
                zone[count], area[count] = under[n, 0], whole
                count += 1
            else:
                # Not views of the rows: each would be counted, which costs more than the copies.
                box = boxes[n, 0], boxes[n, 1], boxes[n, 2], boxes[n, 3]
                cells = under[n, 0], under[n, 1], under[n, 2], under[n, 3]
                count = _measured(
                    xy, starts, hole, first, last, whole, box, cells, x0, y0, length, nx,
                    cell_first, owner, group_starts, edges, full, spans, sums, near,
                    zone, area, count,
                )  # fmt: skip
            count = _kept(zone, area, mine, count, min(most_trace, share * max(1.0, whole)))
            for at in range(mine, count):
                subject[at] = i
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
    longest = int(np.diff(zones.starts).max(initial=0))

    def run(begin: int) -> tuple[NDArray, ...]:
        return _small(
            subjects.xy, subjects.starts, subjects.hole, subjects.first_ring,
            begin, min(begin + SLICE, subjects.count), wide, *traces,
            lattice.x0, lattice.y0, lattice.size, lattice.nx, lattice.ny, zones.first,
            zones.owner, zones.starts, zones.edges, zones.full, zones.alone, longest,
        )  # fmt: skip

    begins = range(0, max(subjects.count, 1), SLICE)
    if workers > 1:
        with ThreadPoolExecutor(workers) as pool:
            parts = list(pool.map(run, begins))
    else:
        parts = [run(begin) for begin in begins]
    *shared, left = (np.concatenate(column) for column in zip(*parts, strict=True))
    return tuple(shared), np.flatnonzero(left)
