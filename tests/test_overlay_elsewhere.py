"""The overlay on shapes and files that no generator of ours makes: as GEOS, by hand, by the rows.

References are sums over shapes whose answer is known in the head, or GEOS near the origin:
far off its own crossings end at the last digit.
"""

import errno
import struct
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import LambertAzimuthalEqualAreaConversion
from shapely import LineString, MultiPolygon, Point, Polygon, affinity, box

from layers.errors import LayerError, WorkspaceError
from scripts.overlay_out import report
from zoning.overlay import ManyZones, many, stream
from zoning.overlay.many import compiled_here
from zoning.overlay.processes import overlap_file
from zoning.overlay.zones_file import zones_of

PLANE = ProjectedCRS(
    LambertAzimuthalEqualAreaConversion(36.0, 113.5), geodetic_crs=CRS("EPSG:4490")
)
WAYS = [False, True] if compiled_here() else [False]
TRACE_M2 = 1e-4
GRID = 2.0**24
"""Steps in a metre that a coordinate of 38 000 000 m can still tell."""


@pytest.fixture(autouse=True)
def _cells_only(monkeypatch, tmp_path):
    monkeypatch.setattr(many, "FEW", -1)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


# -- shapes


def koch(steps, size, turned=0.0):
    ring = np.exp(1j * (np.array([0, 2, 4, 0]) * -np.pi / 3 + turned))
    for _ in range(steps):
        first, third = ring[:-1], np.diff(ring) / 3
        peak = first + third * (1 + np.exp(1j * np.pi / 3))
        ring = np.r_[np.stack([first, first + third, peak, first + 2 * third], 1).ravel(), ring[-1]]
    return Polygon(np.c_[ring.real, ring.imag] * size)


def hilbert(order, cell):
    """A band of half a cell along the curve that fills a square."""
    turn = np.zeros(1, complex)
    for _ in range(order):
        swapped = turn.imag + 1j * turn.real
        side = len(turn) ** 0.5
        last = (side - 1) - swapped
        turn = np.r_[swapped, turn + 1j * side, turn + (1 + 1j) * side, last.conj() + side]
        turn[-len(swapped) :] = 2 * side - 1 - swapped.real + 1j * (side - 1 - swapped.imag)
    line = LineString(np.c_[turn.real, turn.imag] * cell)
    return line.buffer(cell / 4, cap_style="square", join_style="mitre")


def comb(teeth, pitch, width, height):
    x = np.arange(teeth) * pitch
    tooth = np.stack([x, x, x + width, x + width], 1).ravel()
    rise = np.tile([0.0, height, height, 0.0], teeth)
    return Polygon(np.r_[np.c_[tooth, rise], [(x[-1] + width, -5), (0, -5)]])


def turned(shape, degrees):
    return affinity.rotate(shape, degrees, origin=(0, 0))


def star(rays, inner, outer):
    angle = np.arange(2 * rays) * np.pi / rays
    reach = np.where(np.arange(2 * rays) % 2, inner, outer)
    return Polygon(np.c_[reach * np.cos(angle), reach * np.sin(angle)])


def spiral(turns, pitch, width):
    angle = np.linspace(0.5, turns, 100 * turns) * 2 * np.pi
    way = np.c_[np.cos(angle), np.sin(angle)]
    reach = (pitch * angle / 2 / np.pi)[:, None]
    return Polygon(np.r_[way * reach, (way * (reach + width))[::-1]])


def board(count, side, odd):
    cells = np.array([(x, y) for x in range(count) for y in range(count) if (x + y) % 2 == odd])
    return MultiPolygon(list(shapely.box(*(cells * side).T, *((cells + 1) * side).T)))


def cheese(count, side, size):
    low = (np.mgrid[:count, :count].reshape(2, -1).T + 0.5) * side
    hole = star(4, size / 2, size).exterior.coords[::-1]
    return Polygon(box(0, 0, count * side, count * side).exterior,
                   [np.asarray(hole) + at for at in low])  # fmt: skip


def islands(levels, size):
    """A lake on an island in a lake, and so on."""
    rings = [np.asarray(Point(0, 0).buffer(size * (1 - at / (2 * levels)), 16).exterior.coords)
             for at in range(2 * levels)]  # fmt: skip
    return MultiPolygon(list(zip(rings[::2], ([hole] for hole in rings[1::2]), strict=True)))


def slivers():
    """A millimetre wide and fifty kilometres long, in all directions."""
    return [affinity.rotate(box(0, at * 50, 50_000, at * 50 + 0.001), 4.0 * at, origin=(0, 0))
            for at in range(20)]  # fmt: skip


def doubled(shape):
    """Every vertex twice, the other way round."""
    return Polygon(np.repeat(np.asarray(shape.exterior.coords), 2, axis=0)[::-1])


def straight():
    x = np.linspace(0, 3000, 20_000)
    return Polygon(np.r_[np.c_[x, np.full(len(x), 512.0)], [(3000, -800), (0, -800)]])


def patches():
    rng = np.random.default_rng(41)
    shapes = [affinity.rotate(star(int(rng.integers(3, 12)), size / 3, size), rng.uniform(0, 90))
              for size in np.exp(rng.uniform(1, 7, 150))]  # fmt: skip
    return [affinity.translate(shape, *rng.uniform(-3000, 3000, 2)) for shape in shapes]


SHAPES = {
    "koch": lambda: [koch(6, 2500.0), affinity.translate(koch(5, 2000.0, 0.3), 900, 77)],
    "hilbert": lambda: [hilbert(5, 64.0), affinity.translate(hilbert(5, 64.0), 32, 0)],
    "comb": lambda: [comb(3000, 0.5, 0.2, 900.0), turned(comb(300, 4, 0.03, 900), 90)],
    "star": lambda: [star(150, 1.0, 3000.0), star(90, 0.1, 900.0)],
    "spiral": lambda: [spiral(20, 100.0, 40.0), turned(spiral(20, 100.0, 40.0), 180)],
    "board": lambda: [board(24, 128.0, 0), board(24, 128.0, 1)],
    "cheese": lambda: [cheese(100, 30.0, 12.0)],
    "islands": lambda: [islands(5, 3000.0), affinity.translate(islands(5, 2000.0), 500, 100)],
    "slivers": slivers,
    "doubled": lambda: [doubled(shape) for shape in patches()],
    "straight": lambda: [straight()],
    "nested": lambda: [box(at * 20.0, at * 20, 3000 - at * 20, 3000 - at * 7) for at in range(50)],
    "same": patches,
    "shifted": lambda: affinity_shifted(patches(), 0.001),
    "parts": lambda: [MultiPolygon([affinity.translate(star(5, 3, 9), x * 31.0, y * 31.0)
                                    for x in range(50) for y in range(50)])],
    "all": lambda: [box(-1e6, -1e6, 1e6, 1e6), koch(4, 9000.0)],
}  # fmt: skip


def affinity_shifted(shapes, metres):
    return [affinity.translate(shape, metres, 0) for shape in shapes]


def on_grid(shapes):
    """Shapes whose coordinates lose no digit when they are moved far off by whole metres."""
    moved = shapely.transform(np.array(shapes, object), lambda xy: np.round(xy * GRID) / GRID)
    assert shapely.is_valid(moved).all()
    return moved


@pytest.mark.parametrize("compiled", WAYS)
@pytest.mark.parametrize("name", SHAPES)
def test_shapes_of_all_kinds_share_what_geos_says(name, compiled):
    zones, subjects = (on_grid(shapes) for shapes in (SHAPES[name](), patches()))
    one, two = shapely.STRtree(zones).query(subjects, predicate="intersects")
    area = shapely.area(shapely.intersection(subjects[one], zones[two]))
    wanted = dict(zip(zip(one.tolist(), two.tolist(), strict=True), area.tolist(), strict=True))
    assert len(wanted) > 5
    for far in ((0.0, 0.0), (38_500_000.0, 4_100_000.0), (-700_000.0, -123.0)):
        there = [
            shapely.transform(some, lambda xy, far=far: xy + far) for some in (zones, subjects)
        ]
        met = ManyZones(there[0], checked=True, compiled=compiled).overlap(there[1])
        found = dict(zip(zip(met.subject.tolist(), met.zone.tolist(), strict=True),
                         met.area.tolist(), strict=True))  # fmt: skip
        assert max(abs(found[pair] - wanted.get(pair, 0.0)) for pair in found) <= 1e-6
        lost = [area for pair, area in wanted.items() if pair not in found]
        assert max(lost, default=0.0) <= TRACE_M2
        assert np.bincount(met.subject, minlength=len(subjects)).sum() == len(found)


# -- files


def write(path, shapes, crs=PLANE, **columns):
    gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs).to_file(path, engine="pyogrio")
    return path


def squares(count):
    return [box(at, 0, at + 1, 1) for at in range(count)]


def overlapped(path, zones, **options):
    with zones_of(zones) as kept:
        found = overlap_file(path, kept, **options)
        return found, list(found)


def mark_deleted(table: Path, rows):
    raw = bytearray(table.read_bytes())
    head, width = struct.unpack("<HH", raw[8:12])
    for row in rows:
        raw[head + row * width] = ord("*")
    table.write_bytes(raw)


@pytest.mark.parametrize("gone", [[3], [0, 9, 10, 19], [*range(10, 20)]])
def test_deleted_rows_of_a_shapefile_are_left_out_and_no_row_is_read_twice(
    tmp_path, monkeypatch, gone
):
    monkeypatch.setattr(stream, "BATCH_ROWS", 5)
    path = write(tmp_path / "s.shp", squares(20), sid=[f"p{at}" for at in range(20)])
    mark_deleted(tmp_path / "s.dbf", gone)
    found, parts = overlapped(path, write(tmp_path / "z.gpkg", [box(0, 0, 20, 1)]), id_column="sid")
    names = [name for part in parts for name in part.ids]
    assert names == [f"p{at}" for at in range(20) if at not in gone]
    assert found.read == len(names)
    assert found.covered_m2 == pytest.approx(len(names))
    assert any(f"有 {len(gone)} 行已标记为删除" in note for note in found.notes)


def test_a_shapefile_whose_prj_is_in_gbk_is_read_as_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "BATCH_ROWS", 2)
    degrees = [box(112.5 + at / 100, 36, 112.51 + at / 100, 36.01) for at in range(5)]
    path = write(tmp_path / "s.shp", degrees, "EPSG:4490", name=["甲", "乙", "丙", "丁", "戊"])
    zones = write(tmp_path / "z.gpkg", degrees, "EPSG:4490")
    plain, whole = overlapped(path, zones)
    prj = path.with_suffix(".prj")
    text = prj.read_text(encoding="utf-8")
    name = text.split('"')[1]
    prj.write_bytes(text.replace(name, "国家大地坐标系", 1).encode("gbk"))
    found, parts = overlapped(path, zones)
    assert [part.area_m2.tolist() for part in parts] == [part.area_m2.tolist() for part in whole]
    assert (found.read, found.covered_m2) == (5, plain.covered_m2)


def test_a_zone_that_is_no_polygon_is_named_by_its_row_in_the_file(tmp_path):
    subjects = write(tmp_path / "s.gpkg", squares(2))
    zones = write(tmp_path / "z.gpkg", [box(0, 0, 1, 1), Point(0, 0), LineString([(0, 0), (1, 1)])])
    with pytest.raises(LayerError) as refused:
        overlapped(subjects, zones)
    assert "第 2 个要素是 Point" in str(refused.value)
    assert "第 3 个要素是 LineString" in str(refused.value)
    zones = write(tmp_path / "y.gpkg", [None, box(0, 0, 1, 1), Point(0, 0)])
    with pytest.raises(LayerError) as refused:
        overlapped(subjects, zones)
    assert "要素 1 不能使用" in str(refused.value)
    assert "第 2 个要素" not in str(refused.value)


def test_a_file_that_meets_no_zone_at_all_says_so(tmp_path):
    """The same coordinates under another central meridian lie elsewhere in China."""
    degrees = gpd.GeoSeries([box(112.5, 36, 112.51, 36.01)], crs="EPSG:4490")
    zones = write(tmp_path / "z.gpkg", degrees, "EPSG:4490")
    right = write(tmp_path / "r.gpkg", degrees.to_crs("EPSG:4547"), "EPSG:4547")
    wrong = write(tmp_path / "w.gpkg", degrees.to_crs("EPSG:4547").to_numpy(), "EPSG:4550")
    assert not any("中央经线" in note for note in overlapped(right, zones)[0].notes)
    found, parts = overlapped(wrong, zones)
    assert sum(len(part.row) for part in parts) == 0
    assert any("中央经线" in note for note in found.notes)


def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    """A workbook too: its library has an error of its own."""
    path = write(tmp_path / "s.gpkg", squares(2))
    zones = write(tmp_path / "z.gpkg", squares(2))
    folder = tmp_path / "out"
    folder.mkdir()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with zones_of(zones) as kept:
        inputs = {"subjects": path, "zones": zones}
        with pytest.raises(WorkspaceError, match="无法写入"):
            report(overlap_file(path, kept), kept, inputs, folder / "o.xlsx", by="")
    assert list(folder.iterdir()) == []
