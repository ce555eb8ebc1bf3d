"""What a page knows, as one plain value for its JSON block.

Nothing is measured or judged: texts are put together, geometry is rounded.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from maps import facts as card
from maps.breaks import classes, labels
from maps.cells import CellWords, pack_columns
from maps.leaflet import dump
from maps.shapes import Pool, label_point
from maps.style import Style
from zoning.view import AnswerView, AreaView, LayerView, ProjectView

COUNTY_WIDE = "@county"
NO_PLACE = "@none"


def json_block(value: object) -> str:
    """Return JSON that cannot leave its script element."""
    text = dump(value)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: numpy unwrapped, every kind of null ``None``."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return None if pd.isna(value) else str(value)


def plan_titles(area: AreaView) -> dict[str, str]:
    """Return plan id -> title."""
    return {str(plan["id"]): str(plan.get("title") or plan["id"]) for plan in area.plans}


def pack_style(style: Style) -> dict[str, Any]:
    """Return the words, states and colours that the scripts of a page use."""
    return {
        "words": dict(style.words),
        "states": [
            {"id": s.state, "label": s.label, "color": s.color, "tint": s.tint, "shape": s.shape}
            for s in style.states
        ],
        "scale": plain(style.scale),
    }


def pack_area(area: AreaView, style: Style) -> dict[str, Any]:
    """Return projects, township badges and answers of an area."""
    pool = Pool()
    words = CellWords(area, style)
    plans = plan_titles(area)
    projects = [_project(project, plans, pool, style) for project in area.projects]
    return {
        "area": {"id": area.area_id, "name": area.name, "notice": notice(area, style)},
        "plans": [
            style.say("print_plan", plan=number if len(plans) > 1 else "", title=title)
            for number, title in enumerate(plans.values(), start=1)
        ],
        "projects": projects,
        "shapes": pool.shapes,
        "badges": _badges(area),
        "answers": [_answer(answer, words, style) for answer in area.answers],
    }


def notice(area: AreaView, style: Style) -> str:
    """Return the notice that stands on every page and print of an area."""
    return area.notice or style.say("notice_fallback")


def pack_layer(layer: LayerView, style: Style) -> dict[str, Any]:
    """Return what a click on a feature of a layer shows, one row a feature."""
    columns = [name for name in ("name", "class", "level", "zone_id") if name in layer.frame]
    extra = [name for name in style.features if name in layer.frame]
    table = layer.frame[columns + extra].to_dict("records")
    return {
        "id": layer.layer_id,
        "kind": layer.kind,
        "title": layer.title,
        "basis": style.bases.get(layer.basis, {}).get("label", layer.basis),
        "accuracy": accuracy_text(layer.accuracy_m, style),
        "rows": [
            {
                "name": plain(row.get("name")),
                "class": plain(row.get("class")),
                "level": plain(row.get("level")),
                "zone": plain(row.get("zone_id")),
                "more": [
                    [style.features[name], _shown(plain(row[name]))]
                    for name in extra
                    if plain(row[name]) is not None
                ],
            }
            for row in table
        ],
    }


def accuracy_text(accuracy_m: float | None, style: Style) -> str:
    """Return how far drawn positions may be off, in metres or kilometres."""
    if accuracy_m is None:
        return style.say("accuracy_unknown")
    if accuracy_m == 0:
        return style.say("accuracy_zero")
    kilometre = 1000
    if accuracy_m < kilometre:
        text = f"{card.number_text(accuracy_m)} {style.say('metres')}"
    else:
        text = f"{card.number_text(accuracy_m / kilometre)} {style.say('kilometres')}"
    return style.say("accuracy", text=text)


def place_keys(project: ProjectView) -> tuple[str, ...]:
    """Return what the township filter finds a project by."""
    if project.townships:
        return project.townships
    return (NO_PLACE,) if project.locus_basis == "none" else (COUNTY_WIDE,)


def _project(
    project: ProjectView, plans: Mapping[str, str], pool: Pool, style: Style
) -> dict[str, Any]:
    facts = project.facts
    lines = card.card_facts(facts, plans, style)
    searched = [str(facts.get(key) or "") for key in ("name", "location", "owner", "owner_raw")]
    for key in ("townships", "villages", "rivers", "places", "counties"):
        searched.extend(str(item) for item in facts.get(key) or ())
    return {
        "id": project.project_id,
        "name": str(facts.get("name") or style.say("feature_unnamed")),
        "category": project.category or "",
        "places": list(place_keys(project)),
        "place": _place_text(project, style),
        "vague": project.locus is None or project.locus_basis in {"county", "none"},
        "state": project.state,
        "basis": style.locus.get(project.locus_basis, project.locus_basis),
        "footprint": project.locus_basis == "footprint",
        "locusText": project.locus_text,
        "locus": pool.add(project.locus),
        "investment": card.investment_text(facts, style),
        "amount": plain(facts.get("investment_yi")),
        "years": card.years_text(facts, style),
        "owner": str(facts.get("owner") or ""),
        "source": card.source_text(facts, plans, style),
        "line": card.short_source_text(facts, list(plans), style),
        "search": " ".join([*searched, *project.townships]).lower(),
        "facts": plain(lines),
        "findings": _findings(project, style),
    }


def _place_text(project: ProjectView, style: Style) -> str:
    if project.townships:
        return "、".join(project.townships)
    if project.locus_basis == "none":
        return style.say("no_place")
    counties = project.facts.get("counties") or ()
    if project.locus_basis == "county":
        return "、".join(str(name) for name in counties) or style.locus["county"]
    return str(project.facts.get("location") or style.locus.get(project.locus_basis, ""))


def _findings(project: ProjectView, style: Style) -> list[dict[str, Any]]:
    order = {state.state: number for number, state in enumerate(style.states)}
    worst_first = sorted(project.findings, key=lambda item: order.get(item.state, len(order)))
    return [
        {
            "topic": item.topic,
            "state": item.state,
            "label": item.label,
            "sentence": item.sentence,
            "zones": list(item.zones),
        }
        for item in worst_first
    ]


def _badges(area: AreaView) -> list[dict[str, Any]]:
    return [
        {"name": str(name), "at": label_point(geometry)}
        for layer in area.layers
        if layer.kind == "township"
        for name, geometry in zip(layer.frame["name"], layer.frame.geometry, strict=True)
        if geometry is not None and not geometry.is_empty
    ]


def _answer(answer: AnswerView, words: CellWords, style: Style) -> dict[str, Any]:
    values = [plain(row.get(answer.value)) for row in answer.rows] if answer.value else []
    drawn = [
        value if _one_place(answer, row) else None
        for value, row in zip(values, answer.rows, strict=False)
    ]
    found, ranges = classes(drawn, len(style.scale["colors"]))
    return {
        "id": answer.query_id,
        "title": answer.title,
        "question": answer.question,
        "sentence": answer.sentence,
        "notes": list(answer.notes),
        "columns": pack_columns(answer, words),
        "rows": [
            [words.cell(name, kind, plain(row.get(name))) for name, _, kind in answer.columns]
            for row in answer.rows
        ],
        "shows": answer.shows,
        "keys": [plain(row.get(answer.key)) for row in answer.rows] if answer.key else [],
        "values": values,
        "valueTitle": _title_of(answer),
        "classes": found if ranges else [],
        "ranges": labels(ranges, style),
    }


def _one_place(answer: AnswerView, row: Mapping[str, Any]) -> bool:
    """Whether a row is about one township or zone: a sum over several colours nothing."""
    key = plain(row.get(answer.key))
    return isinstance(key, str) and ";" not in key


def _title_of(answer: AnswerView) -> str:
    titles: Sequence[str] = [title for name, title, _ in answer.columns if name == answer.value]
    return titles[0] if titles else ""


def _shown(value: object) -> str:
    return card.number_text(value) if isinstance(value, int | float) else str(value)
