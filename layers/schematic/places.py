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

from layers.schematic.shapes import (
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

VILLAGE_SUFFIX = "村"


@dataclass(frozen=True, slots=True)
class Placed:
    """A feature's drawn geometry and in words how it was placed."""

    geometry: BaseGeometry
    note: str


@dataclass(frozen=True, slots=True)
class Atlas:
    """What places are known by: township polygons by name, seats and drawn rivers by name."""

    area: Area
    townships: dict[str, BaseGeometry]
    rivers: dict[str, LineString]

    def township_names(self, feature: dict[str, str]) -> list[str]:
        """Return the townships that the plan names for a feature, or those of its villages."""
        named = _split(feature["townships"])
        if named:
            return named
        return sorted({home for _, home in self._villages(feature)})

    def place(self, feature: dict[str, str]) -> Placed | None:
        """Return the geometry of a feature, or None where the plan does not place it."""
        bounds = _bounds(feature)
        hectares = self._hectares(feature)
        if bounds and hectares:
            county = shapely.union_all(list(self.area.polygons.values()))
            shape = reserve_shape(bounds, hectares, county)
            return Placed(shape, "按规划所载四至和面积绘制，形状为示意")
        found = self._spot(feature)
        if found is None:
            return None
        spot, region, note = found
        if feature["kind"] == "water_source" and not hectares:
            nominal = circle(spot.x, spot.y, NOMINAL_RADIUS_M)
            radius = f"{NOMINAL_RADIUS_M:.0f} 米"
            return Placed(nominal, f"{note}；规划未载保护区范围，按名义半径 {radius} 画圆")
        if not hectares:
            return Placed(spot, note)
        names = self.township_names(feature)
        if len(names) > 1:
            return Placed(self._shared_patch(names, hectares), f"{note}；面积按乡镇面积分摊")
        return Placed(patch_within(region, spot, hectares), f"{note}；面积为规划所载，形状为示意")

    def locus(self, feature: dict[str, str]) -> Placed | None:
        """Return the townships that a zone lies in, as one geometry."""
        names = _split(feature["townships"])
        if not names:
            return None
        whole = shapely.union_all([self.townships[name] for name in names])
        return Placed(whole, f"只知在{'、'.join(names)}，画的是乡镇范围")

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
        stems = {name: name.removesuffix(VILLAGE_SUFFIX) for name in homes}
        borne = [name for name in homes if any(bare.startswith(stems[name]) for bare in names)]
        return [(name, homes[name]) for name in sorted(borne, key=len)[-1:]]

    def _spot(self, feature: dict[str, str]) -> tuple[Point, BaseGeometry, str] | None:
        """Return a point for a feature, the region it must stay in, and how it was found."""
        anchors = self.area.anchors(feature["id"])
        river = self._river(feature)
        if anchors:
            point = Point(anchors[0].lon, anchors[0].lat)
            home = min(self.townships, key=lambda name: self.townships[name].distance(point))
            note = f"规划未写乡镇，{anchors[0].note}" if anchors[0].note else "规划未写乡镇"
            point = _onto(river, point, self.townships[home])
            return point, self.townships[home], f"{note}（{anchors[0].source}）"
        villages = self._villages(feature)
        if villages:
            village, home = villages[0]
            region = self.townships[home]
            point = _onto(river, self._village_point(village, home), region)
            how = "在" if feature["villages"] else "据名称中的村名，在"
            return point, region, f"{how}{home}{village}，村的位置为估计"
        names = self.township_names(feature)
        if names:
            return self._in_township(feature, names[0], river)
        return self._in_county(feature, river)

    def _in_township(
        self, feature: dict[str, str], home: str, river: LineString | None
    ) -> tuple[Point, BaseGeometry, str]:
        region = self.townships[home]
        if river is not None and river.intersects(region):
            return _middle(river, region), region, f"在{home}、{feature['rivers']}边，位置为示意"
        if feature["kind"] in BY_THE_SEAT:
            return self._by_seat(feature["id"], home), region, f"在{home}，画在驻地附近"
        return _scattered(feature["id"], region), region, f"只知在{home}，位置为示意"

    def _in_county(
        self, feature: dict[str, str], river: LineString | None
    ) -> tuple[Point, BaseGeometry, str] | None:
        """Place by river and county, where one of several counties is named."""
        codes = {name: code for code, name in self.area.counties.items()}
        named = [name for name in _split(feature["counties"]) if name in codes]
        if river is None or len(codes) == 1 or len(named) != 1:
            return None
        region = self.area.polygons[codes[named[0]]]
        if not river.intersects(region):
            return None
        note = f"只知在{named[0]}、{feature['rivers']}边，位置为示意"
        return _middle(river, region), region, note

    def _river(self, feature: dict[str, str]) -> LineString | None:
        """Return the first of the feature's rivers that is drawn."""
        lines = [self.rivers[name] for name in _split(feature["rivers"]) if name in self.rivers]
        return lines[0] if lines else None

    def _seeds(self, home: str) -> list[Seed]:
        codes = {row["code"] for row in self.area.townships if row["name"] == home}
        return [seed for seed in self.area.seeds if seed.code in codes]

    def _village_point(self, village: str, home: str) -> Point:
        """Return the village's seed point, or a point that only the village's name decides."""
        stem = village.removesuffix(VILLAGE_SUFFIX)
        for seed in self._seeds(home):
            if seed.name.removesuffix(VILLAGE_SUFFIX) == stem or seed.name[:-1] == stem:
                return Point(seed.lon, seed.lat)
        return _scattered(home + stem, self.townships[home])

    def _by_seat(self, key: str, home: str) -> Point:
        seat = self._seeds(home)[0]
        turn, far = _dice(key)
        point = Point(
            seat.lon + math.cos(turn) * (0.008 + far * 0.008),
            seat.lat + math.sin(turn) * (0.006 + far * 0.006),
        )
        inner = self.townships[home].buffer(-ROOM)
        return point if inner.contains(point) else nearest_points(inner, point)[0]

    def _shared_patch(self, names: list[str], hectares: float) -> MultiPolygon:
        """Return one patch in each township; together they have the stated area."""
        regions = [self.townships[name] for name in names]
        whole = sum(region.area for region in regions)
        return MultiPolygon(
            [
                patch_within(region, widest_place(region), hectares * region.area / whole)
                for region in regions
            ]
        )


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
