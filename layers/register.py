"""The register: what layers there are, where they come from, how far to trust them."""

import hashlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from layers.area import read_toml
from layers.contracts import BASES, LAYER_KINDS
from layers.errors import Faults, WorkspaceError

COVERAGE_AREA = "area"
"""The layer is complete over the whole area."""

COVERAGE_NONE = "none"
"""The layer is not known to be complete anywhere: absence proves nothing."""

PLACED_BASES = frozenset({"surveyed", "published", "digitised"})
"""Bases whose positions were observed; modelled and schematic ones were not."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A register entry.

    ``accuracy_m`` is how far a drawn position may be from the true one
    (metres); ``None`` is unknown. ``shape`` is ``footprint`` where the geometry
    is the thing's own outline and ``locus`` where it is only the region in
    which the thing lies.
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
    columns: tuple[tuple[str, str], ...] = ()
    note: str = ""

    @property
    def placed(self) -> bool:
        """Positions were observed, so an answer may be certain."""
        return self.basis in PLACED_BASES and self.accuracy_m is not None


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
    data = read_toml(path)
    faults = Faults()
    for key in data:
        if key != "layer":
            faults.add("key_unknown", file=path, key=key, expected="[[layer]]")
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
    faults.raise_if_any(WorkspaceError)
    return tuple(layers)


def _layer(item: dict[str, Any], number: int, path: Path, faults: Faults) -> Layer:
    names = {field.name for field in fields(Layer)}
    where = f"[[layer]] {number} {item.get('id', '')}".strip()
    before = len(faults.messages)
    for key in item:
        if key not in names:
            faults.add("key_unknown", file=path, key=f"{where} {key}",
                       expected="、".join(sorted(names)))
    for key in ("id", "kind", "title", "basis"):
        if not isinstance(item.get(key), str) or not item[key]:
            faults.add("key_missing", file=path, key=f"{where} {key}", value=item.get(key, "—"))
    if bool(item.get("path")) == bool(item.get("package")):
        faults.add("layer_source", file=path, layer=where)
    _check_choice(item, "kind", LAYER_KINDS, where, path, faults)
    _check_choice(item, "basis", BASES, where, path, faults)
    _check_choice(item, "shape", ("footprint", "locus"), where, path, faults)
    accuracy = item.get("accuracy_m")
    if accuracy is not None and (
        isinstance(accuracy, bool) or not isinstance(accuracy, int | float) or not accuracy >= 0
    ):
        faults.add("accuracy", file=path, layer=where, value=accuracy)
    columns = item.get("columns", {})
    if not isinstance(columns, dict):
        faults.add("key_missing", file=path, key=f"{where} columns", value=columns)
    if len(faults.messages) > before:
        return Layer(str(item.get("id", "")), "", "")
    known = {key: value for key, value in item.items() if key not in {"columns", "date"}}
    return Layer(**known, date=str(item.get("date", "")), columns=tuple(columns.items()))


def _check_choice(  # noqa: PLR0913
    item: dict[str, Any], key: str, choices: tuple[str, ...], where: str, path: Path,
    faults: Faults,
) -> None:
    value = item.get(key)
    if value is not None and value not in choices:
        faults.add("choice", file=path, layer=where, key=key, value=value,
                   expected="、".join(choices))
