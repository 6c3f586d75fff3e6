"""A simulated day as arrays: which attempts become its events, in which order, under which ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from .attempts import Attempts, draw_attempts
from .calendar import conditions_of
from .conditions import Conditions
from .draws import chance
from .purchases import Purchases, draw_purchases, times
from .vocabulary import RECURRING_FLOW

DAY_MS = 86_400_000
SLOTS = 8
"""Ids of a purchase: its attempts take the first, its second sighting the last."""
SECOND_SIGHTING = SLOTS - 1
_SECOND_SIGHTING_RATE = 0.009
_MINUTE_MS = 60_000
_INDEX_BITS = np.uint64(24)


@dataclass
class Simulation:
    """`tries`, `slot` and `downstream` have an entry for each event, in the order of time."""

    day: date
    now: Conditions
    bought: Purchases
    tries: Attempts
    slot: np.ndarray
    downstream: np.ndarray
    """Whether the event is what a later system answered, not what the merchant saw."""
    first_id: np.uint64

    def id_numbers(self, rows: slice) -> np.ndarray:
        """A 64-bit number for the id of each event; one less is that of the attempt before."""
        purchase = self.tries.purchase[rows].astype(np.uint64) * np.uint64(SLOTS)
        return self.first_id + purchase + self.slot[rows].astype(np.uint64)


def simulate(day: date, events: int, seed: int, now: Conditions | None = None) -> Simulation:
    """Exactly `events` events of `day`. `now` stands in for the conditions that day and seed have.

    Raises ValueError for a negative count or seed.
    """
    if events < 0 or seed < 0:
        raise ValueError(f"events ({events}) and seed ({seed}) must not be negative")
    now = now or conditions_of(day, seed)
    for purchases in (_purchases_for(events), events):  # a purchase is at least one event: the second is enough
        rng = np.random.default_rng((seed, day.toordinal()))
        bought = draw_purchases(rng, times(rng, purchases, now), now, purchases * 1000 / DAY_MS)
        tries = draw_attempts(rng, bought, now, DAY_MS)
        twice = draw_twice(rng, purchases)
        if len(tries.purchase) + twice.sum() >= events:
            break
    tries, twice = _exactly(rng, tries, twice, events)
    tries, slot = with_second_sightings(rng, tries, twice)
    order = in_time_order(tries.ms)
    return arranged(rng, day, now, bought, tries.take(order), slot[order], (seed, day.toordinal(), 1))


def draw_twice(rng: np.random.Generator, purchases: int) -> np.ndarray:
    """Which purchases are seen by a second entry system."""
    return chance(rng, _SECOND_SIGHTING_RATE, purchases)


def with_second_sightings(rng: np.random.Generator, tries: Attempts, twice: np.ndarray) -> tuple[Attempts, np.ndarray]:
    """The attempts, then again the first ones of purchases seen `twice`, seconds later; and the id slot of each."""
    seen = np.flatnonzero((tries.number == 0) & twice[tries.purchase])
    slot = np.concatenate((tries.number, np.full(len(seen), SECOND_SIGHTING, np.int8)))
    tries = tries.take(np.concatenate((np.arange(len(tries.number)), seen)))
    again = slot == SECOND_SIGHTING
    first = tries.ms[again]
    later = first + rng.integers(1, 20, len(seen), dtype=np.int32) * 1000
    tries.ms[again] = np.minimum(later, first // _MINUTE_MS * _MINUTE_MS + _MINUTE_MS - 1)
    return tries, slot


def arranged(
    rng: np.random.Generator,
    day: date,
    now: Conditions,
    bought: Purchases,
    tries: Attempts,
    slot: np.ndarray,
    key: tuple[int, ...],
) -> Simulation:
    """The simulation whose events are `tries` in their order. No other simulation may have the same `key`."""
    first_id = np.random.SeedSequence(key).generate_state(1, np.uint64)[0]
    return Simulation(day, now, bought, tries, slot, _downstream(rng, bought, tries, slot), first_id)


def in_time_order(ms: np.ndarray) -> np.ndarray:
    """Row numbers by time; rows of the same time keep their order. Sorts one integer a row, for at most 2**24 rows."""
    keys = ms.astype(np.uint64) << _INDEX_BITS | np.arange(len(ms), dtype=np.uint64)
    keys.sort()
    return (keys & np.uint64((1 << int(_INDEX_BITS)) - 1)).astype(np.int32)


def _downstream(rng: np.random.Generator, bought: Purchases, tries: Attempts, slot: np.ndarray) -> np.ndarray:
    """Second sightings, and half of the links and subscriptions that were seen once: of two the merchant hears one."""
    again = slot == SECOND_SIGHTING
    twice = np.zeros(len(bought.merchant), bool)
    twice[tries.purchase[again]] = True
    half = chance(rng, 0.5, len(slot))
    return again | (half & ((bought.flow <= RECURRING_FLOW) & ~twice)[tries.purchase])


def _purchases_for(events: int) -> int:
    """Purchases whose attempts are more than enough: on an ordinary day 100 purchases make about 114 events."""
    return min(events, int(0.91 * events + 10.0 * events**0.5))


def _exactly(rng: np.random.Generator, tries: Attempts, twice: np.ndarray, events: int) -> tuple[Attempts, np.ndarray]:
    """The attempts that make exactly `events` events with the second sightings, and which purchases are seen twice.

    What is over goes: whole purchases, drawn at random, and of one more purchase its last events, so that no attempt
    loses the one that it repeats.
    """
    of_purchase = np.bincount(tries.purchase, minlength=len(twice)) + twice
    surplus = int(of_purchase.sum()) - events
    victims = rng.permutation(len(twice))[:surplus]
    gone = np.cumsum(of_purchase[victims])
    whole = int(np.searchsorted(gone, surplus, side="right"))
    left = of_purchase.copy()
    left[victims[:whole]] = 0
    if whole < len(victims):
        left[victims[whole]] -= surplus - (gone[whole - 1] if whole else 0)
    return tries.take(np.flatnonzero(tries.number < left[tries.purchase])), twice & (left == of_purchase)
