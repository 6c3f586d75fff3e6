import numpy as np
import pytest

from include.payments.simulator.rhythm import hours
from include.payments.simulator.vocabulary import COUNTRIES, GAMING, SUBSCRIPTION
from include.payments.simulator.world import world


def curve(segment: int, country: str, late: float = 0.0) -> np.ndarray:
    here = world()
    found = (here.merchant_segment == segment) & (here.merchant_country == COUNTRIES.index(country))
    return hours(late)[:, np.flatnonzero(found)[0]]


@pytest.mark.parametrize("late", [0.0, 0.7])
def test_the_hours_of_every_merchant_make_a_day(late):
    assert np.allclose(hours(late).sum(axis=0), 1)


def test_brazil_sleeps_three_hours_after_greenwich():
    assert curve(0, "BR").argmin() == 4 + 3


def test_segments_have_their_own_peaks():
    evening = slice(22, 24)  # 19:00 to 21:00 in Brazil
    before_dawn = slice(6, 9)
    assert curve(GAMING, "BR")[evening].sum() > 1.1 * curve(0, "BR")[evening].sum()
    assert curve(SUBSCRIPTION, "BR")[before_dawn].sum() > 2 * curve(0, "BR")[before_dawn].sum()


def test_free_days_are_later():
    after_midnight = slice(3, 5)
    assert curve(0, "BR", 0.7)[after_midnight].sum() > curve(0, "BR")[after_midnight].sum()
