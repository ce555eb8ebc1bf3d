"""Jobs in processes of their own: as many at once as there are cores, bounded in memory and time.

A process is always getting ready before it is needed, so that nobody waits for its imports. It
does one job and ends: what a stranger's file leaves behind ends with it.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layers.errors import ShanheError
from layers.words import say

ROOT = Path(__file__).parents[2]


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

    def __init__(self, limits: Limits) -> None:
        """Take the limits; ``start`` makes the first process ready."""
        self.limits = limits
        self._turn = threading.BoundedSemaphore(limits.at_once)
        self._lock = threading.Lock()
        self._waiting = 0
        self._ready: subprocess.Popen[bytes] | None = None
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def start(self) -> None:
        """Make a process ready, if none is."""
        with self._lock:
            if self._ready is None and not self._closed:
                self._ready = self._process()

    def close(self) -> None:
        """End every process that was started."""
        with self._lock:
            self._closed = True
            processes = [*self._running, *([self._ready] if self._ready else [])]
            self._ready = None
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
            process, self._ready = self._ready, None
            if process is None or process.poll() is not None:
                process = self._process()
            self._running.add(process)
            return process

    def _process(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "maps.desk.reading"]
        limits = [str(self.limits.memory), str(self.limits.disk)]
        quiet = {"PROJ_NETWORK": "OFF", "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
                 "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
                 "PYTHONSAFEPATH": "1", "PYTHONIOENCODING": "utf-8"}  # fmt: skip
        return subprocess.Popen(  # noqa: S603 - our own module
            [*command, *limits], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env={**os.environ, **quiet},
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
