"""Polygons cut into the square cells of a lattice.

What of a polygon lies in a cell is kept as directed edges with the interior on
their left, not as a geometry: the pieces of its own edges, and the cell's sides
where they run through the interior. Each cell's edges close, so that sums over
them need no other cell. A cell that lies wholly inside keeps no edge at all.

The side of a cell is a power of two, so that lines and cells are exact in
floating point; the point where an edge crosses a line is computed once and used
by every edge that ends there. That is what makes a cell's edges close exactly.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from zoning.overlay.flat import Polygons, ranges

MOST_CELLS = 1 << 22
"""Cells of a lattice at the most: the inside of one polygon may fill them all."""

EDGES_A_CELL = 12
"""Edges in a cell, on the mean of all: smaller cells cost more to cut than they save."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """Square cells of side ``size`` from ``(x0, y0)``: ``nx`` columns, ``ny`` rows."""

    x0: float
    y0: float
    size: float
    nx: int
    ny: int

    @classmethod
    def around(cls, polygons: Polygons) -> "Lattice":
        """Return a lattice around polygons, its cells as small as their edges are dense."""
        low = np.array([polygons.xy[:, axis].min() for axis in (0, 1)])
        high = np.array([polygons.xy[:, axis].max() for axis in (0, 1)])
        return cls.over(low, high, cells=len(polygons.xy) / EDGES_A_CELL)

    @classmethod
    def over(cls, low: NDArray[np.float64], high: NDArray[np.float64], cells: float) -> "Lattice":
        """Return a lattice of about so many cells, ``MOST_CELLS`` at the most, over a box."""
        span = np.maximum(high - low, 1e-3)
        size = 2.0 ** round(math.log2(math.sqrt(float(span[0]) * float(span[1]) / cells)))
        while (span[0] / size + 3) * (span[1] / size + 3) > MOST_CELLS:
            size *= 2
        # Off the round coordinates that borders like to follow.
        x0, y0 = (low - size * np.array([math.sqrt(2) - 1, math.sqrt(3) - 1])).tolist()
        nx, ny = (int(n) for n in np.floor((high - (x0, y0)) / size) + 1)
        return cls(x0, y0, size, nx, ny)

    def at(self, local: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return column and row of points ``(n, 2)`` seen from the origin.

        What lies beyond the lattice is in the column or row -1, or in the last one plus
        one: however far a border runs outside, it crosses no line there.
        """
        return np.clip(np.floor(local / self.size), -1, (self.nx, self.ny)).astype(np.int64)


@dataclass(frozen=True)
class Cells:
    """What of each polygon lies in each cell: one group of edges for each such pair.

    Attributes:
        lattice: where the cells are.
        cell: int64 ``(g,)``, ascending; row times ``lattice.nx`` plus column.
        owner: int64 ``(g,)``, ascending within a cell; the polygon.
        starts: int64 ``(g + 1,)``; where a group's edges begin, and the end.
        edges: float64 ``(n, 4)``; x, y to x, y, seen from the lower left corner of the cell.
        full: bool ``(g,)``; the whole cell is inside: the group holds no edge.

    """

    lattice: Lattice
    cell: NDArray[np.int64]
    owner: NDArray[np.int64]
    starts: NDArray[np.int64]
    edges: NDArray[np.float64]
    full: NDArray[np.bool_]

    @cached_property
    def areas(self) -> NDArray[np.float64]:
        """What of each polygon lies in its cell, in the square of the lattice's unit."""
        group = np.repeat(np.arange(len(self.full)), np.diff(self.starts))
        x0, y0, x1, y1 = self.edges.T
        areas = 0.5 * np.bincount(group, x0 * y1 - x1 * y0, minlength=len(self.full))
        return np.where(self.full, self.lattice.size**2, areas)

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """Where each cell's groups begin: int64, one more than there are cells."""
        return np.searchsorted(self.cell, np.arange(self.lattice.nx * self.lattice.ny + 1))


@dataclass(frozen=True, slots=True)
class Crossings:
    """The lattice's lines crossed by polygons' edges.

    Attributes:
        row: whether it is the line below a row, or the one left of a column.
        line: its number.
        at: where on it.
        sign: upward or to the right (1), or back (-1).
        owner: whose edge it was.

    """

    row: NDArray[np.bool_]
    line: NDArray[np.int64]
    at: NDArray[np.float64]
    sign: NDArray[np.int64]
    owner: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Walk:
    """The edges of polygons walked from cell to cell.

    ``column, row, owner, edges`` are the pieces, each seen from the corner of its cell.
    """

    column: NDArray[np.int64]
    row: NDArray[np.int64]
    owner: NDArray[np.int64]
    edges: NDArray[np.float64]
    crossings: Crossings


def cut(polygons: Polygons, lattice: Lattice, *, compiled: bool) -> Cells:
    """Return polygons cut by a lattice; what lies beyond it is left out.

    Time and memory grow with edges plus lines crossed plus cells inside.
    """
    if compiled:
        from zoning.overlay import lattice_compiled  # noqa: PLC0415

        return lattice_compiled.cut(polygons, lattice)
    walked = walk(polygons, lattice)
    own = (
        (walked.column >= 0)
        & (walked.column < lattice.nx)
        & (walked.row >= 0)
        & (walked.row < lattice.ny)
    )
    side_cell, side_owner, side = sides(walked.crossings, lattice)
    cell = np.append((walked.row * lattice.nx + walked.column)[own], side_cell)
    owner = np.append(walked.owner[own], side_owner)
    edges = np.concatenate([walked.edges[own], side])
    own = np.arange(len(cell)) < len(cell) - len(side_cell)
    order = np.lexsort((owner, cell))
    return _grouped(lattice, cell[order], owner[order], own[order], edges, order)


def walk(polygons: Polygons, lattice: Lattice) -> Walk:
    """Walk every edge through the cells it crosses."""
    start, end, owner = _directed(polygons, lattice)
    first, last = lattice.at(start), lattice.at(end)
    far = (first != last).any(axis=1)
    near = ~far
    start_far, end_far, first_far = start[far], end[far], first[far]
    lines = _crossed_lines(start_far, end_far, first_far, last[far], lattice)
    edge, points, cells, row_line, line, sign = lines
    crossings = np.bincount(edge, minlength=len(start_far))
    pieces = crossings + 1
    begin = np.cumsum(pieces) - pieces
    chain = np.empty((int(pieces.sum()), 4))
    where = np.empty((len(chain), 2), dtype=np.int64)
    chain[begin, :2] = start_far
    where[begin] = first_far
    chain[begin + crossings, 2:] = end_far
    after = np.arange(len(edge)) + edge + 1  # the piece that begins at a crossing
    chain[after, :2] = points
    chain[after - 1, 2:] = points
    where[after] = cells
    far_owner = owner[far]
    edges = np.concatenate([np.hstack([start[near], end[near]]), chain])
    place = np.concatenate([first[near], where])
    edges -= np.tile(place * lattice.size, 2)
    return Walk(
        column=place[:, 0],
        row=place[:, 1],
        owner=np.concatenate([owner[near], np.repeat(far_owner, pieces)]),
        edges=edges,
        crossings=Crossings(
            row=row_line,
            line=line,
            at=np.where(row_line, points[:, 0], points[:, 1]),
            sign=sign,
            owner=far_owner[edge],
        ),
    )


def _directed(
    polygons: Polygons, lattice: Lattice
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the edges' starts and ends with the interior on their left, and their owners."""
    local = polygons.xy - (lattice.x0, lattice.y0)
    lengths = np.diff(polygons.starts)
    inner = np.ones(len(local), dtype=bool)
    inner[polygons.starts[1:] - 1] = False
    at = np.flatnonzero(inner)
    turns = np.repeat(polygons.turns, lengths)[at, None] > 0
    owner = np.repeat(polygons.owner, lengths)[at]
    one, two = local[at], local[at + 1]
    return np.where(turns, one, two), np.where(turns, two, one), owner


def _crossed_lines(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    lattice: Lattice,
) -> tuple[NDArray, ...]:
    """Return each line that edges cross, in their order along the edge.

    As edge, point, cell entered (column, row), whether it is a row's line, the
    line's number and the direction.
    """
    size = lattice.size
    steps = last - first
    counts = np.abs(steps)
    parts = []
    for axis in (0, 1):
        edge = np.repeat(np.arange(len(start)), counts[:, axis])
        step = ranges(np.zeros(len(start), np.int64), counts[:, axis])
        forward = steps[edge, axis] > 0
        line = np.where(forward, first[edge, axis] + 1 + step, first[edge, axis] - step)
        way = line * size - start[edge, axis]
        length = end[edge, axis] - start[edge, axis]
        other = 1 - axis
        slope = (end[edge, other] - start[edge, other]) / length
        at = start[edge, other] + way * slope
        parts.append((edge, way / length, line, at, np.where(forward, 1, -1), edge * 0 + axis))
    edge, along, line, at, sign, axis = (np.concatenate(pair) for pair in zip(*parts, strict=True))
    order = np.lexsort((axis, along, edge))
    edge, line, at, sign, axis = (values[order] for values in (edge, line, at, sign, axis))
    before = first[edge] + np.column_stack(
        [_running(sign * (axis == one), edge, len(start)) for one in (0, 1)]
    )
    # Rounding must not carry a crossing out of the cell that the edge walks through.
    there = before[np.arange(len(edge)), 1 - axis]
    most = np.where(axis == 1, lattice.nx, lattice.ny)
    low = np.where(there < 0, -np.inf, there * size)
    high = np.where(there == most, np.inf, (there + 1) * size)
    at = np.clip(at, low, high)
    row_line = axis == 1
    points = np.column_stack(
        [np.where(row_line, at, line * size), np.where(row_line, line * size, at)]
    )
    cells = before.copy()
    cells[np.arange(len(edge)), axis] += sign
    return edge, points, cells, row_line, line, sign


def _running(values: NDArray[np.int64], group: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """Return the sum of the values before each one within its group; groups lie together."""
    before = np.cumsum(values) - values
    first = np.searchsorted(group, np.arange(groups))
    return before - np.r_[before, 0][first][group]


def sides(
    crossings: Crossings, lattice: Lattice
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the parts of the cells' sides that run through the interior: cell, owner, edges.

    Along a line, sorted crossings tell where the interior is: an edge that goes
    up has it on its left, one that goes right above it. Each part bounds two
    cells, in two directions.
    """
    parts = [_sides_along(crossings, lattice, rows=rows) for rows in (True, False)]
    column, row, owner, edges = (np.concatenate(pair) for pair in zip(*parts, strict=True))
    within = (column >= 0) & (column < lattice.nx) & (row >= 0) & (row < lattice.ny)
    return (row * lattice.nx + column)[within], owner[within], edges[within]


def _sides_along(crossed: Crossings, lattice: Lattice, *, rows: bool) -> tuple[NDArray, ...]:
    count = lattice.nx if rows else lattice.ny
    lines = lattice.ny if rows else lattice.nx
    mine = (crossed.row == rows) & (crossed.line >= 0) & (crossed.line <= lines)
    line, at = crossed.line[mine], crossed.at[mine]
    sign, owner = crossed.sign[mine], crossed.owner[mine]
    order = np.lexsort((at, line, owner))
    line, at, sign, owner = line[order], at[order], sign[order], owner[order]
    # Every polygon's crossings of a line sum to nothing: no need to begin anew for each.
    depth = np.cumsum(-sign if rows else sign)[:-1]
    low = np.clip(at[:-1], 0.0, count * lattice.size)
    high = np.clip(at[1:], 0.0, count * lattice.size)
    inside = (depth != 0) & (high > low)
    depth, low, high = depth[inside], low[inside], high[inside]
    line, owner = line[:-1][inside], owner[:-1][inside]
    first = np.floor(low / lattice.size).astype(np.int64)
    cells = np.ceil(high / lattice.size).astype(np.int64) - first
    which = np.repeat(np.arange(len(line)), cells * np.abs(depth))
    cell = (
        first[which] + ranges(np.zeros(len(line), np.int64), cells * np.abs(depth)) % cells[which]
    )
    begin = np.maximum(low[which] - cell * lattice.size, 0.0)
    finish = np.minimum(high[which] - cell * lattice.size, lattice.size)
    back = depth[which] < 0
    begin, finish = np.where(back, finish, begin), np.where(back, begin, finish)
    line, owner = np.tile(line[which], 2), np.tile(owner[which], 2)
    near, far = np.zeros(len(cell)), np.full(len(cell), lattice.size)
    # The side belongs to the cell that begins at the line and to the one that ends there.
    line[len(cell) :] -= 1
    cell = np.tile(cell, 2)
    if rows:
        lower = np.column_stack([begin, near, finish, near])
        upper = np.column_stack([finish, far, begin, far])
        return cell, line, owner, np.concatenate([lower, upper])
    left = np.column_stack([near, finish, near, begin])
    right = np.column_stack([far, begin, far, finish])
    return line, cell, owner, np.concatenate([left, right])


def _grouped(  # noqa: PLR0913, PLR0917 - the columns of one table
    lattice: Lattice,
    cell: NDArray[np.int64],
    owner: NDArray[np.int64],
    own: NDArray[np.bool_],
    edges: NDArray[np.float64],
    order: NDArray[np.int64],
) -> Cells:
    """Return sorted edges as groups; those of full cells are dropped."""
    new = np.r_[True, (cell[1:] != cell[:-1]) | (owner[1:] != owner[:-1])][: len(cell)]
    begin = np.flatnonzero(new)
    sizes = np.diff(np.r_[begin, len(cell)])
    crossed = np.add.reduceat(own, begin, dtype=np.int64) > 0 if len(begin) else new
    kept = order[np.repeat(crossed, sizes)]
    starts = np.r_[0, np.cumsum(np.where(crossed, sizes, 0))].astype(np.int64)
    return Cells(lattice, cell[begin], owner[begin], starts, edges[kept], ~crossed)
