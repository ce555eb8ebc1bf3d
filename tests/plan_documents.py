"""A made plan of an invented county, written as text, Word and PDF.

望川县 does not exist. Seven townships, three tables of projects, and what a plan says around
them, small enough to know every answer without a program:

townships   表1-1: 城关镇 石门镇 河西镇 柳林镇 双溪镇 松岭乡 白水乡; 800 km², 16.0 万人, 120
            villages (so the total row, so the prose). Villages named in projects: 上湾村 and
            下湾村 (石门镇), 杨家湾村 (河西镇). Rivers: 望水, 清溪河, 白水河 (白水乡 is a township).
indicators  表3-1: 7, in groups 环境质量 (1-3), 生态保护 (4-5), 环境风险防控 (6-7) merged downwards;
            base year 2020, target year 2025; number 5 has no figure as its target (不减少).
features    red line 160 km² = 20 % of the county; water source level one 0.8 km², level two
            5.2 km²; reserve 2400 ha = core 900 + buffer 600 + experimental 900.
rules       5: see ``RULES``, each with effect, place, distance, slope and activity.
projects    15: see ``PROJECTS``. 表5-1 has 6, in 万元, two group headings, one project over two
            rows, an owner merged over projects 5 and 6, a total row 13240 万元. 表5-2 has 5, in
            亿元, no column of places, a total row 2.45 亿元. 表5-3 has 4, in 万元, columns in
            another order, an owner merged over projects 1 and 2, no total row (870 万元).
prose       3 kinds, 15 projects, 3.861 亿元 = 1.324 + 2.45 + 0.087: every stated total is right.
traps       DN400 and a depth of 2.5 m are no works; 40 and 80 公顷 are parts of the 120; 45 亩 and
            30 hm² are land taken, not land restored; the table of contents repeats every chapter;
            in the text dump the header of 表5-1 stands again before project 4.

``reshaped`` gives the same plan with other names and another order of columns; a faulty plan for
an audit is ``replaced(PLAN, old, new)``. Word alone has the nested table of 表5-3, project 4.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import docx
from reportlab.lib.pagesizes import mm
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

UP, BACK = "↑", "←"
"""In place of a text: the cell is merged with the one above, or with the one to its left."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: caption, header, body; ``again`` is the body row before which a dump repeats the
    header; ``nested`` is put by Word into the cell at (body row, column)."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    again: int | None = None
    nested: tuple[int, int, tuple[tuple[str, ...], ...]] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Title, and blocks: a heading is (level, text), a paragraph a text, a table a Grid."""

    title: str
    blocks: tuple[tuple[int, str] | str | Grid, ...]


TITLE = "望川县“十四五”生态环境保护规划"

TOWNSHIPS = Grid(
    "表1-1 望川县乡镇基本情况表",
    ("序号", "乡（镇）", "面积（平方公里）", "人口（万人）", "行政村（个）"),
    (
        ("1", "城关镇", "80", "6.0", "18"),
        ("2", "石门镇", "120", "2.4", "22"),
        ("3", "河西镇", "95", "1.8", "15"),
        ("4", "柳林镇", "110", "2.2", "20"),
        ("5", "双溪镇", "105", "1.6", "17"),
        ("6", "松岭乡", "140", "0.8", "12"),
        ("7", "白水乡", "150", "1.2", "16"),
        ("合计", BACK, "800", "16.0", "120"),
    ),
)

INDICATORS = Grid(
    "表3-1 望川县“十四五”生态环境保护指标体系",
    ("类别", "序号", "指标名称", "单位", "2020年现状值", "2025年目标值", "指标属性"),
    (
        ("环境质量", "1", "空气质量优良天数比例", "%", "85", "88", "约束性"),
        (UP, "2", "细颗粒物（PM2.5）浓度", "微克/立方米", "36", "32", "约束性"),
        (UP, "3", "地表水达到或优于Ⅲ类水体比例", "%", "75", "100", "约束性"),
        ("生态保护", "4", "森林覆盖率", "%", "32.5", "34", "约束性"),
        (UP, "5", "生态保护红线面积", "平方公里", "160", "不减少", "约束性"),
        ("环境风险\n防控", "6", "受污染耕地安全利用率", "%", "90", "93", "约束性"),
        (UP, "7", "农村生活污水治理率", "%", "20", "40", "预期性"),
    ),
)

WATER = Grid(
    "表5-1 水环境治理重点工程表",
    (
        "序号",
        "项目名称",
        "建设地点",
        "建设内容及规模",
        "总投资\n（万元）",
        "建设年限",
        "责任单位",
    ),
    (
        ("一、城镇污水治理", BACK, BACK, BACK, BACK, BACK, BACK),
        (
            "1",
            "望川县第二污水处理厂新建工程",
            "城关镇",
            "新建日处理10000吨污水处理厂一座，配套污水管网12.5公里，占地45亩。",
            "8600",
            "2021-2022",
            "县住房和城乡\n建设局",
        ),
        (
            "2",
            "城关镇雨污分流改造工程",
            "城关镇",
            "改造雨污分流管网8公里，管径DN400，埋深2.5米。",
            "3200",
            "2022-2023",
            "县住房和城乡\n建设局",
        ),
        ("二、农村污水治理", BACK, BACK, BACK, BACK, BACK, BACK),
        (
            "3",
            "石门镇农村生活污水治理工程",
            "石门镇",
            "上湾村、下湾村新建污水处理站2座，总规模100m³/d",
            "960",
            "2023年",
            "石门镇人民政府",
        ),
        (UP, UP, UP, "铺设管网6400米", UP, UP, UP),
        (
            "4",
            "河西镇杨家湾村污水处理站",
            "河西镇杨家湾村",
            "新建30m³/d污水处理站1座",
            "75",
            "2022",
            "河西镇人民政府",
        ),
        (
            "5",
            "柳林镇黑臭水体整治",
            "柳林镇",
            "整治黑臭水体3处，清淤1.2公里",
            "240",
            "2024年完成",
            "县水利局",
        ),
        (
            "6",
            "白水河入河排污口整治",
            "白水河沿线",
            "整治排污口18个",
            "165",
            "十四五期间",
            UP,
        ),
        ("合计", BACK, BACK, BACK, "13240", "", ""),
    ),
    again=6,
)

NATURE = Grid(
    "表5-2 生态保护修复重点工程表",
    ("编号", "工程名称", "主要建设内容", "实施单位", "估算投资（亿元）", "起止年限"),
    (
        (
            "1",
            "望水干流（城关镇至河西镇段）生态修复工程",
            "修复河道15.6公里，生态修复面积120公顷，其中湿地恢复40公顷、岸坡绿化80公顷。",
            "县水利局",
            "0.86",
            "2021—2024年",
        ),
        (
            "2",
            "松岭乡历史遗留矿山生态修复",
            "治理废弃矿山5处，修复面积675亩。",
            "县自然资源局",
            "0.32",
            "2022—2023年",
        ),
        (
            "3",
            "清溪河湿地公园建设项目",
            "规划用地面积30 hm ²，恢复湿地12 hm ²。",
            "县林业局",
            "0.54",
            "2023—2025年",
        ),
        (
            "4",
            "国土绿化工程",
            "人工造林0.6万亩，封山育林1.2万亩。",
            "县林业局",
            "0.45",
            "2021—2025年",
        ),
        (
            "5",
            "白水乡水土流失综合治理",
            "综合治理水土流失面积8.5平方公里。",
            "县水利局",
            "0.28",
            "2024—2025年",
        ),
        ("合计", "", "", "", "2.45", ""),
    ),
)

CAPACITY = Grid(
    "表5-3 环境监管能力建设工程表",
    ("序号", "责任单位", "项目", "实施年度", "投资/万元", "建设规模", "实施地点"),
    (
        (
            "1",
            "市生态环境局望川分局",
            "空气自动监测站建设",
            "2021",
            "120",
            "新建空气自动监测站2个",
            "城关镇、双溪镇",
        ),
        (
            "2",
            UP,
            "水质自动监测站建设",
            "2022",
            "150",
            "望水出境断面建设水质自动监测站1座",
            "河西镇",
        ),
        ("3", "县气象局", "生态气象监测", "2023", "70", "购置监测设备12套", "望川县"),
        (
            "4",
            "县农业农村局",
            "畜禽粪污资源化利用项目",
            "2023-2025",
            "530",
            "年处理畜禽粪污3万吨",
            "双溪镇",
        ),
    ),
    nested=(3, 5, (("设施", "数量"), ("堆肥车间", "2座"), ("沼液池", "4座"))),
)

PLAN = Plan(
    TITLE,
    (
        "望川县人民政府",
        "2021年12月",
        (1, "第一章 区域概况"),
        (
            "望川县总面积800平方公里，辖5镇2乡、120个行政村，总人口16万人。境内主要河流有望水、"
            "清溪河、白水河。各乡镇情况见表1-1。"
        ),
        TOWNSHIPS,
        (1, "第二章 生态保护现状"),
        "全县划定生态保护红线160平方公里，占全县总面积的20%。",
        "城关镇饮用水水源地划定一级保护区0.8平方公里，二级保护区5.2平方公里。",
        "松岭省级自然保护区总面积2400公顷，其中核心区900公顷、缓冲区600公顷、实验区900公顷。",
        (1, "第三章 规划目标"),
        "规划期限为2021年至2025年，基准年为2020年。规划指标见表3-1。",
        INDICATORS,
        (1, "第四章 空间管控"),
        "禁止在望水干流两岸500米范围内新建、扩建化工项目。",
        "饮用水水源一级保护区内禁止新建、改建、扩建与供水设施和保护水源无关的建设项目。",
        "禁止在25度以上陡坡地开垦种植农作物。",
        "严格限制在松岭省级自然保护区外围1公里范围内新建采石场。",
        "白水河两岸应当设置宽度不少于30米的植被缓冲带。",
        (1, "第五章 重点工程"),
        (
            "规划期内实施3类15项重点工程，总投资3.861亿元。其中水环境治理工程6项，投资1.324亿元；"
            "生态保护修复工程5项，投资2.45亿元；环境监管能力建设工程4项，投资870万元。"
        ),
        (2, "第一节 水环境治理工程"),
        WATER,
        (2, "第二节 生态保护修复工程"),
        NATURE,
        (2, "第三节 环境监管能力建设工程"),
        CAPACITY,
        (1, "第六章 保障措施"),
        "加强组织领导，落实资金保障，强化监督考核。",
    ),
)

_COLUMNS = (
    "table", "group", "seq", "name", "location", "townships", "villages", "rivers",
    "investment_yi", "start_year", "end_year", "owner", "restoration_ha", "areas", "lengths_km",
    "capacities",
)  # fmt: skip
_HOUSING, _BRANCH = "县住房和城乡建设局", "市生态环境局望川分局"
PROJECTS: tuple[dict[str, str | None], ...] = tuple(
    dict(zip(_COLUMNS, row, strict=True))
    for row in (
        ("5-1", "一、城镇污水治理", "1", "望川县第二污水处理厂新建工程", "城关镇", "城关镇", None,
         None, "0.86", "2021", "2022", _HOUSING, None, "45 亩=3:占地", "12.5:配套污水管网",
         "10000 吨/日:污水处理"),
        ("5-1", "一、城镇污水治理", "2", "城关镇雨污分流改造工程", "城关镇", "城关镇", None,
         None, "0.32", "2022", "2023", _HOUSING, None, None, "8:雨污分流管网", None),
        ("5-1", "二、农村污水治理", "3", "石门镇农村生活污水治理工程", "石门镇", "石门镇",
         "上湾村;下湾村", None, "0.096", "2023", "2023", "石门镇人民政府", None, None,
         "6.4:管网", "2 座:污水处理站;100 m³/d:污水处理站"),
        ("5-1", "二、农村污水治理", "4", "河西镇杨家湾村污水处理站", "河西镇杨家湾村", "河西镇",
         "杨家湾村", None, "0.0075", "2022", "2022", "河西镇人民政府", None, None, None,
         "30 m³/d:污水处理站;1 座:污水处理站"),
        ("5-1", "二、农村污水治理", "5", "柳林镇黑臭水体整治", "柳林镇", "柳林镇", None, None,
         "0.024", None, "2024", "县水利局", None, None, "1.2:清淤", "3 处:黑臭水体"),
        ("5-1", "二、农村污水治理", "6", "白水河入河排污口整治", "白水河沿线", None, None,
         "白水河", "0.0165", "2021", "2025", "县水利局", None, None, None, "18 个:排污口"),
        ("5-2", None, "1", "望水干流（城关镇至河西镇段）生态修复工程", None, "城关镇;河西镇", None,
         "望水", "0.86", "2021", "2024", "县水利局", "120",
         ("120 公顷=120:生态修复:restoration;40 公顷=40:湿地恢复:restoration:part_of;"
          "80 公顷=80:岸坡绿化:restoration:part_of"), "15.6:修复河道", None),
        ("5-2", None, "2", "松岭乡历史遗留矿山生态修复", None, "松岭乡", None, None, "0.32",
         "2022", "2023", "县自然资源局", "45", "675 亩=45:修复面积:restoration", None,
         "5 处:废弃矿山"),
        ("5-2", None, "3", "清溪河湿地公园建设项目", None, None, None, "清溪河", "0.54", "2023",
         "2025", "县林业局", "12", "30 hm²=30:规划用地;12 hm²=12:恢复湿地:restoration", None, None),
        ("5-2", None, "4", "国土绿化工程", None, None, None, None, "0.45", "2021", "2025",
         "县林业局", "1200", ("0.6 万亩=400:人工造林:restoration;"
         "1.2 万亩=800:封山育林:restoration"), None, None),
        ("5-2", None, "5", "白水乡水土流失综合治理", None, "白水乡", None, None, "0.28", "2024",
         "2025", "县水利局", "850", "8.5 平方公里=850:水土流失综合治理:restoration", None, None),
        ("5-3", None, "1", "空气自动监测站建设", "城关镇、双溪镇", "城关镇;双溪镇", None, None,
         "0.012", "2021", "2021", _BRANCH, None, None, None, "2 个:空气自动监测站"),
        ("5-3", None, "2", "水质自动监测站建设", "河西镇", "河西镇", None, "望水", "0.015", "2022",
         "2022", _BRANCH, None, None, None, "1 座:水质自动监测站"),
        ("5-3", None, "3", "生态气象监测", "望川县", None, None, None, "0.007", "2023", "2023",
         "县气象局", None, None, None, "12 套:监测设备"),
        ("5-3", None, "4", "畜禽粪污资源化利用项目", "双溪镇", "双溪镇", None, None, "0.053",
         "2023", "2025", "县农业农村局", None, None, None, "30000 t/a:畜禽粪污"),
    )
)  # fmt: skip
"""The answers. The wording after the colons (what a figure measures) is one choice of several:
tests that are not about it compare what stands before. A single year is start and end; 年完成 is
an end only. The document's own 万吨/年 may be written as it stands."""

RULES = (
    ("prohibit", "望水干流", 500, None, "新建、扩建化工项目"),
    ("prohibit", "饮用水水源一级保护区", None, None, "新建、改建、扩建与供水设施无关的项目"),
    ("prohibit", "陡坡地", None, 25, "开垦种植农作物"),
    ("restrict", "松岭省级自然保护区", 1000, None, "新建采石场"),
    ("require", "白水河", 30, None, "设置植被缓冲带"),
)
"""Effect, place, distance in metres, slope in degrees, activity: in the document's order."""

_RENAMED = {
    "序号": "No.", "编号": "项目编号", "项目名称": "建设项目", "工程名称": "项目（工程）名称",
    "项目": "工程项目名称", "建设地点": "项目所在地", "实施地点": "涉及区域",
    "建设内容及规模": "主要建设内容", "主要建设内容": "项目概况", "建设规模": "建设规模与内容",
    "总投资\n（万元）": "投资估算(万元)", "估算投资（亿元）": "匡算总投资 (亿元)",
    "投资/万元": "概算（万元）", "建设年限": "建设起止时间", "起止年限": "计划实施时间",
    "实施年度": "建设年度", "责任单位": "建设单位", "实施单位": "牵头部门",
}  # fmt: skip


def reshaped(plan: Plan = PLAN) -> Plan:
    """The same projects under other column names, the columns after the first in reverse."""

    def other(grid: Grid) -> Grid:
        def turned(row: tuple[str, ...]) -> tuple[str, ...]:
            if row.count(BACK) == len(row) - 1:
                return row  # a group heading runs over all columns either way
            return row[0], *("" if text == BACK else text for text in reversed(row[1:]))

        header = turned(tuple(_RENAMED.get(text, text) for text in grid.header))
        nested = grid.nested
        if nested:
            nested = (nested[0], len(grid.header) - nested[1], nested[2])
        return replace(grid, header=header, rows=tuple(map(turned, grid.rows)), nested=nested)

    projects = {WATER.caption, NATURE.caption, CAPACITY.caption}
    return replace(
        plan,
        blocks=tuple(
            other(block) if isinstance(block, Grid) and block.caption in projects else block
            for block in plan.blocks
        ),
    )


def replaced(plan: Plan, old: str, new: str) -> Plan:
    """The plan with a text in it changed everywhere; a text that does not occur is a mistake."""
    assert old in as_text(plan)

    def changed(text: str) -> str:
        return text.replace(old, new)

    blocks = []
    for block in plan.blocks:
        if isinstance(block, str):
            blocks.append(changed(block))
        elif isinstance(block, Grid):
            rows = tuple(tuple(map(changed, row)) for row in block.rows)
            header = tuple(map(changed, block.header))
            blocks.append(replace(block, caption=changed(block.caption), header=header, rows=rows))
        else:
            blocks.append((block[0], changed(block[1])))
    return Plan(changed(plan.title), tuple(blocks))


def as_text(plan: Plan = PLAN) -> str:
    """The plan as a text dump: cells parted by tabs, merged cells empty, blank lines between."""
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    yield from (plan.title, "", "目 录", "")
    for page, (_, text) in enumerate(
        (block for block in plan.blocks if isinstance(block, tuple)), start=1
    ):
        yield f"{text}\t{page}"
    yield ""
    for block in plan.blocks:
        if isinstance(block, Grid):
            yield from (block.caption, "")
            yield _tabbed(block.header)
            for number, row in enumerate(block.rows):
                if number == block.again:
                    yield from ("", _tabbed(block.header))
                yield _tabbed(row)
        else:
            yield block if isinstance(block, str) else block[1]
        yield ""


def _tabbed(row: tuple[str, ...]) -> str:
    return "\t".join("" if text in {UP, BACK} else text.replace("\n", " ") for text in row)


def line_with(fragment: str, plan: Plan = PLAN) -> int:
    """The line of the text dump (from 1) that holds a fragment; the only one, else a mistake."""
    found = [
        number for number, line in enumerate(as_text(plan).split("\n"), start=1) if fragment in line
    ]
    assert len(found) == 1, (fragment, found)
    return found[0]


def write_text(
    path: Path, plan: Plan = PLAN, *, encoding: str = "utf-8", newline: str = "\n"
) -> Path:
    """Write the text dump: ``utf-8``, ``utf-8-sig``, ``gb18030`` or ``utf-16``."""
    path.write_bytes(as_text(plan).replace("\n", newline).encode(encoding))
    return path


def write_docx(path: Path, plan: Plan = PLAN) -> Path:
    """Write it for Word: heading styles, cells truly merged, the nested table in its cell."""
    document = docx.Document()
    document.add_paragraph(plan.title, style="Title")
    for block in plan.blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
        elif isinstance(block, Grid):
            document.add_paragraph(block.caption)
            _word_table(document, block)
        else:
            document.add_heading(block[1], level=block[0])
    document.save(path)
    return path


def _word_table(document, grid: Grid) -> None:
    rows = (grid.header, *grid.rows)
    table = document.add_table(len(rows), len(grid.header), style="Table Grid")
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            if text not in {UP, BACK}:
                table.cell(number, column).text = text
    for top, left, bottom, right in _merged(rows):
        table.cell(top, left).merge(table.cell(bottom, right))
    if grid.nested:
        number, column, inner = grid.nested
        cell = table.cell(number + 1, column)
        nested = cell.add_table(len(inner), len(inner[0]))
        for place, texts in zip(nested.rows, inner, strict=True):
            for slot, text in zip(place.cells, texts, strict=True):
                slot.text = text


def _merged(rows: tuple[tuple[str, ...], ...]) -> Iterator[tuple[int, int, int, int]]:
    """Top, left, bottom, right of every merged block."""
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            if text in {UP, BACK}:
                continue
            right, bottom = column, number
            while right + 1 < len(row) and row[right + 1] == BACK:
                right += 1
            while bottom + 1 < len(rows) and rows[bottom + 1][column] == UP:
                bottom += 1
            if (bottom, right) != (number, column):
                yield number, column, bottom, right


def write_pdf(
    path: Path, plan: Plan = PLAN, *, height_mm: float = 150, password: str | None = None
) -> Path:
    """Write it as PDF on low landscape pages: the longer tables run over two, headers repeated.

    Every page has the title above and its number below.
    """
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    width = 297 * mm

    def style(size: int) -> ParagraphStyle:
        return ParagraphStyle(
            str(size), fontName="STSong-Light", fontSize=size, leading=size * 1.5, wordWrap="CJK"
        )

    def furniture(canvas, template) -> None:
        canvas.setFont("STSong-Light", 9)
        canvas.drawCentredString(width / 2, height_mm * mm - 12 * mm, plan.title)
        canvas.drawCentredString(width / 2, 9 * mm, f"— {template.page} —")

    story = [Paragraph(plan.title, style(18)), Spacer(1, 12)]
    for block in plan.blocks:
        if isinstance(block, Grid):
            rows = [block.header, *block.rows]
            cells = [
                ["" if text in {UP, BACK} else Paragraph(_marked(text), style(9)) for text in row]
                for row in rows
            ]
            spans = [
                ("SPAN", (left, top), (right, bottom))
                for top, left, bottom, right in _merged(tuple(rows))
            ]
            lines = ("GRID", (0, 0), (-1, -1), 0.5, "black")
            middle = ("VALIGN", (0, 0), (-1, -1), "MIDDLE")
            story.append(Paragraph(block.caption, style(11)))
            story.append(
                Table(
                    cells,
                    colWidths=_widths(block, width - 40 * mm),
                    repeatRows=1,
                    style=TableStyle([lines, middle, *spans]),
                )
            )
        else:
            size, text = (11, block) if isinstance(block, str) else (17 - 2 * block[0], block[1])
            story.append(Paragraph(text, style(size)))
        story.append(Spacer(1, 6))
    SimpleDocTemplate(
        str(path),
        pagesize=(width, height_mm * mm),
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        topMargin=20 * mm,
        bottomMargin=18 * mm,
        invariant=1,
        encrypt=StandardEncryption(password) if password else None,
    ).build(story, onFirstPage=furniture, onLaterPages=furniture)
    return path


def _marked(text: str) -> str:
    """The text as reportlab takes it; the font has no raised digits, so they are set raised."""
    for raised, digit in (("²", "2"), ("³", "3")):
        text = text.replace(raised, f"<super>{digit}</super>")
    return text.replace("\n", "<br/>")


def _widths(grid: Grid, whole: float) -> list[float]:
    """Column widths by the longest text, within bounds, to fill the page."""
    longest = [
        min(max(len(row[column]) for row in (grid.header, *grid.rows) if BACK not in row), 24)
        for column in range(len(grid.header))
    ]
    shares = [max(length, 5) for length in longest]
    return [whole * share / sum(shares) for share in shares]
