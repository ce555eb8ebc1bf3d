"""Plan documents as text dumps: a line is a paragraph, a line with tabs a row of a table."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from layers.plans.document import Block, Cell, Paragraph, Row, Table
from layers.plans.refusal import note, refuse

MAX_BYTES = 32 << 20
"""Bytes of a text: ten million characters, thirty thick plans."""

DAMAGED = 10
"""A text with so many good UTF-8 characters to each bad byte is UTF-8 with damage. In GB18030
read as UTF-8 nearly every character is bad."""

_LINE_END = re.compile(r"\r\n|\r|\n")
"""What an editor takes for the end of a line: a form feed or U+2028 is none."""


def read(path: Path, raw: bytes) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Return the blocks and notes of a text in UTF-8, GB18030, or UTF-16 with its mark.

    Raises:
        PlanError: the file is too large, no text, or in another encoding.

    """
    if len(raw) > MAX_BYTES:
        refuse("too_large", path, size=len(raw) >> 20, limit=MAX_BYTES >> 20)
    text, encoding = _decoded(path, raw)
    blocks = tuple(_blocks(_LINE_END.split(text)))
    if not blocks:
        refuse("empty", path)
    notes = [] if encoding == "UTF-8" else [note("encoding", value=encoding)]
    if lost := text.count("\ufffd"):
        line = _line_at(text[: text.index("\ufffd")])
        notes.append(note("replaced", count=lost, line=line))
    return blocks, tuple(notes)


def _decoded(path: Path, raw: bytes) -> tuple[str, str]:
    """Return a text and its encoding; UTF-8 goes first, for GB18030 accepts damaged UTF-8."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return raw.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError as error:
            refuse("encoding", path, line=_line_at(raw[: error.start].decode("utf-16")))
    if b"\0" in raw:
        refuse("binary", path, line=raw.count(b"\n", 0, raw.index(b"\0")) + 1)
    try:
        return raw.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
    forced = raw.decode("utf-8", errors="replace")
    bad = forced.count("\ufffd")
    if sum(char > "\x7f" for char in forced) - bad > bad * DAMAGED:
        refuse("damaged", path, line=line, count=bad)
    try:
        return raw.decode("gb18030"), "GB18030"
    except UnicodeDecodeError as error:
        refuse("encoding", path, line=raw.count(b"\n", 0, error.start) + 1)


def _line_at(before: str) -> int:
    return len(_LINE_END.findall(before)) + 1


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    numbered = list(enumerate(lines, start=1))
    for is_row, run in groupby(numbered, key=lambda item: "\t" in item[1]):
        if not is_row:
            for number, line in run:
                if text := line.replace("\f", ""):
                    yield from _paragraph(text, number)
            continue
        for rows in _pages(list(run)):
            yield from _table(rows)


def _pages(run: Sequence[tuple[int, str]]) -> Iterator[Sequence[tuple[int, str]]]:
    """Return the rows of each page: a form feed stands before the first line of the next."""
    first = 0
    for at, (_, line) in enumerate(run):
        if at and line.startswith("\f"):
            yield run[first:at]
            first = at
    yield run[first:]


def _table(lines: Sequence[tuple[int, str]]) -> Iterator[Block]:
    rows = [Row(tuple(map(Cell, text.strip("\f").split("\t"))), number) for number, text in lines]
    filled = max(sum(bool(cell.text.strip()) for cell in row.cells) for row in rows)
    if filled > 1 or max(len(row.cells) for row in rows) > 2:  # noqa: PLR2004 - see below
        yield Table(tuple(rows))
        return
    # one tab, and nothing on its other side: an indented paragraph
    for number, text in lines:
        yield from _paragraph(text, number)


def _paragraph(text: str, number: int) -> Iterator[Paragraph]:
    if text.strip():
        yield Paragraph(text, number)
