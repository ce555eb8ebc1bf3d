"""From the click to the map on the desk's page, in Chromium.

Run ``python -m benchmarks.desk`` (``--quick`` for the embedded area alone). A point is pasted and
sent, again and again, on an embedded area and on a made county of the size of a real one; the
time runs from the click until the map draws the first shape. The first click after the start,
which finds nothing read yet, is what a warm process is compared with.
"""

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks import review

ROUNDS, MOST_S = 9, 2.0
PAUSE_S = 6.0
"""Between two clicks: a reviewer looks at the result, and another process gets ready."""

PLACES = {
    "qinshui": ("112.2, 35.7", "EPSG:4490"),
    "made": ("4030000, 470000", "EPSG:4526"),
}
CHROMIUM = "/usr/bin/chromium"


def main(arguments: list[str] | None = None) -> int:
    """Print what it takes; 1 where the median is above two seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the embedded area alone")
    options = parser.parse_args(arguments)
    slow = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = {"qinshui": ["--area", "qinshui"]}
        if not options.quick:
            (folder / "county").mkdir()
            review.make(folder / "county", 1)
            places["made"] = ["--workspace", str(folder / "county")]
        for place, where in places.items():
            clicks, cold = _measured(where, folder / place, *PLACES[place])
            middle = statistics.median(clicks)
            slow |= middle > MOST_S
            sys.stdout.write(
                f"{place}: click to map {middle:.2f} s ({min(clicks):.2f}-{max(clicks):.2f}, "
                f"{len(clicks)} clicks); without a warm process {cold / middle:.1f} times as long\n"
            )
    return int(slow)


def _measured(where: list[str], data: Path, text: str, crs: str) -> tuple[list[float], float]:
    """Return the seconds of each click, and those of the first, that found nothing ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "scripts.shanhe", "desk", *where, "--data", str(data)]
    desk = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address)
        return _clicks(address, text, crs)
    finally:
        desk.terminate()
        desk.wait()


def _wait(address: str) -> None:
    for _ in range(600):
        try:
            httpx.get(address)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(address)


def _clicks(address: str, text: str, crs: str) -> tuple[list[float], float]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - an extra

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(300_000)
        cold = _click(page, address, text, crs)
        seconds = []
        for _ in range(ROUNDS):
            time.sleep(max(PAUSE_S, 2 * cold))
            seconds.append(_click(page, address, text, crs))
        browser.close()
    return seconds, cold


def _click(page: Any, address: str, text: str, crs: str) -> float:
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("html.ready")
    page.fill("#pasted", text)
    page.check("input[value=points]")
    page.select_option("#crs", crs)
    started = time.perf_counter()
    page.click("#send")
    page.wait_for_selector("#map path")
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
