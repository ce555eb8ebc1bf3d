"""The grid of a Word table: which cells of a row stand in which columns, and what is merged."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from layers.plans.document import ABOVE, LEFT, OWN
from layers.plans.docx_text import inner

MAX_COLUMNS = 200
"""Word itself allows 63; a stated span beyond this is no table."""

NEAR = 113
"""Twentieths of a point, 2 mm: borders that a hand dragged apart are one."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A column of a row: its cell (none where the row has none), and with whom it is merged."""

    cell: Element | None
    merged: str = OWN


@dataclass(frozen=True, slots=True)
class _Piece:
    """A cell from one border of the grid to another."""

    start: int
    end: int
    merged: str
    cell: Element


def slots(table: Element, counts: Counter[str]) -> list[list[Slot]]:
    """Return the columns of every row; deleted rows are left out, inserted ones are in.

    Columns of the grid in which no cell begins are no columns: they come from borders that are
    not quite in line.
    """
    rows = [list(_pieces(row, counts)) for row in _rows(table, counts)]
    borders = _borders(table, rows)
    kept = sorted({borders[at] for row in rows for piece in row for at in (piece.start, piece.end)})
    place = {border: at for at, border in enumerate(kept)}
    found: list[list[Slot]] = []
    for row in rows:
        spread = [Slot(None)] * max(len(kept) - 1, 0)
        for piece in row:
            start, end = place[borders[piece.start]], place[borders[piece.end]]
            merged = piece.merged
            if merged == ABOVE and not (found and _goes_down(found[-1][start])):
                merged = OWN  # there is nothing above that it could be merged with
            for at in range(start, end):
                spread[at] = Slot(piece.cell, merged if at == start else LEFT)
        found.append(spread)
    return found


def _rows(table: Element, counts: Counter[str]) -> Iterator[Element]:
    for row in inner(table, counts):
        if row.tag != qn("w:tr"):
            continue
        properties = row.find(qn("w:trPr"))
        if properties is not None and properties.find(qn("w:del")) is not None:
            counts["changes"] += 1
        else:
            yield row


def _pieces(row: Element, counts: Counter[str]) -> Iterator[_Piece]:
    properties = row.find(qn("w:trPr"))
    at = _number(properties, "w:gridBefore", 0)
    for cell in inner(row, counts):
        if cell.tag != qn("w:tc"):
            continue
        properties = cell.find(qn("w:tcPr"))
        end = min(at + max(_number(properties, "w:gridSpan", 1), 1), MAX_COLUMNS)
        if end > at:
            yield _Piece(at, end, _merge(properties), cell)
        at = end


def _number(properties: Element | None, name: str, otherwise: int) -> int:
    found = None if properties is None else properties.find(qn(name))
    value = "" if found is None else found.get(qn("w:val"), "")
    return int(value) if value.isdecimal() and len(value) < len("1000") else otherwise


def _merge(properties: Element | None) -> str:
    for name, merged in (("w:vMerge", ABOVE), ("w:hMerge", LEFT)):
        found = None if properties is None else properties.find(qn(name))
        if found is not None and found.get(qn("w:val"), "continue") == "continue":
            return merged
    return OWN


def _goes_down(slot: Slot) -> bool:
    return slot.cell is not None and slot.cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}") is not None


def _borders(table: Element, rows: Sequence[Sequence[_Piece]]) -> dict[int, int]:
    """Return for each border of the grid the one it is taken for: itself, or a near one."""
    used = sorted({at for row in rows for piece in row for at in (piece.start, piece.end)})
    narrow = {(piece.start, piece.end) for row in rows for piece in row}
    widths = [_number_of(column.get(qn("w:w"))) for column in table.findall(f"{qn('w:tblGrid')}/*")]
    places = [0, *accumulate(widths)]
    found: dict[int, int] = {}
    last: list[int] = []
    for border in used:
        near = (
            last
            and border < len(places)
            and places[border] - places[last[0]] < NEAR
            and not any((other, border) in narrow for other in last)
        )
        last = [*last, border] if near else [border]
        found[border] = last[0]
    return found


def _number_of(width: str | None) -> int:
    return int(width) if width and width.isdecimal() else NEAR
