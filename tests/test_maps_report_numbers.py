"""Values become text in one place, and lines break where they may."""

import datetime as dt
import doctest
import unicodedata
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.report import breaking, font, numbers
from maps.report.breaking import CLOSING, broken
from maps.report.marks import EFFECT_STATES, mark
from maps.style import load_style
from zoning.model import STATE_ORDER
from zoning.review.model import EFFECT_ORDER


@pytest.mark.parametrize("module", [numbers, breaking, font])
def test_examples_in_the_docs_hold(module):
    found = doctest.testmod(module)
    assert found.attempted
    assert found.failed == 0


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.005, "m2", "0.00"),  # a tie goes to the even digit
        (0.015, "m2", "0.02"),
        (33_411.005, "m2", "33,411.00"),
        (1.0, "ha", "0.0001"),
        (666.6666666667, "mu", "1.00"),
        (1283.005, "m", "1,283.00"),
        (0.0, "share", "0.00%"),
        (1e-9, "share", "<0.01%"),
        (0.99999, "share", ">99.99%"),
        (1.0, "share", "100.00%"),
        (None, "share", "—"),
        (float("nan"), "m2", "—"),
        (dt.date(2026, 8, 15), "date", "2026-08-15"),
        (True, "yes", "是"),
        ("", "text", "—"),
        ("hit", "state", "涉及"),
        ("needs_human", "effect", "需人工判定"),
        ("no_such_kind", "kind", "no_such_kind"),
        ("", "activity", "不明（需人工判定）"),
    ],
)
def test_a_value_as_text(value, unit, text):
    assert numbers.text(value, unit) == text


@given(st.decimals(0, 10**10, places=3, allow_nan=False))
def test_text_and_cell_say_the_same(value):
    for unit, factor, step in (("m2", 1, "0.01"), ("ha", 10_000, "0.0001"), ("m", 1, "0.01")):
        wanted = (value / factor).quantize(Decimal(step), ROUND_HALF_EVEN)
        assert Decimal(numbers.text(float(value), unit).replace(",", "")) == wanted
        assert Decimal(repr(numbers.cell(float(value), unit))) == wanted


@given(st.text())
def test_a_strangers_text_is_one_line_without_tricks(text):
    plain = numbers.plain(text)
    kinds = {unicodedata.category(sign) for sign in plain}
    assert not kinds & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(sign) for sign in plain} & {
        "RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI",
    }  # fmt: skip
    plain.encode("utf-8")
    assert numbers.plain(plain) == plain


def test_every_state_and_effect_has_a_word_and_only_clear_is_green():
    green = {state.color for state in load_style().states if state.state == "clear"}
    words = set()
    for code, unit in [(s, "state") for s in STATE_ORDER] + [(e, "effect") for e in EFFECT_ORDER]:
        made = mark(code, unit)
        assert made.text != code
        words.add(made.text)
        assert (made.color in green) == (code == "clear")
    assert len(words) == len(STATE_ORDER) + len(EFFECT_ORDER)
    assert "clear" not in EFFECT_STATES.values()


@given(st.text(alphabet="汉字。，（）《》abc 12,.%\n", max_size=80), st.integers(1, 12))
def test_lines_hold_the_whole_text_and_fit(text, width):
    lines = broken(text, len, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(len(line) <= width for line in lines)


def test_numbers_stay_whole_and_no_line_begins_with_a_stop():
    lines = broken("重叠 12,345.67 平方米（1.2346 公顷），占项目 36.95%。" * 5, len, 14)
    assert [line for line in lines if line[0] in CLOSING] == []
    assert sum("12,345.67" in line for line in lines) == 5
    assert sum("36.95%" in line for line in lines) == 5


def test_a_sign_that_the_font_lacks_is_told_by_its_number():
    assert font.drawable("㘵崞峁") == "㘵崞峁"
    assert font.drawable("\U0003104c") == "〔U+3104C〕"
