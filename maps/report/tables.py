"""A review as tables: sites, kinds, zones met, touched and near, verdicts, evidence, rejects.

Each table and its columns are declared once, under the names of ``[report.column]``; GeoPackage
and Excel hold all columns, the documents and the page show some of them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import shapely

from layers.words import say
from maps.report import numbers
from zoning.model import (
    INSIDE,
    NOT_EXCLUDED,
    OUTSIDE,
    OVERLAPS,
    POSSIBLE,
    STATE_ORDER,
    TOUCHES,
    UNCHECKED,
)
from zoning.review.model import (
    EFFECT_ORDER,
    NONE,
    LayerEvidence,
    Review,
    Site,
    SiteReview,
    Verdict,
    ZoneFinding,
)

POLYGON, LINE = 2, 1
"""Dimensions of geometries."""

UNKNOWN = frozenset({POSSIBLE, UNCHECKED, NOT_EXCLUDED})
"""States that leave a question open."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its unit (``numbers.text``) and its width in characters."""

    name: str
    unit: str = "text"
    width: int = 12

    @property
    def title(self) -> str:
        """The column's name in Chinese, with its unit."""
        return say(f"report.column.{self.name}")

    @property
    def measured(self) -> bool:
        """Whether it holds numbers."""
        return self.unit in {"m2", "ha", "mu", "m", "share", "count"}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values by column name, as they are: neither rounded nor in words.

    ``sites`` has the number of each row's site in ``ranked``, if the rows are about sites.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, object], ...]
    sites: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """The table's name in Chinese."""
        return say(f"report.table.{self.name}")


_WHICH = (Column("rank", "count", 6), Column("site", width=14), Column("name", width=28))
_AREAS = (
    Column("overlap_m2", "m2", 16),
    Column("overlap_ha", "ha", 14),
    Column("overlap_mu", "mu", 14),
)
_ZONE = (
    Column("kind", "kind", 18),
    Column("zone", width=26),
    Column("zone_class", width=16),
    Column("level", width=16),
    Column("layer", width=22),
    Column("zone_id", width=14),
)

SITES = (
    *_WHICH,
    Column("effect", "effect", 16),
    Column("state", "state", 10),
    Column("activity", "activity", 16),
    Column("confidence", "confidence", 10),
    Column("area_m2", "m2", 16),
    Column("area_ha", "ha", 14),
    Column("area_mu", "mu", 14),
    Column("stated_m2", "m2", 16),
    Column("site_length_m", "m", 14),
    Column("accuracy_m", "m", 10),
    Column("file", width=26),
    Column("feature", width=12),
    Column("notes", width=40),
)
KINDS = (
    *_WHICH,
    Column("kind", "kind", 18),
    Column("state", "state", 10),
    Column("certainty", "certainty", 10),
    *_AREAS,
    Column("share", "share", 10),
    Column("length_m", "m", 14),
    Column("reasons", width=50),
    Column("layers", width=30),
)
MET = (
    *_WHICH,
    *_ZONE,
    Column("relation", "relation", 12),
    Column("certainty", "certainty", 10),
    Column("binding", "yes", 10),
    *_AREAS,
    Column("net_m2", "m2", 16),
    Column("share", "share", 10),
    Column("length_m", "m", 14),
)
TOUCHED = (
    *_WHICH, *_ZONE, Column("touch", width=12), Column("certainty", "certainty", 10), *_AREAS,
    Column("length_m", "m", 14),
)  # fmt: skip
NEAR = (
    *_WHICH, *_ZONE, Column("certainty", "certainty", 10), Column("distance_m", "m", 16),
    Column("direction", width=10),
)  # fmt: skip
VERDICTS = (
    *_WHICH,
    Column("effect", "effect", 16),
    *_ZONE,
    Column("certainty", "certainty", 10),
    Column("binding", "yes", 10),
    Column("paraphrase", width=50),
    Column("condition", width=40),
    Column("approval", width=30),
    Column("document", width=34),
    Column("article", width=16),
    Column("rule", width=26),
    Column("in_force_from", "date", 12),
    Column("in_force_to", "date", 12),
    Column("verified", "yes", 12),
)
EVIDENCE = (
    Column("title", width=28),
    Column("kind", "kind", 18),
    Column("checked", "yes", 10),
    Column("reason", width=40),
    Column("basis", "basis", 10),
    Column("authority", width=24),
    Column("layer_document", width=26),
    Column("date", width=14),
    Column("layer_accuracy_m", "m", 12),
    Column("secrecy", width=10),
    Column("id", width=18),
    Column("sha256", width=70),
)
REJECTS = (Column("file", width=40), Column("feature", width=16), Column("reason", width=80))

FINDINGS = tuple(dict.fromkeys((*_WHICH, Column("found", width=12), *MET[3:], *NEAR[-2:])))
"""The columns of zones met, touched and near in one table."""


def ranked(review: Review) -> tuple[SiteReview, ...]:
    """Return the sites worst first; sites of the same weight as the file has them.

    What is unknown stands before what is harmless, whatever effect was found beside it.
    """
    return tuple(sorted(review.sites, key=_weight))


def _weight(site: SiteReview) -> tuple[int, int]:
    open_question = site.state in UNKNOWN
    heavy = site.effect in EFFECT_ORDER and site.effect != NONE
    effect = EFFECT_ORDER.index(site.effect) if heavy else len(EFFECT_ORDER) - open_question
    return effect, STATE_ORDER.index(site.state)


def met(site: SiteReview) -> tuple[ZoneFinding, ...]:
    """Return the zones that a site lies in or overlaps, slivers left out."""
    return tuple(z for z in site.zones if z.relation in {INSIDE, OVERLAPS} and not z.sliver)


def touched(site: SiteReview) -> tuple[ZoneFinding, ...]:
    """Return the zones that a site only touches, or overlaps by a sliver."""
    return tuple(z for z in site.zones if z.relation == TOUCHES or z.sliver)


def near(site: SiteReview) -> tuple[ZoneFinding, ...]:
    """Return the nearest zone of each layer that a site does not meet."""
    return tuple(z for z in site.zones if z.relation == OUTSIDE and not z.sliver)


def heaviest(verdicts: Collection[Verdict]) -> tuple[Verdict, ...]:
    """Return verdicts worst first, of the same effect the binding zone's first."""
    return tuple(sorted(verdicts, key=lambda v: (EFFECT_ORDER.index(v.effect), not v.binding)))


def zone_title(zone: ZoneFinding) -> str:
    """Return a zone's name, or its id, with class, level, and whether it is the strongest."""
    marked = say("report.binding") if zone.binding else ""
    more = [part for part in dict.fromkeys((zone.zone_class, zone.level, marked)) if part]
    name = zone.zone or zone.zone_id
    return say("report.zone", name=name, more="、".join(more)) if more else name


def sites_table(review: Review) -> Table:
    """Return a row for each site."""
    found = ranked(review)
    rows = [_site_row(rank, site) for rank, site in enumerate(found, start=1)]
    return Table("sites", SITES, tuple(rows), tuple(range(len(found))))


def site_areas(site: Site) -> dict[str, object]:
    """Return a site's own area or length; ``None`` for what its geometry does not have."""
    size = int(shapely.get_dimensions(site.geometry))
    area = site.area_m2 if size == POLYGON else None
    return {
        "area_m2": area,
        "area_ha": area,
        "area_mu": area,
        "site_length_m": site.length_m if size == LINE else None,
    }


def _site_row(rank: int, found: SiteReview) -> dict[str, object]:
    site = found.site
    return {
        **_which(rank, found),
        "effect": found.effect,
        "state": found.state,
        "activity": site.activity.id,
        "confidence": site.activity.confidence if site.activity.id else "",
        **site_areas(site),
        "stated_m2": site.stated_m2,
        "accuracy_m": site.accuracy_m,
        "file": site.file,
        "feature": site.feature,
        "notes": "；".join(site.notes),
    }


def kinds_table(review: Review) -> Table:
    """Return a row for each site and kind of layer."""
    return _of_sites("kinds", KINDS, review, kind_rows)


def kind_rows(found: SiteReview, titles: Mapping[str, str]) -> Iterator[dict[str, object]]:
    """Yield what was found of a site, kind by kind."""
    for kind in found.kinds:
        yield {
            "kind": kind.kind,
            "state": kind.state,
            "certainty": kind.certainty,
            "overlap_m2": kind.overlap_m2,
            "overlap_ha": kind.overlap_m2,
            "overlap_mu": kind.overlap_m2,
            "share": kind.share,
            "length_m": kind.length_m,
            "reasons": "；".join(kind.reasons),
            "layers": "、".join(titles.get(layer, layer) for layer in kind.layers),
        }


def met_table(review: Review) -> Table:
    """Return a row for each zone that a site lies in or overlaps."""
    return _of_sites("met", MET, review, lambda s, t: zone_rows(met(s), t))


def touched_table(review: Review) -> Table:
    """Return a row for each zone that a site touches or overlaps by a sliver."""
    return _of_sites("touched", TOUCHED, review, lambda s, t: zone_rows(touched(s), t))


def near_table(review: Review) -> Table:
    """Return a row for each nearest zone that a site does not meet."""
    return _of_sites("near", NEAR, review, lambda s, t: zone_rows(near(s), t))


def findings_table(review: Review) -> Table:
    """Return a row for each zone met, touched or near."""
    return _of_sites("findings", FINDINGS, review, lambda s, t: zone_rows(s.zones, t))


def zone_rows(
    zones: Sequence[ZoneFinding], titles: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    """Yield findings as rows."""
    for zone in zones:
        yield {
            **asdict(zone),
            "layer": titles.get(zone.layer, zone.layer),
            "found": _found(zone),
            "touch": _found(zone),
            "overlap_ha": zone.overlap_m2,
            "overlap_mu": zone.overlap_m2,
        }


def _found(zone: ZoneFinding) -> str:
    if zone.sliver:
        return say("report.found.sliver")
    if zone.relation == TOUCHES:
        return say("report.found.touch")
    return say("report.found.near" if zone.relation == OUTSIDE else "report.found.met")


def verdicts_table(review: Review) -> Table:
    """Return a row for each verdict, those of a site worst first."""
    return _of_sites("verdicts", VERDICTS, review, verdict_rows)


def verdict_rows(found: SiteReview, titles: Mapping[str, str]) -> Iterator[dict[str, object]]:
    """Yield a site's verdicts with the words of their zones."""
    zones = {(zone.layer, zone.zone_id): zone for zone in found.zones}
    for verdict in heaviest(found.verdicts):
        zone = zones.get((verdict.layer, verdict.zone_id))
        yield {
            **asdict(verdict),
            "layer": titles.get(verdict.layer, verdict.layer),
            "zone": zone.zone if zone else "",
            "zone_class": zone.zone_class if zone else "",
            "level": zone.level if zone else "",
        }


def evidence_table(review: Review) -> Table:
    """Return a row for each layer."""
    return Table("evidence", EVIDENCE, tuple(map(evidence_row, review.layers)))


def evidence_row(layer: LayerEvidence) -> dict[str, object]:
    """Return a layer as a row."""
    named = {"layer_document": layer.document, "layer_accuracy_m": layer.accuracy_m}
    return {**asdict(layer), **named}


def rejects_table(review: Review) -> Table:
    """Return a row for each row of the input that could not be reviewed."""
    return Table("rejects", REJECTS, tuple(asdict(reject) for reject in review.rejects))


def layer_titles(review: Review) -> dict[str, str]:
    """Return layer id -> title."""
    return {layer.id: layer.title for layer in review.layers}


def texts(columns: Sequence[Column], row: Mapping[str, object]) -> tuple[str, ...]:
    """Return a row's values as people read them."""
    return tuple(numbers.text(row.get(column.name), column.unit) for column in columns)


def _which(rank: int, found: SiteReview) -> dict[str, object]:
    return {"rank": rank, "site": found.site.id, "name": found.site.name}


Rows = Callable[[SiteReview, Mapping[str, str]], Iterable[Mapping[str, object]]]


def _of_sites(name: str, columns: tuple[Column, ...], review: Review, rows: Rows) -> Table:
    titles = layer_titles(review)
    made, owners = [], []
    for rank, found in enumerate(ranked(review), start=1):
        for row in rows(found, titles):
            made.append({**_which(rank, found), **row})
            owners.append(rank - 1)
    return Table(name, columns, tuple(made), tuple(owners))
