"""Pages of made areas in Chromium with the network cut."""

import dataclasses
import importlib.util
import os
from pathlib import Path

import pytest

from maps.site import build_site

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
SIZES = {"desktop": (1400, 900), "phone": (390, 844)}


def load_sample():
    path = Path(__file__).with_name("maps_sample.py")
    spec = importlib.util.spec_from_file_location("maps_sample", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made():
    return load_sample()


@pytest.fixture(scope="session")
def site(made, tmp_path_factory):
    """Return a folder with the pages of a real, a made and a hostile area."""
    example = dataclasses.replace(made.sample(20, "shili", "示例县"), made=True)
    out = tmp_path_factory.mktemp("pages") / "site"
    return build_site([made.sample(55), example, made.hostile()], out).parent


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM.exists():
        message = f"没有找到浏览器 {CHROMIUM}，页面没有在浏览器里测试。"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield browser
        browser.close()


class Visit:
    """A page that is open, with all that went wrong on it."""

    def __init__(self, page, site):
        self.page = page
        self.site = site
        self.requests = []
        self.problems = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("dialog", self._dialog)

    def _console(self, message):
        if message.type in {"error", "warning"}:
            self.problems.append(message.text)

    def _dialog(self, dialog):
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, name):
        self.page.goto(f"file://{self.site}/{name}")
        self.page.wait_for_selector("html.ready")
        return self.page

    def outside(self):
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))]


@pytest.fixture
def visit(chromium, site, request):
    """Return a function-like visitor at the size that a mark or parameter names."""
    size = getattr(request, "param", "desktop")
    width, height = SIZES[size]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, offline=True, locale="zh-CN",
        has_touch=size == "phone", is_mobile=size == "phone", accept_downloads=True,
    )  # fmt: skip
    context.set_default_timeout(8000)
    visitor = Visit(context.new_page(), site)
    yield visitor
    context.close()
    assert visitor.outside() == []
    assert visitor.problems == []
