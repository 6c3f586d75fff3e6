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
from .purchases import HOUR_MS, Purchases, draw_purchases, times
from .vocabulary import APPROVED

DAILY_EVENTS = 20_000
"""Sizes of cells are for a day of so many events."""
_DAY = date(2023, 8, 16)
"""A Wednesday in the middle of a month, before any later merchant opened."""
_PURCHASES, _RING_PURCHASES = 120_000, 2_500


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
    sizes = [len(COLUMNS[column][1]) for column in columns]
    cells = _moments(np.ravel_multi_index([_sample()[column] for column in columns], sizes))
    alone = [_moments(_sample()[column]) for column in columns]
    scale = DAILY_EVENTS / len(_sample()["approved"])
    found = []
    for number in np.flatnonzero((cells.events >= least / scale) & (cells.events <= most / scale)).tolist():
        values = [int(value) for value in np.unravel_index(number, sizes)]
        found.append(
            Usual(
                cell=tuple(zip(columns, values, strict=True)),
                events=float(cells.events[number] * scale),
                approval=float(cells.approval[number]),
                latency_ms=float(cells.latency_ms[number]),
                seen_alone=float(
                    max(cells.spread(number) / one.spread(at) for one, at in zip(alone, values, strict=True))
                ),
            )
        )
    return tuple(found)


@cache
def merchant_outcome(merchant: int, ring: Incident | None) -> tuple[float, float]:
    """Share of the events that is approved and events a purchase, at a merchant who sells to nobody but this ring.

    Without a ring, to its usual customers.
    """
    share = np.zeros_like(usual(_DAY).by_hour)
    share[:, merchant] = 1.0 / len(share)
    now = replace(usual(_DAY), by_hour=share, incidents=(ring,) if ring else ())
    tries, _ = _attempts(now, _RING_PURCHASES)
    return float((tries.reason == APPROVED).mean()), len(tries.reason) / _RING_PURCHASES


@dataclass(frozen=True)
class _Moments:
    """Events, share approved and standard deviation of the processing time of each cell of the sample."""

    events: np.ndarray
    approval: np.ndarray
    latency_ms: np.ndarray

    def spread(self, cell: int) -> float:
        """Standard deviation of the number of approvals in a cell."""
        approval = self.approval[cell]
        return float((approval * (1.0 - approval) * self.events[cell]) ** 0.5)


def _moments(cell: np.ndarray) -> _Moments:
    approved, latency = _sample()["approved"], _sample()["latency"].astype(float)
    events = np.bincount(cell)
    per_event = np.maximum(events, 1)
    mean, square = (np.bincount(cell, weights) / per_event for weights in (latency, latency**2))
    return _Moments(events, np.bincount(cell, approved) / per_event, np.sqrt(np.maximum(square - mean**2, 0.0)))


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
    bought = draw_purchases(rng, times(rng, purchases, now), now, purchases / 86_400)
    return draw_attempts(rng, bought, now, 24 * HOUR_MS), bought
