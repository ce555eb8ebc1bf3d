"""Import of a reading: the corrected table is the truth, a new version only shows a difference."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from layers.contracts import TABLES
from layers.errors import LayerError, ShanheError, TableError, WorkspaceError
from layers.plans import document as columns
from layers.plans.cells import kept, same
from layers.plans.document import Document, Record
from layers.plans.drafts import Draft
from layers.plans.importing import DIFFERENCES, import_plans
from layers.plans.registering import with_plan
from layers.plans.replacing import replace_all
from layers.plans.structure import Part
from layers.plans.versions import CELLS, KEPT, compare
from layers.workspace import Workspace
from scripts.plan_out import Found, read_files, write
from scripts.shanhe import app
from scripts.start import make_workspace

ROOT = Path(__file__).parents[1]
PLANS = ROOT.parent / "shared" / "plans"
COLUMNS = TABLES["projects"].column_names()
TITLE = "甲县生态保护规划"
TOWNSHIPS = "code,name,kind,county,county_code,area_km2,population,plan,line,note\n" + "".join(
    f"14022210{n},{name},镇,天镇县,140222,,,,,\n" for n, name in enumerate(("东镇", "西镇"))
)


def row(line, name, **cells):
    """A project as the machine reads it."""
    given_ = {"plan": "p", "table": "5-1", "table_title": "工程表", "seq": str(line - 100)}
    return {"line": str(line), "content_line": str(line), "confidence": "high", "name": name,
            **given_, **cells}  # fmt: skip


FIRST = (
    row(101, "东河治理工程", townships="东镇", rivers="东河", investment_yi="0.5",
        investment_raw="0.50", start_year="2021", end_year="2023", period_raw="2021-2023",
        owner="水利局", areas="2 公顷=2:湿地:restoration", restoration_ha="2"),
    row(102, "西山造林工程", townships="西镇", investment_yi="1.2", investment_raw="1.2",
        start_year="2022", end_year="2024", owner="林业局"),
    row(103, "矿山修复项目", owner="自然资源局", note="“投资”空白"),
    row(104, "污水处理厂一期工程", townships="东镇", location="东镇", page=None),
)  # fmt: skip


def reading(out, *plans, sha256="a" * 64, period=(2021, 2025), name="p", title=TITLE):
    """What ``plan read`` writes of one document; ``plans`` are rows, ``p`` if one plan's."""
    parts = tuple(
        Part(rows[0]["plan"], title, 1 + 1000 * n, 1000 + 1000 * n, period, None)
        for n, rows in enumerate(plans)
    )
    records = tuple(
        Record({column: one.get(column) for column in columns.PROJECTS})
        for rows in plans
        for one in rows
    )
    found = {"projects": records, "features": (), "rules": (), "indicators": (), "audit": ()}
    document = Document(name, f"{name}.docx", "docx", sha256, ())
    write(Found((document,), (found,), (parts,)), out)
    return out


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def put(path, rows, header=(), encoding="utf-8", **options):
    """Write rows as a person's program would."""
    header = header or list(rows[0])
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, header, restval="", extrasaction="ignore", **options)
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(stream.getvalue().encode(encoding))


def change(path, line, **cells):
    """Correct cells of a row of a CSV file, as a person would."""
    rows = table(path)
    (found,) = [one for one in rows if one["line"] == str(line)]
    found.update(cells)
    put(path, rows, lineterminator="\n")


def state(folder):
    """Every file of a folder with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def projects(ws):
    return {one["name"]: one for one in table(ws / "projects.csv")}


def kinds(done):
    """The differences of the only plan: kind -> (name, column) in order."""
    (plan,) = done.plans
    found = {}
    for one in plan.comparison.differences:
        found.setdefault(one.kind, []).append((one.row["name"], one.column))
    return found


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A workspace as ``shanhe init`` makes it, with the county's list of townships."""
    folder = tmp_path_factory.mktemp("empty") / "ws"
    make_workspace(folder, "140222")
    (folder / "townships.csv").write_text(TOWNSHIPS, encoding="utf-8")
    return folder


@pytest.fixture
def ws(empty, tmp_path):
    return Path(shutil.copytree(empty, tmp_path / "ws"))


@pytest.fixture
def out(tmp_path):
    return reading(tmp_path / "out", FIRST)


@pytest.fixture
def imported(ws, out):
    """A workspace that has the first version, and what was read of it."""
    assert import_plans(out, ws).written
    return ws


def shanhe(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "scripts.shanhe", *map(str, arguments)], cwd=ROOT,
        capture_output=True, encoding="utf-8", check=False, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


def typed(*arguments):
    """The same without a process of its own."""
    return CliRunner().invoke(app, list(map(str, arguments)))


# ---- the first import ----------------------------------------------------------------------------


def test_a_reading_becomes_the_workspace_s_projects(ws, out):
    done = import_plans(out, ws)
    assert done.written
    assert not done.waiting
    workspace = Workspace(ws)
    assert [project.project_id for project in workspace.projects] == [
        "p-101", "p-102", "p-103", "p-104",
    ]  # fmt: skip
    first = workspace.projects[0]
    assert (first.name, first.group, first.townships) == ("东河治理工程", None, ("东镇",))
    assert (first.investment_yi, first.end_year, first.restoration_ha) == (0.5, 2023, 2)
    with (ws / "projects.csv").open(encoding="utf-8-sig") as stream:
        assert next(csv.reader(stream)) == list(COLUMNS)


def test_the_plan_is_registered_and_the_example_of_a_new_workspace_goes(imported):
    (plan,) = Workspace(imported).area.plans
    assert (plan.id, plan.title, plan.source) == ("p", TITLE, "p.docx")
    assert (plan.period_start, plan.period_end, plan.source_sha256) == (2021, 2025, "a" * 64)
    assert (plan.first_line, plan.last_line) == (1, 1000)


def test_the_draft_is_kept_as_the_machine_read_it(ws, out):
    change(out / "projects.csv", 101, name="东河综合治理工程")
    done = import_plans(out, ws)
    assert projects(ws).keys() >= {"东河综合治理工程"}
    draft = json.loads((ws / "plans" / "p.json").read_text(encoding="utf-8"))
    assert draft["rows"][0]["name"] == "东河治理工程"
    assert draft["rows"][3]["page"] is None
    assert kinds(done)["corrected"] == [("东河综合治理工程", "name")]


def test_every_command_works_after_an_import_into_a_new_workspace(ws, out):
    done = shanhe("plan", "import", out, "--workspace", ws)
    assert (done.returncode, done.stderr) == (0, "")
    assert "新规划，项目 4 行" in done.stdout
    assert shanhe("layers", "check", ws).returncode == 0
    asked = shanhe("query", "run", "investment-by", "--workspace", ws, "--format", "json")
    assert (asked.returncode, asked.stderr) == (0, "")
    found = json.loads(asked.stdout)
    found = {one["value"]: one["investment_yi"] for one in found if one["by"] == "owner"}
    assert (found["水利局"], found["林业局"]) == (0.5, 1.2)


def test_two_plans_of_one_document_come_in_together(ws, tmp_path):
    second = [row(line, f"另{line}", plan="p-2") for line in (1101, 1102)]
    first = [{**one, "plan": "p-1"} for one in FIRST]
    out = reading(tmp_path / "out", first, second)
    assert import_plans(out, ws).written
    workspace = Workspace(ws)
    assert [plan.id for plan in workspace.area.plans] == ["p-1", "p-2"]
    assert workspace.area.plans[1].first_line == 1001
    assert [project.plan for project in workspace.projects] == ["p-1"] * 4 + ["p-2"] * 2
    assert {path.name for path in (ws / "plans").iterdir()} == {
        "p-1.json", "p-1.differences.csv", "p-2.json", "p-2.differences.csv",
    }  # fmt: skip


def test_a_new_plan_waits_while_another_of_the_reading_differs(imported, tmp_path):
    changed = [{**FIRST[0], "owner": "水务局"}, *FIRST[1:]]
    out = reading(tmp_path / "two", changed, [row(1101, "另", plan="q")])
    before = state(imported)
    done = import_plans(out, imported)
    assert done.waiting
    assert state(imported) == before
    assert import_plans(out, imported, update=True).written
    assert [plan.id for plan in Workspace(imported).area.plans] == ["p", "q"]


def test_other_plans_of_the_workspace_stay_as_they_are_written(tmp_path):
    ws = shutil.copytree(Workspace.embedded("shili").folder, tmp_path / "shili")
    before = (ws / "projects.csv").read_text(encoding="utf-8")
    area = (ws / "area.toml").read_text(encoding="utf-8")
    out = reading(tmp_path / "out", [row(5, "新工程", townships="西河镇", seq="1")])
    assert import_plans(out, ws).written
    after = (ws / "projects.csv").read_text(encoding="utf-8")
    assert after.startswith(before)
    assert after.count("\n") == before.count("\n") + 1
    assert (ws / "area.toml").read_text(encoding="utf-8").startswith(area.rstrip())


# ---- what a person made of the table -------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "encoding", "options"),
    [
        (columns.PROJECTS, "utf-8-sig", {"lineterminator": "\n"}),
        (columns.PROJECTS, "gb18030", {"lineterminator": "\r\n"}),
        (columns.PROJECTS[::-1], "utf-8", {"lineterminator": "\n"}),
        ([name for name in COLUMNS if name != "group"], "utf-8-sig", {}),
        (COLUMNS, "utf-8", {}),
        (columns.PROJECTS, "utf-8-sig", {"delimiter": "\t"}),
        (columns.PROJECTS, "gb18030", {"delimiter": ";"}),
        (columns.PROJECTS, "utf-8", {"quoting": csv.QUOTE_ALL, "lineterminator": "\r"}),
    ],
)
def test_a_table_saved_by_any_program_gives_the_same_projects(ws, out, header, encoding, options):
    other = shutil.copytree(ws, ws.with_name("other"))
    import_plans(out, other)
    put(out / "projects.csv", table(out / "projects.csv"), header, encoding, **options)
    done = import_plans(out, ws)
    assert state(ws) == state(other)
    assert set(kinds(done)) == {"new"}


def test_chinese_headers_and_rows_without_their_empty_end_are_read(ws, out):
    path = out / "projects.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    book = openpyxl.load_workbook(out / "plan.xlsx")
    lines[0] = ",".join(cell.value for cell in book["项目"][1])
    path.write_text("\n".join(line.rstrip(",") for line in lines), encoding="utf-8")
    assert set(kinds(import_plans(out, ws))) == {"new"}
    assert len(projects(ws)) == 4


def test_the_apostrophe_before_a_formula_is_taken_off(ws, tmp_path):
    out = reading(tmp_path / "out", [row(101, "=1+1"), row(102, "-甲工程")])
    assert [one["name"] for one in table(out / "projects.csv")] == ["'=1+1", "'-甲工程"]
    done = import_plans(out, ws)
    assert [project.name for project in Workspace(ws).projects] == ["=1+1", "-甲工程"]
    assert set(kinds(done)) == {"new"}


def test_what_a_spreadsheet_does_by_itself_is_no_correction(ws, tmp_path):
    out = reading(
        tmp_path / "out",
        [row(101, "甲", table="11-1", seq="1-2", investment_raw="0.50", investment_yi="0.5")],
    )
    change(out / "projects.csv", 101, table="11月1日", seq="2-Jan", investment_raw="0.5")
    done = import_plans(out, ws)
    assert set(kinds(done)) == {"new"}
    (project,) = Workspace(ws).projects
    assert (project.table, project.seq, project.investment_raw) == ("11-1", "1-2", "0.50")


@pytest.mark.parametrize(
    ("column", "draft", "cell", "is_kept"),
    [
        ("table", "11-1", "11月1日", True),
        ("table", "11-1", "2026/11/1", True),
        ("table", "11-1", "2026-11-01 00:00:00", True),
        ("table", "13-1", "Jan-13", True),
        ("table", "5.10", "5.1", True),
        ("table", "11-1", "11-2", False),
        ("table", "11-1", "11月2日", False),
        ("table", "11-1", "11.1", False),
        ("seq", "1.1", "1.10", False),
        ("investment_yi", "0.50", ".5", True),
        ("investment_yi", "0.5", "0.6", False),
        ("investment_raw", "5000", "5000.0", False),
        ("townships", "甲镇;乙镇", "甲镇; 乙镇;", True),
        ("townships", "甲镇;乙镇", "乙镇;甲镇", False),
        ("owner", "", "", True),
        ("line", "105", "105.0", True),
    ],
)
def test_when_a_cell_is_still_the_draft_s(column, draft, cell, is_kept):
    assert kept(column, draft, cell) is is_kept
    assert same(column, draft, draft)


def edit_book(out, line, column, value):
    book = openpyxl.load_workbook(out / "plan.xlsx")
    sheet = book["项目"]
    titles = [cell.value for cell in sheet[1]]
    for cells in sheet.iter_rows(min_row=2):
        if cells[titles.index("行")].value == line:
            cells[titles.index(column)].value = value
    book.save(out / "plan.xlsx")


def test_the_workbook_is_taken_where_only_it_was_edited(ws, out):
    edit_book(out, 102, "投资（亿元）", 1.5)
    done = import_plans(out, ws)
    assert kinds(done)["corrected"] == [("西山造林工程", "investment_yi")]
    assert projects(ws)["西山造林工程"]["investment_yi"] == "1.5"


def test_table_and_workbook_edited_differently_are_refused(ws, out):
    edit_book(out, 102, "投资（亿元）", 1.5)
    change(out / "projects.csv", 102, investment_yi="1.6")
    before = state(ws)
    with pytest.raises(WorkspaceError, match=r"plan\.xlsx"):
        import_plans(out, ws)
    assert state(ws) == before
    (out / "projects.csv").unlink()
    assert import_plans(out, ws).written
    assert projects(ws)["西山造林工程"]["investment_yi"] == "1.5"


def test_a_table_only_opened_and_saved_is_not_an_edited_one(ws, tmp_path):
    out = reading(tmp_path / "out", [row(101, "甲", table="11-1")])
    change(out / "projects.csv", 101, table="11月1日")
    edit_book(out, 101, "名称", "乙")
    import_plans(out, ws)
    (project,) = Workspace(ws).projects
    assert (project.table, project.name) == ("11-1", "乙")


def test_rows_that_a_person_added_or_removed_are_known_as_such(ws, out):
    rows = [one for one in table(out / "projects.csv") if one["line"] != "103"]
    rows.append({**dict.fromkeys(rows[0], ""), "plan": "p", "seq": "9", "name": "正文所列工程",
                 "line": "77"})  # fmt: skip
    put(out / "projects.csv", rows)
    found = kinds(import_plans(out, ws))
    assert found["added"] == [("正文所列工程", "")]
    assert found["removed"] == [("矿山修复项目", "")]
    assert list(projects(ws)) == [
        "东河治理工程", "西山造林工程", "污水处理厂一期工程", "正文所列工程",
    ]  # fmt: skip
    listed = table(ws / "plans" / "p.differences.csv")
    assert list(listed[0]) == list(DIFFERENCES)
    assert {(one["kind"], one["name"]) for one in listed} == {
        ("人工增加", "正文所列工程"), ("人工删去", "矿山修复项目"),
    }  # fmt: skip


def test_every_fault_is_told_at_once_with_file_row_column_and_value(ws, out):
    path = out / "projects.csv"
    change(path, 101, investment_yi="约五千万")
    change(path, 102, end_year="2021", start_year="2024")
    change(path, 103, name="", restoration_ha="7")
    change(path, 104, townships="北镇", plan="别的规划")
    before = state(ws)
    with pytest.raises(TableError) as caught:
        import_plans(out, ws)
    told = str(caught.value)
    for piece in (
        f"{path} 第 2 行，列 investment_yi“投资（亿元）” 的值「约五千万」",
        f"{path} 第 3 行的年份 2024–2021",
        f"{path} 第 4 行，列 name“名称” 的值「」", f"{path} 第 5 行，列 townships 的「北镇」",
        f"{path} 第 5 行的 plan「别的规划」", f"{ws / 'townships.csv'}", "数字", "不能为空",
    ):  # fmt: skip
        assert piece in told
    assert state(ws) == before


@pytest.mark.parametrize(
    ("edit", "piece"),
    [
        (lambda rows: [*rows, rows[0]], "p-101 与第 2 行重复"),
        (lambda rows: [{**one, "更多": "x"} for one in rows], "多出列 更多"),
        (lambda rows: [{k: v for k, v in r.items() if k != "owner"} for r in rows],
         "缺少列：owner“建设单位”"),
        (lambda rows: [{**rows[0], "confidence": "101"}], "列 confidence"),
        (lambda rows: [{**rows[0], "areas": "两公顷"}], "areas「两公顷」"),
        (lambda rows: [{**rows[0], "restoration_ha": "3"}], "restoration_ha 为 3"),
        (lambda rows: [{**rows[0], "counties": "乙县"}], "列 counties 的「乙县」"),
        (lambda rows: [{**rows[0], "name": "长" * 100_001}], "不是正确的 CSV"),
        (lambda rows: [{**rows[0], "name": "甲\0乙"}], "NUL"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_refused_by_name(ws, out, edit, piece):
    put(out / "projects.csv", edit(table(out / "projects.csv")))
    before = state(ws)
    with pytest.raises(TableError, match=piece):
        import_plans(out, ws)
    assert state(ws) == before


def test_a_row_that_lost_a_cell_does_not_slip_to_the_left(ws, tmp_path):
    out = reading(tmp_path / "out", [row(101, "甲", page="12")])
    path = out / "projects.csv"
    head, line = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{head}\n{line.replace(',,', ',', 1)}\n", encoding="utf-8")
    with pytest.raises(TableError, match="列 page“页” 的值「high」"):
        import_plans(out, ws)


# ---- a reading that comes again ------------------------------------------------------------------


def test_the_same_reading_again_changes_nothing(imported, out):
    before = state(imported)
    done = import_plans(out, imported)
    assert (done.written, done.waiting) == (False, False)
    assert kinds(done) == {}
    assert state(imported) == before


def test_a_correction_is_no_difference_while_the_document_says_the_same(imported, out):
    change(imported / "projects.csv", 101, name="东河治理工程（更名）", owner="")
    done = import_plans(out, imported)
    assert not done.waiting
    assert kinds(done) == {
        "corrected": [("东河治理工程（更名）", "name"), ("东河治理工程（更名）", "owner")]
    }


def test_a_cell_that_a_spreadsheet_spoilt_in_the_workspace_is_no_correction(ws, tmp_path):
    rows = [row(101, "甲", table="11-1", investment_raw="0.50", investment_yi="0.5")]
    out = reading(tmp_path / "out", rows)
    import_plans(out, ws)
    change(ws / "projects.csv", 101, table="11月1日", investment_raw="0.5")
    assert kinds(import_plans(out, ws)) == {"changed": [("甲", "table"), ("甲", "investment_raw")]}
    import_plans(out, ws, update=True)
    assert (projects(ws)["甲"]["table"], projects(ws)["甲"]["investment_raw"]) == ("11-1", "0.50")


def test_a_group_is_reason_enough_to_keep_a_row_that_is_gone(imported, second):
    change(imported / "projects.csv", 103, group="矿山")
    assert kinds(import_plans(second, imported))["gone_kept"] == [("矿山修复项目", "")]


SECOND = (
    {**FIRST[0], "line": "131", "investment_yi": "0.8", "investment_raw": "0.80",
     "owner": "水务局"},
    row(132, "新增湿地工程", seq="2"),
    {**FIRST[1], "line": "133", "seq": "3", "owner": "林草局"},
    {**FIRST[3], "line": "134", "seq": "4"},
)  # fmt: skip
"""The new version: a project put in (2), one taken out (矿山修复项目), numbers and lines moved."""


@pytest.fixture
def second(tmp_path):
    return reading(tmp_path / "second", SECOND, sha256="b" * 64, period=(2021, 2030))


def test_a_new_version_shows_its_differences_and_writes_nothing(imported, second):
    before = state(imported)
    done = import_plans(second, imported)
    assert (done.written, done.waiting) == (False, True)
    assert kinds(done) == {
        "changed": [
            ("东河治理工程", "investment_yi"), ("东河治理工程", "investment_raw"),
            ("东河治理工程", "owner"), ("西山造林工程", "seq"), ("西山造林工程", "owner"),
        ],
        "new": [("新增湿地工程", "")],
        "gone": [("矿山修复项目", "")],
        "moved": [(SECOND[n]["name"], "line") for n in (0, 2, 3)],
    }  # fmt: skip
    (changed, *_) = done.plans[0].comparison.of("changed")
    assert (changed.ours, changed.document) == ("0.5", "0.8")
    assert state(imported) == before


def test_an_update_follows_the_document_where_nobody_corrected(imported, second):
    done = import_plans(second, imported, update=True)
    assert done.written
    assert not done.waiting
    found = table(imported / "projects.csv")
    wanted = [{name: one.get(name) or "" for name in COLUMNS} for one in SECOND]
    assert found == wanted
    (plan,) = Workspace(imported).area.plans
    assert (plan.source_sha256, plan.period_end) == ("b" * 64, 2030)
    assert not import_plans(second, imported).waiting


def test_an_update_never_overwrites_a_correction(imported, second):
    path = imported / "projects.csv"
    change(path, 101, owner="县水利局", end_year="2022")  # the document changes the first
    change(path, 102, name="西山人工造林工程")  # the document does not
    change(path, 103, note="已核实", owner="县自然资源局")  # the document drops the row
    rows = [one for one in table(path) if one["line"] != "104"]  # removed: stays so
    put(path, [*rows, {**dict.fromkeys(COLUMNS, ""), "plan": "p", "seq": "8", "name": "自加工程",
                       "line": "132"}], lineterminator="\n")  # fmt: skip
    looked = import_plans(second, imported)
    assert looked.waiting
    assert kinds(looked)["conflict"] == [("东河治理工程", "owner")]
    assert kinds(looked)["gone_kept"] == [("矿山修复项目", "")]
    done = import_plans(second, imported, update=True)
    found = projects(imported)
    assert list(found) == [
        "东河治理工程", "新增湿地工程", "西山人工造林工程", "矿山修复项目", "自加工程",
    ]  # fmt: skip
    first = found["东河治理工程"]
    assert (first["owner"], first["end_year"]) == ("县水利局", "2022")
    assert (first["investment_yi"], first["line"]) == ("0.8", "131")
    assert found["西山人工造林工程"]["owner"] == "林草局"
    assert found["矿山修复项目"]["note"] == "已核实"
    lines = [one["line"] for one in found.values()]
    # 132 is another row's now, 134 that of the row that was taken out
    assert lines == ["131", "132", "133", "103", "135"]
    listed = {
        (one["kind"], one["name"], one["column"], one["workspace"], one["draft"], one["document"])
        for one in table(imported / "plans" / "p.differences.csv")
    }
    assert listed == {
        ("冲突", "东河治理工程", "owner", "县水利局", "水利局", "水务局"),
        ("人工更正", "东河治理工程", "end_year", "2022", "2023", "2023"),
        ("人工更正", "西山人工造林工程", "name", "西山人工造林工程", *["西山造林工程"] * 2),
        ("已没有（更正过，保留）", "矿山修复项目", "", "", "", ""),
        ("人工增加", "自加工程", "", "", "", ""),
        ("人工删去", "污水处理厂一期工程", "", "", "", ""),
    }  # fmt: skip
    assert done.written
    _ = Workspace(imported).projects
    again = import_plans(second, imported)
    assert not again.waiting
    assert set(kinds(again)) == {"corrected", "added", "removed"}


def test_rows_that_were_there_without_a_draft_are_all_a_person_s(imported, second):
    """As after a transcription by hand: the machine's reading never goes over it."""
    shutil.rmtree(imported / "plans")
    before = table(imported / "projects.csv")
    done = import_plans(second, imported, update=True)
    assert [one[1] for one in kinds(done)["conflict"]] == [
        "investment_yi", "investment_raw", "owner", "seq", "owner", "seq",
    ][:5]  # fmt: skip
    after = {one["name"]: one for one in table(imported / "projects.csv")}
    for one in before:
        assert {**after[one["name"]], "line": ""} == {**one, "line": ""}
    assert "新增湿地工程" in after


def test_the_group_that_a_person_wrote_stays_and_is_no_difference(imported, out, second):
    change(imported / "projects.csv", 101, group="水环境")
    assert kinds(import_plans(out, imported)) == {}
    import_plans(second, imported, update=True)
    assert projects(imported)["东河治理工程"]["group"] == "水环境"


@pytest.mark.parametrize(
    ("cells", "later", "wanted"),
    [
        ({"end_year": "2023"}, ("2026", "2029"), ("2022", "2023")),  # 2026-2023 is no period
        ({"start_year": "2024"}, ("2021", "2023"), ("2024", "2024")),
        ({"end_year": "2030"}, ("2026", "2029"), ("2026", "2030")),
        ({"start_year": "2020"}, ("2026", "2029"), ("2020", "2029")),
    ],
)
def test_a_year_follows_unless_it_cannot_stand_with_the_corrected_one(
    imported, tmp_path, cells, later, wanted
):
    change(imported / "projects.csv", 102, **cells)
    years = dict(zip(("start_year", "end_year"), later, strict=True))
    rows = [one | years if one is FIRST[1] else one for one in FIRST]
    done = import_plans(reading(tmp_path / "b", rows, sha256="b" * 64), imported, update=True)
    project = Workspace(imported).projects[1]
    assert (project.start_year, project.end_year) == tuple(map(int, wanted))
    stays = {name for name, year in years.items() if year not in wanted}
    assert {one[1] for one in kinds(done)["conflict"]} == stays


def test_areas_and_their_sum_stay_together(imported, tmp_path):
    change(imported / "projects.csv", 101, areas="2 公顷=2:人工湿地:restoration")
    later = [{**FIRST[0], "areas": "3 公顷=3:湿地:restoration", "restoration_ha": "3"}, *FIRST[1:]]
    done = import_plans(reading(tmp_path / "b", later, sha256="b" * 64), imported, update=True)
    assert {one[1] for one in kinds(done)["conflict"]} == {"areas", "restoration_ha"}
    assert Workspace(imported).projects[0].restoration_ha == 2


def test_a_new_document_with_the_same_projects_is_told_and_taken_up_on_demand(imported, tmp_path):
    out = reading(tmp_path / "b", FIRST, sha256="b" * 64)
    looked = import_plans(out, imported)
    assert (looked.written, looked.waiting) == (False, False)
    assert "--update" in looked.plans[0].notes[0]
    import_plans(out, imported, update=True)
    assert Workspace(imported).area.plans[0].source_sha256 == "b" * 64
    assert import_plans(out, imported).plans[0].notes == ()


def test_the_exit_code_says_whether_something_waits(imported, second):
    looked = typed("plan", "import", second, "--workspace", imported)
    assert (looked.exit_code, looked.stderr) == (1, "")
    assert "变化：表 5-1，1，东河治理工程（第 131 行），建设单位：水利局 → 水务局" in looked.stdout
    listed = typed("plan", "import", second, "--workspace", imported, "--json")
    assert listed.exit_code == 1
    (plan,) = json.loads(listed.stdout)["plans"]
    assert plan["differences"]["gone"][0]["name"] == "矿山修复项目"
    assert plan["differences"]["moved"][0]["workspace"] == "101"
    assert plan["differences"]["moved"][0]["document"] == "131"
    done = typed("plan", "import", second, "--workspace", imported, "--update")
    assert (done.exit_code, done.stderr) == (0, "")
    assert typed("plan", "import", second, "--workspace", imported).exit_code == 0


def test_a_fault_is_one_message_and_exit_code_2(imported, tmp_path):
    done = shanhe("plan", "import", tmp_path, "--workspace", imported)
    assert (done.returncode, done.stdout) == (2, "")
    assert "plan.json" in done.stderr


# ---- which row is which --------------------------------------------------------------------------


def full(**cells):
    return {**dict.fromkeys((*COLUMNS, *columns.PROJECTS), ""), "plan": "p", **cells}


def told(old, new, **options):
    """The kinds of difference between two versions that nobody corrected, with the names."""
    old, new = [full(**one) for one in old], [full(**one) for one in new]
    found = compare(old, old, new, new, **options).differences
    return sorted({(one.kind, one.row["name"]) for one in found if one.kind != "moved"})


def numbered(*names, start=10, table="1", title="表", **cells):
    return [
        {"line": str(start + n), "seq": str(n), "name": name, "table": table, "table_title": title,
         **cells}
        for n, name in enumerate(names, start=1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        # numbers shift, and so do the numbers of tables: the names tell
        (numbered("甲", "乙"), numbered("丙", "甲", "乙"),
         [("changed", "乙"), ("changed", "甲"), ("new", "丙")]),
        (numbered("甲", "乙"), numbered("甲", "乙", table="2"),
         [("changed", "乙"), ("changed", "甲")]),
        (numbered("甲", "乙"), numbered("甲", "乙", title="改名的表"),
         [("changed", "乙"), ("changed", "甲")]),
        # brackets of another width are the same name
        (numbered("甲(一期)"), numbered("甲（一期）"), [("changed", "甲（一期）")]),
        # one number, nearly one name
        (numbered("东河河道综合治理工程"), numbered("东河河道综合治理项目工程"),
         [("changed", "东河河道综合治理项目工程")]),
        # another phase, another place, another name: another project, on whatever line
        (numbered("污水处理厂一期工程"), numbered("污水处理厂二期工程"),
         [("gone", "污水处理厂一期工程"), ("new", "污水处理厂二期工程")]),
        (numbered("东镇污水处理厂建设工程", townships="东镇"),
         numbered("西镇污水处理厂建设工程", townships="西镇"),
         [("gone", "东镇污水处理厂建设工程"), ("new", "西镇污水处理厂建设工程")]),
        (numbered("造林"), numbered("修路"), [("gone", "造林"), ("new", "修路")]),
        # one name twice, other works: the works tell, whatever the numbers
        ([*numbered("甲", areas="1 亩=0.0667:林"), *numbered("甲", start=20)],
         [*numbered("乙"), *numbered("丙", "甲", start=20, areas="1 亩=0.0667:林"),
          *numbered("丁", "戊", "甲", start=30)],
         [("changed", "甲"), *(("new", name) for name in "丁丙乙戊")]),
        # two rows that say the same: nobody can tell which of them is left
        ([*numbered("甲"), *numbered("甲", start=20)], numbered("甲"),
         [("gone", "甲"), ("new", "甲")]),
        # two near names under one number
        ([*numbered("东河河道治理工程"), *numbered("东河河道整治工程", start=20)],
         numbered("东河河道治整工程"),
         [("gone", "东河河道整治工程"), ("gone", "东河河道治理工程"), ("new", "东河河道治整工程")]),
        # the same name in another table under another number
        (numbered("其他"), numbered("甲", "其他", table="9", title="别的表"),
         [("gone", "其他"), ("new", "其他"), ("new", "甲")]),
    ],
)  # fmt: skip
def test_rows_of_two_versions_are_matched_by_evidence_or_not_at_all(old, new, wanted):
    assert told(old, new) == sorted(wanted)


def test_rows_that_say_the_same_are_told_apart_by_line_only_where_nothing_moved():
    twice = [*numbered("甲"), *numbered("甲", start=20)]
    moved = [*numbered("甲"), *numbered("甲", start=30)]
    assert told(twice, twice, same_document=True) == []
    assert told(twice, twice) == []  # the file was saved again, nothing moved
    assert told(twice, moved) == [("gone", "甲"), ("new", "甲")]
    assert told(twice, [{**one, "seq": "1a"} for one in twice], same_document=True) == [
        ("changed", "甲")
    ]


def test_a_name_put_right_by_a_person_finds_the_row_that_the_document_puts_right():
    old = [full(**one) for one in numbered("涧城镇河道治理", "乙")]
    ours = [{**old[0], "name": "润城镇河道疏浚整治", "seq": "1", "owner": "水利局"}, old[1]]
    new = [full(**one) for one in numbered("乙", "润城镇河道疏浚整治", start=50)]
    found = compare(ours, old, new, new)
    assert [one["owner"] for one in found.rows] == ["", "水利局"]
    assert not found.of("gone", "gone_kept", "new")


def test_a_note_that_points_to_other_lines_says_the_same():
    old = [full(**one) for one in numbered("甲", note="据第11行补")]
    new = [full(**one) for one in numbered("甲", start=50, note="据第51行补")]
    found = compare(old, old, new, new)
    assert [one.kind for one in found.differences] == ["moved"]
    assert found.rows[0]["note"] == "据第51行补"
    corrected = [{**old[0], "note": "已核实"}]
    found = compare(corrected, old, new, new)
    assert {one.kind for one in found.differences} == {"moved", "corrected"}
    assert found.rows[0]["note"] == "已核实"


def test_a_line_put_right_by_a_person_stays_in_the_same_version_only():
    old = [full(**one) for one in numbered("甲", "乙")]
    ours = [{**old[0], "line": "99"}, old[1]]
    found = compare(ours, old, old, old)
    assert ([one["line"] for one in found.rows], found.pending) == (["99", "12"], False)
    new = [{**one, "line": str(int(one["line"]) + 7)} for one in old]
    assert [one["line"] for one in compare(ours, old, new, new).rows] == ["18", "19"]


def test_a_row_that_is_gone_does_not_pass_for_one_that_was_taken_out():
    old = [full(**one) for one in numbered("丙", "丙")]
    new = [full(**one) for one in numbered("甲", "丙")]
    found = compare([{**old[0], "owner": "水利局"}], old, new, new)
    assert [one["line"] for one in found.rows] == ["13", "11"]
    again = compare(found.rows, new, new, new)
    assert [(one.kind, one.row["seq"]) for one in again.differences] == [
        ("removed", "2"), ("added", "1"),
    ]  # fmt: skip


cells = st.sampled_from(["", "甲", "乙", "丙"])
versions = st.lists(
    st.tuples(st.sampled_from("甲乙丙丁戊"), st.integers(1, 4), cells, cells), max_size=6
)


def made(rows, start):
    return [
        full(line=str(start + n), name=f"{name}工程", seq=str(seq), owner=owner, location=location,
             table="1")
        for n, (name, seq, owner, location) in enumerate(rows)
    ]  # fmt: skip


def edited(draft, edits):
    """A person's table: of each row, what is kept, and a cell corrected."""
    rows = [
        one | ({} if cell is None else {"owner": cell}) | ({"name": "改名"} if renamed else {})
        for one, (stays, cell, renamed) in zip(draft, edits, strict=False)
        if stays
    ]
    return rows + [dict(one) for one in draft[len(edits) :]]


edits = st.lists(st.tuples(st.booleans(), st.none() | cells, st.booleans()), max_size=6)


@given(versions, edits, versions, edits, st.integers(0, 6))
def test_whatever_changes_no_correction_is_lost_and_no_row_without_a_word(
    first, by_person, later, by_other, shift
):
    base, machine = made(first, 10), made(later, 10 + shift)
    ours, theirs = edited(base, by_person), edited(machine, by_other)
    found = compare(ours, base, machine, theirs)
    lines = [one["line"] for one in found.rows]
    assert len(set(lines)) == len(lines)
    assert set(found.lines) == {one["line"] for one in ours}
    result = {one["line"]: one for one in found.rows}
    by_line = {one["line"]: one for one in base}
    gone = {one.row["line"] for one in found.of("gone")}
    for one in ours:
        after = result.get(found.lines[one["line"]])
        corrected = [name for name in CELLS if one[name] != by_line[one["line"]][name]]
        assert (after is None) == (one["line"] in gone)
        assert after is not None or not corrected
        assert all(after[name] == one[name] for name in corrected)
    followed = len(found.rows) - len(ours) + len(gone)
    assert followed == len(found.of("new"))


@given(versions, edits, versions, st.integers(0, 6))
def test_after_an_update_nothing_waits_and_a_second_one_changes_nothing(
    first, by_person, later, shift
):
    base, machine = made(first, 10), made(later, 10 + shift)
    found = compare(edited(base, by_person), base, machine, machine)
    again = compare(found.rows, machine, machine, machine, same_document=True)
    assert not again.pending
    assert again.rows == found.rows
    assert {one.kind for one in again.differences} <= set(KEPT)


@given(versions, versions)
def test_without_corrections_the_table_becomes_the_new_reading(first, later):
    base, machine = made(first, 10), made(later, 30)
    found = compare(base, base, machine, machine)
    assert [[one[name] for name in COLUMNS] for one in found.rows] == [
        [one[name] for name in COLUMNS] for one in machine
    ]
    assert not found.of(*KEPT)


# ---- all or nothing ------------------------------------------------------------------------------


def stopping(at, *, for_good):
    """``Path.replace`` that fails the ``at``-th time; for good: nothing is put back either."""
    whole, count = Path.replace, [0]

    def replace(self, target):
        count[0] += 1
        if count[0] == at or (for_good and count[0] > at):
            raise OSError(28, "No space left on device")
        return whole(self, target)

    return replace


@pytest.mark.parametrize("at", range(1, 5))
def test_a_write_that_fails_leaves_the_workspace_as_it_was(imported, second, monkeypatch, at):
    change(imported / "projects.csv", 101, owner="县水利局")
    before = state(imported)
    monkeypatch.setattr(Path, "replace", stopping(at, for_good=False))
    with pytest.raises(WorkspaceError, match="No space left"):
        import_plans(second, imported, update=True)
    assert state(imported) == before


def test_there_are_as_many_moves_as_the_tests_let_fail(imported, second, monkeypatch):
    monkeypatch.setattr(Path, "replace", stopping(5, for_good=True))
    change(imported / "projects.csv", 101, owner="县水利局")
    assert import_plans(second, imported, update=True).written


def test_a_failed_first_import_leaves_nothing(ws, out, monkeypatch):
    before = state(ws)
    monkeypatch.setattr(Path, "replace", stopping(4, for_good=False))
    with pytest.raises(WorkspaceError):
        import_plans(out, ws)
    assert state(ws) == before


@pytest.mark.parametrize("at", range(1, 5))
def test_a_program_killed_between_two_files_leaves_the_old_state(
    imported, second, tmp_path, monkeypatch, at
):
    """The old rows with their old draft, whatever lies beside them; the next run completes it."""
    change(imported / "projects.csv", 101, owner="县水利局")
    clean = shutil.copytree(imported, tmp_path / "clean")
    import_plans(second, clean, update=True)
    before = table(imported / "projects.csv")
    looked = kinds(import_plans(second, imported))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stopping(at, for_good=True))
        with pytest.raises(WorkspaceError):
            import_plans(second, imported, update=True)
    assert table(imported / "projects.csv") == before
    assert len(Workspace(imported).projects) == 4
    assert kinds(import_plans(second, imported)) == looked
    assert import_plans(second, imported, update=True).written
    assert state(imported) == state(clean)


def test_a_first_import_killed_before_its_table_is_a_first_import_again(ws, out, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stopping(4, for_good=True))
        with pytest.raises(WorkspaceError):
            import_plans(out, ws)
    assert (ws / "plans" / "p.json").exists()
    assert len(Workspace(ws).projects) == 0
    done = import_plans(out, ws)
    assert not done.plans[0].present
    assert len(Workspace(ws).projects) == 4


def test_files_that_have_their_bytes_are_left_alone(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"1")
    os.utime(path, (1, 1))
    replace_all(tmp_path, {path: b"1", tmp_path / "b" / "c": b"2"})
    assert (path.stat().st_mtime, (tmp_path / "b" / "c").read_bytes()) == (1, b"2")


# ---- what else the workspace holds ---------------------------------------------------------------


@pytest.fixture
def surveyed(tmp_path):
    """The made county with the draft of its own plan, so that it may have a new version."""
    ws = shutil.copytree(Workspace.embedded("shili").folder, tmp_path / "shili")
    rows = [{**one, "group": "", "confidence": "high"} for one in table(ws / "projects.csv")]
    put(ws / "projects.csv", rows, COLUMNS, lineterminator="\n")
    out = reading(tmp_path / "out", rows, name="shili", title="示例县生态保护规划（虚构）")
    assert import_plans(out, ws, update=True).written
    return ws, rows


def test_surveyed_sites_never_come_to_name_other_projects(surveyed, tmp_path):
    ws, rows = surveyed
    before = state(ws)
    moved = [{**one, "line": str(int(one["line"]) + 1)} for one in rows]
    out = reading(tmp_path / "b", moved, name="shili", sha256="b" * 64)
    with pytest.raises(WorkspaceError, match=r"shili-1、shili-10、.*project_id"):
        import_plans(out, ws, update=True)
    assert state(ws) == before
    assert import_plans(out, ws).waiting  # what moves can be looked at
    cells = [{**one, "owner": "某局"} for one in rows]
    out = reading(tmp_path / "c", cells, name="shili", sha256="c" * 64)
    assert import_plans(out, ws, update=True).written


def test_tables_whose_lines_count_in_the_old_version_are_named(surveyed, tmp_path):
    ws, rows = surveyed
    out = reading(tmp_path / "b", rows, name="shili", sha256="b" * 64)
    (note,) = [n for n in import_plans(out, ws, update=True).plans[0].notes if "line" in n]
    assert "features.csv" in note
    assert "projects.csv" not in note


def test_a_new_version_under_a_new_name_is_not_a_second_plan(imported, tmp_path):
    rows = [{**one, "plan": "新稿"} for one in SECOND]
    out = reading(tmp_path / "b", rows, name="新稿", sha256="b" * 64)
    before = state(imported)
    with pytest.raises(WorkspaceError, match="编号是 p，这次读出的编号是 新稿"):
        import_plans(out, imported)
    assert state(imported) == before
    put(out / "projects.csv", [{**one, "plan": "p"} for one in table(out / "projects.csv")])
    done = import_plans(out, imported, update=True)
    assert kinds(done)["gone"] == [("矿山修复项目", "")]
    (plan,) = Workspace(imported).area.plans
    assert (plan.id, plan.source) == ("p", "新稿.docx")


# ---- area.toml -----------------------------------------------------------------------------------


def test_a_person_s_words_in_area_toml_stay(imported, second):
    path = imported / "area.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace(f'title = "{TITLE}"', 'title = "甲县规划（报批稿）"  # 据批复')
    text = text.replace("period_end = 2025", 'issuer = "甲县人民政府"\nperiod_end = 2025  # 五年')
    text = f"# 说明\n{text}source_lines = 900\n"
    path.write_text(text, encoding="utf-8")
    done = import_plans(second, imported, update=True)
    after = path.read_text(encoding="utf-8")
    assert after.startswith("# 说明\n")
    assert 'title = "甲县规划（报批稿）"  # 据批复\n' in after
    assert "period_end = 2030  # 五年\n" in after
    (plan,) = Workspace(imported).area.plans
    assert (plan.issuer, plan.source_lines, plan.source_sha256) == ("甲县人民政府", None, "b" * 64)
    assert any("title" in note for note in done.plans[0].notes)


def test_a_title_or_period_that_was_not_read_this_time_stays(imported, tmp_path):
    out = reading(tmp_path / "b", SECOND, sha256="b" * 64, title="", period=None)
    import_plans(out, imported, update=True)
    (plan,) = Workspace(imported).area.plans
    assert (plan.title, plan.period_start, plan.period_end) == (TITLE, 2021, 2025)


@pytest.mark.parametrize("where", ["present", "absent"])
def test_an_area_toml_that_cannot_be_added_to_is_left_with_the_entry_shown(ws, out, where):
    path = ws / "area.toml"
    entry = '{ id = "p", title = "甲" }' if where == "present" else '{ id = "q", title = "乙" }'
    head = path.read_text(encoding="utf-8").partition("[[plans]]")[0]
    path.write_text(f"{head}plans = [{entry}]\n", encoding="utf-8")
    before = state(ws)
    with pytest.raises(WorkspaceError) as caught:
        import_plans(out, ws)
    shown = str(caught.value).rpartition("[[plans]]")[2]
    assert tomllib.loads(shown)["title"] == TITLE
    assert state(ws) == before


@given(title=st.text(max_size=30), file=st.text(max_size=30))
def test_any_title_survives_area_toml(title, file):
    draft = Draft("p", title, None, file, "a", 1, 2, ())
    text = 'id = "x"\n[[plans]]\nid = "q"\n'
    added, _ = with_plan(text, Path("area.toml"), draft, None)
    assert tomllib.loads(added)["plans"][1]["source"] == file
    twice, _ = with_plan(added, Path("area.toml"), draft, draft)
    assert twice == added


# ---- damaged and hostile -------------------------------------------------------------------------


def spoil(out, edit):
    path = out / "plan.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    edit(data)
    path.write_text(json.dumps(data), encoding="utf-8")


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: data.pop("documents"),
        lambda data: data["documents"].append(7),
        lambda data: data["documents"][0].pop("sha256"),
        lambda data: data["documents"][0].update(plans=[{"id": 3}]),
        lambda data: data["documents"][0]["plans"][0].update(period=["a", 1]),
        lambda data: data["documents"][0]["plans"][0].update(first_line=1.5),
        lambda data: data["documents"][0]["plans"][0].update(id="../p"),
        lambda data: data["documents"][0]["plans"][0].update(id=""),
        lambda data: data["documents"][0]["tables"]["projects"][0].update(values=[]),
        lambda data: data["documents"][0]["tables"]["projects"][0]["values"].update(name=5),
        lambda data: data["documents"].append(data["documents"][0]),
    ],
)
def test_a_damaged_draft_is_refused(ws, out, edit):
    spoil(out, edit)
    before = state(ws)
    with pytest.raises(TableError):
        import_plans(out, ws)
    assert state(ws) == before


@pytest.mark.parametrize("raw", [b"", b"{", b"[" * 100_000, b"\xff\xfe\x00", b"null", b"[]"])
def test_a_draft_that_is_no_json_is_refused_in_either_folder(imported, out, raw):
    (imported / "plans" / "p.json").write_bytes(raw)
    with pytest.raises(TableError, match=r"p\.json"):
        import_plans(out, imported)
    (out / "plan.json").write_bytes(raw)
    with pytest.raises(TableError, match=r"plan\.json"):
        import_plans(out, imported)


def test_a_reading_without_titles_is_taken_by_the_plan_s_name(ws, out):
    spoil(out, lambda data: data["documents"][0].pop("plans"))
    import_plans(out, ws)
    (plan,) = Workspace(ws).area.plans
    assert (plan.title, plan.period_start) == ("p", None)


@pytest.mark.parametrize("name", ["projects.csv", "plan.xlsx", "both"])
def test_missing_tables(ws, out, name):
    for path in (out / "projects.csv", out / "plan.xlsx"):
        if name in {path.name, "both"}:
            path.unlink()
    if name == "both":
        with pytest.raises(WorkspaceError, match=r"没有 projects\.csv"):
            import_plans(out, ws)
    else:
        assert import_plans(out, ws).written


def test_a_broken_workbook_is_refused(ws, out):
    (out / "plan.xlsx").write_bytes(b"PK\3\4 no")
    with pytest.raises(LayerError, match=r"plan\.xlsx"):
        import_plans(out, ws)


def test_a_reading_without_projects_says_so(ws, tmp_path):
    out = reading(tmp_path / "out", FIRST)
    put(out / "projects.csv", [], list(columns.PROJECTS))
    with pytest.raises(WorkspaceError, match="没有任何项目行"):
        import_plans(out, ws)


@pytest.fixture(scope="module")
def scribbled(tmp_path_factory):
    out = reading(tmp_path_factory.mktemp("scribbled"), FIRST)
    (out / "plan.xlsx").unlink()
    return out


@given(raw=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_of_a_table_are_a_bug(scribbled, empty, raw):
    (scribbled / "projects.csv").write_bytes(raw)
    with pytest.raises(ShanheError):
        import_plans(scribbled, empty)


# ---- the real documents --------------------------------------------------------------------------


@pytest.mark.parametrize("area", ["hunyuan", "yangcheng"])
def test_a_real_plan_goes_in_and_comes_again_without_a_difference(tmp_path, area):
    file = PLANS / f"{area}.txt"
    if not file.exists():
        pytest.skip(f"LOUD SKIP: {file.name} is not beside the checkout")
    ws = shutil.copytree(Workspace.embedded(area).folder, tmp_path / "ws")
    transcribed = table(ws / "projects.csv")
    put(ws / "projects.csv", [], COLUMNS, lineterminator="\n")
    out = tmp_path / "out"
    write(read_files([file], Workspace(ws).gazetteer), out)
    assert import_plans(out, ws).written
    assert len(Workspace(ws).projects) == len(transcribed)
    again = import_plans(out, ws)
    assert not again.waiting
    assert all(plan.comparison.differences == () for plan in again.plans)
    # the transcription by hand is never gone over: the rows are found and not one cell is lost
    put(ws / "projects.csv", transcribed, COLUMNS, lineterminator="\n")
    shutil.rmtree(ws / "plans")
    import_plans(out, ws, update=True)
    assert table(ws / "projects.csv") == transcribed
