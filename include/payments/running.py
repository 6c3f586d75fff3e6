"""The running minutes: the payments of the stream, added as they come, and a view that has the figures of each minute.

The stream adds rows and changes none, so Spark writes a batch by itself, once, with nothing of Python in its way.
"""

from __future__ import annotations

from datetime import date, timedelta

from . import names, schema, silver
from .schema import SILVER_FIELDS, Field

_BY_NAME = {field.name: field for field in SILVER_FIELDS}
_MADE = silver.derived() | {"added_at": "current_timestamp()"}
EVENT_FIELDS = (
    *(
        _BY_NAME[name]
        for name in (
            "event_date",
            "event_hour",
            "event_timestamp",
            "transaction_id",
            "merchant_segment",
            "payment_solution",
            "is_approved",
            "amount_usd",
            "fraud_score",
            "processing_time_ms",
        )
    ),
    Field("added_at", "TIMESTAMP", "When the batch that added it began, UTC"),
)
EVENT_COLUMNS = tuple(f"{_MADE[f.name]} AS {f.name}" if f.name in _MADE else f.name for f in EVENT_FIELDS)
"""What is taken of an event, before repeats are dropped."""
USABLE = f"{silver.problem()} IS NULL"
WATERMARK = "1 hour"
"""An id counts once within it; an event that is older than it belongs to the daily path."""
KEEP_DAYS = 7

_APPROVED = "count_if(is_approved)"
_COLUMNS = (
    (Field("event_date", "DATE", "Day of the minute, UTC"), "event_date"),
    (Field("event_hour", "INT", "Hour of the minute, 0 to 23, UTC"), "event_hour"),
    (Field("window_start", "TIMESTAMP", "First instant of the minute, UTC"), "date_trunc('MINUTE', event_timestamp)"),
    (
        Field("window_end", "TIMESTAMP", "End of the minute, exclusive, UTC"),
        "date_trunc('MINUTE', event_timestamp) + INTERVAL 1 MINUTE",
    ),
    (Field("merchant_segment", "STRING", "Line of business of the merchants"), "merchant_segment"),
    (Field("payment_solution", "STRING", "Payment solution"), "payment_solution"),
    (Field("transaction_count", "BIGINT", "Payments of the minute so far"), "count(*)"),
    (Field("approved_count", "BIGINT", "Approved payments so far"), _APPROVED),
    (Field("declined_count", "BIGINT", "Declined payments so far"), f"count(*) - {_APPROVED}"),
    (Field("approval_rate_pct", "DOUBLE", "Approved payments, percent"), f"round(100.0D * {_APPROVED} / count(*), 2)"),
    (Field("total_amount", "DOUBLE", "Sum of the amounts, US dollars"), "coalesce(sum(amount_usd), 0)"),
    (Field("fraud_score_sum", "DOUBLE", "Sum of the fraud scores"), "coalesce(sum(fraud_score), 0)"),
    (Field("fraud_score_count", "BIGINT", "Payments with a fraud score"), "count(fraud_score)"),
    (
        Field("latency_ms_sum", "BIGINT", "Sum of the processing times, milliseconds"),
        "coalesce(sum(processing_time_ms), 0)",
    ),
    (Field("latency_count", "BIGINT", "Payments with a processing time"), "count(processing_time_ms)"),
    (Field("last_event_time", "TIMESTAMP", "Time of the newest payment, UTC"), "max(event_timestamp)"),
    (Field("updated_at", "TIMESTAMP", "When the batch with the newest payments began, UTC"), "max(added_at)"),
)
VIEW_FIELDS = tuple(field for field, _ in _COLUMNS)
_KEYS = 6
VIEW_COMMENT = "Payments of each minute by merchant segment and payment solution, the running minute included"


def create() -> tuple[str, ...]:
    """Statements that make the table where it is not there, and the view as it is now.

    A batch a second is a version and a file a second: small files are merged every 50 batches, and the log keeps a day.
    """
    columns = ", ".join(f"{field.name} COMMENT '{field.comment}'" for field in VIEW_FIELDS)
    figures = ", ".join(f"{made} AS {field.name}" for field, made in _COLUMNS)
    keys = ", ".join(made for _, made in _COLUMNS[:_KEYS])
    return (
        f"CREATE TABLE IF NOT EXISTS {names.RUNNING_TABLE} ({schema.ddl(EVENT_FIELDS, strict=False)}) USING DELTA "
        "PARTITIONED BY (event_date, event_hour) COMMENT 'Payments of the stream, each transaction_id once within an "
        "hour' TBLPROPERTIES ('delta.autoOptimize.autoCompact' = 'true', 'delta.checkpointInterval' = '500', "
        "'delta.logRetentionDuration' = 'interval 1 day', 'delta.deletedFileRetentionDuration' = 'interval 1 day')",
        f"CREATE OR REPLACE VIEW {names.RUNNING_VIEW} ({columns}) COMMENT '{VIEW_COMMENT}' "  # noqa: S608 - ours
        f"AS SELECT {figures} FROM {names.RUNNING_TABLE} GROUP BY {keys}",
    )


def tidy(newest: date) -> tuple[str, ...]:
    """Statements that keep `KEEP_DAYS` days up to the newest one, and remove the files of rows that are gone."""
    first = newest - timedelta(days=KEEP_DAYS - 1)
    return (f"DELETE FROM {names.RUNNING_TABLE} WHERE event_date < DATE'{first}'", f"VACUUM {names.RUNNING_TABLE}")  # noqa: S608 - ours
