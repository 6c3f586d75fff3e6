"""The peer in Polars: silver rows of a day and two of the daily tables, lazily and in one pass each."""

from datetime import date
from pathlib import Path

import polars as pl

from include.payments import kpis, names
from include.payments.taxonomy import DECLINE_REASONS, FRAUD_SUSPECTED, OTHER, STANDARD_REASONS

_REASONS = {reason.name: reason.standard for reason in DECLINE_REASONS}
_STANDARD = {reason.name: reason for reason in STANDARD_REASONS}


def run(landing: Path, day: date, folder: Path) -> None:
    """Writes the silver rows of `day` and its cells of gold_payments_daily and gold_risk_daily as parquet."""
    silver = _silver(landing, day).collect()
    silver.write_parquet(folder / "polars_silver.parquet")
    for name, cells in (("payments", _payments(silver)), ("risk", _risk(silver))):
        cells.write_parquet(folder / f"polars_{name}.parquet")


def _silver(landing: Path, day: date) -> pl.LazyFrame:
    col, when = pl.col, pl.when
    events = pl.scan_parquet(landing / names.DAILY / str(day) / "events-*.parquet")
    merchants = pl.scan_parquet(landing / names.MERCHANTS / "*.parquet").select(
        "merchant_id", "merchant_name", "merchant_country", "merchant_risk_tier"
    )
    usable = events.filter(
        col("transaction_id").str.strip_chars() != "",
        col("merchant_id").str.strip_chars() != "",
        col("amount").is_between(0, 1e12, closed="none"),
        col("is_approved").is_not_null(),
        col("event_timestamp").dt.year().is_between(2000, 2099),
    )
    once = usable.unique("transaction_id", keep="first").join(merchants, on="merchant_id", how="left")
    amount_usd = pl.coalesce("amount_usd", (col("amount") * col("currency").replace_strict(
        kpis.USD_RATES, default=None, return_dtype=pl.Float64)).round(2))  # fmt: skip
    bucket = pl.lit(kpis.AMOUNT_BUCKET_TOP)
    for bound, name in reversed(kpis.AMOUNT_BUCKETS):
        bucket = when(col("amount_usd") < bound).then(pl.lit(name)).otherwise(bucket)
    standard = (
        when("is_approved").then(None)
        .when(col("antifraud_result") == "fail").then(pl.lit(FRAUD_SUSPECTED))
        .otherwise(col("decline_reason").replace_strict(_REASONS, default=OTHER))
    )  # fmt: skip
    flags = ("is_network_token", "has_passkey", "data_only_used", "click_to_pay_used", "vault_used")
    path = [pl.format("antifraud={}", "antifraud_result"), _either("three_ds_routed", "three_ds_friction",
            "3ds=challenge", "3ds=frictionless"), _either("idpay_invoked", "idpay_success", "idpay=success",
            "idpay=fail"), *(when(flag).then(pl.lit(flag)) for flag in flags)]  # fmt: skip
    key = pl.concat_str(
        "merchant_id", col("card_token_id").fill_null(""), col("amount").round(2).cast(pl.String), "currency",
        col("retry_count").fill_null(0).cast(pl.String), col("event_timestamp").dt.strftime("%Y-%m-%d-%H-%M"),
        separator="|",
    )  # fmt: skip
    risk = kpis.RISK_WEIGHT_FRAUD * col("fraud_score") + kpis.RISK_WEIGHT_AML * col("aml_risk_score")
    return once.with_columns(
        amount_usd=amount_usd,
        event_date=col("event_timestamp").dt.date(),
        event_hour=col("event_timestamp").dt.hour(),
        event_day_of_week=col("event_timestamp").dt.weekday(),
        is_cross_border=col("issuer_country") != col("merchant_country"),
        canonical_transaction_key=key.hash(),
        risk_tier=when(col("fraud_score") > kpis.RISK_TIER_HIGH).then(pl.lit("high"))
        .when(col("fraud_score") > kpis.RISK_TIER_MEDIUM).then(pl.lit("medium")).otherwise(pl.lit("low")),
        composite_risk_score=risk + kpis.RISK_WEIGHT_DEVICE * (1 - col("device_trust_score")),
        retry_scenario=when("is_recurring").then(pl.lit("PaymentRecurrence"))
        .when("is_retry").then(pl.lit("PaymentRetry")).otherwise(pl.lit("None")),
        decline_reason_standard=standard,
        service_path=pl.concat_str(path, separator="+", ignore_nulls=True),
        attempt_sequence=col("retry_count").fill_null(0) + 1,
        previous_attempt_time=col("event_timestamp") - pl.duration(seconds="retry_delay_seconds"),
    ).with_columns(
        amount_bucket=bucket,
        decline_reason_group=_of_reason({name: reason.group for name, reason in _STANDARD.items()}),
        recommended_action=_of_reason({name: reason.default_action for name, reason in _STANDARD.items()}),
    )  # fmt: skip


def _either(condition: str, which: str, yes: str, no: str) -> pl.Expr:
    return pl.when(condition).then(pl.when(which).then(pl.lit(yes)).otherwise(pl.lit(no)))


def _of_reason(values: dict[str, str]) -> pl.Expr:
    return pl.col("decline_reason_standard").replace_strict(values, default=None, return_dtype=pl.String)


def _sums(*columns: str) -> list[pl.Expr]:
    return [
        expression
        for name in columns
        for expression in (pl.col(name).sum().alias(f"{name}_sum"), pl.col(name).count().alias(f"{name}_count"))
    ]


def _payments(silver: pl.DataFrame) -> pl.DataFrame:
    keys = ("event_date", "merchant_segment", "card_network", "issuer_country", "decline_reason", "is_approved")
    return silver.group_by(*keys).agg(
        pl.len().alias("transaction_count"),
        (pl.col("risk_tier") == "low").sum().alias("low_risk_count"),
        *_sums("amount_usd", "fraud_score", "device_trust_score", "processing_time_ms"),
        pl.col("merchant_id").approx_n_unique(),
    )


def _risk(silver: pl.DataFrame) -> pl.DataFrame:
    keys = ("event_date", "merchant_segment", "issuer_country", "payment_solution", "risk_tier")
    return silver.group_by(*keys).agg(
        pl.len().alias("transaction_count"),
        pl.col("is_approved").sum().alias("approved_count"),
        pl.col("is_cross_border").sum().alias("cross_border_count"),
        *_sums("amount_usd", "fraud_score", "aml_risk_score", "device_trust_score", "composite_risk_score",
               "processing_time_ms"),
    )  # fmt: skip
