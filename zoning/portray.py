"""Everything that a page shows of a workspace, worked out and put into words."""

import math
from collections.abc import Iterator

from layers.area import Plan
from layers.projects import Project
from layers.rounding import STATED_HA_DIGITS, number_text
from layers.words import say
from zoning.categories import category
from zoning.grouping import townships_of
from zoning.model import Answer, Finding
from zoning.queries import QUERIES, ask
from zoning.queries.protection import TOPICS, finding_sentence, worst_state
from zoning.record import run_record
from zoning.study import Study
from zoning.terrain import elevation_of, relief_png
from zoning.view import AnswerView, AreaView, FindingView, LayerView, ProjectView


def area_view(study: Study) -> AreaView:
    """Return what a page shows of a workspace: layers, projects, every query's answer."""
    workspace = study.workspace
    grid = elevation_of(study)
    return AreaView(
        area_id=workspace.area.id,
        name=workspace.area.name,
        made=workspace.area.made,
        plans=tuple(
            {
                "id": plan.id,
                "title": plan.title,
                "issuer": plan.issuer,
                "date": plan.date,
                "period_start": plan.period_start,
                "period_end": plan.period_end,
            }
            for plan in workspace.area.plans
        ),
        notice=_notice(study),
        layers=_layers(study),
        projects=tuple(_project(study, project) for project in workspace.projects),
        answers=tuple(_answers(study)),
        totals=_totals(study),
        record=run_record(workspace),
        relief=relief_png(grid) if grid else None,
        relief_bounds=grid.bounds if grid else None,
    )


def _notice(study: Study) -> str:
    if study.workspace.area.made:
        return say("notice.made")
    drawn = [layer for layer in study.workspace.layers if not layer.placed]
    return say("notice.schematic") if drawn else say("notice.reference")


def _layers(study: Study) -> tuple[LayerView, ...]:
    workspace = study.workspace
    return tuple(
        LayerView(
            layer_id=layer.id,
            kind=layer.kind,
            title=layer.title,
            basis=layer.basis,
            accuracy_m=layer.accuracy_m,
            coverage=layer.coverage,
            authority=layer.authority,
            document=layer.document,
            date=layer.date,
            licence=layer.licence,
            note=layer.note,
            secrecy=layer.secrecy,
            sha256=layer.sha256,
            frame=workspace.frame(layer.id),
        )
        for layer in workspace.layers
        if layer.kind != "elevation"
    )


def _project(study: Study, project: Project) -> ProjectView:
    locus = study.workspace.loci[project.project_id]
    facts = {name: getattr(project, name) for name in project.__dataclass_fields__}
    facts["areas"] = tuple(
        {
            "value": area.value,
            "unit": area.unit,
            "hectares": area.hectares,
            "what": area.what,
            "restoration": area.restoration,
            "part_of": area.part_of,
        }
        for area in project.areas
    )
    return ProjectView(
        project_id=project.project_id,
        facts=facts,
        category=category(project),
        townships=tuple(
            study.workspace.township_name(code) for code in townships_of(study, project)
        ),
        locus_basis=locus.basis,
        locus_text=locus.text,
        locus=locus.geometry,
        state=worst_state(study, project),
        findings=tuple(_finding(study.finding(project, kind)) for kind in TOPICS),
    )


def _finding(finding: Finding) -> FindingView:
    return FindingView(
        topic=say(f"label.kind.{finding.kind}"),
        layer_id=finding.layers[0] if finding.layers else "",
        state=finding.state,
        label=say(f"label.state.{finding.state}"),
        sentence=finding_sentence(finding),
        zones=finding.zones,
    )


def _answers(study: Study) -> Iterator[AnswerView]:
    """Answer every query; one that is answered plan by plan gives a table for each plan."""
    for query in QUERIES.values():
        if query.per_plan and len(study.plans) > 1:
            for plan in study.plans:
                yield _answer(ask(study.of_plan(plan.id), query), plan)
        else:
            yield _answer(ask(study, query), None)


def _answer(answer: Answer, plan: Plan | None) -> AnswerView:
    """Return an answer for the page, named after the plan where it is of one of several."""
    query = answer.query
    return AnswerView(
        query_id=query.id if plan is None else f"{query.id}-{plan.id}",
        title=query.title if plan is None else f"{query.title}：{plan.title}",
        question=query.question,
        sentence=answer.sentence,
        notes=answer.notes,
        columns=tuple((column.name, column.title, column.kind) for column in query.columns),
        rows=tuple(answer.rows.to_dict("records")),
        shows=query.shows,
        key=query.key,
        value=query.value,
    )


def _totals(study: Study) -> tuple[tuple[str, str, str], ...]:
    """Return the figures above the list, each with where it comes from, plan by plan."""
    if len(study.plans) < 2:  # noqa: PLR2004 - one plan needs no name
        return tuple(_plan_totals(study))
    return tuple(
        (
            say("total.of_plan", label=label, plan=say("total.plan_number", number=number)),
            value,
            say("query.of_plan", plan=plan.title, sentence=source),
        )
        for number, plan in enumerate(study.plans, start=1)
        for label, value, source in _plan_totals(study.of_plan(plan.id))
    )


def _plan_totals(study: Study) -> Iterator[tuple[str, str, str]]:
    projects = study.projects
    money = [p.investment_yi for p in projects if p.investment_yi is not None]
    restored = [area.hectares for p in projects for area in p.restoration_areas]
    yield say("total.projects"), f"{len(projects)}", say("total.projects_source")
    if money:
        yield (
            say("total.investment"),
            _money(study, math.fsum(money)),
            say("total.investment_source", stated=len(money), projects=len(projects)),
        )
    if restored:
        yield (
            say("total.restoration"),
            say("total.ha", value=number_text(math.fsum(restored), STATED_HA_DIGITS)),
            say("total.restoration_source", areas=len(restored)),
        )


def _money(study: Study, total: float) -> str:
    """Return the sum of the rows, and beside it the plan's own total where it differs."""
    rows = ask(study, QUERIES["stated-totals"]).rows
    measure = say("measure.investment")
    stated = rows[(rows["scope"] == "plan") & (rows["measure"] == measure)]
    plans = {plan.id for plan in study.plans}
    for row in stated.to_dict("records"):
        if row["plan"] in plans and row["agrees"] is False:
            return say("total.yi_stated", value=total, stated=row["stated"])
    return say("total.yi", value=total)
