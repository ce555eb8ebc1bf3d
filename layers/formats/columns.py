"""Which columns of a table hold positions, told from their names."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from layers.formats.grid import DEGREE, METRE

LON, LAT, EAST, NORTH, X, Y, PAIR, WKT = "lon", "lat", "east", "north", "x", "y", "pair", "wkt"

_EXACT = {
    LON: {"lon", "lng", "long", "longitude", "jd", "经度", "东经", "经"},
    LAT: {"lat", "latitude", "wd", "纬度", "北纬", "纬"},
    EAST: {"e", "east", "easting", "东", "东坐标", "横坐标", "东向", "横"},
    NORTH: {"n", "north", "northing", "北", "北坐标", "纵坐标", "北向", "纵"},
    X: {"x", "x坐标", "pointx", "coordx", "xcoord", "xcoordinate", "坐标x"},
    Y: {"y", "y坐标", "pointy", "coordy", "ycoord", "ycoordinate", "坐标y"},
    PAIR: {"坐标", "经纬度", "位置坐标", "地理坐标", "中心坐标", "coordinate", "coordinates"},
    WKT: {"wkt", "geometry", "geom", "thegeom", "shape", "几何", "图形"},
}  # fmt: skip

_INSIDE = {LON: ("经度", "东经"), LAT: ("纬度", "北纬"), EAST: ("东坐标", "横坐标", "东向"),
           NORTH: ("北坐标", "纵坐标", "北向")}  # fmt: skip
"""Parts of a name that tell its role where the whole name does not (起点经度, X北坐标)."""

_BRACKETS = re.compile(r"[(\[【][^(\[【)\]】]*[)\]】]")

_GEODETIC = {"b": LAT, "大地纬度b": LAT, "l": LON, "大地经度l": LON}
"""The letters of geodesy: B is a latitude and L a longitude where nothing else is one."""

WEB_MAPS = {"GCJ-02": ("gcj", "火星", "高德", "腾讯", "amap"), "BD-09": ("bd09", "bd-09", "百度")}
"""Words in a column's name that tell a web map's coordinates."""

_PAIRS = (
    ((LON, LAT), True, (DEGREE,)),
    ((EAST, NORTH), True, (DEGREE, METRE)),
    ((X, Y), None, (DEGREE, METRE)),
)


@dataclass(frozen=True, slots=True)
class Positions:
    """The columns that hold positions: one (``wkt``, ``pair``) or two.

    ``hint`` says whether the first is the east one (``None``: the names do not
    tell), ``units`` what the numbers may be.
    """

    kind: str
    columns: tuple[int, ...]
    hint: bool | None = None
    units: tuple[str, ...] = (DEGREE, METRE)


def role(name: str) -> str:
    """Return what a column name says it holds; "" for anything else.

    >>> role("经度(°)"), role("X（北）"), role("Y坐标(m)"), role("镇名")
    ('lon', 'north', 'y', '')
    """
    wide = unicodedata.normalize("NFKC", name).lower()
    bare = re.sub(r"[\s_.\-:]", "", _BRACKETS.sub("", wide))
    inside = "".join(_BRACKETS.findall(wide))
    for kind, names in _EXACT.items():
        if bare in names:
            if kind in {X, Y} and re.search("[北纵]", inside):
                return NORTH
            if kind in {X, Y} and re.search("[东横]", inside):
                return EAST
            return kind
    for kind, parts in _INSIDE.items():
        if any(part in bare for part in parts):
            return kind
    return ""


def positions(names: Sequence[str], *, projected: bool) -> list[Positions]:
    """Return every way in which columns may hold positions, the best first.

    Exact names go before names that only contain one. Where degrees and metres
    stand side by side, ``projected`` (the stated CRS is in metres) picks the metres.
    """
    found: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        found.setdefault(role(name), []).append(at)
    if not found.keys() - {""}:
        for at, name in enumerate(names):
            found.setdefault(_GEODETIC.get(name.strip().lower(), ""), []).append(at)
    choices = [Positions(WKT, (at,)) for at in found.get(WKT, [])]
    pairs = [
        Positions("pair", columns, hint, units)
        for kinds, hint, units in _PAIRS
        for columns in product(*(found.get(kind, []) for kind in kinds))
    ]
    if projected:
        pairs.sort(key=lambda item: METRE not in item.units)
    single = [Positions("cell", (at,), None) for at in found.get(PAIR, [])]
    return choices + pairs + single


def web_map(names: Sequence[str]) -> str:
    """Return the web map's system that a column names, "" for none.

    >>> web_map(["经度(GCJ02)", "纬度"]), web_map(["经度", "纬度"])
    ('GCJ-02', '')
    """
    plain = "".join(names).lower()
    return next((system for system, words in WEB_MAPS.items()
                 if any(word in plain for word in words)), "")  # fmt: skip
