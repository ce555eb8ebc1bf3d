"""What is written reads back: same features, same names, same areas, in every format."""

import csv
import datetime as dt
import math
import sqlite3
import string
from dataclasses import replace

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, box

from layers.doctor import examine
from layers.errors import LayerError, WorkspaceError
from layers.formats import read_source
from layers.formats.writers import FORMATS, Delivery, format_of, shapefile, write_layer
from layers.formats.writers.cells import plain_column, safe_cell, unique_names
from layers.formats.writers.plane import in_crs
from layers.repair import areas_m2
from layers.whole import together
from layers.workspace import Workspace, embedded_areas

SQUARE = box(112.2, 35.6, 112.21, 35.61)
SMALL = box(112.3, 35.6, 112.30006, 35.60006)
"""Some 5 m by 7 m: rounding to a tenth of a millimetre would show in its area."""

HOLED = MultiPolygon([
    (((112.4, 35.6), (112.41, 35.6), (112.41, 35.61), (112.4, 35.61)),
     [((112.402, 35.602), (112.402, 35.605), (112.405, 35.605), (112.405, 35.602))]),
    (((112.42, 35.6), (112.43, 35.6), (112.43, 35.61)), []),
])  # fmt: skip


def delivery(shapes=(SQUARE, SMALL, HOLED), crs="EPSG:4490", warning="", **columns):
    columns = columns or {
        "zone_id": [f"乡-{at}" for at in range(len(shapes))],
        "name": ["青石岭", "沁河（中村段）", None][: len(shapes)],
    }
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)
    return Delivery(frame, "red_line", "生态保护红线", warning=warning)


def written(tmp_path, one, ending):
    path = tmp_path / f"红线.{ending}"
    notes = write_layer(one, path, ending)
    return path, notes


def back(path, **options):
    source = read_source(path, **options)
    assert source.rejects == ()
    return source.frame


def same(frame, one):
    """Whether the parts of every geometry are the same, point by point."""
    pairs = zip(frame.geometry, one.shapes, strict=True)
    return all(
        shapely.get_parts(shapely.normalize(found)).tolist()
        == shapely.get_parts(shapely.normalize(shape)).tolist()
        for found, shape in pairs
    )


def in_zone_38(one):
    frame, _ = in_crs(one.frame, "EPSG:4526", "x")
    return Delivery(frame, one.name, one.title)


# --- every format ---------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp", "xlsx"])
def test_features_names_and_areas_come_back(tmp_path, ending):
    one = delivery()
    path, _ = written(tmp_path, one, ending)
    options = {"crs": "EPSG:4490"} if ending == "xlsx" else {}
    frame = back(path, **options)
    assert frame["zone_id"].tolist() == ["乡-0", "乡-1", "乡-2"]
    assert frame["name"].tolist()[:2] == ["青石岭", "沁河（中村段）"]
    assert pd.isna(frame["name"].iloc[2])
    assert same(frame, one)
    areas = areas_m2(frame.geometry.tolist(), one.frame.crs)
    assert areas == pytest.approx(areas_m2(one.shapes.tolist(), one.frame.crs), rel=1e-9)
    assert examine(frame, kind="").log == ()


def test_the_survey_file_comes_back_to_its_millimetre(tmp_path):
    one = in_zone_38(delivery())
    path, notes = written(tmp_path, one, "txt")
    frame = back(path)
    assert notes == []
    assert frame["地块编号"].tolist() == ["乡-0", "乡-1", "乡-2"]
    assert frame["地块名称"].tolist()[:2] == ["青石岭", "沁河（中村段）"]
    assert frame.crs == one.frame.crs
    gaps = shapely.hausdorff_distance(frame.geometry.to_numpy(), one.shapes)
    assert gaps.max() < 0.001
    areas = areas_m2(frame.geometry.tolist(), frame.crs)
    perimeters = one.frame.length.to_numpy()
    assert (np.abs(areas - areas_m2(one.shapes.tolist(), one.frame.crs)) < perimeters / 2000).all()
    assert examine(frame.rename(columns={"地块编号": "zone_id"}), kind="").log == ()


@pytest.mark.parametrize("ending", ["gpkg", "shp", "xlsx"])
def test_a_projected_layer_comes_back_bit_by_bit(tmp_path, ending):
    one = in_zone_38(delivery())
    path, _ = written(tmp_path, one, ending)
    frame = back(path, **({"crs": "EPSG:4526"} if ending == "xlsx" else {}))
    if ending != "xlsx":
        assert frame.crs.to_epsg() == 4526
    assert same(frame, one)


@pytest.mark.parametrize("area", embedded_areas())
def test_the_layers_of_every_area_come_back(tmp_path, area):
    workspace = Workspace.embedded(area)
    for layer in workspace.layers:
        if layer.kind == "elevation":
            continue
        frame = workspace.frame(layer.id)
        one = Delivery(frame, layer.id, layer.title)
        path = tmp_path / f"{layer.id}.gpkg"
        write_layer(one, path, "gpkg")
        again = back(path)
        assert again["zone_id"].tolist() == frame["zone_id"].tolist()
        assert again["name"].where(again["name"].notna(), None).tolist() == frame["name"].tolist()
        assert same(again, one)


@pytest.mark.parametrize("ending", FORMATS)
def test_the_same_layer_gives_the_same_bytes(tmp_path, ending):
    one = delivery()
    one = in_zone_38(one) if ending == "txt" else one
    one = Delivery(
        one.frame, one.name, one.title, (("许可", "公开"),), (("licence", "x"),), "", "<q/>"
    )
    kept = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write_layer(one, tmp_path / folder / f"x.{ending}", ending)
        parts = sorted((tmp_path / folder).iterdir())
        kept.append({part.name: part.read_bytes() for part in parts})
    assert kept[0] == kept[1]


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp", "xlsx"])
def test_what_comes_from_a_web_map_says_so_in_every_row(tmp_path, ending):
    one = delivery(warning="不得用于法定面积")
    path, _ = written(tmp_path, one, ending)
    frame = back(path, **({"crs": "EPSG:4490"} if ending == "xlsx" else {}))
    assert frame["warning"].tolist() == ["不得用于法定面积"] * 3
    if ending == "xlsx":
        assert frame["面积（平方米）"].isna().all()


def test_what_comes_from_a_web_map_is_no_survey(tmp_path):
    one = in_zone_38(delivery())
    bent = Delivery(one.frame, one.name, one.title, warning="不得用于法定面积")
    with pytest.raises(LayerError, match="法定面积"):
        written(tmp_path, bent, "txt")
    assert list(tmp_path.iterdir()) == []


# --- hostile names and values ---------------------------------------------------------------

LETTERS = st.characters(codec="utf-8", exclude_characters="\r\n\t\0", exclude_categories=["Cc"])
NAMES = st.text(LETTERS, min_size=1, max_size=20)
VALUES = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=300),
    st.sampled_from(["=1+1", "'; DROP TABLE layer_styles; --", "联通", "𠮷野家", "a" * 600]),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.lists(st.integers(0, 9), max_size=3),
    st.binary(max_size=5),
)


def alike(found, cell):
    """Whether a cell came back; GDAL gives whole numbers beside nulls as real ones."""
    if cell is None:
        return pd.isna(found)
    return found == cell if isinstance(cell, str) else float(found) == float(cell)


@st.composite
def tables(draw):
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    names = [name for name in names if name not in {"geometry", "zone_id"}]
    alike = draw(st.lists(st.sampled_from(["Name", "NAME", "name", "fid", "geom", "WKT", "F1"]),
                          max_size=3, unique=True))  # fmt: skip
    strategies = [draw(st.sampled_from([VALUES, st.text(LETTERS, max_size=8), st.floats(),
                                        st.integers(-(2**63), 2**63 - 1), st.booleans()]))
                  for _ in {*names, *alike}]  # fmt: skip
    return {
        name: draw(st.lists(values, min_size=3, max_size=3))
        for name, values in zip(dict.fromkeys([*names, *alike]), strategies, strict=True)
    }


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(columns=tables(), ending=st.sampled_from(["gpkg", "geojson", "shp"]))
def test_no_name_or_value_breaks_a_file_or_loses_a_row(tmp_path_factory, columns, ending):
    columns = {name: pd.Series(cells, dtype=object) for name, cells in columns.items()}
    one = delivery(zone_id=["a", "b", "c"], **columns)
    path = tmp_path_factory.mktemp("out") / f"x.{ending}"
    write_layer(one, path, ending)
    frame = back(path)
    assert frame["zone_id"].tolist() == ["a", "b", "c"]
    assert len(pyogrio.read_info(path)["fields"]) >= 1 + len(columns)
    if ending == "gpkg":
        for name, cells in zip(frame.columns[1:-1], columns.values(), strict=True):
            assert all(map(alike, frame[name].tolist(), plain_column(cells)))
    assert same(frame, one)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cells=st.lists(st.text(LETTERS, max_size=700), min_size=3, max_size=3))
@example(cells=["", "", " 0"])
@example(cells=["a" * 253 + " b", "a" * 254 + " b", "词语 " * 120])
def test_a_long_text_comes_back_whole_from_a_shapefile(tmp_path_factory, cells):
    one = delivery(zone_id=["a", "b", "c"], 说明=cells)
    path = tmp_path_factory.mktemp("out") / "x.shp"
    write_layer(one, path, "shp")
    frame = back(path)
    with path.with_suffix(".fields.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    fields = [field for field, name, _ in rows if name == "说明"]
    joined = [
        "".join(part for part in row if isinstance(part, str))
        for row in frame[fields].to_numpy().tolist()
    ]
    assert joined == [cell.strip(" ") for cell in cells]  # GDAL drops the blanks around a field


def test_cells_are_of_one_kind_and_say_the_same():
    def plain(*cells):
        return plain_column(pd.Series(cells, dtype=object))

    assert plain(1, None, 2**62) == [1, None, 2**62]
    assert plain(1, 2.5) == [1.0, 2.5]
    assert plain(2**53 + 1, 2.5) == ["9007199254740993", "2.5"]
    assert plain(2**63) == ["9223372036854775808"]
    assert plain(math.inf, 1.0) == ["inf", "1.0"]
    assert plain(*(True, None)) == [True, None]
    assert plain(*(True, 1)) == ["True", "1"]
    assert plain("甲", 1, None, math.nan) == ["甲", "1", None, None]
    assert plain(dt.date(2024, 2, 29), pd.Timestamp("2024-03-01")) == [
        "2024-02-29",
        "2024-03-01",
    ]
    assert plain(dt.datetime(2024, 3, 1, 8, 30, tzinfo=dt.UTC)) == ["2024-03-01T08:30:00+00:00"]
    assert plain(pd.Timestamp("2024-03-01"), pd.NaT) == ["2024-03-01", None]
    assert plain([1, "甲"], np.array([1, 2]), b"\x01") == ['[1, "甲"]', "[1, 2]", "01"]
    assert plain("a\0b", "\ud800") == ["a\u2400b", "?"]


def test_names_differ_in_more_than_their_case():
    named = unique_names(["fid", "名称", "Name", "NAME", "", " "], ("FID", "geom"))
    assert list(named.values()) == ["fid_2", "名称", "Name", "NAME_2", "column", "column_2"]


def test_cells_of_a_text_table_are_no_formulas():
    cells = ("=1", "＋1", "\t=1", "甲", -1.5, None, math.nan, True)
    assert [safe_cell(cell) for cell in cells] == [
        "'=1", "'＋1", "'\t=1", "甲", -1.5, "", "", True,
    ]  # fmt: skip


# --- GeoPackage, GeoJSON --------------------------------------------------------------------


def test_the_style_stands_where_qgis_looks_for_it(tmp_path):
    one = delivery()
    styled = Delivery(
        one.frame, one.name, "红线", (("密级", "内部"),), (("secrecy", "内部"),), "", "<qgis/>"
    )
    path, _ = written(tmp_path, styled, "gpkg")
    base = sqlite3.connect(path)
    (row,) = base.execute("SELECT * FROM layer_styles").fetchall()
    contents = dict(base.execute("SELECT table_name, data_type FROM gpkg_contents"))
    about = base.execute("SELECT identifier, description FROM gpkg_contents").fetchall()
    base.close()
    assert row == (1, "", "", "red_line", "geom", "红线", "<qgis/>", "", 1, "", "", None,
                   "2000-01-01T00:00:00.000Z")  # fmt: skip
    assert contents == {"red_line": "features", "layer_styles": "attributes"}
    assert ("红线", "密级：内部") in about
    assert pyogrio.read_info(path, layer="red_line")["layer_metadata"]["secrecy"] == "内部"


@pytest.mark.parametrize("name", ["layer_styles", "gpkg_contents", "rtree_x", 'a"b; DROP TABLE x'])
def test_a_table_may_be_called_anything(tmp_path, name):
    one = delivery()
    write_layer(Delivery(one.frame, name, "x", qml="<q/>"), tmp_path / "x.gpkg", "gpkg")
    assert len(back(tmp_path / "x.gpkg")) == 3


def test_geojson_is_in_degrees_and_says_of_which_datum(tmp_path):
    path, _ = written(tmp_path, delivery(), "geojson")
    assert "EPSG::4490" in path.read_text(encoding="utf-8")
    ring = shapely.get_exterior_ring(back(path).geometry.iloc[0])
    assert shapely.is_ccw(ring)
    with pytest.raises(LayerError, match="经纬度"):
        written(tmp_path, in_zone_38(delivery()), "geojson")


# --- Shapefile ------------------------------------------------------------------------------


def test_long_names_get_short_ones_and_a_table_of_them(tmp_path):
    one = delivery(
        zone_id=["a", "b", "c"], 名称=["甲", "乙", "丙"], 地类编码=["1", "2", "3"],
        地类编码名称=["x", "y", "z"], **{"=1+1": [1, 2, 3], "F3": [1, 2, 3], "f4": [4, 5, 6]},
    )  # fmt: skip
    path, notes = written(tmp_path, one, "shp")
    fields = list(back(path).columns[:-1])
    assert fields == ["zone_id", "名称", "F3x2", "F4x2", "F5", "F3", "f4"]
    assert all(len(field.encode()) <= 10 for field in fields)
    rows = path.with_suffix(".fields.csv").read_text("utf-8-sig").splitlines()
    assert rows[0] == "字段,原字段名,第几段"
    assert rows[3:6] == ["F3x2,地类编码,", "F4x2,地类编码名称,", "F5,'=1+1,"]
    assert "3 个字段名" in notes[0]
    assert path.with_suffix(".cpg").read_text() == "UTF-8"
    assert "GCS_China_Geodetic_Coordinate_System_2000" in path.with_suffix(".prj").read_text()


def test_points_lines_and_polygons_are_files_of_their_own(tmp_path):
    shapes = (SQUARE, Point(112, 35), LineString([(112, 35), (112.1, 35)]), HOLED)
    one = delivery(shapes, zone_id=list("abcd"))
    path, notes = written(tmp_path, one, "shp")
    assert "红线_line.shp" in notes[0]
    assert not path.exists()
    found = {part.stem: back(part)["zone_id"].tolist() for part in tmp_path.glob("*.shp")}
    assert found == {"红线_point": ["b"], "红线_line": ["c"], "红线_polygon": ["a", "d"]}
    mixed = delivery([shapely.GeometryCollection([Point(112, 35), SQUARE])], zone_id=["a"])
    with pytest.raises(LayerError, match="第 1 个要素是混合集合"):
        written(tmp_path, mixed, "shp")


def test_single_and_several_points_share_a_file(tmp_path):
    shapes = (Point(112, 35), shapely.MultiPoint([(112, 35), (113, 36)]))
    path, _ = written(tmp_path, delivery(shapes, zone_id=["a", "b"]), "shp")
    assert shapely.get_num_geometries(back(path).geometry).tolist() == [1, 2]


def test_numbers_that_a_shapefile_cannot_hold_become_texts(tmp_path):
    one = delivery(
        zone_id=["a", "b", "c"], big=[2**53 + 1, 1, 2], tiny=[1e-20, 0.5, 1.0],
        huge=[1e300, 1.0, 2.0], fine=[0.1, -123456.789, 3.0], whole=[2**53 - 1, -5, 0],
    )  # fmt: skip
    path, notes = written(tmp_path, one, "shp")
    frame = back(path)
    assert frame["big"].tolist() == ["9007199254740993", "1", "2"]
    assert frame["tiny"].tolist() == ["1e-20", "0.5", "1.0"]
    assert frame["huge"].tolist() == ["1e+300", "1.0", "2.0"]
    assert frame["fine"].tolist() == [0.1, -123456.789, 3.0]
    assert frame["whole"].tolist() == [2**53 - 1, -5, 0]
    assert [note for note in notes if "存不准" in note] == notes
    assert len(notes) == 3


def test_what_a_shapefile_cannot_hold_is_refused_with_the_way_out(tmp_path, monkeypatch):
    with pytest.raises(LayerError, match="第 2 个要素的文字太长"):
        written(tmp_path, delivery(zone_id=["a", "字" * 2000, "c"]), "shp")
    many = {f"f{at}": [1, 2, 3] for at in range(256)}
    with pytest.raises(LayerError, match="256 个字段"):
        written(tmp_path, delivery(**many), "shp")
    monkeypatch.setattr(shapefile, "FILE_BYTES", 500)
    with pytest.raises(LayerError, match="2 GB"):
        written(tmp_path, delivery(), "shp")


# --- Excel ----------------------------------------------------------------------------------


def test_excel_gives_areas_in_three_units_and_no_position_but_the_wkt(tmp_path):
    shapes = (SQUARE, Point(112, 35))
    one = delivery(shapes, zone_id=["=1+1", "b"], code=["0042", None], ok=[True, False])
    path, notes = written(tmp_path, one, "xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book["生态保护红线"]
    names = [cell.value for cell in sheet[1]]
    assert names == ["zone_id", "code", "ok", "面积（平方米）", "面积（公顷）", "面积（亩）", "WKT"]
    row = [cell.value for cell in sheet[2]]
    size = areas_m2([SQUARE], one.frame.crs)[0]
    assert row[:3] == ["=1+1", "0042", True]
    assert row[3:6] == [pytest.approx(size, abs=0.0051), pytest.approx(size / 1e4, abs=0.000051),
                        pytest.approx(size * 15 / 1e4, abs=0.0051)]  # fmt: skip
    assert shapely.from_wkt(row[6]).equals_exact(SQUARE, 0)
    assert [cell.value for cell in sheet[3]][3:6] == [None] * 3
    assert {cell.data_type for cells in sheet for cell in cells} <= {"s", "n", "b"}
    assert notes == []


def test_what_no_cell_holds_is_said_with_its_row(tmp_path):
    round_one = Point(112.5, 35.5).buffer(0.1, quad_segs=400)
    one = delivery((SQUARE, round_one), zone_id=["a", "b"], text=["x", "字" * 40_000])
    path, notes = written(tmp_path, one, "xlsx")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet["B3"].value == "（文字太长，放不进单元格）"
    assert sheet["F3"].value is None
    assert [("第 2 个要素" in note) for note in notes] == [True, True]


@pytest.mark.parametrize("title", ["a[b]:c*?/\\d", "'''", "", "说明", "长" * 40])
def test_any_title_is_a_sheet(tmp_path, title):
    one = delivery()
    write_layer(Delivery(one.frame, "x", title), tmp_path / "x.xlsx", "xlsx")
    assert len(openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets) == 2


# --- survey file ----------------------------------------------------------------------------


def test_a_survey_file_needs_a_zone_and_polygons(tmp_path):
    with pytest.raises(LayerError, match="EPSG:4525"):
        written(tmp_path, delivery((box(111.2, 35.6, 111.3, 35.7),), zone_id=["a"]), "txt")
    points = in_zone_38(delivery((Point(112.5, 35.5),), zone_id=["a"]))
    with pytest.raises(LayerError, match="只能写面"):
        written(tmp_path, points, "txt")


def test_a_survey_file_says_what_it_has_no_room_for(tmp_path):
    one = in_zone_38(delivery((SQUARE,), zone_id=["a"], name=["甲, 乙@丙"], 权属=["村"]))
    path, notes = written(tmp_path, one, "txt")
    assert "没有写入：权属" in notes[0]
    assert "逗号" in notes[1]
    assert back(path)["地块名称"].tolist() == ["甲、 乙(at)丙"]


def test_a_survey_file_claims_no_accuracy_that_nobody_stated(tmp_path):
    one = in_zone_38(delivery((SQUARE,), zone_id=["a"]))
    for keys, columns, said in [
        ((), {}, "不详"),
        ((("accuracy_m", "5"),), {}, "5"),
        ((), {"精度": "0.5"}, "0.5"),
        ((("accuracy_m", "5"),), {"精度": "0.5"}, "5"),
    ]:
        path, notes = written(
            tmp_path, replace(one, frame=one.frame.assign(**columns), keys=keys), "txt"
        )
        assert back(path)["精度"].tolist() == [said]
        assert notes == []


# --- planes ---------------------------------------------------------------------------------


def test_a_layer_goes_to_its_plane_and_comes_back():
    frame = delivery().frame
    moved, notes = in_crs(frame, "EPSG:4526", "x")
    assert moved.crs.to_epsg() == 4526
    assert "个顶点" in notes[-1]
    areas = areas_m2(moved.geometry.tolist(), moved.crs)
    assert areas == pytest.approx(areas_m2(frame.geometry.tolist(), frame.crs), rel=1e-6)
    assert in_crs(frame, "", "x") == (frame, [])
    assert in_crs(frame, "CGCS2000", "x")[0] is frame


@pytest.mark.parametrize("text", ["EPSG:3857", "EPSG:2362", "EPSG:4326", "EPSG:32649", "nonsense"])
def test_only_planes_of_cgcs2000_are_written(text):
    with pytest.raises(LayerError):
        in_crs(delivery().frame, text, "x")


def test_a_zone_far_from_the_layer_is_refused_and_one_beside_it_is_said():
    with pytest.raises(LayerError, match="中央经线是 120°"):
        in_crs(delivery().frame, "EPSG:4528", "x")
    said = {
        code: [note for note in in_crs(delivery().frame, code, "x")[1] if "分带" in note]
        for code in ("EPSG:4525", "EPSG:4526")
    }
    assert said["EPSG:4525"] == []
    assert "0.30 度" in said["EPSG:4526"][0]  # 112.2 is 1.8 degrees from 114, the zone 1.5 wide


# --- places ---------------------------------------------------------------------------------


def test_formats_go_by_the_ending(tmp_path):
    assert format_of(tmp_path / "a.GPKG", "") == "gpkg"
    assert format_of(tmp_path / "a.shp", "SHP") == "shp"
    for name, chosen, said in (("a.pdf", "", "「pdf」"), ("a", "", "「—」"),
                               ("a.gpkg", "shp", "后缀")):  # fmt: skip
        with pytest.raises(LayerError, match=said):
            format_of(tmp_path / name, chosen)


def test_nothing_is_not_written(tmp_path):
    with pytest.raises(LayerError, match="没有可以写出的要素"):
        written(tmp_path, delivery((), zone_id=[]), "gpkg")


def put(out, **options):
    """Write files through ``together`` and stop half-way where a text is None."""
    texts = options.pop("texts", {out.name: "new"})
    with together(out, **options) as folder:
        for name, text in texts.items():
            if text is None:
                raise ZeroDivisionError
            (folder / name).write_text(text, encoding="utf-8")


def test_files_appear_together_or_not_at_all(tmp_path):
    out = tmp_path / "a.gpkg"
    put(out, texts={"a.gpkg": "1", "a.txt": "2"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gpkg", "a.txt"]
    with pytest.raises(ZeroDivisionError):
        put(out, texts={"a.gpkg": "new", "a.txt": None})
    with pytest.raises(WorkspaceError, match="不能覆盖"):
        put(out, sources=[out])
    (tmp_path / "a.gpkg-wal").write_text("open in another program", encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"a\.gpkg-wal"):
        put(out)
    assert out.read_text(encoding="utf-8") == "1"
    with pytest.raises(WorkspaceError, match="无法写入"):
        put(tmp_path / "missing" / "a.gpkg")


def test_an_index_of_an_older_shapefile_is_not_left_beside_a_new_one(tmp_path):
    (tmp_path / "a.qix").write_text("index of the old one", encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"a\.qix"):
        put(tmp_path / "a.shp")
    with pytest.raises(WorkspaceError, match="文件夹"):
        put(tmp_path)


def test_every_letter_of_a_name_survives_a_geopackage(tmp_path):
    names = [string.punctuation, "联通", "𠮷"]
    path, _ = written(tmp_path, delivery(zone_id=["a", "b", "c"], name=names), "gpkg")
    assert back(path)["name"].tolist() == names
