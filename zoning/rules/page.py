"""A pack of rules as a person reads it: the words of a page, for the terminal and the browser."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from layers.contracts import LAYER_KINDS
from layers.words import say
from zoning.activities import TITLES
from zoning.rules.model import SHANXI, Pack, Rule, RulesError

LEFT_OUT_SHOWN = 12
"""Up to so many classes are told as what a rule leaves out, not as what it names."""


@dataclass(frozen=True, slots=True)
class Row:
    """A rule in words; ``effect`` is its key, for the colour."""

    id: str
    effect: str
    effect_title: str
    zone: str
    activities: str
    says: tuple[str, ...]
    basis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The rules of one kind of layer."""

    kind: str
    title: str
    rows: tuple[Row, ...]


def sections(
    pack: Pack,
    *,
    day: dt.date | None = None,
    kind: str = "",
    province: str = SHANXI,
    area: str = "",
) -> tuple[Section, ...]:
    """Return the rules of a day in a province and an area, or all of a pack without a day.

    Raises:
        RulesError: there is no such kind of layer or area, or the province is no code.

    """
    areas = sorted({rule.area for rule in pack.rules if rule.area})
    for key, value, choices in (("kind", kind, LAYER_KINDS), ("area", area, areas)):
        if value and value not in choices:
            expected = "、".join(choices)
            raise RulesError(say(f"rules.error.{key}", value=value[:80], expected=expected))
    if not re.fullmatch(r"[0-9]{2}", province):
        raise RulesError(say("rules.error.province", value=province[:80]))
    rules = pack.on(day, province, area).rules if day else pack.rules
    kinds = [one for one in LAYER_KINDS if one == kind or not kind]
    found = [(one, tuple(_row(rule) for rule in rules if rule.kind == one)) for one in kinds]
    return tuple(Section(one, say(f"label.kind.{one}"), rows) for one, rows in found if rows)


def title(day: dt.date | None) -> str:
    """Return the heading of a page."""
    return say("rules.title_on", date=day.isoformat()) if day else say("rules.title_all")


def _row(rule: Rule) -> Row:
    approval = say("rules.approval", approval=rule.approval) if rule.approval else ""
    condition = say("rules.condition", condition=rule.condition) if rule.condition else ""
    return Row(
        id=rule.id,
        effect=rule.effect,
        effect_title=say(f"rules.effect.{rule.effect}"),
        zone=_zone(rule),
        activities=_activities(rule.activities),
        says=tuple(filter(None, (rule.paraphrase, approval, condition))),
        basis=_basis(rule),
    )


def _zone(rule: Rule) -> str:
    parts = [rule.zone_class, rule.level]
    if rule.names:
        parts.append(say("rules.names", names="、".join(rule.names)))
    if rule.within_m is not None:
        parts.append(say("rules.within", metres=rule.within_m))
    return "；".join(filter(None, parts)) or say("rules.zone_any")


def _activities(named: Iterable[str]) -> str:
    """Return the titles of classes, or of those that are left out where these are few."""
    left_out = [title for one, title in TITLES.items() if one not in set(named)]
    if not left_out:
        return say("rules.all")
    if len(left_out) <= LEFT_OUT_SHOWN:
        return say("rules.all_but", activities="、".join(left_out))
    return "、".join(TITLES[one] for one in named)


def _basis(rule: Rule) -> tuple[str, ...]:
    first = rule.in_force_from.isoformat()
    days = (
        say("rules.days", first=first, last=rule.in_force_to.isoformat())
        if rule.in_force_to
        else say("rules.days_open", first=first)
    )
    place = (
        say("rules.province", province=rule.province) if rule.province else say("rules.everywhere")
    )
    area = say("rules.area", area=rule.area) if rule.area else ""
    checked = say("rules.verified") if rule.verified else say("rules.unverified")
    return (
        say("rules.basis", document=rule.document, article=rule.article),
        days,
        "；".join(filter(None, (place, area, checked))),
        say("rules.source", source=rule.source),
    )
