"""Attempts to charge purchases: route, authentication, outcome, and retries that answer a declined attempt."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from . import approval, retries, routes
from .conditions import Conditions
from .declines import AUTHENTICATION, FRAUD, UNAVAILABLE, draw_reasons
from .incidents import COLUMNS, ROUTE, Incident
from .purchases import Purchases
from .vocabulary import APPROVED

_AUTHENTICATED_AGAIN = 0.85
_THREE_DS_MS, _TIMEOUT_MS, _FASTEST_MS = 160, 700, 20
_ANTIFRAUD_SEES = 0.7
NO_INCIDENT = -1


@dataclass
class Attempts:
    """Arrays of one length: an attempt each. `purchase` is the number of the purchase, `number` is 0 for the first."""

    purchase: np.ndarray
    number: np.ndarray
    ms: np.ndarray
    route: np.ndarray
    route_propensity: np.ndarray
    reason: np.ndarray
    """Number of the reason, or APPROVED."""
    antifraud_failed: np.ndarray
    authenticated: np.ndarray
    delay: np.ndarray
    """Whole seconds since the attempt before; 0 for the first."""
    retry_propensity: np.ndarray
    processing_ms: np.ndarray
    probability: np.ndarray
    """Probability of approval, given everything that is known before the issuer is asked."""
    incident: np.ndarray
    """Which of the day's incidents it is part of, or NO_INCIDENT."""

    def take(self, rows: np.ndarray) -> Attempts:
        """Some of the attempts, in the order of `rows` (numbers or a mask)."""
        return Attempts(*(getattr(self, field.name)[rows] for field in fields(self)))


def draw_attempts(rng: np.random.Generator, bought: Purchases, now: Conditions, horizon_ms: int) -> Attempts:
    """All attempts for the purchases: the first ones, then the first retries, and so on.

    A retry that would come at `horizon_ms` (since midnight) or later is not made.
    """
    everyone = np.arange(len(bought.merchant), dtype=np.int32)
    appeal = approval.appeal(bought, now)
    first = _charge(rng, bought, everyone, bought.ms, approval.BASE + appeal, None, now)
    rounds = [first]
    for number in range(1, retries.MAX_RETRIES + 1):
        declined = np.flatnonzero(rounds[-1].reason != APPROVED)
        arm = retries.choose(rng, rounds[-1].reason[declined])
        delay = retries.delay_seconds(rng, np.maximum(arm, 0))
        ms = rounds[-1].ms[declined] + delay * 1000
        made = (arm >= 0) & (ms < horizon_ms)
        before, arm = rounds[-1].take(declined[made]), arm[made]
        logit = retries.EFFECT[before.reason, arm] + retries.APPEAL_LEFT * appeal[before.purchase]
        again = _charge(rng, bought, before.purchase, ms[made], logit, before.reason, now)
        again.number[:] = number
        again.delay[:] = delay[made]
        again.retry_propensity[:] = retries.PROBABILITY[before.reason, arm + 1]
        rounds.append(again)
    return Attempts(*(np.concatenate([getattr(r, field.name) for r in rounds]) for field in fields(Attempts)))


def _charge(
    rng: np.random.Generator,
    bought: Purchases,
    purchase: np.ndarray,
    ms: np.ndarray,
    logit: np.ndarray,
    before: np.ndarray | None,
    now: Conditions,
) -> Attempts:
    """One round of attempts: choose a route, authenticate where the flow does, ask the issuer."""
    count, retry = len(purchase), before is not None
    network, abroad, routed = bought.network[purchase], bought.abroad[purchase], bought.routed[purchase]
    route, propensity = routes.choose(rng, network, abroad)
    logit = logit + routes.effect(network, abroad, route, ms)
    authenticated = rng.random(count) < _AUTHENTICATED_AGAIN if retry else bought.authenticated
    authenticated = authenticated | ~routed
    probability = 1.0 / (1.0 + np.exp(-logit))
    declined = rng.random(count) >= probability
    probability *= authenticated
    latency = routes.latency(rng, route, ms)
    reason = np.full(count, APPROVED, np.int8)
    rows = np.flatnonzero(declined)
    reason[rows] = draw_reasons(rng, bought.take(purchase[rows]), before[rows] if retry else None, now)
    part_of = np.full(count, NO_INCIDENT, np.int8)
    for number, incident in enumerate(now.incidents):
        rows = in_cell(incident, bought, purchase, route)
        part_of[rows] = number
        probability[rows] *= 1.0 - incident.decline
        latency[rows] += incident.slow_ms
        hit = rows[rng.random(len(rows)) < incident.decline]
        reason[hit] = incident.reason
    reason[~authenticated] = AUTHENTICATION
    latency += _THREE_DS_MS * routed + _TIMEOUT_MS * (reason == UNAVAILABLE)
    return Attempts(
        purchase=purchase,
        number=np.zeros(count, np.int8),
        ms=ms,
        route=route,
        route_propensity=propensity,
        reason=reason,
        antifraud_failed=(reason == FRAUD) & bought.antifraud[purchase] & (rng.random(count) < _ANTIFRAUD_SEES),
        authenticated=authenticated,
        delay=np.zeros(count, np.int32),
        retry_propensity=np.full(count, np.nan),
        processing_ms=np.maximum(_FASTEST_MS, latency).astype(np.int32),
        probability=probability,
        incident=part_of,
    )


def in_cell(incident: Incident, bought: Purchases, purchase: np.ndarray, route: np.ndarray) -> np.ndarray:
    """Rows of the attempts that are in the cell of an incident."""
    inside = np.ones(len(purchase), bool)
    for column, value in incident.cell:
        inside &= route == value if column == ROUTE else getattr(bought, COLUMNS[column][0])[purchase] == value
    return np.flatnonzero(inside)
