"""Kinds of work, told from the words of a project's name (categories.toml)."""

import tomllib
from functools import cache
from importlib.resources import files

from layers.projects import Project
from layers.words import say


@cache
def _words() -> tuple[tuple[str, tuple[str, ...]], ...]:
    text = files("zoning").joinpath("categories.toml").read_text(encoding="utf-8")
    items = tomllib.loads(text)["category"]
    return tuple((item["name"], tuple(item["words"])) for item in items)


def category(project: Project) -> str:
    """Return the first category with a word in the project's name."""
    for name, words in _words():
        if any(word in project.name for word in words):
            return name
    return say("category.unknown")
