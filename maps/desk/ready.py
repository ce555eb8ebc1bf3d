"""A workspace read before anybody asks: its layers, their indexes and the rules.

What was read is used only while every file that it came from is as it was.
"""

import contextlib
import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

from layers.connection import Connection
from layers.workspace import Workspace
from zoning import rules
from zoning.review import engine
from zoning.review.model import Activity, Site
from zoning.review.sites import Sites

State = tuple[int, int, int]
Files = tuple[tuple[Path, State | None], ...]
Held = tuple[Workspace, rules.Pack]

TRIED_DEGREES = 0.001
"""Half the side of a site that nobody sees: asking for it reads every layer and makes its index."""


class Ready:
    """One workspace with its rules, read beforehand."""

    def __init__(self, folder: Path, folders: Sequence[Path] = ()) -> None:
        """Take the workspace's folder and those of further rules; nothing is read yet."""
        self._folder, self._folders = folder, tuple(folders)
        self._held: tuple[Files, Held] | None = None

    def prepare(self) -> None:
        """Read the workspace; one that is wrong is told to whoever asks."""
        with contextlib.suppress(Exception):
            files, (workspace, pack) = self._opened()
            place = workspace.boundary.representative_point().buffer(TRIED_DEGREES)
            tried = Site("1", "1", place, None, Activity(), "", "1", area_m2=1.0)
            sites = Sites((tried,), (), 1, (), (), {})
            engine.review(workspace, sites, day=dt.date.today(), pack=pack)  # noqa: DTZ011
            if not any(isinstance(layer.path, Connection) for layer in workspace.layers):
                self._held = files, (workspace, pack)

    def held(self) -> Held:
        """Return the workspace and the rules as the files are now.

        Raises:
            ShanheError: they are wrong.

        """
        if self._held and all(state_of(path) == state for path, state in self._held[0]):
            return self._held[1]
        return self._opened()[1]

    def _opened(self) -> tuple[Files, Held]:
        workspace = Workspace(self._folder)
        # the states first: what changes while it is read is read again
        paths = sorted({*_workspace_files(workspace), *rule_files(self._folders)})
        files = tuple((path, state_of(path)) for path in paths)
        return files, (workspace, rules.load(self._folders))


def _workspace_files(workspace: Workspace) -> Iterator[Path]:
    folder = workspace.folder
    yield from (folder / "area.toml", folder / "register.toml", *folder.glob("*.csv"), folder)
    for layer in workspace.layers:
        place = layer.place(folder)
        if isinstance(place, Connection) or not layer.path:
            continue
        yield place
        yield from place.iterdir() if place.is_dir() else place.parent.glob(f"{place.stem}.*")


def rule_files(folders: Sequence[Path]) -> list[Path]:
    """Return the files that the rules come from, and their folders: a new file counts, too."""
    return [
        path
        for folder in (rules.EMBEDDED, *folders)
        for path in (folder, *sorted(folder.glob("*.toml")))
    ]


def state_of(path: Path) -> State | None:
    """Return what tells whether a file was changed; ``None`` where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
