"""Huge polygons cut once into small pieces, and what of them lies around a shape.

GEOS takes all edges of a polygon in hand to say how a small shape meets it.
Here each polygon is halved, and its halves again, until no piece has many
vertices; some coarser pieces on the way are kept as well. Around a shape a zone
is then the smallest piece whose cell holds the shape's surroundings. The borders
that cutting made lie outside of these: nothing in them is cut and joined again,
no vertex moved, so the shape meets the piece exactly as it meets the zone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry, GEOSException, STRtree

from zoning.overlay.flat import POLYGON_TYPES

COARSER = 4
"""How many times as many vertices the next coarser pieces have: around a shape that lies
across the border of two pieces, a coarser one is clipped."""

POLYGON = 2
"""Dimension of polygons."""

AREA_SHARE = 1e-9
"""A zone whose pieces do not add up to it, to this share, stays whole."""

HELPFUL = 0.9
"""A cut that leaves a half with more than this share of the vertices is not worth it."""

BEYOND_M = 1.618034
"""Clipped this far beyond the surroundings asked for, so that the cut does not touch them;
an odd number, so that the vertices of a drawing on round metres do not lie on it."""

Cell = tuple[float, ...]
"""West, south, east and north."""

EVERYWHERE: Cell = (-np.inf, -np.inf, np.inf, np.inf)


@dataclass(frozen=True, slots=True)
class _Piece:
    """All of a zone that lies in a cell."""

    shape: Geometry
    cell: Cell


class Pieces:
    """The zones of one plane, in pieces.

    Attributes:
        shapes: object ``(p,)``; the finest pieces, polygons or multipolygons with
            at most ``most`` vertices (one more for each place where a ring touched
            itself). Those of a zone do not overlap and add up to it. A zone that is
            no polygon, not valid, or does not get smaller by cutting (thousands of
            spikes side by side) stays whole.
        zone: int64 ``(p,)``, ascending; the number of the zone of each piece.

    """

    def __init__(self, zones: Sequence[Geometry | None], most: int = 256) -> None:
        """Cut zones, in metres of one plane; missing and empty ones have no piece."""
        self._zones = [_Zone(zone, most) for zone in zones]
        counts = [zone.finest for zone in self._zones]
        self.zone: NDArray[np.int64] = np.repeat(np.arange(len(counts)), counts)
        self.shapes: NDArray[np.object_] = np.empty(len(self.zone), dtype=object)
        self.shapes[:] = [shape for zone in self._zones for shape in zone.shapes[: zone.finest]]

    def near(self, shape: Geometry, distance: float) -> NDArray[np.int64]:
        """Return the numbers of the zones no farther than ``distance`` from a shape, ascending."""
        return np.unique(self.zone[self._tree.query(shape, "dwithin", distance)])

    def local(
        self, shape: Geometry, margin: float, zones: Sequence[int] | None = None
    ) -> list[tuple[int, Geometry]]:
        """Return the numbers of the zones around a shape and what of each lies there.

        In the shape's bounding box, grown by ``margin`` on every side, that is
        the zone itself, edge by edge; farther off it may be anything. So it
        overlaps the shape as the zone does, and whatever asks how the shape's
        interior and border lie to the zone has the same answer. What asks for
        all of the zone (its area, whether the shape holds it) has not.

        Args:
            shape: not empty, in metres of the plane.
            margin: metres, 0 or more.
            zones: the numbers of the zones wanted; without, those no farther
                from the shape than the margin.

        """
        west, south, east, north = shapely.bounds(shape)
        around = west - margin, south - margin, east + margin, north + margin
        numbers = self.near(shape, margin) if zones is None else zones
        parts = [(int(number), self._zones[number].around(around)) for number in numbers]
        return [(number, part) for number, part in parts if part is not None]

    @cached_property
    def _tree(self) -> STRtree:
        return STRtree(self.shapes)


class _Zone:
    """One zone as pieces, the finest first, then coarser ones, the whole zone last.

    Attributes:
        shapes: the pieces.
        finest: how many of them are the finest.

    """

    def __init__(self, zone: Geometry | None, most: int) -> None:
        levels = _levels(zone, most)
        pieces = [piece for level in levels for piece in level]
        self.shapes = [piece.shape for piece in pieces]
        self.finest = len(levels[0])
        self._cells = np.array([piece.cell for piece in pieces]).reshape(-1, 4)

    def around(self, box: Cell) -> Geometry | None:
        """Return the zone as it is in a box, or ``None`` if it is not there."""
        if not self.shapes:
            return None
        west, south, east, north = box
        cells = self._cells
        holds = (cells[:, 0] < west) & (cells[:, 1] < south)
        holds &= (cells[:, 2] > east) & (cells[:, 3] > north)
        at = int(np.argmax(holds))
        if at < self.finest:
            return self.shapes[at]
        grown = west - BEYOND_M, south - BEYOND_M, east + BEYOND_M, north + BEYOND_M
        xy = shapely.get_coordinates(self.shapes[at])
        if ((xy == grown[:2]) | (xy == grown[2:])).any():
            part = _overlaid(self.shapes[at], grown)
        else:
            part = _mended([_clipped(self.shapes[at], grown)])[0]
        return None if part.is_empty else part


def _levels(zone: Geometry | None, most: int) -> list[list[_Piece]]:
    """Return a zone's pieces level by level, the finest first, the whole zone last."""
    if zone is None or zone.is_empty:
        return [[]]
    levels = [[_Piece(zone, EVERYWHERE)]]
    vertices = shapely.get_num_coordinates(zone)
    if vertices <= most or shapely.get_type_id(zone) not in POLYGON_TYPES:
        return levels
    limits = [most]
    while limits[0] * COARSER < vertices:
        limits.insert(0, limits[0] * COARSER)
    for limit in limits:
        levels.insert(0, [small for piece in levels[0] for small in _cut_down(piece, limit)])
    shapes = _mended([piece.shape for piece in levels[0]])
    area = shapely.area(zone)
    if abs(shapely.area(shapes).sum() - area) > AREA_SHARE * area:
        return levels[-1:]
    finest = [_Piece(shape, piece.cell) for shape, piece in zip(shapes, levels[0], strict=True)]
    return [finest, *levels[1:]]


def _cut_down(piece: _Piece, limit: int) -> Iterator[_Piece]:
    """Yield pieces of a piece that have no more vertices than the limit, where cutting helps."""
    waiting = [piece]
    while waiting:
        piece = waiting.pop()
        halves = _halves(piece, limit)
        if halves is None:
            yield piece
        else:
            waiting.extend(halves)


def _halves(piece: _Piece, limit: int) -> list[_Piece] | None:
    """Return the better of two ways to halve a piece, or ``None`` if neither is needed or helps."""
    vertices = int(shapely.get_num_coordinates(piece.shape))
    if vertices <= limit:
        return None
    xy = shapely.get_coordinates(piece.shape)
    size = np.ptp(xy, axis=0)
    for axis in (0, 1) if size[0] >= size[1] else (1, 0):
        cut = _between_vertices(xy[:, axis])
        halves = [] if cut is None else _cut(piece, axis, cut)
        counts = [shapely.get_num_coordinates(half.shape) for half in halves]
        if counts and max(counts) <= HELPFUL * vertices:
            return halves
    return None


def _between_vertices(values: NDArray[np.float64]) -> float | None:
    """Return a coordinate with half of the vertices on either side and none on it."""
    middle = np.partition(values, len(values) // 2)[len(values) // 2]
    above, below = values[values > middle], values[values < middle]
    if not len(above) and not len(below):
        return None
    next_to = above.min() if len(above) else below.max()
    cut = float(0.5 * (middle + next_to))
    return None if cut in {middle, next_to} else cut


def _cut(piece: _Piece, axis: int, at: float) -> list[_Piece]:
    """Return the parts of a piece on both sides of a line, those that are not empty."""
    west, south, east, north = shapely.bounds(piece.shape)
    reach = BEYOND_M + east - west + north - south
    beyond = west - reach, south - reach, east + reach, north + reach
    halves = []
    for side in (axis + 2, axis):  # the line is the upper, then the lower end of a half
        box, cell = list(beyond), list(piece.cell)
        box[side] = cell[side] = at
        part = _clipped(piece.shape, tuple(box))
        if not part.is_empty:
            halves.append(_Piece(part, tuple(cell)))
    return halves


def _clipped(shape: Geometry, box: Cell) -> Geometry:
    """Return what of a polygon lies in a box.

    No vertex may lie on the box: there the fast clip goes wrong (GEOS #605).
    Rings of the result may touch themselves.
    """
    try:
        return _polygons(shapely.clip_by_rect(shape, *box))
    except GEOSException:
        return _overlaid(shape, box)


def _overlaid(shape: Geometry, box: Cell) -> Geometry:
    """Return what of a polygon lies in a box, slowly."""
    return _polygons(shapely.intersection(_mended([shape])[0], shapely.box(*box)))


def _mended(shapes: Sequence[Geometry]) -> NDArray[np.object_]:
    """Return polygons with rings that touch themselves split where they do."""
    mended = np.asarray(shapes, dtype=object)
    for at in np.flatnonzero(~shapely.is_valid(mended)):
        mended[at] = _polygons(shapely.make_valid(mended[at], method="structure"))
    return mended


def _polygons(shape: Geometry) -> Geometry:
    """Return the polygons that a geometry consists of, as one."""
    if shapely.get_type_id(shape) in POLYGON_TYPES:
        return shape
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == POLYGON])
