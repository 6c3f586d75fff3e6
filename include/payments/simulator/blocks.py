"""Blocks of the calendar: 28 days each, counted from EPOCH, planned one by one from (seed, block)."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from .world import BLOCK_DAYS, EPOCH

CALM_DAYS = 10
"""First days of each block, on which no incident happens: what is usual can be learned there."""


def block_of(day: date) -> int:
    """Number of the block that a day belongs to; negative before EPOCH."""
    return (day - EPOCH).days // BLOCK_DAYS


def block_start(block: int) -> date:
    """First day of a block."""
    return EPOCH + timedelta(days=block * BLOCK_DAYS)


def block_rng(block: int, seed: int, purpose: int) -> np.random.Generator:
    """Random numbers of a block for one purpose, the same whatever was drawn before."""
    return np.random.default_rng((seed, block % 2**32, purpose))
