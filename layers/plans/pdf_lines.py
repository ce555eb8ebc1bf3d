"""Characters on a page put together into lines of text."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

UNREADABLE = "\ufffd"
"""Stands for a character whose font does not say which one it is."""

SAME_LINE = 0.5
"""Two characters that share so much of the lower one's height stand in one line."""
SMALL = 0.85
"""A character of so much of its neighbour's size, or less, is raised or lowered."""
RAISED_BY = 0.1
"""Of the neighbour's height: middle above middle."""
TOUCHING = 0.3
"""A small character that shares less with its line still belongs to it when it is beside one."""
GAP_LATIN, GAP_MIXED, GAP_CHINESE = 0.22, 0.6, 0.8
"""Gaps, in heights of a character, that part words: justified Chinese is set wide."""

_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_CID = re.compile(r"\(cid:\d+\)")
_CHINESE = 0x2E80
_OPEN = 8
"""Lines that a character may belong to: the last ones begun from the top of the page."""


_RADICALS = dict(
    zip(
        "⺁⺇⺌⺎⺏⺒⺓⺛⺝⺟⺠⺥⺧⺩⺪⺫⺬⺯⺶⺷⺼⺽⻀⻁⻃⻄⻅⻆⻇⻉⻊⻋⻌⻏⻑⻒⻓⻔⻖⻗⻘⻙⻚⻛⻜⻝⻟⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻰⻱⻲",
        "厂几小兀尢巳幺旡月母民爪牛王疋目示糸羊羊肉臼艹虎西西见角角贝足车辶邑長長长门阜雨青韦页风飞食食马骨鬼鱼鸟卤麦黄黾齐齐齿齿龙龜亀",
        strict=True,
    )
)
"""Fonts give radicals instead of the characters that look alike; Unicode lists only some."""

_PLAIN: dict[int, str] = {
    **{code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)},
    **{code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xF900, 0xFB00)},
    **{ord(radical): plain for radical, plain in _RADICALS.items()},
    **dict.fromkeys([*range(0x20), 0x7F, 0xAD, 0x200B, 0xFEFF], ""),
    0xA0: " ",
}
"""Characters that look like another one, and those that do not show."""


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


def characters(page_chars: Iterable[Mapping[str, Any]]) -> list[Char]:
    """Return the characters of a page, as pdfplumber has them, once each.

    A bold text may be drawn twice, less than half a point apart.
    """
    found: list[Char] = []
    seen: set[tuple[str, int, int]] = set()
    for char in page_chars:
        text = _CID.sub(UNREADABLE, char["text"]).translate(_PLAIN)
        if not text:
            continue
        x, y = round(2 * char["x0"]), round(2 * char["top"])
        near = ((text, x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1))
        # a font that states no widths prints all its characters at one place
        wide = char["x1"] > char["x0"] and text != " "
        if wide and any(place in seen for place in near):
            continue
        seen.add((text, x, y))
        found.append(Char(text, char["x0"], char["x1"], char["top"], char["bottom"]))
    return found


def lines(chars: Sequence[Char]) -> list[Line]:
    """Return the lines of text, from top to bottom."""
    rows: list[_Row] = []
    for char in sorted(chars, key=lambda one: (one.top, one.x0)):
        shared, near = max(
            ((row.shared(char), at) for at, row in enumerate(rows[-_OPEN:])), default=(0.0, 0)
        )
        if shared >= SAME_LINE:
            rows[-_OPEN:][near].add(char)
        else:
            rows.append(_Row([char], char.top, char.bottom))
    found = [_line(row) for row in _with_small(rows)]
    return sorted((line for line in found if line.text.strip()), key=lambda line: line.top)


def _with_small(rows: Sequence[_Row]) -> Iterator[_Row]:
    """Return the rows, those of raised or lowered characters joined to the line they are beside."""
    large = list(rows)
    for row in rows:
        beside = [other for other in large if other is not row and _is_beside(row, other)]
        if beside:
            nearest = max(beside, key=lambda other: other.shared(row.chars[0]))
            nearest.chars += row.chars
            large.remove(row)
    return iter(large)


def _is_beside(small: _Row, row: _Row) -> bool:
    height = row.bottom - row.top
    if small.bottom - small.top > SMALL * height:
        return False
    return all(
        row.shared(char) >= TOUCHING
        and any(abs(char.x0 - other.x1) < GAP_MIXED * height for other in row.chars)
        for char in small.chars[:1]
    )


def _line(row: _Row) -> Line:
    chars = sorted(row.chars, key=lambda char: char.x0)
    text = ""
    base = last = chars[0]
    for at, char in enumerate(chars):
        if at and _parts(last, char) and not text.endswith(" "):
            text += " "
        raised = at and char.size <= SMALL * base.size
        raised = raised and base.middle - char.middle > RAISED_BY * base.size
        text += char.text.translate(_RAISED) if raised else char.text
        # a raised 4 after a raised - is raised over the 10 before both
        base, last = base if raised else char, char
    return Line(text.strip(), chars[0].x0, max(c.x1 for c in chars), row.top, row.bottom)


def _parts(last: Char, char: Char) -> bool:
    """Whether the gap between two characters parts words."""
    chinese = (ord(last.text[-1]) >= _CHINESE) + (ord(char.text[0]) >= _CHINESE)
    limit = (GAP_LATIN, GAP_MIXED, GAP_CHINESE)[chinese]
    return char.text != " " and char.x0 - last.x1 > limit * max(last.size, char.size)
