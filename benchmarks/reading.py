"""Reading a large GeoPackage as a layer: ours against bare pyogrio with Arrow.

Run ``python -m benchmarks.reading`` (``--quick`` for a fiftieth of the features). Every reader
runs in a process of its own, in turn, round after round; a ratio is taken within each round.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pyproj
import shapely
from numpy.typing import NDArray

SEED = 20_261_121
FULL, QUICK = 1_000_000, 20_000
ROUNDS = 5

WEST, SOUTH, SIDE_M = 440_000.0, 4_000_000.0, 128_000.0
"""A county's land in EPSG:4547 (metres)."""
PLANE, DEGREES = 4547, 4490

RADIUS_M, SPREAD = 28.0, 0.6
"""Median and logarithmic deviation of a patch's size."""
CORNERS = (8, 40)
BENT_SHARE = 0.25
"""Patches that follow a valley: no point within sees all their corners."""

READERS = ("arrow", "frame", "ours", "ours without pyarrow")
"""``pyogrio.read_arrow`` (bytes, no geometries), ``pyogrio.read_dataframe(use_arrow=True)``
(geometries, nothing checked or moved), and ``layers.read.read_layer``."""


def patches(count: int) -> NDArray[np.object_]:
    """Return polygons of 8 to 40 corners in EPSG:4547, most compact, some bent."""
    rng = np.random.default_rng(SEED)
    # an even number: a bent patch goes along a curve and comes back beside it
    corners = 2 * rng.integers(CORNERS[0] // 2, CORNERS[1] // 2, count, endpoint=True)
    owner = np.repeat(np.arange(count), corners)
    at = np.arange(len(owner)) - np.repeat(np.cumsum(corners) - corners, corners)
    step = at / corners[owner]
    rough = rng.uniform(0.8, 1.2, len(owner))
    angle, reach = 2 * np.pi * step, rough
    bent = (rng.random(count) < BENT_SHARE)[owner]
    back = step >= 0.5  # noqa: PLR2004 - the second half comes back
    along = np.where(back, corners[owner] - 1 - at, at) / (corners[owner] / 2 - 1)
    angle = np.where(bent, 4.0 * along, angle)
    reach = np.where(bent, np.where(back, 2.6, 2.0) + 0.1 * rough, reach)
    size = np.exp(rng.normal(np.log(RADIUS_M), SPREAD, count))[owner]
    middle = np.array([WEST, SOUTH]) + rng.random((count, 2)) * SIDE_M
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * (size * reach)[:, None]
    return shapely.polygons(shapely.linearrings(middle[owner] + ring, indices=owner))


def made(folder: Path, count: int) -> Path:
    """Return the GeoPackage, made once."""
    path = folder / f"patches-{SEED}-{count}.gpkg"
    if not path.exists():
        shapes = patches(count)
        columns = {
            "TBBH": [f"T{number:07d}" for number in range(count)],
            "TBMC": [f"图斑{number}" for number in range(count)],
            "TBMJ": shapely.area(shapes) / 1e4,
        }
        folder.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".part.gpkg")
        frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=PLANE)
        pyogrio.write_dataframe(frame, half, layer="patches")
        half.replace(path)
    return path


def read(reader: str, path: Path) -> int:
    """Return the number of features read."""
    if reader == "arrow":
        return pyogrio.read_arrow(path)[1].num_rows
    if reader == "frame":
        return len(pyogrio.read_dataframe(path, use_arrow=True))
    from layers.area import Area, County  # noqa: PLC0415 - not of what pyogrio is timed with
    from layers.read import read_layer  # noqa: PLC0415
    from layers.register import Layer  # noqa: PLC0415

    area = Area("bench", "测试县", "county", (County("测试县", "140000"),), ())
    columns = (("zone_id", "TBBH"), ("name", "TBMC"), ("area_ha", "TBMJ"))
    layer = Layer("patch", "mine_patch", "图斑", path=path.name, basis="surveyed", columns=columns)
    return read_layer(layer, path.parent, area, county()).count


def county() -> shapely.Geometry:
    """Return an outline of a thousand points about the land, in EPSG:4490."""
    angles = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    reach = SIDE_M * (0.6 + 0.05 * np.sin(9 * angles))
    undo = pyproj.Transformer.from_crs(PLANE, DEGREES, always_xy=True)
    middle = (WEST + SIDE_M / 2, SOUTH + SIDE_M / 2)
    ring = undo.transform(middle[0] + reach * np.cos(angles), middle[1] + reach * np.sin(angles))
    return shapely.Polygon(np.column_stack(ring))


def once(reader: str, path: Path) -> None:
    """Read once and print seconds, processor seconds and the peak of memory."""
    read(reader, made(path.parent, 10))  # imports come before the clock
    begin, worked = time.perf_counter(), time.process_time()
    count = read(reader, path)
    result = {
        "seconds": time.perf_counter() - begin,
        "processor": time.process_time() - worked,
        "peak_gb": peak_gb(),
        "count": count,
    }
    sys.stdout.write(json.dumps(result))


def peak_gb() -> float:
    """Return the peak of this program's memory; ``getrusage`` would count its parent's too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 2**20


def spread(ratios: list[float]) -> str:
    """Return a median with the smallest and the largest."""
    return f"{statistics.median(ratios):5.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def compare(path: Path, count: int, rounds: int) -> None:
    """Print what every reader took, against those of pyogrio, in the same rounds."""
    runs: dict[str, list[dict[str, float]]] = {reader: [] for reader in READERS}
    for _ in range(rounds):
        for reader in READERS:
            hidden = "import sys; sys.modules['pyarrow'] = None; " if "without" in reader else ""
            code = f"{hidden}from benchmarks.reading import main; main()"
            command = [sys.executable, "-c", code, "--once", reader, "--file", str(path)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
            runs[reader].append(json.loads(done.stdout))
    for reader, taken in runs.items():
        if {run["count"] for run in taken} != {count}:
            sys.exit(f"{reader} did not read {count} features")
        ratios = {
            f"{clock} / {base}": spread(
                [run[clock] / other[clock] for run, other in zip(taken, runs[base], strict=True)]
            )
            for base in READERS[:2]
            for clock in ("seconds", "processor")
        }
        seconds = statistics.median(run["seconds"] for run in taken)
        peak = max(run["peak_gb"] for run in taken)
        _say(f"{reader:22}{seconds:7.2f} s  peak {peak:.2f} GB")
        for title, ratio in ratios.items():
            _say(f"    {title:20}{ratio}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Make the file, let every reader read it, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--once", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        once(options.once, options.file)
        return
    count = QUICK if options.quick else FULL
    path = made(options.folder, count)
    vertices = shapely.get_num_coordinates(pyogrio.read_dataframe(path).geometry.to_numpy()).sum()
    cores = len(os.sched_getaffinity(0))
    _say(f"{count:,} features, {vertices:,} vertices; {cores} cores, load {os.getloadavg()[0]:.1f}")
    _say(
        f"Python {platform.python_version()}, pyogrio {pyogrio.__version__} "
        f"(GDAL {pyogrio.__gdal_version_string__}), shapely {shapely.__version__} "
        f"(GEOS {shapely.geos_version_string}), pyproj {pyproj.__version__}, "
        f"numpy {np.__version__}"
    )
    compare(path, count, options.rounds)


if __name__ == "__main__":
    main()
