"""Tables that are drawn with lines on a page: their cells, and what stands in each."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from pdfplumber.page import Page
from pdfplumber.table import merge_edges

from layers.plans.document import ABOVE, LEFT, OWN, Cell
from layers.plans.pdf_lines import Char, lines
from layers.plans.pdf_rules import NEAR, missing

MAX_EDGES = 20_000
MAX_LINES = 2_000
MAX_CROSSINGS = 6_000
"""A page with more pieces of lines, lines in one direction, or places where they may cross is a
map or a chart. A table of 60 rows and 20 columns has 1,200 crossings; drawn cell by cell, 5,000
pieces."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table on a page: its rows of cells, and the heights at which it begins and ends."""

    rows: tuple[tuple[Cell, ...], ...]
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Grids:
    """The tables of a page, and the characters that stand outside; the rest as in Missing."""

    tables: tuple[Grid, ...]
    rest: tuple[Char, ...]
    parted: bool
    unsure: bool


class TooManyLinesError(Exception):
    """A page has more lines than a table can have."""


def grids(page: Page, chars: Sequence[Char]) -> Grids:
    """Return the tables of a page, from top to bottom, and the characters outside of them.

    A frame around text (one column) is no table.

    Raises:
        TooManyLinesError: the page is a drawing.

    """
    edges = [edge for edge in page.edges if max(edge["width"], edge["height"]) >= NEAR]
    if len(edges) > MAX_EDGES:
        raise TooManyLinesError
    merged = merge_edges(edges, NEAR, NEAR, NEAR, NEAR)
    across = [edge for edge in merged if edge["orientation"] == "h"]
    down = [edge for edge in merged if edge["orientation"] == "v"]
    crossings = len({edge["top"] for edge in across}) * len({edge["x0"] for edge in down})
    if max(len(across), len(down)) > MAX_LINES or crossings > MAX_CROSSINGS:
        raise TooManyLinesError
    added = missing(across, down, chars)
    drawn = page.find_tables({
        "explicit_vertical_lines": [edge for edge in added.edges if not edge["width"]],
        "explicit_horizontal_lines": [edge for edge in added.edges if edge["width"]],
    })  # fmt: skip
    rest = list(chars)
    found: list[Grid] = []
    for cells in chain.from_iterable(_apart(table.cells) for table in drawn):
        xs = sorted({cell[0] for cell in cells})
        if len(xs) > 1:
            grid, rest = _grid(cells, xs, rest)
            if any(cell.text for row in grid.rows for cell in row):
                found.append(grid)
    found.sort(key=lambda grid: grid.top)
    return Grids(tuple(found), tuple(rest), added.parted, added.unsure)


def _apart(cells: Sequence[Box]) -> Iterator[Sequence[Box]]:
    """Return the tables that stand one on the other: not one of their columns is the same."""
    tops = sorted({cell[1] for cell in cells})
    left, right = min(cell[0] for cell in cells), max(cell[2] for cell in cells)
    borders: dict[float, set[float]] = {top: set() for top in tops}
    for cell in cells:
        inner = {x for x in (cell[0], cell[2]) if left < x < right}
        for top in tops[bisect_left(tops, cell[1]) : bisect_left(tops, cell[3])]:
            borders[top] |= inner
    first, last = tops[0], set[float]()
    for top in tops:
        if last and borders[top] and not last & borders[top]:
            yield [cell for cell in cells if first <= cell[1] < top]
            first = top
        last = borders[top] or last
    yield [cell for cell in cells if cell[1] >= first]


def _grid(
    cells: Sequence[Box], xs: Sequence[float], chars: Sequence[Char]
) -> tuple[Grid, list[Char]]:
    """Return a table with its texts, and the characters that stand in none of its cells."""
    tops = sorted({cell[1] for cell in cells})
    places: dict[tuple[int, int], Box] = {}
    for cell in cells:
        for row in range(bisect_right(tops, cell[1]) - 1, bisect_right(tops, cell[3] - NEAR)):
            for column in range(bisect_right(xs, cell[0]) - 1, bisect_right(xs, cell[2] - NEAR)):
                places[row, column] = cell
    inside: dict[Box, list[Char]] = {cell: [] for cell in cells}
    rest: list[Char] = []
    for char in chars:
        x, y = (char.x0 + char.x1) / 2, char.middle
        cell = places.get((bisect_right(tops, y) - 1, bisect_right(xs, x) - 1))
        (rest if cell is None or x > cell[2] or y > cell[3] else inside[cell]).append(char)
    texts = {cell: "\n".join(line.text for line in lines(held)) for cell, held in inside.items()}
    rows = (
        tuple(_cell(places.get((row, column)), xs[column], top, texts) for column in range(len(xs)))
        for row, top in enumerate(tops)
    )
    return Grid(tuple(rows), tops[0], max(cell[3] for cell in cells)), rest


def _cell(box: Box | None, x: float, top: float, texts: Mapping[Box, str]) -> Cell:
    """Return what a column shows in a row: the text of a cell that begins there, or whose it is."""
    if box is None:
        return Cell("")
    merged = LEFT if box[0] < x else ABOVE if box[1] < top else OWN
    return Cell("" if merged else texts[box], merged)
