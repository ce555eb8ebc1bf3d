"""The register: what layers there are, where they come from, how far to trust them."""

import hashlib
import math
from dataclasses import dataclass, fields
from pathlib import Path

from layers.area import DATE, Kinds, check_keys, read_toml
from layers.connection import Connection, connection, hide, is_connection
from layers.contracts import BASES, LAYER_KINDS
from layers.errors import Faults, WorkspaceError
from layers.words import say

COVERAGE_AREA = "area"
"""The layer is complete over the whole area."""

COVERAGE_NONE = "none"
"""The layer is not known to be complete anywhere: absence proves nothing."""

SHAPES = ("footprint", "locus")

PLACED_BASES = frozenset({"surveyed", "published", "digitised"})
"""Bases whose positions were observed; modelled and schematic ones were not."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A register entry.

    ``path`` is relative to the workspace folder, or absolute: layers often lie
    on a shared drive, so it may lead outside the workspace. A connection string
    becomes a ``Connection``, which may be shown. ``source_layer`` names the layer
    within a file that holds several, or the table of a database. ``crs`` is the CRS of the
    file, or GCJ-02 or BD-09; ``parameters`` the user's file with a datum shift
    (never printed or exported). ``accuracy_m`` is how far a drawn position may
    be from the true one (metres); ``None`` is unknown. ``shape`` is
    ``footprint`` where the geometry is the thing's own outline and ``locus``
    where it is only the region in which the thing lies.
    """

    id: str
    kind: str
    title: str
    path: str = ""
    package: str = ""
    crs: str = ""
    basis: str = ""
    accuracy_m: float | None = None
    coverage: str = COVERAGE_NONE
    shape: str = "footprint"
    authority: str = ""
    document: str = ""
    date: str = ""
    scale: str = ""
    secrecy: str = ""
    licence: str = ""
    sha256: str = ""
    encoding: str = ""
    source_layer: str = ""
    parameters: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        """Put the password of a connection string where nothing prints it."""
        if is_connection(self.path):
            object.__setattr__(self, "path", connection(self.path))

    def place(self, folder: Path) -> Path | Connection:
        """Return where the data are, fit to be read and to be shown: a file or a table."""
        if isinstance(self.path, Connection):
            return self.path.at(self.source_layer or say("format.note.db_unstated"))
        return folder / self.path

    @property
    def placed(self) -> bool:
        """Positions were observed, so an answer may be certain."""
        return self.basis in PLACED_BASES and self.accuracy_m is not None


_KINDS: Kinds = {
    **{field.name: str for field in fields(Layer)},
    "accuracy_m": (int, float),
    "date": DATE,
    "columns": dict,
}
_REQUIRED = ("id", "kind", "title", "basis")


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_register(path: Path) -> tuple[Layer, ...]:
    """Return the layers of a register.toml in its order.

    Raises:
        WorkspaceError: with every fault of the file at once.

    """
    data = hide(read_toml(path))
    faults = Faults()
    check_keys(data, {"layer": list}, (), "", path, faults)
    faults.raise_if_any(WorkspaceError)
    items = data.get("layer", [])
    layers = [_layer(item, number, path, faults) for number, item in enumerate(items, start=1)]
    seen: set[str] = set()
    for layer in layers:
        if layer.id and layer.id in seen:
            faults.add("layer_twice", file=path, layer=layer.id)
        seen.add(layer.id)
    for layer in layers:
        if layer.coverage not in {COVERAGE_AREA, COVERAGE_NONE, *seen}:
            faults.add("coverage", file=path, layer=layer.id, value=layer.coverage)
    for kind in ("county", "township"):
        several = [layer.id for layer in layers if layer.kind == kind]
        if len(several) > 1:
            faults.add("layer_single", file=path, kind=kind, value="、".join(several))
    faults.raise_if_any(WorkspaceError)
    return tuple(layers)


def _layer(item: object, number: int, path: Path, faults: Faults) -> Layer:
    name = item.get("id", "") if isinstance(item, dict) else ""
    where = f"[[layer]] {number} {name}".strip()
    if not check_keys(item, _KINDS, _REQUIRED, where, path, faults):
        return Layer(str(name), "", "")
    before = len(faults.messages)
    if bool(item.get("path")) == bool(item.get("package")):
        faults.add("layer_source", file=path, layer=where)
    for key, choices in (("kind", LAYER_KINDS), ("basis", BASES), ("shape", SHAPES)):
        value = item.get(key, choices[0])
        if value not in choices:
            faults.add(
                "choice", file=path, layer=where, item=key, value=value, expected="、".join(choices)
            )
    accuracy = item.get("accuracy_m", 0)
    if not 0 <= accuracy < math.inf:
        faults.add("accuracy", file=path, layer=where, value=accuracy)
    columns = item.get("columns", {})
    check_keys(
        columns, dict.fromkeys(columns, str), tuple(columns), f"{where} columns", path, faults
    )
    if len(faults.messages) > before:
        return Layer(name, "", "")
    return Layer(**{**item, "date": str(item.get("date", "")), "columns": tuple(columns.items())})
