"""Named spatial things that a plan speaks of, with what it says of each: one row for each figure.

A thing is listed where its name is certain, or likely; its confidence says which. What has no
figure has one row, at the line that tells most of it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from layers.plans import feature_tables
from layers.plans.document import CERTAIN, FEATURES, LIKELY, UNSURE, Document, Record, Span
from layers.plans.feature_tables import Entry
from layers.plans.figures import Figure, figures
from layers.plans.kinds import HAN, kinds
from layers.plans.names import Named, Names
from layers.plans.places import Places
from layers.plans.prose import Source, Stretch, paragraphs, plan_at
from layers.plans.structure import Part
from layers.plans.tables import PROJECTS, LogicalTable
from layers.plans.wordlists import any_of, table
from layers.words import say

_SILENT = frozenset({"owner", "lead", "assist", "funding", "seq", "investment", "annual", "period"})
"""Columns that name offices, money and years, no things."""
_SITES = frozenset(
    {"facility", "wetland", "park", "industrial_park", "river", "reservoir", "mining_area"}
)
"""Kinds of things that a project works on: its content speaks of the one it is called for."""
_NO_TOWN = "在于至经由入和与及自从到的县区市为有位涉"
_ANY_TOWN = (
    rf"(?:^|(?<=[、，,;:。{_NO_TOWN}]))(?:(?![{_NO_TOWN}])[{HAN}]){{2,4}}?(?:镇|乡|街道(?!办))"
)
"""A township, where the document does not list its own."""
_LOCATED = re.compile(r"位于|地处|坐落|流经|发源|源于|汇入|注入|出境|进入|所在")
_SIZE = re.compile(r"([大中小])(?:\([12一二]\)|[一二])?型水库")
_LAKE = "湖泊"
_NEAR = 12  # characters around a name in which its level may stand
_SENTENCE = 300  # characters
_TWICE = 2


@dataclass(frozen=True, slots=True)
class _Text:
    """A text to search; ``beside`` is the name cell of the project whose content it is."""

    stretch: Stretch
    beside: "_Text | None" = None
    cell: bool = False


@dataclass
class _Thing:
    """A thing in the making."""

    plan: str
    kind: str
    name: str
    noun: str
    sure: bool = False
    likely: bool = False
    seen: int = 0
    level: str | None = None
    class_: str | None = None
    told: int = -1  # how much the line below tells
    source: Source = field(default_factory=lambda: Source(0, None))
    spans: tuple[Span, ...] = ()
    townships: dict[str, None] = field(default_factory=dict)
    figures: list["_Stated"] = field(default_factory=list)

    @property
    def confidence(self) -> str:
        """How sure its name is: once in doubtful bounds is less than twice in the same."""
        if self.sure:
            return CERTAIN
        likely = self.likely or self.figures or self.seen >= _TWICE
        return LIKELY if likely else UNSURE


@dataclass(frozen=True, slots=True)
class _Stated:
    """A figure, where it stands, and what is to be said of it."""

    figure: Figure
    source: Source
    spans: tuple[Span, ...]
    sure: bool
    note: str | None = None


def read(
    document: Document,
    parts: Sequence[Part],
    tables: Sequence[LogicalTable],
    places: Places | None = None,
) -> tuple[Record, ...]:
    """Return a row for each figure of each named thing, in the order of the document.

    ``places`` are those of the document, if they have been read already.
    """
    texts = [*map(_Text, paragraphs(document)), *_cells(tables)]
    things = _Things(document, parts, texts, places or Places.of(document, parts))
    for text in texts:
        things.read(text)
    for one in tables:
        for entry in feature_tables.entries(one):
            things.enter(entry)
    rows = [row for thing in things.all() for row in _records(thing)]
    rows.sort(key=lambda row: int(row.values["line"] or 0))
    return tuple(rows)


def _cells(tables: Sequence[LogicalTable]) -> Iterator[_Text]:
    """Return the texts of the cells that may name things, a project's name before the others."""
    for one in tables:
        silent = {column.index for column in one.columns if column.role in _SILENT}
        name = one.column("name") if one.kind == PROJECTS else None
        for row in one.rows:
            for raw in row.rows:
                beside = None
                order = sorted(range(len(raw.cells)), key=lambda at: at != (name and name.index))
                for at in order:
                    if at in silent or not raw.cells[at].text.strip():
                        continue
                    source = Source(raw.line, raw.page, at)
                    text = _Text(Stretch.of(raw.cells[at].text, source), beside, cell=True)
                    if name and at == name.index:
                        beside = text
                    yield text


class _Things:
    """The things of a document, gathered from its text and its tables."""

    def __init__(
        self,
        document: Document,
        parts: Sequence[Part],
        texts: Sequence[_Text],
        places: Places,
    ) -> None:
        self._document = document
        self._parts = parts
        self._names = Names((text.stretch.text for text in texts), places.townships)
        towns = any_of(list(places.townships)) if places.townships else _ANY_TOWN
        self._towns = re.compile(towns)
        self._found: dict[tuple[str, str, str], _Thing] = {}

    def read(self, text: _Text) -> None:
        """Take the names and figures of a text."""
        stretch = text.stretch
        named = self._names.find(stretch.text)
        if not named and text.beside is None:
            return
        for one in named:
            if not one.within:
                self._see(one, stretch)
        subject = self._subject(text)
        for owner, figure in figures(stretch, named, subject):
            thing = self._thing(owner, stretch.source(figure.start).line)
            note = None if figure.sure else say("plan.feature.from_row")
            spans = stretch.spans(figure.start, figure.end)
            source = stretch.source(figure.start)
            self._state(thing, _Stated(figure, source, spans, figure.sure, note))

    def enter(self, entry: Entry) -> None:
        """Take a thing of a table of things."""
        thing = self._thing(entry, entry.line)
        thing.sure |= entry.sure
        thing.seen += 1
        thing.level = _level(entry.level or "") or thing.level or _level(entry.name)
        thing.class_ = entry.class_ or thing.class_
        self._put_townships(thing, entry.location)
        if entry.filled is None and thing.told < _TWICE:
            thing.told, thing.spans = _TWICE, entry.spans
            thing.source = Source(entry.line, entry.page)
        for told in entry.figures:
            notes = [say("plan.feature.in_year", year=told.year)] if told.year else []
            if entry.filled:
                notes.append(say("plan.feature.filled", line=entry.filled))
            source = Source(told.line, told.page)
            note = "；".join(notes) or None
            self._state(thing, _Stated(told.figure, source, told.spans, not entry.filled, note))

    def all(self) -> Iterable[_Thing]:
        """Return the things."""
        return self._found.values()

    def _thing(self, one: Named | Entry, line: int) -> _Thing:
        plan = plan_at(self._parts, line) or self._document.name
        key = (plan, one.kind, one.name)
        if key not in self._found:
            self._found[key] = _Thing(plan, one.kind, one.name, one.noun, level=_level(one.name))
        return self._found[key]

    def _see(self, one: Named, stretch: Stretch) -> None:
        source = stretch.source(one.start)
        thing = self._thing(one, source.line)
        thing.seen += 1
        thing.sure |= one.sure
        thing.likely |= one.likely
        thing.level = thing.level or _level(one.noun) or _level_near(stretch.text, one)
        thing.class_ = thing.class_ or _class(stretch.text, one)
        located = self._located(stretch.text, one)
        told = 1 if located else 0
        if located:
            self._put_townships(thing, located)
        self._put_townships(thing, one.name)
        if told > thing.told:
            thing.told, thing.source = told, source
            thing.spans = stretch.spans(one.start, one.end)

    def _located(self, text: str, one: Named) -> str:
        """Return what a sentence that begins with a name says of its place."""
        start = max(text.rfind(sign, 0, one.start) for sign in "。;；") + 1
        end = min(
            (at for sign in "。;" if (at := text.find(sign, one.end)) >= 0), default=len(text)
        )
        rest = text[one.end : end]
        opened = one.start - start <= _NEAR and not re.search("[，、]", text[start : one.start])
        return rest if opened and _LOCATED.search(rest) else ""

    def _put_townships(self, thing: _Thing, text: str) -> None:
        thing.townships |= dict.fromkeys(self._towns.findall(text))

    def _subject(self, text: _Text) -> Named | None:
        """Return the one thing that the project beside a text is called for."""
        if text.beside is None:
            return None
        named = self._names.find(text.beside.stretch.text)
        sites = [one for one in named if one.kind in _SITES and not one.within]
        return sites[0] if len({one.name for one in sites}) == 1 else None

    def _state(self, thing: _Thing, stated: _Stated) -> None:
        figure = stated.figure
        same = (figure.measure, figure.value, figure.unit, figure.text, stated.note)
        for other in thing.figures:
            held = other.figure
            if same == (held.measure, held.value, held.unit, held.text, other.note):
                return
        thing.figures.append(stated)


def _sentence_start(text: str, at: int) -> int:
    """Return where the sentence begins, if that is not too far."""
    far = max(0, at - _SENTENCE)
    return max(far, *(text.rfind(sign, far, at) + 1 for sign in "。;"))


@cache
def _levels() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(words)) for name, words in table("features")["words"]["level"])


def _level(text: str) -> str | None:
    """Return the level that a name or a cell states: 国家级, 省级, 国控."""
    if text in {"国家", "省", "市", "县"}:
        return f"{text}级"
    return next((name for name, words in _levels() if words.search(text)), None)


def _level_near(text: str, one: Named) -> str | None:
    """Return the level in brackets behind a name, or right before it."""
    behind = re.match(r"\(([^()]{2,12})\)", text[one.end : one.end + _NEAR + _TWICE])
    if behind and (found := _level(behind[1])):
        return found
    before = re.search(r"(?:国|省|市|县)(?:控|考|级)$", text[max(0, one.start - 2) : one.start])
    return _level(before.group()) if before else None


def _class(text: str, one: Named) -> str | None:
    """Return the class that the noun says; of a reservoir its size, if the text says it."""
    kind = kinds()[one.kind]
    if kind.says_class:
        return one.noun
    if one.kind == "reservoir":
        if one.noun != "水库":
            return _LAKE
        start = _sentence_start(text, one.start)
        sizes = _SIZE.findall(text, start, one.start)
        return f"{sizes[-1]}型" if sizes else None
    return None


def _records(thing: _Thing) -> Iterator[Record]:
    values: dict[str, str | None] = dict.fromkeys(FEATURES)
    values |= {
        "plan": thing.plan,
        "kind": thing.kind,
        "name": thing.name,
        "class": thing.class_,
        "level": thing.level,
        "townships": ";".join(thing.townships) or None,
        "confidence": thing.confidence,
    }
    doubt = None if thing.sure else say("plan.feature.unsure_name")
    named = {"name": thing.spans} if thing.spans else {}
    if not thing.figures:
        page = str(thing.source.page) if thing.source.page else None
        line = str(thing.source.line)
        yield Record(values | {"line": line, "page": page, "note": doubt}, named)
        return
    for stated in thing.figures:
        figure = stated.figure
        yield Record(
            values
            | {
                "measure": figure.measure,
                "value": figure.value,
                "unit": figure.unit,
                "hectares": figure.hectares,
                "text": figure.text,
                "line": str(stated.source.line),
                "page": str(stated.source.page) if stated.source.page else None,
                "confidence": CERTAIN if thing.sure and stated.sure else LIKELY,
                "note": "；".join(filter(None, (doubt, stated.note))) or None,
            },
            named | {"text" if figure.value is None else "value": stated.spans},
        )
