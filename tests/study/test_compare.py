"""What a change is worth: pairs, intervals, ties, and words for them."""

from __future__ import annotations

import json
import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from funnelsim.errors import RunError
from funnelsim.scenario.files import load
from funnelsim.study.compare import Difference, ask, compare, difference, differences
from funnelsim.study.experiment import trial
from funnelsim.study.metrics import HIGHER, LOWER, NEITHER
from funnelsim.study.sentences import sentences

numbers = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=3, max_size=30)


@pytest.fixture(scope="module")
def tiny():
    return load("tiny")


@pytest.fixture(scope="module")
def answer(tiny):
    return ask(tiny, {"demand.units.*.weekly_deals": "=*1.5"}, names=("as is", "more leads"), replications=20)


def test_a_difference_is_that_of_pairs_with_student_t():
    base, other = np.array([10.0, 20.0, 30.0, 40.0]), np.array([12.0, 21.0, 33.0, 46.0])
    d = difference(base, other)
    steps = other - base
    half = stats.t.ppf(0.975, 3) * steps.std(ddof=1) / 2
    assert (d.mean, d.low, d.high) == pytest.approx((3.0, 3 - half, 3 + half))
    assert d.relative == pytest.approx(3 / 25)
    assert d.p_better == pytest.approx(1 - stats.ttest_rel(other, base, alternative="greater").pvalue)
    assert d.smallest_visible == pytest.approx(
        half * (stats.t.ppf(0.975, 3) + stats.t.ppf(0.8, 3)) / stats.t.ppf(0.975, 3)
    )
    assert d.correlation == pytest.approx(np.corrcoef(base, other)[0, 1])
    assert (d.n, d.base_mean) == (4, 25.0)


@given(numbers)
def test_a_tie_is_an_interval_that_holds_zero(pairs):
    base, other = np.array(pairs).T
    d = difference(base, other)
    assert (d.verdict == "tie") == (d.low <= 0 <= d.high)
    if d.verdict != "tie":
        assert (d.p_better > 0.975) == (d.verdict == "better")


@given(numbers)
def test_a_metric_that_should_be_low_is_judged_the_other_way(pairs):
    base, other = np.array(pairs).T
    up, down, flat = (difference(base, other, better) for better in (HIGHER, LOWER, NEITHER))
    assert up.p_better == pytest.approx(1 - down.p_better)
    turned = {"better": "worse", "worse": "better", "tie": "tie"}
    assert down.verdict == turned[up.verdict]
    assert flat.verdict == {"better": "higher", "worse": "lower", "tie": "tie"}[up.verdict]


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=20))
def test_the_same_numbers_are_a_tie_of_exactly_zero(values):
    d = difference(np.array(values), np.array(values))
    assert (d.mean, d.verdict, d.p_better) == (0.0, "tie", 0.5)


def test_a_constant_step_is_certain():
    d = difference(np.array([1.0, 2.0, 3.0]), np.array([65.0, 66.0, 67.0]))
    assert (d.low, d.high, d.verdict, d.p_better) == (64.0, 64.0, "better", 1.0)


def test_undefined_replications_leave_in_pairs():
    d = difference(np.array([1.0, np.nan, 3.0, 4.0]), np.array([2.0, 5.0, np.nan, 6.0]))
    assert (d.n, d.mean) == (2, 1.5)
    none = difference(np.array([np.nan]), np.array([1.0]))
    assert (none.n, none.verdict) == (0, "tie")
    assert none.json()["mean"] is None


def test_one_pair_tells_nothing():
    d = difference(np.array([1.0]), np.array([2.0]))
    assert (d.mean, d.verdict, d.p_better) == (1.0, "tie", 0.5)
    assert math.isnan(d.low)


def test_a_scenario_against_itself_differs_by_exactly_nothing(tiny):
    found = differences(trial({"a": tiny, "b": tiny}, 5), "a").others["b"]
    assert {(d.mean, d.verdict) for d in found.values() if d.n} == {(0.0, "tie")}


def test_the_base_is_named_or_the_first(tiny):
    made = trial({"a": tiny, "b": tiny}, 2)
    assert differences(made).base == "a"
    assert compare(made, base="b").base == "b"
    with pytest.raises(RunError, match="Known: a, b"):
        differences(made, "c")


def test_more_demand_brings_more_deals(answer):
    for part in (answer.first_year, answer.long_run):
        d = part.others["more leads"]["created"]
        assert d.verdict == "better"
        assert d.relative == pytest.approx(0.5, abs=0.25)


def test_the_answer_is_json_as_the_contract_says(answer):
    told = json.loads(json.dumps(answer.json(), allow_nan=False))
    assert told["base"] == "as is"
    assert told["replications"] == 20
    (other,) = told["others"]
    wanted = {"mean", "low", "high", "relative", "p_better", "verdict", "correlation"}
    assert other["name"] == "more leads"
    assert wanted <= set(other["differences"]["bookings"])
    assert wanted <= set(other["long_run"]["bookings"])


def test_the_change_starts_on_the_first_measured_day_or_on_a_date(tiny, answer):
    assert answer.start_date == tiny.measure.from_
    late = ask(
        tiny, {"demand.units.*.weekly_deals": "=*1.5"}, replications=3, start_date=tiny.measure.to
    ).first_year.others["changed"]
    assert late["created"].mean <= 1


def test_a_scenario_with_other_stages_has_no_first_year_and_says_why(tiny):
    five = load("five_stage").replace("measure", {"from": tiny.measure.from_, "to": tiny.measure.to})
    found = compare(tiny, {"five": five}, replications=2)
    (other,) = found.json()["others"]
    assert other["differences"] is None
    assert other["why"]
    assert other["long_run"]["bookings"]["n"] == 2
    assert any(str(found.why["five"].faults[0].message) in line for line in sentences(found, lang="en"))


def test_auto_adds_replications_until_the_interval_is_narrow(tiny, monkeypatch):
    monkeypatch.setattr("funnelsim.study.enough.FEWEST", 4)
    monkeypatch.setattr("funnelsim.study.enough.MOST", 12)
    seen = []
    found = compare(
        tiny, {"more": tiny.replace("demand.units.*.weekly_deals", "=*1.5")}, replications="auto",
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert found.replications == 12
    assert seen[-1] == (36, 36)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    fixed = compare(tiny, {"more": tiny.replace("demand.units.*.weekly_deals", "=*1.5")}, replications=12)
    np.testing.assert_array_equal(
        found.trial.metrics["more"]["bookings"], fixed.trial.metrics["more"]["bookings"]
    )
    same = compare(tiny, {"same": tiny}, replications="auto")
    assert same.replications == 4
    with pytest.raises(RunError):
        compare(tiny, {}, replications="many")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_answer_is_three_sentences(answer, lang):
    lines = sentences(answer, "created", lang)
    assert len(lines) == 3
    assert all("{" not in line for line in lines)
    assert ("better" if lang == "en" else "更好") in lines[0]


def test_money_is_said_in_the_units_of_the_language(answer):
    assert "CNY" in sentences(answer, "bookings", "en")[0]
    assert "元" in sentences(answer, "bookings", "zh")[0]


def test_a_tie_is_called_a_tie(tiny):
    found = ask(tiny, {}, replications=3)
    (line,) = sentences(found, lang="en")
    assert "changes nothing" in line
    assert isinstance(found.long_run.others["changed"]["wins"], Difference)
    assert found.start_date == date(2026, 1, 1) or found.start_date == tiny.measure.from_
