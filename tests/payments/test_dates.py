from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.payments.dates import business_date, parse_date

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1990, 1, 2), datetime(2090, 1, 1), timezones=zones)
days = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@given(days, st.one_of(st.none(), moments), st.one_of(st.none(), moments))
def test_the_param_wins(day, interval_start, run_after):
    assert business_date(str(day), interval_start, run_after) == day
    assert business_date(day, interval_start, run_after) == day


@given(moments, moments)
def test_then_the_start_of_the_interval_in_utc(interval_start, run_after):
    assert business_date(None, interval_start, run_after) == interval_start.astimezone(UTC).date()


@given(moments)
def test_then_the_day_before_run_after_in_utc(run_after):
    assert business_date("", None, run_after) == run_after.astimezone(UTC).date() - timedelta(days=1)


def test_a_nightly_run_after_midnight_is_about_the_day_that_ended():
    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    assert business_date(None, start, end) == business_date(None, None, end) == date(2026, 11, 1)


@given(days)
def test_dates_survive_writing_and_reading(day):
    assert parse_date(f" {day} ") == day


@pytest.mark.parametrize(
    "bad", ["2026-02-30", "2026-1-1", "01.11.2026", "yesterday", "2026-11-01T00:00", "'; DROP", "٢٠٢٦-١١-٠١", 20261101]
)
def test_a_bad_date_says_what_to_write(bad):
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        business_date(bad, None, None)


@given(st.text(max_size=12))
def test_any_text_is_a_date_or_an_error(text):
    try:
        assert str(parse_date(text)) == text.strip()
    except ValueError as error:
        assert "YYYY-MM-DD" in str(error)


def test_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        business_date(None, datetime(2026, 11, 1), None)


def test_nothing_to_go_by_says_what_to_set():
    with pytest.raises(ValueError, match="business_date"):
        business_date(None, None, None)
