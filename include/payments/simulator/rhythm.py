"""When people buy: the share of each hour of the day, by line of business and by the country of the merchant."""

from __future__ import annotations

from functools import cache

import numpy as np

from .vocabulary import (
    DIGITAL,
    ENTERTAINMENT,
    FUEL,
    GAMING,
    GROCERY,
    SEGMENTS,
    SUBSCRIPTION,
    UTC_OFFSETS,
)
from .world import world

# Purchases by local hour: a quiet night, a working day, a peak in the evening.
_LOCAL = np.array((20, 14, 9, 7, 6, 6, 7, 10, 16, 25, 35, 43, 48, 50, 51, 51, 52, 54, 56, 57, 56, 50, 38, 27), float)
_PEAKS = {
    GAMING: ((0, 2, 2.0), (20, 24, 1.7)),
    DIGITAL: ((20, 24, 1.3),),
    ENTERTAINMENT: ((18, 24, 1.5),),
    GROCERY: ((8, 12, 1.3), (17, 20, 1.4)),
    FUEL: ((6, 9, 2.0), (17, 19, 1.4)),
    SUBSCRIPTION: ((3, 6, 3.0),),
}
"""First hour, hour after the last, and factor; subscriptions are charged in batches before the morning."""


def hours(late: float) -> np.ndarray:
    """Share of each UTC hour in a merchant's day, hour x merchant; each column adds up to 1.

    `late` is the part of the people (0 to 1) who do everything an hour later, as on a free day.
    """
    curves = _curves()
    shifted = (1.0 - late) * curves + late * np.roll(curves, 1, axis=0)
    here = world()
    return shifted[:, here.merchant_segment, here.merchant_country]


@cache
def _curves() -> np.ndarray:
    """Share of each UTC hour by hour, segment and country."""
    local = np.repeat(_LOCAL[:, None], len(SEGMENTS), axis=1)
    for segment, peaks in _PEAKS.items():
        for first, end, factor in peaks:
            local[first:end, segment] *= factor
    local /= local.sum(axis=0)
    return np.stack([np.roll(local, -offset, axis=0) for offset in UTC_OFFSETS], axis=2)
