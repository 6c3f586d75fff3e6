"""A real browser: Debian's Chromium (or Chrome), driven headless, with every page watched for errors and requests."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from include.rendering import page as rendering
from tests.rendering import sample

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MISSING = (
    "No Chromium was found for the browser tests. Install it (`apt-get install -y chromium` on Debian or Ubuntu), set "
    "CHROMIUM to its path, or leave these tests out with `--ignore=tests/browser`."
)


# Of a module: Playwright's event loop stays in this thread as long as its driver, and no test after that could start
# one of its own (seen on 2026-11-24).
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if not found:
        pytest.fail(_MISSING)
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def exported(tmp_path_factory) -> Path:
    """The page of the sample dashboard, as a file on disk."""
    path = tmp_path_factory.mktemp("exports") / "sample.html"
    text = rendering.html(sample.board(), sample.datasets(), title=f"Payments {sample.SCRIPT}", as_of=sample.AS_OF)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """`opened(path, width, scheme)` is the page once drawn. At the end no page had an error or asked the network."""
    contexts, troubles = [], []

    def open_page(path: Path, width: int = 1280, scheme: str = "light") -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda message: troubles.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: troubles.append(request.url) if request.url != path.as_uri() else None)
        page.goto(path.as_uri())
        drawn(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def drawn(page: Page) -> None:
    """Waits until the page has drawn what was last asked for."""
    page.wait_for_selector("body[aria-busy=false]")
