"""The geometry doctor: nothing lost in silence, areas kept as drawn, a log of what was done."""

import csv
import math
from collections import Counter

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from layers.contracts import LAYER_KINDS
from layers.doctor import DIMENSIONS, Entry, curved_features, examine, write_repaired
from layers.errors import LayerError
from layers.measure import GEOD, area_m2
from layers.read import GEOMETRY_TYPES
from layers.repair import REASONS, areas_m2
from layers.words import entry as words

STEP = 1e-3
"""Degrees of one unit of the hand-made shapes."""

BOW_TIE = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
SHELL = [(0, 0), (4, 0), (4, 4), (0, 4)]


def ring(west, south, east, north):
    return [(west, south), (east, south), (east, north), (west, north)]


def layer(*shapes, crs="EPSG:4490", ids=None):
    ids = ids or [f"F{number}" for number in range(len(shapes))]
    return gpd.GeoDataFrame({"zone_id": ids, "name": ids}, geometry=list(shapes), crs=crs)


def found(examination, feature="F0"):
    return [entry.problem for entry in examination.log if entry.feature == feature]


def only(shape, *, kind="mine_patch", crs=None):
    """Examine a single shape: what came out (or nothing), and the log by problem."""
    examination = examine(layer(shape, crs=crs), kind=kind)
    log = {entry.problem: entry for entry in examination.log}
    assert examination.read == 1 == len(examination.frame) + len(examination.rejected)
    shapes = examination.frame.geometry
    return (shapes.iloc[0] if len(shapes) else None), log


# ---- hand-made cases: the area is counted in unit squares


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        (BOW_TIE, 0.5),
        (MultiPolygon([box(0, 0, 2, 2), box(1, 1, 3, 3)]), 7),
        (MultiPolygon([box(0, 0, 2, 2), box(0, 0, 2, 2)]), 4),
        (Polygon(SHELL, [ring(3, 1, 5, 2)]), 15),
        (Polygon(ring(0, 0, 10, 10), [ring(1, 1, 9, 9), ring(3, 3, 5, 5)]), 36),
        (Polygon([(0, 0), (4, 0), (4, 4), (4, 8), (4, 4), (0, 4)]), 16),
        (Polygon([(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)]), 8),
        (Polygon([*ring(0, 0, 2, 2), (0, 0), *ring(0, 0, 2, 2)]), 4),
        (Polygon([(0, 0), (4, 0), (4, 4), (1, 4), (1, 1), (3, 1), (3, 3), (0, 3)]), 15),
    ],
    ids=[
        "bow-tie",
        "overlapping parts",
        "a part twice",
        "hole across the shell",
        "nested holes",
        "spike",
        "ring that touches itself",
        "ring run twice",
        "ring that winds over itself",
    ],
)
def test_repairs_keep_what_was_drawn(shape, area):
    assert not shape.is_valid
    after, log = only(shape)
    assert after.is_valid
    assert after.area == pytest.approx(area, abs=1e-12)
    assert after.geom_type in {"Polygon", "MultiPolygon"}
    assert log["invalid"].action == "repaired"


def test_a_hole_outside_its_shell_becomes_a_part_and_is_marked():
    after, log = only(Polygon(SHELL, [ring(6, 6, 7, 7)]))
    assert after.area == 17
    assert "单独的一块" in log["invalid"].detail
    assert "13.3%" in log["area_changed"].detail  # 15 before: the shell less the hole


def test_a_spike_is_said_with_its_length():
    spike = Polygon(
        [(114, 38), (114.01, 38), (114.01, 38.01), (114.01, 38.02), (114.01, 38.01), (114, 38.01)]
    )
    after, log = only(spike, crs="EPSG:4490")
    assert after.equals(box(114, 38, 114.01, 38.01))
    metres = GEOD.line_length([114.01, 114.01], [38.01, 38.02])
    assert f"1 段没有面积的线，共长 {metres:.2f} 米" in log["invalid"].detail
    assert "area_changed" not in log


def test_overlapping_parts_lose_no_line():
    _, log = only(MultiPolygon([box(0, 0, 2, 2), box(1, 0, 3, 2)]))
    assert "去掉了" not in log["invalid"].detail


@pytest.mark.parametrize(
    "shape",
    [
        Polygon([(0, 0), (1, 1), (2, 2)]),
        Polygon(SHELL, [SHELL]),
        LineString([(1, 1), (1, 1)]),
    ],
    ids=["no width", "hole as large as the shell", "no length"],
)
def test_what_vanishes_is_rejected_and_said(shape):
    after, log = only(shape, kind="facility")
    assert after is None
    assert list(log) == ["collapsed"]
    assert "什么也不剩" in log["collapsed"].detail


def test_duplicate_vertices_are_no_fault():
    doubled = Polygon([(0, 0), (1, 0), (1, 0), (1, 1), (1, 1), (0, 1)])
    after, log = only(doubled)
    assert after.wkb == doubled.wkb
    assert log == {}


def test_a_collection_keeps_its_polygons_and_says_what_it_lost():
    mixed = GeometryCollection(
        [
            box(0, 0, 1, 1),
            Point(5, 5),
            LineString([(0, 0), (3, 4)]),
            GeometryCollection([MultiPolygon([box(2, 2, 3, 3), box(4, 4, 5, 5)])]),
        ]
    )
    after, log = only(mixed, crs="EPSG:4526")
    assert after.geom_type == "MultiPolygon"
    assert after.area == 3
    assert log["collection"].action == "split"
    assert "5 个部分" in log["collection"].detail
    assert "1 段没有面积的线，共长 5.00 米" in log["collection"].detail
    assert "1 个孤立的点" in log["collection"].detail


def test_a_collection_of_a_river_may_keep_lines_and_of_a_facility_points():
    lines = GeometryCollection([LineString([(0, 0), (1, 1)]), Point(2, 2)])
    assert only(lines, kind="river")[0].geom_type == "LineString"
    points = GeometryCollection([Point(0, 0), Point(1, 1)])
    assert only(points, kind="facility")[0].equals(MultiPoint([(0, 0), (1, 1)]))


def test_a_collection_that_overlaps_itself_is_joined_and_marked():
    after, log = only(GeometryCollection([box(0, 0, 2, 2), box(1, 0, 3, 2)]))
    assert after.area == 6
    assert set(log) == {"collection", "invalid", "area_changed"}


def test_heights_and_measures_are_dropped_with_a_note():
    high = Polygon([(0, 0, 7), (1, 0, 7), (1, 1, math.nan)])
    both = shapely.from_wkt("LINESTRING ZM (0 0 1 2, 1 1 3 4)")
    examination = examine(layer(high, both), kind="facility")
    assert not shapely.has_z(examination.frame.geometry.values).any()
    assert not shapely.has_m(examination.frame.geometry.values).any()
    assert found(examination)[0] == "has_z"
    assert found(examination, "F1") == ["has_z", "has_m", "mixed_type"]
    assert examination.frame.geometry.iloc[0].equals(Polygon([(0, 0), (1, 0), (1, 1)]))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_coordinates_that_are_no_numbers_are_rejected_with_the_vertex(bad):
    with np.errstate(invalid="ignore"):
        shape = LineString([(0, 0), (1, 1), (2, bad), (bad, 3)])
    examination = examine(layer(Point(1, 1), shape, Point(2, 2)), kind="facility")
    (entry,) = examination.rejected
    assert (entry.feature, entry.problem) == ("F1", "nan")
    assert "有 2 个顶点" in entry.detail
    assert "第 3 个顶点" in entry.detail
    assert list(examination.frame["zone_id"]) == ["F0", "F2"]


def test_missing_and_empty_are_rejected():
    examination = examine(
        layer(None, Polygon(), GeometryCollection(), box(0, 0, 1, 1)), kind="facility"
    )
    assert [entry.problem for entry in examination.rejected] == ["missing", "empty", "empty"]
    assert list(examination.frame.index) == [3]


def test_a_layer_without_features_passes():
    examination = examine(layer(), kind="township")
    assert (len(examination.frame), examination.log, examination.read) == (0, (), 0)
    assert examination.frame.crs == "EPSG:4490"


def test_duplicates_are_kept_and_all_named():
    square, turned = box(0, 0, 1, 1), Polygon([(1, 1), (0, 1), (0, 0), (1, 0)])
    examination = examine(
        layer(square, box(0, 0, 2, 1), turned, ids=["甲", "乙", "丙"]), kind="mine_patch"
    )
    assert len(examination.frame) == 3
    assert {(entry.feature, entry.problem, entry.action) for entry in examination.log} == {
        ("甲", "duplicate", "kept"),
        ("丙", "duplicate", "kept"),
    }
    assert "丙" in examination.log[0].detail
    assert "甲" in examination.log[1].detail


def test_the_same_bounds_and_vertices_are_not_yet_the_same_shape():
    shapes = [Polygon([(0, 0), (4, 0), (4, 4), (x, 2), (0, 4)]) for x in (1, 2)]
    assert examine(layer(*shapes), kind="mine_patch").log == ()


def test_many_duplicates_are_counted():
    examination = examine(layer(*[Point(1, 1)] * 9), kind="facility")
    assert "另有 3 个" in examination.log[0].detail


def test_ids_that_repeat_or_lack_are_said():
    shapes = [Point(x, 0) for x in range(4)]
    examination = examine(layer(*shapes, ids=["A", 7.0, None, "7"]), kind="facility")
    assert len(examination.frame) == 4
    assert [(entry.feature, entry.problem) for entry in examination.log] == [
        ("7", "duplicate_id"),
        ("第 3 个要素（没有编号）", "missing_id"),
        ("7", "duplicate_id"),
    ]
    assert "第 2、4 个" in examination.log[0].detail


def test_a_layer_without_ids_is_examined_by_number():
    frame = layer(BOW_TIE).drop(columns="zone_id")
    (first, *_) = examine(frame, kind="mine_patch").log
    assert first.feature == "第 1 个要素（没有编号）"


def test_types_that_do_not_fit_are_said():
    lines = LineString([(0, 0), (1, 1)]), LineString([(0, 0), (2, 1)])
    examination = examine(layer(*lines, box(0, 0, 1, 1), Point(1, 1)), kind="river")
    assert found(examination, "F2") == ["mixed_type"]
    assert found(examination, "F3") == ["wrong_type"]
    assert len(examination.log) == 2
    assert len(examination.frame) == 4


def test_the_kinds_have_the_dimensions_that_reading_asks_for():
    size = {"Point": 0, "LineString": 1, "Polygon": 2}
    for kind in LAYER_KINDS:
        asked = {size[name.removeprefix("Multi")] for name in GEOMETRY_TYPES.get(kind, size)}
        assert DIMENSIONS.get(kind, {0, 1, 2}) == asked, kind


def test_every_reason_of_geos_is_a_word():
    assert set(REASONS.values()) | {"other"} == set(words("doctor.reason"))


@pytest.mark.parametrize(
    ("crs", "where"),
    [
        ("EPSG:4490", "东经 0.5000000°，北纬 0.5000000°"),
        ("EPSG:4526", "x = 0.500 米，y = 0.500 米"),
        (None, "x = 0.5，y = 0.5"),
    ],
)
def test_the_place_is_in_the_units_of_the_layer(crs, where):
    _, log = only(BOW_TIE, crs=crs)
    assert log["invalid"].detail.startswith("图形有错：边界自相交（" + where)


# ---- areas


def test_areas_are_ellipsoidal_in_degrees_and_in_a_zone():
    square = box(114.0, 38.0, 114.01, 38.01)
    hole = box(114.002, 38.002, 114.004, 38.004)
    shape = MultiPolygon([square.difference(hole), box(114.02, 38, 114.03, 38.01)])
    wanted = area_m2([shape])[0]
    assert areas_m2([shape, None, Point(114, 38)], layer(shape).crs)[0] == pytest.approx(
        wanted, rel=1e-9
    )
    # an edge that is straight in degrees is not so in the zone, unless it is short
    zone = layer(shapely.segmentize(shape, 1e-4)).to_crs("EPSG:4526")
    assert areas_m2(list(zone.geometry), zone.crs)[0] == pytest.approx(wanted, rel=1e-9)
    assert np.isnan(areas_m2([None, Point(114, 38)], zone.crs)).all()
    assert np.isnan(areas_m2([shape], None)).all()


def test_rings_without_an_inside_have_no_area():
    for corners in ([(114, 38)] * 4, [(114, 38), (114, 38), (114, 38.001)]):
        assert areas_m2([Polygon(corners)], layer(Point(1, 1)).crs)[0] == 0


def test_a_bow_tie_has_no_area_before_and_both_lobes_after():
    tie = shapely.transform(BOW_TIE, lambda points: points * 0.01 + (114, 38))
    _, log = only(tie, crs="EPSG:4490")
    lobes = [
        Polygon([(114, 38), (114.005, 38.005), (114, 38.01)]),
        Polygon([(114.01, 38), (114.005, 38.005), (114.01, 38.01)]),
    ]
    both = area_m2(lobes).sum()
    assert log["invalid"].area_before_m2 == pytest.approx(0, abs=1e-3)
    assert log["invalid"].area_after_m2 == pytest.approx(both, rel=1e-9)
    assert "抵消" in log["area_changed"].detail


@pytest.mark.parametrize(("width", "marked"), [(0.03, False), (0.05, True)])
def test_a_change_of_more_than_one_percent_is_marked(width, marked):
    """A flap of the ring over itself, width x 1 on 4: 0.75 or 1.25 percent are counted twice."""
    flap = MultiPolygon([box(0, 0, 4, 1), box(0, 0, width, 1)])
    _, log = only(flap)
    assert ("area_changed" in log) is marked


def test_coordinates_out_of_this_world_have_no_area_but_are_repaired():
    far = shapely.transform(BOW_TIE, lambda points: points * 1e12)
    for crs in ("EPSG:4490", "EPSG:4526"):
        after, log = only(far, crs=crs)
        assert after.is_valid
        assert log["invalid"].area_before_m2 is log["invalid"].area_after_m2 is None


# ---- curves


def test_curves_are_found_in_the_file_and_said(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text(
        "id,WKT\n"
        'a,"POLYGON((0 0,1 0,1 1,0 0))"\n'
        'b,"CURVEPOLYGON(CIRCULARSTRING(0 0, 1 1, 2 0, 1 -1, 0 0))"\n'
        'c,"MULTISURFACE(((5 5,6 5,6 6,5 5)))"\n',
        encoding="utf-8",
    )
    curved = curved_features(path)
    assert curved == {1, 2} == curved_features(path, "c")
    frame = pyogrio.read_dataframe(path).rename(columns={"id": "zone_id"})
    examination = examine(frame, kind="mine_patch", curved=curved)
    curves = [entry for entry in examination.log if entry.problem == "curve"]
    assert [(entry.feature, entry.action) for entry in curves] == [
        ("b", "linearised"),
        ("c", "linearised"),
    ]
    assert f"{len(frame.geometry[1].exterior.coords)} 个顶点" in curves[0].detail


# ---- properties

GRID = st.integers(0, 6)
CORNERS = st.lists(st.tuples(GRID, GRID), min_size=3, max_size=9)


def unit_squares(points):
    return points * STEP + (114, 38)


@st.composite
def drawings(draw):
    """Whatever somebody may draw: rings that cross, holes anywhere, parts that overlap."""
    polygons = draw(
        st.lists(st.builds(Polygon, CORNERS, st.lists(CORNERS, max_size=2)), min_size=1, max_size=3)
    )
    shape = draw(
        st.sampled_from(
            [
                polygons[0],
                MultiPolygon(polygons),
                GeometryCollection([*polygons, Point(9, 9)]),
                MultiLineString([list(part.exterior.coords) for part in polygons]),
                None,
            ]
        )
    )
    return shape and shapely.transform(shape, unit_squares)


@given(shapes=st.lists(drawings(), min_size=1, max_size=5))
@settings(deadline=None, max_examples=150)
def test_rows_reconcile_and_repair_is_idempotent(shapes):
    first = examine(layer(*shapes), kind="mine_patch")
    assert first.read == len(shapes) == len(first.frame) + len(first.rejected)
    assert {entry.feature for entry in first.rejected}.isdisjoint(first.frame["zone_id"])
    assert first.frame.geometry.is_valid.all()
    assert not first.frame.geometry.is_empty.any()
    assert "GeometryCollection" not in set(first.frame.geom_type)
    second = examine(first.frame, kind="mine_patch")
    assert list(second.frame.geometry.to_wkb()) == list(first.frame.geometry.to_wkb())
    assert {entry.action for entry in second.log} <= {"kept"}


@given(shapes=st.lists(drawings(), min_size=2, max_size=5), data=st.data())
@settings(deadline=None, max_examples=80)
def test_the_order_of_the_features_does_not_matter(shapes, data):
    frame = layer(*shapes)
    order = data.draw(st.permutations(range(len(shapes))))
    straight = examine(frame, kind="mine_patch")
    shuffled = examine(frame.iloc[list(order)], kind="mine_patch")
    assert list(shuffled.frame.sort_index().geometry.to_wkb()) == list(
        straight.frame.geometry.to_wkb()
    )

    def facts(entry):
        # who else is named stands in the order of the file
        size = [
            None if area is None else round(area, 3)
            for area in (entry.area_before_m2, entry.area_after_m2)
        ]
        told = "" if entry.problem == "duplicate" else entry.detail
        return (entry.feature, entry.problem, told, entry.action, *size)

    assert Counter(map(facts, shuffled.log)) == Counter(map(facts, straight.log))


@given(
    shapes=st.lists(
        st.builds(lambda corners: Polygon(corners).convex_hull, CORNERS).filter(
            lambda shape: shape.geom_type == "Polygon"
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(deadline=None, max_examples=80)
def test_valid_features_come_back_bit_by_bit(shapes):
    frame = layer(*shapes).set_index(np.arange(len(shapes)) * 2 + 5)
    before = frame.copy()
    examination = examine(frame, kind="mine_patch")
    assert {entry.problem for entry in examination.log} <= {"duplicate"}
    for whole in (frame, examination.frame):
        assert list(whole.geometry.to_wkb()) == list(before.geometry.to_wkb())
        assert whole.drop(columns="geometry").equals(before.drop(columns="geometry"))
        assert list(whole.columns) == list(before.columns)
        assert whole.crs == before.crs


@given(corners=CORNERS)
@settings(deadline=None, max_examples=150)
def test_a_repaired_ring_covers_what_it_winds_around(corners):
    """Against another method: unit cells whose centre the ring surrounds (winding number not 0)."""
    after = examine(layer(Polygon(corners), crs=None), kind="mine_patch").frame.geometry
    ends = np.array([*corners, corners[0]], dtype=float)
    # an odd place in the cell lies on no line between points of the grid
    for at in np.ndindex(6, 6):
        place = np.add(at, (0.4142135, 0.7320508))
        turn = np.diff(np.unwrap(np.arctan2(*(ends - place).T)))
        steps = (turn + math.pi) % (2 * math.pi) - math.pi
        crossings = round(abs(steps.sum()) / (2 * math.pi))
        inside = bool(len(after)) and after.iloc[0].covers(Point(place))
        if crossings % 2:  # odd: every rule agrees that this is land
            assert inside, (corners, at)
        if inside:
            assert Polygon(corners).convex_hull.covers(Point(place))


# ---- writing


def test_a_repaired_layer_is_written_with_its_log(tmp_path):
    tie = shapely.transform(BOW_TIE, lambda points: points * 0.01 + (114, 38))
    examination = examine(layer(tie, None, ids=["=1+1", "乙"]), kind="mine_patch")
    path = tmp_path / "红线.gpkg"
    table = write_repaired(examination.frame, examination.log, path)
    assert sorted(item.name for item in tmp_path.iterdir()) == sorted([path.name, table.name])
    back = gpd.read_file(path, layer="红线")
    assert back.crs == "EPSG:4490"
    assert list(back["zone_id"]) == ["=1+1"]
    assert back.geometry.iloc[0].equals(examination.frame.geometry.iloc[0])
    with table.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header[0] == "要素编号"
    assert [row[0] for row in rows] == ["'=1+1", "'=1+1", "乙"]
    assert [row[1] for row in rows] == ["图形有错", "面积变化大", "没有图形"]
    assert float(rows[0][5]) == pytest.approx(examination.log[0].area_after_m2, abs=0.006)
    assert rows[2][3:] == ["剔除", "", ""]


def test_writing_replaces_whole_files_or_none(tmp_path):
    path = tmp_path / "a.gpkg"
    write_repaired(layer(Point(114, 38)), (), path)
    before = path.read_bytes()
    broken = [Entry("A", "no_such_problem", "", "kept", None, None)]
    with pytest.raises(KeyError):
        write_repaired(layer(Point(115, 39)), broken, path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2


def test_what_cannot_be_written_says_so(tmp_path):
    frame = layer(Point(114, 38))
    with pytest.raises(LayerError, match="没有坐标系"):
        write_repaired(layer(Point(1, 1), crs=None), (), tmp_path / "a.gpkg")
    with pytest.raises(LayerError, match="请检查目录"):
        write_repaired(frame, (), tmp_path / "nowhere" / "a.gpkg")
    (tmp_path / "b.gpkg").mkdir()
    with pytest.raises(LayerError, match="文件夹"):
        write_repaired(frame, (), tmp_path / "b.gpkg")
    assert [item.name for item in tmp_path.iterdir()] == ["b.gpkg"]


def test_of_many_features_alike_each_names_five_others_and_counts_the_rest():
    shapes = [box(114, 38, 114.01, 38.01)] * 9
    log = examine(layer(*shapes), kind="mine_patch").log
    details = [entry.detail for entry in log if entry.problem == "duplicate"]
    assert len(details) == 9
    assert "图形与F1、F2、F3、F4、F5等（另有 3 个）完全相同" in details[0]
    assert "图形与F0、F1、F2、F3、F4等（另有 3 个）完全相同" in details[8]


def test_a_ring_that_runs_along_its_own_edges_loses_no_land():
    """GEOS loses the land left of the middle, which the ring goes around once."""
    again = Polygon([(3, 1), (0, 1), (4, 0), (0, 3), (3, 1), (0, 1), (0, 3), (0, 0), (1, 2)])
    after = examine(layer(again, crs=None), kind="mine_patch").frame.geometry.iloc[0]
    assert after.is_valid
    assert after.covers(Point(1.4, 1.7))
