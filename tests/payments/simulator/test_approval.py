"""How much of the outcome can be known: the best AUC of all, and that of a model without interactions."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from include.payments.simulator import merchants
from include.payments.simulator.events import table
from include.payments.simulator.simulation import simulate

FIRST = date(2026, 10, 29)
DAYS, EVENTS = 5, 15_000
NAMES = [
    "merchant_id", "issuer_id", "card_network", "issuer_country", "geo_country", "merchant_segment", "merchant_country",
    "merchant_risk_tier", "entry_system", "flow_type", "payment_method_type", "payment_solution", "entry_mode",
    "device_type", "route_name", "hour", "three_ds", "reason_before",
]  # fmt: skip
NUMBERS = [
    "log_amount", "fraud_score", "aml_risk_score", "device_trust_score", "prior_approved_count", "retry_count",
    "log_delay",
]  # fmt: skip
FLAGS = [
    "three_ds_routed", "uses_3ds", "antifraud_used", "vault_used", "data_only_used", "click_to_pay_used",
    "is_network_token", "has_passkey", "is_recurring", "is_retry", "idpay_invoked", "is_cross_border",
]  # fmt: skip


def features(events: pd.DataFrame) -> pd.DataFrame:
    """What is known of an event before its authorization, also about the attempt that it repeats."""
    known = events.merge(merchants().to_pandas().drop(columns="merchant_segment"), on="merchant_id", how="left")
    reason = events.set_index("transaction_id").decline_reason
    known = known.assign(
        hour=events.event_timestamp.dt.hour.to_numpy(),
        three_ds=events.three_ds_authenticated.astype(str).to_numpy(),
        reason_before=events.retry_of_transaction_id.map(reason).fillna("none").to_numpy(),
        log_amount=np.log(events.amount_usd.to_numpy()),
        log_delay=np.log1p(events.retry_delay_seconds.fillna(0).to_numpy()),
        is_cross_border=(known.issuer_country != known.merchant_country).to_numpy(),
    )
    return known[[*NAMES, *NUMBERS, *FLAGS]].astype(dict.fromkeys(FLAGS, float))


@pytest.fixture(scope="module", params=(3, 42))
def days(request):
    """Features, outcomes and true probabilities of some days, the last of which is for testing."""
    made = [simulate(FIRST + timedelta(days=n), EVENTS, request.param) for n in range(DAYS)]
    events = pd.concat([table(day).to_pandas() for day in made], ignore_index=True)
    return features(events), events.is_approved.to_numpy(), np.concatenate([day.tries.probability for day in made])


def test_the_best_possible_auc_leaves_room_and_is_worth_a_model(days):
    _, approved, probability = days
    assert 0.75 <= roc_auc_score(approved, probability) <= 0.85


def test_true_probabilities_are_calibrated(days):
    _, approved, probability = days
    tenths = np.array_split(np.argsort(probability), 10)
    for rows in tenths:
        error = 4 * np.sqrt((probability[rows] * (1 - probability[rows])).sum()) / len(rows)
        assert abs(approved[rows].mean() - probability[rows].mean()) <= error + 1e-3


@pytest.fixture(scope="module")
def aucs(days):
    """AUC on the last day: of the truth, of a linear model, and of trees, which see interactions and thresholds."""
    known, approved, probability = days
    train, test = slice(0, (DAYS - 1) * EVENTS), slice((DAYS - 1) * EVENTS, None)
    one_hot = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", min_frequency=20), NAMES),
        (StandardScaler(), NUMBERS),
        remainder="passthrough",
    )
    codes = make_column_transformer(
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), NAMES), remainder="passthrough"
    )
    models = {
        "linear": make_pipeline(one_hot, LogisticRegression(C=0.3, max_iter=200)),
        "trees": make_pipeline(
            codes, HistGradientBoostingClassifier(max_iter=60, learning_rate=0.15, max_leaf_nodes=15, random_state=0)
        ),
    }
    found = {"best": roc_auc_score(approved[test], probability[test])}
    with threadpool_limits(1):  # threads that wait for each other take longer than one
        for name, model in models.items():
            model.fit(known[train], approved[train])
            found[name] = roc_auc_score(approved[test], model.predict_proba(known[test])[:, 1])
    return found


def test_a_linear_model_stays_below_the_best_by_more_than_two_points(aucs):
    assert 0.70 < aucs["linear"] < aucs["best"] - 0.02


def test_what_it_misses_can_be_learned(aucs):
    assert aucs["linear"] + 0.005 < aucs["trees"] < aucs["best"]
