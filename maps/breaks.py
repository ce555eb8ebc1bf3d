"""Class breaks for colouring a map by a column. The numbers come in, no value is made."""

from collections.abc import Sequence

import numpy as np

from layers.rounding import number_text
from maps.style import Style


def classes(values: Sequence[object], limit: int) -> tuple[list[int], list[tuple[float, float]]]:
    """Return the class of each value (-1 = no number) and the (low, high) of each class.

    Classes hold about equally many distinct values; low and high are values that occur.

    >>> classes([5, None, 1, 2, 5], 2)
    ([1, -1, 0, 0, 1], [(1.0, 2.0), (5.0, 5.0)])
    """
    numbers = [_number(value) for value in values]
    distinct = sorted({value for value in numbers if value is not None})
    if not distinct:
        return [-1] * len(numbers), []
    parts = np.array_split(np.array(distinct), min(limit, len(distinct)))
    ranges = [(float(part[0]), float(part[-1])) for part in parts]
    highs = np.array([high for _, high in ranges])
    found = [-1 if value is None else int(np.searchsorted(highs, value)) for value in numbers]
    return found, ranges


def labels(ranges: Sequence[tuple[float, float]], style: Style) -> list[str]:
    """Return the legend text of each class."""
    return [
        number_text(low)
        if low == high
        else style.say("legend_range", low=number_text(low), high=number_text(high))
        for low, high in ranges
    ]


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return None
    return float(value) if np.isfinite(value) else None
