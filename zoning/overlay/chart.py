"""A step of PROJ as polynomials, tile by tile: the same place to some hundredths of a micrometre.

What PROJ does is smooth: over some tens of kilometres a polynomial of degree 5 differs from
it by no more than its own rounding. Each tile's polynomials are fitted to what PROJ says at
some places of the tile, then compared with PROJ at others. A tile where they are further
apart than ``ERROR``, or that few points ask for, is left to PROJ. Whether that is so depends
on the points of one call only: no answer depends on what was asked before, or by whom.
Needs numba.
"""

import itertools

import numpy as np
from numpy.typing import NDArray

from zoning.overlay.carry import Carry
from zoning.overlay.chart_compiled import bounds, carried, counted

DEGREE = 5
TERMS = tuple((a, b) for a in range(DEGREE + 1) for b in range(DEGREE + 1 - a))
"""Powers of x and of y, in the order in which ``chart_compiled`` takes them."""

SIDE = {"degrees": 0.5, "metres": 32_768.0}
"""Of a tile, by the unit that a step starts from: powers of two, so corners are exact."""

ERROR = {"degrees": 1e-13, "metres": 3e-8}
"""How far a polynomial may be from PROJ where it is checked, by the unit that a step leads to."""

ENOUGH = 512
"""Points of one call that a tile is fitted for; fewer cost less with PROJ."""

MOST_TILES = 1 << 20
"""Tiles in the box around the points of one call: what is spread wider is left to PROJ."""


def _grid(nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array(list(itertools.product(nodes, nodes)))


def _powers(places: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([places[:, 0] ** a * places[:, 1] ** b for a, b in TERMS])


FITTED = _grid(np.cos(np.pi * (np.arange(8) + 0.5) / 8))
CHECKED = _grid(np.linspace(-1.0, 1.0, 9))
"""Places of a tile, from its middle in halves of its side: PROJ is asked there for the fit
(Chebyshev's nodes, where polynomials sway least), and for the check, its corners included."""

SOLUTION = np.linalg.pinv(_powers(FITTED))


class Chart:
    """A step as PROJ does it, from one unit to another (``degrees`` or ``metres``)."""

    def __init__(self, exact: Carry, unit: str, to_unit: str) -> None:
        """Take a step and the units it starts from and leads to."""
        self.exact = exact
        self.side, self.error = SIDE[unit], ERROR[to_unit]
        self._tiles: dict[tuple[int, int], NDArray[np.float64] | None] = {}

    def __call__(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where the step carries finite points ``(n, 2)``.

        Time: some nanoseconds a point, and 146 points of PROJ for each tile, once.
        """
        box = self._box(xy)
        if box is None:
            return self.exact(xy)
        counts = counted(xy, self.side, box)
        asked = np.flatnonzero(counts >= ENOUGH)
        keys = [(box[0] + at // box[3], box[1] + at % box[3]) for at in asked.tolist()]
        self._fit([key for key in keys if key not in self._tiles])
        polynomials = [self._tiles[key] for key in keys]
        sound = np.array([one is not None for one in polynomials], dtype=bool)
        number = np.full(len(counts), -1, np.int32)
        number[asked[sound]] = np.arange(sound.sum())
        table = np.array([one for one in polynomials if one is not None])
        table = table.reshape(-1, 2, len(TERMS) + 1)
        there, left = carried(xy, self.side, box, number, table)
        if left.any():
            there[left] = self.exact(xy[left])
        return there

    def _box(self, xy: NDArray[np.float64]) -> tuple[int, int, int, int] | None:
        """Return first column and row, and the numbers of both; none where it does not pay."""
        if len(xy) < ENOUGH:
            return None
        west, south, east, north = bounds(xy)
        low = np.floor(np.array([west, south]) / self.side)
        size = np.floor(np.array([east, north]) / self.side) - low + 1
        return (*low.astype(int), *size.astype(int)) if size.prod() <= MOST_TILES else None

    def _fit(self, tiles: list[tuple[int, int]]) -> None:
        """Fit the polynomials of some tiles, all in one call of PROJ."""
        if not tiles:
            return
        places = np.concatenate([np.zeros((1, 2)), FITTED, CHECKED])
        at = (np.array(tiles)[:, None] + 0.5 + 0.5 * places) * self.side
        there = self.exact(at.reshape(-1, 2)).reshape(at.shape)
        middle, fitted, checked = np.split(there, [1, 1 + len(FITTED)], axis=1)
        with np.errstate(invalid="ignore"):  # PROJ says infinity where it cannot
            found = SOLUTION @ (fitted - middle)
            off = np.abs(_powers(CHECKED) @ found + middle - checked).max(axis=(1, 2))
        sets = np.concatenate([found, middle], axis=1).transpose(0, 2, 1)
        for key, polynomials, error in zip(tiles, sets, off, strict=True):
            self._tiles[key] = polynomials if error <= self.error else None
