"""The walk of lattice.py as a loop, compiled: the same pieces in the same order of edges.

Needs numba; nothing else imports this module before asking for it.
"""

import numpy as np
from numba import njit

from zoning.overlay.flat import Polygons
from zoning.overlay.lattice import Lattice, Walk


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _at(local, size, most):
    """Return the column or row, -1 or ``most`` where it lies beyond the lattice."""
    return int(min(max(np.floor(local / size), -1.0), float(most)))


@njit(cache=True, nogil=True, error_model="numpy")
def _count(xy, starts, x0, y0, size, nx, ny):
    """Return how many edges and how many crossed lines there are."""
    edges = 0
    crossed = 0
    for ring in range(len(starts) - 1):
        column = _at(xy[starts[ring], 0] - x0, size, nx)
        row = _at(xy[starts[ring], 1] - y0, size, ny)
        for k in range(starts[ring] + 1, starts[ring + 1]):
            next_column = _at(xy[k, 0] - x0, size, nx)
            next_row = _at(xy[k, 1] - y0, size, ny)
            crossed += abs(next_column - column) + abs(next_row - row)
            column, row = next_column, next_row
            edges += 1
    return edges, crossed


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _within(local, cell, size, most):
    """Return a coordinate moved into a column or row; those beyond the lattice have no end."""
    if cell >= 0:
        local = max(local, cell * size)
    if cell < most:
        local = min(local, (cell + 1) * size)
    return local


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
def _fill(
    xy, starts, owners, hole, x0, y0, size, nx, ny,
    columns, rows, owner, edges,
    cross_row, cross_line, cross_at, cross_sign, cross_owner,
):  # fmt: skip
    """Fill the arrays of a Walk."""
    piece = 0
    cross = 0
    for ring in range(len(starts) - 1):
        forward = (signed(xy, starts[ring], starts[ring + 1]) >= 0.0) != hole[ring]
        for k in range(starts[ring], starts[ring + 1] - 1):
            one, two = (k, k + 1) if forward else (k + 1, k)
            ax, ay = xy[one, 0] - x0, xy[one, 1] - y0
            bx, by = xy[two, 0] - x0, xy[two, 1] - y0
            column, row = _at(ax, size, nx), _at(ay, size, ny)
            across = _at(bx, size, nx) - column
            up = _at(by, size, ny) - row
            right, above = (1 if across > 0 else -1), (1 if up > 0 else -1)
            across, up = abs(across), abs(up)
            px, py = ax, ay
            while across or up:
                along_x = along_y = np.inf
                if across:
                    line_x = column + 1 if right > 0 else column
                    along_x = (line_x * size - ax) / (bx - ax)
                if up:
                    line_y = row + 1 if above > 0 else row
                    along_y = (line_y * size - ay) / (by - ay)
                columns[piece], rows[piece], owner[piece] = column, row, owners[ring]
                left, low = column * size, row * size
                edges[piece, 0], edges[piece, 1] = px - left, py - low
                if across and (not up or along_x <= along_y):
                    # Rounding must not carry a crossing out of the cell walked through.
                    at = ay + (line_x * size - ax) * ((by - ay) / (bx - ax))
                    at = _within(at, row, size, ny)
                    px, py = line_x * size, at
                    cross_row[cross], cross_line[cross], cross_sign[cross] = False, line_x, right
                    column += right
                    across -= 1
                else:
                    at = ax + (line_y * size - ay) * ((bx - ax) / (by - ay))
                    at = _within(at, column, size, nx)
                    px, py = at, line_y * size
                    cross_row[cross], cross_line[cross], cross_sign[cross] = True, line_y, above
                    row += above
                    up -= 1
                cross_at[cross], cross_owner[cross] = at, owners[ring]
                cross += 1
                edges[piece, 2], edges[piece, 3] = px - left, py - low
                piece += 1
            columns[piece], rows[piece], owner[piece] = column, row, owners[ring]
            left, low = column * size, row * size
            edges[piece, 0], edges[piece, 1] = px - left, py - low
            edges[piece, 2], edges[piece, 3] = bx - left, by - low
            piece += 1


def walk(polygons: Polygons, lattice: Lattice) -> Walk:
    """Walk every edge through the cells it crosses."""
    where = lattice.x0, lattice.y0, lattice.size, lattice.nx, lattice.ny
    edges, crossed = _count(polygons.xy, polygons.starts, *where)
    pieces = edges + crossed
    walked = Walk(
        column=np.empty(pieces, np.int64),
        row=np.empty(pieces, np.int64),
        owner=np.empty(pieces, np.int64),
        edges=np.empty((pieces, 4)),
        cross_row=np.empty(crossed, np.bool_),
        cross_line=np.empty(crossed, np.int64),
        cross_at=np.empty(crossed),
        cross_sign=np.empty(crossed, np.int64),
        cross_owner=np.empty(crossed, np.int64),
    )
    _fill(
        polygons.xy, polygons.starts, polygons.owner, polygons.hole, *where,
        walked.column, walked.row, walked.owner, walked.edges,
        walked.cross_row, walked.cross_line, walked.cross_at, walked.cross_sign,
        walked.cross_owner,
    )  # fmt: skip
    return walked


@njit(cache=True, nogil=True)
def order(key, groups):
    """Return the order that sorts small whole numbers, equal ones as they come."""
    begin = np.zeros(groups + 1, np.int64)
    for k in range(len(key)):
        begin[key[k] + 1] += 1
    for group in range(groups):
        begin[group + 1] += begin[group]
    placed = np.empty(len(key), np.int64)
    for k in range(len(key)):
        placed[begin[key[k]]] = k
        begin[key[k]] += 1
    return placed
