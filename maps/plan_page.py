"""The reading view of a plan: the document as it stands, and in it every value that was read."""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from markupsafe import Markup, escape

from layers.plans.document import Document, Paragraph, Record, Row, Span, Table
from layers.words import entry, say
from maps.leaflet import TEMPLATES
from maps.offline import add_content_policy, safe_script

HIDDEN = frozenset({"plan", "line", "page", "content_line", "other_line", "other_page"})
"""Columns that a card does not repeat: its heading or its links say them."""

TITLES = ("name", "message", "place", "text")
"""Columns that may name a record, the best first."""


LABELLED = {"effect": "plan_effect", "kind": "kind", "place_kind": "kind"}
"""Columns whose values are codes, and the table of their words."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of a cell or paragraph, and the records (``table-number``) that were read from it."""

    text: str
    records: tuple[str, ...] = ()
    title: str = ""


def plan_page(document: Document, records: Mapping[str, Sequence[Record]]) -> str:
    """Return the page of a document. The same document gives the same bytes.

    Args:
        document: as read.
        records: what was read from it, by the name of the table.

    """
    spans = _by_place(records)
    html = TEMPLATES.get_template("plan.html").render(
        title=document.file,
        words=_words(),
        notes=document.notes,
        blocks=list(_blocks(document, spans)),
        tables=[
            (name, say(f"plan.table.{name}"), [_card(name, at, one) for at, one in _numbered(rows)])
            for name, rows in records.items()
        ],
        style=Markup(_static("plan.css")),  # noqa: S704 - our own file
        script=Markup(safe_script(_static("plan.js"))),  # noqa: S704 - our own file
    )
    return add_content_policy(html)


def _words() -> dict[str, str]:
    """Return the page's own words."""
    return {
        "title": say("plan.page.title"),
        "document": say("plan.page.document"),
        "search": say("plan.page.search"),
        "unsure": say("plan.page.unsure"),
        "none": say("plan.page.none"),
    }


def _where(line: object, page: object) -> str:
    """Return the words for a line, or for the page that it is on."""
    return say("plan.page.page", page=page) if page else say("plan.page.line", line=line)


def _numbered(records: Sequence[Record]) -> Iterator[tuple[int, Record]]:
    return enumerate(records, start=1)


def _by_place(
    records: Mapping[str, Sequence[Record]],
) -> dict[tuple[int, int], list[tuple[Span, str, str]]]:
    """Return the spans of every cell and paragraph, with the record and column read there."""
    found = defaultdict(list)
    for name, rows in records.items():
        for number, record in _numbered(rows):
            for column, spans in record.spans.items():
                for span in spans:
                    entry = (span, f"{name}-{number}", _column(column))
                    found[span.line, span.cell].append(entry)
    return found


def marks(text: str, spans: Sequence[tuple[Span, str, str]]) -> list[Mark]:
    """Return a text cut where a value begins or ends; overlapping values share a part."""
    bounds = {0, len(text)}
    for span, _, _ in spans:
        bounds |= {min(max(at, 0), len(text)) for at in (span.start, span.end)}
    edges = sorted(bounds)
    parts = []
    for start, end in itertools.pairwise(edges):
        here = [entry for entry in spans if entry[0].start < end and entry[0].end > start]
        titles = dict.fromkeys(f"{record}：{column}" for _, record, column in here)
        parts.append(
            Mark(text[start:end], tuple(dict.fromkeys(e[1] for e in here)), "；".join(titles))
        )
    return parts


def _blocks(
    document: Document, spans: Mapping[tuple[int, int], list[tuple[Span, str, str]]]
) -> Iterator[dict[str, object]]:
    """Return paragraphs, and tables as rows of cells, with their marks."""
    for block in document.blocks:
        if isinstance(block, Paragraph):
            place = {"line": block.line, "place": _gutter(block)}
            text = _marked(block.text, spans.get((block.line, -1), ()))
            yield {"rows": None, "text": text, "heading": block.heading, **place}
        elif isinstance(block, Table):
            rows = [
                {
                    "line": row.line,
                    "place": _gutter(row),
                    "cells": [
                        _marked(cell.text, spans.get((row.line, at), ()))
                        for at, cell in enumerate(row.cells)
                    ],
                }
                for row in block.rows
            ]
            yield {"rows": rows}


def _gutter(block: Paragraph | Row) -> str:
    return _where(block.line, block.page) if block.page else str(block.line)


def _marked(text: str, spans: Sequence[tuple[Span, str, str]]) -> Markup:
    if not spans:
        return escape(text)
    element = Markup('<mark class="{}" data-of="{}" title="{}">{}</mark>')
    return Markup("").join(
        element.format(
            " ".join(dict.fromkeys(record.split("-")[0] for record in part.records)),
            " ".join(part.records),
            part.title,
            part.text,
        )
        if part.records
        else escape(part.text)
        for part in marks(text, spans)
    )


def _card(name: str, number: int, record: Record) -> dict[str, object]:
    """Return a record as its card shows it."""
    values = {key: value for key, value in record.values.items() if value}
    title = next((values[key] for key in TITLES if key in values), "—")
    return {
        "id": f"{name}-{number}",
        "number": number,
        "title": title,
        "places": [
            (values[line], _where(values[line], values.get(page)))
            for line, page in (("line", "page"), ("other_line", "other_page"))
            if line in values
        ],
        "sure": values.get("confidence", ""),
        "doubt": _doubt(values.get("confidence", "")),
        "values": [
            (_column(key), _shown(key, value))
            for key, value in values.items()
            if key not in HIDDEN and value is not title
        ],
    }


def _doubt(confidence: str) -> str:
    return "" if confidence in {"", "high"} else say(f"plan.sure.{confidence}")


def _shown(column: str, value: str) -> str:
    """Return a value as people read it; a code that has no word stays as it is."""
    if column == "confidence":
        return say(f"plan.sure.{value}")
    if column == "severity":
        return say(f"plan.severity.{value}")
    label = entry("label")
    words = label.get(LABELLED.get(column)) if isinstance(label, dict) else None
    return words.get(value, value) if words else value


def _column(name: str) -> str:
    return say(f"plan.column.{name}")


def _static(name: str) -> str:
    return files("maps").joinpath("static", name).read_text(encoding="utf-8")
