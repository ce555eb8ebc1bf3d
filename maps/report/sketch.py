"""The small map of a site: the site, the zones around it, north and a scale bar.

A sketch is a list of shapes in pixels, the same for every output: ``svg`` writes it for the page,
``maps.report.raster`` paints it for Word and PDF. Nothing is measured but the scale bar.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry, STRtree

from layers.measure import lengths_m
from layers.words import say
from maps.report import numbers
from maps.report.tables import near
from maps.style import ClassStyle, Style, load_style
from zoning.review.model import Review, SiteReview

WIDTH, HEIGHT = 360, 240
"""Pixels of the drawing, without the legend."""

LEGEND_ROW = 18
LEGEND_ROWS = 6
"""Zones that the legend names; of the others it tells the number."""

LEGEND_SIGNS = 26
"""Characters of a name in the legend."""

FINE_PX = 0.4
"""Bends smaller than this are not seen."""

FILL_FRAME = 2.4
"""How many times as wide as its site a drawing is."""

LEAST_M = 200.0
"""Metres that a drawing shows at least, however small its site."""

NEAR_SITES = 3.0
"""A nearest zone is drawn in if it is not farther than this many widths of the site, or this
many times ``LEAST_M``."""

M_PER_DEGREE = 111_320.0
"""Metres of a degree of latitude, near enough for a drawing."""

LABEL_PX = 18
"""A word keeps so far from the drawing's edge."""

PIECE = 1500
"""Points from which a zone is cut into pieces before it is clipped to drawings."""

DRAWN = frozenset({"schematic", "modelled"})
"""Bases of layers whose places nobody measured."""

VAGUE_DASH = "2 3"
BARS = tuple(digit * 10**power for power in range(7) for digit in (1, 2, 5))


@dataclass(frozen=True, slots=True)
class Shape:
    """Something drawn: ``fill``, ``line`` or ``point``, its geometry in pixels, y down."""

    kind: str
    geometry: Geometry
    look: ClassStyle


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the legend: how it looks, what it is called."""

    look: ClassStyle
    text: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """A small map, ``WIDTH`` wide, ``height`` high with its legend below the drawing.

    ``labels`` are (x, y, text); ``bar`` is the scale bar's length in pixels and in words.
    """

    shapes: tuple[Shape, ...]
    labels: tuple[tuple[float, float, str], ...]
    legend: tuple[Entry, ...]
    more: str
    bar: tuple[float, str]

    @property
    def height(self) -> int:
        """Pixels, with the legend."""
        return HEIGHT + LEGEND_ROW * (len(self.legend) + bool(self.more)) + LEGEND_ROW // 2

    @property
    def alt(self) -> str:
        """What the map shows, for those who do not see it."""
        return say("report.sketch.alt", names="、".join(entry.text for entry in self.legend))


@dataclass(frozen=True, slots=True)
class _Zone:
    name: str
    look: ClassStyle
    order: int
    vague: str


class Surroundings:
    """The zones of a review's layers, found and cut to drawings quickly."""

    def __init__(self, review: Review, zones: Mapping[str, gpd.GeoDataFrame]) -> None:
        """Take the zones to draw by layer id, in EPSG:4490 with zone_id, name, class, level."""
        style = load_style()
        evidence = {layer.id: layer for layer in review.layers}
        self._site = style.kind("site").base
        self._zones: list[_Zone] = []
        shapes: list[Geometry] = []
        frames = STRtree([shapely.box(*_frame(found)) for found in review.sites])
        for layer, frame in sorted(zones.items()):
            # only what some drawing shows: of a county's fields that is hardly any
            shown, _ = frames.query(shapely.envelope(frame.geometry.to_numpy()))
            frame = frame.iloc[np.unique(shown)]  # noqa: PLW2901 - a part of itself
            known = evidence.get(layer)
            kind, basis = (known.kind, known.basis) if known else ("other", "")
            for row, shape in zip(_attributes(frame), frame.geometry, strict=True):
                if shape is None or shape.is_empty:
                    continue
                self._zones.append(_zone(row, kind, basis, style))
                shapes.append(shape)
        # Borders are cut by themselves: where an area is cut, no line must be drawn.
        self._fills = _Pieces(shapes)
        self._edges = _Pieces([_border(shape) for shape in shapes])

    def sketches(self, sites: Sequence[SiteReview]) -> Iterator[Sketch]:
        """Yield the sketch of each site."""
        frames = [_frame(site) for site in sites]
        across = shapely.linestrings(
            [[(w, (s + n) / 2), (e, (s + n) / 2)] for w, s, e, n in frames] or np.empty((0, 2, 2))
        )
        for site, frame, metres in zip(sites, frames, lengths_m(across), strict=True):
            yield self._sketch(site, frame, float(metres))

    def _sketch(self, site: SiteReview, frame: tuple[float, ...], metres: float) -> Sketch:
        pixels = _pixels(frame)
        fills, edges = self._fills.within(frame), self._edges.within(frame)
        seen = sorted({*fills, *edges}, key=lambda at: (self._zones[at].order, at))
        shapes, labels = [], []
        for at in seen:
            zone = self._zones[at]
            area = pixels(shapely.union_all(fills.get(at, [])))
            shapes += _shapes(area, zone.look, ("fill", "point"))
            border = shapely.line_merge(shapely.union_all(edges.get(at, [])))
            shapes += _shapes(pixels(border), zone.look, ("line",))
            if zone.vague and not area.is_empty:
                labels.append((*_spot(area), zone.vague))
        shapes += self._own(pixels(site.site.geometry))
        # What is drawn on top stands first, as the reader sees it.
        named = [Entry(self._zones[at].look, self._zones[at].name) for at in reversed(seen)]
        named = list(dict.fromkeys(named))
        legend = (Entry(self._site, say("report.sketch.site")), *named[:LEGEND_ROWS])
        left = len(named) - LEGEND_ROWS
        more = say("report.sketch.more", count=left) if left > 0 else ""
        return Sketch(tuple(shapes), tuple(labels), legend, more, _bar(metres))

    def _own(self, site: Geometry) -> Iterator[Shape]:
        yield from _shapes(site, self._site, ("fill", "line", "point"))
        if shapely.get_dimensions(site) > 1:
            yield Shape("line", shapely.boundary(site), self._site)


class _Pieces:
    """Geometries in pieces that are small enough to be cut to many drawings."""

    def __init__(self, shapes: Sequence[Geometry]) -> None:
        """Take geometries; their numbers tell the pieces apart."""
        pieces = [(owner, piece) for owner, shape in enumerate(shapes) for piece in _cut(shape)]
        self._owners = [owner for owner, _ in pieces]
        self._pieces = [piece for _, piece in pieces]
        self._tree = STRtree(self._pieces)

    def within(self, frame: tuple[float, ...]) -> dict[int, list[Geometry]]:
        """Return the pieces of each geometry within a frame, cut to it."""
        found: dict[int, list[Geometry]] = {}
        for at in np.sort(self._tree.query(shapely.box(*frame))):
            cut = shapely.clip_by_rect(self._pieces[at], *frame)
            if not cut.is_empty:
                found.setdefault(self._owners[at], []).append(cut)
        return found


def _attributes(frame: gpd.GeoDataFrame) -> list[dict[str, str]]:
    """Return zone_id, name, class and level of each zone as texts."""
    columns = ("zone_id", "name", "class", "level")
    given = {
        name: [value if isinstance(value, str) else "" for value in frame[name]]
        for name in columns
        if name in frame
    }
    return [{name: given[name][at] for name in given} for at in range(len(frame))]


def _zone(row: Mapping[str, str], kind: str, basis: str, style: Style) -> _Zone:
    looks = style.kind(kind)
    look = looks.class_of(row)
    # An unnamed zone is called by its kind; many of one look share one row of the legend.
    name, level = row.get("name") or looks.title, row.get("level", "")
    text = numbers.plain(name if name.endswith(level) else f"{name} {level}")
    text = text if len(text) <= LEGEND_SIGNS else text[: LEGEND_SIGNS - 1] + "…"
    vague = numbers.word(basis, "basis") if basis in DRAWN else ""
    if vague:
        look = replace(look, dash=VAGUE_DASH, fill_opacity=round(look.fill_opacity * 0.6, 3))
        text = say("report.sketch.vague", name=text, basis=vague)
    return _Zone(text, look, looks.order, vague)


def _cut(shape: Geometry) -> Iterator[Geometry]:
    """Yield a geometry's parts, those with many points cut until none has many."""
    for part in shapely.get_parts(shapely.force_2d(shape)):
        if shapely.get_num_geometries(part) > 1:
            yield from _cut(part)
        elif shapely.get_num_coordinates(part) <= PIECE:
            yield part
        else:
            west, south, east, north = part.bounds
            middle, centre = (west + east) / 2, (south + north) / 2
            wide = east - west > north - south
            halves = (
                (west, south, middle, north) if wide else (west, south, east, centre),
                (middle, south, east, north) if wide else (west, centre, east, north),
            )
            for half in halves:
                yield from _cut(shapely.clip_by_rect(part, *half))


def _border(shape: Geometry) -> Geometry:
    """Return the border of areas; what has none as it is."""
    return shapely.boundary(shape) if shapely.get_dimensions(shape) > 1 else shape


def _frame(found: SiteReview) -> tuple[float, float, float, float]:
    """Return west, south, east, north of the drawing around a site, in degrees."""
    west, south, east, north = found.site.geometry.bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    narrow = float(np.cos(np.radians(lat)))
    ratio = WIDTH / HEIGHT
    # Half the drawing's height that the site needs, in metres.
    half = max((north - south) / 2, (east - west) * narrow / 2 / ratio) * M_PER_DEGREE
    reach = max(2 * half * NEAR_SITES, LEAST_M * NEAR_SITES)
    zones = [zone.distance_m for zone in near(found) if zone.distance_m <= reach]
    half = max(half * FILL_FRAME, LEAST_M / 2, (half + max(zones)) * 1.2 if zones else 0.0)
    high = half / M_PER_DEGREE
    wide = high * ratio / narrow
    return lon - wide, lat - high, lon + wide, lat + high


def _pixels(frame: tuple[float, ...]):  # noqa: ANN202 - a function of a geometry
    """Return what turns a geometry in degrees into one in pixels, with no bend unseen."""
    west, south, east, north = frame

    def turned(geometry: Geometry) -> Geometry:
        def to_pixels(points: NDArray[np.float64]) -> NDArray[np.float64]:
            x = (points[:, 0] - west) / (east - west) * WIDTH
            y = (north - points[:, 1]) / (north - south) * HEIGHT
            return np.column_stack([x, y])

        return shapely.simplify(shapely.transform(geometry, to_pixels), FINE_PX)

    return turned


def _shapes(geometry: Geometry, look: ClassStyle, wanted: Sequence[str]) -> Iterator[Shape]:
    """Yield the areas, lines and points of a geometry as shapes, those wanted."""
    kinds = ("point", "line", "fill")
    for part in shapely.get_parts(geometry):
        if part.geom_type == "GeometryCollection":
            yield from _shapes(part, look, wanted)
            continue
        kind = kinds[int(shapely.get_dimensions(part))] if not part.is_empty else ""
        if kind in wanted:
            yield Shape(kind, part, look)


def _spot(area: Geometry) -> tuple[float, float]:
    """Return where a word is written on a shape, not too near the drawing's edge."""
    if shapely.get_dimensions(area) == 1:
        longest = max(shapely.get_parts(area), key=shapely.length)
        spot = shapely.line_interpolate_point(longest, 0.35, normalized=True)
    else:
        spot = shapely.point_on_surface(area)
    x = min(max(spot.x, LABEL_PX), WIDTH - LABEL_PX)
    y = min(max(spot.y, LABEL_PX), HEIGHT - LABEL_PX)
    return round(x, 1), round(y, 1)


def _bar(metres: float) -> tuple[float, str]:
    """Return the longest round bar that fits a third of a drawing so many metres wide."""
    fitting = [length for length in BARS if length <= metres / 3]
    length = fitting[-1] if fitting else BARS[0]
    return round(length / metres * WIDTH, 1), numbers.bar(length)
