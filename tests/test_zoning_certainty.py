"""Certain, possible, unchecked: every fact that decides, alone and together.

A made county of 10 x 8 km in EPSG:4547 with one zone, 2000..4000 x 2000..4000, and a
coverage, the western half (0..5000). Positions below are metres from its corner.
"""

import itertools

import geopandas as gpd
import pytest
from shapely import Point, box, unary_union

from layers.contracts import TABLES
from layers.locus import Locus
from layers.workspace import Workspace
from zoning.model import CERTAIN, CLEAR, HIT, NOT_EXCLUDED, POSSIBLE, TOUCHES, UNCHECKED
from zoning.study import Study

EAST, NORTH = 495_000, 4_000_000
DRAWN = ("modelled", "schematic")


def at(west, south, east, north):
    return box(EAST + west, NORTH + south, EAST + east, NORTH + north)


SITES = {  # 100 x 100 m in or beside the zone, all within the coverage but the last two
    "inside": at(3000, 3000, 3100, 3100),
    "overlaps": at(3950, 3000, 4050, 3100),
    "touches": at(4000, 3000, 4100, 3100),
    "near": at(4003, 3000, 4103, 3100),  # 3 m
    "far": at(4500, 3000, 4600, 3100),
    "half covered": at(4950, 3000, 5050, 3100),
    "not covered": at(8000, 3000, 8100, 3100),
}


def entry(layer_id, kind, **more):
    facts = {
        "id": layer_id,
        "kind": kind,
        "title": layer_id,
        "path": f"{layer_id}.geojson",
        "crs": "EPSG:4547",
        "basis": "surveyed",
        "accuracy_m": 0,
        "coverage": "area",
        **more,
    }
    lines = [f"{key} = {value!r}" for key, value in facts.items() if value is not None]
    return "[[layer]]\n" + "\n".join(lines) + "\n"


def zones():
    """Register entries of the same zone for every way of knowing it, by layer id."""
    found = {}
    for basis, accuracy, coverage, shape in itertools.product(
        ("surveyed", *DRAWN), (0, 5, None), ("area", "known", "none"), ("footprint", "locus")
    ):
        layer_id = f"{basis}-{accuracy}-{coverage}-{shape}"
        found[layer_id] = {
            "basis": basis,
            "accuracy_m": accuracy,
            "coverage": coverage,
            "shape": shape,
        }
    return found | {
        basis: {"basis": basis, "accuracy_m": 5, "coverage": "area", "shape": "footprint"}
        for basis in ("published", "digitised")
    }


ZONES = zones()


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("county")
    shapes = {
        "county": at(0, 0, 10_000, 8000),
        "known": at(0, 0, 5000, 8000),
        "sketch": at(0, 0, 10_000, 8000),
        "rough": at(0, 0, 10_000, 8000),
    }
    shapes |= dict.fromkeys(ZONES, at(2000, 2000, 4000, 4000))
    for name, shape in shapes.items():
        table = gpd.GeoDataFrame(
            {"zone_id": ["140001"], "name": [name]}, geometry=[shape], crs="EPSG:4547"
        )
        table.to_file(folder / f"{name}.geojson", driver="GeoJSON")
    register = [
        entry("county", "county"),
        entry("known", "coverage"),
        entry("sketch", "site", basis="schematic", accuracy_m=8000),
        entry("rough", "site", accuracy_m=4),
    ]
    register += [entry(name, "red_line", **facts) for name, facts in ZONES.items()]
    (folder / "register.toml").write_text("\n".join(register), encoding="utf-8")
    (folder / "area.toml").write_text(
        'id = "x"\nname = "某县"\nlevel = "county"\n'
        'counties = [{ name = "某县", code = "140001" }]\n',
        encoding="utf-8",
    )
    header = ",".join(TABLES["projects"].column_names()) + "\n"
    (folder / "projects.csv").write_text(header, encoding="utf-8")
    return Study(Workspace(folder))


def find(study, where, layer_id, *, basis="footprint", unlocated=(), sources=("county",)):  # noqa: PLR0913
    """Return the finding of a locus (a name in SITES, or a shape) against one layer."""
    shape = SITES.get(where, where) if isinstance(where, str) else where
    locus = Locus(basis, shape, tuple(sources), (), (), tuple(unlocated), "")
    placed = gpd.GeoSeries([shape], crs="EPSG:4547").segmentize(50).to_crs("EPSG:4490").values
    plane = study.workspace.plane.project(placed)[0]
    return study._against("x", locus, plane, study.workspace.layer(layer_id))


def degree(study, where, layer_id, **more):
    finding = find(study, where, layer_id, **more)
    return finding.certainty, finding.state


EXACT, FIVE = "surveyed-0-area-footprint", "surveyed-5-area-footprint"
HALF, OPEN = "surveyed-0-known-footprint", "surveyed-0-none-footprint"

TABLE = [
    # where, layer, certainty, state
    ("inside", EXACT, CERTAIN, HIT),
    ("overlaps", EXACT, CERTAIN, HIT),
    ("touches", EXACT, CERTAIN, TOUCHES),
    ("near", EXACT, CERTAIN, CLEAR),
    ("far", EXACT, CERTAIN, CLEAR),
    ("inside", FIVE, CERTAIN, HIT),
    ("overlaps", FIVE, CERTAIN, HIT),  # 50 m deep, more than 5
    ("touches", FIVE, POSSIBLE, NOT_EXCLUDED),
    ("near", FIVE, POSSIBLE, NOT_EXCLUDED),  # 3 m away, no more than 5
    ("far", FIVE, CERTAIN, CLEAR),
    ("inside", HALF, CERTAIN, HIT),
    ("overlaps", HALF, CERTAIN, HIT),
    ("touches", HALF, CERTAIN, TOUCHES),
    ("far", HALF, CERTAIN, CLEAR),
    ("half covered", HALF, UNCHECKED, UNCHECKED),
    ("not covered", HALF, UNCHECKED, UNCHECKED),
    ("not covered", EXACT, CERTAIN, CLEAR),
    ("inside", OPEN, CERTAIN, HIT),  # what is known to be there is there
    ("overlaps", OPEN, CERTAIN, HIT),
    ("touches", OPEN, UNCHECKED, UNCHECKED),
    ("near", OPEN, UNCHECKED, UNCHECKED),
    ("far", OPEN, UNCHECKED, UNCHECKED),
]


@pytest.mark.parametrize(("where", "layer_id", "certainty", "state"), TABLE)
def test_a_surveyed_site(study, where, layer_id, certainty, state):
    assert degree(study, where, layer_id) == (certainty, state)


REGIONS = [
    (at(2500, 2500, 3500, 3500), EXACT, CERTAIN, HIT),  # all of it is in the zone
    (at(3000, 3000, 5000, 5000), EXACT, POSSIBLE, POSSIBLE),
    (at(4000, 2000, 5000, 4000), EXACT, POSSIBLE, NOT_EXCLUDED),  # only touches
    (at(4600, 2000, 4900, 4000), EXACT, CERTAIN, CLEAR),
    (at(2500, 2500, 3500, 3500), FIVE, CERTAIN, HIT),
    (at(2003, 2003, 3997, 3997), FIVE, POSSIBLE, POSSIBLE),  # 3 m from the border, not all sure
    (at(4003, 2000, 4900, 4000), FIVE, POSSIBLE, NOT_EXCLUDED),
    (at(4600, 2000, 5600, 4000), HALF, UNCHECKED, UNCHECKED),
    (at(3000, 3000, 6000, 5000), HALF, POSSIBLE, POSSIBLE),
    (at(2500, 2500, 3500, 3500), OPEN, CERTAIN, HIT),
    (at(4600, 2000, 4900, 4000), OPEN, UNCHECKED, UNCHECKED),
]


@pytest.mark.parametrize("basis", ["feature", "village", "township", "county"])
@pytest.mark.parametrize(("shape", "layer_id", "certainty", "state"), REGIONS)
def test_a_region_in_which_a_project_may_be(study, basis, shape, layer_id, certainty, state):  # noqa: PLR0913, PLR0917
    finding = find(study, shape, layer_id, basis=basis)
    assert (finding.certainty, finding.state) == (certainty, state)
    assert (finding.overlap_m2, finding.share, finding.length_m) == (None, None, None)


def test_a_site_half_outside_the_coverage_keeps_its_hit_and_says_so(study):
    site = at(3950, 3000, 5050, 3100)
    finding = find(study, site, HALF)
    assert (finding.certainty, finding.state) == (CERTAIN, HIT)
    assert finding.reasons == (f"有一部分不在“{HALF}”图层的覆盖范围内，那一部分未核查",)


def test_accuracies_add_as_root_of_squares(study):
    """4 m and 5 m are 6.4 m together: 6 m apart is open, 7 m is not."""
    for metres, certainty in ((6, POSSIBLE), (7, CERTAIN)):
        site = at(4000 + metres, 3000, 4100 + metres, 3100)
        assert find(study, site, FIVE, sources=("rough",)).certainty == certainty


def test_a_corner_deeper_than_the_accuracy_is_a_certain_hit(study):
    for deep, certainty in ((4, POSSIBLE), (6, CERTAIN)):
        finding = find(study, at(4000 - deep, 3000, 4100, 3100), FIVE)
        assert (finding.relation, finding.certainty) == ("overlaps", certainty)


@pytest.mark.parametrize("layer_id", ["published", "digitised", FIVE])
def test_published_and_digitised_positions_are_as_good_as_their_accuracy(study, layer_id):
    assert degree(study, "inside", layer_id) == (CERTAIN, HIT)
    assert degree(study, "near", layer_id) == (POSSIBLE, NOT_EXCLUDED)
    assert degree(study, "far", layer_id) == (CERTAIN, CLEAR)


def test_a_sliver_is_listed_and_is_no_hit(study):
    finding = find(study, at(3999.995, 3000, 4100, 3100), EXACT)
    assert finding.sliver
    assert finding.overlap_m2 == pytest.approx(0.5, abs=0.01)
    assert (finding.certainty, finding.state) == (CERTAIN, TOUCHES)


def test_a_point_is_covered_or_not(study):
    for east, certainty in ((4500, CERTAIN), (8000, UNCHECKED)):
        point = Point(EAST + east, NORTH + 3000)
        assert find(study, point, HALF).certainty == certainty


ALL = list(
    itertools.product(SITES, ZONES, ("footprint", "township"), (False, True), ("county", "sketch"))
)


@pytest.fixture(scope="module")
def findings(study):
    """Every position against every way of knowing the zone and the locus."""
    return [
        (
            where,
            ZONES[layer_id],
            basis,
            lost,
            source,
            find(
                study,
                where,
                layer_id,
                basis=basis,
                unlocated=("某处",) if lost else (),
                sources=(source,),
            ),
        )
        for where, layer_id, basis, lost, source in ALL
    ]


def test_doubt_is_never_certain(findings):
    for where, layer, basis, lost, source, finding in findings:
        doubts = [
            layer["basis"] in DRAWN,
            layer["accuracy_m"] is None,
            layer["shape"] == "locus",
            source == "sketch",
            lost,
            basis == "township" and where in {"overlaps", "touches"},
        ]
        if any(doubts):
            assert finding.certainty != CERTAIN, (where, layer, basis, lost, source)
            assert finding.reasons


def test_outside_the_coverage_nothing_but_a_hit_is_checked(findings):
    for where, layer, *_, finding in findings:
        part = {"area": (), "known": ("half covered", "not covered"), "none": tuple(SITES)}
        if where in part[layer["coverage"]] and where not in {"inside", "overlaps"}:
            assert finding.certainty == UNCHECKED, (where, layer)
        else:
            assert finding.certainty != UNCHECKED, (where, layer)


def test_unchecked_and_possible_are_never_shown_as_clear_or_hit(findings):
    states = {
        CERTAIN: {HIT, CLEAR, TOUCHES},
        POSSIBLE: {POSSIBLE, NOT_EXCLUDED},
        UNCHECKED: {UNCHECKED},
    }
    for *_, finding in findings:
        assert finding.state in states[finding.certainty]
    assert {finding.state for *_, finding in findings} == set.union(*states.values())


def test_an_uncertain_answer_says_why(findings):
    for *_, finding in findings:
        assert bool(finding.reasons) == (finding.certainty != CERTAIN)


def test_without_a_layer_or_a_place_nothing_is_checked(study):
    nowhere = Locus("none", None, (), (), (), (), "")
    for kind in ("farmland", "red_line"):
        finding = study.find("x", nowhere, None, kind)
        assert (finding.certainty, finding.state, finding.relation) == (UNCHECKED, UNCHECKED, None)
        assert finding.reasons
    placed = Locus("footprint", SITES["inside"], ("county",), (), (), (), "")
    missing = study.find("x", placed, SITES["inside"], "farmland")
    assert (missing.state, missing.layers) == (UNCHECKED, ())


def test_of_several_layers_the_worst_answer_counts(study):
    """All layers of the kind at once: the surveyed one is hit for certain."""
    shape = SITES["inside"]
    placed = gpd.GeoSeries([shape], crs="EPSG:4547").to_crs("EPSG:4490").values
    locus = Locus("footprint", shape, ("county",), (), (), (), "")
    finding = study.find("x", locus, study.workspace.plane.project(placed)[0], "red_line")
    assert finding.state == HIT
    apart = unary_union([SITES["far"], SITES["not covered"]])
    placed = gpd.GeoSeries([apart], crs="EPSG:4547").to_crs("EPSG:4490").values
    finding = study.find("x", locus, study.workspace.plane.project(placed)[0], "red_line")
    assert finding.state == UNCHECKED
