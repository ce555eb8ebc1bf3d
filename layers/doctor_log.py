"""What the geometry doctor found, and writing it beside the repaired layer."""

import csv
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pyogrio

from layers.errors import LayerError
from layers.formats.writers.cells import safe_cell
from layers.rounding import shown_m2
from layers.words import say


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing found in one feature.

    ``feature`` is its zone_id, or its place in the layer where it has none. ``problem`` is
    one of missing, empty, nan, has_z, has_m, curve, collection, invalid, collapsed,
    unrepairable, area_changed, duplicate, duplicate_id, missing_id, wrong_type, mixed_type;
    ``action`` one of repaired, dropped_dimension, linearised, split, kept, rejected. The areas
    are ellipsoidal (m2), before and after this action; ``None`` where there is no polygon or no
    usable CRS. The area before a repair is what a program would give that does not look: shells
    less holes, so that the lobes of a bow-tie cancel out.
    """

    feature: str
    problem: str
    detail: str
    action: str
    area_before_m2: float | None
    area_after_m2: float | None


def write_repaired(frame: gpd.GeoDataFrame, log: Iterable[Entry], path: Path) -> Path:
    """Write a layer as a GeoPackage and the log beside it as CSV; return the log's path.

    ``red_line.gpkg`` gets ``red_line.log.csv`` (UTF-8 with a byte order mark, which
    Excel needs). Both are complete before either takes its place.

    Raises:
        LayerError: the layer has no CRS, or a file cannot be written; neither was.

    """
    if frame.crs is None:
        raise LayerError(say("doctor.error.no_crs", file=path))
    table = path.with_suffix(".log.csv")

    def write_layer(to: Path) -> None:
        # the layer is named after its file, not after the temporary one
        pyogrio.write_dataframe(frame, to, layer=path.stem, driver="GPKG")

    try:
        _write_together({path: write_layer, table: lambda to: _write_log(log, to)})
    except (
        OSError,
        ValueError,
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
    ) as error:
        reason = getattr(error, "strerror", None) or error
        raise LayerError(say("doctor.error.unwritable", file=path, reason=reason)) from error
    return table


def _write_together(files: Mapping[Path, Callable[[Path], None]]) -> None:
    """Write files in a hidden folder beside their places, and move them there when complete."""
    folder = next(iter(files)).parent
    with tempfile.TemporaryDirectory(prefix=".", dir=folder) as made:
        for path, write in files.items():
            if path.is_dir():
                raise IsADirectoryError(None, say("doctor.error.is_folder"))
            write(Path(made) / path.name)
        for path in files:
            os.replace(Path(made) / path.name, path)  # noqa: PTH105


def _write_log(log: Iterable[Entry], path: Path) -> None:
    columns = ("feature", "problem", "detail", "action", "area_before_m2", "area_after_m2")
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([say(f"doctor.column.{name}") for name in columns])
        for entry in log:
            texts = (
                entry.feature,
                say(f"doctor.problem.{entry.problem}"),
                entry.detail,
                say(f"doctor.action.{entry.action}"),
            )
            sizes = (
                "" if size is None else f"{shown_m2(size):.2f}"
                for size in (entry.area_before_m2, entry.area_after_m2)
            )
            writer.writerow([*map(safe_cell, texts), *sizes])
