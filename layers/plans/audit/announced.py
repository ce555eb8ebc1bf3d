"""What the text announces of projects, against the tables: how many, and for how much money."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from layers.plans.audit.finding import HIGH, LOW, MEDIUM, Place, added, digit, finding
from layers.plans.document import LIKELY, Record
from layers.plans.folding import fold
from layers.plans.numerals import PRINTED, plain, printed
from layers.plans.prose import Stretch, paragraphs
from layers.plans.reading import Reading
from layers.plans.rows import BodyRow
from layers.plans.structure import Part, five_years, part_at
from layers.plans.tables import PROJECTS, LogicalTable
from layers.plans.wordlists import any_of, table

_LISTED = any_of(table("audit")["listed"])
_ANNOUNCES = re.compile(any_of(table("audit")["announces"]))
_PAST = re.compile(any_of(table("audit")["past"]))
_PROVIDES = any_of(table("audit")["provides"])
_CLASSES = r"(?:[一二两三四五六七八九十\d]{1,3}(?:个|大)?(?:类|方面|领域)[,，、]?)"
_COUNT = re.compile(
    rf"{_LISTED}(?:总数|数量)?(?:分为|包括|涉及|涵盖)?(?:共计?|总计|合计|共有|共安排|为|达到?)?{_CLASSES}?(?:共计?)?"
    rf"(?P<after>\d{{1,4}})(?:个|项)(?!目标|指标)"
    rf"|{_PROVIDES}(?:了|实施)?{_CLASSES}?(?:共计?)?(?P<before>\d{{1,4}})(?:个|项)(?:[^,，。;、\d]{{0,6}}?){_LISTED}"
)
_MONEY = re.compile(
    rf"(?:总投资|投资总额|总计投资|投资总计|估算投资|投资估算|匡算投资|投资)(?:约|共计?|总计|为|额为|合计)*"
    rf"(?P<number>{PRINTED})(?P<times>亿|万)元"
)
_TIMES = {"亿": Fraction(1), "万": Fraction(1, 10_000)}
_STATED_ROWS = re.compile(r"\((?:共|计)*(\d{1,3})(?:个|项)(?:项目|工程)?\)")
_BARE = re.compile(
    r"^[(（]?[一二三四五六七八九十\d]{1,3}[)）、.．]+|\([^()]*\)|"
    r"(?:重点|重大)?(?:类|工程|项目)*(?:建设)?(?:类|工程|项目)*(?:统计|汇总|一览|明细|清单)?表?$"
)
_ONE_YEAR = re.compile(r"(?<![到至\d~-])20\d\d年(?!以来|底|末|前|[-~至到])")
_FIVE_YEARS = re.compile("十[一二三四五六七八九]五")
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows under a heading of a table, or all rows of a table."""

    name: str
    place: Place
    rows: tuple[BodyRow, ...]


def announced(reading: Reading) -> Iterator[Record]:
    """Return counts and sums of projects that the text states and the tables do not bear out."""
    for stretch in paragraphs(reading.document):
        if not _ANNOUNCES.search(stretch.text):
            continue
        part = part_at(reading.parts, stretch.sources[0].line)
        tables = _tables_of(reading, part)
        if not tables:
            continue
        for start, end in stretch.sentences():
            sentence = stretch.text[start:end]
            if not re.search(_LISTED, sentence) or _of_other_years(sentence, part):
                continue
            yield from _counts(stretch, start, sentence, part, tables)
            yield from _sums(reading, stretch, start, sentence, part, tables)


def _of_other_years(sentence: str, part: Part) -> bool:
    """Whether a sentence speaks of what was done, of one year, or of another five years."""
    named = [five_years(said) for said in _FIVE_YEARS.findall(sentence)]
    ends = [period[1] for period in named if period]
    other = bool(ends) and part.period is not None and max(ends) < part.period[0]
    return other or bool(_PAST.search(sentence) or _ONE_YEAR.search(sentence))


def _tables_of(reading: Reading, part: Part) -> list[LogicalTable]:
    return [
        one for one in reading.tables
        if one.kind == PROJECTS and one.rows and part.first_line <= one.lines[0] <= part.last_line
    ]  # fmt: skip


def _meant(tables: Sequence[LogicalTable], sentence: str) -> list[LogicalTable]:
    """Return the tables that a sentence speaks of: those whose kind of works it names, or all."""
    named = [one for one in tables if _works(one) and _works(one) in sentence]
    return named if len(named) == 1 and "其中" not in sentence else list(tables)


def _works(one: LogicalTable) -> str:
    title = re.sub(r"(?:统计|汇总|一览|明细|清单)?表$", "", one.title or "")
    return re.sub(r"重点(?:工程|项目)$", "", title)


def _counts(
    stretch: Stretch,
    start: int,
    sentence: str,
    part: Part,
    tables: Sequence[LogicalTable],
) -> Iterator[Record]:
    said = list(_COUNT.finditer(sentence))
    if not said or (len(said) > 1 and "其中" not in sentence[said[0].end() : said[1].start()]):
        return
    match = said[0]
    stated = int(match["after"] or match["before"])
    meant = _meant(tables, sentence)
    found = sum(len(one.rows) for one in meant)
    if stated == found or any(len(one.rows) == stated for one in tables):
        return
    clause = re.split("[,，:]", sentence[: match.end()])[-1]
    if any(group.name in clause for group in _groups(tables)):
        return  # the count of a group, which is compared with that group
    yield finding(
        "count", HIGH if found else LOW, part.plan, _place(stretch, start, match),
        other=_table_place(meant[0]), confidence=LIKELY,
        arithmetic=added([Fraction(len(one.rows)) for one in meant]),
        stated=stated, found=found, tables=len(meant),
    )  # fmt: skip


def _sums(  # noqa: PLR0913, PLR0917 - one sentence and what it is compared with
    reading: Reading,
    stretch: Stretch,
    start: int,
    sentence: str,
    part: Part,
    tables: Sequence[LogicalTable],
) -> Iterator[Record]:
    first = _MONEY.search(sentence)
    if first is None:
        return
    meant = _meant(tables, sentence)
    stated = _yi(first)
    if any(group.name in sentence[: first.start()] for group in _groups(tables)):
        return  # the money of a group, which is compared with that group
    lines = {row.line for one in meant for row in one.rows}
    amounts = _amounts(reading, [row for one in meant for row in one.rows])
    if not amounts:
        return
    total = sum(amounts, Fraction())
    slack = digit(printed(first["number"])) * _TIMES[first["times"]]
    sums = {total, *(sum(_amounts(reading, one.rows), Fraction()) for one in meant)}
    if any(abs(one - stated) < slack for one in sums):
        return
    yield finding(
        "money", HIGH if total > stated else MEDIUM, part.plan, _place(stretch, start, first),
        other=_table_place(meant[0]), confidence=LIKELY,
        arithmetic=added([sum(_amounts(reading, one.rows), Fraction()) for one in meant]),
        stated=plain(stated), found=plain(total), gap=plain(abs(total - stated)),
        silent=len(lines) - len(amounts),
    )  # fmt: skip


def _yi(match: re.Match[str]) -> Fraction:
    return Fraction(printed(match["number"])) * _TIMES[match["times"]]


def _amounts(reading: Reading, rows: Sequence[BodyRow]) -> list[Fraction]:
    lines = {row.line for row in rows}
    return [
        Fraction(project.values["investment_yi"]) for project in reading.projects
        if int(project.values["line"] or 0) in lines and project.values["investment_yi"]
    ]  # fmt: skip


def _table_place(one: LogicalTable) -> Place:
    return Place(one.lines[0], one.rows[0].page, one.title or one.number or "")


def _place(stretch: Stretch, start: int, match: re.Match[str], group: int | str = 0) -> Place:
    first, last = start + match.start(group), start + match.end(group)
    source = stretch.source(first)
    return Place(source.line, source.page, match[group], stretch.spans(first, last))


# ---- groups ------------------------------------------------------------------------------------


def _groups(tables: Sequence[LogicalTable]) -> list[_Group]:
    """Return the groups of rows that a text can name, and tables that have no groups."""
    found = []
    for one in tables:
        named = {row.group for row in one.rows if row.group}
        for name in sorted(named):
            rows = tuple(row for row in one.rows if row.group == name)
            found.append(_Group(_bare(name), Place(rows[0].line, rows[0].page, name), rows))
        if one.title:
            found.append(_Group(_bare(one.title), _table_place(one), one.rows))
    names = [group.name for group in found]
    return [
        group for group in found if len(group.name) >= _SHORTEST and names.count(group.name) == 1
    ]


def _bare(name: str) -> str:
    """Return a heading without its number and words like 重点工程.

    >>> _bare("（一）国土绿化工程（4项）"), _bare("防洪类项目"), _bare("水环境治理重点工程表")
    ('国土绿化', '防洪', '水环境治理')
    """
    text, before = fold("".join(name.split())).text, None
    while text != before:
        text, before = _BARE.sub("", text), text
    return text


def groups(reading: Reading) -> Iterator[Record]:
    """Return numbers and sums of the projects of a group that its rows do not bear out."""
    for part in reading.parts:
        tables = _tables_of(reading, part)
        found = _groups(tables)
        yield from _headings(part, tables)
        if not found:
            continue
        named = any_of([group.name for group in found])
        said = re.compile(
            rf"(?:^|[,，。;、:)）.]|其中){_BARE_NUMBER}(?P<name>{named})(?:类|重点|建设)*(?:工程|项目|类)*[。:,，]?"
            rf"(?:共计?|计|包括|安排|共有|有|为)*(?P<count>\d{{1,3}})(?:个|项)"
            rf"(?:(?:工程|项目)?[,，]?(?P<money>(?:估算|匡算|计划|总|约|共|概算)*投资(?:约|共计?|为|额为)*"
            rf"(?P<number>{PRINTED})(?P<times>亿|万)元))?"
        )
        by_name = {group.name: group for group in found}
        for stretch in paragraphs(reading.document):
            if not part.first_line <= stretch.sources[0].line <= part.last_line:
                continue
            for match in said.finditer(stretch.text):
                if not _PAST.search(stretch.text[: match.start()][-20:]):
                    yield from _group(reading, stretch, part, match, by_name[match["name"]])


_BARE_NUMBER = r"(?:\(?[一二三四五六七八九十\d]{1,3}[)、.])?"


def _group(
    reading: Reading, stretch: Stretch, part: Part, match: re.Match[str], group: _Group
) -> Iterator[Record]:
    if int(match["count"]) != len(group.rows):
        yield finding(
            "group_count", HIGH, part.plan, _place(stretch, 0, match, "count"), other=group.place,
            confidence=LIKELY, name=group.name, stated=match["count"], found=len(group.rows),
        )  # fmt: skip
    amounts = _amounts(reading, group.rows)
    if not match["money"] or len(amounts) < len(group.rows):
        return
    stated, total = _yi(match), sum(amounts, Fraction())
    if abs(stated - total) >= digit(printed(match["number"])) * _TIMES[match["times"]]:
        yield finding(
            "money", HIGH, part.plan, _place(stretch, 0, match, "money"), other=group.place,
            confidence=LIKELY, arithmetic=added(amounts), stated=plain(stated),
            found=plain(total), gap=plain(abs(total - stated)), silent=0,
        )  # fmt: skip


def _headings(part: Part, tables: Sequence[LogicalTable]) -> Iterator[Record]:
    """Compare ``国土绿化工程（4项）`` with the rows under it."""
    for one in tables:
        for heading in (*one.groups, *one.totals):
            text = heading.of("name").text or " ".join(cell.text for cell in heading.cells)
            match = _STATED_ROWS.search(fold(text).text)
            rows = [row for row in one.rows if heading.under in {None, row.under}]
            if match and int(match[1]) != len(rows) and rows:
                yield finding(
                    "group_count", HIGH, part.plan, Place(heading.line, heading.page, text),
                    other=Place(rows[0].line, rows[0].page, f"{rows[0].line}—{rows[-1].line}"),
                    confidence=LIKELY, name=_bare(text) or text, stated=match[1], found=len(rows),
                )  # fmt: skip
