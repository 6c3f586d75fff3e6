"""Which reason a declined attempt is given, by what makes each reason likely, and the codes that go with it."""

from __future__ import annotations

import numpy as np

from ..taxonomy import APPROVED_CODE, DECLINE_REASONS, NETWORK_CODES
from .approval import asleep, over_limit, suspicious
from .conditions import Conditions
from .purchases import Purchases
from .vocabulary import NETWORKS, REASON, REASONS

AUTHENTICATION = REASON["3DS_AUTH_FAILED"]
FRAUD = REASON["FRAUD_SUSPECTED"]
UNAVAILABLE = REASON["ISSUER_UNAVAILABLE"]
_SAME_AGAIN = 0.75
"""Probability that a declined retry hears the reason of the attempt before."""

ISO_CODES = (*(reason.code for reason in DECLINE_REASONS), APPROVED_CODE)
"""Response codes by reason; the last one is for APPROVED."""
RAW_CODES = tuple(
    NETWORK_CODES.get((network, reason.name), reason.code) for network in NETWORKS for reason in DECLINE_REASONS
)
"""Codes as the network gives them: reason r on network n at n * len(REASONS) + r."""


def draw_reasons(rng: np.random.Generator, bought: Purchases, before: np.ndarray | None, now: Conditions) -> np.ndarray:
    """A reason (int8) for each declined purchase; `before` is the reason of the attempt before, None for the first."""
    count = len(bought.merchant)
    weight = np.empty((count, len(REASONS)), np.float32)
    limit, large = over_limit(bought), bought.amount_usd > 300.0
    weight[:, REASON["INSUFFICIENT_FUNDS"]] = 0.30 - 0.08 * now.season.funds + 0.3 * bought.debit + 0.15 * large
    weight[:, REASON["LIMIT_EXCEEDED"]] = 0.03 + 0.35 * limit
    weight[:, REASON["EXPIRED_CARD"]] = 0.03 + 0.10 * (bought.recurring & ~bought.token)
    weight[:, UNAVAILABLE] = 0.05 + 0.6 * asleep(bought)
    weight[:, REASON["TEMPORARY_FAILURE"]] = 0.05
    weight[:, REASON["DO_NOT_HONOR"]] = 0.26 + 0.2 * bought.fraud_score
    weight[:, REASON["CVV_MISMATCH"]] = 0.07 * (~bought.recurring & ~bought.token)
    weight[:, AUTHENTICATION] = 0.0
    weight[:, FRAUD] = 0.02 + 0.5 * suspicious(bought)
    total = np.cumsum(weight, axis=1)
    drawn = rng.random(count, dtype=np.float32) * total[:, -1]
    reason = np.zeros(count, np.int8)
    for column in range(len(REASONS) - 1):
        reason += drawn >= total[:, column]
    if before is None:
        return reason
    same = (before != AUTHENTICATION) & (rng.random(count) < _SAME_AGAIN)
    return np.where(same, before, reason)
