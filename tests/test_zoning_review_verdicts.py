"""Finding by rule: the binding verdict, who must decide, distances, dates; by rules made here."""

import datetime as dt
import tomllib

import pytest
from shapely import LineString

from layers.errors import QueryError
from layers.workspace import Workspace, data_folder
from tests.review_county import (
    Made,
    Zone,
    at,
    county,
    kind_of,
    moved,
    reviewed,
    rule,
    zones_of,
)
from zoning import rules
from zoning.review.engine import review
from zoning.review.sites import read_sites
from zoning.rules import Pack, Term

RED = Made("red_line", (Zone("red", at(1000, 1000, 2000, 2000)),))
WATER = Made(
    "water_source",
    (
        Zone("first", at(3000, 3000, 4000, 4000), "I级"),
        Zone("second", at(2000, 2000, 5000, 5000), "二级保护区"),
    ),
)
BROOK = Made("river", (Zone("brook", moved(LineString([(5000, 0), (5000, 8000)])), name="小河"),))
TERMS = (
    Term("water_source", "level", "一级保护区", words=("I级",)),
    Term("water_source", "level", "二级保护区"),
)
IN_RED = at(1100, 1100, 1200, 1200)
IN_FIRST = at(3100, 3100, 3200, 3200)


def decided(tmp_path, layers, shape, *rules_, name="光伏电站", **more):
    workspace = county(tmp_path, layers)
    found, review_ = reviewed(
        workspace, {"s": shape}, pack=Pack(rules_, terms=TERMS), 名称=[name], **more
    )
    return found["s"], review_


# --- what rules say ---------------------------------------------------------------------------


def test_a_rule_decides_and_is_cited(tmp_path):
    said = rule(
        effect="restricted", approval="省政府", condition="无法避让", verified=True,
        document="某办法", article="第三条", in_force_to=dt.date(2027, 1, 1),
    )  # fmt: skip
    site, _ = decided(tmp_path, {"red": RED}, IN_RED, said)
    (verdict,) = site.verdicts
    assert (verdict.kind, verdict.layer, verdict.zone_id) == ("red_line", "red", "red")
    assert (verdict.effect, verdict.certainty, verdict.binding) == ("restricted", "certain", True)
    assert (verdict.rule, verdict.approval, verdict.condition) == ("r", "省政府", "无法避让")
    assert (verdict.document, verdict.article, verdict.verified) == ("某办法", "第三条", True)
    assert (verdict.in_force_from, verdict.in_force_to) == (said.in_force_from, said.in_force_to)
    assert site.effect == "restricted"


def test_all_rules_that_speak_are_shown_and_the_worst_binds(tmp_path):
    site, _ = decided(
        tmp_path, {"red": RED}, IN_RED,
        rule("mild", effect="consult"), rule("worst"), rule("middle", effect="restricted"),
        rule("other", activities=("road",)),
    )  # fmt: skip
    assert [verdict.rule for verdict in site.verdicts] == ["worst", "middle", "mild"]
    assert [verdict.binding for verdict in site.verdicts] == [True, False, False]
    assert site.effect == "prohibited"


def test_in_nested_zones_each_level_has_its_verdict_and_the_worst_binds(tmp_path):
    site, _ = decided(
        tmp_path, {"water": WATER}, IN_FIRST,
        rule("one", kind="water_source", levels=("一级保护区",)),
        rule("two", kind="water_source", levels=("二级保护区",), effect="restricted"),
    )  # fmt: skip
    assert [(v.zone_id, v.rule, v.binding) for v in site.verdicts] == [
        ("first", "one", True),
        ("second", "two", False),
    ]
    assert [zone.binding for zone in zones_of(site, "water_source").values()] == [True, False]
    assert list(zones_of(site, "water_source")) == ["first", "second"]


def test_a_weaker_zone_binds_where_only_its_rule_forbids(tmp_path):
    site, _ = decided(
        tmp_path, {"water": WATER}, IN_FIRST,
        rule("one", kind="water_source", levels=("一级保护区",), effect="none"),
        rule("two", kind="water_source", levels=("二级保护区",)),
    )  # fmt: skip
    assert [(v.zone_id, v.binding) for v in site.verdicts] == [("second", True), ("first", False)]
    assert site.effect == "prohibited"


def test_each_kind_has_a_binding_verdict_of_its_own(tmp_path):
    both = {"red": RED, "fields": Made("farmland", RED.zones)}
    said = rule("r"), rule("f", kind="farmland", effect="restricted")
    site, _ = decided(tmp_path, both, IN_RED, *said)
    assert {v.kind: (v.effect, v.binding) for v in site.verdicts} == {
        "red_line": ("prohibited", True),
        "farmland": ("restricted", True),
    }


def test_the_certainty_is_that_of_the_finding(tmp_path):
    drawn = Made("red_line", RED.zones, basis="schematic", accuracy_m=5000)
    site, _ = decided(tmp_path, {"red": drawn}, IN_RED, rule())
    assert [verdict.certainty for verdict in site.verdicts] == ["possible"]


def test_what_is_only_touched_or_a_sliver_has_no_verdict(tmp_path):
    for number, shape in enumerate((at(900, 1100, 1000, 1200), at(900, 1100, 1000.005, 1200))):
        site, _ = decided(tmp_path / str(number), {"red": RED}, shape, rule())
        assert (site.verdicts, site.effect) == ((), "")


# --- who must decide --------------------------------------------------------------------------


def test_an_unknown_activity_needs_a_human_whatever_the_rules_say(tmp_path):
    site, _ = decided(tmp_path, {"red": RED}, IN_RED, rule(effect="none"), name="某某项目")
    (verdict,) = site.verdicts
    assert (verdict.effect, verdict.rule, verdict.document) == ("needs_human", "", "")
    assert "没有认出" in verdict.condition
    assert verdict.binding


def test_where_no_rule_speaks_a_human_is_needed(tmp_path):
    site, _ = decided(tmp_path, {"red": RED}, IN_RED, rule(activities=("road",)))
    (verdict,) = site.verdicts
    assert (verdict.effect, verdict.rule) == ("needs_human", "")
    assert "光伏发电" in verdict.condition


@pytest.mark.parametrize("effect", ["prohibited", "restricted", "none"])
def test_an_activity_in_doubt_shows_the_rule_and_needs_a_human(tmp_path, effect):
    said = rule(effect=effect, activities=("sewage_works",), condition="原来的条件")
    site, _ = decided(tmp_path, {"red": RED}, IN_RED, said, name="河口村污水收集")
    assert site.site.activity.confidence == "low"
    (verdict,) = site.verdicts
    assert (verdict.effect, verdict.rule) == ("needs_human", "r")
    assert "污水" in verdict.condition
    assert verdict.condition.endswith("原来的条件")


@pytest.mark.parametrize("stated", ["road", "道路"])
def test_the_user_states_the_activity_of_all_sites(tmp_path, stated):
    said = rule(activities=("road",), effect="none")
    site, review_ = decided(tmp_path, {"red": RED}, IN_RED, said, name="某某项目", activity=stated)
    assert (site.site.activity.id, site.site.activity.confidence) == ("road", "stated")
    assert (site.effect, review_.record["parameters"]["activity"]) == ("none", "road")


def test_a_class_that_there_is_not_is_refused_with_those_that_are(tmp_path):
    with pytest.raises(QueryError, match="photovoltaic（光伏发电）"):
        decided(tmp_path, {"red": RED}, IN_RED, activity="飞行器")


# --- distances --------------------------------------------------------------------------------

WITHIN_50 = rule("strip", kind="river", within_m=50.0, effect="restricted")


@pytest.mark.parametrize(
    ("metres", "wanted"),
    [(0, "certain"), (30, "certain"), (49.9, "certain"), (50.1, None), (500, None)],
)
def test_a_rule_with_a_distance_speaks_so_far_and_no_farther(tmp_path, metres, wanted):
    shape = at(4900 - metres, 3000, 5000 - metres, 3100)
    site, _ = decided(tmp_path, {"river": BROOK}, shape, WITHIN_50)
    assert [v.certainty for v in site.verdicts if v.rule == "strip"] == ([wanted] if wanted else [])
    (zone,) = zones_of(site, "river").values()
    assert zone.distance_m == pytest.approx(metres, abs=0.005)
    if metres:
        assert kind_of(site, "river").state == "clear"


@pytest.mark.parametrize(
    ("metres", "wanted"),
    [(44, "certain"), (47, "possible"), (53, "possible"), (56, None)],
)
def test_a_distance_is_as_sure_as_the_positions(tmp_path, metres, wanted):
    brook = Made("river", BROOK.zones, accuracy_m=5)
    shape = at(4900 - metres, 3000, 5000 - metres, 3100)
    site, _ = decided(tmp_path, {"river": brook}, shape, WITHIN_50)
    assert [v.certainty for v in site.verdicts] == ([wanted] if wanted else [])


def test_zones_that_are_near_enough_join_the_findings(tmp_path):
    brooks = tuple(
        Zone(f"b{number}", moved(LineString([(east, 0), (east, 8000)])))
        for number, east in enumerate((5000, 5100, 5300))
    )
    said = rule("strip", kind="river", within_m=200.0, effect="restricted")
    site, _ = decided(tmp_path, {"river": Made("river", brooks)}, at(4850, 3000, 4950, 3100), said)
    assert [zone.zone_id for zone in zones_of(site, "river").values()] == ["b0", "b1"]
    assert {v.zone_id: v.binding for v in site.verdicts} == {"b0": True, "b1": False}


def test_a_rule_of_a_named_river_speaks_of_it_even_where_another_is_nearer(tmp_path):
    zones = (
        Zone("near", moved(LineString([(5000, 0), (5000, 8000)])), name="小沟"),
        Zone("far", moved(LineString([(6000, 0), (6000, 8000)])), name="沁河"),
    )
    said = rule("strip", kind="river", names=("沁河",), within_m=1500.0, effect="consult")
    site, _ = decided(tmp_path, {"river": Made("river", zones)}, at(4800, 3000, 4900, 3100), said)
    assert [(v.zone_id, v.effect) for v in site.verdicts] == [("far", "consult")]
    assert site.effect == "consult"
    near, far = zones_of(site, "river").values()
    assert (near.zone_id, far.zone_id) == ("near", "far")
    assert far.distance_m == pytest.approx(1100, abs=0.005)


def test_a_distance_beyond_what_the_layer_covers_is_unchecked(tmp_path):
    said = rule("strip", kind="river", within_m=500.0, effect="restricted")
    for number, (west, state) in enumerate(((1000, "clear"), (300, "unchecked"))):
        shape = at(west, 3000, west + 100, 3100)
        site, _ = decided(tmp_path / str(number), {"river": BROOK}, shape, said)
        kind = kind_of(site, "river")
        assert kind.state == state
        if state == "unchecked":
            assert "500 米以内" in kind.reasons[0]


def test_a_distance_that_no_rule_asks_of_this_activity_does_not_matter(tmp_path):
    said = rule("strip", kind="river", within_m=500.0, activities=("road",))
    site, _ = decided(tmp_path, {"river": BROOK}, at(300, 3000, 400, 3100), said)
    assert kind_of(site, "river").state == "clear"


def test_near_what_rules_speak_of_an_unknown_activity_needs_a_human(tmp_path):
    said = rule("strip", kind="river", within_m=300.0, effect="none")
    cases = (("某某项目", 4700, "needs_human"), ("某某项目", 4000, ""),
             ("河口村污水收集", 4700, "needs_human"), ("光伏电站", 4700, "none"))  # fmt: skip
    for number, (name, west, effect) in enumerate(cases):
        shape = at(west, 3000, west + 100, 3100)
        site, _ = decided(tmp_path / str(number), {"river": BROOK}, shape, said, name=name)
        assert site.effect == effect, name


# --- slopes -----------------------------------------------------------------------------------

SLOPE = rule("slope", kind="elevation", activities=("road",), effect="needs_human")


@pytest.mark.parametrize(
    ("name", "state", "effect"),
    [
        ("道路工程", "unchecked", "needs_human"),
        ("光伏电站", "clear", ""),
        ("某某项目", "unchecked", ""),
        ("河口村污水收集", "unchecked", ""),
    ],
)
def test_slopes_are_never_told_from_layers(tmp_path, name, state, effect):
    site, review_ = decided(tmp_path, {"red": RED}, at(5000, 5000, 5100, 5100), SLOPE, name=name)
    kind = kind_of(site, "elevation")
    assert (kind.state, bool(kind.reasons)) == (state, True)
    assert site.effect == effect
    assert [v.rule for v in site.verdicts] == (["slope"] if effect else [])
    assert ("elevation" in dict(review_.unchecked)) == (state == "unchecked")


def test_slopes_are_asked_only_where_a_rule_speaks_of_them(tmp_path):
    _, review_ = decided(tmp_path, {"red": RED}, IN_RED, rule())
    assert "elevation" not in review_.kinds


# --- dates and places -------------------------------------------------------------------------


def shili(day, pack=None):
    workspace = Workspace.embedded("shili")
    path = workspace.folder / "layers" / "sites.geojson"
    sites = read_sites([path], workspace, accuracy_m=0.0)
    return review(workspace, sites, day=day, pack=pack or rules.load())


@pytest.fixture(scope="module")
def eve():
    return shili(dt.date(2026, 8, 14))


@pytest.fixture(scope="module")
def morrow():
    return shili(dt.date(2026, 8, 15))


def cited(found, site_id, kind):
    (site,) = (one for one in found.sites if one.site.id == site_id)
    return {(v.zone_id, v.document, v.article) for v in site.verdicts if v.kind == kind}


def test_the_day_picks_the_law(eve, morrow):
    first, second = "water-source-qingshui-1", "water-source-qingshui-2"
    assert cited(eve, "site-03", "water_source") == {
        (first, "水污染防治法（2017年修正）", "第六十五条"),
        (second, "水污染防治法（2017年修正）", "第六十六条"),
    }
    assert cited(morrow, "site-03", "water_source") == {
        (first, "生态环境法典", "第三百一十九条"),
        (second, "生态环境法典", "第三百二十条"),
    }


def test_the_day_changes_the_law_and_not_the_land(eve, morrow):
    def land(found):
        return {site.site.id: (site.zones, site.kinds) for site in found.sites}

    assert land(eve) == land(morrow)
    assert eve.record["rules"]["sha256"] != morrow.record["rules"]["sha256"]


def test_the_review_says_when_the_rules_change(eve, morrow):
    assert "2026-08-15 起规则有变化" in eve.expiry
    assert "2026-08-15 起" not in morrow.expiry
    assert "图层日期从 2026-11-21" in eve.expiry


def test_a_province_overrides_a_rule(tmp_path):
    national = rule("r", effect="prohibited")
    provincial = rule("r", effect="restricted", province="14", approval="省里")
    red = {"red": RED}
    for code, effect in (("149901", "restricted"), ("139901", "prohibited")):
        workspace = county(tmp_path / code, red, code=code)
        pack = Pack((national, provincial))
        found, review_ = reviewed(workspace, {"s": IN_RED}, pack=pack, 名称=["光伏电站"])
        assert found["s"].effect == effect
        assert review_.record["province"] == code[:2]


def test_a_kind_that_mostly_lies_in_another_layer_is_asked_where_it_is_registered(tmp_path):
    said = rule("r", kind="scenic_area", effect="restricted", approval="某局")
    site, found = decided(tmp_path / "none", {"red": RED}, IN_RED, said)
    assert "scenic_area" not in found.kinds
    both = {"red": RED, "scenic": Made("scenic_area", RED.zones)}
    site, found = decided(tmp_path / "one", both, IN_RED, said)
    assert "scenic_area" in found.kinds
    assert [v.rule for v in site.verdicts if v.kind == "scenic_area"] == ["r"]


def test_a_rule_of_another_days_is_not_there(tmp_path):
    old = rule("old", in_force_to=dt.date(2026, 8, 13))
    site, review_ = decided(tmp_path, {"red": RED}, IN_RED, old, rule("now", effect="consult"))
    assert [verdict.rule for verdict in site.verdicts] == ["now"]
    assert "没有已知的后续变化" in review_.expiry


# --- the made county, whose every answer is known ---------------------------------------------

ANSWERS = tomllib.loads((data_folder() / "shili" / "answers.toml").read_text(encoding="utf-8"))
LIMITS = ANSWERS["tolerance"]
TOPICS = {
    "water-source": "water_source",
    "red-line": "red_line",
    "protected-area": "protected_area",
    "farmland": "farmland",
}


@pytest.fixture(scope="module")
def by_project(eve):
    frame = Workspace.embedded("shili").frame("site")
    projects = dict(zip(frame["zone_id"], frame["project_id"], strict=True))
    alone = [name for name in projects.values() if list(projects.values()).count(name) == 1]
    return {projects[site.site.id]: site for site in eve.sites if projects[site.site.id] in alone}


@pytest.mark.parametrize("topic", TOPICS)
def test_findings_are_those_worked_out_by_hand(by_project, topic):
    kind, rows = TOPICS[topic], ANSWERS[f"projects-in-{topic}"]["rows"]
    wanted = {row["project_id"]: row for row in rows if row["project_id"] in by_project}
    assert len(wanted) > 10
    for who, want in wanted.items():
        site = by_project[who]
        found = kind_of(site, kind)
        assert found.certainty == want["certainty"], who
        met = [z for z in site.zones if z.kind == kind and z.relation != "outside"]
        assert sorted({z.zone for z in met}) == want["zones"], who
        if want["certainty"] == "unchecked":
            assert found.state == "unchecked", who
            continue
        if want.get("overlap_m2") is None:
            assert found.overlap_m2 is None, who
        else:
            assert found.overlap_m2 == pytest.approx(
                want["overlap_m2"], rel=LIMITS["area_relative"], abs=LIMITS["area_m2"]
            ), who
            nets = sum(z.net_m2 for z in met)
            assert nets == pytest.approx(found.overlap_m2, abs=1e-6), who
        if want.get("share") is not None:
            assert found.share == pytest.approx(want["share"], abs=LIMITS["share"]), who
        if want.get("length_m") is not None:
            assert found.length_m == pytest.approx(want["length_m"], abs=LIMITS["distance_m"]), who
        if "distance_m" in want and not met:
            (near,) = (z for z in site.zones if z.kind == kind)
            assert near.distance_m == pytest.approx(want["distance_m"], abs=LIMITS["distance_m"])
