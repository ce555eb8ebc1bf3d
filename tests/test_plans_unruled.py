"""Printed tables without all of their rules: rows told from numbers, columns from empty strips."""

import pytest

from layers.plans.pdf_lines import Char
from layers.plans.pdf_rows import row_cuts
from layers.plans.pdf_rules import missing


def printed(rows, place, *, gap=0.0):
    """Characters of a table of rows of cells of lines, and where its rows really part."""
    found, cuts, top = [], [], 0.0
    for row in rows:
        tallest = max(map(len, row))
        for column, cell in enumerate(row):
            first = top + place * 10 * (tallest - len(cell))
            found += [
                Char(sign, 100 * column + 10 * at, 100 * column + 10 * at + 9, y, y + 9)
                for line, text in enumerate(cell)
                for at, sign in enumerate(text)
                for y in [first + 10 * line]
            ]
        top += 10 * tallest + gap
        cuts.append(top)
    return found, cuts[:-1]


WRAPPED = [
    [["1"], ["甲河治", "理工程"], ["甲镇"]],
    [["2"], ["乙河"], ["乙镇、", "丙镇、", "丁镇"]],
    [["3"], ["丙河治", "理"], ["丙镇"]],
]


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0], ids=["top", "middle", "bottom"])
def test_rows_are_told_from_their_numbers(place):
    chars, cuts = printed(WRAPPED, place)
    assert row_cuts(chars, [90, 190], 0.0) == pytest.approx(cuts, abs=2)


def test_rows_that_may_part_in_two_ways_are_not_told_unless_they_stand_apart():
    rows = [[["1"], ["甲河"]], [["2"], ["乙河", "治理"]], [["3"], ["丙河"]]]
    assert row_cuts(printed(rows, 0.0)[0], [90], 0.0) is None
    for place in (0.0, 1.0):
        chars, cuts = printed(rows, place, gap=6.0)
        assert row_cuts(chars, [90], 0.0) == pytest.approx(cuts, abs=6)


def rule(x0, x1, top):
    return {"x0": x0, "x1": x1, "top": top, "bottom": top, "width": x1 - x0, "height": 0}


HEAD = [[["序号"], ["项目名称"], ["建设地点"]]]


@pytest.mark.parametrize("end", [True, False], ids=["closed", "goes on over the page"])
def test_a_table_of_three_rules_is_completed_even_where_the_last_is_on_the_next_page(end):
    chars, cuts = printed([*HEAD, *WRAPPED], 0.0)
    bottom = max(char.bottom for char in chars) + 2
    heights = [-3, cuts[0], *([bottom] if end else [])]
    found = missing([rule(0, 290, top) for top in heights], [], chars)
    assert (found.parted, found.unsure) == (True, False)
    across = sorted({edge["top"] for edge in found.edges if edge["width"]})
    assert across[:4] == pytest.approx([-3, *cuts], abs=2)
    assert len({edge["x0"] for edge in found.edges if not edge["width"]}) == 4


def test_text_below_two_rules_is_no_table():
    chars, cuts = printed([*HEAD, [["一段"], ["不是表格"], ["的文字"]]], 0.0)
    assert missing([rule(0, 290, -3), rule(0, 290, cuts[0])], [], chars).edges == []


def test_rules_over_some_columns_part_the_rows_of_the_others():
    rows = [
        *HEAD,
        [["1"], ["甲类"], ["甲镇"]],
        [["2"], [""], ["乙镇"]],
        [["3"], ["乙类"], ["丙镇"]],
    ]
    chars, cuts = printed(rows, 0.0, gap=8.0)
    full = [rule(0, 290, top) for top in (-3, cuts[0] - 4, cuts[2] - 4, cuts[2] + 14)]
    partial = [rule(0, 95, cuts[1] - 4), rule(195, 290, cuts[1] - 4)]
    found = missing([*full, *partial], [], chars)
    assert {edge["x0"] for edge in found.edges if not edge["width"]} == {0, 95, 195, 290}
    assert not any(edge["top"] == cuts[1] - 4 for edge in found.edges if edge["width"])


def test_rows_that_do_not_count_are_not_told():
    for marks in ("甲乙丙", "135", "121"):
        rows = [[[mark], *row[1:]] for mark, row in zip(marks, WRAPPED, strict=True)]
        assert row_cuts(printed(rows, 0.0)[0], [90, 190], 0.0) is None
