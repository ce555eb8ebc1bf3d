"""Rows of a printed table that has no rules between them, told from the numbers in front."""

from bisect import bisect
from collections.abc import Sequence
from itertools import pairwise

from layers.plans.pdf_lines import Char, Line, lines

TOP, MIDDLE, BOTTOM = 0.0, 0.5, 1.0
"""Where a row's number stands between its first line and its last."""
LEVEL = 0.4
"""Of a line's height: two lines of text that are nearer to one another stand at one height."""
CROSSED = 0.2
"""Of a line's height: it reaches over a cut if more of it stands on either side."""
APART = 2.5
"""Heights of a line: what follows after so wide a gap is the foot of the page."""


def row_cuts(chars: Sequence[Char], borders: Sequence[float], top: float) -> list[float] | None:
    """Return the heights between the rows of a table's body; none if they cannot be told.

    The first column must count (1, 2, 3; a 合计 may follow). Texts stand at the top of their rows,
    in the middle or at the bottom: each is tried, and fits if every line of every column falls
    into a row as it must. Where several fit, the rows stand further apart than their lines, or
    nobody can tell. ``borders`` part the columns; ``top`` is the height at which the body begins.
    """
    edges = [float("-inf"), *borders, float("inf")]
    columns = [
        lines([char for char in chars if left <= (char.x0 + char.x1) / 2 < right])
        for left, right in pairwise(edges)
    ]
    marks = columns[0]
    numbers = [int(mark.text) for mark in marks if mark.text.isdecimal()]
    if not numbers or any(b != a + 1 for a, b in pairwise(numbers)):
        return None
    fitting: dict[tuple[int, ...], list[float]] = {}
    for place, cuts in (
        (TOP, _below_lines(marks, columns)),
        (MIDDLE, _from_middles(marks, top)),
        (BOTTOM, _above_lines(marks, columns)),
    ):
        if _fits(cuts, marks, columns, place):
            held = tuple(bisect(cuts, _middle(line)) for column in columns for line in column)
            fitting.setdefault(held, cuts)
    found = list(fitting.values())
    if len(found) > 1:
        found = [cuts for cuts in found if _is_apart(cuts, columns)]
    return found[0] if len(found) == 1 else None


def body_end(chars: Sequence[Char]) -> float:
    """Return the height at which a body ends that no rule closes: before the foot of the page."""
    found = lines(chars)
    for upper, lower in pairwise(found):
        if lower.top - upper.bottom > APART * (upper.bottom - upper.top):
            return upper.bottom
    return max((line.bottom for line in found), default=0.0)


def _below_lines(marks: Sequence[Line], columns: Sequence[Sequence[Line]]) -> list[float]:
    """Return cuts above each number: a row begins with it."""
    every = [line for column in columns for line in column]
    return [
        (max(line.bottom for line in every if _middle(line) < mark.top) + mark.top) / 2
        for mark in marks[1:]
    ]


def _above_lines(marks: Sequence[Line], columns: Sequence[Sequence[Line]]) -> list[float]:
    """Return cuts below each number: a row ends with it."""
    every = [line for column in columns for line in column]
    return [
        (min(line.top for line in every if _middle(line) > mark.bottom) + mark.bottom) / 2
        for mark in marks[:-1]
    ]


def _from_middles(marks: Sequence[Line], top: float) -> list[float]:
    cuts = [top]
    for mark in marks[:-1]:
        cuts.append(2 * _middle(mark) - cuts[-1])
    return cuts[1:]


def _fits(
    cuts: Sequence[float],
    marks: Sequence[Line],
    columns: Sequence[Sequence[Line]],
    place: float,
) -> bool:
    """Whether each column's text within a row stands level with the row's number."""
    bounds = [float("-inf"), *cuts, float("inf")]
    if any(upper >= lower for upper, lower in pairwise(bounds)):
        return False
    for mark, (upper, lower) in zip(marks, pairwise(bounds), strict=True):
        height = mark.bottom - mark.top
        for column in columns:
            held = [line for line in column if upper <= _middle(line) < lower]
            if any(_is_crossed(line, upper) or _is_crossed(line, lower) for line in held):
                return False
            if not held:
                continue
            first, last = _middle(held[0]), _middle(held[-1])
            if abs(first + place * (last - first) - _middle(mark)) > LEVEL * height:
                return False
    return True


def _is_apart(cuts: Sequence[float], columns: Sequence[Sequence[Line]]) -> bool:
    """Whether all rows stand further apart than the lines within any of them."""
    between, inside = [float("inf")], [0.0]
    for column in columns:
        for upper, lower in pairwise(column):
            parted = bisect(cuts, _middle(upper)) != bisect(cuts, _middle(lower))
            (between if parted else inside).append(lower.top - upper.bottom)
    return min(between) > max(inside) + 1


def _is_crossed(line: Line, cut: float) -> bool:
    height = line.bottom - line.top
    return line.top + CROSSED * height < cut < line.bottom - CROSSED * height


def _middle(line: Line) -> float:
    return (line.top + line.bottom) / 2
