"""What the elevation grid says: shaded relief and heights by township."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.io import MemoryFile

from layers.raster import Elevation, read_elevation
from zoning.study import Study

METRES_PER_DEGREE = 111_320.0
"""Length of a degree of latitude, near enough for shading."""

SUN_AZIMUTH, SUN_HEIGHT = math.radians(315), math.radians(45)
EXAGGERATION = 2.0


@dataclass(frozen=True, slots=True)
class Heights:
    """Lowest, mean and highest elevation (metres) of the cells centred in a zone."""

    low: float
    mean: float
    high: float
    cells: int


def elevation_of(study: Study) -> Elevation | None:
    """Return the workspace's elevation grid, if it has one."""
    layers = study.workspace.of_kind("elevation")
    if not layers:
        return None
    return read_elevation(layers[0], study.workspace.raster_path(layers[0]))


def heights_by_township(study: Study, grid: Elevation) -> dict[str, Heights]:
    """Return the heights of each township, by code; each cell counts in one township."""
    layers = study.workspace.of_kind("township")
    if not layers:
        return {}
    frame = study.workspace.frame(layers[0].id)
    shapes = ((shape, at) for at, shape in enumerate(frame.geometry.values, start=1))
    owner = rasterize(
        shapes, out_shape=grid.metres.shape, transform=grid.transform, fill=0, dtype="int32"
    )
    found = {}
    for at, code in enumerate(frame["zone_id"], start=1):
        cells = grid.metres[(owner == at) & np.isfinite(grid.metres)]
        if cells.size:
            found[code] = Heights(
                float(cells.min()), float(cells.mean()), float(cells.max()), int(cells.size)
            )
    return found


def relief_png(grid: Elevation) -> bytes:
    """Return a grey shaded relief as a PNG with transparency where there is no height."""
    shade = _hillshade(grid)
    alpha = np.where(np.isfinite(shade), 255, 0).astype("uint8")
    grey = np.nan_to_num(np.round(120 + 135 * shade), nan=255).astype("uint8")
    height, width = grey.shape
    profile = {
        "driver": "PNG",
        "width": width,
        "height": height,
        "count": 2,
        "dtype": "uint8",
        "transform": grid.transform,
    }
    with MemoryFile() as memory:
        with memory.open(**profile) as target:
            target.write(grey, 1)
            target.write(alpha, 2)
        return bytes(memory.read())


def _hillshade(grid: Elevation) -> NDArray[np.float64]:
    """Return the light on each cell, 0 (dark) to 1, for a sun in the north-west."""
    south, north = grid.bounds[1], grid.bounds[3]
    across = grid.transform.a * METRES_PER_DEGREE * math.cos(math.radians((south + north) / 2))
    down = -grid.transform.e * METRES_PER_DEGREE
    to_south, to_east = np.gradient(grid.metres * EXAGGERATION, down, across)
    slope = np.arctan(np.hypot(to_east, to_south))
    aspect = np.arctan2(-to_east, to_south)
    light = np.sin(SUN_HEIGHT) * np.cos(slope) + np.cos(SUN_HEIGHT) * np.sin(slope) * np.cos(
        SUN_AZIMUTH - aspect
    )
    return np.clip(light, 0, 1)
