"""Rows of the tables of indicators: base and target, unit and attribute, in whichever cell.

The unit may stand in brackets behind the name or behind the number; a value may span the rows
below it; a page break may have shifted a row. What was filled in or moved is said in the note.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from layers.plans.document import ABOVE, CERTAIN, INDICATORS, LIKELY, UNSURE, Document, Record, Span
from layers.plans.folding import fold
from layers.plans.header import Column
from layers.plans.passage import NOTHING, Passage
from layers.plans.prose import plan_at
from layers.plans.rows import BodyRow
from layers.plans.structure import Part, bare
from layers.plans.tables import INDICATORS as KIND
from layers.plans.tables import LogicalTable
from layers.plans.wordlists import any_of, table
from layers.words import say

_YEAR = re.compile(r"(?:19|20)\d\d")
_SEQ = re.compile(r"\(?(\d{1,3})[).、]?")
_SEQ_AHEAD = re.compile(r"\(?(\d{1,3})(?:[).、]| (?=\d)|(?=[^\d\s.%]))")
_BRACKETS = re.compile(r"[(\[【]([^()\[\]【】]{1,16})[)\]】]$")
_NUMBER = re.compile(r"[<>≤≥=]?-?\d[\d,]*(?:\.\d+)?(?:[-~]\d+(?:\.\d+)?)?")
_FARTHEST = 2  # columns by which a row may be shifted


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell's text, folded, and where its parts stand."""

    text: str = ""
    passage: Passage = NOTHING
    starts: Sequence[int] = ()
    ends: Sequence[int] = ()

    @classmethod
    def of(cls, passage: Passage) -> "_Cell":
        folded = fold(passage.text)
        kept = [i for i, sign in enumerate(folded.text) if sign not in "_\n"]
        text = "".join(folded.text[i] for i in kept)
        return cls(text, passage, [folded.starts[i] for i in kept], [folded.ends[i] for i in kept])

    def spans(self, start: int = 0, end: int | None = None) -> tuple[Span, ...]:
        """Return where ``text[start:end]`` stands."""
        end = len(self.text) if end is None else end
        if start >= end:
            return ()
        return self.passage.spans(self.starts[start], self.ends[end - 1])


@dataclass(frozen=True)
class _Layout:
    """Which column of a table is what; ``other`` are values that are neither base nor target."""

    name: int
    seq: int | None
    unit: int | None
    attribute: int | None
    base: Column | None
    target: Column | None
    other: tuple[Column, ...]
    groups: tuple[int, ...]
    numbered: bool = False


@dataclass
class _Row:
    """A row in the making."""

    values: dict[str, str | None] = field(default_factory=dict)
    spans: dict[str, tuple[Span, ...]] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def put(self, column: str, text: str | None, spans: tuple[Span, ...] = ()) -> None:
        self.values[column] = text or None
        if text and spans:
            self.spans[column] = spans


@cache
def _nothing() -> frozenset[str]:
    return frozenset(table("indicators")["cells"]["nothing"])


@cache
def _attribute() -> re.Pattern[str]:
    return re.compile(any_of(table("indicators")["cells"]["attributes"]))


@cache
def _unit_behind() -> re.Pattern[str]:
    units = any_of(table("indicators")["cells"]["units"])
    return re.compile(rf"({_NUMBER.pattern})({units})")


def read(
    document: Document, parts: Sequence[Part], tables: Sequence[LogicalTable]
) -> tuple[Record, ...]:
    """Return the rows of the tables of indicators, in the document's order."""
    found = []
    for one in tables:
        if one.kind == KIND:
            plan = plan_at(parts, one.lines[0]) or document.name
            period = next((part.period for part in parts if part.plan == plan), None)
            found += _read_table(one, plan, period)
    return tuple(found)


def _read_table(logical: LogicalTable, plan: str, period: tuple[int, int] | None) -> list[Record]:
    layout = _layout(logical.columns, period)
    if layout is None:
        return []
    layout = replace(layout, numbered=_is_numbered(logical.rows, layout))
    above: dict[int, _Above] = {}
    records = []
    for row in logical.rows:
        cells, shift = _aligned(row, layout, len(logical.columns))
        made = _Row()
        page = str(row.page) if row.page else None
        about = {"plan": plan, "table": logical.number, "table_title": logical.title}
        for column, text in (about | {"line": str(row.line), "page": page}).items():
            made.put(column, text)
        if shift:
            made.doubts.append(say("plan.indicator.shifted"))
        merged = {at for at, cell in enumerate(row.rows[0].cells) if cell.merged == ABOVE}
        _put_group(made, cells, layout, above, row)
        _put_name(made, cells, layout)
        _put_attribute(made, cells, layout)
        _put_values(made, cells, layout, _Filling(above, merged, row), period)
        if made.values.get("name"):
            records.append(_record(made))
    return records


def _record(made: _Row) -> Record:
    said = made.values.get("base_value") or made.values.get("target_value")
    confidence = CERTAIN if not made.doubts else LIKELY if said else UNSURE
    made.put("confidence", confidence)
    made.put("note", "；".join((*made.doubts, *made.remarks)))
    return Record({column: made.values.get(column) for column in INDICATORS}, made.spans)


# ---- columns -----------------------------------------------------------------------------------


def _layout(columns: Sequence[Column], period: tuple[int, int] | None) -> _Layout | None:
    """Return which column is what; None where no column names the indicators."""
    name = _name_column(columns)
    if name is None:
        return None
    by_role = {column.role: column.index for column in reversed(columns) if column.role}
    values = [column for column in columns if column.role == "value"]
    base, target = _base_and_target(values, period)
    known = {by_role.get(role) for role in ("seq", "unit", "attribute")}
    groups = [
        c.index for c in columns if c.index < name and c.index not in known and c not in values
    ]
    return _Layout(
        name,
        by_role.get("seq"),
        by_role.get("unit"),
        by_role.get("attribute"),
        base,
        target,
        tuple(c for c in values if c not in {base, target}),
        tuple(groups),
    )


def _is_numbered(rows: Sequence[BodyRow], layout: _Layout) -> bool:
    """Whether the names begin with the numbers of the rows: 1, 2, 3 ..."""
    if layout.seq is not None:
        return False
    heads = [_SEQ_AHEAD.match(_Cell.of(row.cells[layout.name]).text) for row in rows]
    follows = [int(head[1]) == at for at, head in enumerate(heads, start=1) if head]
    return sum(follows) * 2 > len(rows)


def _name_column(columns: Sequence[Column]) -> int | None:
    named = [column for column in columns if column.role == "indicator"]
    for word in table("indicators")["columns"]["name"]:
        for column in reversed(named):
            if bare(column.text).startswith(word):
                return column.index
    return named[-1].index if named else None


def _base_and_target(
    values: Sequence[Column], period: tuple[int, int] | None
) -> tuple[Column | None, Column | None]:
    """Return the columns of what is and of what is to be: by their words, else by their years.

    Of several, the target is that of the period's end, the base the last before the target.
    """
    words = table("indicators")["columns"]
    bases = [c for c in values if any(word in c.text for word in words["base"])]
    targets = [c for c in values if c not in bases and any(w in c.text for w in words["target"])]
    open_ones = [c for c in values if c not in bases and c not in targets]
    if not targets:
        end = max((_year(column) or 0 for column in open_ones), default=0)
        lone = len(values) == 1 and period is not None and end not in range(1, period[0])
        targets = open_ones if lone or len(open_ones) > 1 or bases else []
        targets = [column for column in targets if (_year(column) or end) == end]
    at_end = [column for column in targets if period and _year(column) == period[1]]
    target = (at_end or targets or [None])[0]
    limit = (_year(target) if target else None) or 9999
    bases += [c for c in open_ones if c is not target and _year(c)]
    before = [column for column in bases if (_year(column) or 0) < limit]
    return max(before, key=lambda c: _year(c) or 0, default=None), target


def _year(column: Column) -> int | None:
    match = _YEAR.search(column.text)
    return int(match.group()) if match else None


# ---- rows --------------------------------------------------------------------------------------


def _aligned(row: BodyRow, layout: _Layout, width: int) -> tuple[list[_Cell], int]:
    """Return the cells under their columns, and by how much the row was shifted."""
    cells = [_Cell.of(passage) for passage in row.cells]
    shift = _shift(cells, layout)
    if shift > 0:
        cells = cells[shift:] + [_Cell()] * shift
    elif shift < 0:
        cells = [_Cell()] * -shift + cells
    return cells + [_Cell()] * (width - len(cells)), shift


def _shift(cells: Sequence[_Cell], layout: _Layout) -> int:
    """Return by how many columns a row stands too far right: its number and attribute say so."""
    marks = [
        (at, pattern)
        for at, pattern in ((layout.seq, _SEQ), (layout.attribute, _attribute()))
        if at is not None
    ]
    if not marks or any(_fits(cells, at, pattern) for at, pattern in marks):
        return 0
    for shift in (*range(1, _FARTHEST + 1), *range(-1, -_FARTHEST - 1, -1)):
        if all(_fits(cells, at + shift, pattern) for at, pattern in marks):
            return shift
    return 0


def _fits(cells: Sequence[_Cell], at: int, pattern: re.Pattern[str]) -> bool:
    if not 0 <= at < len(cells):
        return False
    match = pattern.match(cells[at].text)
    return match is not None and (pattern is not _SEQ or match.end() == len(cells[at].text))


@dataclass(frozen=True, slots=True)
class _Above:
    """What stands above in a column, and in which row and page."""

    cell: _Cell
    line: int
    piece: int


@dataclass(frozen=True)
class _Filling:
    """What a row's empty cells may be filled with: the cells above, if they were one cell."""

    above: dict[int, _Above]
    merged: set[int]
    row: BodyRow

    def cell(self, at: int, cell: _Cell) -> tuple[_Cell, int | None]:
        """Return a value's cell, and the line of the row above it that it is merged with.

        A phrase goes on over the empty cells below it in its group; a number does so only where
        the file itself says that the cells are one.
        """
        if cell.text:
            self.above[at] = _Above(cell, self.row.line, self.row.piece)
            return cell, None
        held = self.above.get(at)
        if held and (at in self.merged or _is_phrase(held.cell.text)):
            return held.cell, held.line
        return cell, None


def _is_phrase(text: str) -> bool:
    return text not in _nothing() and not _NUMBER.match(text) and len(text) > 3  # noqa: PLR2004


def _put_group(
    made: _Row, cells: Sequence[_Cell], layout: _Layout, above: dict[int, _Above], row: BodyRow
) -> None:
    levels: list[str] = []
    spans: list[Span] = []
    for order, at in enumerate(layout.groups):
        cell = cells[at]
        if cell.text:
            held = above.get(at)
            if held and held.piece != row.piece and order and not cells[layout.groups[0]].text:
                made.doubts.append(say("plan.indicator.broken_group", group=cell.text))
            above[at] = _Above(cell, row.line, row.piece)
            for lower in (*layout.groups[order + 1 :], *_value_columns(layout)):
                above.pop(lower, None)
        elif at in above:
            cell = above[at].cell
        levels.append(cell.text)
        spans.extend(cell.spans())
    made.put("group", "/".join(filter(None, levels)), tuple(spans))


def _value_columns(layout: _Layout) -> list[int]:
    return [c.index for c in (layout.base, layout.target, *layout.other) if c is not None]


def _put_name(made: _Row, cells: Sequence[_Cell], layout: _Layout) -> None:
    cell = cells[layout.name]
    start, end = 0, len(cell.text)
    seq = cells[layout.seq] if layout.seq is not None else _Cell()
    if seq.text:
        match = _SEQ.match(seq.text)
        made.put("seq", match[1] if match else seq.text, seq.spans())
    elif layout.numbered and (match := _SEQ_AHEAD.match(cell.text)):
        made.put("seq", match[1], cell.spans(match.start(1), match.end(1)))
        start = match.end()
    unit = cells[layout.unit] if layout.unit is not None else _Cell()
    if unit.text not in _nothing():
        made.put("unit", unit.text, unit.spans())
    elif (match := _BRACKETS.search(cell.text)) and _is_unit(match[1]):
        made.put("unit", match[1], cell.spans(*match.span(1)))
        end = match.start()
    made.put("name", cell.text[start:end].strip(), cell.spans(start, end))


def _is_unit(text: str) -> bool:
    return text in table("indicators")["cells"]["units"]


def _put_attribute(made: _Row, cells: Sequence[_Cell], layout: _Layout) -> None:
    at = layout.attribute
    cell = cells[at] if at is not None else _Cell()
    if match := _attribute().search(cell.text):
        made.put("attribute", match.group(), cell.spans(*match.span()))


def _put_values(
    made: _Row,
    cells: Sequence[_Cell],
    layout: _Layout,
    filling: _Filling,
    period: tuple[int, int] | None,
) -> None:
    filled: dict[str, int] = {}
    for kind, column in (("base", layout.base), ("target", layout.target)):
        if column is None:
            continue
        cell, line = filling.cell(column.index, cells[column.index])
        year = _year(column)
        made.put(f"{kind}_year", str(year) if year else None)
        if line is not None:
            filled[kind] = line
        if cell.text not in _nothing():
            _put_value(made, kind, cell)
        elif not cell.text:
            made.doubts.append(say("plan.indicator.blank", column=column.text))
    for column in layout.other:
        cell, _ = filling.cell(column.index, cells[column.index])
        if cell.text not in _nothing():
            made.remarks.append(say("plan.indicator.also", column=column.text, value=cell.text))
    if filled:
        made.doubts.append(_said_filled(filled))
    if made.values.get("target_value") and not made.values.get("target_year") and period:
        made.put("target_year", str(period[1]))
        made.doubts.append(say("plan.indicator.end_year", year=period[1]))


def _said_filled(filled: Mapping[str, int]) -> str:
    names = "、".join(say(f"plan.indicator.{kind}") for kind in filled)
    return say("plan.indicator.filled", columns=names, line=next(iter(filled.values())))


def _put_value(made: _Row, kind: str, cell: _Cell) -> None:
    """Put a value without its unit, if the row has none or the same."""
    match = _unit_behind().fullmatch(cell.text)
    if match and made.values.get("unit") in {None, match[2]}:
        if not made.values.get("unit"):
            made.put("unit", match[2], cell.spans(*match.span(2)))
        made.put(f"{kind}_value", match[1], cell.spans(*match.span(1)))
        return
    starred = re.fullmatch(rf"({_NUMBER.pattern})[*＊①②③]+", cell.text)
    if starred:
        made.remarks.append(say("plan.indicator.starred"))
        made.put(f"{kind}_value", starred[1], cell.spans(*starred.span(1)))
        return
    made.put(f"{kind}_value", cell.text, cell.spans())
