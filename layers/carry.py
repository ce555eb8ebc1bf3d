"""Geometries carried from one plane or datum to another, point by point."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.datum import Step
from layers.slices import SHAPES, joined
from layers.validity import valid

EDGE_M = 100.0
"""Longer edges of projected sources are densified before they are unprojected, so
that they stay straight in the plane in which they were drawn."""


def carried(geometries: NDArray[np.object_], steps: Sequence[Step]) -> NDArray[np.object_]:
    """Return geometries after some steps, heights kept as they are."""
    if not steps or not len(geometries):
        return geometries

    def move(x: NDArray, y: NDArray, *heights: NDArray) -> tuple[NDArray, ...]:
        for step in steps:
            x, y = step(x, y)
        return (x, y, *heights)

    def moved(part: NDArray[np.object_]) -> NDArray[np.object_]:
        if (there := _rings(part, move)) is not None:
            return there
        high = shapely.has_z(part)
        there = part.copy()
        for rows, tall in ((~high, False), (high, True)):
            if rows.any():
                there[rows] = shapely.transform(part[rows], move, include_z=tall, interleaved=False)
        return there

    return joined(moved, geometries, size=SHAPES)


def _rings(part: NDArray[np.object_], move: Step) -> NDArray[np.object_] | None:
    """Return flat polygons of one ring after a move; ``None`` where one is anything else.

    What ``transform`` gives, a quarter sooner.
    """
    kind = shapely.GeometryType.POLYGON
    plain = (shapely.get_type_id(part) == kind) & ~shapely.has_z(part)
    if not (plain & (shapely.get_num_interior_rings(part) == 0) & ~shapely.is_empty(part)).all():
        return None
    points = np.column_stack(move(*shapely.get_coordinates(part).T))
    if np.isnan(points).any():
        return None  # a ring that ends in NaN is not closed
    ends = np.append(0, np.cumsum(shapely.get_num_coordinates(part)))
    return shapely.from_ragged_array(kind, points, (ends, np.arange(len(part) + 1)))


def densified(
    raw: NDArray[np.object_], moved: NDArray[np.object_], steps: Sequence[Step]
) -> NDArray[np.object_]:
    """Return ``moved`` with the long edges of the source plane kept straight.

    Called when ``moved`` was found in China, so that a hostile length cannot
    ask for a billion points. Segmentizing drops a lobe of a self-crossing ring:
    where a long geometry is invalid, all stay as they are and still meet.
    """
    long = np.flatnonzero(joined(_long_edged, raw, size=SHAPES))
    if not len(long) or not valid(raw[long]).all():
        return moved
    dense = moved.copy()
    cut = joined(lambda part: shapely.segmentize(part, EDGE_M), raw[long], size=SHAPES)
    dense[long] = carried(cut, steps)
    return dense


def _long_edged(raw: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which geometries have an edge longer than EDGE_M."""
    west, south, east, north = shapely.bounds(raw).T
    long = np.hypot(east - west, north - south) > EDGE_M
    wide = np.flatnonzero(long)
    points, owner = shapely.get_coordinates(raw[wide], return_index=True)
    with np.errstate(invalid="ignore"):  # infinity less infinity
        square = sum(np.diff(points[:, axis]) ** 2 for axis in (0, 1))
    # from one ring or part to the next is no edge; looking at it does no harm
    far = (square > EDGE_M**2) & (owner[1:] == owner[:-1])
    long[wide] = np.bincount(owner[1:][far], minlength=len(wide)) > 0
    return long
