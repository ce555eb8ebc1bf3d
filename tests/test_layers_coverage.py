"""Layers that must tile: gaps, overlaps and slivers are found with their place and size."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, box

from layers.coverage import SLIVER_WIDTH_M, TOUCH_M, examine_coverage
from layers.errors import LayerError
from layers.measure import GEOD
from zoning.model import SLIVER_M2
from zoning.model import TOUCH_M as TOUCH_OF_FINDINGS

WEST, SOUTH = 114.0, 38.0
UNIT = 0.01
"""Degrees: some 880 m from west to east and 1110 m from south to north."""


def cell(column, row, *, columns=1.0, rows=1.0):
    """A rectangle in units of the made grid."""
    west, south = WEST + column * UNIT, SOUTH + row * UNIT
    return box(west, south, west + columns * UNIT, south + rows * UNIT)


def layer(*shapes, ids="ABCDEFGHIJ", crs="EPSG:4490"):
    return gpd.GeoDataFrame({"zone_id": list(ids)[: len(shapes)]}, geometry=list(shapes), crs=crs)


def area_m2(shape):
    """The reference: geodesic, with vertices so near that an edge is straight in degrees."""
    return abs(GEOD.geometry_area_perimeter(shapely.segmentize(shape, UNIT / 100))[0])


def metres_east(metres, lat=SOUTH):
    lon, _, _ = GEOD.fwd(WEST, lat, 90, metres)
    return lon - WEST


GRID = [cell(column, row) for row in range(3) for column in range(3)]


def test_a_layer_that_tiles_has_no_faults():
    assert examine_coverage(layer(*GRID)) == ()
    assert examine_coverage(layer(*GRID), cell(0, 0, columns=3, rows=3)) == ()
    assert examine_coverage(layer()) == ()


def test_neighbours_need_not_share_their_vertices():
    wide = cell(0, 0, columns=2), cell(0, 1), cell(1, 1)
    assert not shapely.coverage_is_valid(np.array(wide))
    assert examine_coverage(layer(*wide), cell(0, 0, columns=2, rows=2)) == ()


def test_a_missing_middle_is_a_gap():
    ring = [shape for shape in GRID if shape is not GRID[4]]
    for outline in (None, cell(0, 0, columns=3, rows=3)):
        (fault,) = examine_coverage(layer(*ring), outline)
        assert (fault.problem, fault.sliver) == ("gap", False)
        assert GRID[4].contains(Point(fault.lon, fault.lat))
        assert fault.area_m2 == pytest.approx(area_m2(GRID[4]), rel=1e-7)
        # B and G lie below and above, D and E on the sides; the others touch a corner
        assert set(fault.features) == {"B", "D", "E", "G"}
        width, height = (
            GEOD.line_length(*np.array(ends).T)
            for ends in (
                [(WEST, SOUTH + 1.5 * UNIT), (WEST + UNIT, SOUTH + 1.5 * UNIT)],
                [(WEST, SOUTH + UNIT), (WEST, SOUTH + 2 * UNIT)],
            )
        )
        assert fault.width_m == pytest.approx(width * height / (width + height), rel=1e-4)


def test_an_overlap_names_both_with_its_area():
    (fault,) = examine_coverage(layer(cell(0, 0, columns=2), cell(1.5, 0)))
    shared = cell(1.5, 0, columns=0.5)
    assert (fault.problem, fault.features, fault.sliver) == ("overlap", ("A", "B"), False)
    assert fault.area_m2 == pytest.approx(area_m2(shared), rel=1e-7)
    assert shared.contains(Point(fault.lon, fault.lat))
    assert "A、B相互重叠" in fault.detail
    assert f"东经 {fault.lon:.7f}°" in fault.detail


def test_a_feature_registered_twice_overlaps_wholly():
    (fault,) = examine_coverage(layer(cell(0, 0), cell(0, 0)))
    assert fault.problem == "overlap"
    assert fault.area_m2 == pytest.approx(area_m2(cell(0, 0)), rel=1e-7)


@pytest.mark.parametrize("metres", [0.4, -0.4])
def test_one_border_drawn_twice_is_a_sliver_even_where_it_opens_to_the_outside(metres):
    """A strip 0.4 m wide and a degree-hundredth long: 0.4 m x 1110 m."""
    shift = metres_east(metres) / UNIT
    (fault,) = examine_coverage(layer(cell(0, 0), cell(1 + shift, 0)))
    near, far = sorted((WEST + UNIT, WEST + UNIT * (1 + shift)))
    strip = box(near, SOUTH, far, SOUTH + UNIT)
    assert fault.problem == ("open_gap" if metres > 0 else "overlap")
    assert fault.sliver
    assert "碎屑" in fault.detail
    assert fault.area_m2 == pytest.approx(area_m2(strip), rel=1e-4)
    assert fault.width_m == pytest.approx(0.4, rel=1e-3)
    assert strip.buffer(1e-9).contains(Point(fault.lon, fault.lat))
    assert set(fault.features) == {"A", "B"}


@pytest.mark.parametrize("metres", [TOUCH_M * 0.9, -TOUCH_M * 0.9])
def test_noise_narrower_than_a_millimetre_is_no_fault(metres):
    shift = metres_east(metres) / UNIT
    shapes = cell(0, 0), cell(1 + shift, 0, columns=1 - shift)
    assert examine_coverage(layer(*shapes)) == ()
    assert examine_coverage(layer(*shapes), cell(0, 0, columns=2)) == ()


@pytest.mark.parametrize("metres", [TOUCH_M * 1.2, -TOUCH_M * 1.2])
def test_a_strip_wider_than_a_millimetre_is_one(metres):
    shift = metres_east(metres) / UNIT
    shapes = cell(0, 0), cell(1 + shift, 0, columns=1 - shift)
    (fault,) = examine_coverage(layer(*shapes), cell(0, 0, columns=2))
    assert fault.problem == ("border_gap" if metres > 0 else "overlap")
    assert fault.width_m == pytest.approx(TOUCH_M * 1.2, rel=0.02)


def test_noise_does_not_hide_the_real_fault_that_hangs_on_it():
    """A notch of 20 m on a border that lies half a millimetre off over its whole length."""
    noise = metres_east(TOUCH_M / 2)
    notch = metres_east(20)
    edge = WEST + UNIT + noise
    right = Polygon(
        [
            (edge, SOUTH),
            (WEST + 2 * UNIT, SOUTH),
            (WEST + 2 * UNIT, SOUTH + UNIT),
            (edge, SOUTH + UNIT),
            (edge, SOUTH + 0.52 * UNIT),
            (edge + notch, SOUTH + 0.52 * UNIT),
            (edge + notch, SOUTH + 0.5 * UNIT),
            (edge, SOUTH + 0.5 * UNIT),
        ]
    )
    (fault,) = examine_coverage(layer(cell(0, 0), right), cell(0, 0, columns=2))
    assert fault.area_m2 == pytest.approx(
        area_m2(box(edge, SOUTH + 0.5 * UNIT, edge + notch, SOUTH + 0.52 * UNIT)), rel=1e-3
    )
    assert fault.width_m > SLIVER_WIDTH_M


def test_the_outer_boundary_is_held_from_both_sides():
    outline = cell(0, 0, columns=2, rows=2)
    shapes = cell(0, 0), cell(1, 0, columns=1.5), cell(0, 1, columns=2, rows=0.75)
    gap, beyond = examine_coverage(layer(*shapes), outline)
    assert (gap.problem, gap.features) == ("border_gap", ("C",))
    assert gap.area_m2 == pytest.approx(area_m2(cell(0, 1.75, columns=2, rows=0.25)), rel=1e-7)
    assert (beyond.problem, beyond.features) == ("outside", ("B",))
    assert beyond.area_m2 == pytest.approx(area_m2(cell(2, 0, columns=0.5)), rel=1e-7)


def test_what_nobody_is_near_is_still_listed():
    outline = cell(0, 0).union(cell(5, 5))
    (fault,) = examine_coverage(layer(cell(0, 0)), outline)
    assert fault.features == ()
    assert "没有要素相邻" in fault.detail
    (whole,) = examine_coverage(layer(), cell(0, 0))
    assert whole.area_m2 == pytest.approx(area_m2(cell(0, 0)), rel=1e-7)


def test_an_enclave_that_the_outline_leaves_out_is_no_gap():
    ring = [shape for shape in GRID if shape is not GRID[4]]
    outline = cell(0, 0, columns=3, rows=3).difference(GRID[4])
    assert examine_coverage(layer(*ring), outline) == ()


def test_a_gap_with_a_narrow_mouth_is_found_without_an_outline():
    """A cell is missing in the lower row; its neighbours close in front of it but for 0.5 m."""
    mouth = metres_east(0.5) / UNIT
    left = cell(0, 0).union(cell(1, 0, columns=0.5 - mouth / 2, rows=0.1))
    right = cell(2, 0).union(cell(1.5 + mouth / 2, 0, columns=0.5 - mouth / 2, rows=0.1))
    (fault,) = examine_coverage(layer(left, right, cell(0, 1, columns=3)))
    assert (fault.problem, fault.sliver) == ("open_gap", False)
    bare = area_m2(cell(1, 0.1, rows=0.9)) + 0.5 * GEOD.line_length(
        [WEST, WEST], [SOUTH, SOUTH + UNIT / 10]
    )
    assert fault.area_m2 == pytest.approx(bare, rel=1e-5)
    assert set(fault.features) == {"A", "B", "C"}


def test_a_hole_in_one_feature_is_a_gap():
    (fault,) = examine_coverage(layer(cell(0, 0, columns=3, rows=3).difference(cell(1, 1))))
    assert (fault.problem, fault.features) == ("gap", ("A",))


def test_a_notch_within_one_feature_is_its_own_shape():
    notch = cell(0, 0).difference(
        box(WEST + UNIT / 2, SOUTH + UNIT / 2, WEST + UNIT / 2 + metres_east(0.3), SOUTH + 2 * UNIT)
    )
    assert examine_coverage(layer(notch, cell(1, 0))) == ()


def test_three_that_share_ground_are_named_pair_by_pair():
    faults = examine_coverage(layer(cell(0, 0, columns=2), cell(1, 0, columns=2), cell(1.5, 0)))
    assert [fault.features for fault in faults] == [("A", "B"), ("B", "C"), ("A", "C")]


def test_faults_are_listed_by_kind_and_size():
    ring = [shape for shape in GRID if shape is not GRID[4]]
    faults = examine_coverage(layer(*ring, cell(2.9, 0), cell(2.5, 2)))
    assert [fault.problem for fault in faults] == ["overlap", "overlap", "gap"]
    assert faults[0].area_m2 > faults[1].area_m2


@given(data=st.data())
@settings(deadline=None, max_examples=30)
def test_moved_corners_keep_the_sum_of_the_parts(data):
    """Area of the parts = outline + overlaps + what sticks out - gaps, in any order of rows."""
    step = st.floats(-0.3, 0.3)
    shapes = []
    for shape in (GRID[0], GRID[4], GRID[8]):  # no point can belong to all three
        corners = shapely.get_coordinates(shape)[:-1]
        moves = data.draw(st.lists(st.tuples(step, step), min_size=4, max_size=4))
        shapes.append(Polygon(corners + np.array(moves) * UNIT).convex_hull)
    frame = layer(*shapes)
    outline = cell(-0.2, -0.2, columns=3.2, rows=3.2)
    faults = examine_coverage(frame, outline)
    size = {
        kind: sum(fault.area_m2 for fault in faults if fault.problem == kind)
        for kind in ("overlap", "gap", "border_gap", "outside")
    }
    parts = sum(map(area_m2, frame.geometry))
    # features that stick out together count twice in "outside", once here
    beyond = area_m2(shapely.union_all(shapes).difference(outline))
    assert parts - size["overlap"] - beyond == pytest.approx(
        area_m2(outline) - size["gap"] - size["border_gap"], abs=1
    )
    assert size["outside"] >= beyond - 1
    order = data.draw(st.permutations(range(3)))
    other = examine_coverage(frame.iloc[list(order)], outline)
    assert [fault.features for fault in other] == [fault.features for fault in faults]
    for one, same in zip(faults, other, strict=True):
        assert same.area_m2 == pytest.approx(one.area_m2, abs=1e-4)
        assert (same.lon, same.lat) == pytest.approx((one.lon, one.lat), abs=1e-7)


@pytest.mark.parametrize(
    ("frame", "outline", "told"),
    [
        (layer(cell(0, 0), crs="EPSG:4526"), None, "EPSG:4490"),
        (layer(cell(0, 0), crs=None), None, "没有坐标系"),
        (layer(box(5e5, 4e6, 6e5, 5e6)), None, "坐标却不是度数"),
        (layer(cell(0, 0), LineString([(WEST, SOUTH), (WEST, SOUTH + 1)])), None, "第 2 个（B）"),
        (layer(cell(0, 0), None), None, "1 个要素"),
        (layer(Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])), None, "第 1 个（A）"),
        (layer(cell(0, 0)), Point(WEST, SOUTH), "外边界"),
    ],
)
def test_what_cannot_tile_is_refused_by_name(frame, outline, told):
    with pytest.raises(LayerError, match=told):
        examine_coverage(frame, outline)


def test_the_tolerances_are_those_of_the_findings():
    assert TOUCH_M == TOUCH_OF_FINDINGS
    # the widest patch below the smallest area that counts is a circle
    assert np.sqrt(SLIVER_M2 / np.pi) < SLIVER_WIDTH_M
