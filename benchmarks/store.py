"""The made layers as files: GeoParquet and GeoPackage in a cache folder.

A file's name holds a digest of everything that its content depends on, so what is
there is what would be made; nothing is made twice. Files appear whole or not at all.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from benchmarks import made_layers
from benchmarks.made_layers import BLOCK, DEGREES, PLANE, SEED, Land

ROWS_A_GROUP = 25_000
"""Of a GeoParquet file: what a stream holds at a time, and workers share out."""

RECIPE = 1
"""Counted up when the same parameters make other shapes."""

WHOLE = {
    "redline": made_layers.red_lines,
    "monster": made_layers.monster,
    "township": made_layers.townships,
    "river": made_layers.rivers,
}
"""Layers that a land has one of."""

BY_BLOCK = {
    "patch": made_layers.patches,
    "holed": partial(made_layers.patches, holed=0.1, in_parts=0.1),
    "point": made_layers.points,
}
"""Layers of which any number of features is made, block by block."""


def default_folder() -> Path:
    """Return where made layers are kept: the user's cache folder."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "shanhe-benchmarks"


def stored(  # noqa: PLR0913 - what a file depends on
    folder: Path,
    land: Land,
    layer: str,
    *,
    count: int | None = None,
    crs: str = PLANE,
    form: str = "parquet",
) -> Path:
    """Return the file of a layer, made if it is not there.

    Args:
        folder: where made layers are kept.
        land: how large the land is.
        layer: redline, monster, township, river, patch, holed or point.
        count: how many features; only of layers that are made block by block.
        crs: ``EPSG:4547`` in metres, or ``EPSG:4490`` in degrees.
        form: ``parquet`` or ``gpkg``.

    """
    made_of = [RECIPE, SEED, asdict(land), layer, count, crs]
    digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:8]
    number = "" if count is None else f"-{count}"
    path = folder / f"{layer}{number}-{digest}.{form}"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{os.getpid()}-{path.name}")
    try:
        if form == "gpkg":
            parquet = stored(folder, land, layer, count=count, crs=crs)
            gpd.read_parquet(parquet).to_file(part, layer="layer", engine="pyogrio")
        else:
            _write_parquet(part, _blocks(land, layer, count), crs)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _blocks(land: Land, layer: str, count: int | None) -> Iterator[NDArray[np.object_]]:
    """Yield a layer's geometries, never more of them at once than a block."""
    if layer in WHOLE:
        yield WHOLE[layer](land)
        return
    for block, first in enumerate(range(0, count or 0, BLOCK)):
        yield BY_BLOCK[layer](land, block, min(BLOCK, (count or 0) - first))


def _write_parquet(path: Path, blocks: Iterator[NDArray[np.object_]], crs: str) -> None:
    """Write a GeoParquet 1.0 file, ``id``, ``kind`` and WKB."""
    column = {"encoding": "WKB", "geometry_types": [], "crs": CRS(crs).to_json_dict()}
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}}
    schema = pa.schema(
        [("id", pa.int64()), ("kind", pa.int64()), ("geometry", pa.binary())],
        metadata={"geo": json.dumps(geo)},
    )
    first = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for block in blocks:
            shapes = block if crs == PLANE else _in_degrees(block)
            ids = np.arange(first, first + len(shapes))
            table = pa.table([ids, ids * 7 % 6, shapely.to_wkb(shapes)], schema=schema)
            writer.write_table(table, row_group_size=ROWS_A_GROUP)
            first += len(shapes)


def _in_degrees(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    transformer = Transformer.from_crs(PLANE, DEGREES, always_xy=True)
    return shapely.transform(shapes, transformer.transform, interleaved=False)
