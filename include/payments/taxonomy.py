"""Decline reasons: how the processor names them, which standard reason each is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StandardReason:
    """One row of `reason_code_taxonomy_silver`.

    `actionability` says how much a merchant can do (HIGH, MEDIUM, LOW); `recoverable_share` is the share of such
    declines (0 to 1) that the action is expected to turn into approvals.
    """

    name: str
    group: str
    actionability: str
    default_action: str
    recoverable_share: float


@dataclass(frozen=True)
class DeclineReason:
    """A reason in `decline_reason`, with its response code (ISO 8583:1987) and its standard reason.

    The code is what merchants are shown; `decline_code_raw` has the network's own where there is one.
    """

    name: str
    code: str
    standard: str


@dataclass(frozen=True)
class RetryableCode:
    """A code or standard reason after which a retry makes sense: `backoff_seconds` before it, `max_attempts` in all."""

    code: str
    label: str
    category: str
    backoff_seconds: int
    max_attempts: int


FRAUD_SUSPECTED = "FRAUD_SUSPECTED"
OTHER = "OTHER"

STANDARD_REASONS = (
    StandardReason("FUNDS_OR_LIMIT", "funds", "HIGH", "Retry after 24 to 72 hours, near payday", 0.25),
    StandardReason("CARD_EXPIRED", "card", "HIGH", "Ask the cardholder to update the card", 0.05),
    StandardReason("ISSUER_TECHNICAL", "issuer", "HIGH", "Retry at once, on another route or network", 0.40),
    StandardReason("ISSUER_DO_NOT_HONOR", "issuer", "MEDIUM", "Offer checkout with 3DS or a network token", 0.20),
    StandardReason("SECURITY_CVV", "security", "MEDIUM", "Ask the cardholder to enter the security code again", 0.05),
    StandardReason("SECURITY_3DS_FAILED", "security", "MEDIUM", "Offer another way to authenticate", 0.05),
    StandardReason(FRAUD_SUSPECTED, "fraud", "LOW", "Review the antifraud rules that matched", 0.10),
    StandardReason(OTHER, "other", "LOW", "Review by hand", 0.05),
)

DECLINE_REASONS = (
    DeclineReason("INSUFFICIENT_FUNDS", "51", "FUNDS_OR_LIMIT"),
    DeclineReason("LIMIT_EXCEEDED", "61", "FUNDS_OR_LIMIT"),
    DeclineReason("EXPIRED_CARD", "54", "CARD_EXPIRED"),
    DeclineReason("ISSUER_UNAVAILABLE", "91", "ISSUER_TECHNICAL"),
    DeclineReason("TEMPORARY_FAILURE", "96", "ISSUER_TECHNICAL"),
    DeclineReason("DO_NOT_HONOR", "05", "ISSUER_DO_NOT_HONOR"),
    DeclineReason("CVV_MISMATCH", "82", "SECURITY_CVV"),
    DeclineReason("3DS_AUTH_FAILED", "1A", "SECURITY_3DS_FAILED"),
    DeclineReason("FRAUD_SUSPECTED", "59", FRAUD_SUSPECTED),
)

NETWORK_CODES = {
    ("visa", "CVV_MISMATCH"): "N7",
    ("mastercard", "3DS_AUTH_FAILED"): "65",
    ("amex", "INSUFFICIENT_FUNDS"): "116",
    ("amex", "LIMIT_EXCEEDED"): "121",
    ("amex", "EXPIRED_CARD"): "101",
    ("amex", "ISSUER_UNAVAILABLE"): "912",
    ("amex", "TEMPORARY_FAILURE"): "909",
    ("amex", "DO_NOT_HONOR"): "100",
    ("amex", "CVV_MISMATCH"): "122",
    ("amex", "3DS_AUTH_FAILED"): "130",
    ("amex", "FRAUD_SUSPECTED"): "102",
}
"""Codes in `decline_code_raw` by network and reason, where a network has its own; elsewhere it is the reason's code.

Visa's N7 and Mastercard's 65 are their codes for a failed security code and a missing authentication; American Express
answers in the three digits of ISO 8583:1993.
"""

RETRYABLE_CODES = (
    RetryableCode("51", "Insufficient funds", "soft", 7200, 2),
    RetryableCode("91", "Issuer unavailable", "transient", 60, 3),
    RetryableCode("96", "System malfunction", "transient", 60, 3),
    RetryableCode("try_again_later", "Try again later", "soft", 900, 3),
    RetryableCode("do_not_honor_soft", "Do not honor, soft", "soft", 1800, 2),
    RetryableCode("FUNDS_OR_LIMIT", "Funds or limit", "soft", 7200, 2),
    RetryableCode("ISSUER_TECHNICAL", "Issuer technical", "transient", 60, 3),
    RetryableCode("TEMPORARY_FAILURE", "Temporary failure", "transient", 120, 3),
)

APPROVED_CODE = "00"

_STANDARD_BY_NAME = {reason.name: reason for reason in STANDARD_REASONS}
_STANDARD_BY_REASON = {reason.name: reason.standard for reason in DECLINE_REASONS}


def standard_reason(decline_reason: str | None, antifraud_result: str | None = None) -> StandardReason:
    """The standard reason of a declined event. Total: an unknown reason is OTHER; a failed antifraud check is fraud."""
    if antifraud_result == "fail":
        return _STANDARD_BY_NAME[FRAUD_SUSPECTED]
    return _STANDARD_BY_NAME[_STANDARD_BY_REASON.get(decline_reason or "", OTHER)]
