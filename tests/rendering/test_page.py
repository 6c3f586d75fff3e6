"""The HTML of a page: alone in its file, safe whatever the data are, the same for the same data."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from include.rendering import page, widgets
from include.rendering.datasets import Dataset
from include.rendering.widgets import Board
from tests.rendering import sample

AT = (0, 0, 1, 1)
COLUMNS = (("name", "STRING"), ("n", "BIGINT"), ("day", "DATE"), ("at", "TIMESTAMP"), ("ok", "BOOLEAN"))


@pytest.fixture(scope="module")
def text() -> str:
    return page.html(sample.board(), sample.datasets(), title=sample.SCRIPT, as_of=sample.AS_OF)


def described(widget: dict, dataset: Dataset | None = None) -> dict:
    datasets = {
        "d": dataset or Dataset("SELECT 1", COLUMNS, [["x", "1", "2026-11-01", "2026-11-01T10:00:00Z", "true"]], 0.1)
    }
    return widgets.describe(Board({"datasets": [], "pages": []}, datasets), widget["widget"])


def bar(**more) -> dict:
    fields = {"name": "`name`", "n": more.pop("measure", "SUM(`n`)")}
    return sample.widget("w", more.pop("kind", "bar"), more.pop("dataset", "d"), fields,
                         {"x": {"fieldName": "name"}, "y": {"fieldName": "n"}}, (0, 0, 6, 6), **more)  # fmt: skip


class _Tags(HTMLParser):
    """The tags of a page, with their attributes, as a browser sees them."""

    def __init__(self, text: str):
        super().__init__()
        self.seen: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))


def test_the_file_refers_to_nothing_outside_of_it(text):
    tags = _Tags(text).seen

    assert {tag for tag, _ in tags} == {"html", "head", "meta", "title", "style", "body", "noscript", "script"}
    assert not [attributes for _, attributes in tags if {"src", "href"} & set(attributes)]
    policy = next(attributes["content"] for _, attributes in tags if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "eval" not in policy


def test_only_the_pages_own_scripts_may_run(text):
    policy = re.search(r"script-src ([^;]*);", text)[1].split()
    scripts = re.findall(r"<script>(.*?)</script>", text, flags=re.S)
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts]

    assert policy == hashes and len(scripts) == 6


def test_data_cannot_leave_its_block(text):
    hostile = "</script><!--<script>\u2028\u2029&"

    assert "<script>window.hacked" not in text
    assert not set("<>&\u2028\u2029") & set(page.embedded({hostile: hostile}))
    assert json.loads(page.embedded({hostile: hostile})) == {hostile: hostile}


def test_the_same_data_give_the_same_file(text):
    assert page.html(sample.board(), sample.datasets(), title=sample.SCRIPT, as_of=sample.AS_OF) == text


def test_values_are_read_by_their_sql_type():
    rows = [["x", "12345678901234567", "2026-11-01", "2026-11-01T10:00:00.5Z", "false"], [None] * 5]
    dataset = Dataset("", (*COLUMNS[:1], ("n", "DECIMAL(20,2)"), *COLUMNS[2:]), rows, 0.0)

    day = 1793491200000
    assert dataset.data() == [
        ["x", None],
        [12345678901234568.0, None],
        [day, None],
        [day + 36_000_500, None],
        [False, None],
    ]
    assert Dataset("", (("x", "DOUBLE"),), [["NaN"], ["Infinity"], ["1e3"]], 0.0).data() == [[None, None, 1000]]
    assert Dataset("", (("x", "ARRAY<INT>"),), [["[1]"]], 0.0).kinds == {"x": "text"}


def ordered() -> dict:
    widget = bar()
    widget["widget"]["queries"][0]["query"]["orders"] = [{"direction": "DESC", "expression": "`n`"}]
    return widget


@pytest.mark.parametrize(
    ("widget", "reason"),
    [
        (bar(measure="MEDIAN(`n`)"), "MEDIAN"),
        (bar(measure="SUM(`missing`)"), "no column missing"),
        (bar(kind="sankey"), "sankey"),
        (bar(dataset="other"), "other was not executed"),
        (bar(filters=[{"expression": "SUM(`n`) > 1"}]), "cannot aggregate"),
        (bar(raw=True), "disaggregated"),
        (ordered(), "does not read orders"),
        (sample.widget("w", "counter", "d", {"n": "SUM(`n`)"}, {"value": {"fieldName": "m"}}, AT), "no such field"),
        (sample.widget("w", "counter", "d", {"n": "SUM(`n`)"}, {}, AT), "lacks 'value'"),
        (sample.widget("w", "histogram", "d", {"n": "`n`", "c": "COUNT(*)"},
                       {"x": {"fieldName": "n"}, "y": {"fieldName": "c"}}, AT), "BIN_FLOOR"),
        (sample.widget("w", "choropleth-map", "d", {"n": "SUM(`n`)"},
                       {"region": {"admin1": {"fieldName": "n"}}, "color": {"fieldName": "n"}}, AT), "admin0"),
        (sample.filter_of("w", "filter-date-range-picker", "Day", "name", ("d",), AT), "dates or times"),
        (sample.filter_of("w", "filter-single-select", "X", "missing", ("d",), AT), "no column missing"),
        ({"widget": {"name": "w"}}, "is missing"),
    ],
)  # fmt: skip
def test_a_widget_that_cannot_be_drawn_says_why(widget, reason):
    assert reason in described(widget)["problem"]


def test_a_filter_on_a_parameter_or_with_a_relative_default_is_refused():
    widget = sample.filter_of("w", "filter-date-range-picker", "Day", "day", ("d",), AT)
    widget["widget"]["spec"]["selection"] = {"defaultSelection": {"range": {"min": {"value": "now-12M/M"}}}}
    assert "relative" in described(widget)["problem"]

    widget["widget"]["spec"]["encodings"]["fields"] = [{"parameterName": "p", "queryName": "q_d"}]
    assert "parameter p" in described(widget)["problem"]
