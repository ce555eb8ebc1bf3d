"""Projects of a plan: a record for each row of its tables, every value with its place."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from layers.plans import columned, money, numerals, owners, quantities, years
from layers.plans.document import (
    ABOVE,
    CERTAIN,
    LIKELY,
    PROJECTS,
    UNSURE,
    Record,
    Span,
)
from layers.plans.passage import NOTHING, Passage
from layers.plans.places import Places
from layers.plans.quantities import Quantity
from layers.plans.rows import BodyRow
from layers.plans.structure import Part, part_at
from layers.plans.tables import PROJECTS as OF_PROJECTS
from layers.plans.tables import LogicalTable
from layers.plans.wordlists import table
from layers.words import say

PLACE_COLUMNS = ("townships", "villages", "rivers", "places", "counties")
QUANTITY_COLUMNS = (
    (quantities.AREA, "areas", quantities.area_cell),
    (quantities.LENGTH, "lengths_km", quantities.length_cell),
    (quantities.CAPACITY, "capacities", quantities.capacity_cell),
)

_HEAD_OF_CONTENT = re.compile(
    r"(?:[（(]?(?P<seq>\d{1,3}|[一二三四五六七八九十]{1,3})[）).．、]+)?(?P<name>[^\d：:。；;，,][^：:。；;，,]{2,40})(?:[：:]|$)"
)
"""The name of a project in a table without names: 1.某河治理工程：治理河道 5 公里."""
_SEQ_SIGNS = re.compile(r"^[（(]|[)）.．、]+$")
_TOTAL_IN_PROSE = re.compile(r"(?:总投资|投资总额|估算投资|投资估算|概算投资|投资概算|匡算投资)")


@dataclass(slots=True)
class _Draft:
    """A record in the making."""

    row: BodyRow
    table: LogicalTable
    part: Part
    content: Passage
    name: Passage = NOTHING
    values: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(PROJECTS))
    spans: dict[str, tuple[Span, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unsure: bool = False

    def put(self, column: str, value: str | None, spans: Iterable[Span] = ()) -> None:
        """Set a column, with where it was read."""
        if value:
            self.values[column] = value
            if found := tuple(spans):
                self.spans[column] = found

    def header(self, role: str) -> str:
        """Return what the header of a role's column says."""
        column = self.table.column(role)
        return column.text if column else ""

    def record(self) -> Record:
        """Return the record, with its note and how sure it is."""
        sure = LIKELY if self.unsure else CERTAIN
        self.put("confidence", UNSURE if self.values["name"] is None else sure)
        self.put("note", "；".join(dict.fromkeys(self.notes)))
        return Record(self.values, self.spans)


def read(
    parts: Sequence[Part], tables: Sequence[LogicalTable], places: Places
) -> tuple[Record, ...]:
    """Return the projects of a plan's tables, in the document's order.

    A plan that lists projects in prose only has none: nothing is invented.
    """
    nested: dict[int, list[Passage]] = {}
    for inner in tables:
        if inner.within is not None:
            nested.setdefault(inner.within, []).append(columned.nested(inner.rows, inner.columns))
    return tuple(
        _record(row, table, part_at(parts, row.line), places, nested)
        for table in tables
        if table.kind == OF_PROJECTS
        for row in table.rows
    )


def _record(
    row: BodyRow,
    table: LogicalTable,
    part: Part,
    places: Places,
    nested: Mapping[int, Sequence[Passage]],
) -> Record:
    within = [passage for line in row.rows for passage in nested.get(line.line, ())]
    draft = _Draft(row, table, part, Passage.joined((row.of("content"), *within), "；"))
    _identity(draft)
    _money(draft)
    _years(draft)
    _owner(draft)
    _quantities(draft)
    _places(draft, places)
    _merged(draft)
    return draft.record()


def _identity(draft: _Draft) -> None:
    row, table = draft.row, draft.table
    draft.put("plan", draft.part.plan)
    if table.caption:
        numbered, titled = table.caption.number_span, table.caption.title_span
        draft.put("table", table.number, [numbered] if numbered else ())
        draft.put("table_title", table.title, [titled] if titled else ())
    seq, name = row.of("seq").closed(), row.of("name").closed()
    if table.column("name") is None:
        seq, name = _head_of_content(draft, seq)
    draft.put("seq", _SEQ_SIGNS.sub("", seq.text), seq.spans())
    draft.name = name
    location = row.of("location", "").closed()
    for column, passage in (("name", name), ("location", location)):
        draft.put(column, passage.text, passage.spans())
    draft.put("content_line", str(row.of("content").line or row.line))
    draft.put("line", str(row.line))
    draft.put("page", None if row.page is None else str(row.page))
    if len(row.rows) > 1:
        lines = f"{row.rows[0].line}—{row.rows[-1].line}"
        draft.notes.append(say("plan.row.several_rows", lines=lines))
    for doubt in row.doubts:
        draft.unsure = True
        draft.notes.append(say(f"plan.row.{doubt}"))
    beyond = [
        cell.text
        for cell, column in zip(row.cells, table.columns, strict=True)
        if cell.text and not column.text
    ]
    if beyond:
        draft.unsure = True
        draft.notes.append(say("plan.row.beyond", text="；".join(beyond)))
    if draft.values["name"] is None:
        draft.notes.append(say("plan.row.no_name"))
    if draft.values["seq"] is None and table.column("seq"):
        draft.unsure = True
        draft.notes.append(say("plan.row.no_number"))


def _head_of_content(draft: _Draft, seq: Passage) -> tuple[Passage, Passage]:
    """Return number and name that the content begins with, in a table that has no names."""
    content = draft.content.closed()
    match = _HEAD_OF_CONTENT.match(content.text)
    if match is None:
        return seq, NOTHING
    draft.notes.append(say("plan.row.name_from_content"))
    draft.unsure = True
    number, name = (
        Passage(content.text[start:end], content.places[start:end])
        for start, end in (match.span("seq"), match.span("name"))
    )
    return seq if seq.text or not match["seq"] else number, name


# ---- money, years, owner -----------------------------------------------------------------------


def _money(draft: _Draft) -> None:
    cell = draft.row.of("investment")
    if not cell.text:
        if draft.table.column("investment") is None:
            _money_in_content(draft)
        return
    read = money.read(cell.text, draft.table.unit)
    if read is None:
        draft.put("investment_raw", cell.closed().text, cell.spans())
        column = draft.header("investment")
        text = cell.closed().text
        draft.notes.append(say("plan.row.money_unread", column=column, text=text))
        draft.unsure = True
        return
    _put_money(draft, cell, read)


def _put_money(draft: _Draft, cell: Passage, read: money.Money) -> None:
    spans = cell.spans(read.start, read.end)
    draft.put("investment_raw", read.raw, spans)
    if read.yi is not None:
        draft.put("investment_yi", numerals.plain(Fraction(str(read.yi))), spans)
    if read.note:
        draft.notes.append(read.note)


def _money_in_content(draft: _Draft) -> None:
    """Where a table has no column of money, the content may state the project's total."""
    cell = draft.content
    said = list(_TOTAL_IN_PROSE.finditer(cell.text))
    if len(said) != 1:
        return
    rest = Passage(cell.text[said[0].start() :], cell.places[said[0].start() :])
    read = money.read(rest.text, None)
    if read is not None and read.yi is not None:
        _put_money(draft, rest, read)
        draft.notes.append(say("plan.row.money_from_content"))
        draft.unsure = True


def _years(draft: _Draft) -> None:
    period = draft.part.period
    raws: list[str] = []
    spans: list[Span] = []
    for role in ("period", "start", "end"):
        cell = draft.row.of(role)
        if not cell.text:
            continue
        raws.append(" ".join(cell.text.split()))
        spans += cell.spans()
        read = years.read(cell.text, period, terms=draft.part.terms)
        if read is None:
            if not re.fullmatch(r"[-—–/／\s]+", cell.text):
                draft.notes.append(
                    say("plan.row.years_unread", column=draft.header(role), text=raws[-1])
                )
            continue
        here = cell.spans(read.start_pos, read.end_pos)
        start, end = _edges(role, read.start, read.end)
        if start is not None:
            draft.put("start_year", str(start), here)
        if end is not None:
            draft.put("end_year", str(end), here)
    draft.put("period_raw", ";".join(raws), spans)


def _edges(role: str, start: int | None, end: int | None) -> tuple[int | None, int | None]:
    """Return first and last year as the column means them: one year of work begun is no end."""
    if start == end and role == "start":
        return start, None
    if start == end and role == "end":
        return None, end
    return start, end


def _owner(draft: _Draft) -> None:
    cell = draft.row.of("owner")
    if not cell.text:
        return
    read = owners.read(cell.text)
    draft.put("owner", read.owner, cell.spans())
    if not _is_inferred(draft.row, "owner"):
        draft.put("owner_raw", " ".join(read.raw.split()), cell.spans())


# ---- quantities and places ---------------------------------------------------------------------


def _quantities(draft: _Draft) -> None:
    content, name = draft.content, draft.row.of("name")
    title = draft.name.text
    said = quantities.works(content.text, title=title)
    read, columns = columned.read(draft.row, draft.table.columns, title)
    beside = [one for one in read if not columned.is_said(one, said)]
    found = [*((one, content) for one in said), *((one, columns) for one in beside)]
    stated = {_family(one) for one, _ in found}
    if not _is_inferred(draft.row, "name"):
        named = quantities.works(name.text)
        found += [(one, name) for one in named if _family(one) not in stated]
    for kind, column, cell in QUANTITY_COLUMNS:
        chosen = [(one, text) for one, text in found if one.kind == kind]
        spans = [span for one, text in chosen for span in text.spans(one.start, one.end)]
        draft.put(column, ";".join(cell(one) for one, _ in chosen), spans)
    restored = quantities.restoration_ha(one for one, _ in found)
    if (
        restored is not None
        and quantities.restoration_ha(said)
        and quantities.restoration_ha(beside)
    ):
        draft.notes.append(say("plan.row.two_areas"))
        draft.unsure = True
    elif restored is not None:
        draft.put("restoration_ha", numerals.plain(Fraction(str(restored))))


def _family(read: Quantity) -> str:
    """Return what a quantity can be compared with: its kind, or the kind of its unit.

    A name that says 200MW repeats a content that says 20 万千瓦, a name that says 5 万亩 sums its
    parts: it adds something only where the content has nothing of the family.
    """
    if read.kind != quantities.CAPACITY:
        return read.kind
    unit = read.unit.partition("/")[0].lstrip("十百千万亿")
    families = ("volume", "mass", "power")
    listed = {entry["name"]: family for family in families for entry in table("units")[family]}
    return listed.get(unit, listed.get(f"千{unit}", unit))


def _places(draft: _Draft, places: Places) -> None:
    row = draft.row
    fields = {
        "name": draft.name,
        "location": row.of("location", "").closed(),
        "content": draft.content.closed(),
    }
    found = places.find(
        fields["name"].text, fields["location"].text or None, fields["content"].text or None
    )
    for column in PLACE_COLUMNS:
        mentions = getattr(found, column)
        spans = [
            span for said in mentions for span in fields[said.field].spans(said.start, said.end)
        ]
        draft.put(column, ";".join(dict.fromkeys(said.text for said in mentions)), spans)
    draft.notes += [proposal.evidence for proposal in found.proposals]


# ---- merged cells ------------------------------------------------------------------------------


def _is_inferred(row: BodyRow, role: str) -> bool:
    """Whether a cell was filled in by evidence; what the file says is merged is its own."""
    cells = row.rows[0].cells
    return any(
        at in row.filled and (at >= len(cells) or cells[at].merged != ABOVE)
        for at in row.roles.get(role, ())
    )


def _merged(draft: _Draft) -> None:
    """Note which cells were filled in from another row, or could not be."""
    row = draft.row
    named = {column.index: column for column in draft.table.columns}
    for at, line in row.filled.items():
        draft.notes.append(say("plan.row.filled", column=named[at].text, line=line))
        draft.unsure = draft.unsure or _is_inferred(row, named[at].role or "")
    for at, (above, below) in row.disputed.items():
        draft.notes.append(
            say("plan.row.disputed", column=named[at].text, above=above, below=below)
        )
        draft.unsure = True
    for role in ("location", "investment", "period", "start", "end", "owner"):
        at = row.roles.get(role, (None,))[0]
        if at is None or row.of(role).text or at in row.disputed:
            continue
        column = named[at].text
        above = _shared_with(draft, at)
        if role == "investment" and above:
            draft.notes.append(say("plan.row.shared_money", column=column, line=above))
        else:
            draft.notes.append(say("plan.row.blank", column=column))


def _shared_with(draft: _Draft, at: int) -> int | None:
    """Return the line of the row whose sum the file merged with this row's."""
    cells = draft.row.rows[0].cells
    if at >= len(cells) or cells[at].merged != ABOVE:
        return None
    above = [row for row in draft.table.rows if row.line < draft.row.line and row.cells[at].text]
    return above[-1].line if above else None
