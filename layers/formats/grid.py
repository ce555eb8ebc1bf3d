"""Which way round two columns of numbers are, and which Gauss-Kruger zone they lie in.

Told from the numbers: in China a longitude (73 to 136), a latitude (3 to 54), a
northing and an easting with its zone number cannot be taken for one another. Only an
easting without zone number and a northing south of 7.6 degrees N can.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from layers.formats.angle import MINUTES

LONGITUDES = (73.0, 136.0)
LATITUDES = (3.0, 54.0)
"""China, the South China Sea with it, in degrees."""

NORTHINGS = (330_000.0, 6_000_000.0)
"""Metres from the equator: 3 to 54 degrees N."""

EASTINGS = (160_000.0, 840_000.0)
"""Metres, 500 000 on the central meridian: 3 degrees of longitude at 3 N are 333 km."""

ZONE_M = 1_000_000.0
"""The zone number stands in front of the six digits of the easting."""

ZONES_6 = range(13, 24)
ZONES_3 = range(25, 46)
"""Zone numbers of China; no number is in both, so the number tells the width."""

DEGREE, METRE = "degree", "metre"

PACKED = (10_000.0, 100.0)
"""Degrees, minutes and seconds in one number (1122210 for 112°22′10″, or 11222.17): what stands
before the minutes is divided by this."""

ENOUGH, FEW, MOST = 12, 10, 50
"""Numbers, and how small and large the seconds among them are, before they look like seconds."""

Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]

_BASES = {
    ("cgcs2000", 3, True): 4513 - 25, ("cgcs2000", 3, False): 4534 - 25,
    ("cgcs2000", 6, True): 4491 - 13, ("cgcs2000", 6, False): 4502 - 13,
    ("xian80", 3, True): 2349 - 25, ("xian80", 3, False): 2370 - 25,
    ("xian80", 6, True): 2327 - 13, ("xian80", 6, False): 2338 - 13,
    ("beijing54", 3, True): 2401 - 25, ("beijing54", 3, False): 2422 - 25,
    ("beijing54", 6, True): 21413 - 13, ("beijing54", 6, False): 21453 - 13,
}  # fmt: skip
"""EPSG code less zone number, by datum, zone width and whether eastings carry the number."""

GEOGRAPHIC = {"cgcs2000": 4490, "xian80": 4610, "beijing54": 4214}


@dataclass(frozen=True, slots=True)
class Order:
    """How two columns are to be read: ``unit``, which comes first, and which rows fit.

    ``swapped`` marks rows that fit the other way round only. ``told`` is false
    where the numbers alone did not tell and the hint decided.
    """

    unit: str
    east_first: bool
    fits: Flags
    swapped: Flags
    told: bool


def zone_width(zone: int) -> int:
    """Return 3 or 6 (degrees) for a zone number of China, else 0."""
    return 3 if zone in ZONES_3 else 6 if zone in ZONES_6 else 0


def gauss_kruger(datum: str, zone: int, *, prefixed: bool) -> CRS:
    """Return the CRS of a zone; its width follows from its number."""
    return CRS.from_epsg(_BASES[datum, zone_width(zone), prefixed] + zone)


def prefix(easting: Numbers) -> NDArray[np.int64]:
    """Return the zone numbers in front of eastings (metres), 0 where there is none."""
    return np.floor(np.nan_to_num(easting, posinf=0, neginf=0) / ZONE_M).astype(np.int64)


def order(
    first: Numbers, second: Numbers, *, hint: bool | None, units: tuple[str, ...] = (DEGREE, METRE)
) -> Order | None:
    """Return which of two columns is the easting or longitude, or ``None`` if untold.

    ``hint`` says what the column names or the format claim (``True``: the first
    is the east one). Numbers go before the hint where they are unmistakable.
    Numbers that may be packed degrees (``packed``) are never taken for metres.
    """
    ways = {}
    if DEGREE in units:
        ways[DEGREE] = (
            _within(first, LONGITUDES) & _within(second, LATITUDES),
            _within(first, LATITUDES) & _within(second, LONGITUDES),
        )
    if METRE in units:
        ways[METRE] = (
            _eastings(first) & _within(second, NORTHINGS),
            _within(first, NORTHINGS) & _eastings(second),
        )
    unit = max(ways, key=lambda name: int((ways[name][0] | ways[name][1]).sum()))
    east, north = ways[unit]
    fits = east | north
    if not fits.any() or (unit == METRE and packed(first[fits], second[fits])):
        return None
    east_only, north_only = int((east & ~north).sum()), int((north & ~east).sum())
    told = east_only != north_only
    if not told and hint is None:
        return None
    east_first = east_only > north_only if told else bool(hint)
    ours, other = (east, north) if east_first else (north, east)
    return Order(unit, east_first, ours, other & ~ours, told)


def packed(first: Numbers, second: Numbers) -> bool:
    """Tell columns whose every number may be degrees, minutes and seconds in one.

    Some are coordinates in metres as well, on islands south of 13 N: then nobody can tell.
    """
    known = np.isfinite(first) & np.isfinite(second)
    first, second = first[known], second[known]
    return any(
        bool((_packed(one, LONGITUDES, unit) & _packed(other, LATITUDES, unit)).all())
        for one, other in ((first, second), (second, first))
        for unit in PACKED
        if len(one)
    )


def _packed(values: Numbers, limits: tuple[float, float], unit: float) -> Flags:
    """Return which numbers are degrees within limits, minutes and seconds below 60."""
    degrees, rest = np.divmod(values, unit)
    minutes, seconds = np.divmod(rest, unit / 100) if unit > PACKED[1] else (rest, 0 * rest)
    return _within(degrees, limits) & (minutes < MINUTES) & (seconds < MINUTES)


def sexagesimal(degrees: Numbers) -> bool:
    """Tell degrees whose decimals may be minutes and seconds (112.2210 for 112°22′10″).

    Not one is 60 or more, though there are many and the seconds are spread: hardly by chance.
    """
    minutes, seconds = np.divmod(np.round(degrees % 1 * PACKED[0], 6), PACKED[1])
    spread = len(seconds) >= ENOUGH and seconds.min() < FEW <= MOST <= seconds.max()
    return bool(spread and (minutes < MINUTES).all() and (seconds < MINUTES).all())


def _within(values: Numbers, limits: tuple[float, float]) -> Flags:
    return (limits[0] <= values) & (values <= limits[1])


def _eastings(values: Numbers) -> Flags:
    zone = prefix(values)
    known = (zone == 0) | np.isin(zone, [*ZONES_3, *ZONES_6])
    return known & _within(values - zone * ZONE_M, EASTINGS)


@dataclass(frozen=True, slots=True)
class Stated:
    """A stated Gauss-Kruger (or UTM) CRS: zone number in its eastings, and fitting zones."""

    carried: int
    zones: tuple[int, ...]


def stated_zone(text: str) -> Stated | None:
    """Return the zone of a stated CRS, ``None`` where it is not of this kind.

    >>> stated_zone("EPSG:4526"), stated_zone("EPSG:4490")
    (Stated(carried=38, zones=(38,)), None)
    >>> stated_zone("EPSG:4547")
    Stated(carried=0, zones=(38,))
    """
    try:
        crs = CRS.from_user_input(text)
    except CRSError:
        # GCJ-02 and other names that the CRS gate knows
        return None
    operation = crs.coordinate_operation
    if not crs.is_projected or operation is None:
        return None
    values = {item.name: item.value for item in operation.params}
    east, meridian = values.get("False easting"), values.get("Longitude of natural origin")
    if operation.method_name != "Transverse Mercator" or east is None or meridian is None:
        return None
    carried, local = divmod(east, ZONE_M)
    if local != ZONE_M / 2:
        # a local system with an easting of its own
        return None
    zones = [meridian / 3, (meridian + 3) / 6]
    fitting = [int(zone) for zone in zones if zone.is_integer() and zone_width(int(zone))]
    if carried:
        fitting = [int(carried)]
    return Stated(int(carried), tuple(fitting))


def fit_eastings(eastings: Numbers, stated: Stated) -> tuple[Numbers, Flags, int]:
    """Return eastings as the stated CRS has them, which rows are of its zone, how many moved."""
    found = prefix(eastings)
    ours = (found == 0) | np.isin(found, stated.zones)
    moved = ours & (found != stated.carried)
    values = np.where(moved, eastings + (stated.carried - found) * ZONE_M, eastings)
    return values, ours, int(moved.sum())
