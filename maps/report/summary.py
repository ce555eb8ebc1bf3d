"""What page one of every report says: what was checked, what was not, and what came of it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from layers.words import say
from maps.about import record_entries
from maps.report import numbers
from maps.report.sketch import DRAWN
from maps.style import load_style
from zoning.model import UNCHECKED
from zoning.review.model import (
    CONSULT,
    NEEDS_HUMAN,
    NONE,
    PROHIBITED,
    RESTRICTED,
    LayerEvidence,
    Review,
    SiteReview,
)

EFFECTS = (PROHIBITED, NEEDS_HUMAN, RESTRICTED, CONSULT, NONE, "")
"""Effects as they are counted: worst first, at last the sites without a verdict."""

OPEN = frozenset({"", "公开"})
"""Secrecy grades that hide nothing."""


def summary_counts(sites: Iterable[SiteReview]) -> Counter[str]:
    """Return how many sites have each effect."""
    return Counter(site.effect for site in sites)


def kind_counts(review: Review) -> list[tuple[str, Counter[str]]]:
    """Return the states of all sites taken together, then those of each kind, as counts."""
    by_kind: dict[str, Counter[str]] = {kind: Counter() for kind in review.kinds}
    for kind, _ in review.unchecked:
        by_kind.setdefault(kind, Counter())[UNCHECKED] = 0
    for site in review.sites:
        for found in site.kinds:
            by_kind.setdefault(found.kind, Counter())[found.state] += 1
    return [("", Counter(site.state for site in review.sites)), *by_kind.items()]


def checked_kinds(review: Review) -> list[tuple[str, str]]:
    """Return the kinds that were checked, each with its layers and their dates, in words."""
    return [(kind, _layers_text(kind, review.layers) + left) for kind, left in asked_kinds(review)]


def asked_kinds(review: Review) -> list[tuple[str, str]]:
    """Return the kinds of which a layer was asked, and in words how many sites it did not cover."""
    missing = {kind for kind, _ in review.unchecked}
    held = {layer.kind for layer in review.layers if layer.checked}
    left = {kind: states[UNCHECKED] for kind, states in kind_counts(review)}
    return [
        (kind, say("report.left_out", count=left[kind]) if left[kind] else "")
        for kind in review.kinds
        if kind not in missing and kind in held
    ]


def _layers_text(kind: str, layers: Iterable[LayerEvidence]) -> str:
    texts = [
        say(
            "report.layer",
            title=numbers.plain(layer.title),
            basis=numbers.text(layer.basis, "basis"),
            date=numbers.text(layer.date),
        )
        for layer in layers
        if layer.kind == kind and layer.checked
    ]
    return "、".join(texts) or numbers.NOTHING


def warnings_of(review: Review) -> list[str]:
    """Return what a reader must know before the results."""
    verdicts = [verdict for site in review.sites for verdict in site.verdicts]
    rules = {verdict.rule for verdict in verdicts if verdict.rule and not verdict.verified}
    drawn = [layer.title for layer in review.layers if layer.checked and layer.basis in DRAWN]
    secret = [layer for layer in review.layers if layer.secrecy not in OPEN]
    found = [say("report.warning.reference")]
    if review.unchecked or any(site.state == UNCHECKED for site in review.sites):
        found.append(say("report.warning.unchecked"))
    if rules:
        found.append(say("report.warning.unverified", count=len(rules)))
    if drawn:
        found.append(say("report.warning.drawn", layers=numbers.plain("、".join(drawn))))
    if secret:
        grades = "、".join(sorted({numbers.plain(layer.secrecy) for layer in secret}))
        names = numbers.plain("、".join(layer.title for layer in secret))
        found.append(say("report.warning.secret", layers=names, grades=grades))
    return found


def front_facts(review: Review) -> list[tuple[str, str]]:
    """Return when, where and of what a review is."""
    counts = say("report.front.counts", read=review.read, sites=len(review.sites))
    if review.rejects:
        counts = say("report.front.rejected", counts=counts, rejects=len(review.rejects))
    return [
        (say("report.front.day"), numbers.text(review.decided_on, "date")),
        (say("report.front.area"), numbers.text(review.area)),
        (say("report.front.input"), counts),
        (say("report.front.expiry"), numbers.text(review.expiry)),
    ]


def unchecked_texts(review: Review) -> list[tuple[str, str]]:
    """Return the kinds that could not be asked, each with the reason."""
    return [(numbers.text(kind, "kind"), numbers.text(reason)) for kind, reason in review.unchecked]


def record_lines(record: Mapping[str, object]) -> list[str]:
    """Return a run's record as lines."""
    return list(_lines(record_entries(record, load_style())))


def _lines(entries: object, above: str = "") -> Iterator[str]:
    if isinstance(entries, str):
        yield say("report.item", name=numbers.plain(above), text=numbers.plain(entries) or "—")
        return
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, tuple):
            yield from _lines(entry[1], f"{above} {entry[0]}".strip())
        else:
            yield from _lines(entry, above)
