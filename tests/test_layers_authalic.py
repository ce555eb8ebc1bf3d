"""Areas in degrees against closed forms, extended precision, pyproj.Geod and themselves."""

import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

from layers import authalic
from layers.authalic import authalic_y, polygon_areas_m2, ring_areas_m2
from layers.measure import GEOD, Plane, area_m2
from layers.workspace import Workspace

ZONE_38 = Transformer.from_crs(4526, 4490, always_xy=True)

LONGS = np.longdouble
"""Extended precision: 64 bits of mantissa where the machine has them."""


def exact_y(latitude):
    """The closed form (Snyder 3-12) in extended precision, m2 for a degree of longitude."""
    flattening = 1 / LONGS("298.257222101")
    square = flattening * (2 - flattening)
    e = np.sqrt(square)
    radian = LONGS("3.14159265358979323846264338327950288") / 180
    sine = np.sin(np.asarray(latitude, dtype=LONGS) * radian)
    middle = LONGS(6378137) ** 2 * (1 - square) / 2
    return middle * (sine / (1 - square * sine**2) + np.arctanh(e * sine) / e) * radian


def exact_mean(latitude, climb, pieces=40):
    """The mean of y along an edge by Gauss-Legendre in pieces, in extended precision."""
    nodes, weights = (array.astype(LONGS) for array in np.polynomial.legendre.leggauss(8))
    start = np.arange(pieces, dtype=LONGS)[:, np.newaxis]
    at = LONGS(latitude) + LONGS(climb) * (start + (nodes + 1) / 2) / pieces
    return ((exact_y(at) * weights).sum(axis=1) / weights.sum()).mean()


def star(lon, lat, size_m, corners, rng):
    """A star-shaped polygon some metres across, its corners all around its centre."""
    angle = (np.arange(corners) + rng.uniform(0.1, 0.9, corners)) * 2 * np.pi / corners
    radius = size_m / 222_000 * rng.uniform(0.5, 1.0, corners)
    wide = radius / math.cos(math.radians(lat))
    return Polygon(np.c_[lon + wide * np.cos(angle), lat + radius * np.sin(angle)])


def along(shape, step):
    """The polygon's ring with points along its edges, which are straight in degrees."""
    ring = shapely.get_coordinates(shape.exterior)
    pieces = [
        np.linspace(a, b, max(2, math.ceil(np.abs(b - a).max() / step) + 1))[:-1]
        for a, b in pairwise(ring)
    ]
    return np.vstack(pieces)


def geodesic_m2(shape, step):
    lon, lat = along(shape, step).T
    return abs(GEOD.polygon_area_perimeter(lon, lat)[0])


# ---- the ordinate


def test_the_whole_earth():
    """4 pi R2**2 with the authalic radius of GRS 80, 6371007.1810 m (Moritz 2000)."""
    assert 720 * authalic_y(90.0) == pytest.approx(4 * math.pi * 6371007.1810**2, rel=5e-11)
    assert authalic_y(0.0) == 0
    assert authalic_y(-35.0) == -authalic_y(35.0)
    assert authalic_y([[1.0], [2.0]]).shape == (2, 1)


def test_the_ordinate_is_the_closed_form_to_the_last_digits():
    latitude = np.linspace(-90, 90, 3601)
    np.testing.assert_allclose(authalic_y(latitude), exact_y(latitude).astype(float), rtol=8e-16)


def test_there_is_nothing_beyond_a_pole():
    assert np.isnan(authalic_y([90.0001, -91, 4e6, np.nan, np.inf])).all()


@given(
    latitude=st.floats(-89, 89),
    climb=st.one_of(
        st.floats(-179, 179),
        st.floats(-0.03, 0.03),
        st.sampled_from([authalic.SHORT_DEG, np.nextafter(authalic.SHORT_DEG, 1)]),
    ),
)
@settings(deadline=None, max_examples=150)
def test_the_mean_along_an_edge_of_any_length(latitude, climb):
    assume(abs(latitude + climb) <= 90)
    got = authalic._mean_y(np.array([latitude]), np.array([climb]))[0]
    assert got == pytest.approx(float(exact_mean(latitude, climb)), abs=6e-16 * authalic._SCALE)


# ---- rings and polygons


@given(
    west=st.floats(-180, 180),
    south=st.floats(-90, 89),
    width=st.floats(1e-6, 100),
    height=st.floats(1e-6, 100),
)
@settings(deadline=None)
def test_a_box_of_any_size_is_its_width_times_the_ordinates(west, south, width, height):
    east, north = west + width, min(south + height, 90.0)
    assume(east > west and north > south)
    wanted = float((LONGS(east) - LONGS(west)) * (exact_y(north) - exact_y(south)))
    noise = 3e-16 * authalic_y(90.0) * (east - west)
    assert area_m2([box(west, south, east, north)])[0] == pytest.approx(
        wanted, rel=1e-14, abs=noise
    )


@pytest.mark.parametrize(("offset", "golden"), [(0, 999_437.84), (-500, 999_441.56)])
def test_golden_square_of_zone_38(offset, golden):
    x, y = Transformer.from_crs(4490, 4526, always_xy=True).transform(115.49, 25.0)
    west, south = x + offset, y - 500
    square = shapely.segmentize(box(west, south, west + 1000, south + 1000), 10.0)
    degrees = shapely.transform(square, ZONE_38.transform, interleaved=False)
    assert area_m2([degrees])[0] == pytest.approx(golden, abs=0.05)


@pytest.mark.parametrize(
    ("size", "step"), [(1, 1e-6), (6, 3e-6), (100, 1e-5), (1e3, 3e-5), (1e4, 1e-4), (1e5, 1e-3)]
)
def test_small_and_large_at_every_latitude_as_geod_has_the_same_line(size, step):
    rng = np.random.default_rng(int(size))
    shapes = [
        star(rng.uniform(75, 134), lat, size, int(rng.integers(3, 25)), rng)
        for lat in np.linspace(3, 53, 24)
    ]
    got, wanted = area_m2(shapes), np.array([geodesic_m2(shape, step) for shape in shapes])
    np.testing.assert_array_less(np.abs(got - wanted), np.maximum(1e-6 * wanted, 1e-3))
    # the noise of Geod is some 1e-4 m2 for each polygon of so many edges
    assert got.sum() == pytest.approx(wanted.sum(), rel=1e-9, abs=5e-3)


def test_a_million_square_kilometres_with_long_straight_edges():
    shape = Polygon([(100, 25), (113, 22), (116, 34), (104, 35)])
    got = area_m2([shape])[0]
    assert got > 1e12
    assert got == pytest.approx(geodesic_m2(shape, 1e-3), rel=1e-9)
    assert got == pytest.approx(area_m2([Polygon(along(shape, 0.01))])[0], rel=1e-13)
    assert abs(geodesic_m2(shape, 99) / got - 1) > 1e-4  # geodesics are other lines


def test_a_patch_of_six_metres_is_exact_to_a_hundredth_of_a_square_millimetre():
    rng = np.random.default_rng(5)
    for lat in np.linspace(3, 53, 30):
        ring = shapely.get_coordinates(star(rng.uniform(75, 134), lat, 6, 8, rng))
        lon, low = ring.T.astype(LONGS)
        means = np.array(
            [exact_mean(a, b, 1) for a, b in zip(ring[:-1, 1], np.diff(low), strict=True)]
        )
        wanted = abs(float((np.diff(lon) * (means - means[0])).sum()))
        assert area_m2([Polygon(ring)])[0] == pytest.approx(wanted, abs=1e-8)


corner = st.tuples(st.floats(75, 134), st.floats(3, 53))


@given(
    corners=st.lists(corner, min_size=4, max_size=9),
    scale=st.sampled_from([1.0, 1e-2, 1e-5]),
    where=st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)),
)
@settings(deadline=None, max_examples=150)
def test_parts_cut_at_points_of_the_edges_add_up(corners, scale, where):
    hull = shapely.convex_hull(shapely.multipoints(corners))
    assume(hull.geom_type == "Polygon")
    whole = shapely.get_coordinates(hull)
    assume(len(whole) > 4)
    whole = (whole - whole[0]) * scale + whole[0]
    first = whole[0] + where[0] * (whole[1] - whole[0])
    second = whole[2] + where[1] * (whole[3] - whole[2])
    one = [first, whole[1], whole[2], second]
    two = [first, second, *whole[3:-1], whole[0]]
    parts = area_m2([Polygon(one), Polygon(two)])
    total = area_m2([Polygon(whole)])[0]
    # a cut rounded to the last digit of its degrees lies off the edge by 3e-9 m at the most
    perimeter = GEOD.line_length(*whole.T)
    assert parts.sum() == pytest.approx(total, rel=1e-13, abs=1e-8 * perimeter + 1e-9)


def test_tiles_add_up_to_the_whole_to_a_hundredth_of_a_square_metre():
    edges = np.linspace(0, 1, 41)
    lon, lat = 112 + 0.7 * edges, 39 + 0.5 * edges
    tiles = [box(a, b, c, d) for a, c in pairwise(lon) for b, d in pairwise(lat)]
    total = area_m2([box(lon[0], lat[0], lon[-1], lat[-1])])[0]
    assert total == pytest.approx(3.35e9, rel=0.01)
    assert area_m2(tiles).sum() == pytest.approx(total, abs=1e-4)


HOLED = Polygon(
    [(113, 39), (113.3, 39), (113.3, 39.2), (113, 39.25)],
    [
        [(113.1, 39.1), (113.2, 39.1), (113.2, 39.15)],
        [(113.05, 39.05), (113.1, 39.05), (113.05, 39.1)],
    ],
)


def test_holes_are_taken_off_whichever_way_rings_turn():
    outline, *holes = (Polygon(ring) for ring in (HOLED.exterior, *HOLED.interiors))
    wanted = area_m2([outline])[0] - area_m2(holes).sum()
    turned = [shapely.orient_polygons(HOLED, exterior_cw=cw) for cw in (True, False)]
    same_way = Polygon(
        shapely.get_coordinates(turned[0].exterior),
        [shapely.get_coordinates(ring)[::-1] for ring in turned[0].interiors],
    )
    np.testing.assert_allclose(area_m2([HOLED, *turned, same_way]), wanted, rtol=1e-13)
    assert 0 < wanted < area_m2([outline])[0]


@given(shift=st.integers(0, 40), data=st.data())
@settings(deadline=None, max_examples=40)
def test_the_first_vertex_and_the_neighbours_do_not_matter(shift, data):
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    ring = shapely.get_coordinates(star(113, 39, 300, 41, rng))[:-1]
    alone = area_m2([Polygon(ring)])[0]
    assert area_m2([Polygon(np.roll(ring, shift, axis=0))])[0] == pytest.approx(alone, rel=1e-12)
    others = [box(100, 20, 101, 21), HOLED, None, Polygon(ring), box(5, 5, 6, 7)]
    assert area_m2(others)[3] == alone  # to the last bit


def test_what_has_no_polygon_has_no_area():
    nothing = [None, Point(1, 2), LineString([(0, 0), (1, 1)]), Polygon(), MultiPolygon()]
    assert area_m2([*nothing, GeometryCollection(nothing[1:])]).tolist() == [0.0] * 6
    assert area_m2([]).tolist() == area_m2(np.empty(0, dtype=object)).tolist() == []


def test_parts_of_a_feature_are_summed_collections_within_collections_too():
    one, two = HOLED, box(114, 39, 114.1, 39.1)
    nested = GeometryCollection([Point(0, 0), GeometryCollection([MultiPolygon([one, two])])])
    several, empty = MultiPolygon([one, two]), GeometryCollection()
    got = area_m2([several, nested, empty, one, MultiPolygon([Polygon(), two])])
    a, b = area_m2([one, two])
    np.testing.assert_allclose(got, [a + b, a + b, 0, a, b], rtol=1e-14)


def test_a_thousand_slices_are_one(monkeypatch):
    rng = np.random.default_rng(2)
    shapes = [star(113, 39, 300, 12, rng) for _ in range(40)] + [None, HOLED] * 3
    whole = area_m2(shapes)
    monkeypatch.setattr("layers.measure.SLICE", 7)
    monkeypatch.setattr(authalic, "BLOCK", 30)
    assert area_m2(shapes).tolist() == whole.tolist()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 4_000_000.0])
@pytest.mark.parametrize("at", [0, 2, 4])
def test_what_is_not_finite_or_not_in_degrees_is_nan_and_harms_no_neighbour(bad, at):
    rings = np.array([shapely.get_coordinates(box(w, 39, w + 0.01, 39.01)) for w in (1, 2, 3)])
    wanted = ring_areas_m2(rings.reshape(-1, 2), np.array([0, 5, 10, 15]))
    assert (np.abs(wanted) > 1e5).all()
    rings[1, at, 1] = bad
    got = ring_areas_m2(rings.reshape(-1, 2), np.array([0, 5, 10, 15]))
    assert np.isnan(got[1])
    assert got[[0, 2]].tolist() == wanted[[0, 2]].tolist()
    if not abs(bad) > 1e6 or np.isinf(bad):
        rings[1, at] = bad, 39
        assert np.isnan(ring_areas_m2(rings.reshape(-1, 2), np.array([0, 5, 10, 15]))[1])


# ---- flat arrays


def test_flat_arrays_give_what_objects_give():
    shapes = [HOLED, box(114, 39, 114.1, 39.1), MultiPolygon([box(1, 1, 2, 2), HOLED]), Polygon()]
    _, points, offsets = shapely.to_ragged_array(np.array(shapes))
    np.testing.assert_allclose(polygon_areas_m2(points, *offsets), area_m2(shapes), rtol=1e-14)
    _, points, offsets = shapely.to_ragged_array(np.array(shapes[:2]))
    narrow = [array.astype(np.int32) for array in offsets]
    np.testing.assert_allclose(polygon_areas_m2(points, *narrow), area_m2(shapes[:2]), rtol=1e-14)


def test_a_slice_of_flat_arrays_is_what_its_offsets_say():
    shapes = [box(110 + w, 39, 110.01 + w, 39.01 + w) for w in range(5)]
    _, points, (rings, polygons) = shapely.to_ragged_array(np.array(shapes))
    got = polygon_areas_m2(points, rings, polygons[1:4])
    np.testing.assert_allclose(got, area_m2(shapes[1:3]), rtol=1e-14)
    assert ring_areas_m2(points, rings[2:4]).tolist() == ring_areas_m2(points, rings)[2:3].tolist()


def test_empty_rings_polygons_and_features_are_nothing():
    square = shapely.get_coordinates(box(113, 39, 113.01, 39.01))
    rings = np.array([0, 0, 5, 5])
    assert ring_areas_m2(square, rings)[[0, 2]].tolist() == [0, 0]
    got = polygon_areas_m2(square, rings, np.array([0, 0, 1, 3, 3]), np.array([0, 1, 3, 3, 4]))
    assert got.tolist() == [0, area_m2([box(113, 39, 113.01, 39.01)])[0], 0, 0]
    assert ring_areas_m2(np.empty((0, 2)), np.array([0])).tolist() == []
    assert ring_areas_m2(np.empty((0, 2)), np.array([0, 0])).tolist() == [0]


def test_rings_are_signed_and_open_ones_closed():
    closed = shapely.get_coordinates(box(113, 39, 113.01, 39.01, ccw=True))
    left = ring_areas_m2(closed, np.array([0, 5]))[0]
    assert left == pytest.approx(961_620, rel=1e-3)
    assert ring_areas_m2(closed[::-1], np.array([0, 5]))[0] == pytest.approx(-left, rel=1e-13)
    assert ring_areas_m2(closed[:-1], np.array([0, 4]))[0] == pytest.approx(left, rel=1e-13)
    bow = np.array([(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)]) * 0.01 + (113, 0)
    assert ring_areas_m2(bow, np.array([0, 5]))[0] == pytest.approx(0, abs=10)  # its lobes cancel


# ---- beside the plane, and real borders


@given(
    lon=st.floats(105, 118), lat=st.floats(20, 42), size=st.floats(5, 3e4), seed=st.integers(0, 99)
)
@settings(deadline=None, max_examples=60)
def test_the_plane_of_the_overlays_has_the_same_areas(lon, lat, size, seed):
    """Its edges are chords of 0.001 degree: the bound of docs/decisions/0002-area.md."""
    shape = star(lon, lat, size, 9, np.random.default_rng(seed))
    plane = Plane(round(lon + 0.4, 1), round(lat - 0.6, 1))
    got = shapely.area(plane.project([shape]))[0]
    assert got == pytest.approx(area_m2([shape])[0], rel=2e-7, abs=1e-6)


@pytest.mark.parametrize("area", ["tianzhen", "hunyuan", "yangcheng", "qinshui", "shuozhou"])
def test_real_counties_are_as_geod_has_them(area):
    boundary = Workspace.embedded(area).boundary
    parts = shapely.get_parts(boundary)
    assert shapely.get_num_interior_rings(parts).sum() == 0
    wanted = sum(geodesic_m2(part, 2e-4) for part in parts)
    assert area_m2([boundary])[0] == pytest.approx(wanted, rel=1e-9)
