"""Archives, places and files that must be refused, with nothing written outside."""

import http.server
import os
import stat
import tempfile
import threading
import zipfile

import geopandas as gpd
import pyogrio
import pytest
import shapely

from layers import formats
from layers.errors import LayerError
from layers.formats import archive as archive_module
from layers.formats import read_source
from layers.formats import source as source_module


@pytest.fixture
def points(tmp_path):
    """Return the bytes of a GBK shapefile's parts by suffix."""
    frame = gpd.GeoDataFrame({"名称": ["沁河", "阳城"]}, geometry=[shapely.Point(112, 35), None],
                             crs=4490)  # fmt: skip
    folder = tmp_path / "made"
    folder.mkdir()
    pyogrio.write_dataframe(frame, folder / "a.shp", encoding="GBK", geometry_type="Point")
    return {part.suffix: part.read_bytes() for part in folder.iterdir() if part.suffix != ".cpg"}


@pytest.fixture
def packed(tmp_path, monkeypatch):
    """Return a function that packs members; the temporary folder must be empty afterwards."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    path = tmp_path / "in" / "a.zip"
    path.parent.mkdir()

    def pack(members, name="a.zip"):
        target = path.with_name(name)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members:
                archive.writestr(member, content)
        return target

    yield pack
    assert list(scratch.iterdir()) == []
    assert {part.name for part in path.parent.iterdir()} <= {"a.zip", "a.kmz", "a.xlsx"}


def test_a_zipped_shapefile_is_read_and_messages_name_the_archive(points, packed):
    path = packed([(f"县/红线{suffix}", content) for suffix, content in points.items()])
    source = read_source(path)
    assert source.frame["名称"].tolist() == ["沁河"]
    assert source.read == 2
    assert source.rejects[0].file == f"{path}/县/红线.shp"
    assert source.notes == ("读取压缩包中的 县/红线.shp", "文字编码判定为 gb18030")
    path = packed([("红线.shp", points[".shp"]), ("红线.dbf", points[".dbf"])])
    with pytest.raises(LayerError) as error:
        read_source(path)
    assert f"{path}/红线.shp 缺少同名的 .shx" in str(error.value)


@pytest.mark.parametrize("name", ["../x.shp", "a/../../x.shp", "/x.shp", "C:\\x.shp",
                                  "..\\x.shp", "\\x.shp"])  # fmt: skip
def test_a_name_that_leads_out_is_refused(packed, name):
    with pytest.raises(LayerError, match="指向压缩包之外"):
        read_source(packed([(name, b"x")]))


def test_a_link_is_refused(packed):
    link = zipfile.ZipInfo("a.geojson")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(LayerError, match="是链接"):
        read_source(packed([(link, "/etc/passwd")]))


@pytest.mark.parametrize("name", ["b.zip", "b.kmz", "b.7z", "b.tar.gz", "夹/B.ZIP"])
def test_an_archive_within_an_archive_is_refused(packed, name):
    with pytest.raises(LayerError, match="里还有压缩包"):
        read_source(packed([(name, b"x")]))


def test_bombs_are_refused_before_anything_is_unpacked(packed, monkeypatch):
    monkeypatch.setattr(archive_module, "HARMLESS_BYTES", 1 << 20)
    blank = bytes(4 << 20)
    with pytest.raises(LayerError, match="压缩炸弹"):
        read_source(packed([("a.shp", blank)]))
    monkeypatch.setattr(archive_module, "MAX_UNPACKED_BYTES", 2 << 20)
    with pytest.raises(LayerError, match="解压后至少 4 MB，上限为 2 MB"):
        read_source(packed([("a.shp", blank)]))
    monkeypatch.setattr(archive_module, "MAX_MEMBERS", 3)
    with pytest.raises(LayerError, match="有 4 个文件，上限为 3 个"):
        read_source(packed([(f"{at}.shp", b"") for at in range(4)]))


def test_a_bomb_that_lies_about_its_size_is_stopped(packed):
    path = packed([("a.geojson", bytes(1 << 20))])
    raw = path.read_bytes()
    path.write_bytes(raw.replace((1 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(LayerError, match="打不开"):
        read_source(path)


def test_names_given_twice_locked_and_broken_archives_are_refused(packed):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = packed([("a.geojson", b"{}"), ("a.geojson", b"{}")])
    with pytest.raises(LayerError, match="出现了两次"):
        read_source(path)
    path = packed([("a.geojson", b"{}")])
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(LayerError, match="有密码"):
        read_source(path)
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(LayerError, match="打不开"):
        read_source(path)


def test_an_archive_must_hold_exactly_one_layer(packed):
    feature = '{"type":"FeatureCollection","features":[]}'
    with pytest.raises(LayerError, match="现有：—"):
        read_source(packed([("说明.doc", b"x")]))
    with pytest.raises(LayerError, match=r"现有：a\.geojson、b\.geojson"):
        read_source(packed([("a.geojson", feature), ("b.geojson", feature)]))


def test_a_kmz_is_read_and_guarded_like_an_archive(packed):
    kml = ('<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><name>泉</name><Point>'
           "<coordinates>112,35</coordinates></Point></Placemark></kml>")  # fmt: skip
    source = read_source(packed([("doc.kml", kml), ("files/x.png", b"x")], "a.kmz"))
    assert source.frame["Name"].tolist() == ["泉"]
    with pytest.raises(LayerError, match="指向压缩包之外"):
        read_source(packed([("doc.kml", kml), ("../x.png", b"x")], "a.kmz"))
    with pytest.raises(LayerError, match="DOCTYPE"):
        read_source(packed([("doc.kml", f"<!DOCTYPE kml>{kml}")], "a.kmz"))


def test_a_workbook_with_entities_is_refused(packed):
    text = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'
    with pytest.raises(LayerError, match="DOCTYPE"):
        read_source(packed([("[Content_Types].xml", text)], "a.xlsx"))
    with pytest.raises(LayerError, match=r"a\.xlsx 读不出来"):
        read_source(packed([("x.xml", "<a/>")], "a.xlsx"))


@pytest.mark.parametrize(("name", "head", "words"), [
    ("a.dwg", b"AC1032", "另存为 DXF"), ("a.dxf", b"AC1032", "另存为 DXF"),
    ("a.pdf", b"%PDF-1.7", "扫描件"), ("a.shp", b"%PDF-1.7", "扫描件"),
    ("a.jpg", b"\xff\xd8\xff\xe0", "扫描件"), ("a.tif", b"II*\0", "栅格"),
    ("a.xls", b"\xd0\xcf\x11\xe0", "旧版 Excel"), ("a.dbf", b"\x03", r"选同名的 \.shp"),
    ("a.rar", b"Rar!", r"不是 \.zip"), ("a.mdb", b"x", "不能读取。可以读取"),
    ("a.gdb", b"x", "它不是文件夹"), ("a.geojson", b"", "0 字节"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused_with_the_way_out(tmp_path, name, head, words):
    path = tmp_path / name
    path.write_bytes(head)
    with pytest.raises(LayerError, match=words) as error:
        read_source(path)
    assert str(path) in str(error.value)


def test_places_that_are_no_files_are_refused(tmp_path):
    with pytest.raises(LayerError, match="找不到文件"):
        read_source(tmp_path / "a.shp")
    with pytest.raises(LayerError, match="是一个文件夹"):
        read_source(tmp_path)
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(LayerError, match="不是普通文件"):
        read_source(tmp_path / "a.csv")


@pytest.mark.parametrize(
    "text", ["postgresql://user:secret@host/db", "PG:dbname=x password=secret"]
)
def test_a_database_is_refused_without_showing_its_password(text):
    with pytest.raises(LayerError, match="PostGIS") as error:
        read_source(text)
    assert "secret" not in str(error.value)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("经度,纬度\n112,35\n")
    assert read_source(path).read == 1
    reader = formats._READERS[".csv"]

    def slow(file, **options):
        source = reader(file, **options)
        with file.open("a") as out:
            out.write("113,36\n")
        return source

    monkeypatch.setitem(formats._READERS, ".csv", slow)
    with pytest.raises(LayerError, match="读取过程中被改动"):
        read_source(path)


def test_a_part_of_a_shapefile_that_changes_counts_too(tmp_path, points):
    for suffix, content in points.items():
        (tmp_path / f"a{suffix}").write_bytes(content)
    with pytest.raises(LayerError, match="被改动"), source_module.steady(tmp_path / "a.shp"):
        (tmp_path / "a.dbf").write_bytes(points[".dbf"] + b" ")


def test_a_text_file_beyond_the_limit_is_not_taken_into_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(source_module, "MAX_TEXT_BYTES", 1 << 20)
    for name in ("a.csv", "a.txt", "a.kml"):
        (tmp_path / name).write_bytes(b"x" * (2 << 20))
        with pytest.raises(LayerError, match="有 2 MB，文字类文件最多 1 MB"):
            read_source(tmp_path / name)


@pytest.mark.parametrize("named", ["address", "other"])
def test_no_file_has_another_place_asked(tmp_path, named):
    asked = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = f"http://127.0.0.1:{server.server_port}/a"
    shape = '{"type":"Point","coordinates":[112,35]}'
    feature = f'{{"type":"Feature","properties":{{}},"geometry":{shape}}}'
    if named == "address":
        file = tmp_path / "a.geojson"
        crs = f'{{"type":"link","properties":{{"href":"{place}"}}}}'
        file.write_text(f'{{"type":"FeatureCollection","crs":{crs},"features":[{feature}]}}')
    else:
        (tmp_path / "hidden.geojson").write_text(feature)
        file = tmp_path / "a.kml"
        file.write_text(
            '<OGRVRTDataSource><kml/><OGRVRTLayer name="a"><SrcDataSource>'
            f"{tmp_path / 'hidden.geojson'}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
        )
    try:
        if named == "address":
            assert read_source(file).frame.crs is None
        else:
            with pytest.raises(LayerError, match="kml"):
                read_source(file)
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []
