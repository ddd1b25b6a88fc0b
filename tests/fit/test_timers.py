"""A rule that ends visits on a fixed day is found, kept as that day, and not seen where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from records import one_stage

from funnelsim.fit import fit
from funnelsim.fit.spells import Spells
from funnelsim.fit.timers import spikes
from funnelsim.scenario.checks import faults
from funnelsim.scenario.distributions import quantile


def smooth(rng: np.random.Generator, n: int):
    kind = rng.choice(2, n, p=[0.5, 0.5])
    return kind, np.where(kind == 0, rng.lognormal(3.4, 0.7, n), 50 * rng.weibull(1.3, n))


@pytest.mark.parametrize("whole_days", [True, False])
@pytest.mark.parametrize("span", [1, 3])
def test_a_timer_is_found_and_kept_as_its_days(whole_days, span):
    rng = np.random.default_rng(1)
    n = 1500
    kind, days = smooth(rng, n)
    timed = (kind == 1) & (rng.random(n) < 0.3)
    spike = 30 + (rng.integers(0, span, n) if whole_days else 0.2 * span * rng.random(n))
    created = rng.uniform(0, 600, n)
    created = np.floor(created) if whole_days else created  # so that a rule of days falls on its day
    fitted = fit(one_stage(created, np.where(timed, spike, days), kind, 600.0, whole_days))
    stage = fitted.stages[0]
    assert stage.sampler == "mixture"
    (timer,) = stage.as_dict()["timers"]
    assert timer["outcome"] == "lost"
    assert timer["from_days"] == 30
    assert timer["to_days"] == 30 + (span - 1) * whole_days
    assert timer["ends"] - timer["expected"] == pytest.approx(timed.sum() * 0.97, rel=0.1)
    assert stage.outcomes["lost"].family == "weibull+timer"
    assert stage.outcomes["lost"].share == pytest.approx(0.5, abs=0.05)
    told = quantile(fitted.scenario.stages[0].delay_days.lost, (np.arange(2000) + 0.5) / 2000)
    inside = ((told > 29.5) & (told < 30 + span)).mean()
    assert inside == pytest.approx(0.3 + 0.7 * 0.013 * span, abs=0.05)
    advance = fitted.scenario.stages[0].delay_days.advance
    assert advance.family == "lognormal", "the other outcome has none"
    assert faults(fitted.scenario) == []
    assert any("timer" in line for line in fitted.lines())


@pytest.mark.parametrize("shape", ["short", "narrow", "usual", "long"])
def test_smooth_days_have_no_timer(shape):
    made = {
        "short": lambda rng, n: (rng.lognormal(np.log(5), 0.4, n), 8 * rng.weibull(2, n)),
        "narrow": lambda rng, n: (rng.lognormal(np.log(30), 0.15, n), 40 * rng.weibull(8, n)),
        "usual": lambda rng, n: (rng.lognormal(3.4, 0.7, n), 50 * rng.weibull(1.3, n)),
        "long": lambda rng, n: (rng.lognormal(5, 0.7, n), 200 * rng.weibull(0.8, n)),
    }[shape]
    for seed in range(8):
        for n in (200, 4000):
            rng = np.random.default_rng(seed)
            kind, limit = rng.choice(2, n), np.rint(rng.uniform(0, 400, n)) + 0.5
            days = np.maximum(np.floor(np.where(kind == 0, *made(rng, n)) + rng.random(n)), 0.5)
            spells = Spells.collapse(np.zeros(n), np.minimum(days, limit), np.where(days <= limit, kind, -1))
            assert spikes(spells, 2) == [], f"seed {seed}, {n} visits"


def test_a_weekly_round_is_no_timer():
    for seed in range(8):
        rng = np.random.default_rng(seed)
        days = 7 * np.ceil(rng.lognormal(3.4, 0.7, 300) / 7)
        spells = Spells.collapse(np.zeros(300), days, np.zeros(300, int))
        assert spikes(spells, 1) == []


def test_a_timer_that_ends_all_that_is_left_is_sampled_as_it_was_seen():
    rng = np.random.default_rng(3)
    n = 1200
    days = rng.lognormal(3.3, 0.6, n)
    kind = np.where(days < 30, 0, 1)
    fitted = fit(one_stage(np.floor(rng.uniform(0, 500, n)), np.minimum(days, 30.0), kind, 500.0))
    told = quantile(fitted.scenario.stages[0].delay_days.lost, (np.arange(100) + 0.5) / 100)
    assert np.all(np.abs(told - 30) < 0.51)
    assert quantile(fitted.scenario.stages[0].delay_days.advance, np.array([0.999]))[0] <= 30.5
