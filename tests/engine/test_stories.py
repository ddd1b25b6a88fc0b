"""Small stories whose only assertion is the log. The engine is a parameter: one suite for all."""

from datetime import timedelta

import numpy as np
import pytest
from worlds import START, company, stage

from funnelsim.engine.run import ENGINES, simulate
from funnelsim.history.log import CODE, EVENTS, NONE

PRESALES = {"id": "presales", "name": "presales", "people": 1, "weekly_hours": 7}


@pytest.fixture(params=[name for name in ENGINES if name != "auto"])
def engine(request):
    return request.param


def tasks_of(log, *events):
    rows = log.tasks.where(np.isin(log.tasks.event, [CODE[event] for event in events]))
    return list(zip(rows.time.tolist(), rows.opportunity.tolist(), rows.person.tolist(), strict=True))


def first_story(scenario, engine, seed=1):
    log = simulate(scenario, seed, 1, engine=engine)[0].log
    return log, log.told(int(log.deals.opportunity[0]))


def test_a_deal_is_worked_on_and_waits_for_its_customer(engine):
    world = company(stage("a", hours=2, days=5), stage("b", hours=3, days=1), weekly_deals=0.05, days=700)
    _, story = first_story(world, engine)
    born = story[0][0]
    assert [(round(day - born, 5), event, what) for day, event, what in story] == [
        (0.0, "created", ""), (0.0, "entered", "a"), (5.0, "ready", "a"), (5.0, "advanced", "a"),
        (5.0, "entered", "b"), (6.0, "ready", "b"), (8.0, "won", "b"),
    ]  # fmt: skip


def test_the_customers_delay_may_start_when_the_work_is_done(engine):
    world = company(
        stage(hours=2, days=5), weekly_deals=0.05, days=700, behaviour={"customer_starts": "work_done"}
    )
    _, story = first_story(world, engine)
    assert [(round(day - story[0][0], 5), event) for day, event, _ in story][-2:] == [
        (7.0, "ready"),
        (7.0, "won"),
    ]


def test_without_waiting_for_the_buyer_the_gate_comes_when_the_work_is_done(engine):
    world = company(
        stage("a", hours=1, days=10), stage("b", hours=1, days=10), weekly_deals=0.05, days=700,
        policies={"wait_for_buyer": False},
    )  # fmt: skip
    _, story = first_story(world, engine)
    assert [(round(day - story[0][0], 5), event) for day, event, _ in story] == [
        (0.0, "created"), (0.0, "entered"), (1.0, "advanced"), (1.0, "entered"), (2.0, "won"),
    ]  # fmt: skip


def test_moving_two_stages_ahead_of_the_buyer_costs_odds(engine):
    def rate(**policies):
        world = company(
            *(stage(name, hours=0.01, days=30, advance=0.5) for name in "abc"), weekly_deals=7, days=700,
            policies=policies, behaviour={"ahead_logit": -3},
        )  # fmt: skip
        deals = simulate(world, 1, 5, engine=engine).log.deals
        last = deals.stage == 2
        return (deals.event[last] == CODE["won"]).sum() / (deals.event[last] == CODE["entered"]).sum()

    assert rate(wait_for_buyer=True) > 0.45
    assert rate(wait_for_buyer=False) < 0.1


def test_a_specialist_works_after_the_rep_and_the_rep_is_free(engine):
    world = company(
        stage(hours=1, specialists=[{"pool": "presales", "hours": 4}]), weekly_deals=0.05, days=900,
        pools=(PRESALES,),
    )  # fmt: skip
    log, _ = first_story(world, engine)
    times = [
        (round(time - log.tasks.time[0], 5), person) for time, _, person in tasks_of(log, "task_ended")[:2]
    ]
    assert times == [(1.0, 0), (5.0, 1)]


def test_a_specialist_for_large_deals_sees_only_the_upper_quarter(engine):
    world = company(
        stage(specialists=[{"pool": "presales", "hours": 0.01, "when": "amount_p75"}]), weekly_deals=20, days=700,
        pools=(PRESALES,), amount={"median": 1000, "spread": 1.0},
    )  # fmt: skip
    log = simulate(world, 1, 1, engine=engine).log
    helped = np.isin(log.opportunities.opportunity, [n for _, n, _ in tasks_of(log, "task_started")])
    amounts = log.opportunities.amount
    assert 0.22 < helped.mean() < 0.28
    assert amounts[helped].min() > amounts[~helped].max() - 1


def test_late_first_takes_the_deal_that_is_furthest(engine):
    world = company(
        stage("a", hours=1),
        stage("b", hours=1),
        weekly_deals=20,
        days=200,
        policies={"priority": "late_first"},
    )
    log = simulate(world, 1, 1, engine=engine).log
    line: dict[int, int] = {}
    for time, event, stage_, number in zip(
        log.tasks.time, log.tasks.event, log.tasks.stage, log.tasks.opportunity, strict=True
    ):
        if event == CODE["task_queued"]:
            line[number] = stage_
        elif event == CODE["task_started"]:
            assert line.pop(number) == max([stage_, *line.values()]), f"day {time}"


def test_a_freed_desk_is_offered_after_the_deal_has_joined_its_next_line(engine):
    """A large deal of the rep keeps its place against whoever happens to wait."""
    world = company(
        stage("a", hours=1),
        stage("b", hours=1),
        weekly_deals=20,
        days=100,
        policies={"priority": "late_first"},
    )
    log = simulate(world, 2, 1, engine=engine).log
    ended = [(t, n) for t, n, _ in tasks_of(log, "task_ended")]
    started = dict(
        zip([t for t, _, _ in tasks_of(log, "task_started")], tasks_of(log, "task_started"), strict=True)
    )
    stage_a = {
        (t, n)
        for t, n, s in zip(log.tasks.time, log.tasks.opportunity, log.tasks.stage, strict=True)
        if s == 0
    }
    followed = [started[t][1] == n for t, n in ended if (t, n) in stage_a and t in started]
    assert followed
    assert all(followed)


def test_nobody_works_on_a_weekend(engine):
    world = company(stage(hours=3), weekly_deals=0.5, days=700).replace(
        "calendar.work_days", ["mon", "tue", "wed", "thu", "fri"]
    )
    log = simulate(world, 3, 1, engine=engine).log
    first = START.weekday()
    ended = np.array([time for time, _, _ in tasks_of(log, "task_ended")])
    weekday = (np.ceil(ended) - 1 + first) % 7
    assert set(weekday) <= {0, 1, 2, 3, 4}


def test_a_prospecting_block_makes_a_deal_and_a_missed_one_is_void(engine):
    idle = company(
        stage(), weekly_deals=0, days=240, policies={"prospecting": {"every_days": 24, "hours": 7}}
    )
    log = simulate(idle, 1, 1, engine=engine).log
    assert log.opportunities.ordinal.tolist() == list(range(10))
    assert np.allclose(log.opportunities.created, 24 * np.arange(10) + 7)
    assert {log.names.origins[n] for n in log.opportunities.origin} == {"rep-1.prospect"}

    slow = company(
        stage(), weekly_deals=0, days=240, policies={"prospecting": {"every_days": 24, "hours": 30}}
    )
    log = simulate(slow, 1, 1, engine=engine).log
    # the second block waits behind the first, is begun on day 30, and so on; day 120 + 24 finds it void
    assert np.allclose(np.diff(log.opportunities.created), 30)
    assert log.opportunities.ordinal.tolist() == sorted(set(log.opportunities.ordinal.tolist()))


def test_a_moment_on_the_horizon_does_not_happen(engine):
    world = company(
        stage(), weekly_deals=0, days=31, policies={"prospecting": {"every_days": 24, "hours": 7}}
    )
    assert len(simulate(world, 1, 1, engine=engine).log.opportunities) == 1  # days 7 and 31, the horizon
    assert (
        len(simulate(world.replace("measure.to", "2026-02-01"), 1, 1, engine=engine).log.opportunities) == 2
    )


def test_a_regress_visits_the_stage_before_at_most_three_times(engine):
    back = {"regress": 1, "no_decision": 0, "lost": {"lost": 0}}
    world = company(
        stage("a", days=1), stage("b", days=1, advance=0.0, otherwise=back), weekly_deals=2, days=300
    )
    deals = simulate(world, 1, 1, engine=engine).log.deals
    entered = deals.where((deals.event == CODE["entered"]) & (deals.stage == 0))
    assert np.bincount(entered.opportunity).max() == 3
    ends = deals.where(deals.event == CODE["no_decision"])
    assert len(ends)
    assert (deals.event == CODE["lost"]).sum() == 0


def test_losses_carry_a_reason_in_their_shares(engine):
    ends = {"no_decision": 0.45, "lost": {"competitor": 0.35, "price": 0.2}}
    world = company(stage(days=1, advance=0.0, otherwise=ends), weekly_deals=40, days=700)
    log = simulate(world, 1, 1, engine=engine).log
    ended = log.deals.where(np.isin(log.deals.event, [CODE["lost"], CODE["no_decision"]]))
    shares = np.bincount(ended.reason, minlength=len(log.names.reasons)) / len(ended)
    found = dict(zip(log.names.reasons, shares, strict=True))
    expected = {"no_decision": 0.45, "competitor": 0.35, "price": 0.2}
    for reason, share in expected.items():
        error = np.sqrt(share * (1 - share) / len(ended))
        assert abs(found[reason] - share) < 4 * error, reason


def test_f04_a_strict_funnel_climbs_floor_by_floor_and_a_loose_one_jumps(engine):
    def steps(strict):
        world = company(
            *(stage(name, days=1, advance=0.9) for name in "abcde"), weekly_deals=10, days=300,
            policies={"strict": strict}, behaviour={"skip_share": 0.2},
        )  # fmt: skip
        deals = simulate(world, 1, 1, engine=engine).log.deals
        entered = deals.where(deals.event == CODE["entered"])
        order = np.lexsort((np.arange(len(entered)), entered.opportunity))
        number, at = entered.opportunity[order], entered.stage[order]
        return np.diff(at)[np.diff(number) == 0]

    assert steps(True).max() == 1
    loose = steps(False)
    assert set(loose.tolist()) == {1, 2}
    assert 0.1 < (loose == 2).mean() < 0.3


# -- people come and go ---------------------------------------------------------------------


def two_reps(**second):
    world = company(stage(hours=2, days=6), weekly_deals=4, days=200, reps=2)
    for key, value in second.items():
        world = world.replace(f"team.reps[1].{key}", value)
    return world


def test_a_hire_works_from_his_first_day_and_ramps(engine):
    day = START + timedelta(days=60)
    world = two_reps(hired=day.isoformat()).replace("team.ramp", {"start_share": 0.5, "weeks": 10})
    log = simulate(world, 1, 1, engine=engine).log
    mine = [time for time, _, person in tasks_of(log, "task_started") if person == 1]
    assert min(mine) >= 60
    paces = np.diff(log.hours_available[0, 1])
    assert paces[:60].max() == 0
    assert paces[60] == pytest.approx(0.5)
    assert paces[130] == pytest.approx(1.0)
    assert (log.deals.event == CODE["hired"]).sum() == 1


def test_the_deals_of_a_rep_who_leaves_go_on_with_another(engine):
    day = START + timedelta(days=100)
    log = simulate(two_reps(leaves=day.isoformat()), 1, 1, engine=engine).log
    assert max(time for time, _, person in tasks_of(log, "task_started", "task_ended") if person == 1) <= 100
    left = int(np.flatnonzero(log.deals.event == CODE["left"])[0])
    after = log.deals.where(np.arange(len(log.deals)) > left)
    assert set(after.person.tolist()) == {0}
    changed = after.where(after.event == CODE["owner_changed"])
    assert len(changed)
    assert set(changed.time) == {100.0}
    ends = np.isin(log.deals.event, [CODE[e] for e in ("won", "lost", "no_decision")])
    assert set(changed.opportunity.tolist()) <= set(log.deals.opportunity[ends].tolist())


def test_a_named_successor_takes_all_deals(engine):
    world = company(stage(hours=2, days=3), weekly_deals=3, days=200, reps=3)
    world = world.replace("team.reps[1].leaves", (START + timedelta(days=100)).isoformat())
    log = simulate(world.replace("team.reps[1].successor", "rep-3"), 1, 1, engine=engine).log
    changed = log.deals.where(log.deals.event == CODE["owner_changed"])
    assert set(changed.person.tolist()) == {2}


# -- the company changes --------------------------------------------------------------------


def test_a_change_on_a_date_leaves_all_that_was_before_it(engine):
    base = company(
        stage("a", hours=1, days=5, advance=0.7), stage("b", hours=1, days=5, advance=0.7), weekly_deals=3, days=200,
        reps=2, policies={"prospecting": {"every_days": 24, "hours": 7}},
    )  # fmt: skip
    day = 100
    changes = {
        "stages[0].advance_rate": 0.9, "demand.units[0].weekly_deals": 6, "team.reps[0].weekly_hours": 20,
        "policies.priority": "late_first", "policies.prospecting.every_days": 14,
    }  # fmt: skip
    when = (START + timedelta(days=day)).isoformat()
    for path, value in changes.items():
        changed = base.replace("interventions", [{"date": when, "set": {path: value}}])
        one, two = (simulate(world, 1, 1, engine=engine).log for world in (base, changed))
        for table in ("deals", "tasks"):
            before = [getattr(log, table).where(getattr(log, table).time < day) for log in (one, two)]
            for column in ("time", "event", "opportunity", "person", "stage"):
                mine, other = (getattr(rows, column) for rows in before)
                if column == "opportunity":  # numbers are positions; ids are what stays
                    mine, other = (ids(log, rows) for log, rows in zip((one, two), before, strict=True))
                assert np.array_equal(mine, other), (path, table, column)
        assert len(one.deals) != len(two.deals) or not np.array_equal(one.deals.time, two.deals.time), path


def ids(log, rows):
    born = log.opportunities
    name = {
        int(n): (log.names.origins[o], int(k))
        for n, o, k in zip(born.opportunity, born.origin, born.ordinal, strict=True)
    }
    return np.array([str(name.get(int(n), NONE)) for n in rows.opportunity])


def test_more_demand_adds_customers_and_moves_none(engine):
    base = company(stage(days=3, advance=0.5), weekly_deals=3, days=300)
    more = base.replace("demand.units[0].weekly_deals", 3.6)
    one, two = (simulate(world, 1, 1, engine=engine).log for world in (base, more))
    few = dict(zip(ids(one, one.opportunities), one.opportunities.created.tolist(), strict=True))
    many = dict(zip(ids(two, two.opportunities), two.opportunities.created.tolist(), strict=True))
    assert len(many) > len(few)
    assert few.items() <= many.items()


def test_a_pool_that_grows_takes_work_at_once_and_one_that_shrinks_gives_it_back(engine):
    helped = stage(specialists=[{"pool": "presales", "hours": 5}])
    for before, after in ((1, 2), (2, 1)):
        world = company(helped, weekly_deals=3, days=200, pools=({**PRESALES, "people": before},))
        day = (START + timedelta(days=100)).isoformat()
        world = world.replace("interventions", [{"date": day, "set": {"team.pools.presales.people": after}}])
        log = simulate(world, 1, 1, engine=engine).log
        late = [time for time, _, person in tasks_of(log, "task_started") if person == 2]
        assert (min(late) >= 100) if after == 2 else (max(late) < 100)
        begun, ended = len(tasks_of(log, "task_started")), len(tasks_of(log, "task_ended"))
        assert begun - ended <= 3


def test_events_in_a_log_are_in_the_closed_set(engine):
    log = simulate(two_reps(), 1, 1, engine=engine).log
    assert set(log.deals.event.tolist()) | set(log.tasks.event.tolist()) <= set(range(len(EVENTS)))
