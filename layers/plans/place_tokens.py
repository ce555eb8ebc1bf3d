"""What the search for places hands on: known words, names in a text, pieces of it."""

from dataclasses import dataclass

UNITS = ("province", "prefecture", "county", "short")
"""Families of units above the township; a ``short`` is one without its last word (甲丁)."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a word is known as: a family (``county``, ``river`` ...) and the name it stands for.

    A ``stem`` is a township without 镇 or 乡. A river's name may be short for a ``township`` too.
    """

    family: str
    name: str
    township: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A name in a text: what stands from ``start`` to ``end`` means ``name``.

    The family ``either`` is a river or the ``township`` that is called so; ``unlisted`` stands
    among townships and is none that is known.
    """

    family: str
    name: str
    start: int
    end: int
    township: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text between two breaks: what stands in it, and what the breaks are."""

    text: str
    start: int
    before: str
    after: str
    tokens: tuple[Token, ...]

    @property
    def end(self) -> int:
        """Return where it ends."""
        return self.start + len(self.text)
