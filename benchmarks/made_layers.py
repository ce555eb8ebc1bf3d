"""Made layers that look like a prefecture's: seeded, of any size, in EPSG:4547 metres.

Red lines are the level set of fractal noise cut into units: many vertices, holes,
islands in holes. Townships are a coverage without gaps, bit for bit. Patches and
points lie in clusters, as mines and building sites do. A block of patches or
points depends on the seed and its own number only: ten million of them come block
by block, and the first million is the same as a million made alone.
"""

import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi

PLANE = "EPSG:4547"
"""CGCS2000, 3-degree Gauss-Kruger, central meridian 114 E, in metres."""

DEGREES = "EPSG:4490"

WEST, SOUTH = 440_000.0, 4_000_000.0
"""Where every layer begins, in metres of the plane."""

SEED = 20_261_121
BLOCK = 100_000
"""Patches or points that are made, and written, at a time."""

NOISE_STEP_M = 12.5
"""Grid of the noise: the mean edge of a red line is a little shorter."""

RED_SHARE = 0.30
"""Share of the land that red lines take."""

NOISE_SLOPE = 2.62
"""Spectral slope of the noise: coastline-like borders, holes within islands."""

MONSTER_SHARE = 0.28
"""Share of all red line vertices that the monster takes: a million at full size."""

TOWNSHIP_EDGE_M = 60.0
WARPS = ((4000.0, 150.0), (1500.0, 50.0), (600.0, 20.0), (250.0, 6.0))
"""Wave length and height in metres of the waves that bend township borders; their
slopes sum to less than 1, so that the plane is bent and never folded."""

CLUSTERED = 0.70
CLUSTERS_PER_KM2 = 400 / 128**2
RADIUS_M = 28.0
"""Median radius of a patch; log-normal, from 6 m to 600 m."""

HOLE_SCALE = 0.4
RIVER_STEP_M = 30.0


@dataclass(frozen=True, slots=True)
class Land:
    """How large the made prefecture is.

    Attributes:
        side_m: the side of the square of land, in metres.
        units: how many red line features; each a MultiPolygon with holes.
        townships: how many townships; together they cover the land.
        rivers: how many river lines, of 1 000 vertices in the mean.

    """

    side_m: float
    units: int
    townships: int
    rivers: int


def red_lines(land: Land) -> NDArray[np.object_]:
    """Return ``land.units`` MultiPolygons: the red land cut by a Voronoi diagram."""
    islands, inland = _islands(land)
    rng = np.random.default_rng([SEED, 1])
    sites = inland[rng.choice(len(inland), land.units, replace=False)]
    cells = _cells(sites, land)
    tree = shapely.STRtree(islands)
    units = [_unit(islands, tree, cell) for cell in cells]
    return np.array(units, dtype=object)


def _unit(
    islands: NDArray[np.object_], tree: shapely.STRtree, cell: shapely.Polygon
) -> shapely.MultiPolygon:
    shapely.prepare(cell)
    near = islands[tree.query(cell, predicate="intersects")]
    within = shapely.contains_properly(cell, near)
    cut = shapely.get_parts(shapely.intersection(near[~within], cell))
    polygons = cut[(shapely.get_type_id(cut) == shapely.GeometryType.POLYGON)]
    return shapely.MultiPolygon([*near[within], *polygons])


def monster(land: Land) -> NDArray[np.object_]:
    """Return one MultiPolygon: the largest islands of red land, a million vertices at full size."""
    islands, _ = _islands(land)
    vertices = shapely.get_num_coordinates(islands)
    order = np.argsort(-vertices, kind="stable")
    enough = int(np.searchsorted(np.cumsum(vertices[order]), MONSTER_SHARE * vertices.sum())) + 1
    return np.array([shapely.MultiPolygon(list(islands[order[:enough]]))], dtype=object)


@cache
def _islands(land: Land) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Return the red land's polygons with their holes, and points of a grid within them."""
    cells = round(land.side_m / NOISE_STEP_M)
    height = _noise(cells)
    x = WEST + np.linspace(0, land.side_m, cells)
    y = SOUTH + np.linspace(0, land.side_m, cells)
    level = np.quantile(height[::4, ::4], 1 - RED_SHARE)
    contours = contourpy.contour_generator(x, y, height, fill_type="OuterOffset")
    points, offsets = contours.filled(level, math.inf)
    polygons = []
    for outline, starts in zip(points, offsets, strict=True):
        rings = [outline[a:b] for a, b in pairwise(starts)]
        if len(rings[0]) >= 12:  # noqa: PLR2004 - specks of a few cells are no red line
            holes = [ring for ring in rings[1:] if len(ring) >= 8]  # noqa: PLR2004
            polygons.append(shapely.Polygon(rings[0], holes))
    islands = np.array(polygons, dtype=object)
    wrong = ~shapely.is_valid(islands)
    islands[wrong] = shapely.make_valid(islands[wrong])
    islands = shapely.get_parts(islands)
    rows, columns = np.nonzero(height[::8, ::8] > level)
    return islands, np.column_stack([x[::8][columns], y[::8][rows]])


def _noise(cells: int) -> NDArray[np.float32]:
    """Return fractal noise, mean 0 and deviation 1, ``(cells, cells)``; it tiles the plane."""
    rng = np.random.default_rng([SEED, 2])
    waves = np.fft.rfft2(rng.standard_normal((cells, cells)).astype(np.float32))
    frequency = np.hypot(np.fft.fftfreq(cells)[:, None], np.fft.rfftfreq(cells)[None, :])
    frequency[0, 0] = 1.0
    waves *= frequency ** (-NOISE_SLOPE / 2)
    waves[0, 0] = 0.0
    height = np.fft.irfft2(waves, s=(cells, cells)).astype(np.float32)
    return (height - height.mean()) / height.std()


def _cells(sites: NDArray[np.float64], land: Land) -> NDArray[np.object_]:
    """Return the Voronoi cell of each site, clipped to the land and a kilometre beyond."""
    frame = shapely.box(
        WEST - 1e3, SOUTH - 1e3, WEST + land.side_m + 1e3, SOUTH + land.side_m + 1e3
    )
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(sites), extend_to=frame))
    return shapely.intersection(cells, frame)


def townships(land: Land) -> NDArray[np.object_]:
    """Return ``land.townships`` polygons: a coverage of the land, its shared borders bit-equal.

    Each border between two Voronoi vertices is cut into steps from its lower vertex
    to its higher one whichever side asks, and bent by a function of place alone.
    """
    rng = np.random.default_rng([SEED, 3])
    low, high = np.array([WEST, SOUTH]) - 3e3, np.array([WEST, SOUTH]) + land.side_m + 3e3
    sites = low + rng.random((land.townships, 2)) * (high - low)
    mirrored = [sites]
    for axis in (0, 1):
        for wall in (low, high):
            image = sites.copy()
            image[:, axis] = 2 * wall[axis] - image[:, axis]
            mirrored.append(image)  # the walls become borders between a site and its image
    diagram = Voronoi(np.concatenate(mirrored))
    rings = [np.array(diagram.regions[at]) for at in diagram.point_region[: land.townships]]
    points, starts = _stepped(rings, diagram.vertices)
    return shapely.polygons(
        shapely.linearrings(_bent(points), indices=np.repeat(np.arange(len(rings)), starts))
    )


def _stepped(
    rings: list[NDArray[np.int64]], vertices: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the rings' points, no farther apart than TOWNSHIP_EDGE_M, and their number a ring."""
    begin = np.concatenate(rings)
    end = np.concatenate([np.roll(ring, -1) for ring in rings])
    low, high = np.minimum(begin, end), np.maximum(begin, end)
    lengths = np.hypot(*(vertices[high] - vertices[low]).T)
    steps = np.maximum(1, np.ceil(lengths / TOWNSHIP_EDGE_M)).astype(np.int64)
    edge = np.repeat(np.arange(len(begin)), steps)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(steps) - steps, steps)
    from_low = np.where(begin[edge] == low[edge], step, steps[edge] - step) / steps[edge]
    points = vertices[low[edge]] + from_low[:, None] * (vertices[high] - vertices[low])[edge]
    # A shared vertex itself, not the sum that comes close to it.
    points[step == 0] = vertices[begin]
    owner = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    return points, np.bincount(owner, steps).astype(np.int64)


def _bent(points: NDArray[np.float64]) -> NDArray[np.float64]:
    moved = points.copy()
    x, y = (points - (WEST, SOUTH)).T
    for number, (length, height) in enumerate(WARPS):
        phase = np.random.default_rng([SEED, 4, number]).random(4) * math.tau
        across, along = 0.9 * math.tau / length, 0.4 * math.tau / length
        moved[:, 0] += height * np.sin(across * y + phase[0]) * np.cos(along * x + phase[1])
        moved[:, 1] += height * np.sin(across * x + phase[2]) * np.cos(along * y + phase[3])
    return moved


def rivers(land: Land) -> NDArray[np.object_]:
    """Return ``land.rivers`` meandering lines of 200 to 1 800 vertices, 30 m apart."""
    rng = np.random.default_rng([SEED, 5])
    lines = []
    for _ in range(land.rivers):
        count = int(rng.integers(200, 1801))
        drift = np.cumsum(0.06 * rng.standard_normal(count))
        meander = 0.9 * np.sin(np.arange(count) / rng.uniform(8, 25))
        heading = rng.random() * math.tau + drift + meander
        steps = np.column_stack([np.cos(heading), np.sin(heading)]) * RIVER_STEP_M
        source = np.array([WEST, SOUTH]) + rng.random(2) * land.side_m
        lines.append(shapely.LineString(source + np.cumsum(steps, axis=0)))
    return np.array(lines, dtype=object)


def _centres(land: Land, rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Return places, most of them in clusters that are the same for every block."""
    common = np.random.default_rng([SEED, 6])
    clusters = max(4, round(CLUSTERS_PER_KM2 * (land.side_m / 1e3) ** 2))
    middle = common.random((clusters, 2)) * land.side_m
    weight = common.dirichlet(np.full(clusters, 0.6))
    spread = common.uniform(400, 4000, clusters)
    inside = rng.random(count) < CLUSTERED
    which = rng.choice(clusters, count, p=weight)
    near = middle[which] + rng.standard_normal((count, 2)) * spread[which][:, None]
    places = np.where(inside[:, None], near, rng.random((count, 2)) * land.side_m)
    return np.array([WEST, SOUTH]) + np.clip(places, 50.0, land.side_m - 50.0)


def points(land: Land, block: int, count: int = BLOCK) -> NDArray[np.object_]:
    """Return the first ``count`` points of a block, clustered as the patches are."""
    rng = np.random.default_rng([SEED, 7, block])
    return shapely.points(_centres(land, rng, BLOCK)[:count])


def patches(
    land: Land, block: int, count: int = BLOCK, *, holed: float = 0.0, in_parts: float = 0.0
) -> NDArray[np.object_]:
    """Return the first ``count`` patches of a block: valid polygons of 8 to 40 corners.

    ``holed`` and ``in_parts`` are the shares that get a hole, and a second part.
    """
    rng = np.random.default_rng([SEED, 8, block])
    centre = _centres(land, rng, BLOCK)
    corners = rng.integers(8, 41, BLOCK)
    radius = np.exp(rng.normal(math.log(RADIUS_M), 0.75, BLOCK)).clip(6, 600)
    turned = rng.random(BLOCK) * 6.0
    patch = np.repeat(np.arange(BLOCK), corners)
    corner = np.arange(len(patch)) - np.repeat(np.cumsum(corners) - corners, corners)
    jitter, rough = rng.random((2, len(patch))) - 0.5
    chosen = rng.random((2, BLOCK))
    # Angles rise and radii are positive: seen from its centre a patch cannot cross itself.
    angle = math.tau * (corner + 0.8 * jitter) / corners[patch]
    reach = radius[patch] * (1 + 0.35 * np.sin(2 * angle + turned[patch]) + 0.25 * rough)
    arms = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])

    kept = patch < count
    arms, patch, centre = arms[kept], patch[kept], centre[:count]
    shells = shapely.linearrings(centre[patch] + arms, indices=patch)
    shapes = shapely.polygons(shells)
    with_hole = chosen[0, :count] < holed
    if with_hole.any():
        holes = shapely.linearrings(centre[patch] + HOLE_SCALE * arms, indices=patch)
        shapes[with_hole] = shapely.polygons(shells[with_hole], holes[with_hole][:, None])
    split = chosen[1, :count] < in_parts
    if split.any():
        aside = centre + np.column_stack([4 * radius[:count], np.zeros(count)])
        others = shapely.polygons(shapely.linearrings(aside[patch] + arms, indices=patch))
        pairs = np.column_stack([shapes[split], others[split]])
        shapes[split] = shapely.multipolygons(pairs)
    return shapes
