"""Rivers: down the DEM's valleys, through the townships that the plan names, in that order.

A river is *bound* when all its anchors lie in the townships (or counties) that the
plan names: then it may touch no other, takes them in the plan's order and never
comes back. It is *free* when the plan names only some of its places: then it
follows the valleys between its anchors, and the note says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points, substring

from layers.schematic.paths import staged_path
from layers.schematic.sources import BuildError, Seed, rings_of
from layers.schematic.terrain import Cell, Grid, drained_area

CLEARANCE = 0.0022
"""Distance that a bound river keeps from townships that are not its own, degrees."""

VALLEY_FLOOR = 0.06
"""Cost of a metre along a big stream; away from streams a metre costs 1 more."""

STREAM_KM2 = 3.0
"""Drained area at which a metre costs about half, square kilometres."""

UPHILL = 30.0
"""Metres of way that a metre uphill counts for."""

CROSSING = 1000.0
"""Metres of way that crossing into another township counts for: no weaving along borders."""

TAKEN = 40.0
"""A metre in the bed of a river drawn before counts this many times: two names, two beds."""

WIGGLE = 0.0012
"""Tolerance of simplifying a path of cells, degrees (about half a cell)."""

ACCURACY_M = 5000
"""Valleys of the 30 arc-second DEM are good to a kilometre, but which of two
neighbouring valleys bears a small river's name is the editor's estimate."""

JOINS = "汇入"
ENTERS = "入境"
LEAVES = "出境"


@dataclass(frozen=True, slots=True)
class River:
    """What is known of a river: the places it must pass, in flow order, and its anchors."""

    id: str
    name: str
    units: tuple[str, ...]
    anchors: tuple[Seed, ...]
    joins: str
    by_county: bool = False


@dataclass(slots=True)
class Waters:
    """The ground, the places and the rivers drawn so far."""

    ground: Grid
    outline: BaseGeometry
    units: dict[str, BaseGeometry]
    counties: dict[str, BaseGeometry]
    lines: dict[str, LineString] = field(default_factory=dict)
    drained: NDArray[np.float64] = field(init=False)
    unit_of: NDArray[np.int32] = field(init=False)
    taken: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        """Let the water run once for all rivers, and note which unit each cell is in."""
        self.drained = drained_area(self.ground)
        self.taken = np.zeros(self.ground.shape, dtype=bool)
        self.unit_of = np.full(self.ground.shape, -1, dtype=np.int32)
        for index, polygon in enumerate(self.units.values()):
            self.unit_of[self.ground.inside(polygon)] = index

    def places(self, river: River) -> dict[str, BaseGeometry]:
        """Return the polygons that the plan speaks of for a river: townships or counties."""
        return self.counties if river.by_county else self.units

    def step_cost(self, cell: Cell, other: Cell, metres: float) -> float:
        """Return the cost of letting a river take a step: cheap in valleys, dear uphill."""
        rise = float(self.ground.heights[other]) - float(self.ground.heights[cell])
        wild = 1.0 / (1.0 + float(self.drained[other]) / STREAM_KM2)
        crossing = CROSSING if self.unit_of[cell] != self.unit_of[other] else 0.0
        if self.taken[other]:
            metres *= TAKEN
        return metres * (VALLEY_FLOOR + wild) + UPHILL * max(0.0, rise) + crossing

    def keep(self, river: "River", line: LineString) -> None:
        """Note a drawn river; others then keep off its bed."""
        self.lines[river.id] = line
        self.taken |= self.ground.inside(line.buffer(self.ground.step))


def draw_river(waters: Waters, river: River) -> LineString:
    """Return the line of a river, source first.

    Raises:
        BuildError: no way leads through the named places in their order.

    """
    places = waters.places(river)
    homes = [unit_at(places, seed) for seed in river.anchors]
    bound = is_bound(waters, river)
    stages = _stages(waters, places, river.units if bound else ())
    cells = _route(waters, river, homes, stages, bound=bound)
    points = [waters.ground.centre(cell) for cell in cells]
    smooth = _finish(waters, river, _smooth(points))
    if not bound or passed_units(smooth, places) == list(river.units):
        return smooth
    rough = _finish(waters, river, LineString(points))
    passed = passed_units(rough, places)
    if passed != list(river.units):
        raise BuildError(f"{river.name} 应依次经过 {river.units}，画出的却是 {passed}。")
    return rough


def is_bound(waters: Waters, river: River) -> bool:
    """Tell whether the plan names all the places that the river's anchors lie in."""
    places = waters.places(river)
    return bool(river.units) and all(unit_at(places, seed) in river.units for seed in river.anchors)


def unit_at(units: dict[str, BaseGeometry], seed: Seed) -> str:
    """Return the id of the unit that holds an anchor (or is nearest to it)."""
    point = Point(seed.lon, seed.lat)
    return min(units, key=lambda unit: (units[unit].distance(point), unit))


def passed_units(line: LineString, units: dict[str, BaseGeometry]) -> list[str]:
    """Return the units that a line runs through, in order of its way; re-entry shows twice."""
    order: list[tuple[float, str]] = []
    for unit, polygon in units.items():
        cut = polygon.intersection(line)
        for piece in getattr(cut, "geoms", [cut]):
            if piece.length > 0:
                middle = piece.interpolate(0.5, normalized=True)
                order.append((line.project(middle), unit))
    passed: list[str] = []
    for _, unit in sorted(order):
        if not passed or passed[-1] != unit:
            passed.append(unit)
    return passed


def _stages(
    waters: Waters, places: dict[str, BaseGeometry], named: Sequence[str]
) -> NDArray[np.int32]:
    """Return each cell's place in the order of named units; without names all ground is 0."""
    ground = waters.ground
    stages = np.full(ground.shape, -1, dtype=np.int32)
    if not named:
        stages[ground.inside(waters.outline.buffer(-CLEARANCE))] = 0
        return stages
    own = shapely.union_all([places[unit] for unit in named])
    clear = ground.inside(own.buffer(-CLEARANCE))
    for index, unit in enumerate(named):
        stages[ground.inside(places[unit]) & clear] = index
    # Where two units meet that do not follow one another, the river keeps off their border.
    for first in range(len(named)):
        for second in range(first + 2, len(named)):
            shared = places[named[first]].intersection(places[named[second]])
            if not shared.is_empty:
                stages[ground.inside(shared.buffer(CLEARANCE))] = -1
    return stages


def _route(
    waters: Waters,
    river: River,
    homes: list[str],
    stages: NDArray[np.int32],
    *,
    bound: bool,
) -> list[Cell]:
    """Return the cells from anchor to anchor and on to the river it joins."""
    ground = waters.ground
    spots = [_open_cell(ground, stages, seed) for seed in river.anchors]
    stops: list[tuple[set[Cell], int]] = [({spot}, int(stages[spot])) for spot in spots[1:]]
    if river.joins:
        last = len(river.units) - 1 if bound else 0
        target = waters.lines[river.joins]
        if river.anchors[-1].name.startswith(JOINS):
            stops[-1:] = []
            near = Point(river.anchors[-1].lon, river.anchors[-1].lat).buffer(0.03)
            target = target.intersection(near)
        stops.append((_shore(ground, target, stages, last), last))
    path = [spots[0]]
    for goals, stage in stops:
        open_now = np.where(stages > stage, -1, stages)
        for cell in path[:-1]:
            open_now[cell] = -1
        start = (path[-1], int(stages[path[-1]]))
        leg = staged_path(ground, open_now, start, goals, waters.step_cost)
        if not leg:
            raise BuildError(
                f"{river.name} 无法依次经过 {'、'.join(river.units) or '其锚点'}（锚点在 "
                f"{'、'.join(homes)}）：请移动 seats.csv 中的估计点。"
            )
        path += leg[1:]
    return path


def _open_cell(ground: Grid, stages: NDArray[np.int32], seed: Seed) -> Cell:
    """Return the open cell nearest to an anchor."""
    cell = ground.cell(seed.lon, seed.lat)
    rows, cols = np.nonzero(stages >= 0)
    nearest = int(np.argmin((rows - cell[0]) ** 2 + (cols - cell[1]) ** 2))
    return int(rows[nearest]), int(cols[nearest])


def _shore(ground: Grid, target: BaseGeometry, stages: NDArray[np.int32], stage: int) -> set[Cell]:
    """Return the open cells along a river to be joined."""
    beside = ground.inside(target.buffer(ground.step * 1.1)) & (stages == stage)
    return {(int(row), int(col)) for row, col in zip(*np.nonzero(beside), strict=True)}


def _smooth(points: list[tuple[float, float]]) -> LineString:
    """Turn a path of cells into a line without stairs; its ends stay."""
    line = np.array(LineString(points).simplify(WIGGLE).coords)
    for _ in range(2):
        first = line[:-1] * 0.75 + line[1:] * 0.25
        second = line[:-1] * 0.25 + line[1:] * 0.75
        middle = np.stack([first, second], axis=1).reshape(-1, 2)
        line = np.vstack([line[:1], middle[1:-1], line[-1:]])
    return LineString(line).simplify(WIGGLE / 12)


def _finish(waters: Waters, river: River, line: LineString) -> LineString:
    """Lead the ends to the county line or to the river it joins; six decimals."""
    points = [tuple(point) for point in line.coords]
    border = waters.outline.boundary
    if river.anchors[0].name.startswith(ENTERS):
        points.insert(0, _onto(border, points[0]))
    if river.joins:
        joined = shapely.MultiPoint(waters.lines[river.joins].coords)
        points.append(_onto(joined, points[-1]))
    elif river.anchors[-1].name.startswith(LEAVES):
        points.append(_onto(border, points[-1]))
    result = LineString(np.round(points, 6))
    return result if result.is_simple else _without_loops(result)


def _onto(target: BaseGeometry, point: tuple[float, ...]) -> tuple[float, float]:
    nearest = nearest_points(target, Point(point))[0]
    return nearest.x, nearest.y


def _without_loops(line: LineString) -> LineString:
    """Cut out the loops of a line that meets itself: at each meeting the shorter way stays."""
    points = list(line.coords)
    kept: list[tuple[float, ...]] = []
    for point in points:
        if point in kept:
            kept = kept[: kept.index(point)]
        kept.append(point)
    result = LineString(kept)
    return result if result.is_simple else substring(result.simplify(WIGGLE), 0, 1, normalized=True)


def outline_of(polygons: Sequence[BaseGeometry]) -> BaseGeometry:
    """Return the union of polygons without the lines between them."""
    return shapely.union_all([ring for polygon in polygons for ring in rings_of(polygon)])
