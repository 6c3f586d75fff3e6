"""The twelve as they are exported, in a real browser: everything is drawn, and every figure is its query's answer.

Pictures of all pages are kept in pytest's folder `exports`, to be looked at.
"""

import itertools
import math
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from include.rendering import page as rendering
from include.rendering.datasets import Dataset
from tests.browser.conftest import browser, drawn, opened  # noqa: F401

from .conftest import BOARDS
from .house import widget_rows

AS_OF = datetime(2026, 11, 16, 23, 59, tzinfo=UTC)
_FIGURE = re.compile(
    r"(?P<minus>[−-])?[^\d.−-]{0,4}(?P<digits>\d[\d,]*)(?:\.(?P<places>\d+))?(?P<power>[KMBT]\b)?(?P<percent>%)?"
)
_POWERS = {None: 1, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
PAGE, MOST_PAGES = 25, 12
"""Rows on a page of a table, and how many pages are turned."""
MARKS = ", ".join(
    f".plot svg .mark-{kind}.role-mark [role='graphics-symbol']" for kind in ("rect", "arc", "symbol", "shape")
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("exports")


@pytest.fixture
def exported(folder, answers, board) -> Path:
    """The page of a dashboard, as a run exports it."""
    datasets = {}
    for one in BOARDS[board]["datasets"]:
        answer = answers[board, one["name"]]
        datasets[one["name"]] = Dataset("".join(one["queryLines"]), answer.columns, answer.rows, answer.seconds)
    path = folder / f"{board}.html"
    path.write_text(rendering.html(BOARDS[board], datasets, title=board, as_of=AS_OF), encoding="utf-8")
    return path


def _figure(text: str) -> tuple[float, float] | None:
    """What a text shows, and by how much it may be off for its rounding; None if it shows no number."""
    found = _FIGURE.search(text)
    if not found:
        return None
    unit = _POWERS[found["power"]] * (0.01 if found["percent"] else 1)
    value = float(f"{found['digits'].replace(',', '')}.{found['places'] or 0}") * unit
    return (-value if found["minus"] else value), 0.5 * 10 ** -len(found["places"] or "") * unit


def _is_shown(text: str, value) -> bool:
    if value is None:
        return _figure(text) is None
    if isinstance(value, date):
        return text.startswith(value.isoformat()[:10])
    shown, tolerance = _figure(text)
    return abs(shown - float(value)) <= tolerance * 1.001 + 1e-9


def _rows(duck, board: str, widget: dict) -> list[dict]:
    query = widget["queries"][0]["query"]
    return widget_rows(duck, f"{board}.{query['datasetName']}", query)


def _check_counter(duck, board: str, widget: dict, card) -> None:
    [row] = _rows(duck, board, widget)
    assert _is_shown(card.locator(".value").inner_text(), row[widget["spec"]["encodings"]["value"]["fieldName"]])


def _table(card) -> list[list[str]]:
    """The texts of all rows of a table, page by page."""
    found: list[list[str]] = []
    while True:
        found += card.locator("tbody").evaluate(
            "body => [...body.rows].map(row => [...row.cells].map(cell => cell.innerText))"
        )
        turn = card.get_by_role("button", name="Next page")
        if not turn.count() or turn.is_disabled():
            return found
        turn.click()


def _check_table(duck, board: str, widget: dict, card) -> None:
    rows = _rows(duck, board, widget)
    if not rows or len(rows) > PAGE * MOST_PAGES:
        assert card.locator("tbody tr").count() == min(len(rows), PAGE)
        return
    shown = _table(card)
    for at, column in enumerate(widget["spec"]["encodings"]["columns"]):
        expected = [row[column["fieldName"]] for row in rows]
        if all(isinstance(value, int | float | Decimal) for value in expected if value is not None):
            texts = sorted((cells[at] for cells in shown), key=lambda text: _figure(text) or (math.inf, 0))
            expected.sort(key=lambda value: math.inf if value is None else value)
            wrong = [pair for pair in zip(texts, expected, strict=True) if not _is_shown(*pair)]
            assert wrong == [], column["fieldName"]


def _check_chart(duck, board: str, widget: dict, card) -> None:
    """Every bar, slice, point and cell says its figures to those who cannot see it."""
    rows = _rows(duck, board, widget)
    assert bool(card.locator(".plot svg [role='graphics-symbol']").count()) == bool(rows), widget["name"]
    _check_labels(widget, card)
    said = card.locator(MARKS).evaluate_all("marks => marks.map(mark => mark.getAttribute('aria-label'))")
    quantities = list(_quantities(widget["spec"]["encodings"]))
    if any(len(fields) > 1 for fields in quantities):
        said = list(dict.fromkeys(said))  # a row has a mark for each of the fields, and every one says all
    for encoding in itertools.chain(*quantities):
        title = encoding.get("displayName", encoding["fieldName"])
        parts = [part for text in said for part in (text or "").split("; ")]
        found = (part.removeprefix(f"{title}: ") for part in parts if part.startswith(f"{title}: "))
        texts = sorted(filter(_figure, found), key=_figure)
        expected = sorted(row[encoding["fieldName"]] for row in rows if row[encoding["fieldName"]] is not None)
        assert len(texts) == len(expected), (widget["name"], title)
        wrong = [pair for pair in zip(texts, expected, strict=True) if not _is_shown(*pair)]
        assert wrong == [], (widget["name"], title)


def _check_labels(widget: dict, card) -> None:
    """A heatmap names each of its rows: the cells beside a missing name could not be read."""
    if widget["spec"]["widgetType"] == "heatmap":
        labels = card.locator(".plot svg [aria-label^='Y-axis'] .role-axis-label text")
        assert labels.count() > 1
        assert labels.evaluate_all("found => found.filter(one => one.getAttribute('opacity') === '0').length") == 0


def _quantities(encodings: dict) -> Iterator[list[dict]]:
    """What is drawn as a size or a place: the fields of each encoding."""
    for place in encodings.values():
        if isinstance(place, dict) and place.get("scale", {}).get("type") == "quantitative":
            axes = [place[axis] for axis in ("primary", "secondary") if axis in place] or [place]
            yield [field for axis in axes for field in axis.get("fields", [axis])]


@pytest.mark.parametrize("board", BOARDS)
def test_it_opens_alone_draws_every_widget_and_shows_the_figures_of_its_queries(
    opened, exported, folder, duck, board,  # noqa: F811
):  # fmt: skip
    page = opened(exported)
    contents = [one for one in BOARDS[board]["pages"] if one.get("pageType") != "PAGE_TYPE_GLOBAL_FILTERS"]
    for at, content in enumerate(contents):
        if len(contents) > 1:
            page.get_by_role("tab").nth(at).click()
            drawn(page)
        assert page.locator(".state.problem").count() == 0
        for widget in (place["widget"] for place in content["layout"] if place["widget"].get("spec")):
            card = page.locator(f'main:not([hidden]) [data-widget="{widget["name"]}"]')
            check = {"counter": _check_counter, "table": _check_table}.get(widget["spec"]["widgetType"], _check_chart)
            if not widget["spec"]["widgetType"].startswith("filter-"):
                check(duck, board, widget, card)
        page.screenshot(path=folder / f"{board}-{at + 1}.png", full_page=True)
