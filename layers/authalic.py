"""Areas on the CGCS2000 ellipsoid, straight from degrees: nothing is projected or densified.

The land between the equator and a latitude, one degree of longitude wide, has a closed form:
the authalic ordinate y. The area of a ring is the contour integral of y over longitude. Edges
are straight in degrees (docs/decisions/0002-area.md), so an edge gives its step in longitude
times the mean of y over its latitudes: short edges by y and its bend in the middle, long ones
by Gauss-Legendre quadrature, both to the last digits of a float. What is cut on an edge adds
up to the whole, at any size.

Source: the authalic latitude, Snyder, Map Projections: A Working Manual (1987), p. 16.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

SEMI_MAJOR_M = 6378137.0
INVERSE_FLATTENING = 298.257222101
"""The CGCS2000 ellipsoid (GB 22021-2008)."""

_E2 = (2 - 1 / INVERSE_FLATTENING) / INVERSE_FLATTENING
_RADIAN = np.pi / 180
_SCALE = SEMI_MAJOR_M**2 * (1 - _E2) * _RADIAN
"""m2 a degree of longitude holds for each unit of y."""

_Y = tuple(_SCALE * _E2**k * (k + 1) / (2 * k + 1) for k in range(8))
"""y is the sum of _Y[k] sin(latitude)**(2k + 1); the ninth term is 2e-18 of the first."""

_BEND = tuple(
    _RADIAN**2 / 24 * ((2 * k + 3) * (2 * k + 2) * _Y[k + 1] - (2 * k + 1) ** 2 * _Y[k])
    for k in range(4)
)
"""The second derivative of y in the same form, over 24: times the square of an edge's climb in
degrees it is what the mean of y over the edge exceeds y in its middle."""

SHORT_DEG = 0.02
"""Edges that climb more are integrated: the next term of the mean, climb**4 / 1920, is then
above 1e-17."""

_NODES, _WEIGHTS = (array / 2 for array in np.polynomial.legendre.leggauss(12))
"""Exact to the last digits for any edge, from the equator to the pole too."""

BLOCK = 16_384
"""Vertices measured at a time: the arrays of a block stay in a core's cache."""


def authalic_y(latitude: ArrayLike) -> NDArray[np.float64]:
    """Return the m2 between the equator and latitudes (degrees), a degree of longitude wide.

    With the longitude in degrees for x these are the coordinates of an equal-area plane (the
    cylindrical one) where areas are m2. Straight edges in degrees are bent there. NaN beyond
    a pole or where the latitude is not finite.

    >>> f"{2 * 360 * float(authalic_y(90.0)) / 1e12:.3f} million km2"
    '510.066 million km2'
    """
    degrees = np.asarray(latitude, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        sine = np.sin(_RADIAN * np.where(np.abs(degrees) <= 90, degrees, np.nan))  # noqa: PLR2004
    return sine * _polynomial(np.square(sine), _Y)


def ring_areas_m2(
    coordinates: NDArray[np.float64], ring_offsets: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return the signed area of rings in m2, counter-clockwise positive.

    An open ring is closed, an empty one has no area. A ring that crosses itself gives what it
    winds around, counted as often as it does. NaN where a coordinate is not finite or a
    latitude lies beyond a pole (metres taken for degrees, axes swapped).

    Args:
        coordinates: longitude and latitude in degrees of EPSG:4490, shape (n, 2), ring after
            ring. A ring must not jump at the 180th meridian.
        ring_offsets: where each ring begins, and where the last one ends: shape (rings + 1,).

    """
    offsets = np.asarray(ring_offsets)
    found = np.zeros(len(offsets) - 1)
    full = np.flatnonzero(offsets[1:] > offsets[:-1])
    if not len(full):
        return found
    # empty rings take up no vertices, so that the others follow one another
    bounds = np.append(offsets[full], offsets[full[-1] + 1])
    areas = np.empty(len(full))
    for first, last in _blocks(bounds):
        points = coordinates[bounds[first] : bounds[last]]
        areas[first:last] = _signed(points, bounds[first : last + 1] - bounds[first])
    found[full] = areas
    return found


def polygon_areas_m2(
    coordinates: NDArray[np.float64],
    ring_offsets: NDArray[np.integer],
    polygon_offsets: NDArray[np.integer],
    *outer_offsets: NDArray[np.integer],
) -> NDArray[np.float64]:
    """Return areas in m2 from flat arrays as GeoArrow, Arrow and ``to_ragged_array`` have them.

    The first ring of a polygon is its outline, the others are holes; which way they turn does
    not matter. No rings: 0. What is not finite: NaN.

    Args:
        coordinates: longitude and latitude in degrees of EPSG:4490, shape (n, 2).
        ring_offsets: into the coordinates, shape (rings + 1,).
        polygon_offsets: into the rings, shape (polygons + 1,).
        outer_offsets: into the polygons, where several make a feature; shape (features + 1,).

    """
    sizes = -np.abs(ring_areas_m2(coordinates, ring_offsets))
    outlines = polygon_offsets[:-1][polygon_offsets[1:] > polygon_offsets[:-1]]
    sizes[outlines] *= -1
    for offsets in (polygon_offsets, *outer_offsets):
        sizes = _sums(sizes, offsets)
    return sizes


def _sums(values: NDArray[np.float64], offsets: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the sum of each stretch; ``reduceat`` alone takes a value for an empty one."""
    found = np.zeros(len(offsets) - 1)
    full = offsets[1:] > offsets[:-1]
    if full.any():
        found[full] = np.add.reduceat(values[: offsets[-1]], offsets[:-1][full])
    return found


def _blocks(bounds: NDArray[np.integer]) -> Iterator[tuple[int, int]]:
    """Yield stretches of rings of some BLOCK vertices; a longer ring stands alone."""
    cuts = np.searchsorted(bounds, np.arange(bounds[0], bounds[-1], BLOCK))
    cuts = np.unique(np.append(cuts, len(bounds) - 1))
    yield from zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)


def _signed(points: NDArray[np.float64], bounds: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the signed areas of rings that all have vertices."""
    starts, ends = bounds[:-1], bounds[1:] - 1
    with np.errstate(invalid="ignore", over="ignore"):
        across = _steps(points[:, 0], starts, ends)
        mean = _mean_y(points[:, 1], _steps(points[:, 1], starts, ends))
        # Any constant may be taken off, as the steps across sum to zero: with one of its own y
        # a small ring is summed from small numbers.
        mean -= np.repeat(mean[starts], np.diff(bounds))
        mean *= across
        return -np.add.reduceat(mean, starts)


def _steps(
    values: NDArray[np.float64], starts: NDArray[np.integer], ends: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return the step from each vertex to the next of its ring, from the last to the first."""
    steps = np.empty(len(values))
    np.subtract(values[1:], values[:-1], out=steps[:-1])
    steps[ends] = values[starts] - values[ends]
    return steps


def _mean_y(latitude: NDArray[np.float64], climb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of y over edges that start at a latitude and climb so many degrees."""
    middle = climb * 0.5
    middle += latitude
    if not np.abs(latitude).max() <= 90:  # noqa: PLR2004 - a pole; NaN is not below either
        middle[~(np.abs(latitude) <= 90)] = np.nan  # noqa: PLR2004
    sine = np.sin(middle * _RADIAN)
    square = np.square(sine)
    mean = _polynomial(square, _Y)
    mean += np.square(climb) * _polynomial(square, _BEND)
    mean *= sine
    long = np.flatnonzero(np.abs(climb) > SHORT_DEG)
    if len(long):
        at = middle[long, np.newaxis] + climb[long, np.newaxis] * _NODES
        mean[long] = authalic_y(at) @ _WEIGHTS
    return mean


def _polynomial(x: NDArray[np.float64], terms: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the polynomial in x by Horner's rule, lowest term first."""
    found = x * terms[-1]
    found += terms[-2]
    for term in terms[-3::-1]:
        found *= x
        found += term
    return found
