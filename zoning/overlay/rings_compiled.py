"""Rings read from binary, checked, measured and densified as loops, compiled.

What numpy does in wkb.py, flat.py and placed.py in many passes. Needs numba; nothing else
imports this module before asking for it.
"""

from dataclasses import replace

import numpy as np
from numba import njit

from layers.validity import SURE
from zoning.overlay.lattice_compiled import signed

POLYGON, MULTIPOLYGON = 3, 6
HEADER = 9
"""Bytes of a polygon before its first ring: byte order, type, number of rings."""

TRIANGLE = 4
"""Points of the smallest ring, the first one again at its end."""


@njit(cache=True, nogil=True, inline="always")
def _word(raw, at):
    """Return the unsigned 32-bit number that begins at a byte."""
    low = np.int64(raw[at]) | np.int64(raw[at + 1]) << 8
    return low | np.int64(raw[at + 2]) << 16 | np.int64(raw[at + 3]) << 24


@njit(cache=True, nogil=True)
def _rings_of(raw, at, end, of, count, owner, hole, begin, points):
    """Note the rings of one geometry; return their number so far, -1 if it is not plain.

    Arrays without room only have their entries counted.
    """
    if end - at < HEADER or raw[at] != 1:
        return -1
    kind, parts = _word(raw, at + 1), 1
    if kind == MULTIPOLYGON:
        parts = _word(raw, at + 5)
        at += HEADER
    elif kind != POLYGON:
        return -1
    for _ in range(parts):
        if at + HEADER > end or raw[at] != 1 or _word(raw, at + 1) != POLYGON:
            return -1
        rings = _word(raw, at + 5)
        at += HEADER
        for ring in range(rings):
            if at + 4 > end:
                return -1
            size = _word(raw, at)
            at += 4
            if size < TRIANGLE or size > (end - at) // 16:
                return -1
            if len(owner):
                owner[count], hole[count] = of, ring > 0
                begin[count], points[count] = at, size
            at += 16 * size
            count += 1
    return count


@njit(cache=True, nogil=True)
def _found(raw, offsets, owner, hole, begin, points):
    """Note all rings; return their number, -1 if one geometry is not plain."""
    count = 0
    for of in range(len(offsets) - 1):
        if offsets[of + 1] > offsets[of]:
            count = _rings_of(
                raw, offsets[of], offsets[of + 1], of, count, owner, hole, begin, points
            )
            if count < 0:
                return count
    return count


@njit(cache=True, nogil=True)
def _copied(raw, begin, starts, xy, bytes_of_xy):
    """Copy the points of rings to where they start; return whether all are closed and finite."""
    sound = True
    for ring in range(len(begin)):
        first, last = starts[ring], starts[ring + 1]
        bytes_of_xy[16 * first : 16 * last] = raw[begin[ring] : begin[ring] + 16 * (last - first)]
        for k in range(first, last):
            # infinity less itself and what is no number are not 0
            sound &= (xy[k, 0] - xy[k, 0] == 0.0) & (xy[k, 1] - xy[k, 1] == 0.0)
        sound &= xy[first, 0] == xy[last - 1, 0] and xy[first, 1] == xy[last - 1, 1]
    return sound


def rings(raw, offsets):
    """Return ``xy, starts, owner, hole`` of plain polygons in well-known binary (``Polygons``).

    None where one is not plain: of another kind, byte order or dimension, broken, not
    closed, or with a coordinate that is not finite.
    """
    none, no_hole = np.empty(0, np.int64), np.empty(0, np.bool_)
    count = _found(raw, offsets, none, no_hole, none, none)
    if count < 0:
        return None
    owner, hole = np.empty(count, np.int64), np.empty(count, np.bool_)
    begin, points = np.empty(count, np.int64), np.empty(count, np.int64)
    _found(raw, offsets, owner, hole, begin, points)
    starts = np.append(0, np.cumsum(points))
    xy = np.empty((starts[-1], 2))
    if not _copied(raw, begin, starts, xy, xy.reshape(-1).view(np.uint8)):
        return None
    return xy, starts, owner, hole


@njit(cache=True, nogil=True)
def star_shaped(xy, starts):
    """Return which rings surely go once around the mean of their corners (``layers.validity``)."""
    stars = np.zeros(len(starts) - 1, np.bool_)
    for ring in range(len(stars)):
        begin, end = starts[ring], starts[ring + 1]
        middle_x, middle_y = 0.0, 0.0
        for k in range(begin, end):
            middle_x += xy[k, 0]
            middle_y += xy[k, 1]
        middle_x, middle_y = middle_x / (end - begin), middle_y / (end - begin)
        px, py = xy[begin, 0] - middle_x, xy[begin, 1] - middle_y
        below = not (py > 0.0 or (py == 0.0 and px > 0.0))
        leftward, rightward, rising = True, True, 0
        for k in range(begin + 1, end):
            x, y = xy[k, 0] - middle_x, xy[k, 1] - middle_y
            one, other = px * y, py * x
            error = SURE * (abs(one) + abs(other))
            leftward &= one - other > error
            rightward &= other - one > error
            if not (leftward or rightward):
                break
            above = y > 0.0 or (y == 0.0 and x > 0.0)
            rising += below and above
            below = not above
            px, py = x, y
        stars[ring] = (leftward or rightward) and rising == 1
    return stars


@njit(cache=True, nogil=True)
def bounds(xy, starts):
    """Return west, south, east and north of runs of points, ``(n, 4)``; NaN of an empty one."""
    boxes = np.full((len(starts) - 1, 4), np.nan)
    for i in range(len(boxes)):
        if starts[i] == starts[i + 1]:
            continue
        west, south = xy[starts[i]]
        east, north = west, south
        for k in range(starts[i] + 1, starts[i + 1]):
            x, y = xy[k, 0], xy[k, 1]
            west, east = min(west, x), max(east, x)
            south, north = min(south, y), max(north, y)
        boxes[i, 0], boxes[i, 1], boxes[i, 2], boxes[i, 3] = west, south, east, north
    return boxes


@njit(cache=True, nogil=True)
def signed_areas(xy, starts):
    """Return the signed area of each ring."""
    areas = np.empty(len(starts) - 1)
    for ring in range(len(areas)):
        areas[ring] = 0.5 * signed(xy, starts[ring], starts[ring + 1])
    return areas


@njit(cache=True, nogil=True)
def lengths(xy, starts):
    """Return of each ring the sum of its edges' widths and heights, and of all the longest edge."""
    sums = np.zeros(len(starts) - 1)
    longest = 0.0
    for ring in range(len(sums)):
        total = 0.0
        for k in range(starts[ring], starts[ring + 1] - 1):
            across, up = abs(xy[k + 1, 0] - xy[k, 0]), abs(xy[k + 1, 1] - xy[k, 1])
            total += across + up
            longest = max(longest, across * across + up * up)
        sums[ring] = total
    return sums, np.sqrt(longest)


@njit(cache=True, nogil=True, error_model="numpy")
def _cut(xy, starts, longest, there, there_starts):
    """Write rings to ``there`` with long edges cut into equal parts, and where they start."""
    at = 0
    for ring in range(len(starts) - 1):
        there_starts[ring] = at
        for k in range(starts[ring], starts[ring + 1] - 1):
            x, y = xy[k, 0], xy[k, 1]
            across, up = xy[k + 1, 0] - x, xy[k + 1, 1] - y
            there[at, 0], there[at, 1] = x, y
            at += 1
            length = np.sqrt(across * across + up * up)
            if length > longest:
                parts = np.ceil(length / longest)
                for part in range(1, int(parts)):
                    there[at, 0], there[at, 1] = x + part / parts * across, y + part / parts * up
                    at += 1
        there[at, 0], there[at, 1] = xy[starts[ring + 1] - 1, 0], xy[starts[ring + 1] - 1, 1]
        at += 1
    there_starts[len(starts) - 1] = at
    return at


def densified(polygons, longest):
    """Return polygons with edges longer than that cut into equal parts."""
    sums, most = lengths(polygons.xy, polygons.starts)
    if most <= longest:
        return polygons
    # An edge of a length l is cut into less than 1 + l / longest parts.
    room = len(polygons.xy) + int(sums.sum() / longest) + 1
    xy, starts = np.empty((room, 2)), np.empty_like(polygons.starts)
    count = _cut(polygons.xy, polygons.starts, longest, xy, starts)
    return replace(polygons, xy=xy[:count], starts=starts)
