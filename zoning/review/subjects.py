"""The shapes of the sites in the plane, whole, in runs and in pieces."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry

from layers.measure import Plane
from zoning.overlay import POLYGON
from zoning.overlay.meeting import AROUND_M
from zoning.overlay.nearest import SHAPE_EDGES, Runs
from zoning.overlay.pieces import Pieces

LINE = 1
"""Dimension of lines."""

SAMPLED = 32
"""Vertices of a site that are looked at to see whether it lies deep in a zone."""

LARGE = 512
"""Vertices from which on a site is not taken whole in hand for each zone that it meets."""


class Subjects:
    """The sites' shapes in the plane: object ``(n,)``, each of one dimension."""

    def __init__(self, geometries: Sequence[Geometry], plane: Plane) -> None:
        """Take the geometries of the sites in EPSG:4490."""
        self.plane = plane
        shapes = np.empty(len(geometries), dtype=object)
        shapes[:] = list(geometries)
        self.shapes: NDArray[np.object_] = plane.project(shapes)
        self.dimension: NDArray[np.int64] = shapely.get_dimensions(self.shapes)
        self.area: NDArray[np.float64] = shapely.area(self.shapes)
        self.length: NDArray[np.float64] = shapely.length(self.shapes)
        self._large = shapely.get_num_coordinates(self.shapes) > LARGE
        self._pieces: dict[int, Pieces] = {}

    @cached_property
    def runs(self) -> Runs:
        """Borders, lines and points cut into short runs."""
        return Runs.of(self.shapes, SHAPE_EDGES)

    @cached_property
    def sample(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Points of the sites ``(m, 2)``, some vertices and one within, and whose they are."""
        xy, owner = shapely.get_coordinates(self.shapes, return_index=True)
        count = np.bincount(owner, minlength=len(self.shapes))
        place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        kept = place % -(-count // SAMPLED)[owner] == 0
        inner = shapely.get_coordinates(shapely.point_on_surface(self.shapes))
        return np.vstack([inner, xy[kept]]), np.r_[np.arange(len(inner)), owner[kept]]

    def around(self, at: int, other: Geometry, margin: float = AROUND_M) -> Geometry:
        """Return a site as it is within ``margin`` of the box of another shape.

        Farther off it may be less: a large site is cut down to what is asked for.
        """
        shape: Geometry = self.shapes[at]
        if not self._large[at] or other.is_empty:
            return shape
        if self.dimension[at] == POLYGON:
            if at not in self._pieces:
                self._pieces[at] = Pieces([shape])
            found = self._pieces[at].local(other, margin, [0])
            return found[0][1] if found else shapely.Polygon()
        return self._runs_around(at, other, margin) if self.dimension[at] == LINE else shape

    def _runs_around(self, at: int, other: Geometry, margin: float) -> Geometry:
        own = slice(*np.searchsorted(self.runs.owner, [at, at + 1]))
        boxes = self.runs.boxes[own]
        west, south, east, north = shapely.bounds(other)
        near = (boxes[:, 0] <= east + margin) & (boxes[:, 2] >= west - margin)
        near &= (boxes[:, 1] <= north + margin) & (boxes[:, 3] >= south - margin)
        lines = self.runs.lines[own][near]
        return shapely.multilinestrings(lines[shapely.get_dimensions(lines) == LINE])
