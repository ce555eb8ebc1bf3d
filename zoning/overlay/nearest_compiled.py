"""The search of nearest.py as a loop over its own tree, compiled: the same answers.

The runs' boxes are packed four neighbours to a node, level upon level. Unlike a
grid, the tree adapts to what it holds: neither features crowded in a corner nor
shapes far from all of them make it slow.

Needs numba; nothing else imports this module before asking for it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from zoning.overlay.nearest import Runs

FAN = 4
"""Children of a node; measured fastest of 2, 4, 8 and 16."""

STACK = 128
"""More than the deepest tree needs: three nodes wait on each level of at most 32."""

LEAN: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    "_nrt": False,
    "forceinline": True,
}
"""Of what is called in the innermost loop and makes no array: the arrays that it is given
are not counted as held once more at each call, which took longer than the call's own work."""

ORDER_BITS = 31
"""Bits of each coordinate in the order of the tree: a box of 2 000 km in millimetres, so
that features crowded in a corner are in order too."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Runs of features in a packed tree.

    Attributes:
        xy: float64 ``(n, 2)``; vertices, run after run in the order of the tree.
        starts: int64 ``(r + 1,)``; where each run begins, and the end.
        owner: int64 ``(r,)``; the feature of each run.
        boxes: float64 ``(b, 4)``; west, south, east, north of the runs, then of
            the nodes above them, level by level up to the root.
        levels: int64 ``(l + 1,)``; where each level begins in ``boxes``, and
            the end.

    """

    xy: NDArray[np.float64]
    starts: NDArray[np.int64]
    owner: NDArray[np.int64]
    boxes: NDArray[np.float64]
    levels: NDArray[np.int64]

    @classmethod
    def of(cls, runs: Runs) -> "Packed":
        """Pack runs, of which there is at least one."""
        order = tree_order(0.5 * (runs.boxes[:, :2] + runs.boxes[:, 2:]))
        levels = [np.ascontiguousarray(runs.boxes[order])]
        while len(levels[-1]) > 1:
            below = levels[-1]
            begin = np.arange(0, len(below), FAN)
            low = np.minimum.reduceat(below[:, :2], begin, axis=0)
            high = np.maximum.reduceat(below[:, 2:], begin, axis=0)
            levels.append(np.column_stack([low, high]))
        size = (runs.last - runs.first + 1)[order]
        starts = np.r_[0, np.cumsum(size)]
        return cls(
            xy=_gathered(runs.xy, runs.first[order], starts),
            starts=starts,
            owner=runs.owner[order],
            boxes=np.concatenate(levels),
            levels=np.r_[0, np.cumsum([len(level) for level in levels])].astype(np.int64),
        )


def tree_order(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the order of points along Hilbert's curve: neighbours on it are near."""
    low = xy.min(axis=0)
    scale = ((1 << ORDER_BITS) - 1) / (np.ptp(xy, axis=0).max() or 1.0)
    return np.argsort(_along(((xy - low) * scale).astype(np.int64)))


@njit(cache=True, nogil=True)
def _along(steps):
    """Return how far along Hilbert's curve places lie, their coordinates in steps."""
    far = np.empty(len(steps), np.int64)
    for k in range(len(steps)):
        x, y, code = steps[k, 0], steps[k, 1], 0
        for bit in range(ORDER_BITS - 1, -1, -1):
            right, up = (x >> bit) & 1, (y >> bit) & 1
            code = code << 2 | (3 * right ^ up)
            # A lower quarter is turned, so that the curve goes on where it ended; bits
            # decide without a branch, which the processor would guess wrong half the time.
            turned = (x ^ y) & (up - 1)
            x, y = x ^ turned ^ (-right & (up - 1)), y ^ turned ^ (-right & (up - 1))
        far[k] = code
    return far


def search(
    features: Packed,
    shapes: Runs,
    distance: NDArray[np.float64],
    feature: NDArray[np.int64],
    tie: float,
) -> None:
    """Lower the distances of shapes, and the features that are as near, to those found.

    Args:
        features: the features' runs.
        shapes: the shapes' runs.
        distance: float64 ``(n,)``; inf, or 0 where a shape is known to meet a
            feature; changed in place.
        feature: int64 ``(n,)``; the first feature known to be that near, or
            a greater number than any feature's; changed in place.
        tie: features less than this farther than the nearest are as near.

    """
    begin = np.flatnonzero(np.r_[True, shapes.owner[1:] != shapes.owner[:-1]])
    end = np.r_[begin[1:], len(shapes.owner)]
    # Neighbours one after the other find their part of the tree still at hand.
    x, y = shapes.xy[shapes.first[begin]].T
    strip = (np.ptp(x) or 1.0) / np.sqrt(len(x))
    order = np.lexsort((y, np.floor((x - x.min()) / strip)))
    _search(
        features.xy, features.starts, features.owner, features.boxes, features.levels,
        shapes.xy, shapes.first, shapes.last, shapes.boxes,
        shapes.owner[begin[order]], begin[order], end[order], distance, feature, tie,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _gathered(xy, first, starts):
    """Return the vertices of runs, one run after the other."""
    packed = np.empty((starts[-1], 2))
    for run in range(len(first)):
        for k in range(starts[run], starts[run + 1]):
            packed[k, 0] = xy[first[run] + k - starts[run], 0]
            packed[k, 1] = xy[first[run] + k - starts[run], 1]
    return packed


@njit(**LEAN)
def _apart(boxes, k, west, south, east, north):
    """Return the square of the distance between a node's box and another one."""
    dx = max(boxes[k, 0] - east, west - boxes[k, 2], 0.0)
    dy = max(boxes[k, 1] - north, south - boxes[k, 3], 0.0)
    return dx * dx + dy * dy


@njit(**LEAN)
def _to_edge(x, y, ax, ay, bx, by):
    """Return the square of the distance from a point to an edge."""
    ax, ay, bx, by = ax - x, ay - y, bx - x, by - y
    ux, uy = bx - ax, by - ay
    length = ux * ux + uy * uy
    along = -(ax * ux + ay * uy)
    if along <= 0.0 or length == 0.0:
        return ax * ax + ay * ay
    if along >= length:
        return bx * bx + by * by
    across = ax * uy - ay * ux
    return across * across / length


@njit(**LEAN)
def _between(px, py, qx, qy, ax, ay, bx, by):
    """Return the square of the distance between two edges."""
    if px == qx and py == qy:
        return _to_edge(px, py, ax, ay, bx, by)
    ux, uy, vx, vy = qx - px, qy - py, bx - ax, by - ay
    left = (ux * (ay - py) - uy * (ax - px)) * (ux * (by - py) - uy * (bx - px))
    right = (vx * (py - ay) - vy * (px - ax)) * (vx * (qy - ay) - vy * (qx - ax))
    if left < 0.0 and right < 0.0:
        return 0.0
    return min(
        _to_edge(px, py, ax, ay, bx, by),
        _to_edge(qx, qy, ax, ay, bx, by),
        _to_edge(ax, ay, px, py, qx, qy),
        _to_edge(bx, by, px, py, qx, qy),
    )


@njit(**LEAN)
def _runs_apart(
    xy, begin, end, shape_xy, first, last, west, south, east, north, bound,
):  # fmt: skip
    """Return the square of the distance between two runs, or more than ``bound``."""
    best = np.inf
    for k in range(begin, max(end - 1, begin + 1)):
        j = min(k + 1, end - 1)
        ax, ay, bx, by = xy[k, 0], xy[k, 1], xy[j, 0], xy[j, 1]
        if first == last:
            best = min(best, _to_edge(west, south, ax, ay, bx, by))
            continue
        dx = max(min(ax, bx) - east, west - max(ax, bx), 0.0)
        dy = max(min(ay, by) - north, south - max(ay, by), 0.0)
        if dx * dx + dy * dy > min(best, bound):
            continue
        for i in range(first, last):
            px, py, qx, qy = shape_xy[i, 0], shape_xy[i, 1], shape_xy[i + 1, 0], shape_xy[i + 1, 1]
            best = min(best, _between(px, py, qx, qy, ax, ay, bx, by))
    return best


@njit(**LEAN)
def _wait(
    boxes, levels, at, level, west, south, east, north, bound, node, height, apart, waiting,
):  # fmt: skip
    """Put the children of a node that are near enough on the stack, the nearest on top."""
    low = levels[level - 1]
    bottom = waiting
    for child in range(at * FAN, min(at * FAN + FAN, levels[level] - low)):
        gap = _apart(boxes, low + child, west, south, east, north)
        if gap > bound:
            continue
        place = waiting
        while place > bottom and apart[place - 1] < gap:
            node[place], height[place], apart[place] = (
                node[place - 1], height[place - 1], apart[place - 1],
            )  # fmt: skip
            place -= 1
        node[place], height[place], apart[place] = child, level - 1, gap
        waiting += 1
    return waiting


@njit(**LEAN)
def _walk(
    xy, starts, owner, boxes, levels,
    shape_xy, first, last, box,
    best, lowest, tied, tie, naming, node, height, apart,
):  # fmt: skip
    """Return the square of the distance to a run, if less than ``best``, and its feature.

    And whether another feature may be as near. When ``naming``, the distance stays, and
    the feature is the first of those as near.
    """
    west, south, east, north = box[0], box[1], box[2], box[3]
    bound = (np.sqrt(best) + tie) ** 2
    node[0], height[0], apart[0] = 0, len(levels) - 2, 0.0
    waiting = 1
    while waiting:
        waiting -= 1
        at, level = node[waiting], height[waiting]
        if apart[waiting] > bound:
            continue
        if level:
            waiting = _wait(
                boxes, levels, at, level, west, south, east, north, bound,
                node, height, apart, waiting,
            )  # fmt: skip
            continue
        if naming and owner[at] >= lowest:
            continue
        found = _runs_apart(
            xy, starts[at], starts[at + 1], shape_xy, first, last,
            west, south, east, north, bound,
        )  # fmt: skip
        if naming:
            if found <= bound:
                lowest = owner[at]
        elif found < best:
            bound = (np.sqrt(found) + tie) ** 2
            if owner[at] != lowest:  # what was as near as the former is not as near as this
                tied = best <= bound
            best, lowest = found, owner[at]
        elif found <= bound and owner[at] != lowest:
            tied = True
    return best, lowest, tied


@njit(cache=True, nogil=True, error_model="numpy")
def _search(
    xy, starts, owner, boxes, levels,
    shape_xy, first, last, shape_boxes,
    asked, begin, end, distance, feature, tie,
):  # fmt: skip
    node = np.empty(STACK, np.int64)
    height = np.empty(STACK, np.int64)
    apart = np.empty(STACK)
    for k in range(len(asked)):
        best, lowest = distance[asked[k]] ** 2, feature[asked[k]]
        tied = False
        # First how near, then, where that is a tie, the first of those as near.
        for naming in range(2):
            for run in range(begin[k], end[k]):
                if (tied or best == 0.0) if naming else best > 0.0:
                    best, lowest, tied = _walk(
                        xy, starts, owner, boxes, levels, shape_xy, first[run], last[run],
                        shape_boxes[run], best, lowest, tied, tie, naming, node, height, apart,
                    )  # fmt: skip
        distance[asked[k]], feature[asked[k]] = np.sqrt(best), lowest
