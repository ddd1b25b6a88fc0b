"""Families and the mixture against R (survival 3.5-3, flexsurv 2.3.2; tests/reference) and themselves.

lung and ovarian are the data sets of those names in R's survival package, times and events only.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from funnelsim.errors import FitError
from funnelsim.fit.durations import EXPONENTIAL, FAMILIES, GAMMA, GENGAMMA, LOGLOGISTIC, LOGNORMAL, WEIBULL
from funnelsim.fit.incidence import aalen_johansen
from funnelsim.fit.likelihood import Likelihood
from funnelsim.fit.mixture import fit_mixture
from funnelsim.fit.spells import Spells

REFERENCE = Path(__file__).parents[1] / "reference"

# data, family, log-likelihood, parameters, standard errors of (mu, log sigma)
R = [
    ("lung", "exponential", -1162.33817579, {"rate": 0.00237092811}, [0.0778499]),
    ("lung", "weibull", -1153.85118809, {"shape": 1.31684017, "scale": 417.758665}, [0.0591359, 0.0624303]),
    ("lung", "lognormal", -1169.26905531, {"meanlog": 5.66330496, "sdlog": 1.09763927},
     [0.0779959, 0.0563620]),
    ("lung", "loglogistic", -1160.93062351, {"shape": 1.7257593, "scale": 302.167164},
     [0.0686001, 0.0656590]),
    ("lung", "gamma", -1154.73463260, {"shape": 1.47808363, "rate": 0.00375688865}, [0.0954306, 0.1266347]),
    ("lung", "gengamma", -1153.68979556, {"mu": 6.07651877, "sigma": 0.727057808, "q": 1.12646658},
     [0.0942519, 0.1004144, 0.2297668]),
    ("ovarian", "weibull", -97.95390105, {"shape": 1.10805974, "scale": 1225.41896}, [0.2927280, 0.2536047]),
    ("ovarian", "lognormal", -97.12174204, {"meanlog": 6.77210986, "sdlog": 1.26577093},
     [0.3195069, 0.2276071]),
    ("ovarian", "gengamma", -96.94906576, {"mu": 6.42703957, "sigma": 1.42583961, "q": -0.764565639},
     [0.7358450, 0.2421647, 1.3136740]),
]  # fmt: skip


def spells(name: str) -> Spells:
    table = pd.read_csv(REFERENCE / f"{name}.csv")
    ended = np.where(table["event"] == 1, 0, -1)
    return Spells.collapse(table["entry"].to_numpy(float), table["time"].to_numpy(float), ended)


def planted(rng: np.random.Generator, n: int, whole_days: bool = False):
    """Three outcomes, Weibull / lognormal / exponential, cut at an age, 40 % seen from later on."""
    kind = rng.choice(3, n, p=[0.35, 0.45, 0.2])
    days = np.choose(kind, [40 * rng.weibull(1.4, n), rng.lognormal(3.6, 0.7, n), rng.exponential(130, n)])
    limit = rng.uniform(20, 300, n)
    seen_from = np.where(rng.random(n) < 0.4, rng.uniform(0, 60, n), 0.0)
    if whole_days:
        days, limit, seen_from = (
            np.maximum(np.rint(days), 0.5),
            np.rint(limit) + 0.5,
            np.maximum(np.rint(seen_from) - 0.5, 0),
        )
    there = (days > seen_from) & (limit > seen_from)
    kind = np.where(days <= limit, kind, -1)
    return seen_from[there], np.minimum(days, limit)[there], kind[there]


@pytest.mark.parametrize(("data", "family", "value", "parameters", "errors"), R)
def test_single_families_agree_with_r(data, family, value, parameters, errors):
    fitted = fit_mixture(spells(data), (FAMILIES[family],))
    assert fitted.log_likelihood == pytest.approx(value, abs=1e-8)
    told = FAMILIES[family].parameters(fitted.thetas[0])
    for name, expected in parameters.items():
        assert told[name] == pytest.approx(expected, rel=2e-9, abs=1e-6)
    found = fitted.standard_errors()
    if family == "gamma":  # R has (log shape, log rate), we have (log mean, log sigma) with shape = sigma^-2
        turn = np.array([[0.0, -2.0], [-1.0, -2.0]])
        found = np.sqrt(np.diag(turn @ fitted.covariance @ turn.T))
    # the generalised gamma's are those of a numerical Hessian in R, right to six digits
    assert found == pytest.approx(errors, rel=1e-6 if family == "gengamma" else 0, abs=6e-8)


def test_the_generalised_gamma_has_nine_digits():
    """tests/reference/digits.py, 40 digits."""
    fitted = fit_mixture(spells("ovarian"), (GENGAMMA,))
    assert fitted.log_likelihood == pytest.approx(-96.9490657595076, abs=1e-11)
    assert fitted.standard_errors() == pytest.approx(
        [0.735845457405, 0.242164767247, 1.31367490298], rel=1e-9
    )


def test_kaplan_meier_on_lung():
    seen = aalen_johansen(spells("lung"), 1)
    for age, share, error in ((90, 0.881578947, 0.021398220), (365, 0.409241624, 0.035823638)):
        place = np.searchsorted(seen.days, age, side="right") - 1
        assert seen.open[place] == pytest.approx(share, abs=1e-9)
        assert seen.open_se()[place] == pytest.approx(error, abs=1e-9)


def test_aalen_johansen_agrees_with_counting_by_hand():
    a, t, k = planted(np.random.default_rng(3), 400, whole_days=True)
    seen = aalen_johansen(Spells.collapse(a, t, k), 3)
    share, still = np.zeros(3), 1.0
    for place, day in enumerate(seen.days):
        at_risk = ((a < day) & (t >= day)).sum()
        left = np.array([((k == j) & (t == day)).sum() for j in range(3)])
        share = share + still * left / at_risk
        still *= 1 - left.sum() / at_risk
        assert np.abs(seen.ended[place] - share).max() < 1e-12
        assert abs(seen.open[place] - still) < 1e-12


def test_without_censoring_the_error_of_a_share_is_the_binomial_one():
    rng = np.random.default_rng(4)
    kind = rng.choice(2, 500, p=[0.3, 0.7])
    seen = aalen_johansen(Spells.collapse(np.zeros(500), rng.exponential(9, 500), kind), 2)
    p = np.mean(kind == 0)
    assert seen.ended[-1] == pytest.approx([p, 1 - p])
    assert seen.ended_se()[-1] == pytest.approx(np.sqrt(p * (1 - p) / 500), rel=1e-6)


@pytest.mark.parametrize("families", [(WEIBULL, LOGNORMAL, LOGLOGISTIC), (GAMMA, GENGAMMA, EXPONENTIAL)])
@pytest.mark.parametrize("never", [False, True])
def test_gradient_and_hessian_are_those_of_the_likelihood(never, families):
    a, t, k = planted(np.random.default_rng(5), 300)
    likelihood = Likelihood(Spells.collapse(a, t / 40, k), families, never)
    x = np.random.default_rng(6).normal(0, 0.3, likelihood.size)
    _, gradient, hessian = likelihood(x)
    steps = np.eye(x.size) * 1e-5
    slope = [(likelihood(x + s)[0] - likelihood(x - s)[0]) / 2e-5 for s in steps]
    bend = [(likelihood(x + s)[1] - likelihood(x - s)[1]) / 2e-5 for s in steps]
    assert gradient == pytest.approx(slope, rel=1e-6, abs=1e-4)
    assert np.abs(hessian - bend).max() < 1e-6 * np.abs(hessian).max()


@pytest.mark.parametrize("whole_days", [False, True])
def test_ties_made_into_weights_change_nothing(whole_days):
    a, t, k = planted(np.random.default_rng(7), 3000, whole_days)
    families = (WEIBULL, LOGNORMAL, EXPONENTIAL)
    one = fit_mixture(Spells.collapse(a, t, k), families)
    many = fit_mixture(Spells(a, t, k, np.ones(t.size)), families)
    assert one.log_likelihood == pytest.approx(many.log_likelihood, rel=1e-12)
    assert one.x == pytest.approx(many.x, abs=1e-8)


def test_the_unit_of_time_does_not_matter():
    a, t, k = planted(np.random.default_rng(8), 800)
    families = (WEIBULL, LOGNORMAL, EXPONENTIAL)
    days, hours = (fit_mixture(Spells.collapse(a * f, t * f, k), families) for f in (1, 24))
    assert days.shares == pytest.approx(hours.shares, abs=1e-9)
    assert np.exp(hours.thetas[1][0] - days.thetas[1][0]) == pytest.approx(24, rel=1e-8)


def test_left_truncation_is_a_condition_of_having_lived_so_long():
    """An exponential time has no memory: seen from later on, it is fitted as events over exposure."""
    a, t, k = planted(np.random.default_rng(9), 500)
    k = np.minimum(k, 0)
    fitted = fit_mixture(Spells.collapse(a, t, k), (EXPONENTIAL,))
    assert EXPONENTIAL.parameters(fitted.thetas[0])["rate"] == pytest.approx(
        (k == 0).sum() / (t - a).sum(), rel=1e-10
    )


@pytest.mark.parametrize("q", [-2.0, -0.3, -0.1501, -0.1499, -1e-4, 0.0, 0.1499, 0.1501, 1.0, 2.5])
def test_the_generalised_gamma_is_smooth_in_q(q):
    """The ways to compute it meet where they change, and Q = 0, 1, sigma are the families it contains."""
    days = np.log(np.array([0.2, 1.0, 3.0, 9.0, 20.0, 60.0]))
    theta = np.array([2.0, -0.2, q])
    for curve in (GENGAMMA.log_density, GENGAMMA.log_survival):
        _, slope, bend = curve(days, theta)
        steps = np.eye(3) * 1e-4
        for i in range(3):
            up, down = curve(days, theta + steps[i]), curve(days, theta - steps[i])
            assert slope[:, i] == pytest.approx((up[0] - down[0]) / 2e-4, rel=2e-6, abs=2e-6)
            assert bend[:, i] == pytest.approx((up[1] - down[1]) / 2e-4, rel=2e-6, abs=2e-6)


@pytest.mark.parametrize(("q", "same"), [(0.0, LOGNORMAL), (1.0, WEIBULL), (np.exp(-0.4), GAMMA)])
def test_the_generalised_gamma_contains_the_others(q, same):
    days, theta = np.log(np.array([0.1, 1.0, 5.0, 50.0, 500.0])), np.array([2.0, -0.4])
    for name in ("log_density", "log_survival"):
        wide = getattr(GENGAMMA, name)(days, np.r_[theta, q])[0]
        assert wide == pytest.approx(getattr(same, name)(days, theta)[0], rel=1e-12, abs=1e-12)


def test_zero_durations_are_refused():
    with pytest.raises(FitError):
        Spells.collapse(np.zeros(2), np.array([0.0, 3.0]), np.zeros(2, int))


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_quantile_and_survival_undo_each_other_and_meet_the_scenarios_words(family):
    from funnelsim.scenario.distributions import Distribution, quantile

    theta = np.array([3.4, -0.3, 0.6])[: family.free]
    share = np.linspace(0.01, 0.99, 30)
    days = family.quantile(share, theta)
    assert family.survives(days, theta) == pytest.approx(share)
    told = Distribution.model_validate(family.words(theta))
    assert quantile(told, 1 - share) == pytest.approx(days)
