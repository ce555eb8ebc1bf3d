"""The one rounding rule: GB/T 8170, answers done by hand, then properties."""

import math
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from layers.rounding import (
    DIGITS,
    number_text,
    rounded,
    rounding_gap,
    shown_ha,
    shown_m2,
    shown_mu,
)


@pytest.mark.parametrize(
    ("value", "digits", "wanted"),
    [
        (12.1498, 1, 12.1),
        (10.5002, 0, 11),  # more than half
        (15.4546, 0, 15),  # at once: not 15.455, 15.46, 15.5, 16
        (1.050, 1, 1.0),
        (0.35, 1, 0.4),
        (28.175, 2, 28.18),
        (28.165, 2, 28.16),
        (2.675, 2, 2.68),  # the float lies below the tie
        (1.005, 2, 1.0),
        (-0.0365, 3, -0.036),
        (2500, -3, 2000),
        (0.1 + 0.2, 1, 0.3),
    ],
)
def test_to_the_nearest_and_a_tie_to_the_even_digit(value, digits, wanted):
    assert rounded(value, digits) == wanted


@pytest.mark.parametrize("nothing", [None, math.nan, math.inf, -math.inf])
def test_what_is_not_known_stays_unknown(nothing):
    assert [f(nothing) for f in (shown_m2, shown_ha, shown_mu)] == [None] * 3
    assert rounded(nothing, 2) is None


def test_there_is_no_negative_zero():
    assert math.copysign(1, rounded(-0.001, 2)) == 1


@pytest.mark.parametrize(
    ("m2", "shown"),
    [
        (10_000, (10_000, 1, 15)),
        (2000 / 3, (666.67, 0.0667, 1)),
        (1, (1, 0.0001, 0)),
        (0.994, (0.99, 0.0001, 0)),
        (33_333_333, (33_333_333, 3333.3333, 50_000)),
        (1.25, (1.25, 0.0001, 0)),
        (3.335, (3.34, 0.0003, 0.01)),  # 0.0050025 亩
        (10, (10, 0.001, 0.02)),  # 0.015 亩 is a tie
        (30, (30, 0.003, 0.04)),  # 0.045 亩 too
    ],
)
def test_the_three_units_are_each_rounded_once_from_the_area(m2, shown):
    assert (shown_m2(m2), shown_ha(m2), shown_mu(m2)) == shown


areas = st.floats(0, 1e12)


@given(areas)
@example(100000000000.34534)
def test_cells_lie_within_half_a_digit(m2):
    for name, cell, unit in (("m2", shown_m2, 1), ("ha", shown_ha, 1e4), ("mu", shown_mu, 2e3 / 3)):
        half = 0.5 * 10.0 ** -DIGITS[name]
        # a number of 15 digits is what is rounded: the last one may differ by half
        assert abs(cell(m2) - m2 / unit) <= half * (1 + 1e-9) + 5e-15 * m2


@given(st.floats(-1e9, 1e9), st.integers(0, 6))
def test_rounding_is_what_decimal_arithmetic_says_and_says_it_again(value, digits):
    wanted = Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    assert rounded(value, digits) == float(wanted)
    assert rounded(rounded(value, digits), digits) == rounded(value, digits)


@given(st.lists(areas, min_size=1, max_size=30))
def test_rows_and_total_agree_or_the_gap_is_told(m2):
    rows, total = [shown_ha(area) for area in m2], shown_ha(math.fsum(m2))
    gap = rounding_gap(rows, total, DIGITS["ha"])
    assert math.fsum(rows) == pytest.approx(total + (gap or 0), rel=1e-12, abs=1e-9)


def test_the_gap_is_named_only_where_rounding_explains_it():
    assert rounding_gap([0.3333, 0.3333, 0.3333], 1.0, 4) == pytest.approx(-0.0001)
    assert rounding_gap([0.5, 0.5], 1.0, 4) is None
    assert rounding_gap([0.5, 0.5], 1.5, 4) is None
    assert rounding_gap([], 0.0, 4) is None


def test_numbers_as_text():
    assert number_text(12345.678900000001) == "12,345.6789"
    assert number_text(0.00004) == "0"
    assert number_text(0.045, 2) == "0.04"
