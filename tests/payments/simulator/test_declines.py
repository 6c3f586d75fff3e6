from datetime import date

import numpy as np

from include.payments.simulator.approval import asleep, over_limit, suspicious
from include.payments.simulator.attempts import NO_INCIDENT
from include.payments.simulator.conditions import usual
from include.payments.simulator.simulation import simulate
from include.payments.simulator.vocabulary import APPROVED, REASON


def share(made, reason: str, among: np.ndarray) -> float:
    """Share of a reason in the declines of some first attempts."""
    tries = made.tries
    rows = (tries.number == 0) & (tries.reason != APPROVED) & among[tries.purchase]
    return float((tries.reason[rows] == REASON[reason]).mean())


def test_reasons_follow_their_causes(made):
    bought = made.bought
    assert (made.tries.incident == NO_INCIDENT).all()
    for reason, cause in (
        ("LIMIT_EXCEEDED", over_limit(bought)),
        ("FRAUD_SUSPECTED", suspicious(bought)),
        ("ISSUER_UNAVAILABLE", asleep(bought)),
        ("EXPIRED_CARD", bought.recurring & ~bought.token),
    ):
        assert share(made, reason, cause) > 2 * share(made, reason, ~cause), reason


def test_a_token_or_a_subscription_has_no_security_code_to_be_wrong(made):
    assert share(made, "CVV_MISMATCH", made.bought.recurring | made.bought.token) == 0


def test_a_declined_retry_mostly_hears_the_reason_of_the_attempt_before(events):
    retries = events[events.is_retry & ~events.is_approved]
    before = events.set_index("transaction_id").loc[retries.retry_of_transaction_id]
    asked = before.decline_reason.to_numpy() != "3DS_AUTH_FAILED"
    same = retries.decline_reason.to_numpy() == before.decline_reason.to_numpy()
    assert 0.7 < same[asked].mean() < 0.95


def test_money_is_short_before_payday():
    rates = {}
    for day in (date(2026, 10, 8), date(2026, 10, 22)):
        made = simulate(day, 60_000, 1, usual(day))
        rates[day.day] = share(made, "INSUFFICIENT_FUNDS", np.ones(len(made.bought.card), bool)), made.tries.probability
    assert rates[22][0] > rates[8][0] + 0.02
    assert rates[8][1].mean() > rates[22][1].mean() + 0.005
