"""Names to places: exact, normalised or recorded; never guessed."""

import pandas as pd
import pytest

from layers.area import Area, County
from layers.contracts import TABLES
from layers.gazetteer import Gazetteer, normalise
from layers.workspace import Workspace

COUNTIES = (County("甲县", "140001"), County("乙县", "140002"))
TOWNSHIPS = [
    ("140001100", "千佛岭乡", "140001"),
    ("140001101", "谷前堡镇", "140001"),
    ("140001102", "逯家湾镇", "140001"),
    ("140001103", "城关镇", "140001"),
    ("140002103", "城关镇", "140002"),
    ("140002104", "横河镇", "140002"),
]
VILLAGES = [
    ("石桥村", "140001100", "140001"),
    ("石桥村", "140002104", "140002"),
    ("大宁村", "140001101", "140001"),
    ("无名村", None, "140001"),
    ("横河", "140002104", "140002"),
    ("沙河村", "140001102", "140001"),
]
FEATURES = [
    ("river-yang", "river", "洋河", ()),
    ("river-nanyang", "river", "南洋河", ()),
    ("river-qin", "river", "沁河", ()),
    ("river-sha", "river", "沙河", ()),
    ("plant", "facility", "甲县污水处理厂", ("县污水厂",)),
]
NAMES = [
    ("千佛岭", "千佛岭乡", "township", "short_form"),
    ("谷前堡", "谷前堡镇", "township", "short_form"),
    ("遼家湾", "逯家湾镇", "township", "misprint"),
    ("渡泽河", "沁河", "river", "misprint"),
    ("横河", "横河镇", "township", "short_form"),
    ("横河", "横河村", "village", "short_form"),
    ("两可", "城关镇", "township", "variant"),
]


def table(name, columns, rows):
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    lists = {c.name for c in TABLES[name].columns if c.kind == "list"}
    for column in TABLES[name].column_names():
        if column not in frame:
            frame[column] = [() if column in lists else None] * len(frame)
    return frame.astype(object).where(frame.notna(), None)


def gazetteer(level="prefecture", features=FEATURES, names=NAMES, villages=VILLAGES):
    return Gazetteer(
        Area("x", "丙市", level, COUNTIES, ()),
        table("townships", ("code", "name", "county_code"), TOWNSHIPS),
        table("villages", ("name", "township_code", "county_code"), villages),
        table("features", ("id", "kind", "name", "aliases"), features),
        table("names", ("written", "means", "kind", "basis"), names),
    )


def found(text, **more):
    return [match.place.name for match in gazetteer().scan(text, **more)]


# --- whole names ------------------------------------------------------------------------------


def test_a_name_is_matched_exactly_or_after_normalising():
    exact = gazetteer().resolve("谷前堡镇")
    assert (exact.place.key, exact.how) == ("140001101", "exact")
    spaced = gazetteer().resolve("谷前堡 镇")
    assert (spaced.place.key, spaced.how) == ("140001101", "normalised")
    assert spaced.written == "谷前堡 镇"


def test_normalising_folds_width_spaces_and_dashes():
    assert normalise("Ａ县（一—二） 期") == normalise("A县(一-二)期") == "A县(一-二)期"


def test_variants_and_misprints_come_from_the_record_with_their_basis():
    for written, key, how in (
        ("遼家湾", "140001102", "misprint"),
        ("谷前堡", "140001101", "short_form"),
        ("渡泽河", "river-qin", "misprint"),
        ("县污水厂", "plant", "variant"),
    ):
        match = gazetteer().resolve(written)
        assert (match.place.key, match.how) == (key, how)


@pytest.mark.parametrize("typo", ["谷前堡真", "谷前保镇", "逯家弯镇", "南羊河", "千佛岭", "镇"])
def test_a_typo_that_nobody_recorded_is_not_matched(typo):
    match = gazetteer(names=()).resolve(typo)
    assert (match.place, match.how) == (None, "unknown")
    assert gazetteer(names=()).scan(typo) == ()


def test_a_name_of_two_townships_means_neither_unless_the_county_decides():
    names = gazetteer()
    assert names.resolve("城关镇").place is None
    assert names.resolve("城关镇", counties={"140002"}).place.key == "140002103"
    assert names.resolve("城关镇", counties={"140001", "140002"}).place is None
    assert names.scan("城关镇污水处理厂") == ()
    assert found("城关镇污水处理厂", counties={"140001"}) == ["城关镇"]


def test_a_variant_of_an_ambiguous_name_is_ambiguous_too():
    assert gazetteer().resolve("两可").place is None
    assert gazetteer().resolve("两可", counties={"140001"}).place.key == "140001103"


def test_a_name_of_two_villages_means_neither_unless_the_county_decides():
    names = gazetteer()
    assert names.resolve("石桥村", kinds=("village",)).place is None
    decided = names.resolve("石桥村", kinds=("village",), counties={"140001"})
    assert decided.place.key == "140001100"


def test_a_place_of_another_county_is_not_meant():
    assert gazetteer().resolve("大宁村", counties={"140002"}).place is None
    assert gazetteer().resolve("横河镇", counties={"140001"}).place is None


def test_a_name_recorded_for_a_township_and_a_village_is_told_apart_by_its_kind():
    names = gazetteer()
    assert names.resolve("横河", kinds=("township",)).place.name == "横河镇"
    assert names.resolve("横河", kinds=("village",)).place.kind == "village"


def test_two_records_of_one_written_form_are_both_kept():
    villages = [*VILLAGES, ("横河村", "140002104", "140002")]
    names = gazetteer(villages=villages)
    assert names.resolve("横河", kinds=("township",)).how == "short_form"
    assert names.resolve("横河", kinds=("village",)).how == "short_form"
    assert names.resolve("横河").place is None  # of either kind: nobody can tell


def test_a_village_without_a_code_is_known_and_has_no_place_of_its_own():
    match = gazetteer().resolve("无名村")
    assert (match.place.kind, match.place.key) == ("village", "")


def test_a_record_decides_over_a_feature_of_that_very_name():
    names = [("洋河", "南洋河", "river", "short_form")]
    match = gazetteer(names=names).resolve("洋河")
    assert (match.place.key, match.how) == ("river-nanyang", "short_form")
    assert gazetteer(names=()).resolve("洋河").place.key == "river-yang"


# --- running text -----------------------------------------------------------------------------


def test_the_longest_name_wins():
    assert found("南洋河河道治理工程") == ["南洋河"]
    assert found("洋河与南洋河") == ["洋河", "南洋河"]
    assert found("沙河村至沙河") == ["沙河村", "沙河"]


def test_a_river_behind_a_direction_is_another_river():
    assert found("北洋河治理") == found("小沙河治理") == []


@pytest.mark.parametrize("tail", ["流域", "灌区", "生态经济带", "湿地公园", "水库", "大道", "乡"])
def test_a_basin_or_what_is_called_after_a_river_is_not_its_line(tail):
    assert found(f"沁河{tail}建设") == []


def test_works_on_the_river_are_on_the_river():
    assert found("沁河河道治理、沁河生态修复、沁河断面") == ["沁河"]


@pytest.mark.parametrize("tail", ["景区", "水库", "风景名胜区", "煤矿", "森林公园"])
def test_a_short_form_that_runs_on_is_not_the_township(tail):
    """千佛岭景区 stands in no table: still it is not 千佛岭乡."""
    assert found(f"千佛岭{tail}停车场") == []
    assert found("千佛岭光明小学") == ["千佛岭乡"]
    assert found(f"千佛岭乡{tail}") == ["千佛岭乡"]


def test_a_scenic_area_in_the_tables_is_itself():
    features = [*FEATURES, ("scenic", "scenic_area", "千佛岭景区", ())]
    matches = gazetteer(features=features).scan("千佛岭景区道路")
    assert [match.place.key for match in matches] == ["scenic"]


def test_glued_names_are_all_found_in_order():
    assert found("谷前堡镇逯家湾镇千佛岭乡") == ["谷前堡镇", "逯家湾镇", "千佛岭乡"]
    assert found("谷前堡、遼家湾、千佛岭") == ["谷前堡镇", "逯家湾镇", "千佛岭乡"]
    assert found("甲县大宁村") == ["甲县", "大宁村"]


def test_names_known_to_stand_in_the_row_use_up_their_characters():
    assert found("南洋河大酒店") == ["南洋河"]
    assert found("南洋河大酒店", also=("南洋河大酒店",)) == []


def test_the_prefecture_is_a_place_only_of_a_prefecture():
    prefecture = gazetteer().scan("丙市甲县工程")
    assert [match.place.kind for match in prefecture] == ["area", "county"]
    county = gazetteer(level="county").scan("丙市甲县工程")
    assert [match.place.kind for match in county] == ["county"]


def test_nothing_is_found_in_nothing():
    assert gazetteer().scan(None) == gazetteer().scan("") == ()


# --- the embedded areas -----------------------------------------------------------------------


@pytest.fixture(params=["tianzhen", "hunyuan", "yangcheng", "qinshui", "shuozhou"])
def area(request):
    return request.param


def test_every_recorded_township_and_river_is_one_that_the_tables_have(area):
    workspace = Workspace.embedded(area)
    kinds = {"township": "township", "river": "feature"}
    records = workspace.table("names").to_dict("records")
    unknown = [
        row["written"]
        for row in records
        if row["kind"] in kinds
        if workspace.gazetteer.resolve(row["written"], kinds=(kinds[row["kind"]],)).place is None
    ]
    assert unknown == []


def test_every_village_with_a_code_lies_in_a_township_that_the_tables_have(area):
    workspace = Workspace.embedded(area)
    codes = set(workspace.table("townships")["code"])
    villages = workspace.table("villages")
    assert set(villages["township_code"].dropna()) <= codes
    located = villages[villages["township_code"].notna()]
    for row in located.to_dict("records"):
        names = workspace.gazetteer
        match = names.resolve(row["name"], kinds=("village",), counties={row["county_code"]})
        assert match.place is None or match.place.key in codes
