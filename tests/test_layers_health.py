"""The health of layers, and repaired copies that a person asks for."""

import csv
import json
import shutil

import geopandas as gpd
import pytest

from layers.errors import LayerError
from layers.health import health, repair
from layers.workspace import Workspace

BOW_TIE = [[500000, 4001000], [500200, 4001200], [500200, 4001000], [500000, 4001200]]
"""Crossing in the middle: two triangles of 100 m x 200 m / 2, together 2 ha."""


@pytest.fixture
def shili(tmp_path):
    """A copy of the made county, to be spoilt."""
    folder = tmp_path / "shili"
    shutil.copytree(Workspace.embedded("shili").folder, folder)
    return folder


def spoil(folder, name, change):
    path = folder / "layers" / name
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data["features"])
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def test_every_embedded_layer_is_healthy():
    for area in ("tianzhen", "hunyuan", "yangcheng", "qinshui", "shuozhou", "shili"):
        workspace = Workspace.embedded(area)
        sick = {
            layer.id: found.problems
            for layer in workspace.layers
            if (found := health(workspace, layer)).problems
        }
        assert sick == {}


def test_a_crossed_polygon_refuses_the_layer_and_names_the_repair(shili):
    def cross(features):
        features[0]["geometry"] = {"type": "Polygon", "coordinates": [[*BOW_TIE, BOW_TIE[0]]]}

    spoil(shili, "farmland.geojson", cross)
    workspace = Workspace(shili)
    with pytest.raises(LayerError, match="shanhe layers repair farmland"):
        workspace.frame("farmland")
    found = health(workspace, workspace.layer("farmland"))
    assert (found.read, found.used, found.rejected) == (4, 4, 0)
    assert any("layers repair" in problem for problem in found.problems)
    assert any("校验值" in problem for problem in found.problems)


def test_the_ledger_of_a_layer_that_rejects_refuse_names_them(shili):
    def empty(features):
        features[1]["geometry"] = None

    spoil(shili, "farmland.geojson", empty)
    workspace = Workspace(shili)
    found = health(workspace, workspace.layer("farmland"))
    assert (found.read, found.used, found.rejected) == (4, 3, 1)
    (item,) = found.rejects
    assert (item.file, item.feature) == (str(shili / "layers" / "farmland.geojson"), "2")
    assert "没有图形" in item.reason
    assert item.reason in found.problems[0]


def test_the_ledger_of_a_sound_layer_and_of_a_missing_file(shili):
    (shili / "layers" / "rivers.geojson").unlink()
    workspace = Workspace(shili)
    sound = health(workspace, workspace.layer("farmland"))
    assert (sound.read, sound.used, sound.rejected, sound.rejects) == (4, 4, 0, ())
    missing = health(workspace, workspace.layer("river"))
    assert (missing.read, missing.used, missing.rejected) == (None, None, None)
    assert "找不到文件" in missing.problems[0]


def test_many_rejects_are_counted_and_the_first_ones_listed(shili):
    def multiply(features):
        features += [{"type": "Feature", "properties": {}, "geometry": None}] * 50

    spoil(shili, "farmland.geojson", multiply)
    workspace = Workspace(shili)
    found = health(workspace, workspace.layer("farmland"))
    assert (found.read, found.used, found.rejected, len(found.rejects)) == (54, 4, 50, 20)
    assert "另有 30 处" in found.problems[0]


def test_a_missing_date_or_checksum_is_flagged_but_makes_no_answer_wrong(shili):
    register = shili / "register.toml"
    text = register.read_text(encoding="utf-8")
    at = text.index('id = "reservoir"')
    kept = [line for line in text[at:].split("\n") if not line.startswith(("date", "sha256"))]
    register.write_text(text[:at] + "\n".join(kept), encoding="utf-8")
    workspace = Workspace(shili)
    layer = workspace.layer("reservoir")
    found = health(workspace, layer)
    assert found.problems == ()
    assert any("没有日期" in remark for remark in found.remarks)
    assert found.sha256 == workspace.fingerprint(layer)
    assert any(found.sha256 in remark for remark in found.remarks)


def test_the_repaired_copy_keeps_both_lobes_and_says_what_was_done(shili, tmp_path):
    def cross(features):
        features[0]["geometry"] = {"type": "Polygon", "coordinates": [[*BOW_TIE, BOW_TIE[0]]]}
        features[1]["geometry"] = None

    spoil(shili, "farmland.geojson", cross)
    out = tmp_path / "mended.gpkg"
    sentence = repair(Workspace(shili), "farmland", out)
    assert "读取 4 个要素，写出 3 个，剔除 1 个" in sentence
    mended = gpd.read_file(out)
    assert len(mended) == 3
    assert mended.geometry.is_valid.all()
    assert mended.crs == "EPSG:4547"
    assert mended.area.iloc[0] == pytest.approx(20_000)
    with (tmp_path / "mended.log.csv").open(encoding="utf-8-sig", newline="") as stream:
        actions = [row["处理"] for row in csv.DictReader(stream)]
    assert actions.count("剔除") == 1
    assert "已修复" in actions


def test_a_layer_can_be_used_again_once_the_copy_is_registered(shili):
    def cross(features):
        features[0]["geometry"] = {"type": "Polygon", "coordinates": [[*BOW_TIE, BOW_TIE[0]]]}

    spoil(shili, "farmland.geojson", cross)
    repair(Workspace(shili), "farmland", shili / "layers" / "farmland.gpkg")
    register = shili / "register.toml"
    text = register.read_text(encoding="utf-8").replace("farmland.geojson", "farmland.gpkg")
    register.write_text(text, encoding="utf-8")
    assert len(Workspace(shili).frame("farmland")) == 4


def test_a_gap_between_townships_is_a_problem_with_its_place(shili):
    def shrink(features):
        ring = features[0]["geometry"]["coordinates"][0]
        east = max(x for x, _ in ring)
        features[0]["geometry"]["coordinates"][0] = [
            [x - 50 if x == east else x, y] for x, y in ring
        ]

    spoil(shili, "townships.geojson", shrink)
    workspace = Workspace(shili)
    found = health(workspace, workspace.layer("township"))
    assert any("°" in problem for problem in found.problems)
    assert len(found.problems) >= 2  # the gap, and the changed file


@pytest.mark.parametrize(
    ("layer", "name", "why"),
    [("county", "a.gpkg", "软件包"), ("township", "a.shp", "以 .gpkg 结尾")],
)
def test_what_cannot_be_repaired_is_refused(tmp_path, layer, name, why):
    with pytest.raises(LayerError, match=why):
        repair(Workspace.embedded("tianzhen"), layer, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_web_map_coordinates_are_never_certain(shili):
    register = shili / "register.toml"
    workspace = Workspace(shili)
    moved = workspace.frame("farmland")
    moved.to_file(shili / "layers" / "bent.geojson", driver="GeoJSON")
    text = register.read_text(encoding="utf-8")
    start = text.index('id = "farmland"')
    end = text.index("[[layer]]", start)
    entry = text[start:end].replace("layers/farmland.geojson", "layers/bent.geojson")
    entry = entry.replace('crs = "EPSG:4547"', 'crs = "GCJ-02"')
    register.write_text(text[:start] + entry + text[end:], encoding="utf-8")
    bent = Workspace(shili)
    reading = bent.reading("farmland")
    assert "不得用于法定面积" in reading.doubts[0]
    assert bent.doubts(["farmland"]) == reading.doubts
