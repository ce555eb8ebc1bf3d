"""What goes wrong around the overlay: false units, files cut short, processes that are killed."""

import subprocess
import sys

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import LambertAzimuthalEqualAreaConversion
from shapely import Point, Polygon, box

from layers.errors import LayerError
from layers.formats import read_source
from layers.intake import take_in
from zoning.overlay.processes import overlap_file
from zoning.overlay.zones_file import zones_of

PLANE = ProjectedCRS(
    LambertAzimuthalEqualAreaConversion(36.0, 113.5), geodetic_crs=CRS("EPSG:4490")
)
DEGREES = [box(112.5 + at / 10, 36, 112.55 + at / 10, 36.05) for at in range(5)]


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def write(path, shapes, crs=PLANE, **columns):
    frame = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_file(path, engine="pyogrio")
    return path


def swapped(shapes):
    return shapely.transform(np.array(shapes, object), lambda xy: xy[:, ::-1])


@pytest.mark.parametrize("suffix", ["parquet", "gpkg", "shp"])
@pytest.mark.parametrize("shapes", [DEGREES, swapped(DEGREES), [*DEGREES, box(0, 0, 1, 1)]])
def test_degrees_in_a_plane_that_begins_in_china_are_no_metres(tmp_path, shapes, suffix):
    """Taken as metres they would lie in China too: beside the plane's origin."""
    path = write(tmp_path / f"s.{suffix}", shapes)
    zones = write(tmp_path / "z.gpkg", [box(-100, -100, 100, 100)])
    with pytest.raises(LayerError, match=r"的单位是米，坐标却是经纬度（度）.*有 5 个"):
        take_in(path)
    with (
        zones_of(zones) as kept,
        pytest.raises(LayerError, match="的单位是米，坐标却是经纬度（度）"),
    ):
        overlap_file(path, kept)
    with pytest.raises(LayerError, match="的单位是米，坐标却是经纬度（度）"), zones_of(path):
        pass


def test_metres_about_a_planes_origin_are_metres(tmp_path):
    near = [box(0, 0, 60, 60), box(100, 10, 170, 60), box(80, 10, 90, 50)]
    assert len(take_in(write(tmp_path / "s.gpkg", near)).frame) == 3


@pytest.mark.filterwarnings("error")
def test_coordinates_that_are_no_numbers_are_read_from_parquet_without_a_murmur(tmp_path):
    with np.errstate(invalid="ignore"):
        shapes = [box(0, 0, 9, 9), Polygon([(0, 0), (np.nan, 1), (1, 1)])]
        path = write(tmp_path / "s.parquet", shapes)
    assert len(read_source(path).frame) == 2


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9999])
@pytest.mark.parametrize("suffix", [".shp", ".shx"])
def test_a_shapefile_cut_short_is_refused_at_once_by_all_readers(tmp_path, suffix, share):
    path = write(tmp_path / "s.shp", [box(at, 0, at + 1, 1) for at in range(2000)])
    zones = write(tmp_path / "z.gpkg", [box(0, 0, 9, 9)])
    part = path.with_suffix(suffix)
    raw = part.read_bytes()
    part.write_bytes(raw[: int(len(raw) * share)])
    for table in (True, False):
        if not table:
            path.with_suffix(".dbf").unlink()
        with pytest.raises(LayerError, match=rf"s\{suffix} 只有 .* 字节，.*至少应有"):
            read_source(path)
        with zones_of(zones) as kept, pytest.raises(LayerError, match="至少应有"):
            overlap_file(path, kept)
    part.write_bytes(raw)
    assert len(read_source(path).frame) == 2000


def test_an_empty_shapefile_and_deleted_shapes_are_not_cut_short(tmp_path):
    path = write(tmp_path / "s.shp", [Point(112, 35), None, Point(113, 35)], "EPSG:4490")
    assert read_source(path).read == 3
    shapes = path.read_bytes()[:100]
    index = path.with_suffix(".shx").read_bytes()[:100]
    head = shapes[:24] + (50).to_bytes(4, "big") + shapes[28:]
    path.write_bytes(head)
    path.with_suffix(".shx").write_bytes(index[:24] + (50).to_bytes(4, "big") + index[28:])
    path.with_suffix(".dbf").unlink()
    assert read_source(path).read == 0


def test_workers_end_with_the_process_that_started_them():
    """Killed, it can tell them nothing; they hold its output open until they end."""
    busy = "import os, time; print('busy', flush=True); time.sleep(10); print('late'); os._exit(0)"
    program = f"""
from zoning.overlay.processes import _pool
if __name__ == "__main__":
    pool = _pool(2)
    for at in range(8):
        pool.submit(exec, {busy!r})
"""
    started = subprocess.Popen(
        [sys.executable, "-u", "-c", program], stdout=subprocess.PIPE, text=True
    )
    with started:
        assert started.stdout.readline() == "busy\n"
        started.kill()
        assert "late" not in started.stdout.read()
