"""The health of a workspace's layers, and repaired copies of them."""

from dataclasses import dataclass
from pathlib import Path

from layers.coverage import examine_coverage
from layers.doctor import Entry, curved_features, examine, write_repaired
from layers.errors import LayerError, ShanheError
from layers.raster import read_elevation
from layers.read import read_whole
from layers.register import Layer
from layers.words import say
from layers.workspace import Workspace

SHOWN = 3
"""Findings of one sort that are spelt out; the others are counted."""


@dataclass(frozen=True, slots=True)
class Health:
    """What is wrong with a layer (``problems``: answers would be wrong) and what to know.

    ``features`` is the number read, all of them used; ``None`` for rasters and
    for a layer that is refused. ``sha256`` is that of the file as it is now.
    """

    id: str
    kind: str
    features: int | None
    date: str
    sha256: str
    problems: tuple[str, ...]
    remarks: tuple[str, ...]


def health(workspace: Workspace, layer: Layer) -> Health:
    """Return the health of a registered layer: file, datum, features, coverage, provenance."""
    problems, remarks = [], []
    features = None
    try:
        if layer.kind == "elevation":
            read_elevation(layer, workspace.raster_path(layer))
        else:
            features = workspace.reading(layer.id).count
            found = _features(workspace, layer)
            problems += found[0]
            remarks += found[1]
    except ShanheError as error:
        problems.append(str(error))
    sha256 = workspace.fingerprint(layer)
    if layer.sha256 and sha256 and sha256 != layer.sha256:
        problems.append(say("cli.check_changed"))
    if layer.path and not layer.sha256:
        remarks.append(say("cli.check_unregistered"))
    if not layer.date:
        problems.append(say("cli.check_undated"))
    if layer.accuracy_m is None:
        remarks.append(say("cli.check_unlimited"))
    return Health(
        layer.id, layer.kind, features, layer.date, sha256, tuple(problems), tuple(remarks)
    )


def _features(workspace: Workspace, layer: Layer) -> tuple[list[str], list[str]]:
    """Return the problems and the remarks of a layer's features, once it could be read."""
    reading = workspace.reading(layer.id)
    log = examine(reading.frame, kind=layer.kind).log
    remarks = [
        *reading.notes,
        *_shortened([f"{entry.feature}：{entry.detail}" for entry in log]),
    ]
    if layer.kind != "township":
        return [], remarks
    faults = examine_coverage(reading.frame, workspace.boundary)
    wide = [fault.detail for fault in faults if not fault.sliver]
    slivers = [fault.detail for fault in faults if fault.sliver]
    return _shortened(wide), [*remarks, *_shortened(slivers)]


def _shortened(texts: list[str]) -> list[str]:
    if len(texts) <= SHOWN:
        return texts
    return [*texts[:SHOWN], say("cli.check_more", count=len(texts) - SHOWN)]


def repair(workspace: Workspace, layer_id: str, out: Path) -> str:
    """Write a repaired copy of a layer in its own CRS, with the log of what was done beside it.

    Every feature of the file is in the copy or in the log as rejected. The
    register is not touched: a person looks at the log first.

    Returns:
        The sentence that says what was done.

    Raises:
        LayerError: the file cannot be read at all, or the copy cannot be written.

    """
    layer = workspace.layer(layer_id)
    if layer.package or layer.kind == "elevation":
        raise LayerError(say("error.repair_kind", layer=layer.id))
    if out.suffix.lower() != ".gpkg":
        raise LayerError(say("error.repair_out", path=out))
    path = workspace.folder / layer.path
    source = read_whole(layer, path)
    curved = curved_features(path, layer.source_layer or None)
    examination = examine(source.frame, kind=layer.kind, curved=curved)
    lost = [
        Entry(item.feature, "missing", item.reason, "rejected", None, None)
        for item in source.rejects
    ]
    log = (*lost, *examination.log)
    frame = examination.frame
    if frame.crs is None and layer.crs:
        frame = frame.set_crs(layer.crs)
    beside = write_repaired(frame, log, out)
    return say(
        "cli.repaired",
        path=out,
        log=beside,
        read=source.read,
        written=len(frame),
        rejected=len(lost) + len(examination.rejected),
        repaired=sum(entry.action == "repaired" for entry in log),
    )
