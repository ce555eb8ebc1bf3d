"""A workspace under study: its zones in one plane, its findings, each worked out once."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import shapely
from shapely import Geometry

from layers.locus import Locus
from layers.projects import Project
from layers.register import COVERAGE_AREA, COVERAGE_NONE, Layer
from layers.rounding import shown_m2
from layers.words import say
from layers.workspace import Workspace
from zoning.certainty import judge
from zoning.model import (
    CERTAIN,
    INSIDE,
    LEVEL_ORDER,
    OUTSIDE,
    OVERLAPS,
    POSSIBLE,
    SLIVER_M2,
    STATE_ORDER,
    TOUCH_M,
    Finding,
)
from zoning.overlay import POLYGON, ZoneSet, by_dimension

if TYPE_CHECKING:
    from layers.area import Plan


class Study:
    """Asks a workspace's layers; keeps what it has worked out."""

    def __init__(self, workspace: Workspace) -> None:
        """Take the workspace to be asked."""
        self.workspace = workspace
        self.plans: tuple[Plan, ...] = workspace.area.plans
        self.projects: tuple[Project, ...] = workspace.projects
        self._zones: dict[str, ZoneSet] = {}
        self._findings: dict[tuple[str, str], Finding] = {}
        self._shapes: dict[str, Geometry] = {}
        self._coverages: dict[str, Geometry] = {}

    def of_plan(self, plan_id: str) -> "Study":
        """Return this study confined to one plan's projects; what was worked out is shared."""
        confined = copy.copy(self)
        confined.plans = (self.workspace.area.plan(plan_id),)
        confined.projects = tuple(p for p in self.projects if p.plan == plan_id)
        return confined

    def zones(self, layer: Layer) -> ZoneSet:
        """Return a layer's zones in the workspace's plane."""
        if layer.id not in self._zones:
            frame = self.workspace.frame(layer.id)
            self._zones[layer.id] = ZoneSet(frame.geometry.values, self.workspace.plane)
        return self._zones[layer.id]

    def shape(self, project_id: str) -> Geometry | None:
        """Return a project's locus in the workspace's plane."""
        locus = self.workspace.loci[project_id]
        if locus.geometry is None:
            return None
        if project_id not in self._shapes:
            self._shapes[project_id] = self.workspace.plane.project([locus.geometry])[0]
        return self._shapes[project_id]

    def finding(self, project: Project, kind: str) -> Finding:
        """Return how a project meets the layers of one kind.

        Where several layers are of that kind, the worst of their answers.
        """
        key = (project.project_id, kind)
        if key not in self._findings:
            locus = self.workspace.loci[project.project_id]
            shape = self.shape(project.project_id)
            self._findings[key] = self.find(project.project_id, locus, shape, kind)
        return self._findings[key]

    def find(self, subject: str, locus: Locus, shape: Geometry | None, kind: str) -> Finding:
        """Return how a locus (with its shape in the plane) meets the layers of a kind."""
        layers = self.workspace.of_kind(kind)
        if not layers:
            return Finding(subject, kind, reasons=(self.workspace.absence(kind),))
        ids = tuple(layer.id for layer in layers)
        if shape is None:
            return Finding(subject, kind, reasons=(say("reason.no_locus"),), layers=ids)
        found = [self._of_parts(subject, locus, shape, layer) for layer in layers]
        return min(found, key=_severity)

    def _of_parts(self, subject: str, locus: Locus, shape: Geometry, layer: Layer) -> Finding:
        """Return the worst finding of a shape's polygons, lines and points.

        A project that is somewhere in a region may be in any part of it: where
        the parts do not agree, nothing is certain.
        """
        found = [self._against(subject, locus, part, layer) for part in by_dimension(shape)]
        worst = min(found, key=_severity)
        if len(found) > 1:
            apart = any(finding.relation != INSIDE for finding in found)
            relation = OVERLAPS if apart and worst.relation == INSIDE else worst.relation
            # a share would be of one part, not of the whole
            worst = replace(worst, relation=relation, share=None)
        agreed = len({finding.state for finding in found}) == 1
        if agreed or locus.basis == "footprint" or worst.certainty != CERTAIN:
            return worst
        coarse = say("reason.locus_coarse", locus=say(f"label.locus.{locus.basis}"))
        return replace(worst, certainty=POSSIBLE, reasons=(*worst.reasons, coarse))

    def _against(self, subject: str, locus: Locus, shape: Geometry, layer: Layer) -> Finding:
        zones = self.zones(layer)
        meeting = zones.meet(shape)
        sources = [self.workspace.layer(layer_id) for layer_id in locus.layers]
        certainty = judge(
            meeting,
            shape,
            zones,
            locus,
            sources,
            layer,
            covered=self.covered(shape, layer),
            doubts=self.workspace.doubts((layer.id, *locus.layers)),
        )
        frame = self.workspace.frame(layer.id).iloc[list(meeting.hit)]
        footprint = locus.basis == "footprint"
        sliver = (
            footprint and meeting.overlap_m2 is not None and (0 < meeting.overlap_m2 < SLIVER_M2)
        )
        reasons = certainty.reasons
        if sliver:
            reasons += (say("reason.sliver", m2=shown_m2(meeting.overlap_m2), tolerance=SLIVER_M2),)
        names = _zone_names(frame["name"], frame["zone_id"], frame["level"])
        outside = meeting.relation == OUTSIDE
        return Finding(
            subject=subject,
            kind=layer.kind,
            zones=() if outside else names,
            nearest=names[0] if outside else "",
            levels=() if outside else _by_strength(frame["level"]),
            relation=meeting.relation,
            certainty=certainty.degree,
            overlap_m2=meeting.overlap_m2 if footprint else None,
            share=meeting.share if footprint else None,
            length_m=meeting.length_m if footprint else None,
            distance_m=meeting.distance_m,
            direction=meeting.direction,
            sliver=sliver,
            reasons=reasons,
            layers=(layer.id,),
        )

    def covered(self, shape: Geometry, layer: Layer) -> str:
        """Return how much of a shape lies where a layer is complete: all, partly or not."""
        if layer.coverage == COVERAGE_NONE:
            return "not"
        inside = shapely.intersection(shape, self._coverage(layer.coverage))
        if inside.is_empty:
            return "not"
        outside = shapely.difference(shape, self._coverage(layer.coverage))
        border = TOUCH_M * max(1.0, float(shapely.length(shape)))
        surface = shapely.get_dimensions(shape) == POLYGON
        left = float(shapely.area(outside) if surface else shapely.length(outside))
        return "all" if outside.is_empty or 0 < left <= border else "partly"

    def _coverage(self, coverage: str) -> Geometry:
        if coverage == COVERAGE_AREA:
            return self._area
        if coverage not in self._coverages:
            zones = self.zones(self.workspace.layer(coverage))
            self._coverages[coverage] = shapely.union_all(zones.shapes)
        return self._coverages[coverage]

    @cached_property
    def _area(self) -> Geometry:
        return self.workspace.plane.project([self.workspace.boundary])[0]

    @cached_property
    def townships(self) -> tuple[tuple[str, str], ...]:
        """Codes and names of the area's townships, in the order of their codes."""
        table = self.workspace.table("townships")
        if len(table):
            return tuple(zip(table["code"], table["name"], strict=True))
        layers = self.workspace.of_kind("township")
        if not layers:
            return ()
        frame = self.workspace.frame(layers[0].id)
        return tuple(zip(frame["zone_id"], frame["name"], strict=True))


def _severity(finding: Finding) -> int:
    return STATE_ORDER.index(finding.state)


def _zone_names(
    names: Sequence[str | None], ids: Sequence[str], levels: Sequence[str | None]
) -> tuple[str, ...]:
    shown = []
    for name, zone_id, level in zip(names, ids, levels, strict=True):
        label = name or zone_id
        if level and level not in label:
            label = f"{label}（{level}）"
        shown.append(label)
    return tuple(dict.fromkeys(shown))


def _by_strength(levels: Sequence[str | None]) -> tuple[str, ...]:
    """Return the distinct levels, strongest protection first, unknown words last."""
    found = sorted({level for level in levels if level})
    known = [level for level in LEVEL_ORDER if level in found]
    return (*known, *(level for level in found if level not in LEVEL_ORDER))
