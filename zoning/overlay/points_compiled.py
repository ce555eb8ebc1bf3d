"""Which zones hold which points, by one walk along the zones' borders. Needs numba.

Points are put into the cells of a lattice. Seen from the top of a point's cell, the
zone's border is crossed an odd number of times on the way along the line to the left
where the zone is; each edge between the point and that top turns the answer over once
more. So no edge is kept: the borders run by, a batch of zones at a time, and what they
cross is noted. Even and odd tell inside from outside because zones are valid.

That is decided in floating point, so points within ``CLOSE`` of a border are named as
open, and points as close to a line of the lattice are set apart: GEOS, whose predicate
is exact, must decide them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

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

BATCH = 1 << 16
"""Vertices of zones at a time: they stay in the processor's cache until they are done with."""

LEAN: Any = {"cache": True, "nogil": True, "_nrt": False, "forceinline": True}
"""Of a loop within a loop that makes no array: the arrays that it is given are not counted
as held once more at each call. That, each time, took longer than the loop itself."""

Grid = tuple[float, float, float, int, int]
"""A lattice's origin, the side of its cells, and how many columns and rows of them."""

ODD, NEAR = 1, 2
"""Of a point: it has passed an odd number of edges, it is close to one. Of a cell: an odd
number of edges cross the line above it up to its left end, points in it were looked at."""


@dataclass(frozen=True, slots=True)
class Held:
    """Points and the zones that hold them; of ``open`` pairs that is not decided.

    A pair is a point's number times the number of zones plus the zone's. ``apart`` are
    the points of which nothing is said.
    """

    pairs: NDArray[np.int64]
    open: NDArray[np.int64]
    apart: NDArray[np.int64]


def plain_rings(shapes: Sequence[Geometry]) -> Polygons | None:
    """Return the rings of valid polygons without asking GEOS for each: all as shells.

    None where vertices alone do not tell for sure where rings end: a first vertex that
    comes twice in a row, or what is no polygon; and where one is not finite.
    """
    zones = np.asarray(shapes, dtype=object)
    kinds = shapely.get_type_id(zones)
    if not np.isin(kinds[~shapely.is_missing(zones)], POLYGON_TYPES).all():
        return None
    xy = shapely.get_coordinates(zones)
    starts, owner, plain = _rings(xy, np.cumsum(shapely.get_num_coordinates(zones)))
    if not (plain and _finite(xy.ravel())):
        return None
    return Polygons(xy, starts, owner, np.zeros(len(owner), bool), len(zones))


@njit(**LEAN)
def _finite(values):
    """Return whether all values are finite: an infinite one less itself is not 0."""
    sound = True
    for value in values:
        sound &= value - value == 0.0
    return sound


@njit(**LEAN)
def _end(xy, start, stop):
    """Return after which vertex a ring ends that starts at one; -1 where that is not certain.

    A ring of a valid polygon comes back to its first vertex at its end only, but for a
    first vertex that comes several times in a row, or begins the next ring as well.
    """
    x, y = xy[start, 0], xy[start, 1]
    end = start + 1
    while end < stop and not (xy[end, 0] == x and xy[end, 1] == y):
        end += 1
    twice = end + 1 < stop and xy[end + 1, 0] == x and xy[end + 1, 1] == y
    return -1 if end == stop or end == start + 1 or twice else end + 1


@njit(cache=True, nogil=True)
def _rings(xy, ends):
    """Return where rings start, their zones, and whether that is certain."""
    starts, owner = np.zeros(64, np.int64), np.empty(64, np.int64)
    count = end = 0
    for zone in range(len(ends)):
        while end < ends[zone]:
            if count + 1 == len(starts):
                starts, owner = grown(starts, 2 * count + 2), grown(owner, 2 * count + 2)
            end = _end(xy, end, ends[zone])
            if end < 0:
                return starts[:1], owner[:0], False
            owner[count] = zone
            count += 1
            starts[count] = end
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
            left, right = (x if x < left else left), (x if x > right else right)
            low, high = (y if y < low else low), (y if y > high else high)
    return count, left, low, right, high


@njit(cache=True, nogil=True, error_model="numpy")
def _sort(xy, x0, y0, size, nx, ny, close_m, cells, which, local, begin):
    """Fill in each point's cell and the points by cell.

    A point outside is in the cell after the last one, one too close to a line in the one
    after that. ``begin`` has two places more than there are of these.
    """
    none, scale = nx * ny, 1.0 / size  # exact: a power of two
    for i in range(len(xy)):
        x, y = xy[i, 0] - x0, xy[i, 1] - y0
        cell = none
        if 0.0 <= x < nx * size and 0.0 <= y < ny * size:
            column, row = int(x * scale), int(y * scale)
            x, y = x - column * size, y - row * size
            clear = min(x, y) > close_m and max(x, y) < size - close_m
            cell = row * nx + column if clear else none + 1
        cells[i] = cell
        begin[cell + 2] += 1
    for cell in range(none):
        begin[cell + 2] += begin[cell + 1]
    for i in range(len(xy)):
        cell = cells[i]
        if cell < none:
            at = begin[cell + 1]
            which[at] = i
            begin[cell + 1] = at + 1
    for at in range(begin[none]):
        i = which[at]
        local[at, 0], local[at, 1] = xy[i, 0] - x0, xy[i, 1] - y0


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _passed(x, y, ax, ay, bx, by, close_m):
    """Return whether an edge runs above a point, and whether it is close to it."""
    ax, ay, bx, by = ax - x, ay - y, bx - x, by - y
    if ay < -close_m and by < -close_m:
        return 0, 0
    odd = near = 0
    cross = ay * bx - ax * by
    if abs(cross) <= close_m * (abs(bx - ax) + abs(by - ay)) and (ay <= close_m or by <= close_m):
        near = NEAR
    if (ax <= 0.0) != (bx <= 0.0) and (cross > 0.0) == (bx > 0.0):
        odd = ODD
    return odd, near


@njit(**LEAN)
def _note(spans, row, first, last):
    """Keep in mind that there are notes in a row, from one column to another."""
    rows = len(spans) - 1
    spans[row, 0], spans[row, 1] = min(spans[row, 0], first), max(spans[row, 1], last)
    spans[rows, 0], spans[rows, 1] = min(spans[rows, 0], row), max(spans[rows, 1], row)


@njit(**LEAN)
def _pass(sea, column, row, nx, xy, start, stop, x0, y0, close_m):
    """Note what points of a cell the edges from a vertex to the last before another pass."""
    local, begin, marks, cells, spans = sea
    cell = row * nx + column
    first, last = begin[cell], begin[cell + 1]
    if first < last:
        if not cells[cell + row] & NEAR:
            cells[cell + row] |= NEAR
            _note(spans, row, column, column)
        for k in range(first, last):
            x, y = local[k, 0], local[k, 1]
            west, east = x - close_m, x + close_m
            mine = marks[k]
            ax = xy[start, 0] - x0
            for edge in range(start + 1, stop):
                bx = xy[edge, 0] - x0
                if (ax <= east or bx <= east) and (ax >= west or bx >= west):
                    ay, by = xy[edge - 1, 1] - y0, xy[edge, 1] - y0
                    odd, near = _passed(x, y, ax, ay, bx, by, close_m)
                    mine = (mine ^ odd) | near
                ax = bx
            marks[k] = mine


@njit(**LEAN)
def _turn(sea, column, row, nx, x):
    """Note that a border crosses the line above a row: what lies to the right is turned over."""
    local, begin, marks, cells, spans = sea
    cell = row * nx + column
    if column >= 0:
        for k in range(begin[cell], begin[cell + 1]):
            cells[cell + row] |= NEAR
            if local[k, 0] >= x:
                marks[k] ^= ODD
    cells[cell + row + 1] ^= ODD
    _note(spans, row, max(column, 0), column + 1)


@njit(**LEAN)
def _through(sea, grid, piece, ax, ay, bx, by, column, row, across, up, close_m):
    """Follow an edge from its cell through others to the last one."""
    _, _, size, nx, ny = grid
    right, above = (1 if across > 0 else -1), (1 if up > 0 else -1)
    across, up = abs(across), abs(up)
    piece[0, 0], piece[0, 1] = ax, ay
    while True:
        by_row = False
        piece[1, 0], piece[1, 1] = bx, by
        if across or up:
            piece[1, 0], piece[1, 1], by_row = leaving(
                ax, ay, bx, by, column, row, right, above, across, up, size, nx, ny
            )
        if 0 <= column < nx and 0 <= row < ny:
            _pass(sea, column, row, nx, piece, 0, 2, 0.0, 0.0, close_m)
        if not (across or up):
            return
        if by_row:
            below = row if above > 0 else row - 1
            if 0 <= below < ny and column < nx:
                _turn(sea, column, below, nx, piece[1, 0])
            row, up = row + above, up - 1
        else:
            column, across = column + right, across - 1
        piece[0, 0], piece[0, 1] = piece[1, 0], piece[1, 1]


@njit(**LEAN)
def _walk(xy, start, end, sea, grid, piece, close_m):
    """Walk along one ring, from cell to cell; most edges stay in theirs."""
    x0, y0, size, nx, ny = grid
    ax, ay = xy[start, 0] - x0, xy[start, 1] - y0
    column, row = cell_of(ax, size, nx), cell_of(ay, size, ny)
    while True:
        west = column * size if column >= 0 else -np.inf
        east = (column + 1) * size if column < nx else np.inf
        south = row * size if row >= 0 else -np.inf
        north = (row + 1) * size if row < ny else np.inf
        stop = start + 1
        while stop < end:
            bx, by = xy[stop, 0] - x0, xy[stop, 1] - y0
            if not (west <= bx < east and south <= by < north):
                break
            ax, ay = bx, by
            stop += 1
        if stop > start + 1 and 0 <= column < nx and 0 <= row < ny:
            _pass(sea, column, row, nx, xy, start, stop, x0, y0, close_m)
        if stop == end:
            return
        across, up = cell_of(bx, size, nx) - column, cell_of(by, size, ny) - row
        if (up or 0 <= row < ny) and (across or column < nx):  # else where no point sees it
            _through(sea, grid, piece, ax, ay, bx, by, column, row, across, up, close_m)
        column, row = column + across, row + up
        start, ax, ay = stop, bx, by


@njit(**LEAN)
def _collect(which, sea, nx, zone, zones, pairs, count, opens, unsure):
    """Add the pairs of the points that one zone holds, and leave no note behind."""
    _, begin, marks, cells, spans = sea
    ny = len(spans) - 1
    for row in range(spans[ny, 0], spans[ny, 1] + 1):
        inside = 0
        column, last = spans[row, 0], spans[row, 1]
        while column < nx and (inside or column <= last):
            start = row * nx + column
            while column < nx and (inside or column <= last) and not cells[row * (nx + 1) + column]:
                column += 1
            if inside:  # up to the next note all points lie inside
                for k in range(begin[start], begin[row * nx + column]):
                    pairs[count] = which[k] * zones + zone
                    count += 1
            if column < nx:
                inside ^= cells[row * (nx + 1) + column] & ODD
                cells[row * (nx + 1) + column] = 0
                for k in range(begin[row * nx + column], begin[row * nx + column + 1]):
                    mine, marks[k] = marks[k], 0
                    if mine & NEAR:
                        opens[unsure] = which[k] * zones + zone
                        unsure += 1
                    elif (mine ^ inside) & ODD:
                        pairs[count] = which[k] * zones + zone
                        count += 1
                column += 1
        spans[row, 0], spans[row, 1] = nx, -1
    spans[ny, 0], spans[ny, 1] = ny, -1
    return count, unsure


@njit(cache=True, nogil=True, error_model="numpy")
def _held(xy, starts, owner, numbers, zones, which, sea, grid, close_m):
    """Return the pairs of some zones, those that hold and those that are open."""
    _, begin, _, _, spans = sea
    nx, ny = grid[3], grid[4]
    pairs, opens = np.empty(0, np.int64), np.empty(0, np.int64)
    piece = np.empty((2, 2))
    count = unsure = 0
    for ring in range(len(owner)):
        _walk(xy, starts[ring], starts[ring + 1], sea, grid, piece, close_m)
        if ring + 1 == len(owner) or owner[ring + 1] != owner[ring]:
            first, last = spans[ny, 0], spans[ny, 1]
            most = begin[(last + 1) * nx] - begin[first * nx] if first <= last else 0
            if count + most > len(pairs):
                pairs = grown(pairs[:count], 2 * (count + most))
            if unsure + most > len(opens):
                opens = grown(opens[:unsure], 2 * (unsure + most))
            zone = numbers[owner[ring]]
            count, unsure = _collect(which, sea, nx, zone, zones, pairs, count, opens, unsure)
    return pairs[:count].copy(), opens[:unsure].copy()


def _by_cell(xy: NDArray[np.float64], grid: Grid) -> tuple[NDArray[Any], ...]:
    """Return the points by cell, seen from the origin, each cell's first; those near a line."""
    count = grid[3] * grid[4]
    number = np.int32 if len(xy) < 1 << 31 else np.int64
    cells = np.empty(len(xy), np.int32)
    which, local = np.empty(len(xy), number), np.empty((len(xy), 2))
    begin = np.zeros(count + 4, number)
    _sort(xy, *grid, CLOSE, cells, which, local, begin)
    return which, local, begin, np.flatnonzero(cells == count + 1)


def _batches(vertices: NDArray[np.int64]) -> Iterator[slice]:
    """Yield slices of zones of at least ``BATCH`` vertices, the last one of what is left."""
    ends = np.cumsum(vertices)
    start = 0
    while start < len(ends):
        before = ends[start] - vertices[start]
        stop = int(np.searchsorted(ends, before + BATCH)) + 1
        yield slice(start, stop)
        start = stop


def held(
    xy: NDArray[np.float64],
    boxes: NDArray[np.float64],
    vertices: NDArray[np.int64],
    rings: Callable[[NDArray[np.int64]], Polygons],
) -> Held:
    """Return which zones, all of them valid, hold which points ``(n, 2)``; in any order.

    Time grows with the vertices, with the points, with the points in the cells that an
    edge runs through, for each edge, and with the cells in the rows that a zone spans.
    Memory: some 28 bytes a point and 5 a cell, of which there are about as many as points.

    ``boxes (z, 4)`` are the zones', NaN where empty, ``vertices (z,)`` the number of theirs;
    ``rings`` returns zones by their numbers.
    """
    count = 0
    none = np.empty(0, np.int64)
    filled = boxes[~np.isnan(boxes[:, 0])]
    if len(filled):
        count, *box = _bounds(xy, *filled[:, :2].min(axis=0), *filled[:, 2:].max(axis=0))
    if not count:
        return Held(none, none, none)
    lattice = Lattice.over(np.array(box[:2]), np.array(box[2:]), cells=count)
    grid = lattice.x0, lattice.y0, lattice.size, lattice.nx, lattice.ny
    which, local, begin, apart = _by_cell(xy, grid)
    marks = np.zeros(len(xy), np.uint8)
    cells = np.zeros((lattice.nx + 1) * lattice.ny, np.uint8)
    spans = np.full((lattice.ny + 1, 2), (lattice.nx, -1))
    spans[-1, 0] = lattice.ny
    sea = local, begin, marks, cells, spans
    met = (boxes[:, :2] <= box[2:]).all(axis=1) & (boxes[:, 2:] >= box[:2]).all(axis=1)
    numbers = np.flatnonzero(met)
    found = []
    for batch in _batches(vertices[numbers]):
        some = rings(numbers[batch])
        flat = some.xy, some.starts, some.owner, numbers[batch]
        found.append(_held(*flat, len(boxes), which, sea, grid, CLOSE))
    pairs, opens = (np.concatenate(part) for part in zip((none, none), *found, strict=True))
    return Held(pairs, opens, apart)
