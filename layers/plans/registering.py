"""A plan's entry in area.toml: added or brought up to date, the rest of the file left as it is."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from layers.errors import WorkspaceError
from layers.plans.drafts import Draft
from layers.words import say

Entry = Mapping[str, str | int]

_HEADER = re.compile(r"\s*\[\[\s*plans\s*\]\]\s*(?:#.*)?")
_ANY_HEADER = re.compile(r"\s*\[")
_VALUE = r"""("(?:[^"\\]|\\.)*"|'[^']*'|[^#"']+?)([ \t]*(?:#.*)?)"""

SOURCE = ("source", "source_sha256", "source_lines", "first_line", "last_line")
"""What says which text the lines count in: it follows the reading. The number of lines of the
whole text is not known to it, so that of an older text goes."""

SAID = ("title", "period_start", "period_end")
"""What a person may have put right: it follows the reading only as long as it is the draft's."""


def _entry(draft: Draft) -> Entry:
    """Return the entry of a plan as the machine would write it; what is not known is not there."""
    start, end = draft.period or (None, None)
    stated = {
        "id": draft.plan,
        "title": draft.title or None,
        "period_start": start,
        "period_end": end,
        "source": draft.file,
        "source_sha256": draft.sha256,
        "first_line": draft.first_line,
        "last_line": draft.last_line,
    }
    return {key: value for key, value in stated.items() if value is not None}


def without_placeholder(text: str) -> str:
    """Return an area.toml without the entry that a new workspace has as an example."""
    made = say("template.area", name="", code="", level="", counties="")
    _, header, rest = made.partition("[[plans]]")
    return text.replace(header + rest, "")


def with_plan(text: str, path: Path, draft: Draft, base: Draft | None) -> tuple[str, list[str]]:
    """Return an area.toml with a plan's entry, and what a person wrote that now differs.

    Args:
        text: the file.
        path: its name in messages.
        draft: the plan as read now.
        base: the plan as read before, if it was.

    Raises:
        WorkspaceError: the file is written in a way that cannot be added to without rewriting
            it; the message has the entry to put in.

    """
    area = tomllib.loads(text)
    plans = area.get("plans", [])
    now = _entry(draft)
    whole = {"id": draft.plan, "title": draft.plan, **now}
    at = next((n for n, plan in enumerate(plans) if plan["id"] == draft.plan), None)
    if at is None:
        wanted, differs = [*plans, whole], []
        text = f"{text.rstrip()}\n\n[[plans]]\n{_lines(whole)}"
    else:
        changes, differs = _changes(plans[at], now, _entry(base) if base else {})
        entry = {key: value for key, value in {**plans[at], **changes}.items() if value is not None}
        wanted = [*plans[:at], entry, *plans[at + 1 :]]
        text = _changed(text, at, changes)
    if _parsed(text) != {**area, "plans": wanted}:
        shown = _lines(whole).strip()
        raise WorkspaceError(say("plan.import.area_by_hand", file=path, entry=shown))
    return text, differs


def _parsed(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _changes(
    ours: Mapping[str, Any], now: Entry, base: Entry
) -> tuple[dict[str, str | int | None], list[str]]:
    """Return what to write into an entry, and the keys in which a person's word stands."""
    changes: dict[str, str | int | None] = {}
    differs = []
    same_text = ours.get("source_sha256") == now.get("source_sha256")
    for key in SOURCE:
        if ours.get(key) != now.get(key) and not (key == "source_lines" and same_text):
            changes[key] = now.get(key)
    for key in SAID:
        if key not in now or ours.get(key) == now[key]:
            continue
        if key not in ours or ours[key] == base.get(key):
            changes[key] = now[key]
        else:
            differs.append(key)
    return changes, differs


def _changed(text: str, at: int, changes: Mapping[str, str | int | None]) -> str:
    """Return the text with the keys of one ``[[plans]]`` table set, or taken out where null."""
    lines = text.splitlines(keepends=True)
    starts = [n for n, line in enumerate(lines) if _HEADER.fullmatch(line.rstrip("\r\n"))]
    if at >= len(starts):
        return ""
    start = starts[at] + 1
    later = (n for n in range(start, len(lines)) if _ANY_HEADER.match(lines[n]))
    block = lines[start : next(later, len(lines))]
    rest = lines[start + len(block) :]
    for key, value in changes.items():
        line = re.compile(rf"(\s*{key}\s*=\s*){_VALUE}\s*")
        there = {n: match for n, one in enumerate(block) if (match := line.fullmatch(one))}
        if value is None:
            block = [one for n, one in enumerate(block) if n not in there]
        elif there:
            for n, match in there.items():
                block[n] = f"{match[1]}{_toml(value)}{match[3]}\n"
        else:
            filled = [n for n, one in enumerate(block) if "=" in one]
            if block and not block[-1].endswith("\n"):
                block[-1] += "\n"
            block.insert(max(filled, default=-1) + 1, f"{key} = {_toml(value)}\n")
    return "".join((*lines[:start], *block, *rest))


def _lines(entry: Entry) -> str:
    return "".join(f"{key} = {_toml(value)}\n" for key, value in entry.items())


def _toml(value: str | int) -> str:
    """Return a value as TOML: its basic strings are JSON's, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", r"\u007F")
