"""The words of the rules: Rule, Document, Term, Pack, Book.

::

    ShanheError
    └── RulesError   a pack of rules cannot be read, or does not hold
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from layers.errors import ShanheError
from zoning.activities import TITLES
from zoning.review.model import EFFECT_ORDER

UNSTATED = "未注明"
"""What a rule names to speak of zones whose level or class the layer does not tell."""

SHANXI = "14"

_REACH = re.compile(r"干流|(?!.*支流).{0,12}段")


class RulesError(ShanheError):
    """A pack of rules cannot be read, or does not hold."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule: what an article says of activities in zones of a kind.

    ``effect`` is one of ``EFFECT_ORDER``. ``needs_human`` is said of an article that speaks of
    the activity, but whose condition no layer can tell: a person must.

    Attributes:
        id: the same for all versions, and for the provincial rule that takes its place.
        kind: the kind of layer.
        zone_classes: the classes of zone that it speaks of; empty for all.
        levels: their levels; empty for all.
        activities: ids of classes of activity.
        effect: prohibited, needs_human, restricted, consult or none.
        approval: whose, where it is restricted.
        condition: what a person must see to, in Chinese.
        paraphrase: what the article says, in our words.
        document: the title in the table of documents.
        article: where in it.
        in_force_from: the first day.
        in_force_to: the last day; ``None`` while nobody has set one.
        province: two digits (GB/T 2260); empty for the whole country.
        verified: a lawyer has confirmed it.
        source: where the wording was read.
        area: the id of the area of a plan's rule, which speaks only there.
        names: names of the zones that it speaks of; empty for all.
        within_m: it speaks of sites up to so far from the zone, too (metres).
        file: the file that it stands in.

    """

    id: str
    kind: str
    zone_classes: tuple[str, ...]
    levels: tuple[str, ...]
    activities: tuple[str, ...]
    effect: str
    approval: str
    condition: str
    paraphrase: str
    document: str
    article: str
    in_force_from: dt.date
    in_force_to: dt.date | None
    province: str
    verified: bool
    source: str
    area: str = ""
    names: tuple[str, ...] = ()
    within_m: float | None = None
    file: str = ""

    @property
    def zone_class(self) -> str:
        """The classes as one text; empty for all."""
        return "、".join(self.zone_classes)

    @property
    def level(self) -> str:
        """The levels as one text; empty for all."""
        return "、".join(self.levels)

    @property
    def specificity(self) -> int:
        """How many things the rule confines itself to: the more, the more specific."""
        confined = (self.names, self.levels, self.zone_classes, self.area, self.province)
        return sum(map(bool, confined))

    def in_force(self, day: dt.date) -> bool:
        """Whether this version holds on a day; both its days are within."""
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)

    def reaches(self, distance_m: float) -> bool:
        """Whether it speaks of a site so far from the zone; 0 is in it."""
        return distance_m <= 0 or (self.within_m is not None and distance_m <= self.within_m)


@dataclass(frozen=True, slots=True)
class Document:
    """A law or another document that rules cite, with the days that it is in force.

    ``in_force_to`` is the last day before its repeal or revision, ``None`` where none is known.
    """

    title: str
    in_force_from: dt.date
    in_force_to: dt.date | None = None
    number: str = ""
    replaced_by: str = ""
    source: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A level or a class of zone by the name that rules use, and how layers write it.

    Attributes:
        kind: the kind of layer.
        role: level or class.
        name: as in rules.
        words: other ways to write it, whole.
        endings: what a longer text that means it ends with.
        apart: such zones are of the kind, but only rules that name the class speak of them.

    """

    kind: str
    role: str
    name: str
    words: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Pack:
    """Rules in all their versions, the documents that they cite, the terms that they use."""

    rules: tuple[Rule, ...]
    documents: tuple[Document, ...] = ()
    terms: tuple[Term, ...] = ()

    def on(self, day: dt.date, province: str = SHANXI, area: str = "") -> "Book":
        """Return the rules in force on a day in a province, and in the area of a workspace.

        A rule of the province takes the place of the national one of the same id. Rules of plans
        are in the book of their own area only.
        """
        held = [
            rule
            for rule in self.rules
            if rule.in_force(day) and rule.province in {"", province} and rule.area in {"", area}
        ]
        replaced = {rule.id for rule in held if rule.province}
        rules = tuple(rule for rule in held if rule.province or rule.id not in replaced)
        return Book(day, province, area, rules, _by_kind(self.terms))


@dataclass(frozen=True, slots=True)
class Book:
    """The rules of one day and place: at most one version of each."""

    day: dt.date
    province: str
    area: str
    rules: tuple[Rule, ...]
    terms: Mapping[str, tuple[Term, ...]]

    def speaking_of(  # noqa: PLR0913 - every fact that a rule may depend on
        self,
        kind: str,
        zone_class: str | None,
        level: str | None,
        activity: str,
        *,
        zone: str | None = "",
        distance_m: float = 0.0,
    ) -> tuple[Rule, ...]:
        """Return the rules that speak of an activity in a zone, the most specific first.

        None for an unknown activity: what nobody knows is never allowed. Among rules that are as
        specific, the strictest comes first.

        Args:
            kind: the kind of layer.
            zone_class: as the layer writes it.
            level: as the layer writes it.
            activity: an id of ``zoning.activities.TITLES``.
            zone: the zone's name: some rules speak of named rivers, and names often tell a class.
            distance_m: from the site to the zone, 0 where they meet. Farther sites are spoken of
                by rules with ``within_m`` alone.

        """
        if activity not in TITLES:
            return ()
        found_class, apart = self._class(kind, zone_class, zone)
        found_level = self.level(kind, zone_class, level, zone)
        spoken = [
            rule
            for rule in self.rules
            if rule.kind == kind
            and activity in rule.activities
            and rule.reaches(distance_m)
            and (found_class in rule.zone_classes or not (rule.zone_classes or apart))
            and (not rule.levels or found_level in rule.levels)
            and (not rule.names or _named(rule.names, zone))
        ]
        return tuple(sorted(spoken, key=_order))

    def reach_m(self, kind: str) -> float:
        """Return how far from the zones of a kind a rule may speak, in metres."""
        return max((rule.within_m or 0.0 for rule in self.rules if rule.kind == kind), default=0.0)

    def level(
        self, kind: str, zone_class: str | None, level: str | None, zone: str | None = ""
    ) -> str:
        """Return the level of a zone by the name that rules use; ``UNSTATED`` if nobody tells.

        Layers write levels in the level, in the class or at the end of a name.
        """
        terms = [term for term in self.terms.get(kind, ()) if term.role == "level"]
        found = (
            _whole(terms, level)
            or _ending(terms, level)
            or _whole(terms, zone_class)
            or _ending(terms, zone_class)
            or _ending(terms, zone)
        )
        return found.name if found else UNSTATED

    def zone_class(self, kind: str, zone_class: str | None, zone: str | None = "") -> str:
        """Return the class of a zone by the name that rules use; ``UNSTATED`` if nobody tells."""
        return self._class(kind, zone_class, zone)[0]

    def _class(self, kind: str, zone_class: str | None, zone: str | None) -> tuple[str, bool]:
        terms = [term for term in self.terms.get(kind, ()) if term.role == "class"]
        found = _whole(terms, zone_class) or _ending(terms, zone_class) or _ending(terms, zone)
        return (found.name, found.apart) if found else (UNSTATED, False)


def _order(rule: Rule) -> tuple[int, int, str]:
    return -rule.specificity, EFFECT_ORDER.index(rule.effect), rule.id


def _by_kind(terms: Iterable[Term]) -> Mapping[str, tuple[Term, ...]]:
    kinds: dict[str, list[Term]] = {}
    for term in terms:
        kinds.setdefault(term.kind, []).append(term)
    return {kind: tuple(of_kind) for kind, of_kind in kinds.items()}


def plain(text: str | None) -> str:
    """Return a text of a layer without blanks, its digits and letters in one form."""
    written = text if isinstance(text, str) else ""
    return "".join(unicodedata.normalize("NFKC", written).split())


def _whole(terms: Iterable[Term], text: str | None) -> Term | None:
    written = plain(text)
    return next((term for term in terms if written in {term.name, *term.words}), None)


def _ending(terms: Iterable[Term], text: str | None) -> Term | None:
    """Return the term that a text ends with; none where it tells of two."""
    written = plain(text)
    told = {term.name: term for term in terms if any(end in written for end in term.endings)}
    if len(told) != 1:
        return None
    (term,) = told.values()
    return term if written.endswith(term.endings) else None


def _named(names: Iterable[str], zone: str | None) -> bool:
    """Whether a zone has one of the names, or is a named reach of such a river."""
    written = plain(zone)
    return any(
        written == name or (written.startswith(name) and _REACH.fullmatch(written, len(name)))
        for name in names
    )
