"""The area that two polygons share, without building what they share.

With both interiors on the left of their edges, a point lies in a polygon as
often as more edges run above it to the left than to the right. The area under
both is then a sum over pairs of edges, one of each polygon, that lie over the
same stretch of x:

    area(A and B) = sum over a, b of  s_a * s_b * integral of min(y_a, y_b) dx

with s = 1 for an edge that runs to the left and -1 for one that runs to the
right. No predicate, no node, no special case: shared borders, touching points
and holes are sums like any other, and the result depends continuously on every
coordinate. Whoever lies above the top of A counts only by where it crosses the
line through that top (all of A to the left of that point, or to its right), and
whoever lies below the bottom of A not at all; so only edges of B that run
through the box of A meet the edges of A one by one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from zoning.overlay.flat import Polygons, ranges
from zoning.overlay.lattice import RUN, Cells

BLOCK = 1 << 17
"""Pairs of edges that are worked out at a time: they stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Areas that are shared: the subject's and the zone's number, and m2; each pair once."""

    subject: NDArray[np.int64]
    zone: NDArray[np.int64]
    area: NDArray[np.float64]

    def by_zone(self, zones: int) -> NDArray[np.float64]:
        """Return the sum of the subjects' parts in each of ``zones`` zones."""
        return np.bincount(self.zone, self.area, minlength=zones).astype(float)

    def by_subject(self, subjects: int) -> NDArray[np.float64]:
        """Return the sum over zones of what each of ``subjects`` subjects shares with them."""
        return np.bincount(self.subject, self.area, minlength=subjects).astype(float)


def shared_areas(subjects: Cells, zones: Cells) -> Shared:
    """Return the area that each subject shares with each zone, both cut by one lattice.

    Pairs that share a cell but no area come with an area of (nearly) nothing. Time and
    memory grow with the edges that meet in a cell.
    """
    low = np.searchsorted(zones.cell, subjects.cell, side="left")
    high = np.searchsorted(zones.cell, subjects.cell, side="right")
    one = np.repeat(np.arange(len(subjects.cell)), high - low)
    two = ranges(low, high - low)
    area = np.empty(len(one))
    size = zones.lattice.size
    whole_one, whole_two = subjects.full[one], zones.full[two]
    area[whole_one & whole_two] = size * size
    only = whole_one & ~whole_two
    area[only] = zones.areas[two[only]]
    only = ~whole_one & whole_two
    area[only] = subjects.areas[one[only]]
    both = np.flatnonzero(~whole_one & ~whole_two)
    sizes = np.diff(subjects.starts)
    for part in blocks(sizes[one[both]]):
        at = both[part]
        groups, which = np.unique(one[at], return_inverse=True)
        mine = Outlines.of_cells(subjects, groups)
        area[at] = meet(mine, which, mine.x[which], mine.y[which], zones, two[at])
    return summed(subjects.owner[one], zones.owner[two], area)


def summed(
    subject: NDArray[np.int64], zone: NDArray[np.int64], area: NDArray[np.float64]
) -> Shared:
    """Return the areas of equal pairs summed, in the order of subject and zone."""
    if not len(subject):
        return Shared(subject, zone, area)
    key = subject * (int(zone.max()) + 1) + zone
    pairs, which = np.unique(key, return_inverse=True)
    sums = np.bincount(which, area, minlength=len(pairs))
    zones = int(zone.max()) + 1
    return Shared(pairs // zones, pairs % zones, sums)


def blocks(work: NDArray[np.int64]) -> Iterator[slice]:
    """Yield what is to be done one after the other, about ``BLOCK`` of work at a time."""
    ends = np.cumsum(work)
    start = 0
    while start < len(ends):
        done = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + BLOCK, side="right")))
        yield slice(start, stop)
        start = stop


@dataclass(frozen=True, slots=True)
class _Spans:
    """Edges over their stretch of x: its ends, the height at the left one, slope and sign."""

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    first: NDArray[np.float64]
    slope: NDArray[np.float64]
    sign: NDArray[np.float64]

    @classmethod
    def of(cls, x0: NDArray, y0: NDArray, x1: NDArray, y1: NDArray) -> "_Spans":
        run = x1 - x0
        slope = (y1 - y0) / np.where(run == 0, 1.0, run)
        first = np.where(run < 0, y1, y0)
        return cls(np.minimum(x0, x1), np.maximum(x0, x1), first, slope, -np.sign(run))

    def part(self, at: slice) -> "_Spans":
        """Return some of the edges."""
        return _Spans(self.left[at], self.right[at], self.first[at], self.slope[at], self.sign[at])

    def in_runs(self, sizes: NDArray[np.int64], counts: NDArray[np.int64]) -> "_Spans":
        """Return groups of some sizes, filled up to whole runs with edges over no stretch."""
        at = ranges(RUN * (np.cumsum(counts) - counts), sizes)

        def filled(values: NDArray, rest: float) -> NDArray:
            runs = np.full(RUN * int(counts.sum()), rest)
            runs[at] = values
            return runs

        return _Spans(
            filled(self.left, np.inf),
            filled(self.right, -np.inf),
            *(filled(values, 0.0) for values in (self.first, self.slope, self.sign)),
        )


@dataclass(frozen=True, slots=True)
class Outlines:
    """Outlines of subjects, each seen from the lower left corner of its box.

    Attributes:
        x, y: float64 ``(g,)``; that corner.
        width, height: float64 ``(g,)``; of the box.
        area: float64 ``(g,)``; what is inside.
        spans: the edges, with the interior on their left, in runs of ``RUN``.
        first: int64 ``(g + 1,)``; where the runs of each begin, and the end.
        left, right: float64 ``(r,)``; the stretch of x that each run is over.

    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    width: NDArray[np.float64]
    height: NDArray[np.float64]
    area: NDArray[np.float64]
    spans: _Spans
    first: NDArray[np.int64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]

    @classmethod
    def of_cells(cls, cells: Cells, groups: NDArray[np.int64]) -> "Outlines":
        """Return what lies in cells, groups by number, seen from the cells' corners."""
        sizes = cells.starts[groups + 1] - cells.starts[groups]
        begin = np.cumsum(sizes) - sizes
        x0, y0, x1, y1 = cells.edges[ranges(cells.starts[groups], sizes)].T
        boxes = [how.reduceat(of, begin) for how in (np.minimum, np.maximum) for of in (x0, y0)]
        west, south = np.repeat(boxes[0], sizes), np.repeat(boxes[1], sizes)
        spans = _Spans.of(x0 - west, y0 - south, x1 - west, y1 - south)
        return cls._of(np.array(boxes).T, cells.areas[groups], sizes, spans)

    @classmethod
    def of_polygons(cls, polygons: Polygons, boxes: NDArray[np.float64]) -> "Outlines":
        """Return uncut polygons, none of them empty; ``boxes`` are their bounds."""
        sizes = np.diff(polygons.starts[polygons.first_ring])
        x = polygons.xy[:, 0] - np.repeat(boxes[:, 0], sizes)
        y = polygons.xy[:, 1] - np.repeat(boxes[:, 1], sizes)
        # The step from a ring's last point leads nowhere: it has no length.
        x1, y1 = np.append(x[1:], 0.0), np.append(y[1:], 0.0)
        last = polygons.starts[1:] - 1
        x1[last], y1[last] = x[last], y[last]
        spans = _Spans.of(x, y, x1, y1)
        spans.sign[:] *= np.repeat(polygons.turns, np.diff(polygons.starts))
        return cls._of(boxes, polygons.areas, sizes, spans)

    @classmethod
    def _of(cls, boxes: NDArray, areas: NDArray, sizes: NDArray, spans: _Spans) -> "Outlines":
        counts = -(-sizes // RUN)
        spans = spans.in_runs(sizes, counts)
        west, south, east, north = boxes.T
        return cls(
            *(west, south, east - west, north - south),
            areas,
            spans,
            first=np.append(0, np.cumsum(counts)),
            left=reduce(np.minimum, spans.left.reshape(-1, RUN).T),
            right=reduce(np.maximum, spans.right.reshape(-1, RUN).T),
        )

    def over(
        self, which: NDArray[np.int64], left: NDArray[np.float64], right: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the edges of some outlines that lie over some stretches of x.

        As the number of the stretch, ascending, and of the edge.
        """
        first = self.first[which]
        counts = self.first[which + 1] - first
        asked = np.repeat(np.arange(len(which)), counts)
        run = ranges(first, counts)
        near = np.flatnonzero((self.left[run] < right[asked]) & (self.right[run] > left[asked]))
        asked, run = asked[near], run[near]
        over = self.spans.left.reshape(-1, RUN)[run] < right[asked][:, None]
        over &= self.spans.right.reshape(-1, RUN)[run] > left[asked][:, None]
        place = np.flatnonzero(over)
        near = place // RUN
        return asked[near], run[near] * RUN + place % RUN


def meet(  # noqa: PLR0913, PLR0917 - the columns of one table
    mine: Outlines,
    one: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    zones: Cells,
    two: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the area that each of some outlines shares with one group of zones' edges.

    ``x, y`` is where the lower left corner of the outline's box is in that cell.
    """
    area = np.empty(len(one))
    for part in blocks(np.diff(zones.starts)[two]):
        area[part] = _meet_block(mine, one[part], x[part], y[part], zones, two[part])
    return area


def _meet_block(  # noqa: PLR0913, PLR0917 - the columns of one table
    mine: Outlines,
    one: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    zones: Cells,
    two: NDArray[np.int64],
) -> NDArray[np.float64]:
    width, height = mine.width[one], mine.height[one]
    pair, edge = _near(zones, two, x, y, width, height)
    x0, y0, x1, y1 = zones.edges[edge].T
    west, south, top = x[pair], y[pair], height[pair]
    x0, y0, x1, y1 = x0 - west, y0 - south, x1 - west, y1 - south
    # An edge of the zone that leaves through the line along the subject's top is cut there.
    under0, under1 = y0 <= top, y1 <= top
    cut = np.flatnonzero(under0 != under1)
    up = under0[cut]
    at = x0[cut] + (top[cut] - y0[cut]) / (y1[cut] - y0[cut]) * (x1[cut] - x0[cut])
    area = _beside(mine, one, pair[cut], at, up)
    x0[cut], y0[cut] = np.where(up, x0[cut], at), np.where(up, y0[cut], top[cut])
    x1[cut], y1[cut] = np.where(up, at, x1[cut]), np.where(up, top[cut], y1[cut])
    near = (under0 | under1) & (x0 != x1) & (np.maximum(y0, y1) > 0)
    near &= (np.maximum(x0, x1) > 0) & (np.minimum(x0, x1) < width[pair])
    near = np.flatnonzero(near)
    theirs = _Spans.of(x0[near], y0[near], x1[near], y1[near])
    pair = pair[near]
    which = one[pair]
    under = np.empty(len(near))
    for part in blocks(RUN * (mine.first[which + 1] - mine.first[which])):
        under[part] = _under_both(mine, which[part], theirs.part(part))
    return area + np.bincount(pair, under, minlength=len(one))


def _near(  # noqa: PLR0913, PLR0917 - the columns of one table
    zones: Cells,
    two: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    width: NDArray[np.float64],
    height: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (pair, edge) for the edges whose run may matter: no other adds anything.

    To the right of the subject only those matter that cross the line along its top.
    """
    runs = zones.runs
    first = runs.first[two]
    counts = runs.first[two + 1] - first
    pair = np.repeat(np.arange(len(two)), counts)
    run = ranges(first, counts)
    west, south, top = x[pair], y[pair], height[pair]
    north = runs.north[run] - south
    near = (north > 0) & (runs.south[run] - south <= top) & (runs.east[run] - west > 0)
    near &= (runs.west[run] - west < width[pair]) | (north > top)
    near = np.flatnonzero(near)
    pair, run = pair[near], run[near]
    first = runs.starts[run]
    sizes = runs.starts[run + 1] - first
    return np.repeat(pair, sizes), ranges(first, sizes)


def _beside(
    mine: Outlines,
    one: NDArray[np.int64],
    pair: NDArray[np.int64],
    at: NDArray[np.float64],
    up: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return what the closing edges along the subjects' tops add.

    An edge that goes up through the top has the zone on its left: all of the
    subject to the left of it counts; one that goes down takes it away again.
    """
    which = one[pair]
    left = np.where(at >= mine.width[which], mine.area[which], 0.0)
    some = np.flatnonzero((at > 0) & (at < mine.width[which]))
    at = at[some]
    asked, edge = mine.over(which[some], np.full(len(at), -np.inf), at)
    spans = mine.spans
    first = spans.left[edge]
    width = np.minimum(spans.right[edge], at[asked]) - first
    part = spans.sign[edge] * (spans.first[edge] + spans.slope[edge] * 0.5 * width) * width
    left[some] = np.bincount(asked, part, minlength=len(some))
    return np.bincount(pair, np.where(up, left, -left), minlength=len(one))


def _under_both(mine: Outlines, which: NDArray[np.int64], theirs: _Spans) -> NDArray[np.float64]:
    """Return for each of the zones' edges its sum over the edges of its subject.

    Over a stretch of x, the lower of two lines has the mean height of the lower of their
    ends; where the lines cross, a triangle more lies under them than that.
    """
    edge, other = mine.over(which, theirs.left, theirs.right)
    spans = mine.spans
    start, their_start = spans.left[other], theirs.left[edge]
    low = np.maximum(start, their_start)
    width = np.minimum(spans.right[other], theirs.right[edge]) - low
    slope, their_slope = spans.slope[other], theirs.slope[edge]
    mine0 = spans.first[other] + slope * (low - start)
    theirs0 = theirs.first[edge] + their_slope * (low - their_start)
    mine1, theirs1 = mine0 + slope * width, theirs0 + their_slope * width
    twice = np.minimum(mine0, theirs0) + np.minimum(mine1, theirs1)
    gap0, gap1 = mine0 - theirs0, mine1 - theirs1
    both = gap0 * gap1
    cross = np.flatnonzero(both < 0)
    twice[cross] -= both[cross] / np.abs(gap0[cross] - gap1[cross])
    sums = np.bincount(edge, spans.sign[other] * twice * width, minlength=len(which))
    return 0.5 * theirs.sign * sums
