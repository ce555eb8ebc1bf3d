"""geopandas as its documentation shows it: overlay, dissolve, sjoin, sjoin_nearest."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow.dataset  # noqa: F401 - or geopandas would load it while the clock runs
import pyogrio  # noqa: F401
from geopandas import GeoDataFrame

from benchmarks.task import (
    READ,
    Answer,
    Clock,
    Task,
    containing_answer,
    nearest_answer,
    overlaps_answer,
)


def read(path: Path) -> GeoDataFrame:
    """Return ``id`` and geometry of a made layer, by the fastest way that geopandas has."""
    if path.suffix == ".parquet":
        return gpd.read_parquet(path, columns=["id", "geometry"])
    return gpd.read_file(path, columns=["id"], engine="pyogrio", use_arrow=True)


def _read_both(task: Task, clock: Clock) -> tuple[GeoDataFrame, GeoDataFrame]:
    with clock(READ):
        return read(task.subjects), read(task.zones).rename(columns={"id": "zone"})


def overlap(task: Task, clock: Clock) -> Answer:
    """Overlay, then the area of each piece."""
    subjects, zones = _read_both(task, clock)
    with clock("overlay"):
        pieces = gpd.overlay(subjects, zones, how="intersection", keep_geom_type=True)
        area = pieces.area
    return overlaps_answer(pieces["zone"].to_numpy(), area.to_numpy(), len(zones))


def covered(task: Task, clock: Clock) -> Answer:
    """Overlay, then the area of each zone's dissolved pieces."""
    subjects, zones = _read_both(task, clock)
    with clock("overlay"):
        pieces = gpd.overlay(subjects, zones, how="intersection", keep_geom_type=True)
    with clock("dissolve"):
        area = pieces.dissolve(by="zone").area
    return {"area_m2": area.reindex(range(len(zones)), fill_value=0.0).tolist()}


def containing(task: Task, clock: Clock) -> Answer:
    """Join points to zones with ``within``: the default ``intersects`` is many times slower."""
    points, zones = _read_both(task, clock)
    with clock("join"):
        joined = gpd.sjoin(points, zones, predicate="within")
    return containing_answer(joined["zone"].to_numpy(), len(zones))


def nearest(task: Task, clock: Clock) -> Answer:
    """Join each point to the nearest whole river."""
    points, rivers = _read_both(task, clock)
    with clock("join"):
        joined = gpd.sjoin_nearest(points, rivers, distance_col="distance_m")
        joined = joined[~joined.index.duplicated()]
    return nearest_answer(np.asarray(joined["distance_m"]))
