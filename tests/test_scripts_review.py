"""``shanhe review`` as a reviewer runs it: files, exit codes, and one message for a bad input."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from layers.workspace import data_folder
from tests import command
from tests.review_county import Made, Zone, at, county, write_sites
from zoning.review.result import from_json

ROOT = Path(__file__).parents[1]
SITES = data_folder() / "shili" / "layers" / "sites.geojson"
EVERY = ("red_line", "protected_area", "water_source", "farmland", "wetland", "mine_patch",
         "function_zone", "spring_basin")  # fmt: skip


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def shanhe(*arguments):
    """Run ``shanhe review`` in a terminal that is wide enough for its table."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        return Done(*command.shanhe("review", *arguments))


@pytest.fixture(scope="module")
def all_kinds(tmp_path_factory):
    """A county with a layer of every kind that is always asked, all at one end of it."""
    zone = (Zone("z", at(9000, 7000, 9900, 7900), name="某区"),)
    layers = {kind: Made(kind, zone) for kind in EVERY} | {"river": Made("river", zone)}
    workspace = county(tmp_path_factory.mktemp("county"), layers)
    folder = workspace.folder
    write_sites(folder / "clear.gpkg", {"a": at(5000, 4000, 5100, 4100)}, 名称=["光伏电站"])
    write_sites(folder / "hit.gpkg", {"a": at(9100, 7100, 9200, 7200)}, 名称=["光伏电站"])
    return folder


def run(folder, sites, out, *more):
    options = ("--workspace", folder, "--date", "2026-08-15", "--accuracy", 0, "--forms", "")
    return shanhe(folder / sites, "--out", out, *options, *more)


def test_everything_is_written_with_a_record_that_fits(tmp_path):
    out = tmp_path / "某处" / "审查"
    done = subprocess.run(
        [sys.executable, "-m", "scripts.shanhe", "review", SITES, "--area", "shili", "--date",
         "2026-08-14", "--out", out, "--accuracy", "0"],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False, env={**os.environ},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")
    names = {path.name for path in out.iterdir()}
    assert names == {
        "review.gpkg", "review.xlsx", "review.docx", "review.pdf", "review.html", "review.json",
        "record.json",
    }  # fmt: skip
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    digests = {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in out.iterdir()
        if path.name != "record.json"
    }
    assert record["outputs"] == digests
    assert record["decided_on"] == "2026-08-14"
    assert record["inputs"] == [
        {"file": "sites.geojson", "sha256": sha256(SITES.read_bytes()).hexdigest()}
    ]
    assert record["asked"]["sites"] == [str(SITES)]
    assert (record["sliver_m2"], len(record["rules"]["sha256"])) == (1.0, 64)
    found = from_json((out / "review.json").read_text(encoding="utf-8"))
    assert (found.read, len(found.sites), found.rejects) == (18, 18, ())


def test_the_summary_has_the_worst_first_and_says_what_was_not_checked(tmp_path):
    done = shanhe(
        SITES, "--area", "shili", "--date", "2026-08-14", "--out", tmp_path / "out",
        "--accuracy", 0, "--forms", "",
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert any("读取 18 处 = 审查 18 处 + 剔除 0 处" in line for line in lines)
    assert any(line.startswith("已核查：生态保护红线") for line in lines)
    assert any("没有核查湿地：没有湿地图层" in line for line in lines)
    assert any("2026-08-15 起规则有变化" in line for line in lines)
    rows = [line for line in lines if "site-" in line]
    assert "需人工判定" in rows[0]
    assert "水污染防治法（2017年修正）" in rows[0]
    assert "需人工判定" not in rows[-1]


def test_two_runs_write_the_same_bytes(all_kinds, tmp_path):
    options = ("--forms", "gpkg,xlsx,docx,pdf,html")
    for name in ("one", "two"):
        assert run(all_kinds, "hit.gpkg", tmp_path / name, *options).returncode == 1
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    )
    assert one == two
    assert len(one) == 7


@pytest.mark.parametrize(
    ("sites", "more", "code"),
    [
        ("clear.gpkg", (), 0),
        ("clear.gpkg", ("--strict",), 0),
        ("hit.gpkg", (), 1),
        ("clear.gpkg", ("--accuracy", 5000), 0),
        ("clear.gpkg", ("--accuracy", 5000, "--strict"), 1),
    ],
)
def test_the_exit_code_says_whether_anything_stands_against_a_site(
    all_kinds, tmp_path, sites, more, code
):
    done = run(all_kinds, sites, tmp_path / "out", *more)
    assert (done.returncode, done.stderr) == (code, "")


def test_what_nobody_checked_is_not_clear_when_strict(tmp_path):
    folder = county(tmp_path / "county", {}).folder
    write_sites(folder / "s.gpkg", {"a": at(5000, 4000, 5100, 4100)}, 名称=["光伏电站"])
    assert run(folder, "s.gpkg", tmp_path / "one").returncode == 0
    assert run(folder, "s.gpkg", tmp_path / "two", "--strict").returncode == 1


def test_a_kind_is_checked_only_where_its_layer_covers_the_sites(tmp_path):
    west = Zone("west", at(0, 0, 5000, 8000))
    layers = {
        "west": Made("coverage", (west,)),
        "red": Made("red_line", (Zone("z", at(100, 100, 200, 200)),), coverage="west"),
    }
    folder = county(tmp_path / "county", layers).folder
    places = {"in": at(3000, 3000, 3100, 3100), "out": at(8000, 3000, 8100, 3100)}
    write_sites(folder / "both.gpkg", places, 名称=["光伏电站"] * 2)
    said = run(folder, "both.gpkg", tmp_path / "one").stdout
    assert "已核查：生态保护红线（其中 1 处没有核查）。" in said
    write_sites(folder / "out.gpkg", {"out": places["out"]}, 名称=["光伏电站"])
    said = run(folder, "out.gpkg", tmp_path / "two").stdout
    assert "已核查：—" in said
    assert "没有核查生态保护红线：不全在“red”图层的覆盖范围内" in said


def test_a_row_that_was_rejected_is_not_clear(all_kinds, tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("编号,名称,X,Y\na,光伏电站,4004000,500000\nb,光伏电站,,\n", encoding="utf-8")
    done = run(all_kinds, path, tmp_path / "out", "--crs", "EPSG:4547")
    assert done.returncode == 1
    assert "剔除：points.csv 要素 3" in done.stdout


def test_json_says_the_same_to_a_program(all_kinds, tmp_path):
    done = run(all_kinds, "hit.gpkg", tmp_path / "out", "--json")
    said = json.loads(done.stdout)
    assert (said["exit_code"], said["read"], said["sites"]) == (1, 1, 1)
    assert said["effects"] == {"prohibited": 1}
    assert said["states"] == {"hit": 1}
    assert said["files"] == ["record.json", "review.json"]


def test_several_files_and_the_users_rules(all_kinds, tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.toml").write_text(
        '[[document]]\ntitle = "本县办法"\nin_force_from = 2020-01-01\n'
        '[[rule]]\nid = "own"\nkind = "red_line"\nactivities = ["photovoltaic"]\n'
        'effect = "consult"\nparaphrase = "须征求意见"\ndocument = "本县办法"\n'
        'article = "第一条"\nin_force_from = 2020-01-01\nsource = "本县"\n',
        encoding="utf-8",
    )
    done = run(
        all_kinds, "hit.gpkg", tmp_path / "out", all_kinds / "clear.gpkg",
        "--rules", tmp_path / "rules",
    )  # fmt: skip
    assert done.returncode == 1
    found = from_json((tmp_path / "out" / "review.json").read_text(encoding="utf-8"))
    assert [site.site.file for site in found.sites] == ["hit.gpkg", "clear.gpkg"]
    assert "own" in {verdict.rule for verdict in found.sites[0].verdicts}


BAD = [
    (("--date", "2026-02-30"), "日期「2026-02-30」"),
    (("--date", "今天"), "日期「今天」"),
    (("--activity", "飞行器"), "没有活动类别「飞行器」"),
    (("--accuracy", "inf"), "坐标误差「inf」"),
    (("--forms", "gpkg,doc"), "doc"),
    (("--crs", "EPSG:9"), "EPSG:9"),
    (("--id", "没有的"), "没有字段 没有的"),
    (("--rules", "/no/such"), "/no/such"),
    (("--workspace", "/no/such"), "/no/such"),
    (("--area", "shili"), "二者选一"),
]


@pytest.mark.parametrize(("more", "words"), BAD)
def test_a_bad_option_is_one_message_and_nothing_is_written(all_kinds, tmp_path, more, words):
    done = run(all_kinds, "clear.gpkg", tmp_path / "out", *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_another_countys_sites_are_refused_and_nothing_is_written(all_kinds, tmp_path):
    done = run(all_kinds, SITES.parent / "nothing.geojson", tmp_path / "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing.geojson" in done.stderr
    assert not (tmp_path / "out").exists()


def test_another_review_is_never_written_over(all_kinds, tmp_path):
    (tmp_path / "out").mkdir()
    assert run(all_kinds, "clear.gpkg", tmp_path / "out").returncode == 0
    before = (tmp_path / "out" / "review.json").read_bytes()
    done = run(all_kinds, "hit.gpkg", tmp_path / "out")
    assert (done.returncode, done.stdout) == (2, "")
    assert "不是空的" in done.stderr
    assert (tmp_path / "out" / "review.json").read_bytes() == before


def test_hostile_names_do_no_harm(all_kinds, tmp_path):
    name = "=cmd|'/c calc'!A1 <script>alert(1)</script> [red]光伏电站"
    path = write_sites(tmp_path / "s.gpkg", {"../../a": at(9100, 7100, 9200, 7200)}, 名称=[name])
    done = run(all_kinds, path, tmp_path / "out", "--forms", "gpkg,xlsx,docx,pdf,html")
    assert done.returncode == 1
    assert "[red]" in done.stdout
    page = (tmp_path / "out" / "review.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    assert {path.name for path in tmp_path.iterdir()} == {"out", "s.gpkg"}


def test_an_area_with_a_raster_is_reviewed(tmp_path):
    """Its elevation is no layer of zones: nothing is drawn of it."""
    sites = tmp_path / "sites.csv"
    sites.write_text("编号,名称,经度,纬度\na,光伏电站,112.42,35.49\n", encoding="utf-8")
    done = shanhe(
        sites, "--crs", "EPSG:4490", "--area", "yangcheng", "--date", "2026-08-15",
        "--forms", "html", "--out", tmp_path / "out",
    )  # fmt: skip
    assert (done.returncode in {0, 1}, done.stderr) == (True, "")
    assert (tmp_path / "out" / "review.html").is_file()
