"""What a text says of a named thing in numbers: its area, length, storage, level of water quality.

A number belongs to a thing only where the words between them speak of nothing else: of a clause
that begins with other words than those of ``figures.toml`` no number is taken.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

from layers.plans import numerals
from layers.plans.names import Named
from layers.plans.prose import Stretch
from layers.plans.wordlists import any_of, table

_HA_DIGITS = 4
_CLAUSE = "，,;:。、("
_LINK = (
    r"(?:为|约|达|到|仅|共|是|在|:|计|平均|有|近|超过?|可|高|只|将|稳定|保持|合|大|的|比例|比重)*"
)
_CLASS = (
    r"(?P<worse>劣)?(?:(?P<class>[ⅠⅡⅢⅣⅤ])类?|(?P<latin>IV|V|I{1,3}|[一二三四五])类)(?![级区控管])"
)
_ROMAN = {"I": "Ⅰ", "II": "Ⅱ", "III": "Ⅲ", "IV": "Ⅳ", "V": "Ⅴ"}
_ROMAN |= dict(zip("一二三四五", "ⅠⅡⅢⅣⅤ", strict=True))
_BRANCH = re.compile(r"(?:的)?(?:[一二三四]级|主要|最大|重要)?支流(?:的)?")
_LISTED = re.compile(r"(?:\([^()]*\))?(?:、|和|与|及|以及)")
_LEVELS = re.compile(r"(?:国家|省|市|县|自治区)级?$")
_SHORT = 2
_BUILT = re.compile(r"(?:建设|新建|扩建|改建|建成|兴建|修建|启动)$")
_WORKS = re.compile(r"(?:治理|修复|恢复|建设|新建|改造|整治|实施|新增|绿化)[^，,;。]{0,4}$")
_ENDS = re.compile(r"(?:项目|工程|一期|二期|建设)*[，,;。:]")
_RATED = frozenset({"volume", "mass"})
_NEAR = 16
"""Characters between a thing and what its water is said to be, at most."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure of a thing, and where it stands in the text: ``text[start:end]``.

    ``value`` is the number as printed, thousands not parted, or None with ``text`` for what is no
    number; ``hectares`` is there for areas. ``sure`` is false where its thing was named in an
    earlier sentence.
    """

    measure: str
    value: str | None
    unit: str | None
    hectares: str | None
    text: str | None
    start: int
    end: int
    sure: bool = True


@dataclass(frozen=True)
class _Grammar:
    lead: re.Pattern[str]
    number: re.Pattern[str]
    unit: re.Pattern[str]
    between: re.Pattern[str]
    inner: re.Pattern[str]
    opens: re.Pattern[str]
    continues: re.Pattern[str]
    quality: re.Pattern[str]
    target: re.Pattern[str]
    measures: dict[str, dict[str, object]]
    units: dict[str, tuple[str, str, Fraction]]
    times: dict[str, str]


@cache
def _grammar() -> _Grammar:
    own, shared = table("figures"), table("units")
    units = {
        spelled: (group, unit["name"], Fraction(unit.get("worth", "1")))
        for group in ("area", "length", "volume", "mass", "power")
        for unit in shared[group]
        for spelled in unit["spelled"]
    }
    units |= {w: (group, w, Fraction(1)) for group, ws in own["unit"].items() for w in ws}
    times = {word: name for name, words in own["per"].items() for word in words}
    measures = {word: row for row in own["measure"] for word in row["words"]}
    words = own["words"]
    unit = (
        rf"(?P<times>{any_of(list(shared['multipliers']))})?(?P<unit>{any_of(list(units))})"
        rf"(?![A-Za-z²³])(?:[/每](?P<per>{any_of(list(times))}))?"
    )
    number = (
        rf"{_LINK}(?P<low>{numerals.PRINTED})(?:[-~至](?P<high>{numerals.PRINTED}))?[余多]?{unit}"
    )
    return _Grammar(
        lead=re.compile(any_of(list(measures))),
        number=re.compile(number),
        unit=re.compile(unit),
        between=re.compile(
            rf"(?:{any_of(words['between'])}|[㐀-鿿]{{2,4}}[县市区旗](?=境内|域内|段))*"
        ),
        inner=re.compile(any_of(words["inner"])),
        opens=re.compile(rf"(?:[\d.、()①-⑳]*)(?:{any_of(words['opens'])})*"),
        continues=re.compile(any_of(words["continues"])),
        quality=re.compile(
            rf"{any_of(words['quality_before'])}(?:国家)?(?:地表水|地下水)?(?:环境)?(?:质量)?(?:标准)?(?:的)?{_CLASS}"
        ),
        target=re.compile(any_of(words["quality_target"])),
        measures=measures,
        units=units,
        times=times,
    )


def figures(
    stretch: Stretch, named: Sequence[Named], subject: Named | None = None
) -> Iterator[tuple[Named, Figure]]:
    """Return the figures in a text, each with the thing that it is of.

    ``subject`` is what the text speaks of where it names nothing (a cell beside a name).
    """
    carried = subject
    whole = sorted((one for one in named if not one.within), key=lambda one: one.start)
    starts = [one.start for one in whole]
    for start, end in stretch.sentences():
        here = whole[bisect_left(starts, start) : bisect_left(starts, end)]
        first = _opening(stretch.text, start, here) or _again(stretch.text, start, carried)
        if first:
            carried = first
            here = here if first in here else [first, *here]
        elif carried is not subject and not _goes_on(stretch.text, start, end):
            carried = None
        about = _About(stretch.text, here, carried, subject)
        yield from about.areas(start, end)
        yield from about.numbers(start, end)
        yield from about.qualities(start, end)


def _opening(text: str, start: int, here: Sequence[Named]) -> Named | None:
    """Return the thing with whose name a sentence begins."""
    if not here:
        return None
    opened = _grammar().opens.match(text, start)
    if not opened or opened.end() < here[0].start:
        return None
    first = here[0]
    for one in here[1:]:  # 甲江支流乙溪: the branch is spoken of
        if not _BRANCH.fullmatch(text, first.end, one.start):
            break
        first = one
    return first


def _again(text: str, start: int, carried: Named | None) -> Named | None:
    """Return the thing spoken of if a sentence begins with its name in short: 某山总面积……."""
    if carried is None:
        return None
    short = _LEVELS.sub("", carried.name[: len(carried.name) - len(carried.noun)])
    if len(short) < _SHORT or not text.startswith(short, start):
        return None
    return replace(carried, start=start, end=start + len(short))


def _goes_on(text: str, start: int, end: int) -> bool:
    grammar = _grammar()
    return bool(grammar.continues.match(text, start, end) or grammar.lead.match(text, start, end))


@dataclass(frozen=True)
class _About:
    """A sentence: the names in it, and the thing that it speaks of before it names any."""

    text: str
    here: Sequence[Named]
    carried: Named | None
    subject: Named | None

    def numbers(self, start: int, end: int) -> Iterator[tuple[Named, Figure]]:
        """Return the numbers with a unit."""
        grammar = _grammar()
        for lead in grammar.lead.finditer(self.text, start, end):
            number = grammar.number.match(self.text, lead.end(), end)
            if not number:
                continue
            owner, words, sure = self._owner(start, lead.start())
            figure = _figure(lead.group(), words, number)
            if not owner or not figure:
                continue
            if not fits(figure.measure, owner.kind):
                owner, sure = self.subject, False
            if owner and fits(figure.measure, owner.kind):
                yield owner, replace(figure, sure=sure)

    def areas(self, start: int, end: int) -> Iterator[tuple[Named, Figure]]:
        """Return the areas right behind a name: 甲湿地 12 公顷."""
        for one in self.here:
            number = _grammar().number.match(self.text, one.end, end)
            if (
                not number
                or not fits("area", one.kind)
                or _WORKS.search(self.text, start, one.start)
            ):
                continue
            figure = _figure("面积", "", number)
            if figure:
                yield one, figure

    def _owner(self, start: int, at: int) -> tuple[Named | None, str, bool]:
        """Return the thing that the words at ``at`` speak of, and the words between."""
        clause = max([start, *(self.text.rfind(sign, start, at) + 1 for sign in _CLAUSE)])
        before = [one for one in self.here if clause <= one.start and one.end <= at]
        if before:
            owner, words, sure = before[-1], self.text[before[-1].end : at], True
            if len(before) > 1 and _is_list(self.text[before[-2].end : owner.start]):
                return None, "", False
        else:
            owner, words = self._latest(start, clause), self.text[clause:at]
            sure = owner is not self.subject
        if not _grammar().between.fullmatch(words):
            return None, "", False
        return owner, words, sure

    def _latest(self, start: int, clause: int) -> Named | None:
        """Return the thing that an earlier clause of the sentence speaks of."""
        grammar = _grammar()
        latest = self.carried
        for one in self.here:
            if one.end > clause:
                break
            begin = max([start, *(self.text.rfind(s, start, one.start) + 1 for s in "，,;:")])
            opened = grammar.opens.match(self.text, begin)
            built = _BUILT.search(self.text, begin, one.start) and _ENDS.match(self.text, one.end)
            branch = latest and _BRANCH.fullmatch(self.text, latest.end, one.start)
            sized = grammar.number.match(self.text, one.end)
            if built or branch or sized or (opened and opened.end() >= one.start):
                latest = None if _LISTED.match(self.text, one.end) else one
        return latest

    def qualities(self, start: int, end: int) -> Iterator[tuple[Named, Figure]]:
        """Return the classes of water quality."""
        grammar = _grammar()
        for match in grammar.quality.finditer(self.text, start, end):
            clause = max([start, *(self.text.rfind(s, start, match.start()) + 1 for s in "，,;:")])
            owners = [one for one in self.here if clause <= one.start and one.end <= match.start()]
            between = self.text[owners[-1].end : match.start()] if owners else ""
            if not owners or len(between) > _NEAR or re.search("类|断面", between):
                continue
            run = [owners[-1]]
            for one in reversed(owners[:-1]):
                if not _is_list(re.sub(r"\([^()]*\)", "", self.text[one.end : run[-1].start])):
                    break
                run.append(one)
            aim = grammar.target.search(self.text, clause, match.end())
            measure = "water_quality_target" if aim else "water_quality"
            text = _quality(match)
            begin = max(match.start("class"), match.start("latin")) - len(match["worse"] or "")
            for one in reversed(run):
                if one.kind in {
                    "river",
                    "reservoir",
                    "monitoring_section",
                    "water_source",
                    "spring",
                }:
                    yield one, Figure(measure, None, None, None, text, begin, match.end())


def _is_list(between: str) -> bool:
    return between in {"、", "和", "与", "及", "以及", "", "，"}


def _figure(lead: str, words: str, number: re.Match[str]) -> Figure | None:
    """Return the figure that a number is behind such words; None if its unit does not fit."""
    row = _grammar().measures[lead]
    read = read_number(number)
    day = bool(row.get("day")) or lead.startswith(("日", "设计日"))
    group = "daily" if day and not read.per and read.group in {"volume", "mass"} else read.group
    if group not in row["groups"]:  # type: ignore[operator]
        return None
    name = str(row["name"])
    if row.get("inner") and _grammar().inner.search(words):
        name += "_in_county"
    unit = f"{read.unit}/日" if group == "daily" and not read.per else read.unit
    return Figure(name, read.value, unit, read.hectares, None, number.start("low"), number.end())


@dataclass(frozen=True, slots=True)
class Read:
    """A number with its unit: the group of the unit (``flow`` and ``daily`` for rates)."""

    value: str
    unit: str
    group: str
    per: str
    hectares: str | None


def read_number(number: re.Match[str]) -> Read:
    """Return what a match of a number with its unit says."""
    grammar = _grammar()
    group, name, worth = grammar.units[number["unit"]]
    per = number["per"] or ""
    group = _rated(group, per)
    times = number["times"] or ""
    hectares = None
    if group == "area":
        size = Fraction(numerals.printed(number["low"])) * table("units")["multipliers"].get(
            times, 1
        )
        hectares = numerals.plain(size * worth, _HA_DIGITS)
    value = numerals.printed(number["low"])
    if number["high"]:
        value += "-" + numerals.printed(number["high"])
    return Read(value, f"{times}{name}" + (f"/{per}" if per else ""), group, per, hectares)


def _rated(group: str, per: str) -> str:
    """Return the group of a unit by the time: of a flow, of a daily amount."""
    if group not in _RATED or not per:
        return group
    return {"s": "flow", "d": "daily", "h": "hourly"}.get(_grammar().times[per], group)


def fits(measure: str, kind: str) -> bool:
    """Return whether things of a kind have such a measure."""
    kinds = _kinds().get(measure.removesuffix("_in_county"))
    return kinds is None or kind in kinds


@cache
def _kinds() -> dict[str, frozenset[str] | None]:
    return {
        row["name"]: frozenset(row["kinds"]) if "kinds" in row else None
        for row in table("figures")["measure"]
    }


def measure_of(header: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the measure that the header of a column names, and the groups of its units."""
    grammar = _grammar()
    found = [match.group() for match in grammar.lead.finditer(header)]
    if not found:
        return None
    row = grammar.measures[max(found, key=len)]
    name = str(row["name"])
    if row.get("inner") and grammar.inner.search(header):
        name += "_in_county"
    return name, tuple(row["groups"])  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with its multiplier and time, and how many hectares it is, of an area."""

    name: str
    hectares: Fraction | None

    def figure(self, measure: str, value: str) -> Figure:
        """Return a measure in this unit."""
        hectares = self.hectares and numerals.plain(Fraction(value) * self.hectares, _HA_DIGITS)
        return Figure(measure, value, self.name, hectares or None, None, 0, len(value))


def unit_in(text: str, groups: Sequence[str]) -> Unit | None:
    """Return the unit of one of the groups that a header names."""
    grammar = _grammar()
    brackets = re.search(r"\(([^()]*)\)$", text)
    for match in grammar.unit.finditer(brackets[1] if brackets else text):
        name = (match["times"] or "") + grammar.units[match["unit"]][1]
        group, _, worth = grammar.units[match["unit"]]
        if match["per"]:
            name += f"/{match['per']}"
        if _rated(group, match["per"] or "") in groups or (group in _RATED and "daily" in groups):
            size = worth * table("units")["multipliers"].get(match["times"], 1)
            return Unit(name, size if group == "area" else None)
    return None


def reads_number(text: str) -> re.Match[str] | None:
    """Return the number with a unit that a cell consists of."""
    match = _grammar().number.match(text)
    return match if match and match.end() == len(text) else None


def quality_in(text: str) -> str | None:
    """Return the class of water quality that a cell states: Ⅲ, 劣Ⅴ."""
    match = re.match(_CLASS, text if text.endswith("类") else f"{text}类")
    return _quality(match) if match else None


def _quality(match: re.Match[str]) -> str:
    """Return a class of water quality in Roman numerals."""
    printed = match["class"] or match["latin"]
    return (match["worse"] or "") + _ROMAN.get(printed, printed)
