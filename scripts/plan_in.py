"""What came of an import, on a terminal."""

import json
from collections.abc import Iterator
from pathlib import Path

from layers.formats.source import quoted
from layers.plans import versions
from layers.plans.importing import Import, Imported
from layers.plans.versions import Difference
from layers.words import say

SHOWN = 40
"""Differences of a plan that a terminal shows; ``--json`` has them all."""

ORDER = (
    versions.CONFLICT, versions.GONE_KEPT, versions.CHANGED, versions.GONE, versions.NEW,
    versions.REMOVED, versions.ADDED, versions.CORRECTED, versions.MOVED,
)  # fmt: skip
"""Of what is shown: first what needs a person."""


def report(done: Import, workspace: Path, *, as_json: bool) -> None:
    """Print each plan with its differences, and whether the workspace was written."""
    if as_json:
        print(json.dumps(_as_json(done), ensure_ascii=False, indent=1))
        return
    for plan in done.plans:
        print("\n".join(_lines(plan)))
    if done.townships:
        names = "、".join(map(quoted, done.townships))
        print(say("plan.import.listed", count=len(done.townships), names=names))
    if done.written:
        print(say("plan.import.written", path=workspace))
    elif done.waiting:
        print(say("plan.import.waiting"))
    else:
        print(say("plan.import.nothing_to_do"))


def _lines(plan: Imported) -> Iterator[str]:
    comparison = plan.comparison
    counts = {kind: len(comparison.of(kind)) for kind in ORDER}
    head = "present" if plan.present else "fresh"
    yield say(
        f"plan.import.{head}", plan=plan.draft.plan, title=plan.draft.title or "—",
        rows=len(comparison.rows), **counts,
    )  # fmt: skip
    left_out = set() if plan.present else {versions.NEW}
    shown = [
        one for kind in ORDER if kind not in left_out | {versions.MOVED}
        for one in comparison.of(kind)
    ]  # fmt: skip
    yield from map(_line, shown[:SHOWN])
    if len(shown) > SHOWN:
        yield say("plan.import.more", count=len(shown) - SHOWN)
    yield from plan.notes


def _line(one: Difference) -> str:
    kind = say(f"plan.import.kind.{one.kind}")
    table = one.row["table"] or one.row["table_title"]
    row = say(
        "plan.import.row", kind=kind, table=quoted(table) or "—", seq=quoted(one.row["seq"]),
        name=quoted(one.row["name"]), line=one.row["line"],
    )  # fmt: skip
    if not one.column:
        return row
    column = say(f"plan.column.{one.column}")
    ours, draft, document = (quoted(cell) or "—" for cell in (one.ours, one.draft, one.document))
    key = "stays" if one.kind in versions.KEPT else "follows"
    return row + say(f"plan.import.{key}", column=column, ours=ours, draft=draft, document=document)


def _as_json(done: Import) -> dict[str, object]:
    return {
        "written": done.written,
        "waiting": done.waiting,
        "townships": list(done.townships),
        "plans": [
            {
                "plan": plan.draft.plan,
                "title": plan.draft.title,
                "present": plan.present,
                "rows": len(plan.comparison.rows),
                "differences": {
                    kind: [_described(one) for one in plan.comparison.of(kind)] for kind in ORDER
                },
                "notes": list(plan.notes),
            }
            for plan in done.plans
        ],
    }


def _described(one: Difference) -> dict[str, str | None]:
    row = {name: one.row[name] or None for name in ("table", "table_title", "seq", "name", "line")}
    if not one.column:
        return row
    return row | {
        "column": one.column,
        "workspace": one.ours or None,
        "draft": one.draft or None,
        "document": one.document or None,
    }
