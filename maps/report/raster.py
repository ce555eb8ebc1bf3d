"""A sketch as PNG, for Word and PDF: the same shapes as in the page, painted by Pillow."""

from collections.abc import Iterable, Iterator
from io import BytesIO

import numpy as np
import shapely
from PIL import Image, ImageDraw, ImageFont
from shapely import Geometry, LineString

from layers.words import say
from maps.report.font import FONT
from maps.report.sketch import HEIGHT, LEGEND_ROW, WIDTH, Entry, Shape, Sketch
from maps.report.svg import DOT_PX, INK, PAPER, SWATCH_PX, TEXT_PX
from maps.style import ClassStyle

FINE = 2
"""Pixels of the picture for one of the sketch."""

SMOOTH = 2
"""Painted so many times as large and made smaller: Pillow's own edges are rough."""

COLORS = 64
PATTERN_PX = 9
"""A pattern repeats after so many pixels, as in the page."""

_SLOPES = {"diagonal": (-1,), "back": (1,), "cross": (-1, 1)}


def png(sketch: Sketch) -> bytes:
    """Return a sketch as a PNG; the same sketch gives the same bytes."""
    scale = FINE * SMOOTH
    size = (WIDTH * scale, sketch.height * scale)
    picture = _Picture(Image.new("RGB", size, PAPER), scale)
    picture.paint_map(sketch)
    small = picture.image.resize((WIDTH * FINE, sketch.height * FINE), Image.Resampling.BOX)
    held = BytesIO()
    few = small.quantize(COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(held, "PNG", optimize=True)
    return held.getvalue()


class _Picture:
    """A picture being painted; all positions are pixels of the sketch."""

    def __init__(self, image: Image.Image, scale: int) -> None:
        self.image = image
        self._scale = scale
        self._pen = ImageDraw.Draw(image)
        layout = ImageFont.Layout.BASIC
        self._font = ImageFont.truetype(str(FONT), TEXT_PX * scale, layout_engine=layout)

    def paint_map(self, sketch: Sketch) -> None:
        """Paint drawing, north, scale bar and legend."""
        self._pen.rectangle(self._box(0, 0, WIDTH, HEIGHT), fill="#f7f8f5")
        for shape in sketch.shapes:
            self._paint(shape)
        # What hangs over the drawing's edge must not run into the legend.
        self._pen.rectangle(self._box(0, HEIGHT, WIDTH, sketch.height), fill=PAPER)
        for x, y, text in sketch.labels:
            self._text(x, y, text, "ms")
        self._north()
        self._bar(*sketch.bar)
        self._stroke([(0.5, 0.5), (WIDTH - 0.5, 0.5), (WIDTH - 0.5, HEIGHT - 0.5),
                      (0.5, HEIGHT - 0.5), (0.5, 0.5)], "#9aa5a8", 1)  # fmt: skip
        y = HEIGHT + 6
        for entry in sketch.legend:
            self._entry(entry, y)
            y += LEGEND_ROW
        if sketch.more:
            self._text(SWATCH_PX + 6, y + TEXT_PX, sketch.more)

    def _paint(self, shape: Shape) -> None:
        if shape.kind == "fill":
            self._fill(shape.geometry, shape.look)
        elif shape.kind == "line":
            for line in shapely.get_parts(shape.geometry):
                for part in dashed(line, shape.look.dash):
                    self._stroke(shapely.get_coordinates(part), shape.look.color, shape.look.weight)
        else:
            for x, y in shapely.get_coordinates(shape.geometry):
                box = self._box(x - DOT_PX, y - DOT_PX, x + DOT_PX, y + DOT_PX)
                width = round(shape.look.weight * self._scale)
                self._pen.ellipse(box, shape.look.fill, shape.look.color, width)

    def _fill(self, area: Geometry, look: ClassStyle) -> None:
        """Paint an area flat, or faintly with its pattern over it."""
        plain = look.pattern == "none"
        shade = round(255 * look.fill_opacity * (1 if plain else 0.1))
        west, north, east, south = np.array(area.bounds) * self._scale
        corner = (int(west), int(north))
        mask = Image.new("L", (int(east) - corner[0] + 1, int(south) - corner[1] + 1), 0)
        pen = ImageDraw.Draw(mask)
        for part in shapely.get_parts(area):
            outer, *holes = shapely.get_rings(part)
            pen.polygon(self._points(outer, corner), shade)
            for hole in holes:
                pen.polygon(self._points(hole, corner), 0)
        self.image.paste(look.fill, corner, mask)
        if not plain:
            for line in hatching(area, look.pattern):
                self._stroke(shapely.get_coordinates(line), look.fill, 1.3 * look.fill_opacity)

    def _points(self, ring: Geometry, corner: tuple[int, int]) -> list[tuple[float, ...]]:
        return [tuple(point) for point in shapely.get_coordinates(ring) * self._scale - corner]

    def _stroke(self, points: Iterable, color: str, weight: float) -> None:
        held = [(x * self._scale, y * self._scale) for x, y in points]
        self._pen.line(held, color, max(1, round(weight * self._scale)), joint="curve")

    def _box(self, *sides: float) -> list[float]:
        return [side * self._scale for side in sides]

    def _text(self, x: float, y: float, text: str, anchor: str = "ls") -> None:
        place, halo = (x * self._scale, y * self._scale), round(1.5 * self._scale)
        self._pen.text(place, text, INK, self._font, anchor, stroke_width=halo, stroke_fill=PAPER)

    def _north(self) -> None:
        x = WIDTH - 18
        arrow = [(x, 8), (x + 6, 26), (x, 22), (x - 6, 26)]
        held = [(px * self._scale, py * self._scale) for px, py in arrow]
        self._pen.polygon(held, INK, PAPER, self._scale)
        self._text(x, 38, say("report.sketch.north"), "ms")

    def _bar(self, pixels: float, words: str) -> None:
        x, y = 10, HEIGHT - 12
        points = [(x, y - 4), (x, y), (x + pixels, y), (x + pixels, y - 4)]
        self._stroke(points, PAPER, 5)
        self._stroke(points, INK, 1.6)
        self._text(x + pixels + 6, y, words)

    def _entry(self, entry: Entry, y: float) -> None:
        box = shapely.box(1.5, y + 2, SWATCH_PX - 1.5, y + 13)
        self._fill(box, entry.look)
        for part in dashed(shapely.boundary(box), entry.look.dash):
            self._stroke(shapely.get_coordinates(part), entry.look.color, entry.look.weight)
        self._text(SWATCH_PX + 6, y + TEXT_PX, entry.text)


def dashed(line: Geometry, dash: str) -> Iterator[Geometry]:
    """Yield the strokes of a dashed line; the whole line where there is no dash."""
    lengths = [float(part) for part in dash.split()]
    if not lengths:
        yield line
        return
    points = shapely.get_coordinates(line)
    along = np.append(0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
    ends = np.append(
        0, np.cumsum(np.resize(lengths, 2 * int(along[-1] / sum(lengths) + 1) * len(lengths)))
    )
    for begin, end in zip(ends[:-1:2], ends[1::2], strict=False):
        if begin >= along[-1]:
            return
        stop = min(end, along[-1])
        between = (along > begin) & (along < stop)
        ats = [begin, *along[between], stop]
        yield LineString(
            np.column_stack(
                [np.interp(ats, along, points[:, 0]), np.interp(ats, along, points[:, 1])]
            )
        )


def hatching(area: Geometry, pattern: str) -> list[Geometry]:
    """Return the lines of a pattern within an area, the dots of ``dots`` as short strokes."""
    west, north, east, south = area.bounds
    lines = list(_pattern(pattern, west, north, east, south))
    if not lines:
        return []
    cut = shapely.intersection(shapely.multilinestrings(lines), area)
    parts = shapely.get_parts(cut)  # no line may meet a small area: one part, which is empty
    return [part for part in parts if shapely.get_dimensions(part) == 1 and not part.is_empty]


def _pattern(
    pattern: str, west: float, north: float, east: float, south: float
) -> Iterator[list[tuple[float, float]]]:
    """Yield the lines of a pattern that cross a box, at the same places for every box."""
    step = PATTERN_PX
    rows = np.arange(np.floor(north / step), np.ceil(south / step) + 1) * step
    columns = np.arange(np.floor(west / step), np.ceil(east / step) + 1) * step
    if pattern == "level":
        yield from ([(west, y + step / 2), (east, y + step / 2)] for y in rows)
    elif pattern == "upright":
        yield from ([(x + step / 2, north), (x + step / 2, south)] for x in columns)
    elif pattern == "dots":
        for y in rows:
            for x in columns:
                yield from (
                    [(x + 1.9, y + 2.5), (x + 3.1, y + 2.5)],
                    [(x + 6.4, y + 7), (x + 7.6, y + 7)],
                )
    for slope in _SLOPES.get(pattern, ()):
        first, last = (north - slope * e for e in (west, east))
        low = min(first, last)
        high = max(south - slope * west, south - slope * east)
        for start in np.arange(np.floor(low / step), np.ceil(high / step) + 1) * step:
            yield [(west, slope * west + start), (east, slope * east + start)]
