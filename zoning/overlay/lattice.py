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


RUN = 8
"""Edges, one after the other, that are first asked together, by their box, whether they matter."""


NOTHING, MIXED = -1, -2
"""Of a cell that no polygon meets, and of one that is not filled by one polygon alone."""


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
        return cls.over(*polygons.extent, cells=len(polygons.xy) / EDGES_A_CELL)

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
        """Return column and row, ``(2, n)``, of points ``(2, n)`` seen from the origin.

        What lies beyond the lattice is in the column or row -1, or in the last one plus
        one: however far a border runs outside, it crosses no line there.
        """
        most = np.array([[self.nx], [self.ny]])
        return np.clip(np.floor(local / self.size), -1, most).astype(np.int64)

    def number(self, column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers of cells: row times ``nx`` plus column, -1 beyond the lattice."""
        own = (column >= 0) & (column < self.nx) & (row >= 0) & (row < self.ny)
        return np.where(own, row * self.nx + column, -1)


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of a few edges of a group each, and the boxes around them.

    Attributes:
        first: int64 ``(g + 1,)``; where the runs of each group begin, and the end.
        starts: int64 ``(r + 1,)``; where the edges of each run begin, and the end.
        west, south, east, north: float64 ``(r,)``; the boxes, seen as the edges are.

    """

    first: NDArray[np.int64]
    starts: NDArray[np.int64]
    west: NDArray[np.float64]
    south: NDArray[np.float64]
    east: NDArray[np.float64]
    north: NDArray[np.float64]


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
    def runs(self) -> Runs:
        """The edges in runs of ``RUN``."""
        counts = -(-np.diff(self.starts) // RUN)
        first = np.append(0, np.cumsum(counts))
        starts = np.repeat(self.starts[:-1], counts) + RUN * ranges(np.zeros_like(counts), counts)
        if not len(starts):
            return Runs(first, np.zeros(1, np.int64), *np.empty((4, 0)))
        x0, y0, x1, y1 = self.edges.T
        low = [np.minimum.reduceat(np.minimum(a, b), starts) for a, b in ((x0, x1), (y0, y1))]
        high = [np.maximum.reduceat(np.maximum(a, b), starts) for a, b in ((x0, x1), (y0, y1))]
        return Runs(first, np.append(starts, len(self.edges)), *low, *high)

    @cached_property
    def alone(self) -> NDArray[np.int32]:
        """Of each cell the polygon that fills it and meets no other there, NOTHING or MIXED."""
        count, begin = np.diff(self.first), self.first[:-1]
        alone = np.where(count > 0, MIXED, NOTHING).astype(np.int32)
        group = begin[count == 1]
        alone[count == 1] = np.where(self.full[group], self.owner[group], MIXED)
        return alone

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
    """The rings of polygons, interior on the left, with a point wherever they cross a line.

    Attributes:
        points: float64 ``(2, n)``; ring after ring, seen from the lattice's origin.
        cell: int64 ``(n,)``; where the edge from a point to the next one lies, -1 beyond
            the lattice. A ring's last point has the cell of the edge before.
        starts: int64 ``(r + 1,)``; where each ring begins, and the end.
        crossings: the lines that are crossed.

    """

    points: NDArray[np.float64]
    cell: NDArray[np.int64]
    starts: NDArray[np.int64]
    crossings: Crossings


@dataclass(frozen=True, slots=True)
class _Stretches:
    """The longest parts of rings that lie in one cell each; those beyond the lattice are left out.

    ``begin`` is the point of the walk where each begins, ``sizes`` how many edges it has.
    """

    begin: NDArray[np.int64]
    sizes: NDArray[np.int64]
    cell: NDArray[np.int64]
    owner: NDArray[np.int64]

    @classmethod
    def of(cls, walked: Walk, owner: NDArray[np.int64]) -> "_Stretches":
        """Return the stretches of a walk along rings of some owners."""
        new = np.r_[True, walked.cell[1:] != walked.cell[:-1]][: len(walked.cell)]
        new[walked.starts[:-1]] = True
        begin = np.flatnonzero(new)
        first = np.searchsorted(begin, walked.starts)
        sizes = np.diff(np.append(begin, len(new)))
        sizes[first[1:] - 1] -= 1  # no edge begins at a ring's last point
        cell = walked.cell[begin]
        own = (cell >= 0) & (sizes > 0)
        return cls(begin[own], sizes[own], cell[own], np.repeat(owner, np.diff(first))[own])


def cut(polygons: Polygons, lattice: Lattice, *, compiled: bool) -> Cells:
    """Return polygons cut by a lattice; what lies beyond it is left out.

    Time and memory grow with edges plus lines crossed plus cells inside.
    """
    if compiled:
        from zoning.overlay import lattice_compiled  # noqa: PLC0415

        return lattice_compiled.cut(polygons, lattice)
    walked = walk(polygons, lattice)
    own = _Stretches.of(walked, polygons.owner)
    side_cell, side_owner, side = sides(walked.crossings, lattice)
    cell, owner = np.append(own.cell, side_cell), np.append(own.owner, side_owner)
    sizes = np.append(own.sizes, np.ones(len(side), np.int64))
    order = np.lexsort((owner, cell))
    cell, owner, sizes = cell[order], owner[order], sizes[order]
    new = np.r_[True, (cell[1:] != cell[:-1]) | (owner[1:] != owner[:-1])][: len(cell)]
    first = np.append(np.flatnonzero(new), len(order))
    bordered = np.bincount(np.cumsum(new) - 1, order < len(own.cell), len(first) - 1) > 0
    sizes[~np.repeat(bordered, np.diff(first))] = 0  # of a full cell no side is kept
    ends = np.append(0, np.cumsum(sizes))
    place = np.empty(len(order), np.int64)
    place[order] = np.where(sizes > 0, ends[:-1], -1)
    edges = np.empty((ends[-1], 4))
    _fill(edges, place[: len(own.cell)], walked, own, lattice)
    at = place[len(own.cell) :]
    edges[at[at >= 0]] = side[at >= 0]
    group = first[:-1]
    return Cells(lattice, cell[group], owner[group], ends[first], edges, ~bordered)


def _fill(
    edges: NDArray[np.float64],
    place: NDArray[np.int64],
    walked: Walk,
    stretches: _Stretches,
    lattice: Lattice,
) -> None:
    """Put the edges of stretches into their places, each seen from the corner of its cell."""
    row, column = np.divmod(stretches.cell, lattice.nx)
    at = ranges(place, stretches.sizes)
    point = ranges(stretches.begin, stretches.sizes)
    for axis, line in ((0, column), (1, row)):
        corner = np.repeat(line * lattice.size, stretches.sizes)
        edges[at, axis] = walked.points[axis, point] - corner
        edges[at, axis + 2] = walked.points[axis, point + 1] - corner


def walk(polygons: Polygons, lattice: Lattice) -> Walk:
    """Walk every ring through the cells it crosses."""
    points, starts = _directed(polygons, lattice), polygons.starts
    place = lattice.at(points)
    leaves = (place[:, 1:] != place[:, :-1]).any(axis=0)
    leaves[starts[1:-1] - 1] = False  # no edge leads from one ring to the next
    far = np.flatnonzero(leaves)
    ends = points[:, far], points[:, far + 1], place[:, far], place[:, far + 1]
    edge, crossed, entered, row, line, sign = _crossed_lines(*ends, lattice)
    after = far[edge] + 1
    return Walk(
        points=np.insert(points, after, crossed, axis=1),
        cell=np.insert(lattice.number(*place), after, lattice.number(*entered)),
        starts=starts + np.searchsorted(after, starts, side="right"),
        crossings=Crossings(
            row=row,
            line=line,
            at=np.where(row, *crossed),
            sign=sign,
            owner=polygons.owner[np.searchsorted(starts, after) - 1],
        ),
    )


def _directed(polygons: Polygons, lattice: Lattice) -> NDArray[np.float64]:
    """Return the points ``(2, n)`` seen from the origin, turned to have the interior left."""
    points = np.array([polygons.xy[:, 0] - lattice.x0, polygons.xy[:, 1] - lattice.y0])
    back = np.flatnonzero(polygons.turns < 0)
    first, sizes = polygons.starts[back], np.diff(polygons.starts)[back]
    at = ranges(first, sizes)
    points[:, at] = points[:, np.repeat(2 * first + sizes - 1, sizes) - at]
    return points


def _crossed_lines(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    lattice: Lattice,
) -> tuple[NDArray, ...]:
    """Return each line that edges cross, in their order along the edge; all are ``(2, n)``.

    As edge, point, cell entered (column, row), whether it is a row's line, the
    line's number and the direction.
    """
    size = lattice.size
    counts, signs = np.abs(last - first), np.sign(last - first)
    none = np.zeros(start.shape[1], np.int64)
    length = end - start
    parts = []
    for axis, other in ((0, 1), (1, 0)):
        edge = np.repeat(np.arange(len(none)), counts[axis])
        step, sign = ranges(none, counts[axis]), signs[axis, edge]
        line = first[axis, edge] + sign * step + (sign > 0)
        way = line * size - start[axis, edge]
        at = start[other, edge] + way * (length[other, edge] / length[axis, edge])
        parts.append((edge, way / length[axis, edge], step, line, at, sign, edge * 0 + axis))
    edge, along, *_, axis = columns = [np.concatenate(pair) for pair in zip(*parts, strict=True)]
    order = np.lexsort((axis, along, edge))
    edge, _, step, line, at, sign, axis = (column[order] for column in columns)
    # As many lines of the other kind were crossed before as are not of this kind.
    others = ranges(none, counts.sum(axis=0)) - step
    there = first[1 - axis, edge] + signs[1 - axis, edge] * others
    # Rounding must not carry a crossing out of the cell that the edge walks through.
    row = axis == 1
    low = np.where(there < 0, -np.inf, there * size)
    high = np.where(there == np.where(row, lattice.nx, lattice.ny), np.inf, (there + 1) * size)
    at = np.clip(at, low, high)
    crossed = np.where(row, (at, line * size), (line * size, at))
    here = line - (sign < 0)
    return edge, crossed, np.where(row, (there, here), (here, there)), row, line, sign


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
    cell = lattice.number(column, row)
    return cell[cell >= 0], owner[cell >= 0], edges[cell >= 0]


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
