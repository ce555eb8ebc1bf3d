"""The five reports of a review: the same numbers, nothing run, nothing lost in silence."""

import json
import re
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from xml.etree import ElementTree as ET

import docx
import openpyxl
import pandas as pd
import pdfplumber
import pyogrio
import pytest
import shapely

from layers.errors import WorkspaceError
from layers.words import entry
from maps.errors import PageError
from maps.report import FORMS, story, tables, write
from maps.style import load_style
from tests import report_sample as made

REVIEW = made.review()
STYLE = {state.state: state for state in load_style().states}
NUMBER = re.compile(r"(?<![\w.〔+])[<>]?\d{1,3}(?:,\d{3})*\.\d{2,4}%?(?![\d.])")
"""A measured number as a person reads it: with decimals."""


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "out"
    write(REVIEW, folder, FORMS, made.zones())
    return folder


# ------------------------------------------------------------------ what must stand there
def hundredths(value):
    """A number to 0.01, a tie to the even digit, worked out apart from the program."""
    exact = None if value is None else Decimal(f"{value:.15g}")
    return None if exact is None else exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def areas(m2):
    """An area in m2, 公顷 and 亩, worked out apart from the program."""
    if m2 is None:
        return (None, None, None)
    exact = Decimal(f"{m2:.15g}")
    parts = ((exact, "0.01"), (exact / 10_000, "0.0001"), (exact * 15 / 10_000, "0.01"))
    return tuple(part.quantize(Decimal(step), ROUND_HALF_EVEN) for part, step in parts)


def wanted(found):
    """The numbers of a site by table: tuples in the order of the model."""
    inside = [z for z in found.zones if z.relation in {"inside", "overlaps"} and not z.sliver]
    edge = [z for z in found.zones if z.relation == "touches" or z.sliver]
    away = [z for z in found.zones if z.relation == "outside"]
    return {
        "kinds": [(k.kind, *areas(k.overlap_m2), hundredths(k.length_m)) for k in found.kinds],
        "met": [
            (z.kind, *areas(z.overlap_m2), hundredths(z.net_m2), hundredths(z.length_m))
            for z in inside
        ],
        "touched": [(z.kind, hundredths(z.overlap_m2), hundredths(z.length_m)) for z in edge],
        "near": [(z.kind, hundredths(z.distance_m), z.direction) for z in away],
    }


def decimals(texts):
    return tuple(
        None if text in {"—", "", None} else Decimal(str(text).replace(",", "")) for text in texts
    )


KINDS = {title: kind for kind, title in entry("label")["kind"].items()}


# ------------------------------------------------------------------ how each is read
FIELDS = {
    "kinds": ("kind", "overlap_m2", "overlap_ha", "overlap_mu", "length_m"),
    "met": ("kind", "overlap_m2", "overlap_ha", "overlap_mu", "net_m2", "length_m"),
    "touched": ("kind", "overlap_m2", "length_m"),
    "near": ("kind", "distance_m", "direction"),
}
FOUND = {"met": {"压占"}, "touched": {"相接", "碎片"}, "near": {"最近，不相碰"}}


def from_gpkg(path):
    names = ("sites", "kinds", "findings")
    sites, kinds, findings = (pyogrio.read_dataframe(path, layer=name) for name in names)

    def values(row, fields):
        return tuple(
            row[field] if field in {"kind", "direction"}
            else None if pd.isna(row[field])
            else Decimal(repr(row[field])).quantize(Decimal("0.0001" if "_ha" in field else "0.01"))
            for field in fields
        )  # fmt: skip

    read = {}
    for site in sites.to_dict("records"):
        told = kinds[kinds["rank"] == site["rank"]].to_dict("records")
        own = findings[findings["rank"] == site["rank"]].to_dict("records")
        read[site["rank"]] = {
            "site": values(site, ("area_m2", "area_ha", "area_mu")),
            "kinds": [values(row, FIELDS["kinds"]) for row in told],
            **{
                name: [values(row, FIELDS[name]) for row in own if row["found"] in found]
                for name, found in FOUND.items()
            },
        }
    return read


def rows_of(sheet):
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


COLUMNS = {
    "kinds": ("类别", "压占（平方米）", "压占（公顷）", "压占（亩）", "范围内长度（米）"),
    "met": (
        "类别",
        "压占（平方米）",
        "压占（公顷）",
        "压占（亩）",
        "不与更高级重复（平方米）",
        "范围内长度（米）",
    ),
    "touched": ("类别", "压占（平方米）", "范围内长度（米）"),
    "near": ("类别", "距离（米）", "方位"),
}
TITLES = {"kinds": "各类结论", "met": "压占明细", "touched": "触边与碎片", "near": "最近的范围"}


def row_values(name, row):
    kind, *rest = (row[column] for column in COLUMNS[name])
    if name == "near":
        return (KINDS[kind], *decimals(rest[:1]), rest[1])
    return (KINDS[kind], *decimals(rest))


def from_xlsx(path):
    book = openpyxl.load_workbook(path)
    read = {}
    for row in rows_of(book["地块"]):
        area = decimals(row[f"面积（{unit}）"] for unit in ("平方米", "公顷", "亩"))
        read[row["序号"]] = {"site": area, **{name: [] for name in TITLES}}
    for name, title in TITLES.items():
        for row in rows_of(book[title]):
            values = row_values(name, row)
            read[row["序号"]][name].append(
                tuple(
                    value.quantize(Decimal("0.0001" if field == "overlap_ha" else "0.01"))
                    if isinstance(value, Decimal)
                    else value
                    for field, value in zip(FIELDS[name], values, strict=True)
                )
            )
    return read


def from_docx(path):
    """Tables under the headings of sites; the site's own area from its facts."""
    read, rank, title = {}, None, ""
    for part in docx.Document(path).iter_inner_content():
        if isinstance(part, docx.text.paragraph.Paragraph):
            style = part.style.name
            if style == "Heading 1":
                rank = None
            elif style == "Heading 2" and re.match(r"\d+\. ", part.text):
                rank = int(part.text.partition(".")[0])
                read[rank] = {"site": (None,) * 3, **{name: [] for name in TITLES}}
            title = part.text if style == "Heading 3" else title
        elif rank:
            add_table(read[rank], title, [[cell.text for cell in row.cells] for row in part.rows])
    return read


def add_table(read, title, rows):
    for fact in rows:
        if fact[0] == "面积":
            read["site"] = decimals(re.findall(r"[\d,]+\.\d+", fact[1]))
    for name, wanted_title in TITLES.items():
        if title == wanted_title and rows[0][0] == "类别":
            held = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
            read[name] += [row_values(name, row) for row in held]


def from_html(path):
    page = path.read_text(encoding="utf-8")
    blocks = dict(
        re.findall(r'<script type="application/json" id="([\w-]+)">(.*?)</script>', page, re.DOTALL)
    )
    data = json.loads(blocks.pop("page-data"))
    cards = [card for number in range(len(blocks)) for card in json.loads(blocks[f"part-{number}"])]
    read = {}
    for site, card in zip(data["sites"], cards, strict=True):
        area = dict(card["facts"]).get("面积", "")
        found = re.findall(r"[\d,]+\.\d+", area)
        read[site["rank"]] = {"site": decimals(found) if found else (None,) * 3}
        for name in TITLES:
            heads = [title for title, *_ in data["tables"][name]["columns"]]
            held = [dict(zip(heads, row, strict=True)) for row in card[name]]
            read[site["rank"]][name] = [row_values(name, row) for row in held]
    return read


def pdf_numbers(path):
    """Every measured number in the part of the file that a site has, by rank."""
    with pdfplumber.open(path) as pages:
        text = "\n".join(page.extract_text() for page in pages.pages)
    _, _, told = text.partition("逐个地块（由重到轻）")
    told = told.rpartition("\n依据图层\n图层 类别")[0]
    parts = re.split(r"^(\d+)\. .*$", told, flags=re.MULTILINE)
    return {
        int(rank): sorted(NUMBER.findall(part))
        for rank, part in zip(parts[1::2], parts[2::2], strict=True)
    }


def shown(value, digits=2):
    return f"{value:,.{digits}f}"


def share_text(share):
    percent = Decimal(f"{share * 100:.15g}").quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    if percent == 100 and share < 1:
        return ">99.99%"
    return "<0.01%" if percent == 0 and share > 0 else f"{percent}%"


def test_all_five_hold_the_same_numbers(out):
    sites = tables.ranked(REVIEW)
    read = {
        "gpkg": from_gpkg(out / "review.gpkg"),
        "xlsx": from_xlsx(out / "review.xlsx"),
        "docx": from_docx(out / "review.docx"),
        "html": from_html(out / "review.html"),
    }
    for rank, found in enumerate(sites, start=1):
        size = shapely.get_dimensions(found.site.geometry)
        right = {"site": areas(found.site.area_m2 if size == 2 else None), **wanted(found)}
        for form, held in read.items():
            assert held[rank] == right, (form, rank)
    assert {len(held) for held in read.values()} == {len(sites)}


def test_the_pdf_holds_every_number_of_every_site(out):
    read = pdf_numbers(out / "review.pdf")
    layers = {layer.id: layer for layer in REVIEW.layers}
    checked = 0
    for rank, found in enumerate(tables.ranked(REVIEW), start=1):
        site, right = found.site, []
        for m2 in (
            site.area_m2 if shapely.get_dimensions(site.geometry) == 2 else None,
            site.stated_m2,
        ):
            if m2 is not None:
                whole, ha, mu = areas(m2)
                right += [shown(whole), shown(ha, 4), shown(mu)]
        if shapely.get_dimensions(site.geometry) == 1:
            right.append(shown(hundredths(site.length_m)))
        right += ["0.05"] * (site.accuracy_m == 0.05)  # the others have no decimals
        for name, rows in wanted(found).items():
            for _, *values in rows:
                for at, value in enumerate(values):
                    if isinstance(value, Decimal):
                        right.append(shown(value, 4 if at == 1 and name in {"kinds", "met"} else 2))
        right += [share_text(k.share) for k in found.kinds if k.share is not None]
        right += [share_text(z.share) for z in tables.met(found) if z.share is not None]
        used = dict.fromkeys(layer for kind in found.kinds for layer in kind.layers)
        right += [shown(hundredths(layers[u].accuracy_m)) for u in used if layers[u].accuracy_m]
        reasons = " ".join(reason for kind in found.kinds for reason in kind.reasons)
        right += NUMBER.findall(reasons)
        assert read[rank] == sorted(right), rank
        checked += len(right)
    assert checked > 300


def test_shares_are_numbers_in_tables_and_never_above_all(out):
    rows = rows_of(openpyxl.load_workbook(out / "review.xlsx")["压占明细"])
    shares = [row["占地块"] for row in rows if row["占地块"] is not None]
    assert shares
    assert max(shares) <= 1


# ------------------------------------------------------------------ page one
PAGE_ONE = (
    "2026-08-15", "某县", "共 14 行：审查了 12 个地块，剔除 2 行", "2027-02-15",
    "没有登记永久基本农田图层", "未核查不等于不涉及", "饮用水水源保护区", "尚未经法律人员核实",
    "东山自然保护区<b>、河流", "秘密", "须征求意见", "没有判定",
)  # fmt: skip


def page_one(out):
    document = docx.Document(out / "review.docx")
    words = []
    for part in document.iter_inner_content():
        if isinstance(part, docx.text.paragraph.Paragraph):
            if part.text.startswith("地块一览"):
                break
            words.append(part.text)
        else:
            words += [cell.text for row in part.rows for cell in row.cells]
    with pdfplumber.open(out / "review.pdf") as pages:
        pdf = pages.pages[0].extract_text()
    sheet = openpyxl.load_workbook(out / "review.xlsx")["首页"]
    cells = [
        str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
    ]
    html = re.sub(
        r"<[^>]+>",
        " ",
        (out / "review.html").read_text(encoding="utf-8").partition('id="sites"')[0],
    )
    html = html.replace("&lt;", "<").replace("&gt;", ">").replace("&#39;", "'")
    return {"docx": "\n".join(words), "pdf": pdf, "xlsx": "\n".join(cells), "html": html}


def test_page_one_says_what_was_checked_what_not_and_what_came_of_it(out):
    for form, text in page_one(out).items():
        together = re.sub(r"\s+", "", text)
        for words in PAGE_ONE:
            assert re.sub(r"\s+", "", words) in together, (form, words)
        assert together.index("没有核查的") < together.index("已核查的") < together.index("结果"), (
            form
        )


def test_sites_stand_worst_first_and_what_is_unknown_before_what_is_harmless():
    found = [(site.effect, site.state) for site in tables.ranked(REVIEW)]
    assert found[:8] == [("prohibited", "hit")] * 8
    assert found[8:] == [("consult", "hit"), ("none", "possible"), ("", "unchecked"), ("", "clear")]
    ranks = [site.site.id for site in tables.ranked(REVIEW)]
    assert ranks[:2] == ["S3", f"10-{made.HOSTILE[0][:20]}"]  # as the file has them


def test_unverified_rules_say_so_and_verified_ones_do_not(out):
    sheet = rows_of(openpyxl.load_workbook(out / "review.xlsx")["判定"])
    first = [row for row in sheet if row["序号"] == 1]
    assert [(row["判定"], row["已经核实"]) for row in first] == [
        ("禁止", "是"), ("需人工判定", "否"), ("限制（须批准）", "否"), ("不限制", "否"),
    ]  # fmt: skip
    page = (out / "review.html").read_text(encoding="utf-8")
    cards = json.loads(re.search(r'id="part-0">(.*?)</script>', page, re.DOTALL)[1])
    told = {row[0]: row[3] for row in cards[0]["verdicts"]}
    mark = "未经法律人员核实"
    assert [mark in told[e] for e in ("prohibited", "needs_human", "restricted", "none")] == [
        False, False, True, True,
    ]  # fmt: skip
    assert "没有适用的规则" in told["needs_human"]
    assert "2030-01-01 失效" in told["none"]


# ------------------------------------------------------------------ strangers' texts
def test_no_cell_of_the_workbook_is_a_formula_and_every_text_is_kept(out):
    book = openpyxl.load_workbook(out / "review.xlsx")
    names = {}
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (sheet.title, cell.coordinate)
                assert cell.hyperlink is None
                if isinstance(cell.value, str):
                    assert cell.quotePrefix == cell.value.startswith(("=", "+", "-", "@"))
    for row in rows_of(book["地块"]):
        names[row["编号"]] = row["名称"]
    assert names["11-=cmd|' /C calc'!A0"] == "=cmd|' /C calc'!A0"
    assert "超长的地块名称" * 120 in names.values()
    assert "控制�字�符�反转�半个 换行" in names.values()


def test_sheets_have_frozen_heads_and_number_formats(out):
    book = openpyxl.load_workbook(out / "review.xlsx")
    assert book.sheetnames == [
        "首页", "地块", "各类结论", "压占明细", "判定", "触边与碎片", "最近的范围",
        "依据图层", "剔除的行",
    ]  # fmt: skip
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes
        assert all(sheet.column_dimensions[cell.column_letter].width for cell in sheet[1])
    met = book["压占明细"]
    formats = {cell.value: met.cell(2, cell.column).number_format for cell in met[1]}
    assert formats["压占（平方米）"] == "#,##0.00"
    assert formats["压占（公顷）"] == "#,##0.0000"
    assert formats["占地块"] == "0.00%"
    day = book["判定"]
    column = next(cell.column for cell in day[1] if cell.value == "施行日期")
    assert day.cell(2, column).is_date


def test_the_page_runs_nothing_but_its_own_script(out):
    page = (out / "review.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?! type=\"application/json\")[^>]*>", page) == ["<script>"]
    assert "default-src 'none'" in page
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", page.partition("<script>")[0])
    assert "<img" not in page
    assert "<i>" not in page


def test_the_document_is_sound_xml_without_links_out(out):
    with zipfile.ZipFile(out / "review.docx") as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                root = ET.fromstring(archive.read(name))  # noqa: S314 - our own file
                assert not [n for n in root.iter() if n.get("TargetMode") == "External"], name


def test_a_rare_sign_is_told_by_its_number_in_the_pdf_and_kept_elsewhere(out):
    with pdfplumber.open(out / "review.pdf") as pages:
        text = "".join(page.extract_text() for page in pages.pages)
    assert "〔U+3104C〕" in text.replace("\n", "")
    assert "{nb}" in text  # what the PDF library has for the number of pages
    names = pyogrio.read_dataframe(out / "review.gpkg", layer="sites")["name"]
    assert "生僻字\U00020bb7和\U0003104c" in names.tolist()


# ------------------------------------------------------------------ each form
def test_the_geopackage_has_every_layer_and_a_style_for_each_on_the_map(out):
    path = out / "review.gpkg"
    found = dict(pyogrio.list_layers(path).tolist())
    assert list(found) == [
        "sites",
        "kinds",
        "findings",
        "verdicts",
        "evidence",
        "rejects",
        "layer_styles",
    ]
    assert [name for name, kind in found.items() if kind is None] == [
        "evidence",
        "rejects",
        "layer_styles",
    ]
    with closing(sqlite3.connect(path)) as base:
        styles = dict(
            base.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1")
        )
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sorted(styles) == ["findings", "kinds", "sites", "verdicts"]
    for style in styles.values():
        ET.fromstring(style)  # noqa: S314 - our own text
    green = f"{int(STYLE['clear'].color[1:3], 16)},{int(STYLE['clear'].color[3:5], 16)},"
    assert green in styles["sites"]
    assert green not in styles["verdicts"]
    sites = pyogrio.read_dataframe(path, layer="sites")
    given = [site.site.geometry for site in tables.ranked(REVIEW)]
    assert all(map(shapely.equals_exact, sites.geometry, given))
    assert pyogrio.read_info(path, layer="sites")["crs"] == "EPSG:4490"
    rejects = pyogrio.read_dataframe(path, layer="rejects")
    assert len(rejects) + len(sites) == REVIEW.read


def test_every_font_of_the_pdf_is_embedded_as_a_subset(out):
    with pdfplumber.open(out / "review.pdf") as pages:
        fonts = {}
        for page in pages.pages:
            for reference in (page.page_obj.resources.get("Font") or {}).values():
                font = reference.resolve()
                below = font["DescendantFonts"]
                held = (below.resolve() if hasattr(below, "resolve") else below)[0].resolve()
                fonts[font["BaseFont"].name] = held["FontDescriptor"].resolve()
        assert len(pages.pages[-1].chars) > 50
        said = {char["fontname"] for page in pages.pages for char in page.chars}
    assert list(fonts) == list(said)
    assert all("FontFile2" in held for held in fonts.values())
    assert all(re.match(r"[A-Z]{6}\+", name) for name in fonts)
    assert (out / "review.pdf").stat().st_size < 1_000_000


def test_the_pdf_has_a_foot_on_every_page_and_nothing_runs_off_it(out):
    with pdfplumber.open(out / "review.pdf") as pages:
        count = len(pages.pages)
        for number, page in enumerate(pages.pages, start=1):
            assert f"第 {number} 页，共 {count} 页" in page.extract_text()
            assert min(char["x0"] for char in page.chars) > 40
            assert max(char["x1"] for char in page.chars) < page.width - 40
            assert max(char["bottom"] for char in page.chars) < page.height - 15
            body = [char for char in page.chars if char["bottom"] < page.height - 40]
            assert max(char["bottom"] for char in body) < page.height - 47


def test_each_site_has_its_small_map(out):
    with zipfile.ZipFile(out / "review.docx") as archive:
        drawn = archive.read("word/document.xml").count(b"<w:drawing>")
    assert drawn == len(REVIEW.sites)
    with pdfplumber.open(out / "review.pdf") as pages:
        assert sum(len(page.images) for page in pages.pages) == len(REVIEW.sites)


# ------------------------------------------------------------------ same bytes, whole or not at all
@pytest.mark.parametrize("form", FORMS)
def test_the_same_review_gives_the_same_bytes(form, out, tmp_path):
    (again,) = write(REVIEW, tmp_path, (form,), dict(reversed(made.zones().items())))
    assert again.read_bytes() == (out / f"review.{form}").read_bytes()


def test_nothing_to_review_still_gives_five_reports_that_say_so(tmp_path):
    files = write(made.empty(), tmp_path / "new" / "folder", FORMS)
    assert [file.name for file in files] == [f"review.{form}" for form in FORMS]
    assert len(pyogrio.read_dataframe(files[0], layer="sites")) == 0
    assert rows_of(openpyxl.load_workbook(files[1])["地块"]) == []
    text = "\n".join(line.text for line in docx.Document(files[2]).paragraphs)
    assert "运行记录" in text


def test_everything_unchecked_is_nowhere_green(tmp_path):
    sites = tuple(made.unchecked(number) for number in range(3))
    kinds = tuple((kind, "没有登记图层") for kind in made.KINDS)
    review = replace(REVIEW, sites=sites, read=5, kinds=(), unchecked=kinds, layers=())
    write(review, tmp_path, FORMS)
    book = openpyxl.load_workbook(tmp_path / "review.xlsx")
    fills = {
        (cell.value, cell.fill.fgColor.rgb)
        for sheet in (book["地块"], book["各类结论"])
        for row in sheet.iter_rows(min_row=2)
        for cell in row
        if cell.fill.fill_type
    }
    assert fills == {("未核查", "FF" + STYLE["unchecked"].tint[1:].upper())}
    assert not rows_of(book["依据图层"])
    with zipfile.ZipFile(tmp_path / "review.docx") as archive:
        assert STYLE["clear"].color[1:] not in archive.read("word/document.xml").decode()
    text = "\n".join(line.text for line in docx.Document(tmp_path / "review.docx").paragraphs)
    for kind in ("永久基本农田：没有登记图层", "没有判定不等于允许"):
        assert kind in text


def test_a_long_review_is_bounded_on_paper_and_whole_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(story, "SITES", 8)
    review = made.many(250)
    write(review, tmp_path, FORMS, made.zones())
    assert len(from_html(tmp_path / "review.html")) == 250
    assert len(from_xlsx(tmp_path / "review.xlsx")) == 250
    assert len(from_gpkg(tmp_path / "review.gpkg")) == 250
    told = from_docx(tmp_path / "review.docx")
    assert list(told) == list(range(1, 9))
    words = "只逐个写查到压占、相接或有判定的 8 个"
    assert words in "\n".join(
        line.text for line in docx.Document(tmp_path / "review.docx").paragraphs
    )
    with pdfplumber.open(tmp_path / "review.pdf") as pages:
        assert words in pages.pages[0].extract_text().replace("\n", "")
        assert "另有 242 行没有列出" in pages.pages[1].extract_text()


def test_long_tables_on_paper_say_what_they_leave_out(monkeypatch, tmp_path):
    monkeypatch.setattr(story, "ROWS", 2)
    review = replace(REVIEW, sites=(made.nested(3),), read=3)
    write(review, tmp_path, ("docx",))
    text = [line.text for line in docx.Document(tmp_path / "review.docx").paragraphs]
    assert text.count("……另有 2 行没有列出，全部内容见 review.gpkg。") >= 2
    assert len(from_docx(tmp_path / "review.docx")[1]["met"]) == 2


def test_a_site_with_very_long_facts_runs_on_to_the_next_page(tmp_path):
    long = made.hostile(3, "很长的说明，" * 200)
    write(replace(REVIEW, sites=(long,), read=3), tmp_path, ("pdf",))
    with pdfplumber.open(tmp_path / "review.pdf") as pages:
        for page in pages.pages:
            assert max(char["bottom"] for char in page.chars) < page.height - 15


def test_an_unknown_form_and_a_file_in_the_way_are_told(tmp_path):
    with pytest.raises(PageError, match=r"没有「doc」这种报告.*gpkg、xlsx"):
        write(REVIEW, tmp_path, ("doc",))
    (tmp_path / "taken").write_text("x")
    with pytest.raises(WorkspaceError, match="taken"):
        write(REVIEW, tmp_path / "taken", ("xlsx",))
    assert write(REVIEW, tmp_path, ()) == ()


def test_a_failure_leaves_the_old_reports(tmp_path, monkeypatch):
    write(REVIEW, tmp_path, ("xlsx",))
    before = (tmp_path / "review.xlsx").read_bytes()

    def broken(*_, **__):
        raise RuntimeError

    monkeypatch.setattr("maps.report.write_html", broken)
    with pytest.raises(RuntimeError):
        write(made.empty(), tmp_path, ("xlsx", "html"))
    assert [path.name for path in tmp_path.iterdir()] == ["review.xlsx"]
    assert (tmp_path / "review.xlsx").read_bytes() == before
