"""Zones cut into cells, kept on disk: cut once, mapped by every process that asks.

A kept layer is a folder named after a digest of all that its content depends on.
It appears whole or not at all. What is damaged or of another form is made again,
never trusted.
"""

import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import LayerError
from layers.words import say
from zoning.overlay.lattice import Cells, Lattice
from zoning.overlay.many import ManyZones

MADE_BY = (
    "flat", "kernel", "land", "land_compiled", "lattice", "lattice_compiled", "many",
    "paths_compiled", "rings_compiled", "stored",
)  # fmt: skip
"""Modules of this room that decide what is kept: of another text they make it again."""

KEPT = 16
"""Layers that the cache keeps, those last used; a province's red lines take some 0.2 GB."""

FIELDS = {"cell": "<i8", "owner": "<i8", "starts": "<i8", "edges": "<f8", "full": "|b1"}
DERIVED = {"first": "<i8", "areas": "<f8"}
"""What ``Cells`` works out when first asked: kept, so that no process has it to itself."""

HEADER = "header.json"
WHOLE, APART = "zones", "apart"
"""Cells of the zones as they are, and of the same land without overlaps where they overlap."""


@dataclass(frozen=True, slots=True)
class Zones:
    """The zones of a layer before they are kept.

    Attributes:
        many: the zones, in their plane.
        plane: the plane's CRS as WKT.
        columns: texts by column, one for each zone.
        notes: what was chosen or doubted when they were read.

    """

    many: ManyZones
    plane: str
    columns: Mapping[str, list[str]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredZones:
    """Zones kept in a folder, as ``Zones``; ``overlapping`` where some share land."""

    folder: Path
    plane: str
    columns: Mapping[str, list[str]]
    notes: tuple[str, ...]
    overlapping: bool

    def many(self) -> ManyZones:
        """Return the zones, their cells mapped from the folder."""
        return _mapped(self.folder, WHOLE)

    def apart(self) -> ManyZones:
        """Return the same land as one zone; where none overlap, these zones."""
        return _mapped(self.folder, APART if self.overlapping else WHOLE)

    def __len__(self) -> int:
        """Return how many zones there are."""
        return len(next(iter(self.columns.values())))


def cache_folder() -> Path:
    """Return where cells are kept: the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "shanhe" / "zones"


def digest(*parts: object) -> str:
    """Return the name under which zones are kept that depend on these parts only."""
    return hashlib.sha256(json.dumps([_form(), *parts]).encode()).hexdigest()


@cache
def _form() -> str:
    """Return what tells one way of cutting and keeping zones from another."""
    texts = [Path(__file__).with_name(f"{name}.py").read_bytes() for name in MADE_BY]
    versions = [version(name) for name in ("numpy", "pyproj", "shapely")]
    return hashlib.sha256(b"".join(texts) + repr(versions).encode()).hexdigest()


@contextmanager
def kept(key: str, make: Callable[[], Zones]) -> Iterator[StoredZones]:
    """Yield the zones kept under a key (see ``digest``), made and kept if they are not there.

    Where the cache folder cannot be written they are kept for this block only.
    """
    cache = cache_folder()
    place = cache / key
    found = _sound(place)
    if found is not None:
        os.utime(place)
        yield found
        return
    made = make()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        found = _kept(place, made)
        _evict(cache)
    except OSError:
        with tempfile.TemporaryDirectory(prefix="shanhe-") as folder:
            yield _kept(Path(folder) / key, made)
        return
    yield found


def load(folder: Path) -> StoredZones:
    """Return what is kept in a folder; sizes are checked, content only by ``kept``.

    Raises:
        LayerError: the folder is not to be seen from here, or is not whole.

    """
    header = _header(folder)
    if header is None:
        raise LayerError(say("overlay.unseen", folder=folder))
    return _opened(folder, header)


def _kept(place: Path, zones: Zones) -> StoredZones:
    """Write zones into a folder beside their place and move it there."""
    beside = Path(tempfile.mkdtemp(prefix=".", dir=place.parent))
    try:
        sets = {WHOLE: zones.many}
        if zones.many.land is not zones.many:
            sets[APART] = zones.many.land
        header: dict[str, Any] = {
            "form": _form(),
            "key": place.name,
            "plane": zones.plane,
            "columns": dict(zones.columns),
            "notes": list(zones.notes),
            "sets": {name: _written(beside, name, many) for name, many in sets.items()},
        }
        body = json.dumps(header, ensure_ascii=False)
        text = hashlib.sha256(body.encode()).hexdigest() + "\n" + body
        (beside / HEADER).write_text(text, encoding="utf-8")
        if place.exists():
            # Not sound, or another process was sooner: both may be replaced.
            shutil.rmtree(place)
        beside.replace(place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return _opened(place, header)


def _written(folder: Path, name: str, many: ManyZones) -> dict[str, Any]:
    """Write the arrays of one set of cells; return what the header says of them."""
    if many.empty:
        return {"lattice": None, "arrays": {}}
    arrays = {}
    for array, kind in (FIELDS | DERIVED).items():
        values = np.ascontiguousarray(getattr(many.cells, array), dtype=kind)
        np.save(folder / f"{name}-{array}.npy", values, allow_pickle=False)
        arrays[array] = {"shape": list(values.shape), "crc": _crc(values)}
    return {"lattice": asdict(many.cells.lattice), "arrays": arrays}


def _crc(values: NDArray) -> int:
    return zlib.crc32(values.reshape(-1).view(np.uint8)) if values.size else 0


def _header(folder: Path) -> dict[str, Any] | None:
    """Return the header of a folder whose files have the sizes it says; else none."""
    try:
        seal, _, body = (folder / HEADER).read_text(encoding="utf-8").partition("\n")
        if hashlib.sha256(body.encode()).hexdigest() != seal:
            return None
        header = json.loads(body)
        if header["form"] != _form() or header["key"] != folder.name:
            return None
        kinds = FIELDS | DERIVED
        for name, about in header["sets"].items():
            for array, facts in about["arrays"].items():
                values = _array(folder, name, array)
                if list(values.shape) != facts["shape"] or values.dtype != kinds[array]:
                    return None
    except (OSError, ValueError, KeyError):
        return None
    return header


def _sound(folder: Path) -> StoredZones | None:
    """Return what is kept in a folder, every byte checked; none where it is not whole."""
    header = _header(folder)
    if header is None:
        return None
    for name, about in header["sets"].items():
        for array, facts in about["arrays"].items():
            if _crc(_array(folder, name, array)) != facts["crc"]:
                return None
    return _opened(folder, header)


def _opened(folder: Path, header: dict[str, Any]) -> StoredZones:
    columns, notes = header["columns"], tuple(header["notes"])
    return StoredZones(folder, header["plane"], columns, notes, APART in header["sets"])


def _array(folder: Path, name: str, array: str) -> NDArray:
    # Copy on write: the pages are shared as read-only ones are, the file cannot be
    # changed, and compiled loops take the array for an ordinary one.
    return np.asarray(np.load(folder / f"{name}-{array}.npy", mmap_mode="c", allow_pickle=False))


def _mapped(folder: Path, name: str) -> ManyZones:
    header = _header(folder)
    if header is None:
        raise LayerError(say("overlay.unseen", folder=folder))
    about = header["sets"][name]
    if about["lattice"] is None:
        return ManyZones(())
    arrays = {array: _array(folder, name, array) for array in about["arrays"]}
    cells = Cells(Lattice(**about["lattice"]), **{name: arrays[name] for name in FIELDS})
    vars(cells).update({name: arrays[name] for name in DERIVED})
    return ManyZones.of_cells(cells)


def _evict(cache: Path) -> None:
    """Remove the layers that were not used for longest; what is mapped stays until let go."""
    places = [place for place in cache.iterdir() if not place.name.startswith(".")]
    places.sort(key=lambda place: place.stat().st_mtime, reverse=True)
    for place in places[KEPT:]:
        shutil.rmtree(place, ignore_errors=True)
