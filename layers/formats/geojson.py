"""What a GeoJSON says of its coordinates, which GDAL takes for WGS 84 where it cannot tell."""

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from layers.formats.source import note, quoted, refuse

FULL_CIRCLE = 360.0
"""Coordinates beyond it are no degrees."""

ENDS = 1 << 16
"""Bytes at the start and at the end in which the member ``crs`` is looked for: it stands before
the features or after them."""

COUNTED_BYTES = 64 << 20
"""Files up to here are counted: Python takes a second and some 0.3 GB for it."""

DEFAULT = frozenset({("EPSG", "4326"), ("OGC", "CRS84")})

_MEMBER = re.compile(
    r'"crs"\s*:\s*(?:null|\{[^{}]*\{[^{}]*"(?:name|href|url)"\s*:\s*"([^"]{0,400})")'
)
"""A name, or an address, which nobody asks: it is known as a name is, or not."""


def with_own_crs(frame: gpd.GeoDataFrame, path: Path) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return the frame in the CRS that the file names, in none where that is not known; notes."""
    member = _MEMBER.search(_ends(path))
    if member is not None:
        said = _known(member[1])
        if said is None:
            value = quoted(member[1] or "null")
            return frame.set_crs(None, allow_override=True), [note("geojson_named", value=value)]
        if _default(frame.crs) and said.to_authority() not in DEFAULT:
            frame = frame.set_crs(said, allow_override=True)
    elif _metres(frame):
        return frame.set_crs(None, allow_override=True), [note("geojson_crs")]
    return frame, []


def check_count(path: Path, count: int) -> None:
    """Refuse a collection with more entries than GDAL read features: it passes over the others.

    Raises:
        LayerError: an entry of ``features`` is no feature (null, a nested collection,
            one whose ``type`` is misspelt).

    """
    if path.stat().st_size > COUNTED_BYTES:
        return
    try:
        # numbers are not looked at
        found = json.loads(path.read_bytes(), parse_float=len, parse_int=len)
    except (ValueError, RecursionError):
        # in another encoding, or several texts in one: GDAL has the last word
        return
    entries = found.get("features") if isinstance(found, dict) else None
    if isinstance(entries, list) and len(entries) != count:
        strange = next((at for at, one in enumerate(entries, start=1) if not _feature(one)), 0)
        refuse("geojson_count", file=path, count=len(entries), found=count, row=strange or "—")


def _feature(entry: object) -> bool:
    return isinstance(entry, dict) and entry.get("type") == "Feature"


def _ends(path: Path) -> str:
    with path.open("rb") as stream:
        start = stream.read(ENDS)
        stream.seek(max(path.stat().st_size - ENDS, len(start)))
        return (start + b" " + stream.read()).decode("utf-8", errors="replace")


def _known(name: str | None) -> CRS | None:
    try:
        return CRS.from_user_input(name) if name else None
    except CRSError:
        return None


def _default(crs: CRS | None) -> bool:
    return crs is not None and CRS(crs).to_authority() in DEFAULT


def _metres(frame: gpd.GeoDataFrame) -> bool:
    """Tell a GeoJSON that names no CRS (so WGS 84 by its standard) and is in metres."""
    if frame.crs is None or frame.crs.is_projected or frame.empty:
        return False
    bounds = frame.total_bounds
    return bool(np.isfinite(bounds).all() and np.abs(bounds).max() > FULL_CIRCLE)
