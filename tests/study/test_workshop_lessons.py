"""What the modules of the workshop measure: the same as the study says elsewhere, and ties where luck could be it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import funnelsim as fs
from funnelsim.scenario import files
from funnelsim.study.lessons.ideas import BASE, EARLY_FIRST, HOURS, IDEAS, LEADS, Ideas
from funnelsim.study.lessons.machine import FULL, SLOW, Levers, Machine, chained, starts
from funnelsim.study.lessons.measured import Measured, measured, order, relative
from funnelsim.study.lessons.review import (
    AS_IT_IS,
    CAREFUL,
    CARELESS,
    CHASING,
    LITERAL,
    RULE,
    Review,
    ReviewCases,
)  # fmt: skip
from funnelsim.study.lessons.years import years
from funnelsim.study.metrics import measure

COMPANIES = ("tiny", "five_stage", "industrial_8x8")


def read(log, _company):
    return measure(log, names=("bookings",))


def test_years_told_in_blocks_are_those_of_a_trial():
    tiny = fs.load("tiny")
    more = files.applied(tiny, {"team.reps.*.weekly_hours": "=*1.2"})
    told = years({"a": tiny, "b": more, "c": tiny}, read, 7, 3)
    trial = fs.trial({"a": tiny, "b": more}, 7, 3)
    for name in ("a", "b"):
        assert np.array_equal(told[name]["bookings"], trial.metrics[name]["bookings"])
    assert told["c"] is told["a"], "equal companies are told once"


def test_years_tell_how_far_they_are_and_stop_when_told():
    steps = []
    years({"a": fs.load("tiny")}, read, 12, 1, lambda *step: steps.append(step))
    assert steps == [(5, 12), (10, 12), (12, 12)]

    def stops():
        if len(steps) > 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        years({"a": fs.load("tiny")}, read, 1000, 1, lambda *step: steps.append(step), stops)
    assert len(steps) == 4


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30), st.floats(-100, 100))
def test_the_interval_is_about_the_mean_and_a_tie_holds_nothing(values, shift):
    one = measured(np.array(values))
    assert one.low <= one.mean + 1e-9
    assert one.mean <= one.high + 1e-9
    assert one.covers(one.mean) or one.high - one.low < 1e-9
    assert one.is_tie == (one.low <= 0 <= one.high)
    other = relative(np.full(len(values), 50.0), np.array(values))
    assert other.mean == pytest.approx((one.mean - 50) / 50, abs=1e-9)


def test_a_single_year_has_no_interval_and_tells_nothing_apart():
    assert measured(np.array([3.0])).is_tie
    assert measured(np.array([3.0])).covers(3) is None
    assert order({"a": np.array([1.0]), "b": np.array([9.0])}).is_tie
    assert Measured(1, 0.5, 2).covers(2)


@given(st.integers(2, 6), st.integers(0, 1000))
def test_places_hold_all_that_ties(n, seed):
    luck = np.random.default_rng(seed)
    values = {f"o{k}": luck.normal(k, 2.0, 12) for k in range(n)}
    found = order(values)
    for one in values:
        first, last = found.places(one)
        assert 1 <= first <= last <= n
    for better, worse in found.apart:
        assert values[better].mean() > values[worse].mean()
        assert (worse, better) not in found.apart
    means = [values[one].mean() for one in found.options]
    assert means == sorted(means, reverse=True)


@pytest.mark.parametrize("name", COMPANIES)
def test_every_idea_changes_every_company(name):
    study = Ideas(fs.load(name), 1)
    digests = {study.scenario.digest}
    for idea in (*IDEAS, EARLY_FIRST):
        digests.add(files.applied(study.scenario, study.changes(idea)).digest)
    assert len(digests) == 7


def test_ideas_are_worth_what_a_comparison_says():
    study = Ideas(fs.load("five_stage"), 6, 2)
    found = study.find()
    others = {idea: files.applied(study.scenario, study.changes(idea)) for idea in (LEADS, EARLY_FIRST)}
    answer = fs.compare(study.scenario, others, replications=6, seed=2)
    for idea in others:
        assert found.first_year[idea] == answer.first_year.others[idea]["bookings"]
        assert found.long_run[idea] == answer.long_run.others[idea]["bookings"]
    busy = answer.trial.metrics["base"]["utilisation"]
    assert found.load.mean == pytest.approx(busy.mean())
    assert set(found.order.options) == set(IDEAS)


@pytest.mark.parametrize("name", COMPANIES)
def test_at_half_the_load_people_work_less_and_hours_bring_nothing_more(name):
    full, half = (Ideas(fs.load(name), 8, 1, load).find() for load in (1.0, 0.5))
    assert 0.35 < half.load.mean / full.load.mean < 0.75
    assert half.utilisation[BASE] == half.load
    assert (HOURS, LEADS) not in half.order.apart, "who has time does not gain by more of it"


# -- the rule of 1, 15 and 30 days -----------------------------------------------------------------


@pytest.fixture(scope="module")
def reviews():
    study = ReviewCases(fs.load("industrial_8x8"), 6, 1)
    return study, study.find(), study.find_cases()


def test_reviews_are_what_a_comparison_and_the_report_say(reviews):
    study, found, _ = reviews
    answer = fs.compare(study.under("none"), {"r": study.under(RULE)}, replications=6, seed=1)
    assert found.first_year[RULE] == answer.first_year.others["r"]["bookings"]
    assert found.long_run[RULE] == answer.long_run.others["r"]["bookings"]
    runs = fs.simulate(study.under("none"), 1, 6)
    sums = fs.reveal_sums(runs.log)
    open_, dead = sums[sums["kind"] != "hidden"]["deals"].sum(), sums[sums["kind"] == "dead"]["deals"].sum()
    assert found.state["none"]["open"].mean == pytest.approx(open_)
    assert found.state["none"]["dead"].mean == pytest.approx(dead)
    assert found.state["none"]["false_drops"].mean == 0


def test_the_rule_makes_the_list_shorter_by_its_dead(reviews):
    _, found, _ = reviews
    assert found.shrinks.high < 0
    before, after = found.state["none"], found.state[RULE]
    assert after["dead"].high < before["dead"].low


def test_the_less_careful_the_verdict_the_more_living_deals_are_dropped(reviews):
    _, _, cases = reviews
    dropped = [cases.false_drops[case].mean for case in (CAREFUL, AS_IT_IS, CARELESS, LITERAL)]
    assert dropped[0] == 0
    assert dropped == sorted(dropped)
    assert cases.first_year[LITERAL].verdict == "worse"
    assert (AS_IT_IS, LITERAL) in cases.order.apart
    assert cases.state[CHASING]["hours_on_dead"].mean > cases.state[AS_IT_IS]["hours_on_dead"].mean


@pytest.mark.parametrize("name", COMPANIES)
def test_what_a_company_lacks_for_the_rule_is_assumed_and_said(name):
    study = Review(fs.load(name), 1)
    assert (
        study.added == {"tiny": ["manager", "silent"], "five_stage": ["silent"], "industrial_8x8": []}[name]
    )
    assert study.scenario.team.managers
    assert (study.scenario.digest == fs.load(name).digest) == (not study.added)


# -- the funnel as a machine -----------------------------------------------------------------------


def test_the_calculation_backwards_gives_the_wins_back():
    """As many deals as the chain asks for, times its rates, are the wins that are wanted."""
    found = Machine(fs.load("industrial_8x8"), 8, 1, 40).find()
    needed = [one.mean for one in found.needed.values()]
    assert needed[0] * found.chain.mean == pytest.approx(40)
    assert needed == sorted(needed, reverse=True)
    for one in (found.chain, *found.needed.values()):
        assert one.low < one.mean < one.high
    assert found.starts.low < found.starts.mean < found.starts.high
    twice = Machine(fs.load("industrial_8x8"), 8, 1, 80).find()
    assert twice.starts.mean == pytest.approx(2 * found.starts.mean)
    assert twice.months == found.months
    assert found.months.mean < found.early.mean


def test_the_calculation_backwards_is_the_win_rate_turned_over():
    trial = fs.trial({"a": fs.load("five_stage")}, 6, 3)
    found = Machine(fs.load("five_stage"), 6, 3, 10).find()
    assert found.starts.mean == pytest.approx(10 / trial.metrics["a"]["win_rate"].mean())
    assert found.months.mean == pytest.approx(trial.metrics["a"]["cycle_won_days"].mean() / (365.25 / 12))
    assert starts(40, Measured(0.1, -0.1, 0.3)).covers(400) is None, "a rate that may be 0 has no upper end"


def test_the_interval_of_a_chain_covers_the_truth_as_often_as_it_says():
    """Two stages of known rates, 12 years each, told 400 times: 95 % intervals, and wider ones the fewer visits."""
    rng, rates, hits, wide = np.random.default_rng(7), (0.3, 0.8), 0, []
    for _ in range(400):
        ended = rng.poisson(40, (2, 12)) + 1
        first, second = chained(rng.binomial(ended, np.array(rates)[:, None]), ended)
        hits += first.low <= 0.24 <= first.high
        wide.append((first.high - first.low) / first.mean - (second.high - second.low) / second.mean)
    assert 0.92 < hits / 400 < 0.98
    assert min(wide) > 0, "a longer chain is less sure"
    alone = chained(np.array([[3]]), np.array([[6]]))[0]
    assert alone.mean == pytest.approx(0.5)
    assert math.isnan(alone.low), "one year has no interval"


def test_littles_law_holds_and_a_slower_stage_is_not_more_wins():
    machine = Machine(fs.load("industrial_8x8"), 10, 1)
    found = Levers(machine).find(machine.find())
    for world, state in found.state.items():
        assert state["little"].mean == pytest.approx(state["open"].mean, rel=0.08), world
    assert found.open[SLOW].low > 0
    assert found.state[SLOW]["days"].mean > found.state["base"]["days"].mean
    assert found.factor == pytest.approx(machine.find().starts.mean / found.state["base"]["created"].mean)
    assert found.state[FULL]["utilisation"].mean > found.state["base"]["utilisation"].mean
