"""Single rings straight from well-known binary: the same geometries, sooner."""

import importlib.util

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from shapely import LineString, MultiPolygon, Point, Polygon, box

from layers import carry, datum
from layers.area import Area, County
from layers.carry import EDGE_M, carried, densified
from layers.formats import read_source
from layers.outlines import Outlines, bounded, gathered, rings_of
from layers.read import read_layer
from layers.register import Layer

HOLED = Polygon(box(0, 0, 9, 9).exterior, [box(1, 1, 2, 2).exterior])
SHAPES = [
    box(0, 0, 10, 10), HOLED, MultiPolygon([box(0, 0, 1, 1)]), Point(1, 2),
    MultiPolygon([box(0, 0, 1, 1), box(5, 5, 6, 6)]), Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]),
    LineString([(0, 0), (3, 4)]), MultiPolygon([HOLED]), box(-1, -1, 0, 0),
]  # fmt: skip
SINGLE = [0, 2, 5, 8]
"""Those of one ring, one of them the only part of a multipolygon, one crossing itself."""


def binary(parts):
    """Return the bytes of geometries one after the other, and where each begins."""
    return (
        np.frombuffer(b"".join(parts), np.uint8),
        np.append(0, np.cumsum([len(part) for part in parts], dtype=np.int64)),
    )


def outlines(shapes, crs="EPSG:4547"):
    rings, rows = rings_of(*binary([shapely.to_wkb(shape, byte_order=1) for shape in shapes]))
    others = np.array([*shapes, None], dtype=object)[:-1]
    others[rows] = None
    return Outlines(rings, rows, others, crs)


def wkb(shapes):
    return shapely.to_wkb(shapes).tolist()


def test_single_rings_are_told_from_all_others():
    found = outlines(SHAPES)
    assert found.rows.tolist() == SINGLE
    assert found.rest.tolist() == [1, 3, 4, 6, 7]
    assert found.rings.lone.tolist() == [False, True, False, False]
    assert found.rings.ends.tolist() == [0, 5, 10, 15, 20]
    assert wkb(found.geometries()) == wkb(SHAPES)
    assert wkb(found[np.array([8, 1, 2, 2])]) == wkb([SHAPES[at] for at in (8, 1, 2, 2)])


def test_batches_are_put_together_in_order():
    parts = [SHAPES[:3], [Point(0, 0)], SHAPES[3:]]
    whole = gathered([outlines(part) for part in parts])
    assert wkb(whole.geometries()) == wkb([*SHAPES[:3], Point(0, 0), *SHAPES[3:]])
    assert whole.rows.tolist() == [0, 2, 6, 9]


PLAIN = shapely.to_wkb(box(0, 0, 1, 1), byte_order=1)
OTHER = {
    "missing": b"",
    "cut": PLAIN[:-1],
    "longer": PLAIN + b"\0",
    "a point more than there are": PLAIN[:9] + b"\6" + PLAIN[10:],
    "big-endian": shapely.to_wkb(box(0, 0, 1, 1), byte_order=0),
    "height": shapely.to_wkb(shapely.force_3d(box(0, 0, 1, 1)), byte_order=1),
    "two points": PLAIN[:9] + b"\2" + PLAIN[10:45],
    "no ring": shapely.to_wkb(Polygon(), byte_order=1),
    "header only": PLAIN[:13],
}


@pytest.mark.parametrize("other", OTHER)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_not_plain_is_left_out(other, place):
    parts = [PLAIN, PLAIN]
    parts.insert(place, OTHER[other])
    rings, rows = rings_of(*binary(parts))
    assert rows.tolist() == [row for row in range(3) if row != place]
    assert wkb(rings.geometries()) == [shapely.to_wkb(box(0, 0, 1, 1))] * 2


@pytest.mark.parametrize("number", [np.nan, np.inf, 7.0])
def test_a_ring_that_is_open_or_endless_leaves_all_to_geos(number):
    broken = PLAIN[:-16] + np.array([number]).tobytes() + PLAIN[-8:]
    _, rows = rings_of(*binary([PLAIN, broken, PLAIN]))
    assert rows.tolist() == []


COORDINATE = st.floats(-1e6, 1e6)
SHAPE = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=9).map(Polygon)


@given(st.lists(SHAPE | SHAPE.map(lambda ring: MultiPolygon([ring])) | st.sampled_from(SHAPES)))
@settings(deadline=None, max_examples=100)
def test_whatever_the_shapes_are(shapes):
    if not shapes:
        return
    found = outlines(shapes)
    assert wkb(found.geometries()) == wkb(shapes)
    assert bounded(found).tolist() == bounded(np.array(shapes, dtype=object)).tolist()


def metres(count=300):
    """Return shapes of many kinds and sizes in EPSG:4547, some with edges longer than 100 m."""
    rng = np.random.default_rng(11)
    places = rng.uniform((450_000, 4_000_000), (550_000, 4_100_000), (count, 2))
    rounds = shapely.buffer(shapely.points(places), rng.uniform(10, 900, count), quad_segs=3)
    rounds[::7] = shapely.multipolygons(rounds[::7], indices=np.arange(len(rounds[::7])))
    rounds[::11] = [shape.difference(shape.centroid.buffer(3)) for shape in rounds[::11]]
    return rounds


@pytest.mark.parametrize("size", [7, 4096])
def test_outlines_are_carried_and_densified_as_objects_are(monkeypatch, size):
    monkeypatch.setattr(carry, "SHAPES", size)
    steps = datum.unprojection(CRS(4547))
    shapes, found = metres(), outlines(metres())
    moved = carried(shapes, steps)
    assert wkb(carried(found, steps)) == wkb(moved)
    dense = densified(shapes, moved, steps, EDGE_M)
    assert 0 < np.count_nonzero(dense != moved) < len(shapes)
    assert wkb(densified(found, moved, steps, EDGE_M)) == wkb(dense)
    assert wkb(carried(found, [])) == wkb(shapes)


def test_what_comes_out_as_no_number_is_what_it_is_of_objects():
    def lost(x, y):
        return np.where(x == 1, np.nan, x), y

    shapes = np.array([box(-2, -2, -1, -1), Polygon([(0, 0), (1, 0), (0, 1)])])
    found = carried(outlines(shapes), [lost])
    assert wkb(found) == wkb(carried(shapes, [lost]))
    assert np.isnan(shapely.get_coordinates(found[1])).sum() == 1


@pytest.mark.parametrize(("code", "middle", "off"), [
    (4547, 114, 1.5), (4526, 114, 1.5), (32649, 111, 3.0), (4513, 75, 20.0)
])  # fmt: skip
def test_the_shorter_series_is_as_good_as_the_longer_one(code, middle, off):
    crs = CRS(code)
    (sooner,) = datum.unprojection(crs)
    exact = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    rng = np.random.default_rng(3)
    lon, lat = middle + off * rng.uniform(-1, 1, 5000), rng.uniform(3, 54, 5000)
    x, y = exact.transform(lon, lat, direction="INVERSE")
    most = np.abs(np.subtract(sooner(x, y), exact.transform(x, y))).max()
    assert most < (2e-12 if off <= 1.5 else 2e-10)


@pytest.mark.skipif(
    importlib.util.find_spec("pyarrow") is None, reason="LOUD SKIP: pyarrow is not installed"
)
def test_a_layer_is_the_same_by_outlines_and_by_objects(tmp_path, monkeypatch):
    shapes = metres()
    names = [f"T{row}" for row in range(len(shapes))]
    frame = gpd.GeoDataFrame({"zone_id": names}, geometry=shapes, crs=4547)
    pyogrio.write_dataframe(frame, tmp_path / "a.gpkg", promote_to_multi=False)
    monkeypatch.setattr("layers.formats.vector.choose_layer", lambda *_: "a")
    assert read_source(tmp_path / "a.gpkg", built=False).outlines is not None
    layer = Layer("patch", "mine_patch", "图斑", path="a.gpkg", basis="surveyed")
    area = Area("test", "测试县", "county", (County("测试县", "140000"),), ())
    sooner = read_layer(layer, tmp_path, area, None)
    monkeypatch.setattr("layers.formats.vector.arrow_frame", lambda *_: None)
    plain = read_layer(layer, tmp_path, area, None)
    assert sooner.frame.columns.tolist() == plain.frame.columns.tolist()
    assert sooner.frame.drop(columns="geometry").equals(plain.frame.drop(columns="geometry"))
    assert wkb(sooner.frame.geometry.array) == wkb(plain.frame.geometry.array)
    assert sooner.frame.crs == plain.frame.crs
    assert (sooner.count, sooner.notes, sooner.doubts) == (plain.count, plain.notes, plain.doubts)
