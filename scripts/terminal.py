"""Printing queries, answers and layers on a terminal."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

from layers.register import Layer
from layers.words import say
from layers.workspace import Workspace
from scripts.export import json_text, label, write_csv
from zoning.model import Answer
from zoning.queries import QUERIES

if TYPE_CHECKING:
    from layers.health import Health

LEFT_OUT = frozenset({
    "scope", "code", "by", "layer", "project_ids", "relation", "certainty", "level", "overlap_m2",
    "overlap_mu", "length_m", "sliver", "nearest", "near", "plan", "line", "direction",
    "restoration_mu", "seq", "locus", "stated_sum", "patch_ha",
})  # fmt: skip
"""Columns that a terminal has no room for; files have them all."""


def print_queries(*, as_json: bool) -> None:
    """Print every query with its question and parameters."""
    if as_json:
        listed = [
            {
                "id": query.id,
                "title": query.title,
                "question": query.question,
                "parameters": {p.name: p.default for p in query.parameters},
                "columns": [column.name for column in query.columns],
            }
            for query in QUERIES.values()
        ]
        print(json.dumps(listed, ensure_ascii=False, indent=1))
        return
    table = Table(say("cli.columns.id"), say("cli.columns.question"), say("cli.parameters"))
    for query in QUERIES.values():
        parameters = [
            f"{p.name}（{p.title}，{say('cli.default', default=p.default)}）"
            for p in query.parameters
        ]
        table.add_row(query.id, query.question, "\n".join(parameters))
    Console().print(table)


def print_answer(answer: Answer, chosen: str) -> None:
    """Print an answer as a table, JSON or CSV."""
    if chosen == "json":
        print(json_text(answer), end="")
        return
    if chosen == "csv":
        _print_csv(answer)
        return
    shown = [
        column
        for column in answer.query.columns
        if column.name not in LEFT_OUT and answer.rows[column.name].notna().any()
    ]
    table = Table()
    for column in shown:
        numeric = column.kind in {"number", "area", "money", "share"}
        table.add_column(column.title, justify="right" if numeric else "left", overflow="fold")
    for row in answer.rows[[column.name for column in shown]].itertuples(index=False):
        table.add_row(
            *(_cell(column.name, value) for column, value in zip(shown, row, strict=True))
        )
    console = Console()
    console.print(table)
    console.print(answer.sentence, highlight=False, markup=False)
    for note in answer.notes:
        console.print(note, highlight=False, markup=False)
    console.print(say("cli.rows_shown", rows=len(answer.rows)), highlight=False)


def _print_csv(answer: Answer) -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.csv"
        write_csv(answer, path)
        print(path.read_text(encoding="utf-8-sig"), end="")


def _cell(column: str, value: object) -> str:
    from rich.markup import escape

    shown = label(column, value)
    if shown is None:
        return "—"
    if isinstance(shown, bool):
        return say("cli.yes") if shown else say("cli.no")
    if isinstance(shown, float):
        return f"{shown:,.4f}".rstrip("0").rstrip(".")
    return escape(str(shown))


def print_layers(workspace: Workspace, *, as_json: bool) -> None:
    """Print the register of a workspace."""
    if as_json:
        print(
            json.dumps(
                [_described(layer) for layer in workspace.layers], ensure_ascii=False, indent=1
            )
        )
        return
    names = ("id", "kind", "title", "basis", "accuracy", "coverage", "date")
    table = Table(*(Column(say(f"cli.columns.{name}"), overflow="fold") for name in names))
    for layer in workspace.layers:
        table.add_row(
            layer.id,
            say(f"label.kind.{layer.kind}"),
            layer.title,
            say(f"label.basis.{layer.basis}"),
            _accuracy(layer),
            layer.coverage,
            layer.date,
        )
    Console().print(table)


def _accuracy(layer: Layer) -> str:
    return "—" if layer.accuracy_m is None else f"{layer.accuracy_m:g}"


def _described(layer: Layer) -> dict[str, object]:
    return {name: getattr(layer, name) for name in layer.__dataclass_fields__} | {
        "columns": dict(layer.columns)
    }


def print_check(workspace: Workspace, *, as_json: bool) -> int:
    """Check every layer, print the findings, and return how many layers are wrong.

    Raises:
        ShanheError: a text table is wrong.

    """
    from layers.health import health

    _ = workspace.projects, workspace.county_layer
    checked = [health(workspace, layer) for layer in workspace.layers]
    bad = sum(bool(item.problems) for item in checked)
    if as_json:
        print(json.dumps([asdict(item) for item in checked], ensure_ascii=False, indent=1))
        return bad
    names = ("id", "kind", "read", "used", "rejected", "basis", "accuracy", "date", "state")
    table = Table(*(Column(say(f"cli.columns.{name}"), overflow="fold") for name in names))
    for layer, item in zip(workspace.layers, checked, strict=True):
        table.add_row(
            layer.id,
            say(f"label.kind.{layer.kind}"),
            *(
                "—" if count is None else str(count)
                for count in (item.read, item.used, item.rejected)
            ),
            say(f"label.basis.{layer.basis}"),
            _accuracy(layer),
            layer.date or "—",
            _state(item),
        )
    console = Console()
    console.print(table)
    for layer, item in zip(workspace.layers, checked, strict=True):
        for said in (*item.problems, *item.remarks):
            line = say("cli.check_said", layer=layer.title, said=said)
            console.print(line, highlight=False, markup=False)
    console.print(say("cli.check_total", layers=len(checked), bad=bad), highlight=False)
    return bad


def _state(item: "Health") -> str:
    """Return how a layer is in a few words: what is wrong stands below the table."""
    if item.problems:
        return say("cli.check_problems", count=len(item.problems))
    return (
        say("cli.check_remarks", count=len(item.remarks)) if item.remarks else say("cli.check_ok")
    )
