"""A GeoPackage read through Arrow where pyarrow is installed: the same table, sooner.

Other formats stay with the row reader: Arrow would save less there, and GDAL's stream of a
FlatGeobuf crashes on a feature without geometry (GDAL 3.12.4).
"""

import importlib.util
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray

from layers.outlines import Outlines, gathered, rings_of

PLAIN = frozenset({"OFTString", "OFTInteger", "OFTInteger64", "OFTReal"})
PLAIN_SUBTYPES = frozenset({"OFSTNone", "OFSTInt16", "OFSTFloat32"})
"""Columns that are the same either way. The others (dates, true and false, bytes) are read by
the row reader."""


def arrow_frame(path: Path, layer: str) -> tuple[gpd.GeoDataFrame, Outlines] | None:
    """Return a layer of a GeoPackage as the row reader does, or ``None`` to leave it to that.

    The columns come in a frame without geometry, the geometries beside it. What pyogrio and
    pyarrow raise is left to the row reader, too.
    """
    if importlib.util.find_spec("pyarrow") is None:
        return None
    import pyarrow as pa  # noqa: PLC0415 - optional

    info = pyogrio.read_info(path, layer=layer)
    fields = info["fields"].tolist()
    kinds = zip(info["ogr_types"], info["ogr_subtypes"], strict=True)
    plain = [
        name
        for name, (kind, subtype) in zip(fields, kinds, strict=True)
        if kind in PLAIN and subtype in PLAIN_SUBTYPES
    ]
    if "geometry" in fields:
        return None
    shapes, batches = [], []
    with pyogrio.open_arrow(path, layer=layer, columns=plain, use_pyarrow=True) as (meta, reader):
        for batch in reader:
            # taken apart while GDAL reads the next ones
            some = _outlines(batch.column(meta["geometry_name"]), meta["crs"])
            if some is None:
                return None
            shapes.append(some)
            batches.append(batch.select(plain))
    if not batches:
        return None
    table = pa.Table.from_batches(batches)
    data = {name: _column(table.column(name)) for name in plain}
    others = [name for name in fields if name not in data]
    if others:
        rest = pyogrio.read_dataframe(path, layer=layer, columns=others, read_geometry=False)
        if len(rest) != table.num_rows:
            return None
        data |= {name: rest[name] for name in others}
    frame = pd.DataFrame(data, columns=fields, index=range(table.num_rows))
    return gpd.GeoDataFrame(frame), gathered(shapes)


def _outlines(column: object, crs: str | None) -> Outlines | None:
    """Return the geometries of an Arrow array of WKB, or ``None`` where one cannot be built."""
    others = np.full(len(column), None, dtype=object)
    _, offsets, raw = (np.frombuffer(part or b"", np.uint8) for part in column.buffers())
    kind = np.int64 if str(column.type).startswith("large") else np.int32
    begin = offsets.view(kind)[column.offset : column.offset + len(column) + 1]
    rings, rows = rings_of(raw, begin.astype(np.int64))
    outlines = Outlines(rings, rows, others, crs)
    if len(rest := outlines.rest):
        shapes = _shapes(column.take(rest) if len(rows) else column)
        if shapes is None:
            return None
        others[rest] = shapes
    return outlines


def _shapes(column: object) -> NDArray[np.object_] | None:
    """Return the geometries of an Arrow array of WKB as objects, ``None`` where one is broken.

    The row reader makes straight lines of curves, and has the last word on what is broken.
    """
    try:
        shapes = shapely.from_wkb(column.to_numpy(zero_copy_only=False), on_invalid="ignore")
    except NotImplementedError:
        return None
    built = np.count_nonzero(~shapely.is_missing(shapes))
    return shapes if built == len(column) - column.null_count else None


def _column(column: object) -> object:
    """Return an Arrow column as the row reader has it: texts as pandas' own, numbers of numpy."""
    if not str(column.type).endswith("string"):
        return column.to_numpy()
    # Arrow takes any bytes for text
    column.validate(full=True)
    if column.null_count == len(column):
        return [None] * len(column)
    return column.to_pandas()
