"""The unions of land.py as loops, compiled: one sweep from left to right through each cell.

Needs numba; nothing else imports this module before asking for it.
"""

import numpy as np
from numba import njit

from zoning.overlay.lattice import Cells
from zoning.overlay.lattice_compiled import grown

LEFT, RIGHT, FIRST, LAST, SLOPE, SIGN = range(6)
"""Columns of an edge over its stretch of x: ends, heights there, slope, 1 for a lower border."""


@njit(cache=True, nogil=True, error_model="numpy")
def _loaded(edges, begin, end):
    """Return the edges that are not upright as spans, in the order of their left ends."""
    spans = np.empty((end - begin, 6))
    count = 0
    for k in range(begin, end):
        x0, y0, x1, y1 = edges[k]
        if x0 == x1:
            continue
        slope = (y1 - y0) / (x1 - x0)
        if x0 < x1:
            spans[count] = x0, x1, y0, y1, slope, 1.0
        else:
            spans[count] = x1, x0, y1, y0, slope, -1.0
        count += 1
    return spans[np.argsort(spans[:count, LEFT], kind="mergesort")]


@njit(cache=True, nogil=True, error_model="numpy")
def _height(spans, k, x):
    """Return the height of a span at x, the same for all that ask, between those of its ends."""
    first, last = spans[k, FIRST], spans[k, LAST]
    if x <= spans[k, LEFT]:
        return first
    if x >= spans[k, RIGHT]:
        return last
    height = first + spans[k, SLOPE] * (x - spans[k, LEFT])
    low, high = (first, last) if first < last else (last, first)
    height = height if height > low else low
    return height if height < high else high


@njit(cache=True, nogil=True, error_model="numpy")
def _events(spans):
    """Return every x at which a span ends or two cross, ascending, each once."""
    count = len(spans)
    xs = np.empty(4 * count)
    xs[:count], xs[count : 2 * count] = spans[:, LEFT], spans[:, RIGHT]
    size = 2 * count
    for i in range(count):
        right = spans[i, RIGHT]
        low, high = min(spans[i, FIRST], spans[i, LAST]), max(spans[i, FIRST], spans[i, LAST])
        for j in range(i + 1, count):
            begin = spans[j, LEFT]
            if begin >= right:
                break
            first, last = spans[j, FIRST], spans[j, LAST]
            if (first > high and last > high) or (first < low and last < low):
                continue
            end = spans[j, RIGHT] if spans[j, RIGHT] < right else right
            gap0 = _height(spans, i, begin) - first
            gap1 = _height(spans, i, end) - _height(spans, j, end)
            if (gap0 < 0.0 < gap1) or (gap1 < 0.0 < gap0):
                if size == len(xs):
                    xs = grown(xs, 2 * size)
                xs[size] = begin + (end - begin) * (gap0 / (gap0 - gap1))
                size += 1
    xs = np.sort(xs[:size])
    kept = 0
    for k in range(size):
        if k == 0 or xs[k] != xs[kept - 1]:
            xs[kept] = xs[k]
            kept += 1
    return xs[:kept]


@njit(cache=True, nogil=True, error_model="numpy")
def _order(spans, active, count, heights, x):
    """Put the spans over x in their order from below; a lower border before an upper one."""
    for k in range(count):
        span = active[k]
        height = spans[span, FIRST] + spans[span, SLOPE] * (x - spans[span, LEFT])
        place = k
        while place > 0 and (
            heights[place - 1] > height
            or (heights[place - 1] == height and spans[active[place - 1], SIGN] < spans[span, SIGN])
        ):
            heights[place], active[place] = heights[place - 1], active[place - 1]
            place -= 1
        heights[place], active[place] = height, span


@njit(cache=True, nogil=True)
def _noted(out, size, x0, y0, x1, y1):
    """Append an edge; return where it is and how many there are."""
    if size == len(out):
        larger = np.empty((2 * size + 64, 4))
        larger[:size] = out
        out = larger
    out[size] = x0, y0, x1, y1
    return out, size + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _upright(x, ys, turns, count, out, size):
    """Append what closes the outline at x: up where land ends there, down where it begins."""
    for k in range(1, count):
        y, turn, place = ys[k], turns[k], k
        while place > 0 and ys[place - 1] > y:
            ys[place], turns[place] = ys[place - 1], turns[place - 1]
            place -= 1
        ys[place], turns[place] = y, turn
    depth = 0
    for k in range(count - 1):
        depth += turns[k]
        if ys[k] < ys[k + 1]:
            for _ in range(abs(depth)):
                if depth > 0:
                    out, size = _noted(out, size, x, ys[k], x, ys[k + 1])
                else:
                    out, size = _noted(out, size, x, ys[k + 1], x, ys[k])
    return out, size


@njit(cache=True, nogil=True, error_model="numpy")
def _swept(edges, begin, end, out, size):
    """Append the outline of all that lies within any of some outlines; edges close exactly."""
    spans = _loaded(edges, begin, end)
    xs = _events(spans)
    count = len(spans)
    active, heights = np.empty(count, np.int64), np.empty(count)
    was, now = np.empty(count, np.int64), np.empty(count, np.int64)
    opened, seen = np.empty(count), np.full(count, -2)
    ys, turns = np.empty(2 * count), np.empty(2 * count, np.int64)
    over = entered = borders = 0
    for at in range(len(xs)):
        x = xs[at]
        stay = 0
        for k in range(over):
            if spans[active[k], RIGHT] > x:
                active[stay] = active[k]
                stay += 1
        over = stay
        while entered < count and spans[entered, LEFT] <= x:
            active[over] = entered
            over += 1
            entered += 1
        breaks = after = depth = 0
        if over:
            _order(spans, active, over, heights, 0.5 * (x + xs[at + 1]))
        for k in range(over):
            span = active[k]
            sign = int(spans[span, SIGN])
            depth += sign
            if depth == (1 if sign > 0 else 0):
                now[after] = span
                after += 1
                if seen[span] != at - 1:
                    opened[span] = x
                    ys[breaks], turns[breaks] = _height(spans, span, x), -sign
                    breaks += 1
                seen[span] = at
        for k in range(borders):
            span = was[k]
            if seen[span] == at:
                continue
            before = opened[span]
            y0, y1 = _height(spans, span, before), _height(spans, span, x)
            ys[breaks], turns[breaks] = y1, int(spans[span, SIGN])
            breaks += 1
            if spans[span, SIGN] > 0.0:
                out, size = _noted(out, size, before, y0, x, y1)
            else:
                out, size = _noted(out, size, x, y1, before, y0)
        out, size = _upright(x, ys, turns, breaks, out, size)
        was, now = now, was
        borders = after
    return out, size


@njit(cache=True, nogil=True, error_model="numpy")
def _outline(edges, starts, leaf):
    """Return the outline of some groups' union: of few edges at a time, then of these unions.

    Many borders that cross one another lie within the union of a few of them already.
    """
    bounds = np.zeros(len(starts), np.int64)
    bags = 0
    for group in range(1, len(starts)):
        if starts[group] - bounds[bags] >= leaf or group + 1 == len(starts):
            bags += 1
            bounds[bags] = starts[group]
    together = 1
    while True:
        out, size = np.empty((bounds[bags] - bounds[0] + 16, 4)), 0
        begin, united = bounds[0], 0
        bounds[0] = 0
        for bag in range(0, bags, together):
            end = bounds[min(bag + together, bags)]
            out, size = _swept(edges, begin, end, out, size)
            begin = end
            united += 1
            bounds[united] = size
        edges, bags, together = out, united, 2
        if bags == 1:
            return edges[:size]


@njit(cache=True, nogil=True)
def _measured(edges, begin, end):
    """Return the area that edges enclose."""
    twice = 0.0
    for k in range(begin, end):
        twice += edges[k, 0] * edges[k, 3] - edges[k, 2] * edges[k, 1]
    return 0.5 * twice


@njit(cache=True, nogil=True)
def _around(edges, size):
    """Whether no edge runs through the inside of a cell."""
    for k in range(len(edges)):
        x0, y0, x1, y1 = edges[k]
        upright = x0 == x1 and (x0 == 0.0 or x1 == size)
        level = y0 == y1 and (y0 == 0.0 or y1 == size)
        if not (upright or level):
            return False
    return True


@njit(cache=True, nogil=True)
def _copied(edges, begin, end, out, size):
    """Append edges."""
    after = size + end - begin
    if after > len(out):
        larger = np.empty((2 * after, 4))
        larger[:size] = out[:size]
        out = larger
    for k in range(end - begin):
        for column in range(4):
            out[size + k, column] = edges[begin + k, column]
    return out, after


@njit(cache=True, nogil=True, error_model="numpy")
def _near(edges, starts, first, last):
    """Return which groups of a cell have a box that runs into the box of another."""
    count = last - first
    boxes, near = np.empty((count, 4)), np.zeros(count, np.bool_)
    for i in range(count):
        west = south = np.inf
        east = north = -np.inf
        for k in range(starts[first + i], starts[first + i + 1]):
            x, y = edges[k, 0], edges[k, 1]
            west, east = min(west, x), max(east, x)
            south, north = min(south, y), max(north, y)
        boxes[i] = west, south, east, north
        for j in range(i):
            if (
                not (near[i] and near[j])
                and west < boxes[j, 2] and boxes[j, 0] < east
                and south < boxes[j, 3] and boxes[j, 1] < north
            ):  # fmt: skip
                near[i] = near[j] = True
    return near


@njit(cache=True, nogil=True, error_model="numpy")
def _overlapping(edges, starts, first, last, near, leaf):
    """Return the outline of the union of those groups of a cell that are near another."""
    bounds = np.zeros(near.sum() + 1, np.int64)
    mine = np.empty((starts[last] - starts[first], 4))
    size = count = 0
    for group in range(first, last):
        if near[group - first]:
            for k in range(starts[group], starts[group + 1]):
                mine[size] = edges[k]
                size += 1
            count += 1
            bounds[count] = size
    return _measured(mine, 0, size), _outline(mine[:size], bounds, leaf)


@njit(cache=True, nogil=True, error_model="numpy")
def _united(cell, starts, edges, full, length, narrow, leaf):
    """Return cell, start, edges and fullness of the union in each cell, and what was double."""
    count = 0
    for group in range(len(cell)):
        count += group == 0 or cell[group] != cell[group - 1]
    cells, begins = np.empty(count, np.int64), np.zeros(count + 1, np.int64)
    fulls = np.zeros(count, np.bool_)
    out, size = np.empty((len(edges) + 64, 4)), 0
    doubled = 0.0
    alone = np.zeros(1, np.bool_)
    first = 0
    for at in range(count):
        cells[at] = cell[first]
        last = first
        filled = 0
        while last < len(cell) and cell[last] == cell[first]:
            filled += full[last]
            last += 1
        near = alone
        if filled:
            fulls[at] = True
            doubled += (filled - 1) * length**2 + _measured(edges, starts[first], starts[last])
        elif last - first > 1:
            near = _near(edges, starts, first, last)
        if near.any():
            apart, union = _overlapping(edges, starts, first, last, near, leaf)
            within = _measured(union, 0, len(union))
            if apart - within > narrow:
                doubled += apart - within
                fulls[at] = within > 0.5 * length**2 and _around(union, length)
                if not fulls[at]:
                    out, size = _copied(union, 0, len(union), out, size)
            else:
                near[:] = False
        if not fulls[at] and not near.any():
            out, size = _copied(edges, starts[first], starts[last], out, size)
        elif not fulls[at]:
            for group in range(first, last):
                if not near[group - first]:
                    out, size = _copied(edges, starts[group], starts[group + 1], out, size)
        begins[at + 1] = size
        first = last
    return cells, begins, out[:size], fulls, doubled


def united(cells: Cells, *, narrow: float, leaf: int) -> tuple[Cells, float]:
    """Return the cells of the union of all owners, and by how much their areas sum to more."""
    lattice = cells.lattice
    cell, starts, edges, full, doubled = _united(
        cells.cell, cells.starts, cells.edges, cells.full, lattice.size, narrow, leaf
    )
    return Cells(lattice, cell, np.zeros(len(cell), np.int64), starts, edges, full), doubled
