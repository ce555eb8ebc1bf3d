r"""Text as patterns read it: one width, no blanks, no LaTeX; and where each character came from.

Plans print ``2 750.5 hm ²``, ``２７５０.５公顷`` and ``$2750.5\,\mathrm{hm}^{2}$`` for one thing.
A pattern is written for one spelling; a reader is shown the place in the text as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ALIKE = {
    "-": "—–−‐‑‒―",
    "~": "～〜∼∽",
    "×": "✕╳⨯∗",
    "·": "⋅•",
    " ": "\t\r\u3000\xa0\u2002\u2003\u2009\u202f",
}
_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) != "，"} | {
    ord(other): sign for sign, others in _ALIKE.items() for other in others
}
"""One character for one: positions stay. A wide comma stays too: it never parts thousands."""

_SUPERSCRIPT = dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))
_COMMANDS = {"times": "×", "sim": "~", "approx": "约", "cdot": "·", "phi": "φ", "Phi": "φ",
             "varphi": "φ", "geq": "≥", "leq": "≤", "ge": "≥", "le": "≤", "%": "%"}  # fmt: skip
_LATEX = (
    r"\^ {0,3}\{? {0,3}(?P<minus>- {0,3})?(?P<raised>\d)(?: {0,3}\})?"
    r"|\\(?P<command>[A-Za-z]{1,16}|%) {0,3}|~(?= {0,3}\\)|\\[,;!: ]"
)
_ODD = re.compile(
    rf"{_LATEX}|< {{0,3}}sup {{0,3}}> {{0,3}}(?P<sup>\d) {{0,3}}< {{0,3}}/sup {{0,3}}>"
    r"|(?<=\d)(?P<apart>[ \n]{1,9})(?=\d)|(?<=[A-Za-z])(?P<word>[ \n]{1,9})(?=[A-Za-z0-9])"
    r"|[\s{}$\u200b\u2060\ufeff]"
)
_ODD_IN_FORMULA = re.compile(rf"{_LATEX}|(?P<sup>(?!))|(?P<apart>(?!))|(?P<word>(?!))|[\s{{}}~]")
"""In a formula blanks say nothing: ``$1 ~ 6 1 3 . 6 4 ~ \\mathrm { k m } ^ { 2 }$``."""
_FORMULA = re.compile(r"\$([^$]{1,200})\$")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; the character at ``i`` is ``source[starts[i]:ends[i]]`` of the text it is of.

    A blank is left only between two digits (``2 750``) and inside Latin (``DN 300``).
    """

    text: str
    source: str
    starts: range | list[int]
    ends: range | list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a part of the folded text stands in the source; it is not empty."""
        return self.starts[start], self.ends[end - 1]


def fold(source: str) -> Folded:
    r"""Return the text folded.

    >>> fold("约 1 200．5 ｈm ²").text
    '约1 200.5hm²'
    >>> fold(r"$3\times 10^{4}\,\mathrm{m}^{3}$").text
    '3×10⁴m³'
    """
    text = source.translate(_FOLD)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for odd in _oddities(text):
        start, end = odd.span()
        pieces.append(text[at:start])
        starts.extend(range(at, start))
        ends.extend(range(at + 1, start + 1))
        if kept := _kept(odd):
            pieces.append(kept)
            starts.extend([start] * len(kept))
            ends.extend([end] * len(kept))
        at = end
    if not at:
        whole = len(text)
        return Folded(text, source, range(whole), range(1, whole + 1))
    pieces.append(text[at:])
    starts.extend(range(at, len(text)))
    ends.extend(range(at + 1, len(text) + 1))
    return Folded("".join(pieces), source, starts, ends)


def _oddities(text: str) -> Iterator[re.Match[str]]:
    at = 0
    for formula in _FORMULA.finditer(text) if "$" in text else ():
        yield from _ODD.finditer(text, at, formula.start(1))
        yield from _ODD_IN_FORMULA.finditer(text, *formula.span(1))
        at = formula.end(1)
    yield from _ODD.finditer(text, at)


def _kept(odd: re.Match[str]) -> str:
    raised = odd["raised"] or odd["sup"]
    if raised:
        return f"{'⁻' if odd['minus'] else ''}{_SUPERSCRIPT[raised]}"
    if odd["apart"] or odd["word"]:
        return " "
    return _COMMANDS.get(odd["command"] or "", "")
