"""The fixed world behind the events: merchants, issuers, cards and acquiring routes, each with its own behaviour.

It is the same for every seed and date, so that the dimensions describe every event ever generated. Effects are in
log-odds of approval.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pyarrow as pa

from ..schema import MERCHANT_FIELDS, arrow_schema

COUNTRIES = ("BR", "US", "MX", "AR", "CL", "GB", "CA", "DE", "FR", "ES")
PAYER_COUNTRIES = 5
"""Cardholders pay from the first five countries."""
CURRENCIES = ("BRL", "USD", "MXN", "ARS", "CLP", "GBP", "CAD", "EUR", "EUR", "EUR")
SEGMENTS = ("Travel", "Retail", "Gaming", "Digital", "Entertainment", "Grocery", "Fuel", "Subscription")
NETWORKS = ("visa", "mastercard", "amex", "discover")
ROUTES = ("psp_primary", "psp_secondary", "psp_tertiary")
RISK_TIERS = ("low", "medium", "high")

MERCHANTS = 100
CARDS = 200_000
_CARD_SHARE = (0.715, 0.10, 0.07, 0.05, 0.035, 0.008, 0.007, 0.005, 0.005, 0.005)
_MERCHANT_SHARE = (0.70, 0.09, 0.08, 0.06, 0.04, 0.01, 0.005, 0.005, 0.005, 0.005)
_ISSUERS = (12, 8, 4, 4, 3, 3, 2, 2, 2, 2)
_BIN_PREFIXES = (("4",), ("51", "52", "53", "54", "55", "2221"), ("34", "37"), ("6011", "65"))
_WORLD_SEED = 20_240_601


@dataclass(frozen=True)
class World:
    """Arrays of the world; an index into one is the number of the merchant, issuer or card."""

    merchant_country: np.ndarray
    merchant_segment: np.ndarray
    merchant_tier: np.ndarray
    merchant_share: np.ndarray
    merchant_effect: np.ndarray
    issuer_country: np.ndarray
    issuer_effect: np.ndarray
    issuer_likes_tokens: np.ndarray
    card_first: np.ndarray
    """First card of each country; the cards of a country are neighbours. One entry more than countries."""
    card_issuer: np.ndarray
    card_network: np.ndarray
    bins: tuple[str, ...]
    """BIN of issuer i on network n at i * len(NETWORKS) + n."""
    route_effect: np.ndarray
    """By network, abroad (0, 1) and route."""
    route_latency_ms: np.ndarray


@cache
def world() -> World:
    """Build the world once a process."""
    rng = np.random.default_rng(_WORLD_SEED)
    order = rng.permutation(MERCHANTS)
    country_of = np.repeat(np.arange(len(COUNTRIES)), _counts(_MERCHANT_SHARE, MERCHANTS))
    merchant_country = country_of[order]
    merchant_tier = rng.choice(3, MERCHANTS, p=(0.6, 0.28, 0.12))
    size = rng.lognormal(0.0, 0.8, MERCHANTS)
    for country, share in enumerate(_MERCHANT_SHARE):  # sizes vary inside a country, not the country's share
        size[merchant_country == country] *= share / size[merchant_country == country].sum()
    issuer_country = np.repeat(np.arange(len(COUNTRIES)), _ISSUERS)
    issuer_first = np.concatenate(([0], np.cumsum(_ISSUERS)))
    card_counts = _counts(_CARD_SHARE, CARDS)
    card_country = np.repeat(np.arange(len(COUNTRIES)), card_counts)
    issuers_there = np.asarray(_ISSUERS)[card_country]
    card_issuer = issuer_first[card_country] + (rng.random(CARDS) ** 1.5 * issuers_there).astype(np.int64)
    return World(
        merchant_country=merchant_country,
        merchant_segment=np.arange(MERCHANTS) % len(SEGMENTS),
        merchant_tier=merchant_tier,
        merchant_share=size / size.sum(),
        merchant_effect=rng.normal(0.0, 0.45, MERCHANTS) - 0.3 * merchant_tier,
        issuer_country=issuer_country,
        issuer_effect=rng.normal(0.0, 0.55, len(issuer_country)),
        issuer_likes_tokens=rng.random(len(issuer_country)) < 0.6,
        card_first=np.concatenate(([0], np.cumsum(card_counts))),
        card_issuer=card_issuer,
        card_network=rng.choice(len(NETWORKS), CARDS, p=(0.44, 0.38, 0.11, 0.07)),
        bins=tuple(_bin(rng, prefixes) for _ in issuer_country for prefixes in _BIN_PREFIXES),
        route_effect=np.array([0.15, -0.05, -0.6]) + rng.normal(0.0, 0.35, (len(NETWORKS), 2, len(ROUTES))),
        route_latency_ms=np.array([180.0, 220.0, 350.0]),
    )


def issuer_ids() -> list[str]:
    """Ids of the issuers, such as `iss_br_01`, in the order of the world's arrays."""
    return [f"iss_{COUNTRIES[c].lower()}_{i + 1:02d}" for c, count in enumerate(_ISSUERS) for i in range(count)]


def merchants() -> pa.Table:
    """The merchant dimension: a row for every merchant that events refer to."""
    here = world()
    onboarded = datetime(2024, 1, 1, tzinfo=UTC)
    return pa.table(
        [
            [f"m_{i}" for i in range(MERCHANTS)],
            [f"Merchant {i}" for i in range(MERCHANTS)],
            [SEGMENTS[i] for i in here.merchant_segment],
            [COUNTRIES[i] for i in here.merchant_country],
            [RISK_TIERS[i] for i in here.merchant_tier],
            [onboarded + timedelta(days=i) for i in range(MERCHANTS)],
        ],
        schema=arrow_schema(MERCHANT_FIELDS),
    )


def _counts(shares: tuple[float, ...], total: int) -> np.ndarray:
    """Whole numbers in the proportion of `shares`, at least 1 each, with the sum `total`; the first takes the rest."""
    counts = np.maximum(1, np.round(np.asarray(shares) * total)).astype(np.int64)
    counts[0] += total - counts.sum()
    return counts


def _bin(rng: np.random.Generator, prefixes: tuple[str, ...]) -> str:
    prefix = prefixes[rng.integers(len(prefixes))]
    digits = 6 - len(prefix)
    return f"{prefix}{rng.integers(10**digits):0{digits}d}"
