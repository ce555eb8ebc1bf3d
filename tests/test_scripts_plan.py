"""``shanhe plan read``: five tables, a workbook, a page; what cannot be read is one message."""

import csv
import json

import openpyxl
import pytest

from layers.plans.document import AUDIT, FEATURES, INDICATORS, PROJECTS, RULES
from tests.command import shanhe

COLUMNS = {"projects": PROJECTS, "features": FEATURES, "rules": RULES,
           "indicators": INDICATORS, "audit": AUDIT}  # fmt: skip

PLAN = """青禾县“十四五”生态环境保护规划

第一章 重点工程

本规划重点工程项目共计2项，总投资0.06亿元。

表1-1 重点工程表

序号\t项目名称\t建设地点\t建设内容\t投资（万元）\t建设期限\t建设单位
1\t=西河治理工程\t东山镇\t治理河道3.5公里\t250\t2021-2023\t县水利局
2\t南沟湿地工程\t南沟乡\t恢复湿地20公顷\t50\t2022\t县林业局
"""


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "青禾.txt"
    path.write_text(PLAN, encoding="gb18030")
    return path


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_everything_is_written(plan, tmp_path):
    code, out, err = shanhe("plan", "read", plan, "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    assert "项目 2 行" in out
    for name, columns in COLUMNS.items():
        assert tuple(rows(tmp_path / "out" / f"{name}.csv")[0]) == columns
    projects = [dict(zip(PROJECTS, row, strict=True))
                for row in rows(tmp_path / "out" / "projects.csv")[1:]]  # fmt: skip
    first = projects[0]
    assert first["name"] == "'=西河治理工程"  # a spreadsheet must not run it
    assert (first["investment_yi"], first["start_year"], first["end_year"]) == (
        "0.025", "2021", "2023",
    )  # fmt: skip
    assert first["lengths_km"].startswith("3.5:")
    assert (first["line"], first["townships"], first["owner"]) == ("10", "东山镇", "县水利局")
    assert (projects[1]["restoration_ha"], projects[1]["period_raw"]) == ("20", "2022")
    # 0.025 and 0.005 are 0.03, and not 0.06
    (finding,) = rows(tmp_path / "out" / "audit.csv")[1:]
    assert finding[AUDIT.index("line")] == "5"
    assert finding[AUDIT.index("arithmetic")].endswith("= 0.03")


def test_the_workbook_has_numbers_and_no_formulas(plan, tmp_path):
    shanhe("plan", "read", plan, "--out", tmp_path / "out")
    book = openpyxl.load_workbook(tmp_path / "out" / "plan.xlsx")
    assert book.sheetnames == ["项目", "要素", "规则", "指标", "审查", "来源"]
    sheet = book["项目"]
    cells = dict(zip(PROJECTS, (cell for cell in sheet[2]), strict=True))
    assert cells["name"].value == "=西河治理工程"
    assert cells["name"].data_type == "s"
    assert cells["investment_yi"].value == pytest.approx(0.025)


def test_every_value_says_where_it_stands(plan, tmp_path):
    shanhe("plan", "read", plan, "--out", tmp_path / "out")
    data = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    lines = [line.split("\t") for line in PLAN.split("\n")]
    (document,) = data["documents"]
    record = document["tables"]["projects"][0]
    for column in ("name", "owner", "investment_raw"):
        (span,) = record["spans"][column]
        line, cell, start, end = span
        assert lines[line - 1][cell][start:end] == record["values"][column]


def test_the_same_plan_gives_the_same_bytes(plan, tmp_path):
    for out in ("one", "other"):
        shanhe("plan", "read", plan, "--out", tmp_path / out)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(names) == 8
    for name in names:
        one, other = ((tmp_path / out / name).read_bytes() for out in ("one", "other"))
        assert one == other, name


def test_a_document_without_projects_says_so_and_writes_what_it_found(tmp_path):
    path = tmp_path / "plain.txt"
    path.write_text(
        "青禾县规划\n\n全县辖3个镇、1个乡：东山镇、西河镇、南沟乡。\n", encoding="utf-8"
    )
    code, out, _ = shanhe("plan", "read", path, "--out", tmp_path / "out")
    assert code == 1
    assert "没有找到项目表" in out
    assert len(rows(tmp_path / "out" / "audit.csv")) == 2


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PK\x03\x04broken"])
def test_what_is_no_plan_is_refused_in_one_message(tmp_path, content):
    path = tmp_path / "plan.txt"
    path.write_bytes(content)
    code, _, err = shanhe("plan", "read", path, "--out", tmp_path / "out")
    assert code == 2
    assert "plan.txt" in err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_two_files_of_one_name_would_share_their_plan(plan, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / plan.name).write_text(PLAN, encoding="utf-8")
    code, _, err = shanhe("plan", "read", plan, other / plan.name, "--out", tmp_path / "out")
    assert code == 2
    assert "青禾" in err


def test_an_output_that_cannot_be_made(plan):
    code, _, err = shanhe("plan", "read", plan, "--out", plan)
    assert code == 2
    assert str(plan) in err
