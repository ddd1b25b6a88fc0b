"""Who gets a deal, what comes first, who leads and joins, what is rewarded; and what was there for it before."""

import numpy as np
import pytest
from logs import log_of
from worlds import company, exponential, stage

from funnelsim.engine.run import ENGINES, simulate, tables_of
from funnelsim.errors import ScenarioError
from funnelsim.history.exchange import read_log, write_log
from funnelsim.history.log import CODE, TRUTH
from funnelsim.scenario.files import load
from funnelsim.study.columns import Columns
from funnelsim.study.deciding import channels
from funnelsim.study.metrics import measure

ENDINGS = {"no_decision": 0.5, "lost": {"price": 0.5}}
POOLS = ({"id": "presales", "name": "presales", "people": 1, "weekly_hours": 7},)


@pytest.fixture(params=[name for name in ENGINES if name != "auto"])
def engine(request):
    return request.param


def ended(log, of_pools=None):
    """Task rows of work that has ended: of reps, of pools, or of all."""
    rows = log.tasks.where((log.tasks.event == CODE["task_ended"]) & (log.tasks.reason < 0))
    reps = log.names.desks.index("presales") if "presales" in log.names.desks else len(log.names.desks)
    return rows if of_pools is None else rows.where((rows.desk >= reps) == of_pools)


def pools_by_stage(log):
    """Which pools have worked in which stage."""
    rows = ended(log, of_pools=True)
    found: dict[str, set[str]] = {}
    for at, desk in set(zip(rows.stage.tolist(), rows.desk.tolist(), strict=True)):
        found.setdefault(log.names.stages[at], set()).add(log.names.desks[desk])
    return found


# -- roles by stage ---------------------------------------------------------------------------------------------


def test_h01_every_stage_has_its_roles_and_executives_see_large_deals_only(engine):
    base = load("industrial_8x8").replace("measure.warmup_weeks", 26)
    log = log_of(base, engine)
    assert pools_by_stage(log) == {
        "demo": {"presales"}, "design": {"consultant"}, "evaluation": {"executive"},
        "negotiation": {"commercial", "finance", "legal"}, "signing": {"executive"},
    }  # fmt: skip
    amount = dict(zip(log.opportunities.opportunity.tolist(), log.opportunities.amount.tolist(), strict=True))
    tasks = ended(log, of_pools=True)
    seen = {
        when: {
            int(n) for n in ended(told, True).where(ended(told, True).stage == 5).opportunity
        }
        for when, told in (
            ("amount_p75", log),
            *(
                (when, log_of(base.replace("stages[5].specialists[0].when", when), engine))
                for when in ("always", "never")
            ),
        )
    }  # fmt: skip
    large = tables_of(base).large_amount[0]
    assert seen["amount_p75"]
    assert all(amount[n] >= large for n in seen["amount_p75"])
    assert any(amount[n] < large for n in seen["always"])
    assert not seen["never"]
    assert tasks.value.min() > 0
    numbers = measure(log)
    for pool in ("presales", "consultant", "executive", "commercial", "finance", "legal"):
        assert 0 < numbers[f"utilisation.{pool}"][0] < 1


def test_h01_deals_wait_for_a_pool_that_is_busy(engine):
    one = stage("demo", hours=0, days=0, specialists=[{"pool": "presales", "hours": exponential(1)}])
    base = company(one, weekly_deals=5, pools=POOLS)
    waits = [
        measure(log_of(base.replace("team.pools.presales.people", people), engine))["pool_wait_days.presales"][0]
        for people in (1, 2, 9)
    ]  # fmt: skip
    assert waits[0] > waits[1] > waits[2] == 0


def test_h04_a_role_that_is_turned_off_saves_its_hours_and_no_other(engine):
    base = load("industrial_8x8").replace("measure.warmup_weeks", 0)
    both = [log_of(plan, engine) for plan in (base, base.replace("stages[3].specialists[0].when", "never"))]
    hours = [
        {
            pool: rows.value[rows.desk == log.names.desks.index(pool)].sum()
            for pool in ("presales", "consultant")
        }
        for log in both
        for rows in [ended(log)]
    ]
    assert hours[0]["presales"] > 0 == hours[1]["presales"]
    assert hours[1]["consultant"] > 0
    reached = [
        (log.deals.event == CODE["entered"]) & (log.deals.stage == 4) & (log.deals.view < 2) for log in both
    ]
    assert reached[1].sum() >= reached[0].sum()  # nobody waits for presales any more


def test_h15_a_pool_is_shared_and_one_team_waits_less_when_the_other_has_less_to_do(engine):
    """Two teams, in the north and in the south, send their deals to the same presales engineer."""

    def waiting(south):
        one = stage("demo", hours=0, days=0, specialists=[{"pool": "presales", "hours": exponential(1)}])
        base = company(one, pools=POOLS, days=2000)
        plan = base.replace_all({
            "demand.units": [{"id": "n", "weekly_deals": 2}, {"id": "s", "weekly_deals": south}],
            "team.reps": [{"id": "anna", "territory": "north"}, {"id": "bert", "territory": "south"}],
            "territories": [{"id": "north", "units": ["n"]}, {"id": "south", "units": ["s"]}],
            "policies.routing": "territory",
        })  # fmt: skip
        log = log_of(plan, engine)
        rows = log.tasks.where(log.tasks.desk == log.names.desks.index("presales"))
        mine = {
            int(n)
            for n, origin in zip(log.opportunities.opportunity, log.opportunities.origin, strict=True)
            if log.names.origins[origin].startswith("n.")
        }
        days: dict[int, float] = {}
        for n, event, time in zip(
            rows.opportunity.tolist(), rows.event.tolist(), rows.time.tolist(), strict=True
        ):
            if n in mine and event == CODE["task_queued"]:
                days[n] = -time
            elif n in mine and event == CODE["task_started"]:
                days[n] += time
        return np.mean([wait for wait in days.values() if wait >= 0])

    assert waiting(3.5) > 2 * waiting(1) > 0


# -- training, templates ----------------------------------------------------------------------------------------


def world(**policies):
    """Two stages with much to do for two reps, and something for presales in the second."""
    stages = [
        stage("a", hours=2, days=4, advance=0.6, otherwise=ENDINGS),
        stage("b", hours=5, days={"median": 10, "spread": 0.5}, advance=0.6, otherwise=ENDINGS, third="middle"),
    ]  # fmt: skip
    return company(
        *stages, weekly_deals=4, days=1400, reps=2, hours=9, policies=policies,
        amount={"median": 80_000, "spread": 0.8},
    )  # fmt: skip


def conversions(plan, engine):
    numbers = measure(log_of(plan, engine))
    return [numbers[f"stage.{name}.conversion"][0] for name in ("a", "b")]


def test_h17_training_raises_the_odds_of_its_stage_alone(engine):
    calm = world().replace("team.reps.*.weekly_hours", 70)
    before = conversions(calm, engine)
    for at, name in enumerate(("a", "b")):
        after = conversions(calm.replace("policies.training.effect_logit", {name: 0.8}), engine)
        assert after[at] > before[at] + 0.1
        other = 1 - at
        assert abs(after[other] - before[other]) < (0.05 if other else 1e-12)


def test_p06_templates_save_a_rep_who_is_short_of_time_hours_and_bring_more_orders(engine):
    base, other = world(), world(templates={"hours_factor": {"b": 0.7}})
    for load_hours, gains in ((9, True), (70, False)):
        plans = [plan.replace("team.reps.*.weekly_hours", load_hours) for plan in (base, other)]
        logs = [simulate(plan, 1, 4, engine=engine).log for plan in plans]
        spent = [set(rows.value[rows.stage == 1].tolist()) for log in logs for rows in [ended(log)]]
        assert spent == [{5.0}, {3.5}]
        wins = [measure(log)["wins"].sum() for log in logs]
        assert wins[1] > 1.05 * wins[0] if gains else abs(wins[1] - wins[0]) < 0.03 * wins[0]


# -- who gets a new deal ----------------------------------------------------------------------------------------


def owners(log):
    """Who got each market deal, in the order in which they came."""
    rows = log.deals.where((log.deals.event == CODE["created"]) & (log.deals.view <= TRUTH))
    return rows.person.tolist()


def team(routing, **more):
    one = stage(hours=1, days=20, advance=0.5)
    base = company(one, weekly_deals=6, days=700, reps=4, hours=70, policies={"routing": routing}, **more)
    skills = {f"team.reps[{n}].skill_logit": skill for n, skill in enumerate((0.1, 0.9, -0.2, 0.4))}
    return base.replace_all(skills)


def test_p17_each_in_turn_gets_every_fourth_deal(engine):
    got = owners(log_of(team("round_robin"), engine))
    assert len(got) > 500
    assert got == [n % 4 for n in range(len(got))]
    leaving = owners(log_of(team("round_robin").replace("team.reps[1].leaves", "2026-06-01"), engine))
    gone = leaving[-100:]
    assert gone == [(0, 2, 3)[((0, 2, 3).index(gone[0]) + n) % 3] for n in range(100)]


def replayed(log, choose):
    """Who would have got each deal by a rule that sees how many open deals each rep had."""
    count, found = [0, 0, 0, 0], []
    owner: dict[int, int] = {}
    for event, n, rep in zip(log.deals.event.tolist(), log.deals.opportunity.tolist(), log.deals.person.tolist(),
                             strict=True):  # fmt: skip
        if event == CODE["created"]:
            found.append(choose(count))
            owner[n] = rep
            count[rep] += 1
        elif event in (CODE["won"], CODE["lost"], CODE["no_decision"]):
            count[owner[n]] -= 1
    return found


def test_p17_by_load_the_rep_with_the_fewest_open_deals_gets_it(engine):
    log = log_of(team("by_load"), engine)
    assert owners(log) == replayed(log, lambda count: count.index(min(count)))


def test_p17_by_skill_the_most_skilled_of_those_who_are_not_busier_than_the_average_gets_it(engine):
    log = log_of(team("by_skill"), engine)
    order = (1, 3, 0, 2)
    got = owners(log)
    assert got == replayed(log, lambda count: next(n for n in order if 4 * count[n] <= sum(count)))
    assert [got.count(n) for n in order] == sorted((got.count(n) for n in order), reverse=True)
    by_chance = log_of(team("random"), engine)
    assert measure(log)["win_rate"] > measure(by_chance)["win_rate"]


def test_p17_by_chance_and_by_territory_shares_are_those_of_the_rule(engine):
    got = owners(log_of(team("random"), engine))
    assert all(abs(got.count(n) - len(got) / 4) < 4 * (len(got) * 3 / 16) ** 0.5 for n in range(4))
    plan = team("random").replace_all({
        "demand.units": [{"id": "n", "weekly_deals": 4}, {"id": "s", "weekly_deals": 2}],
        "territories": [{"id": "north", "units": ["n"]}, {"id": "south", "units": ["s"]}],
        **{f"team.reps[{n}].territory": "north" if n < 3 else "south" for n in range(4)},
    })  # fmt: skip
    log = log_of(plan.replace("policies.routing", "territory"), engine)
    south = [
        log.names.origins[origin].startswith("s.")
        for origin in log.opportunities.origin[np.argsort(log.opportunities.created, kind="stable")]
    ]
    assert [rep == 3 for rep in owners(log)] == south


def test_p17_approval_takes_its_days_and_stops_its_share(engine):
    rules = {"required": True, "hours": 0, "approval_days": 5, "refused_share": 0.3}
    log = log_of(team("random").replace("policies.registration", rules), engine)
    born = dict(zip(log.opportunities.opportunity.tolist(), log.opportunities.created.tolist(), strict=True))
    rows = log.deals.where(log.deals.event == CODE["registered"])
    assert all(
        np.isclose(t - born[n], 5) for n, t in zip(rows.opportunity.tolist(), rows.time.tolist(), strict=True)
    )
    refused = (log.deals.event == CODE["lost"]) & (log.deals.reason == log.names.reasons.index("refused"))
    count, n = refused.sum(), refused.sum() + len(rows)
    assert abs(count - 0.3 * n) < 4 * (n * 0.21) ** 0.5


# -- what comes first -------------------------------------------------------------------------------------------


def begun(log):
    """(when, what joined when) for each task of a stage that a rep has begun while others waited."""
    waiting: dict[int, tuple[float, int]] = {}
    found = []
    for event, n, at, time in zip(*(getattr(log.tasks, part).tolist() for part in
                                    ("event", "opportunity", "stage", "time")), strict=True):  # fmt: skip
        if n < 0:
            continue
        if event == CODE["task_queued"]:
            waiting[n] = (time, at)
        elif event == CODE["task_started"]:
            mine = waiting.pop(n)
            found.append((time, n, mine, {other: dict(waiting)[other] for other in waiting}))
    return found


def busy(priority, engine, **policies):
    stages = [
        stage("a", hours=1, days=4, advance=0.8),
        stage("b", hours=2, days=4, advance=0.8, third="middle"),
        stage("c", hours=3, days=4, advance=0.8, third="lower"),
    ]
    policies = {"priority": priority, "prospecting": {"every_days": 9, "hours": 1}, **policies}
    plan = company(
        *stages, weekly_deals=1.5, days=300, policies=policies, amount={"median": 80_000, "spread": 0.8}
    )
    return log_of(plan, engine)


@pytest.mark.parametrize("priority", ["late_first", "early_first", "first_come"])
def test_p11_the_policy_is_one_word(engine, priority):
    key = {
        "late_first": lambda m: (-m[1], m[0]),
        "early_first": lambda m: (m[1], m[0]),
        "first_come": lambda m: m[0],
    }
    met = 0
    for time, _, mine, others in begun(busy(priority, engine)):
        before = [other for other in others.values() if other[0] < time]
        assert all(key[priority](mine) <= key[priority](other) for other in before)
        met += len(before)
    assert met > 500


def test_p11_what_brings_most_in_an_hour_comes_first(engine):
    """Chance to win from the stages on: .512, .64, .8; hours still to come: 4.52, 4.4, 3."""
    log = busy("value_per_hour", engine)
    worth = [0.512 / 4.52, 0.64 / 4.4, 0.8 / 3]
    amount = dict(zip(log.opportunities.opportunity.tolist(), log.opportunities.amount.tolist(), strict=True))
    met = 0
    for time, n, mine, others in begun(log):
        for other, (joined, at) in others.items():
            if joined < time:
                assert amount[n] * worth[mine[1]] > amount[other] * worth[at] - 1
                met += 1
    assert met > 400


def test_p11_equal_the_deal_that_waits_longest_for_any_work_comes_first(engine):
    log = busy("equal", engine)
    worked = dict(
        zip(log.opportunities.opportunity.tolist(), log.opportunities.created.tolist(), strict=True)
    )
    waiting: dict[int, float] = {}
    met = 0
    for event, n, time in zip(*(getattr(log.tasks, part).tolist() for part in ("event", "opportunity", "time")),
                              strict=True):  # fmt: skip
        if n < 0:
            continue
        if event == CODE["task_queued"]:
            waiting[n] = time
        elif event == CODE["task_ended"]:
            worked[n] = time
        elif event == CODE["task_started"]:
            del waiting[n]
            for other, joined in waiting.items():
                if joined < time:
                    assert worked[n] <= worked[other] + 1 / 512
                    met += 1
    assert met > 500


def test_p11_early_work_first_brings_fewer_orders_where_time_is_short():
    late, early = (measure(busy(how, "auto"))["wins"][0] for how in ("late_first", "early_first"))
    assert late > early


def test_p17_the_score_orders_the_line(engine):
    points = {"large_deal": 10, "sources": {"prospect": 25}}
    log = busy("first_come", engine, score=points)
    large = float(np.exp(np.log(80_000) + 0.8 * 0.6744897501960817))
    score = {
        int(n): 25 * bool(source) + 10 * (amount >= large)
        for n, source, amount in zip(log.opportunities.opportunity, log.opportunities.source,
                                     log.opportunities.amount, strict=True)
    }  # fmt: skip
    assert set(score.values()) == {0, 10, 25, 35}
    met = 0
    for time, n, mine, others in begun(log):
        for other, (joined, _) in others.items():
            if joined < time:
                assert (-score[n], mine[0]) <= (-score[other], joined)
                met += 1
    assert met > 500


# -- who leads, who joins ---------------------------------------------------------------------------------------


def test_h02_the_lead_changes_with_the_third(engine):
    stages = [stage(name, hours=6, days=2, third=third) for name, third in
              (("a", "upper"), ("b", "middle"), ("c", "lower"))]  # fmt: skip
    pools = ({"id": "presales", "name": "presales", "people": 2, "weekly_hours": 70},
             {"id": "executive", "name": "executive", "people": 2, "weekly_hours": 70})  # fmt: skip
    leads = {"middle": {"pool": "presales", "share": 0.7}, "lower": {"pool": "executive", "share": 1}}
    base = company(*stages, hours=70, pools=pools)
    alone, led = (log_of(plan, engine) for plan in (base, base.replace("policies.leads", leads)))
    assert [measure(alone)[f"rep_share.{third}"][0] for third in ("upper", "middle", "lower")] == [1, 1, 1]
    told = measure(led)
    assert told["rep_share.upper"][0] == 1
    assert told["rep_share.middle"][0] == pytest.approx(0.3, abs=0.01)
    assert told["rep_share.lower"][0] == 0
    spent = {(led.names.stages[at], led.names.desks[desk]): round(value, 9) for at, desk, value in zip(
        *(getattr(ended(led), part).tolist() for part in ("stage", "desk", "value")), strict=True)}  # fmt: skip
    assert spent == {
        ("a", "rep-1"): 6, ("b", "rep-1"): 1.8, ("b", "presales"): 4.2, ("c", "executive"): 6,
    }  # fmt: skip


def test_h18_service_joins_deals_from_an_amount_on(engine):
    base = world().replace_all({"team.pools": list(POOLS), "team.pools.presales.people": 9})
    service = {"pool": "presales", "stages": ["a"], "hours": 1, "effect_logit": 1.5}
    before = log_of(base, engine)
    amount = before.opportunities.amount
    for threshold in (60_000, 150_000):
        after = log_of(base.replace("policies.service", {**service, "amount_over": threshold}), engine)
        rows = after.tasks.where(after.tasks.desk == after.names.desks.index("presales"))
        large = set(before.opportunities.opportunity[amount >= threshold].tolist())
        assert set(rows.opportunity.tolist()) <= large
        assert set(rows.stage.tolist()) == {0}
        assert set(rows.value.tolist()) == {1.0}
        visits = Columns(after).visits
        at_a = (visits.stage == 0) & (visits.outcome >= 0)
        joined = amount[visits.deal] >= threshold
        for mine, logit in ((at_a & joined, np.log(1.5) + 1.5), (at_a & ~joined, np.log(1.5))):
            share, n = 1 / (1 + np.exp(-logit)), mine.sum()
            on = (visits.outcome[mine] == CODE["advanced"]).mean()
            assert abs(on - share) < 4 * (share * (1 - share) / n) ** 0.5


def test_h04_a_role_is_worth_what_its_stage_says_and_only_for_deals_it_works_on(engine):
    """A specialist with an effect of his own: turned off, his hours and his effect go together."""
    helper = {"pool": "presales", "hours": 1, "when": "amount_p75", "effect_logit": 2}
    base = world().replace_all({"team.pools": list(POOLS), "team.pools.presales.people": 9})
    on = base.replace("stages[0].specialists", [helper])
    off = on.replace("stages[0].specialists.presales.when", "never")
    logs = [log_of(plan, engine) for plan in (base, off, on)]
    assert logs[0].deals.time.tobytes() == logs[1].deals.time.tobytes()
    large = tables_of(base).large_amount[0]
    outcome = []
    for log in (logs[1], logs[2]):
        v = Columns(log).visits
        mine = (v.stage == 0) & (v.outcome >= 0) & (log.opportunities.amount[v.deal] >= large)
        outcome.append((v.outcome[mine] == CODE["advanced"]).mean())
    assert outcome[1] > outcome[0] + 0.15


# -- what is rewarded ------------------------------------------------------------------------------------------


def rewarded(gates=False, **incentives):
    stages = [
        stage(
            name, hours=2, days=5, advance=0.6, third=third, otherwise=ENDINGS,
            evidence=[{"id": "paper", "name": "paper"}],
            activities=[{"id": "one", "name": "one"}, {"id": "two", "name": "two"}],
        )
        for name, third in (("a", "upper"), ("b", "middle"), ("c", "lower"))
    ]  # fmt: skip
    base = company(*stages, weekly_deals=20, reps=30, hours=70, behaviour={"evidence_missing_share": 0})
    return base.replace_all({"policies.incentives": incentives, "policies.gates.on": gates})


def test_h11_a_bonus_for_speed_has_deals_reported_too_far_and_work_left_out_unless_gates_are_on(engine):
    names = ["stage_error_share", "ksa_compliance"]
    found = {
        (gates, bonus): measure(log_of(rewarded(gates, speed_bonus=bonus), engine), names=names)
        for gates in (False, True)
        for bonus in (0, 1000, 2000, 9000)
    }
    errors = [found[False, bonus]["stage_error_share"][0] for bonus in (0, 1000, 2000)]
    assert errors[0] == 0 < errors[1] < errors[2]
    done = [found[False, bonus]["ksa_compliance"][0] for bonus in (0, 1000, 2000)]
    assert done[0] == 1 > done[1] > done[2] > 0.75
    for name in names:  # beyond a full bonus nothing more happens
        assert found[False, 9000][name] == found[False, 2000][name]
    for bonus in (1000, 2000, 9000):
        assert found[True, bonus]["stage_error_share"] == 0
        assert found[True, bonus]["ksa_compliance"] == 1


def test_h11_rewards_make_people_try_harder_and_cost_what_they_cost(engine):
    plain = tables_of(rewarded())
    for reward in ({"bookings_share": 0.02}, {"praise_hours": 2}):
        tables = tables_of(rewarded(**reward))
        assert np.allclose(tables.stage_logit, plain.stage_logit + 0.05)
        assert (tables.standards.compliance == 1).all()
        assert not tables.inflated_share.any()
    half = tables_of(rewarded(bookings_share=0.01))
    assert np.allclose(half.stage_logit, plain.stage_logit + 0.025)
    log = log_of(rewarded(speed_bonus=100, bookings_share=0.01), engine)
    told = measure(log)
    passed = sum(told[f"stage.{name}.advanced"][0] for name in "abc") + told["wins"][0]
    assert told["incentive_cost"].tolist() == [round(100 * passed + 0.01 * told["bookings"][0])]
    assert measure(log_of(rewarded(), engine))["incentive_cost"].tolist() == [0]


def test_h11_praise_takes_hours_of_managers():
    managers = [{"id": "chief", "weekly_hours": 16}]
    change = {"team.managers": managers, "policies.review.rule": "weekly"}
    minutes = [
        tables_of(rewarded(praise_hours=hours).replace_all(change)).managers.weekly_minutes.max()
        for hours in (0, 2, 99)
    ]
    assert minutes == [960, 840, 0]


def test_h11_what_is_paid_by_dates_cannot_wait_for_a_condition():
    when = {"when": {"measure": "open_deals", "above": 3}, "set": {"policies.incentives.speed_bonus": 100}}
    with pytest.raises(ScenarioError) as caught:
        rewarded().replace("interventions", [when])
    assert [fault.code for fault in caught.value.faults] == ["condition_by_date"]


# -- channels ---------------------------------------------------------------------------------------------------


def test_p12_every_source_says_what_ten_thousand_cost(engine):
    base = company(stage(days=5, advance=0.5), weekly_deals=30, amount={"median": 80_000, "spread": 0.5})
    sources = [
        {"id": "fair", "name": "fair", "share": 0.5, "deal_cost": 900, "effect_logit": 1},
        {"id": "web", "name": "web", "share": 0.5, "deal_cost": 900},
        {"id": "prospect", "name": "prospect", "prospecting": True},
    ]
    free = log_of(base, engine)
    assert measure(free)["channel_cost"].tolist() == [0]
    log = log_of(base.replace("demand.sources", sources), engine)
    told = measure(log)
    table = channels(log).set_index("source")
    for at, name in enumerate(("fair", "web")):
        mine = log.opportunities.source == at
        wins = Columns(log).wins
        won = wins.amount[mine[wins.deal]].sum()
        assert table.loc[name, "cost"] == 900 * mine.sum()
        assert told[f"booking_cost.{name}"][0] == pytest.approx(900 * mine.sum() / won * 10_000)
        assert table.loc[name, "cost_per_10000"] == pytest.approx(told[f"booking_cost.{name}"][0])
    assert told["channel_cost"].tolist() == [900 * len(log.opportunities)]
    assert table["dominated"].to_dict() == {"fair": False, "web": True, "prospect": False}


# -- tiers of customers ------------------------------------------------------------------------------------------

TIERS = [
    {"id": "rest", "hours_share": 0.2},
    {"id": "silver", "from_quantile": 0.4, "hours_share": 0.3},
    {"id": "gold", "from_quantile": 0.8, "hours_share": 0.5},
]


def tiered(deals, engine, tiers=TIERS, **more):
    """Two reps, with so many deals a week of two stages, an hour and two of work."""
    stages = [
        stage("a", hours=1, days=4, advance=0.8),
        stage("b", hours=2, days=4, advance=0.8, third="lower"),
    ]
    plan = company(
        *stages, weekly_deals=deals, days=700, reps=2, hours=9, amount={"median": 80_000, "spread": 0.8},
        policies={"tiers": tiers, "priority": "late_first"}, **more,
    )  # fmt: skip
    return log_of(plan, engine)


def test_p13_where_all_tiers_have_work_waiting_hours_are_split_as_they_are_set(engine):
    told = measure(tiered(40, engine))
    for tier in TIERS:
        assert told[f"tier_hours.{tier['id']}"][0] == pytest.approx(tier["hours_share"], abs=0.02)
    other = [{**tier, "hours_share": share} for tier, share in zip(TIERS, (0.6, 0.3, 0.1), strict=True)]
    told = measure(tiered(40, engine, other))
    for tier in other:
        assert told[f"tier_hours.{tier['id']}"][0] == pytest.approx(tier["hours_share"], abs=0.02)
    assert sum(told[f"tier_bookings.{tier['id']}"][0] for tier in TIERS) == pytest.approx(1)


def test_p13_hours_that_a_tier_does_not_want_go_to_the_others(engine):
    """With half the work they can do the tiers take what they need, whatever their shares."""
    other = [{**tier, "hours_share": share} for tier, share in zip(TIERS, (0.9, 0.05, 0.05), strict=True)]
    one, two = (measure(tiered(3, engine, tiers)) for tiers in (TIERS, other))
    assert one["utilisation"][0] < 0.6
    for tier in TIERS:
        name = f"tier_hours.{tier['id']}"
        assert one[name][0] == pytest.approx(two[name][0], abs=0.01)
    assert one["tier_hours.rest"][0] > 0.3 > 0.2 > one["tier_hours.gold"][0]


def test_p13_a_tier_that_had_nothing_to_do_does_not_ask_for_the_hours_later(engine):
    """Gold deals come from July on only; from then on they get their half, not more."""
    edges = [{"id": "rest", "hours_share": 0.5}, {"id": "gold", "from_quantile": 0.9, "hours_share": 0.5}]
    base = company(
        stage(hours=1, days=1), weekly_deals=60, days=360, hours=9, amount=10_000, policies={"tiers": edges},
    )  # fmt: skip
    poor = base.replace_all({
        "demand.amount": {"family": "empirical", "values": [10_000, 10_000, 10_000, 10_000, 90_000]},
        "demand.units.market.amount_factor": 0.1,
        "interventions": [{"date": "2026-07-01", "set": {"demand.units.market.amount_factor": 1}}],
    })  # fmt: skip
    log = log_of(poor, engine)
    told = measure(log, measured=(200.0, 360.0))
    rows = ended(log).where(ended(log).time >= 200)
    amount = dict(zip(log.opportunities.opportunity.tolist(), log.opportunities.amount.tolist(), strict=True))
    gold = np.mean([amount[int(n)] > 50_000 for n in rows.opportunity])
    assert gold == pytest.approx(0.5, abs=0.03)
    assert 0 <= told["tier_hours.gold"][0] <= 1


def test_p13_within_a_tier_the_priority_counts_and_touches_come_before_all(engine):
    touches = {"touches": {"every_days": 10, "hours": 0.5}}
    log = tiered(6, engine, behaviour=touches)
    edges = np.array(tables_of(company(stage(), amount={"median": 80_000, "spread": 0.8},
                                       policies={"tiers": TIERS})).tiers.last_edges)  # fmt: skip
    number = (np.searchsorted(edges, log.opportunities.amount, side="right") - 1).tolist()
    tier = dict(zip(log.opportunities.opportunity.tolist(), number, strict=True))
    waiting: dict[tuple[int, int], tuple[float, int, int]] = {}
    met = touched = 0
    parts = (
        getattr(log.tasks, part).tolist()
        for part in ("event", "opportunity", "stage", "time", "desk", "activity")
    )
    for event, n, at, time, desk, activity in zip(*parts, strict=True):
        if event == CODE["task_queued"]:
            waiting[n, activity] = (time, at, desk)
        elif event == CODE["task_started"]:
            _, mine, _ = waiting.pop((n, activity))
            others = [
                (other, what, where) for (other, what), (since, where, whose) in waiting.items()
                if whose == desk and since < time
            ]  # fmt: skip
            if activity == 1:
                touched += len(others)
                continue
            for other, what, where in others:
                if what != 1 and tier[other] == tier[n]:
                    assert mine >= where
                    met += 1
    assert met > 200
    assert touched > 200


def test_p13_tiers_stand_in_a_file(tmp_path):
    log = tiered(8, "auto")
    back = read_log(write_log(log, tmp_path / "log.parquet"))
    for name in ("tier_bookings.<tier>", "tier_hours.<tier>"):
        before, after = (measure(one, names=[name]) for one in (log, back))
        for tier in TIERS:
            key = name.replace("<tier>", tier["id"])
            assert 0 < before[key][0] < 1
            if name.startswith("tier_bookings"):
                assert after[key] == before[key]


def test_p13_tiers_that_do_not_make_a_whole_are_refused():
    with pytest.raises(ScenarioError) as caught:
        world().replace("policies.tiers", TIERS[1:])
    assert {fault.code for fault in caught.value.faults} == {"tiers_sum", "tiers_begin"}


# -- all of them ------------------------------------------------------------------------------------------------


def test_neutral_values_change_no_byte(engine):
    off = {
        "policies.score": {"sources": {"inbound": 0}}, "policies.leads.upper.share": 0.9,
        "policies.service": {"hours": 5, "effect_logit": 2, "amount_over": 1}, "behaviour.incentives.effort_logit": 3,
        "behaviour.incentives.rush_skips": 0.9, "demand.sources.inbound.deal_cost": 50,
    }  # fmt: skip
    one, two = log_of(world(), engine), log_of(world().replace_all(off), engine)
    for table in ("deals", "tasks", "opportunities"):
        for mine, other in zip(
            vars(getattr(one, table)).values(), vars(getattr(two, table)).values(), strict=True
        ):
            assert mine.tobytes() == other.tobytes()


def test_levers_of_deciding_name_what_is_not_there():
    with pytest.raises(ScenarioError) as caught:
        world().replace_all({
            "policies.service.pool": "service", "policies.leads.lower.pool": "experts",
            "policies.score": {"sources": {"fair": 1}, "segments": {"steel": 1}}, "policies.service.stages": ["x"],
        })  # fmt: skip
    assert {fault.code.removesuffix("_near") for fault in caught.value.faults} == {
        "unknown_pool", "unknown_source", "unknown_segment", "unknown_stage",
    }  # fmt: skip
