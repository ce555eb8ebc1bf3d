"""``shanhe plan``: from plan documents to tables, and from tables into a workspace."""

from pathlib import Path
from typing import Annotated

import typer

from layers.words import say


def register(app: typer.Typer) -> None:
    """Add the commands."""
    plan = typer.Typer(help=say("plan.help"), no_args_is_help=True)
    plan.command("read", help=say("plan.read_help"))(read)
    plan.command("import", help=say("plan.import.help"))(import_)
    app.add_typer(plan, name="plan")


def read(
    files: Annotated[list[Path], typer.Argument(help=say("plan.argument_files"))],
    out: Annotated[Path, typer.Option("--out", help=say("plan.option_out"))],
    area: Annotated[str, typer.Option("--area", help=say("cli.option_area"))] = "",
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help=say("cli.option_workspace"))
    ] = None,
) -> None:
    """Write what the documents hold; exit with 1 when one holds no projects or cannot be read."""
    from scripts.plan_out import read_files, report, write

    gazetteer = None
    if area or workspace:
        from scripts.shanhe import open_workspace

        gazetteer = open_workspace(area, workspace).gazetteer
    found = read_files(files, gazetteer)
    write(found, out)
    if not report(found, out):
        raise typer.Exit(1)


def import_(
    folder: Annotated[Path, typer.Argument(help=say("plan.import.argument_folder"))],
    workspace: Annotated[Path, typer.Option("--workspace", help=say("cli.option_workspace"))],
    update: Annotated[bool, typer.Option("--update", help=say("plan.import.option_update"))] = (
        False
    ),
    townships: Annotated[
        bool, typer.Option("--add-townships", help=say("plan.import.option_townships"))
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.option_json"))] = False,
) -> None:
    """Bring the projects that were read into a workspace; exit with 1 when it differs."""
    from layers.plans.importing import import_plans
    from scripts.plan_in import report

    done = import_plans(folder, workspace, update=update, townships=townships)
    report(done, workspace, as_json=as_json)
    if done.waiting:
        raise typer.Exit(1)
