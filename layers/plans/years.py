"""The years in which a project is built, from its cell.

Nothing is invented: one year is the beginning or the end only where a word, or the header of the
column, says so; else it is both. Of a term of the plan (近期) that the plan does not define, only
the end that the plan's period gives is known.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from layers.plans.folding import Folded, fold
from layers.plans.terms import UNSTATED, Terms
from layers.plans.wordlists import table

_WORDS: dict[str, str] = table("years")["words"]
_LONGEST = 40  # characters of a cell that says nothing but when
_NEAR = 8  # characters around a year that say what happens in it
_FIVE = 5
_FIRST_PLAN = 1951  # of 一五 it is not true, but from 三五 on: 十四五 begins 1951 + 5 x 14
_TENS = "一二三四五六七八九"

_CHINESE = re.compile(r"[一二][〇零○一二三四五六七八九]{3}(?=年)")
_FIGURES = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_MONTH = r"(?:1[0-2]|0?[1-9])(?!\d)"
_YEAR = r"(?<!\d)(?:19[5-9]\d|20\d\d)(?!\d)"
_DAY = r"[0-3]?\d"
_REST = (
    rf"(?:年(?:{_MONTH}月(?:份|{_DAY}[日号])?)?|[./-]{_MONTH}(?:[./-]{_DAY}(?!\d))?月?)?"
    r"(?:第?[一二三四]季度|[上下]半年)?"
)
_BETWEEN = r"(?:年?)(?:[-~]{1,2}|[至到/])(?:[至到])?"
_SPAN = re.compile(
    rf"(?P<first>{_YEAR}){_REST}(?:{_BETWEEN}(?P<last>{_YEAR}){_REST}"
    rf"|(?:[-~]{{1,2}}|[至到])(?P<short>\d\d)(?![\d.]))?(?P<next>[底末初]?)"
)
_PLAN = re.compile(rf"(?<![{_TENS}第])十(?P<unit>[{_TENS}])五(?!年|[{_TENS}个座处台套项条])")
_PLAN_WORDS = re.compile(r"[”\"]?(?:规划)?(?:时期|期间|期内|期)?[末底](?:期)?")
_PLAN_PART = re.compile(r"[”\"]?(?:规划)?(?:时期|期间)?(?:前|中|后|初)[期半段]?")
_AMOUNT = re.compile(r"\s*(?:万|亿|元|个|户|km|公里|亩|公顷|hm|m|米|人|吨|座|处|项|台)")
_WHOLE = re.compile(_WORDS["whole"])
_TERM = re.compile(
    f"(?P<middle_and_far>{_WORDS['middle_and_far']})|(?P<near>{_WORDS['near']})"
    f"|(?P<middle>{_WORDS['middle']})|(?P<far>{_WORDS['far']})"
)
_STARTS, _ENDS = re.compile(_WORDS["start"]), re.compile(_WORDS["end"])
_STARTS_BEFORE = re.compile(rf"(?:{_WORDS['since']}|(?:{_WORDS['start']})[^\d,，。;]{{0,5}})$")
_ENDS_BEFORE = re.compile(rf"(?:{_WORDS['until']}|(?:{_WORDS['end']})[^\d,，。;]{{0,5}})$")
_STARTS_AFTER = re.compile(rf"年?(?:{_WORDS['from']}|[^\d,，。;]{{0,4}}?(?:{_WORDS['start']}))")
_ENDS_AFTER = re.compile(rf"年?(?:{_WORDS['by']}|[^\d,，。;]{{0,6}}?(?:{_WORDS['end']}))")


@dataclass(frozen=True, slots=True)
class Period:
    """The years of a project, printed at ``text[start_pos:end_pos]``, which is ``raw``.

    ``start`` or ``end`` is null where the text does not tell it.
    """

    start: int | None
    end: int | None
    raw: str
    start_pos: int
    end_pos: int


@dataclass(frozen=True, slots=True)
class _Said:
    first: int | None
    last: int | None
    at: int
    end: int
    plain: bool = False


def read(
    text: str,
    period: tuple[int, int] | None = None,
    *,
    terms: Terms = UNSTATED,
    header: str | None = None,
) -> Period | None:
    """Return the years that a cell states; a blank cell, or a long text without any, gives none.

    ``period`` and ``terms`` are those of the plan. ``header`` is the column's: under 计划开工时间
    a single year is the beginning, under 完成期限 the end.

    >>> (p := read("2022年6月-2023年12月")).start, p.end
    (2022, 2023)
    >>> (p := read("2024", header="计划开工时间")).start, p.end
    (2024, None)
    """
    folded = fold(text)
    plain = _CHINESE.sub(lambda match: match[0].translate(_FIGURES), folded.text)
    if not plain.strip():
        return None
    in_cell = len(plain) <= _LONGEST
    said = list(_said(plain))
    if not in_cell:
        said = [one for one in said if not one.plain]
    told = [one for one in said if not one.plain]
    said = told or said or _terms(plain, period, terms)
    if not (said or in_cell):
        return None
    first, last = _ends([_by_header(one, header) if len(said) == 1 else one for one in said])
    if first is not None and last is not None and first > last:
        first = last = None
    return _period(folded, first, last, said if not in_cell else [])


def _said(text: str) -> Iterator[_Said]:
    for match in _SPAN.finditer(text):
        first, end = int(match["first"]), match.end()
        last = int(match["last"] or 0) or _short(first, match["short"])
        if last:
            yield _Said(first, last, match.start(), end)
        elif not _AMOUNT.match(text, end):
            yield _one(text, first, match.start(), end - len(match["next"]))
    for match in _PLAN.finditer(text):
        yield _five_years(text, match)


def _short(first: int, short: str | None) -> int | None:
    if short is None or int(short) <= first % 100:
        return None
    return first - first % 100 + int(short)


def _one(text: str, year: int, at: int, end: int) -> _Said:
    before, after = text[max(0, at - _NEAR) : at], text[end : end + _NEAR]
    if _STARTS_AFTER.match(after) or _STARTS_BEFORE.search(before):
        return _Said(year, None, at, end)
    if _ENDS_AFTER.match(after) or _ENDS_BEFORE.search(before):
        return _Said(None, year, at, end)
    return _Said(year, year, at, end, plain=True)


def _five_years(text: str, match: re.Match[str]) -> _Said:
    number = 11 + _TENS.index(match["unit"])
    first = _FIRST_PLAN + _FIVE * number
    if _PLAN_WORDS.match(text, match.end()):
        return _Said(None, first + _FIVE - 1, *match.span())
    if _PLAN_PART.match(text, match.end()):
        return _Said(None, None, *match.span())
    return _Said(first, first + _FIVE - 1, *match.span())


def _terms(text: str, period: tuple[int, int] | None, terms: Terms) -> list[_Said]:
    first, last = period or (None, None)
    if whole := _WHOLE.search(text):
        return [_Said(first, last, *whole.span())]
    plan = {"near": (first, None), "far": (None, last), "middle_and_far": (None, last)}
    found = []
    for match in _TERM.finditer(text):
        name = match.lastgroup or ""
        years = getattr(terms, name) or plan.get(name, (None, None))
        found.append(_Said(*years, *match.span()))
    return found


def _by_header(one: _Said, header: str | None) -> _Said:
    if not one.plain or not header:
        return one
    words = fold(header).text
    starts, ends = bool(_STARTS.search(words)), bool(_ENDS.search(words))
    if starts == ends:
        return one
    return _Said(one.first if starts else None, one.last if ends else None, one.at, one.end)


def _ends(said: list[_Said]) -> tuple[int | None, int | None]:
    firsts = [one.first for one in said if one.first is not None]
    lasts = [one.last for one in said if one.last is not None]
    return min(firsts, default=None), max(lasts, default=None)


def _period(folded: Folded, first: int | None, last: int | None, said: list[_Said]) -> Period:
    text = folded.source
    if said:
        start, end = folded.span(min(one.at for one in said), max(one.end for one in said))
    else:
        start = len(text) - len(text.lstrip())
        end = len(text.rstrip())
    return Period(first, last, text[start:end], start, end)
