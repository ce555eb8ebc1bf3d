"""Reading the text tables of a workspace: every row used, or every fault named."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from layers.contracts import TABLES, Contract
from layers.errors import Faults, TableError
from layers.words import say

ENCODINGS = ("utf-8-sig", "gb18030")
"""UTF-8 strictly first: GB18030 forced on UTF-8 gives wrong text without an error."""

CELL_LIMIT = 100_000
"""Characters in one cell; more is a broken quote or an attack, not a fact."""


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8 or GB18030.

    Raises:
        TableError: the file is missing, a folder, in neither encoding, or no text.

    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise TableError(say("error.file_unreadable", file=path, reason=error.strerror)) from error
    for encoding in ENCODINGS:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            row = text[: text.index("\0")].count("\n") + 1
            raise TableError(say("error.nul", file=path, row=row))
        return text
    raise TableError(say("error.encoding", file=path))


def read_table(path: Path, contract: Contract) -> pd.DataFrame:
    """Return a table with typed columns in the file's order, one row a record.

    The index is the line number in the file of each row's first line. Lists
    are tuples; what the source does not state is ``None``.

    Raises:
        TableError: with every fault of the file at once.

    """
    faults = Faults()
    csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    lines: list[int] = []
    records: list[dict[str, object]] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        if not any(header):
            expected = "、".join(contract.column_names())
            raise TableError(say("error.table_empty", file=path, expected=expected))
        contract.check_header(header, str(path), faults)
        faults.raise_if_any(TableError)
        before = reader.line_num
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            lines.append(line)
            records.append(_record(cells, header, contract, f"{path}", line, faults))
    except csv.Error as error:
        raise TableError(say("error.csv", file=path, row=reader.line_num, reason=error)) from error
    _check_keys(records, lines, contract, str(path), faults)
    faults.raise_if_any(TableError)
    return pd.DataFrame(
        records,
        index=pd.Index(lines, name="row"),
        columns=list(contract.column_names()),
        dtype=object,
    )


def _record(  # noqa: PLR0913, PLR0917
    cells: Sequence[str],
    header: Sequence[str],
    contract: Contract,
    source: str,
    line: int,
    faults: Faults,
) -> dict[str, object]:
    if len(cells) != len(header):
        faults.add("row_width", file=source, row=line, found=len(cells), expected=len(header))
        return {}
    by_name = dict(zip(header, cells, strict=True))
    record: dict[str, object] = {}
    for column in contract.columns:
        cell = by_name[column.name]
        try:
            record[column.name] = column.read(cell)
        except ValueError:
            faults.add(
                "cell",
                file=source,
                row=line,
                column=column.name,
                value=cell[:80],
                expected=column.expectation(),
            )
    return record


def _check_keys(
    records: Sequence[dict[str, object]],
    lines: Sequence[int],
    contract: Contract,
    source: str,
    faults: Faults,
) -> None:
    seen: dict[tuple[object, ...], int] = {}
    for record, line in zip(records, lines, strict=True):
        key = tuple(record.get(name) for name in contract.key)
        if not key or None in key:
            continue
        if key in seen:
            value = "-".join(str(part) for part in key)
            faults.add("key_twice", file=source, row=line, value=value, first=seen[key])
        seen.setdefault(key, line)


def empty_table(name: str) -> pd.DataFrame:
    """Return an empty table of a named contract, for a file that need not exist."""
    return pd.DataFrame(columns=list(TABLES[name].column_names()), dtype=object)
