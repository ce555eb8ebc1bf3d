"""What a report on paper says, in blocks: Word and PDF set the same story.

Page one says what was checked and what was not; then come the sites, worst first; at last the
layers, what was left out, and the record.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from layers.words import say
from maps.report import numbers, tables
from maps.report.marks import Mark, mark
from maps.report.raster import png
from maps.report.site_text import clipped, reason_texts, site_facts, verdict_texts, verdict_titles
from maps.report.sketch import WIDTH, Sketch, Surroundings
from maps.report.summary import (
    EFFECTS,
    checked_kinds,
    front_facts,
    kind_counts,
    record_lines,
    summary_counts,
    unchecked_texts,
    warnings_of,
)
from maps.report.tables import Column
from zoning.model import STATE_ORDER
from zoning.review.model import LayerEvidence, Review, SiteReview

SITES = 200
"""Sites that a document tells of one by one: a longer one nobody reads, nor does Word open it."""

ROWS = 40
"""Rows of a table in a document; the rest is counted and stands in the workbook."""

TITLE_SIGNS = 40

Parts = tuple[tuple[Column, float], ...]
"""The columns of a table on paper, each with its part of the width."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 0 (the title) to 3; ``page`` begins a new page with it."""

    text: str
    level: int
    page: bool = False
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; a ``warning`` stands in a box, a ``bullet`` in a list."""

    text: str
    warning: bool = False
    bullet: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: titles, rows of texts and marks, widths as parts, the columns set to the right."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str | Mark, ...], ...]
    widths: tuple[float, ...]
    right: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Picture:
    """A small map as PNG; ``tall`` is its height, as times its width."""

    png: bytes
    tall: float
    alt: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, with the small map beside them if there is one."""

    rows: tuple[tuple[str, str], ...]
    picture: Picture | None = None


Block = Heading | Paragraph | Grid | Facts


def blocks_of(review: Review, around: Surroundings) -> Iterator[Block]:
    """Yield the blocks of a report."""
    sites = tables.ranked(review)
    told = told_sites(sites)
    yield from _front(review, sites, told)
    if sites:
        yield Heading(say("report.section.list"), 1, page=True)
        rows = tables.sites_table(review).rows[:SITES]
        yield _grid(
            _LIST, [{**r, "name": _short(r["name"]), "site": _short(r["site"])} for r in rows]
        )
        yield from _left(len(sites), SITES)
    if told:
        yield Heading(say("report.section.sites"), 1, page=True)
    ranks = {id(found): rank for rank, found in enumerate(sites, start=1)}
    layers = {layer.id: layer for layer in review.layers}
    for number, (found, sketch) in enumerate(zip(told, around.sketches(told), strict=True)):
        yield from _site(ranks[id(found)], found, sketch, layers, first=not number)
    yield from _end(review)


def told_sites(sites: Sequence[SiteReview]) -> tuple[SiteReview, ...]:
    """Return the sites that a document tells of: all, or those with findings, at most ``SITES``."""
    if len(sites) <= SITES:
        return tuple(sites)
    return tuple(s for s in sites if s.verdicts or tables.met(s) or tables.touched(s))[:SITES]


def _front(
    review: Review, sites: Sequence[SiteReview], told: Sequence[SiteReview]
) -> Iterator[Block]:
    yield Heading(numbers.text(review.title), 0)
    yield Facts(tuple(front_facts(review)))
    yield Heading(say("report.section.unchecked"), 1)
    missing = unchecked_texts(review)
    for kind, reason in missing:
        yield Paragraph(say("report.item", name=kind, text=reason), bullet=True)
    if not missing:
        yield Paragraph(say("report.all_asked"))
    yield Heading(say("report.section.checked"), 1)
    for kind, layers in checked_kinds(review):
        name = numbers.text(kind, "kind")
        yield Paragraph(say("report.item", name=name, text=layers), bullet=True)
    yield Heading(say("report.section.outcome"), 1)
    yield _states(review)
    effects = summary_counts(sites)
    yield Grid(
        tuple(numbers.word(effect, "effect") for effect in EFFECTS),
        (tuple(numbers.text(effects[effect], "count") for effect in EFFECTS),),
        (1.0,) * len(EFFECTS),
        frozenset(range(len(EFFECTS))),
    )
    if len(told) < len(sites):
        counts = {"told": len(told), "sites": len(sites), "limit": SITES}
        yield Paragraph(say("report.bounded", **counts), warning=True)
    for text in warnings_of(review):
        yield Paragraph(text, warning=True)
    for note in review.notes:
        yield Paragraph(numbers.plain(note), bullet=True)


def _states(review: Review) -> Grid:
    rows = []
    for kind, counts in kind_counts(review):
        name = numbers.text(kind, "kind") if kind else say("report.all_kinds")
        rows.append((name, *(numbers.text(counts[state], "count") for state in STATE_ORDER)))
    titles = (say("report.column.kind"), *(numbers.word(s, "state") for s in STATE_ORDER))
    widths = (2.2, *(1.0,) * len(STATE_ORDER))
    return Grid(titles, tuple(rows), widths, frozenset(range(1, len(titles))))


def _site(
    rank: int,
    found: SiteReview,
    sketch: Sketch,
    layers: Mapping[str, LayerEvidence],
    *,
    first: bool,
) -> Iterator[Block]:
    titles = {key: layer.title for key, layer in layers.items()}
    marks = (mark(found.effect, "effect"), mark(found.state, "state"))
    title = say("report.site_title", rank=rank, name=_short(found.site.name))
    yield Heading(title, 2, page=not first, marks=marks)
    picture = Picture(png(sketch), sketch.height / WIDTH, sketch.alt)
    yield Facts(tuple(site_facts(found)), picture)
    yield Heading(say("report.table.verdicts"), 3)
    if found.verdicts:
        yield from _verdicts(found, titles)
    else:
        yield Paragraph(say("report.none_verdicts"))
    yield Heading(say("report.table.kinds"), 3)
    yield from _bounded(_KINDS, tables.kind_rows(found, titles))
    for text in reason_texts(found)[:ROWS]:
        yield Paragraph(clipped(text), bullet=True)
    for key, columns, zones in (
        ("met", _MET, tables.met(found)),
        ("touched", _TOUCHED, tables.touched(found)),
        ("near", _NEAR, tables.near(found)),
    ):
        if zones:
            yield Heading(say(f"report.table.{key}"), 3)
            rows = tables.zone_rows(zones, titles)
            named = (
                {**row, "zone": tables.zone_title(z)} for row, z in zip(rows, zones, strict=True)
            )
            yield from _bounded(columns, named)
    yield from _site_evidence(found, layers)


def _verdicts(found: SiteReview, titles: Mapping[str, str]) -> Iterator[Block]:
    rows = [
        (mark(effect, "effect"), *(clipped(text) for text in texts))
        for effect, *texts in verdict_texts(found, titles)
    ]
    yield Grid(verdict_titles(), tuple(rows[:ROWS]), (1.1, 2.2, 0.8, 2.4, 3.9))
    yield from _left(len(rows), ROWS)


def _site_evidence(found: SiteReview, layers: Mapping[str, LayerEvidence]) -> Iterator[Block]:
    used = list(dict.fromkeys(layer for kind in found.kinds for layer in kind.layers))
    rows = [tables.evidence_row(layers[layer]) for layer in used if layer in layers]
    if rows:
        yield Heading(say("report.table.evidence"), 3)
        yield from _bounded(_SITE_EVIDENCE, rows)


def _end(review: Review) -> Iterator[Block]:
    yield Heading(say("report.table.evidence"), 1, page=True)
    yield from _bounded(_EVIDENCE, tables.evidence_table(review).rows)
    hashes = [
        Paragraph(
            say("report.item", name=numbers.text(e.title), text=numbers.text(e.sha256)), bullet=True
        )
        for e in review.layers
        if e.sha256
    ]
    if hashes:
        yield Heading(say("report.section.hashes"), 2)
        yield from hashes
    if review.rejects:
        yield Heading(say("report.table.rejects"), 1)
        yield from _bounded(_REJECTS, tables.rejects_table(review).rows)
    yield Heading(say("report.section.record"), 1)
    for line in record_lines(review.record):
        yield Paragraph(line, bullet=True)


def _short(name: object) -> str:
    """Return a name as a heading or a list has room for it; the site's own table has it whole."""
    text = numbers.text(name)
    return text if len(text) <= TITLE_SIGNS else text[: TITLE_SIGNS - 1] + "…"


def _left(count: int, shown: int) -> Iterator[Paragraph]:
    if count > shown:
        yield Paragraph(say("report.rows_left", count=count - shown))


def _bounded(parts: Parts, rows: Iterable[Mapping[str, object]]) -> Iterator[Block]:
    held = list(rows)
    if held:
        yield _grid(parts, held[:ROWS])
    yield from _left(len(held), ROWS)


def _grid(parts: Parts, rows: Iterable[Mapping[str, object]]) -> Grid:
    columns = [column for column, _ in parts]
    return Grid(
        tuple(column.title for column in columns),
        tuple(tuple(_shown(column, row.get(column.name)) for column in columns) for row in rows),
        tuple(width for _, width in parts),
        frozenset(at for at, column in enumerate(columns) if column.measured),
    )


def _shown(column: Column, value: object) -> str | Mark:
    if column.unit in {"state", "effect"}:
        return mark(value, column.unit)
    return clipped(numbers.text(value, column.unit))


def _parts(columns: Iterable[Column], **widths: float) -> Parts:
    """Return some of a table's columns with their widths, in the order of the widths."""
    named = {column.name: column for column in columns}
    return tuple((named[name], width) for name, width in widths.items())


_LIST = _parts(
    tables.SITES, rank=0.6, site=1.3, name=3.2, effect=1.5, state=1.1, activity=1.5, area_m2=1.8,
    area_ha=1.4, area_mu=1.3,
)  # fmt: skip
_KINDS = _parts(
    tables.KINDS, kind=2.0, state=1.1, certainty=0.8, overlap_m2=1.7, overlap_ha=1.3,
    overlap_mu=1.2, share=1.0, length_m=1.3,
)  # fmt: skip
_MET = _parts(
    tables.MET, kind=1.6, zone=2.3, relation=1.0, certainty=0.8, overlap_m2=1.65, overlap_ha=1.25,
    overlap_mu=1.2, net_m2=1.65, share=1.2, length_m=1.25,
)  # fmt: skip
_TOUCHED = _parts(
    tables.TOUCHED, kind=1.8, zone=3.0, touch=1.0, certainty=0.8, overlap_m2=1.2, length_m=1.2
)
_NEAR = _parts(tables.NEAR, kind=2.0, zone=3.5, certainty=0.8, distance_m=1.5, direction=0.8)
_SITE_EVIDENCE = _parts(
    tables.EVIDENCE, title=2.4, layer_document=2.0, date=1.1, basis=0.8, layer_accuracy_m=1.1
)
_EVIDENCE = _parts(
    tables.EVIDENCE, title=2.2, kind=1.6, checked=0.8, reason=2.0, basis=0.8, authority=1.6,
    layer_document=1.6, date=1.1, layer_accuracy_m=1.1, secrecy=0.8,
)  # fmt: skip
_REJECTS = _parts(tables.REJECTS, file=2.0, feature=1.0, reason=4.0)
