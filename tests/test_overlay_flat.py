"""Polygons as flat arrays: from shapely and from well-known binary, and which are invalid."""

import struct

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from zoning.overlay import many
from zoning.overlay.flat import Polygons, ranges
from zoning.overlay.lattice import RUN, Lattice, cut
from zoning.overlay.many import ManyZones
from zoning.overlay.wkb import from_wkb

FRAME = Polygon(box(0, 0, 10, 10).exterior, [box(2, 2, 8, 8).exterior])
ISLAND = MultiPolygon([FRAME, box(4, 4, 6, 6)])
SHAPES = [box(0, 0, 1, 1), None, FRAME, Polygon(), ISLAND, MultiPolygon(), shapely.Point()]


def same(one, two):
    """Whether two sets of polygons are equal in every number."""
    return one.count == two.count and all(
        np.array_equal(getattr(one, name), getattr(two, name))
        for name in ("xy", "starts", "owner", "hole")
    )


# --- in the head --------------------------------------------------------------------------------


def test_areas_count_holes_islands_and_nothing():
    flat = Polygons.of(SHAPES)
    assert flat.areas.tolist() == [1.0, 0.0, 64.0, 0.0, 68.0, 0.0, 0.0]
    assert (len(flat), len(flat.owner), len(flat.xy)) == (7, 6, 30)
    assert flat.owner.tolist() == [0, 2, 2, 4, 4, 4]
    assert flat.hole.tolist() == [False, False, True, False, True, False]


def test_nothing_at_all_is_no_polygon():
    for shapes in ([], [None], [Polygon(), None]):
        flat = Polygons.of(shapes)
        assert (len(flat), len(flat.xy), flat.areas.tolist()) == (len(shapes), 0, [0.0] * len(flat))
        assert flat.invalid().tolist() == []
        assert np.isnan(flat.bounds).all()
        assert len(flat.turns) == 0


@pytest.mark.parametrize("shape", [Point(0, 0), LineString([(0, 0), (1, 1)])])
def test_what_is_no_polygon_is_refused(shape):
    with pytest.raises(ValueError, match="only polygons"):
        Polygons.of([box(0, 0, 1, 1), shape])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_coordinate_that_is_no_number_is_refused(value):
    with np.errstate(invalid="ignore"):
        shape = Polygon([(0, 0), (1, 0), (1, value), (0, 0)])
    with pytest.raises(ValueError, match="finite"):
        Polygons.of([box(0, 0, 1, 1), shape])


def test_either_way_around_the_interior_is_on_the_left():
    hole = [(2, 2), (8, 2), (8, 8), (2, 8)]
    for shell in (box(0, 0, 10, 10, ccw=True), box(0, 0, 10, 10, ccw=False)):
        for inner in (hole, hole[::-1]):
            flat = Polygons.of([Polygon(shell.exterior, [inner])])
            assert flat.areas.tolist() == [64.0]
            rings = shapely.get_rings(Polygon(shell.exterior, [inner]))
            turned = np.where(shapely.is_ccw(rings), 1.0, -1.0)
            assert flat.turns.tolist() == (turned * [1, -1]).tolist()


def test_a_height_is_left_out():
    assert same(Polygons.of([shapely.force_3d(FRAME, 7.0)]), Polygons.of([FRAME]))


def test_parts_and_chosen_ones_are_what_they_were():
    flat = Polygons.of(SHAPES)
    assert same(flat.part(2, 6), Polygons.of(SHAPES[2:6]))
    assert same(flat.take(np.array([4, 1, 0, 4])), Polygons.of([SHAPES[k] for k in (4, 1, 0, 4)]))
    assert same(flat.take(np.array([], np.int64)), Polygons.of([]))
    back = flat.geometries(np.array([0, 2, 4]))
    assert shapely.equals_exact(back, [MultiPolygon([box(0, 0, 1, 1)]), MultiPolygon([FRAME]),
                                       ISLAND]).all()  # fmt: skip
    assert flat.bounds[4].tolist() == [0, 0, 10, 10]


def test_an_area_far_from_the_origin_keeps_its_digits():
    """At 38 500 000 m a blind shoelace sum of a square metre is wrong by 0.1 m2."""
    east, north = 38_500_000.25, 4_000_000.5
    assert Polygons.of([box(east, north, east + 1, north + 1)]).areas.tolist() == [1.0]


def test_ranges_of_no_length_are_left_out():
    assert ranges(np.array([5, 7, 1]), np.array([2, 0, 3])).tolist() == [5, 6, 1, 2, 3]
    assert ranges(np.array([], np.int64), np.array([], np.int64)).tolist() == []


# --- validity: never is an invalid polygon called valid -----------------------------------------


@pytest.mark.parametrize(
    "ring",
    [
        [(0, 0), (2, 2), (2, 0), (0, 2)],  # a bow-tie
        [(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)],  # touches its own edge
        [(0, 0), (4, 0), (4, 0), (2, 3), (0, 0), (-2, 3)],  # touches itself at a vertex
        [(3, 0), (0, 3), (-3, 0), (0, -3), (2, 0), (0, 2), (-2, 0), (0, -2)],  # twice around
        [(0, 0), (4, 0), (8, 0)],  # no area
        [(0, 0), (4, 0), (4, 4), (4, 8), (4, 4), (0, 4)],  # a spike
    ],
)
def test_crossing_touching_and_double_rings_are_invalid(ring):
    assert Polygons.of([box(0, 0, 1, 1), Polygon(ring)]).invalid().tolist() == [1]


def test_holes_and_parts_are_asked_of_geos():
    outside = Polygon(box(0, 0, 4, 4).exterior, [box(5, 5, 6, 6).exterior])
    nested = MultiPolygon([box(0, 0, 4, 4), box(1, 1, 2, 2)])
    touching = Polygon(box(0, 0, 4, 4).exterior, [[(0, 0), (2, 1), (1, 2)]])
    assert Polygons.of([outside, FRAME, nested, ISLAND, touching]).invalid().tolist() == [0, 2]


def _rings(random, count):
    """Rings of every kind that could pass for a star and is none, and stars."""
    for _ in range(count):
        corners = int(random.integers(3, 12))
        angles = random.uniform(0, 2 * np.pi, corners)
        if random.random() < 0.7:
            angles.sort()
        if random.random() < 0.2:
            angles *= 2  # around twice
        if random.random() < 0.2:
            angles[1:] = np.where(random.random(corners - 1) < 0.5, angles[:-1], angles[1:])
        far = random.uniform(0, 1, corners) ** random.choice([0.01, 1, 8])
        ring = np.c_[far * np.cos(angles), far * np.sin(angles)]
        ring *= 10.0 ** random.uniform(-6, 5)
        ring += random.choice([[0.0, 0.0], [500_000.0, 4e6], [38_500_000.0, 4e6]])
        step = random.choice([0.0, 0.0, 1.0, 2.0**-27])
        yield np.round(ring / step) * step if step else ring


@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=25)
def test_validity_is_what_geos_says(seed):
    shapes = [Polygon(ring) for ring in _rings(np.random.default_rng(seed), 300)]
    invalid = np.flatnonzero(~shapely.is_valid(shapes))
    assert Polygons.of(shapes).invalid().tolist() == invalid.tolist()


def test_most_small_polygons_need_no_geos(monkeypatch):
    random = np.random.default_rng(1)
    angles = np.sort(random.uniform(0, 1, (500, 8)) + np.arange(8), axis=1) * np.pi / 4
    far = random.uniform(0.7, 1, (500, 8))
    rings = np.stack([500_000 + far * np.cos(angles), 4e6 + far * np.sin(angles)], axis=-1)
    asked = []
    whole = shapely.is_valid
    monkeypatch.setattr(
        shapely, "is_valid", lambda shapes: asked.append(len(shapes)) or whole(shapes)
    )
    assert Polygons.of(shapely.polygons(rings)).invalid().tolist() == []
    assert sum(asked) < 25


# --- well-known binary --------------------------------------------------------------------------


def packed(parts):
    """Binary as a column holds it: one buffer and where each geometry begins."""
    offsets = np.r_[0, np.cumsum([len(part) for part in parts])].astype(np.int64)
    return np.frombuffer(b"".join(parts), np.uint8), offsets


WRITTEN = [
    {"byte_order": order, "flavor": flavor, "include_srid": flavor == "extended"}
    for order in (0, 1)
    for flavor in ("iso", "extended")
]


@pytest.mark.parametrize("written", WRITTEN, ids=str)
@pytest.mark.parametrize("dimensions", [2, 3, 4])
def test_every_spelling_of_the_same_binary_is_read(written, dimensions):
    plain = shapely.set_srid(np.array([box(0, 0, 1, 1), FRAME, Polygon(), ISLAND]), 4490)
    shapes = plain if dimensions == 2 else shapely.force_3d(plain, 7.0)
    if dimensions == 4:
        shapes = shapely.from_wkt([shape.wkt.replace(" Z ", " ZM ").replace(" 7", " 7 8")
                                   for shape in shapes])  # fmt: skip
    parts = list(shapely.to_wkb(shapes, output_dimension=dimensions, **written))
    assert same(from_wkb(*packed([*parts, b""])), Polygons.of([*plain, None]))


def test_plain_binary_makes_no_objects(monkeypatch):
    parts = shapely.to_wkb([ISLAND, box(0, 0, 1, 1), MultiPolygon(), FRAME] * 50, byte_order=1)
    want = Polygons.of([ISLAND, box(0, 0, 1, 1), MultiPolygon(), FRAME] * 50)
    monkeypatch.setattr("zoning.overlay.wkb._objects", None)
    assert same(from_wkb(*packed(list(parts))), want)


def test_no_binary_is_no_polygon():
    assert same(from_wkb(*packed([])), Polygons.of([]))
    assert same(from_wkb(*packed([b"", b""])), Polygons.of([None, None]))


def polygon_of(*rings):
    """Little-endian binary of a polygon with these rings, whatever they are."""
    body = b"".join(
        struct.pack("<I", len(ring)) + b"".join(struct.pack("<dd", *point) for point in ring)
        for ring in rings
    )
    return struct.pack("<BII", 1, 3, len(rings)) + body


SQUARE = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]


@pytest.mark.parametrize(
    "binary",
    [
        polygon_of(SQUARE[:-1]),  # does not close
        polygon_of([*SQUARE[:-1], (0, 1e-9)]),
        polygon_of(SQUARE[:2]),
        polygon_of(SQUARE[:1]),
        polygon_of([], SQUARE),  # a hole in nothing
        polygon_of([*SQUARE[:2], (1, np.nan), *SQUARE[3:]]),
        polygon_of([(np.nan, 0), *SQUARE[1:4], (np.nan, 0)]),
        polygon_of([(np.inf, 0), *SQUARE[1:4], (np.inf, 0)]),
        polygon_of(SQUARE)[:-1],
        polygon_of(SQUARE)[:7],
        b"\x01",
        struct.pack("<BII", 1, 3, 2**32 - 1),
        struct.pack("<BIII", 1, 3, 1, 2**32 - 1),
        struct.pack("<BII", 1, 6, 2**32 - 1) + polygon_of(SQUARE),
        struct.pack("<BII", 1, 6, 1) + shapely.to_wkb(Point(1, 2), byte_order=1),
        struct.pack("<BII", 1, 6, 1) * 50,  # nested
        struct.pack("<BII", 1, 10, 0),  # a curve polygon
        struct.pack("<BII", 1, 99, 1),
        shapely.to_wkb(Point(1, 2)),
        shapely.to_wkb(shapely.GeometryCollection([box(0, 0, 1, 1)])),
        bytes(64),
        b"POLYGON((0 0,1 0,1 1,0 0))",
    ],
)  # fmt: skip
def test_broken_binary_is_an_error_and_nothing_else(binary):
    good = polygon_of(SQUARE)
    for parts in ([binary], [good, binary], [binary, good, b""]):
        with pytest.raises(ValueError, match=r"."):
            from_wkb(*packed(parts))


def test_a_shape_with_a_fault_does_not_hide_behind_sound_ones():
    """Each counts from its own first byte: what follows a short one is not read as its rest."""
    cut = polygon_of(SQUARE)[:-16]
    with pytest.raises(ValueError, match=r"."):
        from_wkb(*packed([cut, polygon_of(SQUARE)]))


@st.composite
def damaged(draw):
    """Binary with some bytes changed, left out or put in."""
    shape = draw(st.sampled_from([box(0, 0, 1, 1), FRAME, ISLAND, Polygon(), Point(1, 2)]))
    binary = bytearray(shapely.to_wkb(shape, **draw(st.sampled_from(WRITTEN))))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(binary)))
        word = draw(st.sampled_from([0, 1, 3, 6, 2**31, 2**32 - 1]))
        new = draw(st.one_of(st.binary(max_size=9), st.just(struct.pack("<I", word))))
        binary[at : at + draw(st.integers(0, 9))] = new
    return bytes(binary)


@given(parts=st.lists(damaged(), min_size=1, max_size=3))
@settings(deadline=None, max_examples=250)
def test_damaged_binary_is_an_error_or_what_geos_reads(parts):
    try:
        with np.errstate(all="ignore"):
            want = Polygons.of(shapely.from_wkb([part or None for part in parts]))
    except (ValueError, NotImplementedError, shapely.errors.ShapelyError):
        with pytest.raises(ValueError, match=r"."):
            from_wkb(*packed(parts))
    else:
        assert same(from_wkb(*packed(parts)), want)


# --- the way without numba ----------------------------------------------------------------------


def _blob(random, corners, reach=(1.0, 6.0)):
    """A star of many corners somewhere, turned either way, sometimes with a hole in it."""
    angles = np.sort(random.uniform(0, 1, corners) + np.arange(corners)) * 2 * np.pi / corners
    far = random.uniform(0.6, 1, corners) * random.uniform(*reach)
    around = np.c_[far * np.cos(angles), far * np.sin(angles)]
    middle = random.uniform(0, 40, 2)
    hole = [middle + 0.4 * around] if random.random() < 0.3 else []
    made = Polygon(middle + around, hole)
    return made.reverse() if random.random() < 0.5 else made


def _layers(seed):
    """Zones and subjects: nothing at all, islands, and a few that span many cells as well."""
    random = np.random.default_rng(seed)
    zones = [_blob(random, 90, (3.0, 15.0)) for _ in range(12)]
    subjects = [_blob(random, int(random.integers(3, 40))) for _ in range(150)]
    subjects += [None, ISLAND, Polygon(), box(-50, -50, 90, 90), box(100, 100, 101, 101)]
    return zones, subjects


@pytest.mark.parametrize("wide", [-1, 3, 64, 10**9])
def test_cut_or_uncut_the_areas_are_those_of_geos(monkeypatch, wide):
    """However many subjects are too wide and cut into cells themselves."""
    monkeypatch.setattr(many, "WIDE", wide)
    zones, subjects = _layers(5)
    met = ManyZones(zones, compiled=False)._by_cells(Polygons.of(subjects), 1)
    found = np.zeros((len(subjects), len(zones)))
    found[met.subject, met.zone] = met.area
    assert len(met.area) == np.count_nonzero(found)
    geos = shapely.area(shapely.intersection(np.array(subjects, object)[:, None], zones))
    assert found == pytest.approx(np.nan_to_num(geos), abs=1e-9)


@pytest.mark.parametrize(("block", "step"), [(1, 999), (300, 37), (1 << 17, 1)])
def test_blocks_and_batches_change_no_byte(monkeypatch, block, step):
    zones, subjects = _layers(6)
    layer, flat = ManyZones(zones, compiled=False), Polygons.of(subjects[-60:])
    whole = layer._by_cells(flat, 1)
    monkeypatch.setattr("zoning.overlay.kernel.BLOCK", block)
    begins = range(0, len(flat), step)
    parts = [layer._by_cells(flat.part(at, min(at + step, len(flat))), 1) for at in begins]
    assert np.concatenate([part.area for part in parts]).tobytes() == whole.area.tobytes()
    subject = [part.subject + at for at, part in zip(begins, parts, strict=True)]
    assert np.concatenate(subject).tolist() == whole.subject.tolist()


def test_a_comb_to_the_right_says_what_is_inside():
    """Whole runs of its teeth lie beyond the subjects' boxes and cross the lines of their tops."""
    x = np.arange(10, 50, 0.5)
    teeth = [(at, 9.0 if k % 2 else 1.0) for k, at in enumerate(x)]
    assert len(teeth) > 4 * RUN
    comb = Polygon([(0, 0), (60, 0), (60, 10), *teeth[::-1], (9, 10), (0, 10)])
    others = box(-20, -5, 80, 30).difference(comb)
    subjects = [box(1, y, 2, y + 0.7) for y in np.arange(-3, 13, 0.25)]
    for zone in (comb, others):
        cells = cut(Polygons.of([zone]), Lattice(-64.0, -64.0, 256.0, 1, 1), compiled=False)
        met = ManyZones.of_cells(cells)
        met.compiled = False
        found = met.overlap(Polygons.of(subjects)).by_subject(len(subjects))
        geos = shapely.area(shapely.intersection(subjects, zone))
        assert found == pytest.approx(geos, abs=1e-12)


def test_runs_hold_every_edge_of_a_group_once():
    zones, _ = _layers(7)
    cells = cut(Polygons.of(zones), Lattice(-20.0, -20.0, 16.0, 6, 6), compiled=False)
    runs = cells.runs
    sizes = np.diff(runs.starts)
    assert sizes.min() >= 1
    assert sizes.max() == RUN
    assert runs.starts[runs.first].tolist() == cells.starts.tolist()
    x, y = cells.edges[:, ::2], cells.edges[:, 1::2]
    run = np.repeat(np.arange(len(sizes)), sizes)
    for values, low, high in ((x, runs.west, runs.east), (y, runs.south, runs.north)):
        assert (values.min(axis=1) >= low[run]).all()
        assert (values.max(axis=1) <= high[run]).all()
        for bound, ends in ((low, values.min(axis=1)), (high, values.max(axis=1))):
            assert np.bincount(run, ends == bound[run]).all()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_zones_and_subjects_of_nothing(count):
    zones = ManyZones([box(0, 0, 4, 4), None], compiled=False)
    for subjects in ([None, Polygon()][:count], [box(9e9, 9e9, 9e9 + 1, 9e9 + 1)] * count):
        met = zones._by_cells(Polygons.of(subjects), 1)
        assert (len(met.subject), len(met.zone), len(met.area)) == (0, 0, 0)
