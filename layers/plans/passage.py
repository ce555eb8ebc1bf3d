"""A text put together from cells, every character of which knows where it stands."""

from collections.abc import Iterable
from dataclasses import dataclass

from layers.plans.document import Span

Place = tuple[int, int, int]
"""Line, cell and position of a character; the cell of a paragraph is -1."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and the place of each of its characters; what we put between two cells has none."""

    text: str = ""
    places: tuple[Place | None, ...] = ()

    @classmethod
    def of(cls, text: str, line: int, cell: int = -1) -> "Passage":
        """Return a cell's text (or a paragraph's) without the blanks around it."""
        first = len(text) - len(text.lstrip())
        kept = text.strip()
        return cls(kept, tuple((line, cell, first + at) for at in range(len(kept))))

    @classmethod
    def joined(cls, passages: Iterable["Passage"], between: str) -> "Passage":
        """Return passages one after the other, empty ones left out."""
        text, places = "", ()
        for passage in passages:
            if passage.text:
                gap = between if text else ""
                text = text + gap + passage.text
                places = (*places, *(None for _ in gap), *passage.places)
        return cls(text, places)

    def closed(self) -> "Passage":
        """Return it without blanks: a line wrap leaves one in the middle of a Chinese name.

        Between two Latin letters one blank stays, for there it parts words.
        """
        kept: list[int] = []
        for at, char in enumerate(self.text):
            if not char.isspace() or (kept and self._parts_words(at, kept[-1])):
                kept.append(at)
        text = "".join(" " if self.text[at].isspace() else self.text[at] for at in kept)
        return Passage(text, tuple(self.places[at] for at in kept))

    def _parts_words(self, at: int, before: int) -> bool:
        after = self.text[at:].lstrip()[:1]
        last = self.text[before]
        return last.isascii() and last.isalpha() and after.isascii() and after.isalpha()

    def spans(self, start: int = 0, end: int | None = None) -> tuple[Span, ...]:
        """Return where ``text[start:end]`` stands: a span for each cell that it runs over."""
        found: list[Span] = []
        for place in self.places[start:end]:
            if place is None:
                continue
            line, cell, at = place
            if found and (found[-1].line, found[-1].cell) == (line, cell):
                found[-1] = Span(line, cell, found[-1].start, at + 1)
            else:
                found.append(Span(line, cell, at, at + 1))
        return tuple(found)

    @property
    def line(self) -> int | None:
        """Return the line of its first character; none for an empty passage."""
        return next((place[0] for place in self.places if place), None)


NOTHING = Passage()
"""The passage of an empty cell."""
