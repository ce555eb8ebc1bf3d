"""Tables as plans of other places print them: figures under units, terms, sums of groups."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from layers.plans import quantities, years
from layers.plans.columned import is_said
from layers.plans.document import Cell, Document, Paragraph, Row, Table
from layers.plans.header import read_header
from layers.plans.reading import read_plan
from layers.plans.tables import logical
from layers.plans.terms import Terms, terms


def document(text):
    """A document of lines: those with a bar are rows, the others paragraphs."""
    blocks, rows = [], []
    for number, line in enumerate([*text.strip().split("\n"), ""], start=1):
        if "|" in line:
            rows.append(Row(tuple(map(Cell, line.split("|"))), number))
            continue
        if rows:
            blocks.append(Table(tuple(rows)))
            rows = []
        if line.strip():
            blocks.append(Paragraph(line, number))
    return Document("made", "made.txt", "text", "0" * 64, tuple(blocks))


def records(text):
    return [record.values for record in read_plan(document(text)).projects]


def columns(rows, *names):
    return [tuple(row[name] for name in names) for row in rows]


# ---- which tables list projects ------------------------------------------------------------------


@pytest.mark.parametrize("called", ["矿山名称", "小流域名称", "地块名称", "水源地名称"])
def test_a_project_may_be_called_after_what_is_worked_on(called):
    (row,) = records(f"""
表4-2 一览表
编号|{called}|所在乡镇|完成时限|投资估算（万元）|责任主体
A-1|石湾片|石湾镇|2023年底前|812.5|石湾镇人民政府
""")
    names = ("seq", "name", "location", "investment_yi", "start_year", "end_year", "owner")
    (found,) = columns([row], *names)
    assert found == ("A-1", "石湾片", "石湾镇", "0.08125", None, "2023", "石湾镇人民政府")


@pytest.mark.parametrize(
    "header",
    [
        "矿山名称|所在乡镇|开采主体",
        "企业名称|投资（万元）|建设年限",
        "村名称|投资（万元）|责任单位",
    ],
)
def test_what_is_called_something_is_no_project_without_what_a_project_has(header):
    (table,) = logical(document(f"表1 一览表\n{header}\n甲|乙|丙"))
    assert table.kind == "other"


def test_a_projects_own_name_is_better_than_that_of_what_is_worked_on():
    (row,) = records("""
表1 重点工程表
工程|项目名称|矿山名称|投资（万元）|责任单位
生态工程|石湾采石场修复项目|石湾采石场|812|县局
""")
    assert row["name"] == "石湾采石场修复项目"


def test_without_a_column_of_names_the_content_begins_with_the_name():
    rows = records("""
专栏5 生态环境保护重点工程
领域|重点工程及主要内容|完成时限|责任单位
水|1.白水河修复工程：修复河道21公里，总投资2.6亿元。|2025年底前|区水务局
|2.石湾镇管网工程：建设污水管网33公里，总投资8600万元。|2023年底前|区住建局
土壤|（3）废弃矿山修复工程：治理面积34.5公顷，总投资1725万元。|2024年底前|区自然资源局
""")
    assert columns(rows, "seq", "name", "investment_yi", "end_year", "lengths_km") == [
        ("1", "白水河修复工程", "2.6", "2025", "21:修复河道"),
        ("2", "石湾镇管网工程", "0.86", "2023", "33:污水管网"),
        ("3", "废弃矿山修复工程", "0.1725", "2024", None),
    ]
    assert all(row["confidence"] == "medium" and "取自建设内容" in row["note"] for row in rows)


# ---- figures under units -------------------------------------------------------------------------


def test_figures_have_the_unit_of_their_column():
    header = "序号|项目名称|建设规模||投资（万元）|责任单位\n||面积（公顷）|长度/km||"
    rows = records(f"""
表1 重点项目表
{header}
1|白水河生态修复|460|52.3|4600|县水利局
2|石湾镇石漠化治理|2,100||5250|县林业局
""")
    assert columns(rows, "areas", "restoration_ha", "lengths_km") == [
        ("460 公顷=460:白水河生态修复:restoration", "460", "52.3:白水河生态修复"),
        ("2100 公顷=2100:石湾镇石漠化治理:restoration", "2100", None),
    ]
    made = read_plan(document(f"表1 重点项目表\n{header}\n1|白水河修复|460|52.3|4600|县水利局"))
    (span,) = made.projects[0].spans["lengths_km"]
    assert (span.line, span.cell, span.start, span.end) == (4, 3, 0, 4)


def test_parts_in_columns_are_parts_of_the_total_in_a_column():
    (row,) = records("""
表1 小流域综合治理工程表
序号|小流域名称|水土流失面积（km²）|规划治理面积（km²）|坡改梯（hm²）|水土保持林（hm²）|封禁治理（hm²）|投资（万元）|实施时间
1|南山小流域|18.62|12.50|210|360|680|625.0|2021—2023
""")
    assert row["restoration_ha"] == "1250"
    assert row["areas"].count(":part_of") == 3


@pytest.mark.parametrize(
    ("header", "restored"),
    [("损毁面积（公顷）|修复面积（公顷）", "30"), ("损毁面积（公顷）|修复方式", "36.2")],
)
def test_what_is_damaged_is_restored_only_where_no_column_says_what_is(header, restored):
    value = "30" if "修复面积" in header else "工程治理"
    (row,) = records(f"""
表1 重点项目表
序号|项目名称|{header}|投资（万元）|责任单位
1|石湾矿山生态修复|36.2|{value}|812|县局
""")
    assert row["restoration_ha"] == restored


@pytest.mark.parametrize(
    ("content", "restored", "told"),
    [
        ("人工造林500公顷，封山育林300公顷", "800", True),
        ("新建管护站2处", "800", True),
        ("人工造林500公顷", None, False),
    ],
    ids=["parts of it", "something else", "another figure"],
)
def test_a_column_and_the_content_are_never_added(content, restored, told):
    (row,) = records(f"""
表1 重点项目表
序号|项目名称|建设内容|治理面积（公顷）|投资（万元）|责任单位
1|石湾镇造林工程|{content}|800|812|县局
""")
    assert row["restoration_ha"] == restored
    assert ("不一致" in (row["note"] or "")) is not told


@given(st.lists(st.integers(min_value=1, max_value=9999), min_size=1, max_size=5))
def test_a_sum_of_parts_is_said_by_its_parts(parts):
    said = quantities.works("，".join(f"第{at}片造林{part}公顷" for at, part in enumerate(parts)))
    assume(not any(one.part_of for one in said))
    total = quantities.works(f"造林面积{sum(parts)}公顷")[0]
    assert is_said(total, said)
    assert not is_said(quantities.works(f"造林面积{2 * sum(parts) + 1}公顷")[0], said)


@pytest.mark.parametrize(
    ("header", "measures"),
    [
        ("治理面积（km²）", ("治理面积", "km²")),
        ("长度/km", ("长度", "km")),
        ("处理规模（吨/日）", ("处理规模", "吨/日")),
        ("总投资（万元）", None),
        ("治理率（%）", None),
        ("责任单位（盖章）", None),
    ],
)
def test_a_header_says_what_its_figures_measure(header, measures):
    rows = [Row((Cell("项目名称"), Cell("责任主体"), Cell(header)), 1)]
    assert read_header(rows).columns[2].measures == measures


def test_the_unit_may_stand_in_a_column_beside_the_figures():
    rows = records("""
表8-1 重大工程及重点项目规划表
重大工程|序号|重点项目|空间范围|规模||期限|资金（亿元）|实施主体
||||数量|单位|||
水源涵养|1.1|东山造林项目|石湾镇|1860|公顷|2021-2025|0.93|市林业局
水源涵养|1.2|白水河岸带修复项目|石湾镇|24.5|公里|2021-2025|1.47|市水利局
水源涵养|1.3|监测项目|石湾镇|12|期|2021-2025|0.2|市水利局
""")
    assert columns(rows, "location", "restoration_ha", "lengths_km", "capacities") == [
        ("石湾镇", "1860", None, None),
        ("石湾镇", None, "24.5:白水河岸带修复项目", None),
        ("石湾镇", None, None, None),
    ]


def test_a_table_nested_in_a_cell_says_what_its_row_builds():
    outer = [["项目名称", "建设内容", "投资（万元）"], ["石湾草原修复项目", "规模如下：", "800"]]
    inner = [["措施", "规模"], ["围栏封育", "1.6万亩"], ["补播改良", "8000亩"]]
    made = Document(
        "made", "", "docx", "", (
            Paragraph("表1 重点项目表", 1),
            Table(tuple(Row(tuple(map(Cell, row)), 2 + at) for at, row in enumerate(outer))),
            Table(tuple(Row(tuple(map(Cell, row)), 4 + at) for at, row in enumerate(inner)), 3),
        ),
    )  # fmt: skip
    (record,) = read_plan(made).projects
    assert record.values["restoration_ha"] == "1600"
    assert [span.line for span in record.spans["areas"]] == [5, 6]


@pytest.mark.parametrize("words", ["共", "计", "合计", "面积"])
def test_a_word_between_two_figures_is_no_name(words):
    counted, area = quantities.works(f"修复矿山8处{words}42公顷")
    assert (counted.what, area.what, area.restoration) == ("修复矿山", "修复矿山", True)


# ---- rows ----------------------------------------------------------------------------------------


def test_the_sums_of_a_group_make_no_project():
    made = read_plan(
        document("""
附件2 重点工程建设项目表
单位：万亩、万元
项目|建设地点|建设任务|投资|承担单位
总计||5.4|9700|
一、造林绿化||2.0|3900|
农田防护林建设工程|双石镇|0.8|1600|市林草局
退化林修复工程|桃石镇|1.2|2300|市林草局
二、湿地修复||3.4|5800|
呼石河湿地恢复工程|年石乡|3.4|5800|市湿地中心
""")
    )
    assert columns([r.values for r in made.projects], "name", "investment_yi", "owner") == [
        ("农田防护林建设工程", "0.16", "市林草局"),
        ("退化林修复工程", "0.23", "市林草局"),
        ("呼石河湿地恢复工程", "0.58", "市湿地中心"),
    ]
    (table,) = made.tables
    assert [group.cells[3].text for group in table.groups] == ["3900", "5800"]


def test_a_numbered_group_with_its_sums_is_no_project_and_takes_nothing_from_its_neighbours():
    made = read_plan(
        document("""
附表4 重点项目投资估算表
序号|项目名称|所在乡镇|面积（亩）|投资合计（万元）|近期投资|责任单位
一|小流域治理||2600|1560|1560|
1|花石小流域治理|花石乡|2600|1560|1560|区水务局
二|防风固沙||850|1850|1250|
2|平石风沙区治理|平石乡|450|1250|1250|区林草局
3|沙石镇农田防护林|沙石镇|400|600||区林草局
总投资||||3410|2810|
""")
    )
    (table,) = made.tables
    assert [row["name"] for row in (r.values for r in made.projects)] == [
        "花石小流域治理", "平石风沙区治理", "沙石镇农田防护林",
    ]  # fmt: skip
    assert (len(table.groups), [total.cells[4].text for total in table.totals]) == (2, ["3410"])


def test_a_name_cut_by_a_page_break_is_put_together_without_numbers_too():
    rows = records("""
表1 重点项目表
项目名称|建设内容|投资（万元）|责任单位
白水河上游坡耕地综|新修梯田|300|县局

合治理工程|120公顷||
乙河治理工程|修堤5公里|100|县局
""")
    assert columns(rows, "name", "areas") == [
        ("白水河上游坡耕地综合治理工程", "120 公顷=120:新修梯田:restoration"),
        ("乙河治理工程", None),
    ]


def test_numbered_projects_with_figures_only_stay_projects():
    rows = records("""
表1 重点项目表
项目名称|建设地点|面积（亩）|投资（万元）|责任单位
一、甲河治理工程||200|300|
二、乙河治理工程|乙镇|100|150|县局
""")
    assert [row["investment_yi"] for row in rows] == ["0.03", "0.015"]


def test_a_piece_of_another_width_goes_on_if_its_numbers_do():
    head = "表1 重点项目表\n序号|项目名称|投资（万元）|责任单位\n1|甲工程|100|县局\n"
    rows = records(f"{head}\n2|乙工程|200|县局|续建\n\n3|丙工程|300|县局|新建")
    assert [row["name"] for row in rows] == ["甲工程", "乙工程", "丙工程"]
    assert "续建" in rows[1]["note"]
    assert [row["name"] for row in records(f"{head}\n7|乙工程|200|县局|续建")] == ["甲工程"]


# ---- terms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("近期至2025年，中期至2030年，远期至2035年。",
         Terms((2021, 2025), (2026, 2030), (2031, 2035))),
        ("其中近期2021-2025年，远期2026-2035年。", Terms((2021, 2025), None, (2026, 2035))),
        ("近期水平年为2025年，远期水平年为2035年。", Terms((2021, 2025), None, (2026, 2035))),
        ("2021—2025年为近期。", Terms((2021, 2025), None, None)),
        ("近期（2021—2025年），近期到2028年。", Terms()),
        ("近期完成投资2023万元，远期至2050年。", Terms()),
        ("近期安排重点项目10个。", Terms()),
    ],
)  # fmt: skip
def test_a_plan_says_which_years_its_terms_are(said, found):
    assert terms([said], (2021, 2035)) == found


def test_a_term_stands_for_its_years():
    plan = """
石湾县生态修复规划（2021-2035年）
第一章 总则
规划近期至2025年，中期至2030年，远期至2035年。
表1 重点项目表
序号|项目名称|建设时序|投资（万元）|责任单位
"""
    rows = records(
        plan + "\n".join(
            f"{at}|工程{at}|{term}|100|县局"
            for at, term in enumerate(("近期", "中期", "远期", "中远期", "近中期", "近期、远期"))
        )
    )  # fmt: skip
    assert columns(rows, "start_year", "end_year")[:4] == [
        ("2021", "2025"), ("2026", "2030"), ("2031", "2035"), ("2026", "2035"),
    ]  # fmt: skip
    assert columns(rows, "start_year", "end_year")[5] == ("2021", "2035")
    assert years.read("中期", (2021, 2035)).start is None
