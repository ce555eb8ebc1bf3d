"""Projects against their plan: years, units, parts within a row, the same project twice."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from fractions import Fraction
from statistics import median

from layers.plans.audit.finding import HIGH, LOW, MEDIUM, Place, finding
from layers.plans.document import CERTAIN, LIKELY, Record, Span
from layers.plans.folding import fold
from layers.plans.numerals import plain
from layers.plans.reading import Reading
from layers.plans.structure import part_at
from layers.plans.wordlists import any_of, table
from layers.words import say

_UNITS = table("audit")["units"]
_ODD = [(re.compile(item["pattern"]), item) for item in _UNITS]
_TWO_YEARS = re.compile(r"(20\d\d)年?[-~至到]{1,2}(20\d\d)年?")
_SIGNS = re.compile(r"[\s（）()“”\"'、，,。．.·—\-–《》:：]")
_FILLERS = re.compile(f"{any_of(table('audit')['fillers'])}*")

ALIKE = 0.7
"""Names of the same project in two plans, by the share of what they have in common."""

TIMES_MEDIAN = 1000
"""An amount so many times the table's median is likely in 万元 or 元, not 亿元."""

LARGE_YI = 500
"""... and beyond what a county's project costs."""


def years(reading: Reading) -> Iterator[Record]:
    """Return projects that begin or end outside the plan's period, or end before they begin."""
    for project in reading.projects:
        part = part_at(reading.parts, int(project.values["line"] or 0))
        start, end = (project.values[key] for key in ("start_year", "end_year"))
        said = {"name": project.values["name"] or "—", "raw": project.values["period_raw"] or ""}
        place = Place.of(project, "period_raw")
        if _backward(start, end, said["raw"]):
            yield finding("backward", HIGH, part.plan, place, **said)
        if part.period is None:
            continue
        first, last = part.period
        outside = [year for year in (start, end) if year and not first <= int(year) <= last]
        if outside:
            goes_on = start and end and int(start) <= last and int(end) >= first
            yield finding(
                "outside_period", LOW if goes_on else MEDIUM, part.plan, place,
                years="、".join(dict.fromkeys(outside)), first=first, last=last, **said,
            )  # fmt: skip


def _backward(start: str | None, end: str | None, raw: str) -> bool:
    """Whether a project ends before it begins; such years are not read as its period."""
    years = _TWO_YEARS.fullmatch(fold(raw).text)
    first, last = years.groups() if years else (start, end)
    return bool(first and last) and int(last or 0) < int(first or 0)


def units(reading: Reading) -> Iterator[Record]:
    """Return units that cannot be right, and money that is out of all proportion."""
    for row in (row for one in reading.document.tables() for row in one.rows):
        for number, cell in enumerate(row.cells):
            yield from _odd_units(reading, cell.text, row.line, row.page, number)
    for paragraph in reading.document.paragraphs():
        yield from _odd_units(reading, paragraph.text, paragraph.line, paragraph.page, -1)
    by_table = defaultdict(list)
    for project in reading.projects:
        if project.values["investment_yi"]:
            by_table[project.values["plan"], project.values["table_title"]].append(project)
    for projects in by_table.values():
        amounts = [float(project.values["investment_yi"] or 0) for project in projects]
        usual = median(amounts)
        for project, amount in zip(projects, amounts, strict=True):
            if amount > LARGE_YI and amount > TIMES_MEDIAN * usual:
                yield finding(
                    "money_size", MEDIUM, project.values["plan"],
                    Place.of(project, "investment_raw"), confidence=LIKELY,
                    name=project.values["name"] or "—", amount=plain(Fraction(str(amount))),
                    usual=plain(Fraction(str(usual))),
                )  # fmt: skip


def _odd_units(
    reading: Reading, text: str, line: int, page: int | None, cell: int
) -> Iterator[Record]:
    for pattern, said in _ODD:
        for match in pattern.finditer(text):
            spans = (Span(line, cell, *match.span()),)
            plan = part_at(reading.parts, line).plan
            yield finding(
                "unit", said["severity"], plan, Place(line, page, match[0], spans),
                unit=match[0].strip(), meant=said["meant"],
            )  # fmt: skip


def repeated(readings: Sequence[Reading]) -> Iterator[tuple[int, Record]]:
    """Return projects that stand twice, in one plan or in two; with the reading of the later."""
    by_county: dict[str | None, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for at, reading in enumerate(readings):
        for project in reading.projects:
            name = project.values["name"]
            if not name:
                continue
            part = part_at(reading.parts, int(project.values["line"] or 0))
            seen = by_county[part.county]
            key = _SIGNS.sub("", name)
            earlier = seen[key]
            other = earlier[0] if earlier else _alike(key, seen)
            # a merged cell names all the rows beside it, which are several works
            if other is not None and other.spans.get("name") != project.spans.get("name"):
                yield at, _twice(project, other)
            earlier.append(project)


def _alike(key: str, seen: dict[str, list[Record]]) -> Record | None:
    """Return a project whose name has some general words more or fewer."""
    best, found = ALIKE, None
    for other, projects in seen.items():
        if not projects or abs(len(other) - len(key)) > len(key) * (1 - ALIKE) + 1:
            continue
        matcher = SequenceMatcher(None, key, other, autojunk=False)
        if matcher.real_quick_ratio() < best or matcher.quick_ratio() < best:
            continue
        if matcher.ratio() >= best and _says_no_more(matcher, key, other):
            best, found = matcher.ratio(), projects[0]
    return found


def _says_no_more(matcher: SequenceMatcher, one: str, other: str) -> bool:
    """Whether all that one name has and the other has not are words like 工程 and 项目."""
    changes = [change for change in matcher.get_opcodes() if change[0] != "equal"]
    texts = [one[a:b] + other[c:d] for _, a, b, c, d in changes]
    return all(_FILLERS.fullmatch(text) for text in texts)


def _plain(text: str | None) -> str:
    return "".join((text or "").split())


def _are_apart(project: Record, other: Record) -> bool:
    """Whether two projects of one name may be two: in other years, or in other townships."""
    if project.values["investment_yi"] == other.values["investment_yi"]:
        return False
    first, second = sorted(
        (one.values["start_year"] or "", one.values["end_year"] or "") for one in (project, other)
    )
    after = all((*first, *second)) and first[1] < second[0]
    places = [set((one.values["townships"] or "").split(";")) - {""} for one in (project, other)]
    return after or (all(places) and not places[0] & places[1])


def _twice(project: Record, other: Record) -> Record:
    """Return the finding of a project that stands twice; what differs between the two is said."""
    differs = [
        column
        for column in ("investment_yi", "period_raw", "owner", "location")
        if project.values[column] and other.values[column]
        and _plain(project.values[column]) != _plain(other.values[column])
    ]  # fmt: skip
    said = "、".join(say(f"plan.column.{column}") for column in differs)
    same = project.values["plan"] == other.values["plan"]
    return finding(
        "twice" if same else "twice_across",
        MEDIUM if (differs or same) and not _are_apart(project, other) else LOW,
        project.values["plan"],
        Place.of(project, "name"),
        other=Place.of(other, "name"),
        confidence=CERTAIN if project.values["name"] == other.values["name"] else LIKELY,
        name=project.values["name"] or "—",
        other_plan=other.values["plan"] or "—",
        differs=say("plan.audit.differs", columns=said) if said else say("plan.audit.agrees"),
    )
