"""What a review finds: areas, lengths and distances done in the head, on a made county."""

import pytest
from shapely import LineString, MultiLineString, MultiPoint, MultiPolygon, Point

from layers.words import say
from layers.workspace import Workspace
from tests.review_county import Made, Zone, at, county, kind_of, moved, reviewed, zones_of

FIRST, SECOND, THIRD = "一级保护区", "二级保护区", "准保护区"

LAYERS = {
    "water": Made(
        "water_source",
        (
            Zone("w-third", at(1000, 1000, 6000, 6000), THIRD),
            Zone("w-first", at(3000, 3000, 4000, 4000), FIRST),
            Zone("w-second", at(2000, 2000, 5000, 5000), SECOND),
        ),
    ),
    "red": Made(
        "red_line",
        (
            Zone("red-1", at(7000, 1000, 8000, 2000)),
            Zone("red-2", at(7500, 1000, 8500, 2000)),
        ),
    ),
    "river": Made(
        "river",
        (
            Zone("brook", moved(LineString([(9000, 0), (9000, 8000)])), name="小河"),
            Zone("lake", at(9300, 6000, 9700, 7000), name="湖"),
        ),
    ),
    "reserve": Made(
        "protected_area", (Zone("core", at(7000, 5000, 8000, 6000), "核心保护区"),), accuracy_m=5
    ),
    "fields": Made("farmland", (Zone("field", at(500, 7000, 1500, 7500)),), coverage="west"),
    "west": Made("coverage", (Zone("west", at(0, 0, 5000, 8000)),)),
    "known": Made("mine_patch", (Zone("pit", at(100, 100, 200, 200)),), coverage="none"),
}

SITES = {
    "nested": at(3500, 3500, 4500, 3600),
    "both": at(7000, 1500, 8500, 1600),
    "inside": at(7100, 1100, 7200, 1200),
    "sliver": at(6900, 1100, 7000.01, 1120),
    "touches": at(6900, 1300, 7000, 1400),
    "corner": at(6900, 900, 7000, 1000),
    "apart": at(6700, 1500, 6800, 1600),
    "diagonal": at(6600, 2400, 6700, 2500),
    "line": moved(LineString([(6500, 1200), (9000, 1200)])),
    "line within": moved(LineString([(7100, 1300), (7400, 1300)])),
    "line along": moved(LineString([(7000, 800), (7000, 2200)])),
    "line parts": moved(
        MultiLineString([[(6800, 1700), (7100, 1700)], [(8400, 1700), (8700, 1700)]])
    ),
    "point": moved(Point(7600, 1500)),
    "point on border": moved(Point(7000, 1500)),
    "point apart": moved(Point(6000, 1500)),
    "points": moved(MultiPoint([(7600, 1500), (6000, 1500)])),
    "parts": MultiPolygon([at(6900, 1800, 7100, 1900), at(6000, 1800, 6100, 1900)]),
    "river": at(8950, 3000, 9050, 3100),
    "by the river": at(8900, 3000, 9000, 3100),
    "lake": at(9200, 6500, 9400, 6600),
    "near": at(6897, 5500, 6997, 5600),
    "shallow": at(6903, 5500, 7003, 5600),
    "east": at(5500, 7000, 5600, 7100),
    "west": at(2000, 7000, 2100, 7100),
    "half west": at(4950, 7000, 5050, 7100),
    "over the county": at(9950, 3000, 10_050, 3100),
    "abroad": at(10_500, 3000, 10_600, 3100),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return reviewed(county(tmp_path_factory.mktemp("county"), LAYERS), SITES)


@pytest.fixture(scope="module")
def found(made):
    return made[0]


def close(metres):
    return pytest.approx(metres, rel=2e-6, abs=0.005)


# --- nested, twice, in parts ------------------------------------------------------------------


def test_nested_zones_are_all_shown_and_the_weaker_do_not_count_what_the_stronger_holds(found):
    zones = zones_of(found["nested"], "water_source")
    assert list(zones) == ["w-first", "w-second", "w-third"]
    assert [zone.overlap_m2 for zone in zones.values()] == [
        close(50_000), close(100_000), close(100_000),
    ]  # fmt: skip
    assert [zone.net_m2 for zone in zones.values()] == [close(50_000), close(50_000), 0.0]
    assert [zone.relation for zone in zones.values()] == ["overlaps", "inside", "inside"]
    assert [zone.binding for zone in zones.values()] == [True, False, False]
    kind = kind_of(found["nested"], "water_source")
    assert (kind.state, kind.certainty, kind.share) == ("hit", "certain", 1.0)
    assert kind.overlap_m2 == found["nested"].site.area_m2


def test_zones_that_overlap_count_once(found):
    zones = zones_of(found["both"], "red_line")
    assert [zone.overlap_m2 for zone in zones.values()] == [close(100_000), close(100_000)]
    assert [zone.net_m2 for zone in zones.values()] == [close(100_000), close(50_000)]
    assert [zone.share for zone in zones.values()] == [close(2 / 3), close(2 / 3)]
    kind = kind_of(found["both"], "red_line")
    assert (kind.overlap_m2, kind.share) == (close(150_000), 1.0)
    assert kind.overlap_m2 == pytest.approx(sum(zone.net_m2 for zone in zones.values()), abs=1e-6)


def test_a_site_of_several_parts_is_one_site(found):
    kind = kind_of(found["parts"], "red_line")
    assert (kind.overlap_m2, kind.share) == (close(10_000), close(1 / 3))


def test_a_site_in_a_zone_is_inside_with_all_of_its_area(found):
    (zone,) = zones_of(found["inside"], "red_line").values()
    assert (zone.relation, zone.share, zone.certainty) == ("inside", 1.0, "certain")
    assert zone.overlap_m2 == zone.net_m2 == found["inside"].site.area_m2 == close(10_000)


def test_a_layer_of_the_same_kind_joins_the_union(tmp_path):
    layers = {
        "one": Made("red_line", (Zone("a", at(0, 0, 100, 100)),)),
        "two": Made("red_line", (Zone("a", at(50, 0, 150, 100)),)),
    }
    found, _ = reviewed(county(tmp_path, layers), {"s": at(0, 0, 200, 100)})
    kind = kind_of(found["s"], "red_line")
    assert (kind.overlap_m2, kind.share, kind.layers) == (
        close(15_000),
        close(0.75),
        ("one", "two"),
    )
    nets = [zone.net_m2 for zone in found["s"].zones if zone.kind == "red_line"]
    assert nets == [close(10_000), close(5000)]


# --- what is no overlap -----------------------------------------------------------------------


def test_a_sliver_is_listed_and_does_not_hit(found):
    (zone,) = zones_of(found["sliver"], "red_line").values()
    assert (zone.sliver, zone.binding, zone.overlap_m2) == (True, False, close(0.2))
    kind = kind_of(found["sliver"], "red_line")
    assert (kind.state, kind.overlap_m2) == ("touches", close(0.2))
    assert "碎屑" in kind.reasons[0]
    assert not [verdict for verdict in found["sliver"].verdicts if verdict.kind == "red_line"]


def test_slivers_that_make_more_than_one_together_hit(tmp_path):
    strips = tuple(
        Zone(f"z{number}", at(number * 10, 0, number * 10 + 0.09, 10)) for number in range(3)
    )
    workspace = county(tmp_path, {"red": Made("red_line", strips)})
    found, _ = reviewed(workspace, {"s": at(0, 0, 100, 10)})
    kind = kind_of(found["s"], "red_line")
    assert (kind.state, kind.overlap_m2) == ("hit", close(2.7))
    assert all(zone.sliver for zone in zones_of(found["s"], "red_line").values())
    assert {verdict.zone_id for verdict in found["s"].verdicts} == {"z0", "z1", "z2"}


def test_a_site_smaller_than_a_sliver_that_lies_in_a_zone_is_none(tmp_path):
    workspace = county(tmp_path, {"red": Made("red_line", (Zone("a", at(0, 0, 100, 100)),))})
    found, _ = reviewed(workspace, {"post": at(50, 50, 50.5, 50.5)})
    (zone,) = zones_of(found["post"], "red_line").values()
    assert (zone.relation, zone.sliver, zone.overlap_m2) == ("inside", False, close(0.25))
    assert kind_of(found["post"], "red_line").state == "hit"


@pytest.mark.parametrize("site", ["touches", "corner"])
def test_touching_is_not_overlapping(found, site):
    (zone,) = zones_of(found[site], "red_line").values()
    assert (zone.relation, zone.overlap_m2, zone.net_m2, zone.distance_m) == ("touches", 0, 0, 0)
    assert (zone.sliver, zone.binding) == (False, False)
    assert kind_of(found[site], "red_line").state == "touches"


@pytest.mark.parametrize(
    ("site", "metres", "direction"),
    [("apart", 200, "东"), ("diagonal", 500, "东南"), ("point apart", 1000, "东")],
)
def test_the_nearest_zone_has_its_distance_and_direction(found, site, metres, direction):
    (zone,) = zones_of(found[site], "red_line").values()
    assert (zone.relation, zone.zone_id, zone.direction) == ("outside", "red-1", direction)
    assert zone.distance_m == pytest.approx(metres, abs=0.005)
    assert (zone.overlap_m2, zone.net_m2, zone.share) == (None, None, None)
    assert kind_of(found[site], "red_line").state == "clear"


# --- lines and points -------------------------------------------------------------------------


def test_a_line_through_two_zones_is_measured_by_its_length(found):
    zones = zones_of(found["line"], "red_line")
    assert [zone.length_m for zone in zones.values()] == [close(1000), close(1000)]
    assert [zone.share for zone in zones.values()] == [close(0.4), close(0.4)]
    assert [zone.overlap_m2 for zone in zones.values()] == [None, None]
    kind = kind_of(found["line"], "red_line")
    assert (kind.length_m, kind.share, kind.overlap_m2) == (close(1500), close(0.6), None)
    assert found["line"].site.length_m == close(2500)


def test_a_line_within_a_zone_has_all_of_its_length(found):
    (zone,) = zones_of(found["line within"], "red_line").values()
    assert (zone.relation, zone.share) == ("inside", 1.0)
    assert zone.length_m == found["line within"].site.length_m == close(300)


def test_a_line_along_a_border_touches(found):
    (zone,) = zones_of(found["line along"], "red_line", "touches").values()
    assert zone.length_m == 0.0
    assert kind_of(found["line along"], "red_line").state == "touches"


def test_parts_of_a_line_are_one_line(found):
    zones = zones_of(found["line parts"], "red_line")
    assert [zone.length_m for zone in zones.values()] == [close(100), close(100)]
    assert kind_of(found["line parts"], "red_line").share == close(1 / 3)


def test_a_point_has_a_position_only(found):
    zones = zones_of(found["point"], "red_line")
    assert [zone.relation for zone in zones.values()] == ["inside", "inside"]
    assert {(zone.overlap_m2, zone.share, zone.length_m) for zone in zones.values()} == {
        (None, None, None)
    }
    kind = kind_of(found["point"], "red_line")
    assert (kind.state, kind.overlap_m2, kind.share) == ("hit", None, None)


def test_a_point_on_a_border_touches(found):
    (zone,) = zones_of(found["point on border"], "red_line").values()
    assert zone.relation == "touches"
    assert kind_of(found["point on border"], "red_line").state == "touches"


def test_of_several_points_some_are_within(found):
    zones = zones_of(found["points"], "red_line")
    assert {zone.relation for zone in zones.values()} == {"overlaps"}
    assert kind_of(found["points"], "red_line").state == "hit"


# --- zones without area -----------------------------------------------------------------------


@pytest.mark.parametrize("site", ["river", "by the river"])
def test_a_river_drawn_as_a_line_is_met_without_an_area(found, site):
    (zone,) = zones_of(found[site], "river").values()
    assert (zone.zone_id, zone.relation, zone.binding) == ("brook", "overlaps", True)
    assert (zone.overlap_m2, zone.net_m2, zone.share) == (None, None, None)
    kind = kind_of(found[site], "river")
    assert (kind.state, kind.overlap_m2, kind.share) == ("hit", None, None)


def test_a_layer_may_hold_lines_and_areas(found):
    (zone,) = zones_of(found["lake"], "river").values()
    assert (zone.zone_id, zone.overlap_m2) == ("lake", close(10_000))
    assert kind_of(found["lake"], "river").overlap_m2 == close(10_000)
    (nearest,) = zones_of(found["apart"], "river").values()
    assert (nearest.zone_id, nearest.distance_m) == ("brook", pytest.approx(2200, abs=0.005))


def test_a_river_that_crosses_deep_within_a_site_is_certain(tmp_path):
    river = Zone("brook", moved(LineString([(1000, 0), (1000, 2000)])))
    workspace = county(tmp_path, {"river": Made("river", (river,), accuracy_m=5)})
    sites = {"deep": at(900, 500, 1100, 600), "edge": at(999, 500, 1100, 600)}
    found, _ = reviewed(workspace, sites)
    states = {name: kind_of(site, "river").state for name, site in found.items()}
    assert states == {"deep": "hit", "edge": "possible"}


@pytest.mark.parametrize("site", [at(100, 100, 200, 200), at(950, 100, 1050, 200),
                                  moved(LineString([(100, 100), (200, 100)]))])  # fmt: skip
def test_a_region_in_which_a_zone_lies_somewhere_gives_no_measure(tmp_path, site):
    layer = Made("mine_patch", (Zone("somewhere", at(0, 0, 1000, 1000)),), shape="locus")
    found, _ = reviewed(county(tmp_path, {"pits": layer}), {"s": site})
    kind = kind_of(found["s"], "mine_patch")
    assert (kind.state, kind.overlap_m2, kind.share, kind.length_m) == ("possible", *[None] * 3)
    (zone,) = zones_of(found["s"], "mine_patch").values()
    assert (zone.overlap_m2, zone.net_m2, zone.share, zone.length_m) == (None, None, None, None)
    assert zone.binding
    assert any("不是图斑本身" in reason for reason in kind.reasons)


# --- how sure ---------------------------------------------------------------------------------


def test_what_is_nearer_than_positions_are_sure_cannot_be_excluded(found):
    kind = kind_of(found["near"], "protected_area")
    assert (kind.state, kind.certainty) == ("not_excluded", "possible")
    assert "位置误差 5 米" in kind.reasons[0]


def test_an_overlap_shallower_than_positions_are_sure_is_possible(found):
    kind = kind_of(found["shallow"], "protected_area")
    assert (kind.state, kind.overlap_m2) == ("possible", close(300))


def test_sites_of_unknown_accuracy_make_nothing_certain(tmp_path):
    workspace = county(tmp_path, LAYERS)
    sites = {"inside": SITES["inside"], "apart": SITES["apart"]}
    found, _ = reviewed(workspace, sites, accuracy_m=None)
    kinds = {name: kind_of(site, "red_line") for name, site in found.items()}
    assert {name: kind.state for name, kind in kinds.items()} == {
        "inside": "possible",
        "apart": "not_excluded",
    }
    assert all(say("review.no_accuracy") in kind.reasons for kind in kinds.values())


def test_accuracies_of_site_and_layer_add_up_as_squares(tmp_path):
    reserve = Made("protected_area", (Zone("a", at(1000, 0, 2000, 1000)),), accuracy_m=3)
    workspace = county(tmp_path, {"reserve": reserve})
    sites = {"4.9": at(800, 0, 995.1, 100), "5.1": at(800, 0, 994.9, 100)}
    found, _ = reviewed(workspace, sites, accuracy_m=4.0)
    states = {name: kind_of(site, "protected_area").state for name, site in found.items()}
    assert states == {"4.9": "not_excluded", "5.1": "clear"}


def test_a_zone_may_be_possible_where_the_kind_is_certain(tmp_path):
    zones = (
        Zone("first", at(1000, 0, 2000, 1000), FIRST),
        Zone("second", at(0, 0, 3000, 1000), SECOND),
    )
    workspace = county(tmp_path, {"water": Made("water_source", zones, accuracy_m=5)})
    found, _ = reviewed(workspace, {"s": at(800, 400, 1002, 500)})
    zones = zones_of(found["s"], "water_source")
    assert {name: zone.certainty for name, zone in zones.items()} == {
        "first": "possible",
        "second": "certain",
    }
    assert kind_of(found["s"], "water_source").certainty == "certain"
    assert {verdict.zone_id: verdict.certainty for verdict in found["s"].verdicts} == {
        "first": "possible",
        "second": "certain",
    }


@pytest.mark.parametrize("basis", ["schematic", "modelled"])
def test_a_drawn_layer_is_never_certain(tmp_path, basis):
    layer = Made("red_line", (Zone("a", at(0, 0, 1000, 1000)),), accuracy_m=5000, basis=basis)
    found, _ = reviewed(county(tmp_path, {"red": layer}), {"s": at(100, 100, 200, 200)})
    assert kind_of(found["s"], "red_line").state == "possible"


def test_a_file_that_was_changed_is_in_doubt(tmp_path):
    workspace = county(tmp_path, {"red": Made("red_line", (Zone("a", at(0, 0, 1000, 1000)),))})
    register = tmp_path / "register.toml"
    text = register.read_text(encoding="utf-8")
    register.write_text(
        text.replace('kind = "red_line"', f'kind = "red_line"\nsha256 = "{"0" * 64}"'),
        encoding="utf-8",
    )
    found, _ = reviewed(Workspace(workspace.folder), {"s": at(100, 100, 200, 200)})
    kind = kind_of(found["s"], "red_line")
    assert kind.state == "possible"
    assert any("校验值" in reason for reason in kind.reasons)


# --- where nobody looked ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("site", "kind", "state"),
    [
        ("west", "farmland", "clear"),
        ("east", "farmland", "unchecked"),
        ("half west", "farmland", "unchecked"),
        ("west", "mine_patch", "unchecked"),
        ("over the county", "red_line", "unchecked"),
        ("abroad", "red_line", "unchecked"),
        ("west", "wetland", "unchecked"),
    ],
)
def test_nothing_is_clear_where_the_layer_is_not_complete(found, site, kind, state):
    got = kind_of(found[site], kind)
    assert got.state == state
    assert bool(got.reasons) == (state == "unchecked")
    if state == "unchecked":
        assert (got.certainty, got.overlap_m2, got.share) == ("unchecked", None, None)


def test_a_hit_stands_where_the_rest_is_not_covered(tmp_path):
    layers = {"fields": Made("farmland", (Zone("f", at(4900, 0, 5000, 100)),), coverage="west")}
    workspace = county(tmp_path, layers | {"west": LAYERS["west"]})
    found, _ = reviewed(workspace, {"s": at(4950, 0, 5050, 100)})
    kind = kind_of(found["s"], "farmland")
    assert (kind.state, kind.overlap_m2) == ("hit", close(5000))
    assert "未核查" in kind.reasons[0]


def test_kinds_that_nobody_could_ask_are_named_with_the_reason(made):
    _, review_ = made
    assert review_.kinds[:7] == (
        "red_line", "protected_area", "water_source", "farmland", "wetland", "river", "mine_patch",
    )  # fmt: skip
    assert review_.unchecked == (
        ("wetland", "没有湿地图层"),
        ("mine_patch", "“known”图层只含已知的部分，图上没有不等于实地没有"),  # complete nowhere
    )
    assert all(site.state != "clear" for site in review_.sites)


def test_a_layer_that_cannot_be_read_is_unchecked_and_says_why(tmp_path):
    layers = {"red": Made("red_line", ()), "water": LAYERS["water"]}
    workspace = county(tmp_path, layers)
    found, review_ = reviewed(workspace, {"nested": SITES["nested"]})
    kind = kind_of(found["nested"], "red_line")
    assert kind.state == "unchecked"
    assert "“red”图层读不出来" in kind.reasons[0]
    assert "red.gpkg" in kind.reasons[0]
    assert str(tmp_path) not in kind.reasons[0]
    assert dict(review_.unchecked)["red_line"] == kind.reasons[0]
    (red,) = (layer for layer in review_.layers if layer.id == "red")
    assert (red.checked, bool(red.reason)) == (False, True)
    assert kind_of(found["nested"], "water_source").state == "hit"


def test_one_of_two_layers_that_cannot_be_read_leaves_the_rest_unchecked(tmp_path):
    layers = {
        "red": Made("red_line", (Zone("a", at(0, 0, 100, 100)),)),
        "lost": Made("red_line", ()),
    }
    sites = {"hit": at(0, 0, 50, 50), "apart": at(500, 500, 600, 600)}
    found, review_ = reviewed(county(tmp_path, layers), sites)
    states = {name: kind_of(site, "red_line").state for name, site in found.items()}
    assert states == {"hit": "hit", "apart": "unchecked"}
    assert all("lost" in "".join(kind_of(site, "red_line").reasons) for site in found.values())
    assert "red_line" not in dict(review_.unchecked)


def test_a_coverage_that_cannot_be_read_makes_its_layer_unchecked(tmp_path):
    layers = {
        "fields": Made("farmland", (Zone("f", at(0, 0, 100, 100)),), coverage="west"),
        "west": Made("coverage", ()),
    }
    found, review_ = reviewed(county(tmp_path, layers), {"s": at(500, 500, 600, 600)})
    assert kind_of(found["s"], "farmland").state == "unchecked"
    assert "farmland" in dict(review_.unchecked)


# --- the whole --------------------------------------------------------------------------------


def test_golden_areas_of_square_kilometres_at_25_north(tmp_path):
    """A planar square kilometre in zone 38 (domain facts): by its west edge and by its middle."""
    from pyproj import Transformer  # noqa: PLC0415

    forward = Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True)
    x, y = forward.transform(115.49, 25.0)
    west = at(x - 495_000, y - 500 - 4_000_000, x - 494_000, y + 500 - 4_000_000)
    middle = at(x - 495_500, y - 500 - 4_000_000, x - 494_500, y + 500 - 4_000_000)
    outline = at(x - 505_000, y - 4_010_000, x - 485_000, y - 3_990_000)
    zone = Zone("a", at(x - 500_000, y - 4_005_000, x - 490_000, y - 3_995_000))
    workspace = county(tmp_path, {"red": Made("red_line", (zone,))}, outline=outline)
    found, _ = reviewed(workspace, {"west": west, "middle": middle})
    wanted = {"west": 999_437.84, "middle": 999_441.56}
    for name, area in wanted.items():
        assert found[name].site.area_m2 == pytest.approx(area, abs=0.01)
        assert kind_of(found[name], "red_line").overlap_m2 == pytest.approx(area, abs=0.01)


def test_all_rows_are_there_worst_first(made):
    _, review_ = made
    assert review_.read == len(review_.sites) + len(review_.rejects) == len(SITES)
    effects = [site.effect for site in review_.sites]
    assert effects == sorted(effects, key=lambda effect: not effect)
    assert set(effects) == {"needs_human", ""}


def test_the_order_of_sites_and_zones_changes_nothing(tmp_path):
    one = county(tmp_path / "one", LAYERS)
    turned = {
        name: Made(**{**vars(layer), "zones": layer.zones[::-1]}) for name, layer in LAYERS.items()
    }
    other = county(tmp_path / "other", turned)
    found, _ = reviewed(one, SITES)
    again, _ = reviewed(other, dict(reversed(SITES.items())))
    assert {name: site.zones for name, site in found.items()} == {
        name: again[name].zones for name in found
    }
    assert {name: site.kinds for name, site in found.items()} == {
        name: again[name].kinds for name in found
    }
    assert {name: site.verdicts for name, site in found.items()} == {
        name: again[name].verdicts for name in found
    }


def test_two_zones_equally_near_are_told_by_their_ids(tmp_path):
    zones = (Zone("b", at(200, 0, 300, 100)), Zone("a", at(200, 0, 300, 100)))
    found, _ = reviewed(
        county(tmp_path, {"red": Made("red_line", zones)}), {"s": at(0, 0, 100, 100)}
    )
    assert list(zones_of(found["s"], "red_line")) == ["a"]


def test_a_review_needs_no_list_of_projects(tmp_path):
    found, _ = reviewed(county(tmp_path, {"red": LAYERS["red"]}), {"s": SITES["inside"]})
    assert not (tmp_path / "projects.csv").exists()
    assert found["s"].state == "hit"
