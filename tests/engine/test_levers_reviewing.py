"""Managers and their hours: the list of each Monday, the 1-15-30 rule, audits. Small stories, both engines."""

from datetime import timedelta

import numpy as np
import pytest
from logs import log_of, rows_of
from worlds import START, company, stage

from funnelsim.calendar import worked as working_days
from funnelsim.engine.run import ENGINES
from funnelsim.engine.stream import stream
from funnelsim.errors import ScenarioError
from funnelsim.history.exchange import read_log, write_log
from funnelsim.history.log import BOTH, CODE, EVENTS, REPORT, TRUTH
from funnelsim.scenario.files import load
from funnelsim.study.columns import Columns
from funnelsim.study.conservation import violations
from funnelsim.study.metrics import measure
from funnelsim.study.snapshot import as_of

FIRST_MONDAY = 4.0  # 2026-01-05; the worlds start on a Thursday
CHIEF = ({"id": "chief", "weekly_hours": 1000},)


@pytest.fixture(params=[name for name in ENGINES if name != "auto"])
def engine(request):
    return request.param


def world(*stages, review=None, managers=CHIEF, deals=2.0, days=400, policies=None, **more):
    stages = stages or (
        stage("a", days=40),
        stage("b", days=40, third="middle"),
        stage("c", days=40, third="lower"),
    )
    policies = {"review": {"rule": "weekly", **(review or {})}, **(policies or {})}
    return company(*stages, weekly_deals=deals, days=days, managers=managers, policies=policies, **more)


def listed_at(log, day, seen=REPORT):
    """Numbers and weighted values of the deals that the report shows open just before a day."""
    pipeline = Columns(log, seen).open_at(day)
    weight = np.array((0.25, 0.5, 0.75))[np.array(log.names.thirds)[pipeline.stage]]
    numbers = log.opportunities.opportunity[pipeline.deal]
    return dict(zip(numbers.tolist(), (pipeline.amount * weight).tolist(), strict=True))


# -- the list of a Monday ---------------------------------------------------------------------


def test_v01_every_reported_deal_is_checked_every_week(engine):
    reporting = {"inflated_share": 0.3, "hiding_reps_share": 1, "hidden_share": 0.3}
    log = log_of(world(behaviour={"reporting": reporting}), engine)
    checked = rows_of(log, "reviewed")
    assert {log.names.reasons[r] for r in set(checked.reason.tolist())} == {"weekly_check"}
    assert {log.names.people[p] for p in set(checked.person.tolist())} == {"chief"}
    for monday in np.arange(FIRST_MONDAY, log.horizon, 7):
        assert set(checked.opportunity[checked.time == monday].tolist()) == set(listed_at(log, monday))
    assert len(checked) == sum(len(listed_at(log, day)) for day in np.arange(FIRST_MONDAY, log.horizon, 7))
    assert violations(log) == []


def test_v08_manager_hours_are_reviews_times_deals_times_minutes(engine):
    log = log_of(world(review={"minutes": 9}), engine)
    checked = rows_of(log, "reviewed")
    assert measure(log)["manager_hours"][0] == pytest.approx(len(checked) * 9 / 60)
    assert len(checked) > 1000
    assert measure(log)["not_reviewed_share"][0] == 0


@pytest.mark.parametrize(("hours", "top"), [(0.5, None), (1000, 6)])
def test_v08_only_the_top_deals_are_reviewed_and_the_others_listed_as_not(engine, hours, top):
    """Half an hour is six times five minutes, so both say: six deals, those of the highest weighted value."""
    managers = ({"id": "chief", "weekly_hours": hours},)
    amount = {"median": 1000, "spread": 1}
    log = log_of(world(review={"top": top}, managers=managers, amount=amount), engine)
    done, left = rows_of(log, "reviewed"), rows_of(log, "not_reviewed")
    assert len(left) > 200
    for monday in np.arange(FIRST_MONDAY + 140, log.horizon, 7):
        value = listed_at(log, monday)
        mine, others = (part.opportunity[part.time == monday].tolist() for part in (done, left))
        assert len(mine) == min(6, len(value))
        assert set(mine) | set(others) == set(value)
        assert len(mine) + len(others) == len(value)
        assert min(value[n] for n in mine) >= max((value[n] for n in others), default=0)
    shares = measure(log)["not_reviewed_share"]
    assert shares[0] == len(left) / (len(left) + len(done))


def test_v08_every_other_week_takes_half_the_hours(engine):
    weekly, biweekly = (log_of(world(review={"cadence_days": days}, deals=5), engine) for days in (7, 14))
    assert set(np.diff(np.unique(rows_of(biweekly, "reviewed").time)).tolist()) == {14.0}
    ratio = len(rows_of(biweekly, "reviewed")) / len(rows_of(weekly, "reviewed"))
    assert ratio == pytest.approx(0.5, abs=0.02)


def test_a_monday_that_is_free_is_made_up_on_the_next_working_day(engine):
    base = world(days=300).replace_all({
        "calendar.work_days": ["mon", "tue", "wed", "thu", "fri"], "calendar.holidays": "CN",
    })  # fmt: skip
    log = log_of(base, engine)
    working = working_days(START, 300, ("mon", "tue", "wed", "thu", "fri"), "CN")
    weeks = [
        [day for day in range(monday, min(monday + 7, 300)) if working[day]] for monday in range(4, 300, 7)
    ]
    expected = [week[0] for week in weeks if week]
    assert np.unique(rows_of(log, "reviewed").time).tolist() == [
        day for day in expected if listed_at(log, day)
    ]
    assert sum((day - 4) % 7 > 0 for day in expected) >= 3


def test_each_manager_has_his_own_reps_and_hours(engine):
    managers = ({"id": "chief", "weekly_hours": 40}, {"id": "head", "weekly_hours": 0.25})
    base = world(managers=managers, reps=4, deals=8, policies={"prospecting": {"every_days": 10, "hours": 1}})
    log = log_of(base, engine)
    done, left = rows_of(log, "reviewed"), rows_of(log, "not_reviewed")
    owner = Columns(log).owners_at(log.horizon)
    of = dict(zip(log.opportunities.opportunity.tolist(), owner.tolist(), strict=True))
    for part in (done, left):
        led = [log.names.people[p] for p in part.person.tolist()]
        assert led == [("chief", "chief", "head", "head")[of[n]] for n in part.opportunity.tolist()]
    assert {log.names.people[p] for p in set(left.person.tolist())} == {"head"}
    mine = done.where(done.person == log.names.people.index("head"))
    assert np.unique(mine.time, return_counts=True)[1].max() == 3  # a quarter of an hour, five minutes each
    named = base.replace_all({f"team.reps[{n}].manager": "chief" for n in range(4)})
    assert {log.names.people[p] for p in set(rows_of(log_of(named, engine), "reviewed").person.tolist())} == {
        "chief"
    }


def test_a_check_brings_a_rep_back_who_kept_away(engine):
    behaviour = {
        "touches": {"every_days": 7, "hours": 0.1},
        "stalls": {"upper": {"share": 1, "causes": {"rep_absent": 1}}, "factor": 4},
    }
    stages = [stage("a", days=20)]
    with_, without = (
        log_of(world(*stages, review={"rule": rule}, behaviour=behaviour), engine)
        for rule in ("weekly", "none")
    )
    touched = [int((log.tasks.event == CODE["touched"]).sum()) for log in (with_, without)]
    assert touched[1] == 0
    assert touched[0] > 100


def test_what_is_entered_late_comes_to_the_list_later(engine):
    log = log_of(world(behaviour={"reporting": {"entry_delay_days": 9}}), engine)
    checked = rows_of(log, "reviewed", view=TRUTH)
    born = dict(zip(log.opportunities.opportunity.tolist(), log.opportunities.created.tolist(), strict=True))
    ages = np.array(
        [time - born[n] for n, time in zip(checked.opportunity.tolist(), checked.time, strict=True)]
    )
    first = np.array([ages[checked.opportunity == n].min() for n in set(checked.opportunity.tolist())])
    assert 9 <= first.min() < 10
    assert first.max() < 16


def test_a_log_in_pieces_holds_the_managers_hours_too():
    scenario = world(review={"rule": "1-15-30"})
    whole = log_of(scenario, "compiled")
    pieces = [*stream(scenario, 1, 0, "compiled", rows=300)]
    assert len(pieces) > 3
    assert np.concatenate([piece.deals.value for piece in pieces]).tobytes() == whole.deals.value.tobytes()


def test_the_managers_hours_and_the_owners_survive_a_file(tmp_path):
    log = log_of(world(review={"rule": "1-15-30"}, reps=2, deals=4), "compiled")
    for name in ("log.parquet", "log.csv"):
        write_log(log, tmp_path / name)
        back = read_log(tmp_path / name)
        hours = [measure(one, measured=(0, 400))["manager_hours"][0] for one in (log, back)]
        assert hours[0] > 100
        assert hours[1] == pytest.approx(hours[0])
    assert set(as_of(log, 390)["owner"]) == {"rep-1", "rep-2"}


def test_a_manager_may_be_called_like_the_people_of_a_pool():
    pools = ({"id": "legal", "name": "legal", "people": 1, "weekly_hours": 7},)
    one = stage(hours=1, specialists=[{"pool": "legal", "hours": 1}])
    numbers = [
        measure(log_of(world(one, pools=pools, managers=({"id": name, "weekly_hours": 9},))))
        for name in ("legal-head", "chief")
    ]
    assert numbers[0]["utilisation.legal"] == numbers[1]["utilisation.legal"] > 0


# -- 1, 15, 30 --------------------------------------------------------------------------------


DEAD = {
    "stalls": {"upper": {"share": 0.3, "causes": {"undecided": 1}}},
    "silent": {"upper": 1, "middle": 1, "lower": 1, "discovery_weeks": 500},
}


def tracked(engine, days=700, deals=4.0, **review):
    endings = {"no_decision": 1, "lost": {}}
    stages = [
        stage(
            name, hours=0.1, days={"median": 25, "spread": 0.8}, advance=0.7, otherwise=endings, third=third
        )
        for name, third in (("a", "upper"), ("b", "middle"), ("c", "lower"))
    ]
    return log_of(
        world(*stages, review={"rule": "1-15-30", **review}, deals=deals, days=days, behaviour=DEAD), engine
    )


def stories(log):
    """Of each deal its rows in truth and report, in order: (day, event, reason, view)."""
    found = {}
    reasons = (*log.names.reasons, "")
    d = log.deals
    for number, time, event, reason, view in zip(
        *(getattr(d, c).tolist() for c in ("opportunity", "time", "event", "reason", "view")), strict=True
    ):
        found.setdefault(number, []).append((time, EVENTS[event], reasons[reason], view))
    return found


def worked(log):
    """Days on which an activity of a deal ended."""
    ended = log.tasks.where((log.tasks.event == CODE["task_ended"]) & (log.tasks.activity > 1))
    found = {}
    for number, time in zip(ended.opportunity.tolist(), ended.time.tolist(), strict=True):
        found.setdefault(number, []).append(time)
    return found


def test_v01_a_deal_without_progress_is_seen_again_on_day_15_and_judged_on_day_30(engine):
    log = tracked(engine)
    work, seen, judged = worked(log), 0, 0
    for number, story in stories(log).items():
        progress = [
            t for t, event, _, view in story if event in {"created", "ready", "advanced"} and view != REPORT
        ]
        progress += work.get(number, [])
        checks = [(t, reason) for t, event, reason, _ in story if event == "reviewed"]
        before, track = -1.0, None
        for day, reason in sorted(checks, key=lambda check: (check[0], check[1] == "weekly_check", check[1])):
            if reason == "second_check":
                assert track is not None
                assert day == track + 15
                seen += 1
            elif reason in {"continues", "kept", "dropped"}:
                assert track is not None
                assert day == track + 30
                assert (reason == "continues") == any(track <= t < day for t in progress)
                judged += 1
                track = None
            elif reason == "weekly_check":
                if track is None and not any(before <= t < day for t in progress):
                    track = day
                before = day
    assert seen > 300
    assert judged > 200
    assert violations(log) == []


def test_v01_the_days_fall_on_working_days(engine):
    """A track opens on a Monday, so day 15 is a Tuesday and day 30 a Wednesday, which may be free in China."""
    base = world(stage("a", days=600), review={"rule": "1-15-30"}, deals=3, days=300).replace_all({
        "calendar.work_days": ["mon", "tue", "wed", "thu", "fri"], "calendar.holidays": "CN",
    })  # fmt: skip
    log = log_of(base, engine)
    for reason, usual in (("second_check", 1), ("kept", 2)):
        days = [START + timedelta(days=int(t)) for t in np.unique(rows_of(log, "reviewed", reason).time)]
        assert {day.weekday() for day in days} <= {0, 1, 2, 3, 4}
        assert sum(day.weekday() == usual for day in days) > len(days) / 2


def test_v01_at_the_verdict_dead_and_living_deals_are_dropped_at_their_shares(engine):
    log = tracked(engine, deals=10, days=900)
    died = dict(
        zip(*(getattr(rows_of(log, "died"), c).tolist() for c in ("opportunity", "time")), strict=True)
    )
    result = {True: [], False: []}
    for reason in ("kept", "dropped"):
        part = rows_of(log, "reviewed", reason)
        for number, time in zip(part.opportunity.tolist(), part.time.tolist(), strict=True):
            result[died.get(number, np.inf) <= time].append(reason == "dropped")
    for dead, share in ((True, 0.75), (False, 0.06)):
        got = np.array(result[dead])
        assert got.size > 100
        z = (got.mean() - share) / np.sqrt(share * (1 - share) / got.size)
        assert abs(z) < 4, f"{got.mean():.3f} of {got.size}, {share} expected"
    false = rows_of(log, "no_decision", "dropped", BOTH)
    assert len(false) == sum(result[False]) == measure(log, measured=(0, log.horizon))["false_drops"][0]
    numbers = measure(log, measured=(0, log.horizon))
    assert numbers["dropped"][0] == sum(result[True]) + sum(result[False])


def test_v01_weekly_and_second_checks_drop_nothing(engine):
    log = tracked(engine)
    dropped = rows_of(log, "no_decision", "dropped")
    verdicts = rows_of(log, "reviewed", "dropped")
    keys = [
        list(zip(part.opportunity.tolist(), part.time.tolist(), strict=True)) for part in (dropped, verdicts)
    ]
    assert keys[0] == keys[1]
    assert keys[0]
    closed = dict(keys[0])
    later = rows_of(log, "reviewed")
    late = [
        n for n, t in zip(later.opportunity.tolist(), later.time, strict=True) if t > closed.get(n, np.inf)
    ]
    assert not late


def test_v01_taken_at_its_word_a_deal_without_progress_is_out(engine):
    log = tracked(engine, verdict="no_progress_out")
    results = {log.names.reasons[r] for r in set(rows_of(log, "reviewed").reason.tolist())}
    assert "dropped" in results
    assert "kept" not in results
    assert measure(log)["false_drops"][0] > measure(tracked(engine))["false_drops"][0]


def test_v01_all_deals_may_be_tracked_as_the_article_has_it(engine):
    """Every deal that is still open 15 days after its first check is seen again on that day."""
    log = tracked(engine, tracks="all")
    checks, second = rows_of(log, "reviewed", "weekly_check"), rows_of(log, "reviewed", "second_check")
    first = dict(zip(checks.opportunity[::-1].tolist(), checks.time[::-1].tolist(), strict=True))
    still = {day: set(listed_at(log, day + 15)) for day in set(first.values()) if day + 15 < log.horizon}
    due = {(n, day + 15) for n, day in first.items() if n in still.get(day, ())}
    assert due <= set(zip(second.opportunity.tolist(), second.time.tolist(), strict=True))
    assert len(due) > 200


def test_v01_what_does_not_fit_waits_for_the_next_week(engine):
    """An hour a week is two verdicts of half an hour; what else is due waits."""
    managers = ({"id": "chief", "weekly_hours": 1},)
    review = {"rule": "1-15-30", "minutes": 0, "second_minutes": 0, "verdict_minutes": 30}
    log = log_of(world(stage("a", days=600), review=review, managers=managers, deals=3, days=200), engine)
    late = rows_of(log, "not_reviewed", "verdict")
    assert len(late) > 20
    spent = rows_of(log, "reviewed")
    week = np.floor((spent.time - FIRST_MONDAY) / 7)
    hours = np.bincount(week.astype(int), spent.value)
    assert hours.max() <= 1 + 1e-9
    verdicts = [rows_of(log, "reviewed", r) for r in ("kept", "dropped", "continues")]
    judged = {(n, t) for v in verdicts for n, t in zip(v.opportunity.tolist(), v.time.tolist(), strict=True)}
    waited = [(n, t) for n, t in judged if (t - FIRST_MONDAY) % 7 == 0]
    assert waited
    assert {n for n, _ in waited} <= set(late.opportunity.tolist())


def test_v01_on_the_default_company_the_report_is_nearer_to_the_truth():
    """Zombies and the bias of the forecast with and without; what it does to bookings is reported, not asserted."""
    base = load("industrial_8x8")
    logs = [
        log_of(base.replace("policies.review.rule", rule), replications=25) for rule in ("none", "1-15-30")
    ]
    zombies = [measure(log)["zombie_share"] for log in logs]
    assert (zombies[1] - zombies[0]).mean() < -0.1
    bias = [np.nanmean(measure(log, REPORT)["forecast_bias"]) for log in logs]
    assert bias[1] < bias[0]
    drops = measure(logs[1])
    assert drops["dropped"].mean() > drops["false_drops"].mean() > 0


# -- audits -------------------------------------------------------------------------------------


def audited(engine, share, replications=1, **more):
    reporting = {"hiding_reps_share": 1, "hidden_share": 0.5}
    scenario = world(
        stage("a", days=120), deals=5, review={"rule": "none"}, behaviour={"reporting": reporting},
        policies={"audits": {"weekly_share": share, "minutes": 12}}, **more,
    )  # fmt: skip
    return log_of(scenario, engine, replications=replications)


def test_q05_detection_rises_with_the_share_of_deals_that_are_audited(engine):
    found, hours = [], []
    for share in (0.0, 0.02, 0.1, 0.5, 1.0):
        log = audited(engine, share)
        numbers = measure(log)
        found.append(int(numbers["found_by_audits"][0]))
        hours.append(numbers["manager_hours"][0])
        assert hours[-1] == pytest.approx(len(rows_of(log, "audited")) * 12 / 60)
        assert violations(log) == []
    assert found[0] == 0
    assert hours[0] == 0
    assert found == sorted(set(found))
    assert hours == sorted(set(hours))


def test_q05_each_open_deal_is_looked_at_with_the_share_a_week(engine):
    log = audited(engine, 0.1, replications=3)
    mondays = np.arange(FIRST_MONDAY, log.horizon, 7)
    born = log.opportunities.created
    looks = sum(((born < day) & (born + 120 > day)).sum() for day in mondays)
    seen = len(rows_of(log, "audited"))
    assert abs(seen - 0.1 * looks) < 4 * np.sqrt(looks * 0.1 * 0.9), f"{seen} of {looks}"


def test_q05_a_hidden_deal_that_is_found_is_listed_from_then_on(engine):
    log = audited(engine, 0.2)
    found = rows_of(log, "audited", "unlisted")
    report = log.view(REPORT).deals
    for number, time in zip(found.opportunity.tolist(), found.time.tolist(), strict=True):
        mine = report.where(report.opportunity == number)
        assert [EVENTS[e] for e in mine.event[:4]] == ["created", "registered", "entered", "audited"]
        assert set(mine.time[:4].tolist()) == {time}
    hidden = set(rows_of(log, "created", view=TRUTH).opportunity.tolist())
    assert set(found.opportunity.tolist()) <= hidden
    assert not set(rows_of(log, "audited", "in_order").opportunity.tolist()) & (
        hidden - set(found.opportunity.tolist())
    )


def test_q05_audits_take_hours_that_are_there_and_no_more(engine):
    log = audited(engine, 1.0, managers=({"id": "chief", "weekly_hours": 1},))
    done = rows_of(log, "audited")
    assert np.unique(done.time, return_counts=True)[1].max() == 5
    assert len(rows_of(log, "not_reviewed", "audit")) > 100


# -- off is off -------------------------------------------------------------------------------


def test_a_neutral_value_changes_no_byte(engine):
    base = company(stage("a", hours=1, days=10, advance=0.6), managers=CHIEF)
    neutral = base.replace_all({
        "policies.review": {"rule": "none", "minutes": 50, "top": 1}, "policies.audits.minutes": 90,
        "policies.remedies.hours": 9, "behaviour.judgement.live_dropped": 1, "behaviour.remedies.matched_factor": 0,
        "team.managers": [{"id": "chief", "weekly_hours": 1}, {"id": "head", "weekly_hours": 1}],
        "team.reps[0].manager": "head",
    })  # fmt: skip
    one, two = log_of(base, engine), log_of(neutral, engine)
    for table in ("deals", "tasks"):
        for column in vars(getattr(one, table)):
            mine, theirs = (getattr(getattr(log, table), column) for log in (one, two))
            assert mine.tobytes() == theirs.tobytes()
    assert one.names == two.names


def test_a_review_changes_nobodys_luck(engine):
    """Checks that find nothing to do leave the life of every deal as it was."""
    base = world(stage("a", hours=1, days=10, advance=0.6), review={"rule": "none"})
    one, two = (log_of(base.replace("policies.review.rule", rule), engine) for rule in ("none", "weekly"))
    lived = two.deals.where(~np.isin(two.deals.event, [CODE["reviewed"]]))
    assert lived.time.tobytes() == one.deals.time.tobytes()
    assert two.tasks.time.tobytes() == one.tasks.time.tobytes()


def test_a_change_of_the_rule_on_a_date_touches_nothing_before(engine):
    base = world(review={"rule": "none"})
    day = (START + timedelta(days=201)).isoformat()
    changed = base.replace("interventions", [{"date": day, "set": {"policies.review.rule": "1-15-30"}}])
    one, two = log_of(base, engine), log_of(changed, engine)
    before = [log.deals.where(log.deals.time < 201) for log in (one, two)]
    assert before[0].time.tobytes() == before[1].time.tobytes()
    assert rows_of(two, "reviewed").time.min() == 207


@pytest.mark.parametrize(
    "change",
    [
        {"policies.review.rule": "weekly"},
        {"policies.audits.weekly_share": 0.1},
        {"policies.remedies.on": True},
    ],
)
def test_nobody_reviews_where_nobody_leads(change):
    with pytest.raises(ScenarioError, match="nobody leads the reps"):
        company(stage("a")).replace_all(change)


def test_a_rep_is_led_by_somebody_who_is_there():
    with pytest.raises(ScenarioError, match="'cheif' is no manager here"):
        world().replace("team.reps[0].manager", "cheif")


def test_the_verdict_comes_after_the_second_check():
    with pytest.raises(ScenarioError, match="the second check comes after 40"):
        world(review={"rule": "1-15-30", "second_days": 40})
