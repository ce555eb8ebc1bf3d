"""The reading view of a plan in Chromium with the network cut."""

import json

import pytest

from scripts.plan_out import read_files, write

pytestmark = pytest.mark.browser

PLAN = """天镇县“十四五”生态环境保护规划

表3-1 重点工程表

序号\t项目名称\t建设地点\t建设内容\t投资（万元）\t建设期限\t建设单位
""" + "".join(
    f"{n}\t第{n}村绿化工程\t东山镇\t绿化{n}公顷\t{n * 10}\t2021-2023\t县林业局\n"
    for n in range(1, 60)
)

MARKED = """([id, line, cell]) => {
  const place = document.getElementById(`L${line}`);
  const host = cell < 0 ? place : place.querySelectorAll("td")[cell];
  const marks = [...host.querySelectorAll("mark")];
  return marks.filter((mark) => mark.dataset.of.split(" ").includes(id))
    .map((mark) => mark.textContent).join("");
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan")
    (folder / "规划.txt").write_text(PLAN, encoding="utf-8")
    write(read_files([folder / "规划.txt"], None), folder / "out")
    return folder / "out"


@pytest.fixture
def opened(chromium, folder):
    problems, contexts = [], []

    def visit(width, height):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, offline=True, locale="zh-CN"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"file://{folder}/规划.html")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert problems == []


def test_every_value_is_marked_where_it_was_read(opened, folder):
    page = opened(1400, 900)
    data = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    records = data["documents"][0]["tables"]["projects"]
    lines = [line.split("\t") for line in PLAN.split("\n")]
    for number, record in enumerate(records[::6]):
        for column in ("name", "location", "investment_raw", "owner", "areas"):
            (span,) = record["spans"][column]
            line, cell, start, end = span
            told = page.evaluate(MARKED, [f"projects-{number * 6 + 1}", line, cell])
            assert lines[line - 1][cell][start:end] in told


@pytest.mark.parametrize("size", [(1400, 900), (375, 700)])
def test_a_record_leads_to_its_line_and_back(opened, size):
    page = opened(*size)
    card = page.locator("#projects-40")
    card.locator("summary").click()
    card.locator("a").click()
    row = page.locator("tr:target")
    assert "第40村绿化工程" in row.text_content()
    box, pane = row.bounding_box(), page.locator(".document").bounding_box()
    assert pane["y"] <= box["y"] < box["y"] + box["height"] <= pane["y"] + pane["height"]
    page.locator("#L10 mark").nth(1).click()
    assert page.locator("#projects-5").get_attribute("open") is not None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_paper_shows_every_record_open_and_the_screen_as_before(opened):
    page = opened(1400, 900)
    closed = "document.querySelectorAll('details:not([open])').length"
    before = page.evaluate(closed)
    assert before >= 59
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(closed) == 0
    page.emulate_media(media="print")
    assert page.locator("h2", has_text="项目").is_visible()
    assert page.locator("#projects-59 dd").first.is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(closed) == before
