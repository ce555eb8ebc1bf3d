"""A plan document as every reader gives it: paragraphs and tables, each at its line and page."""

from collections.abc import Iterator
from dataclasses import dataclass, field

OWN, ABOVE, LEFT = "", "above", "left"
"""Whose text a cell shows: its own, or that of the cell above or to the left with which the file
itself merged it. Word says so; a text dump cannot, its cell is merely empty."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a row: its text as in the file, with the line breaks within; may be empty."""

    text: str
    merged: str = OWN


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    ``line`` is the line in a text file; in Word and PDF, which have none, the running number of
    the paragraph or row in reading order. ``page`` is that of a PDF, from 1; none elsewhere.
    """

    cells: tuple[Cell, ...]
    line: int
    page: int | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of the cells."""
        return tuple(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """Consecutive rows as the file has them: what belongs together over pages is not joined yet.

    ``within`` is the line of the row that holds it, for a table nested in a cell.
    """

    rows: tuple[Row, ...]
    within: int | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph (Word) or a line (text, PDF); ``heading`` is its level where the file says so."""

    text: str
    line: int
    page: int | None = None
    heading: int = 0


Block = Paragraph | Table


@dataclass(frozen=True, slots=True)
class Document:
    """A document in reading order.

    Attributes:
        name: the file's name without its suffix.
        file: the file's name.
        form: ``text``, ``docx`` or ``pdf``.
        sha256: of the file's bytes.
        blocks: paragraphs and tables; empty paragraphs are left out.
        notes: what the reader chose or could not read, in Chinese.

    """

    name: str
    file: str
    form: str
    sha256: str
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()

    def paragraphs(self) -> Iterator[Paragraph]:
        """Return the paragraphs, without the tables."""
        return (block for block in self.blocks if isinstance(block, Paragraph))

    def tables(self) -> Iterator[Table]:
        """Return the tables."""
        return (block for block in self.blocks if isinstance(block, Table))


@dataclass(frozen=True, slots=True)
class Span:
    """Where a value stands: ``text[start:end]`` of a cell, or of a paragraph (``cell`` is -1)."""

    line: int
    cell: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Record:
    """A row of an output table: the text of every column, and where each was read.

    ``values`` has ``None`` where the document states nothing. ``spans`` has the columns that were
    read from somewhere; a value that was worked out (a sum, a plan's id) has none.
    """

    values: dict[str, str | None]
    spans: dict[str, tuple[Span, ...]] = field(default_factory=dict)


CERTAIN, LIKELY, UNSURE = "high", "medium", "low"
"""How sure a parser is of a row, as written in the column ``confidence``."""

PROJECTS = (
    "plan", "table", "table_title", "seq", "name", "location", "content_line", "townships",
    "villages", "rivers", "places", "counties", "investment_yi", "investment_raw", "start_year",
    "end_year", "period_raw", "owner", "owner_raw", "restoration_ha", "areas", "lengths_km",
    "capacities", "line", "page", "confidence", "note",
)  # fmt: skip
FEATURES = (
    "plan", "kind", "name", "class", "level", "measure", "value", "unit", "hectares", "text",
    "townships", "line", "page", "confidence", "note",
)  # fmt: skip
RULES = (
    "plan", "effect", "place_kind", "place", "distance_m", "slope_deg", "activity", "text", "line",
    "page", "confidence", "note",
)  # fmt: skip
INDICATORS = (
    "plan", "table", "table_title", "group", "seq", "name", "unit", "base_year", "base_value",
    "target_year", "target_value", "attribute", "line", "page", "confidence", "note",
)  # fmt: skip
AUDIT = (
    "plan", "check", "severity", "message", "arithmetic", "line", "page", "text", "other_line",
    "other_page", "other_text", "confidence",
)  # fmt: skip
"""Columns of the five tables, in order."""
