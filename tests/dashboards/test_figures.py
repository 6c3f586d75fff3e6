"""Key figures of the dashboards, computed again from silver by another engine."""

import math

import pytest

from .conftest import BOARDS
from .house import LAST_DAY, duck_table, widget_rows

SILVER = """
SELECT
  transaction_id, event_date, event_timestamp, merchant_segment, card_network, issuer_country, route_name,
  route_propensity, is_approved, uses_3ds, decline_reason, risk_tier, fraud_score, aml_risk_score, amount_usd
FROM payments_enriched_silver
"""
WEEK = f"event_date > DATE '{LAST_DAY}' - 7"
WEEK_BEFORE = f"event_date > DATE '{LAST_DAY}' - 14 AND event_date <= DATE '{LAST_DAY}' - 7"

COUNTERS = [
    ("executive_overview", "payments", "payments", "count(*)"),
    ("executive_overview", "approval_rate", "approval_rate", "avg(is_approved::INT)"),
    ("executive_overview", "value", "value_usd", "sum(amount_usd)"),
    ("executive_overview", "fraud_score", "fraud_score", "avg(fraud_score)"),
    ("decline_analysis", "declines_week", "declines", "count(*) FILTER (NOT is_approved)"),
    ("decline_analysis", "decline_rate", "decline_rate", "avg((NOT is_approved)::INT)"),
    ("decline_analysis", "declined_value_week", "declined_value", "sum(amount_usd) FILTER (NOT is_approved)"),
    ("decline_analysis", "low_risk_share", "low_risk_share", "avg((risk_tier = 'low')::INT) FILTER (NOT is_approved)"),
    ("fraud_risk_analysis", "fraud_score", "fraud_score", "avg(fraud_score)"),
    ("fraud_risk_analysis", "aml_score", "aml_score", "avg(aml_risk_score)"),
    ("fraud_risk_analysis", "high_risk", "high_risk_share", "avg((risk_tier = 'high')::INT)"),
    ("merchant_performance", "merchant_value", "value_usd", "sum(amount_usd)"),
    ("authentication_security", "share_3ds", "share_3ds", "avg(coalesce(uses_3ds, false)::INT)"),
    ("authentication_security", "approval_3ds", "approval_3ds", "avg(is_approved::INT) FILTER (uses_3ds)"),
    ("financial_impact", "approved_value", "approved_value", "sum(amount_usd) FILTER (is_approved)"),
    ("financial_impact", "mean_amount", "mean_amount", "avg(amount_usd)"),
]
GROUPED = [
    ("executive_overview", "approval_by_country", "issuer_country", "approval_rate", "avg(is_approved::INT)", WEEK),
    ("executive_overview", "decline_reasons", "decline_reason", "declines", "count(*)", "NOT is_approved"),
    ("decline_analysis", "reasons_detail", "decline_reason", "declines", "count(*)", "NOT is_approved"),
    ("decline_analysis", "reasons_detail", "decline_reason", "declined_value", "sum(amount_usd)", "NOT is_approved"),
    ("routing_optimization", "route_approval", "route_name", "approval_rate", "avg(is_approved::INT)", "true"),
    ("routing_optimization", "route_approval", "route_name", "weighted_rate",
     "sum(is_approved::INT / route_propensity) / sum(1 / route_propensity)", "true"),
    ("routing_optimization", "network_approval", "card_network", "approval_rate", "avg(is_approved::INT)", "true"),
    ("fraud_risk_analysis", "fraud_by_country", "issuer_country", "fraud_score", "avg(fraud_score)", WEEK),
    ("merchant_performance", "volume_by_segment", "merchant_segment", "payments", "count(*)", WEEK),
    ("global_coverage", "map", "issuer_country", "approval_rate", "avg(is_approved::INT)", "true"),
]  # fmt: skip


@pytest.fixture(scope="module")
def silver(duck, house):
    """DuckDB with silver as `silver`, beside the answers."""
    duck_table(duck, "silver", house.ask(SILVER))
    return duck


def _shown(duck, board: str, widget: str) -> list[dict]:
    [found] = [
        place["widget"]
        for page in BOARDS[board]["pages"]
        for place in page["layout"]
        if place["widget"]["name"] == widget
    ]
    query = found["queries"][0]["query"]
    return widget_rows(duck, f"{board}.{query['datasetName']}", query)


def _same(one, other) -> bool:
    return math.isclose(float(one), float(other), rel_tol=1e-6, abs_tol=1e-6)


@pytest.mark.parametrize(("board", "widget", "field", "figure"), COUNTERS)
def test_a_counter_is_the_figure_of_the_week_beside_that_of_the_week_before(silver, board, widget, field, figure):
    [row] = _shown(silver, board, widget)
    for name, days in ((field, WEEK), (f"{field}_before", WEEK_BEFORE)):
        [(expected,)] = silver.execute(f"SELECT {figure} FROM silver WHERE {days}").fetchall()
        assert _same(row[name], expected), (name, row[name], expected)


@pytest.mark.parametrize(("board", "widget", "key", "field", "figure", "which"), GROUPED)
def test_each_bar_is_the_figure_of_its_group(silver, board, widget, key, field, figure, which):
    shown = {row[key]: row[field] for row in _shown(silver, board, widget)}
    expected = dict(silver.execute(f"SELECT {key}, {figure} FROM silver WHERE {which} GROUP BY ALL").fetchall())
    assert shown.keys() == expected.keys()
    assert len(shown) > 1
    for name, value in expected.items():
        assert _same(shown[name], value), (name, shown[name], value)


def test_the_last_hour_is_that_of_the_newest_payment(silver):
    hour = "event_timestamp > (SELECT max(event_timestamp) FROM silver) - INTERVAL 1 HOUR"
    [(payments, rate)] = silver.execute(f"SELECT count(*), avg(is_approved::INT) FROM silver WHERE {hour}").fetchall()
    [shown], [shown_rate] = (_shown(silver, "realtime_monitoring", name) for name in ("payments", "approval_rate"))
    assert shown["payments"] == payments > 0
    assert _same(shown_rate["approval_rate"], rate)


@pytest.mark.parametrize(("field", "share"), [("p95_ms", 0.95), ("p99_ms", 0.99)])
def test_percentiles_of_latency_are_those_of_the_week_to_a_thousandth_of_the_payments(silver, house, field, share):
    duck_table(silver, "latency", house.ask("SELECT event_date, processing_time_ms FROM payments_enriched_silver"))
    [(low, high)] = silver.execute(
        f"SELECT quantile_disc(processing_time_ms, {share - 0.001}), quantile_disc(processing_time_ms, {share + 0.001})"
        f" FROM latency WHERE {WEEK}"
    ).fetchall()
    [row] = _shown(silver, "performance_latency", field.removesuffix("_ms"))
    assert low <= row[field] <= high
