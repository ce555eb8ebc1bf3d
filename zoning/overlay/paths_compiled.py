"""Paths of polygons in the cells of a lattice: groups of them, and those along cells' sides.

A group is a polygon in a cell: cell, owner and number of edges, none if the cell is full. A path
is its group, the first vertex of the ring within and the one after the last, and the ends of the
path seen from the cell's corner; a part of a side is a path without vertices. A crossing is the
line that is crossed (those of rows first) and what it adds to the depth of the interior beyond it,
and where on the line. Needs numba; nothing else imports this module before asking for it.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def group_of(cell, owner, mine, latest, group, groups):
    """Return an owner's group in a cell, and how many there are; its groups begin at ``mine``."""
    # No branch: numba would count references to the arrays in it.
    fresh = latest[cell] < mine
    g = groups if fresh else latest[cell]
    latest[cell] = g
    group[g, 0], group[g, 1], group[g, 2] = cell, owner, 0 if fresh else group[g, 2]
    return g, groups + fresh


@njit(cache=True, nogil=True)
def note(path, ends, at, g, begin, stop, x0, y0, x1, y1):
    """Note a path."""
    path[at, 0], path[at, 1], path[at, 2] = g, begin, stop
    ends[at, 0], ends[at, 1], ends[at, 2], ends[at, 3] = x0, y0, x1, y1


@njit(cache=True, nogil=True)
def _by_place(at, turn, begin, end):
    """Sort crossings of one line by where they are: Shell's sort, mostly of two or three."""
    gap = 1
    while gap < (end - begin) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for k in range(begin + gap, end):
            here, turned = at[k], turn[k]
            place = k
            while place >= begin + gap and at[place - gap] > here:
                at[place], turn[place] = at[place - gap], turn[place - gap]
                place -= gap
            at[place], turn[place] = here, turned
        gap //= 3


@njit(cache=True, nogil=True)
def by_line(crossing, place, crossings, on_line, lines, ends, at, turn):
    """Sort the crossings of one polygon by line and place; return how many lines they cross.

    ``lines`` and ``ends`` get the lines and where the crossings of each end; ``on_line`` is
    zero before and after.
    """
    count = total = 0
    for n in range(crossings):
        line = crossing[n, 0]
        if not on_line[line]:
            lines[count] = line
            count += 1
        on_line[line] += 1
    for n in range(count):
        line = lines[n]
        size = on_line[line]
        on_line[line] = total
        total += size
    for n in range(crossings):
        line = crossing[n, 0]
        at[on_line[line]], turn[on_line[line]] = place[n], crossing[n, 1]
        on_line[line] += 1
    begin = 0
    for n in range(count):
        ends[n] = on_line[lines[n]]
        on_line[lines[n]] = 0
        _by_place(at, turn, begin, ends[n])
        begin = ends[n]
    return count


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _inside(low, high, size, count):
    """Return a stretch of a line within the lattice, and the cells that it begins and ends in."""
    low, high = min(max(low, 0.0), count * size), min(max(high, 0.0), count * size)
    return low, high, int(np.floor(low / size)), int(np.ceil(high / size))


@njit(cache=True, nogil=True, error_model="numpy")
def rooms(count, lines, line_ends, at, turn, size, nx, ny):
    """Return how many cells may be full, and how deep the interior is at the most.

    A valid polygon is nowhere deeper than 1.
    """
    full = deepest = begin = 0
    for n in range(count):
        depth = 0
        for m in range(begin, line_ends[n] - 1):
            depth += turn[m]
            deepest = max(deepest, abs(depth))
            if depth and lines[n] <= ny:
                _, _, first, past = _inside(at[m], at[m + 1], size, nx)
                full += past - first
        begin = line_ends[n]
    return full, deepest


@njit(cache=True, nogil=True, error_model="numpy")
def sides(
    count, lines, line_ends, at, turn, owner, size, nx, ny,
    latest, mine, group, groups, path, ends, paths,
):  # fmt: skip
    """Note the parts of cells' sides within a polygon, and the cells that are full."""
    begin = 0
    for n in range(count):
        rows = lines[n] <= ny
        line = lines[n] if rows else lines[n] - ny - 1
        along, most = (nx, ny) if rows else (ny, nx)
        depth = 0
        for m in range(begin, line_ends[n] - 1):
            depth += turn[m]
            if depth == 0:
                continue
            low, high, first, past = _inside(at[m], at[m + 1], size, along)
            if high <= low:
                continue
            for c in range(first, past):
                one, two = max(low - c * size, 0.0), min(high - c * size, size)
                if depth < 0:
                    one, two = two, one
                # The side belongs to the cell that begins at the line and to the one that ends.
                for back in range(2):
                    other = line - back
                    if not 0 <= other < most:
                        continue
                    cell = other * nx + c if rows else c * nx + other
                    g, groups = group_of(cell, owner, mine, latest, group, groups)
                    if not group[g, 2]:
                        continue  # full
                    far = back * size
                    for _ in range(abs(depth)):
                        if rows and back:
                            note(path, ends, paths, g, 0, 0, two, far, one, far)
                        elif rows:
                            note(path, ends, paths, g, 0, 0, one, far, two, far)
                        elif back:
                            note(path, ends, paths, g, 0, 0, far, one, far, two)
                        else:
                            note(path, ends, paths, g, 0, 0, far, two, far, one)
                        paths += 1
                    group[g, 2] += abs(depth)
        begin = line_ends[n]
    return groups, paths
