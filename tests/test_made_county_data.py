"""The made county (示例县): its written answers, worked out again with plain shapely in its plane.

Nothing of the project's own code is used here. The layers are read with geopandas, the loci are
resolved from the CSV tables by exact names, and every relation, overlap and distance is taken in
the plane EPSG:4547; the ellipsoid (pyproj.Geod) only has to agree with the plane.
"""

from __future__ import annotations

import csv
import hashlib
import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas
import pytest
import shapely
from pyproj import Geod, Transformer

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

COUNTY = Path(__file__).parents[1] / "layers" / "data" / "shili"
GEOD = Geod(a=6378137.0, rf=298.257222101)  # CGCS2000
POLYGONS = {"Polygon", "MultiPolygon"}
LINES = {"LineString", "MultiLineString"}
ZONE_QUERIES = [
    "projects-in-water-source",
    "projects-in-red-line",
    "projects-in-protected-area",
    "projects-in-farmland",
]
ROUNDED_M = 0.0006  # answers give distances to the millimetre


@cache
def toml(name: str) -> dict:
    return tomllib.loads((COUNTY / name).read_text(encoding="utf-8"))


@cache
def table(name: str) -> list[dict[str, str]]:
    with (COUNTY / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def register() -> dict[str, dict]:
    return {entry["id"]: entry for entry in toml("register.toml")["layer"]}


@cache
def layer(layer_id: str) -> geopandas.GeoDataFrame:
    return geopandas.read_file(COUNTY / register()[layer_id]["path"])


@cache
def region(layer_id: str, name: str) -> BaseGeometry | None:
    rows = layer(layer_id)
    found = rows[rows["name"] == name].geometry
    return found.union_all() if len(found) else None


@dataclass(frozen=True)
class Locus:
    kind: str
    shape: BaseGeometry | None
    rivers: tuple[str, ...] = ()

    @property
    def surveyed(self) -> bool:
        return self.kind == "surveyed"


def names(field: str) -> list[str]:
    return field.split(";") if field else []


def project_id(row: dict[str, str]) -> str:
    return f"{row['plan']}-{row['line']}"


@cache
def loci() -> dict[str, Locus]:
    return {project_id(row): locus(row) for row in table("projects.csv")}


def locus(row: dict[str, str]) -> Locus:
    """Return the smallest region the evidence gives: site, named feature, village and so on."""
    sites = layer("site")
    parcels = sites[sites["project_id"] == project_id(row)].geometry
    if len(parcels):
        return Locus("surveyed", parcels.union_all())
    found = [region("reservoir", name) for name in names(row["places"])]
    found += [region("river", name) for name in names(row["rivers"])]
    if any(found):
        shape = shapely.union_all([shape for shape in found if shape])
        return Locus("feature", shape, tuple(names(row["rivers"])))
    towns = {village["name"]: village["township"] for village in table("villages.csv")}
    for kind, places in (
        ("village", [towns[name] for name in names(row["villages"])]),
        ("township", names(row["townships"])),
    ):
        if places:
            return Locus(kind, shapely.union_all([region("township", name) for name in places]))
    if row["counties"]:
        return Locus("county", region("county", row["counties"]))
    return Locus("none", None)


def relation(shape: BaseGeometry, zones: BaseGeometry) -> str:
    if zones.covers(shape) and not shape.touches(zones):
        return "inside"
    if not shape.intersects(zones):
        return "outside"
    return "touches" if shape.touches(zones) else "overlaps"


def certainty(where: Locus, shape: BaseGeometry, layer_id: str) -> str:
    zones = layer(layer_id).geometry.union_all()
    entry = register()[layer_id]
    drawn = relation(shape, zones)
    if entry["coverage"] != "area":
        covered = layer(entry["coverage"]).geometry.union_all()
        if drawn in {"outside", "touches"} and not covered.covers(shape):
            return "unchecked"
    accuracy = entry["accuracy_m"]
    sure = {
        relation(shape, zones.buffer(by, join_style="mitre")) if by else drawn
        for by in (-accuracy, 0, accuracy)
    }
    if len(sure) > 1 or (not where.surveyed and drawn not in {"inside", "outside"}):
        return "possible"
    return "certain"


def hit_names(shape: BaseGeometry, layer_id: str) -> list[str]:
    rows = layer(layer_id)
    named = zip(rows.name, rows.geometry, strict=True)
    hit = [(name, relation(shape, zone)) for name, zone in named]
    met = {name for name, how in hit if how in {"inside", "overlaps"}}
    return sorted(met or {name for name, how in hit if how == "touches"})


def finding(where: Locus, layer_id: str) -> dict:
    """Return what the answers' row must say; None where a value does not apply."""
    shape = where.shape
    if shape is None:
        return {"relation": None, "certainty": "unchecked", "zones": [], "sliver": False}
    zones = layer(layer_id).geometry.union_all()
    common = shape.intersection(zones)
    row = {
        "relation": relation(shape, zones),
        "certainty": certainty(where, shape, layer_id),
        "overlap_m2": None,
        "share": None,
        "length_m": None,
        "distance_m": shape.distance(zones),
        "zones": hit_names(shape, layer_id),
        "sliver": False,
    }
    if where.surveyed and shape.geom_type in POLYGONS:
        row |= {"overlap_m2": common.area, "share": common.area / shape.area}
        row["sliver"] = 0 < common.area < toml("answers.toml")["tolerance"]["sliver_m2"]
    if where.surveyed and shape.geom_type in LINES:
        row |= {"length_m": common.length, "share": common.length / shape.length}
    return row


def in_degrees(shape: BaseGeometry) -> BaseGeometry:
    """Move the vertices, and nothing but the vertices, to EPSG:4490 (longitude, latitude)."""
    step = Transformer.from_crs(4547, 4490, always_xy=True)
    return shapely.transform(shape, step.transform, interleaved=False)


def ellipsoidal_m2(shape: BaseGeometry) -> float:
    return abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(shape))[0])


# --- the files -------------------------------------------------------------------------------


@pytest.mark.parametrize("layer_id", list(register()))
def test_layer_is_what_the_register_says(layer_id):
    entry, rows = register()[layer_id], layer(layer_id)
    content = (COUNTY / entry["path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert rows.crs.to_epsg() == 4547
    assert entry["crs"] == "EPSG:4547"
    assert rows.geometry.is_valid.all()
    assert rows.zone_id.is_unique
    assert list(rows.zone_id) == sorted(rows.zone_id)
    # x is east: the northings (4 000 000 and more) must not have come first
    west, south, east, north = rows.total_bounds
    assert 495000 <= west <= east <= 505000
    assert 4000000 <= south <= north <= 4008000


@pytest.mark.parametrize("layer_id", list(register()))
def test_coordinates_are_round_and_sides_axis_parallel(layer_id):
    coordinates = layer(layer_id).geometry.get_coordinates().to_numpy()
    odd = [value for value in coordinates.ravel() if value != round(value)]
    assert set(odd) == ({497500.01} if layer_id == "site" else set())
    for shape in layer(layer_id).geometry.explode().boundary:
        for line in getattr(shape, "geoms", [shape]):
            for (x0, y0), (x1, y1) in pairwise(line.coords):
                assert x0 == x1 or y0 == y1


@pytest.mark.parametrize("layer_id", list(register()))
def test_exteriors_run_counter_clockwise(layer_id):
    for shape in layer(layer_id).geometry.explode():
        if shape.geom_type == "Polygon":
            assert shape.exterior.is_ccw
            assert not any(hole.is_ccw for hole in shape.interiors)


@pytest.mark.parametrize("layer_id", list(register()))
def test_plane_and_ellipsoid_agree(layer_id):
    for shape in layer(layer_id).geometry:
        if shape.geom_type in POLYGONS:
            # edges no longer than 10 m, so that what an edge is does not matter
            dense = in_degrees(shapely.segmentize(shape, 10.0))
            assert ellipsoidal_m2(dense) == pytest.approx(shape.area, rel=1e-6)


def test_townships_tile_the_county():
    towns, county = layer("township"), layer("county").geometry.union_all()
    assert towns.geometry.is_valid_coverage()
    assert towns.geometry.union_all().equals(county)
    assert list(towns.area) == [20e6] * 4
    # tiling holds vertex for vertex, so it still holds in degrees
    moved = [in_degrees(shape) for shape in towns.geometry]
    assert shapely.coverage_is_valid(moved)
    assert shapely.union_all(moved).symmetric_difference(in_degrees(county)).area == 0
    for row, name, code in zip(table("townships.csv"), towns.name, towns.zone_id, strict=True):
        assert (row["name"], row["code"], row["area_km2"]) == (name, code, "20")


def test_zones_stand_as_drawn():
    """The nasty cases are really in the drawing."""
    red = layer("red_line").set_index("zone_id").geometry
    assert [len(part.interiors) for part in red["red-line-1"].geoms] == [1, 0]
    assert red["red-line-1"].touches(red["red-line-2"])
    assert red["red-line-1"].intersection(red["red-line-2"]).length == 1000
    core, general = layer("protected_area").geometry
    assert core.touches(general)
    source = layer("water_source").set_index("zone_id").geometry
    assert source["water-source-qingshui-1"].within(source["water-source-qingshui-2"])
    assert source["water-source-nanyang-2"].equals(source["water-source-nanyang-2-again"])
    patches = layer("mine_patch").set_index("zone_id")
    assert patches.geometry["mine-2"].intersection(patches.geometry["mine-3"]).area == 40000
    assert list(patches.patches) == [1] * 6
    assert list(patches.area_ha) == list(patches.area / 10000)
    confluence = region("river", "清水河").intersection(region("river", "南清水河"))
    assert confluence.equals(shapely.Point(496000, 4001400))


def test_readme_gives_every_shape():
    """A person follows the answers with the README's extents, so these must be the drawn ones."""
    text = (COUNTY / "README.md").read_text(encoding="utf-8")
    side = r"([\d.]+)\.\.([\d.]+)"
    told = {
        row[0]: tuple(float(value) for value in row[1:])
        for row in re.findall(rf"\| ([a-z0-9-]+) \|(?: [^|]* \|)? {side}×{side} \|", text)
    }
    drawn = {}
    for layer_id in set(register()) - {"county"}:
        rows = layer(layer_id).set_index("zone_id").geometry.bounds
        for zone_id, west, south, east, north in rows.itertuples():
            extent = (west - 495000, east - 495000, south - 4000000, north - 4000000)
            drawn[zone_id] = tuple(round(value, 2) for value in extent)
    assert told == drawn
    for row in table("projects.csv"):
        assert f"| {row['line']} | {row['name']} |" in text


# --- the tables ------------------------------------------------------------------------------


def test_plan_lines_are_rows_of_the_projects_table():
    plan = toml("area.toml")["plans"][0]
    assert [row["line"] for row in table("projects.csv")] == [str(n) for n in range(1, 26)]
    assert plan["source_lines"] == plan["last_line"] == 25
    digest = hashlib.sha256((COUNTY / "projects.csv").read_bytes()).hexdigest()
    assert plan["source_sha256"] == digest
    for name in ("townships.csv", "villages.csv", "features.csv", "names.csv"):
        for row in table(name):
            assert row["line"] == "" or 1 <= int(row["line"]) <= 25


def test_names_in_the_projects_table_are_known():
    towns = {row["name"] for row in table("townships.csv")}
    villages = {row["name"]: row for row in table("villages.csv")}
    features = {row["name"] for row in table("features.csv")}
    for row in table("projects.csv"):
        assert set(names(row["townships"])) <= towns
        assert set(names(row["villages"])) <= set(villages)
        assert set(names(row["rivers"])) <= features
    for village in villages.values():
        assert village["code"].startswith(village["township_code"])
        assert village["township"] in towns
    for row in table("names.csv"):
        line = table("projects.csv")[int(row["line"]) - 1]
        assert row["written"] in line["name"] + line["location"]
        assert row["means"] in names(line["townships"])


def test_restoration_is_the_sum_of_its_areas():
    for row in table("projects.csv"):
        wanted = 0.0
        parts = 0.0
        for area in names(row["areas"]):
            stated, _, rest = area.partition("=")
            value, unit = stated.split(" ")
            hectares, _, *marks = rest.split(":")
            factor = {"公顷": 1, "亩": Fraction(1, 15), "万亩": Fraction(10000, 15)}[unit]
            assert float(hectares) == pytest.approx(float(Fraction(value) * factor), abs=5e-5)
            if "restoration" in marks and "part_of" not in marks:
                wanted += float(hectares)
            parts += float(hectares) if "part_of" in marks else 0.0
        assert float(row["restoration_ha"] or 0) == pytest.approx(wanted)
        assert parts in (0.0, pytest.approx(wanted, abs=1e-3))


def test_features_and_figures_agree_with_the_layers():
    shapes, seen = {}, set()
    for layer_id in ("river", "reservoir", "water_source", "protected_area", "red_line"):
        rows = layer(layer_id)
        shapes |= dict(zip(rows.zone_id, rows.geometry, strict=True))
        listed = {row["id"]: row for row in table("features.csv") if row["kind"] == layer_id}
        assert set(rows.zone_id) - set(listed) <= {"water-source-nanyang-2-again"}
        for _, zone in rows[rows.zone_id.isin(listed)].iterrows():
            feature = listed[zone.zone_id]
            assert feature["name"] == zone["name"]
            assert feature["level"] == (zone.level or "")
            met = towns_of(Locus("feature", zone.geometry))
            assert sorted(names(feature["townships"])) == sorted(met)
    for row in table("figures.csv"):
        shape, value = shapes[row["feature_id"]], float(row["value"])
        seen.add(row["feature_id"])
        if row["measure"] == "area":
            assert shape.area == value * 10000 == float(row["hectares"]) * 10000
        else:
            assert shape.length == value * 1000
    assert seen == set(shapes) - {"water-source-nanyang-2-again"}


def test_river_runs_through_its_townships_in_order():
    river = region("river", "清水河")
    towns = ["北原乡", "西河镇", "南洋镇"]
    middles = [river.intersection(region("township", name)).centroid for name in towns]
    along = [river.project(point) for point in middles]
    assert along == sorted(along)


def test_totals_hold():
    projects = table("projects.csv")
    area = {name: layer(name).geometry.union_all().area for name in register()}
    stated = {(row["scope"], row["measure"]): float(row["value"]) for row in table("totals.csv")}
    wanted = {
        ("plan", "investment"): float(sum(money(row) for row in projects)),
        ("plan", "projects"): len(projects),
        ("plan", "restoration_area"): sum(float(row["restoration_ha"] or 0) for row in projects),
        ("text", "county_area"): area["county"] / 1e6,
        ("text", "red_line_area"): area["red_line"] / 1e4,
        ("text", "protected_area"): area["protected_area"] / 1e4,
        ("text", "water_source_area"): area["water_source"] / 1e4,
        ("text", "mine_patches"): layer("mine_patch").patches.sum(),
        ("text", "mine_patch_area"): layer("mine_patch").area_ha.sum(),
    }
    for group in {row["group"] for row in projects}:
        rows = [row for row in projects if row["group"] == group]
        wanted[f"group {group}", "investment"] = float(sum(money(row) for row in rows))
        wanted[f"group {group}", "projects"] = len(rows)
    assert stated == pytest.approx(wanted)


def money(row: dict[str, str]) -> Fraction:
    """Return the investment in 亿元, after checking it against the printed cell."""
    value = Fraction(row["investment_yi"] or 0)
    printed = re.fullmatch(r"([\d.]+)(亿元|万元)", row["investment_raw"])
    if printed:
        assert value == Fraction(printed[1]) / (1 if printed[2] == "亿元" else 10000)
    else:
        assert row["investment_yi"] == row["investment_raw"] == ""
    return value


# --- the answers -----------------------------------------------------------------------------


def test_loci():
    rows = toml("answers.toml")["projects"]["rows"]
    assert {row["project_id"]: row["locus"] for row in rows} == {
        key: where.kind for key, where in loci().items()
    }


@pytest.mark.parametrize("query", ZONE_QUERIES)
def test_projects_in_zones(query):
    answer = toml("answers.toml")[query]
    assert [row["project_id"] for row in answer["rows"]] == list(loci())
    for row in answer["rows"]:
        compare(row, finding(loci()[row["project_id"]], answer["layer"]))


def compare(row: dict, wanted: dict) -> None:
    who = row.get("project_id") or (row["zone_id"], row["layer"])
    for column in ("relation", "certainty"):
        assert row.get(column) == wanted[column], (who, column)
    if "project_id" in row:
        assert (row["zones"], row["sliver"]) == (wanted["zones"], wanted["sliver"]), who
    if row["certainty"] != "unchecked":
        for column in ("overlap_m2", "length_m", "share"):
            if wanted.get(column) is None:
                assert column not in row, (who, column)
            else:
                assert row[column] == pytest.approx(wanted[column], rel=1e-6, abs=1e-8), who
    else:
        assert not {"overlap_m2", "share", "length_m"} & set(row), who
    assert ("distance_m" in row) == (wanted["relation"] in {"outside", "touches"}), who
    if "distance_m" in row:
        assert row["distance_m"] == pytest.approx(wanted["distance_m"], abs=ROUNDED_M), who


@pytest.mark.parametrize("query", ZONE_QUERIES)
def test_answers_do_not_hang_on_what_an_edge_is(query):
    """With only the vertices moved to degrees every relation and every area stays the same."""
    answer, limits = toml("answers.toml")[query], toml("answers.toml")["tolerance"]
    zones = shapely.union_all([in_degrees(shape) for shape in layer(answer["layer"]).geometry])
    for row in answer["rows"]:
        where = loci()[row["project_id"]]
        if not where.surveyed:
            continue
        shape = in_degrees(where.shape)
        assert relation(shape, zones) == row["relation"], row["project_id"]
        if row.get("overlap_m2"):
            common = shape.intersection(zones)
            got = sum(ellipsoidal_m2(part) for part in polygons(common))
            wanted = row["overlap_m2"]
            allowed = wanted * limits["area_relative"] + limits["area_m2"]
            assert abs(got - wanted) <= allowed, row["project_id"]


def polygons(shape: BaseGeometry) -> list[BaseGeometry]:
    return [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "Polygon"]


def towns_of(where: Locus) -> list[str]:
    """Return the townships that the locus really lies in, not only touches."""
    if where.shape is None:
        return []
    towns = layer("township")
    return [
        name
        for name, town in zip(towns.name, towns.geometry, strict=True)
        if relation(where.shape, town) in {"inside", "overlaps"}
    ]


@cache
def township_key(key: str) -> str:
    """Return the one group of a project: a township, several, county or none."""
    where = loci()[key]
    if where.kind in {"county", "none"}:
        return {"county": "county_wide", "none": "no_place"}[where.kind]
    towns = towns_of(where)
    return towns[0] if len(towns) == 1 else "several_townships"


def test_projects_by_township():
    answer = toml("answers.toml")["projects-by-township"]
    for row in answer["rows"]:
        here = [
            key
            for key, where in loci().items()
            if row["township"] in towns_of(where)
            and (where.surveyed or township_key(key) == row["township"])
        ]
        assert row["project_ids"] == here
        assert row["partly"] == [key for key in here if township_key(key) != row["township"]]
    assert [(row["project_id"], row["townships"]) for row in answer["several_townships"]] == [
        (key, towns_of(where))
        for key, where in loci().items()
        if township_key(key) == "several_townships" and not where.surveyed
    ]
    for group in ("county_wide", "no_place"):
        assert answer[group] == [key for key in loci() if township_key(key) == group]
    listed = [key for row in answer["rows"] for key in row["project_ids"]]
    listed += [row["project_id"] for row in answer["several_townships"]]
    assert sorted([*listed, *answer["county_wide"], *answer["no_place"]]) == sorted(
        [*loci(), *(row["project_id"] for row in answer["split"][1:])]
    )


def test_site_across_two_townships_is_split():
    rows = toml("answers.toml")["projects-by-township"]["split"]
    for row in rows:
        shape = loci()[row["project_id"]].shape
        part = shape.intersection(region("township", row["township"])).area
        assert row["overlap_m2"] == part
        assert row["share"] == pytest.approx(part / shape.area)
    assert sum(row["share"] for row in rows) == 1


def test_restoration_by_township():
    answer = toml("answers.toml")["restoration-by-township"]
    groups = {row["township"]: row for row in answer["rows"]}
    groups |= {key: answer[key] for key in ("several_townships", "county_wide", "no_place")}
    hectares = {
        project_id(row): float(row["restoration_ha"])
        for row in table("projects.csv")
        if row["restoration_ha"]
    }
    for name, row in groups.items():
        wanted = [key for key in hectares if township_key(key) == name]
        assert row["project_ids"] == wanted
        assert row["restoration_ha"] == pytest.approx(sum(hectares[key] for key in wanted))
    assert answer["total"]["restoration_ha"] == sum(hectares.values())


def test_mine_patches_by_township():
    answer, patches = toml("answers.toml")["mine-patches-by-township"], layer("mine_patch")
    towns = layer("township")
    stated = {row["township"]: row for row in table("mine_patches.csv")}
    assert [row["township"] for row in answer["rows"]] == list(towns.name)
    for row, code, town in zip(answer["rows"], towns.zone_id, towns.geometry, strict=True):
        parts = patches.geometry.intersection(town)
        own = parts.area * 2 > patches.area
        assert set(patches.township[own]) <= {code}
        assert row["patches"] == patches.patches[own].sum()
        assert row["area_ha"] == parts.area.sum() / 10000
        assert row["covered_ha"] == parts.union_all().area / 10000
        if row["patches"]:
            plan = stated.pop(row["township"])
            assert (int(plan["patches"]), float(plan["area_ha"])) == (
                row["patches"],
                row["area_ha"],
            )
    assert not stated
    for column, value in answer["total"].items():
        assert value == sum(row[column] for row in answer["rows"])


def test_mine_patches_in_zones():
    rows = toml("answers.toml")["mine-patches-in-zones"]["rows"]
    patches = layer("mine_patch").set_index("zone_id").geometry
    layers = ["red_line", "protected_area", "water_source", "farmland"]
    wanted = [(patch, name) for name in layers for patch in patches.index]
    assert [(row["zone_id"], row["layer"]) for row in rows] == wanted
    for row in rows:
        found = finding(Locus("surveyed", patches[row["zone_id"]]), row["layer"])
        compare(row, found | {"share": None})


def test_projects_near_river():
    answer = toml("answers.toml")["projects-near-river"]
    rivers = layer("river").set_index("name").geometry
    reach = answer["distance_m"]
    assert [row["project_id"] for row in answer["rows"]] == list(loci())
    for row in answer["rows"]:
        where = loci()[row["project_id"]]
        compare_river(row, where, dict(rivers.items()), reach)


def compare_river(row: dict, where: Locus, rivers: dict[str, BaseGeometry], reach: float) -> None:
    who = row["project_id"]
    if where.shape is None:
        assert row == {"project_id": who, "certainty": "unchecked", "river": []}
        return
    if where.rivers and not where.surveyed:
        rivers = {name: rivers[name] for name in where.rivers}
    apart = {name: where.shape.distance(line) for name, line in rivers.items()}
    strip = shapely.union_all([line.buffer(reach) for line in rivers.values()])
    nearest = min(apart.values())
    # no answer may hang on the last metres before the limit
    assert abs(nearest - reach) > 50, who
    assert row["near"] == (nearest <= reach), who
    sure = where.surveyed or nearest > reach or strip.covers(where.shape)
    # nobody knows the rivers beyond the county: within reach of its border there may be one
    (county,) = layer("county").geometry
    seen = nearest <= reach or county.covers(where.shape.buffer(reach))
    expected = ("certain" if sure else "possible") if seen else "unchecked"
    assert row["certainty"] == expected, who
    limit = nearest if sure else reach
    assert row["river"] == sorted(name for name, far in apart.items() if far <= limit), who
    assert ("distance_m" in row) == sure, who
    if sure:
        assert row["distance_m"] == pytest.approx(nearest, abs=ROUNDED_M), who


@pytest.mark.parametrize(
    ("cut", "column"),
    [
        ("by_township", "township"),
        ("by_owner", "owner"),
        ("by_start_year", "start_year"),
        ("by_end_year", "end_year"),
        ("by_group", "group"),
    ],
)
def test_investment_by(cut, column):
    answer = toml("answers.toml")["investment-by"]
    wanted: dict[str, list] = {}
    for row in table("projects.csv"):
        key = township_key(project_id(row)) if column == "township" else row[column]
        wanted.setdefault(key, []).append(row)
    got = {}
    for row in answer[cut]:
        special = [name for name in row if row[name] is True]
        got[special[0] if special else str(row.get(column, ""))] = row
    assert set(got) == set(wanted)
    for key, rows in wanted.items():
        assert got[key]["projects"] == len(rows), key
        assert got[key]["stated"] == sum(bool(row["investment_yi"]) for row in rows), key
        total = float(sum(money(row) for row in rows))
        assert got[key]["investment_yi"] == pytest.approx(total), key
    for name, value in answer["total"].items():
        assert value == pytest.approx(sum(row[name] for row in answer[cut]))
