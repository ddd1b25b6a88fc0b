"""Stalls, touches, neglect, silent ends, deals that come back, and a report that is off: small stories."""

from datetime import timedelta

import numpy as np
import pytest
from worlds import START, company, stage

from funnelsim.engine.run import ENGINES, simulate
from funnelsim.history.log import BOTH, CODE, ENDS, REPORT, TRUTH
from funnelsim.study.conservation import flows


@pytest.fixture(params=[name for name in ENGINES if name != "auto"])
def engine(request):
    return request.param


def world(*stages, behaviour=None, deals=2.0, days=400, **more):
    stages = stages or (
        stage("a", days=10),
        stage("b", days=10, third="middle"),
        stage("c", days=10, third="lower"),
    )
    return company(*stages, weekly_deals=deals, days=days, behaviour=behaviour, **more)


def log_of(scenario, engine, seed=1):
    return simulate(scenario, seed, 1, engine=engine).log


def rows(log, event, view=None):
    deals = log.deals
    mask = deals.event == CODE[event]
    return deals.where(mask if view is None else mask & (deals.view == view))


def closed_days(log):
    """Days from birth to the end, in truth, of deals that ended."""
    born = dict(zip(log.opportunities.opportunity.tolist(), log.opportunities.created.tolist(), strict=True))
    ends = log.view(TRUTH).deals
    ends = ends.where(np.isin(ends.event, ENDS))
    return {int(n): t - born[int(n)] for n, t in zip(ends.opportunity, ends.time, strict=True)}


# -- stalls ---------------------------------------------------------------------------------


def test_a_stall_makes_the_customers_delay_so_many_times_longer(engine):
    stalls = {"upper": {"share": 0.5, "causes": {"undecided": 1}}, "factor": 3}
    log = log_of(world(stage("a", days=10), behaviour={"stalls": stalls}), engine)
    stalled = set(rows(log, "stalled", TRUTH).opportunity.tolist())
    took = closed_days(log)
    assert {round(took[n], 4) for n in took if n in stalled} == {30.0}
    assert {round(took[n], 4) for n in took if n not in stalled} == {10.0}
    assert 0.35 < len(stalled) / len(log.opportunities) < 0.65
    assert rows(log, "stall_ended").opportunity.size == sum(n in stalled for n in took)


def test_the_report_shows_a_stall_when_the_visit_is_overdue_with_what_the_rep_sees(engine):
    stalls = {
        "upper": {"share": 1, "causes": {"dilemma": 1}}, "factor": 3,
        "signals": {"dilemma": {"late_replies": 0.25}},
    }  # fmt: skip
    log = log_of(world(stage("a", days=10), behaviour={"stalls": stalls}, deals=20), engine)
    seen = rows(log, "stalled", REPORT)
    born = dict(zip(log.opportunities.opportunity.tolist(), log.opportunities.created.tolist(), strict=True))
    assert np.allclose([t - born[n] for n, t in zip(seen.opportunity.tolist(), seen.time, strict=True)], 10)
    share = (seen.reason >= 0).mean()
    assert abs(share - 0.25) < 4 * np.sqrt(0.25 * 0.75 / len(seen))
    causes = rows(log, "stalled", TRUTH).reason
    assert {log.names.reasons[c] for c in set(causes.tolist())} == {"dilemma"}


def test_causes_come_in_their_shares(engine):
    shares = {"opinions": 0.35, "funds": 0.35, "superior": 0.3}
    stalls = {"upper": {"share": 1, "causes": shares}}
    log = log_of(world(stage("a", days=1), behaviour={"stalls": stalls}, deals=40), engine)
    found = rows(log, "stalled", TRUTH)
    for cause, share in shares.items():
        seen = (found.reason == log.names.reasons.index(cause)).mean()
        assert abs(seen - share) < 4 * np.sqrt(share * (1 - share) / len(found)), cause


# -- touches and neglect ----------------------------------------------------------------------


def touched(log):
    tasks = log.tasks
    return tasks.where(tasks.event == CODE["touched"])


def test_a_deal_is_touched_so_many_days_after_the_last_work_on_it(engine):
    behaviour = {"touches": {"every_days": 14, "hours": 0.5}}
    log = log_of(world(stage("a", hours=1, days=60), deals=0.05, days=700, behaviour=behaviour), engine)
    first = int(log.opportunities.opportunity[0])
    born = float(log.opportunities.created[0])
    mine = touched(log)
    days = mine.time[mine.opportunity == first] - born
    # an hour of work, then every 14 days half an hour, until day 60
    assert np.allclose(days, [15.5, 30.0, 44.5, 59.0])


def test_a_touch_goes_before_stage_work(engine):
    behaviour = {"touches": {"every_days": 3, "hours": 0.1}}
    log = log_of(world(stage("a", hours=2, days=30), deals=4, days=200, behaviour=behaviour), engine)
    touch = log.names.activities.index("touch")
    born = dict(zip(log.opportunities.opportunity.tolist(), log.opportunities.created.tolist(), strict=True))
    gone = {n: born[n] + days for n, days in closed_days(log).items()}
    line = {}
    for time, event, activity, number in zip(
        log.tasks.time, log.tasks.event, log.tasks.activity, log.tasks.opportunity.tolist(), strict=True
    ):
        if event == CODE["task_queued"]:
            line[number, activity] = True
        elif event == CODE["task_started"]:
            line.pop((number, activity), None)
            line.pop((number, touch), None)  # whoever is worked on needs no touch
            waiting = [n for n, kind in line if kind == touch and gone.get(n, np.inf) > time]
            assert activity == touch or not waiting


def test_nobody_touches_while_the_cause_is_an_absent_rep(engine):
    behaviour = {
        "touches": {"every_days": 7, "hours": 0.1},
        "stalls": {"upper": {"share": 1, "causes": {"rep_absent": 1}}, "factor": 4},
    }
    away = log_of(
        world(stage("a", days=20), stage("b", days=20, third="middle"), behaviour=behaviour), engine
    )
    stages = {int(s) for s in touched(away).stage}
    assert stages == {1}


def test_who_is_never_touched_is_lost_by_neglect_at_the_hazard_set(engine):
    behaviour = {"touches": {"every_days": None, "neglect_after_days": 28, "neglect_weekly_rate": 0.7}}
    log = log_of(world(stage("a", days=1000), deals=20, days=400, behaviour=behaviour), engine)
    lost = rows(log, "lost")
    assert {log.names.reasons[r] for r in set(lost.reason.tolist())} == {"neglect"}
    days = np.array([d for n, d in closed_days(log).items() if log.opportunities.created[n] < 200])
    assert days.min() > 28
    mean = (days - 28).mean()
    assert abs(mean - 10) < 4 * 10 / np.sqrt(days.size), f"mean {mean:.2f} days, 7 / 0.7 = 10 expected"


def test_touches_prevent_neglect_and_work_counts_as_a_touch(engine):
    behaviour = {
        "touches": {"every_days": 14, "hours": 0.01, "neglect_after_days": 28, "neglect_weekly_rate": 5}
    }
    log = log_of(world(stage("a", days=300), deals=1, behaviour=behaviour), engine)
    assert not len(rows(log, "lost"))


# -- silent ends ----------------------------------------------------------------------------------


def test_a_silent_end_stays_open_in_the_report_until_it_is_discovered(engine):
    ends = {"no_decision": 0, "lost": {"price": 1}}
    behaviour = {"silent": {"upper": 1, "discovery_weeks": 3}}
    log = log_of(world(stage("a", days=5, advance=0, otherwise=ends), deals=20, behaviour=behaviour), engine)
    truth, report = rows(log, "lost", TRUTH), rows(log, "lost", REPORT)
    died = dict(zip(truth.opportunity.tolist(), truth.time.tolist(), strict=True))
    known = dict(zip(report.opportunity.tolist(), report.time.tolist(), strict=True))
    assert len(rows(log, "died")) == len(truth)
    early = [n for n in died if died[n] < 150]
    waits = np.array([known[n] - died[n] for n in early])
    assert abs(waits.mean() - 21) < 4 * 21 / np.sqrt(waits.size)
    assert flows(log, REPORT)["open"].sum() - flows(log, TRUTH)["open"].sum() == len(died) - len(known)


def test_a_dead_deal_gets_touches_but_no_stage_work(engine):
    ends = {"no_decision": 0, "lost": {"price": 1}}
    behaviour = {
        "silent": {"upper": 1, "discovery_weeks": 10}, "touches": {"every_days": 7, "hours": 0.1},
    }  # fmt: skip
    log = log_of(world(stage("a", hours=1, days=5, advance=0, otherwise=ends), behaviour=behaviour), engine)
    died = dict(zip(rows(log, "died").opportunity.tolist(), rows(log, "died").time.tolist(), strict=True))
    started = log.tasks.where(log.tasks.event == CODE["task_started"])
    late = [(a, n) for a, n, t in zip(started.activity, started.opportunity, started.time, strict=True)
            if n in died and t > died[n]]  # fmt: skip
    assert late
    assert {log.names.activities[a] for a, _ in late} == {"touch"}


# -- coming back ------------------------------------------------------------------------------------


def test_a_closed_deal_comes_back_into_the_stage_it_left_and_does_its_work_again(engine):
    ends = {"no_decision": 0, "lost": {"price": 1}}
    behaviour = {"revive": {"share": 1, "days": 30}}
    log = log_of(
        world(stage("a", hours=1, days=5, advance=0, otherwise=ends), deals=0.2, behaviour=behaviour), engine
    )
    first = int(log.opportunities.opportunity[0])
    story = [(round(t - log.opportunities.created[0], 4), e) for t, e, _ in log.told(first)]
    assert story[:7] == [
        (0, "created"), (0, "entered"), (5, "ready"), (5, "lost"), (35, "reopened"), (35, "entered"), (40, "ready"),
    ]  # fmt: skip
    worked = log.tasks.where((log.tasks.event == CODE["task_ended"]) & (log.tasks.opportunity == first))
    assert len(worked) >= 2


# -- the report ---------------------------------------------------------------------------------------


def test_an_inflated_deal_is_shown_one_stage_too_far_and_a_shifted_one_too_low(engine):
    for kind, expected in (("inflated_share", [1, 2]), ("shifted_share", [0, 1])):
        log = log_of(world(deals=0.2, behaviour={"reporting": {kind: 1}}), engine)
        first = int(log.opportunities.opportunity[0])
        shown = log.view(REPORT).deals
        shown = shown.where((shown.opportunity == first) & (shown.event == CODE["entered"]))
        assert shown.stage.tolist() == expected
        true = log.view(TRUTH).deals
        true = true.where((true.opportunity == first) & (true.event == CODE["entered"]))
        assert true.stage.tolist() == [0, 1, 2]
        assert (rows(log, "won").opportunity == first).sum() >= 1


def test_a_hidden_deal_is_in_the_report_only_when_it_is_won(engine):
    reporting = {"hiding_reps_share": 1, "hidden_share": 0.5}
    log = log_of(world(stage("a", days=10, advance=0.5), deals=5, behaviour={"reporting": reporting}), engine)
    hidden = set(rows(log, "created", TRUTH).opportunity.tolist())
    assert 0.3 < len(hidden) / len(log.opportunities) < 0.7
    report = log.view(REPORT).deals
    seen = {int(n) for n in report.opportunity} & hidden
    won = {int(n) for n in rows(log, "won", TRUTH).opportunity}
    assert seen == won
    surprise = report.where(np.isin(report.opportunity, list(seen)))
    assert set(surprise.event.tolist()) == {CODE[e] for e in ("created", "registered", "entered", "won")}


def test_with_nothing_misreported_both_views_are_one(engine):
    log = log_of(world(), engine)
    assert set(log.deals.view.tolist()) == {BOTH}


def test_what_is_entered_late_stands_in_the_report_days_later(engine):
    log = log_of(world(behaviour={"reporting": {"entry_delay_days": 6}}), engine)
    true, shown = log.view(TRUTH).deals, log.view(REPORT).deals
    assert np.allclose(np.sort(true.time[true.time + 6 < log.horizon]) + 6, np.sort(shown.time))


def test_an_entry_error_is_one_stage_off_and_set_right_with_the_next(engine):
    stages = [stage(name, days=5) for name in "abcdef"]
    log = log_of(world(*stages, deals=4, behaviour={"reporting": {"entry_error_share": 0.4}}), engine)
    true = {
        (int(n), round(float(t), 6)): int(s)
        for n, t, s in zip(*(getattr(rows_of_entries(log, TRUTH), c) for c in ("opportunity", "time", "stage")),
                           strict=True)
    }  # fmt: skip
    shown = rows_of_entries(log, REPORT)
    off = [abs(int(s) - true[int(n), round(float(t), 6)])
           for n, t, s in zip(shown.opportunity, shown.time, shown.stage, strict=True)]  # fmt: skip
    assert set(off) == {0, 1}


def rows_of_entries(log, view):
    deals = log.view(view).deals
    return deals.where(deals.event == CODE["entered"])


def test_neutral_values_change_no_byte(engine):
    base = world(stage("a", hours=1, days=10, advance=0.6))
    neutral = base.replace_all({
        "behaviour.stalls.upper": {"share": 0, "causes": {"undecided": 1}},
        "behaviour.touches.hours": 2, "behaviour.silent.discovery_weeks": 5,
        "behaviour.revive.days": 3, "behaviour.reporting.hidden_share": 0.5,
    })  # fmt: skip
    one, two = log_of(base, engine), log_of(neutral, engine)
    assert one.deals.time.tobytes() == two.deals.time.tobytes()
    assert one.tasks.time.tobytes() == two.tasks.time.tobytes()


def test_a_change_of_neglect_on_a_date_touches_nothing_before(engine):
    behaviour = {"touches": {"every_days": None, "neglect_after_days": 10, "neglect_weekly_rate": 0.3}}
    base = world(stage("a", days=200), behaviour=behaviour)
    day = (START + timedelta(days=150)).isoformat()
    change = {"behaviour.touches.neglect_weekly_rate": 3.0}
    changed = base.replace("interventions", [{"date": day, "set": change}])
    one, two = log_of(base, engine), log_of(changed, engine)
    before = [log.deals.where(log.deals.time < 150) for log in (one, two)]
    assert before[0].time.tobytes() == before[1].time.tobytes()
    after = [(log.deals.event[log.deals.time >= 150] == CODE["lost"]).sum() for log in (one, two)]
    assert after[1] > after[0]
