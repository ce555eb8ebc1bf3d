"""Characters on a page put together into lines of text."""

import re
import unicodedata
from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

UNREADABLE = "\ufffd"
"""Stands for a character whose font does not say which one it is."""

SAME_LINE = 0.5
"""Two characters that share so much of the lower one's height stand in one line."""
SMALL = 0.85
"""A character of so much of its neighbour's size, or less, is raised or lowered."""
RAISED_BY = 0.1
"""Of the neighbour's height: middle above middle."""
GAP_LATIN, GAP_MIXED, GAP_CHINESE = 0.22, 0.6, 0.8
"""Gaps, in heights of a character, that part words: justified Chinese is set wide."""

_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_CID = re.compile(r"\(cid:\d+\)")
_CHINESE = 0x2E80


def _radicals() -> dict[int, str]:
    """Return what stands for the radicals that fonts give instead of characters: ⽔ is 水."""
    kangxi = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
    compatible = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xF900, 0xFAFF)}
    table = files("layers.plans").joinpath("radicals.txt").read_text(encoding="utf-8")
    pairs = (line.split() for line in table.splitlines() if line and not line.startswith("#"))
    return kangxi | compatible | {ord(radical): plain for radical, plain in pairs}


_PLAIN = _radicals() | {code: "" for code in range(0x20) if code not in b"\t"} | {0xA0: " "}


@dataclass(frozen=True, slots=True)
class Char:
    """A character and its box in points, from the top left corner of the page."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float

    @property
    def size(self) -> float:
        """Its height."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """The height at which its middle stands."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and its box."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float


@dataclass(slots=True)
class _Row:
    """Characters of a line in the making; its height is that of the tallest."""

    chars: list[Char]
    top: float
    bottom: float

    def shared(self, char: Char) -> float:
        """Return how much of the lower one's height the character shares with the line."""
        height = min(self.bottom - self.top, char.size)
        common = min(self.bottom, char.bottom) - max(self.top, char.top)
        return common / height if height > 0 else 0.0

    def add(self, char: Char) -> None:
        self.chars.append(char)
        if char.size > self.bottom - self.top:
            self.top, self.bottom = char.top, char.bottom


def characters(page_chars: Iterable[dict]) -> list[Char]:
    """Return the characters of a page, as pdfplumber has them, once each.

    A bold text may be drawn twice, a fraction of a point apart.
    """
    found: list[Char] = []
    seen: set[tuple[str, int, int]] = set()
    for char in page_chars:
        text = _CID.sub(UNREADABLE, char["text"]).translate(_PLAIN)
        if not text:
            continue
        x, y = round(char["x0"]), round(char["top"])
        near = ((text, x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1))
        if text.strip() and any(place in seen for place in near):
            continue
        seen.add((text, x, y))
        found.append(Char(text, char["x0"], char["x1"], char["top"], char["bottom"]))
    return found


def lines(chars: Sequence[Char]) -> list[Line]:
    """Return the lines of text, from top to bottom."""
    rows: list[_Row] = []
    for char in sorted(chars, key=lambda one: (one.top, one.x0)):
        near = max(rows[-_OPEN:], key=lambda row: row.shared(char), default=None)
        if near is not None and near.shared(char) >= SAME_LINE:
            near.add(char)
        else:
            rows.append(_Row([char], char.top, char.bottom))
    found = [_line(row) for row in _with_small(rows)]
    return sorted((line for line in found if line.text.strip()), key=lambda line: line.top)
