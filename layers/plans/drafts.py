"""The machine's draft of a plan: what it read, before a person looked at it.

A workspace keeps it beside its table of projects (``plans/<plan>.json``): a cell of the table that
differs from the draft is a correction, and stays one when a new version of the plan is read.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.contracts import TABLES
from layers.errors import TableError, WorkspaceError
from layers.plans.document import PROJECTS
from layers.tables import read_text
from layers.words import say

CONTRACT = TABLES["projects"]
COLUMNS = CONTRACT.column_names()

FOLDER = "plans"
"""Where a workspace keeps the drafts."""

MAX_BYTES = 256 << 20
"""Of a file that is read whole. The draft of a plan of 300 kB takes some 5 MB."""

MAX_NAME_BYTES = 200
"""Of a plan's id, which names files: a file system takes 255 with what follows it."""

Row = Mapping[str, str]
"""A project: the text of every column of the contract, empty where nothing is stated."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan as it was read: what its document says of itself, and its projects.

    ``first_line`` and ``last_line`` bound the plan in its document, whose ``file`` and ``sha256``
    they count in; ``period`` is the first and last year; all may be unknown.
    """

    plan: str
    title: str
    period: tuple[int, int] | None
    file: str
    sha256: str
    first_line: int | None
    last_line: int | None
    rows: tuple[Row, ...]


def bounded_text(path: Path) -> str:
    """Return the text of a file in UTF-8 or GB18030.

    Raises:
        TableError: the file is missing, larger than MAX_BYTES, or no text.

    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise TableError(say("error.file_unreadable", file=path, reason=error.strerror)) from error
    if size > MAX_BYTES:
        limit = MAX_BYTES >> 20
        raise TableError(say("plan.import.too_large", file=path, size=size >> 20, limit=limit))
    return read_text(path)


def read_drafts(folder: Path) -> tuple[Draft, ...]:
    """Return the plans that ``shanhe plan read`` found, from the folder that it wrote.

    Raises:
        WorkspaceError: the folder is not one that it wrote.
        TableError: ``plan.json`` is damaged, or a plan's id cannot name a file.

    """
    path = folder / "plan.json"
    if not path.is_file():
        raise WorkspaceError(say("plan.import.no_reading", folder=folder))
    documents = _parsed(path, lambda data: [tuple(_plans(one)) for one in data["documents"]])
    drafts = tuple(draft for plans in documents for draft in plans)
    ids = [draft.plan for draft in drafts]
    for plan in ids:
        if ids.count(plan) > 1:
            raise TableError(say("plan.same_name", name=plan))
    return drafts


def stored(workspace: Path, plan: str, projects_sha256: str) -> Draft | None:
    """Return the draft that the rows of a plan in a workspace were made from, if one is kept.

    Args:
        workspace: the folder.
        plan: the plan's id.
        projects_sha256: of the bytes of its ``projects.csv`` as it is now. Draft and table are two
            files: a draft whose table was never written (the program was stopped between the
            two) names the table that it was meant to replace, and the draft before it.

    Raises:
        TableError: the file is damaged.

    """
    path = draft_path(workspace, plan)
    if not path.exists():
        return None

    def chosen(data: Any) -> Draft | None:
        before = data.get("previous")
        if before is not None and before["projects_sha256"] == projects_sha256:
            return None if before["draft"] is None else _draft(before["draft"])
        return _draft(data)

    return _parsed(path, chosen)


def draft_path(workspace: Path, plan: str) -> Path:
    """Return where a workspace keeps the draft of a plan."""
    return workspace / FOLDER / f"{plan}.json"


def draft_text(draft: Draft, previous: tuple[Draft | None, str] | None = None) -> str:
    """Return a draft as ``stored`` reads it.

    Args:
        draft: the plan as read.
        previous: the draft before it and the sha256 of the table that is about to be replaced.

    """
    data = _as_json(draft)
    if previous is not None:
        before, projects_sha256 = previous
        data["previous"] = {
            "projects_sha256": projects_sha256,
            "draft": None if before is None else _as_json(before),
        }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _as_json(draft: Draft) -> dict[str, Any]:
    return {
        "plan": draft.plan,
        "title": draft.title,
        "period": draft.period,
        "file": draft.file,
        "sha256": draft.sha256,
        "first_line": draft.first_line,
        "last_line": draft.last_line,
        "rows": [{name: cell or None for name, cell in row.items()} for row in draft.rows],
    }


def _parsed(path: Path, read: Any) -> Any:
    """Return what ``read`` makes of a JSON file; a wrong one is refused as damaged."""
    try:
        return read(json.loads(bounded_text(path)))
    except TableError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise TableError(say("plan.import.damaged", file=path)) from error


def _plans(document: Any) -> Iterator[Draft]:
    """Yield the plans of a document of ``plan.json``, in its order."""
    stated = {checked_name(plan["id"]): plan for plan in document.get("plans", ())}
    rows = [_row(record["values"]) for record in document["tables"]["projects"]]
    for plan in dict.fromkeys((*stated, *(checked_name(row["plan"]) for row in rows))):
        yield _draft({
            "title": "", "period": None, "first_line": None, "last_line": None,
            **stated.get(plan, {}),
            "plan": plan,
            "file": document["file"],
            "sha256": document["sha256"],
            "rows": [row for row in rows if row["plan"] == plan],
        })  # fmt: skip


def _draft(data: Any) -> Draft:
    period = data["period"]
    return Draft(
        plan=checked_name(data["plan"]),
        title=_text(data["title"]),
        period=None if period is None else (_whole(period[0]), _whole(period[1])),
        file=_text(data["file"]),
        sha256=_text(data["sha256"]),
        first_line=_line(data["first_line"]),
        last_line=_line(data["last_line"]),
        rows=tuple(_row(row) for row in data["rows"]),
    )


def _row(values: Mapping[str, object]) -> Row:
    known = dict.fromkeys((*COLUMNS, *PROJECTS))
    return {name: _text(values.get(name) or "") for name in known}


def checked_name(value: object) -> str:
    """Return a plan's id: it names files, so it must not lead out of a folder.

    Raises:
        TableError: it cannot name a file.

    """
    name = _text(value)
    fit = re.fullmatch(r"[^./\\\x00-\x1f][^/\\\x00-\x1f]*", name)
    if not fit or len(name.encode()) > MAX_NAME_BYTES:
        raise TableError(say("plan.import.bad_name", value=name[:80]))
    return name


def _line(value: object) -> int | None:
    return None if value is None else _whole(value)


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError(value)
    return value


def _text(value: object) -> str:
    """Return a text that a file can hold: JSON may have a NUL or half a character."""
    if not isinstance(value, str):
        raise TypeError(value)
    text = value.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    return text.encode("utf-8", errors="replace").decode("utf-8")
