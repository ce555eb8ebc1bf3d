"""Heavy reading in a process of its own: a bomb ends there, and the server goes on."""

import os
from pathlib import Path

import pytest

from maps.desk.bounded import Bounded, BusyError, JobError, Limits
from tests.desk_county import asking, made_county

MIB = 1 << 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return made_county(tmp_path_factory.mktemp("bounded") / "county")


def job(out, *, file=None, **more):
    out.mkdir(exist_ok=True)
    files = {str(file): "bomb.csv"} if file else {}
    asked = asking(pasted="" if file else asking()["pasted"], **more)
    return {**asked, "what": "review", "folder": str(out), "files": files}


def resident():
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_a_bomb_is_stopped_the_server_stays_small_and_the_next_job_is_done(folder, tmp_path):
    bomb = tmp_path / "0123456789abcdef.csv"
    with bomb.open("w", encoding="utf-8") as out:
        out.write("名称,wkt\n")
        for _ in range(60):
            out.write("甲,POINT(495500 4000500)\n" * 20_000)
    made = Bounded(Limits(memory=256 * MIB, at_once=1), folder)
    before = resident()
    with pytest.raises(JobError, match="内存"):
        made.run(job(tmp_path / "one", file=bomb))
    assert resident() - before < 32 * MIB
    made.close()
    roomy = Bounded(Limits(at_once=1), folder)
    done = roomy.run(job(tmp_path / "two"))
    assert [site["state"] for site in done["sites"]] == ["hit"]
    roomy.close()


def test_what_takes_too_long_is_stopped_and_its_process_is_gone(folder, tmp_path):
    made = Bounded(Limits(seconds=0.05, at_once=1), folder)
    made.start()
    (process,) = made._ready
    with pytest.raises(JobError, match="秒"):
        made.run(job(tmp_path / "out"))
    assert process.returncode is not None
    made.close()


def test_those_for_whom_there_is_no_room_are_told_so(tmp_path):
    for limits in (Limits(waiting=0), Limits(at_once=1, wait_seconds=0.01)):
        made = Bounded(limits, tmp_path)
        made._turn.acquire()
        with pytest.raises(BusyError, match="过一会儿"):
            made.run({})
        made._turn.release()
        made.close()


def test_closing_ends_the_process_that_is_ready(folder):
    made = Bounded(Limits(at_once=1), folder)
    made.start()
    (process,) = made._ready
    made.close()
    assert process.returncode is not None
    made.start()
    assert not made._ready
