"""The fixed world behind the events: merchants, issuers, cards and acquiring routes, each with its own behaviour.

It is the same for every seed and date, so that the dimensions describe every event ever generated. Effects are in
log-odds of approval. What the numbers do is in `approval`, `routes` and `purchases`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from .vocabulary import COUNTRIES, NETWORKS, ROUTES, SEGMENTS

EPOCH = date(2023, 12, 31)
"""A Sunday. The calendar of incidents, decoys and openings counts days from here."""
BLOCK_DAYS = 28
"""Days of a block of that calendar; 2026-11-01 is the first day of one."""

FIRST_MERCHANTS = 100
"""Merchants that sell on every day."""
LATER_MERCHANTS = 80
"""Merchants that open later, one in each block from EPOCH on, and sell for OPEN_DAYS."""
MERCHANTS = FIRST_MERCHANTS + LATER_MERCHANTS
OPEN_DAYS = 12 * BLOCK_DAYS
CARDS = 200_000

_LATER_SHARE = 0.008
_CARD_SHARE = (0.715, 0.10, 0.07, 0.05, 0.035, 0.008, 0.007, 0.005, 0.005, 0.005)
_MERCHANT_SHARE = (0.70, 0.09, 0.08, 0.06, 0.04, 0.01, 0.005, 0.005, 0.005, 0.005)
_ISSUERS = (12, 8, 4, 4, 3, 3, 2, 2, 2, 2)
ISSUERS = sum(_ISSUERS)
_BIN_PREFIXES = (("4",), ("51", "52", "53", "54", "55", "2221"), ("34", "37"), ("6011", "65"))
_TICKETS = (5.0, 4.2, 3.1, 3.3, 3.6, 3.9, 3.8, 3.4)
_WORLD_SEED = 20_240_601


@dataclass(frozen=True)
class World:
    """Arrays of the world; an index into one is the number of the merchant, issuer, card or BIN."""

    merchant_country: np.ndarray
    merchant_segment: np.ndarray
    merchant_tier: np.ndarray
    merchant_size: np.ndarray
    """Share of the purchases of an ordinary day; of the first merchants it adds up to 1."""
    merchant_effect: np.ndarray
    merchant_ticket: np.ndarray
    """Mean of the logarithm of an amount in US dollars."""
    merchant_opens: np.ndarray
    """Day on which a later merchant first sells, as days since EPOCH."""
    issuer_country: np.ndarray
    issuer_effect: np.ndarray
    issuer_likes_tokens: np.ndarray
    issuer_limit_usd: np.ndarray
    """Amount from which the issuer is strict."""
    issuer_score_limit: np.ndarray
    """Fraud score from which the issuer is strict."""
    issuer_quiet_hour: np.ndarray
    """Hour (UTC) at which three hours of nightly maintenance begin."""
    card_first: np.ndarray
    """First card of each country; the cards of a country are neighbours. One entry more than countries."""
    card_issuer: np.ndarray
    card_network: np.ndarray
    card_debit: np.ndarray
    card_spend: np.ndarray
    """What the cardholder adds to the logarithm of an amount."""
    card_device: np.ndarray
    """Kind of device that the cardholder usually pays with."""
    bins: tuple[str, ...]
    """BIN of issuer i on network n at i * len(NETWORKS) + n."""
    bin_cards: np.ndarray
    """Cards, those of one BIN beside each other."""
    bin_first: np.ndarray
    """Where the cards of each BIN begin in `bin_cards`. One entry more than BINs."""
    route_effect: np.ndarray
    """By network, abroad (0, 1) and route."""

    @property
    def card_bin(self) -> np.ndarray:
        return self.card_issuer.astype(np.int16) * len(NETWORKS) + self.card_network


@cache
def world() -> World:
    """Build the world once a process."""
    rng = np.random.default_rng(_WORLD_SEED)
    issuer_country = np.repeat(np.arange(len(COUNTRIES)), _ISSUERS).astype(np.int8)
    return World(
        **_merchants(rng),
        issuer_country=issuer_country,
        issuer_effect=rng.normal(0.0, 0.3, ISSUERS),
        issuer_likes_tokens=rng.random(ISSUERS) < 0.6,
        issuer_limit_usd=np.round(np.exp(rng.normal(5.4, 0.7, ISSUERS)), -1),
        issuer_score_limit=np.round(rng.uniform(0.24, 0.52, ISSUERS), 2),
        issuer_quiet_hour=rng.integers(2, 8, ISSUERS),
        **_cards(rng),
        route_effect=np.array([0.15, 0.0, -0.35]) + rng.normal(0.0, 0.45, (len(NETWORKS), 2, len(ROUTES))),
    )


def issuer_ids() -> list[str]:
    """Ids of the issuers, such as `iss_br_01`, in the order of the world's arrays."""
    return [f"iss_{COUNTRIES[c].lower()}_{i + 1:02d}" for c, count in enumerate(_ISSUERS) for i in range(count)]


def _merchants(rng: np.random.Generator) -> dict[str, np.ndarray]:
    first = np.repeat(np.arange(len(COUNTRIES)), _counts(_MERCHANT_SHARE, FIRST_MERCHANTS))
    later = rng.choice(len(COUNTRIES), LATER_MERCHANTS, p=_MERCHANT_SHARE)
    country = np.concatenate((rng.permutation(first), later)).astype(np.int8)
    segment = (np.arange(MERCHANTS) % len(SEGMENTS)).astype(np.int8)
    tier = rng.choice(3, MERCHANTS, p=(0.6, 0.28, 0.12)).astype(np.int8)
    size = rng.lognormal(0.0, 0.8, FIRST_MERCHANTS)
    for number, share in enumerate(_MERCHANT_SHARE):  # sizes vary inside a country, not the country's share
        there = country[:FIRST_MERCHANTS] == number
        size[there] *= share / size[there].sum()
    blocks = np.arange(LATER_MERCHANTS)
    opens = np.concatenate((np.zeros(FIRST_MERCHANTS, int), blocks * BLOCK_DAYS + blocks * 11 % BLOCK_DAYS))
    return {
        "merchant_country": country,
        "merchant_segment": segment,
        "merchant_tier": tier,
        "merchant_size": np.concatenate((size / size.sum(), np.full(LATER_MERCHANTS, _LATER_SHARE))),
        "merchant_effect": rng.normal(0.0, 0.25, MERCHANTS) - 0.15 * tier,
        "merchant_ticket": np.asarray(_TICKETS)[segment] + rng.normal(0.0, 0.35, MERCHANTS),
        "merchant_opens": opens,
    }


def _cards(rng: np.random.Generator) -> dict[str, np.ndarray | tuple[str, ...]]:
    counts = _counts(_CARD_SHARE, CARDS)
    country = np.repeat(np.arange(len(COUNTRIES)), counts)
    issuer_first = np.concatenate(([0], np.cumsum(_ISSUERS)))
    issuer = issuer_first[country] + (rng.random(CARDS) ** 1.5 * np.asarray(_ISSUERS)[country]).astype(np.int64)
    network = rng.choice(len(NETWORKS), CARDS, p=(0.44, 0.38, 0.11, 0.07))
    number = issuer * len(NETWORKS) + network
    return {
        "card_first": np.concatenate(([0], np.cumsum(counts))),
        "card_issuer": issuer.astype(np.int8),
        "card_network": network.astype(np.int8),
        "card_debit": rng.random(CARDS) < np.where(country == 0, 0.02, 0.05),
        "card_spend": rng.normal(0.0, 0.5, CARDS).astype(np.float32),
        "card_device": rng.choice(3, CARDS, p=(0.66, 0.27, 0.07)).astype(np.int8),
        "bins": tuple(_bin(rng, prefixes) for _ in range(ISSUERS) for prefixes in _BIN_PREFIXES),
        "bin_cards": np.argsort(number, kind="stable").astype(np.int32),
        "bin_first": np.concatenate(([0], np.cumsum(np.bincount(number, minlength=ISSUERS * len(NETWORKS))))),
    }


def _counts(shares: tuple[float, ...], total: int) -> np.ndarray:
    """Whole numbers in the proportion of `shares`, at least 1 each, with the sum `total`; the first takes the rest."""
    counts = np.maximum(1, np.round(np.asarray(shares) * total)).astype(np.int64)
    counts[0] += total - counts.sum()
    return counts


def _bin(rng: np.random.Generator, prefixes: tuple[str, ...]) -> str:
    prefix = prefixes[rng.integers(len(prefixes))]
    digits = 6 - len(prefix)
    return f"{prefix}{rng.integers(10**digits):0{digits}d}"
