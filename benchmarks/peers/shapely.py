"""shapely by hand: zones cut into pieces once, prepared, and asked before they are cut with."""

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.shapes import carried, carried_zones, equal_area, read_shapes
from benchmarks.task import (
    READ,
    Answer,
    Clock,
    Task,
    containing_answer,
    nearest_answer,
    overlaps_answer,
)

MOST_VERTICES = 256
"""Of a piece; as PostGIS's ST_Subdivide has it by default, and the fastest measured."""

EDGES_A_CHUNK = 4
"""Edges of a river that go into the tree as one line; the fastest measured."""

Shapes = NDArray[np.object_]
Positions = NDArray[np.intp]


def subdivided(zones: Shapes) -> tuple[Shapes, Positions]:
    """Return polygons of at most 256 vertices that make up the zones, and each one's zone."""
    done: list[Shapes] = []
    owners: list[Positions] = []
    large, owner = shapely.get_parts(zones, return_index=True)
    while len(large):
        small = shapely.get_num_coordinates(large) <= MOST_VERTICES
        done.append(large[small])
        owners.append(owner[small])
        large, owner = _halved(large[~small], owner[~small])
    return np.concatenate(done), np.concatenate(owners)


def _halved(large: Shapes, owner: Positions) -> tuple[Shapes, Positions]:
    """Return polygons cut in two across their longer side."""
    halves = []
    for polygon, (west, south, east, north) in zip(large, shapely.bounds(large), strict=True):
        if east - west >= north - south:
            middle = (west + east) / 2
            boxes = (west, south, middle, north), (middle, south, east, north)
        else:
            middle = (south + north) / 2
            boxes = (west, south, east, middle), (west, middle, east, north)
        halves.extend(shapely.clip_by_rect(polygon, *box) for box in boxes)
    parts, half = shapely.get_parts(np.array(halves, dtype=object), return_index=True)
    polygons = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (
        shapely.area(parts) > 0
    )
    return parts[polygons], owner[half[polygons] // 2]


def _read_both(task: Task, clock: Clock) -> tuple[Shapes, Shapes]:
    with clock(READ):
        return read_shapes(task.subjects), read_shapes(task.zones)


def _met(subjects: Shapes, zones: Shapes, clock: Clock) -> tuple[Positions, Positions, Shapes]:
    """Return subject, zone and common shape of each pair; a covered subject is not cut."""
    with clock("subdivide"):
        pieces, owner = subdivided(zones)
    with clock("query"):
        subject, piece = shapely.STRtree(pieces).query(subjects)
        shapely.prepare(pieces)
        inside = shapely.contains_properly(pieces[piece], subjects[subject])
    with clock("intersection"):
        common = subjects[subject]
        crossed = ~inside
        common[crossed] = shapely.intersection(pieces[piece[crossed]], common[crossed])
    return subject, owner[piece], common


def overlap(task: Task, clock: Clock) -> Answer:
    """Return the overlaps; each pair's pieces are added up."""
    return _overlap(*_read_both(task, clock), clock)


def ellipsoid(task: Task, clock: Clock) -> Answer:
    """Carry both to an equal-area plane, and return the overlaps there."""
    subjects, zones = _read_both(task, clock)
    with clock("carry"):
        plane = equal_area(zones)
        subjects, zones = carried(subjects, plane), carried_zones(zones, plane)
    return _overlap(subjects, zones, clock)


def _overlap(subjects: Shapes, zones: Shapes, clock: Clock) -> Answer:
    subject, zone, common = _met(subjects, zones, clock)
    with clock("area"):
        pair, which = np.unique(subject * len(zones) + zone, return_inverse=True)
        area = np.bincount(which, shapely.area(common), minlength=len(pair))
    return overlaps_answer(pair % len(zones), area, len(zones))


def covered(task: Task, clock: Clock) -> Answer:
    """Return the area of the union of what lies in each zone."""
    subjects, zones = _read_both(task, clock)
    _, zone, common = _met(subjects, zones, clock)
    with clock("union"):
        polygons = shapely.get_dimensions(common) == 2  # noqa: PLR2004 - no touching lines
        order = np.argsort(zone[polygons], kind="stable")
        groups = np.split(common[polygons][order], np.cumsum(_counts(zone[polygons], zones))[:-1])
        area = [float(shapely.area(shapely.union_all(group))) for group in groups]
    return {"area_m2": area}


def _counts(zone: Positions, zones: Shapes) -> NDArray[np.int64]:
    return np.bincount(zone, minlength=len(zones))


def containing(task: Task, clock: Clock) -> Answer:
    """Ask a tree of the points with each zone: so it is the zone that is prepared."""
    points, zones = _read_both(task, clock)
    with clock("query"):
        zone, _ = shapely.STRtree(points).query(zones, predicate="contains")
    return containing_answer(zone, len(zones))


def nearest(task: Task, clock: Clock) -> Answer:
    """Ask a tree of rivers cut into lines of four edges."""
    points, rivers = _read_both(task, clock)
    with clock("chunks"):
        chunks = _chunks(rivers)
    with clock("query"):
        _, distance = shapely.STRtree(chunks).query_nearest(
            points, return_distance=True, all_matches=False
        )
    return nearest_answer(distance)


def _chunks(rivers: Shapes) -> Shapes:
    """Return the lines cut into lines of EDGES_A_CHUNK edges."""
    xy, owner = shapely.get_coordinates(rivers, return_index=True)
    ends = np.cumsum(np.bincount(owner, minlength=len(rivers)))
    begin = np.r_[0, ends[:-1]]
    starts = np.concatenate(
        [np.arange(a, b - 1, EDGES_A_CHUNK) for a, b in zip(begin, ends, strict=True)]
    )
    stops = np.minimum(starts + EDGES_A_CHUNK + 1, ends[owner[starts]])
    lengths = stops - starts
    at = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths - starts, lengths)
    return shapely.linestrings(xy[at], indices=np.repeat(np.arange(len(starts)), lengths))
