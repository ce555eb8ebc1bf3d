"""From what ``shanhe plan read`` wrote into a workspace: nothing that a person decided is lost."""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from layers.contracts import TABLES
from layers.errors import WorkspaceError
from layers.formats.writers.cells import safe_cell
from layers.gazetteer import normalise
from layers.plans import versions
from layers.plans.drafts import COLUMNS, Draft, Row, draft_path, draft_text, read_drafts, stored
from layers.plans.edited import Known, Lines, by_plan, csv_lines, read_edited
from layers.plans.registering import with_plan, without_placeholder
from layers.plans.replacing import replace_all
from layers.plans.townships import NAME, found, with_rows
from layers.plans.versions import Comparison, Difference, compare
from layers.tables import read_text
from layers.words import say
from layers.workspace import Workspace

DIFFERENCES = ("kind", "table", "table_title", "seq", "name", "line", "column", "workspace",
               "draft", "document")  # fmt: skip
"""Columns of ``plans/<plan>.differences.csv``: what stands in the table despite the document."""

IDS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of one plan.

    Attributes:
        draft: as read now.
        before: the draft of the version before, if the workspace has one.
        present: the workspace had the plan already.
        comparison: the rows, and what differs.
        notes: what else a person should know, in Chinese.

    """

    draft: Draft
    before: Draft | None
    present: bool
    comparison: Comparison
    notes: tuple[str, ...] = ()

    @property
    def pending(self) -> bool:
        """Whether the workspace has the plan and differs from the new reading."""
        return self.present and self.comparison.pending


@dataclass(frozen=True, slots=True)
class Import:
    """What came of each plan, whether the workspace was written, and the townships it listed."""

    plans: tuple[Imported, ...]
    written: bool
    townships: tuple[str, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether differences wait for a decision."""
        return not self.written and any(plan.pending for plan in self.plans)


def import_plans(
    folder: Path, workspace_folder: Path, *, update: bool = False, townships: bool = False
) -> Import:
    """Bring the projects that were read into a workspace, or show how they differ from it.

    A plan that the workspace does not have is added. One that it has is compared; where there is
    a difference, nothing is written unless ``update`` is set. All files change together.

    Args:
        folder: what ``shanhe plan read`` wrote, its ``projects.csv`` perhaps corrected.
        workspace_folder: the workspace.
        update: let what nobody corrected follow the new reading.
        townships: add to the workspace's list of townships what it lacks. A list that is empty
            is begun in any case.

    Raises:
        WorkspaceError: the folder is not such a one, the workspace is wrong, or its surveyed
            sites would come to name other projects; nothing was written.
        TableError: a table has faults, all of them listed; nothing was written.
        LayerError: a workbook or a layer of sites cannot be read; nothing was written.

    """
    workspace = Workspace(workspace_folder)
    _ = workspace.projects
    table = _Table.of(workspace_folder / "projects.csv")
    drafts = read_drafts(folder)
    lines = read_edited(folder, drafts)
    more = found(workspace, lines, wanted=townships)
    plans = _compared(drafts, lines, workspace, table, more)
    held = any(plan.pending for plan in plans)
    chosen = [plan for plan in plans if update or not plan.present]
    if not chosen or (held and not update):
        return Import(tuple(map(_looked_at, plans)), written=False)
    for plan in chosen:
        _check_title(plan, workspace, plans)
        _check_sites(plan, workspace)
    path = workspace_folder / "area.toml"
    area, notes = _area(chosen, path, table)
    files = _drafts(chosen, workspace_folder, table)
    if more:
        files[workspace_folder / NAME] = with_rows(workspace, more)
    replace_all(workspace_folder, files | {path: area, table.path: table.with_plans(chosen)})
    return Import(
        tuple(
            replace(plan, notes=(*notes.get(plan.draft.plan, ()), *_stale(plan, workspace)))
            for plan in plans
        ),
        written=True,
        townships=tuple(row["name"] for row in more),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """A workspace's table of projects: its rows as text, and its bytes."""

    path: Path
    rows: tuple[Row, ...]
    raw: bytes

    @classmethod
    def of(cls, path: Path) -> "_Table":
        return cls(path, csv_lines(path, undo=False).rows, path.read_bytes())

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()

    def of_plan(self, plan: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row["plan"] == plan)

    def with_plans(self, plans: Sequence[Imported]) -> bytes:
        """Return the bytes with the rows of some plans in place of those there, or at the end."""
        rows: list[Row] = []
        fresh = {plan.draft.plan: plan.comparison.rows for plan in plans}
        for row in self.rows:
            rows += fresh.pop(row["plan"], ()) if row["plan"] in fresh else ()
            rows += [row] if all(row["plan"] != plan.draft.plan for plan in plans) else []
        rows += [row for more in fresh.values() for row in more]
        cells = [[row[name] for name in COLUMNS] for row in rows]
        if cells == [[row[name] for name in COLUMNS] for row in self.rows]:
            return self.raw
        marked = self.raw.startswith(codecs.BOM_UTF8)  # a spreadsheet needs the mark to read it
        return _csv(COLUMNS, cells).encode("utf-8-sig" if marked else "utf-8")


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()


# ---- comparing -------------------------------------------------------------------------------


def _compared(
    drafts: Sequence[Draft],
    lines: Lines,
    workspace: Workspace,
    table: _Table,
    more: Sequence[Row],
) -> tuple[Imported, ...]:
    known = Known(
        frozenset((*workspace.table("townships")["name"], *(row["name"] for row in more))),
        frozenset(county.name for county in workspace.area.counties),
        workspace.folder / NAME,
    )
    rows = by_plan(lines, drafts, known)
    plans = []
    for draft, plan in zip(drafts, rows, strict=True):
        ours = table.of_plan(plan)
        before = stored(workspace.folder, plan, table.sha256)
        present = bool(ours) or before is not None
        if present or rows[plan]:
            comparison = compare(
                ours,
                before.rows if before else (),
                draft.rows,
                rows[plan],
                same_document=before is not None and before.sha256 == draft.sha256,
            )
            plans.append(Imported(replace(draft, plan=plan), before, present, comparison))
    if not plans:
        raise WorkspaceError(say("plan.import.nothing", folder=lines.file.parent))
    return tuple(plans)


def _looked_at(plan: Imported) -> Imported:
    """Return a plan that was only compared, with a word where its rows hide a new document."""
    before = plan.before
    if plan.pending or before is None or before.sha256 == plan.draft.sha256:
        return plan
    return replace(plan, notes=(say("plan.import.new_text"),))


def _check_title(plan: Imported, workspace: Workspace, plans: Sequence[Imported]) -> None:
    """Refuse what looks like a new version under a new name: its projects would stand twice."""
    title = normalise(plan.draft.title)
    ids = {each.draft.plan for each in plans}
    for known in workspace.area.plans:
        taken = not plan.present and title and normalise(known.title) == title
        if taken and known.id not in ids:
            raise WorkspaceError(
                say(
                    "plan.import.same_title",
                    title=plan.draft.title,
                    known=known.id,
                    plan=plan.draft.plan,
                )
            )


def _check_sites(plan: Imported, workspace: Workspace) -> None:
    """Refuse to give a row another line while a surveyed site names the project by the old one."""
    name = plan.draft.plan
    changed = {f"{name}-{old}" for old, line in plan.comparison.lines.items() if line != old}
    for layer in workspace.of_kind("site") if changed else ():
        named = sorted(changed.intersection(workspace.frame(layer.id)["project_id"]))
        if named:
            more = "……" if len(named) > IDS_SHOWN else ""
            shown = "、".join(named[:IDS_SHOWN]) + more
            raise WorkspaceError(
                say("plan.import.sites", layer=layer.id, count=len(named), ids=shown)
            )


def _stale(plan: Imported, workspace: Workspace) -> list[str]:
    """Return the tables whose line numbers still count in the version before."""
    if not plan.before or plan.before.sha256 == plan.draft.sha256:
        return []
    names = [
        f"{name}.csv"
        for name in TABLES
        if name != "projects" and "plan" in workspace.table(name)
        and (workspace.table(name)["plan"] == plan.draft.plan).any()
    ]  # fmt: skip
    return [say("plan.import.stale", tables="、".join(names))] if names else []


# ---- writing ---------------------------------------------------------------------------------


def _area(
    plans: Sequence[Imported], path: Path, table: _Table
) -> tuple[bytes, dict[str, list[str]]]:
    """Return area.toml with an entry for each plan, and what a person wrote in it that differs."""
    text = before = read_text(path)
    if not table.of_plan("plan"):
        text = without_placeholder(text)
    notes: dict[str, list[str]] = {}
    for plan in plans:
        text, differs = with_plan(text, path, plan.draft, plan.before)
        if differs:
            keys = "、".join(differs)
            notes[plan.draft.plan] = [say("plan.import.said", keys=keys)]
    return path.read_bytes() if text == before else text.encode("utf-8"), notes


def _drafts(plans: Sequence[Imported], folder: Path, table: _Table) -> dict[Path, bytes]:
    """Return the draft of each plan and the list of what stands against it."""
    changed = table.with_plans(plans) != table.raw
    files: dict[Path, bytes] = {}
    for plan in plans:
        path = draft_path(folder, plan.draft.plan)
        previous = (plan.before, table.sha256) if changed else None
        kept = plan.comparison.of(*versions.KEPT)
        files[path.with_name(f"{plan.draft.plan}.differences.csv")] = _csv(
            DIFFERENCES, map(_difference, kept)
        ).encode("utf-8-sig")
        files[path] = draft_text(plan.draft, previous).encode("utf-8")
    return files


def _difference(one: Difference) -> list[object]:
    row = one.row
    cells = [
        say(f"plan.import.kind.{one.kind}"),
        *(row[name] for name in ("table", "table_title", "seq", "name", "line")),
        one.column, one.ours, one.draft, one.document,
    ]  # fmt: skip
    return [safe_cell(cell) for cell in cells]
