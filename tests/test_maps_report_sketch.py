"""The small map of a site: what lies where, and the same from run to run."""

from io import BytesIO
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pytest
import shapely
from PIL import Image
from shapely import LineString, MultiPoint, Point, box

from layers.measure import lengths_m
from maps.report import raster
from maps.report.sketch import HEIGHT, WIDTH, Surroundings, _frame, _pixels
from maps.report.svg import svg
from tests import report_sample as made

SVG = "{http://www.w3.org/2000/svg}"
REVIEW = made.review()
SITES = {found.site.name: found for found in REVIEW.sites}


def sketch_of(name="甲地块", zones=None):
    around = Surroundings(REVIEW, made.zones() if zones is None else zones)
    return next(around.sketches([SITES[name]]))


def test_a_site_lies_in_the_middle_and_north_is_up():
    sketch = sketch_of(zones={})
    site = shapely.union_all([s.geometry for s in sketch.shapes if s.kind == "fill"])
    west, north, east, south = site.bounds
    assert (west + east) / 2 == pytest.approx(WIDTH / 2)
    assert (north + south) / 2 == pytest.approx(HEIGHT / 2)
    assert max((east - west) / WIDTH, (south - north) / HEIGHT) > 0.2
    given = made.parcel(3)
    corner = given.exterior.coords[2]  # its north-eastern one
    assert shapely.get_coordinates(site)[:, 1].min() == pytest.approx(
        shapely.get_coordinates(_pixels(_frame(SITES["甲地块"]))(Point(corner)))[0][1], abs=0.5
    )


def test_a_zone_east_of_the_site_is_drawn_right_of_it():
    x, y = made.parcel(3).bounds[2], made.parcel(3).centroid.y
    beside = {
        "line": made.frame([("a", "东侧", "", "", box(x + 3e-4, y - 1e-3, x + 1e-3, y + 1e-3))])
    }
    fills = [s for s in sketch_of(zones=beside).shapes if s.kind == "fill"]
    zone, site = fills
    assert zone.look.key == "red_line"
    assert site.look.key == "site"
    assert zone.geometry.bounds[0] > site.geometry.bounds[2]


def test_the_scale_bar_is_as_long_as_it_says():
    for found in REVIEW.sites:
        west, south, east, north = _frame(found)
        (metres,) = lengths_m(
            [LineString([(west, (south + north) / 2), (east, (south + north) / 2)])]
        )
        sketch = next(Surroundings(REVIEW, {}).sketches([found]))
        pixels, words = sketch.bar
        number, unit = words.split()
        said = float(number) * {"米": 1, "公里": 1000}[unit]
        assert pixels / WIDTH * metres == pytest.approx(said, rel=0.01)
        assert WIDTH / 10 < pixels <= WIDTH / 3 + 0.1


def test_a_zone_with_many_points_is_drawn_whole_and_without_seams():
    zones = {"line": made.zones()["line"]}
    sketch = sketch_of(zones=zones)
    to_pixels = _pixels(_frame(SITES["甲地块"]))
    zone = zones["line"].geometry[0]
    frame = box(0, 0, WIDTH, HEIGHT)
    drawn = shapely.union_all(
        [s.geometry for s in sketch.shapes if s.kind == "fill" and s.look.key == "red_line"]
    )
    whole = shapely.intersection(to_pixels(zone), frame)
    assert shapely.symmetric_difference(drawn, whole).area < 0.01 * whole.area
    border = shapely.boundary(to_pixels(zone))
    strokes = [s.geometry for s in sketch.shapes if s.kind == "line" and s.look.key == "red_line"]
    assert strokes
    assert max(shapely.hausdorff_distance(stroke, shapely.intersection(border, stroke.buffer(2)))
               for stroke in strokes) < 2.5  # fmt: skip


def test_a_hole_stays_open():
    x, y = made.parcel(3).centroid.coords[0]
    ring = Point(x, y).buffer(0.003).difference(Point(x, y).buffer(0.0015))
    sketch = sketch_of(zones={"line": made.frame([("a", "环", "", "", ring)])})
    zone = next(s for s in sketch.shapes if s.look.key == "red_line" and s.kind == "fill")
    assert not zone.geometry.intersects(Point(WIDTH / 2, HEIGHT / 2))
    root = ET.fromstring(svg(sketch))  # noqa: S314 - our own text
    d = root.find(f".//{SVG}g[@fill='url(#pattern-red_line)']/{SVG}path").get("d")
    assert d.count("M") == 2
    assert d.count("z") == 2


def test_drawn_layers_are_dashed_and_labelled_and_surveyed_ones_are_not():
    sketch = sketch_of()
    texts = [entry.text for entry in sketch.legend]
    assert "白河</svg>（模拟）" in texts
    assert "自然保护区 核心保护区（示意）" in texts
    assert {text for _, _, text in sketch.labels} == {"模拟", "示意"}
    for entry in sketch.legend:
        vague = entry.text.endswith(("（示意）", "（模拟）"))
        assert (entry.look.dash == "2 3") == vague


def test_levels_have_their_own_look_and_the_legend_is_bounded():
    around = Surroundings(REVIEW, {"water": made.zones()["water"]})
    sketch = next(around.sketches([SITES["丙点"]]))
    looks = {entry.look.key for entry in sketch.legend}
    assert looks == {"site", "water_source-1", "water_source-2", "water_source-3"}
    x, y = SITES["丙点"].site.geometry.coords[0]
    rows = [(f"z{n}", f"范围{n}", "", "", Point(x, y).buffer(0.0003 + n * 1e-5)) for n in range(9)]
    crowded = next(Surroundings(REVIEW, {"line": made.frame(rows)}).sketches([SITES["丙点"]]))
    assert len(crowded.legend) == 7
    assert crowded.more == "……另有 3 个范围"
    assert svg(crowded).count("……另有 3 个范围") == 1


@pytest.mark.parametrize("name", list(SITES))
def test_svg_is_well_formed_and_escapes_every_name(name):
    sketch = sketch_of(name)
    root = ET.fromstring(svg(sketch))  # noqa: S314 - our own text
    tags = {node.tag.removeprefix(SVG) for node in root.iter()}
    assert tags <= {"svg", "g", "path", "rect", "text", "circle"}
    texts = [node.text for node in root.iter(f"{SVG}text")]
    below = [*(entry.text for entry in sketch.legend), *filter(None, [sketch.more])]
    assert below == texts[-len(below) :]
    attributes = {key for node in root.iter() for key in node.attrib}
    assert not [key for key in attributes if key.startswith("on") or "href" in key]


def test_svg_and_png_are_the_same_from_run_to_run():
    first, second = sketch_of(), sketch_of()
    assert svg(first) == svg(second)
    assert raster.png(first) == raster.png(second)


def test_the_picture_shows_what_the_sketch_holds():
    sketch = sketch_of()
    picture = Image.open(BytesIO(raster.png(sketch))).convert("RGB")
    scale = picture.width // WIDTH
    assert picture.size == (WIDTH * scale, sketch.height * scale)
    middle = np.array(picture.getpixel((picture.width // 2, HEIGHT * scale // 2)))
    assert (middle[:2] > 180).all()  # the site is yellow
    assert middle[2] < 180
    red = np.array(picture)[: HEIGHT * scale].reshape(-1, 3).astype(int)
    assert ((red[:, 0] - red[:, 1] > 80) & (red[:, 0] - red[:, 2] > 80)).sum() > 500


def test_what_cannot_be_drawn_is_left_out():
    frame = gpd.GeoDataFrame(
        {"zone_id": ["a", "b", "c"]}, geometry=[None, Point(), MultiPoint([(made.LON, made.LAT)])],
        crs="EPSG:4490",
    )  # fmt: skip
    sketch = sketch_of("丙点", {"no such layer": frame})
    assert [shape.kind for shape in sketch.shapes] == ["point", "point"]
    assert [entry.text for entry in sketch.legend] == ["地块", "其他图层"]


def test_dashes_follow_the_line_and_leave_gaps():
    parts = list(raster.dashed(LineString([(0, 0), (10, 0), (10, 10)]), "4 2"))
    assert [round(part.length, 6) for part in parts] == [4, 4, 4, 2]
    assert parts[1].coords[:] == [(6, 0), (10, 0)]
    assert list(raster.dashed(LineString([(0, 0), (10, 0)]), "")) == [LineString([(0, 0), (10, 0)])]


@pytest.mark.parametrize("pattern", ["diagonal", "back", "cross", "level", "upright", "dots"])
def test_hatching_stays_within_its_area(pattern):
    area = Point(50, 50).buffer(30).difference(Point(50, 50).buffer(10))
    lines = raster.hatching(area, pattern)
    assert len(lines) > 5
    assert shapely.covers(area.buffer(1e-9), shapely.union_all(lines))
    assert raster.hatching(area, "none") == []


@pytest.mark.parametrize("pattern", ["diagonal", "back", "cross", "level", "upright", "dots"])
def test_an_area_smaller_than_its_pattern_is_painted_too(pattern):
    """No line of the pattern meets it: there is nothing to stroke, and nothing falls over."""
    speck = box(1.2, 0.4, 1.3, 0.5)
    assert raster.hatching(speck, pattern) == []
    assert all(not line.is_empty for line in raster.hatching(box(0, 0, 30, 30), pattern))
