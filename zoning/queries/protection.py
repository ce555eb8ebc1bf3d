"""Projects against the layers that protect: water sources, red line, reserves, farmland."""

from collections.abc import Mapping

import pandas as pd
import shapely

from layers.projects import Project
from layers.rounding import rounded, shown_ha, shown_m2, shown_mu
from layers.words import say
from zoning.model import (
    CERTAIN,
    CLEAR,
    HIT,
    NOT_EXCLUDED,
    POSSIBLE,
    STATE_ORDER,
    UNCHECKED,
    Finding,
    Parameter,
    Query,
)
from zoning.queries.columns import columns, project_facts
from zoning.study import Study

COLUMNS = columns(
    "project_id:id", "name", "state:state", "zones", "level", "overlap_ha:area", "overlap_mu:area",
    "overlap_m2:area", "share:share", "length_m:number", "distance_m:number", "direction",
    "nearest", "reason", "townships", "locus", "relation", "certainty", "sliver", "seq", "plan",
    "line",
)  # fmt: skip

NEAR = Parameter("near_m", 1000.0, say("parameter.near_m"))


def finding_row(finding: Finding) -> dict[str, object]:
    """Return a finding as cells; distances to 0.01 m."""
    area = finding.overlap_m2
    return {
        "state": finding.state,
        "relation": finding.relation,
        "certainty": finding.certainty,
        "zones": ";".join(finding.zones) or None,
        "level": finding.levels[0] if finding.levels else None,
        "overlap_m2": shown_m2(area),
        "overlap_ha": shown_ha(area),
        "overlap_mu": shown_mu(area),
        "share": rounded(finding.share, 8),
        "length_m": rounded(finding.length_m, 2),
        "distance_m": rounded(finding.distance_m, 2),
        "direction": finding.direction or None,
        "nearest": finding.nearest or None,
        "sliver": finding.sliver,
        "reason": "；".join(finding.reasons) or None,
    }


def _order(row: dict[str, object]) -> int:
    return STATE_ORDER.index(str(row["state"]))


def _run(study: Study, kind: str) -> list[dict[str, object]]:
    rows = []
    for project in study.projects:
        finding = study.finding(project, kind)
        rows.append({**project_facts(study, project), **finding_row(finding)})
    return sorted(rows, key=_order)


def _counts(rows: pd.DataFrame) -> dict[str, int]:
    states = rows["state"] if len(rows) else pd.Series(dtype=object)
    known = {state: int((states == state).sum()) for state in STATE_ORDER}
    return {
        "total": len(rows),
        "hit": known[HIT],
        "possible": known[POSSIBLE],
        "not_excluded": known[NOT_EXCLUDED],
        "touches": known["touches"],
        "clear": known[CLEAR],
        "unchecked": known[UNCHECKED],
    }


def _query(query_id: str, kind: str) -> Query:
    def run(study: Study, _: Mapping[str, float | str]) -> list[dict[str, object]]:
        return _run(study, kind)

    def sentence(_: Study, rows: pd.DataFrame, __: Mapping[str, float | str]) -> str:
        return say("query.protection_sentence", kind=say(f"label.kind.{kind}"), **_counts(rows))

    return Query(
        id=query_id,
        title=say(f"query.{query_id}.title"),
        question=say(f"query.{query_id}.question"),
        kinds=(kind,),
        columns=COLUMNS,
        run=run,
        sentence=sentence,
        shows="projects",
        key="project_id",
        value="state",
    )


def _near_run(study: Study, parameters: Mapping[str, float | str]) -> list[dict[str, object]]:
    """Projects in or near water sources: as drawn, with the distance beside the relation."""
    limit = float(parameters["near_m"])
    rows = _run(study, "water_source")
    layers = study.workspace.of_kind("water_source")
    for row in rows:
        distance = row["distance_m"]
        if row["certainty"] != CERTAIN or distance is None:
            row["near"] = None
        elif float(str(distance)) > limit:
            shape = shapely.buffer(study.shape(str(row["project_id"])), limit)
            seen = (study.covered(shape, layer) for layer in layers)
            row["near"] = False if all(where == "all" for where in seen) else None
        else:  # of a region only the nearest point is so near
            known = row["locus"] == "footprint" or row["state"] == HIT
            row["near"] = True if known else None
    return rows


def _near_sentence(_: Study, rows: pd.DataFrame, parameters: Mapping[str, float | str]) -> str:
    near = int((rows["near"] == True).sum()) if len(rows) else 0  # noqa: E712 - nulls
    return say("query.water_sentence", near=near, near_m=parameters["near_m"], **_counts(rows))


WATER = Query(
    id="projects-in-water-source",
    title=say("query.projects-in-water-source.title"),
    question=say("query.projects-in-water-source.question"),
    kinds=("water_source",),
    columns=(*COLUMNS, *columns("near")),
    run=_near_run,
    sentence=_near_sentence,
    parameters=(NEAR,),
    shows="projects",
    key="project_id",
    value="state",
)

QUERIES = (
    WATER,
    _query("projects-in-red-line", "red_line"),
    _query("projects-in-protected-area", "protected_area"),
    _query("projects-in-farmland", "farmland"),
)

TOPICS = ("water_source", "red_line", "protected_area", "farmland")
"""The kinds of layers that every project is checked against, in this order."""


def finding_sentence(finding: Finding) -> str:
    """Return a finding as one plain sentence."""
    kind = say(f"label.kind.{finding.kind}")
    zones, reason = "、".join(finding.zones), "；".join(finding.reasons)
    if finding.state == CLEAR:
        if not finding.nearest:
            return say("sentence.topic_clear_empty", kind=kind)
        return say(
            "sentence.topic_clear",
            kind=kind,
            zones=finding.nearest,
            distance=finding.distance_m or 0.0,
            direction=finding.direction,
        )
    detail = ""
    if finding.overlap_m2 is not None and finding.share is not None:
        detail = say(
            "sentence.detail_area",
            m2=shown_m2(finding.overlap_m2),
            ha=shown_ha(finding.overlap_m2),
            mu=shown_mu(finding.overlap_m2),
            share=finding.share,
        )
    elif finding.length_m is not None and finding.share is not None:
        detail = say("sentence.detail_length", metres=finding.length_m, share=finding.share)
    text = say(
        f"sentence.topic_{finding.state}", kind=kind, zones=zones, reason=reason, detail=detail
    )
    noted = reason and finding.state in {HIT, "touches"}
    return text + (say("sentence.note", reason=reason) if noted else "")


def worst_state(study: Study, project: Project) -> str:
    """Return the worst state of a project over all topics."""
    states = [study.finding(project, kind).state for kind in TOPICS]
    return min(states, key=STATE_ORDER.index)
