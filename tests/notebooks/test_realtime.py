"""The real-time pipeline on a real workspace, run as a triggered update over files of the stream."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from include.payments import names
from include.payments.simulator import generate
from tests.notebooks.platform import Platform

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
# 85 % of 5000 payments on the day before, in the columns of gold that the alerts read.
SUMS = (
    "CAST(1500 AS DECIMAL(26, 6)) AS fraud_score_sum, 5000L AS fraud_score_count, 2500000L AS latency_sum_ms, "
    "5000L AS latency_count"
)
COUNTS = f"5000L AS transaction_count, 4250L AS approved_count, {SUMS}"
DAY = "DATE'2026-10-31' AS event_date, 'Retail' AS merchant_segment"
HISTORY = {
    "gold_risk_daily": f"{DAY}, 'standard' AS payment_solution, {COUNTS}",
    "gold_activity_hourly": f"{DAY}, 12 AS event_hour, {COUNTS}",
    "gold_payments_daily": f"{DAY}, 'visa' AS card_network, approved AS is_approved, "
    f"if(approved, 4250L, 750L) AS transaction_count, {SUMS} FROM VALUES (true), (false) AS given(approved)",
}


def minute(events: pa.Table, start: datetime, approved: int, **cell: str) -> pa.Table:
    """These events in one cell and minute, the first `approved` of them approved."""
    count = events.num_rows
    columns = {name: pa.array([value] * count) for name, value in cell.items()}
    columns["is_approved"] = pa.array([number < approved for number in range(count)])
    times = pa.array([start + timedelta(milliseconds=50 * number) for number in range(count)])
    columns["event_timestamp"] = times.cast(events.schema.field("event_timestamp").type)
    for name, values in columns.items():
        at = events.schema.get_field_index(name)
        events = events.set_column(at, events.schema.field(at), values)
    return events


def landed(platform: Platform, name: str, table: pa.Table) -> None:
    folder = platform.landing / names.STREAM
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / f"{name}.parquet")


def test_files_of_the_stream_become_minutes_and_repeats_count_once(workspace):
    platform = Platform(workspace, "realtime_pipeline")
    events = generate(date(2026, 11, 1), 600, 5)
    for name, part in (("a", events.slice(0, 400)), ("b", events.slice(300))):
        landed(platform, name, part)
    platform.update()
    assert platform.sql(f"SELECT count(*) FROM {names.STREAM_BRONZE_TABLE}") == [["700"]]
    assert platform.sql(f"SELECT count(*), count(DISTINCT transaction_id) FROM {names.STREAM_SILVER_TABLE}") == [
        ["600", "600"]
    ]
    minutes = platform.sql(f"""
        SELECT sum(transaction_count) BETWEEN 500 AND 600, min(approved_count + declined_count = transaction_count),
               max(window_end - window_start = INTERVAL 1 MINUTE)
        FROM {names.STREAM_METRICS_TABLE}""")
    assert minutes == [["true", "true", "true"]]
    assert platform.sql(f"SELECT count(*) FROM {names.STREAM_ALERTS_TABLE}") == [["0"]]


def test_a_minute_that_is_not_as_usual_is_told_with_its_reason(workspace):
    platform = Platform(workspace, "realtime_pipeline")
    for table, columns in HISTORY.items():
        platform.sql(f"CREATE TABLE {table} AS SELECT {columns}")
    events = generate(date(2026, 11, 1), 600, 5)
    known = {"merchant_segment": "Retail", "payment_solution": "standard", "card_network": "visa"}
    parts = [
        minute(events.slice(0, 200), NOON, 120, **known),
        minute(events.slice(200, 200), NOON + timedelta(minutes=1), 166, **known),
        minute(events.slice(400, 100), NOON, 50, **known | {"merchant_segment": "Fuel"}),
        # Time goes on: the minutes before are over.
        minute(events.slice(500, 100), NOON + timedelta(minutes=10), 100, **known),
    ]
    landed(platform, "a", pa.concat_tables(parts))
    platform.update()
    seen = platform.sql(f"""
        SELECT merchant_segment, alert_type, transaction_count, approval_rate_pct, expected_rate_pct, history_count,
               standard_errors > 5.5, alert_message
        FROM {names.STREAM_ALERTS_TABLE} ORDER BY merchant_segment DESC""")
    assert [row[:7] for row in seen] == [
        ["Retail", "LOW_APPROVAL_RATE", "200", "60.0", "85.0", "5000", "true"],
        ["Fuel", "LOW_APPROVAL_RATE", "100", "50.0", "80.0", None, "true"],
    ]
    assert seen[0][7].startswith(
        "Approval rate 60.0 % over 200 payments in the minute; expected at least 85.0 % (usual"
    )
    assert "a fixed bound, as there is too little history" in seen[1][7]
