"""The area two polygons share: against answers done in the head, fractions and GEOS."""

from fractions import Fraction
from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, affinity, box

from zoning.overlay import many
from zoning.overlay.flat import Polygons
from zoning.overlay.kernel import shared_areas
from zoning.overlay.lattice import Lattice, cut
from zoning.overlay.many import ManyZones, compiled_here

WAYS = [False, True] if compiled_here() else [False]


@pytest.mark.skipif(not compiled_here(), reason="LOUD SKIP: numba 没有安装，编译的求和没有测试。")
def test_both_ways_are_tested():
    assert WAYS == [False, True]


@pytest.fixture(autouse=True, scope="module")
def _every_trace():
    """Small areas are not left out here: the sums themselves are looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(many, "TRACE", -1.0)
        yield


def areas(one, two, lattice=None):
    """The shared area of two shapes by every way, in a lattice around them or the one given."""
    subject, zone = Polygons.of([one]), Polygons.of([two])
    around = lattice or Lattice.around(Polygons.of([one, two]))
    found = []
    for compiled in WAYS:
        cells = cut(zone, around, compiled=compiled)
        cut_up = shared_areas(cut(subject, around, compiled=compiled), cells)
        zones = ManyZones.of_cells(cells)
        zones.compiled = compiled
        found += [cut_up.area.sum(), zones.overlap(subject).area.sum()]
    return found


def agree(one, two, wanted, noise=1e-6, lattice=None):
    """Every way gives an area, whichever of the two shapes is cut."""
    for found in (*areas(one, two, lattice), *areas(two, one, lattice)):
        assert abs(found - wanted) <= noise, (found, wanted)


# --- the exact area, by another way: signed triangles clipped in fractions ----------------------


def exact(one, two):
    """The shared area of two polygons with no rounding at all."""
    total = Fraction(0)
    others = list(_triangles(two))
    for sign, triangle in _triangles(one):
        for other_sign, other in others:
            part = triangle
            for k in range(3):
                part = _clipped(part, other[k - 1], other[k])
            total += sign * other_sign * _twice(part)
    return total / 2


def _triangles(shape):
    """Triangles from one point to every edge, counted 1 or -1: they add up to the polygon."""
    for polygon in shapely.get_parts(shapely.orient_polygons(shape)):
        for ring in shapely.get_rings(polygon):
            points = [(Fraction(x), Fraction(y)) for x, y in shapely.get_coordinates(ring)]
            for a, b in pairwise(points):
                turn = _cross(points[0], a, b)
                if turn:
                    yield (1, [points[0], a, b]) if turn > 0 else (-1, [points[0], b, a])


def _cross(o, a, b):
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


def _twice(points):
    return sum(_cross(points[0], a, b) for a, b in pairwise(points[1:]))


def _clipped(points, a, b):
    """What of a convex polygon lies on the left of a line."""
    kept = []
    for before, point in zip([*points[-1:], *points], points, strict=False):
        was, now = _cross(a, b, before), _cross(a, b, point)
        if (was < 0) != (now < 0):
            share = was / (was - now)
            kept.append(tuple(p + share * (q - p) for p, q in zip(before, point, strict=True)))
        if now >= 0:
            kept.append(point)
    return kept


def test_the_exact_area_is_exact():
    assert exact(box(0, 0, 2, 2), box(1, 1, 3, 3)) == 1
    frame = box(0, 0, 9, 9).difference(box(1, 1, 8, 8))
    assert exact(frame, MultiPolygon([box(0, 0, 2, 2), box(4, 4, 5, 5)])) == 3
    kite = exact(Polygon([(0, 0), (3, 0), (0, 1)]), Polygon([(0, 0), (1, 0), (0, 3)]))
    assert kite == Fraction(3, 4)


# --- in the head --------------------------------------------------------------------------------

UNIT = box(0, 0, 1, 1)
FRAME = Polygon(box(0, 0, 10, 10).exterior, [box(2, 2, 8, 8).exterior])
ISLAND = MultiPolygon([FRAME, box(4, 4, 6, 6)])
PINCHED = Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(0, 0), (2, 1), (1, 2)]])
KNOWN = {
    "the same": (UNIT, UNIT, 1),
    "half": (UNIT, box(0.5, 0, 1.5, 1), 0.5),
    "a quarter": (UNIT, box(0.5, 0.5, 2, 2), 0.25),
    "at a corner": (UNIT, box(1, 1, 2, 2), 0),
    "along a side": (UNIT, box(1, 0, 2, 1), 0),
    "along part of a side": (UNIT, box(1, 0.25, 2, 3), 0),
    "a side from within": (UNIT, box(0.5, 0.25, 1, 0.75), 0.25),
    "apart": (UNIT, box(3, 3, 4, 4), 0),
    "inside": (box(0, 0, 10, 10), box(3, 4, 5, 7), 6),
    "in the hole": (FRAME, box(3, 3, 7, 7), 0),
    "fills the hole": (FRAME, box(2, 2, 8, 8), 0),
    "across the hole": (FRAME, box(-5, 4, 15, 6), 8),
    "the island": (ISLAND, box(3, 3, 7, 7), 4),
    "the frame itself": (ISLAND, FRAME, 64),
    "a hole that touches": (PINCHED, box(0, 0, 4, 4), 14.5),
    "in a hole that touches": (PINCHED, Polygon([(0, 0), (2, 1), (1, 2)]), 0),
    "corner to corner": (MultiPolygon([UNIT, box(1, 1, 2, 2)]), box(0.5, 0.5, 1.5, 1.5), 0.5),
    "two triangles": (Polygon([(0, 0), (4, 0), (4, 4)]), Polygon([(0, 0), (4, 0), (0, 4)]), 4),
    "on a diagonal": (Polygon([(0, 0), (4, 0), (4, 4)]), Polygon([(0, 0), (4, 4), (0, 4)]), 0),
    "repeated vertices": (Polygon([(0, 0), (0, 0), (2, 0), (2, 2), (2, 2), (0, 2)]), UNIT, 1),
    "points on edges": (Polygon([(0, 0), (0.3, 0), (1, 0), (1, 1), (0.7, 1), (0, 1)]), UNIT, 1),
    "of a degree's size": (box(0, 0, 1e-3, 1e-3), box(5e-4, 0, 2e-3, 1e-3), 5e-7),
    "an upright strip": (box(0, 0, 1, 1e5), box(-5, 3, 5, 4), 1),
    "a flat strip": (box(0, 0, 1e5, 1), box(3, -5, 4, 5), 1),
}
LATTICES = [
    None,
    Lattice(-32.0, -32.0, 1.0, 64, 64),
    Lattice(-32.0, -32.0, 0.5, 128, 128),
    Lattice(-16.25, -16.75, 4.0, 9, 9),
    Lattice(-64.0, -64.0, 128.0, 1, 1),
]


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("far", [(0, 0), (38_500_000, 4_000_000)])
@pytest.mark.parametrize("turned", [False, True])
def test_areas_known_from_the_head(name, far, turned):
    one, two, wanted = KNOWN[name]
    if turned:
        one, two = one.reverse(), two.reverse()
    one, two = (affinity.translate(shape, *far) for shape in (one, two))
    if name == "of a degree's size":
        wanted = float(exact(one, two))  # far off, 5e-4 m is some 10^5 roundings
    large = max(shapely.total_bounds([one, two])[2:] - far) > 30
    for lattice in LATTICES[: 1 if large else None]:
        moved = lattice and Lattice(
            lattice.x0 + far[0], lattice.y0 + far[1], lattice.size, lattice.nx, lattice.ny
        )
        agree(one, two, wanted, noise=1e-9, lattice=moved)


@pytest.mark.parametrize("x", [0.0, 500_000.0, 38_500_000.0])
def test_needles_are_as_thin_as_they_are(x):
    """A billionth of a metre is below the last digit at 38 500 000: there it has no area."""
    thin = [
        Polygon([(x, 0), (x + 1e5, 0), (x + 1e5, 1e-9)]),
        Polygon([(x, 0), (x + 1e-9, 1e5), (x, 1e5)]),
        Polygon([(x, 0), (x + 1e5, 1e5), (x + 1e5, 1e5 + 1e-9)]),
    ]
    for needle in thin:
        for zone in (box(x - 1, -1, x + 2e5, 2e5), box(x + 100, -5, x + 200, 2e5), thin[0]):
            agree(needle, zone, float(exact(needle, zone)))


@pytest.mark.parametrize("far", [(0.0, 0.0), (500_000.0, 4e6), (38_500_000.0, 4e6)])
@pytest.mark.parametrize("size", [1e-3, 1.0, 1e2, 1e4, 1e5])
def test_the_engine_is_at_least_as_exact_as_geos(far, size):
    """Against fractions: within 1e-6 m2, or within the last digits of a 100 km square."""
    random = np.random.default_rng(int(size * 1000))
    worst = reference = 0.0
    for _ in range(3):
        one, two = (_star(random, far, size) for _ in range(2))
        wanted = exact(one, two)
        worst = max(
            [worst, *(abs(float(Fraction(float(got)) - wanted)) for got in areas(one, two))]
        )
        geos = shapely.intersection(one, two).area
        reference = max(reference, abs(float(Fraction(geos) - wanted)))
    assert worst <= max(1e-14 * size * size, 1e-18)
    if size <= 1e4:
        assert worst <= 1e-6
    if far[0] == 38_500_000.0:
        assert worst < reference


def _star(random, middle, size):
    angles = np.sort(random.uniform(0, 1, 7) + np.arange(7)) * 2 * np.pi / 7
    far = size * random.uniform(0.3, 1, 7)
    x, y = middle + size * random.uniform(-0.4, 0.4, 2)
    return Polygon(np.c_[x + far * np.cos(angles), y + far * np.sin(angles)])


# --- properties ---------------------------------------------------------------------------------

corner = st.tuples(st.integers(0, 12), st.integers(0, 12))


@st.composite
def shapes(draw, corners=corner):
    """Valid shapes on a coarse grid, with holes and parts: sides and corners coincide often."""
    rings = draw(st.lists(st.lists(corners, min_size=3, max_size=6), min_size=1, max_size=3))
    lands = [_land(shapely.make_valid(Polygon(ring))) for ring in rings]
    made = _land(reduce(shapely.symmetric_difference, lands))
    return box(1, 2, 4, 4) if made.is_empty else made


def _land(shape):
    """The polygons of a shape, without its lines and points."""
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.area])


def anywhere():
    # GEOS, the reference, divides by zero where coordinates are 1e-298.
    number = st.floats(0, 12).map(lambda value: round(value, 12))
    return st.tuples(number, number)


@st.composite
def grids(draw):
    """Lattices around the shapes, on their grid or off it."""
    shift = draw(st.sampled_from([0.0, 0.5, 0.3819660113]))
    size = 2.0 ** draw(st.integers(-1, 5))
    cells = int(18 / size) + 3
    return Lattice(-2.0 - shift, -2.0 + shift, size, cells, cells)


@given(one=shapes(), two=shapes(), lattice=grids())
@settings(deadline=None, max_examples=120)
def test_coincidences_in_any_lattice(one, two, lattice):
    agree(one, two, shapely.intersection(one, two).area, noise=1e-9, lattice=lattice)


@given(one=shapes(corners=anywhere()), two=shapes(corners=anywhere()), lattice=grids())
@settings(deadline=None, max_examples=60)
def test_any_two_shapes_in_any_lattice(one, two, lattice):
    agree(one, two, shapely.intersection(one, two).area, noise=1e-9, lattice=lattice)


@given(one=shapes(), two=shapes())
@settings(deadline=None, max_examples=25)
def test_the_area_is_exact(one, two):
    agree(one, two, float(exact(one, two)), noise=1e-10)


@given(one=shapes(), two=shapes(), dx=st.integers(-(10**6), 4 * 10**7), turn=st.integers(0, 3))
@settings(deadline=None, max_examples=60)
def test_shift_and_quarter_turns_change_nothing(one, two, dx, turn):
    wanted = areas(one, two)[0]
    moved = [affinity.translate(shape, dx, 4e6) for shape in (one, two)]
    agree(*moved, wanted)
    quarter = [(1, 0, 0, 1), (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0)][turn]
    turned = [affinity.affine_transform(shape, [*quarter, 0, 0]) for shape in (one, two)]
    agree(*turned, wanted, noise=1e-9)


@given(one=shapes(), two=shapes(), parts=st.integers(2, 7), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_subdivided_edges_and_the_order_of_points_change_nothing(one, two, parts, seed):
    random = np.random.default_rng(seed)
    dense = shapely.segmentize(two, 12 / parts)
    mixed = [
        Polygon(_begun(part.exterior, random), [_begun(ring, random) for ring in part.interiors])
        for part in random.permutation(shapely.get_parts(dense))
    ]
    agree(one, MultiPolygon(mixed), areas(one, two)[0], noise=1e-9)


def _begun(ring, random):
    """A ring that begins at another of its points, perhaps the other way around."""
    points = np.roll(shapely.get_coordinates(ring)[:-1], random.integers(0, 9), axis=0)
    return points[::-1] if random.random() < 0.5 else points


@given(one=shapes(), two=shapes(), x=st.floats(0, 12), slope=st.floats(-2, 2))
@settings(deadline=None, max_examples=60)
def test_parts_of_a_zone_sum_to_the_whole(one, two, x, slope):
    left = Polygon([(-999, -99), (x - 99 * slope, -99), (x + 99 * slope, 99), (-999, 99)])
    parts = [shapely.intersection(two, left), shapely.difference(two, left)]
    sums = np.zeros(2 * len(WAYS))
    for part in map(_land, parts):
        if not part.is_empty:
            sums += areas(one, part)
    assert sums == pytest.approx(areas(one, two), abs=1e-9)


def test_the_sums_do_not_depend_on_the_blocks(monkeypatch):
    random = np.random.default_rng(7)
    stars = [_star(random, random.uniform(0, 50, 2), 5.0) for _ in range(60)]
    zones = ManyZones(stars, compiled=False)
    whole = zones.overlap(Polygons.of(stars))
    for block in (1, 500):
        monkeypatch.setattr("zoning.overlay.kernel.BLOCK", block)
        monkeypatch.setattr(many, "BLOCK", block)
        parts = zones.overlap(Polygons.of(stars))
        assert np.array_equal(parts.subject, whole.subject)
        assert np.array_equal(parts.zone, whole.zone)
        assert parts.area == pytest.approx(whole.area, abs=1e-9)


@pytest.mark.skipif(not compiled_here(), reason="LOUD SKIP: numba 没有安装，编译的求和没有测试。")
def test_the_compiled_sums_are_the_same_bytes_however_they_are_sliced(monkeypatch):
    from zoning.overlay import ahead_compiled, kernel_compiled  # noqa: PLC0415

    random = np.random.default_rng(8)
    stars = [_star(random, random.uniform(0, 50, 2), 5.0) for _ in range(3 * ahead_compiled.BLOCK)]
    zones = ManyZones(stars, compiled=True)
    whole = zones.overlap(Polygons.of(stars))
    for size in (1, 7, ahead_compiled.BLOCK, ahead_compiled.BLOCK + 1):
        monkeypatch.setattr(kernel_compiled, "SLICE", size)
        for workers in (1, 2):
            parts = zones.overlap(Polygons.of(stars), workers=workers)
            assert parts.subject.tobytes() == whole.subject.tobytes()
            assert parts.zone.tobytes() == whole.zone.tobytes()
            assert parts.area.tobytes() == whole.area.tobytes()


@pytest.mark.skipif(not compiled_here(), reason="LOUD SKIP: numba 没有安装，编译的求和没有测试。")
def test_what_lies_beyond_the_lattice_does_not_count():
    lattice = Lattice(0.0, 0.0, 1.0, 4, 4)
    everywhere = box(-9, -9, 9, 9)
    for subject, wanted in [
        (box(-0.5, 0.25, 0.5, 0.75), 0.25),  # one cell of the lattice under it, and that one full
        (box(3.5, 3.5, 4.5, 4.5), 0.25),
        (box(-0.5, 0.5, 1.5, 1.5), 1.5),
        (box(-3, 1, -1, 2), 0.0),
        (box(5, 5, 6, 6), 0.0),
    ]:
        assert areas(subject, everywhere, lattice)[-1] == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("full", range(9))
def test_parts_in_full_cells_are_clips_to_them(full):
    """A slanted subject over nine cells, of which one zone fills but one."""
    column, row = full % 3, full // 3
    zone = box(column, row, column + 1, row + 1)
    subject = Polygon([(0.2, 0.7), (1.4, 0.1), (2.8, 1.6), (1.1, 2.9)])
    lattice = Lattice(0.0, 0.0, 1.0, 4, 4)
    around = box(-1, -1, 4, 4).difference(zone)  # the cell is a hole: all others are full
    wanted = float(exact(subject, zone))
    agree(subject, zone, wanted, noise=1e-12, lattice=lattice)
    agree(subject, around, subject.area - wanted, noise=1e-12, lattice=lattice)


@pytest.mark.skipif(not compiled_here(), reason="LOUD SKIP: numba 没有安装，编译的求和没有测试。")
def test_edges_as_good_as_upright():
    """Over a stretch this short a slope has no end: no NaN may come of it."""
    leaning = Polygon([(0, 0), (1, 0), (1, 1), (1e-310, 1)])
    for other in (box(0.25, 0.25, 2, 2), box(-1, 0.25, 0.5, 0.75), leaning):
        zones = ManyZones([other], checked=True, compiled=True)
        found = zones.overlap(Polygons.of([leaning])).area.sum()
        assert found == pytest.approx(float(exact(leaning, other)), abs=1e-12)
