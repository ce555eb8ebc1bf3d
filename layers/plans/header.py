"""The header of a table: what each column is, in the words of headers.toml."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from layers.plans.captions import bare
from layers.plans.document import ABOVE, LEFT, OWN, Row
from layers.plans.folding import fold
from layers.plans.measured import is_unit
from layers.plans.wordlists import table

HEADER_WITHIN = 4
"""A header begins in one of the first rows: above it there may be a title or a unit."""
LONGEST_WORDS = 30
"""A longer cell is no header, unless it is one among short ones."""

_BRACKETS = re.compile(r"[（(\[【][^（()）\]】]*[）)\]】]")
_UNIT = re.compile(r"(?:[（(\[【/／:：,，、；;]|单位)([千百十]?[亿万]?元|[亿万](?=[）)\]】]|$))")
_UNITS_SAID = re.compile(
    r"[（(\[【/／:：,，]\s*(?:单位[:：])?([^（()）\[\]【】:：,，]{1,8})(?=[)）\]】]|$)"
)
_COUNTED = re.compile(r"[（(](?:[个人户处家座]|万?人|万?亩|公顷|平方公里|k?m²|hm²|%)[)）]")
"""A column of numbers is none of names: 行政村（个）."""
_AFTER_SLASH = re.compile(r"[/／](?:[千百十]?[亿万]?元|年|个|项|公顷|亩|%)$")
_YEAR = re.compile(r"(?:19|20)\d\d年?")
WEAK = 100
"""The rank from which a header names something, but perhaps no project: 名称, 矿山名称."""
_SUB_YEAR = re.compile(r"(?:19|20)\d\d年?.{0,4}")
MANY = frozenset({"content", "location", "group", "annual", "assist", "value", "indicator"})
"""Roles that several columns may have; of the others the best column keeps it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        index: its place in the rows, from 0.
        text: its header without blanks; under a header over several columns both, parted by ``/``.
        role: what it is (a ``role`` of headers.toml), none if its words say nothing we know.
        rank: how well its words fit the role: 0 best.
        unit: the unit of money that the header states.
        measures: of a column of figures what they measure, as the header says, and the unit:
            ``("治理面积", "km²")``.

    """

    index: int
    text: str
    role: str | None
    rank: int = 0
    unit: str | None = None
    measures: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """The columns, and the rows (by index in the table) that the header takes."""

    columns: tuple[Column, ...]
    first: int
    height: int

    def roles(self) -> frozenset[str]:
        """Return the roles that its columns have."""
        return frozenset(column.role for column in self.columns if column.role)


@cache
def words(key: str) -> tuple[str, ...]:
    """Return a list of ``[words]`` in headers.toml."""
    return tuple(table("headers")["words"][key])


@cache
def _header_words() -> frozenset[str]:
    """Return every word that headers.toml has for a column."""
    return frozenset(
        word
        for entry in table("headers")["role"]
        for word in (*entry.get("whole", ()), *entry.get("has", ()))
    )


@cache
def role_of(text: str) -> tuple[str | None, int]:
    """Return the role that a header's words give a column, and its rank (0 best).

    >>> role_of("总投资 （万元）")
    ('investment', 1)
    >>> role_of("备选方案")
    (None, 0)
    """
    plain = _AFTER_SLASH.sub("", _BRACKETS.sub("", bare(text))).strip(":：*")
    plain = plain or re.sub(r"[^\w]", "", bare(text))
    if _YEAR.fullmatch(plain):
        return "value", 0
    counted = _COUNTED.search(text)
    for entry in table("headers")["role"]:
        if counted and entry["role"] in {"location", "township", "name"}:
            continue
        best = entry.get("rank", 0)
        if plain in entry.get("whole", ()):
            return entry["role"], best
        if any(word in plain for word in entry.get("unless", ())):
            continue
        for rank, word in enumerate(entry.get("has", ()), start=best + 1):
            if word in plain:
                return entry["role"], rank
    return None, 0


def money_unit(text: str) -> str | None:
    """Return the unit of money that a header or a caption states.

    >>> money_unit("投资估算 (亿元)"), money_unit("投资/万元"), money_unit("总投资")
    ('亿元', '万元', None)
    """
    match = _UNIT.search(bare(text))
    if match is None:
        return None
    return match[1] if match[1].endswith("元") else f"{match[1]}元"


def own_texts(row: Row) -> list[str]:
    """Return what each cell holds itself, without blanks: nothing for a merged one."""
    return [bare(cell.text) if cell.merged == OWN else "" for cell in row.cells]


def read_header(rows: Sequence[Row]) -> Header | None:
    """Return the header among the first rows of a table, if there is one."""
    for first, row in enumerate(rows[:HEADER_WITHIN]):
        texts = own_texts(row)
        if not _is_header(texts):
            continue
        height = 1
        while first + height < len(rows) and _is_sub_header(
            rows[first + height], rows[first : first + height]
        ):
            height += 1
        return Header(_columns(rows[first : first + height]), first, height)
    return None


def _is_header(texts: Sequence[str]) -> bool:
    filled = [text for text in texts if text]
    roles = [role_of(text)[0] for text in filled if len(text) <= LONGEST_WORDS]
    known = [role for role in roles if role]
    return (
        len(known) > 1
        and len(set(known)) > 1
        and (len(known) * 2 >= len(filled) or "seq" in known)
        and not any(re.fullmatch(r"[\d.]+", text) and not _YEAR.fullmatch(text) for text in filled)
    )


def _is_sub_header(row: Row, above: Sequence[Row]) -> bool:
    """Whether a row stands under a header over several columns and says what each of them is."""
    texts = own_texts(row)
    if not any(texts) or len(texts) != len(above[0].cells):
        return False
    over = own_texts(above[0])
    told = any(cell.merged == ABOVE for cell in row.cells)
    below = [
        not text
        or _is_rest(over[at], text)
        or (bool(at) and _may_stand_below(text))
        or (bool(at) and told and role_of(text)[0] is not None)
        for at, text in enumerate(texts)
    ]
    named = [at for at, text in enumerate(over) if role_of(text)[0] == "name"]
    return all(below) and (told or not any(texts[at] for at in named if texts[at] not in "名称"))


def _is_rest(above: str, text: str) -> bool:
    """Whether a header's cell is cut in two rows: 序 and 号, 总投资 and （万元）."""
    return bool(above) and (bool(_BRACKETS.fullmatch(text)) or above + text in _header_words())


def _may_stand_below(text: str) -> bool:
    plain = _BRACKETS.sub("", text)
    known = plain in words("sub_headers") or bool(_SUB_YEAR.fullmatch(plain))
    return known or _measures([text]) is not None


def _columns(rows: Sequence[Row]) -> tuple[Column, ...]:
    width = max(len(row.cells) for row in rows)
    levels = [[*own_texts(row), *[""] * (width - len(row.cells))] for row in rows]
    found = []
    for index in range(width):
        parent = _spanning(levels[0], rows, index)
        below = [level[index] for level in levels[1:] if level[index]]
        while below and _is_rest(parent, below[0]):
            parent += below.pop(0)
        text = "/".join([parent, *below] if parent else below)
        role, rank = _joint_role(parent, below)
        unit = money_unit(text) or money_unit("".join([*below, parent]))
        found.append(Column(index, text, role, rank, unit, _measures([parent, *below])))
    return _one_each(found)


def _spanning(level: Sequence[str], rows: Sequence[Row], index: int) -> str:
    """Return the header above a column: its own, or the one to the left that spans it."""
    if level[index] or len(rows) == 1:
        return level[index]
    if not any(index < len(row.cells) and row.cells[index].text.strip() for row in rows[1:]):
        return ""
    at = index
    while at and not level[at]:
        at -= 1
    return level[at]


def _measures(levels: Sequence[str]) -> tuple[str, str] | None:
    """Return what a column's figures measure and their unit, from the lowest level that has one."""
    for level in reversed(levels):
        unit = next((unit for unit in _UNITS_SAID.findall(level) if is_unit(fold(unit).text)), None)
        if unit is not None:
            what = _BRACKETS.sub("", levels[-1]).removesuffix(unit).strip("/／")
            return what, unit
    return None


def _joint_role(parent: str, below: Sequence[str]) -> tuple[str | None, int]:
    """Return the role of a column whose header has two levels."""
    over, over_rank = role_of(parent) if parent else (None, 0)
    if not below:
        return over, over_rank
    under, under_rank = role_of(below[-1])
    if over == "investment":
        whole = any(word in below[-1] for word in ("计", "总", "投资", "概算", "估算"))
        return ("investment", over_rank) if whole else ("annual", 0)
    if over == "period" and under in {"start", "end"}:
        return under, under_rank
    if over == "period":
        edges = {"起": "start", "开始": "start", "止": "end", "结束": "end"}
        return edges.get(below[-1], over), over_rank
    return (under, under_rank) if under else (over, over_rank)


def _one_each(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Leave a role to the column whose words fit best; what loses a name is what groups rows."""
    best: dict[str, Column] = {}
    for column in columns:
        if column.role and column.role not in MANY:
            kept = best.setdefault(column.role, column)
            if column.rank < kept.rank:
                best[column.role] = column
    return tuple(
        column
        if column.role is None or column.role in MANY or best[column.role] is column
        else replace(column, role="group" if column.role == "name" else None)
        for column in columns
    )


def repeats(row: Row, header: Sequence[Row]) -> bool:
    """Whether a row says again what a header's row says: after a page break, all but in full."""
    texts = own_texts(row)
    for above in header:
        said = own_texts(above)
        same = sum(bool(text) and text == other for text, other in zip(texts, said, strict=False))
        filled = sum(map(bool, texts))
        if filled > 1 and same * 4 >= 3 * max(filled, sum(map(bool, said))):
            return True
    return False


def spans_row(row: Row) -> bool:
    """Whether the file itself merged one text over most of a row."""
    return sum(cell.merged == LEFT for cell in row.cells) * 2 >= len(row.cells)
