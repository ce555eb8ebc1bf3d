"""GeoPackage: sites, findings and verdicts on the map, evidence and rejects as tables, styled."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from layers.formats.writers.cells import column_series
from layers.formats.writers.geopackage import VERSION, add_style, unclocked
from layers.measure import STORAGE_CRS
from maps.qgis import Look, kind_looks, qml, state_looks
from maps.report import numbers, tables
from maps.report.marks import EFFECT_STATES, INK
from maps.report.summary import EFFECTS, front_facts, warnings_of
from maps.report.tables import Column, Table
from maps.style import ClassStyle, load_style
from zoning.review.model import Review

CODED = frozenset({"state", "effect", "kind"})
"""Units whose code a style asks for: it stands beside the word."""

PLAIN = ("evidence", "rejects")
"""Tables that are not about sites: they have no geometry and so no style."""


def write_gpkg(review: Review, path: Path) -> None:
    """Write a review as a GeoPackage in EPSG:4490; every layer has its style for QGIS."""
    about = "\n".join(
        [f"{name}：{text}" for name, text in front_facts(review)] + warnings_of(review)
    )
    shapes = [found.site.geometry for found in tables.ranked(review)]
    sizes = sorted({int(size) for size in shapely.get_dimensions(shapes)})
    made = (
        tables.sites_table(review),
        tables.kinds_table(review),
        tables.findings_table(review),
        tables.verdicts_table(review),
        tables.evidence_table(review),
        tables.rejects_table(review),
    )
    with unclocked():
        for number, table in enumerate(made):
            _write(table, shapes, path, about, append=bool(number))
    attributes = {"sites": "state", "kinds": "state", "findings": "kind", "verdicts": "effect"}
    titled = [table for table in made if table.name in attributes]
    _add_styles(path, [(t.name, t.title, _style(attributes[t.name], t, sizes)) for t in titled])


def _write(
    table: Table, shapes: Sequence[shapely.Geometry], path: Path, about: str, *, append: bool
) -> None:
    """Write one table; where it is about sites, with the site's geometry in each row."""
    options = {
        "layer": table.name,
        "driver": "GPKG",
        "append": append,
        "dataset_options": None if append else {"VERSION": VERSION},
        "layer_options": {"IDENTIFIER": table.title, "DESCRIPTION": about},
    }
    data = pd.DataFrame(_columns(table))
    if table.name in PLAIN:
        pyogrio.write_dataframe(data, path, **options)
        return
    held = [shapes[at] for at in table.sites]
    kinds = {int(size) for size in shapely.get_dimensions(shapes)}
    frame = gpd.GeoDataFrame(data, geometry=gpd.GeoSeries(held, crs=STORAGE_CRS), crs=STORAGE_CRS)
    kind = None if len(kinds) == 1 and held else "Unknown"
    pyogrio.write_dataframe(frame, path, geometry_type=kind, promote_to_multi=False, **options)


def _columns(table: Table) -> dict[str, pd.Series]:
    """Return a table's cells as columns of one type each, codes beside their words."""
    index = pd.RangeIndex(len(table.rows))
    columns: dict[str, pd.Series] = {}
    for column in table.columns:
        values = [row.get(column.name) for row in table.rows]
        if column.unit in CODED:
            codes = [numbers.plain(str(value)) if value else None for value in values]
            columns[column.name] = _typed(codes, column, index)
        name = f"{column.name}_word" if column.unit in CODED else column.name
        columns[name] = _typed([numbers.cell(v, column.unit) for v in values], column, index)
    return columns


def _typed(cells: list, column: Column, index: pd.RangeIndex) -> pd.Series:
    if column.unit in {"m2", "ha", "mu", "m", "share"}:
        return pd.Series(cells, index=index, dtype="float64")
    if column.unit == "count":
        return pd.Series(cells, index=index, dtype="int64")
    if column.unit == "date":
        cells = [None if cell is None else cell.isoformat() for cell in cells]
    return column_series([cell or None for cell in cells], index)


def _style(attribute: str, table: Table, sizes: Sequence[int]) -> str:
    label = "name" if table.name == "sites" else ""
    looks = {"state": _states, "effect": _effects, "kind": lambda: _kinds(table)}[attribute]()
    return qml(attribute, looks, sizes, label)


def _states() -> tuple[Look, ...]:
    return state_looks(load_style())[1]


def _effects() -> tuple[Look, ...]:
    """Return a look for each effect; ``none`` is grey and never green."""
    states = {look.value: look for look in _states()}
    looks = []
    for rank, effect in enumerate(reversed(EFFECTS)):
        known = states.get(EFFECT_STATES.get(effect, ""))
        style = known.style if known else _grey(effect)
        looks.append(Look(effect, numbers.word(effect, "effect"), style, rank))
    return tuple(reversed(looks))


def _grey(key: str) -> ClassStyle:
    return ClassStyle(key, "", INK, 1.2, "2 3", "#ffffff", 0.2, "none", "circle")


def _kinds(table: Table) -> tuple[Look, ...]:
    """Return a look for each kind of zone that was found, and for any other."""
    style = load_style()
    kinds = dict.fromkeys(str(row["kind"]) for row in table.rows)
    named = [Look(kind, style.kind_title(kind), style.kind(kind).base, at)
             for at, kind in enumerate(sorted(kinds), start=1)]  # fmt: skip
    return (*named, *kind_looks(style.kind("other"))[1])


def _add_styles(path: Path, styles: Sequence[tuple[str, str, str]]) -> None:
    """Add the layers' styles: the first as any writer does, the others like it."""
    first, *others = styles
    add_style(path, *first)
    with closing(sqlite3.connect(path)) as base, base:
        base.executemany(
            "INSERT INTO layer_styles SELECT NULL, f_table_catalog, f_table_schema, ?,"
            " f_geometry_column, ?, ?, styleSLD, useAsDefault, description, owner, ui, update_time"
            " FROM layer_styles WHERE id = 1",
            [(layer, title[:30], style) for layer, title, style in others],
        )
