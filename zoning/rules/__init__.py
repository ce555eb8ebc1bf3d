"""Rules as data: what the articles in force on a day say of activities in zones.

``load().on(day, province, area).speaking_of(kind, zone_class, level, activity)`` is all that a
review needs. The rules stand in the TOML files of this folder, each with document, article, dates
and source; those of a province or of a user in folders of their own, which take their place.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from layers.errors import FAULTS_SHOWN
from zoning.rules.lint import lint
from zoning.rules.model import (
    SHANXI,
    UNSTATED,
    Book,
    Document,
    Pack,
    Rule,
    RulesError,
    Term,
)
from zoning.rules.read import read_folder

__all__ = [
    "EMBEDDED", "SHANXI", "UNSTATED", "Book", "Document", "Pack", "Rule", "RulesError", "Term",
    "load", "read",
]  # fmt: skip

Entry = TypeVar("Entry", Rule, Document, Term)

EMBEDDED = Path(__file__).parent
"""The folder of the pack that comes with the program."""


def load(folders: Sequence[Path] = ()) -> Pack:
    """Return the embedded pack, with what the folders put in its place.

    Raises:
        RulesError: a folder cannot be read, or what it says fails ``lint``: a pack that is not
            sound decides nothing.

    """
    pack = read(folders)
    findings = lint(pack)
    if findings:
        raise RulesError("\n".join(finding.text for finding in findings[:FAULTS_SHOWN]))
    return pack


def read(folders: Sequence[Path] = ()) -> Pack:
    """Return the pack as it is written, sound or not.

    A later folder takes the place of an earlier one rule by rule: all versions of an id for a
    province (or for the whole country) come from one folder. So do documents and terms.

    Raises:
        RulesError: a folder cannot be read.

    """
    pack = Pack(())
    for tables in map(read_folder, (EMBEDDED, *folders)):
        pack = Pack(
            _over(pack.rules, tables.rules, lambda rule: (rule.id, rule.province)),
            _over(pack.documents, tables.documents, lambda document: document.title),
            _over(pack.terms, tables.terms, lambda term: (term.kind, term.role, term.name)),
        )
    return pack


def _over(
    earlier: Iterable[Entry], later: Iterable[Entry], key: Callable[[Entry], object]
) -> tuple[Entry, ...]:
    """Return the later entries after those of the earlier ones that they do not replace."""
    replaced = set(map(key, later))
    return (*(entry for entry in earlier if key(entry) not in replaced), *later)
