"""Laws that hold in every company, over generated scenarios with everything on."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import scenarios

from funnelsim.engine.run import simulate
from funnelsim.history.log import CODE, ENDS, REPORT, TRUTH
from funnelsim.scenario.files import load
from funnelsim.study.conservation import flows, violations

everything = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
OUT = ["advanced", "won", "lost", "no_decision", "regressed", "open"]


@everything
@given(scenarios(), st.integers(0, 2**32 - 1))
def test_no_law_is_broken(scenario, seed):
    strict = scenario.policies.strict and not any(
        "strict" in path for c in scenario.interventions for path in c.set
    )
    assert violations(simulate(scenario, seed, 2).log, strict=strict) == []


@everything
@given(scenarios(), st.integers(0, 2**32 - 1))
def test_every_deal_is_won_lost_undecided_or_open(scenario, seed):
    log = simulate(scenario, seed, 1).log
    for view in (TRUTH, REPORT):
        deals = log.view(view).deals
        begun = np.isin(deals.event, [CODE["created"], CODE["reopened"]]).sum()
        ended = np.isin(deals.event, ENDS).sum()
        assert begun == ended + int(flows(log, view)["open"].sum())
    assert (log.view(TRUTH).deals.event == CODE["created"]).sum() == len(log.opportunities)


@settings(everything, max_examples=30)
@given(scenarios(), st.integers(0, 2**32 - 1))
def test_the_same_scenario_and_seed_are_the_same_to_the_byte(scenario, seed):
    one, two = (simulate(scenario, seed, 1).log for _ in range(2))
    for table in ("deals", "tasks", "opportunities"):
        for mine, other in zip(
            vars(getattr(one, table)).values(), vars(getattr(two, table)).values(), strict=True
        ):
            assert mine.tobytes() == other.tobytes()


def test_f08_what_enters_a_stage_leaves_it_or_is_there():
    for name in ("industrial_8x8", "five_stage", "observed_only", "tiny"):
        log = simulate(load(name), 1, 2).log
        for view in (TRUTH, REPORT):
            table = flows(log, view)
            assert table["entered"].sum() > 0
            assert (table["entered"] == table[OUT].sum(axis=1)).all(), name


def test_f07_the_later_the_stage_the_likelier_the_win():
    for name in ("industrial_8x8", "five_stage"):
        deals = simulate(load(name), 1, 30).log.deals
        won = deals.where(deals.event == CODE["won"])
        ended = deals.where(np.isin(deals.event, ENDS))
        key = deals.replication.astype(np.int64) << 32 | deals.opportunity
        rates = []
        for stage in range(deals.stage.max() + 1):
            inside = (deals.event == CODE["entered"]) & (deals.stage == stage)
            reached = np.isin(ended.replication.astype(np.int64) << 32 | ended.opportunity, key[inside])
            winners = np.isin(won.replication.astype(np.int64) << 32 | won.opportunity, key[inside])
            rates.append(winners.sum() / reached.sum())
        assert (np.diff(rates) > 0).all(), f"{name}: {np.round(rates, 3)}"


def test_one_and_two_workers_give_the_same_bytes():
    scenario = load("tiny")
    one, two = (simulate(scenario, 5, 12, workers=n).log for n in (1, 2))
    for table in ("deals", "tasks", "opportunities"):
        for mine, other in zip(
            vars(getattr(one, table)).values(), vars(getattr(two, table)).values(), strict=True
        ):
            assert mine.tobytes() == other.tobytes()


def test_a_run_begins_where_another_ended():
    scenario = load("tiny")
    whole = simulate(scenario, 5, 4).log
    later = simulate(scenario, 5, 2, first=2).log
    assert np.array_equal(whole.deals.time[whole.deals.replication >= 2], later.deals.time)
