"""Where a named feature goes: its village, its river, its township, in that order of trust.

What the plan does not place is left out and listed, never guessed.
"""

import hashlib
import math
from dataclasses import dataclass

import shapely
from shapely import LineString, MultiPolygon, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from layers.schematic.rivers import ACCURACY_M
from layers.schematic.shapes import (
    GEOD,
    circle,
    patch_within,
    reserve_shape,
    widest_place,
)
from layers.schematic.sources import Area, Seed

AREA_MEASURES = ("area", "planned_area", "land_area", "planned_land_area")
"""Measures of figures.csv that say how large the feature itself is."""

NOMINAL_RADIUS_M = 500.0
"""Radius drawn for a water source whose protection zone the plan does not describe."""

ROOM = 0.007
"""Distance kept from the township's border, degrees (a nominal zone fits into it)."""

BY_THE_SEAT = frozenset({"water_source", "facility", "industrial_park"})
"""Kinds that lie by the township's seat rather than anywhere in the township."""

ALONG_RIVERS = frozenset({"park", "wetland", "scenic_area", "monitoring_section"})
"""Kinds that lie along their river. The river of a works is where it discharges."""

VILLAGE = "村"


SPOT_ACCURACY_M = 8000
"""How far a village or an estimated spot may be from where it is drawn."""

SEAT_ACCURACY_M = 10_000
"""How far a township's works may be from where they are drawn: the seat's error and more."""

EXTENT_ACCURACY_M = 3000
"""How far the border of a reserve may be from an egg with its extent and area."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A feature's geometry, in words how it was placed, and how far off it may be (metres)."""

    geometry: BaseGeometry
    note: str
    accuracy_m: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A point for a feature and the region that it lies in."""

    point: Point
    region: BaseGeometry
    note: str
    accuracy_m: int


@dataclass(frozen=True, slots=True)
class Atlas:
    """What places are known by: township polygons by name, seats and drawn rivers by name."""

    area: Area
    townships: dict[str, BaseGeometry]
    rivers: dict[str, LineString]

    def place(self, feature: dict[str, str]) -> Placed | None:
        """Return the geometry of a feature, or None where the plan does not place it."""
        bounds = _bounds(feature)
        hectares = self._hectares(feature)
        if bounds and hectares:
            county = shapely.union_all(list(self.area.polygons.values()))
            shape = reserve_shape(bounds, hectares, county)
            return Placed(shape, "按规划所载四至和面积绘制，形状为示意", EXTENT_ACCURACY_M)
        course = self._course(feature)
        if course is not None:
            return course
        spot = self._spot(feature)
        if spot is None:
            return None
        names = _split(feature["townships"])
        if hectares and len(names) > 1:
            return self._shared_patch(names, hectares)
        if hectares:
            shape = patch_within(spot.region, spot.point, hectares)
            how = "面积为规划所载，形状为示意"
        elif feature["kind"] == "water_source":
            shape = circle(spot.point.x, spot.point.y, NOMINAL_RADIUS_M)
            how = f"规划未载保护区范围，按名义半径 {NOMINAL_RADIUS_M:.0f} 米画圆"
        else:
            return Placed(spot.point, spot.note, spot.accuracy_m)
        return Placed(shape, f"{spot.note}；{how}", spot.accuracy_m)

    def locus(self, feature: dict[str, str]) -> Placed | None:
        """Return the townships that a zone lies in, as one geometry."""
        names = _split(feature["townships"])
        if not names:
            return None
        whole = shapely.union_all([self.townships[name] for name in names])
        note = f"规划列名的乡镇为{'、'.join(names)}，画的是这些乡镇的范围"
        return Placed(whole, note, SPOT_ACCURACY_M)

    def _hectares(self, feature: dict[str, str]) -> float | None:
        for measure in AREA_MEASURES:
            stated = self.area.stated(feature["id"], measure)
            if stated:
                return stated[0]
        return None

    def _villages(self, feature: dict[str, str]) -> list[tuple[str, str]]:
        """Return the feature's villages and their townships, as far as villages.csv knows them.

        Where the plan names no place at all, a village whose name the feature bears counts.
        """
        homes = {row["name"]: row["township"] for row in self.area.villages if row["township"]}
        if feature["townships"] or feature["villages"]:
            return [(name, homes[name]) for name in _split(feature["villages"]) if name in homes]
        names = [feature["name"].removeprefix(self.area.name), *_split(feature["aliases"])]
        stems = {name: name.removesuffix(VILLAGE) for name in homes}
        borne = [name for name in homes if any(bare.startswith(stems[name]) for bare in names)]
        return [(name, homes[name]) for name in sorted(borne, key=len)[-1:]]

    def _spot(self, feature: dict[str, str]) -> Spot | None:
        """Return a point for a feature, or None where no village or township is known."""
        anchors = self.area.anchors(feature["id"])
        river = self._river(feature)
        if anchors:
            point = Point(anchors[0].lon, anchors[0].lat)
            home = min(self.townships, key=lambda name: self.townships[name].distance(point))
            note = f"规划未写乡镇，{anchors[0].note}（{anchors[0].source}）"
            region = self.townships[home]
            return Spot(_onto(river, point, region), region, note, SPOT_ACCURACY_M)
        villages = self._villages(feature)
        if villages:
            return self._in_village(feature, *villages[0], river)
        names = _split(feature["townships"])
        return self._in_township(feature, names, river) if names else None

    def _in_village(
        self, feature: dict[str, str], village: str, home: str, river: LineString | None
    ) -> Spot:
        region = self.townships[home]
        how = "在" if feature["villages"] else "据名称中的村名，在"
        seat = self._village_seat(village, home)
        if seat is not None:
            note = f"{how}{home}{village}，村的位置为估计"
            return Spot(_onto(river, seat, region), region, note, SPOT_ACCURACY_M)
        # Every feature of a village goes to the same spot, wherever that may be.
        point = _onto(river, _scattered(home + village.removesuffix(VILLAGE), region), region)
        note = f"{how}{home}{village}，村在乡镇内的位置不详"
        return Spot(point, region, note, _reach_m(point, region))

    def _in_township(
        self, feature: dict[str, str], names: list[str], river: LineString | None
    ) -> Spot:
        home = names[0]
        region = self.townships[home]
        if feature["kind"] in BY_THE_SEAT:
            note = f"在{home}，画在驻地附近"
            return Spot(self._by_seat(feature, home), region, note, SEAT_ACCURACY_M)
        if river is not None and river.intersects(region):
            point, note = _middle(river, region), f"在{home}、{feature['rivers']}边"
        else:
            point, note = _scattered(feature["id"], region), f"只知在{'、'.join(names)}"
        return Spot(point, region, note, max(_reach_m(point, self.townships[n]) for n in names))

    def _course(self, feature: dict[str, str]) -> Placed | None:
        """Return the river's course through the township or county named, for what lies along it.

        A point somewhere on the course would claim more than is known.
        """
        river = self._river(feature)
        known = self._hectares(feature) or self.area.anchors(feature["id"])
        if river is None or known or feature["kind"] not in ALONG_RIVERS:
            return None
        counties = {name: self.area.polygons[code] for code, name in self.area.counties.items()}
        regions = [(name, self.townships[name]) for name in _split(feature["townships"])]
        if not regions and not feature["villages"] and len(counties) > 1:
            named = [name for name in _split(feature["counties"]) if name in counties]
            regions = [(name, counties[name]) for name in named]
        if len(regions) != 1 or not river.intersects(regions[0][1]):
            return None
        name, region = regions[0]
        note = f"只知在{name}、{feature['rivers']}边，画的是河段"
        return Placed(river.intersection(region), note, ACCURACY_M)

    def _river(self, feature: dict[str, str]) -> LineString | None:
        """Return the first of the feature's rivers that is drawn."""
        lines = [self.rivers[name] for name in _split(feature["rivers"]) if name in self.rivers]
        return lines[0] if lines else None

    def _seeds(self, home: str) -> list[Seed]:
        codes = {row["code"] for row in self.area.townships if row["name"] == home}
        return [seed for seed in self.area.seeds if seed.code in codes]

    def _village_seat(self, village: str, home: str) -> Point | None:
        """Return the seed point of a village, where seats.csv has one."""
        stem = village.removesuffix(VILLAGE)
        for seed in self._seeds(home):
            if stem in (seed.name.removesuffix(VILLAGE), seed.name[:-1]):
                return Point(seed.lon, seed.lat)
        return None

    def _by_seat(self, feature: dict[str, str], home: str) -> Point:
        """Return a point near the seat, or near the former seat whose name the feature bears."""
        seeds = self._seeds(home)
        bare = feature["name"].removeprefix(self.area.name)
        seat = next((seed for seed in seeds if bare.startswith(seed.name[:-1])), seeds[0])
        turn, far = _dice(feature["id"])
        point = Point(
            seat.lon + math.cos(turn) * (0.008 + far * 0.008),
            seat.lat + math.sin(turn) * (0.006 + far * 0.006),
        )
        inner = self.townships[home].buffer(-ROOM)
        return point if inner.contains(point) else nearest_points(inner, point)[0]

    def _shared_patch(self, names: list[str], hectares: float) -> Placed:
        """Return one patch in each township; together they have the stated area."""
        regions = [self.townships[name] for name in names]
        whole = sum(region.area for region in regions)
        middles = [widest_place(region) for region in regions]
        parts = [
            patch_within(region, middle, hectares * region.area / whole)
            for region, middle in zip(regions, middles, strict=True)
        ]
        note = f"只知在{'、'.join(names)}；面积为规划所载，按乡镇面积分摊，形状为示意"
        reach = max(map(_reach_m, middles, regions))
        return Placed(MultiPolygon(parts), note, reach)


def _split(cell: str) -> list[str]:
    return [part for part in cell.split(";") if part]


def _bounds(feature: dict[str, str]) -> tuple[float, float, float, float] | None:
    sides = [feature[side] for side in ("west", "south", "east", "north")]
    if not all(sides):
        return None
    west, south, east, north = map(float, sides)
    return west, south, east, north


def _dice(key: str) -> tuple[float, float]:
    """Return an angle and a share between 0 and 1 that only the key decides."""
    digest = hashlib.sha256(key.encode()).digest()
    turn = int.from_bytes(digest[:4], "big") / 2**32
    return turn * 2 * math.pi, int.from_bytes(digest[4:8], "big") / 2**32


def _scattered(key: str, region: BaseGeometry) -> Point:
    """Return a point near the region's widest place, the same for the same key."""
    middle = widest_place(region)
    reach = 0.6 * region.boundary.distance(middle)
    turn, far = _dice(key)
    away = reach * math.sqrt(far)
    return Point(middle.x + away * math.cos(turn), middle.y + away * math.sin(turn))


def _reach_m(point: Point, region: BaseGeometry) -> int:
    """Return how far the farthest corner of a region is from a point, in whole kilometres."""
    corners = shapely.get_coordinates(region)
    count = len(corners)
    _, _, metres = GEOD.inv([point.x] * count, [point.y] * count, corners[:, 0], corners[:, 1])
    return max(SPOT_ACCURACY_M, math.ceil(max(metres) / 1000) * 1000)


def _onto(river: LineString | None, point: Point, region: BaseGeometry) -> Point:
    """Return the nearest point of the river's course through the region."""
    if river is None or not river.intersects(region):
        return point
    return nearest_points(river.intersection(region), point)[0]


def _middle(river: LineString, region: BaseGeometry) -> Point:
    """Return the middle of the river's longest course through the region."""
    cut = river.intersection(region)
    longest = max(getattr(cut, "geoms", [cut]), key=lambda part: part.length)
    return longest.interpolate(0.5, normalized=True)
