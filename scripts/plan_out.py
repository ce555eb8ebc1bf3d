"""What was read from plan documents as files: CSV, Excel, JSON and the reading view."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import xlsxwriter

from layers.errors import PlanError, TableError, WorkspaceError
from layers.formats.writers.cells import safe_cell
from layers.gazetteer import Gazetteer
from layers.plans import document as columns
from layers.plans.audit import audit
from layers.plans.document import Document, Record
from layers.plans.drafts import bounded_text
from layers.plans.opening import open_document
from layers.plans.reading import read_plan
from layers.plans.structure import Part
from layers.register import file_sha256
from layers.whole import together
from layers.words import say
from maps.plan_page import plan_page
from scripts.export import FIXED_DATE

COLUMNS = {
    "projects": columns.PROJECTS,
    "features": columns.FEATURES,
    "rules": columns.RULES,
    "indicators": columns.INDICATORS,
    "audit": columns.AUDIT,
}
"""The tables and their columns, in order."""

NUMBERS = frozenset({
    "investment_yi", "start_year", "end_year", "restoration_ha", "line", "page", "content_line",
    "hectares", "distance_m", "slope_deg", "other_line", "other_page",
})  # fmt: skip
"""Columns that are numbers in the workbook."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was read from each document, by the name of the table."""

    documents: tuple[Document, ...]
    records: tuple[Mapping[str, tuple[Record, ...]], ...]
    parts: tuple[tuple[Part, ...], ...]
    refused: Mapping[str, str] = field(default_factory=dict)
    """Why a file could not be read, by its name."""

    def table(self, name: str) -> list[Record]:
        """Return the records of all documents."""
        return [record for records in self.records for record in records[name]]


def read_files(files: Sequence[Path], gazetteer: Gazetteer | None) -> Found:
    """Return what the documents hold; a file that cannot be read does not hold up the others.

    Raises:
        PlanError: no file can be read, or two have the same name.

    """
    names = [file.stem for file in files]
    for name in names:
        if names.count(name) > 1:
            raise PlanError(say("plan.same_name", name=name))
    readings, refused = [], {}
    for file in files:
        try:
            readings.append(read_plan(open_document(file), gazetteer))
        except PlanError as error:
            refused[file.name] = str(error)
    if not readings:
        raise PlanError("\n".join(refused.values()))
    audits = audit(readings)
    return Found(
        tuple(reading.document for reading in readings),
        tuple(
            {
                "projects": reading.projects,
                "features": reading.features,
                "rules": reading.rules,
                "indicators": reading.indicators,
                "audit": audited,
            }
            for reading, audited in zip(readings, audits, strict=True)
        ),
        tuple(reading.parts for reading in readings),
        refused,
    )


def write(found: Found, out: Path) -> None:
    """Write the five tables, the workbook, ``plan.json`` and a reading view for each document.

    Raises:
        WorkspaceError: the folder cannot be made or written, or holds a file of such a name that
            is not as it was written: somebody's work; nothing was written.

    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise WorkspaceError(say("error.out_failed", path=out, reason=reason)) from error
    with together(out / "plan.json") as folder:
        for name, header in COLUMNS.items():
            _write_csv(folder / f"{name}.csv", header, found.table(name))
        _write_xlsx(folder / "plan.xlsx", found)
        for document, records in zip(found.documents, found.records, strict=True):
            page = folder / f"{document.name}.html"
            page.write_text(plan_page(document, records), encoding="utf-8")
        files = {path.name: file_sha256(path) for path in sorted(folder.iterdir())}
        _refuse_edited(out, files)
        text = json.dumps(_as_json(found) | {"files": files}, ensure_ascii=False, indent=1)
        (folder / "plan.json").write_text(text + "\n", encoding="utf-8")


def _refuse_edited(out: Path, files: Iterable[str]) -> None:
    """Refuse to write over a table that a person corrected, or that is another program's.

    Raises:
        WorkspaceError: such files are there.

    """
    try:
        known = json.loads(bounded_text(out / "plan.json"))["files"]
        written = dict(known)
    except (TableError, ValueError, KeyError, TypeError, RecursionError):
        written = {}
    edited = [
        name
        for name in files
        if (out / name).is_file() and file_sha256(out / name) != written.get(name)
    ]
    if edited:
        raise WorkspaceError(say("plan.edited", folder=out, names="、".join(edited)))


def report(found: Found, out: Path) -> bool:
    """Print what was found; return whether every document was read and has projects."""
    complete = not found.refused
    for document, records in zip(found.documents, found.records, strict=True):
        counts = {name: len(rows) for name, rows in records.items()}
        print(say("plan.found", file=document.file, **counts))
        for note in document.notes:
            print(note)
        levels = [record.values["severity"] for record in records["audit"]]
        severities = {level: levels.count(level) for level in ("high", "medium", "low")}
        print(say("plan.audited", count=len(levels), **severities))
        if not records["projects"]:
            print(say("plan.no_projects", file=document.file))
            complete = False
    for reason in found.refused.values():
        print(reason, file=sys.stderr)
    print(say("plan.written", path=out))
    return complete


def _write_csv(path: Path, header: Sequence[str], records: Sequence[Record]) -> None:
    # with the mark, without which Excel takes UTF-8 for the system's own code
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        for record in records:
            writer.writerow([safe_cell(record.values.get(name)) for name in header])


def _write_xlsx(path: Path, found: Found) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": FIXED_DATE})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for name, header in COLUMNS.items():
            sheet = book.add_worksheet(say(f"plan.table.{name}"))
            for at, column in enumerate(header):
                sheet.write_string(0, at, say(f"plan.column.{column}"), bold)
                sheet.set_column(at, at, 14)
            for line, record in enumerate(found.table(name), start=1):
                for at, column in enumerate(header):
                    value = record.values.get(column)
                    if value and column in NUMBERS:
                        sheet.write_number(line, at, float(value))
                    elif value:
                        sheet.write_string(line, at, value)
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, max(len(found.table(name)), 1), len(header) - 1)
        sources = book.add_worksheet(say("plan.sheet_source"))
        lines = [(one.file, one.sha256, *one.notes) for one in found.documents]
        for line, texts in enumerate((*lines, *found.refused.items())):
            for at, text in enumerate(texts):
                sources.write_string(line, at, text)


def _as_json(found: Found) -> dict[str, object]:
    """Return everything that was read, with the place of every value."""
    return {
        "documents": [
            {
                "name": document.name,
                "file": document.file,
                "sha256": document.sha256,
                "notes": document.notes,
                "plans": [_plan(part) for part in parts],
                "tables": {
                    name: [_record(record, COLUMNS[name]) for record in rows]
                    for name, rows in records.items()
                },
            }
            for document, records, parts in zip(
                found.documents, found.records, found.parts, strict=True
            )
        ],
        "refused": found.refused,
    }


def _plan(part: Part) -> dict[str, object]:
    return {
        "id": part.plan,
        "title": part.title,
        "period": part.period,
        "first_line": part.first_line,
        "last_line": part.last_line,
    }


def _record(record: Record, header: Sequence[str]) -> dict[str, object]:
    return {
        "values": {name: record.values.get(name) for name in header},
        "spans": {
            name: [[span.line, span.cell, span.start, span.end] for span in spans]
            for name, spans in record.spans.items()
        },
    }
