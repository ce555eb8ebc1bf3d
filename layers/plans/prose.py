"""The running text of a plan and the text of its cells, as one searches it.

A sentence that a page break cuts in two is one sentence; tables of contents and titles of
pictures are no text. Every character still says where it was printed.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from layers.plans.document import Document, Paragraph, Span, Table
from layers.plans.folding import Folded, fold
from layers.plans.structure import Part, contents, is_page_number

_SENTENCE = re.compile(r"[^。;!?！？]{1,2000}[。;!?！？]?")
"""Longer than that it is none, and searching it would take too long."""
_NUMBERED = (
    r"第[一二三四五六七八九十百零〇\d]{1,4}[编篇章节条]"
    r"|[一二三四五六七八九十]{1,3}[、.]|\([一二三四五六七八九十\d]{1,3}\)"
    r"|\d{1,2}[、)]|\d{1,2}(?:\.\d{1,2}){1,4}(?![\d%])|[①-⑳]"
)
_OPENING = re.compile(rf"(?:{_NUMBERED}|附?[图表]\d|注:|资料来源|[·●◆■-](?=\S))")
_HEADING = re.compile(rf"(?:{_NUMBERED}|\d{{1,2}}\.?(?=[^\d.]))[^。;]{{0,60}}$")
_CLOSED = re.compile(r"[。;！？!?:][”」』)]?$")
_PICTURE = re.compile(r"附?图[\d一二三四五六七八九十]")
_BROKEN = 15  # characters: a shorter line that ends without a full stop is a title


@dataclass(frozen=True, slots=True)
class Source:
    """Where a piece of text stands: the line, the page, and the cell (-1 for a paragraph)."""

    line: int
    page: int | None
    cell: int = -1


@dataclass(frozen=True, slots=True)
class Stretch:
    """Text to search, folded, made of pieces that begin at ``starts`` and stand at ``sources``."""

    text: str
    pieces: tuple[Folded, ...]
    starts: tuple[int, ...]
    sources: tuple[Source, ...]

    @classmethod
    def of(cls, text: str, source: Source) -> "Stretch":
        """Return a text that stands in one place."""
        folded = fold(text)
        return cls(folded.text, (folded,), (0,), (source,))

    def followed_by(self, other: "Stretch") -> "Stretch":
        """Return both as one text."""
        size = len(self.text)
        return Stretch(
            self.text + other.text,
            self.pieces + other.pieces,
            self.starts + tuple(size + start for start in other.starts),
            self.sources + other.sources,
        )

    def source(self, position: int) -> Source:
        """Return where a character stands."""
        return self.sources[bisect_right(self.starts, position) - 1]

    def spans(self, start: int, end: int) -> tuple[Span, ...]:
        """Return where ``text[start:end]`` was printed: two spans if a page break is within."""
        found = []
        for at in range(bisect_right(self.starts, start) - 1, len(self.starts)):
            base, piece = self.starts[at], self.pieces[at]
            first, last = max(start - base, 0), min(end - base, len(piece.text))
            if first < last:
                source = self.sources[at]
                found.append(Span(source.line, source.cell, *piece.span(first, last)))
        return tuple(found)

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Return the bounds of its sentences, in order."""
        return (match.span() for match in _SENTENCE.finditer(self.text))


def paragraphs(document: Document) -> Iterator[Stretch]:
    """Return the running text of a document, in order.

    A paragraph of a text or PDF that stops in the middle of a sentence goes on in the next one.
    """
    listed = contents(document)
    held: Stretch | None = None
    for block in document.blocks:
        if isinstance(block, Table):
            if held:
                yield held
            held = None
            continue
        if block.line in listed or is_page_number(block.text):
            continue
        read = Stretch.of(block.text, Source(block.line, block.page))
        if _PICTURE.match(read.text):
            continue
        if held and document.form != "docx" and _goes_on(held.pieces[-1].text, block, read.text):
            held = held.followed_by(read)
        else:
            if held:
                yield held
            held = read
    if held:
        yield held


def _goes_on(last: str, block: Paragraph, text: str) -> bool:
    return (
        len(last) >= _BROKEN
        and not block.heading
        and not _CLOSED.search(last)
        and not _HEADING.match(last)
        and not _OPENING.match(text)
    )


def plan_at(parts: Sequence[Part], line: int) -> str | None:
    """Return the id of the plan that a line belongs to."""
    return next((part.plan for part in parts if part.first_line <= line <= part.last_line), None)
