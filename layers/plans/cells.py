"""When two cells of a table of projects say the same."""

import math
import re
import unicodedata
from decimal import Decimal

from layers.contracts import Column
from layers.plans.drafts import CONTRACT

_BY_NAME = {column.name: column for column in CONTRACT.columns}

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_PARTS = re.compile(r"[0-9]{1,4}(?:[-/.][0-9]{1,4}){1,2}")
"""What a spreadsheet may take for a date: the number of a table, or of a row within a group."""

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_POINTER = re.compile(r"第[0-9—、]+行")

_MONTHS = {name: number for number, name in enumerate(_NAMES, start=1)}
_DATE = re.compile(
    r"[0-9]{1,2}月[0-9]{1,2}日|[0-9]{4}年[0-9]{1,2}月|"
    r"[0-9]{4}[-/年][0-9]{1,2}[-/月][0-9]{1,2}日?(?: [0-9:]+)?|"
    r"[0-9]{1,2}[-/][0-9]{1,2}[-/][0-9]{2,4}|"
    rf"[0-9]{{1,2}}-(?:{'|'.join(_NAMES)})|(?:{'|'.join(_NAMES)})-[0-9]{{2}}"
)


def same(name: str, one: str, other: str) -> bool:
    """Whether two cells of a column say the same: as typed values, not as they are written.

    >>> same("investment_yi", "0.50", ".5"), same("townships", "甲镇;乙镇", "甲镇; 乙镇")
    (True, True)
    """
    if one == other:
        return True
    try:
        first, second = _BY_NAME[name].read(one), _BY_NAME[name].read(other)
    except ValueError:
        return False
    if isinstance(first, int | float) and isinstance(second, int | float):
        return math.isclose(first, second, rel_tol=1e-12)
    return first == second


def restated(name: str, one: str, other: str) -> bool:
    """Whether a document says the same again: a note may point to other lines.

    >>> restated("note", "据第7行补", "据第9行补"), restated("note", "据第7行补", "照录")
    (True, False)
    """
    if name == "note":
        one, other = (_POINTER.sub("", text) for text in (one, other))
    return same(name, one, other)


def kept(name: str, draft: str, cell: str) -> bool:
    """Whether a cell is still the draft's: the same, or what a spreadsheet made of it.

    Opened and saved again, 11-1 becomes a date, 0.50 becomes 0.5, and m² in a Chinese Windows's
    own code m2 or m?. Nobody meant that.

    >>> kept("table", "11-1", "11月1日"), kept("investment_raw", "0.50", "0.5")
    (True, True)
    >>> kept("areas", "5 万m²=5:绿化", "5 万m?=5:绿化")
    True
    >>> kept("table", "11-1", "11-2"), kept("seq", "1", "2")
    (False, False)
    """
    return (
        same(name, draft, cell)
        or _resaved(_BY_NAME[name], draft, cell)
        or (len(cell) >= len(draft) and bool(re.fullmatch(_in_system_code(draft), cell)))
    )


def _in_system_code(text: str) -> str:
    """Return a pattern for what a Chinese Windows makes of a text in its own code.

    What the code does not have becomes a question mark or its nearest plain character.
    """
    parts = []
    for character in text:
        plain = re.escape(character)
        if character.encode("gbk", errors="replace") == b"?" != character.encode():
            plain = rf"(?:{plain}|\?|{re.escape(unicodedata.normalize('NFKC', character))})"
        parts.append(plain)
    return "".join(parts)


def _resaved(column: Column, draft: str, cell: str) -> bool:
    if column.kind != "text":
        return False
    if _NUMBER.fullmatch(draft) and _NUMBER.fullmatch(cell):
        # it drops noughts and never adds one: 1.1 made 1.10 is a person's correction
        return cell == format(Decimal(draft).normalize(), "f")
    if not (_PARTS.fullmatch(draft) and _DATE.fullmatch(cell)):
        return False
    shown = cell.partition(" ")[0]
    numbers = [int(part) for part in re.findall("[0-9]+", shown)]
    numbers += [_MONTHS[part] for part in re.findall("[A-Z][a-z]+", shown)]
    wanted = [int(part) % 100 for part in re.findall("[0-9]+", draft)]
    given = [number % 100 for number in numbers]
    return all(given.count(part) >= wanted.count(part) for part in wanted)
