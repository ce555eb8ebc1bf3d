"""A file taken in without a workspace: what is read, what is used, what is left out and why."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS
from shapely import Geometry

from layers import datum, webmap
from layers.connection import Connection
from layers.crs import Gate, to_storage
from layers.doctor import Entry, curved_features, examine
from layers.errors import LayerError
from layers.formats import Reject, read_source
from layers.formats.source import Source, quoted
from layers.formats.vector import choose_layer
from layers.measure import STORAGE_CRS
from layers.repair import invalid_reason
from layers.words import say

GDAL_ROWS = frozenset({".shp", ".gpkg", ".gdb", ".geojson", ".json", ".fgb"})
"""Files whose rejects are named by their row, so that the others' rows are known too."""

CURVES = frozenset({".gpkg", ".gdb"})
"""Files that can hold curves."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What a file holds: ``read == len(frame) + len(rejects)``.

    ``frame`` has the features that can be used, in EPSG:4490; ``raw`` the same ones in the
    file's own ``crs``. ``rejects`` are the others; those in ``faulty`` have a shape that a
    person must mend first. ``findings`` are what the doctor found in the used ones.
    ``sha256`` is that of a database table's rows; files have their own.
    """

    file: Path | Connection
    frame: gpd.GeoDataFrame
    raw: gpd.GeoDataFrame
    crs: CRS | None
    read: int
    rejects: tuple[Reject, ...]
    faulty: tuple[Reject, ...]
    findings: tuple[Entry, ...]
    notes: tuple[str, ...]
    web_map: bool
    sha256: str = ""


def take_in(
    path: Path | Connection,
    *,
    crs: str = "",
    encoding: str = "",
    table: str = "",
    home: Geometry | None = None,
) -> Intake:
    """Return what a file holds, its CRS checked against the coordinates and the county.

    Args:
        path: any file that the readers read, or a database.
        crs: the stated CRS, GCJ-02 or BD-09; empty where the file says it.
        encoding: that of its texts; empty where it is to be told.
        table: the layer or sheet within it.
        home: the county's outline in EPSG:4490, if known.

    Raises:
        LayerError: the file cannot be read, or its CRS is missing or wrong.

    """
    source = read_source(path, encoding=encoding, table=table, crs=crs)
    if not source.read:
        raise LayerError(say("export.empty", file=path))
    frame, notes = source.frame, list(source.notes)
    shapes = frame.geometry.to_numpy()
    if (shapely.has_z(shapes) | shapely.has_m(shapes)).any():
        frame = frame.set_geometry(frame.geometry.force_2d())
        notes.append(say("note.flattened"))
    gate = _gate(frame, notes, crs, home, path)
    rows = _rows(path, source)
    faults = _faults(gate.frame)
    faulty = [Reject(str(path), _name(frame, rows, at), fault) for at, fault in faults.items()]
    good = [at for at in range(len(frame)) if at not in faults]
    used = gate.frame.iloc[good].reset_index(drop=True)
    return Intake(
        file=path,
        frame=used,
        raw=frame.iloc[good].reset_index(drop=True),
        crs=_own_crs(frame, crs, path),
        read=source.read,
        rejects=(*source.rejects, *faulty),
        faulty=tuple(faulty),
        findings=_findings(used, _curved(path, table, source, rows, good)),
        notes=(*notes, *gate.notes),
        web_map=gate.web_map,
        sha256=source.sha256,
    )


def _gate(
    frame: gpd.GeoDataFrame,
    notes: list[str],
    crs: str,
    home: Geometry | None,
    path: Path | Connection,
) -> Gate:
    """Return the frame in EPSG:4490; one without features has no coordinates to be checked."""
    if frame.empty:
        return Gate(frame.set_crs(STORAGE_CRS, allow_override=True), ())
    try:
        return to_storage(frame, stated=crs, home=home, source=str(path))
    except LayerError as error:
        # how the numbers were taken may be why they do not fit
        raise LayerError("\n".join([str(error), *notes])) from error


def _own_crs(frame: gpd.GeoDataFrame, stated: str, path: Path | Connection) -> CRS | None:
    """Return the CRS in which the file is, as the gate let it pass; none for web maps."""
    if webmap.system(stated):
        return None
    if stated.strip():
        return datum.parsed(stated, str(path))
    return None if frame.crs is None else CRS(frame.crs)


def _suffix(path: Path | Connection) -> str:
    return path.suffix.lower() if isinstance(path, Path) else ""


def _rows(path: Path | Connection, source: Source) -> list[int]:
    """Return the row in the file of each feature read, or its place among those read."""
    count = len(source.frame)
    if _suffix(path) not in GDAL_ROWS:
        return list(range(1, count + 1))
    lost = {int(item.feature) for item in source.rejects}
    return [row for row in range(1, source.read + 1) if row not in lost]


def _name(frame: gpd.GeoDataFrame, rows: list[int], at: int) -> str:
    """Return a feature's zone_id, or its row where it has none."""
    value = frame["zone_id"].iloc[at] if "zone_id" in frame.columns else None
    known = value is not None and value == value and str(value).strip()  # noqa: PLR0124 - NaN
    return quoted(value) if known else str(rows[at])


def _faults(frame: gpd.GeoDataFrame) -> dict[int, str]:
    """Return what is wrong with the shapes that cannot be used, by their position."""
    shapes = frame.geometry.to_numpy()
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    endless = np.unique(owner[~np.isfinite(points).all(axis=1)])
    found = dict.fromkeys(endless.tolist(), say("export.reason.endless"))
    mixed = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    for at in np.flatnonzero(mixed).tolist():
        found.setdefault(at, say("export.reason.collection"))
    for at in np.flatnonzero(~shapely.is_valid(shapes)).tolist():
        if at not in found:
            why = invalid_reason(shapes[at], frame.crs)
            found[at] = say("export.reason.invalid", reason=why)
    return dict(sorted(found.items()))


def _curved(
    path: Path | Connection, table: str, source: Source, rows: list[int], good: list[int]
) -> list[int]:
    """Return the positions among the ``good`` features of those that were curves."""
    curved = set(source.curved)
    if _suffix(path) in CURVES:
        marked = curved_features(path, choose_layer(path, table))
        curved = {at for at, row in enumerate(rows) if row - 1 in marked}
    return [place for place, at in enumerate(good) if at in curved]


def _findings(used: gpd.GeoDataFrame, curved: list[int]) -> tuple[Entry, ...]:
    """Return what the doctor finds in sound features; none lacks an id where none has one."""
    log = examine(used, kind="", curved=curved, checked=True).log
    if "zone_id" in used.columns:
        return log
    return tuple(entry for entry in log if entry.problem != "missing_id")
