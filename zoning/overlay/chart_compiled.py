"""The polynomials of chart.py worked out point by point, compiled.

Needs numba; nothing else imports this module before asking for it.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def bounds(xy):
    """Return west, south, east and north of points, one at least."""
    west, south = xy[0]
    east, north = west, south
    for k in range(1, len(xy)):
        x, y = xy[k, 0], xy[k, 1]
        west, east = min(west, x), max(east, x)
        south, north = min(south, y), max(north, y)
    return west, south, east, north


@njit(cache=True, nogil=True)
def counted(xy, side, box):
    """Return how many points lie in each tile of a box: first column and row, numbers of both."""
    column, row, columns, rows = box
    counts = np.zeros(columns * rows, np.int64)
    for k in range(len(xy)):
        across = int(np.floor(xy[k, 0] / side)) - column
        up = int(np.floor(xy[k, 1] / side)) - row
        counts[across * rows + up] += 1
    return counts


@njit(cache=True, nogil=True, inline="always")
def _value(c, u, v):
    """Return a polynomial of degree 5: the terms of each power of u by powers of v."""
    least = c[0] + v * (c[1] + v * (c[2] + v * (c[3] + v * (c[4] + v * c[5]))))
    one = c[6] + v * (c[7] + v * (c[8] + v * (c[9] + v * c[10])))
    two = c[11] + v * (c[12] + v * (c[13] + v * c[14]))
    three = c[15] + v * (c[16] + v * c[17])
    return least + u * (one + u * (two + u * (three + u * (c[18] + v * c[19] + u * c[20]))))


@njit(cache=True, nogil=True)
def _run(xy, begin, end, middle, half, c, there):
    """Work out points of one tile."""
    for k in range(begin, end):
        u, v = (xy[k, 0] - middle[0]) / half, (xy[k, 1] - middle[1]) / half
        there[k, 0] = c[0, 21] + _value(c[0], u, v)
        there[k, 1] = c[1, 21] + _value(c[1], u, v)


@njit(cache=True, nogil=True)
def carried(xy, side, box, number, table):
    """Return where the points come to, and which are left open.

    ``number`` gives each tile of the box its polynomials in ``table`` ``(n, 2, 22)``, -1
    for a tile that has none; the last of the 22 is where the tile's middle comes to.
    """
    column, row, _, rows = box
    there = np.empty(xy.shape)
    left = np.zeros(len(xy), np.bool_)
    k = 0
    while k < len(xy):
        across, up = np.floor(xy[k, 0] / side), np.floor(xy[k, 1] / side)
        west, south = across * side, up * side
        east, north = west + side, south + side
        end = k + 1
        while end < len(xy) and west <= xy[end, 0] < east and south <= xy[end, 1] < north:
            end += 1
        tile = number[(int(across) - column) * rows + int(up) - row]
        if tile < 0:
            left[k:end] = True
        else:
            middle = west + 0.5 * side, south + 0.5 * side
            _run(xy, k, end, middle, 0.5 * side, table[tile], there)
        k = end
    return there, left
