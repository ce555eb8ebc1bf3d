"""Geometries of a layer as they are read: single rings stay arrays until they are asked for.

A layer of a million patches is carried to another plane before anybody looks at a geometry. To
build the objects of the first plane, too, takes as long as all that GDAL does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

POLYGON = np.frombuffer(b"\1" + b"\3\0\0\0" + b"\1\0\0\0", np.uint8)
LONE_PART = np.frombuffer(b"\1" + b"\6\0\0\0" + b"\1\0\0\0" + POLYGON.tobytes(), np.uint8)
"""How the binary of a polygon of one ring begins, alone and as the only part of a multipolygon:
byte order, type and number. The number of points follows."""

TRIANGLE = 4
"""Points of the smallest ring, the first one again at its end."""

SMALLEST = len(POLYGON) + 4 + 16 * TRIANGLE
"""Bytes of the smallest polygon."""


@dataclass(frozen=True, slots=True)
class Rings:
    """Polygons of one ring each, in one plane.

    Attributes:
        points: ``(n, 2)``, finite; the closed rings one after the other.
        ends: ``(m + 1,)``; where each ring begins in ``points``, and the end.
        lone: ``(m,)``; whether a polygon is the only part of a multipolygon.

    """

    points: NDArray[np.float64]
    ends: NDArray[np.int64]
    lone: NDArray[np.bool_]

    def part(self, start: int, stop: int) -> "Rings":
        """Return the rings from ``start`` to before ``stop``."""
        ends = self.ends[start : stop + 1]
        return Rings(self.points[ends[0] : ends[-1]], ends - ends[0], self.lone[start:stop])

    def take(self, at: NDArray[np.int64]) -> "Rings":
        """Return the rings at some positions, in that order."""
        counts = np.diff(self.ends)[at]
        ends = np.append(0, np.cumsum(counts))
        places = np.repeat(self.ends[at] - ends[:-1], counts) + np.arange(ends[-1])
        return Rings(self.points[places], ends, self.lone[at])

    def geometries(self) -> NDArray[np.object_]:
        """Return the polygons as objects."""
        offsets = (self.ends, np.arange(len(self.ends)))
        kind = shapely.GeometryType.POLYGON
        shapes = np.asarray(shapely.from_ragged_array(kind, self.points, offsets))
        if self.lone.any():
            numbers = np.arange(np.count_nonzero(self.lone))
            shapes[self.lone] = shapely.multipolygons(shapes[self.lone], indices=numbers)
        return shapes


@dataclass(frozen=True, slots=True)
class Outlines:
    """The geometries of a layer, none of them missing, empty or with heights.

    Indexed like an array it gives geometries, built anew each time.

    Attributes:
        rings: the polygons of one ring.
        rows: ``(m,)``, ascending; which geometries these are.
        others: ``(n,)``; all the other geometries at their places.
        crs: what the file says.

    """

    rings: Rings
    rows: NDArray[np.int64]
    others: NDArray[np.object_]
    crs: str | None

    def __len__(self) -> int:
        """Return how many geometries there are."""
        return len(self.others)

    def __getitem__(self, wanted: NDArray) -> NDArray[np.object_]:
        """Return some geometries as objects."""
        ring = np.full(len(self), -1)
        ring[self.rows] = np.arange(len(self.rows))
        shapes, ring = self.others[wanted], ring[wanted]
        shapes[ring >= 0] = self.rings.take(ring[ring >= 0]).geometries()
        return shapes

    @property
    def rest(self) -> NDArray[np.int64]:
        """Which geometries are no single ring."""
        return np.delete(np.arange(len(self)), self.rows)

    def geometries(self) -> NDArray[np.object_]:
        """Return all geometries as objects."""
        shapes = self.others.copy()
        shapes[self.rows] = self.rings.geometries()
        return shapes


def bounded(shapes: NDArray[np.object_] | Outlines) -> NDArray[np.bool_]:
    """Return which geometries have finite bounds; missing and empty ones have not."""
    if not isinstance(shapes, Outlines):
        return np.isfinite(shapely.bounds(shapes)).all(axis=1)
    finite = np.ones(len(shapes), dtype=bool)
    finite[shapes.rest] = bounded(shapes.others[shapes.rest])
    return finite


def rings_of(raw: NDArray[np.uint8], offsets: NDArray[np.int64]) -> tuple[Rings, NDArray[np.int64]]:
    """Return the polygons of one ring in well-known binary, and which geometries these are.

    ``offsets`` ``(n + 1,)`` tells where each geometry begins in ``raw``. What is not plain
    little-endian and two-dimensional is left out; where a ring does not close or has a
    coordinate that is no number, all are.
    """
    rows = np.flatnonzero(np.diff(offsets) >= SMALLEST)
    begin, sizes = offsets[rows], offsets[rows + 1] - offsets[rows]
    heads = _records(raw, begin, len(LONE_PART) + 4)
    lone = (heads[:, : len(LONE_PART)] == LONE_PART).all(axis=1)
    plain = (heads[:, : len(POLYGON)] == POLYGON).all(axis=1)
    skip = np.where(lone, len(LONE_PART), len(POLYGON)) + 4
    counts = (sizes - skip) // 16
    said = np.where(lone[:, None], heads[:, -4:], heads[:, len(POLYGON) :][:, :4])
    fits = (lone | plain) & (counts >= TRIANGLE) & (sizes == skip + 16 * counts)
    fits &= said.view("<u4")[:, 0] == counts
    rows, begin, lone, counts = rows[fits], (begin + skip)[fits], lone[fits], counts[fits]
    ends = np.append(0, np.cumsum(counts))
    places = np.repeat(begin - 16 * ends[:-1], counts) + 16 * np.arange(ends[-1])
    points = _records(raw, places, 16).view("<f8")
    if (points[ends[:-1]] != points[ends[1:] - 1]).any() or not np.isfinite(points).all():
        rows, lone, ends, points = rows[:0], lone[:0], ends[:1], points[:0]
    return Rings(points, ends, lone), rows


def _records(raw: NDArray[np.uint8], begin: NDArray[np.int64], size: int) -> NDArray[np.uint8]:
    """Return the bytes, ``(n, size)``, from some places of any parity."""
    records = np.ndarray(max(len(raw) - size + 1, 0), f"V{size}", raw, strides=(1,))
    return records[begin].view(np.uint8).reshape(-1, size)


def gathered(parts: Sequence[Outlines]) -> Outlines:
    """Return the geometries of some batches, one batch after the other."""
    sizes = np.cumsum([0, *(len(part) for part in parts)])
    points = np.cumsum([0, *(len(part.rings.points) for part in parts)])
    ends = [part.rings.ends[1:] + start for part, start in zip(parts, points, strict=False)]
    rings = Rings(
        np.concatenate([part.rings.points for part in parts]),
        np.concatenate([[0], *ends]),
        np.concatenate([part.rings.lone for part in parts]),
    )
    rows = np.concatenate([part.rows + start for part, start in zip(parts, sizes, strict=False)])
    return Outlines(rings, rows, np.concatenate([part.others for part in parts]), parts[0].crs)
