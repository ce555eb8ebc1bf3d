"""A made layer's geometries as shapely objects, read by the shortest way there is."""

from pathlib import Path

import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from pyogrio.raw import read
from pyproj import CRS, Transformer

from benchmarks.made_layers import DEGREES, PLANE
from layers.measure import Plane


def read_wkb(path: Path) -> NDArray:
    """Return the WKB of each feature in the order of ``id``, which counts them from 0."""
    if path.suffix == ".parquet":
        # Not read_table: it first loads a library that is not needed, and the clock runs.
        file = pq.ParquetFile(path)
        return file.read(columns=["geometry"], use_threads=False)["geometry"].to_numpy()
    return read(path, columns=[])[2]


def read_shapes(path: Path) -> NDArray:
    """Return the geometry of each feature in the order of ``id``."""
    return shapely.from_wkb(read_wkb(path))


def equal_area(shapes: NDArray) -> CRS:
    """Return an equal-area plane on the ellipsoid around shapes of the made layers' own plane."""
    degrees = Transformer.from_crs(PLANE, DEGREES, always_xy=True)
    box = degrees.transform_bounds(*shapely.total_bounds(shapes))
    return Plane.around([shapely.box(*box)]).crs


def carried(shapes: NDArray, plane: CRS) -> NDArray:
    """Return shapes of the made layers' own plane in another, vertex by vertex."""
    step = Transformer.from_crs(PLANE, plane, always_xy=True)
    return shapely.transform(shapes, step.transform, interleaved=False)


def carried_zones(zones: NDArray, plane: CRS) -> NDArray:
    """Return zones in another plane, their long edges bent, valid.

    Where borders nearly touch they may cross once they are carried; what GEOS cuts from such
    a polygon may then be a wrong piece of it.
    """
    there = carried(shapely.segmentize(zones, 25.0), plane)
    broken = ~shapely.is_valid(there)
    there[broken] = shapely.make_valid(there[broken], method="structure")
    return there
