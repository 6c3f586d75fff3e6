"""Each rule: a defect that is planted in a board without findings yields its message and no other."""

from copy import deepcopy

import pytest

from tests.checks.dashboards.small_board import RATE, SQL, item, lint, small_board

TITLE, COUNTER, LINE, TABLE, FILTER = range(5)


def _widget(board, number):
    return board["pages"][0]["layout"][number]["widget"]


def _field(board, number, expression, at=0):
    _widget(board, number)["queries"][0]["query"]["fields"][at]["expression"] = expression


def _sql(board, *lines):
    board["datasets"][0]["queryLines"] = [line + "\n" for line in lines]


def _columns_and(board, line):
    board["datasets"][0]["queryLines"] = [SQL[0], f"  {line},\n", *SQL[1:]]


def _second_dataset(board, lines):
    board["datasets"].append({"name": "more", "displayName": "More", "queryLines": lines})
    extra = item("extra", "table", 2, 9, {"segment": "`segment`"}, {"columns": [{"fieldName": "segment"}]})
    extra["widget"]["queries"][0]["query"]["datasetName"] = "more"
    board["pages"][0]["layout"].append(extra)


def _second_page(board):
    board["pages"].append(deepcopy(board["pages"][0]))
    board["pages"][1]["layout"] = [deepcopy(board["pages"][0]["layout"][TITLE])]
    board["pages"][1]["layout"][0]["widget"]["name"] = "second_title"


def _set(*path_and_value):
    *path, last, value = path_and_value

    def change(board):
        for key in path:
            board = board[key]
        board[last] = value

    return change


def _on(number, *path_and_value):
    return _set("pages", 0, "layout", number, "widget", *path_and_value)


W = {TITLE: "title", COUNTER: "rate", LINE: "trend", TABLE: "detail", FILTER: "dates"}


def _at(number):
    return f"page main, widget {W[number]}: "


PLANTED = {
    "unknown type": (
        _on(LINE, "spec", "widgetType", "spline"),
        _at(LINE) + "unknown type spline; use one of counter, table, ",
    ),
    "wrong version": (
        _on(TABLE, "spec", "version", 1),
        _at(TABLE) + "table has version 1; write 2, the platform draws no other",
    ),
    "a field that is not in the query": (
        _on(TABLE, "spec", "encodings", "columns", [{"fieldName": "segment"}, {"fieldName": "n"}, {"fieldName": "m"}]),
        _at(TABLE) + "encodings name the field m, which is not in its query; both names must be the same",
    ),
    "a field that is not drawn": (
        _on(TABLE, "spec", "encodings", "columns", [{"fieldName": "n"}]),
        _at(TABLE) + "field segment of main_query is not drawn but splits the groups; remove it or encode it",
    ),
    "a field twice": (
        lambda b: _widget(b, COUNTER)["queries"][0]["query"]["fields"].append({"name": "rate", "expression": RATE}),
        _at(COUNTER) + "field rate comes twice; keep one",
    ),
    "no field for an axis": (
        lambda b: (
            _widget(b, LINE)["spec"]["encodings"].pop("x"),
            _widget(b, LINE)["queries"][0]["query"]["fields"].pop(0),
        ),
        _at(LINE) + "line has no field for x; add encodings.x",
    ),
    "a counter with color": (
        _on(COUNTER, "spec", "encodings", "color", {}),
        _at(COUNTER) + "a counter takes no color; remove encodings.color",
    ),
    "an unknown dataset": (
        _on(LINE, "queries", 0, "query", "datasetName", "weeks"),
        _at(LINE) + "there is no dataset weeks; name one of days",
    ),
    "an unknown query": (
        _on(FILTER, "spec", "encodings", "fields", 0, "queryName", "other"),
        [
            _at(FILTER) + "queryName other is none of its queries; name one of main_query",
            _at(FILTER) + "field event_date of main_query is not drawn but splits the groups; remove it or encode it",
        ],
    ),
    "another name of the query": (
        _on(LINE, "queries", 0, "name", "q"),
        _at(LINE) + "has 1 queries or another name; a chart has one query, named main_query",
    ),
    "a disaggregated filter": (
        _on(FILTER, "queries", 0, "query", "disaggregated", True),
        _at(FILTER) + "query main_query of a filter has disaggregated true; set it to false",
    ),
    "a disaggregated aggregate": (
        _on(COUNTER, "queries", 0, "query", "disaggregated", True),
        _at(COUNTER) + "field rate aggregates while disaggregated is true; set it to false",
    ),
    "text in two lines": (
        _on(TITLE, "multilineTextboxSpec", "lines", ["# Payments", "of all days"]),
        _at(TITLE) + "2 lines are drawn as one; use a text widget for each line",
    ),
    "no title": (
        _on(TITLE, "multilineTextboxSpec", "lines", ["## Payments"]),
        "page main: 0 titles; write one text widget whose line begins with '# '",
    ),
    "a chart without a title": (
        _on(LINE, "spec", "frame", "title", ""),
        _at(LINE) + "pages.layout.widget.spec.frame.title: String should have at least 1 character; write what is seen",
    ),
    "an illegal name": (
        _on(LINE, "name", "a trend"),
        "page main, widget a trend: pages.layout.widget.name: String should match pattern '^[A-Za-z0-9_-]{1,60}$';"
        " use letters, digits, _ and - only, 60 at most",
    ),
    "a name that is too long": (
        _on(LINE, "name", "a" * 61),
        f"page main, widget {'a' * 61}: pages.layout.widget.name: String should match pattern"
        " '^[A-Za-z0-9_-]{1,60}$'; use letters, digits, _ and - only, 60 at most",
    ),
    "a name twice": (
        _on(LINE, "name", "rate"),
        "page main, widget rate: the name rate is taken by another widget; names are unique in a dashboard",
    ),
    "a page twice": (
        _second_page,
        "page main: the name main is taken by another page; names are unique in a dashboard",
    ),
    "neither text nor chart": (
        lambda b: _widget(b, TITLE).pop("multilineTextboxSpec"),
        [
            "page main: 0 titles; write one text widget whose line begins with '# '",
            _at(TITLE) + "has both a text and a spec, or neither; a widget is a text or a chart",
        ],
    ),
    "no page type": (
        lambda b: b["pages"][0].pop("pageType"),
        "page main: pages.pageType: Field required; add it",
    ),
    "no layout version": (
        _set("pages", 0, "layoutVersion", "GRID_V9"),
        "page main: pages.layoutVersion: Input should be 'GRID_V1'; use one of these",
    ),
    "a gap": (
        _set("pages", 0, "layout", LINE, "position", "width", 6),
        "page main: row 3 has a gap; widgets of a row fill 12 columns",
    ),
    "an overlap": (
        _set("pages", 0, "layout", LINE, "position", "height", 3),
        _at(TABLE) + "lies over trend; move one of them",
    ),
    "beyond the grid": (
        lambda b: b["pages"][0]["layout"][FILTER].update(position={"x": 6, "y": 7, "width": 12, "height": 2}),
        _at(FILTER) + "columns 6 to 18 of 12; make it narrower or move it left",
    ),
    "an unused dataset": (
        lambda b: b["datasets"].append(b["datasets"][0] | {"name": "other"}),
        "dataset other: no widget uses it; remove it, or show it",
    ),
    "a line of SQL without its end": (
        _set("datasets", 0, "queryLines", 1, "  event_date,"),
        "dataset days: query line 2 is joined with the next as it is; end each line of SQL with one \\n",
    ),
    "SQL that does not parse": (
        _set("datasets", 0, "queryLines", 7, "FROM payments WHERE (payment_count > 1\n"),
        "dataset days: SQL does not parse: Expecting ) (line 8 of the query); correct it",
    ),
    "two statements": (
        _set("datasets", 0, "queryLines", 7, "FROM payments; SELECT 1\n"),
        "dataset days: SQL is not one query; write a single SELECT without a semicolon",
    ),
    "SQL that writes": (
        lambda b: _sql(b, "DROP TABLE payments"),
        "dataset days: SQL is not one query; write a single SELECT without a semicolon",
    ),
    "a qualified table": (
        _set("datasets", 0, "queryLines", 7, "FROM prod.gold.payments\n"),
        "dataset days: prod.gold.payments is a qualified name; write payments, catalog and schema are set when it is"
        " published",
    ),
    "a missing table": (
        _set("datasets", 0, "queryLines", 7, "FROM refunds\n"),
        "dataset days: there is no table refunds; take one of docs/gold.md or a pipeline's table",
    ),
    "a missing column": (
        lambda b: _columns_and(b, "issuer"),
        "dataset days: SQL names what is not there: Column 'issuer' could not be resolved",
    ),
    "a star": (
        lambda b: _sql(b, "SELECT * FROM payments"),
        "dataset days: output column 1 has no name; list the columns, each with its name",
    ),
    "a column without a name": (
        lambda b: _columns_and(b, "payment_count + 1"),
        "dataset days: output column 1 has no name; list the columns, each with its name",
    ),
    "a column twice": (
        lambda b: _columns_and(b, "event_date"),
        "dataset days: column event_date comes twice; rename one",
    ),
    "a parameter": (
        _set("datasets", 0, "queryLines", 7, "FROM payments WHERE segment = :segment\n"),
        "dataset days: parameter :segment gets no value; filter by a column instead",
    ),
    "a mean of ratios in SQL": (
        lambda b: _second_dataset(b, ["SELECT segment, avg(approved_count / payment_count) AS rate\n",
                                      "FROM payments GROUP BY segment\n"]),
        "dataset more: AVG(approved_count / payment_count) averages ratios;"
        " divide the sum of the parts by the sum of the wholes",
    ),
    "a sum of ratios in a widget": (
        lambda b: _field(b, LINE, "SUM(`approval`)", at=1),
        _at(LINE) + "field payments: SUM(`approval`) adds up ratios;"
        " divide the sum of the parts by the sum of the wholes",
    ),
    "a column that the dataset lacks": (
        lambda b: _field(b, TABLE, "`country`"),
        _at(TABLE) + "field segment: `country`: the dataset has no column country; it has approval, approval_pct,"
        " approved_count, event_date, payment_count, segment",
    ),
    "a function that pages cannot compute": (
        lambda b: _field(b, TABLE, "upper(`segment`)"),
        _at(TABLE) + "field segment: upper(`segment`): holds UPPER(`segment`); use columns, SUM, COUNT, AVG, MIN, MAX,"
        " + - * /, NULLIF, COALESCE, ROUND and DATE_TRUNC, or compute it in the dataset",
    ),
    "an expression that does not parse": (
        lambda b: _field(b, TABLE, "SUM(`segment`", at=1),
        _at(TABLE) + "field n: SUM(`segment`: does not parse; correct the syntax",
    ),
    "an aggregate of an aggregate": (
        lambda b: _field(b, LINE, "SUM(COUNT(`segment`))", at=1),
        _at(LINE) + "field payments: SUM(COUNT(`segment`)): has an aggregate within an aggregate; aggregate once",
    ),
    "a column beside an aggregate": (
        lambda b: _field(b, COUNTER, "SUM(`approved_count`) / `payment_count`"),
        _at(COUNTER) + "field rate: SUM(`approved_count`) / `payment_count`: mixes a column with an aggregate;"
        " aggregate the column too",
    ),
    "a unit that pages cannot truncate to": (
        lambda b: _field(b, LINE, 'DATE_TRUNC("QUARTER", `event_date`)'),
        _at(LINE) + 'field day: DATE_TRUNC("QUARTER", `event_date`): truncates to QUARTER;'
        " use one of HOUR, DAY, WEEK, MONTH",
    ),
    "text on a scale of numbers": (
        lambda b: _field(b, LINE, "MAX(`segment`)", at=1),
        _at(LINE) + "field payments is a text, and a quantitative needs a number; choose another field",
    ),
    "text on a scale of time": (
        lambda b: _field(b, LINE, "`segment`"),
        _at(LINE) + "field day is a text, and a temporal needs a time; choose another field",
    ),
    "a date filter on text": (
        lambda b: _field(b, FILTER, "`segment`"),
        _at(FILTER) + "field event_date is a text, and a filter-date-range-picker needs a time; choose another field",
    ),
    "percent of what is no ratio": (
        lambda b: _field(b, COUNTER, "SUM(`payment_count`)"),
        _at(COUNTER) + "field rate is shown as percent but is no ratio from 0 to 1; divide, or use another format",
    ),
    "percent of 0 to 100": (
        lambda b: _field(b, COUNTER, "MAX(`approval_pct`)"),
        _at(COUNTER) + "field rate is shown as percent but is no ratio from 0 to 1; divide, or use another format",
    ),
    "an unknown format": (
        _on(COUNTER, "spec", "encodings", "value", "format", {"type": "percent"}),
        _at(COUNTER) + "field rate has the unknown format percent; use one of number, number-plain, number-currency,"
        " number-percent",
    ),
    "a number format on text": (
        _on(TABLE, "spec", "encodings", "columns", 0, "format", {"type": "number"}),
        _at(TABLE) + "field segment is a text with the format number; remove the format",
    ),
    "a filter that leaves a dataset out": (
        lambda b: _second_dataset(b, list(SQL)),
        _at(FILTER) + "does not act on dataset more, which has event_date too; add a query for it",
    ),
    "no datasets": (
        _set("datasets", []),
        "datasets: List should have at least 1 item after validation, not 0; write it as the format asks",
    ),
}  # fmt: skip


def test_a_board_without_defects_has_no_finding():
    assert lint(small_board()) == []


@pytest.mark.parametrize("defect", PLANTED)
def test_a_defect_yields_its_message_and_no_other(defect):
    plant, expected = PLANTED[defect]
    board = small_board()
    plant(board)

    found = lint(board)

    expected = [expected] if isinstance(expected, str) else expected
    assert len(found) == len(expected), found
    for message, wanted in zip(found, expected, strict=True):
        assert message.startswith(wanted)
        assert "; " in message  # what is wrong; what to change


def test_weights_may_be_added_up():
    board = small_board()
    _second_dataset(board, ["SELECT segment, sum(1 / payment_count) AS weight FROM payments GROUP BY segment\n"])
    assert lint(board) == []


def test_columns_of_a_metric_view_are_not_guessed():
    board = small_board()
    _second_dataset(board, ["SELECT `Any Name` AS segment FROM metrics\n"])
    assert lint(board) == []


def test_a_global_filter_reaches_every_page():
    board = small_board()
    _second_page(board)
    board["pages"][1] |= {"name": "filters", "pageType": "PAGE_TYPE_GLOBAL_FILTERS"}
    board["pages"][1]["layout"] = [board["pages"][0]["layout"].pop(FILTER)]
    assert lint(board) == []
    _second_dataset(board, list(SQL))
    board["pages"][0]["layout"][-1]["position"]["y"] = 7
    assert lint(board) == [
        "page filters, widget dates: does not act on dataset more, which has event_date too; add a query for it"
    ]
