"""Gauss-Kruger zones, and which CRS would bring stray coordinates onto the county.

They are called belts here (带): elsewhere in the project a zone is a protected one.

The trials are real: every belt of the datum, with and without its prefix, is
undone on the coordinates, as they stand and with the two axes swapped.
"""

import re
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Proj
from shapely import Geometry

from layers import datum
from layers.measure import STORAGE_CRS

CHINA = (73.0, 3.0, 136.0, 54.0)
"""West, south, east, north in degrees."""

NEAR_DEG = 0.5
"""Alternatives must bring the data this near, on each side of the county's box."""

DEGREES = 360.0
"""Numbers beyond this are not degrees; plane coordinates in China are far beyond it."""
WITH_PREFIX_M = 1_000_000.0
"""Eastings from here on carry a zone prefix; without one they stay below 1000 km."""

OVERLAP_DEG = 0.4
"""Data reach this far beyond their zone without being suspected of another one."""

PAST_DEG = 3.0
"""Data farther beyond the zone they declare are in another one, county known or not."""

FAMILIES = {
    "xian": (2349, 2370, 2327, 2338),
    "beijing": (2401, 2422, 21413, 21453),
    "": (4513, 4534, 4491, 4502),
}
"""By how the datum's name begins, the first EPSG code of: 3-degree zones with prefix (25 on) and
without (75E on), 6-degree zones with prefix (13 on) and without (75E on). Last: CGCS2000."""

WEB_MERCATOR = "EPSG:3857"


@dataclass(frozen=True, slots=True)
class Belt:
    """A Gauss-Kruger zone: central meridian and width in degrees, false easting in metres."""

    meridian: float
    width: int
    easting: float

    @property
    def prefixed(self) -> bool:
        """Eastings carry the zone's number."""
        return self.easting >= WITH_PREFIX_M


@dataclass(frozen=True, slots=True)
class Guess:
    """A CRS that brings the sample onto the county, and how far it is from the declared one."""

    crs: str
    belt: Belt | None
    swapped: bool
    steps: int


def belt_of(crs: CRS | None) -> Belt | None:
    """Return the zone that a CRS is, by its parameters; none for anything else (UTM too)."""
    if crs is None or crs.coordinate_operation is None or not crs.is_projected:
        return None
    values = {item.name: item.value for item in crs.coordinate_operation.params}
    meridian, easting = values.get("Longitude of natural origin"), values.get("False easting")
    plain = values.get("Scale factor at natural origin") == 1 and not (
        values.get("Latitude of natural origin") or values.get("False northing")
    )
    if crs.coordinate_operation.method_name != "Transverse Mercator" or not plain:
        return None
    number = easting // WITH_PREFIX_M
    narrow = number * 3 == meridian if number else re.search("3.degree", crs.name, re.IGNORECASE)
    return Belt(meridian, 3 if narrow or meridian % 6 != 3 else 6, easting)  # noqa: PLR2004


def belts(crs: CRS | None) -> list[tuple[str, Belt]]:
    """Return the 64 Gauss-Kruger zones of China on a CRS's datum, each with its EPSG code."""
    base = "" if crs is None or crs.geodetic_crs is None else crs.geodetic_crs.name.lower()
    codes = next(codes for start, codes in FAMILIES.items() if base.startswith(start))
    found = []
    for first, width, start, easting in zip(
        codes, (3, 3, 6, 6), (25, 25, 13, 13), (WITH_PREFIX_M, 0, WITH_PREFIX_M, 0), strict=True
    ):
        count = 21 if width == 3 else 11  # noqa: PLR2004
        for number in range(start, start + count):
            meridian = 3 * number if width == 3 else 6 * number - 3  # noqa: PLR2004
            found.append(
                (
                    f"EPSG:{first + number - start}",
                    Belt(meridian, width, number * easting + 500_000),
                )
            )
    return found


def within(bounds: NDArray, box: tuple[float, ...]) -> NDArray[np.bool_]:
    """Return which rows (west, south, east, north; shape (n, 4)) lie in a box."""
    west, south, east, north = bounds.T
    return (box[0] <= west) & (east <= box[2]) & (box[1] <= south) & (north <= box[3])


def fits(lon: NDArray, lat: NDArray, home: Geometry | None) -> bool:
    """Return whether points lie about the county, or where that is unknown, all in China."""
    box = CHINA if home is None else shapely.bounds(home) + NEAR_DEG * np.array([-1, -1, 1, 1])
    inside = within(np.stack([lon, lat, lon, lat], axis=1), box)
    return bool(inside.all() if home is None else inside.any())


def guesses(xy: NDArray, crs: CRS | None, home: Geometry | None) -> list[Guess]:
    """Return the other CRSs that would put the sample in its place, the likeliest first."""
    found = []
    for swapped in (False, True):
        x, y = xy[::-1] if swapped else xy
        if np.abs(xy).max() > DEGREES:
            found += _plane_guesses(x, y, crs, home, swapped=swapped)
        elif (swapped or crs is None or crs.is_projected) and fits(x, y, home):
            degrees = crs is not None and crs.is_geographic
            code = datum.name(crs) if degrees else STORAGE_CRS
            found.append(Guess(code, None, swapped, int(swapped)))
    return sorted(found, key=lambda guess: guess.steps)


def _plane_guesses(
    x: NDArray, y: NDArray, crs: CRS | None, home: Geometry | None, *, swapped: bool
) -> list[Guess]:
    unproject = Proj("+proj=tmerc +lon_0=0 +ellps=GRS80")
    declared, found, seen = belt_of(crs), [], set()
    for code, belt in belts(crs):
        same = declared is not None and (
            (belt.meridian, belt.easting) == (declared.meridian, declared.easting)
        )
        turn, lat = unproject(x - belt.easting, y, inverse=True)
        over = float(np.abs(turn).mean()) - belt.width / 2
        if (
            (same and not swapped)
            or (home is None and over > OVERLAP_DEG)
            or (not fits(turn + belt.meridian, lat, home))
        ):
            continue
        another = declared is None and crs is not None and crs.is_projected
        steps = int(swapped) + 2 * (over > OVERLAP_DEG) + int(another)
        if declared is not None and not same:
            steps += (
                (belt.prefixed != declared.prefixed)
                + (belt.width != declared.width)
                + (belt.meridian != declared.meridian)
            )
        found.append(Guess(code, belt, swapped, steps))
    others = [CRS.from_user_input(WEB_MERCATOR)]
    if declared is None and swapped and crs is not None and crs.is_projected:
        others.append(crs)
    found += [
        Guess(datum.name(other), None, swapped, int(swapped))
        for other in others
        if fits(*datum.unprojection(other)[0](x, y), home)
    ]
    # a 6-degree meridian is a 3-degree one as well: the same plane under two codes
    found.sort(key=lambda guess: guess.steps)
    return [
        guess
        for guess in found
        if (plane := guess.belt and (guess.belt.meridian, guess.belt.easting)) is None
        or not (plane in seen or seen.add(plane))
    ]


def best(guesses: list[Guess]) -> Guess | None:
    """Return the guess that is likelier than every other."""
    clear = guesses and (len(guesses) == 1 or guesses[1].steps > guesses[0].steps)
    return guesses[0] if clear else None
