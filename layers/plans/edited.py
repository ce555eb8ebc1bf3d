"""The table of projects after a person has looked at it, checked before it goes anywhere."""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from layers.contracts import Column
from layers.errors import Faults, TableError, WorkspaceError
from layers.formats.sheet import excel_sheets
from layers.formats.sheet import text as cell_text
from layers.formats.source import quoted
from layers.formats.writers.cells import FORMULA
from layers.plans.cells import kept, same
from layers.plans.document import CERTAIN, LIKELY, PROJECTS, UNSURE
from layers.plans.drafts import COLUMNS, CONTRACT, Draft, Row, bounded_text, checked_name
from layers.plans.matching import IDENTITY
from layers.projects import read_projects
from layers.tables import CELL_LIMIT
from layers.words import say

MACHINE = (
    Column("content_line", "integer", minimum=1),
    Column("page", "integer", minimum=1),
    Column("confidence", choices=(CERTAIN, LIKELY, UNSURE)),
)
"""Columns that a reading has and a workspace does not. They may be missing; where they are there,
a row that lost a cell does not fit into them."""

_BY_NAME = {column.name: column for column in CONTRACT.columns}

PLACES = frozenset({"townships", "villages", "rivers", "places", "counties"})
"""Lists of names, between which a Chinese keyboard writes its own semicolon."""

ROWS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows of a file under the contract's names, and the row number of each in the file."""

    file: Path
    rows: tuple[Row, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a project may refer to: those of a workspace, and the file of the former."""

    townships: Collection[str]
    counties: Collection[str]
    townships_file: Path


def csv_lines(path: Path, *, undo: bool = True) -> Lines:
    """Return the rows of a CSV file: UTF-8 or GB18030, any line ends, any order of columns.

    ``undo`` takes off the apostrophe that makes a cell safe for a spreadsheet.

    Raises:
        TableError: it cannot be read, is no table, or columns are missing or unknown.

    """
    content = bounded_text(path)
    header = content.partition("\n")[0]
    csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(
        io.StringIO(content, newline=""), delimiter=max(",\t;", key=header.count), strict=True
    )
    try:
        return _lines(path, list(_numbered(reader)), undo=undo)
    except csv.Error as error:
        raise TableError(say("error.csv", file=path, row=reader.line_num, reason=error)) from error


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    line = 1
    for cells in reader:
        yield line, cells
        line = reader.line_num + 1


def _excel_lines(path: Path) -> Lines:
    """Return the rows of the sheet of projects: by its name, or renamed, by its columns."""
    name = say("plan.table.projects")
    tables = {
        sheet.name: [(row.number, [cell_text(cell) for cell in row.cells]) for row in sheet.rows]
        for sheet in excel_sheets(path, "")
    }
    likely = [name] if name in tables else [
        title for title, rows in tables.items()
        if rows and {"name", "line", "owner"} <= set(_header(rows[0][1]))
    ]  # fmt: skip
    if len(likely) != 1:
        found = "、".join(quoted(title) for title in tables)
        raise TableError(say("plan.import.no_sheet", file=path, name=name, found=found))
    return _lines(path, tables[likely[0]], undo=True)


def _lines(path: Path, table: Sequence[tuple[int, Sequence[str]]], *, undo: bool) -> Lines:
    """Return the rows of a table whose first row is the header, in either language."""
    faults = Faults()
    header = _header(table[0][1]) if table else []
    if not header:
        raise TableError(say("error.table_empty", file=path, expected="、".join(COLUMNS)))
    ours = [name for name in header if name not in {column.name for column in MACHINE}]
    missing = [name for name in COLUMNS if name not in {"group", *ours}]
    if missing:
        columns = "、".join(f"{name}“{_label(name)}”" for name in missing)
        raise TableError(say("plan.import.columns", file=path, columns=columns))
    CONTRACT.check_header([*ours, *({"group"} - set(ours))], str(path), faults)
    faults.raise_if_any(TableError)
    rows, numbers = [], []
    for number, cells in table[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(header) :]):
            faults.add("row_width", file=path, row=number, found=len(cells), expected=len(header))
        # spreadsheets leave off the empty cells at the end of a row
        by_name = {
            name: _plain(cell, undo=undo).replace("；", ";" if name in PLACES else "；")
            for name, cell in zip(header, cells, strict=False)
        }
        row = {name: by_name.get(name, "") for name in (*COLUMNS, *_machine_names())}
        rows.append(row | {"line": _whole(row["line"])})
        numbers.append(number)
    faults.raise_if_any(TableError)
    return Lines(path, tuple(rows), tuple(numbers))


def _header(cells: Sequence[str]) -> list[str]:
    names = {_label(name): name for name in (*COLUMNS, *PROJECTS)}
    header = [names.get(cell.strip(), cell.strip()) for cell in cells]
    while header and not header[-1]:
        header.pop()
    return header


def _label(name: str) -> str:
    return say(f"plan.column.{name}")


def _machine_names() -> Iterator[str]:
    return (column.name for column in MACHINE)


def _whole(cell: str) -> str:
    """Return a line as it is compared: spreadsheets may write 105 as 105.0 or 0105."""
    try:
        return str(_BY_NAME["line"].read(cell))
    except ValueError:
        return cell


def _plain(cell: str, *, undo: bool) -> str:
    text = cell.replace("\r\n", "\n").replace("\r", "\n").strip()
    return text[1:] if undo and text[:1] == "'" and text[1:].startswith(FORMULA) else text


# ---- which file ------------------------------------------------------------------------------


def read_edited(folder: Path, drafts: Sequence[Draft]) -> Lines:
    """Return the table that a person looked at: ``projects.csv``, or ``plan.xlsx`` if edited.

    Raises:
        WorkspaceError: neither is there, or both were edited and differ.
        TableError: it cannot be read, or its columns are wrong.
        LayerError: the workbook is broken.

    """
    paths = [path for path in (folder / "projects.csv", folder / "plan.xlsx") if path.is_file()]
    if not paths:
        raise WorkspaceError(say("plan.import.no_table", folder=folder))
    read = [_excel_lines(path) if path.suffix == ".xlsx" else csv_lines(path) for path in paths]
    draft = [row for one in drafts for row in one.rows]
    touched = [lines for lines in read if not _alike(draft, lines.rows, kept)]
    if len(touched) > 1 and not _alike(touched[0].rows, touched[1].rows, same):
        raise WorkspaceError(say("plan.import.two_tables", csv=paths[0], xlsx=paths[1]))
    return _numbered_rows((touched or read)[0], drafts)


def _numbered_rows(lines: Lines, drafts: Sequence[Draft]) -> Lines:
    """Return the rows with what a person who adds one need not write: the plan and the line.

    The plan is not in doubt where all other rows have one. A row without a line that is a draft's
    by its caption, number and name has lost it; any other gets one beyond those of the plan.
    """
    plans = {row["plan"] for row in lines.rows} - {""}
    plan = plans.pop() if len(plans) == 1 else ""
    rows = [dict(row) | {"plan": row["plan"] or plan} for row in lines.rows]
    there = {row["line"] for row in rows}
    lost: dict[tuple[str, ...], set[str]] = {}
    for row in (row for draft in drafts for row in draft.rows if row["line"] not in there):
        lost.setdefault(tuple(row[name] for name in IDENTITY), set()).add(row["line"])
    stated = [row["line"] for row in (*rows, *(row for draft in drafts for row in draft.rows))]
    stated += [str(draft.last_line or 0) for draft in drafts]
    last = max((int(line) for line in stated if line.isdecimal()), default=0)
    for row in rows:
        if row["line"]:
            continue
        own = lost.get(tuple(row[name] for name in IDENTITY), set())
        last += len(own) != 1
        row["line"] = own.pop() if len(own) == 1 else str(last)
    return Lines(lines.file, tuple(rows), lines.numbers)


def _alike(
    one: Sequence[Row], other: Sequence[Row], agree: Callable[[str, str, str], bool]
) -> bool:
    return len(one) == len(other) and all(
        agree(name, left[name], right[name])
        for left, right in zip(one, other, strict=True)
        for name in COLUMNS
    )


# ---- checking --------------------------------------------------------------------------------


def by_plan(lines: Lines, drafts: Sequence[Draft], known: Known) -> dict[str, tuple[Row, ...]]:
    """Return the checked rows of each plan in its order, under the id that the person gave it.

    Raises:
        TableError: with every fault of the file at once.

    """
    faults = Faults()
    _check_cells(lines, faults)
    _check_keys(lines, faults)
    _check_references(lines, known, faults)
    names = _names(lines.rows, drafts)
    for number, row in zip(lines.numbers, lines.rows, strict=True):
        if row["plan"] and row["plan"] not in names.values():
            expected = "、".join(draft.plan for draft in drafts) or "—"
            faults.messages.append(
                say("plan.import.plan_unread", file=lines.file, row=number, value=row["plan"],
                    expected=expected)
            )  # fmt: skip
    faults.raise_if_any(TableError)
    return {
        name: tuple(row for row in lines.rows if row["plan"] == name) for name in names.values()
    }


def _names(rows: Iterable[Row], drafts: Sequence[Draft]) -> dict[str, str]:
    """Return the id under which each plan goes on: its own, or the one that a person wrote.

    A new version of a document often has a new name. Writing the plan's old id into the column
    ``plan`` of all its rows says that it is the same plan.
    """
    given: dict[str, set[tuple[str, ...]]] = {}
    for row in rows:
        given.setdefault(row["plan"], set()).add(_mark(row))
    names = {draft.plan: draft.plan for draft in drafts}
    free = [draft for draft in drafts if draft.plan not in given]
    for name in sorted(given.keys() - names.keys() - {""}):
        sources = [d.plan for d in free if given[name] & {_mark(row) for row in d.rows}]
        if len(sources) == 1:
            names[sources[0]] = checked_name(name)
    return names if len(set(names.values())) == len(names) else {plan: plan for plan in names}


def _mark(row: Row) -> tuple[str, ...]:
    return row["line"], row["seq"], row["name"]


def _check_cells(lines: Lines, faults: Faults) -> None:
    whole: dict[int, Mapping[str, object]] = {}
    for number, row in zip(lines.numbers, lines.rows, strict=True):
        before = len(faults.messages)
        record = {}
        for column in (*CONTRACT.columns, *MACHINE):
            cell = row[column.name]
            try:
                record[column.name] = column.read(cell)
            except ValueError:
                faults.add(
                    "cell",
                    file=lines.file,
                    row=number,
                    column=f"{column.name}“{_label(column.name)}”",
                    value=cell[:80],
                    expected=column.expectation(),
                )
        if len(faults.messages) == before:
            whole[number] = {name: record[name] for name in COLUMNS}
    table = pd.DataFrame(
        list(whole.values()), index=list(whole), columns=list(COLUMNS), dtype=object
    )
    try:
        read_projects(table, str(lines.file), tuple(table["plan"]))
    except TableError as error:
        faults.messages.append(str(error))


def _check_keys(lines: Lines, faults: Faults) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for number, row in zip(lines.numbers, lines.rows, strict=True):
        key = tuple(row[name] for name in CONTRACT.key)
        if all(key) and key in seen:
            value = "-".join(key)
            faults.add("key_twice", file=lines.file, row=number, value=value, first=seen[key])
        seen.setdefault(key, number)


def _check_references(lines: Lines, known: Known, faults: Faults) -> None:
    """Note every township or county that the workspace does not know, once with its rows."""
    for column, names in (("townships", known.townships), ("counties", known.counties)):
        unknown: dict[str, list[int]] = {}
        for number, row in zip(lines.numbers, lines.rows, strict=True):
            for item in _BY_NAME[column].read(row[column]):
                if item not in names:
                    unknown.setdefault(item, []).append(number)
        if unknown and column == "townships":
            names_shown = "、".join(name[:20] for name in unknown)
            faults.messages.append(
                say("plan.import.townships", file=known.townships_file, names=names_shown)
            )
        for item, at in unknown.items():
            more = "……" if len(at) > ROWS_SHOWN else ""
            faults.add(
                "reference",
                file=lines.file,
                row="、".join(map(str, at[:ROWS_SHOWN])) + more,
                column=column,
                value=item[:80],
                expected="、".join(sorted(names)[:12]) or "—",
            )
