"""What is drawn of one area, layer by layer; later layers lean on earlier ones."""

from dataclasses import dataclass, field

from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from layers.schematic.output import Drawn, Entry, write_geojson
from layers.schematic.sources import Area
from layers.schematic.terrain import Grid

FINER = 3
"""The DEM's 30 arc-second cells are split into 10 arc-second cells for drawing."""

MARGIN = 0.1
"""How far the ground reaches beyond the area, degrees: rivers come from outside."""

SELF_MADE = "CC BY 4.0（山河项目示意图层）"
NOBODY = "山河项目编制（示意，不具法律效力）"


@dataclass(slots=True)
class Sheet:
    """An area, its ground and what has been drawn so far."""

    area: Area
    ground: Grid
    townships: dict[str, Polygon]
    entries: list[Entry] = field(default_factory=list)
    rivers: dict[str, LineString] = field(default_factory=dict)
    reserves: list[BaseGeometry] = field(default_factory=list)
    omitted: dict[str, list[str]] = field(default_factory=dict)

    @property
    def townships_by_name(self) -> dict[str, BaseGeometry]:
        """Township polygons by name."""
        names = {row["code"]: row["name"] for row in self.area.townships}
        return {names[code]: polygon for code, polygon in self.townships.items()}

    @property
    def counties_by_name(self) -> dict[str, BaseGeometry]:
        """County polygons by name."""
        return {name: self.area.polygons[code] for code, name in self.area.counties.items()}

    def add(self, entry: Entry, features: list[Drawn]) -> None:
        """Write a layer's file and note its register entry; nothing to draw, no layer."""
        if features:
            write_geojson(self.area.folder / entry.path, features)
            self.entries.append(entry)

    def omit(self, title: str, name: str) -> None:
        """Note that the plan does not place a feature."""
        self.omitted.setdefault(title, []).append(name)

    def left_out(self, title: str) -> str:
        """Say in a layer's note what it lacks; what has no layer is left for the register."""
        names = self.omitted.pop(title, [])
        return f"规划未载位置而未画 {len(names)} 处：{'、'.join(names)}。" if names else ""
