"""Attempts to charge purchases: route, outcome, decline reason, and retries that answer a declined attempt."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ..taxonomy import DECLINE_REASONS
from .purchases import NETWORK_TOKEN, PASSKEY, Purchases
from .world import world

APPROVED = -1
REASONS = tuple(reason.name for reason in DECLINE_REASONS)
_REASON = {name: number for number, name in enumerate(REASONS)}
_AUTHENTICATION = _REASON["3DS_AUTH_FAILED"]
_FRAUD = _REASON["FRAUD_SUSPECTED"]

_BASE = 3.0
"""Log-odds of approval of an ordinary purchase; with the other effects it gives about 82 % of all events."""
MAX_RETRIES = 3

# Route policy by network, at home and abroad: every route keeps at least 0.05, so that each can be evaluated.
_ROUTE_POLICY = np.array(
    [
        [(0.70, 0.22, 0.08), (0.45, 0.40, 0.15)],
        [(0.65, 0.27, 0.08), (0.40, 0.45, 0.15)],
        [(0.50, 0.35, 0.15), (0.45, 0.35, 0.20)],
        [(0.50, 0.30, 0.20), (0.45, 0.30, 0.25)],
    ]
)
# Retry policy by reason: no retry, at once (1 to 5 min), soon (15 to 60 min), later (2 to 6 h).
_RETRY_POLICY = {
    "INSUFFICIENT_FUNDS": (0.35, 0.05, 0.15, 0.45),
    "LIMIT_EXCEEDED": (0.40, 0.05, 0.15, 0.40),
    "EXPIRED_CARD": (0.85, 0.05, 0.05, 0.05),
    "ISSUER_UNAVAILABLE": (0.10, 0.55, 0.25, 0.10),
    "TEMPORARY_FAILURE": (0.10, 0.60, 0.20, 0.10),
    "DO_NOT_HONOR": (0.45, 0.10, 0.30, 0.15),
    "CVV_MISMATCH": (0.35, 0.50, 0.10, 0.05),
    "3DS_AUTH_FAILED": (0.50, 0.30, 0.15, 0.05),
    "FRAUD_SUSPECTED": (0.80, 0.08, 0.07, 0.05),
}
# Log-odds of approval of a retry by reason and delay, before the effects of the purchase itself.
_RETRY_EFFECT = {
    "INSUFFICIENT_FUNDS": (-3.6, -2.6, -1.2),
    "LIMIT_EXCEEDED": (-3.4, -2.6, -1.6),
    "EXPIRED_CARD": (-5.0, -4.5, -4.5),
    "ISSUER_UNAVAILABLE": (-0.6, 0.3, 0.6),
    "TEMPORARY_FAILURE": (0.4, 0.6, 0.6),
    "DO_NOT_HONOR": (-2.8, -1.9, -2.1),
    "CVV_MISMATCH": (-0.4, -0.8, -1.2),
    "3DS_AUTH_FAILED": (-0.9, -1.2, -1.5),
    "FRAUD_SUSPECTED": (-4.0, -4.0, -4.0),
}
_RETRY_CUTS = np.cumsum([_RETRY_POLICY[name] for name in REASONS], axis=1)[:, :3]
_RETRY_PROBABILITY = np.array([_RETRY_POLICY[name] for name in REASONS])
_RETRY_EFFECTS = np.array([_RETRY_EFFECT[name] for name in REASONS])
_DELAY_FROM = np.array((60.0, 900.0, 7200.0))
_DELAY_TO = np.array((300.0, 3600.0, 21600.0))
_DAY_SECONDS = 86_400.0


@dataclass
class Attempts:
    """Arrays of one length: an attempt each. `purchase` is the number of the purchase, `number` is 0 for the first."""

    purchase: np.ndarray
    number: np.ndarray
    second: np.ndarray
    route: np.ndarray
    route_propensity: np.ndarray
    reason: np.ndarray
    """Number into REASONS, or APPROVED."""
    antifraud_failed: np.ndarray
    authenticated: np.ndarray
    delay: np.ndarray
    """Whole seconds since the attempt before; 0 for the first."""
    retry_propensity: np.ndarray
    processing_ms: np.ndarray

    def take(self, rows: np.ndarray) -> Attempts:
        """Some of the attempts, in the order of `rows` (numbers or a mask)."""
        return Attempts(*(getattr(self, field.name)[rows] for field in fields(self)))


def draw_attempts(rng: np.random.Generator, bought: Purchases) -> Attempts:
    """All attempts for the purchases, by purchase and number. A retry that would fall on the next day is not made."""
    count = len(bought.merchant)
    appeal = _appeal(bought)
    everyone = np.arange(count)
    zeros = np.zeros(count)
    rounds = [_charge(rng, bought, everyone, 0, bought.second, zeros, zeros + np.nan, _BASE + appeal, None)]
    for number in range(1, MAX_RETRIES + 1):
        declined = rounds[-1].take(rounds[-1].reason != APPROVED)
        arm = (rng.random(len(declined.reason))[:, None] >= _RETRY_CUTS[declined.reason]).sum(axis=1)
        again, choice = declined.take(arm > 0), arm[arm > 0] - 1
        delay = np.floor(rng.uniform(_DELAY_FROM[choice], _DELAY_TO[choice]))
        second = again.second + delay
        today = second < _DAY_SECONDS
        again, choice, delay, second = again.take(today), choice[today], delay[today], second[today]
        logit = 1.3 + _RETRY_EFFECTS[again.reason, choice] + 0.5 * appeal[again.purchase]
        chosen = _RETRY_PROBABILITY[again.reason, choice + 1]
        rounds.append(_charge(rng, bought, again.purchase, number, second, delay, chosen, logit, again.reason))
    joined = Attempts(*(np.concatenate([getattr(r, field.name) for r in rounds]) for field in fields(Attempts)))
    return joined.take(np.lexsort((joined.number, joined.purchase)))


def _charge(
    rng: np.random.Generator,
    bought: Purchases,
    purchase: np.ndarray,
    number: int,
    second: np.ndarray,
    delay: np.ndarray,
    retry_propensity: np.ndarray,
    logit: np.ndarray,
    reason_before: np.ndarray | None,
) -> Attempts:
    """One round of attempts: choose a route, authenticate where the flow does, ask the issuer."""
    here, count = world(), len(purchase)
    network, abroad = bought.network[purchase], bought.abroad[purchase].astype(int)
    policy = _ROUTE_POLICY[network, abroad]
    route = (rng.random(count)[:, None] >= np.cumsum(policy, axis=1)[:, :2]).sum(axis=1)
    logit = logit + here.route_effect[network, abroad, route]
    declined = rng.random(count) >= 1.0 / (1.0 + np.exp(-logit))
    authenticated = bought.authenticated[purchase] if number == 0 else rng.random(count) < 0.8
    unauthenticated = bought.routed[purchase] & ~authenticated
    reason = np.full(count, APPROVED)
    reason[declined] = _reasons(
        rng, bought, purchase[declined], None if reason_before is None else reason_before[declined]
    )
    reason[unauthenticated] = _AUTHENTICATION
    latency = here.route_latency_ms[route] * rng.gamma(6.0, 1.0 / 6.0, count)
    latency += 160.0 * bought.routed[purchase] + 700.0 * (reason == _REASON["ISSUER_UNAVAILABLE"])
    return Attempts(
        purchase=purchase,
        number=np.full(count, number),
        second=second,
        route=route,
        route_propensity=np.take_along_axis(policy, route[:, None], axis=1)[:, 0],
        reason=reason,
        antifraud_failed=(reason == _FRAUD) & bought.antifraud[purchase] & (rng.random(count) < 0.7),
        authenticated=authenticated,
        delay=delay.astype(np.int64),
        retry_propensity=retry_propensity,
        processing_ms=np.maximum(20, latency).astype(np.int32),
    )


def _appeal(bought: Purchases) -> np.ndarray:
    """What the purchase itself adds to the log-odds of approval, on any route."""
    here = world()
    hour = bought.second / 3600.0
    size = np.log(bought.amount_usd / 54.6)
    young = bought.fraud_score - 0.2
    token_gain = np.where(here.issuer_likes_tokens[bought.issuer], 0.75, -0.35)
    return (
        here.merchant_effect[bought.merchant]
        + here.issuer_effect[bought.issuer]
        - 0.22 * size
        - 0.9 * (size > 2.2)
        - 3.2 * young
        - 2.5 * (bought.fraud_score > 0.6)
        - 0.8 * bought.aml_score
        + 0.8 * (bought.device_trust - 0.8)
        - 0.7 * bought.abroad * ~bought.token
        + token_gain * bought.token
        + 0.5 * (bought.solution == PASSKEY)
        + 0.2 * (bought.solution == NETWORK_TOKEN)
        + 0.25 * bought.uses_3ds * (size > 0.5)
        - 0.35 * bought.recurring * (bought.debit + 1)
        - 0.5 * ((hour >= 4) & (hour < 9))
        + 0.12 * np.minimum(bought.known_approvals, 4)
    )


def _reasons(
    rng: np.random.Generator, bought: Purchases, purchase: np.ndarray, before: np.ndarray | None
) -> np.ndarray:
    """A decline reason for each purchase, by what makes each reason likely. A declined retry mostly hears the same."""
    fraud, debit = bought.fraud_score[purchase], bought.debit[purchase]
    recurring = bought.recurring[purchase]
    large = bought.amount_usd[purchase] > 300.0
    weight = np.empty((len(purchase), len(REASONS)))
    weight[:, _REASON["INSUFFICIENT_FUNDS"]] = 0.30 + 0.3 * debit + 0.15 * large
    weight[:, _REASON["LIMIT_EXCEEDED"]] = 0.03 + 0.20 * large
    weight[:, _REASON["EXPIRED_CARD"]] = 0.03 + 0.10 * recurring
    weight[:, _REASON["ISSUER_UNAVAILABLE"]] = 0.08
    weight[:, _REASON["TEMPORARY_FAILURE"]] = 0.05
    weight[:, _REASON["DO_NOT_HONOR"]] = 0.26 + 0.2 * fraud
    weight[:, _REASON["CVV_MISMATCH"]] = 0.07 * ~recurring * ~bought.token[purchase]
    weight[:, _AUTHENTICATION] = 0.0
    weight[:, _FRAUD] = 0.02 + 0.9 * fraud**2
    total = np.cumsum(weight, axis=1)
    drawn = rng.random(len(purchase)) * total[:, -1]
    reason = (drawn[:, None] >= total[:, :-1]).sum(axis=1)
    if before is None:
        return reason
    same = (before != _AUTHENTICATION) & (rng.random(len(purchase)) < 0.75)
    return np.where(same, before, reason)
