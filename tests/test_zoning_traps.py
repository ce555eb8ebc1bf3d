"""Ways in which an answer once said too much, each on a spoilt copy of the made county."""

import csv
import json
import shutil
import tomllib

import pytest
import shapely

from layers.errors import LayerError, WorkspaceError
from layers.locus import Locus
from layers.words import say
from layers.workspace import Workspace
from zoning.queries import QUERIES, ask
from zoning.study import Study


@pytest.fixture
def county(tmp_path):
    """A copy of the made county."""
    folder = tmp_path / "shili"
    shutil.copytree(Workspace.embedded("shili").folder, folder)
    return folder


def answer(folder, query):
    rows = ask(Study(Workspace(folder)), QUERIES[query]).rows
    return {row["project_id"]: row for row in rows.to_dict("records")}


def change_sites(folder, change):
    path = folder / "layers" / "sites.geojson"
    data = json.loads(path.read_text(encoding="utf-8"))
    by_project = {f["properties"]["project_id"]: f for f in data["features"]}
    change(by_project, data["features"])
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    unregister(folder, "sites.geojson")


def unregister(folder, name):
    """Take the sha256 of a changed file out of the register."""
    register = folder / "register.toml"
    lines = register.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if name in line)
    del lines[next(n for n in range(at, len(lines)) if lines[n].startswith("sha256"))]
    register.write_text("".join(lines), encoding="utf-8")


def set_cell(folder, project_id, **cells):
    path = folder / "projects.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        if f"{row['plan']}-{row['line']}" == project_id:
            row.update(cells)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_parcels_of_a_project_in_two_layers_are_all_asked(county):
    path = county / "layers" / "sites.geojson"
    data = json.loads(path.read_text(encoding="utf-8"))
    island = next(f for f in data["features"] if f["properties"]["project_id"] == "shili-11")
    more = json.loads(json.dumps(island))
    more["properties"] |= {"project_id": "shili-9", "zone_id": "more-1"}
    (county / "layers" / "more.geojson").write_text(
        json.dumps({**data, "features": [more]}, ensure_ascii=False), encoding="utf-8"
    )
    with (county / "register.toml").open("a", encoding="utf-8") as stream:
        stream.write(
            '\n[[layer]]\nid = "more"\nkind = "site"\ntitle = "补充勘测"\n'
            'path = "layers/more.geojson"\ncrs = "EPSG:4547"\nbasis = "surveyed"\n'
            'accuracy_m = 0\ncoverage = "area"\ndate = "2026-11-21"\n'
        )
    row = answer(county, "projects-in-red-line")["shili-9"]
    assert row["state"] == "hit"
    assert row["overlap_m2"] == pytest.approx(10_000, rel=1e-6)


def test_the_line_of_a_site_that_also_has_an_area_is_asked(county):
    def add(by_project, features):
        line = json.loads(json.dumps(by_project["shili-6"]))
        line["properties"] |= {"project_id": "shili-9", "zone_id": "line-9"}
        features.append(line)

    change_sites(county, add)
    row = answer(county, "projects-in-water-source")["shili-9"]
    assert row["state"] == "hit"
    assert row["length_m"] == pytest.approx(400, abs=0.05)


@pytest.mark.parametrize("location", ["除西河镇外的乡镇", "不在西河镇"])
def test_what_a_location_excludes_is_not_where_it_is(county, location):
    set_cell(county, "shili-18", location=location)
    locus = Workspace(county).loci["shili-18"]
    assert locus.basis == "none"
    assert location in locus.text


def test_a_township_that_no_table_has_leaves_the_locus_open(county):
    set_cell(county, "shili-18", location="西河镇、白杨镇")
    locus = Workspace(county).loci["shili-18"]
    assert locus.unlocated == ("白杨镇",)
    assert answer(county, "projects-in-protected-area")["shili-18"]["certainty"] != "certain"


@pytest.mark.parametrize("location", ["全县", "全县范围", "全县各乡镇"])
def test_the_whole_county_is_a_place(county, location):
    set_cell(county, "shili-18", location=location)
    assert Workspace(county).loci["shili-18"].basis == "county"


def test_a_changed_file_makes_no_certain_answer(county):
    path = county / "layers" / "red_lines.geojson"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    rows = answer(county, "projects-in-red-line").values()
    assert {row["certainty"] for row in rows} == {"possible", "unchecked"}
    assert all("校验值" in row["reason"] for row in rows if row["certainty"] == "possible")


def test_a_site_in_another_county_is_refused_with_its_place(county):
    def stray(by_project, _):
        by_project["shili-5"]["geometry"]["coordinates"][0] += 50_000

    change_sites(county, stray)
    with pytest.raises(LayerError, match="离本区域 20 公里以上"):
        Workspace(county).frame("site")


def test_a_second_township_layer_is_refused(county):
    register = county / "register.toml"
    text = register.read_text(encoding="utf-8")
    start = text.index("[[layer]]", text.index('id = "county"'))
    entry = text[start : text.index("[[layer]]", start + 1)]
    register.write_text(
        text + "\n" + entry.replace('id = "township"', 'id = "township-2"'), encoding="utf-8"
    )
    with pytest.raises(WorkspaceError, match="只能登记一个"):
        Workspace(county)


def test_the_example_layer_of_a_new_register_is_good_toml_once_uncommented():
    text = say("template.register", name="某县")
    start = text.index("# [[layer]]")
    example = "\n".join(line.removeprefix("# ") for line in text[start:].splitlines())
    (layer,) = tomllib.loads(example)["layer"]
    assert layer["columns"]["zone_id"] == "BSM"


@pytest.mark.parametrize(
    ("basis", "certainty"), [("feature", "possible"), ("footprint", "certain")]
)
def test_a_region_of_which_one_part_is_inside_is_not_inside_for_sure(basis, certainty):
    study = Study(Workspace.embedded("shili"))
    workspace = study.workspace
    sites = workspace.frame("site").set_index("project_id").geometry
    # a polygon on the island of the red line, and a line far off
    inside, outside = sites["shili-11"], sites["shili-6"]
    region = shapely.geometrycollections([inside, outside])
    locus = Locus(basis, region, ("site",), (), (), (), "")
    finding = study.find("x", locus, workspace.plane.project([region])[0], "red_line")
    assert finding.relation == "overlaps"
    assert finding.share is None
    assert finding.certainty == certainty
