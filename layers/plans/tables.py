"""The tables of a plan as its author meant them: joined over page breaks, with their captions.

A file has consecutive rows; a logical table has a caption, columns with a role each, and rows
below which nothing is hidden: repeated headers are dropped, headings of groups and total rows
stand apart, a project over several rows is one row, merged cells are filled in where that is
evident.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from layers.plans import merging
from layers.plans.captions import Caption, Heading
from layers.plans.document import OWN, Document, Row
from layers.plans.header import WEAK, Column, own_texts, words
from layers.plans.joining import Pieces, joined
from layers.plans.passage import NOTHING, Passage
from layers.plans.rows import Body, BodyReader, BodyRow, by_role, is_total
from layers.plans.structure import Part, five_years, part_at, parts

PROJECTS, INDICATORS, TOWNSHIPS, OTHER = "projects", "indicators", "townships", "other"
"""Kinds of tables."""
THINGS = 2
"""A table without names lists projects where more than so many things of a project are stated."""


@dataclass(frozen=True, slots=True)
class LogicalTable:
    """A table of the plan, whole.

    Attributes:
        number: as printed in its caption (``12-1``, ``附表2``), none if it has none.
        title: its caption without blanks, none if it has none.
        kind: ``projects``, ``indicators``, ``townships`` or ``other``.
        columns: what each column is; a table without a header has columns without roles.
        rows: what stands below the header.
        groups: headings between the rows, with the figures that stand beside them.
        totals: rows that sum; their ``group`` is what they sum, none for the whole table.
        remarks: notes that stand as rows in it (注：...).
        lines: first and last line, of the header and of the last row.
        caption: the caption as found, with its line.
        heading: the chapter or section that it stands in.
        unit: the unit of money that its header, caption or a line above states.
        within: the line of the row that holds it, for a table nested in a cell.

    """

    number: str | None
    title: str | None
    kind: str
    columns: tuple[Column, ...]
    rows: tuple[BodyRow, ...]
    groups: tuple[BodyRow, ...]
    totals: tuple[BodyRow, ...]
    remarks: tuple[BodyRow, ...]
    lines: tuple[int, int]
    caption: Caption | None = None
    heading: Heading | None = None
    unit: str | None = None
    within: int | None = None

    def column(self, role: str) -> Column | None:
        """Return the first column of a role."""
        return next((column for column in self.columns if column.role == role), None)


def logical(document: Document) -> tuple[LogicalTable, ...]:
    """Return the tables of a document in its order; tables of contents are none."""
    found = parts(document)
    made = [_made(pieces, found) for pieces in joined(document)]
    projects = [at for at, table in enumerate(made) if table.kind == PROJECTS]
    if document.form == "docx" or any(_tells_merged(made[at]) for at in projects):
        return tuple(made)  # then an empty cell that is not merged is empty
    filled = merging.evident([(made[at].columns, made[at].rows) for at in projects])
    for at, rows in zip(projects, filled, strict=True):
        made[at] = replace(made[at], rows=rows)
    return tuple(made)


def _tells_merged(table: LogicalTable) -> bool:
    """Whether the file says of any cell of a table that it is merged."""
    cells = (cell for body in table.rows for row in body.rows for cell in row.cells)
    return any(cell.merged != OWN for cell in cells)


# ---- what a table is ---------------------------------------------------------------------------


def _kind(pieces: Pieces, found: Sequence[Part]) -> str:
    if pieces.header is None or pieces.within is not None:
        return OTHER
    roles = pieces.header.roles()
    if _lists_projects(pieces, roles):
        return OTHER if _looks_back(pieces, found) else PROJECTS
    if "indicator" in roles or ("attribute" in roles and "value" in roles):
        return INDICATORS
    first = [column.role for column in pieces.header.columns[:3]]
    if "township" in first and not roles & {"content", "investment", "owner"}:
        return TOWNSHIPS
    return OTHER


def _lists_projects(pieces: Pieces, roles: frozenset[str]) -> bool:
    """Whether a header is that of a table of projects: a name, and what a project has.

    A name beside places alone may be of anything; one beside a number of projects is a class.
    What is called by a name of a general kind (名称, 矿山名称) is a project only where two other
    columns are a project's.
    """
    if roles & {"indicator", "attribute"}:
        return False
    if "count" in roles and not roles & {"content", "owner"}:
        return False
    said = pieces.caption.title if pieces.caption and pieces.caption.title else ""
    titled = any(word in said for word in words("project_captions"))
    has = roles & {"content", "investment", "owner", "lead"}
    if roles & {"period", "start", "end"}:
        has |= {"period"}
    name = next((column for column in pieces.header.columns if column.role == "name"), None)
    if name is None:  # then it begins the content
        return titled and "content" in has and ("investment" in has or len(has) > THINGS)
    if name.rank < WEAK:
        return bool(has) or titled
    return bool(has) if titled else "investment" in has and len(has) > 1


def _looks_back(pieces: Pieces, found: Sequence[Part]) -> bool:
    """Whether a table of projects says what was done, or is of the years before the plan."""
    said = pieces.caption.title if pieces.caption and pieces.caption.title else ""
    if "result" in pieces.header.roles() or any(word in said for word in words("past_captions")):
        return True
    period, of_table = part_at(found, pieces.head[0].line).period, five_years(said)
    return bool(period and of_table and of_table[1] < period[0])


# ---- what stands in it -------------------------------------------------------------------------


def _made(pieces: Pieces, found: Sequence[Part]) -> LogicalTable:
    kind = _kind(pieces, found)
    columns = _all_columns(pieces)
    if kind == PROJECTS:
        columns = _settled(columns, pieces.bodies)
        body = BodyReader(columns).read(pieces.bodies)
        body = replace(body, rows=merging.told(body.rows, {"seq", *merging.MERGED_ROLES}))
    else:
        body = _plain_body(columns, pieces.bodies)
    rows = [*pieces.head, *(row for piece in pieces.bodies for row in piece)]
    stated = next((column.unit for column in columns if column.role == "investment"), None)
    caption = pieces.caption
    return LogicalTable(
        number=caption.number if caption else None,
        title=caption.title if caption else None,
        kind=kind,
        columns=columns,
        rows=body.rows,
        groups=body.groups,
        totals=body.totals,
        remarks=body.remarks,
        lines=(rows[0].line, rows[-1].line),
        caption=caption,
        heading=pieces.heading,
        unit=stated or pieces.unit,
        within=pieces.within,
    )


def _all_columns(pieces: Pieces) -> tuple[Column, ...]:
    """Return a column for every cell that any row has, those beyond the header without a role."""
    columns = pieces.header.columns if pieces.header else ()
    width = max((len(row.cells) for rows in pieces.bodies for row in rows), default=0)
    return (*columns, *(Column(at, "", None) for at in range(len(columns), width)))


def _settled(columns: Sequence[Column], bodies: Sequence[Sequence[Row]]) -> tuple[Column, ...]:
    """Give the columns of a table of projects the roles that they have only there.

    A township is a location. Where no column is the owner's, the leading office is taken for it,
    or a 单位 whose cells name offices.
    """
    columns = [
        replace(column, role="location") if column.role == "township" else column
        for column in columns
    ]
    roles = {column.role for column in columns}
    if "owner" in roles:
        return tuple(columns)
    instead = "lead" if "lead" in roles else "unit"
    if instead == "unit" and not _names_offices(columns, bodies):
        return tuple(columns)
    return tuple(
        replace(column, role="owner") if column.role == instead else column for column in columns
    )


def _names_offices(columns: Sequence[Column], bodies: Sequence[Sequence[Row]]) -> bool:
    at = next((column.index for column in columns if column.role == "unit"), None)
    if at is None:
        return False
    texts = [own_texts(row) for rows in bodies for row in rows]
    said = [row[at] for row in texts if at < len(row) and row[at]]
    return sum(text.endswith(words("owner_ends")) for text in said) * 2 > len(said)


def _plain_body(columns: Sequence[Column], bodies: Sequence[Sequence[Row]]) -> Body:
    """Return the rows of a table of another kind: each by itself, totals apart."""
    roles = by_role(columns)
    made = []
    for piece, rows in enumerate(bodies):
        for row in rows:
            if any(own_texts(row)):
                cells = [
                    Passage.of(cell.text, row.line, at) if own else NOTHING
                    for at, (cell, own) in enumerate(zip(row.cells, own_texts(row), strict=True))
                ]
                cells += [NOTHING] * (len(columns) - len(cells))
                made.append(BodyRow((row,), tuple(cells), roles, None, piece))
    within = max([0, *roles.get("seq", ()), *roles.get("name", ()), *roles.get("township", ())])
    totals = tuple(row for row in made if is_total([c.closed().text for c in row.cells], within))
    rows = merging.told([row for row in made if row not in totals])
    return Body(rows, (), totals, ())
