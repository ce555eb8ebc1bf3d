"""Parts of a sentence or a cell that do not make the total that it states with them.

Parts may be some of a whole only, and may overlap (公益林, 天然林). So too much counts where the
parts are listed side by side and make little too much, too little only where the words say that
they are all there are.
"""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from layers.plans.audit.finding import HIGH, MEDIUM, Place, finding
from layers.plans.audit.numbers import Number, numbers, written
from layers.plans.document import LIKELY, Record
from layers.plans.numerals import plain
from layers.plans.prose import Source, Stretch, paragraphs
from layers.plans.reading import Reading
from layers.plans.structure import part_at
from layers.plans.tables import PROJECTS
from layers.plans.wordlists import any_of, table

_SENTENCE = re.compile(r"[^。!?！？]{1,2000}")
_ALL = any_of(table("audit")["all_parts"])
_INTRO = re.compile(
    rf"[^。，,;、\d]{{0,10}}(?:[,，:(;]?(?:{any_of(table('audit')['parts'])}|(?P<all>{_ALL}))|中[,，])"
)
_BETWEEN = re.compile(r"[^,，、;。和及与\d%]{0,8}(?P<sign>[,，、;和及与])")
_SUMMED = re.compile(
    rf"[^,，、;。\d]{{0,4}}[,，;]?(?:{any_of(table('audit')['sums'])}"
    r"|[^,，、;。\d]{0,8}(?:共计|合计|总计))(?:有|为|达|约)*"
)
_NO_PART = re.compile(rf"^占|{any_of(table('audit')['no_part'])}")
_INNER = re.compile(r"\([^()]*\)")
_SETS = table("audit")["whole_sets"]

LONGEST = 16
"""Characters of what a part is called."""

OVERLAP = Fraction(5, 4)
"""Parts that make more of a total than this are no parts side by side."""

NEAR = Fraction(103, 100)
"""... and this, where only commas stand between them."""

ROUND = Fraction(1, 200)
"""What may be left out of a total in round figures (12000)."""

FEWEST = 2


def parts(reading: Reading) -> Iterator[Record]:
    """Return totals of prose and of the cells of projects that their parts do not make."""
    for stretch in _texts(reading):
        for sentence in _SENTENCE.finditer(stretch.text):
            start, end = sentence.span()
            text = _INNER.sub(lambda inner: "□" * len(inner[0]), stretch.text[:end])
            found = numbers(text, start)
            for at, total in enumerate(found):
                yield from _ahead(reading, stretch, text, found[at:])
                yield from _in_brackets(reading, stretch, total)
                yield from _behind(reading, stretch, text, found[:at], total, start)


def _texts(reading: Reading) -> Iterator[Stretch]:
    yield from paragraphs(reading.document)
    for one in reading.tables:
        if one.kind == PROJECTS:
            for row in one.rows:
                for file_row in row.rows:
                    for at, cell in enumerate(file_row.cells):
                        yield Stretch.of(cell.text, Source(file_row.line, file_row.page, at))


def _ahead(
    reading: Reading, stretch: Stretch, text: str, found: Sequence[Number]
) -> Iterator[Record]:
    """``总量 10，其中甲 6、乙 5``."""
    total = found[0]
    intro = _INTRO.match(text, total.end)
    if intro is None:
        return
    listed, beside = _listed(text, intro.end(), total, found[1:])
    made = Fraction()
    for count, part in enumerate(listed, start=1):
        made += part.size
        if count >= FEWEST and _agree(total, listed[:count], made):
            return
    if len(listed) < FEWEST:
        return
    everything = bool(intro["all"]) or _is_whole(list(_labels(text, intro.end(), listed)))
    limit = OVERLAP if beside else NEAR
    if total.key == "money":
        limit = Fraction(2)
    if made > total.size and (everything or made <= total.size * limit):
        yield _finding(reading, stretch, total, listed, HIGH)
    elif made < total.size and everything:
        yield _finding(reading, stretch, total, listed, MEDIUM)


def _in_brackets(reading: Reading, stretch: Stretch, total: Number) -> Iterator[Record]:
    """``总量 10（甲 6、乙 5）``."""
    inner = _INNER.match(stretch.text, total.end)
    if inner is None:
        return
    first, last = inner.start() + 1, inner.end() - 1
    found = numbers(stretch.text, first, last)
    listed, beside = _listed(stretch.text, first, total, found)
    made = sum((part.size for part in listed), Fraction())
    if len(listed) < FEWEST or len(listed) != len(found) or not beside:
        return
    if total.size < made <= total.size * OVERLAP and not _agree(total, listed, made):
        yield _finding(reading, stretch, total, listed, HIGH)


def _listed(
    text: str, at: int, total: Number, found: Sequence[Number]
) -> tuple[list[Number], bool]:
    """Return the numbers that are the parts, and whether they are listed side by side."""
    listed: list[Number] = []
    beside = True
    for part in (one for one in found if one.key == total.key):
        label = text[at : part.start]
        if listed:
            # a share may stand between, which is of the part before: 占 25 %; 林地 ...
            beside = beside and not set(label) & set("，,")
            label = label[max(label.rfind(sign) for sign in "，,;、和及与") + 1 :]
        if len(label) > LONGEST or not label or _NO_PART.search(label):
            break
        listed.append(part)
        at = part.end
    return listed, beside


def _labels(text: str, at: int, listed: Sequence[Number]) -> Iterator[str]:
    """Return what stands before each part."""
    for part in listed:
        yield text[at : part.start]
        at = part.end


def _is_whole(labels: Sequence[str]) -> bool:
    """Whether the words of the parts say that there are no others."""
    return any(
        len(words) == len(labels) and all(any(word in label for label in labels) for word in words)
        for words in _SETS
    )


def _behind(  # noqa: PLR0913, PLR0917 - a sentence, and where the numbers stand in it
    reading: Reading,
    stretch: Stretch,
    text: str,
    before: Sequence[Number],
    total: Number,
    start: int,
) -> Iterator[Record]:
    """``甲 6、乙 5，共 10``."""
    if not before or not _SUMMED.fullmatch(text, before[-1].end, total.start):
        return
    listed = [before[-1]]
    for part in reversed(before[:-1]):
        between = _BETWEEN.match(text, part.end)
        label = text[between.end() : listed[0].start] if between else ""
        if part.key != total.key or not between or not label or len(label) > LONGEST:
            break
        if between["sign"] not in "、和及与" or _NO_PART.search(label):
            break
        listed.insert(0, part)
    if len(listed) < FEWEST or listed[0].key != total.key:
        return
    lead = text[start : listed[0].start]
    if _SUMMED.search(lead[-6:]) or _NO_PART.search(lead[-LONGEST:]):
        return
    made = Fraction()
    for count, part in enumerate(reversed(listed), start=1):
        made += part.size
        if count >= FEWEST and _agree(total, listed[-count:], made):
            return
    yield _finding(reading, stretch, total, listed, HIGH)


def _agree(total: Number, listed: Sequence[Number], made: Fraction) -> bool:
    slack = total.slack + sum((part.slack for part in listed), Fraction())
    zeros = len(total.figures) - len(total.figures.rstrip("0"))
    if zeros and "." not in total.figures:
        rounded = total.size / Fraction(total.figures) * 10**zeros / 2
        slack = max(slack, min(rounded, total.size * ROUND))
    return abs(made - total.size) <= slack


def _finding(
    reading: Reading, stretch: Stretch, total: Number, listed: Sequence[Number], severity: str
) -> Record:
    made = sum((part.size for part in listed), Fraction())
    said = _place(stretch, total.start, total.end)
    return finding(
        "parts", severity, part_at(reading.parts, said.line).plan, said,
        other=_place(stretch, listed[0].start, listed[-1].end), confidence=LIKELY,
        arithmetic=written(listed), stated=f"{total.value}{total.unit}",
        gap=_gap(abs(made - total.size), total),
    )  # fmt: skip


def _gap(size: Fraction, total: Number) -> str:
    return f"{plain(size * Fraction(total.figures) / total.size, 4)}{total.unit}"


def _place(stretch: Stretch, start: int, end: int) -> Place:
    source = stretch.source(start)
    return Place(source.line, source.page, stretch.text[start:end], stretch.spans(start, end))
