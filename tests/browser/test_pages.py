"""What an official does on a page, in Chromium with the network cut.

Every test also ends with: no request but to files, no console error, no dialog.
"""

import re
import time

import pytest

pytestmark = pytest.mark.browser

both_sizes = pytest.mark.parametrize("visit", ["desktop", "phone"], indirect=True)
on_phone = pytest.mark.parametrize("visit", ["phone"], indirect=True)


def text(page, selector):
    return page.locator(selector).inner_text()


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


@both_sizes
def test_page_opens_quickly_and_fits(visit):
    begun = time.perf_counter()
    page = visit.open("tianzhen.html")
    assert time.perf_counter() - begun < 6  # 0.6 s alone; CI machines share their cores
    assert text(page, "#count") == "显示 55 / 55 项"
    assert page.locator("path.leaflet-interactive").count() > 15
    assert overflow(page) <= 0
    assert page.evaluate("document.documentElement.lang") == "zh-CN"


@both_sizes
def test_every_visible_word_is_chinese(visit):
    page = visit.open("tianzhen.html")
    page.locator(".item").first.click()
    for tab in ("answers", "layers", "about", "projects"):
        if not page.locator("#card").is_visible():
            page.locator(f"#tab-{tab}").click()
        words = re.findall(r"[A-Za-z]{4,}", page.evaluate("document.body.innerText"))
        allowed = {"shapely", "shanhe", "Leaflet", "Clause", "EPSG", "CGCS"}
        assert set(words) - allowed == set()
        page.keyboard.press("Escape")
    named = page.evaluate(
        "[...document.querySelectorAll('[title],[aria-label]')]"
        ".map(n => (n.title || '') + (n.getAttribute('aria-label') || ''))"
    )
    assert not [name for name in named if re.search(r"[A-Za-z]{4,}", name)]


def test_typing_searches_names_places_and_owners(visit):
    page = visit.open("tianzhen.html")
    page.locator("#search").press_sequentially("新平堡")
    shown = page.locator(".item")
    assert 0 < shown.count() < 55
    searched = "Shanhe.listed().map(p => [p.name, p.place, p.owner].join())"
    assert all("新平堡" in words for words in page.evaluate(searched))
    assert shown.count() == len(page.evaluate(searched))
    page.locator("#search").fill("没有这样的项目")
    assert "没有符合条件的项目" in text(page, "#list")
    page.locator("#reset").click()
    assert page.locator(".item").count() == 55


def test_filters_combine_and_the_count_says_so(visit):
    page = visit.open("tianzhen.html")
    page.locator("#filter-township").select_option("玉泉镇")
    towns = page.locator(".item").count()
    page.locator("#filter-category").select_option(index=1)
    both = page.locator(".item").count()
    assert 0 < both < towns < 55
    assert text(page, "#count") == f"显示 {both} / 55 项"
    page.locator("#reset").click()
    page.locator('[data-state="unchecked"]').click()
    chips = page.locator(".item .chip").all_inner_texts()
    assert set(chips) == {"未核查"}


def test_unchecked_is_grey_hatched_and_never_green(visit):
    page = visit.open("tianzhen.html")
    chip = page.locator(".item .chip-unchecked").first
    red, green, blue = map(
        int, re.findall(r"\d+", chip.evaluate("n => getComputedStyle(n).color"))[:3]
    )
    assert max(red, green, blue) - min(red, green, blue) < 30
    assert chip.locator("use").get_attribute("href") == "#symbol-hatched"


def test_click_opens_the_card_with_the_facts_and_zooms(visit):
    page = visit.open("tianzhen.html")
    before = page.evaluate("Shanhe.map.getZoom()")
    page.get_by_role("button", name="逯家湾镇荒山造林工程（第4项）").click()
    card = text(page, "#card")
    for fact in (
        "逯家湾镇荒山造林工程（第4项）", "表 12-1", "第 4 项", "文本第 1403 行", "0.12 亿元",
        "人工造林：2000 亩（133.3333 公顷，2,000 亩）", "计入修复面积", "规划未说明",
        "依据：乡镇范围", "项目在该乡镇内的具体位置不明", "饮用水水源保护区", "可能涉及",
    ):  # fmt: skip
        assert fact in card
    page.wait_for_timeout(500)
    assert page.evaluate("Shanhe.map.getZoom()") > before
    assert page.evaluate("Shanhe.highlight.getLayers().length") == 2
    assert page.evaluate("location.hash") == "#tianzhen-1403"


def test_keyboard_opens_and_closes_the_card_and_focus_returns(visit):
    page = visit.open("tianzhen.html")
    page.locator(".item").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator("#card").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#card").is_hidden()
    assert page.evaluate("document.activeElement.dataset.id") == "tianzhen-1401"
    page.locator("#tab-projects").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#pane-answers").is_visible()


def test_next_and_previous_follow_the_list(visit):
    page = visit.open("tianzhen.html")
    page.locator(".item").first.click()
    assert page.get_by_role("button", name="上一项").is_disabled()
    page.get_by_role("button", name="下一项").click()
    assert page.evaluate("location.hash") == "#tianzhen-1401"


def test_address_opens_its_project(visit):
    page = visit.open("tianzhen.html#tianzhen-1410")
    assert "第11项" in text(page, "#card h2")


def test_project_without_a_place_says_so_and_gets_no_point(visit):
    page = visit.open("tianzhen.html")
    page.locator("#filter-township").select_option("@none")
    assert "位置不明" in text(page, ".item >> nth=0")
    page.locator(".item").first.click()
    assert "规划没有写地点" in text(page, "#card")
    assert page.evaluate("Shanhe.highlight.getLayers().length") == 0


def test_badge_filters_by_its_township(visit):
    page = visit.open("tianzhen.html")
    badge = page.locator(".badge", has_text="玉泉镇")
    count = int(badge.locator(".badge-count").inner_text())
    badge.click()
    assert page.locator(".item").count() == count
    assert page.locator("#filter-township").input_value() == "玉泉镇"


def test_answer_sorts_colours_the_map_and_explains_the_colours(visit):
    page = visit.open("tianzhen.html")
    page.locator("#tab-answers").click()
    answer = page.locator('[data-answer="restoration-by-township"]')
    answer.locator("summary").click()
    head = answer.get_by_role("button", name="修复面积（公顷）")
    head.click()
    head.click()
    cells = answer.locator("tbody td.number").all_inner_texts()
    assert cells[0] == "123,455"
    assert cells[-1] == "—"
    assert answer.locator("th[aria-sort=descending]").count() == 1
    answer.get_by_role("button", name="在地图上显示").click()
    assert page.evaluate("Shanhe.overlay.getLayers().length") == 11
    assert "111,109.5 至 123,455" in text(page, "#map-legend")
    assert "无数据" in text(page, "#map-legend")
    answer.get_by_role("button", name="取消显示").click()
    assert page.evaluate("Shanhe.overlay.getLayers().length") == 0


def test_answer_about_projects_colours_by_state_and_opens_cards(visit):
    page = visit.open("tianzhen.html")
    page.locator("#tab-answers").click()
    answer = page.locator('[data-answer="projects-in-water-source"]')
    answer.locator("summary").click()
    assert "project_id" not in answer.inner_text()
    answer.get_by_role("button", name="在地图上显示").click()
    assert page.locator("#map-legend .chip-possible").count() == 1
    answer.locator("tbody tr").first.click()
    assert page.locator("#card").is_visible()


def test_table_downloads_with_formulas_neutralised(visit, tmp_path):
    page = visit.open("hostile.html")
    page.locator("#tab-answers").click()
    page.locator(".answer summary").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载表格").click()
    target = tmp_path / "table.csv"
    waiting.value.save_as(target)
    raw = target.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"'=cmd|" in raw
    assert not re.search(rb'(^|,|\n)"?[=+@]', raw)


def test_layers_switch_and_say_what_they_rest_on(visit):
    page = visit.open("tianzhen.html")
    page.locator("#tab-layers").click()
    pane = text(page, "#pane-layers")
    known = "只含规划提到的，不能证明别处没有"
    for words in ("示意", "误差约 8 公里", known, "一级保护区", "3 个图形"):
        assert words in pane
    count = "document.querySelectorAll('.leaflet-kind-red_line-pane path').length"
    assert page.evaluate(count) == 1
    page.locator('[data-layer="red_line"] input').uncheck()
    assert page.evaluate(count) == 0


def test_click_on_a_feature_tells_its_name_level_layer_and_basis(visit):
    page = visit.open("tianzhen.html")
    page.evaluate("Shanhe.eachFeature((e, r, s) => { if (r.zone === 'ws-1') s.fire('click',"
                  " { latlng: s.getBounds().getCenter() }) })")  # fmt: skip
    popup = text(page, ".leaflet-popup")
    for words in ("县城水源地", "一级保护区", "饮用水水源保护区（示意）", "误差约 8 公里"):
        assert words in popup


@on_phone
def test_phone_card_and_sheet_can_be_used(visit):
    page = visit.open("tianzhen.html")
    page.locator("#sheet-toggle").click()
    assert page.locator("body.sheet-up").count() == 1
    page.locator(".item").first.click()
    assert page.locator("#card").is_visible()
    assert overflow(page) <= 0
    page.get_by_role("button", name="关闭").click()
    for tab in ("answers", "layers", "about"):
        page.locator(f"#tab-{tab}").click()
        assert overflow(page) <= 0
    box = page.locator("#tab-about").bounding_box()
    assert box["y"] + box["height"] <= 844
    assert box["height"] >= 40


def test_print_has_notice_map_legend_and_table(visit):
    page = visit.open("tianzhen.html")
    page.locator("#filter-township").select_option("玉泉镇")
    rows = page.locator(".item").count()
    page.emulate_media(media="print")
    assert page.locator("#notice").is_visible()
    assert "不得作为审批、执法或其他决策依据" in text(page, ".sheet-notice")
    assert "乡镇界（示意）" in text(page, ".sheet-legend")
    assert page.locator("#sheet tbody tr").count() == rows
    assert page.locator("#panel").is_hidden()
    assert page.locator(".folium-map").bounding_box()["width"] < 800
    assert len(page.pdf(prefer_css_page_size=True)) > 20_000
    page.emulate_media(media="screen")
    assert page.locator("#panel").is_visible()


@both_sizes
def test_hostile_text_is_only_text(visit):
    page = visit.open("hostile.html")
    for item in page.locator(".item").all()[:9]:
        item.evaluate("node => node.click()")
        page.keyboard.press("Escape")
    centre = "s.getLatLng ? s.getLatLng() : s.getBounds().getCenter()"
    page.evaluate(f"Shanhe.eachFeature((e, r, s) => s.fire('click', {{ latlng: {centre} }}))")
    page.locator("#tab-about").evaluate("node => node.click()")
    page.wait_for_timeout(300)
    assert page.locator("img[src=x]").count() == 0
    assert "{{ 7 * 7 }}" in page.evaluate("document.body.textContent")
    assert overflow(page) <= 0


@both_sizes
def test_index_leads_to_the_areas_and_keeps_the_made_one_apart(visit):
    page = visit.open("index.html")
    assert overflow(page) <= 0
    assert "用来学习和核对" in text(page, ".made-card >> nth=0")
    assert page.locator(".index-map .area-label").all_inner_texts() == ["天镇县"]
    assert "怎样看核查结果" in text(page, "main")
    card = page.locator(".area-card", has_text="天镇县").first
    card.get_by_role("link", name="打开").click()
    page.wait_for_selector("#list .item")
    assert page.url.endswith("tianzhen.html")
