"""QGIS styles: the colours of the page, checked as text and by QGIS itself where it is."""

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pytest
from shapely import LineString, Point, box

from layers.formats.writers import Delivery, write_layer
from layers.workspace import Workspace
from maps.qgis import BRUSHES, kind_looks, qml, state_looks
from maps.style import PATTERNS, load_style
from scripts.export import write_gpkg
from zoning.queries import QUERIES, ask, get_query
from zoning.study import Study

SYSTEM_PYTHON = "/usr/bin/python3"

STYLE = load_style()

LOOK = """
import json, os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from qgis.core import (
    QgsApplication, QgsMapRendererSequentialJob, QgsMapSettings, QgsRenderContext, QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

app = QgsApplication([], False)
app.initQgis()
found = []
for source in sys.argv[1:]:
    layer = QgsVectorLayer(source, "x", "ogr")
    renderer, labeling = layer.renderer(), layer.labeling()
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setOutputSize(QSize(300, 300))
    settings.setOutputDpi(300)
    settings.setBackgroundColor(QColor("white"))
    extent = layer.extent()
    extent.grow(0.2)
    settings.setExtent(extent)
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    picture = job.renderedImage()
    drawn = {picture.pixelColor(x, y).name() for x in range(300) for y in range(300)}
    categories = renderer.categories() if renderer.type() == "categorizedSymbol" else []
    found.append({
        "valid": layer.isValid(),
        "count": layer.featureCount(),
        "renderer": renderer.type(),
        "categories": [[c.value(), c.label(), c.symbol().color().name()] for c in categories],
        "colors": [s.color().name() for s in renderer.symbols(QgsRenderContext())],
        "label": labeling.settings().fieldName if labeling and layer.labelsEnabled() else "",
        "drawn": sorted(drawn),
    })
    del layer
print(json.dumps(found))
"""


def looked_at(*sources):
    """What QGIS makes of some layers, opened as a user opens them."""
    done = subprocess.run(
        [SYSTEM_PYTHON, "-c", LOOK, *map(str, sources)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def qgis():
    """Skip where QGIS is not installed: it is far too large to be asked of anybody."""
    if not Path(SYSTEM_PYTHON).exists() or subprocess.run(
        [SYSTEM_PYTHON, "-c", "import qgis.core"], capture_output=True, check=False
    ).returncode:  # fmt: skip
        pytest.skip("LOUD SKIP: no python3-qgis for /usr/bin/python3, QGIS itself is not asked")


# --- the text -------------------------------------------------------------------------------


def parsed(text):
    return ET.fromstring(text.partition("\n")[2])  # noqa: S314 - our own text


@pytest.mark.parametrize("kind", STYLE.kinds)
@pytest.mark.parametrize("sizes", [[0], [1], [2], [0, 1, 2], []])
def test_every_kind_has_a_style_for_every_geometry(kind, sizes):
    column, looks = kind_looks(STYLE.kind(kind))
    root = parsed(qml(column, looks, sizes, "name"))
    renderer = root.find("renderer-v2")
    expected = (
        "RuleRenderer" if len(sizes) > 1 else "categorizedSymbol" if column else "singleSymbol"
    )
    assert renderer.get("type") == expected
    types = {symbol.get("type") for symbol in renderer.iter("symbol")}
    assert types == {("marker", "line", "fill")[size] for size in sizes or [2]}
    assert len(renderer.find("symbols")) == len(looks) * max(len(sizes), 1)
    assert root.get("labelsEnabled") == "1"


def test_every_pattern_of_the_page_has_a_brush():
    assert set(BRUSHES) == set(PATTERNS)


def test_a_hostile_column_or_value_stays_text():
    column, looks = state_looks(STYLE)
    text = qml("a\"b'<&\x01", looks, [1, 2], "n<\x00>")
    root = parsed(text)
    rule = root.find("renderer-v2/rules/rule")
    assert '"a""b\'<&" = \'hit\'' in rule.get("filter")
    assert root.find("labeling/settings/text-style").get("fieldName") == "n<>"
    assert column == "state"


def test_without_a_column_there_are_no_labels():
    column, looks = state_looks(STYLE)
    root = parsed(qml(column, looks, [2]))
    assert root.get("labelsEnabled") == "0"
    assert root.find("labeling") is None


# --- QGIS itself ----------------------------------------------------------------------------


def state_file(path, shapes):
    states = [state.state for state in STYLE.states]
    frame = gpd.GeoDataFrame(
        {"name": states, "state": states}, geometry=shapes[: len(states)], crs="EPSG:4490"
    )
    column, looks = state_looks(STYLE)
    sizes = [{"Point": 0, "LineString": 1}.get(shape.geom_type, 2) for shape in shapes]
    one = Delivery(frame, "t", "答案", qml=qml(column, looks, sizes, "name"))
    write_layer(one, path, "gpkg")
    return path


BOXES = [box(112 + at, 35, 112.6 + at, 36) for at in range(6)]
LINES = [LineString([(112 + at, 35), (112.6 + at, 36)]) for at in range(6)]
POINTS = [Point(112 + at, 35.5) for at in range(6)]


@pytest.mark.usefixtures("qgis")
def test_qgis_takes_up_the_states_by_itself(tmp_path):
    files = [state_file(tmp_path / f"{at}.gpkg", shapes)
             for at, shapes in enumerate((BOXES, LINES, POINTS))]  # fmt: skip
    for found in looked_at(*files):
        assert (found["valid"], found["count"], found["label"]) == (True, 6, "name")
        assert found["renderer"] == "categorizedSymbol"
        wanted = [[state.state, state.label, state.color] for state in STYLE.states]
        assert found["categories"] == wanted
        assert {state.color for state in STYLE.states} <= set(found["drawn"])


@pytest.mark.usefixtures("qgis")
def test_qgis_draws_a_layer_of_points_lines_and_areas(tmp_path):
    shapes = [POINTS[0], POINTS[1], LINES[2], LINES[3], BOXES[4], BOXES[5]]
    path = state_file(tmp_path / "x.gpkg", shapes)
    parts = [f"{path}|layername=t|geometrytype={name}"
             for name in ("Point", "LineString", "Polygon")]  # fmt: skip
    for at, found in enumerate(looked_at(*parts)):
        assert (found["renderer"], found["count"]) == ("RuleRenderer", 2)
        colors = {state.color for state in STYLE.states[2 * at : 2 * at + 2]}
        assert colors <= set(found["drawn"])


@pytest.mark.usefixtures("qgis")
@pytest.mark.parametrize("turned", [False, True])
def test_qgis_draws_the_worse_state_on_top(tmp_path, turned):
    """A township that is clear does not hide the site in it that is not, whichever comes first."""
    rows = [("clear", box(112, 35, 113, 36)), ("hit", box(112.4, 35.4, 112.6, 35.6))]
    states, shapes = zip(*(rows[::-1] if turned else rows), strict=True)
    frame = gpd.GeoDataFrame({"state": states}, geometry=list(shapes), crs="EPSG:4490")
    path = tmp_path / "x.gpkg"
    write_layer(Delivery(frame, "t", "x", qml=qml(*state_looks(STYLE), [2])), path, "gpkg")
    (found,) = looked_at(path)
    hit = next(state for state in STYLE.states if state.state == "hit")
    assert hit.color in found["drawn"]


@pytest.mark.usefixtures("qgis")
def test_qgis_takes_up_the_style_of_a_layer_and_its_classes(tmp_path):
    workspace = Workspace.embedded("shili")
    files = {}
    for kind in ("red_line", "water_source", "township", "river"):
        (layer,) = workspace.of_kind(kind)
        frame = workspace.frame(layer.id)
        sizes = [1 if "Line" in name else 2 for name in frame.geom_type]
        style = qml(*kind_looks(STYLE.kind(kind)), sizes, "name")
        files[kind] = tmp_path / f"{kind}.gpkg"
        write_layer(Delivery(frame, layer.id, layer.title, qml=style), files[kind], "gpkg")
    for kind, found in zip(files, looked_at(*files.values()), strict=True):
        style = STYLE.kind(kind)
        assert found["valid"]
        assert found["label"] == "name"
        inside = style.base.color if kind == "river" else style.base.fill
        assert set(found["colors"]) == {inside}  # a class differs in line and pattern
        assert style.base.color in found["drawn"]
        values = [value for value, _, _ in found["categories"]]
        assert values == ([*(one.equals for one in style.classes), ""] if style.classes else [])


@pytest.mark.usefixtures("qgis")
def test_qgis_takes_up_the_style_of_an_answer(tmp_path):
    study = Study(Workspace.embedded("shili"))
    files = {}
    for query in QUERIES:
        files[query] = tmp_path / f"{query}.gpkg"
        write_gpkg(study, ask(study, get_query(query)), files[query])
    shown = [name for name in files if get_query(name).shows == "projects"]
    assert shown
    found = looked_at(*(f"{files[name]}|geometrytype=Polygon" for name in shown))
    for one in found:
        assert one["valid"]
        assert one["renderer"] == "RuleRenderer"
        assert {state.color for state in STYLE.states} == set(one["colors"])
