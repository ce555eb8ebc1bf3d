"""Readers of plan documents: the made plan in each form, what each form hides, and bad input."""

import io
import logging
import os
import zipfile
import zlib

import docx
import pdfplumber
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pdfminer import pdftypes
from PIL import Image
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph as Printed
from reportlab.platypus import SimpleDocTemplate
from reportlab.platypus import Table as PrintedTable

from layers.errors import PlanError
from layers.plans import docx_package, opening, pdf, pdf_limits, pdf_tables
from layers.plans.document import ABOVE, LEFT, Cell, Table
from layers.plans.docx_numbering import UnknownFormatError, formatted
from layers.plans.opening import open_document
from layers.plans.pdf_lines import characters
from tests import plan_documents as made

pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
FONT = "STSong-Light"


def texts(document):
    """The paragraphs."""
    return [block.text for block in document.paragraphs()]


def shown(document):
    """The cells of the tables, row by row; arrows for merged ones."""
    arrows = {ABOVE: made.UP, LEFT: made.BACK}
    return [
        [[arrows.get(cell.merged, cell.text) for cell in row.cells] for row in table.rows]
        for table in document.tables()
    ]


def grids(plan):
    return [block for block in plan.blocks if isinstance(block, made.Grid)]


def refused(path, *words):
    """The message of the refusal: it names the file, what was found and a next step."""
    with pytest.raises(PlanError) as caught:
        open_document(path)
    message = str(caught.value)
    for word in (path.name, "请", *words):
        assert word in message
    return message


# ---- text ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", ""), ("utf-8-sig", ""), ("gb18030", "GB18030"), ("utf-16", "UTF-16")],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_text_is_the_same_in_every_encoding_and_with_every_line_end(
    tmp_path, encoding, named, newline
):
    path = made.write_text(tmp_path / "望川.txt", encoding=encoding, newline=newline)
    document = open_document(path)
    assert document.blocks == open_document(made.write_text(tmp_path / "plain.txt")).blocks
    assert (document.name, document.file, document.form) == ("望川", "望川.txt", "text")
    assert [named in note for note in document.notes] == ([True] if named else [])


def test_lines_are_those_of_an_editor_and_rows_keep_their_cells(tmp_path):
    document = open_document(made.write_text(tmp_path / "made.txt"))
    lines = made.as_text().split("\n")
    for paragraph in document.paragraphs():
        assert paragraph.text == lines[paragraph.line - 1]
    for table in document.tables():
        for row in table.rows:
            assert list(row.texts) == lines[row.line - 1].split("\t")
            assert all(cell == Cell(cell.text) for cell in row.cells)
    rows = sum(len(grid.rows) + 1 + (grid.again is not None) for grid in grids(made.PLAN))
    contents = sum(isinstance(block, tuple) for block in made.PLAN.blocks)
    assert sum(len(table.rows) for table in document.tables()) == rows + contents


@given(st.lists(st.text("甲1\t\f \u2028\x85", max_size=6), max_size=12), st.sampled_from("\n\r"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_line_is_lost_moved_or_read_twice(tmp_path, lines, newline):
    (tmp_path / "any.txt").write_bytes(newline.join(["首", *lines]).encode())
    found = {}
    for block in open_document(tmp_path / "any.txt").blocks:
        for row in block.rows if isinstance(block, Table) else [block]:
            assert row.line not in found
            text = "\t".join(row.texts) if isinstance(block, Table) else row.text
            found[row.line] = text.replace("\f", "")
    filled = {
        number: line.replace("\f", "")
        for number, line in enumerate(["首", *lines], start=1)
        if line.strip()
    }
    assert {line: text for line, text in found.items() if text.strip()} == filled


def test_a_form_feed_parts_tables_and_an_indent_makes_none(tmp_path):
    path = tmp_path / "pages.txt"
    path.write_text("1\t甲\n2\t乙\n\f3\t丙\n\n\t缩进的一段。\n\f下一页\n", encoding="utf-8")
    document = open_document(path)
    assert shown(document) == [[["1", "甲"], ["2", "乙"]], [["3", "丙"]]]
    assert [(p.text, p.line) for p in document.paragraphs()] == [
        ("\t缩进的一段。", 5),
        ("下一页", 6),
    ]


def test_a_damaged_text_is_not_taken_for_another_encoding(tmp_path):
    raw = bytearray(("好" * 200 + "\n").encode() * 3)
    raw[700] = 0xFF
    path = tmp_path / "damaged.txt"
    path.write_bytes(raw)
    refused(path, "第 2 行", "处字节坏了")
    path.write_bytes("规划\n文本\xff\n".encode("gb18030", "replace") + b"\x81\xff\xff")
    refused(path, "第 3 行", "GB18030")
    path.write_bytes("规划\n".encode("utf-16-le"))
    refused(path, "NUL")
    path.write_text("规划\ufffd文本", encoding="utf-8")
    assert "�" in open_document(path).notes[0]


# ---- Word ------------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", [made.PLAN, made.reshaped()], ids=["plain", "reshaped"])
def test_word_gives_the_plan_with_what_is_merged_and_nested(tmp_path, plan):
    document = open_document(made.write_docx(tmp_path / "made.docx", plan))
    outer = [table for table in document.tables() if table.within is None]
    expected = [[list(grid.header), *map(list, grid.rows)] for grid in grids(plan)]
    assert shown(document)[: len(expected) - 1] == expected[:-1]
    assert [list(row.texts) for row in outer[-1].rows] == [
        ["" if text in {made.UP, made.BACK} else text for text in row] for row in expected[-1]
    ]
    number, _, inner = made.CAPACITY.nested
    (nested,) = [table for table in document.tables() if table.within is not None]
    assert [row.texts for row in nested.rows] == list(inner)
    assert nested.within == outer[-1].rows[number + 1].line
    headings = [(block.heading, block.text) for block in document.paragraphs() if block.heading]
    assert headings == [block for block in plan.blocks if isinstance(block, tuple)]


def test_word_counts_paragraphs_and_rows_in_reading_order(tmp_path):
    document = open_document(made.write_docx(tmp_path / "made.docx"))
    lines = [
        line
        for block in document.blocks
        for line in ([row.line for row in block.rows] if isinstance(block, Table) else [block.line])
    ]
    assert lines == list(range(1, len(lines) + 1))
    assert document.notes == ()


NAMES = (
    nsdecls("w", "m", "r", "wp", "a", "pic")
    + ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    + ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:wps="urn:wps"'
)


def word(path, *elements):
    """A Word file whose body is the given XML."""
    document = docx.Document()
    for element in elements:
        wrapped = parse_xml(f"<w:body {NAMES}>{element}</w:body>")
        document.element.body.extend(list(wrapped))
    document.save(path)
    return path


def run(text, properties=""):
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


def para(*content, properties=""):
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(content)}</w:p>"


def cell(content, properties=""):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def table(*rows, grid=()):
    """A table of rows of cells: texts, or what ``cell`` gives."""
    columns = "".join(f"<w:gridCol w:w='{width}'/>" for width in grid)
    body = ""
    for row in rows:
        cells = (one if one.startswith("<") else cell(para(run(one))) for one in row)
        body += f"<w:tr>{''.join(cells)}</w:tr>"
    return f"<w:tbl><w:tblGrid>{columns}</w:tblGrid>{body}</w:tbl>"


def changed(path, changes):
    """Change or add members of a zip: new content, or a function of the old one."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, content in changes.items():
        members[name] = content(members[name]) if callable(content) else content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_tracked_changes_are_read_as_accepted(tmp_path):
    path = word(
        tmp_path / "t.docx",
        para(
            "<w:del><w:r><w:delText>旧</w:delText></w:r></w:del>",
            f"<w:moveFrom>{run('走')}</w:moveFrom>",
            f"<w:ins>{run('新')}</w:ins>",
            run("文"),
        ),
        table(["1", "删"], ["2", "留"]).replace("<w:tr>", "<w:tr><w:trPr><w:del/></w:trPr>", 1),
    )
    document = open_document(path)
    assert texts(document) == ["新文"]
    assert shown(document) == [[["2", "留"]]]
    assert "4 处修订" in document.notes[0]


def test_raised_digits_formulas_links_fields_and_controls_are_text(tmp_path):
    raised, lowered = (f"<w:vertAlign w:val='{kind}script'/>" for kind in ("super", "sub"))
    power = (
        "<m:oMath><m:sSup><m:e><m:r><m:t>hm</m:t></m:r></m:e>"
        "<m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>"
    )
    field = (
        "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='separate'/></w:r>"
    )
    document = open_document(
        word(
            tmp_path / "t.docx",
            para(run("2×10"), run("4", raised), run("m"), run("3", raised), run("，5"), power),
            para(run("CO"), run("2", lowered), run("藏", "<w:vanish/>")),
            para(run("显", "<w:vanish w:val='0'/>")),
            para(f"<w:hyperlink r:id='rId99'>{run('网')}</w:hyperlink>", field, run("7")),
            f"<w:sdt><w:sdtPr/><w:sdtContent>{para(run('控件'))}</w:sdtContent></w:sdt>",
            para("<w:r><w:t>上</w:t><w:br/><w:t>下</w:t><w:tab/><w:t>右</w:t>"
                 "<w:sym w:font='Wingdings' w:char='F0FC'/><w:sym w:char='25A1'/></w:r>"),
            para(f"<w:r><w:ruby><w:rt>{run('xian')}</w:rt><w:rubyBase>{run('县')}</w:rubyBase>"
                 "</w:ruby></w:r>"),
            para(run("  ")),
        )
    )  # fmt: skip
    assert texts(document) == ["2×10⁴m³，5hm²", "CO2", "显", "网7", "控件", "上", "下\t右□", "县"]
    assert "1 处隐藏" in document.notes[0]


def test_a_text_box_is_read_once_and_a_footnote_after_its_paragraph(tmp_path):
    box = f"<w:txbxContent>{para(run('框里'))}</w:txbxContent>"
    drawn = (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:inline>"
        f"<wps:txbx>{box}</wps:txbx></wp:inline></w:drawing></mc:Choice><mc:Fallback><w:pict>"
        f"<v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    reference = "<w:r><w:footnoteReference w:id='5'/></w:r>"
    path = word(
        tmp_path / "t.docx",
        para(run("有框"), drawn),
        para(run("有注"), reference),
        table(["1", cell(para(run("格里"), drawn, reference))]),
        para(run("末")),
    )
    relation = (
        '<Relationship Id="rId77" Target="footnotes.xml" Type="http://schemas.openxmlformats.org/'
        'officeDocument/2006/relationships/footnotes"/></Relationships>'
    )
    changed(
        path,
        {
            "word/_rels/document.xml.rels": lambda old: old.replace(
                b"</Relationships>", relation.encode()
            ),
            "word/footnotes.xml": (
                f"<w:footnotes {NAMES}><w:footnote w:type='separator' w:id='0'>{para(run('线'))}"
                f"</w:footnote><w:footnote w:id='5'>{para(run('注文', ''), reference)}</w:footnote>"
                "</w:footnotes>"
            ),
        },
    )
    document = open_document(path)
    assert texts(document) == ["有框", "框里", "有注", "注文", "末"]
    assert shown(document) == [[["1", "格里\n框里"]]]


def test_a_frame_of_one_column_is_text_and_so_is_one_in_a_cell(tmp_path):
    frame = table([cell(para(run("专栏1")) + table(["内", "表"]))], ["工程一"])
    path = word(tmp_path / "t.docx", frame, table(["1", cell(table(["框中"]) + para(run("后")))]))
    document = open_document(path)
    assert texts(document) == ["专栏1", "工程一"]
    assert shown(document) == [[["内", "表"]], [["1", "框中\n后"]]]
    assert all(one.within is None for one in document.tables())


def test_merged_cells_of_every_kind_and_borders_dragged_apart(tmp_path):
    span, start, go_on = "<w:gridSpan w:val='2'/>", "<w:vMerge w:val='restart'/>", "<w:vMerge/>"
    merged = table(
        [cell(para(run("甲")), span + start), "乙"],
        [cell(para(), span + go_on), cell(para(run("丙")), "<w:vMerge w:val='continue'/>")],
        ["丁", "戊", "己"],
    )
    dragged = table(
        ["一", cell(para(run("二")), span)],
        [cell(para(run("三")), span), "四"],
        grid=(1000, 60, 2000),
    )
    apart = dragged.replace("'60'", "'600'")
    across = "<w:hMerge w:val='restart'/>"
    legacy = table([cell(para(run("横")), across), cell(para(), "<w:hMerge/>"), "竖"])
    before = table(["一", "二"], ["三"])
    before = "<w:tr><w:trPr><w:gridBefore w:val='1'/></w:trPr>".join(before.rsplit("<w:tr>", 1))
    path = word(tmp_path / "t.docx", merged, dragged, apart, legacy, before)
    document = open_document(path)
    assert shown(document) == [
        [["甲", "←", "乙"], ["↑", "←", "丙"], ["丁", "戊", "己"]],
        [["一", "二"], ["三", "四"]],
        [["一", "二", "←"], ["三", "←", "四"]],
        [["横", "←", "竖"]],
        [["一", "二"], ["", "三"]],
    ]


def test_a_cell_merged_with_nothing_above_keeps_its_text(tmp_path):
    path = word(tmp_path / "t.docx", table([cell(para(run("甲")), "<w:vMerge/>"), "乙"]))
    assert shown(open_document(path)) == [[["甲", "乙"]]]


def level(depth, kind, text, start=1, more=""):
    return (
        f"<w:lvl w:ilvl='{depth}'><w:start w:val='{start}'/><w:numFmt w:val='{kind}'/>{more}"
        f"<w:lvlText w:val='{text}'/></w:lvl>"
    )


NUMBERING = (
    "<w:abstractNum w:abstractNumId='1'>"
    + level(0, "chineseCounting", "第%1章")
    + level(1, "decimal", "%1.%2", more="<w:isLgl/>")
    + level(2, "chineseCounting", "（%3）", 9, "<w:suff w:val='nothing'/>")
    + level(3, "bullet", "●")
    + level(4, "hebrew1", "%5")
    + "</w:abstractNum><w:abstractNum w:abstractNumId='2'>"
    + level(0, "decimal", "%1")
    + "</w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='1'/></w:num>"
    "<w:num w:numId='2'><w:abstractNumId w:val='2'/></w:num>"
    "<w:num w:numId='3'><w:abstractNumId w:val='2'/><w:lvlOverride w:ilvl='0'>"
    "<w:startOverride w:val='5'/></w:lvlOverride></w:num>"
)


def listed(text, depth=0, number=1):
    numbered = f"<w:numPr><w:ilvl w:val='{depth}'/><w:numId w:val='{number}'/></w:numPr>"
    return para(run(text), properties=numbered)


def test_numbers_that_word_writes_by_itself_are_read(tmp_path):
    path = word(
        tmp_path / "t.docx",
        listed("总则"),
        listed("背景", 1),
        listed("目标", 1),
        listed("水", 2),
        listed("气", 2),
        listed("点", 3),
        listed("希伯来", 4),
        listed("工程"),
        listed("项目", 1),
        listed("无号", 0, 0),
        table([cell(listed("", 0, 2)), "甲"], [cell(listed("", 0, 2)), "乙"]),
        table([cell(listed("", 0, 3)), "丙"]),
    )
    changed(path, {"word/numbering.xml": f"<w:numbering {NAMES}>{NUMBERING}</w:numbering>"})
    document = open_document(path)
    assert texts(document) == [
        "第一章 总则", "1.1 背景", "1.2 目标", "（九）水", "（十）气", "点", "希伯来",
        "第二章 工程", "2.1 项目", "无号",
    ]  # fmt: skip
    assert shown(document) == [[["1", "甲"], ["2", "乙"]], [["5", "丙"]]]
    assert "1 处自动编号" in document.notes[-1]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (10, "chineseCounting", "十"),
        (110, "chineseCountingThousand", "一百一十"),
        (1005, "japaneseCounting", "一千零五"),
        (1999, "upperRoman", "MCMXCIX"),
        (27, "lowerLetter", "aa"),
        (3, "decimalEnclosedCircle", "③"),
        (7, "decimalZero", "07"),
        (12, "decimalFullWidth", "１２"),
    ],
)
def test_numbers_in_words_formats(value, kind, text):
    assert formatted(value, kind) == text


@pytest.mark.parametrize(("value", "kind"), [(21, "decimalEnclosedCircle"), (1, "hebrew1")])
def test_a_number_that_cannot_be_written_is_not_invented(value, kind):
    with pytest.raises(UnknownFormatError):
        formatted(value, kind)


def test_headings_are_told_by_outline_level_of_paragraph_or_style(tmp_path):
    level = "<w:outlineLvl w:val='{}'/>".format
    path = word(
        tmp_path / "t.docx",
        para(run("三级"), properties=level(2)),
        para(run("正文"), properties=f"<w:pStyle w:val='Heading1'/>{level(9)}"),
        para(run("二级"), properties="<w:pStyle w:val='Heading2'/>"),
        para(run("无")),
    )
    assert [block.heading for block in open_document(path).paragraphs()] == [3, 0, 2, 0]


def test_macros_and_links_are_left_alone_and_noted(tmp_path):
    path = made.write_docx(tmp_path / "made.docx")
    link = (
        '<Relationship Id="rId{}" TargetMode="External" Target="http://127.0.0.1:9/{}" Type="http:'
        '//schemas.openxmlformats.org/officeDocument/2006/relationships/{}"/>'
    )
    added = link.format(98, "a.dotm", "attachedTemplate") + link.format(99, "", "hyperlink")
    missing = link.replace('TargetMode="External" ', "").format(97, "NULL", "image")
    changed(
        path,
        {
            "word/vbaProject.bin": b"macro",
            "[Content_Types].xml": lambda old: old.replace(
                b"wordprocessingml.document.main", b"ms-word.document.macroEnabled.main"
            ),
            "word/_rels/document.xml.rels": lambda old: old.replace(
                b"</Relationships>", f"{added}{missing}</Relationships>".encode()
            ),
        },
    )
    document = open_document(path.rename(tmp_path / "made.docm"))
    macros, linked = document.notes
    assert "宏" in macros
    assert "1 处外部链接" in linked
    assert document.blocks == open_document(made.write_docx(tmp_path / "plain.docx")).blocks


def test_pictures_and_embedded_files_are_noted_and_alone_refused(tmp_path):
    picture = "<w:r><w:drawing><a:graphic><pic:pic/></a:graphic></w:drawing></w:r>"
    embedded = "<w:r><w:object/></w:r>"
    path = word(tmp_path / "t.docx", para(run("文"), picture, picture, embedded), "<w:altChunk/>")
    pictures, objects, chunks = open_document(path).notes
    assert "2 张图片" in pictures
    assert "1 个嵌入" in objects
    assert "1 个别的" in chunks
    refused(word(tmp_path / "scan.docx", para(picture)), "图片", "OCR")


def test_the_iso_standards_names_are_read_too(tmp_path):
    path = made.write_docx(tmp_path / "made.docx")
    usual = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    strict = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
    plain = open_document(path).blocks
    for member in ("word/document.xml", "word/styles.xml"):
        changed(path, {member: lambda old: old.replace(usual, strict)})
    assert open_document(path).blocks == plain


ENTITIES = (
    '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY f SYSTEM "file:///etc/hostname">]>'
)


@pytest.mark.parametrize("member", ["word/document.xml", "word/styles.xml", "_rels/.rels"])
def test_xml_entities_are_refused(tmp_path, member):
    path = made.write_docx(tmp_path / "made.docx")
    changed(path, {member: lambda old: old.replace(b"?>", b"?>" + ENTITIES.encode(), 1)})
    refused(path, member, "DOCTYPE")


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    path = made.write_docx(tmp_path / "made.docx")
    bomb = b"<?xml version='1.0'?><w>" + b" " * docx_package.MAX_PART + b"</w>"
    changed(path, {"word/document.xml": bomb})
    assert path.stat().st_size < 1 << 20
    refused(path, "word/document.xml", "64 MB")


@pytest.mark.parametrize("cells", ["<w:tc/>", ""], ids=["tables", "frames"])
def test_tables_in_tables_end_somewhere(tmp_path, cells):
    path = made.write_docx(tmp_path / "made.docx")

    def nested(depth):
        inside = para(run("底"))
        for _ in range(depth):
            inside = f"<w:tbl><w:tr><w:tc>{inside}</w:tc>{cells}</w:tr></w:tbl>"
        body = f"<w:document {NAMES}><w:body>{inside}</w:body></w:document>"
        return changed(path, {"word/document.xml": body})

    assert "底" in str(open_document(nested(20)).blocks)
    refused(nested(200))
    try:
        assert "底" in str(open_document(nested(80)).blocks)
    except PlanError as error:
        assert "嵌套" in str(error)  # noqa: PT017 - how deep depends on who calls


def test_a_word_file_without_its_text_is_refused(tmp_path):
    path = made.write_docx(tmp_path / "made.docx")
    refused(changed(path, {"word/document.xml": "<a/>"}), "正文")
    refused(changed(path, {"_rels/.rels": "<a/>"}), "正文")
    refused(word(tmp_path / "empty.docx"), "空")


# ---- PDF -------------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", [made.PLAN, made.reshaped()], ids=["plain", "reshaped"])
def test_pdf_gives_the_plan_with_tables_in_their_places(tmp_path, plan):
    document = open_document(made.write_pdf(tmp_path / "made.pdf", plan))
    rows = [[[text.replace("\n", "") for text in row] for row in one] for one in shown(document)]
    joined = []
    for one in rows:
        if joined and joined[-1][0] == one[0]:
            joined[-1] += one[1:]
        else:
            joined.append(one)
    assert len(rows) > len(joined), "no table runs over two pages"
    expected = [[list(grid.header), *map(list, grid.rows)] for grid in grids(plan)]
    assert joined == [[[text.replace("\n", "") for text in row] for row in one] for one in expected]
    assert [table.rows[0].page for table in document.tables()] == sorted(
        table.rows[0].page for table in document.tables()
    )


def test_pdf_lines_are_those_of_the_text_without_heads_and_page_numbers(tmp_path):
    document = open_document(made.write_pdf(tmp_path / "made.pdf"))
    printed = [
        text
        for block in made.PLAN.blocks
        for text in [
            block if isinstance(block, str)
            else block.caption if isinstance(block, made.Grid) else block[1]
        ]
    ]  # fmt: skip
    assert "".join(texts(document)) == "".join([made.TITLE, *printed])
    assert made.TITLE in document.notes[0]
    assert {block.page for block in document.paragraphs()} == set(range(1, 7))


def printed(path, *pages, size=(595, 842)):
    """A PDF; each page is a function that draws on a canvas."""
    canvas = Canvas(str(path), pagesize=size, invariant=1)
    for draw in pages:
        canvas.setFont(FONT, 10)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return path


def text_at(*lines, x=72, y=700):
    """Draw lines of text one under the other."""

    def draw(canvas):
        for at, line in enumerate(lines):
            canvas.drawString(x, y - 16 * at, line)

    return draw


def picture(canvas):
    image = Image.new("L", (60, 80), 200)
    canvas.drawImage(ImageReader(image), 0, 0, 595, 842)


BODY = ["望川县生态环境保护规划文本，这一页有足够多的字。", "第二行。"]


def test_a_scan_is_refused_and_some_scanned_pages_are_noted(tmp_path):
    numbered = [lambda canvas: (picture(canvas), text_at("— 1 —", y=30)(canvas))] * 5
    refused(printed(tmp_path / "scan.pdf", *numbered), "5 页", "OCR")
    refused(printed(tmp_path / "cover.pdf", text_at(*BODY), *numbered), "5 页", "OCR")
    some = printed(tmp_path / "some.pdf", text_at(*BODY), picture, picture, text_at(*BODY), picture)
    document = open_document(some)
    assert "第 2-3、5 页是扫描图" in document.notes[-1]
    assert texts(document) == BODY * 2
    backed = printed(tmp_path / "b.pdf", lambda canvas: (picture(canvas), text_at(*BODY)(canvas)))
    assert open_document(backed).notes == ()


def test_a_locked_pdf_is_refused(tmp_path):
    refused(made.write_pdf(tmp_path / "locked.pdf", password="1234"), "密码")  # noqa: S106


def test_a_short_or_empty_pdf(tmp_path):
    refused(printed(tmp_path / "blank.pdf", lambda canvas: canvas.line(0, 0, 1, 1)), "空")

    def draw(canvas):
        text_at("短")(canvas)
        text_at("— 1 —", y=30)(canvas)

    assert texts(open_document(printed(tmp_path / "short.pdf", draw))) == ["短"]


def test_page_numbers_and_running_heads_go_but_captions_of_continued_tables_stay(tmp_path):
    pages = [
        lambda canvas, at=at: (
            text_at("某县规划", y=810)(canvas),
            text_at("续表 5-1", y=795)(canvas),
            text_at(f"第{at}段。", f"{at}")(canvas),
            text_at(f"第 {at} 页 共 4 页", y=30)(canvas),
        )
        for at in range(1, 5)
    ]
    document = open_document(printed(tmp_path / "t.pdf", *pages))
    assert texts(document) == [
        t for at in range(1, 5) for t in ("续表 5-1", f"第{at}段。", f"{at}")
    ]
    assert "“某县规划”" in document.notes[0]


def test_lines_are_put_together_from_their_characters(tmp_path):
    def draw(canvas):
        text = canvas.beginText(72, 700)
        text.setFont(FONT, 10)
        for piece, size, rise in (
            ("2×10", 10, 0), ("4", 6, 4), ("m", 10, 0), ("3", 6, 4), ("，CO", 10, 0), ("2", 6, -2),
        ):  # fmt: skip
            text.setFont(FONT, size)
            text.setRise(rise)
            text.textOut(piece)
        canvas.drawText(text)
        canvas.setFont(FONT, 5)
        canvas.drawString(82, 687, "2")
        canvas.setFont(FONT, 10)
        canvas.drawString(72, 680, "5m")
        for shift in (0, 0.3):
            canvas.drawString(72 + shift, 650, "粗体工程")
        canvas.setFont(FONT, 10)
        canvas.setFont("Helvetica", 7)
        canvas.drawString(72, 620, "ill-filled")
        canvas.setFont(FONT, 10)
        canvas.drawString(72, 600, "左")
        canvas.drawString(200, 600.5, "右")
        text_at("宽 字 距", "DN 400", y=550)(canvas)

    document = open_document(printed(tmp_path / "t.pdf", draw))
    assert texts(document) == [
        "2×10⁴m³，CO2",
        "5m²",
        "粗体工程",
        "ill-filled",
        "左 右",
        "宽 字 距",
        "DN 400",
    ]


def test_radicals_stand_for_the_characters_they_look_like():
    chars = [
        {"text": text, "x0": 10.0 * at, "x1": 10.0 * at + 9, "top": 0.0, "bottom": 10.0}
        for at, text in enumerate("⽔⼟⻘⻓²\x01\u200b")
    ]
    assert [char.text for char in characters(chars)] == ["水", "土", "青", "长", "²"]


def test_text_on_its_side_is_read_upright_or_noted(tmp_path):
    def sideways(canvas):
        canvas.translate(300, 100)
        canvas.rotate(90)
        text_at(*BODY, x=0, y=0)(canvas)

    assert texts(open_document(printed(tmp_path / "t.pdf", sideways))) == BODY
    both = printed(
        tmp_path / "b.pdf", lambda canvas: (text_at(*BODY * 2)(canvas), sideways(canvas))
    )
    document = open_document(both)
    assert texts(document) == BODY * 2
    assert "横放" in document.notes[0]


ROWS = [["序号", "项目", "地点"], ["1", "甲镇污水处理厂", "甲镇"], ["2", "乙镇管网", "乙镇丙村"]]
WRAPPED = [*ROWS[:2], ["2", "乙镇管网" * 12, "乙镇"]]
UNNUMBERED = [["", *row[1:]] for row in WRAPPED]


def ruled(path, rows, *styles):
    style = ParagraphStyle("cell", fontName=FONT, fontSize=10, leading=14, wordWrap="CJK")
    cells = [[Printed(text, style) for text in row] for row in rows]
    widths = [40, 200, 100]
    table_ = PrintedTable(cells, colWidths=widths, style=[(*one, 0.5, "black") for one in styles])
    SimpleDocTemplate(str(path)).build([Printed("表前的话。", style), table_])
    return path


TOP, HEADER, END = (
    ("LINEABOVE", (0, 0), (-1, 0)),
    ("LINEBELOW", (0, 0), (-1, 0)),
    ("LINEBELOW", (0, -1), (-1, -1)),
)
EACH, INNER = ("LINEBELOW", (0, 0), (-1, -1)), ("LINEAFTER", (0, 0), (-2, -1))


@pytest.mark.parametrize(
    ("styles", "rows", "noted"),
    [
        ((("GRID", (0, 0), (-1, -1)),), WRAPPED, None),
        ((TOP, EACH, INNER), WRAPPED, None),
        ((TOP, EACH), WRAPPED, "没画竖线"),
        ((TOP, HEADER, END), ROWS, "没画竖线"),
        ((TOP, HEADER, END), WRAPPED, "没画竖线"),
    ],
    ids=["grid", "open sides", "rules", "three rules", "three rules, wrapped"],
)
def test_tables_drawn_without_all_of_their_lines(tmp_path, styles, rows, noted):
    document = open_document(ruled(tmp_path / "t.pdf", rows, *styles))
    (found,) = shown(document)
    assert [[text.replace("\n", "") for text in row] for row in found] == rows
    assert texts(document) == ["表前的话。"]
    assert [noted in note for note in document.notes] == ([True] if noted else [])


def test_rows_that_cannot_be_told_apart_stay_text_and_are_noted(tmp_path):
    document = open_document(ruled(tmp_path / "t.pdf", UNNUMBERED, TOP, HEADER, END))
    assert shown(document) == []
    assert "".join("".join(texts(document)).split()).count("乙镇管网") == 12
    assert "分不清行和列" in document.notes[0]


def test_tables_that_touch_but_share_no_column_are_two(tmp_path):
    def draw(canvas):
        canvas.grid([72, 172, 272], [600, 620, 640])
        canvas.grid([72, 132, 212, 272], [560, 580, 600])
        for x, y, text in ((80, 625, "甲"), (180, 605, "乙"), (80, 585, "丙"), (220, 565, "丁")):
            canvas.drawString(x, y, text)

    document = open_document(printed(tmp_path / "t.pdf", draw))
    assert shown(document) == [[["甲", ""], ["", "乙"]], [["丙", "", ""], ["", "", "丁"]]]


def test_a_frame_around_text_is_no_table(tmp_path):
    def draw(canvas):
        canvas.grid([60, 500], [640, 680, 720])
        text_at(*BODY)(canvas)

    document = open_document(printed(tmp_path / "t.pdf", draw))
    assert (texts(document), shown(document)) == (BODY, [])


def test_a_drawing_is_noted_and_its_page_costs_no_time(tmp_path, monkeypatch):
    def grid(canvas):
        text_at(*BODY)(canvas)
        canvas.grid(range(60, 500, 4), range(100, 680, 4))

    path = printed(tmp_path / "t.pdf", grid, text_at(*BODY))
    monkeypatch.setattr(pdf_tables, "MAX_CROSSINGS", 1_000)
    document = open_document(path)
    assert texts(document) == BODY * 2
    assert "第 1 页画的线太多" in document.notes[-1]
    monkeypatch.setattr(pdf_limits, "MAX_DRAWN", 100)
    document = open_document(path)
    assert texts(document) == BODY
    assert "第 1 页画得太满" in document.notes[-1]


def raw_pdf(path, content, *, font="", extra=""):
    """A PDF put together by hand: one page, its content stream, the objects of its font."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources"
            b"<</Font<</F 5 0 R>>/XObject<</X 6 0 R>>>>>>"
        ),
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(content), content),
        font.encode() or b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        extra.encode() or b"<<>>",
    ]
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, os.SEEK_END)
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer<</Size %d/Root 1 0 R>>startxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    path.write_bytes(out.getvalue())
    return path


def test_a_font_without_characters_is_refused(tmp_path):
    font = (
        "<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[<</Type/Font"
        "/Subtype/CIDFontType0/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        "/Supplement 0>>>>]>>"
    )
    shown_text = zlib.compress(b"BT /F 12 Tf 72 700 Td <" + b"0102" * 50 + b"> Tj ET")
    refused(raw_pdf(tmp_path / "t.pdf", shown_text, font=font), "乱码")


def test_a_few_characters_that_no_font_names_are_noted(tmp_path):
    font = "<</Type/Font/Subtype/Type1/BaseFont/X/Encoding<</Differences[1/nothing]>>>>"
    content = zlib.compress(b"BT /F 12 Tf 72 700 Td (plan 2021-2025 \\001 of a county) Tj ET")
    document = open_document(raw_pdf(tmp_path / "t.pdf", content, font=font))
    assert texts(document) == ["plan 2021-2025 \ufffd of a county"]
    assert "有 1 个字" in document.notes[0]


def test_a_stream_that_unpacks_without_end_and_forms_that_call_themselves(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_limits, "MAX_STREAM", 1 << 20)
    bomb = zlib.compress(b" " * (2 << 20))
    refused(raw_pdf(tmp_path / "bomb.pdf", bomb), "太大")
    monkeypatch.setattr(pdf_limits, "MAX_CONTENT", 10_000)
    form = "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 2000>>stream\n" + " " * 2000
    again = zlib.compress(b"/X Do " * 20)
    refused(raw_pdf(tmp_path / "forms.pdf", again, extra=form + "\nendstream"), "太大")


def test_a_stream_cut_off_loses_its_page_and_says_so(tmp_path):
    content = zlib.compress(b"BT /F 12 Tf 72 700 Td (" + b"plan text " * 30 + b") Tj ET")
    assert len(texts(open_document(raw_pdf(tmp_path / "whole.pdf", content[:-4])))) == 1
    refused(raw_pdf(tmp_path / "cut.pdf", content[:-9]), "损坏")


def test_a_pdf_with_too_many_pages_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    path = printed(tmp_path / "t.pdf", *[text_at(*BODY)] * 3)
    refused(path, "2 页")


def test_pdfminer_speaks_to_nobody_and_is_left_as_it_was(tmp_path, caplog, capfd):
    content = zlib.compress(b"() g BT /F 12 Tf 72 700 Td (a plan of many words) Tj ET")
    path = raw_pdf(tmp_path / "odd.pdf", content)
    before = pdftypes.zlib, pdftypes.lzwdecode, logging.getLogger("pdfminer").level
    assert texts(open_document(path)) == ["a plan of many words"]
    assert (pdftypes.zlib, pdftypes.lzwdecode, logging.getLogger("pdfminer").level) == before
    assert not caplog.records
    assert capfd.readouterr() == ("", "")
    with pdfplumber.open(path) as bare:
        assert bare.pages[0].chars
    assert caplog.records, "pdfminer has nothing to say: the test shows nothing"


# ---- bad input -------------------------------------------------------------------------------


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        ("a.txt", b"", "空"),
        ("a.txt", b" \r\n\t\n\f\n", "空"),
        ("a.docx", b"", "空"),
        ("a.doc", OLE, "旧版 Word"),
        ("a.docx", OLE, "旧版 Word"),
        ("a.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "密码"),
        ("a.doc", b"{\\rtf1 x}", "RTF"),
        ("a.doc", b"\xef\xbb\xbf\r\n<!DOCTYPE html><html>", "网页"),
        ("a.doc", b"MIME-Version: 1.0\r\n", "网页"),
        ("a.xml", b"<?xml version='1.0'?><a/>", "XML"),
        ("a.odt", zipped(mimetype="x", content_xml="<a/>"), "ODF"),
        ("a.ofd", zipped(OFD_xml="<a/>"), "OFD"),
        ("a.xlsx", zipped(xl__workbook_xml="<a/>"), "Excel"),
        ("a.pptx", zipped(ppt__a_xml="<a/>"), "演示文稿"),
        ("a.docx", zipped(a="x"), "压缩包"),
        ("a.rar", b"Rar!\x1a\x07", "压缩包"),
        ("a.docx", b"PK\x03\x04" + b"\1" * 99, "损坏"),
        ("a.docx", b"\1\2\3\4" * 99, "内容却不是"),
        ("a.pdf", "不是 PDF".encode(), "内容却不是"),
        ("a.pdf", b"%PDF-1.4\n" + b"\1" * 99, "损坏"),
        ("a.jpg", b"\xff\xd8\xff\xe0" * 9, "OCR"),
        ("a.csv", "序号,项目".encode(), ".docx"),
        ("规划", "文本".encode(), "无后缀"),
        ("a.txt", b"\x00\x01\x02", "NUL"),
    ],
)
def test_what_is_no_plan_document_is_refused_with_the_next_step(tmp_path, name, raw, words):
    path = tmp_path / name
    path.write_bytes(raw)
    refused(path, words)


def test_a_missing_file_a_folder_a_pipe_and_a_file_of_200_mb_are_refused(tmp_path):
    refused(tmp_path / "missing.docx", "找不到")
    folder = tmp_path / "folder.docx"
    folder.mkdir()
    refused(folder, "文件夹")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.txt")
        refused(tmp_path / "pipe.txt", "普通文件")
    for name in ("large.pdf", "large.docx", "large.txt"):
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(200 << 20)
        refused(tmp_path / name, "200 MB", f"{opening.MAX_BYTES >> 20} MB")


def test_a_renamed_file_is_read_as_what_it_is(tmp_path):
    plain = open_document(made.write_docx(tmp_path / "made.docx"))
    renamed = open_document((tmp_path / "made.docx").rename(tmp_path / "made.doc"))
    assert (renamed.form, renamed.blocks) == ("docx", plain.blocks)
    assert ".doc" in renamed.notes[0]
    path = made.write_pdf(tmp_path / "made.pdf").rename(tmp_path / "made.docx")
    assert open_document(path).form == "pdf"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    short = made.Plan(made.TITLE, made.PLAN.blocks[:8])
    return {
        ".docx": made.write_docx(folder / "a.docx", short).read_bytes(),
        ".pdf": made.write_pdf(folder / "a.pdf", short).read_bytes(),
        ".txt": made.as_text(short).encode(),
    }


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_read_or_refused_and_never_a_bug(tmp_path, whole, data):
    suffix = data.draw(st.sampled_from(sorted(whole)))
    raw = bytearray(whole[suffix])
    for _ in range(data.draw(st.integers(0, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = (tmp_path / "damaged").with_suffix(suffix)
    path.write_bytes(
        raw[: data.draw(st.integers(0, len(raw)))] if data.draw(st.booleans()) else raw
    )
    try:
        assert open_document(path).blocks
    except PlanError as error:
        assert path.name in str(error)  # noqa: PT017 - either is right
