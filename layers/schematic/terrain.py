"""The ground as a grid of heights: finer cells, drainage, slope.

A grid is in degrees (EPSG:4490; the DEM's WGS 84 is taken as equal, the two
differ by less than a metre). Row 0 is the northernmost.
"""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

METRES_PER_DEGREE = 111_195.0
"""Length of a degree of latitude on the mean sphere; grid costs need no more."""

NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Grid:
    """Heights (metres) on square cells of ``step`` degrees; west and north are the outer edges."""

    west: float
    north: float
    step: float
    heights: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.heights.shape[0], self.heights.shape[1]

    @property
    def transform(self) -> Affine:
        """The affine transform from column, row to degrees."""
        return Affine(self.step, 0.0, self.west, 0.0, -self.step, self.north)

    @property
    def cell_metres(self) -> tuple[float, float]:
        """Width and height of a cell in metres at the grid's middle."""
        middle = self.north - self.step * self.shape[0] / 2
        north_south = self.step * METRES_PER_DEGREE
        return north_south * math.cos(math.radians(middle)), north_south

    def cell(self, lon: float, lat: float) -> Cell:
        """Return the cell that holds a point, or the nearest one of the grid's rim."""
        rows, cols = self.shape
        row = math.floor((self.north - lat) / self.step)
        col = math.floor((lon - self.west) / self.step)
        return min(max(row, 0), rows - 1), min(max(col, 0), cols - 1)

    def centre(self, cell: Cell) -> tuple[float, float]:
        """Return lon, lat of a cell's centre."""
        row, col = cell
        return self.west + (col + 0.5) * self.step, self.north - (row + 0.5) * self.step

    def around(self, cell: Cell) -> Iterator[tuple[Cell, float]]:
        """Yield the up to eight neighbours of a cell and the distance to each, metres."""
        rows, cols = self.shape
        width, height = self.cell_metres
        for down, right in NEIGHBOURS:
            row, col = cell[0] + down, cell[1] + right
            if 0 <= row < rows and 0 <= col < cols:
                yield (row, col), math.hypot(down * height, right * width)

    def finer(self, times: int) -> "Grid":
        """Return the grid with each cell split, heights interpolated between cell centres."""
        heights = self.heights
        for axis in (0, 1):
            count = heights.shape[axis]
            at = (np.arange(count * times) + 0.5) / times - 0.5
            low = np.clip(np.floor(at).astype(int), 0, count - 1)
            high = np.clip(low + 1, 0, count - 1)
            share = np.clip(at - low, 0.0, 1.0)
            share = share[:, None] if axis == 0 else share[None, :]
            below, above = heights.take(low, axis), heights.take(high, axis)
            heights = below * (1 - share) + above * share
        return Grid(self.west, self.north, self.step / times, heights)

    def clip(self, bounds: tuple[float, float, float, float], cells: int) -> "Grid":
        """Return the part over bounds (west, south, east, north) plus a rim of cells."""
        west, south, east, north = bounds
        rows, cols = self.shape
        top, left = self.cell(west, north)
        bottom, right = self.cell(east, south)
        top, left = max(top - cells, 0), max(left - cells, 0)
        bottom, right = min(bottom + cells, rows - 1), min(right + cells, cols - 1)
        return Grid(
            self.west + left * self.step,
            self.north - top * self.step,
            self.step,
            self.heights[top : bottom + 1, left : right + 1],
        )

    def inside(self, geometry: BaseGeometry) -> NDArray[np.bool_]:
        """Return which cells have their centre inside a polygon."""
        if geometry.is_empty:
            return np.zeros(self.shape, dtype=bool)
        burnt = rasterize([(geometry, 1)], self.shape, transform=self.transform, dtype="uint8")
        return burnt.astype(bool)

    def slope(self) -> NDArray[np.float64]:
        """Return the slope of each cell as rise over run."""
        width, height = self.cell_metres
        south, east = np.gradient(self.heights)
        return np.hypot(south / height, east / width)


def drained_area(grid: Grid) -> NDArray[np.float64]:
    """Return the area that drains through each cell, square kilometres.

    Priority flood: starting from the rim, cells are taken lowest first and every
    cell drains to the neighbour it was reached from, so that pits and flats drain
    too (Barnes et al. 2014, https://doi.org/10.1016/j.cageo.2013.04.024).
    """
    rows, cols = grid.shape
    seen = np.zeros(grid.shape, dtype=bool)
    heap: list[tuple[float, int, Cell]] = []
    count = 0
    for row in range(rows):
        for col in range(cols):
            if row in (0, rows - 1) or col in (0, cols - 1):
                heap.append((float(grid.heights[row, col]), count, (row, col)))
                seen[row, col] = True
                count += 1
    heapq.heapify(heap)
    order: list[Cell] = []
    below: dict[Cell, Cell] = {}
    while heap:
        level, _, cell = heapq.heappop(heap)
        order.append(cell)
        for other, _ in grid.around(cell):
            if not seen[other]:
                seen[other] = True
                below[other] = cell
                heapq.heappush(heap, (max(float(grid.heights[other]), level), count, other))
                count += 1
    width, height = grid.cell_metres
    drained = np.full(grid.shape, width * height / 1e6)
    for cell in reversed(order):
        if cell in below:
            drained[below[cell]] += drained[cell]
    return drained
