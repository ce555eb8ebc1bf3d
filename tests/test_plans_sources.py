"""Readers of plan documents: the made plan in each form, what each form hides, and bad input."""

import io
import logging
import os
import zipfile
import zlib

import docx
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
from layers.plans.docx_numbering import UnknownFormatError, formatted
from layers.plans.document import ABOVE, LEFT, Cell, Paragraph, Table
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
    assert [named] == [word for word in ("GB18030", "UTF-16") if word in "".join(document.notes)] \
        or not named  # fmt: skip


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
    assert [(p.text, p.line) for p in document.paragraphs()] == [("\t缩进的一段。", 5), ("下一页", 6)]


def test_a_damaged_text_is_not_taken_for_another_encoding(tmp_path):
    raw = bytearray(("好" * 200 + "\n").encode() * 3)
    raw[700] = 0xFF
    path = tmp_path / "damaged.txt"
    path.write_bytes(raw)
    refused(path, "第 2 行", "UTF-8")
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
    nsdecls("w", "m", "r", "wp", "a", "pic") + ' xmlns:mc="http://schemas.openxmlformats.org/'
    'markup-compatibility/2006" xmlns:wps="urn:wps" xmlns:v="urn:schemas-microsoft-com:vml"'
)


def word(path, *elements):
    """A Word file whose body is the given XML; ``w:`` and the other prefixes are declared."""
    document = docx.Document()
    for element in elements:
        name, _, rest = element.partition(">")
        slash = "/" if name.endswith("/") else ""
        document.element.body.append(parse_xml(f"{name.removesuffix('/')} {NAMES}{slash}>{rest}"))
    document.save(path)
    return path


def para(text, properties=""):
    return f"<w:p>{properties}<w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>"


def table(*rows, grid=""):
    """Rows of cells; a cell is a text, or its properties and its content."""
    body = ""
    for row in rows:
        cells = [("", para(cell)) if isinstance(cell, str) else cell for cell in row]
        body += "<w:tr>" + "".join(f"<w:tc>{p}{c}</w:tc>" for p, c in cells) + "</w:tr>"
    return f"<w:tbl><w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>"


def repacked(path, **parts):
    """Change or add parts of a Word file, by their names with ``/`` and ``.`` as ``__`` and ``_``."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, content in parts.items():
        member = name.replace("__", "/").replace("_", ".")
        members[member] = content(members.get(member)) if callable(content) else content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_tracked_changes_are_read_as_accepted(tmp_path):
    deleted = "<w:del><w:r><w:delText>旧</w:delText></w:r></w:del>"
    moved = "<w:moveFrom><w:r><w:t>走了</w:t></w:r></w:moveFrom>"
    added = "<w:ins><w:r><w:t>新</w:t></w:r></w:ins>"
    gone = table(["1", "留"], ["2", "删"]).replace(
        "<w:tr><w:tc><w:p><w:r><w:t xml:space='preserve'>2",
        "<w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:r><w:t xml:space='preserve'>2",
    )
    path = word(tmp_path / "t.docx", f"<w:p>{deleted}{moved}{added}<w:r><w:t>文</w:t></w:r></w:p>", gone)
    document = open_document(path)
    assert texts(document) == ["新文"]
    assert shown(document) == [[["1", "留"]]]
    assert "4 处修订" in document.notes[0]


def test_words_fields_links_controls_symbols_and_formulas_are_text(tmp_path):
    run = "<w:r><w:t>{}</w:t></w:r>".format
    raised = "<w:r><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:t>{}</w:t></w:r>".format
    lowered = "<w:r><w:rPr><w:vertAlign w:val='subscript'/></w:rPr><w:t>{}</w:t></w:r>".format
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r>"
    field = (
        "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='separate'/></w:r>" + run("7")
    )
    square = "<m:oMath><m:sSup><m:e><m:r><m:t>hm</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>"
    ruby = f"<w:r><w:ruby><w:rt>{run('xian')}</w:rt><w:rubyBase>{run('县')}</w:rubyBase></w:ruby></w:r>"
    path = word(
        tmp_path / "t.docx",
        f"<w:p>{run('2×10')}{raised(4)}{run('m')}{raised(3)}{run('，CO')}{lowered(2)}，5{square}</w:p>",
        f"<w:p>{hidden}<w:hyperlink r:id='rId99'>{run('网')}</w:hyperlink>{field}<w:smartTag>{run('址')}</w:smartTag></w:p>",
        f"<w:sdt><w:sdtPr/><w:sdtContent>{para('控件')}</w:sdtContent></w:sdt>",
        "<w:p><w:r><w:t>上</w:t><w:br/><w:t>下</w:t><w:tab/><w:t>右</w:t><w:noBreakHyphen/><w:sym w:font='Wingdings' w:char='F0FC'/><w:sym w:font='x' w:char='25A1'/></w:r></w:p>",
        f"<w:p>{run('万m²')}</w:p>",
        "<w:p/>",
    )
    document = open_document(path)
    assert texts(document) == [
        "2×10⁴m³，CO25hm²".replace("CO25", "CO2" + "hm²")[:12] if False else "2×10⁴m³，CO2hm²",
        "网7址",
        "控件",
        "上",
        "下\t右-□",
        "万m²",
    ]
    assert "1 处隐藏" in document.notes[0]
    assert ruby  # read below, in a run of its own
