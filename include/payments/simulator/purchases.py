"""What people buy: one row a purchase, before any attempt to charge it. Causes first, flags that follow."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ..kpis import USD_RATES
from . import quantiles
from .conditions import Conditions
from .draws import chance, pick
from .fraud import commit_fraud
from .vocabulary import (
    APPLE_PAY,
    CONTACTLESS,
    COUNTRIES,
    CURRENCIES,
    HONEST,
    LEGACY_FLOW,
    LINK_FLOW,
    LONE,
    MANUAL,
    NETWORK_TOKEN,
    PAYER_COUNTRIES,
    RECURRING,
    RECURRING_FLOW,
    SEP,
    SEP_LINK_FLOW,
    STANDARD,
    STANDARD_FLOW,
    SUBSCRIPTION,
    THREE_DS,
    WS,
)
from .world import World, world

MIX = 0x9E3779B97F4A7C15
"""Odd 64-bit constant that spreads consecutive numbers over all bits."""
HOUR_MS = 3_600_000

_ENTRY_CUTS_BR = np.cumsum((0.62, 0.34, 0.03))
_ENTRY_CUTS = np.cumsum((0.20, 0.70, 0.05))
_SOLUTION_CUTS = np.cumsum((0.40, 0.22, 0.13, 0.06, 0.11))
_PAYER_CUTS = np.cumsum((0.72, 0.10, 0.08, 0.06))
_MODE_CUTS = np.array((0.92, 0.92, 0.95))
_AMOUNT_SIGMA = 1.2
_USD_RATE = np.array([USD_RATES[currency] for currency in CURRENCIES])


@dataclass
class Purchases:
    """Arrays of one length, in the order of time. Countries and the like are positions in the vocabulary."""

    merchant: np.ndarray
    card: np.ndarray
    issuer: np.ndarray
    network: np.ndarray
    payer_country: np.ndarray
    ms: np.ndarray
    """Milliseconds since midnight, UTC."""
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
    fraud: np.ndarray
    """Which of FRAUD_PATTERNS it belongs to. No event says so."""

    @property
    def abroad(self) -> np.ndarray:
        """Whether card and merchant are of different countries."""
        here = world()
        return here.issuer_country[self.issuer] != here.merchant_country[self.merchant]

    @property
    def token(self) -> np.ndarray:
        """Whether a network token stands for the card: wallets bring one too."""
        return (self.solution == NETWORK_TOKEN) | (self.solution >= APPLE_PAY)

    def take(self, rows: np.ndarray) -> Purchases:
        """Some of the purchases (numbers or a mask)."""
        return Purchases(*(getattr(self, field.name)[rows] for field in fields(self)))


def times(rng: np.random.Generator, count: int, now: Conditions) -> np.ndarray:
    """When `count` purchases of a day are made: milliseconds since midnight, ascending."""
    edges = np.concatenate(([0.0], np.cumsum(now.by_hour.sum(axis=1))))
    edges[-1] = 1.0
    return np.interp(np.sort(rng.random(count)), edges, np.arange(25.0) * HOUR_MS).astype(np.int32)


def draw_purchases(rng: np.random.Generator, ms: np.ndarray, now: Conditions, density: float) -> Purchases:
    """A purchase for each time in `ms`; `density` is the number of purchases a second around them."""
    here, count = world(), len(ms)
    merchant = _merchants(rng, ms, now)
    card = _cards(rng, here, merchant, now.abroad)
    crime = commit_fraud(rng, merchant, card, now.incidents, density)
    fraud = crime.pattern > HONEST
    issuer = here.card_issuer[card]
    issuer_country = here.issuer_country[issuer]
    at_home = (issuer_country < PAYER_COUNTRIES) & ~chance(rng, 0.02, count)
    payer = np.where(at_home, issuer_country, pick(rng, _PAYER_CUTS, count))
    payer = np.where(crime.payer_country >= 0, crime.payer_country, payer)
    brazil = payer == COUNTRIES.index("BR")
    entry = np.where(brazil, pick(rng, _ENTRY_CUTS_BR, count), pick(rng, _ENTRY_CUTS, count))
    link = chance(rng, np.where(brazil, 0.12, 0.06))
    known = _known_approvals(here, card, merchant)
    subscription = here.merchant_segment[merchant] == SUBSCRIPTION
    recurring = (known > 0) & ~link & ~fraud & chance(rng, np.where(subscription, 0.95, 0.50))
    flow = np.select(
        [link & (entry == SEP), link, recurring, entry == WS],
        [SEP_LINK_FLOW, LINK_FLOW, RECURRING_FLOW, LEGACY_FLOW],
        STANDARD_FLOW,
    )
    solution = pick(rng, _SOLUTION_CUTS, count)
    solution[(recurring & (solution != NETWORK_TOKEN)) | (crime.pattern > LONE)] = STANDARD
    wallet = solution >= APPLE_PAY
    debit = here.card_debit[card]
    routed = (solution == THREE_DS) | (brazil & debit & ~recurring)
    data_only = ~routed & ~recurring & chance(rng, 0.20, count)
    device_type = here.card_device[card] * ~(wallet & chance(rng, 0.9, count))
    friction = chance(rng, np.where(fraud, 0.9, 0.45))
    idpay = ~recurring & chance(rng, 0.06, count)
    rate = _USD_RATE[here.merchant_country[merchant]]
    in_usd = here.merchant_ticket[merchant] + here.card_spend[card] + now.season.amount
    in_usd = np.exp(in_usd + _AMOUNT_SIGMA * rng.standard_normal(count))
    amount = np.maximum(0.01, np.round(np.where(fraud, crime.amount_usd, in_usd) / rate, 2))
    own_device = (card // 2 * 3 + device_type).astype(np.int32)
    modes = pick(rng, _MODE_CUTS, count)
    modes[wallet & chance(rng, 0.35, count)] = CONTACTLESS
    modes[fraud & chance(rng, 0.3, count)] = MANUAL
    modes[recurring] = RECURRING
    return Purchases(
        merchant=merchant,
        card=card,
        issuer=issuer,
        network=here.card_network[card],
        payer_country=payer.astype(np.int8),
        ms=ms,
        amount=amount,
        amount_usd=np.maximum(0.01, np.round(amount * rate, 2)),
        entry_system=entry,
        flow=flow.astype(np.int8),
        solution=solution,
        entry_mode=modes,
        device_type=device_type,
        device=np.where(crime.device >= 0, crime.device, own_device),
        debit=debit,
        recurring=recurring,
        routed=routed,
        friction=friction,
        authenticated=chance(rng, np.where(fraud, 0.35, np.where(friction, 0.92, 0.985))),
        uses_3ds=routed | data_only | (~recurring & chance(rng, 0.55, count)),
        data_only=data_only,
        antifraud=chance(rng, 0.85, count),
        vault=recurring | (~fraud & chance(rng, 0.5, count)),
        click_to_pay=(solution == STANDARD) & ~recurring & ~fraud & chance(rng, 0.12, count),
        idpay=idpay,
        idpay_success=chance(rng, np.where(fraud, 0.2, 0.75)),
        fraud_score=_score(rng, crime.noticed, (2.0, 8.0), (7.0, 2.2)),
        aml_score=_score(rng, crime.noticed, (2.0, 10.0), (3.0, 6.0)),
        device_trust=_score(rng, crime.device >= 0, (8.0, 2.0), (3.0, 4.0)),
        known_approvals=known,
        fraud=crime.pattern,
    )


def _merchants(rng: np.random.Generator, ms: np.ndarray, now: Conditions) -> np.ndarray:
    """A merchant for each time, by who sells how much at that hour."""
    merchant = np.empty(len(ms), np.int16)
    bounds = np.searchsorted(ms, np.arange(25) * HOUR_MS)
    for hour in np.flatnonzero(np.diff(bounds)):
        rows = slice(bounds[hour], bounds[hour + 1])
        share = np.cumsum(now.by_hour[hour])
        merchant[rows] = np.searchsorted(share[:-1], rng.random(rows.stop - rows.start) * share[-1], side="right")
    return merchant


def _cards(rng: np.random.Generator, here: World, merchant: np.ndarray, abroad: float) -> np.ndarray:
    """A card for each purchase: mostly of the merchant's country; some cards are used far more than others."""
    count = len(merchant)
    home = here.merchant_country[merchant]
    first, cards = here.card_first[home], np.diff(here.card_first)[home]
    home_card = first + (rng.random(count) ** 2 * cards).astype(np.int32)
    world_card = rng.integers(here.card_first[-1], size=count, dtype=np.int32)
    return np.where(chance(rng, abroad, count), world_card, home_card).astype(np.int32)


def _known_approvals(here: World, card: np.ndarray, merchant: np.ndarray) -> np.ndarray:
    """Approvals that the processor knew of this card at this merchant when the simulated time began.

    A function of card and merchant, so that it is the same on every day.
    """
    mixed = (card.astype(np.uint64) * np.uint64(MIX) + merchant.astype(np.uint64)) * np.uint64(MIX)
    uniform = ((mixed >> np.uint64(40)).astype(float) + 0.5) / 2.0**24
    mean = np.where(here.merchant_segment[merchant] == SUBSCRIPTION, 8.0, 1.8)
    return (-mean * np.log(uniform)).astype(np.int32)


def _score(
    rng: np.random.Generator, high: np.ndarray, usual: tuple[float, float], unusual: tuple[float, float]
) -> np.ndarray:
    """Beta-distributed scores with four decimals, from another distribution where `high`."""
    score = quantiles.draw(rng, quantiles.beta(*usual), len(high))
    score[high] = quantiles.draw(rng, quantiles.beta(*unusual), int(high.sum()))
    return score
