"""Drawing all layers of one area, in the order in which they need each other."""

from pathlib import Path

import shapely

from layers.schematic.base_layers import add_county, add_elevation, add_townships, cut_townships
from layers.schematic.feature_layers import add_features, add_mine_patches, add_red_line
from layers.schematic.output import Entry, write_register
from layers.schematic.river_layer import add_rivers
from layers.schematic.sheet import FINER, MARGIN, Sheet
from layers.schematic.sources import Area, BuildError, elevation_window, read_area

RIM_CELLS = 2
"""Cells of the DEM kept around the area in elevation.tif."""


def build_area(area_id: str, data: Path | None = None) -> list[Entry]:
    """Draw every layer of one area, write its files and its register.

    Args:
        area_id: id of the area, the name of its folder.
        data: folder of the areas; the project's own when left out.

    """
    area = read_area(area_id) if data is None else read_area(area_id, data)
    _check_anchors(area)
    (area.folder / "layers").mkdir(exist_ok=True)
    bounds = shapely.union_all(list(area.polygons.values())).bounds
    coarse = elevation_window(bounds, MARGIN)
    sheet = Sheet(area, coarse.finer(FINER), cut_townships(area))
    add_county(sheet)
    add_townships(sheet)
    add_elevation(sheet, coarse.clip(bounds, RIM_CELLS))
    add_rivers(sheet)
    add_features(sheet)
    add_mine_patches(sheet)
    add_red_line(sheet)
    _drop_stale(area.folder, sheet.entries)
    write_register(area.folder, area.name, sheet.entries, sheet.omitted)
    return sheet.entries


def _check_anchors(area: Area) -> None:
    """Stop when a seed belongs to no township and no feature.

    Raises:
        BuildError: with the codes that are unknown.

    """
    known = {row["code"] for row in area.townships} | {row["id"] for row in area.features}
    unknown = sorted({seed.code for seed in area.seeds} - known)
    if unknown:
        raise BuildError(
            f"{area.id} 的 seats.csv 中有表格里没有的编号：{'、'.join(unknown)}。"
            "请与 townships.csv、features.csv 对齐。"
        )


def _drop_stale(folder: Path, entries: list[Entry]) -> None:
    """Delete layer files that no entry names any more."""
    named = {folder / entry.path for entry in entries if entry.path}
    for path in sorted((folder / "layers").iterdir()):
        if path not in named:
            path.unlink()
