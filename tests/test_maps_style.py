"""The style table: every kind, state and basis has its look and its words."""

import doctest
import re
from importlib.resources import files
from itertools import pairwise

import pytest

from layers.contracts import BASES, LAYER_KINDS
from maps import breaks, facts
from maps.desk.page import WORDS as DESK_WORDS
from maps.errors import PageError
from maps.style import load_style, parse_style
from zoning.model import STATE_ORDER

STYLE = load_style()


def luminance(color):
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("kind", LAYER_KINDS)
def test_every_kind_has_a_style_and_a_group(kind):
    assert kind in STYLE.kinds
    assert any(kind in group["kinds"] for group in STYLE.groups)


@pytest.mark.parametrize("basis", BASES)
def test_every_basis_has_a_word(basis):
    assert STYLE.bases[basis]["label"]


def test_states_differ_in_word_colour_and_shape_and_can_be_read():
    states = STYLE.states
    assert [state.state for state in states] == list(STATE_ORDER)
    for field in ("label", "color", "shape"):
        assert len({getattr(state, field) for state in states}) == len(states)
    for state in states:
        assert contrast(state.color, state.tint) > 4, state.state
        assert contrast(state.color, "#ffffff") > 4.5, state.state


def test_scale_runs_from_light_to_dark():
    steps = [luminance(color) for color in STYLE.scale["colors"]]
    assert steps == sorted(steps, reverse=True)
    assert all(a - b > 0.05 for a, b in pairwise(steps))


def test_zones_differ_without_colour():
    zones = ("red_line", "protected_area", "water_source", "farmland", "mine_patch", "mining_area")
    looks = {(STYLE.kind(kind).base.pattern, STYLE.kind(kind).base.dash) for kind in zones}
    assert len(looks) == len(zones)


def test_levels_have_their_own_look():
    source = STYLE.kind("water_source")
    first, second = (source.class_of({"level": f"{n}级保护区"}) for n in "一二")
    assert first.pattern != second.pattern
    assert source.class_of({"level": None}) is source.base


def test_unknown_kind_gets_the_look_of_others():
    assert STYLE.kind("volcano").kind == "other"


def test_every_word_that_a_script_or_template_asks_for_exists():
    asked = set()
    for folder, pattern in (("static", r'S\.say\(\s*"(\w+)"'), ("templates", r'say\("(\w+)"[,)]')):
        for path in files("maps").joinpath(folder).iterdir():
            found = set(re.findall(pattern, path.read_text(encoding="utf-8")))
            if path.name in {"desk.js", "desk-map.js"}:  # the desk hands its scripts their words
                assert found - set(DESK_WORDS) == set()
            elif path.stem not in {"desk", "report"}:  # pages with words of their own
                asked |= found
    assert len(asked) > 60
    assert asked - set(STYLE.words) - {"tab_", "about_how_"} == set()


def test_every_shape_is_drawn():
    symbols = files("maps").joinpath("templates/symbols.html").read_text(encoding="utf-8")
    shapes = {kind.base.shape for kind in STYLE.kinds.values()} | {s.shape for s in STYLE.states}
    assert shapes <= set(re.findall(r'id="symbol-(\w+)"', symbols))


def test_a_bad_pattern_is_an_error():
    kinds = {"other": {"title": "x", "order": 1, "visible": True, "color": "#000000", "weight": 1,
                       "dash": "", "fill": "#000000", "fill_opacity": 1, "pattern": "stars",
                       "shape": "circle"}}  # fmt: skip
    with pytest.raises(PageError, match="stars"):
        parse_style({"kinds": kinds, "groups": []})


def test_a_group_of_an_unknown_kind_is_an_error():
    with pytest.raises(PageError, match="volcano"):
        parse_style({"kinds": {}, "groups": [{"title": "x", "kinds": ["volcano"]}]})


@pytest.mark.parametrize("module", [facts, breaks])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def test_class_breaks_take_no_value_for_zero():
    found, ranges = breaks.classes([0, None, float("nan"), 0.0, 3, True], 5)
    assert found == [0, -1, -1, 0, 1, -1]
    assert ranges == [(0.0, 0.0), (3.0, 3.0)]
