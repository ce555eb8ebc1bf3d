"""What lies under subjects, looked up and fetched before it is measured (kernel_compiled.py).

Subjects come in any order: the edges under each lie anywhere in memory, and waiting for
them costs more than working with them. Needs numba; nothing else imports this module
before asking for it.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic

from zoning.overlay.lattice import MIXED, NOTHING

BLOCK = 32
"""Subjects that are looked up at a time: what they meet fits into the nearest cache."""

READ, SOON, DATA = 0, 3, 1
"""What the processor is told: it will be read, and again soon; it is no code."""


@intrinsic
def fetch(context: Any, table: Any, row: Any) -> Any:  # noqa: ARG001 - as numba calls it
    """Have a row of a C-ordered table brought near; the answer changes nothing."""

    def code(target: Any, builder: Any, _: Any, values: Any) -> Any:
        array = target.make_array(table)(target, builder, values[0])
        step = cgutils.unpack_tuple(builder, array.strides)[0]
        byte = ir.IntType(8).as_pointer()
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        place = builder.gep(builder.bitcast(array.data, byte), [builder.mul(step, values[1])])
        call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(call, [place, *(flag(value) for value in (READ, SOON, DATA))])
        return target.get_dummy_value()

    return types.void(table, row), code


@njit(cache=True, nogil=True, error_model="numpy")
def _box(xy, begin, end):
    """Return west, south, east and north of some vertices."""
    west, south = xy[begin]
    east, north = west, south
    for k in range(begin + 1, end):
        x, y = xy[k, 0], xy[k, 1]
        # No branches: nobody can guess which way a ring turns.
        west = x if x < west else west
        east = x if x > east else east
        south = y if y < south else south
        north = y if y > north else north
    return west, south, east, north


@njit(cache=True, nogil=True, error_model="numpy")
def looked_up(
    xy, starts, first_ring, begin, end, most_cells, x0, y0, length, nx, ny,
    cell_first, group_starts, edges, alone, who, boxes, under, wide,
):  # fmt: skip
    """Note the subjects from ``begin`` to ``end`` that may meet a zone; return how many.

    ``boxes`` are west, south, east and north; ``under`` the first and last column, the first
    and last row and the number of groups there. A subject within the cells that one zone
    fills has the zone, -1 and one group. The edges that the others may meet are fetched.
    """
    count = 0
    for i in range(begin, end):
        first, last = first_ring[i], first_ring[i + 1]
        if first == last:
            continue
        west, south, east, north = _box(xy, starts[first], starts[last])
        west_cell, east_cell = np.floor((west - x0) / length), np.floor((east - x0) / length)
        south_cell, north_cell = np.floor((south - y0) / length), np.floor((north - y0) / length)
        if (east_cell - west_cell + 1.0) * (north_cell - south_cell + 1.0) > most_cells:
            wide[i - begin] = True
            continue
        if west_cell >= nx or south_cell >= ny or east_cell < 0.0 or north_cell < 0.0:
            continue
        left, right = int(max(west_cell, 0.0)), int(min(east_cell, nx - 1.0))
        low, high = int(max(south_cell, 0.0)), int(min(north_cell, ny - 1.0))
        found = alone[low * nx + left]
        for row in range(low, high + 1):
            for cell in range(row * nx + left, row * nx + right + 1):
                found = found if alone[cell] == found else MIXED
        if found == NOTHING:
            continue
        if left != west_cell or right != east_cell or low != south_cell or high != north_cell:
            found = MIXED
        who[count] = i
        boxes[count, 0], boxes[count, 1] = west, south
        boxes[count, 2], boxes[count, 3] = east, north
        groups = 1
        if found == MIXED:
            groups = 0
            for row in range(low, high + 1):
                g, stop = cell_first[row * nx + left], cell_first[row * nx + right + 1]
                groups += stop - g
                for k in range(group_starts[g], group_starts[stop], 2):
                    fetch(edges, k)  # and the next one with it
        else:
            left, right = found, -1
        under[count, 0], under[count, 1] = left, right
        under[count, 2], under[count, 3] = low, high
        under[count, 4] = groups
        count += 1
    return count
