# ruff: noqa: E501 - rows of notations read better whole
"""Pasted coordinates: every notation gives the same place, and what is unclear is refused."""

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import LayerError
from layers.formats import read_source
from maps.desk.pasted import _point, input_of

LON, LAT = 112.5, 35.25
DEGREES = [
    "112.5, 35.25", "112.5 35.25", "112.5\t35.25", "35.25，112.5", "（112.5，35.25）", "112.5;35.25",
    "J1 112.5 35.25", "J1,112.5,35.25", "1、112.5，35.25", "J1：112.5，35.25", "① 112.5 35.25",
    "甲 112.5 35.25", "经度：112.5，纬度：35.25", "东经112.5度 北纬35.25度",
    "东经112°30′00″，北纬35°15′00″", "东经112°30′00″北纬35°15′00″", "北纬35度15分0秒 东经112度30分0秒",
    "112°30'00\"E 35°15'00\"N", "35°15'00\"N112°30'00\"E", "N35°15′00″ E112°30′00″",
    "112 30 0, 35 15 0", "112 30 0 35 15 0", "J7 112 30 0 35 15 0", "112:30:00 35:15:00",
    "Ｊ１　１１２．５，３５．２５",
]  # fmt: skip
METRES = ["3912345.12 38412345.34", "38412345.34, 3912345.12", "J1 3912345.12 38412345.34",
          "1，3912345.12米，38412345.34米", "X=3912345.12 Y=38412345.34"]  # fmt: skip


def shapes_of(text, tmp_path, *, shape="points", crs="EPSG:4490", name="甲"):
    made = input_of(text, shape=shape, name=name, crs=crs)
    path = tmp_path / f"pasted{made.suffix}"
    path.write_text(made.text, encoding="utf-8", newline="")
    return read_source(path, crs=made.crs).frame.geometry.tolist()


@pytest.mark.parametrize("text", DEGREES)
def test_every_notation_of_degrees_is_the_same_point(text, tmp_path):
    assert shapes_of(text, tmp_path) == [shapely.Point(LON, LAT)]


@pytest.mark.parametrize("text", METRES)
def test_metres_with_their_zone_number_in_any_order(text, tmp_path):
    assert shapes_of(text, tmp_path, crs="EPSG:4526") == [shapely.Point(38412345.34, 3912345.12)]


def test_the_zone_number_comes_and_goes_as_the_stated_crs_has_it(tmp_path):
    bare, full = "3912345.12 412345.34", "3912345.12 38412345.34"
    assert shapes_of(bare, tmp_path, crs="EPSG:4526") == shapes_of(full, tmp_path, crs="EPSG:4526")
    (point,) = shapes_of(full, tmp_path, crs="EPSG:4547")
    assert (point.x, point.y) == pytest.approx((412345.34, 3912345.12), abs=1e-6)


def test_points_become_what_the_user_says(tmp_path):
    text = "112.5 35.2\n112.6 35.2\n112.6 35.3\n\n112.7 35.2\n112.8 35.2\n112.8 35.3\n"
    polygons = shapes_of(text, tmp_path, shape="polygon")
    assert [shape.area for shape in polygons] == pytest.approx([0.005, 0.005])
    assert [shape.geom_type for shape in shapes_of(text, tmp_path, shape="line")] == [
        "LineString"] * 2  # fmt: skip
    assert len(shapes_of(text, tmp_path)) == 6


def test_one_place_alone_is_a_point_and_that_is_said():
    made = input_of("112.5 35.2", shape="polygon", name="", crs="EPSG:4490")
    assert "POINT" in made.text
    assert "1 个点" in made.said


def test_a_running_number_is_no_longitude_and_a_longitude_no_running_number(tmp_path):
    rows = "\n".join(f"{number},112.5,35.{number:02d}" for number in range(1, 41))
    assert {point.x for point in shapes_of(rows, tmp_path)} == {112.5}
    with pytest.raises(LayerError, match="第 1 行"):
        shapes_of("35,112.5,35.25", tmp_path)


def test_whole_texts_of_known_formats_go_through(tmp_path):
    square = "112 35,113 35,113 36,112 36,112 35"
    wkt = f"POLYGON(({square}))\nMULTIPOLYGON((({square})),\n((114 35,115 35,115 36,114 35)))"
    assert [shape.geom_type for shape in shapes_of(wkt, tmp_path)] == ["Polygon", "MultiPolygon"]
    geojson = '{"type":"Point","coordinates":[112.5,35.25]}'
    assert shapes_of(geojson, tmp_path) == [shapely.Point(LON, LAT)]
    points = "J1,1,3912345,38412345\nJ2,1,3912545,38412345\nJ3,1,3912545,38412545\n"
    survey = (
        f"[属性描述]\n坐标系=2000国家大地坐标系\n带号=38\n[地块坐标]\n3,2,1,甲,面,,,,@\n{points}"
    )
    assert [shape.area for shape in shapes_of(survey, tmp_path, crs="")] == [20_000]
    assert [shape.area for shape in shapes_of(points, tmp_path, crs="EPSG:4526")] == [20_000]


@pytest.mark.parametrize(
    ("text", "shape", "crs", "said"),
    [
        ("", "points", "", "没有粘贴"), ("你好", "points", "", "第 1 行“你好”"),
        ("112.5 35.2\n坏的\n112.6 35.3", "polygon", "EPSG:4490", "第 2 行"),
        ("112.5,35.2,900.5,1", "points", "EPSG:4490", "读不出"),
        ("112,35.2,100", "points", "EPSG:4490", "读不出"),
        ("112°61′,35°", "points", "EPSG:4490", "读不出"), ("E112.5 E113", "points", "", "读不出"),
        ("3912345 38412345", "points", "", "EPSG:4526"), ("3912345 412345", "points", "", "米"),
        ("3912345 37412345", "points", "EPSG:4526", "投影带"), ("1 2", "points", "", "分不出"),
        ("112.5 35.2", "points", "EPSG:4526", "经纬度"), ("1122210 351510", "points", "", "度分秒"),
        ("112.5 35.2\n35.3 112.6", "points", "EPSG:4490", "分不出"),
        ("112.5 35.2\n112.6 35.2\n35.3 112.6", "points", "EPSG:4490", "核对这一行"),
        ("112.5 35.2\n112.6 35.3", "polygon", "EPSG:4490", "至少要 3 个"),
        ("POLYGON((" * 50_000, "points", "EPSG:4490", "括号"), ("1" * 4000, "points", "", "第 1 行"),
        ("坏\n" * 200_001, "points", "", "200000"),
        ("112.5 35.2", "circle", "EPSG:4490", "polygon"), ("坏\n" * 99, "points", "", "还有 94 行"),
    ],
)  # fmt: skip
def test_what_is_unclear_is_refused_and_says_where(text, shape, crs, said):
    with pytest.raises(LayerError, match=said):
        input_of(text, shape=shape, name="", crs=crs)


def test_a_name_cannot_break_out_of_its_cell(tmp_path):
    name = '甲","x"\n=cmd|乙'
    made = input_of("112.5 35.25", shape="points", name=name, crs="EPSG:4490")
    path = tmp_path / "a.csv"
    path.write_text(made.text, encoding="utf-8", newline="")
    frame = read_source(path, crs=made.crs).frame
    assert frame["名称"].tolist() == [name]


@given(st.floats(73, 136), st.floats(3.1, 54))
def test_decimal_degrees_come_back_as_they_were(lon, lat):
    assert _point(f"{lon:.9f}, {lat:.9f}") == (round(lon, 9), round(lat, 9))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        made = input_of(text, shape="points", name=text, crs="EPSG:4490")
    except LayerError:
        return
    assert made.suffix in {".csv", ".txt", ".geojson"}
