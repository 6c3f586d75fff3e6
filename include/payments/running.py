"""The running minutes: figures of every minute, brought up to date with each batch of the stream.

SQL for Spark, as text: what runs for a batch runs in a process of its own, which has this package nowhere.
A row remembers the last batch that was added to it, so a batch that comes again after a crash changes nothing.
"""

from __future__ import annotations

from . import schema, silver
from .schema import Field

RUNNING_FIELDS = (
    Field("event_date", "DATE", "Day of the minute, UTC", True),
    Field("event_hour", "INT", "Hour of the minute, 0 to 23, UTC", True),
    Field("window_start", "TIMESTAMP", "First instant of the minute, UTC", True),
    Field("window_end", "TIMESTAMP", "End of the minute, exclusive, UTC", True),
    Field("merchant_segment", "STRING", "Line of business of the merchants"),
    Field("payment_solution", "STRING", "Payment solution"),
    Field("transaction_count", "BIGINT", "Payments of the minute so far"),
    Field("approved_count", "BIGINT", "Approved payments so far"),
    Field("declined_count", "BIGINT", "Declined payments so far"),
    Field("approval_rate_pct", "DOUBLE", "Approved payments, percent"),
    Field("total_amount", "DOUBLE", "Sum of the amounts, US dollars"),
    Field("fraud_score_sum", "DOUBLE", "Sum of the fraud scores"),
    Field("fraud_score_count", "BIGINT", "Payments with a fraud score"),
    Field("latency_ms_sum", "BIGINT", "Sum of the processing times, milliseconds"),
    Field("latency_count", "BIGINT", "Payments with a processing time"),
    Field("last_event_time", "TIMESTAMP", "Time of the newest payment, UTC"),
    Field("batch_id", "BIGINT", "Newest batch of the stream that was added", True),
    Field("updated_at", "TIMESTAMP", "When the row was last changed, UTC"),
)
KEYS = ("event_date", "event_hour", "window_start", "merchant_segment", "payment_solution")
COMMENT = "Payments of each minute by merchant segment and payment solution, the running minute included"
WATERMARK = "1 hour"
"""An id counts once within it; an event that is older than it belongs to the daily path."""

_MADE = silver.derived()
EVENT_COLUMNS = (
    "transaction_id",
    "event_timestamp",
    "merchant_segment",
    "payment_solution",
    "is_approved",
    "fraud_score",
    "processing_time_ms",
    f"{_MADE['amount_usd']} AS amount_usd",
)
"""What is taken of an event, before repeats are dropped."""
USABLE = f"{silver.problem()} IS NULL"

GROUPS = (
    "to_date(event_timestamp) AS event_date",
    "hour(event_timestamp) AS event_hour",
    "date_trunc('MINUTE', event_timestamp) AS window_start",
    "merchant_segment",
    "payment_solution",
)
FIGURES = (
    "count(*) AS transaction_count",
    "count_if(is_approved) AS approved_count",
    "coalesce(sum(amount_usd), 0) AS total_amount",
    "coalesce(sum(fraud_score), 0) AS fraud_score_sum",
    "count(fraud_score) AS fraud_score_count",
    "coalesce(sum(processing_time_ms), 0) AS latency_ms_sum",
    "count(processing_time_ms) AS latency_count",
    "max(event_timestamp) AS last_event_time",
)
_SUMS = (
    "transaction_count",
    "approved_count",
    "total_amount",
    "fraud_score_sum",
    "fraud_score_count",
    "latency_ms_sum",
    "latency_count",
)


def create(table: str) -> str:
    """Statement that makes the table where it is not there. A partition holds an hour: a batch rewrites no more.

    A batch a second is a version a second: the log keeps a day of them.
    """
    return (
        f"CREATE TABLE IF NOT EXISTS {table} ({schema.ddl(RUNNING_FIELDS)}) USING DELTA "
        f"PARTITIONED BY (event_date, event_hour) COMMENT '{COMMENT}' TBLPROPERTIES ("
        "'delta.checkpointInterval' = '500', 'delta.logRetentionDuration' = 'interval 1 day', "
        "'delta.deletedFileRetentionDuration' = 'interval 1 day')"
    )


def merge(table: str, batch: str) -> str:
    """Statement that adds the figures of a batch (GROUPS, FIGURES and `batch_id`) to the table.

    `{hours}` in it stands for a condition on `t.event_date` and `t.event_hour`: without one all hours would be read.
    """
    total = {name: f"t.{name} + s.{name}" for name in _SUMS}
    changed = total | _rates(total["transaction_count"], total["approved_count"])
    changed |= {"last_event_time": "greatest(t.last_event_time, s.last_event_time)"}
    new = {name: f"s.{name}" for name in (*KEYS, *_SUMS, "last_event_time")}
    new |= _rates("s.transaction_count", "s.approved_count")
    new |= {"window_end": "s.window_start + INTERVAL 1 MINUTE"}
    both = {"batch_id": "s.batch_id", "updated_at": "current_timestamp()"}
    same = " AND ".join(f"t.{name} <=> s.{name}" for name in KEYS)
    sets = ", ".join(f"{name} = {made}" for name, made in (changed | both).items())
    inserted = new | both
    return (
        f"MERGE INTO {table} AS t USING {batch} AS s ON ({{hours}}) AND {same} "  # noqa: S608 - names of ours
        f"WHEN MATCHED AND t.batch_id < s.batch_id THEN UPDATE SET {sets} "
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(inserted)}) VALUES ({', '.join(inserted.values())})"
    )


def _rates(count: str, approved: str) -> dict[str, str]:
    return {
        "declined_count": f"{count} - ({approved})",
        "approval_rate_pct": f"round(100.0D * ({approved}) / ({count}), 2)",
    }
