"""The cut of lattice.py as loops, compiled: the same groups, their edges in another order.

Each ring is followed from cell to cell. What of it lies in one cell is a path (paths_compiled.py):
from where it enters, over some vertices, to where it leaves. Sides follow from the lines crossed,
polygon after polygon. Paths are counted by group, then written as edges where they belong: no edge
is sorted or moved. Needs numba; nothing else imports this module before asking for it.

A helper that takes arrays has no branch around its last use of one, and arrays that grow are
replaced in the outermost loop only: else numba counts references at every step, at twice the cost.
"""

import numpy as np
from numba import njit

from zoning.overlay.flat import Polygons
from zoning.overlay.lattice import Cells, Lattice
from zoning.overlay.paths_compiled import by_line, group_of, note, rooms, sides

TRIANGLE = 4
"""Points of the smallest ring, the first one again at its end."""

VERTICES_A_PATH = 3
"""So many at least are expected when room for paths is made; it grows where edges are longer."""


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def cell_of(local, size, most):
    """Return the column or row, -1 or ``most`` where it lies beyond the lattice."""
    return int(min(max(np.floor(local / size), -1.0), float(most)))


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _within(local, cell, size, most):
    """Return a coordinate moved into a column or row; those beyond the lattice have no end."""
    if cell >= 0:
        local = max(local, cell * size)
    if cell < most:
        local = min(local, (cell + 1) * size)
    return local


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def leaving(ax, ay, bx, by, column, row, right, above, across, up, size, nx, ny):
    """Return where an edge from a to b leaves a cell, and whether through a row's line.

    ``right, above`` are its directions, ``across, up`` the lines that it has yet to cross.
    """
    line_x = (column + 1 if right > 0 else column) * size
    line_y = (row + 1 if above > 0 else row) * size
    along_x = (line_x - ax) / (bx - ax) if across else np.inf
    along_y = (line_y - ay) / (by - ay) if up else np.inf
    # Rounding must not carry a crossing out of the cell walked through.
    if across and (not up or along_x <= along_y):
        at = ay + (line_x - ax) * ((by - ay) / (bx - ax))
        return line_x, _within(at, row, size, ny), False
    at = ax + (line_y - ay) * ((bx - ax) / (by - ay))
    return _within(at, column, size, nx), line_y, True


@njit(cache=True, nogil=True)
def grown(array, size):
    """Return an array with room for more."""
    larger = np.empty(size, array.dtype)
    larger[: len(array)] = array
    return larger


@njit(cache=True, nogil=True, error_model="numpy")
def signed(xy, begin, end):
    """Return twice the area of a ring, positive where it runs with the interior on its left."""
    ox, oy = xy[begin, 0], xy[begin, 1]
    total = 0.0
    px = py = 0.0
    for k in range(begin + 1, end):
        x, y = xy[k, 0] - ox, xy[k, 1] - oy
        total += px * y - x * py
        px, py = x, y
    return total


@njit(cache=True, nogil=True)
def ring_sizes(xy, points, holes):
    """Return how many points each ring has, from those of each polygon and how many holes it has.

    A ring ends where its first vertex comes again. Nothing is returned where that makes other
    rings than a polygon has. If it makes as many, either they are its rings or one of them was
    taken apart and another is part of its neighbour, which then touches itself: such polygons
    are invalid either way.
    """
    sizes = np.empty(len(points) + holes.sum(), np.int64)
    ring = k = 0
    for i in range(len(points)):
        end = k + points[i]
        if not holes[i]:
            sizes[ring] = points[i]
            ring += 1
            k = end
            continue
        for _ in range(holes[i] + 1):
            begin = k
            k += 1
            while k < end and not (xy[k, 0] == xy[begin, 0] and xy[k, 1] == xy[begin, 1]):
                k += 1
            k += 1
            if k > end or k - begin < TRIANGLE:
                return sizes[:0]
            sizes[ring] = k - begin
            ring += 1
        if k != end:
            return sizes[:0]
    return sizes


@njit(cache=True, nogil=True)
def _longer(table, rows):
    """Return a table with room for some rows, and as many again where it must grow."""
    if rows <= len(table):
        return table
    larger = np.empty((2 * rows, table.shape[1]), table.dtype)
    larger[: len(table)] = table
    return larger


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _span(cell, size, most):
    """Return from where to before where a column or row lies; those beyond have no end."""
    return (cell * size if cell >= 0 else -np.inf), ((cell + 1) * size if cell < most else np.inf)


@njit(cache=True, nogil=True, error_model="numpy")
def _crossed(xy, begin, end, x0, y0, size, nx, ny):
    """Return how many lines a ring crosses."""
    count = 0
    left = low = np.inf
    right = top = -np.inf
    column = cell_of(xy[begin, 0] - x0, size, nx)
    row = cell_of(xy[begin, 1] - y0, size, ny)
    for k in range(begin, end):
        x, y = xy[k, 0] - x0, xy[k, 1] - y0
        if left <= x < right and low <= y < top:
            continue
        next_column, next_row = cell_of(x, size, nx), cell_of(y, size, ny)
        count += abs(next_column - column) + abs(next_row - row)
        column, row = next_column, next_row
        left, right = _span(column, size, nx)
        low, top = _span(row, size, ny)
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _follow(
    xy, start, last, owner, x0, y0, size, nx, ny,
    latest, mine, group, groups, path, ends, paths, crossing, place, crossings,
):  # fmt: skip
    """Note the paths of a ring from its first vertex to its last, and the lines it crosses."""
    step = 1 if last > start else -1
    ax, ay = xy[start, 0] - x0, xy[start, 1] - y0
    column, row = cell_of(ax, size, nx), cell_of(ay, size, ny)
    left, right = _span(column, size, nx)
    low, top = _span(row, size, ny)
    sx, sy = ax, ay
    k = begin = start + step
    while True:
        bx, by = xy[k, 0] - x0, xy[k, 1] - y0
        if not (left <= bx < right and low <= by < top):
            across = cell_of(bx, size, nx) - column
            up = cell_of(by, size, ny) - row
            toward, above = (1 if across > 0 else -1), (1 if up > 0 else -1)
            across, up = abs(across), abs(up)
            while across or up:
                qx, qy, by_row = leaving(
                    ax, ay, bx, by, column, row, toward, above, across, up, size, nx, ny
                )
                if 0 <= column < nx and 0 <= row < ny:
                    g, groups = group_of(row * nx + column, owner, mine, latest, group, groups)
                    ox, oy = column * size, row * size
                    note(path, ends, paths, g, begin, k, sx - ox, sy - oy, qx - ox, qy - oy)
                    group[g, 2] += abs(k - begin) + 1
                    paths += 1
                if by_row:
                    crossing[crossings, 0] = row + 1 if above > 0 else row
                    crossing[crossings, 1], place[crossings] = -above, qx
                    row += above
                    up -= 1
                else:
                    crossing[crossings, 0] = ny + 1 + (column + 1 if toward > 0 else column)
                    crossing[crossings, 1], place[crossings] = toward, qy
                    column += toward
                    across -= 1
                crossings += 1
                sx, sy = qx, qy
                begin = k
            left, right = _span(column, size, nx)
            low, top = _span(row, size, ny)
        ax, ay = bx, by
        if k == last:
            break
        k += step
    if 0 <= column < nx and 0 <= row < ny:
        g, groups = group_of(row * nx + column, owner, mine, latest, group, groups)
        ox, oy = column * size, row * size
        note(path, ends, paths, g, begin, k, sx - ox, sy - oy, ax - ox, ay - oy)
        group[g, 2] += abs(k - begin) + 1
        paths += 1
    return groups, paths, crossings


@njit(cache=True, nogil=True, error_model="numpy")
def _trace(xy, starts, owners, hole, x0, y0, size, nx, ny, path, ends):
    """Return the groups in the order of owners, and the paths in them; room for those is given."""
    latest = np.full(nx * ny, -1, np.int32)
    group = np.empty((len(starts), 3), np.int64)
    crossing, place = np.empty((0, 2), np.int64), np.empty(0)
    at, turn = np.empty(0), np.empty(0, np.int64)
    on_line = np.zeros(nx + ny + 2, np.int64)
    lines, line_ends = np.empty_like(on_line), np.empty_like(on_line)
    groups = paths = ring = 0
    while ring < len(owners):
        owner = owners[ring]
        following = ring
        crossed = 0
        while following < len(owners) and owners[following] == owner:
            crossed += _crossed(xy, starts[following], starts[following + 1], x0, y0, size, nx, ny)
            following += 1
        if crossed > len(place):
            crossing, place = np.empty((2 * crossed, 2), np.int64), np.empty(2 * crossed)
            at, turn = np.empty(2 * crossed), np.empty(2 * crossed, np.int64)
        room = following - ring + crossed
        group = _longer(group, groups + room)
        path, ends = _longer(path, paths + room), _longer(ends, paths + room)
        mine = groups
        crossings = 0
        for r in range(ring, following):
            begin, last = starts[r], starts[r + 1] - 1
            if (signed(xy, begin, last + 1) >= 0.0) == hole[r]:
                begin, last = last, begin
            groups, paths, crossings = _follow(
                xy, begin, last, owner, x0, y0, size, nx, ny,
                latest, mine, group, groups, path, ends, paths, crossing, place, crossings,
            )  # fmt: skip
        ring = following
        if not crossings:
            continue
        count = by_line(crossing, place, crossings, on_line, lines, line_ends, at, turn)
        full, deepest = rooms(count, lines, line_ends, at, turn, size, nx, ny)
        room = deepest * (4 * (groups - mine) + 2 * crossings)
        group = _longer(group, groups + full)
        path, ends = _longer(path, paths + room), _longer(ends, paths + room)
        groups, paths = sides(
            count, lines, line_ends, at, turn, owner, size, nx, ny,
            latest, mine, group, groups, path, ends, paths,
        )  # fmt: skip
    return group[:groups], path[:paths], ends[:paths]


@njit(cache=True, nogil=True)
def _sorted(group, cells):
    """Return where each cell's groups begin, which they are, and where their edges begin."""
    first = np.zeros(cells + 1, np.int64)
    for g in range(len(group)):
        first[group[g, 0] + 1] += 1
    for cell in range(cells):
        first[cell + 1] += first[cell]
    free = first[:-1].copy()
    order = np.empty(len(group), np.int64)
    for g in range(len(group)):
        order[free[group[g, 0]]] = g
        free[group[g, 0]] += 1
    starts = np.zeros(len(group) + 1, np.int64)
    for n in range(len(group)):
        starts[n + 1] = starts[n] + group[order[n], 2]
    return first, order, starts


@njit(cache=True, nogil=True)
def _write(xy, x0, y0, size, nx, group, path, ends, free, twice, edges):
    """Write the edges of every path; sum up twice the area of each group."""
    for p in range(len(path)):
        g = path[p, 0]
        at = free[g]
        px, py = ends[p, 0], ends[p, 1]
        k, stop = path[p, 1], path[p, 2]
        total = 0.0
        if k != stop:
            step = 1 if stop > k else -1
            row = group[g, 0] // nx
            left, low = (group[g, 0] - row * nx) * size, row * size
            while k != stop:
                x, y = (xy[k, 0] - x0) - left, (xy[k, 1] - y0) - low
                edges[at, 0], edges[at, 1], edges[at, 2], edges[at, 3] = px, py, x, y
                total += px * y - x * py
                px, py = x, y
                at += 1
                k += step
        x, y = ends[p, 2], ends[p, 3]
        edges[at, 0], edges[at, 1], edges[at, 2], edges[at, 3] = px, py, x, y
        twice[g] += total + (px * y - x * py)
        free[g] = at + 1


def cut(polygons: Polygons, lattice: Lattice) -> Cells:
    """Return polygons cut by a lattice; what lies beyond it is left out."""
    x0, y0, size, nx, ny = lattice.x0, lattice.y0, lattice.size, lattice.nx, lattice.ny
    room = len(polygons.owner) + len(polygons.xy) // VERTICES_A_PATH
    group, path, ends = _trace(
        polygons.xy, polygons.starts, polygons.owner, polygons.hole, x0, y0, size, nx, ny,
        np.empty((room, 3), np.int64), np.empty((room, 4)),
    )  # fmt: skip
    first, order, starts = _sorted(group, nx * ny)
    free = np.empty(len(group), np.int64)
    free[order] = starts[:-1]
    edges, twice = np.empty((int(starts[-1]), 4)), np.zeros(len(group))
    _write(polygons.xy, x0, y0, size, nx, group, path, ends, free, twice, edges)
    cell, owner, count = group[order].T
    cells = Cells(lattice, cell.copy(), owner.copy(), starts, edges, count == 0)
    areas = np.where(cells.full, size * size, 0.5 * twice[order])
    vars(cells).update(first=first, areas=areas)  # known already: not worked out again
    return cells
