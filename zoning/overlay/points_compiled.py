"""Which zones hold which points, by one walk along the zones' borders. Needs numba.

Points are put into the cells of a lattice. Seen from the top of a point's cell, the
zone's border is crossed an odd number of times on the way along the line to the left
where the zone is; each edge between the point and that top turns the answer over once
more. So no edge is kept: the borders run by, and what they cross is noted. Even and odd
tell inside from outside because zones are valid.

That is decided in floating point, so points within ``CLOSE`` of a border are named as
open, and points as close to a line of the lattice are set apart: GEOS, whose predicate
is exact, must decide them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from shapely import Geometry

from zoning.overlay.flat import POLYGON_TYPES, Polygons
from zoning.overlay.lattice import Lattice
from zoning.overlay.lattice_compiled import cell_of, grown, leaving

CLOSE = 1e-6
"""Metres from a border within which floating point does not decide."""

ODD, NEAR = 1, 2
"""Of a point: it has passed an odd number of edges, it is close to one. Of a cell: an odd
number of edges cross the line above it up to its left end, an edge runs through it."""


@dataclass(frozen=True, slots=True)
class Held:
    """Points and the zones that hold them; ``open`` marks pairs that are not decided.

    ``apart`` are the points of which nothing is said.
    """

    point: NDArray[np.int64]
    zone: NDArray[np.int64]
    open: NDArray[np.bool_]
    apart: NDArray[np.int64]


class _Sorted(NamedTuple):
    """Points by cell: which they are, where they are seen from the origin, each cell's first."""

    which: NDArray[np.int64]
    local: NDArray[np.float64]
    begin: NDArray[np.int64]


class _Notes(NamedTuple):
    """What the border of one zone leaves behind: by point, by cell (one more in each row).

    ``first, last`` are the columns that it runs through in each row, ``rows`` the first
    and the last of these.
    """

    points: NDArray[np.uint8]
    cells: NDArray[np.uint8]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    rows: NDArray[np.int64]


def plain_rings(shapes: Sequence[Geometry]) -> Polygons | None:
    """Return the rings of valid polygons without asking GEOS for each: all as shells.

    None where vertices alone do not tell for sure where rings end: a first vertex that
    comes twice in a row, or what is no polygon.
    """
    zones = np.asarray(shapes, dtype=object)
    kinds = shapely.get_type_id(zones)
    if not np.isin(kinds[~shapely.is_missing(zones)], POLYGON_TYPES).all():
        return None
    xy = shapely.get_coordinates(zones)
    starts, owner, plain = _rings(xy, np.cumsum(shapely.get_num_coordinates(zones)))
    if not plain:
        return None
    return Polygons(xy, starts, owner, np.zeros(len(owner), bool), len(zones))


@njit(cache=True, nogil=True)
def _rings(xy, ends):
    """Return where rings start, their zones, and whether that is certain.

    A ring of a valid polygon comes back to its first vertex at its end only.
    """
    starts, owner = np.empty(64, np.int64), np.empty(64, np.int64)
    count = k = 0
    for zone in range(len(ends)):
        while k < ends[zone]:
            if count + 1 == len(starts):
                starts, owner = grown(starts, 2 * count + 2), grown(owner, 2 * count + 2)
            starts[count], owner[count] = k, zone
            x, y = xy[k, 0], xy[k, 1]
            k += 1
            begin = k
            while k < ends[zone] and not (xy[k, 0] == x and xy[k, 1] == y):
                k += 1
            twice = k + 1 < ends[zone] and xy[k + 1, 0] == x and xy[k + 1, 1] == y
            if k == ends[zone] or k == begin or twice:
                return starts[:1], owner[:0], False
            k += 1
            count += 1
    starts[count] = k
    return starts[: count + 1], owner[:count], True


@njit(cache=True, nogil=True)
def _bounds(xy, west, south, east, north):
    """Return how many points lie in a box, and their own box."""
    count = 0
    left, low, right, high = east, north, west, south
    for i in range(len(xy)):
        x, y = xy[i, 0], xy[i, 1]
        if west <= x <= east and south <= y <= north:
            count += 1
            left, right = min(left, x), max(right, x)
            low, high = min(low, y), max(high, y)
    return count, left, low, right, high


@njit(cache=True, nogil=True, error_model="numpy")
def _sort(xy, x0, y0, size, nx, ny, close_m):
    """Return the points by cell, and those too close to a line; the others lie outside."""
    cells = np.empty(len(xy), np.int32)
    begin = np.zeros(nx * ny + 2, np.int64)
    apart = np.zeros(len(xy), np.bool_)
    for i in range(len(xy)):
        x, y = xy[i, 0] - x0, xy[i, 1] - y0
        cells[i] = nx * ny
        if 0.0 <= x < nx * size and 0.0 <= y < ny * size:
            column, row = int(x / size), int(y / size)
            x, y = x - column * size, y - row * size
            if min(x, y) > close_m and max(x, y) < size - close_m:
                cells[i] = row * nx + column
            else:
                apart[i] = True
        begin[cells[i] + 1] += 1
    for cell in range(nx * ny):
        begin[cell + 1] += begin[cell]
    kept = begin[nx * ny]
    which, local = np.empty(kept, np.int64), np.empty((kept, 2))
    free = begin.copy()
    for i in range(len(xy)):
        if cells[i] < nx * ny:
            at = free[cells[i]]
            which[at], local[at, 0], local[at, 1] = i, xy[i, 0] - x0, xy[i, 1] - y0
            free[cells[i]] = at + 1
    return which, local, begin, np.flatnonzero(apart)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _pass(local, notes, begin, end, ax, ay, bx, by, close_m):
    """Turn over the points of a cell that lie below an edge, and note those close to it."""
    left, right = min(ax, bx), max(ax, bx)
    low, high = min(ay, by), max(ay, by)
    slope = (by - ay) / (bx - ax) if ax != bx else 0.0
    near = close_m * (1.0 + abs(slope))
    for k in range(begin, end):
        x, y = local[k, 0], local[k, 1]
        if x < left - close_m or x > right + close_m or y > high + close_m:
            continue
        above = ay + slope * (x - ax) - y
        if y >= low - close_m and (right - left <= close_m or abs(above) <= near):
            notes[k] |= NEAR
        if left <= x < right and above > 0.0:
            notes[k] ^= ODD


@njit(cache=True, nogil=True, inline="always")
def _note(notes, row, column, at):
    """Note that a border runs through a cell."""
    notes.cells[at] |= NEAR
    notes.first[row] = min(notes.first[row], column)
    notes.last[row] = max(notes.last[row], column)
    notes.rows[0] = min(notes.rows[0], row)
    notes.rows[1] = max(notes.rows[1], row)


@njit(cache=True, nogil=True, error_model="numpy")
def _through(points, notes, grid, ax, ay, bx, by, place, target, close_m):
    """Follow an edge from its cell through others to the last one."""
    _, _, size, nx, ny = grid
    column, row = place
    across, up = target[0] - column, target[1] - row
    right, above = (1 if across > 0 else -1), (1 if up > 0 else -1)
    across, up = abs(across), abs(up)
    px, py = ax, ay
    while True:
        inside = 0 <= column < nx and 0 <= row < ny
        qx, qy, by_row = bx, by, False
        if across or up:
            qx, qy, by_row = leaving(
                ax, ay, bx, by, column, row, right, above, across, up, size, nx, ny
            )
        if inside:
            cell = row * nx + column
            _note(notes, row, column, row * (nx + 1) + column)
            _pass(
                points.local, notes.points, points.begin[cell], points.begin[cell + 1],
                px, py, qx, qy, close_m,
            )  # fmt: skip
        if not (across or up):
            return
        below = row if above > 0 else row - 1
        if by_row and 0 <= below < ny and column < nx:
            if column >= 0:
                cell = below * nx + column
                for k in range(points.begin[cell], points.begin[cell + 1]):
                    if points.local[k, 0] >= qx:
                        notes.points[k] ^= ODD
            _note(notes, below, max(column, 0), below * (nx + 1) + max(column, 0))
            notes.cells[below * (nx + 1) + column + 1] ^= ODD
        if by_row:
            row, up = row + above, up - 1
        else:
            column, across = column + right, across - 1
        px, py = qx, qy


@njit(cache=True, nogil=True, error_model="numpy")
def _walk(xy, begin, end, points, notes, grid, close_m):
    """Walk along one ring; edges that stay in their cell are most of them, and cheap."""
    x0, y0, size, nx, ny = grid
    local, passed, starts = points.local, notes.points, points.begin
    ax, ay = xy[begin, 0] - x0, xy[begin, 1] - y0
    column, row = cell_of(ax, size, nx), cell_of(ay, size, ny)
    entered = False
    west = south = np.inf
    east = north = -np.inf
    for k in range(begin + 1, end):
        bx, by = xy[k, 0] - x0, xy[k, 1] - y0
        if not (entered and west <= bx < east and south <= by < north):
            place = column, row
            column, row = cell_of(bx, size, nx), cell_of(by, size, ny)
            above_or_below = row == place[1] and (row < 0 or row == ny)
            if not (above_or_below or column == place[0] == nx):  # where no point sees it
                _through(points, notes, grid, ax, ay, bx, by, place, (column, row), close_m)
            west = column * size if column >= 0 else -np.inf
            east = (column + 1) * size if column < nx else np.inf
            south = row * size if row >= 0 else -np.inf
            north = (row + 1) * size if row < ny else np.inf
            entered = True
        elif 0 <= column < nx and 0 <= row < ny:
            cell = row * nx + column
            first, last = starts[cell], starts[cell + 1]
            if first < last:
                _pass(local, passed, first, last, ax, ay, bx, by, close_m)
        ax, ay = bx, by


@njit(cache=True, nogil=True)
def _collect(points, notes, grid, zone, found, count):
    """Add the points that one zone holds, and leave no note behind."""
    _, _, _, nx, ny = grid
    which, zones, opens = found
    for row in range(notes.rows[0], notes.rows[1] + 1):
        inside = 0
        for column in range(notes.first[row], nx):
            note = notes.cells[row * (nx + 1) + column]
            notes.cells[row * (nx + 1) + column] = 0
            inside ^= note & ODD
            if not (inside or note):
                if column > notes.last[row]:
                    break
                continue
            cell = row * nx + column
            for k in range(points.begin[cell], points.begin[cell + 1]):
                mine = notes.points[k]
                notes.points[k] = 0
                if (mine ^ inside) & ODD or mine & NEAR:
                    if count == len(which):
                        which, zones = grown(which, 2 * count), grown(zones, 2 * count)
                        opens = grown(opens, 2 * count)
                    which[count], zones[count] = points.which[k], zone
                    opens[count] = mine & NEAR != 0
                    count += 1
        notes.first[row], notes.last[row] = nx, -1
    notes.rows[0], notes.rows[1] = ny, -1
    return (which, zones, opens), count


@njit(cache=True, nogil=True)
def _held(xy, starts, owner, points, notes, grid, close_m):
    """Return point, zone and openness of each pair, zone after zone."""
    room = len(points.which) + 64
    found = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.bool_)
    count = 0
    for ring in range(len(owner)):
        _walk(xy, starts[ring], starts[ring + 1], points, notes, grid, close_m)
        if ring + 1 == len(owner) or owner[ring + 1] != owner[ring]:
            found, count = _collect(points, notes, grid, owner[ring], found, count)
    which, zones, opens = found
    return which[:count], zones[:count], opens[:count]


def held(xy: NDArray[np.float64], zones: Polygons) -> Held:
    """Return which zones, all of them valid, hold which points ``(n, 2)``; in any order.

    Time grows with the vertices, with the points, with the points in the cells that an
    edge runs through, for each edge, and with the cells in the rows that a zone spans.
    Memory: some 50 bytes a point and 17 a cell, of which there are about as many as points.
    """
    _, *around = _bounds(zones.xy, -np.inf, -np.inf, np.inf, np.inf)
    count, *box = _bounds(xy, *around)
    if not count:
        none = np.empty(0, np.int64)
        return Held(none, none, np.empty(0, bool), none)
    lattice = Lattice.over(np.array(box[:2]), np.array(box[2:]), cells=count)
    grid = lattice.x0, lattice.y0, lattice.size, lattice.nx, lattice.ny
    *order, apart = _sort(xy, *grid, CLOSE)
    notes = _Notes(
        np.zeros(len(order[0]), np.uint8),
        np.zeros((lattice.nx + 1) * lattice.ny, np.uint8),
        np.full(lattice.ny, lattice.nx),
        np.full(lattice.ny, -1),
        np.array([lattice.ny, -1]),
    )
    found = _held(zones.xy, zones.starts, zones.owner, _Sorted(*order), notes, grid, CLOSE)
    return Held(*found, apart)
