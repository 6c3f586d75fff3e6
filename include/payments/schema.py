"""The payment event and the silver row: each field once, with its Spark type, nullability and meaning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

_ARROW_TYPES = {
    "STRING": pa.string(),
    "DOUBLE": pa.float64(),
    "INT": pa.int32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class Field:
    """One column. `type` is a Spark SQL type name; `comment` says the meaning and the unit."""

    name: str
    type: str
    comment: str
    required: bool = False


EVENT_FIELDS = (
    Field("transaction_id", "STRING", "Id of the event: the same id is the same event, wherever it arrives", True),
    Field("merchant_id", "STRING", "Merchant that asked for the payment; key of merchants_dim_bronze", True),
    Field("cardholder_id", "STRING", "Pseudonymous id of the cardholder"),
    Field("card_token_id", "STRING", "Pseudonymous id of the card"),
    Field("amount", "DOUBLE", "Amount in units of `currency`, two decimals, above 0", True),
    Field("currency", "STRING", "ISO 4217 code of `amount`", True),
    Field("card_network", "STRING", "visa, mastercard, amex or discover"),
    Field("card_bin", "STRING", "First six digits of the card number"),
    Field("issuer_country", "STRING", "ISO 3166 alpha-2 country of the bank that issued the card"),
    Field("geo_country", "STRING", "ISO 3166 alpha-2 country from which the cardholder paid"),
    Field("merchant_segment", "STRING", "Line of business of the merchant"),
    Field("entry_system", "STRING", "System that took the payment in: PD, WS, SEP or CHECKOUT"),
    Field("flow_type", "STRING", "payment_link, payment_link_sep, recurring, legacy_ws or standard_ecom"),
    Field("transaction_stage", "STRING", "entry_response (seen by the merchant) or downstream_response"),
    Field("payment_method_type", "STRING", "credit or debit"),
    Field("payment_solution", "STRING", "standard, 3ds, network_token, passkey, apple_pay or google_pay"),
    Field("entry_mode", "STRING", "ecom, contactless, chip, manual or recurring"),
    Field("device_type", "STRING", "mobile, desktop or tablet"),
    Field("device_fingerprint", "STRING", "Pseudonymous id of the device"),
    Field("ip_address", "STRING", "IPv4 address of the device"),
    Field("three_ds_routed", "BOOLEAN", "Whether the payment was sent through 3-D Secure as a step of the flow"),
    Field("three_ds_friction", "BOOLEAN", "Whether 3-D Secure challenged the cardholder; NULL when not routed"),
    Field("three_ds_authenticated", "BOOLEAN", "Whether 3-D Secure authenticated; NULL when not routed"),
    Field("uses_3ds", "BOOLEAN", "Whether 3-D Secure data came with the authorisation"),
    Field("antifraud_used", "BOOLEAN", "Whether the antifraud service looked at the payment"),
    Field("antifraud_result", "STRING", "pass, fail or not_run"),
    Field("vault_used", "BOOLEAN", "Whether the card came from a vault"),
    Field("data_only_used", "BOOLEAN", "Whether 3-D Secure data only, without authentication, was sent"),
    Field("click_to_pay_used", "BOOLEAN", "Whether Click to Pay was used"),
    Field("idpay_invoked", "BOOLEAN", "Whether an identity check was asked for"),
    Field("idpay_success", "BOOLEAN", "Whether the identity check succeeded; NULL when not asked for"),
    Field("is_network_token", "BOOLEAN", "Whether a network token stood in for the card number"),
    Field("has_passkey", "BOOLEAN", "Whether the cardholder authenticated with a passkey"),
    Field("is_recurring", "BOOLEAN", "Whether the merchant started it from a subscription or stored agreement"),
    Field("is_retry", "BOOLEAN", "Whether it repeats an earlier declined attempt"),
    Field("retry_count", "INT", "Declined attempts of the same purchase before this one: 0 for the first"),
    Field("fraud_score", "DOUBLE", "Likelihood of fraud as scored at decision time, 0 to 1"),
    Field("aml_risk_score", "DOUBLE", "Money-laundering risk as scored at decision time, 0 to 1"),
    Field("device_trust_score", "DOUBLE", "Trust in the device as scored at decision time, 0 to 1"),
    Field("is_approved", "BOOLEAN", "Whether the issuer approved the payment", True),
    Field("decline_reason", "STRING", "Reason as the processor names it; NULL when approved"),
    Field("decline_code_raw", "STRING", "Response code of the decline (ISO 8583 or network); NULL when approved"),
    Field("merchant_response_code", "STRING", "Response code shown to the merchant: 00 when approved"),
    Field("processing_time_ms", "INT", "Time from request to response, milliseconds"),
    Field("event_timestamp", "TIMESTAMP", "When the response was given, UTC", True),
    Field("route_name", "STRING", "Acquiring route that carried the payment"),
    Field("route_propensity", "DOUBLE", "Probability with which that route was chosen, 0.05 to 1"),
    Field("retry_of_transaction_id", "STRING", "Declined attempt that this one repeats; NULL when it repeats none"),
    Field("retry_delay_seconds", "BIGINT", "Seconds since the attempt that it repeats; NULL when it repeats none"),
    Field(
        "retry_propensity",
        "DOUBLE",
        "Probability with which this retry, with this delay, was chosen, 0.05 to 1; NULL for a first attempt",
    ),
    Field("issuer_id", "STRING", "Bank that issued the card"),
    Field("amount_usd", "DOUBLE", "Amount in US dollars at the fixed rate of its currency, two decimals"),
    Field("prior_approved_count", "BIGINT", "Approvals of the card at the merchant that the processor knew before"),
)

ARRIVAL_FIELDS = (
    Field("_raw", "STRING", "The record as it arrived; NULL for columnar files, whose columns say it all"),
    Field("_source_file", "STRING", "File that brought the record"),
    Field("_ingested_at", "TIMESTAMP", "When the pipeline read the record, UTC"),
    Field("_problem", "STRING", "Why the record cannot be used: it goes to payments_quarantine; NULL when it can"),
    Field("event_date", "DATE", "Day of event_timestamp, UTC; NULL when that is missing"),
)

MERCHANT_FIELDS = (
    Field("merchant_id", "STRING", "Id of the merchant", True),
    Field("merchant_name", "STRING", "Name of the merchant"),
    Field("merchant_segment", "STRING", "Line of business of the merchant"),
    Field("merchant_country", "STRING", "ISO 3166 alpha-2 country of the merchant"),
    Field("merchant_risk_tier", "STRING", "Risk tier given to the merchant at onboarding: low, medium or high"),
    Field("created_at", "TIMESTAMP", "When the merchant was onboarded, UTC"),
)

FILE_FIELDS = (
    Field("path", "STRING", "File under daily/ or inbox/ of the landing volume", True),
    Field("bytes", "BIGINT", "Size of the file, bytes"),
    Field("modified_at", "TIMESTAMP", "When the file was written, UTC"),
    Field("listed_at", "TIMESTAMP", "When the pipeline found the file, UTC"),
)

QUARANTINE_FIELDS = (
    Field("reason", "STRING", "Why the record cannot be used; several reasons are joined by ;", True),
    Field("raw_record", "STRING", "The record as it arrived; as JSON when it came in a columnar file"),
    Field("transaction_id", "STRING", "Id of the event, where one could be read"),
    Field("event_date", "DATE", "Day of the event, UTC, where one could be read"),
    Field("source_file", "STRING", "File that brought the record"),
    Field("ingested_at", "TIMESTAMP", "When the pipeline read the record, UTC"),
)

TAXONOMY_FIELDS = (
    Field("decline_reason_standard", "STRING", "Standard reason", True),
    Field("decline_reason_group", "STRING", "Group of the standard reason"),
    Field("actionability", "STRING", "How much a merchant can do about it: HIGH, MEDIUM or LOW"),
    Field("default_action", "STRING", "What to do about it unless a rule says otherwise"),
    Field("recoverable_share", "DOUBLE", "Share of such declines that the action is expected to recover, 0 to 1"),
    Field("_created_at", "TIMESTAMP", "When the row was made, UTC"),
)

FEEDBACK_FIELDS = (
    Field("insight_id", "STRING", "Id of the insight that was reviewed", True),
    Field("insight_type", "STRING", "Kind of insight, such as decline_pattern or routing_suggestion"),
    Field("reviewer", "STRING", "Who reviewed it"),
    Field("verdict", "STRING", "valid, invalid or non_actionable"),
    Field("reason", "STRING", "Why, in the words of the reviewer"),
    Field("model_version", "STRING", "Version of the model behind the insight"),
    Field("prompt_version", "STRING", "Version of the prompt behind the insight"),
    Field("reviewed_at", "TIMESTAMP", "When it was reviewed, UTC"),
)

_REQUEST = "STRUCT<merchant_id: STRING, amount: DOUBLE, fraud_score: DOUBLE, device_trust_score: DOUBLE>"
_RESPONSE = (
    "STRUCT<recommended_path: STRING, risk_tier: STRING, route_name: STRING, route_propensity: DOUBLE, "
    "retry_propensity: DOUBLE>"
)

DECISION_LOG_FIELDS = (
    Field("transaction_id", "STRING", "Event for which the decision was made", True),
    Field("event_date", "DATE", "Day of the event, UTC"),
    Field("decision_type", "STRING", "retry for a repeated attempt, else authentication; both choose a route"),
    Field("decision_timestamp", "TIMESTAMP", "Time of the event, UTC"),
    Field("request_context", _REQUEST, "What was known when the decision was made; amount in units of the currency"),
    Field("decision_response", _RESPONSE, "What was decided; propensities are probabilities of the choice, 0 to 1"),
    Field("_processed_at", "TIMESTAMP", "When the row was made, UTC"),
)

SMART_CHECKOUT_FIELDS = (
    Field("transaction_id", "STRING", "Event for which the path was chosen", True),
    Field("event_date", "DATE", "Day of the event, UTC"),
    Field("decision_timestamp", "TIMESTAMP", "Time of the event, UTC"),
    Field("geo_country", "STRING", "Country from which the cardholder paid"),
    Field("flow_type", "STRING", "Flow of the payment"),
    Field("entry_system", "STRING", "System that took the payment in"),
    Field("risk_tier", "STRING", "Tier of fraud_score: low, medium or high"),
    Field("fraud_score", "DOUBLE", "Likelihood of fraud, 0 to 1"),
    Field("device_trust_score", "DOUBLE", "Trust in the device, 0 to 1"),
    Field("is_network_token", "BOOLEAN", "Whether a network token stood in for the card number"),
    Field("has_passkey", "BOOLEAN", "Whether the cardholder authenticated with a passkey"),
    Field("three_ds_routed", "BOOLEAN", "Whether the payment was sent through 3-D Secure"),
    Field("is_approved", "BOOLEAN", "Whether the issuer approved the payment"),
    Field("amount_usd", "DOUBLE", "Amount in US dollars"),
    Field("recommended_path", "STRING", "3ds_challenge, passkey, network_token, 3ds_frictionless or standard"),
    Field("decision_reason", "STRING", "Why that path"),
    Field("_created_at", "TIMESTAMP", "When the row was made, UTC"),
)

_DERIVED_FIELDS = (
    Field("_ingested_at", "TIMESTAMP", "When the pipeline read the record, UTC"),
    Field("_source_file", "STRING", "File that brought the record"),
    Field("merchant_name", "STRING", "Name of the merchant; NULL when the merchant is unknown"),
    Field("merchant_country", "STRING", "Country of the merchant; NULL when the merchant is unknown"),
    Field("merchant_risk_tier", "STRING", "Risk tier of the merchant; NULL when the merchant is unknown"),
    Field("is_cross_border", "BOOLEAN", "Issuer and merchant in different countries; NULL when either is unknown"),
    Field("event_date", "DATE", "Day of the event, UTC"),
    Field("event_time", "TIMESTAMP", "Time of the event, UTC"),
    Field("event_hour", "INT", "Hour of the day of the event, 0 to 23, UTC"),
    Field("event_day_of_week", "INT", "Day of the week of the event, 1 (Sunday) to 7 (Saturday), UTC"),
    Field("canonical_transaction_key", "STRING", "SHA-256 of merchant, card, amount, currency, attempt and minute"),
    Field("risk_tier", "STRING", "Tier of fraud_score: low, medium or high"),
    Field("amount_bucket", "STRING", "Size by amount_usd: micro, small, medium, large or very_large"),
    Field("composite_risk_score", "DOUBLE", "Weighted mean of fraud, money-laundering and device distrust, 0 to 1"),
    Field("retry_scenario", "STRING", "PaymentRecurrence, PaymentRetry or None"),
    Field("decline_reason_standard", "STRING", "Standard reason of reason_code_taxonomy_silver; NULL when approved"),
    Field("decline_reason_group", "STRING", "Group of the standard reason; NULL when approved"),
    Field("recommended_action", "STRING", "Default action for the standard reason; NULL when approved"),
    Field("service_path", "STRING", "Services that the payment passed, joined by +; empty when none"),
    Field("attempt_sequence", "INT", "Attempt of the same purchase, 1 for the first"),
    Field("previous_attempt_time", "TIMESTAMP", "Time of the attempt that this one repeats, UTC; NULL for a first one"),
    Field("time_since_last_attempt_seconds", "BIGINT", "Seconds since that attempt; NULL for a first one"),
    Field("merchant_retry_policy_max_attempts", "INT", "Attempts that the merchant's policy allows for a purchase"),
    Field("_processed_at", "TIMESTAMP", "When the silver row was made, UTC"),
)

BRONZE_FIELDS = EVENT_FIELDS + ARRIVAL_FIELDS
SILVER_FIELDS = EVENT_FIELDS + _DERIVED_FIELDS


def names(fields: Iterable[Field]) -> list[str]:
    """Column names, in order."""
    return [field.name for field in fields]


def ddl(fields: Iterable[Field], *, strict: bool = True) -> str:
    """Spark DDL with comments; `strict=False` leaves every column nullable, as a reader of foreign files needs."""
    return ", ".join(
        f"`{field.name}` {field.type}{' NOT NULL' if strict and field.required else ''} COMMENT '{_quoted(field)}'"
        for field in fields
    )


def arrow_schema(fields: Iterable[Field]) -> pa.Schema:
    """The same columns as a pyarrow schema."""
    return pa.schema(pa.field(field.name, _ARROW_TYPES[field.type], nullable=not field.required) for field in fields)


def _quoted(field: Field) -> str:
    return field.comment.replace("\\", "\\\\").replace("'", "\\'")
