"""Faults planted in the compiled engine are caught: the engine is bent line by line, and must differ."""

from __future__ import annotations

import pytest
from parity.planted import planted
from worlds import company, exponential, stage

from funnelsim.engine.prove import both, difference
from funnelsim.scenario.model import Scenario


def world(waits: bool) -> Scenario:
    """A small company in which everything happens: some fifty customers, four months."""
    later = {"regress": 0.5, "no_decision": 0.2, "lost": {"price": 0.3}}
    acts = [
        {"id": "call", "name": "call", "skip_logit": -1.5},
        {"id": "file", "name": "file", "skip_logit": -0.5},
    ]
    first = stage(
        "a", hours=1, days={"median": 6, "spread": 0.6}, advance=0.8, third="upper", activities=acts,
        evidence=[{"id": "mail", "name": "mail", "activity": "call"}, {"id": "form", "name": "form"}],
    )  # fmt: skip
    second = stage(
        "b", hours=exponential(2), days={"advance": 4, "lost": 9, "no_decision": 15}, advance=0.6, otherwise=later,
        third="middle", specialists=[{"pool": "legal", "hours": 8}],
    )  # fmt: skip
    third = stage("c", hours=2, days=9, advance=0.7, otherwise=later, third="lower")
    return company(
        first, second, third, weekly_deals=3, days=120, reps=3, hours=10,
        pools=({"id": "legal", "name": "legal", "people": 2, "weekly_hours": 7},),
        managers=({"id": "chief", "weekly_hours": 3}, {"id": "head", "weekly_hours": 20}),
        policies={
            "priority": "late_first", "prospecting": {"every_days": 9, "hours": 3}, "strict": False,
            "wait_for_buyer": waits,
            "review": {"rule": "1-15-30", "second_days": 7, "verdict_days": 16},
            "audits": {"weekly_share": 0.1}, "remedies": {"on": True, "hours": 1},
            "coaching": {"opportunity_hours": 4, "skill_hours": 2}, "files_hours": 0.25,
            "gates": {"on": True, "repeat_days": 3}, "activities": {"compliance": 0.7},
            "surprise": {"rule": "on", "deterrence_share": 0.5},
            "registration": {"required": not waits, "hours": 0.5, "approval_days": 2, "refused_share": 0.1},
            "reminders": {"after": 1.5, "most_weekly": 1, "response": 0.7},
            "executive_support": {"stages": ["b"], "effect_logit": 1.5, "pool": "legal", "when": "amount_p75"},
        },
        behaviour={
            "coaching": {"skill_logit": 2, "half_weeks": 4},
            "quality_sd": 0.7, "skill_sd": 0.3, "skip_share": 0.3, "evidence_missing_share": 0.4,
            "collision_share": 0.4, "files_completeness": 0.5,
            "handover_loss": {"upper": 0.2, "middle": 0.3, "lower": 0.4},
            "stalls": {
                "upper": {"share": 0.4, "causes": {"rep_absent": 0.5, "undecided": 0.5}},
                "middle": {"share": 0.3, "causes": {"dilemma": 1}}, "signals": {"dilemma": {"late": 0.5}},
            },
            "touches": {"every_days": 4, "hours": 0.5, "neglect_after_days": 6, "neglect_weekly_rate": 0.3},
            "silent": {"upper": 0.5, "middle": 0.5, "lower": 0.9, "discovery_weeks": 3},
            "revive": {"share": 0.5, "days": {"median": 6, "spread": 1}},
            "reporting": {"inflated_share": 0.3, "shifted_share": 0.2, "hiding_reps_share": 0.6,
                          "hidden_share": 0.4, "entry_error_share": 0.3},
        },
        interventions=[{"date": "2026-03-02", "set": {"team.pools.legal.people": 1, "stages[0].advance_rate": 0.6,
                                                       "behaviour.touches.neglect_weekly_rate": 2,
                                                       "policies.price.discount_share": 0.1}},
                       {"when": {"measure": "open_deals", "above": 12}, "set": {"stages[1].advance_rate": 0.4}},],
    ).replace_all({"team.reps[2].leaves": "2026-02-16", "team.reps[1].hired": "2026-01-19"})  # fmt: skip


tiered = world(False).replace_all({
    "behaviour.touches.every_days": 40, "demand.amount": {"median": 80_000, "spread": 0.8},
    "policies.priority": "late_first", "interventions[0].set": {"team.pools.legal.people": 1},
    "policies.tiers": [{"id": "gold", "from_quantile": 0.7, "hours_share": 0.6}, {"id": "rest", "hours_share": 0.4}],
})  # fmt: skip

deciding = world(False).replace_all({
    "policies.routing": "round_robin", "policies.priority": "first_come", "behaviour.touches.every_days": 40,
    "demand.amount": {"median": 80_000, "spread": 0.8},
    "policies.cash.delay_days": {"family": "exponential", "mean": 9}, "behaviour.repeat": {"share": 1, "days": 40},
    "policies.score": {"large_deal": 20, "sources": {"inbound": 5, "prospect": 50}},
    "policies.service": {"pool": "legal", "amount_over": 60_000, "hours": 1, "effect_logit": 1, "stages": ["a"]},
    "interventions": [
        {"date": "2026-02-01", "set": {"policies.priority": "equal", "policies.routing": "by_skill",
                                       "behaviour.repeat.share": 0.4}},
        {"date": "2026-03-15", "set": {"policies.priority": "value_per_hour", "policies.routing": "by_load"}},
    ],
})  # fmt: skip
people_who_leave = world(True).replace_all({
    "team.attrition": {"yearly_rate": 5, "by_skill": "stars", "notice_days": 9, "vacancy_weeks": 1, "ramp_weeks": 2},
    "team.pools.legal.relationship": 9, "policies.handover": {"rule": "protocol", "visit_hours": 1},
    "behaviour.parting": {"dead_found": 0.5}, "behaviour.skill_sd": 2, "behaviour.handover_loss.middle": 0.9,
    "stages[0].specialists": [{"pool": "legal", "hours": 0}],
})  # fmt: skip


whole_days = company(
    stage("a", hours=1, days=2), stage("b", hours=1, days=2, advance=0.5), weekly_deals=30, days=60, reps=2, hours=14,
)  # fmt: skip

FAULTS = {
    "the tier that most wait in is served last": (
        "tiers.py", "rules.least_served(world.tiers.spent[number]", "rules.least_served(world.tiers.standing[number]",
    ),
    "a tier asks for the hours it did not want": (
        "tiers.py", "rules.caught_up(tiers.spent[number, tier], world.desks[number].served)",
        "tiers.spent[number, tier]",
    ),
    "a tier is served and it does not count": ("lines.py", "            serve(s, world, task)\n", "            pass\n"),
    "who leaves takes the work of a tier along": (
        "lines.py", "    while desk.line >= 0 or desk.tiered > 0:\n", "    while desk.line >= 0:\n",
    ),
    "an order is paid when another is": (
        "returning.py", "s.now + loyal.cash_days[s.period, number], rank", "s.now + loyal.cash_days[s.period, 0], rank",
    ),
    "every customer comes back who may": (
        "returning.py", "    if child >= 0 and rules.comes_back(loyal.comes_back[number], loyal.share[s.period]):\n",
        "    if child >= 0:\n",
    ),
    "who comes back goes to a rep who has left": (
        "returning.py", "owner if world.active[owner] else", "owner if owner >= 0 else",
    ),
    "two reps run after a customer who comes back": (
        "seeing.py", " or unit < 0 or luck.customers[number].returns:", " or unit < 0:",
    ),
    "nobody remembers whose turn it was": ("deciding.py", "        s.routed = rep\n", "        pass\n"),
    "all sources have the points of the first": (
        "deciding.py", "points.source_points[s.period, deal.source]", "points.source_points[s.period, 0]",
    ),
    "who joins does not change the odds": ("deciding.py", "        odds = odds + item.logit\n", "        pass\n"),
    "a deal is as neglected as before work on it": (
        "kernel.py", "                    world.deals[number].worked = s.now\n", "",
    ),
    "a deal's hour is worth what it was at its birth": ("life.py", "    deal.worth = here.worth\n", ""),
    "the tie key of moments forgets the rank": (
        "moments.py", "(up.time == time and (up.rank < rank or (up.rank == rank and up.seq < seq)))",
        "(up.time == time and up.seq < seq)",
    ),
    "a line forgets when a task joined it": (
        "lines.py", "    if one.joined != other.joined:\n        return one.joined < other.joined\n", "",
    ),
    "the queue rule is first come, first served": (
        "lines.py", "            p.priority, task.stage, deal.amount,", "            2, task.stage, deal.amount,",
    ),
    "a moment on the horizon happens": ("moments.py", "if time >= s.horizon:", "if time > s.horizon:"),
    "the desk is handed on at once": (
        "lines.py", "    while desk.free > 0 and (desk.line >= 0 or desk.tiered > 0):\n",
        "    for _ in range(desk.free and desk.line >= 0):\n",
    ),
    "a counter of open deals is forgotten": (
        "reported.py", "        world.open_deals[deal.owner] -= 1\n", "        pass\n",
    ),
    "neglect counts from a day too late": (
        "contact.py", "rules.neglect_from(deal.contact, p.neglect_after, since)",
        "rules.neglect_from(deal.contact, p.neglect_after + 1, since)",
    ),
    "the wrong name of luck decides a silent end": (
        "reported.py", "chance(s, luck, SILENT, stage", "chance(s, luck, REVIVE, stage",
    ),
    "a visit takes the luck of the visit before": (
        "reported.py", "luck.base[visit, number // BLOCK]", "luck.base[0, number // BLOCK]",
    ),
    "a touch counts contact from its start": (
        "lines.py", "in_contact(s, p, world.deals[task.number], end if end >= 0.0 else s.horizon)",
        "in_contact(s, p, world.deals[task.number], s.now)",
    ),
    "nobody touches a deal that has died unnoticed": (
        "lines.py", "        return deal.open != 0\n", "        return deal.alive != 0\n",
    ),
    "a change forgets to charge neglect first": (
        "staffing.py", "            charge_neglect(s, p, deal)\n", "            pass\n",
    ),
    "a deal that is handed over keeps its tasks waiting": (
        "parting.py", "            lines.join(s, p, world, agenda, told, owner, at)\n", "            pass\n",
    ),
    "a stall is as long as no stall": ("life.py", "        deal.days = deal.days * p.stall_factor\n", ""),
    "a regress leaves what the buyer had begun": (
        "life.py", "        deal.retreats += 1\n        deal.buyer_stage", "        deal.buyer_stage",
    ),
    "a hidden deal is told to the report": (
        "reported.py", "if not deal.hidden and shown == stage and seen == to:", "if shown == stage and seen == to:",
    ),
    "the free person with the highest number takes the task": (
        "lines.py", "        if up < person:\n            break\n", "        if up > person:\n            break\n",
    ),
    "a condition sees hidden deals": (
        "conditions.py", "if deal.open and not deal.hidden:", "if deal.open:",
    ),
    "a deal that lives keeps its old price": (
        "staffing.py", "            reprice(s, p, told, world.deals[number], number)\n", "            pass\n",
    ),
    "executives help the others": (
        "life.py", "rules.wants_specialist(p.support_when, deal.listed, p.large_amount)",
        "not rules.wants_specialist(p.support_when, deal.listed, p.large_amount)",
    ),
    "a verdict takes the living for the dead": (
        "reviewing.py", "rules.is_dropped(u, not deal.alive,", "rules.is_dropped(u, deal.alive,",
    ),
    "a manager's hours are never used up": ("curing.py", "    s.minutes = s.minutes - minutes\n", ""),
    "the list begins with the smallest deal": (
        "reviewing.py", "return one.value < other.value", "return one.value > other.value",
    ),
    "finished work is no progress": (
        "kernel.py", "                    world.managed[number].progress = s.now\n", "                    pass\n",
    ),
    "the second audit of a deal has the luck of the first": (
        "reviewing.py", "chance(s, luck, OF_DEAL, AUDIT, number, seen.audits)",
        "chance(s, luck, OF_DEAL, AUDIT, number, 0)",
    ),
    "a customer who was hastened is ready a second time": (
        "curing.py", "agenda.events[seen.ready_at].a = agenda.events[seen.ready_at].b = codes.NONE", "pass",
    ),
    "a remedy is done for a stall that is over": (
        "lines.py", "return deal.open != 0 and task.brings == deal.token", "return deal.open != 0",
    ),
    "who had to wait for a session waits again": (
        "coaching.py", "                had.waits[kind, manager] = rep\n", "                pass\n",
    ),
    "a rep believes in the deals he should not": (
        "coaching.py", "rules.reading_key(place, belief)", "rules.reading_key(place, -belief)",
    ),
    "what was learned once is never in doubt": (
        "coaching.py", "had.minutes[rep, kind, past % WEEKS] = 0.0", "pass",
    ),
    "who takes a seat knows what the one before had learned": (
        "staffing.py", "            begin_anew(world, rep)\n", "            pass\n",
    ),
    "a dead deal is found out at its own pace": (
        "coaching.py", "rules.found_sooner(s.now, until, seen.found_at, faster)", "seen.found_at",
    ),
    "word of an old death kills a deal that came back": (
        "kernel.py", "if deal.open and deal.lives == b:", "if deal.open:",
    ),
    "a specialist's amount is that of the wrong period": (
        "life.py", "luck.amount[s.period, number]", "luck.amount[0, number] + 1",
    ),
    "evidence is looked at with the luck of the first time": (
        "seeing.py", "rules.attempt_visit(deal.visit, deal.attempt)", "rules.attempt_visit(deal.visit, 0)",
    ),
    "an activity left out costs no odds": (
        "standards.py", "odds = odds + firm.standards.skips[at].logit", "odds = odds",
    ),
    "who surprises all is deterred himself": (
        "standards.py", "            if other != rep:\n", "            if True:\n",
    ),
    "a registered deal is approved at once": (
        "seeing.py", "s.now + days, rank, deal.token, codes.APPROVAL", "s.now, rank, deal.token, codes.APPROVAL",
    ),
    "a deal collides with its own rep": ("seeing.py", "rules.another(u, count, mine)", "rules.pick(u, count)"),
    "side work counts as a word to the customer": (
        "lines.py", "task.desk < len(world.reps) and not is_side(firm, task):", "task.desk < len(world.reps):",
    ),
    "a reminder comes though the stay is over": ("seeing.py", "deal.showing != showing or ", ""),
    "reminders of all weeks tire": (
        "seeing.py", "rep.alerts + 1 if rep.alert_week == week else 1", "rep.alerts + 1",
    ),
    "a file knows what it did not know before": (
        "standards.py", "rules.is_on_file(chance_of(s, luck, word, number, visit), share)", "True",
    ),
    "a deal goes with the rep by the luck of the next handover": (
        "parting.py", "chance_of(s, luck, here.handover_word, number, times)",
        "chance_of(s, luck, here.handover_word, number, times + 1)",
    ),
    "who is new has the skill of who was there before": (
        "staffing.py", "        parting.sit_down(s, luck, world, rep)\n", "",
    ),
    "the upper third is called at once": (
        "parting.py", "if handed[at].calls > 0 and world.deals[at].open and world.deals[at].owner == rep:", "if False:",
    ),
    "hidden deals are handed over by the protocol": (
        "parting.py", "or not is_listed(s, p, deal, world.managed[number])", "or False",
    ),
    "all are named for the same interim owner": ("parting.py", "        known.load[heir] += 1\n", "        pass\n"),
    "a check costs the manager nothing": ("parting.py", "    known.owed[manager] += q.check_minutes\n", "    pass\n"),
    "half a visit is enough": ("parting.py", "        if handed.calls == 0:\n", "        if handed.calls <= 1:\n"),
    "the protocol keeps nobody": (
        "parting.py", "rules.departure_chance(base.assigned, base.told, is_told, ties)",
        "rules.departure_chance(base.assigned, base.told, False, ties)",
    ),
    "customers know nobody but the rep": (
        "parting.py", "rules.departure_chance(base.assigned, base.told, is_told, ties)",
        "rules.departure_chance(base.assigned, base.told, is_told, 0.0)",
    ),
    "who is new takes nothing back": ("parting.py", "if not deal.open or handed.home != rep:", "if True:"),
    "an empty seat works on": ("memory.py", "hours=draws.worked[0], pattern=draws.worked[1]", "hours=self.firm.hours"),
    "a visit waits behind other work": ("lines.py", " or task.brings <= codes.HANDING:", ":"),
}  # fmt: skip


def differences(engine) -> list[str]:
    worlds = ((world(True), 1), (world(False), 2), (whole_days, 1), (whole_days, 2), (deciding, 1),
              (people_who_leave, 2), (tiered, 1))  # fmt: skip
    return [found for scenario, seed in worlds if (found := difference(*both(scenario, seed, 0, engine)))]


def test_the_copy_without_a_fault_agrees(tmp_path):
    """Plain Python tells what compiled code does, and no position lies outside of its array."""
    assert differences(planted(tmp_path, "planted_nothing")) == []


OFTEN = 6  # each has the engine bent and run, some three seconds: the fast suite plants one in six
TRIED = [
    fault if at % OFTEN == 0 else pytest.param(fault, marks=pytest.mark.slow)
    for at, fault in enumerate(FAULTS)
]


@pytest.mark.parametrize("fault", TRIED)
def test_a_planted_fault_is_caught(tmp_path, fault):
    engine = planted(tmp_path, f"planted_{list(FAULTS).index(fault)}", *FAULTS[fault])
    try:
        found = differences(engine)
    except (IndexError, RecursionError):  # bent so far that it falls
        return
    assert found, "no difference was seen"
