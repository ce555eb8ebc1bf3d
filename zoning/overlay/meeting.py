"""How a geometry meets the zones of a layer: relation, union overlap, distance.

Everything happens in the workspace's equal-area plane, so that overlaps are
ellipsoidal areas that add up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry, STRtree

from layers.measure import Plane, distance_m, length_m
from zoning.model import INSIDE, OUTSIDE, OVERLAPS, TOUCH_M, TOUCHES
from zoning.overlay.many import FEW, ManyZones
from zoning.overlay.nearest import Nearest
from zoning.overlay.pieces import Pieces

POLYGON = 2
"""Dimension of polygons; lines have 1, points 0."""

SURE = 10.0
"""Times the width of a border from which on an area is more than a border for sure."""

ALMOST = 1e-9
"""Share of a shape that rounding may leave outside of zones that hold it."""

AROUND_M = 2.0
"""Metres around a shape in which zones are looked at to say how they meet it."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """How a geometry meets the union of a layer's zones.

    Attributes:
        relation: inside, overlaps, touches or outside.
        hit: positions (in the layer) of the zones met, or of the nearest one.
        overlap_m2: ellipsoidal area of the overlap with the union; polygons only.
        share: of the area or length; ``None`` for points.
        length_m: geodesic length within the union; lines only.
        distance_m: to the nearest zone, 0 where they meet.
        direction: of the nearest zone; empty where they meet.

    """

    relation: str
    hit: tuple[int, ...]
    overlap_m2: float | None
    share: float | None
    length_m: float | None
    distance_m: float
    direction: str


@dataclass(frozen=True, slots=True)
class _Extent:
    """The size of a geometry in its own dimension: m2, m or a count of points."""

    dimension: int
    size: float


class ZoneSet(ManyZones):
    """The zones of one layer in the plane: what one shape meets, and what many share."""

    def __init__(
        self, geometries: Sequence[Geometry], plane: Plane, *, compiled: bool | None = None
    ) -> None:
        """Take the zones of a layer that was read, in EPSG:4490, and the plane to work in."""
        super().__init__(plane.project(geometries), checked=True, compiled=compiled)
        self.plane = plane

    @classmethod
    def in_plane(
        cls,
        shapes: Sequence[Geometry],
        plane: Plane | None = None,
        *,
        compiled: bool | None = None,
    ) -> "ZoneSet":
        """Return zones given in a plane's coordinates already.

        Without the plane itself, distances on the ellipsoid cannot be asked.
        """
        zones = cls.__new__(cls)
        ManyZones.__init__(zones, shapes, compiled=compiled)
        zones.plane = plane
        return zones

    @cached_property
    def _small(self) -> bool:
        """Whether GEOS may take every zone whole in hand."""
        return int(shapely.get_num_coordinates(self.shapes).sum()) <= FEW

    @cached_property
    def _tree(self) -> STRtree:
        return STRtree(self.shapes)

    @cached_property
    def _pieces(self) -> Pieces:
        return Pieces(self.shapes)

    @cached_property
    def _nearest(self) -> Nearest:
        return Nearest(self.shapes, compiled=None if self.compiled else False)

    def near(self, shape: Geometry) -> NDArray[np.intp]:
        """Return the positions of the zones that a shape of the plane meets or touches."""
        if not self._small:
            return self._pieces.near(shape, TOUCH_M)
        return np.sort(self._tree.query(shape, predicate="dwithin", distance=TOUCH_M))

    def around(self, shape: Geometry, positions: Sequence[int], margin: float) -> Geometry:
        """Return the union of some zones as it is within ``margin`` of a shape's box.

        Farther off it may be anything.
        """
        return shapely.union_all(list(self._local(shape, positions, margin).values()))

    def _local(
        self, shape: Geometry, positions: Sequence[int], margin: float
    ) -> dict[int, Geometry]:
        """Return some zones as they are within ``margin`` of a shape's box."""
        if self._small:
            return {int(at): self.shapes[at] for at in positions}
        return dict(self._pieces.local(shape, margin, list(positions)))

    def clip(self, shape: Geometry, positions: Sequence[int]) -> Geometry:
        """Return what of a shape lies in some zones: for what somebody looks at or exports."""
        return shapely.intersection(shape, self.around(shape, positions, AROUND_M))

    def nearest(self, shapes: Sequence[Geometry]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the position of the zone nearest to each shape and the plane's distance to it."""
        return self._nearest.of(shapes)

    def relations(self, shapes: Sequence[Geometry]) -> NDArray[np.object_]:
        """Return how each of many polygons meets the union of the zones, as ``meet`` says it.

        Areas tell most of them; those within a few ``TOUCH_M`` of a border meet
        the zones one by one.
        """
        shapes = np.asarray(shapes, dtype=object)
        within = self.covered(shapes)
        left = shapely.area(shapes) - within
        border = SURE * TOUCH_M * shapely.length(shapes)
        relations = np.full(len(shapes), OUTSIDE, dtype=object)
        relations[(within > border) & (left > border)] = OVERLAPS
        relations[(within > border) & (left <= ALMOST * within)] = INSIDE
        close = (within > border) & (left <= border) & (left > ALMOST * within)
        close |= (within > 0) & (within <= border)
        apart = np.flatnonzero(within <= 0)
        close[apart[np.unique(self._nearest.within(shapes[apart], TOUCH_M)[0])]] = True
        relations[close] = [self.meet(shape).relation for shape in shapes[close]]
        return relations

    def meet(self, shape: Geometry) -> Meeting:
        """Return how a shape of the plane meets the union of the zones.

        Overlaps narrower than ``TOUCH_M`` count as touching.
        """
        candidates = self.near(shape)
        if not len(candidates):
            return self._outside(shape)
        whole = _extent(shape)
        local = self._local(shape, candidates, AROUND_M)
        if not _overlapping(shape, shapely.union_all(list(local.values()))):
            return Meeting(TOUCHES, tuple(candidates), *_nothing(whole), 0.0, "")
        met = tuple(at for at in local if _overlapping(shape, local[at])) or tuple(candidates)
        # without those that only touch: their strip is a border
        zones = shapely.union_all([local[at] for at in met])
        within = shapely.intersection(shape, zones)
        part = _measured(within, whole.dimension)
        inside = shapely.difference(shape, zones)
        relation = INSIDE if _narrow(inside, whole.dimension) else OVERLAPS
        if relation == INSIDE:
            part = whole.size
        length = None
        if whole.dimension == 1:
            length = length_m(self.plane.unproject([within])[0])
        share = min(1.0, part / whole.size) if whole.dimension else None
        area = part if whole.dimension == POLYGON else None
        return Meeting(relation, met, area, share, length, 0.0, "")

    def _outside(self, shape: Geometry) -> Meeting:
        ((at,), _) = self.nearest([shape])
        border = self._nearest.nearest_part(shape)
        metres, direction = distance_m(shape, border, self.plane)
        return Meeting(OUTSIDE, (int(at),), *_nothing(_extent(shape)), metres, direction)


def by_dimension(shape: Geometry) -> list[Geometry]:
    """Return a shape's polygons, lines and points apart: each is asked for itself."""
    if shape.geom_type != "GeometryCollection":
        return [shape]
    parts = shapely.get_parts(shape)
    parts = parts[~shapely.is_empty(parts)]
    dimensions = shapely.get_dimensions(parts)
    return [
        shapely.union_all(parts[dimensions == dimension]) for dimension in np.unique(dimensions)
    ]


def _overlapping(shape: Geometry, zones: Geometry) -> bool:
    """Whether the overlap with some zones is more than a shared border."""
    dimension = _extent(shape).dimension
    if dimension < POLYGON:
        # A line along a border crosses it by float noise: ask the zone's core.
        near = shapely.intersection(zones, shapely.box(*shape.buffer(AROUND_M / 2).bounds))
        zones = shapely.buffer(near, -TOUCH_M)
    within = shapely.intersection(shape, zones)
    return not _narrow(within, dimension)


def _nothing(whole: _Extent) -> tuple[float | None, float | None, float | None]:
    """Return overlap, share and length of no overlap, in the shape's own dimension."""
    area = 0.0 if whole.dimension == POLYGON else None
    length = 0.0 if whole.dimension == 1 else None
    return area, 0.0 if whole.dimension else None, length


def _extent(shape: Geometry) -> _Extent:
    dimension = int(shapely.get_dimensions(shape))
    return _Extent(dimension, _measured(shape, dimension))


def _measured(shape: Geometry, dimension: int) -> float:
    """Return area, length or number of points of the parts of one dimension."""
    parts = shapely.get_parts(shape)
    own = parts[(shapely.get_dimensions(parts) == dimension) & ~shapely.is_empty(parts)]
    if dimension == POLYGON:
        return float(shapely.area(own).sum())
    if dimension == 1:
        return float(shapely.length(own).sum())
    return float(len(own))


def _narrow(shape: Geometry, dimension: int) -> bool:
    """Whether what is left of a shape is nothing but a border or float noise."""
    size = _measured(shape, dimension)
    if dimension == POLYGON:  # mean width of the strip
        return size <= TOUCH_M * float(shapely.length(shape)) / 2
    if dimension == 1:
        return size <= TOUCH_M
    return size == 0
