from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from include.payments.simulator.seasons import GROWTH, funds, season, volume
from include.payments.simulator.vocabulary import COUNTRIES, ENTERTAINMENT, GROCERY, RETAIL, SUBSCRIPTION

days = st.dates(date(2020, 1, 1), date(2035, 1, 1))


def mean_volume(year: int) -> float:
    return float(np.mean([volume(date(year, 1, 1) + timedelta(days=n)) for n in range(364)]))


def test_volume_grows_by_the_year():
    assert abs(mean_volume(2027) / mean_volume(2026) - 1 - GROWTH) < 0.01
    assert abs(mean_volume(2024) - 1 - GROWTH / 2) < 0.03


def test_volume_has_a_week_a_year_holidays_and_discounts():
    assert volume(date(2026, 10, 16)) > 1.2 * volume(date(2026, 10, 18))
    assert volume(date(2026, 12, 15)) > 1.1 * volume(date(2026, 10, 13))
    assert volume(date(2026, 9, 7)) < 0.85 * volume(date(2026, 9, 14))
    assert volume(date(2026, 11, 27)) > 1.4 * volume(date(2026, 11, 20))


def test_free_days_have_another_mix_and_begin_later():
    week, weekend, holiday = (season(date(2026, 9, day)) for day in (14, 13, 7))
    for free in (weekend, holiday):
        assert free.segment[ENTERTAINMENT] > 1.3 * week.segment[ENTERTAINMENT]
        assert free.late > week.late
    assert holiday.country[COUNTRIES.index("BR")] < week.country[COUNTRIES.index("BR")]


def test_the_month_and_the_year_show_in_the_mix():
    assert season(date(2026, 10, 2)).segment[SUBSCRIPTION] > 1.4 * season(date(2026, 10, 15)).segment[SUBSCRIPTION]
    assert season(date(2026, 10, 8)).segment[GROCERY] > 1.1 * season(date(2026, 10, 15)).segment[GROCERY]
    assert season(date(2026, 11, 27)).segment[RETAIL] > 2 * season(date(2026, 11, 24)).segment[RETAIL]
    assert season(date(2026, 12, 10)).amount > season(date(2026, 10, 10)).amount


def test_funds_are_highest_after_payday():
    month = [funds(date(2026, 10, day)) for day in range(1, 32)]
    assert month.index(max(month)) == 7
    assert month.index(min(month)) in (22, 23)


@given(days)
def test_every_day_sells_in_every_segment_and_country(day):
    found = season(day)
    assert volume(day) > 0
    assert (found.segment > 0).all()
    assert (found.country > 0).all()
    assert -1 <= found.funds <= 1
    assert 0 <= found.late <= 1
