"""The land of zones that overlap, each point once: their union, cell by cell.

In a cell the edges of all zones close, and each zone has its interior on their
left. So a point lies in as many zones as more edges below it run to the right
than to the left, whosever they are, and the union's outline is where that number
becomes something or nothing. Between two abscissae at which no edge ends and none
crosses another the edges have one order from below, and counting in that order
finds the outline. It is closed by upright edges where it steps up or down, from
the same heights, so that the union closes as exactly as the zones did.
"""

import numpy as np
from numpy.typing import NDArray

from zoning.overlay.flat import Polygons, ranges
from zoning.overlay.lattice import Cells, Lattice, cut

BLOCK = 1 << 22
"""Vertices of zones in the rows of cells that are cut and united at a time."""

LEAF = 256
"""Edges from which on the zones of a cell are united some at a time, then these unions."""

NARROW_M = 1e-8
"""Zones that share a strip no wider than this in a cell are neighbours, rounded."""

EDGES = 1 << 15
"""Edges that numpy sweeps over at a time."""

Outlines = tuple[NDArray[np.float64], NDArray[np.int64]]
"""Edges, and the outline that each belongs to, ascending."""


def land(
    polygons: Polygons, lattice: Lattice, *, compiled: bool, block: int = BLOCK
) -> tuple[Cells, float]:
    """Return the cells of the union of polygons, and by how much their areas sum to more, in m2.

    The union is one owner, 0. Rows of cells are worked on some at a time; memory
    grows with the union's edges and one block.
    """
    low, high = _rows(polygons, lattice)
    weight = np.diff(polygons.starts[polygons.first_ring])
    filled = np.flatnonzero(weight)
    # A polygon of many rows is walked again in each block that it comes to.
    before = np.cumsum(np.bincount(low[filled], weight[filled], minlength=lattice.ny))
    begins = np.flatnonzero(np.diff(before // block, prepend=-1.0))
    parts, doubled = [], 0.0
    for begin, end in zip(begins, [*begins[1:], lattice.ny], strict=True):
        there = filled[(low[filled] < end) & (high[filled] >= begin)]
        y0 = lattice.y0 + begin * lattice.size
        rows = Lattice(lattice.x0, y0, lattice.size, lattice.nx, int(end - begin))
        part, more = united(cut(polygons.take(there), rows, compiled=compiled), compiled=compiled)
        parts.append((part.cell + begin * lattice.nx, np.diff(part.starts), part.full, part.edges))
        doubled += more
    cell, sizes, full = (np.concatenate([part[k] for part in parts]) for k in range(3))
    starts = np.r_[0, np.cumsum(sizes)]
    edges = np.empty((starts[-1], 4))
    at = len(edges)
    while parts:  # each is let go as soon as it is copied
        last = parts.pop()[3]
        edges[at - len(last) : at] = last
        at -= len(last)
    return Cells(lattice, cell, np.zeros_like(cell), starts, edges, full), doubled


def _rows(polygons: Polygons, lattice: Lattice) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the lowest and the highest row of each polygon; of an empty one, 0."""
    south, north = np.nan_to_num(polygons.bounds[:, 1::2] - lattice.y0).T
    rows = np.floor(np.array([south, north]) / lattice.size)
    # A coordinate as near to a line as rounding goes is asked for on both sides.
    low, high = np.clip(rows + np.array([[-1], [1]]), 0, lattice.ny - 1).astype(np.int64)
    return low, high


def united(cells: Cells, *, compiled: bool) -> tuple[Cells, float]:
    """Return the cells of the union of all owners, and by how much their areas sum to more.

    Where zones of a cell share no more than a strip of ``NARROW_M`` their edges are
    kept as they are. Time grows with the edges, and with their crossings where
    many overlap.
    """
    narrow = NARROW_M * cells.lattice.size
    if compiled:
        from zoning.overlay import land_compiled  # noqa: PLC0415

        return land_compiled.united(cells, narrow=narrow, leaf=LEAF)
    size = cells.lattice.size
    new = np.diff(cells.cell, prepend=-1) > 0
    cell, rank = cells.cell[new], np.cumsum(new) - 1
    count = len(cell)
    filled = np.bincount(rank, cells.full, minlength=count) > 0
    apart = np.bincount(rank, cells.areas, minlength=count)
    several = (np.bincount(rank, minlength=count) > 1) & ~filled
    edges, outline = _unions(cells, rank, several)
    within = np.where(several, _areas(edges, outline, count), apart)
    within[filled] = size**2
    overlaps = several & (apart - within > narrow)
    on_side = (edges[:, :2] == edges[:, 2:]) & np.isin(edges[:, :2], (0.0, size))
    crossed = np.bincount(outline, ~on_side.any(axis=1), minlength=count) > 0
    full = filled | (overlaps & ~crossed & (within > 0.5 * size**2))
    own = np.repeat(rank, np.diff(cells.starts))
    kept, changed = ~(full | overlaps)[own], (overlaps & ~full)[outline]
    where = np.r_[own[kept], outline[changed]]
    order = np.argsort(where, kind="stable")
    starts = np.r_[0, np.cumsum(np.bincount(where, minlength=count))].astype(np.int64)
    edges = np.concatenate([cells.edges[kept], edges[changed]])[order]
    doubled = float((apart - within)[overlaps | filled].sum())
    return Cells(cells.lattice, cell, np.zeros(count, np.int64), starts, edges, full), doubled


def _areas(edges: NDArray[np.float64], owner: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Return the area that the edges of each owner enclose."""
    x0, y0, x1, y1 = edges.T
    return 0.5 * np.bincount(owner, x0 * y1 - x1 * y0, minlength=count)


def _unions(cells: Cells, rank: NDArray[np.int64], several: NDArray[np.bool_]) -> Outlines:
    """Return the union's edges in some cells, and the number of the cell of each.

    Of few edges at a time, then of these unions: many borders that cross one
    another lie within the union of a few of them already.
    """
    groups = np.flatnonzero(several[rank])
    sizes = np.diff(cells.starts)[groups]
    edges = cells.edges[ranges(cells.starts[groups], sizes)]
    first = cells.starts[np.searchsorted(rank, rank[groups])]
    bag = np.repeat((cells.starts[groups] - first) // LEAF, sizes)
    cell = np.repeat(rank[groups], sizes)
    while True:
        bags = int(bag.max(initial=0)) + 1
        edges, key = _swept(edges, cell * bags + bag)
        cell, bag = np.divmod(key, bags)
        if bags == 1:
            return edges, cell
        bag //= 2


def _swept(edges: NDArray[np.float64], key: NDArray[np.int64]) -> Outlines:
    """Return the outline of all that lies within any of the outlines of one key."""
    _, begin, outline = np.unique(key, return_index=True, return_inverse=True)
    last = np.append(begin[1:], len(key))
    parts: list[Outlines] = [(np.empty((0, 4)), np.empty(0, np.int64))]
    at = 0
    while at < len(begin):
        stop = max(at + 1, int(np.searchsorted(last, begin[at] + EDGES, side="right")))
        here = slice(begin[at], last[stop - 1])
        some, which = _sweep(edges[here], outline[here] - at)
        parts.append((some, key[begin[at + which]]))
        at = stop
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


class _Spans:
    """Edges that are not upright over their stretch of x, by outline and left end."""

    def __init__(self, edges: NDArray[np.float64], outline: NDArray[np.int64]) -> None:
        sloped = edges[:, 0] != edges[:, 2]
        edges, outline = edges[sloped], outline[sloped]
        back = (edges[:, 2] < edges[:, 0])[:, None]
        left, first, right, last = np.where(back, edges[:, [2, 3, 0, 1]], edges).T
        order = np.lexsort((left, outline))
        self.outline, self.left, self.right = outline[order], left[order], right[order]
        self.first, self.last = first[order], last[order]
        self.slope = (self.last - self.first) / (self.right - self.left)
        self.sign = np.where(back[order, 0], -1, 1)

    def along(self, which: NDArray[np.int64], x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the height of the lines along some spans at x."""
        return self.first[which] + self.slope[which] * (x - self.left[which])

    def at(self, which: NDArray[np.int64], x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the height of some spans at x, exact at their ends and never beyond them."""
        first, last = self.first[which], self.last[which]
        height = self.along(which, x)
        height = np.clip(height, np.minimum(first, last), np.maximum(first, last))
        height = np.where(x <= self.left[which], first, height)
        return np.where(x >= self.right[which], last, height)

    def crossings(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return where spans of one outline cross: x and outline."""
        ends = np.r_[self.right, self.left]
        begins = np.arange(len(ends)) >= len(self.left)
        order = np.lexsort((begins, ends, np.tile(self.outline, 2)))
        following = np.empty(len(ends), np.int64)
        following[order] = np.cumsum(begins[order])  # spans that begin before this end
        following = following[: len(self.left)]
        after = np.arange(len(following)) + 1
        one = np.repeat(after - 1, following - after)
        two = ranges(after, following - after)
        begin, end = self.left[two], np.minimum(self.right[one], self.right[two])
        gap0 = self.along(one, begin) - self.first[two]
        gap1 = self.along(one, end) - self.along(two, end)
        cross = ((gap0 < 0) & (gap1 > 0)) | ((gap1 < 0) & (gap0 > 0))
        share = gap0[cross] / (gap0 - gap1)[cross]
        return begin[cross] + (end - begin)[cross] * share, self.outline[one[cross]]


def _sweep(edges: NDArray[np.float64], outline: NDArray[np.int64]) -> Outlines:
    """Return the outlines of unions, worked out in one go."""
    spans = _Spans(edges, outline)
    x, owner = spans.crossings()
    x = np.concatenate([spans.left, spans.right, x])
    owner = np.concatenate([spans.outline, spans.outline, owner])
    order = np.lexsort((x, owner))
    x, owner = x[order], owner[order]
    new = np.r_[True, (x[1:] != x[:-1]) | (owner[1:] != owner[:-1])][: len(x)]
    event = np.empty(len(x), np.int64)
    event[order] = np.cumsum(new) - 1
    x, owner = x[new], owner[new]
    begin, end = event[: len(spans.left)], event[len(spans.left) : 2 * len(spans.left)]
    span = np.repeat(np.arange(len(begin)), end - begin)
    slab = ranges(begin, end - begin)
    middle = 0.5 * (x[slab] + x[slab + 1])
    order = np.lexsort((-spans.sign[span], spans.along(span, middle), slab))
    span, slab = span[order], slab[order]
    # What lies over a slab sums to nothing: no need to begin anew for each.
    depth = np.cumsum(spans.sign[span])
    border = np.flatnonzero(depth == (spans.sign[span] > 0))
    order = border[np.lexsort((slab[border], span[border]))]
    span, slab = span[order], slab[order]
    new = np.r_[True, (span[1:] != span[:-1]) | (slab[1:] != slab[:-1] + 1)][: len(span)]
    begin, end = slab[new], slab[np.roll(new, -1)] + 1
    span = span[new]
    return _closed(spans, span, begin, end, x, owner)


def _closed(  # noqa: PLR0913, PLR0917 - stretches of spans between events
    spans: _Spans,
    span: NDArray[np.int64],
    begin: NDArray[np.int64],
    end: NDArray[np.int64],
    x: NDArray[np.float64],
    owner: NDArray[np.int64],
) -> Outlines:
    """Return stretches of spans as edges, and the upright edges that close them."""
    sign = spans.sign[span]
    low, high = spans.at(span, x[begin]), spans.at(span, x[end])
    edges = np.column_stack([x[begin], low, x[end], high])
    edges = np.where(sign[:, None] > 0, edges, edges[:, [2, 3, 0, 1]])
    event, y, turn = np.r_[begin, end], np.r_[low, high], np.r_[-sign, sign]
    order = np.lexsort((y, event))
    event, y = event[order], y[order]
    # Up where land ends, down where it begins; at each event they sum to nothing.
    depth = np.cumsum(turn[order])[:-1]
    step = np.flatnonzero((depth != 0) & (y[1:] > y[:-1]))
    step = np.repeat(step, np.abs(depth[step]))
    from_y = np.where(depth[step] > 0, y[step], y[step + 1])
    to_y = np.where(depth[step] > 0, y[step + 1], y[step])
    upright = np.column_stack([x[event[step]], from_y, x[event[step]], to_y])
    which = np.r_[owner[begin], owner[event[step]]]
    order = np.argsort(which, kind="stable")
    return np.concatenate([edges, upright])[order], which[order]
