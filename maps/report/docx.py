"""Word: the story as a document that can be edited, with headings, tables and small maps."""

import datetime as dt
import zipfile
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

import docx
from docx.document import Document
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.shape import CT_Inline
from docx.shared import Mm, Pt, RGBColor

from layers.words import say
from maps.report.marks import INK, Mark
from maps.report.story import Block, Facts, Grid, Heading, Paragraph, Picture

BODY_FONT, HEAD_FONT, LATIN_FONT = "宋体", "黑体", "Times New Roman"
"""Every Chinese Word has these."""

SIZES = {0: 20, 1: 15, 2: 13, 3: 11}
"""Points of headings by level."""

TEXT, SMALL = 10.5, 8.5
MARGIN, WIDTH = 16, 178
"""Millimetres: the sides' margins, and what is left of A4 between them."""

PICTURE = 78
ACCENT, HEAD, WARN, SOFT = "#17535F", "#E3EFF0", "#FFEFC7", "#556268"
THIN = '<w:spacing w:after="0" w:line="140" w:lineRule="exact"/>'
"""The look of the paragraph that Word needs between two tables."""

TWIPS_PER_MM = 1440 / 25.4

FIXED_DATE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
FIXED_ZIP = (2000, 1, 1, 0, 0, 0)
"""The same review gives the same file: it carries no clock."""


def write_docx(blocks: Iterable[Block], path: Path, *, title: str, foot: str) -> None:
    """Write a story as a Word document.

    Args:
        blocks: the story.
        path: the file.
        title: the document's, for its properties.
        foot: what stands below every page, beside its number.

    """
    document = docx.Document()
    _prepare(document, title, foot)
    end = document.element.body.sectPr
    for number, block in enumerate(blocks, start=1):
        if isinstance(block, Heading):
            parts = _heading(block)
        elif isinstance(block, Paragraph):
            look = _shade(WARN) if block.warning else ""
            parts = [_line(_run(block.text), style="ListBullet" * block.bullet, look=look)]
        elif isinstance(block, Facts):
            parts = _facts(block, _picture(document, block.picture, number))
        else:
            parts = _grid(block)
        for part in parts:
            end.addprevious(parse_xml(part))
    held = BytesIO()
    document.save(held)
    _unclocked(held, path)


def _unclocked(held: BytesIO, path: Path) -> None:
    """Write the archive with a fixed time for each of its files."""
    with zipfile.ZipFile(held) as given, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            entry = zipfile.ZipInfo(name, FIXED_ZIP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, given.read(name))


def _prepare(document: Document, title: str, foot: str) -> None:
    """Set paper, fonts, properties and foot."""
    about = document.core_properties
    about.title, about.author, about.comments = title[:250], "", ""
    about.created = about.modified = FIXED_DATE.replace(tzinfo=None)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(MARGIN)
    section.top_margin = section.bottom_margin = Mm(18)
    _font(document.styles["Normal"], BODY_FONT, TEXT, INK)
    tongue = OxmlElement("w:lang")
    tongue.set(qn("w:eastAsia"), "zh-CN")
    document.styles["Normal"].element.get_or_add_rPr().append(tongue)
    document.styles["Normal"].paragraph_format.space_after = Pt(3)
    for level, points in SIZES.items():
        style = document.styles["Title" if level == 0 else f"Heading {level}"]
        _font(style, HEAD_FONT, points, INK if level == 0 else ACCENT)
        style.paragraph_format.space_before = Pt(0 if level == 0 else 10)
        style.paragraph_format.space_after = Pt(4)
        style.paragraph_format.keep_with_next = True
    _font(document.styles["List Bullet"], BODY_FONT, TEXT, INK)
    before, after = say("report.page_of").split("{page}")
    middle, end = after.split("{pages}")
    page, pages = _field("PAGE"), _field("NUMPAGES")
    texts = (_run(text, points=SMALL) for text in (foot + "　" + before, middle, end))
    first, second, third = texts
    line = section.footer.paragraphs[0]._p  # noqa: SLF001 - python-docx has no fields
    line.getparent().replace(line, parse_xml(_line(first + page + second + pages + third)))


def _font(style: object, name: str, points: float, color: str) -> None:
    style.font.name, style.font.size = LATIN_FONT, Pt(points)
    style.font.color.rgb = RGBColor.from_string(color.lstrip("#").upper())
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), name)


def _field(code: str) -> str:
    """Return a number that Word works out: of this page, or of all."""
    return f'<w:fldSimple w:instr="{code}">{_run("1", points=SMALL)}</w:fldSimple>'


def _run(
    text: str, *, points: float = 0, color: str = "", tint: str = "", bold: bool = False
) -> str:
    look = "<w:b/>" * bold
    look += f'<w:color w:val="{color.lstrip("#")}"/>' if color else ""
    look += f'<w:sz w:val="{int(points * 2)}"/>' if points else ""
    look += _shade(tint)
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _shade(color: str) -> str:
    return f'<w:shd w:val="clear" w:fill="{color.lstrip("#")}"/>' if color else ""


def _line(runs: str, *, style: str = "", look: str = "") -> str:
    """Return a paragraph; ``look`` are further properties."""
    look = (f'<w:pStyle w:val="{style}"/>' if style else "") + look
    return f"<w:p {nsdecls('w')}><w:pPr>{look}</w:pPr>{runs}</w:p>"


def _heading(block: Heading) -> list[str]:
    style = f"Heading{block.level}" if block.level else "Title"
    parts = [_line(_run(block.text), style=style, look="<w:pageBreakBefore/>" * block.page)]
    if block.marks:
        marks = [
            _run(f" {mark.text} ", color=mark.color, tint=mark.tint, bold=True)
            for mark in block.marks
        ]
        parts.append(_line(_run("　").join(marks), look="<w:keepNext/>"))
    return parts


def _picture(document: Document, picture: Picture | None, number: int) -> str:
    """Return a picture as a run; its file is put into the document."""
    if picture is None:
        return ""
    key, _ = document.part.get_or_add_image(BytesIO(picture.png))
    size = (Mm(PICTURE), Mm(PICTURE * picture.tall))
    drawn = CT_Inline.new_pic_inline(number, key, f"{number}.png", *size)
    drawn.docPr.set("descr", picture.alt)
    return f"<w:r><w:drawing>{drawn.xml}</w:drawing></w:r>"


def _facts(block: Facts, picture: str) -> list[str]:
    """Return names and values as a table without lines, the map in a cell of its own."""
    names, values = 24, WIDTH - 24 - (PICTURE + 4 if picture else 0)
    rows = []
    for number, (name, text) in enumerate(block.rows):
        cells = [_cell(_run(name, color=SOFT), names), _cell(_run(text), values)]
        if picture:
            merge = "<w:vMerge/>" if number else '<w:vMerge w:val="restart"/>'
            held = "" if number else picture
            cells.append(_cell(held, PICTURE + 4, more=merge, right=True))
        rows.append(_row(cells))
    return _table(rows, [names, values] + [PICTURE + 4] * bool(picture), lined=False)


def _grid(block: Grid) -> list[str]:
    whole = sum(block.widths)
    widths = [WIDTH * width / whole for width in block.widths]
    head = [
        _cell(_run(title, points=SMALL, bold=True), width, tint=HEAD, right=at in block.right)
        for at, (title, width) in enumerate(zip(block.titles, widths, strict=True))
    ]
    rows = [_row(head, head=True)]
    for row in block.rows:
        cells = []
        for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
            if isinstance(cell, Mark):
                run = _run(cell.text, points=SMALL, color=cell.color, bold=True)
                cells.append(_cell(run, width, tint=cell.tint))
            else:
                cells.append(_cell(_run(cell, points=SMALL), width, right=at in block.right))
        rows.append(_row(cells))
    return _table(rows, widths, lined=True)


def _table(rows: Iterable[str], widths: Sequence[float], *, lined: bool) -> list[str]:
    """Return a table and the empty paragraph after it; as text, for python-docx is slow."""
    line = '<w:{0} w:val="single" w:sz="4" w:space="0" w:color="B9C2C3"/>'
    sides = ("top", "left", "bottom", "right", "insideH", "insideV") if lined else ()
    borders = "".join(line.format(side) for side in sides)
    columns = "".join(f'<w:gridCol w:w="{_twips(width)}"/>' for width in widths)
    inset = '<w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/>'
    table = (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{_twips(sum(widths))}" w:type="dxa"/>'
        f'<w:tblInd w:w="60" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{inset}</w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )
    return [table, _line("", look=THIN)]


def _row(cells: Iterable[str], *, head: bool = False) -> str:
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' * head}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(runs: str, width: float, *, tint: str = "", right: bool = False, more: str = "") -> str:
    """Return a cell; ``more`` are further properties."""
    side = '<w:jc w:val="right"/>' * right
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{_twips(width)}" w:type="dxa"/>{more}{_shade(tint)}</w:tcPr>'
        f'<w:p><w:pPr><w:spacing w:before="20" w:after="20"/>{side}</w:pPr>{runs}</w:p></w:tc>'
    )


def _twips(millimetres: float) -> int:
    return round(millimetres * TWIPS_PER_MM)
