"""Reading a raster layer."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.errors import RasterioIOError

from layers.errors import LayerError
from layers.register import Layer
from layers.words import say

CELLS_LIMIT = 100_000_000
"""Cells read at once; a larger grid is refused rather than fill the memory."""


@dataclass(frozen=True, slots=True)
class Elevation:
    """Heights in metres on a grid in EPSG:4490; NaN where there is none."""

    metres: NDArray[np.float64]
    transform: Affine
    bounds: tuple[float, float, float, float]


def read_elevation(layer: Layer, path: Path) -> Elevation:
    """Return the first band of an elevation layer.

    Raises:
        LayerError: the file is no raster, is too large, or is not in degrees.

    """
    try:
        with rasterio.open(path) as source:
            name = source.crs.to_string() if source.crs else "—"
            if source.crs is None or not source.crs.is_geographic:
                raise LayerError(say("error.raster_crs", layer=layer.id, file=path, value=name))
            if source.width * source.height > CELLS_LIMIT:
                raise LayerError(
                    say(
                        "error.raster_unreadable",
                        layer=layer.id,
                        file=path,
                        reason=f"{source.width}×{source.height} > {CELLS_LIMIT}",
                    )
                )
            band = source.read(1, masked=True).astype("float64").filled(np.nan)
            bounds = source.bounds
            return Elevation(
                band, source.transform, (bounds.left, bounds.bottom, bounds.right, bounds.top)
            )
    except RasterioIOError as error:
        raise LayerError(
            say("error.raster_unreadable", layer=layer.id, file=path, reason=error)
        ) from error
