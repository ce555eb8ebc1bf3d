"""The folium side of a page: a map with Leaflet alone, and a figure with our own frame.

Traps that this module is about (folium 0.20, branca 0.8, all measured):

- folium.Map links jQuery, Bootstrap and icon fonts that a page does not need.
- branca parses what a MacroElement writes as a template a second time, so text
  like ``{{ 7 * 7 }}`` in a project's name would run: our text goes in verbatim.
- element ids are random: they are numbered after rendering.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, ClassVar

import folium
from branca.element import Element, Figure, MacroElement
from jinja2 import Environment, PackageLoader, StrictUndefined

from maps.offline import LEAFLET_CSS, LEAFLET_JS

TEMPLATES = Environment(
    loader=PackageLoader("maps", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

_RANDOM_ID = re.compile(r"[0-9a-f]{32}")
_GEOJSON_CALL = re.compile(r"^(\s*\w+_add\()(\{.*\})(\);)$", re.MULTILINE)


class LeafletMap(folium.Map):
    """A folium map that needs Leaflet and nothing else."""

    default_js: ClassVar = [("leaflet", LEAFLET_JS)]
    default_css: ClassVar = [("leaflet_css", LEAFLET_CSS)]


class Verbatim(Element):
    """Text that is written as it is, never parsed as a template."""

    def __init__(self, text: str) -> None:
        """Keep the text."""
        super().__init__()
        self.text = text

    def render(self, **_kwargs: object) -> str:
        """Return the text."""
        return self.text


class Panel(MacroElement):
    """The page's own part beside the map: style and scripts, markup, data.

    ``head`` goes into the head, ``body`` before the map, ``after`` behind it.
    """

    def __init__(self, *, head: str, body: str, after: str = "") -> None:
        """Keep the texts."""
        super().__init__()
        self._name = "Panel"
        self.head = head
        self.body = body
        self.after = after

    def render(self, **_kwargs: object) -> None:
        """Put the texts into the figure."""
        figure = self.get_root()
        figure.header.add_child(Verbatim(self.head), name="panel_head")
        figure.html.add_child(Verbatim(self.body), name="panel_body", index=0)
        figure.html.add_child(Verbatim(self.after), name="panel_after")


class PageFigure(Figure):
    """A branca figure with a Chinese page's frame (``templates/frame.html``)."""

    def __init__(self, title: str, *, body_class: str = "area") -> None:
        """Keep the title and the class of the body element."""
        super().__init__(title=title)
        self.body_class = body_class
        self._template = TEMPLATES.get_template("frame.html")


def render(figure: PageFigure) -> str:
    """Return a figure's page: ids numbered, geometry compact. Call once per figure."""
    html = figure.render()
    html = _GEOJSON_CALL.sub(_compact, html)
    return _number_ids(html, figure)


def dump(value: object) -> str:
    """Return compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _compact(match: re.Match[str]) -> str:
    return f"{match[1]}{dump(json.loads(match[2]))}{match[3]}"


def _number_ids(html: str, figure: PageFigure) -> str:
    numbers = {element._id: f"{n:03d}" for n, element in enumerate(_walk(figure))}  # noqa: SLF001
    return _RANDOM_ID.sub(lambda match: numbers.get(match[0], match[0]), html)


def _walk(element: Element) -> Iterator[Any]:
    yield element
    for child in element._children.values():  # noqa: SLF001
        yield from _walk(child)
