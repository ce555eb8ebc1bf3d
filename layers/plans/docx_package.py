"""The parts of a Word file that hold its text, taken from the zip and parsed with care.

Only these parts are unpacked: pictures, macros and embedded files are never touched, and what a
relation points to outside the file is never opened. python-docx opens a whole package instead,
and stumbles over relations to pictures that are not there, which WPS leaves behind.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from layers.errors import LayerError, PlanError
from layers.formats.markup import check_xml
from layers.plans.refusal import refuse
from layers.words import say

MAX_PART = 64 << 20
"""Bytes of a part after unpacking. 300 pages of text and tables take some 10 MB."""

MAX_MEMBERS = 20_000
"""Files in the zip: each picture is one."""

_STRICT = {
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": qn("w:p")[1:-2].encode(),
    b"http://purl.oclc.org/ooxml/officeDocument/math": qn("m:r")[1:-2].encode(),
    b"http://purl.oclc.org/ooxml/officeDocument/relationships": qn("r:id")[1:-3].encode(),
}
"""Word can save the same text under the names of the ISO standard."""

_PARTS = ("styles", "numbering", "footnotes", "endnotes")


_BREAKS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What zipfile raises over a checksum, an unknown packing or a cut end."""


@dataclass(frozen=True, slots=True)
class Package:
    """The parsed parts; one that is not there is an empty element.

    ``linked`` counts relations to something outside that is no hyperlink, ``macros`` says that
    the file carries some.
    """

    body: Element
    styles: Element
    numbering: Element
    footnotes: Element
    endnotes: Element
    linked: int
    macros: bool


def opened(path: Path, raw: bytes) -> Package:
    """Return the parts of a Word file.

    Raises:
        PlanError: the zip is broken, locked or unpacks to too much, or its XML is broken or
            declares entities.

    """
    with _broken(path), zipfile.ZipFile(BytesIO(raw)) as archive:
        names = archive.namelist()
        if len(names) > MAX_MEMBERS:
            refuse("members", path, count=len(names), limit=MAX_MEMBERS)
        relations, _ = _relations(archive, "", path)
        main = relations.get("officeDocument")
        if main is None:
            refuse("no_text", path, member="officeDocument")
        relations, linked = _relations(archive, main, path)
        document = _part(archive, main, path)
        if document is None or document.tag != qn("w:document"):
            refuse("no_text", path, member=main)
        body = document.find(qn("w:body"))
        if body is None:
            refuse("no_text", path, member=main)
        found = {name: _part(archive, relations.get(name), path) for name in _PARTS}
        nothing = parse_xml("<nothing/>")
        parts = {name: nothing if part is None else part for name, part in found.items()}
        macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    return Package(body, **parts, linked=linked, macros=macros)


@contextmanager
def _broken(path: Path) -> Iterator[None]:
    """Refuse a zip that breaks while it is read."""
    try:
        yield
    except PlanError:
        raise
    except _BREAKS as error:
        raise PlanError(say("plan.refused.broken_zip", file=path, reason=error)) from error


def _relations(archive: zipfile.ZipFile, source: str, path: Path) -> tuple[dict[str, str], int]:
    """Return the parts that a part refers to by kind, and how many relations lead outside."""
    folder, name = posixpath.split(source)
    root = _part(archive, posixpath.join(folder, "_rels", f"{name}.rels"), path)
    targets: dict[str, str] = {}
    linked = 0
    for relation in () if root is None else root:
        kind = relation.get("Type", "").rpartition("/")[2]
        target = relation.get("Target", "")
        if relation.get("TargetMode") == "External":
            linked += kind != "hyperlink"
        else:
            inside = posixpath.normpath(posixpath.join("/", folder, target))
            targets.setdefault(kind, inside.lstrip("/"))
    return targets, linked


def _part(archive: zipfile.ZipFile, name: str | None, path: Path) -> Element | None:
    """Return a part parsed, or nothing if it is not there."""
    if name is None or name not in archive.NameToInfo:
        return None
    if archive.getinfo(name).flag_bits & 1:
        refuse("locked_word", path)
    with archive.open(name) as stream:
        # stated sizes may lie
        blob = stream.read(MAX_PART + 1)
    if len(blob) > MAX_PART:
        refuse("part", path, member=name, limit=MAX_PART >> 20)
    try:
        check_xml(BytesIO(blob), path)
        for strict, usual in _STRICT.items():
            blob = blob.replace(strict, usual)
        return parse_xml(blob)
    except (LayerError, SyntaxError) as error:
        raise PlanError(say("plan.refused.docx_xml", file=path, member=name)) from error
