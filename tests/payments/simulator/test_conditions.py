from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from include.payments.simulator.conditions import conditions, usual
from include.payments.simulator.decoys import MIX_SHIFT, PROMOTION, VISITORS
from include.payments.simulator.incidents import Decoy
from include.payments.simulator.simulation import simulate
from include.payments.simulator.vocabulary import GAMING
from include.payments.simulator.world import world

DAY = date(2026, 11, 3)


def decoy(kind: str, column: str, value: str) -> Decoy:
    return Decoy(kind, ((column, value),), DAY, DAY, 2.0)


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)))
def test_the_shares_of_a_day_add_up(day):
    shares = usual(day).by_hour
    assert np.isclose(shares.sum(), 1)
    assert (shares >= 0).all()


def test_decoys_bring_more_of_their_payments():
    here = world()
    before = usual(DAY).by_hour.sum(axis=0)
    gaming = conditions(DAY, (), (decoy(MIX_SHIFT, "merchant_segment", "Gaming"),)).by_hour.sum(axis=0)
    assert gaming[here.merchant_segment == GAMING].sum() > 1.7 * before[here.merchant_segment == GAMING].sum()
    promoted = conditions(DAY, (), (decoy(PROMOTION, "merchant_id", "m_7"),)).by_hour.sum(axis=0)
    assert promoted[7] > 1.9 * before[7]
    assert conditions(DAY, (), (decoy(VISITORS, "is_cross_border", "true"),)).abroad == 2 * usual(DAY).abroad


def test_decoys_leave_the_approval_of_comparable_payments_as_it_is():
    decoys = (decoy(MIX_SHIFT, "merchant_segment", "Gaming"), decoy(VISITORS, "is_cross_border", "true"))
    rates = []
    for found in ((), decoys):
        made = simulate(DAY, 60_000, 1, conditions(DAY, (), found))
        card_is_abroad = made.bought.abroad[made.tries.purchase]
        segment = world().merchant_segment[made.bought.merchant[made.tries.purchase]]
        cell = ~card_is_abroad & (segment == GAMING) & (made.tries.number == 0)
        rates.append((card_is_abroad.mean(), made.tries.probability[cell].mean()))
    (before, rate_before), (after, rate_after) = rates
    assert after > 1.5 * before
    assert abs(rate_after - rate_before) < 0.02
