# ruff: noqa: E501 - a row a case
"""What the desk keeps: decisions are added, never lost, never written over."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from maps.desk.store import FILE, Kept, Site, StaleError, Store, StoreError, UnknownError

ROOT = Path(__file__).parents[1]
REVIEW = Kept("r1", "2026-11-22T08:00:00+08:00", "2026-08-15", "地块.txt", {"crs": ""}, {"a": 1})
SITES = (
    Site("甲", 1, "甲地块", "mine", "prohibited", "hit"),
    Site("乙", 2, "乙地块", "road", "", "unchecked"),
)


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path)
    made.add(REVIEW, SITES)
    return made


def decide(store, seen, *, site="甲", **more):
    said = {"verdict": "accept", "reason": "符合", "reviewer": "张三", **more}
    return store.decide("r1", site, seen=seen, **said)


def test_a_review_comes_back_as_it_was_kept(store, tmp_path):
    assert store.review("r1") == REVIEW
    assert Store(tmp_path).reviews() == [REVIEW]
    rows = store.found()
    assert [(row["site"], row["version"], row["verdict"]) for row in rows] == [
        ("甲", 0, ""), ("乙", 0, ""),
    ]  # fmt: skip
    assert store.found("no") == []


def test_decisions_are_a_history_and_the_latest_one_is_listed(store):
    decide(store, 0)
    decide(store, 1, verdict="override", reason=" 规划已调整 ", reviewer="李四")
    history = store.decisions("r1")
    assert [(one.version, one.verdict, one.reason) for one in history] == [
        (1, "accept", "符合"), (2, "override", "规划已调整"),
    ]  # fmt: skip
    first = store.found("r1")[0]
    assert (first["version"], first["verdict"], first["reviewer"]) == (2, "override", "李四")
    assert first["effect"] == "prohibited"


def test_a_stale_decision_is_refused_and_shows_the_other(store):
    decide(store, 0, reviewer="李四")
    with pytest.raises(StaleError, match="李四") as caught:
        decide(store, 0, verdict="reject")
    assert caught.value.latest.verdict == "accept"
    assert len(store.decisions("r1")) == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE decisions SET reason = 'x'", "DELETE FROM decisions"]
)
def test_nobody_can_change_a_decision_even_by_hand(store, tmp_path, statement):
    decide(store, 0)
    with sqlite3.connect(tmp_path / FILE) as db, pytest.raises(sqlite3.IntegrityError):
        db.execute(statement)
    db.close()
    assert store.decisions("r1")[0].reason == "符合"


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"site": "丙"}, UnknownError), ({"verdict": "maybe"}, StoreError),
        ({"reason": "  "}, StoreError), ({"reviewer": ""}, StoreError),
        ({"reason": "长" * 2001}, StoreError), ({"seen": 3}, StoreError),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(store, more, error):
    with pytest.raises(error):
        decide(store, **{"seen": 0, **more})
    assert store.decisions("r1") == []


def test_two_at_once_never_overwrite_each_other(store, tmp_path):
    stores = [Store(tmp_path) for _ in range(8)]

    def once(at):
        try:
            return decide(stores[at], 0, reviewer=f"第{at}人").reviewer
        except StaleError as error:
            return error.latest

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(once, range(8)))
    (kept,) = store.decisions("r1")
    assert [one for one in said if isinstance(one, str)] == [kept.reviewer]
    assert [one for one in said if not isinstance(one, str)] == [kept] * 7


def test_a_review_is_kept_whole_or_not_at_all(store):
    with pytest.raises(StoreError):
        store.add(Kept("r2", "", "", "", {}, {}), [SITES[0], SITES[0]])
    with pytest.raises(UnknownError):
        store.review("r2")


CHILD = """
import sys, json
from pathlib import Path
from maps.desk.store import Store
store = Store(Path(sys.argv[1]))
for seen in range(10**6):
    made = store.decide("r1", "甲", seen=seen, verdict="accept", reason=f"第{seen}次", reviewer="张三")
    print(json.dumps(made.version), flush=True)
"""


@pytest.mark.parametrize("confirmed", [1, 5, 23])
def test_a_kill_right_after_the_answer_loses_nothing(store, tmp_path, confirmed):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8", env={**os.environ},
    )  # fmt: skip
    said = 0
    for line in child.stdout:
        said = json.loads(line)
        if said == confirmed:
            break
    child.send_signal(signal.SIGKILL)
    said = max([said, *map(json.loads, child.stdout)])
    child.wait()
    child.stdout.close()
    kept = Store(tmp_path).decisions("r1")
    assert [one.version for one in kept] == list(range(1, len(kept) + 1))
    assert said <= len(kept) <= said + 1
    assert decide(store, len(kept)).version == len(kept) + 1


def test_a_database_of_another_version_or_none_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(StoreError, match="9"):
        Store(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / FILE).write_bytes(b"no database at all" * 99)
    with pytest.raises(StoreError, match="other"):
        Store(tmp_path / "other")
