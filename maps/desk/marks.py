"""Which reviews must be done again, because what they rest on is not as it was."""

import datetime as dt
import threading
from collections.abc import Collection, Sequence
from pathlib import Path

from layers.errors import ShanheError
from layers.register import Layer, file_sha256
from layers.words import say
from layers.workspace import Workspace
from maps.desk.basis import basis_layers, book_sha256
from maps.desk.ready import State, rule_files, state_of
from maps.desk.store import Kept, minute
from zoning import rules


class Watch:
    """Compares reviews with the workspace, the rules and the files as they are now.

    Cheap: a file is read again only where its time of change or its size is another.
    """

    def __init__(self, workspace: Path, runs: Path, folders: Sequence[Path] = ()) -> None:
        """Take the folders of the workspace, of the reviews and of further rules."""
        self._folder, self._runs, self._folders = workspace, runs, tuple(folders)
        self._lock = threading.Lock()
        self._hashes: dict[Path, tuple[State | None, str]] = {}
        self._workspace: tuple[object, Workspace] | None = None
        self._pack: tuple[object, rules.Pack] | None = None
        self._books: dict[tuple[str, int], str] = {}

    def reasons(self, review: Kept, others: Collection[Kept], today: dt.date) -> list[str]:
        """Return why a review must be done again; nothing where it holds."""
        with self._lock:
            try:
                found = [*self._layers(review), *self._rules(review)]
            except ShanheError as error:
                found = [say("desk.mark.unreadable", reason=error)]
        found += self._files(review, others)
        if review.expires and review.expires <= today.isoformat():
            found.append(say("desk.mark.expired", day=review.expires))
        return found

    def _layers(self, review: Kept) -> list[str]:
        workspace = self._opened()
        before = review.basis["layers"]
        after = basis_layers(workspace, review.basis["kinds"], set(before), self._fingerprint)
        changed = [
            (before.get(key) or after[key])["title"]
            for key in sorted(before.keys() | after.keys())
            if before.get(key) != after.get(key)
        ]
        return [say("desk.mark.layers", names="、".join(changed))] if changed else []

    def _fingerprint(self, layer: Layer) -> str:
        return self._sha256(self._folder / layer.path) if layer.path else ""

    def _sha256(self, path: Path) -> str:
        state = state_of(path) if path.is_file() else None
        if self._hashes.get(path, ((), ""))[0] != state:
            self._hashes[path] = (state, file_sha256(path) if state else "")
        return self._hashes[path][1]

    def _rules(self, review: Kept) -> list[str]:
        workspace, pack = self._opened(), self._loaded()
        key = review.decided_on, id(pack)
        if key not in self._books:
            day = dt.date.fromisoformat(review.decided_on)
            self._books[key] = book_sha256(workspace, pack, day)
        same = self._books[key] == review.basis["rules"]
        return [] if same else [say("desk.mark.rules", day=review.decided_on)]

    def _files(self, review: Kept, others: Collection[Kept]) -> list[str]:
        found = []
        folder = self._runs / review.id
        with self._lock:
            changed = any(
                self._sha256(folder / name) != sha256
                for name, sha256 in review.basis["files"].items()
            )
        if changed:
            found.append(say("desk.mark.copy"))
        newer = [
            other
            for other in others
            if other.source == review.source
            and not other.asked["pasted"]
            and other.made_at > review.made_at
            and other.basis["inputs"] != review.basis["inputs"]
        ]
        if newer and not review.asked["pasted"]:
            found.append(say("desk.mark.file", source=review.source, time=minute(newer[0].made_at)))
        return found

    def _opened(self) -> Workspace:
        state = tuple(state_of(self._folder / name) for name in ("area.toml", "register.toml"))
        if self._workspace is None or self._workspace[0] != state:
            self._workspace = state, Workspace(self._folder)
            self._books.clear()
        return self._workspace[1]

    def _loaded(self) -> rules.Pack:
        state = tuple((path, state_of(path)) for path in rule_files(self._folders))
        if self._pack is None or self._pack[0] != state:
            self._pack = state, rules.load(self._folders)
            self._books.clear()
        return self._pack[1]
