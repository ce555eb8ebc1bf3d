"""Writing the layers: the same layer always gives the same bytes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from layers.schematic.sources import CRS
from layers.schematic.terrain import Grid

DATE = "2026-11-21"
"""Date of the drawing. Fixed: a rebuild from the same inputs must give the same bytes."""

DECIMALS = 6
NODATA = -32767

Attributes = dict[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn feature: its attributes (zone_id, name, ...) and geometry in EPSG:4490."""

    attributes: Attributes
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``[[layer]]`` of register.toml."""

    id: str
    kind: str
    title: str
    path: str
    basis: str
    accuracy_m: int
    coverage: str
    authority: str
    licence: str
    note: str
    package: str = ""
    shape: str = ""

    def toml(self, folder: Path) -> str:
        """Return the entry as TOML, with the hash of the file it names."""
        rows: list[tuple[str, str | int]] = [
            ("id", self.id),
            ("kind", self.kind),
            ("title", self.title),
        ]
        if self.package:
            rows.append(("package", self.package))
        else:
            rows.append(("path", self.path))
        rows += [
            ("crs", CRS),
            ("basis", self.basis),
            ("accuracy_m", self.accuracy_m),
            ("coverage", self.coverage),
            *([("shape", self.shape)] if self.shape else []),
            ("authority", self.authority),
            ("document", ""),
            ("date", DATE),
            ("scale", ""),
            ("secrecy", "公开"),
            ("licence", self.licence),
        ]
        if self.path:
            digest = hashlib.sha256((folder / self.path).read_bytes()).hexdigest()
            rows.append(("sha256", digest))
        rows.append(("note", self.note))
        # A JSON string is a valid TOML basic string, and JSON numbers are TOML numbers.
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in rows]
        return "\n".join(["[[layer]]", *lines]) + "\n"


def rounded(geometry: BaseGeometry) -> BaseGeometry:
    """Return a geometry with six decimals, rings in normal order, exteriors counter-clockwise."""
    flat = shapely.transform(geometry, lambda points: np.round(points, DECIMALS))
    if flat.geom_type in ("Polygon", "MultiPolygon"):
        return shapely.orient_polygons(shapely.normalize(flat))
    return flat


def write_geojson(path: Path, features: Sequence[Drawn]) -> None:
    """Write features as GeoJSON, one to a line, sorted by zone_id."""
    head = {
        "type": "FeatureCollection",
        "name": path.stem,
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}},
    }
    lines = []
    for feature in sorted(features, key=lambda item: str(item.attributes["zone_id"])):
        body = {
            "type": "Feature",
            "properties": feature.attributes,
            "geometry": mapping(rounded(feature.geometry)),
        }
        lines.append(json.dumps(body, ensure_ascii=False, separators=(",", ":")))
    opening = json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1]
    text = opening + ',"features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def write_elevation(path: Path, grid: Grid) -> None:
    """Write heights (whole metres) as a compressed GeoTIFF."""
    rows, cols = grid.shape
    profile = {
        "driver": "GTiff",
        "dtype": "int16",
        "count": 1,
        "height": rows,
        "width": cols,
        "crs": CRS,
        "transform": grid.transform,
        "nodata": NODATA,
        "compress": "deflate",
        "predictor": 2,
    }
    with rasterio.open(path, "w", **profile) as target:
        target.write(np.rint(grid.heights).astype("int16"), 1)


def write_register(
    folder: Path,
    area_name: str,
    entries: Sequence[Entry],
    omitted: Mapping[str, Sequence[str]],
) -> None:
    """Write register.toml; kinds of which nothing could be placed stand in its head."""
    head = [
        f"# {area_name}示例数据的图层登记。由 scripts/build_layers.py 生成，请勿手改；",
        "# 做法、精度和不能由此得出的结论见 docs/decisions/0005-schematic-layers.md。",
    ]
    if omitted:
        head.append("# 规划没有给出位置（或面积）、因而没有画的图层：")
    head += [f"#   {title}：{'、'.join(names)}" for title, names in sorted(omitted.items())]
    text = "\n".join(head) + "\n\n" + "\n".join(entry.toml(folder) for entry in entries)
    (folder / "register.toml").write_text(text, encoding="utf-8", newline="\n")
