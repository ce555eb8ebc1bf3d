"""Numbers as plans print them: with thousands parted, in Chinese, as powers of ten."""

from fractions import Fraction

PRINTED = r"(?:\d{1,3}(?:,\d{3}){1,4}(?!\d)|\d{1,3}(?: \d{3}){1,3}(?!\d)|\d{1,12})(?:\.\d{1,10})?"
"""A number in figures, in a folded text."""

_UNITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_DIGIT = "[一二两三四五六七八九]"
CHINESE = rf"(?:{_DIGIT}?十{_DIGIT}?|{_DIGIT}(?:百(?:零?{_DIGIT}十?{_DIGIT}?)?)?)"
"""A number below a thousand in Chinese, in a folded text; 百 or 万 alone is no number."""

DECIMALS = 10
ONE: int = 10**DECIMALS
_PARTED = str.maketrans("", "", ", ")


def printed(text: str) -> str:
    """Return the figures of a number, thousands no longer parted.

    >>> printed("1,200.50"), printed("12 300")
    ('1200.50', '12300')
    """
    return text.translate(_PARTED)


def chinese(text: str) -> int:
    """Return the value of a Chinese number below ten thousand.

    >>> chinese("二十三"), chinese("十"), chinese("两百零五")
    (23, 10, 205)
    """
    total = digit = 0
    for sign in text:
        if sign in _PLACES:
            total += (digit or 1) * _PLACES[sign]
            digit = 0
        else:
            digit = _UNITS.get(sign, 0)
    return total + digit


def scaled(figures: str) -> int:
    """Return a printed number in units of its last possible figure: exact, and quick to add.

    >>> scaled("61.47") == 6147 * 10 ** (DECIMALS - 2)
    True
    """
    whole, _, rest = figures.partition(".")
    return int(whole + rest.ljust(DECIMALS, "0"))


def unscaled(number: int) -> str:
    """Return the figures of a scaled number.

    >>> unscaled(scaled("61.470")), unscaled(scaled("20000"))
    ('61.47', '20000')
    """
    whole, rest = divmod(number, ONE)
    return f"{whole}.{rest:0{DECIMALS}d}".rstrip("0").rstrip(".")


def step(figures: str) -> int:
    """Return what one unit of the last printed figure is worth, scaled.

    >>> unscaled(step("61.470")), unscaled(step("25"))
    ('0.001', '1')
    """
    return ONE // int("1" + "0" * len(figures.partition(".")[2]))


def telling(figures: str) -> int:
    """Return how many figures of a number tell something: zeros around it do not.

    >>> telling("5000"), telling("66.85"), telling("0.050")
    (1, 4, 1)
    """
    return len(figures.replace(".", "").strip("0"))


def plain(value: Fraction, digits: int = 12) -> str:
    """Return a number as text without an exponent, rounded to a number of decimals.

    >>> plain(Fraction(20000, 3), 4), plain(Fraction(5))
    ('6666.6667', '5')
    """
    rounded = round(value, digits)
    whole, rest = divmod(abs(rounded.numerator) * 10**digits // rounded.denominator, 10**digits)
    sign = "-" if rounded < 0 else ""
    return f"{sign}{whole}" + f".{rest:0{digits}d}".rstrip("0").rstrip(".") * bool(digits)
