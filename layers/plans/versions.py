"""A new reading against the table in a workspace: what follows it, and what a person decided.

Three states of a cell: the draft that the workspace's row was made from, the row as it is, and the
new reading. A cell that differs from its draft is a correction and stays; every other cell follows
the new reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from layers.errors import TableError
from layers.plans.cells import kept, restated, same
from layers.plans.drafts import COLUMNS, CONTRACT, Row
from layers.plans.matching import Pair, matched, paired
from layers.projects import read_projects

NEW, GONE, CHANGED, MOVED = "new", "gone", "changed", "moved"
"""What follows the new reading: rows that it adds or lacks, cells, line numbers."""

CONFLICT, CORRECTED, GONE_KEPT, ADDED, REMOVED = (
    "conflict", "corrected", "gone_kept", "added", "removed",
)  # fmt: skip
"""What stays as a person left it: a cell that the document now states in another way, one that it
states as before; a corrected row that it no longer has, a row of the person's own, one that the
person took out."""

KEPT = (CONFLICT, CORRECTED, GONE_KEPT, ADDED, REMOVED)

CELLS = tuple(name for name in COLUMNS if name not in {"plan", "line"})

TOGETHER = (("start_year", "end_year"), ("restoration_ha", "areas"))
"""Cells that are checked against each other: where one is a correction with which the document's
other cannot stand, both stay."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row, or a cell of it where ``column`` is set.

    Attributes:
        kind: see ``NEW`` and the like.
        row: the row as it will stand, or as it was.
        column: empty for a whole row.
        ours, draft, document: the cell in the workspace, as the machine read it before, and as
            the new reading has it.
        pending: an update would change something, or the document contradicts a correction.

    """

    kind: str
    row: Row
    column: str = ""
    ours: str = ""
    draft: str = ""
    document: str = ""
    pending: bool = True


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rows as they would stand after an update, and what differs, in the document's order."""

    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]
    lines: dict[str, str | None] = field(default_factory=dict)
    """The line that each row of the workspace gets, by the one that it has; none if it goes."""

    @property
    def pending(self) -> bool:
        """Whether there is anything to decide."""
        return any(difference.pending for difference in self.differences)

    def of(self, *kinds: str) -> tuple[Difference, ...]:
        """Return the differences of some kinds."""
        return tuple(one for one in self.differences if one.kind in kinds)


def compare(
    ours: Sequence[Row],
    base: Sequence[Row],
    machine: Sequence[Row],
    theirs: Sequence[Row],
    *,
    same_document: bool = False,
) -> Comparison:
    """Return what a new reading means for a workspace.

    Args:
        ours: the plan's rows in the workspace; none before the first import.
        base: the draft that they were made from; none where none is kept: then every cell is a
            person's.
        machine: the draft of the new reading.
        theirs: the new reading after a person looked at it.
        same_document: both readings are of the same bytes.

    """
    old, new = paired(base, ours), paired(machine, theirs)
    match = matched(old, new, same_document=same_document)
    merge = _Merge()
    for number, pair in enumerate(new):
        at = match.get(number)
        merge.row(old[at] if at is not None else (None, None), _as_read(pair), at)
    goes_on = {at for number, at in match.items() if new[number][1] is not None}
    for at, (draft, row) in enumerate(old):
        if row is not None and at not in goes_on:
            merge.left_over(draft, row, at)
    return merge.result(old, {row["line"] for row in machine})


def _as_read(pair: Pair) -> Pair:
    """Return a pair with the machine's own writing where the cell is still the machine's."""
    draft, row = pair
    if draft is None or row is None:
        return pair
    return draft, {
        name: draft[name] if kept(name, draft[name], row[name]) else row[name] for name in COLUMNS
    } | {"plan": row["plan"]}


class _Merge:
    """The rows in the making: those that the reading has, and those that stay without it."""

    def __init__(self) -> None:
        self._rows: list[tuple[int | None, dict[str, str], str]] = []
        self._stay: dict[int, dict[str, str]] = {}
        self._found: list[Difference] = []

    def row(self, old: Pair, new: Pair, at: int | None) -> None:
        """Take a row of the new reading."""
        (base, ours), (machine, theirs) = old, new
        if theirs is None:
            if ours is None and machine is not None:
                self._note(REMOVED, machine, pending=False)
            return
        if ours is None and base is not None and machine is not None:
            told = any(not restated(name, base[name], machine[name]) for name in CELLS)
            self._note(REMOVED, theirs, pending=told)
            return
        if ours is None:
            self._note(NEW, theirs)
            row, flagged = dict(theirs), set()
        else:
            row, flagged = self._cells(base, ours, machine, theirs)
        if machine is None and ours is None:
            self._note(ADDED, row, pending=False)
        elif machine is not None:
            self._corrected(row, base or machine, machine, flagged)
        self._rows.append((None if ours is None else at, row, theirs["line"]))

    def left_over(self, base: Row | None, ours: Row, at: int) -> None:
        """Take a row of the workspace that the new reading does not have."""
        if base is None:
            self._note(ADDED, ours, pending=False)
        elif any(not kept(name, base[name], ours[name]) for name in CELLS):
            self._note(GONE_KEPT, ours)
        else:
            self._note(GONE, ours)
            return
        self._stay[at] = dict(ours)

    def _cells(
        self, base: Row | None, ours: Row, machine: Row | None, theirs: Row
    ) -> tuple[dict[str, str], set[str]]:
        """Return the merged row, and the columns in which a correction met another text."""
        row = dict(ours)
        follow: dict[str, str] = {}
        conflicts: set[str] = set()
        held: set[str] = set()
        for name in CELLS:
            new = theirs[name]
            if same(name, ours[name], new) or (name == "group" and not new):
                continue
            if base is not None and kept(name, base[name], ours[name]):
                follow[name] = new
                continue
            held.add(name)
            stated = None if base is None or machine is None else (base[name], machine[name])
            if stated is None or not (restated(name, *stated) and same(name, machine[name], new)):
                conflicts.add(name)
        for pair in TOGETHER:
            torn = held.intersection(pair) and follow.keys() & set(pair)
            if torn and not _sound({**ours, **follow}):
                conflicts |= torn
                follow = {name: new for name, new in follow.items() if name not in torn}
        row.update(follow)
        row["line"] = _line(base, ours, machine, theirs)
        for name in CELLS:
            if name in follow and not restated(name, ours[name], follow[name]):
                self._note(CHANGED, row, name, ours[name], base[name], follow[name])
            elif name in conflicts:
                draft = base[name] if base else ""
                self._note(CONFLICT, row, name, ours[name], draft, theirs[name])
        return row, conflicts

    def _corrected(self, row: Row, base: Row, machine: Row, flagged: set[str]) -> None:
        """Note the cells that stand against the document, other than the conflicts."""
        for name in (*CELLS, "line"):
            person = name == "group" or name in flagged
            if not person and not kept(name, machine[name], row[name]):
                self._note(
                    CORRECTED, row, name, row[name], base[name], machine[name], pending=False
                )

    def _note(  # noqa: PLR0913, PLR0917 - the fields of a difference
        self, kind: str, row: Row, column: str = "", ours: str = "", draft: str = "",
        document: str = "", *, pending: bool = True,
    ) -> None:  # fmt: skip
        self._found.append(Difference(kind, row, column, ours, draft, document, pending=pending))

    def result(self, old: Sequence[Pair], stated: set[str]) -> Comparison:
        """Return the rows in order: the reading's, and after its neighbour each that stays.

        ``stated`` has the lines of the new version on which the machine found a project.
        """
        self._own_lines(stated)
        rows: list[tuple[int | None, dict[str, str]]] = [(at, row) for at, row, _ in self._rows]
        for at in sorted(self._stay):
            behind = [(other, n) for n, (other, _) in enumerate(rows)
                      if other is not None and other < at]  # fmt: skip
            rows.insert(max(behind)[1] + 1 if behind else 0, (at, self._stay[at]))
        lines: dict[str, str | None] = {row["line"]: None for _, row in old if row is not None}
        for at, row in rows:
            ours = None if at is None else old[at][1]
            if ours is None:
                continue
            lines[ours["line"]] = row["line"]
            if ours["line"] != row["line"]:
                self._note(MOVED, row, "line", ours["line"], "", row["line"])
        return Comparison(tuple(row for _, row in rows), tuple(self._found), lines)

    def _own_lines(self, stated: set[str]) -> None:
        """See that no two rows have one line: the reading's rows have theirs before any other.

        A row that stays must not stand on the line of a project that a person took out either:
        it would pass for its correction the next time.
        """
        taken = {line for _, _, line in self._rows}
        for _, row, line in self._rows:
            if row["line"] != line and row["line"] in taken:
                row["line"] = line
            taken.add(row["line"])
        taken |= stated
        free = max(map(int, taken), default=0)
        for _, row in sorted(self._stay.items()):
            if row["line"] in taken:
                free += 1
                row["line"] = str(free)  # beyond the rows: no line of the new version is its own
            taken.add(row["line"])
            free = max(free, int(row["line"]))


def _sound(row: Row) -> bool:
    """Whether the cells of a row agree with one another, as every reader of the table demands."""
    record = {column.name: column.read(row[column.name]) for column in CONTRACT.columns}
    try:
        read_projects(pd.DataFrame([record], dtype=object), "", (row["plan"],))
    except TableError:
        return False
    return True


def _line(base: Row | None, ours: Row, machine: Row | None, theirs: Row) -> str:
    """Return the line of the new version, but for one that a person put right in this one."""
    if base and machine and base["line"] == machine["line"] != ours["line"]:
        return ours["line"]
    return theirs["line"]
