"""A review from files to files: read, review, write, and say what came out."""

import datetime as dt
import json
import math
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from layers.connection import Connection
from layers.errors import QueryError, WorkspaceError
from layers.register import file_sha256
from layers.words import say
from layers.workspace import Workspace
from maps import report
from maps.report.summary import asked_kinds
from scripts.shanhe import open_workspace
from zoning import rules
from zoning.model import NOT_EXCLUDED, OUTSIDE, POSSIBLE, STATE_ORDER, TOUCHES, UNCHECKED
from zoning.review import engine
from zoning.review.model import EFFECT_ORDER, NONE, Review, SiteReview
from zoning.review.result import SCHEMA, to_json
from zoning.review.sites import read_sites

SHOWN = 20
"""Sites and rejects that a terminal shows; the files have them all."""

RESULT, RECORD = "review.json", "record.json"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for, as typed: it goes into the record, so that it can be run again."""

    sites: tuple[str, ...]
    area: str
    workspace: Path | None
    date: str
    activity: str
    accuracy_m: float | None
    crs: str
    encoding: str
    table: str
    id_column: str
    name_column: str
    rules: tuple[Path, ...]
    forms: tuple[str, ...]
    public: bool


def run(asked: Asked, out: Path, *, strict: bool, as_json: bool) -> int:
    """Review, write everything into a new folder, print a summary; return the exit code.

    Raises:
        ShanheError: an input or an option is wrong; nothing was written.

    """
    unknown = [form for form in asked.forms if form not in report.FORMS]
    if unknown:
        expected = "、".join(report.FORMS)
        raise QueryError(say("report.form", value="、".join(unknown), expected=expected))
    _refuse_taken(out)
    workspace, found = reviewed(asked)
    with _new_folder(out) as folder:
        files = report.write(found, folder, asked.forms, _zones(workspace, found))
        (folder / RESULT).write_text(to_json(found), encoding="utf-8", newline="\n")
        text = json.dumps(_record(found, asked, [*files, folder / RESULT]), **_LAID_OUT)
        (folder / RECORD).write_text(text + "\n", encoding="utf-8", newline="\n")
        names = sorted(path.name for path in folder.iterdir())
    code = exit_code(found, strict=strict)
    if as_json:
        print(json.dumps(_summary(found, out, names, code), **_LAID_OUT))
    else:
        _print(found)
        print(say("export.written", folder=out, names="、".join(names)))
    return code


def reviewed(asked: Asked) -> tuple[Workspace, Review]:
    """Return the review that was asked for, and the workspace that it was asked of.

    Raises:
        ShanheError: an input or an option is wrong.

    """
    if asked.accuracy_m is not None and not math.isfinite(asked.accuracy_m):
        raise QueryError(say("review.accuracy", value=asked.accuracy_m))
    day = _day(asked.date)
    workspace = open_workspace(asked.area, asked.workspace, public=asked.public)
    pack = rules.load(asked.rules)
    sites = read_sites(
        [place if isinstance(place, Connection) else Path(place) for place in asked.sites],
        workspace,
        crs=asked.crs,
        encoding=asked.encoding,
        table=asked.table,
        id_column=asked.id_column,
        name_column=asked.name_column,
        accuracy_m=asked.accuracy_m,
    )
    return workspace, engine.review(workspace, sites, day=day, pack=pack, activity=asked.activity)


_LAID_OUT: dict[str, Any] = {"ensure_ascii": False, "indent": 1}


def exit_code(found: Review, *, strict: bool) -> int:
    """Return 0 where nothing stands against any site, else 1; rejects are not clear.

    ``strict``: nor is what was not checked, or cannot be excluded.
    """
    against = any(site.effect not in {"", NONE} for site in found.sites)
    open_states = {UNCHECKED, NOT_EXCLUDED, POSSIBLE}
    unknown = bool(found.unchecked) or any(site.state in open_states for site in found.sites)
    return int(against or bool(found.rejects) or (strict and unknown))


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise QueryError(say("review.date", value=text)) from error


def _refuse_taken(out: Path) -> None:
    """Refuse to write over another review: a record is never replaced."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise WorkspaceError(say("error.out_exists", path=out))


@contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """Yield a hidden folder that becomes ``out`` when the block ends: all of it or nothing."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=".", dir=out.parent))
    except OSError as error:
        raise _failed(out, error) from error
    try:
        yield hidden
        hidden.chmod(0o755)
        if out.exists():
            out.rmdir()
        hidden.rename(out)
    except OSError as error:
        raise _failed(out, error) from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _failed(out: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(say("error.out_failed", path=out, reason=error.strerror or error))


def _zones(workspace: Workspace, found: Review) -> dict[str, Any]:
    """Return the zones that little maps draw, by layer."""
    kinds = set(found.kinds) - {engine.UNMEASURED}
    drawn = [layer.id for layer in found.layers if layer.checked and layer.kind in kinds]
    return {layer: workspace.frame(layer) for layer in drawn}


def _record(found: Review, asked: Asked, files: list[Path]) -> dict[str, object]:
    """Return the run's record: what was asked, of which data, and what was written."""
    return {
        "command": "review",
        "schema": SCHEMA,
        "asked": json.loads(json.dumps(asdict(asked), default=str)),
        **found.record,
        "outputs": {path.name: file_sha256(path) for path in sorted(files)},
    }


def _summary(found: Review, out: Path, names: list[str], code: int) -> dict[str, object]:
    effects = Counter(site.effect for site in found.sites)
    states = Counter(site.state for site in found.sites)
    return {
        "exit_code": code,
        "area": found.area,
        "decided_on": found.decided_on.isoformat(),
        "read": found.read,
        "sites": len(found.sites),
        "rejects": [asdict(item) for item in found.rejects],
        "effects": {effect: effects[effect] for effect in (*EFFECT_ORDER, "") if effects[effect]},
        "states": {state: states[state] for state in STATE_ORDER if states[state]},
        "unchecked": dict(found.unchecked),
        "expiry": found.expiry,
        "out": str(out),
        "files": names,
    }


def _print(found: Review) -> None:
    for note in found.notes[:SHOWN]:
        print(note)
    print(
        say(
            "review.ledger",
            title=found.title,
            day=found.decided_on,
            read=found.read,
            sites=len(found.sites),
            rejects=len(found.rejects),
        )
    )
    names = ("site", "effect", "state", "zones", "rule")
    table = Table(*(Column(say(f"review.column.{name}"), overflow="fold") for name in names))
    for site in found.sites[:SHOWN]:
        table.add_row(*map(escape, _row(site)))
    console = Console()
    console.print(table)
    if len(found.sites) > SHOWN:
        print(say("cli.check_more", count=len(found.sites) - SHOWN))
    for item in found.rejects[:SHOWN]:
        print(say("export.reject", file=item.file, feature=item.feature, reason=item.reason))
    _print_checked(found)
    print(found.expiry)


def _row(found: SiteReview) -> tuple[str, ...]:
    site = found.site
    name = site.id if site.name == site.id else f"{site.id} {site.name}"
    effect = say(f"label.effect.{found.effect}") if found.effect else "—"
    met = [
        f"{zone.zone or zone.zone_id}{f'（{zone.level}）' if zone.level else ''}"
        for zone in found.zones
        if zone.relation not in {OUTSIDE, TOUCHES} and not zone.sliver
    ]
    cited = [
        f"{verdict.document}{verdict.article}"
        for verdict in found.verdicts
        if verdict.binding and verdict.effect == found.effect and verdict.rule
    ]
    zones = "、".join(dict.fromkeys(met)) or "—"
    return name, effect, say(f"label.state.{found.state}"), zones, "；".join(dict.fromkeys(cited))


def _print_checked(found: Review) -> None:
    """Say which kinds were checked and which were not: nobody signs for what was not."""
    checked = [say(f"label.kind.{kind}") + left for kind, left in asked_kinds(found)]
    print(say("review.checked", kinds="、".join(checked) or "—"))
    for kind, reason in found.unchecked:
        print(say("review.not_checked", kind=say(f"label.kind.{kind}"), reason=reason))
