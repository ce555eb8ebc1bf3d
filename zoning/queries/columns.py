"""Columns and cells that several queries share."""

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
