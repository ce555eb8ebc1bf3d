"""From degrees to the CGCS2000 planes in which offices deliver."""

import geopandas as gpd
import numpy as np
import shapely

from layers import datum, gauss
from layers.formats.writers.delivery import refuse
from layers.measure import STORAGE_CRS
from layers.words import say

CODES = range(4491, 4555)
"""EPSG codes of the Gauss-Kruger zones of CGCS2000, of 6 and 3 degrees."""

DEGREES_CODE = 4490

EDGE_DEG = 0.001
"""Longer edges get vertices (some 100 m): they then stay within a fifth of a millimetre of
where they were, and survey files are written to the millimetre."""


def in_crs(frame: gpd.GeoDataFrame, text: str, source: str) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return a frame in EPSG:4490 in the CRS that a text names (empty: as it is), and notes.

    Long edges are densified, so that they stay straight in degrees, as they were.

    Raises:
        LayerError: not a CRS of CGCS2000, or a zone in which the layer does not lie.

    """
    if not text.strip():
        return frame, []
    crs = datum.parsed(text, source)
    code = crs.to_epsg()
    if code == DEGREES_CODE:
        return frame, []
    if code not in CODES:
        refuse("to_crs", value=datum.name(crs), degrees=STORAGE_CRS)
    belt = gauss.belt_of(crs)
    west, _, east, _ = frame.total_bounds
    off = max(abs(west - belt.meridian), abs(east - belt.meridian)) - belt.width / 2
    if off > gauss.PAST_DEG:
        refuse("to_zone", value=datum.name(crs), meridian=belt.meridian, west=west, east=east)
    notes = [] if off <= 0 else [say("export.past_zone", crs=datum.name(crs), degrees=off)]
    shapes = frame.geometry.to_numpy()
    dense = shapely.segmentize(shapes, EDGE_DEG)
    more = int((shapely.get_num_coordinates(dense) - shapely.get_num_coordinates(shapes)).sum())
    if more:
        notes.append(say("export.densified", count=more))
    moved = frame.set_geometry(gpd.GeoSeries(dense, index=frame.index, crs=frame.crs)).to_crs(crs)
    if not np.isfinite(shapely.get_coordinates(moved.geometry.to_numpy())).all():
        refuse("to_zone", value=datum.name(crs), meridian=belt.meridian, west=west, east=east)
    return moved, notes
