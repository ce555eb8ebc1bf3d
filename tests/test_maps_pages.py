"""Pages as text: escaping, nothing from outside, the same bytes, honest errors."""

import dataclasses
import importlib.util
import json
import re
from pathlib import Path

import pytest

from maps import offline
from maps.errors import PageError
from maps.page import CANVAS_FROM, build_page
from maps.site import build_site

MAX_BYTES = 1_500_000


def _load_sample():
    path = Path(__file__).parent / "browser" / "maps_sample.py"
    spec = importlib.util.spec_from_file_location("maps_sample", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE = _load_sample()


@pytest.fixture(scope="module")
def page():
    return build_page(MADE.sample(60))


@pytest.fixture(scope="module")
def hostile():
    return build_page(MADE.hostile())


def data_of(html):
    return json.loads(re.search(r'id="page-data">(.*?)</script>', html, re.DOTALL)[1])


def test_page_refers_to_nothing_outside(page):
    addresses = re.findall(r"""(?:src|href)\s*=\s*["']?([^"' >]+)|url\(([^)]*)\)""", page)
    outside = [a or b for a, b in addresses if re.match(r"['\"]?(https?:)?//", a or b)]
    # Leaflet's own licence link: text in its code for a corner that the pages do not show.
    assert set(outside) <= {"https://leafletjs.com"}
    assert "@import" not in page
    assert "sourceMappingURL" not in page


def test_same_area_gives_the_same_bytes(page):
    assert build_page(MADE.sample(60)) == page
    assert not re.search(r"(map|geo_json|feature_group)_[0-9a-f]{32}", page)


def test_page_of_sixty_projects_is_small(page):
    assert len(page.encode()) < MAX_BYTES


def test_only_leaflet_is_put_in(page):
    for name in ("jquery", "bootstrap", "fontawesome", "awesome-markers"):
        assert name not in page.lower()
    assert "Leaflet 1.9.3" in page


def test_hostile_text_never_becomes_markup(hostile):
    assert "<img" not in hostile.lower().replace("&lt;img", "")
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", hostile, re.DOTALL)
    # switches, Leaflet, our code, the data, folium's calls
    assert len(scripts) == 5
    assert data_of(hostile)["projects"][1]["name"] == MADE.HOSTILE[1]


def test_hostile_text_is_not_run_as_a_template(hostile):
    assert data_of(hostile)["projects"][2]["name"] == "{{ 7 * 7 }}{% raw %}"
    assert "49{%" not in hostile


def test_every_script_is_named_by_its_hash_and_no_other_may_run(page):
    policy = re.search(r'Security-Policy" content="([^"]*)"', page)[1]
    assert "default-src 'none'" in policy
    assert policy.count("'sha256-") == len(re.findall(r"<script>", page)) == 4
    assert "unsafe-inline" not in policy.split("style-src")[0]


def test_nulls_are_written_as_not_stated(hostile):
    nulls = data_of(hostile)["projects"][-1]
    assert nulls["investment"] == "投资未说明"
    assert nulls["years"] == "期限未说明"
    assert nulls["place"] == "位置不明"
    assert nulls["locus"] == -1
    assert all(lines == [] for _, lines in nulls["facts"] if _ != "出处")


def test_facts_say_units_and_source(page):
    project = data_of(page)["projects"][3]
    facts = dict(project["facts"])
    assert facts["面积"] == ["人工造林：2000 亩（133.3333 公顷，2,000 亩）　计入修复面积"]
    assert facts["建设期限"] == ["2021—2025 年（原文：十四五期间）"]
    assert facts["出处"][0].endswith("文本第 1403 行")
    assert facts["村"] == []


def test_shared_places_are_kept_once_and_rounded(page):
    data = data_of(page)
    assert len(data["shapes"]) < 20
    numbers = re.findall(r"\d+\.(\d+)", json.dumps(data["shapes"]))
    assert max(map(len, numbers)) <= 6


def test_codes_become_words_and_plan_numbers_are_hidden(made_answers):
    answer = made_answers
    assert answer["rows"][0] == ["乡镇范围", "不能排除", answer["rows"][0][2], "第 1400 行", "p"]
    kinds = {column[0]: column[2] for column in answer["columns"]}
    assert kinds["plan"] == "id"
    assert answer["rows"][0][2] == "玉泉镇农村生活污水治理工程（第1项）"


@pytest.fixture
def made_answers():
    area = MADE.sample(3)
    names = ("locus", "label", "project_ids", "source", "plan")
    columns = tuple((name, name, "text") for name in names)
    row = {"locus": "township", "label": "不能排除", "project_ids": "tianzhen-1400",
           "source": "tianzhen:1400", "plan": "p"}  # fmt: skip
    table = {"columns": columns, "rows": (row,), "key": "", "shows": "table"}
    answer = dataclasses.replace(area.answers[0], **table)
    html = build_page(dataclasses.replace(area, answers=(answer,)))
    return data_of(html)["answers"][0]


def test_many_features_are_drawn_on_a_canvas_without_patterns():
    html = build_page(MADE.many(CANVAS_FROM + 1))
    assert '"preferCanvas": true' in html
    assert '"fillColor": "url(#' not in html


def test_an_unknown_asset_is_an_error():
    with pytest.raises(PageError, match="未登记"):
        offline.inline_assets('<script src="https://example.org/x.js"></script>')
    with pytest.raises(PageError, match="未登记"):
        offline.inline_assets('<link rel="stylesheet" href="https://example.org/x.css"/>')


def test_a_missing_file_of_an_installed_package_is_an_error(monkeypatch):
    monkeypatch.setitem(offline.ASSETS, "x", ("xstatic.pkg.leaflet", "data/none.js"))
    with pytest.raises(PageError, match=r"none\.js"):
        offline.script_text("x")


def test_style_sheet_carries_its_pictures():
    css = offline.style_text(offline.LEAFLET_CSS)
    assert "url(data:image/png;base64," in css
    assert "url(images/" not in css
    assert "url(#default#VML)" in css


def test_site_writes_pages_and_index_and_keeps_other_files(tmp_path):
    out = tmp_path / "site"
    said = []
    areas = [MADE.sample(3), MADE.sample(2, "other", "另一县")]
    index = build_site(areas, out, progress=said.append)
    assert index == out / "index.html"
    assert len(said) == 2
    (out / "notes.html").write_text("mine", encoding="utf-8")
    build_site(areas[:1], out)
    assert sorted(path.name for path in out.iterdir()) == [
        "index.html", "notes.html", "tianzhen.html",
    ]  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_failed_build_leaves_the_old_pages(tmp_path, monkeypatch):
    out = tmp_path / "site"
    build_site([MADE.sample(2)], out)
    before = (out / "tianzhen.html").read_bytes()
    monkeypatch.setattr("maps.site.build_index", lambda _areas: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        build_site([MADE.sample(4)], out)
    assert (out / "tianzhen.html").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize("area_id", ["../x", "a b", "index", "", "<b>"])
def test_an_area_id_that_is_no_file_name_is_an_error(tmp_path, area_id):
    with pytest.raises(PageError, match="不能作为文件名"):
        build_site([MADE.sample(1, area_id)], tmp_path / "site")


def test_two_areas_of_one_id_are_an_error(tmp_path):
    with pytest.raises(PageError, match="两次"):
        build_site([MADE.sample(1), MADE.sample(1)], tmp_path / "site")
