"""A page of a PDF: its lines and tables from top to bottom, or why they cannot be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pdfplumber.page import Page
from pdfplumber.utils.exceptions import PdfminerException

from layers.plans.pdf_limits import TooMuchError
from layers.plans.pdf_lines import UNREADABLE, Line, characters, lines
from layers.plans.pdf_tables import Grid, TooManyLinesError, grids

PICTURE = 0.3
"""Part of a page that a scan covers at least."""
OUTLINES = 500
"""Curves on a page whose letters were turned into outlines."""
GARBLED = 0.2
"""Part of a page's characters that may be unreadable before the page is."""
MANY_SIDEWAYS = 20
"""Characters on their side that are worth a note: fewer are a stamp or a watermark."""

READ, PICTURED, GARBLED_TEXT = "read", "pictured", "garbled"
DRAWING, OVERFULL, BROKEN = "drawing", "overfull", "broken"
SIDEWAYS, PARTED, UNSURE = "sideways", "parted", "unsure"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page holds.

    ``state`` is READ, PICTURED (its text is scarce, and something that may be text is drawn),
    GARBLED_TEXT, DRAWING (too many lines for tables to be looked for), OVERFULL (too much is
    drawn to read it at all) or BROKEN. ``remarks`` are SIDEWAYS (text on its side was left out),
    PARTED and UNSURE (tables without all of their lines, see pdf_rules).
    """

    number: int
    height: float
    items: tuple[Line | Grid, ...]
    state: str = READ
    remarks: tuple[str, ...] = ()

    def lines(self) -> list[Line]:
        """Return the lines outside of tables."""
        return [item for item in self.items if isinstance(item, Line)]


def read_page(page: Page, number: int) -> Sheet:
    """Return what a page holds; it is never an error that a page cannot be read."""
    try:
        return _read(_turned(page), number)
    except PdfminerException as error:
        state = OVERFULL if isinstance(error.args[0], TooMuchError) else BROKEN
    except TooMuchError:
        state = OVERFULL
    except Exception:  # noqa: BLE001 - pdfminer raises anything over a broken page
        state = BROKEN
    finally:
        page.close()
    return Sheet(number, 0.0, (), state)


def _turned(page: Page) -> Page:
    """Return the page, turned upright if most of its text stands on its side."""
    sideways = [char for char in page.chars if not char["upright"]]
    if len(sideways) * 2 <= len(page.chars):
        return page
    up = sum(char["matrix"][1] > 0 for char in sideways) * 2 > len(sideways)
    source = page.page_obj
    source.rotate = (source.rotate + (90 if up else 270)) % 360
    source.attrs["Rotate"] = source.rotate
    return Page(page.pdf, source, page.page_number)


def _read(page: Page, number: int) -> Sheet:
    x0, top, x1, bottom = page.bbox
    seen = [
        char
        for char in page.chars
        if x0 <= (char["x0"] + char["x1"]) / 2 <= x1
        and top <= (char["top"] + char["bottom"]) / 2 <= bottom
    ]
    chars = characters(char for char in seen if char["upright"])
    shown = [char for char in chars if char.text.strip()]
    if sum(UNREADABLE in char.text for char in shown) > GARBLED * len(shown):
        return Sheet(number, page.height, (), GARBLED_TEXT)
    state = PICTURED if _is_pictured(page) else READ
    sideways = sum(not char["upright"] for char in seen) > MANY_SIDEWAYS
    remarks = [SIDEWAYS] if sideways else []
    try:
        drawn = grids(page, chars)
    except TooManyLinesError:
        return Sheet(number, page.height, tuple(lines(chars)), DRAWING, tuple(remarks))
    remarks += [PARTED] if drawn.parted else []
    remarks += [UNSURE] if drawn.unsure else []
    items = sorted([*lines(drawn.rest), *drawn.tables], key=lambda item: item.top)
    return Sheet(number, page.height, tuple(items), state, tuple(remarks))


def _is_pictured(page: Page) -> bool:
    covered = sum(image["width"] * image["height"] for image in page.images)
    return covered > PICTURE * page.width * page.height or len(page.curves) > OUTLINES


def size(items: Sequence[Line | Grid]) -> int:
    """Return how many characters lines and tables have."""
    return sum(not char.isspace() for text in _texts(items) for char in text)


def unreadable(items: Sequence[Line | Grid]) -> int:
    """Return how many of them are not known."""
    return sum(text.count(UNREADABLE) for text in _texts(items))


def _texts(items: Sequence[Line | Grid]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Line):
            yield item.text
        else:
            yield from (cell.text for row in item.rows for cell in row)
