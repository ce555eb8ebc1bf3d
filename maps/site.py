"""A folder of pages: one per area and an index that leads to them."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import folium
import shapely

from maps.errors import PageError
from maps.leaflet import TEMPLATES, PageFigure, Panel
from maps.pack import pack_style
from maps.page import build_page, empty_map, finish, head, home_bounds, period_text
from maps.shapes import FALLBACK_BOUNDS, bounds_of, collection, corners
from maps.style import Style, load_style
from zoning.view import AreaView

INDEX = "index.html"
INDEX_SCRIPTS = ("dom", "index")
TOTALS_SHOWN = 4
"""How many of an area's totals its card on the index shows."""

OWN_MARK = '<meta name="generator" content="shanhe">'
"""What tells a page of ours from a file that somebody put beside it."""

_AREA_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")


def build_site(
    areas: Sequence[AreaView],
    out: Path,
    *,
    progress: Callable[[str], None] = lambda _message: None,
) -> Path:
    """Write the pages into a folder and return the path of its index.

    All pages are built in a temporary folder beside first; only then are they
    moved into place, the index last. Pages of ours that are no longer built
    are taken away; other files in the folder stay.

    Raises:
        PageError: an area id that cannot be a file name, or one that occurs twice.

    """
    _check_ids(areas)
    style = load_style()
    out.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        for area in areas:
            _write(made / f"{area.area_id}.html", build_page(area))
            progress(style.say("building", name=area.name))
        _write(made / INDEX, build_index(areas))
        _move(made, out)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return out / INDEX


def build_index(areas: Sequence[AreaView]) -> str:
    """Return the index: an overview map, a card per area, how to read the states."""
    style = load_style()
    figure = PageFigure(style.say("site_title"), body_class="index")
    real = [area for area in areas if not area.made]
    boxes = [home_bounds(area) for area in real]
    bounds = _around(boxes)
    leaflet_map = empty_map(bounds)
    outlines = _outlines(real)
    data: dict[str, Any] = {
        **pack_style(style),
        "map": leaflet_map.get_name(),
        "home": corners(bounds),
        "areas": [],
    }
    for area, outline in outlines:
        shape = _outline(outline).add_to(leaflet_map)
        data["areas"].append(
            {
                "name": area.name,
                "href": f"{area.area_id}.html",
                "ref": shape.get_name(),
                "bounds": corners(outline.bounds),
            }
        )
    body = TEMPLATES.get_template("index.html").render(style=style, say=style.say, patterns=[])
    cards = TEMPLATES.get_template("cards.html").render(
        style=style,
        say=style.say,
        real=[_card(area, style) for area in real],
        made=[_card(area, style) for area in areas if area.made],
    )
    panel = Panel(head=head(), body=body, after=cards)
    return finish(figure, leaflet_map, panel, data, INDEX_SCRIPTS)


def _card(area: AreaView, style: Style) -> dict[str, Any]:
    states = [project.state for project in area.projects]
    return {
        "area": area,
        "href": f"{area.area_id}.html",
        "period": period_text(area, style),
        "totals": area.totals[:TOTALS_SHOWN],
        "states": [
            (state, states.count(state.state))
            for state in style.states
            if states.count(state.state)
        ],
    }


def _outlines(areas: Sequence[AreaView]) -> list[tuple[AreaView, Any]]:
    found = []
    for area in areas:
        counties = [layer for layer in area.layers if layer.kind == "county"]
        shapes = [g for layer in counties for g in layer.frame.geometry if g is not None]
        if shapes:
            found.append((area, counties[0].frame.geometry.union_all()))
    return found


def _outline(geometry: Any) -> folium.GeoJson:
    look = {"color": "#17535f", "weight": 1.8, "fillColor": "#5f9ea0", "fillOpacity": 0.28}
    return folium.GeoJson(collection([(0, geometry)]), style_function=lambda _feature: look)


def _around(boxes: Sequence[tuple[float, float, float, float]]) -> Any:
    return bounds_of([shapely.box(*bounds) for bounds in boxes]) or FALLBACK_BOUNDS


def _check_ids(areas: Sequence[AreaView]) -> None:
    seen: set[str] = set()
    for area in areas:
        if not _AREA_ID.fullmatch(area.area_id) or area.area_id == "index":
            raise PageError(
                f"地区编号“{area.area_id}”不能作为文件名：只能用小写字母、数字、- 和 _。"
            )
        if area.area_id in seen:
            raise PageError(f"地区编号“{area.area_id}”出现了两次。")
        seen.add(area.area_id)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _move(made: Path, out: Path) -> None:
    out.mkdir(exist_ok=True)
    names = sorted(path.name for path in made.iterdir() if path.name != INDEX)
    for name in [*names, INDEX]:
        os.replace(made / name, out / name)  # noqa: PTH105
    for page in out.glob("*.html"):
        if page.name not in {*names, INDEX} and _is_ours(page):
            page.unlink()


def _is_ours(page: Path) -> bool:
    with page.open(encoding="utf-8", errors="replace") as stream:
        return OWN_MARK in stream.read(4096)
