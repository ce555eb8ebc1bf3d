"""Polygons carried to the plane: by PROJ, or by polynomials that stay by PROJ's side."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from layers import datum, webmap
from layers.crs import to_storage
from layers.measure import Plane, area_m2
from zoning.overlay import carry
from zoning.overlay.carry import Place, by_proj, densified, in_plane, points
from zoning.overlay.compiled import compiled_here
from zoning.overlay.flat import Polygons

if compiled_here():
    from zoning.overlay.chart import ENOUGH, ERROR, Chart

compiled = pytest.mark.skipif(
    not compiled_here(), reason="LOUD SKIP: numba 没有安装，多项式换算没有测试。"
)
WAYS = [False, True] if compiled_here() else [False]

DEGREES = CRS("EPSG:4490")
BELTS = [*range(4513, 4534), *range(4534, 4555), *range(4491, 4502)]
"""Gauss-Krüger zones of CGCS2000: of 3 degrees with and without the zone's number, of 6."""


def unprojected(crs):
    return by_proj(datum.unprojection(crs)[0])


def projected(crs):
    return by_proj(Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True).transform)


def around(rng, middle, spread, count=4 * 512):
    return middle + np.multiply(spread, rng.uniform(-1, 1, (count, 2)))


# --- against PROJ -------------------------------------------------------------------------------


@compiled
@settings(max_examples=40, deadline=None)
@given(st.sampled_from(BELTS), st.floats(-3, 3), st.floats(18, 53), st.integers(0, 2**32 - 1))
def test_a_chart_is_where_proj_is_in_every_belt(code, off, lat, seed):
    crs = CRS(code)
    rng = np.random.default_rng(seed)
    meridian = crs.coordinate_operation.params[1].value
    degrees = around(rng, (meridian + off, lat), 0.2)
    metres = projected(crs)(degrees)
    there = Chart(unprojected(crs), "metres", "degrees")(metres)
    assert np.abs(there - unprojected(crs)(metres)).max() <= 2 * ERROR["degrees"]
    back = Chart(projected(crs), "degrees", "metres")(degrees)
    # Coordinates with the zone's number before them are rounded to 7e-9 m themselves.
    assert np.abs(back - metres).max() <= 2 * ERROR["metres"]


@compiled
@settings(max_examples=20, deadline=None)
@given(st.floats(75, 134), st.floats(18, 53), st.floats(-6, 6), st.integers(0, 2**32 - 1))
def test_a_chart_is_where_proj_is_in_every_plane(lon, lat, off, seed):
    forward = projected(Plane(lon, lat).crs)
    degrees = around(np.random.default_rng(seed), (lon + off, lat - off), 0.2)
    there = Chart(forward, "degrees", "metres")(degrees)
    assert np.abs(there - forward(degrees)).max() <= 2 * ERROR["metres"]


@compiled
def test_a_chart_asks_proj_for_its_tiles_and_not_for_points():
    asked = []

    def exact(xy):
        asked.append(len(xy))
        return projected(Plane(112.5, 35.5).crs)(xy)

    chart = Chart(exact, "degrees", "metres")
    xy = around(np.random.default_rng(1), (112.25, 35.25), 0.2, 50_000)
    chart(xy)
    chart(xy)
    assert asked == [146]


@compiled
def test_where_a_step_is_not_smooth_it_is_taken_as_it_is():
    """A fold in one tile: its points come from the step, those of its neighbour do as well."""

    def folded(xy):
        return np.column_stack([np.abs(xy[:, 0] - 0.3), xy[:, 1]])

    xy = around(np.random.default_rng(2), (0.5, 0.25), (0.5, 0.25), 8 * ENOUGH)
    there = Chart(folded, "degrees", "metres")(xy)
    left = xy[:, 0] < 0.5
    assert np.array_equal(there[left], folded(xy[left]))
    assert np.abs(there[~left] - folded(xy[~left])).max() < 1e-12


@compiled
def test_where_proj_has_no_answer_there_is_none():
    def nowhere(xy):
        return np.where(xy[:, :1] < 0.5, np.inf, xy)

    xy = around(np.random.default_rng(3), (0.5, 0.25), (0.5, 0.25), 8 * ENOUGH)
    there = Chart(nowhere, "degrees", "metres")(xy)
    assert np.array_equal(np.isinf(there).all(axis=1), xy[:, 0] < 0.5)


@compiled
@pytest.mark.parametrize("count", [0, 1, 511])
def test_few_points_are_left_to_proj(count):
    forward = projected(Plane(112.5, 35.5).crs)
    xy = around(np.random.default_rng(4), (112.25, 35.25), 0.2, count)
    assert np.array_equal(Chart(forward, "degrees", "metres")(xy), forward(xy))


@compiled
def test_points_all_over_the_world_are_left_to_proj():
    def far(xy):
        return 2 * xy

    xy = np.random.default_rng(5).uniform(-1e12, 1e12, (5000, 2))
    assert np.array_equal(Chart(far, "metres", "metres")(xy), far(xy))


@compiled
def test_an_answer_does_not_depend_on_what_was_asked_before():
    """Few points in a tile that was fitted for others are left to PROJ all the same."""
    forward = projected(Plane(112.5, 35.5).crs)
    rng = np.random.default_rng(6)
    many, few = around(rng, (112.25, 35.25), 0.2), around(rng, (112.75, 35.25), 0.2)
    mixed = np.concatenate([many, few[:100]])
    fresh = Chart(forward, "degrees", "metres")(mixed)
    used = Chart(forward, "degrees", "metres")
    used(few)
    assert np.array_equal(used(mixed), fresh)
    assert np.array_equal(fresh[-100:], forward(few[:100]))


# --- polygons -----------------------------------------------------------------------------------


def stars(seed, count, middle, size):
    """Polygons of 8 to 40 vertices with a hole in every third, some of them in two parts."""
    rng = np.random.default_rng(seed)
    found = []
    for at in range(count):
        corners = rng.integers(8, 40)
        turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
        ring = np.column_stack([np.cos(turn), np.sin(turn)]) * size
        centre = middle + rng.uniform(-50, 50, 2) * size
        shape = shapely.Polygon(centre + ring, [centre + 0.1 * ring] if at % 3 == 0 else [])
        other = shapely.transform(shape, lambda xy: xy + 3 * size)
        found.append(shapely.MultiPolygon([shape, other]) if at % 5 == 0 else shape)
    return Polygons.of(found)


def whole(parts):
    """The areas of all polygons, and how many points they have."""
    parts = list(parts)
    starts = np.cumsum([0, *(part.count for _, part in parts)])[:-1]
    assert [start for start, _ in parts] == starts.tolist()
    return np.concatenate([part.areas for _, part in parts]), sum(len(p.xy) for _, p in parts)


PLACES = {
    "metres": ("EPSG:4547", (450_000.0, 3.93e6), 80.0),
    "with the zone's number": ("EPSG:4526", (38_450_000.0, 3.93e6), 80.0),
    "degrees": ("EPSG:4490", (113.5, 35.5), 0.001),
}


@pytest.fixture
def by_way(monkeypatch):
    """Choose numpy or compiled loops, and forget what was made for the other way."""

    def choose(way):
        monkeypatch.setattr(carry, "compiled_here", lambda: way)
        carry._unprojection.cache_clear()
        carry._projection.cache_clear()

    yield choose
    choose(compiled_here())


@pytest.mark.parametrize("name", PLACES)
def test_areas_in_the_plane_are_those_of_the_ellipsoid(by_way, name):
    code, middle, size = PLACES[name]
    shapes = stars(7, 200, middle, size)
    drawn = shapes.geometries(np.arange(len(shapes)))
    if code != "EPSG:4490":
        step = datum.unprojection(CRS(code))[0]
        drawn = shapely.transform(shapely.segmentize(drawn, 50.0), step, interleaved=False)
    place = Place(CRS(code).to_wkt(), "", Plane(113.5, 35.5).crs.to_wkt())
    found = []
    for way in WAYS:
        by_way(way)
        areas, count = whole(in_plane(shapes, place))
        assert count <= points(shapes, place).sum()
        # The chords of long edges, measured without them by area_m2, are 0.02 mm off.
        assert areas == pytest.approx(area_m2(drawn), rel=1e-7, abs=1e-4)
        found.append(areas)
    assert found[0] == pytest.approx(found[-1], abs=1e-5)


@pytest.mark.parametrize("web", ["GCJ-02", "BD-09"])
def test_long_edges_of_web_maps_are_straight_on_the_web_map(web):
    """A box of 27 km by 2 km, straight as drawn: metres away if only its corners are moved."""
    drawn = shapely.box(113.2, 35.9, 113.5, 35.92)
    step = webmap.TO_CGCS2000[webmap.system(web)]
    dense = shapely.transform(shapely.segmentize(drawn, 0.00005), step, interleaved=False)
    place = Place("", webmap.system(web), Plane(113.3, 35.9).crs.to_wkt())
    areas, _ = whole(in_plane(Polygons.of([drawn]), place))
    assert areas == pytest.approx(area_m2([dense]), rel=1e-4)
    frame = gpd.GeoDataFrame(geometry=[drawn], crs=4326)
    stored = to_storage(frame, stated=web, home=None, source="s").frame.geometry.to_numpy()
    assert area_m2(stored) == pytest.approx(area_m2([dense]), rel=1e-4)
    corners = shapely.transform(drawn, step, interleaved=False)
    forward = Plane(113.3, 35.9)._forward.transform
    moved, right, wrong = shapely.transform([stored[0], dense, corners], forward, interleaved=False)
    assert shapely.hausdorff_distance(right, moved) < 0.4
    assert shapely.hausdorff_distance(right, wrong) > 1.0


@compiled
@pytest.mark.parametrize("longest", [1.0, 7.0, 33.3, 1e9])
def test_long_edges_are_cut_alike_in_both_ways(monkeypatch, longest):
    shapes = stars(8, 300, (38_450_000.0, 3.93e6), 80.0)
    ways = []
    for way in WAYS:
        monkeypatch.setattr(carry, "compiled_here", lambda way=way: way)
        ways.append((densified(shapes, longest), carry._lengths(shapes)))
    (plain, lengths), (quick, quick_lengths) = ways
    assert np.array_equal(plain.xy, quick.xy)
    assert np.array_equal(plain.starts, quick.starts)
    assert lengths == pytest.approx(quick_lengths, rel=1e-6)
    assert (np.diff(quick.starts) <= np.diff(shapes.starts) + lengths / longest).all()
    if longest == 1e9:
        assert quick is shapes


def test_memory_is_bounded_by_so_many_points_at_a_time(monkeypatch):
    monkeypatch.setattr(carry, "POINTS", 1000)
    shapes = stars(9, 200, (450_000.0, 3.93e6), 80.0)
    place = Place(CRS("EPSG:4547").to_wkt(), "", Plane(113.5, 35.5).crs.to_wkt())
    parts = list(in_plane(shapes, place))
    assert len(parts) > 10
    assert max(len(part.xy) for _, part in parts) <= 1000
    assert sum(part.count for _, part in parts) == 200
