"""GeoJSON in degrees of CGCS2000, less than a metre from the WGS 84 that RFC 7946 wants.

The member ``crs`` says which it is: who does not know it is off by less than a metre, who
does (GDAL, QGIS) is right. Coordinates keep every digit: at 9 decimals, a tenth of a
millimetre, the area of a patch of 6 m would change by 1e-5 of it.
"""

from pathlib import Path

import pyogrio
import shapely

from layers.formats.writers.delivery import Delivery, attributes, refuse, table

DECIMALS = 15
"""Decimals of a degree that give back the same float from 1 degree on."""


def write_geojson(delivery: Delivery, path: Path) -> list[str]:
    """Write a layer as GeoJSON, rings turning as RFC 7946 wants; return notes.

    Raises:
        LayerError: the layer is in a plane.

    """
    if not delivery.frame.crs.is_geographic:
        refuse("geojson_degrees", file=path)
    columns, notes = attributes(delivery)
    frame = table(delivery, columns)
    frame = frame.set_geometry(shapely.orient_polygons(frame.geometry.to_numpy()), crs=frame.crs)
    pyogrio.write_dataframe(
        frame,
        path,
        layer=delivery.name,
        driver="GeoJSON",
        layer_options={
            "COORDINATE_PRECISION": str(DECIMALS),
            "DESCRIPTION": delivery.description,
        },
    )
    return notes
