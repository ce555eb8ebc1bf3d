"""What the desk keeps: reviews, their sites, and what reviewers decided of them, in SQLite.

The machine's result is never written over: a decision is a row of its own beside it, and rows of
decisions are only ever added. What ``decide`` has returned survives a kill at any moment: the
journal is written ahead (WAL) and is on the disk before the answer (synchronous=FULL).
"""

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from layers.errors import ShanheError
from layers.words import say

FILE = "desk.sqlite"
SCHEMA = 1
BUSY_S = 20.0
"""How long one writer waits for another."""

ACCEPT, REJECT, OVERRIDE = "accept", "reject", "override"
VERDICTS = (ACCEPT, REJECT, OVERRIDE)

SIGNS = {"reviewer": 60, "reason": 2000}
"""Characters of what a reviewer types."""

_TABLES = """
CREATE TABLE IF NOT EXISTS reviews (
  id TEXT PRIMARY KEY, made_at TEXT NOT NULL, decided_on TEXT NOT NULL, source TEXT NOT NULL,
  asked TEXT NOT NULL, basis TEXT NOT NULL, expires TEXT, previous TEXT REFERENCES reviews(id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sites (
  review TEXT NOT NULL REFERENCES reviews(id), id TEXT NOT NULL, rank INTEGER NOT NULL,
  name TEXT NOT NULL, activity TEXT NOT NULL, effect TEXT NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (review, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS decisions (
  review TEXT NOT NULL, site TEXT NOT NULL, version INTEGER NOT NULL CHECK (version > 0),
  verdict TEXT NOT NULL CHECK (verdict IN ('accept', 'reject', 'override')),
  reason TEXT NOT NULL, reviewer TEXT NOT NULL, made_at TEXT NOT NULL,
  PRIMARY KEY (review, site, version),
  FOREIGN KEY (review, site) REFERENCES sites(review, id)
) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS decisions_stay BEFORE UPDATE ON decisions
  BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END;
CREATE TRIGGER IF NOT EXISTS decisions_remain BEFORE DELETE ON decisions
  BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END;
"""

_FOUND = """
SELECT r.id AS review, r.made_at, r.decided_on, r.source, r.previous, s.id AS site, s.rank,
  s.name, s.activity, s.effect, s.state, coalesce(d.version, 0) AS version,
  coalesce(d.verdict, '') AS verdict, coalesce(d.reviewer, '') AS reviewer
FROM sites s JOIN reviews r ON r.id = s.review
LEFT JOIN decisions d ON d.review = s.review AND d.site = s.id AND d.version = (
  SELECT max(version) FROM decisions WHERE review = s.review AND site = s.id)
"""


class StoreError(ShanheError):
    """The database cannot be used, or what is asked of it makes no sense."""


class UnknownError(StoreError):
    """There is no such review, or no such site in it."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site of a review as the list shows it; codes as in ``zoning.review.model``."""

    id: str
    rank: int
    name: str
    activity: str
    effect: str
    state: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A review as it is kept.

    Attributes:
        id: random; the name of its folder.
        made_at: when, ISO 8601 with the offset.
        decided_on: the day whose rules were applied, ISO 8601.
        source: what the user gave, as text.
        asked: what the user chose, so that it can be run again.
        basis: what it rests on, with hashes, so that changes are seen.
        expires: the first day on which the rules are others; ``None`` where none is known.
        previous: the review that it repeats.

    """

    id: str
    made_at: str
    decided_on: str
    source: str
    asked: Mapping[str, Any]
    basis: Mapping[str, Any]
    expires: str | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer decided of a site; ``version`` counts from 1 for each site."""

    review: str
    site: str
    version: int
    verdict: str
    reason: str
    reviewer: str
    made_at: str


class StaleError(ShanheError):
    """Somebody else decided in between; ``latest`` is that decision."""

    def __init__(self, latest: Decision) -> None:
        """Keep the decision that was not seen."""
        super().__init__(say("desk.stale", reviewer=latest.reviewer, time=minute(latest.made_at)))
        self.latest = latest


class Store:
    """The desk's database; may be used from several threads and processes at once."""

    def __init__(self, folder: Path) -> None:
        """Open the database of a folder, made where it is missing.

        Raises:
            StoreError: the file is no database of this version, or cannot be written.

        """
        self._file = folder / FILE
        with self._connected() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version not in {0, SCHEMA}:
                raise StoreError(say("desk.schema", file=self._file, found=version, wanted=SCHEMA))
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {SCHEMA}; COMMIT;")

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection of its own: none is shared, so nobody sees half of a change."""
        db = None
        try:
            db = sqlite3.connect(self._file, timeout=BUSY_S, isolation_level=None)
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            yield db
        except sqlite3.Error as error:
            raise StoreError(say("desk.database", file=self._file, reason=error)) from error
        finally:
            if db is not None:
                db.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that no other one writes beside; all is kept or nothing."""
        with self._connected() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def add(self, review: Kept, sites: Sequence[Site]) -> None:
        """Keep a review and its sites."""
        row = asdict(review)
        for name in ("asked", "basis"):
            row[name] = json.dumps(row[name], ensure_ascii=False, sort_keys=True)
        with self._writing() as db:
            db.execute(
                "INSERT INTO reviews VALUES (:id, :made_at, :decided_on, :source, :asked, :basis,"
                " :expires, :previous)",
                row,
            )
            db.executemany(
                "INSERT INTO sites VALUES (:review, :id, :rank, :name, :activity, :effect, :state)",
                [{"review": review.id, **asdict(site)} for site in sites],
            )

    def review(self, review: str) -> Kept:
        """Return a review.

        Raises:
            UnknownError: there is none with this id.

        """
        with self._connected() as db:
            row = db.execute("SELECT * FROM reviews WHERE id = ?", (review,)).fetchone()
        if row is None:
            raise UnknownError(say("desk.unknown_review"))
        return _kept(row)

    def reviews(self) -> list[Kept]:
        """Return all reviews, the newest first."""
        with self._connected() as db:
            rows = db.execute("SELECT * FROM reviews ORDER BY made_at DESC, id").fetchall()
        return [_kept(row) for row in rows]

    def found(self, review: str = "") -> list[dict[str, Any]]:
        """Return the sites of a review, or of all: as listed, with the latest decision's words."""
        where = "WHERE r.id = ? " if review else ""
        order = "ORDER BY r.made_at DESC, r.id, s.rank"
        with self._connected() as db:
            rows = db.execute(_FOUND + where + order, (review,) if review else ()).fetchall()
        return [dict(row) for row in rows]

    def decisions(self, review: str) -> list[Decision]:
        """Return all decisions of a review's sites, by site, in the order they were made."""
        with self._connected() as db:
            rows = db.execute(
                "SELECT * FROM decisions WHERE review = ? ORDER BY site, version", (review,)
            ).fetchall()
        return [Decision(**dict(row)) for row in rows]

    def decide(  # noqa: PLR0913 - what a decision consists of
        self, review: str, site: str, *, seen: int, verdict: str, reason: str, reviewer: str
    ) -> Decision:
        """Add a decision, and return it once it cannot be lost any more.

        Args:
            review: the review.
            site: the id of a site in it.
            seen: the version of the latest decision that the reviewer saw; 0 for none.
            verdict: one of ``VERDICTS``.
            reason: why; must not be empty.
            reviewer: who; must not be empty.

        Raises:
            StaleError: there is a later decision than the one seen.
            UnknownError: there is no such site.
            StoreError: the verdict is unknown, or reason or name is missing or too long.

        """
        typed = {"reason": reason.strip(), "reviewer": reviewer.strip()}
        _check(verdict, typed)
        made_at = now()
        with self._writing() as db:
            known = db.execute("SELECT 1 FROM sites WHERE review = ? AND id = ?", (review, site))
            if known.fetchone() is None:
                raise UnknownError(say("desk.unknown_site"))
            latest = db.execute(
                "SELECT * FROM decisions WHERE review = ? AND site = ?"
                " ORDER BY version DESC LIMIT 1",
                (review, site),
            ).fetchone()
            if latest is not None and latest["version"] != seen:
                raise StaleError(Decision(**dict(latest)))
            if latest is None and seen:
                raise StoreError(say("desk.seen", value=seen))
            made = Decision(review, site, seen + 1, verdict, made_at=made_at, **typed)
            db.execute(
                "INSERT INTO decisions VALUES (:review, :site, :version, :verdict, :reason,"
                " :reviewer, :made_at)",
                asdict(made),
            )
        return made


def now() -> str:
    """Return the time on this machine's clock, with its offset."""
    return dt.datetime.now().astimezone().isoformat(timespec="milliseconds")


def minute(made_at: str) -> str:
    """Return a time as people read it.

    >>> minute("2026-11-22T08:05:09.123+08:00")
    '2026-11-22 08:05'
    """
    return made_at[:16].replace("T", " ")


def _kept(row: sqlite3.Row) -> Kept:
    values = dict(row)
    return Kept(**values | {name: json.loads(values[name]) for name in ("asked", "basis")})


def _check(verdict: str, typed: Mapping[str, str]) -> None:
    if verdict not in VERDICTS:
        raise StoreError(say("desk.verdict_unknown", expected="、".join(VERDICTS)))
    for name, text in typed.items():
        if not text or len(text) > SIGNS[name]:
            label = say("desk.field.reason") if name == "reason" else say("desk.field.reviewer")
            raise StoreError(say("desk.typed", field=label, limit=SIGNS[name]))
