"""``shanhe overlay``: a layer of any size against the zones of another."""

from pathlib import Path
from typing import Annotated

import typer

from layers.words import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("overlay", help=say("overlay.help"))(overlay)


def overlay(  # noqa: PLR0913 - one argument an option
    subjects: Annotated[Path, typer.Argument(help=say("overlay.argument_subjects"))],
    zones: Annotated[Path, typer.Argument(help=say("overlay.argument_zones"))],
    out: Annotated[Path, typer.Option("--out", help=say("overlay.option_out"))],
    by: Annotated[str, typer.Option("--by", help=say("overlay.option_by"))] = "",
    id_column: Annotated[str, typer.Option("--id", help=say("overlay.option_id"))] = "",
    processes: Annotated[
        int, typer.Option("--processes", min=1, help=say("overlay.option_processes"))
    ] = 1,
    cluster: Annotated[str, typer.Option("--cluster", help=say("overlay.option_cluster"))] = "",
    crs: Annotated[str, typer.Option("--crs", help=say("overlay.option_crs"))] = "",
    zones_crs: Annotated[str, typer.Option("--zones-crs", help=say("overlay.option_crs"))] = "",
    table: Annotated[str, typer.Option("--table", help=say("overlay.option_table"))] = "",
    zones_table: Annotated[
        str, typer.Option("--zones-table", help=say("overlay.option_table"))
    ] = "",
    encoding: Annotated[str, typer.Option("--encoding", help=say("export.option_encoding"))] = "",
) -> None:
    """Write what each feature shares with each zone; exit with 1 when one was left out."""
    from scripts.overlay_out import form_of, report
    from zoning.overlay.processes import overlap_file
    from zoning.overlay.zones_file import zones_of

    form_of(out)
    with zones_of(zones, crs=zones_crs, table=zones_table, encoding=encoding) as stored:
        found = overlap_file(
            subjects,
            stored,
            processes=processes,
            cluster=cluster,
            id_column=id_column,
            crs=crs,
            table=table,
            encoding=encoding,
        )
        report(found, stored, {"subjects": subjects, "zones": zones}, out, by=by)
    if found.rejected:
        raise typer.Exit(1)
