"""Two reviews side by side: which findings are new, gone or changed, and by how much.

Sites are matched by id, zones by layer and id. A zone that a site does not meet is no finding:
that another one has become the nearest changes nothing for the site.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from zoning.model import OUTSIDE
from zoning.review.model import KindFinding, Review, SiteReview, Verdict, ZoneFinding

NEW, GONE, CHANGED = "new", "gone", "changed"

SAME_M2, SAME_M = 0.01, 0.001
"""Areas and lengths that differ by less are the same: what rounding leaves."""


@dataclass(frozen=True, slots=True)
class Change:
    """What differs for a site: of a zone (``layer``, ``zone_id``), a kind, or the site itself.

    ``before`` and ``after`` are codes (relation; state and certainty; effects and articles of
    rules), empty where there is none. ``area_m2`` and ``length_m`` are after minus before.
    """

    site: str
    what: str
    kind: str = ""
    layer: str = ""
    zone_id: str = ""
    zone: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    area_m2: float = 0.0
    length_m: float = 0.0


def compare(one: Review, other: Review) -> tuple[Change, ...]:
    """Return what differs from one review to another, by site, then kind."""
    before, after = ({found.site.id: found for found in review.sites} for review in (one, other))
    changes: list[Change] = []
    for site in sorted(before.keys() | after.keys()):
        if site not in after:
            changes.append(Change(site, GONE))
        elif site not in before:
            changes.append(Change(site, NEW))
        else:
            changes += _of_site(before[site], after[site])
    return tuple(changes)


def _of_site(one: SiteReview, other: SiteReview) -> Iterator[Change]:
    site = one.site.id
    moved = not one.site.geometry.equals_exact(other.site.geometry, 0.0)
    if moved or one.site.activity.id != other.site.activity.id:
        area = other.site.area_m2 - one.site.area_m2
        length = other.site.length_m - one.site.length_m
        activities = (one.site.activity.id,), (other.site.activity.id,)
        yield Change(site, CHANGED, "", "", "", "", *activities, area, length)
    zones = [_met(found) for found in (one, other)]
    for key in sorted(zones[0].keys() | zones[1].keys()):
        yield from _of_zone(site, zones[0].get(key), zones[1].get(key))
    kinds = [{kind.kind: kind for kind in found.kinds} for found in (one, other)]
    effects = [_effects(found) for found in (one, other)]
    for kind in sorted(kinds[0].keys() | kinds[1].keys()):
        said = [
            (*_state(of_kind.get(kind)), *sorted(effect.get(kind, ())))
            for of_kind, effect in zip(kinds, effects, strict=True)
        ]
        area, length = (
            _less(*(getattr(of_kind.get(kind), name, None) for of_kind in kinds))
            for name in ("overlap_m2", "length_m")
        )
        if said[0] != said[1] or abs(area) >= SAME_M2 or abs(length) >= SAME_M:
            yield Change(site, CHANGED, kind, "", "", "", *map(tuple, said), area, length)


def _met(found: SiteReview) -> Mapping[tuple[str, str, str], ZoneFinding]:
    return {
        (zone.kind, zone.layer, zone.zone_id): zone
        for zone in found.zones
        if zone.relation != OUTSIDE
    }


def _of_zone(site: str, one: ZoneFinding | None, other: ZoneFinding | None) -> Iterator[Change]:
    known = one or other
    if known is None:
        return
    what = CHANGED if one and other else NEW if other else GONE
    said = [() if zone is None else (zone.relation, zone.level) for zone in (one, other)]
    area = _less(*(None if zone is None else zone.overlap_m2 for zone in (one, other)))
    length = _less(*(None if zone is None else zone.length_m for zone in (one, other)))
    if what == CHANGED and said[0] == said[1] and abs(area) < SAME_M2 and abs(length) < SAME_M:
        return
    place = known.kind, known.layer, known.zone_id, known.zone
    yield Change(site, what, *place, *map(tuple, said), area, length)


def _state(found: KindFinding | None) -> tuple[str, ...]:
    return () if found is None else (found.state, found.certainty)


def _effects(found: SiteReview) -> Mapping[str, set[str]]:
    """Return what the rules say of each kind, as ``rule effect article``."""
    said: dict[str, set[str]] = {}
    for verdict in found.verdicts:
        said.setdefault(verdict.kind, set()).add(_cited(verdict))
    return said


def _cited(verdict: Verdict) -> str:
    return f"{verdict.rule or '—'} {verdict.effect} {verdict.document}{verdict.article}".rstrip()


def _less(before: float | None, after: float | None) -> float:
    return (after or 0.0) - (before or 0.0)
