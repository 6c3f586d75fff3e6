from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.payments.simulator.holidays import easter, holidays, is_black_friday
from include.payments.simulator.vocabulary import COUNTRIES


# Published dates of Easter, early and late ones among them.
@pytest.mark.parametrize("day", ["1961-04-02", "2008-03-23", "2024-03-31", "2025-04-20", "2026-04-05", "2038-04-25"])
def test_easter_of_known_years(day):
    assert str(easter(int(day[:4]))) == day


@given(st.integers(1600, 2400))
def test_easter_is_a_sunday_of_spring(year):
    day = easter(year)
    assert day.weekday() == 6
    assert date(year, 3, 22) <= day <= date(year, 4, 25)


@pytest.mark.parametrize(
    ("day", "country", "name"),
    [
        ("2026-02-17", "BR", "Carnival"),
        ("2026-06-04", "BR", "Corpus Christi"),
        ("2026-11-02", "BR", "All Souls"),
        ("2026-01-19", "US", "Martin Luther King Day"),
        ("2026-05-25", "US", "Memorial Day"),
        ("2026-11-26", "US", "Thanksgiving"),
        ("2026-11-16", "MX", "Revolution Day"),
        ("2026-04-03", "AR", "Good Friday"),
        ("2026-09-18", "CL", "Independence Day"),
    ],
)
def test_known_holidays(day, country, name):
    assert holidays(date.fromisoformat(day))[country] == name


def test_an_ordinary_day_has_none():
    assert holidays(date(2026, 11, 3)) == {}


@given(st.integers(1990, 2100))
def test_a_country_has_as_many_holidays_every_year(year):
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    of_brazil = [day for day in days if "BR" in holidays(day)]
    assert 12 <= len(of_brazil) <= 13
    assert set().union(*(holidays(day) for day in days)) <= set(COUNTRIES)
    assert sum(map(is_black_friday, days)) == 1


def test_black_friday_is_the_day_after_thanksgiving():
    assert is_black_friday(date(2026, 11, 27))
    assert not is_black_friday(date(2026, 11, 20))
