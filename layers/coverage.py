"""Layers that must tile (townships, zones): where they leave gaps, overlap, or miss the border.

Overlays are done in degrees, because an edge is a straight line in degrees
(docs/decisions/0002-area.md) and vertices that neighbours share are equal there; areas and
widths are taken in the equal-area plane.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely import Geometry, STRtree

from layers.errors import LayerError
from layers.measure import STORAGE_CRS, Plane
from layers.repair import place, single_parts
from layers.rounding import shown_m2
from layers.words import say

TOUCH_M = 1e-3
"""Gaps and overlaps no wider are float noise along a border (docs/decisions/0001-tolerance.md)."""

SLIVER_WIDTH_M = 1.0
"""A strip of a smaller mean width is one border drawn twice rather than land: a sliver. Every
patch below the 1 m2 of docs/decisions/0001-tolerance.md is narrower than this."""

NEAR_DEG = 1e-8
"""About a millimetre: how near a feature lies that bounds a gap."""

KINDS = ("overlap", "gap", "open_gap", "border_gap", "outside")


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where a layer does not tile.

    ``problem`` is ``overlap`` (of two features), ``gap`` (enclosed by features), ``open_gap``
    (a gap between two features that opens to the outside by a narrow mouth), ``border_gap``
    (between the features and the outer boundary) or ``outside`` (what sticks out over that).
    ``lon``, ``lat`` is a point inside, in degrees of EPSG:4490; ``features`` are the zone_ids of
    those concerned, the one with the longest share of the border first; ``width_m`` is the mean
    width, area over half the perimeter.
    """

    problem: str
    sliver: bool
    lon: float
    lat: float
    area_m2: float
    width_m: float
    features: tuple[str, ...]

    @property
    def detail(self) -> str:
        """Return the fault as a sentence in Chinese."""
        names = "、".join(self.features) or say("doctor.coverage.nobody")
        where = place(self.lon, self.lat, _CRS)
        text = say(
            f"doctor.coverage.{self.problem}",
            names=names,
            place=where,
            area=shown_m2(self.area_m2),
            width=self.width_m,
        )
        return text + (say("doctor.coverage.sliver") if self.sliver else "")


_CRS = CRS.from_user_input(STORAGE_CRS)


def examine_coverage(frame: gpd.GeoDataFrame, outline: Geometry | None = None) -> tuple[Fault, ...]:
    """Return the faults of a layer whose polygons must tile, the largest of each kind first.

    Without an outline a gap that opens to the outside is found only where its mouth is narrower
    than ``SLIVER_WIDTH_M``: a wider one may be the shape of the area. With one, nothing is
    missed.

    Args:
        frame: valid polygons in EPSG:4490 with a ``zone_id`` (see ``layers.doctor.examine``).
        outline: what they must fill, a valid polygon in EPSG:4490; none where it is not known.

    Raises:
        LayerError: another CRS, or a feature that is no valid polygon.

    """
    _check(frame, outline)
    if frame.empty and outline is None:
        return ()
    coverage = _Coverage(frame, outline)
    faults = [*coverage.overlaps(), *coverage.gaps()]
    if outline is not None:
        faults += coverage.beyond(outline)
    return tuple(sorted(faults, key=_order))


def _order(fault: Fault) -> tuple[object, ...]:
    return (
        KINDS.index(fault.problem),
        -round(fault.area_m2, 3),
        fault.features,
        round(fault.lon, 6),
        round(fault.lat, 6),
    )


def _check(frame: gpd.GeoDataFrame, outline: Geometry | None) -> None:
    if frame.crs is None or not frame.crs.equals(_CRS, ignore_axis_order=True):
        name = frame.crs.name if frame.crs is not None else say("doctor.coverage.no_crs")
        raise LayerError(say("doctor.coverage.crs", value=name, expected=STORAGE_CRS))
    good = _sound(np.asarray(frame.geometry.values, dtype=object))
    if not good.all():
        first = int(np.argmin(good))
        raise LayerError(
            say(
                "doctor.coverage.unsound",
                count=int((~good).sum()),
                row=first + 1,
                feature=frame["zone_id"].iloc[first],
            )
        )
    if (np.abs(frame.total_bounds) > (180, 90, 180, 90)).any():
        bounds = "、".join(f"{value:.6g}" for value in frame.total_bounds)
        raise LayerError(say("doctor.coverage.degrees", bounds=bounds))
    if outline is not None and not _sound(np.array([outline], dtype=object))[0]:
        raise LayerError(say("doctor.coverage.outline", found=shapely.is_valid_reason(outline)))


def _sound(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    areal = np.isin(
        shapely.get_type_id(shapes),
        [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON],
    )
    return areal & shapely.is_valid(shapes) & ~shapely.is_empty(shapes)


class _Coverage:
    """The polygons of a layer, with what several of the questions need."""

    def __init__(self, frame: gpd.GeoDataFrame, outline: Geometry | None) -> None:
        self.shapes = np.asarray(frame.geometry.values, dtype=object)
        self.ids = [str(value) for value in frame["zone_id"]]
        self.plane = Plane.around([*self.shapes, *([] if outline is None else [outline])])
        self.tree = STRtree(self.shapes)
        self.outline = outline
        self.exact = bool(shapely.coverage_is_valid(self.shapes))
        # in a valid coverage shared edges are equal, and joining takes no overlay
        join = shapely.coverage_union_all if self.exact else shapely.union_all
        self.union = join(self.shapes)
        self.flat = shapely.union_all(self._projected(self.union))
        self.filled = self._filled()

    def _projected(self, region: Geometry) -> NDArray[np.object_]:
        """Return the polygons of a region in the plane.

        A slit of float noise may close or cross itself on the way: the polygon is mended then.
        """
        flat = self.plane.project(_polygons(region))
        torn = ~shapely.is_valid(flat)
        flat[torn] = shapely.make_valid(flat[torn], method="structure", keep_collapsed=False)
        return flat

    def _filled(self) -> Geometry:
        """Return the whole (in the plane) without its holes and narrow inlets.

        It grows by half a sliver's width and shrinks again: without that float noise between
        neighbours would open every hole to the outside. Mitred joins leave the corners of the
        outer border as they were.
        """
        grown = _grown(self.flat, SLIVER_WIDTH_M / 2)
        outer = shapely.polygons(shapely.get_exterior_ring(_polygons(grown)))
        return _grown(shapely.union_all(outer), -SLIVER_WIDTH_M / 2)

    def overlaps(self) -> Iterator[Fault]:
        """Yield where two features cover the same ground; each pair by itself."""
        if self.exact:
            return
        first, second = self.tree.query(self.shapes, predicate="intersects")
        once = first < second
        first, second = first[once], second[once]
        shared = shapely.intersection(self.shapes[first], self.shapes[second])
        for one, other, region in zip(first, second, shared, strict=True):
            names = tuple(sorted((self.ids[one], self.ids[other])))
            yield from self._faults("overlap", region, names)

    def gaps(self) -> Iterator[Fault]:
        """Yield what the features leave bare: of the outline, or of what they enclose."""
        if self.outline is None:
            bare, opening = shapely.difference(self.filled, self.flat), "open_gap"
        else:
            # in degrees: a border that both share stays shared
            bare = shapely.difference(self.outline, self.union)
            bare, opening = shapely.union_all(self._projected(bare)), "border_gap"
        rim = shapely.boundary(self.filled)
        for solid in _solid(bare):
            enclosed = (
                shapely.intersects(self.filled, solid) and shapely.distance(rim, solid) > TOUCH_M
            )
            fault = self._fault("gap" if enclosed else opening, solid)
            # an inlet of a single feature is the shape it has
            if fault.problem != "open_gap" or len(fault.features) > 1:
                yield fault

    def beyond(self, outline: Geometry) -> Iterator[Fault]:
        """Yield what sticks out over the outer boundary, feature by feature."""
        for at in np.flatnonzero(~shapely.covered_by(self.shapes, outline)):
            beyond = shapely.difference(self.shapes[at], outline)
            yield from self._faults("outside", beyond, (self.ids[at],))

    def _faults(self, problem: str, region: Geometry, names: tuple[str, ...]) -> Iterator[Fault]:
        """Yield the parts of a region (degrees) that are wider than float noise."""
        for part in self._projected(region):
            for solid in _solid(part):
                yield self._fault(problem, solid, names)

    def _fault(self, problem: str, solid: Geometry, names: tuple[str, ...] | None = None) -> Fault:
        """Return the fault that a polygon in the plane is."""
        area = float(shapely.area(solid))
        width = 2 * area / float(shapely.length(solid))
        inside = self.plane.unproject([shapely.point_on_surface(solid)])[0]
        found = self._neighbours(solid) if names is None else names
        return Fault(problem, width < SLIVER_WIDTH_M, inside.x, inside.y, area, width, found)

    def _neighbours(self, solid: Geometry) -> tuple[str, ...]:
        """Return the ids of the features along a gap, the longest shared border first."""
        near = shapely.buffer(self.plane.unproject([solid])[0], NEAR_DEG)
        beside = self.tree.query(near, predicate="intersects")
        shared = shapely.length(shapely.intersection(shapely.boundary(self.shapes[beside]), near))
        # a feature that only touches a corner is no party to it
        parties = [
            (-round(float(length), 9), self.ids[at])
            for at, length in zip(beside, shared, strict=True)
            if length > 10 * NEAR_DEG
        ]
        return tuple(name for _, name in sorted(parties))


def _polygons(region: Geometry) -> NDArray[np.object_]:
    parts = single_parts(region)
    return parts[shapely.get_dimensions(parts) == _AREAL]


_AREAL = 2

MITRE = 100.0
"""Corners down to one degree keep their point when a shape grows."""


def _grown(shape: Geometry, metres: float) -> Geometry:
    return shapely.buffer(shape, metres, join_style="mitre", mitre_limit=MITRE)


def _solid(region: Geometry) -> Iterator[Geometry]:
    """Yield what is wider than ``TOUCH_M``: noise along a border may tie real faults together."""
    for part in _polygons(region):
        for piece in _polygons(_grown(part, -TOUCH_M / 2)):
            yield from _polygons(shapely.intersection(_grown(piece, TOUCH_M / 2), part))
