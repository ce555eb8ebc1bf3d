"""What a name that no list has may be meant for: proposals with their evidence, for a person.

Nothing is replaced. A proposal names one place only where no other one is as near; else it says
between which it cannot tell, or that nothing is near.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from layers.plans.placenames import township_stem
from layers.plans.wordlists import table
from layers.words import say

_RARE, _TIMES = 2, 5
"""A river named at most so often may be a misprint of one named so many times as often."""
_RIVER_CHARS = 3
"""Two rivers with shorter names that differ by a character are mostly two rivers."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A name as written, the one it may be meant for (none if that is open), and why."""

    written: str
    meant: str | None
    evidence: str


def near(one: str, other: str) -> bool:
    """Whether two names differ by one character: another, one more or one less.

    >>> near("甲丁湾", "甲丙湾"), near("甲丁", "甲丁湾"), near("甲乙", "丙丁")
    (True, True, False)
    """
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    same = next((at for at, char in enumerate(short) if char != long[at]), len(short))
    if len(short) == len(long):
        return short[same + 1 :] == long[same + 1 :]
    return short[same:] == long[same + 1 :]


def township(written: str, known: Iterable[str], area: str) -> Proposal:
    """Return what a township's name that a complete list does not have may be meant for.

    Args:
        written: with or without 镇, 乡 or 街道.
        known: all townships, by their full names.
        area: whose townships these are.

    """
    stem = township_stem(written)
    listed = tuple(dict.fromkeys(known))
    same = [name for name in listed if township_stem(name) == stem]
    if same:
        return _one(written, same, area, "same_stem")
    return _one(written, [name for name in listed if near(township_stem(name), stem)], area, "near")


def often(rivers: Mapping[str, int]) -> Mapping[str, tuple[str, ...]]:
    """Return the rivers named often, by each form of the name that lacks a character.

    >>> often({"甲丁河": 5, "乙河": 9, "丙戊河": 1})
    {'*丁河': ('甲丁河',), '甲*河': ('甲丁河',), '甲丁*': ('甲丁河',)}
    """
    found: dict[str, list[str]] = {}
    for name, times in rivers.items():
        if times >= _TIMES and len(name) >= _RIVER_CHARS:
            for form in _forms(name):
                found.setdefault(form, []).append(name)
    return {form: tuple(names) for form, names in found.items()}


def river(
    written: str, rivers: Mapping[str, int], known: Mapping[str, tuple[str, ...]]
) -> Proposal | None:
    """Return what a river named hardly once may be meant for; none where it may be a river.

    Args:
        written: as printed.
        rivers: the rivers of the document, and how often it names each.
        known: those of them named often (``often``).

    """
    count = max(rivers.get(written, 1), 1)
    if count > _RARE or len(written) < _RIVER_CHARS:
        return None
    found = {
        name
        for form in _forms(written)
        for name in known.get(form, ())
        if rivers[name] >= _TIMES * count and not _telling(written, name)
    }
    if len(found) != 1:
        return None
    meant = found.pop()
    evidence = say(
        "plan.place.river", written=written, meant=meant, count=count, times=rivers[meant]
    )
    return Proposal(written, meant, evidence)


def _forms(name: str) -> Iterator[str]:
    for at in range(len(name)):
        yield f"{name[:at]}*{name[at + 1 :]}"


def _telling(one: str, other: str) -> bool:
    """Whether the characters in which two names differ tell a river from its neighbour: 东, 大."""
    telling = set(table("places")["rivers"]["runs_into"]) | set("一二三四五六七八九十中内外")
    return any({a, b} & telling for a, b in zip(one, other, strict=True) if a != b)


def _one(written: str, found: list[str], area: str, why: str) -> Proposal:
    if len(found) == 1:
        evidence = say(f"plan.place.{why}", written=written, meant=found[0], area=area)
        return Proposal(written, found[0], evidence)
    if found:
        names = "、".join(found)
        return Proposal(written, None, say("plan.place.several", written=written, names=names))
    return Proposal(written, None, say("plan.place.unlisted", written=written, area=area))
