"""The ledger of every reader: features read are features kept and features rejected."""

import json
import warnings
import zipfile

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
import shapely

from layers import formats
from layers.formats import read_source

DRIVERS = {".gpkg": "GPKG", ".gdb": "OpenFileGDB", ".shp": "ESRI Shapefile", ".fgb": "FlatGeobuf"}
HERE = [shapely.Point(112, 35), None, shapely.Point(113, 36)]
KML = (
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    "<Placemark><name>好</name><Point><coordinates>112,35</coordinates></Point></Placemark>"
    "<Placemark><name>坏</name></Placemark></Document></kml>"
)
TABLE = "名称,经度,纬度\n好,112,35\n坏,百里,35\n远,12,35\n"
SURVEY = (
    "[属性描述]\n坐标系=2000国家大地坐标系\n带号=38\n[地块坐标]\n"
    "4,1,A,甲,面,,,,@\n"
    "J1,1,3900000,38500000\nJ2,1,3900100,38500000\nJ3,1,3900100,38500100\nJ4,1,3900000,38500100\n"
    "3,1,B,乙,面,,,,@\nJ1,1,3900000,38500000\nJ2,1,坏\n"
)
LINE = "0\nLINE\n5\n30\n8\n0\n10\n0\n20\n0\n11\n9\n21\n9\n"
HATCH = "0\nHATCH\n5\n31\n8\n0\n2\nSOLID\n70\n1\n71\n0\n91\n0\n75\n0\n76\n1\n98\n0\n"
"""A hatch without boundary."""


def gdal(path):
    frame = gpd.GeoDataFrame({"n": [1, 2, 3]}, geometry=HERE, crs=4490)
    options = {"SPATIAL_INDEX": "NO"} if path.suffix == ".fgb" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.write_dataframe(frame, path, driver=DRIVERS[path.suffix], **options)


def geojson(path):
    shapes = [{"type": "Point", "coordinates": [112, 35]}, None]
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in shapes]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def parquet(path):
    gpd.GeoDataFrame({"n": [1, 2, 3]}, geometry=HERE, crs=4490).to_parquet(path)


def excel(path):
    book = openpyxl.Workbook()
    for row in TABLE.splitlines():
        book.active.append(row.split(","))
    book.save(path)


def drawing(path):
    path.write_text(f"0\nSECTION\n2\nENTITIES\n{LINE}{HATCH}0\nENDSEC\n0\nEOF\n")


def archived(path, name, make):
    inner = path.with_name(name)
    make(inner)
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(path.parent.glob(f"{inner.stem}.*")):
            if part != path:
                archive.write(part, part.name)


CASES = {
    **dict.fromkeys(("a.gpkg", "a.gdb", "a.shp", "a.fgb"), (gdal, 3, ["2"])),
    **dict.fromkeys(("a.geojson", "a.json"), (geojson, 2, ["2"])),
    **dict.fromkeys(("a.parquet", "a.geoparquet"), (parquet, 3, ["2"])),
    "a.kml": (lambda path: path.write_text(KML), 2, ["2"]),
    "a.kmz": (lambda path: archived(path, "doc.kml", lambda to: to.write_text(KML)), 2, ["2"]),
    **dict.fromkeys(("a.csv", "table.txt"), (lambda path: path.write_text(TABLE), 3, ["3", "4"])),
    "a.tsv": (lambda path: path.write_text(TABLE.replace(",", "\t")), 3, ["3", "4"]),
    **dict.fromkeys(("a.xlsx", "a.xlsm"), (excel, 3, ["3", "4"])),
    "survey.txt": (lambda path: path.write_text(SURVEY), 2, ["B"]),
    "a.dxf": (drawing, 2, ["2"]),
    "a.zip": (lambda path: archived(path, "b.shp", gdal), 3, ["2"]),
}


def test_every_reader_has_its_case():
    assert {name[name.index(".") :] for name in CASES} == set(formats._READERS)


@pytest.mark.parametrize("name", CASES)
def test_read_is_kept_and_rejected_with_file_feature_and_reason(tmp_path, name):
    make, read, rejected = CASES[name]
    path = tmp_path / name
    make(path)
    source = read_source(path, crs="EPSG:4526" if name == "a.dxf" else "")
    assert (source.read, len(source.frame)) == (read, read - len(rejected))
    assert [item.feature for item in source.rejects] == rejected
    for item in source.rejects:
        assert item.file.startswith(str(path))
        assert item.reason
    assert not source.frame.geometry.isna().any()
