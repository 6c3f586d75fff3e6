"""Retries: whether a declined attempt is tried again, when, and how the delay and the reason change its chances."""

from __future__ import annotations

import numpy as np

from .vocabulary import REASONS

MAX_RETRIES = 3

# Probability by reason: no retry, at once, soon, later. Each kind of retry keeps at least 0.05.
_POLICY = {
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
# Log-odds of approval by reason of the attempt before, for a retry at once, soon, later.
_EFFECT = {
    "INSUFFICIENT_FUNDS": (-1.8, -0.8, 0.6),
    "LIMIT_EXCEEDED": (-1.6, -0.8, 0.2),
    "EXPIRED_CARD": (-3.2, -2.9, -2.9),
    "ISSUER_UNAVAILABLE": (1.0, 1.8, 2.1),
    "TEMPORARY_FAILURE": (1.9, 2.1, 2.1),
    "DO_NOT_HONOR": (-1.1, -0.2, -0.4),
    "CVV_MISMATCH": (1.2, 0.8, 0.4),
    "3DS_AUTH_FAILED": (0.7, 0.4, 0.1),
    "FRAUD_SUSPECTED": (-2.4, -2.4, -2.4),
}
PROBABILITY = np.array([_POLICY[name] for name in REASONS])
EFFECT = np.array([_EFFECT[name] for name in REASONS])
APPEAL_LEFT = 0.5
"""Part of what the purchase itself adds that still counts at a retry."""
_CUTS = np.cumsum(PROBABILITY, axis=1)[:, :3]
# At once is 1 to 5 minutes, soon is 15 to 60 minutes, later is 2 to 6 hours.
_FROM_SECONDS = np.array((60, 900, 7200), np.int32)
_TO_SECONDS = np.array((300, 3600, 21600), np.int32)


def choose(rng: np.random.Generator, reason: np.ndarray) -> np.ndarray:
    """For each declined attempt -1 (no retry) or the kind of delay: 0 at once, 1 soon, 2 later (int8)."""
    uniform = rng.random(len(reason))
    arm = np.full(len(reason), -1, np.int8)
    for column in range(_CUTS.shape[1]):
        arm += uniform >= _CUTS[reason, column]
    return arm


def delay_seconds(rng: np.random.Generator, arm: np.ndarray) -> np.ndarray:
    """Whole seconds (int32) for each kind of delay."""
    return rng.integers(_FROM_SECONDS[arm], _TO_SECONDS[arm], dtype=np.int32)
