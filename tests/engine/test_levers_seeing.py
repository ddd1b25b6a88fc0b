"""Levers of seeing and standards: what each moves, what it costs, what stays as it was. Small stories."""

import numpy as np
import pytest
from logs import rows_of
from worlds import company, stage

from funnelsim.engine.run import ENGINES, simulate
from funnelsim.history.log import BOTH, CODE, ENDS, REPORT, TRUTH
from funnelsim.scenario.files import load
from funnelsim.study.flips import flips
from funnelsim.study.metrics import measure, weights_of

ADVANCED, EVIDENCE = CODE["advanced"], CODE["evidence_missing"]


@pytest.fixture(params=[name for name in ENGINES if name != "auto"])
def engine(request):
    return request.param


def told(scenario, engine, replications=1, seed=1):
    return simulate(scenario, seed, replications, engine=engine).log


def tasks(log, event, activity=None):
    mask = log.tasks.event == CODE[event]
    if activity is not None:
        mask &= log.tasks.activity == log.names.activities.index(activity)
    return log.tasks.where(mask)


def same(one, other):
    """Whether two logs are the same, to the byte, names included."""
    parts = ("deals", "tasks", "opportunities")
    return one.names == other.names and all(
        column.tobytes() == vars(getattr(other, part))[name].tobytes()
        for part in parts
        for name, column in vars(getattr(one, part)).items()
    )


def is_share(found, share, n):
    return abs(found - share) < 4 * np.sqrt(share * (1 - share) / n)


def born(log):
    """Day each opportunity was created, by number."""
    return dict(zip(log.opportunities.opportunity.tolist(), log.opportunities.created.tolist(), strict=True))


# -- P02, P05: gates ask for evidence -----------------------------------------------------------

PAPERS = [{"id": "mail", "name": "mail", "activity": "call"}, {"id": "minutes", "name": "minutes"}]
CALLS = [
    {"id": "call", "name": "call", "hours_share": 0.25},
    {"id": "visit", "name": "visit", "hours_share": 0.75},
]


def gated(missing=0.4, on=True, deals=2.0, days=400, hours=70, **more):
    stages = [
        stage(name, hours=4, days=10, advance=0.8, third=third, evidence=PAPERS, activities=CALLS)
        for name, third in (("a", "upper"), ("b", "middle"), ("c", "lower"))
    ]
    behaviour = {"evidence_missing_share": missing, **more.pop("behaviour", {})}
    policies = {"gates": {"on": on, "repeat_days": 5}, **more.pop("policies", {})}
    return company(
        *stages, weekly_deals=deals, days=days, hours=hours, behaviour=behaviour, policies=policies, **more
    )


def test_p05_without_its_evidence_a_deal_stays_and_the_activity_is_done_again(engine):
    log = told(gated(), engine)
    seen = rows_of(log, "evidence_missing")
    assert len(seen) > 50
    names, done = log.names, tasks(log, "task_ended")
    leaves = log.deals.where(np.isin(log.deals.event, [ADVANCED, *ENDS]))
    for number, at, time, reason in zip(seen.opportunity, seen.stage, seen.time, seen.reason, strict=True):
        if time + 5 + 4 / 10 >= log.horizon:
            continue
        after = leaves.time[(leaves.opportunity == number) & (leaves.stage == at)]
        assert after.size == 0 or after[0] >= time + 5
        again = names.activities.index(
            f"{names.stages[at]}.{'call' if names.reasons[reason] == 'mail' else 'visit'}"
        )
        mine = (done.opportunity == number) & (done.activity == again) & (done.time >= time + 5)
        hours = done.value[mine & (done.time < time + 9)]
        assert hours.tolist() == [1.0 if names.reasons[reason] == "mail" else 3.0]


def test_p02_a_gate_opens_only_when_all_evidence_is_there(engine):
    """Each item is missing with .4 at each attempt, so a visit has 2 x .4 / .6 failed looks on average."""
    log = told(gated(deals=8, days=900, hours=7000), engine)
    left = log.deals.where(np.isin(log.deals.event, [ADVANCED, *ENDS]))
    key = set(zip(left.opportunity.tolist(), left.stage.tolist(), strict=True))
    seen = rows_of(log, "evidence_missing")
    failed = sum((n, s) in key for n, s in zip(seen.opportunity.tolist(), seen.stage.tolist(), strict=True))
    mean, spread = 2 * 0.4 / 0.6, np.sqrt(2 * 0.4) / 0.6
    assert abs(failed / len(key) - mean) < 4 * spread / np.sqrt(len(key))
    never = told(gated(missing=1), engine)
    assert not np.isin(never.deals.event, [ADVANCED, *ENDS]).any()
    assert len(rows_of(never, "evidence_missing")) > len(never.opportunities)


def test_p02_with_gates_the_report_is_where_the_deal_is(engine):
    logs = [
        told(gated(behaviour={"reporting": {"inflated_share": share, "shifted_share": share / 2,
                                            "entry_error_share": share}}), engine)
        for share in (0, 0.25, 0.5)
    ]  # fmt: skip
    assert same(logs[0], logs[1])
    assert same(logs[0], logs[2])
    assert set(logs[2].deals.view.tolist()) == {BOTH}
    assert measure(logs[2], names=["stage_error_share"])["stage_error_share"][0] == 0


def test_p02_inflation_moves_the_forecast_only_without_gates(engine):
    base = load("industrial_8x8").replace("behaviour.reporting.shifted_share", 0)
    found = {}
    for on in (False, True):
        for share in (0, 0.25, 0.5):
            plan = base.replace_all({"policies.gates.on": on, "behaviour.reporting.inflated_share": share})
            numbers = measure(told(plan, engine, 2), REPORT, weights_of(plan),
                              names=["forecast_bias", "stage_error_share", "bookings"])  # fmt: skip
            found[on, share] = {name: values.mean() for name, values in numbers.items()}
    off = [found[False, share]["forecast_bias"] for share in (0, 0.25, 0.5)]
    assert off[0] < off[1] < off[2]
    errors = [found[False, share]["stage_error_share"] for share in (0, 0.25, 0.5)]
    assert errors[0] == 0 < errors[1] < errors[2]
    assert found[True, 0] == found[True, 0.25] == found[True, 0.5]
    # seeing better sells nothing: the hidden deals' wins stand in the report too
    assert found[False, 0]["bookings"] == found[False, 0.25]["bookings"] == found[False, 0.5]["bookings"]


def test_p02_only_the_stages_named_are_gated(engine):
    log = told(gated(policies={"gates": {"on": True, "stages": ["b"]}},
                     behaviour={"reporting": {"inflated_share": 1}}), engine)  # fmt: skip
    assert {log.names.stages[s] for s in set(rows_of(log, "evidence_missing").stage.tolist())} == {"b"}
    first = int(rows_of(log, "won").opportunity[0])
    shown = log.view(REPORT).deals
    entered = shown.where((shown.opportunity == first) & (shown.event == CODE["entered"])).stage
    assert entered.tolist() == [1, 2]  # a is shown as b, b as b, c as c: nothing lies beyond


# -- P03: key selling activities -----------------------------------------------------------------


def standard(compliance, deals=6.0, skip=-1.0, **more):
    acts = [{"id": name, "name": name, "skip_logit": skip} for name in ("call", "visit")]
    one = stage("a", hours=2, days=5, advance=0.8, activities=acts)
    return company(
        one, weekly_deals=deals, days=700, hours=700,
        policies={"activities": {"compliance": compliance}, **more.pop("policies", {})}, **more,
    )  # fmt: skip


def test_p03_an_activity_left_out_saves_its_hours_and_costs_its_logit(engine):
    log = told(standard(0.5, deals=20), engine)
    left_out = tasks(log, "task_skipped")
    assert set(left_out.value.tolist()) == {1.0}
    count = np.bincount(left_out.opportunity, minlength=log.opportunities.opportunity.max() + 1)
    for times in (0, 1, 2):
        mine = set(np.flatnonzero(count == times).tolist()) & set(born(log))
        ended = [
            n
            for n in rows_of(log, "won").opportunity.tolist() + rows_of(log, "lost").opportunity.tolist()
            if n in mine
        ]
        won = sum(n in mine for n in rows_of(log, "won").opportunity.tolist())
        share = 1 / (1 + np.exp(-(np.log(4) - times)))
        assert is_share(won / len(ended), share, len(ended)), times
    worked = tasks(log, "task_ended")
    ended = set(rows_of(log, "won").opportunity.tolist() + rows_of(log, "lost").opportunity.tolist())
    assert {int(count[n]) + (worked.opportunity == n).sum() for n in list(ended)[:200]} == {2}
    assert is_share(len(left_out) / (2 * len(ended)), 0.5, 2 * len(ended))


def test_p03_compliance_is_done_by_required(engine):
    log = told(standard(0.7, skip=0.0, deals=20), engine)
    found = measure(log, names=["ksa_compliance"])["ksa_compliance"][0]
    assert is_share(found, 0.7, 2 * len(rows_of(log, "won")))


def test_p03_who_keeps_to_more_activities_leaves_out_fewer_of_the_same(engine):
    few, many = (tasks(told(standard(share), engine), "task_skipped") for share in (0.8, 0.4))
    kept = [set(zip(t.opportunity.tolist(), t.activity.tolist(), strict=True)) for t in (few, many)]
    assert kept[0] < kept[1]


def test_p03_deals_of_which_nothing_was_left_out_end_as_they_did(engine):
    strict, loose = (told(standard(share), engine) for share in (1.0, 0.5))
    touched = set(tasks(loose, "task_skipped").opportunity.tolist())
    stories = [[log.told(n) for n in born(log) if n not in touched][:40] for log in (strict, loose)]
    assert stories[0] == stories[1]


# -- Q06: surprises ---------------------------------------------------------------------------------


def hiders(reps=2, **surprise):
    return company(
        stage("a", days=20), weekly_deals=6, days=600, reps=reps, hours=70,
        policies={"surprise": surprise},
        behaviour={"reporting": {"hiding_reps_share": 1, "hidden_share": 0.5}},
    )  # fmt: skip


def hidden(log):
    return set(rows_of(log, "created", view=TRUTH).opportunity.tolist())


def test_q06_an_announced_surprise_makes_the_others_hide_less_from_that_day(engine):
    silent = told(hiders(rule="on", announced=False), engine)
    loud = told(hiders(rule="on", deterrence_share=0.3), engine)
    first = rows_of(silent, "registered", view=REPORT).time.min()
    assert hidden(loud) < hidden(silent)
    days = born(loud)
    assert {n for n in hidden(silent) if days[n] < first} <= hidden(loud)
    assert len(hidden(loud)) < len(hidden(silent)) / 2  # many surprises, each takes 30 % of what is left
    # truth is untouched: whoever hides sells as much
    ends = [{(n, t) for n, t in zip(r.opportunity.tolist(), r.time.tolist(), strict=True)}
            for r in (rows_of(log.view(TRUTH), "won") for log in (silent, loud))]  # fmt: skip
    assert ends[0] == ends[1]


def test_q06_full_deterrence_stops_all_others_at_the_first_surprise(engine):
    log = told(hiders(rule="on", deterrence_share=1), engine)
    surprises = rows_of(log, "registered", view=REPORT)
    first, who = surprises.time[0], int(surprises.person[0])
    days, owner = (
        born(log),
        dict(zip(rows_of(log, "created").opportunity, rows_of(log, "created").person, strict=True)),
    )
    later = [n for n in hidden(log) if days[n] > first]
    assert all(owner[n] == who for n in later)


def test_q06_nobody_else_to_deter_and_rules_that_are_off_change_no_byte(engine):
    assert same(told(hiders(1), engine), told(hiders(1, rule="on", deterrence_share=0.9), engine))
    assert same(told(hiders(), engine), told(hiders(rule="on", announced=False), engine))
    assert same(told(hiders(), engine), told(hiders(deterrence_share=0.9), engine))


# -- P10: registration and collision ---------------------------------------------------------------------


def covered(collision=0.4, required=False, reps=3, hidden_share=0.0, **registration):
    return company(
        stage("a", hours=3, days=20), weekly_deals=5, days=500, reps=reps, hours=70,
        policies={"registration": {"required": required, **registration}},
        behaviour={"collision_share": collision,
                   "reporting": {"hiding_reps_share": 1, "hidden_share": hidden_share}},
    )  # fmt: skip


def test_p10_without_registration_two_reps_pursue_one_customer(engine):
    log = told(covered(), engine)
    twice = rows_of(log, "collided")
    assert is_share(len(twice) / len(log.opportunities), 0.4, len(log.opportunities))
    owner = dict(zip(rows_of(log, "created").opportunity, rows_of(log, "created").person, strict=True))
    assert all(owner[n] != rep for n, rep in zip(twice.opportunity, twice.person, strict=True))
    assert set(twice.person.tolist()) == {0, 1, 2}
    work = tasks(log, "task_queued", "collision")
    assert set(work.value.tolist()) == {3.0}
    assert sorted(work.opportunity.tolist()) == sorted(twice.opportunity.tolist())
    found = measure(log, names=["collisions", "collision_hours"])
    assert found["collisions"][0] == len(twice)
    assert found["collision_hours"][0] == pytest.approx(
        tasks(log, "task_ended", "collision").value.sum(), abs=6
    )


def test_p10_with_registration_none_collide_but_the_hidden(engine):
    assert not len(rows_of(told(covered(required=True), engine), "collided"))
    log = told(covered(required=True, hidden_share=0.5), engine)
    assert set(rows_of(log, "collided").opportunity.tolist()) < hidden(log)
    assert not len(rows_of(told(covered(reps=1), engine), "collided"))


def test_p10_a_deal_is_registered_and_approved_before_any_work(engine):
    log = told(
        covered(required=True, hours=0.5, approval_days=4, refused_share=0.25, hidden_share=0.2), engine
    )
    papers, days = tasks(log, "task_ended", "registration"), born(log)
    assert set(papers.value.tolist()) == {0.5}
    assert not set(papers.opportunity.tolist()) & hidden(log)
    done = dict(zip(papers.opportunity.tolist(), papers.time.tolist(), strict=True))
    assert set(done) == {n for n in days if n not in hidden(log) and n in done}
    work = tasks(log, "task_queued", "a.work")
    begun = dict(zip(work.opportunity.tolist(), work.time.tolist(), strict=True))
    for number, time in done.items():
        if number in begun:
            assert begun[number] == pytest.approx(time + 4)
    for number in hidden(log):
        assert begun[number] == days[number]
    told_no = rows_of(log, "lost")
    refused = {int(n) for n in told_no.opportunity[told_no.reason == log.names.reasons.index("refused")]}
    assert not refused & set(begun)
    judged = [n for n, time in done.items() if time + 4 < log.horizon]
    assert is_share(len(refused) / len(judged), 0.25, len(judged))
    assert len(rows_of(log, "registered", view=BOTH)) == len(judged) - len(refused)
    assert set(told_no.view.tolist()) == {BOTH}
    spent = measure(log, names=["filing_hours"])["filing_hours"][0]
    assert spent == pytest.approx(0.5 * len(papers), abs=1)


# -- V07: reminders -------------------------------------------------------------------------------------------


def standing(after=0.5, deals=0.3, stages=1, **reminders):
    steps = [stage(name, days=100, third=third) for name, third in (("a", "upper"), ("b", "middle"))[:stages]]
    return company(
        *steps, weekly_deals=deals, days=700, hours=70,
        policies={"reminders": {"after": after, **reminders}},
        behaviour={"touches": {"every_days": None, "hours": 1}},
    )  # fmt: skip


def test_v07_a_reminder_fires_exactly_when_a_stay_is_too_long(engine):
    log = told(standing(stages=2), engine)
    entered, seen = rows_of(log, "entered"), rows_of(log, "reminded")
    wanted = {(n, s, t + 50) for n, s, t in zip(entered.opportunity, entered.stage, entered.time, strict=True)
              if t + 50 < log.horizon}  # fmt: skip
    assert set(zip(seen.opportunity, seen.stage, seen.time, strict=True)) == wanted
    assert not len(rows_of(told(standing(after=1.5), engine), "reminded"))


def test_v07_who_responds_calls_at_once_and_an_absent_rep_is_back(engine):
    log = told(standing(), engine)
    seen, called = rows_of(log, "reminded"), tasks(log, "task_queued", "touch")
    assert list(zip(seen.opportunity, seen.time, strict=True)) == list(
        zip(called.opportunity, called.time, strict=True)
    )
    away = {"stalls": {"upper": {"share": 1, "causes": {"rep_absent": 1}}, "factor": 2},
            "touches": {"every_days": 10, "hours": 0.1}}  # fmt: skip
    plan = standing().replace("behaviour", away)
    log = told(plan, engine)
    days = born(log)
    at = [
        t - days[n]
        for n, t in zip(tasks(log, "touched").opportunity.tolist(), tasks(log, "touched").time, strict=True)
    ]
    assert min(at) > 50
    assert max(at) > 100  # touches go on after the first
    assert not len(tasks(told(plan.replace("policies.reminders.after", None), engine), "touched"))


def test_v07_too_many_reminders_are_taken_less_seriously(engine):
    def answered(most):
        log = told(standing(deals=20, most_weekly=most, response=0.5), engine)
        return len(rows_of(log, "reminded")), len(tasks(log, "task_queued", "touch")), log

    all_of_them, half, log = answered(None)
    assert is_share(half / all_of_them, 0.5, all_of_them)
    week = (rows_of(log, "reminded").time // 7).astype(int)
    many = np.bincount(week)
    chance = [0.5 * min(1, 3 / k) for n in many for k in range(1, n + 1)]
    _, few, _ = answered(3)
    assert abs(few - sum(chance)) < 4 * np.sqrt(sum(p * (1 - p) for p in chance))
    assert few < half


def test_v07_reminders_to_managers_are_left_to_them(engine):
    plan = (
        standing()
        .replace("team.managers", [{"id": "boss"}])
        .replace("policies.reminders.recipient", "manager")
    )
    log = told(plan, engine)
    assert len(rows_of(log, "reminded"))
    assert not len(tasks(log, "task_queued", "touch"))


# -- P15: customer files ------------------------------------------------------------------------------------------


def test_p15_what_is_not_on_file_hides_signals(engine):
    stalls = {
        "upper": {"share": 1, "causes": {"dilemma": 1}},
        "factor": 3,
        "signals": {"dilemma": {"late": 0.8}},
    }
    base = company(
        stage("a", days=10), weekly_deals=20, days=400, hours=70,
        behaviour={"stalls": stalls, "files_completeness": 0.5},
    )  # fmt: skip
    for hours, complete in ((0, 0.5), (1, 0.75)):
        log = told(base.replace("policies.files_hours", hours), engine)
        shown = rows_of(log, "stalled", view=REPORT)
        assert is_share((shown.reason >= 0).mean(), 0.8 * complete, len(shown)), hours
        if hours:
            files = tasks(log, "task_queued", "files")
            assert files.opportunity.tolist() == rows_of(log, "created").opportunity.tolist()
            assert set(files.value.tolist()) == {1.0}


def leaving(completeness=1.0, **loss):
    stages = [stage(name, days=60, third=third)
              for name, third in (("a", "upper"), ("b", "middle"), ("c", "lower"))]  # fmt: skip
    plan = company(
        *stages, weekly_deals=60, days=300, reps=2, hours=70,
        behaviour={"handover_loss": loss, "files_completeness": completeness},
    )  # fmt: skip
    return plan.replace("team.reps[0].leaves", "2026-08-01")


@pytest.mark.parametrize("complete", [1.0, 0.25])
def test_p15_deals_go_with_the_rep_by_third_more_of_them_without_files(engine, complete):
    shares = {"upper": 0.15, "middle": 0.32, "lower": 0.4}
    log = told(leaving(complete, **shares), engine)
    over, lost = rows_of(log, "owner_changed"), rows_of(log, "lost")
    lost = lost.where(lost.reason == log.names.reasons.index("left_with_rep"))
    day = float(over.time[0])
    assert set(lost.time.tolist()) == {day}
    entered = rows_of(log, "entered")
    stand = {}
    for n, s, t in zip(entered.opportunity.tolist(), entered.stage.tolist(), entered.time, strict=True):
        if t < day:
            stand[n] = s
    for third, share in enumerate(shares.values()):
        mine = {n for n in over.opportunity.tolist() if stand[n] == third}
        gone = mine & set(lost.opportunity.tolist())
        assert is_share(len(gone) / len(mine), min(1, share * (2 - complete)), len(mine))
    amount = measure(log, names=["handover_loss"])["handover_loss"][0]
    assert amount == 1000 * len(lost)
    after = log.tasks.where(np.isin(log.tasks.opportunity, lost.opportunity) & (log.tasks.time > day))
    assert not len(after.where(after.event != CODE["task_ended"]))


def test_p15_flips_say_whom_a_leaver_took_along(engine):
    logs = [told(leaving(**({} if loss is None else {"lower": loss})), engine) for loss in (None, 0.5)]
    found = flips(*logs)
    bookings = [measure(log, names=["bookings"])["bookings"][0] for log in logs]
    assert found.difference.sum() == bookings[1] - bookings[0] < 0
    assert set(found.deals["reason_other"]) == {"left_with_rep"}


# -- Q04: hiding and shifting ---------------------------------------------------------------------------------------


def weighted(log, view, deals=None):
    """Nominal weighted value of the deals open at the end, of some of them by id."""
    kept = log
    if deals is not None:
        mask = np.isin(log.deals.opportunity, list(deals)) | (log.deals.opportunity < 0)
        kept = type(log)(**{**vars(log), "deals": log.deals.where(mask)})
    return measure(kept, view, names=["weighted_nominal"])["weighted_nominal"][0]


def truths(log):
    deals = log.view(TRUTH).deals
    return [deals.time.tolist(), deals.event.tolist(), deals.opportunity.tolist(), log.tasks.time.tolist()]


def test_q04_hidden_deals_cut_the_weighted_quota_by_their_share_and_no_booking(engine):
    base = load("industrial_8x8").replace_all({
        "behaviour.reporting.hiding_reps_share": 1, "behaviour.reporting.hidden_share": 0,
    })  # fmt: skip
    shares = []
    for seed in range(4):
        open_book, hides = (
            told(plan, engine, seed=seed)
            for plan in (base, base.replace("behaviour.reporting.hidden_share", 0.3))
        )
        assert truths(open_book) == truths(hides)
        listed = set(born(hides)) - hidden(hides)
        assert weighted(hides, REPORT) == weighted(open_book, REPORT, listed)
        shares.append(1 - weighted(hides, REPORT) / weighted(open_book, REPORT))
        bookings = [measure(log, view, names=["bookings"])["bookings"][0]
                    for log in (open_book, hides) for view in (TRUTH, REPORT)]  # fmt: skip
        assert len(set(bookings)) == 1  # who is won is listed, at the latest then
    assert 0.15 < np.mean(shares) < 0.45


def test_q04_a_lower_position_cuts_the_weighted_quota_and_no_booking(engine):
    base = load("industrial_8x8").replace_all({
        "behaviour.reporting.hidden_share": 0, "behaviour.reporting.inflated_share": 0,
    })  # fmt: skip
    upright, low = (
        told(plan, engine) for plan in (base, base.replace("behaviour.reporting.shifted_share", 0.3))
    )
    assert truths(upright) == truths(low)
    assert weighted(low, REPORT) < weighted(upright, REPORT)


def test_q04_where_the_report_decides_who_takes_over_hiding_may_move_bookings(engine):
    """A leaver's deals go to whoever has fewest in the report: hidden ones do not count, so others inherit."""
    base = load("industrial_8x8").replace_all({
        "team.reps[3].leaves": "2026-02-02", "behaviour.reporting.hiding_reps_share": 0.5,
        "behaviour.reporting.hidden_share": 0,
    })  # fmt: skip
    logs = [told(base.replace("behaviour.reporting.hidden_share", share), engine, 3) for share in (0, 0.3)]
    heirs = [rows_of(log.view(TRUTH), "owner_changed") for log in logs]
    assert heirs[0].opportunity.tolist() == heirs[1].opportunity.tolist()
    assert heirs[0].person.tolist() != heirs[1].person.tolist()
    day = float(heirs[0].time[0])
    before = [deals.time[deals.time < day].tolist() for deals in (log.view(TRUTH).deals for log in logs)]
    assert before[0] == before[1]
    assert flips(*logs).difference.tolist() == [
        b - a
        for a, b in zip(*(measure(log, names=["bookings"])["bookings"].tolist() for log in logs), strict=True)
    ]


# -- neutral --------------------------------------------------------------------------------------------------------

NEUTRAL = {
    "policies.gates": {"on": False, "stages": ["visit"], "repeat_days": 3},
    "behaviour.evidence_missing_share": 0.9,
    "stages[0].activities[0].skip_logit": -3,
    "policies.registration": {"required": False, "hours": 9, "approval_days": 9, "refused_share": 0.9},
    "policies.surprise": {"rule": "off", "deterrence_share": 1},
    "policies.commission_share": 0.5,
    "policies.reminders": {"after": None, "most_weekly": 1, "response": 0},
    "behaviour.handover_loss": {"upper": 0},
}


@pytest.mark.parametrize("path", list(NEUTRAL))
def test_a_neutral_value_changes_no_byte(engine, path):
    base = load("industrial_8x8")
    assert same(told(base, engine), told(base.replace(path, NEUTRAL[path]), engine))
