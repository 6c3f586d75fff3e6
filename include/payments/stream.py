"""The real-time tables of the pipeline: their columns. When a minute is worth an alert is in `alerts`."""

from __future__ import annotations

from .schema import EVENT_FIELDS, SILVER_FIELDS, Field

_BY_NAME = {field.name: field for field in SILVER_FIELDS}
_INGESTED, _SOURCE = _BY_NAME["_ingested_at"], _BY_NAME["_source_file"]

STREAM_BRONZE_FIELDS = (*EVENT_FIELDS, _SOURCE, _INGESTED)
STREAM_SILVER_FIELDS = (
    *EVENT_FIELDS,
    _INGESTED,
    _BY_NAME["event_date"],
    _BY_NAME["event_hour"],
    Field("event_minute", "TIMESTAMP", "Minute of the event, UTC"),
    _BY_NAME["risk_tier"],
    _BY_NAME["amount_bucket"],
    _BY_NAME["composite_risk_score"],
    _BY_NAME["_processed_at"],
)
METRICS_FIELDS = (
    Field("window_start", "TIMESTAMP", "First instant of the minute, UTC", True),
    Field("window_end", "TIMESTAMP", "End of the minute, exclusive, UTC", True),
    Field("merchant_segment", "STRING", "Line of business of the merchants"),
    Field("payment_solution", "STRING", "Payment solution"),
    Field("card_network", "STRING", "Card network"),
    Field("transaction_count", "BIGINT", "Payments of the minute"),
    Field("approved_count", "BIGINT", "Approved payments"),
    Field("declined_count", "BIGINT", "Declined payments"),
    Field("approval_rate_pct", "DOUBLE", "Approved payments, percent"),
    Field("avg_amount", "DOUBLE", "Mean amount, US dollars"),
    Field("total_amount", "DOUBLE", "Sum of the amounts, US dollars"),
    Field("avg_fraud_score", "DOUBLE", "Mean likelihood of fraud, 0 to 1"),
    Field("avg_latency_ms", "DOUBLE", "Mean processing time, milliseconds"),
    Field("fraud_score_stddev", "DOUBLE", "Standard deviation of the fraud scores, 0 to 1; NULL for one payment"),
    Field("latency_stddev_ms", "DOUBLE", "Standard deviation of the processing times, ms; NULL for one payment"),
    Field("unique_merchants", "BIGINT", "Merchants, approximate"),
)
ALERT_FIELDS = (
    Field("window_start", "TIMESTAMP", "First instant of the minute, UTC", True),
    Field("window_end", "TIMESTAMP", "End of the minute, exclusive, UTC", True),
    Field("merchant_segment", "STRING", "Line of business of the merchants"),
    Field("payment_solution", "STRING", "Payment solution"),
    Field("card_network", "STRING", "Card network"),
    Field("alert_type", "STRING", "LOW_APPROVAL_RATE, HIGH_FRAUD_RATE or HIGH_LATENCY"),
    Field("severity", "STRING", "WARNING or CRITICAL"),
    Field("approval_rate_pct", "DOUBLE", "Approved payments, percent"),
    Field("avg_fraud_score", "DOUBLE", "Mean likelihood of fraud, 0 to 1"),
    Field("avg_latency_ms", "DOUBLE", "Mean processing time, milliseconds"),
    Field("transaction_count", "BIGINT", "Payments of the minute"),
    Field("alert_message", "STRING", "Why: what was seen, what is usual, and how many standard errors lie between"),
    Field("expected_rate_pct", "DOUBLE", "Approval rate that is usual at this hour, or the floor, percent"),
    Field("expected_fraud_score", "DOUBLE", "Mean fraud score that is usual at this hour, or the ceiling, 0 to 1"),
    Field("expected_latency_ms", "DOUBLE", "Mean processing time that is usual, or the ceiling, milliseconds"),
    Field("standard_errors", "DOUBLE", "Distance between what was seen and what was expected, in standard errors"),
    Field("history_count", "BIGINT", "Payments that the expectation rests on; NULL where a fixed bound stands in"),
)
