"""What a site shares with the zones of a kind of layer, and how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely import Geometry, STRtree

from layers.measure import length_m
from layers.rounding import shown_m2
from layers.words import say
from zoning.certainty import Certainty
from zoning.model import (
    CERTAIN,
    INSIDE,
    OUTSIDE,
    OVERLAPS,
    SLIVER_M2,
    STATE_ORDER,
    TOUCHES,
    UNCHECKED,
    Finding,
)
from zoning.overlay import POLYGON, Meeting, ZoneSet
from zoning.overlay.meeting import ALMOST, AROUND_M
from zoning.review.asking import Asked, Standing
from zoning.review.model import KindFinding, ZoneFinding
from zoning.review.near import Near
from zoning.review.zones import Met


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A zone as a site meets it or lies near it: the layer, the number of the zone, the finding.

    ``decisive``: rules speak of it. A sliver is not, unless there is nothing but slivers and
    together they are none.
    """

    asked: Asked
    zone: int
    finding: ZoneFinding
    decisive: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A site against all layers of a kind: what they say together, and zone by zone."""

    kind: KindFinding
    zones: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """A zone that a site meets, with what was worked out of it."""

    asked: Asked
    met: Met
    net_m2: float | None
    certainty: Certainty
    sliver: bool


def find(one: Standing, kind: str, layers: Sequence[Asked], absent: Sequence[str] = ()) -> Found:
    """Return how a site meets the layers of a kind, and each zone that it meets.

    Args:
        one: the site.
        kind: the kind of layer.
        layers: the layers of that kind that could be asked.
        absent: why others could not, or that there is none.

    """
    if not layers:
        return Found(KindFinding(kind, UNCHECKED, UNCHECKED, reasons=tuple(absent)))
    entries = _entries(one, layers)
    union, length = _union(one, entries)
    within = [entry for entry in entries if entry.met.relation != TOUCHES]
    sliver = _is_sliver(union, within)
    states = [_of_layer(one, asked, entries, sliver=sliver) for asked in layers]
    worst = min(states, key=lambda state: STATE_ORDER.index(state.state))
    state, certainty, reasons = worst.state, worst.certainty, worst.reasons
    for other in states:
        if other.state == UNCHECKED:
            reasons += other.reasons
    if absent:
        reasons += tuple(absent)
        if STATE_ORDER.index(UNCHECKED) < STATE_ORDER.index(state):
            state = certainty = UNCHECKED
    if sliver:
        reasons += (say("reason.sliver", m2=shown_m2(union), tolerance=SLIVER_M2),)
    if state == UNCHECKED and not within:
        union = length = None  # nothing was found where nobody knows what there is
    together = KindFinding(
        kind,
        state,
        certainty,
        overlap_m2=union,
        share=_share(one, union, length),
        length_m=length,
        reasons=tuple(dict.fromkeys(reasons)),
        layers=tuple(asked.layer.id for asked in layers),
    )
    decisive = [] if sliver else [entry for entry in within if not entry.sliver] or within
    binding = _binding(decisive)
    zones = [
        Seen(
            entry.asked,
            entry.met.zone,
            _met_zone(one, entry, binding=entry is binding),
            decisive=entry in decisive,
        )
        for entry in entries
    ]
    zones += [
        near_zone(asked, asked.near[one.at], finding.certainty)
        for asked, finding in zip(layers, states, strict=True)
        if one.at in asked.near
    ]
    return Found(together, tuple(zones))


def _entries(one: Standing, layers: Sequence[Asked]) -> list[_Entry]:
    """Return the zones that a site meets, the strongest protection first."""
    pairs = [(asked, met) for asked in layers for met in asked.met[one.at]]
    pairs.sort(key=lambda pair: _strength(*pair))
    return [
        _Entry(asked, met, net, _certainty(one, asked, met), _small(met))
        for (asked, met), net in zip(pairs, _nets(one, pairs), strict=True)
    ]


def _strength(asked: Asked, met: Met) -> tuple[int, str, str]:
    """Return the place of a zone by strength of protection, then by layer and id."""
    return asked.ranks[met.zone], asked.layer.id, asked.zones.ids[met.zone]


def _small(met: Met) -> bool:
    """Whether an overlap is a sliver: what lies wholly in a zone is none, however small."""
    return met.relation == OVERLAPS and met.overlap_m2 is not None and met.overlap_m2 < SLIVER_M2


def _is_sliver(union: float | None, within: Sequence[_Entry]) -> bool:
    """Whether all that a site shares with the zones of a kind is a sliver."""
    return (
        union is not None
        and 0 < union < SLIVER_M2
        and all(entry.met.relation == OVERLAPS and entry.met.sized for entry in within)
    )


def _nets(one: Standing, pairs: Sequence[tuple[Asked, Met]]) -> list[float | None]:
    """Return for each overlap, the strongest zone first, what no earlier one holds already."""
    if one.dimension != POLYGON:
        return [None] * len(pairs)
    nets: list[float | None] = [met.overlap_m2 for _, met in pairs]
    real = [at for at, (_, met) in enumerate(pairs) if met.overlap_m2]
    full = next((place for place, at in enumerate(real) if pairs[at][1].relation == INSIDE), None)
    if full is not None:  # it leaves nothing for those that come after it
        for at in real[full + 1 :]:
            nets[at] = 0.0
        real = real[: full + 1]
    if len(real) > 1:
        parts = [_part(one, *pairs[at]) for at in real]
        later, earlier = STRtree(parts).query(parts, "intersects")
        for place, at in enumerate(real):
            before = earlier[(later == place) & (earlier < place)]
            if len(before):
                rest = parts[place] - shapely.union_all([parts[number] for number in before])
                nets[at] = min(float(pairs[at][1].overlap_m2 or 0.0), float(shapely.area(rest)))
    return nets


def _part(one: Standing, asked: Asked, met: Met) -> Geometry:
    """Return what of a site lies in a zone."""
    if met.relation == INSIDE:
        return one.shape
    zone = asked.zones.local(one.shape, met.zone)
    return shapely.intersection(one.around(zone), zone)


def _union(one: Standing, entries: Sequence[_Entry]) -> tuple[float | None, float | None]:
    """Return area and length of a site within any zone; ``None`` in what it does not have."""
    within = [entry for entry in entries if entry.met.relation != TOUCHES]
    sized = [entry for entry in within if entry.met.sized]
    if one.dimension == 0 or (within and not sized):
        return None, None  # met perhaps, and there is nothing to measure
    whole = any(entry.met.relation == INSIDE for entry in sized)
    if one.dimension == POLYGON:
        total = math.fsum(entry.net_m2 or 0.0 for entry in sized)
        return (one.area if whole or one.area - total <= ALMOST * one.area else total), None
    if whole:
        return None, one.site.length_m
    if len(sized) < 2:  # noqa: PLR2004 - one length is the union's
        return None, math.fsum(entry.met.length_m or 0.0 for entry in sized)
    # The zones are united, not the parts of the line: their ends lie a last digit beside it.
    zones = [entry.asked.zones.local(one.shape, entry.met.zone) for entry in sized]
    inside = shapely.intersection(one.shape, shapely.union_all(zones))
    metres = length_m(sized[0].asked.zones.plane.unproject([inside])[0])
    return None, min(metres, one.site.length_m)


def _share(one: Standing, area: float | None, length: float | None) -> float | None:
    """Return the share of the site's area or length, at most 1."""
    if area is not None:
        return min(1.0, area / one.area) if one.area else None
    if length is not None:
        return min(1.0, length / one.site.length_m) if one.site.length_m else None
    return None


def _certainty(one: Standing, asked: Asked, met: Met) -> Certainty:
    """Return how sure it is that a site meets one zone, taken by itself."""
    meeting = Meeting(met.relation, (0,), None, None, None, 0.0, "")
    margin = 2 * one.accuracy_m(asked.layer) + AROUND_M
    if met.deep or met.relation == TOUCHES or margin == AROUND_M:  # positions decide nothing
        return one.certainty(asked, meeting, one.shape, asked.zones.set, deep=met.deep)
    zone = asked.zones.local(one.shape, met.zone, margin)
    near = one.around(zone, margin)
    part = shapely.intersection(near, zone)
    if part.is_empty:  # it comes within a millimetre
        part = near
    # a river has no inside to lie deep in: it lies deep in the site, or does not
    holder = near if not met.sized and one.dimension == POLYGON else zone
    return one.certainty(asked, meeting, part, ZoneSet.in_plane([holder]))


def _of_layer(one: Standing, asked: Asked, entries: Sequence[_Entry], *, sliver: bool) -> Finding:
    """Return how a site meets all zones of one layer together."""
    own = [entry for entry in entries if entry.asked is asked]
    within = [entry for entry in own if entry.met.relation != TOUCHES]
    relation = OVERLAPS if within else TOUCHES if own else OUTSIDE
    if within:
        certainty = _together(one, asked, within)
    else:
        distance = 0.0 if own else asked.near[one.at].distance_m
        meeting = Meeting(relation, (), None, None, None, distance, "")
        certainty = one.certainty(asked, meeting, one.shape, asked.zones.set)
    return Finding(
        subject=one.site.id,
        kind=asked.layer.kind,
        relation=relation,
        certainty=certainty.degree,
        sliver=sliver,
        reasons=certainty.reasons,
        layers=(asked.layer.id,),
    )


def _together(one: Standing, asked: Asked, within: Sequence[_Entry]) -> Certainty:
    """Return how sure it is that a site meets any of some zones of a layer."""
    for entry in within:
        if entry.certainty.degree == CERTAIN:
            return entry.certainty
    sized = [entry.met.zone for entry in within if entry.met.sized]
    if len(sized) < 2:  # noqa: PLR2004 - one zone was judged already
        return within[0].certainty
    meeting = Meeting(OVERLAPS, tuple(range(len(sized))), None, None, None, 0.0, "")
    margin = 2 * one.accuracy_m(asked.layer) + AROUND_M
    zones = ZoneSet.in_plane([asked.zones.local(one.shape, zone, margin) for zone in sized])
    return one.certainty(asked, meeting, one.shape, zones)


def _binding(decisive: Sequence[_Entry]) -> _Entry | None:
    """Return the strongest zone that is met; of equally strong ones the one with the most."""
    if not decisive:
        return None
    strongest = min(entry.asked.ranks[entry.met.zone] for entry in decisive)
    equals = [entry for entry in decisive if entry.asked.ranks[entry.met.zone] == strongest]
    # rounded, or the last digit would say which of two halves binds
    return max(equals, key=lambda entry: round(entry.met.overlap_m2 or entry.met.length_m or 0, 2))


def _met_zone(one: Standing, entry: _Entry, *, binding: bool) -> ZoneFinding:
    met = entry.met
    whole = met.relation == INSIDE and met.sized and one.dimension == 1
    length = one.site.length_m if whole else met.length_m
    return _finding(
        entry.asked,
        met.zone,
        relation=met.relation,
        overlap_m2=met.overlap_m2,
        net_m2=entry.net_m2,
        share=_share(one, met.overlap_m2, length),
        length_m=length,
        sliver=entry.sliver,
        binding=binding,
        certainty=entry.certainty.degree,
    )


def near_zone(asked: Asked, near: Near, certainty: str) -> Seen:
    """Return the finding of a zone that a site does not meet."""
    finding = _finding(
        asked,
        near.zone,
        relation=OUTSIDE,
        distance_m=near.distance_m,
        direction=near.direction,
        certainty=certainty,
    )
    return Seen(asked, near.zone, finding)


def _finding(asked: Asked, zone: int, **found: Any) -> ZoneFinding:
    zones = asked.zones
    return ZoneFinding(
        kind=asked.layer.kind,
        layer=asked.layer.id,
        zone_id=zones.ids[zone],
        zone=zones.names[zone],
        zone_class=zones.classes[zone],
        level=zones.levels[zone],
        **found,
    )
