"""How long a dashboard takes to export, and each of its pages to be drawn: as a picture, and in a browser.

The dashboard is the sample of the tests, with every type of widget, and any that a run left under reports/.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench import Figure
from include.rendering import page, picture
from tests.rendering import sample

_REPORTS = Path(__file__).resolve().parents[1] / "reports"
_DRAWN = "body[aria-busy=false]"


def run() -> list[Figure]:
    board, datasets = sample.board(), sample.datasets()
    figures = []
    for name in ("first of a process", "after the first"):
        began = time.perf_counter()
        text = page.html(board, datasets, title="Sample", as_of=sample.AS_OF)
        figures.append(Figure(f"export as HTML, {name}", time.perf_counter() - began, "s"))
    figures.append(Figure("size of the HTML", len(text.encode()) / 1e6, "MB"))
    for name in ("overview", "detail"):
        began = time.perf_counter()
        picture.png(board, datasets, name)
        figures.append(Figure(f"PNG of page {name}", time.perf_counter() - began, "s", 1.0))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "sample.html"
        path.write_text(text, encoding="utf-8")
        found = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for export in (path, *sorted(_REPORTS.glob("**/*.html"))):
            figures += _drawn(browser, export)
        browser.close()
    return figures


def _drawn(browser: Browser, path: Path) -> Iterator[Figure]:
    """Seconds from opening the file, or choosing a tab, until everything on the page is drawn."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    began = time.perf_counter()
    opened.goto(path.as_uri())
    opened.wait_for_selector(_DRAWN)
    yield Figure(f"{path.stem} in Chromium, opened", time.perf_counter() - began, "s", 1.0)
    for tab in opened.get_by_role("tab").all()[1:]:
        name = tab.inner_text()
        began = time.perf_counter()
        tab.click()
        opened.wait_for_selector(_DRAWN)
        yield Figure(f"{path.stem} in Chromium, tab {name}", time.perf_counter() - began, "s", 1.0)
    opened.close()
