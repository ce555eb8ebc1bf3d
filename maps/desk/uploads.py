"""Files from strangers: streamed to the disk under random names, theirs kept as text only."""

import re
import secrets
import shutil
import threading
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from layers.errors import ShanheError
from layers.words import say
from maps.report import numbers

KEPT_S = 3600.0
"""A file that no review asked for by then is deleted."""

MOST_FILES = 64
MOST_BYTES = 4 << 30
"""Of all files that wait or are on their way."""

ROOM_BYTES = 1 << 30
"""What an upload leaves free on the disk."""

CHECK_BYTES = 8 << 20
NAME_SIGNS = 120

PARTS = frozenset({".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".xml"})
"""Files that belong to a Shapefile of the same name."""

_SUFFIX = re.compile(r"\.[a-z0-9]{1,12}")


class UploadError(ShanheError):
    """A file is not there any more, or there is no room for it."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: where it lies, what its sender calls it, and when it came."""

    path: Path
    name: str
    came: float


class Uploads:
    """The files that wait for their review, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; what an earlier run left there is deleted once it is old."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._held: dict[str, Upload] = {}
        self._coming: dict[str, int] = {}
        self._lock = threading.Lock()
        self._sweep()

    async def take(self, name: str, stream: AsyncIterator[bytes]) -> str:
        """Write a file as it comes and return its id.

        Raises:
            UploadError: too many files wait, or too much of them, or the disk is full.

        """
        self._sweep()
        key = secrets.token_hex(16)
        path = self._folder / key
        with self._lock:
            if len(self._held) + len(self._coming) >= MOST_FILES:
                raise UploadError(say("desk.many_files", limit=MOST_FILES))
            self._coming[key] = 0
        try:
            with path.open("xb") as out:
                unchecked = CHECK_BYTES
                async for block in stream:
                    unchecked += len(block)
                    if unchecked >= CHECK_BYTES:
                        unchecked = 0
                        self._check_room(key, out.tell() + len(block))
                    out.write(block)
            with self._lock:
                self._held[key] = Upload(path, shown(name), time.time())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        finally:
            with self._lock:
                del self._coming[key]
        return key

    def _check_room(self, key: str, size: int) -> None:
        """Refuse what would fill the disk: decisions must still find room on it."""
        with self._lock:
            self._coming[key] = size
            paths = [one.path for one in self._held.values()]
            coming = sum(self._coming.values())
        held = sum(path.stat().st_size for path in paths if path.exists())
        if held + coming > MOST_BYTES or shutil.disk_usage(self._folder).free < ROOM_BYTES:
            raise UploadError(say("desk.no_room"))

    def move(self, keys: Sequence[str], folder: Path) -> dict[str, str]:
        """Move files into a folder; return path -> name of those to read.

        Those of one name but for the ending get one random name: they may be one Shapefile.

        Raises:
            UploadError: one is not there any more.

        """
        with self._lock:
            if any(key not in self._held for key in keys) or len(set(keys)) != len(keys):
                raise UploadError(say("desk.gone"))
            taken = [self._held.pop(key) for key in keys]
        stems: dict[str, str] = {}
        shapefiles = {Path(one.name).stem for one in taken if _suffix(one.name) == ".shp"}
        files = {}
        for one in taken:
            own, suffix = Path(one.name).stem, _suffix(one.name)
            part = own in shapefiles and suffix in PARTS
            together = own if own in shapefiles and suffix in {".shp", *PARTS} else str(one.path)
            stem = stems.setdefault(together, secrets.token_hex(8))
            target = folder / f"{stem}{suffix}"
            shutil.move(one.path, target)
            if not part:
                files[str(target)] = one.name
        return files

    def _sweep(self) -> None:
        old = time.time() - KEPT_S
        with self._lock:
            self._held = {key: one for key, one in self._held.items() if one.came > old}
            for path in self._folder.iterdir():
                if path.name not in self._held and path.stat().st_mtime < old:
                    path.unlink(missing_ok=True)


def shown(name: str) -> str:
    r"""Return a stranger's file name as text: its last part, in one line, cut short.

    >>> shown("C:\\甲\\..\\地块.shp"), shown("../../etc/passwd")
    ('地块.shp', 'passwd')
    """
    plain = numbers.plain(re.split(r"[/\\]", name)[-1])
    if len(plain) > NAME_SIGNS:
        suffix = _suffix(plain)
        plain = plain[: NAME_SIGNS - len(suffix) - 1] + "…" + suffix
    return plain or say("desk.no_name")


def _suffix(name: str) -> str:
    found = Path(name).suffix.lower()
    return found if _SUFFIX.fullmatch(found) else ""
