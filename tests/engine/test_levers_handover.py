"""The protocol of a handover: who visits and calls whom, in which order, at what cost, and what it keeps."""

from itertools import pairwise

import numpy as np
import pytest
from logs import log_of, rows_of
from worlds import company, stage

from funnelsim.engine.run import ENGINES
from funnelsim.history.log import CODE, OF_OTHERS, REPORT, TRUTH
from funnelsim.study.conservation import violations
from funnelsim.study.metrics import measure

THIRDS = ("upper", "middle", "lower")
VISIT, CALL, LATE = "handover_visit", "handover_call", "handover_late_call"
DAY = 181.0  # 2026-07-01 is the last day's end; notice is given thirty days before


@pytest.fixture(params=[name for name in ENGINES if name != "auto"])
def engine(request):
    return request.param


def world(
    hours=70, deals=10, rule="protocol", notice=30, managers=({"id": "chief", "weekly_hours": 10},), **more
):
    """One rep of three leaves on 1 July; deals stand in three thirds, forty days each."""
    stages = [stage(name, days=40, third=third) for name, third in zip("abc", THIRDS, strict=True)]
    base = company(*stages, weekly_deals=deals, days=300, reps=3, hours=hours, managers=managers)
    return base.replace_all({
        "team.reps[0].leaves": "2026-07-01", "policies.handover.rule": rule, "team.attrition.notice_days": notice,
        **more,
    })  # fmt: skip


def work(log, activity, event="task_ended"):
    if activity not in log.names.activities:
        return log.tasks.where(np.zeros(len(log.tasks), bool))
    tasks = log.tasks
    return tasks.where(
        (tasks.activity == log.names.activities.index(activity)) & (tasks.event == CODE[event])
    )


def shown_at(log, day):
    """Third of each deal of the leaver that the report shows open on a day, by number."""
    deals = log.deals.where((log.deals.view != TRUTH) & (log.deals.time < day) & (log.deals.opportunity >= 0))
    stand, owner = {}, {}
    for n, e, s, p in zip(
        deals.opportunity.tolist(), deals.event, deals.stage.tolist(), deals.person, strict=True
    ):
        owner[n] = p if e not in OF_OTHERS else owner[n]
        if e == CODE["entered"]:
            stand[n] = s
        elif e in (CODE["won"], CODE["lost"], CODE["no_decision"]):
            stand.pop(n, None)
    return {n: s for n, s in stand.items() if owner[n] == 0}


def test_h06_visits_and_calls_end_before_the_first_call_of_the_upper_third(engine):
    log = log_of(world(), engine)
    listed = shown_at(log, DAY - 30)
    assert set(listed.values()) == {0, 1, 2}
    first = work(log, LATE, "task_queued")
    assert len(first)
    for activity, third in ((VISIT, 2), (CALL, 1)):
        ended = work(log, activity)
        assert ended.time.max() <= first.time.min()
        mine = {n for n, s in listed.items() if s == third}
        assert set(ended.opportunity.tolist()) == mine
        for number in mine:  # by both: the leaver and one other
            people = ended.person[ended.opportunity == number].tolist()
            assert len(people) == 2
            assert people.count(0) == 1
    late = work(log, LATE)
    assert set(late.opportunity.tolist()) == {n for n, s in listed.items() if s == 0}
    assert 0 not in late.person.tolist()
    assert set(work(log, VISIT).value.tolist()) == {3.0}
    assert set(work(log, CALL).value.tolist()) == set(late.value.tolist()) == {0.5}
    assert late.time.max() < DAY


def test_h06_whoever_is_named_on_the_day_of_notice_takes_over_on_the_last(engine):
    log = log_of(world(), engine)
    assert rows_of(log, "noticed").time.tolist() == [DAY - 30]
    heirs = {
        n: p for n, p in zip(work(log, VISIT).opportunity.tolist(), work(log, VISIT).person, strict=True) if p
    }
    over = rows_of(log, "owner_changed")
    assert set(over.time.tolist()) == {DAY}
    owner = dict(zip(over.opportunity.tolist(), over.person, strict=True))
    assert heirs
    assert all(owner.get(n, p) == p for n, p in heirs.items())
    # by load: the two others get about as many
    listed = [n for n in shown_at(log, DAY - 30) if n in owner]
    counts = np.bincount([owner[n] for n in listed], minlength=3)
    assert counts[0] == 0
    assert abs(int(counts[1]) - int(counts[2])) <= 3 + abs(np.diff(_open(log, DAY - 30)[1:])[0])


def _open(log, day):
    created, ended = (
        rows_of(log, "created"),
        log.deals.where(np.isin(log.deals.event, [CODE["won"], CODE["lost"]])),
    )
    gone = set(ended.opportunity[ended.time < day].tolist())
    mine = [p for n, t, p in zip(created.opportunity.tolist(), created.time, created.person, strict=True)
            if t < day and n not in gone]  # fmt: skip
    return np.bincount(mine, minlength=3)


def test_h06_a_named_successor_gets_all(engine):
    log = log_of(world(**{"team.reps[0].successor": "rep-3"}), engine)
    assert set(rows_of(log, "owner_changed").person.tolist()) == {2}
    assert {0, 2} == set(work(log, VISIT).person.tolist())


def test_h06_a_new_owner_comes_first_and_the_new_rep_once_he_is_up_to_speed(engine):
    plan = world(**{
        "team.reps[0].leaves": None, "policies.handover.rule": "protocol",
        "team.attrition": {"yearly_rate": 3, "vacancy_weeks": 2, "ramp_weeks": 2, "notice_days": 30},
    })  # fmt: skip
    log = log_of(plan, engine)
    over = rows_of(log, "owner_changed")
    twice = [n for n in set(over.opportunity.tolist()) if (over.opportunity == n).sum() > 1]
    left, ramped = rows_of(log, "left"), rows_of(log, "ramped")
    seats = {(float(t), int(p)) for t, p in zip(ramped.time, ramped.person, strict=True)}
    back = 0
    for n in twice:
        mine = over.where(over.opportunity == n)
        for (first, _), (second, rep) in pairwise(zip(mine.time.tolist(), mine.person.tolist(), strict=True)):
            if (second, rep) in seats:
                days = left.time[(left.person == rep) & (left.time < second)]
                assert first >= days.max()
                assert second == days.max() + 28
                back += 1
    assert back > 3
    assert violations(log) == []


def test_h06_the_check_takes_a_quarter_of_an_hour_a_deal_and_comes_off_the_next_weeks(engine):
    review = {"policies.review": {"rule": "weekly", "minutes": 30}}
    log = log_of(world(deals=5, **review), engine)
    checks = rows_of(log, "reviewed", "handover_check")
    listed = shown_at(log, DAY - 30)
    assert set(checks.opportunity.tolist()) == set(listed)
    assert set(checks.time.tolist()) == {DAY - 30}
    assert set(checks.value.tolist()) == {0.25}
    assert {log.names.people[p] for p in checks.person.tolist()} == {"chief"}
    spent = 15 * len(listed)
    reviewed = rows_of(log, "reviewed", "weekly_check")
    mondays = np.unique(rows_of(log, "not_reviewed").time)
    left_of_600 = {}
    for day in mondays[mondays >= DAY - 30]:  # notice is given on a Monday, before its list
        left_of_600[day] = 600 - 30 * int((reviewed.time == day).sum())
    first = min(left_of_600)
    owed = min(spent, 600)
    assert left_of_600[first] >= owed
    assert left_of_600[first] - owed < 30
    before = mondays[mondays < DAY - 30]
    assert all((reviewed.time == day).sum() == 20 for day in before)


def test_h06_the_check_finds_three_in_four_of_the_dead(engine):
    silent = {"behaviour.silent": {"upper": 1, "middle": 1, "lower": 1, "discovery_weeks": 1e6},
              "stages.*.advance_rate": 0.5}  # fmt: skip
    log = log_of(world(deals=200, **silent), engine)
    found = rows_of(log, "discovered")
    assert set(found.time.tolist()) == {DAY - 30}
    checked = set(rows_of(log, "reviewed", "handover_check").opportunity.tolist())
    died = rows_of(log, "died")
    dead = {n for n, t in zip(died.opportunity.tolist(), died.time, strict=True) if t < DAY - 30} & checked
    assert len(dead) > 100
    assert abs(len(found) / len(dead) - 0.75) < 4 * np.sqrt(0.75 * 0.25 / len(dead))
    assert not set(found.opportunity.tolist()) & set(work(log, VISIT, "task_queued").opportunity.tolist())


def test_h06_hidden_deals_are_not_on_the_list(engine):
    hidden = {"behaviour.reporting": {"hiding_reps_share": 1, "hidden_share": 0.5}}
    log = log_of(world(**hidden), engine)
    told = {
        n for activity in (VISIT, CALL, LATE) for n in work(log, activity, "task_queued").opportunity.tolist()
    }
    assert told == set(shown_at(log, DAY - 30))
    secret = set(rows_of(log, "created", view=TRUTH).opportunity.tolist())
    assert secret
    over = set(rows_of(log, "owner_changed", view=TRUTH).opportunity.tolist())
    assert over & secret  # they change hands, and nobody had named anyone


def test_h06_a_deal_is_treated_by_the_third_that_the_report_shows(engine):
    log = log_of(world(**{"behaviour.reporting.inflated_share": 1}), engine)
    truth = {}
    for n, s, t in zip(*(getattr(rows_of(log, "entered", view=TRUTH), k).tolist()
                         for k in ("opportunity", "stage", "time")), strict=True):  # fmt: skip
        if t < DAY - 30:
            truth[n] = s
    visited = set(work(log, VISIT, "task_queued").opportunity.tolist())
    assert any(truth[n] == 1 for n in visited)
    assert not work(log, LATE, "task_queued").opportunity.size


def test_h06_without_managers_nobody_checks_and_all_else_is_done(engine):
    log = log_of(world(managers=()), engine)
    assert not len(rows_of(log, "reviewed"))
    assert len(work(log, VISIT))
    assert len(work(log, LATE))


def lost(log):
    rows = rows_of(log, "lost", "left_with_rep")
    return dict(zip(rows.opportunity.tolist(), rows.stage.tolist(), strict=True))


LOSS = {"behaviour.handover_loss": {"upper": 0.4, "middle": 0.5, "lower": 0.6},
        "behaviour.parting.protocol_loss": {"upper": 0.1, "middle": 0.2, "lower": 0.3}}  # fmt: skip


def test_h07_after_the_protocol_few_customers_follow(engine):
    logs = [
        log_of(world(deals=300, hours=7000, rule=rule, **LOSS), engine)
        for rule in ("assign_only", "protocol")
    ]
    gone = [lost(log) for log in logs]
    assert set(gone[1]) < set(gone[0])
    listed = shown_at(logs[1], DAY - 30)
    over = set(rows_of(logs[1], "owner_changed").opportunity.tolist())
    told = over & set(listed)
    stand = shown_at(logs[1], DAY)
    for third, (with_it, without) in enumerate(((0.1, 0.4), (0.2, 0.5), (0.3, 0.6))):
        mine = {n for n in told if stand[n] == third}
        new = {n for n in over - told if stand[n] == third}  # born after the notice: not on the list
        for some, share in ((mine, with_it), (new, without)):
            if len(some) > 30:
                found = len(some & set(gone[1])) / len(some)
                assert abs(found - share) < 4 * np.sqrt(share * (1 - share) / len(some)), (third, share)
    weighted = [measure(log, names=["weighted_lost_with_rep"])["weighted_lost_with_rep"][0] for log in logs]
    assert weighted[1] < 0.6 * weighted[0]


def test_h07_what_is_not_done_by_the_last_day_is_lost_as_without_it(engine):
    plain = log_of(world(deals=60, rule="assign_only", **LOSS), engine)
    at_once = log_of(world(deals=60, notice=0, **LOSS), engine)
    assert set(lost(plain)) == set(lost(at_once))
    busy = log_of(world(deals=60, hours=7, notice=3, **LOSS), engine)  # three hours until the last day
    done = {n for activity in (VISIT, CALL, LATE) for n in work(busy, activity).opportunity.tolist()}
    assert len(done) < len(shown_at(busy, DAY - 3)) / 4
    ended = busy.tasks.where((busy.tasks.event == CODE["task_started"]) & (busy.tasks.time >= DAY))
    mine = np.isin([busy.names.activities[a] for a in ended.activity], (VISIT, CALL, LATE))
    assert not mine.any()  # nobody goes on with it afterwards
    assert violations(busy) == []


def test_h07_hours_of_the_protocol_are_charged(engine):
    log = log_of(world(), engine)
    listed = list(shown_at(log, DAY - 30).values())
    expected = 6.0 * listed.count(2) + 1.0 * listed.count(1) + 0.5 * listed.count(0)
    assert measure(log, names=["handover_hours"])["handover_hours"][0] == pytest.approx(expected)
    spent = measure(log, REPORT, names=["manager_hours"])["manager_hours"][0]
    assert spent == pytest.approx(0.25 * len(listed))


def test_a_visit_is_a_word_to_the_customer(engine):
    """Who is visited wants no touch for a while."""
    touches = {"behaviour.touches": {"every_days": 20, "hours": 0.1}}
    log = log_of(world(**touches), engine)
    visits = work(log, VISIT)
    for number in set(visits.opportunity.tolist()):
        last = visits.time[visits.opportunity == number].max()
        touched = log.tasks.where((log.tasks.opportunity == number) & (log.tasks.event == CODE["touched"]))
        later = touched.time[touched.time > last]
        assert not len(later) or later.min() >= last + 20
