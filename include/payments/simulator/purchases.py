"""What people buy on a day: one row a purchase, before any attempt to charge it. Causes first, flags that follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..kpis import USD_RATES
from .world import COUNTRIES, CURRENCIES, PAYER_COUNTRIES, World, world

ENTRY_SYSTEMS = ("PD", "WS", "SEP", "CHECKOUT")
FLOWS = ("payment_link", "payment_link_sep", "recurring", "legacy_ws", "standard_ecom")
SOLUTIONS = ("standard", "3ds", "network_token", "passkey", "apple_pay", "google_pay")
ENTRY_MODES = ("ecom", "contactless", "chip", "manual", "recurring")
DEVICE_TYPES = ("mobile", "desktop", "tablet")
STANDARD, THREE_DS, NETWORK_TOKEN, PASSKEY, APPLE_PAY, GOOGLE_PAY = range(6)

_ENTRY_CUTS_BR = np.cumsum((0.62, 0.34, 0.03))
_ENTRY_CUTS = np.cumsum((0.20, 0.70, 0.05))
_SOLUTION_CUTS = np.cumsum((0.40, 0.22, 0.13, 0.06, 0.11))
_PAYER_CUTS = np.cumsum((0.72, 0.10, 0.08, 0.06))
_DEVICE_CUTS = np.array(((0.62, 0.93), (0.90, 0.93)))
# Purchases by hour, UTC: the day of Brazil (UTC-3), with a quiet night and a peak in the evening.
_HOURS = np.array((26, 20, 14, 9, 7, 6, 6, 7, 10, 16, 25, 35, 43, 48, 50, 51, 51, 52, 54, 56, 57, 56, 50, 38), float)
_USD_RATE = np.array([USD_RATES[currency] for currency in CURRENCIES])


@dataclass
class Purchases:
    """Arrays of one length. Countries, segments and the like are numbers into the world's tuples."""

    merchant: np.ndarray
    card: np.ndarray
    issuer: np.ndarray
    network: np.ndarray
    payer_country: np.ndarray
    second: np.ndarray
    """Seconds since midnight, UTC, with milliseconds."""
    amount: np.ndarray
    amount_usd: np.ndarray
    entry_system: np.ndarray
    flow: np.ndarray
    solution: np.ndarray
    entry_mode: np.ndarray
    device_type: np.ndarray
    device: np.ndarray
    debit: np.ndarray
    recurring: np.ndarray
    routed: np.ndarray
    friction: np.ndarray
    authenticated: np.ndarray
    uses_3ds: np.ndarray
    data_only: np.ndarray
    antifraud: np.ndarray
    vault: np.ndarray
    click_to_pay: np.ndarray
    idpay: np.ndarray
    idpay_success: np.ndarray
    fraud_score: np.ndarray
    aml_score: np.ndarray
    device_trust: np.ndarray
    known_approvals: np.ndarray

    @property
    def abroad(self) -> np.ndarray:
        """Whether card and merchant are of different countries."""
        here = world()
        return here.issuer_country[self.issuer] != here.merchant_country[self.merchant]

    @property
    def token(self) -> np.ndarray:
        """Whether a network token stands for the card: wallets bring one too."""
        return np.isin(self.solution, (NETWORK_TOKEN, APPLE_PAY, GOOGLE_PAY))


def draw_purchases(rng: np.random.Generator, count: int) -> Purchases:
    """Draw `count` purchases of one day."""
    here = world()
    merchant = np.searchsorted(np.cumsum(here.merchant_share)[:-1], rng.random(count), side="right")
    card = _cards(rng, here, merchant)
    issuer = here.card_issuer[card]
    issuer_country = here.issuer_country[issuer]
    payer = np.where(issuer_country < PAYER_COUNTRIES, issuer_country, _pick(rng, _PAYER_CUTS, count))
    brazil = payer == COUNTRIES.index("BR")
    entry = np.where(brazil, _pick(rng, _ENTRY_CUTS_BR, count), _pick(rng, _ENTRY_CUTS, count))
    link = _chance(rng, np.where(brazil, 0.12, 0.06))
    recurring = ~link & _chance(rng, np.where(here.merchant_segment[merchant] == 7, 0.85, 0.30))
    flow = np.select([link & (entry == 2), link, recurring, entry == 1], [1, 0, 2, 3], 4)
    solution = _pick(rng, _SOLUTION_CUTS, count)
    solution[recurring & (solution != NETWORK_TOKEN)] = STANDARD
    debit = _chance(rng, np.where(brazil, 0.02, 0.05))
    routed = (solution == THREE_DS) | (brazil & debit & ~recurring)
    data_only = ~routed & ~recurring & _chance(rng, 0.12, count)
    wallet = (solution == APPLE_PAY) | (solution == GOOGLE_PAY)
    device_type = (rng.random(count)[:, None] >= _DEVICE_CUTS[wallet.astype(int)]).sum(axis=1)
    fraud = _chance(rng, np.array((0.006, 0.012, 0.035))[here.merchant_tier[merchant]])
    idpay = ~recurring & _chance(rng, 0.05, count)
    rate = _USD_RATE[here.merchant_country[merchant]]
    amount = np.maximum(0.01, np.round(rng.lognormal(4.0 + 0.6 * fraud, 1.5) / rate, 2))
    friction = _chance(rng, np.where(fraud, 0.9, 0.45))
    return Purchases(
        merchant=merchant,
        card=card,
        issuer=issuer,
        network=here.card_network[card],
        payer_country=payer,
        second=_seconds(rng, count),
        amount=amount,
        amount_usd=np.maximum(0.01, np.round(amount * rate, 2)),
        entry_system=entry,
        flow=flow,
        solution=solution,
        entry_mode=np.select(
            [recurring, wallet & _chance(rng, 0.35, count)], [4, 1], _pick(rng, np.array((0.92, 0.92, 0.95)), count)
        ),
        device_type=device_type,
        device=(card * 5 + device_type) % 500_000,
        debit=debit,
        recurring=recurring,
        routed=routed,
        friction=friction,
        authenticated=_chance(rng, np.where(fraud, 0.35, np.where(friction, 0.88, 0.97))),
        uses_3ds=routed | data_only | (~recurring & _chance(rng, 0.25, count)),
        data_only=data_only,
        antifraud=_chance(rng, 0.85, count),
        vault=recurring | _chance(rng, 0.5, count),
        click_to_pay=(solution == STANDARD) & ~recurring & _chance(rng, 0.12, count),
        idpay=idpay,
        idpay_success=_chance(rng, np.where(fraud, 0.2, 0.75)),
        fraud_score=_score(rng, fraud, (2.0, 8.0), (7.0, 2.2)),
        aml_score=_score(rng, fraud, (2.0, 10.0), (3.0, 6.0)),
        device_trust=_score(rng, fraud, (8.0, 2.0), (3.0, 4.0)),
        known_approvals=_known_approvals(card, merchant),
    )


def _cards(rng: np.random.Generator, here: World, merchant: np.ndarray) -> np.ndarray:
    """A card for each purchase: mostly of the merchant's country; some cards are used far more than others."""
    count = len(merchant)
    home = here.merchant_country[merchant]
    world_card = rng.integers(here.card_first[-1], size=count)
    first, cards = here.card_first[home], np.diff(here.card_first)[home]
    home_card = first + (rng.random(count) ** 2 * cards).astype(np.int64)
    return np.where(_chance(rng, 0.9, count), home_card, world_card)


def _known_approvals(card: np.ndarray, merchant: np.ndarray) -> np.ndarray:
    """Approvals that the processor knew of this card at this merchant when the simulated time began."""
    mixed = (card.astype(np.uint64) * np.uint64(MIX) + merchant.astype(np.uint64)) * np.uint64(MIX)
    uniform = ((mixed >> np.uint64(40)).astype(float) + 0.5) / 2.0**24
    return np.floor(-1.4 * np.log(uniform)).astype(np.int64)


MIX = 0x9E3779B97F4A7C15
"""Odd 64-bit constant that spreads consecutive numbers over all bits."""


def _seconds(rng: np.random.Generator, count: int) -> np.ndarray:
    edges = np.concatenate(([0.0], np.cumsum(_HOURS) / _HOURS.sum()))
    return np.floor(np.interp(rng.random(count), edges, np.arange(25) * 3600.0) * 1000.0) / 1000.0


def _pick(rng: np.random.Generator, cuts: np.ndarray, count: int) -> np.ndarray:
    """Numbers 0.. with the probabilities between `cuts`."""
    return np.searchsorted(cuts, rng.random(count), side="right")


def _chance(rng: np.random.Generator, probability: np.ndarray | float, count: int | None = None) -> np.ndarray:
    return rng.random(len(probability) if count is None else count) < probability


def _score(
    rng: np.random.Generator, fraud: np.ndarray, usual: tuple[float, float], high: tuple[float, float]
) -> np.ndarray:
    """Beta-distributed scores with four decimals, from another distribution for fraud."""
    score = rng.beta(*usual, len(fraud))
    score[fraud] = rng.beta(*high, int(fraud.sum()))
    return np.round(score, 4)
