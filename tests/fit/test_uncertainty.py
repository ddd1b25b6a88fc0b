"""Draws of what the record leaves open: around the fit, as wide as the intervals, and valid companies all."""

from __future__ import annotations

import numpy as np
import pytest
from records import one_stage, planted, ways

from funnelsim.fit import fit
from funnelsim.scenario.checks import faults
from funnelsim.scenario.distributions import median


@pytest.fixture(scope="module")
def fitted():
    created, days, kind, _ = planted(np.random.default_rng(1), 600)
    amount = np.rint(np.random.default_rng(2).lognormal(11, 0.6, 600))
    source = np.random.default_rng(3).choice(["fair", "web"], 600, p=[0.3, 0.7])
    return fit(one_stage(created, days, kind, 330.0, amount=amount, source=source))


def test_draws_scatter_as_the_intervals_say(fitted):
    drawn = fitted.draw(400, seed=1)
    stage = fitted.stages[0]
    told = stage.outcomes["advance"]
    rates = np.array([scenario.stages[0].advance_rate for scenario in drawn])
    # the interval is symmetric in the logit
    logit = np.log(rates / (1 - rates))
    half = (np.log(told.high / (1 - told.high)) - np.log(told.low / (1 - told.low))) / 2 / 1.96
    assert logit.mean() == pytest.approx(np.log(told.share / (1 - told.share)), abs=4 * half / 20)
    assert logit.std() == pytest.approx(half, rel=0.12)
    days = np.log([median(scenario.stages[0].delay_days.advance) for scenario in drawn])
    half = np.log(told.median_high / told.median_low) / 2 / 1.96
    assert days.std() == pytest.approx(half, rel=0.15)
    weekly = np.log([scenario.demand.units[0].weekly_deals for scenario in drawn])
    arrivals = fitted.arrivals
    assert weekly.std() == pytest.approx(np.log(arrivals.high / arrivals.low) / 2 / 1.96, rel=0.15)
    amounts = np.log([median(scenario.demand.amount) for scenario in drawn])
    assert amounts.std() == pytest.approx(np.log(fitted.values.high / fitted.values.low) / 2 / 1.96, rel=0.15)


def test_every_draw_is_a_company_that_can_run(fitted):
    for scenario in fitted.draw(10, seed=2):
        assert faults(scenario) == []
        assert scenario.measure == fitted.scenario.measure
        assert scenario.digest != fitted.scenario.digest


def test_the_same_seed_draws_the_same_and_more_draws_change_none(fitted):
    assert fitted.draw(3, seed=5) == fitted.draw(5, seed=5)[:3]
    assert fitted.draw(1, seed=6) != fitted.draw(1, seed=5)


def test_a_stage_that_is_sampled_is_drawn_anew_from_what_was_seen():
    rng = np.random.default_rng(4)
    n = 800
    days = np.where(rng.random(n) < 0.5, rng.uniform(2, 12, n), rng.uniform(80, 110, n))
    kind = rng.choice(2, n, p=[0.6, 0.4])
    fitted = fit(one_stage(rng.uniform(0, 500, n), days, kind, 500.0))
    assert fitted.stages[0].sampler == "empirical"
    told = fitted.stages[0].outcomes["advance"]
    rates = [scenario.stages[0].advance_rate for scenario in fitted.draw(200)]
    assert np.mean(rates) == pytest.approx(told.share, abs=0.01)
    assert np.std(rates) == pytest.approx((told.high - told.low) / 3.92, rel=0.15)


@pytest.mark.parametrize("only", ["won", "lost"])
def test_where_one_end_only_was_seen_others_stay_possible(only):
    rng = np.random.default_rng(5)
    n = 60
    kind = np.full(n, 0 if only == "won" else 1)
    fitted = fit(one_stage(rng.uniform(0, 300, n), rng.lognormal(3, 0.5, n), kind, 400.0))
    rates = np.array([scenario.stages[0].advance_rate for scenario in fitted.draw(100)])
    away = 1 - rates if only == "won" else rates
    assert (away > 0).mean() > 0.9
    assert 0.0005 < away.mean() < 0.03  # Jeffreys: 1 / (2 n + 2) = .008
    assert all(faults(scenario) == [] for scenario in fitted.draw(3))


def test_jumps_and_returns_are_drawn_too():
    rng = np.random.default_rng(6)
    told = []
    for _ in range(300):
        day = rng.uniform(0, 200)
        story = [(day, "entered", 0)]
        day += rng.gamma(3, 3)
        if rng.random() < 0.4:
            story.append((day, "entered", 2))  # moved over stage 1
        else:
            story += [(day, "entered", 1), (day + rng.gamma(2, 3), "entered", 2)]
            day += 8
        story.append((day + rng.gamma(3, 3) + 8, rng.choice(["won", "lost"]), 2))
        told.append(story)
    fitted = fit(ways(told, 3, 260.0))
    assert fitted.paths.skip_share == pytest.approx(0.4, abs=0.08)
    shares = [scenario.behaviour.skip_share for scenario in fitted.draw(100)]
    assert np.mean(shares) == pytest.approx(fitted.paths.skip_share, abs=0.02)
    assert 0.015 < np.std(shares) < 0.05
