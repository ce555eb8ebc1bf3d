"""Columns and cells that several queries share."""

import math

from layers.projects import Project
from layers.words import say
from zoning.grouping import townships_of
from zoning.model import Column
from zoning.study import Study


def columns(*names: str) -> tuple[Column, ...]:
    """Return columns for ``name`` or ``name:kind``, titled from the words table."""
    made = []
    for text in names:
        name, _, kind = text.partition(":")
        made.append(Column(name, say(f"column.{name}"), kind or "text"))
    return tuple(made)


def rounded(value: float | None, digits: int) -> float | None:
    """Return a number rounded half to even, without a negative zero; null stays null."""
    if value is None or not math.isfinite(value):
        return None
    return round(value, digits) + 0.0


def project_facts(study: Study, project: Project) -> dict[str, object]:
    """Return the cells that identify a project and its locus."""
    locus = study.workspace.loci[project.project_id]
    names = [study.workspace.township_name(code) for code in townships_of(study, project)]
    return {
        "project_id": project.project_id,
        "seq": project.seq,
        "name": project.name,
        "townships": ";".join(names) or None,
        "locus": locus.basis,
        "plan": project.plan,
        "line": project.line,
    }
