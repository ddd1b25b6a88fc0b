"""Levers on weak stages: attacks, training, templates, price, support of executives, care. What each does."""

from dataclasses import fields

import numpy as np
import pytest
from logs import log_of
from worlds import company, stage

from funnelsim.engine.run import ENGINES, simulate, tables_of
from funnelsim.engine.tables import Tables
from funnelsim.errors import ScenarioError
from funnelsim.history.log import BOTH, CODE, ENDS, REPORT, TRUTH
from funnelsim.scenario.files import load
from funnelsim.study.columns import Columns, amounts_at
from funnelsim.study.flips import flips
from funnelsim.study.metrics import measure

ENDINGS = {"no_decision": 0.4, "lost": {"competitor": 0.4, "price": 0.2}}
POOLS = ({"id": "experts", "name": "experts", "people": 9, "weekly_hours": 70},)
OFF = {
    "policies.attacks.relations.hours": 3, "policies.attacks.terms.amount_share": 0.2,
    "policies.attacks.technical.hours": 9, "policies.attacks.technical.pool": "experts",
    "policies.attacks.competitor.hours": 5, "policies.executive_support.hours": 4,
    "policies.executive_support.pool": "experts", "policies.care.cost": 99,
    "policies.templates.hours_factor": {"b": 1}, "policies.price.effect_logit": {"a": 0},
}  # fmt: skip
ATTACKS = {
    "relations": {"policies.attacks.relations.strength": 0.5},
    "terms": {"policies.attacks.terms.strength": 0.3},
    "technical": {"policies.attacks.technical": {"effect_logit": 0.5, "pool": "experts"}},
    "competitor": {"policies.attacks.competitor.strength": 0.5},
}
REMEDIES = {
    "training": {"policies.training": {"effect_logit": {"b": 0.5}, "weekly_hours": 1}},
    "templates": {"policies.templates": {"hours_factor": {"b": 0.7}, "effect_logit": {"b": 0.2}}},
    "price": {"policies.price": {"discount_share": 0.1, "effect_logit": {"b": 0.5}}},
    "executive_support": {"policies.executive_support": {"effect_logit": 0.5, "pool": "experts"}},
}


@pytest.fixture(params=[name for name in ENGINES if name != "auto"])
def engine(request):
    return request.param


def world(behaviour=None, deals=8.0, reps=40, **more):
    stages = [
        stage("a", hours=1, days=4, advance=0.6, otherwise=ENDINGS),
        stage(
            "b", hours=2, days={"median": 10, "spread": 0.5}, advance=0.6, otherwise=ENDINGS, third="middle"
        ),
    ]
    stalls = {
        "upper": {"share": 0.4, "causes": {"undecided": 1}},
        "middle": {"share": 0.4, "causes": {"dilemma": 1}},
    }
    behaviour = {"stalls": {**stalls, "factor": 3}} if behaviour is None else behaviour
    return company(
        *stages, weekly_deals=deals, days=400, reps=reps, hours=70, pools=POOLS, behaviour=behaviour,
        amount={"median": 80_000, "spread": 0.8}, **more,
    )  # fmt: skip


def moved(change, base=None):
    """The arrays of the compiled company that a change moves; `standards` is as long as `work` and follows it."""
    base = base or world()
    one, two = tables_of(base), tables_of(base.replace_all(change))
    found = set()
    for part in fields(Tables):
        a, b = getattr(one, part.name), getattr(two, part.name)
        same = np.array_equal(a, b, equal_nan=True) if part.name == "skill_known" else repr(a) == repr(b)
        if isinstance(a, np.ndarray) and part.name != "skill_known":
            same = np.array_equal(a, b)
        if not same and part.name not in {"scenario", "names", "standards"}:
            found.add(part.name)
    return found


def visits(log, name):
    v = Columns(log).visits
    mine = v.stage == log.names.stages.index(name)
    return {k: getattr(v, k)[mine] for k in ("deal", "entered", "left", "outcome")}


def advanced(log, name):
    """(visits to a stage that ended, how many of them advanced or won)"""
    outcome = visits(log, name)["outcome"]
    return (outcome >= 0).sum(), np.isin(outcome, [CODE["advanced"], CODE["won"]]).sum()


def is_near(count, n, share):
    assert abs(count / n - share) < 4 * np.sqrt(share * (1 - share) / n), (
        f"{count / n:.3f}, {share:.3f} expected"
    )


def hours(log, activity):
    """Hours of the tasks of an activity that have ended."""
    if activity not in log.names.activities:
        return np.zeros(0)
    rows = log.tasks
    return rows.value[
        (rows.event == CODE["task_ended"]) & (rows.activity == log.names.activities.index(activity))
    ]


# -- all of them ----------------------------------------------------------------------------------------------


def test_neutral_values_change_no_byte(engine):
    one, two = log_of(world(), engine), log_of(world().replace_all(OFF), engine)
    for table in ("deals", "tasks", "opportunities"):
        for mine, other in zip(
            vars(getattr(one, table)).values(), vars(getattr(two, table)).values(), strict=True
        ):
            assert mine.tobytes() == other.tobytes()


def test_v14_four_attacks_move_different_numbers():
    found = {name: moved(change) for name, change in ATTACKS.items()}
    odds = {"stage_logit", "supported_logit"}
    assert found == {
        "relations": odds | {"stall_share", "ending_edges", "work"},
        "terms": {"delays", "price_kept"},
        "technical": odds | {"work"},
        "competitor": odds | {"ending_edges", "work"},
    }
    tables = {name: tables_of(world().replace_all(change)) for name, change in ATTACKS.items()}
    reps = tables["relations"].reps
    assert (
        tables["technical"].work.pool >= reps
    ).any()  # specialists pay for one, reps for two, the amount for one
    assert not (tables["relations"].work.pool >= reps).any()
    assert not (tables["competitor"].work.pool >= reps).any()
    relations, rivals = (tables[name].ending_edges for name in ("relations", "competitor"))
    assert not np.array_equal(relations, rivals)


def test_v14_a_lever_leaves_stages_alone_that_it_does_not_name():
    for name, change in ATTACKS.items():
        path = next(iter(change)).split(".")[:3]
        only = world().replace_all(change).replace(".".join(path) + ".stages", ["b"])
        before, after = tables_of(world()), tables_of(only)
        for array in ("stage_logit", "stall_share", "ending_edges"):
            assert np.array_equal(getattr(before, array)[:, 0], getattr(after, array)[:, 0]), (name, array)
        assert before.delays[0][0] == after.delays[0][0]


def test_levers_name_what_is_not_there():
    with pytest.raises(ScenarioError) as caught:
        world().replace_all({
            "policies.attacks.terms.stages": ["a", "c"], "policies.price.effect_logit": {"x": 1},
            "policies.attacks.competitor": {"strength": 0.1, "reason": "competitors"},
            "policies.attacks.technical.effect_logit": 1,
            "policies.executive_support": {"effect_logit": 1, "pool": "nobody"},
        })  # fmt: skip
    assert {fault.code.removesuffix("_near") for fault in caught.value.faults} == {
        "unknown_stage", "unknown_loss", "pool_missing", "unknown_pool",
    }  # fmt: skip


def test_specialists_who_are_not_there_cannot_help():
    with pytest.raises(ScenarioError) as caught:
        world().replace_all({**ATTACKS["technical"], "team.pools.experts.people": 0})
    assert [fault.code for fault in caught.value.faults] == ["pool_empty"]


# -- attacks --------------------------------------------------------------------------------------------------


def test_v14_relations_halve_stalls_and_ends_without_a_decision_and_cost_the_rep_hours(engine):
    base, other = world(), world().replace_all(ATTACKS["relations"])
    before, after = log_of(base, engine), log_of(other, engine)
    stalled = [
        {
            (int(n), int(s))
            for n, s in zip(
                *(getattr(log.deals.where(rows), c) for c in ("opportunity", "stage")), strict=True
            )
        }
        for log in (before, after)
        for rows in [(log.deals.event == CODE["stalled"]) & (log.deals.view != REPORT)]
    ]
    met = set(zip(*(visits(log, "a")["deal"].tolist() for log in (before, before)), strict=True))
    assert len(met) > 300
    of_a = [{n for n, s in some if s == 0} for some in stalled]
    assert of_a[1] < of_a[0]  # the same customers, fewer of them
    is_near(len(of_a[1]), len(visits(after, "a")["deal"]), 0.2)
    # 0.4 x 0.4 = 0.16 end undecided; half of these decide as the 0.84 others do
    n, on = advanced(after, "a")
    is_near(on, n, 0.6 / 0.92)
    lost = visits(after, "a")["outcome"]
    is_near((lost == CODE["no_decision"]).sum(), n, 0.08 / 0.92)
    is_near((lost == CODE["lost"]).sum(), n, 0.24 / 0.92)
    ended = hours(after, "attack_relations")
    assert set(ended.tolist()) == {1.0}
    assert abs(ended.size - len(visits(after, "a")["deal"]) - len(visits(after, "b")["deal"])) < 20
    assert not hours(before, "attack_relations").size


def test_v14_terms_shorten_the_customers_delay_and_cost_part_of_the_amount(engine):
    base, other = world(), world().replace_all(ATTACKS["terms"])
    before, after = log_of(base, engine), log_of(other, engine)
    first = [visits(log, "a") for log in (before, after)]
    assert np.array_equal(first[0]["deal"], first[1]["deal"])
    days = [v["left"] - v["entered"] for v in first]
    ended = np.isfinite(days[0]) & np.isfinite(days[1])
    assert np.allclose(days[1][ended], 0.7 * days[0][ended], atol=1e-5)
    listed = before.opportunities.amount
    assert np.array_equal(after.opportunities.amount, [round(a * 0.98) for a in listed.tolist()])
    assert advanced(before, "a")[1] <= advanced(after, "a")[1]  # sooner, so more have ended
    assert np.array_equal(first[0]["outcome"][ended], first[1]["outcome"][ended])  # but not otherwise


def test_v14_a_technical_attack_raises_the_odds_and_costs_specialists(engine):
    change = ATTACKS["technical"]
    before, after = log_of(world(), engine), log_of(world().replace_all(change), engine)
    chance = 1 / (1 + np.exp(-(np.log(0.6 / 0.4) + 0.5)))
    n, on = advanced(after, "a")
    is_near(on, n, chance)
    assert advanced(before, "a")[1] < on
    assert not hours(before, "a.experts").size
    assert set(hours(after, "a.experts").tolist()) == {4.0}
    mine = after.tasks.where(after.tasks.event == CODE["task_ended"])
    helped = mine.person[mine.activity == after.names.activities.index("a.experts")]
    assert (helped >= tables_of(world()).reps).all()


def test_v14_an_attack_on_a_competitor_saves_his_share_and_leaves_other_ends_their_size(engine):
    after = log_of(world(deals=20, reps=90).replace_all(ATTACKS["competitor"]), engine)
    n, on = advanced(after, "a")
    is_near(on, n, 0.6 + 0.4 * 0.4 * 0.5)
    ends = after.deals.where(np.isin(after.deals.event, ENDS) & (after.deals.stage == 0))
    reason = np.array([after.names.reasons[r] for r in ends.reason])
    is_near((reason == "competitor").sum(), n, 0.4 * 0.4 * 0.5)
    is_near((reason == "price").sum(), n, 0.4 * 0.2)
    is_near((ends.event == CODE["no_decision"]).sum(), n, 0.4 * 0.4)
    assert set(hours(after, "attack_competitor").tolist()) == {2.0}


def test_v14_where_nothing_else_can_happen_everything_advances(engine):
    ends = {"no_decision": 0, "lost": {"competitor": 1}}
    base = company(stage("a", days=2, advance=0.3, otherwise=ends), weekly_deals=5, pools=POOLS)
    log = log_of(base.replace_all({"policies.attacks.competitor": {"strength": 1, "hours": 0}}), engine)
    n, on = advanced(log, "a")
    assert n == on > 200


# -- training, templates, price, support ------------------------------------------------------------------------


def test_v15_each_remedy_moves_its_own_numbers():
    odds = {"stage_logit", "supported_logit"}
    assert {name: moved(change) for name, change in REMEDIES.items()} == {
        "training": odds | {"worked"},
        "templates": odds | {"work"},
        "price": odds | {"price_kept"},
        "executive_support": {"supported_logit", "support_when", "work"},
    }


def test_v15_price_raises_the_odds_and_lowers_the_value_and_nothing_else_touches_the_value(engine):
    base = log_of(world(), engine)
    listed = base.opportunities.amount
    for name, change in (ATTACKS | REMEDIES).items():
        after = log_of(world().replace_all(change), engine)
        kept = {"price": 0.9, "terms": 0.98}.get(name, 1.0)
        assert np.array_equal(after.opportunities.amount, [round(a * kept) for a in listed.tolist()]), name
        if name in REMEDIES:
            assert (after.deals.event == CODE["won"]).sum() > (base.deals.event == CODE["won"]).sum(), name


def test_v15_training_takes_selling_hours_and_works_in_its_stage_alone(engine):
    base, other = world(), world().replace_all(REMEDIES["training"])
    before, after = log_of(base, engine), log_of(other, engine)
    available = [log.hours_available[0, : tables_of(base).reps, -1] for log in (before, after)]
    assert np.allclose(available[1], available[0] * 69 / 70)
    assert advanced(before, "a") == advanced(after, "a")
    assert advanced(before, "b")[1] < advanced(after, "b")[1]


def test_v15_a_template_saves_the_reps_hours(engine):
    before, after = log_of(world(), engine), log_of(world().replace_all(REMEDIES["templates"]), engine)
    assert set(hours(before, "b.work").tolist()) == {2.0}
    assert np.allclose(hours(after, "b.work"), 1.4)
    assert set(hours(after, "a.work").tolist()) == {1.0}


def test_v15_executives_help_large_deals_and_no_other(engine):
    before, after = (
        log_of(world(deals=20, reps=90), engine),
        log_of(world(deals=20, reps=90).replace_all(REMEDIES["executive_support"]), engine),
    )
    large = tables_of(world()).large_amount[0]
    amount = before.opportunities.amount
    v, w = visits(before, "a"), visits(after, "a")
    assert np.array_equal(v["deal"], w["deal"])
    small = amount[v["deal"]] < large
    assert np.array_equal(v["outcome"][small], w["outcome"][small])
    chance = 1 / (1 + np.exp(-(np.log(0.6 / 0.4) + 0.5)))
    big = w["outcome"][~small & (w["outcome"] >= 0)]
    is_near(np.isin(big, [CODE["advanced"], CODE["won"]]).sum(), big.size, chance)
    rows = after.tasks
    helped = set(rows.opportunity[rows.activity == after.names.activities.index("a.experts")].tolist())
    assert helped == {int(n) for n in after.opportunities.opportunity[amount >= large]}


def test_v15_a_price_that_changes_on_a_date_is_asked_of_every_deal_that_lives(engine):
    change = {"policies.price.discount_share": 0.25}
    base = world(behaviour={"reporting": {"hiding_reps_share": 1, "hidden_share": 0.3}})
    after = log_of(base.replace("interventions", [{"date": "2026-06-30", "set": change}]), engine)
    before = log_of(base, engine)
    rows = after.deals.where(after.deals.event == CODE["amount_changed"])
    assert set(rows.time.tolist()) == {180.0}
    listed = dict(
        zip(before.opportunities.opportunity.tolist(), before.opportunities.amount.tolist(), strict=True)
    )
    assert rows.value.tolist() == [round(listed[n] * 0.75) for n in rows.opportunity.tolist()]
    alive = Columns(before, TRUTH).open_at(180.0).deal
    assert sorted(rows.opportunity.tolist()) == sorted(before.opportunities.opportunity[alive].tolist())
    hidden = {
        int(n)
        for n in before.deals.opportunity[
            (before.deals.event == CODE["created"]) & (before.deals.view == TRUTH)
        ]
    }
    assert hidden
    assert {(n in hidden, v) for n, v in zip(rows.opportunity.tolist(), rows.view.tolist(), strict=True)} == {
        (True, TRUTH), (False, BOTH),
    }  # fmt: skip
    wins = Columns(after, TRUTH).wins
    asked = amounts_at(Columns(after, TRUTH), wins.deal, wins.time)
    late = wins.time >= 180
    price = np.array([listed[int(n)] for n in after.opportunities.opportunity[wins.deal]])
    assert np.array_equal(asked, np.where(late, np.rint(price * 0.75), price))


def test_a_log_told_in_pieces_has_the_same_prices():
    from funnelsim.engine.stream import stream

    change = {"policies.price.discount_share": 0.25}
    scenario = world().replace("interventions", [{"date": "2026-06-30", "set": change}])
    whole = log_of(scenario, "compiled")
    values = np.concatenate([piece.deals.value for piece in stream(scenario, 1, 0, "compiled", rows=200)])
    assert values.tobytes() == whole.deals.value.tobytes()
    assert values.any()


def test_the_default_company_without_levers_is_told_its_list_prices():
    tables = tables_of(load("industrial_8x8"))
    assert (tables.price_kept == 1).all()
    assert np.array_equal(tables.stage_logit, tables.supported_logit)


# -- care -------------------------------------------------------------------------------------------------------


def neglect(**care):
    behaviour = {"touches": {"every_days": None, "neglect_after_days": 10, "neglect_weekly_rate": 0.14}}
    base = company(stage(days=1000), weekly_deals=20, days=500, behaviour=behaviour)
    return base.replace("policies.care", care)


def test_p14_reminders_halve_the_hazard_of_neglect_and_cost_so_much_each(engine):
    quiet, cared = (log_of(neglect(**how), engine) for how in ({}, {"every_days": 30, "cost": 20}))
    lost = []
    for log in (quiet, cared):
        born = dict(
            zip(log.opportunities.opportunity.tolist(), log.opportunities.created.tolist(), strict=True)
        )
        rows = log.deals.where(log.deals.event == CODE["lost"])
        days = {int(n): t - born[int(n)] - 10 for n, t in zip(rows.opportunity, rows.time, strict=True)}
        assert {log.names.reasons[r] for r in set(rows.reason.tolist())} == {"neglect"}
        lost.append(days)
    for n in lost[1].keys() & lost[0].keys():
        assert np.isclose(lost[1][n], 2 * lost[0][n]), "the same patience lasts twice as long"
    assert len(lost[1]) < len(lost[0])
    numbers = measure(cared)
    sent = 0
    ended = dict(zip(*(getattr(cared.deals.where(cared.deals.event == CODE["lost"]), c).tolist()
                       for c in ("opportunity", "time")), strict=True))  # fmt: skip
    for n, born in zip(
        cared.opportunities.opportunity.tolist(), cared.opportunities.created.tolist(), strict=True
    ):
        sent += int((ended.get(n, cared.horizon) - born) // 30)
    assert numbers["care_reminders"].tolist() == [sent]
    assert numbers["care_cost"].tolist() == [20 * sent]
    assert measure(quiet)["care_cost"].tolist() == [0]


def test_p14_who_is_reminded_more_rarely_than_it_lasts_is_less_protected():
    hazard = [tables_of(neglect(**how)).neglect_hazard[0] for how in (
        {}, {"every_days": 10}, {"every_days": 30}, {"every_days": 60}, {"every_days": 300, "effect": 1},
    )]  # fmt: skip
    assert np.allclose(hazard, np.array([1, 0.5, 0.5, 0.75, 0.9]) * 0.02)
    assert moved({"policies.care.every_days": 30}, neglect()) == {"neglect_hazard", "care"}


def test_flipped_deals_account_for_a_price_that_changes_on_a_date_or_once_something_is_seen():
    change = {"policies.price": {"discount_share": 0.1, "effect_logit": {"b": 0.5}}}
    base = world()
    before = simulate(base, 1, 3).log
    for start in ({"date": "2026-05-04"}, {"when": {"measure": "open_deals", "above": 20}}):
        after = simulate(base.replace("interventions", [{**start, "set": change}]), 1, 3).log
        difference = measure(after)["bookings"] - measure(before)["bookings"]
        assert difference.any()
        assert flips(before, after).difference.tolist() == difference.tolist()
