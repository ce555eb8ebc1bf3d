"""The dated rules: answers done in the head, then properties, then packs of strangers."""

import contextlib
import datetime as dt
import html
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.errors import ShanheError
from layers.workspace import Workspace, embedded_areas
from maps.rules import build_rules_page
from scripts.shanhe import main
from zoning import rules
from zoning.activities import TITLES, of_group
from zoning.model import LEVEL_ORDER
from zoning.review.model import EFFECT_ORDER, NEEDS_HUMAN
from zoning.rules import UNSTATED, Pack, Rule, RulesError
from zoning.rules.lint import lint
from zoning.rules.page import sections, title

PLANS = Path(__file__).parents[2] / "shared" / "plans"

PACK = rules.load()
LAST_OF_OLD, FIRST_OF_NEW = dt.date(2026, 8, 14), dt.date(2026, 8, 15)
BEFORE_830, SINCE_830 = dt.date(2026, 3, 14), dt.date(2026, 3, 15)
IN_PLANS = dt.date(2024, 6, 1)

DAYS = st.dates(dt.date(2010, 1, 1), dt.date(2035, 12, 31))


def said(day, *asked, area="", **more):
    """(id, effect, article) of the rules that speak, in order."""
    found = PACK.on(day, area=area).speaking_of(*asked, **more)
    return [(rule.id, rule.effect, rule.article) for rule in found]


def effects(*asked, **more):
    return {effect for _, effect, _ in said(*asked, **more)}


# --- the law by date ------------------------------------------------------------------------


def test_the_eve_and_the_first_day_of_the_code_give_different_articles_for_the_same_site():
    site = ("water_source", "地表水型", "一级保护区", "sewage_works")
    assert said(LAST_OF_OLD, *site) == [("water-level1-building", "prohibited", "第六十五条")]
    assert said(FIRST_OF_NEW, *site) == [("water-level1-building", "prohibited", "第三百一十九条")]
    (old,) = PACK.on(LAST_OF_OLD).speaking_of(*site)
    (new,) = PACK.on(FIRST_OF_NEW).speaking_of(*site)
    assert (old.document, new.document) == ("水污染防治法（2017年修正）", "生态环境法典")
    assert (old.in_force_to, new.in_force_from) == (LAST_OF_OLD, FIRST_OF_NEW)
    assert not old.verified
    assert not new.verified


WATER = [  # level, activity, effect, old article, new article (old 64..67 = new 318..321)
    ("一级保护区", "outfall", "prohibited", "第六十四条", "第三百一十八条"),
    ("二级保护区", "outfall", "prohibited", "第六十四条", "第三百一十八条"),
    ("准保护区", "outfall", "prohibited", "第六十四条", "第三百一十八条"),
    ("", "outfall", "prohibited", "第六十四条", "第三百一十八条"),
    ("一级保护区", "road", "prohibited", "第六十五条", "第三百一十九条"),
    ("一级保护区", "tourism", "prohibited", "第六十五条", "第三百一十九条"),
    ("一级保护区", "supply", "none", "第六十五条", "第三百一十九条"),
    ("一级保护区", "source_protection", "none", "第六十五条", "第三百一十九条"),
    ("一级保护区", "monitoring", "needs_human", "第六十五条", "第三百一十九条"),
    ("二级保护区", "sewage_works", "prohibited", "第六十六条", "第三百二十条"),
    ("二级保护区", "mine", "prohibited", "第六十六条", "第三百二十条"),
    ("二级保护区", "road", "needs_human", "第六十六条", "第三百二十条"),
    ("二级保护区", "afforestation", "none", "第六十六条", "第三百二十条"),
    ("准保护区", "chemical", "prohibited", "第六十七条", "第三百二十一条"),
    ("准保护区", "industry", "needs_human", "第六十七条", "第三百二十一条"),
    ("准保护区", "road", "none", "第六十七条", "第三百二十一条"),
]


@pytest.mark.parametrize(("level", "activity", "effect", "old", "new"), WATER)
def test_drinking_water(level, activity, effect, old, new):
    for day, article in ((LAST_OF_OLD, old), (FIRST_OF_NEW, new)):
        found = said(day, "water_source", "", level, activity)
        assert (effect, article) in [(one, cited) for _, one, cited in found]
        assert min(EFFECT_ORDER.index(one) for _, one, _ in found) == EFFECT_ORDER.index(effect)


RESERVE = [  # level, activity, effect before 2026-03-15, effect since
    ("核心区", "mine", "prohibited", "prohibited"),
    ("缓冲区", "tourism", "prohibited", "prohibited"),
    ("核心保护区", "housing", "prohibited", "prohibited"),
    ("核心保护区", "road", "prohibited", "needs_human"),
    ("核心保护区", "monitoring", "restricted", "consult"),
    ("实验区", "mine", "prohibited", "prohibited"),
    ("实验区", "chemical", "prohibited", "prohibited"),
    ("实验区", "tourism", "restricted", "restricted"),
    ("一般控制区", "road", "needs_human", "restricted"),
    ("一般控制区", "housing", "needs_human", "prohibited"),
    ("", "road", "needs_human", "needs_human"),
    ("", "mine", "prohibited", "needs_human"),
]


@pytest.mark.parametrize(("level", "activity", "before", "since"), RESERVE)
def test_nature_reserves(level, activity, before, since):
    for day, effect, edition in (
        (BEFORE_830, before, "2017年"), (SINCE_830, since, "2026年"),
    ):  # fmt: skip
        found = PACK.on(day).speaking_of("protected_area", "省级自然保护区", level, activity)
        worst = min(found, key=lambda rule: EFFECT_ORDER.index(rule.effect))
        assert worst.effect == effect
        assert any(edition in rule.document for rule in found)
        assert all("自然保护区条例" not in rule.document or edition in rule.document
                   for rule in found)  # fmt: skip


def test_the_red_line_knows_the_listed_activities_and_the_province_s_opinion():
    day = dt.date(2025, 1, 1)
    assert effects(day, "red_line", "水源涵养", "", "industry") == {"prohibited"}
    assert effects(day, "red_line", "水源涵养", "", "photovoltaic") == {"prohibited"}
    assert effects(day, "red_line", "水源涵养", "", "road") == {"restricted"}
    (road,) = PACK.on(day).speaking_of("red_line", "水源涵养", "", "road")
    assert "省级人民政府" in road.approval
    assert "认定意见" in road.approval
    assert effects(day, "red_line", "", "", "afforestation") == {"restricted"}
    assert effects(day, "red_line", "", "核心保护区", "road") == {"prohibited", "restricted"}
    assert effects(dt.date(2022, 8, 15), "red_line", "", "", "industry") == set()
    assert "consult" in effects(FIRST_OF_NEW, "red_line", "", "", "industry")
    assert "consult" not in effects(LAST_OF_OLD, "red_line", "", "", "industry")


def test_wetlands_and_permanent_farmland():
    day = dt.date(2025, 1, 1)
    assert effects(day, "wetland", "国家重要湿地", "", "housing") == {"prohibited"}
    assert effects(day, "wetland", "国家重要湿地", "", "wetland") == {"restricted"}
    assert effects(day, "wetland", "一般湿地", "", "housing") == {"consult"}
    assert effects(day, "wetland", "人工湿地", "", "housing") == {"needs_human"}
    assert effects(day, "wetland", "一般湿地", "", "solid_waste") == {"prohibited", "consult"}
    assert effects(day, "farmland", "永久基本农田", "", "housing") == {"prohibited"}
    assert effects(day, "farmland", "永久基本农田", "", "road") == {"restricted"}
    assert effects(day, "farmland", "永久基本农田", "", "afforestation") == {"prohibited"}
    assert effects(day, "farmland", "一般耕地", "", "housing") == set()
    assert effects(dt.date(2019, 12, 31), "farmland", "永久基本农田", "", "housing") == set()


def test_slopes_are_for_a_human_and_the_code_speaks_of_them_too():
    assert said(LAST_OF_OLD, "elevation", "", "", "farming") == [
        ("slope-25-farming", "needs_human", "第二十条"),
    ]
    assert said(FIRST_OF_NEW, "elevation", "", "", "farming") == [
        ("slope-25-farming", "needs_human", "第二十条"),
        ("slope-25-farming-code", "needs_human", "第八百九十五条"),
    ]
    assert any(
        "二十度" in rule.condition
        for rule in PACK.on(IN_PLANS, area="tianzhen").speaking_of("elevation", "", "", "farming")
    )


# --- distances, names, areas, provinces -----------------------------------------------------


def test_a_rule_with_a_distance_reaches_as_far_and_no_farther():
    for metres, expected in ((0, True), (999.9, True), (1000, True), (1000.1, False)):
        found = said(IN_PLANS, "river", "", "", "chemical", zone="汉江", distance_m=metres)
        assert (("river-yangtze-chemical", "prohibited", "第二十六条") in found) is expected
    tailings = [
        [name for name, _, _ in said(IN_PLANS, "river", "", "", "tailings", zone=zone,
                                     distance_m=2500)]
        for zone in ("长江", "汉江")
    ]  # fmt: skip
    assert tailings == [["river-yangtze-tailings-main"], []]
    assert said(IN_PLANS, "river", "", "", "housing", zone="长江", distance_m=1) == []
    assert PACK.on(IN_PLANS).reach_m("river") == 3000
    assert PACK.on(IN_PLANS).reach_m("wetland") == 0
    assert PACK.on(IN_PLANS).reach_m("no such kind") == 0


@pytest.mark.parametrize(
    ("zone", "spoken"),
    [
        ("南洋河", True),
        ("南洋河 ", True),
        ("南洋河干流", True),
        ("南洋河县城段", True),
        ("洋河", False),  # inside the name of the other
        ("小南洋河", False),
        ("南洋河支流红崖沟段", False),
        ("南洋河湿地", False),
        ("", False),
        (None, False),
    ],
)
def test_a_named_river_is_itself_and_its_reaches_alone(zone, spoken):
    found = said(IN_PLANS, "river", "", "", "housing", area="tianzhen", zone=zone, distance_m=2999)
    assert (("tianzhen-nanyang-strip", "consult", "原文第937行") in found) is spoken


def test_plans_speak_in_their_own_area_and_period_only():
    site = ("spring_basin", "重点保护区", "", "mine")
    assert "原文第1728行" in [a for _, _, a in said(IN_PLANS, *site, area="yangcheng")]
    assert "原文第1728行" not in [a for _, _, a in said(IN_PLANS, *site, area="qinshui")]
    assert "原文第1728行" not in [a for _, _, a in said(IN_PLANS, *site)]
    last, after = dt.date(2025, 12, 31), dt.date(2026, 1, 1)
    assert len(said(last, *site, area="yangcheng")) == 2
    assert [name for name, _, _ in said(after, *site, area="yangcheng")] == ["spring-key-mining"]


def test_provincial_rules_speak_in_their_province_only():
    day = dt.date(2024, 1, 1)
    site = ("spring_basin", "重点保护区", "", "mine")
    assert [rule.id for rule in PACK.on(day, "14").speaking_of(*site)] == ["spring-key-mining"]
    assert PACK.on(day, "36").speaking_of(*site) == ()


def test_the_rules_of_the_plans_stand_in_the_plans():
    plans = {
        (area, plan.title): plan
        for area in embedded_areas()
        for plan in Workspace.embedded(area).area.plans
    }
    of_areas = [rule for rule in PACK.rules if rule.area]
    assert {rule.area for rule in of_areas} == {
        "hunyuan", "qinshui", "shuozhou", "tianzhen", "yangcheng",
    }  # fmt: skip
    for rule in of_areas:
        plan = plans[rule.area, rule.document]
        line = int(re.fullmatch(r"原文第(\d+)行", rule.article)[1])
        assert plan.first_line <= line <= plan.last_line
        assert rule.in_force_from.isoformat() >= plan.date
        assert rule.in_force_to == dt.date(plan.period_end, 12, 31)


MARKS = {  # a word of the line that a rule rests on: the line is the right one
    "hunyuan-wetland-industry": "湿地附近", "hunyuan-hun-valley": "浑河等河流谷地",
    "hunyuan-wetland-unrelated": "湿地保护无关", "hunyuan-red-line": "正面清单",
    "hunyuan-river-sewage": "直排河道", "hunyuan-river-space": "禁止侵占河道",
    "qinshui-red-line": "生态控制线范围内", "qinshui-coal-free": "烧结砖瓦",
    "qinshui-soil-priority": "铅蓄电池", "qinshui-qin-strip": "两岸3公里",
    "shuozhou-red-line": "各类开发区", "shuozhou-level1-livestock": "规模化畜禽养殖",
    "shuozhou-spring-mining": "煤炭限采", "shuozhou-river-sewage": "直排入河",
    "shuozhou-sanggan-industry": "水污染主要行业", "shuozhou-green-strip-50": "堤外50米",
    "shuozhou-green-strip-30": "堤外30米", "shuozhou-farmland-pollution": "土壤污染的建设项目",
    "shuozhou-source-conservation": "水源涵养区严格限制", "shuozhou-cangtou-slope": "25%以上坡度",
    "shuozhou-cangtou-bank": "10-30米", "tianzhen-nanyang-belt": "大规模的城镇建设",
    "tianzhen-nanyang-strip": "3千米", "tianzhen-nanyang-irrigation": "退水入河",
    "tianzhen-river-space": "侵占河道", "tianzhen-river-sand": "非法采砂",
    "tianzhen-priority-farmland": "优先保护类耕地集中区域", "tianzhen-green-mine": "绿色矿山建设",
    "tianzhen-mine-shield-park": "森林公园", "tianzhen-mine-shield-scenic": "旅游风景名胜区",
    "tianzhen-slope-20": "20°以上坡面", "yangcheng-priority-farmland-1": "优先保护类耕地集中区",
    "yangcheng-level1": "一级保护区内", "yangcheng-level2": "二级保护区内",
    "yangcheng-qin-bank": "植被缓冲带", "yangcheng-red-level1": "一级管控区",
    "yangcheng-red-level2": "二级管控区", "yangcheng-red-industry": "落户生态保护红线",
    "yangcheng-farmland-zone": "永久基本农田集中区", "yangcheng-safety-zone": "生态环境安全控制区",
    "yangcheng-spring-key": "严禁开采煤矿", "yangcheng-spring-pressure": "限制开采煤矿",
    "yangcheng-spring-source": "泉源区", "yangcheng-livestock-ban": "禁止养殖区",
    "yangcheng-livestock-limit": "限制发展养", "yangcheng-priority-farmland-2": "优先保护类耕地",
    "hunyuan-wetland-farming": "大型农业生产", "qinshui-control-line": "生态控制线",
    "qinshui-control-line-listed": "线性工程", "qinshui-soil-priority-near": "优先区域周边",
    "tianzhen-nanyang-belt-farming": "坡地垦荒", "shuozhou-cangtou-source": "苍头河源头",
}  # fmt: skip


def test_the_cited_lines_say_what_the_rules_say_in_other_words():
    if not PLANS.is_dir():
        pytest.skip(f"LOUD SKIP: the plan documents are not at {PLANS}")
    of_areas = {rule.id: rule for rule in PACK.rules if rule.area}
    assert set(MARKS) == set(of_areas)
    for name, rule in of_areas.items():
        lines = (PLANS / f"{rule.area}.txt").read_text(encoding="utf-8").splitlines()
        text = re.sub(r"\s", "", lines[int(re.search(r"\d+", rule.article)[0]) - 1])
        assert MARKS[name] in text, name
        for words in (rule.paraphrase, rule.condition):
            for start in range(len(words) - 15):
                assert words[start : start + 16] not in text, f"{name}: copied"


# --- how layers write levels and classes ----------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "zone_class", "level", "zone", "expected"),
    [
        ("water_source", "地表水型", "一级保护区", "清水水库水源地一级保护区", "一级保护区"),
        ("water_source", "", "一 级", "", "一级保护区"),
        ("water_source", "", "Ⅱ级", "", "二级保护区"),
        ("water_source", "", "２级", "", "二级保护区"),
        ("water_source", "", "准保护区", "", "准保护区"),
        ("water_source", "准级", "", "", "准保护区"),
        ("water_source", "", "饮用水水源一级保护区", "", "一级保护区"),
        ("water_source", "", None, "南洋水源地二级保护区", "二级保护区"),
        ("water_source", "城市集中式", "县城", "下芹水源地", UNSTATED),
        ("water_source", "", "", "某水源地一级保护区、二级保护区", UNSTATED),
        ("water_source", "", "三级保护区", "", UNSTATED),
        ("protected_area", "自然保护区", "核心区", "", "核心区"),
        ("protected_area", "自然保护区", "核心保护区", "", "核心保护区"),
        ("protected_area", "自然保护区", "国家级", "历山国家级自然保护区", UNSTATED),
        ("protected_area", "", "省级", "东岭省级自然保护区一般控制区", "一般控制区"),
        ("protected_area", "", "试验区", "", "实验区"),
        ("protected_area", "", "核心保护区（原核心区）", "", UNSTATED),
        ("red_line", "一级管控区", "", "", "一级管控区"),
        ("river", "", "一级保护区", "", UNSTATED),  # rivers have no such levels
        ("no such kind", "", "一级保护区", "", UNSTATED),
    ],
)
def test_levels_as_layers_write_them(kind, zone_class, level, zone, expected):
    assert PACK.on(IN_PLANS).level(kind, zone_class, level, zone) == expected


@pytest.mark.parametrize(
    ("kind", "zone_class", "zone", "expected"),
    [
        ("protected_area", "省级自然保护区", "", "自然保护区"),
        ("protected_area", "", "蟒河猕猴国家级自然保护区", "自然保护区"),
        ("protected_area", "水源涵养型", "苍头河源头自然保护区", "自然保护区"),
        ("protected_area", "", "天镇县自然保护地", "其他保护地"),
        ("protected_area", "", "龙山野生动物保护区", "其他保护地"),
        ("protected_area", "", "恒山国家级风景名胜区", "风景名胜区"),
        ("protected_area", "国家级森林公园", "", "自然公园"),
        ("protected_area", "国家公园", "", "其他保护地"),
        ("park", "", "城南湿地公园", "自然公园"),
        ("park", "", "人民公园", UNSTATED),
        ("water_source", "饮用天然矿泉水水源地", "马圈库饮用天然矿泉水水源地", "矿泉水水源地"),
        ("wetland", "国际重要湿地", "", "国家重要湿地"),
        ("wetland", "人工湿地", "", UNSTATED),
        ("spring_basin", None, "延河泉域带压突水危险区", "带压突水危险区"),
        ("spring_basin", "", "延河泉域", UNSTATED),
        ("function_zone", "", "畜禽限制发展养殖区", "畜禽限养区"),
    ],
)
def test_classes_as_layers_write_them(kind, zone_class, zone, expected):
    assert PACK.on(IN_PLANS).zone_class(kind, zone_class, zone) == expected


def test_rules_do_not_speak_of_zones_that_stand_apart():
    for kind, zone_class in (
        ("water_source", "饮用天然矿泉水水源地"), ("protected_area", "国家公园"),
        ("farmland", "水浇地"),
    ):  # fmt: skip
        for activity in TITLES:
            assert said(IN_PLANS, kind, zone_class, "一级保护区", activity) == []


SCENIC = [  # level, activity, worst effect, article
    ("", "quarry", "prohibited", "第二十六条"),
    ("核心景区", "mine", "prohibited", "第二十六条"),
    ("核心景区", "tourism", "prohibited", "第二十七条"),
    ("核心景区", "photovoltaic", "prohibited", "第二十七条"),
    ("", "tourism", "needs_human", "第二十七条"),  # nobody says whether it is the core
    ("核心景区", "road", "restricted", "第二十八条"),
    ("", "photovoltaic", "restricted", "第二十八条"),
    ("", "chemical", "needs_human", "第二十六条"),
]


@pytest.mark.parametrize(("level", "activity", "effect", "article"), SCENIC)
@pytest.mark.parametrize("kind", ["protected_area", "scenic_area"])
def test_scenic_areas_have_their_own_regulations_in_either_layer(
    kind, level, activity, effect, article
):
    found = PACK.on(FIRST_OF_NEW).speaking_of(kind, "", level, activity, zone="恒山风景名胜区")
    assert {rule.document for rule in found} == {"风景名胜区条例"}
    worst = min(found, key=lambda rule: EFFECT_ORDER.index(rule.effect))
    assert (worst.effect, worst.article) == (effect, article)


def test_nature_parks_need_a_human_who_is_told_what_to_read():
    for kind, zone in (("protected_area", "桑干河国家湿地公园"), ("park", "某某森林公园")):
        for activity in ("tourism", "quarry", "wetland"):
            found = PACK.on(FIRST_OF_NEW).speaking_of(kind, "", "", activity, zone=zone)
            assert [(rule.effect, rule.document) for rule in found] == [
                ("needs_human", "国家级自然公园管理办法（试行）")
            ]
    assert said(FIRST_OF_NEW, "park", "", "", "tourism", zone="人民公园") == []


def test_reservoirs():
    assert said(FIRST_OF_NEW, "reservoir", "", "", "quarry") == [
        ("reservoir-quarry", "prohibited", "第十三条、第十五条")
    ]
    assert effects(FIRST_OF_NEW, "reservoir", "", "", "mine") == {"needs_human"}
    assert effects(FIRST_OF_NEW, "reservoir", "", "", "farming") == {"needs_human"}


def test_the_levels_of_the_layers_are_levels_of_the_rules():
    levels = {term.name for term in PACK.terms if term.role == "level"}
    assert set(LEVEL_ORDER) <= levels


# --- what nobody knows is never allowed -----------------------------------------------------


@pytest.mark.parametrize("activity", ["", "no such activity", "*", "@building", None])
def test_an_unknown_activity_is_spoken_of_by_no_rule(activity):
    for rule in PACK.rules:
        for level in (*rule.levels, ""):
            book = PACK.on(rule.in_force_from, area=rule.area)
            zone = rule.names[0] if rule.names else ""
            assert book.speaking_of(rule.kind, rule.zone_class, level, activity, zone=zone) == ()


@given(DAYS, st.sampled_from(sorted(TITLES)))
def test_not_to_know_the_level_is_never_milder_than_to_know_it(day, activity):
    book = PACK.on(day)
    for kind in ("water_source", "protected_area"):
        levels = [t.name for t in PACK.terms if (t.kind, t.role) == (kind, "level")]
        if not any(book.speaking_of(kind, "", level, activity) for level in levels):
            continue
        unknown = book.speaking_of(kind, "", "", activity)
        # none at all is for a human too: the engine says so
        worst = min((EFFECT_ORDER.index(rule.effect) for rule in unknown), default=0)
        assert worst <= EFFECT_ORDER.index(NEEDS_HUMAN)


# --- the pack as a whole --------------------------------------------------------------------


def test_the_embedded_pack_is_sound_and_says_where_everything_comes_from():
    assert lint(PACK) == ()
    assert len(PACK.rules) > 100
    assert {rule.kind for rule in PACK.rules} >= {
        "water_source", "red_line", "protected_area", "wetland", "farmland", "river", "elevation",
        "spring_basin", "mine_patch", "function_zone",
    }  # fmt: skip
    cited = {document.title for document in PACK.documents}
    for rule in PACK.rules:
        assert not rule.verified, "a lawyer has confirmed nothing yet"
        assert rule.document in cited
        assert rule.source
        assert rule.article
        assert rule.paraphrase.endswith("。")
        assert rule.condition or rule.effect != NEEDS_HUMAN
    assert {rule.effect for rule in PACK.rules} == set(EFFECT_ORDER)
    named = {activity for rule in PACK.rules for activity in rule.activities}
    assert set(TITLES) - named == {"management", "air_control", "water_saving"}


@given(DAYS, st.sampled_from(["14", "36", ""]), st.sampled_from(["", "yangcheng", "tianzhen"]))
def test_on_every_day_there_is_at_most_one_version_of_a_rule(day, province, area):
    book = PACK.on(day, province, area)
    ids = [rule.id for rule in book.rules]
    assert len(ids) == len(set(ids))
    assert all(rule.in_force(day) for rule in book.rules)
    assert all(rule.province in {"", province} and rule.area in {"", area} for rule in book.rules)


@given(DAYS, st.data())
def test_a_book_is_monotone_in_specificity(day, data):
    """What confines itself to more stands before; what confines itself to nothing always speaks."""
    book = PACK.on(day, area=data.draw(st.sampled_from(["", "shuozhou", "yangcheng"])))
    kind = data.draw(st.sampled_from(sorted({rule.kind for rule in PACK.rules})))
    activity = data.draw(st.sampled_from(sorted(TITLES)))
    terms = [term.name for term in PACK.terms if term.kind == kind and not term.apart]
    zone_class, level = (data.draw(st.sampled_from([*terms, ""])) for _ in range(2))
    zone = data.draw(st.sampled_from(["", "沁河", "桑干河"]))
    found = book.speaking_of(kind, zone_class, level, activity, zone=zone)
    keys = [(-rule.specificity, EFFECT_ORDER.index(rule.effect)) for rule in found]
    assert keys == sorted(keys)
    of_all = [
        rule
        for rule in book.speaking_of(kind, "", "", activity)
        if not (rule.levels or rule.zone_classes)
    ]
    assert set(of_all) <= set(found)
    for rule in found:
        assert activity in rule.activities
        assert rule.kind == kind


@given(DAYS)
def test_the_rules_change_only_where_a_rule_begins_or_ends(day):
    turns = {rule.in_force_from for rule in PACK.rules}
    turns |= {r.in_force_to + dt.timedelta(days=1) for r in PACK.rules if r.in_force_to}
    if day not in turns:
        assert PACK.on(day).rules == PACK.on(day - dt.timedelta(days=1)).rules


# --- packs of strangers ---------------------------------------------------------------------

GOOD = """
[[rule]]
id = "own-road"
kind = "wetland"
activities = ["road"]
effect = "restricted"
approval = "县人民政府"
paraphrase = "湿地内修路要批准。"
document = "某县湿地管理办法"
article = "第三条"
in_force_from = 2020-01-01
source = "县政府网站"
"""


def pack_of(tmp_path, *texts):
    folder = tmp_path / "own"
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{number}.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_folder_adds_rules(tmp_path):
    pack = rules.load([pack_of(tmp_path, GOOD)])
    assert len(pack.rules) == len(PACK.rules) + 1
    found = pack.on(dt.date(2021, 1, 1)).speaking_of("wetland", "一般湿地", "", "road")
    assert [rule.id for rule in found] == ["own-road"]
    assert found[0].file == "0.toml"


def test_a_provincial_rule_takes_the_place_of_the_national_one_in_its_province_alone(tmp_path):
    text = GOOD.replace("own-road", "red-linear").replace('"wetland"', '"red_line"')
    pack = rules.load([pack_of(tmp_path, text + 'province = "14"\nin_force_to = 2025-12-31\n')])
    day = dt.date(2024, 1, 1)
    (here,) = pack.on(day, "14").speaking_of("red_line", "", "", "road")
    (there,) = pack.on(day, "36").speaking_of("red_line", "", "", "road")
    (later,) = pack.on(dt.date(2026, 1, 1), "14").speaking_of("red_line", "", "", "road")
    assert (here.id, here.document) == ("red-linear", "某县湿地管理办法")
    assert there.document == later.document == "自然资发〔2022〕142号"
    # the provincial rule speaks of roads alone: railways are not spoken of by the national one
    assert pack.on(day, "14").speaking_of("red_line", "", "", "railway") == ()


def test_a_folder_replaces_every_version_of_a_national_rule(tmp_path):
    text = GOOD.replace("own-road", "water-outfall").replace('"wetland"', '"water_source"')
    pack = rules.load([pack_of(tmp_path, text)])
    assert [rule.document for rule in pack.rules if rule.id == "water-outfall"] == [
        "某县湿地管理办法"
    ]


def test_own_terms_of_levels_join_those_of_the_pack(tmp_path):
    term = (
        '[[term]]\nkind = "water_source"\nrole = "level"\nname = "一级保护区"\nwords = ["Ａ 区"]\n'
    )
    book = rules.load([pack_of(tmp_path, term)]).on(IN_PLANS)
    assert book.level("water_source", "", "A区") == "一级保护区"
    assert book.level("water_source", "", "一级") == UNSTATED  # replaced, not mixed


BAD_FORM = [  # what is added or changed, what the message names
    ("= 2020-01-01", "= 2020-13-01", ["0.toml", "TOML"]),
    ("= 2020-01-01", '= "2020-01-01"', ["own-road", "in_force_from", "2020-01-01", "日期"]),
    ("= 2020-01-01", "= 2020-01-01T08:00:00", ["own-road", "in_force_from", "不带时刻"]),
    ("= 2020-01-01", "= 0001-01-01", ["own-road", "in_force_from", "1949"]),
    ("in_force_from = 2020-01-01\n", "", ["own-road", "in_force_from", "—"]),
    ('id = "own-road"\n', "", ["[[rule]] 1", "id"]),
    ('"own-road"', '"Own Road"', ["Own Road", "id", "小写字母"]),
    ('"own-road"', "7", ["[[rule]] 1", "id", "7"]),
    ('effect = "restricted"', "effect = 3", ["own-road", "effect", "3", "文字"]),
    ('["road"]', '"road"', ["own-road", "activities", "列表"]),
    ('["road"]', '["road", 7]', ["own-road", "activities", "7"]),
    ('["road"]', '[""]', ["own-road", "activities"]),
    ("approval", "aproval", ["own-road", "aproval", "approval"]),
    ('source = "县政府网站"', "verified = 1", ["own-road", "verified", "true"]),
    ('source = "县政府网站"', "within_m = -5", ["own-road", "within_m", "-5", "米数"]),
    ('source = "县政府网站"', "within_m = nan", ["own-road", "within_m", "nan"]),
    ('source = "县政府网站"', "within_m = inf", ["own-road", "within_m", "inf"]),
    ('source = "县政府网站"', "within_m = true", ["own-road", "within_m"]),
    ('source = "县政府网站"', 'province = "山西"', ["own-road", "province", "山西", "两位"]),
    ("县政府网站", "\\u001b[2J", ["own-road", "source", "控制字符"]),
    ("县政府网站", "a\\u202eb", ["own-road", "source", "控制字符"]),
    ("县政府网站", "长" * 2001, ["own-road", "source", "2000"]),
    ("[[rule]]", "[rule]", ["rule", "列表"]),
    ("[[rule]]", "[[rules]]", ["rules", "document、term、rule"]),
    ("[[rule]]", "rule = [1]\n[[document]]", ["[[rule]] 1"]),
    ("[[rule]]", "x = " + "9" * 5000, ["0.toml"]),
    ("[[rule]]", "x = " + "[" * 4000, ["0.toml"]),
    ("[[rule]]", '[[term]]\nkind = "river"\n[[rule]]', ["[[term]] 1", "role"]),
]


@pytest.mark.parametrize(("old", "new", "named"), BAD_FORM)
def test_what_is_not_of_the_form_is_named(tmp_path, old, new, named):
    folder = pack_of(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(RulesError) as refused:
        rules.read([folder])
    message = str(refused.value)
    assert isinstance(refused.value, ShanheError)
    for word in named:
        assert word in message
    assert len(message) < 2000
    assert "\x1b" not in message


def test_folders_that_are_none_are_named(tmp_path):
    for folder, word in (
        (tmp_path / "nowhere", "nowhere"),
        (tmp_path, ".toml"),
    ):
        with pytest.raises(RulesError, match=word):
            rules.load([folder])
    with pytest.raises(RulesError, match=r"0\.toml"):
        rules.load([pack_of(tmp_path, GOOD) / "0.toml"])


def test_files_that_are_no_packs_are_refused_before_they_fill_the_memory(tmp_path):
    giant = pack_of(tmp_path, GOOD)
    with (giant / "big.toml").open("wb") as stream:
        stream.truncate(rules.read_folder.__globals__["FILE_LIMIT"] + 1)
    with pytest.raises(RulesError, match=r"big\.toml"):
        rules.load([giant])
    many = tmp_path / "many"
    many.mkdir()
    (many / "0.toml").write_text("[[term]]\n" * 5001, encoding="utf-8")
    with pytest.raises(RulesError, match="5001"):
        rules.load([many])
    binary = tmp_path / "binary"
    binary.mkdir()
    (binary / "0.toml").write_bytes(b"\xff\xfe\x00[[rule]]")
    with pytest.raises(RulesError, match=r"0\.toml"):
        rules.load([binary])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.one_of(
        st.text(max_size=80),
        st.dictionaries(
            st.sampled_from([*Rule.__dataclass_fields__, "except", "x"]),
            st.one_of(
                st.sampled_from(['""', "[]", "2020-01-01", "1", "-1.5", "true", '["road"]', "{}"])
            ),
        ).map(lambda made: "[[rule]]\n" + "".join(f"{k} = {v}\n" for k, v in made.items())),
    )
)
def test_any_text_is_read_or_refused_and_never_breaks(tmp_path, text):
    folder = pack_of(tmp_path, text.encode("utf-8", "replace").decode())
    with contextlib.suppress(RulesError):
        lint(rules.read([folder]))


# --- what does not hold ---------------------------------------------------------------------

CODE = GOOD.replace("某县湿地管理办法", "水污染防治法")

UNSOUND = [  # what is changed, the key of the finding
    (GOOD, 'source = "县政府网站"', "", "missing"),
    (GOOD, 'article = "第三条"', "", "missing"),
    (GOOD, 'article = "第三条"', 'article = " "', "missing"),
    (GOOD, 'document = "某县湿地管理办法"', "", "missing"),
    (GOOD, "湿地内修路要批准。", "", "missing"),
    (GOOD, '["road"]', "[]", "missing"),
    (GOOD, '["road"]', '["roads"]', "unknown"),
    (GOOD, '["road"]', '["@built"]', "unknown"),
    (GOOD, '["road"]', '["*"]\nexcept = ["roads"]', "unknown"),
    (GOOD, '"wetland"', '"wetlands"', "unknown"),
    (GOOD, '"restricted"', '"allowed"', "unknown"),
    (GOOD, '"wetland"', '"wetland"\nlevels = ["特级"]', "unknown"),
    (GOOD, '"wetland"', '"wetland"\nzone_classes = ["国家重要温地"]', "unknown"),
    (GOOD, 'approval = "县人民政府"', "", "approval"),
    (GOOD, "2020-01-01", "2020-01-01\nin_force_to = 2019-12-31", "dates"),
    (CODE, "水污染防治法", "水污染防治法", "repealed"),
    (CODE, "水污染防治法", "《中华人民共和国水污染防治法》", "repealed"),
    (CODE, "水污染防治法", "水污染防治法（2017年修正）", "repealed"),
    (CODE, "水污染防治法", "中华人民共和国水污染防治法第六十五条", "repealed"),
    (CODE, "水污染防治法", "环境影响评价法", "repealed"),
    (CODE, "水污染防治法", "自然保护区条例（2017年修订）", "repealed"),
    (CODE, "2020-01-01", "2020-01-01\nin_force_to = 2026-08-15", "repealed"),
    (GOOD, "第三条", "水污染防治法第六十五条", "repealed"),
    (CODE, "水污染防治法", "自然保护区条例", "editions"),
    (CODE, "水污染防治法", "生态环境法典", "early"),
    (GOOD, "[[rule]]", GOOD + "[[rule]]", "overlap"),
    (GOOD, "[[rule]]", GOOD.replace("own-road", "own-road-2") + "[[rule]]", "duplicate"),
]


@pytest.mark.parametrize(("text", "old", "new", "key"), UNSOUND)
def test_what_does_not_hold_is_found(tmp_path, text, old, new, key):
    folder = pack_of(tmp_path, text.replace(old, new, 1))
    found = lint(rules.read([folder]))
    assert key in {finding.key for finding in found}
    assert {finding.key for finding in found} == {key}
    assert all("own-road" in finding.text for finding in found)
    with pytest.raises(RulesError):
        rules.load([folder])


@pytest.mark.parametrize(
    ("ends", "begins", "expected"),
    [
        ("2020-12-31", "2021-01-01", set()),
        ("2020-12-31", "2021-01-02", {"gap"}),
        ("2020-12-31", "2020-12-31", {"overlap"}),
    ],
)
def test_versions_follow_one_another_day_by_day(tmp_path, ends, begins, expected):
    first = GOOD.replace("2020-01-01", f"2020-01-01\nin_force_to = {ends}")
    folder = pack_of(tmp_path, first, GOOD.replace("2020-01-01", begins))
    assert {finding.key for finding in lint(rules.read([folder]))} == expected


@pytest.mark.parametrize(
    "change",
    [
        ("水污染防治法", "水污染防治法实施细则"),  # another document with a longer name
        ("水污染防治法", "山西省水污染防治条例"),
        ("水污染防治法", "海洋环境保护法实施办法"),
        ("2020-01-01", "2020-01-01\nin_force_to = 2026-08-14"),
    ],
)
def test_sound_rules_are_left_alone(tmp_path, change):
    assert lint(rules.read([pack_of(tmp_path, CODE.replace(*change))])) == ()


def test_documents_and_terms_are_checked_too(tmp_path):
    document = '[[document]]\ntitle = "甲"\nin_force_from = 2020-01-01\nin_force_to = 2019-01-01\n'
    term = '[[term]]\nkind = "rivers"\nrole = "levels"\nname = "乙"\n'
    found = lint(rules.read([pack_of(tmp_path, document, document, term, term)]))
    assert [finding.key for finding in found] == [
        "dates", "twice", "dates", "unknown", "unknown", "twice", "unknown", "unknown",
    ]  # fmt: skip


def test_activities_may_be_named_by_group(tmp_path):
    text = GOOD.replace('["road"]', '["@linear", "park"]\nexcept = ["road"]')
    pack = rules.load([pack_of(tmp_path, text)])
    (rule,) = [rule for rule in pack.rules if rule.id == "own-road"]
    assert set(rule.activities) == {*of_group("linear"), "park"} - {"road"}


# --- the page and the command ---------------------------------------------------------------

HOSTILE = GOOD.replace("县政府网站", "<script>alert(1)</script>[bold]{{7*7}}")


def test_the_page_shows_every_rule_of_the_day_and_nothing_of_others():
    shown = sections(PACK, day=LAST_OF_OLD, kind="water_source")
    assert [section.kind for section in shown] == ["water_source"]
    rows = {row.id: row for row in shown[0].rows}
    assert "水污染防治法（2017年修正） 第六十五条" in rows["water-level1-building"].basis
    assert rows["water-level1-building"].effect_title == "禁止"
    assert all("法典" not in basis for row in rows.values() for basis in row.basis)
    every = sections(PACK)
    assert sum(len(section.rows) for section in every) == len(PACK.rules)
    page = build_rules_page(every, title(None))
    assert page == build_rules_page(every, title(None))
    text = html.unescape(page)
    for rule in PACK.rules:
        assert rule.paraphrase in text
        assert rule.article in text


def test_the_page_escapes_everything_and_asks_nothing_of_a_network(tmp_path):
    pack = rules.load([pack_of(tmp_path, HOSTILE)])
    page = build_rules_page(sections(pack), title(None))
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;[bold]{{7*7}}" in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)
    assert "url(" not in page
    assert "Content-Security-Policy" in page
    assert "default-src 'none'" in page


def test_a_kind_an_area_and_a_province_must_exist():
    for wrong, word in (
        ({"kind": "lake"}, "lake"),
        ({"area": "x"}, "x"),
        ({"province": "晋"}, "晋"),
    ):
        with pytest.raises(RulesError, match=word):
            sections(PACK, **wrong)


def shanhe(monkeypatch, capsys, *arguments):
    monkeypatch.setattr("sys.argv", ["shanhe", *map(str, arguments)])
    monkeypatch.setenv("COLUMNS", "400")
    with pytest.raises(SystemExit) as left:
        main()
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return left.value.code or 0, out, err


def test_check_exits_with_1_where_something_does_not_hold(monkeypatch, capsys, tmp_path):
    code, out, _ = shanhe(monkeypatch, capsys, "rules", "check")
    assert code == 0
    assert str(len(PACK.rules)) in out
    folder = pack_of(tmp_path, CODE)
    code, out, _ = shanhe(monkeypatch, capsys, "rules", "check", folder)
    assert code == 1
    assert "own-road" in out
    assert "2026-08-14" in out
    code, out, err = shanhe(monkeypatch, capsys, "rules", "check", pack_of(tmp_path, "x = 1"))
    assert (code, out) == (2, "")
    assert "0.toml" in err


def test_show_prints_the_rules_of_a_day(monkeypatch, capsys, tmp_path):
    for day, article in (("2026-08-14", "第六十四条"), ("2026-08-15", "第三百一十八条")):
        code, out, _ = shanhe(
            monkeypatch, capsys, "rules", "show", "--date", day, "--kind", "water_source"
        )  # fmt: skip
        assert code == 0
        assert article in out
        assert "未经法务核对" in out
    code, out, _ = shanhe(monkeypatch, capsys, "rules", "show", pack_of(tmp_path, HOSTILE),
                          "--kind", "wetland")  # fmt: skip
    assert code == 0
    assert "[bold]" in out
    code, out, _ = shanhe(monkeypatch, capsys, "rules", "show", "--date", "1999-01-01")
    assert (code, "没有" in out) == (0, True)


def test_show_writes_a_page(monkeypatch, capsys, tmp_path):
    out = tmp_path / "rules.html"
    code, said_, _ = shanhe(
        monkeypatch, capsys, "rules", "show", "--date", "2026-08-15", "--area", "yangcheng",
        "--out", out,
    )  # fmt: skip
    assert code == 0
    assert str(out) in said_
    assert "第三百一十九条" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--date", "2026-02-30"), "2026-02-30"),
        (("--date", "明天"), "明天"),
        (("--kind", "lake"), "lake"),
        (("--out", "rules.pdf"), "rules.pdf"),
        (("--area", "nowhere"), "nowhere"),
        (("--province", "山西"), "山西"),
        (("no such folder",), "no such folder"),
        (("--out", "no such folder/rules.html"), "no such folder"),
    ],
)
def test_show_names_what_is_wrong(monkeypatch, capsys, arguments, word):
    code, out, err = shanhe(monkeypatch, capsys, "rules", "show", *arguments)
    assert (code, out) == (2, "")
    assert word in err


def test_every_embedded_file_tells_what_it_is_about():
    for path in sorted(rules.EMBEDDED.glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# ")
        assert tomllib.loads(text)


def test_a_pack_without_rules_speaks_of_nothing():
    assert Pack(()).on(IN_PLANS).speaking_of("river", "", "", "road") == ()
