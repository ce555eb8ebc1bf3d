"""A sketch as SVG, for the page. The patterns that it names are the page's own."""

from collections.abc import Iterator
from html import escape
from itertools import groupby

import numpy as np
import shapely
from shapely import Geometry

from layers.words import say
from maps.report.sketch import HEIGHT, LEGEND_ROW, WIDTH, Entry, Shape, Sketch
from maps.style import ClassStyle

INK, PAPER = "#1f2a30", "#ffffff"
FRAME = 'fill="none" stroke="#9aa5a8"'
DOT_PX = 5.5
SWATCH_PX = 26
TEXT_PX = 12


def svg(sketch: Sketch) -> str:
    """Return a sketch as an SVG element; every text in it is escaped."""
    body = "".join(
        (
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#f7f8f5"/>',
            *_groups(sketch),
            *_labels(sketch),
            _north(),
            _bar(*sketch.bar),
            f'<path d="M.5.5h{WIDTH - 1}v{HEIGHT - 1}h-{WIDTH - 1}z" {FRAME}/>',
            *_legend(sketch),
        )
    )
    return (
        f'<svg class="sketch" xmlns="http://www.w3.org/2000/svg" role="img"'
        f' aria-label="{escape(sketch.alt)}" viewBox="0 0 {WIDTH} {sketch.height}"'
        f' width="{WIDTH}" height="{sketch.height}">{body}</svg>'
    )


def _groups(sketch: Sketch) -> Iterator[str]:
    """Yield the shapes; neighbours of one look share a group."""
    for (kind, look), shapes in groupby(sketch.shapes, key=lambda s: (s.kind, s.look)):
        yield f"<g {_paint(kind, look)}>{''.join(map(_drawn, shapes))}</g>"


def _paint(kind: str, look: ClassStyle) -> str:
    if kind == "line":
        dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
        return (
            f'fill="none" stroke="{look.color}" stroke-width="{look.weight}"'
            f' stroke-linejoin="round"{dash}'
        )
    if kind == "point":
        return f'fill="{look.fill}" stroke="{look.color}" stroke-width="{look.weight}"'
    fill = f"url(#{look.pattern_id})" if look.pattern != "none" else look.fill
    return f'fill="{fill}" fill-opacity="{look.fill_opacity}" fill-rule="evenodd" stroke="none"'


def _drawn(shape: Shape) -> str:
    if shape.kind == "point":
        return "".join(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{DOT_PX}"/>'
            for x, y in shapely.get_coordinates(shape.geometry)
        )
    return f'<path d="{_path(shape.geometry, closed=shape.kind == "fill")}"/>'


def _path(geometry: Geometry, *, closed: bool) -> str:
    rings = shapely.get_rings(geometry) if closed else shapely.get_parts(geometry)
    return "".join(_line(shapely.get_coordinates(ring), closed=closed) for ring in rings)


def _line(points: np.ndarray, *, closed: bool) -> str:
    """Return a line as path data: its first point, then steps in tenths of a pixel."""
    tenths = np.round(points * 10).astype(int)
    if closed:
        tenths = tenths[:-1]
    start, steps = tenths[0], np.diff(tenths, axis=0)
    moves = "".join(f"{_tenth(x)} {_tenth(y)} " for x, y in steps.tolist() if x or y)
    return f"M{_tenth(int(start[0]))} {_tenth(int(start[1]))}l{moves or '0 0 '}{'z' * closed}"


def _tenth(value: int) -> str:
    whole, part = divmod(abs(value), 10)
    return f"{'-' if value < 0 else ''}{whole}{f'.{part}' if part else ''}"


def _labels(sketch: Sketch) -> Iterator[str]:
    for x, y, text in sketch.labels:
        yield _text(x, y, text, ' text-anchor="middle" font-weight="bold"')


def _text(x: float, y: float, text: str, more: str = "") -> str:
    halo = f' stroke="{PAPER}" stroke-width="3" paint-order="stroke" stroke-linejoin="round"'
    return (
        f'<text x="{x}" y="{y}" font-size="{TEXT_PX}" fill="{INK}"{halo}{more}>'
        f"{escape(text)}</text>"
    )


def _north() -> str:
    x, y = WIDTH - 18, 26
    arrow = f'<path d="M{x} 8l6 18-6-4-6 4z" fill="{INK}" stroke="{PAPER}"/>'
    return arrow + _text(x, y + 12, say("report.sketch.north"), ' text-anchor="middle"')


def _bar(pixels: float, words: str) -> str:
    x, y = 10, HEIGHT - 12
    line = f"M{x} {y - 4}v4h{pixels}v-4"
    return (
        f'<path d="{line}" fill="none" stroke="{PAPER}" stroke-width="5"/>'
        f'<path d="{line}" fill="none" stroke="{INK}" stroke-width="1.6"/>'
        + _text(x + pixels + 6, y, words)
    )


def _legend(sketch: Sketch) -> Iterator[str]:
    y = HEIGHT + 6
    for entry in sketch.legend:
        yield f'<g transform="translate(0 {y})">{_swatch(entry)}</g>'
        y += LEGEND_ROW
    if sketch.more:
        yield _text(SWATCH_PX + 6, y + TEXT_PX, sketch.more)


def _swatch(entry: Entry) -> str:
    box = f'<path d="M1.5 2h{SWATCH_PX - 3}v11h-{SWATCH_PX - 3}z"'
    fill, line = _paint("fill", entry.look), _paint("line", entry.look)
    words = _text(SWATCH_PX + 6, TEXT_PX, entry.text)
    return f"{box} {fill}/>{box} {line}/>{words}"
