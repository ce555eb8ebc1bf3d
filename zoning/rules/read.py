"""Reading packs of rules from TOML: what is not of its form is named, with what it should be.

A file has ``[[document]]``, ``[[term]]`` and ``[[rule]]`` tables. Whether what it says holds (a
source, a law in force, a known activity) is for ``zoning.rules.lint``.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from layers.area import Kinds, check_keys, read_toml
from layers.errors import Faults, ShanheError
from layers.words import say
from zoning.activities import TITLES, of_group
from zoning.rules.model import Document, Rule, RulesError, Term, plain

FILE_LIMIT = 2_000_000
"""Bytes of one file."""

FILES_LIMIT = 200
TABLES_LIMIT = 5_000
TEXT_LIMIT = 2_000
MESSAGE_LIMIT = 600
"""Files in a folder, tables in a file, characters in a text and in what is said of a fault: more
is no pack of rules."""

YEARS = range(1949, 2200)
"""Years that a date of a law may have."""

ALL = "*"
"""In ``activities``: every class; ``@group`` is every class of a group."""

_FORMS: Mapping[str, Callable[[Any], object]] = {
    "id": re.compile(r"[a-z0-9][a-z0-9-]{0,79}").fullmatch,
    "province": re.compile(r"(?:[0-9]{2})?").fullmatch,
    "within_m": lambda metres: 0 < metres < math.inf,
}
"""The forms that some keys have beyond their types."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""What a terminal would obey, or would not show."""


_RULE: Kinds = {
    **{part.name: str for part in fields(Rule) if part.name != "file"},
    "zone_classes": list,
    "levels": list,
    "activities": list,
    "except": list,
    "names": list,
    "in_force_from": dt.date,
    "in_force_to": dt.date,
    "within_m": (int, float),
    "verified": bool,
}
_DOCUMENT: Kinds = {
    **{part.name: str for part in fields(Document) if part.name != "file"},
    "in_force_from": dt.date,
    "in_force_to": dt.date,
}
_TERM: Kinds = {
    **{part.name: str for part in fields(Term)},
    "words": list,
    "endings": list,
    "apart": bool,
}
_TABLES: Kinds = {"document": list, "term": list, "rule": list}


@dataclass(slots=True)
class Tables:
    """What the files of one folder hold, in the order of their names."""

    rules: list[Rule] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)


def read_folder(folder: Path) -> Tables:
    """Return what the TOML files of a folder hold.

    Raises:
        RulesError: the folder is none, has no such file, or one of them is not of its form;
            names file, rule, key and value.

    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as error:
        reason = error.strerror or error
        raise RulesError(say("rules.error.folder", folder=folder, reason=reason)) from error
    if not paths:
        raise RulesError(say("rules.error.folder_empty", folder=folder))
    if len(paths) > FILES_LIMIT:
        raise RulesError(say("rules.error.many", file=folder, count=len(paths), limit=FILES_LIMIT))
    tables = Tables()
    faults = Faults()
    for path in paths:
        _read_file(path, tables, faults)
    faults.messages[:] = [_UNSEEN.sub("?", message)[:MESSAGE_LIMIT] for message in faults.messages]
    faults.raise_if_any(RulesError)
    return tables


def _read_file(path: Path, tables: Tables, faults: Faults) -> None:
    data = _toml(path)
    if not check_keys(data, _TABLES, (), "", path, faults):
        return
    count = sum(map(len, data.values()))
    if count > TABLES_LIMIT:
        raise RulesError(say("rules.error.many", file=path, count=count, limit=TABLES_LIMIT))
    for number, item in enumerate(data.get("document", ()), start=1):
        where = _where("document", number, item, "title")
        if _formed(item, _DOCUMENT, ("title", "in_force_from"), where, path, faults):
            tables.documents.append(Document(**item, file=path.name))
    for number, item in enumerate(data.get("term", ()), start=1):
        where = _where("term", number, item, "name")
        if _formed(item, _TERM, ("kind", "role", "name"), where, path, faults):
            spelt = {key: _spelt(item.get(key, ())) for key in ("words", "endings")}
            tables.terms.append(Term(**{**item, "name": plain(item["name"]), **spelt}))
    for number, item in enumerate(data.get("rule", ()), start=1):
        where = _where("rule", number, item, "id")
        if _formed(item, _RULE, ("id", "in_force_from"), where, path, faults):
            tables.rules.append(_rule(item, path))


def _toml(path: Path) -> dict[str, Any]:
    try:
        size = path.stat().st_size if path.is_file() else 0
        data = read_toml(path) if size <= FILE_LIMIT else {}
    except ShanheError as error:
        raise RulesError(str(error)) from error
    except (OSError, ValueError) as error:  # a number of ten thousand digits, say
        raise RulesError(say("error.toml", file=path, reason=error)) from error
    if size > FILE_LIMIT:
        raise RulesError(say("rules.error.large", file=path, limit=FILE_LIMIT))
    return data


def _where(table: str, number: int, item: object, key: str) -> str:
    name = item.get(key) if isinstance(item, dict) else None
    shown = name[:80] if isinstance(name, str) else ""
    return f"[[{table}]] {number} {shown}".strip()


def _formed(  # noqa: PLR0913, PLR0917
    item: object, kinds: Kinds, required: tuple[str, ...], where: str, path: Path, faults: Faults
) -> bool:
    """Note what is wrong with a table and whether anything is not: keys, types and texts."""
    before = len(faults.messages)
    if not check_keys(item, kinds, required, where, path, faults):
        return False
    for key, value in item.items():
        expected = _unfit(key, value)
        if expected:
            item_name, shown = f"{where} {key}", str(value)[:80]
            faults.messages.append(
                say("rules.error.value", file=path, item=item_name, value=shown, expected=expected)
            )
    return len(faults.messages) == before


def _unfit(key: str, value: object) -> str:
    """Return what a value should have been, empty where it is fit."""
    if isinstance(value, dt.date):
        fit = not isinstance(value, dt.datetime) and value.year in YEARS
        first, last = YEARS.start, YEARS.stop - 1
        return "" if fit else say("rules.error.expected_date", first=first, last=last)
    if isinstance(value, list):
        fit = all(isinstance(part, str) and part and _is_text(part) for part in value)
        return "" if fit else say("rules.error.expected_texts", limit=TEXT_LIMIT)
    if isinstance(value, str) and not _is_text(value):
        return say("rules.error.expected_text", limit=TEXT_LIMIT)
    if key in _FORMS and not _FORMS[key](value):
        return say(f"rules.error.expected_{key}")
    return ""


def _is_text(text: str) -> bool:
    return len(text) <= TEXT_LIMIT and not _UNSEEN.search(text)


def _spelt(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(plain, texts))


def _rule(item: dict[str, Any], path: Path) -> Rule:
    """Return a rule; what it leaves out is empty, for the lint to find."""
    texts = ("kind", "effect", "approval", "condition", "paraphrase", "document", "article",
             "province", "source", "area")  # fmt: skip
    within = item.get("within_m")
    return Rule(
        id=item["id"],
        zone_classes=_spelt(item.get("zone_classes", ())),
        levels=_spelt(item.get("levels", ())),
        activities=_activities(item.get("activities", ()), item.get("except", ())),
        names=_spelt(item.get("names", ())),
        in_force_from=item["in_force_from"],
        in_force_to=item.get("in_force_to"),
        verified=item.get("verified", False),
        within_m=None if within is None else float(within),
        file=path.name,
        **{key: item.get(key, "").strip() for key in texts},
    )


def _activities(named: Iterable[str], excepted: Iterable[str]) -> tuple[str, ...]:
    """Return ids of classes of activity; a name that nobody knows stays for the lint to find."""
    left_out = {one for name in excepted for one in _meant(name)}
    meant = dict.fromkeys(one for name in named for one in _meant(name))
    unknown = [one for one in left_out if one not in TITLES]
    return (*(one for one in meant if one not in left_out), *unknown)


def _meant(name: str) -> tuple[str, ...]:
    if name == ALL:
        return tuple(TITLES)
    return (of_group(name[1:]) or (name,)) if name.startswith("@") else (name,)
