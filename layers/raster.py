"""Reading a raster layer."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.errors import RasterioIOError

from layers.datum import is_ours
from layers.errors import LayerError
from layers.register import Layer
from layers.words import say

CELLS_LIMIT = 100_000_000
"""Cells read at once; a larger grid is refused rather than fill the memory."""


HEIGHTS = (-500.0, 9000.0)
"""Metres; the lowest ground of China is at -154, the highest at 8849. A cell without a height
often holds -32768 or -9999 and the file does not say so."""


@dataclass(frozen=True, slots=True)
class Elevation:
    """Heights in metres on a grid in EPSG:4490; NaN where there is none."""

    metres: NDArray[np.float64]
    transform: Affine
    bounds: tuple[float, float, float, float]


def read_elevation(layer: Layer, path: Path) -> Elevation:
    """Return the first band of an elevation layer.

    Raises:
        LayerError: the file is no raster, is too large, is not in degrees of CGCS2000 or
            WGS 84, does not lie north up, or holds numbers that are no heights.

    """
    try:
        with rasterio.open(path) as source:
            _check_place(source, layer, path)
            band = source.read(1, masked=True).astype("float64").filled(np.nan)
            metres = band * source.scales[0] + source.offsets[0]
            _check_heights(metres, layer, path)
            bounds = source.bounds
            return Elevation(
                metres, source.transform, (bounds.left, bounds.bottom, bounds.right, bounds.top)
            )
    except RasterioIOError as error:
        raise LayerError(
            say("error.raster_unreadable", layer=layer.id, file=path, reason=error)
        ) from error


def _check_place(source: rasterio.DatasetReader, layer: Layer, path: Path) -> None:
    where = {"layer": layer.id, "file": path}
    name = source.crs.to_string() if source.crs else "—"
    crs = CRS.from_wkt(source.crs.to_wkt()) if source.crs else None
    if crs is None or not crs.is_geographic or not is_ours(crs):
        raise LayerError(say("error.raster_crs", **where, value=name))
    grid = source.transform
    if grid.b or grid.d or grid.a <= 0 or grid.e >= 0:
        raise LayerError(say("error.raster_turned", **where))
    if source.width * source.height > CELLS_LIMIT:
        reason = f"{source.width}×{source.height} > {CELLS_LIMIT}"
        raise LayerError(say("error.raster_unreadable", **where, reason=reason))


def _check_heights(metres: NDArray[np.float64], layer: Layer, path: Path) -> None:
    low, high = HEIGHTS
    strange = metres[(metres < low) | (metres > high)]
    if strange.size:
        raise LayerError(
            say(
                "error.raster_heights",
                layer=layer.id,
                file=path,
                count=strange.size,
                value=strange[0],
                low=low,
                high=high,
            )
        )
