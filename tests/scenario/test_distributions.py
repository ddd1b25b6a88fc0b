"""Quantiles agree with scipy's, and every uniform gives a number of days."""

import numpy as np
import pytest
from scipy import stats

from funnelsim.scenario.distributions import Distribution, quantile

U = np.array([2.0**-53, 1e-9, 0.01, 0.25, 0.5, 0.75, 0.99, 1 - 1e-9, 1 - 2.0**-53])
KNOWN = [
    ({"family": "exponential", "mean": 30}, stats.expon(scale=30)),
    ({"family": "weibull", "shape": 1.5, "scale": 40}, stats.weibull_min(1.5, scale=40)),
    ({"family": "lognormal", "median": 20, "spread": 0.6}, stats.lognorm(0.6, scale=20)),
    ({"family": "loglogistic", "median": 20, "shape": 3}, stats.fisk(3, scale=20)),
    ({"family": "gamma", "mean": 30, "shape": 2}, stats.gamma(2, scale=15)),
    (
        {"family": "gengamma", "mu": 3, "sigma": 0.8, "q": 0.5},
        stats.gengamma(4, 0.5 / 0.8, scale=np.exp(3) * 4 ** (-0.8 / 0.5)),
    ),
    (
        {"family": "gengamma", "mu": 3, "sigma": 0.8, "q": -0.5},
        stats.gengamma(4, -0.5 / 0.8, scale=np.exp(3) * 4 ** (0.8 / 0.5)),
    ),
]


@pytest.mark.parametrize(
    ("words", "known"), KNOWN, ids=lambda one: getattr(one, "get", lambda _: "")("family")
)
def test_quantiles_are_those_of_scipy(words, known):
    found = quantile(Distribution(**words), U[1:-1])
    assert np.allclose(found, known.ppf(U[1:-1]), rtol=1e-7)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("q", [-12.0, -4.0, -1.0, -0.1, 0.0, 0.1, 1.0, 4.0, 12.0])
def test_every_uniform_gives_days_of_a_generalised_gamma(q):
    days = quantile(Distribution(family="gengamma", mu=3, sigma=0.8, q=q), U)
    assert np.isfinite(days).all()
    assert (np.diff(days) >= 0).all()
    assert days[-1] > days[0]
