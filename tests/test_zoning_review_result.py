"""``review.json``: the same review comes back, the same bytes go out, and nothing else is read."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, box

from layers.workspace import Workspace
from zoning import rules
from zoning.review.engine import review
from zoning.review.model import Activity, LayerEvidence, Reject, Review, Site, SiteReview
from zoning.review.result import SCHEMA, ResultError, from_json, to_json
from zoning.review.sites import read_sites


@pytest.fixture(scope="module")
def made():
    workspace = Workspace.embedded("shili")
    path = workspace.folder / "layers" / "sites.geojson"
    sites = read_sites([path], workspace, accuracy_m=0.1)
    return review(workspace, sites, day=dt.date(2026, 8, 14), pack=rules.load())


def test_a_review_comes_back_equal_and_goes_out_the_same(made):
    text = to_json(made)
    again = from_json(text)
    assert again == made
    assert to_json(again) == text
    assert [site.site.geometry.wkb for site in again.sites] == [
        site.site.geometry.wkb for site in made.sites
    ]


def test_the_same_inputs_give_the_same_bytes(made):
    workspace = Workspace.embedded("shili")
    path = workspace.folder / "layers" / "sites.geojson"
    sites = read_sites([path], workspace, accuracy_m=0.1)
    again = review(workspace, sites, day=dt.date(2026, 8, 14), pack=rules.load())
    assert to_json(again) == to_json(made)


def test_the_text_is_json_with_a_site_on_each_line(made):
    text = to_json(made)
    data = json.loads(text)
    assert (data["schema"], data["decided_on"]) == (SCHEMA, "2026-08-14")
    lines = [line for line in text.splitlines() if line.startswith('{"site":')]
    assert len(lines) == len(made.sites) == len(data["sites"])
    zone = next(z for z in data["sites"][0]["zones"] if z["relation"] == "inside")
    assert zone["overlap_m2"] == made.sites[0].site.area_m2
    assert "sliver" not in zone


def test_no_place_of_this_machine_is_in_it(made, tmp_path):
    workspace = Workspace.embedded("shili")
    text = to_json(made)
    assert str(workspace.folder) not in text
    assert str(tmp_path.anchor + "tmp") not in text


TEXTS = st.text(max_size=20)
NUMBERS = st.floats(0, 1e9, allow_nan=False)
SHAPES = st.sampled_from(
    [Point(1.5, 2), LineString([(0, 0), (1e-9, 7)]), box(0, 0, 1 / 3, 1), Point(113.1, 36.2),
     MultiPolygon([box(0, 0, 1, 1), box(2, 2, 3, 3) - box(2.2, 2.2, 2.4, 2.4)])]
)  # fmt: skip


@st.composite
def reviews(draw):
    site = Site(
        draw(TEXTS), draw(TEXTS), draw(SHAPES), draw(st.none() | NUMBERS),
        Activity(draw(TEXTS), "low", draw(TEXTS)), draw(TEXTS), draw(TEXTS),
        draw(st.none() | NUMBERS), draw(NUMBERS), draw(NUMBERS), tuple(draw(st.lists(TEXTS))),
    )  # fmt: skip
    layer = LayerEvidence(*(draw(TEXTS) for _ in range(7)), 5.0, "", draw(TEXTS), checked=True)
    return Review(
        draw(TEXTS), draw(TEXTS), draw(st.dates()), (SiteReview(site, (), (), (), "", "clear"),),
        (Reject(draw(TEXTS), draw(TEXTS), draw(TEXTS)),), draw(st.integers(0, 10**9)),
        ("red_line",), (("wetland", draw(TEXTS)),), (layer,), draw(TEXTS),
        {"inputs": [draw(TEXTS), 1, 2.5, None, True]},
    )  # fmt: skip


@given(reviews())
def test_any_texts_and_numbers_come_back(one):
    assert from_json(to_json(one)) == one


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: "", "不是审查结果"),
        (lambda text: text[: len(text) // 2], "不是审查结果"),
        (lambda _: "[1]", "版本"),
        (lambda _: "[" * 100_000, "不是审查结果"),
        (lambda text: text.replace("review/1", "review/2"), "review/2"),
        (lambda text: text.replace('"read":18', '"read":"18"'), "read"),
        (lambda text: text.replace('"read":18', '"read":true'), "read"),
        (lambda text: text.replace('"read":18', '"lead":18'), "lead"),
        (lambda text: text.replace('"read":18,\n', ""), "read"),
        (lambda text: text.replace('"2026-08-14"', '"2026-13-14"', 1), "decided_on"),
        (lambda text: text.replace('"share":1.0', '"share":NaN', 1), "不是审查结果"),
        (lambda text: text.replace('"share":1.0', '"share":1e999', 1), "share"),
        (lambda text: text.replace('"share":1.0', '"share":[1]', 1), "share"),
        (lambda text: text.replace('"type":"Polygon"', '"type":"Pentagon"', 1), "geometry"),
        (lambda text: text.replace("[[[113.", "[[[1e999,", 1), "geometry"),
        (lambda text: text.replace('"rejects":[]', '"rejects":{}', 1), "rejects"),
    ],
)
def test_what_is_no_review_is_refused_in_one_message(made, change, words):
    text = to_json(made)
    changed = change(text)
    assert changed != text
    with pytest.raises(ResultError) as caught:
        from_json(changed)
    assert words in str(caught.value)
    assert "请" in str(caught.value)
    assert "\n" not in str(caught.value)
