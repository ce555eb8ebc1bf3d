"""KML and KMZ: the placemarks of all folders, after a look at the XML."""

import html
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import geopandas as gpd
import pandas as pd

from layers.errors import LayerError
from layers.formats.archive import read_within, unpacked
from layers.formats.markup import check_xml
from layers.formats.source import Source, decoded, note, quoted, read_bytes, refuse
from layers.formats.vector import gdal_frame, gdal_layers, split_empty

FOLDER = "kml_folder"
"""The column that keeps in which folder a placemark lay."""

PLAIN = frozenset({"utf-8", "utf-8-sig"})

_DATA = re.compile(r"""(<(?:\w+:)?Data\s[^<>]*?\bname\s*=\s*)(["'])([^<>]*?)\2""")
_OVERLAY = re.compile(r"<((?:\w+:)?GroundOverlay)\b.*?</\1\s*>", re.DOTALL)
_VIRTUAL = "<OGR"
"""How GDAL's own files that point to other files and addresses begin; it goes by content."""

_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")


def read_kml(path: Path, *, encoding: str = "", table: str = "") -> Source:
    """Return the placemarks of one folder, or of all of them one after the other.

    Raises:
        LayerError: the XML declares entities or is broken, or the folder is not there.

    """
    text, found = decoded(read_bytes(path), path, encoding)
    notes = [] if found in PLAIN and not encoding else [note("encoding_found", value=found)]
    text = '<?xml version="1.0" encoding="UTF-8"?>' + _DECLARATION.sub("", text, count=1)
    counts = check_xml(io.BytesIO(text.encode()), path)
    if not counts.get("kml") or _VIRTUAL in text:
        refuse("content", file=path, suffix=path.suffix)
    if counts.get("NetworkLink"):
        notes.append(note("network_link", count=counts["NetworkLink"]))
    if counts.get("GroundOverlay"):
        # its corners would come out as an area
        text = _OVERLAY.sub("", text)
        notes.append(note("ground_overlay", count=counts["GroundOverlay"]))
    text, fields = _with_safe_fields(text)
    with _written(path, text) as file:
        names = gdal_layers(file)
        if table and table not in names:
            refuse("layers", file=path, found="、".join(map(quoted, names)), value=table)
        wanted = [at for at, name in enumerate(names) if not table or name == table]
        frames = [gdal_frame(file, at, None).rename(columns=fields).assign(**{FOLDER: names[at]})
                  for at in wanted]  # fmt: skip
    if not frames:
        refuse("no_geometry", file=path)
    frame = frames[0]
    if len(frames) > 1:
        frame = gpd.GeoDataFrame(pd.concat(_alike(frames), ignore_index=True), crs=frame.crs)
        notes.append(note("kml_folders", names="、".join(quoted(names[at]) for at in wanted)))
    missed = counts.get("Placemark", 0) - len(frame)
    if missed and not table:
        refuse("placemarks", file=path, count=counts["Placemark"], found=len(frame))
    return split_empty(frame, path, notes)


def read_kmz(path: Path, *, encoding: str = "", table: str = "") -> Source:
    """Return the placemarks of the main document of a KMZ: doc.kml, or the only .kml.

    Raises:
        LayerError: as ``unpacked`` and ``read_kml``; or there is no main document.

    """
    with unpacked(path) as folder:
        found = sorted(other for other in folder.rglob("*") if other.suffix.lower() == ".kml")
        main = [other for other in found if other.name.lower() == "doc.kml"
                and other.parent == folder] or found  # fmt: skip
        if len(main) != 1:
            names = "、".join(str(PurePosixPath(other.relative_to(folder))) for other in found)
            refuse("archive_choice", file=path, found=names or "—")
        return read_within(folder, path, lambda: read_kml(main[0], encoding=encoding, table=table))


def _with_safe_fields(text: str) -> tuple[str, dict[str, str]]:
    """Return the text with plain field names, and the true name of each.

    GDAL makes one underscore of every byte that is no letter of English, so that all names
    of two Chinese characters become one field; and a field ``name`` hides the placemark's own.
    """
    names: dict[str, str] = {}

    def plain(found: re.Match[str]) -> str:
        true = html.unescape(found[3])
        return f'{found[1]}"{names.setdefault(true, f"field_{len(names)}")}"'

    text = _DATA.sub(plain, text)
    taken = {"geometry", FOLDER, "Name", "description"}
    fields = {}
    for true, safe in names.items():
        name, number = true or "_", 2
        while name in taken:
            name, number = f"{true}_{number}", number + 1
        taken.add(name)
        fields[safe] = name
    return text, fields


@contextmanager
def _written(path: Path, text: str) -> Iterator[Path]:
    """Yield a temporary file with the text, under the file's own name."""
    with TemporaryDirectory(prefix="shanhe-") as name:
        copy = Path(name) / f"{path.stem}.kml"
        copy.write_text(text, encoding="utf-8")
        try:
            yield copy
        except LayerError as error:
            raise LayerError(str(error).replace(str(copy), str(path))) from error


def _alike(frames: list[gpd.GeoDataFrame]) -> list[gpd.GeoDataFrame]:
    """Return frames whose columns pandas can put together: all-empty columns become objects."""
    shapes = [frame.geometry.name for frame in frames]
    return [
        frame.astype({name: object for name in frame.columns if name != shape})
        for frame, shape in zip(frames, shapes, strict=True)
    ]
