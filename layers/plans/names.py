"""Named things in running text: where a name ends, and where it begins.

Chinese puts no blank before a name. It ends with a noun that says what the thing is (a river, a
wetland park); before it stand verbs and prepositions that are not part of it. What the words
around leave open is settled by how the same name is written elsewhere in the document.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from layers.plans.kinds import (
    HAN,
    Kind,
    is_core,
    is_name,
    without_place,
    without_upper_place,
    words,
)

_REGION = re.compile(rf"(?:[{HAN}·]|\d+号|“[{HAN}]{{1,6}}”|[~-]+(?=[{HAN}]))+$")
_DASH = re.compile(r"[~-]+")
_UNIT = re.compile(
    r"(?:年|月|日|个|座|处|条|家|项|万|亿|千瓦|吨|公里|平方公里|千米|米|公顷|亩|级|号|期|批|次|人|户|以上|以下|左右|多|余)+"
)
_LIST = re.compile(
    rf"(?P<items>(?:[{HAN}·]{{1,12}}、)+[{HAN}·]{{1,8}}?(?:(?:和|与|及|以及)[{HAN}·]{{1,8}}?)?)"
    r"(?:(?P<more>等)|(?<!第)(?=[两二三四五六七八九十\d]))(?P<count>[两二三四五六七八九十]|\d{1,2})?"
    r"(?:大|个|处|座|条|家|片)?$"
)
_TOWNS = re.compile(rf"((?:[{HAN}]{{2,8}}、)+)([{HAN}]{{2,4}})$")
_NUMERALS = {sign: value for value, sign in enumerate("零一二三四五六七八九十")} | {"两": 2}
_BEHIND = 6  # characters before a name that show what it is
_SHORT = 2  # characters: so short a core has no room for a verb
_WINDOW = 30  # characters before a noun in which its name begins
_FIRM = "、(“‘【[:"
_SETTLED = re.compile(rf"(?=([{HAN}]{{1,3}}[河江湖溪泉])(?:镇|乡|村|街道|社区))")
_TITLE = re.compile(r"《[^《》]*》?")
_SUBJECT = re.compile(r"位于|发源|源于|地处|坐落|全长|总面积|境内|是|为|[:(]")
_HEADS = "新老全本"
"""Characters that are no part of a name only at its head."""
_RANKED = re.compile(r"国家级|省级|国家")
_DASHED = frozenset({"function_zone", "red_line", "protected_area", "wetland", "park"})
_OWN_OFFICE = frozenset({"mining_area", "industrial_park", "scenic_area"})
"""Kinds of things whose office or company is called after them: its name says that they are."""


@dataclass(frozen=True, slots=True)
class Named:
    """A name in a text: ``text[start:end]``, of what kind, and whether its bounds are sure.

    ``name`` differs from the text where a list shares one noun. ``likely`` says that bounds that
    are not sure are no mere guess, ``within`` that it stands in a longer name.
    """

    kind: str
    name: str
    noun: str
    start: int
    end: int
    sure: bool
    likely: bool = False
    within: bool = False


@dataclass(frozen=True, slots=True)
class _Edge:
    """Where a name may begin at the earliest, and whether a name begins there indeed.

    ``listed`` says that it follows an item of a list that is no name: 崩塌、滑坡防治区.
    """

    start: int
    firm: bool
    listed: bool = False


@dataclass(frozen=True, slots=True)
class _Open:
    """A noun whose name's beginning is still to be found."""

    kind: Kind
    noun: str
    edge: _Edge
    at: int
    end: int
    beside: bool  # in a list, behind a name of the same kind


class Names:
    """Finds the names in the texts of one document, with what the document itself tells of them."""

    def __init__(self, texts: Iterable[str], towns: Iterable[str] = ()) -> None:
        """Read the texts once, for the names whose bounds nothing leaves open.

        ``towns`` are the townships of the area, by their full names.
        """
        self._towns = frozenset(town.rstrip("乡镇") for town in towns)
        self._known: Counter[str] = Counter()
        self._shown: set[str] = set()
        self._beside: set[str] = set()
        self._settled: set[str] = set()
        for text in texts:
            masked = _masked(text)
            self._settled.update(_SETTLED.findall(masked))
            for found in _open(masked):
                self._learn(masked, found)
        self._shown |= self._beside - self._settled

    def _learn(self, text: str, found: _Open) -> None:
        edge = found.edge
        if found.at <= edge.start or edge.listed or _doubts(text, edge.start, found.at):
            return
        name = text[edge.start : found.end]
        bare = without_place(name, found.noun, found.kind) if found.kind.bare else name
        if edge.firm:
            self._known.update({name, bare})
        if not found.kind.shown_by.pattern:
            return
        before = text[max(0, edge.start - _BEHIND) : edge.start]
        if found.kind.shown_by.match(text, found.end) or found.kind.shown_behind.search(before):
            self._shown |= {name, bare}
        elif found.beside or _lists_more(text, found.end):
            self._beside |= {name, bare}

    def find(self, text: str) -> list[Named]:
        """Return the names in a text, in order of their ends."""
        masked = _masked(text)
        named: list[Named] = []
        for found in _open(masked):
            named.extend(_shared(masked, found))
            named.extend(self._of_towns(masked, found))
            one = self._named(masked, found)
            if one:
                for at in range(len(named) - 1, -1, -1):
                    if named[at].end <= one.start:
                        break
                    named[at] = _inside(named[at], one)
                named.append(one)
        return named

    def _of_towns(self, text: str, found: _Open) -> Iterator[Named]:
        """Return the names of a list of townships that shares one noun: 甲、乙、丙污水处理厂."""
        match = _TOWNS.search(text, max(0, found.at - 60), found.at)
        if not match or match[2] not in self._towns or not found.kind.seat:
            return
        for part in reversed(list(re.finditer(rf"[{HAN}]+", match[1]))):
            town = next((t for t in self._towns if part.group().endswith(t)), None)
            if town is None:
                return
            start, end = match.start(1) + part.end() - len(town), match.start(1) + part.end()
            yield Named(found.kind.name, town + found.noun, found.noun, start, end, sure=True)
            if town != part.group():
                return

    def _named(self, text: str, found: _Open) -> Named | None:
        start, sure = self._start(text, found)
        name = text[start : found.end]
        if found.kind.bare:
            name = self._bare(name, found)
        name = without_upper_place(name, found.noun)
        if off := found.kind.first_off.match(name):
            name = name[off.end() :]
        if not is_name(name, found.noun, found.kind):
            if not found.kind.plainly.match(text, found.end):
                return None
            noun = found.noun
            return Named(found.kind.name, noun, noun, found.at, found.end, sure=True, likely=True)
        if name in self._settled and name not in self._shown:
            return None  # a township or village called after a river
        start = found.end - len(name)
        if found.kind.on_river and found.noun.endswith(found.kind.on_river):
            name = self._on_river(name, found.kind)
        likely = sure and (not found.kind.shown_by.pattern or name in self._shown)
        sure = likely and found.noun not in found.kind.soft
        return Named(found.kind.name, name, found.noun, start, found.end, sure, likely)

    def _start(self, text: str, found: _Open) -> tuple[int, bool]:
        """Return where the name begins, and whether that is beyond doubt."""
        first = found.edge.start
        if text[first - 1 : first] == "“" and text[found.end : found.end + 1] == "”":
            return first, True
        doubts = _doubts(text, first, found.at)
        for start in (first, *(i + 1 for i in doubts if i + 1 < found.at)):
            if self._known[text[start : found.end]]:
                return start, True
        if not found.edge.firm:  # an unknown verb may stand before a name that is known
            for start in range(first + 1, found.at):
                if self._known[text[start : found.end]] > 1:
                    return start, True
        cut = [i + 1 for i in doubts if text[i] in words().function]
        doubts = [i for i in doubts if i == first or text[i] not in _HEADS]
        joined = [i + 1 for i in doubts if text[i] in "和同" and i > first]
        start = max((*cut, *joined), default=first)
        clear = not any(i >= start for i in doubts) and not found.edge.listed
        if start in joined:
            clear = clear and text.endswith(words().nouns, first, start - 1)
        firm = found.edge.firm or bool(cut) or self._stands_alone(text, start, found)
        if start > first:
            start = _after_words(text, _Edge(start, firm), found.at, found.kind).start
        return start, clear and firm

    def _on_river(self, name: str, kind: Kind) -> str:
        """Return the name of a section without its river and level."""
        core = name.removesuffix(kind.on_river)
        plain = kind.ranked.sub("", core)
        ends = [i for i in range(2, len(plain) - 1) if plain[:i] in self._shown]
        rest = plain[max(ends, default=0) :]
        return (rest if is_core(rest, kind) else plain) + kind.on_river if plain else name

    def _stands_alone(self, text: str, start: int, found: _Open) -> bool:
        """Return whether a name at the head of a clause has no verb before it."""
        short = found.kind.bare and found.at - start <= _SHORT
        return short or bool(
            _SUBJECT.match(text, found.end) or _RANKED.search(text, start, found.at)
        )

    def _bare(self, name: str, found: _Open) -> str:
        """Return a name without the places before it, be they written in short."""
        name = without_place(name, found.noun, found.kind)
        often = self._known[name]
        for start in range(2, len(name) - len(found.noun)):
            river = start < len(name) - len(found.noun) - 1 and name[:start] in self._shown
            if river or self._known[name[start:]] > 2 * often + 1:
                return name[start:]
        return name


def _inside(one: Named, other: Named) -> Named:
    """Return a name marked as a part of another, if it is."""
    if other.start <= one.start and one.end < other.end:
        return replace(one, sure=False, likely=False, within=True)
    return one


def _lists_more(text: str, end: int) -> bool:
    """Return whether a list goes on behind a river with the name of another: 甲河、乙河."""
    match = re.compile(rf"、[{HAN}]{{1,5}}[河江溪]").match(text, end)
    return match is not None


def _masked(text: str) -> str:
    """Return a text without the titles of laws and plans: they name no place."""
    return _TITLE.sub(lambda match: "□" * len(match.group()), text)


def _doubts(text: str, start: int, end: int) -> list[int]:
    """Return where characters stand that may be a preposition or a part of the name."""
    known = words()
    found = [i for i in range(start, end) if text[i] in known.doubtful]
    if not found:
        return found
    whole = {i for match in known.whole.finditer(text, start, end) for i in range(*match.span())}
    return [i for i in found if i not in whole]


def _open(text: str) -> Iterator[_Open]:
    """Return the nouns that may end a name, each with the farthest place where it may begin."""
    known = words()
    last, before, spoken = 0, "", ""  # the name before: a conjunction after it is not of the next
    for match in known.noun.finditer(text):
        kind, noun = known.of_noun[match.group()], match.group()
        at, end = match.span()
        repeated = last == at and (before == kind.name or noun in spoken)
        other = kind.name not in _OWN_OFFICE and known.somebody.match(text, end)
        vague = noun in kind.weak and not kind.weak_before.match(text, end)
        if repeated or other or vague or kind.not_before.match(text, end):
            continue
        edge = _after_words(text, _edge(text, at), at, kind)
        beside = False
        if 0 < last < at and text[last] in "和与及或至到、内中" and last >= edge.start - 1:
            beside = before == kind.name
            edge = _Edge(last + 1, firm=True)
        elif last == edge.start:
            edge = _Edge(edge.start, firm=True)
        yield _Open(kind, noun, edge, at, end, beside)
        last, before, spoken = end, kind.name, noun


def _edge(text: str, at: int) -> _Edge:
    """Return where the run of characters begins that ends with the noun."""
    region = _REGION.search(text, max(0, at - _WINDOW), at)
    start = region.start() if region else at
    if text.startswith("“", start):
        start = text.index("”", start) + 1
    sign = text[start - 1] if start else ""
    if sign.isdigit() or sign in {".", "%"}:
        unit = _UNIT.match(text, start, at)
        return _Edge(unit.end() if unit else start, firm=False)
    return _Edge(start, firm=not start or sign in _FIRM, listed=sign == "、")


def _after_words(text: str, edge: _Edge, at: int, kind: Kind) -> _Edge:
    """Return the edge moved behind the last word that is no part of a name."""
    start = edge.start
    for match in kind.before.finditer(text, start, at):
        if not match["whole"]:
            start = match.end()
    if kind.name == "function_zone":  # words of the trade are parts of its name, not at its head
        while match := words().before.match(text, start, at):
            start = match.end()
    for match in _DASH.finditer(text, start, at):
        if kind.name not in _DASHED or text.endswith(kind.nouns, start, match.start()):
            start = match.end()
    if start == edge.start:
        return _Edge(start, edge.firm, edge.listed and kind.name == "function_zone")
    return _Edge(start, firm=True)


def _shared(text: str, found: _Open) -> Iterator[Named]:
    """Return the names of a list that shares one noun: 甲、乙和丙三个水库."""
    match = _LIST.search(text, max(0, found.at - 80), found.at)
    if not match:
        return
    base = match.start("items")
    items = [part.span() for part in re.finditer(r"[^、和与及]+", match["items"])]
    count = match["count"] and int(_NUMERALS.get(match["count"], match["count"]))
    if count and count != len(items) and not match["more"]:
        return
    if count != len(items) and words().noun.search(match["items"]):
        return
    if any(text.endswith(found.kind.nouns, base, base + end) for _, end in items):
        return
    for start, end in items:
        edge = _after_words(text, _Edge(base + start, firm=True), base + end, found.kind)
        cut = [i for i in _doubts(text, edge.start, base + end) if text[i] in words().function]
        first = max(cut, default=edge.start - 1) + 1
        core = text[first : base + end]
        if not 1 < len(core) <= found.kind.longest or not is_core(core, found.kind):
            continue
        sure = count == len(items)
        yield Named(
            found.kind.name, core + found.noun, found.noun, first, base + end, sure, likely=True
        )
