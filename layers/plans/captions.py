"""Headings of chapters and captions of tables: paragraphs that say what follows them."""

import re
from dataclasses import dataclass

from layers.plans.document import Paragraph, Span

TITLE_CHARS = 60
"""A longer paragraph is prose, not the title of a plan, a chapter or a table."""

_NUMERAL = "[一二三四五六七八九十百]+"
_NUMBERED = re.compile(
    r"[（(]?(?P<again>续)?(?P<kind>附?表|附件|专栏)(?P<of>格)?\s*"
    rf"(?P<number>[A-Z]?\d+(?:\s*[-—–－.．]\s*\d+)*(?!\s*[年%％])|{_NUMERAL}(?![^\s:：、.．]))?"
    r"[)）]?\s*[:：、.．]?\s*(?P<title>.*)"
)
_LIST_TITLE = re.compile(
    r".*(?:表|一览|清单|名单|目录|汇总|台账|项目库|统计|明细|体系|情况|指标)(?:[（(][^（()）]*[)）])?"
)
_UNIT = re.compile(
    r"[（(]?\s*(?:计量|金额|投资|资金)?单位\s*[:：]?\s*(?P<unit>[^)）\s]{1,12})\s*[)）]?"
)
_LIST = re.compile(r".*(?:表|清单|一览|项目库|台账|名单|明细)(?:[（(][^（()）]*[)）])?")
"""Ends a title even where it is numbered like a heading."""
HEADING = re.compile(
    rf"(?:第{_NUMERAL}[章篇编部节]|{_NUMERAL}、|[（(](?:{_NUMERAL}|\d{{1,2}})[)）]|"
    r"\d{1,2}(?:\.\d{1,2}){0,4}(?=[\s、.．\u4e00-\u9fff]))\s*\D.*"
)


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands above or below a table: number and title without blanks, and where they stand.

    ``again`` marks a table continued (续表).
    """

    number: str | None
    title: str | None
    line: int
    again: bool = False
    number_span: Span | None = None
    title_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A chapter's or section's heading."""

    text: str
    line: int


def bare(text: str) -> str:
    """Return a text without blanks.

    >>> bare("生态 保护 规划")
    '生态保护规划'
    """
    return "".join(text.split())


def heading_of(paragraph: Paragraph) -> Heading | None:
    """Return the heading that a paragraph is, if it is one."""
    text = paragraph.text.strip()
    if paragraph.heading or (
        len(text) <= TITLE_CHARS and HEADING.fullmatch(text) and not re.search(r"[。；;：:]", text)
    ):
        return Heading(" ".join(text.split()), paragraph.line)
    return None


def caption_of(paragraph: Paragraph, cell: int = -1) -> Caption | None:
    """Return the caption that a paragraph may be: numbered, or the title of a list or table.

    Whether it is one depends on a table being next to it, which the caller knows. ``cell`` is
    given where the text is a table's first row.
    """
    text = paragraph.text.strip().strip("*#").strip()
    if not text or len(text) > TITLE_CHARS + 20 or re.search(r"[。；;]|见[上下]?表|如下", text):
        return None
    offset = paragraph.text.index(text)

    def span(of: tuple[int, int]) -> Span | None:
        start, end = of
        return Span(paragraph.line, cell, offset + start, offset + end) if start < end else None

    match = _NUMBERED.fullmatch(text)
    if match and (match["number"] or match["kind"] != "表" or match["again"]) and not match["of"]:
        number = bare(match["number"] or "") or None
        numbered = span(match.span("number"))
        if match["kind"] != "表" and number:
            number = match["kind"] + number
            numbered = span((match.start("kind"), match.end("number")))
        title = bare(match["title"]) or None
        again = bool(match["again"])
        if not (number or title or again):
            return None
        titled = span(match.span("title"))
        return Caption(number, title, paragraph.line, again, numbered, titled)
    lists = _LIST.fullmatch(text) or (_LIST_TITLE.fullmatch(text) and not HEADING.match(text))
    if lists and len(text) <= TITLE_CHARS:
        whole = span((0, len(text)))
        return Caption(None, bare(text), paragraph.line, title_span=whole)
    return None


def unit_of(paragraph: Paragraph) -> str | None:
    """Return the unit that stands by itself above a table (单位：万元)."""
    match = _UNIT.fullmatch(paragraph.text.strip())
    return match["unit"] if match else None
