"""What a Word file's styles say of a paragraph: its level as a heading, its list."""

from dataclasses import dataclass

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

_VAL = qn("w:val")
_BODY_TEXT = 9
"""The outline level of what is no heading."""
_DEEP = 20
"""Styles are based on one another; a longer chain is a circle."""


@dataclass(frozen=True, slots=True)
class _Style:
    parent: str | None
    properties: Element | None


class Styles:
    """The paragraph styles of a document."""

    def __init__(self, root: Element) -> None:
        """Read them from ``styles.xml``."""
        self._styles: dict[str, _Style] = {}
        self._usual = ""
        for style in root.findall(qn("w:style")):
            if style.get(qn("w:type")) != "paragraph":
                continue
            name, parent = style.get(qn("w:styleId"), ""), style.find(qn("w:basedOn"))
            self._styles[name] = _Style(
                None if parent is None else parent.get(_VAL), style.find(qn("w:pPr"))
            )
            if style.get(qn("w:default")) in {"1", "true", "on"}:
                self._usual = name

    def of(self, paragraph: Element) -> str:
        """Return the id of a paragraph's style."""
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        return self._usual if style is None else style.get(_VAL, "")

    def heading(self, paragraph: Element) -> int:
        """Return a paragraph's level as a heading, from 1; 0 if it is none."""
        stated = [paragraph.find(qn("w:pPr")), *self._chain(self.of(paragraph))]
        for properties in stated:
            level = None if properties is None else properties.find(qn("w:outlineLvl"))
            if level is not None:
                value = level.get(_VAL, "")
                return int(value) + 1 if value.isdecimal() and int(value) < _BODY_TEXT else 0
        return 0

    def list_of(self, style: str) -> tuple[str | None, int | None]:
        """Return the list (``numId``) and depth that a style states, itself or by its parents."""
        for properties in self._chain(style):
            num, depth = list_in(properties)
            if num is not None:
                return num, depth
        return None, None

    def _chain(self, name: str | None) -> list[Element | None]:
        found: list[Element | None] = []
        while name in self._styles and len(found) < _DEEP:
            found.append(self._styles[name].properties)
            name = self._styles[name].parent
        return found


def list_in(properties: Element | None) -> tuple[str | None, int | None]:
    """Return the list (``numId``) and depth that properties of a paragraph or style state."""
    said = None if properties is None else properties.find(qn("w:numPr"))
    if said is None:
        return None, None
    num, depth = said.find(qn("w:numId")), said.find(qn("w:ilvl"))
    value = "" if depth is None else depth.get(_VAL, "")
    return (
        None if num is None else num.get(_VAL),
        int(value) if value.isdecimal() and len(value) == 1 else None,
    )
