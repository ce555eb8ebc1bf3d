"""A small county for the tests of the desk, and what is asked of it."""

import datetime as dt
import warnings

with warnings.catch_warnings():
    # starlette would have another client than httpx
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient as TestClient  # noqa: PLC0414 - handed on

from tests.review_county import EAST, NORTH, Made, Zone, at, county

TODAY = dt.datetime.now().astimezone().date().isoformat()
ADDRESS = "http://127.0.0.1:8765"
HEADERS = {"X-Shanhe-Desk": "1", "Origin": ADDRESS}
CRS = "EPSG:4547"


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
