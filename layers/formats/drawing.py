"""DXF drawings: entities as features, closed lines as areas."""

import codecs
from pathlib import Path

import geopandas as gpd
import shapely

from layers.formats.source import Source, note, refuse
from layers.formats.vector import choose_layer, gdal_frame, gdal_options, split_empty

BLOCK = 1 << 20

ENCODINGS = ("utf-8", "gb18030")


def read_dxf(path: Path, *, encoding: str = "", table: str = "", crs: str = "") -> Source:
    """Return the entities of a drawing; closed lines come out as areas.

    Raises:
        LayerError: no CRS is stated (a drawing carries none), its texts are in no
            encoding that we know, or GDAL cannot read it.

    """
    if not crs:
        refuse("dxf_crs", file=path)
    found = encoding or _encoding(path)
    # the code page in the head is not to be relied on: from 2007 on the text is UTF-8 whatever
    # stands there, and older programs write 1252 above Chinese. So GDAL is told to pass the bytes
    with gdal_options(DXF_ENCODING="UTF-8"):
        frame = gdal_frame(path, choose_layer(path, table), found)
    notes = [note("encoding_found", value=found)] if encoding or found != ENCODINGS[0] else []
    shapes = frame.geometry.to_numpy()
    lines = shapely.get_type_id(shapes) == shapely.GeometryType.LINESTRING
    rings = lines & shapely.is_closed(shapes) & (shapely.get_num_coordinates(shapes) > 3)  # noqa: PLR2004
    if rings.any():
        closed = shapes.copy()
        points, of = shapely.get_coordinates(shapes[rings], return_index=True)
        closed[rings] = shapely.polygons(shapely.linearrings(points, indices=of))
        frame = frame.set_geometry(gpd.GeoSeries(closed, index=frame.index))
        notes.append(note("dxf_rings", count=int(rings.sum())))
    return split_empty(frame, path, notes)


def _encoding(path: Path) -> str:
    """Return the encoding that every byte of the drawing fits: UTF-8, else GB18030."""
    decoders = {name: codecs.getincrementaldecoder(name)("strict") for name in ENCODINGS}
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            for name, decoder in list(decoders.items()):
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    del decoders[name]
    if not decoders:
        refuse("encoding", file=path, value="、".join(ENCODINGS))
    return next(iter(decoders))
