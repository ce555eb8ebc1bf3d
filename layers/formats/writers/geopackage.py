"""GeoPackage: the layer, what is known of it, and the style that QGIS picks up by itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyogrio

from layers.formats.writers.delivery import Delivery, attributes, table

RESERVED = ("fid", "geom")
"""Columns that GDAL adds of its own."""

FIXED_TIME = "2000-01-01T00:00:00.000Z"
"""The same rows give the same bytes: the file carries no clock."""

VERSION = "1.3"
"""GDAL 3.6 and older, as in QGIS of 2023, warn of later ones."""

_STYLES = """
CREATE TABLE "layer_styles" (
"id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,"f_table_catalog" TEXT(256),
"f_table_schema" TEXT(256),"f_table_name" TEXT(256),"f_geometry_column" TEXT(256),
"styleName" TEXT(30),"styleQML" TEXT,"styleSLD" TEXT,"useAsDefault" BOOLEAN,
"description" TEXT,"owner" TEXT(30),"ui" TEXT(30),
"update_time" DATETIME DEFAULT CURRENT_TIMESTAMP)
"""
"""As QGIS makes it."""

_RESERVED_TABLES = ("gpkg_", "rtree_", "sqlite_", "layer_styles")


def write_geopackage(delivery: Delivery, path: Path) -> list[str]:
    """Write a layer as a GeoPackage and return notes; coordinates stay bit by bit."""
    columns, notes = attributes(delivery, RESERVED)
    name = table_name(delivery.name)
    with unclocked():
        pyogrio.write_dataframe(
            table(delivery, columns),
            path,
            layer=name,
            driver="GPKG",
            dataset_options={"VERSION": VERSION},
            layer_options={"IDENTIFIER": delivery.title, "DESCRIPTION": delivery.description},
            layer_metadata=dict(delivery.keys) or None,
        )
    if delivery.qml:
        add_style(path, name, delivery.title, delivery.qml)
    return notes


def table_name(name: str) -> str:
    """Return a name that a table may have: not one of GeoPackage's own."""
    return f"layer_{name}" if name.lower().startswith(_RESERVED_TABLES) else name


@contextmanager
def unclocked() -> Iterator[None]:
    """Have GDAL write a fixed time instead of the present one."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_TIME})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def add_style(path: Path, layer: str, title: str, qml: str) -> None:
    """Add the default style of a GeoPackage's layer, where QGIS looks for it.

    Source: QGIS, src/core/providers/ogr (QgsOgrProviderMetadata::saveStyle). The table is
    registered, so that other programs do not wonder at it.
    """
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(_STYLES)
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description,"
            " last_change) VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
            (FIXED_TIME,),
        )
        base.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
            " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description,"
            " owner, ui, update_time) VALUES ('', '', ?, 'geom', ?, ?, '', 1, '', '', NULL, ?)",
            (layer, title[:30], qml, FIXED_TIME),
        )
