"""The river layer: which rivers can be drawn, in what order, and what is said of each."""

from layers.schematic.output import Drawn, Entry
from layers.schematic.rivers import (
    ACCURACY_M,
    JOINS,
    River,
    Waters,
    draw_river,
    is_bound,
    outline_of,
    passed_units,
)
from layers.schematic.shapes import GEOD
from layers.schematic.sheet import NOBODY, SELF_MADE, Sheet
from layers.schematic.sources import BuildError

TITLE = "河流"


def add_rivers(sheet: Sheet) -> None:
    """Draw every river that something places."""
    area = sheet.area
    waters = Waters(
        sheet.ground,
        outline_of(list(area.polygons.values())),
        sheet.townships_by_name,
        sheet.counties_by_name,
    )
    rivers = _known_rivers(sheet)
    rows = {row["id"]: row for row in area.features}
    features = []
    for river in rivers:
        line = draw_river(waters, river)
        waters.keep(river, line)
        sheet.rivers[river.name] = line
        row = rows[river.id]
        features.append(
            Drawn(
                {
                    "zone_id": river.id,
                    "name": river.name,
                    "class": row["class"] or None,
                    "level": row["level"] or None,
                    "passes": ";".join(passed_units(line, waters.units)),
                    "length_km": round(GEOD.geometry_length(line) / 1000, 1),
                    "note": _note(waters, river),
                },
                line,
            )
        )
    entry = Entry(
        id="river",
        kind="river",
        title="河流（推演）",
        path="layers/rivers.geojson",
        basis="modelled",
        accuracy_m=ACCURACY_M,
        coverage="none",
        authority=NOBODY,
        licence=SELF_MADE,
        note=(
            "在 30 角秒高程的谷地中，按规划所载流经顺序推演；规划只载部分地点的河在各要素"
            "备注中说明；弯曲小于格网，长度短于实际。"
        )
        + sheet.left_out(TITLE),
    )
    sheet.add(entry, features)


def _known_rivers(sheet: Sheet) -> list[River]:
    """Return the rivers that have anchors, each after the river that it joins.

    Raises:
        BuildError: an anchor names a river to join that cannot be drawn.

    """
    area = sheet.area
    found: list[River] = []
    ids: dict[str, str] = {}
    for row in area.features:
        if row["kind"] != "river":
            continue
        anchors = tuple(area.anchors(row["id"]))
        if not anchors:
            sheet.omit(TITLE, row["name"])
            continue
        ids[row["name"]] = row["id"]
        by_county = len(area.counties) > 1 and not row["townships"]
        units = row["counties"] if by_county else row["townships"]
        joins = anchors[-1].name.removeprefix(JOINS) if JOINS in anchors[-1].name else ""
        named = tuple(unit for unit in units.split(";") if unit)
        found.append(River(row["id"], row["name"], named, anchors, joins, by_county))
    ordered: list[River] = []
    while found:
        done = {river.name for river in ordered}
        ready = [river for river in found if not river.joins or river.joins in done]
        if not ready:
            names = "、".join(river.name for river in found)
            raise BuildError(f"{area.id} 的 {names} 要汇入的河没有画出，请核对 seats.csv。")
        ordered += ready
        found = [river for river in found if river not in ready]
    return [
        River(
            river.id,
            river.name,
            river.units,
            river.anchors,
            ids.get(river.joins, ""),
            river.by_county,
        )
        for river in ordered
    ]


def _note(waters: Waters, river: River) -> str:
    """Say in a sentence what the course rests on."""
    if is_bound(waters, river):
        what = "县（市、区）" if river.by_county else "乡镇"
        return f"依次经过规划所载{what}，谷地由高程推演"
    if river.units:
        return f"规划只载{'、'.join(river.units)}，其余河段由高程和编者估计的途经点推演"
    return "规划未载流经乡镇，由高程和编者估计的途经点推演"
