"""The projects read from the five plans against the facts that people transcribed from them.

``python -m tests.test_plans_real [COLUMN] [AREA]`` prints the scores, or every mismatch of a
column: the line, what was read and what the facts say.
"""

import csv
import re
import sys
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from layers.plans.document import Cell, Table
from layers.plans.opening import open_document
from layers.plans.reading import read_plan
from layers.plans.tables import logical

AREAS = ("tianzhen", "hunyuan", "yangcheng", "qinshui", "shuozhou")
PLANS = Path(__file__).parents[2] / "shared" / "plans"
FACTS = Path(__file__).parents[1] / "layers" / "data"

TEXTS = ("table", "table_title", "seq", "name", "location", "investment_yi", "investment_raw",
         "start_year", "end_year", "period_raw", "owner_raw", "restoration_ha")  # fmt: skip
LISTS = ("townships", "villages", "rivers", "places", "counties", "owner", "areas", "lengths_km",
         "capacities")  # fmt: skip
NUMBERS = ("investment_yi", "start_year", "end_year", "restoration_ha")

PRINTED = ("table", "table_title", "seq", "name", "location", "investment_raw", "period_raw")
"""What is in the tables as it is in the document, but for blanks."""

VIEWS = {
    "areas: hectares": ("areas", lambda item: item.split("=")[1].split(":")[0]),
    "areas: what": ("areas", lambda item: item.split("=")[1].split(":")[1]),
    "areas: marks": ("areas", lambda item: re.sub(r":[^:]*", "", item.split("=")[1], count=1)),
    "lengths_km: km": ("lengths_km", lambda item: f"{float(item.split(':')[0]):g}"),
    "capacities: value": ("capacities", lambda item: item.split(":")[0]),
}
"""Parts of a list's items that are compared by themselves."""

FLOORS = dict.fromkeys(
    (*TEXTS, "rivers", "owner", "areas: hectares", "areas: marks", "lengths_km: km"), (0.99, 0.99)
) | {
    "townships": (0.99, 0.93),
    "villages": (0.97, 0.83),
    "places": (0.90, 0.80),
    "counties": (0.99, 0.96),
    "areas": (0.79, 0.79),
    "areas: what": (0.79, 0.79),
    "lengths_km": (0.63, 0.63),
    "capacities": (0.51, 0.54),
    "capacities: value": (0.85, 0.90),
}
"""Precision and recall that each column reaches at least. What a quantity is of is worded in one
way of several, so that whole items of areas, lengths and capacities agree less than figures."""

with_plans = pytest.mark.skipif(
    not PLANS.is_dir(),
    reason=f"!!! {PLANS} IS NOT HERE: READING IS NOT CHECKED AGAINST THE FACTS !!!",
)


@cache
def reading(area):
    return read_plan(open_document(PLANS / f"{area}.txt"))


@cache
def read_rows(area):
    """The rows that were read, by plan and line."""
    return {
        (record.values["plan"], int(record.values["line"])): record.values
        for record in reading(area).projects
    }


@cache
def fact_rows(area):
    """The rows that people transcribed, by plan and line."""
    with (FACTS / area / "projects.csv").open(encoding="utf-8", newline="") as file:
        return {(row["plan"], int(row["line"])): row for row in csv.DictReader(file)}


def bare(text):
    """A text without blanks."""
    return "".join(text.split())


def items(column, value):
    """A cell as the bag of what it states."""
    if not value:
        return Counter()
    if column in NUMBERS:
        return Counter([f"{float(value):.6g}"])
    if column in LISTS:
        return Counter(part.strip() for part in value.split(";") if part.strip())
    return Counter([value])


def compared(view, area):
    """Every row's key with what was read and what the facts say, for a column or a part of it."""
    column, part = VIEWS.get(view, (view, lambda item: item))
    ours, facts = read_rows(area), fact_rows(area)
    for key in sorted(ours.keys() | facts.keys()):
        yield (
            key,
            *(
                Counter(
                    part(item) for item in items(column, rows.get(key, {}).get(column)).elements()
                )
                for rows in (ours, facts)
            ),
        )


def score(view, areas=AREAS):
    """How many items were read, stated, and both."""
    read = stated = both = 0
    for area in areas:
        for _, ours, facts in compared(view, area):
            read += ours.total()
            stated += facts.total()
            both += (ours & facts).total()
    return read, stated, both


def shares(view, areas=AREAS):
    """Precision and recall."""
    read, stated, both = score(view, areas)
    return both / read if read else 1.0, both / stated if stated else 1.0


VIEWED = (*TEXTS, *LISTS, *VIEWS)


def table():
    """The scores of every column, as text."""
    lines = [f"{'':>18} {'precision':>9} {'recall':>7}   " + "  ".join(f"{a:>11}" for a in AREAS)]
    for view in VIEWED:
        precision, recall = shares(view)
        each = ("/".join(f"{share:.2f}" for share in shares(view, (area,))) for area in AREAS)
        lines.append(
            f"{view:>18} {precision:9.3f} {recall:7.3f}   " + "  ".join(f"{s:>11}" for s in each)
        )
    return "\n".join(lines)


def mismatches(view, areas=AREAS):
    """Every difference of a column as text: the line, then what was read, then the facts."""
    lines = []
    for area in areas:
        for (plan, line), ours, facts in compared(view, area):
            if ours != facts:
                lines.append(f"{plan} {line}")
                lines.append("   read : " + ";".join((ours - facts).elements()))
                lines.append("   facts: " + ";".join((facts - ours).elements()))
    return "\n".join(lines)


@with_plans
@pytest.mark.parametrize("area", AREAS)
def test_every_project_row_is_read_once_and_nothing_else(area):
    assert len(reading(area).projects) == len(read_rows(area))
    assert list(read_rows(area)) == list(fact_rows(area))


@with_plans
@pytest.mark.parametrize("view", VIEWED)
def test_columns_keep_their_floors(view):
    precision, recall = shares(view)
    least_precision, least_recall = FLOORS[view]
    assert precision >= least_precision, mismatches(view)
    assert recall >= least_recall, mismatches(view)


@with_plans
def test_the_scores_are_shown(capsys):
    with capsys.disabled():
        sys.stdout.write(f"\n{table()}\n")
    assert set(FLOORS) == set(VIEWED)


@with_plans
@pytest.mark.parametrize("area", AREAS)
def test_every_span_holds_its_value(area):
    lines = (PLANS / f"{area}.txt").read_text(encoding="utf-8").split("\n")
    for record in reading(area).projects:
        for column, spans in record.spans.items():
            said = ""
            for span in spans:
                text = lines[span.line - 1]
                whole = text if span.cell < 0 else text.split("\t")[span.cell]
                assert 0 <= span.start < span.end <= len(whole), (column, span)
                said += whole[span.start : span.end]
            value = record.values[column]
            assert value is not None, (record.values["line"], column)
            if column in PRINTED:
                assert bare(said) == bare(value), (record.values["line"], column)


OTHER_NAMES = {
    "序号": "编号", "项目名称": "工程（项目）名称", "项目内容": "主要建设内容",
    "投资估算(亿元)": "总投资/亿元", "责任单位": "实施单位", "工程名称": "建设项目名称",
    "主要内容": "建设规模与内容", "建设地点": "项目位置", "建设规模及内容": "工程概况",
    "预估建设时间(年)": "实施年限", "项目概况": "建设内容", "总投资(亿元)": "匡算投资（亿元）",
    "计划开工时间": "开工年份", "项目单位": "业主单位", "建设性质": "性质",
    "项目建设主体": "建设单位", "概算总投资(亿元)": "概算（亿元）", "完成期限": "计划完成时间",
    "主要建设内容": "项目内容及规模", "建议牵头责任部门": "牵头单位",
}  # fmt: skip
ROLES = ("seq", "name", "location", "content", "investment", "start", "end", "period", "owner")


ORDERS = {
    "reversed": lambda places: places[::-1],
    "rotated": lambda places: [*places[2:], *places[:2]],
    "odd first": lambda places: [*places[1::2], *places[::2]],
}


def rearranged(document, at, ordered):
    """The document with the columns of the tables at some lines in another order, renamed."""

    def row(old, width):
        cells = [*old.cells, *[Cell("")] * (width - len(old.cells))]
        cells = [Cell(OTHER_NAMES.get(bare(cell.text), cell.text)) for cell in cells]
        return replace(old, cells=tuple(ordered(cells)))

    def turned(block):
        if not isinstance(block, Table) or not any(_within(block, lines) for lines in at):
            return block
        width = max(len(old.cells) for old in block.rows)
        return Table(tuple(row(old, width) for old in block.rows))

    return replace(document, blocks=tuple(map(turned, document.blocks)))


def _within(block, lines):
    return lines[0] <= block.rows[0].line <= lines[1]


def projects_of(document):
    tables = [table for table in logical(document) if table.kind == "projects"]
    said = [
        (table.number, table.title, table.unit, row.line, row.group,
         *(row.of(role).text for role in ROLES))
        for table in tables for row in table.rows
    ]  # fmt: skip
    return said, [table.lines for table in tables]


@with_plans
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("area", AREAS)
def test_other_names_and_another_order_of_the_columns_change_nothing(area, order):
    document = reading(area).document
    said, lines = projects_of(document)
    assert projects_of(rearranged(document, lines, ORDERS[order]))[0] == said


if __name__ == "__main__":
    chosen = [word for word in sys.argv[1:] if word in AREAS] or list(AREAS)
    views = [word for word in sys.argv[1:] if word not in AREAS]
    shown = "\n".join(mismatches(view, tuple(chosen)) for view in views) if views else table()
    sys.stdout.write(f"{shown}\n")
