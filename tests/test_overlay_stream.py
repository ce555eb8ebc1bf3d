"""Files read batch by batch against stored zones: nothing lost, nothing counted twice."""

import csv
import json
import os
import sqlite3
import struct
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import (
    AlbersEqualAreaConversion,
    LambertAzimuthalEqualAreaConversion,
)
from shapely import LineString, MultiPolygon, Point, Polygon, box

from layers.crs import to_storage
from layers.errors import LayerError
from layers.measure import Plane, area_m2
from scripts import overlay as command
from scripts import overlay_out, shanhe
from zoning.overlay import ZoneSet, stored, stream
from zoning.overlay.carry import densified
from zoning.overlay.flat import Polygons
from zoning.overlay.many import ManyZones
from zoning.overlay.placed import is_equal_area
from zoning.overlay.processes import overlap_file
from zoning.overlay.stored import Zones, digest, kept
from zoning.overlay.zones_file import zones_of

pa = pytest.importorskip("pyarrow", reason="LOUD SKIP: pyarrow is not installed")
pq = pytest.importorskip("pyarrow.parquet")

PLANE = ProjectedCRS(
    LambertAzimuthalEqualAreaConversion(36.0, 113.5), geodetic_crs=CRS("EPSG:4490")
)
"""Equal-area: a square of 10 m by 10 m has 100 m2 there."""

BOW_TIE = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "shanhe" / "zones"


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command in this process: exit code, what it prints, what it complains of."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.callback()(lambda: None)
    command.register(app)
    monkeypatch.setattr(shanhe, "app", app)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["shanhe", "overlay", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            shanhe.main()
        out, err = capsys.readouterr()
        return end.value.code or 0, out, err

    return call


def write(path, shapes, crs=PLANE, rows=None, **columns):
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)
    if path.suffix == ".parquet":
        frame.to_parquet(path, row_group_size=rows or 1 << 20)
    else:
        driver = "OpenFileGDB" if path.suffix == ".gdb" else None
        frame.to_file(path, engine="pyogrio", driver=driver)
    return path


def rows_of(path):
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))


def squares(count, side=10.0):
    return [box(at * side, 0, (at + 1) * side, side) for at in range(count)]


@pytest.fixture
def zones(tmp_path):
    """Two squares of 10 m, side by side."""
    return write(tmp_path / "zones.gpkg", squares(2), zone_id=["west", "east"])


def pairs(path, zones, **options):
    """All pairs as (row, zone, m2), the ledger and the totals."""
    with zones_of(zones) as kept_zones:
        found = overlap_file(path, kept_zones, **options)
        rows = []
        rejects = []
        for part in found:
            rows += zip(part.row.tolist(), part.zone.tolist(), part.area_m2.tolist(), strict=True)
            rejects += part.rejects
    return rows, rejects, found


def test_squares_done_in_the_head(tmp_path, zones):
    """Wholly inside one, half in each, touching only, far away."""
    shapes = [box(1, 1, 3, 3), box(5, 0, 15, 10), box(20, 0, 30, 10), box(500, 500, 510, 510)]
    found, rejects, ledger = pairs(write(tmp_path / "s.parquet", shapes), zones)
    assert [(row, zone) for row, zone, _ in found] == [(1, 0), (2, 0), (2, 1)]
    assert [m2 for *_, m2 in found] == pytest.approx([4, 50, 50], abs=1e-9)
    assert rejects == []
    assert (ledger.read, ledger.rejected) == (4, 0)
    assert ledger.used_m2 == pytest.approx(4 + 100 + 100 + 100)
    assert ledger.covered_m2 == pytest.approx(104)
    assert ledger.zone_m2 == pytest.approx([54, 50])
    assert ledger.zone_count.tolist() == [2, 1]


@pytest.mark.parametrize("suffix", ["parquet", "gpkg", "fgb", "shp", "gdb"])
def test_every_format_gives_the_same_pairs_whatever_the_batch(tmp_path, zones, monkeypatch, suffix):
    shapes = [box(at * 0.5 - 1, 2, at * 0.5, 3) for at in range(45)]
    path = write(tmp_path / f"s.{suffix}", shapes, name=[f"p{at}" for at in range(45)])
    whole, _, one = pairs(path, zones)
    monkeypatch.setattr(stream, "BATCH_ROWS", 7)
    small, _, many = pairs(path, zones)
    # A FlatGeobuf has an order of its own.
    assert sorted(m2 for *_, m2 in small) == pytest.approx(sorted(m2 for *_, m2 in whole))
    assert small == whole
    assert (one.read, many.read, many.rejected) == (45, 45, 0)
    assert many.covered_m2 == pytest.approx(40.0)
    if suffix != "parquet":
        assert len(many._stretches) == 7


def test_a_shapefile_whose_table_is_anothers_is_refused(tmp_path, zones):
    path = write(tmp_path / "a.shp", squares(3, 0.5))
    write(tmp_path / "b.shp", squares(2, 0.5))
    (tmp_path / "b.dbf").replace(tmp_path / "a.dbf")
    with pytest.raises(LayerError, match=r"a\.dbf"):
        pairs(path, zones)
    (tmp_path / "a.dbf").unlink()
    write(tmp_path / "c.shp", squares(3, 0.5))
    (tmp_path / "c.dbf").replace(tmp_path / "a.dbf")
    (tmp_path / "a.prj").write_bytes('PROJCS["国家'.encode("gbk"))
    with pytest.raises(LayerError):
        pairs(path, zones)


def test_row_groups_are_read_one_by_one_and_small_ones_together(tmp_path, zones, monkeypatch):
    path = write(tmp_path / "s.parquet", squares(40, 0.5), rows=4)
    monkeypatch.setattr(stream, "BATCH_ROWS", 10)
    found, _, ledger = pairs(path, zones)
    assert [(part.start, part.stop) for part in ledger._stretches] == [
        (0, 2), (2, 4), (4, 6), (6, 8), (8, 10),
    ]  # fmt: skip
    assert [row for row, *_ in found] == list(range(1, 41))


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4547", "EPSG:4326"])
def test_other_crs_go_the_way_that_layers_are_read(tmp_path, crs):
    """The same areas as the engine on geometries that went through the gate."""
    rng = np.random.default_rng(5)
    x, y = 113.2 + rng.random(300) * 0.3, 35.9 + rng.random(300) * 0.2
    side = rng.choice([0.0003, 0.004, 0.02], 300)
    degrees = gpd.GeoSeries(shapely.box(x, y, x + side, y + side), crs="EPSG:4490")
    sheet = degrees.to_crs(crs)
    areas = gpd.GeoSeries([box(113.2, 35.9, 113.35, 36.1), box(113.35, 35.9, 113.5, 36.1)],
                          crs="EPSG:4490")  # fmt: skip
    path = write(tmp_path / "s.parquet", sheet, crs=crs)
    found, rejects, ledger = pairs(path, write(tmp_path / "z.gpkg", areas, crs="EPSG:4490"))
    read = to_storage(
        gpd.GeoDataFrame(geometry=sheet), stated="", home=None, source="s"
    ).frame.geometry.to_numpy()  # fmt: skip
    plane = Plane.around(areas.to_numpy())
    expected = ZoneSet(areas.to_numpy(), plane).overlap(plane.project(read))
    assert rejects == []
    assert [row - 1 for row, *_ in found] == expected.subject.tolist()
    assert [m2 for *_, m2 in found] == pytest.approx(expected.area, rel=1e-9, abs=1e-5)
    # An independent reference: the ellipsoidal area straight from degrees.
    assert ledger.used_m2 == pytest.approx(float(area_m2(read).sum()), rel=1e-9)


def test_an_equal_area_file_is_measured_where_it_is(tmp_path):
    conversion = AlbersEqualAreaConversion(25, 47, 0, 105)
    albers = ProjectedCRS(conversion, geodetic_crs=CRS("EPSG:4490"))
    assert is_equal_area(albers)
    assert is_equal_area(PLANE)
    assert not is_equal_area(CRS("EPSG:4547"))
    assert not is_equal_area(CRS("EPSG:4490"))
    east, north = 700_000.0, 3_900_000.0
    areas = [box(east, north, east + 100, north + 100)]
    path = write(tmp_path / "s.parquet", [box(east + 50, north, east + 150, north + 100)], albers)
    found, _, ledger = pairs(path, write(tmp_path / "z.gpkg", areas, albers))
    assert [m2 for *_, m2 in found] == [5000.0]
    assert ledger.used_m2 == 10_000.0


def test_long_edges_are_straight_in_the_plane_they_were_drawn_in():
    shape = Polygon([(0, 0), (10, 0), (10, 10)], [[(8, 1), (9, 1), (9, 2)]])
    dense = densified(Polygons.of([shape, box(0, 0, 1, 1)]), 1.0)
    assert dense.areas == pytest.approx([49.5, 1.0])
    same = shapely.segmentize([shape, box(0, 0, 1, 1)], 1.0)
    assert len(dense.xy) == shapely.get_num_coordinates(same).sum()
    assert shapely.equals_exact(dense.geometries(np.array([0]))[0].geoms[0], same[0], 1e-12)


def test_an_invalid_patch_in_the_third_batch_is_named_with_file_and_row(
    tmp_path, zones, run, monkeypatch
):
    monkeypatch.setattr(stream, "BATCH_ROWS", 10)
    shapes = squares(25, 0.5)
    shapes[22] = BOW_TIE
    path = write(tmp_path / "patches.parquet", shapes, rows=10)
    _, rejects, ledger = pairs(path, zones)
    assert [row for row, _ in rejects] == [23]
    assert "相交" in rejects[0][1] or "图形有错" in rejects[0][1]
    assert (ledger.read, ledger.rejected) == (25, 1)
    assert ledger.covered_m2 == pytest.approx(24 * 0.25)
    code, out, _ = run(path, zones, "--out", tmp_path / "o.csv")
    assert code == 1
    assert "读取 25 个要素 = 可用 24 个 + 剔除 1 个" in out
    listed = rows_of(tmp_path / "o.csv.rejects.csv")
    assert listed[0] == ["row", "reason"]
    assert listed[1][0] == "23"
    assert "图形有错" in listed[1][1]


def test_whatever_is_no_polygon_is_listed_and_the_rest_is_used(tmp_path, zones):
    shapes = [
        box(1, 1, 3, 3), None, Polygon(), Point(1, 1), LineString([(0, 0), (5, 5)]),
        shapely.GeometryCollection([box(0, 0, 1, 1), Point(0, 0)]),
        shapely.force_3d(box(4, 4, 5, 6)), MultiPolygon([box(0, 0, 1, 1), box(19, 9, 20, 10)]),
    ]  # fmt: skip
    with np.errstate(invalid="ignore"):
        shapes.append(shapely.from_wkb(ring_wkb([(0, 0), (np.nan, 1), (1, 1), (0, 0)])))
    found, rejects, ledger = pairs(write(tmp_path / "s.parquet", shapes), zones)
    assert found == [(1, 0, 4.0), (7, 0, 2.0), (8, 0, 1.0), (8, 1, 1.0)]
    assert [row for row, _ in rejects] == [2, 3, 4, 5, 6, 9]
    reasons = dict(rejects)
    assert "没有图形" in reasons[2]
    assert reasons[3] == "图形是空的"
    assert "Point" in reasons[4]
    assert "LineString" in reasons[5]
    assert "混合集合" in reasons[6]
    assert "NaN" in reasons[9]
    assert ledger.read == 9


def test_layers_without_a_polygon_have_no_overlap_and_say_so(tmp_path, zones):
    found, rejects, ledger = pairs(write(tmp_path / "s.gpkg", [Point(1, 1), Point(2, 2)]), zones)
    assert found == []
    assert len(rejects) == ledger.read == ledger.rejected == 2


def wkb_file(path, texts, crs=PLANE):
    about = {"encoding": "WKB", "geometry_types": [], "crs": crs.to_json_dict()}
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": about}}
    table = pa.table({"geometry": pa.array(texts, pa.binary())})
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    return path


def ring_wkb(points):
    body = b"".join(struct.pack("<dd", *point) for point in points)
    return struct.pack("<BIII", 1, 3, 1, len(points)) + body


def test_broken_binary_is_listed_and_other_byte_orders_are_read(tmp_path, zones):
    square = [(0, 0), (2, 0), (2, 2), (0, 2), (0, 0)]
    texts = [
        ring_wkb(square), ring_wkb(square[:-1]), ring_wkb(square)[:-3], b"\x01",
        ring_wkb([(0, 0), (1, 1), (0, 0)]), shapely.to_wkb(box(0, 0, 1, 1), byte_order=0),
        b"\x07" * 40,
    ]  # fmt: skip
    found, rejects, _ = pairs(wkb_file(tmp_path / "s.parquet", texts), zones)
    assert found == [(1, 0, 4.0), (6, 0, 1.0)]
    assert [row for row, _ in rejects] == [2, 3, 4, 5, 7]
    whys = dict(rejects)
    assert "点数不够" in whys.pop(5)
    assert all("损坏" in why for why in whys.values())


def test_an_unclosed_ring_alone_is_not_taken_as_it_is(tmp_path, zones):
    """Nothing else in the batch calls for a closer look."""
    texts = [ring_wkb([(0, 0), (2, 0), (2, 2), (0, 2), (0, 1)])]
    found, rejects, _ = pairs(wkb_file(tmp_path / "s.parquet", texts), zones)
    assert found == []
    assert [row for row, _ in rejects] == [1]


def test_a_shape_outside_china_is_listed_and_one_without_end_too(tmp_path):
    shapes = [box(113.1, 36, 113.2, 36.1), box(36.1, 113.1, 36.2, 113.2), box(75, 20, 130, 50)]
    zones = write(tmp_path / "z.gpkg", [box(113, 36, 113.3, 36.3)], "EPSG:4490")
    found, rejects, ledger = pairs(write(tmp_path / "s.parquet", [shapes[0]] * 5 + shapes[1:2],
                                         "EPSG:4490"), zones)  # fmt: skip
    assert len(found) == 5
    assert [row for row, _ in rejects] == [6]
    assert "中国" in rejects[0][1]
    # A shape as large as the country is one: it is carried and cut, edge by edge.
    found, rejects, ledger = pairs(write(tmp_path / "t.parquet", shapes[2:], "EPSG:4490"), zones)
    assert rejects == []
    assert ledger.covered_m2 == pytest.approx(
        float(area_m2([box(113, 36, 113.3, 36.3)])[0]), rel=1e-7
    )


def test_a_file_without_a_crs_or_in_another_datum_is_refused(tmp_path, zones):
    with pytest.raises(LayerError, match="坐标系"):
        pairs(write(tmp_path / "s.parquet", squares(2), None), zones)
    frame = gpd.GeoSeries([box(113.1, 36, 113.2, 36.1)], crs="EPSG:4610").to_crs("EPSG:2362")
    other = write(tmp_path / "t.parquet", frame, "EPSG:2362")
    with pytest.raises(LayerError, match="EPSG:2362"):
        pairs(other, zones)


def test_overlapping_zones_count_an_area_once_in_the_total(tmp_path):
    zones = write(tmp_path / "z.gpkg", [box(0, 0, 10, 10), box(5, 0, 15, 10)], zone_id=["a", "b"])
    found, _, ledger = pairs(write(tmp_path / "s.parquet", [box(4, 0, 12, 1)]), zones)
    assert [m2 for *_, m2 in found] == pytest.approx([6, 7])
    assert ledger.covered_m2 == pytest.approx(8)
    with zones_of(zones) as again:
        assert again.overlapping


@given(st.lists(st.tuples(*[st.integers(0, 400)] * 2, *[st.integers(1, 90)] * 2), min_size=1,
                max_size=12), st.integers(1, 5))  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_parts_add_up_to_the_whole_over_a_coverage(tmp_path_factory, places, rows):
    """Borders of zones and batches count nothing twice and lose nothing."""
    tmp_path = tmp_path_factory.mktemp("coverage")
    grid = [box(x, y, x + 100, y + 100) for x in range(0, 500, 100) for y in range(0, 500, 100)]
    shapes = [box(x, y, x + width, y + height) for x, y, width, height in places]
    path = write(tmp_path / "s.parquet", shapes, rows=rows)
    patch = pytest.MonkeyPatch()
    with patch.context() as changed:
        changed.setenv("XDG_CACHE_HOME", str(tmp_path))
        changed.setattr(stream, "BATCH_ROWS", rows)
        found, rejects, ledger = pairs(path, write(tmp_path / "z.gpkg", grid))
    assert rejects == []
    m2 = np.bincount([row - 1 for row, *_ in found], [m2 for *_, m2 in found], len(shapes))
    assert m2 == pytest.approx(shapely.area(shapes), rel=1e-12)
    assert len({(row, zone) for row, zone, _ in found}) == len(found)
    assert ledger.covered_m2 == pytest.approx(ledger.used_m2, rel=1e-12)


# -- what is kept


def made(zone_shapes, calls):
    def make():
        calls.append(1)
        return Zones(ManyZones(zone_shapes), PLANE.to_wkt(), {"row": ["1", "2"]})

    return make


def test_cells_are_cut_once_and_mapped(cache):
    calls = []
    shapes = np.array([shapely.Point(0, 0).buffer(500, 64), shapely.Point(900, 0).buffer(300, 64)])
    subjects = Polygons.of([shapely.Point(400, 0).buffer(200), box(5000, 0, 5001, 1)])
    for _ in range(2):
        with kept(digest("a"), made(shapes, calls)) as found:
            met = found.many().overlap(subjects)
            assert len(found) == 2
    assert calls == [1]
    expected = ManyZones(shapes).overlap(subjects)
    assert met.subject.tolist() == expected.subject.tolist()
    assert met.area.tolist() == expected.area.tolist()
    assert [place.name for place in cache.iterdir()] == [digest("a")]
    cells = found.many().cells
    assert isinstance(cells.edges.base, np.memmap)
    before = (found.folder / "zones-edges.npy").read_bytes()
    cells.edges[0, 0] = 1e9  # stays in this process
    assert (found.folder / "zones-edges.npy").read_bytes() == before


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: flip(folder / "zones-edges.npy", -5),
        lambda folder: flip(folder / "header.json", 90),
        lambda folder: flip(folder / "zones-cell.npy", 12),
        lambda folder: os.truncate(folder / "zones-owner.npy", 200),
        lambda folder: (folder / "zones-full.npy").unlink(),
        lambda folder: (folder / "header.json").write_text("{}", encoding="utf-8"),
    ],
)
def test_what_is_damaged_is_made_again(harm):
    calls = []
    shapes = np.array([shapely.Point(0, 0).buffer(500, 64), shapely.Point(900, 0).buffer(300, 64)])
    with kept(digest("a"), made(shapes, calls)) as found:
        folder = found.folder
    harm(folder)
    with kept(digest("a"), made(shapes, calls)) as found:
        met = found.many().overlap(Polygons.of([box(0, 0, 10, 10)]))
    assert calls == [1, 1]
    assert met.area == pytest.approx([100])


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)


def test_a_worker_that_cannot_see_the_cells_says_so(tmp_path):
    with pytest.raises(LayerError, match="看不到"):
        stored.load(tmp_path / "nowhere")


def test_zones_that_changed_are_cut_anew(tmp_path, cache):
    zones = write(tmp_path / "z.gpkg", squares(2))
    path = write(tmp_path / "s.parquet", [box(0, 0, 40, 1)])
    assert pairs(path, zones)[2].covered_m2 == pytest.approx(20)
    zones.unlink()
    write(zones, squares(3))
    assert pairs(path, zones)[2].covered_m2 == pytest.approx(30)
    assert len(list(cache.iterdir())) == 2


def test_the_cache_keeps_the_layers_last_used(monkeypatch, cache):
    monkeypatch.setattr(stored, "KEPT", 2)
    for number in range(4):
        with kept(digest(number), made(np.array(squares(2)), [])) as found:
            os.utime(found.folder, (number, number))
    assert {place.name for place in cache.iterdir()} >= {digest(3)}
    assert len(list(cache.iterdir())) == 2


def test_without_a_place_to_keep_them_cells_live_as_long_as_the_run(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with kept(digest("a"), made(np.array(squares(2)), [])) as found:
        folder = found.folder
        assert found.many().overlap(Polygons.of([box(0, 0, 1, 1)])).area.tolist() == [1.0]
    assert not folder.exists()


# -- files as they come


def test_empty_and_missing_files_and_other_formats(tmp_path, zones):
    (tmp_path / "nothing.gpkg").touch()
    (tmp_path / "text.csv").write_text("a,b\n", encoding="utf-8")
    (tmp_path / "fake.parquet").write_bytes(b"PAR1" + b"x" * 100)
    (tmp_path / "fake.fgb").write_bytes(b"x" * 100)
    for name, words in {
        "absent.gpkg": "找不到", "nothing.gpkg": "0 字节", "text.csv": "逐批读取",
        "fake.parquet": "读不出来", "fake.fgb": "内容却不是",
    }.items():  # fmt: skip
        with pytest.raises(LayerError, match=words) as refused:
            pairs(tmp_path / name, zones)
        assert name in str(refused.value)
    for suffix in ("parquet", "gpkg"):
        with pytest.raises(LayerError, match="没有任何要素"):
            pairs(write(tmp_path / f"empty.{suffix}", []), zones)


def test_a_parquet_file_without_shapes_or_of_another_encoding_is_refused(tmp_path, zones):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "plain.parquet")
    with pytest.raises(LayerError, match="没有图形"):
        pairs(tmp_path / "plain.parquet", zones)
    frame = gpd.GeoDataFrame(geometry=squares(1), crs=PLANE)
    frame.to_parquet(tmp_path / "arrow.parquet", geometry_encoding="geoarrow")
    with pytest.raises(LayerError, match="WKB"):
        pairs(tmp_path / "arrow.parquet", zones)


def test_an_id_column_names_the_features_and_one_that_is_not_there_is_asked_for(tmp_path, zones):
    path = write(tmp_path / "s.parquet", squares(3), rows=2, 编号=[2**60, 7, 8])
    with zones_of(zones) as kept_zones:
        parts = list(overlap_file(path, kept_zones, id_column="编号"))
        assert [name for part in parts for name in part.ids] == [str(2**60), "7"]
        with pytest.raises(LayerError, match="编号"):
            overlap_file(path, kept_zones, id_column="id")


def test_feature_ids_with_holes_and_far_apart_lose_nothing(tmp_path, zones, monkeypatch):
    monkeypatch.setattr(stream, "BATCH_ROWS", 4)
    path = write(tmp_path / "s.gpkg", squares(20, 0.5))
    for change in ("fid = -fid", "fid = -fid * 3", "fid = -fid", "fid = -fid * 1000000007"):
        with sqlite3.connect(path) as base:
            for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                base.execute(f'DROP TRIGGER "{name}"')
            base.execute(f"UPDATE s SET {change}")  # noqa: S608
            base.execute("UPDATE gpkg_ogr_contents SET feature_count = 3")
        base.close()
        found, _, ledger = pairs(path, zones)
        assert ledger.read == 20
        assert len(ledger._stretches) < 20
        assert sorted(row for row, *_ in found) == list(range(1, 21))


def test_a_file_that_changes_meanwhile_is_refused(tmp_path, zones):
    path = write(tmp_path / "s.parquet", squares(6), rows=2)
    with zones_of(zones) as kept_zones:
        found = overlap_file(path, kept_zones)
        parts = iter(found)
        next(parts)
        os.utime(path, (1, 1))
        with pytest.raises(LayerError, match="改动"):
            list(parts)


def test_faulty_zones_are_refused_with_file_and_feature(tmp_path):
    path = write(tmp_path / "s.parquet", squares(2))
    zones = write(tmp_path / "z.gpkg", [*squares(2), BOW_TIE])
    with pytest.raises(LayerError, match=r"z\.gpkg 中要素 3"):
        pairs(path, zones)
    with pytest.raises(LayerError, match="不是面"):
        pairs(path, write(tmp_path / "l.gpkg", [LineString([(0, 0), (1, 1)])]))


def child(program, *arguments):
    """Run a program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


WITHOUT = """
import sys
sys.modules["pyarrow"] = None
from pathlib import Path
from layers.errors import LayerError
from zoning.overlay.processes import overlap_file
from zoning.overlay.zones_file import zones_of
with zones_of(Path(sys.argv[2])) as zones:
    try:
        found = overlap_file(Path(sys.argv[1]), zones)
    except LayerError as error:
        sys.exit(str(error))
    for part in found:
        pass
print(found.covered_m2)
"""


def test_a_geopackage_is_read_without_pyarrow_and_parquet_says_what_is_missing(tmp_path, zones):
    done = child(WITHOUT, write(tmp_path / "s.gpkg", squares(3)), zones)
    assert float(done.stdout) == pytest.approx(200)
    done = child(WITHOUT, write(tmp_path / "s.parquet", squares(3)), zones)
    assert done.returncode == 1
    assert "pip install pyarrow" in done.stderr


# -- the command


def test_the_command_writes_pairs_totals_and_a_record(tmp_path, zones, run):
    path = write(
        tmp_path / "s.parquet", [box(5, 0, 15, 10), box(30, 0, 40, 10)], code=["=1+1", "b"]
    )
    for name in ("o.csv", "o.parquet", "o.xlsx"):
        code, out, err = run(path, zones, "--out", tmp_path / name, "--id", "code")
        assert (code, err) == (0, "")
        assert "读取 2 个要素 = 可用 2 个 + 剔除 0 个" in out
        assert "共 0.0200 公顷，其中 0.0100 公顷（100.00 m²，50.00 %）" in out
        assert not (tmp_path / f"{name}.rejects.csv").exists()
    assert rows_of(tmp_path / "o.csv") == [
        ["row", "subject", "zone", "area_m2", "subject_m2"],
        ["1", "'=1+1", "west", "50.0", "100.0"],
        ["1", "'=1+1", "east", "50.0", "100.0"],
    ]
    table = pq.read_table(tmp_path / "o.parquet").to_pylist()
    assert [row["subject"] for row in table] == ["=1+1", "=1+1"]
    sheet = openpyxl.load_workbook(tmp_path / "o.xlsx").active
    assert [cell.value for cell in sheet[2]] == [1, "=1+1", "west", 50, 100]
    assert sheet["B2"].data_type == "s"
    record = json.loads((tmp_path / "o.csv.record.json").read_text(encoding="utf-8"))
    assert record["zones"] == {"west": {"pairs": 1, "m2": 50.0}, "east": {"pairs": 1, "m2": 50.0}}
    assert (record["read"], record["used"], record["rejected"]) == (2, 2, 0)


def test_the_command_sums_by_a_column_of_the_zones(tmp_path, run):
    zones = write(tmp_path / "z.gpkg", squares(3), level=["核心", "一般", "核心"])
    path = write(tmp_path / "s.parquet", [box(5, 0, 25, 10)])
    code, out, _ = run(path, zones, "--out", tmp_path / "o.csv", "--by", "level")
    record = json.loads((tmp_path / "o.csv.record.json").read_text(encoding="utf-8"))
    assert code == 0
    assert "核心" in out
    assert record["zones"]["核心"] == {"pairs": 2, "m2": 100.0}
    code, _, err = run(path, zones, "--out", tmp_path / "p.csv", "--by", "等级")
    assert code == 2
    assert "level" in err
    assert not (tmp_path / "p.csv").exists()


def test_the_command_says_that_zones_overlap(tmp_path, run):
    zones = write(tmp_path / "z.gpkg", [box(0, 0, 10, 10), box(5, 0, 15, 10)])
    path = write(tmp_path / "s.parquet", [box(0, 0, 15, 10)])
    _, out, _ = run(path, zones, "--out", tmp_path / "o.csv")
    assert "去重" in out
    assert "100.00 %" in out


def test_the_command_writes_nothing_over_its_inputs_or_in_a_format_it_has_not(tmp_path, zones, run):
    path = write(tmp_path / "s.parquet", squares(2))
    before = path.read_bytes()
    code, _, err = run(path, zones, "--out", path)
    assert code == 2
    assert "不能覆盖" in err
    assert path.read_bytes() == before
    assert run(path, zones, "--out", tmp_path / "o.pdf")[0] == 2
    assert run(path, zones, "--out", tmp_path / "no" / "o.csv")[0] == 2


def test_more_pairs_than_a_sheet_holds_are_refused(tmp_path, zones, run, monkeypatch):
    monkeypatch.setattr(overlay_out, "SHEET_ROWS", 3)
    path = write(tmp_path / "s.parquet", [box(1, 1, 2, 2)] * 3)
    code, _, err = run(path, zones, "--out", tmp_path / "o.xlsx")
    assert code == 2
    assert ".parquet" in err
    assert not (tmp_path / "o.xlsx").exists()


# -- memory

CHILD = """
import sys
from pathlib import Path
from zoning.overlay import stream
from zoning.overlay.processes import overlap_file
from zoning.overlay.zones_file import zones_of
stream.BATCH_ROWS = 10_000
with zones_of(Path(sys.argv[2])) as zones:
    found = overlap_file(Path(sys.argv[1]), zones)
    for part in found:
        pass
# Not ru_maxrss: a new process inherits that of the one which started it.
(peak,) = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(found.read, peak.split()[1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="LOUD SKIP: asks /proc for the peak")
@pytest.mark.parametrize("suffix", ["parquet", "gpkg"])
def test_memory_grows_with_the_batch_and_not_with_the_file(tmp_path, zones, suffix):
    """Of GeoParquet all is one row group, which must not be held whole."""
    rng = np.random.default_rng(3)
    peaks = {}
    for count in (60_000, 240_000):
        shapes = shapely.buffer(shapely.points(rng.random((count, 2)) * 900), 3.0, quad_segs=8)
        done = child(CHILD, write(tmp_path / f"{count}.{suffix}", shapes), zones)
        read, peaks[count] = map(int, done.stdout.split())
        assert read == count
    # The larger file holds 95 MB more of binary alone.
    assert peaks[240_000] < peaks[60_000] * 1.15
