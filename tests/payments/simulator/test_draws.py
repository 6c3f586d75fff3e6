import numpy as np

from include.payments.simulator.draws import chance, pick


def test_pick_has_the_probabilities_between_the_cuts():
    drawn = pick(np.random.default_rng(3), np.array((0.5, 0.5, 0.8)), 200_000)
    assert drawn.dtype == np.int8
    assert np.abs(np.bincount(drawn) / len(drawn) - (0.5, 0.0, 0.3, 0.2)).max() < 0.005


def test_chance_takes_one_probability_or_one_a_row():
    rng = np.random.default_rng(3)
    assert abs(chance(rng, 0.3, 100_000).mean() - 0.3) < 0.01
    assert chance(rng, np.array((0.0, 1.0))).tolist() == [False, True]
