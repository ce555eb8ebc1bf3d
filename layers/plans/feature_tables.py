"""Tables of named things: a row (or a column) for each, with its level, place and figures."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from layers.plans import numerals
from layers.plans.document import Span
from layers.plans.figures import (
    Figure,
    fits,
    measure_of,
    quality_in,
    read_number,
    reads_number,
    unit_in,
)
from layers.plans.folding import fold
from layers.plans.kinds import Kind, is_name, kinds
from layers.plans.passage import Passage
from layers.plans.rows import BodyRow
from layers.plans.tables import OTHER, TOWNSHIPS, LogicalTable
from layers.plans.wordlists import any_of, table

_REMARK = re.compile(r"\([^()]*\)")
_YEAR = re.compile(r"((?:19|20)\d\d)年?")
_NAME = re.compile(r"[㐀-鿿〇·\d]{2,20}")
_HINTED = dict.fromkeys(table("figures")["tables"]["kinds"], 0.7) | {"monitoring_section": 2.0}
"""How a header counts against names in the cells: a section is told by its river beside it."""
_BRANCH = "支流级别"
_MOST = 0.6  # of the cells of a column have names of one kind: it is the column of the names


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing in a table: its name, where it stands, and what the table says of it."""

    kind: str
    name: str
    noun: str
    line: int
    page: int | None
    spans: tuple[Span, ...]
    sure: bool
    level: str | None = None
    class_: str | None = None
    location: str = ""
    filled: int | None = None
    figures: tuple["Told", ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A figure in a cell: where it stands, and the year that it holds for."""

    figure: Figure
    line: int
    page: int | None
    spans: tuple[Span, ...]
    year: str | None


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    passage: Passage
    line: int
    page: int | None

    @classmethod
    def of(cls, row: BodyRow, at: int) -> "_Cell":
        passage = row.cells[at] if at < len(row.cells) else Passage()
        return cls(fold(passage.text).text, passage, row.line, row.page)


@dataclass
class _Columns:
    """What the columns (or rows) beside the names are, by their place."""

    level: int | None = None
    class_: int | None = None
    location: list[int] = field(default_factory=list)
    year: int | None = None
    quality: dict[int, str] = field(default_factory=dict)
    measures: dict[int, str] = field(default_factory=dict)

    @property
    def tells(self) -> bool:
        """Whether anything is said of the things."""
        return bool(self.measures or self.quality or self.location or self.level is not None)


@dataclass(frozen=True)
class _Grid:
    """A table with its header: texts of the header, and the cells below it."""

    heads: tuple[_Cell, ...]
    rows: tuple[tuple[_Cell, ...], ...]
    said: str

    @property
    def header(self) -> tuple[str, ...]:
        """The texts of the header."""
        return tuple(head.text for head in self.heads)


def entries(logical: LogicalTable) -> Iterator[Entry]:
    """Return the things that a table lists; none if it is no table of things."""
    if logical.kind not in {OTHER, TOWNSHIPS}:
        return
    grid = _grid(logical)
    if not grid.rows:
        return
    turned = _turned(grid)
    if turned:
        grid = turned
    at = _name_column(grid)
    if at is None:
        return
    columns = _columns(grid.header, at)
    if columns.tells:
        yield from _entries(grid, at, columns)


def _grid(logical: LogicalTable) -> _Grid:
    width = len(logical.columns)
    rows = [tuple(_Cell.of(row, at) for at in range(width)) for row in logical.rows]
    page = logical.rows[0].page if logical.rows else None
    heads = tuple(
        _Cell(fold(column.text).text, Passage(), logical.lines[0], page)
        for column in logical.columns
    )
    if not any(head.text for head in heads) and rows:
        heads, rows = rows[0], rows[1:]
    return _Grid(heads, tuple(rows), logical.title or "")


def _turned(grid: _Grid) -> _Grid | None:
    """Return a table whose columns are the things, turned so that its rows are."""
    names = [text for text in grid.header[1:] if text]
    if len(names) < 2 or not all(_named(text) for text in names):  # noqa: PLR2004
        return None
    heads = (grid.heads[0], *(row[0] for row in grid.rows))
    rows = tuple(
        (head, *(row[at] for row in grid.rows))
        for at, head in enumerate(grid.heads[1:], start=1)
        if head.text
    )
    return _Grid(heads, rows, grid.said)


# ---- the column of the names ---------------------------------------------------------------------


@cache
def _nouns() -> re.Pattern[str]:
    return re.compile(f"(?:{any_of([n for kind in kinds().values() for n in kind.nouns])})$")


def _named(text: str) -> tuple[Kind, str] | None:
    """Return the kind and noun of a text that is a name."""
    plain = _REMARK.sub("", text)
    match = _nouns().search(plain)
    if match is None or len(plain) > 24:  # noqa: PLR2004 - a sentence
        return None
    kind = next(kind for kind in kinds().values() if match.group() in kind.nouns)
    return (kind, match.group()) if is_name(plain, match.group(), kind) else None


def _name_column(grid: _Grid) -> int | None:
    """Return the column of the names: its cells are names, or its header says so."""
    width = len(grid.header)
    words = re.compile(any_of(table("figures")["tables"]["name"]))
    best, most = None, 0.0
    for at in range(width):
        texts = [row[at].text for row in grid.rows if at < len(row) and row[at].text]
        if not texts or _is_place(grid.header[at]):
            continue
        share = sum(_named(text) is not None for text in texts) / len(texts)
        if words.search(grid.header[at]) and all(map(_NAME.match, texts)):
            share = max(share, _HINTED.get(_hint(grid.header[at]) or "", share))
        if share > max(most, _MOST):
            best, most = at, share
    if best is None and _hint(grid.said):
        named = (at for at in range(width) if "名称" in grid.header[at])
        best = next(named, None)
    return best


def _is_place(header: str) -> bool:
    return bool(re.search(any_of(table("figures")["tables"]["location"]), header))


def _hint(text: str) -> str | None:
    """Return the kind of things that a header or caption speaks of."""
    for kind, words in table("figures")["tables"]["kinds"].items():
        if any(word in text for word in words):
            return kind
    return None


# ---- the other columns ---------------------------------------------------------------------------


def _columns(header: Sequence[str], name: int) -> _Columns:
    found = _Columns()
    for at, text in enumerate(header):
        role = _role(text) if at != name and text else None
        if role in {"quality", "quality_target"}:
            found.quality[at] = "water_quality" + role.removeprefix("quality")
        elif role == "measure":
            found.measures[at] = measure_of(text)[0]  # type: ignore[index]
        elif role == "location":
            found.location.append(at)
        elif role == "level" and found.level is None:
            found.level = at
        elif role == "class" and (found.class_ is None or _BRANCH in text):
            found.class_ = at
        elif role == "year":
            found.year = at
    return found


def _role(text: str) -> str | None:
    """Return what a column is, by the words of its header."""
    words = table("figures")["tables"]
    if any(word in text for word in words["quality_target"]):
        return "quality_target"
    if text in words["class"]:
        return "class"
    if measure_of(text):
        return "measure"
    roles = ("class",) if _BRANCH in text else ("quality", "level", "location", "class")
    named = (role for role in roles if any(word in text for word in words[role]))
    return next(named, "year" if text in {"年份", "年度", "年"} else None)


def _entries(grid: _Grid, at: int, columns: _Columns) -> Iterator[Entry]:
    held: Entry | None = None
    for row in grid.rows:
        cell = row[at]
        entry = _entry(grid, at, cell, row, columns) if cell.text else None
        if cell.text and entry is None:
            held = None
            continue
        if entry is None and held is None:
            continue
        base = entry or held
        told = tuple(_told(grid, row, columns, base))
        if entry is None:
            entry = Entry(
                held.kind, held.name, held.noun, row[at].line, row[at].page, (), held.sure,
                held.level, held.class_, held.location, held.line,
            )  # fmt: skip
        else:
            held = entry
        yield _with(entry, told)


def _with(entry: Entry, told: tuple[Told, ...]) -> Entry:
    return Entry(
        entry.kind, entry.name, entry.noun, entry.line, entry.page, entry.spans, entry.sure,
        entry.level, entry.class_, entry.location, entry.filled, told,
    )  # fmt: skip


def _entry(
    grid: _Grid, at: int, cell: _Cell, row: Sequence[_Cell], columns: _Columns
) -> Entry | None:
    plain = _REMARK.sub("", cell.text)
    named = _named(plain)
    sure = named is not None
    if named:
        kind, noun = named[0].name, named[1]
    else:
        kind = _hint(grid.header[at]) or _hint(grid.said) or ""
        noun = table("figures")["tables"]["nouns"].get(kind, "")
        if not kind or not _NAME.fullmatch(plain) or re.fullmatch("合计|总计|小计|其他", plain):
            return None
        if noun and noun in grid.header[at]:
            plain += noun
    texts = {place: row[place].text for place in range(len(row))}
    return Entry(
        kind,
        plain,
        noun,
        cell.line,
        cell.page,
        cell.passage.spans(),
        sure,
        level=texts.get(columns.level) if columns.level is not None else None,
        class_=texts.get(columns.class_) if columns.class_ is not None else None,
        location="，".join(texts[place] for place in columns.location),
    )


def _told(grid: _Grid, row: Sequence[_Cell], columns: _Columns, entry: Entry) -> Iterator[Told]:
    year = row[columns.year].text if columns.year is not None else ""
    for at, measure in columns.measures.items():
        if figure := _number(row[at].text, grid.header[at], measure, entry.kind):
            yield _place(figure, row[at], year or grid.header[at])
    for at, measure in columns.quality.items():
        if text := quality_in(row[at].text):
            figure = Figure(measure, None, None, None, text, 0, len(row[at].text))
            yield _place(figure, row[at], year or grid.header[at])


def _place(figure: Figure, cell: _Cell, said: str) -> Told:
    year = _YEAR.search(said)
    return Told(figure, cell.line, cell.page, cell.passage.spans(), year[1] if year else None)


def _number(text: str, header: str, measure: str, kind: str) -> Figure | None:
    """Return the figure of a cell: its unit stands behind it or in the header."""
    if not fits(measure, kind):
        return None
    groups = measure_of(header)[1]  # type: ignore[index]
    match = reads_number(text)
    if match:
        read = read_number(match)
        if read.group in groups:
            return Figure(measure, read.value, read.unit, read.hectares, None, 0, len(text))
    unit = unit_in(header, groups)
    if unit is None or not re.fullmatch(rf"约?{numerals.PRINTED}", text):
        return None
    return unit.figure(measure, numerals.printed(text.lstrip("约")))
