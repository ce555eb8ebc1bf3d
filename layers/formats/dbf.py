"""In which encoding the texts of a Shapefile's .dbf are, told from its raw bytes.

GDAL reads the table. Only the encoding is told here, which GDAL takes from the
.cpg file: often lost, sometimes wrong. The layout is that of dBase III: a header
(number of rows, size of header, size of a row), 32 bytes for each field, rows.
"""

import codecs
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from layers.formats.source import note, refuse

UTF_8, GB18030 = "utf-8", "gb18030"

RAW = "ISO-8859-1"
"""Keeps every byte as one character, to be decoded afterwards; to pyogrio it means: do not
recode (its other names do not)."""

HEADER, FIELD, END = 32, 32, 0x0D
ROWS_AT_ONCE = 50_000
DELETED = ord("*")
"""The mark in front of a row that was deleted and not yet taken out."""

PAGES = {0x4D: "gbk", 0x7A: "gbk", 0x4F: "big5", 0x78: "big5"}
"""The Chinese code pages that the head may name; any other mark stands for "the system's own"."""

PRIVATE = range(0xE000, 0xF900)
"""Characters that each office may define for itself: in GB18030 what Big5 comes out as, too."""
TEXT_TYPES = frozenset(b"C")

SYMBOLS = frozenset(range(0xA0, 0x100)) | frozenset(range(0x391, 0x3CA))
"""Latin and Greek letters and signs that a Chinese table may well hold (m², °, ×, α)."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a .dbf; ``cut`` where a text ends in the middle of a character."""

    name: str
    cut: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Field:
    name: bytes
    start: int
    size: int


@dataclass(slots=True)
class _Trial:
    """Decodes texts in one encoding until the first that cannot be."""

    name: str
    fits: bool = True
    cut: bool = False
    characters: set[str] = field(default_factory=set)

    def take(self, text: bytes, *, full: bool) -> None:
        """Try a text; one that fills its field may end within a character."""
        if not self.fits:
            return
        decoder = codecs.getincrementaldecoder(self.name)("strict")
        try:
            read = decoder.decode(text, final=not full)
        except UnicodeDecodeError:
            self.fits = False
            return
        self.cut = self.cut or bool(decoder.getstate()[0])
        self.characters.update(read)


def dbf_encoding(path: Path, stated: str) -> Encoding:
    """Return the encoding of a .dbf file; ``stated`` wins where the bytes allow it.

    Raises:
        LayerError: the texts are not in the stated encoding, or in none that we know.

    """
    claimed = "" if stated else _claimed(path) or _page(path)
    names = [name for name in (stated or claimed, UTF_8, GB18030) if name]
    trials = {name: _Trial(name) for name in dict.fromkeys(names)}
    for text, full in _texts(path):
        for trial in trials.values():
            trial.take(text, full=full)
    if stated:
        if not trials[stated].fits:
            refuse("encoding", file=path, value=stated)
        return Encoding(stated, trials[stated].cut, (note("encoding_stated", value=stated),))
    chosen = _choose(trials, claimed, path)
    seen = any(trial.characters for trial in trials.values())
    notes = []
    if seen and claimed and not _alike(claimed, chosen.name):
        notes.append(note("encoding_lie", claimed=claimed, value=chosen.name))
    elif seen and not claimed:
        notes.append(note("encoding_found", value=chosen.name))
    if strange := sorted(one for one in chosen.characters if ord(one) in PRIVATE):
        code = f"U+{ord(strange[0]):04X}"
        notes.append(note("encoding_private", count=len(strange), value=chosen.name, code=code))
    if chosen.cut:
        notes.append(note("encoding_cut"))
    return Encoding(chosen.name, chosen.cut, tuple(notes))


def _choose(trials: dict[str, _Trial], claimed: str, path: Path) -> _Trial:
    utf_8, gb18030 = trials[UTF_8], trials[GB18030]
    if utf_8.fits and _chinese(utf_8.characters):
        # GBK by chance does not come out as three-byte characters
        return utf_8
    if claimed and trials[claimed].fits:
        return trials[claimed]
    if utf_8.fits and not (gb18030.fits and _by_chance(utf_8.characters)):
        return utf_8
    if gb18030.fits:
        return gb18030
    return refuse("encoding", file=path, value="UTF-8、GB18030")


def _chinese(characters: set[str]) -> bool:
    return any(ord(character) > 0x7FF for character in characters)  # noqa: PLR2004  # 3 bytes


def _by_chance(characters: set[str]) -> bool:
    """Tell texts that only happen to be UTF-8: 联通 in GBK is two letters of no alphabet here."""
    return any(ord(character) not in SYMBOLS for character in characters if not character.isascii())


def _alike(first: str, second: str) -> bool:
    family = {"gbk": GB18030, "gb2312": GB18030, "cp936": GB18030}
    one, two = (codecs.lookup(name).name for name in (first, second))
    return family.get(one, one) == family.get(two, two)


def _claimed(path: Path) -> str:
    """Return what the .cpg beside the .dbf says, in Python's words; "" where it says nothing."""
    beside = (other for other in path.parent.iterdir()
              if other.stem == path.stem and other.suffix.lower() == ".cpg")  # fmt: skip
    for other in beside:
        with other.open("rb") as stream:
            words = stream.read(64).decode("ascii", errors="ignore").strip().lower()
        for name in (words, words.removeprefix("ansi ").removeprefix("oem "), f"cp{words}"):
            try:
                found = codecs.lookup(name).name
            except (LookupError, ValueError):
                continue
            return "" if _one_byte(found) else found
    return ""


def _one_byte(name: str) -> bool:
    """Tell an encoding in which nearly every byte is a letter: GBK never contradicts it.

    Programs that know no Chinese write such a name (1252, OEM) whatever the texts are in.
    """
    upper = bytes(range(0xA1, 0xFF))
    return len(upper.decode(name, errors="ignore")) > len(upper) * 3 // 4


def _page(path: Path) -> str:
    """Return the Chinese code page that a .dbf names in its own head, if any."""
    with path.open("rb") as stream:
        head = stream.read(HEADER)
    return PAGES.get(head[29], "") if len(head) == HEADER else ""


def dbf_rows(path: Path) -> tuple[int, int]:
    """Return how many rows a .dbf holds, and how many of them are marked as deleted.

    Raises:
        LayerError: its head is broken.

    """
    with path.open("rb") as stream:
        head = stream.read(HEADER)
    if len(head) < HEADER:
        refuse("dbf", file=path)
    offset, width = (int.from_bytes(head[at : at + 2], "little") for at in (8, 10))
    room = path.stat().st_size - offset
    if offset < HEADER or room < 0:
        refuse("dbf", file=path)
    count = min(int.from_bytes(head[4:8], "little"), room // width if width else 0)
    if not count:
        return 0, 0
    marks = np.memmap(path, np.uint8, "r", offset, (count, width))[:, 0]
    return count, int((marks == DELETED).sum())


def _fields(head: bytes) -> list[_Field]:
    fields, start = [], 1
    for at in range(HEADER, len(head) - FIELD + 1, FIELD):
        if head[at] == END:
            break
        size = head[at + 16]
        name = head[at : at + 11].split(b"\0")[0]
        if head[at + 11] in TEXT_TYPES:
            # a text's length has a second byte where other types have their decimals
            size += head[at + 17] << 8
            fields.append(_Field(name, start, size))
        else:
            fields.append(_Field(name, start, 0))
        start += size
    return fields


def _texts(path: Path) -> Iterator[tuple[bytes, bool]]:
    """Yield each different text with a byte over 127, and whether it fills its field."""
    with path.open("rb") as stream:
        head = stream.read(HEADER)
        if len(head) < HEADER:
            refuse("dbf", file=path)
        rows = int.from_bytes(head[4:8], "little")
        offset, width = (int.from_bytes(head[at : at + 2], "little") for at in (8, 10))
        fields = _fields(head + stream.read(max(offset - HEADER, 0)))
    for one in fields:
        if not one.name.isascii():
            yield one.name, len(one.name) >= 10  # noqa: PLR2004  # bytes of a field name
    held = (path.stat().st_size - offset) // width if width else 0
    if offset < HEADER or any(one.start + one.size > width for one in fields) or held < 0:
        refuse("dbf", file=path)
    if not (count := min(rows, held)):
        return
    table = np.memmap(path, np.uint8, "r", offset, (count, width))
    for begin in range(0, count, ROWS_AT_ONCE):
        block = table[begin : begin + ROWS_AT_ONCE]
        for one in fields:
            if one.size:
                yield from _cells(block[:, one.start : one.start + one.size], one.size)


def _cells(cells: np.ndarray, size: int) -> Iterator[tuple[bytes, bool]]:
    foreign = cells[(cells > 127).any(axis=1)]  # noqa: PLR2004  # ASCII ends there
    whole = np.ascontiguousarray(foreign).view(f"S{size}").ravel()
    for text in np.unique(whole).tolist():
        kept = text.split(b"\0")[0].rstrip(b" ")
        yield kept, len(kept) >= size - 3


def redecoded(text: object, encoding: str) -> object:
    """Return a text that was read as RAW in its true encoding, without the half character."""
    if not isinstance(text, str):
        return text
    return text.encode("latin-1").decode(encoding, errors="ignore")


def plain(text: str) -> str:
    r"""Return a field name without control characters.

    >>> plain("名\x01称")
    '名称'
    """
    return "".join(one for one in text if unicodedata.category(one) != "Cc")
