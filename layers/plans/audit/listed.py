"""Numbers of things against the names that are listed behind them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from layers.plans.audit.finding import HIGH, MEDIUM, Place, finding
from layers.plans.document import LIKELY, Record
from layers.plans.numerals import CHINESE, chinese
from layers.plans.prose import Stretch, paragraphs
from layers.plans.reading import Reading
from layers.plans.structure import part_at
from layers.plans.wordlists import any_of, table

_WORDS = table("audit")["listing"]
_PAST = re.compile(any_of(table("audit")["past"]))
_OPEN = re.compile(rf"\d|{any_of(_WORDS['open'])}")
_NAMES = re.compile(
    rf"(?<![\d.])(?:(?P<figures>\d{{1,2}})|(?P<chinese>{CHINESE}))(?:大?{any_of(_WORDS['counted'])}|大)"
    rf"(?P<what>[\u4e00-\u9fff]{{0,10}})(?:[,，]?{any_of(_WORDS['introduce'])}:?|:)"
    r"(?P<list>[\u4e00-\u9fffA-Za-z·、“”()-]{4,300})(?=[。;]|$)"
)
_ALSO = re.compile(r"\d个?[\u4e00-\u9fff]{1,6}[、,，和及]$")
"""A number before the number: the names are those of both (5 个镇、3 个乡：...)."""
_ENDS = re.compile("[和及与][^、]+$")
_LONGEST = 16


def names(reading: Reading) -> Iterator[Record]:
    """Return numbers of things of which more or fewer names are listed."""
    for stretch in paragraphs(reading.document):
        for match in _NAMES.finditer(stretch.text):
            stated = int(match["figures"] or chinese(match["chinese"]))
            counts = _counted(match["list"])
            if counts is None or stated in counts or _ALSO.search(stretch.text[: match.start()]):
                continue
            place = _place(stretch, match.start(), match.start("list"))
            yield finding(
                "listed", MEDIUM, part_at(reading.parts, place.line).plan, place,
                other=_place(stretch, *match.span("list")), confidence=LIKELY,
                stated=stated, found=counts[0] + bool(_ENDS.search(match["list"])),
            )  # fmt: skip


def _counted(listed: str) -> range | None:
    """Return how many names a list may have; None if it may not be all of them.

    和 joins two names or stands within one.

    >>> _counted("甲山公园、乙山公园和丙山公园"), _counted("甲山公园、乙山公园等")
    (range(2, 4), None)
    """
    listed = re.sub(r"\([^()]*\)", "", listed)
    if _OPEN.search(listed):
        return None
    least = listed.split("、")
    most = re.split("、|和|及|与|以及", listed)
    if len(least) < 2 or any(not 1 < len(one) <= _LONGEST for one in least):  # noqa: PLR2004
        return None
    return range(len(least), len(most) + 1)


_TOWNS = re.compile(r"(?P<towns>\d{1,2})个?(?:建制)?镇[、,，和及]?(?P<rural>\d{1,2})个?(?:民族)?乡")
_TOWN_LIST = re.compile(r"\)?[)、,，]?(?:分别(?:为|是)|[:(])(?P<list>[^。;)]+)")


def townships(reading: Reading) -> Iterator[Record]:
    """Return numbers of towns and townships that differ within a plan or from their own list."""
    stated: dict[str, tuple[tuple[int, int], Place]] = {}
    for stretch in paragraphs(reading.document):
        for match in _TOWNS.finditer(stretch.text):
            numbers = int(match["towns"]), int(match["rural"])
            place = _place(stretch, *match.span())
            plan = part_at(reading.parts, place.line).plan
            if _PAST.search(stretch.text[: match.start()][-20:]):
                continue
            listed = _towns(stretch.text, match.end())
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


def _towns(text: str, at: int) -> tuple[int, int] | None:
    """Return how many towns and townships are listed behind a number, if they are."""
    match = _TOWN_LIST.match(text, at)
    said = re.split(r"[、,，和及]", match["list"]) if match else []
    towns, rural = (sum(name.endswith(noun) for name in said) for noun in ("镇", "乡"))
    known = towns + rural
    return (towns, rural) if known > 2 and known == len([one for one in said if one]) else None  # noqa: PLR2004 - two names are no list


_INDICATORS = re.compile(
    r"(?:设置|设|设定|确定|提出|共)[^,，。;\d]{0,16}?(?:\d{1,2}大?类)?(?:[,，]?共)?"
    r"(?:指标(?:共计?|共有|体系)?(?P<after>\d{1,3})项|(?P<before>\d{1,3})项[^,，。;\d]{0,8}指标)"
)
_KIND = re.compile(
    r"(?P<kind>约束性|预期性)(?:指标)?(?:共|有|为)?(?P<count>\d{1,3})(?:项|个)"
    r"|(?P<number>\d{1,3})(?:项|个)(?:为)?(?P<of>约束性|预期性)"
)


def indicators(reading: Reading) -> Iterator[Record]:
    """Return numbers of indicators, or of those of a kind, that no table of the plan has."""
    for stretch in paragraphs(reading.document):
        if "指标" not in stretch.text:
            continue
        plan = part_at(reading.parts, stretch.sources[0].line).plan
        tables = _tables(reading, plan)
        if not tables:
            continue
        first = tables[0][0]
        for match in _INDICATORS.finditer(stretch.text):
            counts = [_different(records) for records in tables]
            stated = int(match["after"] or match["before"])
            if stated not in counts:
                yield _wrong(stretch, match, plan, stated, counts, first)
        for match in _KIND.finditer(stretch.text):
            kind = match["kind"] or match["of"]
            stated = int(match["count"] or match["number"])
            counts = [
                sum(record.values["attribute"] == kind for record in records) for records in tables
            ]
            complete = all(record.values["attribute"] for record in tables[0])
            numbered = len(tables[0]) == _different(tables[0])
            if len(tables) == 1 and complete and numbered and stated not in counts:
                yield _wrong(stretch, match, plan, stated, counts, first)


def _tables(reading: Reading, plan: str) -> list[list[Record]]:
    rows = defaultdict(list)
    for record in reading.indicators:
        if record.values["plan"] == plan:
            rows[record.values["table"], record.values["table_title"]].append(record)
    return list(rows.values())


def _wrong(  # noqa: PLR0913, PLR0917 - what is said, and what the tables have
    stretch: Stretch,
    match: re.Match[str],
    plan: str,
    stated: int,
    counts: Sequence[int],
    first: Record,
) -> Record:
    return finding(
        "indicator_count", MEDIUM, plan, _place(stretch, *match.span()),
        other=Place.of(first, "name"), confidence=LIKELY, stated=stated,
        found="、".join(str(count) for count in counts),
    )  # fmt: skip


def _different(records: Sequence[Record]) -> int:
    """Return how many indicators there are: several rows may be of one numbered indicator."""
    numbers = {record.values["seq"] for record in records if record.values["seq"]}
    return len(numbers) or len(records)


def _place(stretch: Stretch, start: int, end: int) -> Place:
    source = stretch.source(start)
    return Place(source.line, source.page, stretch.text[start:end], stretch.spans(start, end))
