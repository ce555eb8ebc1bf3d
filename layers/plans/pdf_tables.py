"""Tables that are drawn with lines on a page: their cells, and what stands in each."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pdfplumber.page import Page
from pdfplumber.table import Table as Drawn
from pdfplumber.table import merge_edges

from layers.plans.document import ABOVE, LEFT, OWN, Cell
from layers.plans.pdf_lines import Char, lines

NEAR = 3.0
"""Points: lines nearer to one another are one, 1 mm."""

MAX_EDGES = 20_000
MAX_CROSSINGS = 20_000
"""A page with more lines is a map or a chart. A table of 60 rows and 20 columns has 1,200
crossings of lines, drawn cell by cell 5,000 edges."""

Edge = Mapping[str, Any]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table on a page: its rows of cells, and the heights at which it begins and ends."""

    rows: tuple[tuple[Cell, ...], ...]
    top: float
    bottom: float


class TooManyLinesError(Exception):
    """A page has more lines than a table can have."""


def grids(page: Page, chars: Sequence[Char]) -> tuple[list[Grid], list[Char]]:
    """Return the tables of a page, from top to bottom, and the characters outside of them.

    A frame around text (one column) is no table.

    Raises:
        TooManyLinesError: the page is a drawing.

    """
    drawn = _drawn(page)
    rest = list(chars)
    found: list[Grid] = []
    for table in drawn:
        xs = sorted({cell[0] for cell in table.cells})
        if len(xs) > 1:
            grid, rest = _grid(table.cells, xs, rest)
            if any(cell.text for row in grid.rows for cell in row):
                found.append(grid)
    return sorted(found, key=lambda grid: grid.top), rest


def _drawn(page: Page) -> list[Drawn]:
    edges = [edge for edge in page.edges if max(edge["width"], edge["height"]) >= NEAR]
    if len(edges) > MAX_EDGES:
        raise TooManyLinesError
    merged = merge_edges(edges, NEAR, NEAR, NEAR, NEAR)
    across = [edge for edge in merged if edge["orientation"] == "h"]
    down = [edge for edge in merged if edge["orientation"] == "v"]
    if len(across) * len(down) > MAX_CROSSINGS:
        raise TooManyLinesError
    return page.find_tables({"explicit_vertical_lines": list(_sides(across, down))})


def _sides(across: Sequence[Edge], down: Sequence[Edge]) -> Iterator[Edge]:
    """Return the left and right side of tables that are drawn without them.

    Two lines of one extent, one below the other, with a line down between them: these are rows.
    """
    for upper, lower in pairwise(sorted(across, key=lambda edge: (edge["x0"] // NEAR, edge["top"]))):
        x0, x1, top, bottom = upper["x0"], upper["x1"], upper["top"], lower["top"]
        if abs(lower["x0"] - x0) > NEAR or abs(lower["x1"] - x1) > NEAR or bottom - top < NEAR:
            continue
        inner = (edge for edge in down if x0 + NEAR < edge["x0"] < x1 - NEAR)
        if any(edge["top"] <= top + NEAR and edge["bottom"] >= bottom - NEAR for edge in inner):
            size = {"top": top, "bottom": bottom, "width": 0, "height": bottom - top}
            for x in (x0, x1):
                yield {"object_type": "line", "x0": x, "x1": x, **size}


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
