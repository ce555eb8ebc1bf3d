"""Every query, declared once: command line, page, files and docs come from here."""

from collections.abc import Mapping

import pandas as pd

from layers.errors import QueryError
from layers.rounding import DIGITS, STATED_HA_DIGITS, rounding_gap
from layers.words import say
from zoning.model import Answer, Parameter, Query
from zoning.queries import mines, money, protection, rivers, terrain, townships
from zoning.queries.townships import TOTAL
from zoning.study import Study

QUERIES: dict[str, Query] = {
    query.id: query
    for query in (
        *protection.QUERIES,
        *townships.QUERIES,
        *mines.QUERIES,
        *rivers.QUERIES,
        *money.QUERIES,
        *terrain.QUERIES,
    )
}

STATED = frozenset({"stated_area_ha"})
"""Areas that a plan states, of parts and of the whole: a difference is not our rounding."""

STATED_SUMS = {"restoration_ha": STATED_HA_DIGITS}
"""Decimals of the columns that sum what plans state."""


def get_query(query_id: str) -> Query:
    """Return a query by its id.

    Raises:
        QueryError: there is no such query.

    """
    if query_id not in QUERIES:
        raise QueryError(say("error.query_unknown", query=query_id, expected="、".join(QUERIES)))
    return QUERIES[query_id]


def ask(study: Study, query: Query, settings: Mapping[str, str] | None = None) -> Answer:
    """Return a query's answer for a study.

    Args:
        study: the workspace under study.
        query: the query.
        settings: values of its parameters as typed by the user.

    Raises:
        QueryError: a parameter is unknown or out of range.
        ShanheError: the workspace's tables or layers are wrong.

    """
    parameters = _parameters(query, settings or {})
    names = [column.name for column in query.columns]
    found: list[dict[str, object]] = []
    sentences, gaps = [], []
    for plan in study.plans if query.per_plan and study.plans else (None,):
        asked = study.of_plan(plan.id) if plan else study
        rows = query.run(asked, parameters)
        if plan:
            rows = [{**row, "plan": plan.id} for row in rows]
        found += rows
        table = _table(rows, names)
        said, noted = [query.sentence(asked, table, parameters)], _rounding_notes(query, table)
        if plan is not None and len(study.plans) > 1:
            said, noted = (
                [say("query.of_plan", plan=plan.title, sentence=text) for text in texts]
                for texts in (said, noted)
            )
        sentences += said
        gaps += noted
    notes = (*_notes(study, query), *gaps)
    return Answer(query, parameters, _table(found, names), "\n".join(sentences), notes)


def _rounding_notes(query: Query, table: pd.DataFrame) -> list[str]:
    """Return a note for each measured column whose rounded rows miss its rounded total."""
    if "scope" not in table or not (table["scope"] == TOTAL).any():
        return []
    totals, rows = table[table["scope"] == TOTAL].iloc[0], table[table["scope"] != TOTAL]
    notes = []
    for column in query.columns:
        if column.kind != "area" or column.name in STATED or totals[column.name] is None:
            continue
        digits = STATED_SUMS.get(column.name, DIGITS[column.name.rpartition("_")[2]])
        gap = rounding_gap(rows[column.name].dropna(), totals[column.name], digits)
        if gap is not None:
            text = f"{abs(gap):.{digits}f}"
            notes.append(say("note.rounding", column=column.title, gap=text))
    return notes


def _table(rows: list[dict[str, object]], names: list[str]) -> pd.DataFrame:
    """Return rows as a table; a cell that a row does not have is null."""
    cells = [[row.get(name) for name in names] for row in rows]
    return pd.DataFrame(cells, columns=names, dtype=object)


def _parameters(query: Query, settings: Mapping[str, str]) -> dict[str, float | str]:
    known = {parameter.name: parameter for parameter in query.parameters}
    for name in settings:
        if name not in known:
            raise QueryError(
                say(
                    "error.parameter_unknown",
                    query=query.id,
                    name=name,
                    expected="、".join(known) or "—",
                )
            )
    return {
        name: _value(query, parameter, settings[name]) if name in settings else parameter.default
        for name, parameter in known.items()
    }


def _value(query: Query, parameter: Parameter, text: str) -> float | str:
    if parameter.choices:
        if text in parameter.choices:
            return text
        expected = "、".join(parameter.choices)
    else:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if parameter.minimum <= value < float("inf"):
            return value
        expected = say("expect.minimum", minimum=f"{parameter.minimum:g}")
    raise QueryError(
        say(
            "error.parameter_value",
            query=query.id,
            name=parameter.name,
            value=text,
            expected=expected,
        )
    )


def _notes(study: Study, query: Query) -> tuple[str, ...]:
    """Return what a reader must know of the layers that the answer rests on."""
    notes = []
    for kind in query.kinds:
        layers = study.workspace.of_kind(kind)
        if not layers:
            notes.append(say("note.no_layer", kind=say(f"label.kind.{kind}")))
        for layer in layers:
            accuracy = "—" if layer.accuracy_m is None else f"{layer.accuracy_m:g}"
            if not layer.placed:
                notes.append(
                    say(
                        "note.schematic",
                        layer=layer.title,
                        accuracy=accuracy,
                        basis=say(f"label.basis.{layer.basis}"),
                    )
                )
            if layer.sha256 and study.workspace.fingerprint(layer) not in {layer.sha256, ""}:
                notes.append(say("note.changed", layer=layer.title, file=layer.path))
    return tuple(notes)
