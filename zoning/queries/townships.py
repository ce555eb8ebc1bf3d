"""Projects and restoration area by township."""

import math
from collections import defaultdict
from collections.abc import Mapping

import pandas as pd

from layers.rounding import (
    M2_PER_HA,
    STATED_HA_DIGITS,
    number_text,
    shown_ha,
    shown_mu,
)
from layers.words import say
from zoning.grouping import (
    COUNTY,
    SEVERAL,
    TOWNSHIP,
    Place,
    counties_of,
    names_of,
    of_townships,
    place_of,
    place_of_area,
    scope_rows,
)
from zoning.model import Query
from zoning.queries.columns import columns
from zoning.study import Study

TOTAL = "total"


def scope_cells(study: Study, place: Place) -> dict[str, object]:
    """Return the cells that name a place: scope, township, code."""
    return {
        "scope": place.scope,
        "scope_title": say(f"label.scope.{place.scope}"),
        "county": counties_of(study, place),
        "township": names_of(study, place),
        "code": ";".join(place.townships) or None,
    }


def _projects(study: Study, _: Mapping[str, float | str]) -> list[dict[str, object]]:
    """Each township with the projects placed in it, whole or in part.

    A surveyed site across two townships stands in both, and in ``partly``. What
    is only known to be in several townships stands in a row of its own.
    """
    inside: dict[Place, list[str]] = defaultdict(list)
    partly: dict[Place, list[str]] = defaultdict(list)
    for project in study.projects:
        place = place_of(study, project)
        basis = study.workspace.loci[project.project_id].basis
        if place.scope == SEVERAL and basis == "footprint":
            for code in place.townships:
                inside[of_townships(study, (code,))].append(project.project_id)
                partly[of_townships(study, (code,))].append(project.project_id)
        else:
            inside[place].append(project.project_id)
    rows = [
        {
            **scope_cells(study, place),
            "projects": len(inside[place]),
            "project_ids": ";".join(inside[place]) or None,
            "partly": ";".join(partly[place]) or None,
        }
        for place in scope_rows(study, set(inside))
    ]
    total = {
        "scope": TOTAL,
        "scope_title": say("label.scope.total"),
        "township": None,
        "code": None,
        "project_ids": None,
        "partly": None,
    }
    return [*rows, {**total, "projects": len(study.projects)}]


def _projects_sentence(study: Study, rows: pd.DataFrame, _: Mapping[str, float | str]) -> str:
    def count(scope: str) -> int:
        return int(rows.loc[rows["scope"] == scope, "projects"].sum())

    return say(
        "query.projects_by_township_sentence",
        total=count(TOTAL),
        several=count(SEVERAL),
        county=count(COUNTY),
        unknown=count("unknown"),
        partly=len({item for text in rows["partly"].dropna() for item in text.split(";")}),
        area=study.workspace.area.name,
    )


def _restoration(study: Study, _: Mapping[str, float | str]) -> list[dict[str, object]]:
    """Return the plans' stated restoration areas, where the plans put them."""
    m2: dict[Place, list[float]] = defaultdict(list)
    projects: dict[Place, list[str]] = defaultdict(list)
    for project in study.projects:
        for area in project.restoration_areas:
            place = place_of_area(study, project, area)
            m2[place].append(area.hectares * M2_PER_HA)
            if project.project_id not in projects[place]:
                projects[place].append(project.project_id)
    rows = [
        {
            **scope_cells(study, place),
            **_area_cells(m2.get(place, [])),
            "projects": len(projects[place]),
            "project_ids": ";".join(projects[place]) or None,
        }
        for place in scope_rows(study, set(m2))
    ]
    counted = {item for items in projects.values() for item in items}
    total = {
        "scope": TOTAL,
        "scope_title": say("label.scope.total"),
        "township": None,
        "code": None,
        **_area_cells([area for areas in m2.values() for area in areas]),
        "projects": len(counted),
        "project_ids": None,
    }
    return [*rows, total]


def _area_cells(m2: list[float]) -> dict[str, object]:
    """Return the sum of areas; null where there is none, which is not an area of 0."""
    whole = math.fsum(m2) if m2 else None
    return {"restoration_ha": shown_ha(whole, STATED_HA_DIGITS), "restoration_mu": shown_mu(whole)}


def _restoration_sentence(study: Study, rows: pd.DataFrame, _: Mapping[str, float | str]) -> str:
    def area(scope: str) -> str:
        return number_text(float(rows.loc[rows["scope"] == scope, "restoration_ha"].sum()))

    if rows["restoration_ha"].isna().all():
        return say("query.restoration_none", area=study.workspace.area.name)
    return say(
        "query.restoration_sentence",
        area=study.workspace.area.name,
        total=area(TOTAL),
        township=area(TOWNSHIP),
        several=area(SEVERAL),
        county=area(COUNTY),
        unknown=area("unknown"),
    )


QUERIES = (
    Query(
        id="projects-by-township",
        title=say("query.projects-by-township.title"),
        question=say("query.projects-by-township.question"),
        kinds=("township",),
        per_plan=True,
        columns=columns(
            "plan",
            "scope_title",
            "county",
            "township",
            "projects:number",
            "partly",
            "project_ids",
            "scope",
            "code:id",
        ),
        run=_projects,
        sentence=_projects_sentence,
        shows="townships",
        key="code",
        value="projects",
    ),
    Query(
        id="restoration-by-township",
        title=say("query.restoration-by-township.title"),
        question=say("query.restoration-by-township.question"),
        kinds=("township",),
        per_plan=True,
        columns=columns(
            "plan",
            "scope_title",
            "county",
            "township",
            "restoration_ha:area",
            "restoration_mu:area",
            "projects:number",
            "project_ids",
            "scope",
            "code:id",
        ),
        run=_restoration,
        sentence=_restoration_sentence,
        shows="townships",
        key="code",
        value="restoration_ha",
    ),
)
