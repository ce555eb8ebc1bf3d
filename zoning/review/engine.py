"""A review of many sites on a day: findings, verdicts and what they rest on."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from layers.errors import LayerError, QueryError
from layers.words import say
from layers.workspace import Workspace
from zoning.activities import TITLES
from zoning.model import CLEAR, STATE_ORDER, UNCHECKED
from zoning.review.asking import Asked, Coverages, Standing, ask, standing
from zoning.review.evidence import evidence, expiry, province_of, record, without_places
from zoning.review.findings import find
from zoning.review.model import EFFECT_ORDER, NONE, Activity, Review, SiteReview
from zoning.review.sites import Sites, stated_activity
from zoning.review.subjects import Subjects
from zoning.review.verdicts import Judge
from zoning.rules import Book, Pack

ALWAYS = (
    "red_line", "protected_area", "water_source", "farmland", "wetland", "river", "mine_patch",
)  # fmt: skip
"""Kinds that every review asks: without a layer of them the answer is that nobody looked."""

NOT_ASKED = frozenset({"county", "township", "site", "coverage"})
"""Kinds that tell where things are, and protect nothing."""

IF_REGISTERED = frozenset({"scenic_area", "park", "reservoir"})
"""Kinds that are asked where a layer of them is registered, though rules speak of them always: the
first two mostly lie in the layer of protected areas, the last in those of water sources, rivers."""

MOST_REASONS = 3
"""Reasons that page one gives why a kind was checked nowhere; the sites have their own."""

UNMEASURED = "elevation"
"""A kind that rules speak of and no layer of zones draws: slopes must be measured on the spot."""


@dataclass(frozen=True, slots=True)
class _Layers:
    """The layers of one kind: those asked, and why others are missing."""

    asked: list[Asked] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def review(
    workspace: Workspace, sites: Sites, *, day: dt.date, pack: Pack, activity: str = ""
) -> Review:
    """Return the review of sites against a workspace's layers and the rules in force on a day.

    Args:
        workspace: the county with its layers.
        sites: as read for that workspace.
        day: of the decision; it picks the version of each rule.
        pack: the rules.
        activity: a class of activity for all sites, by id or title; empty to go by their words.

    Raises:
        QueryError: there is no such class of activity.
        ShanheError: the workspace or its county's outline is wrong. A layer that cannot be read
            is no error: what it would tell is unchecked.

    """
    stated = _stated(activity)
    book = pack.on(day, province_of(workspace), workspace.area.id)
    kinds = asked_kinds(workspace, book)
    under_review = [replace(site, activity=stated or site.activity) for site in sites.sites]
    failed: dict[str, str] = {}
    subjects = Subjects([site.geometry for site in under_review], workspace.plane)
    accuracy = [math.inf if site.accuracy_m is None else site.accuracy_m for site in under_review]
    layers = _layers(workspace, kinds, subjects, book, failed, accuracy_m=np.array(accuracy))
    judge = Judge(book)
    reviewed = [
        _reviewed(standing(at, site, subjects, sites.doubts.get(site.file, "")), layers, judge)
        for at, site in enumerate(under_review)
    ]
    shown = evidence(workspace, kinds, failed)
    return Review(
        title=say("review.title", area=workspace.area.name),
        area=workspace.area.name,
        decided_on=day,
        sites=tuple(sorted(reviewed, key=_weight)),
        rejects=sites.rejects,
        read=sites.read,
        kinds=kinds,
        unchecked=_unchecked(reviewed, layers),
        layers=shown,
        expiry=expiry(workspace, shown, pack, day),
        record=record(workspace, sites, book, activity=stated.id if stated else "", kinds=kinds),
        notes=sites.notes,
    )


def _stated(activity: str) -> Activity | None:
    if not activity:
        return None
    found = stated_activity(activity)
    if found is None:
        expected = "、".join(f"{key}（{title}）" for key, title in TITLES.items())
        raise QueryError(say("review.activity", value=activity, expected=expected))
    return found


def asked_kinds(workspace: Workspace, book: Book) -> tuple[str, ...]:
    """Return the kinds of layers that are asked: the usual ones, those registered or ruled."""
    registered = [layer.kind for layer in workspace.layers if layer.kind != UNMEASURED]
    ruled = sorted({rule.kind for rule in book.rules} - {UNMEASURED} - IF_REGISTERED)
    slopes = [rule.kind for rule in book.rules if rule.kind == UNMEASURED]
    kinds = dict.fromkeys((*ALWAYS, *registered, *ruled, *slopes))
    return tuple(kind for kind in kinds if kind not in NOT_ASKED)


def _layers(  # noqa: PLR0913 - what a layer is asked with
    workspace: Workspace,
    kinds: tuple[str, ...],
    subjects: Subjects,
    book: Book,
    failed: dict[str, str],
    *,
    accuracy_m: NDArray[np.float64],
) -> Mapping[str, _Layers]:
    """Return the layers of each kind as the sites meet them; those that cannot be read fail."""
    coverages = Coverages(workspace, subjects)
    found = {kind: _Layers() for kind in kinds}
    for kind in kinds:
        if kind == UNMEASURED:
            found[kind].absent.append(say("review.unmeasured"))
            continue
        registered = workspace.of_kind(kind)
        if not registered:
            found[kind].absent.append(workspace.absence(kind))
        for layer in registered:
            try:
                asked = ask(workspace, layer, subjects, coverages, book, accuracy_m=accuracy_m)
            except LayerError as error:
                failed[layer.id] = without_places(workspace, layer, str(error))
                reason = failed[layer.id].rstrip("。")
                unread = say("review.unreadable", layer=layer.title, reason=reason)
                found[kind].absent.append(unread)
            else:
                found[kind].asked.append(asked)
    return found


def _unchecked(
    reviewed: list[SiteReview], layers: Mapping[str, _Layers]
) -> tuple[tuple[str, str], ...]:
    """Return the kinds that could not be asked, though it would concern a site, and why.

    So are those whose layers cover no site at all.
    """
    states: dict[str, set[str]] = {kind: set() for kind in layers}
    reasons: dict[str, dict[str, None]] = {kind: {} for kind in layers}
    for site in reviewed:
        for kind in site.kinds:
            states[kind.kind].add(kind.state)
            reasons[kind.kind].update(dict.fromkeys(kind.reasons))
    return tuple(
        (kind, "；".join(found.absent or tuple(reasons[kind])[:MOST_REASONS]))
        for kind, found in layers.items()
        if states[kind] == {UNCHECKED} or (UNCHECKED in states[kind] and not found.asked)
    )


def _reviewed(one: Standing, layers: Mapping[str, _Layers], judge: Judge) -> SiteReview:
    judged = [
        judge.without_zones(one, kind)
        if kind == UNMEASURED
        else judge.judged(one, find(one, kind, of_kind.asked, of_kind.absent), of_kind.asked)
        for kind, of_kind in layers.items()
    ]
    verdicts = tuple(verdict for one_kind in judged for verdict in one_kind.verdicts)
    kinds = tuple(one_kind.kind for one_kind in judged)
    return SiteReview(
        site=one.site,
        kinds=kinds,
        zones=tuple(zone for one_kind in judged for zone in one_kind.zones),
        verdicts=verdicts,
        effect=min((verdict.effect for verdict in verdicts), key=EFFECT_ORDER.index, default=""),
        state=min((kind.state for kind in kinds), key=STATE_ORDER.index, default=CLEAR),
    )


def _weight(found: SiteReview) -> tuple[int, int, str]:
    """Return the place of a site in a list that has the worst first."""
    heavy = found.effect not in {"", NONE}
    effect = EFFECT_ORDER.index(found.effect) if heavy else len(EFFECT_ORDER)
    return effect, STATE_ORDER.index(found.state), found.site.id
