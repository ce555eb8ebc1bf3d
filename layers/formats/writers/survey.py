"""The survey coordinate file (报部坐标 TXT) of a layer."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from layers.formats.grid import ZONES_3, gauss_kruger
from layers.formats.survey import COLUMNS, HEAD_COLUMNS
from layers.formats.survey_file import write_survey_txt
from layers.formats.writers.cells import Cell
from layers.formats.writers.delivery import Delivery, attributes, refuse, table
from layers.words import say

NUMBER, NAME = "地块编号", "地块名称"

_, ACCURACY = HEAD_COLUMNS

OURS = {NUMBER: "zone_id", NAME: "name"}
"""Our columns for the parcel's number and name, where the layer has none of the format's."""

FORBIDDEN = frozenset(",@\r\n\t")
"""Signs that the format uses itself; the writer replaces them."""


def write_survey(delivery: Delivery, path: Path) -> list[str]:
    """Write polygons as parcels in the Gauss-Kruger zone they are in; return notes.

    Raises:
        LayerError: the layer is in degrees, comes from a web map, or a feature is no polygon.

    """
    if delivery.warning:
        refuse("survey_web_map", file=path)
    crs = delivery.frame.crs
    if crs.is_geographic:
        west, _, east, _ = delivery.frame.total_bounds
        zone = min(max(round((west + east) / 6), ZONES_3[0]), ZONES_3[-1])
        code = gauss_kruger("cgcs2000", zone, prefixed=True).to_epsg()
        refuse("survey_zone", file=path, zone=zone, code=code)
    columns, notes = attributes(delivery)
    for theirs, ours in OURS.items():
        if theirs not in columns and ours in columns:
            columns[theirs] = columns[ours]
    written = {name: columns[name] for name in COLUMNS if name in columns}
    left = [name for name in columns if name not in {*written, *OURS.values(), *HEAD_COLUMNS}]
    if left:
        notes.append(say("export.survey_columns", columns="、".join(left)))
    if any(_changed(cell) for cells in written.values() for cell in cells):
        notes.append(say("export.survey_signs"))
    write_survey_txt(table(delivery, written), path, header=_accuracy(delivery, columns))
    return notes


def _accuracy(delivery: Delivery, columns: Mapping[str, Sequence[Cell]]) -> dict[str, str]:
    """Return what the head says of the accuracy: the register's word, or that of a survey."""
    stated = {str(cell) for cell in columns.get(ACCURACY, ()) if cell is not None}
    metres = dict(delivery.keys).get("accuracy_m") or (stated.pop() if len(stated) == 1 else "")
    return {ACCURACY: metres} if metres else {}


def _changed(cell: Cell) -> bool:
    return isinstance(cell, str) and (bool(FORBIDDEN & set(cell)) or cell != " ".join(cell.split()))
