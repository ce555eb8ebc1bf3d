"""The questions in SQL, the same words for every engine that understands them.

Subjects are ``subject (id, geometry)``; zones, or their pieces, ``(zone, geometry)``.
Every answer has the columns ``zone`` and ``value``, a row for each pair found.
"""

PIECES = "pieces"
"""The variant in which zones are cut into pieces first."""

_AREA = "ST_Area(ST_Intersection(s.geometry, z.geometry))"
_AREA_UNLESS_COVERED = f"""
case when ST_CoveredBy(s.geometry, z.geometry) then ST_Area(s.geometry) else {_AREA} end
"""
_OVERLAP = """
select s.id as subject, z.zone as zone, sum({area}) as value
from subject s join {zones} z on ST_Intersects(s.geometry, z.geometry)
group by s.id, z.zone
"""
_CONTAINING = """
select distinct s.id as subject, z.zone as zone, 0.0 as value
from subject s join {zones} z on {within}(s.geometry, z.geometry)
"""
_COVERED = """
select z.zone as zone, ST_Area({union}(ST_Intersection(s.geometry, z.geometry))) as value
from subject s join zones z on ST_Intersects(s.geometry, z.geometry)
group by z.zone
"""
_NEAREST = """
select s.id as subject, 0 as zone, near.metres as value
from subject s cross join lateral (
    select s.geometry <-> z.geometry as metres from {zones} z order by metres limit 1
) near
"""


def overlap(variant: str) -> str:
    """Return the area for each pair; on pieces, a covered subject is not cut."""
    if variant == PIECES:
        return _OVERLAP.format(area=_AREA_UNLESS_COVERED, zones="piece")
    return _OVERLAP.format(area=_AREA, zones="zones")


def covered(union: str) -> str:
    """Return the area of the union by zone, by an engine's name for the union of a group."""
    return _COVERED.format(union=union)


def containing(variant: str) -> str:
    """Return the pairs of a point and a zone.

    A point on a cut is within none of two pieces: pieces are asked for touching ones
    too, and each zone is named once.
    """
    if variant == PIECES:
        return _CONTAINING.format(within="ST_Intersects", zones="piece")
    return _CONTAINING.format(within="ST_Within", zones="zones")


def nearest(variant: str) -> str:
    """Return the distance of the nearest zone for each subject, by PostGIS's operator."""
    return _NEAREST.format(zones="piece" if variant == PIECES else "zones")
