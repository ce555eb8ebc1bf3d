"""The map of a review: its sites and what lies around them, as the page draws it.

Every text stays data: the page writes it as text. Nothing is measured here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry

from layers.workspace import Workspace
from maps.report import numbers
from maps.report.tables import layer_titles, ranked
from maps.shapes import Bounds, corners, geojson
from maps.style import ClassStyle, KindStyle, load_style
from zoning.review.model import LayerEvidence, Review

MAP = "map.json"

AROUND = 4.0
"""How far around the sites zones are drawn, in widths of all sites together..."""

LEAST_DEGREES = 0.03
"""... and at least so far: some three kilometres."""

FINE = 4000
"""Steps across the map that can be told apart."""

MOST_POINTS = 120_000
"""Corners of all zones together: above it bends are drawn more coarsely."""

COUNTY = "county"


def picture(
    found: Review, workspace: Workspace, zones: Mapping[str, gpd.GeoDataFrame]
) -> dict[str, Any]:
    """Return what the page draws: bounds, the county, sites by rank, layers by class.

    ``zones`` are the layers to draw by id, in EPSG:4490 with zone_id, name, class and level.
    """
    sites = ranked(found)
    shapes = np.array([site.site.geometry for site in sites], dtype=object)
    window = _window(shapes)
    fine = max(window[2] - window[0], window[3] - window[1]) / FINE
    cut = {key: _cut(frame, window, fine) for key, frame in zones.items()}
    while sum(shapely.get_num_coordinates(drawn).sum() for _, drawn in cut.values()) > MOST_POINTS:
        fine *= 2
        cut = {key: (at, shapely.simplify(drawn, fine)) for key, (at, drawn) in cut.items()}
        if fine > window[2] - window[0]:
            break
    evidence = {layer.id: layer for layer in found.layers}
    titles = layer_titles(found)
    layers = [
        _layer(evidence[key], titles.get(key, key), zones[key].iloc[at], drawn)
        for key, (at, drawn) in cut.items()
    ]
    return {
        "bounds": corners(tuple(shapely.total_bounds(shapes))),
        "window": corners(window),
        "county": geojson(shapely.simplify(workspace.boundary, fine)),
        "home": corners(workspace.boundary.bounds),
        "sites": [
            {
                "rank": rank,
                "name": numbers.text(one.site.name),
                "state": one.state,
                "shape": geojson(shapely.simplify(one.site.geometry, fine / 10)),
            }
            for rank, one in enumerate(sites, start=1)
        ],
        "layers": sorted(layers, key=lambda layer: layer["order"]),
    }


def _window(shapes: NDArray[np.object_]) -> Bounds:
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    wide = max(AROUND * (east - west), LEAST_DEGREES)
    high = max(AROUND * (north - south), LEAST_DEGREES)
    return west - wide, south - high, east + wide, north + high


def _cut(
    frame: gpd.GeoDataFrame, window: Bounds, fine: float
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return the rows of what lies in a window, and its shapes cut to it."""
    shapes = frame.geometry.to_numpy()
    near = np.flatnonzero(shapely.intersects(shapely.envelope(shapes), shapely.box(*window)))
    drawn = shapely.simplify(shapely.clip_by_rect(shapely.force_2d(shapes[near]), *window), fine)
    seen = ~shapely.is_empty(drawn)
    return near[seen], drawn[seen]


def _layer(
    layer: LayerEvidence, title: str, frame: gpd.GeoDataFrame, drawn: Sequence[Geometry]
) -> dict[str, Any]:
    kind = load_style().kind(layer.kind)
    classes: dict[str, dict[str, Any]] = {}
    for row, shape in zip(_rows(frame), drawn, strict=True):
        look = kind.class_of(row)
        entry = classes.setdefault(look.key, _look(look, kind))
        entry["zones"].append({"name": _name(row, kind), "shape": geojson(shape)})
    return {
        "title": numbers.plain(title),
        "kind": kind.title,
        "order": kind.order,
        "classes": [classes[key] for key in sorted(classes)],
    }


def _rows(frame: gpd.GeoDataFrame) -> Iterator[dict[str, str]]:
    columns = [name for name in ("name", "class", "level") if name in frame]
    cells = [[cell if isinstance(cell, str) else "" for cell in frame[name]] for name in columns]
    for values in zip(*cells, strict=True) if columns else ((),) * len(frame):
        yield dict(zip(columns, values, strict=True))


def _look(look: ClassStyle, kind: KindStyle) -> dict[str, Any]:
    return {
        "label": look.label or kind.title,
        "path": look.path_options(),
        "pattern": look.pattern_id if look.pattern != "none" else "",
        "color": look.color,
        "zones": [],
    }


def _name(row: Mapping[str, str], kind: KindStyle) -> str:
    name, level = row.get("name") or kind.title, row.get("level", "")
    return numbers.plain(name if name.endswith(level) else f"{name} {level}")
