"""The layers of named features, mine patches and the red line."""

import shapely

from layers.schematic.base_layers import township_accuracy
from layers.schematic.catalogue import KINDS, Kind
from layers.schematic.output import Attributes, Drawn, Entry
from layers.schematic.places import Atlas, Placed
from layers.schematic.redline import model_red_line
from layers.schematic.sheet import NOBODY, SELF_MADE, Sheet

ZONE_LEVELS = frozenset({"一级保护区", "二级保护区", "准保护区", "核心保护区", "一般控制区"})
"""Levels that rules speak of; a feature's rank (省级, 县城...) is not one of them."""

RED_LINE_ACCURACY_M = 10_000
RED_LINE = "red_line"


def add_features(sheet: Sheet) -> None:
    """Draw one layer for each kind of named feature that the plan places."""
    atlas = Atlas(sheet.area, sheet.townships_by_name, sheet.rivers)
    for kind in KINDS:
        drawn = []
        accuracy = 0
        for row in sheet.area.features:
            if row["kind"] != kind.id:
                continue
            placed = atlas.locus(row) if kind.locus else atlas.place(row)
            if placed is None:
                sheet.omit(kind.title, row["name"])
                continue
            accuracy = max(accuracy, placed.accuracy_m)
            if kind.id == "protected_area":
                sheet.reserves.append(placed.geometry)
            drawn.append(Drawn(_attributes(row, kind, placed), placed.geometry))
        if drawn:
            sheet.add(_entry(kind, accuracy, sheet.left_out(kind.title)), drawn)


def add_mine_patches(sheet: Sheet) -> None:
    """Draw mine patches as the township they lie in: no patch's own place is known."""
    codes = {row["name"]: row["code"] for row in sheet.area.townships}
    accuracy = township_accuracy(sheet.area)
    rows = [row for row in sheet.area.mine_patches if row["township"] in codes]
    features = [
        Drawn(
            {
                "zone_id": row["id"],
                "name": f"{row['township']}{row['what']}",
                "class": row["what"],
                "level": None,
                "township": codes[row["township"]],
                "patches": int(row["patches"]) if row["patches"] else None,
                "area_ha": float(row["area_ha"]) if row["area_ha"] else None,
                "note": "规划只载该乡镇的图斑数，画的是乡镇范围",
            },
            sheet.townships[codes[row["township"]]],
        )
        for row in rows
    ]
    entry = Entry(
        id="mine_patch",
        kind="mine_patch",
        title="历史遗留矿山图斑（所在乡镇）",
        path="layers/mine_patches.geojson",
        basis="schematic",
        accuracy_m=max((accuracy[codes[row["township"]]] for row in rows), default=0),
        coverage="none",
        shape="locus",
        authority=NOBODY,
        licence=SELF_MADE,
        note="规划只按乡镇给出图斑数，未给位置；每个要素是图斑所在乡镇的范围，不是图斑。",
    )
    sheet.add(entry, features)


def add_red_line(sheet: Sheet) -> None:
    """Model the red line where the plan states its area."""
    area = sheet.area
    rows = [row for row in area.features if row["kind"] == RED_LINE]
    stated = [row for row in rows if area.stated(row["id"], "area")]
    for row in rows:
        if row not in stated:
            sheet.omit("生态保护红线", row["name"])
    if len(stated) != 1:
        return
    row = stated[0]
    hectares = area.stated(row["id"], "area")[0]
    county = shapely.union_all(list(area.polygons.values()))
    reserves = shapely.union_all(sheet.reserves)
    drawn = Drawn(
        {
            "zone_id": row["id"],
            "name": row["name"],
            "class": row["class"] or "生态保护红线",
            "level": None,
            "area_ha": hectares,
            "note": "面积等于规划所载，位置由高程和坡度推演",
        },
        model_red_line(sheet.ground, county, reserves, hectares),
    )
    entry = Entry(
        id=RED_LINE,
        kind=RED_LINE,
        title="生态保护红线（推演）",
        path="layers/red_lines.geojson",
        basis="modelled",
        accuracy_m=RED_LINE_ACCURACY_M,
        coverage="area",
        authority=NOBODY,
        licence=SELF_MADE,
        note=(
            f"取县域内最高最陡的地面，使面积等于规划所载 {hectares:g} 公顷；"
            "真实红线未公开，不能据此判断项目是否占用红线。"
        ),
    )
    sheet.add(entry, [drawn])


def _attributes(row: dict[str, str], kind: Kind, placed: Placed) -> Attributes:
    """Return a feature's columns; a reserve's class carries its rank, as the rules name it."""
    name = row["class"]
    if kind.id == "protected_area" and row["level"] and not name.startswith(row["level"]):
        name = row["level"] + name
    level = row["level"] if row["level"] in ZONE_LEVELS else None
    return {
        "zone_id": row["id"],
        "name": row["name"],
        "class": name or None,
        "level": level,
        "rank": row["level"] if row["level"] and not level else None,
        "accuracy_m": placed.accuracy_m,
        "note": placed.note,
    }


def _entry(kind: Kind, accuracy_m: int, left_out: str) -> Entry:
    return Entry(
        id=kind.id,
        kind=kind.id,
        title=kind.title,
        path=f"layers/{kind.file}.geojson",
        basis="schematic",
        accuracy_m=accuracy_m,
        coverage="none",
        shape="locus" if kind.locus else "",
        authority=NOBODY,
        licence=SELF_MADE,
        note=kind.note + left_out,
    )
