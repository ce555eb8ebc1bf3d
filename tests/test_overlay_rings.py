"""Rings read, checked and measured by compiled loops: what numpy says, in every number."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from layers.validity import star_shaped
from zoning.overlay import flat, wkb
from zoning.overlay.flat import Polygons
from zoning.overlay.wkb import from_wkb

rings_compiled = pytest.importorskip(
    "zoning.overlay.rings_compiled",
    reason="LOUD SKIP: numba 没有安装，编译的读取没有测试。",
    exc_type=ImportError,
)

FRAME = Polygon(box(0, 0, 10, 10).exterior, [box(2, 2, 8, 8).exterior])
ISLAND = MultiPolygon([FRAME, box(4, 4, 6, 6)])
BOW_TIE = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])


def buffer_of(shapes, **options):
    parts = [b"" if shape is None else shapely.to_wkb(shape, **options) for shape in shapes]
    offsets = np.cumsum([0, *map(len, parts)])
    return np.frombuffer(b"".join(parts), np.uint8), offsets


def both(monkeypatch, module, ask):
    """Return what numpy and the compiled loops answer; an error is its type."""
    found = []
    for way in (False, True):
        monkeypatch.setattr(module, "compiled_here", lambda way=way: way)
        try:
            found.append(ask())
        except ValueError:
            found.append(ValueError)
    return found


def same(one, two):
    return one.count == two.count and all(
        np.array_equal(getattr(one, name), getattr(two, name))
        for name in ("xy", "starts", "owner", "hole")
    )


def ring(rng, corners, *, wild):
    """A ring around (0, 0), its corners in turn, or in any order."""
    turn = rng.uniform(0, 2 * np.pi, corners)
    turn = turn if wild else np.sort(turn)
    return np.column_stack([np.cos(turn), np.sin(turn)]) * rng.uniform(1, 100, (corners, 1))


@st.composite
def shapes(draw):
    """Polygons with and without holes, of several parts, missing or empty, some invalid."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    found = []
    for kind in draw(st.lists(st.sampled_from("srmhne"), min_size=1, max_size=12)):
        at = rng.uniform(-1e6, 1e6, 2)
        star = at + ring(rng, rng.integers(3, 30), wild=kind == "r")
        shape = Polygon(star)
        if kind == "h":
            shape = Polygon(star, [at + 0.01 * ring(rng, 5, wild=False)])
        if kind == "m":
            shape = MultiPolygon([shape, Polygon(star + 500)])
        found.append({"n": None, "e": Polygon()}.get(kind, shape))
    return found


# --- in the head --------------------------------------------------------------------------------


def test_binary_becomes_the_same_arrays():
    raw, offsets = buffer_of([box(0, 0, 1, 1), None, FRAME, Polygon(), ISLAND, MultiPolygon()])
    xy, starts, owner, hole = rings_compiled.rings(raw, offsets)
    assert starts.tolist() == [0, 5, 10, 15, 20, 25, 30]
    assert owner.tolist() == [0, 2, 2, 4, 4, 4]
    assert hole.tolist() == [False, False, True, False, True, False]
    assert xy[5:10].tolist() == list(map(list, FRAME.exterior.coords))


def test_stars_are_known_and_others_are_left_open():
    shapes = [box(0, 0, 1, 1), box(0, 0, 1, 1).reverse(), BOW_TIE, FRAME.exterior]
    star = [[0, 3], [2, -3], [-3, 1], [3, 1], [-2, -3], [0, 3]]  # goes around twice
    rings = [shapely.get_coordinates(shape) for shape in shapes] + [np.array(star, float)]
    starts = np.cumsum([0, *map(len, rings)])
    assert rings_compiled.star_shaped(np.concatenate(rings), starts).tolist() == [
        True, True, False, True, False,
    ]  # fmt: skip


def test_bounds_of_nothing_are_no_numbers():
    flat = Polygons.of([box(1, 2, 3, 4), None, ISLAND])
    assert np.array_equal(flat.bounds, [[1, 2, 3, 4], [np.nan] * 4, [0, 0, 10, 10]], equal_nan=True)


# --- against numpy ------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(shapes(), st.sampled_from([{}, {"byte_order": 0}]))
def test_reading_gives_the_same_polygons_in_both_ways(shapes, options):
    raw, offsets = buffer_of(shapes, **options)
    with pytest.MonkeyPatch.context() as patch:
        plain, quick = both(patch, wkb, lambda: from_wkb(raw, offsets))
    assert same(plain, quick)


@settings(max_examples=100, deadline=None)
@given(shapes())
def test_what_is_measured_and_doubted_is_the_same_in_both_ways(shapes):
    def ask():
        polygons = Polygons.of(shapes)
        return polygons.areas, polygons.bounds, polygons.invalid()

    with pytest.MonkeyPatch.context() as patch:
        plain, quick = both(patch, flat, ask)
    assert quick[0] == pytest.approx(plain[0], rel=1e-12, abs=1e-9)
    assert np.array_equal(plain[1], quick[1], equal_nan=True)
    assert np.array_equal(plain[2], quick[2])


@settings(max_examples=60, deadline=None)
@given(shapes())
def test_stars_are_the_same_but_where_rounding_decides(shapes):
    polygons = Polygons.of(shapes)
    if len(polygons.owner):
        plain = star_shaped(polygons.xy, polygons.starts[:-1], np.diff(polygons.starts))
        assert np.array_equal(plain, rings_compiled.star_shaped(polygons.xy, polygons.starts))


def test_every_damaged_byte_ends_alike_in_both_ways(monkeypatch):
    """The binary cut off anywhere, or one byte of it changed: refused alike, or read alike."""
    raw, offsets = buffer_of([box(0, 0, 1, 1), FRAME, ISLAND])
    damaged = [(raw[:size], np.minimum(offsets, size)) for size in range(len(raw))]
    for at in range(len(raw)):
        for value in (0, 1, 6, 255):
            other = raw.copy()
            other[at] = value
            damaged.append((other, offsets))
    refused = 0
    for data, ends in damaged:
        plain, quick = both(monkeypatch, wkb, lambda data=data, ends=ends: from_wkb(data, ends))
        if plain is ValueError:
            refused += 1
            assert quick is ValueError
        else:
            assert same(plain, quick)
    assert 300 < refused < len(damaged)


def test_a_count_that_no_memory_holds_is_refused():
    raw, offsets = buffer_of([box(0, 0, 1, 1)])
    for at in (5, 9):
        huge = raw.copy()
        huge[at : at + 4] = 255
        assert rings_compiled.rings(huge, offsets) is None
