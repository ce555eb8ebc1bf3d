"""What is wrong with a pack of rules that can be read: what no review may rest on."""

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from layers.contracts import LAYER_KINDS
from layers.words import say
from zoning.activities import TITLES
from zoning.review.model import EFFECT_ORDER, RESTRICTED
from zoning.rules.model import UNSTATED, Document, Pack, Rule, Term, plain

ROLES = ("level", "class")

_NEEDED = ("kind", "activities", "effect", "paraphrase", "document", "article", "source")
_EVER = dt.date.max
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong: its key under ``rules.lint`` in the words table, where, and in a sentence."""

    key: str
    rule: str
    text: str


def lint(pack: Pack) -> tuple[Finding, ...]:
    """Return what is wrong with a pack, rule by rule in its order; nothing if it is sound."""
    return (
        *itertools.chain.from_iterable(_of_document(document, pack) for document in pack.documents),
        *itertools.chain.from_iterable(_of_term(term, pack) for term in pack.terms),
        *itertools.chain.from_iterable(_of_rule(rule, pack) for rule in pack.rules),
        *_of_versions(pack.rules),
        *_of_duplicates(pack.rules),
    )


def _found(key: str, entry: Rule | Document | Term, **fields: object) -> Finding:
    name = entry.id if isinstance(entry, Rule) else _title(entry)
    place = "" if isinstance(entry, Term) else entry.file
    return Finding(key, name, say(f"rules.lint.{key}", file=place, rule=name, **fields))


def _title(entry: Document | Term) -> str:
    return entry.title if isinstance(entry, Document) else f"{entry.kind} {entry.name}"


def _of_document(document: Document, pack: Pack) -> Iterator[Finding]:
    if _last(document) < document.in_force_from:
        first, last = document.in_force_from, document.in_force_to
        yield _found("dates", document, first=first, last=last)
    same = [one for one in pack.documents if one.title == document.title]
    if len(same) > 1 and same[0] is document:
        yield _found("twice", document)


def _of_term(term: Term, pack: Pack) -> Iterator[Finding]:
    for value, choices in ((term.kind, LAYER_KINDS), (term.role, ROLES)):
        if value not in choices:
            yield _found("unknown", term, value=value, expected="、".join(choices))
    same = [
        one
        for one in pack.terms
        if (one.kind, one.role, one.name) == (term.kind, term.role, term.name)
    ]
    if len(same) > 1 and same[0] is term:
        yield _found("twice", term)


def _of_rule(rule: Rule, pack: Pack) -> Iterator[Finding]:
    for key in _NEEDED:
        if not getattr(rule, key):
            yield _found("missing", rule, item=key)
    for value, choices in _named(rule, pack.terms):
        if value and value not in choices:
            yield _found("unknown", rule, value=value, expected="、".join(choices))
    if rule.effect == RESTRICTED and not rule.approval:
        yield _found("approval", rule)
    if _last(rule) < rule.in_force_from:
        yield _found("dates", rule, first=rule.in_force_from, last=rule.in_force_to)
    yield from _of_citation(rule, pack.documents)


def _named(rule: Rule, terms: Iterable[Term]) -> Iterator[tuple[str, Sequence[str]]]:
    """Return every name that a rule uses, with the names that there are."""
    yield rule.kind, LAYER_KINDS
    yield rule.effect, EFFECT_ORDER
    yield from ((activity, tuple(TITLES)) for activity in rule.activities)
    for role, used in zip(ROLES, (rule.levels, rule.zone_classes), strict=True):
        known = tuple(t.name for t in terms if (t.kind, t.role) == (rule.kind, role))
        yield from ((name, (*known, UNSTATED)) for name in used)


def _of_citation(rule: Rule, documents: Iterable[Document]) -> Iterator[Finding]:
    """Return whether a rule outlives what it cites, or holds before it did."""
    cited = _cited(rule, documents)
    if not cited:
        return
    last = max(map(_last, cited))
    newest = max(cited, key=_last)
    if _last(rule) > last:
        replaced = newest.replaced_by or "—"
        yield _found("repealed", rule, document=newest.title, last=last, replaced=replaced)
    elif len([document for document in cited if _meet(rule, document)]) > 1:
        yield _found("editions", rule, document=rule.document)
    elif _is(rule, newest) and rule.in_force_from < newest.in_force_from:
        first = newest.in_force_from
        yield _found("early", rule, document=newest.title, first=first)


def _cited(rule: Rule, documents: Iterable[Document]) -> list[Document]:
    """Return the edition that a rule cites, or all editions where it names none of them."""
    exact = [document for document in documents if _is(rule, document)]
    return exact or [
        document
        for document in documents
        if any(_cites(_bare(text), _base(document)) for text in (rule.document, rule.article))
        or (document.number and plain(document.number) in plain(rule.document))
    ]


def _is(rule: Rule, document: Document) -> bool:
    return _bare(rule.document) == _bare(document.title)


def _bare(title: str) -> str:
    """Return a title without its marks and the name of the state."""
    return plain(title).replace("《", "").replace("》", "").removeprefix("中华人民共和国")


def _base(document: Document) -> str:
    """Return the name that all editions share."""
    return re.sub(r"\(.*\)$", "", _bare(document.title))


def _cites(text: str, base: str) -> bool:
    """Whether a text is of a law of that name, not of its regulations or of another's law."""
    return bool(re.match(rf"{re.escape(base)}(?:$|[(第0-9])", text))


def _of_versions(rules: Iterable[Rule]) -> Iterator[Finding]:
    """Return where versions of one rule overlap or leave a gap."""
    ordered = sorted(rules, key=lambda rule: (rule.id, rule.province, rule.in_force_from))
    for earlier, later in itertools.pairwise(ordered):
        if (earlier.id, earlier.province) != (later.id, later.province):
            continue
        first, last = later.in_force_from, earlier.in_force_to
        if first <= _last(earlier):
            yield _found("overlap", later, first=first, last=last or "—", other=earlier.file)
        elif first > _last(earlier) + _DAY:
            yield _found("gap", later, first=first, last=last, other=earlier.file)


def _of_duplicates(rules: Sequence[Rule]) -> Iterator[Finding]:
    """Return rules that say the same of the same on the same days."""
    said: dict[object, list[Rule]] = {}
    for rule in rules:
        alike = said.setdefault(_saying(rule), [])
        other = next((one for one in alike if one.id != rule.id and _meet(one, rule)), None)
        if other is not None:
            yield _found("duplicate", rule, other=other.id)
        alike.append(rule)


def _saying(rule: Rule) -> tuple[object, ...]:
    return (
        rule.kind,
        frozenset(rule.zone_classes),
        frozenset(rule.levels),
        frozenset(rule.activities),
        frozenset(rule.names),
        rule.effect,
        _bare(rule.document),
        plain(rule.article),
        rule.province,
        rule.area,
        rule.within_m,
    )


def _last(entry: Rule | Document) -> dt.date:
    return entry.in_force_to or _EVER


def _meet(one: Rule | Document, other: Rule | Document) -> bool:
    """Whether two are in force on a day together."""
    return one.in_force_from <= _last(other) and other.in_force_from <= _last(one)
