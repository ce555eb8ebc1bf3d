"""Named things, rules and indicators: answers in the head, then properties, then real plans."""

import csv
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.contracts import FEATURE_KINDS
from layers.plans import features, indicators, rules, structure, tables
from layers.plans.document import (
    ABOVE,
    FEATURES,
    INDICATORS,
    OWN,
    RULES,
    Cell,
    Document,
    Paragraph,
    Row,
    Table,
)
from layers.plans.folding import fold
from layers.plans.kinds import kinds
from layers.plans.wordlists import table as words_of

ROOT = Path(__file__).parents[1]
PLANS = ROOT.parent / "shared" / "plans"
FACTS = ROOT / "layers" / "data"
AREAS = ("hunyuan", "qinshui", "shuozhou", "tianzhen", "yangcheng")

with_plans = pytest.mark.skipif(
    not PLANS.is_dir(),
    reason=f"!!! {PLANS} IS NOT HERE: FEATURES ARE NOT CHECKED AGAINST THE FACTS !!!",
)


def document(*blocks, form="text"):
    """A document of paragraphs (texts) and tables (lists of rows; ``^`` is a merged cell)."""
    made, line = [], 0
    for block in blocks:
        line += 1
        if isinstance(block, str):
            made.append(Paragraph(block, line))
            continue
        rows = []
        for texts in block:
            cells = [Cell("", ABOVE) if text == "^" else Cell(text, OWN) for text in texts]
            rows.append(Row(tuple(cells), line))
            line += 1
        made.append(Table(tuple(rows)))
    return Document("made", "made.txt", form, "0" * 64, tuple(made))


def read_features(*blocks, **more):
    made = document(*blocks, **more)
    return features.read(made, structure.parts(made), tables.logical(made))


def read_rules(*blocks, **more):
    made = document(*blocks, **more)
    return rules.read(made, structure.parts(made))


def read_indicators(*blocks):
    made = document(*blocks)
    return indicators.read(made, structure.parts(made), tables.logical(made))


def named(*blocks, sure=True):
    """Kind and name of what was found, each once; only those beyond doubt."""
    records = read_features(*blocks)
    found = [r.values for r in records if not sure or r.values["confidence"] == "high"]
    return {(row["kind"], row["name"]) for row in found}


def stated(*blocks):
    """Name, measure, value or text, unit of every figure."""
    return [
        (row["name"], row["measure"], row["value"] or row["text"], row["unit"])
        for row in (record.values for record in read_features(*blocks))
        if row["measure"]
    ]


# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("推进青石河流域综合治理。", {("river", "青石河")}),
        ("青石河和三沙河水质持续改善。", {("river", "青石河"), ("river", "三沙河")}),
        ("大樟溪发源于云顶山。", {("river", "大樟溪")}),
        ("加强对望山县青石河河道的管理。", {("river", "青石河")}),
        ("建成石门水库、红旗水库。", {("reservoir", "石门水库"), ("reservoir", "红旗水库")}),
        ("包括柳湖湿地公园。", {("park", "柳湖湿地公园")}),
        ("云岭省级自然保护区已完成勘界。", {("protected_area", "云岭省级自然保护区")}),
        ("实施城关镇第二污水处理厂扩建。", {("facility", "城关镇第二污水处理厂")}),
        ("新建望山县污水处理厂。", {("facility", "望山县污水处理厂")}),
        ("分别为东沟水源地、石门水库水源地。", {
            ("water_source", "东沟水源地"), ("water_source", "石门水库水源地"),
        }),
        ("保护玉泉泉域，玉泉出露处设围栏。", {("spring_basin", "玉泉泉域")}),
        ("建设望山经济技术开发区。", {("industrial_park", "望山经济技术开发区")}),
        ("推进大岭煤矿生态修复。", {("mining_area", "大岭煤矿")}),
        ("纳入云岭生物多样性保护优先区域。", {("function_zone", "云岭生物多样性保护优先区域")}),
        ("石桥断面（国控）水质达到Ⅱ类。", {("monitoring_section", "石桥断面")}),
        ("打造云顶山风景名胜区。", {("scenic_area", "云顶山风景名胜区")}),
        ("修复芦苇湿地。", {("wetland", "芦苇湿地")}),
    ],
)  # fmt: skip
def test_a_name_ends_with_its_noun_and_begins_behind_verbs_and_places(text, found):
    assert found <= named(text, sure=False)
    extra = named(text) - found
    assert not {name for _, name in extra if not any(name in whole for _, whole in found)}


@pytest.mark.parametrize(
    "text",
    [
        "加强河道管理，清理河湖乱占乱建，推进重点河流治理。",
        "全县现有中型水库2座、小型水库15座，主要河流12条。",
        "建设一批湿地公园、森林公园和自然保护区。",
        "开展“清河”专项行动，严格落实河长制，统筹山水林田湖草沙系统治理。",
        "提升污水处理厂运行水平，规范城镇生活污水处理厂和垃圾填埋场。",
        "严格落实生态保护红线、永久基本农田、城镇开发边界三条控制线。",
        "依据《青石河流域管理条例》《云岭自然保护区办法》。",
        "推动工业园区、产业园区和开发区集中供热。",
        "西河镇、横河乡、沙河村、滨河路完成改造。",
        "青石县水利局、云岭林场管理局、石门水库管理处负责落实。",
        "国控断面、省控断面、入境断面、跨界断面全部达标。",
        "推进煤矿、铁矿、露天煤矿等矿区绿色矿山建设。",
    ],
)
def test_what_is_said_of_any_such_thing_is_no_name(text):
    assert named(text, sure=False) == set()


def test_a_county_is_no_part_of_a_river_but_of_a_works():
    found = named("治理望山县青石河流域，提升望山县污水处理厂。")
    assert found == {("river", "青石河"), ("facility", "望山县污水处理厂")}


def test_what_the_words_around_leave_open_the_rest_of_the_document_settles():
    text = ("青石河流域、白马河流域。", "青石河干流、白马河干流。", "剿除青石河劣质水体。")
    assert ("river", "青石河") in named(*text)
    assert not {name for _, name in named(*text, sure=False) if name.startswith("剿")}


def test_a_list_may_share_its_noun():
    found = named("城区有下湾、上湾两个水源地；曲堤、东沟等煤矿已整合。", sure=False)
    assert {("water_source", "下湾水源地"), ("water_source", "上湾水源地")} <= found
    assert {("mining_area", "曲堤煤矿"), ("mining_area", "东沟煤矿")} <= found
    assert named("共有下湾、上湾三个水源地。", sure=False) == set()  # the count is another


def test_a_township_called_after_a_river_is_no_river():
    text = ("全县辖城关镇、横河镇、石门镇3个镇。", "在横河、石门等地新建管网。")
    assert ("river", "横河") not in named(*text, sure=False)


def test_a_section_is_called_without_its_river_and_level():
    found = named("青石河流域水质改善，青石河石桥省考核断面、白马河断面达标。", sure=False)
    assert {("monitoring_section", "石桥断面"), ("monitoring_section", "白马河断面")} <= found


def test_a_sentence_that_a_page_breaks_is_one():
    first = "全县重点保护的湿地公园和自然保护区主要包括云岭省级自"
    found = read_features("一、概况", first, "然保护区以及柳湖湿地公园。")
    record = next(r for r in found if r.values["kind"] == "protected_area")
    assert record.values["name"] == "云岭省级自然保护区"
    assert [span.line for span in record.spans["name"]] == [2, 3]
    assert not [
        r for r in read_features(first, "然保护区以及柳湖湿地公园。", form="docx")
        if r.values["name"] == "云岭省级自然保护区"
    ]  # fmt: skip


def test_level_class_and_townships():
    rows = [r.values for r in read_features(
        "石桥断面（国控）水质稳定。",
        "云岭国家级自然保护区位于石门镇和松岭乡。",
        "全县有中型水库1座，即红旗水库。",
    )]  # fmt: skip
    by_name = {row["name"]: row for row in rows}
    assert by_name["石桥断面"]["level"] == "国控"
    reserve = by_name["云岭国家级自然保护区"]
    assert (reserve["level"], reserve["class"]) == ("国家级", "自然保护区")
    assert reserve["townships"] == "石门镇;松岭乡"
    assert by_name["红旗水库"]["class"] == "中型"


# --- figures ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("青石河全长45公里，流域面积1 432 平方公里，平均比降4.1‰。", [
            ("length", "45", "km"), ("catchment_area", "1432", "km²"), ("gradient", "4.1", "‰")]),
        ("青石河：发源于云顶山。境内长 12.5km，境内流域面积为 88hm ²。", [
            ("length_in_county", "12.5", "km"), ("catchment_area_in_county", "88", "hm²")]),
        ("云岭省级自然保护区总面积2.48万公顷，其中核心区7541.5公顷，缓冲区面积为2722公顷。", [
            ("area", "2.48", "万公顷"), ("core_area", "7541.5", "公顷"),
            ("buffer_area", "2722", "公顷")]),
        ("石门水库总库容1.2亿m³，设计灌溉面积2.3万亩。", [
            ("storage", "1.2", "亿m³"), ("irrigation_area", "2.3", "万亩")]),
        ("青石河多年平均流量14.8立方米/秒。", [("average_flow", "14.8", "m³/秒")]),
        ("新建城关镇污水处理厂，处理规模为日处理10000吨。", [
            ("treatment_capacity", "10000", "吨/日")]),
        ("柳湖湿地61.47公顷。", [("area", "61.47", "公顷")]),
        ("望山县生态保护红线面积539.21 平方公里，占县域面积比例 27.3%。", [
            ("area", "539.21", "km²"), ("share_of_county", "27.3", "%")]),
        ("白玉温泉日涌水量为600吨。", [("daily_flow", "600", "吨/日")]),
        ("石桥断面、东桥断面水质达到Ⅱ类。", [("water_quality", "Ⅱ", None)] * 2),
        ("确保石桥断面水质稳定保持在III类。", [("water_quality_target", "Ⅲ", None)]),
        ("青石河支流大樟溪全长86公里。", [("length", "86", "km")]),
    ],
)  # fmt: skip
def test_figures_behind_a_name(text, found):
    assert [row[1:] for row in stated(text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "青石河从境内流过，全县总面积1968平方公里。",  # of the county
        "青石河、白马河和三沙河，总流域面积为1542平方公里。",  # of all three together
        "石门水库建成后，改造管网12公里。",  # of works
        "云岭森林公园距高速公路4公里，年接待游客30万人。",
        "青石河断裂长约45公里。",
        "青石河断面水质优良比例为75%。",
        "治理青石河需投资3.2亿元。",
        "石门水库上游为V字型河段，下游为U字型河段。",
    ],
)
def test_a_number_that_speaks_of_something_else_is_left(text):
    assert stated(text) == []


def test_areas_are_in_hectares():
    rows = [r.values for r in read_features("柳湖湿地公园总面积300亩，规划面积0.5km²。")]
    assert [row["hectares"] for row in rows] == ["20", "50"]


def test_a_project_speaks_of_what_it_is_called_for():
    table = [
        ["序号", "项目名称", "建设内容及规模", "总投资（万元）", "责任单位"],
        ["1", "望山县第三污水处理厂建设项目", "处理规模5000吨/日，占地面积30亩", "900", "县住建局"],
        ["2", "河道整治工程", "治理河道12公里", "300", "石门水库管理处"],
    ]
    records = read_features(table)
    rows = [r.values for r in records]
    assert [(r["name"], r["measure"], r["confidence"]) for r in rows] == [
        ("望山县第三污水处理厂", "treatment_capacity", "medium"),
        ("望山县第三污水处理厂", "occupied_area", "medium"),
    ]


# --- tables of things -------------------------------------------------------------------------


def test_a_table_with_a_row_for_each():
    table = [
        ["水库名称", "所在河流", "工程规模", "集雨面积（km²）", "总库容（万m³）", "所在乡镇"],
        ["石门水库", "青石河", "中型", "412", "3 200", "石门镇"],
        ["黄石", "白马河", "小（1）型", "12.3", "356", "松岭乡"],
    ]
    rows = [r.values for r in read_features("表2-1 主要水库基本情况", table)]
    reservoirs = [row for row in rows if row["kind"] == "reservoir"]
    got = [
        (
            r["name"],
            r["class"],
            r["measure"],
            r["value"],
            r["unit"],
            r["townships"],
            r["confidence"],
        )
        for r in reservoirs
    ]
    assert got == [
        ("石门水库", "中型", "catchment_area", "412", "km²", "石门镇", "high"),
        ("石门水库", "中型", "storage", "3200", "万m³", "石门镇", "high"),
        ("黄石水库", "小(1)型", "catchment_area", "12.3", "km²", "松岭乡", "medium"),
        ("黄石水库", "小(1)型", "storage", "356", "万m³", "松岭乡", "medium"),
    ]


def test_a_table_with_a_column_for_each():
    table = [
        ["分类", "青石河", "白马河"],
        ["境内流经村镇", "城关镇、石门镇", "松岭乡"],
        ["境内流长（km）", "44", "10.4"],
        ["流域面积（km²）", "1056", "202"],
    ]
    rows = [r.values for r in read_features("表1-1 主要河流情况表", table)]
    got = {(r["name"], r["measure"], r["value"], r["townships"]) for r in rows}
    assert got == {
        ("青石河", "length_in_county", "44", "城关镇;石门镇"),
        ("青石河", "catchment_area", "1056", "城关镇;石门镇"),
        ("白马河", "length_in_county", "10.4", "松岭乡"),
        ("白马河", "catchment_area", "202", "松岭乡"),
    }


def test_a_table_of_water_quality_by_year():
    table = [
        ["河流名称", "控制断面", "控制级别", "水质目标", "年份", "水质类别"],
        ["青石河", "石桥", "国控", "Ⅳ类", "2019", "Ⅳ类"],
        ["", "", "", "", "2020", "III类"],
    ]
    rows = [r.values for r in read_features("表2-2 地表水水质监测结果", table)]
    got = [
        (r["name"], r["level"], r["measure"], r["text"], r["note"]) for r in rows if r["measure"]
    ]
    assert got == [
        ("石桥断面", "国控", "water_quality_target", "Ⅳ", "名称的起止由上下文推定；2019年"),
        ("石桥断面", "国控", "water_quality", "Ⅳ", "名称的起止由上下文推定；2019年"),
        ("石桥断面", "国控", "water_quality", "Ⅲ",
         "名称的起止由上下文推定；2020年；名称是合并单元格，据第3行补"),
    ]  # fmt: skip


def test_tables_of_other_things_are_none():
    climate = [["项目", "内容"], ["年平均气温", "6.4℃"], ["年降水量", "410mm"]]
    towns = [["乡镇", "面积（km²）"], ["横河镇", "120"], ["石门镇", "88"]]
    assert read_features("表1-2 气候条件", climate) == ()
    assert [r for r in read_features("表1-3 乡镇", towns) if r.values["measure"]] == []


# --- rules ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "effect", "kind", "place", "distance", "slope", "activity"),
    [
        ("禁止在饮用水水源一级保护区内新建排污口。",
         "prohibit", "water_source", "饮用水水源一级保护区", None, None, "新建排污口"),
        ("青石河干流岸线1公里范围内，严禁新建化工项目。",
         "prohibit", "river", "青石河干流岸线", "1000", None, "新建化工项目"),
        ("在永久基本农田集中区域，不得规划新建可能污染土壤的项目。",
         "prohibit", "farmland", "永久基本农田集中区域", None, None, "规划新建可能污染土壤的项目"),
        ("严格控制在城市建成区及周边20公里范围内新建钢铁企业。",
         "restrict", "built_up", "城市建成区", "20000", None, "新建钢铁企业"),
        ("禁止在二十五度以上陡坡地开垦。",
         "prohibit", "slope", "陡坡地", None, "25", "开垦"),
        ("25度以上坡耕地全部实施退耕还林。",
         "require", "slope", "坡耕地", None, "25", "实施退耕还林"),
        ("主要支流堤外30米范围内实施植树种草。",
         "require", "river", "主要支流", "30", None, "实施植树种草"),
        ("禁止侵占河道。", "prohibit", "river", "河道", None, None, "侵占河道"),
        ("在泉域重点保护区、构造连通区内，严禁开采煤矿。",
         "prohibit", "spring_basin", "泉域重点保护区、构造连通区", None, None, "开采煤矿"),
        ("自然保护区核心保护区内原则上禁止人为活动。",
         "prohibit", "protected_area", "自然保护区核心保护区", None, None, "人为活动"),
        ("白马河两岸应当设置宽度不少于30米的植被缓冲带。",
         "require", "river", "白马河两岸", "30", None, "设置宽度不少于30米的植被缓冲带"),
        ("严禁在湿地附近建设重污染项目。",
         "prohibit", "wetland", "湿地附近", None, None, "建设重污染项目"),
        ("严格管控生态保护红线区域内的开发建设活动。",
         "restrict", "red_line", "生态保护红线区域", None, None, "开发建设活动"),
    ],
)  # fmt: skip
def test_rules_of_a_place(text, effect, kind, place, distance, slope, activity):  # noqa: PLR0913, PLR0917
    (record,) = read_rules(text)
    row = record.values
    assert (row["effect"], row["place_kind"], row["place"]) == (effect, kind, place)
    assert (row["distance_m"], row["slope_deg"], row["activity"]) == (distance, slope, activity)
    assert row["text"] == text
    assert row["confidence"] != "low"


@pytest.mark.parametrize(
    "text",
    [
        "严禁露天焚烧秸秆，坚决遏制超标排放。",
        "严禁新增钢铁、焦化、水泥产能。",
        "加强河道管理，推进湿地保护与修复。",
        "水土流失严重限制了耕地保有量。",
        "依据《禁止在湿地开垦的规定》开展检查。",
        "建立应急响应机制，供应洁净煤。",
        "划定禁止开发区域和限制开发区域。",
        "在青石河沿线建设防护林。",
    ],
)
def test_a_general_aim_is_no_rule_of_a_place(text):
    assert read_rules(text) == ()


def test_two_rules_in_a_sentence():
    text = "禁止在一级保护区内新建项目，禁止在二级保护区内新建排放污染物的项目。"
    rows = [r.values for r in read_rules(text)]
    assert [r["place"] for r in rows] == ["一级保护区", "二级保护区"]
    assert {r["place_kind"] for r in rows} == {"water_source"}


def test_a_slope_in_per_cent_is_not_guessed_at():
    (record,) = read_rules("河道两侧25%以上坡度的山体实施退耕还林。")
    assert record.values["slope_deg"] is None
    assert "14.0" in record.values["note"]


def test_what_a_chapter_tells_of_the_past_is_no_sure_rule():
    past, coming = read_rules(
        "第一章 “十三五”工作回顾",
        "禁煤区内禁止销售散煤。",
        "第二章 重点任务",
        "禁煤区内禁止销售散煤。",
    )
    assert (past.values["confidence"], coming.values["confidence"]) == ("low", "high")


# --- indicators -------------------------------------------------------------------------------

HEADER = ["类别", "序号", "指标", "2020年", "2025年", "指标属性"]


def columns(records, *names):
    return [tuple(record.values[name] for name in names) for record in records]


def test_unit_behind_the_name_or_the_number():
    rows = read_indicators(
        "表3-1 规划指标体系",
        [
            HEADER,
            ["生态保护", "1", "森林覆盖率 (%)", "32.5", "34", "约束性"],
            ["", "2", "细颗粒物（PM _{2.5} ）浓度", "37 μg/m ³", "32μg/m³", "约束性指标"],
            ["", "3", "水质优良(达到或优于Ⅲ类)比例（%）", "75%", "完成上级下达指标", "预期性"],
            ["", "4", "生态质量指数", "—", "不降低", "预期性"],
        ],
    )
    assert columns(rows, "group", "name", "unit", "base_value", "target_value", "attribute") == [
        ("生态保护", "森林覆盖率", "%", "32.5", "34", "约束性"),
        ("生态保护", "细颗粒物(PM2.5)浓度", "μg/m³", "37", "32", "约束性"),
        ("生态保护", "水质优良(达到或优于Ⅲ类)比例", "%", "75", "完成上级下达指标", "预期性"),
        ("生态保护", "生态质量指数", None, None, "不降低", "预期性"),
    ]
    assert columns(rows, "base_year", "target_year", "confidence") == [("2020", "2025", "high")] * 4
    assert {(r.values["table"], r.values["table_title"]) for r in rows} == {("3-1", "规划指标体系")}


def test_a_phrase_goes_on_over_the_empty_cells_below_but_a_number_does_not():
    rows = read_indicators(
        "表3-1 规划指标体系",
        [
            HEADER,
            ["减排", "1", "化学需氧量减少（%）", "5", "完成上级下达指标", "约束性"],
            ["", "2", "氨氮减少（%）", "", "", "约束性"],
            ["安全", "3", "安全利用率（%）", "90", "93", "约束性"],
            ["", "4", "污水治理率（%）", "20", "", "预期性"],
        ],
    )
    assert columns(rows, "base_value", "target_value", "confidence") == [
        ("5", "完成上级下达指标", "high"),
        (None, "完成上级下达指标", "medium"),
        ("90", "93", "high"),
        ("20", None, "medium"),
    ]
    assert "据第2行补" not in (rows[0].values["note"] or "")
    assert "据第3行补" in rows[1].values["note"]


def test_a_number_is_filled_where_the_file_says_that_the_cells_are_one():
    rows = read_indicators(
        "表3-1 规划指标体系",
        [
            HEADER,
            ["安全", "1", "甲利用率（%）", "90", "95", "约束性"],
            ["^", "2", "乙利用率（%）", "88", "^", "约束性"],
        ],
    )
    assert columns(rows, "target_value", "group") == [("95", "安全"), ("95", "安全")]


def test_a_row_that_a_page_break_has_shifted():
    rows = read_indicators(
        "表3-1 规划指标体系",
        [
            [*HEADER, ""],
            ["生态", "1", "甲（%）", "10", "20", "约束性", ""],
            ["", "2", "乙（%）", "11", "21", "预期性", ""],
            ["", "安全", "3", "丙（%）", "12", "22", "约束性"],
            ["", "", "4", "丁（%）", "13", "23", "预期性"],
        ],
    )
    assert columns(rows, "group", "seq", "name", "base_value", "target_value", "attribute") == [
        ("生态", "1", "甲", "10", "20", "约束性"),
        ("生态", "2", "乙", "11", "21", "预期性"),
        ("安全", "3", "丙", "12", "22", "约束性"),
        ("安全", "4", "丁", "13", "23", "预期性"),
    ]
    assert [r.values["confidence"] for r in rows] == ["high", "high", "medium", "medium"]


@pytest.mark.parametrize(
    ("headers", "base", "target"),
    [
        (["2015年", "2020年", "2025年"], ("2020", "b"), ("2025", "c")),
        (["2015年现状", "2020年目标", "2020年现状"], ("2015", "a"), ("2020", "b")),
        (["现状值", "2025年目标值", "2035年目标值"], (None, "a"), ("2025", "b")),
        (["2020年基期值", "2025年", "备注"], ("2020", "a"), ("2025", "b")),
    ],
)
def test_base_and_target_by_words_then_by_years(headers, base, target):
    rows = read_indicators(
        "望山县“十四五”生态环境保护规划",
        "第一章 总则",
        "规划期为2021-2025年。",
        "表3-1 规划指标体系",
        [["序号", "指标名称", *headers, "指标属性"], ["1", "甲", "a", "b", "c", "约束性"]],
    )
    assert columns(rows, "base_year", "base_value") == [base]
    assert columns(rows, "target_year", "target_value") == [target]


def test_numbers_within_the_names_and_one_column_of_values():
    rows = read_indicators(
        "望山县“十四五”生态环境保护规划",
        "第一章 总则",
        "规划期为2021-2025年。",
        "望山县规划主要指标",
        [
            ["类型", "指标名称", "指标值", "指标性质"],
            ["环境", "1 空气质量等级", "二级", "预期性"],
            ["", "2 10万吨以上工程比例", "≥90%", "约束性"],
            ["", "3 0.01 毫米以上农膜回收率", "80%", "预期性"],
        ],
    )
    assert columns(rows, "seq", "name", "unit", "base_value", "target_value") == [
        ("1", "空气质量等级", None, None, "二级"),
        ("2", "10万吨以上工程比例", "%", None, "≥90"),
        ("3", "0.01毫米以上农膜回收率", "%", None, "80"),
    ]
    assert {r.values["target_year"] for r in rows} == {"2025"}
    assert {r.values["confidence"] for r in rows} == {"medium"}  # the year is the period's end


# --- properties -------------------------------------------------------------------------------

CORES = st.text("岗坪崖岭垴塬峦屿砬嶂", min_size=2, max_size=3)
"""Invented names of signs that are in no word list."""
NOUNS = st.sampled_from([
    ("river", "河"), ("reservoir", "水库"), ("park", "湿地公园"), ("park", "国家森林公园"),
    ("protected_area", "省级自然保护区"), ("facility", "污水处理厂"), ("scenic_area", "风景名胜区"),
    ("water_source", "水源地"), ("mining_area", "煤矿"), ("industrial_park", "工业园区"),
])  # fmt: skip
FRAMES = st.sampled_from([
    "推进{}综合治理。", "加强对{}的保护。", "其中{}位于县城北部。", "实施{}生态修复工程。",
    "主要包括{}、其他设施等。", "在{}周边营造水源涵养林。", "切实做好{}的日常管理。",
])  # fmt: skip


@given(CORES, NOUNS, FRAMES)
def test_an_invented_name_is_found_whatever_stands_around_it(core, noun, frame):
    kind, ends = noun
    assert (kind, core + ends) in named(frame.format(core + ends), sure=False)


@settings(max_examples=60)
@given(CORES, st.decimals(min_value="0.1", max_value=9999, places=2))
def test_a_figure_is_as_printed_and_its_hectares_are_exact(core, number):
    rows = [r.values for r in read_features(f"{core}湿地公园总面积{number}亩。")]
    assert [(r["value"], r["unit"]) for r in rows] == [(str(number), "亩")]
    assert abs(float(rows[0]["hectares"]) - float(number) / 15) < 1e-4


def check_spans(made, records):
    """Every span lies within its text; name, value and place stand where their span says."""
    texts = {}
    for block in made.blocks:
        if isinstance(block, Paragraph):
            texts[block.line, -1] = block.text
        else:
            for row in block.rows:
                texts |= {(row.line, at): cell.text for at, cell in enumerate(row.cells)}
    for record in records:
        assert set(record.spans) <= set(record.values)
        for column, spans in record.spans.items():
            parts = []
            for span in spans:
                text = texts[span.line, span.cell]
                assert 0 <= span.start < span.end <= len(text)
                parts.append(text[span.start : span.end])
            printed = fold("".join(parts)).text.replace("_", "")
            if column in {"value", "seq", "unit", "base_value", "target_value"}:
                assert record.values[column] in printed.replace(",", "").replace(" ", "") or (
                    column == "unit" or "-" in record.values[column]
                )
        assert record.values["plan"]
        assert record.values["confidence"] in {"high", "medium", "low"}


def read_all(made):
    parts, logical = structure.parts(made), tables.logical(made)
    return (
        features.read(made, parts, logical),
        rules.read(made, parts),
        indicators.read(made, parts, logical),
    )


TEXT = st.text(
    "甲乙青石河水库湿地公园保护区内外禁止严在的、，。；：（）“”《》"
    "0123456789.%公里平方米亩万吨/日-~ ",
    max_size=80,
)


@settings(max_examples=150)
@given(
    st.lists(TEXT, min_size=1, max_size=4),
    st.lists(st.lists(TEXT, min_size=1, max_size=4), max_size=4),
)
def test_any_text_is_read_without_a_fault(texts, table):
    made = document(*texts, *([table] if table else []))
    for records in read_all(made):
        check_spans(made, records)


def test_long_text_without_a_stop_takes_no_longer_than_it_is_long():
    made = document("推进甲河、" * 4000 + "严禁在湿地内" * 2000)
    found, told, _ = read_all(made)
    assert {r.values["name"] for r in found} <= {"甲河"}
    assert len(told) <= 2000


# --- the word lists ---------------------------------------------------------------------------


def test_kinds_are_those_of_layers():
    assert set(kinds()) == set(FEATURE_KINDS)
    assert set(words_of("figures")["tables"]["kinds"]) < set(FEATURE_KINDS)
    for row in words_of("figures")["measure"]:
        assert set(row.get("kinds", ())) <= set(FEATURE_KINDS)


def facts(area, name):
    with (FACTS / area / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_no_word_list_names_one_of_the_areas():
    listed = "".join(
        (ROOT / "layers" / "plans" / name).read_text(encoding="utf-8")
        for name in (
            "features.toml", "figures.toml", "rules.toml", "indicators.toml", "kinds.py",
            "names.py", "figures.py", "features.py", "feature_tables.py", "rules.py",
            "indicators.py", "prose.py",
        )
    )  # fmt: skip
    for area in AREAS:
        for row in (*facts(area, "townships"), *facts(area, "features")):
            name = row["name"]
            own = row.get("kind") in {"镇", "乡", "街道", "river", "reservoir", "park", "spring"}
            assert not own or len(name) < 3 or name not in listed, name


# --- the real plans ---------------------------------------------------------------------------


@cache
def real(area):
    from layers.plans.opening import open_document  # noqa: PLC0415 - only where the plans are

    made = open_document(PLANS / f"{area}.txt")
    return made, read_all(made)


def real_rows(area, which):
    return [record.values for record in real(area)[1][which]]


@with_plans
@pytest.mark.parametrize("area", AREAS)
def test_every_value_of_a_real_plan_stands_where_its_span_says(area):
    made, found = real(area)
    for records, names in zip(found, (FEATURES, RULES, INDICATORS), strict=True):
        assert records
        assert {tuple(record.values) for record in records} == {names}
        check_spans(made, records)


RECALL = {  # of the things in the facts, those whose name (or another name of it) is found
    "river": 55, "reservoir": 21, "water_source": 34, "park": 35, "protected_area": 7,
    "mining_area": 42, "industrial_park": 30, "facility": 32, "monitoring_section": 9,
    "wetland": 9, "spring": 6, "spring_basin": 2, "scenic_area": 8, "function_zone": 18,
    "red_line": 3,
}  # fmt: skip


@with_plans
def test_the_things_of_the_facts_are_found():
    found, missed, every = Counter(), defaultdict(list), Counter()
    for area in AREAS:
        names = {row["name"] for row in real_rows(area, 0)}
        for fact in facts(area, "features"):
            every[fact["kind"]] += 1
            if names & {fact["name"], *fact["aliases"].split(";")}:
                found[fact["kind"]] += 1
            else:
                missed[fact["kind"]].append(fact["name"])
    for kind, count in every.items():
        print(f"{kind:20} {found[kind]:3} of {count:3}")  # noqa: T201
    short = {kind: found[kind] for kind, floor in RECALL.items() if found[kind] < floor}
    assert not short, {kind: missed[kind] for kind in short}


@with_plans
def test_sure_names_are_those_of_the_facts_or_checked_by_eye():
    """Names that the facts leave out were read in the plans, one by one: few were no names."""
    sure = known = 0
    for area in AREAS:
        names = {n for f in facts(area, "features") for n in (f["name"], *f["aliases"].split(";"))}
        found = {r["name"] for r in real_rows(area, 0) if r["confidence"] == "high"}
        sure, known = sure + len(found), known + len(found & names)
    print(f"{sure} sure names, {known} of them in the facts")  # noqa: T201
    assert known >= 0.8 * sure
    assert sure >= 230


SIZES = {"亿": 1e8, "万": 1e4}
SAME = {
    "hm²": 1.0,
    "公顷": 1.0,
    "km²": 100.0,
    "亩": 1 / 15,
    "m²": 1e-4,
    "平米": 1e-4,
    "km": 1.0,
    "m": 1e-3,
}


def amount(value, unit):
    """A number in hectares, km or single units, so that two spellings of it are equal."""
    number = float(value.split("-")[0])
    if unit[:1] in SIZES and unit not in SAME:
        number, unit = number * SIZES[unit[0]], unit[1:]
    return round(number * SAME.get(unit.partition("/")[0], 1.0), 6)


def said(row):
    return amount(row["value"], row["unit"] or "") if row["value"] else row["text"]


@with_plans
def test_figures_are_those_of_the_facts():
    every = found = same = read = right = 0
    for area in AREAS:
        rows = [row for row in real_rows(area, 0) if row["measure"]]
        by_id = {fact["id"]: fact for fact in facts(area, "features")}
        at_line = defaultdict(set)
        for fact in facts(area, "figures"):
            every += 1
            thing = by_id[fact["feature_id"]]
            names = {thing["name"], *thing["aliases"].split(";")}
            at_line[fact["line"]].add(said(fact))
            hits = [
                row for row in rows
                if row["line"] == fact["line"] and row["name"] in names and said(row) == said(fact)
            ]  # fmt: skip
            found += bool(hits)
            same += any(row["measure"] == fact["measure"] for row in hits)
        read += len(rows)
        right += sum(said(row) in at_line[row["line"]] for row in rows)
    print(f"figures: {found} of {every} of the facts, {same} under the same measure")  # noqa: T201
    print(f"         {right} of {read} that were read stand in the facts at that line")  # noqa: T201
    assert found >= 122
    assert same >= 108
    assert right >= 0.93 * read


INDICATOR_ROWS = {  # rows of every table of indicators, counted by eye
    "hunyuan": {"3-1": 30},
    "qinshui": {None: 23 + 14},
    "shuozhou": {"2-1": 19},
    "tianzhen": {"3-1": 33},
    "yangcheng": {"5-1": 21, "2-1": 26},
}
SPOTS = [  # plan, line, unit, base year and value, target year and value, attribute
    ("hunyuan", 415, "μg/m³", "2020", "53", "2025", "完成国家、省、市下达指标", "约束性"),
    ("hunyuan", 424, "%",
     "2020", "完成国家、省级下达指标", "2025", "完成国家、省、市下达指标", "约束性"),
    ("hunyuan", 433, "万m²", "2020", "52", "2025", "完成国家、省、市下达指标", "预期性"),
    ("hunyuan", 437, "亿m³", "2020", "0.648", "2025", "0.78", "约束性"),
    ("hunyuan", 442, "个", "2020", "0", "2025", "2", "预期性"),
    ("hunyuan", 445, "%", "2020", "12.35", "2025", "15", "预期性"),
    ("qinshui", 229, None, None, None, "2025", "二级", "预期性"),
    ("qinshui", 236, "%", None, None, "2025", "完成省级下达的要求", "约束性"),
    ("qinshui", 243, "%", None, None, "2025", "≥80", "预期性"),
    ("qinshui", 313, "万吨", "2015", "0.0355", "2020", "0.03266", None),
    ("qinshui", 325, None, "2015", "39.6", "2020", None, None),
    ("shuozhou", 185, "μg/m³", "2020", "37", "2025", "达到省定目标", "约束性"),
    ("shuozhou", 195, "%", "2020", "10", "2025", "达到省定目标", "预期性"),
    ("shuozhou", 203, "%", "2020", "90", "2025", "达到省定目标", "约束性"),
    ("shuozhou", 206, "%", "2020", "20.25", "2025", "达到省定目标", "约束性"),
    ("tianzhen", 795, None, "2020", "IV", "2025", "完成上级下达指标", "约束性"),
    ("tianzhen", 805, None, "2020", None, "2025", None, "约束性"),
    ("tianzhen", 807, "km²", "2020", "151.75", "2025", "不降低", "约束性"),
    ("tianzhen", 823, "%", "2020", "90", "2025", "95", "预期性"),
    ("yangcheng-1", 816, "%", "2020", "83.83", "2025", "完成上级下达的要求", "约束性"),
    ("yangcheng-1", 829, "%", "2020", "未统计", "2025", "95", "预期性"),
    ("yangcheng-1", 833, None, "2020", None, "2025", None, "预期性"),
    ("yangcheng-2", 1509, "‰", "2020", None, "2025", "≤0.5", "预期性"),
    ("yangcheng-2", 1523, "%", "2020", "13.22", "2025", "完成上级下达指标", "约束性"),
    ("yangcheng-2", 1532, "亿m³", "2020", "0.7715", "2025", "完成上级下达指标", "约束性"),
]  # fmt: skip
GROUPS = {  # lines at which a group begins, and the group
    "hunyuan": {414: "生态保护/环境质量改善", 427: "生态保护/生态保护", 443: "生态文明/目标责任"},
    "shuozhou": {185: "环境治理", 202: "环境风险防控", 205: "生态保护"},
    "tianzhen": {
        806: "生态保护/生态保护水平",
        815: "生态经济/资源节约与利用",
        824: "生态文明/绿色生活",
    },
}  # fmt: skip


@with_plans
@pytest.mark.parametrize("area", AREAS)
def test_every_row_of_every_table_of_indicators_is_read(area):
    rows = real_rows(area, 2)
    assert Counter(row["table"] for row in rows) == INDICATOR_ROWS[area]
    assert all(row["name"] and row["seq"] for row in rows)
    by_line = {int(row["line"]): row for row in rows}
    for plan, line, *expected in SPOTS:
        if plan.startswith(area):
            row = by_line[line]
            got = [row[c] for c in ("unit", "base_year", "base_value", "target_year",
                                    "target_value", "attribute")]  # fmt: skip
            assert (row["plan"], got) == (plan, expected), line
    for line, group in GROUPS.get(area, {}).items():
        assert by_line[line]["group"] == group


RULE_SPOTS = [  # plan, line, effect, kind of place, metres, degrees
    ("hunyuan", 585, "prohibit", "wetland", None, None),
    ("hunyuan", 699, "prohibit", "red_line", None, None),
    ("hunyuan", 705, "restrict", "river", None, None),
    ("qinshui", 513, "prohibit", "function_zone", None, None),
    ("qinshui", 659, "restrict", "function_zone", None, None),
    ("shuozhou", 404, "prohibit", "water_source", None, None),
    ("shuozhou", 492, "require", "river", "50", None),
    ("shuozhou", 492, "require", "river", "30", None),
    ("shuozhou", 520, "prohibit", "farmland", None, None),
    ("shuozhou", 546, "prohibit", "settlement", None, None),
    ("shuozhou", 628, "require", "river", "30", None),
    ("tianzhen", 937, "require", "river", "3000", None),
    ("tianzhen", 1083, "restrict", "farmland", None, None),
    ("tianzhen", 1159, "require", "slope", None, "20"),
    ("yangcheng-1", 1035, "prohibit", "water_source", None, None),
    ("yangcheng-2", 1548, "prohibit", "red_line", None, None),
    ("yangcheng-2", 1728, "prohibit", "spring_basin", None, None),
    ("yangcheng-2", 1728, "restrict", "spring_basin", None, None),
    ("yangcheng-2", 1744, "require", "road", "1000", None),
]


@with_plans
def test_the_rules_of_the_real_plans():
    rows = [row for area in AREAS for row in real_rows(area, 1)]
    got = {
        (r["plan"], int(r["line"]), r["effect"], r["place_kind"], r["distance_m"], r["slope_deg"])
        for r in rows
    }
    print(f"{len(rows)} rules, {sum(r['confidence'] == 'high' for r in rows)} sure")  # noqa: T201
    assert set(RULE_SPOTS) <= got
    assert 60 <= len(rows) <= 90
