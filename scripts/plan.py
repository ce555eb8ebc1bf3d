"""``shanhe plan``: from plan documents to tables, and from tables into a workspace."""

from pathlib import Path
from typing import Annotated

import typer

from layers.words import say


def register(app: typer.Typer) -> None:
    """Add the commands."""
    plan = typer.Typer(help=say("plan.help"), no_args_is_help=True)
    plan.command("read", help=say("plan.read_help"))(read)
    app.add_typer(plan, name="plan")


def read(
    files: Annotated[list[Path], typer.Argument(help=say("plan.argument_files"))],
    out: Annotated[Path, typer.Option("--out", help=say("plan.option_out"))],
    area: Annotated[str, typer.Option("--area", help=say("cli.option_area"))] = "",
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help=say("cli.option_workspace"))
    ] = None,
) -> None:
    """Write what the documents hold; exit with 1 when one holds no table of projects."""
    from scripts.plan_out import read_files, report, write

    gazetteer = None
    if area or workspace:
        from scripts.shanhe import open_workspace

        gazetteer = open_workspace(area, workspace).gazetteer
    found = read_files(files, gazetteer)
    write(found, out)
    if not report(found, out):
        raise typer.Exit(1)
