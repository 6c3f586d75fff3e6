"""A small dashboard without a finding, for tests that plant one, and the tables that it may read."""

import json

from include.checks.dashboards import findings_in

TABLES = {
    "payments": {"event_date": "DATE", "segment": "STRING", "payment_count": "BIGINT", "approved_count": "BIGINT"},
    "metrics": {},
}
SQL = [
    "SELECT\n", "  event_date,\n", "  segment,\n", "  payment_count,\n", "  approved_count,\n",
    "  approved_count / payment_count AS approval,\n", "  100 * approved_count / payment_count AS approval_pct\n",
    "FROM payments\n",
]  # fmt: skip
RATE = "SUM(`approved_count`) / NULLIF(SUM(`payment_count`), 0)"


def item(name: str, kind: str, version: int, y: int, fields: dict[str, str], encodings: dict, width: int = 12) -> dict:
    """A widget over the dataset `days` with its place, as it stands in a layout."""
    asked = [{"name": field, "expression": expression} for field, expression in fields.items()]
    query = {"datasetName": "days", "fields": asked, "disaggregated": False}
    spec = {"version": version, "widgetType": kind, "encodings": encodings, "frame": {"showTitle": True, "title": name}}
    named = {"name": name, "queries": [{"name": "main_query", "query": query}], "spec": spec}
    return {"widget": named, "position": {"x": 0, "y": y, "width": width, "height": 2}}


def small_board() -> dict:
    """Made anew for each caller, who may change it: a title, a counter (1), a line (2), a table (3), a filter (4)."""
    title = {"widget": {"name": "title", "multilineTextboxSpec": {"lines": ["# Payments"]}}}
    percent = {"type": "number-percent"}
    layout = [
        title | {"position": {"x": 0, "y": 0, "width": 12, "height": 1}},
        item("rate", "counter", 2, 1, {"rate": RATE}, {"value": {"fieldName": "rate", "format": percent}}),
        item("trend", "line", 3, 3, {"day": 'DATE_TRUNC("DAY", `event_date`)', "payments": "SUM(`payment_count`)"}, {
            "x": {"fieldName": "day", "scale": {"type": "temporal"}},
            "y": {"fieldName": "payments", "scale": {"type": "quantitative"}},
        }),
        item("detail", "table", 2, 5, {"segment": "`segment`", "n": "COUNT(*)"}, {
            "columns": [{"fieldName": "segment"}, {"fieldName": "n"}],
        }),
        item("dates", "filter-date-range-picker", 2, 7, {"event_date": "`event_date`"}, {
            "fields": [{"fieldName": "event_date", "queryName": "main_query"}],
        }),
    ]  # fmt: skip
    page = {"name": "main", "displayName": "Main", "pageType": "PAGE_TYPE_CANVAS", "layoutVersion": "GRID_V1"}
    return {
        "datasets": [{"name": "days", "displayName": "Days", "queryLines": list(SQL)}],
        "pages": [page | {"layout": layout}],
    }


def lint(board: object) -> list[str]:
    """The findings, each without file and line."""
    text = board if isinstance(board, str) else json.dumps(board, indent=2)
    return [finding.split(": ", 1)[1] for finding in findings_in(text, "dashboards/small.lvdash.json", TABLES)]
