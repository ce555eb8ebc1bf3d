"""Where a project is counted: in one township, several, the county, or nowhere.

What a plan gives for several townships together, or for the county, is never
spread over townships.
"""

from dataclasses import dataclass

from layers.projects import Project, StatedArea
from zoning.study import Study

TOWNSHIP, SEVERAL, COUNTY, UNKNOWN = "township", "several_townships", "county", "unknown"
SCOPES = (TOWNSHIP, SEVERAL, COUNTY, UNKNOWN)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A scope with the townships (codes, sorted) that it stands for."""

    scope: str
    townships: tuple[str, ...] = ()


def place_of(study: Study, project: Project) -> Place:
    """Return where a project is counted."""
    locus = study.workspace.loci[project.project_id]
    if len(locus.townships) == 1:
        return Place(TOWNSHIP, locus.townships)
    if locus.townships:
        return Place(SEVERAL, locus.townships)
    return Place(UNKNOWN if locus.basis == "none" else COUNTY)


def place_of_area(study: Study, project: Project, area: StatedArea) -> Place:
    """Return where one stated area is counted.

    Where a row for several townships gives an area to a township, or to a thing
    in it, by name, that area counts there.
    """
    whole = place_of(study, project)
    if whole.scope != SEVERAL:
        return whole
    matches = study.workspace.gazetteer.scan(area.what)
    places = [m.place for m in matches if m.place and m.place.layer_kind != "river"]
    if not places:
        return whole
    codes = {code for place in places for code in study.workspace.townships_of(place)}
    if not codes:
        return Place(UNKNOWN)  # a named thing that nobody places: not in the row's townships
    return Place(TOWNSHIP if len(codes) == 1 else SEVERAL, tuple(sorted(codes)))


def scope_rows(study: Study, places: set[Place]) -> list[Place]:
    """Return every township of the area, then the other places found, in a fixed order."""
    townships = [Place(TOWNSHIP, (code,)) for code, _ in study.townships]
    others = sorted(
        (place for place in places if place not in townships),
        key=lambda place: (SCOPES.index(place.scope), place.townships),
    )
    return [*townships, *others]


def names_of(study: Study, place: Place) -> str | None:
    """Return the names of a place's townships, joined; null for county and unknown."""
    names = [study.workspace.township_name(code) for code in place.townships]
    return ";".join(names) or None
