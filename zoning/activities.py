"""What a project does, told from the words of its name (``activities.toml``)."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from zoning.review.model import Activity

HIGH, MEDIUM, LOW = "high", "medium", "low"

TEXT_LIMIT = 4000
"""Characters that are read: a name or a content that is longer is no name."""

_WEIGHTS = {"strong": 3, "fair": 2, "weak": 1}
_STRONG, _FAIR, _WEAK = 3, 2, 1
_COMPANY = re.compile(r"[一-鿿A-Za-z0-9·“”]*?(?:公司|集团|合作社)(?!化)")


@dataclass(frozen=True, slots=True)
class _Class:
    id: str
    title: str
    groups: tuple[str, ...]
    excludes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Match:
    """A word of a class in a text: how much it says, and where it ends."""

    id: str
    word: str
    weight: int
    end: int


@dataclass(frozen=True, slots=True)
class _Table:
    classes: MappingProxyType[str, _Class]
    words: MappingProxyType[str, tuple[tuple[str, int], ...]]
    pattern: re.Pattern[str]


@cache
def _table() -> _Table:
    data = tomllib.loads(files("zoning").joinpath("activities.toml").read_text(encoding="utf-8"))
    classes: dict[str, _Class] = {}
    words: dict[str, list[tuple[str, int]]] = {word: [] for word in data["ignore"]}
    for item in data["activity"]:
        excludes = tuple(item.get("excludes", ()))
        classes[item["id"]] = _Class(item["id"], item["title"], tuple(item["groups"]), excludes)
        for key, weight in _WEIGHTS.items():
            for word in item.get(key, ()):
                words.setdefault(word, []).append((item["id"], weight))
    longest_first = sorted(words, key=len, reverse=True)
    return _Table(
        MappingProxyType(classes),
        MappingProxyType({word: tuple(told) for word, told in words.items()}),
        re.compile("|".join(map(re.escape, longest_first))),
    )


TITLES = MappingProxyType({found.id: found.title for found in _table().classes.values()})
"""Every class of activity and its Chinese title."""


def of_group(group: str) -> tuple[str, ...]:
    """Return the classes of a group that rules speak of; none for an unknown one."""
    return tuple(found.id for found in _table().classes.values() if group in found.groups)


def groups() -> frozenset[str]:
    """Return the names of the groups."""
    return frozenset(group for found in _table().classes.values() for group in found.groups)


def classify(name: str, content: str = "") -> Activity:
    """Return the class of a project, how sure it is and the words that it was told from.

    The content only speaks where the name does not decide, and then is never sure. No word of
    the table gives an unknown activity: its id is empty.

    >>> classify("某县污水处理厂建设工程")
    Activity(id='sewage_works', confidence='high', evidence='污水处理厂')
    >>> classify("某某项目").id
    ''
    """
    told = _told(_tidy(name))
    if not any(match.weight >= _FAIR for match in told):
        more = [
            _Match(match.id, match.word, min(match.weight, _FAIR), match.end)
            for match in _told(_tidy(content))
        ]
        told = [*told, *more]
    if not told:
        return Activity()
    top = max(told, key=lambda match: (match.weight, match.end, len(match.word)))
    return Activity(top.id, _confidence(told, top), _evidence(told, top))


def _confidence(told: Iterable[_Match], top: _Match) -> str:
    """Return how sure the leading word is.

    A road to a sewage works is no sewage works: a word that suggests another class behind the
    leading one, where the head of a name stands, takes the certainty away too.
    """
    others = [match for match in told if match.id != top.id]
    rivals = any(match.weight == top.weight for match in others)
    if top.weight == _STRONG:
        behind = any(match.weight == _FAIR and match.end > top.end for match in others)
        return MEDIUM if rivals or behind else HIGH
    return MEDIUM if top.weight == _FAIR and not rivals else LOW


def _evidence(told: Iterable[_Match], top: _Match) -> str:
    """Return the words that are as weighty as the leading one, the leading one first."""
    words = [match.word for match in told if match.weight == top.weight]
    return "、".join(dict.fromkeys([top.word, *words]))


def _tidy(text: str) -> str:
    """Return a text in one form of its characters, without the blanks of line wraps."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text[:TEXT_LIMIT]))


def _told(text: str) -> list[_Match]:
    """Return what the words of a text tell, from the left."""
    table = _table()
    companies = [match.span() for match in _COMPANY.finditer(text)]
    told = []
    for match in table.pattern.finditer(text):
        inside = any(start <= match.start() < end for start, end in companies)
        for found, weight in table.words[match.group()]:
            if not any(word in text for word in table.classes[found].excludes):
                weighed = _WEAK if inside else weight
                told.append(_Match(found, match.group(), weighed, match.end()))
    return told
