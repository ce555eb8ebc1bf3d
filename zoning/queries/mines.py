"""Mine patches by township and against zones."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from layers.locus import Locus
from layers.register import Layer
from layers.rounding import M2_PER_HA, number_text, shown_ha
from layers.words import say
from zoning.grouping import COUNTY, TOWNSHIP, Place, of_townships
from zoning.model import HIT, OUTSIDE, POSSIBLE, SLIVER_M2, UNCHECKED, Query
from zoning.overlay import ManyZones, Polygons, Shared
from zoning.queries.columns import columns
from zoning.queries.protection import finding_row
from zoning.queries.townships import TOTAL, scope_cells
from zoning.study import Study

AGAINST = ("red_line", "protected_area", "water_source", "farmland")


@dataclass(frozen=True, slots=True)
class _Patches:
    """The mine patches whose own outlines are known, split by township.

    Arrays are by township in the order of ``codes``, and last what lies in none:
    ``m2`` sums the patches' parts, ``covered_m2`` their union's, ``held`` counts
    the patches with their largest part there.
    """

    codes: tuple[str, ...]
    m2: np.ndarray
    covered_m2: np.ndarray
    held: np.ndarray


def _outlined(study: Study) -> tuple[Layer, ...]:
    return tuple(
        layer for layer in study.workspace.of_kind("mine_patch") if layer.shape == "footprint"
    )


def _split(study: Study) -> _Patches | None:
    layers = _outlined(study)
    if not layers:
        return None
    shapes = np.concatenate([study.zones(layer).shapes for layer in layers])
    counts = np.concatenate([_counts(study, layer) for layer in layers])
    codes: tuple[str, ...] = ()
    zones = ManyZones([])
    townships = study.workspace.of_kind("township")
    if townships:
        codes = tuple(study.workspace.frame(townships[0].id)["zone_id"])
        zones = study.zones(townships[0])
    patches = ManyZones(shapes, checked=True)
    covered = patches.covered(Polygons.of(zones.shapes))
    whole = 0.0 if patches.empty else patches.land.cells.areas.sum()
    largest = np.full(len(shapes), len(codes))
    met = zones.overlap(Polygons.of(shapes))
    order = np.lexsort((-met.area, met.subject))
    subject, first = np.unique(met.subject[order], return_index=True)
    largest[subject] = met.zone[order][first]
    return _Patches(
        codes,
        _by_zone(met, shapes, len(codes)),
        np.r_[covered, whole - covered.sum()],
        np.bincount(largest, counts, minlength=len(codes) + 1).astype(int),
    )


def _by_zone(met: Shared, shapes: np.ndarray, zones: int) -> np.ndarray:
    """Return the m2 of shapes in each zone, and in none of them."""
    inside = met.by_zone(zones)
    return np.r_[inside, shapely.area(shapes).sum() - inside.sum()]


def _counts(study: Study, layer: Layer) -> np.ndarray:
    """Return how many patches each feature stands for: one, where it does not say."""
    frame = study.workspace.frame(layer.id)
    if "patches" not in frame.columns:
        return np.ones(len(frame))
    return pd.to_numeric(frame["patches"]).fillna(1).to_numpy(dtype=float)


def _by_township(study: Study, _: Mapping[str, float | str]) -> list[dict[str, object]]:
    """Measured patches and what the plan states, side by side, for every township.

    ``area_ha`` is the sum of the patches cut at the township's border,
    ``covered_ha`` the area of their union: where patches overlap, it is less.
    What lies in no township has a row of its own, so that the rows sum to the
    total. What a plan states of the whole county stands as it is: statements
    of different things are never summed.
    """
    split = _split(study)
    stated = study.workspace.table("mine_patches")
    rows = []
    for code, name in study.townships:
        said = stated[stated["township"] == name]
        row = {**scope_cells(study, of_townships(study, (code,))), **_stated_cells(said)}
        rows.append({**row, **_measured_cells(split, code)})
    whole = stated[stated["township"].isna()]
    rows += [
        {**scope_cells(study, Place(COUNTY)), **_stated_cells(whole.iloc[[at]])}
        for at in range(len(whole))
        if len(whole) > 1
    ]
    return [*rows, *_elsewhere(split), _total(stated, whole, split)]


def _elsewhere(split: _Patches | None) -> list[dict[str, object]]:
    """Return a row for what of the patches lies in no township, if anything does."""
    if split is None:
        return []
    if split.m2[-1] < SLIVER_M2:
        return []
    return [
        {
            "scope": OUTSIDE,
            "scope_title": say("label.scope.outside"),
            "patches": int(split.held[-1]),
            "area_ha": shown_ha(float(split.m2[-1])),
            "covered_ha": shown_ha(float(split.covered_m2[-1])),
            "listed": False,
        }
    ]


def _total(stated: pd.DataFrame, whole: pd.DataFrame, split: _Patches | None) -> dict[str, object]:
    """Return the total: as measured, or as stated if one statement is made of the whole."""
    single = whole if len(whole) == 1 else whole.iloc[:0]
    total = {
        "scope": TOTAL,
        "scope_title": say("label.scope.total"),
        **_stated_cells(single),
    }
    parts = stated[stated["township"].notna()]
    comparable = len(whole) <= 1 and len(set(parts["what"])) <= 1
    numbers = pd.to_numeric(parts["patches"]).dropna()
    total["stated_sum"] = int(numbers.sum()) if len(numbers) and comparable else None
    if split is not None:
        total |= {
            "patches": int(split.held.sum()),
            "area_ha": shown_ha(float(split.m2.sum())),
            "covered_ha": shown_ha(float(split.covered_m2.sum())),
        }
    elif total["patches"] is None and whole.empty:
        total["patches"] = total["stated_sum"]
    return total


def _stated_cells(said: pd.DataFrame) -> dict[str, object]:
    """Return what the plan states for a place; null where it is silent."""
    one_thing = len(set(said["what"])) <= 1

    def add(column: str) -> float | None:
        values = pd.to_numeric(said[column]).dropna()
        return float(values.sum()) if len(values) and one_thing else None

    patches, area = add("patches"), add("area_ha")
    where = [
        f"{plan}:{line}"
        for plan, line in zip(said["plan"], said["line"], strict=True)
        if plan and line
    ]
    return {
        "patches": None if patches is None else int(patches),
        "stated_patches": None if patches is None else int(patches),
        "stated_area_ha": None if area is None else shown_ha(area * M2_PER_HA),
        "area_ha": None,
        "covered_ha": None,
        "stated_sum": None,
        "what": "、".join(dict.fromkeys(text for text in said["what"] if text)) or None,
        "source": ";".join(where) or None,
        "listed": bool(len(said)),
    }


def _measured_cells(split: _Patches | None, code: str) -> dict[str, object]:
    if split is None or code not in split.codes:
        return {}
    at = split.codes.index(code)
    return {
        "patches": int(split.held[at]),
        "area_ha": shown_ha(float(split.m2[at])),
        "covered_ha": shown_ha(float(split.covered_m2[at])),
    }


def _by_township_sentence(study: Study, rows: pd.DataFrame, _: Mapping[str, float | str]) -> str:
    total = rows[rows["scope"] == TOTAL].iloc[0]
    places = rows[rows["scope"] == TOWNSHIP]
    name = study.workspace.area.name
    if total["patches"] is None:
        several = int((rows["scope"] == COUNTY).sum())
        if several:
            return say("query.mines_several", area=name, statements=several)
        return say("query.mines_none", area=name)
    if study.workspace.table("mine_patches").empty or _outlined(study):
        return say(
            "query.mines_measured",
            area=name,
            patches=total["patches"],
            area_ha=total["area_ha"],
            covered_ha=total["covered_ha"],
        )
    silent = places.loc[~places["listed"].astype(bool), "township"]
    stated = total["stated_area_ha"]
    return say(
        "query.mines_stated",
        area=name,
        patches=total["patches"],
        townships=int(places["stated_patches"].notna().sum()),
        stated=say("query.mines_area", area_ha=number_text(stated)) if stated is not None else "",
        silent=say("query.mines_silent", names="、".join(silent)) if len(silent) else "",
    )


def _in_zones(study: Study, _: Mapping[str, float | str]) -> list[dict[str, object]]:
    """Every patch (or group of patches whose outlines are unknown) against every kind of zone."""
    rows = []
    for layer in study.workspace.of_kind("mine_patch"):
        frame = study.workspace.frame(layer.id)
        basis = "footprint" if layer.shape == "footprint" else "township"
        for zone_id, name, geometry, shape in zip(
            frame["zone_id"], frame["name"], frame.geometry, study.zones(layer).shapes, strict=True
        ):
            locus = Locus(basis, geometry, (layer.id,), (), (), (), "")
            for kind in AGAINST:
                finding = study.find(zone_id, locus, shape, kind)
                rows.append(
                    {
                        "zone_id": zone_id,
                        "name": name,
                        "layer": kind,
                        "layer_title": say(f"label.kind.{kind}"),
                        "patch_ha": _patch_ha(layer, shape),
                        **finding_row(finding),
                    }
                )
    return rows


def _patch_ha(layer: Layer, shape: shapely.Geometry) -> float | None:
    return shown_ha(float(shapely.area(shape))) if layer.shape == "footprint" else None


def _in_zones_sentence(study: Study, rows: pd.DataFrame, _: Mapping[str, float | str]) -> str:
    if rows.empty:
        return say("query.mines_none_drawn", area=study.workspace.area.name)
    states = rows["state"]
    return say(
        "query.mines_in_zones_sentence",
        patches=rows["zone_id"].nunique(),
        hit=rows.loc[states == HIT, "zone_id"].nunique(),
        possible=rows.loc[states == POSSIBLE, "zone_id"].nunique(),
        unchecked=rows.loc[states == UNCHECKED, "layer_title"].nunique(),
    )


QUERIES = (
    Query(
        id="mine-patches-by-township",
        title=say("query.mine-patches-by-township.title"),
        question=say("query.mine-patches-by-township.question"),
        kinds=("township", "mine_patch"),
        columns=columns(
            "scope_title",
            "county",
            "township",
            "patches:number",
            "area_ha:area",
            "covered_ha:area",
            "stated_patches:number",
            "stated_area_ha:area",
            "stated_sum:number",
            "what",
            "listed",
            "source",
            "scope",
            "code:id",
        ),
        run=_by_township,
        sentence=_by_township_sentence,
        shows="townships",
        key="code",
        value="patches",
    ),
    Query(
        id="mine-patches-in-zones",
        title=say("query.mine-patches-in-zones.title"),
        question=say("query.mine-patches-in-zones.question"),
        kinds=("mine_patch", *AGAINST),
        columns=columns(
            "zone_id:id",
            "name",
            "layer_title",
            "state:state",
            "relation",
            "certainty",
            "zones",
            "level",
            "overlap_m2:area",
            "overlap_ha:area",
            "overlap_mu:area",
            "share:share",
            "distance_m:number",
            "direction",
            "nearest",
            "sliver",
            "patch_ha:area",
            "reason",
            "layer",
        ),
        run=_in_zones,
        sentence=_in_zones_sentence,
        shows="zones",
        key="zone_id",
        value="state",
    ),
)
