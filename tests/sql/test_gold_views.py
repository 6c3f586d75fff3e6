"""Every view: it runs, has its columns and comments, and its figures are those that DuckDB makes of the same rows."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

from include.payments import bootstrap, gold, simulator, taxonomy
from include.payments.sql_files import SqlFileError

from .conftest import DAYS
from .expected_views import EXPECTED, METRICS
from .lakehouse import CATALOG, FIRST_ARRIVAL, Lakehouse

VIEWS = [task.file for task in gold.views()]
# Rounded means of a few rows can fall on either side of a half.
TOLERANCE = 0.011
NO_FIGURES = {
    "v_active_alerts", "v_recommendations", "v_recommendations_from_lakehouse", "v_reason_code_insights_br",
    "v_false_insights_metric", "v_uc_data_quality_metrics",
}  # fmt: skip
"""Views whose figures have tests of their own below."""


@pytest.fixture(scope="module")
def duck(lakehouse: Lakehouse) -> duckdb.DuckDBPyConnection:
    """DuckDB over the rows of silver, bronze and the taxonomy."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name, table in (
        ("silver", "payments_enriched_silver"),
        ("bronze", "payments_raw_bronze"),
        ("taxonomy", "reason_code_taxonomy_silver"),
    ):
        connection.register(name, lakehouse.table(table))
    reasons = [{"decline_reason": one.name, "standard": one.standard} for one in taxonomy.DECLINE_REASONS]
    connection.register("reasons", pa.Table.from_pylist(reasons))
    connection.execute("CREATE MACRO pct(part, whole) AS round(100.0 * part / whole, 2)")
    return connection


@pytest.fixture(scope="module")
def playground(spark_remote, tmp_path_factory) -> Iterator[Lakehouse]:
    """Ten days with everything made from them, for the tests below that write; none minds what the others wrote."""
    made = Lakehouse(spark_remote, tmp_path_factory.mktemp("playground"))
    days = [simulator.generate(DAYS[0] + timedelta(days=number), 2400, 7) for number in range(10)]
    made.load(pa.concat_tables(days), FIRST_ARRIVAL)
    bootstrap.bootstrap(made.execute, CATALOG, made.name)
    gold.refresh(made.execute)
    gold.make_views(made.execute)
    yield made
    made.close()


def plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def rows(table: pa.Table, columns: list[str]) -> list[tuple]:
    found = [tuple(plain(row[column]) for column in columns) for row in table.to_pylist()]
    return sorted(found, key=lambda row: [repr(value) for value in row if not isinstance(value, float)])


def assert_same(actual: pa.Table, expected: pa.Table, columns: list[str]) -> None:
    made, wanted = rows(actual, columns), rows(expected, columns)
    assert len(made) == len(wanted) > 0
    for one, other in zip(made, wanted, strict=True):
        for column, value, should in zip(columns, one, other, strict=True):
            if isinstance(value, float) and should is not None:
                assert math.isclose(value, should, abs_tol=TOLERANCE, rel_tol=1e-9), (column, one, other)
            else:
                assert value == should, (column, one, other)


@pytest.mark.parametrize("view", EXPECTED)
def test_figures_are_those_of_another_engine(lakehouse, duck, view):
    expected = duck.execute(EXPECTED[view]).to_arrow_table()
    assert_same(lakehouse.table(view), expected, expected.column_names)


@pytest.mark.parametrize("view", METRICS)
def test_metric_views_are_those_of_another_engine(lakehouse, duck, view):
    dimensions, query = METRICS[view]
    expected = duck.execute(query).to_arrow_table()
    names = [name.strip().strip("`") for name in dimensions.split(",")]
    measures = expected.column_names[len(names) :]
    asked = ", ".join(f"MEASURE(`{name}`) AS `{name}`" for name in measures)
    actual = lakehouse.spark.sql(f"SELECT {dimensions}, {asked} FROM {view} GROUP BY {dimensions}").toArrow()
    assert_same(actual, expected.rename_columns(names + measures), names + measures)


def test_every_view_is_tested():
    assert {file.name for file in VIEWS} == EXPECTED.keys() | METRICS.keys() | NO_FIGURES


@pytest.mark.parametrize("file", VIEWS, ids=[file.name for file in VIEWS])
def test_every_view_has_its_columns_with_comments(lakehouse, file):
    described = lakehouse.execute(f"DESCRIBE {file.name}", {})
    assert described
    assert [row[0] for row in described if not row[2]] == []


LATENCY = [("v_solution_performance", "payment_solution"), ("v_card_network_performance", "card_network")]


@pytest.mark.parametrize(("view", "key"), LATENCY)
def test_latency_percentiles_are_right_to_a_bucket(lakehouse, duck, view, key):
    query = f"SELECT {key}, quantile_cont(processing_time_ms, 0.95) FROM silver GROUP BY 1"  # noqa: S608
    exact = dict(duck.execute(query).fetchall())
    for row in lakehouse.rows(f"SELECT {key}, p95_latency_ms FROM {view}"):
        step = 25 if exact[row[key]] < 500 else 100
        assert abs(float(row["p95_latency_ms"]) - exact[row[key]]) <= step


def test_recommendations_follow_the_decline_patterns(lakehouse):
    patterns = lakehouse.rows("SELECT * FROM v_decline_patterns WHERE recovery_potential <> 'LOW'")
    key = ("decline_reason_standard", "entry_system", "flow_type", "merchant_segment")
    found = {tuple(row[k] for k in key): row for row in lakehouse.rows("SELECT * FROM v_recommendations")}
    assert len(found) == len(patterns) > 0
    action = {reason.name: reason.default_action for reason in taxonomy.STANDARD_REASONS}
    for pattern in patterns:
        row = found[tuple(pattern[k] for k in key)]
        value = float(pattern["total_declined_value"]) * (0.4 if pattern["recovery_potential"] == "HIGH" else 0.2)
        assert math.isclose(float(row["estimated_recovery_value"]), value, abs_tol=0.01)
        assert row["priority"] == (1 if value > 10_000 else 2 if value > 1_000 else 3)
        assert row["recommendation"] == action[pattern["decline_reason_standard"]]


def test_insights_expect_the_recoverable_share_of_each_reason(lakehouse):
    share = {reason.name: reason.recoverable_share for reason in taxonomy.STANDARD_REASONS}
    found = lakehouse.rows("SELECT * FROM v_reason_code_insights_br")
    assert len(found) == len(lakehouse.rows("SELECT * FROM v_reason_codes_br")) > 0
    for row in found:
        value = float(row["total_declined_value"]) * share[row["decline_reason_standard"]]
        assert math.isclose(float(row["estimated_recoverable_value"]), value, abs_tol=0.01)
        assert row["priority"] == (1 if value >= 100_000 else 2 if value >= 10_000 else 3)


def test_stored_and_derived_recommendations_come_together(playground):
    playground.execute(
        "INSERT INTO approval_recommendations (id, context_summary, recommended_action, score, source_type)"
        " VALUES ('r1', 'seen', 'do it', 0.5, 'operator')",
        {},
    )
    found = playground.rows("SELECT * FROM v_recommendations_from_lakehouse")
    derived = [row for row in found if row["source_type"] == "lakehouse_analysis"]
    assert [row["id"] for row in found if row["source_type"] == "operator"] == ["r1"]
    assert 0 < len(derived) <= 50
    assert max(row["score"] for row in derived) == 1
    assert all(0 <= row["score"] <= 1 for row in derived)
    assert len({row["id"] for row in derived}) == len(derived)


def test_false_insights_are_counted_by_day(playground):
    playground.execute(
        "INSERT INTO insight_feedback_silver (insight_id, verdict, reviewed_at) VALUES"
        " ('a', 'valid', TIMESTAMP '2026-11-20 01:00:00'), ('b', 'invalid', TIMESTAMP '2026-11-20 02:00:00'),"
        " ('c', 'non_actionable', TIMESTAMP '2026-11-21 02:00:00')",
        {},
    )
    found = playground.execute(
        "SELECT reviewed_insights, false_insights, false_insights_pct FROM v_false_insights_metric ORDER BY event_date",
        {},
    )
    assert found == [(2, 1, 50.0), (1, 1, 100.0)]


def test_health_turns_with_the_counts(playground):

    def health() -> dict[str, tuple]:
        found = playground.rows("SELECT * FROM v_uc_data_quality_metrics")
        return {row["table_name"]: (row["completeness_status"], row["freshness_status"]) for row in found}

    fine = ("Healthy", "Healthy")
    assert health() == dict.fromkeys(("payments_raw_bronze", "payments_enriched_silver", "payments_quarantine"), fine)
    [[first]] = playground.execute("SELECT min(transaction_id) FROM payments_raw_bronze", {})
    playground.execute(f"DELETE FROM payments_enriched_silver WHERE transaction_id = '{first}'", {})
    playground.execute("UPDATE payments_raw_bronze SET _problem = 'no amount' WHERE transaction_id LIKE '%1'", {})
    assert health() == {
        "payments_raw_bronze": fine,
        "payments_enriched_silver": ("Unhealthy", "Healthy"),
        "payments_quarantine": ("Unhealthy", "Unhealthy"),
    }
    [silver] = playground.rows("SELECT * FROM v_uc_data_quality_metrics WHERE table_name = 'payments_enriched_silver'")
    assert silver["overall_status"] == "Unhealthy"
    assert silver["impact_level"] == "HIGH"
    assert silver["num_queries_affected"] == silver["num_downstream_tables"] > 30


def test_an_alert_needs_more_than_chance(playground):
    assert playground.rows("SELECT * FROM v_active_alerts") == []
    hour_ago = "SELECT CAST(max(event_timestamp) - INTERVAL 1 HOUR AS STRING) FROM payments_enriched_silver"
    [[since]] = playground.execute(hour_ago, {})
    playground.execute(
        "UPDATE payments_enriched_silver SET is_approved = false"
        f" WHERE event_timestamp > TIMESTAMP'{since}' AND transaction_id < 'txn_8'",
        {},
    )
    [alert] = playground.rows("SELECT * FROM v_active_alerts")
    assert (alert["alert_type"], alert["metric_name"]) == ("APPROVAL_RATE_DROP", "approval_rate_pct")
    assert alert["severity"] == "CRITICAL"
    assert alert["current_value"] < alert["threshold_value"] < 85
    assert "is usual at this time of day" in alert["alert_message"]
    [hour] = playground.rows("SELECT approval_rate_pct FROM v_last_hour_performance")
    assert alert["current_value"] == hour["approval_rate_pct"]


def test_views_are_made_once_and_again_when_their_file_changed(playground):
    assert gold.make_views(playground.execute) == []
    playground.execute("DELETE FROM object_log WHERE object_name IN ('payment_metrics', 'v_risk_signals')", {})
    playground.execute("DROP VIEW v_daily_trends", {})
    assert sorted(gold.make_views(playground.execute)) == ["payment_metrics", "v_daily_trends", "v_risk_signals"]
    assert gold.make_views(playground.execute) == []


def test_a_view_that_cannot_be_made_names_its_file_and_line(new_lakehouse):
    lakehouse = new_lakehouse()
    gold.refresh(lakehouse.execute)
    with pytest.raises(SqlFileError, match=r"sql/gold/views/v_\w+.sql:\d+: .*TABLE_OR_VIEW_NOT_FOUND"):
        gold.make_views(lakehouse.execute)
