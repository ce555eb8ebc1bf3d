"""The audit of plans: made documents with one wrong thing each, and the same ones put right."""

import hashlib

import pytest

from layers.plans.audit import audit
from layers.plans.document import AUDIT, Cell, Document, Paragraph, Row, Table
from layers.plans.reading import read_plan
from layers.words import say

HEAD = "序号\t项目名称\t建设地点\t建设内容\t投资（万元）\t建设期限\t建设单位"


def document(text, name="made"):
    """Return a document of paragraphs and rows, as a text file of them would be read."""
    blocks, rows = [], []
    for line, content in enumerate([*text.split("\n"), ""], start=1):
        if "\t" in content:
            rows.append(Row(tuple(Cell(cell) for cell in content.split("\t")), line))
            continue
        if rows:
            blocks.append(Table(tuple(rows)))
            rows = []
        if content.strip():
            blocks.append(Paragraph(content, line))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(name, f"{name}.txt", "text", digest, tuple(blocks))


def found(*texts):
    """Return the findings of documents as (check, line, other line), the tables' gaps left out."""
    readings = [read_plan(document(text, f"made{at}")) for at, text in enumerate(texts)]
    audits = audit(readings)
    for records in audits:
        for record in records:
            assert tuple(record.values) == AUDIT
            assert record.values["message"]
    return [
        (record.values["check"], int(record.values["line"]), record.values["other_line"])
        for records in audits
        for record in records
    ]


def plan(*body):
    """Return a plan of an invented county for 2021 to 2025."""
    return "\n".join(("青禾县“十四五”生态环境保护规划", "", "第一章 重点工程", "", *body))


def table(*rows, caption="表1-1 水环境治理重点工程"):
    return (caption, "", HEAD, *rows)


def row(number, name, money="100", *, period="2021-2023", owner="县水利局"):
    return f"{number}\t{name}\t东山镇\t新建设施\t{money}\t{period}\t{owner}"


GOOD = (
    row(1, "东山镇污水处理厂工程"),
    row(2, "西河治理工程", "250"),
    row(3, "南沟湿地工程", "50"),
)


def check(key):
    return say(f"plan.check.{key}")


def test_a_plan_that_agrees_with_itself_has_no_finding():
    text = plan(
        "本规划重点工程项目共计3项，总投资0.04亿元。", "", *table(*GOOD, "合计\t\t\t\t400\t\t")
    )
    assert found(text) == []


def test_a_total_is_the_sum_of_its_rows():
    text = plan(*table(*GOOD, "合计\t\t\t\t420\t\t"))
    (one,) = audit([read_plan(document(text))])[0]
    assert one.values["check"] == check("total")
    assert (one.values["line"], one.values["severity"]) == ("11", "high")
    assert one.values["arithmetic"] == "0.01 + 0.025 + 0.005 = 0.04"
    assert "0.042" in one.values["message"]


def test_a_total_of_which_rows_say_nothing_is_in_doubt_only():
    rows = (GOOD[0], row(2, "西河治理工程", ""), GOOD[2])
    text = plan(*table(*rows, "合计\t\t\t\t420\t\t"))
    severities = {
        record.values["check"]: record.values["severity"]
        for record in audit([read_plan(document(text))])[0]
    }
    assert severities == {check("total"): "medium", check("missing"): "low"}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("本规划重点工程项目共计3项。", []),
        ("本规划重点工程项目共计5项。", ["count"]),
        ("规划实施3个重点工程。", []),
        ("规划实施4个重点工程。", ["count"]),
        ("截至2020年已完成重点工程项目共计5项。", []),
        ("本规划重点工程总投资0.04亿元。", []),
        ("本规划重点工程总投资400万元。", []),
        ("本规划重点工程总投资0.05亿元。", ["money"]),
        ("本规划提出重点工程，总投资0.04亿元，其中水投资0.03亿元，林投资0.03亿元。", ["parts"]),
        ("本规划提出重点工程，总投资0.04亿元，其中水投资0.03亿元，林投资0.01亿元。", []),
    ],
)
def test_what_the_text_says_of_the_tables(sentence, expected):
    text = plan(sentence, "", *table(*GOOD))
    assert [name for name, *_ in found(text)] == [check(key) for key in expected]


def test_two_tables_are_counted_together():
    tables = (*table(*GOOD), "", *table(*GOOD[:1], caption="表1-2 土壤重点工程"))
    tables = tuple(one.replace("东山镇污水处理厂工程\t", f"{'甲乙'[at > 6]}厂工程\t")
                   for at, one in enumerate(tables))  # fmt: skip
    assert found(plan("本规划重点工程项目共计4项。", "", *tables)) == []
    assert [name for name, *_ in found(plan("本规划重点工程项目共计9项。", "", *tables))] == [
        check("count")
    ]


def test_years_are_within_the_period():
    rows = (row(1, "甲工程", period="2020-2022"), row(2, "乙工程", period="2022-2024"),
            row(3, "丙工程", period="2024-2026"))  # fmt: skip
    assert found(plan(*table(*rows))) == [
        (check("outside_period"), 8, None),
        (check("outside_period"), 10, None),
    ]


def test_the_same_project_twice():
    rows = (*GOOD, row(4, "西河治理工程项目", "250"), row(5, "西沟治理工程", "250"))
    assert found(plan(*table(*rows))) == [(check("twice"), 11, "9")]


def test_phases_and_places_are_other_projects():
    rows = [
        row(at, name)
        for at, name in enumerate(
            ("污水厂一期工程", "污水厂二期工程", "东河治理工程", "西河治理工程",
             "甲乡2021年造林工程", "甲乡2022年造林工程", "新村饮水工程", "新建村饮水工程"), 1)
    ]  # fmt: skip
    assert found(plan(*table(*rows))) == []


def test_the_same_project_in_two_documents_of_one_county():
    first, second = plan(*table(*GOOD)), plan(*table(GOOD[1].replace("2\t", "1\t", 1)))
    assert found(first, second) == [(check("twice_across"), 8, "9")]
    assert found(first, second.replace("青禾县", "白塔县")) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("库容20万mm³", ["unit"]),
        ("库容20万m³", []),
        ("造林20公倾", ["unit"]),
        ("光伏50mw", ["unit"]),
        ("降水量420mm", []),
        ("管径300mm。", []),
    ],
)
def test_units_that_cannot_be(text, expected):
    assert [name for name, *_ in found(plan(text, "", *table(*GOOD)))] == [
        check(key) for key in expected
    ]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("全县总面积200平方公里，其中林地50平方公里，占总面积的25%。", []),
        ("全县总面积200平方公里，其中林地50平方公里，占总面积的35%。", ["share"]),
        ("全县总面积200平方公里，其中林地50.4平方公里，占总面积的25%。", []),
        ("全县总面积200平方公里，其中耕地50平方公里（旱地40平方公里），占总面积的25%。", []),
    ],
)
def test_shares_are_what_their_areas_say(sentence, expected):
    assert [name for name, *_ in found(plan(sentence, "", *table(*GOOD)))] == [
        check(key) for key in expected
    ]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("全县辖2个镇、1个乡：东山镇、西河镇、南沟乡。", []),
        ("全县辖3个镇、1个乡：东山镇、西河镇、南沟乡。", ["township_list"]),
        ("全县辖3镇1乡。", []),
    ],
)
def test_townships_are_as_many_as_are_listed(sentence, expected):
    assert [name for name, *_ in found(plan(sentence, "", *table(*GOOD)))] == [
        check(key) for key in expected
    ]


def test_the_total_of_any_table():
    rows = ("乡镇\t图斑数\t面积（公顷）", "东山镇\t3\t10.5", "西河镇\t4\t20.25", "南沟乡\t5\t4.25")
    good = plan("表2 图斑统计表", "", *rows, "合计\t12\t35")
    assert found(good) == []
    wrong = good.replace("合计\t12\t35", "合计\t13\t35")
    assert found(wrong) == [(check("column_total"), 11, "8")]


def test_a_table_that_is_not_there():
    text = plan("项目见表1-1和见表1-3。", "", *table(*GOOD))
    assert found(text) == [(check("pointed"), 5, None)]


def test_numbers_run_on():
    rows = (*GOOD[:2], row(4, "南沟湿地工程"))
    assert found(plan(*table(*rows))) == [(check("numbering"), 10, "9")]


def test_what_most_rows_state_and_one_does_not():
    rows = (*GOOD, row(4, "北岭造林工程", owner=""))
    assert found(plan(*table(*rows))) == [(check("missing"), 11, None)]


def test_the_gravest_come_first():
    rows = (row(1, "甲工程", period="2020"), row(2, "乙工程"), row(3, "丙工程"),
            row(4, "丁工程", owner=""), "合计\t\t\t\t999\t\t")  # fmt: skip
    severities = [
        record.values["severity"] for record in audit([read_plan(document(plan(*table(*rows))))])[0]
    ]
    assert severities == ["high", "medium", "low"]
