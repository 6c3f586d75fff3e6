"""Thresholds and weights behind the tiers and KPIs: one set, for silver, gold, models, decisions and pages."""

from __future__ import annotations

RISK_TIER_HIGH = 0.75
"""fraud_score above it is risk tier `high` (and a high-risk transaction wherever one is counted)."""
RISK_TIER_MEDIUM = 0.35
"""fraud_score above it, up to RISK_TIER_HIGH, is `medium`; the rest is `low`."""

AMOUNT_BUCKETS = ((50.0, "micro"), (200.0, "small"), (500.0, "medium"), (1000.0, "large"))
"""Upper bounds in US dollars, exclusive, smallest first; from the last bound on it is `very_large`."""
AMOUNT_BUCKET_TOP = "very_large"

RISK_WEIGHT_FRAUD = 0.5
RISK_WEIGHT_AML = 0.3
RISK_WEIGHT_DEVICE = 0.2
"""composite_risk_score = fraud, money-laundering and (1 - device trust) by these weights, which sum to 1."""

RETRY_ATTEMPTS_BY_MERCHANT_TIER = {"high": 1, "medium": 2, "low": 3}
"""Attempts in all that the policy of a merchant allows for one purchase."""
RETRY_ATTEMPTS_DEFAULT = 3

RETRY_EFFECTIVE_PCT = 40.0
RETRY_MODERATE_PCT = 20.0
"""A retry success rate above the first is `Effective`, above the second `Moderate`, else `Low`."""

MIN_PROPENSITY = 0.05
"""Smallest probability with which a route or a retry is chosen, so that every choice can be evaluated later."""

USD_RATES = {"USD": 1.0, "EUR": 1.08, "GBP": 1.27, "CAD": 0.73, "BRL": 0.18, "MXN": 0.055, "ARS": 0.001, "CLP": 0.0011}
"""US dollars for one unit of each currency that the platform takes; fixed, so that a figure never changes later."""


def risk_tier(fraud_score: float) -> str:
    """`low`, `medium` or `high` for a fraud score of 0 to 1."""
    if fraud_score > RISK_TIER_HIGH:
        return "high"
    return "medium" if fraud_score > RISK_TIER_MEDIUM else "low"


def amount_bucket(amount_usd: float) -> str:
    """Size class of an amount in US dollars."""
    return next((name for bound, name in AMOUNT_BUCKETS if amount_usd < bound), AMOUNT_BUCKET_TOP)
