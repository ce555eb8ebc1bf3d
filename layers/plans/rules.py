"""Sentences of a plan that prohibit, restrict or require something in or near a kind of place.

A general aim (严禁露天焚烧) is no rule of a place and is left out. What a chapter tells of the past
is listed with little confidence.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from layers.plans.document import CERTAIN, LIKELY, RULES, UNSURE, Document, Record
from layers.plans.prose import Stretch, paragraphs, plan_at
from layers.plans.rule_measures import DISTANCE, SLOPE, SLOPED, bare, figures, width
from layers.plans.structure import Part
from layers.plans.wordlists import any_of, table
from layers.words import say

_END = "，,;。!?！？"
_ASIDE = re.compile(r"\([^()]*\)")
_TITLE = re.compile(r"《[^《》]*》?")
_LEVEL = re.compile(
    r"(第[一二三四五六七八九十\d]+[章编篇])|(第[一二三四五六七八九十\d]+节)|([一二三四五六七八九十]{1,3}、)"
    r"|(\([一二三四五六七八九十]{1,3}\))|(\d{1,2}(?:\.\d{1,2})*)(?=[^\d.、)%年月日])"
)
_HEADING_CHARS, _HEADING_SHORT = 40, 16
_TEXT_CHARS = 400
_BRACKET, _DECIMAL, _DEEPEST = 4, 5, 9
_BEHIND = re.compile(
    r"(?:\([^()]*\))?(?:(?:正常|设计|校核|最高|历史)*(?:蓄|洪)?水位线?)?(?:等[^，,;。内外]{0,10})?(?:的)?(?:域|区域|地区|地带|地段|区|带|线)?(?:\([^()]*\))?(?:以?及其?(?=周|外|两|沿))?"
)
_OTHERS = re.compile("其[他它余](?:区域|地区|地方|河段|范围)")
_LEAD = re.compile("在|向|于")
_COMMON = frozenset(
    {"river", "reservoir", "forest", "grassland", "road", "park", "settlement", "slope"}
)
"""Kinds of places that a sentence often names without making a rule of them."""
_AT_ONCE = frozenset({"slope", "groundwater", "protected_area", "spring_basin", "red_line"})
"""Kinds of places of which what follows 禁止 at once is said: 严禁坡地垦荒; not 严控耕地污染."""
_PREPOSITIONS = frozenset("在对于向凡")
_ENTERED = re.compile("[在对于向凡未]|列入|纳入|划定|属于|位于|按照|经|保护|加强|全[县市区省]")
_DESCRIBED = 24  # characters that describe a place
_REACH = 12  # characters between a verb of prohibition and the place that is its object
_ACTIVITY = 80  # characters


@dataclass(frozen=True)
class _Grammar:
    modal: re.Pattern[str]
    effects: dict[str, str]
    place: re.Pattern[str]
    kinds: dict[str, str]
    inside: re.Pattern[str]
    near: re.Pattern[str]
    object_: re.Pattern[str]
    works: re.Pattern[str]
    review: re.Pattern[str]
    review_end: re.Pattern[str]
    before: re.Pattern[str]
    at_once: frozenset[str]


@cache
def _grammar() -> _Grammar:
    rules = table("rules")
    words = rules["words"]
    effects = {word: name for name, listed in rules["effect"].items() for word in listed}
    kinds = {noun: name for name, nouns in rules["place"].items() for noun in nouns}
    return _Grammar(
        modal=re.compile(rf"{words['not_after']}{any_of(list(effects))}{words['not_before']}"),
        effects=effects,
        place=re.compile(any_of(list(kinds))),
        kinds=kinds,
        inside=re.compile(any_of(words["inside"])),
        near=re.compile(any_of(words["near"])),
        object_=re.compile(any_of(words["objects"])),
        works=re.compile(any_of(words["works"])),
        review=re.compile(any_of(words["review"])),
        review_end=re.compile(f"{any_of(words['review_ends'])}$"),
        before=re.compile(any_of(words["before"])),
        at_once=frozenset(words["only_at_once"]),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in a sentence: ``text[start:end]``; ``marked`` if words say in it or near it."""

    kind: str
    start: int
    end: int
    marked: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule in the making: what is done stands at ``text[act[0]:act[1]]``."""

    effect: str
    place: _Place
    act: tuple[int, int]
    confidence: str
    note: str | None = None


def read(document: Document, parts: Sequence[Part]) -> tuple[Record, ...]:
    """Return the rules of places that the running text states, in its order."""
    records = []
    chapters = _Chapters()
    for stretch in paragraphs(document):
        if chapters.heads(stretch.text):
            continue
        text = _TITLE.sub(lambda match: "□" * len(match.group()), stretch.text)
        for start, end in stretch.sentences():
            told = list(_Sentence(text, start, end).rules())
            for rule in (*told, *_measured(text, start, end, told)):
                plan = plan_at(parts, stretch.source(start).line) or document.name
                if chapters.look_back:
                    rule = replace(rule, confidence=UNSURE, note=say("plan.rule.period"))  # noqa: PLW2901
                records.append(_record(stretch, rule, (start, end), plan))
    return tuple(records)


class _Chapters:
    """The headings above a paragraph: whether one of them says that the chapter looks back."""

    def __init__(self) -> None:
        self._open: dict[int, bool] = {}

    @property
    def look_back(self) -> bool:
        """Whether the text tells of the past."""
        return any(self._open.values())

    def heads(self, text: str) -> bool:
        """Take a heading; return whether the text is one."""
        match = _LEVEL.match(text)
        if not match or len(text) > _HEADING_CHARS or text.endswith(("。", ";")):
            return False
        level = next(at for at, group in enumerate(match.groups()) if group)
        if match[_DECIMAL]:
            level += match[_DECIMAL].count(".")
        elif match[_BRACKET]:
            level = _DEEPEST
        self._open = {at: flag for at, flag in self._open.items() if at < level}
        told = _grammar().review.search(text) or (
            len(text) <= _HEADING_SHORT and _grammar().review_end.search(text)
        )
        self._open[level] = bool(told)
        return True


# ---- the grammar of a sentence -------------------------------------------------------------------


class _Sentence:
    """A sentence, its clauses, and what in it prohibits, restricts or requires."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text = text
        aside = {at for m in _ASIDE.finditer(text, start, end) for at in range(*m.span())}
        cuts = [at for at in range(start, end) if text[at] in _END and at not in aside]
        bounds = zip([start, *(cut + 1 for cut in cuts)], [*cuts, end], strict=True)
        self._clauses = [(first, last) for first, last in bounds if first < last]
        self._places = list(_grammar().place.finditer(text, start, end))
        self._slopes = list(SLOPE.finditer(text, start, end))
        self._held = {at for p in self._places for at in range(p.start() + 1, p.end() + 1)}
        self._modals = [
            modal
            for modal in _grammar().modal.finditer(text, start, end)
            if not self._held.issuperset(range(modal.start() + 1, modal.end() + 1))
        ]

    def rules(self) -> Iterator[_Rule]:
        """Return the rules that the sentence states."""
        topic: _Place | None = None
        said_in = 0
        for at, (first, last) in enumerate(self._clauses):
            here = [modal for modal in self._modals if first <= modal.start() < last]
            if _OTHERS.match(self._text, first):
                topic = None  # 其他区域: not the place that was spoken of
            for order, modal in enumerate(here):
                until = here[order + 1].start() if order + 1 < len(here) else last
                own = self._topic(first, modal.start())
                topic, said_in = (own, at) if own else (topic, said_in)
                if rule := self._rule(modal, (at, until), topic, said_in):
                    yield rule
            if not here and (own := self._topic(first, last)):
                topic, said_in = own, at

    def _rule(
        self, modal: re.Match[str], act: tuple[int, int], topic: _Place | None, said_in: int
    ) -> _Rule | None:
        """Return the rule that a word of prohibition states, if it is one of a place."""
        at, until = act
        effect = _grammar().effects[modal.group()]
        led = modal.group() in _grammar().at_once
        if found := self._behind(modal.end(), until, led=led):
            place, start = found
            if start >= until and at + 1 < len(self._clauses):
                until = self._clauses[at + 1][1]
            return _Rule(effect, place, (start, until), CERTAIN) if start < until else None
        acted = (modal.end(), until)
        requires = effect == "require"
        if topic and (requires or led) and not topic.marked:
            topic = None
        if topic and said_in == at and not led:
            return _Rule(effect, topic, acted, CERTAIN if topic.marked else LIKELY)
        place = None if requires or led else self._object(*acted)
        if place:
            return _Rule(effect, place, acted, CERTAIN if effect == "prohibit" else LIKELY)
        if topic is None or led:
            return None
        near = topic.marked and said_in == at - 1 and not requires
        note = None if near else say("plan.rule.far_place")
        return _Rule(effect, topic, acted, CERTAIN if near else LIKELY, note)

    def _topic(self, first: int, last: int) -> _Place | None:
        """Return the place that a clause puts before what it says: 在湿地周边, 泉域重点保护区内."""
        found = [
            self._marked(p, last) for p in self._places if first <= p.start() and p.end() <= last
        ]
        marked = [place for place in found if place.marked]
        if marked:
            return self._whole(marked[-1], first)
        entered = _ENTERED.match(self._text, first, last)
        if found and found[-1].end == last and found[-1].kind not in _COMMON and entered:
            sure = self._text[first] in _PREPOSITIONS
            return self._whole(replace(found[-1], marked=sure), first)
        if found and found[0].start == first and found[0].kind not in _COMMON:
            beside = [place for place in found[1:2] if place.start == found[0].end]
            return replace(found[0], end=beside[0].end, kind=beside[0].kind) if beside else found[0]
        return None

    def _marked(self, match: re.Match[str], last: int) -> _Place:
        """Return a place with the words behind it that say in or near."""
        grammar, text = _grammar(), self._text
        kind = grammar.kinds[match.group()]
        slope = next((one for one in self._slopes if _meet(one, match)), None)
        if slope and slope.end() <= last:
            more = SLOPED.match(text, max(slope.end(), match.end()), last)
            return _Place(kind, slope.start(), more.end() if more else last, marked=True)
        behind = _BEHIND.match(text, match.end(), last)
        end = behind.end() if behind else match.end()
        if distance := DISTANCE.match(text, end, last):
            return _Place(kind, match.start(), distance.end(), marked=True)
        if near := grammar.near.match(text, end, last):
            return _Place(kind, match.start(), near.end(), marked=True)
        return _Place(kind, match.start(), end, bool(grammar.inside.match(text, end, last)))

    def _whole(self, place: _Place, first: int) -> _Place:
        """Return a place with what describes it: 饮用水水源一级保护区和超标严重的水体周边."""
        begin = first
        for word in _grammar().before.finditer(self._text, first, place.start):
            if word.end() not in self._held:
                begin = word.end()
        if place.start - begin > _DESCRIBED:
            return place
        first = next(p for p in self._places if begin <= p.start())
        several = re.search("[、和与及]", self._text[first.end() : place.start])
        kind = _grammar().kinds[first.group()] if several else place.kind
        return replace(place, start=begin, kind=kind)

    def _behind(self, start: int, end: int, *, led: bool) -> tuple[_Place, int] | None:
        """Return the place that follows 禁止 at once, or with 在 or 向, and where the act begins.

        ``led``: not without one of these.
        """
        lead = _LEAD.match(self._text, start, end)
        if led and not lead:
            return None
        begin = lead.end() if lead else start
        found = [
            self._marked(p, end) for p in self._places if begin <= p.start() and p.end() <= end
        ]
        if not lead:
            found = [place for place in found if place.start == start]
            if found and not found[0].marked:
                return (found[0], start) if found[0].kind in _AT_ONCE else None
        if not found:
            return None
        place = next((place for place in found if place.marked), found[0])
        inside = _grammar().inside.match(self._text, place.end, end)
        whole = self._whole(place, begin)
        return replace(whole, start=begin), inside.end() if inside else place.end

    def _object(self, start: int, end: int) -> _Place | None:
        """Return the place that is the object of what is prohibited: 侵占河道."""
        for verb in _grammar().object_.finditer(self._text, start, end):
            for match in self._places:
                if verb.end() - 1 <= match.start() and match.end() <= min(end, verb.end() + _REACH):
                    return self._marked(match, end)
        return None


def _meet(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.start() < other.end() and other.start() < one.end()


def _measured(text: str, start: int, end: int, told: Sequence[_Rule]) -> Iterator[_Rule]:
    """Return what a sentence requires within a distance or on a slope, beside what is ``told``."""
    grammar = _grammar()
    found = [*DISTANCE.finditer(text, start, end), *SLOPE.finditer(text, start, end)]
    found.sort(key=lambda match: match.start())
    for order, match in enumerate(found):
        begin = max([start, *(text.rfind(sign, start, match.start()) + 1 for sign in "，,;、")])
        kinds = [m for m in grammar.place.finditer(text, begin, end) if m.start() <= match.end()]
        following = found[order + 1].start() if order + 1 < len(found) else end
        work = grammar.works.search(text, match.end(), end)
        slope = match.re is SLOPE
        if any(rule.place.start <= match.start() < rule.act[1] for rule in told):
            continue
        if not work or not (kinds or slope):
            continue
        for word in grammar.before.finditer(text, begin, match.start()):
            begin = word.end()
        kind = "slope" if slope else grammar.kinds[kinds[-1].group()]
        until = end
        if work.start() < following < end:
            until = max(text.rfind(sign, work.start(), following) for sign in "，;")
            until = until if until > 0 else following
        until = min(
            [until, *(at for sign in ";。" if (at := text.find(sign, work.start(), end)) >= 0)]
        )
        place = _Place(kind, begin, match.end(), marked=True)
        yield _Rule("require", place, (work.start(), until), LIKELY)


# ---- rows ----------------------------------------------------------------------------------------


def _record(stretch: Stretch, rule: _Rule, sentence: tuple[int, int], plan: str) -> Record:
    text = stretch.text
    place = text[rule.place.start : rule.place.end]
    distance, slope, notes = figures(place)
    place = bare(place)
    act = text[slice(*rule.act)].strip("的、，,")
    distance = distance or width(act)
    source = stretch.source(rule.act[0])
    values: dict[str, str | None] = dict.fromkeys(RULES)
    values |= {
        "plan": plan,
        "effect": rule.effect,
        "place_kind": rule.place.kind,
        "place": place,
        "distance_m": distance,
        "slope_deg": slope,
        "activity": act[:_ACTIVITY] or None,
        "text": text[slice(*sentence)][:_TEXT_CHARS],
        "line": str(source.line),
        "page": str(source.page) if source.page else None,
        "confidence": rule.confidence,
        "note": "；".join((*filter(None, [rule.note]), *notes)) or None,
    }
    spans = {
        "place": stretch.spans(rule.place.start, rule.place.end),
        "activity": stretch.spans(*rule.act),
        "text": stretch.spans(*sentence),
    }
    return Record(values, spans)
