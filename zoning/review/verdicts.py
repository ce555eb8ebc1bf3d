"""What the rules in force on the day say of a site, zone by zone; the binding verdict first.

Nobody is told that something is allowed because nobody knows what it is: an activity that is not
known, or told from words that leave a doubt, and a zone that no rule speaks of need a human.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from layers.words import say
from zoning.activities import TITLES
from zoning.model import CERTAIN, CLEAR, NOT_EXCLUDED, OUTSIDE, TOUCHES, UNCHECKED
from zoning.overlay import Meeting
from zoning.review.asking import Asked, Standing
from zoning.review.findings import Found, Seen, near_zone
from zoning.review.model import EFFECT_ORDER, NEEDS_HUMAN, KindFinding, Verdict, ZoneFinding
from zoning.rules import Book, Rule

SURE = frozenset({"stated", "high"})
"""How sure an activity is for which a rule decides; otherwise a human does, and is shown the
rule."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A site against a kind: the finding, the zones, the verdicts, the binding one first."""

    kind: KindFinding
    zones: tuple[ZoneFinding, ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """A zone that a rule speaks of, or that none does, and how sure it is that it should."""

    seen: Seen
    rule: Rule | None
    certainty: str


class Judge:
    """The rules of a day, asked of many sites."""

    def __init__(self, book: Book) -> None:
        """Take the rules."""
        self._speaking = cache(book.speaking_of)
        self._any_reach = cache(self._reach_of_any)
        self._distant: dict[str, list[Rule]] = {}
        for rule in book.rules:
            if rule.within_m is not None:
                self._distant.setdefault(rule.kind, []).append(rule)

    def judged(self, one: Standing, found: Found, layers: Sequence[Asked]) -> Judged:
        """Return a site's verdicts of one kind.

        Zones that are near enough for a rule join the findings. Where the rules ask for what is
        near, and a layer is not complete that far around, nothing is clear.
        """
        cases = [case for seen in found.zones for case in self._of_met(one, seen)]
        for asked in layers:
            cases += self._of_near(one, asked)
        cases.sort(key=lambda case: _weight(one, case))
        verdicts = [_verdict(one, case) for case in cases]
        if verdicts:
            verdicts[0] = replace(verdicts[0], binding=True)
        known = {(seen.asked.layer.id, seen.zone) for seen in found.zones}
        zones = [seen.finding for seen in found.zones]
        for case in sorted(cases, key=lambda case: case.seen.finding.distance_m):
            key = case.seen.asked.layer.id, case.seen.zone
            if key not in known:
                known.add(key)
                zones.append(replace(case.seen.finding, certainty=case.certainty))
        kind = self._complete(one, found.kind, layers, {verdict.rule for verdict in verdicts})
        return Judged(kind, tuple(zones), tuple(verdicts))

    def without_zones(self, one: Standing, kind: str) -> Judged:
        """Return the verdicts of rules whose zones no layer draws: slopes, which must be measured.

        Where none speaks of the activity, the kind does not concern the site.
        """
        activity = one.site.activity
        rules = self._speaking(kind, "", "", activity.id)
        unknown = KindFinding(kind, UNCHECKED, UNCHECKED, reasons=(say("review.unmeasured"),))
        if _is_sure(one) and not rules:
            title = TITLES[activity.id]
            reasons = (say("review.unconcerned", activity=title),)
            return Judged(KindFinding(kind, CLEAR, CERTAIN, reasons=reasons), (), ())
        blank = Verdict(kind, "", "", NEEDS_HUMAN, UNCHECKED)
        ordered = sorted(rules, key=lambda rule: EFFECT_ORDER.index(_effect(one, rule)))
        verdicts = [_spoken(one, blank, rule) for rule in ordered]
        if verdicts:
            verdicts[0] = replace(verdicts[0], binding=True)
        return Judged(unknown, (), tuple(verdicts))

    def _of_met(self, one: Standing, seen: Seen) -> Iterator[_Case]:
        """Yield what rules say of a zone that is met; of one touched, those with a distance."""
        zone = seen.finding
        if zone.relation == OUTSIDE:
            return
        if not seen.decisive:
            yield from self._at_a_distance(one, seen)
            return
        rules = self._rules(one, zone)
        if not rules:
            yield _Case(seen, None, zone.certainty)
        for rule in rules:
            yield _Case(seen, rule, zone.certainty)

    def _of_near(self, one: Standing, asked: Asked) -> Iterator[_Case]:
        """Yield what rules with a distance say of zones that are near; the nearest first."""
        for near in sorted(asked.within[one.at], key=lambda near: (near.distance_m, near.zone)):
            cases = list(self._at_a_distance(one, near_zone(asked, near, "")))
            yield from cases
            if any(case.rule is None for case in cases):
                return  # one of them is enough to say that a human is needed

    def _at_a_distance(self, one: Standing, seen: Seen) -> Iterator[_Case]:
        """Yield what rules say of a zone that a site does not lie in, so far away.

        Where nobody knows for sure what is to be done, a rule for another activity may speak.
        """
        zone = seen.finding
        least = zone.distance_m - one.accuracy_m(seen.asked.layer)
        spoken = False
        for rule in self._rules(one, zone):
            if rule.within_m is not None and least <= rule.within_m:
                spoken = True
                yield _Case(seen, rule, _within(one, seen, rule.within_m))
        if not spoken and not _is_sure(one):
            reach = self._any_reach(zone.kind, zone.zone_class, zone.level, zone.zone)
            if reach and least <= reach:
                yield _Case(seen, None, _within(one, seen, reach))

    def _rules(self, one: Standing, zone: ZoneFinding) -> tuple[Rule, ...]:
        return self._speaking(
            zone.kind, zone.zone_class, zone.level, one.site.activity.id, zone=zone.zone
        )

    def _reach_of_any(self, kind: str, zone_class: str, level: str, name: str) -> float:
        """Return how far from a zone a rule speaks of any activity, 0 where none does."""
        return max(
            (
                rule.within_m or 0.0
                for activity in TITLES
                for rule in self._speaking(kind, zone_class, level, activity, zone=name)
            ),
            default=0.0,
        )

    def _complete(
        self, one: Standing, kind: KindFinding, layers: Sequence[Asked], said: set[str]
    ) -> KindFinding:
        """Return the finding, unchecked where a rule asks for what the layers do not show."""
        reasons = []
        for asked in layers:
            metres = [
                rule.within_m
                for rule in self._distant.get(kind.kind, ())
                if (one.site.activity.id in rule.activities or not _is_sure(one))
                and rule.id not in said
                and not asked.around[rule.within_m][one.at]
            ]
            if metres:
                reasons.append(say("review.around", layer=asked.layer.title, metres=max(metres)))
        if not reasons:
            return kind
        kind = replace(kind, reasons=tuple(dict.fromkeys((*kind.reasons, *reasons))))
        if kind.state in {CLEAR, TOUCHES, NOT_EXCLUDED}:
            return replace(kind, state=UNCHECKED, certainty=UNCHECKED)
        return kind


def _within(one: Standing, seen: Seen, metres: float) -> str:
    """Return how sure it is that a zone is no farther than so many metres.

    As a zone outside is surely outside if it is farther than the error: a zone within is surely
    within if it would have to move farther than the error to be beyond.
    """
    margin = metres - seen.finding.distance_m
    meeting = Meeting(OUTSIDE, (), None, None, None, margin, "")
    zones = seen.asked.zones.set
    return one.certainty(seen.asked, meeting, one.shape, zones, covered="all").degree


def _weight(one: Standing, case: _Case) -> tuple[object, ...]:
    """Return the place of a case among those of its kind: worst effect, then strongest zone."""
    zone = case.seen.finding
    rank = case.seen.asked.ranks[case.seen.zone]
    worst = EFFECT_ORDER.index(_effect(one, case.rule))
    return worst, rank, not zone.binding, zone.distance_m, zone.layer, zone.zone_id


def _is_sure(one: Standing) -> bool:
    """Whether it is known what is to be done on a site."""
    return bool(one.site.activity.id) and one.site.activity.confidence in SURE


def _effect(one: Standing, rule: Rule | None) -> str:
    return rule.effect if rule and _is_sure(one) else NEEDS_HUMAN


def _verdict(one: Standing, case: _Case) -> Verdict:
    zone, activity = case.seen.finding, one.site.activity
    blank = Verdict(zone.kind, zone.layer, zone.zone_id, NEEDS_HUMAN, case.certainty)
    if case.rule is not None:
        return _spoken(one, blank, case.rule)
    title = TITLES.get(activity.id, activity.id)
    condition = _doubt(one) or say("review.no_rule", activity=title)
    return replace(blank, condition=condition)


def _doubt(one: Standing) -> str:
    """Return why it is not known what is to be done on a site; empty where it is."""
    activity = one.site.activity
    if not activity.id:
        return say("review.unknown_activity")
    if _is_sure(one):
        return ""
    title = TITLES.get(activity.id, activity.id)
    return say("review.doubtful_activity", activity=title, words=activity.evidence or "—")


def _spoken(one: Standing, blank: Verdict, rule: Rule) -> Verdict:
    """Return what a rule says; of an activity that is in doubt it says that a human must."""
    return replace(
        blank,
        effect=_effect(one, rule),
        rule=rule.id,
        approval=rule.approval,
        condition=f"{_doubt(one)}{rule.condition}",
        paraphrase=rule.paraphrase,
        document=rule.document,
        article=rule.article,
        in_force_from=rule.in_force_from,
        in_force_to=rule.in_force_to,
        verified=rule.verified,
    )
