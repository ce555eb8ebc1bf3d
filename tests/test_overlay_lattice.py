"""Polygons cut into cells: each cell's edges close, and the cells add up to the polygon."""

import collections
import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from zoning.overlay.flat import Polygons
from zoning.overlay.lattice import Lattice, cut, walk
from zoning.overlay.many import compiled_here

WAYS = [False, True] if compiled_here() else [False]
FRAME = Polygon(box(0, 0, 10, 10).exterior, [box(2, 2, 8, 8).exterior])


compiled_only = pytest.mark.skipif(
    not compiled_here(), reason="LOUD SKIP: numba 没有安装，编译的切分没有测试。"
)


def same_both_ways(polygons, lattice):
    """Cut polygons in both ways: the same groups, the same edges in any order; return one."""
    one, two = (cut(polygons, lattice, compiled=compiled) for compiled in (False, True))
    for name in ("cell", "owner", "starts", "full", "first"):
        assert np.array_equal(getattr(one, name), getattr(two, name))
        assert getattr(one, name).dtype == getattr(two, name).dtype
    for begin, end in itertools.pairwise(one.starts):
        mine, other = (sorted(map(tuple, cells.edges[begin:end].tolist())) for cells in (one, two))
        assert mine == other
    assert two.areas == pytest.approx(one.areas, rel=1e-12, abs=1e-12 * lattice.size**2)
    return two


@compiled_only
def test_the_compiled_walk_is_the_walk():
    random = np.random.default_rng(3)
    polygons = Polygons.of([_star(random, 40) for _ in range(20)])
    for lattice in (Lattice.around(polygons), Lattice(-1.0, 2.0, 0.5, 17, 9)):
        same_both_ways(polygons, lattice)


@compiled_only
def test_zones_of_four_corners_across_all_cells_are_cut_as_numpy_does():
    """Room for paths is made by vertices: here every edge crosses a hundred lines."""
    random = np.random.default_rng(4)
    corners = random.uniform(0, 100, (40, 2, 2))
    shapes = [Polygon([one, two, two + 0.3, one + 0.3]) for one, two in corners]
    shapes += [box(0, 0, 100, 100), FRAME, None, box(5, 5, 95, 95), box(0, 0, 100, 100)]
    same_both_ways(Polygons.of(shapes), Lattice(-0.5, -0.25, 1.0, 101, 64))


@compiled_only
def test_islands_in_holes_beside_islands_are_cut_as_numpy_does():
    island = MultiPolygon([FRAME, box(3, 3, 7, 7).difference(box(4, 4, 6, 6)), box(20, 0, 30, 4)])
    shapes = [island, shapely.transform(island, lambda xy: xy * 0.1 + 3), island.reverse()]
    for size in (0.5, 4.0, 64.0):
        cells = same_both_ways(Polygons.of(shapes), Lattice(-0.3, -0.7, size, 70, 40))
        areas = np.bincount(cells.owner, cells.areas)
        assert areas == pytest.approx(shapely.area(shapes), rel=1e-12)


@compiled_only
def test_what_covers_itself_is_as_deep_as_numpy_says():
    twice = [(0, 0), (8, 0), (8, 8), (0, 8), (0, 0), (9, 0), (9, 9), (0, 9)]
    cells = same_both_ways(Polygons.of([Polygon(twice)]), Lattice(-0.5, -0.25, 1.0, 12, 12))
    assert cells.full.sum() > 40


@compiled_only
@pytest.mark.parametrize("shuffled", [False, True])
def test_ten_thousand_crossings_of_one_line_are_sorted(shuffled):
    """Teeth across a line, as one comb and as bars in any order; all in a few cells."""
    count = 5000
    x = np.arange(2 * count + 1) / count
    comb = Polygon([*zip(x, np.arange(len(x)) % 2 - 0.5, strict=True), (2, -2), (0, -2)])
    left = x[:-1:2]
    if shuffled:
        left = np.random.default_rng(5).permutation(left)
    bars = shapely.box(left, -0.5, left + 0.5 / count, 0.5)
    shapes = [comb, MultiPolygon(list(bars))]
    cells = same_both_ways(Polygons.of(shapes), Lattice(-1.0, -4.0, 1.0, 5, 8))
    areas = np.bincount(cells.owner, cells.areas)
    assert areas == pytest.approx(shapely.area(shapes), rel=1e-12)


def test_an_empty_part_is_no_ring():
    shape = shapely.from_wkt("MULTIPOLYGON (EMPTY, ((0 0, 2 0, 2 2, 0 2, 0 0)), EMPTY)")
    polygons = Polygons.of([shape, box(5, 5, 6, 6), shape])
    assert polygons.owner.tolist() == [0, 1, 2]
    assert polygons.areas.tolist() == [4.0, 1.0, 4.0]
    for compiled in WAYS:
        cells = cut(polygons, Lattice(-0.5, -0.5, 1.0, 8, 8), compiled=compiled)
        assert np.bincount(cells.owner, cells.areas) == pytest.approx([4.0, 1.0, 4.0])


@compiled_only
@pytest.mark.parametrize(
    "ring",
    [
        [(0, 0), (9, 0), (9, 9), (0, 9)],
        [(0, 0), (0, 0), (9, 0), (9, 9), (0, 9), (0, 0)],  # the first vertex comes at once again
        [(0, 0), (9, 0), (9, 9), (0, 0), (0, 9), (-9, 9)],  # it comes midway
        [(0, 0), (9, 0), (9, 9), (0, 0), (4, 4), (0, 9), (-9, 9), (4, 4)],
    ],
)
def test_rings_are_told_as_geos_tells_them(ring):
    hole = [(5, 1), (6, 1), (6, 2), (5, 2)]
    for holes in ([hole], [hole, hole[::-1]], [hole * 2, hole], []):
        shape = Polygon(ring, holes)
        polygons = Polygons.of([FRAME, shape, box(0, 0, 1, 1)])
        sizes = [len(ring.coords) for ring in (shape.exterior, *shape.interiors)]
        assert np.diff(polygons.starts).tolist() == [5, 5, *sizes, 5]
        assert polygons.hole.tolist() == [False, True, False, *[True] * len(holes), False]


def test_the_extent_is_that_of_all_polygons():
    polygons = Polygons.of([None, box(3, 4, 5, 6), Polygon(), box(-1, 5, 4, 9)])
    assert [end.tolist() for end in polygons.extent] == [[-1.0, 4.0], [5.0, 9.0]]


@pytest.mark.parametrize("value", [1e308, -1e308])
def test_coordinates_too_large_to_sum_are_finite(value):
    shape = Polygon([(0, 0), (value, 0), (value, value), (0, value)])
    assert len(Polygons.of([shape, shape]).xy) == 10


def check(shapes, lattice):
    """Cut shapes by a lattice in each way, hold every cell to what it must be; areas by shape."""
    polygons = Polygons.of(shapes)
    window = box(lattice.x0, lattice.y0, lattice.x0 + lattice.nx * lattice.size,
                 lattice.y0 + lattice.ny * lattice.size)  # fmt: skip
    for compiled in WAYS:
        cells = cut(polygons, lattice, compiled=compiled)
        key = cells.cell * (len(shapes) + 1) + cells.owner
        assert (np.diff(key) > 0).all()
        assert ((cells.cell >= 0) & (cells.cell < lattice.nx * lattice.ny)).all()
        assert (np.diff(cells.starts) > 0).tolist() == (~cells.full).tolist()
        assert ((cells.edges >= 0) & (cells.edges <= lattice.size)).all()
        for group in np.flatnonzero(~cells.full):
            edges = cells.edges[cells.starts[group] : cells.starts[group + 1]]
            begins = collections.Counter(map(tuple, edges[:, :2].tolist()))
            assert begins == collections.Counter(map(tuple, edges[:, 2:].tolist()))
        whole = np.bincount(cells.owner, cells.areas, minlength=len(shapes))
        beyond = [0.0 if shape is None else shape.intersection(window).area for shape in shapes]
        assert whole == pytest.approx(beyond, rel=1e-12, abs=_noise(shapes))
        row, column = np.divmod(cells.cell, lattice.nx)
        west, south = lattice.x0 + column * lattice.size, lattice.y0 + row * lattice.size
        for group, owner in enumerate(cells.owner):
            corner = west[group], south[group]
            clipped = shapely.clip_by_rect(
                shapes[owner], *corner, corner[0] + lattice.size, corner[1] + lattice.size
            )
            assert cells.areas[group] == pytest.approx(clipped.area, abs=_noise(shapes))
    return whole


def _noise(shapes):
    """What GEOS may be off: its coordinates are rounded where they lie, not where the cell is."""
    reach = np.nanmax(np.abs(shapely.total_bounds([shape for shape in shapes if shape])))
    return 1e-9 + 8 * np.spacing(reach) * max(shape.length for shape in shapes if shape)


def _star(random, corners):
    angles = (random.uniform(0, 1, corners) + np.arange(corners)) * 2 * np.pi / corners
    far = random.uniform(0.3, 1, corners) * random.uniform(1, 6)
    middle = random.uniform(-2, 8, 2)
    return Polygon(np.c_[middle[0] + far * np.cos(angles), middle[1] + far * np.sin(angles)])


# --- in the head --------------------------------------------------------------------------------


@pytest.mark.parametrize("compiled", WAYS)
def test_a_square_on_the_lines_fills_its_cells(compiled):
    """Four cells are full; those beyond its right and upper side hold its border, and no area."""
    cells = cut(Polygons.of([box(1, 1, 3, 3)]), Lattice(0.0, 0.0, 1.0, 5, 5), compiled=compiled)
    areas = dict(zip(cells.cell.tolist(), cells.areas.tolist(), strict=True))
    assert {cell: area for cell, area in areas.items() if area} == {6: 1, 7: 1, 11: 1, 12: 1}
    assert set(areas) <= {6, 7, 8, 11, 12, 13, 16, 17, 18}


@pytest.mark.parametrize("compiled", WAYS)
def test_the_interior_of_a_million_cells_holds_no_edge(compiled):
    shape = box(0.5, 0.5, 1023.5, 1023.5)
    cells = cut(Polygons.of([shape]), Lattice(0.0, 0.0, 1.0, 1024, 1024), compiled=compiled)
    assert int(cells.full.sum()) == 1022 * 1022
    assert len(cells.edges) < 20 * 1024
    assert cells.areas.sum() == shape.area


@pytest.mark.parametrize("compiled", WAYS)
def test_a_country_crosses_only_the_lines_of_the_village(compiled):
    """Its border is walked where the lattice is: work does not grow with the country."""
    country = Polygons.of([box(-3e6, -3e6, 3e6, 3e6), Polygon([(-9e6, 0), (9e6, 3), (0, 9e6)])])
    lattice = Lattice(0.0, 0.0, 0.5, 8, 8)
    walked = walk(country, lattice)
    assert len(walked.crossings.at) < 100
    cells = cut(country, lattice, compiled=compiled)
    assert int(cells.full.sum()) == 64 + 8 * (8 - 4)
    assert cells.areas[cells.owner == 0].sum() == 16.0
    assert cells.areas[cells.owner == 1].sum() == pytest.approx(4 * 4 - 4 * 1.5, abs=1e-5)


@pytest.mark.parametrize("compiled", WAYS)
def test_what_lies_beyond_is_left_out(compiled):
    far = [box(x, y, x + 1, y + 1) for x in (-5, 5) for y in (-5, 5)]
    cells = cut(Polygons.of([*far, box(1e12, 0, 1e13, 1)]), Lattice(0.0, 0.0, 1.0, 4, 4),
                compiled=compiled)  # fmt: skip
    assert len(cells.cell) == len(cells.edges) == 0
    assert cells.starts.tolist() == [0]
    assert (cells.first == 0).all()


@pytest.mark.parametrize("compiled", WAYS)
def test_nothing_is_cut_into_nothing(compiled):
    cells = cut(Polygons.of([None, Polygon()]), Lattice(0.0, 0.0, 1.0, 4, 4), compiled=compiled)
    assert (len(cells.cell), len(cells.owner), len(cells.edges)) == (0, 0, 0)


SPECIAL = {
    "through corners": Polygon([(0.5, 0.5), (5.5, 0.5), (5.5, 5.5)]),
    "along a diagonal": Polygon([(0, 0), (4, 4), (0, 4)]),
    "down a diagonal": Polygon([(0, 4), (4, 0), (4, 4)]),
    "corners on corners": Polygon([(1, 1), (4, 2), (2, 4)]),
    "touching lines": Polygon([(1.5, 1), (2, 1.5), (1.5, 2), (1, 1.5)]),
    "a needle along a line": Polygon([(0.5, 2), (4.5, 2), (4.5, 2 + 1e-9)]),
    "a needle across": Polygon([(0.25, 0.25), (4.75, 4.5), (4.75, 4.5 + 1e-9)]),
    "a needle up a line": Polygon([(2, 0.5), (2 + 1e-9, 4.5), (2, 4.5)]),
    "a hole on lines": Polygon(box(0.5, 0.5, 5.5, 5.5).exterior, [box(1, 1, 4, 4).exterior]),
    "a hole that touches": Polygon([(0, 0), (5, 0), (5, 5), (0, 5)], [[(0, 0), (2, 1), (1, 2)]]),
    "an island": MultiPolygon([FRAME, box(3, 3, 6, 6)]),
    "corner to corner": MultiPolygon([box(1, 1, 2, 2), box(2, 2, 3, 3)]),
    "repeated vertices": Polygon([(0, 0), (0, 0), (3, 0), (3, 0), (3, 3), (3, 3)]),
    "points on edges": Polygon([(0, 0), (1, 0), (2, 0), (3, 0), (3, 1), (3, 3), (1.5, 1.5)]),
    "in one cell": box(2.25, 2.25, 2.5, 2.5),
    "all of a cell": box(2, 2, 3, 3),
    "larger than all": box(-100, -100, 100, 100),
    "across a corner": Polygon([(-100, 3), (3, -100), (3, 3)]),
}  # fmt: skip


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", SPECIAL)
def test_the_cells_of_a_special_shape_close_and_add_up(name, turned):
    shape = SPECIAL[name].reverse() if turned else SPECIAL[name]
    for lattice in (
        Lattice(0.0, 0.0, 1.0, 6, 6),
        Lattice(-1.0, -2.0, 0.5, 20, 20),
        Lattice(-4.0, -4.0, 16.0, 1, 1),
        Lattice(-0.414, -0.732, 1.0, 7, 7),
        Lattice(1.0, 2.0, 0.25, 9, 5),
        Lattice.around(Polygons.of([shape])),
    ):
        check([None, shape], lattice)


def test_a_lattice_holds_its_polygons():
    """Also one of a single point's width, of degrees' size, or far from the origin."""
    for shape in (
        box(0, 0, 1e5, 1e-9),
        box(0, 0, 1e-9, 1e5),
        box(38.5e6, 4e6, 38.6e6, 4.1e6),
        box(112.0, 35.0, 112.001, 35.001),
        box(0, 0, 1e-12, 1e-12),
        box(-3e6, -3e6, 3e6, 3e6),
    ):
        polygons = Polygons.of([shape])
        lattice = Lattice.around(polygons)
        west, south, east, north = shape.bounds
        assert lattice.x0 < west
        assert lattice.y0 < south
        assert east < lattice.x0 + lattice.nx * lattice.size
        assert north < lattice.y0 + lattice.ny * lattice.size
        assert lattice.nx * lattice.ny <= 1 << 22
        assert np.log2(lattice.size) % 1 == 0
        for compiled in WAYS:
            cells = cut(polygons, lattice, compiled=compiled)
            assert cells.areas.sum() == pytest.approx(shape.area, rel=1e-9, abs=1e-10)


# --- properties ---------------------------------------------------------------------------------

offset = st.sampled_from([(0.0, 0.0), (500_000.0, 4e6), (38_500_000.0, 4e6)])


@st.composite
def lattices(draw, at):
    """Lattices of any size, on the grid of the shapes or off it, around them or across them."""
    shift = draw(st.sampled_from([0.0, 0.25, 0.3819660113]))
    return Lattice(
        at[0] + draw(st.integers(-4, 8)) + shift,
        at[1] + draw(st.integers(-4, 8)) - shift,
        2.0 ** draw(st.integers(-2, 4)),
        draw(st.integers(1, 12)),
        draw(st.integers(1, 12)),
    )


@given(data=st.data(), at=offset, seed=st.integers(0, 2**32), coarse=st.booleans())
@settings(deadline=None, max_examples=60)
def test_any_shape_in_any_lattice_closes_and_adds_up(data, at, seed, coarse):
    random = np.random.default_rng(seed)
    shapes = [_star(random, int(random.integers(5, 9))) for _ in range(2)]
    if coarse:
        shapes = [shapely.set_precision(shape, 1.0) for shape in shapes]
    shapes = [shapely.transform(shape, lambda xy: xy + at) for shape in shapes if shape.area > 0]
    if shapes:
        check(shapes, data.draw(lattices(at)))


@compiled_only
@given(data=st.data(), at=offset, seed=st.integers(0, 2**32), coarse=st.booleans())
@settings(deadline=None, max_examples=60)
def test_any_zones_are_cut_as_numpy_does(data, at, seed, coarse):
    """Also those that overlap, touch, have holes, or run along the lines."""
    random = np.random.default_rng(seed)
    shapes = [_star(random, int(random.integers(3, 30))) for _ in range(6)]
    if coarse:
        shapes = [shapely.set_precision(shape, 1.0) for shape in shapes]
    shapes += [shapes[0].difference(shapes[1]), shapes[2].symmetric_difference(shapes[3])]
    shapes = [shapely.transform(shape, lambda xy: xy + at) for shape in shapes]
    shapes = [None if shape.geom_type == "GeometryCollection" else shape for shape in shapes]
    polygons = Polygons.of([shape if shape and shape.area else None for shape in shapes])
    same_both_ways(polygons, data.draw(lattices(at)))
