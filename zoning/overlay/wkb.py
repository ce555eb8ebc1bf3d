"""Polygons straight from well-known binary, as files and Arrow columns hold it."""

from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from zoning.overlay.compiled import compiled_here
from zoning.overlay.flat import Polygons, ranges

POLYGON, MULTIPOLYGON = 3, 6
HEADER = 9
"""Bytes of a polygon before its first ring: byte order, type, number of rings."""

TRIANGLE = 4
"""Points of the smallest ring, the first one again at its end."""

BLOCK = 1 << 16
"""Rings whose coordinates are gathered at a time."""


def from_wkb(raw: NDArray[np.uint8], offsets: NDArray[np.int64]) -> Polygons:
    """Return polygons and multipolygons from one buffer of well-known binary.

    ``offsets`` ``(n + 1,)`` tells where each geometry begins in ``raw``; one of
    no bytes is missing. What is not plain little-endian and two-dimensional,
    or has a ring that does not close, goes through GEOS instead.

    Raises:
        ValueError: the binary is broken, a geometry is no polygon, or a
            coordinate is not finite.

    """
    if compiled_here():
        from zoning.overlay import rings_compiled  # noqa: PLC0415

        plain = rings_compiled.rings(raw, offsets)
        if plain is None:
            return Polygons.of(_objects(raw, offsets))
        return Polygons(*plain, len(offsets) - 1)
    rings = _rings(raw, offsets)
    if rings is None:
        return Polygons.of(_objects(raw, offsets))
    owner, hole, start, count = rings
    starts = np.r_[0, np.cumsum(count)]
    xy = np.empty((int(starts[-1]), 2))
    flat = xy.reshape(-1)
    for first in range(0, len(start), BLOCK):
        part = slice(first, min(first + BLOCK, len(start)))
        _gather(raw, start[part], 2 * count[part], flat[2 * starts[first] : 2 * starts[part.stop]])
    if (xy[starts[:-1]] != xy[starts[1:] - 1]).any():
        return Polygons.of(_objects(raw, offsets))
    return Polygons(xy, starts, owner, hole, len(offsets) - 1).checked()


def _objects(raw: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.object_]:
    data = raw.tobytes()
    parts = [data[a:b] or None for a, b in pairwise(offsets)]
    try:
        with np.errstate(all="ignore"):  # coordinates that are no numbers are refused later
            return shapely.from_wkb(parts)
    except (shapely.errors.ShapelyError, NotImplementedError) as error:  # curves, among others
        raise ValueError(str(error)) from error


def _gather(
    raw: NDArray[np.uint8],
    start: NDArray[np.int64],
    count: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Copy runs of doubles that begin anywhere; a view can begin at eight places only."""
    begin = np.cumsum(count) - count
    for shift in range(8):
        mine = np.flatnonzero(start % 8 == shift)
        if len(mine):
            doubles = raw[shift : shift + (len(raw) - shift) // 8 * 8].view("<f8")
            out[ranges(begin[mine], count[mine])] = doubles[
                ranges((start[mine] - shift) // 8, count[mine])
            ]


def _rings(  # noqa: PLR0911 - one return for each way not to be plain
    raw: NDArray[np.uint8], offsets: NDArray[np.int64]
) -> tuple[NDArray, ...] | None:
    """Return owner, hole, first byte and points of every ring; None if not all is plain."""
    geometry = np.flatnonzero(np.diff(offsets) > 0)
    at, end = offsets[geometry], offsets[geometry + 1]
    found: list[tuple[NDArray, ...]] = []
    if (end - at < HEADER).any():
        return None
    kind = _word(raw, at + 1)
    if (raw[at] != 1).any() or not np.isin(kind, (POLYGON, MULTIPOLYGON)).all():
        return None
    parts = np.where(kind == MULTIPOLYGON, _word(raw, at + 5), 1)
    at = np.where(kind == MULTIPOLYGON, at + HEADER, at)
    left = np.zeros(len(at), np.int64)
    step = 0
    while len(at):
        opens = left == 0
        closes = opens & (parts == 0)
        if closes.any():
            geometry, at, end = geometry[~closes], at[~closes], end[~closes]
            parts, left, opens = parts[~closes], left[~closes], opens[~closes]
            continue
        if (at + np.where(opens, HEADER, 4) > end).any():
            return None
        if (raw[at[opens]] != 1).any() or (_word(raw, at[opens] + 1) != POLYGON).any():
            return None
        left[opens] = _word(raw, at[opens] + 5)
        at[opens] += HEADER
        parts[opens] -= 1
        rings = left > 0
        if (at[rings] + 4 > end[rings]).any():
            return None
        count = _word(raw, at[rings])
        begin = at[rings] + 4
        if (count < TRIANGLE).any() or (begin + 16 * count > end[rings]).any():
            return None
        found.append((geometry[rings], ~opens[rings], begin, count, np.full(len(begin), step)))
        at[rings] = begin + 16 * count
        left[rings] -= 1
        step += 1
    owner, hole, start, count, turn = (
        (np.concatenate(column) for column in zip(*found, strict=True))
        if found
        else (np.empty(0, np.int64),) * 5
    )
    order = np.lexsort((turn, owner))
    return owner[order], hole[order].astype(bool), start[order], count[order]


def _word(raw: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the unsigned 32-bit numbers that begin at some bytes."""
    return sum(raw[at + byte].astype(np.int64) << (8 * byte) for byte in range(4))
