"""A made layer's geometries as shapely objects, read by the shortest way there is."""

from pathlib import Path

import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from pyogrio.raw import read


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
