"""How a geometry meets the zones of a layer: squares in the head, then properties."""

import random

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, affinity, box

from layers.measure import GEOD, Plane
from zoning.model import INSIDE, OUTSIDE, OVERLAPS, TOUCHES
from zoning.overlay import ZoneSet

PLANE = Plane(114.0, 36.0)


class Flat(Plane):
    """A plane whose coordinates are taken as metres already: for sums done in the head."""

    def project(self, geometries):
        return _array(geometries)


def _array(geometries):
    array = np.empty(len(geometries), dtype=object)
    array[:] = list(geometries)
    return array


FLAT = Flat(114.0, 36.0)


def meet(shape, *zones):
    return ZoneSet(zones, FLAT).meet(shape)


def square(x, y, size=100):
    return box(x, y, x + size, y + size)


# --- in the head ------------------------------------------------------------------------------


def test_a_square_half_in_a_zone():
    got = meet(square(0, 0), box(50, -50, 500, 500))
    assert (got.relation, got.overlap_m2, got.share) == (OVERLAPS, 5000.0, 0.5)
    assert (got.distance_m, got.direction, got.length_m) == (0.0, "", None)


def test_a_square_wholly_in_a_zone():
    got = meet(square(10, 10), square(0, 0, 500))
    assert (got.relation, got.overlap_m2, got.share) == (INSIDE, 10_000.0, 1.0)


def test_a_square_that_fills_its_zone_is_inside():
    got = meet(square(0, 0), square(0, 0))
    assert (got.relation, got.overlap_m2, got.share) == (INSIDE, 10_000.0, 1.0)


def test_a_square_apart_has_no_overlap_and_a_distance():
    got = meet(square(0, 0), square(103, 0), square(400, 0))
    assert (got.relation, got.hit, got.overlap_m2, got.share) == (OUTSIDE, (0,), 0.0, 0.0)
    assert got.distance_m == pytest.approx(3, abs=1e-3)
    assert got.direction == "东"


@pytest.mark.parametrize("zone", [square(100, 0), square(100, 100), square(0, -100)])
def test_touching_is_not_overlapping(zone):
    got = meet(square(0, 0), zone)
    assert (got.relation, got.hit, got.overlap_m2, got.share) == (TOUCHES, (0,), 0.0, 0.0)


def test_a_border_drawn_twice_half_a_millimetre_apart_is_a_border():
    for gap in (-5e-4, 5e-4):
        assert meet(square(0, 0), square(100 + gap, 0)).relation == TOUCHES


def test_the_border_strip_of_a_neighbour_is_not_added_to_an_overlap():
    got = meet(square(0, 0), square(50, 0), square(-100 + 5e-4, 0))
    assert (got.hit, got.overlap_m2) == ((0,), 5000.0)


def test_a_strip_of_a_centimetre_is_an_overlap():
    got = meet(square(0, 0), square(99.99, 0))
    assert (got.relation, round(got.overlap_m2, 6)) == (OVERLAPS, 1.0)


def test_a_hole_is_outside_and_its_island_inside():
    ring = square(0, 0, 1000).difference(square(300, 300, 400))
    zone = MultiPolygon([*shapely.get_parts(ring), square(400, 400, 150)])
    assert meet(square(310, 310, 50), zone).relation == OUTSIDE
    assert meet(square(420, 420, 50), zone).relation == INSIDE
    assert meet(square(350, 350, 100), zone).overlap_m2 == 2500.0
    assert meet(square(300, 300, 400), ring).relation == TOUCHES


def test_nested_zones_count_once_and_are_both_named():
    got = meet(square(50, 50), square(0, 0, 500), square(100, 0, 500))
    assert (got.relation, got.overlap_m2, got.share, got.hit) == (INSIDE, 10_000.0, 1.0, (0, 1))


def test_across_the_border_of_two_zones_is_inside_their_union():
    got = meet(square(50, 0), square(0, 0), square(100, 0))
    assert (got.relation, got.overlap_m2, got.hit) == (INSIDE, 10_000.0, (0, 1))


def test_only_zones_that_are_met_are_named():
    got = meet(square(0, 0), square(50, 0), square(-100, 0), square(900, 0))
    assert got.hit == (0,)


def test_a_line_is_measured_by_its_length():
    got = ZoneSet([box(114.0, 35.9, 114.2, 36.1)], PLANE).meet(
        PLANE.project([LineString([(113.96, 36.0), (114.06, 36.0)])])[0]
    )
    metres = GEOD.line_length([114.0, 114.06], [36.0, 36.0])
    assert (got.relation, got.overlap_m2) == (OVERLAPS, None)
    assert got.share == pytest.approx(0.6, abs=1e-6)
    assert got.length_m == pytest.approx(metres, rel=1e-6)


def test_a_line_along_a_border_touches():
    got = meet(LineString([(0, 0), (100, 0)]), square(0, 0))
    assert (got.relation, got.length_m, got.share) == (TOUCHES, 0.0, 0.0)


@pytest.mark.parametrize(
    ("point", "relation"),
    [((50, 50), INSIDE), ((0, 50), TOUCHES), ((0, 0), TOUCHES), ((-3, 50), OUTSIDE)],
)
def test_a_point_has_a_relation_and_no_size(point, relation):
    got = meet(Point(point), square(0, 0))
    assert (got.relation, got.overlap_m2, got.share, got.length_m) == (relation, None, None, None)


def test_parcels_of_one_site_are_one_shape():
    site = MultiPolygon([square(0, 0), square(1000, 0)])
    got = meet(site, square(-50, -50, 300))
    assert (got.relation, got.overlap_m2, got.share) == (OVERLAPS, 10_000.0, 0.5)


# --- properties -------------------------------------------------------------------------------

whole = st.integers(0, 40)
side = st.integers(1, 25)


@st.composite
def rectangles(draw, few=1, many=6):
    """Rectangles on a grid of 0.001 degrees: they touch, nest and repeat often."""
    found = draw(st.lists(st.tuples(whole, whole, side, side), min_size=few, max_size=many))
    return [
        box(114 + x / 1e3, 36 + y / 1e3, 114 + (x + w) / 1e3, 36 + (y + h) / 1e3)
        for x, y, w, h in found
    ]


def ask(site, zones):
    return ZoneSet(zones, PLANE).meet(PLANE.project([site])[0])


def same(first, second, area_m2=0.01):
    """Equal; edges that do not share their vertices differ by up to 0.01 m2 or 1e-6."""
    exact = 0 if area_m2 else 1e-9
    assert first.relation == second.relation
    assert first.overlap_m2 == pytest.approx(second.overlap_m2, rel=exact or 1e-6, abs=area_m2)
    assert first.share == pytest.approx(second.share, rel=exact or 1e-6, abs=1e-6 if area_m2 else 0)
    assert first.distance_m == pytest.approx(second.distance_m, abs=1e-3)


@given(sites=rectangles(many=1), zones=rectangles(), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=80)
def test_order_and_repetition_of_zones_change_nothing(sites, zones, seed):
    mixed = [*zones, *zones]
    random.Random(seed).shuffle(mixed)  # noqa: S311
    same(ask(sites[0], zones), ask(sites[0], mixed), area_m2=0)


@given(sites=rectangles(many=1), zones=rectangles())
@settings(deadline=None, max_examples=80)
def test_subdivision_of_zones_changes_nothing(sites, zones):
    halves = []
    for zone in zones:
        west, south, east, north = zone.bounds
        middle = (west + east) / 2
        halves += [box(west, south, middle, north), box(middle, south, east, north)]
    same(ask(sites[0], zones), ask(sites[0], halves))


@given(sites=rectangles(many=1), zones=rectangles())
@settings(deadline=None, max_examples=80)
def test_no_share_is_above_one_and_inside_is_exactly_one(sites, zones):
    got = ask(sites[0], zones)
    assert 0.0 <= got.share <= 1.0
    assert (got.share == 1.0) == (got.relation == INSIDE)
    assert (got.overlap_m2 == 0.0) == (got.relation in {OUTSIDE, TOUCHES})
    assert (got.distance_m > 0) == (got.relation == OUTSIDE)


@given(sites=rectangles(many=1), zones=rectangles(many=1))
@settings(deadline=None, max_examples=80)
def test_relations_that_have_no_side_are_symmetric(sites, zones):
    there, back = ask(sites[0], zones), ask(zones[0], sites)
    assert there.overlap_m2 == pytest.approx(back.overlap_m2, rel=1e-6, abs=0.01)
    for relation in (OUTSIDE, TOUCHES):
        assert (there.relation == relation) == (back.relation == relation)
    assert there.distance_m == pytest.approx(back.distance_m, abs=1e-6)


@given(zones=rectangles(), x=st.integers(0, 39), y=st.integers(0, 39))
@settings(deadline=None, max_examples=80)
def test_parts_of_a_partition_sum_to_the_whole(zones, x, y):
    """A site cut in the plane, as townships cut it: no square millimetre is lost.

    Site and cuts keep off the zones' borders: a strip below a millimetre is a border.
    """
    site = PLANE.project([box(114.0004, 36.0004, 114.0404, 36.0404)])[0]
    west, south, east, north = site.bounds
    at_x = west + (east - west) * (x + 0.3) / 40
    at_y = south + (north - south) * (y + 0.3) / 40
    cutters = [
        box(west - 1, south - 1, at_x, north + 1),
        box(at_x, south - 1, east + 1, at_y),
        box(at_x, at_y, east + 1, north + 1),
    ]
    drawn = ZoneSet(zones, PLANE)
    total = sum(drawn.meet(site.intersection(cutter)).overlap_m2 for cutter in cutters)
    assert total == pytest.approx(drawn.meet(site).overlap_m2, rel=1e-9, abs=1e-6)


@given(sites=rectangles(many=1), zones=rectangles(), dx=st.integers(-300, 300))
@settings(deadline=None, max_examples=60)
def test_a_shift_along_the_parallel_changes_nothing(sites, zones, dx):
    """Same latitude, same ellipsoid: 0.3 degrees to the east nothing is different."""
    moved = [affinity.translate(shape, dx / 1e3) for shape in (*sites, *zones)]
    there, here = ask(moved[0], moved[1:]), ask(sites[0], zones)
    assert there.relation == here.relation
    assert there.overlap_m2 == pytest.approx(here.overlap_m2, rel=1e-7, abs=0.01)
    assert there.distance_m == pytest.approx(here.distance_m, rel=1e-7, abs=1e-3)


# --- an independent reference -----------------------------------------------------------------


def geodesic_overlap_m2(site, zones):
    """Clipped in degrees, measured by pyproj; densified first (segmentize can drop a thin lobe)."""
    dense, *others = shapely.segmentize([site, *zones], 0.0005)
    clipped = dense.intersection(shapely.union_all(others))
    flat = shapely.get_parts(shapely.get_parts(clipped))  # a collection may hold multipolygons
    parts = [part for part in flat if part.geom_type == "Polygon"]
    return sum(abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(p))[0]) for p in parts)


@st.composite
def triangles(draw):
    points = [(draw(st.floats(113.8, 114.2)), draw(st.floats(35.8, 36.2))) for _ in range(3)]
    return Polygon(points)


@given(site=triangles(), zones=st.lists(triangles(), min_size=1, max_size=4))
@settings(deadline=None, max_examples=60)
def test_overlap_is_the_geodesic_area_of_the_clipped_shape(site, zones):
    if min(shape.area for shape in (site, *zones)) < 1e-5:
        return
    got = ask(site, zones)
    wanted = geodesic_overlap_m2(site, zones)
    if got.relation in {INSIDE, OVERLAPS}:
        assert got.overlap_m2 == pytest.approx(wanted, rel=1e-6, abs=0.01)
    else:
        assert wanted < 1.0


# --- many at once -----------------------------------------------------------------------------


@pytest.fixture(params=["as a whole", "in pieces"])
def any_size(request, monkeypatch):
    """Small layers are taken whole, large ones in pieces and cells: the answers are the same."""
    if request.param == "in pieces":
        monkeypatch.setattr("zoning.overlay.meeting.FEW", 0)
        monkeypatch.setattr("zoning.overlay.many.FEW", 0)


@pytest.mark.usefixtures("any_size")
def test_many_relations_are_those_of_each():
    zones = ZoneSet([square(0, 0, 500), square(500, 0, 500), square(2000, 0, 100)], FLAT)
    shapes = [
        square(10, 10),  # inside one
        square(450, 10),  # inside two that touch
        square(950, 10),  # half inside
        square(1000, 10),  # touching
        square(1000.0005, 10),  # touching, half a millimetre apart
        square(999.9995, 10),  # touching, half a millimetre over
        square(1001, 10),  # apart
        square(0, 0, 500),  # a zone itself
        square(-0.0005, 0, 500),  # a zone, half a millimetre off
        square(-10, -10, 5000),  # around all
    ]
    relations = zones.relations(shapes)
    assert list(relations) == [zones.meet(shape).relation for shape in shapes]
    assert list(relations) == [
        INSIDE, INSIDE, OVERLAPS, TOUCHES, TOUCHES, TOUCHES, OUTSIDE, INSIDE, INSIDE, OVERLAPS,
    ]  # fmt: skip


@pytest.mark.usefixtures("any_size")
@given(st.randoms(use_true_random=False))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_many_random_relations_are_those_of_each(rng):
    zones = ZoneSet([blob(rng) for _ in range(4)], FLAT)
    shapes = [blob(rng) for _ in range(12)] + list(zones.shapes)
    relations = zones.relations(shapes)
    assert list(relations) == [zones.meet(shape).relation for shape in shapes]


def blob(rng):
    points = [Point(rng.uniform(0, 600), rng.uniform(0, 600)) for _ in range(3)]
    return shapely.union_all([point.buffer(rng.uniform(20, 150)) for point in points])


@pytest.mark.usefixtures("any_size")
def test_the_nearest_zone_and_its_distance():
    zones = ZoneSet([square(0, 0), square(1000, 0)], FLAT)
    position, metres = zones.nearest([square(300, 0), square(900, 0, 50), square(50, 50)])
    assert position.tolist() == [0, 1, 0]
    assert metres.tolist() == [200, 50, 0]


@pytest.mark.usefixtures("any_size")
def test_the_geometry_of_an_overlap_is_built_on_request():
    zones = ZoneSet([square(50, -50, 500), square(0, 50, 20)], FLAT)
    assert zones.clip(square(0, 0), [0]).equals(box(50, 0, 100, 100))
    assert shapely.area(zones.clip(square(0, 0), [0, 1])) == 5000 + 400
    met = zones.overlap([square(0, 0), square(40, 0, 20)])
    assert met.by_zone(2).tolist() == [5000 + 200, 400]
    assert met.by_subject(2).tolist() == [5400, 200]
