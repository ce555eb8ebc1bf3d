"""Long edges in equal parts: what GEOS makes of valid shapes, and all of those that are not."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from layers.densify import densified

HOLED = Polygon(box(0, 0, 9, 9).exterior, [box(2, 2, 3, 4).exterior])
KINDS = [
    box(0, 0, 10, 1),
    HOLED,
    MultiPolygon([HOLED, box(20, 0, 21, 5)]),
    LineString([(0, 0), (3, 4)]),
    MultiLineString([[(0, 0), (1, 0)], [(5, 5), (9, 5)]]),
    GeometryCollection([box(0, 0, 4, 4), Point(1, 1)]),
    LineString([(0, 0, 1), (4, 0, 3)]),
    Point(1, 1),
    Polygon(),
    None,
]


def of(*shapes):
    return np.array(shapes, dtype=object)


def test_an_edge_of_ten_is_in_parts_of_two_and_a_half():
    (line,) = densified(of(LineString([(0, 0), (10, 0), (11, 0)])), 3.0)
    assert [x for x, _ in line.coords] == [0, 2.5, 5, 7.5, 10, 11]


def test_a_bow_tie_keeps_both_lobes():
    (bow,) = densified(of(Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])), 5.0)
    assert len(bow.exterior.coords) == 3 + 2 + 3 + 2 + 1
    assert {(0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)} <= set(bow.exterior.coords)


@pytest.mark.parametrize("longest", [0.7, 3.0, 100.0])
def test_every_kind_is_what_geos_makes_of_it(longest):
    shapes = of(*KINDS)
    for one, other in zip(
        densified(shapes, longest), shapely.segmentize(shapes, longest), strict=True
    ):
        assert (one is None) == (other is None)
        if one is not None:
            assert (one.geom_type, one.has_z) == (other.geom_type, other.has_z)
            assert one.equals_exact(other, 1e-12)


def test_one_kind_alone_stays_that_kind_and_short_edges_stay_as_they_are():
    for shape in KINDS[:5]:
        assert densified(of(shape), 0.5)[0].geom_type == shape.geom_type
        assert densified(of(shape), 50.0)[0].equals_exact(shape)


def test_edges_without_a_finite_length_stay():
    with np.errstate(invalid="ignore"):
        shape = LineString([(0, 0), (4, 0), (np.inf, 0), (np.nan, 1), (8, 1)])
        (dense,) = densified(of(shape), 2.0)
    assert [x for x, _ in dense.coords][:3] == [0, 2, 4]
    assert len(dense.coords) == 6


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 3))
def test_no_edge_is_longer_and_nothing_moves(seed, longest):
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * np.pi, (5, 9)), axis=1)
    stars = shapely.polygons(np.stack([np.cos(turn), np.sin(turn)], -1) * rng.uniform(1, 9))
    dense = densified(stars, longest)
    for star, cut in zip(stars, dense, strict=True):
        points = np.array(cut.exterior.coords)
        assert np.hypot(*np.diff(points, axis=0).T).max() <= longest * (1 + 1e-9)
        assert set(star.exterior.coords) <= set(cut.exterior.coords)
        assert shapely.distance(star.exterior, shapely.points(points)).max() < 1e-12
