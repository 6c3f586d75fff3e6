from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.payments import kpis, schema, taxonomy
from include.payments.kpis import MIN_PROPENSITY, USD_RATES
from include.payments.simulator import generate, merchants, vocabulary

DAY = date(2026, 11, 3)


@given(st.integers(0, 2**40), st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
@settings(max_examples=30, deadline=None)
def test_the_same_input_gives_the_same_table(seed, day, count):
    table = generate(day, count, seed)
    assert table.num_rows == count
    assert table.equals(generate(day, count, seed))
    assert table.schema.equals(schema.arrow_schema(schema.EVENT_FIELDS))
    table.validate(full=True)
    ids = table["transaction_id"].to_pylist()
    assert len(set(ids)) == count
    assert {a for a in table["retry_of_transaction_id"].to_pylist() if a} <= set(ids)
    assert all(moment.date() == day for moment in table["event_timestamp"].to_pylist())


def test_seeds_and_days_share_no_id():
    tables = [generate(DAY + timedelta(days=d), 5_000, seed) for d in range(3) for seed in (1, 42, 2026)]
    ids = [an_id for table in tables for an_id in table["transaction_id"].to_pylist()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(("count", "seed"), [(-1, 1), (1, -1)])
def test_negative_input_is_refused(count, seed):
    with pytest.raises(ValueError, match="must not be negative"):
        generate(DAY, count, seed)


def test_marginals_are_near_those_of_the_product(events):
    assert 0.80 < events.is_approved.mean() < 0.84
    share = events.geo_country.value_counts(normalize=True)
    assert 0.70 < share["BR"] < 0.75
    assert 0.07 < share["US"] < 0.13
    assert set(share.index) == {"BR", "US", "MX", "AR", "CL"}
    assert 45 < events.amount_usd.median() < 65
    assert 140 < events.amount_usd.mean() < 200
    assert 550 < events.amount_usd.quantile(0.95) < 750
    assert 0.05 < events.is_retry.mean() < 0.12
    brazil = events[events.geo_country == "BR"].entry_system.value_counts(normalize=True)
    assert 0.58 < brazil["PD"] < 0.66
    assert 0.002 < (events.fraud_score > 0.75).mean() < 0.03


def test_required_fields_are_there_and_values_are_in_range(events):
    required = [field.name for field in schema.EVENT_FIELDS if field.required]
    assert events[required].notna().all().all()
    for column in ("fraud_score", "aml_risk_score", "device_trust_score"):
        assert events[column].between(0, 1).all()
    assert (events.amount > 0).all()
    assert (events.processing_time_ms > 0).all()


def test_amounts_agree_in_both_currencies(events):
    in_usd = events.amount * events.currency.map(USD_RATES)
    assert (in_usd - events.amount_usd).abs().max() <= 0.011


def test_merchants_are_one_row_each_and_agree_with_the_events(events):
    dimension = merchants().to_pandas()
    assert dimension.merchant_id.is_unique
    joined = events.merge(dimension, on="merchant_id", suffixes=("", "_dim"))
    assert len(joined) == len(events)
    assert (joined.merchant_segment == joined.merchant_segment_dim).all()
    assert {"BR", "US"} <= set(joined.merchant_country) & set(events.issuer_country)


def test_decline_reasons_agree_with_the_taxonomy(events):
    declined = events[~events.is_approved]
    codes = {reason.name: reason.code for reason in taxonomy.DECLINE_REASONS}
    assert (declined.merchant_response_code == declined.decline_reason.map(codes)).all()
    pairs = zip(declined.card_network, declined.decline_reason, strict=True)
    own = [taxonomy.NETWORK_CODES.get(pair) for pair in pairs]
    expected = pd.Series(own, index=declined.index).fillna(declined.merchant_response_code)
    assert (declined.decline_code_raw == expected).all()
    assert set(taxonomy.NETWORK_CODES.values()) <= set(declined.decline_code_raw)
    assert set(declined.decline_reason) == set(codes)
    approved = events[events.is_approved]
    assert approved.decline_reason.isna().all()
    assert approved.decline_code_raw.isna().all()
    assert (approved.merchant_response_code == taxonomy.APPROVED_CODE).all()


def test_a_failed_antifraud_check_is_a_fraud_decline(events):
    assert (events[events.antifraud_result == "fail"].decline_reason == "FRAUD_SUSPECTED").all()
    assert ((events.antifraud_result == "not_run") == ~events.antifraud_used).all()


def test_retries_follow_a_declined_attempt_of_the_same_purchase(events):
    retries = events[events.is_retry]
    assert (events.is_retry == events.retry_of_transaction_id.notna()).all()
    assert (events.is_retry == (events.retry_count > 0)).all()
    before = events.set_index("transaction_id").loc[retries.retry_of_transaction_id]
    assert not before.is_approved.any()
    for column in ("merchant_id", "card_token_id", "amount", "currency"):
        assert (before[column].to_numpy() == retries[column].to_numpy()).all()
    assert (before.retry_count.to_numpy() + 1 == retries.retry_count.to_numpy()).all()
    gap = (retries.event_timestamp.to_numpy() - before.event_timestamp.to_numpy()) / np.timedelta64(1, "s")
    assert np.abs(gap - retries.retry_delay_seconds.to_numpy()).max() < 0.001
    assert before.index.is_unique


def test_retries_succeed_by_reason_and_delay(events):
    retries = events[events.is_retry]
    before = events.set_index("transaction_id").loc[retries.retry_of_transaction_id]
    success = retries.groupby(before.decline_reason.to_numpy()).is_approved.mean()
    assert success["TEMPORARY_FAILURE"] > success["INSUFFICIENT_FUNDS"] > success["EXPIRED_CARD"]
    funds = retries[before.decline_reason.to_numpy() == "INSUFFICIENT_FUNDS"]
    assert funds[funds.retry_delay_seconds >= 7200].is_approved.mean() > (
        funds[funds.retry_delay_seconds < 3600].is_approved.mean() + 0.05
    )


def test_choices_are_logged_with_their_probability(events):
    assert events.route_propensity.between(MIN_PROPENSITY, 1).all()
    assert events[events.is_retry].retry_propensity.between(MIN_PROPENSITY, 1).all()
    assert events[~events.is_retry].retry_propensity.isna().all()
    cell = events[(events.card_network == "visa") & (events.route_propensity == 0.70)]
    assert set(cell.route_name) == {"psp_primary"}
    visa = events[events.card_network == "visa"]
    weighted = (1 / visa.route_propensity).groupby(visa.route_name).sum() / len(visa)
    assert weighted.between(0.9, 1.1).all()


def test_flags_agree_with_the_payment_solution(events):
    assert (events.has_passkey == (events.payment_solution == "passkey")).all()
    tokens = events.payment_solution.isin(["network_token", "apple_pay", "google_pay"])
    assert (events.is_network_token == tokens).all()
    assert events[events.payment_solution == "3ds"].three_ds_routed.all()
    assert events[events.three_ds_routed].uses_3ds.all()
    assert (events.three_ds_friction.notna() == events.three_ds_routed).all()
    assert (events.idpay_success.notna() == events.idpay_invoked).all()
    failed = events[events.three_ds_authenticated.eq(False)]
    assert (failed.decline_reason == "3DS_AUTH_FAILED").all()
    assert ((events.decline_reason == "3DS_AUTH_FAILED") <= events.three_ds_routed).all()


def test_bins_agree_with_network_and_issuer(events):
    prefixes = {"visa": "4", "mastercard": ("51", "52", "53", "54", "55", "2221"), "amex": ("34", "37")}
    for network, prefix in (prefixes | {"discover": ("6011", "65")}).items():
        assert events[events.card_network == network].card_bin.str.startswith(prefix).all()
    assert (events.card_bin.str.len() == 6).all()
    assert (events.groupby(["issuer_id", "card_network"]).card_bin.nunique() == 1).all()
    assert (events.groupby("issuer_id").issuer_country.nunique() == 1).all()


def test_a_card_keeps_its_issuer_network_and_holder(events):
    kept = ["issuer_id", "card_network", "card_bin", "cardholder_id", "payment_method_type"]
    of_card = events.groupby("card_token_id")[kept].nunique()
    assert (of_card == 1).all().all()


def test_some_purchases_are_seen_by_two_entry_systems(events):
    key = ["merchant_id", "card_token_id", "amount", "retry_count"]
    minute = events.event_timestamp.dt.floor("min")
    twice = events[events.duplicated([*key], keep=False)].groupby([*key, minute])
    twice = twice.filter(lambda rows: len(rows) == 2)
    assert 0.004 < len(twice) / 2 / len(events) < 0.02
    systems = twice.groupby([*key, minute]).entry_system.nunique()
    assert (systems == 2).mean() > 0.98


def test_prior_approvals_grow_over_the_day(events):
    assert (events.prior_approved_count >= 0).all()
    ordered = events.sort_values("event_timestamp", kind="stable").groupby(["merchant_id", "card_token_id"])
    assert (ordered.prior_approved_count.diff().dropna() >= 0).all()


def test_the_day_has_a_rhythm_and_ends_at_midnight(events):
    hours = events.event_timestamp.dt.hour.value_counts(normalize=True)
    assert hours[20] > 3 * hours[6]
    midnight = datetime(2026, 11, 3, tzinfo=UTC)
    assert events.event_timestamp.between(midnight, midnight + timedelta(days=1), inclusive="left").all()
    assert events.event_timestamp.is_monotonic_increasing


def test_approval_has_causes_that_can_be_found(events):
    first = events[~events.is_retry]
    assert first[first.fraud_score > 0.6].is_approved.mean() < first.is_approved.mean() - 0.3
    by_issuer = first.groupby("issuer_id").is_approved.agg(["mean", "size"])
    assert by_issuer[by_issuer["size"] > 500]["mean"].std() > 0.02


def test_a_week_has_every_value_that_a_rule_may_name():
    week = pd.concat([generate(DAY + timedelta(days=n), 3000, 7).to_pandas() for n in range(7)])
    values_of = {
        "route_name": vocabulary.ROUTES,
        "decline_reason": vocabulary.REASONS,
        "payment_solution": vocabulary.SOLUTIONS,
        "entry_system": vocabulary.ENTRY_SYSTEMS,
        "entry_mode": vocabulary.ENTRY_MODES,
        "flow_type": vocabulary.FLOWS,
        "device_type": vocabulary.DEVICE_TYPES,
        "card_network": vocabulary.NETWORKS,
        "issuer_country": vocabulary.COUNTRIES,
        "merchant_segment": vocabulary.SEGMENTS,
        "currency": vocabulary.CURRENCIES,
        "antifraud_result": ("pass", "fail", "not_run"),
        "payment_method_type": ("credit", "debit"),
        "transaction_stage": ("entry_response", "downstream_response"),
        "retry_count": (0, 1, 2, 3),
    }
    for column, values in values_of.items():
        assert set(week[column].dropna()) == set(values), column
    assert week.nunique().min() >= 2
    assert set(kpis.risk_tier(score) for score in week.fraud_score) == {"low", "medium", "high"}
    assert len({kpis.amount_bucket(amount) for amount in week.amount_usd}) == len(kpis.AMOUNT_BUCKETS) + 1
