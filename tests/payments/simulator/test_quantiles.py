import numpy as np
import pytest

from include.payments.simulator import quantiles


@pytest.mark.parametrize(("a", "b"), [(2.0, 8.0), (7.0, 2.2), (3.0, 4.0)])
def test_beta_has_its_mean_and_variance(a, b):
    values = quantiles.beta(a, b)
    assert abs(values.mean() - a / (a + b)) < 1e-3
    assert abs(values.var() - a * b / ((a + b) ** 2 * (a + b + 1))) < 1e-3
    assert 0 <= values.min() < values.max() <= 1


@pytest.mark.parametrize("shape", [1.0, 6.0])
def test_gamma_has_its_mean_and_variance(shape):
    values = quantiles.gamma(shape)
    assert abs(values.mean() - 1) < 1e-2
    assert abs(values.var() - 1 / shape) < 2e-2


def test_quantiles_grow_and_have_four_decimals():
    for values in (quantiles.beta(2.0, 8.0), quantiles.gamma(6.0)):
        assert (np.diff(values) >= 0).all()
        assert (np.round(values, 4) == values).all()


def test_draws_follow_the_table():
    drawn = quantiles.draw(np.random.default_rng(1), quantiles.beta(2.0, 8.0), 100_000)
    assert abs(drawn.mean() - 0.2) < 2e-3
