"""What a plan document is made of: the plans in it, and their tables of contents."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from layers.plans.captions import HEADING, TITLE_CHARS, bare
from layers.plans.document import Block, Document, Paragraph, Row, Table
from layers.plans.terms import UNSTATED, Terms, terms

TITLE_LINES = 4
"""A title on a cover may be broken into so many lines."""
OPENING_BLOCKS = 12
"""Between a plan's title and its first chapter: issuer, date, table of contents."""
FEWEST_ENTRIES = 5
"""Fewer headings with numbers behind them may count something."""
NOTICE_BLOCKS = 20
"""A notice that issues a plan stands on its first pages."""

_SENTENCE = re.compile(r"[。；;，,？！]")
_KIND = r"(?:规划|计划|方案|纲要|行动方案)"
_PLACE = r"[^\W\d_]{1,9}?(?:自治[区县州旗]|[省市县区旗盟])"
_WITHIN = re.compile(r"[^\W\d_]{1,5}?(?:自治[县旗]|(?<![护能范发园城地景林牧灌库片])[县区市旗])")
"""A county that follows its province or city: 某市甲区; 某市生态保护区 is none."""
_PLAN_TITLE = re.compile(
    rf"(?P<county>{_PLACE}).{{0,50}}?{_KIND}(?:文本)?(?:[（(][^（()）]*[)）])?"
)
_NO_TITLE = re.compile(
    r"[《（(].*|.*(?:关于|通知|意见|批复|评审|印发|办法|说明$).*|.*(?:政府|办公室|委员会|局)(?:文件)?|"
    r".*\d年\d+月(?:\d+日)?"
)
_YEARS_ALONE = re.compile(r"[（(][\d\s年~～—–－至到-]+[)）]")
_FIRST_CHAPTER = re.compile(
    r"第[一1]\s*[章篇编部]|[一1]\s*[、.．]|1\s+\S|目\s*录|前\s*言|引\s*言|总\s*[则论]"
)
_FIVE_YEARS = re.compile(r"十([一二三四五六七八九])(?:五|个五年)")
_YEARS = re.compile(r"(20\d\d)\s*年?\s*(?:[-—–－~～至到]|——)+\s*(20\d\d)\s*年?")
_PERIOD_WORDS = re.compile(r"规划(?:期限|期|时限|时段|年限|范围为|水平年)")
_DIGITS = {digit: at for at, digit in enumerate("一二三四五六七八九", start=1)}
_TENTH = 2001
"""The tenth five-year plan (十五) began in this year, 十一五 five years later."""

_CONTENTS = re.compile(r"目\s*[录次]")
_ENTRY_END = re.compile(
    r"(?:\.{2,}|…+|·{3,}|\s|-)\s*[-—(（]?\s*(?:\d{1,3}|[IVXivx]{1,5})\s*[-—)）]?$"
)
_LEADERS = re.compile(r"\.{3,}|…|·{3,}")
_PAGE = re.compile(r"[-—–－\s]*(?:第\s*)?\d{1,3}(?:\s*[/／]\s*\d{1,3})?(?:\s*页)?[-—–－\s]*")
_PAGE_CELL = re.compile(r"[-—–－\s]*(?:\d{1,3}|[IVXivx]{1,5})[-—–－\s]*")


@dataclass(frozen=True, slots=True)
class Part:
    """A plan within a document.

    Attributes:
        plan: the document's name, with ``-1``, ``-2`` ... where it holds several plans.
        title: as printed, without blanks.
        first_line, last_line: both inclusive; parts follow one another without a gap.
        period: first and last year, if the plan states them or is called after five years.
        county: the place that its title begins with (a county, district or city).
        terms: the years of 近期, 中期 and 远期, as far as the plan states them.

    """

    plan: str
    title: str
    first_line: int
    last_line: int
    period: tuple[int, int] | None
    county: str | None
    terms: Terms = UNSTATED


def first_line(block: Block) -> int:
    """Return the line on which a block begins."""
    return block.line if isinstance(block, Paragraph) else block.rows[0].line


def is_page_number(text: str) -> bool:
    """Whether a paragraph is only the number of a page.

    >>> is_page_number("- 97 -"), is_page_number("97 项")
    (True, False)
    """
    return bool(_PAGE.fullmatch(text))


# ---- tables of contents ----------------------------------------------------------------------


def contents(document: Document) -> frozenset[int]:
    """Return the lines of the tables of contents: they repeat headings that stand elsewhere."""
    lines: set[int] = set()
    inside = False
    for block in document.blocks:
        if isinstance(block, Table):
            entries = [row for row in block.rows if _is_entry_row(row)]
            listed = len(entries) * 2 > len(block.rows)
            if listed and (inside or _is_run(entries)):
                lines.update(row.line for row in block.rows)
                inside = True
            else:
                inside = False
        elif _CONTENTS.fullmatch(block.text.strip()):
            lines.add(block.line)
            inside = True
        elif inside and (_ENTRY_END.search(block.text.strip()) or is_page_number(block.text)):
            lines.add(block.line)
        else:
            inside = False
    return frozenset(lines)


def _is_entry_row(row: Row) -> bool:
    """Whether a row is of a table of contents: a heading, and the page as its last cell."""
    texts = [text for text in row.texts if text.strip()]
    said = " ".join(texts[:-1])
    return (
        2 <= len(texts) <= 3  # noqa: PLR2004 - number, heading, page
        and bool(_PAGE_CELL.fullmatch(texts[-1]))
        and bool(HEADING.fullmatch(said) or _LEADERS.search(said))
        and not _PAGE_CELL.fullmatch(texts[0])
    )


def _is_run(entries: Sequence[Row]) -> bool:
    """Whether entries are of a table of contents though none is announced: pages ascend."""
    last = [[text for text in row.texts if text.strip()][-1] for row in entries]
    pages = [int(found[0]) for text in last if (found := re.search(r"\d+", text))]
    return len(pages) >= FEWEST_ENTRIES and all(a <= b for a, b in pairwise(pages))


# ---- plans -----------------------------------------------------------------------------------


def parts(document: Document) -> tuple[Part, ...]:
    """Return the plans that a document holds, in order; one at least, whatever the document.

    A plan begins at its title: a paragraph (or up to four lines of a cover) that names a place
    and ends in 规划 or the like, and is followed by a first chapter.
    """
    blocks = [block for block in document.blocks if not _is_furniture(block)]
    listed = contents(document)
    found: list[tuple[int, str, str]] = []
    unopened: list[tuple[int, str, str]] = []
    at = 0
    while at < len(blocks):
        title, county, used = _title_at(blocks, at, listed)
        if title and (not found or _plain(title) != _plain(found[-1][1])):
            same_county = not found or county == found[0][2]
            if same_county and _opens(blocks, at + used, listed, title):
                found.append((first_line(blocks[at]), title, county))
            else:
                unopened.append((first_line(blocks[at]), title, county))
        elif title and len(title) > len(found[-1][1]):
            found[-1] = (found[-1][0], title, county)
        at += used
    return _bounded(document, found or unopened[:1] or _in_notice(blocks))


def _in_notice(blocks: Sequence[Block]) -> list[tuple[int, str, str]]:
    """Return the plan that the first pages speak of (关于印发《...规划》的通知), if any."""
    for block in blocks[:NOTICE_BLOCKS]:
        text = block.text if isinstance(block, Paragraph) else ""
        for named in re.findall("《([^《》]+)》", text):
            if match := _PLAN_TITLE.fullmatch(bare(named)):
                return [(first_line(block), match[0], _county(match[0], match["county"]))]
    return []


def _is_furniture(block: Block) -> bool:
    return isinstance(block, Paragraph) and is_page_number(block.text)


def _title_at(blocks: Sequence[Block], at: int, listed: frozenset[int]) -> tuple[str, str, int]:
    """Return title and place that begin at a block, and how many blocks the title takes."""
    whole = ""
    best = ("", "", 1)
    for used, block in enumerate(blocks[at : at + TITLE_LINES], start=1):
        if isinstance(block, Table) or block.line in listed:
            break
        text = bare(block.text).strip("*#")
        if best[0] and not _YEARS_ALONE.fullmatch(text):
            break
        if not best[0] and (not text or _SENTENCE.search(text) or _NO_TITLE.fullmatch(text)):
            break
        whole += text
        match = _PLAN_TITLE.fullmatch(whole) if len(whole) <= 2 * TITLE_CHARS else None
        if match and not HEADING.match(whole):
            best = (whole, _county(whole, match["county"]), used)
    return best


def _county(title: str, place: str) -> str:
    """Return the smallest of the places that a title begins with."""
    end = len(place)
    while place.endswith(("省", "市", "盟", "州", "自治区")):
        within = _WITHIN.match(title, end)
        if within is None:
            break
        place, end = within[0], within.end()
    return place


def _plain(title: str) -> str:
    """Return a title without years in brackets and quotation marks, to tell plans apart."""
    return re.sub(r"[（(][^（()）]*[)）]|[“”\"]|文本", "", title)


def _opens(blocks: Sequence[Block], at: int, listed: frozenset[int], title: str) -> bool:
    """Whether a plan begins after its title: a first chapter, or a table of contents.

    In a list of plans (what this one is based on) another title follows instead.
    """
    for ahead, block in enumerate(blocks[at : at + OPENING_BLOCKS], start=at):
        if first_line(block) in listed:
            return True
        if isinstance(block, Table):
            return False
        if _FIRST_CHAPTER.match(block.text.strip()):
            return True
        other, _, _ = _title_at(blocks, ahead, listed)
        if (other and _plain(other) != _plain(title)) or "。" in block.text:
            return False
    return False


def _bounded(document: Document, found: Sequence[tuple[int, str, str]]) -> tuple[Part, ...]:
    lines = [first_line(block) for block in document.blocks]
    lines += [row.line for table in document.tables() for row in table.rows]
    last = max(lines, default=1)
    if not found:
        found = [(1, "", "")]
    starts = [1, *(start for start, _, _ in found[1:])]
    ends = [*(start - 1 for start in starts[1:]), last]
    made = []
    for number, ((_, title, county), start, end) in enumerate(
        zip(found, starts, ends, strict=True), start=1
    ):
        plan = document.name if len(found) == 1 else f"{document.name}-{number}"
        period = _period(document, title, start, end)
        said = [block.text for block in document.paragraphs() if start <= block.line <= end]
        within = terms(said, period)
        made.append(Part(plan, title, start, end, period, county or None, within))
    return tuple(made)


def _period(document: Document, title: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the plan's years: from its title, from where it states them, from its five years."""
    if stated := _year_pair(title):
        return stated
    within = [block for block in document.paragraphs() if start <= block.line <= end]
    for paragraph, below in zip_longest(within, within[1:]):
        said = _PERIOD_WORDS.search(paragraph.text)
        if said is None:
            continue
        rest = paragraph.text[said.end() :]
        if not rest.strip("：: ") and below is not None:
            rest = below.text
        if stated := _year_pair(rest[:TITLE_CHARS]):
            return stated
    return five_years(title)


def _year_pair(text: str) -> tuple[int, int] | None:
    match = _YEARS.search(text)
    if match is None or int(match[2]) < int(match[1]):
        return None
    return int(match[1]), int(match[2])


def five_years(text: str) -> tuple[int, int] | None:
    """Return the years of the five-year plan that a text speaks of.

    >>> five_years("某县“十四五”生态环境保护规划")
    (2021, 2025)
    >>> five_years("某县国民经济和社会发展第十五个五年规划纲要")
    (2026, 2030)
    """
    match = _FIVE_YEARS.search(text)
    if match is None:
        return None
    start = _TENTH + 5 * _DIGITS[match[1]]
    return start, start + 4


def part_at(found: Iterable[Part], line: int) -> Part:
    """Return the plan that a line belongs to.

    Raises:
        LookupError: no part has that line.

    """
    for part in found:
        if part.first_line <= line <= part.last_line:
            return part
    msg = f"no plan has line {line}"
    raise LookupError(msg)
