"""What holds while purchases are made: the season, who sells how much at which hour, and what is out of order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from .decoys import ABROAD, MIX_SHIFT, PROMOTION, VISITORS
from .incidents import Decoy, Incident
from .rhythm import hours
from .seasons import Season, season
from .vocabulary import SEGMENTS
from .world import EPOCH, FIRST_MERCHANTS, OPEN_DAYS, world


@dataclass(frozen=True)
class Conditions:
    """`by_hour` is the share of the day's purchases by hour (UTC) and merchant; it adds up to 1."""

    by_hour: np.ndarray
    abroad: float
    """Share of the purchases that are paid with a card from anywhere in the world."""
    season: Season
    incidents: tuple[Incident, ...]


@cache
def usual(day: date) -> Conditions:
    """A day without incidents and without planned decoys."""
    return conditions(day, (), ())


def conditions(day: date, incidents: Sequence[Incident], decoys: Sequence[Decoy]) -> Conditions:
    """What holds on a day with these incidents and planned decoys."""
    here, season_here = world(), season(day)
    age = (day - EPOCH).days - here.merchant_opens
    sells = (age >= 0) & (age < OPEN_DAYS)
    sells[:FIRST_MERCHANTS] = True
    size = here.merchant_size * sells
    size = size * season_here.segment[here.merchant_segment] * season_here.country[here.merchant_country]
    abroad = ABROAD
    for decoy in decoys:
        [(_, value)] = decoy.cell
        if decoy.kind == MIX_SHIFT:
            size[here.merchant_segment == SEGMENTS.index(value)] *= decoy.factor
        elif decoy.kind == PROMOTION:
            size[int(value[2:])] *= decoy.factor
        elif decoy.kind == VISITORS:
            abroad *= decoy.factor
    return Conditions(hours(season_here.late) * size / size.sum(), abroad, season_here, tuple(incidents))
