"""The investment of a project, in 亿元, from its cell or from a sentence.

One amount is read: the total. What follows 其中, is named by who pays it or by its year, is per
hectare, or is earned and not spent is not the total. Where several amounts remain and none is
called the total or is the sum of the others, nothing is read and a note says so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from layers.plans import numerals
from layers.plans.folding import Folded, fold
from layers.plans.wordlists import any_of, table
from layers.words import say

_YUAN: dict[str, int] = table("money")["yuan"]
_WORDS: dict[str, str] = table("money")["words"]
_YI = 100_000_000
_CLAUSE = 60  # characters before an amount that say what it is

_TIMES = any_of(list(_YUAN))
_NUMBER = numerals.PRINTED
_AMOUNT = re.compile(
    rf"(?<![\d.A-Za-z])(?:(?P<low>{_NUMBER})(?P<low_times>{_TIMES})?元?(?:[-~]{{1,2}}|[至到]))?"
    rf"(?P<number>{_NUMBER})[余多]?(?P<times>{_TIMES})?余?(?:人民币)?"
    rf"(?P<unit>{_WORDS['foreign']}|元)?(?P<rate>/)?"
)
_HEADER = re.compile(rf"(?P<times>{_TIMES})?元|[(:](?P<bare>亿|万)[)]?$")
_ALONE = re.compile(
    rf"(?:约|近|大约|合计|共|总投资|投资)*:?(?P<number>{_NUMBER})(?:[-~]{{1,2}}(?P<high>{_NUMBER}))?"
    r"[余多]?(?:左右|以上|以内)?(?=$|[,，。;、(]|其中)"
)
_BLANK = re.compile(_WORDS["blank"])
_AFTER_BARE = re.compile(r"[,，。;、()]|左右|以上|$")
_STOP = re.compile(r"[,，。;:、()]")
_SPENT = re.compile(_WORDS["invested"])
_EARNED = re.compile(_WORDS["earned"])
_TOTAL = re.compile(_WORDS["total"])
_PART = re.compile(rf"{_WORDS['part']}|(?:19|20)\d\d年?(?!-)")
_EACH = re.compile(f"(?:{_WORDS['each']})$")
_BRACKETS = re.compile(r"\([^()]*\)?")
_FOREIGN = re.compile(_WORDS["foreign"])


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of money, printed at ``text[start:end]``, which is ``raw``.

    ``yi`` is it in 亿元; null where the text does not tell one amount, and then ``note`` says why,
    in Chinese.
    """

    yi: float | None
    raw: str
    start: int
    end: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _Amount:
    start: int
    end: int
    yuan: int
    is_range: bool
    foreign: bool
    total: bool
    part: bool
    spent: bool


def read(text: str, header_unit: str | None = None) -> Money | None:
    """Return the amount that a cell, or a sentence, states as a project's investment.

    ``header_unit`` is the unit, or the header's text with it (``投资估算（万元）``), that counts
    where the cell itself has none. A text without any amount gives none.

    >>> read("320", "总投资（万元）").yi, read("总投资3.2亿元，其中省级1亿元").yi
    (0.032, 3.2)
    >>> read("320").yi is None
    True
    """
    folded = fold(text)
    whole = folded.text.strip()
    if not whole:
        return None
    in_cell = header_unit is not None
    amounts = _amounts(folded.text, in_cell=in_cell)
    if amounts:
        return _chosen(folded, amounts, in_cell=in_cell)
    if alone := _ALONE.match(folded.text):
        return _bare(folded, alone, header_unit)
    raw = text.strip()
    if _BLANK.fullmatch(whole):
        return _none(folded, 0, len(folded.text), say("plan.money.blank", raw=raw))
    if in_cell and any(sign.isdigit() for sign in whole):
        return _none(folded, 0, len(folded.text), say("plan.money.unread", raw=raw))
    return None


def _amounts(text: str, *, in_cell: bool) -> list[_Amount]:
    found: list[_Amount] = []
    brackets = [match.span() for match in _BRACKETS.finditer(text)] if "(" in text else []
    last = 0
    for match in _AMOUNT.finditer(text):
        if not match["unit"] and not _is_short(text, match, in_cell=in_cell):
            continue
        sentence = text[max(last, match.start() - _CLAUSE) : match.start()]
        clause = _STOP.split(sentence)[-1]
        last = match.end()
        first = not text[: match.start()].strip("约近共:")
        if match["rate"] or _EACH.search(sentence) or _EARNED.search(clause):
            continue
        spent = bool(_SPENT.search(sentence))
        part = bool(_PART.search(clause)) or _within(brackets, match.start())
        total = bool(_TOTAL.search(clause)) and not part
        if not (spent or first or in_cell or (found and total)):
            continue
        found.append(_amount(match, total=total, part=part and not first, spent=spent))
    return found


def _is_short(text: str, match: re.Match[str], *, in_cell: bool) -> bool:
    """Whether it is money without 元: 3.2亿, 500万 at the end of a clause."""
    if match["times"] not in {"亿", "万"} or not _AFTER_BARE.match(text, match.end()):
        return False
    return in_cell or bool(_SPENT.search(text, max(0, match.start() - 12), match.start()))


def _within(brackets: Sequence[tuple[int, int]], at: int) -> bool:
    return any(start < at < end and start > 0 for start, end in brackets)


def _amount(match: re.Match[str], *, total: bool, part: bool, spent: bool) -> _Amount:
    times = _YUAN.get(match["times"] or "", 1)
    foreign = bool(match["unit"]) and match["unit"] != "元"
    yuan = numerals.scaled(numerals.printed(match["number"])) * times
    end = match.end() - len(match["rate"] or "")
    return _Amount(match.start(), end, yuan, bool(match["low"]), foreign, total, part, spent)


def _chosen(folded: Folded, amounts: list[_Amount], *, in_cell: bool) -> Money:
    totals = [one for one in amounts if one.total]
    whole = [one for one in amounts if not one.part]
    for group in (totals, whole, amounts if in_cell else []):
        if group and len({one.yuan for one in group}) == 1:
            return _money(folded, group[0])
    largest = max(amounts, key=lambda one: one.yuan)
    rest = sum(one.yuan for one in amounts) - largest.yuan
    if len(amounts) > 2 and rest == largest.yuan:  # noqa: PLR2004
        return _money(folded, largest)
    note = say("plan.money.parts") if not whole else say("plan.money.several")
    return _none(folded, amounts[0].start, amounts[-1].end, note)


def _money(folded: Folded, amount: _Amount) -> Money:
    if amount.foreign:
        return _none(folded, amount.start, amount.end, say("plan.money.foreign"))
    if amount.is_range:
        return _none(folded, amount.start, amount.end, say("plan.money.range"))
    start, end = folded.span(amount.start, amount.end)
    return Money(_in_yi(amount.yuan), folded.source[start:end], start, end)


def _bare(folded: Folded, alone: re.Match[str], header_unit: str | None) -> Money:
    unit = _header(header_unit)
    start, end = folded.span(*alone.span("number"))
    raw = folded.source[start:end]
    if alone["high"]:
        return _none(folded, alone.start("number"), alone.end("high"), say("plan.money.range"))
    if unit is None:
        return Money(None, raw, start, end, say("plan.money.no_unit", raw=raw))
    value = numerals.scaled(numerals.printed(alone["number"])) * unit
    return Money(_in_yi(value), raw, start, end)


def _header(header_unit: str | None) -> int | None:
    """Return what one is worth in 元 by a header; none if it names no unit, or two."""
    text = fold(header_unit or "").text
    if text in _YUAN:
        return _YUAN[text]
    if _FOREIGN.search(text):
        return None
    units = {_YUAN.get(m["times"] or m["bare"] or "", 1) for m in _HEADER.finditer(text)}
    return units.pop() if len(units) == 1 else None


def _in_yi(yuan: int) -> float:
    return yuan / (_YI * numerals.ONE)


def _none(folded: Folded, first: int, last: int, note: str) -> Money:
    start, end = folded.span(first, last)
    return Money(None, folded.source[start:end], start, end, note)
