"""Archives (.zip, .kmz, and the zip that an .xlsx is) from strangers, opened safely."""

import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from layers.errors import LayerError
from layers.formats.source import Reject, Source, refuse
from layers.words import say

MAX_MEMBERS = 10_000
"""Files in an archive. The largest file geodatabases have some hundreds of files."""

MAX_UNPACKED_BYTES = 4 << 30
"""Bytes after unpacking: a Shapefile's .shp and .dbf cannot be larger than 2 GB each."""

MAX_RATIO = 200
"""Unpacked to packed. Real layers shrink by 2 to 20 and a .dbf full of blanks by some 100;
deflate cannot do more than 1032, which is what a bomb is made of."""

HARMLESS_BYTES = 256 << 20
"""Up to here no ratio is a danger: blank tables shrink very well and fit into memory."""

NESTED = frozenset({".zip", ".kmz", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz"})

BLOCK = 1 << 20

CLUTTER = ("__MACOSX/", ".DS_Store", "Thumbs.db")


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Yield a temporary folder with an archive's files, removed afterwards.

    Raises:
        LayerError: the archive is broken, hostile or encrypted (see ``checked``).

    """
    with TemporaryDirectory(prefix="shanhe-") as name, opened(path) as archive:
        folder = Path(name)
        room = MAX_UNPACKED_BYTES
        for member in checked(archive, path):
            if member.is_dir() or _clutter(member.filename):
                continue
            target = folder.joinpath(*PurePosixPath(member.filename.replace("\\", "/")).parts)
            if target.exists():
                # a file system without upper and lower case, or a name given twice
                refuse("archive_twice", file=path, member=member.filename)
            target.parent.mkdir(parents=True, exist_ok=True)
            room = _unpack(archive, member, target, room, path)
        yield folder


def read_within(folder: Path, path: Path, read: Callable[[], Source]) -> Source:
    """Return what is read from an unpacked archive; messages name it, not its temporary folder."""

    def outward(text: str) -> str:
        return text.replace(str(folder), str(path))

    try:
        source = read()
    except LayerError as error:
        raise LayerError(outward(str(error))) from error
    rejects = tuple(
        Reject(outward(item.file), item.feature, outward(item.reason)) for item in source.rejects
    )
    return replace(source, rejects=rejects, notes=tuple(map(outward, source.notes)))


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Yield the archive; names without the UTF-8 mark are GBK, as Chinese Windows writes them.

    Raises:
        LayerError: the archive is broken or packed in a way that cannot be read.

    """
    with path.open("rb") as stream:
        if stream.read(2) != b"PK":
            refuse("content", file=path, suffix=path.suffix)
    try:
        with zipfile.ZipFile(path, metadata_encoding="gb18030") as archive:
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise LayerError(say("format.refused.archive_broken", file=path, reason=reason)) from error


def checked(
    archive: zipfile.ZipFile, path: Path, *, nested: bool = False, limit: int | None = None
) -> list[zipfile.ZipInfo]:
    """Return the members of an archive after looking at their names and stated sizes.

    Nothing is unpacked here. ``nested`` allows archives within (an .xlsx may
    carry one that is never opened), ``limit`` bounds the bytes after unpacking.

    Raises:
        LayerError: too many members, too much to unpack, a ratio that only a bomb
            has, a name that leads out of the folder, a link, a password, or an
            archive within the archive.

    """
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        refuse("archive_members", file=path, count=len(members), limit=MAX_MEMBERS)
    size = sum(member.file_size for member in members)
    packed = max(path.stat().st_size, 1)
    limit = MAX_UNPACKED_BYTES if limit is None else limit
    if size > limit:
        refuse("archive_size", file=path, size=size >> 20, limit=limit >> 20)
    if size > HARMLESS_BYTES and size > packed * MAX_RATIO:
        refuse("archive_ratio", file=path, ratio=size // packed, limit=MAX_RATIO)
    for member in members:
        _check_member(member, path, nested=nested)
    return members


def _check_member(member: zipfile.ZipInfo, path: Path, *, nested: bool) -> None:
    name = member.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    drive = len(name) > 1 and name[1] == ":"
    if name.startswith("/") or drive or ".." in parts or not parts:
        refuse("archive_path", file=path, member=name)
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        refuse("archive_link", file=path, member=name)
    if member.flag_bits & 1:
        refuse("archive_password", file=path, member=name)
    if not nested and PurePosixPath(name).suffix.lower() in NESTED and not _clutter(name):
        refuse("archive_nested", file=path, member=name)


def _clutter(name: str) -> bool:
    return name.startswith(CLUTTER) or name.endswith(CLUTTER)


def _unpack(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, room: int, path: Path
) -> int:
    """Write one member and return how many bytes are left: stated sizes may lie."""
    with archive.open(member) as stream, target.open("xb") as out:
        while block := stream.read(BLOCK):
            room -= len(block)
            if room < 0:
                limit = MAX_UNPACKED_BYTES >> 20
                refuse("archive_size", file=path, size=limit + 1, limit=limit)
            out.write(block)
    return room
