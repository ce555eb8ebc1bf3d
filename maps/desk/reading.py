"""What is done with strangers' files: in a process of its own, with limits, for one job.

``python -m maps.desk.reading`` gets ready (the imports take longer than a review), reads one job
as a line of JSON, does it and answers with a line of JSON. It writes into the job's folder only.
Whatever a file makes of it, the server sees a process that answered, or one that did not.
"""

import contextlib
import datetime as dt
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from layers.errors import LayerError, QueryError, ShanheError
from layers.register import file_sha256
from layers.words import say
from layers.workspace import Workspace
from maps import report
from maps.desk.around import MAP, picture
from maps.desk.basis import basis_layers
from maps.desk.pasted import input_of
from maps.desk.ready import Ready
from maps.desk.store import Site
from maps.leaflet import dump
from maps.report import numbers, tables
from zoning.review import engine
from zoning.review.evidence import next_change
from zoning.review.model import Review, SiteReview
from zoning.review.result import from_json, to_json
from zoning.review.sites import Sites, read_sites

RESULT = "review.json"
ACCURACY_MOST_M = 100_000.0

Job = Mapping[str, Any]


def review(job: Job, ready: Ready) -> dict[str, Any]:
    """Review what was given and write the result and its page; return what the list shows.

    ``job``: ``folder`` (where to write), ``files`` (path -> name as the
    user knows it) or ``pasted``, ``day``, ``activity``, ``crs``, ``accuracy_m``, ``name`` and
    ``shape`` of what was pasted.

    Raises:
        ShanheError: an input is wrong; messages name it as the user does.

    """
    folder = Path(job["folder"])
    files = {Path(path): name for path, name in job["files"].items()}
    crs, said = job["crs"], ""
    if job["pasted"]:
        made = input_of(job["pasted"], shape=job["shape"], name=job["name"], crs=crs)
        path = folder / f"pasted{made.suffix}"
        path.write_text(made.text, encoding="utf-8", newline="")
        files, crs, said = {path: say("desk.pasted_name")}, made.crs, made.said
    day, (workspace, pack) = _day(job["day"]), ready.held()
    try:
        sites = read_sites(list(files), workspace, crs=crs, accuracy_m=_accuracy(job))
        sites = _named(sites, files)
        found = engine.review(workspace, sites, day=day, pack=pack, activity=job["activity"])
    except ShanheError as error:
        raise LayerError(_outward(str(error), files)) from error
    (folder / RESULT).write_text(to_json(found), encoding="utf-8", newline="\n")
    zones = _zones(workspace, found)
    report.write(found, folder, ("html",), zones)
    (folder / MAP).write_text(dump(picture(found, workspace, zones)), encoding="utf-8")
    known = {item.id: item.sha256 for item in found.layers}
    change = next_change(workspace, pack, day)
    return {
        "sites": [asdict(_listed(rank, one)) for rank, one in enumerate(tables.ranked(found), 1)],
        "basis": {
            "layers": basis_layers(
                workspace,
                found.kinds,
                set(known),
                lambda layer: known.get(layer.id) or workspace.fingerprint(layer),
            ),
            "kinds": list(found.kinds),
            "rules": found.record["rules"]["sha256"],
            "understood": said + _place(sites),
            "files": {path.name: file_sha256(path) for path in _inputs(files)},
            "inputs": [list(item) for item in sites.inputs],
        },
        "expires": change.isoformat() if change else None,
        "inputs": {path.name: name for path, name in files.items()},
    }


def write_form(job: Job, ready: Ready) -> dict[str, Any]:
    """Write one more form of the report of a review.

    Zones are drawn only where their layer is still as it was: numbers and drawing stay together.
    """
    folder = Path(job["folder"])
    found = from_json((folder / RESULT).read_text(encoding="utf-8"))
    workspace, _ = ready.held()
    shown = {item.id: item.sha256 for item in found.layers}
    now = {layer.id: workspace.fingerprint(layer) for layer in workspace.layers}
    same = {key for key, sha256 in now.items() if shown.get(key) == sha256}
    (file,) = report.write(found, folder, (job["form"],), _zones(workspace, found, same))
    return {"file": file.name}


def _place(sites: Sites) -> str:
    """Say how many sites were read and where the first one lies: a swapped number is seen."""
    first = sites.sites[0].geometry.representative_point()
    degrees = {"lon": f"{first.x:.5f}", "lat": f"{first.y:.5f}"}
    return say("desk.understood.place", count=len(sites.sites), **degrees)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise QueryError(say("desk.date", value=numbers.plain(text[:40]))) from error


def _accuracy(job: Job) -> float | None:
    value = job["accuracy_m"]
    if value is None:
        return None
    if not 0 <= value <= ACCURACY_MOST_M:
        raise QueryError(say("desk.accuracy", value=value))
    return float(value)


def _inputs(files: Mapping[Path, str]) -> list[Path]:
    """Return the files given, and those beside them that belong to a Shapefile."""
    stems = {path.stem for path in files}
    folder = next(iter(files)).parent
    return sorted(path for path in folder.iterdir() if path.is_file() and path.stem in stems)


def _outward(text: str, files: Mapping[Path, str]) -> str:
    """Return a text with the files as the user knows them."""
    for path, name in files.items():
        text = text.replace(str(path), name).replace(path.name, name).replace(path.stem, name)
    return text


def _named(sites: Sites, files: Mapping[Path, str]) -> Sites:
    """Return the sites with the files as the user knows them: on disk their names are random."""

    def outward(text: str) -> str:
        return _outward(text, files)

    return replace(
        sites,
        sites=tuple(
            replace(
                site, id=outward(site.id), name=outward(site.name), file=outward(site.file),
                notes=tuple(map(outward, site.notes)),
            )
            for site in sites.sites
        ),
        rejects=tuple(
            replace(item, file=outward(item.file), reason=outward(item.reason))
            for item in sites.rejects
        ),
        notes=tuple(map(outward, sites.notes)),
        inputs=tuple((outward(name), sha256) for name, sha256 in sites.inputs),
        doubts={outward(name): outward(text) for name, text in sites.doubts.items()},
    )  # fmt: skip


def _zones(workspace: Workspace, found: Review, same: set[str] | None = None) -> dict[str, Any]:
    kinds = set(found.kinds) - {engine.UNMEASURED}
    drawn = [layer.id for layer in found.layers if layer.checked and layer.kind in kinds]
    return {layer: workspace.frame(layer) for layer in drawn if same is None or layer in same}


def _listed(rank: int, found: SiteReview) -> Site:
    site = found.site
    activity = numbers.word(site.activity.id, "activity")
    return Site(site.id, rank, numbers.text(site.name), activity, found.effect, found.state)


JOBS: Mapping[str, Callable[[Job, Ready], dict[str, Any]]] = {"review": review, "form": write_form}


def answer(job: Job, ready: Ready) -> dict[str, Any]:
    """Return the answer of a job, or why there is none."""
    tempfile.tempdir = job["folder"]
    try:
        return {"done": JOBS[job["what"]](job, ready)}
    except ShanheError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": say("desk.too_heavy")}
    except Exception as error:  # noqa: BLE001 - a stranger's file must not show a traceback
        sys.stderr.write(f"{error!r}\n")
        return {"error": say("desk.unforeseen", reason=type(error).__name__)}


def limit(memory: int, disk: int, seconds: int) -> None:
    """Bound what this process may take from now on; where the system knows no limits, nothing."""
    try:
        import resource  # noqa: PLC0415 - not everywhere
    except ImportError:
        return
    pages = Path("/proc/self/statm")
    held = int(pages.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") if pages.exists() else 0
    for kind, most in (
        (resource.RLIMIT_AS, held + memory),
        (resource.RLIMIT_FSIZE, disk),
        # one that its server does not end, because that was killed, ends by itself
        (resource.RLIMIT_CPU, int(time.process_time()) + seconds * (os.cpu_count() or 1)),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (wanted, wanted))


def main() -> None:
    """Get ready, do one job, answer.

    Arguments: bytes of memory and of a file, seconds, the workspace, folders of further rules.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer
    ready = Ready(*map(Path, sys.argv[4:5]), list(map(Path, sys.argv[5:])))
    ready.prepare()
    limit(*map(int, sys.argv[1:4]))
    line = sys.stdin.buffer.readline()
    if not line:
        return
    with contextlib.suppress(BrokenPipeError), out:
        json.dump(answer(json.loads(line), ready), out, ensure_ascii=False)


if __name__ == "__main__":
    main()
