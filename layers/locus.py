"""A project's locus: the smallest region its own words place it in.

A locus coarser than a footprint says where the project may be, not where it
is. How it is found is told in docs/decisions/0003-locus.md.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import shapely
from shapely import Geometry

from layers.gazetteer import Gazetteer, Match, Place
from layers.projects import Project
from layers.words import say


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
    """The names in a row, sorted by what they are and where they stand."""

    townships: tuple[Match, ...]
    villages: tuple[Match, ...]
    features: tuple[Match, ...]
    mentioned: tuple[Match, ...]
    counties: tuple[Match, ...]
    unlocated: tuple[str, ...]


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
        """Return the smallest region that a project's own words place it in."""
        evidence = self._gather(project)
        footprint = self._footprint_of(project.project_id)
        if footprint is not None:
            return self._locus("footprint", footprint, evidence, ())
        base, basis = self._base(evidence)
        counties = self._union(match.place for match in evidence.counties)
        features = self._features(evidence, base or counties)
        if features is not None:
            return self._locus("feature", features, evidence, evidence.unlocated)
        if base is not None:
            return self._locus(basis, base, evidence, evidence.unlocated)
        if counties is not None:
            return self._locus("county", counties, evidence, ())
        return Locus("none", None, (), (), _all(evidence), evidence.unlocated, say("locus.none"))

    def _gather(self, project: Project) -> Evidence:
        resolve, scan = self._gazetteer.resolve, self._gazetteer.scan
        counties = [resolve(name, kinds=("county",)) for name in project.counties]
        codes = {match.place.key for match in counties if match.place}
        known = (*project.places, *project.villages, *project.rivers)
        where = scan(project.location, also=known, counties=codes)
        named = scan(project.name, also=known, counties=codes)
        said = _distinct((*where, *named))
        listed_townships = [
            resolve(name, kinds=("township",), counties=codes) for name in project.townships
        ]
        townships = _of_kind((*listed_townships, *said), "township")
        villages = [resolve(name, kinds=("village",), counties=codes) for name in project.villages]
        mentioned = [resolve(name, kinds=("feature",)) for name in project.places]
        placed_by_words = any(
            match.place and match.place.kind in {"township", "feature", "village"} for match in said
        )
        unlocated = [] if placed_by_words else [
            match.written for match in (*listed_townships, *mentioned, *villages)
            if not self._can_place(match)
        ]
        if townships:
            unlocated = [name for name in unlocated if name not in project.villages]
        return Evidence(
            townships=townships,
            villages=_distinct(match for match in villages if match.place and match.place.key),
            features=_of_kind(said, "feature"),
            mentioned=_of_kind(mentioned, "feature"),
            counties=_distinct((*counties, *_of_kind(said, "county"))) or _of_kind(said, "area"),
            unlocated=tuple(dict.fromkeys(unlocated)),
        )

    def _can_place(self, match: Match) -> bool:
        if match.place is None or not match.place.key:
            return False
        if match.place.kind != "feature":
            return True
        return self._region_of(match.place) is not None

    def _base(self, evidence: Evidence) -> tuple[Region | None, str]:
        """Return the region of the townships or villages, and which of them it is."""
        if evidence.townships:
            region = self._union(match.place for match in evidence.townships)
            codes = {match.place.key for match in evidence.townships if match.place}
            within = [m for m in evidence.villages if m.place and m.place.key in codes]
            alone = len(codes) == 1
            return region, "village" if within and alone else "township"
        if evidence.villages:
            return self._union(match.place for match in evidence.villages), "village"
        return None, "none"

    def _features(self, evidence: Evidence, within: Region | None) -> Region | None:
        """Return the named features, cut to the townships or counties also named."""
        words = evidence.features
        if not words and not evidence.townships and not evidence.villages:
            words = evidence.mentioned
        places = [match.place for match in words if match.place]
        finer = [place for place in places if place.layer_kind != "river"]
        region = self._union(finer) or self._union(places)
        if region is None or within is None:
            return region
        cut = shapely.intersection(region.geometry, within.geometry)
        if cut.is_empty:
            return None
        return Region(cut, _merge(region.layers, within.layers))

    def _union(self, places: Iterable[Place | None]) -> Region | None:
        regions = [self._region_of(place) for place in places if place is not None]
        found = [region for region in regions if region is not None]
        if not found:
            return None
        if len(found) == 1:
            return found[0]
        geometry = shapely.union_all([region.geometry for region in found])
        return Region(geometry, _merge(*(region.layers for region in found)))

    def _locus(
        self, basis: str, region: Region, evidence: Evidence, unlocated: Sequence[str]
    ) -> Locus:
        named = tuple(match.place.key for match in evidence.townships if match.place)
        if not named and basis == "village":
            named = tuple(match.place.key for match in evidence.villages if match.place)
        if basis == "footprint" or (basis == "feature" and not named):
            named = self._townships_at(region.geometry)
        matches = _all(evidence)
        text = say(f"locus.{basis}", names=_names(basis, evidence) or say("locus.unnamed"))
        if unlocated:
            text += say("locus.unlocated", names="、".join(unlocated))
        return Locus(basis, region.geometry, region.layers, tuple(sorted(set(named))), matches,
                     tuple(unlocated), text)


def _names(basis: str, evidence: Evidence) -> str:
    matches = {
        "footprint": (),
        "feature": evidence.features or evidence.mentioned,
        "village": evidence.villages,
        "township": evidence.townships,
        "county": evidence.counties,
    }[basis]
    shown = []
    for match in matches:
        name = match.place.name if match.place else match.written
        if match.written != name:
            name += say("locus.written", written=match.written, how=say(f"match.{match.how}"))
        shown.append(name)
    return "、".join(dict.fromkeys(shown))


def _all(evidence: Evidence) -> tuple[Match, ...]:
    return _distinct((*evidence.townships, *evidence.villages, *evidence.features,
                      *evidence.mentioned, *evidence.counties))


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
