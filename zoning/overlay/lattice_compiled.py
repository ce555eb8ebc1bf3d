"""The cut of lattice.py as loops, compiled: the same groups, their edges in another order.

Edges are counted by cell, then put where they belong, polygon after polygon: nothing is sorted.
Needs numba; nothing else imports this module before asking for it.
"""

import numpy as np
from numba import njit

from zoning.overlay.flat import Polygons
from zoning.overlay.lattice import Cells, Crossings, Lattice, sides


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def cell_of(local, size, most):
    """Return the column or row, -1 or ``most`` where it lies beyond the lattice."""
    return int(min(max(np.floor(local / size), -1.0), float(most)))


@njit(cache=True, nogil=True, error_model="numpy")
def _count(xy, starts, x0, y0, size, nx, ny):
    """Return how many edges cross a line, and how many lines they cross."""
    far = 0
    crossed = 0
    for ring in range(len(starts) - 1):
        column = cell_of(xy[starts[ring], 0] - x0, size, nx)
        row = cell_of(xy[starts[ring], 1] - y0, size, ny)
        for k in range(starts[ring] + 1, starts[ring + 1]):
            next_column = cell_of(xy[k, 0] - x0, size, nx)
            next_row = cell_of(xy[k, 1] - y0, size, ny)
            across = abs(next_column - column) + abs(next_row - row)
            crossed += across
            far += across > 0
            column, row = next_column, next_row
    return far, crossed


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


@njit(cache=True, nogil=True, error_model="numpy")
def _walk(
    xy, starts, owners, hole, x0, y0, size, nx, ny,
    counts, piece_cell, piece, cross_row, cross_line, cross_at, cross_sign, cross_owner,
):  # fmt: skip
    """Fill the lines crossed, and the pieces of the edges that cross; count pieces by cell.

    Returns which rings run with the interior on their left. A piece outside is in cell -1.
    """
    forward = np.empty(len(starts) - 1, np.bool_)
    place = 0
    cross = 0
    for ring in range(len(starts) - 1):
        forward[ring] = (signed(xy, starts[ring], starts[ring + 1]) >= 0.0) != hole[ring]
        for k in range(starts[ring], starts[ring + 1] - 1):
            one, two = (k, k + 1) if forward[ring] else (k + 1, k)
            ax, ay = xy[one, 0] - x0, xy[one, 1] - y0
            bx, by = xy[two, 0] - x0, xy[two, 1] - y0
            column, row = cell_of(ax, size, nx), cell_of(ay, size, ny)
            across = cell_of(bx, size, nx) - column
            up = cell_of(by, size, ny) - row
            if not (across or up):
                if 0 <= column < nx and 0 <= row < ny:
                    counts[row * nx + column] += 1
                continue
            right, above = (1 if across > 0 else -1), (1 if up > 0 else -1)
            across, up = abs(across), abs(up)
            px, py = ax, ay
            while True:
                inside = 0 <= column < nx and 0 <= row < ny
                cell = row * nx + column if inside else -1
                if inside:
                    counts[cell] += 1
                piece_cell[place] = cell
                left, low = column * size, row * size
                piece[place, 0], piece[place, 1] = px - left, py - low
                if not (across or up):
                    piece[place, 2], piece[place, 3] = bx - left, by - low
                    place += 1
                    break
                px, py, by_row = leaving(
                    ax, ay, bx, by, column, row, right, above, across, up, size, nx, ny
                )
                piece[place, 2], piece[place, 3] = px - left, py - low
                place += 1
                cross_row[cross], cross_owner[cross] = by_row, owners[ring]
                if by_row:
                    cross_line[cross] = row + 1 if above > 0 else row
                    cross_at[cross], cross_sign[cross] = px, above
                    row += above
                    up -= 1
                else:
                    cross_line[cross] = column + 1 if right > 0 else column
                    cross_at[cross], cross_sign[cross] = py, right
                    column += right
                    across -= 1
                cross += 1
    return forward


@njit(cache=True, nogil=True, error_model="numpy")
def _place(
    xy, starts, owners, forward, x0, y0, size, nx, ny,
    piece_cell, piece, side_cell, side_owner, side, free, edges, owner, own,
):  # fmt: skip
    """Put every edge and every side into its cell, polygon after polygon.

    ``free`` has where the next edge of each cell goes.
    """
    walked = sided = 0
    for ring in range(len(starts) - 1):
        for k in range(starts[ring], starts[ring + 1] - 1):
            one, two = (k, k + 1) if forward[ring] else (k + 1, k)
            ax, ay = xy[one, 0] - x0, xy[one, 1] - y0
            bx, by = xy[two, 0] - x0, xy[two, 1] - y0
            column, row = cell_of(ax, size, nx), cell_of(ay, size, ny)
            across = abs(cell_of(bx, size, nx) - column) + abs(cell_of(by, size, ny) - row)
            if not across:
                if 0 <= column < nx and 0 <= row < ny:
                    cell = row * nx + column
                    left, low = column * size, row * size
                    at = free[cell]
                    edges[at, 0], edges[at, 1] = ax - left, ay - low
                    edges[at, 2], edges[at, 3] = bx - left, by - low
                    owner[at], own[at] = owners[ring], True
                    free[cell] = at + 1
                continue
            for number in range(walked, walked + across + 1):
                cell = piece_cell[number]
                if cell >= 0:
                    at = free[cell]
                    edges[at] = piece[number]
                    owner[at], own[at] = owners[ring], True
                    free[cell] = at + 1
            walked += across + 1
        if ring + 1 < len(owners) and owners[ring + 1] == owners[ring]:
            continue
        while sided < len(side_owner) and side_owner[sided] == owners[ring]:
            at = free[side_cell[sided]]
            edges[at] = side[sided]
            owner[at], own[at] = owners[ring], False
            free[side_cell[sided]] = at + 1
            sided += 1


@njit(cache=True, nogil=True)
def _groups(begin, owner, own, edges):
    """Return cell, owner, start and fullness of each group; drop the edges of full ones."""
    count = 0
    for cell in range(len(begin) - 1):
        for k in range(begin[cell], begin[cell + 1]):
            if k == begin[cell] or owner[k] != owner[k - 1]:
                count += 1
    cells = np.empty(count, np.int64)
    owners = np.empty(count, np.int64)
    starts = np.empty(count + 1, np.int64)
    full = np.empty(count, np.bool_)
    group = kept = 0
    for cell in range(len(begin) - 1):
        k = begin[cell]
        while k < begin[cell + 1]:
            stop = k
            crossed = False
            while stop < begin[cell + 1] and owner[stop] == owner[k]:
                crossed |= own[stop]
                stop += 1
            cells[group], owners[group] = cell, owner[k]
            starts[group], full[group] = kept, not crossed
            if crossed:
                for one in range(k, stop):
                    edges[kept] = edges[one]
                    kept += 1
            group += 1
            k = stop
    starts[count] = kept
    return cells, owners, starts, full


def cut(polygons: Polygons, lattice: Lattice) -> Cells:
    """Return polygons cut by a lattice; what lies beyond it is left out."""
    where = lattice.x0, lattice.y0, lattice.size, lattice.nx, lattice.ny
    rings = polygons.xy, polygons.starts, polygons.owner
    far, crossed = _count(polygons.xy, polygons.starts, *where)
    crossings = Crossings(
        row=np.empty(crossed, np.bool_),
        line=np.empty(crossed, np.int64),
        at=np.empty(crossed),
        sign=np.empty(crossed, np.int64),
        owner=np.empty(crossed, np.int64),
    )
    piece_cell, piece = np.empty(far + crossed, np.int64), np.empty((far + crossed, 4))
    counts = np.zeros(lattice.nx * lattice.ny, np.int64)
    forward = _walk(
        *rings, polygons.hole, *where, counts, piece_cell, piece,
        crossings.row, crossings.line, crossings.at, crossings.sign, crossings.owner,
    )  # fmt: skip
    side_cell, side_owner, side = sides(crossings, lattice)
    order = np.argsort(side_owner, kind="stable")
    side_cell, side_owner, side = side_cell[order], side_owner[order], side[order]
    counts += np.bincount(side_cell, minlength=len(counts))
    begin = np.append(0, np.cumsum(counts))
    edges = np.empty((begin[-1], 4))
    owner, own = np.empty(begin[-1], np.int32), np.empty(begin[-1], np.bool_)
    _place(
        *rings, forward, *where,
        piece_cell, piece, side_cell, side_owner, side, begin[:-1].copy(), edges, owner, own,
    )  # fmt: skip
    cell, owners, starts, full = _groups(begin, owner, own, edges)
    return Cells(lattice, cell, owners, starts, edges[: starts[-1]], full)
