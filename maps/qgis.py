"""QGIS styles (QML): the page's colours, lines, patterns and words for a layer in QGIS.

A layer of points, lines and areas at once gets a rule for each: QGIS draws a feature only
with a symbol of its own kind.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from maps.style import ClassStyle, KindStyle, Style

POINT, LINE, AREA = "marker", "line", "fill"
"""The three types of a symbol, as QML names them."""

GEOMETRY = {POINT: "Point", LINE: "Line", AREA: "Polygon"}
"""What ``geometry_type`` in a QGIS expression calls what a symbol is for."""

DIMENSIONS = (POINT, LINE, AREA)
"""Symbol types by the dimension of the geometries: 0, 1, 2."""

BRUSHES = {
    "none": "solid", "diagonal": "b_diagonal", "back": "f_diagonal", "cross": "diagonal_x",
    "level": "horizontal", "upright": "vertical", "dots": "dense6",
}  # fmt: skip
"""QGIS brushes by the patterns of style.toml. Its ``b_diagonal`` rises to the right."""

MARKERS = {
    "square": "square", "triangle": "triangle", "star": "star", "cross": "cross2",
    "drop": "diamond", "tree": "arrowhead", "factory": "pentagon", "reservoir": "hexagon",
    "gate": "line", "half": "semi_circle", "hatched": "square", "beside": "half_square",
}  # fmt: skip
"""QGIS markers by the symbols of style.toml; any other is a circle."""

MM_PER_PIXEL = 25.4 / 96
"""The page counts in CSS pixels (1/96 inch), QGIS in millimetres."""

MARKER_MM = 3.2
LABEL_PT = 8.0
HALO_MM = 0.7
INK, PAPER = "#1f2a30", "#ffffff"

QGIS_VERSION = "3.22.0"
"""The form of the QML; newer versions read it too."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one class looks: ``value`` of the attribute ("" = all others), label, style.

    A class of a higher ``rank`` is drawn over those of lower ones: what weighs more is not
    hidden.
    """

    value: str
    label: str
    style: ClassStyle
    rank: int = 0


def kind_looks(style: KindStyle) -> tuple[str, tuple[Look, ...]]:
    """Return the attribute that tells a kind's classes ("" if none does) and their looks."""
    others = Look("", style.title, style.base)
    if not style.classes:
        return "", (others,)
    (column,) = {item.column for item in style.classes}
    classes = enumerate(style.classes, start=1)
    return column, (*(Look(one.equals, one.label, one, rank) for rank, one in classes), others)


def state_looks(style: Style) -> tuple[str, tuple[Look, ...]]:
    """Return the attribute ``state`` and a look for each state, coloured as on the page."""
    looks = []
    for worst, state in enumerate(style.states):
        drawn = ClassStyle(
            key=state.state,
            label=state.label,
            color=state.color,
            weight=2.0,
            dash="",
            fill=state.color,
            fill_opacity=0.35,
            pattern="none",
            shape=state.shape,
        )
        looks.append(Look(state.state, state.label, drawn, len(style.states) - worst))
    return "state", tuple(looks)


def qml(attribute: str, looks: Sequence[Look], dimensions: Iterable[int], label: str = "") -> str:
    """Return a layer's style as QML text.

    Args:
        attribute: the column that tells the classes; empty for one class only.
        looks: the classes; one with an empty value takes what no other does.
        dimensions: those of the geometries in the layer (0 points, 1 lines, 2 areas).
        label: the column that names the features on the map; empty for no labels.

    """
    types = [DIMENSIONS[size] for size in sorted(set(dimensions))] or [AREA]
    root = ET.Element(
        "qgis",
        version=QGIS_VERSION,
        styleCategories="Symbology|Labeling",
        labelsEnabled=str(int(bool(label))),
    )
    root.append(_renderer(attribute, looks, types))
    if label:
        root.append(_labels(label))
    ET.indent(root, " ")
    head = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return head + ET.tostring(root, encoding="unicode") + "\n"


def _renderer(attribute: str, looks: Sequence[Look], types: Sequence[str]) -> ET.Element:
    symbols = ET.Element("symbols")
    if len(types) > 1:
        renderer = _element("renderer-v2", type="RuleRenderer", symbollevels="1")
        renderer.append(_rules(attribute, looks, types, symbols))
    elif attribute:
        renderer = _element(
            "renderer-v2", type="categorizedSymbol", attr=attribute, symbollevels="1"
        )
        renderer.append(_categories(looks, types[0], symbols))
    else:
        renderer = _element("renderer-v2", type="singleSymbol", symbollevels="1")
        symbols.append(_symbol(types[0], looks[0], "0"))
    renderer.append(symbols)
    return renderer


def _categories(looks: Sequence[Look], kind: str, symbols: ET.Element) -> ET.Element:
    categories = ET.Element("categories")
    for number, look in enumerate(looks):
        symbols.append(_symbol(kind, look, str(number)))
        categories.append(
            _element(
                "category",
                value=look.value,
                type="string",
                symbol=str(number),
                label=look.label,
                render="true",
            )
        )
    return categories


def _rules(
    attribute: str, looks: Sequence[Look], types: Sequence[str], symbols: ET.Element
) -> ET.Element:
    rules = _element("rules", key="{0}")
    column = _identifier(attribute)
    named = [_literal(look.value) for look in looks if look.value]
    for look in looks:
        for kind in types:
            number = str(len(symbols))
            symbols.append(_symbol(kind, look, number))
            wanted = [f"geometry_type($geometry) = {_literal(GEOMETRY[kind])}"]
            if look.value:
                wanted.append(f"{column} = {_literal(look.value)}")
            elif named:
                wanted.append(f"coalesce({column}, '') NOT IN ({', '.join(named)})")
            rules.append(
                _element(
                    "rule",
                    key=f"{{{int(number) + 1}}}",
                    filter=" AND ".join(wanted),
                    symbol=number,
                    label=look.label,
                )
            )
    return rules


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _symbol(kind: str, look: Look, name: str) -> ET.Element:
    symbol = _element("symbol", type=kind, name=name, alpha="1", force_rhr="0", clip_to_extent="1")
    if kind == POINT:
        layers = {"SimpleMarker": _marker(look.style)}
    elif kind == LINE:
        layers = {"SimpleLine": _stroke(look.style)}
    else:
        layers = {"SimpleFill": _fill(look.style), "SimpleLine": _stroke(look.style)}
    for tag, properties in layers.items():
        symbol.append(_layer(tag, properties, look.rank))
    return symbol


def _marker(style: ClassStyle) -> dict[str, str]:
    return {
        "name": MARKERS.get(style.shape, "circle"),
        "color": _rgba(style.fill),
        "outline_color": _rgba(style.color),
        "outline_style": "solid",
        "outline_width": _mm(style.weight),
        "outline_width_unit": "MM",
        "size": f"{MARKER_MM}",
        "size_unit": "MM",
    }


def _stroke(style: ClassStyle) -> dict[str, str]:
    return {
        "line_color": _rgba(style.color),
        "line_style": "solid",
        "line_width": _mm(style.weight),
        "line_width_unit": "MM",
        "capstyle": "flat",
        "joinstyle": "round",
        "use_custom_dash": str(int(bool(style.dash))),
        "customdash": ";".join(_mm(float(part)) for part in style.dash.split()) or "5;2",
        "customdash_unit": "MM",
    }


def _fill(style: ClassStyle) -> dict[str, str]:
    return {
        "color": _rgba(style.fill, style.fill_opacity),
        "style": BRUSHES[style.pattern] if style.fill_opacity else "no",
        "outline_style": "no",
    }


def _labels(column: str) -> ET.Element:
    labeling = _element("labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    text = _element(
        "text-style",
        fieldName=column,
        isExpression="0",
        fontSize=f"{LABEL_PT}",
        fontSizeUnit="Point",
        textColor=_rgba(INK),
    )
    text.append(
        _element(
            "text-buffer",
            bufferDraw="1",
            bufferSize=f"{HALO_MM}",
            bufferSizeUnits="MM",
            bufferColor=_rgba(PAPER),
        )
    )
    settings.append(text)
    return labeling


def _layer(name: str, properties: dict[str, str], rank: int) -> ET.Element:
    layer = _element("layer", {"class": name, "pass": str(rank)}, enabled="1", locked="0")
    options = ET.SubElement(layer, "Option", type="Map")
    for key, value in properties.items():
        ET.SubElement(options, "Option", name=key, type="QString", value=value)
    return layer


def _element(tag: str, attrib: dict[str, str] | None = None, **attributes: str) -> ET.Element:
    """Return an element; signs that XML cannot hold are left out of its texts."""
    given = {**(attrib or {}), **attributes}
    return ET.Element(tag, {key: _NOT_XML.sub("", value) for key, value in given.items()})


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _rgba(color: str, opacity: float = 1.0) -> str:
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{round(opacity * 255)}"


def _mm(pixels: float) -> str:
    return f"{pixels * MM_PER_PIXEL:.2f}"
