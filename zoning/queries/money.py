"""Investment by township, owner, year and category; stated totals beside computed sums."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping

import pandas as pd

from layers.projects import Project
from layers.rounding import rounded
from layers.words import say
from zoning.categories import category
from zoning.grouping import TOWNSHIP, counties_of, names_of, place_of
from zoning.model import Parameter, Query
from zoning.queries.columns import columns
from zoning.study import Study

UNITS_YI = {"亿元": 1.0, "万元": 1e-4, "元": 1e-8}
EQUAL_YI = 5e-7
"""Half of the last digit that a plan prints in 亿元 (元 to two places)."""


def _township(study: Study, project: Project) -> str | None:
    place = place_of(study, project)
    if place.scope == TOWNSHIP:
        return names_of(study, place)
    scope, county = say(f"label.scope.{place.scope}"), counties_of(study, place)
    several = len(study.workspace.area.counties) > 1 and county
    return f"{scope}：{county}" if several else scope


DIMENSIONS: dict[str, Callable[[Study, Project], object]] = {
    "township": _township,
    "owner": lambda _, project: project.owner,
    "start_year": lambda _, project: project.start_year,
    "end_year": lambda _, project: project.end_year,
    "category": lambda _, project: category(project),
    "group": lambda _, project: project.group,
}

BY = Parameter("by", "all", say("parameter.by"), choices=("all", *DIMENSIONS))


def _investment(study: Study, parameters: Mapping[str, float | str]) -> list[dict[str, object]]:
    """Each project in exactly one row of a dimension; what is not stated stays null."""
    wanted = DIMENSIONS if parameters["by"] == "all" else {str(parameters["by"])}
    rows = []
    for name in DIMENSIONS:
        if name in wanted:
            rows += _dimension(study, name)
    return rows


def _dimension(study: Study, name: str) -> list[dict[str, object]]:
    groups: dict[object, list[Project]] = defaultdict(list)
    for project in study.projects:
        groups[DIMENSIONS[name](study, project)].append(project)
    rows = [
        _row(name, value, projects)
        for value, projects in sorted(groups.items(), key=lambda item: _rank(item[0], item[1]))
    ]
    return [*rows, _row(name, say("label.scope.total"), list(study.projects))]


def _rank(value: object, projects: list[Project]) -> tuple[object, ...]:
    """Years in order, everything else by investment, what is not stated last."""
    if isinstance(value, int):
        return (0, value, "")
    return (1 if value is not None else 2, -(_sum(projects) or 0.0), str(value))


def _sum(projects: list[Project]) -> float | None:
    stated = [p.investment_yi for p in projects if p.investment_yi is not None]
    return math.fsum(stated) if stated else None


def _row(name: str, value: object, projects: list[Project]) -> dict[str, object]:
    return {
        "by": name,
        "by_title": say(f"dimension.{name}"),
        "value": None if value is None else str(value),
        "investment_yi": rounded(_sum(projects), 6),
        "projects": len(projects),
        "stated": sum(p.investment_yi is not None for p in projects),
    }


def _investment_sentence(study: Study, rows: pd.DataFrame, _: Mapping[str, float | str]) -> str:
    projects = list(study.projects)
    stated = sum(p.investment_yi is not None for p in projects)
    if not stated:
        return say("query.investment_none", area=study.workspace.area.name, projects=len(projects))
    return say(
        "query.investment_sentence",
        area=study.workspace.area.name,
        projects=len(projects),
        stated=stated,
        total=_sum(projects),
        groups=int((rows["by"] == rows["by"].iloc[0]).sum()) - 1,
    )


def _totals(study: Study, _: Mapping[str, float | str]) -> list[dict[str, object]]:
    """Return what the plans state as totals, beside the sums of their own rows."""
    table = study.workspace.table("totals")
    rows = []
    for record in table.to_dict("records"):
        measure, scope = record["measure"], record["scope"]
        if measure not in {"investment", "projects"} or record["value"] is None:
            continue
        members = _members(study, record["plan"], scope)
        if members is None:
            continue
        stated = record["value"]
        if measure == "investment":
            if record["unit"] not in UNITS_YI:
                continue
            stated *= UNITS_YI[record["unit"]]
            computed = _sum(members)
        else:
            computed = float(len(members))
        difference = None if computed is None else rounded(computed - stated, 6)
        rows.append(
            {
                "plan": record["plan"],
                "scope": scope,
                "measure": say(f"measure.{measure}"),
                "stated": rounded(stated, 6),
                "computed": rounded(computed, 6),
                "difference": difference,
                "agrees": None if difference is None else abs(difference) < EQUAL_YI,
                "line": record["line"],
            }
        )
    return rows


def _members(study: Study, plan: str | None, scope: str) -> list[Project] | None:
    """Return the projects that a stated total is about; none if it is not about projects."""
    projects = [p for p in study.projects if p.plan == plan]
    kind, _, name = scope.partition(" ")
    if kind == "plan":
        return projects
    key = {
        "table": lambda p: name in {p.table, p.table_title},
        "group": lambda p: name == p.group,
    }.get(kind)
    found = [p for p in projects if key(p)] if key else []
    return found or None


def _totals_sentence(_: Study, rows: pd.DataFrame, __: Mapping[str, float | str]) -> str:
    if rows.empty:
        return say("query.totals_none")
    differ = int((rows["agrees"] == False).sum())  # noqa: E712 - nulls
    return say("query.totals_sentence", total=len(rows), differ=differ)


QUERIES = (
    Query(
        id="investment-by",
        title=say("query.investment-by.title"),
        question=say("query.investment-by.question"),
        kinds=(),
        per_plan=True,
        columns=columns(
            "plan",
            "by_title",
            "value",
            "investment_yi:money",
            "projects:number",
            "stated:number",
            "by",
        ),
        run=_investment,
        sentence=_investment_sentence,
        parameters=(BY,),
    ),
    Query(
        id="stated-totals",
        title=say("query.stated-totals.title"),
        question=say("query.stated-totals.question"),
        kinds=(),
        columns=columns(
            "plan",
            "scope",
            "measure",
            "stated:number",
            "computed:number",
            "difference:number",
            "agrees",
            "line",
        ),
        run=_totals,
        sentence=_totals_sentence,
    ),
)
