"""KML and KMZ: the placemarks of all folders, after a look at the XML."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import geopandas as gpd
import pandas as pd

from layers.formats.archive import read_within, unpacked
from layers.formats.markup import check_xml
from layers.formats.source import Source, decoded, note, quoted, read_bytes, refuse
from layers.formats.vector import gdal_frame, gdal_layers, split_empty

FOLDER = "kml_folder"
"""The column that keeps in which folder a placemark lay."""


def read_kml(path: Path, *, encoding: str = "", table: str = "") -> Source:
    """Return the placemarks of one folder, or of all of them one after the other.

    Raises:
        LayerError: the XML declares entities or is broken, or the folder is not there.

    """
    raw = read_bytes(path)
    text, found = _utf_8(raw, path, encoding)
    counts = check_xml(io.BytesIO(text), path)
    notes = [note("encoding_found", value=found)] if found else []
    if counts.get("NetworkLink"):
        notes.append(note("network_link", count=counts["NetworkLink"]))
    with _beside(path, text if found else None) as file:
        names = gdal_layers(file)
        if table and table not in names:
            refuse("layers", file=path, found="、".join(map(quoted, names)), value=table)
        wanted = [at for at, name in enumerate(names) if not table or name == table]
        frames = [gdal_frame(file, at, None).assign(**{FOLDER: names[at]}) for at in wanted]
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


def _utf_8(raw: bytes, path: Path, encoding: str) -> tuple[bytes, str]:
    """Return the text in an encoding that GDAL's parser knows, and the true one if it changed."""
    if not encoding and raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw, ""
    text, found = decoded(raw, path, encoding)
    head, mark, rest = text.partition("?>")
    declared = mark and "encoding" in head and "utf-8" not in head.lower()
    if found in {"utf-8-sig", "utf-8"} and not declared:
        return raw, ""
    if mark and head.lstrip().startswith("<?xml"):
        text = '<?xml version="1.0" encoding="UTF-8"?>' + rest
    return text.encode(), found


@contextmanager
def _beside(path: Path, text: bytes | None) -> Iterator[Path]:
    """Yield the file, or where its text had to be recoded a temporary copy."""
    if text is None:
        yield path
        return
    with TemporaryDirectory(prefix="shanhe-") as name:
        copy = Path(name) / f"{path.stem}.kml"
        copy.write_bytes(text)
        yield copy


def _alike(frames: list[gpd.GeoDataFrame]) -> list[gpd.GeoDataFrame]:
    """Return frames whose columns pandas can put together: all-empty columns become objects."""
    shapes = [frame.geometry.name for frame in frames]
    return [
        frame.astype({name: object for name in frame.columns if name != shape})
        for frame, shape in zip(frames, shapes, strict=True)
    ]
