"""What a reviewer does at the desk, in Chromium: drop, look, decide, list, search, download."""

import socket
import threading
import time

import pytest
import uvicorn

from maps.desk.app import create_app
from maps.desk.bounded import Limits
from maps.desk.guard import Place
from tests.desk_county import corners, made_county

pytestmark = pytest.mark.browser

WAIT = 60_000


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Return the address of a desk that listens on this machine."""
    folder = tmp_path_factory.mktemp("desk")
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    app = create_app(made_county(folder / "county"), folder / "data", Place(port=port),
                     limits=Limits(at_once=1), upload_bytes=1 << 20)  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture
def opened(chromium, address):
    """Return a function that opens the desk; afterwards nothing may have left the machine."""
    problems, requests, contexts = [], [], []

    def visit(size=(1280, 900)):
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="zh-CN", accept_downloads=True
        )
        context.set_default_timeout(WAIT)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))
        page.goto(address)
        page.wait_for_selector("html.ready")
        return page

    visit.problems = problems
    yield visit
    for context in contexts:
        context.close()
    outside = [url for url in requests if not url.startswith((address, "data:", "blob:"))]
    assert outside == []
    assert problems == []


def paste(page, name, box=(1100, 1100, 1200, 1200)):
    page.fill("#pasted", corners(*box))
    page.fill("#name", name)
    page.fill("#day", "2026-08-15")
    page.fill("#accuracy", "0")
    page.select_option("#crs", "EPSG:4526")
    page.click("#send")
    page.wait_for_selector(f"#sites .site-name:text-is('{name}')")


def drop(page, name, text):
    page.evaluate(
        """([name, text]) => {
          const data = new DataTransfer();
          data.items.add(new File([text], name));
          document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
        }""",
        [name, text],
    )


def test_the_whole_way(opened, tmp_path):
    page = opened()
    hostile = "<img src=x onerror=alert(1)>.csv"
    drop(page, hostile, "名称,wkt\n甲光伏电站,POINT(38496150 4001150)\n"
         "<b>乙</b>养殖场,POINT(38499000 4007000)\n")  # fmt: skip
    page.select_option("#crs", "EPSG:4526")
    page.fill("#day", "2026-08-15")
    page.fill("#accuracy", "0")
    page.click("#send")
    page.wait_for_selector("#sites .site")
    assert page.locator("#sites .site-name").all_inner_texts() == ["甲光伏电站", "<b>乙</b>养殖场"]
    frame = page.frame_locator("#look")
    frame.locator("svg.sketch").first.wait_for()
    assert "甲红线" in frame.locator("body").inner_text()
    first = page.locator("#sites .site").first
    first.locator("summary").click()
    first.locator("input[value=override]").check()
    first.locator("textarea").fill("已避让 <script>alert(2)</script>")
    first.locator("input[type=text]").fill("张三")
    first.locator("button").click()
    page.locator("#sites .history li").wait_for()
    assert "另作结论" in page.locator("#sites .site").first.inner_text()
    page.fill("#find", "甲光伏 张三")
    expect = pytest.importorskip("playwright.sync_api").expect
    expect(page.locator("#rows tr")).to_have_count(1, timeout=WAIT)
    assert "另作结论" in page.locator("#rows").inner_text()
    with page.expect_download() as held:
        page.locator(".downloads a").nth(1).click()
    assert held.value.suggested_filename == "review.xlsx"
    held.value.save_as(tmp_path / "a.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes().startswith(b"PK")
    page.reload()
    page.wait_for_selector("#sites .site")
    assert "张三" in page.locator("#sites").inner_text()


def test_two_reviewers_and_a_problem(opened):
    one = opened()
    paste(one, "丙风电场")
    two = opened()
    two.goto(one.url)
    two.wait_for_selector("#sites .decide")
    for page, reviewer in ((one, "张三"), (two, "李四")):
        page.locator("#sites input[value=accept]").check()
        page.locator("#sites textarea").fill(f"{reviewer}的理由")
        page.locator("#sites input[type=text]").fill(reviewer)
        page.locator("#sites form button").click()
        page.locator("#sites .history li").first.wait_for()
    assert "没有记下" in two.locator("#sites").inner_text()
    assert two.locator("#sites .history li").count() == 1
    assert two.locator("#sites textarea").input_value() == "李四的理由"
    # the browser itself notes a refused request
    assert all("409" in text for text in opened.problems)
    opened.problems.clear()
    one.fill("#pasted", "这不是坐标")
    one.click("#send")
    one.wait_for_selector("#problem:not([hidden])")
    assert "第 1 行“这不是坐标”" in one.inner_text("#problem")
    assert one.evaluate("document.activeElement.id") == "problem"
    assert all("422" in text for text in opened.problems)
    opened.problems.clear()


def test_it_can_be_used_by_keyboard_and_fits_a_phone(opened):
    page = opened((390, 844))
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    unnamed = page.evaluate(
        """[...document.querySelectorAll("input, select, textarea, iframe")].filter((node) =>
             !(node.labels && node.labels.length) && !node.title && !node.ariaLabel)
           .map((node) => node.outerHTML)"""
    )
    assert unnamed == []
    page.focus("#pasted")
    page.keyboard.type("38496150, 4001150")
    page.select_option("#crs", "EPSG:4526")
    page.check("input[value=points]")
    page.focus("#send")
    page.keyboard.press("Enter")
    page.wait_for_selector("#sites .decide")
    assert page.evaluate("document.activeElement.id") == "review-title"
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_map_is_panned_zoomed_and_its_layers_switched(opened):
    page = opened()
    paste(page, "<b>丁</b>风电场", (2100, 2100, 2200, 2200))
    page.wait_for_selector("#map path.leaflet-interactive")
    shown = page.locator("#map path")
    before = shown.count()
    names = page.locator("#map-legend > li > label").all_inner_texts()
    assert [name.strip() for name in names[:2]] == ["用地", "县界"]
    assert page.locator("#map-legend b").count() == 0
    page.locator("#map-legend input").nth(2).uncheck()
    assert shown.count() < before
    page.locator("#map-legend input").nth(2).check()
    assert shown.count() == before
    scale = page.inner_text("#map .leaflet-control-scale")
    page.click("#map-county")
    page.wait_for_function(
        "text => document.querySelector('#map .leaflet-control-scale').innerText !== text",
        arg=scale,
    )
    assert "公里" in page.inner_text("#map .leaflet-control-scale")
    page.click("#map-site")
    page.wait_for_function(
        "text => document.querySelector('#map .leaflet-control-scale').innerText === text",
        arg=scale,
    )
    page.locator("#map .leaflet-sites-pane path").hover()
    tip = page.locator("#map .leaflet-tooltip")
    tip.wait_for()
    assert "<b>丁</b>风电场" in tip.inner_text()
    assert "每行先 X（北）后 Y（东）" in page.inner_text("#review-head")


def test_a_map_of_a_phone_keeps_within_the_screen(opened):
    page = opened((390, 844))
    paste(page, "戊光伏电站")
    page.wait_for_selector("#map path.leaflet-interactive")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
