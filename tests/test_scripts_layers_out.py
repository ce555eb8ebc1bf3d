"""``shanhe layers look``, ``convert`` and ``export``, run as an analyst runs them."""

import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from shapely import LineString, Polygon, box

from layers.formats import read_source
from layers.intake import take_in
from layers.measure import area_m2
from layers.webmap import cgcs2000_to_gcj02
from layers.workspace import Workspace
from scripts.shanhe import main

ROOT = Path(__file__).parents[1]

BOW_TIE = Polygon([(112.2, 35.5), (112.21, 35.51), (112.21, 35.5), (112.2, 35.51)])
CIRCULARSTRING, CURVEPOLYGON = 8, 10
"""Types of ISO WKB that shapely has not."""

FARM = box(112.3, 35.5, 112.31, 35.51)


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command in this process: exit code, what it prints, what it complains of."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["shanhe", "layers", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return end.value.code or 0, out, err

    return call


def write(path, shapes, crs="EPSG:4490", **columns):
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)
    frame.to_file(path, engine="pyogrio")
    return path


@pytest.fixture
def good(tmp_path):
    return write(tmp_path / "地块.gpkg", [FARM, box(112.4, 35.5, 112.41, 35.51)], 名称=["甲", "乙"])


@pytest.fixture
def mixed(tmp_path):
    """Two good features, one without geometry, one that crosses itself."""
    shapes = [FARM, None, BOW_TIE, box(112.4, 35.5, 112.41, 35.51)]
    return write(tmp_path / "mixed.gpkg", shapes, zone_id=["a", "b", "c", "d"])


# --- look -----------------------------------------------------------------------------------


def test_a_sound_file_is_told_and_exits_with_0(run, good):
    code, out, err = run("look", good, "--county", "阳城县")
    assert (code, err) == (0, "")
    assert "读取 2 个要素 = 可用 2 个 + 剔除 0 个（面 2）" in out


def test_the_ledger_names_every_feature_that_cannot_be_used(run, mixed):
    code, out, _ = run("look", mixed)
    assert code == 1
    assert "读取 4 个要素 = 可用 2 个 + 剔除 2 个（面 2）" in out
    assert f"{mixed} 要素 2：没有图形" in out
    assert f"{mixed} 要素 c：图形有错：边界自相交" in out
    code, out, _ = run("look", mixed, "--json")
    told = json.loads(out)
    assert code == 1
    assert told["read"] == told["used"] + told["rejected"] == 4
    assert [item["feature"] for item in told["rejects"]] == ["2", "c"]
    assert told["crs"] == "EPSG:4490"


def test_what_the_doctor_finds_in_sound_features_is_told(run, tmp_path):
    path = write(tmp_path / "x.gpkg", [FARM, FARM], zone_id=["a", "b"])
    code, out, _ = run("look", path)
    assert code == 1
    assert "问题：要素 a：图形与b完全相同" in out


def test_a_file_without_ids_is_not_scolded_for_each_feature(good):
    assert take_in(good).findings == ()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("look", "missing.shp"), "找不到文件"),
        (("look", "a.dwg"), "DWG"),
        (("look", "a.csv"), "crs"),
        (("look", "good.gpkg", "--county", "哪里县"), "不是县级行政区"),
        (("look", "good.gpkg", "--county", "天镇县"), "本县"),
        (("look", "good.gpkg", "--crs", "EPSG:4610"), "EPSG:4610"),
        (("look", "good.gpkg", "--encoding", "klingon"), "不认识编码"),
        (("look", "good.gpkg", "--table", "nothing"), "nothing"),
        (("convert", "good.gpkg", "--out", "a.pdf"), "「pdf」"),
        (("convert", "good.gpkg", "--out", "a.gpkg", "--format", "shp"), "后缀"),
        (("convert", "good.gpkg", "--out", "no/a.shp"), "无法写入"),
        (("convert", "good.gpkg", "--out", "good.gpkg"), "不能覆盖"),
        (("convert", "good.gpkg", "--out", "a.gpkg", "--to-crs", "EPSG:3857"), "EPSG:3857"),
        (("convert", "good.gpkg", "--out", "a.gpkg", "--to-crs", "EPSG:4530"), "中央经线"),
        (("convert", "good.gpkg", "--out", "a.txt"), "--to-crs EPSG:4525"),
        (("export", "nothing", "--area", "shili", "--out", "a.gpkg"), "没有图层 nothing"),
        (("export", "elevation", "--area", "yangcheng", "--out", "a.gpkg"), "栅格"),
        (("export", "red_line", "--out", "a.gpkg"), "二者选一"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_and_exits_with_2(run, tmp_path, monkeypatch, arguments, said):
    write(tmp_path / "good.gpkg", [box(111.8, 35.5, 111.81, 35.51)], 名称=["甲"])
    (tmp_path / "a.dwg").write_bytes(b"AC1027")
    (tmp_path / "a.csv").write_text("X,Y\n4012345.1,38412345.2\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    code, _, err = run(*arguments)
    assert code == 2
    assert said in err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_help_does_not_load_the_heavy_packages():
    code = """
import contextlib, io, sys
from scripts.shanhe import main
for command in ("look", "convert", "export"):
    sys.argv = ["shanhe", "layers", command, "--help"]
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        main()
    assert "--help" in out.getvalue(), command
assert not {"geopandas", "pandas", "shapely"} & set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


# --- convert --------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "xlsx"])
def test_a_file_becomes_another_with_a_record(run, good, tmp_path, ending):
    out = tmp_path / f"成果.{ending}"
    code, text, err = run("convert", good, "--out", out)
    assert (code, err) == (0, "")
    assert "读取 2 个要素 = 可用 2 个" in text
    assert f"成果.{ending}、成果.{ending}.record.json" in text
    frame = read_source(out, crs="EPSG:4490" if ending == "xlsx" else "").frame
    assert frame["名称"].tolist() == ["甲", "乙"]
    record = json.loads(Path(f"{out}.record.json").read_text(encoding="utf-8"))
    assert (record["read"], record["used"], record["written"]) == (2, 2, 2)
    assert list(record["inputs"]) == ["地块.gpkg"]


def test_shapes_that_need_mending_stop_the_conversion(run, mixed, tmp_path):
    code, out, err = run("convert", mixed, "--out", tmp_path / "a.gpkg")
    assert code == 2
    assert "剔除 2 个" in out
    assert "1 个要素图形有错" in err
    assert "layers repair" in err
    assert [path.name for path in tmp_path.iterdir()] == ["mixed.gpkg"]


def test_rows_without_a_shape_are_left_out_loudly(run, tmp_path):
    path = write(tmp_path / "x.gpkg", [FARM, None], zone_id=["a", "b"])
    code, out, _ = run("convert", path, "--out", tmp_path / "a.geojson")
    assert code == 1
    assert f"剔除：{path} 要素 2：没有图形" in out
    assert read_source(tmp_path / "a.geojson").frame["zone_id"].tolist() == ["a"]
    record = json.loads((tmp_path / "a.geojson.record.json").read_text(encoding="utf-8"))
    assert str(tmp_path) not in json.dumps(record, ensure_ascii=False)
    assert [item["feature"] for item in record["rejects"]] == ["2"]


def test_into_its_own_crs_every_coordinate_stays(run, tmp_path):
    shape = Polygon([(38_412_345.1234567, 3_900_000), (38_413_345.1, 3_900_000.3),
                     (38_413_000.2, 3_901_000.7)])  # fmt: skip
    path = write(tmp_path / "x.shp", [shape], "EPSG:4526", BSM=["1"])
    code, _, _ = run("convert", path, "--out", tmp_path / "a.gpkg", "--to-crs", "EPSG:4526")
    frame = read_source(tmp_path / "a.gpkg").frame
    assert code == 0
    assert frame.crs.to_epsg() == 4526
    assert shapely.normalize(frame.geometry.iloc[0]).equals(shapely.normalize(shape))
    assert shapely.get_num_coordinates(frame.geometry).tolist() == [4]


def test_a_file_without_crs_takes_the_stated_one(run, tmp_path):
    table = tmp_path / "点.csv"
    table.write_text("名称,东坐标,北坐标\n甲,38412345.1,3912345.2\n", encoding="gb18030")
    out = tmp_path / "点.shp"
    code, _, _ = run(
        "convert", table, "--out", out, "--crs", "EPSG:4526", "--county", "140525",
        "--to-crs", "EPSG:4547",
    )  # fmt: skip
    frame = read_source(out).frame
    assert code == 0
    assert frame.crs.to_epsg() == 4547
    points = shapely.get_coordinates(frame.geometry)
    assert points == pytest.approx(np.array([[412_345.1, 3_912_345.2]]), abs=1e-6)


def test_a_survey_file_is_written_from_a_drawing_of_parcels(run, tmp_path):
    path = write(tmp_path / "x.gpkg", [FARM], zone_id=["P-1"], name=["青石岭"])
    out = tmp_path / "报部.txt"
    code, text, _ = run("convert", path, "--out", out, "--to-crs", "EPSG:4525")
    assert code == 0
    frame = read_source(out).frame
    assert frame["地块编号"].tolist() == ["P-1"]
    back = frame.to_crs("EPSG:4490").geometry.tolist()
    assert area_m2(back) == pytest.approx(area_m2([FARM]), rel=1e-6)
    assert "个顶点" in text


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp", "xlsx"])
def test_web_map_coordinates_carry_their_warning(run, tmp_path, ending):
    field = box(112.3, 35.5, 112.304, 35.504)
    bent = shapely.transform(field, cgcs2000_to_gcj02, interleaved=False)
    path = write(tmp_path / "高德.geojson", [bent], "EPSG:4326", name=["甲"])
    out = tmp_path / f"a.{ending}"
    code, text, _ = run("convert", path, "--out", out, "--crs", "GCJ-02")
    assert code == 0
    assert "不得用于法定面积" in text
    frame = read_source(out, crs="EPSG:4490" if ending == "xlsx" else "").frame
    assert "不得用于法定面积" in frame["warning"].iloc[0]
    shape = frame.geometry.iloc[0]
    assert shapely.hausdorff_distance(shape, field) < 1e-8
    record = json.loads(Path(f"{out}.record.json").read_text(encoding="utf-8"))
    assert "不得用于法定面积" in record["warning"]
    code, _, err = run(
        "convert", path, "--out", tmp_path / "a.txt", "--crs", "GCJ-02", "--to-crs", "EPSG:4525"
    )
    assert code == 2
    assert "不能写成报部坐标文件" in err


def test_lines_and_areas_of_a_drawing_become_shapefiles_of_their_own(run, tmp_path):
    shapes = [FARM, LineString([(112.3, 35.5), (112.4, 35.6)])]
    path = write(tmp_path / "x.geojson", shapes, 名称=["甲", "乙"])
    code, out, _ = run("convert", path, "--out", tmp_path / "a.shp")
    assert code == 1
    assert "a_line.shp" in out
    assert {part.stem for part in tmp_path.glob("*.shp")} == {"a_line", "a_polygon"}


def test_a_file_that_is_there_is_replaced_and_twice_the_same(run, good, tmp_path):
    out = tmp_path / "a.gpkg"
    out.write_text("old" * 100_000, encoding="utf-8")
    kept = []
    for _ in range(2):
        run("convert", good, "--out", out)
        kept.append((out.read_bytes(), Path(f"{out}.record.json").read_bytes()))
    assert kept[0] == kept[1]
    assert len(read_source(out).frame) == 2


def test_a_curve_is_a_finding_whatever_else_is_in_the_file(run, tmp_path):
    """A GeoPackage with a plain table before the layer; the arc is put together as bytes."""
    path = tmp_path / "x.gpkg"
    pyogrio.write_dataframe(pd.DataFrame({"note": ["x"]}), path, layer="a_table")
    ring = [112.3, 35.5, 112.31, 35.51, 112.32, 35.5, 112.31, 35.49, 112.3, 35.5]
    circle = struct.pack("<BII10d", 1, CIRCULARSTRING, 5, *ring)
    arc = struct.pack("<BII", 1, CURVEPOLYGON, 1) + circle
    pyogrio.raw.write(
        path, np.array([FARM.wkb, arc], dtype=object), [np.array(["a", "b"], dtype=object)],
        np.array(["zone_id"]), layer="b", driver="GPKG", geometry_type="Unknown",
        crs="EPSG:4490", append=True,
    )  # fmt: skip
    code, out, _ = run("look", path)
    assert code == 1
    assert "问题：要素 b：原文件中是圆弧" in out
    assert out.count("问题") == 1


def test_a_password_is_not_shown(run):
    code, out, err = run("look", "postgresql://me:top-secret@127.0.0.1:9/db", "--table", "t")
    assert code == 2
    assert "top-secret" not in out + err


# --- export ---------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "shp", "xlsx", "txt"])
def test_a_layer_goes_out_with_what_is_known_of_it(run, tmp_path, ending):
    out = tmp_path / f"红线.{ending}"
    plane = ["--to-crs", "EPSG:4526"] if ending == "txt" else []
    code, text, err = run("export", "red_line", "--area", "shili", "--out", out, *plane)
    assert (code, err) == (0, "")
    assert "读取 2 个要素 = 可用 2 个" in text
    workspace = Workspace.embedded("shili")
    frame = workspace.frame("red_line")
    found = read_source(out, crs="EPSG:4490" if ending == "xlsx" else "").frame
    key = "地块编号" if ending == "txt" else "zone_id"
    assert found[key].tolist() == frame["zone_id"].tolist()
    degrees = found.set_crs("EPSG:4490") if found.crs is None else found.to_crs("EPSG:4490")
    rel = 1e-6 if ending == "txt" else 1e-9
    assert area_m2(degrees.geometry.tolist()) == pytest.approx(
        area_m2(frame.geometry.tolist()), rel=rel
    )
    layer = workspace.layer("red_line")
    record = json.loads(Path(f"{out}.record.json").read_text(encoding="utf-8"))
    assert (record["authority"], record["licence"]) == (layer.authority, layer.licence)
    assert record["sha256"] == layer.sha256


def test_a_geopackage_holds_its_provenance_and_its_style(run, tmp_path):
    out = tmp_path / "a.gpkg"
    run("export", "water_source", "--area", "shili", "--out", out)
    layer = Workspace.embedded("shili").layer("water_source")
    info = pyogrio.read_info(out, layer="water_source")
    assert info["layer_metadata"]["basis"] == layer.basis
    assert f"许可：{layer.licence}" in info["layer_metadata"]["DESCRIPTION"]
    assert info["layer_metadata"]["IDENTIFIER"] == layer.title
    styles = pyogrio.read_dataframe(out, layer="layer_styles")
    assert "categorizedSymbol" in styles["styleQML"].iloc[0]


def test_a_layer_in_doubt_goes_out_and_exits_with_1(run, tmp_path):
    folder = Path(shutil.copytree(Workspace.embedded("shili").folder, tmp_path / "shili"))
    path = folder / "layers" / "red_lines.geojson"
    path.write_bytes(path.read_bytes() + b"\n")
    out = tmp_path / "a.gpkg"
    code, text, _ = run("export", "red_line", "--workspace", folder, "--out", out)
    assert code == 1
    assert "校验值不一致" in text
    assert out.exists()
    code, _, err = run("export", "red_line", "--workspace", folder, "--out", path)
    assert code == 2
    assert "不能覆盖" in err
