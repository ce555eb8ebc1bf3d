"""The one rounding rule: every number that is shown goes through here once.

GB/T 8170-2008: to the nearest, a tie to the even digit, never twice in a row. A cell is rounded
from the unrounded m2, a total from the unrounded sum; no row is altered to make the rows sum to
the total. Digits: docs/decisions/0002-area.md.
"""

from collections.abc import Iterable
from decimal import Decimal

M2_PER_HA = 10_000
MU_PER_HA = 15
"""1 亩 = 1/15 公顷 = 2000/3 m2."""

DIGITS = {"m2": 2, "ha": 4, "mu": 2}
"""Decimals by unit, as land surveys have them: 0.01 m2, 1 m2, 6.67 m2."""

STATED_HA_DIGITS = 2
"""Decimals of a sum of areas that plans state. Each is kept in 公顷 to four decimals; of many that
were printed in 亩 the sum is not as sure."""

EXACT_DIGITS = 15
"""Significant digits that a float holds; what comes after is noise, which would break ties."""


def rounded(value: float | None, digits: int) -> float | None:
    """Return a number rounded to decimal digits; null and what is not finite give null.

    The tie is the decimal number's, not the float's: 2.675 is 2.68, though its float is less.

    >>> rounded(2.675, 2), rounded(2.665, 2), rounded(-0.004, 2)
    (2.68, 2.66, 0.0)
    """
    return None if value is None else _rounded(_decimal(value), digits)


def shown_m2(m2: float | None) -> float | None:
    """Return m2 as it is shown, to 0.01."""
    return rounded(m2, DIGITS["m2"])


def shown_ha(m2: float | None, digits: int = DIGITS["ha"]) -> float | None:
    """Return 公顷 for m2 as it is shown, to 0.0001 unless it is a sum of stated areas.

    >>> shown_ha(12_345_678.9)
    1234.5679
    """
    return None if m2 is None else _rounded(_decimal(m2) / M2_PER_HA, digits)


def shown_mu(m2: float | None) -> float | None:
    """Return 亩 for m2 as it is shown, to 0.01.

    >>> shown_mu(10_000), shown_mu(30), shown_mu(666.666666666667)
    (15.0, 0.04, 1.0)
    """
    return None if m2 is None else _rounded(_decimal(m2) * MU_PER_HA / M2_PER_HA, DIGITS["mu"])


def number_text(value: float, decimals: int = 4) -> str:
    """Return a number with thousands separators and no trailing zeros.

    >>> number_text(13333.3333), number_text(0.09), number_text(20.0)
    ('13,333.3333', '0.09', '20')
    """
    text = f"{_rounded(_decimal(value), decimals):,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounding_gap(rows: Iterable[float], total: float, digits: int) -> float | None:
    """Return the sum of rounded rows less the rounded total, where rounding explains it.

    ``None`` where they agree, and where they differ by more than half a last digit for each
    number: that has another reason.
    """
    cells = [_decimal(row) for row in rows]
    gap = sum(cells) - _decimal(total)
    most = Decimal(1).scaleb(-digits) * (len(cells) + 1) / 2
    return float(gap) if 0 < abs(gap) <= most else None


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.{EXACT_DIGITS}g}")


def _rounded(value: Decimal, digits: int) -> float | None:
    if not value.is_finite():
        return None
    return float(round(value, digits)) + 0.0
