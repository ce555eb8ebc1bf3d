"""Reading a layer's file: what is wrong is refused and named, what is right lands in place."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from pyproj import Geod

from layers.area import Area, County
from layers.errors import LayerError
from layers.read import read_layer
from layers.register import Layer

AREA = Area("jia", "天镇县", "county", (County("天镇县", "140222"),), ())
POINT = {"type": "Point", "coordinates": [114.1, 40.4]}
SQUARE = shapely.box(114.0, 40.3, 114.1, 40.4)
GEOD = Geod(a=6378137.0, rf=298.257222101)

# 114.1E 40.4N in zone 38, by the Krueger series to n^3 on the CGCS2000 ellipsoid (without PROJ).
KNOWN = (114.1, 40.4)
EAST, NORTH = 508489.3509, 4473949.2234


def feature(geometry=POINT, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def epsg(code):
    return {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}}


@pytest.fixture
def folder(tmp_path):
    """A folder with a method to write GeoJSON."""
    return tmp_path


@pytest.fixture
def read(folder):
    """Read a file of the folder, or GeoJSON features, as a layer."""

    def read_it(content, kind="facility", crs_member=None, **entry):
        path = content
        if not isinstance(content, str):
            path = "given.geojson"
            data = {"type": "FeatureCollection", "features": list(content)}
            if crs_member:
                data["crs"] = epsg(crs_member)
            (folder / path).write_text(json.dumps(data), encoding="utf-8")
        return read_layer(
            Layer("甲层", kind, "甲", path=path, basis="surveyed", **entry), folder, AREA, None
        ).frame

    return read_it


@pytest.fixture
def refused(read, folder):
    """Read a layer that must be refused and return the message."""

    def read_it(content, kind="facility", crs_member=None, **entry):
        with pytest.raises(LayerError) as caught:
            read(content, kind, crs_member, **entry)
        message = str(caught.value)
        name = content if isinstance(content, str) else "given.geojson"
        assert "图层 甲层" in message
        assert str(folder / name) in message
        return message

    return read_it


def frame(geometry=SQUARE, crs="EPSG:4490", **columns):
    columns = columns or {"zone_id": ["a"]}
    return gpd.GeoDataFrame(
        columns, geometry=[geometry] * len(next(iter(columns.values()))), crs=crs
    )


# --- the file -------------------------------------------------------------------------------


def test_a_missing_file_or_a_folder_is_refused(refused, folder):
    assert "找不到文件" in refused("none.gpkg")
    (folder / "shapes").mkdir()
    assert "是一个文件夹" in refused("shapes")


@pytest.mark.parametrize(
    "name", ["a.geojson", "a.gpkg", "a.shp", "a.kml", "a.tif", "a.dwg", "a.gdb"]
)
@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0" + b"x" * 300])
def test_a_file_that_is_no_dataset_is_refused(refused, folder, name, content):
    (folder / name).write_bytes(content)
    assert refused(name).endswith("。")


def test_a_truncated_file_is_refused(refused, folder):
    text = json.dumps({"type": "FeatureCollection", "features": [feature(zone_id="a")]})
    (folder / "cut.geojson").write_text(text[:-20], encoding="utf-8")
    assert "读不出来" in refused("cut.geojson")
    frame(zone_id=["a", "b"]).to_file(folder / "cut.shp")
    (folder / "cut.shp").write_bytes((folder / "cut.shp").read_bytes()[:-30])
    assert "后面的内容缺失" in refused("cut.shp")
    frame().to_file(folder / "cut.gpkg")
    (folder / "cut.gpkg").write_bytes((folder / "cut.gpkg").read_bytes()[:5000])
    refused("cut.gpkg")


def test_a_shapefile_without_its_index_is_refused(refused, folder):
    frame().to_file(folder / "a.shp")
    (folder / "a.shx").unlink()
    assert "缺少同名的 .shx" in refused("a.shp")


def test_a_file_without_features_is_refused_not_taken_for_nothing_there(refused, folder):
    assert "没有任何要素" in refused([])
    frame().iloc[:0].to_file(folder / "a.gpkg")
    assert "没有任何要素" in refused("a.gpkg")


def test_a_table_without_geometry_is_refused(refused, folder):
    (folder / "a.csv").write_text("zone_id\na\n", encoding="utf-8")
    assert "认不出坐标列" in refused("a.csv")
    pyogrio.write_dataframe(pd.DataFrame({"zone_id": ["a"]}), folder / "a.gpkg")
    assert "没有图形" in refused("a.gpkg")


def test_a_file_with_several_layers_is_refused_until_one_is_named(read, refused, folder):
    frame(zone_id=["a"]).to_file(folder / "a.gpkg", layer="one")
    frame(zone_id=["b"]).to_file(folder / "a.gpkg", layer="two")
    assert "one、two" in refused("a.gpkg")
    assert "three" in refused("a.gpkg", source_layer="three")
    assert read("a.gpkg", source_layer="two")["zone_id"].tolist() == ["b"]


def test_a_style_table_beside_the_layer_is_no_second_layer(read, folder):
    frame().to_file(folder / "a.gpkg")
    pyogrio.write_dataframe(pd.DataFrame({"s": ["x"]}), folder / "a.gpkg", layer="layer_styles")
    assert len(read("a.gpkg")) == 1


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp", "a.fgb"])
def test_common_formats_give_the_same_table(read, folder, name):
    frame(zone_id=["0012"], name=["甲区"], level=["一级"]).to_file(folder / name)
    got = read(name, "water_source")
    assert got.columns.tolist() == ["zone_id", "name", "class", "level", "geometry"]
    assert got.drop(columns="geometry").iloc[0].tolist() == ["0012", "甲区", None, "一级"]
    assert got.crs == "EPSG:4490"
    assert got.geometry[0].equals_exact(SQUARE, 1e-9, normalize=True)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("stated", ["cpg", "register", "nowhere", "wrongly"])
def test_chinese_in_a_shapefile_is_read_right_with_or_without_a_cpg(read, folder, encoding, stated):
    frame(zone_id=["a", "b"], name=["天镇县", "逯家湾镇"]).to_file(
        folder / "a.shp", encoding=encoding
    )
    if stated == "wrongly":
        (folder / "a.cpg").write_text("ANSI 936", encoding="ascii")
    elif stated != "cpg":
        (folder / "a.cpg").unlink()
    got = read("a.shp", encoding=encoding if stated == "register" else "")
    assert got["name"].tolist() == ["天镇县", "逯家湾镇"]


def test_a_wrong_or_unknown_encoding_is_refused_not_read_as_nonsense(read, folder):
    frame(zone_id=["a"], name=["天镇县"]).to_file(folder / "a.shp", encoding="gb18030")
    for encoding in ("utf-8", "no-such"):
        with pytest.raises(LayerError, match="编码"):
            read("a.shp", encoding=encoding)


# --- the datum ------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "east"), [(4547, EAST), (4526, EAST + 38_000_000)])
def test_metres_of_zone_38_land_within_a_millimetre(read, code, east):
    got = read(
        [feature({"type": "Point", "coordinates": [east, NORTH]}, zone_id="a")], crs_member=code
    )
    point = got.geometry[0]
    assert GEOD.inv(point.x, point.y, *KNOWN)[2] < 0.001


@pytest.mark.parametrize("code", [4490, 4326])
def test_degrees_stay_as_they_are(read, folder, code):
    frame(crs=f"EPSG:{code}").to_file(folder / "a.gpkg")
    assert read("a.gpkg", crs="EPSG:4490").geometry[0].equals_exact(SQUARE, 0, normalize=True)


def test_long_edges_stay_straight_in_the_plane_they_were_drawn_in(read):
    ends = [[EAST, NORTH], [EAST + 60_000, NORTH]]
    got = read([feature({"type": "LineString", "coordinates": ends}, zone_id="a")], crs_member=4547)
    back = got.to_crs("EPSG:4547").geometry[0]
    assert shapely.hausdorff_distance(back, shapely.LineString(ends)) < 0.001
    assert shapely.get_num_coordinates(got.geometry[0]) > 500


def test_no_crs_anywhere_is_refused_and_a_stated_one_is_used(read, refused, folder):
    frame(shapely.Point(EAST, NORTH), crs="EPSG:4547").to_file(folder / "a.shp")
    (folder / "a.prj").unlink()
    assert "没有坐标系" in refused("a.shp")
    point = read("a.shp", crs="EPSG:4547").geometry[0]
    assert GEOD.inv(point.x, point.y, *KNOWN)[2] < 0.001


def test_a_stated_crs_that_differs_from_the_file_is_refused(refused, folder):
    frame().to_file(folder / "a.gpkg")
    message = refused("a.gpkg", crs="EPSG:4547")
    assert "EPSG:4547" in message
    assert "EPSG:4490" in message


@pytest.mark.parametrize("crs", ["EPSG:999999", "EPSG:abc", "地方坐标", "4490x"])
def test_an_unknown_crs_is_refused(refused, crs):
    assert f"「{crs}」不认识" in refused([feature(zone_id="a")], crs=crs)


@pytest.mark.parametrize("code", [4610, 4214, 2362, 2434, 4555])
def test_xian_1980_and_beijing_1954_are_refused(refused, folder, code):
    shape = shapely.Point(*KNOWN) if code in {4610, 4214, 4555} else shapely.Point(EAST, NORTH)
    frame(shape, crs=f"EPSG:{code}").to_file(folder / "a.gpkg")
    assert f"坐标系是 EPSG:{code}，不是 CGCS2000" in refused("a.gpkg")


@pytest.mark.parametrize(
    ("crs_member", "coordinates"),
    [
        (4547, [114.1, 40.4]),
        (4490, [40.4, 114.1]),
        (4547, [NORTH, EAST]),
        (4526, [NORTH, EAST + 38_000_000]),
        (4526, [EAST, NORTH]),
        (4547, [EAST + 38_000_000, NORTH]),
        (32655, [EAST, NORTH]),
        (4547, [1e15, 1e15]),
    ],
    ids=["degrees as metres", "swapped degrees", "swapped metres",
         "swapped with prefix", "prefix missing", "prefix too much", "wrong zone", "nonsense"],
)  # fmt: skip
def test_coordinates_that_the_crs_does_not_fit_are_refused(refused, crs_member, coordinates):
    message = refused(
        [feature({"type": "Point", "coordinates": coordinates}, zone_id="a")], crs_member=crs_member
    )
    assert f"{coordinates[0]:.10g}" in message
    assert "试" in message


def test_one_stray_feature_among_good_ones_is_named(refused):
    swapped = {"type": "Point", "coordinates": [40.4, 114.1]}
    message = refused([feature(zone_id="a"), feature(swapped, zone_id="b")])
    assert "有 1 个，共 2 个" in message
    assert "第 2 个" in message


# --- columns and ids ------------------------------------------------------------------------


def test_a_missing_zone_id_is_named_with_the_fields_that_are_there(refused):
    message = refused([feature(BSM="a", MC="甲")])
    assert "缺少字段 zone_id" in message
    assert "BSM、MC" in message
    assert "columns" in message


def test_fields_are_renamed_through_the_register(read):
    columns = (("zone_id", "BSM"), ("name", "MC"), ("class", "MC"))
    got = read([feature(BSM="a", MC="甲", BZ="x")], columns=columns)
    assert got.columns.tolist() == ["zone_id", "name", "class", "level", "BZ", "geometry"]
    assert got.iloc[0, :3].tolist() == ["a", "甲", "甲"]


def test_two_fields_may_change_names(read):
    columns = (("zone_id", "name"), ("name", "zone_id"))
    got = read([feature(zone_id="甲", name="a")], columns=columns)
    assert got.iloc[0, :2].tolist() == ["a", "甲"]


def test_a_mapped_field_that_is_not_there_is_refused(refused):
    message = refused([feature(zone_id="a", MC="甲")], columns=(("name", "HXMC"),))
    assert "没有字段 HXMC" in message
    assert "zone_id、MC" in message


@pytest.mark.parametrize("ours", ["zone_id", "geometry"])
def test_a_field_mapped_onto_another_is_refused(refused, ours):
    assert f"本来就有字段 {ours}" in refused(
        [feature(zone_id="a", BSM="b")], columns=((ours, "BSM"),)
    )


def test_ids_twice_name_both_features_and_empty_ones_theirs(refused):
    message = refused(
        [
            feature(zone_id="a"),
            feature(zone_id="b"),
            feature(zone_id="a"),
            feature(zone_id=None),
            feature(zone_id=" "),
        ]
    )
    assert len(message.splitlines()) == 3
    assert "第 3 个要素的 zone_id「a」与第 1 个重复" in message
    assert "第 4 个要素没有 zone_id" in message
    assert "第 5 个要素没有 zone_id" in message


@pytest.mark.parametrize(
    ("value", "text"),
    [("0012", "0012"), (12, "12"), (12.0, "12"), (12.5, "12.5"), (" a ", "a"),
     (140222001001000001, "140222001001000001")],
)  # fmt: skip
def test_ids_are_text_whatever_the_file_makes_of_them(read, value, text):
    assert read([feature(zone_id=value)])["zone_id"].tolist() == [text]


@pytest.mark.parametrize("value", [10**19, 123456789012345678901234567890])
def test_numbers_that_the_file_format_would_change_are_refused(refused, value):
    message = refused([feature(zone_id=1), feature(zone_id=value)])
    assert "第 2 个要素的 zone_id 存成了数字 1" in message


@pytest.mark.parametrize("kind", ["float32", "float64", "int32", "int64"])
def test_number_columns_of_any_width_give_whole_ids(read, folder, kind):
    frame(zone_id=np.array([12, 7], dtype=kind)).to_file(folder / "a.gpkg")
    assert read("a.gpkg")["zone_id"].tolist() == ["12", "7"]


@pytest.mark.parametrize(("value", "shown"), [("许多", "许多"), (-1, "-1"), ("3个", "3个")])
@pytest.mark.parametrize("column", ["patches", "area_ha"])
def test_mine_patches_that_are_no_number_are_refused(refused, column, value, shown):
    square = shapely.geometry.mapping(SQUARE)
    bad = feature(square, zone_id="b", **{column: value})
    message = refused([feature(square, zone_id="a"), bad], "mine_patch")
    assert f"第 2 个要素（b）的 {column}「{shown}" in message


def test_mine_patches_may_be_silent_or_numbers_written_as_text(read):
    square = shapely.geometry.mapping(SQUARE)
    silent = feature(square, zone_id="a", patches=None)
    got = read([silent, feature(square, zone_id="b", patches="7")], "mine_patch")
    assert np.isnan(got["patches"][0])
    assert got["patches"][1] == 7


# --- geometry -------------------------------------------------------------------------------


@pytest.mark.parametrize("geometry", [
    None, {"type": "Polygon", "coordinates": []}, {"type": "Point", "coordinates": ["x", 40]},
    {"type": "LineString", "coordinates": [[114, 40]]},
])  # fmt: skip
def test_a_feature_without_geometry_is_named(refused, geometry):
    message = refused([feature(zone_id="a"), feature(geometry, zone_id="b")])
    assert "要素 2 不能使用：" in message
    assert "要素 1 不能使用：" in refused([feature(geometry, zone_id="a")])


def test_an_open_ring_is_refused(refused):
    ring = [[114, 40], [114.1, 40], [114.1, 40.1], [114, 40.1]]
    open_ring = {"type": "Polygon", "coordinates": [ring]}
    message = refused([feature(open_ring, zone_id="a")], "red_line")
    assert "要素 1 不能使用：没有图形，或图形不完整（环没有闭合" in message


@pytest.mark.parametrize("kind", ["county", "township", "water_source", "protected_area",
                                  "red_line", "mine_patch", "farmland", "coverage"])  # fmt: skip
def test_a_point_or_line_where_an_area_belongs_is_refused(refused, kind):
    line = {"type": "LineString", "coordinates": [[114, 40], [114.1, 40.1]]}
    message = refused([feature(zone_id="a"), feature(line, zone_id="b")], kind)
    assert "第 1 个要素（a）的图形类型为 Point，应为 MultiPolygon、Polygon" in message
    assert "第 2 个要素（b）的图形类型为 LineString" in message


def test_a_river_may_be_a_line_or_an_area_but_no_point(read, refused):
    line = {"type": "LineString", "coordinates": [[114, 40], [114.1, 40.1]]}
    square = shapely.geometry.mapping(SQUARE)
    assert len(read([feature(line, zone_id="a"), feature(square, zone_id="b")], "river")) == 2
    assert "Point" in refused([feature(zone_id="a")], "river")
    collection = {"type": "GeometryCollection", "geometries": [line]}
    assert "GeometryCollection" in refused([feature(collection, zone_id="a")], "site")


@pytest.mark.parametrize("crs_member", [4490, 4547])
def test_a_self_crossing_polygon_is_refused_with_its_id_and_place(refused, crs_member):
    ring = [[114, 40], [114.1, 40.1], [114.1, 40], [114, 40.1], [114, 40]]
    if crs_member == 4547:
        ring = [[500_000 + (x - 114) * 1e4, 4_470_000 + (y - 40) * 1e4] for x, y in ring]
    bowtie = {"type": "Polygon", "coordinates": [ring]}
    message = refused([feature(bowtie, zone_id="0012")], "red_line", crs_member)
    assert "第 1 个要素（0012）图形有错：Self-intersection" in message
