"""The ``shanhe`` command, run as an analyst runs it: in a process of its own."""

import csv
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from layers.contracts import TABLES
from layers.workspace import Workspace, embedded_areas
from scripts.export import safe_cell
from scripts.shanhe import main
from zoning.queries import QUERIES

ROOT = Path(__file__).parents[1]
QUERY = "projects-in-red-line"
LAYER = "projects_in_red_line"
COMMANDS = (
    (), ("demo",), ("query",), ("query", "list"), ("query", "run"), ("layers",),
    ("layers", "list"), ("layers", "check"), ("map",), ("map", "build"), ("init",),
)  # fmt: skip


def shanhe(*arguments, **environment):
    """Run the command; what it says must be UTF-8 and never a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.shanhe", *map(str, arguments)], cwd=ROOT,
        capture_output=True, encoding="utf-8", check=False,
        env={**os.environ, "COLUMNS": "200", **environment},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


def works(*arguments, **environment):
    """Run a command that must succeed and return what it prints."""
    done = shanhe(*arguments, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(*arguments, **environment):
    """Run a command that must be refused and return the Chinese message."""
    done = shanhe(*arguments, **environment)
    assert done.returncode == 2
    assert done.stdout == ""
    assert any("\u4e00" <= letter <= "\u9fff" for letter in done.stderr)
    return done.stderr


@cache
def printed(query, *more):
    return works("query", "run", query, "--area", "shili", *more)


@pytest.fixture
def shili(tmp_path):
    """A copy of the made county that a test may spoil."""
    return Path(shutil.copytree(Workspace.embedded("shili").folder, tmp_path / "shili"))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A workspace as ``shanhe init`` makes it."""
    folder = tmp_path_factory.mktemp("fresh") / "我的县"
    assert str(folder) in works("init", folder)
    return folder


# --- help -----------------------------------------------------------------------------------


def test_help_of_every_command_works_without_the_heavy_packages():
    code = """
import contextlib, io, sys
from scripts.shanhe import main
for command in eval(sys.argv[1]):
    sys.argv = ["shanhe", *command, "--help"]
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        main()
    assert "--help" in out.getvalue(), command
    heavy = {"geopandas", "pandas", "shapely", "rasterio", "folium"} & set(sys.modules)
    assert not heavy, (command, heavy)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, repr(COMMANDS)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stderr == ""
    assert done.returncode == 0


# --- queries on the made county -------------------------------------------------------------


def test_query_list_names_every_query():
    listed = json.loads(works("query", "list", "--json"))
    assert [item["id"] for item in listed] == list(QUERIES)
    text = works("query", "list")
    assert all(query.question in text for query in QUERIES.values())


def test_a_table_shows_every_project_and_the_sentence():
    text = printed(QUERY)
    assert all(f"shili-{line} " in text for line in range(1, 26))
    assert "共 25 个项目" in text


def test_json_is_a_list_of_rows_with_the_declared_columns():
    rows = json.loads(printed(QUERY, "--format", "json"))
    names = [column.name for column in QUERIES[QUERY].columns]
    assert len(rows) == 25
    assert all(list(row) == names for row in rows)


def test_csv_holds_the_same_rows_as_json():
    rows = json.loads(printed(QUERY, "--format", "json"))
    read = list(csv.DictReader(printed(QUERY, "--format", "csv").splitlines()))
    assert [row["project_id"] for row in read] == [row["project_id"] for row in rows]
    assert [row["state"] for row in read] == [row["state"] for row in rows]


def test_a_parameter_is_set_and_recorded(tmp_path):
    out = tmp_path / "a.json"
    works(
        "query",
        "run",
        "projects-near-river",
        "--area",
        "示例县",
        "--set",
        "distance_m=123",
        "--out",
        out,
    )
    record = json.loads((tmp_path / "a.json.record.json").read_text(encoding="utf-8"))
    assert record["parameters"] == {"distance_m": 123.0}


@pytest.mark.parametrize("ending", ["json", "csv", "xlsx", "gpkg"])
def test_a_file_comes_with_its_record_and_twice_the_same(tmp_path, ending):
    first, second = tmp_path / f"一.{ending}", tmp_path / f"二.{ending}"
    for out in (first, second):
        text = works("query", "run", QUERY, "--area", "shili", "--out", out)
        assert str(out) in text
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {first.name, second.name, f"{first.name}.record.json",
                     f"{second.name}.record.json"}  # fmt: skip
    record = json.loads(Path(f"{first}.record.json").read_text(encoding="utf-8"))
    assert (record["area"], record["query"]) == ("shili", QUERY)
    for layer in record["layers"]:
        assert layer["sha256"] == layer["registered_sha256"] != ""
    records = [Path(f"{out}.record.json").read_bytes() for out in (first, second)]
    assert records[0] == records[1]
    if ending == "gpkg":
        rows = [gpd.read_file(out, layer=LAYER) for out in (first, second)]
        pd.testing.assert_frame_equal(*rows)
        assert rows[0].crs == "EPSG:4490"
        assert set(rows[0]["project_id"]) == {f"shili-{line}" for line in range(1, 26)}
        drawn = set(rows[0].loc[~rows[0].geometry.isna(), "project_id"])
        loci = Workspace.embedded("shili").loci
        assert drawn == {key for key, locus in loci.items() if locus.geometry is not None}
    assert first.read_bytes() == second.read_bytes()


def test_an_existing_file_is_replaced_whole(tmp_path):
    out = tmp_path / "a.json"
    out.write_text("old" * 100_000, encoding="utf-8")
    works("query", "run", QUERY, "--area", "shili", "--out", out)
    assert len(json.loads(out.read_text(encoding="utf-8"))) == 25


def test_the_format_may_differ_from_the_ending(tmp_path):
    out = tmp_path / "a.txt"
    works("query", "run", QUERY, "--area", "shili", "--format", "csv", "--out", out)
    assert out.read_text(encoding="utf-8-sig").startswith("project_id,")


def test_cells_that_a_spreadsheet_would_run_are_made_harmless(tmp_path, shili):
    formulas = [f"{start}HYPERLINK(1)" for start in ("=", "+", "-", "@", "＝")]
    plan = shili / "projects.csv"
    lines = plan.read_text(encoding="utf-8").splitlines(keepends=True)
    for at, formula in enumerate(formulas, start=1):
        name = next(csv.DictReader([lines[0], lines[at]]))["name"]
        lines[at] = lines[at].replace(f",{name},", f",{formula},", 1)
    plan.write_text("".join(lines), encoding="utf-8")
    table, book = tmp_path / "a.csv", tmp_path / "a.xlsx"
    for out in (table, book):
        works("query", "run", QUERY, "--workspace", shili, "--out", out)
    names = {row["name"] for row in csv.DictReader(table.read_text("utf-8-sig").splitlines())}
    assert {f"'{formula}" for formula in formulas} < names
    cells = [cell for row in openpyxl.load_workbook(book).worksheets[0] for cell in row]
    assert {cell.value for cell in cells if cell.data_type == "s"} > set(formulas)
    assert "f" not in {cell.data_type for cell in cells}


def test_tabs_and_line_ends_before_a_formula_are_made_harmless_too():
    for start in ("\t", "\r", "\n"):
        assert safe_cell(f"{start}=1") == f"'{start}=1"
    assert [safe_cell(value) for value in ("甲", -1.5, None, True)] == ["甲", -1.5, "", True]


# --- layers, maps ---------------------------------------------------------------------------


def test_layers_list_prints_the_register():
    listed = json.loads(works("layers", "list", "--area", "shili", "--json"))
    assert [item["id"] for item in listed] == [x.id for x in Workspace.embedded("shili").layers]
    text = works("layers", "list", "--area", "shili")
    assert all(item["title"] in text for item in listed)


def test_layers_check_finds_nothing_wrong_with_the_made_county():
    checked = json.loads(works("layers", "check", "--area", "shili", "--json"))
    assert [item["problems"] for item in checked] == [[]] * len(checked)
    assert "0 个有问题" in works("layers", "check", "--area", "shili")


def test_layers_check_exits_with_1_and_names_what_is_wrong(shili):
    changed = shili / "layers" / "rivers.geojson"
    changed.write_bytes(changed.read_bytes() + b"\n")
    (shili / "layers" / "farmland.geojson").unlink()
    register = (shili / "register.toml").read_text(encoding="utf-8")
    at = register.index('id = "reservoir"')
    undated = register[:at] + register[at:].replace('date = "2026-11-21"', 'date = ""', 1)
    (shili / "register.toml").write_text(undated, encoding="utf-8")
    done = shanhe("layers", "check", shili, "--json")
    assert done.returncode == 1
    wrong = {item["id"]: item["problems"] for item in json.loads(done.stdout) if item["problems"]}
    assert list(wrong) == ["river", "farmland"]
    assert "校验值不一致" in wrong["river"][0]
    remarks = {item["id"]: item["remarks"] for item in json.loads(done.stdout)}
    assert any("没有日期" in remark for remark in remarks["reservoir"])
    assert "找不到文件" in wrong["farmland"][0]
    assert shanhe("layers", "check", "--workspace", shili).returncode == 1


def test_layers_check_shows_the_ledger_of_a_refused_layer(shili):
    path = shili / "layers" / "farmland.geojson"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["features"][1]["geometry"] = None
    path.write_text(json.dumps(data), encoding="utf-8")
    done = shanhe("layers", "check", shili, "--json")
    assert done.returncode == 1
    (found,) = (item for item in json.loads(done.stdout) if item["id"] == "farmland")
    assert (found["read"], found["used"], found["rejected"]) == (4, 3, 1)
    assert found["rejects"][0]["feature"] == "2"
    table = shanhe("layers", "check", shili).stdout
    assert all(title in table for title in ("读取", "可用", "剔除"))


def test_layers_check_refuses_a_broken_table_and_a_register_without_county(shili):
    (shili / "projects.csv").write_text("x\n", encoding="utf-8")
    assert "projects.csv" in refused("layers", "check", shili)
    (shili / "projects.csv").write_text(",".join(TABLES["projects"].column_names()), "utf-8")
    (shili / "register.toml").write_text("", encoding="utf-8")
    assert "没有登记县界图层" in refused("layers", "check", shili)


def test_map_build_makes_a_site_and_says_where(tmp_path):
    done = shanhe("map", "build", "--area", "shili", "--out", tmp_path / "地图")
    assert done.returncode == 0
    assert str(tmp_path / "地图" / "index.html") in done.stdout
    assert sorted(path.name for path in (tmp_path / "地图").iterdir()) == [
        "index.html", "shili.html",
    ]  # fmt: skip


def test_demo_makes_a_page_of_every_embedded_area(tmp_path):
    done = shanhe("demo", "--out", tmp_path / "demo")
    assert done.returncode == 0
    pages = {path.name for path in (tmp_path / "demo").iterdir()}
    assert pages == {"index.html", *(f"{area}.html" for area in embedded_areas())}


# --- a workspace of one's own ---------------------------------------------------------------


def test_init_makes_every_file_of_a_workspace(fresh):
    for name, contract in TABLES.items():
        text = (fresh / f"{name}.csv").read_text(encoding="utf-8")
        # Excel takes the file for UTF-8 by its mark
        assert text == "\ufeff" + ",".join(contract.column_names()) + "\n"
    assert (fresh / "layers").is_dir()
    others = {path.name for path in fresh.iterdir()} - {f"{name}.csv" for name in TABLES}
    assert {"area.toml", "register.toml", "layers"} < others
    assert [path for path in fresh.iterdir() if path.suffix == ".txt"]


def test_every_command_works_on_a_fresh_workspace(fresh, tmp_path):
    assert "0 个有问题" in works("layers", "check", fresh)
    assert json.loads(works("layers", "list", "--workspace", fresh, "--json"))[0]["id"] == "county"
    for ending in ("json", "gpkg"):
        works("query", "run", QUERY, "--workspace", fresh, "--out", tmp_path / f"a.{ending}")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == []
    assert len(gpd.read_file(tmp_path / "a.gpkg", layer=LAYER)) == 0
    assert shanhe("map", "build", "--workspace", fresh, "--out", tmp_path / "map").returncode == 0
    assert (tmp_path / "map" / "index.html").is_file()


def test_init_takes_a_county_by_name_or_code_and_refuses_others(tmp_path):
    works("init", tmp_path / "a", "--county", "阳城县")
    assert "140522" in (tmp_path / "a" / "area.toml").read_text(encoding="utf-8")
    message = refused("init", tmp_path / "b", "--county", "阳城")
    assert "阳城县（140522）" in message
    assert not (tmp_path / "b").exists()


def test_init_refuses_a_folder_in_use(tmp_path):
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    assert str(tmp_path) in refused("init", tmp_path)
    assert "mine.txt" in refused("init", tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


# --- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("query", "run", QUERY), "二者选一"),
        (("query", "run", QUERY, "--area", "shili", "--workspace", "."), "二者选一"),
        (("query", "run", QUERY, "--area", "nowhere"), "没有名为 nowhere 的内置区域"),
        (("query", "run", QUERY, "--workspace", "/no/such"), "/no/such 不是一个文件夹"),
        (("query", "run", QUERY, "--workspace", "tests"), "tests/area.toml"),
        (("query", "run", "nothing", "--area", "shili"), "没有名为 nothing 的查询"),
        (("query", "run", QUERY, "--area", "shili", "--format", "pdf"), "「pdf」"),
        (("query", "run", QUERY, "--area", "shili", "--format", "xlsx"), "--out"),
        (("query", "run", QUERY, "--area", "shili", "--set", "x=1"), "没有参数 x"),
        (("query", "run", "projects-near-river", "--area", "shili", "--set", "distance_m"),
         "名称=值"),
        (("query", "run", "projects-near-river", "--area", "shili", "--set", "distance_m=近"),
         "「近」"),
        (("query", "run", "projects-near-river", "--area", "shili", "--set", "distance_m=-1"),
         "「-1」"),
        (("query", "run", "projects-near-river", "--area", "shili", "--set", "distance_m=nan"),
         "「nan」"),
        (("query", "run", "investment-by", "--area", "shili", "--set", "by=颜色"), "「颜色」"),
        (("layers", "list"), "二者选一"),
        (("layers", "check", "a", "--workspace", "b"), "只留一个"),
        (("layers", "check", "a", "--area", "shili"), "二者选一"),
        (("map", "build", "--area", "nowhere", "--out", "never"), "nowhere"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_message_and_exit_2(arguments, said, monkeypatch, capsys):
    """In this process, which is quicker: the same ``main`` that the command runs."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["shanhe", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert said in err


@pytest.mark.parametrize("out", ["missing/a.json", "file.txt/a.json", "folder.json", "a.pdf", "a",
                                 "/dev/null/a.json", "recorded.json"])  # fmt: skip
def test_where_it_cannot_write_nothing_is_left_half_written(tmp_path, out):
    (tmp_path / "file.txt").write_text("x", encoding="utf-8")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "recorded.json.record.json").mkdir()
    before = sorted(tmp_path.rglob("*"))
    message = refused("query", "run", QUERY, "--area", "shili", "--out", tmp_path / out)
    assert (Path(out).name in message) or "不支持的格式" in message
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("command", [("map", "build", "--area", "shili"), ("init",)])
def test_a_site_or_workspace_that_cannot_be_written_is_refused(tmp_path, command):
    (tmp_path / "file.txt").write_text("x", encoding="utf-8")
    out = tmp_path / "file.txt" / "new"
    done = shanhe(*command, *(["--out"] if "map" in command else []), out)
    assert done.returncode == 2
    assert "无法写入" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]


def test_a_fault_in_the_workspace_is_named_and_no_file_is_written(tmp_path, shili):
    (shili / "layers" / "red_lines.geojson").write_text("{", encoding="utf-8")
    message = refused("query", "run", QUERY, "--workspace", shili, "--out", tmp_path / "a.xlsx")
    assert "red_lines.geojson" in message
    assert [path.name for path in tmp_path.iterdir()] == ["shili"]


@pytest.mark.parametrize(
    "locale",
    [{"LANG": "C"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
     {"PYTHONIOENCODING": "gbk"}],
)  # fmt: skip
def test_any_locale_prints_chinese(locale):
    assert "饮用水水源保护区" in works("layers", "list", "--area", "shili", **locale)
    assert "没有名为" in refused("layers", "list", "--area", "nowhere", **locale)
