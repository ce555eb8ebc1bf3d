"""What a reviewer does on the page of a review, in Chromium with the network cut."""

import re

import pytest

from maps.report import tables, write
from tests import report_sample as made

pytestmark = pytest.mark.browser

REVIEW = made.review()
MANY = 1203


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    write(REVIEW, out / "few", ("html",), made.zones())
    write(made.many(MANY), out / "many", ("html",), made.zones())
    return out


@pytest.fixture(params=["desktop", "phone"])
def size(request):
    return {"desktop": (1200, 900), "phone": (390, 844)}[request.param]


@pytest.fixture
def opened(chromium, folder):
    """Return a function that opens a page; afterwards nothing may have gone wrong on it."""
    problems, requests, contexts = [], [], []

    def visit(name, size=(1200, 900), *, script=True):
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, offline=True, locale="zh-CN",
            java_script_enabled=script,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))
        page.goto(f"file://{folder}/{name}")
        if script:
            page.wait_for_selector("html.ready")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert problems == []


def names(page):
    return page.locator(".site-name").all_inner_texts()


def test_sites_stand_worst_first_and_every_card_opens(opened, size):
    page = opened("few/review.html", size)
    shown = names(page)
    assert shown[0] == "甲地块"
    assert shown[1:3] == [made.HOSTILE[0], made.HOSTILE[1]]
    assert len(shown) == len(REVIEW.sites)
    page.locator("#toggle-all").click()
    assert page.locator(".card").count() == len(REVIEW.sites)
    assert page.locator("svg.sketch").count() == len(REVIEW.sites)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_card_shows_numbers_verdicts_articles_and_layers(opened):
    page = opened("few/review.html")
    page.locator("details.site summary").first.click()
    card = page.locator(".card").first.inner_text()
    for words in (
        "33,411.00 平方米（3.3411 公顷，50.12 亩）", "33,333.33 平方米", "1,234.56", "12,345.68",
        "11,111.11", "123.46", "东北", "第三百一十八条", "未经法律人员核实", "县级生态环境部门",
        "没有适用的规则", "某政发〔2025〕3号", "碎片", "一级保护区、本类中最严", "把握：确定",
    ):  # fmt: skip
        assert words in card


def test_search_filters_and_reset(opened):
    page = opened("few/review.html")
    page.locator("#search").press_sequentially("管线")
    assert names(page) == ["丁管线"]
    assert page.locator("#count").inner_text() == "显示 1 / 12 个地块，由重到轻"
    page.locator("#reset").click()
    page.locator("#filter-effect").select_option("prohibited")
    assert len(names(page)) == 8
    page.locator("#filter-kind").select_option("water_source")
    page.locator('[data-state="unchecked"]').click()
    assert "没有符合条件的地块" in page.locator("#list").inner_text()
    page.locator("#reset").click()
    page.locator('[data-state="clear"]').click()
    assert names(page) == ["乙地块"]
    page.locator("#reset").click()
    assert len(names(page)) == 12
    assert page.locator("#reset").is_hidden()


def test_a_state_is_a_word_a_shape_and_a_colour_and_unchecked_is_grey(opened):
    page = opened("few/review.html")
    chip = page.locator("summary .chip-unchecked").first
    assert chip.inner_text() == "未核查"
    assert chip.locator("use").get_attribute("href") == "#symbol-hatched"
    ink = chip.evaluate("n => getComputedStyle(n).color")
    red, green, blue = map(int, re.findall(r"\d+", ink)[:3])
    assert max(red, green, blue) - min(red, green, blue) < 30
    green = page.locator("summary .chip-clear").first.evaluate("n => getComputedStyle(n).color")
    effects = page.locator(".chip.effect")
    colors = effects.evaluate_all("all => all.map(n => getComputedStyle(n).color)")
    assert green not in colors


def test_strangers_texts_stay_texts(opened):
    page = opened("few/review.html")
    page.locator("#toggle-all").click()
    assert page.evaluate("document.querySelectorAll('img, i, b > b, iframe').length") == 0
    assert page.evaluate("document.scripts.length") == 3  # a part, the data, the code
    assert page.locator("svg.sketch text", has_text="白河</svg>（模拟）").count() > 0
    assert "{{ 7 * 7 }}" in page.locator("body").inner_text()


def test_patterns_of_the_small_maps_are_in_the_page(opened):
    page = opened("few/review.html")
    page.locator("#toggle-all").click()
    missing = page.evaluate("""[...document.querySelectorAll('svg.sketch [fill^="url("]')]
        .map(n => n.getAttribute('fill').slice(5, -1))
        .filter(id => !document.getElementById(id))""")
    assert missing == []


def test_thousands_of_sites_are_paged(opened):
    page = opened("many/review.html")
    assert len(names(page)) == 50
    worst = [found.site.name for found in tables.ranked(made.many(MANY))]
    assert names(page) == worst[:50]
    page.get_by_role("button", name="下一页").click()
    assert names(page) == worst[50:100]
    assert "第 2 页，共 25 页" in page.locator("#pager").inner_text()
    page.locator("#search").fill(f"第{MANY - 1}号")
    assert names(page) == [f"第{MANY - 1}号地块"]
    page.locator("details.site summary").click()
    assert f"N{MANY - 1}" in page.locator(".card").inner_text()


def test_an_address_opens_its_site(opened):
    page = opened("many/review.html#700")
    card = page.locator("details.site[open]")
    assert card.count() == 1
    assert card.get_attribute("data-rank") == "700"


def test_print_holds_summary_cards_and_record(opened):
    page = opened("few/review.html")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    text = page.locator("body").inner_text()
    assert page.locator(".card").count() == len(REVIEW.sites)
    assert "碎屑容差" in text
    assert page.locator("#search").is_hidden()


def test_the_summary_is_there_without_a_script(opened):
    page = opened("few/review.html", script=False)
    text = page.locator("body").inner_text()
    for words in ("没有登记永久基本农田图层", "2026-08-15", "禁止 8", "未核查不等于不涉及"):
        assert words in text
