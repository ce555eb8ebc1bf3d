"""Layers on a folium map: a pane a kind, a group a layer, one GeoJson a style class.

One GeoJson holds features of one class and one sort of shape, so that its style
is constant: folium writes a switch over every feature's id otherwise.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import folium
import shapely
from folium.map import CustomPane
from folium.raster_layers import ImageOverlay
from shapely.geometry.base import BaseGeometry

from maps.leaflet import TEMPLATES, LeafletMap
from maps.pack import accuracy_text, pack_layer
from maps.shapes import Bounds, collection, corners
from maps.style import ClassStyle, KindStyle, Style
from zoning.view import AreaView, LayerView

PANE_BASE = 400
"""Leaflet's own pane for vectors; a kind's pane lies above it by the kind's order."""

POINT_PX = 20
"""Width of a point's symbol in pixels."""

RELIEF = "@relief"
"""Layer id of a relief that no layer of the area carries: no register id holds an @."""

RELIEF_OPACITY = 0.75

DRAWN = {"Polygon": "area", "LineString": "line", "LinearRing": "line", "Point": "point"}


@dataclass(frozen=True, slots=True)
class Part:
    """The features of a layer that are drawn alike: as areas, lines or points."""

    style: ClassStyle
    drawn: str
    members: tuple[tuple[int, BaseGeometry], ...]


@dataclass(frozen=True, slots=True)
class LayerOnMap:
    """A layer that is on the map: what its legend says and what the scripts need."""

    layer: LayerView
    parts: tuple[Part, ...]
    count: int
    unplaced: int
    visible: bool
    accuracy: str
    coverage: str
    data: dict[str, Any]


def add_layers(leaflet_map: LeafletMap, area: AreaView, style: Style) -> tuple[LayerOnMap, ...]:
    """Add an area's layers, lowest first; return them in the area's order."""
    lowest_first = sorted(area.layers, key=lambda layer: style.kind(layer.kind).order)
    added = {layer.layer_id: _add(leaflet_map, layer, area, style) for layer in lowest_first}
    return tuple(added[layer.layer_id] for layer in area.layers)


def add_relief(leaflet_map: LeafletMap, area: AreaView, style: Style) -> list[dict[str, Any]]:
    """Add the shaded relief where no elevation layer carries it; return its data, if any."""
    if area.relief is None or any(layer.kind == "elevation" for layer in area.layers):
        return []
    kind = style.kind("elevation")
    pane = _pane(leaflet_map, kind)
    group = folium.FeatureGroup(name=RELIEF, show=kind.visible).add_to(leaflet_map)
    _relief(area, pane).add_to(group)
    entry = {"id": RELIEF, "kind": kind.kind, "group": group.get_name(), "visible": kind.visible}
    return [{**entry, "refs": [], "rows": []}]


def coverage_text(layer: LayerView, area: AreaView, style: Style) -> str:
    """Return where a layer is complete, in words."""
    if layer.coverage in {"area", "none", ""}:
        return style.say(f"coverage_{layer.coverage or 'none'}")
    titles = {other.layer_id: other.title for other in area.layers}
    return style.say("coverage_layer", title=titles.get(layer.coverage, layer.coverage))


def parts_of(layer: LayerView, kind: KindStyle) -> tuple[Part, ...]:
    """Return a layer's features grouped by class and sort of shape."""
    columns = sorted({cls.column for cls in kind.classes} & set(layer.frame.columns))
    attributes = layer.frame[columns].to_dict("records") if columns else []
    grouped: dict[tuple[str, str], list[tuple[int, BaseGeometry]]] = {}
    for number, geometry in enumerate(layer.frame.geometry):
        cls = kind.class_of(attributes[number] if attributes else {})
        for piece in _pieces(geometry):
            drawn = DRAWN[piece.geom_type.removeprefix("Multi")]
            grouped.setdefault((cls.key, drawn), []).append((number, piece))
    return tuple(
        Part(cls, drawn, tuple(grouped[cls.key, drawn]))
        for cls in (kind.base, *kind.classes)
        for drawn in ("area", "line", "point")
        if (cls.key, drawn) in grouped
    )


def _pieces(geometry: BaseGeometry | None) -> Iterator[BaseGeometry]:
    if geometry is None or geometry.is_empty:
        return
    if geometry.geom_type == "GeometryCollection":
        for part in shapely.get_parts(geometry):
            yield from _pieces(part)
    else:
        yield geometry


def _add(leaflet_map: LeafletMap, layer: LayerView, area: AreaView, style: Style) -> LayerOnMap:
    kind = style.kind(layer.kind)
    pane = _pane(leaflet_map, kind)
    group = folium.FeatureGroup(name=layer.layer_id, show=kind.visible).add_to(leaflet_map)
    if layer.kind == "elevation" and area.relief is not None:
        _relief(area, pane).add_to(group)
    canvas = bool(leaflet_map.options.get("prefer_canvas"))
    parts = parts_of(layer, kind)
    drawn = [_geojson(part, pane, canvas=canvas).add_to(group) for part in parts]
    placed = {number for part in parts for number, _ in part.members}
    return LayerOnMap(
        layer=layer,
        parts=parts,
        count=len(placed),
        unplaced=len(layer.frame) - len(placed),
        visible=kind.visible,
        accuracy=accuracy_text(layer.accuracy_m, style),
        coverage=coverage_text(layer, area, style),
        data={
            **pack_layer(layer, style),
            "group": group.get_name(),
            "refs": [item.get_name() for item in drawn],
            "visible": kind.visible,
        },
    )


def _pane(leaflet_map: LeafletMap, kind: KindStyle) -> str:
    name = f"kind-{kind.kind}"
    if name not in leaflet_map._children:  # noqa: SLF001
        pane = CustomPane(name, z_index=PANE_BASE + kind.order, pointer_events=True)
        leaflet_map.add_child(pane, name=name)
    return name


def _geojson(part: Part, pane: str, *, canvas: bool) -> folium.GeoJson:
    options = part.style.path_options(canvas=canvas)
    if part.drawn == "line":
        options["fill"] = False
    return folium.GeoJson(
        collection(part.members),
        style_function=lambda _feature: options,
        marker=_symbol(part.style, pane) if part.drawn == "point" else None,
        smooth_factor=0.5,
        pane=pane,
    )


def _symbol(cls: ClassStyle, pane: str) -> folium.Marker:
    icon = folium.DivIcon(
        html=TEMPLATES.get_template("point.html").render(cls=cls).strip(),
        icon_size=(POINT_PX, POINT_PX),
        icon_anchor=(POINT_PX // 2, POINT_PX // 2),
        class_name="point-symbol",
    )
    return folium.Marker(icon=icon, keyboard=False, pane=pane)


def _relief(area: AreaView, pane: str) -> ImageOverlay:
    picture = base64.b64encode(area.relief or b"").decode("ascii")
    bounds: Bounds = area.relief_bounds or (0.0, 0.0, 0.0, 0.0)
    return ImageOverlay(
        f"data:image/png;base64,{picture}",
        bounds=corners(bounds),
        pixelated=False,
        pane=pane,
        opacity=RELIEF_OPACITY,
        alt="",
    )
