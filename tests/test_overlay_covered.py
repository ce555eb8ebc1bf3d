"""The land of zones that overlap: each point once, by loops, by numpy and by GEOS the same."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, affinity, box

from layers.errors import LayerError
from zoning.overlay import Polygons, ZoneSet, many
from zoning.overlay.compiled import compiled_here
from zoning.overlay.land import land, united
from zoning.overlay.lattice import Cells, Lattice, cut
from zoning.overlay.many import ManyZones

WAYS = [False, True] if compiled_here() else [False]
FAR = (438_500.0, 4_100_000.0)


def corners_close(cells: Cells) -> bool:
    """Whether in each cell as many edges end at every point as begin there, bit for bit."""
    cell = np.repeat(cells.cell, np.diff(cells.starts))
    begin, end = (np.column_stack([cell, cells.edges[:, at : at + 2]]) for at in (0, 2))
    return Counter(map(tuple, begin.tolist())) == Counter(map(tuple, end.tolist()))


def lands(shapes, size=None):
    """The land by each way: its cells, closed, and what was double."""
    polygons = Polygons.of(shapes)
    lattice = Lattice.around(polygons)
    if size is not None:
        low = polygons.xy.min(axis=0) - size / 3
        nx, ny = np.ceil((polygons.xy.max(axis=0) - low) / size).astype(int)
        lattice = Lattice(*low.tolist(), size, int(nx), int(ny))
    found = [united(cut(polygons, lattice, compiled=way), compiled=way) for way in WAYS]
    assert all(corners_close(cells) for cells, _ in found)
    return found


def check(shapes, subjects, *, size=None, noise=1e-7):
    """Each way's land has the union's area, and each subject its part of that."""
    union = shapely.union_all(shapes)
    wanted = shapely.area(shapely.intersection(np.asarray(subjects, dtype=object), union))
    for cells, doubled in lands(shapes, size):
        assert cells.areas.sum() == pytest.approx(union.area, rel=1e-14, abs=noise)
        assert doubled == pytest.approx(shapely.area(shapes).sum() - union.area, abs=noise)
    for way in WAYS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(many, "FEW", -1)
            zones = ManyZones(shapes, compiled=way)
            assert zones.covered(subjects) == pytest.approx(wanted, rel=1e-13, abs=noise)


# --- in the head --------------------------------------------------------------------------------


def test_what_is_in_two_zones_is_counted_once():
    for cells, doubled in lands([box(0, 0, 2, 2), box(1, 1, 3, 3), box(9, 9, 10, 10)]):
        assert (cells.areas.sum(), doubled) == pytest.approx((8, 1), abs=1e-12)
        assert not cells.owner.any()


def test_a_cell_that_several_zones_fill_together_has_no_edge():
    shapes = [box(-9, -9, 1, 9), box(0, -9, 9, 9)]
    for cells, _ in lands(shapes, size=8.0):
        assert cells.full[cells.areas == 64].all()
        assert cells.full.any()


def test_zones_in_zones_leave_the_largest():
    rings = [Point(5, 5).buffer(radius, quad_segs=9) for radius in (1, 2, 3, 4)]
    check(rings, [box(0, 0, 5, 5), box(0, 0, 10, 10), box(4, 4, 6, 6)])


def test_a_thousand_copies_are_one():
    patch = affinity.translate(affinity.rotate(box(0, 0, 70, 40), 17), *FAR)
    check([patch] * 1000, [patch, patch.envelope])


def test_a_star_of_thin_triangles_through_one_point():
    turns = np.linspace(0, np.pi, 60, endpoint=False)
    arms = 1000 * np.column_stack([np.cos(turns), np.sin(turns)])
    across = np.column_stack([-arms[:, 1], arms[:, 0]]) / 300
    triangles = [Polygon([-arm, arm - wide, arm + wide])
                 for arm, wide in zip(arms, across, strict=True)]  # fmt: skip
    check(triangles, [box(-1, -1, 1, 1), box(0, 0, 500, 900), box(-1e3, -1e3, 1e3, 1e3)])


def test_holes_islands_in_them_and_parts():
    frame = Polygon(box(0, 0, 20, 20).exterior, [box(3, 3, 17, 17).exterior])
    nest = MultiPolygon([frame, Polygon(box(6, 6, 14, 14).exterior, [box(8, 8, 12, 12).exterior])])
    shapes = [nest, affinity.translate(nest, 2, 1), box(9, 9, 11, 11), None, Polygon()]
    check([shape for shape in shapes if shape], [box(0, 0, 10, 10), box(-5, -5, 30, 30)], size=4.0)
    for way in WAYS:
        total = ManyZones(shapes, compiled=way).covered([box(-5, -5, 30, 30), None])
        union = shapely.union_all(shapes)
        assert total == pytest.approx([union.area, 0])


def test_a_coverage_is_left_as_it_is():
    zones = [box(k, j, k + 1, j + 1) for k in range(40) for j in range(40)]
    for way in WAYS:
        layer = ManyZones(zones, compiled=way)
        assert layer.land is layer
        assert layer.covered([box(0.5, 0.5, 30, 30)]) == pytest.approx([29.5**2])


# --- properties ---------------------------------------------------------------------------------


def scattered(seed, count=30):
    """Rough patches, some with holes or two parts, near one another, some equal, some touching."""
    random = np.random.default_rng(seed)
    shapes = []
    for _ in range(count):
        turns = np.sort(random.uniform(0, 2 * np.pi, random.integers(4, 14)))
        reach = random.uniform(2, 60) * random.uniform(0.4, 1, (len(turns), 1))
        ring = random.normal(0, 60, 2) + reach * np.column_stack([np.cos(turns), np.sin(turns)])
        ring = np.round(ring + FAR, random.choice([0, 2, 6]))
        shape = Polygon(ring).buffer(0)
        if random.random() < 0.3:
            shape = shape.difference(affinity.scale(shape, 0.5, 0.6))
        if random.random() < 0.2:
            shape = shape.union(affinity.translate(shape, 3, 40))
        shapes += [shape] * (1 + (random.random() < 0.2))
    return [shape for shape in shapes if shape.area > 0]


@given(seed=st.integers(0, 2**32), size=st.sampled_from([None, 8.0, 64.0, 1024.0]))
@settings(deadline=None, max_examples=25)
def test_the_land_is_the_union_as_geos_makes_it(seed, size):
    check(scattered(seed), scattered(seed + 1, 6), size=size)


@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=10)
def test_order_and_place_change_nothing(seed):
    shapes = scattered(seed)
    random = np.random.default_rng(seed)
    mixed = [shapes[at] for at in random.permutation(len(shapes))]
    moved = [affinity.translate(shape, 4096.0, -8192.0) for shape in shapes]
    subjects = [shape.envelope for shape in shapes]
    elsewhere = [affinity.translate(shape, 4096.0, -8192.0) for shape in subjects]
    for way in WAYS:
        first = ManyZones(shapes, compiled=way).land.overlap(Polygons.of(subjects)).area
        again = ManyZones(shapes, compiled=way).land.overlap(Polygons.of(subjects)).area
        assert first.tobytes() == again.tobytes()
        for zones, asked in ((mixed, subjects), (moved, elsewhere)):
            area = ManyZones(zones, compiled=way).land.overlap(Polygons.of(asked)).area
            assert area == pytest.approx(first, abs=1e-6)


@given(seed=st.integers(0, 2**32), parts=st.integers(2, 9))
@settings(deadline=None, max_examples=10)
def test_the_parts_of_a_coverage_sum_to_the_whole(seed, parts):
    shapes = scattered(seed)
    west, south, east, north = shapely.total_bounds(shapes)
    xs = np.linspace(west, east, parts + 1)
    pieces = [box(a, south, b, north) for a, b in pairwise(xs)]
    for way in WAYS:
        zones = ManyZones(shapes, compiled=way)
        whole = zones.covered(Polygons.of([box(west, south, east, north)]))
        assert zones.covered(Polygons.of(pieces)).sum() == pytest.approx(whole[0], abs=1e-6)


@pytest.mark.parametrize("way", WAYS)
def test_rows_of_cells_united_some_at_a_time_are_the_same_land(way):
    shapes = scattered(5, 300)
    polygons = Polygons.of([*shapes, None])
    lattice = Lattice.around(polygons)
    whole, doubled = united(cut(polygons, lattice, compiled=way), compiled=way)
    for block in (50, 700):
        cells, more = land(polygons, lattice, compiled=way, block=block)
        assert cells.cell.tolist() == whole.cell.tolist()
        assert cells.areas == pytest.approx(whole.areas, abs=1e-7)
        assert more == pytest.approx(doubled, abs=1e-6)
        assert corners_close(cells)


def test_a_layer_cut_in_blocks_covers_the_same(monkeypatch):
    shapes = scattered(8, 200)
    subjects = Polygons.of([shape.envelope for shape in shapes])
    wanted = ManyZones(shapes).covered(subjects)
    monkeypatch.setattr(many, "LAND_BLOCK", 10)
    zones = ManyZones(shapes)
    assert zones.covered(subjects) == pytest.approx(wanted, abs=1e-6)
    assert "cells" not in vars(zones)


# --- what covers itself -------------------------------------------------------------------------


def test_a_zone_that_covers_itself_is_refused_by_every_face():
    """A ring that runs twice around a square has twice its area, and is never taken."""
    twice = Polygon([(0, 0), (2, 0), (2, 2), (0, 2), (0, 0), (2, 0), (2, 2), (0, 2)])
    good = [box(0, 0, 3, 3)] * 3
    for faulty in ([twice], [*good, twice]):
        for zones in (ManyZones(faulty), ZoneSet.in_plane(faulty)):
            for ask in (zones.overlap, zones.covered):
                with pytest.raises(LayerError, match=f"第 {len(faulty)} 个"):
                    ask(good)
        for ask in (ManyZones(good).overlap, ManyZones(good).covered):
            with pytest.raises(LayerError, match=f"第 {len(faulty)} 个"):
                ask(faulty)
