"""The real-time tables: their columns, and when a minute of payments is worth an alert."""

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
    Field("alert_message", "STRING", "What was seen, in words"),
)

MIN_EVENTS = 30
"""A cell with fewer payments in a minute raises no alert: chance alone would."""
APPROVAL_FLOOR_PCT = 80.0
APPROVAL_CRITICAL_PCT = 70.0
FRAUD_CEILING = 0.5
FRAUD_CRITICAL = 0.7
LATENCY_CEILING_MS = 500.0
_STANDARD_ERRORS = 3.0

LOW_APPROVAL = (
    f"approval_rate_pct + {_STANDARD_ERRORS * 100} * sqrt({APPROVAL_FLOOR_PCT / 100 * (1 - APPROVAL_FLOOR_PCT / 100)} "
    f"/ transaction_count) < {APPROVAL_FLOOR_PCT}"
)
"""Lower than the floor by more than three standard errors of a rate at the floor."""
HIGH_FRAUD = f"avg_fraud_score > {FRAUD_CEILING}"
HIGH_LATENCY = f"avg_latency_ms > {LATENCY_CEILING_MS}"

IS_ALERT = f"transaction_count >= {MIN_EVENTS} AND ({LOW_APPROVAL} OR {HIGH_FRAUD} OR {HIGH_LATENCY})"
ALERT_COLUMNS = {
    "alert_type": f"CASE WHEN {LOW_APPROVAL} THEN 'LOW_APPROVAL_RATE' WHEN {HIGH_FRAUD} THEN 'HIGH_FRAUD_RATE' "
    "ELSE 'HIGH_LATENCY' END",
    "severity": f"CASE WHEN approval_rate_pct < {APPROVAL_CRITICAL_PCT} OR avg_fraud_score > {FRAUD_CRITICAL} "
    "THEN 'CRITICAL' ELSE 'WARNING' END",
    "alert_message": "concat(transaction_count, ' payments in the minute: ', approval_rate_pct, ' % approved, fraud "
    "score ', round(avg_fraud_score, 2), ', latency ', round(avg_latency_ms), ' ms')",
}
