"""Spark SQL expressions that make bronze and silver columns, built from the taxonomy and the thresholds.

Strings, so that the pipelines, the tests and any SQL engine that speaks the dialect share one definition, and this
package needs no Spark.
"""

from __future__ import annotations

from collections.abc import Iterable

from . import kpis
from .schema import EVENT_FIELDS, SILVER_FIELDS, SMART_CHECKOUT_FIELDS, names
from .taxonomy import DECLINE_REASONS, FRAUD_SUSPECTED, OTHER, STANDARD_REASONS

JSON_SCHEMA = ", ".join(f"`{field.name}` STRING" for field in EVENT_FIELDS) + ", _corrupt STRING"
"""A JSON line is read as text, field by field, so that one bad value does not spoil the others."""

_CURRENCIES = ", ".join(f"'{code}'" for code in kpis.USD_RATES)

_USABLE = (
    ("transaction_id is missing", "trim(coalesce(transaction_id, '')) = ''"),
    ("merchant_id is missing", "trim(coalesce(merchant_id, '')) = ''"),
    ("amount is missing or not above 0", "NOT coalesce(amount > 0 AND amount < 1e12, false)"),
    ("currency has no known rate and amount_usd is missing", f"amount_usd IS NULL AND currency NOT IN ({_CURRENCIES})"),
    ("currency is missing", "trim(coalesce(currency, '')) = ''"),
    ("event_timestamp is missing", "event_timestamp IS NULL"),
    ("event_timestamp is before 2000 or after 2099", "year(event_timestamp) NOT BETWEEN 2000 AND 2099"),
    ("is_approved is missing", "is_approved IS NULL"),
)

_IN_TIME = (
    (
        "event_timestamp is more than a day after the record arrived",
        "event_timestamp > current_timestamp() + INTERVAL 1 DAY",
    ),
)
"""Not for the simulator, which may be asked for any date."""


def clean(text: str) -> str:
    """A line of a file as text: without the mark that some tools put before the first one, and valid UTF-8."""
    return f"make_valid_utf8(trim(LEADING '\ufeff' FROM {text}))"


def from_json(text: str) -> str:
    """The struct of texts that a JSON line holds; `_corrupt` is set when the line is no JSON object."""
    options = "map('mode', 'PERMISSIVE', 'columnNameOfCorruptRecord', '_corrupt')"
    return f"from_json({text}, '{JSON_SCHEMA}', {options})"


def typed(struct: str) -> list[str]:
    """Each event field of a struct of texts in its type, NULL where the text cannot be read as that."""
    return [f"try_cast({struct}.`{field.name}` AS {field.type}) AS `{field.name}`" for field in EVENT_FIELDS]


def json_problem(struct: str) -> str:
    """Why a JSON line cannot be used, as an expression over its struct of texts and its typed columns."""
    unread = [
        (
            f"{field.name} cannot be read as {field.type}",
            f"trim({struct}.`{field.name}`) <> '' AND try_cast({struct}.`{field.name}` AS {field.type}) IS NULL",
        )
        for field in EVENT_FIELDS
        if field.type != "STRING"
    ]
    rest = _joined([*unread, *_USABLE, *_IN_TIME])
    return f"CASE WHEN {struct} IS NULL OR {struct}._corrupt IS NOT NULL THEN 'not a JSON object' ELSE {rest} END"


def problem() -> str:
    """Why a record with typed columns cannot be used; NULL when it can."""
    return _joined(_USABLE)


def silver_columns() -> list[str]:
    """The silver row over the columns of bronze and of the merchant dimension, in the order of SILVER_FIELDS."""
    made = derived()
    return [
        f"{made[field.name]} AS `{field.name}`" if field.name in made else f"`{field.name}`" for field in SILVER_FIELDS
    ]


def recommended_path() -> str:
    """The path through checkout that the risk and the means of the payment call for."""
    return _case(
        [
            ("risk_tier = 'high'", _text("3ds_challenge")),
            ("has_passkey", _text("passkey")),
            ("is_network_token", _text("network_token")),
            ("three_ds_routed", _text("3ds_frictionless")),
        ],
        _text("standard"),
    )


def path_reason() -> str:
    """Why `recommended_path` is what it is, in words."""
    return _case(
        [
            ("risk_tier = 'high'", _text(f"Fraud score above {kpis.RISK_TIER_HIGH}")),
            ("has_passkey", _text("The cardholder has a passkey")),
            ("is_network_token", _text("A network token stands in for the card")),
            ("three_ds_routed", _text("Routed through 3DS at lower risk")),
        ],
        _text("Nothing calls for another path"),
    )


def derived() -> dict[str, str]:
    """The expression of each silver column that is not taken over as it is, by name."""
    standard = {reason.name: reason for reason in STANDARD_REASONS}
    rates = [(f"currency = {_text(code)}", repr(rate)) for code, rate in kpis.USD_RATES.items()]
    amount_usd = f"coalesce(amount_usd, round(amount * {_case(rates, 'NULL')}, 2))"
    return {
        "transaction_stage": "coalesce(transaction_stage, 'entry_response')",
        "amount_usd": amount_usd,
        "is_cross_border": "issuer_country <> merchant_country",
        "event_date": "to_date(event_timestamp)",
        "event_time": "event_timestamp",
        "event_hour": "hour(event_timestamp)",
        "event_day_of_week": "dayofweek(event_timestamp)",
        "canonical_transaction_key": "sha2(concat_ws('|', merchant_id, coalesce(card_token_id, ''), "
        "cast(cast(amount AS DECIMAL(18, 2)) AS STRING), currency, coalesce(retry_count, 0), "
        "date_format(event_timestamp, 'yyyy-MM-dd-HH-mm')), 256)",
        "risk_tier": _case(
            [
                ("fraud_score IS NULL", "NULL"),
                (f"fraud_score > {kpis.RISK_TIER_HIGH}", _text("high")),
                (f"fraud_score > {kpis.RISK_TIER_MEDIUM}", _text("medium")),
            ],
            _text("low"),
        ),
        "amount_bucket": _case(
            [(f"{amount_usd} < {bound}", _text(name)) for bound, name in kpis.AMOUNT_BUCKETS],
            _text(kpis.AMOUNT_BUCKET_TOP),
        ),
        "composite_risk_score": f"{kpis.RISK_WEIGHT_FRAUD} * fraud_score + {kpis.RISK_WEIGHT_AML} * aml_risk_score "
        f"+ {kpis.RISK_WEIGHT_DEVICE} * (1 - device_trust_score)",
        "retry_scenario": "CASE WHEN is_recurring THEN 'PaymentRecurrence' WHEN is_retry THEN 'PaymentRetry' "
        "ELSE 'None' END",
        "decline_reason_standard": _case(
            [("is_approved", "NULL"), ("antifraud_result = 'fail'", _text(FRAUD_SUSPECTED))]
            + [(f"decline_reason = {_text(reason.name)}", _text(reason.standard)) for reason in DECLINE_REASONS],
            _text(OTHER),
        ),
        "decline_reason_group": _case(
            [(f"decline_reason_standard = {_text(n)}", _text(reason.group)) for n, reason in standard.items()], "NULL"
        ),
        "recommended_action": _case(
            [(f"decline_reason_standard = {_text(n)}", _text(reason.default_action)) for n, reason in standard.items()],
            "NULL",
        ),
        "service_path": "concat_ws('+', concat('antifraud=', antifraud_result), "
        "CASE WHEN three_ds_routed THEN if(three_ds_friction, '3ds=challenge', '3ds=frictionless') END, "
        "CASE WHEN idpay_invoked THEN if(idpay_success, 'idpay=success', 'idpay=fail') END, "
        "if(is_network_token, 'network_token', NULL), if(has_passkey, 'passkey', NULL), "
        "if(data_only_used, 'data_only', NULL), if(click_to_pay_used, 'click_to_pay', NULL), "
        "if(vault_used, 'vault', NULL))",
        "attempt_sequence": "coalesce(retry_count, 0) + 1",
        "previous_attempt_time": "timestampadd(SECOND, -retry_delay_seconds, event_timestamp)",
        "time_since_last_attempt_seconds": "retry_delay_seconds",
        "merchant_retry_policy_max_attempts": _case(
            [
                (f"merchant_risk_tier = {_text(tier)}", str(attempts))
                for tier, attempts in kpis.RETRY_ATTEMPTS_BY_MERCHANT_TIER.items()
            ],
            str(kpis.RETRY_ATTEMPTS_DEFAULT),
        ),
        "_processed_at": "current_timestamp()",
    }


def decision_log_columns() -> list[str]:
    """Select list of the decision log over silver."""
    path = "CASE WHEN uses_3ds THEN '3ds_challenge' WHEN has_passkey THEN 'passkey' ELSE 'frictionless' END"
    return [
        "transaction_id",
        "event_date",
        "if(is_retry, 'retry', 'authentication') AS decision_type",
        "event_time AS decision_timestamp",
        "struct(merchant_id, amount, fraud_score, device_trust_score) AS request_context",
        f"struct({path} AS recommended_path, risk_tier, route_name, route_propensity, retry_propensity) "
        "AS decision_response",
        "current_timestamp() AS _processed_at",
    ]


def checkout_columns() -> list[str]:
    """Select list of the checkout decisions over silver."""
    made = {
        "decision_timestamp": "event_time",
        "recommended_path": recommended_path(),
        "decision_reason": path_reason(),
        "_created_at": "current_timestamp()",
    }
    return [f"{made.get(column, column)} AS {column}" for column in names(SMART_CHECKOUT_FIELDS)]


def _joined(checks: Iterable[tuple[str, str]]) -> str:
    return "nullif(concat_ws('; ', " + ", ".join(f"if({bad}, {_text(why)}, NULL)" for why, bad in checks) + "), '')"


def _case(branches: Iterable[tuple[str, str]], otherwise: str) -> str:
    return "CASE " + " ".join(f"WHEN {when} THEN {then}" for when, then in branches) + f" ELSE {otherwise} END"


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
