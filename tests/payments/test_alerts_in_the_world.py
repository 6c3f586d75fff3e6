"""Alerts on the simulated world: what is usual comes from two weeks of days, and the stream's minutes are compared."""

from datetime import UTC, date, datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.payments import alerts, names
from include.payments.simulator import generate
from include.payments.simulator.paced import pace

TODAY, SEED = date(2026, 11, 23), 7
COLUMNS = ["merchant_segment", "payment_solution", "card_network", "is_approved", "fraud_score", "processing_time_ms"]
# What the gold tables hold of a day, of the columns that alerts read.
GOLD = """
    SELECT {keys}, count(*) AS transaction_count, count_if(is_approved) AS approved_count,
           sum(fraud_score) AS fraud_score_sum, count(fraud_score) AS fraud_score_count,
           sum(processing_time_ms) AS latency_sum_ms, count(processing_time_ms) AS latency_count
    FROM history GROUP BY ALL"""
TABLES = {
    "gold_risk_daily": "merchant_segment, payment_solution",
    "gold_activity_hourly": "merchant_segment, event_hour",
    "gold_payments_daily": "merchant_segment, card_network, is_approved",
}
MINUTES = """
    SELECT date_trunc('minute', event_timestamp) AS window_start, hour(event_timestamp) AS event_hour,
           merchant_segment, payment_solution, card_network, count(*) AS transaction_count,
           count_if(is_approved) AS approved_count,
           avg(fraud_score) AS avg_fraud_score, stddev_samp(fraud_score) AS fraud_score_stddev,
           avg(processing_time_ms) AS avg_latency_ms, stddev_samp(processing_time_ms) AS latency_stddev_ms
    FROM events GROUP BY ALL"""


def _two_minutes(root, hour: int) -> pa.Table:
    """1 000 events a second from this hour of the day on."""
    clock = [datetime(TODAY.year, TODAY.month, TODAY.day, hour, tzinfo=UTC).timestamp()]
    for _ in pace(root, 1000, 120, SEED, lambda: clock[0], lambda seconds: clock.append(clock.pop() + seconds)):
        pass
    paths = sorted((root / names.STREAM).iterdir())
    return pa.concat_tables([pq.read_table(path, columns=[*COLUMNS, "event_timestamp"]) for path in paths])


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """`usual` joined to `minutes`, as the pipeline does it."""
    connection = duckdb.connect()
    connection.execute("SET timezone = 'UTC'")
    days = [generate(TODAY - timedelta(days), 20_000, SEED) for days in range(1, 15)]
    history = pa.concat_tables([day.select([*COLUMNS, "event_timestamp"]) for day in days])
    connection.register("days", history)
    connection.execute("CREATE VIEW history AS SELECT *, hour(event_timestamp) AS event_hour FROM days")
    for table, keys in TABLES.items():
        connection.execute(f"CREATE TABLE {table} AS {GOLD.format(keys=keys)}")
    connection.register("events", pa.concat_tables([_two_minutes(tmp_path_factory.mktemp("h"), h) for h in (3, 20)]))
    connection.execute(f"CREATE TABLE minutes AS {MINUTES}")
    return connection


def compared(engine: duckdb.DuckDBPyConnection, minutes: str = "minutes") -> str:
    """Query for the minutes with their expectation and distances."""
    query = f"SELECT * FROM {minutes}"
    for source in alerts.USUAL:
        figures = ", ".join(f"{made} AS {name}" for name, made in source.figures.items())
        keys = ", ".join(source.keys)
        query = f"({query}) LEFT JOIN (SELECT {keys}, {figures} FROM {source.table} GROUP BY ALL) USING ({keys})"
        query = f"SELECT * FROM {query}"
    for columns in (alerts.EXPECTED, alerts.DISTANCES):
        query = f"SELECT *, {', '.join(f'{made} AS {name}' for name, made in columns.items())} FROM ({query})"
    return query


def test_quiet_minutes_raise_no_alarm(engine):
    query = f"SELECT count(*), count_if(transaction_count >= {alerts.MIN_EVENTS}), count(history_count), "
    query += f"count_if({alerts.IS_ALERT}) FROM ({compared(engine)})"
    [(cells, looked_at, with_history, alarms)] = engine.sql(query).fetchall()
    assert cells > 700
    assert looked_at > 500
    assert with_history == cells
    assert alarms == 0


def test_what_goes_wrong_in_a_cell_is_seen_and_nothing_else(engine):
    """A fifth of the payments of a cell that were approved are declined for a minute."""
    cell = "merchant_segment = 'Retail' AND payment_solution = 'standard' AND card_network = 'visa'"
    broken = f"""(SELECT * REPLACE (if({cell} AND hour(window_start) = 20, approved_count * 4 // 5, approved_count)
                  AS approved_count) FROM minutes)"""
    kind = alerts.ALERT_COLUMNS["alert_type"]
    found = engine.sql(f"""
        SELECT DISTINCT merchant_segment, payment_solution, card_network, {kind}
        FROM ({compared(engine, broken)}) WHERE {alerts.IS_ALERT}""").fetchall()
    assert found == [("Retail", "standard", "visa", "LOW_APPROVAL_RATE")]
