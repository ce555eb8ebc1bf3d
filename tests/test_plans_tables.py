"""Tables of made plans: other columns, other names, merged cells, headings, totals, page breaks."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.plans.captions import caption_of
from layers.plans.document import ABOVE, LEFT, Cell, Document, Paragraph, Row, Table
from layers.plans.document import PROJECTS as COLUMNS_OF_PROJECTS
from layers.plans.header import read_header, role_of
from layers.plans.opening import open_document
from layers.plans.passage import Passage
from layers.plans.reading import read_plan
from layers.plans.structure import contents, parts
from layers.plans.tables import logical
from tests.plan_documents import (
    PLAN,
    PROJECTS,
    as_text,
    line_with,
    reshaped,
    write_docx,
    write_pdf,
    write_text,
)

UP, BACK = "↑", "←"


def document(text, page=None):
    """A document of lines: a line with a tab is a row, the others are paragraphs."""
    blocks, rows = [], []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if "\t" in line:
            rows.append(Row(tuple(map(cell, line.split("\t"))), number, page))
            continue
        if rows:
            blocks.append(Table(tuple(rows)))
            rows = []
        if line.strip():
            blocks.append(Paragraph(line, number, page))
    return Document("made", "made.txt", "text", "0" * 64, tuple(blocks))


def cell(text):
    """A cell; the arrows say, as Word does, with which cell it is merged."""
    return Cell("", {UP: ABOVE, BACK: LEFT}[text]) if text in {UP, BACK} else Cell(text)


def table(*rows, above="表1 重点工程表"):
    """The only table of a document whose columns are parted by bars."""
    lines = [above, "", *(row.replace("|", "\t") for row in rows)]
    tables = logical(document("\n".join(lines)))
    assert len(tables) == 1
    return tables[0]


def texts(made, role):
    return [row.of(role).closed().text for row in made.rows]


HEADER = "序号|项目名称|建设内容|投资（万元）|建设年限|责任单位"


def body(columns):
    """Rows of a table under HEADER, of the texts of one column; the others are filled."""
    return [
        f"{number}|工程{number}|内容{number}|{number}0|20{20 + number}|{text}"
        for number, text in enumerate(columns, start=1)
    ]


# ---- the made plan in two shapes ----------------------------------------------------------------


@pytest.mark.parametrize("plan", [PLAN, reshaped()], ids=["plain", "reshaped"])
def test_projects_of_the_made_plan_are_found_under_any_names_and_order_of_columns(plan):
    made = [t for t in logical(document(as_text(plan))) if t.kind == "projects"]
    rows = [(t.number, row) for t in made for row in t.rows]
    found = [
        (number, row.group, *(row.of(role).closed().text for role in ("seq", "name", "location")))
        for number, row in rows
    ]
    assert found == [
        (p["table"], p["group"], p["seq"], p["name"], p["location"] or "") for p in PROJECTS
    ]
    assert [row.of("owner").closed().text for _, row in rows] == [p["owner"] for p in PROJECTS]
    factor = {"万元": 10_000, "亿元": 1}
    money = [float(r.of("investment").text) / factor[t.unit] for t in made for r in t.rows]
    assert money == pytest.approx([float(p["investment_yi"]) for p in PROJECTS])


def test_the_made_plans_other_tables_are_what_they_are():
    made = logical(document(as_text()))
    assert [t.kind for t in made] == ["townships", "indicators", "projects", "projects", "projects"]
    totals = [(t.number, total.of("investment").text) for t in made for total in t.totals]
    assert totals == [("1-1", ""), ("5-1", "13240"), ("5-2", "2.45")]
    assert [t.heading.text for t in made[2:]] == [
        "第一节 水环境治理工程",
        "第二节 生态保护修复工程",
        "第三节 环境监管能力建设工程",
    ]


def test_a_project_over_two_rows_is_one_and_both_rows_keep_their_places():
    made = next(t for t in logical(document(as_text())) if t.number == "5-1")
    project = made.rows[2]
    line = line_with("上湾村、下湾村新建")
    assert [row.line for row in project.rows] == [line, line + 1]
    content = project.of("content")
    assert content.text == "上湾村、下湾村新建污水处理站2座，总规模100m³/d；铺设管网6400米"
    at = content.text.index("6400米")
    (span,) = content.spans(at, at + 5)
    assert (span.line, span.cell) == (line + 1, 3)
    row = as_text().split("\n")[span.line - 1].split("\t")
    assert row[span.cell][span.start : span.end] == "6400米"


# ---- headers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("序 号", "seq"),
        ("项目（工程）名称", "name"),
        ("工程名称", "name"),
        ("任务或工程项目名称", "name"),
        ("项目", "name"),
        ("主要建设内容及规模", "content"),
        ("重点工程内容", "content"),
        ("项目概况", "content"),
        ("概算总投资(亿元)", "investment"),
        ("投资/万元", "investment"),
        ("投资规模（亿元）", "investment"),
        ("资金来源", "funding"),
        ("2022年度投资", "annual"),
        ("中央资金", "annual"),
        ("计划开工时间", "start"),
        ("完成期限", "end"),
        ("计划竣工年份", "end"),
        ("开工及竣工时间", "period"),
        ("预估建设时间（年）", "period"),
        ("实施年限", "period"),
        ("建设性质", "nature"),
        ("项目建设主体", "owner"),
        ("建设单位", "owner"),
        ("责任单位", "owner"),
        ("牵头单位", "lead"),
        ("配合单位", "assist"),
        ("责任人", "assist"),
        ("项目类别", "group"),
        ("所在乡镇", "location"),
        ("建设地点", "location"),
        ("乡（镇）", "township"),
        ("行政村（个）", None),
        ("建设项目所在地", "location"),
        ("项目法人", "owner"),
        ("完成情况", "result"),
        ("指标名称", "indicator"),
        ("指标属性", "attribute"),
        ("2025年", "value"),
        ("库容（万m³）", None),
    ],
)
def test_a_columns_role_is_read_from_its_header(header, role):
    assert role_of(header)[0] == role


def test_a_header_of_two_rows_gives_each_column_its_own_words():
    made = table(
        "序号|项目名称|建设内容|投资（万元）|||起止年限||责任单位",
        "|||总投资|中央|地方|起|止|",
        "1|甲工程|修渠|300|200|100|2021|2023|县水利局",
        "2|乙工程|种树|500|0|500|2022|2024|县林业局",
    )
    assert [(c.text, c.role) for c in made.columns[3:8]] == [
        ("投资（万元）/总投资", "investment"),
        ("投资（万元）/中央", "annual"),
        ("投资（万元）/地方", "annual"),
        ("起止年限/起", "start"),
        ("起止年限/止", "end"),
    ]
    assert made.unit == "万元"
    assert texts(made, "investment") == ["300", "500"]
    assert texts(made, "end") == ["2023", "2024"]


def test_a_header_cut_in_two_rows_is_put_together():
    made = table(
        "序|项目名|建设内容|总投资|建设地|责任单位",
        "号|称||（万元）|点|",
        "1|甲工程|修渠|300|甲镇|县水利局",
    )
    assert [(c.text, c.role) for c in made.columns] == [
        ("序号", "seq"),
        ("项目名称", "name"),
        ("建设内容", "content"),
        ("总投资（万元）", "investment"),
        ("建设地点", "location"),
        ("责任单位", "owner"),
    ]
    assert (made.unit, texts(made, "name")) == ("万元", ["甲工程"])


def test_a_project_within_a_project_is_the_row_and_the_outer_one_its_group():
    made = table("项目名称|子项目名称|建设内容|投资", "治水|甲工程|修渠|3", "|乙工程|打井|4")
    assert [(row.group, row.of("name").text) for row in made.rows] == [
        ("治水", "甲工程"),
        ("治水", "乙工程"),
    ]


def test_of_two_columns_of_money_the_total_is_the_investment():
    made = table(
        "序号|项目名称|2021年投资（万元）|总投资（亿元）|建设单位|主管单位",
        "1|甲工程|50|0.3|甲公司|县水利局",
    )
    assert texts(made, "investment") == ["0.3"]
    assert made.unit == "亿元"
    assert texts(made, "owner") == ["甲公司"]


@pytest.mark.parametrize("above", ["（单位：万元）", "单位:万元", "表1 重点工程表（单位：万元）"])
def test_the_unit_may_stand_above_the_table(above):
    made = table("序号|项目名称|总投资|责任单位", "1|甲工程|50|县水利局", above=above)
    assert made.unit == "万元"


def test_a_title_and_a_unit_may_be_the_first_rows_of_the_table():
    made = table(
        "附表2 某县重点项目表||||",
        "||||单位：万元",
        "编号|工程名称|建设规模|估算|实施单位",
        "1|甲工程|修渠|50|县水利局",
        above="附件",
    )
    assert (made.number, made.title, made.unit) == ("附表2", "某县重点项目表", "万元")
    assert texts(made, "name") == ["甲工程"]


def test_the_leading_office_is_the_owner_only_where_no_other_column_names_one():
    rows = ["1|甲工程|修渠|50|县水利局", "2|乙工程|种树|60|县林业局"]
    assert texts(table("序号|项目名称|内容|投资|牵头部门", *rows), "owner") == [
        "县水利局",
        "县林业局",
    ]
    assert texts(table("序号|项目名称|内容|投资|配合单位", *rows), "owner") == ["", ""]


# ---- captions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number", "title"),
    [
        ("表 12-1 集中供热工程、供气工程", "12-1", "集中供热工程、供气工程"),
        ("表7-2 环境治理重点工程统计表", "7-2", "环境治理重点工程统计表"),
        ("表 2-1 2015年~2020年污染物浓度", "2-1", "2015年~2020年污染物浓度"),
        ("表3：重点工程", "3", "重点工程"),
        ("附表 某县重点工程汇总表", None, "某县重点工程汇总表"),
        ("附表1 某县重点工程汇总表", "附表1", "某县重点工程汇总表"),
        ("“十四五”重点工程项目统计表", None, "“十四五”重点工程项目统计表"),
        ("专栏5 水环境治理重点工程", "专栏5", "水环境治理重点工程"),
    ],
)
def test_captions(text, number, title):
    caption = caption_of(Paragraph(text, 1))
    assert (caption.number, caption.title) == (number, title)
    if caption.title_span:
        assert text[caption.title_span.start : caption.title_span.end] == (
            text[text.index(title[:2]) :] if title[:2] in text else None
        )


@pytest.mark.parametrize(
    "text", ["具体内容见下表。", "表明生态环境质量改善。", "（1）总体情况", "各乡镇情况见表1-1"]
)
def test_prose_is_no_caption(text):
    assert caption_of(Paragraph(text, 1)) is None


def test_captions_may_stand_below_their_tables():
    rows = "序号\t项目名称\t责任单位\t投资\n1\t甲\t县水利局\t10"
    made = logical(
        document(f"{rows}\n\n表1 水利工程\n\n说明文字。\n\n{rows}\n\n表2 林业工程\n\n文字。")
    )
    assert [t.title for t in made] == ["水利工程", "林业工程"]


def test_a_table_without_a_caption_has_neither_number_nor_title():
    made = table(HEADER, *body(["甲局"]), above="以下项目由县政府组织实施。")
    assert (made.kind, made.number, made.title) == ("projects", None, None)


# ---- pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "between",
    ["", "- 97 -", "续表", "表1 重点工程表（续）", "续表1 重点工程表", "表1 重点工程表"],
)
@pytest.mark.parametrize("header", [True, False], ids=["header again", "no header"])
def test_a_table_goes_on_after_a_page_break(between, header):
    rows = [row.replace("|", "\t") for row in [HEADER, *body(["甲局", "乙局", "丙局"])]]
    below = ([rows[0].replace("责任单位", "责任 单位")] if header else []) + rows[3:]
    text = "\n".join(["表1 重点工程表", *rows[:3], "", between, "", *below])
    (made,) = logical(document(text))
    assert texts(made, "seq") == ["1", "2", "3"]
    assert [row.piece for row in made.rows] == [0, 0, 1]


def test_a_heading_between_two_tables_parts_them_and_so_does_a_new_caption():
    rows = "\n".join(row.replace("|", "\t") for row in [HEADER, *body(["甲局", "乙局"])])
    made = logical(document(f"表1 甲\n{rows}\n二、生态修复\n{rows}\n表3 丙\n{rows}"))
    assert [(t.number, len(t.rows)) for t in made] == [("1", 2), (None, 2), ("3", 2)]


def test_equal_headers_side_by_side_are_two_tables_if_the_numbers_begin_anew():
    rows = "\n".join(row.replace("|", "\t") for row in [HEADER, *body(["甲局", "乙局"])])
    assert len(logical(document(f"表1 甲\n{rows}\n\n{rows}"))) == 2


def test_a_row_cut_by_a_page_break_is_put_together_without_a_gap():
    rows = [
        HEADER,
        "1|某县污水处|新建日处理污|80|2021|县水利局",
        "",
        HEADER,
        "|理厂工程|水5000吨的厂|||",
        "2|乙工程|种树|20|2022|县林业局",
    ]
    made = logical(document("\n".join(row.replace("|", "\t") for row in rows)))[0]
    assert texts(made, "name") == ["某县污水处理厂工程", "乙工程"]
    assert texts(made, "content") == ["新建日处理污水5000吨的厂", "种树"]


# ---- merged cells --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "meant", "disputed"),
    [
        ("甲局| | | ", "甲局|甲局|甲局|甲局", ""),
        (" | |甲局| ", "甲局|甲局|甲局|甲局", ""),
        ("甲局| | |乙局", "甲局|甲局|甲局|乙局", ""),
        ("甲局| | |乙局|丙局", "甲局|甲局|甲局|乙局|丙局", ""),
        ("甲局| |乙局| | ", "甲局| |乙局|乙局|乙局", "2"),
        ("甲局|乙局|丙局", "甲局|乙局|丙局", ""),
        ("甲局|甲局|甲局|乙局|乙局| ", "甲局|甲局|甲局|乙局|乙局| ", ""),
        ("甲局| |乙局|乙局|乙局|乙局", "甲局| |乙局|乙局|乙局|乙局", ""),
        (" | | ", " | | ", ""),
    ],
    ids=[
        "at the top",
        "in the middle",
        "the lower value stands at its end",
        "the lower value ends with its row",
        "above or below",
        "none",
        "equal values are repeated here, so an empty cell is empty",
        "the same between two values",
        "no value at all",
    ],
)
def test_an_empty_cell_is_filled_only_where_the_evidence_is_clear(printed, meant, disputed):
    made = table(HEADER, *body([text.strip() for text in printed.split("|")]))
    assert texts(made, "owner") == [text.strip() for text in meant.split("|")]
    at = made.column("owner").index
    assert [row.of("seq").text for row in made.rows if at in row.disputed] == list(disputed)


def test_a_merged_cell_ends_at_a_heading_and_at_a_page_break():
    made = table(
        HEADER,
        "一、水|||||",
        *body(["甲局", ""]),
        "二、林|||||",
        *body(["", "乙局", ""]),
        HEADER,
        "4|工程4|内容4|40|2024|丙局",
    )
    assert texts(made, "owner") == ["甲局", "甲局", "乙局", "乙局", "乙局", "丙局"]


def test_a_merged_cell_may_go_on_after_a_page_break():
    rows = body(["甲局", "", "", "", "乙局", "丙局"])
    made = table(HEADER, *rows[:2], "", HEADER, *rows[2:], "", HEADER, *rows[5:])
    assert texts(made, "owner")[:4] == ["甲局"] * 4
    rows = body(["甲局", "", "", "乙局", ""])
    made = table(HEADER, *rows[:2], "", HEADER, *rows[2:])
    assert texts(made, "owner") == ["甲局", "甲局", "", "乙局", "乙局"]


def test_a_name_that_holds_for_several_numbers_is_filled_in_and_so_is_what_goes_with_it():
    made = table(
        "序号|项目名称|项目内容|投资（亿元）|责任单位",
        "1|节水工程|改造渠道|0.1|县水利局",
        "2|绿化工程|种树|0.2|县水利局",
        "3|城镇污水 治理工程|甲厂|0.3|县住建局",
        "4||乙厂|0.4|",
        "5||丙厂|0.5|丙厂",
        "6|供热工程|管网|0.6|县住建局",
        "7|供气工程|管网|0.7|县住建局",
    )
    name = "城镇污水治理工程"
    assert texts(made, "name")[2:5] == [name] * 3
    assert texts(made, "owner")[2:5] == ["县住建局", "县住建局", "丙厂"]
    line = made.rows[2].line
    assert [dict(row.filled) for row in made.rows[2:5]] == [{}, {1: line, 4: line}, {1: line}]


def test_money_is_never_filled_in():
    made = table(HEADER, "1|甲|修渠|90|2021|甲局", "2|乙|种树||2021|甲局", "3|丙|种草||2022|乙局")
    assert texts(made, "investment") == ["90", "", ""]


def test_what_word_says_is_merged_is_taken_as_it_is():
    made = table(
        HEADER,
        "1|甲工程|修渠|90|2021|甲局",
        f"2|乙工程|种树|{UP}|{UP}|{UP}",
        f"3|丙工程|种草|30|2022|{UP}",
        f"{UP}|{UP}|围栏|{UP}|{UP}|{UP}",
        "4|丁工程|打井|40|2023|乙局",
    )
    assert texts(made, "seq") == ["1", "2", "3", "4"]
    assert texts(made, "owner") == ["甲局", "甲局", "甲局", "乙局"]
    assert texts(made, "period") == ["2021", "2021", "2022", "2023"]
    assert texts(made, "investment") == ["90", "", "30", "40"]
    assert texts(made, "content") == ["修渠", "种树", "种草；围栏", "打井"]


def test_a_cell_that_word_leaves_empty_is_empty():
    rows = [HEADER, "1|甲|修渠|90|2021|甲局", "2|乙|种树|10|2021|", "3|丙|种草|5|2022|"]
    assert texts(table(*rows), "owner") == ["甲局"] * 3
    rows[2] = f"2|乙|种树|10|{UP}|"
    assert texts(table(*rows), "owner") == ["甲局", "", ""]


def test_a_merged_cell_that_a_page_break_cuts_is_one():
    rows = [row.replace("乙局", UP) for row in body(["甲局", "乙局", "", "乙局", "丙局"])]
    made = table(HEADER, *rows[:2], "", HEADER, *rows[2:])
    assert texts(made, "owner") == ["甲局", "甲局", "甲局", "甲局", "丙局"]


# ---- rows, headings, totals ----------------------------------------------------------------------


def test_what_stands_in_several_rows_is_one_project():
    made = table(
        HEADER,
        "1|炉窑改造|清洁能源|600|2025|甲有限公司",
        "|||||乙有限公司",
        "|||||丙有限",
        "|||||公司",
        "2|修渠|一期|500|2025|县水利局",
        "||二期|||",
    )
    assert texts(made, "owner") == ["甲有限公司;乙有限公司;丙有限公司", "县水利局"]
    assert texts(made, "content") == ["清洁能源", "一期；二期"]
    assert [len(row.rows) for row in made.rows] == [4, 2]


def test_numbers_in_the_middle_of_their_rows_leave_the_rows_between_in_doubt():
    made = table(
        HEADER,
        "||渠首|||",
        "1|修渠|一期|500|2025|县水利局",
        "||二期|||",
        "2|种树|全部|100|2025|县林业局",
    )
    assert texts(made, "seq") == ["1", "2"]
    assert texts(made, "content")[0] == "渠首；一期；二期"
    assert [row.doubts for row in made.rows] == [("loose",), ()]


@pytest.mark.parametrize(
    "headings",
    [
        ("一、水|||||", "二、林|||||"),
        ("一|水||||", "二|林||||"),
        ("（一）|水||90||", "（二）|林||200||"),
        (f"水|{BACK}|{BACK}|{BACK}|{BACK}|{BACK}", f"林|{BACK}|{BACK}|{BACK}|{BACK}|{BACK}"),
        ("|水||||", "|林||||"),
    ],
    ids=[
        "one cell",
        "number and name",
        "with a sum",
        "merged over the row",
        "in the name's column",
    ],
)
def test_headings_of_groups_are_no_projects(headings):
    first, second = headings
    made = table(HEADER, first, *body(["甲局", "乙局"]), second, *body(["丙局"]))
    assert texts(made, "seq") == ["1", "2", "1"]
    groups = [row.group for row in made.rows]
    assert [group[-1] for group in groups] == ["水", "水", "林"]
    assert [row.group for row in made.groups] == [groups[0], groups[2]]


def test_in_the_names_column_a_heading_is_told_from_the_rest_of_a_name():
    made = table(
        HEADER,
        "1|甲县污水处|修渠|30|2021|甲局",
        "|理厂工程||||",
        "|（二期）||||",
        "|林业类||||",
        "2|乙工程|种树|40|2021|乙局",
    )
    assert texts(made, "name") == ["甲县污水处理厂工程（二期）", "乙工程"]
    assert [row.group for row in made.rows] == [None, "林业类"]


def test_numbers_of_two_levels_head_their_rows():
    made = table(
        HEADER,
        "1|水||30||",
        "1.1|甲工程|修渠|10|2021|甲局",
        "1.2|乙工程|打井|20|2021|甲局",
        "2|林||40||",
        "2.1|丙工程|种树|40|2021|乙局",
    )
    assert texts(made, "seq") == ["1.1", "1.2", "2.1"]
    assert [row.of("investment").text for row in made.groups] == ["30", "40"]


def test_chinese_numbers_alone_count_projects():
    made = table(HEADER, "一|甲工程|修渠|10|2021|甲局", "二|乙工程|打井|20|2021|甲局")
    assert texts(made, "name") == ["甲工程", "乙工程"]


def test_a_column_of_categories_groups_its_rows():
    made = table(
        "类别|序号|项目名称|建设内容|投资（亿元）|责任单位",
        "水环境|1|甲工程|修渠|1|县水利局",
        "|2|乙工程|打井|2|县水利局",
        "生态 修复|3|丙工程|种树|3|县林业局",
        "|4|丁工程|种草|4|县林业局",
        "合计||||10|",
    )
    assert [row.group for row in made.rows] == ["水环境", "水环境", "生态修复", "生态修复"]
    assert [total.of("investment").text for total in made.totals] == ["10"]


def test_totals_stand_apart_and_say_what_they_sum():
    made = table(
        HEADER,
        "一、水|||||",
        *body(["甲局"]),
        "小计|||10||",
        "二、林|||||",
        *body(["乙局"]),
        "|小 计||10||",
        "总 计（2项）|||20||",
    )
    assert len(made.rows) == 2
    assert [(t.under, t.of("investment").text) for t in made.totals] == [
        ("一、水", "10"),
        ("二、林", "10"),
        (None, "20"),
    ]


def test_a_note_below_the_rows_is_no_project():
    made = table(HEADER, *body(["甲局"]), "注：投资为估算。|||||")
    assert [row.cells[0].text for row in made.remarks] == ["注：投资为估算。"]
    assert texts(made, "seq") == ["1"]


def test_rows_that_stand_a_column_aside_are_laid_under_their_header():
    made = table(
        "类别|序号|项目名称|建设内容|投资（亿元）|责任单位",
        "水环境|1|甲工程|修渠|1|县水利局|",
        "|2|乙工程|打井|2|县水利局|",
        "|生态修复|3|丙工程|种树|3|县林业局",
        "||4|丁工程|种草|4|县林业局",
        "5|戊工程|围栏|5|县林业局||",
    )
    assert texts(made, "seq") == ["1", "2", "3", "4", "5"]
    assert texts(made, "name") == ["甲工程", "乙工程", "丙工程", "丁工程", "戊工程"]
    assert [row.group for row in made.rows] == ["水环境"] * 2 + ["生态修复"] * 3
    assert [row.doubts for row in made.rows] == [(), ()] + [("shifted",)] * 3
    (span,) = made.rows[2].of("name").spans()
    assert span.cell == 3


def test_a_cell_beyond_the_header_is_kept():
    made = table(HEADER, "1|甲工程|修渠|10|2021|甲局|补充")
    assert made.rows[0].cells[6].text == "补充"


# ---- what is no table of projects ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "row", "above"),
    [
        ("序号|项目名称|类别|保护级别|所在地", "1|剪纸|民间美术|省级|某镇", "表1 遗产统计表"),
        ("序号|任务或工程项目名称|实施年份|完成情况", "1|取暖|2017年|完成9户", "表1 回顾"),
        ("项目|内容|项目|内容", "气温|6℃|降水|410mm", "表1 气候"),
        ("名称|地址|发源地|库容", "甲水库|山下|上游|20", "表1 水库一览表"),
        ("序号|指标名称|2020年|2025年|指标属性", "1|森林覆盖率|20|30|预期性", "表1 指标"),
        ("序号|污染物|排放量", "1|氨氮|20", "表1 排放"),
        ("序号|工程名称|项目数（个）|投资（亿元）", "1|水环境类|6|3.2", "表1 重点工程汇总表"),
        ("序号|项目名称|内容|投资", "1|甲工程|修渠|3", "“十三五”重点工程完成情况表"),
        ("姓名|单位|职务|签字", "张三|某院|教授|张三", "专家名单"),
        ("项目|2019年|2025年", "污水量|633|465", "表1 预测"),
        ("序号|乡镇|面积（平方公里）|人口", "1|甲镇|30|200", "表1 乡镇"),
    ],
)
def test_other_tables_hold_no_projects(header, row, above):
    assert table(header, row, above=above).kind != "projects"


def test_projects_of_the_years_before_the_plan_are_none_of_it():
    text = "甲县“十四五”生态环境保护规划\n第一章 总则\n{}重点项目表\n" + "\n".join(
        row.replace("|", "\t") for row in [HEADER, *body(["甲局"])]
    )
    kinds = {
        years: logical(document(text.format(years)))[0].kind
        for years in ("“十三五”", "“十四五”", "")
    }
    assert kinds == {"“十三五”": "other", "“十四五”": "projects", "": "projects"}


def test_a_table_nested_in_a_cell_is_none_and_parts_nothing():
    rows = [row.replace("|", "\t") for row in [HEADER, *body(["甲局", "乙局", "丙局"])]]
    whole = document("\n".join(rows))
    outer = whole.blocks[0].rows
    inner = Table((Row((Cell("序号"), Cell("项目名称"), Cell("投资")), 2),), within=2)
    split = Document("made", "", "docx", "", (Table(outer[:3]), inner, Table(outer[3:])))
    made = logical(split)
    assert [(t.kind, len(t.rows)) for t in made] == [("projects", 3), ("other", 0)]


def test_a_document_without_tables_has_none():
    assert logical(document("第一章 总则\n实施生态修复工程，总投资3亿元。")) == ()
    assert logical(document("")) == ()


# ---- records -------------------------------------------------------------------------------------


def records(*rows, above="表1 重点工程表"):
    lines = [above, "", *(row.replace("|", "\t") for row in rows)]
    return [dict(record.values) for record in read_plan(document("\n".join(lines))).projects]


def test_the_made_plans_records_say_what_is_known_of_it():
    made = read_plan(document(as_text())).projects
    assert all(tuple(record.values) == COLUMNS_OF_PROJECTS for record in made)
    columns = ("table", "seq", "name", "location", "townships", "villages", "investment_yi",
               "start_year", "end_year", "owner", "restoration_ha")  # fmt: skip
    found = [[record.values[column] for column in columns] for record in made]
    assert found == [[project[column] for column in columns] for project in PROJECTS]
    sixth = made[5].values
    assert (sixth["confidence"], sixth["owner_raw"]) == ("medium", None)
    assert f"第{line_with('柳林镇黑臭水体整治')}行" in sixth["note"]
    assert {record.values["confidence"] for record in made[:5]} == {"high"}


@pytest.mark.parametrize("plan", [PLAN, reshaped()], ids=["plain", "reshaped"])
@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_word_and_pdf_hold_the_same_projects_as_the_text(form, plan, tmp_path):
    by_file = ("line", "content_line", "page", "note", "confidence", "owner_raw")
    found = {}
    for suffix, write in {"txt": write_text, "docx": write_docx, "pdf": write_pdf}.items():
        if suffix in {"txt", form}:
            made = read_plan(open_document(write(tmp_path / f"plan.{suffix}", plan)))
            found[suffix] = [r.values | dict.fromkeys(by_file) for r in made.projects]
    if form == "docx":  # the text has not the table nested in a cell
        nested = next(row for row in found["txt"] if row["name"] == "畜禽粪污资源化利用项目")
        nested["capacities"] += ";2 座:堆肥车间;4 座:沼液池"
    assert found["txt"] == found[form]


def test_where_a_row_of_several_lines_has_its_content():
    (made,) = records(HEADER, "1|甲工程||600|2025|甲局", "||清洁能源|||")
    assert (made["line"], made["content_line"]) == ("4", "5")
    assert "第4—5行" in made["note"]


@pytest.mark.parametrize(
    ("header", "text", "start", "end"),
    [
        ("建设年限", "2022", "2022", "2022"),
        ("开工时间", "2022", "2022", None),
        ("完成期限", "2022年", None, "2022"),
        ("完成期限", "2022—2023年", "2022", "2023"),
        ("建设年限", "2025年完成", None, "2025"),
    ],
)
def test_a_year_means_what_its_column_says(header, text, start, end):
    (made,) = records(f"序号|项目名称|建设内容|{header}", f"1|甲工程|修渠|{text}")
    assert (made["start_year"], made["end_year"], made["period_raw"]) == (start, end, text)


def test_two_columns_of_years_are_one_period():
    (made,) = records("序号|项目名称|开工时间|竣工时间", "1|甲工程|2021|2024")
    found = (made["start_year"], made["end_year"], made["period_raw"])
    assert found == ("2021", "2024", "2021;2024")


def test_money_is_read_in_the_unit_of_the_header_or_of_the_cell():
    made = records(HEADER, "1|甲|修渠|500|2021|甲局", "2|乙|种树|约3亿元|2021|甲局")
    assert [row["investment_yi"] for row in made] == ["0.05", "3"]


def test_without_a_column_of_money_the_content_may_state_the_total():
    made = records(
        "序号|项目名称|建设内容",
        "1|甲工程|修渠5公里，总投资2.5亿元。",
        "2|乙工程|每公顷治理费用约25万元。",
    )
    assert [row["investment_yi"] for row in made] == ["2.5", None]
    assert [row["confidence"] for row in made] == ["medium", "high"]


def test_a_sum_that_word_merged_over_rows_is_stated_once_and_the_other_row_says_where():
    made = records(HEADER, "1|甲|修渠|500|2021|甲局", f"2|乙|种树|{UP}|2021|{UP}")
    assert [row["investment_yi"] for row in made] == ["0.05", None]
    assert "第4行合列一格" in made[1]["note"]
    assert [row["owner_raw"] for row in made] == ["甲局", "甲局"]


def test_what_a_name_says_again_is_not_counted_twice():
    made = records(
        "序号|项目名称|建设内容",
        "1|甲县200MW光伏项目|建设20万千瓦光伏电站",
        "2|甲县3万亩造林工程|人工造林1万亩，封山育林2万亩",
        "3|乙村5公里渠道工程|改造渠道",
    )
    assert made[0]["capacities"].startswith("20 万千瓦:")
    assert made[1]["restoration_ha"] == "2000"
    assert made[2]["lengths_km"].startswith("5:")


def test_a_row_that_does_not_fit_says_so():
    (no_name,) = records(HEADER, "1||修渠|500|2021|甲局")
    assert (no_name["name"], no_name["confidence"]) == (None, "low")
    beyond, no_number = records(HEADER, "2|乙|种树|10|2021|甲局|补充", "|丙工程|种草|5|2021|乙局")
    assert "补充" in beyond["note"]
    assert (no_number["seq"], no_number["confidence"]) == (None, "medium")


# ---- plans and contents --------------------------------------------------------------------------


def test_contents_are_neither_tables_nor_headings_of_plans():
    made = document(
        "目 录\n\n第一章 总则\t1\n1.1 背景.....\t2\n第二章 工程\t9\n\n第一章 总则\n正文。"
    )
    assert sorted(contents(made)) == [1, 3, 4, 5]
    assert logical(made) == ()


def test_headings_with_counts_are_no_table_of_contents():
    counted = "一、水环境\t12\n二、大气\t30\n三、土壤\t8\n四、生态\t9\n五、能力\t2\n合计\t61"
    assert contents(document(counted)) == frozenset()
    chapters = zip("一二三四五", (1, 3, 3, 8, 12), strict=True)
    unannounced = "\n".join(f"第{number}章 甲乙\t{page}" for number, page in chapters)
    assert len(contents(document(unannounced))) == 5


def test_a_document_may_hold_two_plans():
    text = (
        "关于印发《甲县“十四五”生态环境保护规划》和《甲县湿地保护规划》的通知\n"
        "甲县“十四五”生态环境保护规划\n1 总论\n规划期限为2021—2024年。\n"
        "某省“十四五”水利规划\n某市国土空间规划\n2 工程\n"
        "甲县湿地保护规划\n（2023-2030年）\n一、形势\n正文。"
    )
    first, second = parts(document(text))
    assert (first.plan, first.title) == ("made-1", "甲县“十四五”生态环境保护规划")
    assert (first.first_line, first.last_line, first.period) == (1, 7, (2021, 2024))
    assert (second.plan, second.title) == ("made-2", "甲县湿地保护规划（2023-2030年）")
    assert (second.first_line, second.last_line, second.period) == (8, 11, (2023, 2030))
    assert first.county == second.county == "甲县"


@pytest.mark.parametrize(
    ("title", "county", "period"),
    [
        ("某市甲区“十五五”生态环境保护规划", "甲区", (2026, 2030)),
        ("乙自治县国土绿化规划（2022—2035年）", "乙自治县", (2022, 2035)),
        ("丙市矿山生态修复实施方案", "丙市", None),
    ],
)
def test_place_and_period_are_read_from_the_title(title, county, period):
    (part,) = parts(document(f"{title}\n丙市人民政府\n2022年5月\n第一章 总则\n正文。"))
    assert (part.title, part.county, part.period) == (title, county, period)


@pytest.mark.parametrize(
    "stated",
    [
        "本规划期限为2021年至2030年。",
        "规划期限：2021—2030年",
        "1.4 规划时限\n2021~2030年，基准年2020年。",
    ],
)
def test_the_period_is_what_the_plan_states(stated):
    (part,) = parts(document(f"甲县“十四五”生态规划\n1 总论\n{stated}\n2 工程"))
    assert part.period == (2021, 2030)


def test_a_plan_without_a_title_of_its_own_has_that_of_the_notice():
    (part,) = parts(document("关于印发《甲县“十四五”生态规划》的通知\n现印发给你们。\n正文。"))
    assert (part.title, part.county) == ("甲县“十四五”生态规划", "甲县")
    assert (part.first_line, part.period) == (1, (2021, 2025))


def test_a_document_without_a_title_is_one_plan():
    (part,) = parts(document("实施生态修复。\n1\t2"))
    assert (part.plan, part.title, part.period, part.county) == ("made", "", None, None)
    assert (part.first_line, part.last_line) == (1, 2)


# ---- properties ----------------------------------------------------------------------------------


words = st.text("甲乙丙丁戊己庚辛", min_size=1, max_size=6)
COLUMNS = {
    "seq": "序号",
    "name": "项目名称",
    "content": "建设内容",
    "investment": "总投资（亿元）",
    "location": "建设地点",
    "owner": "责任单位",
}


@given(
    st.permutations(list(COLUMNS)),
    st.lists(st.tuples(words, words, words, words), min_size=1, max_size=8),
    st.data(),
)
def test_order_of_columns_and_page_breaks_change_nothing(order, projects, data):
    rows = [
        {
            "seq": str(number),
            "name": f"{name}工程",
            "content": content,
            "investment": str(number * 3),
            "location": f"{location}镇",
            "owner": f"{owner}局",
        }
        for number, (name, content, location, owner) in enumerate(projects, start=1)
    ]
    header = "\t".join(COLUMNS[role] for role in order)
    lines = [header]
    for above, below in pairwise([None, *rows]):
        if above and data.draw(st.booleans()):
            lines += ["", header]
        lines.append("\t".join(below[role] for role in order))
    (made,) = logical(document("\n".join(["表1 重点工程", *lines])))
    for role in order:
        assert texts(made, role) == [row[role] for row in rows]


cells = st.sampled_from(
    ["", "1", "2", "一", "甲工程", "修渠", "10", "2021", "合计", "甲局", "注：乙"]
)


@given(st.lists(st.tuples(*[cells] * 6), max_size=8))
def test_nothing_of_a_table_is_lost(rows):
    lines = [HEADER.replace("|", "\t"), *("\t".join(row) for row in rows)]
    (made,) = logical(document("\n".join(lines)))
    kept = [row for kind in (made.rows, made.groups, made.totals, made.remarks) for row in kind]
    lines_kept = sorted(row.line for body_row in kept for row in body_row.rows)
    assert lines_kept == [at for at, row in enumerate(rows, start=2) if any(row)]
    for body_row in kept:
        own = [c.text for at, c in enumerate(body_row.cells) if at not in body_row.filled]
        printed = [c.text for row in body_row.rows for c in row.cells if c.text]
        assert all(any(text in said for said in own) for text in printed)


@given(st.text(" \t\n甲乙a1", max_size=30))
def test_a_passage_knows_where_each_character_stands(text):
    passage = Passage.of(text, 7, 2).closed()
    for at, char in enumerate(passage.text):
        (span,) = passage.spans(at, at + 1)
        printed = text[span.start : span.end]
        assert printed == char or (char == " " and printed.isspace())


def test_a_header_needs_more_than_one_word_that_we_know():
    assert read_header(document("甲\t乙\t丙\n1\t2\t3").blocks[0].rows) is None
