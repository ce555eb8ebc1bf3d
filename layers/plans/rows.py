"""The rows of a table: projects, what goes on with the row above, headings and totals."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from layers.plans.document import OWN, Row
from layers.plans.header import Column, own_texts, spans_row, words
from layers.plans.passage import NOTHING, Passage

TOTAL_CHARS = 30
"""A total row's first words are short; a longer text that ends so is a sentence."""

_COUNTING = re.compile(r"[0-9]{1,6}")
_ARABIC = re.compile(r"[（(]?\d+(?:[-.．]\d+)*[）).．、]?|[①-⑳]")
_ORDINAL = re.compile(
    r"[（(]?(?:[一二三四五六七八九十]+|[IVXⅠ-Ⅻ]+|[A-Z])[）)]?[、.．]?|第[一二三四五六七八九十]+[类项]?"
)
_NUMBERED = re.compile(
    r"(?:[（(][一二三四五六七八九十]+[）)]|[一二三四五六七八九十]+[、.．]|第[一二三四五六七八九十]+[类部]|"
    r"[IVXⅠ-Ⅻ]+[、.．])\s*\S+"
)
_SENTENCE = re.compile("[：:。；]")
_FIGURES = re.compile(r"[\d.,，]+[%％]?|[-—–/／]+")
_FIRST = re.compile(r"[（(]?0*1[）).．、]?|①")
_REMARK = re.compile(r"[（(]?(?:备?注|说明)\s*\d*\s*[:：、.].*|\*.*")
_BRACKETED_END = re.compile(r"[（(][^（()）]*[)）]$")
_TOTAL_NOTE = re.compile(r"[（(][^（()）]*[）)]$|[:：]$|[\d.]+[项个]$")


@dataclass(frozen=True, slots=True)
class BodyRow:
    """A row of a logical table: it may stand in several rows of the file.

    Attributes:
        rows: the rows of the file, in order.
        cells: a passage for each column of the table, empty where nothing stands.
        roles: the columns of each role, the same for all rows of a table.
        under: the heading under which it stands; of a total, what it sums.
        piece: how many page breaks of the table lie above it; merged cells end there.
        segment: how many headings and totals of the table lie above it; merged cells end there.
        filled: columns whose text stands in another row, with the line of that row.
        disputed: empty columns that may belong to a merged cell above or below: both lines.
        doubts: ``loose``: some of its rows may belong to the next project, for numbers stand in
            the middle of the rows that they count; ``shifted``: its cells stood a column aside.

    """

    rows: tuple[Row, ...]
    cells: tuple[Passage, ...]
    roles: Mapping[str, tuple[int, ...]]
    under: str | None = None
    piece: int = 0
    segment: int = 0
    filled: Mapping[int, int] = field(default_factory=dict)
    disputed: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()

    @property
    def group(self) -> str | None:
        """Return the category that its own column states, or else the heading above it."""
        return self.of("group", " ").closed().text or self.under

    @property
    def line(self) -> int:
        """Return the line of its first row."""
        return self.rows[0].line

    @property
    def page(self) -> int | None:
        """Return the page of its first row."""
        return self.rows[0].page

    def of(self, role: str, between: str = "；") -> Passage:
        """Return what stands in the columns of a role, filled in from merged cells or its own."""
        return Passage.joined((self.cells[at] for at in self.roles.get(role, ())), between)

    def is_filled(self, role: str) -> bool:
        """Whether any column of a role has its text from another row."""
        return any(at in self.filled for at in self.roles.get(role, ()))


@dataclass(frozen=True, slots=True)
class Body:
    """What stands below a header: rows, and apart from them headings of groups, totals, notes.

    ``under`` of a total is the group that it sums, none if it sums the table.
    """

    rows: tuple[BodyRow, ...]
    groups: tuple[BodyRow, ...]
    totals: tuple[BodyRow, ...]
    remarks: tuple[BodyRow, ...]


def by_role(columns: Sequence[Column]) -> dict[str, tuple[int, ...]]:
    """Return the columns of each role."""
    found: dict[str, tuple[int, ...]] = {}
    for column in columns:
        if column.role:
            found[column.role] = (*found.get(column.role, ()), column.index)
    return found


def is_total(texts: Sequence[str], within: int) -> bool:
    """Whether a row's first words (in one of the columns up to ``within``) say that it totals."""
    said = [text for text in texts[: within + 1] if text]
    if not said or len(said[0]) > TOTAL_CHARS:
        return False
    first = _TOTAL_NOTE.sub("", said[0])
    ends = first.endswith(words("totals")) and not first.endswith("统计")
    return ends or any(text in words("totals") for text in said)


def _is_ordinal(seq: str) -> bool:
    """Whether a number is one that heads others: 一, （二）, III; 1 and ① count rows."""
    return bool(_ORDINAL.fullmatch(seq)) and not _ARABIC.fullmatch(seq)


def _level(text: str) -> str:
    """Return the signs of an ordinal without its number: 一、 and 二、 are of one level."""
    match = _ORDINAL.match(text)
    return re.sub(r"[^\W_]+", "#", match[0]) if match else ""


@dataclass(slots=True)
class _Draft:
    """A row in the making: rows of the file are added to it."""

    rows: list[Row]
    parts: list[list[tuple[Passage, int]]]
    group: str | None
    piece: int
    segment: int
    shifted: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the file: what stands in each column, and how far its cells stand aside."""

    piece: int
    row: Row
    texts: list[str]
    offset: int = 0


class BodyReader:
    """Reads the rows of one table of projects, one after the other."""

    def __init__(self, columns: Sequence[Column]) -> None:
        """Prepare for a table's columns."""
        self.columns = columns
        self.roles = by_role(columns)
        self._seq = self.roles.get("seq", (None,))[0]
        self._in_content = "name" not in self.roles  # names stand at the head of the contents
        self._name = self.roles.get("name", self.roles.get("content", (None,)))[0]
        self._money = frozenset(self.roles.get("investment", ()) + self.roles.get("annual", ()))
        names = self.roles.get("name", (None,))[0]
        heads = {0, self._seq, names, *self.roles.get("group", ())} - {None}
        self._heads = frozenset(heads)
        self._within = max(heads)
        self._arabic = False
        self._centred = False

    def read(self, pieces: Sequence[Sequence[Row]]) -> Body:
        """Return the rows of a table given as its pieces, a piece for each page."""
        lines = self._lines(pieces)
        self._arabic = any(_ARABIC.fullmatch(self._at(line.texts, self._seq)) for line in lines)
        drafts: list[_Draft] = []
        apart: dict[str, list[BodyRow]] = {"total": [], "group": [], "remark": []}
        group, segment = None, 0
        for at, line in enumerate(lines):
            after = lines[at + 1].texts if at + 1 < len(lines) else []
            above = drafts[-1] if drafts and drafts[-1].segment == segment else None
            what = self._what(line, after, above)
            if what in apart:
                group = self._label(line.row) if what == "group" else group
                apart[what].append(self._made(self._draft(line, group, segment)))
                segment += what != "remark"
            elif above and (what == "more" or self._waits(above)):
                self._centred |= what != "more"
                self._add(above, line)
            else:
                drafts.append(self._draft(line, group, segment))
        return Body(
            tuple(map(self._made, drafts)),
            tuple(apart["group"]),
            _scoped(apart["total"], apart["group"]),
            tuple(apart["remark"]),
        )

    def _lines(self, pieces: Sequence[Sequence[Row]]) -> list[_Line]:
        """Return the rows that hold something, each laid under its columns."""
        lines: list[_Line] = []
        before = 0
        for piece, rows in enumerate(pieces):
            for row in rows:
                texts = own_texts(row)
                if any(texts):
                    offset = self._offset(texts, before)
                    texts = texts[1:] if offset > 0 else [""] * -offset + texts
                    lines.append(_Line(piece, row, texts, offset))
                    number = self._at(texts, self._seq)
                    before = int(number) if _COUNTING.fullmatch(number) else before
        return lines

    def _offset(self, texts: Sequence[str], before: int) -> int:
        """Return by how many columns a row stands aside: its number does, and the next is due.

        Text recognition does so where a merged cell begins or ends within a page.
        """
        if self._seq is None or _COUNTING.fullmatch(self._at(texts, self._seq)):
            return 0
        due = str(before + 1)
        if self._at(texts, self._seq + 1) == due and not texts[0]:
            return 1
        return -1 if self._seq and self._at(texts, self._seq - 1) == due else 0

    def _what(self, line: _Line, after: Sequence[str], above: "_Draft | None") -> str:
        """Return what a row is: ``total``, ``group``, ``remark``, ``row`` or ``more`` of one."""
        texts = line.texts
        said = [text for text in texts if text]
        if is_total(texts, self._within):
            return "total"
        if len(said) == 1 and _REMARK.fullmatch(said[0]):
            return "remark"
        if self._is_group(line.row, texts, after, above):
            return "group"
        return "more" if above and self._goes_on(line, above) else "row"

    @staticmethod
    def _at(texts: Sequence[str], column: int | None) -> str:
        return texts[column] if column is not None and column < len(texts) else ""

    # ---- what a row is -------------------------------------------------------------------

    def _is_group(
        self, row: Row, texts: Sequence[str], after: Sequence[str], above: _Draft | None
    ) -> bool:
        filled = {at for at, text in enumerate(texts) if text}
        seq, name = self._at(texts, self._seq), self._at(texts, self._name)
        below = self._at(after, self._seq)
        if seq and name and self._arabic and _is_ordinal(seq) and _FIRST.fullmatch(below):
            return True
        if not filled & self._heads or filled - self._heads - self._money:
            return self._is_summed(texts, filled, after)
        first = texts[min(filled)]
        if seq and name:
            return self._heads_below(seq, below)
        if _ARABIC.fullmatch(first) or _is_ordinal(first):
            return False
        said = self._in_content and _SENTENCE.search(first)
        if spans_row(row) or _NUMBERED.fullmatch(first):
            return not said
        alone = len(filled) == 1 and not filled & self._money and not said
        return alone and not self._is_rest(filled, first, below, above)

    def _is_summed(self, texts: Sequence[str], filled: set[int], after: Sequence[str]) -> bool:
        """Whether a numbered heading has the sums of its group beside it, in whatever columns.

        It has figures only, and the row below, of another level, has words beside its name: a
        place, a period, an owner.
        """
        first, beside = min(filled), filled - self._heads
        seq = self._at(texts, self._seq)
        apart = (
            self._arabic and _is_ordinal(seq) and filled & self._heads == {self._seq, self._name}
        )
        whole = _NUMBERED.fullmatch(texts[first]) and filled & self._heads == {first}
        if not (apart or whole):
            return False
        if not all(_FIGURES.fullmatch(texts[at]) for at in beside):
            return False
        below = next((text for text in after if text), "")
        said = {at for at, text in enumerate(after) if text and not _FIGURES.fullmatch(text)}
        return bool(said - self._heads) and _level(texts[first]) != _level(below)

    def _is_rest(self, filled: set[int], text: str, below: str, above: _Draft | None) -> bool:
        """Whether a text alone in the name's column is the rest of the name above it."""
        in_names = self._seq is not None and filled == {self._name} and self._name != 0
        if not in_names or above is None or _FIRST.fullmatch(below):
            return False
        return text[0] in "（(" or not self._is_whole(above)

    def _heads_below(self, seq: str, below: str) -> bool:
        """Whether a row with number and name heads those below: 一 above 1, 1 above 1.1."""
        if _is_ordinal(seq):
            return self._arabic
        plain, under = seq.strip("（()）.．、"), below.strip("（()）.．、")
        return under.startswith((f"{plain}.", f"{plain}-")) or (
            bool(re.fullmatch(r"\d+", seq)) and bool(re.fullmatch(r"[（(]1[）)]|①", below))
        )

    def _goes_on(self, line: _Line, above: _Draft) -> bool:
        """Whether a row goes on with the one above: it has no number and no money of its own.

        Without numbers, the rest of a name is told at the top of a page only.
        """
        texts = line.texts
        if self._at(texts, self._seq):
            return False
        name = self._at(texts, self._name)
        has_money = any(self._at(texts, at) for at in self.roles.get("investment", ()))
        if not name or (self._in_content and self._seq is not None):
            return not has_money or not any(
                part for at in self.roles.get("investment", ()) for part in above.parts[at]
            )
        cut = line.piece != above.piece
        if has_money or self._name is None or (self._seq is None and not cut):
            return False
        return name[0] in "（(" or not self._is_whole(above)

    def _is_whole(self, above: _Draft) -> bool:
        """Whether the name of the row above ends like one."""
        said = "".join(part.text for part, _ in above.parts[self._name])
        return _BRACKETED_END.sub("", said).endswith(words("name_ends"))

    def _waits(self, above: "_Draft") -> bool:
        """Whether the row above has neither number, name nor money: they stand further down."""
        needed = {self._seq, self._name, *self.roles.get("investment", ())} - {None}
        return not any(above.parts[at] for at in needed)

    @staticmethod
    def _label(row: Row) -> str:
        texts = [" ".join(cell.text.split()) for cell in row.cells if cell.merged == OWN]
        texts = [text for text in texts if text]
        said = [text for text in texts if not re.fullmatch(r"[\d.,]+", text)] or texts
        said = sorted(said[:2], key=lambda text: not _ORDINAL.fullmatch(text))
        return "、".join(said) if _ORDINAL.fullmatch(said[0]) else said[0]

    # ---- putting it together -------------------------------------------------------------

    def _draft(self, line: _Line, group: str | None, segment: int) -> _Draft:
        draft = _Draft([], [[] for _ in self.columns], group, line.piece, segment)
        self._add(draft, line)
        return draft

    def _add(self, draft: _Draft, line: _Line) -> None:
        draft.rows.append(line.row)
        draft.shifted |= line.offset != 0
        for at, cell in enumerate(line.row.cells):
            column = at - line.offset
            if cell.merged == OWN and cell.text.strip() and 0 <= column < len(self.columns):
                passage = Passage.of(cell.text, line.row.line, at)
                draft.parts[column].append((passage, line.piece))

    def _made(self, draft: _Draft) -> BodyRow:
        cells = tuple(
            self._joined(self.columns[at].role, parts) if parts else NOTHING
            for at, parts in enumerate(draft.parts)
        )
        rows = tuple(draft.rows)
        loose = ("loose",) if self._centred and len(rows) > 1 else ()
        shifted = ("shifted",) if draft.shifted else ()
        return BodyRow(
            rows,
            cells,
            self.roles,
            draft.group,
            draft.piece,
            draft.segment,
            doubts=loose + shifted,
        )

    @staticmethod
    def _joined(role: str | None, parts: Sequence[tuple[Passage, int]]) -> Passage:
        """Join what stands in several rows: cut words without a gap, items with one."""
        whole = parts[0][0]
        for (before, piece), (passage, below) in pairwise(parts):
            cut = piece != below or role == "name"
            if role in {"owner", "lead", "assist"}:
                cut = not before.text.endswith(words("owner_ends"))
                between = "" if cut or before.text.endswith(("、", "；", ";", "，")) else ";"
            else:
                between = "" if cut else "；"
            whole = Passage.joined((whole, passage), between)
        return whole


def _scoped(totals: Sequence[BodyRow], groups: Sequence[BodyRow]) -> tuple[BodyRow, ...]:
    """Tell the totals of the table from those of a group: the last that says 合计 is its own."""
    found = []
    for total in totals:
        label = next(cell.text for cell in total.cells if cell.text)
        whole = not groups or ("小计" not in label and total is totals[-1])
        found.append(replace(total, under=None if whole else total.under))
    return tuple(found)
