"""The places that a row of a project table names.

What is listed, as the facts of the built-in areas were transcribed by hand:

- townships: those that the name, the location or the content says the works are in, by their full
  official names; a short form (甲丁 for 甲丁镇) where only one township is called so. A township
  that is named as an authority or an owner is not where the works are.
- villages: as printed, with 村 where it is printed; of 上、下丁村 and of 丙、丁村 each in full. The
  ends of a reach that have no noun (乙-丙段) are villages on a river and places on a road.
- rivers: as printed, wherever the row names them, also in the project's name and as the basin that
  the works are in; not where something else is only called so (a park, a reservoir, an irrigation
  district, a works), though a wetland or a section called after a river lies on it.
- places: every other name that helps to find the works, as printed: parks, reserves, reservoirs,
  roads, works, industrial parks, springs, the built-up area. With the county's or township's name
  where it is nothing without it (甲县第二污水处理厂) or, for parks, where it is printed before it.
- counties: in a prefecture's plan the counties that the row names, by their full names. In a
  county's plan that county, only where the row places the works all over it: the location is the
  county (全县); or there is no location, and the text says 全县 or 我县, or the name is of works
  that are so by their kind. 全市 in a prefecture's plan names no county.

A company's or an authority's name in the text holds no places. Misprints are proposed, never
mended; what is not stated is not listed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

from layers.gazetteer import Gazetteer, Place
from layers.plans import proposals
from layers.plans.document import Document
from layers.plans.place_lists import listed
from layers.plans.place_scan import pieces
from layers.plans.place_tokens import UNITS, Known, Token
from layers.plans.place_words import HAN, Plain, plain, words
from layers.plans.placenames import Names, names_of
from layers.plans.proposals import Proposal
from layers.plans.wordlists import any_of, table

if TYPE_CHECKING:
    from layers.plans.structure import Part

Field = Literal["name", "location", "content"]

_COLUMN = {
    "township": "townships",
    "village": "villages",
    "river": "rivers",
    "place": "places",
    "county": "counties",
}
_UNITS = ("area", "county", "township")
_KIND = {"county": "county", "area": "prefecture"}
_RIVER_ENDS, _TOWNSHIP_ENDS = ("河", "江", "溪"), ("镇", "乡", "街道")
_NO_PLACES = frozenset({"function_zone", "red_line"})
"""Kinds of features in a gazetteer that are too wide to say where works are."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that a row names: its full or printed form, and where the row has it.

    ``start`` and ``end`` count in the text of the field as it was given.
    """

    text: str
    field: Field
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """The places of a row by column, each once, in the row's order; and what may be misprinted."""

    townships: tuple[Mention, ...] = ()
    villages: tuple[Mention, ...] = ()
    rivers: tuple[Mention, ...] = ()
    places: tuple[Mention, ...] = ()
    counties: tuple[Mention, ...] = ()
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """Finds the places that the rows of a document name.

    Attributes:
        names: what the document itself names.
        townships: all that there are, by full names; empty where nobody lists them.
        known: what a word is known as.
        rivers: those named often, as ``proposals.often`` gives them.

    """

    names: Names
    townships: tuple[str, ...]
    known: Callable[[str], Known | None]
    rivers: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(
        cls, document: Document, parts: Sequence["Part"], gazetteer: Gazetteer | None = None
    ) -> "Places":
        """Return the places of a document, with the gazetteer of its area where there is one."""
        names = names_of(document, parts)
        if gazetteer is None:
            townships = names.townships if names.complete else ()
            return cls(names, townships, names.known.get, proposals.often(names.rivers))
        held = {
            kind: [p.name for p in gazetteer.places.values() if p.kind == kind] for kind in _UNITS
        }
        names = replace(
            names,
            area="".join((held["area"] or held["county"])[:1]),
            counties=tuple(held["county"]),
            several=bool(held["area"]),
        )
        townships = tuple(dict.fromkeys(held["township"]))
        known = _known_to(gazetteer, names)
        return cls(names, townships, known, proposals.often(names.rivers))

    def find(self, name: str, location: str | None, content: str | None) -> Found:
        """Return the places that a row names."""
        given: dict[Field, str | None] = {"name": name, "location": location, "content": content}
        fields = {field: plain(text or "") for field, text in given.items()}
        columns: dict[str, dict[str, Mention]] = {column: {} for column in _COLUMN.values()}
        proposed: dict[str, Proposal] = {}
        for field, text in fields.items():
            for token in self._tokens(text.text, field):
                written = text.text[token.start : token.end]
                proposal = self._proposal(token, written)
                if proposal:
                    proposed.setdefault(written, proposal)
                if self._holds(token):
                    mention = _mention(token, field, text)
                    columns[_COLUMN[token.family]].setdefault(mention.text, mention)
        counties = columns.pop("counties")
        if not self.names.several:
            counties = self._county_wide(fields, named=any(columns.values()))
        return Found(
            **{column: tuple(held.values()) for column, held in columns.items()},
            counties=tuple(counties.values()),
            proposals=tuple(proposed.values()),
        )

    def _tokens(self, text: str, field: Field) -> tuple[Token, ...]:
        place = field == "location"
        tokens = listed(text, pieces(text, self.known, place=place), place=place)
        if field == "content":
            named = table("places")["places"]["alone_named"]
            return tuple(token for token in tokens if token.name not in named)
        if place and all(token.family in UNITS for token in tokens):
            return tokens + _sites(text)
        return tokens

    def _holds(self, token: Token) -> bool:
        """Whether a name goes into a column."""
        if token.family == "township":
            return not self.townships or token.name in self.townships
        return token.family in _COLUMN and (
            token.family != "county" or token.name in self.names.counties
        )

    def _proposal(self, token: Token, written: str) -> Proposal | None:
        """Return what a name that no list has may be meant for."""
        if token.family == "river":
            return proposals.river(written, self.names.rivers, self.rivers)
        if not self.townships or token.name in self.townships:
            return None
        if token.family == "township":
            return proposals.township(written, self.townships, self.names.area)
        if token.family == "unlisted":
            proposal = proposals.township(written, self.townships, self.names.area)
            return proposal if proposal.meant else None
        return None

    def _county_wide(self, fields: Mapping[Field, Plain], *, named: bool) -> dict[str, Mention]:
        """Return the county of a county's plan where the row places the works all over it."""
        if not self.names.counties:
            return {}
        county = self.names.counties[0]
        for field, pattern in _county_words(county, located=bool(fields["location"].text)):
            said = pattern.search(fields[field].text)
            if said and not (pattern.groups and named):
                where = fields[field].span(said.start(), said.end())
                return {county: Mention(county, field, *where)}
        return {}


@cache
def _county_words(county: str, *, located: bool) -> tuple[tuple[Field, re.Pattern[str]], ...]:
    """Return where a row may say that its works are all over a county, and how.

    A pattern with a group holds only for a row that names no other place.
    """
    lists = table("places")["counties"]
    whole = "|".join(word.format(county[-1]) for word in lists["whole"])
    if located:
        everywhere = any_of(lists["everywhere"])
        return (("location", re.compile(f"{whole}|{everywhere}|^{re.escape(county)}$")),)
    titles = lists["titles"].replace("{}", county[-1])
    wide = f"{re.escape(county)}(?=.*({any_of(lists['wide'])}))"
    return (
        ("name", re.compile(f"{whole}|{titles}")),
        ("name", re.compile(wide)),
        ("content", re.compile(whole)),
    )


def _sites(text: str) -> tuple[Token, ...]:
    """Return the company that a location consists of: there its site is meant."""
    firms = any_of(table("places")["organisations"]["firms"])
    match = re.match(f"[{HAN}()]{{2,40}}{firms}", text)
    return (Token("place", match.group(), 0, match.end()),) if match else ()


def _mention(token: Token, field: Field, text: Plain) -> Mention:
    """Return a mention of a name: a place as it is printed, another by what it stands for."""
    name = token.name
    if token.family == "place" and name == text.text[token.start : token.end]:
        name = text.printed(token.start, token.end)
    return Mention(name, field, *text.span(token.start, token.end))


def _known_to(gazetteer: Gazetteer, names: Names) -> Callable[[str], Known | None]:
    """Return a function that tells what a gazetteer knows a word as, else the document."""

    @cache
    def known(word: str) -> Known | None:
        place = gazetteer.resolve(word).place
        if place is not None and (read := _read(place, word)):
            return read
        own = names.known.get(word)
        return None if own and own.family in {"township", "stem"} else own

    return known


def _read(place: Place, word: str) -> Known | None:
    """Return what a word is known as that a gazetteer has; none for what holds no works."""
    if place.kind in _KIND:
        return Known(_KIND[place.kind], place.name)
    if place.kind == "village":
        return Known("village", word)
    if place.kind == "township":
        if word.endswith(_RIVER_ENDS):
            return Known("river", word, place.name)
        return Known("township" if word.endswith(_TOWNSHIP_ENDS) else "stem", place.name)
    if place.layer_kind == "river":
        return Known("river", word) if word.endswith(_RIVER_ENDS) or word == place.name else None
    bare = place.layer_kind in _NO_PLACES or words().head.fullmatch(word)
    return None if bare else Known("place", word)
