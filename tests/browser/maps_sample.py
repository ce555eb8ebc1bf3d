# ruff: noqa: E501 - rows of made data read better whole
"""Made areas for the tests of the pages: a realistic one and a hostile one."""

from io import BytesIO
from math import cos, pi, sin

import geopandas as gpd
import numpy as np
import shapely
from PIL import Image
from shapely.geometry import LineString, Point, Polygon, box

from zoning.view import AnswerView, AreaView, FindingView, LayerView, ProjectView

TOWNSHIPS = (
    "玉泉镇", "谷前堡镇", "米薪关镇", "逯家湾镇", "新平堡镇", "卅里铺乡",
    "南河堡乡", "贾家屯乡", "赵家沟乡", "南高崖乡", "张西河乡",
)  # fmt: skip
CATEGORIES = (
    "大气环境质量改善",
    "水环境质量改善",
    "矿山生态修复",
    "生态修复与综合治理",
    "监管能力建设",
)
WORKS = (
    "农村生活污水治理工程", "历史遗留矿山生态修复工程", "河道生态整治工程", "荒山造林工程",
    "污水管网雨污分流改造工程", "饮用水水源地规范化建设", "畜禽粪污资源化利用项目",
)  # fmt: skip
STATES = ("possible", "unchecked", "clear", "possible", "hit", "unchecked")
LABELS = {"hit": "涉及", "possible": "可能涉及", "clear": "不涉及", "unchecked": "未核查"}
HOSTILE = (
    "<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "{{ 7 * 7 }}{% raw %}",
    "\"'`${alert(3)}`", "超长名称" * 60, "=cmd|' /C calc'!A0", "a\u2028b\r\nc<!--", "&lt;b&gt;",
)  # fmt: skip
CENTRE = (114.1, 40.35)


def county() -> Polygon:
    """Return an uneven round county."""
    angles = [2 * pi * n / 72 for n in range(72)]
    radii = [1 + 0.13 * sin(3 * a) + 0.07 * cos(7 * a) + 0.04 * sin(13 * a) for a in angles]
    return Polygon(
        [
            (CENTRE[0] + 0.32 * r * cos(a), CENTRE[1] + 0.27 * r * sin(a))
            for a, r in zip(angles, radii, strict=True)
        ]
    )


def townships() -> list[Polygon]:
    """Return eleven townships that tile the county."""
    seeds = [Point(CENTRE)]
    seeds += [Point(CENTRE[0] + 0.13 * cos(a), CENTRE[1] + 0.1 * sin(a)) for a in (0.4, 2.5, 4.6)]
    seeds += [
        Point(CENTRE[0] + 0.27 * cos(2 * pi * n / 7), CENTRE[1] + 0.22 * sin(2 * pi * n / 7))
        for n in range(7)
    ]
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=county())
    )
    return [next(c for c in cells if c.contains(seed)).intersection(county()) for seed in seeds]


def layer(kind: str, rows: list[tuple], **entry: object) -> LayerView:
    """Return a layer from (zone_id, name, class, level, geometry) rows."""
    frame = gpd.GeoDataFrame(
        [row[:4] for row in rows],
        columns=["zone_id", "name", "class", "level"],
        geometry=[row[4] for row in rows],
        crs="EPSG:4490",
    )
    values = {
        "layer_id": kind, "kind": kind, "title": f"{kind}（示意）", "basis": "schematic",
        "accuracy_m": 8000.0, "coverage": "none", "authority": "规划文本", "document": "",
        "date": "2026-11-21", "licence": "CC BY 4.0", "note": "按规划文字画出的大致位置。",
        "secrecy": "公开", "sha256": "9f" * 32, "frame": frame,
    }  # fmt: skip
    return LayerView(**{**values, **entry})


def layers() -> tuple[LayerView, ...]:
    """Return layers of many kinds, with areas, lines and points."""
    x, y = CENTRE
    towns = townships()
    river = LineString([(x - 0.3 + 0.02 * n, y + 0.05 * sin(n / 3)) for n in range(31)])
    reserve = Point(x + 0.12, y - 0.12).buffer(0.06)
    source = Point(x - 0.1, y + 0.1)
    ring = Point(x - 0.12, y - 0.1).buffer(0.09).difference(Point(x - 0.12, y - 0.1).buffer(0.04))
    names = list(enumerate(zip(TOWNSHIPS, towns, strict=True)))
    return (
        layer("county", [("140222", "天镇县", None, None, county())], title="县界",
              basis="published", accuracy_m=1000.0, coverage="area", authority="天地图"),
        layer("township", [(f"14022210{n:x}", name, None, None, town)
                           for n, (name, town) in names],
              title="乡镇界（示意）", coverage="area"),
        layer("elevation", [], title="地形", basis="published", accuracy_m=1000.0,
              coverage="area"),
        layer("river", [("river-1", "南洋河", "干流", None, river)], title="河流（示意）",
              basis="modelled", accuracy_m=3000.0),
        layer("reservoir", [("reservoir-1", "孤峰山水库", None, None, Point(x + 0.05, y + 0.07))],
              title="水库（示意）"),
        layer("water_source",
              [("ws-1", "县城水源地", None, "一级保护区", source.buffer(0.02)),
               ("ws-2", "县城水源地", None, "二级保护区",
                source.buffer(0.05).difference(source.buffer(0.02))),
               ("ws-3", "乡镇水源地", None, None, Point(x + 0.2, y + 0.08).buffer(0.02))],
              title="饮用水水源保护区（示意）"),
        layer("protected_area",
              [("pa-1", "某省级自然保护区", "省级自然保护区", "核心保护区", reserve.buffer(-0.03)),
               ("pa-2", "某省级自然保护区", "省级自然保护区", "一般控制区",
                reserve.difference(reserve.buffer(-0.03)))],
              title="自然保护区（示意）"),
        layer("red_line", [("rl-1", "生态保护红线", "水土保持", None, ring)],
              title="生态保护红线（模拟）", basis="modelled", accuracy_m=2000.0, coverage="area"),
        layer("mine_patch", [("mine-1", "谷前堡镇矿山图斑", None, None, towns[1])],
              title="矿山图斑（所在乡镇）"),
        layer("monitoring_section",
              [("section-1", "永嘉堡断面", "国考断面", None, Point(x + 0.29, y))],
              title="监测断面（示意）"),
        layer("farmland", [], title="永久基本农田", coverage="red_line"),
    )  # fmt: skip


def findings(state: str, number: int) -> tuple[FindingView, ...]:
    """Return three findings, the worst of which is the state."""
    topics = ("饮用水水源保护区", "生态保护红线", "自然保护区")
    states = [state, "clear" if state != "unchecked" else "unchecked", "clear"]
    return tuple(
        FindingView(topic, "red_line", own, LABELS[own],
                    f"{topic}：第 {number} 项的核查结果为{LABELS[own]}。", ("县城水源地",) if own == "hit" else ())
        for topic, own in zip(topics, states, strict=True)
    )  # fmt: skip


def project(number: int, towns: list[Polygon]) -> ProjectView:
    """Return the project of a number; every ninth has no place, every tenth is county-wide."""
    town = number % len(TOWNSHIPS)
    basis = "township"
    if number % 9 == 8:
        basis = "none"
    elif number % 10 == 7:
        basis = "county"
    elif number % 13 == 5:
        basis = "footprint"
    placed = basis in {"township", "footprint"}
    names = (TOWNSHIPS[town],) if placed else ()
    locus = {"township": towns[town], "county": county(), "none": None,
             "footprint": towns[town].representative_point().buffer(0.004)}[basis]  # fmt: skip
    state = "unchecked" if basis == "none" else STATES[number % len(STATES)]
    area = {"value": "2000", "unit": "亩", "hectares": 133.3333, "what": "人工造林",
            "restoration": True, "part_of": False}  # fmt: skip
    facts = {
        "plan": "tianzhen", "table": f"12-{number // 8 + 1}", "table_title": "生态修复与综合治理工程",
        "group": CATEGORIES[number % 5], "seq": str(number + 1),
        "name": f"{TOWNSHIPS[town] if placed else '天镇县'}{WORKS[number % 7]}（第{number + 1}项）",
        "location": TOWNSHIPS[town] if placed else None, "townships": names, "villages": (),
        "rivers": ("南洋河",) if number % 7 == 2 else (), "places": (), "counties": (),
        "investment_yi": None if number % 6 == 5 else round(0.03 * (number + 1), 4),
        "investment_raw": None if number % 6 == 5 else str(round(0.03 * (number + 1), 4)),
        "start_year": 2021 if number % 4 else None, "end_year": 2025, "period_raw": "十四五期间",
        "owner": f"{TOWNSHIPS[town]}人民政府" if number % 3 else None,
        "owner_raw": f"{TOWNSHIPS[town]}人民政府" if number % 3 else None,
        "restoration_ha": 133.3333 if number % 7 == 3 else None,
        "areas": (area,) if number % 7 == 3 else (),
        "lengths_km": ("1.4:主干道雨污分流改造",) if number % 7 == 4 else (),
        "capacities": ("10000 m³/d:污水处理",) if number % 7 == 0 else (),
        "line": 1400 + number, "note": None,
    }  # fmt: skip
    text = {
        "township": f"规划写明在{TOWNSHIPS[town]}；项目在该乡镇内的具体位置不明。",
        "county": "规划写明在全县范围；具体位置不明。",
        "none": "规划没有写地点，无法核查。",
        "footprint": "勘测定界成果中的用地范围。",
    }[basis]
    return ProjectView(
        project_id=f"tianzhen-{1400 + number}", facts=facts, category=CATEGORIES[number % 5],
        townships=names, locus_basis=basis, locus_text=text, locus=locus, state=state,
        findings=findings(state, number),
    )  # fmt: skip


def answers(projects: tuple[ProjectView, ...]) -> tuple[AnswerView, ...]:
    """Return one answer of each sort."""
    first = tuple(
        {"project_id": p.project_id, "name": p.facts["name"], "state": p.state,
         "investment": p.facts["investment_yi"], "overlap_m2": None}
        for p in projects if p.state in {"hit", "possible"}
    )  # fmt: skip
    second = tuple(
        {"code": f"14022210{n:x}", "name": name, "restoration_ha": None if n == 4 else 12345.5 * n}
        for n, name in enumerate(TOWNSHIPS)
    )
    third = ({"zone_id": "rl-1", "name": "生态保护红线", "patches": 3},)
    return (
        AnswerView("projects-in-water-source", "水源保护区内的项目", "哪些项目在饮用水水源保护区里？",
                   f"有 {len(first)} 个项目涉及或可能涉及饮用水水源保护区。", ("示意图层，不能作为依据。",),
                   (("project_id", "编号", "id"), ("name", "项目", "text"), ("state", "结果", "state"),
                    ("investment", "投资（亿元）", "money"), ("overlap_m2", "重叠面积（平方米）", "area")),
                   first, "projects", "project_id", ""),
        AnswerView("restoration-by-township", "各乡镇修复面积", "各乡镇要修复多少面积？",
                   "修复面积最大的是张西河乡。", (),
                   (("code", "代码", "id"), ("name", "乡镇", "text"),
                    ("restoration_ha", "修复面积（公顷）", "area")),
                   second, "townships", "code", "restoration_ha"),
        AnswerView("mine-patches-in-zones", "红线内的矿山图斑", "红线里有没有矿山图斑？",
                   "红线涉及 3 个图斑。", (),
                   (("zone_id", "编号", "id"), ("name", "范围", "text"), ("patches", "图斑数", "number")),
                   third, "zones", "zone_id", ""),
        AnswerView("investment-by-owner", "责任单位投资", "各责任单位投资多少？", "没有记录。", (),
                   (("owner", "责任单位", "text"),), (), "table", "", ""),
    )  # fmt: skip


def relief_png() -> bytes:
    """Return a small shaded picture."""
    rows, columns = np.mgrid[0:120, 0:150]
    light = 205 + 30 * np.sin(columns / 6 + 2 * np.sin(rows / 11)) * np.cos(rows / 9)
    stream = BytesIO()
    Image.fromarray(light.astype("uint8")).save(stream, "PNG")
    return stream.getvalue()


def sample(count: int = 50, area_id: str = "tianzhen", name: str = "天镇县") -> AreaView:
    """Return the realistic area."""
    towns = townships()
    projects = tuple(project(number, towns) for number in range(count))
    west, south, east, north = county().bounds
    plan = {"id": "tianzhen", "title": "天镇县“十四五”“两山七河一流域”生态保护和生态文明建设、生态经济发展规划",
            "issuer": "天镇县人民政府", "date": "2021-12", "period_start": 2021, "period_end": 2025}  # fmt: skip
    return AreaView(
        area_id=area_id, name=name, made=False, plans=(plan,),
        notice="本页含示意/模拟图层，位置不准确，不得作为审批、执法或其他决策依据。",
        layers=layers(), projects=projects, answers=answers(projects),
        totals=(("项目数", f"{count} 项", "规划项目表逐行计数"),
                ("总投资", "127.05 亿元", "规划第 1395 行"),
                ("修复面积", "12,345.67 公顷", "项目表各行相加")),
        record={"versions": {"shanhe": "0.1.0", "shapely": "2.2.0"}, "decision_date": "2026-11-21",
                "layers": [{"id": "county", "kind": "county", "basis": "published",
                            "sha256": "9f" * 32}]},
        relief=relief_png(), relief_bounds=(west, south, east, north),
    )  # fmt: skip


def hostile() -> AreaView:
    """Return an area whose every text attacks the page and whose every null is null."""
    bad = " ".join(HOSTILE)
    towns = townships()
    rows = [(f"z{n}", text, text, text, towns[n]) for n, text in enumerate(HOSTILE)]
    rows += [("null", None, None, None, None), ("point", bad, None, None, Point(CENTRE))]
    empty = dict.fromkeys(project(0, towns).facts)
    finding = FindingView(bad, bad, "hit", bad, bad, HOSTILE)
    projects = [
        ProjectView(text, {**empty, "name": text, "owner": text, "location": text, "note": text,
                           "areas": (text,), "lengths_km": (text,), "capacities": (text,)},
                    text, (text,), "township", text, towns[n], "hit", (finding,))
        for n, text in enumerate(HOSTILE)
    ]  # fmt: skip
    projects.append(ProjectView("nulls", empty, "", (), "none", "", None, "unchecked", ()))
    columns = (("a", bad, "text"), ("b", bad, "number"), ("c", bad, "state"))
    table = tuple({"a": text, "b": float("nan"), "c": text} for text in HOSTILE)
    answer = AnswerView("bad", bad, bad, bad, HOSTILE, columns, table, "projects", "a", "b")
    return AreaView(
        area_id="hostile", name=bad, made=True, plans=({"id": "p", "title": bad},), notice="",
        layers=(layer("township", rows, title=bad, authority=bad, note=bad, licence=bad),
                layer("no-such-kind", rows, layer_id="odd", title=bad, accuracy_m=None)),
        projects=tuple(projects), answers=(answer,), totals=((bad, bad, bad),),
        record={bad: {bad: [bad, None, {"x": bad}]}}, relief=None, relief_bounds=None,
    )  # fmt: skip


def many(count: int) -> AreaView:
    """Return an area with many small squares in one layer."""
    squares = [
        (f"s{n}", f"地块{n}", None, None,
         box(113.9 + (n % 60) * 0.006, 40.2 + n // 60 * 0.006,
             113.904 + (n % 60) * 0.006, 40.204 + n // 60 * 0.006))
        for n in range(count)
    ]  # fmt: skip
    base = sample(3)
    return AreaView(
        **{
            **{name: getattr(base, name) for name in base.__slots__},
            "layers": (*base.layers[:2], layer("site", squares)),
        }
    )
