"""Sites from the files that offices send: every row is a site or a reject with its reason."""

import zipfile
from hashlib import sha256

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
from shapely import LineString, Point, Polygon, box

from layers.connection import connection
from layers.errors import LayerError
from layers.formats import write_survey_txt
from tests.review_county import EAST, NORTH, PLANE, at, county, moved, write_sites
from zoning.review.sites import read_sites

SQUARE = at(1000, 1000, 1100, 1200)
OTHER = at(2000, 1000, 2100, 1100)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return county(tmp_path_factory.mktemp("county"), {})


def frame(shapes, crs=PLANE, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def degrees(shape):
    return frame([shape]).to_crs("EPSG:4490").geometry.iloc[0]


def survey(path, shapes, **columns):
    write_survey_txt(frame(shapes, "EPSG:4547", **columns).to_crs("EPSG:4526"), path)
    return path


def close(m2):
    return pytest.approx(m2, rel=2e-6, abs=0.01)


# --- the formats ------------------------------------------------------------------------------


def test_a_survey_file_gives_ids_names_and_stated_areas(workspace, tmp_path):
    path = survey(
        tmp_path / "地块.txt", [SQUARE, OTHER], 面积=[2.0, 1.0], 地块编号=["甲1", "甲2"],
        地块名称=["光伏电站", "道路"],
    )  # fmt: skip
    read = read_sites([path], workspace)
    assert [(site.id, site.name, site.feature) for site in read.sites] == [
        ("甲1", "光伏电站", "甲1"),
        ("甲2", "道路", "甲2"),
    ]
    assert [site.area_m2 for site in read.sites] == [close(20_000), close(10_000)]
    assert [site.stated_m2 for site in read.sites] == [20_000, 10_000]
    assert [site.activity.id for site in read.sites] == ["photovoltaic", "road"]
    assert all(site.notes == () for site in read.sites)
    assert all(site.file == "地块.txt" for site in read.sites)
    assert read.inputs == (("地块.txt", sha256(path.read_bytes()).hexdigest()),)
    assert (read.read, read.rejects) == (2, ())


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp", "kml", "zip"])
def test_the_same_parcels_come_out_of_every_format(workspace, tmp_path, ending):
    path = tmp_path / f"sites.{'shp' if ending == 'zip' else ending}"
    parcels = frame([SQUARE, OTHER], id=["a", "b"], name=["甲", "乙"])
    if ending == "kml":
        parcels = parcels.to_crs("EPSG:4326").rename(columns={"name": "Name"})
    elif ending == "geojson":
        parcels = parcels.to_crs("EPSG:4490")
    more = {".shp": {"encoding": "utf-8"}, ".kml": {"driver": "KML"}}
    parcels.to_file(path, **more.get(path.suffix, {}))
    if ending == "zip":
        path = tmp_path / "sites.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for part in sorted(tmp_path.glob("sites.[!z]*")):
                archive.write(part, part.name)
    read = read_sites([path], workspace, crs="EPSG:4490" if ending == "geojson" else "")
    assert [site.name for site in read.sites] == ["甲", "乙"]
    assert [site.area_m2 for site in read.sites] == [close(20_000), close(10_000)]
    assert read.read == 2


def test_a_shapefile_is_known_by_all_its_parts(workspace, tmp_path):
    frame([SQUARE], id=["a"]).to_file(tmp_path / "sites.shp")
    read = read_sites([tmp_path / "sites.shp"], workspace)
    assert {name.rpartition(".")[2] for name, _ in read.inputs} >= {"shp", "shx", "dbf", "prj"}
    assert all(name.startswith("sites.shp/") for name, _ in read.inputs)


def test_points_of_a_table_and_its_bad_rows(workspace, tmp_path):
    spot = degrees(moved(Point(1000, 1000)))
    rows = ["编号,名称,经度,纬度", f"a,风电场,{spot.x},{spot.y}", "b,道路,,", f"c,桥,{spot.x},北"]
    path = tmp_path / "点.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    read = read_sites([path], workspace, crs="EPSG:4490")
    assert [(site.id, site.activity.id, site.area_m2) for site in read.sites] == [("a", "wind", 0)]
    assert [item.feature for item in read.rejects] == ["3", "4"]
    assert {item.file for item in read.rejects} == {"点.csv"}
    assert all(item.reason for item in read.rejects)
    assert read.read == 3 == len(read.sites) + len(read.rejects)


def test_wkt_in_a_workbook_with_areas_in_several_units(workspace, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["编号", "面积（亩）", "WKT"])
    book.active.append(["a", 30, degrees(SQUARE).wkt])
    book.active.append(["b", "", degrees(OTHER).wkt])
    book.save(tmp_path / "sites.xlsx")
    read = read_sites([tmp_path / "sites.xlsx"], workspace, crs="EPSG:4490")
    assert [site.stated_m2 for site in read.sites] == [pytest.approx(20_000), None]


@pytest.mark.parametrize(
    ("column", "factor"),
    [("面积(公顷)", 10_000), ("AREA_HA", 10_000), ("用地面积_平方米", 1), ("面积（万亩）", 2e7 / 3),
     ("面积㎡", 1), ("面积", None), ("面积系数", None), ("人口面积密度", None)],
)  # fmt: skip
def test_an_area_counts_only_with_its_unit(workspace, tmp_path, column, factor):
    path = write_sites(tmp_path / "s.gpkg", {"a": SQUARE}, **{column: [2.0]})
    (site,) = read_sites([path], workspace).sites
    assert site.stated_m2 == (None if factor is None else pytest.approx(2 * factor))


def test_lines_and_points_have_length_and_no_area(workspace, tmp_path):
    shapes = {"line": moved(LineString([(1000, 1000), (1000, 1500)])), "point": moved(Point(9, 9))}
    path = write_sites(tmp_path / "s.gpkg", shapes, 面积_公顷=[1.0, 1.0])
    line, point = read_sites([path], workspace).sites
    assert (line.length_m, line.area_m2, line.stated_m2) == (close(500), 0, None)
    assert (point.length_m, point.area_m2, point.stated_m2) == (0, 0, None)


def test_several_files_are_one_list(workspace, tmp_path):
    (tmp_path / "x").mkdir()
    paths = [
        write_sites(tmp_path / "x" / "s.gpkg", {"a": SQUARE}),
        write_sites(tmp_path / "t.gpkg", {"a": OTHER}),
        write_sites(tmp_path / "s.gpkg", {"b": OTHER}),
    ]
    read = read_sites(paths, workspace)
    assert [site.id for site in read.sites] == ["a", "a-2", "b"]
    assert "重复" in read.sites[1].notes[0]
    files = [str(paths[0]), "t.gpkg", str(paths[2])]
    assert [site.file for site in read.sites] == files
    assert [name for name, _ in read.inputs] == files


# --- ids, names, activities -------------------------------------------------------------------


def test_sites_without_ids_are_called_by_their_rows(workspace, tmp_path):
    bow = Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    frame([SQUARE, moved(bow), OTHER]).to_file(tmp_path / "s.gpkg")
    read = read_sites([tmp_path / "s.gpkg"], workspace)
    assert [(site.id, site.name, site.feature) for site in read.sites] == [
        ("1", "1", "1"),
        ("3", "3", "3"),
    ]
    assert [item.feature for item in read.rejects] == ["2"]


def test_an_id_of_its_own_is_never_given_to_another(workspace, tmp_path):
    path = write_sites(tmp_path / "s.gpkg", {"a": SQUARE, "b": OTHER, "c": SQUARE})
    table = gpd.read_file(path)
    table["编号"] = ["a", "a", "a-2"]
    table.to_file(path)
    assert [site.id for site in read_sites([path], workspace).sites] == ["a", "a-3", "a-2"]


def test_the_user_names_the_columns(workspace, tmp_path):
    path = write_sites(tmp_path / "s.gpkg", {"a": SQUARE}, 案号=["X7"], 事由=["采石场"])
    read = read_sites([path], workspace, id_column="案号", name_column="事由")
    assert [(site.id, site.name) for site in read.sites] == [("X7", "采石场")]


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        ({"名称": ["某某项目"]}, ("", "low")),
        ({"名称": ["某某项目"], "活动类别": ["road"]}, ("road", "stated")),
        ({"名称": ["光伏电站"], "活动类别": ["道路"]}, ("road", "stated")),
        ({"名称": ["光伏电站"], "活动类别": ["飞行器"]}, ("photovoltaic", "high")),
    ],
)
def test_the_activity_is_stated_or_told_from_words(workspace, tmp_path, columns, wanted):
    path = write_sites(tmp_path / "s.gpkg", {"a": SQUARE}, **columns)
    (site,) = read_sites([path], workspace).sites
    assert (site.activity.id, site.activity.confidence) == wanted


def test_accuracy_is_the_users_or_that_of_a_column(workspace, tmp_path):
    shapes = {"a": SQUARE, "b": OTHER}
    path = write_sites(tmp_path / "s.gpkg", shapes, accuracy_m=[0.1, np.nan])
    assert [site.accuracy_m for site in read_sites([path], workspace).sites] == [0.1, None]
    read = read_sites([path], workspace, accuracy_m=2.0)
    assert [site.accuracy_m for site in read.sites] == [0.1, 2.0]


@pytest.mark.parametrize(
    ("head", "accuracy_m", "metres"),
    [
        ("精度=0.001", None, 0.2),  # the digits of the numbers: no survey is as good
        ("精度=", None, 0.2),
        ("精度=3", None, 3.0),
        ("精度=0.5米", None, 0.5),
        ("精度=1:500", None, None),
        ("精度=0.001", 2.0, 2.0),
        ("精度=3", 0.0, 0.0),
    ],
)
def test_a_surveyed_parcel_is_as_accurate_as_the_norm_unless_told(
    workspace, tmp_path, head, accuracy_m, metres
):
    path = survey(tmp_path / "地块.txt", [SQUARE, OTHER])
    text = path.read_text(encoding="gbk")
    assert "精度=不详" in text
    path.write_text(text.replace("精度=不详", head), encoding="gbk")
    read = read_sites([path], workspace, accuracy_m=accuracy_m)
    assert [site.accuracy_m for site in read.sites] == [metres, metres]
    told = [note for note in read.notes if f"按 {metres:g} 米计" in note] if metres else []
    assert len(told) == (accuracy_m is None and metres is not None)


def test_a_survey_file_without_a_datum_says_nothing_of_its_accuracy(workspace, tmp_path):
    path = survey(tmp_path / "地块.txt", [SQUARE])
    text = path.read_text(encoding="gbk")
    path.write_text(text.replace("坐标系=2000国家大地坐标系", "坐标系="), encoding="gbk")
    (site,) = read_sites([path], workspace, crs="EPSG:4526").sites
    assert site.accuracy_m is None


@pytest.mark.parametrize(
    ("hectares", "told"), [(2.0, False), (2.0009, False), (1.9, True), (2.1, True), (30.0, True)]
)
def test_a_stated_area_that_differs_is_told(workspace, tmp_path, hectares, told):
    path = write_sites(tmp_path / "s.gpkg", {"a": SQUARE}, 面积_公顷=[hectares])
    (site,) = read_sites([path], workspace).sites
    assert bool(site.notes) == told
    assert all("相差" in note for note in site.notes)


def test_strangers_texts_are_cut_and_made_plain(workspace, tmp_path):
    name = "甲\u202e乙\n" + "长" * 5000
    path = write_sites(tmp_path / "s.gpkg", {"a\x07b": SQUARE}, 名称=[name])
    (site,) = read_sites([path], workspace).sites
    assert site.id == "ab"
    assert site.name.startswith("甲乙长")
    assert len(site.name) <= 200


# --- what cannot be used ----------------------------------------------------------------------


def test_invalid_shapes_are_rejected_and_never_mended_in_silence(workspace, tmp_path):
    bow = moved(Polygon([(0, 0), (100, 100), (100, 0), (0, 100)]))
    path = write_sites(tmp_path / "s.gpkg", {"bow": bow, "a": SQUARE})
    read = read_sites([path], workspace)
    assert [site.id for site in read.sites] == ["a"]
    (reject,) = read.rejects
    assert "图形有错" in reject.reason
    assert read.read == 2


def test_heights_are_left_out_and_told(workspace, tmp_path):
    high = Polygon([(x, y, 900.0) for x, y in SQUARE.exterior.coords])
    read = read_sites([write_sites(tmp_path / "s.gpkg", {"a": high})], workspace)
    assert not read.sites[0].geometry.has_z
    assert any("高程" in note for note in read.notes)


def test_web_map_coordinates_leave_a_doubt(workspace, tmp_path):
    path = tmp_path / "s.geojson"
    frame([SQUARE], id=["a"]).to_crs("EPSG:4326").to_file(path)
    read = read_sites([path], workspace, crs="GCJ-02")
    assert "法定面积" in read.doubts["s.geojson"]


def bad_files(folder):
    """Files that no site comes out of, and what the message must say."""
    far = box(400_000, 3_000_000, 400_100, 3_000_100)
    frame([far], id=["a"]).to_file(folder / "other county.gpkg")
    frame([SQUARE], id=["a"]).set_crs("EPSG:4548", allow_override=True).to_file(
        folder / "zone.gpkg"
    )
    text = frame([SQUARE], id=["a"]).to_json(drop_id=True, to_wgs84=False).replace("EPSG", "NONE")
    (folder / "crs.geojson").write_text(text.replace("urn:ogc:def:crs:NONE::4547", ""), "utf-8")
    bow = moved(Polygon([(0, 0), (100, 100), (100, 0), (0, 100)]))
    frame([bow], id=["a"]).to_file(folder / "bow.gpkg")
    (folder / "empty.csv").write_bytes(b"")
    (folder / "words.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    (folder / "bomb.kml").write_text(
        '<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "aaaa">]><kml>&a;</kml>', encoding="utf-8"
    )
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4")
    with zipfile.ZipFile(folder / "out.zip", "w") as archive:
        archive.writestr("../evil.geojson", "{}")
    return {
        "no such.gpkg": "找不到文件",
        "other county.gpkg": "公里",
        "zone.gpkg": "带号不对",
        "crs.geojson": "坐标系",
        "bow.gpkg": "图形有错",
        "empty.csv": "空的",
        "words.csv": "坐标列",
        "bomb.kml": "DOCTYPE",
        "scan.pdf": "扫描件",
        "out.zip": "之外",
    }


def test_every_bad_file_is_refused_in_one_message(workspace, tmp_path):
    wanted = bad_files(tmp_path)
    for name, words in wanted.items():
        with pytest.raises(LayerError) as caught:
            read_sites([tmp_path / name], workspace)
        assert words in str(caught.value), name
        assert name in str(caught.value), name


def test_all_bad_files_are_told_at_once(workspace, tmp_path):
    wanted = bad_files(tmp_path)
    paths = [tmp_path / name for name in wanted if name != "bow.gpkg"]
    with pytest.raises(LayerError) as caught:
        read_sites([write_sites(tmp_path / "good.gpkg", {"a": SQUARE}), *paths], workspace)
    assert all(name in str(caught.value) for name in wanted if name != "bow.gpkg")
    assert "good.gpkg" not in str(caught.value)


def test_a_column_that_is_not_there_is_named_with_those_that_are(workspace, tmp_path):
    path = write_sites(tmp_path / "s.gpkg", {"a": SQUARE}, 名称=["甲"])
    with pytest.raises(LayerError, match="没有字段 案号（现有字段：编号、名称）"):
        read_sites([path], workspace, id_column="案号")


def test_a_password_of_a_database_is_never_shown(workspace):
    place = connection("postgresql://who:s3cret@127.0.0.1:1/none")
    with pytest.raises(LayerError) as caught:
        read_sites([place], workspace)
    assert "s3cret" not in str(caught.value)


def test_messages_do_not_tell_where_files_lie(workspace, tmp_path):
    rows = [f"编号,X,Y\na,{NORTH + 1000},{EAST + 1000}\nb,1,2"]
    path = tmp_path / "点.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    read = read_sites([path], workspace, crs=PLANE)
    texts = [*read.notes, *(f"{item.file}{item.reason}" for item in read.rejects)]
    assert len(read.rejects) == 1
    assert all(str(tmp_path) not in text for text in texts)
