"""Generated companies: everything on at once, in every mixture."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from worlds import START, company, stage

from funnelsim.errors import ScenarioError
from funnelsim.scenario.files import parse, plain
from funnelsim.scenario.model import Scenario

shares = st.sampled_from([0.0, 0.25, 0.5, 0.8, 1.0])
hours = st.one_of(
    st.sampled_from([0, 0.5, 1, 7]),
    st.builds(lambda mean: {"mean": mean, "cv": 0.8}, st.sampled_from([0.5, 3.0])),
)
days = st.one_of(
    st.sampled_from([0, 1, 7]),
    st.builds(lambda median: {"median": median, "spread": 0.6}, st.sampled_from([0.5, 5.0, 30.0])),
    st.just({"advance": 3, "lost": {"family": "exponential", "mean": 9}, "no_decision": 20}),
    st.just({"family": "empirical", "values": [0, 1, 5], "weights": [1, 2, 1]}),
)
endings = st.sampled_from([
    {"no_decision": 0, "lost": {"lost": 1}},
    {"no_decision": 0.5, "lost": {"price": 0.5}},
    {"regress": 0.6, "no_decision": 0.2, "lost": {"price": 0.1, "competitor": 0.1}},
    {"regress": 1.0, "no_decision": 0.0, "lost": {}},
])  # fmt: skip
helpers = st.sampled_from([
    [], [], [{"pool": "presales", "hours": 2}],
    [{"pool": "presales", "hours": {"mean": 2, "cv": 1}, "when": "amount_p75"}, {"pool": "legal", "hours": 1}],
    [{"pool": "presales", "hours": 1, "amount_over": 80_000, "effect_logit": 0.8},
     {"pool": "legal", "hours": 1, "when": "amount_p75", "effect_logit": -0.4}],
])  # fmt: skip
pools = (
    {"id": "presales", "name": "presales", "people": 2, "weekly_hours": 7},
    {"id": "legal", "name": "legal", "people": 1, "weekly_hours": 3.5},
)
priorities = st.sampled_from(["late_first", "early_first", "first_come", "value_per_hour", "equal"])
routings = st.sampled_from(["random", "territory", "round_robin", "by_load", "by_skill"])
dates = st.integers(0, 170).map(lambda day: (START + timedelta(days=day)).isoformat())


@st.composite
def interventions(draw, reps: int) -> list[dict]:
    choices = [
        ("stages[0].advance_rate", shares),
        ("stages[0].delay_days", days),
        ("stages.*.rep_hours", hours),
        ("team.reps[0].weekly_hours", st.sampled_from([0.0, 3.0, 20.0])),
        ("team.pools.presales.people", st.sampled_from([1, 3])),
        ("demand.units.*.weekly_deals", st.sampled_from([0.0, 1.0, 4.0])),
        ("policies.priority", priorities),
        ("policies.prospecting.every_days", st.sampled_from([10.0, 24.0])),
        ("policies.wait_for_buyer", st.booleans()),
        ("policies.strict", st.booleans()),
        ("policies.routing", routings),
        ("policies.score.large_deal", st.sampled_from([0, 10])),
        ("policies.leads.upper", st.sampled_from([{}, {"pool": "legal", "share": 0.3}])),
        ("policies.service", st.just({"pool": "legal", "amount_over": 50_000, "effect_logit": 1})),
        ("policies.incentives.speed_bonus", st.sampled_from([0.0, 1500.0])),
        ("behaviour.repeat", st.sampled_from([{"share": 0.2}, {"share": 0.8, "days": 3}])),
        (
            "policies.tiers",
            st.sampled_from(
                [
                    [],
                    [
                        {"id": "gold", "from_quantile": 0.5, "hours_share": 0.5},
                        {"id": "rest", "hours_share": 0.5},
                    ],
                ]
            ),
        ),
        ("policies.cash.delay_days", st.sampled_from([None, 8.0])),
        ("behaviour.quality_sd", st.sampled_from([0.0, 1.0])),
        ("behaviour.touches.every_days", st.sampled_from([None, 3.0])),
        ("behaviour.touches.neglect_weekly_rate", st.sampled_from([0.0, 1.0])),
        ("behaviour.silent.upper", shares),
        ("behaviour.reporting.entry_delay_days", st.sampled_from([0.0, 9.0])),
        ("behaviour.reporting.hidden_share", shares),
        ("policies.price.discount_share", st.sampled_from([0.0, 0.1, 0.5])),
        ("policies.attacks.terms", st.sampled_from([{}, {"strength": 0.5, "amount_share": 0.1}])),
        ("policies.attacks.relations.strength", shares),
        ("policies.executive_support", st.just({"effect_logit": 2, "pool": "legal", "when": "amount_p75"})),
        ("policies.care.every_days", st.sampled_from([None, 20.0])),
        (
            "policies.review",
            st.sampled_from([{"rule": "none"}, {"rule": "weekly", "top": 2}, {"rule": "1-15-30"}]),
        ),
        ("policies.audits.weekly_share", st.sampled_from([0.0, 0.5])),
        ("policies.remedies.on", st.booleans()),
        ("policies.coaching", st.sampled_from([{}, {"opportunity_hours": 2}, {"skill_hours": 4}])),
        ("policies.gates.on", st.booleans()),
        ("policies.activities.compliance", shares),
        ("policies.registration.required", st.booleans()),
        ("policies.reminders.after", st.sampled_from([None, 1.0])),
        ("policies.process_strength", shares),
        ("behaviour.collision_share", shares),
        ("behaviour.handover_loss.upper", shares),
        ("policies.handover.rule", st.sampled_from(["none", "assign_only", "protocol"])),
        ("team.attrition.yearly_rate", st.sampled_from([0.0, 2.0, 9.0])),
        ("team.attrition.vacancy_weeks", st.sampled_from([0.0, 3.0])),
        ("team.managers.chief.weekly_hours", st.sampled_from([0.0, 1.0])),
    ]
    found = []
    for _ in range(draw(st.integers(0, 2))):
        path, values = draw(st.sampled_from(choices))
        found.append({"date": draw(dates), "set": {path: draw(values)}})
    waiting = {"policies.price.discount_share": 0.3, "stages[0].advance_rate": 0.5, "policies.priority": "early_first",
               "behaviour.reporting.entry_delay_days": 4, "behaviour.touches.neglect_weekly_rate": 2}  # fmt: skip
    for _ in range(draw(st.sampled_from([0, 0, 1, 2, 3]))):
        measure, limit = draw(
            st.sampled_from([("open_deals", 3), ("weighted_pipeline", 900), ("stalled_share", 0.1)])
        )
        path = draw(st.sampled_from(sorted(waiting)))
        when = {"measure": measure, draw(st.sampled_from(["above", "below"])): limit}
        found.append({"when": when, "set": {path: waiting[path]}})
    return found


@st.composite
def living(draw) -> dict:
    """Stalls, neglect, silent ends, deals that come back, and a report that is off: each on or off."""
    causes = {"rep_absent": 0.5, "undecided": 0.5}
    found = {
        "stalls": {
            "upper": {"share": 0.5, "causes": causes}, "middle": {"share": 0.3, "causes": {"dilemma": 1}},
            "signals": {"dilemma": {"late": 0.25}, "silently_lost": {"late": 0.8}},
        },
        "touches": {"every_days": 5, "hours": 0.5, "neglect_after_days": 8, "neglect_weekly_rate": 0.5},
        "silent": {"upper": 0.5, "middle": 0.5, "lower": 0.9, "discovery_weeks": 3},
        "revive": {"share": 0.4, "days": {"median": 6, "spread": 1}},
        "repeat": {"share": draw(st.sampled_from([0.4, 1])), "days": {"median": 9, "spread": 1}},
        "reporting": {
            "inflated_share": 0.3, "shifted_share": 0.2, "hiding_reps_share": 0.6, "hidden_share": 0.4,
            "entry_error_share": 0.3, "entry_delay_days": draw(st.sampled_from([0, 3])),
        },
    }  # fmt: skip
    return {name: part for name, part in found.items() if draw(st.booleans())}


def seeing() -> tuple[dict[str, st.SearchStrategy], dict[str, st.SearchStrategy]]:
    """Levers of seeing and standards: values of policies, and of behaviour, each worth trying."""
    some = st.sampled_from([0.3, 0.8])
    policies = {
        "gates": st.fixed_dictionaries({
            "on": st.just(True), "stages": st.sampled_from([[], ["s0"]]), "repeat_days": st.sampled_from([1, 7]),
        }),
        "activities": st.fixed_dictionaries({"compliance": st.sampled_from([0, 0.5])}),
        "registration": st.fixed_dictionaries({
            "required": st.booleans(), "hours": st.sampled_from([0, 1]), "approval_days": st.sampled_from([0, 2]),
            "refused_share": st.sampled_from([0, 0.3]),
        }),
        "surprise": st.fixed_dictionaries({"rule": st.just("on"), "announced": st.booleans()}),
        "reminders": st.fixed_dictionaries({
            "after": st.sampled_from([0.5, 2]), "most_weekly": st.sampled_from([None, 1, 3]),
            "response": st.sampled_from([0.5, 1]),
        }),
        "files_hours": st.sampled_from([0.5, 1]),
        "process_strength": st.sampled_from([0.4, 1]),
    }  # fmt: skip
    behaviour = {
        "evidence_missing_share": st.sampled_from([0.1, 0.6]), "collision_share": some, "files_completeness": some,
        "handover_loss": st.just({"upper": 0.3, "middle": 0.5, "lower": 0.9}),
    }  # fmt: skip
    return policies, behaviour


def deciding() -> dict[str, st.SearchStrategy]:
    """Levers of deciding: values of policies, each worth trying."""
    return {
        "score": st.fixed_dictionaries({
            "large_deal": st.sampled_from([0, 7]), "sources": st.just({"inbound": 3, "prospect": 9}),
        }),
        "leads": st.fixed_dictionaries({
            "upper": st.sampled_from([{}, {"pool": "presales", "share": 1}]),
            "middle": st.sampled_from([{}, {"pool": "legal", "share": 0.5}]),
        }),
        "service": st.fixed_dictionaries({
            "pool": st.just("legal"), "amount_over": st.sampled_from([0, 90_000]), "hours": st.sampled_from([0, 2]),
            "effect_logit": st.sampled_from([0, 0.7]),
        }),
        "tiers": st.sampled_from([
            [{"id": "all", "hours_share": 1}],
            [{"id": "gold", "from_quantile": 0.6, "hours_share": 0.7}, {"id": "rest", "hours_share": 0.3}],
            [{"id": "low", "hours_share": 0.5}, {"id": "mid", "from_quantile": 0.3, "hours_share": 0.25},
             {"id": "top", "from_quantile": 0.9, "hours_share": 0.25}],
        ]),
        "cash": st.fixed_dictionaries({"delay_days": st.sampled_from([5, {"family": "exponential", "mean": 20}])}),
        "incentives": st.fixed_dictionaries({
            "speed_bonus": st.sampled_from([0, 900, 9000]), "bookings_share": st.sampled_from([0, 0.01]),
            "praise_hours": st.sampled_from([0, 1]),
        }),
    }  # fmt: skip


@st.composite
def mixture(draw, values: dict[str, st.SearchStrategy]) -> dict:
    """Some of the keys, each with a value; in most companies none."""
    if draw(st.booleans()):
        return {}
    return {name: draw(value) for name, value in values.items() if draw(st.booleans())}


@st.composite
def curing(draw, stages: list[str]) -> dict:
    """Levers on weak stages: each on or off, in some of the stages."""
    some = st.sampled_from([[], [stages[-1]], [stages[0]]])
    strength = st.sampled_from([0.2, 0.9])
    found = {
        "attacks": {
            "relations": {"stages": draw(some), "strength": draw(strength), "hours": draw(st.sampled_from([0, 0.5]))},
            "terms": {"stages": draw(some), "strength": draw(strength), "amount_share": 0.05},
            "technical": {"stages": draw(some), "effect_logit": 0.7, "pool": "legal", "hours": 1},
            "competitor": {"stages": draw(some), "strength": draw(strength), "reason": "competitor"},
        },
        "training": {"effect_logit": {stages[0]: 0.5}, "weekly_hours": 1},
        "templates": {"hours_factor": {stages[-1]: draw(st.sampled_from([0, 0.5]))}},
        "price": {"discount_share": 0.07, "effect_logit": {stages[-1]: 0.8}},
        "executive_support": {
            "effect_logit": 0.9, "pool": "presales", "when": draw(st.sampled_from(["amount_p75", "always", "never"])),
        },
        "care": {"every_days": draw(st.sampled_from([10, 60])), "effect": 0.7},
    }  # fmt: skip
    return {name: part for name, part in found.items() if draw(st.booleans())} if draw(st.booleans()) else {}


@st.composite
def managed(draw) -> tuple[dict, dict]:
    """Policies and behaviour of managers: reviews, audits and remedies, each on or off."""
    policies, review = {}, {
        "rule": draw(st.sampled_from(["weekly", "1-15-30", "1-15-30"])), "top": draw(st.sampled_from([None, 3])),
        "cadence_days": draw(st.sampled_from([7, 10])), "tracks": draw(st.sampled_from(["no_progress", "all"])),
        "verdict": draw(st.sampled_from(["judged", "judged", "no_progress_out"])),
        "second_days": draw(st.sampled_from([7, 15])), "verdict_days": draw(st.sampled_from([16, 30])),
    }  # fmt: skip
    if draw(st.booleans()):
        policies["review"] = review
    if draw(st.booleans()):
        policies["audits"] = {"weekly_share": draw(st.sampled_from([0.2, 1.0])), "minutes": 7}
    if draw(st.booleans()):
        policies["coaching"] = {
            "opportunity_hours": draw(st.sampled_from([0, 1, 4])), "skill_hours": draw(st.sampled_from([0, 2])),
            "full_hours": draw(st.sampled_from([1, 4])), "own_selling_hours": draw(st.sampled_from([0, 0, 0.25])),
        }  # fmt: skip
    if draw(st.booleans()):
        policies["remedies"] = {"on": True, "hours": draw(st.sampled_from([0, 3])), "manager_hours": 0.25}
    behaviour = {
        "judgement": {"dead_dropped": 0.6, "live_dropped": 0.3},
        "remedies": {"matched_factor": draw(st.sampled_from([0.0, 0.5])), "hard_question": 0.5},
        "coaching": {
            "reading": draw(st.sampled_from([0, 0.6, 1])), "found_faster": draw(st.sampled_from([0, 1, 9])),
            "deal_help_logit": draw(st.sampled_from([{}, {"s0": 1}])), "skill_logit": draw(st.sampled_from([0, 2])),
            "half_weeks": 4, "forgotten_weeks": 2,
        },
    }  # fmt: skip
    return policies, behaviour


@st.composite
def leaving(draw) -> tuple[dict, dict, dict]:
    """Reps who leave: the team's attrition, policies and behaviour; in most companies nothing."""
    if draw(st.booleans()):
        return {}, {}, {}
    attrition = {
        "yearly_rate": draw(st.sampled_from([0, 1, 6])), "by_skill": draw(st.sampled_from(["flat", "mid", "stars"])),
        "load_effect": draw(st.sampled_from([0, 0.5])), "fairness_effect": draw(st.sampled_from([0, 1])),
        "notice_days": draw(st.sampled_from([0, 5, 30])), "vacancy_weeks": draw(st.sampled_from([0, 1, 5])),
        "ramp_weeks": draw(st.sampled_from([None, 0, 2])),
    }  # fmt: skip
    policies = {
        "handover": {
            "rule": draw(st.sampled_from(["none", "assign_only", "protocol", "protocol"])),
            "visit_hours": draw(st.sampled_from([0, 1, 3])), "call_hours": draw(st.sampled_from([0, 0.5])),
        },
        "visibility": draw(st.sampled_from([0, 0.6])),
    }  # fmt: skip
    behaviour = {
        "parting": {"protocol_loss": {"upper": 0.1, "middle": 0.2, "lower": 0.3}, "dead_found": 0.5},
        "handover_loss": {"upper": 0.3, "middle": 0.5, "lower": 0.9},
    }
    return attrition, policies, behaviour


@st.composite
def scenarios(draw) -> Scenario:
    """A company of up to four stages, three reps, two pools and two territories, a third of a year long."""
    count = draw(st.integers(1, 4))
    stages = [
        stage(
            f"s{n}", draw(hours), draw(days), draw(shares), otherwise=draw(endings), specialists=draw(helpers),
            activities=[{"id": "one", "name": "one"}, {"id": "two", "name": "two"}][: draw(st.integers(1, 2))],
            third=("upper", "middle", "lower")[min(n, 2)],
            evidence=[{"id": "paper", "name": "paper", "activity": "one"}, {"id": f"e{n}", "name": "e"}],
        )
        for n in range(count)
    ]  # fmt: skip
    reps = draw(st.integers(1, 3))
    people = []
    for n in range(reps):
        rep = {"id": f"rep-{n + 1}", "weekly_hours": draw(st.sampled_from([0, 3.5, 7, 40])),
               "territory": ("north", "south")[n % 2 if reps > 1 else 0]}  # fmt: skip
        if n and draw(st.booleans()):
            rep[draw(st.sampled_from(["hired", "leaves"]))] = draw(dates)
        people.append(rep)
    second = reps > 1
    policies = draw(curing([part["id"] for part in stages]))
    if "attacks" in policies and not any("competitor" in part["otherwise"]["lost"] for part in stages):
        policies["attacks"]["competitor"]["strength"] = 0.0
    managing, judging = draw(managed())
    policies |= managing
    for rep in people:
        if draw(st.booleans()):
            rep["manager"] = draw(st.sampled_from(["chief", "head"]))
    units = [
        {"id": "u1", "weekly_deals": draw(st.sampled_from([0.0, 0.5, 3.0]))},
        {"id": "u2", "weekly_deals": draw(st.sampled_from([0.2, 2.0])), "segment": "big", "amount_factor": 2},
    ]
    asked, behaviour = (draw(mixture(part)) for part in seeing())
    policies |= asked | draw(mixture(deciding()))
    attrition, handing, parting = draw(leaving())
    policies |= handing
    behaviour |= parting
    base = company(
        *stages, days=draw(st.sampled_from([1, 30, 120])), warmup_weeks=draw(st.sampled_from([0, 4])), pools=pools,
        policies={
            "priority": draw(priorities),
            "prospecting": draw(st.sampled_from([{}, {"every_days": 24}, {"every_days": 5, "hours": 3}])),
            "strict": draw(st.booleans()),
            "wait_for_buyer": draw(st.booleans()),
            **policies,
        },
        managers=({"id": "chief", "weekly_hours": draw(st.sampled_from([0.5, 20]))}, {"id": "head", "weekly_hours": 2}),
        behaviour={
            "quality_sd": draw(st.sampled_from([0, 0.7])), "skill_sd": draw(st.sampled_from([0, 0.2])),
            **draw(living()), **judging,
            "customer_starts": draw(st.sampled_from(["stage", "work_done"])), "skip_share": 0.3,
            **behaviour,
        },
        amount=draw(st.sampled_from([1000, {"median": 80_000, "spread": 0.8}])),
    )  # fmt: skip
    data = plain(base)
    data["policies"]["routing"] = draw(routings)
    data["demand"]["units"] = units
    if "score" in policies and draw(st.booleans()):
        data["policies"]["score"]["segments"] = {"big": 5}
    if draw(st.booleans()):
        data["calendar"] |= {"work_days": ["mon", "tue", "wed", "thu", "fri"], "holidays": "CN"}
    data["demand"]["market_cv"] = draw(st.sampled_from([0, 0.3]))
    data["team"]["reps"] = people
    if attrition:
        data["team"]["attrition"] = attrition
        for pool in data["team"]["pools"]:
            pool["relationship"] = draw(st.sampled_from([0, 0.5]))
    if draw(st.integers(0, 9)) == 0:  # nobody leads
        for key in ("review", "audits", "remedies", "reminders", "coaching"):
            data["policies"].pop(key, None)
        data["team"]["managers"] = []
        for rep in people:
            rep.pop("manager", None)
    data["territories"] = (
        [{"id": "north", "units": ["u1"]}, {"id": "south", "units": ["u2"]}]
        if second
        else [{"id": "north", "units": ["u1", "u2"]}]
    )
    scenario = parse(data)
    try:
        return parse({**data, "interventions": draw(interventions(reps))})
    except ScenarioError:  # a date outside the run
        return scenario
