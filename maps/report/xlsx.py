"""Excel: page one, and a sheet for each table; numbers are numbers, texts never formulas."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import xlsxwriter

from layers.formats.writers.cells import FORMULA
from layers.formats.writers.workbook import CELL, FIXED_DATE, ROWS
from layers.words import say
from maps.report import numbers, tables
from maps.report.marks import PAPER, mark
from maps.report.summary import (
    EFFECTS,
    checked_kinds,
    front_facts,
    kind_counts,
    record_lines,
    summary_counts,
    unchecked_texts,
    warnings_of,
)
from maps.report.tables import Column, Table
from zoning.model import STATE_ORDER
from zoning.review.model import Review

A4 = 9
"""The number that Excel has for the paper."""

WRAPPED = 30
"""Columns at least so wide break their texts into lines."""

SHEETS = (
    tables.sites_table,
    tables.kinds_table,
    tables.met_table,
    tables.verdicts_table,
    tables.touched_table,
    tables.near_table,
    tables.evidence_table,
    tables.rejects_table,
)


def write_xlsx(review: Review, path: Path) -> None:
    """Write a review as a workbook."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"title": numbers.plain(review.title)[:250], "created": FIXED_DATE})
        looks = _Looks(book)
        _front(book.add_worksheet(say("report.sheet.front")), review, looks)
        for made in SHEETS:
            table = made(review)
            _sheet(book.add_worksheet(table.title), table, looks)


class _Looks:
    """The formats of a workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], object] = {}

    def __call__(self, **properties: object) -> object:
        """Return the format with some properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"valign": "top", **properties})
        return self._made[key]

    def head(self, **properties: object) -> object:
        """Return the format of a head."""
        return self(bold=True, text_wrap=True, bg_color="#E3EFF0", bottom=1, **properties)


def _sheet(sheet: object, table: Table, looks: _Looks) -> None:
    for at, column in enumerate(table.columns):
        sheet.write_string(0, at, column.title, looks.head())
        sheet.set_column(at, at, column.width)
    held = table.rows[: ROWS - 2]
    for at, column in enumerate(table.columns):
        _column(sheet, at, column, [row.get(column.name) for row in held], looks)
    if len(held) < len(table.rows):
        text = say("report.rows_left", count=len(table.rows) - len(held))
        sheet.write_string(len(held) + 1, 0, text)
    named = [column.name for column in table.columns]
    sheet.freeze_panes(1, named.index("name") + 1 if "name" in named else 0)
    if held:
        sheet.autofilter(0, 0, len(held), len(table.columns) - 1)
    _on_paper(sheet)
    sheet.repeat_rows(0)


def _on_paper(sheet: object) -> None:
    """Have a sheet printed on A4, as wide as the paper."""
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _column(
    sheet: object, at: int, column: Column, values: Iterable[object], looks: _Looks
) -> None:
    """Write a column below its title: numbers as numbers, what is not there as nothing."""
    form = numbers.EXCEL.get(column.unit)
    look = looks(num_format=form) if form else looks(text_wrap=column.width >= WRAPPED)
    marked = column.unit in {"state", "effect"}
    for line, value in enumerate(values, start=1):
        held = numbers.cell(value, column.unit)
        if held is None or held == "":
            continue
        if isinstance(held, dt.date):
            sheet.write_datetime(line, at, held, look)
        elif isinstance(held, int | float):
            sheet.write_number(line, at, held, look)
        elif marked:
            seen = mark(value, column.unit)
            tint = {} if seen.tint == PAPER else {"bg_color": seen.tint}
            sheet.write_string(line, at, seen.text, looks(font_color=seen.color, **tint))
        elif len(held) < CELL // 2 and not held.startswith(FORMULA):
            sheet.write_string(line, at, held, look)
        else:
            write_text(sheet, line, at, held, looks, text_wrap=column.width >= WRAPPED)


def write_text(
    sheet: object, line: int, at: int, text: str, looks: _Looks, **properties: object
) -> None:
    """Write a text; one that looks like a formula is marked as text for good.

    ``quote_prefix`` is the apostrophe that a person types before such a text: it stays one when
    the cell is edited.
    """
    if text.startswith(FORMULA):
        properties["quote_prefix"] = True
    if len(text.encode("utf-16-le")) // 2 > CELL:
        text = say("report.clipped", text=text[: CELL // 4], count=len(text))
    sheet.write_string(line, at, text, looks(**properties))


def _front(sheet: object, review: Review, looks: _Looks) -> None:
    """Write page one: what was checked, what was not, what came of it, and the record."""
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 22)
    sheet.set_column(2, len(STATE_ORDER), 12)
    sheet.hide_gridlines(2)
    _on_paper(sheet)
    sheet.freeze_panes(1, 0)
    write_text(sheet, 0, 0, numbers.text(review.title), looks, bold=True, font_size=16)
    line = _pairs(sheet, 2, front_facts(review), looks)
    line = _part(sheet, line, say("report.section.unchecked"), looks)
    missing = unchecked_texts(review)
    line = _pairs(sheet, line, missing or [("", say("report.all_asked"))], looks)
    line = _part(sheet, line, say("report.section.checked"), looks)
    checked = [(numbers.text(kind, "kind"), text) for kind, text in checked_kinds(review)]
    line = _pairs(sheet, line, checked, looks)
    line = _part(sheet, line, say("report.section.outcome"), looks)
    titles = [say("report.column.kind"), *(numbers.word(state, "state") for state in STATE_ORDER)]
    line = _counts(sheet, line, titles, _states(review), looks)
    effects = summary_counts(review.sites)
    rows = [(say("report.column.count"), [effects[effect] for effect in EFFECTS])]
    titles = [say("report.column.effect"), *(numbers.word(effect, "effect") for effect in EFFECTS)]
    line = _counts(sheet, line + 1, titles, rows, looks)
    line = _part(sheet, line, say("report.section.notes"), looks)
    for text in (*warnings_of(review), *map(numbers.plain, review.notes)):
        write_text(sheet, line, 0, text, looks)
        line += 1
    line = _part(sheet, line, say("report.section.record"), looks)
    for text in record_lines(review.record):
        write_text(sheet, line, 0, text, looks)
        line += 1


def _states(review: Review) -> list[tuple[str, list[int]]]:
    return [
        (numbers.text(kind, "kind") if kind else say("report.all_kinds"),
         [counts[state] for state in STATE_ORDER])
        for kind, counts in kind_counts(review)
    ]  # fmt: skip


def _part(sheet: object, line: int, title: str, looks: _Looks) -> int:
    write_text(sheet, line + 1, 0, title, looks, bold=True, font_size=12, font_color="#17535F")
    return line + 2


def _pairs(sheet: object, line: int, pairs: Iterable[tuple[str, str]], looks: _Looks) -> int:
    for name, text in pairs:
        write_text(sheet, line, 0, name, looks, font_color="#556268")
        write_text(sheet, line, 1, text, looks)
        line += 1
    return line


def _counts(
    sheet: object,
    line: int,
    titles: Iterable[str],
    rows: Iterable[tuple[str, list[int]]],
    looks: _Looks,
) -> int:
    for at, title in enumerate(titles):
        sheet.write_string(line, at, title, looks.head(align="right" if at else "left"))
    for name, counts in rows:
        line += 1
        write_text(sheet, line, 0, name, looks)
        for at, count in enumerate(counts, start=1):
            sheet.write_number(line, at, count, looks(num_format=numbers.EXCEL["count"]))
    return line + 1
