"""How results look, read from ``style.toml``: colours, lines, patterns, symbols, words."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from maps.errors import PageError

OTHER = "other"
"""The style of a kind that the table does not name."""

PATTERNS = ("none", "diagonal", "back", "cross", "level", "upright", "dots")


@dataclass(frozen=True, slots=True)
class ClassStyle:
    """The constant style of one class of features.

    ``column`` and ``equals`` say which features it is for ("" = all that no
    other class takes). ``weight`` is the line width in pixels.
    """

    key: str
    label: str
    color: str
    weight: float
    dash: str
    fill: str
    fill_opacity: float
    pattern: str
    shape: str
    column: str = ""
    equals: str = ""

    @property
    def pattern_id(self) -> str:
        """The element id of the pattern that fills this class in a page."""
        return f"pattern-{self.key}"

    def path_options(self, *, canvas: bool = False) -> dict[str, Any]:
        """Return the Leaflet path options; a canvas cannot draw patterns."""
        patterned = self.pattern != "none" and not canvas
        return {
            "color": self.color,
            "weight": self.weight,
            "dashArray": self.dash or None,
            "fillColor": f"url(#{self.pattern_id})" if patterned else self.fill,
            "fillOpacity": self.fill_opacity if patterned or not canvas else 0.3,
            "opacity": 1,
        }


@dataclass(frozen=True, slots=True)
class KindStyle:
    """How the layers of one kind look: their classes, order and first visibility."""

    kind: str
    title: str
    order: int
    visible: bool
    base: ClassStyle
    classes: tuple[ClassStyle, ...]

    def class_of(self, values: Mapping[str, Any]) -> ClassStyle:
        """Return the class of a feature from its attributes."""
        for item in self.classes:
            if values.get(item.column) == item.equals:
                return item
        return self.base


@dataclass(frozen=True, slots=True)
class StateStyle:
    """How a state (hit, possible, unchecked, clear) is written and drawn."""

    state: str
    label: str
    color: str
    tint: str
    shape: str
    explain: str


@dataclass(frozen=True, slots=True)
class Style:
    """The whole style table."""

    states: tuple[StateStyle, ...]
    bases: Mapping[str, Mapping[str, str]]
    locus: Mapping[str, str]
    groups: tuple[Mapping[str, Any], ...]
    kinds: Mapping[str, KindStyle]
    scale: Mapping[str, Any]
    facts: Mapping[str, str]
    scopes: Mapping[str, str]
    features: Mapping[str, str]
    record: Mapping[str, str]
    words: Mapping[str, str]

    def kind(self, kind: str) -> KindStyle:
        """Return the style of a kind, or that of unknown kinds."""
        return self.kinds.get(kind, self.kinds[OTHER])

    def kind_title(self, kind: str) -> str:
        """Return the Chinese word of a kind; a word that is none stays as it is."""
        return self.kinds[kind].title if kind in self.kinds else kind

    def group_title(self, kind: str) -> str:
        """Return the title of the legend group that holds a kind."""
        for group in self.groups:
            if kind in group["kinds"]:
                return str(group["title"])
        return self.group_title(OTHER)

    def say(self, key: str, **fields: object) -> str:
        """Return a word of the pages with its fields filled in."""
        return self.words[key].format(**fields)


@cache
def load_style() -> Style:
    """Return the style table of the package.

    Raises:
        PageError: a kind with an unknown pattern, or a group that names an unknown kind.

    """
    text = files("maps").joinpath("style.toml").read_text(encoding="utf-8")
    return parse_style(tomllib.loads(text))


def parse_style(table: Mapping[str, Any]) -> Style:
    """Return a checked style table.

    Raises:
        PageError: see ``load_style``.

    """
    kinds = {kind: _kind_style(kind, entry) for kind, entry in table["kinds"].items()}
    for group in table["groups"]:
        for kind in group["kinds"]:
            if kind not in kinds:
                raise PageError(f"style.toml：分组“{group['title']}”中的类别 {kind} 没有样式。")
    return Style(
        states=tuple(StateStyle(state, **entry) for state, entry in table["states"].items()),
        bases=table["bases"],
        locus=table["locus"],
        groups=tuple(table["groups"]),
        kinds=kinds,
        scale=table["scale"],
        facts=table["facts"],
        scopes=table["scopes"],
        features=table["features"],
        record=table["record"],
        words=table["words"],
    )


def _kind_style(kind: str, entry: Mapping[str, Any]) -> KindStyle:
    look = {
        name: entry[name]
        for name in ("color", "weight", "dash", "fill", "fill_opacity", "pattern", "shape")
    }
    base = ClassStyle(key=kind, label="", **look)
    classes = tuple(
        replace(base, key=f"{kind}-{number}", label=item["equals"], **item)
        for number, item in enumerate(entry.get("classes", ()), start=1)
    )
    for item in (base, *classes):
        if item.pattern not in PATTERNS:
            raise PageError(
                f"style.toml：{kind} 的 pattern 是 {item.pattern}，应为 {'、'.join(PATTERNS)}。"
            )
    return KindStyle(kind, entry["title"], entry["order"], entry["visible"], base, classes)
