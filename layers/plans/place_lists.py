"""What stands in lists and reaches beside the names that have a noun of their own.

甲镇乙、丙、丁村 shares its 村, 上、下丁村 all but a character, 甲、乙污水处理厂 the works;
(乙-丙段) has two ends without any noun, and a list that begins with villages goes on with some
that do not say that they are.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from layers.plans.place_tokens import UNITS, Piece, Token
from layers.plans.place_words import HAN, NAMED, refused, words
from layers.plans.wordlists import table

_BETWEEN = frozenset("、和及与或")
_RANGE = ("-", "至", "到")
_ITEM = re.compile(f"[{HAN}]{{2,5}}")
_SHARING = re.compile(f"[{HAN}]{{1,3}}")
_ENDPOINT = re.compile(f"[{HAN}]{{2,6}}")
_PAIRS = ("上下", "东西", "南北", "东南", "西北", "前后", "大小", "左右", "内外", "新旧", "新老")
_NOUN = re.compile("(?:街道办事处|街道办|街道|民族乡|社区|村|镇|乡|河|江|溪|水)$")
_NUMERALS = "两三四五六七八九十"
_COUNT = re.compile(f"([{_NUMERALS}])个?(?:行政|自然)?(村|社区|镇|乡|街道)")
_REACH_END = re.compile("(?:河?段|河道|区间)")
_STREET = re.compile("[主次]?干[道路]|路|街|大道")


@dataclass(frozen=True, slots=True)
class _Item:
    """A piece of a list: what stands in it from ``start``, behind the units it begins with.

    ``led`` says that the unit is a township; ``token`` is the name that all of the rest is.
    """

    piece: Piece
    start: int
    rest: str
    led: bool
    token: Token | None


def listed(text: str, found: Sequence[Piece], *, place: bool) -> tuple[Token, ...]:
    """Return all names of a text, in order: those of its pieces and those that its lists tell.

    Args:
        text: made ready.
        found: its pieces.
        place: the text says where the project is.

    """
    told = [*_reaches(text, found), *_on_rivers(text, found)]
    # In a sentence a comma parts clauses, in a cell of locations names.
    for run in _runs(found, _BETWEEN | {","} if place else _BETWEEN):
        # What shares the 村 of a later item is called so, not as it stands alone.
        told += [*_villages(run, place=place), *_shared(run, place=place)]
        told += [*_either(run), *_mixed(run), *_counted(text, run)]
    told = list({(token.start, token.end, token.family): token for token in told}.values())
    taken = {(token.start, token.end) for token in told}
    own = [
        token
        for piece in found
        for token in piece.tokens
        if token.family in _KEPT or (token.start, token.end) not in taken
    ]
    return tuple(sorted([*own, *told], key=lambda token: (token.start, token.end)))


_KEPT = (*UNITS, "township")
"""Families that stay what they are whatever a list tells of a longer name."""


def _runs(found: Sequence[Piece], between: frozenset[str]) -> Iterator[list[_Item]]:
    """Return the pieces that follow one another in lists."""
    run: list[_Item] = []
    for piece in found:
        if run and not (piece.before in between and run[-1].piece.after == piece.before):
            yield run
            run = []
        run.append(_item(piece))
    yield run


def _item(piece: Piece) -> _Item:
    start, led = piece.start, False
    for token in piece.tokens:
        if token.family in _KEPT and (token.start == start or not led):
            start, led = token.end, token.family == "township"
    whole = next((t for t in piece.tokens if (t.start, t.end) == (start, piece.end)), None)
    return _Item(piece, start, piece.text[start - piece.start :], led, whole)


def _either(run: Sequence[_Item]) -> list[Token]:
    """Return what is meant where a name is a river's and a township's: what is listed with it."""
    families = {
        token.family
        for item in run
        for token in item.piece.tokens[-1:]
        if token.end == item.piece.end and token.family in NAMED
    }
    if len(families) != 1:
        return []
    family = families.pop()
    either = [item.token for item in run if item.token and item.token.family == "either"]
    return [
        replace(token, family=family, name=token.township if family == "township" else token.name)
        for token in either
    ]


# ---- villages --------------------------------------------------------------------------------


def _villages(run: Sequence[_Item], *, place: bool) -> list[Token]:
    """Return the villages of a list that have no noun, and the townships that no list has."""
    found: list[Token] = []
    sure = [any(token.family == "village" for token in item.piece.tokens) for item in run]
    townships = any(item.led and not item.rest for item in run)
    for at, item in enumerate(run):
        if sure[at] or not _is_open(item):
            continue
        where = (item.start, item.piece.end)
        if townships and not item.led:
            if item.token is None:
                found.append(Token("unlisted", item.rest, *where))
            continue
        beside = any(sure[max(at - 1, 0) : at + 2])
        led = (item.led or run[0].led) and item.token is None
        if _is_village(item.rest, led=led, beside=beside, place=place):
            found.append(Token("village", item.rest, *where))
            sure[at] = True
    return found


def _is_open(item: _Item) -> bool:
    """Whether it is still open what an item is: it may be a village by what it ends with."""
    if not _ITEM.fullmatch(item.rest):
        return False
    beyond = [token for token in item.piece.tokens if token.end > item.start]
    return beyond in ([], [item.token]) and (not beyond or item.token.family == "place")


def _is_village(rest: str, *, led: bool, beside: bool, place: bool) -> bool:
    """Whether an item without 村 is a village, by what it ends with and where it stands."""
    lists = table("places")["villages"]
    if rest.endswith(tuple(lists["weak_not"])) or refused("village", rest):
        return False
    if set(rest[1:-2]) & set(lists["firm"]):
        return False  # two names: 丙庄丁沟
    if rest[-1] in lists["firm"]:
        return led or beside or place
    return rest[-1] in lists["weak"] and (led or beside)


def _mixed(run: Sequence[_Item]) -> list[Token]:
    """Return as unknown the rivers of a township's list that has other items nobody knows."""
    if not run[0].led or not any(item.token is None and _is_open(item) for item in run):
        return []
    rivers = [item.token for item in run if item.token and item.token.family == "river"]
    return [replace(token, family="unknown") for token in rivers]


# ---- shared endings --------------------------------------------------------------------------


def _shared(run: Sequence[_Item], *, place: bool) -> list[Token]:
    """Return the names of a list whose last one says for all what they are."""
    found: list[Token] = []
    led = place or run[0].led or sum(item.led and not item.rest for item in run) > 1
    last, noun = _NOTHING, ""
    for item in reversed(run):
        name = _completed(item, last, noun, led=led) if noun else None
        if name:
            found.append(name)
        elif own := _tail(item):
            last, noun = own
        else:
            noun = ""
    return found


def _counted(text: str, run: Sequence[_Item]) -> list[Token]:
    """Return the names of a list that a number and a noun end: 丙、丁、戊三村."""
    match = _COUNT.match(text, run[-1].piece.end)
    if not match or _NUMERALS.find(match[1]) + 2 != len(run):
        return []
    if any(item.token or not _ITEM.fullmatch(item.rest) for item in run):
        return []
    if match[2] in {"村", "社区"}:
        return [Token("village", item.rest, item.start, item.piece.end) for item in run]
    return [Token("township", item.rest + match[2], item.start, item.piece.end) for item in run]


def _tail(item: _Item) -> tuple[Token, str] | None:
    """Return the name that an item begins with and the noun that it may share with those before."""
    tokens = item.piece.tokens
    for token in tokens:
        if token.family in NAMED and item.start in {token.start, token.end}:
            works = next(
                (t for t in tokens if t.start == token.start and t.family == "place"), None
            )
            if works:
                return works, works.name[token.end - token.start :]
            noun = _NOUN.search(token.name[1:])
            return (token, noun.group()) if noun else None
    return None


_NOTHING = Token("", "", 0, -1)


def _completed(item: _Item, last: Token, noun: str, *, led: bool) -> Token | None:
    """Return an item with what it shares with the last one; none if it shares nothing."""
    where = (item.start, item.piece.end)
    if last.family == "place":
        name = item.piece.text + noun
        return Token("place", name, item.piece.start, item.piece.end) if _is_owner(item) else None
    rest = item.rest
    if any(token.end > item.start for token in item.piece.tokens) or not _SHARING.fullmatch(rest):
        return None
    if len(rest) == 1:
        paired = any({rest, last.name[0]} == set(pair) for pair in _PAIRS)
        return Token(last.family, rest + last.name[1:], *where) if paired else None
    if rest.endswith(noun) and last.family == "river":
        return Token("river", rest, *where)
    if last.family == "river" or not led or refused(last.family, rest + noun):
        return None
    # 丙庄、丁村 are two kinds of names, 丙湾、丁湾村 share the 村.
    ends = table("places")["villages"]["whole"]
    whole = noun == "村" and rest[-1] in ends and last.name[-2] not in ends
    return Token(last.family, rest if whole else rest + noun, *where)


def _is_owner(item: _Item) -> bool:
    """Whether an item is a township's name and nothing else."""
    tokens = item.piece.tokens
    return (
        len(tokens) == 1
        and tokens[0].family in {"township", "either"}
        and (tokens[0].start, tokens[0].end) == (item.piece.start, item.piece.end)
    )


# ---- reaches ---------------------------------------------------------------------------------


def _reaches(text: str, found: Sequence[Piece]) -> list[Token]:
    """Return the ends of a reach that are named without a noun: (乙-丙段)."""
    told: list[Token] = []
    last, river = _NOTHING, False
    for first, second in pairwise(found):
        if first.tokens:
            last = first.tokens[-1]
            river = river or any(token.family == "river" for token in first.tokens)
        if first.after not in _RANGE:
            continue
        family = _reach_of(text, first, second, last, river=river)
        for piece in (first, second) if family else ():
            rest = _REACH_END.split(piece.text)[0]
            if not piece.tokens and _is_end(rest):
                told.append(Token(family, rest, piece.start, piece.start + len(rest)))
    return told


def _reach_of(text: str, first: Piece, second: Piece, last: Token, *, river: bool) -> str:
    """Return of what family the ends of a reach are: villages on a river, places on a road.

    ``last`` is the name before the reach; ``river`` says that a river stands before it.
    """
    enclosed = first.before == "(" and second.after == ")"
    if not enclosed and not _REACH_END.search(text, second.start, second.end + 3):
        return ""
    adjoining = last.end in {first.start - 1, first.end}
    if (adjoining and last.family == "place") or _STREET.match(text, second.end + 1):
        return "place"
    return "village" if river or text.startswith("河道", second.end) else ""


def _is_end(rest: str) -> bool:
    """Whether the end of a reach is a name: the mouth of a river or the county's border is none."""
    ends = tuple(table("places")["cuts"]["ends"])
    return bool(_ENDPOINT.fullmatch(rest)) and not rest.endswith(ends)


def _on_rivers(text: str, found: Sequence[Piece]) -> list[Token]:
    """Return villages named on a river, before 上游 and the like: 某河乙庄上游."""
    told: list[Token] = []
    firm = table("places")["villages"]["firm"]
    for piece in found:
        last = piece.tokens[-1] if piece.tokens else _NOTHING
        rest = piece.text[last.end - piece.start :]
        named = last.family == "river" and _ITEM.fullmatch(rest) and rest[-1] in firm
        if named and words().near.match(text, piece.end):
            told.append(Token("village", rest, last.end, piece.end))
    return told
