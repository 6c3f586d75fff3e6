"""What the calendar does to a day: week, month, payday, holidays, discounts and growth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from .holidays import holidays, is_black_friday
from .vocabulary import COUNTRIES, ENTERTAINMENT, FUEL, GAMING, GROCERY, RETAIL, SEGMENTS, SUBSCRIPTION, TRAVEL
from .world import EPOCH

GROWTH = 0.12
"""Growth of the volume a year."""

_WEEK = (0.96, 0.95, 0.98, 1.02, 1.12, 1.08, 0.89)
"""Volume from Monday to Sunday; the mean is 1."""
_YEAR = (0.97, 0.94, 0.98, 0.97, 1.01, 0.98, 1.0, 0.98, 0.97, 0.99, 1.06, 1.15)
"""Volume from January to December; the mean is 1."""
_WEEKEND = {TRAVEL: 1.10, RETAIL: 1.15, GAMING: 1.35, ENTERTAINMENT: 1.45, FUEL: 1.15, SUBSCRIPTION: 0.8}
_SEGMENT_MONTHS = {TRAVEL: {1: 1.25, 7: 1.25, 12: 1.3}, RETAIL: {11: 1.15, 12: 1.35}}
_FREE_DAY_LATE = 0.7
_HOLIDAY_VOLUME = 0.75
_DISCOUNT_VOLUME = 1.6


@dataclass(frozen=True)
class Season:
    """What holds on one day.

    `segment` and `country` multiply the purchases of merchants; `late` is how far the day starts later (0 to 1);
    `amount` is added to the logarithm of amounts; `funds` is +1 after payday and -1 half a month later.
    """

    segment: np.ndarray
    country: np.ndarray
    late: float
    amount: float
    funds: float
    holidays: dict[str, str]


def season(day: date) -> Season:
    """The season of a day (UTC)."""
    segment, country = np.ones(len(SEGMENTS)), np.ones(len(COUNTRIES))
    off = holidays(day)
    weekend = day.weekday() >= 5
    if weekend or "BR" in off:
        for number, factor in _WEEKEND.items():
            segment[number] *= factor
    for number, months in _SEGMENT_MONTHS.items():
        segment[number] *= months.get(day.month, 1.0)
    if day.day <= 5:
        segment[SUBSCRIPTION] *= 1.6
    if 5 <= day.day <= 10:
        segment[GROCERY] *= 1.25
    if is_black_friday(day):
        segment[RETAIL] *= 2.2
    for code in off:
        country[COUNTRIES.index(code)] *= _HOLIDAY_VOLUME
    return Season(
        segment=segment,
        country=country,
        late=_FREE_DAY_LATE if weekend or "BR" in off else 0.0,
        amount=0.12 * (day.month == 12) + 0.10 * is_black_friday(day) + 0.05 * funds(day),
        funds=funds(day),
        holidays=off,
    )


def funds(day: date) -> float:
    """How much money people have left, +1 at its most (the 8th, after payday) to -1 half a month later."""
    return math.cos(2.0 * math.pi * (day.day - 8) / 30.4)


def volume(day: date) -> float:
    """Events of a day relative to an ordinary day at EPOCH: week, year, payday, holidays, discounts and growth."""
    factor = _WEEK[day.weekday()] * _YEAR[day.month - 1] * (1.0 + 0.04 * funds(day))
    if "BR" in holidays(day):
        factor *= _HOLIDAY_VOLUME
    if is_black_friday(day):
        factor *= _DISCOUNT_VOLUME
    return factor * (1.0 + GROWTH) ** ((day - EPOCH).days / 365.25)
