"""A review of thousands of sites against a real county's layers: how long, how much memory.

Run ``python -m benchmarks.review`` (``--quick`` for a tenth of the sites). The layers are as large
as a county's: red lines of hundreds of thousands of vertices, nested water zones, reserves in two
levels, tens of thousands of fields, rivers, 400 townships. What is measured runs in a process of
its own, round after round; areas are compared with shapely's on some of the sites, and the time
with what shapely takes for these, site by site.
"""

import argparse
import datetime as dt
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks import made_layers
from benchmarks.made_layers import PLANE, SOUTH, WEST, Land

SITES, QUICK = 5_000, 500
ROUNDS = 3
SAMPLE = 100
"""Sites that shapely is asked of, too."""

AGREES_M2 = 0.01

LAND = Land(side_m=60_000.0, units=60, townships=400, rivers=150)
SEED = 20_261_122
WATER_SOURCES, RESERVES, FIELDS, MINES = 120, 12, 30_000, 800
LINES, POINTS = 0.1, 0.1
"""Shares of the sites that are lines and points."""

DAY = dt.date(2026, 8, 15)
ACCURACY_M = 0.1


def main(arguments: list[str] | None = None) -> int:
    """Make the county and print what a review of it takes; 1 where answers differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the sites, one round")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.run:
        sys.stdout.write(json.dumps(run(Path(options.run))))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, QUICK if options.quick else SITES)
        rounds = [_measured(folder) for _ in range(1 if options.quick else ROUNDS)]
        gap, peer_s = compared(folder)
    _print(rounds, gap, peer_s, QUICK if options.quick else SITES)
    return int(gap > AGREES_M2)


def make(folder: Path, count: int) -> None:
    """Write the workspace and ``count`` sites."""
    rng = np.random.default_rng(SEED)
    side = LAND.side_m
    county = np.array([shapely.box(WEST - 500, SOUTH - 500, WEST + side + 500, SOUTH + side + 500)])
    layers = {
        "county": (county, {"zone_id": ["999900"], "name": ["县"]}, 0),
        "township": (made_layers.townships(LAND), {}, 0),
        "red_line": (made_layers.red_lines(LAND), {}, 2),
        "water_source": (*water_sources(rng), 5),
        "protected_area": (*reserves(rng), 5),
        "farmland": (made_layers.patches(LAND, 1, FIELDS), {}, 1),
        "river": (made_layers.rivers(LAND), {}, 10),
        "mine_patch": (made_layers.patches(LAND, 2, MINES), {}, 2),
    }
    (folder / "area.toml").write_text(
        'id = "bench"\nname = "县"\nlevel = "county"\n'
        'counties = [{ name = "县", code = "149900" }]\n',
        encoding="utf-8",
    )
    register = []
    for kind, (shapes, columns, accuracy) in layers.items():
        ids = {"zone_id": [f"{kind}-{at}" for at in range(len(shapes))]}
        frame = gpd.GeoDataFrame(ids | columns, geometry=shapes, crs=PLANE)
        frame.to_file(folder / f"{kind}.gpkg", driver="GPKG")
        register.append(
            f'[[layer]]\nid = "{kind}"\nkind = "{kind}"\ntitle = "{kind}"\npath = "{kind}.gpkg"\n'
            f'basis = "surveyed"\naccuracy_m = {accuracy}\ncoverage = "area"\ndate = "2026-01-01"\n'
        )
    (folder / "register.toml").write_text("\n".join(register), encoding="utf-8")
    shapes = sites(rng, count)
    names = [f"项目{at}光伏电站" for at in range(count)]
    frame = gpd.GeoDataFrame(
        {"编号": [f"S{at}" for at in range(count)], "名称": names}, geometry=shapes, crs=PLANE
    )
    frame.to_file(folder / "sites.gpkg", driver="GPKG")


def water_sources(rng: np.random.Generator) -> tuple[NDArray[np.object_], dict[str, list[str]]]:
    """Return zones of three levels, each within the next, as they are often drawn."""
    places = np.array([WEST, SOUTH]) + rng.random((WATER_SOURCES, 2)) * LAND.side_m
    size = rng.uniform(100, 600, WATER_SOURCES)
    levels = {"一级保护区": 1.0, "二级保护区": 3.0, "准保护区": 6.0}
    zones = [
        shapely.buffer(shapely.Point(place), radius * times, quad_segs=64)
        for place, radius in zip(places, size, strict=True)
        for times in levels.values()
    ]
    return np.array(zones), {"level": list(levels) * WATER_SOURCES}


def reserves(rng: np.random.Generator) -> tuple[NDArray[np.object_], dict[str, list[str]]]:
    """Return reserves as a core and a ring around it."""
    zones: list[shapely.Geometry] = []
    for place in np.array([WEST, SOUTH]) + rng.random((RESERVES, 2)) * LAND.side_m:
        turn = np.linspace(0, 2 * np.pi, 3000, endpoint=False)
        reach = rng.uniform(2000, 5000) * (1 + 0.2 * np.sin(5 * turn) + 0.01 * np.sin(91 * turn))
        way = np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, None]
        core, whole = shapely.Polygon(place + 0.5 * way), shapely.Polygon(place + way)
        zones += [core, whole - core]
    return np.array(zones), {"level": ["核心保护区", "一般控制区"] * RESERVES}


def sites(rng: np.random.Generator, count: int) -> NDArray[np.object_]:
    """Return parcels from a pylon to a square kilometre, roads and points."""
    shapes = made_layers.patches(LAND, 3, count)
    kind = rng.random(count)
    for at in np.flatnonzero(kind < LINES):
        start = shapely.get_coordinates(shapely.centroid(shapes[at]))[0]
        steps = np.cumsum(rng.normal(0, 30, (60, 2)) + rng.normal(0, 40, 2), axis=0)
        shapes[at] = shapely.LineString(np.vstack([start, start + steps]))
    points = (kind >= LINES) & (kind < LINES + POINTS)
    shapes[points] = shapely.centroid(shapes[points])
    return shapes


def run(folder: Path) -> dict[str, object]:
    """Review the sites of a folder and return the seconds of each part, and the peak of memory."""
    from layers.workspace import Workspace  # noqa: PLC0415 - loading is not what is measured
    from zoning import rules  # noqa: PLC0415
    from zoning.review.engine import review  # noqa: PLC0415
    from zoning.review.result import to_json  # noqa: PLC0415
    from zoning.review.sites import read_sites  # noqa: PLC0415

    clock = [time.perf_counter()]
    workspace = Workspace(folder)
    read = read_sites([folder / "sites.gpkg"], workspace, accuracy_m=ACCURACY_M)
    clock.append(time.perf_counter())
    found = review(workspace, read, day=DAY, pack=rules.load())
    clock.append(time.perf_counter())
    text = to_json(found)
    clock.append(time.perf_counter())
    (folder / "review.json").write_text(text, encoding="utf-8")
    states: dict[str, int] = {}
    for site in found.sites:
        states[site.state] = states.get(site.state, 0) + 1
    return {
        "seconds": dict(zip(("sites", "review", "json"), np.diff(clock).tolist(), strict=True)),
        "processor_s": time.process_time(),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "json_mb": len(text.encode()) / 2**20,
        "states": states,
        "verdicts": sum(len(site.verdicts) for site in found.sites),
    }


def _measured(folder: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.review", "--run", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return json.loads(done.stdout)


def compared(folder: Path) -> tuple[float, float]:
    """Return the largest difference to shapely's union overlaps, and its seconds a site."""
    from layers.workspace import Workspace  # noqa: PLC0415
    from zoning.review.result import from_json  # noqa: PLC0415

    found = from_json((folder / "review.json").read_text(encoding="utf-8"))
    workspace = Workspace(folder)
    areal = [one for one in found.sites if shapely.get_dimensions(one.site.geometry) == 2]  # noqa: PLR2004
    asked = areal[:: max(1, len(areal) // SAMPLE)]
    shapes = workspace.plane.project([one.site.geometry for one in asked])
    worst, seconds = 0.0, 0.0
    for kind in ("red_line", "water_source", "protected_area", "farmland", "mine_patch"):
        zones = workspace.plane.project(workspace.frame(kind).geometry.to_numpy())
        tree = shapely.STRtree(zones)
        start = time.perf_counter()
        for one, shape in zip(asked, shapes, strict=True):
            near = zones[tree.query(shape, predicate="intersects")]
            area = shapely.area(shapely.intersection(shape, shapely.union_all(near)))
            (ours,) = (known.overlap_m2 for known in one.kinds if known.kind == kind)
            worst = max(worst, abs(area - (ours or 0.0)))
        seconds += time.perf_counter() - start
    return worst, seconds / len(asked)


def _print(rounds: list[dict[str, object]], gap: float, peer_s: float, count: int) -> None:
    def median(pick: object) -> str:
        values = [pick(one) for one in rounds]
        return f"{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})"

    first = rounds[0]
    parts = ("sites", "review", "json")
    lines = [
        f"{count} sites; Python {platform.python_version()}, shapely {shapely.__version__}",
        *(f"{name:8} {median(lambda one, name=name: one['seconds'][name])} s" for name in parts),
        f"all      {median(lambda one: sum(one['seconds'].values()))} s",
        f"         {median(lambda one: one['processor_s'])} processor seconds, loading too",
        f"peak     {median(lambda one: one['peak_mb'])} MB, json {first['json_mb']:.1f} MB",
        f"states   {first['states']}, verdicts {first['verdicts']}",
        f"shapely, site by site, areas only: {peer_s * count:.0f} s; largest gap {gap:.1e} m2",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
