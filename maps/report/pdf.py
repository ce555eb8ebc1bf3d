"""PDF: the story set on A4, its font embedded, its text as text."""

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from fpdf import FPDF, TextMode

from layers.words import say
from maps.report.breaking import Measure, broken
from maps.report.font import drawable, write_font
from maps.report.marks import INK, Mark
from maps.report.story import Block, Facts, Grid, Heading, Paragraph

LEFT, TOP, BOTTOM = 16.0, 16.0, 17.0
"""Margins in millimetres."""

LEADING = 1.55
"""Height of a line, as times the size of its signs."""

SIZES = {0: 19.0, 1: 13.5, 2: 12.0, 3: 10.0}
"""Points of headings by level."""

TEXT, SMALL = 9.5, 8.0
"""Points of paragraphs, and of tables and the foot."""

MM_PER_POINT = 25.4 / 72
STEP = SMALL * MM_PER_POINT * LEADING
"""Height of a line in a table, millimetres."""

PAD = 1.1
PICTURE = 78.0
"""Width of the small map, millimetres."""

ROOM = 88.0
"""A site whose head finds less room on a page begins the next one."""

MANY_LINES = 30
"""Lines of facts that are kept on one page."""

SOFT, LINE, HEAD, WARN, WARN_LINE = "#556268", "#c9d0cd", "#e3eff0", "#ffefc7", "#d9b44a"
ACCENT = "#17535f"

FIXED_DATE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""The same review gives the same file: it carries no clock."""


def write_pdf(blocks: Sequence[Block], path: Path, *, title: str, foot: str) -> None:
    """Write a story as PDF.

    Args:
        blocks: the story.
        path: the file.
        title: the document's, for its properties.
        foot: what stands below every page, beside its number.

    """
    with tempfile.TemporaryDirectory() as folder:
        font = Path(folder) / "report.ttf"
        marks = [say("report.page_of", page="0123456789", pages=""), foot, "〔U+ABCDEF〕•"]
        write_font(map(drawable, (*texts(blocks), *marks)), font)
        # The number of pages is known once all are set: so they are set twice.
        draft = _set(blocks, font, title, foot, 0)
        pages = draft.page_no()
        draft.fonts["report"].close()
        _set(blocks, font, title, foot, pages).output(str(path))


def texts(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield every text of a story."""
    for block in blocks:
        if isinstance(block, Heading):
            yield block.text
            yield from (mark.text for mark in block.marks)
        elif isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, Facts):
            yield from (text for row in block.rows for text in row)
        else:
            yield from block.titles
            yield from (getattr(cell, "text", cell) for row in block.rows for cell in row)


def _set(blocks: Iterable[Block], font: Path, title: str, foot: str, pages: int) -> "_Paper":
    paper = _Paper(font, drawable(title), drawable(foot), pages)
    paper.add_page()
    for block in blocks:
        if isinstance(block, Heading):
            paper.heading(block)
        elif isinstance(block, Paragraph):
            paper.paragraph(block)
        elif isinstance(block, Facts):
            paper.facts(block)
        else:
            paper.grid(block)
    return paper


@dataclass(frozen=True, slots=True)
class _Pen:
    """How a line is written: points, colour, weight."""

    size: float
    color: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class _Box:
    """A cell of a table."""

    text: str
    color: str = INK
    tint: str = ""
    bold: bool = False

    @classmethod
    def of(cls, cell: str | Mark) -> "_Box":
        return cls(cell.text, cell.color, cell.tint) if isinstance(cell, Mark) else cls(cell)


def _high(lines: Sequence[Sequence[str]]) -> float:
    """Return the height of a row, in millimetres."""
    return STEP * max(map(len, lines)) + PAD


class _Paper(FPDF):
    """Pages that blocks are set on, from the top down."""

    def __init__(self, font: Path, title: str, foot: str, pages: int) -> None:
        super().__init__(format="A4")
        self._foot, self._pages = foot, pages
        self.set_creation_date(FIXED_DATE)
        self.set_title(title)
        self.set_lang("zh-CN")
        self.set_margins(LEFT, TOP, LEFT)
        self.set_auto_page_break(auto=False)
        self.add_font("report", fname=font)
        self.set_font("report", size=TEXT)
        self._measure = Measure(lambda sign: self.get_string_width(sign) / self.font_size)

    def footer(self) -> None:
        """Set the foot of a page; called at its end."""
        words = say("report.page_of", page=self.page_no(), pages=self._pages)
        y = self.h - BOTTOM + 9
        self._rule(y - 4, LINE)
        self._write(LEFT, y, self._foot, _Pen(SMALL, SOFT))
        right = self.w - LEFT - self._measure(words) * SMALL * MM_PER_POINT
        self._write(right, y, words, _Pen(SMALL, SOFT))

    def heading(self, block: Heading) -> None:
        size = SIZES[block.level]
        lines = broken(drawable(block.text), self._measure, self.epw / size / MM_PER_POINT)
        high = len(lines) * size * MM_PER_POINT * 1.35
        if block.page and self.y > TOP:
            self.add_page()
        need = {2: ROOM}.get(block.level, high + 18)
        self._room(max(need, high + 8))
        self.y += 0 if self.y == TOP else {0: 0, 1: 5, 2: 7}.get(block.level, 3)
        if block.level:
            self.start_section(drawable(block.text)[:80], block.level - 1, strict=False)
        if block.level == 2:  # noqa: PLR2004 - a site
            self._rule(self.y - 2, ACCENT)
        pen = _Pen(size, ACCENT if block.level else INK, bold=True)
        for line in lines:
            self.y += size * MM_PER_POINT * 1.35
            self._write(LEFT, self.y - 1.2, line, pen)
        if block.marks:
            self._marks(block.marks)
        self.y += 1.5

    def paragraph(self, block: Paragraph) -> None:
        inset = 2.5 if block.warning else 4.0 * block.bullet
        wide = self.epw - inset * (1 + block.warning)
        lines = broken(drawable(block.text), self._measure, wide / TEXT / MM_PER_POINT)
        step = TEXT * MM_PER_POINT * LEADING
        self._room(step * min(len(lines), 3) + 3)
        if block.warning and self.y + step * len(lines) + 3 < self.h - BOTTOM:
            self.set_fill_color(WARN)
            self.rect(LEFT, self.y, self.epw, step * len(lines) + 2.4, style="F")
            self.set_fill_color(WARN_LINE)
            self.rect(LEFT, self.y, 1.2, step * len(lines) + 2.4, style="F")
            self.y += 0.8
        for number, line in enumerate(lines):
            self._room(step)
            self.y += step
            if block.bullet and not number:
                self._write(LEFT + 0.8, self.y - 1.3, "•", _Pen(TEXT, SOFT))
            self._write(LEFT + inset, self.y - 1.3, line, _Pen(TEXT, INK))
        self.y += 2.8 if block.warning else 0.8

    def facts(self, block: Facts) -> None:
        wide = self.epw - (PICTURE + 5 if block.picture else 0)
        high = PICTURE * block.picture.tall if block.picture else 0.0
        names = 24.0
        step = TEXT * MM_PER_POINT * LEADING
        rows = [
            (name, broken(drawable(text), self._measure, (wide - names) / TEXT / MM_PER_POINT))
            for name, text in block.rows
        ]
        self._room(max(high, step * min(sum(len(lines) for _, lines in rows), MANY_LINES)) + 2)
        top, page = self.y, self.page_no()
        if block.picture:
            held, x = BytesIO(block.picture.png), self.w - LEFT - PICTURE
            self.image(held, x, top, PICTURE, high, alt_text=block.picture.alt)
        for name, lines in rows:
            for number, line in enumerate(lines):
                self._room(step)
                self.y += step
                if not number:
                    self._write(LEFT, self.y - 1.3, name, _Pen(TEXT, SOFT))
                self._write(LEFT + names, self.y - 1.3, line, _Pen(TEXT, INK))
            self.y += 0.4
        self.y = (max(self.y, top + high) if page == self.page_no() else self.y) + 2

    def grid(self, block: Grid) -> None:
        whole = sum(block.widths)
        widths = [self.epw * width / whole for width in block.widths]
        head = [_Box(title, ACCENT, HEAD, bold=True) for title in block.titles]
        titles = self._lines(head, widths)
        # A head is set with the first row, and again on every page.
        least = _high(titles)
        first = True
        for row in block.rows:
            cells = [_Box.of(cell) for cell in row]
            lines = self._lines(cells, widths)
            need = min(_high(lines), self.h - BOTTOM - TOP - least)
            if first or self.y + need > self.h - BOTTOM:
                self._room(least + need)
                self._row(head, titles, widths, block.right)
                first = False
            while any(lines):
                fit = max(1, int((self.h - BOTTOM - self.y - PAD) / STEP))
                self._row(cells, [held[:fit] for held in lines], widths, block.right)
                lines = [held[fit:] for held in lines]
                if any(lines):
                    self.add_page()
        self.y += 2.5

    def _lines(self, cells: Sequence["_Box"], widths: Sequence[float]) -> list[list[str]]:
        return [
            broken(drawable(cell.text), self._measure, (width - 2 * PAD) / SMALL / MM_PER_POINT)
            for cell, width in zip(cells, widths, strict=True)
        ]

    def _row(
        self,
        cells: Sequence["_Box"],
        lines: Sequence[Sequence[str]],
        widths: Sequence[float],
        right: frozenset[int],
    ) -> None:
        high, x = _high(lines), LEFT
        for at, (cell, held, width) in enumerate(zip(cells, lines, widths, strict=True)):
            if cell.tint:
                self.set_fill_color(cell.tint)
                self.rect(x, self.y, width, high, style="F")
            for number, line in enumerate(held, start=1):
                start = x + PAD
                if at in right:
                    start = x + width - PAD - self._measure(line) * SMALL * MM_PER_POINT
                pen = _Pen(SMALL, cell.color, bold=cell.bold)
                self._write(start, self.y + STEP * number - 0.6, line, pen)
            x += width
        self.y += high
        self._rule(self.y, LINE)

    def _marks(self, marks: Sequence[Mark]) -> None:
        x, step = LEFT, TEXT * MM_PER_POINT * LEADING
        for mark in marks:
            wide = self._measure(mark.text) * TEXT * MM_PER_POINT + 5
            self.set_fill_color(mark.tint)
            self.set_draw_color(mark.color)
            self.set_line_width(0.25)
            self.rect(x, self.y + 0.6, wide, step + 0.4, style="FD")
            self._write(x + 2.5, self.y + step - 0.6, mark.text, _Pen(TEXT, mark.color, bold=True))
            x += wide + 2.5
        self.y += step + 1.5

    def _write(self, x: float, y: float, text: str, pen: _Pen) -> None:
        """Write one line; bold draws the outlines too, as the font has one weight."""
        self.set_font("report", size=pen.size)
        self.set_text_color(pen.color)
        if not pen.bold:
            self.text(x, y, text)
            return
        self.set_draw_color(pen.color)
        with self.local_context(text_mode=TextMode.FILL_STROKE, line_width=pen.size * 0.008):
            self.text(x, y, text)

    def _rule(self, y: float, color: str) -> None:
        self.set_draw_color(color)
        self.set_line_width(0.2)
        self.line(LEFT, y, self.w - LEFT, y)

    def _room(self, high: float) -> None:
        if self.y + high > self.h - BOTTOM and self.y > TOP:
            self.add_page()
