"""The same bytes from one process, from several and from a Dask cluster, whoever dies meanwhile."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import LambertAzimuthalEqualAreaConversion
from shapely import Polygon, box

from layers.errors import LayerError, QueryError
from scripts.overlay_out import report
from zoning.overlay import ManyZones, processes, stream
from zoning.overlay.processes import overlap_file
from zoning.overlay.zones_file import zones_of

pytest.importorskip("pyarrow", reason="LOUD SKIP: pyarrow is not installed")

PLANE = ProjectedCRS(
    LambertAzimuthalEqualAreaConversion(36.0, 113.5), geodetic_crs=CRS("EPSG:4490")
)
ROWS = 100


@pytest.fixture(autouse=True)
def small_batches(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(stream, "BATCH_ROWS", ROWS)


@pytest.fixture
def zones(tmp_path):
    """A coverage: 25 squares of 100 m; borders are shared."""
    grid = [box(x, y, x + 100, y + 100) for x in range(0, 500, 100) for y in range(0, 500, 100)]
    path = tmp_path / "zones.gpkg"
    gpd.GeoDataFrame({"zone_id": range(25)}, geometry=grid, crs=PLANE).to_file(path)
    return path


@pytest.fixture
def patches(tmp_path):
    """1000 patches, many across borders of zones; one cannot be used."""
    rng = np.random.default_rng(7)
    low = rng.random((1000, 2)) * 450
    side = rng.random(1000) * 50
    shapes = shapely.box(low[:, 0], low[:, 1], low[:, 0] + side, low[:, 1] + side)
    shapes[321] = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    path = tmp_path / "patches.parquet"
    gpd.GeoDataFrame({"id": range(1000)}, geometry=shapes, crs=PLANE).to_parquet(
        path, row_group_size=ROWS
    )
    return path


def written(patches, zones, folder, **options):
    """Everything that the command writes, by file name."""
    folder.mkdir()
    with zones_of(zones) as kept:
        found = overlap_file(patches, kept, id_column="id", **options)
        inputs = {"subjects": patches, "zones": zones}
        report(found, kept, inputs, folder / "o.csv", by="")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_any_number_of_processes_writes_the_same_bytes(patches, zones, tmp_path):
    one = written(patches, zones, tmp_path / "1")
    assert set(one) == {"o.csv", "o.csv.record.json", "o.csv.rejects.csv"}
    assert one["o.csv"].count(b"\n") > 1000
    for count in (2, 3):
        assert written(patches, zones, tmp_path / str(count), processes=count) == one


def test_borders_count_nothing_twice(patches, zones):
    """Each patch is answered once, and its parts add up to it."""
    shapes = gpd.read_parquet(patches).geometry.to_numpy()
    with zones_of(zones) as kept:
        found = overlap_file(patches, kept, processes=2)
        parts = list(found)
    assert len(parts) == 10
    row = np.concatenate([part.row for part in parts]) - 1
    m2 = np.concatenate([part.area_m2 for part in parts])
    area = shapely.area(shapes)
    area[321] = 0.0
    assert np.bincount(row, m2, 1000) == pytest.approx(area, rel=1e-10)
    assert found.covered_m2 == pytest.approx(area.sum(), rel=1e-12)
    assert found.zone_m2.sum() == pytest.approx(area.sum(), rel=1e-12)
    grid = ManyZones(gpd.read_file(zones).geometry.to_numpy())
    straight = grid.overlap(np.delete(shapes, 321))
    assert len(straight.area) == len(row)
    assert [part.rejects[0][0] for part in parts if part.rejects] == [322]


def test_a_worker_killed_in_the_middle_loses_nothing(patches, zones):
    with zones_of(zones) as kept:
        whole = [part.area_m2.tolist() for part in overlap_file(patches, kept)]
        found = overlap_file(patches, kept, processes=2)
        parts = []
        for number, part in enumerate(found):
            parts.append(part.area_m2.tolist())
            if number in {0, 4}:
                victim = multiprocessing.active_children()[0]
                os.kill(victim.pid, signal.SIGKILL)
                victim.join()
    assert parts == whole
    assert (found.read, found.rejected) == (1000, 1)


def test_workers_that_always_die_are_given_up_with_a_plain_sentence(monkeypatch):
    # Each worker becomes a program that ends at once.
    monkeypatch.setattr(processes, "work", os.execv)
    with pytest.raises(QueryError, match="--processes（现为 2）"):
        list(processes._in_processes("/bin/false", [["false"]] * 3, 2))


def test_what_a_worker_complains_of_is_what_the_user_reads(patches, zones):
    with zones_of(zones) as kept:
        found = overlap_file(patches, kept, processes=2)
        cells = kept.folder / "zones-edges.npy"
        cells.unlink()
        with pytest.raises(LayerError, match="看不到"):
            list(found)


def test_no_more_is_under_way_than_the_workers_can_take(patches, zones, monkeypatch):
    """Memory does not grow with the file: what waits is bounded."""
    under_way, most = 0, 0
    answered = processes.Future.result

    class Pool(processes.ProcessPoolExecutor):
        def submit(self, *arguments):
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            return super().submit(*arguments)

    def result(self, *arguments):
        nonlocal under_way
        under_way -= 1
        return answered(self, *arguments)

    monkeypatch.setattr(processes, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(processes.Future, "result", result)
    with zones_of(zones) as kept:
        assert len(list(overlap_file(patches, kept, processes=2))) == 10
    assert most == 4


# -- Dask

# It leaves sockets to the garbage collector where a worker was killed.
dask = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


class Cluster(NamedTuple):
    """Where a cluster listens, and its workers."""

    address: str
    workers: list[subprocess.Popen]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Return the address of a scheduler and its two workers, each a process as in an office.

    ``LocalCluster`` can wait for ever for a worker that is killed while it closes.
    """
    distributed = pytest.importorskip(
        "distributed", reason="LOUD SKIP: dask.distributed is not installed"
    )
    folder = tmp_path_factory.mktemp("dask")
    told = folder / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    places = ["--scheduler-file", told, "--no-dashboard"]
    started = [
        subprocess.Popen([*dask, "scheduler", *places, "--port", "0"], stderr=subprocess.DEVNULL)
    ]
    try:
        for name in ("1", "2"):
            worker = [*dask, "worker", *places, "--no-nanny", "--nthreads", "1", "--name", name]
            worker += ["--local-directory", folder / name]
            started.append(subprocess.Popen(worker, stderr=subprocess.DEVNULL))
        while not told.exists():
            assert started[0].poll() is None, "the scheduler did not start"
            time.sleep(0.1)
        address = json.loads(told.read_text())["address"]
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
        yield Cluster(address, started[1:])
    finally:
        for process in started:
            process.kill()
        for process in started:
            process.wait()


@dask
def test_a_dask_cluster_writes_the_same_bytes(patches, zones, tmp_path, cluster):
    one = written(patches, zones, tmp_path / "1")
    there = written(patches, zones, tmp_path / "2", cluster=cluster.address)
    assert there == one


@dask
def test_a_dask_worker_killed_in_the_middle_loses_nothing(patches, zones, cluster):
    with zones_of(zones) as kept:
        whole = [part.area_m2.tolist() for part in overlap_file(patches, kept)]
        parts = []
        for number, part in enumerate(overlap_file(patches, kept, cluster=cluster.address)):
            parts.append(part.area_m2.tolist())
            if number == 0:
                cluster.workers[0].kill()
    assert parts == whole


@dask
def test_a_scheduler_that_is_not_there_or_has_no_workers_is_named(patches, zones, monkeypatch):
    distributed = pytest.importorskip(
        "distributed", reason="LOUD SKIP: dask.distributed is not installed"
    )
    monkeypatch.setattr("zoning.overlay.cluster.TIMEOUT_S", 1)
    with zones_of(zones) as kept:
        with pytest.raises(QueryError, match="连不上"):
            list(overlap_file(patches, kept, cluster="tcp://127.0.0.1:9"))
        with (
            distributed.LocalCluster(n_workers=0, dashboard_address=":0") as idle,
            pytest.raises(QueryError, match="没有工作进程"),
        ):
            list(overlap_file(patches, kept, cluster=idle.scheduler_address))


def test_without_dask_one_sentence_says_how_to_get_it(patches, zones, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] in {"distributed", "dask"}]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with zones_of(zones) as kept:
        found = overlap_file(patches, kept, cluster="tcp://127.0.0.1:9")
        with pytest.raises(QueryError) as refused:
            list(found)
    assert str(refused.value).count("。") == 1
    assert 'pip install "distributed>=2024.1"' in str(refused.value)
