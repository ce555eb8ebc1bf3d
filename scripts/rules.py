"""``shanhe rules``: a pack of rules to read, and what is wrong with one."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layers.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoning.rules.page import Section

FolderArgument = Annotated[Path | None, typer.Argument(help=say("rules.help.folder"))]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    rules_app = typer.Typer(help=say("rules.help.group"), no_args_is_help=True)
    rules_app.command("show", help=say("rules.help.show"))(show)
    rules_app.command("check", help=say("rules.help.check"))(check)
    app.add_typer(rules_app, name="rules")


def show(  # noqa: PLR0913 - one argument an option
    folder: FolderArgument = None,
    date: Annotated[str, typer.Option("--date", help=say("rules.help.date"))] = "",
    kind: Annotated[str, typer.Option("--kind", help=say("rules.help.kind"))] = "",
    province: Annotated[str, typer.Option("--province", help=say("rules.help.province"))] = "14",
    area: Annotated[str, typer.Option("--area", help=say("rules.help.area"))] = "",
    out: Annotated[Path | None, typer.Option("--out", help=say("rules.help.out"))] = None,
) -> None:
    """Print the rules of a day, or of all times, or write them as a page."""
    from zoning import rules
    from zoning.rules.page import sections, title

    day = _day(date)
    if out is not None and out.suffix.lower() != ".html":
        raise rules.RulesError(say("rules.error.out", path=out))
    pack = rules.load(_folders(folder))
    shown = sections(pack, day=day, kind=kind, province=province, area=area)
    if out is None:
        _print(shown, title(day))
        return
    from layers.whole import together
    from maps.rules import build_rules_page

    with together(out) as made:
        page = build_rules_page(shown, title(day))
        (made / out.name).write_text(page, encoding="utf-8", newline="\n")
    print(say("rules.written", path=out))


def check(folder: FolderArgument = None) -> None:
    """Print what is wrong with the embedded pack and a folder over it; exit with 1 if anything."""
    from zoning import rules
    from zoning.rules.lint import lint

    pack = rules.read(_folders(folder))
    findings = lint(pack)
    for finding in findings:
        print(finding.text)
    if findings:
        print(say("rules.failed", count=len(findings)))
        raise typer.Exit(1)
    print(say("rules.checked", rules=len(pack.rules), documents=len(pack.documents)))


def _folders(folder: Path | None) -> tuple[Path, ...]:
    return () if folder is None else (folder,)


def _day(text: str) -> dt.date | None:
    """Return the day that a text names, none for no text.

    Raises:
        RulesError: it names none.

    """
    from zoning.rules import RulesError

    if not text:
        return None
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise RulesError(say("rules.error.date", value=text[:40])) from error


def _print(shown: "Sequence[Section]", title: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    console = Console()
    console.print(title, style="bold", highlight=False, markup=False)
    console.print(say("rules.warning"), highlight=False, markup=False)
    for section in shown:
        names = ("effect", "zone", "activities", "says", "basis")
        ratios = (2, 3, 5, 8, 6)
        columns = (
            Column(say(f"rules.column.{name}"), overflow="fold", ratio=ratio)
            for name, ratio in zip(names, ratios, strict=True)
        )
        table = Table(*columns, title=escape(section.title), title_justify="left", show_lines=True)
        for row in section.rows:
            cells = (f"{row.effect_title}\n{row.id}", row.zone, row.activities)
            says = ("\n".join(row.says), "\n".join(row.basis))
            table.add_row(*(escape(cell) for cell in (*cells, *says)))
        console.print(table)
    total = sum(len(section.rows) for section in shown)
    console.print(say("rules.count", rules=total) if total else say("rules.nothing"), markup=False)
