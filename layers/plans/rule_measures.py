"""The distances, widths and slopes that rules of places speak of."""

import math
import re

from layers.plans import numerals
from layers.words import say

_METRES = {"米": 1, "m": 1, "公里": 1000, "千米": 1000, "km": 1000}
_NUMBER = rf"(\d+(?:\.\d+)?|{numerals.CHINESE})(?:[-~至](\d+(?:\.\d+)?))?"
_LENGTH = rf"{_NUMBER}(公里|千米|米|km|m)(?![²³a-z/])"
DISTANCE = re.compile(
    rf"(?:堤外|岸外|外侧|外围|外延|以外|外|两侧|两岸|沿岸|沿线|周边|周围|半径)(?:各|约|不少于|不小于|两侧|的)*{_LENGTH}"
    rf"|{_LENGTH}(?:的|及)?(?:以内|之内|范围|内)"
)
SLOPE = re.compile(
    rf"坡度(?:大于|超过|在|≥|>|达到?|为)*{_NUMBER}(度|°|%)"
    rf"|{_NUMBER}(度|°|%)(?:\(含\))?(?:及?以上|以下|及以下)?(?:坡度)?的?(?:陡坡地?|坡耕地|坡地|坡面|坡|山体|山坡)"
)
SLOPED = re.compile(
    r"(?:\(含\))?(?:及?以上|及?以下)?的?(?:坡耕地|陡坡地?|坡地|山坡|区域|地区|地块|土地|耕地)?(?:上|内)?"
)
_SLOPE_AHEAD = re.compile(
    rf"(?:{_NUMBER})(?:度|°|%)(?:\(含\))?(?:及?以上|以下|及以下)?(?:坡度)?的?(?=陡坡|坡|山体|山坡)"
)
_WIDTH = re.compile(
    rf"{_LENGTH}(?:宽|以上|左右)*的?[^，,;。]{{0,8}}(?:缓冲带|隔离带|防护带|绿化带|林带|植被带|廊道|缓冲区)"
)
_SLOPE_NAMED = re.compile(
    rf"坡度(?:大于|超过|在|≥|>|达到?|为)*{_NUMBER}(?:度|°|%)(?:\(含\))?(?:及?以上|以下)?的?(?=陡?坡|山)"
)
_LEFT = re.compile("等?(?:范围|区域)?$")


def bare(place: str) -> str:
    """Return the words of a place without its distance and slope.

    >>> bare("河道两侧50米"), bare("坡度15度以上的坡耕地"), bare("学校等周边300米范围")
    ('河道', '坡耕地', '学校')
    """
    without = DISTANCE.sub("", place)
    if without != place:
        without = _LEFT.sub("", without) or without
    named = _SLOPE_AHEAD.sub("", _SLOPE_NAMED.sub("", without))
    return named.rstrip("以及其").strip("的、") or place


def width(act: str) -> str | None:
    """Return the metres of a strip that is to be made: 30 米宽的缓冲带."""
    match = _WIDTH.search(act)
    return f"{float(_plain(match[1])) * _METRES[match[3]]:g}" if match else None


def figures(place: str) -> tuple[str | None, str | None, list[str]]:
    """Return the metres and degrees that the words of a place state, and what is to be said.

    >>> figures("河道两侧50米")[:2], figures("25度以上坡地")[:2]
    (('50', None), (None, '25'))
    """
    notes: list[str] = []
    distance = slope = None
    if match := DISTANCE.search(place):
        low, high, unit = _three(match)
        distance = f"{float(high or _plain(low)) * _METRES[unit]:g}"
        if high:
            notes.append(say("plan.rule.range", text=f"{low}-{high}{unit}"))
    if match := SLOPE.search(place):
        low, high, sign = _three(match)
        if sign == "%":
            degrees = f"{math.degrees(math.atan(float(_plain(low)) / 100)):.1f}"
            notes.append(say("plan.rule.slope_percent", text=low, degrees=degrees))
        else:
            slope = high or _plain(low)
            if high:
                notes.append(say("plan.rule.slope_range", text=f"{low}-{high}"))
    return distance, slope, notes


def _plain(number: str) -> str:
    """Return a number in figures."""
    return number if number[0].isdigit() else str(numerals.chinese(number))


def _three(match: re.Match[str]) -> tuple[str, str | None, str]:
    """Return number, upper end and unit of whichever form of a measure matched."""
    first, second = match.groups()[:3], match.groups()[3:]
    return first if first[0] else second  # type: ignore[return-value]
