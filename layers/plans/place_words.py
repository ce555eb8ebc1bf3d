"""The vocabulary of ``places.toml`` as patterns, and a text made ready to be searched with it."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from layers.plans.wordlists import any_of, table

HAN = "\u3400-\u9fff〇"
"""Characters of names, as a range in a pattern."""

NAMED, FAMILIES = ("township", "village", "river"), (
    "alone", "facility", "zone", "formal", "water", "township", "village", "river", "road",
    "street", "site",
)  # fmt: skip
"""Families of nouns that end a name; those of ``NAMED`` have lists of their own."""

_DASHES = dict.fromkeys(map(ord, "—–－―‐‑‒~～∼"), "-")
_SHORT = 2
_KINDS = 6
"""So many words of kind stand before a noun at most."""
_NOUN = re.compile(r"([^(\[]+)(.*)")


@dataclass(frozen=True, slots=True)
class Plain:
    """A text without blanks and in one width, and where each character stood as ``given``."""

    text: str
    at: tuple[int, ...]
    given: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place of ``text[start:end]`` in the text as it was given."""
        return self.at[start], self.at[end - 1] + 1

    def printed(self, start: int, end: int) -> str:
        """Return ``text[start:end]`` as it was given, but without blanks."""
        first, last = self.span(start, end)
        return "".join(self.given[first:last].split())


def plain(text: str) -> Plain:
    """Return a text without blanks and in one width, character by character.

    >>> plain("甲镇 乙村（二期）").text
    '甲镇乙村(二期)'
    """
    kept: list[str] = []
    at: list[int] = []
    for place, char in enumerate(text.translate(_DASHES)):
        if not char.isspace():
            folded = unicodedata.normalize("NFKC", char)
            kept.append(folded if len(folded) == 1 else char)
            at.append(place)
    return Plain("".join(kept), tuple(at), text)


@dataclass(frozen=True, slots=True)
class Words:
    """Patterns of the vocabulary; they are matched at a place unless it says searched.

    Attributes:
        head: words of kind (group ``kind``), then a noun (a group by the name of its family).
        number: a count and what it counts.
        cut: what no name contains.
        unit: what ends the name of a county that is not known.
        first: what stands only in front of a name.
        between: what stands only between two names.
        join: a word that coordinates two names.
        bodies: the last words of an organisation's name; searched.
        opens: what stands in front of an organisation's name; searched.
        institution: after a township's name, an authority.
        town: after a county's name, its seat.
        several: after a name, townships of which it is one.
        runs_on: after a short form, another thing called so.
        branch: after a river, a branch of it.
        called: after a river, another thing called so.
        water: after what may be a river or a township, it is the river.
        numbered: a road with a number.
        extension: behind a zone or a street, still its name.
        street_after: behind a noun, a street called after it.
        near: after a name on a river, a village on its bank.
        listed: in front of names that a sentence lists as rivers; searched.
        not_ends: by family, endings of words that are no names.

    """

    head: re.Pattern[str]
    number: re.Pattern[str]
    cut: re.Pattern[str]
    unit: re.Pattern[str]
    first: re.Pattern[str]
    between: re.Pattern[str]
    join: re.Pattern[str]
    bodies: re.Pattern[str]
    opens: re.Pattern[str]
    institution: re.Pattern[str]
    town: re.Pattern[str]
    several: re.Pattern[str]
    runs_on: re.Pattern[str]
    branch: re.Pattern[str]
    called: re.Pattern[str]
    water: re.Pattern[str]
    numbered: re.Pattern[str]
    extension: re.Pattern[str]
    street_after: re.Pattern[str]
    near: re.Pattern[str]
    listed: re.Pattern[str]
    not_ends: dict[str, tuple[str, ...]]


@cache
def words() -> Words:
    """Return the patterns, made once."""
    lists = table("places")
    towns, rivers, bodies = lists["townships"], lists["rivers"], lists["organisations"]
    places, cuts = lists["places"], lists["cuts"]
    kinds = "|".join((any_of(places["kinds"]), *places["ordinals"]))
    heads = "|".join(f"(?P<{name}>{nouns(name)})" for name in FAMILIES)
    return Words(
        head=re.compile(f"(?P<kind>(?:{kinds}){{0,{_KINDS}}})(?:{heads})"),
        number=re.compile(cuts["number"]),
        cut=re.compile("|".join(sorted(cuts["words"], key=len, reverse=True))),
        unit=re.compile(cuts["unit"]),
        first=re.compile(f"(?!{cuts['first_not']}){any_of(cuts['first'])}"),
        between=re.compile(any_of(cuts["between"])),
        join=re.compile(
            f"(?<=[{cuts['join_after']}])(?!{cuts['first_not']}){any_of(cuts['joins'])}"
        ),
        bodies=re.compile(any_of(bodies["nouns"])),
        opens=re.compile(bodies["opens"]),
        institution=re.compile(f"{any_of(towns['institution'])}(?!{any_of(towns['seat'])})"),
        town=re.compile(towns["town"]),
        several=re.compile(towns["several"]),
        runs_on=re.compile(f"[东西南北中]?{any_of(towns['runs_on'])}"),
        branch=re.compile(rivers["branch"]),
        called=re.compile(any_of(rivers["called"])),
        water=re.compile(any_of(rivers["water"])),
        numbered=re.compile(places["numbered"]),
        extension=re.compile(places["extension"]),
        street_after=re.compile(places["street_after"]),
        near=re.compile(any_of(lists["villages"]["near"])),
        listed=re.compile(rivers["listed"]),
        not_ends={
            "place": tuple(places["not"]),
            **{name: tuple(lists[_LISTS[name]]["not"]) for name in ("county", *NAMED)},
        },
    )


_LISTS = {"county": "counties", "township": "townships", "village": "villages", "river": "rivers"}


def refused(family: str, name: str) -> bool:
    """Whether a name is a word that only ends like one of a family.

    >>> refused("township", "城镇"), refused("township", "甲城镇"), refused("township", "丙建制镇")
    (True, False, True)
    """
    exact, endings = _refusals(family)
    return name in exact or name.endswith(endings)


def doubtful(name: str) -> bool:
    """Whether a township's name may be two words: 补齐城镇, but hardly 丙城镇.

    >>> doubtful("补齐城镇"), doubtful("丙城镇"), doubtful("甲丁镇")
    (True, False, False)
    """
    return len(name) > _SHORT + 1 and name.endswith(tuple(table("places")["townships"]["doubtful"]))


@cache
def _refusals(family: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return words refused as they stand, and endings refused whatever stands before them."""
    listed = words().not_ends[family]
    longer = tuple(word.lstrip("*") for word in listed if len(word) > _SHORT)
    return frozenset(listed), longer


def nouns(family: str) -> str:
    """Return a pattern of a family's nouns, each without what must not follow it."""
    lists = table("places")
    listed = lists[_LISTS[family]]["nouns"] if family in NAMED else lists["places"][family]
    parts = [match.groups() for noun in listed if (match := _NOUN.fullmatch(noun))]
    parts.sort(key=lambda part: -len(part[0]))
    return "|".join(f"{noun}(?!{after})" if after else noun for noun, after in parts)
