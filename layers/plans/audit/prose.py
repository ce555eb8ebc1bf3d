"""Tables that the text points at, and names that are likely misprints."""

import re
from collections.abc import Iterator

from layers.plans.audit.finding import LOW, MEDIUM, Place, finding
from layers.plans.document import LIKELY, Record
from layers.plans.prose import Stretch, paragraphs
from layers.plans.reading import Reading
from layers.plans.structure import contents, part_at
from layers.plans.wordlists import table

_POINTS = re.compile(table("audit")["points"])
_POINTED = re.compile(table("audit")["pointed"])
_TEXT = re.compile("[。；;]")


def _place(stretch: Stretch, start: int, match: re.Match[str]) -> Place:
    first, last = start + match.start(), start + match.end()
    source = stretch.source(first)
    return Place(source.line, source.page, match[0], stretch.spans(first, last))


def pointed(reading: Reading) -> Iterator[Record]:
    """Return tables that the text points at and the document does not have."""
    numbers = {
        (part_at(reading.parts, one.lines[0]).plan, one.number)
        for one in reading.tables if one.number
    }  # fmt: skip
    if not numbers:
        return
    listed = contents(reading.document)
    numbers |= {  # the caption of a picture, or one that did not find its table
        (part_at(reading.parts, block.line).plan, _number(match))
        for block in reading.document.paragraphs()
        if block.line not in listed and not _TEXT.search(block.text)
        and (match := _POINTED.match(block.text.strip()))
    }  # fmt: skip
    for stretch in paragraphs(reading.document):
        for points in _POINTS.finditer(stretch.text):
            for match in _POINTED.finditer(stretch.text, *points.span("list")):
                yield from _pointed(reading, stretch, match, numbers)


def _number(match: re.Match[str]) -> str:
    """Return the number of a table as tables have it: ``3-2``, ``附表2``."""
    number = re.sub(r"\s", "", re.sub(r"[—–－.．]", "-", match["number"]))
    return ("附表" if match["kind"] == "附表" else "") + number


def _pointed(
    reading: Reading,
    stretch: Stretch,
    match: re.Match[str],
    numbers: set[tuple[str, str | None]],
) -> Iterator[Record]:
    number = _number(match)
    plan = part_at(reading.parts, stretch.source(match.start()).line).plan
    appended = number.startswith("附")
    if {(plan, number), (plan, number.removeprefix("附表"))} & numbers:
        return
    # tables of an appendix may stand in a file of their own
    apart = appended and not any((one or "").startswith("附") for _, one in numbers)
    yield finding(
        "pointed", LOW if apart else MEDIUM, plan, _place(stretch, 0, match),
        confidence=LIKELY, number=match[0],
    )  # fmt: skip


def proposals(reading: Reading) -> Iterator[Record]:
    """Return names that are likely misprints, as they were proposed for the projects' places."""
    seen = set()
    for project in reading.projects:
        for part in (project.values["note"] or "").split("；"):
            if "→" in part and part not in seen:
                seen.add(part)
                yield finding(
                    "misprint", LOW, project.values["plan"], Place.of(project, "name"),
                    confidence=LIKELY, evidence=part,
                )  # fmt: skip
