"""A process that is written down, and coaching: what each does, what it costs, what it leaves alone."""

from datetime import timedelta

import numpy as np
import pytest
from logs import log_of, rows_of
from scipy import special
from worlds import START, company, stage

from funnelsim.engine import rules
from funnelsim.engine.cures import leaving_factor
from funnelsim.engine.draws import draw
from funnelsim.engine.reference import Company
from funnelsim.engine.run import ENGINES, simulate, tables_of
from funnelsim.errors import ScenarioError
from funnelsim.history.log import CODE
from funnelsim.scenario.files import load
from funnelsim.study.conservation import violations
from funnelsim.study.metrics import measure


@pytest.fixture(params=[name for name in ENGINES if name != "auto"])
def engine(request):
    return request.param


def is_same(one, two):
    """Whether two logs are the same to the byte."""
    return all(
        mine.tobytes() == other.tobytes()
        for table in ("deals", "tasks", "opportunities")
        for mine, other in zip(vars(getattr(one, table)).values(), vars(getattr(two, table)).values(), strict=True)
    )  # fmt: skip


# -- a process that is written down -----------------------------------------------------------------------


def plain(**more):
    """Two stages, four reps of known skill, one of them new, and one who leaves."""
    base = company(
        stage("a", hours=2, days=3, advance=0.5), stage("b", hours=2, days=3, advance=0.5, third="middle"),
        weekly_deals=12, days=360, reps=4, hours=70, behaviour={"handover_loss": {"upper": 0.5, "middle": 0.5}},
    )  # fmt: skip
    skills = {f"team.reps[{n}].skill_logit": skill for n, skill in enumerate((-1.0, -0.4, 0.4, 1.0))}
    return base.replace_all({**skills, **more})


STRONG = {"policies.process_strength": 1.0}


def test_a_process_of_no_strength_changes_no_byte(engine):
    off = {
        f"behaviour.process.{key}": 0.9
        for key in ("skill_narrowed", "ramp_shorter", "leaving_rarer", "loss_smaller")
    }
    assert is_same(log_of(plain(), engine), log_of(plain(**off), engine))


def chances_of_an_order(scenario, seed=3, replications=40):
    """P(win) of each rep's average deal, (replications, reps)."""
    tables = tables_of(scenario)
    skills = np.stack([draw(tables, seed, r).skill[0] for r in range(replications)])
    return special.expit(tables.stage_logit[0] + skills[:, :, None]).prod(axis=2)


def test_p08_a_process_halves_how_far_reps_differ():
    base = load("industrial_8x8").replace("behaviour.skill_sd", 0.3)
    apart = [chances_of_an_order(base.replace("policies.process_strength", s)) for s in (0, 0.5, 1)]
    spread = [p.std(axis=1, ddof=1).mean() for p in apart]
    assert spread[2] <= 0.5 * spread[0]
    assert 0.5 * spread[0] < spread[1] < spread[0]
    assert (apart[2].min(axis=1) >= apart[0].min(axis=1)).mean() > 0.9  # the floor rises


def test_p08_the_weak_win_more_and_the_strong_win_less_by_feel(engine):
    rates = []
    for scenario in (plain(), plain(**STRONG)):
        log = log_of(scenario, engine)
        won, born = (np.bincount(rows_of(log, event).person, minlength=4) for event in ("won", "created"))
        rates.append(won / born)
    assert rates[1].std() < 0.7 * rates[0].std()
    assert rates[1][0] > rates[0][0]


def test_p09_new_reps_are_at_full_speed_in_half_the_time():
    base = plain(**{"team.reps[3].hired": "2026-01-01", "team.ramp.weeks": 26})
    for strength, weeks in ((0, 26), (0.5, 19.5), (1, 13)):
        hours = np.diff(tables_of(base.replace("policies.process_strength", strength)).hours[3])
        full = np.flatnonzero(hours == hours[-1])[0]
        assert full == np.ceil(7 * weeks)
        assert hours[0] == pytest.approx(0.3 * hours[-1])


def test_h09_leaving_is_rarer_and_costs_less_the_stronger_the_process(engine):
    steps = [plain(**{"policies.process_strength": s}) for s in (0, 0.25, 0.5, 0.75, 1)]
    factors = [leaving_factor(plan) for plan in steps]
    chances = [tables_of(plan).standards.left_chance.max() for plan in steps]
    assert factors == sorted(factors, reverse=True)
    assert (factors[0], factors[-1]) == (1, pytest.approx(0.7))
    assert chances == sorted(chances, reverse=True)
    assert (chances[0], chances[-1]) == (0.5, pytest.approx(0.35))


def test_h09_deals_that_a_process_keeps_are_among_those_that_would_have_gone(engine):
    """The same luck decides: who stays without a process stays with one."""
    gone = []
    for strength in (0, 1):
        more = {"policies.process_strength": strength, "team.reps[0].leaves": "2026-07-01",
                "behaviour.process.skill_narrowed": 0}  # fmt: skip
        log = log_of(plain(**more), engine)
        with_rep = log.names.reasons.index("left_with_rep")
        rows = rows_of(log, "lost")
        gone.append(set(rows.opportunity[rows.reason == with_rep].tolist()))
    assert gone[1] < gone[0]


# -- coaching ---------------------------------------------------------------------------------------------

MONDAY = 4.0  # the worlds start on a Thursday
CHIEF = ({"id": "chief", "weekly_hours": 1000},)


def coached(
    reps=4, managers=CHIEF, days=360, policies=None, behaviour=None, deals=12, hours=70, interventions=(), **coaching
):  # fmt: skip
    """Two stages; every number of coaching is of a rep and four weeks."""
    return company(
        stage("a", hours=2, days=3, advance=0.6), stage("b", hours=2, days=3, advance=0.6, third="middle"),
        weekly_deals=deals, days=days, reps=reps, hours=hours, managers=managers,
        policies={"coaching": coaching, **(policies or {})}, behaviour=behaviour or {},
        interventions=list(interventions),
    )  # fmt: skip


def sessions(log, event="coached"):
    """Rows of an event as (time, rep, kind)."""
    rows = rows_of(log, event)
    kinds = [log.names.reasons[reason] for reason in rows.reason.tolist()]
    return list(zip(rows.time.tolist(), rows.person.tolist(), kinds, strict=True))


def company_at(scenario, day, seed=1):
    """The reference engine's company as it is on a day, before that day's moments."""
    tables = tables_of(scenario)
    firm = Company(tables, draw(tables, seed, 0))
    firm.env.run(until=day)
    return firm


def test_no_hours_of_coaching_change_no_byte(engine):
    off = {"policies.coaching.full_hours": 1, "behaviour.coaching.reading": 1, "behaviour.coaching.found_faster": 9,
           "behaviour.coaching.skill_logit": 3, "behaviour.coaching.deal_help_logit": {"a": 2}}  # fmt: skip
    review = {"review": {"rule": "weekly"}}
    for policies in ({}, review):
        base = coached(policies=policies)
        assert is_same(log_of(base, engine), log_of(base.replace_all(off), engine))


def test_v11_every_rep_has_his_sessions_and_the_hours_are_the_managers(engine):
    log = log_of(coached(opportunity_hours=4, skill_hours=2), engine)
    mondays = np.arange(MONDAY, log.horizon, 7)
    wanted = [
        (monday, rep, kind)
        for monday in mondays
        for kind in ("opportunity_coaching", "skill_coaching")
        for rep in range(4)
    ]
    assert sessions(log) == wanted
    assert sessions(log, "not_coached") == []
    value = dict.fromkeys(("opportunity_coaching", "skill_coaching"))
    rows = rows_of(log, "coached")
    for kind in value:
        value[kind] = set(rows.value[rows.reason == log.names.reasons.index(kind)].tolist())
    assert value == {"opportunity_coaching": {1.0}, "skill_coaching": {0.5}}
    numbers = measure(log, measured=(0, log.horizon))
    assert numbers["coaching_hours"][0] == numbers["manager_hours"][0] == 4 * 1.5 * mondays.size
    assert violations(log) == []


def test_v11_coaching_has_what_reviews_leave_and_who_had_to_wait_is_next(engine):
    """Two hours a week; the list takes part of them, a session an hour."""
    managers = ({"id": "chief", "weekly_hours": 2},)
    log = log_of(
        coached(opportunity_hours=4, managers=managers, policies={"review": {"rule": "weekly"}}), engine
    )
    spent = np.zeros(60)
    for rows in (rows_of(log, "reviewed"), rows_of(log, "coached")):
        np.add.at(spent, ((rows.time - MONDAY) // 7).astype(int), rows.value)
    assert spent.max() <= 2
    had, waited = sessions(log), sessions(log, "not_coached")
    assert len(had) > 10
    assert len(waited) > len(had)
    assert len(had) + len(waited) == 4 * np.arange(MONDAY, log.horizon, 7).size
    turns = [rep for _, rep, _ in had]
    assert turns == [(turns[0] + at) % 4 for at in range(len(turns))]  # nobody is passed over
    numbers = measure(log, measured=(0, log.horizon))
    assert numbers["not_coached_share"][0] == len(waited) / (len(had) + len(waited))


def test_v11_opportunity_coaching_builds_in_four_weeks_and_is_gone_in_four():
    """What a rep believes of a deal is correlated with its quality by .6 at a full dose."""
    stop = START + timedelta(days=102)  # a Monday
    base = coached(opportunity_hours=4, days=200, interventions=[
        {"date": stop.isoformat(), "set": {"policies.coaching.opportunity_hours": 0}},
    ])  # fmt: skip
    for weeks, dose in ((0, 0), (1, 0.25), (2, 0.5), (4, 1), (13, 1)):
        firm = company_at(base, max(MONDAY - 0.5, MONDAY + 7 * weeks - 6.5))
        assert [one.doses[0] for one in firm.coached] == [dose] * 4
        assert [one.believes for one in firm.coached] == [0.6 * dose] * 4
    for weeks, dose in ((1, 0.75), (2, 0.5), (4, 0)):
        assert company_at(base, 102 + 7 * weeks - 6.5).coached[0].doses[0] == dose
    merit, noise = draw(tables_of(load("industrial_8x8")), 1, 0).merit
    for correlation in (0.0, 0.3, 0.6, 1.0):
        belief = [rules.believed(m, n, correlation) for m, n in zip(merit, noise, strict=True)]
        assert np.corrcoef(belief, merit)[0, 1] == pytest.approx(correlation, abs=4 / np.sqrt(merit.size))
        assert np.std(belief) == pytest.approx(1, abs=4 / np.sqrt(2 * merit.size))


def merit_of_worked(scenario, engine):
    """Mean merit of the deals that were begun to be worked on, in standard deviations."""
    log = log_of(scenario, engine)
    merit = draw(tables_of(scenario), 1, 0).merit[0]
    begun = log.tasks.where((log.tasks.event == CODE["task_started"]) & (log.tasks.stage == 0))
    assert len(begun) < 0.8 * len(rows_of(log, "created"))
    return merit[np.unique(begun.opportunity)].mean()


def test_v11_who_can_tell_good_opportunities_works_on_them_first(engine):
    """More deals than the reps can work on; the others wait for ever."""
    crowd = {"deals": 40, "hours": 14, "behaviour": {"quality_sd": 1}}
    with_, without = coached(opportunity_hours=4, **crowd), coached(**crowd)
    assert merit_of_worked(with_, engine) > 0.2
    assert abs(merit_of_worked(without, engine)) < 0.1
    assert abs(merit_of_worked(with_.replace("behaviour.coaching.reading", 0), engine)) < 0.1


def test_v11_opportunity_coaching_moves_nobodys_odds_unless_deals_are_helped(engine):
    base, coach = (
        coached(behaviour={"quality_sd": 1}),
        coached(behaviour={"quality_sd": 1}, opportunity_hours=4),
    )
    ends = []
    for scenario in (base, coach, coach.replace("behaviour.coaching.deal_help_logit", {"b": 2.0})):
        log = log_of(scenario, engine)
        rows = log.deals
        passed = (rows.event == CODE["advanced"]) | (rows.event == CODE["won"])
        ends.append([set(rows.opportunity[passed & (rows.stage == at)].tolist()) for at in (0, 1)])
    early = set(rows_of(log_of(base, engine), "created").opportunity[:500].tolist())
    assert [one & early for one in ends[0]] == [one & early for one in ends[1]]
    assert ends[0][0] & early == ends[2][0] & early
    assert len(ends[2][1] & early) > 1.2 * len(ends[0][1] & early)


def test_v11_dead_deals_are_found_out_twice_as_fast(engine):
    silent = {"silent": {"upper": 1, "middle": 1, "lower": 1, "discovery_weeks": 22}}
    mean = []
    for hours in (0, 2, 4):
        base = coached(opportunity_hours=hours, days=1500, deals=3, behaviour=silent)
        log = log_of(base, engine)
        died, found = rows_of(log, "died"), rows_of(log, "discovered")
        when = dict(zip(died.opportunity.tolist(), died.time.tolist(), strict=True))
        early = [n for n, time in when.items() if 28 < time < 700]
        known = dict(zip(found.opportunity.tolist(), found.time.tolist(), strict=True))
        mean.append(np.mean([known.get(n, log.horizon) - when[n] for n in early]))
    assert mean[1] / mean[0] == pytest.approx(1 / 1.5, abs=0.03)
    assert mean[2] / mean[0] == pytest.approx(1 / 2, abs=0.03)


def test_v11_skill_coaching_is_half_there_by_13_weeks_and_stays_for_26_and_more():
    stop = START + timedelta(days=4 + 7 * 40)
    base = coached(skill_hours=4, days=700, interventions=[
        {"date": stop.isoformat(), "set": {"policies.coaching.skill_hours": 0}},
    ])  # fmt: skip
    after = [company_at(base, MONDAY + 7 * weeks - 0.5).coached[0].knows for weeks in range(93)]
    assert after[0] == 0
    assert after[12] < 0.47
    assert after[13] == pytest.approx(0.5)
    assert after[26] >= 0.9
    assert after[40] == 1.0
    assert after[40 + 26] >= 0.7  # half a year later
    assert after[40 + 52] == pytest.approx(0.5, abs=0.03)
    assert np.diff(after[:41]).min() >= 0
    half = company_at(base.replace("policies.coaching.skill_hours", 2), MONDAY + 7 * 39)
    assert half.coached[0].knows == 0.5  # half the hours bring half of it


def test_v11_skill_that_was_learned_wins_deals(engine):
    """Deals born in the first month have the same luck and nearly the same odds; later ones have better odds."""
    shares = []
    for hours in (0, 4):
        log = log_of(coached(skill_hours=hours, behaviour={"coaching": {"skill_logit": 1.0}}), engine)
        created = rows_of(log, "created")
        born, won = created.time, np.isin(created.opportunity, rows_of(log, "won").opportunity)
        shares.append([won[born < 20].mean(), won[(born > 200) & (born < 330)].mean()])
    assert shares[0][0] == pytest.approx(shares[1][0], abs=0.1)
    expected = special.expit(special.logit(0.6) + 1) ** 2
    assert shares[1][1] == pytest.approx(expected, abs=0.08)
    assert shares[0][1] == pytest.approx(0.36, abs=0.08)


def test_v11_a_new_rep_begins_without_what_others_have_learned():
    base = coached(skill_hours=4).replace("team.reps[3].hired", "2026-07-02")  # a Thursday
    assert [round(one.knows, 2) for one in company_at(base, 189).coached] == [
        1,
        1,
        1,
        round(0.25 * 0.5 / 11.5, 2),
    ]


def test_v11_a_managers_own_selling_is_hours_of_his_reps_and_not_for_coaching(engine):
    managers = ({"id": "one", "weekly_hours": 10}, {"id": "two", "weekly_hours": 2})
    base = coached(managers=managers, opportunity_hours=4)
    sells = base.replace("policies.coaching.own_selling_hours", 4)
    tables = [tables_of(plan) for plan in (base, sells)]
    gained = np.diff(tables[1].hours - tables[0].hours, axis=1)[:4] * 7
    assert gained == pytest.approx(np.repeat([2, 2, 1, 1], gained.shape[1]).reshape(4, -1))
    minutes = [one.managers.weekly_minutes[0].tolist() for one in tables]
    assert minutes == [[600, 120], [360, 0]]
    log = log_of(sells, engine)
    assert {rep for _, rep, _ in sessions(log)} == {0, 1}
    assert {rep for _, rep, _ in sessions(log, "not_coached")} == {2, 3}


def test_coaching_wants_somebody_who_does_it_and_stages_that_are_there():
    for key in ("opportunity_hours", "skill_hours", "own_selling_hours"):
        with pytest.raises(ScenarioError) as caught:
            coached(managers=(), **{key: 1})
        assert [(fault.path, fault.code) for fault in caught.value.faults] == [
            (f"policies.coaching.{key}", "managers_missing")
        ]
    with pytest.raises(ScenarioError) as caught:
        coached().replace("behaviour.coaching.deal_help_logit", {"c": 1})
    assert [fault.path for fault in caught.value.faults] == ["behaviour.coaching.deal_help_logit.c"]


# -- how many reps a manager leads --------------------------------------------------------------------------


def led(span, deals=25, **more):
    """Sixteen reps with some 180 open deals, in teams of a span; each manager has 16 hours."""
    managers = tuple({"id": f"m{n}", "weekly_hours": 16} for n in range(16 // span))
    stages = [
        stage("a", hours=3, days=30, advance=0.6),
        stage("b", hours=6, days=30, advance=0.6, third="middle"),
    ]
    base = company(
        *stages, weekly_deals=deals, days=364, warmup_weeks=26, reps=16, hours=14, managers=managers,
        policies={
            "review": {"rule": "weekly"}, "coaching": {"opportunity_hours": 4, "skill_hours": 4},
            "priority": "late_first",
        },
        behaviour={"quality_sd": 0.7, "coaching": {"skill_logit": 0.3}},
    )  # fmt: skip
    return base.replace_all(more)


def test_v11_a_span_of_4_has_time_for_people_and_a_span_of_16_has_none(engine):
    """The list of sixteen reps eats one manager's week; four managers have hours left for every rep."""
    near, far = (measure(log_of(led(span), engine)) for span in (4, 16))
    assert near["not_coached_share"][0] == 0
    assert far["not_coached_share"][0] > 0.8
    assert near["not_reviewed_share"][0] == 0
    assert far["coaching_hours"][0] < 0.2 * near["coaching_hours"][0]


def test_v11_what_a_span_of_4_wins_by_coaching_and_what_it_costs():
    """Both sides: coached reps win more; but where work waits and coaching brings little, managers had better sell."""
    seeds = range(12)

    def won(scenario):
        return np.array(
            [measure(simulate(scenario, seed, 1, engine="compiled").log)["bookings"][0] for seed in seeds]
        )

    near, far = led(4), led(16)
    gain = won(near) - won(far)
    assert gain.mean() > 3 * gain.std(ddof=1) / np.sqrt(gain.size)
    little = {"behaviour.coaching.skill_logit": 0, "behaviour.coaching.reading": 0}
    sells = {"policies.coaching.own_selling_hours": 8}
    busy = led(4, deals=60, **little)
    cost = won(busy.replace_all(sells)) - won(busy)
    assert cost.mean() > 3 * cost.std(ddof=1) / np.sqrt(cost.size)
