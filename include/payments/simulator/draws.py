"""Small vectorised draws that several modules share."""

from __future__ import annotations

import numpy as np


def chance(rng: np.random.Generator, probability: np.ndarray | float, count: int | None = None) -> np.ndarray:
    """True with `probability`: an array of them, or one for `count` rows."""
    return rng.random(len(probability) if count is None else count) < probability


def pick(rng: np.random.Generator, cuts: np.ndarray, count: int) -> np.ndarray:
    """Numbers 0.. (int8) with the probabilities between `cuts`, which are cumulative and leave out the 1 at the end."""
    uniform = rng.random(count)
    number = np.zeros(count, np.int8)
    for cut in cuts:
        number += uniform >= cut
    return number
