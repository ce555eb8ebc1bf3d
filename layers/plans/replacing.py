"""Several files of a folder that change together: all of them, or none."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from layers.errors import WorkspaceError
from layers.words import say


def replace_all(folder: Path, files: Mapping[Path, bytes]) -> None:
    """Give files their new bytes, in order; those that have them already are left alone.

    Everything is written aside first, so that a full disk changes nothing. Where a file cannot be
    moved to its place, those moved before it are put back. A program that is stopped in between
    leaves the first files new and the rest old: the caller puts last the file that counts.

    Args:
        folder: holds all the files, in it or in a folder below it.
        files: new bytes by path.

    Raises:
        WorkspaceError: a file cannot be written; nothing was.

    """
    changed = {
        path: raw for path, raw in files.items() if not path.is_file() or path.read_bytes() != raw
    }
    try:
        with tempfile.TemporaryDirectory(prefix=".", dir=folder) as aside:
            _move(Path(aside), changed)
    except OSError as error:
        raise WorkspaceError(
            say("error.out_failed", path=folder, reason=error.strerror or error)
        ) from error


def _move(aside: Path, files: Mapping[Path, bytes]) -> None:
    for number, (path, raw) in enumerate(files.items()):
        (aside / f"{number}.new").write_bytes(raw)
        path.parent.mkdir(exist_ok=True)
        if path.exists():
            shutil.copy2(path, aside / f"{number}.old")
    moved: list[tuple[Path, Path]] = []
    try:
        for number, path in enumerate(files):
            (aside / f"{number}.new").replace(path)
            moved.append((aside / f"{number}.old", path))
    except BaseException:
        for old, path in reversed(moved):
            if old.exists():
                old.replace(path)
            else:
                path.unlink()
        raise
