"""Decoys: mix shifts, promotions, visitors, holidays, discounts and new merchants, by the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from .blocks import block_rng, block_start
from .holidays import is_black_friday
from .incidents import Decoy
from .seasons import season
from .vocabulary import COUNTRIES, RETAIL, SEGMENTS
from .world import BLOCK_DAYS, EPOCH, FIRST_MERCHANTS, world

MIX_SHIFT, PROMOTION, VISITORS = "mix_shift", "promotion", "visitors"
HOLIDAY, DISCOUNTS, NEW_MERCHANT = "holiday", "discounts", "new_merchant"
ABROAD = 0.10
"""Share of the purchases that are paid with a card from anywhere in the world, on an ordinary day."""

_NEWS_DAYS = 14
_SMALLEST_PROMOTED = 0.006


def planned(block: int, seed: int, busy: frozenset[int]) -> tuple[Decoy, ...]:
    """The decoys that a block of the calendar plans: one of each kind, not of the merchants in `busy`."""
    rng = block_rng(block, seed, 21)
    start = block_start(block)
    size = world().merchant_size[:FIRST_MERCHANTS]
    promoted = [i for i in np.flatnonzero(size >= _SMALLEST_PROMOTED).tolist() if i not in busy]
    cells = (
        (MIX_SHIFT, "merchant_segment", SEGMENTS[rng.integers(len(SEGMENTS))], rng.uniform(1.7, 2.4)),
        (PROMOTION, "merchant_id", f"m_{rng.choice(promoted)}", rng.uniform(2.5, 4.0)),
        (VISITORS, "is_cross_border", "true", rng.uniform(1.8, 2.5)),
    )
    found = []
    for kind, column, value, factor in cells:
        days = int(rng.integers(1, 4))
        first = start + timedelta(days=int(rng.integers(0, BLOCK_DAYS - days + 1)))
        last = first + timedelta(days=days - 1)
        found.append(Decoy(kind, ((column, value),), first, last, round(float(factor), 2)))
    return tuple(found)


def by_calendar(day: date) -> tuple[Decoy, ...]:
    """The decoys that are the same for every seed: holidays, discounts, and merchants in their first two weeks."""
    here, season_here = world(), season(day)
    found = [
        Decoy(HOLIDAY, (("merchant_country", code),), day, day, float(season_here.country[COUNTRIES.index(code)]))
        for code in season_here.holidays
    ]
    if is_black_friday(day):
        found.append(
            Decoy(DISCOUNTS, (("merchant_segment", SEGMENTS[RETAIL]),), day, day, float(season_here.segment[RETAIL]))
        )
    age = (day - EPOCH).days - here.merchant_opens[FIRST_MERCHANTS:]
    for later in np.flatnonzero((age >= 0) & (age < _NEWS_DAYS)).tolist():
        first = day - timedelta(days=int(age[later]))
        merchant = (("merchant_id", f"m_{FIRST_MERCHANTS + later}"),)
        found.append(Decoy(NEW_MERCHANT, merchant, first, first + timedelta(days=_NEWS_DAYS - 1), 1.0))
    return tuple(found)
