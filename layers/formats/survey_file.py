"""Writing the survey coordinate file (报部坐标 TXT), so that it reads back equal."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

import geopandas as gpd
import numpy as np
from shapely import MultiPolygon, Polygon

from layers.errors import LayerError
from layers.formats.grid import gauss_kruger, stated_zone, zone_width
from layers.formats.source import quoted, refuse
from layers.formats.survey_text import BODY, COLUMNS, HEAD, MIN_POINTS
from layers.words import say

DIGITS = 3
"""Decimals of a coordinate in metres, as the format asks."""

UNKNOWN = "不详"
"""The accuracy of coordinates of which nobody says it: their decimals tell nothing."""

HEADER = {
    "格式版本号": "1.01版本",
    "数据产生单位": "",
    "数据产生日期": "",
    "坐标系": "2000国家大地坐标系",
    "几度分带": "3",
    "投影类型": "高斯克吕格",
    "计量单位": "米",
    "带号": "",
    "精度": UNKNOWN,
    "转换参数": "0,0,0,0,0,0,0",
}
"""The head of the format; what describes the coordinates is filled in from them."""

FIXED = frozenset({"坐标系", "几度分带", "投影类型", "计量单位", "带号", "转换参数"})


def write_survey_txt(
    frame: gpd.GeoDataFrame,
    path: Path,
    *,
    header: Mapping[str, str] | None = None,
    zone: int | None = None,
) -> None:
    """Write polygons as parcels in GBK, closed rings, X north, Y east with zone number.

    ``frame`` is in a Gauss-Kruger zone of CGCS2000, or in degrees of it (EPSG:4490)
    together with the zone number. Columns of the names in ``COLUMNS`` are written,
    others are not. ``header`` gives what the coordinates do not tell (unit, date, accuracy).
    The file is complete or not there.

    Raises:
        LayerError: another CRS, no zone, a geometry that is no polygon, or a ring
            of fewer than three different points at three decimals.

    """
    zone, moved = _in_zone(frame, path, zone)
    head = HEADER | _described(header or {}, path)
    head |= {"带号": str(zone), "几度分带": str(zone_width(zone))}
    lines = [HEAD, *(f"{key}={value}" for key, value in head.items()), BODY]
    for row, shape in enumerate(moved.geometry, start=1):
        rings = list(_rings(shape, row, path))
        given = {name: _cell(moved[name].iloc[row - 1]) for name in COLUMNS
                 if name in moved.columns}  # fmt: skip
        given |= {"点数": str(sum(map(len, rings))), "图形属性": "面"}
        given["地块编号"] = given.get("地块编号") or str(row)
        lines.append(",".join([*(given.get(name, "") for name in COLUMNS), "@"]))
        lines.extend(_points(rings))
    text = "".join(f"{line}\r\n" for line in lines)
    _write(path, text)


def _in_zone(frame: gpd.GeoDataFrame, path: Path, zone: int | None) -> tuple[int, gpd.GeoDataFrame]:
    crs = frame.crs
    datum = crs.geodetic_crs.datum.name if crs is not None and crs.geodetic_crs else ""
    if not datum.startswith(("China 2000", "China_2000", "CGCS2000")):
        refuse("write_crs", file=path, value=crs.name if crs is not None else "—")
    stated = stated_zone(crs.to_wkt()) if crs.is_projected else None
    if zone is None and stated is not None and len(stated.zones) == 1:
        zone = stated.zones[0]
    if zone is None or not zone_width(zone):
        refuse("write_zone", file=path, value=zone or "—")
    target = gauss_kruger("cgcs2000", zone, prefixed=True)
    return zone, frame if crs.equals(target) else frame.to_crs(target)


def _described(header: Mapping[str, str], path: Path) -> dict[str, str]:
    wrong = [key for key in header if key in FIXED or not re.fullmatch(r"[^\[\]=\s]+", key)]
    if wrong:
        refuse("write_header", file=path, value="、".join(map(quoted, wrong)))
    return {key: " ".join(str(value).split()) for key, value in header.items()}


def _rings(shape: object, row: int, path: Path) -> Iterator[np.ndarray]:
    """Yield closed rings (n, 2) of rounded east and north, each outline before its holes."""
    if not isinstance(shape, Polygon | MultiPolygon) or shape.is_empty:
        refuse("write_shape", file=path, row=row, value=getattr(shape, "geom_type", "—"))
    parts = shape.geoms if isinstance(shape, MultiPolygon) else [shape]
    for part in parts:
        for ring in (part.exterior, *part.interiors):
            points = np.round(np.asarray(ring.coords)[:, :2], DIGITS)
            if not np.isfinite(points).all() or len(np.unique(points, axis=0)) < MIN_POINTS:
                refuse("write_ring", file=path, row=row)
            yield points


def _points(rings: list[np.ndarray]) -> Iterator[str]:
    number = 0
    for ring, points in enumerate(rings, start=1):
        start = number + 1
        for east, north in points[:-1]:
            number += 1
            yield f"J{number},{ring},{north:.{DIGITS}f},{east:.{DIGITS}f}"
        east, north = points[-1]
        yield f"J{start},{ring},{north:.{DIGITS}f},{east:.{DIGITS}f}"


def _cell(value: object) -> str:
    """Return a value without the signs that the format itself uses."""
    if value is None or value != value:  # noqa: PLR0124  # NaN
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split()).replace(",", "、").replace("@", "(at)")


def _write(path: Path, text: str) -> None:
    """Write in GB18030, which is GBK plus the rarer characters of names."""
    name = ""
    try:
        with NamedTemporaryFile(
            "wb", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as out:
            name = out.name
            out.write(text.encode("gb18030"))
        Path(name).chmod(0o644)
        os.replace(name, path)  # noqa: PTH105  # the other spelling is no clearer
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise LayerError(say("error.out_failed", path=path, reason=error.strerror)) from error
