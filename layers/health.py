"""The health of a workspace's layers, and repaired copies of them."""

from dataclasses import dataclass
from pathlib import Path

from layers.coverage import examine_coverage
from layers.doctor import Entry, curved_features, examine, write_repaired
from layers.errors import FAULTS_SHOWN, LayerError, ShanheError
from layers.formats import Reject, read_source
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

    ``read == used + rejected``: how many features the reader found, could use and could not;
    ``None`` for rasters and for a file that cannot be read at all. One reject refuses the whole
    layer, so that nothing is missed. ``rejects`` are the first of them. ``sha256`` is that of
    the file as it is now, to be copied into the register.
    """

    id: str
    kind: str
    read: int | None
    used: int | None
    rejected: int | None
    rejects: tuple[Reject, ...]
    date: str
    sha256: str
    problems: tuple[str, ...]
    remarks: tuple[str, ...]


def health(workspace: Workspace, layer: Layer) -> Health:
    """Return the health of a registered layer: file, datum, features, coverage, provenance."""
    problems, remarks = [], []
    read, rejects = None, ()
    try:
        if layer.kind == "elevation":
            read_elevation(layer, workspace.raster_path(layer))
        else:
            read = workspace.reading(layer.id).count
            found = _features(workspace, layer)
            problems += found[0]
            remarks += found[1]
    except ShanheError as error:
        problems.append(str(error))
        if read is None:
            read, rejects = _ledger(workspace, layer)
    sha256 = workspace.fingerprint(layer)
    if layer.sha256 and sha256 and sha256 != layer.sha256:
        problems.append(say("cli.check_changed", sha256=sha256))
    if sha256 and not layer.sha256:
        remarks.append(say("cli.check_unregistered", sha256=sha256))
    if not layer.date:
        remarks.append(say("cli.check_undated"))
    if layer.accuracy_m is None:
        remarks.append(say("cli.check_unlimited"))
    return Health(
        id=layer.id,
        kind=layer.kind,
        read=read,
        used=None if read is None else read - len(rejects),
        rejected=None if read is None else len(rejects),
        rejects=rejects[:FAULTS_SHOWN],
        date=layer.date,
        sha256=sha256,
        problems=tuple(problems),
        remarks=tuple(remarks),
    )


def _ledger(workspace: Workspace, layer: Layer) -> tuple[int | None, tuple[Reject, ...]]:
    """Return how many features a refused layer has, and those that its reader cannot use."""
    if layer.package or layer.kind == "elevation":
        return None, ()
    try:
        source = read_source(
            layer.place(workspace.folder),
            encoding=layer.encoding,
            table=layer.source_layer,
            crs=layer.crs,
        )
    except ShanheError:
        return None, ()
    return source.read, source.rejects


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
    path = layer.place(workspace.folder)
    source = read_whole(layer, path)
    curved = source.curved
    if isinstance(path, Path):
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
