# ruff: noqa: E501 - rows of made data read better whole
"""A made review for the tests of its reports, with all that is awkward in it."""

import datetime as dt
from dataclasses import replace

import geopandas as gpd
import numpy as np
from shapely import LineString, MultiPoint, Point, Polygon, affinity, box

from zoning.review.model import (
    Activity,
    KindFinding,
    LayerEvidence,
    Reject,
    Review,
    Site,
    SiteReview,
    Verdict,
    ZoneFinding,
)

DAY = dt.date(2026, 8, 15)
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "=cmd|' /C calc'!A0",
    "</script><!-- {{ 7 * 7 }} {nb} &lt;b&gt;",
    "超长的地块名称" * 120,
    "控制\x00字\x1b符\u202e反转\ud800半个\u2028换行\r\n\t",
    "生僻字\U00020bb7和\U0003104c",
    "+1+1",
)
KINDS = ("red_line", "water_source", "protected_area", "river", "farmland", "mine_patch")
LON, LAT = 114.1, 40.3
STEP = 0.003


def layers() -> tuple[LayerEvidence, ...]:
    def layer(name: str, kind: str, title: str, basis: str, **more: object) -> LayerEvidence:
        values = {
            "authority": "某县自然资源局", "document": "某政发〔2025〕3号", "date": "2025-06-30",
            "accuracy_m": 5.0, "sha256": f"{abs(hash_of(name)):064x}", "secrecy": "公开",
            "checked": True, "reason": "",
        }  # fmt: skip
        return LayerEvidence(id=name, title=title, kind=kind, basis=basis, **(values | more))

    return (
        layer("line", "red_line", "生态保护红线（2025年版）", "published"),
        layer("water", "water_source", "饮用水水源保护区", "surveyed", accuracy_m=0.1),
        layer("reserve", "protected_area", "东山自然保护区<b>", "schematic", accuracy_m=3000.0),
        layer("rivers", "river", "河流", "modelled", accuracy_m=None, secrecy="秘密"),
        layer("fields", "farmland", "永久基本农田", "digitised", checked=False,
              reason="文件打不开", date=""),
    )  # fmt: skip


def hash_of(text: str) -> int:
    return sum(ord(sign) * 65537**at for at, sign in enumerate(text))


def parcel(number: int, size: float = 0.002) -> Polygon:
    x, y = LON + STEP * (number % 20), LAT - STEP * (number // 20)
    return Polygon(
        [(x, y), (x + size, y + size / 8), (x + size * 0.9, y + size), (x, y + size * 0.8)]
    )


def zones() -> dict[str, gpd.GeoDataFrame]:
    """Zones to draw: a wavy red line with many points, nested water zones, a reserve, a river."""
    angles = np.linspace(0, 2 * np.pi, 6000)[:-1]
    radius = 0.012 + 0.0011 * np.sin(17 * angles) + 0.0001 * np.sin(700 * angles)
    wavy = Polygon(np.column_stack([LON + radius * np.cos(angles), LAT + radius * np.sin(angles)]))
    holed = wavy.difference(Point(LON + 0.003, LAT + 0.004).buffer(0.001))
    well = Point(LON + 0.0005, LAT + 0.0005)
    return {
        "line": frame([("r1", "东山红线", "生态功能极重要", "", holed)]),
        "water": frame([
            ("w1", "甲水源", "地下水", "一级保护区", well.buffer(0.0008)),
            ("w2", "甲水源", "地下水", "二级保护区", well.buffer(0.0016)),
            ("w3", "甲水源", "地下水", "准保护区", well.buffer(0.003)),
        ]),
        "reserve": frame([("p1", None, "", "核心保护区", box(LON, LAT - 0.004, LON + 0.006, LAT + 0.0012))]),
        "rivers": frame([("v1", "白河</svg>", "", "", LineString([(LON - 0.05, LAT), (LON + 0.3, LAT + 0.003)]))]),
        "unknown": frame([("s1", "泉", "", "", Point(LON + 0.001, LAT + 0.002))]),
    }  # fmt: skip


def frame(rows: list[tuple]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        [row[:4] for row in rows],
        columns=["zone_id", "name", "class", "level"],
        geometry=[row[4] for row in rows],
        crs="EPSG:4490",
    )


def verdict(kind: str, layer: str, zone: str, effect: str, **more: object) -> Verdict:
    values = {
        "certainty": "certain", "rule": f"{kind}-{effect}", "paraphrase": "保护区内禁止新建、改建、扩建与保护无关的项目",
        "document": "中华人民共和国生态环境法典", "article": "第三百一十八条",
        "in_force_from": DAY,
    }  # fmt: skip
    return Verdict(kind=kind, layer=layer, zone_id=zone, effect=effect, **(values | more))


def nested(number: int) -> SiteReview:
    """A site in three nested water zones and the red line; numbers that round awkwardly."""
    site = Site(
        f"S{number}", "甲地块", parcel(number), 0.05, Activity("sewage_works", "high", "污水处理厂"),
        "勘测.txt", str(number), stated_m2=33_333.3333, area_m2=33_411.005, length_m=0.0,
        notes=("第 2 环没有闭合，已闭合",),
    )  # fmt: skip
    zone = {"relation": "overlaps", "certainty": "certain"}
    water = {
        "kind": "water_source",
        "layer": "water",
        "zone": "甲水源",
        "zone_class": "地下水",
        **zone,
    }
    found = (
        ZoneFinding(**water, zone_id="w1", level="一级保护区", overlap_m2=1234.565, net_m2=1234.565,
                    share=0.036951, binding=True),
        ZoneFinding(**water, zone_id="w2", level="二级保护区", overlap_m2=12_345.678, net_m2=11_111.113,
                    share=0.369509),
        ZoneFinding(**water, zone_id="w3", level="准保护区", overlap_m2=33_411.0049, net_m2=21_065.3269,
                    share=0.99999999),
        ZoneFinding("red_line", "line", "r1", "东山红线", "生态功能极重要", "", "inside", 33_411.005,
                    33_411.005, 1.0, binding=True, certainty="certain"),
        ZoneFinding("protected_area", "reserve", "p1", "", "", "核心保护区", "overlaps", 0.0349, None,
                    1e-6, sliver=True, certainty="possible"),
        ZoneFinding("river", "rivers", "v1", "白河</svg>", "", "", "outside", distance_m=123.456,
                    direction="东北", certainty="possible"),
    )  # fmt: skip
    kinds = (
        KindFinding("red_line", "hit", "certain", 33_411.005, 1.0, None, (), ("line",)),
        KindFinding("water_source", "hit", "certain", 33_411.0049, 0.99999999, None, (), ("water",)),
        KindFinding("protected_area", "touches", "possible", 0.0349, 1e-6, None,
                    ("重叠 0.03 平方米，小于容差 1 平方米，列为碎屑",), ("reserve",)),
        KindFinding("river", "not_excluded", "possible", None, None, None,
                    ("“河流”是模拟图层，位置不准确",), ("rivers",)),
        KindFinding("farmland", "unchecked", "unchecked", reasons=("没有永久基本农田图层",)),
    )  # fmt: skip
    verdicts = (
        verdict("water_source", "water", "w2", "restricted", approval="县级生态环境部门",
                condition="不排放污染物"),
        verdict("water_source", "water", "w1", "prohibited", binding=True, verified=True),
        verdict("red_line", "line", "r1", "needs_human", rule="", document="", article="",
                paraphrase="", in_force_from=None, binding=True),
        verdict("water_source", "water", "w3", "none", in_force_to=dt.date(2030, 1, 1)),
    )  # fmt: skip
    return SiteReview(site, kinds, found, verdicts, "prohibited", "hit")


def clear(number: int, name: str = "乙地块") -> SiteReview:
    site = Site(f"S{number}", name, parcel(number), None, Activity(), "清单.gpkg", str(number),
                area_m2=666.6666666667)  # fmt: skip
    kinds = tuple(
        KindFinding(kind, "clear", "certain", 0.0, 0.0, None, (), ("line",)) for kind in KINDS[:2]
    )
    away = ZoneFinding("red_line", "line", "r1", "东山红线", "", "", "outside", distance_m=98_765.4321,
                       direction="西南", certainty="certain")  # fmt: skip
    return SiteReview(site, kinds, (away,), (), "", "clear")


def unchecked(number: int) -> SiteReview:
    site = Site(
        f"S{number}",
        "丙点",
        Point(LON + 0.001, LAT),
        30.0,
        Activity("photovoltaic", "low"),
        "a.xlsx",
        "7",
    )
    kinds = tuple(
        KindFinding(kind, "unchecked", "unchecked", reasons=("没有登记图层",)) for kind in KINDS
    )
    return SiteReview(site, kinds, (), (), "", "unchecked")


def line(number: int) -> SiteReview:
    shape = LineString(
        [(LON - 0.002, LAT + 0.001), (LON + 0.004, LAT + 0.0011), (LON + 0.012, LAT)]
    )
    site = Site(f"S{number}", "丁管线", shape, 1.0, Activity("pipeline", "stated"), "管线.shp", "0",
                length_m=1283.005)  # fmt: skip
    inside = ZoneFinding("water_source", "water", "w2", "甲水源", "", "二级保护区", "overlaps", None, None,
                         0.2145, 275.205, binding=True, certainty="certain")  # fmt: skip
    edge = ZoneFinding("red_line", "line", "r1", "东山红线", "", "", "touches", certainty="certain")
    kinds = (
        KindFinding("water_source", "hit", "certain", None, 0.2145, 275.205, (), ("water",)),
        KindFinding("red_line", "touches", "certain", None, 0.0, 0.0, (), ("line",)),
    )
    told = (verdict("water_source", "water", "w2", "consult", approval="水利部门"),)
    return SiteReview(site, kinds, (inside, edge), told, "consult", "hit")


def points(number: int) -> SiteReview:
    shape = MultiPoint([(LON, LAT), (LON + 0.002, LAT + 0.001)])
    site = Site(
        f"S{number}", "戊井", shape, 10.0, Activity("mine", "medium", "采矿"), "井.kml", "3"
    )
    inside = ZoneFinding("red_line", "line", "r1", "东山红线", "", "", "inside", binding=True,
                         certainty="possible")  # fmt: skip
    kinds = (KindFinding("red_line", "possible", "possible", layers=("line",)),)
    told = (verdict("red_line", "line", "r1", "none", certainty="possible", rule="none-rule"),)
    return SiteReview(site, kinds, (inside,), told, "none", "possible")


def hostile(number: int, name: str) -> SiteReview:
    found = nested(number)
    zone = tuple(replace(z, zone=name) for z in found.zones)
    told = tuple(replace(v, paraphrase=name, document=name, approval=name) for v in found.verdicts)
    site = replace(found.site, name=name, file=name, notes=(name,), id=f"{number}-{name[:20]}",
                   activity=Activity("none<such>", "medium", name))  # fmt: skip
    shape = affinity.translate(site.geometry, 0.001, 0)
    return replace(found, site=replace(site, geometry=shape), zones=zone, verdicts=told)


def review() -> Review:
    sites = (
        clear(1), unchecked(2), nested(3), line(4), points(5),
        *(hostile(number, name) for number, name in enumerate(HOSTILE, start=10)),
    )  # fmt: skip
    rejects = (
        Reject("清单.gpkg", "12", "坐标不在本县"),
        Reject(HOSTILE[0], HOSTILE[1], HOSTILE[4]),
    )
    return Review(
        title="某县选址审查<i>", area="某县", decided_on=DAY, sites=sites, rejects=rejects,
        read=len(sites) + len(rejects), kinds=KINDS[:5], unchecked=(("farmland", "没有登记永久基本农田图层"),
        ("mine_patch", HOSTILE[1])), layers=layers(),
        expiry="图层或规则更新后失效，最迟 2027-02-15 须重新审查。",
        record={"versions": {"python": "3.11"}, "sliver_m2": 1.0, "inputs": [{"path": "清单.gpkg", "sha256": "ab" * 32}],
                "rules": [HOSTILE[0]]},
        notes=("清单.gpkg：坐标系取自文件",),
    )  # fmt: skip


def empty() -> Review:
    """Nothing was found to review, nothing was checked, nothing stands in the record."""
    return Review("", "", DAY, (), (), 0, (), (), (), "", {})


def many(count: int) -> Review:
    """A review of many sites, every tenth in a zone."""
    made = review()
    sites = tuple(
        replace(found, site=replace(found.site, id=f"N{at}", geometry=parcel(at % 400)))
        for at in range(count)
        for found in [nested(at) if at % 10 == 0 else clear(at, f"第{at}号地块")]
    )
    return replace(made, sites=sites, read=count + len(made.rejects))
