"""When a minute is worth an alert: the expressions, run by DuckDB, against what chance does."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from include.payments import alerts

CELLS, MINUTES = 192, 60
QUIET = {
    "transaction_count": 300,
    "approved_count": 255,
    "avg_fraud_score": 0.2,
    "fraud_score_stddev": 0.1,
    "avg_latency_ms": 200.0,
    "latency_stddev_ms": 100.0,
    "cell_count": 2000,
    "hour_count": 2000,
    **{f"{of}_approval_rate": 0.85 for of in ("cell", "segment", "hour", "network")},
    **{f"{of}_fraud_score": 0.2 for of in ("cell", "segment", "hour", "network")},
    **{f"{of}_latency_ms": 200.0 for of in ("cell", "segment", "hour", "network")},
}


def compared(minutes: pd.DataFrame) -> pd.DataFrame:
    """The minutes with their expectation, distances, verdict and the alert's columns."""
    stages = (alerts.EXPECTED, alerts.DISTANCES, {"is_alert": f"coalesce({alerts.IS_ALERT}, false)"})
    query = "minutes"
    for columns in stages:
        query = f"(SELECT *, {', '.join(f'{made} AS {name}' for name, made in columns.items())} FROM {query})"
    shown = ", ".join(f"{made} AS {name}" for name, made in alerts.ALERT_COLUMNS.items())
    connection = duckdb.connect()
    connection.register("minutes", minutes)
    return connection.sql(f"SELECT *, {shown} FROM {query}").df()


def one(**changes) -> pd.Series:
    return compared(pd.DataFrame([QUIET | changes])).iloc[0]


def many(count: int, **columns) -> pd.DataFrame:
    return pd.DataFrame({name: np.broadcast_to(value, count) for name, value in (QUIET | columns).items()})


def test_a_usual_minute_raises_no_alert():
    assert not one().is_alert


def test_a_drop_says_what_was_seen_and_what_is_usual():
    alert = one(approved_count=180)
    assert alert.is_alert
    assert (alert.alert_type, alert.severity) == ("LOW_APPROVAL_RATE", "CRITICAL")
    assert alert.alert_message == (
        "Approval rate 60.0 % over 300 payments in the minute; expected at least 85.0 % (usual at this hour, by 2000 "
        "payments of the last 28 days of gold): 10.6 standard errors away"
    )
    assert alert.expected_rate_pct == 85.0
    assert alert.standard_errors == 10.64


def test_fraud_and_latency_are_told_in_their_units():
    fraud, slow = one(avg_fraud_score=0.26), one(avg_latency_ms=260.0)
    assert (fraud.alert_type, slow.alert_type) == ("HIGH_FRAUD_RATE", "HIGH_LATENCY")
    assert "Mean fraud score 0.26 over 300 payments" in fraud.alert_message
    assert "Mean latency 260.0 ms over 300 payments" in slow.alert_message
    assert "at most 200.0 ms" in slow.alert_message


def test_the_hour_and_the_network_move_what_is_expected():
    alert = one(approved_count=210, hour_approval_rate=0.75, network_approval_rate=0.83)
    assert not alert.is_alert
    assert alert.expected_rate_pct == 73.0


def test_too_few_payments_raise_no_alert():
    few = {"transaction_count": alerts.MIN_EVENTS - 1, "approved_count": 0}
    assert not one(**few).is_alert
    assert one(**few | {"transaction_count": alerts.MIN_EVENTS}).is_alert


@pytest.mark.parametrize("thin", ["cell_count", "hour_count"])
@pytest.mark.parametrize("payments", [None, alerts.MIN_HISTORY - 1])
def test_without_a_history_the_fixed_bound_stands_in(thin, payments):
    kept = one(**{thin: payments, "approved_count": 240})
    low = one(**{thin: payments, "approved_count": 190})
    assert not kept.is_alert
    assert low.is_alert
    assert low.expected_rate_pct == 100 * alerts.APPROVAL_FLOOR
    assert pd.isna(low.history_count)
    assert "a fixed bound, as there is too little history" in low.alert_message


def test_what_is_significant_and_does_not_matter_is_no_alert():
    huge = {"transaction_count": 2_000_000, "cell_count": 10**9, "hour_count": 10**9}
    gap = alerts.APPROVAL_MATTERS * 0.9
    minute = one(**huge, approved_count=int(2_000_000 * (0.85 - gap)))
    assert minute.rate_distance > alerts.STANDARD_ERRORS
    assert not minute.is_alert


def test_equal_values_have_no_distance_and_no_error():
    assert not one(fraud_score_stddev=0.0, latency_stddev_ms=0.0, avg_fraud_score=0.9).is_alert


def test_chance_raises_fewer_false_approval_alarms_than_is_stated():
    """Exact: for each size and rate, the probability of all counts that would raise an alert, at its worst."""
    sizes = (*range(alerts.MIN_EVENTS, 200, 3), 300, 1000)
    grid = pd.DataFrame(
        [(rate, size, k) for rate in (0.6, 0.7, 0.8, 0.85, 0.9) for size in sizes for k in range(size)],
        columns=["rate", "size", "approved"],
    )
    usual = {name: grid.rate for name in QUIET if name.endswith("approval_rate")}
    known = {"cell_count": 10**9, "hour_count": 10**9}
    seen = compared(many(len(grid), transaction_count=grid["size"], approved_count=grid.approved, **usual, **known))
    chance = pd.Series(binom.pmf(grid.approved, grid["size"], grid.rate))[seen.is_alert]
    worst = chance.groupby([grid.rate, grid["size"]]).sum().max()
    assert 0 < worst * CELLS * MINUTES <= alerts.FALSE_ALARMS_PER_HOUR


def test_ten_quiet_hours_raise_no_alarm_though_the_history_is_an_estimate():
    rng, count = np.random.default_rng(11), CELLS * MINUTES * 10
    size, history = rng.integers(alerts.MIN_EVENTS, 200, count), rng.integers(alerts.MIN_HISTORY, 3000, count)
    rate = rng.uniform(0.7, 0.92, count)
    # Means of skewed values, as fraud scores and latencies are: gamma with the shape of one payment times the size.
    fraud, slow = rng.gamma(2.0 * size, 0.1 / size), rng.gamma(4.0 * size, 50.0 / size)
    minutes = many(
        count,
        transaction_count=size,
        approved_count=rng.binomial(size, rate),
        cell_count=history,
        hour_count=history,
        avg_fraud_score=fraud,
        fraud_score_stddev=fraud / np.sqrt(2.0),
        avg_latency_ms=slow,
        latency_stddev_ms=slow / 2.0,
        cell_fraud_score=rng.gamma(2.0 * history, 0.1 / history),
        cell_latency_ms=rng.gamma(4.0 * history, 50.0 / history),
        cell_approval_rate=rng.binomial(history, rate) / history,
    )
    seen = compared(minutes)
    assert seen.rate_distance.max() > 4, "chance was at work"
    assert seen.is_alert.sum() <= np.ceil(10 * alerts.FALSE_ALARMS_PER_HOUR)
