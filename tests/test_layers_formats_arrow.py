"""A GeoPackage through Arrow: the same table, or the row reader's."""

import importlib.util
import sqlite3
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.errors import LayerError
from layers.formats import read_source
from layers.formats import vector as vector_module
from layers.formats.arrow import arrow_frame

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pyarrow") is None, reason="LOUD SKIP: pyarrow is not installed"
)

POINTS = [shapely.Point(112, 35), None, shapely.Point(113, 36)]
COLUMNS = {
    "int16": np.array([1, 2, 3], dtype="int16"),
    "int32": np.array([1, 2, 3], dtype="int32"),
    "int64": np.array([2**53 + 1, 5, -7]),
    "int64 with a null": pd.array([2**53 + 1, None, 3], dtype="Int64"),
    "int32 with a null": pd.array([1, None, 3], dtype="Int32"),
    "float32": np.array([1.5, np.nan, 2], dtype="float32"),
    "float64": [1.5, np.nan, 2.0],
    "bool": [True, False, True],
    "bool with a null": pd.array([True, None, False], dtype="boolean"),
    "text": ["甲", None, " a "],
    "empty text": ["", "x", None],
    "nothing": [None, None, None],
    "time": pd.to_datetime(["2024-01-01 10:11:12.345", None, "2025-02-03 00:00:00"],
                           format="ISO8601"),
    "zoned": pd.to_datetime(["2024-01-01 10:11:12+08:00", None, "2025-02-03 00:00:00+08:00"]),
}  # fmt: skip


def written(frame, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        driver = "OpenFileGDB" if path.suffix == ".gdb" else None
        pyogrio.write_dataframe(frame, path, layer=path.stem, driver=driver)
    return path


def both(path, monkeypatch):
    """Return what is read with Arrow, and without."""
    found = read_source(path)
    with monkeypatch.context() as patch:
        patch.setattr(vector_module, "arrow_frame", lambda *_: None)
        return found, read_source(path)


def assert_same(found, wanted):
    assert (found.read, found.rejects, found.notes) == (wanted.read, wanted.rejects, wanted.notes)
    assert found.frame.columns.tolist() == wanted.frame.columns.tolist()
    assert found.frame.dtypes.tolist() == wanted.frame.dtypes.tolist()
    assert found.frame.crs == wanted.frame.crs
    assert found.frame.index.equals(wanted.frame.index)
    for name in wanted.frame.columns:
        # repr tells None from NaN, 1 from 1.0 and True from 1
        assert repr(found.frame[name].tolist()) == repr(wanted.frame[name].tolist())
    assert found.frame.geometry.to_wkb().tolist() == wanted.frame.geometry.to_wkb().tolist()


@pytest.mark.parametrize("suffix", [".gpkg", ".gdb", ".geojson", ".shp", ".fgb"])
@pytest.mark.parametrize("column", COLUMNS)
def test_every_kind_of_column_is_the_same_with_and_without_arrow(
    tmp_path, monkeypatch, suffix, column
):
    kept = slice(None) if suffix != ".fgb" else [0, 2]  # it holds no missing geometry
    frame = gpd.GeoDataFrame({"c": COLUMNS[column], "n": [1, 2, 3]}, geometry=POINTS, crs=4490)
    path = tmp_path / f"a{suffix}"
    written(frame.iloc[kept].reset_index(drop=True), path)
    assert_same(*both(path, monkeypatch))


def database(path, column, *statements):
    """Write a GeoPackage with one column ``c``, then what SQLite alone would take."""
    points = [shapely.Point(112, 35)] * len(column)
    written(gpd.GeoDataFrame({"c": column}, geometry=points, crs=4490), path)
    with sqlite3.connect(path) as base:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            base.create_function(name, 1, lambda _: 0)
        for statement, *values in statements:
            base.execute(statement, values)
    base.close()
    return path


@pytest.mark.parametrize(("column", "values"), [
    ([1, 2, 3], ["abc", 2.5, None]), (["a", "b", "c"], [1, 2.5, b"x"]),
    ([1.5, 2.5, 3.5], ["x", 2, None]),
])  # fmt: skip
def test_values_of_another_type_than_the_column_are_read_the_same(
    tmp_path, monkeypatch, column, values
):
    changes = [
        ("UPDATE a SET c = ? WHERE fid = ?", value, at) for at, value in enumerate(values, 1)
    ]
    path = database(tmp_path / "a.gpkg", column, *changes)
    assert_same(*both(path, monkeypatch))


def test_dates_and_bytes_are_read_by_rows(tmp_path, monkeypatch):
    path = database(
        tmp_path / "a.gpkg",
        ["a", "b"],
        ["ALTER TABLE a ADD COLUMN d DATE"],
        ["ALTER TABLE a ADD COLUMN b BLOB"],
        ["UPDATE a SET d = '2024-01-01', b = x'6162' WHERE fid = 2"],
    )
    found, wanted = both(path, monkeypatch)
    assert_same(found, wanted)
    assert found.frame["c"].tolist() == ["a", "b"]
    assert found.frame["b"].tolist()[1] == b"ab"
    assert found.frame["d"].tolist() == [pd.NaT, pd.Timestamp("2024-01-01")]


def test_text_that_is_no_text_is_refused_either_way(tmp_path, monkeypatch):
    bad = ["UPDATE a SET c = CAST(x'ff61' AS TEXT) WHERE fid = 1"]
    path = database(tmp_path / "a.gpkg", ["a", "b"], bad)
    with pytest.raises(LayerError, match="按 utf-8 解不出来"):
        read_source(path)
    monkeypatch.setattr(vector_module, "arrow_frame", lambda *_: None)
    with pytest.raises(LayerError, match="按 utf-8 解不出来"):
        read_source(path)


HEADER = b"GP\0\1" + (4490).to_bytes(4, "little")


@pytest.mark.parametrize("blob", [b"", b"abc", HEADER[:4], HEADER, HEADER + b"\1\3"])
def test_a_broken_shape_is_a_reject_either_way(tmp_path, monkeypatch, blob):
    change = ["UPDATE a SET geom = ? WHERE fid = 1", blob]
    found, wanted = both(database(tmp_path / "a.gpkg", ["a", "b"], change), monkeypatch)
    assert_same(found, wanted)
    assert (found.read, len(found.rejects)) == (2, 1)


SHAPES = {
    "open ring": "POLYGON ((0 0, 1 0, 1 1, 0 0))",
    "collection": "GEOMETRYCOLLECTION (POINT (112 35), LINESTRING (112 35, 113 35))",
    "empty": "POLYGON EMPTY",
    "height": "POLYGON Z ((112 35 1, 113 35 2, 113 36 3, 112 35 1))",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_the_same_either_way(tmp_path, monkeypatch, shape):
    shapes = [shapely.from_wkt(SHAPES[shape]), shapely.box(112, 35, 112.1, 35.1)]
    path = written(gpd.GeoDataFrame({"n": [1, 2]}, geometry=shapes, crs=4490), tmp_path / "a.gpkg")
    assert_same(*both(path, monkeypatch))


def test_curves_are_left_to_the_row_reader(tmp_path, monkeypatch):
    arc = np.array([112, 35, 112.5, 35.5, 113, 35]).tobytes()
    change = ["UPDATE a SET geom = ? WHERE fid = 1", HEADER + b"\1\x08\0\0\0\3\0\0\0" + arc]
    path = database(tmp_path / "a.gpkg", ["a", "b"], change)
    assert arrow_frame(path, "a") is None
    found, wanted = both(path, monkeypatch)
    assert_same(found, wanted)
    assert shapely.get_num_coordinates(found.frame.geometry[0]) > 3


def test_an_empty_layer_and_one_without_columns(tmp_path, monkeypatch):
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(112, 35)], crs=4490)
    assert_same(*both(written(frame.iloc[:0], tmp_path / "a.gpkg"), monkeypatch))
    assert_same(*both(written(frame[["geometry"]], tmp_path / "b.gpkg"), monkeypatch))


TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"))
ROWS = st.tuples(
    st.none() | TEXTS,
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(allow_nan=False),
)


@given(rows=st.lists(ROWS, min_size=1, max_size=8))
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_the_rows_hold(tmp_path_factory, monkeypatch, rows):
    texts, whole, real = zip(*rows, strict=True)
    columns = {"t": texts, "i": pd.array(whole, dtype="Int64"), "r": real}
    frame = gpd.GeoDataFrame(columns, geometry=[shapely.Point(112, 35)] * len(rows), crs=4490)
    path = written(frame, tmp_path_factory.mktemp("g") / "a.gpkg")
    assert arrow_frame(path, "a") is not None
    assert_same(*both(path, monkeypatch))
