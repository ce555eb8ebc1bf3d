"""Where a project is counted: in one township, several, the county, or nowhere.

What a plan gives for several townships together, or for the county, is never
spread over townships.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from layers.projects import Project, StatedArea
from zoning.study import Study

TOWNSHIP, SEVERAL, COUNTY, UNKNOWN = "township", "several_townships", "county", "unknown"
SCOPES = (TOWNSHIP, SEVERAL, COUNTY, UNKNOWN)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A scope with the townships and the counties (codes, sorted) that it stands for."""

    scope: str
    townships: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()


def place_of(study: Study, project: Project) -> Place:
    """Return where a project is counted."""
    locus = study.workspace.loci[project.project_id]
    townships = townships_of(study, project)
    if townships:
        return of_townships(study, townships)
    if locus.basis == "none":
        return Place(UNKNOWN)
    named = {m.place.key for m in locus.matches if m.place and m.place.kind == "county"}
    counties = study.workspace.area.counties
    only = {counties[0].code} if len(counties) == 1 else set()
    return Place(COUNTY, (), tuple(sorted(only or named)))


def of_townships(study: Study, codes: Iterable[str]) -> Place:
    """Return the place of one or several townships."""
    townships = tuple(sorted(codes))
    counties = {study.workspace.gazetteer.county_of(code) for code in townships}
    return Place(TOWNSHIP if len(townships) == 1 else SEVERAL, townships, tuple(sorted(counties)))


def townships_of(study: Study, project: Project) -> tuple[str, ...]:
    """Return the codes of the townships that a project is known to be in, sorted.

    Where no layer draws the townships, the row's own words still name them. Where
    a feature was drawn without knowing its position, the townships that the
    drawing happens to meet are not evidence: only those that the row or the
    tables name.
    """
    workspace = study.workspace
    locus = workspace.loci[project.project_id]
    places = [match.place for match in locus.matches if match.place]
    named = {place.key for place in places if place.kind == "township"}
    if not workspace.of_kind("township"):
        return tuple(sorted(named))
    drawn = {layer_id for layer_id in locus.layers if not workspace.layer(layer_id).placed}
    if locus.basis != "feature" or not drawn:
        return locus.townships
    stated = {
        code
        for place in places
        if place.kind == "feature" and place.layer_kind != "river"
        for code in workspace.townships_of(place)
    }
    return tuple(sorted(named or stated))


def place_of_area(study: Study, project: Project, area: StatedArea) -> Place:
    """Return where one stated area is counted.

    Where a row for several townships gives an area to one of them, or to a thing
    in it, by name, that area counts there.
    """
    whole = place_of(study, project)
    if whole.scope == TOWNSHIP:
        return whole
    workspace = study.workspace
    matches = workspace.gazetteer.scan(area.what)
    places = [m.place for m in matches if m.place and m.place.layer_kind != "river"]
    listed = [workspace.gazetteer.resolve(n, kinds=("township",)) for n in project.townships]
    row = {match.place.key for match in listed if match.place}
    codes = {code for place in places for code in workspace.townships_of(place)} & row
    if codes:
        return of_townships(study, codes)
    # A named thing that nobody places is not in the row's several townships.
    return Place(UNKNOWN) if places and whole.scope == SEVERAL else whole


def scope_rows(study: Study, places: set[Place]) -> list[Place]:
    """Return every township of the area, then the other places found, in a fixed order."""
    townships = [of_townships(study, (code,)) for code, _ in study.townships]
    others = sorted(
        (place for place in places if place not in townships),
        key=lambda place: (SCOPES.index(place.scope), place.townships, place.counties),
    )
    return [*townships, *others]


def names_of(study: Study, place: Place) -> str | None:
    """Return the names of a place's townships, joined; null for county and unknown."""
    names = [study.workspace.township_name(code) for code in place.townships]
    return ";".join(names) or None


def counties_of(study: Study, place: Place) -> str | None:
    """Return the names of a place's counties, joined; null where it may be in any."""
    names = {county.code: county.name for county in study.workspace.area.counties}
    return ";".join(names.get(code, code) for code in place.counties) or None
