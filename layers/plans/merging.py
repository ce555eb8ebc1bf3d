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

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
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
    """Return rows with the cells filled in that the file itself says are merged with one above.

    A merged cell that a page break cuts begins anew below it, empty.
    """
    wanted = None if roles is None else frozenset(roles)
    found: list[BodyRow] = []
    for number, row in enumerate(rows):
        cells, filled = list(row.cells), dict(row.filled)
        above = found[-1] if found else None
        for at in range(len(cells)):
            fits = wanted is None or any(at in row.roles.get(role, ()) for role in wanted)
            if cells[at].text or above is None or not fits or not above.cells[at].text:
                continue
            if _is_above(row, at) or _is_cut(rows, number, at):
                cells[at] = above.cells[at]
                filled[at] = above.filled.get(at, above.line)
        found.append(replace(row, cells=tuple(cells), filled=filled))
    return tuple(found)


def _is_above(row: BodyRow, at: int) -> bool:
    cells = row.rows[0].cells
    return at < len(cells) and cells[at].merged == ABOVE


def _is_cut(rows: Sequence[BodyRow], number: int, at: int) -> bool:
    """Whether an empty cell at the top of a page is the rest of one on the page before."""
    if number + 1 >= len(rows):
        return False
    above, row, below = rows[number - 1 : number + 2]
    at_top = above.piece != row.piece == below.piece and above.segment == row.segment
    return at_top and _is_above(below, at)


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
    for column in ordered:
        at = column.index
        for row, source, other in _sources(rows, at):
            together = names in filled[row] and source == _row_of(rows, filled[row][names])
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


def _row_of(rows: Sequence[BodyRow], line: int) -> int:
    return next(at for at, row in enumerate(rows) if row.line == line)


def _sources(
    rows: Sequence[BodyRow], at: int
) -> Iterator[tuple[int, int | None, tuple[int, int] | None]]:
    """Yield each empty row of a column with the row it has its text from, or the two in dispute.

    No merged cell runs over a heading or a total. Over a page break it may go on below, where
    its value stands again or not at all; never does it stand below only.
    """
    for _, run in groupby(range(len(rows)), key=lambda row: rows[row].segment):
        segment = list(run)
        valued = [row for row in segment if rows[row].cells[at].text]
        for row in segment:
            if rows[row].cells[at].text or not valued:
                continue
            next_one = bisect(valued, row)
            above = valued[next_one - 1] if next_one else None
            below = valued[next_one] if next_one < len(valued) else None
            if below is not None and rows[below].piece != rows[row].piece:
                below = None
            if above is None or below is None:
                yield row, above if below is None else below, None
            elif at in rows[row].roles.get("group", ()) or _ends_with_itself(rows, below, at):
                yield row, above, None
            else:
                yield row, None, (rows[above].line, rows[below].line)


def _ends_with_itself(rows: Sequence[BodyRow], value: int, at: int) -> bool:
    """Whether the block of a value ends with the row that shows it."""
    if value + 1 == len(rows) or rows[value + 1].segment != rows[value].segment:
        return True
    here, after = rows[value].cells[at].closed().text, rows[value + 1].cells[at].closed().text
    if rows[value + 1].piece != rows[value].piece:
        return after not in {"", here}
    return bool(after)
