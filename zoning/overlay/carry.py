"""Polygons carried from their file's coordinates to the zones' plane.

Their edges stay straight where they were drawn: long ones are densified first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from layers import datum, webmap
from layers.carry import EDGE_M, EDGE_WEB_DEG
from layers.measure import EDGE_DEG
from zoning.overlay.compiled import compiled_here
from zoning.overlay.flat import Polygons, ranges

Carry = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Points ``(n, 2)`` to points."""

POINTS = 1 << 21
"""Points that are carried to the plane at a time, those that long edges get included."""

UNITS = {"metre": "metres", "degree": "degrees"}
"""Units of the coordinates that polynomials may stand for, as PROJ and as ``chart`` calls them."""


@dataclass(frozen=True, slots=True)
class Place:
    """From where to where coordinates are carried: CRSs as WKT.

    ``web`` is GCJ-02 or BD-09 where the file is in one of these, else empty.
    """

    crs: str
    web: str
    plane: str

    @property
    def same(self) -> bool:
        """Whether the file is in the plane already."""
        return _same(self.crs, self.plane)

    @property
    def metres(self) -> bool:
        """Whether the file is in metres, not in degrees."""
        return bool(self.crs) and crs_of(self.crs).is_projected

    def degrees(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where points of the file are in degrees of its datum."""
        if self.web:
            return by_proj(webmap.TO_CGCS2000[self.web])(xy)
        unprojection = _unprojection(self.crs)
        return unprojection(xy) if unprojection else xy


def points(polygons: Polygons, place: Place) -> NDArray[np.float64]:
    """Return how many points each polygon has at the most once it is densified."""
    if place.same:
        return np.diff(polygons.starts[polygons.first_ring]).astype(float)
    # In China no degree is shorter than 60 km.
    longest = EDGE_DEG * 60_000 if place.metres else EDGE_DEG
    most = np.diff(polygons.starts) + _lengths(polygons) / longest
    return np.diff(np.append(0.0, np.cumsum(most))[polygons.first_ring])


def in_plane(polygons: Polygons, place: Place) -> Iterator[tuple[int, Polygons]]:
    """Yield polygons in the plane, so many at a time that memory stays bounded.

    With the number of the first of them.
    """
    if place.same:
        yield 0, polygons
        return
    ends = np.cumsum(points(polygons, place))
    start = 0
    while start < len(ends):
        limit = POINTS + (ends[start - 1] if start else 0)
        stop = max(start + 1, int(np.searchsorted(ends, limit, side="right")))
        yield start, _carried(polygons.part(start, stop), place)
        start = stop


def densified(polygons: Polygons, longest: float) -> Polygons:
    """Return polygons with edges longer than ``longest`` cut into equal parts."""
    if compiled_here():
        from zoning.overlay import rings_compiled  # noqa: PLC0415

        return rings_compiled.densified(polygons, longest)
    step = np.zeros_like(polygons.xy)
    step[:-1] = np.diff(polygons.xy, axis=0)
    step[polygons.starts[1:] - 1] = 0.0
    length = np.sqrt(step[:, 0] ** 2 + step[:, 1] ** 2)
    pieces = np.maximum(np.ceil(length / longest), 1).astype(np.int64)
    if len(pieces) == 0 or pieces.max() == 1:
        return polygons
    which = np.repeat(np.arange(len(pieces)), pieces)
    part = ranges(np.zeros_like(pieces), pieces) / pieces[which]
    xy = polygons.xy[which] + part[:, None] * step[which]
    return replace(polygons, xy=xy, starts=np.r_[0, np.cumsum(pieces)][polygons.starts])


def by_proj(step: datum.Step) -> Carry:
    """Return a step that takes points ``(n, 2)``."""
    return lambda xy: np.column_stack(step(*np.ascontiguousarray(xy.T)))


@cache
def crs_of(wkt: str) -> CRS:
    """Return a CRS that is asked for again and again."""
    return CRS(wkt)


def _carried(polygons: Polygons, place: Place) -> Polygons:
    if place.metres or place.web:
        polygons = densified(polygons, EDGE_M if place.metres else EDGE_WEB_DEG)
    polygons = replace(polygons, xy=place.degrees(polygons.xy)).checked()
    polygons = densified(polygons, EDGE_DEG)
    return replace(polygons, xy=_projection(place.plane)(polygons.xy)).checked()


def _lengths(polygons: Polygons) -> NDArray[np.float64]:
    """Return of each ring the sum of its edges' widths and heights: no less than its length."""
    if compiled_here():
        from zoning.overlay import rings_compiled  # noqa: PLC0415

        return rings_compiled.lengths(polygons.xy, polygons.starts)[0]
    step = np.zeros(len(polygons.xy))
    step[:-1] = np.abs(np.diff(polygons.xy, axis=0)).sum(axis=1)
    step[polygons.starts[1:] - 1] = 0.0
    return np.diff(np.append(0.0, np.cumsum(step))[polygons.starts])


@cache
def _same(crs: str, plane: str) -> bool:
    return bool(crs) and crs_of(crs).equals(crs_of(plane), ignore_axis_order=True)


@cache
def _unprojection(wkt: str) -> Carry | None:
    """Return the step from a projected CRS to its longitude and latitude; none for others."""
    crs = crs_of(wkt)
    steps = datum.unprojection(crs)
    return _quickly(steps[0], crs, crs.geodetic_crs) if steps else None


@cache
def _projection(wkt: str) -> Carry:
    crs = crs_of(wkt)
    step = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True).transform
    return _quickly(step, crs.geodetic_crs, crs)


def _quickly(step: datum.Step, start: CRS, end: CRS) -> Carry:
    """Return a step of PROJ, by polynomials where these are compiled and the units fit."""
    exact = by_proj(step)
    units = [UNITS.get(crs.axis_info[0].unit_name) for crs in (start, end)]
    if not compiled_here() or None in units:
        return exact
    from zoning.overlay.chart import Chart  # noqa: PLC0415

    return Chart(exact, *units)
