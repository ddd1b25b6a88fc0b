"""What a record cannot tell is said: one end only, few deals, hours, what the report hides."""

from __future__ import annotations

import json

import numpy as np
import pytest
from records import one_stage, planted, ways

from funnelsim import labels
from funnelsim.errors import FitError
from funnelsim.fit import fit
from funnelsim.scenario.checks import faults
from funnelsim.scenario.provenance import ledger


def record(n: int, kind, seed: int = 1):
    rng = np.random.default_rng(seed)
    return one_stage(rng.uniform(0, 300, n), rng.lognormal(3, 0.5, n), np.full(n, kind), 400.0)


def codes(fitted) -> set[str]:
    return {warning["code"] for warning in fitted.json()["warnings"]}


@pytest.mark.parametrize("n", [10, 60, 400])
def test_where_all_were_won_nobody_knows_that_all_will_be(n):
    fitted = fit(record(n, 0))
    told = fitted.json()["stages"][0]
    advance = told["outcomes"]["advance"]
    assert advance["share"] == advance["high"] == 1
    # none of n: Jeffreys' upper limit is near 2.5 / n, the rule of three for 97.5 % 3.7 / n
    assert 1.5 / n < 1 - advance["low"] < 4 / n
    assert told["unseen"]["lost"]["high"] == pytest.approx(1 - advance["low"])
    assert {"one_end", "no_losses"} <= codes(fitted)
    entry = fitted.scenario.provenance["stages.pipeline.advance_rate"]
    assert entry.low < 1 == entry.high
    assert faults(fitted.scenario) == []


def test_where_all_were_lost_a_win_stays_possible():
    fitted = fit(record(60, 1))
    told = fitted.json()["stages"][0]
    assert "advance" not in told["outcomes"]
    assert 0 < told["unseen"]["advance"]["high"] < 0.07
    assert {"one_end", "no_wins"} <= codes(fitted)
    assert fitted.scenario.stages[0].advance_rate == 0
    assert faults(fitted.scenario) == []


def test_a_stage_that_all_pass_in_a_record_that_loses_elsewhere():
    rng = np.random.default_rng(2)
    told = []
    for _ in range(120):
        at = np.cumsum(np.r_[rng.uniform(0, 200), rng.gamma(3, 3, 2)])
        told.append([(at[0], "entered", 0), (at[1], "entered", 1), (at[2], rng.choice(["won", "lost"]), 1)])
    fitted = fit(ways(told, 2, 260.0))
    first = fitted.json()["stages"][0]["outcomes"]["advance"]
    assert (first["share"], first["high"]) == (1, 1)
    assert 0.95 < first["low"] < 0.99
    assert "no_losses" not in codes(fitted)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_a_handful_of_deals_is_refused_with_its_count(n):
    with pytest.raises(FitError) as refused:
        fit(record(n, 0))
    assert str(n) in str(refused.value)
    assert refused.value.faults[0].mend


@pytest.mark.parametrize("n", [6, 20])
def test_few_deals_are_fitted_with_a_warning_and_wide_intervals(n):
    rng = np.random.default_rng(3)
    fitted = fit(one_stage(rng.uniform(0, 300, n), rng.lognormal(3, 0.5, n), rng.choice(2, n), 400.0))
    assert "few_ends" in codes(fitted)
    for told in fitted.json()["stages"][0]["outcomes"].values():
        assert told["high"] - told["low"] > 1 / np.sqrt(n)
    assert faults(fitted.scenario) == []
    assert all(faults(scenario) == [] for scenario in fitted.draw(5))


def test_days_that_are_all_alike_are_kept_as_they_are():
    fitted = fit(one_stage(np.arange(100.0), np.full(100, 9.0), np.arange(100) % 2, 200.0))
    assert fitted.stages[0].outcomes["advance"].median_days == 9
    assert fitted.scenario.stages[0].delay_days.advance.values == (9.0,)


def test_what_no_crm_can_tell_is_listed_and_assumed():
    created, days, kind, _ = planted(np.random.default_rng(4), 300)
    history = one_stage(created, days, kind, 330.0)
    plain = fit(history)
    told = plain.json()["not_learned"]
    assert {part["part"] for part in told} >= {"hours", "pools", "hidden", "policies"}
    assert {part["from"] for part in told} == {"default"}
    base = plain.scenario.replace_all({"stages.pipeline.rep_hours": 12, "team.reps[0].weekly_hours": 20})
    again = fit(history, base=base)
    assert {part["from"] for part in again.json()["not_learned"]} == {"base"}
    entries = {entry.path: entry for entry in ledger(again.scenario)}
    hours = entries["stages.pipeline.rep_hours.value"]
    assert (hours.value, hours.kind) == (12, "assumed")
    assert "Fitted from" in hours.source
    assert entries["stages.pipeline.advance_rate"].kind == "fitted"
    assert all(part["why"] for part in told)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_fit_speaks_both_languages_and_its_json_is_json(lang):
    labels.use(lang)
    for history in (record(40, 0), record(40, 1)):
        fitted = fit(history)
        assert not any("{" in line for line in fitted.lines())
        assert json.loads(json.dumps(fitted.json(), allow_nan=False))
