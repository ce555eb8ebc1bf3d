"""Quantities, money and years: answers done in the head, properties, the five transcribed plans."""

import csv
import random
import re
from collections import Counter
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.plans import money, years
from layers.plans.folding import fold
from layers.plans.quantities import area_cell, capacity_cell, length_cell, restoration_ha, works
from layers.plans.wordlists import table
from layers.projects import parse_area

CELL = {"area": area_cell, "length": length_cell, "capacity": capacity_cell}


def cells(text, kind, title=""):
    return [CELL[kind](q) for q in works(text, title=title) if q.kind == kind]


def measures(text, title=""):
    """What is left of a text's cells when the names are taken away."""
    return [
        re.sub(r":(?!restoration|part_of)[^:]*", "", CELL[q.kind](q), count=1)
        for q in works(text, title=title)
    ]


# ---- areas: one number, its unit, its spelling --------------------------------------------------

RESTORED = ":restoration"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("湿地恢复12.5公顷", "12.5 公顷=12.5"),
        ("湿地恢复12.50hm²", "12.50 hm²=12.5"),
        ("湿地恢复12.5 hm ²", "12.5 hm²=12.5"),
        ("湿地恢复12.5hm2，补水", "12.5 hm²=12.5"),
        ("湿地恢复12.5ha", "12.5 公顷=12.5"),
        ("湿地恢复3 km 2", "3 km²=300"),
        ("湿地恢复3.2平方公里", "3.2 km²=320"),
        ("湿地恢复3平方千米", "3 km²=300"),
        ("湿地恢复30亩", "30 亩=2"),
        ("湿地恢复1.5万亩", "1.5 万亩=1000"),
        ("湿地恢复2千公顷", "2 千公顷=2000"),
        ("湿地恢复2500㎡", "2500 m²=0.25"),
        ("湿地恢复2500平方米", "2500 m²=0.25"),
        ("湿地恢复6.5万 m ²", "6.5 万m²=6.5"),
        ("湿地恢复6.5万平方米", "6.5 万m²=6.5"),
        ("湿地恢复１２．５公顷", "12.5 公顷=12.5"),
        ("湿地恢复1,250.5公顷", "1250.5 公顷=1250.5"),
        ("湿地恢复1 250公顷", "1250 公顷=1250"),
        (r"湿地恢复$12.5\,\mathrm{hm}^{2}$", "12.5 hm²=12.5"),
        (r"湿地恢复$1 ~ 2 5 0 ~ \mathrm { h m } ^ { 2 }$", "1250 hm²=1250"),
        (r"湿地恢复$2 . 5 \times 1 0 ^ { 4 } ~ \mathrm { m } ^ { 2 }$", "25000 m²=2.5"),
        ("湿地恢复2.5×10⁴m²", "25000 m²=2.5"),
        ("湿地恢复2.5×104m²", "25000 m²=2.5"),
        ("湿地恢复3×500m²", "1500 m²=0.15"),
        ("湿地恢复m<sup>2</sup>计，500m<sup>2</sup>", "500 m²=0.05"),
        ("湿地恢复约12公顷", "12 公顷=12"),
        ("湿地恢复20余公顷", "20 公顷=20"),
        ("湿地恢复20多万亩", "20 万亩=13333.3333"),
        ("湿地恢复12公顷以上。", "12 公顷=12"),
        ("湿地恢复不少于12公顷", "12 公顷=12"),
        ("湿地恢复2-3公顷", "2-3 公顷=2"),
        ("湿地恢复50～60亩", "50-60 亩=3.3333"),
        ("湿地恢复50亩至60亩", "50-60 亩=3.3333"),
        ("湿地恢复2—3 万亩", "2-3 万亩=1333.3333"),
        ("湿地恢复2万-3万亩", "2-3 万亩=1333.3333"),
        ("湿地恢复五十亩", "50 亩=3.3333"),
        ("湿地恢复两千亩", "2 千亩=133.3333"),
        ("湿地恢复1亩", "1 亩=0.0667"),
    ],
)
def test_an_area_is_read_as_printed_and_in_hectares(text, expected):
    assert measures(text) == [expected + RESTORED]


@pytest.mark.parametrize(
    "text",
    [
        "人均公园绿地面积达到14平方米",
        "户均庭院绿化20m²",
        "每个村造林50亩",
        "每亩栽植110株",
        "亩均投资1.5万元/亩",
        "补助标准为2000元/公顷",
        "面积50亩以上的湿地全部纳入名录",
        "防治外来物种3.5万亩次",
        "年均造林2000亩",
        "造林2000亩/年",
        "施用有机肥5t/hm²",
        "绿化覆盖率45%，服务半径500米",
        "打造千亩花海、万亩林海、百亩方",
        "长城沿线5-3公顷",  # a range that goes down
        "湿地恢复12 34公顷",  # one number or two
        "湿地恢复500公顷至2亩",
        "湿地恢复0公顷",
        "清理10处理设施",
        "占25度以上坡地的比例",
        "第二亩、每亩、几亩、半亩",
    ],
)
def test_what_is_no_area_of_works_is_left(text):
    assert cells(text, "area") == []


@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [
        # the name is in front of the number, verbs of building left out
        ("新建滨河绿带植被恢复3公顷", "", ["3 公顷=3:滨河绿带植被恢复:restoration"]),
        ("规划用地面积约330亩", "", ["330 亩=22:规划用地"]),
        ("总建筑面积9000m²", "", ["9000 m²=0.9:总建筑面积"]),
        # behind it, where only a verb stands in front
        ("新建3公顷人工湖", "", ["3 公顷=3:人工湖"]),
        ("治理45亩采空塌陷区，植树", "", ["45 亩=3:治理采空塌陷区:restoration"]),
        ("对东坡75亩坡耕地进行退耕", "", ["75 亩=5:坡耕地:restoration"]),
        # the sentence before, the thing just counted, the project's own name
        ("修复废弃采坑7处，面积30公顷", "", ["30 公顷=30:修复废弃采坑:restoration"]),
        ("建设隔离林，宽20m，面积45亩", "", ["45 亩=3:隔离林"]),
        ("河岸植草带长9km、宽30m，总面积45亩", "", ["45 亩=3:河岸植草带总面积:restoration"]),
        ("位于东坡，治理面积45亩", "", ["45 亩=3:治理:restoration"]),
        ("一期投资2亿元治理坡地45亩", "", ["45 亩=3:治理坡地:restoration"]),
        ("面积约45亩的湖湾进行生态修复", "", ["45 亩=3:湖湾:restoration"]),
        ("土地整治3个项目、总规模45亩", "", ["45 亩=3:土地整治:restoration"]),
        ("实施面积450亩", "东坡荒山造林工程", ["450 亩=30:东坡荒山造林工程:restoration"]),
        ("450亩", "文化广场", ["450 亩=30:文化广场"]),
        ("450亩", "", ["450 亩=30:面积"]),
        # brackets behind the name
        ("封山育林(草)15亩", "", ["15 亩=1:封山育林（草）:restoration"]),
        ("设东湾湿地(4公顷)", "", ["4 公顷=4:东湾湿地:restoration"]),
        # never the signs that part cells
        ("“绿网”：绿化=丙;造林15亩", "", ["15 亩=1:造林:restoration"]),
    ],
)
def test_what_an_area_measures(text, title, expected):
    assert cells(text, "area", title) == expected


@pytest.mark.parametrize(
    ("text", "restored"),
    [
        ("人工造林50公顷", True),
        ("封禁治理50公顷", True),
        ("退化草原补播50公顷", True),
        ("坡改梯50公顷", True),
        ("石漠化综合治理50公顷", True),
        ("土地复垦50公顷", True),
        ("红树林营造50公顷", True),
        ("修复排土场边坡50公顷", True),
        ("河岸绿化面积50公顷", True),
        ("占地50公顷", False),
        ("修复工程占地50公顷", False),
        ("湿地公园规划总面积50公顷", False),
        ("湿地公园建设50公顷", False),
        ("自然保护区面积50公顷", False),
        ("造林总面积50公顷", True),
        ("停车场、植被恢复50公顷", True),
        ("植被恢复、停车场50公顷", False),
        ("湿地保护面积50公顷", False),
        ("湿地保护与恢复50公顷", True),
        ("园林绿化50公顷", False),
        ("蓄水面积50公顷", False),
        ("改善灌溉面积50公顷", False),
        ("高标准农田50公顷", False),
        ("种植核桃50公顷", False),
        ("占用荒山50公顷用于光伏发电，复绿", False),
        ("全县共有林地50公顷", False),
        ("现有湿地50公顷", False),
        ("修复现有湿地50公顷", True),
        ("发展经济林50公顷", False),
        ("水土保持措施：经济林50公顷", True),
        ("煤矿损毁土地50公顷", False),
        ("煤矿损毁土地50公顷，拟复垦为林地", True),
        ("河口新建人工湿地50公顷", True),
        ("配套一体化污水处理设备和人工湿地50公顷", False),
        ("造林任务：东乡50公顷", True),
        ("东乡50公顷", False),
    ],
)
def test_which_land_is_restored(text, restored):
    (quantity,) = [q for q in works(text) if q.kind == "area"]
    assert quantity.restoration is restored


def test_a_list_goes_on_with_what_its_verb_and_its_heading_say():
    assert restoration_ha(works("计划治理盐碱滩5公顷、沙地3公顷")) == 8
    assert restoration_ha(works("治理盐碱滩5公顷、新建操场3公顷")) == 5
    assert restoration_ha(works("治理盐碱滩5公顷，操场3公顷")) == 5
    assert restoration_ha(works("造林任务：东乡5公顷、西镇3公顷，南乡2公顷")) == 10
    assert restoration_ha(works("东乡5公顷、西镇3公顷", title="荒山造林")) == 8
    assert restoration_ha(works("东乡5公顷、西镇3公顷", title="供水管网")) is None


# ---- totals and parts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sums_to", "parts"),
    [
        ("营造林100公顷，其中人工造林60公顷、封山育林40公顷", 100, 2),
        ("营造林100公顷，其中：人工造林60公顷；封山育林30公顷；种草10公顷", 100, 3),
        ("营造林100公顷（其中人工造林60公顷）", 100, 1),
        ("营造林100公顷（人工造林60公顷、封山育林40公顷），种草20公顷", 120, 2),
        ("营造林100公顷（含封山育林40公顷），其中乔木林15公顷", 100, 2),
        ("营造林100公顷，包括乔木林60公顷（松15公顷、柏45公顷）、封山育林40公顷", 100, 4),
        ("人工造林60公顷、封山育林40公顷，共100公顷", 100, 2),
        ("人工造林60公顷，封山育林40公顷，合计1500亩", 100, 2),
        ("治理水土流失1km²，营造水保林65公顷，种草35公顷", 100, 2),  # another unit
        ("治理面积104.7公顷，东片60.3公顷，西片44.4公顷", 104.7, 2),  # a telling sum
        ("营造林100公顷（合1500亩）", 100, 0),
        ("营造林100公顷(1500亩)", 100, 0),
        ("营造林100公顷。其中人工造林60公顷。种草20公顷", 120, 1),
        ("造林总面积100公顷。人工造林60公顷，封山育林30公顷", 100, 2),
        ("治理面积100公顷，其中人工修复66.7公顷、自然恢复33.3公顷", 100, 2),
        ("修复矿山3处，总面积99.99公顷，分别为33.33公顷、33.33公顷、33.33公顷", 99.99, 3),
        # nobody says that these are parts, and small round numbers agree by chance
        ("人工造林100公顷，封山育林60公顷，种草40公顷", 200, 0),
        ("人工造林100公顷，封山育林60公顷", 160, 0),
        ("人工造林100公顷。封山育林60公顷。种草30公顷", 190, 0),
        # 其中 is over at the next sentence
        ("营造林100公顷，其中人工造林60公顷；种草30公顷", 130, 1),
        # the parts of a total with a misprint are parts all the same
        ("梯田49公顷（土坎梯田29公顷，石坎梯田18公顷）", 49, 2),
    ],
)
def test_a_sum_counts_nothing_twice(text, sums_to, parts):
    quantities = [q for q in works(text) if q.kind == "area"]
    assert restoration_ha(quantities) == sums_to
    assert sum(q.part_of for q in quantities) == parts


def test_restored_parts_of_a_site_are_summed_and_its_other_parts_marked():
    text = "项目占地50公顷，其中湿地恢复30公顷，硬化场地20公顷"
    assert cells(text, "area") == [
        "50 公顷=50:占地",
        "30 公顷=30:湿地恢复:restoration",
        "20 公顷=20:硬化场地:part_of",
    ]
    assert restoration_ha(works(text)) == 30


def test_parts_hand_on_what_they_are():
    parts = works("采矿损毁土地90公顷（其中耕地30公顷、草地60公顷），拟全部复垦")
    assert [q.restoration for q in parts] == [True, True, True]
    total = works("基本农田90公顷（梯田新修30公顷、梯田整治60公顷）")
    assert [q.restoration for q in total] == [True, True, True]
    assert restoration_ha(total) == 90


def test_floors_are_no_part_of_the_ground():
    text = "总占地面积30亩，总建筑面积8000m²，其中厂房7000m²，宿舍1000m²"
    assert [q.part_of for q in works(text)] == [False, False, True, True]


def test_lengths_and_capacities_have_parts_too():
    text = "治理河道9.8km（左岸5.2km，右岸4.6km），淤地坝15座，其中中型坝5座、小型坝10座"
    assert [q.raw for q in works(text) if not q.part_of] == ["9.8km", "15座"]
    text = "年处理固废30万吨，其中废砖5万吨、废石25万吨"
    assert [q.raw for q in works(text) if not q.part_of] == ["30万吨"]
    # pieces are too few to tell a sum by itself
    assert not any(q.part_of for q in works("涵洞10座、水闸6座、泵站4座"))


def test_each_of_several():
    assert cells("人工造林、封山育林各500亩", "area") == [
        "500 亩=33.3333:人工造林:restoration",
        "500 亩=33.3333:封山育林:restoration",
    ]
    assert [a.split(":")[0] for a in cells("3个村各造林500亩", "area")] == ["1500 亩=100"]
    assert cells("在东乡、西乡各建转运站1座", "capacity") == ["1 座:东乡", "1 座:西乡"]
    assert measures("两岸各新建堤防2.5km") == ["5"]
    assert measures("3个乡镇各类管网5km") == ["3 个", "5"]
    assert measures("在东乡、西乡各村新建管网5km") == ["5"]


# ---- lengths and capacities ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("新建排污管网6100m", ["6.1:排污管网"]),
        ("铺设1780m波纹管", ["1.78:波纹管"]),
        ("新建D400～D800雨水管道15.3公里", ["15.3:D400~D800雨水管道"]),
        ("敷设DN300mm钢管约1055米", ["1.055:DN300mm钢管"]),
        ("加固堤防22千米，加高堤防1.2km，拓宽河道3km", ["22", "1.2", "3"]),
        ("建设围栏30万米", ["300:围栏"]),
        ("治理河道8.5-10km", ["8.5-10:治理河道"]),
        ("K12+300至K15+500段护岸3.2km", ["3.2"]),
        ("步道长1.2km、宽3m", ["1.2:步道"]),
        ("管线L=500m", ["0.5"]),
        ("新建十公里环路", ["10"]),
        ("两岸宽度不小于30米的隔离带5公里", ["5"]),
        ("清淤深1.5m，坝高35m，坝长220m，管径300mm", []),
        ("堤顶宽度8到40m，厚0.5m，湖面南北宽约14公里", []),
        ("距离河岸50m以内、水库下游3公里处", []),
        ("东侧20m，铁路以北500米，海拔1200米以上", []),
        ("两侧各50米范围内，每隔200米设一杆", []),
        ("新建54米长的拦水坝3座", []),
        ("断面B×H=3.0×2.5m，网孔10×20m", []),
        ("设计流速2m/s，行车60km/h", []),
        ("新建35km高速公路", ["35"]),
    ],
)
def test_lengths_in_km(text, expected):
    found = cells(text, "length")
    assert [f if ":" in e else f.split(":")[0] for f, e in zip(found, expected, strict=True)] == (
        expected
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("污水处理规模10000m ³ /d", ["10000 m³/d:污水处理"]),
        ("新建污水处理厂，处理能力5000吨/日", ["5000 吨/日:污水处理"]),
        ("污水处理能力30000-50000吨/日", ["30000-50000 吨/日:污水处理"]),
        ("年处理10万吨垃圾处理中心", ["10 万吨/年:垃圾处理"]),
        ("日供水5000立方米", ["5000 m³/日:供水"]),
        ("年产固态有机肥3万吨", ["3 万吨/年:固态有机肥"]),
        ("2022年处理堆存废渣3万吨", ["3 万吨:处理堆存废渣"]),
        ("生态补水200万m³/年", ["200 万m³/年:生态补水"]),
        ("调蓄池容积24000m ³", ["24000 m³:调蓄池"]),
        ("新建10座1000m³蓄水池", ["10 座:1000m³蓄水池"]),
        ("新建1000m³蓄水池10座", ["10 座:1000m³蓄水池"]),
        ("10台单机容量为2650kW的风机", ["10 台:2650kW风机"]),
        ("200MW光伏+100MW风电", ["200 MW:光伏", "100 MW:风电"]),
        ("光伏电站20万千瓦", ["20 万千瓦:光伏电站"]),
        ("分布式光伏2×50MW", ["100 MW:分布式光伏"]),
        ("日供水能力由2万吨提高到5万吨", ["5 万吨/日:供水"]),
        ("蓄水池（容积50m³）200口", ["200 口:蓄水池"]),
        ("储能20MW/40MWh", ["20 MW:储能", "40 MWh:储能"]),
        ("规模由1万吨/日扩建至2万吨/日", ["2 万吨/日:数量"]),
        ("新建泵站3座、检查井200座", ["3 座:泵站", "200 座:检查井"]),
        ("3座蓄水拦水坝，15处排水涵", ["3 座:蓄水拦水坝", "15 处:排水涵"]),
        ("清洁取暖改造7800户", ["7800 户:清洁取暖改造"]),
        ("植树3.52万株", ["3.52 万株:植树"]),
        ("存栏100万头猪、500万只鸡", ["100 万头:猪", "500 万只:鸡"]),
        ("建蓄水池一个，配套吸污车一辆", ["1 个:蓄水池", "1 辆:吸污车"]),
        ("还原两座书院", ["2 座:书院"]),
        ("新建一座集餐饮、住宿为一体的驿站", ["1 座:驿站"]),
        ("建设三座水闸", ["3 座:水闸"]),
        ("五台县、三条沟村、李二口村道路", []),
        ("形成一个体系、两个机制、一套制度，每个乡镇", []),
        ("工期24个月，3个方面，5个百分点，10个重点", []),
        ("第一座、任一处，统一个人信息", []),
        ("排放浓度10mg/m ³，35千伏，惠及2.3万人", []),
        ("200座以上大型餐饮企业", []),
    ],
)
def test_capacities(text, expected):
    assert cells(text, "capacity") == expected


UNITS = [
    (group, unit["name"], spelled)
    for group, units in table("units").items()
    if isinstance(units, list)
    for unit in units
    for spelled in unit["spelled"]
]


@pytest.mark.parametrize(("group", "name", "spelled"), UNITS)
def test_every_unit_of_the_table_is_read(group, name, spelled):
    (quantity,) = works(f"建设设施12.5{spelled}")
    assert quantity.unit == name
    assert quantity.kind == (group if group in {"area", "length"} else "capacity")


# ---- properties ---------------------------------------------------------------------------------

NUMBERS = st.decimals(min_value="0.01", max_value="99999", places=2).map(lambda d: d.normalize())
WORK = ("人工造林", "封山育林", "退化林修复", "人工种草", "湿地恢复", "坡改梯")
FACTORS = {"公顷": (1, 1), "hm²": (1, 1), "km²": (100, 1), "亩": (1, 15), "万亩": (10000, 15),
           "m²": (1, 10000), "万m²": (1, 1), "平方公里": (100, 1)}  # fmt: skip


def printed(number):
    return f"{number:f}"


def four(number):
    return float(number.quantize(Decimal("0.0001"), ROUND_HALF_EVEN))


@given(NUMBERS, st.sampled_from(sorted(FACTORS)), st.sampled_from(WORK))
def test_a_cell_reads_back_as_what_was_stated(number, unit, work):
    up, down = FACTORS[unit]
    (quantity,) = works(f"{work}{printed(number)}{unit}")
    stated = parse_area(area_cell(quantity))
    assert stated.value == printed(number)
    assert stated.hectares == quantity.hectares == four(number * up / down)
    assert (stated.what, stated.restoration, stated.part_of) == (work, True, False)


@given(NUMBERS)
def test_units_agree(number):
    spellings = (f"{number:f}公顷", f"{number * 15:f}亩", f"{number * 10000:f}m²",
                 f"{number / 100:f}km²", f"{number:f}hm2")  # fmt: skip
    assert {works(f"造林{text}")[0].hectares for text in spellings} == {four(number)}
    kilometres = {works(f"修渠{text}")[0].km for text in (f"{number:f}km", f"{number * 1000:f}米")}
    assert kilometres == {float(number)}


TEMPLATES = (
    "营造林{total}{unit}，其中{parts}。",
    "营造林{total}{unit}（其中{parts}），新建道路5km",
    "营造林{total}{unit}（{parts}）",
    "营造林{total}{unit}，包括{parts}",
    "营造林总面积{total}{unit}，{parts}",
    "{parts}，共{total}{unit}",
    "{parts}，营造林合计{total}{unit}",
)


@given(
    st.lists(NUMBERS, min_size=2, max_size=5),
    st.sampled_from(TEMPLATES),
    st.sampled_from(["公顷", "hm²", "km²"]),
    st.sampled_from(["、", "，"]),
)
def test_a_total_and_its_parts_sum_to_the_total(numbers, template, unit, between):
    parts = between.join(
        f"{work}{printed(number)}{unit}" for work, number in zip(WORK, numbers, strict=False)
    )
    text = template.format(total=printed(sum(numbers)), unit=unit, parts=parts)
    up, _ = FACTORS[unit]
    assert restoration_ha(works(text)) == four(sum(numbers) * up)


@given(st.lists(NUMBERS, min_size=1, max_size=6, unique=True), st.randoms(use_true_random=False))
def test_blanks_and_widths_change_nothing(numbers, chance):
    text = "，".join(
        f"{work}{printed(number)}hm²" for work, number in zip(WORK, numbers, strict=False)
    )
    wide = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x30, 0x3A)})
    spaced = re.sub(r"(?<=[^\d.h])|(?=hm)", lambda _: chance.choice(["", " ", "\u3000"]), text)
    for other in (spaced, text.translate(wide)):
        assert [area_cell(q) for q in works(other)] == [area_cell(q) for q in works(text)]


PIECES = [
    "造林", "其中", "共", "（", "）", "，", "、", "。", "：", "5", "12.5", "1 200", "公顷", "亩",
    "hm ²", "km", "m", "座", "两", "一", "个", "各", "约", "万", "×10⁴", "-", "至", "/d", "年处理",
    "吨", "DN", "每", "$", r"\mathrm{km}", "^{2}", "集", "为一体的", "\n", " ", "元", "2021年",
    "十四五", "投资", "亿元",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_no_text_is_too_odd_and_places_are_those_in_the_text(text):
    for quantity in works(text, title=text[:9]):
        assert text[quantity.start : quantity.end] == quantity.raw != ""
        assert quantity.what
        assert not set(quantity.what) & set(":;=")
        if quantity.kind == "area":
            parse_area(area_cell(quantity))
    read = money.read(text, "万元")
    assert read is None or text[read.start : read.end] == read.raw
    period = years.read(text, (2021, 2025))
    assert period is None or text[period.start_pos : period.end_pos] == period.raw


@given(st.text(max_size=60))
def test_folding_keeps_every_place(text):
    folded = fold(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    for start, end in zip(folded.starts, folded.ends, strict=True):
        assert 0 <= start < end <= len(text)
    assert list(folded.starts) == sorted(folded.starts)


@pytest.mark.parametrize(
    "piece", ["5亩(", "其中共5亩", "5亩和", "1,000", "1 000 ", "二十", "m^ { 2", "每", "5×"]
)
def test_long_hostile_texts_are_read(piece):
    text = piece * 2000
    assert works(text) is not None
    money.read(text, "万元")
    years.read(text)


# ---- money --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unit", "yi", "raw"),
    [
        ("0.381", "亿元", 0.381, "0.381"),
        ("320", "万元", 0.032, "320"),
        ("320", "投资估算\n（万元）", 0.032, "320"),
        ("320", "总投资/万元", 0.032, "320"),
        ("1,200.50", "万元", 0.12005, "1,200.50"),
        ("1 200", "万元", 0.12, "1 200"),
        ("２０００", "万元", 0.2, "２０００"),
        ("约500", "万元", 0.05, "500"),
        ("68750万元", "亿元", 6.875, "68750万元"),
        ("3.2 亿元", None, 3.2, "3.2 亿元"),
        ("0.5亿", "万元", 0.5, "0.5亿"),
        ("5000000元", "万元", 0.05, "5000000元"),
        ("2000（其中省级1500）", "万元", 0.2, "2000"),
        ("800万元（2021年500万元，2022年300万元）", "万元", 0.08, "800万元"),
        ("总投资约3.2亿元，其中中央资金1.2亿元、自筹2亿元", None, 3.2, "3.2亿元"),
        ("投资20.5亿元，占地347亩，年产值3亿元", None, 20.5, "20.5亿元"),
        ("每公顷治理费用约2万元，需经费6875万元", None, 0.6875, "6875万元"),
        ("单价2万元/亩，投资1000万元", None, 0.1, "1000万元"),
        ("甲坝投资1亿元，乙坝投资2亿元，合计3亿元", None, 3, "3亿元"),
        ("中央资金500万元，县级配套300万元，合计800万元", "万元", 0.08, "800万元"),
    ],
)
def test_one_amount_is_the_investment(text, unit, yi, raw):
    read = money.read(text, unit)
    assert (read.yi, read.raw, read.note) == (yi, raw, None)
    assert text[read.start : read.end] == raw


@pytest.mark.parametrize(
    ("text", "unit", "note"),
    [
        ("320", None, "没有写单位"),
        ("320", "投资", "没有写单位"),
        ("320", "总投资（万元）/中央（亿元）", "没有写单位"),
        ("/", "万元", "/"),
        ("待定", "万元", "待定"),
        ("3-5亿元", "万元", "区间"),
        ("100～200", "万元", "区间"),
        ("500万美元", "万元", "外币"),
        ("甲坝投资1亿元，乙坝投资2亿元", None, "未写明合计"),
        ("2021年500万元，2022年600万元", "万元", "未写明合计"),
        ("省级补助资金200万元", None, "分项"),
        ("30%", "万元", "没有读出"),
    ],
)
def test_what_is_not_one_amount_is_noted_not_guessed(text, unit, note):
    read = money.read(text, unit)
    assert read.yi is None
    assert note in read.note


@pytest.mark.parametrize(
    "text", ["", " \n", "企业自筹", "建成后年产值3亿元", "年节约资金300万元", "造林500亩"]
)
def test_a_text_without_an_investment_gives_none(text):
    assert money.read(text) is None


# ---- years --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2021", 2021, 2021),
        ("2021年", 2021, 2021),
        ("2021-2025", 2021, 2025),
        ("2021 年 — 2023 年", 2021, 2023),
        ("2021～2025年（分年度实施）", 2021, 2025),
        ("2021-25年", 2021, 2025),
        ("2021.3-2022.10", 2021, 2022),
        ("2021年3月至2022年10月", 2021, 2022),
        ("2021-03", 2021, 2021),
        ("２０２１—２０２３", 2021, 2023),
        ("二〇二五年", 2025, 2025),
        ("2021、2022年", 2021, 2022),
        ("十四五期间", 2021, 2025),
        ("“十四五”", 2021, 2025),
        ("十三五—十四五", 2016, 2025),
        ("十四五末", None, 2025),
        ("十四五中期", None, None),
        ("2025年完成", None, 2025),
        ("2025年底前", None, 2025),
        ("到2025年", None, 2025),
        ("2023年6月30日前建成", None, 2023),
        ("2022年开工", 2022, None),
        ("自2022年起", 2022, None),
        ("2022年开工，2024年完工", 2022, 2024),
        ("开工时间：2022年；竣工时间：2024年", 2022, 2024),
        ("前期工作2021年，2022年启动", 2022, None),
        ("规划期内", 2021, 2035),
        ("近期", 2021, None),
        ("远期", None, 2035),
        ("近期（2021-2025年）", 2021, 2025),
        ("2025-2021", None, None),
        ("建设工期3年", None, None),
        ("长期", None, None),
    ],
)
def test_years_of_a_cell(text, start, end):
    read = years.read(text, (2021, 2035))
    assert (read.start, read.end, read.raw) == (start, end, text)


def test_without_the_plans_period_its_terms_say_nothing():
    for text in ("规划期内", "近期", "远期"):
        assert (years.read(text).start, years.read(text).end) == (None, None)
    assert years.read(" ") is None


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("计划开工 时间", 2022, None),
        ("完成期限", None, 2022),
        ("建设时间", 2022, 2022),
        ("开工及竣工时间", 2022, 2022),
        (None, 2022, 2022),
    ],
)
def test_a_header_says_what_a_single_year_is(header, start, end):
    read = years.read("2022年", header=header)
    assert (read.start, read.end) == (start, end)
    both = years.read("2021-2022", header=header)
    assert (both.start, both.end) == (2021, 2022)


def test_a_long_text_is_read_for_periods_only():
    text = (
        "2021年改造300户，2022年改造500户，并对重点区域进行巡查；建设期2021-2023年，共三年完成任务"
    )
    assert years.read(text).raw == "2021-2023年"
    assert years.read("2021年改造300户，2022年改造500户，" + "做好各项保障" * 5) is None


# ---- the five plans -----------------------------------------------------------------------------

AREAS = ("hunyuan", "qinshui", "shuozhou", "tianzhen", "yangcheng")
PLANS = Path(__file__).parents[2] / "shared" / "plans"
FACTS = Path(__file__).parents[1] / "layers" / "data"
BARE = re.compile(r"[\d.\s年完成/-]*")

VIEWS = {
    "areas: hectares": ("area", lambda cell: cell.split("=")[1].split(":")[0]),
    "areas: hectares and marks": (
        "area",
        lambda cell: re.sub(r":[^:]*", "", cell.split("=")[1], count=1),
    ),
    "areas: value and unit": ("area", lambda cell: cell.split("=")[0]),
    "areas: what": ("area", lambda cell: cell.split(":")[1]),
    "lengths: km": ("length", lambda cell: f"{float(cell.split(':')[0]):g}"),
    "lengths: what": ("length", lambda cell: cell.split(":")[1]),
    "capacities: value": ("capacity", lambda cell: cell.split(" ")[0]),
    "capacities: value and unit": ("capacity", lambda cell: cell.split(":")[0]),
    "capacities: what": ("capacity", lambda cell: cell.split(":", 1)[1]),
}  # fmt: skip
COLUMNS = {"area": "areas", "length": "lengths_km", "capacity": "capacities"}
FLOORS = {
    "areas: hectares": (0.98, 0.98),
    "areas: hectares and marks": (0.98, 0.98),
    "areas: value and unit": (0.98, 0.98),
    "areas: what": (0.8, 0.8),
    "lengths: km": (0.98, 0.98),
    "lengths: what": (0.62, 0.62),
    "capacities: value": (0.9, 0.9),
    "capacities: value and unit": (0.88, 0.88),
    "capacities: what": (0.55, 0.55),
    "restoration_ha": (0.98, 0.98),
}
"""Precision and recall. Names are free text: people wrote 自然湿地恢复 for 恢复自然湿地."""

with_plans = pytest.mark.skipif(
    not PLANS.is_dir(),
    reason=f"!!! {PLANS} IS NOT HERE: QUANTITIES ARE NOT CHECKED AGAINST THE FACTS !!!",
)


@cache
def rows():
    """Every transcribed row with the quantities that its line states."""
    found = []
    for area in AREAS:
        lines = (PLANS / f"{area}.txt").read_text(encoding="utf-8").split("\n")
        with (FACTS / area / "projects.csv").open(encoding="utf-8", newline="") as file:
            found += [
                (f"{area} {fact['line']}", fact, row(lines, fact)) for fact in csv.DictReader(file)
            ]
    return found


def row(lines, fact):
    name, *rest = lines[int(fact["line"]) - 1].split("\t")[1:]
    stated = [
        q for cell in rest if not BARE.fullmatch(cell) for q in works(cell, title=fact["name"])
    ]
    known = {(q.kind, q.value, q.unit) for q in stated}
    stated += [q for q in works(name) if (q.kind, q.value, q.unit) not in known]
    return stated


def compared(view):
    if view == "restoration_ha":
        for where, fact, stated in rows():
            ours = restoration_ha(stated)
            theirs = fact["restoration_ha"]
            yield where, Counter([ours] * (ours is not None)), Counter(map(float, theirs.split()))
        return
    kind, part = VIEWS[view]
    for where, fact, stated in rows():
        ours = [
            CELL[kind](q) for q in stated if q.kind == kind and (kind == "area" or not q.part_of)
        ]
        theirs = [cell for cell in fact[COLUMNS[kind]].split(";") if cell]
        yield where, Counter(map(part, ours)), Counter(map(part, theirs))


def score(view):
    pairs = [(ours, theirs) for _, ours, theirs in compared(view)]
    both = sum((ours & theirs).total() for ours, theirs in pairs)
    read, stated = (sum(side.total() for side in sides) for sides in zip(*pairs, strict=True))
    return read, stated, both


@with_plans
def test_the_scores_against_the_facts_are_shown(capsys):
    lines = [f"\n{'':>28} {'read':>5} {'facts':>5} {'both':>5} {'precision':>9} {'recall':>6}"]
    for view in FLOORS:
        read, stated, both = score(view)
        lines.append(
            f"{view:>28} {read:5} {stated:5} {both:5} {both / read:9.3f} {both / stated:6.3f}"
        )
    with capsys.disabled():
        print("\n".join(lines))  # noqa: T201
    assert set(FLOORS) == {*VIEWS, "restoration_ha"}


@with_plans
@pytest.mark.parametrize("view", FLOORS)
def test_the_facts_are_met(view):
    read, stated, both = score(view)
    wrong = [(where, ours - theirs, theirs - ours) for where, ours, theirs in compared(view)]
    wrong = [(where, dict(more), dict(less)) for where, more, less in wrong if more or less]
    precision, recall = FLOORS[view]
    assert both >= precision * read, wrong
    assert both >= recall * stated, wrong


@with_plans
def test_every_place_of_the_plans_is_where_the_number_stands():
    random.seed(1)
    for area in AREAS:
        lines = (PLANS / f"{area}.txt").read_text(encoding="utf-8").split("\n")
        for line in random.sample(lines, 200):
            for quantity in works(line):
                assert line[quantity.start : quantity.end] == quantity.raw
