"""Acquiring routes: how one is chosen for an attempt, how well it does, and how long it takes."""

from __future__ import annotations

import numpy as np

from . import quantiles
from .purchases import HOUR_MS
from .vocabulary import SECONDARY, TERTIARY
from .world import world

# Policy by network, at home and abroad: every route keeps at least 0.05, so that each can be evaluated.
POLICY = np.array(
    [
        [(0.70, 0.22, 0.08), (0.45, 0.40, 0.15)],
        [(0.65, 0.27, 0.08), (0.40, 0.45, 0.15)],
        [(0.50, 0.35, 0.15), (0.45, 0.35, 0.20)],
        [(0.50, 0.30, 0.20), (0.45, 0.30, 0.25)],
    ]
)
LATENCY_MS = np.array((180.0, 220.0, 350.0))
_LATENCY_SHAPE = 6.0
_BUSY_EFFECT = 0.5


def choose(rng: np.random.Generator, network: np.ndarray, abroad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A route for each attempt by the policy, and the probability of that choice."""
    policy = POLICY[network, abroad.astype(np.int8)]
    uniform = rng.random(len(network))
    route = (uniform >= policy[:, 0]).astype(np.int8)
    route += uniform >= policy[:, 0] + policy[:, 1]
    return route, np.take_along_axis(policy, route[:, None].astype(np.int64), axis=1)[:, 0]


def effect(network: np.ndarray, abroad: np.ndarray, route: np.ndarray, ms: np.ndarray) -> np.ndarray:
    """What the route adds to the log-odds of approval."""
    return world().route_effect[network, abroad.astype(np.int8), route] - _BUSY_EFFECT * busy(route, ms)


def latency(rng: np.random.Generator, route: np.ndarray, ms: np.ndarray) -> np.ndarray:
    """Milliseconds that the route takes."""
    spread = quantiles.draw(rng, quantiles.gamma(_LATENCY_SHAPE), len(route))
    return LATENCY_MS[route] * spread * np.where(busy(route, ms), 1.4, 1.0)


def busy(route: np.ndarray, ms: np.ndarray) -> np.ndarray:
    """Whether the route has more than it can take: the second in the evening (UTC), the third in its nightly batch."""
    hour = ms // HOUR_MS % 24
    evening, batch = (hour >= 20) & (hour < 23), (hour >= 2) & (hour < 5)
    return ((route == SECONDARY) & evening) | ((route == TERTIARY) & batch)
