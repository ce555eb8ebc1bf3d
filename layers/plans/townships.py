"""The list of townships of a workspace, begun or gone on with from the plans that it takes in."""

import codecs
import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from layers.contracts import TABLES
from layers.errors import Faults, TableError
from layers.plans.drafts import CONTRACT, Row
from layers.plans.edited import Lines
from layers.tables import read_text
from layers.words import say
from layers.workspace import Workspace

NAME = "townships.csv"

COLUMNS = TABLES["townships"].column_names()

ROWS_SHOWN = 5

_LISTS = {column.name: column.read for column in CONTRACT.columns if column.kind == "list"}
_KIND = re.compile("街道|民族乡|[镇乡]")
_CODE = re.compile("[0-9]{9}")
_NAME = re.compile(r"[^\W\d_]{2,30}")


def found(workspace: Workspace, lines: Lines, *, wanted: bool) -> tuple[Row, ...]:
    """Return the townships that a workspace's list lacks, as rows of the list.

    A list is begun without being asked for: where nothing is listed, nothing can be misspelt. It
    begins with the layer of townships, if there is one, which must agree with it. What no
    official code is known of has its county's code and its name.

    Args:
        workspace: whose ``townships.csv`` is meant.
        lines: the projects, as a person left them.
        wanted: go on with a list that is there, too.

    Raises:
        TableError: nothing says in which of the area's counties a township is.
        LayerError: the layer of townships cannot be read.

    """
    table = workspace.table("townships")
    if len(table) and not wanted:
        return ()
    rows = () if len(table) else tuple(_of_layer(workspace))
    known = {*table["name"], *(row["name"] for row in rows)}
    return (*rows, *_named(workspace, lines, known))


def _of_layer(workspace: Workspace) -> Iterator[Row]:
    """Yield the townships of the layer that has their official codes."""
    for layer in workspace.of_kind("township")[:1]:
        frame = workspace.frame(layer.id)
        counties = {county.code: county.name for county in workspace.area.counties}
        for code, name in zip(frame["zone_id"], frame["name"], strict=True):
            if name and _CODE.fullmatch(code) and code[:6] in counties:
                note = say("plan.import.township_layer", layer=layer.id)
                yield _row(code, name, counties[code[:6]], note=note)


def _named(workspace: Workspace, lines: Lines, known: set[str]) -> Iterator[Row]:
    """Yield the townships that projects name, in their order, each with the row that names it."""
    codes = {county.name: county.code for county in workspace.area.counties}
    stated: dict[str, dict[str, Row]] = defaultdict(dict)
    silent: dict[str, list[int]] = defaultdict(list)
    faults = Faults()
    for number, row in zip(lines.numbers, lines.rows, strict=True):
        counties = [name for name in _LISTS["counties"](row["counties"]) if name in codes]
        counties = counties or list(codes)
        names = dict.fromkeys(_LISTS["townships"](row["townships"]))
        for name in (name for name in names if name not in known):
            if not _NAME.fullmatch(name):
                faults.messages.append(
                    say("plan.import.township_name", file=lines.file, row=number, value=name[:40])
                )
            elif len(counties) == 1:
                stated[name].setdefault(counties[0], row)
            else:
                silent[name].append(number)
    for name, numbers in silent.items():
        if name not in stated:
            rows = "、".join(map(str, numbers[:ROWS_SHOWN]))
            faults.messages.append(
                say("plan.import.township_county", file=lines.file, row=rows, value=name)
            )
    faults.raise_if_any(TableError)
    note = say("plan.import.township_plan")
    for name, by_county in stated.items():
        for county, row in by_county.items():
            code = codes[county] + name
            yield _row(code, name, county, plan=row["plan"], line=row["line"], note=note)


def _row(code: str, name: str, county: str, **cells: str) -> Row:
    kinds = _KIND.findall(name)
    return dict.fromkeys(COLUMNS, "") | {
        "code": code, "name": name, "kind": kinds[-1] if kinds else "", "county": county,
        "county_code": code[:6], **cells,
    }  # fmt: skip


def with_rows(workspace: Workspace, rows: Iterable[Row]) -> bytes:
    """Return the bytes of ``townships.csv`` with more rows at its end, the others as they are."""
    path = workspace.folder / NAME
    raw = path.read_bytes() if path.is_file() else codecs.BOM_UTF8
    text = read_text(path) if path.is_file() else ",".join(COLUMNS)
    header: Sequence[str] = next(csv.reader(io.StringIO(text, newline="")))
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n" if "\r\n" in text else "\n")
    writer.writerows([row[name.strip()] for name in header] for row in rows)
    whole = text.rstrip("\r\n") + ("\r\n" if "\r\n" in text else "\n") + stream.getvalue()
    return whole.encode("utf-8-sig" if raw.startswith(codecs.BOM_UTF8) else "utf-8")
