import numpy as np

from include.payments.kpis import MIN_PROPENSITY
from include.payments.simulator import routes
from include.payments.simulator.purchases import HOUR_MS
from include.payments.simulator.retries import PROBABILITY
from include.payments.simulator.vocabulary import PRIMARY, SECONDARY, TERTIARY


def test_every_choice_keeps_the_smallest_probability():
    assert routes.POLICY.min() >= MIN_PROPENSITY
    assert np.allclose(routes.POLICY.sum(axis=2), 1)
    assert PROBABILITY[:, 1:].min() >= MIN_PROPENSITY
    assert np.allclose(PROBABILITY.sum(axis=1), 1)


def test_routes_are_chosen_as_often_as_logged():
    count = 60_000
    network, abroad = np.full(count, 2, np.int8), np.ones(count, bool)
    route, propensity = routes.choose(np.random.default_rng(1), network, abroad)
    assert np.abs(np.bincount(route) / count - routes.POLICY[2, 1]).max() < 0.01
    assert (propensity == routes.POLICY[2, 1][route]).all()


def test_inverse_propensities_weigh_every_route_alike(events):
    weight = 1 / events.route_propensity
    for _, cell in events.groupby("card_network"):
        total = weight[cell.index].groupby(cell.route_name).sum() / len(cell)
        assert total.between(0.85, 1.15).all()


def test_busy_routes_are_slower_and_approve_less():
    hours = np.arange(24)
    for route, busy in ((PRIMARY, ()), (SECONDARY, (20, 21, 22)), (TERTIARY, (2, 3, 4))):
        found = routes.busy(np.full(24, route), hours * HOUR_MS)
        assert tuple(np.flatnonzero(found)) == busy
    at = np.repeat(np.array((12, 21)) * HOUR_MS, 20_000)
    second = np.full(len(at), SECONDARY)
    latency = routes.latency(np.random.default_rng(1), second, at).reshape(2, -1).mean(axis=1)
    assert abs(latency[0] - 220) < 3
    assert abs(latency[1] / latency[0] - 1.4) < 0.02
    effect = routes.effect(second * 0, second > 9, second, at).reshape(2, -1)[:, 0]
    assert effect[0] - effect[1] == 0.5


def test_networks_have_their_own_best_route():
    noon = np.full(3, 12 * HOUR_MS)
    cells = [(network, abroad) for network in range(4) for abroad in range(2)]
    effects = [routes.effect(np.full(3, n), np.full(3, a), np.arange(3), noon) for n, a in cells]
    assert len({int(effect.argmax()) for effect in effects}) > 1
