"""The CRS gate: every way a CRS can be wrong gets its own message, and the right mend."""

import json
import logging
import traceback
import warnings

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS, Geod, Transformer
from shapely import LineString, Point, Polygon, box

from layers import datum, gauss
from layers.crs import to_storage
from layers.errors import LayerError

HOME = box(113.4, 39.4, 114.0, 39.9)
"""A made county in 3-degree zone 38 (114E) and 6-degree zone 19 (111E)."""
WEST = box(111.9, 39.4, 112.5, 39.9)
"""A made county in 3-degree zone 37 (111E)."""

ESRI = (
    'PROJCS["CGCS2000_3_Degree_GK_Zone_38",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",'
    'DATUM["{datum}",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
    'PARAMETER["False_Easting",38500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


def squares(crs, lon=113.7, lat=39.6, count=3):
    """Three squares of 0.01 degree, 0.02 degree apart, in a CRS."""
    shapes = [box(lon + i * 0.02, lat, lon + i * 0.02 + 0.01, lat + 0.01) for i in range(count)]
    return gpd.GeoDataFrame({"k": range(count)}, geometry=shapes, crs=4490).to_crs(crs)


def called(frame, crs):
    """The same numbers under another name."""
    return frame.set_crs(crs, allow_override=True)


def swapped(frame):
    shapes = shapely.transform(np.array(frame.geometry), lambda xy: xy[:, ::-1])
    return frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs))


def nameless(frame):
    return gpd.GeoDataFrame({"k": frame["k"]}, geometry=list(frame.geometry))


def gate(frame, stated="", home=HOME, **more):
    return to_storage(frame, stated=stated, home=home, source="图斑.shp", **more)


def refused(frame, stated="", home=HOME, **more):
    with pytest.raises(LayerError) as caught:
        gate(frame, stated, home, **more)
    return str(caught.value)


def placed(gate_, lon=113.7, lat=39.6):
    assert gate_.frame.crs == CRS("EPSG:4490")
    corner = gate_.frame.geometry.iloc[0].exterior.coords[0]
    assert corner == pytest.approx((lon + 0.01, lat), abs=1e-9, rel=0)
    # a parallel is no straight line in a plane: 1 cm on 1 km
    bounds = [lon, lat, lon + 0.05, lat + 0.01]
    assert gate_.frame.total_bounds == pytest.approx(bounds, abs=2e-7, rel=0)
    return gate_


@pytest.mark.parametrize("crs", [4490, 4526, 4547, 4497, 4508, 32649, 4326, 3857])
@pytest.mark.parametrize("home", [HOME, None])
def test_right_data_come_to_their_place_from_every_crs(crs, home):
    moved = placed(gate(squares(crs), home=home))
    assert list(moved.frame["k"]) == [0, 1, 2]
    assert moved.web_map is False


def test_wgs_84_is_taken_as_cgcs2000_and_said_so():
    for crs in (4326, 32649, "+proj=longlat +datum=WGS84 +type=crs"):
        moved = gate(squares(crs))
        assert ["不到 1 米" in note for note in moved.notes] == [True]
    assert gate(squares(4526)).notes == ()


WRONG = [
    # what the data are, what they are called, county, words of the message, the mend
    (squares(4490), 4526, HOME, "坐标却是经纬度", 'crs = "EPSG:4490"'),
    (squares(4526), 4490, HOME, "坐标却是米", 'crs = "EPSG:4526"'),
    (squares(4547), 4490, HOME, "坐标却是米", 'crs = "EPSG:4547"'),
    (squares(3857), 4490, HOME, "坐标却是米", 'crs = "EPSG:3857"'),
    (squares(4547), 4526, HOME, "缺少带号", 'crs = "EPSG:4547"'),
    (squares(4526), 4547, HOME, "多了带号", 'crs = "EPSG:4526"'),
    (squares(4546, 112.2), 4526, WEST, "缺少带号", 'crs = "EPSG:4546"'),
    (swapped(squares(4526)), 4526, HOME, "东、北坐标写反", "交换两列坐标后重新导出"),
    (swapped(squares(4547)), 4547, HOME, "东、北坐标写反", "交换两列坐标后重新导出"),
    (swapped(squares(32649)), 32649, HOME, "东、北坐标写反", "交换两列坐标后重新导出"),
    (swapped(squares(4547)), 4526, HOME, "东、北坐标写反", 'crs = "EPSG:4547"'),
    (swapped(squares(4490)), 4490, HOME, "经度和纬度写反", "交换两列坐标后重新导出"),
    (swapped(squares(4326)), 4326, HOME, "经度和纬度写反", "交换两列坐标后重新导出"),
    (squares(4525, 112.2), 4526, WEST, "带号不对", 'crs = "EPSG:4525"（'),
    (squares(4525, 112.2), 4526, WEST, "带号不对", "3 度带 37 带，中央经线 111°E"),
    (squares(4546, 112.2), 4547, WEST, "带号不对", 'crs = "EPSG:4546"'),
    (squares(4497), 4526, HOME, "6 度带的坐标，却写成了 3 度带", 'crs = "EPSG:4497"'),
    (squares(4508), 4547, HOME, "6 度带的坐标，却写成了 3 度带", "6 度带 19 带，中央经线 111°E"),
    (squares(4526), 4497, HOME, "3 度带的坐标，却写成了 6 度带", 'crs = "EPSG:4526"'),
    (squares(32649), 3857, HOME, "坐标系不对", "EPSG:"),
]


@pytest.mark.parametrize(("frame", "crs", "home", "words", "mend"), WRONG)
def test_each_wrong_crs_gets_its_own_message_and_mend(frame, crs, home, words, mend):
    text = refused(called(frame, crs), home=home)
    assert words in text
    assert mend.rstrip("（") in text
    assert "图斑.shp" in text
    assert f"EPSG:{crs}" in text or "写反" in text


@pytest.mark.parametrize(("frame", "crs", "home", "words", "mend"), WRONG)
def test_the_same_numbers_stated_in_the_register_are_refused_the_same(
    frame, crs, home, words, mend
):
    assert words in refused(nameless(frame), f"EPSG:{crs}", home), mend


@pytest.mark.parametrize(
    "case", [row for row in WRONG if "EPSG:" in row[4] and row[1] != 3857 and "写反" not in row[3]]
)
def test_the_mend_works(case):
    """Whoever writes what the message proposes gets the data to their place."""
    frame, crs, home, _, _ = case
    text = refused(called(frame, crs), home=home)
    proposed = text.split('crs = "')[1].split('"')[0]
    placed(gate(nameless(frame), proposed, home), 113.7 if home is HOME else 112.2)


@pytest.mark.parametrize(
    ("frame", "crs", "words", "mend"),
    [
        (squares(4490), 4526, "坐标却是经纬度", "EPSG:4490"),
        (squares(4526), 4490, "坐标却是米", "EPSG:4526"),
        (squares(4547), 4490, "坐标却是米", "不能确定"),
        (squares(4547), 4526, "缺少带号", "EPSG:4547"),
        (squares(4526), 4547, "多了带号", "EPSG:4526"),
        (swapped(squares(4526)), 4526, "东、北坐标写反", "重新导出"),
        (swapped(squares(4490)), 4490, "经度和纬度写反", "重新导出"),
        (squares(4525, 112.2), 4526, "带号不对", "EPSG:4525"),
        (squares(4497), 4526, "6 度带", "EPSG:4497"),
    ],
)
def test_without_a_county_the_coordinates_alone_tell_most(frame, crs, words, mend):
    text = refused(called(frame, crs), home=None)
    assert words in text
    assert mend in text


def test_another_county_is_named_with_distance_and_direction():
    frame = squares(4526, 112.4, 35.48)
    text = refused(frame)
    assert "落在阳城县" in text
    nearest = Geod(ellps="GRS80").inv(113.4, 39.4, 112.45, 35.49)[2] / 1000
    assert f"在本县以南约 {nearest:.0f} 公里" in text
    assert "别的县" in text
    assert gate(frame, home=None).notes == ()


def test_a_layer_just_beside_the_county_passes_with_a_note():
    moved = gate(squares(4526, 114.1))
    (note,) = moved.notes
    metres = Geod(ellps="GRS80").inv(114.0, 39.605, 114.1, 39.605)[2]
    assert f"在本县以东 {metres / 1000:.1f} 公里" in note


def test_single_stray_features_are_refused_by_number_and_far_ones_noted():
    frame = squares(4526, count=4)
    shapes = list(frame.geometry)
    shapes[2] = swapped(frame).geometry.iloc[2]
    text = refused(frame.set_geometry(gpd.GeoSeries(shapes, crs=4526)))
    assert "第 3 个要素" in text
    assert "1 个，共 4 个" in text
    assert "写反" in text
    shapes[2] = squares(4526, 112.0, 36.0).geometry.iloc[0]
    (note,) = gate(frame.set_geometry(gpd.GeoSeries(shapes, crs=4526))).notes
    assert "1 个要素离本县 50 公里以上，第一个是第 3 个" in note


@pytest.mark.parametrize(
    ("frame", "mend"),
    [
        (squares(4526), 'crs = "EPSG:4526"'),
        (squares(4547), 'crs = "EPSG:4547"'),
        (squares(4497), 'crs = "EPSG:4497"'),
        (squares(4490), 'crs = "EPSG:4490"'),
        (swapped(squares(4490)), "交换两列坐标"),
        (swapped(squares(4526)), 'crs = "EPSG:4526"'),
    ],
)
def test_no_crs_is_refused_with_a_proposal(frame, mend):
    text = refused(nameless(frame))
    assert "没有坐标系" in text
    assert mend in text
    assert "必须核实" in text


def test_no_crs_without_a_proposal_where_several_or_none_fit():
    assert "定不下来" in refused(nameless(squares(4547)), home=None)
    assert "定不下来" in refused(nameless(squares(4490, 120.0, 30.0)))
    empty = gpd.GeoDataFrame({"k": [1]}, geometry=[None])
    assert "定不下来" in refused(empty)


def test_stated_and_carried_differ():
    text = refused(squares(4526), "EPSG:4525")
    assert "登记的坐标系是 EPSG:4525，文件自带的是 EPSG:4526" in text
    assert "只有按 EPSG:4526 落在本县" in text
    assert "两个都落在" in refused(squares(4490), "EPSG:4610")
    assert "两个都不落在" in refused(squares(4525, 112.2), "EPSG:4527")
    for same in ("EPSG:4490", "OGC:CRS84", "CGCS2000", "天地图"):
        placed(gate(squares(4326), same))
    # a 6-degree zone without prefix is the 3-degree one of the same meridian
    placed(gate(squares(4508), "EPSG:4546"))


def test_a_geojson_that_says_nothing_gives_way_to_what_is_stated():
    frame = called(squares(4526), 4326)
    moved = to_storage(frame, stated="EPSG:4526", home=HOME, source="a.GeoJSON")
    assert "GeoJSON" in placed(moved).notes[0]
    with pytest.raises(LayerError, match="两者不同"):
        to_storage(called(frame, 4610), stated="EPSG:4526", home=HOME, source="a.geojson")


def test_esri_and_vendor_names_resolve():
    for name in ("D_China_2000", "D_CGCS2000", "D_CGCS_2000", "China_2000"):
        placed(gate(called(squares(4526), CRS.from_wkt(ESRI.format(datum=name)))))
        placed(gate(called(squares(4526), CRS.from_wkt(ESRI.format(datum=name))), "EPSG:4526"))
    placed(gate(nameless(squares(4526)), "CGCS2000_3_Degree_GK_Zone_38"))
    placed(gate(nameless(squares(4526)), " 4526 "))
    placed(gate(called(squares(4490), "EPSG:4490+5737")))
    zero = "+proj=tmerc +lon_0=114 +x_0=500000 +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +type=crs"
    placed(gate(called(squares(4547), zero)))
    lying = ESRI.format(datum="D_CGCS2000").replace("6378137.0,298.257222101", "6378245.0,298.3")
    assert "保密参数" in refused(called(squares(4526), CRS.from_wkt(lying)))
    assert "不认识" in refused(nameless(squares(4526)), "EPSG:1")


OLD = [
    4610,
    *range(2327, 2391),
    4214,
    *range(21413, 21424),
    *range(21453, 21464),
    *range(2401, 2443),
    4479,
    4555,
]


@pytest.mark.parametrize("crs", OLD)
def test_old_datums_never_come_out_unmoved(crs):
    assert "保密参数" in refused(called(squares(4490), crs))
    assert "保密参数" in refused(nameless(squares(4490)), f"EPSG:{crs}")


@pytest.mark.parametrize(
    "crs",
    [
        "+proj=tmerc +lon_0=113.7 +x_0=50000 +ellps=krass +type=crs",
        "+proj=tmerc +lon_0=114 +x_0=500000 +ellps=GRS80 +type=crs",
        "+proj=longlat +ellps=krass +towgs84=15.8,-154.4,-82.3 +type=crs",
        'LOCAL_CS["mine",UNIT["metre",1]]',
    ],
)
def test_local_and_unknown_systems_stop(crs):
    text = refused(called(squares(4490), crs))
    assert "保密参数" in text
    assert "154.4" not in text
    assert "154.4" not in refused(nameless(squares(4490)), crs + " +nonsense")


def test_the_zone_tables_are_those_of_epsg():
    for crs in (4490, 4610, 4214):
        listed = gauss.belts(CRS(crs))
        assert len(listed) == 64
        for code, belt in listed:
            theirs = CRS(code)
            assert theirs.geodetic_crs == CRS(crs)
            assert gauss.belt_of(theirs) == belt, code


# --- the user's own parameters ---------------------------------------------------------------

SEVEN = {
    "dx_m": 31.41592653,
    "dy_m": -112.7182818,
    "dz_m": -57.7215664,
    "rx_arcsec": 0.16180339,
    "ry_arcsec": -0.27182845,
    "rz_arcsec": 1.4142135,
    "scale_ppm": 2.6651441,
}
FOUR = {
    "dx_north_m": 4377123.4567,
    "dy_east_m": 38423987.6543,
    "rotation_arcsec": 12.345678,
    "scale_ppm": -3.1415926,
}


def written(folder, values, **words):
    path = folder / "参数.toml"
    lines = [
        f"{key} = {value if isinstance(value, float) else json.dumps(value)}"
        for key, value in values.items()
    ]
    lines += [f'"{key}" = {json.dumps(value)}' for key, value in words.items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def by_hand(values, sign):
    """Position vector (+1) or coordinate frame (-1) from Xian 1980, by the book."""
    seconds = np.pi / 180 / 3600
    body = CRS(4610).ellipsoid
    a, b = body.semi_major_metre, body.semi_minor_metre
    e2 = 1 - (b / a) ** 2

    def shifted(lon, lat):
        lam, phi = np.radians(lon), np.radians(lat)
        n = a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
        xyz = np.array(
            [
                n * np.cos(phi) * np.cos(lam),
                n * np.cos(phi) * np.sin(lam),
                n * (1 - e2) * np.sin(phi),
            ]
        )
        rx, ry, rz = (
            sign * values.get(k, 0) * seconds for k in ("rx_arcsec", "ry_arcsec", "rz_arcsec")
        )
        turn = np.array([[1, -rz, ry], [rz, 1, -rx], [-ry, rx, 1]])
        xyz = (1 + values.get("scale_ppm", 0) * 1e-6) * turn @ xyz + np.array(
            [values["dx_m"], values["dy_m"], values["dz_m"]]
        )
        back = Transformer.from_crs("EPSG:4479", "EPSG:4480", always_xy=True)
        return back.transform(*xyz)[:2]

    return shifted


@pytest.mark.parametrize("crs", [4610, 2362, 2383, 2333])
@pytest.mark.parametrize(("convention", "sign"), [("position_vector", 1), ("coordinate_frame", -1)])
def test_seven_parameters_move_as_computed_by_hand(tmp_path, crs, convention, sign):
    frame = called(squares(4490), 4610).to_crs(crs)
    path = written(tmp_path, SEVEN, **{"from": "EPSG:4610"}, convention=convention)
    moved = gate(frame, parameters=path)
    corner = moved.frame.geometry.iloc[0].exterior.coords
    for x, y in box(113.7, 39.6, 113.71, 39.61).exterior.coords:
        lon, lat = by_hand(SEVEN, sign)(x, y)
        assert np.hypot(*(np.array(corner) - (lon, lat)).T).min() < 1e-9
    assert abs(corner[0][0] - 113.71) > 1e-4
    assert "参数不显示" in moved.notes[0]


def test_three_parameters_need_no_convention(tmp_path):
    three = {key: SEVEN[key] for key in ("dx_m", "dy_m", "dz_m")}
    path = written(tmp_path, three, **{"from": "EPSG:4610"})
    moved = gate(called(squares(4490), 4610), parameters=path)
    lon, lat = by_hand(three, 1)(113.71, 39.6)
    assert moved.frame.geometry.iloc[0].exterior.coords[0] == pytest.approx((lon, lat), abs=1e-9)


@pytest.mark.parametrize(
    "crs",
    [None, "+proj=tmerc +lon_0=113.7 +ellps=krass +type=crs", 'LOCAL_CS["mine",UNIT["metre",1]]'],
)
def test_a_plane_fit_follows_the_surveyors_formula(tmp_path, crs):
    local = np.array([[0.0, 0.0], [1000, 0], [1000, 2000], [0, 2000]])  # east, north
    frame = gpd.GeoDataFrame({"k": [1]}, geometry=[Polygon(local)], crs=crs)
    path = written(tmp_path, FOUR, **{"from": "local"}, to="EPSG:4526")
    moved = gate(frame, parameters=path).frame
    k, turn = 1 + FOUR["scale_ppm"] * 1e-6, np.radians(FOUR["rotation_arcsec"] / 3600)
    y, x = local.T
    north = FOUR["dx_north_m"] + k * (x * np.cos(turn) - y * np.sin(turn))
    east = FOUR["dy_east_m"] + k * (x * np.sin(turn) + y * np.cos(turn))
    back = shapely.get_coordinates(moved.to_crs(4526).geometry.iloc[0])
    for point in zip(east, north, strict=True):
        assert np.hypot(*(back - point).T).min() < 1e-4
    assert len(back) > 50  # the long edges are straight in the plane they were drawn in


def wrong_parameters(folder):
    xian = {"from": "EPSG:4610"}
    seven = {**xian, "convention": "position_vector"}
    yield "form", written(folder, {"dx_m": 31.41592653}, **xian), 4610
    yield "form", written(folder, {**SEVEN, "dx_m": float("nan")}, **seven), 4610
    yield "form", written(folder, {**SEVEN, "dx_m": True}, **seven), 4610
    yield "form", written(folder, {**SEVEN, "dx": 31.41592653}, **seven), 4610
    yield "form", written(folder, dict.fromkeys(SEVEN, 0), **seven), 4610
    yield "form", written(folder, {**SEVEN, "scale_ppm": "2.6651441"}, **seven), 4610
    yield "form", written(folder, {**SEVEN, "dx_m": 10**400}, **seven), 4610
    yield "convention", written(folder, SEVEN, **xian), 4610
    yield "convention", written(folder, SEVEN, **xian, convention="31.41592653"), 4610
    yield "source", written(folder, SEVEN, convention="position_vector"), 4610
    yield "source", written(folder, SEVEN, **{**seven, "from": "EPSG:4214"}), 4610
    yield "source", written(folder, SEVEN, **{**seven, "from": "31.41592653"}), 4610
    yield "source", written(folder, FOUR, **{"from": "EPSG:2361"}, to="EPSG:4526"), 2362
    yield "source", written(folder, FOUR, **{"from": "local"}, to="EPSG:4526"), 2362
    yield "source", written(folder, FOUR, **xian, to="EPSG:4526"), 4610
    yield "target", written(folder, FOUR, **{"from": "EPSG:2362"}, to="EPSG:2362"), 2362
    yield "target", written(folder, FOUR, **{"from": "EPSG:2362"}), 2362
    yield "misfit", written(folder, {**SEVEN, "dx_m": 314159.2653}, **seven), 4610
    yield "misfit", written(folder, {**dict.fromkeys(SEVEN, 0), "dx_m": 1e-7}, **seven), 4610
    path = written(folder, SEVEN, **seven)
    path.write_text(path.read_text("utf-8") + "\ndx_m = = 31.41592653", encoding="utf-8")
    yield "unreadable", path, 4610
    yield "unreadable", folder / "没有.toml", 4610


WORDS = {
    "form": "参数不对",
    "convention": "旋转约定",
    "source": "from 不符",
    "target": "用 to 写明",
    "misfit": "不像是",
    "unreadable": "读不出来",
}


def test_wrong_parameters_are_refused_without_a_value(tmp_path):
    kinds = []
    for kind, path, crs in wrong_parameters(tmp_path):
        text = refused(called(squares(4490), 4610).to_crs(crs), parameters=path)
        assert WORDS[kind] in text
        kinds.append(kind)
    assert set(kinds) == set(WORDS)


def secrets(values):
    """The digits by which a value would be known, however it is printed."""
    return [str(value).lstrip("-").replace(".", "")[:6] for value in values.values()] + [
        f"{abs(value):.6g}"[:6] for value in values.values()
    ]


def test_the_values_are_nowhere_to_be_found(tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    shown = []
    good = written(tmp_path, SEVEN, **{"from": "EPSG:4610"}, convention="position_vector")
    frame = called(squares(4490), 4610)
    with warnings.catch_warnings(record=True) as caught:
        moved = gate(frame, parameters=good)
        steps = datum.shift(good, CRS(4610), "x")
    shown += [repr(moved), str(moved.notes), repr(steps), str(moved.frame.crs.to_wkt())]
    shown += [str(warning.message) for warning in caught]
    moved.frame.to_file(tmp_path / "out.gpkg")
    shown.append((tmp_path / "out.gpkg").read_bytes().decode("latin-1"))
    for _, path, crs in wrong_parameters(tmp_path):
        with pytest.raises(LayerError) as caught_error:
            gate(called(squares(4490), 4610).to_crs(crs), parameters=path)
        error = caught_error.value
        assert error.__context__ is None
        shown += ["".join(traceback.format_exception(error)), repr(error)]
    printed = capfd.readouterr()
    shown += [caplog.text, printed.out, printed.err]
    text = "\n".join(shown)
    plain = text.replace(".", "")
    for digits in secrets(SEVEN):
        assert digits.replace(".", "") not in plain, digits


def test_parameters_that_are_not_needed_are_not_used(tmp_path):
    path = written(tmp_path, SEVEN, **{"from": "EPSG:4610"}, convention="position_vector")
    moved = gate(squares(4526), parameters=path)
    assert "没有使用参数文件" in placed(moved).notes[0]


def test_shifted_data_are_checked_against_the_county_too(tmp_path):
    path = written(tmp_path, SEVEN, **{"from": "EPSG:4610"}, convention="position_vector")
    frame = called(squares(4525, 112.2), 2362)
    assert 'crs = "EPSG:2361"' in refused(frame, home=WEST, parameters=path)
    local = gpd.GeoDataFrame(geometry=[box(0, 0, 1000, 1000)])
    astray = {**FOUR, "dx_north_m": 2000000.0}
    path = written(tmp_path, astray, **{"from": "local"}, to="EPSG:4526")
    text = refused(local, parameters=path)
    assert "正负号" in text


# --- shapes ----------------------------------------------------------------------------------


def test_long_edges_stay_straight_in_the_plane_they_were_drawn_in():
    plane = box(38420000, 4380000, 38460000, 4420000)
    frame = gpd.GeoDataFrame({"k": [1]}, geometry=[plane], crs=4526)
    moved = gate(frame).frame.to_crs(4526).geometry.iloc[0]
    assert len(moved.exterior.coords) == 3201
    assert moved.area == pytest.approx(plane.area, rel=1e-9)
    assert moved.hausdorff_distance(plane) < 1e-3
    short = gpd.GeoDataFrame(
        {"k": [1]}, geometry=[box(38420000, 4380000, 38420050, 4380050)], crs=4526
    )
    assert len(gate(short).frame.geometry.iloc[0].exterior.coords) == 5


def test_an_invalid_shape_is_densified_with_all_its_lobes():
    bow = Polygon(
        [(38430000, 4390000), (38431000, 4391000), (38431000, 4390000), (38430000, 4391000)]
    )
    frame = gpd.GeoDataFrame(geometry=[bow, box(38432000, 4390000, 38433000, 4391000)], crs=4526)
    moved = gate(frame).frame.geometry
    # Sides of 1 000 m in 20 parts, diagonals of 1 414 m in 29; the first point again.
    assert list(shapely.get_num_coordinates(np.array(moved))) == [20 + 29 + 20 + 29 + 1, 81]
    corners = np.array(frame.to_crs(4490).geometry[0].exterior.coords)
    assert np.array(moved[0].exterior.coords)[[0, 29, 49, 78, 98]] == pytest.approx(corners)


def test_empty_missing_and_non_finite_shapes_are_left_to_the_doctor():
    good = squares(4526).geometry.iloc[0]
    shapes = [None, Polygon(), good, Point(np.nan, np.nan), LineString([(np.inf, 1), (2, 3)])]
    frame = gpd.GeoDataFrame({"k": range(5)}, geometry=shapes, crs=4526, index=[7, 7, 8, 9, 9])
    moved = gate(frame).frame
    assert list(moved["k"]) == [0, 1, 2, 3, 4]
    assert list(moved.index) == [7, 7, 8, 9, 9]
    assert moved.geometry.iloc[0] is None
    assert moved.geometry.iloc[1].is_empty
    alone = gate(squares(4526)).frame.geometry.iloc[0]
    assert moved.geometry.iloc[2].equals_exact(alone, 1e-12)


def test_a_shape_with_one_bad_point_and_an_empty_layer_pass():
    with np.errstate(invalid="ignore"):  # GEOS looks at NaN; the gate must not
        bad = LineString([(38450000, 4380000), (38451000, np.nan), (38451000, 4381000)])
    shapes = [*squares(4526).geometry, bad]
    frame = gpd.GeoDataFrame({"k": range(4)}, geometry=shapes, crs=4526)
    assert len(gate(frame).frame) == 4
    assert "1 个，共 1 个" in refused(called(squares(4547, count=1), 4526))
    empty = gate(squares(4526).iloc[:0])
    assert len(empty.frame) == 0
    assert empty.frame.crs == CRS(4490)


def test_heights_and_the_name_of_the_geometry_column_are_kept():
    frame = squares(4526).rename_geometry("图形")
    flat = list(frame.geometry)
    frame = frame.set_geometry(
        gpd.GeoSeries([flat[0], shapely.force_3d(flat[1], 812.5), flat[2]], crs=4526).rename("图形")
    )
    moved = gate(frame).frame
    assert moved.geometry.name == "图形"
    assert list(shapely.has_z(np.array(moved.geometry))) == [False, True, False]
    assert set(shapely.get_coordinates(moved.geometry.iloc[1], include_z=True)[:, 2]) == {812.5}


def test_the_given_frame_is_not_changed():
    frame = squares(4526)
    before = frame.to_wkb()
    gate(frame)
    assert frame.crs == CRS(4526)
    assert frame.to_wkb().equals(before)


def test_many_features_are_moved_at_once():
    """One call per coordinate array, not per feature."""
    count = 20_000
    corner = 38450000 + np.arange(count) % 200 * 40.0, 4370000 + np.arange(count) // 200 * 40.0
    shapes = shapely.box(*corner, corner[0] + 30, corner[1] + 30)
    frame = gpd.GeoDataFrame(geometry=shapes, crs=4526)
    moved = gate(frame).frame
    assert shapely.equals_exact(
        np.array(moved.geometry), np.array(frame.to_crs(4490).geometry), 1e-9
    ).all()
