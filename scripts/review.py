"""``shanhe review``: a list of sites against the layers of a county and the rules of a day."""

from pathlib import Path
from typing import Annotated

import typer

from layers.words import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("review", help=say("review.help.command"))(review)


def review(  # noqa: PLR0913 - one argument an option
    sites: Annotated[list[str], typer.Argument(help=say("review.help.sites"))],
    date: Annotated[str, typer.Option("--date", help=say("review.help.date"))],
    out: Annotated[Path, typer.Option("--out", help=say("review.help.out"))],
    area: Annotated[str, typer.Option("--area", help=say("cli.option_area"))] = "",
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help=say("cli.option_workspace"))
    ] = None,
    activity: Annotated[str, typer.Option("--activity", help=say("review.help.activity"))] = "",
    accuracy: Annotated[
        float | None, typer.Option("--accuracy", min=0, help=say("review.help.accuracy"))
    ] = None,
    crs: Annotated[str, typer.Option("--crs", help=say("export.option_crs"))] = "",
    encoding: Annotated[str, typer.Option("--encoding", help=say("export.option_encoding"))] = "",
    table: Annotated[str, typer.Option("--table", help=say("export.option_table"))] = "",
    id_column: Annotated[str, typer.Option("--id", help=say("review.help.id"))] = "",
    name_column: Annotated[str, typer.Option("--name", help=say("review.help.name"))] = "",
    rules: Annotated[list[Path] | None, typer.Option("--rules", help=say("review.help.rules"))] = (
        None
    ),
    forms: Annotated[str, typer.Option("--forms", help=say("review.help.forms"))] = (
        "gpkg,xlsx,docx,pdf,html"
    ),
    public: Annotated[bool, typer.Option("--public", help=say("public.option"))] = False,
    strict: Annotated[bool, typer.Option("--strict", help=say("review.help.strict"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.option_json"))] = False,
) -> None:
    """Review sites and write the reports; exit with 1 when something stands against one."""
    from layers.connection import connection, is_connection
    from scripts.review_out import Asked, run

    asked = Asked(
        sites=tuple(connection(place) if is_connection(place) else place for place in sites),
        area=area,
        workspace=workspace,
        date=date,
        activity=activity,
        accuracy_m=accuracy,
        crs=crs,
        encoding=encoding,
        table=table,
        id_column=id_column,
        name_column=name_column,
        rules=tuple(rules or ()),
        public=public,
        forms=tuple(form.strip() for form in forms.split(",") if form.strip()),
    )
    code = run(asked, out, strict=strict, as_json=as_json)
    if code:
        raise typer.Exit(code)
