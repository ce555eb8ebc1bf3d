"""Which geometries are valid, as GEOS says, but sooner where most are compact rings.

A ring whose corners go once around a point, always the same way, is star-shaped: it crosses
itself nowhere. For that, numpy needs one cross product a corner, a fraction of what GEOS does.
Only what is beyond the error of the arithmetic counts as proved; whatever is not, right or
wrong, is asked of GEOS. So the answer is always that of GEOS.

Source of the error bound: Shewchuk, Adaptive Precision Floating-Point Arithmetic and Fast
Robust Geometric Predicates (1997), ccwerrboundA.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.slices import SHAPES, joined

ROUNDING = 2.0**-53
SURE = (3 + 16 * ROUNDING) * ROUNDING
"""A cross product of differences has the right sign beyond this share of its two terms."""


def valid(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which geometries are valid; a missing one is not."""
    return joined(_valid, shapes, size=SHAPES)


def _valid(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    sound = np.zeros(len(shapes), dtype=bool)
    rings = np.flatnonzero(_single_ring(shapes))
    with np.errstate(invalid="ignore", over="ignore"):
        if len(rings):
            sound[rings] = _star_shaped(shapes[rings])
        rest = np.flatnonzero(~sound)
        sound[rest] = shapely.is_valid(shapes[rest])
    return sound


def _single_ring(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which are a polygon of one ring, alone or as the only part of a multipolygon."""
    kinds = shapely.get_type_id(shapes)
    single = kinds == shapely.GeometryType.POLYGON
    single &= shapely.get_num_interior_rings(shapes) == 0
    alone = kinds == shapely.GeometryType.MULTIPOLYGON
    alone &= shapely.get_num_geometries(shapes) == 1
    single[alone] = shapely.get_num_interior_rings(shapely.get_geometry(shapes[alone], 0)) == 0
    return single & ~shapely.is_empty(shapes)


def _star_shaped(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which polygons of one ring are surely valid."""
    counts = shapely.get_num_coordinates(shapes)
    return star_shaped(shapely.get_coordinates(shapes), np.cumsum(counts) - counts, counts)


def star_shaped(
    points: NDArray[np.float64], starts: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which rings surely go once around the mean of their corners, in one direction.

    Args:
        points: ``(n, 2)``, closed rings one after the other.
        starts: where each ring begins.
        counts: the points of each ring, at least one.

    """
    x, y = (
        points[:, axis] - np.repeat(np.add.reduceat(points[:, axis], starts) / counts, counts)
        for axis in (0, 1)
    )
    one, other = x[:-1] * y[1:], y[:-1] * x[1:]
    error = SURE * (np.abs(one) + np.abs(other))
    turn = one - other
    ends = starts[1:] - 1  # from one ring to the next is no edge
    leftward, rightward = (np.append(side > error, True) for side in (turn, -turn))
    leftward[ends] = rightward[ends] = True
    above = (y > 0) | ((y == 0) & (x > 0))
    rising = np.append(~above[:-1] & above[1:], False)
    rising[ends] = False
    turning = np.logical_and.reduceat(leftward, starts) | np.logical_and.reduceat(rightward, starts)
    return turning & (np.add.reduceat(rising, starts, dtype=np.int64) == 1)
