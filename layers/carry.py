"""Geometries carried from one plane or datum to another, point by point."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from layers import densify
from layers.datum import Step
from layers.outlines import Outlines, Rings
from layers.slices import SHAPES, joined

EDGE_M, EDGE_WEB_DEG = 50.0, 0.005
"""Longer edges of projected sources, and of GCJ-02 and BD-09, are densified before they are
carried to degrees, so that they stay straight where they were drawn. Of the latter's only those
of more than 500 m: others bend by less than 0.4 m, and what they come from is good to 1-5 m."""


def carried(
    geometries: NDArray[np.object_] | Outlines, steps: Sequence[Step]
) -> NDArray[np.object_]:
    """Return geometries after some steps, heights kept as they are."""
    if isinstance(geometries, Outlines):
        shapes = geometries.others.copy()
        shapes[geometries.rest] = carried(shapes[geometries.rest], steps)
        shapes[geometries.rows] = _carried_rings(geometries.rings, steps)
        return shapes
    if not steps or not len(geometries):
        return geometries

    def move(x: NDArray, y: NDArray, *heights: NDArray) -> tuple[NDArray, ...]:
        return (*_moved(x, y, steps), *heights)

    def moved(part: NDArray[np.object_]) -> NDArray[np.object_]:
        rings = _single_rings(part)
        if rings is not None and (there := _built(rings, steps)) is not None:
            return there
        high = shapely.has_z(part)
        there = part.copy()
        for rows, tall in ((~high, False), (high, True)):
            if rows.any():
                there[rows] = shapely.transform(part[rows], move, include_z=tall, interleaved=False)
        return there

    return joined(moved, geometries, size=SHAPES)


def _moved(x: NDArray, y: NDArray, steps: Sequence[Step]) -> tuple[NDArray, NDArray]:
    for step in steps:
        x, y = step(x, y)
    return x, y


def _carried_rings(rings: Rings, steps: Sequence[Step]) -> NDArray[np.object_]:
    """Return single rings after some steps, as objects."""

    def moved(rows: NDArray[np.int64]) -> NDArray[np.object_]:
        part = rings.part(rows[0], rows[-1] + 1) if len(rows) else rings
        there = _built(part, steps)
        return carried(part.geometries(), steps) if there is None else there

    return joined(moved, np.arange(len(rings.lone)), size=SHAPES)


def _built(rings: Rings, steps: Sequence[Step]) -> NDArray[np.object_] | None:
    """Return single rings after some steps; ``None`` where one of them ends in NaN, so is open.

    What ``transform`` gives, a quarter sooner.
    """
    points = np.column_stack(_moved(*rings.points.T, steps))
    return None if np.isnan(points).any() else replace(rings, points=points).geometries()


def _single_rings(part: NDArray[np.object_]) -> Rings | None:
    """Return flat polygons of one ring as arrays; ``None`` where one is anything else."""
    plain = shapely.get_type_id(part) == shapely.GeometryType.POLYGON
    plain &= ~shapely.has_z(part) & ~shapely.is_empty(part)
    if not (plain & (shapely.get_num_interior_rings(part) == 0)).all():
        return None
    ends = np.append(0, np.cumsum(shapely.get_num_coordinates(part)))
    return Rings(shapely.get_coordinates(part), ends, np.zeros(len(part), dtype=bool))


def densified(
    raw: NDArray[np.object_] | Outlines,
    moved: NDArray[np.object_],
    steps: Sequence[Step],
    longest: float,
) -> NDArray[np.object_]:
    """Return ``moved`` with edges that are longer than ``longest`` in the source kept straight.

    Called when ``moved`` was found in China, so that a hostile length cannot
    ask for a billion points.
    """
    long = np.flatnonzero(_long(raw, longest))
    if not len(long):
        return moved
    dense = moved.copy()
    cut = joined(lambda part: densify.densified(part, longest), raw[long], size=SHAPES)
    dense[long] = carried(cut, steps)
    return dense


def _long(shapes: NDArray[np.object_] | Outlines, longest: float) -> NDArray[np.bool_]:
    """Return which geometries have a longer edge."""
    if not isinstance(shapes, Outlines):
        return joined(lambda part: _long_edged(part, longest), shapes, size=SHAPES)
    rings, long = shapes.rings, np.zeros(len(shapes), dtype=bool)

    def of_slice(rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        part = rings.part(rows[0], rows[-1] + 1)
        far = _far(part.points, longest)
        first, second = (np.searchsorted(part.ends, far + more, side="right") for more in (0, 1))
        return np.bincount(first[first == second] - 1, minlength=len(rows)) > 0

    if len(rings.lone):
        long[shapes.rows] = joined(of_slice, np.arange(len(rings.lone)), size=SHAPES)
    long[shapes.rest] = _long(shapes.others[shapes.rest], longest)
    return long


def _long_edged(raw: NDArray[np.object_], longest: float) -> NDArray[np.bool_]:
    """Return which geometries have a longer edge, looking at large ones only."""
    west, south, east, north = shapely.bounds(raw).T
    long = np.hypot(east - west, north - south) > longest
    wide = np.flatnonzero(long)
    points, owner = shapely.get_coordinates(raw[wide], return_index=True)
    far = _far(points, longest)
    # from one ring or part to the next is no edge; looking at it does no harm
    of = owner[far[owner[far] == owner[far + 1]]]
    long[wide] = np.bincount(of, minlength=len(wide)) > 0
    return long


def _far(points: NDArray[np.float64], longest: float) -> NDArray[np.int64]:
    """Return the points from which the next one is further."""
    with np.errstate(invalid="ignore"):  # infinity less infinity
        square = np.diff(points, axis=0) ** 2
    return np.flatnonzero(square[:, 0] + square[:, 1] > longest**2)
