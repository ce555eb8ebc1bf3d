"""Lines that a table lacks: printed tables often have rules only above and below their rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from layers.plans.pdf_lines import Char, lines

NEAR = 3.0
"""Points: lines nearer to one another are one, 1 mm."""
GAP = 0.8
"""Heights of a character: an empty strip as wide, all through a table, parts two columns."""
THREE = 3
"""A table with three rules has them above and below its header and at its end."""

Edge = Mapping[str, Any]
Band = tuple[float, float]


@dataclass(slots=True)
class Missing:
    """Lines that complete the tables of a page.

    ``parted`` says that columns were told from the strips without text between them, ``unsure``
    that rows could not be told apart: such a table is left as text.
    """

    edges: list[Edge] = field(default_factory=list)
    parted: bool = False
    unsure: bool = False


def missing(across: Sequence[Edge], down: Sequence[Edge], chars: Sequence[Char]) -> Missing:
    """Return the lines that complete tables drawn without all of them.

    Where a line down stands between two rules of one extent, the outer sides are added. Where
    there are three rules and more and no line down, columns are parted by the strips without
    text.
    """
    found = Missing()
    for x0, x1, bands in _bands(across):
        inner = [edge for edge in down if x0 + NEAR < edge["x0"] < x1 - NEAR]
        bare: list[Band] = []
        for top, bottom in bands:
            if any(_spans(edge, top, bottom) for edge in inner):
                found.edges += (_down(x, top, bottom) for x in (x0, x1))
            elif not any(_touches(edge, top, bottom) for edge in inner):
                bare.append((top, bottom))
        held = [char for char in chars if x0 <= (char.x0 + char.x1) / 2 <= x1]
        for run in _runs(bare):
            _complete(found, (x0, x1), run, held)
    return found


def _bands(across: Sequence[Edge]) -> Iterator[tuple[float, float, list[Band]]]:
    """Return rules of one extent: left, right, and the bands between each two of them."""
    groups: list[list[Edge]] = []
    for edge in sorted(across, key=lambda edge: edge["top"]):
        for group in groups:
            if all(abs(group[0][side] - edge[side]) <= NEAR for side in ("x0", "x1")):
                group.append(edge)
                break
        else:
            groups.append([edge])
    for group in groups:
        bands = [
            (upper["top"], lower["top"])
            for upper, lower in pairwise(group)
            if lower["top"] - upper["top"] > NEAR
        ]
        if bands:
            yield group[0]["x0"], group[0]["x1"], bands


def _runs(bands: Iterable[Band]) -> Iterator[list[Band]]:
    run: list[Band] = []
    for band in bands:
        if run and run[-1][1] != band[0]:
            yield run
            run = []
        run.append(band)
    if run:
        yield run


def _complete(found: Missing, extent: Band, run: Sequence[Band], chars: Sequence[Char]) -> None:
    """Add the lines of a table that has none down."""
    texts = [[char for char in chars if top <= char.middle <= bottom] for top, bottom in run]
    columned = [text for text in texts if len(_covered(text)) > 1]
    if len(run) + 1 < THREE or len(columned) < max(THREE - 1, len(run) / 2):
        return
    parts = _covered([char for text in columned for char in text])
    xs = [(left[1] + right[0]) / 2 for left, right in pairwise(parts)]
    rows: list[Band] = []
    for (top, bottom), text in zip(run, texts, strict=True):
        cuts = _cuts(text) if len(run) + 1 == THREE and rows else []
        if cuts is None or not xs:
            found.unsure = True
            return
        rows += pairwise([top, *cuts, bottom])
    found.parted = True
    found.edges += (_across(*extent, top) for top, _ in rows)
    for top, bottom in rows:
        text = [char for char in chars if top <= char.middle <= bottom]
        inside = xs if len(_covered(text)) > 1 else []
        found.edges += (_down(x, top, bottom) for x in (extent[0], *inside, extent[1]))


def _covered(chars: Iterable[Char]) -> list[tuple[float, float]]:
    """Return the stretches across the page that text covers, with clear gaps between them."""
    found: list[tuple[float, float]] = []
    for char in sorted(chars, key=lambda char: char.x0):
        if not char.text.strip():
            continue
        if found and char.x0 - found[-1][1] < GAP * char.size:
            found[-1] = found[-1][0], max(found[-1][1], char.x1)
        else:
            found.append((char.x0, char.x1))
    return found


def _cuts(text: Sequence[Char]) -> list[float] | None:
    """Return the heights between the lines of a table's body if each line is a row, else None.

    A line with one text only may be the second line of a wrapped one.
    """
    found = lines(text)
    for line in found:
        inside = [char for char in text if line.top <= char.middle <= line.bottom]
        if len(_covered(inside)) == 1:
            return None
    return [(upper.bottom + lower.top) / 2 for upper, lower in pairwise(found)]


def _spans(edge: Edge, top: float, bottom: float) -> bool:
    return edge["top"] <= top + NEAR and edge["bottom"] >= bottom - NEAR


def _touches(edge: Edge, top: float, bottom: float) -> bool:
    return edge["top"] < bottom - NEAR and edge["bottom"] > top + NEAR


def _down(x: float, top: float, bottom: float) -> Edge:
    size = {"top": top, "bottom": bottom, "width": 0, "height": bottom - top}
    return {"object_type": "line", "x0": x, "x1": x, **size}


def _across(x0: float, x1: float, top: float) -> Edge:
    size = {"top": top, "bottom": top, "width": x1 - x0, "height": 0}
    return {"object_type": "line", "x0": x0, "x1": x1, **size}
