"""Public holidays of the countries from which people pay, by rule and for any year.

Sources: the countries' holiday laws as in force in 2026. Days that governments move to the nearest Monday keep their
date here.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

MONDAY, THURSDAY = 0, 3

_FIXED = {
    "BR": {(1, 1): "New Year", (4, 21): "Tiradentes", (5, 1): "Labour Day", (9, 7): "Independence Day",
           (10, 12): "Our Lady of Aparecida", (11, 2): "All Souls", (11, 15): "Republic Day",
           (11, 20): "Black Consciousness Day", (12, 25): "Christmas"},
    "US": {(1, 1): "New Year", (6, 19): "Juneteenth", (7, 4): "Independence Day", (11, 11): "Veterans Day",
           (12, 25): "Christmas"},
    "MX": {(1, 1): "New Year", (5, 1): "Labour Day", (9, 16): "Independence Day", (12, 25): "Christmas"},
    "AR": {(1, 1): "New Year", (3, 24): "Memorial Day", (5, 1): "Labour Day", (5, 25): "May Revolution",
           (7, 9): "Independence Day", (12, 8): "Immaculate Conception", (12, 25): "Christmas"},
    "CL": {(1, 1): "New Year", (5, 1): "Labour Day", (9, 18): "Independence Day", (9, 19): "Army Day",
           (11, 1): "All Saints", (12, 25): "Christmas"},
}  # fmt: skip
# Days after Easter Sunday.
_MOVABLE = {
    "BR": {-48: "Carnival", -47: "Carnival", -2: "Good Friday", 60: "Corpus Christi"},
    "AR": {-48: "Carnival", -47: "Carnival", -2: "Good Friday"},
    "CL": {-2: "Good Friday", -1: "Holy Saturday"},
}
# Month, weekday, which of the month (-1: the last).
_WEEKDAYS = {
    "US": {(1, MONDAY, 3): "Martin Luther King Day", (2, MONDAY, 3): "Presidents' Day",
           (5, MONDAY, -1): "Memorial Day", (9, MONDAY, 1): "Labor Day", (11, THURSDAY, 4): "Thanksgiving"},
    "MX": {(2, MONDAY, 1): "Constitution Day", (3, MONDAY, 3): "Birthday of Juárez",
           (11, MONDAY, 3): "Revolution Day"},
}  # fmt: skip
BLACK_FRIDAY = "Black Friday"


@cache
def holidays(day: date) -> dict[str, str]:
    """Holidays on `day`: name by country code (ISO 3166). Countries that work are absent."""
    found = {country: names[day.month, day.day] for country, names in _FIXED.items() if (day.month, day.day) in names}
    after_easter = (day - easter(day.year)).days
    found |= {country: names[after_easter] for country, names in _MOVABLE.items() if after_easter in names}
    for country, names in _WEEKDAYS.items():
        for (month, weekday, which), name in names.items():
            if day == _weekday(day.year, month, weekday, which):
                found[country] = name
    return found


def is_black_friday(day: date) -> bool:
    """Whether it is the Friday after Thanksgiving, when shops everywhere sell at a discount."""
    return day - timedelta(days=1) == _weekday(day.year, 11, THURSDAY, 4)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm; Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    el = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * el) // 451
    month, before = divmod(h + el - 7 * m + 114, 31)
    return date(year, month, before + 1)


def _weekday(year: int, month: int, weekday: int, which: int) -> date:
    """The first, second .. weekday of a month, or with -1 the last."""
    if which > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)
