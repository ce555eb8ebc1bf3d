"""The names of places that a document itself has: its area, its townships, its rivers.

A name is trusted where the document shows where it begins: after punctuation, at the beginning of
a cell, after a word that no name contains. So counted, a township that a complete list names
(辖 5 镇 6 乡 and eleven names) is certain, and so is a river that the text names again and again.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from layers.plans.document import Document
from layers.plans.official import official, stem
from layers.plans.place_tokens import Known
from layers.plans.place_words import HAN, doubtful, nouns, plain, refused, words
from layers.plans.prose import paragraphs
from layers.plans.wordlists import table

if TYPE_CHECKING:
    from layers.plans.structure import Part

NOBODY = Known("", "")
OFTEN = 2
"""A name that stands free so often is one, wherever it stands."""
_OPENING = 40  # paragraphs in which a document without a title says of what county it is
_FEW = 3  # names in a row are a list
_MUCH = 3  # times as often as a longer one: the longer one has a word in front
_UNIT = re.compile(f"[{HAN}]{{1,8}}?(?:自治[县旗州]|[县市区旗盟])")
_ALL = re.compile("辖|分别为|下设|划分为|共有|现有|全[县区市旗]")
_COUNTY = re.compile(f"[{HAN}]{{1,6}}?[县市区旗](?![城级域内委政属直级])")
_LISTED = re.compile(f"[{HAN}]{{2,6}}")
_COUNTS = re.compile(r"(\d{1,3}|[一二三四五六七八九十]{1,3})个?(?:建制|民族)?(街道|乡|镇)(?!镇)")
_NUMERALS = {numeral: value for value, numeral in enumerate("一二三四五六七八九十", start=1)}


@dataclass(frozen=True, slots=True)
class Names:
    """What a document names.

    Attributes:
        area: the county or prefecture that it plans for.
        counties: of its area, in order; for a county's plan that county.
        several: the area is a prefecture, whose counties tell where a project is.
        townships: full names.
        complete: the document lists all its townships: another name is none of them.
        rivers: names, and how often each stands free.
        known: what each name is known as, with the official names around it.

    """

    area: str = ""
    counties: tuple[str, ...] = ()
    several: bool = False
    townships: tuple[str, ...] = ()
    complete: bool = False
    rivers: Mapping[str, int] = field(default_factory=dict)
    known: Mapping[str, Known] = field(default_factory=dict)


def names_of(document: Document, parts: Sequence["Part"]) -> Names:
    """Return the names that a document has."""
    texts = [plain(text).text for text in _texts(document)]
    free = Counter(_free(texts))
    counties, several, above = _area(document, parts, free)
    townships, complete = _townships(texts, free, {*counties, *map(stem, counties)})
    rivers = _rivers(texts, free)
    known: dict[str, Known] = dict(_around())
    for name in above:
        known[name] = Known("prefecture", name)
        known[stem(name)] = Known("short", name)
    for name in counties:
        known[stem(name)] = Known("short", name)
        known[name] = Known("county", name)
    for name, count in rivers.items():
        if count >= OFTEN:
            known.setdefault(name, Known("river", name))
    for name in townships:
        known[name] = Known("township", name)
    for short, name in stems(townships).items():
        if known.get(short, NOBODY).family == "river":
            known[short] = Known("river", short, name)
        elif short not in {stem(name) for name in (*counties, *above[:1])}:
            known[short] = Known("stem", name)
    complete = complete and not several  # the townships of one county are not all
    area = above[0] if several and above else "".join(counties[:1])
    return Names(area, counties, several, townships, complete, rivers, known)


def stems(townships: Iterable[str]) -> dict[str, str]:
    """Return the short forms that mean one township only, with its full name.

    >>> stems(["甲丁镇", "乙戊乡", "乙戊镇"])
    {'甲丁': '甲丁镇'}
    """
    found: dict[str, list[str]] = {}
    for name in townships:
        found.setdefault(township_stem(name), []).append(name)
    return {short: names[0] for short, names in found.items() if len(names) == 1 and len(short) > 1}


def township_stem(name: str) -> str:
    """Return a township's name without 镇, 乡 or 街道."""
    return re.sub("(?:民族乡|街道办事处|街道办|街道|苏木|镇|乡)$", "", name)


def _texts(document: Document) -> Iterator[str]:
    """Return the text of every paragraph, put together where lines break it, and of every cell."""
    for passage in paragraphs(document):
        yield passage.text
    for each in document.tables():
        for row in each.rows:
            yield from row.texts


@cache
def _ending(family: str) -> re.Pattern[str]:
    """Return a pattern of a township's or a river's name, by its noun."""
    longest = {"township": 5, "river": 4}[family]
    return re.compile(f"[{HAN}]{{1,{longest}}}?(?:{nouns(family)})")


@cache
def _breaks() -> re.Pattern[str]:
    """Return a pattern of what parts names: punctuation, words no name contains, 和."""
    words_ = words()
    return re.compile(
        f"[^{HAN}]+|{words_.number.pattern}|{words_.cut.pattern}|{words_.join.pattern}"
    )


def _free(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Return names that begin at a break, with their family; glued ones one after the other."""
    for text in texts:
        for start, end in _stretches(text):
            yield from _leading(text, start, end)


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Return where the stretches between breaks begin and end, without words in front of a name."""
    last = 0
    for match in (*_breaks().finditer(text), None):
        end = match.start() if match else len(text)
        first = words().first.match(text, last, end)
        start = first.end() if first else last
        if start < end:
            yield start, end
        last = match.end() if match else end


def _leading(text: str, start: int, end: int) -> Iterator[tuple[str, str]]:
    """Return the names with which a stretch begins."""
    while end - start > 1:
        for family, pattern in (
            ("county", _COUNTY),
            ("township", _ending("township")),
            ("river", _ending("river")),
        ):
            match = pattern.match(text, start, end)
            if match and not refused(family, match.group()):
                if family != "river" or not _called(text, match.end()):
                    yield family, match.group()
                start = match.end()
                break
        else:
            return


def _called(text: str, end: int) -> bool:
    """Whether something else is called after the river whose name ends here."""
    return bool(words().head.match(text, end) or words().called.match(text, end))


# ---- the area ------------------------------------------------------------------------------


def _area(
    document: Document, parts: Sequence["Part"], free: Mapping[tuple[str, str], int]
) -> tuple[tuple[str, ...], bool, tuple[str, ...]]:
    """Return the counties of the area, whether it is a prefecture, and the units above."""
    said = [text for part in parts for text in (part.county, part.title) if text]
    if not said:
        opening = [p.text for p in islice(document.paragraphs(), _OPENING)]
        said = [text for text in opening if re.search("规划|方案|计划|纲要", text)]
    codes = official()
    for text in said:
        units = _units(plain(text).text)
        if not units:
            continue
        own = units[-1]
        if own in codes.counties:
            code = codes.counties[own][0]
            return (own,), False, codes.above(code)
        if own in codes.prefectures or own in codes.provinces:
            code = {**codes.provinces, **codes.prefectures}[own][0]
            return codes.counties_of(code), True, codes.above(code)
        return _unofficial(units, free)
    return (), False, ()


def _units(title: str) -> list[str]:
    """Return the units that a title begins with, or that what it quotes begins with."""
    for stretch in re.split(f"[^{HAN}]+|关于印发|关于", title):
        units: list[str] = []
        at = 0
        while match := _UNIT.match(stretch, at):
            units.append(match.group())
            at = match.end()
        if units:
            return units
    return []


def _unofficial(
    units: Sequence[str], free: Mapping[tuple[str, str], int]
) -> tuple[tuple[str, ...], bool, tuple[str, ...]]:
    """Return the area of a place that no official list has."""
    if units[-1].endswith(("市", "州", "盟")):
        under = tuple(
            name
            for (family, name), count in free.items()
            if family == "county" and count >= _FEW and name not in units
        )
        if len(under) >= OFTEN:
            return under, True, tuple(reversed(units))
    return (units[-1],), False, tuple(reversed(units[:-1]))


@cache
def _around() -> Mapping[str, Known]:
    """Return the official names that may stand in front of a place's: provinces, prefectures."""
    codes = official()
    found = {name: Known("prefecture", name) for name in codes.prefectures}
    for name in codes.provinces:
        found[name] = Known("province", name)
        found[stem(name)] = Known("short", name)
    for name in codes.counties:
        if len(name) > OFTEN and name.endswith(("县", "旗")):
            found[name] = Known("prefecture", name)
    return found


# ---- townships -----------------------------------------------------------------------------


def _townships(
    texts: Iterable[str], free: Mapping[tuple[str, str], int], units: set[str]
) -> tuple[tuple[str, ...], bool]:
    """Return the townships, and whether the document lists them all.

    It does where a sentence says how many there are and names so many, and hardly another name
    occurs again and again: a list of those that a project concerns is not all.
    """
    full: tuple[str, ...] = ()
    longest: tuple[str, ...] = ()
    for sentence in (part for text in texts for part in re.split("[。;]", text)):
        if sum(map(sentence.count, "镇乡街")) < _FEW:
            continue
        names = tuple(dict.fromkeys(_in_list(sentence)))
        longest = max(longest, names, key=len)
        if len(names) == _stated(sentence) and _ALL.search(sentence):
            full = max(full, names, key=len)
    often = [
        name
        for (family, name), count in free.items()
        if family == "township" and count >= OFTEN and name not in units and not doubtful(name)
    ]
    others = set(often).difference(full)
    if full and len(others) * _FEW <= len(full):
        return full, True
    listed = (*full, *longest) if len(longest) >= _FEW else full
    return _without_prefixed((*listed, *often), free), False


def _in_list(text: str) -> Iterator[str]:
    """Return the townships of a sentence that lists them, each between two breaks."""
    for start, end in _stretches(text):
        match = _ending("township").fullmatch(text, start, end)
        if match and not refused("township", match.group()):
            yield re.sub("街道(?:办事处|办)$", "街道", match.group())


def _stated(text: str) -> int:
    """Return how many townships a sentence says there are; twice said counts once."""
    numbers = {
        unit: int(number) if number.isdigit() else _NUMERALS.get(number, 0)
        for number, unit in _COUNTS.findall(text)
    }
    return sum(numbers.values())


def _without_prefixed(names: Iterable[str], free: Mapping[tuple[str, str], int]) -> tuple[str, ...]:
    """Return the names without those that are another one with a word in front."""
    kept = dict.fromkeys(names)

    def prefixed(name: str) -> bool:
        times = _MUCH * free.get(("township", name), 1)
        shorter = (name[cut:] for cut in range(1, len(name) - 1))
        return any(other in kept and free.get(("township", other), 0) >= times for other in shorter)

    return tuple(name for name in kept if not prefixed(name))


# ---- rivers --------------------------------------------------------------------------------


def _rivers(texts: Iterable[str], free: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Return the rivers and how often each stands free; those that a sentence lists count too."""
    counts = {name: count for (family, name), count in free.items() if family == "river"}
    into = table("places")["rivers"]["runs_into"]
    found = {
        name: count
        for name, count in counts.items()
        if name[0] in into
        or all(counts.get(name[cut:], 0) < _MUCH * count for cut in range(1, len(name) - 1))
    }
    for text in texts:
        for match in words().listed.finditer(text):
            for name in _after(text, match.end()):
                found[name] = max(found.get(name, 0), OFTEN)
    return found


def _after(text: str, start: int) -> list[str]:
    """Return the names that a sentence lists from a place on: rivers that need not end in 河."""
    names: list[str] = []
    for part in re.split("[、和及]", re.split("[。;,:()]", text[start : start + 80])[0]):
        name = re.sub("等.*$", "", part)
        if not _LISTED.fullmatch(name) or refused("river", name):
            return names if len(names) >= _FEW - 1 else []
        names.append(name)
    return names if len(names) >= _FEW - 1 else []
