"""One area's page: a whole HTML file that opens by double click, without a network."""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from maps.about import record_entries
from maps.leaflet import TEMPLATES, LeafletMap, PageFigure, Panel, render
from maps.offline import add_content_policy, inline_assets, safe_script
from maps.overlays import LayerOnMap, add_layers, add_relief
from maps.pack import json_block, notice, pack_area, pack_style
from maps.shapes import FALLBACK_BOUNDS, Bounds, bounds_of, corners
from maps.style import Style, load_style
from zoning.view import AreaView

CANVAS_FROM = 3000
"""From this many features on a canvas draws them: it has no patterns, but it keeps up."""

AREA_SCRIPTS = ("dom", "table", "map", "list", "card", "answers", "layers", "print", "page")


def build_page(area: AreaView) -> str:
    """Return the page of an area. The same area gives the same bytes.

    Raises:
        PageError: an asset is missing or the style table is wrong.

    """
    style = load_style()
    figure = PageFigure(f"{area.name} · {style.say('site_title')}")
    features = sum(len(layer.frame) for layer in area.layers)
    leaflet_map = empty_map(home_bounds(area), canvas=features > CANVAS_FROM)
    layers = add_layers(leaflet_map, area, style)
    relief = add_relief(leaflet_map, area, style)
    data = {
        **pack_style(style),
        **pack_area(area, style),
        "map": leaflet_map.get_name(),
        "home": corners(home_bounds(area)),
        "layers": [*(entry.data for entry in layers), *relief],
    }
    body = TEMPLATES.get_template("panel.html").render(
        area=area,
        style=style,
        say=style.say,
        notice=notice(area, style),
        period=period_text(area, style),
        groups=_groups(layers, style),
        relief=relief,
        patterns=[cls for kind in style.kinds.values() for cls in (kind.base, *kind.classes)],
        record=record_entries(area.record, style),
    )
    stage = TEMPLATES.get_template("stage.html").render(say=style.say)
    panel = Panel(head=head(), body=body, after=stage)
    return finish(figure, leaflet_map, panel, data, AREA_SCRIPTS)


def finish(
    figure: PageFigure,
    leaflet_map: LeafletMap,
    panel: Panel,
    data: dict[str, Any],
    scripts: Iterable[str],
) -> str:
    """Return the page of a figure: rendered, assets inside, scripts named by hash."""
    leaflet_map.add_to(figure)
    panel.add_to(figure)
    code = "\n".join(_static(f"{name}.js") for name in scripts)
    panel.head += f"<script>{safe_script(code)}</script>"
    panel.after += f'<script type="application/json" id="page-data">{json_block(data)}</script>'
    return add_content_policy(inline_assets(render(figure)))


def head() -> str:
    """Return the page's own style sheet as an element."""
    return f"<style>{_static('page.css')}</style>"


def empty_map(bounds: Bounds, *, canvas: bool = False) -> LeafletMap:
    """Return a map without tiles over some bounds."""
    west, south, east, north = bounds
    return LeafletMap(
        location=[round((south + north) / 2, 6), round((west + east) / 2, 6)],
        zoom_start=9,
        tiles=None,
        maxZoom=17,
        minZoom=5,
        zoomSnap=0.25,
        zoomDelta=0.5,
        zoom_control=False,
        attributionControl=False,
        prefer_canvas=canvas,
        font_size="14px",
    )


def home_bounds(area: AreaView) -> Bounds:
    """Return the bounds that the whole map shows: the county, or whatever has a place."""
    counties = [g for layer in area.layers if layer.kind == "county" for g in layer.frame.geometry]
    everything = [g for layer in area.layers for g in layer.frame.geometry]
    loci = [project.locus for project in area.projects]
    return bounds_of(counties) or bounds_of([*everything, *loci]) or FALLBACK_BOUNDS


def period_text(area: AreaView, style: Style) -> str:
    """Return the years that the plans cover."""
    starts = [plan["period_start"] for plan in area.plans if plan.get("period_start")]
    ends = [plan["period_end"] for plan in area.plans if plan.get("period_end")]
    if not starts or not ends:
        return style.say("period_unknown")
    return style.say("period", start=min(starts), end=max(ends))


def _groups(layers: Iterable[LayerOnMap], style: Style) -> list[tuple[str, list[LayerOnMap]]]:
    grouped: dict[str, list[LayerOnMap]] = {str(group["title"]): [] for group in style.groups}
    for entry in layers:
        grouped[style.group_title(style.kind(entry.layer.kind).kind)].append(entry)
    return [(title, entries) for title, entries in grouped.items() if entries]


def _static(name: str) -> str:
    return files("maps").joinpath("static", name).read_text(encoding="utf-8")
