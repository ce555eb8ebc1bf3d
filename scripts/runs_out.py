"""Runs read again: their files, their inputs and their results."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from layers.errors import QueryError, ShanheError
from layers.formats.source import quoted
from layers.register import file_sha256
from layers.rounding import shown_m2
from layers.words import say
from scripts.review_out import RECORD, RESULT, Asked, reviewed
from zoning.review.comparing import CHANGED, NEW, Change, compare
from zoning.review.model import EFFECT_ORDER, Review
from zoning.review.result import from_json

MOST_BYTES = 1 << 30
"""A larger result or record is none of ours."""

SHOWN = 200
"""Changes that a terminal shows; ``--json`` has them all."""

TUPLES = ("sites", "rules", "forms")
"""Fields of what was asked that JSON has as lists."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as the record says: of which thing, as recorded and as found."""

    what: str
    thing: str
    recorded: str
    found: str


def print_verified(run: Path, *, as_json: bool) -> bool:
    """Print what is not as it was; return whether anything is.

    Raises:
        ShanheError: the folder is no run.

    """
    differences = list(verified(run))
    if as_json:
        print(json.dumps([asdict(one) for one in differences], ensure_ascii=False, indent=1))
        return bool(differences)
    for one in differences:
        print(say(f"runs.{one.what}", **asdict(one)))
    print(say("runs.not_verified" if differences else "runs.verified", count=len(differences)))
    return bool(differences)


def verified(run: Path) -> Iterator[Difference]:
    """Return what is not as the record of a run says: outputs, inputs, versions, results.

    Raises:
        ShanheError: the folder is no run.

    """
    record, before = _record(run), _result(run)
    asked = _asked(record)
    for name, digest in record["outputs"].items():
        path = run / name
        found = file_sha256(path) if path.is_file() else ""
        if found != digest:
            yield Difference("output", name, digest, found or "—")
    try:
        after = reviewed(asked)[1]
    except ShanheError as error:
        yield Difference("again", run.name, "—", str(error))
        return
    yield from _inputs(before.record, after.record)
    for change in compare(before, after):
        yield Difference("result", change.site, " ".join(change.before) or "—", told(change))


def _inputs(before: object, after: object, path: str = "") -> Iterator[Difference]:
    """Return the leaves of two records that differ: hashes, versions, tolerances."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from _inputs(before.get(key), after.get(key), f"{path}.{key}".lstrip("."))
    elif (
        isinstance(before, Sequence) and isinstance(after, Sequence) and not isinstance(before, str)
    ):
        for at in range(max(len(before), len(after))):
            one, other = (items[at] if at < len(items) else None for items in (before, after))
            named = next((item["id"] for item in (one, other) if isinstance(item, dict) and "id" in item), at)  # fmt: skip # noqa: E501
            yield from _inputs(one, other, f"{path}[{named}]")
    elif before != after:
        yield Difference("input", path, _text(before), _text(after))


def _text(value: object) -> str:
    return "—" if value is None else str(value)


def print_changes(before: Path, after: Path, *, as_json: bool) -> bool:
    """Print what differs between two runs; return whether anything does.

    Raises:
        ShanheError: a folder is no run.

    """
    one, other = _result(before), _result(after)
    changes = compare(one, other)
    if as_json:
        print(json.dumps([asdict(change) for change in changes], ensure_ascii=False, indent=1))
        return bool(changes)
    for change in changes[:SHOWN]:
        print(told(change))
    if len(changes) > SHOWN:
        print(say("cli.check_more", count=len(changes) - SHOWN))
    sites = len({change.site for change in changes})
    print(say("runs.changes", changes=len(changes), sites=sites, of=len(other.sites)))
    return bool(changes)


def told(change: Change) -> str:
    """Return a change as a sentence."""
    what = say(f"runs.change.{change.what}")
    if not change.kind:
        if change.what == CHANGED:
            return say("runs.site_changed", site=change.site, what=what)
        return say("runs.site", site=change.site, what=what)
    kind = say(f"label.kind.{change.kind}")
    zone = (
        say("runs.zone", zone=change.zone or change.zone_id, layer=change.layer)
        if change.layer
        else ""
    )
    said = "" if change.what == NEW else _words(change, change.before)
    return say(
        "runs.finding",
        site=change.site,
        what=what,
        kind=kind,
        zone=zone,
        before=said or "—",
        after=_words(change, change.after) or "—",
        area=_signed(change.area_m2),
    )


def _signed(area: float) -> str:
    return f"{'-' if area < 0 else '+'}{shown_m2(abs(area)):,.2f}"


def _words(change: Change, codes: tuple[str, ...]) -> str:
    """Return the codes of a change as people read them: relation and level, or state and rules."""
    tables = ("relation",) if change.layer else ("state", "certainty")
    coded = [say(f"label.{table}.{code}") for table, code in zip(tables, codes, strict=False)]
    return "、".join([*coded, *map(_cited, filter(None, codes[len(tables) :]))])


def _cited(text: str) -> str:
    """Return a rule with its effect and article, or a level as the layer writes it."""
    rule, effect, article, *_ = [*text.split(" ", 2), "", ""]
    if effect not in EFFECT_ORDER:
        return text
    return f"{rule} {say(f'label.effect.{effect}')} {article}".rstrip()


def _result(run: Path) -> Review:
    return from_json(_read(run / RESULT))


def _record(run: Path) -> dict[str, dict[str, object]]:
    text = _read(run / RECORD)
    try:
        record = json.loads(text)
    except ValueError as error:
        raise QueryError(say("runs.record", path=run / RECORD, reason=quoted(error))) from error
    if not isinstance(record, dict) or not all(
        isinstance(record.get(key), dict) for key in ("asked", "outputs")
    ):
        raise QueryError(say("runs.record", path=run / RECORD, reason="asked, outputs"))
    if RESULT not in record["outputs"]:
        raise QueryError(say("runs.record", path=run / RECORD, reason=RESULT))
    return record


def _asked(record: dict[str, dict[str, object]]) -> Asked:
    """Return what was asked, as recorded."""
    asked = record["asked"]
    known = {field.name for field in fields(Asked)}
    if set(asked) != known:
        raise QueryError(say("runs.record", path=RECORD, reason="asked"))
    values = {key: tuple(value) if key in TUPLES else value for key, value in asked.items()}
    values["rules"] = tuple(Path(folder) for folder in values["rules"])
    values["workspace"] = Path(str(asked["workspace"])) if asked["workspace"] else None
    return Asked(**values)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise QueryError(say("runs.no_run", path=path.parent, name=path.name))
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QueryError(say("runs.no_run", path=path.parent, name=path.name)) from error
