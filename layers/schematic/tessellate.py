"""Townships: every place belongs to the seat that is easiest to reach.

The partition is made on the DEM (a climb counts as extra distance, so that
borders tend to follow ridges), its jagged borders are simplified and rounded,
and cut to the county. New borders end at vertices that the county polygon
already has, so the townships cover the county exactly: no gap, no overlap, and
their union has the county's own vertices and no others.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import shapes
from shapely import LineString, MultiLineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge, polygonize
from shapely.strtree import STRtree

from layers.schematic.paths import nearest_seeds
from layers.schematic.sources import BuildError, Seed, rings_of
from layers.schematic.terrain import Cell, Grid

CLIMB = 12.0
"""Metres of way that a metre of climb or descent counts for."""

OUTSIDE = 4.0
"""A way outside the county counts this many times: seats are not reached around it."""

SIMPLIFY = 0.008
"""Smallest wiggle of a border that is kept, degrees (its square is an area)."""

DECIMALS = 6
RIM = 0.004
"""A new border is bent to a county vertex from this distance to the county line, degrees."""

TINY = 1e-7
"""Two borders closer than this are one, degrees."""


def tessellate(grid: Grid, county: BaseGeometry, seeds: Sequence[Seed]) -> dict[str, Polygon]:
    """Cut a county into one polygon for each code among the seeds.

    Args:
        grid: heights around the county, fine enough (10 arc-seconds).
        county: the county polygon, EPSG:4490.
        seeds: seed points; several may share a code.

    Raises:
        BuildError: a seed lies outside the county, or a township gets no ground.

    """
    codes = sorted({seed.code for seed in seeds})
    for seed in seeds:
        if not county.contains(Point(seed.lon, seed.lat)):
            raise BuildError(f"种子点 {seed.code} {seed.name} 不在县界内，请修改 seats.csv。")
    labels = _nearest(grid, county, seeds, codes)
    cells = _cells(grid, labels, len(codes))
    borders = _borders(cells)
    faces = _faces(county, _bend_to_county(borders, county))
    parts = _assign(faces, cells, seeds, codes)
    _check(parts, county)
    return dict(zip(codes, parts, strict=True))


def _nearest(
    grid: Grid, county: BaseGeometry, seeds: Sequence[Seed], codes: list[str]
) -> NDArray[np.int32]:
    inside = grid.inside(county.buffer(grid.step))
    heights = grid.heights

    def step_cost(cell: Cell, other: Cell, metres: float) -> float:
        cost = metres + CLIMB * abs(float(heights[other]) - float(heights[cell]))
        return cost if inside[other] else cost * OUTSIDE

    starts = [(grid.cell(seed.lon, seed.lat), codes.index(seed.code)) for seed in seeds]
    return nearest_seeds(grid, starts, step_cost)


def _cells(grid: Grid, labels: NDArray[np.int32], count: int) -> list[BaseGeometry]:
    """Turn labels into polygons that share simplified borders."""
    pieces: list[list[BaseGeometry]] = [[] for _ in range(count)]
    for outline, value in shapes(labels, transform=grid.transform):
        pieces[int(value)].append(shapely.geometry.shape(outline))
    whole = [shapely.union_all(parts) for parts in pieces]
    return list(shapely.coverage_simplify(whole, SIMPLIFY, simplify_boundary=False))


def _borders(cells: list[BaseGeometry]) -> list[LineString]:
    """Return the borders between cells, corners cut, ends where three cells meet."""
    frame = shapely.union_all(cells).boundary
    lines = shapely.union_all([cell.boundary for cell in cells]).difference(frame.buffer(TINY))
    merged = linemerge(lines) if isinstance(lines, MultiLineString) else lines
    return [_cut_corners(line) for line in getattr(merged, "geoms", [merged])]


def _cut_corners(line: LineString) -> LineString:
    """Round a line off once (Chaikin); its ends stay."""
    points = shapely.get_coordinates(line)
    if len(points) < 3 or line.is_ring:  # noqa: PLR2004 - a segment has no corner
        return line
    first = points[:-1] * 0.75 + points[1:] * 0.25
    second = points[:-1] * 0.25 + points[1:] * 0.75
    middle = np.stack([first, second], axis=1).reshape(-1, 2)
    return LineString(np.vstack([points[:1], middle[1:-1], points[-1:]]))


def _bend_to_county(borders: list[LineString], county: BaseGeometry) -> list[LineString]:
    """Cut borders a little inside the county and lead the cut ends to county vertices."""
    inner = county.buffer(-RIM)
    joints = {point for line in borders for point in (line.coords[0], line.coords[-1])}
    kept = []
    for line in borders:
        cut = line.intersection(inner)
        for piece in [] if cut.is_empty else getattr(cut, "geoms", [cut]):
            # A short piece without a joint only cuts off a corner of one township.
            ends = (piece.coords[0], piece.coords[-1])
            if piece.length > RIM or any(point in joints for point in ends):
                kept.append(piece)
    kept.sort(key=lambda line: line.coords[0])
    vertices = np.unique(shapely.get_coordinates(county), axis=0)
    result = []
    for line in kept:
        points = [tuple(np.round(point, DECIMALS)) for point in line.coords]
        for at_start in (True, False):
            end = line.coords[0 if at_start else -1]
            if end in joints:
                continue
            vertex = _reachable_vertex(end, vertices, county, kept, line)
            points = [vertex, *points] if at_start else [*points, vertex]
        result.append(LineString(points))
    return result


def _reachable_vertex(
    end: tuple[float, ...],
    vertices: NDArray[np.float64],
    county: BaseGeometry,
    borders: list[LineString],
    own: LineString,
) -> tuple[float, float]:
    """Return the nearest county vertex in plain view of a border's cut end."""
    order = np.argsort(np.hypot(vertices[:, 0] - end[0], vertices[:, 1] - end[1]))
    tree = STRtree(borders)
    for index in order:
        vertex = (float(vertices[index][0]), float(vertices[index][1]))
        sight = LineString([end, vertex])
        if not county.covers(sight):
            continue
        hits = [borders[hit] for hit in tree.query(sight, predicate="intersects")]
        if all(hit is own for hit in hits) and own.intersection(sight).geom_type == "Point":
            return vertex
    raise BuildError(f"乡镇界线端点 {end} 找不到可连接的县界顶点。")


def _faces(county: BaseGeometry, borders: list[LineString]) -> list[Polygon]:
    lines = shapely.union_all([county.boundary, *borders])
    return [face for face in polygonize(lines) if county.covers(face.representative_point())]


def _assign(
    faces: list[Polygon],
    cells: list[BaseGeometry],
    seeds: Sequence[Seed],
    codes: list[str],
) -> list[Polygon]:
    """Give each face to a township; a scrap that is cut off goes to its longest neighbour."""
    owner = [int(np.argmax([face.intersection(cell).area for cell in cells])) for face in faces]
    home: set[int] = set()
    for label, code in enumerate(codes):
        spots = [Point(seed.lon, seed.lat) for seed in seeds if seed.code == code]
        own = [index for index, face in enumerate(faces) if owner[index] == label]
        if not own:
            own = [index for index, face in enumerate(faces) if face.covers(spots[0])]
        best = max(own, key=lambda index: (faces[index].covers(spots[0]), faces[index].area))
        owner[best] = label
        home.add(best)
    scraps = sorted(set(range(len(faces))) - home, key=lambda index: -faces[index].area)
    settled = set(home)
    while scraps:
        scrap = max(scraps, key=lambda index: _best_neighbour(index, faces, settled, owner)[0])
        _, owner[scrap] = _best_neighbour(scrap, faces, settled, owner)
        settled.add(scrap)
        scraps.remove(scrap)
    return [
        shapely.union_all([face for index, face in enumerate(faces) if owner[index] == label])
        for label in range(len(codes))
    ]


def _best_neighbour(
    scrap: int, faces: list[Polygon], settled: set[int], owner: list[int]
) -> tuple[float, int]:
    """Return the longest shared border of a scrap with settled ground, and whose ground it is."""
    shared: dict[int, float] = {}
    for other in settled:
        length = faces[scrap].intersection(faces[other]).length
        shared[owner[other]] = shared.get(owner[other], 0.0) + length
    # Among equals its own township wins: a face split off by a neck stays at home.
    own = owner[scrap]
    if shared.get(own, 0.0) > 0:
        return shared[own], own
    label = max(shared, key=lambda key: (shared[key], -key))
    return shared[label], label


def _check(parts: list[Polygon], county: BaseGeometry) -> None:
    """Stop when the townships do not cover the county exactly.

    Raises:
        BuildError: with the first thing that is wrong.

    """
    if any(part.is_empty or not part.is_valid or len(rings_of(part)) != 1 for part in parts):
        raise BuildError("有乡镇没有面积、图形无效或分成几块，请移动 seats.csv 中的种子点。")
    whole = shapely.union_all(parts)
    known = {tuple(point) for point in shapely.get_coordinates(county)}
    drawn = {tuple(point) for point in shapely.get_coordinates(whole)}
    if not shapely.coverage_is_valid(parts) or not drawn <= known:
        raise BuildError("乡镇没有严密铺满县域（有缝隙、重叠或多余的县界点）。")
    if not whole.equals(county):
        raise BuildError("乡镇合并后不等于县界。")
