"""Exported pages in a real browser: they draw everything, alone and without errors; their numbers are DuckDB's."""

import datetime

import duckdb
import pytest

from include.rendering import page as rendering
from include.rendering.datasets import Dataset
from tests.browser.conftest import drawn
from tests.rendering import sample

CHARTS = ("trend", "volume", "by_network", "by_segment", "declines")
DETAIL = ("world", "heat", "scatter", "histogram", "combo", "merchant_bars")


@pytest.fixture(scope="session")
def payments():
    """The sample's payments in DuckDB."""
    connection = duckdb.connect()
    dataset = sample.datasets()["ds_daily"]
    connection.execute(f"CREATE TABLE s ({', '.join(f'{name} {kind}' for name, kind in dataset.columns)})")
    connection.executemany(f"INSERT INTO s VALUES ({', '.join('?' * len(dataset.columns))})", dataset.rows)
    return lambda sql: connection.execute(sql).fetchone()[0]


def card(page, name: str):
    return page.locator(f'[data-widget="{name}"]')


def headline(page, name: str) -> str:
    return card(page, name).locator(".value").inner_text()


def cells(page, name: str, column: int) -> list[str]:
    return card(page, name).locator(f"tbody td:nth-child({column})").all_inner_texts()


def detail(page):
    page.get_by_role("tab", name="Detail").click()
    drawn(page)
    return page


def test_every_widget_is_drawn(opened, exported):
    page = opened(exported)

    for name in CHARTS:
        assert card(page, name).locator(".plot svg [role='graphics-symbol']").count() > 0, name
        said = card(page, name).locator(".plot").get_attribute("aria-label")
        assert said.startswith(card(page, name).locator("h3").inner_text()), name
    assert card(page, "trend").locator(".mark-line path").count() == len(sample.NETWORKS)
    assert card(page, "volume").locator(".mark-line path").count() == 2
    first = card(page, "by_network").locator(".mark-rect [role='graphics-symbol']").first.get_attribute("aria-label")
    assert first == "Network: visa; Payments: 121,428"
    assert len(cells(page, "cells", 1)) == 16
    detail(page)
    for name in DETAIL:
        assert card(page, name).locator(".plot svg [role='graphics-symbol']").count() > 0, name
    assert "Not on the map" in card(page, "world").inner_text() and "SG" in card(page, "world").inner_text()


def test_numbers_are_those_of_the_query(opened, exported, payments):
    page = opened(exported)

    assert headline(page, "payments") == f"{payments('SELECT sum(payments) FROM s'):,}"
    assert headline(page, "latency") == f"{payments('SELECT avg(latency_ms) FROM s'):.0f} ms"
    rate = "SELECT 100.0 * sum(approved) / sum(payments) FROM s WHERE event_date {} DATE '2026-11-08'"
    now, before = payments(rate.format(">=")), payments(rate.format("<"))
    assert headline(page, "rate") == f"{now:.1f}%"
    assert card(page, "rate").locator(".target").inner_text() == f"▼ {abs(now - before):.1f} ppbefore {before:.1f}%"
    assert page.locator(".top").inner_text().endswith("As of 2026-11-22 23:59 UTC")


def test_filters_recompute_counters_charts_and_tables_until_they_are_reset(opened, exported, payments):
    page = opened(exported)
    everything = headline(page, "payments")
    page.get_by_label("Date: from").fill("2026-11-01")
    page.get_by_label("Date: to").fill("2026-11-07")
    page.locator(".filters .multi summary").click()
    page.get_by_role("checkbox", name="visa").check()
    page.get_by_role("checkbox", name="elo").check()
    drawn(page)

    where = "WHERE network IN ('visa', 'elo') AND event_date BETWEEN '2026-11-01' AND '2026-11-07'"
    assert headline(page, "payments") == f"{payments(f'SELECT sum(payments) FROM s {where}'):,}"
    assert sorted(set(cells(page, "cells", 1))) == ["elo", "visa"]
    labels = card(page, "by_network").locator(".mark-text text").all_text_contents()
    by_network = f"SELECT sum(payments) FROM s {where} AND network = 'elo'"
    assert f"{payments(by_network):,}" in labels
    detail(page)
    assert card(page, "histogram").locator("[role='graphics-symbol']").first.is_visible()
    page.get_by_role("tab", name="Overview").click()
    page.get_by_role("button", name="Reset filters").click()
    drawn(page)
    assert headline(page, "payments") == everything


def test_filters_of_a_page_act_on_that_page_alone(opened, exported):
    page = detail(opened(exported))
    card(page, "f_segment").get_by_role("combobox").select_option("Travel")
    card(page, "f_day").locator("input").fill("2026-11-03")
    drawn(page)

    labels = card(page, "heat").locator(".mark-rect [role='graphics-symbol']").count()
    assert labels == len(sample.NETWORKS)
    page.get_by_role("tab", name="Overview").click()
    drawn(page)
    assert len(cells(page, "cells", 1)) == 16


def test_filters_that_leave_nothing_say_so(opened, exported):
    page = opened(exported)
    page.get_by_label("Date: from").fill("2026-12-01")
    drawn(page)

    assert card(page, "payments").locator(".state").inner_text() == "no rows under these filters"
    assert card(page, "trend").locator(".state").inner_text() == "no rows under these filters"
    page.get_by_role("button", name="Reset filters").click()
    drawn(page)
    assert card(page, "trend").locator("svg").count() == 1


def test_tables_sort_and_page(opened, exported):
    page = detail(opened(exported))
    table = card(page, "merchants")

    assert len(cells(page, "merchants", 1)) == 25
    assert "1–25 of 120" in table.inner_text()
    table.get_by_role("button", name="Payments").click()
    assert cells(page, "merchants", 2)[:2] == ["1,000", "993"]
    table.get_by_role("button", name="Payments").click()
    assert cells(page, "merchants", 2)[:2] == ["789", "790"]
    assert table.locator("th[aria-sort=ascending]").inner_text().startswith("Payments")
    for _ in range(4):
        table.get_by_role("button", name="Next page").click()
    assert len(cells(page, "merchants", 1)) == 20
    assert table.locator("td.right").count() == 40


def test_data_is_text_wherever_it_is_shown(opened, exported):
    page = detail(opened(exported))

    assert page.evaluate("window.hacked") is None
    assert page.locator("img, iframe, object, a").count() == 0
    assert page.locator("h1").inner_text() == f"Payments {sample.SCRIPT}"
    names = cells(page, "merchants", 1)
    assert (
        names[0] == sample.SCRIPT
        and names[1].startswith("Longest merchant Longest")
        and names[2:4] == sample.NASTY[2:4]
    )
    labels = card(page, "merchant_bars").locator(".role-axis-label text").all_text_contents()
    assert {"null", "(no value)", "(empty)", "a|b"} <= set(labels)
    assert any(label.startswith("<script>") for label in labels)
    card(page, "merchant_bars").locator(".mark-rect [role='graphics-symbol']").first.hover()
    assert page.locator(".tip").inner_text().startswith("merchant")
    assert sample.SCRIPT in page.locator(".tip").inner_text()
    card(page, "f_merchant").locator("summary").click()
    options = card(page, "f_merchant").locator("label").all_inner_texts()
    assert any(option.startswith("<script>") for option in options) and "(no value)" in options
    card(page, "f_merchant").locator("label", has_text="<script>").locator("input").check()
    drawn(page)
    assert cells(page, "merchants", 1) == [sample.SCRIPT]
    assert page.evaluate("window.hacked") is None


def test_what_cannot_be_drawn_says_why_and_the_rest_is_drawn(opened, exported):
    page = detail(opened(exported))

    assert card(page, "alerts").locator(".state").inner_text() == "none"
    assert card(page, "nothing").locator(".state").inner_text() == "no rows"
    assert "TABLE_OR_VIEW_NOT_FOUND" in card(page, "broken").locator("[role=alert]").inner_text()
    assert "sankey" in card(page, "sankey").locator("[role=alert]").inner_text()
    assert "first 120 rows; there were more" in card(page, "merchants").inner_text()


def test_the_query_behind_a_widget_can_be_read(opened, exported):
    page = opened(exported)
    card(page, "by_network").locator("summary").focus()
    page.keyboard.press("Enter")
    shown = card(page, "by_network").locator(".query .panel").inner_text()

    assert sample.datasets()["ds_daily"].sql in shown
    assert "n = SUM(`payments`)" in shown and "480 rows in 0.412 s" in shown
    page.keyboard.press("Escape")
    assert not card(page, "by_network").locator(".query .panel").is_visible()


def test_the_tabs_and_filters_work_from_the_keyboard(opened, exported):
    page = opened(exported)
    page.get_by_role("tab", name="Overview").focus()
    page.keyboard.press("ArrowRight")
    drawn(page)

    assert page.get_by_role("tab", name="Detail").get_attribute("aria-selected") == "true"
    card(page, "f_segment").get_by_role("combobox").focus()
    page.keyboard.press("ArrowDown")
    drawn(page)
    assert card(page, "heat").locator(".mark-rect [role='graphics-symbol']").count() == len(sample.NETWORKS)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")])
def test_pages_fit_in_any_width_and_theme(opened, exported, tmp_path, width, scheme):
    page = opened(exported, width, scheme)

    for name in ("overview", "detail"):
        page.screenshot(path=tmp_path / f"{name}-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        widths = [
            box["width"] for box in map(lambda item: item.bounding_box(), page.locator("main:visible .card").all())
        ]
        assert min(widths) > (300 if width == 360 else 200)
        if name == "overview":
            detail(page)
    assert (page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor") == "rgb(18, 22, 28)") == (
        scheme == "dark"
    )


def test_a_change_of_theme_draws_again(opened, exported):
    page = opened(exported)
    light = card(page, "by_network").locator(".mark-rect path").first.get_attribute("fill")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "light => document.querySelector('[data-widget=by_network] .mark-rect path')?.getAttribute('fill') !== light",
        arg=light,
    )
    drawn(page)

    assert card(page, "by_network").locator(".mark-rect path").count() == 4


def test_ten_thousand_rows_are_drawn_and_sorted(opened, tmp_path):
    start = datetime.date(2020, 1, 1)
    rows = [
        [str(start + datetime.timedelta(days=at % 1000)), f"m{at}", str(at * 7919 % 10_007)] for at in range(10_000)
    ]
    dataset = Dataset("SELECT * FROM m", (("day", "DATE"), ("name", "STRING"), ("n", "BIGINT")), rows, 1.0)
    board = {"datasets": [{"name": "1", "displayName": "Many"}], "pages": [{"name": "p", "layout": [
        sample.widget("many", "table", "1", {"day": "`day`", "name": "`name`", "n": "`n`"},
                      {"columns": [{"fieldName": name} for name in ("day", "name", "n")]}, (0, 0, 12, 8), raw=True),
        sample.widget("line", "line", "1", {"day": "`day`", "n": "SUM(`n`)"},
                      {"x": {"fieldName": "day"}, "y": {"fieldName": "n"}}, (0, 8, 12, 6)),
    ]}]}  # fmt: skip
    path = tmp_path / "many.html"
    path.write_text(rendering.html(board, {"1": dataset}, title="Many", as_of=sample.AS_OF), encoding="utf-8")
    page = opened(path)
    card(page, "many").get_by_role("button", name="n", exact=True).click()

    assert cells(page, "many", 3)[0] == f"{max(int(row[2]) for row in rows):,}"
    assert "of 10,000" in card(page, "many").inner_text()
