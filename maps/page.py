"""One area's page: a whole HTML file that opens by double click, without a network."""

import base64
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import folium
from branca.element import Element
from folium.map import CustomPane
from markupsafe import Markup

from maps.leaflet import TEMPLATES, LeafletMap, PageFigure, Panel, render
from maps.offline import add_content_policy, inline_assets, safe_script
from maps.pack import accuracy_text, json_block, notice, pack_area, pack_layer, pack_style, plain
from maps.shapes import FALLBACK_BOUNDS, Bounds, bounds_of, collection, corners
from maps.style import ClassStyle, Style, load_style
from zoning.view import AreaView, LayerView

CANVAS_FROM = 3000
"""From this many features on a canvas draws them: it has no patterns, but it keeps up."""

PANE_BASE = 400
"""Leaflet's own pane for vectors; a kind's pane lies above it by the kind's order."""

AREA_SCRIPTS = ("dom", "table", "map", "list", "card", "answers", "layers", "print", "page")


def build_page(area: AreaView) -> str:
    """Return the page of an area. The same area gives the same bytes.

    Raises:
        PageError: an asset is missing or the style table is wrong.

    """
    style = load_style()
    figure = PageFigure(f"{area.name} · {style.say('site_title')}")
    leaflet_map = area_map(area)
    layers = [_add_layer(leaflet_map, layer, area, style) for layer in _bottom_up(area, style)]
    order = [layer.layer_id for layer in area.layers]
    layers.sort(key=lambda entry: order.index(entry["id"]) if entry["id"] in order else -1)
    data = {
        **pack_style(style),
        **pack_area(area, style),
        "map": leaflet_map.get_name(),
        "home": corners(home_bounds(area)),
        "layers": [entry["data"] for entry in layers],
    }
    panel = Panel(
        head=head(),
        body=TEMPLATES.get_template("panel.html").render(
            area=area,
            style=style,
            say=style.say,
            notice=notice(area, style),
            period=period_text(area, style),
            groups=_groups(layers, style),
            patterns=[cls for kind in style.kinds.values() for cls in (kind.base, *kind.classes)],
            record=plain(area.record),
        ),
    )
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
    panel.body += Markup('<script type="application/json" id="page-data">{}</script>').format(
        Markup(json_block(data))  # noqa: S704 - json_block escapes what could end the element
    )
    panel.head += f"<script>{safe_script(code)}</script>"
    return add_content_policy(inline_assets(render(figure)))


def head() -> str:
    """Return the page's own style sheet as an element."""
    return f"<style>{_static('page.css')}</style>"


def area_map(area: AreaView) -> LeafletMap:
    """Return the empty map of an area."""
    features = sum(len(layer.frame) for layer in area.layers)
    return empty_map(home_bounds(area), canvas=features > CANVAS_FROM)


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


def _bottom_up(area: AreaView, style: Style) -> list[LayerView]:
    return sorted(area.layers, key=lambda layer: style.kind(layer.kind).order)


def _add_layer(
    leaflet_map: LeafletMap, layer: LayerView, area: AreaView, style: Style
) -> dict[str, Any]:
    """Add a layer to the map; return its legend entry and its data for the scripts."""
    kind = style.kind(layer.kind)
    pane = f"kind-{kind.kind}"
    if pane not in leaflet_map._children:  # noqa: SLF001
        leaflet_map.add_child(
            CustomPane(pane, z_index=PANE_BASE + kind.order, pointer_events=True), name=pane
        )
    group = folium.FeatureGroup(name=layer.layer_id, show=kind.visible).add_to(leaflet_map)
    canvas = bool(leaflet_map.options.get("prefer_canvas"))
    refs, legend = [], []
    if layer.kind == "elevation" and area.relief is not None:
        _relief(area, pane).add_to(group)
    for cls, members in _by_class(layer, style):
        part = _geojson(cls, members, pane, canvas=canvas).add_to(group)
        refs.append(part.get_name())
        legend.append({"style": cls, "drawn": _drawn(members)})
    placed = sum(len(members) for _, members in _by_class(layer, style))
    return {
        "id": layer.layer_id,
        "layer": layer,
        "legend": legend,
        "count": placed,
        "unplaced": len(layer.frame) - placed,
        "visible": kind.visible,
        "accuracy": accuracy_text(layer.accuracy_m, style),
        "coverage": _coverage_text(layer, area, style),
        "data": {
            **pack_layer(layer, style),
            "group": group.get_name(),
            "refs": refs,
            "visible": kind.visible,
        },
    }


def _by_class(layer: LayerView, style: Style) -> list[tuple[ClassStyle, list[tuple[int, Any]]]]:
    kind = style.kind(layer.kind)
    members: dict[str, list[tuple[int, Any]]] = {}
    styles = {cls.key: cls for cls in (kind.base, *kind.classes)}
    columns = {cls.column for cls in kind.classes} & set(layer.frame.columns)
    attributes = layer.frame[sorted(columns)].to_dict("records")
    for number, geometry in enumerate(layer.frame.geometry):
        if geometry is None or geometry.is_empty:
            continue
        cls = kind.class_of(attributes[number] if attributes else {})
        members.setdefault(cls.key, []).append((number, geometry))
    return [(styles[key], members[key]) for key in styles if key in members]


def _geojson(
    cls: ClassStyle, members: list[tuple[int, Any]], pane: str, *, canvas: bool
) -> folium.GeoJson:
    options = cls.path_options(canvas=canvas)
    drawn = _drawn(members)
    if drawn == "line":
        options["fill"] = False
    return folium.GeoJson(
        collection(members),
        style_function=lambda _feature: options,
        marker=_point_marker(cls) if drawn == "point" else None,
        smooth_factor=0.5,
        pane=pane,
    )


def _point_marker(cls: ClassStyle) -> folium.Marker:
    icon = TEMPLATES.get_template("point.html").render(cls=cls)
    size = 20
    return folium.Marker(
        icon=folium.DivIcon(
            html=icon,
            icon_size=(size, size),
            icon_anchor=(size // 2, size // 2),
            class_name="point-symbol",
        ),
        keyboard=False,
    )


def _drawn(members: list[tuple[int, Any]]) -> str:
    kinds = {geometry.geom_type.removeprefix("Multi") for _, geometry in members}
    if "Polygon" in kinds or "GeometryCollection" in kinds:
        return "area"
    return "line" if kinds & {"LineString", "LinearRing"} else "point"


def _relief(area: AreaView, pane: str) -> Element:
    picture = base64.b64encode(area.relief or b"").decode("ascii")
    return folium.raster_layers.ImageOverlay(
        f"data:image/png;base64,{picture}",
        bounds=corners(area.relief_bounds or home_bounds(area)),
        pixelated=False,
        pane=pane,
        opacity=0.75,
        alt="",
    )


def _coverage_text(layer: LayerView, area: AreaView, style: Style) -> str:
    if layer.coverage in {"area", "none", ""}:
        return style.say(f"coverage_{layer.coverage or 'none'}")
    titles = {other.layer_id: other.title for other in area.layers}
    return style.say("coverage_layer", title=titles.get(layer.coverage, layer.coverage))


def _groups(layers: list[dict[str, Any]], style: Style) -> list[tuple[str, list[dict[str, Any]]]]:
    titles = [str(group["title"]) for group in style.groups]
    grouped: dict[str, list[dict[str, Any]]] = {title: [] for title in titles}
    for entry in layers:
        grouped[style.group_title(style.kind(entry["layer"].kind).kind)].append(entry)
    return [(title, entries) for title, entries in grouped.items() if entries]


def _static(name: str) -> str:
    return files("maps").joinpath("static", name).read_text(encoding="utf-8")
