"""Areas, lengths and capacities that a text of a plan states, as the tables hold them.

Conventions:

- An **area** is any area that the text states, also of land that is not restored: ``what`` says of
  what (``占地``, ``总建筑面积``, ``蓄水面积``, ``规划范围``). Not taken are areas per head, per
  plot or of a class (``50 亩以上的湿地``), and rates (``元/亩``, ``株/公顷``).
- **restoration** marks land whose vegetation, water or soil is restored: afforestation, closing
  and grass, wetland, terraces and other soil conservation, mined and polluted land, greening of
  rivers and hills. Not: sites, buildings, roads, water surfaces, parks and reserves as a whole,
  ornamental greening, crops and orchards as a business, a constructed wetland that is part of
  sewage works. Land that there already is counts only with a verb of restoring. Parts of restored
  land are restored; a total all of whose parts are restored is.
- **part_of** marks a part of another quantity of the same text, so that a sum never counts it
  twice: in brackets behind a total, behind 其中 or 包括, or by the arithmetic (``sums``). A
  restored part of a total that is not restored land (``占地 50 公顷，其中湿地恢复 20 公顷``) is not
  marked: the sum of restored land would lose it. The same figure in two units is stated once.
- A **length** is one along which something is built or treated. Not: depth, width, height,
  diameter, thickness, spacing, distance, altitude, a length of one of several things.
- A **capacity** is what a works can do in a time (``吨/日``; 年处理 10 万吨 is ``万吨/年``), holds
  (``m³``), generates (``MW``), or a count of things (``座``, ``户``, ``株``). The size of each of
  several things belongs to their name (``10 座:1000m³蓄水池``). Not: people, shares, voltages,
  pipe diameters, concentrations. In Chinese numerals only plain counts of things (``两座水闸``).
- **value** is as printed (``5.60``, ``30000-50000``), thousands not parted; words like 约, 余 and
  以上 are left out. A range is kept; hectares and restoration_ha take its lower end, which is sure.
- ``甲、乙各 50 亩`` is one quantity for each; ``3 个村各 50 亩`` is 150 亩.
- **what** names the thing as the text does, in front of the number or behind it, without verbs of
  building; 面积 is left out except in names such as 建筑面积.
- Units are written one way (m², 平方米 and ㎡ are ``m²``); 公顷 and ha are ``公顷``, hm² stays.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from layers.plans import numerals
from layers.plans.folding import Folded, fold
from layers.plans.measured import AREA, CAPACITY, LENGTH, WHOLE, Measured, find, rate
from layers.plans.subjects import Subject, listed, subjects
from layers.plans.sums import Term, sums
from layers.plans.wordlists import any_of, table

__all__ = ["AREA", "CAPACITY", "LENGTH", "Quantity", "area_cell", "capacity_cell", "length_cell",
           "restoration_ha", "works"]  # fmt: skip

_HA_DIGITS = 4
_SCALE: int = WHOLE * numerals.ONE
_NAMELESS: dict[str, str] = {
    kind: table("works")["names"][kind] for kind in (AREA, LENGTH, CAPACITY)
}
_FLOOR = re.compile(table("works")["sums"]["floor"])
_VERBS = any_of([*table("works")["names"]["made"], *table("works")["names"]["done"]])
_EACH = re.compile(rf"各(?:约|为)?(?:(?:{_VERBS}|[建修设])[^\d,，。;]{{0,8}})?$")
_BANKS = re.compile(r"(?:两岸|两侧|左右岸|左、右岸)[^,，。;、\d]{0,8}各")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity that a text states, printed at ``text[start:end]``, which is ``raw``.

    Attributes:
        kind: ``area``, ``length`` or ``capacity``.
        value: the number, in units of ``unit``; of a range its lower end.
        high: the upper end of a range.
        unit: with its multiplier and time: ``万亩``, ``万m³/年``.
        hectares: of an area, to four decimals; km: of a length.
        what: what it measures; never empty, without the signs that part cells.
        restoration: it is land that is restored.
        part_of: it is a part of another quantity of the same text.
        digits: the number as printed, thousands not parted; of a range both ends.

    """

    kind: str
    value: float
    high: float | None
    unit: str
    hectares: float | None
    km: float | None
    what: str
    restoration: bool
    part_of: bool
    start: int
    end: int
    raw: str
    digits: str


def works(text: str, *, title: str = "") -> tuple[Quantity, ...]:
    """Return the quantities of works that a text states, in its order.

    ``title`` is the project's name: it says what a number measures of which the text does not.

    >>> [area_cell(q) for q in works("营造林3万亩，其中人工造林1.2万亩、封山育林1.8万亩。")][1:]
    ['1.2 万亩=800:人工造林:restoration:part_of', '1.8 万亩=1200:封山育林:restoration:part_of']
    """
    folded = fold(text)
    found = find(folded.text)
    if not found:
        return ()
    name = fold(title).text
    said = subjects(folded.text, found, name)
    stated = [
        each
        for at, (one, about) in enumerate(zip(found, said, strict=True))
        for each in _each(folded.text, one, about, found[at - 1] if at else None)
    ]
    terms = [_term(one, about) for one, about in stated]
    told = sums(folded.text, terms)
    restored = _restored([about for _, about in stated], told.owners)
    parts = {part for part, total in told.owners.items() if restored[total] or not restored[part]}
    return tuple(
        _quantity(folded, one, about, restored=restored[at], part=at in parts)
        for at, (one, about) in enumerate(stated)
        if at not in told.repeats
    )


def restoration_ha(quantities: Iterable[Quantity]) -> float | None:
    """Return the hectares of restored land that the quantities state together, none if none."""
    areas = [
        q.hectares for q in quantities if q.restoration and not q.part_of and q.hectares is not None
    ]
    return round(sum(areas), _HA_DIGITS) if areas else None


def area_cell(quantity: Quantity) -> str:
    """Return an area as the column ``areas`` holds it."""
    marks = ":restoration" * quantity.restoration + ":part_of" * quantity.part_of
    hectares = f"{quantity.hectares:.{_HA_DIGITS}f}".rstrip("0").rstrip(".")
    return f"{quantity.digits} {quantity.unit}={hectares}:{quantity.what}{marks}"


def length_cell(quantity: Quantity) -> str:
    """Return a length as the column ``lengths_km`` holds it; a range has both ends."""
    low = Fraction(str(quantity.km))
    ends = [numerals.plain(low)]
    if quantity.high is not None:
        high = low * Fraction(str(quantity.high)) / Fraction(str(quantity.value))
        ends.append(numerals.plain(high))
    return f"{'-'.join(ends)}:{quantity.what}"


def capacity_cell(quantity: Quantity) -> str:
    """Return a capacity as the column ``capacities`` holds it."""
    return f"{quantity.digits} {quantity.unit}:{quantity.what}"


def _each(
    text: str, one: Measured, about: Subject, before: Measured | None
) -> list[tuple[Measured, Subject]]:
    """Return a number once, for each of the things listed before 各, or times their count."""
    each = _EACH.search(about.clause)
    if not each:
        return [(one, about)]
    count = _count(text, one, about, before)
    if count > 1:
        name = f"{about.name}（各{one.figures}{one.multiplier}{one.unit.name}）"
        number = one.number * count
        one = replace(one, figures=numerals.unscaled(number), number=number)
        return [(one, replace(about, name=name))]
    names = listed(about.clause[: each.start()])
    return [(one, replace(about, name=name)) for name in names] or [(one, about)]


def _count(text: str, one: Measured, about: Subject, before: Measured | None) -> int:
    if one.high is not None:
        return 1
    if one.unit.kind == LENGTH and _BANKS.search(about.clause):
        return 2
    if before and before.unit.group == "count" and text[before.end : one.start] == about.clause:
        return before.number // numerals.ONE
    return 1


def _term(one: Measured, about: Subject) -> Term:
    unit = one.unit
    counted = unit.group == "count"
    return Term(
        unit.name if counted else unit.group, one.start, one.end, one.size, one.slack, unit.name,
        numerals.telling(one.figures), about.total, bool(_FLOOR.search(about.clause)), counted,
        about.land.restored,
    )  # fmt: skip


def _per(one: Measured, about: Subject) -> str:
    if one.per or one.unit.group not in {"volume", "mass"}:
        return one.per
    return rate(about.clause)


def _restored(about: list[Subject], owners: dict[int, int]) -> list[bool]:
    """Return which are restored land: parts as their total, a total as all of its parts."""
    restored = [one.land.restored for one in about]
    parts: dict[int, list[int]] = {}
    for part, total in owners.items():
        parts.setdefault(total, []).append(part)
    for total, of_it in sorted(parts.items(), reverse=True):
        if not about[total].land.other and all(restored[part] for part in of_it):
            restored[total] = True
    for total, of_it in sorted(parts.items()):
        for part in of_it:
            restored[part] |= restored[total] and not about[part].land.other
    return restored


def _quantity(
    folded: Folded, one: Measured, about: Subject, *, restored: bool, part: bool
) -> Quantity:
    kind = one.unit.kind
    start, end = folded.span(one.start, one.end)
    per = _per(one, about)
    return Quantity(
        kind=kind,
        value=float(one.figures),
        high=None if one.high is None else float(one.high),
        unit=f"{one.multiplier}{one.unit.name}{'/' + per if per else ''}",
        hectares=_hectares(one.size) if kind == AREA else None,
        km=one.size / _SCALE if kind == LENGTH else None,
        what=about.name or _NAMELESS[kind],
        restoration=restored,
        part_of=part,
        start=start,
        end=end,
        raw=folded.source[start:end],
        digits=one.figures if one.high is None else f"{one.figures}-{one.high}",
    )


def _hectares(size: int) -> float:
    """Return parts as hectares to four decimals, a tie to the even digit."""
    whole, rest = divmod(size * 10**_HA_DIGITS, _SCALE)
    up = rest * 2 > _SCALE or (rest * 2 == _SCALE and whole % 2)
    return float(f"{whole + up}e-{_HA_DIGITS}")
