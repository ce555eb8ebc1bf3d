"""Tables (CSV, Excel) whose rows are points, or geometries as WKT."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers import webmap
from layers.formats import columns
from layers.formats.angle import MINUTES, parse_angle, parse_pair
from layers.formats.grid import (
    DEGREE,
    METRE,
    ZONE_M,
    Numbers,
    Order,
    fit_eastings,
    gauss_kruger,
    order,
    packed,
    prefix,
    sexagesimal,
    stated_zone,
    zone_width,
)
from layers.formats.sheet import Row, Sheet, csv_sheet, excel_sheets, text
from layers.formats.source import Reject, Source, note, quoted, refuse, reject

HEADER_ROWS = 20
"""Rows in which the column names are looked for: titles and units may stand above."""

ANGLE_PARTS = frozenset("度分秒°′″")

_ORDER_NOTES = {
    (DEGREE, False): "order_degree", (DEGREE, True): "crossed_degree",
    (METRE, False): "order_metre", (METRE, True): "crossed_metre",
}  # fmt: skip

_SRID = re.compile(r"SRID=(\d{4,6});", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Found:
    """A sheet with its header row and the columns that hold positions."""

    sheet: Sheet
    header: Row
    rows: tuple[Row, ...]
    choices: tuple[columns.Positions, ...]


def read_table(path: Path, *, encoding: str = "", table: str = "", crs: str = "") -> Source:
    """Return the points or WKT geometries of a CSV or Excel table.

    Raises:
        LayerError: no column holds positions or several do, the numbers do not tell
            which way round they are, or they are metres and no CRS is stated.

    """
    excel = path.suffix.lower() in {".xlsx", ".xlsm"}
    sheets = excel_sheets(path, table) if excel else (csv_sheet(path, encoding),)
    projected = stated_zone(crs) is not None if crs else False
    headed = [one for sheet in sheets if (one := _header(sheet, projected=projected))]
    found = [one for one in headed if one.rows]
    if headed and not found:
        refuse("no_rows", file=path)
    if not found:
        seen = {text(cell) for sheet in sheets for row in sheet.rows[:3] for cell in row.cells}
        shown = "、".join(quoted(name) for name in sorted(seen - {""})[:20])
        refuse("no_positions", file=path, found=shown or "—")
    if len(found) > 1:
        names = "、".join(one.sheet.name for one in found)
        refuse("layers", file=path, found=names, value=table or "—")
    one = found[0]
    notes = list(one.sheet.notes)
    if one.sheet.name and len(sheets) > 1:
        notes.append(note("sheet", name=one.sheet.name))
    if one.header.number > 1:
        notes.append(note("header", row=one.header.number))
    return _source(one, path, crs, notes)


def _header(sheet: Sheet, *, projected: bool) -> _Found | None:
    top = sheet.rows[:HEADER_ROWS]
    for at, row in enumerate(top):
        choices = _choices(row, projected=projected)
        below = _choices(sheet.rows[at + 1], projected=projected) if at + 1 < len(top) else []
        if not choices or (choices[0].kind == "cell" and below and below[0].kind == "pair"):
            # 坐标 alone above 经度 and 纬度 is the upper half of a heading in two rows
            continue
        header = _completed(row, sheet.rows[at - 1] if at else None)
        rows = tuple(other for other in sheet.rows[at + 1 :] if not other.blank)
        if sheet.name:
            width = max((len(other.cells) for other in rows), default=0)
            header = Row(row.number, (*header.cells, *[None] * (width - len(header.cells))))
        return _Found(sheet, header, rows, tuple(choices))
    return None


def _choices(row: Row, *, projected: bool) -> list[columns.Positions]:
    return columns.positions([text(cell) for cell in row.cells], projected=projected)


def _completed(row: Row, above: Row | None) -> Row:
    """Return a heading whose empty cells take the name above them: cells merged over two rows."""
    if above is None or sum(bool(text(cell)) for cell in above.cells) < 2:  # noqa: PLR2004  # a title
        return row
    cells = [*row.cells, *[None] * (len(above.cells) - len(row.cells))]
    over = [*above.cells, *[None] * (len(cells) - len(above.cells))]
    return Row(row.number, tuple(cell if text(cell) else other
                                 for cell, other in zip(cells, over, strict=True)))  # fmt: skip


def _names(header: Row) -> list[str]:
    """Return the column names, made different where they are empty or occur twice."""
    names: list[str] = []
    for at, cell in enumerate(header.cells, start=1):
        base = text(cell) or f"column_{at}"
        name, number = base, 2
        while name in {*names, "geometry"}:
            name, number = f"{base}_{number}", number + 1
        names.append(name)
    return names


def _source(found: _Found, path: Path, crs: str, notes: list[str]) -> Source:
    names = _names(found.header)
    rows, rejects = [], []
    for row in found.rows:
        extra = [cell for cell in row.cells[len(names) :] if text(cell)]
        if extra or (not found.sheet.name and len(row.cells) < len(names)):
            # a comma too many or too few moves every later cell into another column
            rejects.append(reject(path, row.number, "width", found=len(row.cells),
                                  expected=len(names)))  # fmt: skip
        else:
            rows.append(row)
    cells = {
        name: [row.cells[at] if at < len(row.cells) else None for row in rows]
        for at, name in enumerate(names)
    }
    numbers = [row.number for row in rows]
    chosen = _choice(found, names, path)
    _check_whole(found, chosen, rows, path)
    said = None
    if chosen.kind == columns.WKT:
        said = _said_crs(cells[names[chosen.columns[0]]])
        shapes, kept, bad = _from_wkt(cells[names[chosen.columns[0]]], numbers, path)
    else:
        shapes, kept, bad = _points(chosen, names, cells, numbers, path, crs, notes)
    data = {name: _typed([values[at] for at in kept]) for name, values in cells.items()}
    frame = gpd.GeoDataFrame(pd.DataFrame(data, columns=names), geometry=shapes, crs=said)
    rejects = sorted([*rejects, *bad], key=lambda item: int(item.feature))
    return Source(frame, len(found.rows), tuple(rejects), tuple(notes))


def _typed(values: list[object]) -> pd.Series:
    """Return a column of one kind of cells; texts stay texts, empty cells become ``None``."""
    blank = [None if isinstance(value, str) and not value.strip() else value for value in values]
    return pd.Series(blank, dtype=object).infer_objects()


def _choice(found: _Found, names: list[str], path: Path) -> columns.Positions:
    """Return the columns to take; two that are as good as one another are asked about."""
    first, *others = found.choices
    if first.kind == columns.WKT:
        return first
    rivals = [one for one in others if (one.kind, one.hint, one.units) ==
              (first.kind, first.hint, first.units)]  # fmt: skip
    if rivals:
        used = dict.fromkeys(names[at] for one in (first, *rivals) for at in one.columns)
        refuse("several_positions", file=path, found="、".join(used))
    return first


def _check_whole(
    found: _Found, chosen: columns.Positions, rows: list[Row], path: Path
) -> None:  # fmt: skip
    """Refuse degrees whose minutes and seconds stand in columns of their own, without a name."""
    header = [text(cell) for cell in found.header.cells]
    for at in chosen.columns:
        beside = at + 1
        if chosen.units == (DEGREE,) and beside < len(header) and not header[beside] and any(
            _part_of_angle(row.cells[beside]) for row in rows if beside < len(row.cells)
        ):  # fmt: skip
            refuse("split_angles", file=path, column=quoted(header[at]))


def _part_of_angle(cell: object) -> bool:
    number = pd.to_numeric(text(cell), errors="coerce")
    return text(cell) in ANGLE_PARTS or 0 <= number < MINUTES


def _said_crs(values: list[object]) -> str | None:
    """Return the CRS that EWKT texts name (SRID=4490;POINT ...) where all name the same."""
    said = {found[1] if (found := _SRID.match(text(value))) else "" for value in values
            if text(value)}  # fmt: skip
    code = said.pop() if len(said) == 1 else ""
    return f"EPSG:{code}" if code else None


def _from_wkt(
    values: list[object], numbers: list[int], path: Path
) -> tuple[object, list[int], list[Reject]]:
    texts = [text(value).rpartition(";")[2] or None for value in values]
    shapes = shapely.from_wkt(np.array(texts, dtype=object), on_invalid="ignore")
    bad = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    rejects = [
        reject(path, numbers[at], "wkt" if texts[at] else "no_geometry", value=quoted(values[at]))
        for at in np.flatnonzero(bad)
    ]
    return shapes[~bad], [int(at) for at in np.flatnonzero(~bad)], rejects


def _points(  # noqa: PLR0913, PLR0917  # the parts of a table
    chosen: columns.Positions, names: list[str], cells: dict[str, list[object]],
    numbers: list[int], path: Path, crs: str, notes: list[str],
) -> tuple[object, list[int], list[Reject]]:  # fmt: skip
    used = [names[at] for at in chosen.columns]
    values = [cells[name] for name in used]
    title = "、".join(used)
    web = columns.web_map(used)
    if web and webmap.system(crs) != web:
        refuse("table_web_map", file=path, columns=title, value=web)
    if chosen.kind == "cell":
        pairs = [parse_pair(text(value)) or (np.nan, np.nan) for value in values[0]]
        first, second = np.array(pairs, dtype=float).reshape(-1, 2).T
    else:
        first, second = _numbers(values[0]), _numbers(values[1])
    way = order(first, second, hint=chosen.hint, units=chosen.units)
    if way is None:
        if not len(first):
            return [], [], []
        _refuse_numbers(chosen, values, first, second, path, title)
    notes.append(_order_note(way, chosen, used))
    if way.unit == DEGREE and sexagesimal(first[way.fits]) and sexagesimal(second[way.fits]):
        notes.append(note("sexagesimal", columns=title))
    east, north = (first, second) if way.east_first else (second, first)
    east, zoned = _in_stated_zone(east, way, path, crs, notes)
    fits = way.fits & zoned
    rejects = []
    for at in np.flatnonzero(~fits):
        shown = quoted("，".join(text(column[at]) for column in values))
        if not np.isfinite(first[at] + second[at]):
            key = "unreadable" if shown.strip("，") else "no_position"
        else:
            key = "swapped" if way.swapped[at] else "zone" if way.fits[at] else "range"
        rejects.append(reject(path, numbers[at], key, value=shown, columns=title))
    return shapely.points(east[fits], north[fits]), np.flatnonzero(fits).tolist(), rejects


def _refuse_numbers(  # noqa: PLR0913, PLR0917  # the parts of a table
    chosen: columns.Positions, values: list[list[object]], first: Numbers, second: Numbers,
    path: Path, title: str,
) -> NoReturn:  # fmt: skip
    """Refuse columns of which no row is a position for certain, with the reason."""
    read = np.isfinite(first + second)
    if not read.any():
        rows = ("，".join(map(text, cells)) for cells in zip(*values, strict=True))
        shown = next((row for row in rows if row.strip("，")), "")
        refuse("positions_unreadable", file=path, columns=title, value=quoted(shown) or "—")
    sample = int(np.flatnonzero(read)[0])
    shown = "，".join(quoted(column[sample]) for column in values[:2])
    if packed(first, second):
        refuse("packed_angles", file=path, columns=title, value=shown)
    fitting = order(first, second, hint=True, units=chosen.units)
    refuse("order" if fitting else "positions_range", file=path, columns=title, value=shown)


def _numbers(values: list[object]) -> Numbers:
    """Return cells as numbers or degrees; what is neither becomes NaN."""
    numbers = pd.to_numeric(pd.Series(values, dtype=object), errors="coerce").to_numpy(float)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    for at in np.flatnonzero(np.isnan(numbers)):
        angle = parse_angle(text(values[at]))
        if angle is not None:
            numbers[at] = angle[0]
    for at, value in enumerate(values):
        if isinstance(value, bool):
            numbers[at] = np.nan
    return numbers


def _order_note(way: Order, chosen: columns.Positions, used: list[str]) -> str:
    if len(used) == 1:
        return note("pair_east_first" if way.east_first else "pair_north_first", column=used[0])
    east, north = used if way.east_first else used[::-1]
    crossed = chosen.hint is not None and way.told and way.east_first != chosen.hint
    return note(_ORDER_NOTES[way.unit, crossed], east=east, north=north)


def _in_stated_zone(
    east: Numbers, way: Order, path: Path, crs: str, notes: list[str]
) -> tuple[Numbers, np.ndarray]:
    """Return eastings with or without zone number as the stated CRS has them."""
    everything = np.ones(len(east), dtype=bool)
    if way.unit != METRE:
        return east, everything
    if not crs:
        refuse("table_crs", file=path, proposal=_proposal(east[way.fits]))
    stated = stated_zone(crs)
    if stated is None:
        # geographic or of another kind: the CRS gate judges
        return east, everything
    values, ours, moved = fit_eastings(east, stated)
    if not (ours & way.fits).any():
        zones = sorted(set(prefix(east[way.fits]).tolist()))
        refuse("zone", file=path, crs=crs, found="、".join(map(str, zones)),
               value=f"{east[way.fits][0] / ZONE_M:.6f}")  # fmt: skip
    if moved:
        key = "zone_added" if stated.carried else "zone_removed"
        notes.append(note(key, count=moved, crs=crs))
    return values, ours


def _proposal(eastings: Numbers) -> str:
    zones = {int(zone) for zone in np.unique(prefix(eastings))}
    if len(zones) == 1 and (zone := zones.pop()):
        code = gauss_kruger("cgcs2000", zone, prefixed=True).to_epsg()
        return note("proposal", zone=zone, width=zone_width(zone), code=code)
    return note("no_proposal")
