"""Reading a plan document: everything that its readers find in it, in one pass."""

from dataclasses import dataclass

from layers.gazetteer import Gazetteer
from layers.plans import features, indicators, projects, rules, structure, tables
from layers.plans.document import Document, Record
from layers.plans.places import Places
from layers.plans.structure import Part
from layers.plans.tables import LogicalTable


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a document: its plans, its tables, and a record for each row found."""

    document: Document
    parts: tuple[Part, ...]
    tables: tuple[LogicalTable, ...]
    projects: tuple[Record, ...]
    features: tuple[Record, ...]
    rules: tuple[Record, ...]
    indicators: tuple[Record, ...]


def read_plan(document: Document, gazetteer: Gazetteer | None = None) -> Reading:
    """Return what a plan document holds.

    Args:
        document: as a reader gives it (``opening.open_document``).
        gazetteer: the names of the area, where they are known; without it the document's own
            list of townships and the official codes serve.

    """
    parts = structure.parts(document)
    found = tables.logical(document)
    places = Places.of(document, parts, gazetteer)
    return Reading(
        document,
        parts,
        found,
        projects.read(parts, found, places),
        features.read(document, parts, found, places),
        rules.read(document, parts),
        indicators.read(document, parts, found),
    )
