"""A layer on its way out, and what all writers ask of it."""

from dataclasses import dataclass
from typing import NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.errors import LayerError
from layers.formats.writers.cells import column_series, plain_columns, unique_names
from layers.words import say

WARNING = "warning"
"""The column that says in every row that legal areas must not be taken from it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A layer to be written.

    ``frame`` holds valid geometries, none missing or empty, in EPSG:4490 or a plane of
    CGCS2000; ``name`` is the table's; ``about`` lists what is known of the layer, as words
    and texts; ``keys`` the same under the register's names, for programs. ``warning`` is
    set where the coordinates come from a web map. ``qml`` is its QGIS style, if any.
    """

    frame: gpd.GeoDataFrame
    name: str
    title: str
    about: tuple[tuple[str, str], ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    warning: str = ""
    qml: str = ""

    @property
    def description(self) -> str:
        """What is known of the layer, one line each."""
        lines = [f"{word}：{text}" for word, text in self.about]
        return "\n".join([self.warning, *lines] if self.warning else lines)

    @property
    def shapes(self) -> NDArray[np.object_]:
        """The geometries, flat."""
        return shapely.force_2d(self.frame.geometry.to_numpy())


def attributes(delivery: Delivery, reserved: tuple[str, ...] = ()) -> tuple[dict, list[str]]:
    """Return the columns as plain cells under names of their own, and notes on new names."""
    columns = plain_columns(delivery.frame)
    if delivery.warning:
        key = WARNING
        while key in columns:
            key += "_"
        columns[key] = [delivery.warning] * len(delivery.frame)
    names = unique_names(columns, reserved)
    notes = [
        say("export.renamed", column=old, name=new) for old, new in names.items() if old != new
    ]
    return {names[old]: cells for old, cells in columns.items()}, notes


def table(delivery: Delivery, columns: dict) -> gpd.GeoDataFrame:
    """Return plain columns and flat geometries as a frame that GDAL writes."""
    index = pd.RangeIndex(len(delivery.frame))
    data = {name: column_series(cells, index) for name, cells in columns.items()}
    return gpd.GeoDataFrame(
        pd.DataFrame(data, index=index), geometry=delivery.shapes, crs=delivery.frame.crs
    )


def refuse(key: str, **fields: object) -> NoReturn:
    """Raise a LayerError with a text of ``[export]``."""
    raise LayerError(say(f"export.{key}", **fields))
