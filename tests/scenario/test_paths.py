"""Addresses in a scenario: by id, by place, by range, all; and changes of what stands there."""

from __future__ import annotations

import datetime as dt
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnelsim.errors import ScenarioError
from funnelsim.scenario.files import as_intervention, load, parse_change, replace, values_at
from funnelsim.scenario.paths import Change

COMPANY = load("industrial_8x8")


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("stages.design.rep_hours", 1),
        ("stages[4].rep_hours", 1),
        ("stages[-1].advance_rate", 1),
        ("stages[3:8].effect_logit", 5),
        ("stages[:2].id", 2),
        ("team.reps.*.weekly_hours", 8),
        ("demand.units.*.weekly_deals", 72),
        ("stages.*.otherwise.lost.*", 24),
        ("stages.design.delay_days.median", 1),
        ("stages.negotiation.specialists.legal.hours", 1),
        ("measure.from", 1),
        ("territories.hubei.units", 1),
    ],
)
def test_a_path_finds_its_values(path, count):
    assert len(list(values_at(COMPANY, path))) == count


def test_id_and_place_name_the_same_value():
    assert replace(COMPANY, "stages.design.rep_hours", 9) == replace(COMPANY, "stages[4].rep_hours", 9)


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("stages.desing.rep_hours", "design"),
        ("stages.design.rep_hour", "rep_hours"),
        ("stage.design.rep_hours", "stages"),
        ("team.reps.rep_hunan.weekly_hours", "rep_henan"),
        ("stages.design.delay_days.medain", None),
    ],
)
def test_an_unknown_path_names_the_nearest(path, near):
    with pytest.raises(ScenarioError) as caught:
        COMPANY.replace(path, 1)
    fault = caught.value.faults[0]
    assert fault.code.startswith("path_unknown")
    assert near is None or fault.facts["near"] == near


@pytest.mark.parametrize(
    "path", ["", ".", "stages[", "stages[]", "stages..x", "[0]", "stages[0]x", "stages[a]", "a.b."]
)
def test_a_path_that_is_none_is_refused(path):
    with pytest.raises(ScenarioError):
        COMPANY.replace(path, 1)


@pytest.mark.parametrize(
    "path", ["stages[8].rep_hours", "stages[8:9].rep_hours", "currency.x", "weights.upper.x"]
)
def test_a_path_beyond_the_end_is_refused(path):
    with pytest.raises(ScenarioError):
        COMPANY.replace(path, 1)


def test_a_change_is_a_value_a_factor_or_a_step():
    assert parse_change("=7") == 7
    assert parse_change("=*1.2") == Change("factor", 1.2)
    assert parse_change("=+0.15") == Change("step", 0.15)
    assert parse_change("=-0.15") == Change("step", -0.15)
    assert parse_change("=late_first") == "late_first"
    assert parse_change("late_first") == "late_first"
    for wrong in ("=*", "=*x", "=+true", "=*.inf"):
        with pytest.raises(ScenarioError):
            parse_change(wrong)


def test_factor_and_step_act_on_the_size_of_a_distribution():
    slow = COMPANY.replace("stages.design.delay_days", "=*2").stages[4].delay_days.advance
    assert (slow.median, slow.spread) == (42, 0.6)
    late = COMPANY.replace("stages.design.delay_days", "=+3").stages[4].delay_days.advance
    assert late.median == 24
    assert COMPANY.replace("stages.design.rep_hours", "=*0.5").stages[4].rep_hours.value == 7
    planted = load("observed_only")
    twice = planted.replace("stages.offer.delay_days", "=*2").stages[1].delay_days
    assert twice.no_decision.median == 2 * planted.stages[1].delay_days.no_decision.median
    general = COMPANY.replace("stages.design.rep_hours", {"family": "gengamma", "mu": 1, "sigma": 1})
    assert general.replace("stages.design.rep_hours", "=*2").stages[4].rep_hours.mu == pytest.approx(
        1.6931472
    )
    seen = COMPANY.replace("stages.design.rep_hours", {"family": "empirical", "values": [1, 2]})
    assert seen.replace("stages.design.rep_hours", "=+1").stages[4].rep_hours.values == (2, 3)


def test_a_number_out_of_an_array_is_a_number():
    weeks = COMPANY.replace("measure.warmup_weeks", np.int64(26))
    assert weeks.measure.warmup_weeks == 26
    assert weeks.replace("stages.design.rep_hours", np.arange(3)[2]).stages[4].rep_hours.value == 2


def test_a_factor_needs_a_number():
    with pytest.raises(ScenarioError) as caught:
        COMPANY.replace("policies.priority", "=*2")
    assert caught.value.faults[0].code == "change_needs_number"


@given(st.sampled_from([path for path, _ in values_at(COMPANY, "stages.*.rep_hours")]), st.floats(0.1, 50))
def test_replacing_and_replacing_back_gives_the_same_digest(path, hours):
    (_, before), *_ = values_at(COMPANY, path)
    there = COMPANY.replace(path, hours)
    assert (there.digest == COMPANY.digest) == (hours == before.value)
    assert there.replace(path, before).digest == COMPANY.digest
    assert there.replace(path, before) == COMPANY


def test_a_digest_is_of_what_computes():
    assert COMPANY.replace("stages.design.rep_hours", 14.0).digest == COMPANY.digest
    assert COMPANY.replace("stages.*.effect_logit", -0.0).digest == COMPANY.digest
    named = COMPANY.replace_all({"name": "Other", "notes": "x", "stages[0].goal": "y", "provenance": {}})
    assert named.digest == COMPANY.digest
    assert (
        COMPANY.replace("stages.design.rep_hours", {"family": "fixed", "value": 14}).digest == COMPANY.digest
    )
    digests = {COMPANY.replace("weights.upper", w).digest for w in (0.25, 0.26, 0.27)} | {load("tiny").digest}
    assert len(digests) == 4
    assert all(len(digest) == 64 for digest in digests)


def test_a_digest_knows_the_order_of_the_reasons():
    """A loss takes the first reason whose cumulative share exceeds its luck: another order, other reasons."""
    tiny = load("tiny")
    turned = dict(reversed(tiny.stages[0].otherwise.lost.items()))
    assert tiny.replace("stages.qualify.otherwise.lost", turned).digest != tiny.digest


def test_a_replace_is_quick_enough_for_a_slider():
    """<= 10 ms each is the goal; ten times that is a fault on any machine."""
    start = time.perf_counter()
    for hours in range(1, 21):
        COMPANY.replace("stages.design.rep_hours", hours)
    assert (time.perf_counter() - start) / 20 < 0.1


def test_another_company_from_a_date_on():
    other = COMPANY.replace_all({"stages.design.rep_hours": 9, "policies.priority": "early_first"})
    both = as_intervention(COMPANY, other, dt.date(2026, 1, 1))
    (change,) = both.interventions
    assert set(change.set) == {"stages", "policies"}
    assert both.stages == COMPANY.stages
    from funnelsim.scenario.files import applied

    then = applied(both, change.set)
    assert then.stages == other.stages
    assert then.policies == other.policies
    assert as_intervention(COMPANY, COMPANY, "2026-01-01") == COMPANY
    with pytest.raises(ScenarioError):
        as_intervention(COMPANY, load("five_stage"), "2026-01-01")


def test_interventions_of_both_companies_stay_on_their_side_of_the_date():
    dated = COMPANY.replace(
        "interventions",
        [
            {"date": "2025-06-01", "set": {"weights.upper": 0.2}},
            {"date": "2026-06-01", "set": {"weights.upper": 0.3}},
        ],
    )
    other = dated.replace("stages.design.rep_hours", 9)
    both = as_intervention(dated, other, "2026-01-01")
    assert [change.date.isoformat() for change in both.interventions] == [
        "2025-06-01",
        "2026-01-01",
        "2026-06-01",
    ]
    assert set(both.interventions[1].set) == {"stages"}
