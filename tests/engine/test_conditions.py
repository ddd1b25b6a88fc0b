"""Changes that wait until something is seen in the reported funnel: small stories."""

from datetime import timedelta

import numpy as np
import pytest
from logs import log_of
from worlds import START, company, stage

from funnelsim.engine.run import ENGINES, tables_of
from funnelsim.engine.stream import stream
from funnelsim.engine.whens import period_at
from funnelsim.errors import ScenarioError
from funnelsim.history.log import CODE, REPORT
from funnelsim.scenario.files import as_intervention, load, plain
from funnelsim.study.columns import AMOUNT_CHANGED, STALL_ENDED, STALLED, Columns

MONDAY = 4.0  # 5 January 2026


@pytest.fixture(params=[name for name in ENGINES if name != "auto"])
def engine(request):
    return request.param


def world(*interventions, behaviour=None, **more):
    stages = (stage("a", days=20, advance=0.7), stage("b", days=30, third="middle"))
    base = company(*stages, weekly_deals=4, days=300, behaviour=behaviour, **more)
    return base.replace("interventions", list(interventions))


def when(measure, change=None, date=None, **limit):
    found = {"when": {"measure": measure, **limit}, "set": change or {"policies.price.discount_share": 0.2}}
    return found if date is None else {**found, "date": date}


def met(log):
    """(day, condition) of all that came true."""
    rows = log.deals.where(log.deals.event == CODE["condition_met"])
    return [(float(t), log.names.reasons[r]) for t, r in zip(rows.time, rows.reason, strict=True)]


def mondays(log):
    return np.arange(MONDAY, log.horizon, 7.0)


def open_at(log, day):
    """Deals that the report shows as open just before a moment."""
    return Columns(log, REPORT, measured=(0.0, log.horizon)).open_at(day)


def test_a_change_comes_on_the_first_monday_on_which_the_report_shows_more_than_the_limit(engine):
    hides = {"reporting": {"hiding_reps_share": 1, "hidden_share": 0.4}}
    base, there = world(behaviour=hides), world(when("open_deals", above=9), behaviour=hides)
    before, after = log_of(base, engine), log_of(there, engine)
    first = next(day for day in mondays(before) if len(open_at(before, day).deal) > 9)
    assert met(after) == [(first, "condition_1")]
    assert first > 28
    assert not met(before)
    changed = after.deals.where(after.deals.event == AMOUNT_CHANGED)
    assert set(changed.time.tolist()) == {first}
    earlier = after.deals.time < first
    assert after.deals.time[earlier].tobytes() == before.deals.time[before.deals.time < first].tobytes()
    assert set(after.opportunities.amount[after.opportunities.created >= first].tolist()) == {800}
    assert set(after.opportunities.amount[after.opportunities.created < first].tolist()) == {1000}


def test_the_weighted_pipeline_is_that_of_the_report(engine):
    off = {"reporting": {"inflated_share": 0.5}}
    base = world(behaviour=off)
    before = log_of(base, engine)
    weights = np.array([0.25, 0.50])
    worth = []
    for day in mondays(before):
        shown = open_at(before, day)
        worth.append(float((shown.amount * weights[shown.stage]).sum()))
    limit = 0.6 * max(worth)
    first = next(day for day, value in zip(mondays(before), worth, strict=True) if value > limit)
    after = log_of(base.replace("interventions", [when("weighted_pipeline", above=limit)]), engine)
    assert met(after) == [(first, "condition_1")]
    assert not met(
        log_of(base.replace("interventions", [when("weighted_pipeline", above=max(worth))]), engine)
    )


def test_stalls_count_when_the_report_shows_them(engine):
    stalls = {"stalls": {"upper": {"share": 0.5, "causes": {"undecided": 1}}, "factor": 3}}
    before = log_of(world(behaviour=stalls), engine)
    rows = before.deals.where((before.deals.view != 1) & (before.deals.opportunity >= 0))
    first = None
    for day in mondays(before):
        shown = open_at(before, day).deal
        numbers = before.opportunities.opportunity[shown]
        stuck = 0
        for number in numbers.tolist():
            mine = rows.where((rows.opportunity == number) & (rows.time < day))
            told = mine.event[np.isin(mine.event, [STALLED, STALL_ENDED, CODE["entered"]])]
            stuck += told.size and told[-1] == STALLED
        if shown.size and stuck / shown.size > 0.4:
            first = day
            break
    assert first is not None
    assert first > 14
    after = log_of(world(when("stalled_share", above=0.4), behaviour=stalls), engine)
    assert met(after) == [(float(first), "condition_1")]


def test_once_true_it_holds_for_good_and_against_later_dates(engine):
    late = {"date": (START + timedelta(days=200)).isoformat(), "set": {"policies.price.discount_share": 0.5}}
    log = log_of(world(when("open_deals", above=18), late), engine)
    [(day, _)] = met(log)
    assert day < 200
    amounts = log.opportunities.amount
    assert set(amounts[log.opportunities.created > 200].tolist()) == {800}
    assert {len(open_at(log, later).deal) > 18 for later in mondays(log) if later > day} == {True, False}


def test_before_its_condition_is_true_a_date_holds(engine):
    early = {"date": (START + timedelta(days=10)).isoformat(), "set": {"policies.price.discount_share": 0.5}}
    log = log_of(world(early, when("open_deals", above=9)), engine)
    [(day, _)] = met(log)
    born, amount = log.opportunities.created, log.opportunities.amount
    assert set(amount[born < 10].tolist()) == {1000}
    assert set(amount[(born >= 10) & (born < day)].tolist()) == {500}
    assert set(amount[born >= day].tolist()) == {800}


def test_three_conditions_come_true_each_in_its_own_time(engine):
    scenario = world(
        when("open_deals", {"stages.b.advance_rate": 0.2}, above=14),
        when("open_deals", {"policies.price.discount_share": 0.2}, above=6),
        when("weighted_pipeline", {"behaviour.reporting.entry_delay_days": 3}, above=5500),
    )
    log = log_of(scenario, engine)
    days = {name: day for day, name in met(log)}
    assert set(days) == {"condition_1", "condition_2", "condition_3"}
    assert days["condition_2"] < days["condition_1"]
    assert len(tables_of(scenario).stage_logit) == 8


def test_a_log_in_pieces_knows_what_has_come_true():
    scenario = world(when("open_deals", above=9))
    log = log_of(scenario, "compiled")
    pieces = [*stream(scenario, 1, 0, "compiled", rows=100)]
    assert len(pieces) > 3
    assert np.concatenate([piece.deals.value for piece in pieces]).tobytes() == log.deals.value.tobytes()
    amounts = {}
    for piece in pieces:
        amounts |= dict(
            zip(piece.opportunities.opportunity.tolist(), piece.opportunities.amount.tolist(), strict=True)
        )
    assert amounts == dict(
        zip(log.opportunities.opportunity.tolist(), log.opportunities.amount.tolist(), strict=True)
    )


def test_a_funnel_is_looked_at_from_the_first_measured_day_on_or_from_a_date(engine):
    low = {"below": 1000.0}
    assert met(log_of(world(when("open_deals", **low), warmup_weeks=4), engine))[0][0] == 32.0
    date = (START + timedelta(days=50)).isoformat()
    assert met(log_of(world(when("open_deals", date=date, **low)), engine)) == [(53.0, "condition_1")]


def test_a_condition_that_is_never_true_changes_no_deal(engine):
    before, after = log_of(world(), engine), log_of(world(when("open_deals", above=1e9)), engine)
    for table in ("deals", "tasks", "opportunities"):
        for mine, other in zip(
            vars(getattr(before, table)).values(), vars(getattr(after, table)).values(), strict=True
        ):
            assert mine.tobytes() == other.tobytes()


def test_the_period_of_moments():
    starts, days = np.array([0.0, 10.0]), np.array([15.0, np.inf, 5.0])
    found = period_at(starts, days, np.array([0.0, 5.0, 10.0, 14.0, 15.0, 99.0]))
    assert found.tolist() == [0, 8, 9, 9, 11, 11]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([{"set": {"policies.strict": True}}], "intervention_when"),
        ([when("open_deals")], "condition_limit"),
        ([when("open_deals", above=1, below=2)], "condition_limit"),
        ([when("open_deals", above=1)] * 4, "conditions_many"),
        ([when("open_deals", {"demand.units.*.weekly_deals": 9}, above=1)], "condition_by_date"),
        ([when("open_deals", {"team.reps.*.weekly_hours": 9}, above=1)], "condition_by_date"),
        ([when("open_deals", {"policies.care.every_days": 9}, above=1)], "condition_by_date"),
        ([when("open_deals", {"calendar.holidays": "CN"}, above=1)], "intervention_fixed"),
        ([when("open_deals", {"stages.a.advance_rate": 35}, above=1)], "not_share"),
        ([when("open_deals", date="2031-01-01", above=1)], "intervention_date"),
    ],
)
def test_what_a_condition_may_not_be(changes, code):
    with pytest.raises(ScenarioError) as caught:
        world(*changes)
    codes = [fault.code for fault in caught.value.faults]
    assert code in codes or (code == "not_share" and codes), codes


def test_a_scenario_with_conditions_is_a_file_and_may_be_changed_on_a_date():
    from funnelsim.scenario.files import parse

    there = world(when("open_deals", above=9))
    assert parse(plain(there)).digest == there.digest
    slower = there.replace("stages.a.delay_days", 40)
    day = (START + timedelta(days=100)).isoformat()
    changed = as_intervention(there, slower, day)
    assert len(changed.conditional) == len(changed.dated) == 1
    with pytest.raises(ScenarioError, match="take over"):
        as_intervention(world(), there, day)


def test_the_default_company_waits_for_nothing():
    tables = tables_of(load("industrial_8x8"))
    assert len(tables.whens) == 0
    assert len(tables.stage_logit) == 1
