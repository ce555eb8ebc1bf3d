"""The program's answers for the made county, against the answers worked out by hand.

`layers/data/shili/answers.toml` is checked without the program's code by
test_made_county_data.py; here the program itself has to say the same.
"""

import math
import tomllib

import pandas as pd
import pytest

from layers.workspace import Workspace, data_folder
from zoning.model import UNCHECKED
from zoning.queries import QUERIES, ask, get_query
from zoning.study import Study

ANSWERS = tomllib.loads((data_folder() / "shili" / "answers.toml").read_text(encoding="utf-8"))
LIMITS = ANSWERS["tolerance"]
TOPICS = ("water-source", "red-line", "protected-area", "farmland")
LOCI = {"surveyed": "footprint"}
SCOPES = {"several_townships": "several_townships", "county_wide": "county", "no_place": "unknown"}


@pytest.fixture(scope="module")
def study():
    return Study(Workspace.embedded("shili"))


@pytest.fixture(scope="module")
def rows_of(study):
    def rows(query_id, **settings):
        return ask(study, get_query(query_id), settings).rows.to_dict("records")

    return rows


def parts(cell):
    return cell.split(";") if cell else []


def zone_names(cell):
    """Zone names without the level that the program puts in brackets behind some."""
    return sorted(name.split("（")[0] for name in parts(cell))


def same_area(got, wanted):
    """Areas are printed to 0.01 m2: the declared tolerance plus half a digit."""
    return math.isclose(
        got, wanted, rel_tol=LIMITS["area_relative"], abs_tol=LIMITS["area_m2"] + 0.005
    )


def check_finding(row, wanted, who):
    assert row["relation"] == wanted.get("relation"), who
    assert row["certainty"] == wanted["certainty"], who
    if "distance_m" in wanted:
        assert row["distance_m"] == pytest.approx(wanted["distance_m"], abs=LIMITS["distance_m"])
    if wanted["certainty"] == UNCHECKED:
        assert row["state"] == UNCHECKED, who
        return
    if wanted.get("overlap_m2") is None:
        assert row["overlap_m2"] is None, who
    else:
        assert same_area(row["overlap_m2"], wanted["overlap_m2"]), who
        assert row["overlap_ha"] == pytest.approx(row["overlap_m2"] / 1e4, abs=5.1e-5)
        assert row["overlap_mu"] == pytest.approx(row["overlap_m2"] * 15 / 1e4, abs=5.1e-3)


def check_share_and_length(row, wanted, who):
    if wanted["certainty"] == UNCHECKED:
        return
    for column, tolerance in (("share", LIMITS["share"]), ("length_m", LIMITS["distance_m"])):
        if wanted.get(column) is None:
            assert row[column] is None, (who, column)
        else:
            assert row[column] == pytest.approx(wanted[column], abs=tolerance), (who, column)


def test_answers_cover_every_query():
    asked = {query for query in QUERIES if query in ANSWERS}
    assert set(QUERIES) - asked == {"stated-totals", "elevation-by-township"}


def test_loci_have_the_basis_of_the_answers(study):
    wanted = {
        row["project_id"]: LOCI.get(row["locus"], row["locus"])
        for row in ANSWERS["projects"]["rows"]
    }
    assert {key: locus.basis for key, locus in study.workspace.loci.items()} == wanted


@pytest.mark.parametrize("topic", TOPICS)
def test_projects_in_zones(rows_of, topic):
    query = f"projects-in-{topic}"
    got = {row["project_id"]: row for row in rows_of(query)}
    assert len(got) == len(rows_of(query)) == len(ANSWERS[query]["rows"])
    for wanted in ANSWERS[query]["rows"]:
        who, row = wanted["project_id"], got[wanted["project_id"]]
        check_finding(row, wanted, who)
        check_share_and_length(row, wanted, who)
        assert zone_names(row["zones"]) == wanted["zones"], who
        assert row["sliver"] == wanted["sliver"], who


def test_levels_of_nested_zones_give_the_strongest(rows_of):
    levels = {row["project_id"]: row["level"] for row in rows_of("projects-in-water-source")}
    assert levels["shili-1"] == "二级保护区"
    assert levels["shili-3"] == levels["shili-5"] == "一级保护区"
    assert levels["shili-9"] is None


def test_near_a_water_source_goes_by_the_distance(rows_of):
    near = {
        limit: {
            r["project_id"] for r in rows_of("projects-in-water-source", near_m=limit) if r["near"]
        }
        for limit in ("0", "600")
    }
    sure = {f"shili-{number}" for number in range(1, 8)}
    # of a region only the nearest point is so near: 16 and 17 may, 8, 15 and 25 need not be
    assert near["0"] == near["600"] == sure


def test_projects_by_township(rows_of):
    answer, rows = ANSWERS["projects-by-township"], rows_of("projects-by-township")
    towns = {row["township"]: row for row in rows if row["scope"] == "township"}
    assert set(towns) == {wanted["township"] for wanted in answer["rows"]}
    for wanted in answer["rows"]:
        row = towns[wanted["township"]]
        assert parts(row["project_ids"]) == wanted["project_ids"]
        assert parts(row["partly"]) == wanted["partly"]
        assert row["projects"] == len(wanted["project_ids"])
    several = [row for row in rows if row["scope"] == "several_townships"]
    assert [(parts(row["project_ids"]), sorted(parts(row["township"]))) for row in several] == [
        ([wanted["project_id"]], sorted(wanted["townships"]))
        for wanted in answer["several_townships"]
    ]
    for scope in ("county_wide", "no_place"):
        row = next(row for row in rows if row["scope"] == SCOPES[scope])
        assert parts(row["project_ids"]) == answer[scope]
    assert rows[-1]["scope"] == "total"
    assert rows[-1]["projects"] == len(ANSWERS["projects"]["rows"])


def test_a_site_across_two_townships_is_split_exactly(study):
    split = ANSWERS["projects-by-township"]["split"]
    codes = list(study.workspace.frame("township")["name"])
    shape = study.shape("shili-20")
    met = study.zones(study.workspace.layer("township")).overlap([shape])
    areas = dict(zip(met.zone, met.area, strict=True))
    for wanted in split:
        area = areas.pop(codes.index(wanted["township"]))
        assert same_area(area, wanted["overlap_m2"])
        assert area / shape.area == pytest.approx(wanted["share"], abs=LIMITS["share"])
    assert not areas
    assert met.area.sum() == pytest.approx(shape.area, rel=1e-9)


def test_restoration_by_township(rows_of):
    answer, rows = ANSWERS["restoration-by-township"], rows_of("restoration-by-township")
    towns = {row["township"]: row for row in rows if row["scope"] == "township"}
    wanted = [(towns.pop(want["township"]), want) for want in answer["rows"]]
    assert not towns
    for scope, printed in SCOPES.items():
        found = [row for row in rows if row["scope"] == printed]
        assert len(found) == 1, scope
        wanted.append((found[0], answer[scope]))
    for row, want in wanted:
        assert row["restoration_ha"] == pytest.approx(want["restoration_ha"], abs=0.005)
        assert row["restoration_mu"] == pytest.approx(want["restoration_ha"] * 15, abs=0.05)
        assert parts(row["project_ids"]) == want["project_ids"]
        assert row["projects"] == len(want["project_ids"])
    assert rows[-1]["restoration_ha"] == answer["total"]["restoration_ha"]


def test_mine_patches_by_township(rows_of):
    answer, rows = ANSWERS["mine-patches-by-township"], rows_of("mine-patches-by-township")
    towns = {row["township"]: row for row in rows if row["scope"] == "township"}
    assert set(towns) == {want["township"] for want in answer["rows"]}
    total = next(row for row in rows if row["scope"] == "total")
    for want in answer["rows"]:
        check_patches(towns[want["township"]], want)
    check_patches(total, answer["total"])


def check_patches(row, want):
    assert row["patches"] == want["patches"]
    for column in ("area_ha", "covered_ha"):
        assert row[column] == pytest.approx(want[column], rel=1e-6, abs=1e-4), column


def test_what_the_plan_states_of_patches_agrees_with_the_measured(rows_of):
    for row in rows_of("mine-patches-by-township"):
        if row["scope"] == "township" and row["listed"]:
            assert row["stated_patches"] == row["patches"]
            assert row["stated_area_ha"] == pytest.approx(row["area_ha"], abs=1e-4)
        elif row["scope"] == "township":
            assert (row["township"], row["patches"]) == ("北原乡", 0)


def test_mine_patches_in_zones(rows_of):
    got = {(row["zone_id"], row["layer"]): row for row in rows_of("mine-patches-in-zones")}
    wanted = ANSWERS["mine-patches-in-zones"]["rows"]
    assert set(got) == {(want["zone_id"], want["layer"]) for want in wanted}
    for want in wanted:
        key = (want["zone_id"], want["layer"])
        check_finding(got[key], want, key)


def test_projects_near_river(rows_of):
    answer = ANSWERS["projects-near-river"]
    got = {row["project_id"]: row for row in rows_of("projects-near-river")}
    assert len(got) == len(answer["rows"])
    for want in answer["rows"]:
        who, row = want["project_id"], got[want["project_id"]]
        assert row["near"] == want.get("near"), who
        assert row["certainty"] == want["certainty"], who
        assert sorted(parts(row["river"])) == sorted(want["river"]), who
        if "distance_m" in want:
            assert row["distance_m"] == pytest.approx(want["distance_m"], abs=LIMITS["distance_m"])
        else:
            assert row["distance_m"] is None, who


@pytest.mark.parametrize(("limit", "near"), [("199.9", False), ("200.1", True)])
def test_near_river_turns_at_the_given_distance(rows_of, limit, near):
    got = {row["project_id"]: row for row in rows_of("projects-near-river", distance_m=limit)}
    assert (got["shili-9"]["near"], got["shili-9"]["certainty"]) == (near, "certain")


@pytest.mark.parametrize("by", ["township", "owner", "start_year", "end_year", "group"])
def test_investment_by(rows_of, by):
    answer, rows = ANSWERS["investment-by"], rows_of("investment-by", by=by)
    got = {row["value"]: row for row in rows[:-1]}
    assert len(got) == len(rows) - 1
    titles = {
        "several_townships": "多个乡镇（未拆分）",
        "county_wide": "全县（市）未拆分",
        "no_place": "位置不明",
    }
    for want in answer[f"by_{by}"]:
        special = [title for key, title in titles.items() if want.get(key)]
        value = special[0] if special else want.get(by)
        check_money(got.pop(None if value is None else str(value)), want)
    assert not got
    check_money(rows[-1], answer["total"])


def check_money(row, want):
    assert row["investment_yi"] == pytest.approx(want["investment_yi"], abs=1e-9)
    assert (row["projects"], row["stated"]) == (want["projects"], want["stated"])


def test_stated_totals_agree_with_the_rows(rows_of):
    rows = rows_of("stated-totals")
    assert {(row["scope"], row["measure"]) for row in rows} == {
        (scope, measure)
        for scope in (
            "plan",
            "group 水环境治理工程",
            "group 生态保护修复工程",
            "group 基础设施工程",
        )
        for measure in ("投资（亿元）", "项目数")
    }
    assert all(row["agrees"] for row in rows)
    assert all(row["difference"] == pytest.approx(0, abs=1e-9) for row in rows)


def test_the_made_county_has_no_heights(rows_of):
    assert rows_of("elevation-by-township") == []


def test_sentences_count_what_the_rows_say(study):
    answer = ask(study, QUERIES["projects-in-red-line"])
    states = pd.Series(answer.rows["state"]).value_counts().to_dict()
    assert states == {"clear": 19, "hit": 2, "touches": 2, "possible": 1, "unchecked": 1}
    assert "确定涉及生态保护红线 2 个，可能涉及 1 个，不能排除 0 个" in answer.sentence
    assert "仅相接或碎屑 2 个，不涉及 19 个，未核查 1 个" in answer.sentence
