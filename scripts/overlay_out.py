"""What a file shares with zones, written pair by pair as it is found, and summed up."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from layers.errors import QueryError
from layers.formats.writers.cells import safe_cell
from layers.rounding import shown_ha, shown_m2
from layers.whole import together
from layers.words import say
from zoning.overlay.processes import FileOverlap, Part
from zoning.overlay.stored import StoredZones
from zoning.overlay.zones_file import ROW, fingerprints

COLUMNS = ("row", "subject", "zone", "area_m2", "subject_m2")
"""Row in the file and id of the feature, name of the zone, what they share, the feature's area."""

SHOWN = 20
"""Zones and rejects that a terminal shows; the files have them all."""

SHEET_ROWS = 1_048_576

FIXED_DATE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""The same rows give the same file: the workbook carries no clock."""

Pairs = tuple[list[int], list[str], list[str], list[float], list[float]]
Write = Callable[[Pairs], None]


def form_of(out: Path) -> str:
    """Return the format of a file by its ending.

    Raises:
        QueryError: pairs cannot be written so.

    """
    form = out.suffix.lstrip(".").lower()
    if form not in _WRITERS:
        expected = "、".join(_WRITERS)
        raise QueryError(say("error.format_unknown", value=form, expected=expected))
    return form


def report(
    found: FileOverlap, zones: StoredZones, inputs: Mapping[str, Path], out: Path, *, by: str
) -> None:
    """Write the pairs, the rejects and a record, and print ledger, totals and share.

    Raises:
        QueryError: the zones have no such column, or a sheet cannot hold the pairs.
        WorkspaceError: the files cannot be written.

    """
    names = _names(zones, by)
    rejects = out.with_name(out.name + ".rejects.csv")
    with together(out, sources=tuple(inputs.values())) as folder:
        with _WRITERS[form_of(out)](folder / out.name) as write:
            for part in found:
                write(_pairs(part, names))
                if part.rejects:
                    _add_rejects(folder / rejects.name, part.rejects)
        totals = _totals(found, names)
        record = _record(found, zones, inputs, by, totals)
        text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
        (folder / f"{out.name}.record.json").write_text(text, encoding="utf-8")
        written = sorted(path.name for path in folder.iterdir())
    _print(found, zones, totals)
    print(say("export.written", folder=out.parent, names="、".join(written)))


def _names(zones: StoredZones, by: str) -> list[str]:
    """Return what each zone is called: by the column asked for, its id, else its row."""
    column = by or ("zone_id" if "zone_id" in zones.columns else ROW)
    if column not in zones.columns:
        found = "、".join(zones.columns)
        raise QueryError(say("overlay.by_absent", column=column, found=found))
    return zones.columns[column]


def _pairs(part: Part, names: list[str]) -> Pairs:
    rows = part.row.tolist()
    subjects = list(part.ids) if part.ids else [str(row) for row in rows]
    zones = [names[zone] for zone in part.zone.tolist()]
    return rows, subjects, zones, part.area_m2.tolist(), part.subject_m2.tolist()


def _add_rejects(path: Path, rejects: tuple[tuple[int, str], ...]) -> None:
    new = not path.exists()
    with path.open("a", encoding="utf-8-sig" if new else "utf-8", newline="") as stream:
        writer = csv.writer(stream)
        if new:
            writer.writerow(("row", "reason"))
        writer.writerows((row, safe_cell(reason)) for row, reason in rejects)


@contextmanager
def _csv(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)

        def write(pairs: Pairs) -> None:
            rows, subjects, zones, *areas = pairs
            texts = [[safe_cell(text) for text in column] for column in (subjects, zones)]
            writer.writerows(zip(rows, *texts, *areas, strict=True))

        yield write


@contextmanager
def _parquet(path: Path) -> Iterator[Write]:
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter
    except ImportError as error:
        raise QueryError(say("overlay.pyarrow", file=path.name)) from error
    kinds = (pa.int64(), pa.string(), pa.string(), pa.float64(), pa.float64())
    schema = pa.schema(list(zip(COLUMNS, kinds, strict=True)))
    with ParquetWriter(path, schema, compression="zstd") as writer:

        def write(pairs: Pairs) -> None:
            writer.write_table(pa.table(dict(zip(COLUMNS, pairs, strict=True)), schema=schema))

        yield write


@contextmanager
def _xlsx(path: Path) -> Iterator[Write]:
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    # Not straight into the file: on a full disk that ends in the library's own error.
    held = BytesIO()
    with xlsxwriter.Workbook(held, options) as book:
        book.set_properties({"created": FIXED_DATE})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        line = 1

        def write(pairs: Pairs) -> None:
            nonlocal line
            if line + len(pairs[0]) > SHEET_ROWS:
                raise QueryError(say("overlay.sheet", file=path.name, rows=SHEET_ROWS - 1))
            for row, subject, zone, area, whole in zip(*pairs, strict=True):
                sheet.write_number(line, 0, row)
                sheet.write_string(line, 1, subject)
                sheet.write_string(line, 2, zone)
                sheet.write_number(line, 3, area)
                sheet.write_number(line, 4, whole)
                line += 1

        yield write
    path.write_bytes(held.getvalue())


_WRITERS = {"csv": _csv, "parquet": _parquet, "xlsx": _xlsx}


def _totals(found: FileOverlap, names: list[str]) -> dict[str, tuple[int, float]]:
    """Return pairs and m2 by the name of the zones, in the zones' order."""
    totals: dict[str, tuple[int, float]] = {}
    for name, count, m2 in zip(names, found.zone_count, found.zone_m2, strict=True):
        pairs, area = totals.get(name, (0, 0.0))
        totals[name] = pairs + int(count), area + float(m2)
    return totals


def _record(
    found: FileOverlap,
    zones: StoredZones,
    inputs: Mapping[str, Path],
    by: str,
    totals: Mapping[str, tuple[int, float]],
) -> dict[str, Any]:
    """Return the record of the run: no clock, and nothing of how many workers it had."""
    packages = ("shanhe", "numpy", "pyogrio", "pyproj", "shapely")
    return {
        "command": "overlay",
        "inputs": {name: fingerprints(path) for name, path in inputs.items()},
        "by": by,
        "plane": zones.plane,
        "zones_overlap": zones.overlapping,
        "read": found.read,
        "used": found.read - found.rejected,
        "rejected": found.rejected,
        "used_m2": found.used_m2,
        "covered_m2": found.covered_m2,
        "zones": {name: {"pairs": pairs, "m2": m2} for name, (pairs, m2) in totals.items()},
        "notes": [*zones.notes, *found.notes],
        "versions": {name: version(name) for name in packages},
    }


def _print(found: FileOverlap, zones: StoredZones, totals: Mapping[str, tuple[int, float]]) -> None:
    for note in (*zones.notes, *found.notes):
        print(note)
    titles = ("zone", "pairs", "ha")
    table = Table(*(say(f"overlay.title.{name}") for name in titles))
    met = sorted(totals.items(), key=lambda item: (-item[1][1], item[0]))
    for name, (pairs, m2) in met[:SHOWN]:
        table.add_row(escape(name) or "—", f"{pairs:,}", f"{shown_ha(m2):,.4f}")
    Console().print(table)
    if len(met) > SHOWN:
        print(say("cli.check_more", count=len(met) - SHOWN))
    if zones.overlapping:
        print(say("overlay.overlapping"))
    used = found.read - found.rejected
    print(say("overlay.ledger", read=found.read, used=used, rejected=found.rejected))
    share = np.clip(found.covered_m2 / found.used_m2, 0.0, 1.0) if found.used_m2 else 0.0
    print(
        say(
            "overlay.total",
            used_ha=shown_ha(found.used_m2),
            covered_ha=shown_ha(found.covered_m2),
            covered_m2=shown_m2(found.covered_m2),
            share=share * 100,
        )
    )
    if found.rejected:
        print(say("overlay.rejected", count=found.rejected))
