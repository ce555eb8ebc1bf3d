"""Numbers that Word writes before paragraphs by itself: they stand nowhere in the text."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from layers.plans.docx_styles import Styles, list_in

_VAL = qn("w:val")
_REFERENCE = re.compile(r"%([1-9])")
_DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_MAX = 3_999
"""Roman numbers end there, and no list is as long."""
_WIDE = {ord("0") + digit: ord("０") + digit for digit in range(10)}
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_LETTERS = 26
_LISTED = {
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedCircleChinese": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "decimalEnclosedParen": "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇",
    "decimalEnclosedFullstop": "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛",
    "ideographEnclosedCircle": "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉",
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
}
_CHINESE = (
    "chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting",
    "taiwaneseCountingThousand",
)  # fmt: skip


class UnknownFormatError(Exception):
    """A number in a script that nobody here can write."""


@dataclass(frozen=True, slots=True)
class _Level:
    kind: str
    text: str
    start: int
    blank: bool
    digits_only: bool


@dataclass(slots=True)
class _List:
    """The levels of a list and where it stands; lists with the same levels count together."""

    levels: dict[int, _Level]
    at: dict[int, int] = field(default_factory=dict)


class Numbering:
    """The running numbers of a document: each paragraph must be asked for once, in order."""

    def __init__(self, root: Element, styles: Styles) -> None:
        """Read the lists from ``numbering.xml``."""
        self._styles = styles
        self._lists: dict[str, _List] = {}
        self._by_style: dict[str, tuple[str, int]] = {}
        self._nums: dict[str, tuple[str, dict[int, int]]] = {}
        self._begun: set[str] = set()
        links: dict[str, str] = {}
        for abstract in root.findall(qn("w:abstractNum")):
            name = abstract.get(qn("w:abstractNumId"), "")
            self._lists[name] = _List(_levels(abstract))
            link = abstract.find(qn("w:numStyleLink"))
            if link is not None:
                links[name] = link.get(_VAL, "")
        for num in root.findall(qn("w:num")):
            abstract = num.find(qn("w:abstractNumId"))
            if abstract is not None:
                name, starts = abstract.get(_VAL, ""), _starts(num)
                self._nums[num.get(qn("w:numId"), "")] = (name, starts)
        for name, style in links.items():
            # a list that only says: as that style's list
            linked = self._nums.get(styles.list_of(style)[0] or "")
            if linked and linked[0] in self._lists:
                self._lists[name] = self._lists[linked[0]]
        for abstract in root.findall(qn("w:abstractNum")):
            for level in abstract.findall(qn("w:lvl")):
                style = level.find(qn("w:pStyle"))
                if style is not None:
                    place = abstract.get(qn("w:abstractNumId"), ""), _depth(level)
                    self._by_style.setdefault(style.get(_VAL, ""), place)

    def number(self, paragraph: Element) -> str:
        """Return what Word writes before a paragraph, with its blank; nothing for a bullet.

        Raises:
            UnknownFormatError: it is written in a way that is not known.

        """
        num, depth = self._place(paragraph)
        if num not in self._nums:
            return ""
        name, starts = self._nums[num]
        counted = self._lists.get(name)
        level = counted.levels.get(depth) if counted else None
        if counted is None or level is None:
            return ""
        if num not in self._begun:
            self._begun.add(num)
            for at in starts:
                counted.at.pop(at, None)
        first = starts.get(depth, level.start)
        counted.at[depth] = counted.at[depth] + 1 if depth in counted.at else first
        for deeper in [at for at in counted.at if at > depth]:
            del counted.at[deeper]
        return _written(counted, level)

    def _place(self, paragraph: Element) -> tuple[str | None, int]:
        """Return a paragraph's list and depth, its own or its style's."""
        style = self._styles.of(paragraph)
        num, depth = list_in(paragraph.find(qn("w:pPr")))
        if num is None:
            num, inherited = self._styles.list_of(style)
            depth = inherited if depth is None else depth
        if depth is None:
            place = self._by_style.get(style)
            linked = place and num in self._nums and self._nums[num][0] == place[0]
            depth = place[1] if place and linked else 0
        return num, depth


def _levels(abstract: Element) -> dict[int, _Level]:
    found = {}
    for level in abstract.findall(qn("w:lvl")):
        values = {child.tag: child.get(_VAL, "") for child in level if isinstance(child.tag, str)}
        found[_depth(level)] = _Level(
            values.get(qn("w:numFmt"), "decimal"),
            values.get(qn("w:lvlText"), ""),
            _whole(values.get(qn("w:start")), 0),
            values.get(qn("w:suff"), "tab") != "nothing",
            qn("w:isLgl") in values,
        )
    return found


def _starts(num: Element) -> dict[int, int]:
    """Return the levels at which a list begins anew, and with which number."""
    found = {}
    for override in num.findall(qn("w:lvlOverride")):
        start = override.find(qn("w:startOverride"))
        if start is not None:
            found[_depth(override)] = _whole(start.get(_VAL), 1)
    return found


def _depth(element: Element) -> int:
    return _whole(element.get(qn("w:ilvl")), 0)


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,6}", text) else otherwise


def _written(counted: _List, level: _Level) -> str:
    if level.kind in {"bullet", "none"} and not _REFERENCE.search(level.text):
        return ""

    def number(reference: re.Match[str]) -> str:
        depth = int(reference[1]) - 1
        other = counted.levels.get(depth)
        if other is None:
            return ""
        value = counted.at.get(depth, other.start)
        return formatted(value, "decimal" if level.digits_only else other.kind)

    text = _REFERENCE.sub(number, level.text)
    return f"{text} " if level.blank and text[-1:].isalnum() else text


def formatted(value: int, kind: str) -> str:
    """Return a number in one of Word's formats.

    Raises:
        UnknownFormatError: of another kind, or beyond what the format can write.

    >>> formatted(21, "chineseCounting"), formatted(4, "upperRoman"), formatted(28, "lowerLetter")
    ('二十一', 'IV', 'bb')

    """
    if kind in _LISTED:
        signs = ("", *_LISTED[kind])
        if 0 < value < len(signs):
            return signs[value]
    elif kind in _WRITERS and value <= _MAX:
        return _WRITERS[kind](value)
    raise UnknownFormatError(kind)


def _chinese(value: int) -> str:
    if not value:
        return _DIGITS[0]
    text = ""
    for at, digit in enumerate(reversed(str(value))):
        part = _DIGITS[int(digit)] + (_UNITS[at] if digit != "0" else "")
        text = part + text
    text = re.sub("零+", "零", text).rstrip("零")
    return text[1:] if text.startswith("一十") else text


def _roman(value: int) -> str:
    text = ""
    for size, letters in _ROMAN:
        text += letters * (value // size)
        value %= size
    return text


def _letters(value: int) -> str:
    """Return z for 26, aa for 27, bb for 28."""
    turns, letter = divmod(value - 1, _LETTERS)
    return chr(ord("a") + letter) * (turns + 1)


_WRITERS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": "{:02d}".format,
    "decimalFullWidth": lambda value: str(value).translate(_WIDE),
    "none": lambda _: "",
    "bullet": lambda _: "",
    "lowerLetter": _letters,
    "upperLetter": lambda value: _letters(value).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda value: _roman(value).upper(),
    **dict.fromkeys(_CHINESE, _chinese),
}
