"""Cheapest ways over a grid: who reaches a cell first, and which way a river takes."""

import heapq
from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from layers.schematic.terrain import Cell, Grid

UNREACHED = -1

StepCost = Callable[[Cell, Cell, float], float]
"""Cost of a step: from cell, to cell, metres between their centres."""


def nearest_seeds(
    grid: Grid,
    seeds: Sequence[tuple[Cell, int]],
    step_cost: StepCost,
) -> NDArray[np.int32]:
    """Return for each cell the label of the seed that reaches it at the lowest cost."""
    labels = np.full(grid.shape, UNREACHED, dtype=np.int32)
    heap: list[tuple[float, int, Cell, int]] = []
    for count, (cell, label) in enumerate(seeds):
        heap.append((0.0, count, cell, label))
    heapq.heapify(heap)
    count = len(heap)
    while heap:
        cost, _, cell, label = heapq.heappop(heap)
        if labels[cell] != UNREACHED:
            continue
        labels[cell] = label
        for other, metres in grid.around(cell):
            if labels[other] == UNREACHED:
                heapq.heappush(heap, (cost + step_cost(cell, other, metres), count, other, label))
                count += 1
    return labels


def staged_path(
    grid: Grid,
    stage_of: NDArray[np.int32],
    start: tuple[Cell, int],
    goals: Collection[Cell],
    step_cost: StepCost,
) -> list[Cell]:
    """Return the cheapest path whose stage never falls and never skips; empty if none.

    Args:
        grid: the ground.
        stage_of: stage of each cell (0, 1, ... in flow order); -1 is closed ground.
        start: first cell and its stage.
        goals: cells to end at; the path must be in the last stage there.
        step_cost: cost of a step.

    """
    last = int(stage_of.max())
    begin = (start[0], start[1])
    best: dict[tuple[Cell, int], float] = {begin: 0.0}
    came: dict[tuple[Cell, int], tuple[Cell, int]] = {}
    heap: list[tuple[float, int, tuple[Cell, int]]] = [(0.0, 0, begin)]
    wanted = set(goals)
    count = 1
    while heap:
        cost, _, state = heapq.heappop(heap)
        if cost > best[state]:
            continue
        cell, stage = state
        if cell in wanted and stage == last:
            return _unwind(came, state)
        for other, metres in grid.around(cell):
            there = int(stage_of[other])
            if there not in (stage, stage + 1):
                continue
            reached = (other, there)
            total = cost + step_cost(cell, other, metres)
            if total < best.get(reached, float("inf")):
                best[reached] = total
                came[reached] = state
                heapq.heappush(heap, (total, count, reached))
                count += 1
    return []


def _unwind(came: dict[tuple[Cell, int], tuple[Cell, int]], state: tuple[Cell, int]) -> list[Cell]:
    path = [state[0]]
    while state in came:
        state = came[state]
        path.append(state[0])
    return path[::-1]
