"""A small county for the tests of the desk, and what is asked of it."""

import json
import tempfile
import warnings
from pathlib import Path

with warnings.catch_warnings():
    # starlette would have another client than httpx
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient as TestClient  # noqa: PLC0414 - handed on

from maps.desk.bounded import Bounded, JobError
from maps.desk.reading import answer
from maps.desk.ready import Ready
from tests.review_county import EAST, NORTH, Made, Zone, at, county

ADDRESS = "http://127.0.0.1:8765"
HEADERS = {"X-Shanhe-Desk": "1", "Origin": ADDRESS}
CRS = "EPSG:4547"


class Inline(Bounded):
    """Does jobs at once, in this process: what a process of its own adds has its own tests."""

    def start(self):
        """Make nothing ready."""

    def run(self, job):
        before = tempfile.tempdir
        try:
            workspace, *rules = map(Path, self._about)
            found = answer(json.loads(json.dumps(job)), Ready(workspace, rules))
        finally:
            tempfile.tempdir = before
        if "error" in found:
            raise JobError(found["error"])
        return json.loads(json.dumps(found["done"]))


def made_county(folder):
    zones = {
        "red_line": Made("red_line", (Zone("r1", at(1000, 1000, 3000, 3000), name="甲红线"),)),
        "water_source": Made(
            "water_source", (Zone("w1", at(2000, 2000, 4000, 4000), "一级保护区", "乙水源"),)
        ),
    }
    return county(folder, zones).folder


def corners(west, south, east, north):
    """The corners of a rectangle as text: north and east in metres, a line each."""
    points = ((south, west), (south, east), (north, east), (north, west))
    return "\n".join(f"{NORTH + y}, {EAST + x}" for y, x in points)


def asking(**more):
    asked = {
        "uploads": [], "pasted": corners(1100, 1100, 1200, 1200), "shape": "polygon",
        "name": "光伏电站", "day": "2026-08-15", "activity": "", "crs": CRS, "accuracy_m": 0.0,
    }  # fmt: skip
    return {**asked, **more}
