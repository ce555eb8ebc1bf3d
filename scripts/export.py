"""Writing an answer to a file: JSON, CSV, Excel, GeoPackage; whole or not at all."""

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
import xlsxwriter

from layers.formats.writers.cells import safe_cell
from layers.formats.writers.geopackage import VERSION, add_style, unclocked
from layers.measure import STORAGE_CRS
from layers.whole import together
from layers.words import say
from maps.qgis import kind_looks, qml, state_looks
from maps.style import load_style
from zoning.model import Answer
from zoning.study import Study


def write_together(files: Mapping[Path, Callable[[Path], None]]) -> None:
    """Write files of one folder beside their places and move them there when all are complete.

    Raises:
        WorkspaceError: the folder is missing or may not be written; nothing was.

    """
    with together(next(iter(files))) as folder:
        for path, write in files.items():
            write(folder / path.name)


def json_text(answer: Answer) -> str:
    """Return the rows as a JSON list of objects with the columns' names."""
    records = [
        {name: _plain(value) for name, value in row.items()}
        for row in answer.rows.to_dict("records")
    ]
    return json.dumps(records, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _plain(value: object) -> object:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):  # noqa: PLR0124 - NaN
        return None
    return value


def write_json(answer: Answer, path: Path) -> None:
    """Write the rows as JSON."""
    path.write_text(json_text(answer), encoding="utf-8")


def write_csv(answer: Answer, path: Path) -> None:
    """Write the rows as CSV in UTF-8 with a byte order mark, which Excel needs."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(answer.rows.columns)
        for row in answer.rows.itertuples(index=False):
            writer.writerow([safe_cell(value) for value in row])


def write_xlsx(answer: Answer, path: Path) -> None:
    """Write the rows with Chinese titles, and a sheet that explains them."""
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": FIXED_DATE})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(answer.query.title[:31])
        for at, column in enumerate(answer.query.columns):
            sheet.write_string(0, at, column.title, bold)
            sheet.set_column(at, at, 14)
        for line, row in enumerate(answer.rows.itertuples(index=False), start=1):
            for at, value in enumerate(row):
                _write_cell(sheet, line, at, label(answer.query.columns[at].name, value))
        sheet.freeze_panes(1, 0)
        notes = book.add_worksheet(say("cli.explain"))
        texts = (answer.query.question, answer.sentence, *answer.notes)
        for line, text in enumerate(texts):
            notes.write_string(line, 0, text)


FIXED_DATE = pd.Timestamp("2000-01-01").to_pydatetime()
"""The same rows give the same file: the workbook carries no clock."""


def _write_cell(sheet: object, line: int, at: int, value: object) -> None:
    plain = _plain(value)
    if plain is None:
        return
    if isinstance(plain, bool):
        sheet.write_string(line, at, say("cli.yes") if plain else say("cli.no"))
    elif isinstance(plain, int | float):
        sheet.write_number(line, at, plain)
    else:
        sheet.write_string(line, at, str(plain))


LABELLED = {"state", "relation", "certainty", "locus"}
"""Columns whose values are codes with a Chinese word."""


def label(column: str, value: object) -> object:
    """Return the Chinese word of a coded value; anything else as it is."""
    if column in LABELLED and isinstance(value, str):
        return say(f"label.{column}.{value}")
    return value


def write_gpkg(study: Study, answer: Answer, path: Path) -> None:
    """Write the rows with the geometry of what they are about, in EPSG:4490, styled for QGIS."""
    rows = answer.rows.copy()
    for column in rows:
        rows[column] = rows[column].map(_plain)
    rows = rows.infer_objects()
    shapes = _geometries(study, answer)
    name = answer.query.id.replace("-", "_")
    options = {
        "layer": name,
        "driver": "GPKG",
        "dataset_options": {"VERSION": VERSION},
        "layer_options": {
            "IDENTIFIER": answer.query.title,
            "DESCRIPTION": "\n".join((answer.sentence, *answer.notes)),
        },
    }
    with unclocked():
        if shapes is None:
            pyogrio.write_dataframe(rows, path, **options)
            return
        sizes = {int(shapely.get_dimensions(shape)) for shape in shapes if shape is not None}
        kind = None if len(sizes) == 1 else "Unknown"
        frame = gpd.GeoDataFrame(rows, geometry=shapes, crs=STORAGE_CRS)
        pyogrio.write_dataframe(frame, path, geometry_type=kind, **options)
    add_style(path, name, answer.query.title, _style(answer, sizes))


def _style(answer: Answer, sizes: Iterable[int]) -> str:
    """Return the QGIS style of an answer: by state where it has states, else by kind."""
    columns = set(answer.rows.columns)
    kind = SHOWN_KINDS.get(answer.query.shows, "")
    looks = state_looks(load_style()) if "state" in columns else kind_looks(load_style().kind(kind))
    named = next((column for column in ("name", "township") if column in columns), "")
    return qml(*looks, sizes, named)


SHOWN_KINDS = {"townships": "township", "zones": "mine_patch"}
"""The kind of layer whose features an answer shows."""


def _geometries(study: Study, answer: Answer) -> list[shapely.Geometry | None] | None:
    """Return a geometry for each row: locus, townships or patch; none for plain tables."""
    query, workspace = answer.query, study.workspace
    if query.shows == "projects":
        return [workspace.loci[key].geometry for key in answer.rows[query.key]]
    kind = SHOWN_KINDS.get(query.shows)
    layers = workspace.of_kind(kind) if kind else ()
    if not layers:
        return None
    by_id = {
        zone_id: shape
        for layer in layers
        for zone_id, shape in zip(
            workspace.frame(layer.id)["zone_id"], workspace.frame(layer.id).geometry, strict=True
        )
    }
    return [_joined(key, by_id) for key in answer.rows[query.key]]


def _joined(key: str | None, by_id: dict[str, shapely.Geometry]) -> shapely.Geometry | None:
    found = [by_id[part] for part in (key or "").split(";") if part in by_id]
    return shapely.union_all(found) if found else None
