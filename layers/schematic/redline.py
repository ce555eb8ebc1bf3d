"""A red line of the stated area on the ground where it most likely lies: high and steep."""

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import shapes as outlines
from rasterio.features import sieve
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from layers.schematic.shapes import M2_PER_HECTARE, area_m2, solve
from layers.schematic.sources import BuildError, rings_of
from layers.schematic.terrain import Grid

HEIGHT_SHARE = 0.6
"""Weight of height against slope in the choice of ground."""

SMOOTHING = 4
"""Rounds of averaging with the neighbours, so that patches hang together."""

SMALLEST_CELLS = 150
"""Patches and holes of fewer 10 arc-second cells (some 10 km2) are dropped."""

SIMPLIFY = 0.004
CLOSE_ENOUGH = 2e-5
"""Relative difference from the stated area that is accepted (1e-4 is promised)."""


def model_red_line(
    grid: Grid, county: BaseGeometry, reserves: BaseGeometry, hectares: float
) -> MultiPolygon:
    """Return patches of exactly the stated area: the reserves and the highest, steepest ground.

    Args:
        grid: heights around the county.
        county: the county polygon, EPSG:4490.
        reserves: ground that belongs to it in any case (may be empty).
        hectares: the stated area.

    Raises:
        BuildError: the area cannot be met.

    """
    target = hectares * M2_PER_HECTARE
    inside = grid.inside(county)
    worth = HEIGHT_SHARE * _rank(grid.heights, inside) + (1 - HEIGHT_SHARE) * _rank(
        grid.slope(), inside
    )
    worth[grid.inside(reserves)] = 2.0
    for _ in range(SMOOTHING):
        worth = _averaged(worth)
    share = target / area_m2(county)
    chosen = inside & (worth >= np.quantile(worth[inside], 1 - share))
    tidy = sieve(chosen.astype("uint8"), SMALLEST_CELLS).astype(bool)
    cells = [
        shapely.geometry.shape(outline)
        for outline, value in outlines(tidy.astype("uint8"), transform=grid.transform)
        if value == 1
    ]
    ground = shapely.union_all(shapely.coverage_simplify(cells, SIMPLIFY))

    def cut(distance: float) -> BaseGeometry:
        rounder = ground.buffer(distance, quad_segs=2)
        return shapely.union_all([rounder, reserves]).intersection(county)

    distance = solve(lambda d: area_m2(cut(d)), -0.02, 0.02, target)
    result = _on_lattice(cut(distance))
    if not result.is_valid or abs(area_m2(result) - target) > target * CLOSE_ENOUGH:
        raise BuildError(f"红线面积调不到 {hectares} 公顷。")
    return result


def _rank(values: NDArray[np.float64], inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the share of the county's cells that lie below each cell."""
    known = np.sort(values[inside])
    return np.searchsorted(known, values) / len(known)


def _averaged(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each cell's mean with its eight neighbours."""
    rows, cols = values.shape
    padded = np.pad(values, 1, mode="edge")
    return np.mean([padded[r : r + rows, c : c + cols] for r in range(3) for c in range(3)], axis=0)


def _on_lattice(geometry: BaseGeometry) -> MultiPolygon:
    """Round to the sixth decimal without breaking the geometry; drop specks below a hectare."""
    rounded = shapely.set_precision(geometry, 1e-6)
    parts: list[Polygon] = [part for part in rings_of(rounded) if area_m2(part) > M2_PER_HECTARE]
    return MultiPolygon(parts)
