"""The word lists beside the modules (``*.toml``), and patterns made of them."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """Return a table of word lists by the name of its file, without the suffix."""
    text = files("layers.plans").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def any_of(words: list[str]) -> str:
    """Return a pattern of any of the words, the longest first.

    >>> any_of(["m", "m²"])
    '(?:m²|m)'
    """
    return f"(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})"
