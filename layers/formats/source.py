"""What a reader hands back, and the two ways in which it says no."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import geopandas as gpd

from layers.errors import LayerError
from layers.outlines import Outlines
from layers.words import say

SHOWN = 40
"""Characters of a cell that a message quotes; a hostile cell may hold megabytes."""

MAX_TEXT_BYTES = 512 << 20
"""Bytes of a text file (CSV, KML, survey TXT) that is taken into memory whole. A million rows
of a table take about 0.1 GB; decoded and split, half a gigabyte takes some 4 GB."""

MAX_ATTRIBUTE_BYTES = 64 << 20
"""Bytes of one attribute or one GeoJSON feature. The largest real outlines (a province's, a
million points) take about 40 MB as text."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A feature that could not be used: its row number or parcel id, and the reason."""

    file: str
    feature: str
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """What a file holds: ``read == len(frame) + len(rejects)``.

    ``frame`` has the columns of the file under the file's names and the
    geometry in the file's own CRS; ``frame.crs`` is what the file says, or
    ``None`` where it says nothing. ``notes`` say what the reader chose. Only a
    database fills ``sha256`` (of its rows) and ``curved`` (positions in ``frame`` of
    features that were arcs): of a file both are found without its reader. Where there are
    ``outlines``, the geometries are these, and ``frame`` has none yet.
    """

    frame: gpd.GeoDataFrame
    read: int
    rejects: tuple[Reject, ...]
    notes: tuple[str, ...]
    sha256: str = ""
    curved: frozenset[int] = frozenset()
    outlines: Outlines | None = None

    def built(self) -> "Source":
        """Return the same with geometries in ``frame``."""
        if self.outlines is None:
            return self
        shapes, crs = self.outlines.geometries(), self.outlines.crs
        frame = self.frame.set_geometry(gpd.array.from_shapely(shapes, crs=crs))
        return replace(self, frame=frame, outlines=None)


def refuse(key: str, **fields: object) -> NoReturn:
    """Raise a LayerError with a text of ``[format.refused]``."""
    raise LayerError(say(f"format.refused.{key}", **fields))


def note(key: str, **fields: object) -> str:
    """Return a text of ``[format.note]``."""
    return say(f"format.note.{key}", **fields)


def reject(path: Path, feature: object, key: str, **fields: object) -> Reject:
    """Return a Reject with a reason of ``[format.reason]``."""
    return Reject(str(path), str(feature), say(f"format.reason.{key}", **fields))


def quoted(value: object) -> str:
    """Return a value as a message may show it: one line, cut short."""
    text = " ".join(str(value)[: SHOWN * 2].split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a text file.

    Raises:
        LayerError: the file is larger than MAX_TEXT_BYTES or cannot be read.

    """
    try:
        size = path.stat().st_size
        if size > MAX_TEXT_BYTES:
            refuse("too_large", file=path, size=size >> 20, limit=MAX_TEXT_BYTES >> 20)
        return path.read_bytes()
    except OSError as error:
        raise LayerError(
            say("format.refused.unreadable", file=path, reason=error.strerror)
        ) from error


def decoded(raw: bytes, path: Path, encoding: str) -> tuple[str, str]:
    """Return a text and its encoding: as stated, else by its mark, else UTF-8, then GB18030.

    UTF-8 goes first, strictly: GB18030 forced on UTF-8 gives wrong text
    without an error.

    Raises:
        LayerError: the bytes are no text in the stated encoding, or in any of these.

    """
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    choices = (encoding,) if encoding else ("utf-16",) if marked else ("utf-8-sig", "gb18030")
    for choice in choices:
        try:
            text = raw.decode(choice)
        except LookupError as error:
            raise LayerError(
                say("format.refused.encoding_unknown", file=path, value=quoted(encoding))
            ) from error
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            refuse("nul", file=path, row=text.count("\n", 0, text.index("\0")) + 1)
        return text, choice
    return refuse("encoding", file=path, value="、".join(choices))


@contextmanager
def steady(path: Path) -> Iterator[None]:
    """Refuse what was read when the file, or one that belongs to it, changed meanwhile.

    Raises:
        LayerError: a size or a time of change differs between start and end.

    """
    before = _state(path)
    yield
    if _state(path) != before:
        refuse("changed", file=path)


def _state(path: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of change of the file and of those that belong to it."""
    if path.is_dir():
        parts = [other for other in path.rglob("*") if other.is_file()]
    elif path.suffix.lower() == ".shp":
        parts = [other for other in path.parent.iterdir() if other.stem == path.stem]
    else:
        parts = [path]
    states = {}
    for part in parts:
        if part.suffix.lower() == ".lock":
            # FileGDB: whoever looks at it, we too, leaves locks that hold no data
            continue
        try:
            stat = part.stat()
        except OSError:
            # gone between the listing and here: not in the second state, or not in the first
            continue
        states[str(part)] = (stat.st_size, stat.st_mtime_ns)
    return states
