"""Fraud among the purchases: lone cases, card testing, stolen cards and rings, each with a pattern of its own.

Purchases come in the order of time, so that every k-th of them, from one on, makes a burst of a known length.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .draws import chance
from .incidents import Incident
from .vocabulary import (
    CARD_TESTING,
    DIGITAL,
    ENTERTAINMENT,
    FRAUD_RING,
    GAMING,
    LONE,
    PAYER_COUNTRIES,
    RETAIL,
    STOLEN_CARD,
    TRAVEL,
)
from .world import CARDS, FIRST_MERCHANTS, World, world

FIRST_FRAUD_DEVICE = 400_000
"""Devices of cardholders have smaller numbers."""
FRAUD_DEVICES = 100_000
_RING_DEVICES, _RING_CARDS = 4, 400
_LONE_BY_TIER = np.array((0.002, 0.004, 0.012))
_NOTICED = np.array((0.008, 0.6, 0.85, 0.65, 0.75))
"""Probability that the fraud score sees fraud, by pattern; of honest purchases, that of a false alarm."""


@dataclass(frozen=True)
class Burst:
    """`rate` is the share of all purchases, `size` the purchases of a burst, `gap` the seconds between them."""

    pattern: int
    rate: float
    size: int
    gap: float
    segments: tuple[int, ...]


BURSTS = (
    Burst(CARD_TESTING, 0.0035, 14, 20.0, (GAMING, DIGITAL, ENTERTAINMENT)),
    Burst(STOLEN_CARD, 0.0030, 5, 420.0, (TRAVEL, RETAIL, DIGITAL)),
)


@dataclass
class Crime:
    """What fraud changes, an entry for each purchase. -1 where the purchase keeps its own value."""

    pattern: np.ndarray
    noticed: np.ndarray
    device: np.ndarray
    payer_country: np.ndarray
    amount_usd: np.ndarray
    """0 where the purchase keeps its own."""


def commit_fraud(
    rng: np.random.Generator,
    merchant: np.ndarray,
    card: np.ndarray,
    incidents: Iterable[Incident],
    density: float,
) -> Crime:
    """Turn some purchases into fraud; changes `merchant` and `card` in place. `density`: purchases a second."""
    here, count = world(), len(merchant)
    crime = Crime(
        pattern=np.zeros(count, np.int8),
        noticed=np.zeros(count, bool),
        device=np.full(count, -1, np.int32),
        payer_country=np.full(count, -1, np.int8),
        amount_usd=np.zeros(count),
    )
    _lone(rng, here, merchant, crime)
    for burst in BURSTS:
        rows, group = _members(rng, count, burst, density)
        if len(rows):
            _burst(rng, here, burst, rows, group, merchant, card, crime)
    for incident in incidents:
        if incident.ring:
            _ring(rng, here, incident, merchant, card, crime)
    crime.noticed = chance(rng, _NOTICED[crime.pattern])
    return crime


def _lone(rng: np.random.Generator, here: World, merchant: np.ndarray, crime: Crime) -> None:
    """Single cases, most of them at merchants of a high risk tier, of any amount; half on a new device."""
    rows = np.flatnonzero(chance(rng, _LONE_BY_TIER[here.merchant_tier[merchant]]))
    crime.pattern[rows] = LONE
    crime.amount_usd[rows] = rng.lognormal(4.6, 1.5, len(rows))
    new = rows[chance(rng, 0.5, len(rows))]
    crime.device[new] = _new_devices(rng, len(new))


def _members(rng: np.random.Generator, count: int, burst: Burst, density: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the purchases that belong to bursts, and the number of the burst of each."""
    bursts = int(count * burst.rate / burst.size + rng.random())
    stride = max(1, round(burst.gap * density))
    rows = rng.integers(0, max(1, count), bursts)[:, None] + stride * np.arange(burst.size)
    group = np.repeat(np.arange(bursts), burst.size)
    inside = rows.ravel() < count
    return rows.ravel()[inside], group[inside]


def _burst(
    rng: np.random.Generator,
    here: World,
    burst: Burst,
    rows: np.ndarray,
    group: np.ndarray,
    merchant: np.ndarray,
    card: np.ndarray,
    crime: Crime,
) -> None:
    """Card testing: many cards of one BIN, one merchant, tiny amounts. Stolen card: one card, several merchants."""
    bursts = int(group[-1]) + 1
    shops = np.flatnonzero(np.isin(here.merchant_segment[:FIRST_MERCHANTS], burst.segments))
    first_card = rng.integers(CARDS, size=bursts)[group]
    crime.pattern[rows] = burst.pattern
    crime.device[rows] = _new_devices(rng, bursts)[group]
    crime.payer_country[rows] = rng.integers(0, PAYER_COUNTRIES, bursts)[group]
    if burst.pattern == CARD_TESTING:
        number = here.card_bin[first_card]
        first, cards = here.bin_first[number], np.diff(here.bin_first)[number]
        card[rows] = here.bin_cards[first + (rng.random(len(rows)) * cards).astype(np.int64)]
        merchant[rows] = rng.choice(shops, bursts)[group]
        crime.amount_usd[rows] = rng.uniform(0.5, 3.0, len(rows))
    else:
        card[rows] = first_card
        merchant[rows] = rng.choice(shops, len(rows))
        crime.amount_usd[rows] = rng.lognormal(5.6, 0.7, len(rows))


def _ring(
    rng: np.random.Generator, here: World, incident: Incident, merchant: np.ndarray, card: np.ndarray, crime: Crime
) -> None:
    """Part of a merchant's purchases are made by a ring: stolen cards, few devices, amounts that look ordinary.

    Cards, devices and countries are those of the incident, the same on each of its days.
    """
    [(_, number)] = incident.cell
    rows = np.flatnonzero(merchant == number)
    rows = rows[chance(rng, incident.ring, len(rows))]
    ring = np.random.default_rng((incident.first.toordinal(), number))
    devices, cards = _new_devices(ring, _RING_DEVICES), ring.integers(0, CARDS, _RING_CARDS)
    countries = ring.permutation([c for c in range(PAYER_COUNTRIES) if c != here.merchant_country[number]])[:2]
    crime.pattern[rows] = FRAUD_RING
    crime.device[rows] = rng.choice(devices, len(rows))
    crime.payer_country[rows] = rng.choice(countries, len(rows))
    crime.amount_usd[rows] = rng.lognormal(4.0, 0.5, len(rows))
    card[rows] = rng.choice(cards, len(rows))


def _new_devices(rng: np.random.Generator, count: int) -> np.ndarray:
    return FIRST_FRAUD_DEVICE + rng.integers(0, FRAUD_DEVICES, count)
