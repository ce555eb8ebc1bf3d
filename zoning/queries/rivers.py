"""Projects within a distance of a river."""

from collections.abc import Mapping, Sequence

import pandas as pd
import shapely
from shapely import Geometry

from layers.locus import Locus
from layers.measure import distance_m
from layers.projects import Project
from layers.register import COVERAGE_NONE, Layer
from layers.rounding import rounded
from layers.words import say
from zoning.certainty import combined_accuracy_m
from zoning.model import CERTAIN, POSSIBLE, UNCHECKED, Parameter, Query
from zoning.queries.columns import columns, project_facts
from zoning.study import Study

DISTANCE = Parameter("distance_m", 500.0, say("parameter.distance_m"))


def _run(study: Study, parameters: Mapping[str, float | str]) -> list[dict[str, object]]:
    limit = float(parameters["distance_m"])
    rows = []
    for project in study.projects:
        cells = _near(study, project, limit)
        rows.append({**project_facts(study, project), **cells})
    return sorted(
        rows,
        key=lambda row: ("hit", "possible", "unchecked", "not_excluded", "clear").index(
            str(row["state"])
        ),
    )


def _near(study: Study, project: Project, limit: float) -> dict[str, object]:
    layers = study.workspace.of_kind("river")
    shape = study.shape(project.project_id)
    if not layers:
        return _cells(UNCHECKED, None, (), (study.workspace.absence("river"),), near=None)
    if shape is None:
        return _cells(UNCHECKED, None, (), (say("reason.no_locus"),), near=None)
    locus = study.workspace.loci[project.project_id]
    if locus.basis == "footprint":
        return min(
            (_footprint(study, shape, locus, layer, limit) for layer in layers),
            key=lambda cells: (not cells["near"], cells["distance_m"]),
        )
    return _region(study, shape, locus, layers, limit)


def _footprint(
    study: Study, shape: Geometry, locus: Locus, layer: Layer, limit: float
) -> dict[str, object]:
    """Return the cells of a surveyed site: its distance to the nearest river decides."""
    zones = study.zones(layer)
    meeting = zones.meet(shape)
    frame = study.workspace.frame(layer.id)
    name = frame["name"].iloc[meeting.hit[0]]
    near = meeting.distance_m <= limit
    reasons = _doubts(study, locus, layer)
    accuracy = combined_accuracy_m([layer, *map(study.workspace.layer, locus.layers)])
    if not reasons and accuracy and abs(meeting.distance_m - limit) <= accuracy:
        reasons.append(say("reason.accuracy", metres=accuracy))
    degree = POSSIBLE if reasons else CERTAIN
    if not near and study.covered(shapely.buffer(shape, limit), layer) != "all":
        degree, reasons = UNCHECKED, [_uncovered(layer)]
    return _cells(degree, meeting.distance_m, (name,), reasons, near=near)


def _region(
    study: Study, shape: Geometry, locus: Locus, layers: Sequence[Layer], limit: float
) -> dict[str, object]:
    """Return the cells of a region: near for sure if all of it is, and likewise not near."""
    named = {match.place.key for match in locus.matches if match.place}
    met: list[str] = []
    strip, reasons = [], []
    nearest, closest = "", float("inf")
    for layer in layers:
        frame = study.workspace.frame(layer.id)
        for zone_id, name, river in zip(
            frame["zone_id"], frame["name"], study.zones(layer).shapes, strict=True
        ):
            metres, _ = distance_m(shape, river, study.workspace.plane)
            if metres < closest:
                nearest, closest = name, metres
            if metres <= limit:
                met.append(name)
                strip.append(shapely.buffer(river, limit))
            if zone_id in named and metres == 0:
                nearest, closest = name, -1.0
        reasons += _doubts(study, locus, layer)
    distance = max(closest, 0.0)
    whole = bool(strip) and bool(shapely.covers(shapely.union_all(strip), shape))
    if not met:
        around = shapely.buffer(shape, limit)
        if any(study.covered(around, layer) != "all" for layer in layers):
            return _cells(UNCHECKED, distance, (nearest,), (_uncovered(layers[0]),), near=False)
        degree = POSSIBLE if reasons else CERTAIN
        return _cells(degree, distance, (nearest,), reasons, near=False)
    if whole and not reasons:
        return _cells(CERTAIN, distance, (nearest,), (), near=True)
    if not whole:
        reasons.append(say("reason.locus_coarse", locus=say(f"label.locus.{locus.basis}")))
    rivers = (nearest,) if whole or closest < 0 else tuple(sorted(set(met)))
    return _cells(POSSIBLE, distance if whole else None, rivers, reasons, near=True)


def _doubts(study: Study, locus: Locus, layer: Layer) -> list[str]:
    reasons = []
    if not layer.placed:
        reasons.append(
            say("reason.schematic", layer=layer.title, basis=say(f"label.basis.{layer.basis}"))
        )
    sources = [study.workspace.layer(layer_id) for layer_id in locus.layers]
    drawn = [source for source in sources if not source.placed and source.id != layer.id]
    if drawn:
        reasons.append(say("reason.locus_schematic", basis=say(f"label.basis.{drawn[0].basis}")))
    if locus.unlocated:
        reasons.append(say("reason.unlocated"))
    return [*reasons, *study.workspace.doubts((layer.id, *locus.layers))]


def _uncovered(layer: Layer) -> str:
    key = "coverage_none" if layer.coverage == COVERAGE_NONE else "coverage_outside"
    return say(f"reason.{key}", layer=layer.title)


def _cells(
    certainty: str,
    distance: float | None,
    rivers: Sequence[str],
    reasons: Sequence[str],
    *,
    near: bool | None,
) -> dict[str, object]:
    if certainty == UNCHECKED:
        state = "unchecked"
    elif certainty == POSSIBLE:
        state = "possible" if near else "not_excluded"
    else:
        state = "hit" if near else "clear"
    return {
        "state": state,
        "near": near,
        "certainty": certainty,
        "distance_m": rounded(distance, 2),
        "river": ";".join(rivers) or None,
        "reason": "；".join(dict.fromkeys(reasons)) or None,
    }


def _sentence(_: Study, rows: pd.DataFrame, parameters: Mapping[str, float | str]) -> str:
    states = rows["state"] if len(rows) else pd.Series(dtype=object)
    return say(
        "query.river_sentence",
        total=len(rows),
        distance_m=parameters["distance_m"],
        **{
            state: int((states == state).sum())
            for state in ("hit", "possible", "clear", "not_excluded", "unchecked")
        },
    )


QUERIES = (
    Query(
        id="projects-near-river",
        title=say("query.projects-near-river.title"),
        question=say("query.projects-near-river.question"),
        kinds=("river",),
        columns=columns(
            "project_id:id",
            "seq",
            "name",
            "townships",
            "locus",
            "state:state",
            "near",
            "certainty",
            "river",
            "distance_m:number",
            "reason",
            "plan",
            "line",
        ),
        run=_run,
        sentence=_sentence,
        parameters=(DISTANCE,),
        shows="projects",
        key="project_id",
        value="state",
    ),
)
