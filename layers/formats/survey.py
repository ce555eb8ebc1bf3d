"""Survey coordinate files (勘测定界、报部坐标 TXT), in the variants that offices send.

A head ``[属性描述]`` of key=value lines, then ``[地块坐标]``: a line for each parcel
(``点数,面积,地块编号,地块名称,面,图幅号,用途,地类编码,@``) and its points
``J1,1,X,Y``: number, ring (1 outline, 2.. holes), X north, Y east. Seen in the wild
and read: GBK and UTF-8, X and Y swapped, no J, no ring number, open rings,
eastings without zone number, several parcels, several outlines, several heads, no head.
"""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from shapely import MultiPolygon, Polygon

from layers.formats.grid import (
    DEGREE,
    GEOGRAPHIC,
    ZONE_M,
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
from layers.formats.survey_text import (
    BODY,
    COLUMNS,
    MIN_POINTS,
    NUMBER,
    Parcel,
    is_survey,
    overfull,
    parse,
)

__all__ = ["BODY", "COLUMNS", "HEAD_COLUMNS", "is_survey", "read_survey"]

HEAD_COLUMNS = ("坐标系", "精度")
"""What the head says of all parcels, as frame columns where it is written."""

AREA_WORDS = frozenset({"", "面", "polygon"})

ONE_OF_EACH = ("坐标系", "几度分带", "投影类型", "计量单位", "带号", "中央子午线")
"""What describes the coordinates: two heads that differ in it are two files in one."""

METRES = frozenset({"", "米", "m", "metre", "meter"})

AREA_DIFFERS, HECTARE_M2 = 0.01, 10_000.0
"""A stated area that differs by more is noted: the plane itself makes 0.16 % at a zone's edge."""

_DATUMS = (("2000", "cgcs2000"), ("cgcs", "cgcs2000"), ("80", "xian80"), ("西安", "xian80"),
           ("54", "beijing54"), ("北京", "beijing54"))  # fmt: skip


def read_survey(path: Path, *, encoding: str = "", crs: str = "") -> Source:
    """Return the parcels of a survey coordinate file.

    Raises:
        LayerError: no parcel, a zone number in the head that the coordinates
            contradict, or coordinates that are neither degrees nor Gauss-Kruger.

    """
    content, found = decoded(read_bytes(path), path, encoding)
    text = parse(content)
    head, parcels = _one_head(text.heads, path), text.parcels
    if not parcels:
        refuse("survey_empty", file=path)
    notes = [note("encoding_found", value=found)]
    if text.skipped:
        shown = "、".join(map(quoted, text.skipped[:3]))
        notes.append(note("survey_skipped", count=len(text.skipped), value=shown))
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
    attributes = _attributes(kept)
    for name in HEAD_COLUMNS:
        if head.get(name):
            attributes[name] = head[name]
    frame = gpd.GeoDataFrame(attributes, geometry=shapes, crs=said)
    ordered = tuple(rejects[line] for line in sorted(rejects))
    return Source(frame, len(parcels), ordered, tuple(notes))


def _one_head(heads: dict[str, list[str]], path: Path) -> dict[str, str]:
    """Return the value of each key that has one in all heads.

    Raises:
        LayerError: two heads differ in what they say of the coordinates.

    """
    for key in ONE_OF_EACH:
        if len(values := heads.get(key, [])) > 1:
            found = "、".join(quoted(value) or "—" for value in values)
            refuse("survey_heads", file=path, item=key, found=found)
    return {key: values[0] for key, values in heads.items() if len(values) == 1}


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
    strange = system and not datum
    notes.append(note("survey_strange" if strange else "survey_datum", value=quoted(system) or "—"))
    if way.unit == DEGREE:
        said = CRS.from_epsg(GEOGRAPHIC[datum]) if datum else None
        return east, everything, said
    if head.get("计量单位", "").lower() not in METRES:
        notes.append(note("survey_unit", value=quoted(head["计量单位"])))
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
    """Return the head's zone number, by its central meridian where it has none, else 0.

    Raises:
        LayerError: the number is none of China's, or not of the stated zone width, or
            it contradicts the meridian.

    """
    width = re.search(r"[36]", head.get("几度分带", ""))
    meridian = re.search(r"\d+(?:\.\d+)?", head.get("中央子午线", ""))
    of_meridian = _zone_of(float(meridian[0]), width[0] if width else "") if meridian else 0
    digits = re.search(r"\d+", head.get("带号", ""))
    zone = int(digits[0]) if digits else 0
    if not zone:
        return of_meridian
    if (zone not in ZONES_3 and zone not in ZONES_6) or (
        width is not None and int(width[0]) != zone_width(zone)
    ):
        refuse("survey_head_zone", file=path, zone=quoted(zone),
               width=width[0] if width else "—")  # fmt: skip
    if of_meridian and zone_width(of_meridian) == zone_width(zone) and of_meridian != zone:
        refuse("survey_heads", file=path, item="带号、中央子午线", found=f"{zone}、{meridian[0]}")
    return zone


def _zone_of(meridian: float, width: str) -> int:
    """Return the zone of a meridian in degrees; 0 where it is of none, or of both widths."""
    zones = {"3": meridian / 3, "6": (meridian + 3) / 6}
    fitting = [
        zone
        for name, zone in zones.items()
        if width in {"", name} and zone.is_integer() and zone_width(int(zone)) == int(name)
    ]
    return int(fitting[0]) if len(fitting) == 1 else 0


def _attributes(parcels: list[Parcel]) -> pd.DataFrame:
    rows = []
    for parcel in parcels:
        parts = [*parcel.parts, *[""] * len(COLUMNS)][: len(COLUMNS)]
        row: dict[str, object] = {name: part or None for name, part in
                                  zip(COLUMNS, parts, strict=True)}  # fmt: skip
        for name in COLUMNS[:2]:
            text = row[name]
            row[name] = float(text) if text and NUMBER.fullmatch(str(text)) else None
        rows.append(row)
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return frame.astype({"点数": float, "面积": float})


def _say_more(parcels: list[Parcel], shapes: list, notes: list[str]) -> None:
    """Note what the reader did to the parcels that it kept."""
    opened = sum(any(ring[0] != ring[-1] for ring in parcel.rings) for parcel in parcels)
    parts = [parcel.name for parcel, shape in zip(parcels, shapes, strict=True)
             if shape.geom_type == "MultiPolygon"]  # fmt: skip
    more = [parcel.name for parcel in overfull(parcels)]
    areas = [text for parcel, shape in zip(parcels, shapes, strict=True)
             if (text := _area_text(parcel, shape))]  # fmt: skip
    if opened:
        notes.append(note("survey_open", count=opened))
    if parts:
        notes.append(note("survey_parts", names="、".join(parts[:10]), count=len(parts)))
    if more:
        notes.append(note("survey_more", names="、".join(more[:10]), count=len(more)))
    if areas:
        notes.append(note("survey_area", names="、".join(areas[:10]), count=len(areas)))


def _area_text(parcel: Parcel, shape: Polygon | MultiPolygon) -> str:
    """Return the area as written and as drawn (in metres), where they differ; else nothing."""
    written = parcel.parts[1] if len(parcel.parts) > 1 else ""
    drawn = shape.area / HECTARE_M2
    stated = float(written) if NUMBER.fullmatch(written) else 0.0
    # a shape in degrees has no area to compare
    if not stated or shape.bounds[2] < ZONE_M / 10 or abs(stated - drawn) <= AREA_DIFFERS * drawn:
        return ""
    return note("survey_areas", name=parcel.name, stated=written, drawn=drawn)


def _shown(point: object) -> str:
    first, second = point
    return f"{first:.3f}，{second:.3f}"
