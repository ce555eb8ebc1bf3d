"""Validity: always what GEOS says, and mostly without asking it."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from layers import slices, validity
from layers.slices import joined
from layers.validity import valid

SQUARE = box(114, 36, 114.001, 36.001)


def ring(turns, corners, *, back=False):
    """Return a ring that goes so many times around a place in Shanxi."""
    angles = np.arange(corners) * 2 * math.pi * turns / corners * (-1 if back else 1)
    return Polygon(np.column_stack([114 + 0.001 * np.cos(angles), 36 + 0.001 * np.sin(angles)]))


def endless(number):
    """Return a ring with a coordinate that is no number, of which numpy warns."""
    with np.errstate(invalid="ignore"):
        return Polygon([(0, 0), (1, number), (1, 1)])


def asked(monkeypatch):
    """Return the number of geometries that GEOS is asked about from now on."""
    seen = []
    geos = shapely.is_valid

    class Counting:
        def __getattr__(self, name):
            return getattr(shapely, name)

        def is_valid(self, shapes):
            seen.append(len(shapes))
            return geos(shapes)

    monkeypatch.setattr(validity, "shapely", Counting())
    return seen


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("corners", [3, 4, 5, 40])
def test_a_compact_ring_is_proved_valid_either_way_round(monkeypatch, corners, back):
    shapes = np.array([ring(1, corners, back=back), MultiPolygon([ring(1, corners, back=back)])])
    seen = asked(monkeypatch)
    assert valid(shapes).tolist() == [True, True]
    assert seen == [0]


@pytest.mark.parametrize("shape", [
    ring(2, 5),  # a pentagram: always the same way, but twice around
    ring(3, 7, back=True),
    Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]),
    Polygon([(0, 0), (1, 0), (2, 0), (0, 0)]),
    Polygon([(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)]),
    SQUARE.difference(box(114.0002, 36.0002, 114.0004, 36.0004)).union(box(115, 36, 116, 37)),
    Polygon([(0, 0), (3, 0), (3, 3)], [[(1, 1), (5, 1), (5, 2)]]),
    MultiPolygon([SQUARE, SQUARE]),
    endless(math.nan),
    endless(math.inf),
    Polygon([(0, 0), (0, 0), (1, 0), (1, 1)]),
    Polygon(), MultiPolygon(), shapely.Point(1, 1), shapely.LineString([(0, 0), (0, 0)]), None,
])  # fmt: skip
def test_everything_else_is_what_geos_says(shape):
    shapes = np.array([shape, SQUARE, shape], dtype=object)
    with np.errstate(invalid="ignore"):
        wanted = shapely.is_valid(shapes).tolist()
        assert valid(shapes).tolist() == wanted
    assert wanted[1]


CORNER = st.tuples(st.integers(0, 4), st.integers(0, 4))
NEAR = st.tuples(st.floats(114, 114.01), st.floats(36, 36.01))


@given(st.lists(st.lists(CORNER, min_size=3, max_size=9) | st.lists(NEAR, min_size=3, max_size=9),
                max_size=6))  # fmt: skip
@settings(deadline=None, max_examples=400)
def test_any_ring_is_what_geos_says(rings):
    shapes = np.array([Polygon(points) for points in rings], dtype=object)
    assert valid(shapes).tolist() == shapely.is_valid(shapes).tolist()


@given(st.lists(st.tuples(st.floats(0, 6.28), st.floats(0.1, 1)), min_size=3, max_size=20),
       st.sampled_from([1.0, 1e-7, 1e-13]))  # fmt: skip
@settings(deadline=None, max_examples=200)
def test_spikes_of_any_size_are_what_geos_says(spikes, size):
    """Down to rings of which nothing but the noise of their coordinates is left."""
    points = [
        (114 + size * r * math.cos(a), 36 + size * r * math.sin(a)) for a, r in sorted(spikes)
    ]
    shapes = np.array([Polygon(points)])
    assert valid(shapes).tolist() == shapely.is_valid(shapes).tolist()


def test_slices_are_put_together_in_order():
    items = np.arange(1000)
    for size in (1, 7, 999, 1000, 5000):
        assert joined(lambda part: part * 2, items, size=size).tolist() == (items * 2).tolist()
    assert joined(lambda part: part * 2, items[:0], size=7).tolist() == []


def test_what_a_slice_raises_is_raised():
    def fail(part):
        if 9 in part:
            raise LookupError
        return part

    with pytest.raises(LookupError):
        joined(fail, np.arange(10), size=2)


def test_a_layer_in_slices_is_as_valid_as_in_one(monkeypatch):
    shapes = np.array([SQUARE, Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]), None] * 50, dtype=object)
    whole = valid(shapes).tolist()
    monkeypatch.setattr(validity, "SHAPES", 7)
    assert whole == [True, False, False] * 50
    assert valid(shapes).tolist() == whole
    assert len(shapes) < slices.SHAPES
