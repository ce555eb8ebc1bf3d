"""Long edges cut into equal parts.

``shapely.segmentize`` makes valid what it has cut: it drops a lobe of a polygon that
crosses itself, and takes most of its time to look for one.
"""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import GeometryType

RUNS = (
    GeometryType.LINESTRING,
    GeometryType.POLYGON,
    GeometryType.MULTILINESTRING,
    GeometryType.MULTIPOLYGON,
)
"""Geometries that are runs of points, each of which is cut by itself."""


def densified(shapes: NDArray[np.object_], longest: float) -> NDArray[np.object_]:
    """Return geometries whose edges longer than ``longest``, in their unit, are in equal parts.

    Points and missing geometries stay as they are; so do edges without a finite length.
    """
    dense = shapes.copy()
    kinds = shapely.get_type_id(shapes)
    flat = ~(shapely.is_empty(shapes) | shapely.has_z(shapes) | shapely.has_m(shapes))
    for kind in RUNS:
        some = np.flatnonzero(flat & (kinds == kind))
        if len(some):
            dense[some] = _cut(shapes[some], longest)
    other = np.flatnonzero(~(flat & np.isin(kinds, RUNS)))
    dense[other] = shapely.segmentize(shapes[other], longest)
    return dense


def _cut(shapes: NDArray[np.object_], longest: float) -> NDArray[np.object_]:
    """Return geometries of one kind with their long edges cut."""
    kind, points, offsets = shapely.to_ragged_array(shapes)
    starts = offsets[0]
    step = np.zeros_like(points)
    with np.errstate(invalid="ignore"):  # infinity less infinity
        step[:-1] = np.diff(points, axis=0)
        step[starts[1:] - 1] = 0.0
        length = np.sqrt(step[:, 0] ** 2 + step[:, 1] ** 2)
    long = (length > longest) & (length < np.inf)
    if not long.any():
        return shapes
    parts = np.ones(len(points), np.int64)
    parts[long] = np.ceil(length[long] / longest).astype(np.int64)
    ends = np.append(0, np.cumsum(parts))
    which = np.repeat(np.arange(len(points)), parts)
    share = (np.arange(ends[-1]) - ends[which]) / parts[which]
    step[~long] = 0.0
    points = points[which] + share[:, None] * step[which]
    return np.asarray(shapely.from_ragged_array(kind, points, (ends[starts], *offsets[1:])))
