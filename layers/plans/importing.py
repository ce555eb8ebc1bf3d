"""From what ``shanhe plan read`` wrote into a workspace: nothing that a person decided is lost."""

import csv
import hashlib
import io
import shutil
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from layers.contracts import TABLES
from layers.errors import WorkspaceError
from layers.formats.writers.cells import safe_cell
from layers.gazetteer import normalise
from layers.plans import versions
from layers.plans.drafts import (
    COLUMNS,
    FOLDER,
    Draft,
    Row,
    draft_path,
    draft_text,
    read_drafts,
    stored,
)
from layers.plans.edited import Known, by_plan, csv_lines, read_edited, renamed
from layers.plans.registering import with_plan, without_placeholder
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
    """What came of each plan, and whether the workspace was written."""

    plans: tuple[Imported, ...]
    written: bool

    @property
    def waiting(self) -> bool:
        """Whether differences wait for a decision."""
        return not self.written and any(plan.pending for plan in self.plans)


def import_plans(folder: Path, workspace_folder: Path, *, update: bool = False) -> Import:
    """Bring the projects that were read into a workspace, or show how they differ from it.

    A plan that the workspace does not have is added. One that it has is compared; where there is
    a difference, nothing is written unless ``update`` is set. All files change together.

    Args:
        folder: what ``shanhe plan read`` wrote, its ``projects.csv`` perhaps corrected.
        workspace_folder: the workspace.
        update: let what nobody corrected follow the new reading.

    Raises:
        WorkspaceError: the folder is not such a one, the workspace is wrong, or its surveyed
            sites would come to name other projects; nothing was written.
        TableError: a table has faults, all of them listed; nothing was written.
        LayerError: a workbook or a layer of sites cannot be read; nothing was written.

    """
    workspace = Workspace(workspace_folder)
    _ = workspace.projects
    table = _Table.of(workspace_folder)
    plans = _compared(folder, workspace, table)
    held = any(plan.pending for plan in plans)
    chosen = [plan for plan in plans if update or not plan.present]
    if not chosen or (held and not update):
        return Import(tuple(plans), written=False)
    for plan in chosen:
        _check_title(plan, workspace, plans)
        _check_sites(plan, workspace)
    area, noted = _area(chosen, workspace, table)
    _write(workspace_folder, _files(chosen, workspace, table, area))
    done = {plan.draft.plan: plan for plan in noted}
    return Import(tuple(done.get(plan.draft.plan, plan) for plan in plans), written=True)
