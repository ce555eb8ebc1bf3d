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

    Where a row gives an area for each of several townships by name, each counts
    in its own township.
    """
    whole = place_of(study, project)
    if whole.scope != SEVERAL:
        return whole
    matches = study.workspace.gazetteer.scan(area.what)
    named = {
        match.place.key for match in matches if match.place and match.place.kind == "township"
    }
    if len(named) == 1 and named <= set(whole.townships):
        return Place(TOWNSHIP, tuple(named))
    return whole


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
