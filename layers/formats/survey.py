"""Survey coordinate files (勘测定界、报部坐标 TXT), in the variants that offices send.

A head ``[属性描述]`` of key=value lines, then ``[地块坐标]``: a line for each parcel
(``点数,面积,地块编号,地块名称,面,图幅号,用途,地类编码,@``) and its points
``J1,1,X,Y``: number, ring (1 outline, 2.. holes), X north, Y east. Seen in the wild
and read: GBK and UTF-8, X and Y swapped, no J, no ring number, open rings,
eastings without zone number, several parcels, several outlines, no head.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from layers.formats.grid import (
    DEGREE,
    GEOGRAPHIC,
    ZONES_3,
    ZONES_6,
    Order,
    Stated,
    fit_eastings,
    gauss_kruger,
    order,
    prefix,
    stated_zone,
    zone_width,
)
from layers.formats.rings import assemble
from layers.formats.source import (
    Reject,
    Source,
    decoded,
    note,
    quoted,
    read_bytes,
    refuse,
    reject,
)

HEAD, BODY = "[属性描述]", "[地块坐标]"

COLUMNS = ("点数", "面积", "地块编号", "地块名称", "图形属性", "图幅号", "用途", "地类编码")
"""The parts of a parcel line (area in hectares), as frame columns."""

AREA_WORDS = frozenset({"", "面", "polygon"})

MIN_POINTS = 3

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_RING = re.compile(r"[-+]?\d{1,4}")
_POINT = re.compile(r"[A-Za-z]{0,6}\d{1,9}[A-Za-z]?(?:-\d{1,6})?")
_WIDE = str.maketrans("，；［］【】＝＠　０１２３４５６７８９．－", ",;[][]=@ 0123456789.-")
_DATUMS = (("2000", "cgcs2000"), ("cgcs", "cgcs2000"), ("80", "xian80"), ("西安", "xian80"),
           ("54", "beijing54"), ("北京", "beijing54"))  # fmt: skip


@dataclass(slots=True)
class Parcel:
    """A parcel as written: its line's parts, its rings of number pairs, its first fault."""

    line: int
    parts: list[str]
    rings: list[list[tuple[float, float]]] = field(default_factory=list)
    points: int = 0
    fault: tuple[str, dict[str, object]] | None = None
    last: str = ""

    @property
    def name(self) -> str:
        """Return the parcel's number, its name, or the line on which it begins."""
        named = [*self.parts[2:4], *(["", ""])][:2]
        return quoted(named[0] or named[1]) or f"L{self.line}"


def is_survey(content: str) -> bool:
    """Tell a survey coordinate file from another text by its two headings or its parcel line."""
    plain = content[:200_000].translate(_WIDE)
    return BODY in plain or HEAD in plain or re.search(r",@\s*$", plain, re.MULTILINE) is not None


def read_survey(path: Path, *, encoding: str = "", crs: str = "") -> Source:
    """Return the parcels of a survey coordinate file.

    Raises:
        LayerError: no parcel, a zone number in the head that the coordinates
            contradict, or coordinates that are neither degrees nor Gauss-Kruger.

    """
    content, found = decoded(read_bytes(path), path, encoding)
    head, parcels = parse(content)
    if not parcels:
        refuse("survey_empty", file=path)
    notes = [note("encoding_found", value=found)]
    usable = [parcel for parcel in parcels if not _fault(parcel)]
    rejects: dict[int, Reject] = {
        parcel.line: reject(path, parcel.name, fault[0], line=parcel.line, **fault[1])
        for parcel in parcels if (fault := _fault(parcel))
    }  # fmt: skip
    shapes, kept, said = [], [], None
    if usable:
        said, converted = _converted(usable, head, path, crs, notes)
        for parcel, rings, key in converted:
            shape = None if key else assemble(rings)
            if shape is None:
                rejects[parcel.line] = reject(
                    path, parcel.name, key or "rings_cross", line=parcel.line,
                    value=_shown(parcel.rings[0][0]), columns="X、Y",
                )  # fmt: skip
                continue
            shapes.append(shape)
            kept.append(parcel)
    _say_more(kept, shapes, notes)
    frame = gpd.GeoDataFrame(_attributes(kept), geometry=shapes, crs=said)
    ordered = tuple(rejects[line] for line in sorted(rejects))
    return Source(frame, len(parcels), ordered, tuple(notes))


def parse(content: str) -> tuple[dict[str, str], list[Parcel]]:
    """Return the head's values by key, and the parcels as written."""
    head: dict[str, str] = {}
    parcels: list[Parcel] = []
    in_head = False
    for number, raw in enumerate(content.splitlines(), start=1):
        line = raw.translate(_WIDE).strip()
        if not line:
            continue
        if line.startswith("["):
            in_head = line.startswith(HEAD)
        elif "=" in line and (in_head or not parcels):
            key, _, value = line.partition("=")
            head[key.strip()] = value.strip()
        elif _is_parcel_line(line):
            # names keep their full-width signs where the line itself has plain commas
            written = raw.strip() if "," in raw else line
            parts = [part.strip() for part in written.rstrip("@＠").rstrip(",").split(",")]
            parcels.append(Parcel(number, parts))
        else:
            if not parcels:
                # no parcel line at all: the whole file is one parcel
                parcels.append(Parcel(number, []))
            _take_point(parcels[-1], line, number)
    return head, parcels


def _is_parcel_line(line: str) -> bool:
    parts = line.split(",")
    return line.endswith("@") or (len(parts) >= len(COLUMNS) and "面" in parts)


def _take_point(parcel: Parcel, line: str, number: int) -> None:
    parts = [part.strip() for part in re.split(r"[,;\t]", line)]
    if len(parts) == 1:
        parts = line.split()
    while parts and not parts[-1]:
        parts.pop()
    ring, rest = "1", parts[1:]
    if len(rest) > 2 and _RING.fullmatch(rest[0]):  # noqa: PLR2004  # ring, X, Y
        ring, rest = rest[0], rest[1:]
    readable = (
        len(rest) >= 2  # noqa: PLR2004  # X, Y
        and _POINT.fullmatch(parts[0])
        and all(_NUMBER.fullmatch(part) for part in rest[:2])
    )
    if not readable:
        parcel.fault = parcel.fault or ("survey_line", {"row": number, "value": quoted(line)})
        return
    point = (float(rest[0]), float(rest[1]))
    current = parcel.rings[-1] if parcel.rings else None
    closed = current is not None and len(current) > MIN_POINTS and current[0] == current[-1]
    if current is None or ring != parcel.last or closed:
        parcel.rings.append([])
    parcel.rings[-1].append(point)
    parcel.points += 1
    parcel.last = ring


def _fault(parcel: Parcel) -> tuple[str, dict[str, object]] | None:
    """Return why a parcel cannot be used: the key of the reason and its fields."""
    if parcel.fault:
        return parcel.fault
    stated = parcel.parts[0] if parcel.parts else ""
    kind = parcel.parts[4] if len(parcel.parts) > 4 else ""  # noqa: PLR2004  # 图形属性
    if kind.lower() not in AREA_WORDS:
        return "survey_kind", {"value": quoted(kind)}
    for at, ring in enumerate(parcel.rings or [[]], start=1):
        if len(set(ring)) < MIN_POINTS:
            return "survey_points", {"ring": at, "count": len(set(ring))}
    closings = sum(ring[0] == ring[-1] for ring in parcel.rings)
    if stated.isdigit() and int(stated) > parcel.points + len(parcel.rings) - closings:
        return "survey_short", {"stated": stated, "count": parcel.points}
    return None


def _converted(
    parcels: list[Parcel], head: dict[str, str], path: Path, crs: str, notes: list[str]
) -> tuple[CRS | None, list[tuple[Parcel, list, str]]]:
    """Return the CRS, and each parcel with its rings as (east, north) or a reason key."""
    counts = [len(ring) for parcel in parcels for ring in parcel.rings]
    points = np.array([point for parcel in parcels for ring in parcel.rings for point in ring])
    first, second = points.T
    # the format itself says: north first
    way = order(first, second, hint=False)
    if way is None:
        refuse("survey_order", file=path, value=_shown(points[0]))
    notes.append(note("survey_swapped" if way.east_first else "survey_order"))
    east, north = (first, second) if way.east_first else (second, first)
    east, zoned, said = _in_zone(east, way, head, path, crs, notes)
    fits = way.fits & zoned
    pairs = np.column_stack([east, north])
    results, at = [], 0
    sizes = iter(counts)
    for parcel in parcels:
        rings, key = [], ""
        for _ in parcel.rings:
            part = slice(at, at := at + next(sizes))
            rings.append([tuple(pair) for pair in pairs[part].tolist()])
            if not fits[part].all():
                key = ("swapped" if way.swapped[part].any() else
                       "range" if not way.fits[part].all() else "zone")  # fmt: skip
        results.append((parcel, rings, key))
    return said, results


def _in_zone(  # noqa: PLR0913, PLR0917  # the parts of a file
    east: np.ndarray, way: Order, head: dict[str, str], path: Path, crs: str, notes: list[str]
) -> tuple[np.ndarray, np.ndarray, CRS | None]:  # fmt: skip
    """Return the eastings in one zone, which are of it, and the CRS as the file says."""
    everything = np.ones(len(east), dtype=bool)
    system = head.get("坐标系", "")
    datum = next((value for key, value in _DATUMS if key in system.lower()), "")
    notes.append(note("survey_datum", value=quoted(system) or "—"))
    if way.unit == DEGREE:
        said = CRS.from_epsg(GEOGRAPHIC[datum]) if datum else None
        return east, everything, said
    stated = stated_zone(crs) if crs else None
    found = sorted(set(prefix(east[way.fits]).tolist()) - {0})
    zone = _head_zone(head, path)
    if not zone and len(found) == 1:
        zone = found[0]
    if not zone and stated is not None and len(stated.zones) == 1:
        zone = stated.zones[0]
    if not zone:
        refuse("survey_zone", file=path, found="、".join(map(str, found)) or "—")
    prefixed = bool(found)
    if stated is None or zone not in stated.zones:
        stated = Stated(zone if prefixed else 0, (zone,))
    values, ours, moved = fit_eastings(east, stated)
    if not (ours & way.fits).any():
        refuse("survey_zone_differs", file=path, zone=zone, found="、".join(map(str, found)))
    if moved:
        notes.append(note("zone_added" if stated.carried else "zone_removed", count=moved,
                          crs=crs or zone))  # fmt: skip
    carried = bool(stated.carried)
    said = gauss_kruger(datum, zone, prefixed=carried) if datum else None
    notes.append(note("survey_zone", zone=zone, width=zone_width(zone)))
    return values, ours, said


def _head_zone(head: dict[str, str], path: Path) -> int:
    """Return the head's zone number, 0 where it has none.

    Raises:
        LayerError: the number is none of China's, or not of the stated zone width.

    """
    digits = re.search(r"\d+", head.get("带号", ""))
    if digits is None or not int(digits[0]):
        return 0
    zone = int(digits[0])
    width = re.search(r"[36]", head.get("几度分带", ""))
    if (zone not in ZONES_3 and zone not in ZONES_6) or (
        width is not None and int(width[0]) != zone_width(zone)
    ):
        refuse("survey_head_zone", file=path, zone=quoted(zone),
               width=width[0] if width else "—")  # fmt: skip
    return zone


def _attributes(parcels: list[Parcel]) -> pd.DataFrame:
    rows = []
    for parcel in parcels:
        parts = [*parcel.parts, *[""] * len(COLUMNS)][: len(COLUMNS)]
        row: dict[str, object] = {name: part or None for name, part in
                                  zip(COLUMNS, parts, strict=True)}  # fmt: skip
        for name in COLUMNS[:2]:
            text = row[name]
            row[name] = float(text) if text and _NUMBER.fullmatch(str(text)) else None
        rows.append(row)
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return frame.astype({"点数": float, "面积": float})


def _say_more(parcels: list[Parcel], shapes: list, notes: list[str]) -> None:
    """Note what the reader did to the parcels that it kept."""
    opened = sum(any(ring[0] != ring[-1] for ring in parcel.rings) for parcel in parcels)
    parts = [parcel.name for parcel, shape in zip(parcels, shapes, strict=True)
             if shape.geom_type == "MultiPolygon"]  # fmt: skip
    more = [parcel.name for parcel in _overfull(parcels)]
    if opened:
        notes.append(note("survey_open", count=opened))
    if parts:
        notes.append(note("survey_parts", names="、".join(parts[:10]), count=len(parts)))
    if more:
        notes.append(note("survey_more", names="、".join(more[:10]), count=len(more)))


def _overfull(parcels: list[Parcel]) -> Iterator[Parcel]:
    for parcel in parcels:
        stated = parcel.parts[0] if parcel.parts else ""
        if stated.isdigit() and 0 < int(stated) < parcel.points - len(parcel.rings):
            yield parcel


def _shown(point: object) -> str:
    first, second = point
    return f"{first:.3f}，{second:.3f}"
