"""What the text says of the tables, and what its own figures say of one another."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction

from layers.plans.audit.finding import HIGH, LOW, MEDIUM, Place, added, digit, finding
from layers.plans.document import LIKELY, Record
from layers.plans.numerals import PRINTED, plain, printed
from layers.plans.prose import Stretch, paragraphs
from layers.plans.reading import Reading
from layers.plans.structure import Part, part_at
from layers.plans.tables import PROJECTS, LogicalTable
from layers.plans.wordlists import any_of, table

_LISTED = any_of(table("audit")["listed"])
_ANNOUNCES = re.compile(any_of(table("audit")["announces"]))
_PAST = re.compile(any_of(table("audit")["past"]))
_POINTS = re.compile(table("audit")["points"])

TIMES = 3
"""Figures that are so many times apart are of two things."""

_COUNT = re.compile(
    rf"{_LISTED}(?:总数|数量)?(?:共计?|总计|合计|共有|共安排|为|达到?)?"
    rf"(?P<after>\d{{1,4}})(?:个|项)(?!目标|指标)"
    rf"|(?:共计?|总计|合计|共有|共安排|安排|实施|规划)(?P<before>\d{{1,4}})(?:个|项){_LISTED}"
)
_MONEY = re.compile(
    rf"(?:总投资|投资总额|总计投资|投资总计|估算投资|投资估算|匡算投资|投资)(?:约|共计?|总计|为|额为|合计)?"
    rf"(?P<number>{PRINTED})(?P<times>亿|万)元"
)
_TIMES = {"亿": Fraction(1), "万": Fraction(1, 10_000)}
_PART_MONEY = re.compile(
    rf"(?P<name>[\u4e00-\u9fff]{{2,20}}?)(?:类项目|类|项目)?投资(?P<number>{PRINTED})(?P<times>亿|万)元"
)
_SHARE = re.compile(
    rf"(?P<part>{PRINTED})(?P<unit>公顷|hm²|km²|平方公里|平方千米|万亩|亩|m²|万m³|亿m³)[^,，。;、]{{0,12}}[,，(]?"
    rf"(?:约)?占[^,，。;\d]{{0,16}}?(?:面积|总量|总面积|国土|土地)?的?(?P<share>{PRINTED})%"
)
_WHOLE = re.compile(
    rf"(?:总面积|国土面积|土地面积|县域面积|区域面积|辖区面积|幅员面积|面积共?|总量)(?:为|约|共)*"
    rf"(?P<whole>{PRINTED})(?P<unit>公顷|hm²|km²|平方公里|平方千米|万亩|亩|m²|万m³|亿m³)"
)
_SAME_UNIT = {"平方公里": "km²", "平方千米": "km²", "hm²": "公顷"}


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
            if _PAST.search(sentence) or not re.search(_LISTED, sentence):
                continue
            yield from _counts(stretch, start, sentence, part, tables)
            yield from _sums(reading, stretch, start, sentence, part, tables)


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
    if len(said) != 1:
        return
    (match,) = said
    stated = int(match["after"] or match["before"])
    meant = _meant(tables, sentence)
    found = sum(len(one.rows) for one in meant)
    if stated == found or any(len(one.rows) == stated for one in tables):
        return
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
    stated = _yi(first)
    rest = sentence[first.end() :]
    if "其中" in rest[:6]:
        parts = [_yi(match) for match in _MONEY.finditer(rest)]
        gap = sum(parts, Fraction()) - stated
        if len(parts) > 1 and abs(gap) >= len(parts) * digit(printed(first["number"])):
            yield finding(
                "parts", HIGH if gap > 0 else LOW, part.plan, _place(stretch, start, first),
                arithmetic=added(parts), stated=plain(stated), gap=plain(abs(gap)),
            )  # fmt: skip
    meant = _meant(tables, sentence)
    rows = {row.line for one in meant for row in one.rows}
    amounts = [
        Fraction(project.values["investment_yi"]) for project in reading.projects
        if int(project.values["line"] or 0) in rows and project.values["investment_yi"]
    ]  # fmt: skip
    if not amounts:
        return
    total = sum(amounts, Fraction())
    slack = digit(printed(first["number"])) * _TIMES[first["times"]]
    sums = {total, *(_table_sum(reading, one) for one in meant)}
    if any(abs(one - stated) < slack for one in sums):
        return
    yield finding(
        "money", HIGH if total > stated else MEDIUM, part.plan, _place(stretch, start, first),
        other=_table_place(meant[0]), confidence=LIKELY,
        arithmetic=_by_table(reading, meant),
        stated=plain(stated), found=plain(total), gap=plain(abs(total - stated)),
        silent=len(rows) - len(amounts),
    )  # fmt: skip


def _yi(match: re.Match[str]) -> Fraction:
    return Fraction(printed(match["number"])) * _TIMES[match["times"]]


def _table_sum(reading: Reading, one: LogicalTable) -> Fraction:
    lines = {row.line for row in one.rows}
    return sum(
        (Fraction(project.values["investment_yi"]) for project in reading.projects
         if int(project.values["line"] or 0) in lines and project.values["investment_yi"]),
        Fraction(),
    )  # fmt: skip


def _by_table(reading: Reading, tables: Sequence[LogicalTable]) -> str:
    return added([_table_sum(reading, one) for one in tables])


def _table_place(one: LogicalTable) -> Place:
    return Place(one.lines[0], one.rows[0].page, one.title or one.number or "")


def _place(stretch: Stretch, start: int, match: re.Match[str]) -> Place:
    first, last = start + match.start(), start + match.end()
    source = stretch.source(first)
    return Place(source.line, source.page, match[0], stretch.spans(first, last))


def pointed(reading: Reading) -> Iterator[Record]:
    """Return tables that the text points at and the document does not have."""
    numbers = {
        (part_at(reading.parts, one.lines[0]).plan, one.number)
        for one in reading.tables if one.number
    }  # fmt: skip
    if not numbers:
        return
    for stretch in paragraphs(reading.document):
        for match in _POINTS.finditer(stretch.text):
            number = re.sub(r"\s", "", re.sub(r"[—–－.．]", "-", match["number"]))
            plan = part_at(reading.parts, stretch.source(match.start()).line).plan
            kind = "附表" if match["kind"] == "附表" else ""
            if {(plan, kind + number), (plan, number)} & numbers:
                continue
            if kind and not any(one.startswith("附") for _, one in numbers):
                continue
            place = _place(stretch, 0, match)
            yield finding("pointed", MEDIUM, plan, place, confidence=LIKELY, number=match[0])


def shares(reading: Reading) -> Iterator[Record]:
    """Return shares that are not what their areas say, where one sentence has all three."""
    for stretch in paragraphs(reading.document):
        for start, end in stretch.sentences():
            sentence = stretch.text[start:end]
            wholes = list(_WHOLE.finditer(sentence))
            if len(wholes) != 1:
                continue
            (whole,) = wholes
            for match in _SHARE.finditer(sentence, whole.end()):
                yield from _share(reading, stretch, start, whole, match)


def _share(
    reading: Reading, stretch: Stretch, start: int, whole: re.Match[str], match: re.Match[str]
) -> Iterator[Record]:
    units = [_SAME_UNIT.get(one["unit"], one["unit"]) for one in (whole, match)]
    total, one = Fraction(printed(whole["whole"])), Fraction(printed(match["part"]))
    crosses = match[0].count("(") != match[0].count(")")
    if units[0] != units[1] or not total or not one or one > total or crosses:
        return
    stated, share = Fraction(printed(match["share"])), 100 * one / total
    # each figure may be off by half its last digit
    slack = digit(printed(match["share"])) + share * (
        digit(printed(match["part"])) / one + digit(printed(whole["whole"])) / total
    )
    if abs(share - stated) <= slack:
        return
    yield finding(
        "share", HIGH, part_at(reading.parts, stretch.source(start).line).plan,
        _place(stretch, start, match), other=_place(stretch, start, whole), confidence=LIKELY,
        arithmetic=f"{plain(one)} ÷ {plain(total)} = {plain(share, 2)}%",
        stated=plain(stated), found=plain(share, 2),
    )  # fmt: skip


def two_figures(reading: Reading) -> Iterator[Record]:
    """Return things for which the plan states two figures of one measure."""
    stated: dict[tuple[str | None, ...], list[Record]] = defaultdict(list)
    for record in reading.features:
        values = record.values
        if values["value"] and values["measure"] and values["confidence"] == "high":
            key = (
                values["plan"],
                values["kind"],
                values["name"],
                values["measure"],
                values["unit"],
            )
            stated[key].append(record)
    for (plan, _, name, measure, unit), records in stated.items():
        first, others = records[0], records[1:]
        known = {first.values["value"]}
        for record in others:
            value = record.values["value"]
            if value in known or not _comparable(first.values["value"] or "", value or ""):
                continue
            known.add(value)
            yield finding(
                "two_figures", MEDIUM, plan, Place.of(record, "value"),
                other=Place.of(first, "value"), confidence=LIKELY, name=name,
                measure=_measure(measure), one=first.values["value"], two=value, unit=unit or "",
            )  # fmt: skip


def _measure(measure: str | None) -> str:
    return table("figures").get("titles", {}).get(measure, measure or "")


def _comparable(one: str, other: str) -> bool:
    """Whether two figures may be of one thing and are not one figure rounded twice.

    Far apart they are of different things: of a river in the county, and of all of it.

    >>> _comparable("66.85", "66.9"), _comparable("66.85", "68"), _comparable("175", "12800")
    (False, True, False)
    """
    try:
        first, second = Fraction(one), Fraction(other)
    except ValueError:
        return False
    near = min(first, second) * TIMES > max(first, second)
    return near and abs(first - second) > max(digit(one), digit(other)) / 2


_TOWNS = re.compile(r"(?P<towns>\d{1,2})个?(?:建制)?镇[、,，和及]?(?P<rural>\d{1,2})个?(?:民族)?乡")
_TOWN_LIST = re.compile(r"\)?[)、,，]?(?:分别(?:为|是)|[:(])(?P<list>[^。;)]+)")


def townships(reading: Reading) -> Iterator[Record]:
    """Return numbers of towns and townships that differ within a plan or from their own list."""
    stated: dict[str, tuple[tuple[int, int], Place]] = {}
    for stretch in paragraphs(reading.document):
        for match in _TOWNS.finditer(stretch.text):
            numbers = int(match["towns"]), int(match["rural"])
            place = _place(stretch, 0, match)
            plan = part_at(reading.parts, place.line).plan
            if _PAST.search(stretch.text[: match.start()][-20:]):
                continue
            listed = _listed(stretch.text, match.end())
            if listed is not None and listed != numbers:
                yield finding(
                    "township_list", HIGH, plan, place, confidence=LIKELY,
                    towns=numbers[0], rural=numbers[1], listed=listed[0], listed_rural=listed[1],
                )  # fmt: skip
            if listed is None:
                continue
            first = stated.setdefault(plan, (numbers, place))
            if first[0] != numbers:
                yield finding(
                    "townships", MEDIUM, plan, place, other=first[1], confidence=LIKELY,
                    one=first[1].text, two=place.text,
                )  # fmt: skip


def _listed(text: str, at: int) -> tuple[int, int] | None:
    """Return how many towns and townships are listed behind a number, if they are."""
    match = _TOWN_LIST.match(text, at)
    names = re.split(r"[、,，和及]", match["list"]) if match else []
    towns, rural = (sum(name.endswith(noun) for name in names) for noun in ("镇", "乡"))
    known = towns + rural
    return (towns, rural) if known > 2 and known == len([one for one in names if one]) else None  # noqa: PLR2004 - two names are no list


_INDICATORS = re.compile(
    r"(?:设置|设|设定|确定|提出|共)[^,，。;\d]{0,16}?(?:指标(?:共计?|共有|体系)?(?P<after>\d{1,3})项"
    r"|(?P<before>\d{1,3})项[^,，。;\d]{0,8}指标)"
)


def indicators(reading: Reading) -> Iterator[Record]:
    """Return numbers of indicators that no table of indicators of the plan has."""
    for stretch in paragraphs(reading.document):
        for match in _INDICATORS.finditer(stretch.text):
            place = _place(stretch, 0, match)
            plan = part_at(reading.parts, place.line).plan
            rows = defaultdict(list)
            for record in reading.indicators:
                if record.values["plan"] == plan:
                    rows[record.values["table"], record.values["table_title"]].append(record)
            stated = int(match["after"] or match["before"])
            counts = {key: _different(records) for key, records in rows.items()}
            if not counts or stated in counts.values():
                continue
            first = next(iter(rows.values()))[0]
            yield finding(
                "indicator_count", MEDIUM, plan, place, other=Place.of(first, "name"),
                confidence=LIKELY, stated=stated,
                found="、".join(str(count) for count in counts.values()),
            )  # fmt: skip


def _different(records: Sequence[Record]) -> int:
    """Return how many indicators there are: several rows may be of one numbered indicator."""
    numbers = {record.values["seq"] for record in records if record.values["seq"]}
    return len(numbers) or len(records)


def proposals(reading: Reading) -> Iterator[Record]:
    """Return names that are likely misprints, as they were proposed for the projects' places."""
    seen = set()
    for project in reading.projects:
        for part in (project.values["note"] or "").split("；"):
            if "→" in part and part not in seen:
                seen.add(part)
                yield finding(
                    "misprint", LOW, project.values["plan"], Place.of(project, "name"),
                    confidence=LIKELY, evidence=part,
                )  # fmt: skip
