"""Excel: a row for each feature with its area in three units; no position but the WKT."""

import datetime as dt
from pathlib import Path

import numpy as np
import shapely
import xlsxwriter

from layers.formats.writers.cells import EXACT, Cell, text
from layers.formats.writers.delivery import Delivery, attributes, refuse
from layers.repair import areas_m2
from layers.rounding import DIGITS, shown_ha, shown_m2, shown_mu
from layers.words import say

CELL = 32_767
"""Characters that a cell holds."""
ROWS, COLUMNS = 1_048_576, 16_384

WKT = "WKT"
TITLE = 31
"""Characters of a sheet's name."""

NAMED = 5
"""Features that a note names, the rest are counted."""

FIXED_DATE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
"""The same rows give the same file: the workbook carries no clock."""

AREAS = {"m2": shown_m2, "ha": shown_ha, "mu": shown_mu}
"""The columns of areas by unit: as shown, from m2."""


def write_workbook(delivery: Delivery, path: Path) -> list[str]:
    """Write a layer as an Excel workbook with a sheet that explains it; return notes.

    Raises:
        LayerError: more rows or columns than a sheet holds.

    """
    areas = [say(f"export.area.{unit}") for unit in AREAS]
    columns, notes = attributes(delivery, (*areas, WKT))
    if len(delivery.frame) >= ROWS or len(columns) + len(AREAS) >= COLUMNS:
        refuse("workbook_size", file=path, rows=ROWS - 1, columns=COLUMNS - len(AREAS) - 1)
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": FIXED_DATE})
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(_title(delivery.title))
        sheet.freeze_panes(1, 0)
        at = 0
        for name, cells in columns.items():
            sheet.write_string(0, at, name, bold)
            long = _write_column(sheet, at, cells, instead=say("export.too_long"))
            if long:
                notes.append(say("export.workbook_text", column=name, rows=_listed(long)))
            at += 1
        notes += _write_areas(book, sheet, at, delivery)
        at += len(AREAS)
        sheet.write_string(0, at, WKT, bold)
        shapes = shapely.to_wkt(delivery.shapes, rounding_precision=-1)
        if long := _write_column(sheet, at, shapes.tolist(), instead=""):
            notes.append(say("export.workbook_wkt", rows=_listed(long)))
        explained = book.add_worksheet(say("export.explained"))
        for line, row in enumerate([*delivery.description.split("\n"), *notes]):
            explained.write_string(line, 0, row[:CELL])
    return notes


def _title(title: str) -> str:
    """Return a sheet's name without the signs that Excel forbids."""
    plain = "".join(" " if sign in "[]:*?/\\" else sign for sign in title).strip(" '")[:TITLE]
    return plain if plain and plain != say("export.explained") else "data"


def _write_column(sheet: object, at: int, cells: list[Cell], *, instead: str) -> list[int]:
    """Write a column and return the features whose text no cell holds: they get another."""
    long = []
    for line, cell in enumerate(cells, start=1):
        if isinstance(cell, bool):
            sheet.write_boolean(line, at, cell)
        elif isinstance(cell, float) or (isinstance(cell, int) and abs(cell) < EXACT):
            sheet.write_number(line, at, cell)
        elif cell is not None:
            written = text(cell)
            if len(written.encode("utf-16-le")) // 2 > CELL:
                long.append(line)
                written = instead
            if written:
                sheet.write_string(line, at, written)
    return long


def _write_areas(book: object, sheet: object, at: int, delivery: Delivery) -> list[str]:
    """Write the areas of the polygons; none where positions come from a web map."""
    sizes = areas_m2(delivery.shapes.tolist(), delivery.frame.crs)
    sizes[shapely.get_dimensions(delivery.shapes) < 2] = np.nan  # noqa: PLR2004 - areas
    for column, (unit, shown) in enumerate(AREAS.items(), start=at):
        look = book.add_format({"num_format": f"0.{'0' * DIGITS[unit]}"})
        sheet.write_string(0, column, say(f"export.area.{unit}"), book.add_format({"bold": True}))
        for line, size in enumerate(sizes.tolist(), start=1):
            if size == size and not delivery.warning:  # noqa: PLR0124 - NaN
                sheet.write_number(line, column, shown(size), look)
    return [say("export.no_areas")] if delivery.warning else []


def _listed(rows: list[int]) -> str:
    shown = "、".join(map(str, rows[:NAMED]))
    return say("export.listed", rows=shown, count=len(rows)) if len(rows) > NAMED else shown
