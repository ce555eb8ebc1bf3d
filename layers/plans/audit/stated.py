"""One thing with two figures: of a named thing, of the whole county, of an indicator, of a project.

Two figures contradict one another only where they are of one year, or both of none, and neither
is one of a plan's aims while the other is of today.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from layers.plans.audit.finding import MEDIUM, Place, digit, finding
from layers.plans.document import CERTAIN, LIKELY, Record
from layers.plans.folding import fold
from layers.plans.numerals import PRINTED, plain, printed
from layers.plans.prose import Stretch, paragraphs
from layers.plans.reading import Reading
from layers.plans.structure import Part
from layers.plans.wordlists import any_of, table
from layers.words import say

_WORDS = table("audit")["stated"]
_UNITS = {
    spelled: (group, Fraction(unit["worth"]))
    for group in ("area", "length", "volume", "mass")
    for unit in table("units")[group]
    for spelled in unit["spelled"]
}
_TIMES = table("units")["multipliers"]
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?=年)")
_AIM = re.compile(any_of(_WORDS["aims"]))
_ROUGH_BEFORE = re.compile(r"(?:约|近|超过?|不低于|不少于|不高于|高于|低于|大于|小于|[≥≤<>])$")
_ROUGH_AFTER = re.compile(r"[余多]|以上|以下|以内|左右|\(含")
_OTHER = re.compile(any_of(_WORDS["others"]))
_LEVELS = re.compile(r"(?:国家|省|市|县|自治区)级|国家(?=湿地|森林|地质|矿山|草原|沙漠)")
_LINK = rf"(?:{any_of(_WORDS['links'])})*"
_NUMBER = re.compile(rf"[≥≤<>]?({PRINTED})")

_DONE = re.compile(any_of(_WORDS["done"]))
_PART = re.compile(any_of(_WORDS["of_part"]))

TIMES = 3
"""Figures that are so many times apart are of two things."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A figure of something: how much, of which year (None: none; an aim without one: 0)."""

    value: str
    unit: str
    size: Fraction
    slack: Fraction
    year: int | None
    place: Place


# ---- named things ------------------------------------------------------------------------------


def two_figures(reading: Reading) -> Iterator[Record]:
    """Return named things for which the plan states two figures of one measure."""
    texts = _texts(reading)
    stated: dict[tuple[str | None, ...], list[Record]] = defaultdict(list)
    for record in reading.features:
        values = record.values
        if values["value"] and values["measure"] and values["confidence"] == CERTAIN:
            name = _LEVELS.sub("", values["name"] or "")
            when = _when(texts, record)
            key = (values["plan"], name, values["measure"], values["unit"], when)
            stated[key].append(record)
    for (plan, _, measure, unit, _), records in stated.items():
        first, others = records[0], records[1:]
        known = {first.values["value"]}
        for record in others:
            value = record.values["value"]
            if value in known or not _comparable(first.values["value"] or "", value or ""):
                continue
            known.add(value)
            yield finding(
                "two_figures", MEDIUM, plan, Place.of(record, "value"),
                other=Place.of(first, "value"), confidence=LIKELY, name=record.values["name"],
                measure=_called(measure or ""), one=first.values["value"],
                two=value, unit=unit or "",
            )  # fmt: skip


def _called(measure: str) -> str:
    """Return what plans call a measure.

    >>> _called("core_area"), _called("length_in_county")
    ('核心区', '境内长度')
    """
    inner = measure.endswith("_in_county")
    name = measure.removesuffix("_in_county")
    row = next((row for row in table("figures")["measure"] if row["name"] == name), {"words": []})
    shortest = min((word for word in row["words"] if len(word) > 1), key=len, default=name)
    return (_WORDS["inner"] if inner else "") + row.get("title", shortest)


def _texts(reading: Reading) -> dict[tuple[int, int], str]:
    """Return the text of each paragraph and cell."""
    texts = {(one.line, -1): one.text for one in reading.document.paragraphs()}
    for one in reading.document.tables():
        for row in one.rows:
            texts |= {(row.line, at): cell.text for at, cell in enumerate(row.cells)}
    return texts


def _when(texts: dict[tuple[int, int], str], record: Record) -> str:
    """Return what is said before a figure of when, or of which part (干流), it is."""
    spans = record.spans.get("value", ())
    if not spans:
        return ""
    text = texts.get((spans[0].line, spans[0].cell), "")[: spans[0].start]
    sentence = re.split("[。；;]", fold(text).text)[-1]
    part = _PART.search(re.split("[，,、]", sentence)[-1])
    return f"{_year(sentence)} {part[0] if part else ''}"


def _year(before: str) -> int | None:
    """Return the year that a sentence speaks of before a figure; 0 of an aim without a year."""
    years = _YEAR.findall(before)
    if years:
        return int(years[-1])
    return 0 if _AIM.search(before) else None


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
    return _differ(first, second, max(digit(one), digit(other)) / 2)


def _differ(one: Fraction, other: Fraction, slack: Fraction) -> bool:
    near = min(one, other) * TIMES > max(one, other)
    return near and abs(one - other) > slack


# ---- the county, and its indicators ------------------------------------------------------------


def statistics(reading: Reading) -> Iterator[Record]:
    """Return figures of the whole county that text and indicators state in two ways."""
    for part in reading.parts:
        names = _names(reading, part)
        said = defaultdict(list)
        for name, one in _indicated(reading, part, names):
            said[names[name], one.year].append((name, one))
        for name, one in _in_text(reading, part, names):
            said[names[name], one.year].append((name, one))
        for name, one in _pieces(reading, part):
            said[f"{name}{one.unit}", one.year].append((name, one))
        for claims in said.values():
            yield from _contradicting(part, claims)


def _names(reading: Reading, part: Part) -> dict[str, str]:
    """Return what may be stated of the county; of names for one thing each has the first."""
    names = {word: words[0] for words in _WORDS["statistics"] for word in words}
    for record in reading.indicators:
        name = _plain_name(record)
        if record.values["plan"] == part.plan and len(name) >= _WORDS["shortest"]:
            names.setdefault(name, name)
    return names


def _plain_name(record: Record) -> str:
    return re.sub(r"\([^()]*\)", "", fold(record.values["name"] or "").text)


def _indicated(reading: Reading, part: Part, names: dict[str, str]) -> Iterator[tuple[str, _Said]]:
    for record in reading.indicators:
        name = _plain_name(record)
        if record.values["plan"] != part.plan or name not in names:
            continue
        for kind in ("base", "target"):
            value, year = record.values[f"{kind}_value"], record.values[f"{kind}_year"]
            match = _NUMBER.fullmatch(fold(value or "").text)
            unit = fold(record.values["unit"] or "").text
            if match and year and unit:
                place = Place.of(record, f"{kind}_value")
                yield name, _figure(match[1], unit, int(year), place)


def _figure(figures: str, unit: str, year: int | None, place: Place) -> _Said:
    value = printed(figures)
    times = next((word for word in _TIMES if unit.startswith(word)), "")
    group, worth = _UNITS.get(unit.removeprefix(times), (unit, Fraction(1)))
    scale = (
        worth * _TIMES[times] if times and group in {"area", "length", "volume", "mass"} else worth
    )
    size = Fraction(value) * scale
    return _Said(value, unit, size, digit(value) * scale / 2, year, place)


def _in_text(reading: Reading, part: Part, names: dict[str, str]) -> Iterator[tuple[str, _Said]]:
    said = re.compile(
        rf"(?P<name>{any_of(list(names))})(?:浓度|总量|面积)?(?:由|从)?(?:(?P<year>20\d\d)年的?)?{_LINK}"
        rf"(?P<number>{PRINTED})(?P<unit>{_unit_words(reading)})(?!\s*[/每A-Za-z²³])"
    )
    own = _own(part)
    spoken = re.compile(rf"{own.pattern}{any_of(list(names))}")
    for stretch in paragraphs(reading.document):
        if not part.first_line <= stretch.sources[0].line <= part.last_line:
            continue
        for match in said.finditer(stretch.text):
            before = _sentence_before(stretch.text, match.start())
            if not _of_all(before, own, spoken):
                continue
            if _ROUGH_BEFORE.search(stretch.text[: match.start("number")]):
                continue
            if _ROUGH_AFTER.match(stretch.text, match.end()):
                continue
            year = int(match["year"]) if match["year"] else _year(before)
            yield (
                match["name"],
                _figure(
                    match["number"], match["unit"], year, _place(stretch, match.span("number"))
                ),
            )


def _pieces(reading: Reading, part: Part) -> Iterator[tuple[str, _Said]]:
    """Return how many of a thing the whole county is said to have: 全县现有露天矿山 118 座."""
    level = part.county[-1] if part.county else "县市区旗州"
    said = re.compile(
        rf"(?:^|[。;,，])(?:[全我本][{level}]|{re.escape(part.county or 'x')})"
        r"(?:境内|现|共|已|目前)*有?"
        r"(?P<name>[\u4e00-\u9fff]{2,8}?[\u4e00-\u9fff])(?:共有|共计|总数|共|有|为)*"
        r"(?P<number>\d{1,5})(?P<unit>[处座个家条])(?![\u4e00-\u9fff]*(?:以上|左右))"
    )
    for stretch in paragraphs(reading.document):
        if not part.first_line <= stretch.sources[0].line <= part.last_line:
            continue
        for match in said.finditer(stretch.text):
            if not _DONE.search(match["name"]):
                year = _year(_sentence_before(stretch.text, match.start("name")))
                place = _place(stretch, match.span("number"))
                yield match["name"], _figure(match["number"], match["unit"], year, place)


def _unit_words(reading: Reading) -> str:
    own = {fold(record.values["unit"] or "").text for record in reading.indicators}
    times = any_of(list(_TIMES))
    units = any_of([*_UNITS, *table("audit")["stated"]["units"], *filter(None, own)])
    return rf"{times}?{units}(?:/[日天年da])?"


def _sentence_before(text: str, at: int) -> str:
    return re.split("[。；;!?]", text[:at])[-1]


def _own(part: Part) -> re.Pattern[str]:
    """Return a pattern of the words before a figure that is of the whole plan's area."""
    level = part.county[-1] if part.county else "县市区旗州"
    county = re.escape(part.county or "\0")
    return re.compile(
        rf"(?:[全我本][{level}]|{county}|{any_of(_WORDS['area'])}|{any_of(_WORDS['fill'])}"
        r"|(?:到|至|截至|截止)?20\d\d年(?:底|末|前|度)?|[,，、:]|“?十[一二三四五六七]五”?(?:期间|末|时期)?)*"
    )


def _of_all(before: str, own: re.Pattern[str], spoken: re.Pattern[str]) -> bool:
    """Whether nothing but the whole county, a year, or other figures of it is spoken of before."""
    *earlier, last = re.split("[,，]", before)
    return bool(own.fullmatch(last)) and all(
        own.fullmatch(clause) or spoken.match(clause) or _starts_own(clause, own)
        for clause in earlier
    )


def _starts_own(clause: str, own: re.Pattern[str]) -> bool:
    """``全县共有林地 3 万亩`` speaks of the county, ``全县各乡镇`` of other places."""
    match = own.match(clause)
    return bool(match and match.end() > 1) and not _OTHER.search(clause)


def _contradicting(part: Part, claims: Sequence[tuple[str, _Said]]) -> Iterator[Record]:
    _, first = claims[0]
    known = [first.size]
    for name, one in claims[1:]:
        same_unit = _group(one.unit) == _group(first.unit)
        slack = max(one.slack, first.slack)
        if not same_unit or any(not _differ(size, one.size, slack) for size in known):
            continue
        known.append(one.size)
        year = say("plan.audit.of_year", year=one.year) if one.year else ""
        yield finding(
            "two_statistics", MEDIUM, part.plan, one.place, other=first.place, confidence=LIKELY,
            name=name, year=year, one=f"{first.value}{first.unit}", two=f"{one.value}{one.unit}",
        )  # fmt: skip


def _group(unit: str) -> str:
    times = next((word for word in _TIMES if unit.startswith(word)), "")
    bare = unit.removeprefix(times)
    return _UNITS[bare][0] if bare in _UNITS else unit


def _place(stretch: Stretch, span: tuple[int, int]) -> Place:
    source = stretch.source(span[0])
    return Place(source.line, source.page, stretch.text[slice(*span)], stretch.spans(*span))


# ---- projects ----------------------------------------------------------------------------------


def project_money(reading: Reading) -> Iterator[Record]:
    """Return projects whose money the text states otherwise than their table."""
    for part in reading.parts:
        known: dict[str, list[Record]] = defaultdict(list)
        for project in reading.projects:
            name = fold("".join((project.values["name"] or "").split())).text
            if project.values["plan"] == part.plan and len(name) >= _WORDS["shortest_project"]:
                known[name].append(project)
        if not known:
            continue
        said = re.compile(
            rf"(?P<name>{any_of(list(known))})(?:项目|工程)?[,，(]?[^,，。;\d]{{0,6}}?"
            rf"(?:投资|资金)(?:额|估算|约|共计?|为)*(?P<number>{PRINTED})(?P<times>亿|万)元"
        )
        for stretch in paragraphs(reading.document):
            if not part.first_line <= stretch.sources[0].line <= part.last_line:
                continue
            for match in said.finditer(stretch.text):
                projects = known[match["name"]]
                amount = projects[0].values["investment_yi"]
                scale = Fraction(1) if match["times"] == "亿" else Fraction(1, 10_000)
                stated = Fraction(printed(match["number"])) * scale
                if len(projects) > 1 or not amount:
                    continue
                if abs(stated - Fraction(amount)) <= digit(printed(match["number"])) * scale / 2:
                    continue
                yield finding(
                    "project_money", MEDIUM, part.plan, _place(stretch, match.span("number")),
                    other=Place.of(projects[0], "investment_raw"), confidence=LIKELY,
                    name=projects[0].values["name"], one=plain(Fraction(amount)),
                    two=plain(stated),
                )  # fmt: skip
