"""The words of a review: Site, ZoneFinding, KindFinding, Verdict, SiteReview, Review.

Every report (GeoPackage, Excel, Word, PDF, HTML) shows these numbers and works out none.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from shapely import Geometry

PROHIBITED, NEEDS_HUMAN, RESTRICTED, CONSULT, NONE = (
    "prohibited", "needs_human", "restricted", "consult", "none",
)  # fmt: skip
EFFECT_ORDER = (PROHIBITED, NEEDS_HUMAN, RESTRICTED, CONSULT, NONE)
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What is to be done on a site: a class of ``zoning/activities.toml``.

    ``id`` is empty where it is unknown. ``confidence`` is ``stated`` (by the user), ``high``,
    ``medium`` or ``low``; ``evidence`` the words that it was told from.
    """

    id: str = ""
    confidence: str = "low"
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A site under review, its geometry in EPSG:4490.

    Attributes:
        id: unique in the review.
        name: as the file names it; the id where it does not.
        geometry: polygons, lines or points, valid, two-dimensional.
        accuracy_m: of its positions; ``None`` where nobody says.
        activity: what is to be done there.
        file: the file that it came from.
        feature: its number or id in that file.
        stated_m2: the area that the file states, if any.
        area_m2: the ellipsoidal area; 0 for lines and points.
        length_m: the geodesic length, for lines.
        notes: what was done to it on reading (ring closed, repaired...), in Chinese.

    """

    id: str
    name: str
    geometry: Geometry
    accuracy_m: float | None
    activity: Activity
    file: str
    feature: str
    stated_m2: float | None = None
    area_m2: float = 0.0
    length_m: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ZoneFinding:
    """A site and one zone that it meets, or the nearest zone of a layer where it meets none.

    Attributes:
        kind: the kind of layer.
        layer: the layer's id.
        zone_id: the zone's id in its layer.
        zone: its name.
        zone_class: its class, as in the layer.
        level: its level (一级保护区...), as in the layer.
        relation: inside, overlaps, touches or outside.
        overlap_m2: with this zone, ellipsoidal; ``None`` for lines and points.
        net_m2: of ``overlap_m2``, what no stronger level of the same kind holds already: the
            ``net_m2`` of a kind add up to its union.
        share: ``overlap_m2`` of the site's area, or ``length_m`` of its length; at most 1.
        length_m: of a line within the zone; ``None`` for others.
        distance_m: to the zone, ellipsoidal; 0 where they meet.
        direction: of the zone from the site, one of eight, where they do not meet.
        sliver: the overlap is below the tolerance; it stands in a list of its own.
        binding: the strongest zone of its kind that is met.
        certainty: of the relation to this zone by itself: a site may lie in a second level for
            certain and in the first only perhaps.

    """

    kind: str
    layer: str
    zone_id: str
    zone: str
    zone_class: str
    level: str
    relation: str
    overlap_m2: float | None = None
    net_m2: float | None = None
    share: float | None = None
    length_m: float | None = None
    distance_m: float = 0.0
    direction: str = ""
    sliver: bool = False
    binding: bool = False
    certainty: str = ""


@dataclass(frozen=True, slots=True)
class KindFinding:
    """A site against all layers of one kind.

    ``state`` is one of ``zoning.model.STATE_ORDER``; ``overlap_m2``, ``share`` and ``length_m``
    are of the union of the zones. ``reasons`` say why the answer is not certain or not there.
    """

    kind: str
    state: str
    certainty: str
    overlap_m2: float | None = None
    share: float | None = None
    length_m: float | None = None
    reasons: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule in force on the day of decision says of a site in a zone.

    ``rule`` is empty where no rule speaks of it or the activity is unknown: the effect is then
    ``needs_human``. ``certainty`` is that of the finding.
    """

    kind: str
    layer: str
    zone_id: str
    effect: str
    certainty: str
    rule: str = ""
    approval: str = ""
    condition: str = ""
    paraphrase: str = ""
    document: str = ""
    article: str = ""
    in_force_from: dt.date | None = None
    in_force_to: dt.date | None = None
    verified: bool = False
    binding: bool = False


@dataclass(frozen=True, slots=True)
class SiteReview:
    """A site with all that was found of it.

    ``zones`` has the zones that it meets (slivers and touches too) and the nearest one of each
    layer that it does not meet. ``effect`` is the worst effect of its verdicts, empty without any;
    ``state`` the worst state of its kinds.
    """

    site: Site
    kinds: tuple[KindFinding, ...]
    zones: tuple[ZoneFinding, ...]
    verdicts: tuple[Verdict, ...]
    effect: str
    state: str


@dataclass(frozen=True, slots=True)
class Reject:
    """A row of the input that could not be reviewed, and why (in Chinese)."""

    file: str
    feature: str
    reason: str


@dataclass(frozen=True, slots=True)
class LayerEvidence:
    """A layer as evidence: what it is, from whom, of when, and whether it was asked."""

    id: str
    title: str
    kind: str
    basis: str
    authority: str
    document: str
    date: str
    accuracy_m: float | None
    sha256: str
    secrecy: str
    checked: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """A review of sites on a day: ``read == len(sites) + len(rejects)``.

    ``kinds`` are the kinds that were asked, in order; ``unchecked`` those that could not be asked
    of any site, each with the reason. ``record`` is the run's record (inputs with hashes,
    versions, rules, tolerances). ``notes`` are the reader's. No clock is in it.
    """

    title: str
    area: str
    decided_on: dt.date
    sites: tuple[SiteReview, ...]
    rejects: tuple[Reject, ...]
    read: int
    kinds: tuple[str, ...]
    unchecked: tuple[tuple[str, str], ...]
    layers: tuple[LayerEvidence, ...]
    expiry: str
    record: Mapping[str, object]
    notes: tuple[str, ...] = ()
