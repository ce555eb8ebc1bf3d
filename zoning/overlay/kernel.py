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

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoning.overlay.flat import ranges
from zoning.overlay.lattice import Cells

BLOCK = 1 << 18
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


def shared_areas(subjects: Cells, zones: Cells, *, ahead: bool = False) -> Shared:
    """Return the area that each subject shares with each zone, both cut by one lattice.

    Pairs that share a cell but no area come with an area of (nearly) nothing.
    With ``ahead``, subjects and zones are one and the same, and only zones of a
    higher number are met: the pairs of a layer with itself, each once. Time and
    memory grow with the edges that meet in a cell.
    """
    low = np.searchsorted(zones.cell, subjects.cell, side="left")
    high = np.searchsorted(zones.cell, subjects.cell, side="right")
    if ahead:  # of one layer: what comes later in the cell has a higher number
        low = np.arange(len(subjects.cell)) + 1
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
    area[both] = _meet(subjects, one[both], zones, two[both])
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


@dataclass(frozen=True, slots=True)
class _Spans:
    """Edges over their stretch of x: its ends, the height at them, the sign."""

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    first: NDArray[np.float64]
    slope: NDArray[np.float64]
    sign: NDArray[np.float64]

    @classmethod
    def of(cls, x0: NDArray, y0: NDArray, x1: NDArray, y1: NDArray) -> "_Spans":
        back = x1 < x0
        slope = (y1 - y0) / np.where(x1 == x0, 1.0, x1 - x0)
        left, right = np.where(back, x1, x0), np.where(back, x0, x1)
        return cls(left, right, np.where(back, y1, y0), slope, np.where(back, 1.0, -1.0))

    def at(self, which: NDArray[np.int64], x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the height of some edges at some x."""
        return self.first[which] + self.slope[which] * (x - self.left[which])


class _Subjects:
    """Groups of subjects' edges with y from the lowest point of each group."""

    def __init__(self, cells: Cells, groups: NDArray[np.int64]) -> None:
        self.sizes = cells.starts[groups + 1] - cells.starts[groups]
        self.begin = np.cumsum(self.sizes) - self.sizes
        x0, y0, x1, y1 = cells.edges[ranges(cells.starts[groups], self.sizes)].T
        self.south = np.minimum.reduceat(y0, self.begin)
        self.top = np.maximum.reduceat(y0, self.begin) - self.south
        south = np.repeat(self.south, self.sizes)
        self.spans = _Spans.of(x0, y0 - south, x1, y1 - south)
        self.west = np.minimum.reduceat(x0, self.begin)
        self.east = np.maximum.reduceat(x0, self.begin)

    def left_of(self, group: NDArray[np.int64], x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how much of some groups' areas lies to the left of some x."""
        count = self.sizes[group]
        asked = np.repeat(np.arange(len(group)), count)
        edge = ranges(self.begin[group], count)
        left = self.spans.left[edge]
        right = np.minimum(self.spans.right[edge], x[asked])
        middle = self.spans.at(edge, 0.5 * (left + right))
        part = self.spans.sign[edge] * middle * np.maximum(right - left, 0.0)
        return np.bincount(asked, part, minlength=len(group))


def _meet(
    subjects: Cells, one: NDArray[np.int64], zones: Cells, two: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the area shared by pairs of groups of one cell, both crossed by borders."""
    area = np.empty(len(one))
    work = np.cumsum(np.diff(subjects.starts)[one] + 4 * np.diff(zones.starts)[two])
    start = 0
    while start < len(one):
        done = work[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(work, done + BLOCK)))
        area[start:stop] = _meet_block(subjects, one[start:stop], zones, two[start:stop])
        start = stop
    return area


def _meet_block(
    subjects: Cells, one: NDArray[np.int64], zones: Cells, two: NDArray[np.int64]
) -> NDArray[np.float64]:
    groups, which = np.unique(one, return_inverse=True)
    mine = _Subjects(subjects, groups)
    counts = zones.starts[two + 1] - zones.starts[two]
    pair = np.repeat(np.arange(len(one)), counts)
    x0, y0, x1, y1 = zones.edges[ranges(zones.starts[two], counts)].T
    group = which[pair]
    y0, y1, top = y0 - mine.south[group], y1 - mine.south[group], mine.top[group]
    # An edge of the zone that leaves through the line along the subject's top is cut there.
    under0, under1 = y0 <= top, y1 <= top
    cut = under0 != under1
    share = (top - y0) / np.where(cut, y1 - y0, 1.0)
    at = np.where(cut, x0 + share * (x1 - x0), x0)
    area = _beside(mine, group, at, cut, under0, pair, len(one))
    x0, y0 = np.where(cut & ~under0, at, x0), np.where(cut & ~under0, top, y0)
    x1, y1 = np.where(cut & ~under1, at, x1), np.where(cut & ~under1, top, y1)
    near = (under0 | under1) & (x0 != x1) & ((y0 > 0) | (y1 > 0))
    near &= (np.maximum(x0, x1) > mine.west[group]) & (np.minimum(x0, x1) < mine.east[group])
    theirs = _Spans.of(x0[near], y0[near], x1[near], y1[near])
    group = group[near]
    return area + np.bincount(pair[near], _under_both(mine, group, theirs), minlength=len(one))


def _beside(  # noqa: PLR0913, PLR0917 - one edge's facts
    mine: _Subjects,
    group: NDArray[np.int64],
    at: NDArray[np.float64],
    cut: NDArray[np.bool_],
    up: NDArray[np.bool_],
    pair: NDArray[np.int64],
    pairs: int,
) -> NDArray[np.float64]:
    """Return what the closing edges along the subjects' tops add.

    An edge that goes up through the top has the zone on its left: all of the
    subject to the left of it counts; one that goes down takes it away again.
    """
    some = np.flatnonzero(cut & (at > mine.west[group]))
    left = mine.left_of(group[some], at[some])
    return np.bincount(pair[some], np.where(up[some], left, -left), minlength=pairs)


def _under_both(mine: _Subjects, group: NDArray[np.int64], theirs: _Spans) -> NDArray[np.float64]:
    """Return for each of the zones' edges its sum over the edges of its subject."""
    count = mine.sizes[group]
    edge = np.repeat(np.arange(len(group)), count)
    other = ranges(mine.begin[group], count)
    spans = mine.spans
    over = (spans.left[other] < theirs.right[edge]) & (spans.right[other] > theirs.left[edge])
    edge, other = edge[over], other[over]
    left = np.maximum(spans.left[other], theirs.left[edge])
    right = np.minimum(spans.right[other], theirs.right[edge])
    mine0, mine1 = spans.at(other, left), spans.at(other, right)
    theirs0, theirs1 = theirs.at(edge, left), theirs.at(edge, right)
    gap0, gap1 = mine0 - theirs0, mine1 - theirs1
    twice = np.where(gap0 + gap1 <= 0, mine0 + mine1, theirs0 + theirs1)
    cross = np.flatnonzero((gap0 < 0) != (gap1 < 0))
    twice[cross] = _crossing(
        *(values[cross] for values in (mine0, mine1, theirs0, theirs1, gap0, gap1))
    )
    part = spans.sign[other] * theirs.sign[edge] * 0.5 * twice * (right - left)
    return np.bincount(edge, part, minlength=len(group))


def _crossing(  # noqa: PLR0913, PLR0917 - two edges' heights
    mine0: NDArray, mine1: NDArray, theirs0: NDArray, theirs1: NDArray, gap0: NDArray, gap1: NDArray
) -> NDArray[np.float64]:
    """Return twice the mean height of the lower of two edges that cross."""
    share = gap0 / (gap0 - gap1)
    node = mine0 + share * (mine1 - mine0)
    mine_first = gap0 < 0
    first = np.where(mine_first, mine0, theirs0) + node
    last = np.where(mine_first, theirs1, mine1) + node
    return share * first + (1 - share) * last
