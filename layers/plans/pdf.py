"""Plan documents from PDF files with a text layer: lines and tables in reading order."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from itertools import islice
from pathlib import Path

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError
from pdfminer.pdfpage import PDFPage
from pdfplumber.page import Page

from layers.errors import PlanError
from layers.plans.document import Block, Paragraph, Row, Table
from layers.plans.pdf_limits import TooMuchError, limited
from layers.plans.pdf_lines import Line
from layers.plans.pdf_page import (
    BROKEN,
    DRAWING,
    GARBLED_TEXT,
    OVERFULL,
    PARTED,
    PICTURED,
    READ,
    SIDEWAYS,
    UNSURE,
    Sheet,
    read_page,
    size,
    unreadable,
)
from layers.plans.refusal import note, refuse
from layers.words import say

MAX_PAGES = 1_000
"""A plan with its explanations has some hundred."""

FEW = 20
"""A page with fewer characters is scanned if there is a picture: a stamp, a page number."""
SCANNED = 0.8
"""Part of the pages that are scanned in a document that is a scan with a typed cover."""

_REFUSALS = {
    PICTURED: "scan",
    GARBLED_TEXT: "garbled",
    OVERFULL: "pdf_bomb",
    BROKEN: "broken_pdf",
}
"""Why a document is refused if nearly all of its pages are of a kind."""

EDGE_POINTS, EDGE_PART = 60.0, 0.08
"""How far from the upper and lower edge heads, feet and page numbers may stand."""
REPEATED = 3
"""A text at one height on so many pages is a head or a foot; on both, if there are two."""
LEVEL = 4.0
"""Points within which it stands at one height."""

_NUMBER = re.compile(
    r"[-—–－·•\s]*(?:第\s*)?(?:\d{1,4}|[IVXLivxl]{1,7})\s*(?:[/／]\s*\d{1,4})?\s*页?"
    r"(?:\s*[,，]?\s*共\s*\d{1,4}\s*页)?[-—–－·•\s]*"
)
_OF_A_TABLE = re.compile(r"续|接上|单位[:：]|表\s*[\d一二三四五六七八九十]")
"""What may stand above a table on page after page, and is no head of the page."""


def read(path: Path, raw: bytes) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Return the blocks and notes of a PDF.

    Raises:
        PlanError: the file is broken, locked, too long, a scan, or in a font without characters.

    """
    with limited():
        sheets = list(_sheets(path, raw))
    sheets, furniture = _without_furniture(sheets)
    sheets = [_weighed(sheet) for sheet in sheets]
    _refuse_unread(path, sheets)
    blocks = tuple(_blocks(sheets))
    if not blocks:
        refuse("empty", path)
    return blocks, tuple(_notes(sheets, furniture))


def _notes(sheets: Sequence[Sheet], furniture: Sequence[str]) -> Iterator[str]:
    if furniture:
        yield note("furniture", found="、".join(f"“{text}”" for text in furniture))
    for key in (PICTURED, GARBLED_TEXT, DRAWING, OVERFULL, BROKEN, SIDEWAYS, PARTED, UNSURE):
        pages = [sheet.number for sheet in sheets if key == sheet.state or key in sheet.remarks]
        if pages:
            yield note(key, pages=_listed(pages))
    unknown = [(sheet.number, unreadable(sheet.items)) for sheet in sheets]
    if pages := [number for number, count in unknown if count]:
        yield note("unknown", count=sum(count for _, count in unknown), pages=_listed(pages))


def _sheets(path: Path, raw: bytes) -> Iterator[Sheet]:
    try:
        pdf = pdfplumber.open(BytesIO(raw))
        found = list(islice(PDFPage.create_pages(pdf.doc), MAX_PAGES + 1))
    except Exception as error:  # noqa: BLE001 - pdfminer raises anything over a broken file
        _refuse_broken(path, error)
    if len(found) > MAX_PAGES:
        refuse("pages", path, limit=MAX_PAGES)
    for number, source in enumerate(found, start=1):
        try:
            page = Page(pdf, source, number)
        except Exception:  # noqa: BLE001 - a page without a size, or with an odd one
            yield Sheet(number, 0.0, (), BROKEN)
        else:
            yield read_page(page, number)


def _refuse_broken(path: Path, error: Exception) -> None:
    """Raise a PlanError for a file that does not open."""
    cause = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    if isinstance(cause, PDFEncryptionError):
        refuse("locked_pdf", path)
    if isinstance(cause, TooMuchError):
        refuse("pdf_bomb", path)
    raise PlanError(say("plan.refused.broken_pdf", file=path)) from error


# ---- heads, feet and page numbers --------------------------------------------------------------


def _without_furniture(sheets: Sequence[Sheet]) -> tuple[list[Sheet], tuple[str, ...]]:
    """Return the pages without what repeats at their edges, and what that is."""
    placed: dict[tuple[bool, str], list[float]] = {}
    for sheet in sheets:
        for line in sheet.lines():
            if (place := _edge(sheet, line)) is not None:
                placed.setdefault(_key(line, place), []).append(abs(place))
    least = min(REPEATED, max(len(sheets), 2))
    repeated = {
        key: heights
        for key, heights in placed.items()
        if len(heights) >= least and not _OF_A_TABLE.search(key[1])
    }
    shown: Counter[str] = Counter()
    found = []
    for sheet in sheets:
        kept = []
        for item in sheet.items:
            place = _edge(sheet, item) if isinstance(item, Line) else None
            if place is None or not isinstance(item, Line):
                kept.append(item)
            elif _NUMBER.fullmatch(item.text):
                continue
            elif _is_level(abs(place), repeated.get(_key(item, place), ()), least):
                shown[item.text] += 1
            else:
                kept.append(item)
        found.append(replace(sheet, items=tuple(kept)))
    return found, tuple(text for text, count in shown.most_common() if count > 1)


def _edge(sheet: Sheet, line: Line) -> float | None:
    """Return a line's distance from the near edge of its page, negative from the lower one."""
    near = max(EDGE_POINTS, EDGE_PART * sheet.height)
    if line.bottom <= near:
        return line.top
    if line.top >= sheet.height - near:
        return line.bottom - sheet.height
    return None


def _key(line: Line, place: float) -> tuple[bool, str]:
    return place >= 0, re.sub(r"\d+", "#", "".join(line.text.split()))


def _is_level(height: float, heights: Sequence[float], least: int) -> bool:
    return sum(abs(other - height) <= LEVEL for other in heights) >= least


# ---- what cannot be read -----------------------------------------------------------------------


def _weighed(sheet: Sheet) -> Sheet:
    """Return a page with a picture as read, if it has text enough."""
    if sheet.state == PICTURED and size(sheet.items) >= FEW:
        return replace(sheet, state=READ)
    return sheet


def _refuse_unread(path: Path, sheets: Sequence[Sheet]) -> None:
    """Refuse a document of which nearly nothing can be read.

    Raises:
        PlanError: nearly all pages are scanned, in a font without characters, or broken.

    """
    states = Counter(sheet.state for sheet in sheets if sheet.items or sheet.state != READ)
    said = any(size(sheet.items) for sheet in sheets)
    for state, count in states.most_common():
        if state in _REFUSALS and (not said or count >= SCANNED * states.total()):
            refuse(_REFUSALS[state], path, pages=count)


def _listed(pages: Iterable[int]) -> str:
    """Return page numbers as people write them.

    >>> _listed([1, 2, 3, 7])
    '1-3、7'

    """
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    return "、".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _blocks(sheets: Iterable[Sheet]) -> Iterator[Block]:
    line = 0
    for sheet in sheets:
        for item in sheet.items:
            if isinstance(item, Line):
                line += 1
                yield Paragraph(item.text, line, sheet.number)
                continue
            rows = []
            for cells in item.rows:
                line += 1
                rows.append(Row(cells, line, sheet.number))
            yield Table(tuple(rows))
