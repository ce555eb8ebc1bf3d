"""What must hold of every review, and reviews against other engines: PostGIS, GEOS with Geod."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, affinity, box

from layers.measure import GEOD, length_m
from layers.read import Reading
from tests.review_county import DAY, Made, Zone, at, county, kind_of
from zoning.model import STATE_ORDER
from zoning.overlay import many
from zoning.review import zones as zones_module
from zoning.review.engine import review
from zoning.review.model import Activity, Site
from zoning.review.sites import Sites
from zoning.rules import Pack

LEVELS = ("一级保护区", "二级保护区", "准保护区", None)
ANY = (Zone("any", at(0, 0, 10, 10)),)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    layers = {"one": Made("water_source", ANY), "two": Made("water_source", ANY)}
    return county(tmp_path_factory.mktemp("county"), layers)


def in_degrees(workspace, shapes):
    """Shapes in metres around the middle of the county, in degrees."""
    (outline,) = workspace.plane.project([workspace.boundary])
    x, y = outline.centroid.x, outline.centroid.y
    array = np.empty(len(shapes), dtype=object)
    array[:] = [affinity.translate(shape, x, y) for shape in shapes]
    return workspace.plane.unproject(array)


def fill(workspace, **layers):
    """Put zones, as (id, level, shape), in the place of what the layers' files hold."""
    zones_module._MADE.pop(workspace, None)
    for name in ("one", "two"):
        zones = layers.get(name) or [("far", None, box(4000, 3000, 4100, 3100))]
        frame = gpd.GeoDataFrame(
            {
                "zone_id": [zone[0] for zone in zones],
                "name": None,
                "class": None,
                "level": [zone[1] for zone in zones],
            },
            geometry=in_degrees(workspace, [zone[2] for zone in zones]),
            crs="EPSG:4490",
        )
        workspace._readings[name] = Reading(frame, len(frame))


def asked(workspace, shapes, accuracy_m=0.0):
    """Review shapes in metres around the middle; return what was found by site."""
    made = in_degrees(workspace, shapes)
    plane = workspace.plane.project(made)
    sites = tuple(
        Site(
            id=f"s{number:04d}",
            name="",
            geometry=shape,
            accuracy_m=accuracy_m,
            activity=Activity("road", "stated", ""),
            file="",
            feature="",
            area_m2=float(shapely.area(placed)),
            length_m=length_m(shape) if shapely.get_dimensions(shape) == 1 else 0.0,
        )
        for number, (shape, placed) in enumerate(zip(made, plane, strict=True))
    )
    read = Sites(sites, (), len(sites), (), (), {})
    found = review(workspace, read, day=DAY, pack=Pack(()))
    return {site.site.id: site for site in found.sites}


# --- properties -------------------------------------------------------------------------------

COORDINATE = st.integers(-40, 40).map(lambda number: number * 25.0)
SIZE = st.integers(1, 40).map(lambda number: number * 25.0)


@st.composite
def rectangles(draw):
    west, south = draw(COORDINATE), draw(COORDINATE)
    shape = box(west, south, west + draw(SIZE), south + draw(SIZE))
    return affinity.rotate(shape, draw(st.sampled_from([0, 0, 17, 45])))


@st.composite
def holed(draw):
    shape = draw(rectangles())
    if draw(st.booleans()):
        shape -= affinity.scale(shape, 0.5, 0.5)
    return shape


ZONES = st.lists(st.tuples(st.sampled_from(LEVELS), holed()), min_size=1, max_size=6)
SITES = st.lists(
    st.one_of(
        holed(),
        st.tuples(COORDINATE, COORDINATE, COORDINATE, SIZE).map(
            lambda c: LineString([(c[0], c[1]), (c[2], c[1] + c[3])])
        ),
        st.tuples(COORDINATE, COORDINATE).map(Point),
    ),
    min_size=1,
    max_size=4,
)


def named(zones):
    return [(f"z{number}", *zone) for number, zone in enumerate(zones)]


@settings(max_examples=40)
@given(one=ZONES, two=ZONES, sites=SITES)
def test_nets_sum_to_the_union_and_shares_are_shares(workspace, one, two, sites):
    fill(workspace, one=named(one), two=named(two))
    for site in asked(workspace, sites).values():
        kind = kind_of(site, "water_source")
        met = [z for z in site.zones if z.kind == "water_source" and z.relation != "outside"]
        for zone in met:
            assert zone.share is None or 0 <= zone.share <= 1
            assert zone.net_m2 is None or 0 <= zone.net_m2 <= zone.overlap_m2
            assert zone.overlap_m2 is None or zone.overlap_m2 <= site.site.area_m2
        assert kind.share is None or 0 <= kind.share <= 1
        if kind.overlap_m2 is not None:
            nets = sum(zone.net_m2 for zone in met)
            assert abs(nets - kind.overlap_m2) <= 0.01
            largest = max((zone.overlap_m2 for zone in met), default=0.0)
            assert largest - 1e-6 <= kind.overlap_m2 <= site.site.area_m2
        if kind.length_m is not None:
            assert max((z.length_m for z in met), default=0.0) <= kind.length_m + 1e-6
            assert kind.length_m <= site.site.length_m
        hit = any(zone.relation in {"inside", "overlaps"} and not zone.sliver for zone in met)
        assert (kind.state == "hit") == hit or kind.overlap_m2 >= 1
        assert sum(zone.binding for zone in met) == (kind.state == "hit")
        assert site.state == min((k.state for k in site.kinds), key=STATE_ORDER.index)


@settings(max_examples=20)
@given(zones=ZONES, sites=SITES, turn=st.randoms(use_true_random=False))
def test_the_order_of_zones_and_sites_changes_nothing(workspace, zones, sites, turn):
    fill(workspace, one=named(zones))
    first = asked(workspace, sites)
    shuffled = named(zones)
    turn.shuffle(shuffled)
    fill(workspace, one=shuffled)
    again = asked(workspace, sites[::-1])
    for number in range(len(sites)):
        one = first[f"s{number:04d}"]
        other = again[f"s{len(sites) - 1 - number:04d}"]
        assert [plain(zone) for zone in one.zones] == [plain(zone) for zone in other.zones]
        assert [kind.state for kind in one.kinds] == [kind.state for kind in other.kinds]
        assert one.verdicts == other.verdicts


def plain(zone):
    """A finding with its measures to what no rounding of sums can move."""
    measures = (zone.overlap_m2, zone.net_m2, zone.length_m, zone.distance_m)
    return (
        zone.layer, zone.zone_id, zone.relation, zone.sliver, zone.certainty, zone.direction,
        *(None if measure is None else round(measure, 4) for measure in measures),
    )  # fmt: skip


@settings(max_examples=15)
@given(zones=ZONES, site=holed(), step=st.sampled_from([(7.0, -3.0), (120.5, 88.25)]))
def test_moving_everything_changes_no_area(workspace, zones, site, step):
    fill(workspace, one=named(zones))
    (here,) = asked(workspace, [site]).values()
    there_zones = [(level, affinity.translate(shape, *step)) for level, shape in zones]
    fill(workspace, one=named(there_zones))
    (there,) = asked(workspace, [affinity.translate(site, *step)]).values()
    one, other = kind_of(here, "water_source"), kind_of(there, "water_source")
    assert one.state == other.state
    assert one.overlap_m2 == pytest.approx(other.overlap_m2, abs=1e-4)


@settings(max_examples=15)
@given(zones=ZONES, sites=SITES)
def test_a_larger_error_never_makes_an_answer_surer(workspace, zones, sites):
    fill(workspace, one=named(zones))
    exact = asked(workspace, sites)
    rough = asked(workspace, sites, accuracy_m=40.0)
    for name, site in exact.items():
        sure, unsure = (kind_of(one[name], "water_source") for one in (exact, rough))
        certain = {z.zone_id for z in rough[name].zones if z.certainty == "certain"}
        assert certain <= {z.zone_id for z in site.zones if z.certainty == "certain"}
        assert unsure.certainty == "possible" or sure.certainty == unsure.certainty == "certain"


# --- others' answers --------------------------------------------------------------------------


def stars(seed, count, reach, size=60.0):
    """Valid shapes of 5 to 20 corners, some with a hole."""
    random = np.random.default_rng(seed)
    made = []
    while len(made) < count:
        corners = int(random.integers(5, 21))
        angles = (random.uniform(0, 1, corners) + np.arange(corners)) * 2 * np.pi / corners
        spread = random.lognormal(np.log(size), 0.6) * random.uniform(0.4, 1, corners)
        ring = np.c_[spread * np.cos(angles), spread * np.sin(angles)]
        holes = [0.3 * ring[::-1]] if random.random() < 0.2 else []
        shape = affinity.translate(Polygon(ring, holes), *random.uniform(-reach, reach, 2))
        if shape.is_valid and shape.area:
            made.append(shape)
    return made


@pytest.fixture(params=["geos", "cells"])
def way(request, monkeypatch):
    """Both ways of the overlay engine: few shapes at once, and many."""
    monkeypatch.setattr(many, "FEW", 1 << 40 if request.param == "geos" else -1)


@pytest.fixture
def crowd(workspace):
    """Zones of three levels that overlap each other, and sites among them."""
    random = np.random.default_rng(7)
    shapes = stars(11, 120, 1500, 150)
    zones = [
        (f"z{number:03d}", LEVELS[int(random.integers(0, 4))], shape)
        for number, shape in enumerate(shapes)
    ]
    fill(workspace, one=zones[:80], two=zones[80:])
    return zones, stars(12, 150, 1500)


def placed(workspace, shapes):
    return workspace.plane.project(in_degrees(workspace, shapes))


def ordered(zones):
    """Zones as they are counted: by level, then by layer and id."""
    layer = {zone[0]: "one" if number < 80 else "two" for number, zone in enumerate(zones)}
    return sorted(zones, key=lambda zone: (LEVELS.index(zone[1]), layer[zone[0]], zone[0]))


@pytest.mark.usefixtures("way")
def test_overlaps_nets_and_unions_are_as_postgis_has_them(workspace, crowd, postgis_server):
    import psycopg  # noqa: PLC0415

    zones, sites = crowd
    zones = ordered(zones)
    binary = [
        list(shapely.to_wkb(placed(workspace, shapes)))
        for shapes in (sites, [zone[2] for zone in zones])
    ]
    with psycopg.connect(postgis_server.url("postgis")) as session:
        pairs = session.execute(PAIRS, binary).fetchall()
        unions = dict(session.execute(UNIONS, binary).fetchall())
    found = asked(workspace, sites)
    wanted = {(one, zones[two][0]): (area, net) for one, two, area, net in pairs}
    assert len(wanted) > 150
    for number in range(len(sites)):
        site = found[f"s{number:04d}"]
        met = [z for z in site.zones if z.kind == "water_source" and z.overlap_m2]
        for zone in met:
            area, net = wanted.pop((number, zone.zone_id))
            assert zone.overlap_m2 == pytest.approx(area, abs=1e-5)
            assert zone.net_m2 == pytest.approx(net, abs=1e-5)
        union = kind_of(site, "water_source").overlap_m2
        assert union == pytest.approx(unions.get(number, 0.0), abs=1e-5)
    assert max((area for area, _ in wanted.values()), default=0.0) < 1e-3


PAIRS = """
    WITH s AS (SELECT at - 1 AS at, ST_GeomFromWKB(g) AS g
               FROM unnest(%s::bytea[]) WITH ORDINALITY u(g, at)),
         z AS (SELECT at - 1 AS at, ST_GeomFromWKB(g) AS g
               FROM unnest(%s::bytea[]) WITH ORDINALITY u(g, at))
    SELECT s.at, z.at, ST_Area(ST_Intersection(s.g, z.g)),
           ST_Area(ST_Difference(ST_Intersection(s.g, z.g), coalesce(
               (SELECT ST_Union(e.g) FROM z e WHERE e.at < z.at AND ST_Intersects(e.g, s.g)),
               'POLYGON EMPTY')))
    FROM s JOIN z ON ST_Intersects(s.g, z.g)
"""
UNIONS = """
    WITH s AS (SELECT at - 1 AS at, ST_GeomFromWKB(g) AS g
               FROM unnest(%s::bytea[]) WITH ORDINALITY u(g, at)),
         z AS (SELECT ST_GeomFromWKB(g) AS g FROM unnest(%s::bytea[]) g)
    SELECT s.at, ST_Area(ST_Intersection(s.g, ST_Union(z.g)))
    FROM s JOIN z ON ST_Intersects(s.g, z.g) GROUP BY s.at, s.g
"""


@pytest.mark.usefixtures("way")
def test_areas_are_those_that_geod_has_on_the_ellipsoid(workspace, crowd):
    zones, sites = crowd
    everything = shapely.union_all(in_degrees(workspace, [zone[2] for zone in zones]))
    found = asked(workspace, sites)
    for number, shape in enumerate(in_degrees(workspace, sites)):
        within = shapely.segmentize(shapely.intersection(shape, everything), 2e-4)
        wanted = 0.0 if within.is_empty else abs(GEOD.geometry_area_perimeter(within)[0])
        union = kind_of(found[f"s{number:04d}"], "water_source").overlap_m2
        assert union == pytest.approx(wanted, rel=1e-6, abs=0.01)


def test_lengths_and_distances_are_those_that_geod_has(workspace, crowd):
    zones, _ = crowd
    random = np.random.default_rng(5)
    steps = random.normal(0, 120, (60, 6, 2)).cumsum(axis=1)
    lines = [LineString(way) for way in steps + random.uniform(-2000, 2000, (60, 1, 2))]
    everything = shapely.union_all(in_degrees(workspace, [zone[2] for zone in zones]))
    apart = 0
    found = asked(workspace, lines)
    for number, line in enumerate(in_degrees(workspace, lines)):
        site = found[f"s{number:04d}"]
        kind = kind_of(site, "water_source")
        wanted = GEOD.geometry_length(shapely.intersection(line, everything))
        assert kind.length_m == pytest.approx(wanted, abs=0.002)
        near = [z for z in site.zones if z.kind == "water_source" and z.layer == "one"]
        if near[0].relation == "outside":
            apart += 1
            shapes = in_degrees(workspace, [zone[2] for zone in zones[:80]])
            assert near[0].distance_m == pytest.approx(by_steps(line, shapes), abs=0.05)
    assert apart > 5


def by_steps(line, shapes):
    """The least distance on the ellipsoid between points every 20 cm of the borders."""
    step, narrow = 2e-6, np.array([np.cos(np.radians(36.2)), 1.0])
    borders = shapely.boundary(shapes)
    own = shapely.get_coordinates(shapely.segmentize(line, step))
    least = np.inf
    for border in borders[np.argsort(shapely.distance(borders, line))[:4]]:
        theirs = shapely.get_coordinates(shapely.segmentize(border, step))
        tree = shapely.STRtree(shapely.points(theirs * narrow))
        asked_, at_ = tree.query_nearest(shapely.points(own * narrow), all_matches=False)
        metres = GEOD.inv(*own[asked_].T, *theirs[at_].T)[2]
        least = min(least, metres.min())
    return least


def wavy(count, radius, waves=200.0):
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    reach = radius * (1 + 0.1 * np.sin(waves * turn))
    return np.c_[reach * np.cos(turn), reach * np.sin(turn)]


@pytest.mark.usefixtures("way")
def test_large_sites_are_cut_down_and_have_the_same_answers(workspace, crowd):
    zones, _ = crowd
    ring = Polygon(wavy(3000, 1000))
    east = np.linspace(-1500, 1500, 3000)
    snake = LineString(np.c_[east, 300 * np.sin(east * 0.03)])
    found = asked(workspace, [ring, snake], accuracy_m=2.0)
    shapes = placed(workspace, [zone[2] for zone in zones])
    everything = shapely.union_all(shapes)
    area, line = placed(workspace, [ring, snake])
    met = {z.zone_id: z for z in found["s0000"].zones if z.kind == "water_source"}
    for (name, *_), shape in zip(zones, shapes, strict=True):
        wanted = shapely.area(shapely.intersection(area, shape))
        got = met[name].overlap_m2 if name in met else 0.0
        assert got == pytest.approx(wanted, abs=1e-5)
    kind = kind_of(found["s0000"], "water_source")
    wanted = shapely.area(shapely.intersection(area, everything))
    assert (kind.state, kind.overlap_m2) == ("hit", pytest.approx(wanted, abs=1e-5))
    assert sum(zone.net_m2 or 0 for zone in met.values()) == pytest.approx(wanted, abs=1e-5)
    kind = kind_of(found["s0001"], "water_source")
    within = workspace.plane.unproject([shapely.intersection(line, everything)])[0]
    assert kind.length_m == pytest.approx(length_m(within), abs=1e-5)


@pytest.mark.parametrize(
    ("radius", "ring", "snake"),
    [(1300, "inside", "inside"), (1000, "overlaps", "overlaps"), (500, "overlaps", "outside")],
)
def test_a_large_site_knows_whether_it_lies_within(workspace, radius, ring, snake):
    fill(workspace, one=[("z", None, Polygon(wavy(40, radius, waves=1.0)))])
    border = wavy(3000, 1000, waves=30.0)
    sites = asked(workspace, [Polygon(border), LineString(border)], accuracy_m=1.0)
    for site, relation in zip(sites.values(), (ring, snake), strict=True):
        (zone, _) = (z for z in site.zones if z.kind == "water_source")
        assert (zone.relation, zone.certainty) == (relation, "certain")
        assert {"inside": zone.share == 1, "outside": zone.share is None}.get(
            relation, 0 < (zone.share or 0) < 1
        )
