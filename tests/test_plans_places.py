"""Places and owners of rows: answers in the head, traps, properties, and the facts by hand."""

import csv
import re
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.area import Area, County
from layers.contracts import TABLES
from layers.gazetteer import Gazetteer
from layers.plans import owners
from layers.plans.document import Cell, Document, Paragraph, Row, Table
from layers.plans.official import Official, stem
from layers.plans.place_words import words
from layers.plans.placenames import names_of, stems
from layers.plans.places import Found, Places
from layers.plans.proposals import near
from layers.plans.structure import parts
from layers.workspace import Workspace, embedded_areas

ROOT = Path(__file__).parents[1]
PLANS = ROOT.parent / "shared" / "plans"
COLUMNS = ("townships", "villages", "rivers", "places", "counties")

# An invented county that lists its townships and rivers, and one of which nothing is known but
# its name. 望川县 and 丙州市 do not exist.
LISTED = """望川县“十四五”生态环境保护规划
第一章 概况
望川县辖5镇2乡：城关镇、石门镇、河西镇、柳林镇、双溪镇、松岭乡、白水乡，120个行政村。
境内主要河流有望水、清溪河、白水河。清溪河发源于双溪镇，白水河流经白水乡。
加强清溪河治理。推进白水河整治。实施清溪河清淤，清溪河、白水河两岸绿化。清溪河水质达标。
"""
BARE = "望川县“十四五”生态环境保护规划\n第一章 总则\n"
CITY = """丙州市“十四五”生态环境保护规划
第一章 总则
甲川县、乙川县、丁山区加快治理。甲川县、乙川县、丁山区完成任务。甲川县、乙川县、丁山区达标。
"""


def document(text: str, name: str = "made") -> Document:
    """A text dump: a line with tabs is a row of a table, any other a paragraph."""
    blocks, rows = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        if "\t" in line:
            rows.append(Row(tuple(map(Cell, line.split("\t"))), number))
            continue
        if rows:
            blocks.append(Table(tuple(rows)))
            rows = []
        if line.strip():
            blocks.append(Paragraph(line, number))
    return Document(name, f"{name}.txt", "text", "", tuple(blocks))


def places_of(text: str, gazetteer=None) -> Places:
    made = document(text)
    return Places.of(made, parts(made), gazetteer)


COUNTY, UNKNOWN, PREFECTURE = places_of(LISTED), places_of(BARE), places_of(CITY)
BOTH = pytest.mark.parametrize("places", [COUNTY, UNKNOWN], ids=["listed", "bare"])


def shown(found: Found) -> str:
    """The columns that hold something: ``townships=甲镇;乙镇 rivers=丙河``."""
    held = ((column, getattr(found, column)) for column in COLUMNS)
    return " ".join(f"{column}={';'.join(m.text for m in said)}" for column, said in held if said)


def named(places, name):
    return shown(places.find(name, None, None))


def located(places, location):
    return shown(places.find("工程", location, None))


# --- what a document says of its own names ------------------------------------------------------


def test_a_list_that_agrees_with_its_count_is_complete():
    names = names_of(document(LISTED), ())
    assert names.complete
    listed = "城关镇 石门镇 河西镇 柳林镇 双溪镇 松岭乡 白水乡"
    assert " ".join(names.townships) == listed
    assert not names_of(document(LISTED.replace("5镇2乡", "6镇2乡")), ()).complete


def test_a_list_in_brackets_and_one_in_a_table_count_too():
    bracketed = "望川县规划\n辖2个镇（甲丁镇、乙丁镇）、1个乡（丙丁乡）和3个社区。"
    assert names_of(document(bracketed), ()).townships == ("甲丁镇", "乙丁镇", "丙丁乡")
    table = "望川县规划\n1\t甲丁镇\t80\n2\t乙丁镇\t70\n治理甲丁镇、乙丁镇。"
    assert set(names_of(document(table), ()).townships) == {"甲丁镇", "乙丁镇"}


def test_the_area_comes_from_the_title_whether_or_not_it_is_official():
    names = names_of(document(LISTED), parts(document(LISTED)))
    assert (names.area, names.counties, names.several) == ("望川县", ("望川县",), False)
    city = names_of(document(CITY), parts(document(CITY)))
    assert (city.area, city.counties, city.several) == (
        "丙州市",
        ("甲川县", "乙川县", "丁山区"),
        True,
    )


def test_a_list_that_a_line_breaks_is_one():
    broken = "望川县规划\n全县国土面积广大，物产丰富，辖2镇1乡：甲丁镇、乙丁\n镇、丙丁乡。"
    assert names_of(document(broken), ()).townships == ("甲丁镇", "乙丁镇", "丙丁乡")


def test_a_list_of_some_is_not_taken_for_all():
    some = "望川县规划\n全县3个镇（甲丁镇、乙丁镇、丙丁镇）先行。\n" + "治理戊丁镇、己丁镇。\n" * 2
    names = names_of(document(some), ())
    assert not names.complete
    assert {"甲丁镇", "戊丁镇", "己丁镇"} <= set(names.townships)
    assert not names_of(document(CITY + "甲川县辖2镇：甲丁镇、乙丁镇。"), ()).complete


def test_a_township_called_like_its_county_has_no_short_form():
    made = places_of("望川县规划\n第一章 总则\n全县辖3镇：望川镇、甲丁镇、乙丁镇。")
    assert named(made, "望川经济开发区、望川镇管网") == "townships=望川镇 places=望川经济开发区"


def test_rivers_that_a_sentence_lists_need_not_be_called_so():
    assert names_of(document(LISTED), ()).rivers["望水"] >= 2


def test_a_short_form_of_two_townships_means_neither():
    assert stems(["甲丁镇", "甲丁乡", "丙戊街道"]) == {"丙戊": "丙戊街道"}


def test_official_names_know_what_is_above_and_below():
    made = Official(
        {"丙省": ("990000",), "戊市": ("980000",)},
        {"丁市": ("990100",)},
        {"乙县": ("990102",), "甲县": ("990101",), "丁区": ("980101",), "外县": ("990201",)},
    )
    assert made.counties_of("990100") == ("甲县", "乙县")
    assert made.counties_of("980000") == ("丁区",)
    assert made.above("990101") == ("丁市", "丙省")
    assert (stem("甲丁自治县"), stem("甲县")) == ("甲丁", "甲县")


def test_a_document_of_nothing_has_no_names():
    empty = Places.of(document(""), ())
    assert empty.names.counties == ()
    assert shown(empty.find("", None, None)) == ""


# --- townships ----------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    "location",
    [
        "城关镇、石门镇、松岭乡",
        "城关镇石门镇松岭乡",
        "城关镇 石门镇 松岭乡",
        "城关镇/石门镇/松岭乡",
        "城关镇，石门镇，松岭乡",
        "城关镇\n石门镇\n松岭乡",
        "望川县城关镇、石门镇及松岭乡",
        "城 关镇、石门 镇和松岭乡等3个乡镇",
        "涉及城关镇、石门镇以及松岭乡的12个村",
    ],
)
def test_townships_are_parted_however_they_are_written(places, location):
    assert located(places, location) == "townships=城关镇;石门镇;松岭乡"


@pytest.mark.parametrize(
    "location", ["城关、石门、双溪镇", "城关、石门、双溪三镇", "城关镇、石门、双溪镇"]
)
def test_a_list_shares_its_last_noun(location):
    assert located(COUNTY, location) == "townships=城关镇;石门镇;双溪镇"
    assert located(UNKNOWN, location) == "townships=城关镇;石门镇;双溪镇"


def test_a_short_form_is_the_township_where_the_document_lists_it():
    assert named(COUNTY, "石门污水管网工程") == "townships=石门镇"
    assert named(UNKNOWN, "石门污水管网工程") == ""
    assert located(COUNTY, "城关等7个乡镇") == "townships=城关镇"


@pytest.mark.parametrize(
    "name",
    ["松岭山绿化", "双溪桥加固", "石门景区建设", "柳林森林公园", "石门村整治", "白水路改造"],
)
def test_a_short_form_that_runs_on_is_another_things_name(name):
    assert COUNTY.find(name, None, None).townships == ()


def test_a_name_that_is_a_rivers_and_a_townships_is_what_stands_with_it():
    made = places_of(
        LISTED.replace("柳林镇", "乌河镇") + "治理乌河，乌河、白水河两岸绿化。乌河清淤。"
    )
    assert named(made, "新建乌河、石门污水管网") == "townships=乌河镇;石门镇"
    assert named(made, "乌河、清溪河治理") == "rivers=乌河;清溪河"
    assert named(made, "乌河等3个乡镇管网") == "townships=乌河镇"
    assert named(made, "乌河特色小镇") == ""


@BOTH
def test_an_authority_or_a_company_called_after_a_township_is_no_place(places):
    content = "由望川县城关镇人民政府实施，依托石门镇农业开发有限公司，清溪河水务集团参与"
    assert shown(places.find("工程", None, content)) == ""
    assert located(places, "柳林镇政府驻地") == "townships=柳林镇"


def test_a_company_is_a_place_only_where_the_location_is_nothing_else():
    assert located(UNKNOWN, "望川县丙丁（集团）有限公司厂区") == "places=望川县丙丁（集团）有限公司"
    assert located(UNKNOWN, "石门镇丙丁有限公司") == "townships=石门镇"


@BOTH
@pytest.mark.parametrize(
    "words",
    [
        "县乡道路改造、村庄绿化、河道治理、乡村振兴、城镇更新、城乡一体化、特色小镇、建制镇、美丽乡村",
        "推进城镇污水处理设施建设，12个乡镇、183个行政村农村生活污水治理，沿河绿化，入河排污口整治",
        "两岸护坡、巡河道路、农村道路、商业街、人工湿地、水源地保护、工业园区建设、示范村、中心村",
        "加强水库除险，实施山水林田湖草系统治理，推进产业园区循环化改造，控制湿地退化，关停煤矿",
    ],
)
def test_words_that_only_end_like_names_are_none(places, words):
    assert shown(places.find(words, None, words)) == ""


@BOTH
def test_a_townships_name_may_end_in_a_common_word_or_begin_with_the_seats(places):
    assert located(places, "望川县城关镇") == "townships=城关镇"
    assert located(UNKNOWN, "望川县城郊乡、丙城镇、王集镇") == "townships=城郊乡;丙城镇;王集镇"
    assert located(UNKNOWN, "三丁子满族乡、城南街道办事处") == "townships=三丁子满族乡;城南街道"
    assert located(places, "望川县城") == "places=县城"
    assert named(UNKNOWN, "望川县城市燃气工程") == ""


# --- villages -----------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    "location",
    [
        "石门镇上湾村、下湾村",
        "石门镇上湾、下湾村",
        "石门镇上、下湾村",
        "石门镇上湾村下湾村",
        "石门镇：上湾村；下湾村",
        "石门镇（上湾村、下湾村）",
        "望川县 石门镇 上湾村 下湾村",
        "石门镇上湾村—下湾村段",
    ],
)
def test_villages_of_a_township(places, location):
    assert located(places, location) == "townships=石门镇 villages=上湾村;下湾村"


@pytest.mark.parametrize(
    ("location", "villages"),
    [
        ("王家村李家村", "王家村;李家村"),
        ("石门镇和平村、建设村、联合村", "和平村;建设村;联合村"),
        ("石门镇张家庄、李家沟、王村", "张家庄;李家沟;王村"),
        ("丙家、丁湾、戊沟三村", "丙家;丁湾;戊沟"),
        ("丙家、丁湾两个行政村", "丙家;丁湾"),
        ("石门镇第三村、城中社区", "第三村;城中社区"),
        ("石门镇丁家堡、戊家屯", "丁家堡;戊家屯"),
        ("石门镇丙村村、东丁村", "丙村村;东丁村"),
        ("大、小王庙村", "大王庙村;小王庙村"),
        ("石门镇石村乡界，村镇结合", ""),
    ],
)
def test_villages_by_their_form(location, villages):
    found = UNKNOWN.find("工程", location, None)
    assert ";".join(mention.text for mention in found.villages) == villages


@BOTH
def test_a_list_that_begins_with_villages_goes_on_with_some_without_the_word(places):
    content = "望川县丁河村、丁泉寺、丙家店、戊坪沟、东丙坡、北戊村配套污水管网"
    villages = "丁河村;丁泉寺;丙家店;戊坪沟;东丙坡;北戊村"
    assert shown(places.find("工程", None, content)) == f"villages={villages}"
    assert shown(places.find("工程", None, "建设广场、泵站、丙丁水库、码头")) == "places=丙丁水库"


def test_the_ends_of_a_reach_are_villages_on_a_river_and_places_on_a_road():
    assert named(UNKNOWN, "丁河(丙庄-戊洼段)河道治理") == "villages=丙庄;戊洼 rivers=丁河"
    assert named(UNKNOWN, "丁河下游丙庄至戊洼河道治理") == "villages=丙庄;戊洼 rivers=丁河"
    assert named(UNKNOWN, "丁河(丙庄-入河口段)河道治理") == "villages=丙庄 rivers=丁河"
    assert named(UNKNOWN, "建设路(丙桥头-新水厂)管网改造") == "places=建设路;丙桥头;新水厂"
    assert named(UNKNOWN, "生产线(甲型-乙型)改造") == ""


# --- rivers -------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("name", "rivers"),
    [
        ("白水河流域治理", "白水河"),
        ("沿白水河两岸绿化，对清溪河清淤", "白水河;清溪河"),
        ("东清溪河治理", "东清溪河"),
        ("丙河一级支流-白水河治理", "白水河"),
        ("白水河入河排污口整治", "白水河"),
        ("清溪河入白水河处断面达标", "清溪河;白水河"),
        ("南、北沙河治理", "南沙河;北沙河"),
        ("丙水、丁水流域治理", "丙水;丁水"),
        ("清溪河省级湿地公园建设", ""),
        ("白水河灌区改造", ""),
        ("清溪河大桥、白水河路、清溪河煤矿", ""),
        ("清溪河村整治", ""),
        ("清溪河湿地修复", "清溪河"),
        ("七河治理，跨河大桥，入河口，母亲河", ""),
    ],
)
def test_rivers(places, name, rivers):
    assert ";".join(mention.text for mention in places.find(name, None, None).rivers) == rivers


def test_a_river_that_the_document_lists_needs_no_noun():
    assert named(COUNTY, "望水（城关镇至河西镇段）修复") == "townships=城关镇;河西镇 rivers=望水"
    assert named(COUNTY, "望水出境断面建设") == "rivers=望水 places=望水出境断面"


# --- other places -------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("新建望川县第二污水处理厂：规模5000吨", "望川县第二污水处理厂"),
        ("望川经济开发区污水处理厂", "望川经济开发区污水处理厂"),
        ("接入县污水处理厂", "县污水处理厂"),
        ("县城生活垃圾填埋场封场", "县城生活垃圾填埋场"),
        ("新建3座污水处理厂、一座现代农业产业园", ""),
        ("丙丁产业园区污水处理厂扩建", "丙丁产业园区污水处理厂"),
        ("望川县丁山国家森林公园提升", "望川县丁山国家森林公园"),
        ("对丙岭公园、丁泉公园进行改造", "丙岭公园;丁泉公园"),
        ("人民路、建设路、新建路、公园路、滨河北街延伸", "人民路;建设路;新建路;公园路;滨河北街"),
        ("省道223线、G55高速绿化", "省道223线;G55高速"),
        ("改造县道34公里、国道12.5公里", ""),
        ("东风水库、丁泉水源地保护", "东风水库;丁泉水源地"),
        ("丙沟小流域、丁沟生态清洁小流域治理", "丙沟小流域;丁沟"),
        ("城东新区、江东新区", "城东新区;江东新区"),
        ("老城区、县城规划区雨污分流", "老城区;县城规划区"),
        ("丙桥北大街、丁丁桥", "丙桥北大街;丁丁桥"),
        ("丙家书院旧址修缮", "丙家书院旧址"),
    ],
)
def test_places(places, name, listed):
    assert ";".join(mention.text for mention in places.find(name, None, None).places) == listed


def test_works_share_the_townships_listed_before_them():
    found = COUNTY.find("石门、双溪污水处理厂改造", None, None)
    assert shown(found) == "townships=石门镇;双溪镇 places=石门污水处理厂;双溪污水处理厂"


def test_the_seat_places_a_project_in_its_name_and_location_only():
    assert named(COUNTY, "县城排水管网改造") == "places=县城"
    assert shown(COUNTY.find("管网改造", "石门镇", "接入县城市政管网")) == "townships=石门镇"


# --- counties -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "county"),
    [
        (("工程", "全县", None), "望川县"),
        (("工程", "望川县", None), "望川县"),
        (("工程", "各乡（镇）", None), "望川县"),
        (("工程", "望川县石门镇", "全县治理"), ""),
        (("工程", "县城", "全县治理"), ""),
        (("工程", None, "对我县168个排污口整治"), "望川县"),
        (("望川县农村生活污水治理", None, None), "望川县"),
        (("望川县石门镇农村生活污水治理", None, None), ""),
        (("望川县光伏发电项目", None, None), ""),
        (("生态文明示范县创建", None, None), "望川县"),
        (("工程", None, "实现全市达标"), ""),
        (("工程", "甲川县", None), ""),
    ],
)
def test_a_county_is_named_only_where_the_works_are_all_over_it(row, county):
    assert ";".join(mention.text for mention in COUNTY.find(*row).counties) == county


@pytest.mark.parametrize(
    ("row", "counties"),
    [
        (("丙州市甲川县污水处理厂", None, None), "甲川县"),
        (("工程", "甲川县、丁山区", None), "甲川县;丁山区"),
        (("工程", None, "针对丙河甲川县和乙川县段"), "甲川县;乙川县"),
        (("工程", "全市", "实施相关县级项目"), ""),
    ],
)
def test_a_prefectures_plan_names_its_counties(row, counties):
    assert ";".join(mention.text for mention in PREFECTURE.find(*row).counties) == counties


# --- proposals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("桞林镇", "柳林镇"),
        ("柳林乡", "柳林镇"),
        ("石大门镇", "石门镇"),
        ("丙丁镇", None),
        ("丙城镇", None),
    ],
)
def test_a_township_that_the_list_has_not_is_proposed_and_left_out(written, meant):
    found = COUNTY.find("工程", f"城关镇、{written}", None)
    assert shown(found) == "townships=城关镇"
    (proposal,) = found.proposals
    assert (proposal.written, proposal.meant) == (written, meant)
    assert written in proposal.evidence
    assert meant is None or ("别无" in proposal.evidence and meant in proposal.evidence)


def test_two_townships_as_near_are_both_named_and_neither_is_proposed():
    made = places_of("望川县规划\n第一章 总则\n全县辖3镇：凤丁镇、润丁镇、甲丙镇。")
    (proposal,) = made.find("工程", "涧丁镇", None).proposals
    assert proposal.meant is None
    assert "凤丁镇" in proposal.evidence
    assert "润丁镇" in proposal.evidence


def test_a_short_form_in_a_list_of_townships_is_proposed_too():
    found = COUNTY.find("工程", "石门、桞林、双溪镇", None)
    assert shown(found) == "townships=石门镇;双溪镇"
    assert [(p.written, p.meant) for p in found.proposals] == [("桞林", "柳林镇")]


def test_without_a_list_nothing_is_left_out_and_nothing_proposed():
    found = UNKNOWN.find("工程", "桞林镇、丙丁镇", None)
    assert shown(found) == "townships=桞林镇;丙丁镇"
    assert found.proposals == ()


def test_a_river_named_once_beside_one_named_often_is_proposed_and_kept_as_printed():
    found = COUNTY.find("青溪河治理", None, None)
    assert shown(found) == "rivers=青溪河"
    assert [(p.written, p.meant) for p in found.proposals] == [("青溪河", "清溪河")]
    assert COUNTY.find("东溪河治理", None, None).proposals == ()


# --- with a gazetteer ---------------------------------------------------------------------------


def table(name, columns, rows):
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    lists = {column.name for column in TABLES[name].columns if column.kind == "list"}
    for column in TABLES[name].column_names():
        if column not in frame:
            frame[column] = [() if column in lists else None] * len(frame)
    return frame.astype(object).where(frame.notna(), None)


GAZETTEER = Gazetteer(
    Area("made", "望川县", "county", (County("望川县", "990001"),), ()),
    table(
        "townships",
        ("code", "name", "county_code"),
        [("990001100", "城关镇", "990001"), ("990001101", "逯湾镇", "990001")],
    ),
    table(
        "villages",
        ("name", "township_code", "county_code"),
        [("水头", "990001100", "990001"), ("丙西", "990001100", "990001")],
    ),
    table(
        "features",
        ("id", "kind", "name", "aliases"),
        [("river-wang", "river", "望水", ()), ("works", "facility", "望川县丁洁净化中心", ())],
    ),
    table(
        "names",
        ("written", "means", "kind", "basis"),
        [
            ("遼湾镇", "逯湾镇", "township", "misprint"),
            ("逯湾", "逯湾镇", "township", "short_form"),
        ],
    ),
)


def test_a_gazetteer_decides_what_a_name_means():
    known = places_of(BARE, GAZETTEER)
    assert located(known, "遼湾镇、城关镇") == "townships=逯湾镇;城关镇"
    assert located(known, "城关镇丙西、水头等村") == "townships=城关镇 villages=丙西;水头"
    assert named(known, "望水沿线绿化，接入丁洁净化中心") == "rivers=望水"
    found = known.find("望川县丁洁净化中心改造", "逯湾", None)
    assert shown(found) == "townships=逯湾镇 places=望川县丁洁净化中心"


def test_a_township_that_the_gazetteer_has_not_is_proposed():
    found = places_of(LISTED, GAZETTEER).find("工程", "石门镇、遂湾镇", None)
    assert shown(found) == ""
    assert [(p.written, p.meant) for p in found.proposals] == [
        ("石门镇", None),
        ("遂湾镇", "逯湾镇"),
    ]


# --- owners -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("县住房和城乡\n建设局", "县住房和城乡建设局"),
        ("丙市生态环境局望川县分局", "丙市生态环境局望川县分局"),
        ("丙市 生态环境局 望川分局", "丙市生态环境局望川分局"),
        ("县林业局\n县水利局", "县林业局;县水利局"),
        ("县林业局\n县水利局\n丁镇人民政府", "县林业局;县水利局;丁镇人民政府"),
        ("县林业局、县水利局；县财政局/县审计局", "县林业局;县水利局;县财政局;县审计局"),
        ("县住房和城乡建设局和县水务局", "县住房和城乡建设局;县水务局"),
        ("县发展和改革局", "县发展和改革局"),
        ("县发展和改革委 员会", "县发展和改革委员会"),
        ("县人力资源和社会\n保障局", "县人力资源和社会保障局"),
        ("丙丁（甲省、乙省）集团 有限公司", "丙丁（甲省、乙省）集团有限公司"),
        ("县农业农村局（县林业局、县水利局）", "县农业农村局（县林业局、县水利局）"),
        ("丁镇区 污水处理站", "丁镇区污水处理站"),
        ("牵头单位：县林业局 配合单位：县水利局、县财政局", "县林业局;县水利局;县财政局"),
        ("1.县林业局 2.县水利局", "县林业局;县水利局"),
        ("市、县生态环境局", "市、县生态环境局"),
        ("县公安局 交警大队", "县公安局交警大队"),
        ("Made Power Ltd", "Made Power Ltd"),
        ("县林业局、县林业局", "县林业局"),
        ("/", None),
        ("——", None),
        ("  ", None),
        ("", None),
    ],
)
def test_owners(text, owner):
    read = owners.read(text)
    assert read.owner == owner
    assert read.raw == text.strip()


# --- properties ---------------------------------------------------------------------------------

SYLLABLES = "丙丁戊己庚辛壬癸"
WORDS = [
    *("城关镇", "石门镇", "松岭乡", "城关", "石门", "上湾村", "下湾", "王村", "李家沟", "清溪河"),
    *("白水河", "望水", "望川县", "望川", "丙", "丁", "东", "上", "下", "、", "、", "和", "至"),
    *("-", "(", ")", "，", "。", "等", "3个", "三", "镇", "乡", "村", "河", "水库", "污水处理厂"),
    *("湿地", "公园", "路", "县城", "建设", "新建", "第二", "有限公司", "人民政府", "段", "河道"),
    *("社区", "街道", "全县", "城", "区", "两", "A", "12", "一级支流", "入河", "排污口", "泉"),
    *("寺", "煤矿", "小流域", "生态清洁", "国家", " ", "\n"),
]
texts = st.lists(st.sampled_from(WORDS), max_size=14).map("".join)


@given(texts, texts, texts, st.sampled_from([COUNTY, UNKNOWN, PREFECTURE]))
def test_mentions_stand_where_they_say_and_never_on_one_another(name, location, content, places):
    given_fields = {"name": name, "location": location, "content": content}
    found = places.find(name, location, content)
    for column in COLUMNS:
        mentions = getattr(found, column)
        assert len({mention.text for mention in mentions}) == len(mentions)
        taken = {field: set() for field in given_fields}
        for mention in mentions:
            where = range(mention.start, mention.end)
            assert given_fields[mention.field][mention.start : mention.end].strip()
            assert not taken[mention.field] & set(where)
            taken[mention.field].update(where)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_breaks_the_reading(name, content):
    UNKNOWN.find(name, content, content)
    assert owners.read(name).raw == name.strip()


@given(st.data())
def test_a_mention_of_a_plain_name_slices_the_text(data):
    name = "".join(data.draw(st.permutations(SYLLABLES))[:2])
    before = data.draw(st.sampled_from(["", "新建", "对", "实施望川县", "（"]))
    noun, column = data.draw(
        st.sampled_from(
            [("镇", "townships"), ("村", "villages"), ("河", "rivers"), ("水库", "places")]
        )
    )
    text = f"{before}{name}{noun}治理"
    (mention,) = getattr(UNKNOWN.find("工程", None, text), column)
    assert text[mention.start : mention.end] == mention.text == name + noun


@given(
    st.lists(
        st.tuples(st.text(SYLLABLES, min_size=2, max_size=3), st.sampled_from(["镇", "乡"])).map(
            "".join
        ),
        min_size=1,
        max_size=6,
        unique=True,
    ),
    st.sampled_from(["、", "", "，", " ", "/", "；"]),
)
def test_a_list_of_townships_is_split_into_the_names_it_was_made_of(names, between):
    found = UNKNOWN.find("工程", between.join(names), None)
    assert [mention.text for mention in found.townships] == names


@given(
    st.lists(
        st.text(SYLLABLES, min_size=1, max_size=3).map(lambda name: f"{name}村"),
        min_size=1,
        max_size=6,
        unique=True,
    ),
    st.sampled_from(["、", "", " ", "；"]),
)
def test_a_list_of_villages_is_split_into_the_names_it_was_made_of(names, between):
    found = UNKNOWN.find("工程", f"石门镇{between.join(names)}", None)
    assert [mention.text for mention in found.villages] == names


@given(
    st.lists(
        st.text(SYLLABLES, min_size=2, max_size=4).map(lambda name: f"县{name}局"),
        min_size=1,
        max_size=5,
        unique=True,
    ),
    st.sampled_from(["、", "；", "\n", "，", "/", "和"]),
)
def test_a_list_of_owners_is_split_into_the_names_it_was_made_of(names, between):
    assert owners.read(between.join(names)).owner == ";".join(names)


def distance(one: str, other: str) -> int:
    """The edit distance by its definition, row by row."""
    row = list(range(len(other) + 1))
    for at, char in enumerate(one, start=1):
        last, row[0] = row[0], at
        for to, against in enumerate(other, start=1):
            last, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, last + (char != against))
    return row[-1]


@given(st.text("丙丁戊", max_size=5), st.text("丙丁戊", max_size=5))
def test_names_are_near_at_an_edit_distance_of_one(one, other):
    assert near(one, other) == (distance(one, other) == 1)


@pytest.mark.parametrize("pattern", ["石门镇、", "第二", "国家", "丙丁有限公司", "(丙-丁段)"])
def test_twice_the_text_takes_twice_the_lookups(pattern):
    counts = []
    for size in (2000, 4000):
        calls = Counter()

        def known(word, calls=calls):
            calls.update(("all",))
            return COUNTY.names.known.get(word)

        places = Places(COUNTY.names, COUNTY.townships, known, COUNTY.rivers)
        places.find("工程", pattern * (size // len(pattern)), None)
        counts.append(calls["all"])
    assert counts[1] == pytest.approx(2 * counts[0], rel=0.05)


# --- the facts transcribed by hand --------------------------------------------------------------

FLOORS = {  # precision and recall: without a gazetteer, with one
    "townships": ((1.0, 0.94), (1.0, 0.98)),
    "villages": ((1.0, 0.85), (1.0, 1.0)),
    "rivers": ((1.0, 1.0), (1.0, 1.0)),
    "places": ((0.92, 0.82), (0.91, 0.86)),
    "counties": ((1.0, 0.98), (1.0, 0.98)),
}


def facts(area: str) -> list[dict[str, str]]:
    with (ROOT / "layers" / "data" / area / "projects.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


AREAS = [area for area in embedded_areas() if (PLANS / f"{area}.txt").is_file()]
needs_plans = pytest.mark.skipif(not AREAS, reason="../shared/plans is not there")


def compared(*, gazetteer: bool) -> dict[str, Counter]:
    """Right, wrong and missed names of every column, over all rows of all areas."""
    counts = {column: Counter() for column in COLUMNS}
    for area in AREAS:
        text = (PLANS / f"{area}.txt").read_text(encoding="utf-8")
        known = Workspace.embedded(area).gazetteer if gazetteer else None
        places, lines, rows = places_of(text, known), text.split("\n"), facts(area)
        content = 3 if any(row["location"] for row in rows) else 2
        for row in rows:
            cells = lines[int(row["line"]) - 1].split("\t")
            found = places.find(row["name"], row["location"] or None, cells[content])
            for column in COLUMNS:
                wanted = set(filter(None, row[column].split(";")))
                got = {mention.text for mention in getattr(found, column)}
                counts[column].update(
                    right=len(wanted & got), wrong=len(got - wanted), missed=len(wanted - got)
                )
    return counts


@needs_plans
@pytest.mark.parametrize("gazetteer", [False, True], ids=["bare", "gazetteer"])
def test_places_against_the_facts(gazetteer, capsys):
    below, lines = [], ["", "with a gazetteer" if gazetteer else "from the document alone"]
    for column, count in compared(gazetteer=gazetteer).items():
        precision = count["right"] / max(count["right"] + count["wrong"], 1)
        recall = count["right"] / max(count["right"] + count["missed"], 1)
        lines.append(f"{column:10} precision {precision:.3f} recall {recall:.3f} {dict(count)}")
        least = FLOORS[column][gazetteer]
        if precision < least[0] or recall < least[1]:
            below.append((column, precision, recall))
    with capsys.disabled():
        sys.stdout.write("\n".join([*lines, ""]))
    assert below == []


def test_owners_against_the_facts():
    stated = [row for area in embedded_areas() for row in facts(area) if row["owner_raw"]]
    assert len(stated) > 100
    wrong = [row["line"] for row in stated if owners.read(row["owner_raw"]).owner != row["owner"]]
    assert wrong == []


@needs_plans
def test_every_proposal_in_the_real_plans_is_one_that_the_facts_record():
    """Misprints that a person recorded in names.csv, and nothing else, are proposed."""
    for area in AREAS:
        with (ROOT / "layers" / "data" / area / "names.csv").open(encoding="utf-8") as file:
            recorded = {row["written"]: row["means"] for row in csv.DictReader(file)}
        text = (PLANS / f"{area}.txt").read_text(encoding="utf-8")
        places = places_of(text)
        for paragraph in document(text).paragraphs():
            for proposal in places.find("", None, paragraph.text).proposals:
                if proposal.meant:
                    assert recorded.get(proposal.written) == proposal.meant


def test_the_code_names_no_place_of_the_built_in_areas():
    """What is known of places is vocabulary; a name in it would be fitted to its plan."""
    sources = [
        path
        for path in sorted((ROOT / "layers" / "plans").iterdir())
        if re.match(r"place|official|proposals|owners", path.name)
    ]
    assert len(sources) >= 9
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    columns = {
        "townships": ("name",),
        "villages": ("name",),
        "features": ("name",),
        "names": ("written", "means"),
    }
    named: set[str] = set()
    for area in embedded_areas():
        for name, keys in columns.items():
            frame = Workspace.embedded(area).table(name)
            named.update(value for key in keys for value in frame[key] if value)
    kinds = {name for name in named if len(name) < 3 or words().head.fullmatch(name)}
    assert sorted(name for name in named - kinds if name in code) == []
