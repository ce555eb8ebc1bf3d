"""A project's locus: the smallest region its own words place it in.

A locus coarser than a footprint says where the project may be, not where it
is. How it is found is told in docs/decisions/0003-locus.md.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import shapely
from shapely import Geometry

from layers.gazetteer import Gazetteer, Match, Place, normalise, unlisted_townships
from layers.projects import Project
from layers.words import say

PLACING = frozenset({"township", "village", "feature"})
"""Kinds of places that say more than a county."""


@dataclass(frozen=True, slots=True)
class Region:
    """A geometry in EPSG:4490 and the layers that it comes from."""

    geometry: Geometry
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Locus:
    """Where a project is (footprint) or may be (all other bases).

    Attributes:
        basis: footprint, feature, village, township, county or none.
        geometry: the region in EPSG:4490; ``None`` for basis none.
        layers: ids of the layers that the geometry comes from.
        townships: codes of the townships it is placed in.
        matches: the names found and how each was matched.
        unlocated: names that could not be placed and may lie elsewhere.
        text: the basis in plain Chinese.

    """

    basis: str
    geometry: Geometry | None
    layers: tuple[str, ...]
    townships: tuple[str, ...]
    matches: tuple[Match, ...]
    unlocated: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The names in a row, sorted by what they are and where they stand.

    ``features`` stand where the row says it is (its location, else its name),
    ``rivers`` in the list of rivers, ``mentioned`` anywhere else.
    """

    townships: tuple[Match, ...]
    villages: tuple[Match, ...]
    features: tuple[Match, ...]
    rivers: tuple[Match, ...]
    mentioned: tuple[Match, ...]
    counties: tuple[Match, ...]
    unlocated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extent:
    """A region, what it is the region of (a basis of ``Locus``), and the names that gave it."""

    basis: str
    region: Region
    matches: tuple[Match, ...]


class Locator:
    """Finds loci with a gazetteer and the geometry of an area's layers."""

    def __init__(
        self,
        gazetteer: Gazetteer,
        region_of: Callable[[Place], Region | None],
        footprint_of: Callable[[str], Region | None],
        townships_at: Callable[[Geometry], tuple[str, ...]],
    ) -> None:
        """Take the sources of geometry: by place, by project id, townships by region."""
        self._gazetteer = gazetteer
        self._region_of = region_of
        self._footprint_of = footprint_of
        self._townships_at = townships_at

    def locate(self, project: Project) -> Locus:
        """Return the smallest region that holds all of a project's own words."""
        evidence = self._gather(project)
        footprint = self._footprint_of(project.project_id)
        if footprint is not None:
            return self._locus(Extent("footprint", footprint, ()), evidence, ())
        wider = self._counties(evidence)
        found = self._smallest(evidence, wider)
        if wider is not None and (found is None or evidence.unlocated):
            return self._locus(wider, evidence, ())
        if found is not None:
            return self._locus(found, evidence, evidence.unlocated)
        text = say("locus.none")
        if evidence.unlocated or project.location:
            names = evidence.unlocated or (str(project.location),)
            text = say("locus.nowhere", names="、".join(names))
        return Locus("none", None, (), (), _all(evidence), evidence.unlocated, text)

    def _gather(self, project: Project) -> Evidence:
        resolve, scan = self._gazetteer.resolve, self._gazetteer.scan
        counties = [resolve(name, kinds=("county",)) for name in project.counties]
        codes = {match.place.key for match in counties if match.place}
        known = (*project.places, *project.villages, *project.rivers)
        where = scan(project.location, also=known, counties=codes)
        named = scan(project.name, also=known, counties=codes)
        said = _distinct((*where, *named))
        everywhere = () if counties else self._gazetteer.whole_area(project.location)
        townships = [
            resolve(name, kinds=("township",), counties=codes) for name in project.townships
        ]
        villages = [resolve(name, kinds=("village",), counties=codes) for name in project.villages]
        mentioned = [resolve(name, kinds=("feature",)) for name in project.places]
        features = _of_kind(where, "feature") or _of_kind(named, "feature")
        # On a river's reach villages are milestones: the river says where it is.
        along = any(match.place and match.place.layer_kind == "river" for match in features)
        confined = bool(_of_kind((*townships, *said), "township"))
        listed = mentioned if along or confined else [*mentioned, *villages]
        return Evidence(
            townships=_of_kind((*townships, *said), "township"),
            villages=_distinct(match for match in villages if match.place and match.place.key),
            features=features,
            rivers=_of_kind((resolve(name) for name in project.rivers), "feature"),
            mentioned=_of_kind(mentioned, "feature"),
            counties=_distinct((*counties, *_of_kind(said, "county")))
            or _of_kind(said, "area")
            or everywhere,
            unlocated=(
                *self._unlocated(
                    ((project.location, where), (project.name, named)), listed, confined=confined
                ),
                *unlisted_townships(project.location, where),
            ),
        )

    def _unlocated(
        self,
        texts: Iterable[tuple[str | None, Sequence[Match]]],
        listed: Sequence[Match],
        *,
        confined: bool,
    ) -> tuple[str, ...]:
        """Return the names that cannot be placed, of those that say where it is.

        The location rules over the name, and both over what is only mentioned.
        Where the row names townships (``confined``), its location and its name
        are in them; what is only mentioned may lie elsewhere.
        """
        here = list(listed)
        for text, found in texts:
            within = [m for m in listed if normalise(m.written) in normalise(text or "")]
            if within or any(m.place and m.place.kind in PLACING for m in found):
                here = [] if confined else within
                break
        return tuple(dict.fromkeys(m.written for m in here if not self._can_place(m)))

    def _can_place(self, match: Match) -> bool:
        if match.place is None or not match.place.key:
            return False
        extent = self._extent(match)
        return extent is not None and extent.basis != "county"

    def _extent(self, match: Match) -> Extent | None:
        """Return the smallest region known of a name: its own shape, or where the tables put it.

        The townships that a plan lists for a river need not be all that it
        passes: a river is where its line is, or else somewhere in the counties.
        """
        if match.place is None:
            return None
        own = self._region_of(match.place)
        if match.place.kind != "feature":
            return None if own is None else Extent(match.place.kind, own, (match,))
        row = self._gazetteer.feature(match.place.key)
        stated = {
            kind: tuple(
                Match(match.written, self._gazetteer.resolve(name, kinds=(kind,)).place, "stated")
                for name in row[column]
            )
            for kind, column in (
                ("county", "counties"),
                ("township", "townships"),
                ("village", "villages"),
            )
        }
        townships = self._union(m.place for m in stated["township"])
        if own is not None and (townships is None or own.layers != townships.layers):
            return Extent("feature", own, (match,))
        if match.place.layer_kind != "river":
            if townships is not None:
                return Extent("township", townships, stated["township"])
            villages = [self._region_of(m.place) for m in stated["village"] if m.place]
            if stated["village"] and len([v for v in villages if v]) == len(stated["village"]):
                return Extent("village", _joined(villages), stated["village"])
        counties = self._union(m.place for m in stated["county"])
        found = tuple(m for m in stated["county"] if m.place)
        return None if counties is None else Extent("county", counties, found)

    def _counties(self, evidence: Evidence) -> Extent | None:
        """Return the counties that the row names, else those of the features it names."""
        region = self._union(match.place for match in evidence.counties)
        if region is not None:
            return Extent("county", region, evidence.counties)
        stated = [
            self._gazetteer.resolve(name, kinds=("county",))
            for match in (*evidence.features, *evidence.mentioned)
            if match.place
            for name in self._gazetteer.feature(match.place.key)["counties"]
        ]
        region = self._union(match.place for match in stated)
        return None if region is None else Extent("county", region, _of_kind(stated, "county"))

    def _smallest(self, evidence: Evidence, wider: Extent | None) -> Extent | None:
        """Return the region of the features, townships or villages that the row names."""
        base = self._base(evidence)
        words = evidence.features if evidence.features or base else evidence.mentioned
        finer = [m for m in words if m.place and m.place.layer_kind != "river"]
        along = bool(words) and not finer
        if along and not evidence.townships:
            base = None
        extents = [self._extent(m) for m in finer or _distinct((*words, *_rivers(evidence, words)))]
        found = [extent for extent in extents if extent and extent.basis != "county"]
        if found and len(found) == len(extents):
            if all(extent.basis == "feature" for extent in found):
                cut = _cut(_joined([e.region for e in found]), base or wider)
                if cut is not None:
                    return Extent("feature", cut, words)
            elif base is None:
                matches = _distinct(m for extent in found for m in extent.matches)
                basis = "village" if all(e.basis == "village" for e in found) else "township"
                return Extent(basis, _joined([e.region for e in found]), matches)
        return base

    def _base(self, evidence: Evidence) -> Extent | None:
        """Return the region of the townships or villages, and which of them it is."""
        matches = (*evidence.townships, *evidence.villages)
        region = self._union(match.place for match in matches)
        if region is None:
            return None
        codes = {match.place.key for match in evidence.townships if match.place}
        if evidence.villages and (not codes or len({m.place.key for m in matches if m.place}) == 1):
            return Extent("village", region, evidence.villages)
        beside = (m for m in evidence.villages if m.place and m.place.key not in codes)
        return Extent("township", region, (*evidence.townships, *beside))

    def _union(self, places: Iterable[Place | None]) -> Region | None:
        regions = [self._region_of(place) for place in places if place is not None]
        found = [region for region in regions if region is not None]
        return _joined(found) if found else None

    def _locus(self, extent: Extent, evidence: Evidence, unlocated: Sequence[str]) -> Locus:
        region = extent.region
        townships: tuple[str, ...] = ()
        if extent.basis in {"township", "village"}:
            townships = tuple(match.place.key for match in extent.matches if match.place)
        elif extent.basis == "feature":
            townships = tuple(m.place.key for m in evidence.townships if m.place)
        if extent.basis in {"footprint", "feature"}:
            townships = townships or self._townships_at(region.geometry)
        text = say(f"locus.{extent.basis}", names=_names(extent.matches) or say("locus.unnamed"))
        return Locus(
            extent.basis,
            region.geometry,
            region.layers,
            tuple(sorted(set(townships))),
            _all(evidence),
            tuple(unlocated),
            text + _also(unlocated),
        )


def _rivers(evidence: Evidence, words: Iterable[Match]) -> tuple[Match, ...]:
    """Return the rivers listed beside a river that the words name."""
    named = any(match.place and match.place.layer_kind == "river" for match in words)
    return tuple(m for m in evidence.rivers if named and m.place.layer_kind == "river")


def _cut(region: Region, within: Extent | None) -> Region | None:
    """Return what of a region lies within another; none where they only touch."""
    if within is None or shapely.covers(within.region.geometry, region.geometry):
        return region
    cut = shapely.intersection(region.geometry, within.region.geometry)
    if cut.is_empty or shapely.get_dimensions(cut) < shapely.get_dimensions(region.geometry):
        return None
    return Region(cut, _merge(region.layers, within.region.layers))


def _joined(regions: Sequence[Region]) -> Region:
    if len(regions) == 1:
        return regions[0]
    geometry = shapely.union_all([region.geometry for region in regions])
    return Region(geometry, _merge(*(region.layers for region in regions)))


def _also(unlocated: Sequence[str]) -> str:
    return say("locus.unlocated", names="、".join(unlocated)) if unlocated else ""


def _names(matches: Iterable[Match]) -> str:
    shown = []
    for match in matches:
        name = match.place.name if match.place else match.written
        if match.written != name:
            name += say("locus.written", written=match.written, how=say(f"match.{match.how}"))
        shown.append(name)
    return "、".join(dict.fromkeys(shown))


def _all(evidence: Evidence) -> tuple[Match, ...]:
    return _distinct(
        (
            *evidence.townships,
            *evidence.villages,
            *evidence.features,
            *evidence.mentioned,
            *evidence.counties,
        )
    )


def _of_kind(matches: Iterable[Match], kind: str) -> tuple[Match, ...]:
    return _distinct(match for match in matches if match.place and match.place.kind == kind)


def _distinct(matches: Iterable[Match]) -> tuple[Match, ...]:
    """Return the first match of each place, and every match without one."""
    seen: dict[object, Match] = {}
    for match in matches:
        seen.setdefault(match.place or match.written, match)
    return tuple(seen.values())


def _merge(*layers: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(layer for part in layers for layer in part))
