"""Merged cells: which row of a table an empty cell has its text from, where that is evident.

Word says which cells are merged. A text dump or a PDF only shows empty ones: the value of a block
stands in one of its rows, and an empty cell may also be one that nobody filled in. What counts as
evidence, column by column and between page breaks and headings:

- A column whose writer prints equal values again in the next row does not merge them: its empty
  cells are empty. Names are the exception, for every project has one.
- Empty cells after the last value belong to it, those before the first value to that one.
- Empty cells between two values belong to the upper one where the lower one's block ends with its
  own row, for a value does not stand at the very end of a block. Otherwise nobody can tell. A
  category is read from the top, for its rows are in order.

Money is never filled in: a sum over several rows would be counted for each of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from layers.plans.document import ABOVE
from layers.plans.header import Column
from layers.plans.rows import BodyRow

MERGED_ROLES = frozenset({
    "name", "location", "owner", "lead", "start", "end", "period", "nature", "group",
})  # fmt: skip
"""Columns whose value may hold for several projects."""


def told(rows: Sequence[BodyRow], roles: Iterable[str] | None = None) -> tuple[BodyRow, ...]:
    """Return rows with the cells filled in that the file itself says are merged with one above."""
    wanted = None if roles is None else frozenset(roles)
    found: list[BodyRow] = []
    for row in rows:
        cells, filled = list(row.cells), dict(row.filled)
        for at, cell in enumerate(row.rows[0].cells[: len(cells)]):
            above = found[-1] if found else None
            fits = wanted is None or any(at in row.roles.get(role, ()) for role in wanted)
            if cell.merged != ABOVE or cells[at].text or above is None or not fits:
                continue
            if above.cells[at].text:
                cells[at] = above.cells[at]
                filled[at] = above.filled.get(at, above.line)
        found.append(replace(row, cells=tuple(cells), filled=filled))
    return tuple(found)


def evident(
    tables: Sequence[tuple[Sequence[Column], Sequence[BodyRow]]],
) -> list[tuple[BodyRow, ...]]:
    """Return the rows of a document's tables of projects, filled in where the evidence is clear.

    The tables are looked at together: how a writer treats a column in one of them tells about
    the others.
    """
    blanks: dict[str, int] = {}
    repeats: dict[str, int] = {}
    for columns, rows in tables:
        for column in columns:
            if column.role in MERGED_ROLES:
                blank, repeat = _counted(rows, column.index)
                blanks[column.role] = blanks.get(column.role, 0) + blank
                repeats[column.role] = repeats.get(column.role, 0) + repeat
    found = []
    for columns, rows in tables:
        merging = {
            column.index
            for column in columns
            if column.role in MERGED_ROLES
            and (
                column.role == "name"
                or _is_mostly_blank(rows, column.index)
                or blanks[column.role] >= repeats[column.role]
            )
        }
        found.append(_filled(columns, rows, merging))
    return found


def _counted(rows: Sequence[BodyRow], at: int) -> tuple[int, int]:
    """How many cells of a column are empty, and how many repeat the one above."""
    blank = sum(not row.cells[at].text for row in rows)
    repeat = sum(
        bool(row.cells[at].text)
        and row.cells[at].closed().text == above.cells[at].closed().text
        and row.piece == above.piece
        for above, row in pairwise(rows)
    )
    return blank, repeat


def _is_mostly_blank(rows: Sequence[BodyRow], at: int) -> bool:
    blank, repeat = _counted(rows, at)
    return len(rows) > blank >= max(repeat, len(rows) - blank)


def _filled(
    columns: Sequence[Column], rows: Sequence[BodyRow], merging: set[int]
) -> tuple[BodyRow, ...]:
    cells = [list(row.cells) for row in rows]
    filled = [dict(row.filled) for row in rows]
    disputed = [dict(row.disputed) for row in rows]
    names = next((column.index for column in columns if column.role == "name"), None)
    ordered = sorted(
        (column for column in columns if column.role in MERGED_ROLES),
        key=lambda column: column.index != names,
    )
    blocks = _blocks(rows)
    for column in ordered:
        at = column.index
        for number, block in enumerate(blocks):
            goes_on = _goes_on(rows, blocks, number, at)
            for row, source, other in _runs(rows, block, at, goes_on=goes_on):
                together = (
                    names is not None
                    and filled[row].get(names) is not None
                    and (source is not None and _same_name(rows, filled, row, source, names))
                )
                if at not in merging and not together:
                    continue
                if source is not None:
                    cells[row][at] = rows[source].cells[at]
                    filled[row][at] = rows[source].line
                elif other:
                    disputed[row][at] = other
    return tuple(
        replace(row, cells=tuple(cells[at]), filled=filled[at], disputed=disputed[at])
        for at, row in enumerate(rows)
    )


def _same_name(
    rows: Sequence[BodyRow], filled: Sequence[dict[int, int]], row: int, source: int, names: int
) -> bool:
    """Whether two rows share a merged name: then their other cells are likely merged, too."""
    lines = {filled[at].get(names, rows[at].line) for at in (row, source)}
    return len(lines) == 1


def _blocks(rows: Sequence[BodyRow]) -> list[list[int]]:
    """Rows between two headings, totals or page breaks: no merged cell runs beyond them."""
    keyed = groupby(range(len(rows)), key=lambda at: (rows[at].segment, rows[at].piece))
    return [list(block) for _, block in keyed]


def _goes_on(
    rows: Sequence[BodyRow], blocks: Sequence[Sequence[int]], number: int, at: int
) -> bool:
    """Whether the last value of a block goes on after the page break that follows."""
    if number + 1 == len(blocks):
        return False
    last, first = rows[blocks[number][-1]], rows[blocks[number + 1][0]]
    if last.segment != first.segment:
        return False
    texts = [rows[row].cells[at].closed().text for row in blocks[number]]
    value = next((text for text in reversed(texts) if text), "")
    return first.cells[at].closed().text in {"", value}


def _runs(
    rows: Sequence[BodyRow], block: Sequence[int], at: int, *, goes_on: bool
) -> Iterable[tuple[int, int | None, tuple[int, int] | None]]:
    """Yield each empty row of a block with the row it has its text from, or the two in dispute."""
    valued = [row for row in block if rows[row].cells[at].text]
    for row in block:
        if rows[row].cells[at].text or not valued:
            continue
        above = max((value for value in valued if value < row), default=None)
        below = min((value for value in valued if value > row), default=None)
        if above is None or below is None:
            yield row, above if below is None else below, None
        elif at in rows[row].roles.get("group", ()) or _ends_with_itself(
            rows, block, below, at, goes_on=goes_on
        ):
            yield row, above, None
        else:
            yield row, None, (rows[above].line, rows[below].line)


def _ends_with_itself(
    rows: Sequence[BodyRow], block: Sequence[int], value: int, at: int, *, goes_on: bool
) -> bool:
    """Whether the block of a value ends with the row that shows it."""
    if value == block[-1]:
        return not goes_on
    return bool(rows[value + 1].cells[at].text)
