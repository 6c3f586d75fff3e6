"""What is usual: how many events a day each cell of the world has, how many are approved, how long they take.

The calendar picks the cells of incidents and sets their strength from this. It is measured on one simulated day without
season, incidents or decoys, once a process: a day of the calendar needs no other day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np

from .attempts import Attempts, draw_attempts
from .conditions import Conditions, usual
from .incidents import COLUMNS, ROUTE, Incident
from .purchases import Purchases, draw_purchases, times
from .vocabulary import APPROVED

DAILY_EVENTS = 20_000
"""Sizes of cells are for a day of so many events."""
_DAY = date(2023, 8, 16)
"""A Wednesday in the middle of a month, before any later merchant opened."""
_PURCHASES, _RING_PURCHASES = 120_000, 4_000
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Usual:
    """A cell on an ordinary day of DAILY_EVENTS events."""

    cell: tuple[tuple[str, int], ...]
    events: float
    approval: float
    """Share that is approved, 0 to 1."""
    latency_ms: float
    """Standard deviation of the processing time."""
    seen_alone: float
    """What is one standard error of the approval rate here is so many in the cell of one of the columns, at most."""


@cache
def usual_cells(columns: tuple[str, ...], least: float, most: float) -> tuple[Usual, ...]:
    """The cells of one or two columns that have `least` to `most` events a day, in the order of their values."""
    sample = _sample()
    sizes = [len(COLUMNS[column][1]) for column in columns]
    cell = np.ravel_multi_index([sample[column] for column in columns], sizes)
    count = np.bincount(cell, minlength=int(np.prod(sizes)))
    scale = DAILY_EVENTS / len(cell)
    found = []
    for number in np.flatnonzero((count >= least / scale) & (count <= most / scale)).tolist():
        values = [int(value) for value in np.unravel_index(number, sizes)]
        inside = cell == number
        spread = _spread(inside)
        alone = [_spread(sample[column] == value) for column, value in zip(columns, values, strict=True)]
        found.append(
            Usual(
                cell=tuple(zip(columns, values, strict=True)),
                events=float(count[number] * scale),
                approval=float(sample["approved"][inside].mean()),
                latency_ms=float(sample["latency"][inside].std()),
                seen_alone=max(spread / one for one in alone),
            )
        )
    return tuple(found)


def merchant_outcome(merchant: int, ring: Incident | None) -> tuple[float, float]:
    """Share of the events that is approved and events a purchase, at a merchant who sells to nobody but this ring.

    Without a ring, to its usual customers.
    """
    share = np.zeros_like(usual(_DAY).by_hour)
    share[:, merchant] = 1.0 / len(share)
    now = replace(usual(_DAY), by_hour=share, incidents=(ring,) if ring else ())
    tries, _ = _attempts(now, _RING_PURCHASES)
    return float((tries.reason == APPROVED).mean()), len(tries.reason) / _RING_PURCHASES


def _spread(inside: np.ndarray) -> float:
    """Standard deviation of the number of approvals among some of the sample's events."""
    approval = _sample()["approved"][inside].mean()
    return float((approval * (1.0 - approval) * inside.sum()) ** 0.5)


@cache
def _sample() -> dict[str, np.ndarray]:
    tries, bought = _attempts(usual(_DAY), _PURCHASES)
    sample = {
        column: tries.route if column == ROUTE else getattr(bought, field)[tries.purchase]
        for column, (field, _) in COLUMNS.items()
    }
    return sample | {"approved": tries.reason == APPROVED, "latency": tries.processing_ms}


def _attempts(now: Conditions, purchases: int) -> tuple[Attempts, Purchases]:
    rng = np.random.default_rng(_DAY.toordinal())
    bought = draw_purchases(rng, times(rng, purchases, now), now, purchases * 1000 / _DAY_MS)
    return draw_attempts(rng, bought, now, _DAY_MS), bought
