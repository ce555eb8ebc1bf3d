"""The one place where the values of a review become text, or a rounded cell.

Word, PDF and HTML show ``text``; Excel and GeoPackage hold ``cell``. Both are rounded once, from
the unrounded value, by ``layers.rounding``: so all five show the same digits
(docs/decisions/0002-area.md).
"""

import datetime as dt
import re
from collections.abc import Mapping

from layers.rounding import DIGITS, number_text, rounded, shown_ha, shown_m2, shown_mu
from layers.words import entry, say
from zoning.activities import TITLES

NOTHING = "—"
"""What is shown of a value that is not there: never an empty cell, never 0."""

METRE_DIGITS = 2
"""Decimals of lengths and distances in metres (docs/decisions/0001-tolerance.md)."""

SHARE_DIGITS = 2
"""Decimals of a share in per cent."""

CODED = ("state", "effect", "relation", "certainty", "confidence", "kind", "basis")
"""Units of codes whose words stand in ``[label.*]``; a code without one is its own word."""

EXCEL: Mapping[str, str] = {
    "m2": "#,##0.00",
    "ha": "#,##0.0000",
    "mu": "#,##0.00",
    "m": "#,##0.00",
    "share": "0.00%",
    "count": "0",
    "date": "yyyy-mm-dd",
}
"""Number formats of spreadsheets by unit: as many decimals as ``text`` shows."""

Cell = str | float | int | bool | dt.date | None

_BREAKS = re.compile("[\t\n\r\v\f\x1c-\x1f\x85\u2028\u2029]+")
_UNSAFE = re.compile(
    "[\0-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufdd0-\ufdef\ufeff\ufffe\uffff\ufff9-\ufffb]"
)
"""Signs that XML cannot hold, and those that hide or turn round the text beside them."""


def text(value: object, unit: str = "text") -> str:
    """Return a value as people read it, without its unit; ``NOTHING`` where there is none.

    >>> text(12345.675, "m2"), text(12345.675, "ha"), text(12345.675, "mu")
    ('12,345.68', '1.2346', '18.52')
    >>> text(0.5, "share"), text(0.99999, "share"), text(0.0, "m"), text(None, "m2")
    ('50.00%', '>99.99%', '0.00', '—')

    Args:
        value: areas in m2 for ``m2``, ``ha`` and ``mu``, metres for ``m``, a share of 1 for
            ``share``, a code for ``CODED`` and ``activity``.
        unit: one of those, or ``count``, ``date``, ``yes`` or ``text``.

    """
    held = cell(value, unit)
    if held is None or held == "":
        return NOTHING
    if unit == "share":
        return _share_text(float(str(value)))
    if unit in DIGITS:
        return f"{held:,.{DIGITS[unit]}f}"
    if unit == "m":
        return f"{held:,.{METRE_DIGITS}f}"
    return held.isoformat() if isinstance(held, dt.date) else str(held)


def cell(value: object, unit: str = "text") -> Cell:
    """Return a value as a table holds it: rounded number, date or word; ``None`` for none."""
    if value is None:
        return None
    numbers = {"m2": shown_m2, "ha": shown_ha, "mu": shown_mu, "m": _metres, "share": _share}
    if unit in numbers:
        return numbers[unit](float(str(value)))
    if unit in {"count", "date"}:
        return value if isinstance(value, int | dt.date) else None
    return word(value, unit)


def word(value: object, unit: str) -> str:
    """Return the word of a code, of yes and no, or a plain text."""
    if unit == "yes":
        return say("cli.yes") if value else say("cli.no")
    if unit == "activity":
        return TITLES.get(str(value), plain(str(value))) or say("report.activity_unknown")
    if unit == "effect" and not value:
        return say("report.no_verdict")
    if unit in CODED:
        labels = entry("label")
        words = labels.get(unit, {}) if isinstance(labels, Mapping) else {}
        return words.get(value) or plain(str(value))
    return plain(str(value))


def plain(stranger: str) -> str:
    r"""Return a stranger's text in one line, without signs that break or disguise an output.

    >>> plain("东山\n一号\x00"), plain("甲\u202e乙")
    ('东山 一号\ufffd', '甲\ufffd乙')
    """
    return _UNSAFE.sub("\ufffd", _BREAKS.sub(" ", stranger)).strip()


def area(m2: float | None) -> str:
    """Return an area in its three units.

    >>> area(10_000)
    '10,000.00 平方米（1.0000 公顷，15.00 亩）'
    """
    if m2 is None:
        return NOTHING
    return say("report.area", m2=text(m2, "m2"), ha=text(m2, "ha"), mu=text(m2, "mu"))


def length(metres: float | None) -> str:
    """Return a length or distance with its unit.

    >>> length(1234.5)
    '1,234.50 米'
    """
    return NOTHING if metres is None else say("report.metres", m=text(metres, "m"))


def about(metres: float | None) -> str:
    """Return how far positions may be off; an unknown error is said to be unknown."""
    if metres is None:
        return say("report.accuracy_unknown")
    return say("report.metres", m=number_text(metres, METRE_DIGITS))


def bar(metres: int) -> str:
    """Return the round length of a scale bar.

    >>> bar(200), bar(5000)
    ('200 米', '5 公里')
    """
    kilometre = 1000
    if metres < kilometre:
        return say("report.metres", m=metres)
    return say("report.kilometres", km=metres // kilometre)


def _metres(value: float) -> float | None:
    return rounded(value, METRE_DIGITS)


def _share(value: float) -> float | None:
    return rounded(value, SHARE_DIGITS + 2)


def _share_text(value: float) -> str:
    """Return per cent; what is not all is never shown as all, what is not nothing not as 0."""
    least = 10.0**-SHARE_DIGITS
    shown = rounded(value * 100, SHARE_DIGITS)
    if shown == 0 and value > 0:
        return f"<{least:.{SHARE_DIGITS}f}%"
    if shown == 100 and value < 1:  # noqa: PLR2004 - per cent
        return f">{100 - least:.{SHARE_DIGITS}f}%"
    return f"{shown:.{SHARE_DIGITS}f}%"
