"""Lines that a table lacks: printed tables often have rules only above and below their rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from layers.plans.pdf_lines import Char, lines
from layers.plans.pdf_rows import body_end, row_cuts

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


@dataclass(frozen=True, slots=True)
class _Ruled:
    """What stands between rules of one extent, and where other rules end that lie within it."""

    extent: Band
    chars: Sequence[Char]
    ends: Sequence[float]
    across: Sequence[Edge]

    def text(self, band: Band) -> list[Char]:
        """Return the characters between two heights."""
        return [char for char in self.chars if band[0] <= char.middle <= band[1]]

    def borders(self, text: Iterable[Char]) -> list[float]:
        """Return where columns part: in the strips without text, where a rule ends if one does."""
        gaps = [(left[1], right[0]) for left, right in pairwise(_covered(text))]
        return [
            next((x for x in self.ends if left <= x <= right), (left + right) / 2)
            for left, right in gaps
        ]

    def is_ruled_within(self, top: float, bottom: float) -> bool:
        """Whether a rule runs over some columns between two heights."""
        x0, x1 = self.extent
        return any(
            top + NEAR < edge["top"] < bottom - NEAR and edge["x0"] < x1 and edge["x1"] > x0
            for edge in self.across
        )


def missing(across: Sequence[Edge], down: Sequence[Edge], chars: Sequence[Char]) -> Missing:
    """Return the lines that complete tables drawn without all of them.

    Where a line down stands between two rules of one extent, the outer sides are added. Where
    there are three rules and more and no line down, columns are parted by the strips without
    text; rules that run over some columns only end where columns do. A table that goes on over
    the page may lack the last rule.
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
        ends = [edge[side] for edge in across for side in ("x0", "x1")]
        table = _Ruled((x0, x1), held, [x for x in ends if x0 + NEAR < x < x1 - NEAR], across)
        for run in _runs(bare):
            _complete(found, table, run)
        if len(bands) == 1 and bare:
            _complete_open(found, table, bare[0])
    return found


def _bands(across: Sequence[Edge]) -> Iterator[tuple[float, float, list[Band]]]:
    """Return rules of one extent: left, right, and the bands between each two of them.

    Rules within a table that run over some of its columns make no table of their own.
    """
    groups: list[list[Edge]] = []
    for edge in sorted(across, key=lambda edge: edge["top"]):
        for group in groups:
            if all(abs(group[0][side] - edge[side]) <= NEAR for side in ("x0", "x1")):
                group.append(edge)
                break
        else:
            groups.append([edge])
    for group in groups:
        if any(_is_within(group, other) for other in groups):
            continue
        bands = [
            (upper["top"], lower["top"])
            for upper, lower in pairwise(group)
            if lower["top"] - upper["top"] > NEAR
        ]
        if bands:
            yield group[0]["x0"], group[0]["x1"], bands


def _is_within(group: Sequence[Edge], other: Sequence[Edge]) -> bool:
    """Whether rules are those of some columns of a table whose rules are the others."""
    inner, outer = group[0], other[0]
    narrower = inner["x1"] - inner["x0"] < outer["x1"] - outer["x0"] - NEAR
    beside = inner["x0"] > outer["x0"] - NEAR and inner["x1"] < outer["x1"] + NEAR
    below = inner["top"] > outer["top"] - NEAR and group[-1]["top"] < other[-1]["top"] + NEAR
    return narrower and beside and below


def _runs(bands: Iterable[Band]) -> Iterator[list[Band]]:
    run: list[Band] = []
    for band in bands:
        if run and run[-1][1] != band[0]:
            yield run
            run = []
        run.append(band)
    if run:
        yield run


def _complete(found: Missing, table: _Ruled, run: Sequence[Band]) -> None:
    """Add the lines of a table that has none down."""
    texts = [table.text(band) for band in run]
    columned = [text for text in texts if len(_covered(text)) > 1]
    if len(run) + 1 < THREE or len(columned) < max(THREE - 1, len(run) / 2):
        return
    xs = table.borders([char for text in columned for char in text])
    rows: list[Band] = []
    for (top, bottom), text in zip(run, texts, strict=True):
        one_row = len(run) + 1 > THREE or not rows or table.is_ruled_within(top, bottom)
        cuts = [] if one_row else _cuts(text, xs, top)
        if cuts is None or not xs:
            found.unsure = True
            return
        rows += pairwise([top, *cuts, bottom])
    _draw(found, table, xs, rows)


def _complete_open(found: Missing, table: _Ruled, head: Band) -> None:
    """Add the lines of a table of which only the header has rules: it goes on over the page.

    The rows must be told for sure, for text may as well stand below two rules.
    """
    top = head[1]
    below = [char for char in table.chars if char.middle > top]
    bottom = body_end(below)
    body = [char for char in below if char.middle <= bottom]
    xs = table.borders([*table.text(head), *body])
    columns = len(_covered(table.text(head)))
    if len(xs) + 1 < THREE or len(xs) + 1 != columns or table.is_ruled_within(top, bottom):
        return
    cuts = row_cuts(body, xs, top)
    if cuts is not None:
        _draw(found, table, xs, [head, *pairwise([top, *cuts, bottom])])
        found.edges.append(_across(*table.extent, bottom))


def _draw(found: Missing, table: _Ruled, xs: Sequence[float], rows: Sequence[Band]) -> None:
    x0, x1 = table.extent
    found.parted = True
    found.edges += (_across(x0, x1, top) for top, _ in rows)
    for top, bottom in rows:
        inside = xs if len(_covered(table.text((top, bottom)))) > 1 else []
        found.edges += (_down(x, top, bottom) for x in (x0, *inside, x1))


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


def _cuts(text: Sequence[Char], xs: Sequence[float], top: float) -> list[float] | None:
    """Return the heights between the rows of a table's body, none if they cannot be told.

    Without numbers in front each line must be a row: one with one text only may be the second
    line of a wrapped one.
    """
    if (told := row_cuts(text, xs, top)) is not None:
        return told
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
