"""Totals that tables state against the sums of their rows, and numbers that do not run on."""

import re
from collections.abc import Iterator
from fractions import Fraction

from layers.plans import money
from layers.plans.audit.finding import HIGH, LOW, MEDIUM, Place, added, digit, finding
from layers.plans.document import CERTAIN, LIKELY, Record
from layers.plans.numerals import plain
from layers.plans.reading import Reading
from layers.plans.rows import BodyRow
from layers.plans.structure import part_at
from layers.plans.tables import PROJECTS, LogicalTable
from layers.words import say

MISSING_COLUMNS = ("location", "owner", "investment", "period")
"""What a row of a table of projects may lack where other rows have it."""

FEWEST = 3
"""Rows that make a column; two numbers and a third are no total."""

NOTHING = frozenset({"", "-", "—", "--", "——", "/", "／"})

_NUMBER = re.compile(r"\d+(?:\.\d+)?")

_SCALES = {Fraction(1, 10**power) for power in (0, 3, 4, 5, 8)}
"""亿, 千万 ... 万, 千, 元, in 亿元."""

FILLED_SHARE = 0.5
"""Rows of a table that must state a thing before those that do not are named one by one."""


def totals(reading: Reading) -> Iterator[Record]:
    """Return total rows and headings whose money is not the sum of their rows."""
    by_line = {int(project.values["line"] or 0): project for project in reading.projects}
    for table in reading.tables:
        if table.kind != PROJECTS:
            continue
        for total in (*table.totals, *table.groups):
            heads = total in table.groups
            yield from _total(reading, table, total, by_line, heads=heads)


def _total(
    reading: Reading,
    table: LogicalTable,
    total: BodyRow,
    by_line: dict[int, Record],
    *,
    heads: bool,
) -> Iterator[Record]:
    cell = total.of("investment")
    stated = _stated(table, total)
    if stated is None:
        return
    rows = [row for row in table.rows if total.under is None or row.under == total.under]
    said = [(row, by_line.get(row.line)) for row in rows]
    amounts = [Fraction(project.values["investment_yi"]) for _, project in said
               if project and project.values["investment_yi"]]  # fmt: skip
    silent = len(rows) - len(amounts)
    if not amounts or (silent and heads):
        return
    amount = Fraction(str(stated.yi))
    if total.under is None and _adds_up(table, total, amount):
        return  # it is the sum of the groups' totals, one of which is wrong
    gap = sum(amounts, Fraction()) - amount
    slack = _printed_digit(cell.text, amount) * (1 + Fraction(len(amounts), 100))
    if abs(gap) < slack:
        return
    # rows without money may make up what is missing, never what is too much
    severity = HIGH if gap > 0 or not silent else MEDIUM
    yield finding(
        "total",
        severity,
        part_at(reading.parts, total.line).plan,
        Place(total.line, total.page, cell.text, cell.spans(stated.start, stated.end)),
        other=Place(rows[0].line, rows[0].page, f"{rows[0].line}—{rows[-1].line}"),
        arithmetic=added(amounts),
        table=table.title or table.number or "—",
        stated=plain(amount),
        found=plain(sum(amounts, Fraction())),
        gap=plain(abs(gap)),
        rows=len(rows),
        silent=silent,
    )


def _printed_digit(text: str, amount: Fraction) -> Fraction:
    """Return what the last printed figure of an amount is worth: 1 万元 of ``36000`` (3.6 亿元)."""
    for match in _NUMBER.finditer(text.replace(",", "")):
        number = Fraction(match[0])
        if number and amount / number in _SCALES:
            return digit(match[0]) * amount / number
    return digit(plain(amount))


def _stated(table: LogicalTable, total: BodyRow) -> money.Money | None:
    """Return the money of a total row or heading, if it states any."""
    text = total.of("investment").text
    stated = money.read(text, table.unit) if text else None
    return stated if stated and stated.yi is not None else None


def _adds_up(table: LogicalTable, total: BodyRow, amount: Fraction) -> bool:
    """Whether the groups' own totals make the total of the table."""
    stated = {
        row.under: Fraction(str(said.yi))
        for row in (*table.groups, *table.totals)
        if row.under is not None and row is not total and (said := _stated(table, row))
    }
    made = sum(stated.values(), Fraction())
    slack = _printed_digit(total.of("investment").text, amount)
    return len(stated) > 1 and abs(made - amount) < slack


def columns(reading: Reading) -> Iterator[Record]:
    """Return total rows of other tables whose numbers are not the sums of their columns.

    A column counts where every row of it is a number, or nothing; blanks beside a wrong sum make
    it unsure.
    """
    for table in reading.tables:
        if table.kind == PROJECTS or len(table.totals) != 1 or table.groups:
            continue
        (total,) = table.totals
        above = [row for row in table.rows if row.line < total.line]
        for column in table.columns:
            if column.role == "seq" or len(above) != len(table.rows) or len(above) < FEWEST:
                continue
            yield from _column(reading, table, total, above, column.index)


def _column(
    reading: Reading, table: LogicalTable, total: BodyRow, rows: list[BodyRow], at: int
) -> Iterator[Record]:
    cell, name = total.cells[at], table.columns[at].text
    if not name and not _is_number(rows[0].cells[at].closed().text):
        name, rows = rows[0].cells[at].closed().text, rows[1:]  # a header that is not known as one
    texts = [row.cells[at].closed().text for row in rows]
    said = [text for text in texts if text not in NOTHING]
    if not _is_number(cell.closed().text) or not all(map(_is_number, said)):
        return
    if len(said) < FEWEST or len(said) < len(rows) * FILLED_SHARE:
        return
    terms = [Fraction(text) for text in said]
    stated, gap = (
        Fraction(cell.closed().text),
        sum(terms, Fraction()) - Fraction(cell.closed().text),
    )
    slack = max(digit(text) for text in (*said, cell.closed().text)) * (1 + Fraction(len(said), 2))
    whole = all(term.denominator == 1 for term in (*terms, stated))
    if gap == 0 or (not whole and abs(gap) < slack):
        return
    first = rows[0].cells[at]
    yield finding(
        "column_total",
        HIGH if gap > 0 or len(said) == len(rows) else MEDIUM,
        part_at(reading.parts, total.line).plan,
        Place(total.line, total.page, cell.text, cell.spans()),
        other=Place(rows[0].line, rows[0].page, first.text, first.spans()),
        arithmetic=added(terms),
        confidence=LIKELY,
        table=table.title or table.number or "—",
        column=name or "—",
        stated=plain(stated),
        found=plain(stated + gap),
    )


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text))


def numbering(reading: Reading) -> Iterator[Record]:
    """Return numbers of a table's rows that are left out or given twice."""
    for table in reading.tables:
        if table.kind != PROJECTS:
            continue
        last: tuple[int, BodyRow] | None = None
        for row in table.rows:
            text = row.of("seq").closed().text.strip("().（）、．")
            if not text.isascii() or not text.isdigit():
                last = None
                continue
            number = int(text)
            if last and number not in {last[0] + 1, 1}:
                seq, before = row.of("seq"), last[1].of("seq")
                yield finding(
                    "numbering",
                    LOW,
                    part_at(reading.parts, row.line).plan,
                    Place(row.line, row.page, seq.text, seq.spans()),
                    other=Place(last[1].line, last[1].page, before.text, before.spans()),
                    number=number,
                    before=last[0],
                )
            last = number, row


def missing(reading: Reading) -> Iterator[Record]:
    """Return projects that lack what most rows of their table state, and columns a table lacks."""
    for table in reading.tables:
        if table.kind != PROJECTS or not table.rows:
            continue
        plan = part_at(reading.parts, table.rows[0].line).plan
        absent = []
        for role in MISSING_COLUMNS:
            roles = (role, "start", "end") if role == "period" else (role,)
            if any(column.role in roles for column in table.columns):
                yield from _missing(plan, table, role, roles)
            else:
                absent.append(say(f"plan.role.{role}"))
        if absent:
            yield finding(
                "no_column",
                LOW,
                plan,
                Place(table.lines[0], table.rows[0].page, table.title or ""),
                table=table.title or table.number or "—",
                columns="、".join(absent),
                rows=len(table.rows),
            )


def _missing(plan: str, table: LogicalTable, role: str, roles: tuple[str, ...]) -> Iterator[Record]:
    empty = [row for row in table.rows if not any(row.of(one).text for one in roles)]
    if len(empty) > len(table.rows) * (1 - FILLED_SHARE):
        return
    at = {column.index for column in table.columns if column.role in roles}
    for row in empty:
        name = row.of("name").closed()
        yield finding(
            "missing",
            LOW,
            plan,
            Place(row.line, row.page, name.text, name.spans()),
            confidence=LIKELY if at & set(row.disputed) else CERTAIN,
            column=say(f"plan.role.{role}"),
            name=name.text or "—",
        )
