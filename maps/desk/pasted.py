"""Pasted coordinates, in whatever notation, as a file that the readers read.

Survey TXT and GeoJSON go through as they are. WKT and lists of points become a table of WKT: one
row a geometry. Nothing is guessed: which number is the easting the numbers themselves must tell
(``layers.formats.grid``), and metres need a stated CRS. A line that cannot be read refuses the
whole: a polygon without one of its corners would be another polygon.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import shapely
from shapely import Geometry

from layers.errors import LayerError
from layers.formats.angle import parse_angle
from layers.formats.grid import (
    DEGREE,
    METRE,
    Numbers,
    Order,
    fit_eastings,
    gauss_kruger,
    order,
    packed,
    prefix,
    stated_zone,
    zone_width,
)
from layers.formats.source import quoted
from layers.formats.survey import BODY, is_survey
from layers.words import say

POLYGON, LINE, POINTS = "polygon", "line", "points"
SHAPES = (POLYGON, LINE, POINTS)
LEAST = {POLYGON: 3, LINE: 2, POINTS: 1}

_WKT = re.compile(
    r"(?:SRID=\d{4,6};)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)"
    r"(?:\s+Z|\s+M|\s+ZM)?\s*\(", re.IGNORECASE,
)  # fmt: skip
_SURVEY_POINT = re.compile(r"[A-Za-z]{0,6}\d{1,9}[ \t]*,[ \t]*\d{1,4}(?:[ \t]*,[ \t]*[\d.]+){2}")
_LABEL = re.compile(r"[A-Za-z\u4e00-\u9fff()#]{0,12}\d{0,4}[.:)]?|[\u2460-\u2473]")
_WIDE = {0x3000: " ", **{sign: chr(sign - 0xFEE0) for sign in range(0xFF01, 0xFF5F)}}
_BEFORE = re.compile(r"(?<=[\d″\"”秒'′’分°度)])\s*(?=(?:北纬|东经|南纬|西经|北|东|[NE])\s*\d)")
_AFTER = re.compile(r"([\d″\"”秒'′’分°度]\s?[NE])\s*(?=\d)")
_LABELLED = re.compile(r"^([A-Za-z\u4e00-\u9fff]{1,6}\d{1,4})\s*:\s*(?=\d)")
_UNIT = re.compile(r"(?<=\d)\s*(?:米|m)(?=\s*(?:[,;\s]|$))")
_NAMED = re.compile(r"[XYxy纵横北东坐标经纬度]{1,4}\s*[=:]\s*")
_SEPARATED = re.compile(r"[,;\t、/]")
_ROWS = 200_000
_LINE = 400
"""Characters of a line with one point: no notation needs more."""


@dataclass(frozen=True, slots=True)
class Input:
    """A text as a file: its ending, its content, and the CRS to read it with.

    ``said`` tells the user how lines of points were understood.
    """

    suffix: str
    text: str
    crs: str
    said: str = ""


def input_of(text: str, *, shape: str, name: str, crs: str) -> Input:
    """Return pasted text as the file that the readers read.

    Args:
        text: survey TXT, GeoJSON, WKT, or one point a line; a blank line parts two figures.
        shape: what points are: one of ``SHAPES``.
        name: of the site; numbered where there are several.
        crs: the stated CRS; empty where the text says it.

    Raises:
        LayerError: a line is no point, or the numbers do not tell what they are.

    """
    plain = text.strip().lstrip("\ufeff").strip()
    if not plain:
        _refuse("empty")
    if plain.startswith("{"):
        return Input(".geojson", plain, crs)
    if is_survey(plain):
        return Input(".txt", plain, crs)
    lines = plain.splitlines()
    written = [line[:_LINE].translate(_WIDE).strip() for line in lines[:_ROWS]]
    if all(_SURVEY_POINT.fullmatch(line) for line in written if line):
        return Input(".txt", f"{BODY}\n{plain}\n", crs)
    if _WKT.match(plain):
        return Input(".csv", _table(list(_statements(plain)), name), crs)
    if shape not in SHAPES:
        _refuse("shape", expected="、".join(SHAPES))
    shapes, said = _shapes(lines, shape, crs)
    return Input(".csv", _table([found.wkt for found in shapes], name), crs, said)


def _refuse(key: str, **fields: object) -> NoReturn:
    raise LayerError(say(f"desk.paste.{key}", **fields))


def _statements(text: str) -> Iterator[str]:
    """Yield WKT texts, each of which may go over several lines."""
    starts, depth, last = [], 0, 0
    for found in _WKT.finditer(text):
        at = found.start()
        depth += text.count("(", last, at) - text.count(")", last, at)
        last = at
        if not depth:  # not within a collection
            starts.append(at)
    if depth + text.count("(", last) != text.count(")", last):
        _refuse("wkt")
    for at, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield " ".join(text[at:end].split()).rstrip(" ;,")


def _table(shapes: Sequence[str], name: str) -> str:
    """Return a table of WKT; the sites bear the name, with a number where there are several."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["编号", "名称", "wkt"])
    for number, wkt in enumerate(shapes, start=1):
        own = name if len(shapes) == 1 or not name else f"{name} {number}"
        writer.writerow([number, own, wkt])
    return out.getvalue()


def _shapes(lines: Sequence[str], shape: str, crs: str) -> tuple[list[Geometry], str]:
    """Return the figures that lines of points make, and how they were understood."""
    if len(lines) > _ROWS:
        _refuse("many", limit=_ROWS)
    groups: list[list[tuple[float, float]]] = [[]]
    faults = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            groups.append([])
            continue
        points = sum(map(len, groups))
        whole = len(line) <= _LINE
        point = _point(line, {points + 1, len(groups[-1]) + 1}) if whole else None
        if point is None:
            faults.append(say("desk.paste.line", row=number, value=quoted(line)))
        else:
            groups[-1].append(point)
    if faults:
        more = say("desk.paste.more", count=len(faults) - 5) if len(faults) > 5 else ""  # noqa: PLR2004
        _refuse("lines", faults="；".join(faults[:5]) + more)
    groups = [group for group in groups if group]
    points, way = _placed(np.array([point for group in groups for point in group]), crs)
    # One place alone can be nothing else, and how it was understood is said.
    shape = shape if len(points) > 1 else POINTS
    said = _said(shape, len(points), len(groups), way)
    placed = iter(points.tolist())
    rings = [[next(placed) for _ in group] for group in groups]
    if shape == POINTS:
        return [shapely.Point(point) for ring in rings for point in ring], said
    for at, ring in enumerate(rings, start=1):
        if len({tuple(point) for point in ring}) < LEAST[shape]:
            _refuse("few", figure=at, count=len(ring), least=LEAST[shape])
    make = shapely.Polygon if shape == POLYGON else shapely.LineString
    return [make(ring) for ring in rings], said


def _said(shape: str, points: int, figures: int, way: Order) -> str:
    made = say(f"desk.understood.{shape}", points=points, figures=figures)
    unit = "metres" if way.unit == METRE else "degrees"
    first = "east" if way.east_first else "north"
    return say("desk.understood.points_read", made=made, order=say(f"desk.order.{unit}_{first}"))


def _point(line: str, running: Collection[int] = (1,)) -> tuple[float, float] | None:
    """Return the two numbers of a line, in degrees or metres, as they stand; ``None`` for none.

    A first number of three is taken for the point's own only if it is unmistakable, or one of the
    ``running`` numbers: it may be the longitude before a latitude and a height.

    >>> _point("J1 东经112°30′00″ 北纬35°15′00″"), _point("1, 3912345.5, 38412345.25")
    ((112.5, 35.25), (3912345.5, 38412345.25))
    """
    plain = _NAMED.sub("", _UNIT.sub("", line.translate(_WIDE))).strip().strip("()[];, ")
    plain = _LABELLED.sub(r"\1,", plain)
    # 112°30′E 35°15′N: each E and N belongs to what stands before it if the last one does
    trailing = plain.endswith(("E", "N"))
    plain = _AFTER.sub(r"\1,", plain) if trailing else _BEFORE.sub(",", plain)
    parts = [part.strip() for part in _SEPARATED.split(plain) if part.strip()]
    ways = (parts, plain.split() if len(parts) == 1 else [], _spaced(parts))
    return next((found for way in ways if (found := _pair(way, running))), None)


def _spaced(parts: Sequence[str]) -> list[str]:
    """Return parts with what stands before the first number split off: a label without comma."""
    plain = parts[0].split() if len(parts) == 1 else []
    if len(plain) == 6:  # noqa: PLR2004 - two times degrees, minutes, seconds
        return [" ".join(plain[:3]), " ".join(plain[3:])]
    words = parts[0].split(maxsplit=1) if parts else []
    if len(words) > 1 and _LABEL.fullmatch(words[0]):
        if len(parts) > 1:
            return [*words, *parts[1:]]
        rest = words[1].split()
        half = len(rest) // 2
        return [words[0], " ".join(rest[:half]), " ".join(rest[half:])]
    return []


def _pair(parts: Sequence[str], running: Collection[int]) -> tuple[float, float] | None:
    """Return two angles or numbers, the first of three parts being a label."""
    if len(parts) == 3 and _LABEL.fullmatch(parts[0]):  # noqa: PLR2004
        if _is_pair(parts[0], parts[1]) and parts[0] not in set(map(str, running)):
            return None
        parts = parts[1:]
    if len(parts) != 2:  # noqa: PLR2004
        return None
    first, second = map(parse_angle, parts)
    if first is None or second is None:
        return None
    sides = {"E": "x", "W": "x", "N": "y", "S": "y", "": ""}
    one, other = sides[first[1]], sides[second[1]]
    if one and one == other:
        return None
    return (second[0], first[0]) if one == "y" or other == "x" else (first[0], second[0])


def _is_pair(one: str, other: str) -> bool:
    first, second = parse_angle(one), parse_angle(other)
    if first is None or second is None:
        return False
    return order(np.array([first[0]]), np.array([second[0]]), hint=None) is not None


def _placed(points: Numbers, crs: str) -> tuple[Numbers, Order]:
    """Return points as east and north in the stated CRS, and which way round they stood.

    Raises:
        LayerError: the numbers do not tell which way round they are, or not all fit, or metres
            lack a CRS or lie in another zone.

    """
    first, second = points.T
    way = order(first, second, hint=None)
    if way is None:
        key = "packed" if packed(first, second) else "order"
        _refuse(key, value=_shown(points[0]))
    if not way.fits.all():
        _refuse("mixed", value=_shown(points[int(np.flatnonzero(~way.fits)[0])]))
    east, north = (first, second) if way.east_first else (second, first)
    stated = stated_zone(crs) if crs else None
    if way.unit == METRE:
        if not crs or stated is None:
            _refuse("metres", value=_shown(points[0]), proposal=_proposal(east))
        east, ours, _ = fit_eastings(east, stated)
        if not ours.all():
            _refuse("zone", value=_shown(points[int(np.flatnonzero(~ours)[0])]), crs=crs)
    elif way.unit == DEGREE and stated is not None:
        _refuse("degrees", value=_shown(points[0]), crs=crs)
    return np.column_stack([east, north]), way


def _proposal(east: Numbers) -> str:
    zones = sorted(set(prefix(east).tolist()) - {0})
    if len(zones) != 1:
        return ""
    crs = gauss_kruger("cgcs2000", zones[0], prefixed=True)
    width = zone_width(zones[0])
    return say("desk.paste.proposal", zone=zones[0], width=width, code=crs.to_epsg())


def _shown(point: Numbers) -> str:
    return "，".join(f"{value:.10g}" for value in point.tolist())
