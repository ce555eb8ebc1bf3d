"""Rings of a survey parcel put together: outlines, holes, islands in holes, parts."""

from collections.abc import Sequence

import shapely
from shapely import MultiPolygon, Polygon

WITHIN = 0.999
APART = 0.001
"""Shares of a ring's area that lie inside another: between the two, they cross. Rounding to a
millimetre moves less than a thousandth of any ring wider than some metres."""

Ring = Sequence[tuple[float, float]]


def assemble(rings: Sequence[Ring]) -> Polygon | MultiPolygon | None:
    """Return the area of rings in their order, or ``None`` where two of them cross.

    The first is an outline. A later one is a hole where it lies in an outline,
    an island where it lies in a hole, and a part of its own where it lies
    outside of all. Rings are kept as they are, faults of their own included.
    """
    groups: list[list[Ring]] = []
    for ring in rings:
        place = _place(ring, groups)
        if place is None:
            return None
        if place < 0:
            groups.append([ring])
        else:
            groups[place].append(ring)
    parts = [Polygon(outline, holes) for outline, *holes in groups]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def _place(ring: Ring, groups: list[list[Ring]]) -> int | None:
    """Return the group in which the ring is a hole, -1 for a new one, ``None`` if it crosses."""
    area = _area(ring)
    place = -1
    for at, (outline, *holes) in enumerate(groups):
        share = _share(area, _area(outline))
        if share >= WITHIN:
            shares = [_share(area, _area(hole)) for hole in holes]
            if any(APART < one < WITHIN for one in shares):
                return None
            if not any(one >= WITHIN for one in shares):
                place = at
        elif share > APART or _share(_area(outline), area) > APART:
            return None
    return place


def _area(ring: Ring) -> Polygon:
    """Return the ring's area for comparison only; a fault of its own must not raise."""
    area = Polygon(ring)
    return area if area.is_valid else shapely.make_valid(area)


def _share(one: Polygon, other: Polygon) -> float:
    if not one.area:
        return 1.0 if one.intersects(other) else 0.0
    return one.intersection(other).area / one.area
