"""Ellipsoidal areas of many small polygons: ours against a loop over ``pyproj.Geod``.

Run ``taskset -c 1 python -m benchmarks.area`` (``--quick`` for a tenth of the polygons). Both
measure the same polygons in turn, piece by piece; a ratio is the median over the pieces.
"""

import argparse
import platform
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from layers.authalic import polygon_areas_m2, ring_areas_m2
from layers.measure import GEOD, SLICE, area_m2

SEED = 20_261_121
PIECES = 20
"""The polygons are measured in so many pieces, each by every way before the next."""

WEST, EAST, SOUTH, NORTH = 110.2, 114.6, 34.6, 40.7
"""Shanxi, in degrees."""

SIZE_DEG = 0.001
CORNERS = (7, 39)
"""Fewest and most corners of a patch, without the vertex that closes it."""

SAMPLE, STEP_DEG = 4000, 5e-5
"""Polygons of each kind that are compared with Geod on the same line, densified so far."""


@dataclass(frozen=True)
class Made:
    """Polygons as objects and as flat arrays."""

    name: str
    shapes: NDArray[np.object_]
    points: NDArray[np.float64]
    rings: NDArray[np.int64]

    def part(self, begin: int, end: int) -> "Made":
        """Return some of the polygons."""
        first, last = self.rings[begin], self.rings[end]
        return Made(
            self.name,
            self.shapes[begin:end],
            self.points[first:last],
            self.rings[begin : end + 1] - first,
        )


def made(name: str, count: int) -> Made:
    """Return squares or patches, the same for the same count."""
    rng = np.random.default_rng(SEED)
    corners = (
        np.full(count, 4) if name == "squares" else rng.integers(*CORNERS, count, endpoint=True)
    )
    bounds = np.append(0, np.cumsum(corners))
    owner = np.repeat(np.arange(count), corners)
    turn = (np.arange(bounds[-1]) - bounds[owner]) / corners[owner] * 2 * np.pi
    reach = SIZE_DEG / 2 * rng.uniform(0.7, 1.0, bounds[-1])
    middle = np.column_stack([rng.uniform(WEST, EAST, count), rng.uniform(SOUTH, NORTH, count)])
    open_ring = middle[owner] + np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, np.newaxis]
    points = np.insert(open_ring, bounds[1:], open_ring[bounds[:-1]], axis=0)
    rings = bounds + np.arange(count + 1)
    closed = shapely.linearrings(points, indices=np.repeat(np.arange(count), np.diff(rings)))
    return Made(name, shapely.polygons(closed), points, rings)


def by_geod(data: Made) -> NDArray[np.float64]:
    """Return areas as a loop over pyproj.Geod has them: edges are geodesics."""
    return np.array([abs(GEOD.geometry_area_perimeter(shape)[0]) for shape in data.shapes])


def from_objects(data: Made) -> NDArray[np.float64]:
    """Return areas from shapely's objects."""
    return area_m2(data.shapes)


def from_flat(data: Made) -> NDArray[np.float64]:
    """Return areas from coordinates and offsets."""
    return polygon_areas_m2(data.points, data.rings, np.arange(len(data.rings)))


WAYS = (by_geod, from_objects, from_flat)


def timed(way: Callable[[Made], object], data: Made) -> float:
    """Return the processor seconds that one way takes once; all of them use one thread."""
    begin = time.process_time()
    way(data)
    return time.process_time() - begin


def compared(data: Made) -> None:
    """Print how many times as fast as the loop both ways are, and how far they spread."""
    count = len(data.shapes)
    cuts = np.linspace(0, count, PIECES + 1).astype(int)
    for way in WAYS:
        way(data.part(0, min(count, 1000)))
    seconds = {way: [] for way in WAYS}
    for begin, end in pairwise(cuts):
        piece = data.part(begin, end)
        for way in WAYS:
            seconds[way].append(timed(way, piece))
    say(f"{count:,} {data.name}, {len(data.points) / count:.1f} vertices each")
    say(f"  Geod loop     {sum(seconds[by_geod]) / count * 1e6:8.3f} us a polygon")
    for way, title in ((from_objects, "from objects"), (from_flat, "from flat   ")):
        ratios = [a / b for a, b in zip(seconds[by_geod], seconds[way], strict=True)]
        say(
            f"  {title}  {sum(seconds[way]) / count * 1e6:8.3f} us a polygon: "
            f"{statistics.median(ratios):.0f}x the loop ({min(ratios):.0f}-{max(ratios):.0f})"
        )


def steps(data: Made) -> None:
    """Print where the time goes, from objects, and the memory above the input."""
    piece = data.part(0, min(len(data.shapes), SLICE))
    parts = {
        "get_type_id": lambda made: shapely.get_type_id(made.shapes),
        "get_num_interior_rings": lambda made: shapely.get_num_interior_rings(made.shapes),
        "get_coordinates": lambda made: shapely.get_coordinates(made.shapes, return_index=True),
        "ring_areas_m2": lambda made: ring_areas_m2(made.points, made.rings),
        "sine alone": lambda made: np.sin(made.points[:, 1]),
    }
    count = len(piece.shapes)
    for name, way in parts.items():
        best = statistics.median(timed(way, piece) for _ in range(5))
        say(f"    {name:24s}{best / count * 1e9:8.0f} ns a polygon")
    tracemalloc.start()
    area_m2(data.shapes)
    say(f"  at most {tracemalloc.get_traced_memory()[1] / 1e6:.0f} MB above the input")
    tracemalloc.stop()


def agreement(data: Made) -> None:
    """Print how far the areas are from Geod's, on the same line and as the loop has it."""
    part = data.part(0, min(len(data.shapes), SAMPLE))
    dense = Made(part.name, shapely.segmentize(part.shapes, STEP_DEG), part.points, part.rings)
    ours, flat, same, raw = from_objects(part), from_flat(part), by_geod(dense), by_geod(part)
    say(
        f"  against Geod on the same line: each within {np.abs(ours - same).max():.1e} m2, "
        f"the sum within {abs(ours.sum() / same.sum() - 1):.1e}; "
        f"flat against objects {np.abs(flat - ours).max():.1e} m2"
    )
    say(
        f"  against Geod's geodesic edges: each within {np.abs(ours / raw - 1).max():.1e}, "
        f"the sum within {abs(ours.sum() / raw.sum() - 1):.1e}"
    )


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")


def main() -> None:
    """Make the polygons, measure and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100,000 polygons of each kind")
    count = 100_000 if parser.parse_args().quick else 1_000_000
    say(
        f"python {platform.python_version()}, numpy {np.__version__}, shapely "
        f"{shapely.__version__}, GEOS {shapely.geos_version_string}, pyproj {pyproj.__version__}"
    )
    for name in ("squares", "patches"):
        data = made(name, count)
        compared(data)
        steps(data)
        agreement(data)


if __name__ == "__main__":
    main()
