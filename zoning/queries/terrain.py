"""Elevation by township."""

from collections.abc import Mapping

import pandas as pd

from layers.rounding import rounded
from layers.words import say
from zoning.grouping import of_townships
from zoning.model import Query
from zoning.queries.columns import columns
from zoning.queries.townships import scope_cells
from zoning.study import Study
from zoning.terrain import METRES_PER_DEGREE, elevation_of, heights_by_township


def _run(study: Study, _: Mapping[str, float | str]) -> list[dict[str, object]]:
    grid = elevation_of(study)
    if grid is None:
        return []
    heights = heights_by_township(study, grid)
    rows = []
    for code, _name in study.townships:
        found = heights.get(code)
        rows.append(
            {
                **scope_cells(study, of_townships(study, (code,))),
                "elevation_min_m": rounded(found.low, 0) if found else None,
                "elevation_mean_m": rounded(found.mean, 0) if found else None,
                "elevation_max_m": rounded(found.high, 0) if found else None,
                "cells": found.cells if found else None,
            }
        )
    return rows


def _sentence(study: Study, rows: pd.DataFrame, _: Mapping[str, float | str]) -> str:
    name = study.workspace.area.name
    grid = elevation_of(study)
    lows = rows["elevation_min_m"].dropna()
    if grid is None or lows.empty:
        return say("query.elevation_none", area=name)
    return say(
        "query.elevation_sentence",
        area=name,
        low=lows.min(),
        high=rows["elevation_max_m"].dropna().max(),
        cell=round(-grid.transform.e * METRES_PER_DEGREE, -1),
    )


QUERIES = (
    Query(
        id="elevation-by-township",
        title=say("query.elevation-by-township.title"),
        question=say("query.elevation-by-township.question"),
        kinds=("elevation", "township"),
        columns=columns(
            "county",
            "township",
            "elevation_min_m:number",
            "elevation_mean_m:number",
            "elevation_max_m:number",
            "cells:number",
            "code:id",
        ),
        run=_run,
        sentence=_sentence,
        shows="townships",
        key="code",
        value="elevation_mean_m",
    ),
)
