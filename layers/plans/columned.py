"""Quantities of a project whose unit stands in the header of a column, not beside the figure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from layers.plans import quantities
from layers.plans.folding import fold
from layers.plans.header import Column, words
from layers.plans.measured import is_unit
from layers.plans.passage import Passage
from layers.plans.quantities import AREA, Quantity
from layers.plans.rows import BodyRow

_FIGURE = re.compile(r"[\d.,，]+")
_AGREES = 1e-3
"""Parts of a quantity by which a column and the content may differ: one of them is rounded."""


def read(
    row: BodyRow, columns: Sequence[Column], title: str
) -> tuple[tuple[Quantity, ...], Passage]:
    """Return the quantities that a row's columns of figures state, and the text they stand in.

    The text is put together from header, figure and unit; only the figures have a place.
    ``title`` is the project's name. What is there before the works (损毁面积, 水土流失面积) is not
    restored land where another column says what is restored.
    """
    said: list[Passage] = []
    standing: list[tuple[int, int]] = []
    end = 0
    for column in columns:
        cell = row.cells[column.index]
        measures = column.measures or _unit_beside(row, columns, column)
        if not measures or not _is_works(column) or not _FIGURE.fullmatch(cell.text):
            continue
        what, unit = measures
        whole = Passage.joined((_placeless(what), cell, _placeless(unit)), "")
        if any(word in what for word in words("standing")):
            standing.append((end, end + len(whole.text)))
        end += len(whole.text) + 1
        said.append(whole)
    text = Passage.joined(said, "，")
    found = quantities.works(text.text, title=title)
    before = [any(start <= one.start < end for start, end in standing) for one in found]
    if all(was for one, was in zip(found, before, strict=True) if one.kind == AREA):
        return found, text
    return tuple(
        replace(one, restoration=one.restoration and not was)
        for one, was in zip(found, before, strict=True)
    ), text


def nested(rows: Sequence[BodyRow], columns: Sequence[Column]) -> Passage:
    """Return what a table nested in a cell says, a clause for each row that has figures."""
    said = []
    for row in rows:
        cells = [
            Passage.joined((row.cells[column.index], _placeless(_unit_behind(row, column))), "")
            for column in columns
            if column.role != "seq"
        ]
        whole = Passage.joined(cells, "")
        if any(sign.isdigit() for sign in whole.text):
            said.append(whole)
    return Passage.joined(said, "；")


def _unit_behind(row: BodyRow, column: Column) -> str:
    cell = row.cells[column.index].text
    return column.measures[1] if column.measures and _FIGURE.fullmatch(cell) else ""


def is_said(one: Quantity, content: Sequence[Quantity]) -> bool:
    """Return whether a content states a column's quantity as well, in one figure or in its parts.

    >>> parts = quantities.works("人工造林500公顷，封山育林300公顷")
    >>> is_said(quantities.works("面积800公顷")[0], parts)
    True
    """
    unit, size = _amount(one)
    same = [(_amount(other)[1], other.part_of) for other in content if _amount(other)[0] == unit]
    stated = [other for other, _ in same] + [sum(other for other, part in same if not part)]
    return any(abs(other - size) <= _AGREES * size for other in stated)


def _unit_beside(row: BodyRow, columns: Sequence[Column], column: Column) -> tuple[str, str] | None:
    """Return the unit that the column beside one of figures has for each row (单位, 数量)."""
    for beside in columns:
        if beside.role == "unit" and abs(beside.index - column.index) == 1:
            unit = row.cells[beside.index].closed().text
            return ("", unit) if is_unit(fold(unit).text) else None
    return None


def _is_works(column: Column) -> bool:
    return column.role in {None, "content"}


def _placeless(text: str) -> Passage:
    return Passage(text, (None,) * len(text))


def _amount(one: Quantity) -> tuple[str, float]:
    """Return a quantity in the unit in which others of its kind are compared with it."""
    if one.hectares is not None:
        return "ha", one.hectares
    return ("km", one.km) if one.km is not None else (one.unit, one.value)
