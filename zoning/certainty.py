"""From locus, accuracy and coverage to certain, possible or unchecked.

The rules are told in docs/decisions/0004-certainty.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely import Geometry

from layers.locus import Locus
from layers.register import COVERAGE_NONE, PLACED_BASES, Layer
from layers.words import say
from zoning.model import CERTAIN, OUTSIDE, OVERLAPS, POSSIBLE, TOUCHES, UNCHECKED
from zoning.overlay import Meeting, ZoneSet


@dataclass(frozen=True, slots=True)
class Certainty:
    """A degree of certainty with the reasons why it is not higher."""

    degree: str
    reasons: tuple[str, ...]


def combined_accuracy_m(layers: Sequence[Layer]) -> float:
    """Return the root of the sum of squares of the layers' accuracies, in metres.

    An unknown accuracy makes the result infinite.
    """
    values = [math.inf if layer.accuracy_m is None else layer.accuracy_m for layer in layers]
    return math.hypot(*values)


def judge(  # noqa: PLR0913, PLR0917 - every fact that certainty depends on
    meeting: Meeting,
    shape: Geometry,
    zones: ZoneSet,
    locus: Locus,
    locus_layers: Sequence[Layer],
    layer: Layer,
    *,
    covered: str,
    doubts: Sequence[str] = (),
) -> Certainty:
    """Return how certain a relation is.

    Args:
        meeting: the relation as drawn.
        shape: the locus in the plane.
        zones: those of the layer, in the plane.
        locus: where the project is or may be.
        locus_layers: the layers that the locus comes from.
        layer: the layer asked.
        doubts: why nothing that rests on these layers can be certain.
        covered: ``all``, ``partly`` or ``not`` of the locus lies where the
            layer is complete.

    """
    if meeting.relation in {OUTSIDE, TOUCHES} and covered != "all":
        key = "coverage_none" if layer.coverage == COVERAGE_NONE else "coverage_outside"
        return Certainty(UNCHECKED, (say(f"reason.{key}", layer=layer.title),))
    reasons = [*_doubts(meeting, locus, locus_layers, layer), *doubts]
    accuracy = combined_accuracy_m([layer, *locus_layers])
    whole = locus.basis != "footprint"
    if not reasons and not _beyond(meeting, shape, zones, accuracy, whole=whole):
        reasons.append(say("reason.accuracy", metres=accuracy))
    degree = POSSIBLE if reasons else CERTAIN
    if covered == "partly" and locus.basis == "footprint":
        reasons.append(say("reason.coverage_partly", layer=layer.title))
    return Certainty(degree, tuple(reasons))


def _doubts(
    meeting: Meeting, locus: Locus, locus_layers: Sequence[Layer], layer: Layer
) -> list[str]:
    """Return what makes the relation as drawn less than the relation in the world."""
    reasons = []
    if not layer.placed:
        key = "no_accuracy" if layer.basis in PLACED_BASES else "schematic"
        basis = say(f"label.basis.{layer.basis}")
        reasons.append(say(f"reason.{key}", layer=layer.title, basis=basis))
    if layer.shape == "locus":
        reasons.append(say("reason.locus_shape", layer=layer.title))
    for source in locus_layers:
        if not source.placed and source.id != layer.id:
            basis = say(f"label.basis.{source.basis}")
            reasons.append(say("reason.locus_schematic", basis=basis))
            break
    # A project somewhere in a region is surely inside what holds the whole region
    # and surely outside what the region does not meet; anything between is open.
    if locus.basis != "footprint" and meeting.relation in {OVERLAPS, TOUCHES}:
        reasons.append(say("reason.locus_coarse", locus=say(f"label.locus.{locus.basis}")))
    if locus.unlocated:
        reasons.append(say("reason.unlocated"))
    return reasons


def _beyond(
    meeting: Meeting, shape: Geometry, zones: ZoneSet, accuracy: float, *, whole: bool
) -> bool:
    """Whether the relation would hold if the positions were off by their accuracy.

    A footprint is met for sure if any of it lies deeper in the zones than the
    accuracy; of a region (``whole``) all of it must.
    """
    if accuracy == 0:
        return True
    if meeting.relation == OUTSIDE:
        return meeting.distance_m > accuracy
    if meeting.relation == TOUCHES or math.isinf(accuracy):
        return False
    margin = 2 * accuracy + 1
    met = zones.around(shape, meeting.hit, margin + 1)
    local = shapely.intersection(met, shapely.box(*shape.buffer(margin).bounds))
    core = shapely.buffer(local, -accuracy)
    return bool(shapely.covers(core, shape) if whole else shapely.intersects(core, shape))
