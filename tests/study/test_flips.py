"""Flipped deals: they make all of the difference of bookings, and each one says why."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from levers import CHANGES as LEVERS
from levers import standard_levers
from strategies import scenarios
from worlds import company, stage

from funnelsim.cli import main
from funnelsim.engine.run import simulate
from funnelsim.errors import RunError, ScenarioError
from funnelsim.history.log import REPORT, TRUTH
from funnelsim.scenario.files import applied, load
from funnelsim.study import flip_sentences as words
from funnelsim.study import flip_trial, formulas
from funnelsim.study.columns import Columns
from funnelsim.study.compare import compare
from funnelsim.study.flip_trial import flips_of
from funnelsim.study.flips import GROUPS, flips
from funnelsim.study.two_worlds import two_worlds

CHANGES = [
    {"stages[0].advance_rate": 0.5}, {"stages[0].advance_rate": 1.0}, {"stages.*.rep_hours": "=*2"},
    {"stages.*.effect_logit": "=+0.5"}, {"stages[0].delay_days": 3}, {"team.reps[0].weekly_hours": 20},
    {"demand.units.*.weekly_deals": "=*1.5"}, {"demand.units.*.weekly_deals": "=*0.5"},
    {"demand.amount": 700}, {"policies.priority": "early_first"}, {"policies.prospecting.every_days": 12},
    {"behaviour.touches.neglect_weekly_rate": 0.5}, {"behaviour.revive.share": 0.9},
    {"behaviour.reporting.hidden_share": 0.5, "behaviour.reporting.hiding_reps_share": 1.0},
]  # fmt: skip


def bookings(log, view=TRUTH):
    return formulas.bookings(Columns(log, view))


def changed(scenario, change):
    try:
        return applied(scenario, change)
    except ScenarioError:  # the change does not fit this company
        return None


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(scenarios(), st.sampled_from(CHANGES), st.sampled_from([TRUTH, REPORT]), st.integers(0, 2**32 - 1))
def test_flipped_deals_are_all_of_the_difference_to_the_unit(scenario, change, view, seed):
    other = changed(scenario, change)
    if other is None:
        return
    logs = [simulate(s, seed, 2).log for s in (scenario, other)]
    found = flips(*logs, view)
    assert found.difference.dtype == np.int64
    assert (found.difference == bookings(logs[1], view) - bookings(logs[0], view)).all()
    assert found.groups()["money"].sum() == found.difference.sum()
    assert set(found.deals["group"]) <= set(GROUPS)
    assert found.deals["event_base"].ne("").any() or not len(found.deals[found.deals["parts"] == "event"])
    for row in found.deals.head(5).to_dict("records"):
        for lang in ("en", "zh"):
            assert words.explanation(found, row, lang).endswith((".", "。"))
        table = two_worlds(*logs, row["replication"], row["id"], view)
        differs = table["later"].ne(0).any()  # at another time, or in one world alone
        assert table["parts"].sum() == differs
        assert differs or row["group"] == "amount"
    backwards = flips(*logs[::-1], view)
    assert (backwards.difference == -found.difference).all()


@pytest.fixture(scope="module")
def industrial():
    base = load("industrial_8x8")
    return base, simulate(base, 5, 2).log


@pytest.mark.slow
@pytest.mark.parametrize("lever", [*LEVERS, "one more rep"])
def test_the_ten_standard_levers_reconcile(industrial, lever):
    _, log = industrial
    there = simulate(standard_levers()[lever], 5, 2).log
    found = flips(log, there)
    assert len(found.deals)
    assert (found.difference == bookings(there) - bookings(log)).all()
    assert found.groups()["share"].sum() == pytest.approx(1)


def test_equal_worlds_have_no_flipped_deal():
    log = simulate(load("tiny"), 3, 2).log
    found = flips(log, log)
    assert not len(found.deals)
    assert not found.difference.any()
    assert len(words.lines(found, "first_year")) == 2


def worlds(base, change, seed=1):
    other = applied(base, change)
    return [simulate(s, seed, 1).log for s in (base, other)]


def test_a_deal_that_a_worse_gate_loses_parts_at_that_gate():
    base = company(stage("offer", days=2), stage("sign", days=2), weekly_deals=2)
    logs = worlds(base, {"stages.sign.advance_rate": 0.4})
    found = flips(*logs, names=("as is", "hard"))
    assert set(found.deals["group"]) == {"lost_instead"}
    row = found.deals.iloc[0]
    assert (row.parts, row.event_base, row.event_other, row.stage_base) == ("event", "won", "lost", "sign")
    said = words.explanation(found, row)
    assert said.startswith("In 'hard': lost in 'sign' on ")
    assert "In 'as is': won on " in said


def test_slower_customers_leave_deals_open_and_say_by_how_much():
    base = company(stage("offer", days=5), stage("sign", days=5), weekly_deals=2, days=100)
    found = flips(*worlds(base, {"stages.offer.delay_days": 25}))
    assert set(found.deals["group"]) == {"later"}
    timed = found.deals[found.deals["parts"] == "time"].iloc[0]
    assert (timed.reached, timed.gained_in) == ("sign", "offer")
    assert timed.days_earlier == pytest.approx(-20)
    ran_out = found.deals[found.deals["parts"] == "end"]
    assert set(ran_out["last_stage_other"]) == {"offer"}


def test_more_demand_brings_deals_that_only_one_world_has():
    found = flips(
        *worlds(company(stage("offer", days=2), weekly_deals=1), {"demand.units.*.weekly_deals": 3})
    )
    assert set(found.deals["group"]) == {"new"}
    assert (found.deals["created_base"].isna() & found.deals["created_other"].notna()).all()


def test_another_price_is_another_amount():
    found = flips(*worlds(company(stage("offer", days=2), amount=1000), {"demand.amount": 900}))
    assert set(found.deals["group"]) == {"amount"}
    assert set(found.deals["difference"]) == {-100}


def test_deals_of_another_amount_part_where_a_manager_reads_one_of_them_only():
    base = company(
        stage("offer", days=20), weekly_deals=3, amount={"median": 80_000, "spread": 0.8}, days=100,
        managers=({"id": "chief", "weekly_hours": 5},), policies={"review": {"rule": "weekly", "top": 1}},
    )  # fmt: skip
    logs = worlds(base, {"demand.amount": 700})
    found = flips(*logs)
    assert set(found.deals["group"]) == {"amount"}
    lives = [two_worlds(*logs, row.replication, row.id) for row in found.deals.itertuples()]
    alone = [table["later"].isna().any() for table in lives]
    assert {bool(table["parts"].any()) for table in lives} == {True, False}
    assert [bool(table["parts"].any()) for table in lives] == alone
    at = pd.concat([table[table["parts"]] for table in lives])
    assert set(at["event"]) <= {"reviewed", "not_reviewed"}


def test_logs_of_other_years_are_refused():
    logs = [simulate(company(stage(), days=days), 1, 1).log for days in (30, 60)]
    with pytest.raises(RunError, match="do not belong together"):
        flips(*logs)


def test_two_worlds_tells_waiting_working_and_touches():
    touches = {"touches": {"every_days": 5, "hours": 0.5, "neglect_weekly_rate": 0}}
    base = company(
        stage("offer", hours=14), stage("sign", hours=7), weekly_deals=1, days=120, behaviour=touches
    )
    logs = worlds(base, {"team.reps[0].weekly_hours": 14})
    id = f"market.inbound.{int(logs[0].opportunities.ordinal[3])}"
    table = two_worlds(*logs, 0, id)
    entered = table[table["event"] == "entered"]
    assert entered[["working_base", "working_other"]].iloc[0].tolist() == pytest.approx([14, 7], abs=0.01)
    assert entered["touches_base"].sum() == (table["event"].eq("touched") & table["day_base"].notna()).sum()
    assert table["parts"].sum() == 1
    assert abs(table.loc[table["parts"], "later"].iloc[0]) >= 1


def test_an_answer_tells_its_flipped_deals_block_by_block(monkeypatch):
    base = load("tiny")
    answer = compare(base, {"more": applied(base, {"stages.*.effect_logit": "=+1"})}, replications=5, seed=4)
    whole = flips_of(answer)["more"]
    monkeypatch.setattr(flip_trial, "AT_ONCE", 2)
    when, parts = flips_of(answer)["more"]
    assert when == "first_year"
    assert parts.deals["difference"].tolist() == whole[1].deals["difference"].tolist()
    year = answer.first_year.trial.metrics
    assert (parts.difference == year["more"]["bookings"] - year["base"]["bookings"]).all()


def test_the_command_line_prints_flips_and_their_groups():
    run = ["compare", "tiny", "--set", "stages.*.effect_logit=+1", "-n", "4", "--workers", "1", "--no-cache"]
    said = CliRunner().invoke(main, [*run, "--flips"]).output
    assert "which is all of the difference of bookings" in said
    told = json.loads(CliRunner().invoke(main, [*run, "--flips", "--json"]).output)
    [one] = told["flips"].values()
    assert sum(group["mean"] for group in one["groups"]) == pytest.approx(one["difference"])
    assert all(deal["says"] for deal in one["largest"])
    assert "flips" not in json.loads(CliRunner().invoke(main, [*run, "--json"]).output)


def test_an_unknown_deal_is_refused_by_name():
    log = simulate(load("tiny"), 3, 1).log
    with pytest.raises(RunError, match="nobody"):
        two_worlds(log, log, 0, "nobody")


def test_answers_for_machines_are_plain_data():
    base = load("tiny")
    logs = [simulate(s, 1, 3).log for s in (base, applied(base, {"stages.*.effect_logit": "=+1"}))]
    told = words.as_json(flips(*logs))
    assert sum(group["money"] for group in told["groups"]) == pytest.approx(3 * told["difference"])
    assert len(told["largest"]) <= 10
    json.dumps(told, default=str)
