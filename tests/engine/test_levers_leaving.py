"""Reps leave and others come: who, when, how long a seat is empty, and which customers go along. Both engines."""

import numpy as np
import pytest
from logs import log_of, rows_of
from worlds import company, stage

from funnelsim.engine.draws import draw
from funnelsim.engine.run import ENGINES, simulate, tables_of
from funnelsim.history.log import CODE, join
from funnelsim.scenario.files import load
from funnelsim.study.conservation import violations
from funnelsim.study.experiment import trial
from funnelsim.study.metrics import measure

THIRDS = ("upper", "middle", "lower")
LOSS = {"upper": 0.15, "middle": 0.32, "lower": 0.4}


@pytest.fixture(params=[name for name in ENGINES if name != "auto"])
def engine(request):
    return request.param


def seats_of(scenario, seed=5, replication=0):
    return draw(tables_of(scenario), seed, replication).seats


def is_same(one, two):
    return one.names == two.names and all(
        mine.tobytes() == other.tobytes()
        for table in ("deals", "tasks", "opportunities")
        for mine, other in zip(vars(getattr(one, table)).values(), vars(getattr(two, table)).values(), strict=True)
    )  # fmt: skip


def leavers(rate=2.0, reps=4, days=728, skill_sd=0.3, deals=6, stages=None, more=None, **attrition):
    """A company whose reps give notice twice a year on average, where nothing else happens to them."""
    stages = stages or [
        stage(name, hours=1, days=40, third=third) for name, third in zip("abc", THIRDS, strict=True)
    ]
    base = company(
        *stages, weekly_deals=deals, days=days, reps=reps, hours=70, behaviour={"skill_sd": skill_sd}
    )
    return base.replace_all({"team.attrition": {"yearly_rate": rate, **attrition}, **(more or {})})


# -- seats ---------------------------------------------------------------------------------------------------------


def test_a_seat_is_given_notice_of_left_taken_and_worked_in_again(engine):
    log = log_of(leavers(notice_days=20, vacancy_weeks=3, ramp_weeks=10), engine)
    both = 0
    for rep in range(4):
        rows = log.deals.where((log.deals.person == rep) & (log.deals.opportunity < 0))
        story = [(float(t), e) for t, e in zip(rows.time, rows.event, strict=True)]
        noticed, left, hired, ramped = (
            [t for t, e in story if e == CODE[event]] for event in ("noticed", "left", "hired", "ramped")
        )
        assert left
        both += len(left) > 1
        assert noticed[: len(left)] == [day - 20 for day in left]
        assert hired == [day + 21 for day in left if day + 21 < log.horizon]
        gone = np.array([*left, np.inf])
        stays = [day for day in hired if gone[gone > day].min() > day + 70 and day + 70 < log.horizon]
        assert ramped == [day + 70 for day in stays]
    assert both > 1
    assert violations(log) == []


def test_a_seat_has_no_hours_while_it_is_empty_and_fewer_while_its_rep_is_new(engine):
    log = log_of(leavers(vacancy_weeks=3, ramp_weeks=10), engine)
    left = rows_of(log, "left")
    day, rep = int(left.time[0]), int(left.person[0])
    daily = np.diff(log.hours_available[0, rep])
    assert (daily[:day] == 10).all()
    assert (daily[day : day + 21] == 0).all()
    ramp = 0.3 + 0.7 * np.arange(30) / 70
    np.testing.assert_allclose(daily[day + 21 : day + 51], 10 * ramp)
    tasks = log.tasks.where((log.tasks.person == rep) & (log.tasks.event == CODE["task_started"]))
    assert not ((tasks.time >= day) & (tasks.time < day + 21)).any()


def test_who_leaves_when_depends_on_nothing_that_happens_in_the_run(engine):
    one = leavers(vacancy_weeks=3)
    other = one.replace_all({
        "stages.*.advance_rate": 0.3, "demand.units.*.weekly_deals": 1, "policies.handover.rule": "none",
        "behaviour.handover_loss": LOSS,
    })  # fmt: skip
    days = [rows_of(log_of(plan, engine), "left") for plan in (one, other)]
    assert days[0].time.tolist() == days[1].time.tolist()
    assert days[0].person.tolist() == days[1].person.tolist()


def test_more_reps_move_nobody_elses_day(engine):
    few, many = (seats_of(leavers(reps=reps)) for reps in (3, 5))
    assert few.leaves.tolist() == many.leaves[: len(few.leaves)].tolist()


def test_the_yearly_rate_is_the_hazard_of_notice(engine):
    plan = leavers(rate=0.5, reps=2000, days=365, notice_days=30, vacancy_weeks=8)
    found = seats_of(plan)
    begin = np.maximum(found.comes, 0)
    years = (np.minimum(found.notice, 365) - begin).sum() / 365.25
    events = (found.notice < 365).sum()
    assert abs(events - 0.5 * years) < 4 * np.sqrt(0.5 * years)


@pytest.mark.parametrize(
    ("who", "factors"), [("flat", (1, 1, 1)), ("stars", (0.8, 0.8, 1.6)), ("mid", (2 / 3, 4 / 3, 2 / 3))]
)
def test_h08_stars_or_mid_performers_leave_twice_as_often(who, factors):
    """The same unit exponential is used up so many times as fast: the day of notice is that much sooner."""
    plan = leavers(rate=1.0, reps=1000, days=3000)
    flat = seats_of(plan)
    found = seats_of(plan.replace_all({"team.attrition.by_skill": who, "team.attrition.hazard_ratio": 2}))
    first = flat.first[:-1]
    skill = flat.skill[0, first]
    band = 1 + (skill > 0.6745 * 0.3).astype(int) - (skill < -0.6745 * 0.3).astype(int)
    np.testing.assert_allclose(np.bincount(band) / 1000, [0.25, 0.5, 0.25], atol=0.06)
    expected = flat.notice[first] / np.array(factors)[band]
    seen = np.isfinite(flat.notice[first]) & (expected < 2990)
    assert seen.sum() > 900
    mine = found.notice[found.first[:-1]]
    assert (np.abs(mine - expected)[seen] <= 2.0).all()  # notice is given on a whole day


def test_a_rep_with_much_planned_load_or_a_poor_territory_leaves_sooner():
    base = load("industrial_8x8").replace_all(
        {"team.attrition.yearly_rate": 0.25, "measure.warmup_weeks": 52 * 20}
    )
    rich = base.replace(
        "demand.units.jiangsu-machinery.weekly_deals", "=*4"
    )  # 12 instead of 9 shares of 75 in all
    plain = seats_of(rich)
    for key, sign in (("load_effect", 1), ("fairness_effect", -1)):
        found = seats_of(rich.replace(f"team.attrition.{key}", 1.0))
        factor = np.exp(sign * (np.array([12] + [9] * 7) / (75 / 8) - 1))
        if key == "fairness_effect":
            units = rich.demand.units
            value = np.array([
                sum(u.weekly_deals * u.amount_factor for u in units if u.id in territory.units)
                for territory in rich.territories
            ])  # fmt: skip
            factor = np.exp(sign * (value / value.mean() - 1))
        before, after = plain.notice[plain.first[:-1]], found.notice[found.first[:-1]]
        seen = np.isfinite(before) & np.isfinite(after)
        assert seen.sum() >= 6
        assert (np.abs(after - before / factor)[seen] <= 2.0).all(), key


def test_who_is_new_has_a_skill_of_his_own(engine):
    """Skill decides: with a wide spread a seat wins another share of its deals once somebody else sits in it."""
    plan = leavers(
        rate=1.0, skill_sd=3.0, deals=80, days=1456, reps=2, vacancy_weeks=0, ramp_weeks=0,
        stages=[stage("a", days=0, advance=0.5)],
    )  # fmt: skip
    log, found = log_of(plan, engine), seats_of(plan, seed=1)
    shares, skills = [], []
    ends = {**dict.fromkeys(np.flatnonzero(log.deals.event == CODE["won"]).tolist(), 1),
            **dict.fromkeys(np.flatnonzero(log.deals.event == CODE["lost"]).tolist(), 0)}  # fmt: skip
    at = np.array(sorted(ends))
    won = np.array([ends[k] for k in at.tolist()])
    for seat in range(2):
        for n in range(found.first[seat], found.first[seat + 1]):
            mine = (log.deals.person[at] == seat) & (log.deals.time[at] >= found.comes[n])
            mine &= log.deals.time[at] < found.leaves[n]
            if mine.sum() > 100:
                shares.append(won[mine].mean())
                skills.append(float(found.skill[0, n]))
    assert len(shares) > 3
    for share, skill in zip(shares, skills, strict=True):
        chance = 1 / (1 + np.exp(-skill))
        assert abs(share - chance) < 0.5 / np.sqrt(100) * 4 * np.sqrt(chance * (1 - chance)) * 2 + 0.02


# -- none, and others ------------------------------------------------------------------------------------------------


def test_others_take_over_at_once_and_who_is_new_takes_back_once_he_is_up_to_speed(engine):
    log = log_of(leavers(rate=1.0, vacancy_weeks=3, ramp_weeks=10), engine)
    over = rows_of(log, "owner_changed")
    ramped = dict(
        zip(rows_of(log, "ramped").time.tolist(), rows_of(log, "ramped").person.tolist(), strict=True)
    )
    left = dict(zip(rows_of(log, "left").time.tolist(), rows_of(log, "left").person.tolist(), strict=True))
    assert ramped
    back = 0
    for day, rep in zip(over.time.tolist(), over.person.tolist(), strict=True):
        assert day in left or day in ramped
        if day in ramped and day not in left:
            assert rep == ramped[day]
            back += 1
    assert back > 5
    # in between nothing of the seat's own went to it before somebody sat there, and births went to others
    created = rows_of(log, "created")
    for day, rep in left.items():
        empty = (created.time >= day) & (created.time < day + 21)
        assert rep not in created.person[empty].tolist()


def test_without_a_handover_deals_wait_until_somebody_new_sits_there(engine):
    log = log_of(leavers(rate=1.0, vacancy_weeks=6, more={"policies.handover.rule": "none"}), engine)
    assert not len(rows_of(log, "owner_changed"))
    left = rows_of(log, "left")
    day, rep = float(left.time[0]), int(left.person[0])
    mine = log.tasks.where((log.tasks.desk == rep) & (log.tasks.time >= day) & (log.tasks.time < day + 42))
    assert len(mine.where(mine.event == CODE["task_queued"]))  # the work waits in the seat's line
    assert not len(mine.where(mine.event == CODE["task_started"]))
    first = log.tasks.where((log.tasks.desk == rep) & (log.tasks.event == CODE["task_started"]))
    assert first.time[first.time >= day].min() == day + 42
    assert violations(log) == []


@pytest.mark.parametrize("rule", ["none", "assign_only"])
def test_deals_go_along_by_their_third_whoever_takes_over(engine, rule):
    """The same customers go along, whether their deals wait or are given to others."""
    changes = {"policies.handover.rule": rule, "behaviour.handover_loss": LOSS}
    log = log_of(leavers(rate=0.7, deals=60, reps=3, days=1092, more=changes), engine)
    lost = rows_of(log, "lost", "left_with_rep")
    entered, ends = (
        rows_of(log, "entered"),
        log.deals.where(np.isin(log.deals.event, [CODE["won"], CODE["lost"]])),
    )
    stand, ended = np.full(len(log.opportunities), -1), np.full(len(log.opportunities), np.inf)
    place = {n: k for k, n in enumerate(log.opportunities.opportunity.tolist())}
    ended[[place[n] for n in ends.opportunity.tolist()]] = ends.time
    owner = np.full(len(log.opportunities), -1)
    asked, gone = np.zeros(3), np.zeros(3)
    rows = sorted(
        [(t, 1, place[n], s) for t, n, s in zip(entered.time, entered.opportunity.tolist(), entered.stage, strict=True)]
        + [(t, 2, place[n], p) for t, n, p in zip(*_owners(log), strict=True)]
        + [(t, 0, -1, p) for t, p in zip(rows_of(log, "left").time, rows_of(log, "left").person, strict=True)]
    )  # fmt: skip
    for time, kind, deal, what in rows:
        if kind == 1:
            stand[deal] = what
        elif kind == 2:
            owner[deal] = what
        else:
            mine = (owner == what) & (ended >= time) & (stand >= 0)
            asked += np.bincount(stand[mine], minlength=3)
    gone = np.bincount(lost.stage, minlength=3)
    for third, share in enumerate(LOSS.values()):
        assert abs(gone[third] - share * asked[third]) < 4 * np.sqrt(share * (1 - share) * asked[third]), (
            third
        )


def _owners(log):
    rows = log.deals.where(np.isin(log.deals.event, [CODE["created"], CODE["owner_changed"]]))
    place = rows.opportunity.tolist()
    return rows.time, place, rows.person


# -- who goes along ------------------------------------------------------------------------------------------------


def lost_by(log):
    return set(rows_of(log, "lost", "left_with_rep").opportunity.tolist())


def one_leaver(deals=70, days=400, on=200, specialists=(), **more):
    """One rep of two leaves on a day; a year of deals stands in three thirds."""
    stages = [stage(name, days=60, third=third, specialists=[{"pool": p, "hours": 0} for p in specialists])
              for name, third in zip("abc", THIRDS, strict=True)]  # fmt: skip
    pools = tuple({"id": p, "name": p, "people": 9, "weekly_hours": 7} for p in specialists)
    base = company(*stages, weekly_deals=deals, days=days, reps=2, hours=700, pools=pools,
                   behaviour={"handover_loss": dict.fromkeys(THIRDS, 0.5)})  # fmt: skip
    return base.replace_all({"team.reps[0].leaves": f"2026-07-{on - 180:02d}", **more})


def test_h05_fewer_follow_where_customer_data_belong_to_the_company(engine):
    logs = [log_of(one_leaver(**{"policies.visibility": v}), engine) for v in (0.0, 0.5, 1.0)]
    over = len(rows_of(logs[0], "owner_changed"))
    gone = [lost_by(log) for log in logs]
    assert gone[2] < gone[1] < gone[0]
    for lost, share in zip(gone, (0.5, 0.375, 0.25), strict=True):
        assert abs(len(lost) - share * over) < 4 * np.sqrt(share * (1 - share) * over)


@pytest.mark.parametrize(("closeness", "left"), [(0.0, 0.5), (0.5, 0.25), (2.0, 0.1)])
def test_h03_who_knows_others_too_follows_less(engine, closeness, left):
    """Two pools help in every stage; once one lies behind, the rep has 1 / (1 + 2 x closeness) of the customer."""
    plan = one_leaver(specialists=("presales", "legal"), **{"team.pools.*.relationship": closeness})
    log = log_of(plan, engine)
    alone = lost_by(log_of(one_leaver(specialists=("presales", "legal")), engine))
    assert {n for n in alone if n in lost_by(log)} == lost_by(log)
    over, day = rows_of(log, "owner_changed"), float(rows_of(log, "left").time[0])
    entered = rows_of(log, "entered")
    deep = {n for n, s, t in zip(entered.opportunity.tolist(), entered.stage.tolist(), entered.time, strict=True)
            if s > 0 and t < day}  # fmt: skip
    later = [n for n in over.opportunity.tolist() if n in deep]
    gone = [n for n in later if n in lost_by(log)]
    assert abs(len(gone) - left * len(later)) < 4 * np.sqrt(left * (1 - left) * len(later))
    fresh = [n for n in over.opportunity.tolist() if n not in deep]  # nobody has helped yet
    assert [n for n in fresh if n in lost_by(log)] == [n for n in fresh if n in alone]
    if closeness:
        assert len(gone) <= 0.6 * len([n for n in later if n in alone])


def test_h03_with_team_selling_a_leaver_takes_at_most_six_tenths_of_the_weighted_pipeline_along():
    """The shipped company, in which every group of specialists is as close to a customer it has helped as the rep."""
    team = load("industrial_leavers")
    worlds = {"team": team, "solo": team.replace("team.pools.*.relationship", 0)}
    found = trial(worlds, 200, 1, engine="compiled").metrics
    each = {name: own["weighted_lost_with_rep"].sum() / own["leavers"].sum() for name, own in found.items()}
    assert found["team"]["leavers"].tolist() == found["solo"]["leavers"].tolist()
    assert each["team"] <= 0.6 * each["solo"]


def test_h03_a_specialist_for_large_deals_is_known_to_their_customers_only(engine):
    plan = one_leaver(specialists=("legal",)).replace_all({
        "stages.*.specialists": [{"pool": "legal", "hours": 0, "when": "amount_p75"}],
        "demand.amount": {"median": 1000, "spread": 1}, "team.pools.legal.relationship": 1e9,
    })  # fmt: skip
    log = log_of(plan, engine)
    amount = dict(zip(log.opportunities.opportunity.tolist(), log.opportunities.amount.tolist(), strict=True))
    large = tables_of(plan).large_amount[0]
    lost = rows_of(log, "lost", "left_with_rep")
    assert len(lost) > 100
    assert all(
        amount[n] < large or s == 0 for n, s in zip(lost.opportunity.tolist(), lost.stage, strict=True)
    )


def test_h09_with_a_strong_process_fewer_leave_and_each_costs_less(engine):
    base = leavers(rate=1.0, reps=300, days=365, more={"behaviour.handover_loss": LOSS})
    counts = [
        (seats_of(base.replace("policies.process_strength", s)).notice < 365).sum() for s in (0, 0.5, 1)
    ]
    assert counts[2] < counts[1] < counts[0]
    assert abs(counts[2] / counts[0] - 0.7) < 0.1
    plan = one_leaver()
    lost = [lost_by(log_of(plan.replace("policies.process_strength", s), engine)) for s in (0, 0.5, 1)]
    assert lost[2] < lost[1] < lost[0]
    over = len(rows_of(log_of(plan, engine), "owner_changed"))
    assert abs(len(lost[2]) - 0.35 * over) < 4 * np.sqrt(0.35 * 0.65 * over)


# -- neutral, and all together ------------------------------------------------------------------------------------

NEUTRAL = {
    "team.attrition": {"yearly_rate": 0, "by_skill": "stars", "hazard_ratio": 9, "notice_days": 3, "vacancy_weeks": 1,
                       "ramp_weeks": 3, "load_effect": 2, "fairness_effect": 2},
    "team.pools.*.relationship": 5,
    "policies.handover": {"rule": "assign_only", "check_hours": 9, "visit_hours": 9, "call_hours": 9},
    "policies.visibility": 1,
    "behaviour.parting": {"protocol_loss": {"upper": 1}, "visibility_effect": 1, "dead_found": 0},
}  # fmt: skip


@pytest.mark.parametrize("path", list(NEUTRAL))
def test_a_neutral_value_changes_no_byte(engine, path):
    base = load("industrial_8x8").replace("team.reps[3].leaves", "2026-02-02")
    assert is_same(log_of(base, engine), log_of(base.replace(path, NEUTRAL[path]), engine))


def test_a_company_in_which_nobody_happens_to_leave_is_the_company(engine):
    base = leavers(rate=0.0)
    same = base.replace("team.attrition.yearly_rate", 1e-9)
    assert is_same(log_of(base, engine), log_of(same, engine))
    assert np.array_equal(log_of(base, engine).hours_available, log_of(same, engine).hours_available)


@pytest.mark.parametrize("rate", [1e-9, 1.0])
def test_replications_keep_their_own_hours_however_they_are_put_together(rate):
    plan = leavers(rate=rate, days=200)
    whole = log_of(plan, "compiled", replications=4)
    parts = join([simulate(plan, 1, 2, engine="compiled", first=first).log for first in (0, 2)])
    for number in range(4):
        one, other = (log.replication(number).hours_available for log in (whole, parts))
        assert one.shape[0] == other.shape[0] == 1
        assert np.array_equal(one, other)
    assert violations(parts) == []


def test_a_change_of_the_rate_on_a_date_holds_from_that_day():
    plan = leavers(rate=0.0, reps=50).replace(
        "interventions", [{"date": "2026-07-01", "set": {"team.attrition.yearly_rate": 3}}]
    )
    notice = seats_of(plan).notice
    assert 181 < notice.min() < 190
    always = seats_of(leavers(rate=3.0, reps=50)).notice
    assert always.min() < 30


def test_every_law_holds_in_the_shipped_company_with_leavers(engine):
    log = log_of(load("industrial_leavers"), engine, replications=2)
    assert violations(log) == []
    found = measure(log, names=["leavers", "vacant_weeks", "weighted_lost_with_rep", "handover_loss"])
    assert found["vacant_weeks"].sum() > 0
    assert (found["weighted_lost_with_rep"] <= 0.75 * found["handover_loss"]).all()
