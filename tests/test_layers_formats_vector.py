"""Shapefile encodings, GDAL formats, KML, DXF, GeoParquet."""

import importlib.util
import warnings
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from layers.errors import LayerError
from layers.formats import read_source
from layers.formats import vector as vector_module

NAMES = ["沁河源头", "阳城县"]


def two_points(column="名称", values=NAMES):
    points = [shapely.Point(112, 35), shapely.Point(112.5, 35.5)]
    return gpd.GeoDataFrame({column: values, "n": [1, 2]}, geometry=points, crs=4490)


def written(frame, path, **options):
    """Write with GDAL, which warns of what these tests want: cut texts, no CRS."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.write_dataframe(frame, path, **options)


def shapefile(path, encoding, cpg=None, **table):
    written(two_points(**table), path, encoding=encoding)
    path.with_suffix(".cpg").unlink()
    if cpg:
        path.with_suffix(".cpg").write_text(cpg)
    return path


def names(source, column="名称"):
    return source.frame[column].tolist()


def test_gbk_and_utf_8_shapefiles_in_one_folder_all_read_right(tmp_path):
    for name, encoding in {"甲": "UTF-8", "乙": "GB18030", "丙": "GBK"}.items():
        shapefile(tmp_path / f"{name}.shp", encoding)
    for name, encoding in {"甲": "utf-8", "乙": "gb18030", "丙": "gb18030"}.items():
        source = read_source(tmp_path / f"{name}.shp")
        assert names(source) == NAMES
        assert source.notes == (f"文字编码判定为 {encoding}",)
        assert source.frame.crs == 4490


@pytest.mark.parametrize(("encoding", "cpg"), [("GBK", "UTF-8"), ("UTF-8", "GBK"),
                                               ("UTF-8", "936")])  # fmt: skip
def test_a_cpg_that_lies_is_noticed(tmp_path, encoding, cpg):
    source = read_source(shapefile(tmp_path / "a.shp", encoding, cpg))
    assert names(source) == NAMES
    assert any("自称编码" in text for text in source.notes)


@pytest.mark.parametrize(("encoding", "cpg"), [("UTF-8", "UTF-8"), ("GBK", "GBK"),
                                               ("GBK", "936")])  # fmt: skip
def test_a_cpg_that_tells_the_truth_is_followed_without_a_note(tmp_path, encoding, cpg):
    source = read_source(shapefile(tmp_path / "a.shp", encoding, cpg, values=["甲中文", "乙"]))
    assert names(source) == ["甲中文", "乙"]
    assert source.notes == ()


def test_gbk_that_is_utf_8_by_chance_is_read_as_gbk_but_signs_are_not(tmp_path):
    path = shapefile(tmp_path / "a.shp", "GBK", column="name", values=["联通", "a"])
    assert names(read_source(path), "name") == ["联通", "a"]
    path = shapefile(tmp_path / "b.shp", "UTF-8", column="name", values=["5 m²", "35°"])
    assert names(read_source(path), "name") == ["5 m²", "35°"]


def test_a_field_name_cut_within_a_character_does_not_crash(tmp_path):
    # ten bytes hold three characters of UTF-8 and a third of the fourth
    source = read_source(shapefile(tmp_path / "a.shp", "UTF-8", column="生态保护红线"))
    assert names(source, "生态保") == NAMES
    assert any("截断" in text for text in source.notes)
    assert source.frame["n"].tolist() == [1, 2]


def test_a_value_cut_within_a_character_loses_only_that_character(tmp_path):
    long = "红" * 130  # 260 bytes in GBK, and a field holds 254
    path = shapefile(tmp_path / "a.shp", "GBK", values=[f"a{long}", "短"])
    source = read_source(path)
    assert names(source) == [f"a{'红' * 126}", "短"]


def test_texts_in_no_known_encoding_are_asked_about_and_the_stated_one_is_used(tmp_path):
    path = shapefile(tmp_path / "a.shp", "GBK")
    table = path.with_suffix(".dbf")
    table.write_bytes(
        table.read_bytes().replace("阳城县".encode("gbk"), b"\xff\xff\xff\xff\xff\xff")
    )
    with pytest.raises(LayerError, match=r"a\.dbf 的文字按 UTF-8、GB18030 解不出来"):
        read_source(path)
    path = shapefile(tmp_path / "b.shp", "BIG5", column="name", values=["區域範圍", "乙"])
    assert names(read_source(path, encoding="big5"), "name") == ["區域範圍", "乙"]
    with pytest.raises(LayerError, match="按 utf-8 解不出来"):
        read_source(path, encoding="utf-8")
    with pytest.raises(LayerError, match="不认识编码「甲乙」"):
        read_source(path, encoding="甲乙")


def test_a_broken_dbf_or_a_missing_part_is_named(tmp_path):
    path = shapefile(tmp_path / "a.shp", "UTF-8")
    path.with_suffix(".dbf").write_bytes(b"\x03abc")
    with pytest.raises(LayerError, match="文件头不正确"):
        read_source(path)
    path.with_suffix(".dbf").unlink()
    source = read_source(path)
    assert (source.read, len(source.frame)) == (2, 2)
    assert any("没有 .dbf" in text for text in source.notes)
    path.with_suffix(".shx").unlink()
    with pytest.raises(LayerError, match=r"缺少同名的 \.shx"):
        read_source(path)


@pytest.mark.parametrize(("name", "driver"), [
    ("a.gpkg", "GPKG"), ("a.gdb", "OpenFileGDB"), ("a.geojson", "GeoJSON"),
    ("a.fgb", "FlatGeobuf"), ("a.shp", "ESRI Shapefile"),
])  # fmt: skip
def test_what_gdal_writes_reads_equal(tmp_path, name, driver):
    written(two_points(), tmp_path / name, driver=driver)
    source = read_source(tmp_path / name)
    found = source.frame.sort_values("n")
    assert source.read == 2
    assert source.rejects == ()
    assert found["名称"].tolist() == NAMES
    assert found.geometry.to_wkt().tolist() == ["POINT (112 35)", "POINT (112.5 35.5)"]
    assert source.frame.crs.to_epsg() == 4490


def test_a_feature_without_geometry_is_rejected_with_its_row(tmp_path):
    frame = two_points()
    frame.loc[0, "geometry"] = None
    frame.to_file(tmp_path / "a.gpkg")
    source = read_source(tmp_path / "a.gpkg")
    assert (source.read, len(source.frame), len(source.rejects)) == (2, 1, 1)
    assert source.rejects[0].feature == "1"
    assert source.rejects[0].file == str(tmp_path / "a.gpkg")
    assert "没有图形" in source.rejects[0].reason
    assert source.frame["n"].tolist() == [2]


def test_several_layers_are_asked_about(tmp_path):
    for layer in ("红线", "河流"):
        two_points().to_file(tmp_path / "a.gpkg", layer=layer, mode="a")
    with pytest.raises(LayerError, match="红线、河流"):
        read_source(tmp_path / "a.gpkg")
    assert read_source(tmp_path / "a.gpkg", table="河流").read == 2
    with pytest.raises(LayerError, match="现为：湖"):
        read_source(tmp_path / "a.gpkg", table="湖")


def test_geojson_in_metres_that_names_no_crs_has_none(tmp_path):
    path = tmp_path / "a.geojson"
    point = '{"type":"Point","coordinates":[38500000,3900000]}'
    path.write_text('{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
                    f'"geometry":{point}}}]}}')  # fmt: skip
    source = read_source(path)
    assert source.frame.crs is None
    assert "按没有坐标系处理" in source.notes[0]


@pytest.mark.parametrize(("suffix", "driver"), [(".gpkg", "GPKG"), (".fgb", "FlatGeobuf"),
                                                (".gdb", "OpenFileGDB")])  # fmt: skip
def test_a_huge_attribute_is_refused_by_name_and_size(tmp_path, monkeypatch, suffix, driver):
    monkeypatch.setattr(vector_module, "MAX_ATTRIBUTE_BYTES", 1 << 20)
    path = tmp_path / f"a{suffix}"
    written(two_points(values=["x" * (3 << 20), "b"]), path, driver=driver)
    with pytest.raises(LayerError, match="字段 名称 有一个值长达 3 MB，上限为 1 MB"):
        read_source(path)


def test_a_huge_outline_in_a_geopackage_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(vector_module, "MAX_ATTRIBUTE_BYTES", 1 << 20)
    frame = two_points()
    frame.loc[0, "geometry"] = shapely.LineString([(112, 35), (113, 36)] * 65_536)
    frame.to_file(tmp_path / "a.gpkg")
    with pytest.raises(LayerError, match="字段 geom 有一个值长达 2 MB，上限为 1 MB"):
        read_source(tmp_path / "a.gpkg")


def test_a_large_file_of_small_features_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(vector_module, "MAX_ATTRIBUTE_BYTES", 1 << 10)
    two_points().to_file(tmp_path / "a.gpkg")
    assert read_source(tmp_path / "a.gpkg").read == 2


def test_a_huge_geojson_feature_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(vector_module, "MAX_ATTRIBUTE_BYTES", 1 << 20)
    two_points(values=["x" * (3 << 20), "b"]).to_file(tmp_path / "a.geojson")
    with pytest.raises(LayerError, match="读不出来"):
        read_source(tmp_path / "a.geojson")


PLACEMARK = "<Placemark><name>{}</name><Point><coordinates>{},35</coordinates></Point></Placemark>"
KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>根</name>{}</Document></kml>'


def kml_text(extra=""):
    root, inner = PLACEMARK.format("泉", 112), PLACEMARK.format("井", 113)
    return KML.format(f"{root}<Folder><name>夹</name>{inner}</Folder>{extra}")


@pytest.mark.parametrize(("head", "encoding"), [
    ("", "utf-8"), ('<?xml version="1.0" encoding="UTF-8"?>', "utf-8-sig"),
    ('<?xml version="1.0" encoding="GBK"?>', "gbk"), ("", "gbk"),
])  # fmt: skip
def test_all_folders_of_a_kml_are_read_in_any_encoding(tmp_path, head, encoding):
    path = tmp_path / "手机.kml"
    path.write_bytes((head + kml_text()).encode(encoding))
    source = read_source(path)
    assert source.frame["Name"].tolist() == ["泉", "井"]
    assert source.frame["kml_folder"].tolist() == ["根", "夹"]
    assert source.frame.crs == 4326
    assert [shape.x for shape in source.frame.geometry] == [112, 113]


def test_kml_says_what_it_left_out(tmp_path):
    path = tmp_path / "a.kml"
    empty = "<Placemark><name>无</name></Placemark>"
    path.write_text(kml_text(f"{empty}<NetworkLink><Link><href>b.kml</href></Link></NetworkLink>"))
    source = read_source(path)
    assert (source.read, len(source.frame), len(source.rejects)) == (3, 2, 1)
    assert any("1 个网络链接" in text for text in source.notes)
    assert read_source(path, table="夹").frame["Name"].tolist() == ["井"]


def test_kml_with_a_doctype_is_refused_but_one_in_a_description_is_not(tmp_path):
    path = tmp_path / "a.kml"
    bomb = '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    path.write_text(bomb + kml_text())
    with pytest.raises(LayerError, match="DOCTYPE"):
        read_source(path)
    path.write_bytes((bomb.replace('1.0"', '1.0" encoding="UTF-16"') + kml_text()).encode("utf-16"))
    with pytest.raises(LayerError, match="DOCTYPE"):
        read_source(path)
    text = "<Placemark><description><![CDATA[<!DOCTYPE html><b>x</b>]]></description></Placemark>"
    path.write_text(kml_text(text))
    assert read_source(path).read == 3
    path.write_text(kml_text()[:-9])
    with pytest.raises(LayerError, match="不是正确的 XML"):
        read_source(path)


def drawing(path, encoding="utf-8", codepage=b"ANSI_936"):
    ring = shapely.LineString([(0, 0), (100, 0), (100, 100), (0, 0)])
    lines = gpd.GeoDataFrame({"Layer": ["JZX", "0"]}, geometry=[ring, shapely.Point(5, 5)])
    written(lines, path, driver="DXF")
    raw = path.read_bytes().replace(b"JZX", "界址线".encode(encoding))
    start = raw.find(b"$DWGCODEPAGE")
    if start >= 0:
        value = raw[start:].split(b"\n")[2].strip()
        raw = raw[:start] + raw[start:].replace(value, codepage, 1)
    path.write_bytes(raw)
    return path


def test_dxf_asks_for_its_crs_and_closed_lines_are_areas(tmp_path):
    path = drawing(tmp_path / "a.dxf")
    with pytest.raises(LayerError, match=r"不带坐标系。请写明 crs"):
        read_source(path)
    source = read_source(path, crs="EPSG:4526")
    assert source.frame.crs is None
    assert source.frame.geometry.geom_type.tolist() == ["Polygon", "Point"]
    assert source.frame.geometry[0].area == 5000
    assert "1 条闭合线按面读取" in source.notes


def test_dxf_layer_names_in_gbk_are_read(tmp_path):
    path = drawing(tmp_path / "a.dxf", "gbk")
    assert read_source(path, crs="EPSG:4526").frame["Layer"][0] == "界址线"


def test_geoparquet_is_read_where_pyarrow_is_and_asked_for_where_not(tmp_path):
    path = tmp_path / "a.parquet"
    if importlib.util.find_spec("pyarrow"):
        two_points().to_parquet(path)
        assert names(read_source(path)) == NAMES
    else:
        path.write_bytes(b"PAR1 and so on PAR1")
        with pytest.raises(LayerError, match="pip install pyarrow"):
            read_source(path)


def test_a_file_of_another_format_than_its_name_is_refused(tmp_path):
    two_points().to_file(tmp_path / "real.gpkg")
    vrt = f"<OGRVRTDataSource><OGRVRTLayer name='real'><SrcDataSource>{tmp_path}/real.gpkg"
    vrt += "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    for name in ("a.gpkg", "a.shp", "a.geojson", "a.fgb"):
        (tmp_path / name).write_text(vrt)
        with pytest.raises(LayerError, match="内容却不是这种格式"):
            read_source(tmp_path / name)
    (tmp_path / "a.dxf").write_text(vrt)
    with pytest.raises(LayerError, match="OGR_VRT 格式"):
        read_source(tmp_path / "a.dxf", crs="EPSG:4526")
    pipeline = '{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read %s"}'
    (tmp_path / "b.geojson").write_text(pipeline % (tmp_path / "real.gpkg"))
    with pytest.raises(LayerError):
        read_source(tmp_path / "b.geojson")


def test_a_cut_off_shapefile_loses_nothing_in_silence(tmp_path):
    path = shapefile(tmp_path / "a.shp", "UTF-8")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(LayerError, match=r"a\.shp 只有 136 字节，.*至少应有 156 字节"):
        read_source(path)


def test_a_relative_path_reads_too(tmp_path, monkeypatch):
    shapefile(tmp_path / "a.shp", "GBK")
    monkeypatch.chdir(tmp_path)
    assert names(read_source(Path("a.shp"))) == NAMES
