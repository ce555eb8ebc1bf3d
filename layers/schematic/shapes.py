"""Polygons of a stated area and extent, exact on the ellipsoid.

Areas are geodesic areas on GRS 80, the ellipsoid of CGCS2000 (EPSG:4490).
"""

import math
from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from shapely import Point, Polygon
from shapely.geometry.base import BaseGeometry

from layers.schematic.sources import BuildError, rings_of

GEOD = Geod(ellps="GRS80")
M2_PER_HECTARE = 10_000.0
DECIMALS = 6
LATTICE = 10.0**-DECIMALS

CORNERS = 48
"""Corners of a drawn circle or ellipse."""

NUDGE = 12
"""A corner may be moved by this many steps of the sixth decimal to meet an area."""

TOLERANCE = 5e-7
"""Largest relative difference from a stated area that is accepted."""

HALVINGS = 45
TINY = 1e-9

ROUNDEST = (1.15, 8.0)
"""Powers of superellipses that look like a reserve: neither a kite nor a box."""

STARTS = ((0.5, 0.5, 0.5, 0.5), (0.9, 0.1, 0.1, 0.9), (0.1, 0.9, 0.9, 0.1))
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Where a reserve's touching points start (upright, slanting either way) and may move to."""

ROUNDS = 3
"""Rounds of moving the touching points of a reserve."""

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

Touch = tuple[float, ...]
"""Where the four sides of a box are touched: south, east, north, west, from 0 to 1."""


def area_m2(geometry: BaseGeometry) -> float:
    """Return the ellipsoidal area of a geometry in square metres."""
    return abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(geometry))[0])


def solve(function: Callable[[float], float], low: float, high: float, target: float) -> float:
    """Return where a rising function reaches a target, by halving.

    Raises:
        BuildError: the target is not between the function's ends.

    """
    if not function(low) <= target <= function(high):
        raise BuildError(f"面积 {target / M2_PER_HECTARE:.2f} 公顷放不进给定的范围。")
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if function(middle) < target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def circle(lon: float, lat: float, radius_m: float) -> Polygon:
    """Return a geodesic circle."""
    bearings = np.linspace(0.0, 360.0, CORNERS, endpoint=False)
    lons, lats, _ = GEOD.fwd(
        np.full(CORNERS, lon), np.full(CORNERS, lat), bearings, np.full(CORNERS, radius_m)
    )
    return Polygon(np.column_stack([lons, lats])[::-1])


def round_patch(lon: float, lat: float, hectares: float) -> Polygon:
    """Return a circle-like polygon of exactly the stated area."""
    target = hectares * M2_PER_HECTARE
    guess = math.sqrt(target / math.pi)
    radius = solve(lambda r: area_m2(circle(lon, lat, r)), guess * 0.9, guess * 1.1, target)
    return exact_area(circle(lon, lat, radius), target)


def patch_within(region: BaseGeometry, spot: Point, hectares: float) -> Polygon:
    """Return a patch of exactly the stated area that lies inside a region.

    A circle at the spot where it fits, else at the region's widest place, else the
    region itself drawn in from its border.
    """
    for middle in (spot, widest_place(region)):
        patch = round_patch(middle.x, middle.y, hectares)
        if region.contains(patch):
            return patch
    target = hectares * M2_PER_HECTARE

    def drawn_in(distance: float) -> Polygon:
        parts = rings_of(region.buffer(distance))
        if not parts:
            return Polygon()
        return Polygon(max(parts, key=lambda part: part.area).exterior)

    inset = solve(lambda d: area_m2(drawn_in(d)), -0.1, -1e-5, target)
    return exact_area(drawn_in(inset), target)


def widest_place(region: BaseGeometry) -> Point:
    """Return the centre of the largest circle that fits into a region."""
    largest = max(rings_of(region), key=lambda part: part.area)
    return Point(shapely.maximum_inscribed_circle(largest, tolerance=1e-4).coords[0])


def reserve_shape(bounds: Bounds, hectares: float, prefer: BaseGeometry) -> Polygon:
    """Return an egg-like shape with exactly the stated extent and area.

    It touches each side of the extent in one point; the four points are moved so that
    as much of the shape as possible lies on preferred ground.

    Args:
        bounds: the stated extent, degrees (EPSG:4490).
        hectares: the stated area.
        prefer: ground that the shape should lie on as far as possible (the county).

    """
    target = hectares * M2_PER_HECTARE
    eggs = [_best_egg(bounds, start, target, prefer) for start in STARTS]
    found = [egg for egg in eggs if egg is not None]
    if not found:
        raise BuildError(f"面积 {hectares} 公顷放不进给定的四至。")
    return exact_area(max(found, key=lambda egg: egg.intersection(prefer).area), target)


def _best_egg(bounds: Bounds, start: Touch, target: float, prefer: BaseGeometry) -> Polygon | None:
    """Move one touching point after the other to where most of the egg is on preferred ground."""
    touch, best, inside = start, _egg_of_area(bounds, start, target), 0.0
    if best is None:
        return None
    inside = best.intersection(prefer).area
    for side in [*range(len(start))] * ROUNDS:
        for share in SHARES:
            moved = (*touch[:side], share, *touch[side + 1 :])
            egg = _egg_of_area(bounds, moved, target)
            if egg is not None and egg.intersection(prefer).area > inside + TINY:
                touch, best, inside = moved, egg, egg.intersection(prefer).area
    return best


def _egg_of_area(bounds: Bounds, touch: Touch, target: float) -> Polygon | None:
    """Return the egg of an area, or None where none is round enough to look natural."""
    if (
        not area_m2(_egg(bounds, touch, ROUNDEST[0]))
        <= target
        <= area_m2(_egg(bounds, touch, ROUNDEST[1]))
    ):
        return None
    power = solve(lambda p: area_m2(_egg(bounds, touch, p)), *ROUNDEST, target)
    return _egg(bounds, touch, power)


def _egg(bounds: Bounds, touch: Touch, power: float) -> Polygon:
    """Return four quarters of superellipses between the points that touch the sides.

    Args:
        bounds: the box, degrees.
        touch: where the south, east, north and west side is touched, as shares from
            the box's south-western corner.
        power: 1 is a straight line, 2 an ellipse, more a rounded corner.

    """
    west, south, east, north = bounds
    at_south, at_east, at_north, at_west = touch
    points = [
        (west + at_south * (east - west), south),
        (east, south + at_east * (north - south)),
        (west + at_north * (east - west), north),
        (west, south + at_west * (north - south)),
    ]
    angles = np.linspace(0.0, math.pi / 2, CORNERS // 2, endpoint=False)
    leaving = np.sin(angles) ** (2.0 / power)
    arriving = np.cos(angles) ** (2.0 / power)
    ring = []
    for index, start in enumerate(points):
        end = points[(index + 1) % len(points)]
        # Along south and north sides the curve first runs east or west, then turns.
        first, second = (0, 1) if index % 2 == 0 else (1, 0)
        quarter = np.empty((angles.size, 2))
        quarter[:, first] = start[first] + (end[first] - start[first]) * leaving
        quarter[:, second] = end[second] + (start[second] - end[second]) * arriving
        ring.append(quarter)
    return Polygon(np.vstack(ring))


def exact_area(polygon: Polygon, target: float) -> Polygon:
    """Return the polygon on the sixth decimal with its area corrected to the target.

    Rounding to the sixth decimal changes an area by some square metres; two corners
    that are not on the extent are moved by a few last decimals to make up for it.

    Raises:
        BuildError: the polygon's area is too far from the target.

    """
    ring = np.round(shapely.get_coordinates(shapely.orient_polygons(polygon)), DECIMALS)[:-1]
    ring = ring[np.any(ring != np.roll(ring, 1, axis=0), axis=1)]
    first, second = _free_corners(ring)
    steps = np.arange(-NUDGE, NUDGE + 1)
    for _ in range(4):
        missing = target - area_m2(Polygon(ring))
        if abs(missing) <= target * TOLERANCE / 10:
            break
        changes = [_change(ring, corner, steps) for corner in (first, second)]
        total = changes[0].reshape(-1, 1) + changes[1].reshape(1, -1)
        at, other = np.unravel_index(int(np.argmin(np.abs(total - missing))), total.shape)
        for corner, index in ((first, at), (second, other)):
            east, north = np.unravel_index(int(index), (steps.size, steps.size))
            ring[corner] += np.array([steps[east], steps[north]]) * LATTICE
        ring = np.round(ring, DECIMALS)
    result = Polygon(ring)
    if not result.is_valid or abs(area_m2(result) - target) > target * TOLERANCE:
        raise BuildError(f"不能把图形的面积调到 {target / M2_PER_HECTARE:.4f} 公顷。")
    return result


def _free_corners(ring: NDArray[np.float64]) -> tuple[int, int]:
    """Return two corners far apart that do not touch the bounding box."""
    low, high = ring.min(axis=0), ring.max(axis=0)
    margin = (high - low) * 0.02
    free = np.nonzero(np.all((ring > low + margin) & (ring < high - margin), axis=1))[0]
    return int(free[len(free) // 4]), int(free[3 * len(free) // 4])


def _change(
    ring: NDArray[np.float64], corner: int, steps: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return how the area (m2) changes when a corner moves by steps east x steps north."""
    before, after = ring[corner - 1], ring[(corner + 1) % len(ring)]
    lat = math.radians(float(ring[corner][1]))
    # Metres per degree on GRS 80, good to a part in a thousand: the moves are tiny.
    east_m = 111_320.0 * math.cos(lat)
    north_m = 110_990.0
    by_east = 0.5 * (after[1] - before[1]) * steps * LATTICE
    by_north = -0.5 * (after[0] - before[0]) * steps * LATTICE
    return ((by_east[:, None] + by_north[None, :]) * east_m * north_m).reshape(-1)
