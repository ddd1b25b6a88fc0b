"""What the modules of the workshop measure: the same as the study says elsewhere, and ties where luck could be it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import funnelsim as fs
from funnelsim.scenario import files
from funnelsim.study.lessons.ideas import BASE, EARLY_FIRST, HOURS, IDEAS, LEADS, Ideas
from funnelsim.study.lessons.measured import Measured, measured, order, relative
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
