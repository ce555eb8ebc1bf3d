"""The record of a page in Chinese: with what it was made, for the about box."""

from collections.abc import Mapping
from typing import Any

from maps.pack import plain
from maps.style import Style

Entry = tuple[str, Any]
"""A label and a text, or a label and a list of entries, or a list of such lists."""


def record_entries(record: Mapping[str, Any], style: Style) -> list[Entry]:
    """Return a record's entries with Chinese labels; what is empty is left out."""
    return _entries(plain(record), style)


def _entries(table: Mapping[str, Any], style: Style) -> list[Entry]:
    shown = [(key, value) for key, value in table.items() if value not in (None, "", [], {})]
    return [(style.record.get(key, key), _value(key, value, style)) for key, value in shown]


def _value(key: str, value: Any, style: Style) -> Any:
    if isinstance(value, dict):
        return _entries(value, style)
    if isinstance(value, list):
        if any(isinstance(item, dict) for item in value):
            return [_value(key, item, style) for item in value if isinstance(item, dict)]
        return "、".join(str(item) for item in value if item is not None)
    if key == "basis" and value in style.bases:
        return style.bases[value]["label"]
    return style.kind_title(str(value)) if key == "kind" else str(value)
