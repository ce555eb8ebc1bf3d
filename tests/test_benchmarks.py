"""The benchmarks: what they make is what it says, and what they say is right."""

import importlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

for package in ("contourpy", "pyarrow", "scipy"):
    pytest.importorskip(package, reason=f"LOUD SKIP: no {package}, the benchmarks are not tested")

import geopandas as gpd  # noqa: E402 - after the packages that it would miss
import pyarrow.parquet as pq  # noqa: E402

from benchmarks import engines, made_layers, ratios, run, store  # noqa: E402
from benchmarks.engines import ENGINES, Engine  # noqa: E402
from benchmarks.ratios import Measured, Outcome  # noqa: E402
from benchmarks.shapes import carried, carried_zones, equal_area  # noqa: E402
from benchmarks.task import Clock, Task  # noqa: E402
from benchmarks.works import SIZES, WORKS, Run  # noqa: E402

ROOT = Path(__file__).parents[1]
TINY = SIZES["tiny"]
LAND = TINY.land
POLYGON, MULTIPOLYGON = 3, 6


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("made")


def _module(engine: str) -> object:
    absent = ENGINES[engine].absent()
    if absent:
        pytest.skip(f"LOUD SKIP: {engine} {absent}")
    return pytest.importorskip(ENGINES[engine].module)


# What is made


@pytest.mark.parametrize("layer", [*store.WHOLE, *store.BY_BLOCK])
def test_a_layer_made_twice_has_the_same_bytes(layer, data, tmp_path):
    count = 300 if layer in store.BY_BLOCK else None
    one = store.stored(data, LAND, layer, count=count)
    made_layers._islands.cache_clear()
    other = store.stored(tmp_path, LAND, layer, count=count)
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()


def test_red_lines_are_many_valid_multipolygons_with_holes_that_do_not_overlap():
    red = made_layers.red_lines(LAND)
    assert len(red) == LAND.units
    assert set(shapely.get_type_id(red)) == {MULTIPOLYGON}
    assert shapely.is_valid(red).all()
    assert (shapely.area(red) > 0).all()
    assert shapely.get_num_interior_rings(shapely.get_parts(red)).sum() > LAND.units
    share = shapely.area(red).sum() / LAND.side_m**2
    assert abs(share - made_layers.RED_SHARE) < 0.02
    assert shapely.area(shapely.union_all(red)) == pytest.approx(shapely.area(red).sum(), rel=1e-9)


def test_the_monster_is_one_multipolygon_with_its_share_of_the_vertices():
    (monster,) = made_layers.monster(LAND)
    assert monster.geom_type == "MultiPolygon"
    assert monster.is_valid
    islands, _ = made_layers._islands(LAND)
    enough = made_layers.MONSTER_SHARE * shapely.get_num_coordinates(islands).sum()
    largest = shapely.get_num_coordinates(islands).max()
    assert enough <= shapely.get_num_coordinates(monster) < enough + largest


def test_townships_cover_the_land_without_a_gap():
    towns = made_layers.townships(LAND)
    assert len(towns) == LAND.townships
    assert shapely.is_valid(towns).all()
    assert shapely.coverage_is_valid(towns)
    (whole,) = shapely.get_parts(shapely.coverage_union_all(towns))
    assert not len(whole.interiors)
    assert whole.area == pytest.approx(shapely.area(towns).sum(), rel=1e-12)
    west, south = made_layers.WEST, made_layers.SOUTH
    assert whole.contains(shapely.box(west, south, west + LAND.side_m, south + LAND.side_m))


def test_rivers_have_the_stated_steps():
    rivers = made_layers.rivers(LAND)
    assert len(rivers) == LAND.rivers
    counts = shapely.get_num_coordinates(rivers)
    assert counts.min() >= 200
    assert counts.max() <= 1800
    steps = np.hypot(*np.diff(shapely.get_coordinates(rivers[0]), axis=0).T)
    assert np.allclose(steps, made_layers.RIVER_STEP_M)


def test_patches_are_valid_and_as_large_as_stated():
    patches = made_layers.patches(LAND, 0, 2000)
    assert len(patches) == 2000
    assert set(shapely.get_type_id(patches)) == {POLYGON}
    assert shapely.is_valid(patches).all()
    corners = shapely.get_num_coordinates(patches) - 1
    assert (corners.min(), corners.max()) == (8, 40)


def test_patches_may_have_holes_and_parts():
    patches = made_layers.patches(LAND, 0, 2000, holed=0.1, in_parts=0.1)
    assert shapely.is_valid(patches).all()
    parts, patch = shapely.get_parts(patches, return_index=True)
    assert 150 < (np.bincount(patch) == 2).sum() < 250
    assert 150 < (shapely.get_num_interior_rings(parts) == 1).sum() < 250


@pytest.mark.parametrize("layer", ["patches", "points"])
def test_fewer_features_are_the_first_of_more(layer):
    make = getattr(made_layers, layer)
    assert shapely.equals_exact(make(LAND, 1, 50), make(LAND, 1, 200)[:50]).all()
    assert not shapely.equals_exact(make(LAND, 0, 50), make(LAND, 1, 50)).any()


def test_blocks_follow_each_other_in_one_file(tmp_path):
    count = made_layers.BLOCK + 3
    path = store.stored(tmp_path, LAND, "point", count=count)
    file = pq.ParquetFile(path)
    assert file.metadata.num_rows == count
    assert file.num_row_groups == made_layers.BLOCK // store.ROWS_A_GROUP + 1
    assert file.read(columns=["id"])["id"].to_pylist() == list(range(count))


def test_the_same_layer_comes_in_degrees_and_as_geopackage(data):
    metres = gpd.read_parquet(store.stored(data, LAND, "patch", count=100))
    degrees = store.stored(data, LAND, "patch", count=100, crs=made_layers.DEGREES)
    again = gpd.read_parquet(degrees)
    assert again.crs == made_layers.DEGREES
    assert again.to_crs(made_layers.PLANE).geom_equals_exact(metres, 1e-6).all()
    package = gpd.read_file(store.stored(data, LAND, "patch", count=100, form="gpkg"))
    assert package.crs == metres.crs
    assert package.geom_equals(metres).all()


def test_what_is_there_is_not_made_again_and_a_failure_leaves_nothing(tmp_path, monkeypatch):
    path = store.stored(tmp_path, LAND, "point", count=10)

    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr(store, "_blocks", broken)
    assert store.stored(tmp_path, LAND, "point", count=10) == path
    with pytest.raises(OSError, match="disk full"):
        store.stored(tmp_path, LAND, "point", count=11)
    assert list(tmp_path.iterdir()) == [path]


# What engines answer


def _layers(question: str, data: Path) -> tuple[Path, Path]:
    subjects, zones = {
        "overlap": ("holed", "redline"),
        "ellipsoid": ("holed", "redline"),
        "covered": ("patch", "township"),
        "containing": ("point", "redline"),
        "nearest": ("point", "river"),
    }[question]
    return store.stored(data, LAND, subjects, count=60), store.stored(data, LAND, zones)


def _by_force(question: str, subjects: np.ndarray, zones: np.ndarray) -> dict[str, object]:
    """Every subject with every zone, by GEOS alone."""
    if question == "ellipsoid":
        plane = equal_area(zones)
        subjects, zones = carried(subjects, plane), carried_zones(zones, plane)
    one, other = subjects[:, None], zones[None, :]
    if question in {"overlap", "ellipsoid"}:
        area = shapely.area(shapely.intersection(one, other))
        return {"pairs": int((area >= 0.01).sum()), "area_m2": area.sum(axis=0).tolist()}
    if question == "covered":
        whole = shapely.union_all(subjects)
        return {"area_m2": shapely.area(shapely.intersection(whole, zones)).tolist()}
    if question == "containing":
        return {"points": shapely.contains(other, one).sum(axis=0).tolist()}
    metres = np.sort(shapely.distance(one, other).min(axis=1))
    sums = [float(part.sum()) for part in np.array_split(metres, 10)]
    return {"points": len(metres), "distance_m": sums}


def _asked() -> list[tuple[str, str]]:
    """Every engine with every question that the works ask it."""
    return sorted(
        {
            (engine, work.question)
            for work in WORKS.values()
            for case in work.cases
            for engine in case.engines
            if not engine.startswith(engines.OURS)
        }
    )


@pytest.fixture(scope="module")
def one_server() -> Iterator[None]:
    """Start one server for all questions, as a real run would start one for each."""
    if ENGINES["postgis"].absent():
        yield
        return
    cluster = importlib.import_module("benchmarks.peers.cluster")
    with cluster.running(1) as connection, pytest.MonkeyPatch.context() as patch:

        @contextmanager
        def cleared(_):
            connection.execute("drop table if exists subject, zones, piece, answer")
            yield connection

        patch.setattr(cluster, "running", cleared)
        yield


@pytest.mark.usefixtures("one_server")
@pytest.mark.parametrize(("engine", "question"), _asked())
def test_an_engine_answers_as_brute_force_does(engine, question, data):
    module = _module(engine)
    files = _layers(question, data)
    clock = Clock()
    task = Task(question, *files, variant=ENGINES[engine].variant)
    answer = getattr(module, question)(task, clock)
    expected = _by_force(question, *(np.asarray(gpd.read_parquet(f).geometry) for f in files))
    assert set(answer) == set(expected)
    for part in expected:
        assert ratios._same(expected[part], answer[part]), part
    assert set(clock.phases) > {"read"}
    assert all(seconds > 0 for seconds in clock.phases.values())


@pytest.mark.parametrize("variant", ["", "plain", "objects", "stream"])
@pytest.mark.parametrize("question", ["overlap", "covered", "containing", "nearest"])
def test_our_engine_answers_as_brute_force_does(question, variant, data):
    files = _layers(question, data)
    task = Task(question, *files, variant=variant)
    answer = getattr(_module("ours"), question)(task, Clock())
    expected = _by_force(question, *(np.asarray(gpd.read_parquet(f).geometry) for f in files))
    for part in expected:
        assert ratios._same(expected[part], answer[part]), part


def test_our_command_answers_as_brute_force_on_the_ellipsoid(data, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    files = _layers("ellipsoid", data)
    answer = _module("ours").ellipsoid(Task("ellipsoid", *files), Clock())
    shapes = [np.asarray(gpd.read_parquet(file).geometry) for file in files]
    expected = _by_force("ellipsoid", *shapes)
    assert answer["pairs"] == expected["pairs"]
    assert answer["area_m2"] == pytest.approx(expected["area_m2"], rel=1e-6, abs=0.01)
    in_the_plane = _by_force("overlap", *shapes)["area_m2"]
    assert answer["area_m2"] != pytest.approx(in_the_plane, rel=1e-5, abs=0.01)


def test_an_engine_that_is_not_installed_is_named_with_the_way_to_get_it():
    engine = Engine("x", "x", "", ("shapely", "no-such-package"))
    assert engine.absent() == "not installed: no-such-package (pip install -e '.[bench]')"
    assert not Engine("x", "x", "", ("shapely",)).absent()


# What the harness says


STAND_IN = """
import time
import numpy as np, shapely
from benchmarks.shapes import read_shapes
from benchmarks.task import READ, overlaps_answer

def overlap(task, clock):
    with clock(READ):
        subjects, zones = read_shapes(task.subjects), read_shapes(task.zones)
    with clock("overlap"):
        area = shapely.area(shapely.intersection(subjects[:, None], zones)) * {factor}
        time.sleep({sleep})
    zone = np.broadcast_to(np.arange(len(zones)), area.shape)
    return overlaps_answer(zone.ravel(), area.ravel(), len(zones))
"""


@pytest.fixture
def measured(tmp_path, monkeypatch, data):
    """Run overlay at the tiny size with a stand-in for us beside shapely."""

    def measure(*, factor=1.0, sleep=0.0, limit=60.0, forms=2) -> tuple[int, str]:
        text = STAND_IN.format(factor=factor, sleep=sleep)
        (tmp_path / "standin.py").write_text(text, encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
        ours = replace(ENGINES["ours"], module="standin", packages=())
        monkeypatch.setitem(ENGINES, "ours", ours)
        monkeypatch.setitem(run.SIZES, "tiny", replace(TINY, many=60))
        work = WORKS["endtoend"]
        monkeypatch.setitem(WORKS, "endtoend", replace(work, cases=work.cases[:forms]))
        what = ["--size", "tiny", "--work", "endtoend", "--engines", "ours,shapely"]
        where = ["--data", str(data), "--out", str(tmp_path / "out")]
        code = run.main([*what, *where, "--limit", str(limit)])
        return code, (tmp_path / "out" / "results.md").read_text(encoding="utf-8")

    return measure


def test_the_harness_runs_end_to_end_and_all_agree(measured, tmp_path):
    code, text = measured()
    assert code == 0
    assert "answered alike" in text
    assert "| ours | flat arrays, compiled | 60 | 1 | 1 | 1 | the measure of its rows |" in text
    assert "| shapely | by hand: zones in pieces, prepared, asked first (gpkg) | 60 |" in text
    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert results["disagreements"] == []
    assert results["versions"]["shapely"] == shapely.__version__
    (first, *_) = results["runs"]
    (only,) = first["rounds"]
    assert first["engine"] == "ours"
    assert set(only["seconds"]) == {"read", "overlap"}
    assert only["peak_bytes"] > 2**24
    assert only["answer"]["pairs"] > 0


def test_an_answer_that_is_wrong_by_a_millionth_is_told(measured):
    code, text = measured(factor=1 + 1e-6, forms=1)
    assert code == 1
    assert "**They disagree:**" in text
    assert "- shapely: overlap, 60 patch x redline, parquet: area_m2 is not ours's" in text


def test_a_run_that_takes_too_long_is_stopped_and_said_to_be(measured, monkeypatch):
    monkeypatch.setitem(ENGINES, "shapely", Engine("shapely", "x", "", ("no-such-package",)))
    code, text = measured(sleep=60, limit=4, forms=1)
    assert code == 1
    assert "- ours: overlap, 60 patch x redline, parquet: stopped after 4 s" in text
    assert "not installed: no-such-package" in text


def test_an_unknown_name_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        run.main(["--work", "overlay,lunch"])
    said = capsys.readouterr().err
    assert "unknown: lunch" in said
    assert "township" in said


def _outcome(engine: str, count: int, *compute_s: float, read_s: float = 1.0) -> Outcome:
    rounds = [
        Measured({"read": read_s, "a": seconds / 2, "b": seconds / 2}, int(seconds * 2**20), {})
        for seconds in compute_s
    ]
    return Outcome(Run("overlap", "patch", "redline", count, engine), rounds)


def test_ratios_are_taken_round_by_round():
    ours, peer = _outcome("ours", 1000, 1, 2, 1), _outcome("shapely", 1000, 10, 10, 30)
    assert str(ratios.ratio(peer, ours, ratios._compute)) == "10.0 (5.00-30.0)"
    # From file, with a second of reading each: 11 by 2, 11 by 3, 31 by 2.
    assert str(ratios.ratio(peer, ours, ratios._total)) == "5.50 (3.67-15.5)"


def test_a_run_that_was_not_repeated_is_compared_with_what_ran_beside_it():
    ours, peer = _outcome("ours", 1000, 1, 2, 1), _outcome("geopandas", 1000, 500)
    assert str(ratios.ratio(peer, ours, ratios._compute)) == "500"


def test_the_table_holds_ratios_and_marks_what_is_extrapolated():
    outcomes = [
        _outcome("ours", 1000, 2.0),
        _outcome("shapely", 1000, 20.0),
        _outcome("ours", 200, 1.0),
        _outcome("geopandas", 200, 50.0),
        _outcome("ours", 100, 1.0),
        _outcome("geopandas", 100, 30.0),
        _outcome("duckdb", 100, 7.0),
    ]
    rows = ratios._ratio_rows(outcomes)[2:]
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows]
    named = [(row[0], *row[2:]) for row in cells]
    note = "extrapolated: measured in full on 100 and 200"
    assert named == [
        ("ours", "1 000", "1", "1", "1", "the measure of its rows"),
        ("shapely", "1 000", "10.0", "7.00", "10.0", ""),
        ("ours", "200", "1", "1", "1", "the measure of its rows"),
        ("geopandas", "200", "50.0", "25.5", "50.0", ""),
        ("ours", "100", "1", "1", "1", "the measure of its rows"),
        ("geopandas", "100", "30.0", "15.5", "30.0", ""),
        ("duckdb", "100", "7.00", "4.00", "7.00", ""),
        # 20 seconds a hundred: 50 and 160 more, where ours took 2. From file 51 and 160, and 3.
        ("geopandas", "1 000", "≈ 105", "≈ 70.3", "", note),
    ]


def test_what_does_not_grow_is_not_extrapolated():
    peers = _outcome("geopandas", 100, 5.0), _outcome("geopandas", 200, 5.0)
    assert not ratios.extrapolated(*peers, _outcome("ours", 1000, 1.0), ratios._compute)


def test_growth_is_told_a_feature_and_processors_as_times_as_fast():
    rows = ratios._growth_rows([_outcome("ours", 100, 1.0), _outcome("ours", 1000, 5.0)])
    assert rows[2:] == ["| ours | 100 | 1.00 | 1.00 | 1 |", "| ours | 1 000 | 0.500 | 0.300 | 5 |"]
    one, two = _outcome("ours", 100, 7.0), _outcome("ours", 100, 3.0)
    two.run = replace(two.run, threads=2)
    assert ratios._processor_rows([one, two])[2:] == ["| ours | 100 | 2 | 2.00 |"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (5, 5, True),
        (5, 6, False),
        ([1, 2], [1, 2], True),
        ([1, 2], [2, 1], False),
        ([1.0, 1e9], [1.0, 1e9 + 0.5], True),
        ([1.0, 1e9], [1.0, 1e9 + 2.0], False),
        ([10.0, 20.0], [20.0, 10.0], False),
        ([1.0], [1.0, 0.0], False),
        ([1.0], None, False),
    ],
)
def test_counts_must_be_equal_and_sums_close(one, other, same):
    assert ratios._same(one, other) is same


def test_works_share_the_runs_that_they_have_in_common():
    everybody = frozenset(ENGINES)
    runs = [one for work in WORKS.values() for one in work.runs(SIZES["full"], everybody)]
    assert len(set(runs)) < len(runs)
