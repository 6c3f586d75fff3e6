"""What tables start from: defaults that people may edit, and reference rows that only code writes.

Each function or constant gives rows as dictionaries whose keys are the columns of the table of the same name.
"""

from __future__ import annotations

from . import kpis, taxonomy

APPROVAL_RULES = (
    {
        "id": "default-auth-1",
        "name": "3DS for high values",
        "rule_type": "authentication",
        "condition_expression": "amount_minor >= 50000",
        "action_summary": "Ask for 3DS when the amount is 500.00 or more",
        "priority": 100,
    },
    {
        "id": "default-retry-1",
        "name": "Retry after a soft decline",
        "rule_type": "retry",
        "condition_expression": "previous_decline_reason IN ('INSUFFICIENT_FUNDS', 'TEMPORARY_FAILURE')",
        "action_summary": "Retry once, two hours later",
        "priority": 90,
    },
    {
        "id": "default-routing-1",
        "name": "Primary acquirer for domestic cards",
        "rule_type": "routing",
        "condition_expression": "issuer_country = 'BR'",
        "action_summary": "Send to the primary acquirer, to the secondary one on a timeout",
        "priority": 110,
    },
)
"""Default rules. Conditions name fields of the decision request, so that each of them can match."""

_COUNTRY_NAMES = {
    "BR": "Brazil",
    "MX": "Mexico",
    "AR": "Argentina",
    "CL": "Chile",
    "CO": "Colombia",
    "PE": "Peru",
    "EC": "Ecuador",
    "UY": "Uruguay",
    "PY": "Paraguay",
    "BO": "Bolivia",
}
COUNTRIES = tuple(
    {"code": code, "name": name, "display_order": order}
    for order, (code, name) in enumerate(_COUNTRY_NAMES.items(), start=1)
)

DECISION_SETTINGS = (
    ("risk_threshold_high", kpis.RISK_TIER_HIGH, "Risk score from which a payment is high risk, 0 to 1"),
    ("risk_threshold_medium", kpis.RISK_TIER_MEDIUM, "Risk score from which a payment is medium risk, 0 to 1"),
    ("device_trust_low_risk", 0.90, "Device trust from which a payment without a risk score is low risk, 0 to 1"),
    ("retry_max_attempts_control", 3, "Attempts in all, in the control group of an experiment"),
    ("retry_max_attempts_treatment", 4, "Attempts in all, in the treatment group of an experiment"),
    ("retry_backoff_recurring_control", 900, "Seconds before a recurring payment is retried, control group"),
    ("retry_backoff_recurring_treatment", 300, "Seconds before a recurring payment is retried, treatment group"),
    ("retry_backoff_transient", 60, "Seconds before a retry after a transient decline"),
    ("retry_backoff_soft_treatment", 1800, "Seconds before a retry after a soft decline, treatment group"),
    ("routing_domestic_country", "BR", "Country whose cards are domestic, ISO 3166 alpha-2"),
    ("ml_enrichment_enabled", "true", "Whether decisions ask the models: true or false"),
    ("ml_enrichment_timeout_ms", 2000, "Milliseconds that a decision waits for the models"),
    ("rule_engine_enabled", "true", "Whether decisions apply the rules: true or false"),
)
"""Settings of the decision engine: key, default, description."""

ROUTES = (
    {"route_name": "psp_primary", "approval_rate_pct": 72.5, "avg_latency_ms": 180.0, "cost_score": 0.3},
    {"route_name": "psp_secondary", "approval_rate_pct": 68.0, "avg_latency_ms": 220.0, "cost_score": 0.5},
    {"route_name": "psp_tertiary", "approval_rate_pct": 55.0, "avg_latency_ms": 350.0, "cost_score": 0.7},
)
"""Acquiring routes with what is expected of them until their own figures replace it."""

DEFAULT_EVENTS_PER_SECOND = 1000
DEFAULT_DURATION_MINUTES = 60

_TARGETS = (
    ("approval_rate", 85.0, "percent", "Share of payments that are approved"),
    ("latency", 300.0, "milliseconds", "Mean time from request to response"),
    ("retry_effective", kpis.RETRY_EFFECTIVE_PCT, "percent", "Success rate above which retries are Effective"),
    ("retry_moderate", kpis.RETRY_MODERATE_PCT, "percent", "Success rate above which retries are Moderate"),
    ("alert_payments", 100.0, "payments", "Fewest payments in the last hour that an alert rests on"),
    ("alert_history", 1000.0, "payments", "Fewest payments at that time of day, on the days before, to expect from"),
    ("alert_high", 3.0, "standard errors", "Distance from the expected value at which an alert is HIGH"),
    ("alert_critical", 5.0, "standard errors", "Distance from the expected value at which an alert is CRITICAL"),
    ("quarantine_limit", 1.0, "percent", "Share of quarantined records above which a day is Unhealthy"),
    ("freshness_limit", 26.0, "hours", "Delay of a table behind bronze above which it is Unhealthy"),
)


def approval_rules() -> list[dict]:
    return [dict(rule) for rule in APPROVAL_RULES]


def countries() -> list[dict]:
    return [dict(country) for country in COUNTRIES]


def decisionconfig() -> list[dict]:
    return [{"key": key, "value": str(value), "description": text} for key, value, text in DECISION_SETTINGS]


def routeperformance() -> list[dict]:
    return [dict(route) for route in ROUTES]


def retryabledeclinecode() -> list[dict]:
    return [
        {
            "code": code.code,
            "label": code.label,
            "category": code.category,
            "default_backoff_seconds": code.backoff_seconds,
            "max_attempts": code.max_attempts,
        }
        for code in taxonomy.RETRYABLE_CODES
    ]


def decline_reasons() -> list[dict]:
    return [
        {
            "decline_reason": reason.name,
            "decline_code_raw": reason.code,
            "decline_reason_standard": reason.standard,
        }
        for reason in taxonomy.DECLINE_REASONS
    ]


def risk_tiers() -> list[dict]:
    bounds = (0.0, kpis.RISK_TIER_MEDIUM, kpis.RISK_TIER_HIGH, 1.0)
    return [
        {"risk_tier": tier, "above_fraud_score": bounds[at], "up_to_fraud_score": bounds[at + 1]}
        for at, tier in enumerate(("low", "medium", "high"))
    ]


def kpi_targets() -> list[dict]:
    return [
        {"kpi": kpi, "target_value": value, "unit": unit, "meaning": meaning} for kpi, value, unit, meaning in _TARGETS
    ]
