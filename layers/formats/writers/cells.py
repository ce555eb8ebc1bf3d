"""Columns and cells as files can hold them: nothing cut, nothing run, nothing guessed."""

import datetime as dt
import json
import math
from collections.abc import Collection, Iterable

import geopandas as gpd
import numpy as np
import pandas as pd

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""A cell beginning so is run by spreadsheets: it gets an apostrophe before it."""

EXACT = 2**53
"""Whole numbers from here on are not exact in a program that counts in real numbers."""

INT64 = 2**63

NUL, NUL_SHOWN = "\0", "\u2400"
"""GDAL ends a text at a NUL: the sign that stands for it is written instead."""

Cell = str | float | int | bool | None


def safe_cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; an empty text for nothing."""
    if is_missing(value):
        return ""
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA) else value


def is_missing(value: object) -> bool:
    """Return whether a cell holds nothing: None, NaN, NaT or NA."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def unique_names(names: Iterable[object], reserved: Collection[str] = ()) -> dict[str, str]:
    """Return a new name for each column, different from others and the reserved ones.

    Upper and lower case do not make a difference: in GeoPackage and dBase they do not.

    >>> unique_names(["name", "Name", "fid"], ("fid",))
    {'name': 'name', 'Name': 'Name_2', 'fid': 'fid_2'}
    """
    taken = {name.lower() for name in reserved}
    given: dict[str, str] = {}
    for name in names:
        base = text(str(name)).strip() or "column"
        free, number = base, 2
        while free.lower() in taken:
            free, number = f"{base}_{number}", number + 1
        taken.add(free.lower())
        given[str(name)] = free
    return given


def plain_columns(frame: gpd.GeoDataFrame) -> dict[str, list[Cell]]:
    """Return the attributes as columns of one kind of cells each: texts, numbers or yes and no.

    Dates are texts by ISO 8601, without a time where every one is midnight. A column of
    several kinds of cells becomes texts, lists become JSON, bytes hexadecimal digits.
    """
    names = [name for name in frame.columns if name != frame.geometry.name]
    return {str(name): plain_column(frame[name]) for name in names}


def plain_column(values: pd.Series) -> list[Cell]:
    """Return one column as ``plain_columns`` does."""
    cells = [None if is_missing(value) else _python(value) for value in values.tolist()]
    present = [cell for cell in cells if cell is not None]
    if all(isinstance(cell, bool) for cell in present):
        return cells
    if _numeric(present):
        whole = all(isinstance(cell, int) for cell in present)
        return cells if whole else [None if cell is None else float(cell) for cell in cells]
    if all(isinstance(cell, dt.date) for cell in present):
        return _dates(cells)
    return [None if cell is None else text(cell) for cell in cells]


def _python(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _numeric(present: list[object]) -> bool:
    """Return whether cells are one column of numbers that keeps each of them as it is."""
    numbers = all(
        isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell)
        for cell in present
    )
    if not numbers:
        return False
    limit = EXACT if any(isinstance(cell, float) for cell in present) else INT64
    return all(abs(cell) < limit for cell in present if isinstance(cell, int))


def _dates(cells: list[object]) -> list[Cell]:
    midnight = dt.time()
    whole = all(
        not isinstance(cell, dt.datetime) or (cell.time() == midnight and cell.tzinfo is None)
        for cell in cells
        if cell is not None
    )
    if whole:
        return [None if cell is None else cell.isoformat()[:10] for cell in cells]
    return [None if cell is None else cell.isoformat() for cell in cells]


def text(value: object) -> str:
    """Return a cell as text that every format can hold.

    >>> text([1, "甲"]), text(b"ab"), text(2.0)
    ('[1, "甲"]', '6162', '2.0')
    """
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple | dict):
        value = json.dumps(value, ensure_ascii=False, default=str)
    plain = str(value).replace(NUL, NUL_SHOWN)
    return plain.encode("utf-8", errors="replace").decode("utf-8")


def column_series(cells: list[Cell], index: pd.Index) -> pd.Series:
    """Return plain cells as a column of the type that GDAL writes them as."""
    present = [cell for cell in cells if cell is not None]
    if present and all(isinstance(cell, bool) for cell in present):
        full = len(present) == len(cells)
        return pd.Series(cells, index=index, dtype=bool if full else "boolean")
    if present and all(isinstance(cell, int) for cell in present):
        return pd.Series(cells, index=index, dtype="Int64")
    if present and all(isinstance(cell, float) for cell in present):
        return pd.Series(cells, index=index, dtype="float64")
    return pd.Series(cells, index=index, dtype=object)
