"""Writers of the formats that offices ask for: nothing cut, moved or left out in silence."""

import warnings
from collections.abc import Callable
from pathlib import Path

import pyogrio
import pyproj

from layers.errors import LayerError
from layers.formats.source import quoted
from layers.formats.writers.delivery import Delivery, refuse
from layers.formats.writers.geojson import write_geojson
from layers.formats.writers.geopackage import write_geopackage
from layers.formats.writers.shapefile import write_shapefile
from layers.formats.writers.survey import write_survey
from layers.formats.writers.workbook import write_workbook
from layers.words import say

__all__ = ["FORMATS", "Delivery", "format_of", "write_layer"]

FORMATS: dict[str, Callable[[Delivery, Path], list[str]]] = {
    "gpkg": write_geopackage,
    "geojson": write_geojson,
    "shp": write_shapefile,
    "txt": write_survey,
    "xlsx": write_workbook,
}
"""The writers by the ending of their file. Each returns notes on what had to be changed."""

_FAILURES = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
    pyproj.exceptions.ProjError,
    RuntimeWarning,
)
"""What GDAL and PROJ raise; a warning too, since GDAL only warns when it cuts a value."""


def format_of(out: Path, given: str) -> str:
    """Return the format: as given, else by the file's ending.

    Raises:
        LayerError: there is no writer for it, or the ending is that of another format.

    """
    ending = out.suffix.lstrip(".").lower()
    chosen = given.lower() or ending
    if chosen not in FORMATS:
        refuse("format", value=quoted(chosen) or "—", expected="、".join(FORMATS))
    if ending != chosen:
        refuse("ending", file=out, ending=f".{chosen}")
    return chosen


def write_layer(delivery: Delivery, path: Path, chosen: str) -> list[str]:
    """Write a layer in one of FORMATS, into a folder of its own, and return notes.

    Raises:
        LayerError: the format cannot hold the layer.

    """
    if delivery.frame.empty:
        refuse("nothing", file=path.name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            return FORMATS[chosen](delivery, path)
    except _FAILURES as error:
        raise LayerError(say("export.failed", file=path.name, reason=quoted(error))) from error
