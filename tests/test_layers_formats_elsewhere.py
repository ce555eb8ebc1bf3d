"""Files as other programs write them, made here byte by byte."""

import sqlite3
import struct
import zipfile

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely

from layers.errors import LayerError
from layers.formats import read_source
from layers.intake import take_in
from layers.raster import read_elevation
from layers.register import Layer
from layers.whole import together

PLACES = [(112.0, 35.0), (112.5, 35.5)]


def table(fields, rows, *, page=0, deleted=(), claimed=None):
    """Return the bytes of a .dbf: ``fields`` are (name, size) and all texts, given as bytes."""
    width = 1 + sum(size for _, size in fields)
    head = struct.pack("<BBBBIHH17xB2x", 3, 25, 1, 1, len(rows) if claimed is None else claimed,
                       33 + 32 * len(fields), width, page)  # fmt: skip
    for name, size in fields:
        head += struct.pack("<11sc4xBB14x", name, b"C", size, 0)
    body = b"".join(
        (b"*" if at in deleted else b" ")
        + b"".join(cell.ljust(size) for cell, (_, size) in zip(row, fields, strict=True))
        for at, row in enumerate(rows)
    )
    return head + b"\r" + body + b"\x1a"


def shapefile(path, dbf, prj=b""):
    """Write two points by hand, with the table given."""
    shapes = b"".join(struct.pack(">ii", at, 10) + struct.pack("<idd", 1, *place)
                      for at, place in enumerate(PLACES, start=1))  # fmt: skip
    index = b"".join(struct.pack(">ii", 50 + 14 * at, 10) for at in range(len(PLACES)))
    for suffix, body in ((".shp", shapes), (".shx", index)):
        head = struct.pack(">i20xi", 9994, (100 + len(body)) // 2)
        head += struct.pack("<ii8d", 1000, 1, 112, 35, 112.5, 35.5, 0, 0, 0, 0)
        path.with_suffix(suffix).write_bytes(head + body)
    path.with_suffix(".dbf").write_bytes(dbf)
    if prj:
        path.with_suffix(".prj").write_bytes(prj)
    return path


def names(encoding, column="名称", **options):
    rows = [["沁河源头".encode(encoding)], ["阳城县".encode(encoding)]]
    return table([(column.encode(encoding), 20)], rows, **options)


@pytest.mark.parametrize("claim", ["1252", "ANSI 1252", "OEM", "ISO-8859-1", "437", "cp850"])
def test_a_cpg_of_another_alphabet_proves_nothing(tmp_path, claim):
    path = shapefile(tmp_path / "a.shp", names("gbk"))
    path.with_suffix(".cpg").write_text(claim)
    source = read_source(path)
    assert source.frame["名称"].tolist() == ["沁河源头", "阳城县"]
    assert source.notes == ("文字编码判定为 gb18030",)


def test_the_chinese_code_page_in_the_head_is_followed_where_the_bytes_fit(tmp_path):
    rows = [["紅線保護區".encode("big5")], ["陽城縣".encode("big5")]]
    path = shapefile(tmp_path / "a.shp", table([(b"name", 20)], rows, page=0x78))
    assert read_source(path).frame["name"].tolist() == ["紅線保護區", "陽城縣"]
    # without it, the strange characters are pointed out
    path = shapefile(tmp_path / "b.shp", table([(b"name", 20)], rows))
    assert any("2 个私用区字符（如 U+E06D）" in text for text in read_source(path).notes)
    for page, encoding in ((0x4D, "utf-8"), (0x78, "utf-8"), (0x57, "gbk"), (0x4D, "gb18030")):
        path = shapefile(tmp_path / "c.shp", names(encoding, page=page))
        assert read_source(path).frame["名称"].tolist() == ["沁河源头", "阳城县"]


def test_fields_of_one_name_keep_their_own_values(tmp_path):
    # ten bytes of 生态保护红线名称 and 生态保护红线类型 in UTF-8 are the same ten
    for name in ("生态保护".encode()[:10], "生态".encode()):
        rows = [["甲".encode(), b"1"], ["乙".encode(), b"2"]]
        path = shapefile(tmp_path / "a.shp", table([(name, 9), (name, 9)], rows))
        frame = read_source(path).frame
        first, second = (column for column in frame.columns if column != "geometry")
        assert second == f"{first}_2"
        assert frame[first].tolist() == ["甲", "乙"]
        assert frame[second].tolist() == ["1", "2"]


def test_a_table_with_other_rows_than_shapes_is_refused(tmp_path):
    field = [(b"name", 9)]
    for rows, options in (
        ([[b"a"]], {}),
        ([[b"a"], [b"b"], [b"c"]], {}),
        ([[b"a"]], {"claimed": 2}),
    ):
        path = shapefile(tmp_path / "a.shp", table(field, rows, **options))
        with pytest.raises(LayerError, match=rf"a\.dbf 有 {len(rows)} 行，图形却有 2 个"):
            read_source(path)


def test_rows_marked_as_deleted_are_counted(tmp_path):
    source = read_source(shapefile(tmp_path / "a.shp", names("gbk", deleted=[0])))
    assert source.frame["名称"].tolist() == ["阳城县"]
    assert "属性表中有 1 行已标记为删除，连同图形都没有读取" in source.notes


def test_a_prj_in_gbk_is_read(tmp_path):
    prj = (
        'GEOGCS["地理坐标系_中国2000大地坐标系",DATUM["D_China_2000",SPHEROID["CGCS2000",'
        '6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
    )
    for encoding in ("gbk", "utf-8", "utf-8-sig"):
        path = shapefile(tmp_path / "a.shp", names("gbk"), prj.encode(encoding))
        intake = take_in(path)
        assert [(shape.x, shape.y) for shape in intake.frame.geometry] == PLACES
        assert intake.frame["名称"].tolist() == ["沁河源头", "阳城县"]
    assert {part.name for part in tmp_path.iterdir()} == {"a.shp", "a.shx", "a.dbf", "a.prj"}


PLACEMARK = (
    "<Placemark><name>甲</name>{}<Point><coordinates>112,35</coordinates></Point></Placemark>"
)


def kml(path, body):
    path.write_text(
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}</Document></kml>'
    )
    return path


def test_fields_of_a_placemark_keep_their_chinese_names(tmp_path):
    data = {"权属": "阳城县", "面积": "12.5", "name": "x", "A&amp;B": "y", "geometry": "z"}
    fields = "".join(f'<Data name="{key}"><value>{value}</value></Data>'
                     for key, value in data.items())  # fmt: skip
    body = PLACEMARK.format(f"<ExtendedData>{fields}</ExtendedData>") + PLACEMARK.format("")
    frame = read_source(kml(tmp_path / "a.kml", body)).frame
    wanted = {"Name": "甲", "权属": "阳城县", "面积": "12.5", "name": "x", "A&B": "y",
              "geometry_2": "z"}  # fmt: skip
    assert {key: frame[key][0] for key in wanted} == wanted
    assert frame.geometry[0] == shapely.Point(112, 35)
    assert frame["权属"].isna().tolist() == [False, True]


def test_a_picture_laid_over_the_ground_is_no_feature(tmp_path):
    overlay = ("<GroundOverlay><name>图</name><LatLonBox><north>36</north><south>35</south>"
               "<east>113</east><west>112</west></LatLonBox></GroundOverlay>")  # fmt: skip
    source = read_source(kml(tmp_path / "a.kml", PLACEMARK.format("") + overlay))
    assert source.frame.geometry.tolist() == [shapely.Point(112, 35)]
    assert "文件含有 1 个叠加图片，图片没有读取" in source.notes


@pytest.mark.parametrize(("version", "page", "encoding"), [
    ("AC1024", "ANSI_1252", "utf-8"), ("AC1032", "ANSI_936", "utf-8"),
    ("AC1009", "ANSI_1252", "gbk"), ("AC1009", "", "gbk"), ("AC1015", "ANSI_936", "gbk"),
])  # fmt: skip
def test_the_code_page_of_a_drawing_is_not_relied_on(tmp_path, version, page, encoding):
    groups = ["0", "SECTION", "2", "HEADER", "9", "$ACADVER", "1", version]
    groups += ["9", "$DWGCODEPAGE", "3", page] if page else []
    groups += ["0", "ENDSEC", "0", "SECTION", "2", "ENTITIES", "0", "POINT", "8", "界址点",
               "10", "450000.5", "20", "3950000.25", "0", "ENDSEC", "0", "EOF"]  # fmt: skip
    path = tmp_path / "a.dxf"
    path.write_bytes("\r\n".join([*groups, ""]).encode(encoding))
    frame = read_source(path, crs="EPSG:4547").frame
    assert frame["Layer"].tolist() == ["界址点"]
    assert frame.geometry.tolist() == [shapely.Point(450000.5, 3950000.25)]


def geojson(path, member, point=(112, 35)):
    feature = (f'{{"type":"Feature","properties":{{}},"geometry":{{"type":"Point",'
               f'"coordinates":{list(point)}}}}}')  # fmt: skip
    path.write_text(f'{{"type":"FeatureCollection",{member}"features":[{feature}]}}')
    return path


def test_what_a_geojson_says_of_its_coordinates_is_not_passed_over(tmp_path):
    def said(name):
        return f'"crs":{{"type":"name","properties":{{"name":"{name}"}}}},'

    for name in ("GCJ-02", "阳城县独立坐标系"):
        source = read_source(geojson(tmp_path / "a.geojson", said(name)))
        assert source.frame.crs is None
        assert any(f"文件写的坐标系是「{name}」" in text for text in source.notes)
    assert read_source(geojson(tmp_path / "a.geojson", '"crs":null,')).frame.crs is None
    known = {"urn:ogc:def:crs:EPSG::4490": 4490, "EPSG:4610": 4610, "Xian 1980": 4610,
             "urn:ogc:def:crs:OGC:1.3:CRS84": 4326}  # fmt: skip
    for name, code in known.items():
        frame = read_source(geojson(tmp_path / "a.geojson", said(name))).frame
        assert frame.crs.equals(code, ignore_axis_order=True)
    assert read_source(geojson(tmp_path / "a.geojson", "")).frame.crs == 4326


def test_entries_of_a_geojson_that_gdal_passes_over_are_not_lost(tmp_path):
    path = geojson(tmp_path / "a.geojson", "")
    whole = path.read_text()
    nested = whole.replace('"features":[', f'"features":[{whole},')
    null = whole.replace('"features":[', '"features":[null,')
    for text in (nested, null, whole.replace("[{", '[{"type":"Featur","geometry":null},{')):
        path.write_text(text)
        with pytest.raises(LayerError, match="有 2 项，只有 1 项是要素；不是要素的第一项是第 1 项"):
            read_source(path)
    path.write_text(whole.replace("[{", '[{"type":"Feature","properties":{}},{'))
    assert (read_source(path).read, len(read_source(path).rejects)) == (2, 1)


@pytest.mark.parametrize("code", [0, -1])
def test_a_geopackage_without_a_crs_may_be_told_one(tmp_path, code):
    path = tmp_path / "a.gpkg"
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(112, 35)], crs=4490)
    pyogrio.write_dataframe(frame, path)
    base = sqlite3.connect(path)
    base.execute("update gpkg_geometry_columns set srs_id = ?", (code,))
    base.commit()
    base.close()
    assert read_source(path).frame.crs is None
    assert take_in(path, crs="EPSG:4490").frame.geometry.tolist() == [shapely.Point(112, 35)]


def test_a_file_that_is_no_archive_is_named_by_its_ending(tmp_path):
    for name in ("a.xlsx", "a.kmz", "a.zip"):
        (tmp_path / name).write_text("经度,纬度\n112,35\n")
        with pytest.raises(LayerError, match="内容却不是这种格式"):
            read_source(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("a.csv", "经度,纬度\n112,35\n")
    assert read_source(tmp_path / "b.zip").read == 1


def test_where_nothing_can_be_used_the_reasons_are_given_not_the_missing_crs(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("[地块坐标]\n1,1,D1,孔,点,,,,@\nJ1,1,3950000,38450000\n", encoding="gbk")
    intake = take_in(path)
    assert (intake.read, len(intake.frame), intake.crs) == (1, 0, None)
    assert "图形属性为「点」" in intake.rejects[0].reason


def test_a_refused_crs_says_how_the_numbers_were_taken(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("名称,经度,纬度\n泉,112,35\n")
    with pytest.raises(LayerError, match=r"没有坐标系(.|\n)*经度取自列 经度"):
        take_in(path)


def grid(path, turn=(0.1, 0, 112, 0, -0.1, 36), crs="EPSG:4490", low=1, **options):
    cells = np.array([[[low, 2, 3], [4, 5, 6]]], dtype="int16")
    with rasterio.open(path, "w", driver="GTiff", width=3, height=2, count=1, dtype="int16",
                       crs=crs, transform=rasterio.Affine(*turn), **options) as out:  # fmt: skip
        out.write(cells)
        out.scales, out.offsets = (0.1,), (100,)
    return read_elevation(Layer("dem", "elevation", "高程", path=path.name), path)


def test_a_grid_that_is_turned_of_another_datum_or_holds_no_heights_is_refused(tmp_path):
    path = tmp_path / "dem.tif"
    assert np.allclose(grid(path).metres, [[100.1, 100.2, 100.3], [100.4, 100.5, 100.6]])
    assert np.isnan(grid(path, low=-32768, nodata=-32768).metres[0, 0])
    for turn in ((0.1, 0.01, 112, 0.01, -0.1, 36), (0.1, 0, 112, 0, 0.1, 35)):
        with pytest.raises(LayerError, match="不是上北下南的格网"):
            grid(path, turn=turn)
    with pytest.raises(LayerError, match="EPSG:4610，应为 CGCS2000"):
        grid(path, crs="EPSG:4610")
    with pytest.raises(LayerError, match=r"有 1 个格子的高程（如 -3176\.8）"):
        grid(path, low=-32768)


def test_a_refused_file_is_named_by_its_own_place(tmp_path):
    with pytest.raises(LayerError) as error, together(tmp_path / "a.txt") as folder:
        raise LayerError(f"{folder / 'a.txt'}")
    assert str(error.value) == str(tmp_path / "a.txt")
