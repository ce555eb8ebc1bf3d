"""The audit of a plan's text: wrong figures and, beside each, the right or merely odd ones."""

import pytest

from layers.plans.audit import audit
from layers.plans.audit.numbers import numbers, written
from layers.plans.reading import read_plan
from tests.test_plans_audit import GOOD, HEAD, check, document, found, plan, row, table


def checks(*body):
    return [name for name, *_ in found(plan(*body, "", *table(*GOOD)))]


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("林地2万亩、草地30公顷", [20000 / 15, 30]),
        ("长1,200米和3.5公里", [1.2, 3.5]),
        ("日处理5万吨/日", [50000]),
        ("第3处理站和2个月", []),
        ("投资300万元", [0.03]),
    ],
)
def test_numbers_in_one_unit(text, sizes):
    assert [float(one.size) for one in numbers(text)] == pytest.approx(sizes)


def test_a_rate_is_no_amount():
    amount, rate = numbers("处理2万吨，能力2万吨/日")
    assert amount.key != rate.key


def test_a_sum_is_written_in_its_first_unit():
    assert written(numbers("甲1公顷、乙30亩、丙0.01平方公里")) == "1 + 2 + 1 = 4"


@pytest.mark.parametrize(
    ("sentence", "severity"),
    [
        ("现有历史矿山46处，其中铁矿12处、石灰岩矿20处、粘土矿16处。", "high"),
        ("现有历史矿山46处，其中铁矿12处、石灰岩矿20处、粘土矿14处。", None),
        ("现有历史矿山46处，其中铁矿12处、石灰岩矿20处。", None),
        ("损毁土地1864.5公顷，其中挖损812.3公顷、压占764.2公顷、塌陷308.0公顷。", "high"),
        ("草地面积66公顷，包括甲地30.3公顷、乙地35.6公顷。", None),  # rounded
        ("草地面积66公顷，分别为甲地30公顷、乙地30公顷。", "medium"),
        ("林地面积120万亩，其中公益林70万亩，天然林65万亩。", None),  # they overlap
        ("草地面积约66公顷，其中甲地30公顷、乙地38公顷。", None),
        ("保护区面积50公顷，其中核心区20公顷、缓冲区10公顷、实验区14公顷。", "medium"),
        ("保护区面积50公顷，其中核心区20公顷、缓冲区10公顷、实验区20公顷。", None),
        ("建有中型水库2座、小型水库5座，共8座。", "high"),
        ("建有中型水库2座、小型水库5座，共7座。", None),
        ("水资源总量12000万立方米，其中地表水5400万立方米、地下水7000万立方米。", None),
        ("分年投入600万元，其中第一年300万元、第二年200万元，此外无。", None),
        ("草地30公顷（其中甲地10公顷），其中改良12公顷、封育18公顷。", None),
        ("全县用水100万立方米，其中农业70万立方米，占70%；工业45万立方米，占45%。", None),
    ],
)
def test_parts_make_their_total(sentence, severity):
    records = audit([read_plan(document(plan(sentence, "", *table(*GOOD))))])[0]
    said = [one.values["severity"] for one in records if one.values["check"] == check("parts")]
    assert said == ([severity] if severity else [])


def test_parts_in_a_cell_of_a_project():
    wrong = GOOD[0].replace("新建设施", "修复面积86公顷，其中耕地30公顷、林地66公顷")
    right = wrong.replace("66公顷", "56公顷")
    assert found(plan(*table(wrong, *GOOD[1:]))) == [(check("parts"), 8, "8")]
    assert found(plan(*table(right, *GOOD[1:]))) == []


def test_the_arithmetic_of_parts_can_be_checked_by_hand():
    text = plan("矿山46处，其中铁矿12处、石灰岩矿20处、粘土矿16处。", "", *table(*GOOD))
    (one,) = audit([read_plan(document(text))])[0]
    assert one.values["arithmetic"] == "12 + 20 + 16 = 48"
    assert (one.values["text"], one.values["other_text"]) == (
        "46处", "12处、石灰岩矿20处、粘土矿16处"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("青禾县国土面积200平方公里，其中林地50平方公里，占国土面积的35%。", True),
        ("青禾县国土面积200平方公里；林地50平方公里，占国土面积的25%。", False),
        ("青禾县国土面积200平方公里；林地5000公顷，占国土面积的25%。", False),
        ("青禾县国土面积200平方公里；林地50平方公里，占全省林地面积的2%。", False),
        ("青禾县国土面积200平方公里，林地50平方公里，占全市国土面积的5%。", False),
        ("全县用水90万立方米，其中农业72万立方米，占85%；工业18万立方米，占20%。", True),
        ("优良水面20平方公里，占海域面积40平方公里的60%。", True),
        ("优良水面20平方公里，占海域面积40平方公里的50%。", False),
        ("轻度10公顷，占流失面积的50%；中度6公顷，占流失面积的30%；强烈4公顷，占40%。", True),
        ("轻度10公顷，占流失面积的50%；中度6公顷，占流失面积的30%；强烈4公顷，占20%。", False),
        ("轻度10公顷，占流失面积的50%；强烈4公顷，占流失面积的40%。", False),  # which of the two?
    ],
)
def test_shares_in_a_paragraph(sentence, wrong):
    assert checks(sentence) in ([check("share")] if wrong else [], [check("share_among")])
    assert bool(checks(sentence)) == wrong


def test_a_column_of_shares():
    rows = ("分区\t面积（公顷）\t占比（%）", "重点区\t40\t40", "次重点区\t30\t30", "一般区\t30\t35")
    text = plan("表2 分区表", "", *rows)
    assert found(text) == [(check("share"), 10, "10")]
    assert found(text.replace("\t35", "\t30")) == []
    assert found(text.replace("占比（%）", "林地率（%）").replace("\t40\t40", "\t40\t10")) == []


GROUPS = (
    "表1-1 重点工程表", "", HEAD, "一、水环境工程（2项）\t\t\t\t\t\t",
    row(1, "甲河治理工程"), row(2, "乙河治理工程"), "二、矿山修复工程（1项）\t\t\t\t\t\t",
    row(3, "丙矿修复工程"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("水环境工程2项，投资200万元；矿山修复工程1项，投资100万元。", []),
        ("水环境工程3项，投资200万元；矿山修复工程1项，投资100万元。", ["group_count"]),
        ("水环境工程2项，投资300万元；矿山修复工程1项，投资100万元。", ["money"]),
        ("（一）水环境工程。共3项。", ["group_count"]),
        ("规划共安排两类4项工程。", ["count"]),
        ("规划共安排两类3项工程。", []),
        ("规划部署治理工程5项。", ["count"]),
        ("“十三五”期间规划实施重点工程32项，完成投资8.6亿元。", []),
        ("2021年安排重点项目2个。", []),
    ],
)
def test_groups_are_counted_as_announced(sentence, expected):
    text = plan(sentence, "", *GROUPS)
    assert [name for name, *_ in found(text)] == [check(key) for key in expected]


def test_the_heading_of_a_group_counts_its_rows():
    text = plan(*GROUPS)
    assert found(text) == []
    assert found(text.replace("（2项）", "（4项）")) == [(check("group_count"), 8, "9")]


def test_a_wrong_group_is_one_finding():
    rows = ("一、水环境工程\t\t\t\t250\t\t", row(1, "甲河治理工程"), row(2, "乙河治理工程"),
            "二、矿山修复工程\t\t\t\t100\t\t", row(3, "丙矿修复工程"),
            "合计\t\t\t\t350\t\t")  # fmt: skip
    assert found(plan(*table(*rows))) == [(check("total"), 8, "9")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("自然保护地3处：甲山公园、乙湖湿地、丙岭保护区。", []),
        ("自然保护地4处：甲山公园、乙湖湿地、丙岭保护区。", ["listed"]),
        ("自然保护地4处：甲山公园、乙湖湿地、丙岭保护区等。", []),
        ("自然保护地4处：甲山公园、乙湖湿地、山水与林田保护区、丙岭保护区。", []),
        ("辖2个街道、1个镇：甲街道、乙街道、丙镇。", []),
        ("见表1-1、表1-2和表1-3。", ["pointed", "pointed"]),
        ("详见附表2。", ["pointed"]),
        ("详见表1-1。", []),
    ],
)
def test_what_is_listed_and_pointed_at(text, expected):
    assert checks(text) == [check(key) for key in expected]


@pytest.mark.parametrize(
    ("one", "two", "wrong"),
    [
        ("全县森林覆盖率58.6%。", "森林覆盖率达到56.8%。", True),
        ("2020年森林覆盖率58.6%。", "到2025年，森林覆盖率达到60%。", False),
        ("到2025年，森林覆盖率达到62%。", "到2025年，全县森林覆盖率达到60%。", True),
        ("全县森林覆盖率58.6%。", "全省森林覆盖率46.6%。", False),
        ("全县森林覆盖率58.6%。", "北山镇森林覆盖率72%。", False),
        ("全县森林覆盖率58.6%。", "森林覆盖率约58%。", False),
        ("国土面积2000平方公里。", "全县国土面积200000公顷。", False),
        ("国土面积2000平方公里。", "全县土地总面积21万公顷。", True),
        ("龙湾水库总库容3260万立方米。", "龙湾水库总库容3620万立方米。", True),
        ("星湖湿地公园总面积650公顷。", "到2030年，星湖湿地公园总面积达到820公顷。", False),
        ("云岭省级自然保护区总面积520公顷。", "云岭自然保护区总面积502公顷。", True),
    ],
)
def test_one_thing_has_one_figure(one, two, wrong):
    names = checks(one, two)
    assert names == ([check("two_figures")] if wrong else [])


INDICATORS = (
    "表2-1 主要指标", "", "序号\t指标\t单位\t2020年\t2025年\t属性",
    "1\t森林覆盖率\t%\t58.6\t60\t约束性", "2\t水质优良比例\t%\t90\t≥95\t约束性",
    "3\t林草植被盖度\t%\t70\t72\t预期性",
)  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("2020年，森林覆盖率为56.8%。", ["two_statistics"]),
        ("2020年，森林覆盖率为58.6%。", []),
        ("水质优良比例由2020年的90%提高到2025年的95%。", []),
        ("水质优良比例由2020年的80%提高到2025年的95%。", ["two_statistics"]),
        ("本规划设置3项指标，其中约束性2项、预期性1项。", []),
        ("本规划设置3项指标，其中约束性1项、预期性2项。", ["indicator_count", "indicator_count"]),
        ("本规划设置2类4项指标。", ["indicator_count"]),
    ],
)
def test_the_text_and_the_indicators(sentence, expected):
    text = plan(sentence, "", *INDICATORS, "", *table(*GOOD))
    assert [name for name, *_ in found(text)] == [check(key) for key in expected]


def test_the_money_of_a_project_in_the_text():
    assert checks("推进西河治理工程，总投资250万元。") == []
    assert checks("推进西河治理工程，总投资350万元。") == [check("project_money")]


def test_years_that_run_backward():
    rows = (*GOOD, row(4, "北岭造林工程", period="2025-2023"))
    assert found(plan(*table(*rows))) == [(check("backward"), 11, None)]


def test_a_project_that_goes_on_from_the_years_before_is_of_little_weight():
    rows = (*GOOD, row(4, "北岭造林工程", period="2020-2022"), row(5, "南岭造林", period="2020"))
    records = audit([read_plan(document(plan(*table(*rows))))])[0]
    assert [(one.values["line"], one.values["severity"]) for one in records] == [
        ("12", "medium"), ("11", "low"),
    ]  # fmt: skip


def test_one_name_in_other_years_is_likely_two_projects():
    rows = (*GOOD, row(4, "西河治理工程", "90", period="2024-2025"))
    (one,) = audit([read_plan(document(plan(*table(*rows))))])[0]
    assert (one.values["check"], one.values["severity"]) == (check("twice"), "low")
