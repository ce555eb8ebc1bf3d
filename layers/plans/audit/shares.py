"""Shares against the amounts that they are shares of, in the text and in tables."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from layers.plans.audit.finding import HIGH, Place, digit, finding
from layers.plans.audit.numbers import Number, numbers
from layers.plans.document import LIKELY, Record
from layers.plans.folding import fold
from layers.plans.numerals import PRINTED, plain, printed
from layers.plans.prose import Stretch, paragraphs
from layers.plans.reading import Reading
from layers.plans.rows import BodyRow
from layers.plans.structure import Part, part_at
from layers.plans.wordlists import any_of, table

_WORDS = table("audit")["shares"]
_SHARE = re.compile(
    rf"[^,，。;、\d()]{{0,12}}[,，(]?约?占(?:到|了)?(?P<of>[^,，。;\d]{{0,16}}?)"
    rf"(?:的?比[重例])?(?:约|为|达|近|的)*(?P<share>{PRINTED})%"
)
_OF_STATED = re.compile(
    rf"[^,，。;、\d()]{{0,12}}[,，(]?约?占(?P<of>[^,，。;\d]{{0,16}}?)(?P<whole>{PRINTED}[^,，。;\d]{{1,5}})的"
    rf"(?P<share>{PRINTED})%"
)
_ROUGH = re.compile(r"约|近|超|余|多|以上")
_OWN = re.compile(rf"(?:[全我本该]?[县市区旗州盟省国]|{any_of(_WORDS['own'])})(?:[境域内]|范围)*")
_GENERAL = re.compile(rf"(?:{any_of(_WORDS['general'])})*")
_LEADS = re.compile(r"(?:其中|包括|分别为)")
_COLUMN = re.compile(r"占.{0,8}比|比[例重]|占.*[%％]|[%％]")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")

FEWEST = 3
"""Shares that must agree about their whole before the one that does not is named."""

CLOSE = Fraction(1, 200)


@dataclass(frozen=True, slots=True)
class _Share:
    """A share as printed: of which number, of what, and where it ends."""

    part: Number
    of: str
    figures: str
    end: int
    whole: Number | None
    rough: bool

    @property
    def stated(self) -> Fraction:
        return Fraction(self.figures)

    def found(self, whole: Number) -> Fraction:
        return 100 * self.part.size / whole.size

    def agrees(self, whole: Number) -> bool:
        """Whether it is a share of a whole; each figure may be off by half its last digit."""
        share = self.found(whole)
        slack = share * (2 * self.part.slack / self.part.size + 2 * whole.slack / whole.size)
        slack += digit(self.figures) * (1 + 2 * self.rough)
        return abs(share - self.stated) <= slack


def shares(reading: Reading) -> Iterator[Record]:
    """Return shares in a paragraph that are not what its amounts say."""
    for stretch in paragraphs(reading.document):
        if "%" not in stretch.text or "占" not in stretch.text:
            continue
        part = part_at(reading.parts, stretch.sources[0].line)
        found = numbers(stretch.text)
        said = list(_said(stretch.text, found))
        for one in said:
            whole = one.whole or _whole(stretch.text, found, one, part)
            if whole is not None and one.part.size <= whole.size and not one.agrees(whole):
                yield _finding(stretch, part, one, whole)
        known = [one for one in said if one.whole or _whole(stretch.text, found, one, part)]
        yield from _among(stretch, part, [one for one in said if one not in known])


def _said(text: str, found: Sequence[Number]) -> Iterator[_Share]:
    for number in found:
        if not number.size:
            continue
        rough = bool(_ROUGH.search(text[max(0, number.start - 2) : number.start]))
        if match := _OF_STATED.match(text, number.end):
            start, end = match.span("whole")
            whole = next((one for one in found if (one.start, one.end) == (start, end)), None)
            if whole and whole.key == number.key:
                yield _Share(
                    number, match["of"], printed(match["share"]), match.end(), whole, rough
                )
            continue
        match = _SHARE.match(text, number.end)
        if match and match[0].count("(") == match[0].count(")"):
            rough = rough or bool(_ROUGH.search(match[0]))
            yield _Share(number, match["of"], printed(match["share"]), match.end(), None, rough)


def _whole(text: str, found: Sequence[Number], one: _Share, part: Part) -> Number | None:
    """Return the number in the paragraph that a share is said to be of; None if it is not clear."""
    of = _core(one.of, part)
    if of is None:
        return None
    before = [
        number for number in found
        if number.end < one.part.start and number.key == one.part.key and number.size
    ]  # fmt: skip
    if of:
        named = [number for number in before if _names(text, number, of, part)]
        return named[-1] if len({number.size for number in named}) == 1 else None
    if one.of and "总" not in one.of and not _OWN.search(one.of):
        return None
    for number in reversed(before):
        if "。" in text[number.end : one.part.start]:
            return None
        if _LEADS.match(text, number.end + 1) and (not one.of or _is_general(text, number, part)):
            return number
    general = [number for number in before if _is_general(text, number, part)]
    return general[0] if one.of and len(general) == 1 else None


def _names(text: str, number: Number, of: str, part: Part) -> bool:
    label = _core(re.sub(r".*年(?:底|末)?", "", _label(text, number)), part)
    return bool(label) and label.removesuffix("面积") == of.removesuffix("面积")


def _is_general(text: str, number: Number, part: Part) -> bool:
    """Whether a number is called the whole: 总面积, 国土面积."""
    label = _label(text, number)
    return (
        label.endswith("面积") and _core(re.split("[^\u4e00-\u9fff]", label)[-1], part) == ""
    ) or (label.endswith(tuple(_WORDS["totals"])))


def _core(of: str, part: Part) -> str | None:
    """Return what a share is of, without words like 全县 and 总面积; None if of a larger place."""
    of = of.replace(part.county or "\0", "")
    own = part.county[-1] if part.county else ""
    larger = re.search("全([国省市县区旗州])", of)
    if larger and own and larger[1] != own:
        return None
    of = _OWN.sub("", of)
    return "" if _GENERAL.fullmatch(of) else of.removesuffix("的").removeprefix("总")


def _label(text: str, number: Number) -> str:
    said = re.search(r"[^,，。;、\d()]*$", text[: number.start])
    return re.sub(r"(?:约|为|共|达到?|是|有|合计|总计|:)*$", "", said[0] if said else "")


def _among(stretch: Stretch, part: Part, said: Sequence[_Share]) -> Iterator[Record]:
    """Name the one share that makes another whole than all the others of its kind."""
    of, kinds = "", defaultdict(list)
    for one in said:
        of = one.of or of  # 占流失面积的 48 %, ... 占 22 %
        if one.stated:
            kinds[of, one.part.key].append(one)
    for same in kinds.values():
        for one in same:
            others = [other for other in same if other is not one]
            if len(others) < FEWEST - 1 or one.rough:
                continue
            wholes = [other.part.size / other.stated for other in others]
            middle = sorted(wholes)[len(wholes) // 2]
            if any(abs(whole - middle) > middle * CLOSE for whole in wholes):
                continue
            found = one.part.size / middle
            if abs(found - one.stated) <= found * CLOSE + digit(one.figures) * 2:
                continue
            other = others[0]
            yield finding(
                "share_among", HIGH, part.plan, _place(stretch, one.part.start, one.end),
                other=_place(stretch, other.part.start, other.end), confidence=LIKELY,
                arithmetic=f"{one.part.value} ÷ ({other.part.value} ÷ {other.figures}%) = "
                f"{plain(found, 2)}%",
                stated=plain(one.stated), found=plain(found, 2),
            )  # fmt: skip


def _finding(stretch: Stretch, part: Part, one: _Share, whole: Number) -> Record:
    share = one.found(whole)
    return finding(
        "share", HIGH, part.plan, _place(stretch, one.part.start, one.end),
        other=_place(stretch, whole.start, whole.end), confidence=LIKELY,
        arithmetic=f"{one.part.value}{one.part.unit} ÷ {whole.value}{whole.unit} = "
        f"{plain(share, 2)}%",
        stated=plain(one.stated), found=plain(share, 2),
    )  # fmt: skip


def _place(stretch: Stretch, start: int, end: int) -> Place:
    source = stretch.source(start)
    return Place(source.line, source.page, stretch.text[start:end], stretch.spans(start, end))


# ---- columns of a table ------------------------------------------------------------------------


def share_columns(reading: Reading) -> Iterator[Record]:
    """Return rows of a table whose share is not that of the amount in the column before it.

    That a column is of the shares of another one is shown by its other rows.
    """
    for one in reading.tables:
        headed = any(column.text for column in one.columns)
        rows = one.rows if headed else one.rows[1:]  # a header that is not known as one
        for column in one.columns[1:]:
            name = (
                column.text
                if headed
                else "".join(row.cells[column.index].text for row in one.rows[:1])
            )
            if _COLUMN.search(fold(name).text):
                yield from _column(reading, rows, column.index)


def _column(reading: Reading, table_rows: Sequence[BodyRow], at: int) -> Iterator[Record]:
    rows = [row for row in table_rows if _number(row.cells[at].text, row.cells[at - 1].text)]
    amounts = [Fraction(_figures(row.cells[at - 1].text)) for row in rows]
    stated = [_figures(row.cells[at].text) for row in rows]
    total = sum(amounts, Fraction())
    if len(rows) < FEWEST or len(rows) < len(table_rows) or not total:
        return
    found = [100 * amount / total for amount in amounts]
    wrong = [
        number for number, (share, figures) in enumerate(zip(found, stated, strict=True))
        if abs(share - Fraction(figures)) > 2 * digit(figures)
    ]  # fmt: skip
    if len(wrong) * 2 >= len(rows):
        return
    for number in wrong:
        row = rows[number]
        share, amount = row.cells[at], row.cells[at - 1]
        yield finding(
            "share", HIGH, part_at(reading.parts, row.line).plan,
            Place(row.line, row.page, share.text, share.spans()),
            other=Place(row.line, row.page, amount.text, amount.spans()), confidence=LIKELY,
            arithmetic=f"{plain(amounts[number])} ÷ {plain(total)} = {plain(found[number], 2)}%",
            stated=stated[number], found=plain(found[number], 2),
        )  # fmt: skip


def _figures(text: str) -> str:
    return printed(fold(text).text.removesuffix("%"))


def _number(*texts: str) -> bool:
    return all(_PLAIN.fullmatch(_figures(text)) for text in texts)
