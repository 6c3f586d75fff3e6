from datetime import date

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from include.payments.simulator import merchants
from include.payments.simulator.conditions import usual
from include.payments.simulator.events import table
from include.payments.simulator.ground_truth import truth_table
from include.payments.simulator.simulation import simulate

DAY = date(2026, 11, 3)


@pytest.fixture(scope="module")
def payments() -> pd.DataFrame:
    """First attempts of a day with the pattern that they really belong to."""
    made = simulate(DAY, 100_000, 5, usual(DAY))
    joined = table(made).to_pandas().assign(pattern=truth_table(made)["fraud_pattern"].to_pandas().fillna("none"))
    return joined[(joined.retry_count == 0) & ~joined.duplicated(["card_token_id", "merchant_id", "amount"])]


def bursts(payments: pd.DataFrame, pattern: str) -> pd.core.groupby.DataFrameGroupBy:
    return payments[payments.pattern == pattern].groupby("device_fingerprint")


def test_fraud_is_rare_and_has_all_patterns(payments):
    shares = payments.pattern.value_counts(normalize=True)
    assert 0.005 < 1 - shares["none"] < 0.02
    assert set(shares.index) == {"none", "lone", "card_testing", "stolen_card"}
    assert shares.min() > 0.001


def test_card_testing_is_many_cards_of_one_bin_with_tiny_amounts_in_minutes(payments):
    groups = bursts(payments, "card_testing")
    sizes = groups.size()
    assert sizes.median() >= 10
    assert (groups.card_bin.nunique() == 1).mean() > 0.95
    assert (groups.merchant_id.nunique() == 1).mean() > 0.95
    assert (groups.card_token_id.nunique() > 0.8 * sizes).mean() > 0.95
    assert payments[payments.pattern == "card_testing"].amount_usd.max() <= 3.01
    spans = groups.event_timestamp.agg(lambda at: (at.max() - at.min()).total_seconds())
    assert spans.median() < 15 * 60


def test_a_stolen_card_pays_large_amounts_at_several_merchants_within_hours(payments):
    groups = bursts(payments, "stolen_card")
    assert (groups.card_token_id.nunique() == 1).mean() > 0.95
    assert groups.merchant_id.nunique().median() >= 3
    assert payments[payments.pattern == "stolen_card"].amount_usd.median() > 200
    spans = groups.event_timestamp.agg(lambda at: (at.max() - at.min()).total_seconds())
    assert spans.median() < 2 * 3600


def test_lone_fraud_prefers_risky_merchants(payments):
    lone = payments[payments.pattern == "lone"]
    tier = merchants().to_pandas().set_index("merchant_id").merchant_risk_tier
    assert (lone.merchant_id.map(tier) == "high").mean() > 1.5 * (payments.merchant_id.map(tier) == "high").mean()


def test_the_fraud_score_helps_and_errs(payments):
    fraud = payments.pattern != "none"
    assert 0.75 < roc_auc_score(fraud, payments.fraud_score) < 0.95
    flagged = payments.fraud_score > 0.6
    assert 0.3 < flagged[fraud].mean() < 0.8
    assert 0.002 < flagged[~fraud].mean() < 0.02


def test_fraud_is_declined_more_often_and_never_recurring(payments):
    fraud = payments.pattern != "none"
    assert payments[fraud].is_approved.mean() < payments[~fraud].is_approved.mean() - 0.2
    assert not payments[fraud].is_recurring.any()
    honest, testing = (payments[payments.pattern == name].device_fingerprint for name in ("none", "card_testing"))
    assert not set(honest) & set(testing)
