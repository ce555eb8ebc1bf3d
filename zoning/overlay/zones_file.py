"""The zones of a file, read and cut once and kept under the file's digest."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import shapely

from layers.errors import Faults, LayerError
from layers.formats.source import refuse
from layers.intake import take_in
from layers.measure import Plane
from layers.read import as_text
from layers.register import file_sha256
from zoning.overlay.flat import POLYGON_TYPES
from zoning.overlay.many import ManyZones
from zoning.overlay.placed import is_equal_area
from zoning.overlay.stored import StoredZones, Zones, digest, kept

ROW = "row"
"""The column of a zone's row in its file."""


@contextmanager
def zones_of(
    path: Path, *, crs: str = "", table: str = "", encoding: str = ""
) -> Iterator[StoredZones]:
    """Yield the zones of a file in an equal-area plane, with all its columns as texts.

    The plane is the file's own where that is equal-area, else one around the zones.

    Raises:
        LayerError: the file cannot be read, or a feature of it cannot be used.

    """
    if not path.exists():
        refuse("missing", file=path)
    key = digest(fingerprints(path), crs, table, encoding)
    with kept(key, partial(_read, path, crs, table, encoding)) as zones:
        yield zones


def fingerprints(path: Path) -> dict[str, str]:
    """Return the sha256 of each file that a layer's file is made of."""
    parts = [path]
    if path.is_dir():
        parts = [part for part in path.rglob("*") if part.is_file() and part.suffix != ".lock"]
    elif path.suffix.lower() == ".shp":
        beside = (part for part in path.parent.iterdir() if part.stem == path.stem)
        parts = [part for part in beside if part.is_file()]
    return {part.name: file_sha256(part) for part in sorted(parts)}


def _read(path: Path, crs: str, table: str, encoding: str) -> Zones:
    intake = take_in(path, crs=crs, table=table, encoding=encoding)
    faults = Faults()
    for item in intake.rejects:
        faults.add(
            "zone_rejected", file=item.file, feature=item.feature, reason=item.reason
        )  # fmt: skip
    faults.raise_if_any(LayerError)  # below, positions are rows: nothing was left out
    shapes = intake.frame.geometry.to_numpy()
    for at in np.flatnonzero(~np.isin(shapely.get_type_id(shapes), POLYGON_TYPES)).tolist():
        faults.add("zone_type", file=path, row=at + 1, value=shapes[at].geom_type)
    faults.raise_if_any(LayerError)
    if is_equal_area(intake.crs):
        plane, placed = intake.crs, intake.raw.geometry.to_numpy()
    else:
        around = Plane.around(shapes)
        plane, placed = around.crs, around.project(shapes)
    columns = {ROW: [str(row) for row in range(1, len(shapes) + 1)]} | {
        str(name): [as_text(value) for value in intake.frame[name].tolist()]
        for name in intake.frame.columns
        if name != intake.frame.geometry.name
    }
    return Zones(ManyZones(placed, checked=True), plane.to_wkt(), columns, intake.notes)
