"""The rows of a CSV file or an Excel sheet, as they stand."""

import csv
import importlib.util
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from layers.errors import LayerError
from layers.formats.archive import checked, opened
from layers.formats.markup import check_xml
from layers.formats.source import (
    MAX_ATTRIBUTE_BYTES,
    MAX_TEXT_BYTES,
    decoded,
    note,
    quoted,
    read_bytes,
    refuse,
)
from layers.words import say

DELIMITERS = ",;\t|，"

TOP, TOP_ROWS = 65_536, 20
"""Characters and rows in which the sign between cells is looked for."""

MAX_COLUMNS = 2_000
"""An Excel sheet has up to 16 384; a row of a layer has dozens."""

MAX_ROWS = 1_048_576
"""Excel's own limit: a forged row number would make openpyxl give empty rows without end."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row by its number in the file (from 1), its cells as read."""

    number: int
    cells: tuple[object, ...]

    @property
    def blank(self) -> bool:
        """No cell holds anything."""
        return not any(text(cell) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one table; ``name`` is empty for a CSV file."""

    name: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def text(cell: object) -> str:
    """Return a cell as text without blanks around it."""
    return "" if cell is None else str(cell).strip()


def csv_sheet(path: Path, encoding: str) -> Sheet:
    """Return the rows of a text table; the sign between cells is the one that parts them evenly.

    Raises:
        LayerError: it is no text in the stated or a known encoding, or no table.

    """
    content, found = decoded(read_bytes(path), path, encoding)
    delimiter = max(DELIMITERS, key=lambda sign: _even(content[:TOP], sign))
    before = csv.field_size_limit(MAX_ATTRIBUTE_BYTES)
    try:
        reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
        rows = tuple(_numbered(reader))
    except csv.Error as error:
        raise LayerError(
            say("format.refused.csv", file=path, row=reader.line_num, reason=error)
        ) from error
    finally:
        csv.field_size_limit(before)
    plain = found in {"utf-8", "utf-8-sig"} or content.isascii()
    return Sheet("", rows, () if plain else (note("encoding_found", value=found),))


def _even(top: str, delimiter: str) -> int:
    """Return how many of the first rows have as many cells as the commonest, if more than one."""
    reader = csv.reader(io.StringIO(top, newline=""), delimiter=delimiter)
    try:
        widths = [len(cells) for cells in islice(reader, TOP_ROWS) if len(cells) > 1]
    except csv.Error:
        return 0
    return max(Counter(widths).values(), default=0)


def _numbered(reader: object) -> Iterator[Row]:
    """Yield the rows with the number of the line on which each begins."""
    line = 1
    for cells in reader:
        yield Row(line, tuple(cells))
        line = reader.line_num + 1


def excel_sheets(path: Path, table: str) -> tuple[Sheet, ...]:
    """Return the sheets of a workbook, or the one named; formulas as last computed.

    Raises:
        LayerError: the workbook is broken or hostile, the sheet is not there, or
            openpyxl is not installed.

    """
    if importlib.util.find_spec("openpyxl") is None:
        refuse("openpyxl", file=path)
    import openpyxl  # noqa: PLC0415  # optional, and slow to load

    with opened(path) as archive:
        for member in checked(archive, path, nested=True, limit=MAX_TEXT_BYTES):
            if member.filename.lower().endswith((".xml", ".rels", ".vml")):
                with archive.open(member) as stream:
                    check_xml(stream, path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        names = [sheet.title for sheet in book.worksheets]
        if table and table not in names:
            refuse("layers", file=path, found="、".join(names), value=table)
        sheets = tuple(
            Sheet(sheet.title, tuple(_excel_rows(sheet, path)))
            for sheet in book.worksheets
            if not table or sheet.title == table
        )
        book.close()
    except LayerError:
        raise
    except Exception as error:
        # openpyxl raises whatever a broken part of the workbook leads to
        raise LayerError(
            say("format.refused.unreadable", file=path, reason=quoted(error))
        ) from error
    return sheets


def _excel_rows(sheet: object, path: Path) -> Iterator[Row]:
    # the size that the sheet states may be wrong: its rows are counted instead
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > MAX_ROWS:
            refuse("rows", file=path, sheet=sheet.title, limit=MAX_ROWS)
        width = max((at for at, cell in enumerate(cells, start=1) if cell is not None), default=0)
        if width > MAX_COLUMNS:
            refuse("columns", file=path, sheet=sheet.title, row=number, count=width,
                   limit=MAX_COLUMNS)  # fmt: skip
        yield Row(number, tuple(cells[:width]))
