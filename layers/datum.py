"""Datums: which ones need no change, and the user's own parameters for the others.

From Xian 1980, Beijing 1954 and local systems PROJ changes nothing and says
nothing, since the parameters to CGCS2000 are not public. Who holds them writes
them into a TOML file of their own. They are secret: nothing here prints, logs
or stores a value, and no message, exception or repr holds one.

The file names the source, and then has either three or seven parameters
(geocentric Helmert) or four (a plane fit)::

    from = "EPSG:2362"                 # the CRS of the layers it is for
    dx_m = ...                         # dy_m, dz_m: metres
    rx_arcsec = ...                    # ry_arcsec, rz_arcsec: arc-seconds
    scale_ppm = ...                    # parts per million
    convention = "position_vector"     # or "coordinate_frame"; with seven only

    from = "local"                     # or a projected CRS
    to = "EPSG:4526"                   # the CGCS2000 plane the fit leads to
    dx_north_m = ...
    dy_east_m = ...
    rotation_arcsec = ...
    scale_ppm = ...

A plane fit is the surveyors' X' = dx + k (X cos a - Y sin a), Y' = dy +
k (X sin a + Y cos a) with X north, Y east and k = 1 + scale.
"""

import math
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from layers.errors import LayerError
from layers.words import say

Step = Callable[[NDArray, NDArray], tuple[NDArray, NDArray]]
"""x, y (east, north or longitude, latitude) to x, y."""

OUR_DATUM = re.compile(
    r"d?(china2000|cgcs2000|chinageodeticcoordinatesystem2000|worldgeodeticsystem1984|wgs1984|wgs84)"
    r"|unknownbasedon(grs1980|wgs84)ellipsoidusingtowgs840+$"
)
"""How the datums that need no change are called, by letters and digits only."""

SEMI_MAJOR_M, FLATTENING, FLATTENING_SLACK = 6_378_137.0, 298.257, 0.01
"""Metres, inverse flattening: those of CGCS2000 and WGS 84 both."""

THREE = ("dx_m", "dy_m", "dz_m")
SEVEN = (*THREE, "rx_arcsec", "ry_arcsec", "rz_arcsec", "scale_ppm")
FOUR = ("dx_north_m", "dy_east_m", "rotation_arcsec", "scale_ppm")
CONVENTIONS = ("position_vector", "coordinate_frame")

STILL_DEG, SHIFT_DEG = 1e-6, 0.02
"""Xian 1980 and Beijing 1954 lie 20 to 200 m from CGCS2000: a shift of less than 0.1 m is none (a
change of ellipsoid alone moves 0.03 m from Xian 1980, 3 m from Beijing 1954), one of 2 km wrong."""

LARGEST = 1e9
"""No parameter in any of its units is larger; NaN and infinity are not smaller either."""

NAMES = {
    "CGCS2000": "EPSG:4490",
    "国家2000": "EPSG:4490",
    "2000国家大地坐标系": "EPSG:4490",
    "天地图": "EPSG:4490",
    "WGS84": "EPSG:4326",
    "西安80": "EPSG:4610",
    "1980西安坐标系": "EPSG:4610",
    "北京54": "EPSG:4214",
    "1954北京坐标系": "EPSG:4214",
}
"""What people write that PROJ does not know."""

TRANSVERSE = re.compile(r"\bproj=(tmerc|utm)\b(?!.*\b(algo|approx)\b)")

LOCAL = "local"
DEG_TO_RAD = "+step +proj=unitconvert +xy_in=deg +xy_out=rad"
RAD_TO_DEG = "+step +proj=unitconvert +xy_in=rad +xy_out=deg"


def refuse(key: str, **fields: object) -> NoReturn:
    """Raise the error whose text stands in the words table under ``crs``.

    Raises:
        LayerError: always.

    """
    raise LayerError(say(f"crs.{key}", **fields))


def parsed(text: str, source: str) -> CRS:
    """Return the horizontal CRS that a text names.

    Raises:
        LayerError: PROJ does not know it.

    """
    try:
        return plain(CRS.from_user_input(NAMES.get(text.strip(), text.strip())))
    except CRSError:
        pass  # its message repeats the text, which may hold parameters
    refuse("unknown", file=source, value="—" if "towgs84" in text.lower() else text)


def plain(crs: CRS) -> CRS:
    """Return the horizontal CRS without a height or a shift to WGS 84 of its own."""
    while crs.is_bound or crs.is_compound:
        crs = crs.source_crs if crs.is_bound else crs.sub_crs_list[0]
    return crs.to_2d() if len(crs.axis_info) > 2 and not crs.is_geocentric else crs  # noqa: PLR2004


def is_ours(crs: CRS | None) -> bool:
    """Return whether a CRS is longitude and latitude or a plane on CGCS2000 or WGS 84."""
    if crs is None or not (crs.is_geographic or crs.is_projected):
        return False
    datum, ellipsoid = crs.geodetic_crs.datum, crs.ellipsoid
    named = datum and OUR_DATUM.match(re.sub(r"[^a-z0-9]", "", datum.name.lower()))
    # the two ellipsoids differ in the seventh digit of the flattening
    round_enough = abs(ellipsoid.inverse_flattening - FLATTENING) < FLATTENING_SLACK
    return bool(named) and round_enough and abs(ellipsoid.semi_major_metre - SEMI_MAJOR_M) < 1


def name(crs: CRS | None) -> str:
    """Return how messages call a CRS: never its definition, which may hold parameters."""
    if crs is None:
        return say("crs.local")
    return ":".join(crs.to_authority() or ()) or ("—" if "towgs84" in crs.name else crs.name)


def unprojection(crs: CRS | None) -> list[Step]:
    """Return the step from a projected CRS to its own longitude and latitude, if any.

    For the transverse Mercator PROJ may take its shorter series where that is good enough:
    within 1e-12 degrees of the longer one in a 3-degree zone, 1e-10 anywhere, a third sooner.
    """
    if crs is None or not crs.is_projected:
        return []
    step = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    if TRANSVERSE.search(step.definition):
        step = Transformer.from_pipeline(TRANSVERSE.sub(r"\g<0> algo=auto", step.definition))
    return [step.transform]


def shift(path: Path, crs: CRS | None, source: str) -> list[Step]:
    """Return the steps from ``crs`` (none: a local plane) to EPSG:4490 by the user's file.

    Raises:
        LayerError: the file cannot be read, is not of the form above or is for
            another CRS. It names items, never a value.

    """
    items = _items(path)
    numbers = {
        key: value for key, value in items.items() if key not in {"from", "to", "convention"}
    }
    form = next((form for form in (THREE, SEVEN, FOUR) if set(form) == set(numbers)), None)
    good = form and all(
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST
        for value in numbers.values()
    )
    if not good or not any(numbers.values()):
        refuse("parameters_form", file=path.name)
    _check_source(items.get("from"), crs, path, source, plane=form == FOUR)
    if form == FOUR:
        return _plane_steps(items, path)
    if form == SEVEN and items.get("convention") not in CONVENTIONS:
        refuse("parameters_convention", file=path.name, expected="、".join(CONVENTIONS))
    pipeline = _pipeline(_geocentric(items, crs), path)

    def moved(lon: NDArray, lat: NDArray) -> tuple[NDArray, NDArray]:
        east, north = pipeline(lon, lat)
        moves = np.hypot(np.subtract(east, lon), np.subtract(north, lat))
        moves = moves[np.isfinite(moves)]
        if len(moves) and not STILL_DEG < moves.max() < SHIFT_DEG:
            refuse("parameters_misfit", file=path.name)
        return east, north

    return [*unprojection(crs), moved]


def _items(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        pass  # raised below, outside, so that no traceback quotes the file
    refuse("parameters_unreadable", file=path.name)


def _check_source(stated: object, crs: CRS | None, path: Path, source: str, *, plane: bool) -> None:
    """Refuse parameters for another datum; a plane fit is for one projected CRS only."""
    if stated == LOCAL:
        fits = plane if crs is None else crs.to_authority() is None
    else:
        theirs = _named(stated)
        fits = (
            crs is not None
            and theirs is not None
            and (name(theirs) == name(crs) if plane else _datum(theirs) == _datum(crs))
        )
    # a geocentric shift starts from longitude and latitude, a fit from a plane
    starts = crs is None or (not crs.is_geographic if plane else _datum(crs) is not None)
    if not (fits and starts):
        refuse("parameters_source", file=source, parameters=path.name, crs=name(crs))


def _named(text: object) -> CRS | None:
    try:
        return plain(CRS.from_user_input(text)) if isinstance(text, str) else None
    except CRSError:
        return None


def _datum(crs: CRS) -> object:
    return crs.geodetic_crs.datum if crs.geodetic_crs is not None else None


def _geocentric(items: dict[str, object], crs: CRS) -> str:
    body = crs.geodetic_crs.ellipsoid
    helmert = f"+x={items['dx_m']!r} +y={items['dy_m']!r} +z={items['dz_m']!r}"
    if "scale_ppm" in items:
        helmert += (
            f" +rx={items['rx_arcsec']!r} +ry={items['ry_arcsec']!r}"
            f" +rz={items['rz_arcsec']!r} +s={items['scale_ppm']!r}"
            f" +convention={items['convention']}"
        )
    return (
        f"+proj=pipeline {DEG_TO_RAD}"
        f" +step +proj=cart +a={body.semi_major_metre!r} +rf={body.inverse_flattening!r}"
        f" +step +proj=helmert {helmert} +step +inv +proj=cart +ellps=GRS80 {RAD_TO_DEG}"
    )


def _plane_steps(items: dict[str, object], path: Path) -> list[Step]:
    target = _named(items.get("to"))
    if target is None or not target.is_projected or not is_ours(target):
        refuse("parameters_target", file=path.name)
    turn = math.radians(items["rotation_arcsec"] / 3600)
    factor = 1 + items["scale_ppm"] / 1e6
    along, across = factor * math.cos(turn), factor * math.sin(turn)
    # PROJ has east first: X and Y of the surveyors' formula change places
    fit = (
        f"+proj=affine +xoff={items['dy_east_m']!r} +yoff={items['dx_north_m']!r}"
        f" +s11={along!r} +s12={across!r} +s21={-across!r} +s22={along!r}"
    )
    return [_pipeline(fit, path), *unprojection(target)]


def _pipeline(definition: str, path: Path) -> Step:
    try:
        return Transformer.from_pipeline(definition).transform
    except ProjError:
        pass  # its message quotes the definition
    refuse("parameters_form", file=path.name)
