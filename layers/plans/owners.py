"""The owners of a project: who builds it or answers for it, one or several in a cell."""

import re
from dataclasses import dataclass
from functools import cache

from layers.plans.wordlists import any_of, table

_OPEN, _CLOSE = "(（[【〔<《“", ")）]】〕>》”"
_NUMBER = r"(?:^|(?<=[\s;；、]))[(（]?[0-9]{1,2}[.．、)）](?![0-9])"
_LEVELS = "省市县区旗州"
_SHORTEST = 3
"""What is left of a name on the next line (发改委|员会) is mostly shorter."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Owners as they are called, joined by ``;`` (none where none is stated), and as printed."""

    owner: str | None
    raw: str


def read(text: str) -> Owner:
    """Return the owners that a cell names.

    Blanks that a line wrap left in a name are gone. Names are parted by 、；，/ and by 和 or a
    line's end behind a whole name, but never inside brackets; a branch (某市生态环境局 某县分局)
    stays with its authority.
    """
    raw = text.strip()
    if _closed(raw) in table("owners")["none"]:
        return Owner(None, raw)
    names = [name for part in _parts(raw) for name in _unwrapped(part)]
    kept = list(dict.fromkeys(name for name in names if name))
    return Owner(";".join(kept) or None, raw)


@cache
def _separator() -> re.Pattern[str]:
    """Return a pattern of what parts names outside brackets."""
    lists = table("owners")
    labels = f"(?:{any_of(lists['labels'])})[:：]"
    # 县住房和城乡建设局 is one name: 和 parts two only behind what ends one.
    behind = "|".join(f"(?<={noun})" for noun in lists["nouns"])
    coordinated = rf"(?:{behind})(?:以及|和|及|与)(?=[^\s]{{2}})"
    return re.compile(rf"[、；;，,/／|｜]+|{labels}|{_NUMBER}|{coordinated}")


def _parts(text: str) -> list[str]:
    """Return what stands between separators; brackets are not looked into."""
    depth, last = 0, 0
    parts: list[str] = []
    inside = []
    for char in text:
        depth += (char in _OPEN) - (char in _CLOSE and depth > 0)
        inside.append(depth > 0)
    for match in _separator().finditer(text):
        if not any(inside[match.start() : match.end()]):
            parts.append(text[last : match.start()])
            last = match.end()
    return _levels_joined([*parts, text[last:]])


def _levels_joined(parts: list[str]) -> list[str]:
    """Return parts with a lone level put back before what it shares: 市、县林业局."""
    joined: list[str] = []
    held = ""
    for part in parts:
        bare = _closed(part)
        if len(bare) == 1 and bare in _LEVELS:
            held += f"{bare}、"
        else:
            joined.append(held + part)
            held = ""
    return [*joined, held.rstrip("、")]


def _unwrapped(part: str) -> list[str]:
    """Return the names of a part that has blanks: one that was wrapped, or one a line."""
    names: list[str] = []
    for piece in part.split():
        if not names or (_is_whole(names[-1]) and _begins(piece)):
            names.append(piece)
        else:
            names[-1] = _joined(names[-1], piece)
    return [name.strip("。.；;:：") for name in names]


def _is_whole(name: str) -> bool:
    """Whether a line holds a name to its end: 县住房和城乡 does not, nor does an open bracket."""
    lists = table("owners")
    if name.endswith(tuple(lists["inside"])) or not name.endswith(tuple(lists["nouns"])):
        return False
    return sum(map(name.count, _OPEN)) <= sum(map(name.count, _CLOSE))


def _begins(piece: str) -> bool:
    """Whether a line is a name of its own and not the rest of the one before."""
    lists = table("owners")
    if len(piece) < _SHORTEST or piece in lists["rest"] or piece.endswith(tuple(lists["branches"])):
        return False
    return piece.endswith(tuple(lists["nouns"]))


def _joined(one: str, other: str) -> str:
    latin = one[-1].isascii() and one[-1].isalpha() and other[0].isascii() and other[0].isalpha()
    return f"{one} {other}" if latin else one + other


def _closed(text: str) -> str:
    return "".join(text.split())
