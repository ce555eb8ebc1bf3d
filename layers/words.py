"""The words that users read, looked up by key in one table (``words.toml``).

To translate the program, translate that table.
"""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _table() -> dict[str, object]:
    text = files("layers").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def entry(key: str) -> object:
    """Return what stands under a dotted key: a text, or a table of texts."""
    found: object = _table()
    for part in key.split("."):
        if not isinstance(found, dict) or part not in found:
            msg = f"words.toml has no entry {key!r}"
            raise KeyError(msg)
        found = found[part]
    return found


def say(key: str, /, **fields: object) -> str:
    """Return the text under a dotted key with its fields filled in.

    >>> say("label.certainty.unchecked")
    '未核查'
    """
    text = entry(key)
    if not isinstance(text, str):
        msg = f"words.toml: {key!r} is a table, not a text"
        raise TypeError(msg)
    return text.format(**fields) if fields else text
