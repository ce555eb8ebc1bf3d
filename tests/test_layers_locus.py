"""Where a project is, from its own words: the smallest region that holds them all.

A made county (甲县) of two by two townships of 10 x 10 units, with a river drawn across,
and a neighbour (乙县) with one township.
"""

import pandas as pd
import pytest
import shapely
from shapely import LineString, Point, box

from layers.area import Area, County
from layers.contracts import TABLES
from layers.gazetteer import Gazetteer
from layers.locus import Locator, Region
from layers.projects import Project
from layers.workspace import Workspace

TOWNS = {
    "140001100": ("东镇", box(10, 0, 20, 10)),
    "140001101": ("西镇", box(0, 0, 10, 10)),
    "140001102": ("北乡", box(0, 10, 10, 20)),
    "140001103": ("千佛岭乡", box(10, 10, 20, 20)),
    "140002100": ("邻镇", box(20, 0, 30, 20)),
}
VILLAGES = [("桥村", "140001100"), ("井村", "140001101"), ("泉村", "140001102"), ("失村", None)]
FEATURES = {  # id: kind, name, aliases, counties, townships, villages
    "river-yang": ("river", "洋河", (), ("甲县",), ("北乡",), ()),
    "river-nanyang": ("river", "南洋河", (), ("甲县", "乙县"), ("西镇",), ()),
    "river-qing": ("river", "清河", (), ("甲县",), ("北乡",), ()),
    "reservoir": ("reservoir", "洋河水库", (), ("甲县",), (), ()),
    "park": ("park", "千佛岭景区", (), ("甲县",), ("北乡",), ()),
    "plant": ("facility", "大厂", (), ("甲县",), (), ()),
    "section": ("monitoring_section", "井村断面", (), ("甲县",), (), ("井村",)),
    "nowhere": ("facility", "无厂", (), (), (), ()),
    "garden": ("park", "西园", (), ("甲县",), (), ()),
}
DRAWN = {
    "river-nanyang": LineString([(2, 2), (28, 2)]),
    "river-yang": LineString([(2, 12), (18, 12)]),
    "reservoir": box(4, 4, 6, 6),
    "garden": box(8, 4, 10, 6),  # up to the border of 东镇
}
SITE = Point(3, 3).buffer(0.1)


def table(name, rows):
    frame = pd.DataFrame(rows, dtype=object)
    lists = {c.name for c in TABLES[name].columns if c.kind == "list"}
    for column in TABLES[name].column_names():
        if column not in frame:
            frame[column] = [() if column in lists else None] * len(frame)
    return frame.astype(object).where(frame.notna(), None)


@pytest.fixture(scope="module")
def locator():
    area = Area("x", "丙市", "prefecture", (County("甲县", "140001"), County("乙县", "140002")), ())
    gazetteer = Gazetteer(
        area,
        table(
            "townships",
            [
                {"code": code, "name": name, "county_code": code[:6]}
                for code, (name, _) in TOWNS.items()
            ],
        ),
        table("villages", [{"name": name, "township_code": code} for name, code in VILLAGES]),
        table(
            "features",
            [
                dict(
                    zip(
                        ("id", "kind", "name", "aliases", "counties", "townships", "villages"),
                        (key, *row),
                        strict=True,
                    )
                )
                for key, row in FEATURES.items()
            ],
        ),
        table(
            "names",
            [
                {
                    "written": "千佛岭",
                    "means": "千佛岭乡",
                    "kind": "township",
                    "basis": "short_form",
                },
                {"written": "西阵", "means": "西镇", "kind": "township", "basis": "misprint"},
            ],
        ),
    )

    def joined(codes, layer):
        return Region(shapely.union_all([TOWNS[code][1] for code in codes]), (layer,))

    def region_of(place):
        if place.kind in {"county", "area"}:
            prefix = place.key if place.kind == "county" else "14"
            return joined([code for code in TOWNS if code.startswith(prefix)], "county")
        if place.kind in {"township", "village"}:
            return joined([place.key], "township") if place.key else None
        if place.key in DRAWN:
            return Region(DRAWN[place.key], (place.layer_kind,))
        names = FEATURES[place.key][4]
        codes = [code for code, (name, _) in TOWNS.items() if name in names]
        return joined(codes, "township") if codes else None

    def townships_at(shape):
        return tuple(
            code
            for code, (_, town) in TOWNS.items()
            if shapely.relate_pattern(shape, town, "T********")
        )

    def footprint_of(project_id):
        return Region(SITE, ("site",)) if project_id == "p-9" else None

    return Locator(gazetteer, region_of, footprint_of, townships_at)


def project(name, location=None, line=1, **lists):
    blank = dict.fromkeys(Project.__dataclass_fields__)
    given = {key: tuple(value.split(";")) for key, value in lists.items()}
    empty = dict.fromkeys(
        (
            "townships",
            "villages",
            "rivers",
            "places",
            "counties",
            "areas",
            "lengths_km",
            "capacities",
        ),
        (),
    )
    return Project(
        **{**blank, **empty, **given, "project_id": f"p-{line}", "name": name, "location": location}
    )


@pytest.fixture
def locate(locator):
    def located(name, location=None, **lists):
        locus = locator.locate(project(name, location, **lists))
        return locus, [TOWNS[code][0] for code in locus.townships]

    return located


# --- what a row says --------------------------------------------------------------------------


def test_a_surveyed_site_rules_over_all_words(locator):
    locus = locator.locate(project("东镇工程", "东镇", line=9, townships="东镇"))
    assert (locus.basis, locus.geometry, locus.layers) == ("footprint", SITE, ("site",))
    assert locus.townships == ("140001101",)


def test_a_county_wide_project_gets_the_county_and_never_a_point(locate):
    for words in ({"counties": "甲县"}, {"counties": "甲县", "places": "失所"}):
        locus, towns = locate("造林工程", "全县", **words)
        assert (locus.basis, locus.geometry.area, towns) == ("county", 400, [])
    assert locate("甲县造林工程")[0].basis == "county"


def test_a_prefecture_wide_project_gets_the_prefecture(locate):
    locus, towns = locate("丙市造林工程")
    assert (locus.basis, locus.geometry.area, towns) == ("county", 600, [])
    locus, _ = locate("丙市乙县造林工程")
    assert locus.geometry.area == 200


def test_no_words_no_place(locate):
    locus, towns = locate("造林工程")
    assert (locus.basis, locus.geometry, locus.layers, towns) == ("none", None, (), [])
    assert locus.text == "规划没有写明地点"


def test_townships_are_joined(locate):
    locus, towns = locate("道路", "东镇、西阵", townships="东镇;西镇")
    assert (locus.basis, locus.geometry.area, towns) == ("township", 200, ["东镇", "西镇"])


def test_a_misprint_is_shown_as_the_plan_wrote_it(locate):
    assert "西镇（规划写作“西阵”，误写）" in locate("道路", "西阵")[0].text


def test_a_village_is_placed_by_its_township(locate):
    locus, towns = locate("桥村污水处理", villages="桥村")
    assert (locus.basis, locus.geometry.bounds, towns) == ("village", (10, 0, 20, 10), ["东镇"])


def test_a_village_in_another_township_than_the_named_one_widens_the_locus(locate):
    locus, towns = locate("道路", townships="东镇", villages="泉村")
    assert (locus.basis, locus.geometry.area, towns) == ("township", 200, ["东镇", "北乡"])


def test_a_village_that_nobody_can_place_is_in_the_township_that_the_row_names(locate):
    locus, towns = locate("失村污水处理", "东镇", townships="东镇", villages="失村")
    assert (locus.basis, towns, locus.unlocated) == ("township", ["东镇"], ())


def test_with_a_village_that_nobody_can_place_the_county_is_the_smallest_sure_region(locate):
    locus, towns = locate("甲县管网", villages="桥村;失村")
    assert (locus.basis, locus.geometry.area, towns) == ("county", 400, [])


def test_without_a_county_a_lost_name_leaves_the_locus_incomplete(locate):
    locus, towns = locate("管网", villages="桥村;失村")
    assert (locus.basis, towns, locus.unlocated) == ("village", ["东镇"], ("失村",))
    assert "失村" in locus.text
    locus, _ = locate("无名路改造", "无名路", places="无名路")
    assert (locus.basis, locus.unlocated) == ("none", ("无名路",))


# --- features ---------------------------------------------------------------------------------


def test_a_drawn_feature_is_its_own_shape(locate):
    locus, towns = locate("洋河水库清淤", "洋河水库", places="洋河水库")
    assert (locus.basis, locus.geometry, towns) == ("feature", DRAWN["reservoir"], ["西镇"])


def test_nanyang_river_is_not_yang_river(locate):
    locus, _ = locate("南洋河治理", rivers="南洋河")
    assert locus.geometry.equals(DRAWN["river-nanyang"])
    assert [match.place.key for match in locus.matches] == ["river-nanyang"]


def test_a_river_is_cut_to_the_county_or_township_also_named(locate):
    locus, _ = locate("南洋河治理", counties="甲县", rivers="南洋河")
    assert locus.geometry.bounds == (2, 2, 20, 2)
    locus, towns = locate("南洋河治理", townships="东镇", rivers="南洋河")
    assert (locus.geometry.bounds, towns) == ((10, 2, 20, 2), ["东镇"])


def test_a_basin_is_not_the_river(locate):
    assert locate("南洋河流域治理", rivers="南洋河")[0].basis == "none"
    assert locate("甲县南洋河流域治理")[0].basis == "county"


def test_villages_are_milestones_of_a_reach_and_not_its_limits(locate):
    locus, towns = locate("南洋河(井村—入河口段)治理", rivers="南洋河", villages="井村")
    assert locus.geometry.equals(DRAWN["river-nanyang"])
    assert towns == ["东镇", "西镇", "邻镇"]


def test_the_townships_listed_for_a_river_that_nobody_drew_are_not_its_limits(locate):
    locus, towns = locate("清河治理", rivers="清河")
    assert (locus.basis, locus.geometry.area, towns) == ("county", 400, [])


def test_works_on_several_rivers_are_not_on_the_one_in_the_name(locate):
    locus, _ = locate("洋河景观", rivers="洋河;南洋河", counties="甲县")
    assert locus.geometry.length == pytest.approx(16 + 18)
    locus, towns = locate("洋河景观", rivers="洋河;清河", townships="北乡")
    assert (locus.basis, towns, locus.geometry.area) == ("township", ["北乡"], 100)


def test_a_feature_that_only_touches_the_named_township_is_not_cut_to_a_line(locate):
    for name in ("西园", "洋河水库"):  # one touches 东镇, one is apart
        locus, towns = locate(f"{name}道路", townships="东镇", places=name)
        assert (locus.basis, towns, locus.geometry.area) == ("township", ["东镇"], 100)


def test_a_feature_that_nobody_drew_is_where_the_tables_put_it(locate):
    locus, towns = locate("千佛岭景区停车场", places="千佛岭景区")
    assert (locus.basis, towns) == ("township", ["北乡"])  # and not 千佛岭乡
    locus, towns = locate("井村断面湿地", places="井村断面")
    assert (locus.basis, towns) == ("village", ["西镇"])
    locus, towns = locate("大厂改造", places="大厂")
    assert (locus.basis, locus.geometry.area, towns) == ("county", 400, [])
    assert locate("无厂改造", places="无厂")[0].unlocated == ("无厂",)


def test_the_location_rules_over_the_name(locate):
    locus, _ = locate("洋河水库清淤", "无名路", places="无名路;洋河水库")
    assert (locus.basis, locus.geometry.area) == ("county", 400)
    locus, towns = locate("千佛岭景区停车场", "北乡", townships="北乡", places="千佛岭景区")
    assert (locus.basis, towns) == ("township", ["北乡"])


def test_location_and_name_rule_over_what_is_only_mentioned(locate):
    locus, _ = locate("洋河水库清淤", places="洋河水库;大厂;无名路")
    assert (locus.basis, locus.unlocated) == ("feature", ())
    locus, towns = locate("治理", counties="甲县", townships="东镇", places="大厂")
    assert (locus.basis, towns) == ("county", [])  # the works may be elsewhere


# --- the 226 rows of the real plans -----------------------------------------------------------

REAL = {
    "tianzhen": {
        "tianzhen-1404": "county",
        "tianzhen-1411": "谷前堡镇",
        "tianzhen-1412": "county",
        "tianzhen-1414": "none",
        "tianzhen-1415": "county",
        "tianzhen-1424": "county",
        "tianzhen-1429": "新平堡镇",
        "tianzhen-1430": "新平堡镇",
        "tianzhen-1437": "贾家屯乡",
        "tianzhen-1463": "谷前堡镇;逯家湾镇;新平堡镇",
        "tianzhen-1468": "谷前堡镇;逯家湾镇",
        "tianzhen-1485": "county",
        "tianzhen-1495": "南高崖乡",
    },
    "hunyuan": {
        "hunyuan-904": "王庄堡镇",
        "hunyuan-907": "none",
        "hunyuan-910": "county",
        "hunyuan-915": "county",
        "hunyuan-918": "none",
    },
    "yangcheng": {
        "yangcheng-1-1105": "润城镇",
        "yangcheng-1-1110": "none",
        "yangcheng-1-1138": "河北镇",
        "yangcheng-2-2265": "润城镇",
        "yangcheng-2-2313": "蟒河镇",
        "yangcheng-2-2318": "演礼镇",
        "yangcheng-2-2292": "county",
    },
    "qinshui": {
        "qinshui-903": "county",
        "qinshui-909": "中村镇",
        "qinshui-926": "none",
        "qinshui-915": "中村镇;郑庄镇;端氏镇;嘉峰镇",
    },
    "shuozhou": {
        "shuozhou-775": "county",
        "shuozhou-780": "county",
        "shuozhou-803": "恢河",
        "shuozhou-839": "桑干河",
        "shuozhou-840": "county",
        "shuozhou-823": "none",
    },
}


@pytest.mark.parametrize("area", REAL)
def test_real_rows_are_where_their_words_put_them(area):
    workspace = Workspace.embedded(area)
    for project_id, wanted in REAL[area].items():
        locus = workspace.loci[project_id]
        towns = ";".join(workspace.township_name(code) for code in locus.townships)
        rivers = [m.place.name for m in locus.matches if m.place and m.place.layer_kind == "river"]
        if wanted in {"county", "none"}:
            assert (locus.basis, towns) == (wanted, ""), project_id
        elif wanted in rivers:
            assert locus.basis in {"feature", "county"}, project_id
            assert locus.geometry.geom_type != "Polygon" or locus.basis == "county", project_id
        else:
            assert towns == wanted, project_id


@pytest.mark.parametrize("area", REAL)
def test_every_real_locus_lies_in_the_area_and_says_its_basis(area):
    workspace = Workspace.embedded(area)
    for project_id, locus in workspace.loci.items():
        assert (locus.geometry is None) == (locus.basis == "none") == (not locus.layers)
        assert locus.text, project_id
        if locus.geometry is not None:
            assert not locus.geometry.is_empty
            assert locus.geometry.within(workspace.boundary.buffer(1e-6)), project_id
        if locus.basis in {"township", "village", "county"}:
            assert shapely.area(locus.geometry) > 1e-3, project_id  # no point, no line
