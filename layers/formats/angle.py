"""Angles as people write them: decimal, and degrees-minutes-seconds in any notation."""

import re

MINUTES = 60.0
SECONDS = 3600.0

_HEMISPHERES = {
    "E": "E", "东经": "E", "东": "E", "W": "W", "西经": "W", "西": "W",
    "N": "N", "北纬": "N", "北": "N", "S": "S", "南纬": "S", "南": "S",
}  # fmt: skip
_NAME = "|".join(sorted(_HEMISPHERES, key=len, reverse=True))
_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_ANGLE = re.compile(
    rf"""^(?:经度|纬度)?(?P<before>{_NAME})?[:\s]*(?P<sign>[-+])?
    (?P<degrees>{_NUMBER})\s*(?:[°º˚度d:\s-]\s*
      (?:(?P<minutes>{_NUMBER})\s*(?:['′’‘`´ʹ΄分m:\s-]\s*
        (?:(?P<seconds>{_NUMBER})\s*(?:["″”“ʺ˝〃秒s]|''|′′|’’)?)?)?)?)?
    \s*(?P<after>{_NAME})?$""",
    re.VERBOSE | re.IGNORECASE,
)
_WIDE = str.maketrans(
    "０１２３４５６７８９．，：－−＋　ＥＷＮＳ＇＂",
    "0123456789.,:--+ EWNS'\"",
    "\u200b\u200e\u200f\u202a\u202c\ufeff",
)
"""Full-width signs, and the signs without width that copying from a web page or a chat brings."""


def parse_angle(text: str) -> tuple[float, str] | None:
    """Return degrees and hemisphere letter ("" where none is written), or ``None``.

    West and south are negative. Minutes and seconds of 60 and more, and a
    fraction anywhere but in the last part, are no angle.

    >>> parse_angle("112度22分10.5秒")[0] == 112 + 22 / 60 + 10.5 / 3600
    True
    >>> parse_angle("北纬35.5度")
    (35.5, 'N')
    >>> parse_angle("112°61′") is None
    True
    """
    found = _ANGLE.match(text.translate(_WIDE).strip())
    if found is None:
        return None
    before, after = found["before"], found["after"]
    if before and after:
        return None
    parts = [found[name] for name in ("degrees", "minutes", "seconds") if found[name] is not None]
    if any(not part.isdigit() for part in parts[:-1]):
        return None
    values = [float(part) for part in parts]
    if any(value >= MINUTES for value in values[1:]):
        return None
    scales = (1.0, MINUTES, SECONDS)
    degrees = sum(value / scale for value, scale in zip(values, scales, strict=False))
    hemisphere = _HEMISPHERES[(before or after).upper()] if before or after else ""
    if found["sign"] == "-" or hemisphere in {"W", "S"}:
        degrees = -degrees
    return degrees, hemisphere


def parse_pair(text: str) -> tuple[float, float] | None:
    """Return the two angles or numbers of one cell in their order, or ``None``.

    >>> parse_pair("E112°30′, N35°15′")
    (112.5, 35.25)
    """
    plain = text.translate(_WIDE).strip().strip("()（）[]")
    parts = [part for part in re.split(r"[,;；、/]", plain) if part.strip()]
    if len(parts) == 1:
        parts = plain.split()
    if len(parts) != 2:  # noqa: PLR2004  # a pair
        return None
    angles = [parse_angle(part) for part in parts]
    if angles[0] is None or angles[1] is None:
        return None
    return angles[0][0], angles[1][0]
