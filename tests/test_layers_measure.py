"""The plane, lengths and distances against pyproj.Geod."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiLineString, Point, Polygon, box

from layers.measure import DIRECTIONS, GEOD, Plane, area_m2, distance_m, length_m, lengths_m


def area_in(plane, shapes):
    return shapely.area(plane.project(shapes))


def test_areas_of_the_plane_hold_at_the_edge_of_a_prefecture():
    far = box(113.9, 40.4, 113.95, 40.45)
    got = area_in(Plane(112.5, 39.5), [far])[0]
    assert got == pytest.approx(area_m2([far])[0], rel=1e-8)


@given(cuts=st.lists(st.floats(0.01, 0.99), min_size=1, max_size=6, unique=True))
@settings(deadline=None, max_examples=40)
def test_parts_add_up_to_the_whole_in_the_plane(cuts):
    whole = box(113.0, 39.0, 113.4, 39.3)
    edges = [0.0, *sorted(cuts), 1.0]
    parts = [box(113.0 + 0.4 * a, 39.0, 113.0 + 0.4 * b, 39.3) for a, b in pairwise(edges)]
    plane = Plane.around([whole])
    assert area_in(plane, parts).sum() == pytest.approx(area_in(plane, [whole])[0], rel=1e-9)


def test_a_plane_is_rounded_so_that_it_is_the_same_from_run_to_run():
    assert Plane.around([box(113.01, 39.02, 113.18, 39.17)]) == Plane(113.1, 39.1)
    near = Plane.around([box(113.01, 39.02, 113.18, 39.18)])
    assert near == Plane.around([box(113.011, 39.02, 113.179, 39.18)])


def test_unproject_undoes_project():
    line = LineString([(113.1, 39.2), (113.2, 39.3)])
    plane = Plane(113.0, 39.0)
    back = plane.unproject(plane.project([line]))[0]
    ends = shapely.get_coordinates(back)[[0, -1]]
    assert ends == pytest.approx(np.array(line.coords), abs=1e-8)  # PROJ: 1 mm
    assert shapely.hausdorff_distance(back, line) < 1e-8  # 1 mm, along the densified edge


def test_length_is_geodesic():
    line = LineString([(113.0, 39.0), (113.0, 39.1), (113.1, 39.1)])
    wanted = sum(GEOD.inv(*a, *b)[2] for a, b in pairwise(line.coords))
    assert length_m(line) == pytest.approx(wanted, abs=1e-6)
    assert length_m(None) == length_m(LineString()) == 0.0


def test_lengths_of_many_are_those_of_each():
    line, other = LineString([(113, 39), (113.2, 39.1), (113.1, 39)]), LineString([(1, 1), (1, 2)])
    holed = box(113, 39, 113.3, 39.3).difference(box(113.1, 39.1, 113.2, 39.2))
    both, mixed = MultiLineString([line, other]), GeometryCollection([Point(1, 1), holed, line])
    shapes = [line, None, Point(1, 1), both, holed, LineString(), GeometryCollection([mixed])]
    one, two, rings = (GEOD.geometry_length(shape) for shape in (line, other, holed.boundary))
    wanted = [one, 0, 0, one + two, rings, 0, rings + one]
    assert lengths_m(shapes) == pytest.approx(wanted, rel=1e-12)
    assert lengths_m([]).tolist() == []


def test_a_geodesic_is_shorter_than_the_edge_drawn_straight_in_degrees_by_what_the_adr_says():
    end = 113 + 1000 / 86_600
    drawn = shapely.segmentize(LineString([(113, 39), (end, 39)]), 1e-4)
    excess = length_m(drawn) - length_m(LineString([(113, 39), (end, 39)]))
    assert excess == pytest.approx(1000**3 * np.tan(np.radians(39)) ** 2 / 24 / 6.38e6**2, rel=0.05)


def shortest(first, second, steps=4001):
    """The smallest geodesic distance of a point to many points of a border and its corners."""
    ring = second.boundary
    along = shapely.line_interpolate_point(ring, np.linspace(0, ring.length, steps))
    x, y = np.vstack([shapely.get_coordinates(along), shapely.get_coordinates(ring)]).T
    return GEOD.inv(np.full(len(x), first.x), np.full(len(x), first.y), x, y)[2].min()


@given(dx=st.floats(0.005, 0.2), dy=st.floats(-0.2, 0.2), tilt=st.floats(-0.05, 0.05))
@settings(deadline=None, max_examples=60)
def test_distance_is_the_shortest_geodesic(dx, dy, tilt):
    point = Point(113.0, 39.0)
    zone = Polygon(
        [(113 + dx, 39 + dy), (113 + dx + 0.05, 39 + dy + tilt), (113 + dx + 0.02, 39 + dy + 0.08)]
    )
    plane = Plane(113.1, 39.0)
    got, _ = distance_m(*plane.project([point, zone]), plane)
    brute = shortest(point, zone)
    step = zone.boundary.length / 4000 * 111_000
    assert got <= brute + 1e-3
    # along an edge the brute force stands at most half a step beside the nearest point
    assert got >= brute - step**2 / 8 / got - 1e-3


@pytest.mark.parametrize("index", range(8))
@pytest.mark.parametrize("beside", [-20, 0, 20])
def test_direction_is_seen_from_the_first(index, beside):
    plane = Plane(113.0, 39.0)
    lon, lat, _ = GEOD.fwd(113.0, 39.0, 45 * index + beside, 2000)
    metres, direction = distance_m(*plane.project([Point(113, 39), Point(lon, lat)]), plane)
    assert direction == DIRECTIONS[index]
    assert metres == pytest.approx(2000, abs=1e-3)


def test_meeting_shapes_have_no_distance_and_no_direction():
    plane = Plane(113.0, 39.0)
    shapes = plane.project([box(112.9, 38.9, 113.1, 39.1), Point(113, 39)])
    assert distance_m(*shapes, plane) == (0.0, "")
