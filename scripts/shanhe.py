"""The ``shanhe`` command: parse, call, write.

Rooms are imported inside the commands that need them, so that ``--help`` is
quick.
"""

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layers.errors import QueryError, ShanheError, WorkspaceError
from layers.words import say
from scripts.desk import register as register_desk
from scripts.overlay import register as register_overlay
from scripts.plan import register as register_plan
from scripts.review import register as register_review
from scripts.rules import register as register_rules
from scripts.runs import register as register_runs

if TYPE_CHECKING:
    from layers.workspace import Workspace
    from zoning.study import Study

FORMATS = ("table", "json", "csv", "xlsx", "gpkg")

app = typer.Typer(
    help=say("cli.help"), no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
query_app = typer.Typer(help=say("cli.query_help"), no_args_is_help=True)
layers_app = typer.Typer(help=say("cli.layers_help"), no_args_is_help=True)
map_app = typer.Typer(help=say("cli.map_help"), no_args_is_help=True)
app.add_typer(query_app, name="query")
app.add_typer(layers_app, name="layers")
app.add_typer(map_app, name="map")
register_overlay(app)
register_review(app)
register_plan(app)
register_rules(app)
register_runs(app)
register_desk(app)

AreaOption = Annotated[str, typer.Option("--area", help=say("cli.option_area"))]
WorkspaceOption = Annotated[
    Path | None, typer.Option("--workspace", help=say("cli.option_workspace"))
]
PublicOption = Annotated[bool, typer.Option("--public", help=say("public.option"))]
FileArgument = Annotated[str, typer.Argument(help=say("export.argument_file"))]
CrsOption = Annotated[str, typer.Option("--crs", help=say("export.option_crs"))]
EncodingOption = Annotated[str, typer.Option("--encoding", help=say("export.option_encoding"))]
TableOption = Annotated[str, typer.Option("--table", help=say("export.option_table"))]
CountyOption = Annotated[str, typer.Option("--county", help=say("export.option_county"))]
OutOption = Annotated[Path, typer.Option("--out", help=say("export.option_out"))]
OutFormatOption = Annotated[str, typer.Option("--format", help=say("export.option_format"))]
ToCrsOption = Annotated[str, typer.Option("--to-crs", help=say("export.option_to_crs"))]


def open_workspace(area: str, folder: Path | None, *, public: bool = False) -> "Workspace":
    """Return the workspace that the options name; without secret layers for the ``public``.

    Raises:
        WorkspaceError: neither or both are given, or the workspace is wrong.

    """
    from layers.workspace import Workspace, embedded_areas

    if bool(area) == bool(folder):
        raise WorkspaceError(say("error.area_or_workspace", expected="、".join(embedded_areas())))
    workspace = Workspace.embedded(area) if area else Workspace(folder)
    if not public:
        return workspace
    from layers.secrecy import public as opened_to

    opened = opened_to(workspace)
    if opened.withheld:
        kinds = "、".join(say(f"label.kind.{kind}") for kind in sorted(opened.withheld))
        print(say("public.withheld", kinds=kinds), file=sys.stderr)
    return opened


def _study(area: str, folder: Path | None, *, public: bool) -> "Study":
    from zoning.study import Study

    return Study(open_workspace(area, folder, public=public))


@app.command(help=say("cli.demo_help"))
def demo(
    out: Annotated[Path, typer.Option("--out", help=say("cli.option_out"))] = Path("out/demo"),
) -> None:
    """Build the site of the embedded areas and print where its index is."""
    from layers.workspace import Workspace, embedded_areas

    _build([Workspace.embedded(area) for area in embedded_areas()], out)


@map_app.command("build", help=say("cli.map_build_help"))
def map_build(
    out: Annotated[Path, typer.Option("--out", help=say("cli.option_out"))],
    area: AreaOption = "",
    workspace: WorkspaceOption = None,
    public: PublicOption = False,
) -> None:
    """Build the site of one workspace and print where its index is."""
    _build([open_workspace(area, workspace, public=public)], out)


def _build(workspaces: "list[Workspace]", out: Path) -> None:
    from scripts.pages import build

    try:
        print(build(workspaces, out))
    except OSError as error:
        raise WorkspaceError(
            say("error.out_failed", path=out, reason=error.strerror or error)
        ) from error


@query_app.command("list", help=say("cli.query_list_help"))
def query_list(
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.option_json"))] = False,
) -> None:
    """Print every query with its question and parameters."""
    from scripts.terminal import print_queries

    print_queries(as_json=as_json)


@query_app.command("run", help=say("cli.query_run_help"))
def query_run(  # noqa: PLR0913 - one argument an option
    query: Annotated[str, typer.Argument(help=say("cli.argument_query"))],
    area: AreaOption = "",
    workspace: WorkspaceOption = None,
    format_: Annotated[str, typer.Option("--format", help=say("cli.option_format"))] = "",
    out: Annotated[Path | None, typer.Option("--out", help=say("cli.option_out"))] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help=say("cli.option_set"))] = None,
    public: PublicOption = False,
) -> None:
    """Ask a query and print its answer, or write it to a file with a record beside it."""
    from scripts.terminal import print_answer
    from zoning.queries import ask, get_query

    chosen = _format(format_, out)
    asked = get_query(query)
    study = _study(area, workspace, public=public)
    answer = ask(study, asked, _settings(settings or []))
    if out is not None:
        _write(study, answer, chosen, out)
    else:
        print_answer(answer, chosen)


def _format(given: str, out: Path | None) -> str:
    """Return the format: as given, else by the file's ending, else a table."""
    chosen = given or (out.suffix.lstrip(".").lower() if out else "table")
    possible = FORMATS if out is None else FORMATS[1:]
    if chosen not in possible:
        raise QueryError(say("error.format_unknown", value=chosen, expected="、".join(possible)))
    if out is None and chosen in {"xlsx", "gpkg"}:
        raise QueryError(say("error.out_needed", value=chosen))
    return chosen


def _settings(texts: list[str]) -> dict[str, str]:
    settings = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise QueryError(say("error.parameter_form", value=text))
        settings[name.strip()] = value.strip()
    return settings


def _write(study: "Study", answer: object, chosen: str, out: Path) -> None:
    import json

    from scripts import export
    from zoning.record import run_record

    writers = {
        "json": lambda path: export.write_json(answer, path),
        "csv": lambda path: export.write_csv(answer, path),
        "xlsx": lambda path: export.write_xlsx(answer, path),
        "gpkg": lambda path: export.write_gpkg(study, answer, path),
    }
    record = run_record(study.workspace, answer.query.id, answer.parameters)
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    beside = out.with_name(out.name + ".record.json")
    export.write_together(
        {
            out: writers[chosen],
            beside: lambda path: path.write_text(text, encoding="utf-8"),
        }
    )
    print(answer.sentence)
    for note in answer.notes:
        print(note)
    print(say("cli.written", path=out))
    print(say("cli.record_written", path=beside))


@layers_app.command("list", help=say("cli.layers_list_help"))
def layers_list(
    area: AreaOption = "",
    workspace: WorkspaceOption = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.option_json"))] = False,
) -> None:
    """Print the register of a workspace."""
    from scripts.terminal import print_layers

    print_layers(open_workspace(area, workspace), as_json=as_json)


@layers_app.command("check", help=say("cli.layers_check_help"))
def layers_check(
    folder: Annotated[Path | None, typer.Argument(help=say("cli.option_workspace"))] = None,
    area: AreaOption = "",
    workspace: WorkspaceOption = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.option_json"))] = False,
) -> None:
    """Check every layer and table of a workspace; exit with 1 when something is wrong."""
    from scripts.terminal import print_check

    if folder is not None and workspace is not None:
        raise WorkspaceError(say("error.folder_twice", folder=folder, workspace=workspace))
    if print_check(open_workspace(area, workspace or folder), as_json=as_json):
        raise typer.Exit(1)


@layers_app.command("repair", help=say("cli.layers_repair_help"))
def layers_repair(
    layer: Annotated[str, typer.Argument(help=say("cli.argument_layer"))],
    out: Annotated[Path, typer.Option("--out", help=say("cli.option_repair_out"))],
    area: AreaOption = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Write a repaired copy of a layer with the log of what was done beside it."""
    from layers.health import repair

    print(repair(open_workspace(area, workspace), layer, out))


@layers_app.command("look", help=say("export.look_help"))
def layers_look(  # noqa: PLR0913 - one argument an option
    file: FileArgument,
    crs: CrsOption = "",
    encoding: EncodingOption = "",
    table: TableOption = "",
    county: CountyOption = "",
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.option_json"))] = False,
) -> None:
    """Print what a file holds; exit with 1 when a feature was rejected or something found."""
    from scripts.layers_out import look, read_file

    intake = read_file(file, crs=crs, encoding=encoding, table=table, county=county)
    if look(intake, as_json=as_json):
        raise typer.Exit(1)


@layers_app.command("convert", help=say("export.convert_help"))
def layers_convert(  # noqa: PLR0913 - one argument an option
    file: FileArgument,
    out: OutOption,
    format_: OutFormatOption = "",
    crs: CrsOption = "",
    encoding: EncodingOption = "",
    table: TableOption = "",
    county: CountyOption = "",
    to_crs: ToCrsOption = "",
) -> None:
    """Write a file in another format; exit with 1 when a feature was rejected or found."""
    from scripts.layers_out import convert, read_file

    intake = read_file(file, crs=crs, encoding=encoding, table=table, county=county)
    if convert(intake, out, chosen=format_, to_crs=to_crs):
        raise typer.Exit(1)


@layers_app.command("export", help=say("export.export_help"))
def layers_export(  # noqa: PLR0913 - one argument an option
    layer: Annotated[str, typer.Argument(help=say("cli.argument_layer"))],
    out: OutOption,
    format_: OutFormatOption = "",
    area: AreaOption = "",
    workspace: WorkspaceOption = None,
    to_crs: ToCrsOption = "",
) -> None:
    """Write a layer with its provenance and style; exit with 1 when it is in doubt."""
    from scripts.layers_out import export

    if export(open_workspace(area, workspace), layer, out, chosen=format_, to_crs=to_crs):
        raise typer.Exit(1)


@app.command(help=say("cli.init_help"))
def init(
    folder: Annotated[Path, typer.Argument(help=say("cli.argument_folder"))],
    county: Annotated[str, typer.Option("--county", help=say("cli.option_county"))] = "140222",
) -> None:
    """Make a workspace for the user's own county."""
    from scripts.start import make_workspace

    print(make_workspace(folder, county))


def main() -> None:
    """Run the command; an error that the user can mend is one plain message and exit 2.

    Texts and file names may hold any character, so the streams are UTF-8 whatever the locale.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app()
    except ShanheError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
