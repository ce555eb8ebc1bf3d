"""What the desk does between its page and its store: reviews, repeats, reports, lists."""

import datetime as dt
import secrets
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from layers.errors import WorkspaceError
from layers.words import say
from maps.desk.around import MAP
from maps.desk.bounded import Bounded
from maps.desk.marks import Watch
from maps.desk.store import Kept, Site, Store, StoreError, now
from maps.desk.uploads import Uploads
from maps.report import FORMS, NAME

LISTED = 200
"""Rows of a list; the search narrows it."""

SOURCE_SIGNS = 200

LEFT_S = 24 * 3600.0
"""A review that is not done by then never will be."""


class Office:
    """One desk: a workspace, and a folder with what was reviewed and decided.

    ``runs/<id>`` of the folder has what was given and the results; it appears whole or not at all.
    """

    def __init__(
        self, workspace: Path, data: Path, bounded: Bounded, rules: Sequence[Path] = ()
    ) -> None:
        """Open the folder, made where it is missing; ``rules`` are folders of further rules.

        Raises:
            WorkspaceError: it cannot be written.
            StoreError: its database is none, or of another version.

        """
        self.workspace = workspace.resolve()
        self._runs = data.resolve() / "runs"
        try:
            self._runs.mkdir(parents=True, exist_ok=True)
            self.uploads = Uploads(data.resolve() / "incoming")
            self._sweep()
        except OSError as error:
            reason = error.strerror or error
            raise WorkspaceError(say("desk.folder", folder=data, reason=reason)) from error
        self.store = Store(data)
        self.bounded = bounded
        self._watch = Watch(self.workspace, self._runs, rules)

    def _sweep(self) -> None:
        """Delete what a desk that was killed left half done."""
        old = time.time() - LEFT_S
        for folder in self._runs.glob(".*"):
            if folder.stat().st_mtime < old:
                shutil.rmtree(folder, ignore_errors=True)

    def review(self, asked: Mapping[str, Any], uploads: Sequence[str]) -> str:
        """Review what was uploaded or pasted, keep it, and return the id.

        Raises:
            UploadError: a file is not there any more.
            BusyError, JobError: see ``Bounded.run``.

        """
        pasted = bool(asked["pasted"].strip())
        if uploads and pasted:
            raise StoreError(say("desk.both_given"))
        if not uploads and not pasted:
            raise StoreError(say("desk.nothing_given"))
        return self._made(asked, lambda folder: self.uploads.move(uploads, folder), None)

    def again(self, review: str, day: str) -> str:
        """Review the same input once more, on a day of decision; return the new id.

        Raises:
            UnknownError: there is no such review.
            StoreError: its files are lost.
            BusyError, JobError: see ``Bounded.run``.

        """
        before = self.store.review(review)
        kept = self._runs / before.id

        def copied(folder: Path) -> dict[str, str]:
            try:
                for name in before.basis["files"]:
                    shutil.copyfile(kept / name, folder / name)
            except OSError as error:
                raise StoreError(say("desk.lost")) from error
            return {str(folder / name): text for name, text in before.basis["names"].items()}

        return self._made({**before.asked, "day": day}, copied, before)

    def _made(
        self, asked: Mapping[str, Any], fill: Callable[[Path], dict[str, str]], before: Kept | None
    ) -> str:
        key = secrets.token_hex(12)
        hidden = self._runs / f".{key}"
        hidden.mkdir()
        try:
            files = fill(hidden)
            pasted = asked["pasted"]
            job = {**asked, "what": "review",
                   "folder": str(hidden), "files": {} if pasted else files}  # fmt: skip
            done = self.bounded.run(job)
            hidden.rename(self._runs / key)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)
        names = {} if pasted else done["inputs"]
        source = "、".join(names.values()) or asked["name"] or say("desk.pasted_name")
        kept = Kept(
            id=key,
            made_at=now(),
            decided_on=asked["day"],
            source=source[:SOURCE_SIGNS],
            asked=dict(asked),
            basis={**done["basis"], "names": names},
            expires=done["expires"],
            previous=before.id if before else None,
        )
        try:
            self.store.add(kept, [Site(**site) for site in done["sites"]])
        except BaseException:
            shutil.rmtree(self._runs / key, ignore_errors=True)
            raise
        return key

    def shown(self, review: str) -> dict[str, Any]:
        """Return what the page shows of a review: sites, decisions, and whether it still holds.

        Raises:
            UnknownError: there is no such review.

        """
        kept, everything = self.store.review(review), self.store.reviews()
        histories: dict[str, list[dict[str, Any]]] = {}
        for decision in self.store.decisions(review):
            histories.setdefault(decision.site, []).append(asdict(decision))
        later = [other.id for other in everything if other.previous == review]
        return {
            "id": kept.id,
            "made_at": kept.made_at,
            "decided_on": kept.decided_on,
            "source": kept.source,
            "expires": kept.expires,
            "previous": kept.previous,
            "later": later,
            "marks": self._marks(kept, everything),
            "understood": kept.basis.get("understood", ""),
            "whole": (self._runs / review / f"{NAME}.html").is_file(),
            "sites": [
                {**row, "history": histories.get(row["site"], [])}
                for row in self.store.found(review)
            ],
        }

    def _marks(self, kept: Kept, everything: Sequence[Kept]) -> list[str]:
        others = [other for other in everything if other.id != kept.id]
        return self._watch.reasons(kept, others, dt.datetime.now().astimezone().date())

    def listed(self, search: Mapping[str, str]) -> dict[str, Any]:
        """Return the sites that a search finds, newest review first, and how many there are."""
        everything = self.store.reviews()
        repeated = {kept.previous for kept in everything if kept.previous}
        words = search["text"].casefold().split()
        rows = [row for row in self.store.found() if _matches(row, words, search)]
        kept = {one.id: one for one in everything}
        marked = search["verdict"] == "mark"
        asked = {row["review"] for row in (rows if marked else rows[:LISTED])}
        marks = {key: self._marks(kept[key], everything) for key in asked}
        if marked:
            rows = [row for row in rows if marks[row["review"]] and row["review"] not in repeated]
        listed = [
            {**row, "marks": marks[row["review"]], "repeated": row["review"] in repeated}
            for row in rows[:LISTED]
        ]
        return {"count": len(rows), "rows": listed}

    def report(self, review: str, form: str) -> Path:
        """Return a form of a review's report, written when it is first asked for.

        Raises:
            UnknownError: there is no such review.
            StoreError: there is no such form, or the result is lost.
            BusyError, JobError: see ``Bounded.run``.

        """
        folder = self._runs / self.store.review(review).id
        if form not in FORMS:
            raise StoreError(say("desk.form_unknown", expected="、".join(FORMS)))
        file = folder / f"{NAME}.{form}"
        if not file.is_file():
            if not (folder / f"{NAME}.json").is_file():
                raise StoreError(say("desk.lost"))
            job = {"what": "form", "folder": str(folder), "form": form}
            self.bounded.run(job)
        return file

    def map(self, review: str) -> Path:
        """Return what the page's map draws of a review.

        Raises:
            UnknownError: there is no such review.
            StoreError: the result is lost.

        """
        file = self._runs / self.store.review(review).id / MAP
        if not file.is_file():
            raise StoreError(say("desk.lost"))
        return file


def _matches(row: Mapping[str, Any], words: Sequence[str], search: Mapping[str, str]) -> bool:
    text = " ".join(str(row[key]) for key in ("site", "name", "source", "activity", "reviewer"))
    verdict = search["verdict"]
    return (
        all(word in text.casefold() for word in words)
        and search["state"] in {"", row["state"]}
        and search["effect"] in {"*", row["effect"]}
        and (verdict in {"", "mark", row["verdict"]} or (verdict == "open" and not row["verdict"]))
        and search["after"] <= row["made_at"][:10]
        and (not search["before"] or row["made_at"][:10] <= search["before"])
    )
