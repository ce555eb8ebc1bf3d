"""The facts transcribed from the five plans, against each other and against the plans' own text."""

import hashlib
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from layers.contracts import TABLES
from layers.workspace import Workspace

AREAS = ("tianzhen", "hunyuan", "yangcheng", "qinshui", "shuozhou")
PLANS = Path(__file__).parents[2] / "shared" / "plans"
HECTARES = {"公顷": 1, "hm²": 1, "km²": 100, "亩": 1 / 15, "万亩": 10_000 / 15, "m²": 1e-4,
            "万m²": 1}  # fmt: skip
ROUNDED_HA = 0.0001  # the tables hold four decimals
CHINESE = {word: at for at, word in enumerate("零一二三四五六七八九十")} | {"两": 2}
GRADES = {"Ⅰ": "I一", "Ⅱ": "II二", "Ⅲ": "III三", "Ⅳ": "IV四", "Ⅴ": "V五"}

NAMED_BY_US = {"mining-peat", "mining-basalt", "zone-riparian-50", "zone-riparian-30"}
"""Features that the plans describe without naming them; their names join other words."""

COUNTED_BY_US = {("hunyuan", "figures", "reservoir-hengshan"),
                 ("hunyuan", "totals", "reservoirs_medium")}  # fmt: skip
"""Counts of one thing that the plan names but does not count."""

with_plans = pytest.mark.skipif(
    not PLANS.is_dir(),
    reason=f"!!! {PLANS} IS NOT HERE: THE TRANSCRIBED FACTS ARE NOT CHECKED AGAINST THE PLANS !!!",
)
every_area = pytest.mark.parametrize("area", AREAS)


@cache
def opened(area):
    return Workspace.embedded(area)


@cache
def text_of(source):
    text = (PLANS / source).read_text(encoding="utf-8")
    return text.removesuffix("\n").split("\n")


def bare(text):
    """A text without spaces, as names are compared."""
    return re.sub(r"\s", "", text)


def line_of(workspace, row):
    """The plan's line that a row refers to."""
    plan = workspace.area.plan(row["plan"])
    assert plan.first_line <= row["line"] <= plan.last_line
    return text_of(plan.source)[int(row["line"]) - 1]


def rows(area, table):
    """The rows of a table as dictionaries, with the line of the file for messages."""
    return [
        {"row": row, **record}
        for row, record in zip(
            opened(area).table(table).index, opened(area).table(table).to_dict("records"),
            strict=True,
        )
    ]  # fmt: skip


# --- the tables among themselves ------------------------------------------------------------


@every_area
def test_everything_loads_without_a_fault(area):
    workspace = opened(area)
    assert all(len(workspace.table(name)) for name in ("projects", "townships", "features"))
    assert set(TABLES) == {name for name in TABLES if workspace.table(name) is not None}
    for layer in workspace.layers:
        if layer.kind != "elevation":
            assert len(workspace.frame(layer.id))
    assert set(workspace.loci) == {project.project_id for project in workspace.projects}


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ("tianzhen", {"12-1": 3, "12-2": 9, "12-3": 1, "12-4": 10, "12-5": 1, "12-6": 1,
                      "12-7": 15, "12-8": 5, "12-9": 10}),
        ("hunyuan", {None: 17}),
        ("yangcheng", {"7-1": 8, "7-2": 14, "7-3": 7, "7-4": 1, None: 45}),
        ("qinshui", {None: 25}),
        ("shuozhou", {"11-1": 43, "11-2": 11}),
    ],
)  # fmt: skip
def test_every_row_of_every_project_table_is_there(area, expected):
    assert Counter(project.table for project in opened(area).projects) == expected


def test_the_second_plan_of_yangcheng_has_its_four_groups():
    second = [p.group for p in opened("yangcheng").projects if p.plan == "yangcheng-2"]
    assert [len(list(filter(group.__eq__, second))) for group in dict.fromkeys(second)] == [
        10, 16, 16, 3,
    ]  # fmt: skip


@every_area
def test_rows_stand_in_the_documents_order_and_are_numbered_on(area):
    projects = opened(area).projects
    lines = [(project.plan, project.line) for project in projects]
    assert lines == sorted(lines)
    for before, after in pairwise(projects):
        assert int(after.seq) in {int(before.seq) + 1, 1}


@every_area
def test_hectares_agree_with_value_and_unit(area):
    for project in opened(area).projects:
        for stated in project.areas:
            value = float(stated.value.split("-")[-1])
            expected = value * HECTARES[stated.unit]
            assert stated.hectares == pytest.approx(expected, abs=ROUNDED_HA), project.project_id
    for figure in rows(area, "figures"):
        assert (figure["hectares"] is not None) == (figure["unit"] in HECTARES), figure
        if figure["hectares"] is not None:
            expected = figure["value"] * HECTARES[figure["unit"]]
            assert figure["hectares"] == pytest.approx(expected, abs=ROUNDED_HA), figure


@every_area
def test_restoration_is_the_sum_of_its_areas_and_silent_without_any(area):
    for project in opened(area).projects:
        parts = [
            stated.hectares for stated in project.areas if stated.restoration and not stated.part_of
        ]
        if parts:
            assert project.restoration_ha == pytest.approx(sum(parts), abs=ROUNDED_HA)
        else:
            assert project.restoration_ha is None, project.project_id


@every_area
def test_codes_begin_with_the_code_of_their_county(area):
    counties = {county.code: county.name for county in opened(area).area.counties}
    if area == "shuozhou":  # a development zone with a code of its own but no county
        counties["140671"] = "山西朔州经济开发区"
    for township in rows(area, "townships"):
        assert township["code"].startswith(township["county_code"])
        assert counties[township["county_code"]] == township["county"]
    known = {township["code"]: township["name"] for township in rows(area, "townships")}
    for village in rows(area, "villages"):
        if village["code"] is not None:
            assert village["code"].startswith(village["township_code"])
            assert known[village["township_code"]] == village["township"]


# --- the tables against the plans -----------------------------------------------------------


@with_plans
@every_area
def test_the_text_is_the_one_that_was_transcribed(area):
    """Its last line may lack the line break, so that ``wc -l`` does not count it."""
    for plan in opened(area).area.plans:
        raw = (PLANS / plan.source).read_bytes()
        assert hashlib.sha256(raw).hexdigest() == plan.source_sha256
        assert plan.source_lines in {raw.count(b"\n"), len(text_of(plan.source))}
        assert 1 <= plan.first_line <= plan.last_line <= plan.source_lines


@with_plans
@every_area
def test_every_row_stands_where_it_says_with_its_number_and_name(area):
    """A name may be merged over several rows: then it stands above and the row's own is empty."""
    workspace = opened(area)
    for project in workspace.projects:
        at = project.line - 1
        lines = text_of(workspace.area.plan(project.plan).source)
        cells = [bare(cell) for cell in lines[at].split("\t")]
        assert project.seq in cells, project.project_id
        name = cells.index(project.seq) + 1
        while cells[name] == "":
            at -= 1
            cells = [bare(cell) for cell in lines[at].split("\t")]
            name = 1
        assert project.name in "".join(cells), project.project_id


@with_plans
@every_area
def test_every_investment_stands_on_its_line(area):
    stated = [project for project in opened(area).projects if project.investment_raw]
    for project in stated:
        line = line_of(opened(area), {"plan": project.plan, "line": project.line})
        assert bare(project.investment_raw) in bare(line), project.project_id
        number = re.match(r"[0-9.]+", project.investment_raw)
        if number is None:  # printed as /
            assert project.investment_yi is None, project.project_id
            continue
        yi = float(number[0]) / (10_000 if "万元" in project.investment_raw else 1)
        assert project.investment_yi == pytest.approx(yi), project.project_id
    assert (len(stated) > 0) == (area != "shuozhou")


def numbers(line):
    """Every number that a line states, in plain figures, with 万 and powers worked out."""
    found = {float(value) for value in re.findall(r"[0-9]+(?:\.[0-9]+)?", line)}
    found |= {
        float(value.replace(",", "")) for value in re.findall(r"[0-9]{1,3}(?:,[0-9]{3})+", line)
    }
    found |= {float(value) * 10_000 for value in re.findall(r"([0-9.]*[0-9])\s*万", line)}
    found |= {
        float(value) * 10 ** int(power)
        for value, power in re.findall(r"([0-9.]+)\s*×\s*10\^\{?([0-9]+)", line)
    }
    found |= {CHINESE[word] for word in re.findall(f"([{''.join(CHINESE)}])[个座处条类大]", line)}
    return found


def states(line, value, unit):
    """A line states a value: as it is, in degrees and minutes, or in metres for kilometres."""
    said = numbers(line)
    if unit == "°":
        pairs = re.findall(r"([0-9]+)(?:°|\^\{\\circ\})\s*([0-9]+)", line)
        said = {round(int(degrees) + int(minutes) / 60, 6) for degrees, minutes in pairs}
    elif unit == "km":
        said |= {metres / 1000 for metres in said}
    return any(value == pytest.approx(number, rel=1e-9) for number in said)


@with_plans
@pytest.mark.parametrize("table", ["figures", "totals"])
@every_area
def test_every_figure_and_total_stands_on_its_line(area, table):
    silent = []
    for row in rows(area, table):
        key = (
            area,
            table,
            row["feature_id"]
            if table == "figures" and row["measure"] == "count"
            else row["measure"],
        )
        if row["value"] is None or key in COUNTED_BY_US:
            continue
        if not states(line_of(opened(area), row), row["value"], row["unit"]):
            silent.append((row["row"], row["measure"], row["value"], row["unit"], row["line"]))
    assert silent == []


@with_plans
@every_area
def test_every_figure_in_words_stands_on_its_line(area):
    """Grades of water may be printed as Ⅳ, IV or 四; dates as 2018年6月10日."""
    for row in rows(area, "figures"):
        if row["text"] is None:
            continue
        line, text = bare(line_of(opened(area), row)), bare(row["text"])
        day = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
        if day:
            forms = {f"{day[1]}年{int(day[2])}月{int(day[3])}日"}
        else:
            printed = GRADES.get(text[-1], "")
            latin, chinese = printed[:-1], printed[-1:]
            forms = {text, *(text[:-1] + other for other in (latin, chinese) if other)}
        assert any(form in line for form in forms), row


@with_plans
@every_area
def test_every_count_of_mine_patches_stands_on_its_line(area):
    for row in rows(area, "mine_patches"):
        line = line_of(opened(area), row)
        said = numbers(line)
        if row["patches"] is not None:
            assert row["patches"] in said, row
        if row["area_ha"] is not None:
            converted = {number * ratio for number in said for ratio in HECTARES.values()}
            assert any(row["area_ha"] == pytest.approx(ha, abs=ROUNDED_HA) for ha in converted), row


def left_over(name, text):
    """How many characters of a name no piece of two or more, found in the text, covers."""
    best = [0] * (len(name) + 1)
    for start in range(len(name) - 1, -1, -1):
        ends = [end for end in range(start + 2, len(name) + 1) if name[start:end] in text]
        best[start] = min([best[start + 1] + 1, *(best[end] for end in ends)])
    return best[0]


@with_plans
@every_area
def test_every_feature_is_named_by_the_plan(area):
    """Its name or an alias is printed, or its pieces are, as in 下芹、王曲两个水源地."""
    workspace = opened(area)
    printed = {plan.source: bare("".join(text_of(plan.source))) for plan in workspace.area.plans}
    for row in rows(area, "features"):
        names = [bare(name) for name in (row["name"], *row["aliases"])]
        line = bare(line_of(workspace, row))
        if any(name in text for name in names for text in printed.values()):
            continue
        assert row["id"] in NAMED_BY_US or min(
            left_over(name.removeprefix(workspace.area.name), line) for name in names
        ) <= 1, row["id"]  # fmt: skip


@with_plans
@every_area
def test_every_variant_that_is_resolved_is_one_that_the_plan_uses(area):
    text = {bare("".join(text_of(plan.source))) for plan in opened(area).area.plans}
    for row in rows(area, "names"):
        assert any(bare(row["written"]) in whole for whole in text), row
