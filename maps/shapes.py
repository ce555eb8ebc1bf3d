"""Geometry as a page holds it: rounded, compact, one GeoJSON collection per style class."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

DECIMALS = 6
"""Decimals of a degree: 0.1 m on the ground, finer than any layer shown."""

FALLBACK_BOUNDS = (110.2, 34.5, 114.6, 40.8)
"""Shanxi, degrees: what a page without any geometry shows."""

Bounds = tuple[float, float, float, float]


def rounded(geometry: BaseGeometry | None) -> BaseGeometry | None:
    """Return a geometry with rounded coordinates; ``None`` where there is none."""
    if geometry is None or geometry.is_empty:
        return None
    flat = shapely.force_2d(geometry)
    return shapely.transform(flat, lambda points: np.round(points, DECIMALS))


def geojson(geometry: BaseGeometry | None) -> dict[str, Any] | None:
    """Return a geometry as GeoJSON with rounded coordinates."""
    small = rounded(geometry)
    return None if small is None else shapely.geometry.mapping(small)


def collection(items: Iterable[tuple[int, BaseGeometry]]) -> dict[str, Any]:
    """Return (number, geometry) pairs as a collection; features carry the number alone.

    No text of a feature goes in here: folium would write it unescaped.
    """
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"i": number}, "geometry": geojson(geometry)}
            for number, geometry in items
        ],
    }


def bounds_of(geometries: Iterable[BaseGeometry | None]) -> Bounds | None:
    """Return west, south, east, north of all geometries in degrees."""
    boxes = [g.bounds for g in geometries if g is not None and not g.is_empty]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def corners(bounds: Bounds) -> list[list[float]]:
    """Return bounds as Leaflet wants them: [[south, west], [north, east]]."""
    west, south, east, north = (round(float(value), DECIMALS) for value in bounds)
    return [[south, west], [north, east]]


def label_point(geometry: BaseGeometry) -> list[float]:
    """Return [latitude, longitude] of a point inside a geometry."""
    point = geometry.representative_point()
    return [round(point.y, DECIMALS), round(point.x, DECIMALS)]


class Pool:
    """Geometries, each kept once: many projects share a township's outline."""

    def __init__(self) -> None:
        """Start empty."""
        self._numbers: dict[bytes, int] = {}
        self.shapes: list[Mapping[str, Any]] = []

    def add(self, geometry: BaseGeometry | None) -> int:
        """Return the number of a geometry, -1 where there is none."""
        small = rounded(geometry)
        if small is None:
            return -1
        key = small.wkb
        if key not in self._numbers:
            self._numbers[key] = len(self.shapes)
            self.shapes.append(shapely.geometry.mapping(small))
        return self._numbers[key]
