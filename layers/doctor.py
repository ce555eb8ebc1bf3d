"""The geometry doctor: what is wrong with each feature and what was done about it.

Nothing is dropped in silence: every row comes out or is rejected, and whatever was
changed stands in a log with the area before and after. How a geometry is repaired, and
why so, is told in ``layers.repair``.
"""

import math
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from shapely import Geometry

from layers.doctor_log import Entry, write_repaired
from layers.measure import lengths_m
from layers.read import texts
from layers.repair import areas_m2, dropped, gathered, invalid_reason, repaired, single_parts
from layers.validity import valid
from layers.words import say

__all__ = ["Entry", "Examination", "curved_features", "examine", "write_repaired"]

LARGE_CHANGE = 0.01
"""A repair that changes the area by more than this share is marked: somebody has to look."""

NOTHING = 1e-6
"""An area that was less than this share of the repaired one is float noise: lobes cancelled."""

POINTS, LINES, POLYGONS = 0, 1, 2

DIMENSIONS = {
    "county": {POLYGONS},
    "township": {POLYGONS},
    "river": {LINES, POLYGONS},
    "water_source": {POLYGONS},
    "protected_area": {POLYGONS},
    "red_line": {POLYGONS},
    "mine_patch": {POLYGONS},
    "farmland": {POLYGONS},
    "coverage": {POLYGONS},
}
"""Dimensions that a kind of layer may have; other kinds take any."""

ANY_DIMENSION = {POINTS, LINES, POLYGONS}

NAMED = 5
"""So many of the features with the same geometry or id are named, the rest are counted."""

AFTER_LOOKING = frozenset({"unrepairable", "collapsed"})
"""Reasons to reject a feature that has coordinates, and so perhaps an area."""

CURVES = ("CIRCULARSTRING", "COMPOUNDCURVE", "CURVEPOLYGON", "MULTICURVE", "MULTISURFACE")


@dataclass(frozen=True, slots=True)
class Examination:
    """A layer after the doctor: ``read == len(frame) + len(rejected)``."""

    frame: gpd.GeoDataFrame
    log: tuple[Entry, ...]
    read: int

    @property
    def rejected(self) -> tuple[Entry, ...]:
        """Return the entries of the rejected features, one each."""
        return tuple(entry for entry in self.log if entry.action == "rejected")


def examine(
    frame: gpd.GeoDataFrame, *, kind: str, curved: Collection[int] = (), checked: bool = False
) -> Examination:
    """Return the layer with repaired geometries and a log of all that was found.

    The frame has the same columns, index labels and order, less the rejected rows; a geometry
    without fault is returned bit by bit. The frame may be in any CRS or none.

    Args:
        frame: the layer; ``zone_id`` names its features.
        kind: the layer's kind, which says what dimensions it may have.
        curved: positions (from 0) of the features that were curves in the file, from
            ``curved_features``; GDAL has made straight lines of them.
        checked: no geometry is invalid, for sure.

    Source: OGC 06-103r4 (simple features); JTS GeometryFixer for the method "structure".

    """
    ward = _Ward(frame, DIMENSIONS.get(kind, ANY_DIMENSION))
    ward.reject_unusable()
    ward.flatten()
    ward.note_curves(curved)
    ward.split_collections()
    if not checked:
        ward.repair()
    ward.note_duplicates()
    ward.note_names()
    ward.note_types()
    kept = frame[ward.alive].copy()
    kept[frame.geometry.name] = gpd.GeoSeries(
        ward.shapes[ward.alive], index=kept.index, crs=frame.crs
    )
    return Examination(kept, ward.log(), len(frame))


def curved_features(path: Path, table: str | None = None) -> frozenset[int]:
    """Return the positions (from 0) of the features that are curves in a file.

    GDAL hands them over as straight lines without a word (arcs in steps of 4 degrees), and
    shapely has no curves, so the frame itself cannot tell.

    Args:
        path: a file that pyogrio reads.
        table: the layer within it; the first one where none is given.

    """
    name = table or str(pyogrio.list_layers(path)[0][0])
    quoted = name.replace('"', '\\"')
    found = pyogrio.read_dataframe(
        path,
        sql=f'SELECT OGR_GEOMETRY FROM "{quoted}"',  # noqa: S608 - a name, quoted
        sql_dialect="OGRSQL",
        read_geometry=False,
    )["OGR_GEOMETRY"]
    return frozenset(np.flatnonzero(found.astype(str).str.startswith(CURVES)).tolist())


@dataclass(frozen=True, slots=True)
class _Draft:
    """An entry before its areas are measured."""

    position: int
    problem: str
    detail: str
    action: str
    before: Geometry | None
    after: Geometry | None


class _Ward:
    """The features under examination: shapes by position, and what was found so far."""

    def __init__(self, frame: gpd.GeoDataFrame, allowed: set[int]) -> None:
        self.shapes: NDArray[np.object_] = frame.geometry.to_numpy().copy()
        self.alive = np.ones(len(frame), dtype=bool)
        self.crs = frame.crs
        self._allowed = allowed
        self._ids = _ids(frame)
        self._drafts: list[_Draft] = []

    def _change(  # noqa: PLR0913 - the parts of an entry
        self,
        position: int,
        problem: str,
        action: str,
        detail: str,
        *,
        before: Geometry,
        after: Geometry,
    ) -> None:
        """Note what was wrong and put the new shape in the place of the old."""
        self._drafts.append(_Draft(position, problem, detail, action, before, after))
        self.shapes[position] = after

    def _keep(self, position: int, problem: str, action: str, detail: str) -> None:
        """Note what does not change the shape from here on."""
        shape = self.shapes[position]
        self._drafts.append(_Draft(position, problem, detail, action, shape, shape))

    def _reject(self, position: int, problem: str, detail: str) -> None:
        shape = self.shapes[position] if problem in AFTER_LOOKING else None
        self._drafts.append(_Draft(position, problem, detail, "rejected", shape, None))
        self.alive[position] = False

    def _name(self, position: int) -> str:
        return self._ids[position] or say("doctor.unnamed", row=position + 1)

    def _others(self, group: list[int], position: int) -> str:
        """Return the words for the others of a group; of a large one only a few are named."""
        others = [other for other in group[: NAMED + 1] if other != position][:NAMED]
        shown = "、".join(self._name(other) for other in others)
        more = len(group) - 1 - NAMED
        return shown + say("doctor.more", count=more) if more > 0 else shown

    def reject_unusable(self) -> None:
        """Reject features with no geometry, an empty one, or coordinates that are no numbers."""
        missing, empty = shapely.is_missing(self.shapes), shapely.is_empty(self.shapes)
        for position in np.flatnonzero(missing):
            self._reject(position, "missing", say("doctor.found.missing"))
        for position in np.flatnonzero(empty):
            self._reject(position, "empty", say("doctor.found.empty"))
        points, owner = shapely.get_coordinates(self.shapes, return_index=True)
        bad = ~np.isfinite(points).all(axis=1)
        counts = np.bincount(owner[bad], minlength=len(self.shapes))
        first = np.searchsorted(owner, np.arange(len(self.shapes)))
        for position in np.flatnonzero(counts):
            vertex = int(np.argmax(bad[first[position] :])) + 1
            detail = say("doctor.found.nan", count=counts[position], vertex=vertex)
            self._reject(position, "nan", detail)

    def flatten(self) -> None:
        """Drop heights and measures: every answer is given in the plane."""
        high = shapely.has_z(self.shapes) & self.alive
        measured = shapely.has_m(self.shapes) & self.alive
        flat = high | measured
        self.shapes[flat] = shapely.force_2d(self.shapes[flat])
        for position in np.flatnonzero(flat):
            if high[position]:
                self._keep(position, "has_z", "dropped_dimension", say("doctor.found.has_z"))
            if measured[position]:
                self._keep(position, "has_m", "dropped_dimension", say("doctor.found.has_m"))

    def note_curves(self, curved: Collection[int]) -> None:
        """Say which features were curves in the file."""
        for position in sorted(curved):
            if self.alive[position]:
                vertices = shapely.get_num_coordinates(self.shapes[position])
                detail = say("doctor.found.curve", vertices=vertices)
                self._keep(position, "curve", "linearised", detail)

    def split_collections(self) -> None:
        """Keep of a collection the parts of one dimension: polygons first where allowed."""
        kinds = shapely.get_type_id(self.shapes)
        for position in np.flatnonzero(
            (kinds == shapely.GeometryType.GEOMETRYCOLLECTION) & self.alive
        ):
            before = self.shapes[position]
            parts = single_parts(before)
            sizes = shapely.get_dimensions(parts)
            present = set(sizes.tolist())
            main = max(present & self._allowed or present)
            after = gathered(parts[sizes == main], main)
            detail = say(
                "doctor.found.collection",
                count=len(parts),
                kept=say(f"doctor.dimension.{_WORDS[main]}"),
            )
            self._change(
                position,
                "collection",
                "split",
                detail + self._lost(parts[sizes != main]),
                before=before,
                after=after,
            )

    def _lost(self, parts: NDArray[np.object_]) -> str:
        """Return the words for parts that a repair leaves out; none where there are none."""
        sizes = shapely.get_dimensions(parts)
        lines, points = parts[sizes == LINES], parts[sizes == POINTS]
        words = ""
        if len(lines) and self.crs is not None:
            metres = (
                float(lengths_m(lines).sum())
                if self.crs.is_geographic
                else float(shapely.length(lines).sum())
            )
            words += say("doctor.lost.lines_m", count=len(lines), metres=metres)
        elif len(lines):
            words += say("doctor.lost.lines", count=len(lines))
        if len(points):
            words += say("doctor.lost.points", count=len(points))
        return words

    def repair(self) -> None:
        """Make invalid geometries valid, or reject those of which nothing is left."""
        usable = np.flatnonzero(self.alive)
        for position in usable[~valid(self.shapes[usable])]:
            before = self.shapes[position]
            reason = invalid_reason(before, self.crs)
            after = repaired(before, "structure")
            if after is None:
                after = repaired(before, "linework")
            if after is None:
                self._reject(
                    position, "unrepairable", say("doctor.found.unrepairable", reason=reason)
                )
                continue
            lost = self._lost(dropped(before, after))
            if after.is_empty:
                self._reject(
                    position, "collapsed", say("doctor.found.collapsed", reason=reason) + lost
                )
                continue
            detail = say("doctor.found.invalid", reason=reason) + lost
            self._change(position, "invalid", "repaired", detail, before=before, after=after)

    def note_duplicates(self) -> None:
        """Name features that have exactly the same geometry; all are kept."""
        groups: dict[bytes, list[int]] = defaultdict(list)
        usable = np.flatnonzero(self.alive)
        # equal shapes have equal bounds and as many vertices: few are left to be compared whole
        facts = np.column_stack(
            [shapely.bounds(self.shapes[usable]), shapely.get_num_coordinates(self.shapes[usable])]
        )
        alike = usable[pd.DataFrame(facts).duplicated(keep=False).to_numpy()]
        whole = shapely.to_wkb(shapely.normalize(self.shapes[alike]))
        for position, key in zip(alike.tolist(), whole, strict=True):
            groups[key].append(position)
        self._note_groups(groups.values(), "duplicate")

    def note_names(self) -> None:
        """Say which features have no id, or one that others have too."""
        groups: dict[str, list[int]] = defaultdict(list)
        usable = np.flatnonzero(self.alive)
        ids = pd.Series(self._ids, dtype=object)[usable]
        # a million good ids are only hashed: what repeats or lacks is few
        for position in usable[(ids.duplicated(keep=False) | (ids == "")).to_numpy()].tolist():
            groups[self._ids[position]].append(position)
        for position in groups.pop("", ()):
            self._keep(position, "missing_id", "kept", say("doctor.found.missing_id"))
        self._note_groups(groups.values(), "duplicate_id")

    def _note_groups(self, groups: Collection[list[int]], problem: str) -> None:
        for group in groups:
            rows = "、".join(str(other + 1) for other in group[:NAMED])
            for position in group if len(group) > 1 else ():
                detail = say(
                    f"doctor.found.{problem}",
                    others=self._others(group, position),
                    rows=rows,
                    count=len(group),
                )
                self._keep(position, problem, "kept", detail)

    def note_types(self) -> None:
        """Say which features are not of the layer's dimension, or not of that of the others."""
        sizes = shapely.get_dimensions(self.shapes)
        right = np.isin(sizes, list(self._allowed)) & self.alive
        counts = np.bincount(sizes[right], minlength=len(_WORDS))
        main = max(range(len(_WORDS)), key=lambda size: (counts[size], size))
        wanted = "、".join(
            say(f"doctor.dimension.{_WORDS[size]}") for size in sorted(self._allowed)
        )
        for position in np.flatnonzero(self.alive & ~(right & (sizes == main))):
            problem = "mixed_type" if right[position] else "wrong_type"
            expected = say(f"doctor.dimension.{_WORDS[main]}") if right[position] else wanted
            detail = say(
                f"doctor.found.{problem}",
                expected=expected,
                found=say(f"doctor.dimension.{_WORDS[sizes[position]]}"),
            )
            self._keep(position, problem, "kept", detail)

    def log(self) -> tuple[Entry, ...]:
        """Return the entries with their areas, in the order of the features."""
        drafts = sorted(self._drafts, key=lambda draft: draft.position)
        before = areas_m2([draft.before for draft in drafts], self.crs)
        after = before.copy()
        other = [at for at, draft in enumerate(drafts) if draft.after is not draft.before]
        after[other] = areas_m2([drafts[at].after for at in other], self.crs)
        log: list[Entry] = []
        for draft, *sizes in zip(drafts, before.tolist(), after.tolist(), strict=True):
            known = [None if np.isnan(size) else size for size in sizes]
            name = self._name(draft.position)
            log.append(Entry(name, draft.problem, draft.detail, draft.action, *known))
            change = _share(draft, *known)
            if change > LARGE_CHANGE:
                detail = (
                    say("doctor.found.area_changed", change=change)
                    if change < math.inf
                    else say("doctor.found.area_appeared")
                )
                log.append(Entry(name, "area_changed", detail, draft.action, *known))
        return tuple(log)


_WORDS = {POINTS: "points", LINES: "lines", POLYGONS: "polygons"}


def _ids(frame: gpd.GeoDataFrame) -> list[str]:
    if "zone_id" not in frame.columns:
        return [""] * len(frame)
    return texts(frame["zone_id"]).tolist()


def _share(draft: _Draft, before: float | None, after: float | None) -> float:
    """Return by what share a repair changed the area; 0 where it was none, or no polygon."""
    if draft.action not in {"repaired", "split"} or draft.before is None or draft.after is None:
        return 0.0
    if before is None or after is None:
        # without a CRS the ratio still is right, in whatever units the layer is
        before, after = float(shapely.area(draft.before)), float(shapely.area(draft.after))
    if before == after:
        return 0.0
    return abs(after - before) / before if before > NOTHING * after else math.inf
