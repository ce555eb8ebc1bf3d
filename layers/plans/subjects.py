"""What a quantity measures, and whether that is land restored: read from the words around it.

The name is the words in front of the number (``新建排污管网 5 km``), or behind it where only a verb
stands in front (``新建 5 km 排污管网``); of things that are counted, those behind it come first
(``3 座水闸``). Verbs of building are left out, verbs of doing stay.
"""

import re
from dataclasses import dataclass

from layers.plans.measured import AREA, CAPACITY, Measured
from layers.plans.restoring import Around, Land, is_among_sewage, land, speaks_of_restoring
from layers.plans.wordlists import any_of, table

_WORDS = table("works")
_NAMES = _WORDS["names"]
_VERBS = any_of(table("units")["rate"]["verbs"])
_REACH = 80  # characters in front of a number in which its name is looked for
_LONGEST = 40  # characters of a name
_FAR = 200  # characters before a number in which the plant is looked for whose capacity it is
_LONG = 16  # characters: a longer name behind a number is a sentence, one in front goes first

_BREAKS = r",，。;:()!?①-⑳⑴-⒇"
_STRONG = re.compile(rf"[{_BREAKS}]|(?<!\d)\+|\+(?!\d)")
_BEHIND = re.compile(rf"[^{_BREAKS}、+]{{1,60}}")
_IN_BRACKETS = re.compile(rf"([^{_BREAKS}]{{2,30}})(\([^()]{{1,20}}\))$")
_YEARS = (
    r"(?:到?(?:(?:19|20)\d\d年?(?:[-~至到](?:19|20)?\d\d年?)?|[“\"]?十[一二三四五六七]五[”\"]?)"
    r"(?:年?(?:期间|时期|[底前起内末]))?)"
)
_MADE_WORDS = any_of(_NAMES["made"])
_MADE = f"(?:{_MADE_WORDS}|{_NAMES['made_short']})"
_HEADS = re.compile(
    rf"^(?:[\s、.)/]|\d{{1,2}}[.、]|{_YEARS}|每?[年日]均?(?:生?产(?![气值品能])|(?={_VERBS}))"
    rf"|(?:{any_of(_NAMES['heads'])}|{_NAMES['heads_short'].strip()}|{_MADE})(?!{_NAMES['not_made']}))+"
)
_TAILS = re.compile(
    rf"(?:(?<!{')(?<!'.join(_NAMES['areas_of'])})面积|(?<!河)长"
    rf"|{any_of(_NAMES['tails'])}|{_NAMES['tails_short']}|{_YEARS})$"
)
_LAST_MADE = re.compile(rf".*{_MADE_WORDS}(?!{_NAMES['not_made']})(?=..)")
_MADE_BEHIND = re.compile(rf"(?<=.){_MADE_WORDS}")
_ONLY_DONE = re.compile(rf"(?:{any_of([*_NAMES['done'], '生态', '和', '及', '并', '、'])})+")
_RATES = re.compile(f"(?:{_VERBS}|能力|量|规模|为|[年日])+")
_PLANT = re.compile(_WORDS["things"]["plant"])
_PLANT_ENDS = re.compile(_WORDS["things"]["plant_ends"])
_FLOWS = {"volume", "mass"}
_EMPTY = {"年", "日", "每年", "每日", *_NAMES["generic"]}
_BARE = set(_NAMES["bare"])
_PARTIAL = set(_NAMES["partial"])
_WHERE = re.compile(f"{any_of(_NAMES['where'])}|.*{_NAMES['where_ends']}")
_ALL_OF = re.compile(_NAMES["whole"])
_SIZED = re.compile(_NAMES["sized"])
_STOPS = re.compile(f"(?:{_NAMES['stops']})")
_AFTERMATH = re.compile(r"^(?:以[上下内]|左右|余|多|的)+")
_AND = re.compile(r"(?<=..)[和与](?=..)")
_GROWN = re.compile(r"^([^由从]*)[由从]?.*\d.*[至到]$")
_NEXT = re.compile(rf"[、和与及]?{_YEARS}?|[、和与及]")
_MONEY = re.compile(r"^.*\d[万亿]?元(?:/.)?")
_SIZE = re.compile(
    rf"(.*?){any_of(_WORDS['not_works']['sizes'])}(?:{_WORDS['not_works']['links']})*\d"
)
_DIGIT = re.compile(r"\d")
_UNFIT = str.maketrans(
    {":": "：", ";": "；", "=": "＝", "(": "（", ")": "）"} | dict.fromkeys(" “”‘’\"'")
)

_TOTAL = re.compile(_WORDS["sums"]["total"])


@dataclass(frozen=True, slots=True)
class Subject:
    """What a quantity measures.

    Attributes:
        name: of the thing, fit for a cell; empty if the text does not say.
        clause: the words in front of the number up to a comma or the number before.
        land: what an area is for.
        total: the clause calls it a total.

    """

    name: str
    clause: str
    land: Land
    total: bool


def subjects(text: str, found: list[Measured], title: str) -> list[Subject]:
    """Return what each number that was found in a folded text measures.

    ``title``, folded, names the project: it says what a number measures of which the text does not.
    """
    restoring = speaks_of_restoring(text) or speaks_of_restoring(title)
    said: list[Subject] = []
    for at, one in enumerate(found):
        first = max(found[at - 1].end if at else 0, one.start - _REACH)
        before = text[first : one.start]
        clause = _STRONG.split(before)[-1]
        name = _name(text, found, at, before, said)
        if one.unit.group in _FLOWS:
            name = _called_after(name, text[: one.start][-_FAR:], title)
        about = Land()
        if one.unit.kind == AREA:
            words = clause
            if _WHERE.match(clause) or not _stripped(clause):
                words += _clause_behind(text, one.end)
            around = Around(words, before, title, restoring, is_among_sewage(text, one))
            about = land(name, around, said[-1].land if said else about)
        said.append(Subject(fit(name or title), clause, about, bool(_TOTAL.search(clause))))
    return said


def _called_after(name: str, before: str, title: str) -> str:
    """Return what a plant does, where the name is the plant's or says nothing: 污水处理."""
    if end := _PLANT_ENDS.search(name):
        return name[: end.start()]
    if name and not _RATES.fullmatch(name):
        return name
    plants = _PLANT.findall(before) or _PLANT.findall(title)
    return plants[-1] if plants else title or name


def _clause_behind(text: str, at: int) -> str:
    end = _STRONG.search(text, at, at + _REACH)
    return text[at : end.start() if end else at + _REACH]


def fit(name: str) -> str:
    """Return a name as a cell can hold it: no signs that part cells, not too long."""
    return name[-_LONGEST:].translate(_UNFIT)


def listed(words: str) -> list[str]:
    """Return the names of the things that a text lists, none if it names only one.

    >>> listed("新建甲塘、乙塘和丙塘")
    ['甲塘', '乙塘', '丙塘']
    """
    items = [piece for item in words.split("、") for piece in _AND.split(item)]
    names = [fit(_stripped(item)) for item in items]
    return names if len(names) > 1 and all(names) else []


def _name(text: str, found: list[Measured], at: int, before: str, said: list[Subject]) -> str:
    one = found[at]
    pieces = _STRONG.split(before)
    name = _chosen(one, pieces[-1], _ahead(before, pieces), _behind(text, found, at))
    if one.unit.kind == CAPACITY and _RATES.fullmatch(name):
        name = ""
    if name and name not in _PARTIAL and not _ONLY_DONE.fullmatch(name):
        return name
    if said and _goes_on(found, at, before, pieces):
        return f"{said[-1].name}{name}" if not name or name in _PARTIAL else name
    return f"{_earlier(before, pieces, name)}{name}"


def _goes_on(found: list[Measured], at: int, between: str, pieces: list[str]) -> bool:
    """Whether a number speaks of the thing of the number before: 矿山 3 处，面积 20 公顷."""
    for piece in pieces[:-1]:
        size = _SIZE.match(piece)
        if _stripped(size[1] if size else piece):
            return False
    if found[at - 1].unit.group != found[at].unit.group:
        return ";" not in between and "。" not in between
    return bool(_NEXT.fullmatch(pieces[-1]))


def _earlier(before: str, pieces: list[str], name: str) -> str:
    """Return the name that the sentence says before: 实施湿地恢复，宽 30 m，面积 20 公顷."""
    end = len(before) - len(pieces[-1])
    for piece in reversed(pieces[:-1]):
        if not before[:end].endswith((",", "，", ":", "(")):
            return ""
        end -= len(piece) + 1
        size = _SIZE.match(piece)
        words = size[1] if size else "" if _DIGIT.search(piece) else piece
        earlier = _stripped(words.rpartition("、")[2])
        if len(earlier) > 1 and not _WHERE.match(earlier):
            return earlier.removesuffix(name)
    return ""


def _ahead(before: str, pieces: list[str]) -> str:
    if grown := _GROWN.search(pieces[-1]):  # 处理能力由 1 万吨扩建至 2 万吨
        return _stripped(grown[1])
    if pieces[-1]:
        return _stripped(pieces[-1].rpartition("、")[2])
    if bracketed := _IN_BRACKETS.search(before):  # 封山育林(草) 20 亩
        name, bracket = _stripped(bracketed[1].rpartition("、")[2]), bracketed[2]
        return name if _DIGIT.search(bracket) else f"{name}{bracket}"
    if before.endswith("("):  # 望川湿地(4 公顷)
        return _stripped(_STRONG.split(before[:-1])[-1].rpartition("、")[2])
    return ""


def _stripped(words: str) -> str:
    words = _without_tails(_MONEY.sub("", words))
    made = _LAST_MADE.match(words)
    words = words[made.end() :] if made else words
    words = _without_tails(_HEADS.sub("", words))
    return "" if words in _EMPTY else words


def _without_tails(words: str) -> str:
    while tail := _TAILS.search(words):
        words = words[: tail.start()]
    return words


def _behind(text: str, found: list[Measured], at: int) -> str:
    one, following = found[at], found[at + 1 : at + 3]
    counted = one.unit.group == "count"
    if whole := _ALL_OF.match(text, one.end):
        rest = _BEHIND.match(text, whole.end())
        return _without_tails(rest[0]) if rest else ""
    if counted and following and _is_size(text, one, following[0]):  # 1 台 30MW 汽轮发电机组
        following = following[1:]
    end = min([one.end + _REACH, *(other.start for other in following[:1])])
    if following and not _without_tails(text[one.end : end]):  # 山体 8 处共 42 公顷
        return ""
    words = _AFTERMATH.sub("", text[one.end : end])
    if counted and (sized := _SIZED.match(words)):
        words = sized["size"] + words[sized.end() :]
    words = match[0] if (match := _BEHIND.match(words)) else ""
    if stop := _STOPS.search(words):
        words = words[: stop.start()]
    if counted:
        made = _MADE_BEHIND.search(words)
        return words[: made.start() if made else None].rstrip("和与")
    return _without_tails(words) if len(words) > 1 else ""


def _is_size(text: str, one: Measured, other: Measured) -> bool:
    if other.unit.kind != CAPACITY or other.unit.group == "count":
        return False
    gap = text[one.end : other.start]
    return not gap or bool(_RATES.fullmatch(gap))


def _chosen(one: Measured, clause: str, ahead: str, behind: str) -> str:
    counted = one.unit.group in {"count", "power"}
    if ahead and _RATES.fullmatch(ahead) and _PLANT_ENDS.search(behind):
        return behind
    if ahead and (_ONLY_DONE.fullmatch(ahead) or _RATES.fullmatch(ahead)):
        return f"{ahead}{behind}" if behind and not counted else behind or ahead
    if counted and behind and not (ahead and (len(behind) > _LONG or behind in _BARE)):
        return behind
    if behind and _WHERE.match(clause) and not _LAST_MADE.match(clause):
        return behind
    return ahead or behind
