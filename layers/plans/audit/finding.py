"""What an audit says: a check, how grave it is, the arithmetic, and the places that it compares."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from layers.plans.document import CERTAIN, Record, Span
from layers.plans.numerals import plain
from layers.words import say

HIGH, MEDIUM, LOW = "high", "medium", "low"
"""Severities: a figure is wrong; two things disagree; something is missing or odd."""

SHOWN = 60
"""Characters of the plan's text that a finding quotes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the document, and the text that stands there."""

    line: int
    page: int | None
    text: str
    spans: tuple[Span, ...] = ()

    @classmethod
    def of(cls, record: Record, *columns: str) -> "Place":
        """Return where a record's columns stand; the record's own line if they stand nowhere."""
        spans = tuple(span for column in columns for span in record.spans.get(column, ()))
        text = "，".join(filter(None, (record.values.get(column) for column in columns)))
        page = record.values.get("page")
        line = spans[0].line if spans else int(record.values["line"] or 0)
        return cls(line, int(page) if page else None, text, spans)


def finding(  # noqa: PLR0913 - the columns of the table
    check: str,
    severity: str,
    plan: str | None,
    place: Place,
    *,
    other: Place | None = None,
    arithmetic: str = "",
    confidence: str = CERTAIN,
    **fields: object,
) -> Record:
    """Return a finding as a record of the table ``audit``.

    Args:
        check: the key of its sentence under ``plan.audit``.
        severity: one of the three.
        plan: the plan's id.
        place: where it stands.
        other: what it is compared with.
        arithmetic: the sum, as it can be checked by hand.
        confidence: how sure the check is.
        **fields: what the sentence says.

    """
    values: dict[str, str | None] = {
        "plan": plan,
        "check": say(f"plan.check.{check}"),
        "severity": severity,
        "message": say(f"plan.audit.{check}", **fields),
        "arithmetic": arithmetic or None,
        "line": str(place.line),
        "page": str(place.page) if place.page else None,
        "text": _quoted(place.text),
        "other_line": str(other.line) if other else None,
        "other_page": str(other.page) if other and other.page else None,
        "other_text": _quoted(other.text) if other else None,
        "confidence": confidence,
    }
    spans = {"text": place.spans} if place.spans else {}
    if other and other.spans:
        spans["other_text"] = other.spans
    return Record(values, spans)


def _quoted(text: str) -> str | None:
    plain_text = " ".join(text.split())
    short = plain_text if len(plain_text) <= SHOWN else plain_text[: SHOWN - 1] + "…"
    return short or None


def added(terms: Iterable[Fraction]) -> str:
    """Return a sum as it is written on paper.

    >>> added([Fraction(1, 2), Fraction(3)])
    '0.5 + 3 = 3.5'
    """
    terms = list(terms)
    return f"{' + '.join(plain(term) for term in terms)} = {plain(sum(terms, Fraction()))}"


def digit(figures: str) -> Fraction:
    """Return what one unit of the last printed decimal is worth.

    >>> digit("61.470"), digit("25")
    (Fraction(1, 1000), Fraction(1, 1))
    """
    return Fraction(1, 10 ** len(figures.partition(".")[2]))
