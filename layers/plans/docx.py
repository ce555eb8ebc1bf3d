"""Plan documents from Word: paragraphs and tables in the order in which they stand."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from layers.errors import PlanError
from layers.plans.document import OWN, Block, Cell, Paragraph, Row, Table
from layers.plans.docx_numbering import Numbering, UnknownFormatError
from layers.plans.docx_package import Package, opened
from layers.plans.docx_styles import Styles
from layers.plans.docx_table import Slot, slots
from layers.plans.docx_text import inner, said
from layers.plans.refusal import note, refuse
from layers.words import say

_PARAGRAPH, _TABLE, _CHUNK = qn("w:p"), qn("w:tbl"), qn("w:altChunk")
_BREAKS = {"separator", "continuationSeparator", "continuationNotice"}
"""Footnotes of these types are lines that Word draws."""

_LEFT_OUT = ("changes", "hidden", "pictures", "embedded", "chunks", "numbers")
"""What a note is written about, in this order."""


def read(path: Path, raw: bytes) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Return the blocks and notes of a Word file. Macros and links are never followed.

    Raises:
        PlanError: the file is broken, locked, too large when unpacked, or without text.

    """
    package = opened(path, raw)
    walk = _Walk(package)
    try:
        blocks = tuple(walk.blocks(package.body))
    except RecursionError as error:
        raise PlanError(say("plan.refused.deep", file=path)) from error
    if not blocks:
        refuse("no_words" if walk.counts["pictures"] else "empty", path)
    notes = [note("macros")] if package.macros else []
    if package.linked:
        notes.append(note("linked", count=package.linked))
    notes += [note(key, count=walk.counts[key]) for key in _LEFT_OUT if walk.counts[key]]
    return blocks, tuple(notes)


@dataclass(slots=True)
class _Content:
    """What a cell holds: lines, and tables that stand in it."""

    lines: list[str] = field(default_factory=list)
    tables: list[list[list[Slot]]] = field(default_factory=list)
    footnotes: list[tuple[str, str]] = field(default_factory=list)


class _Walk:
    """One way through a document: lines are counted, lists go on, what is left out is counted."""

    def __init__(self, package: Package) -> None:
        self.counts: Counter[str] = Counter()
        self._line = 0
        self._styles = Styles(package.styles)
        self._numbering = Numbering(package.numbering, self._styles)
        self._notes = {
            (kind, one.get(qn("w:id"), "")): one
            for kind, root in (("footnotes", package.footnotes), ("endnotes", package.endnotes))
            for one in root
            if isinstance(one.tag, str) and one.get(qn("w:type")) not in _BREAKS
        }

    def blocks(self, container: Element) -> Iterator[Block]:
        """Return the paragraphs and tables of a body, a text box or a footnote."""
        for child in inner(container, self.counts):
            if child.tag == _PARAGRAPH:
                yield from self._paragraph(child)
            elif child.tag == _TABLE:
                yield from self._table(slots(child, self.counts))
            elif child.tag == _CHUNK:
                self.counts["chunks"] += 1

    def _paragraph(self, element: Element) -> Iterator[Block]:
        text, boxes, footnotes = self._said(element)
        heading = self._styles.heading(element)
        for line in text.split("\n"):
            if line.strip():
                yield Paragraph(line, self._next(), heading=heading)
        for box in boxes:
            yield from self.blocks(box)
        yield from self._footnotes(footnotes)

    def _said(self, element: Element) -> tuple[str, list[Element], list[tuple[str, str]]]:
        """Return a paragraph's text with its number, its text boxes and its footnotes."""
        found = said(element)
        self.counts += found.counts
        try:
            number = self._numbering.number(element)
        except UnknownFormatError:
            self.counts["numbers"] += 1
            number = ""
        text = number + found.text if found.text else number.rstrip()
        return text, found.boxes, found.notes

    def _footnotes(self, references: Iterable[tuple[str, str]]) -> Iterator[Block]:
        for reference in references:
            # once each, and a footnote that refers to itself comes to an end
            element = self._notes.pop(reference, None)
            if element is not None:
                yield from self.blocks(element)

    def _table(self, grid: Sequence[Sequence[Slot]], within: int | None = None) -> Iterator[Block]:
        columns = max(map(len, grid), default=0)
        if columns <= 1 and within is None:
            # a frame around text, as plans have for what they want to be seen
            for row in grid:
                for slot in row:
                    if slot.cell is not None and slot.merged == OWN:
                        yield from self.blocks(slot.cell)
            return
        rows: list[Row] = []
        nested: list[tuple[int, list[list[Slot]]]] = []
        footnotes: list[tuple[str, str]] = []
        for row in grid:
            contents = [
                self._content(slot.cell)
                if slot.cell is not None and slot.merged == OWN
                else _Content()
                for slot in row
            ]
            line = self._next()
            cells = [
                Cell("\n".join(content.lines), slot.merged)
                for slot, content in zip(row, contents, strict=True)
            ]
            rows.append(Row(tuple(cells), line))
            nested += [(line, table) for content in contents for table in content.tables]
            footnotes += [one for content in contents for one in content.footnotes]
        if rows:
            yield Table(tuple(rows), within)
        for line, table in nested:
            yield from self._table(table, line)
        yield from self._footnotes(footnotes)

    def _content(self, container: Element) -> _Content:
        """Return what a cell holds; a table of one column in it is a frame, so are text boxes."""
        found = _Content()
        for child in inner(container, self.counts):
            if child.tag == _PARAGRAPH:
                text, boxes, footnotes = self._said(child)
                found.lines += [text] if text.strip() else []
                found.footnotes += footnotes
                inside = [self._content(box) for box in boxes]
            elif child.tag == _TABLE:
                grid = slots(child, self.counts)
                if max(map(len, grid), default=0) > 1:
                    found.tables.append(grid)
                    continue
                cells = [slot.cell for row in grid for slot in row if slot.merged == OWN]
                inside = [self._content(cell) for cell in cells if cell is not None]
            else:
                self.counts["chunks"] += child.tag == _CHUNK
                continue
            for content in inside:
                found.lines += content.lines
                found.tables += content.tables
                found.footnotes += content.footnotes
        return found

    def _next(self) -> int:
        self._line += 1
        return self._line
