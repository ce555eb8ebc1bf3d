"""How states and effects are marked: always a word, and beside it a colour of the style table."""

from dataclasses import dataclass
from functools import cache

from maps.report import numbers
from maps.style import StateStyle, load_style
from zoning.review.model import CONSULT, NEEDS_HUMAN, PROHIBITED, RESTRICTED

EFFECT_STATES = {
    PROHIBITED: "hit",
    NEEDS_HUMAN: "unchecked",
    RESTRICTED: "possible",
    CONSULT: "touches",
}
"""The state whose colours an effect has. ``none`` has no colour: that a rule forbids nothing does
not make a site clear."""

INK, PAPER = "#1f2a30", "#ffffff"


@dataclass(frozen=True, slots=True)
class Mark:
    """A word in its colour, on its tint; ``shape`` is a symbol of the pages, if any."""

    text: str
    color: str = INK
    tint: str = PAPER
    shape: str = ""


def mark(code: object, unit: str) -> Mark:
    """Return the mark of a ``state`` or an ``effect``; nothing has no colour."""
    text = numbers.text(code, unit)
    look = _looks().get(EFFECT_STATES.get(str(code), "") if unit == "effect" else str(code))
    return Mark(text, look.color, look.tint, look.shape) if look else Mark(text)


@cache
def _looks() -> dict[str, StateStyle]:
    return {state.state: state for state in load_style().states}
