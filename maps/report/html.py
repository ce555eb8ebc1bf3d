"""One page for all sites: it opens by double click, without a network, and holds its own search.

Thousands of sites make a large file but not a slow page: the list holds one line a site, and what
is known of it lies in parts of the file that are read when the site is opened.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from layers.words import say
from maps.leaflet import TEMPLATES
from maps.offline import add_content_policy, safe_script
from maps.pack import json_block, pack_style
from maps.report import numbers, tables
from maps.report.marks import mark
from maps.report.site_text import site_facts, verdict_texts, verdict_titles
from maps.report.sketch import Surroundings
from maps.report.summary import (
    EFFECTS,
    checked_kinds,
    front_facts,
    kind_counts,
    record_lines,
    summary_counts,
    unchecked_texts,
    warnings_of,
)
from maps.report.svg import svg
from maps.report.tables import Column
from maps.style import load_style
from zoning.model import HIT, POSSIBLE, STATE_ORDER
from zoning.review.model import Review, SiteReview

PART = 100
"""Sites of one part of the file."""

REJECTS = 500
"""Rejects that the page shows; the rest is counted and stands in the workbook."""

HEADLINES = 3
"""Kinds that the line of a site names."""

SCRIPTS = ("dom", "report")

WORDS = (
    "count", "none_found", "page", "previous", "next", "open_all", "close_all", "printed",
    "all_effects", "all_kinds",
)  # fmt: skip
"""Keys of ``[report.page]`` that the script uses."""

TEMPLATE_WORDS = ("made", "search", "search_hint", "reset", "pager")
"""Those that the template uses."""

_ROW_TABLES = {
    "kinds": (tables.KINDS, ("kind", "state", "certainty", "overlap_m2", "overlap_ha",
                             "overlap_mu", "share", "length_m", "reasons", "layers")),
    "met": (tables.MET, ("kind", "zone", "relation", "certainty", "overlap_m2", "overlap_ha",
                         "overlap_mu", "net_m2", "share", "length_m")),
    "touched": (tables.TOUCHED, ("kind", "zone", "touch", "certainty", "overlap_m2",
                                 "overlap_ha", "overlap_mu", "length_m")),
    "near": (tables.NEAR, ("kind", "zone", "certainty", "distance_m", "direction")),
    "evidence": (tables.EVIDENCE, ("title", "layer_document", "date", "basis",
                                   "layer_accuracy_m", "authority")),
}  # fmt: skip
"""The tables of a site's card, and their columns."""


def write_html(review: Review, around: Surroundings, path: Path) -> None:
    """Write a review as one page. The same review gives the same bytes."""
    style = load_style()
    sites = tables.ranked(review)
    titles = tables.layer_titles(review)
    shown = {name: _picked(columns, names) for name, (columns, names) in _ROW_TABLES.items()}
    layers = {layer.id: at for at, layer in enumerate(review.layers)}
    cards = [
        {**_card(found, shown, titles, layers), "svg": svg(sketch)}
        for found, sketch in zip(sites, around.sketches(sites), strict=True)
    ]
    data = {
        **pack_style(style),
        "words": {key: say(f"report.page.{key}") for key in WORDS},
        "effects": [_effect(effect) for effect in EFFECTS],
        "tables": {name: _titles(name, columns) for name, columns in shown.items()},
        "verdicts": [say("report.table.verdicts"), *verdict_titles()],
        "none": say("report.none_verdicts"),
        "layers": [
            [_cell(column, row.get(column.name)) for column in shown["evidence"]]
            for row in map(tables.evidence_row, review.layers)
        ],
        "part": PART,
        "kinds": [[kind, numbers.text(kind, "kind")] for kind in review.kinds],
        "sites": [_line(rank, found) for rank, found in enumerate(sites, start=1)],
    }
    parts = [json_block(cards[at : at + PART]) for at in range(0, len(cards), PART)]
    page = TEMPLATES.get_template("report.html").render(
        say=say,
        words={key: say(f"report.page.{key}") for key in TEMPLATE_WORDS},
        symbols=[cls for kind in style.kinds.values() for cls in (kind.base, *kind.classes)],
        look=_static("report.css"),
        code=safe_script("\n".join(_static(f"{name}.js") for name in SCRIPTS)),
        data=json_block(data),
        parts=parts,
        **_front(review, sites),
    )
    path.write_text(add_content_policy(page), encoding="utf-8")


def _front(review: Review, sites: Sequence[SiteReview]) -> dict[str, Any]:
    """Return what the page says above and below its list, in words."""
    effects = summary_counts(sites)
    evidence, rejects = tables.evidence_table(review), tables.rejects_table(review)
    return {
        "title": numbers.text(review.title),
        "facts": front_facts(review),
        "unchecked": unchecked_texts(review),
        "checked": [(numbers.text(kind, "kind"), text) for kind, text in checked_kinds(review)],
        "warnings": warnings_of(review),
        "notes": [numbers.plain(note) for note in review.notes],
        "states": [mark(state, "state") for state in STATE_ORDER],
        "counts": [
            (
                numbers.text(kind, "kind") if kind else say("report.all_kinds"),
                [numbers.text(counts[state], "count") for state in STATE_ORDER],
            )
            for kind, counts in kind_counts(review)
        ],
        "effects": [(mark(effect, "effect"), effects[effect]) for effect in EFFECTS],
        "evidence": _table(evidence.title, evidence.columns, evidence.rows),
        "rejects": _table(rejects.title, rejects.columns, rejects.rows[:REJECTS]),
        "rejects_left": max(len(rejects.rows) - REJECTS, 0),
        "record": record_lines(review.record),
    }


def _table(
    title: str, columns: Sequence[Column], rows: Iterable[Mapping[str, object]]
) -> dict[str, Any]:
    return {
        "title": title,
        "columns": [(column.title, column.measured) for column in columns],
        "rows": [tables.texts(columns, row) for row in rows],
    }


def _effect(effect: str) -> dict[str, str]:
    look = mark(effect, "effect")
    shown = {"label": look.text, "color": look.color, "tint": look.tint, "shape": look.shape}
    return {"id": effect, **shown}


def _picked(columns: Sequence[Column], names: Sequence[str]) -> tuple[Column, ...]:
    named = {column.name: column for column in columns}
    return tuple(named[name] for name in names)


def _titles(name: str, columns: Sequence[Column]) -> dict[str, Any]:
    return {
        "title": say(f"report.table.{name}"),
        "columns": [[column.title, column.measured, column.unit] for column in columns],
    }


def _line(rank: int, found: SiteReview) -> dict[str, Any]:
    """Return what the list shows of a site, and what it is found by."""
    name, key = numbers.text(found.site.name), numbers.text(found.site.id)
    heavy = [kind for kind in found.kinds if kind.state in {HIT, POSSIBLE}]
    zones = {zone.zone for zone in (*tables.met(found), *tables.touched(found)) if zone.zone}
    activity = numbers.word(found.site.activity.id, "activity")
    words = [name, key, activity, found.site.file, *sorted(zones)]
    return {
        "rank": rank,
        "id": key,
        "name": name,
        "state": found.state,
        "effect": found.effect,
        "kinds": {kind.kind: kind.state for kind in found.kinds},
        "heads": [_headline(kind) for kind in heavy[:HEADLINES]],
        "activity": activity,
        "search": numbers.plain(" ".join(words)).lower(),
    }


def _headline(kind: Any) -> str:
    name = numbers.text(kind.kind, "kind")
    if kind.overlap_m2 is not None:
        return say("report.headline", kind=name, text=numbers.area(kind.overlap_m2))
    if kind.length_m is not None:
        return say("report.headline", kind=name, text=numbers.length(kind.length_m))
    return name


def _card(
    found: SiteReview,
    shown: Mapping[str, Sequence[Column]],
    titles: Mapping[str, str],
    layers: Mapping[str, int],
) -> dict[str, Any]:
    """Return what the card of a site shows; its layers by their numbers in ``layers``."""
    used = dict.fromkeys(layer for kind in found.kinds for layer in kind.layers)
    rows = {"kinds": tables.kind_rows(found, titles)}
    for name, of in (("met", tables.met), ("touched", tables.touched), ("near", tables.near)):
        zones = of(found)
        held = zip(tables.zone_rows(zones, titles), zones, strict=True)
        rows[name] = ({**row, "zone": tables.zone_title(zone)} for row, zone in held)
    return {
        "facts": site_facts(found),
        "verdicts": verdict_texts(found, titles),
        "layers": [layers[layer] for layer in used if layer in layers],
        **{
            name: [[_cell(column, row.get(column.name)) for column in shown[name]] for row in given]
            for name, given in rows.items()
        },
    }


def _cell(column: Column, value: object) -> str:
    """Return a cell's text; a state stays a code, whose word and colour the page knows."""
    return str(value) if column.unit == "state" else numbers.text(value, column.unit)


def _static(name: str) -> str:
    return files("maps").joinpath("static", name).read_text(encoding="utf-8")
