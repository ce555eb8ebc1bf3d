"""One run in a process of its own: ``python -m benchmarks.child TASK ANSWER``.

``TASK`` is the task as JSON, ``ANSWER`` the file to write. Loading the engine and,
where it compiles, a first question to it come before the clock starts.
"""

import importlib
import json
import os
import signal
import sys
from pathlib import Path

from benchmarks.task import Clock, Task, peak_bytes


def main(task_json: str, answer: str) -> None:
    """Ask one engine one question and write time, memory and answer."""
    # So that a server is stopped when time is up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("out of time"))
    given = json.loads(task_json)
    module = importlib.import_module(given.pop("module"))
    task = Task(**given | {"subjects": Path(given["subjects"]), "zones": Path(given["zones"])})
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-task.threads :])
    warm = getattr(module, "warm", None)
    if warm:
        warm(task)
    clock = Clock()
    found = getattr(module, task.question)(task, clock)
    measured = {
        "seconds": clock.phases,
        "peak_bytes": peak_bytes() + clock.server_bytes,
        "server": clock.server,
        "answer": found,
    }
    Path(answer).write_text(json.dumps(measured), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
