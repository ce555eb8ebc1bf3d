"""Files that appear together and whole, or not at all."""

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from layers.errors import ShanheError, WorkspaceError
from layers.words import say

COMPANIONS = {
    ".gpkg": ("-wal", "-shm", "-journal"),
    ".shp": (".qix", ".sbn", ".sbx", ".idm", ".ind", ".qpj", ".shp.xml"),
}
"""What programs leave beside a file: an index or a journal of the old one spoils a new one."""


@contextmanager
def together(out: Path, *, sources: Collection[Path] = ()) -> Iterator[Path]:
    """Yield a hidden folder; when the block ends, its files move beside ``out``.

    A file that is there is replaced, but for the ``sources`` of what is written.

    Raises:
        WorkspaceError: the folder of ``out`` is missing or may not be written, or a file
            must not be replaced; nothing was.

    """
    try:
        with tempfile.TemporaryDirectory(prefix=".", dir=out.parent) as name:
            try:
                yield Path(name)
            except ShanheError as error:
                # who writes knows the hidden folder only
                raise type(error)(str(error).replace(name, str(out.parent))) from error
            parts = sorted(Path(name).iterdir())
            targets = [out.parent / part.name for part in parts]
            for target in targets:
                _refuse_taken(target, targets, sources)
            for part, target in zip(parts, targets, strict=True):
                part.replace(target)
    except OSError as error:
        raise WorkspaceError(
            say("error.out_failed", path=out, reason=error.strerror or error)
        ) from error


def _refuse_taken(target: Path, targets: list[Path], sources: Collection[Path]) -> None:
    """Refuse to write over a folder, over what is read, or beside the leavings of an old file."""
    if target.is_dir():
        raise WorkspaceError(say("export.folder", path=target))
    if any(target.exists() and source.exists() and target.samefile(source) for source in sources):
        raise WorkspaceError(say("export.source", path=target))
    for ending in COMPANIONS.get(target.suffix.lower(), ()):
        base = target if ending.startswith("-") else target.with_suffix("")
        beside = base.with_name(base.name + ending)
        if beside.exists() and beside not in targets:
            raise WorkspaceError(say("export.companion", path=target, beside=beside.name))
