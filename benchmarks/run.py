"""Measure us and the others side by side: ``python -m benchmarks.run --size quick``."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.engines import ENGINES, OURS, Engine
from benchmarks.ratios import Measured, Outcome, disagreements, tables
from benchmarks.store import BY_BLOCK, default_folder, stored
from benchmarks.task import READ
from benchmarks.works import SIZES, WORKS, Run, Size

LIMIT_S = {"tiny": 60.0, "quick": 60.0, "full": 1800.0}
"""A run that takes longer is stopped, and said to take longer."""

ONCE_OVER_S = 120.0
"""A run that takes longer is not repeated: the noise is small beside it."""

GRACE_S = 20.0
"""For an engine that is told to stop, so that it can stop its server."""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 1 where engines disagree or ours failed."""
    given = _arguments(arguments)
    size = SIZES[given.size]
    works = [WORKS[name] for name in given.work]
    engines = frozenset(given.engines)
    planned = {work.name: list(work.runs(size, engines)) for work in works}
    runs = list(dict.fromkeys(run for name in planned for run in planned[name]))
    outcomes = {run: Outcome(run, trouble=ENGINES[run.engine].absent()) for run in runs}
    for number in range(given.repeat):
        for run, outcome in outcomes.items():
            slow = outcome.rounds and outcome.rounds[0].total_s > ONCE_OVER_S
            if not outcome.trouble and not slow:
                _add_round(outcome, _files(given.data, size, run), given.limit)
                _tell(f"{number + 1}/{given.repeat} {run}: {_progress(outcome)}")
    wrong = disagreements(outcomes.values())
    given.out.mkdir(parents=True, exist_ok=True)
    facts = _facts(given, outcomes)
    _write(given.out / "results.json", _as_json(facts, outcomes, wrong))
    text = _as_markdown(facts, wrong) + tables(works, outcomes, planned)
    _write(given.out / "results.md", text)
    sys.stdout.write(text)
    ours_failed = any(
        outcome.trouble and run.engine.startswith(OURS) for run, outcome in outcomes.items()
    )
    return int(bool(wrong) or ours_failed)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    def names(known: Sequence[str]) -> object:
        def parsed(text: str) -> list[str]:
            asked = text.split(",")
            unknown = sorted(set(asked) - set(known))
            if unknown:
                raise argparse.ArgumentTypeError(
                    f"unknown: {', '.join(unknown)}; known: {', '.join(known)}"
                )
            return asked

        return parsed

    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="quick")
    parser.add_argument("--work", type=names([*WORKS]), default=[*WORKS], help=",".join(WORKS))
    parser.add_argument(
        "--engines", type=names([*ENGINES]), default=[*ENGINES], help=",".join(ENGINES)
    )
    parser.add_argument("--repeat", type=int, default=1, help="rounds; their medians are shown")
    parser.add_argument("--limit", type=float, help="seconds after which a run is stopped")
    parser.add_argument("--data", type=Path, default=default_folder(), help="of the made layers")
    parser.add_argument("--out", type=Path, default=Path("out/benchmarks"))
    given = parser.parse_args(arguments)
    given.limit = given.limit or LIMIT_S[given.size]
    return given


def _files(folder: Path, size: Size, run: Run) -> dict[str, str]:
    """Return the files of a run, made where they are not there."""
    count = run.count if run.subjects in BY_BLOCK else None
    subjects = stored(folder, size.land, run.subjects, count=count, form=run.form)
    return {"subjects": str(subjects), "zones": str(stored(folder, size.land, run.zones))}


def _add_round(outcome: Outcome, files: dict[str, str], limit_s: float) -> None:
    """Run once in a process of its own, and add what it measured or why it did not."""
    run, engine = outcome.run, ENGINES[outcome.run.engine]
    task = files | {
        "module": engine.module,
        "question": run.question,
        "variant": engine.variant,
        "threads": run.threads,
    }
    with tempfile.TemporaryDirectory() as folder:
        answer, errors = Path(folder) / "answer.json", Path(folder) / "errors"
        with errors.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own arguments
                [sys.executable, "-m", "benchmarks.child", json.dumps(task), str(answer)],
                env=_environment(engine, run),
                stderr=log,
            )
        try:
            process.wait(limit_s)
        except subprocess.TimeoutExpired:
            outcome.trouble = f"stopped after {limit_s:g} s"
            _stop(process)
            return
        if process.returncode == 0:
            outcome.rounds.append(Measured(**json.loads(answer.read_text(encoding="utf-8"))))
        else:
            lines = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            said = lines[-1][:300] if lines else f"exit code {process.returncode}"
            outcome.trouble = f"failed: {said}"


def _environment(engine: Engine, run: Run) -> dict[str, str]:
    # A stream's processes have one thread each.
    threads = 1 if engine.variant == "stream" else run.threads
    return os.environ | dict.fromkeys(ONE_THREAD, str(threads))


def _stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _progress(outcome: Outcome) -> str:
    if outcome.trouble:
        return outcome.trouble
    measured = outcome.rounds[-1]
    return f"{measured.compute_s:.2f} s + {measured.seconds.get(READ, 0.0):.2f} s reading"


def _facts(given: argparse.Namespace, outcomes: dict[Run, Outcome]) -> dict[str, object]:
    """Return what a reader must know to judge the numbers."""
    used = {run.engine for run, outcome in outcomes.items() if outcome.rounds}
    versions = {"python": platform.python_version()}
    for name in sorted(used):
        versions |= ENGINES[name].versions()
    servers = {m.server for outcome in outcomes.values() for m in outcome.rounds if m.server}
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "size": given.size,
        "rounds": given.repeat,
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[1], 1),
        "versions": versions,
        "servers": sorted(servers),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _as_json(facts: dict[str, object], outcomes: dict[Run, Outcome], wrong: list[str]) -> str:
    """Return all seconds and memory as JSON; of answers, what is not a list."""
    runs = [
        asdict(run)
        | {"trouble": outcome.trouble}
        | {
            "rounds": [
                {
                    "seconds": measured.seconds,
                    "peak_bytes": measured.peak_bytes,
                    "answer": {
                        part: sum(value) if isinstance(value, list) else value
                        for part, value in measured.answer.items()
                    },
                }
                for measured in outcome.rounds
            ]
        }
        for run, outcome in outcomes.items()
    ]
    return json.dumps(facts | {"disagreements": wrong, "runs": runs}, indent=1) + "\n"


def _as_markdown(facts: dict[str, object], wrong: list[str]) -> str:
    """Return what stands above the tables."""
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    agreement = (
        "Whatever was asked twice was answered alike." if not wrong else "**They disagree:**"
    )
    measured = (
        f"Measured {facts['date']}, size {facts['size']}, rounds {facts['rounds']}; "
        f"{facts['processor']}, {facts['cores']} cores, load {facts['load']}. "
        f"{'; '.join([versions, *facts['servers']])}."
    )
    reading = (
        "Each number is divided by that of the row above it that is the measure (ours, where it "
        "ran): median, and least-most over the rounds."
    )
    lines = [
        measured,
        "",
        reading,
        "",
        agreement,
        *[f"- {sentence}" for sentence in wrong],
        "",
        "",
    ]
    return "\n".join(lines)


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _tell(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")


if __name__ == "__main__":
    sys.exit(main())
