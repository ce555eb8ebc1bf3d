"""The projects read from the five plans against the facts that people transcribed from them.

``python -m tests.test_plans_real [COLUMN] [AREA]`` prints the scores, or every mismatch of a
column: the line, what was read and what the facts say.
"""

import csv
import re
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from layers.plans.opening import open_document
from layers.plans.reading import read_plan

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

FLOORS: dict[str, tuple[float, float]] = {}
"""Precision and recall that each column reaches."""

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


if __name__ == "__main__":
    chosen = [word for word in sys.argv[1:] if word in AREAS] or list(AREAS)
    views = [word for word in sys.argv[1:] if word not in AREAS]
    shown = "\n".join(mismatches(view, tuple(chosen)) for view in views) if views else table()
    sys.stdout.write(f"{shown}\n")
