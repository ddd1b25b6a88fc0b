"""Jumps, returns and deals that come back are kept as they are in the record."""

from __future__ import annotations

import numpy as np
import pytest
from records import ways

from funnelsim.engine.run import simulate
from funnelsim.fit import fit
from funnelsim.fit.paths import fit_paths
from funnelsim.fit.stages import fit_stage
from funnelsim.history.log import CODE
from funnelsim.scenario.checks import faults
from funnelsim.scenario.files import load


def stories(rng: np.random.Generator, n: int, jump_over: dict[int, float], last: float, stages: int = 3):
    """Stages of 12 days that three of four pass; over some stages a share of the deals is moved."""
    told = []
    for _ in range(n):
        day, stage, story = rng.uniform(0, last), 0, []
        while stage < stages:
            story.append((day, "entered", stage))
            day += rng.gamma(3, 4)
            if rng.random() > 0.75:
                story.append((day, "lost", stage))
                break
            ahead = stage + 1
            while ahead < stages and rng.random() < jump_over.get(ahead, 0.0):
                ahead += 1
            if ahead == stages:
                story.append((day, "won", stage))
            stage = ahead
        told.append(story)
    return told


def test_one_share_of_jumps_goes_into_the_scenario_as_it_is():
    planted = load("observed_only").replace_all({"policies.strict": False, "behaviour.skip_share": 0.2})
    fitted = fit(simulate(planted, 1, 1).log)
    assert fitted.paths.jumps.keys() == {1}
    assert fitted.scenario.policies.strict is False
    assert fitted.scenario.behaviour.skip_share == pytest.approx(0.2, abs=0.035)
    assert fitted.scenario.provenance["behaviour.skip_share"].kind == "fitted"
    assert fitted.scenario.stages[1].advance_rate == pytest.approx(planted.stages[1].advance_rate, abs=0.03)


def test_a_stage_that_many_are_moved_over_lets_them_pass_at_once():
    """Only stage 2 is jumped, by 40 %: as many get past it as in the record, and these take no days."""
    rng = np.random.default_rng(1)
    history = ways(stories(rng, 1500, {1: 0.4}, 500.0, 4), 4, 500.0)
    fitted = fit(history)
    paths = fitted.paths
    assert paths.skip_share is None
    entered = fitted.stages[1].entered
    share = paths.passed[1] / (entered + paths.passed[1])
    assert share == pytest.approx(0.4, abs=0.05)
    stage = fitted.scenario.stages[1]
    assert stage.advance_rate == pytest.approx(0.4 + 0.6 * 0.75, abs=0.04)
    days = stage.delay_days.advance
    assert np.sum(np.array(days.weights)[np.array(days.values) == 0]) == pytest.approx(0.4 / 0.85, abs=0.05)
    assert faults(fitted.scenario) == []
    wins = simulate(fitted.scenario, 1, 8).log
    won, created = (np.sum(wins.deals.event == CODE[name]) for name in ("won", "created"))
    assert won / created == pytest.approx(0.75 * (0.4 + 0.6 * 0.75) * 0.75**2, abs=0.08)


def test_deals_won_from_an_early_stage_have_passed_the_later_ones():
    rng = np.random.default_rng(2)
    history = ways(stories(rng, 600, {1: 0.3, 2: 1.0}, 400.0), 3, 400.0)
    paths = fit_paths(history)
    assert paths.jumps.keys() == {1, 2}
    wins = (history.log.deals.event == CODE["won"]).sum()
    assert paths.passed[2] == wins, "nobody ever enters the last stage"


def test_returns_are_a_kind_of_end_and_say_how_far_back():
    planted = load("observed_only").replace(
        "stages[1].otherwise", {"regress": 0.5, "no_decision": 0.2, "lost": {"price": 0.3}}
    )
    fitted = fit(simulate(planted, 1, 1).log)
    stage = fitted.scenario.stages[1]
    assert fitted.paths.back_by.keys() == {1}
    assert (1 - stage.advance_rate) * stage.otherwise.regress == pytest.approx(0.15 * 0.5, abs=0.03)
    assert fitted.stages[1].outcomes["regress"].events == fitted.paths.back_by[1]


def test_a_return_by_two_stages_is_said():
    rng = np.random.default_rng(3)
    told = []
    for _ in range(80):
        at = np.cumsum(np.r_[rng.uniform(0, 60), rng.gamma(3, 3, 6)])
        back = [(at[3], "regressed", 2), (at[3], "entered", 0), (at[4], "won", 0)]
        told.append([(at[0], "entered", 0), (at[1], "entered", 1), (at[2], "entered", 2), *back])
    fitted = fit(ways(told, 3, 200.0))
    assert fitted.paths.back_by.keys() == {2}
    assert "returned_far" in {warning["code"] for warning in fitted.json()["warnings"]}


def test_deals_that_come_back_come_back():
    planted = load("observed_only").replace_all({
        "behaviour.revive": {"share": 0.3, "days": {"median": 50, "spread": 0.3}},
    })  # fmt: skip
    fitted = fit(simulate(planted, 1, 1).log)
    revive = fitted.scenario.behaviour.revive
    assert fitted.paths.reopened > 100
    assert revive.share == pytest.approx(0.3, abs=0.06)
    assert revive.days.median == pytest.approx(50, rel=0.1)
    assert revive.days.spread == pytest.approx(0.3, abs=0.06)


def test_visits_of_no_length_are_a_kind_of_their_own():
    """A third of the visits is clicked through at once: the days of the others are not bent by it."""
    rng = np.random.default_rng(4)
    told = []
    for _ in range(900):
        day = rng.uniform(0, 300)
        days = 0.0 if rng.random() < 1 / 3 else rng.lognormal(3.0, 0.5)
        told.append([(day, "entered", 0), (day + days, rng.choice(["won", "lost"]), 0)])
    stage = fit_stage(ways(told, 1, 300.0), 0)
    zero = stage.as_dict()["zero_days"]
    assert zero["visits"] == pytest.approx(300, abs=60)
    assert zero["counted_as"] == 0
    assert stage.sampler == "mixture"
    for k in (0, 1):
        part = stage.mixture.kinds_of(k)[0]
        family, theta = stage.mixture.families[part], stage.mixture.thetas[part]
        told = family.quantile(np.array([0.9, 0.5, 0.1]), theta)
        assert told == pytest.approx(np.exp(3.0 + 0.5 * np.array([-1.2816, 0, 1.2816])), rel=0.12)
