"""Numbers with a unit in a folded text: which there are, and which of them measure works.

A diameter, a depth, a distance, a rate per hectare and the capacity of one of ten machines are
numbers with a unit as well. They are told by the words around them (``works.toml``), and left.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from layers.plans import numerals
from layers.plans.wordlists import any_of, table

AREA, LENGTH, CAPACITY = "area", "length", "capacity"
"""Kinds of quantity."""

_UNITS = table("units")
_WORDS = table("works")
_NOT = _WORDS["not_works"]
_MEASURES = ("area", "length", "volume", "mass", "power", "apparent", "energy")


WHOLE = 15 * 10**9
"""A hectare, km, m³, 吨, kW or piece as a whole number of parts in which each unit is whole too
(亩 is 1/15, mm³ a billionth): sums are exact."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of ``units.toml``: its group there, its name in the tables, its worth in parts."""

    group: str
    name: str
    worth: int

    @property
    def kind(self) -> str:
        """The kind of quantity that it measures."""
        return self.group if self.group in {AREA, LENGTH} else CAPACITY


@dataclass(frozen=True, slots=True)
class Measured:
    """A number with its unit at ``text[start:end]`` of a folded text.

    ``figures`` and ``high`` are the number (and the upper end of a range) in units of ``unit``
    with the multiplier in front of it (``万``); ``number`` is that number scaled.
    """

    start: int
    end: int
    figures: str
    high: str | None
    number: int
    multiplier: str
    unit: Unit
    per: str
    in_chinese: bool

    @property
    def size(self) -> int:
        """The quantity in parts, scaled."""
        return self.number * _MULTIPLIERS.get(self.multiplier, 1) * self.unit.worth

    @property
    def slack(self) -> int:
        """By how much rounding may have changed ``size``: half of its last figure."""
        step = numerals.step(self.figures)
        return step * _MULTIPLIERS.get(self.multiplier, 1) * self.unit.worth // 2


def _units() -> dict[str, Unit]:
    measures = {
        spelled: Unit(group, unit["name"], int(Fraction(unit["worth"]) * WHOLE))
        for group in _MEASURES
        for unit in _UNITS[group]
        for spelled in unit["spelled"]
    }
    return measures | {word: Unit("count", word, WHOLE) for word in _UNITS["count"]["words"]}


_UNIT_OF = _units()
_MULTIPLIERS: dict[str, int] = _UNITS["multipliers"]
_COUNTING = rf"[\d.]|{any_of(_UNITS['count']['words'])}"
_ASCII_POWERS = {
    "²": rf"(?:²|2(?![\d.])| 2(?!{_COUNTING}))",
    "³": rf"(?:³|3(?![\d.])| 3(?!{_COUNTING}))",
}


def _pattern_of(spelled: str) -> str:
    pattern = "".join(_ASCII_POWERS.get(sign, re.escape(sign)) for sign in spelled)
    if spelled[0].isascii():
        return pattern + "(?![A-Za-z²³])"
    others = _UNITS["count"]["not_before"].get(spelled)
    return f"{pattern}(?![{others}])" if others else pattern


def _any_unit(group: str = "", names: tuple[str, ...] = ()) -> str:
    words = [w for w, u in _UNIT_OF.items() if not group or u.group == group or w in names]
    return f"(?:{'|'.join(map(_pattern_of, sorted(words, key=len, reverse=True)))})"


_TIMES = f"{any_of(list(_MULTIPLIERS))}"
_NUMBER = rf"{numerals.PRINTED}(?:×10(?:[⁰¹²³⁴⁵⁶⁷⁸⁹]|[3-9](?!\d)))?"
_QUANTITY = re.compile(
    r"(?<![\d.A-Za-zφΦ∅Øø#№])(?<![A-KM-Zb-z]=)(?<![A-Za-zφ] )"
    rf"(?:(?P<times>\d{{1,3}})×(?!10(?:[⁰¹²³⁴⁵⁶⁷⁸⁹]|[3-9](?!\d))))?"
    rf"(?:(?P<low>{_NUMBER})(?P<low_times>{_TIMES})??(?P<low_unit>{_any_unit()})?(?:[-~]{{1,2}}|[至到]))?"
    rf"(?P<number>{_NUMBER})[余多来]?(?P<multiplier>{_TIMES})??[余多]?(?P<unit>{_any_unit()})"
    rf"(?:(?:/|每)(?P<per>{any_of(_UNITS['rate']['per'])})(?![A-Za-z]))?"
    r"|(?<![第每几数多任某另唯统单十百千万零〇一二两三四五六七八九之])"
    rf"(?P<chinese>{numerals.CHINESE})[余多]?(?:"
    rf"(?P<chinese_times>[千万])?(?P<chinese_unit>{_any_unit('area', ('公里', '千米'))})"
    rf"|(?P<counted>{any_of(_UNITS['count']['numeral'])}))"
)
_SINGLE = {"area", "volume", "mass"}
"""Units before which 10⁴ may have lost its raised figure (2×104m³); of 2×104 m it is not sure."""

_POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_AGES = re.compile(r"(?:19|20)\d\d ")
_LOST = re.compile(r"×10[3-9]$")
_PER_BEFORE = re.compile(
    r"(?<![\d〇零一二三四五六七八九])每?"
    rf"({_UNITS['rate']['time']})(?:均)?{any_of(_UNITS['rate']['verbs'])}"
)
_A_YEAR = re.compile(r"年均[^,，。;、\d]{0,8}$")
_LINKS = f"(?:{_NOT['links']})*"
_BEFORE_ANY = re.compile(f"(?:{_NOT['each']})$")
_WAS, _BECOMES = re.compile(_NOT["was"]), re.compile(_NOT["becomes"])
_AFTER_ANY = re.compile(rf"{_NOT['class']}|/(?!\d)|[·×]")
_SIZES = re.compile(
    rf"(?<![{_NOT['done'].replace('|', '')}]){any_of(_NOT['sizes'])}{_LINKS}(?:\d[\d.]*[-~到至])?$"
)
_PLACES = re.compile(rf"(?:{_NOT['places']}){_LINKS}$")
_OFFSETS = re.compile(rf"(?:{_NOT['offsets']}){_LINKS}$")
_AFTER_LENGTH = re.compile(_NOT["after"])
_ABSTRACT = re.compile(any_of(_WORDS["not_works"]["abstract"]))
_EACH_OF = re.compile(_NOT["each_of"])
_BUILT = re.compile(f"{any_of(_WORDS['names']['made'] + _WORDS['names']['done'])}$|[建设修]$")
_OPENS = re.compile(r"(?:^|[,，。;:、(])$")
_BUILT_ONLY = set(_UNITS["count"]["numeral_built"])
_PAIR = 2 * numerals.ONE
_THINGS = any_of(_WORDS["things"]["ends"])
_THING_BEHIND = re.compile(rf"(?:{_WORDS['names']['whole']})?[^,，。;:、()]{{0,24}}?{_THINGS}")
_THING_AHEAD = re.compile(rf"{_THINGS}(?:各)?$")
_NAMED = re.compile(r"[^,，。;、()\d]{1,15}|\)")
_REACH = 24  # characters around a number that say what it is
_KM = "km"


def find(text: str) -> list[Measured]:
    """Return the numbers of a folded text that measure works, in order."""
    every = [_measured(match) for match in _QUANTITY.finditer(text)]
    known = [one for one in every if one is not None]
    return [
        one
        for at, one in enumerate(known)
        if _measures_works(text, one)
        and not _of_each(text, one, known[at - 1 : at], known[at + 1 : at + 2])
    ]


def is_unit(text: str) -> bool:
    """Return whether a folded text is a unit of works, perhaps with a multiplier: 万亩, km²."""
    match = _QUANTITY.fullmatch(f"1{text}")
    return match is not None and bool(match["unit"]) and not match["low"]


def rate(clause: str) -> str:
    """Return the time that a verb before a number gives it: ``年`` in 年处理; empty if none."""
    times = _PER_BEFORE.findall(clause)
    return times[-1] if times else ""


def _measured(match: re.Match[str]) -> Measured | None:
    if match["chinese"]:
        return _in_chinese(match)
    unit = _unit(match["unit"])
    if match["low_unit"] and _unit(match["low_unit"]) != unit:
        return None
    lost = _LOST.search(match["number"]) or _LOST.search(match["low"] or "")
    if (lost and unit.group not in _SINGLE) or (match["times"] and unit.kind == LENGTH):
        return None
    figures, multiplier = _figures(match["number"], match["times"]), match["multiplier"] or ""
    high = None
    if match["low"]:
        figures, high = _figures(match["low"], None), figures
        same = (match["low_times"] or multiplier) == multiplier and not match["times"]
        if not same or numerals.scaled(figures) >= numerals.scaled(high):
            return None
    number = numerals.scaled(figures)
    per = match["per"] or ""
    if not number:
        return None
    return Measured(*match.span(), figures, high, number, multiplier, unit, per, in_chinese=False)


def _in_chinese(match: re.Match[str]) -> Measured:
    figures = str(numerals.chinese(match["chinese"]))
    unit = _unit(match["chinese_unit"] or match["counted"])
    number, multiplier = numerals.scaled(figures), match["chinese_times"] or ""
    return Measured(*match.span(), figures, None, number, multiplier, unit, "", in_chinese=True)


def _unit(spelled: str) -> Unit:
    if spelled in _UNIT_OF:
        return _UNIT_OF[spelled]
    return _UNIT_OF[spelled.replace(" ", "").replace("2", "²").replace("3", "³")]


def _figures(text: str, times: str | None) -> str:
    figures, _, power = numerals.printed(text).partition("×10")
    if not power and not times:
        return figures
    exponent = _POWERS.find(power) if power in _POWERS else int(power)
    return numerals.unscaled(numerals.scaled(figures) * 10**exponent * int(times or 1))


def _measures_works(text: str, one: Measured) -> bool:
    before, after = (
        text[max(0, one.start - _REACH) : one.start],
        text[one.end : one.end + 4 * _REACH],
    )
    if before.endswith(" ") and not _AGES.search(before, len(before) - 5):
        return False  # 12 34公顷: one number or two
    if before.endswith("×") or _BEFORE_ANY.search(before) or _AFTER_ANY.match(after):
        return False
    if _WAS.search(before) and _BECOMES.match(after):
        return False
    if one.unit.kind == LENGTH:
        return not (one.per or _A_YEAR.search(before)) and _is_length(before, after, one)
    if one.unit.group == "count":
        return _is_count(before, after, one)
    return one.unit.kind == CAPACITY or not (one.per or _A_YEAR.search(before))


def _is_length(before: str, after: str, one: Measured) -> bool:
    if _PLACES.search(before) or _SIZES.search(before) or _AFTER_LENGTH.match(after):
        return False
    return one.unit.name == _KM or not _OFFSETS.search(before)


def _is_count(before: str, after: str, one: Measured) -> bool:
    if one.unit.name == "个" and _ABSTRACT.match(after):
        return False
    if not one.in_chinese:
        return True
    if _THING_AHEAD.search(before):
        return True
    if one.unit.name in _BUILT_ONLY or one.number > _PAIR:
        built = _BUILT.search(before) or (
            one.unit.name not in _BUILT_ONLY and _OPENS.search(before)
        )
        return bool(built and _THING_BEHIND.match(after))
    return bool(_THING_BEHIND.match(after))


def _of_each(text: str, one: Measured, before: list[Measured], after: list[Measured]) -> bool:
    """Whether it is the size of each of several: 10座1000m³蓄水池, 1000m³蓄水池10座."""
    if one.unit.kind != CAPACITY or one.unit.group == "count":
        return False
    for other in before:
        gap = text[other.end : one.start]
        if _EACH_OF.fullmatch(gap) if gap else _is_several(other):
            return other.unit.group == "count"
    if rate(text[max(0, one.start - _REACH) : one.start]):
        return False
    return any(_is_several(o) and _NAMED.fullmatch(text[one.end : o.start]) for o in after)


def _is_several(one: Measured) -> bool:
    return one.unit.group == "count" and one.number > numerals.ONE
