"""Rounded rows beside a rounded total: where they miss it, the answer says so."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from layers.rounding import STATED_HA_DIGITS, shown_ha, shown_mu
from zoning.queries import ask, get_query


def answer(hectares, **total):
    """The answer of the restoration query over made rows."""
    cells = [
        {
            "scope": "township",
            "restoration_ha": shown_ha(m2, STATED_HA_DIGITS),
            "restoration_mu": shown_mu(m2),
        }
        for m2 in (each * 1e4 for each in hectares)
    ]
    whole = sum(hectares) * 1e4
    last = {
        "restoration_ha": shown_ha(whole, STATED_HA_DIGITS),
        "restoration_mu": shown_mu(whole),
    } | total
    rows = [*cells, {"scope": "total", **last}]
    query = get_query("restoration-by-township")
    made = replace(query, kinds=(), run=lambda *_: rows, sentence=lambda *_: "")
    return ask(SimpleNamespace(plans=()), made)


def test_a_gap_by_rounding_is_told_for_its_column_and_no_row_is_altered():
    found = answer([1 / 3, 1 / 3, 1 / 3])
    assert found.rows["restoration_ha"].tolist() == [0.33, 0.33, 0.33, 1.0]
    assert found.rows["restoration_mu"].tolist() == [5.0, 5.0, 5.0, 15.0]
    (note,) = found.notes
    assert note.startswith("“修复面积（公顷）”各行相加与合计相差 0.01：")


@pytest.mark.parametrize(
    ("hectares", "total"),
    [
        ([1.5, 2.25], {}),
        ([1.5, 2.25], {"restoration_ha": 9.0, "restoration_mu": 135.0}),  # that is not rounding
        ([1.5], {"restoration_ha": None, "restoration_mu": None}),
    ],
)
def test_nothing_is_told_where_they_agree_or_rounding_is_not_the_reason(hectares, total):
    assert answer(hectares, **total).notes == ()
