"""The audit of a plan: what it says in two places and in two ways.

Every check names both places and the arithmetic, and says nothing where it is not sure: a reviewer
must be able to trust a list of thirty.
"""

from collections.abc import Sequence

from layers.plans.audit import announced, listed, parts, projects, prose, shares, stated, tables
from layers.plans.audit.finding import HIGH, LOW, MEDIUM
from layers.plans.document import Record
from layers.plans.reading import Reading

CHECKS = (
    tables.totals,
    tables.columns,
    announced.announced,
    announced.groups,
    parts.parts,
    shares.shares,
    shares.share_columns,
    listed.names,
    listed.townships,
    listed.indicators,
    stated.two_figures,
    stated.statistics,
    stated.project_money,
    projects.years,
    projects.units,
    prose.pointed,
    tables.numbering,
    prose.proposals,
    tables.missing,
)

_ORDER = {HIGH: 0, MEDIUM: 1, LOW: 2}


def audit(readings: Sequence[Reading]) -> tuple[tuple[Record, ...], ...]:
    """Return the findings of each reading, the gravest first, then in the document's order.

    What two documents say of one project is a finding of the later one.
    """
    found = [[record for check in CHECKS for record in check(reading)] for reading in readings]
    for at, record in projects.repeated(readings):
        found[at].append(record)
    return tuple(tuple(sorted(records, key=_rank)) for records in found)


def _rank(record: Record) -> tuple[int, int]:
    return _ORDER[record.values["severity"] or LOW], int(record.values["line"] or 0)
