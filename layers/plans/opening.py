"""Opening a plan document: what kind of file it is by its content, and whose reader reads it."""

import hashlib
import stat
import zipfile
from importlib import import_module
from io import BytesIO
from pathlib import Path

from layers.errors import PlanError
from layers.plans.document import Document
from layers.plans.refusal import note, refuse
from layers.words import say

MAX_BYTES = 100 << 20
"""Bytes of a file. A plan of 300 pages has some megabytes, with its maps some tens."""

SUFFIXES = {".txt": "text", ".text": "text", ".tsv": "text", ".docx": "docx", ".docm": "docx",
            ".dotx": "docx", ".pdf": "pdf"}  # fmt: skip
"""What a suffix promises."""

_HEAD = 1024
"""Where a PDF may begin, by its standard."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*")
_ARCHIVES = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b")
_MEMBERS = (("word/", "docx"), ("OFD.xml", "ofd"), ("xl/", "excel"), ("ppt/", "slides"),
            ("content.xml", "odt"))  # fmt: skip
"""What a zip holds, the first that is there: a Word file with a chart holds a workbook too."""


def open_document(path: Path) -> Document:
    """Return a plan document, read from text, Word or PDF.

    The content decides what a file is, not its suffix: a PDF called .docx is read as a PDF, and
    a note says so.

    Raises:
        PlanError: the file is missing, empty, too large, broken, locked, a scan, or of a kind
            that is not read.

    """
    raw = _bytes(path)
    kind = _kind(path, raw)
    suffix = path.suffix.lower()
    # the readers of Word and PDF take half a second to import, and most runs need neither
    reader = import_module(f"layers.plans.{kind}")
    blocks, notes = reader.read(path, raw)
    if SUFFIXES.get(suffix) != kind:
        notes = (note("renamed", suffix=suffix or say("plan.source.bare"), found=kind), *notes)
    digest = hashlib.sha256(raw).hexdigest()
    return Document(path.stem, path.name, kind, digest, blocks, notes)


def _bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            refuse("folder", path)
        if not stat.S_ISREG(status.st_mode):
            refuse("device", path)
        if status.st_size > MAX_BYTES:
            refuse("too_large", path, size=status.st_size >> 20, limit=MAX_BYTES >> 20)
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        refuse("missing", path)
    except OSError as error:
        raise PlanError(
            say("plan.refused.unreadable", file=path, reason=error.strerror or error)
        ) from error
    if not raw:
        refuse("empty", path)
    return raw


def _kind(path: Path, raw: bytes) -> str:
    """Return ``text``, ``docx`` or ``pdf``."""
    head = raw[:_HEAD]
    suffix = path.suffix.lower()
    if b"%PDF-" in head:
        return "pdf"
    if raw.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed(path, raw)
    _refuse_known(path, raw, head)
    promised = SUFFIXES.get(suffix)
    if promised == "text":
        return "text"
    return refuse(
        "content" if promised else "suffix", path, suffix=suffix or say("plan.source.bare")
    )


def _packed(path: Path, raw: bytes) -> str:
    """Return ``docx`` if that is what the zip is."""
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise PlanError(say("plan.refused.broken_zip", file=path, reason=error)) from error
    inside = (kind for start, kind in _MEMBERS if any(name.startswith(start) for name in names))
    kind = next(inside, "archive")
    return kind if kind == "docx" else refuse(kind, path)


def _refuse_known(path: Path, raw: bytes, head: bytes) -> None:
    """Refuse kinds of files that people take for documents, each with its own advice.

    Raises:
        PlanError: the content is of such a kind.

    """
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in raw
        refuse("locked_word" if locked else "old_word", path)
    if start.startswith(b"{\\rtf"):
        refuse("rtf", path)
    if start.startswith((b"<!doctype html", b"<html", b"mime-version:")):
        refuse("web", path)
    if start.startswith(b"<?xml"):
        refuse("xml", path)
    if head.startswith(_PICTURES):
        refuse("picture", path)
    if head.startswith(_ARCHIVES):
        refuse("archive", path)
