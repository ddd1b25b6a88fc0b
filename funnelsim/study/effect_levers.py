"""The levers that the table of effects measures: what is set, how it works, where it comes from, what was guessed.

Doses are examples. A guess is the effect on bookings that a small weekly model gave before funnelsim was there: it
sizes a lesson and is no fact; where a measurement is far from it, the note says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Lever:
    """A lever and the dose of it that is measured."""

    row: str
    """Which part of the method it is."""
    changes: Mapping[str, Any]
    """Path -> value."""
    mechanism: str
    kind: str = "assumed"
    """Where the size of the effect comes from: sourced or assumed."""
    also: str = ""
    """A metric besides bookings that it is meant to move."""
    guess: float | None = None
    """Guessed effect on bookings, as a share."""
    note: str = ""
    """What a reader should know; needed where the measurement is far from the guess."""
    variant: Mapping[str, Any] = field(default_factory=dict)
    """What the company has beside, with the lever and without it: path -> value."""


_A = "policies.attacks"
_LED = {"policies.review.rule": "weekly", "policies.coaching": {"opportunity_hours": 4, "skill_hours": 4}}
"""A manager who reviews every week and coaches with what is left; eight reps are his."""
_MIDDLE, _LOWER = ["demo", "design", "evaluation"], ["negotiation", "signing"]

_FOLLOW = {"behaviour.handover_loss": {"upper": 0.15, "middle": 0.32, "lower": 0.4}}
_LEAVERS = {"team.attrition": {"yearly_rate": 0.25, "by_skill": "stars"}, **_FOLLOW}

LEVERS: tuple[Lever, ...] = (
    Lever(
        "V14 relations", {f"{_A}.relations": {"stages": _MIDDLE, "strength": 0.3}},
        "three in ten stalls and ends without a decision in the middle third do not come about; 1 h of the rep a visit",
        also="stalled_share",
    ),
    Lever(
        "V14 terms", {f"{_A}.terms": {"stages": _LOWER, "strength": 0.3, "amount_share": 0.02}},
        "the customer of the lower third decides in 0.7 of the time; 2 % of every amount",
        also="cycle_won_days",
        note="a shorter cycle brings each order sooner once, and costs its share of every order",
    ),
    Lever(
        "V14 technical",
        {f"{_A}.technical": {"stages": ["design"], "effect_logit": 0.3, "pool": "consultant", "hours": 4}},
        "odds of the design stage +0.3 logit; 4 h of a consultant a visit",
        also="utilisation.consultant",
    ),
    Lever(
        "V14 competitor", {f"{_A}.competitor": {"stages": _MIDDLE, "strength": 0.3}},
        "three in ten losses to a competitor in the middle third advance; 2 h of the rep a visit",
        also="lost_by_competitor",
    ),
    Lever(
        "V15 training", {"policies.training": {"effect_logit": {"visit": 0.4}, "weekly_hours": 0.5}},
        "odds of the visit stage +0.4 logit; half an hour a week of every rep",
        also="win_rate",
    ),
    Lever(
        "V15, P06 template", {"policies.templates.hours_factor": {"design": 0.7}},
        "30 % fewer hours of the rep in the design stage",
        also="utilisation", guess=0.038,
    ),
    Lever(
        "V15 content", {"policies.templates.effect_logit": {"demo": 0.3, "proposal": 0.3}},
        "a better demonstration and proposal: odds of both stages +0.3 logit, the same hours",
        also="win_rate",
    ),
    Lever(
        "V15 price", {"policies.price": {"discount_share": 0.05, "effect_logit": {"negotiation": 0.3, "signing": 0.3}}},
        "5 % off every amount; odds of the lower third +0.3 logit",
        also="deal_size",
    ),
    Lever(
        "V15 executive support",
        {"policies.executive_support": {"stages": _LOWER, "effect_logit": 0.3, "pool": "executive"}},
        "odds of large deals in the lower third +0.3 logit; 2 h of an executive a visit",
        also="utilisation.executive",
    ),
    Lever(
        "P14 care", {"policies.care.every_days": 30.0},
        "a reminder every 30 days halves the hazard of neglect; 20 CNY each",
        also="lost_by_neglect",
    ),
    Lever(
        "V08 weekly review", {"policies.review.rule": "weekly"},
        "every reported deal is asked for on Mondays, 5 min of the manager; a rep who kept away calls again",
        also="manager_hours",
    ),
    Lever(
        "V01 1-15-30", {"policies.review.rule": "1-15-30"},
        "a deal without progress is seen again on day 15 and judged on day 30: of the dead .75 are dropped, of the "
        "living .06",
        also="zombie_share", guess=0.010,
        note="makes the report honest; 5.6 living deals a year are dropped by mistake and cost more than the freed "
        "hours bring: with `behaviour.judgement.live_dropped: 0` it is +1.6% (+0.3% to +2.9%), better. The guess had "
        "exit criteria beside it",
    ),
    Lever(
        "V01 taken at its word", {"policies.review": {"rule": "1-15-30", "verdict": "no_progress_out"}},
        "whoever shows no progress by day 30 is out, dead or alive",
        also="false_drops",
        note="the counter-case: most deals that are won have a visit longer than that",
    ),
    Lever(
        "Q05 audits", {"policies.audits.weekly_share": 0.1},
        "each week one open deal in ten is looked into, 10 min of the manager; hidden ones are registered",
        also="found_by_audits",
        note="nothing here decides by what the report shows, so bookings do not move; the report does",
    ),
    Lever(
        "V04-V06 remedies", {"policies.remedies.on": True},
        "the likely cause of a stall is treated, 2 h of the rep and half an hour of the manager; where it is the right "
        "one, what remains of the delay is halved; who is gone says so with .75 when he is asked",
        also="zombie_share",
    ),
    Lever(
        "P02, P05 gates", {"policies.gates.on": True},
        "all evidence of a stage must be there before a deal leaves it; each item is missing with .1 at a time, and "
        "its activity is done again a week later",
        also="stage_error_share",
        note="bookings come later by the evidence that was not there; the report shows every deal where it is",
    ),
    Lever(
        "P03 loose standards", {"policies.activities.compliance": 0.8},
        "one key selling activity in five is left out: its hours are saved, and each costs .15 logit",
        also="ksa_compliance",
        note="at this load the hours that are saved bring more than .15 logit costs",
    ),
    Lever(
        "P10 collisions", {"behaviour.collision_share": 0.3},
        "three in ten deals are pursued by a second rep too, for the hours of the first stage",
        also="collision_hours", variant={"policies.routing": "random"},
        note="not a lever but what registration prevents; any rep may get any deal",
    ),
    Lever(
        "P10 registration", {"policies.registration": {"required": True, "approval_days": 2}},
        "every deal is registered (.25 h) and approved two days later; none but the hidden collide",
        also="collision_hours", variant={"policies.routing": "random", "behaviour.collision_share": 0.3},
    ),
    Lever(
        "Q06 surprises announced", {"policies.surprise.rule": "on"},
        "each announced surprise takes .3 of what is left of the others' hiding; the commission is paid in full",
        also="surprise_wins",
        note="nothing here decides by what the report shows, so bookings do not move; the report does",
    ),
    Lever(
        "V07 reminders", {"policies.reminders": {"after": 2, "most_weekly": 5}},
        "a rep is reminded of a stay of twice the usual delay and calls at once; beyond five a week he responds to "
        "five",
        also="stalled_share",
    ),
    Lever(
        "P15 customers go along", {"behaviour.handover_loss": {"upper": 0.15, "middle": 0.32, "lower": 0.4}},
        "a deal goes with the rep who leaves with .15, .32 or .40 by its third",
        also="handover_loss", variant={"team.reps[2].leaves": "2026-04-01"},
        note="not a lever but what leaving costs besides the missing hours; one of eight reps leaves on 1 April",
    ),
    Lever(
        "P15 customer files", {"policies.files_hours": 1},
        "an hour on the file of each new customer halves what is missing in it: fewer signals hidden, fewer deals lost "
        "when a rep leaves",
        also="handover_loss",
        variant={"team.reps[2].leaves": "2026-04-01", "behaviour.files_completeness": 0.4,
                 "behaviour.handover_loss": {"upper": 0.15, "middle": 0.32, "lower": 0.4}},
    ),
    Lever(
        "P08, P09 process", {"policies.process_strength": 1},
        "the best way of selling is written down and kept to: reps differ .55 less in skill, new ones are at full "
        "speed in half the time",
        note="in a company where nobody comes or goes it only makes reps alike: the average one sells as before",
    ),
    Lever(
        "P09 process with a new rep", {"policies.process_strength": 1},
        "the same; one of eight reps is hired on 1 January",
        variant={"team.reps[2].hired": "2026-01-01"},
    ),
    Lever(
        "V11 opportunity coaching", {"policies.coaching.opportunity_hours": 4},
        "an hour a week of the manager with every rep: he reads the quality of a deal with correlation .6, works on "
        "the better of a stage first, and finds out twice as fast that a deal is dead",
        also="zombie_share",
    ),
    Lever(
        "V11 help with deals",
        {"policies.coaching.opportunity_hours": 4,
         "behaviour.coaching.deal_help_logit": dict.fromkeys((*_MIDDLE, *_LOWER), 0.15)},
        "the same, and the odds of the deals in the middle and lower third +.15 logit while it lasts",
        also="win_rate", guess=0.082,
    ),
    Lever(
        "V11 skill coaching", {"policies.coaching.skill_hours": 4},
        "an hour a week of the manager with every rep: skill +.15 logit, half of it after 13 weeks, half forgotten a "
        "year after it ends",
        also="win_rate", guess=0.1,
    ),
    Lever(
        "V11 managers sell", {"policies.coaching.own_selling_hours": 8},
        "the manager sells 8 of his 16 hours himself, an hour a week for every rep",
        also="utilisation",
    ),
    Lever(
        "V11 span of 4",
        {"team.managers": [{"id": "manager", "weekly_hours": 16}, {"id": "second", "weekly_hours": 16}]},
        "a second manager: each has four reps for his 16 hours, and time for all of them",
        also="not_coached_share", variant=_LED,
        note="a second manager is paid for: below stands what a ninth rep's hours would bring instead",
    ),
    Lever(
        "V11 span of 16", {"team.managers[0].weekly_hours": 8},
        "the manager leads another eight reps too: half of his 16 hours are for these; the list takes most of them",
        also="not_coached_share", variant=_LED,
    ),
    Lever(
        "V11 hours of a ninth rep", {"team.reps.*.weekly_hours": 15.75},
        "instead of a second manager: an eighth more hours of every rep",
        also="not_coached_share", variant=_LED,
    ),
    Lever(
        "P19 vendor claim", {"team.reps.*.weekly_hours": 16.8},
        "vendor claim, unverified: efficiency +20 %, read as a fifth more hours to sell; the scenario `vendor_claim`",
        also="utilisation", guess=0.173,
        note="what such hours would bring if there were any, and no word on whether a CRM frees them",
    ),
    Lever(
        "H08 attrition",
        {"team.attrition": {"yearly_rate": 0.25, "by_skill": "stars"}, **_FOLLOW},
        "a quarter of the reps leave every year, stars twice as often; eight weeks later somebody new comes, at full "
        "speed after half a year; customers go along with .15, .32 or .40 by third",
        also="weighted_lost_with_rep",
        note="not a lever but what leaving costs; `study.loss_split` says by what",
    ),
    Lever(
        "H06, H07 protocol", {"policies.handover.rule": "protocol"},
        "leaver and successor visit customers of the lower third (3 h each) and call those of the middle (.5 h each); "
        "then the successor calls the others (.5 h); who was visited or called follows with .07, .10 or .07",
        also="weighted_lost_with_rep", variant=_LEAVERS, guess=0.033,
    ),
    Lever(
        "H05 visibility", {"policies.visibility": 1},
        "customer data belong to the company: half as many follow a leaver",
        also="weighted_lost_with_rep", variant=_LEAVERS,
    ),
    Lever(
        "H03 team selling", {"team.pools.*.relationship": 1},
        "a customer is as close to each group of specialists that has helped him as to the rep, and follows that much "
        "less",
        also="weighted_lost_with_rep", variant=_LEAVERS,
    ),
    Lever(
        "Q04 hiding", {"behaviour.reporting.hidden_share": 0.3},
        "the three in ten reps who hide deals hide 30 % of them instead of 15 %",
        also="surprise_wins",
        note="hours and customers are the same: only what the report shows is less",
    ),
    Lever(
        "Q04 hiding from managers", {"behaviour.reporting.hidden_share": 0.3},
        "the same, where managers review by 1-15-30 and treat stalls, and one of eight reps leaves on 1 April: what is "
        "hidden is neither checked, dropped nor treated",
        also="zombie_share",
        variant={"policies.review.rule": "1-15-30", "policies.remedies.on": True, "team.reps[2].leaves": "2026-04-01",
                 "behaviour.handover_loss": {"upper": 0.15, "middle": 0.32, "lower": 0.4}},
    ),
    Lever(
        "P11 early first", {"policies.priority": "early_first"},
        "reps work on the earliest stages first",
        also="open_deals", guess=-0.104,
        note="deals that were far on wait once, so the first year pays; after that as many come out at the end as "
        "before, only later, for at this load all the work is done anyway",
    ),
    Lever(
        "P11 value by the hour", {"policies.priority": "value_per_hour"},
        "reps work first on what brings most in an hour: amount x chance to win from the stage on / hours still to "
        "come",
        also="deal_size",
    ),
    Lever(
        "P11 all deals alike", {"policies.priority": "equal"},
        "reps work first on the deal on which nobody has worked for longest",
        also="open_deals",
    ),
    Lever(
        "P17 routing by load", {"policies.routing": "by_load"},
        "a new deal goes to the rep with the fewest open deals, wherever it comes from",
        also="utilisation",
    ),
    Lever(
        "P17 routing by skill", {"policies.routing": "by_skill"},
        "a new deal goes to the most skilled rep who has no more open deals than the average",
        also="win_rate",
    ),
    Lever(
        "P17 score", {"policies.score.large_deal": 10},
        "among deals of the same stage, those above the upper quartile of amounts come first",
        also="deal_size",
    ),
    Lever(
        "H02 leads", {"policies.leads.middle": {"pool": "consultant", "share": 0.1}},
        "consultants lead the middle third: they take over a tenth of the rep's hours there",
        also="rep_share.middle",
    ),
    Lever(
        "H18 service", {"policies.service": {
            "pool": "consultant", "stages": ["visit", "proposal"], "amount_over": 1_500_000, "hours": 2,
            "effect_logit": 0.3,
        }},
        "consultants join deals of 1.5 million and more early: 2 h a visit, odds of two stages of the upper third +0.3 "
        "logit",
        also="utilisation.consultant",
    ),
    Lever(
        "H11 bonus for speed", {"policies.incentives.speed_bonus": 2000.0},
        "2,000 CNY for every stage passed: odds of every stage +.05 logit; people rush: a fifth of the key activities "
        "is left out, and a quarter of the deals in place are reported one stage too far",
        also="stage_error_share",
        note="at this load the hours that rushing saves bring more than .15 logit an activity costs; the report errs",
    ),
    Lever(
        "H11 bonus on bookings", {"policies.incentives.bookings_share": 0.02},
        "2 % of every order on top of the commission: odds of every stage +.05 logit",
        also="incentive_cost",
    ),
    Lever(
        "F12 repeat demand", {"behaviour.repeat": {"share": 0.3, "days": 180}},
        "three in ten customers come back half a year after an order, to the rep who had them",
        also="repeat_bookings",
        note="not a lever but what customers do; new deals take hours from others",
    ),
    Lever(
        "P13 tiers", {"policies.tiers": [
            {"id": "gold", "from_quantile": 0.8, "hours_share": 0.6}, {"id": "others", "hours_share": 0.4},
        ]},
        "six in ten of the reps' hours for deals are kept for gold customers, the fifth with the largest amounts, as "
        "long as they have work waiting",
        also="deal_size",
        note="gold deals of early stages go before others that are near their end",
    ),
)  # fmt: skip
