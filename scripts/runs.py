"""``shanhe verify`` and ``shanhe diff``: is a review still true, and what changed since another."""

from pathlib import Path
from typing import Annotated

import typer

from layers.words import say


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("verify", help=say("runs.verify_help"))(verify)
    app.command("diff", help=say("runs.diff_help"))(diff)


JsonOption = Annotated[bool, typer.Option("--json", help=say("cli.option_json"))]
RunArgument = Annotated[Path, typer.Argument(help=say("runs.argument_run"))]


def verify(run: RunArgument, as_json: JsonOption = False) -> None:
    """Recompute a review and its hashes; exit with 1 where something is not as it was."""
    from scripts.runs_out import print_verified

    if print_verified(run, as_json=as_json):
        raise typer.Exit(1)


def diff(
    before: RunArgument,
    after: Annotated[Path, typer.Argument(help=say("runs.argument_after"))],
    as_json: JsonOption = False,
) -> None:
    """Print what differs between two reviews; exit with 1 where something does."""
    from scripts.runs_out import print_changes

    if print_changes(before, after, as_json=as_json):
        raise typer.Exit(1)
