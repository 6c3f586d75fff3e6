"""Where a finding is: line, page and widget; and what cannot be read at all."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from include.checks.dashboards import file_findings, findings_in
from tests.checks.dashboards.small_board import TABLES, lint, small_board

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


def _paths(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _paths(inner, (*path, key))


def test_the_line_is_that_of_the_widget():
    board = small_board()
    board["pages"][0]["layout"][3]["widget"]["spec"]["version"] = 1
    text = json.dumps(board, indent=2)
    line = next(n for n, one in enumerate(text.splitlines(), 1) if '"name": "detail"' in one) - 1

    [found] = findings_in(text, "dashboards/a.lvdash.json", TABLES)

    assert found.startswith(f"dashboards/a.lvdash.json:{line}: page main, widget detail: table has version 1")


def test_a_file_that_is_not_json_has_line_and_column():
    found = list(findings_in('{\n  "datasets": [,]\n}', "dashboards/a.lvdash.json", TABLES))
    assert found == [
        "dashboards/a.lvdash.json:2: not JSON: Expecting value, column 16; correct the syntax there"
    ]  # fmt: skip


def test_what_is_too_deep_or_too_long_is_a_finding():
    for text in ("[" * 100_000, '{"a":' * 100_000, "1" * 5000):
        [found] = findings_in(text, "dashboards/a.lvdash.json", TABLES)
        assert found.startswith("dashboards/a.lvdash.json:1: ")


def test_a_file_has_the_name_of_a_dashboard_and_is_utf_8(tmp_path):
    path = tmp_path / "My Board.lvdash.json"
    path.write_bytes(b"{\xff}")
    assert list(file_findings(path, tables=TABLES)) == [
        "dashboards/My Board.lvdash.json:1: the file is named after the dashboard's id; use lower-case letters, digits"
        " and _ only",
        "dashboards/My Board.lvdash.json:1: not UTF-8 at byte 1; save the file as UTF-8",
    ]


@given(ANYTHING)
def test_any_json_has_findings_and_raises_nothing(value):
    assert lint(json.dumps(value))


@settings(max_examples=300)
@given(st.data())
def test_a_board_with_anything_in_any_place_raises_nothing(data):
    board = small_board()
    *way, last = data.draw(st.sampled_from([path for path in _paths(board) if path]))
    inner = board
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(ANYTHING)
    for finding in lint(json.dumps(board)):
        assert finding


@given(st.text(max_size=60))
def test_any_text_as_sql_or_expression_raises_nothing(text):
    board = small_board()
    board["datasets"][0]["queryLines"] = [text + "\n"]
    lint(board)
    board = small_board()
    board["pages"][0]["layout"][1]["widget"]["queries"][0]["query"]["fields"][0]["expression"] = text
    assert lint(board)
