"""The terms of a plan (近期, 中期, 远期): which years each of them is, where the plan says so."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from layers.plans.folding import fold

Years = tuple[int | None, int | None]


class Terms(NamedTuple):
    """First and last year of each term; none for a term of which the plan says nothing certain."""

    near: Years | None = None
    middle: Years | None = None
    far: Years | None = None

    @property
    def middle_and_far(self) -> Years | None:
        """The years of 中远期: from the first of the middle term to the last of the far one."""
        return (self.middle[0], self.far[1]) if self.middle and self.far else self.far


UNSTATED = Terms()

_TERM = "(?P<term>近期|中期|(?<!中)远期)"
_YEARS = r"(?P<first>20\d\d)年?(?:[-~至到]+(?P<last>20\d\d)年?)?"
_NEXT = r"(?:规划|目标|水平年|年限|期限|年|为|是|即|自|从|至|到|[(:])*"
_SAID = re.compile(rf"{_TERM}{_NEXT}{_YEARS}")
_SAID_BEFORE = re.compile(rf"(?<!\d){_YEARS}\)?(?:规划)?[为是](?:规划)?{_TERM}")
_NAMES = {"近期": "near", "中期": "middle", "远期": "far"}


def terms(texts: Iterable[str], period: tuple[int, int] | None) -> Terms:
    """Return the terms that a plan of a period states (近期2021-2025年, 远期至2035年).

    A term of which only the end is stated begins after the one before it, the near one with the
    plan. Where two places of a plan give a term different years, it has none.

    >>> terms(["规划期2021-2035年，近期至2025年，远期至2035年。"], (2021, 2035))
    Terms(near=(2021, 2025), middle=None, far=(2026, 2035))
    """
    said: dict[str, set[tuple[int | None, int]]] = {}
    for text in texts:
        if "期" in text:
            folded = fold(text).text
            for match in (*_SAID.finditer(folded), *_SAID_BEFORE.finditer(folded)):
                first, last = _years(match)
                if _is_within(first, last, period):
                    said.setdefault(_NAMES[match["term"]], set()).add((first, last))
    found: dict[str, Years] = {}
    before = period[0] - 1 if period else None
    for name in Terms._fields:
        ends = {last for _, last in said.get(name, ())}
        firsts = {first for first, _ in said.get(name, ()) if first is not None}
        if len(ends) == 1 and len(firsts) <= 1:
            following = None if before is None else before + 1
            found[name] = (firsts.pop() if firsts else following, *ends)
            before = found[name][1]
        elif ends:
            before = None
    return Terms(**found)


def _years(match: re.Match[str]) -> tuple[int | None, int]:
    """Return the years stated; one year alone is the last."""
    if match["last"]:
        return int(match["first"]), int(match["last"])
    return None, int(match["first"])


def _is_within(first: int | None, last: int, period: tuple[int, int] | None) -> bool:
    begins = last if first is None else first
    return begins <= last and (period is None or period[0] <= begins <= last <= period[1])
