"""Totals and their parts in one text, told apart so that nothing is added twice.

A number is a part when the text says so (其中, 包括, brackets behind the total) or when the numbers
say so: parts in a row that make the total within the rounding of what is printed. Small round
numbers make one another by chance, so without a word the sum must be telling.
"""

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from layers.plans.wordlists import table

_SUMS = table("works")["sums"]
_INTRO = re.compile(_SUMS["intro"])
_BEYOND = re.compile(_SUMS["beyond"])
_AGAIN = re.compile(f"(?:{_SUMS['equal']})?")
_ENDS = re.compile(r"[。；;！!]")
_BRACKET = re.compile(r"[()]")
_WINDOW = 40  # numbers: longer lists of parts are tables of their own
_TELLING = 3  # figures of a total, or parts of it, that do not agree by chance
_CLOSE = 200  # one part of so many of a total: 20 万亩 is not 21 万亩, though both may be rounded
_NEAR = 50  # one part of so many of a total, by which the sum of its parts may exceed it


@dataclass(frozen=True, slots=True)
class Term:
    """A number that may be a total or a part: only terms with the same ``key`` are compared.

    ``size`` is in one unit for all of a key, ``slack`` what rounding may have changed of it;
    ``total`` says that words call it one, ``floor`` that it is the floor area of a building,
    ``counted`` that it is a number of pieces, ``restored`` that it is restored land.
    """

    key: Hashable
    start: int
    end: int
    size: int
    slack: int
    unit: str
    telling: int
    total: bool
    floor: bool
    counted: bool
    restored: bool


@dataclass(frozen=True, slots=True)
class Sums:
    """Of each term the index of the total that it is a part of; and the terms that only repeat."""

    owners: dict[int, int]
    repeats: set[int]


def sums(text: str, terms: Sequence[Term]) -> Sums:
    """Return which terms of a text, in its order, are parts of which."""
    found = Sums({}, set())
    brackets = _brackets(text)
    groups: dict[Hashable, list[int]] = {}
    for at, term in enumerate(terms):
        groups.setdefault(term.key, []).append(at)
    for group in groups.values():
        if len(group) > 1:
            _Group(text, terms, group, found, brackets).tell()
    return found


@dataclass(slots=True)
class _Group:
    text: str
    terms: Sequence[Term]
    group: list[int]
    found: Sums
    brackets: dict[int, int]

    def tell(self) -> None:
        self.in_brackets()
        self.introduced()
        self.summed_up()
        self.announced()
        self.partly()

    def term(self, place: int) -> Term:
        return self.terms[self.group[place]]

    def is_free(self, place: int) -> bool:
        at = self.group[place]
        return at not in self.found.owners and at not in self.found.repeats

    def own(self, total: int, parts: list[int]) -> None:
        for part in parts:
            if self.is_free(part):
                self.found.owners[self.group[part]] = self.group[total]

    def limit(self, total: int) -> int:
        size = self.term(total).size
        return size + size // _NEAR

    def in_brackets(self) -> None:
        """``66 公顷(甲 61 公顷、乙 5 公顷)``; ``10 公顷(150 亩)`` says one thing twice."""
        for place in range(len(self.group) - 1):
            start = self.term(place).end
            if not self.text.startswith("(", start):
                continue
            end = self.brackets.get(start, start)
            inner = [
                other
                for other in range(place + 1, min(place + _WINDOW, len(self.group)))
                if self.term(other).start < end
            ]
            if len(inner) == 1 and self.is_repeat(place, inner[0], start + 1):
                self.found.repeats.add(self.group[inner[0]])
            else:
                self.own(place, [i for i in inner if self.term(i).size <= self.term(place).size])

    def is_repeat(self, total: int, inner: int, start: int) -> bool:
        said = self.text[start : self.term(inner).start]
        one, other = self.term(total), self.term(inner)
        near = one.slack + other.slack + one.size // 100
        return bool(_AGAIN.fullmatch(said)) and abs(one.size - other.size) <= near

    def introduced(self) -> None:
        """Own what 其中 and 包括 announce, up to the end of the sentence or of the sum."""
        for place in range(1, len(self.group)):
            if not self.is_free(place):
                continue
            gap = self.text[self.term(place - 1).end : self.term(place).start]
            intro = _INTRO.search(gap)
            if not intro:
                continue
            total = self.total_before(place)
            if total is None:
                continue
            stops = len(_ENDS.findall(gap[: intro.start()])) + ("。" in gap[intro.end() :])
            near = not stops or (stops == 1 and bool(_BEYOND.match(intro[0])))
            self.own(total, self.run(total, place, near=near))

    def total_before(self, place: int) -> int | None:
        size = self.term(place).size
        for total in range(place - 1, max(-1, place - _WINDOW), -1):
            if self.is_free(total) and self.term(total).size >= size:
                return total
        return None

    def run(self, total: int, first: int, *, near: bool) -> list[int]:
        """Return the terms from ``first`` that are the parts.

        They are as many as make the total, else those of the sentence, if words (not only the sum)
        say that they are parts.
        """
        ends = next((at for at in range(first + 1, self.last(first)) if self.crosses(at)), None)
        within = range(first, self.last(first) if ends is None else ends)
        made = self.closest(total, within, 1 if near else 2)
        if not made and ends is not None:
            made = self.closest(total, range(first, self.last(first)), 2)
            made = made if self.is_telling(total, made) else []
        return made or (self.up_to(total, within) if near else [])

    def last(self, first: int) -> int:
        return min(first + _WINDOW, len(self.group))

    def up_to(self, total: int, places: Iterable[int]) -> list[int]:
        """Return the free terms, one after the other, that the total may hold."""
        parts, summed = [], 0
        for place in filter(self.is_free, places):
            summed += self.term(place).size
            if summed > self.limit(total) or (place > total and self.term(place).total):
                break
            parts.append(place)
        return parts

    def closest(self, total: int, places: Iterable[int], least: int) -> list[int]:
        """Return as many free terms, one after the other, as make the total best; or none."""
        size = self.term(total).size
        summed = slack = count = 0
        nearest = None
        parts = self.up_to(total, places)
        for number, place in enumerate(parts, 1):
            summed, slack = summed + self.term(place).size, slack + self.term(place).slack
            gap = abs(summed - size)
            rounding = min(slack + self.term(total).slack, size // _CLOSE)
            if number >= least and gap <= rounding and (nearest is None or gap < nearest):
                nearest, count = gap, number
        return parts[:count]

    def crosses(self, place: int) -> bool:
        """Whether a sentence ends between a term and the one before."""
        before = self.term(place - 1).end
        return bool(_ENDS.search(self.text, before, self.term(place).start))

    def is_telling(self, total: int, parts: list[int]) -> bool:
        if len(parts) < 2:  # noqa: PLR2004
            return False
        one = self.term(total)
        if one.counted and not one.total:
            return False
        units = {self.term(part).unit for part in parts}
        return (
            one.total or one.telling >= _TELLING or len(parts) >= _TELLING or one.unit not in units
        )

    def summed_up(self) -> None:
        """``甲 10 亩、乙 20 亩，共 30 亩``."""
        for total in range(2, len(self.group)):
            if self.term(total).total and self.is_free(total):
                before = range(total - 1, max(-1, total - _WINDOW), -1)
                self.own(total, self.closest(total, before, 2))

    def announced(self) -> None:
        """``治理 30 亩：甲 10 亩、乙 12 亩、丙 8 亩``, without a word between."""
        for total in filter(self.is_free, range(len(self.group) - 1)):
            parts = self.closest(total, range(total + 1, self.last(total + 1)), 2)
            if self.is_telling(total, parts):
                self.own(total, parts)

    def partly(self) -> None:
        """Own what follows a total that is called one, though it does not make all of it."""
        for total in filter(self.is_free, range(len(self.group) - 1)):
            one = self.term(total)
            if one.key != "area" or not one.total or one.floor:
                continue
            for part in self.up_to(total, range(total + 1, self.last(total + 1))):
                other = self.term(part)
                if self.text.count("。", one.end, other.start) > one.restored:
                    break
                if not other.floor:
                    self.own(total, [part])


def _brackets(text: str) -> dict[int, int]:
    """Return where each bracket that opens is closed."""
    opened: list[int] = []
    closed: dict[int, int] = {}
    for bracket in _BRACKET.finditer(text):
        if bracket[0] == "(":
            opened.append(bracket.start())
        elif opened:
            closed[opened.pop()] = bracket.start()
    return closed
