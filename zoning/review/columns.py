"""What the columns of a list of sites are taken for, and what their cells say."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np

from layers.connection import Connection, printable
from layers.errors import LayerError
from layers.formats.survey import COLUMNS as SURVEY_COLUMNS
from layers.formats.survey import HEAD_COLUMNS
from layers.read import texts
from layers.rounding import M2_PER_HA, MU_PER_HA
from layers.words import say

ID_NAMES = (
    "zoneid", "siteid", "projectid", "编号", "用地编号", "项目编号", "地块编号", "图斑编号",
    "宗地编号", "地块号", "dkbh", "xmbh", "tbbh", "标识码", "bsm", "id",
)  # fmt: skip
"""What columns with the id of a site are called, the best first, in small letters and without
blanks, dashes and brackets."""

NAME_NAMES = (
    "name", "名称", "用地名称", "项目名称", "地块名称", "图斑名称", "dkmc", "xmmc", "mc", "项目",
)  # fmt: skip

ACTIVITY_NAMES = ("activity", "活动类别", "活动类型")
"""Columns in which somebody stated the activity, by its id or its title."""

CONTENT_NAMES = ("content", "建设内容", "主要内容", "内容", "用途", "项目类型", "地类用途")
"""Columns with words that the activity may be told from."""

ACCURACY_NAMES = ("accuracym", "位置误差米", "位置误差")

SURVEYED_M = 0.2
"""How far a surveyed boundary point may lie from its coordinates: what 勘测定界 permits between
the coordinates applied for and those found on the spot (docs/decisions/0008-review.md)."""

AREA_UNITS = {
    "公顷": M2_PER_HA, "hm2": M2_PER_HA, "ha": M2_PER_HA, "平方公里": 1e6, "km2": 1e6,
    "万亩": 1e4 * M2_PER_HA / MU_PER_HA, "亩": M2_PER_HA / MU_PER_HA,
    "mu": M2_PER_HA / MU_PER_HA, "平方米": 1.0, "m2": 1.0,
}  # fmt: skip
"""Square metres in the unit that a column of areas names; a column without a unit is not used."""

HEAD_DATUM, HEAD_ACCURACY = HEAD_COLUMNS

_CGCS2000 = re.compile("2000|cgcs", re.IGNORECASE)
_METRES = re.compile(r"(\d{0,6}\.?\d{1,9})\s*(?:米|m)?", re.IGNORECASE)
_AREA = re.compile(r"(?:面积|area)(.+)")
_SIGNS = re.compile(r"[\s_\-.()\[\]{}<>【】〔〕（）/]")


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file's columns are taken for; empty where it has none."""

    id: str
    name: str
    activity: str
    content: tuple[str, ...]
    accuracy: str
    area: str
    unit_m2: float


def columns_of(
    frame: gpd.GeoDataFrame, id_column: str, name_column: str, path: Path | Connection
) -> Columns:
    """Return what the columns are taken for.

    Raises:
        LayerError: a column that the user names is not there.

    """
    columns = [str(name) for name in frame.columns if name != frame.geometry.name]
    for wanted in (id_column, name_column):
        if wanted and wanted not in columns:
            found = "、".join(map(printable, columns)) or "—"
            raise LayerError(say("review.column_absent", file=path, column=wanted, found=found))
    plain: dict[str, str] = {}
    for name in columns:
        plain.setdefault(_plain(name), name)

    def first(names: Iterable[str]) -> str:
        known = (plain[name] for name in names if name in plain)
        return next((name for name in known if any(texts_of(frame, name))), "")

    area, unit = ("面积", float(M2_PER_HA)) if set(SURVEY_COLUMNS) <= set(columns) else ("", 1.0)
    for name, own in plain.items():
        match = _AREA.search(name)
        if not area and match and match[1] in AREA_UNITS:
            area, unit = own, AREA_UNITS[match[1]]
    return Columns(
        id=id_column or first(ID_NAMES),
        name=name_column or first(NAME_NAMES),
        activity=first(ACTIVITY_NAMES),
        content=tuple(plain[name] for name in CONTENT_NAMES if name in plain),
        accuracy=first(ACCURACY_NAMES),
        area=area,
        unit_m2=unit,
    )


def _plain(name: str) -> str:
    """Return a column's name without what people write differently.

    >>> _plain("面积（公顷）"), _plain("Site_ID")
    ('面积公顷', 'siteid')
    """
    return _SIGNS.sub("", unicodedata.normalize("NFKC", name).lower())


def texts_of(frame: gpd.GeoDataFrame, column: str) -> list[str]:
    """Return a column's cells as texts fit to be shown, cut short; none without the column."""
    return [printable(cell).strip() for cell in texts(frame[column])] if column else []


def numbers_of(frame: gpd.GeoDataFrame, column: str, unit: float) -> list[float | None]:
    """Return a column's cells as numbers not below 0, ``None`` where it has no such number."""
    if not column:
        return [None] * len(frame)
    values = []
    for cell in texts(frame[column]):
        try:
            number = float(cell.replace(",", "")) * unit
        except ValueError:
            number = np.nan
        values.append(number if 0 <= number < np.inf else None)
    return values


def surveyed(frame: gpd.GeoDataFrame) -> list[float | None]:
    """Return how far the positions of parcels of a survey file may be off; ``None`` for others.

    Only those that were surveyed in CGCS2000: others were moved by parameters, and nobody says
    how well. What the head states as 精度 counts where it is more than what is permitted: often
    it is the digits of the numbers.
    """
    if not {*SURVEY_COLUMNS, HEAD_DATUM} <= set(frame.columns):
        return [None] * len(frame)
    stated = texts(frame[HEAD_ACCURACY]) if HEAD_ACCURACY in frame else [""] * len(frame)
    return [
        _permitted(said.strip()) if _CGCS2000.search(datum) else None
        for datum, said in zip(texts(frame[HEAD_DATUM]), stated, strict=True)
    ]


def _permitted(said: str) -> float | None:
    """Return what a stated accuracy comes to, ``None`` where nobody can tell.

    >>> _permitted(""), _permitted("0.001"), _permitted("3米"), _permitted("1:500")
    (0.2, 0.2, 3.0, None)
    """
    match = _METRES.fullmatch(said)
    if said and not match:
        return None
    return max(SURVEYED_M, float(match[1]) if match else 0.0)
