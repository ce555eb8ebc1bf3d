"""A plan row's facts as lines of Chinese for a card. Nothing is measured here."""

from collections.abc import Mapping, Sequence
from typing import Any

from layers.rounding import M2_PER_HA, number_text, shown_ha, shown_mu
from maps.style import Style

OURS = frozenset({"note"})
"""Facts that we wrote, not the plan: left out where empty."""

Fact = tuple[str, tuple[str, ...]]
"""Label and lines; no line = the plan does not say."""


def investment_text(facts: Mapping[str, Any], style: Style) -> str:
    """Return the investment in 亿元, or that it is not stated."""
    value = facts.get("investment_yi")
    if value is None:
        return style.say("investment_unknown")
    return style.say("investment_unit", value=number_text(value, 6))


def years_text(facts: Mapping[str, Any], style: Style) -> str:
    """Return the years of a project, or that they are not stated."""
    start, end = facts.get("start_year"), facts.get("end_year")
    if start is None and end is None:
        return style.say("years_unknown")
    if start is None:
        return style.say("years_until", end=end)
    if end is None:
        return style.say("years_from", start=start)
    if start == end:
        return style.say("years_one", start=start)
    return style.say("years_range", start=start, end=end)


def source_text(facts: Mapping[str, Any], plans: Mapping[str, str], style: Style) -> str:
    """Return where in which plan a row stands."""
    plan, line = facts.get("plan"), facts.get("line")
    if plan is None or line is None:
        return style.say("source_unknown")
    return style.say("source_line", plan=plans.get(plan, plan), line=line)


def short_source_text(facts: Mapping[str, Any], plans: Sequence[str], style: Style) -> str:
    """Return the line of a row, with the number of its plan where there are several."""
    plan, line = facts.get("plan"), facts.get("line")
    if line is None:
        return style.say("source_unknown")
    if len(plans) > 1 and plan in plans:
        return style.say("source_short_of", plan=plans.index(plan) + 1, line=line)
    return style.say("source_short", line=line)


def card_facts(facts: Mapping[str, Any], plans: Mapping[str, str], style: Style) -> list[Fact]:
    """Return the labelled lines of a project's card, in the order of style.toml."""
    lines: dict[str, tuple[str, ...]] = {
        "table": _table(facts, style),
        "seq": _one(facts, "seq", lambda value: style.say("row_named", seq=value)),
        "source": (source_text(facts, plans, style),),
        "investment": _investment(facts, style),
        "period": _period(facts, style),
        "restoration": _one(facts, "restoration_ha", lambda value: _hectares(value, style)),
        "areas": tuple(_area(item, style) for item in _many(facts, "areas")),
        "lengths": tuple(_pair(item, "length_line", style) for item in _many(facts, "lengths_km")),
        "capacities": tuple(
            _pair(item, "capacity_line", style) for item in _many(facts, "capacities")
        ),
    }
    for key in ("townships", "villages", "rivers", "places", "counties"):
        joined = "、".join(str(value) for value in _many(facts, key))
        lines[key] = (joined,) if joined else ()
    for key in ("group", "location", "owner", "note"):
        lines[key] = _one(facts, key, str)
    return [
        (label, lines[key]) for key, label in style.facts.items() if lines[key] or key not in OURS
    ]


def _one(facts: Mapping[str, Any], key: str, write: Any) -> tuple[str, ...]:
    value = facts.get(key)
    return () if value is None or value == "" else (write(value),)


def _many(facts: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = facts.get(key)
    if value is None or value == "":
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def _table(facts: Mapping[str, Any], style: Style) -> tuple[str, ...]:
    table, title = facts.get("table"), facts.get("table_title")
    if table:
        return (style.say("table_named", table=table, title=title or "").strip(),)
    return (style.say("table_untitled", title=title),) if title else ()


def _investment(facts: Mapping[str, Any], style: Style) -> tuple[str, ...]:
    value, raw = facts.get("investment_yi"), facts.get("investment_raw")
    if value is None and not raw:
        return ()
    text = investment_text(facts, style) if value is not None else ""
    printed = style.say("year_printed", raw=raw) if raw and _differs(raw, value) else ""
    return (text + printed,)


def _differs(raw: object, value: object) -> bool:
    try:
        return float(str(raw)) != value
    except ValueError:
        return True


def _period(facts: Mapping[str, Any], style: Style) -> tuple[str, ...]:
    raw = facts.get("period_raw")
    known = facts.get("start_year") is not None or facts.get("end_year") is not None
    if not known:
        return (str(raw),) if raw else ()
    text = years_text(facts, style)
    digits = {str(facts.get("start_year")), str(facts.get("end_year"))}
    plain = raw is None or str(raw).strip("年") in digits
    return (text if plain else text + style.say("year_printed", raw=raw),)


def _units(hectares: float) -> dict[str, str]:
    """Return an area as a card shows it: in 公顷 and in 亩."""
    m2 = hectares * M2_PER_HA
    return {"hectares": number_text(shown_ha(m2)), "mu": number_text(shown_mu(m2))}


def _hectares(value: float, style: Style) -> str:
    return style.say("hectares_mu", **_units(value))


def _area(item: Any, style: Style) -> str:
    """Return a stated area's line from its value, unit, hectares, what and marks."""
    if not isinstance(item, Mapping):
        return str(item)
    text = style.say(
        "area_line",
        what=(style.say("area_part") if item["part_of"] else "") + item["what"],
        value=item["value"],
        unit=item["unit"],
        **_units(item["hectares"]),
    )
    counted = item["restoration"] and not item["part_of"]
    return f"{text}　{style.say('restoration_mark')}" if counted else text


def _pair(item: Any, word: str, style: Style) -> str:
    """Return the line of a part like ``1.4:雨污分流`` or ``10000 m³/d:污水处理``."""
    value, colon, what = str(item).partition(":")
    return style.say(word, value=value, what=what) if colon else value
