"""Cells of an answer's table as an official reads them: words and names, not codes.

The rows keep their codes for programs; a page writes the project's name for its
id, the layer's title for its id, the word for a locus or a relation.
"""

from collections.abc import Mapping
from typing import Any

from layers.words import entry
from maps.style import Style
from zoning.view import AnswerView, AreaView

HIDDEN_KIND = "id"
"""The kind of a column that stays in the file but is not shown."""


class CellWords:
    """Turns an area's codes into words."""

    def __init__(self, area: AreaView, style: Style) -> None:
        """Gather the area's names."""
        self._style = style
        labels = entry("label")
        self._labels: Mapping[str, Any] = labels if isinstance(labels, Mapping) else {}
        self._plans = [str(plan["id"]) for plan in area.plans]
        self._projects = {
            project.project_id: str(project.facts.get("name") or project.project_id)
            for project in area.projects
        }
        self._layers = {layer.kind: layer.title for layer in area.layers}
        self._layers |= {layer.layer_id: layer.title for layer in area.layers}

    def kind(self, name: str, kind: str) -> str:
        """Return a column's kind; the plan's column says nothing where there is one plan."""
        return HIDDEN_KIND if name == "plan" and len(self._plans) <= 1 else kind

    def cell(self, name: str, kind: str, value: Any) -> Any:
        """Return a plain cell in words; what is no code stays as it is."""
        if not isinstance(value, str) or kind in {"state", HIDDEN_KIND}:
            return value
        writers = {"plan": self._plan, "layer": self._layer, "scope": self._scope,
                   "source": self._source}  # fmt: skip
        labels = self._labels.get(name)
        if isinstance(labels, Mapping) and value in labels:
            return labels[value]
        if name in writers:
            return writers[name](value)
        return self._names(value)

    def _plan(self, value: str) -> str:
        if value not in self._plans:
            return value
        return self._style.say("plan_number", plan=self._plans.index(value) + 1)

    def _layer(self, value: str) -> str:
        return self._layers.get(value) or self._style.kind_title(value)

    def _scope(self, value: str) -> str:
        head, _, rest = value.partition(" ")
        word = self._style.scopes.get(head)
        return value if word is None else f"{word} {rest}".strip()

    def _source(self, value: str) -> str:
        plan, colon, line = value.partition(":")
        if not colon or plan not in self._plans:
            return value
        if len(self._plans) == 1:
            return self._style.say("source_short", line=line)
        number = self._plans.index(plan) + 1
        return self._style.say("source_short_of", plan=number, line=line)

    def _names(self, value: str) -> str:
        """Return the names of projects where a text is nothing but their ids."""
        parts = value.split(";")
        if not all(part in self._projects for part in parts):
            return value
        return "、".join(self._projects[part] for part in parts)


def pack_columns(answer: AnswerView, words: CellWords) -> list[list[str]]:
    """Return (name, title, kind) of an answer's columns as the page shows them.

    A column of codes is hidden where another (``x_title`` of ``x``) has their words.
    """
    names = {name for name, _, _ in answer.columns}
    return [
        [name, title, HIDDEN_KIND if f"{name}_title" in names else words.kind(name, kind)]
        for name, title, kind in answer.columns
    ]
