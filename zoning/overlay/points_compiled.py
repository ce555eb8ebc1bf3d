"""Which zones hold which points, by the cells that the zones were cut into. Needs numba.

A point lies inside where more of the edges above it run to the left than to the
right. That is decided in floating point, so points within ``CLOSE`` of a border
are named as open: GEOS, whose predicate is exact, must decide them.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from zoning.overlay.lattice import Cells

CLOSE = 1e-6
"""Metres from a border within which floating point does not decide."""


@dataclass(frozen=True, slots=True)
class Held:
    """Points and the zones that hold them; ``open`` marks pairs that are not decided."""

    point: NDArray[np.int64]
    zone: NDArray[np.int64]
    open: NDArray[np.bool_]


@njit(cache=True, nogil=True, error_model="numpy")
def _order(xy, x0, y0, size, nx, ny):
    """Return the points by cell, so that a cell's edges are fetched from memory once."""
    cells = np.empty(len(xy), np.int32)
    begin = np.zeros(nx * ny + 2, np.int64)
    for i in range(len(xy)):
        x, y = xy[i, 0] - x0, xy[i, 1] - y0
        cells[i] = nx * ny
        if 0.0 <= x < nx * size and 0.0 <= y < ny * size:
            cells[i] = int(y / size) * nx + int(x / size)
        begin[cells[i] + 1] += 1
    for cell in range(nx * ny):
        begin[cell + 1] += begin[cell]
    order = np.empty(len(xy), np.int64)
    for i in range(len(xy)):
        order[begin[cells[i]]] = i
        begin[cells[i]] += 1
    return order[: begin[nx * ny - 1]]


@njit(cache=True, nogil=True, error_model="numpy")
def _held(
    xy, x0, y0, size, nx, ny, first, owner, starts, edges, full, close_m,
):  # fmt: skip
    """Return point, zone and openness of each pair, by the cells of the points."""
    room = len(xy) + 64
    points, zones, opens = (
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.bool_),
    )
    count = 0
    for i in _order(xy, x0, y0, size, nx, ny):
        x, y = xy[i, 0] - x0, xy[i, 1] - y0
        left = max(int(np.floor((x - close_m) / size)), 0)
        right = min(int(np.floor((x + close_m) / size)), nx - 1)
        low = max(int(np.floor((y - close_m) / size)), 0)
        high = min(int(np.floor((y + close_m) / size)), ny - 1)
        # On a side of its cell, the border may be one that rounding left in the next cell.
        alone = left == right and low == high
        mine = count
        for row in range(low, high + 1):
            for column in range(left, right + 1):
                cell = row * nx + column
                for g in range(first[cell], first[cell + 1]):
                    inside, close = full[g], not alone
                    if alone and not full[g]:
                        inside, close = _beside(
                            edges, starts[g], starts[g + 1],
                            x - column * size, y - row * size, close_m,
                        )  # fmt: skip
                    if not (inside or close) or _noted(zones, mine, count, owner[g]):
                        continue
                    if count == room:
                        room *= 2
                        points, zones, opens = (
                            _grown(points, room), _grown(zones, room), _grown(opens, room),
                        )  # fmt: skip
                    points[count], zones[count], opens[count] = i, owner[g], close
                    count += 1
    return points[:count], zones[:count], opens[:count]


@njit(cache=True, nogil=True, error_model="numpy")
def _beside(edges, begin, end, x, y, close_m):
    """Return whether a cell's edges hold a point, and whether one comes close to it."""
    depth = 0
    close = False
    for k in range(begin, end):
        ax, ay, bx, by = edges[k]
        left, right = min(ax, bx), max(ax, bx)
        if x < left - close_m or x > right + close_m:
            continue
        low, high = min(ay, by), max(ay, by)
        if y > high + close_m:
            continue
        slope = (by - ay) / (bx - ax) if ax != bx else 0.0
        above = ay + slope * (x - ax) - y
        if y >= low - close_m and (
            right - left <= close_m or abs(above) <= close_m * (1.0 + abs(slope))
        ):
            close = True
        if left <= x < right and above > 0.0:
            depth += 1 if bx < ax else -1
    return depth > 0, close


@njit(cache=True, nogil=True)
def _noted(zones, begin, end, zone):
    """Whether a zone is among those of the point at hand."""
    for k in range(begin, end):
        if zones[k] == zone:
            return True
    return False


@njit(cache=True, nogil=True)
def _grown(array, size):
    larger = np.empty(size, array.dtype)
    larger[: len(array)] = array
    return larger


def held(xy: NDArray[np.float64], zones: Cells) -> Held:
    """Return which zones hold which points ``(n, 2)``, in any order.

    Time grows with the points and with the edges in the cells of those near a border.
    """
    lattice = zones.lattice
    return Held(
        *_held(
            np.ascontiguousarray(xy),
            lattice.x0, lattice.y0, lattice.size, lattice.nx, lattice.ny,
            zones.first, zones.owner, zones.starts, zones.edges, zones.full, CLOSE,
        )
    )  # fmt: skip
