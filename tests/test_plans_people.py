"""From a plan to answers, with a spreadsheet between: what people do, and what it must not cost."""

import csv
import datetime as dt
import io
import json
import shutil

import geopandas as gpd
import openpyxl
import pytest
from shapely import box

from layers.errors import PlanError, TableError, WorkspaceError
from layers.plans.cells import kept
from layers.plans.importing import import_plans
from layers.workspace import Workspace
from scripts.plan_out import read_files, write
from scripts.start import make_workspace
from tests.command import shanhe

PLAN = """天镇县“十四五”生态环境保护规划

全县辖东山镇、西沟镇、南沟乡。

表3-1 重点工程表

序号\t项目名称\t建设地点\t建设内容\t投资（万元）\t建设期限\t建设单位
01\t东山矿山治理工程\t东山镇\t修复矿山0.50公顷，占地3000 m²\t250\t2021-2023\t县自然资源局
02\t南沟湿地工程\t南沟乡\t恢复湿地20公顷\t50\t2021-12\t县林业局
03\t垃圾转运站工程\t西沟镇\t新建转运站1座\t80\t2022\t县住建局
"""

UNNUMBERED = """天镇县生态修复规划

表1 项目表

项目名称\t建设地点\t投资（万元）
东山造林工程\t东山镇\t10
南沟造林工程\t南沟乡\t20
"""


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "规划.txt"
    path.write_text(PLAN, encoding="utf-8")
    return path


@pytest.fixture
def out(plan, tmp_path):
    write(read_files([plan], None), tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def ws(tmp_path):
    make_workspace(tmp_path / "ws", "天镇县")
    return tmp_path / "ws"


def rows(path, encoding="utf-8-sig"):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding), newline="")))


def put(path, records, encoding="utf-8-sig"):
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(records[0]), restval="")
    writer.writeheader()
    writer.writerows(records)
    path.write_bytes(stream.getvalue().encode(encoding, errors="replace"))


def change(path, number, **cells):
    records = rows(path)
    records[number].update(cells)
    put(path, records)


def told(done):
    """What stands against the reading: kind, name, column."""
    (one,) = done.plans
    return [
        (each.kind, each.row["name"], each.column)
        for each in one.comparison.differences
        if each.kind != "new"
    ]


# ---- a new workspace -------------------------------------------------------------------------


def test_three_commands_lead_from_a_plan_to_an_answer(plan, tmp_path):
    ws, out = tmp_path / "ws", tmp_path / "out"
    assert shanhe("init", ws, "--county", "天镇县")[0] == 0
    assert shanhe("plan", "read", plan, "--out", out)[0] == 0
    code, said, wrong = shanhe("plan", "import", out, "--workspace", ws)
    assert (code, wrong) == (0, "")
    assert "东山镇、南沟乡、西沟镇" in said
    code, answer, _ = shanhe(
        "query", "run", "restoration-by-township", "--workspace", ws, "--format", "json"
    )
    assert code == 0
    assert {row["township"]: row["restoration_ha"] for row in json.loads(answer)} == {
        "东山镇": 0.5, "南沟乡": 20.0, "西沟镇": None, None: 20.5,
    }  # fmt: skip
    assert shanhe("plan", "import", out, "--workspace", ws)[0] == 0


def test_the_list_begun_says_whence_and_has_no_invented_code(ws, out):
    import_plans(out, ws)
    first = rows(ws / "townships.csv")[0]
    assert first == {
        "code": "140222东山镇", "name": "东山镇", "kind": "镇", "county": "天镇县",
        "county_code": "140222", "area_km2": "", "population": "", "plan": "规划", "line": "8",
        "note": "据规划，待核对",
    }  # fmt: skip
    assert Workspace(ws).gazetteer.resolve("东山镇").place.key == "140222东山镇"


def test_a_list_that_is_there_grows_only_when_asked(ws, out):
    import_plans(out, ws)
    before = (ws / "townships.csv").read_bytes()
    change(out / "projects.csv", 2, townships="北坡镇")
    with pytest.raises(TableError, match=r"没有这些乡镇：北坡镇.*--add-townships"):
        import_plans(out, ws, update=True)
    assert (ws / "townships.csv").read_bytes() == before
    done = import_plans(out, ws, update=True, townships=True)
    assert done.townships == ("北坡镇",)
    assert (ws / "townships.csv").read_bytes().startswith(before)
    assert Workspace(ws).projects[2].townships == ("北坡镇",)


def test_a_layer_of_townships_gives_the_codes(ws, out):
    frame = gpd.GeoDataFrame(
        {"zone_id": ["140222100", "140222101"], "name": ["东山镇", "新平镇"]},
        geometry=[box(114.0, 40.3, 114.1, 40.4), box(114.1, 40.3, 114.2, 40.4)], crs=4490,
    )  # fmt: skip
    frame.to_file(ws / "layers" / "t.gpkg")
    with (ws / "register.toml").open("a", encoding="utf-8") as register:
        register.write(
            '\n[[layer]]\nid = "t"\nkind = "township"\ntitle = "乡镇"\npath = "layers/t.gpkg"\n'
            'basis = "published"\ncoverage = "none"\nauthority = "甲"\ndate = "2024-01-01"\n'
        )
    import_plans(out, ws)
    assert [row["code"] for row in rows(ws / "townships.csv")] == [
        "140222100", "140222101", "140222南沟乡", "140222西沟镇",
    ]  # fmt: skip
    assert Workspace(ws).loci["规划-8"].basis == "township"


@pytest.mark.parametrize("cell", ["东山镇、南沟乡", "东山镇(部分)", "第2标段"])
def test_what_is_no_name_begins_no_list(ws, out, cell):
    change(out / "projects.csv", 0, townships=cell)
    with pytest.raises(TableError, match="第 2 行，列 townships"):
        import_plans(out, ws)
    assert rows(ws / "townships.csv") == []


def test_of_a_prefecture_a_township_needs_its_county(tmp_path, out):
    ws = tmp_path / "city"
    make_workspace(ws, "大同市")
    area = Workspace(ws).area
    assert (area.level, area.id) == ("prefecture", "140200")
    assert ("天镇县", "140222") in {(county.name, county.code) for county in area.counties}
    with pytest.raises(TableError, match=r"第 2 行的乡镇「东山镇」.*counties"):
        import_plans(out, ws)
    put(out / "projects.csv", [row | {"counties": "天镇县"} for row in rows(out / "projects.csv")])
    assert import_plans(out, ws).townships == ("东山镇", "南沟乡", "西沟镇")


def test_a_plan_without_numbers_needs_none(ws, tmp_path):
    (tmp_path / "无号.txt").write_text(UNNUMBERED, encoding="utf-8")
    write(read_files([tmp_path / "无号.txt"], None), tmp_path / "read")
    import_plans(tmp_path / "read", ws)
    assert [(each.seq, each.name) for each in Workspace(ws).projects] == [
        (None, "东山造林工程"), (None, "南沟造林工程"),
    ]  # fmt: skip
    # a line more above: each row is found again by its name
    (tmp_path / "无号.txt").write_text("前言\n" + UNNUMBERED, encoding="utf-8")
    write(read_files([tmp_path / "无号.txt"], None), tmp_path / "again")
    assert {kind for kind, _, _ in told(import_plans(tmp_path / "again", ws))} == {"moved"}


# ---- a spreadsheet ---------------------------------------------------------------------------


def test_what_a_chinese_excel_saves_is_no_correction(ws, out):
    records = rows(out / "projects.csv")
    for row in records:
        row["table"] = "3月1日"
        row["seq"] = row["seq"].lstrip("0")
    put(out / "projects.csv", records, encoding="gbk")
    assert "m?" in (out / "projects.csv").read_bytes().decode("gbk")
    (out / "plan.xlsx").unlink()
    assert told(import_plans(out, ws)) == []
    assert Workspace(ws).projects[0].areas[-1].unit == "m²"


@pytest.mark.parametrize(
    ("name", "draft", "cell", "same"),
    [
        ("areas", "3 m²=0.0003:绿化", "3 m2=0.0003:绿化", True),
        ("areas", "3 m²=0.0003:绿化", "3 m=0.0003:绿化", False),
        ("areas", "3 m²=0.0003:绿化", "4 m?=0.0003:绿化", False),
        ("name", "甲?工程", "甲乙工程", False),
        ("period_raw", "2021-12", "2021年12月", True),
        ("period_raw", "2021-12", "2022年12月", False),
        ("table", "3-1", "3/1/26", True),
        ("table", "3-1", "3/2/26", False),
    ],
)
def test_a_correction_is_told_from_a_program_s_habit(name, draft, cell, same):
    assert kept(name, draft, cell) is same


def test_a_workbook_sorted_retyped_and_renamed(ws, out):
    book = openpyxl.load_workbook(out / "plan.xlsx")
    sheet = book["项目"]
    sheet.title = "项目（已核）"
    header = [cell.value for cell in sheet[1]]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    at = {name: number for number, name in enumerate(header)}
    for row in cells:
        row[at["表号"]] = dt.date(2026, 3, 1)
        row[at["序号"]] = int(row[at["序号"]])
    cells[1][at["建设单位"]] = "县水利局"
    cells[1][at["乡镇"]] = "南沟乡；东山镇"
    del cells[2]
    cells.sort(key=lambda row: row[at["名称"]], reverse=True)
    cells.append([None] * len(header))
    cells[-1][at["名称"]] = "人工补录工程"
    sheet.delete_rows(2, 9)
    for row in cells:
        sheet.append(row)
    book.save(out / "plan.xlsx")
    done = import_plans(out, ws)
    assert sorted(told(done)) == [
        ("added", "人工补录工程", ""), ("corrected", "南沟湿地工程", "owner"),
        ("corrected", "南沟湿地工程", "townships"), ("removed", "垃圾转运站工程", ""),
    ]  # fmt: skip
    projects = {each.name: each for each in Workspace(ws).projects}
    assert projects["南沟湿地工程"].townships == ("南沟乡", "东山镇")
    # the line of an added row is none of the plan's, and stays
    assert projects["人工补录工程"].line > max(int(row["line"]) for row in done.plans[0].draft.rows)
    assert not import_plans(out, ws).waiting
    assert told(import_plans(out, ws))


def test_a_row_that_lost_its_line_is_still_itself(ws, out):
    change(out / "projects.csv", 1, line="", plan="", owner="县水利局")
    assert told(import_plans(out, ws)) == [("corrected", "南沟湿地工程", "owner")]
    assert Workspace(ws).projects[1].line == 9


def test_a_workbook_without_its_header_is_refused_in_its_own_words(ws, out):
    book = openpyxl.load_workbook(out / "plan.xlsx")
    book["项目"].insert_rows(1)
    book["项目"]["A1"] = "天镇县项目表"
    book.save(out / "plan.xlsx")
    with pytest.raises(TableError, match="第一行应是表头，缺少列：plan“规划”"):
        import_plans(out, ws)
    book["项目"].title = "表"
    book.save(out / "plan.xlsx")
    with pytest.raises(TableError, match="没有名为“项目”的工作表"):
        import_plans(out, ws)


# ---- nothing written over, nothing held up ---------------------------------------------------


def test_a_corrected_table_is_not_read_over(plan, out):
    write(read_files([plan], None), out)  # nobody touched it
    change(out / "projects.csv", 0, owner="县水利局")
    before = (out / "projects.csv").read_bytes()
    with pytest.raises(WorkspaceError, match=r"projects\.csv 不是上次写出的样子"):
        write(read_files([plan], None), out)
    assert (out / "projects.csv").read_bytes() == before


def test_a_workspace_is_no_place_to_read_into(plan, ws):
    before = {path.name: path.read_bytes() for path in ws.iterdir() if path.is_file()}
    code, _, wrong = shanhe("plan", "read", plan, "--out", ws)
    assert code == 2
    assert "projects.csv" in wrong
    assert before == {path.name: path.read_bytes() for path in ws.iterdir() if path.is_file()}


def test_a_broken_file_does_not_hold_up_the_others(plan, tmp_path):
    broken = tmp_path / "坏.docx"
    broken.write_bytes(b"PK\x03\x04broken")
    code, said, wrong = shanhe("plan", "read", broken, plan, "--out", tmp_path / "mixed")
    assert code == 1
    assert "项目 3 行" in said
    assert wrong.count("坏.docx") == 1
    assert len(rows(tmp_path / "mixed" / "projects.csv")) == 3
    data = json.loads((tmp_path / "mixed" / "plan.json").read_text(encoding="utf-8"))
    assert list(data["refused"]) == ["坏.docx"]
    sheet = openpyxl.load_workbook(tmp_path / "mixed" / "plan.xlsx")["来源"]
    assert [row[0].value for row in sheet.iter_rows()] == ["规划.txt", "坏.docx"]
    shutil.copy(broken, tmp_path / "又坏.docx")
    with pytest.raises(PlanError, match=r"坏\.docx[\s\S]*又坏\.docx"):
        read_files([broken, tmp_path / "又坏.docx"], None)
