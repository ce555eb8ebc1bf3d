"""Lines of Chinese and Latin text: where a line may end, and where it must not."""

import re
from collections.abc import Callable

CLOSING = frozenset("，。；：、！？）》」』】〕”’％%…,.;:!?)]}")
"""Signs that must not begin a line."""

OPENING = frozenset("（《「『【〔“‘([{")
"""Signs that must not end a line."""

_TOKEN = re.compile(r"[!-~\u00a0-\u024f]+|\s+|.", re.DOTALL)


class Measure:
    """How wide a text is, as times the size of its signs."""

    def __init__(self, width_of: Callable[[str], float]) -> None:
        """Take what measures one sign; each is measured once."""
        self._width_of = width_of
        self._known: dict[str, float] = {}

    def __call__(self, text: str) -> float:
        """Return the width of a text."""
        known = self._known
        total = 0.0
        for sign in text:
            if sign not in known:
                known[sign] = self._width_of(sign)
            total += known[sign]
        return total


def broken(text: str, measure: Callable[[str], float], width: float) -> list[str]:
    """Return a text in lines; numbers and words stay whole where a line can hold them.

    >>> broken("重叠 12,345.67 平方米", len, 9)
    ['重叠', '12,345.67', '平方米']
    """
    lines, line, used = [], "", 0.0
    for word in _words(text):
        wide = measure(word)
        if line and used + wide > width and word.strip():
            lines.append(line.rstrip())
            line, used = "", 0.0
        if not line:
            word = word.lstrip()  # noqa: PLW2901 - a line does not begin with a blank
            wide = measure(word)
        while wide > width and len(word) > 1:
            fits = next(
                n for n in range(len(word) - 1, 0, -1) if measure(word[:n]) <= width or n == 1
            )
            lines.append(word[:fits])
            word = word[fits:]  # noqa: PLW2901 - what is left of it
            wide = measure(word)
        line, used = line + word, used + wide
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _words(text: str) -> list[str]:
    """Return a text in parts that are not broken unless one fills a line."""
    words: list[str] = []
    for token in _TOKEN.findall(text):
        glued = bool(words) and not words[-1].isspace() and (
            token[0] in CLOSING or words[-1][-1] in OPENING
        )  # fmt: skip
        if glued:
            words[-1] += token
        else:
            words.append(token)
    return words
