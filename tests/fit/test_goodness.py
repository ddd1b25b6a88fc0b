"""The comparison with Aalen-Johansen: it doubts what is wrong, and seldom what is right."""

from __future__ import annotations

import numpy as np
import pytest
from false_alarms import doubted
from rates import Rate
from records import one_stage

from funnelsim.fit.durations import LOGNORMAL
from funnelsim.fit.goodness import Resample, gap_chance, scaled_gap
from funnelsim.fit.incidence import aalen_johansen
from funnelsim.fit.mixture import fit_mixture
from funnelsim.fit.spells import Spells
from funnelsim.fit.stages import fit_stage


@pytest.mark.slow
def test_families_that_are_right_are_seldom_doubted():
    """A fifth of the study's size: p < .05 in about 5 % of records."""
    found = [doubted(seed, 150, True, False)[1] < 0.05 for seed in range(40)]
    rate = Rate("p < .05 under the truth", sum(found), 40, (0.02, 0.08))
    assert rate.met, str(rate)


def test_small_stages_are_not_sent_to_sampling_without_need():
    """A gap of .03 is nothing with so few visits."""
    sent, n = 0, 50
    for seed in range(15):
        rng = np.random.default_rng(seed)
        kind = rng.choice(2, n, p=[0.6, 0.4])
        days = np.where(kind == 0, 25 * rng.weibull(1.5, n), rng.lognormal(3.2, 0.7, n))
        stage = fit_stage(one_stage(rng.uniform(0, 300, n), days, kind, 300.0), 0)
        assert stage.max_gap > 0.03
        sent += stage.sampler == "empirical"
    assert sent <= 3, f"{sent} of 15 stages"  # binomial(15, .05), 99.5 %


@pytest.mark.parametrize("n", [150, 1500])
def test_two_humps_are_doubted(n):
    rng = np.random.default_rng(1)
    days = np.where(rng.random(n) < 0.5, rng.uniform(2, 12, n), rng.uniform(80, 110, n))
    spells = Spells.collapse(np.zeros(n), np.rint(days), np.zeros(n, int))
    mixture = fit_mixture(spells, (LOGNORMAL,))
    gap = scaled_gap(mixture, aalen_johansen(spells, 1), True)
    assert gap_chance(mixture, gap, np.zeros(n), np.full(n, 1e6), True) < 0.02


def test_resampled_spells_are_those_of_the_mixture():
    rng = np.random.default_rng(2)
    n = 20_000
    days = rng.lognormal(3.0, 0.8, n)
    mixture = fit_mixture(Spells.collapse(np.zeros(n), days, np.zeros(n, int)), (LOGNORMAL,))
    late = np.where(np.arange(n) % 2, 20.0, 0.0)
    spells = Resample(mixture, late, np.full(n, 60.0), False)(rng)
    mu, sd = mixture.thetas[0][0], np.exp(mixture.thetas[0][1])
    seen_late = spells.seen_from > 0
    z = (np.log(60) - mu) / sd
    from scipy.special import ndtr

    beyond = 1 - ndtr(z)
    alive = 1 - ndtr((np.log(20) - mu) / sd)
    open_ = spells.outcome < 0
    for here, chance in ((~seen_late, beyond), (seen_late, beyond / alive)):
        total = spells.count[here].sum()
        share = spells.count[here & open_].sum() / total
        assert abs(share - chance) < 4 * np.sqrt(chance * (1 - chance) / total)
    assert (spells.days > spells.seen_from).all()
