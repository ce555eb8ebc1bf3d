"""Numbers with a unit in a folded text, as exact as they are printed, to add and to compare."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from layers.plans.audit.finding import digit
from layers.plans.numerals import PRINTED, plain, printed
from layers.plans.wordlists import any_of, table

_MEASURES = ("area", "length", "volume", "mass", "power")
_ROUNDED = re.compile(r"(?:约|近|超过?|大约|接近|达到?近)$|^[余多]")
_PIECES = "count:"
_PER = {"天": "日", "d": "日", "a": "年"}
_ROUND_SHARE = Fraction(1, 20)
"""What 约 may hide of a number."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number at ``text[start:end]``.

    ``size`` is in one unit for all of a ``key`` (hectares, km, m³, 吨, kW, 亿元, pieces);
    ``slack`` is what rounding may have changed of it. ``unit`` is as printed, with its multiplier.
    """

    start: int
    end: int
    figures: str
    unit: str
    key: str
    size: Fraction
    slack: Fraction

    @property
    def value(self) -> str:
        """The number in its own unit."""
        return plain(Fraction(self.figures))


@cache
def _units() -> dict[str, tuple[str, Fraction]]:
    shared = table("units")
    known = {
        spelled: (group, Fraction(unit["worth"]))
        for group in _MEASURES
        for unit in shared[group]
        for spelled in unit["spelled"]
    }
    pieces = (*shared["count"]["words"], *table("audit")["pieces"])
    known |= {word: (f"{_PIECES}{word}", Fraction(1)) for word in pieces}
    return known | {"元": ("money", Fraction(1, 10**8))}


@cache
def _pattern() -> re.Pattern[str]:
    times = any_of(list(table("units")["multipliers"]))
    return re.compile(
        rf"(?<![\d.第\-~/])(?P<number>{PRINTED})(?P<more>[余多]?)(?P<times>{times})?"
        rf"(?P<unit>{any_of(list(_units()))})(?![A-Za-z²³\d]|{any_of(table('audit')['no_unit'])})"
        r"(?:[/每](?P<per>[日天年da]))?(?![/每])"
    )


def numbers(text: str, start: int = 0, end: int | None = None) -> list[Number]:
    """Return the numbers with a unit of a folded text, ranges and rates left out."""
    found = []
    for match in _pattern().finditer(text, start, len(text) if end is None else end):
        group, worth = _units()[match["unit"]]
        scale = worth * table("units")["multipliers"].get(match["times"] or "", 1)
        figures = printed(match["number"])
        size = Fraction(figures) * scale
        slack = digit(figures) * scale / 2
        if match["more"] or _ROUNDED.search(text[max(0, match.start() - 3) : match.start()]):
            slack = max(slack, size * _ROUND_SHARE)
        elif group.startswith(_PIECES) and not match["times"]:
            slack = Fraction()  # pieces are counted, not rounded
        per = match["per"] and f"/{_PER.get(match['per'], match['per'])}"
        unit = (match["times"] or "") + match["unit"] + (per or "")
        found.append(Number(*match.span(), figures, unit, group + (per or ""), size, slack))
    return found


def written(terms: Sequence[Number]) -> str:
    """Return a sum as it is written on paper, in the unit of the first of its terms.

    >>> written(numbers("甲3公顷、乙30亩"))
    '3 + 2 = 5'
    """
    scale = terms[0].size / Fraction(terms[0].figures) if terms[0].size else Fraction(1)
    said = [term.size / scale for term in terms]
    return f"{' + '.join(plain(one, 4) for one in said)} = {plain(sum(said, Fraction()), 4)}"
