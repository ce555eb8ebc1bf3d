"""Jobs in processes of their own: as many at once as there are cores, bounded in memory and time.

Processes are always getting ready before they are needed, so that nobody waits for imports and
layers. Each does one job and ends: what a stranger's file leaves behind ends with it.
"""

import json
import math
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyogrio

from layers.errors import ShanheError
from layers.formats.vector import DRIVERS
from layers.words import say

ROOT = Path(__file__).parents[2]
READY = 2
NO_PROXY_THERE = "127.0.0.1:1"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may take, and how many wait: bytes, seconds, jobs."""

    memory: int = 4 << 30
    disk: int = 4 << 30
    seconds: float = 300.0
    wait_seconds: float = 60.0
    waiting: int = 16
    at_once: int = os.cpu_count() or 1


class BusyError(ShanheError):
    """Too many jobs are waiting."""


class JobError(ShanheError):
    """A job could not be done; the message is for the user."""


class Bounded:
    """Runs jobs of ``maps.desk.reading``. May be used from several threads."""

    def __init__(self, limits: Limits, workspace: Path, rules: Sequence[Path] = ()) -> None:
        """Take the limits, the workspace that jobs are about, and folders of further rules.

        ``start`` makes the first processes ready.
        """
        self.limits = limits
        self._about = [str(workspace), *map(str, rules)]
        self._turn = threading.BoundedSemaphore(limits.at_once)
        self._lock = threading.Lock()
        self._waiting = 0
        self._ready: deque[subprocess.Popen[bytes]] = deque()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def start(self) -> None:
        """Make processes ready, if none are: who asks twice in a row waits no longer."""
        with self._lock:
            while len(self._ready) < min(READY, self.limits.at_once) and not self._closed:
                self._ready.append(self._process())

    def close(self) -> None:
        """End every process that was started."""
        with self._lock:
            self._closed = True
            processes = [*self._running, *self._ready]
            self._ready.clear()
        for process in processes:
            _end(process)

    def run(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a job answers.

        Raises:
            BusyError: others are at work, and too many wait or for too long.
            JobError: it could not be done, took too long or too much.

        """
        self._wait()
        try:
            process = self._take()
            try:
                return self._answer(process, job)
            finally:
                _end(process)
                with self._lock:
                    self._running.discard(process)
                self.start()
        finally:
            self._turn.release()

    def _wait(self) -> None:
        with self._lock:
            if self._waiting >= self.limits.waiting:
                raise BusyError(say("desk.busy"))
            self._waiting += 1
        try:
            if not self._turn.acquire(timeout=self.limits.wait_seconds):
                raise BusyError(say("desk.busy"))
        finally:
            with self._lock:
                self._waiting -= 1

    def _take(self) -> subprocess.Popen[bytes]:
        with self._lock:
            process = self._ready.popleft() if self._ready else self._process()
            if process.poll() is not None:
                process = self._process()
            self._running.add(process)
            return process

    def _process(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "maps.desk.reading"]
        own = self.limits
        limits = [str(own.memory), str(own.disk), str(math.ceil(own.seconds))]
        return subprocess.Popen(  # noqa: S603 - our own module
            [*command, *limits, *self._about], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=_environment(),
        )  # fmt: skip

    def _answer(self, process: subprocess.Popen[bytes], job: Mapping[str, Any]) -> dict[str, Any]:
        line = json.dumps(job, ensure_ascii=False).encode() + b"\n"
        try:
            said, _ = process.communicate(line, timeout=self.limits.seconds)
        except subprocess.TimeoutExpired as error:
            raise JobError(say("desk.too_slow", seconds=self.limits.seconds)) from error
        try:
            found = json.loads(said)
        except ValueError as error:  # it was ended before it could answer
            raise JobError(say("desk.too_heavy")) from error
        if "error" in found:
            raise JobError(found["error"])
        done: dict[str, Any] = found["done"]
        return done


def _environment() -> dict[str, str]:
    """Return the environment of a process that reads strangers' files.

    GDAL goes by content: with no driver but those of the formats that are read, a file cannot
    point it to another one. What an allowed format may name (GeoJSON: a CRS by its address)
    is asked of a proxy that is none, so that no request leaves the machine.
    """
    skipped = sorted(set(pyogrio.list_drivers()) - set(DRIVERS.values()))
    kept = {key: value for key, value in os.environ.items() if key.lower() != "no_proxy"}
    return {
        **kept, "GDAL_SKIP": ",".join(skipped), "GDAL_HTTP_PROXY": NO_PROXY_THERE,
        "PROJ_NETWORK": "OFF", "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "PYTHONSAFEPATH": "1", "PYTHONIOENCODING": "utf-8",
    }  # fmt: skip


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything that leads to it; one that has ended stays so."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None and not stream.closed:
            try:
                stream.close()
            except OSError:  # what was still to be written to it
                continue
