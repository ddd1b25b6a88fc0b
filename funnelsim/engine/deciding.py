"""The arrays of the levers of deciding (`scenario.deciding`), and what they make of a company before anything runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from funnelsim.engine import rules
from funnelsim.history.log import Spending
from funnelsim.scenario.behaviour import Policies
from funnelsim.scenario.distributions import Distribution, mean
from funnelsim.scenario.funnel import Specialist, Stage
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.paths import Change

ROUTING = {
    "territory": rules.BY_TERRITORY, "random": rules.AT_RANDOM, "round_robin": rules.ROUND_ROBIN,
    "by_load": rules.BY_LOAD, "by_skill": rules.BY_SKILL,
}  # fmt: skip
PRIORITY = {
    "late_first": rules.LATE_FIRST, "early_first": rules.EARLY_FIRST, "first_come": rules.FIRST_COME,
    "value_per_hour": rules.VALUE_PER_HOUR, "equal": rules.EQUAL,
}  # fmt: skip


@dataclass(frozen=True)
class Deciding:
    """Who gets a deal and what comes first. P periods, S stages, U units."""

    routing: np.ndarray  # (P,)
    priority: np.ndarray  # (P,)
    worth: np.ndarray  # (P, S) share of deals won, for each hour of the reps, from the entry of a stage on
    large_points: np.ndarray  # (P,)
    source_points: np.ndarray  # (P, sources)
    unit_points: np.ndarray  # (P, U + 1) the last of deals that belong to no unit

    @property
    def scores(self) -> bool:
        return bool(self.large_points.any() or self.source_points.any() or self.unit_points.any())


def deciding(plans: list[Scenario], sources: list[str], units: list[str]) -> Deciding:
    """The arrays of a company; `plans` are those whose levers have done their work (`cures.cured`)."""
    points = [plan.policies.score for plan in plans]
    segments = [{unit.id: unit.segment for unit in plan.demand.units} for plan in plans]
    return Deciding(
        routing=np.array([ROUTING[plan.policies.routing] for plan in plans]),
        priority=np.array([PRIORITY[plan.policies.priority] for plan in plans]),
        worth=np.stack([_worth(plan) for plan in plans]),
        large_points=np.array([score.large_deal for score in points]),
        source_points=np.array([[score.sources.get(name, 0) for name in sources] for score in points]),
        unit_points=np.array([
            [*(score.segments.get(segment.get(name, ""), 0) for name in units), 0]
            for score, segment in zip(points, segments, strict=True)
        ]),
    )  # fmt: skip


def _worth(plan: Scenario) -> np.ndarray:
    """Chance to win / hours of reps still to come, on average, from the entry of each stage on, (S,).

    0 where nobody asks for it.
    """
    if plan.policies.priority != "value_per_hour":
        return np.zeros(len(plan.stages))
    found, chance, hours = [], 1.0, 0.0
    for stage in reversed(plan.stages):
        rate = advance_rate(stage)
        hours = mean(stage.rep_hours) + rate * hours
        chance *= rate
        found.append(chance / max(hours, 1 / 64))
    return np.rint(np.array(found[::-1]) * 2.0**30) / 2.0**30


def advance_rate(stage: Stage) -> float:
    """Share of a stage's visits that advance with its change of odds, of average quality."""
    return float(special.expit(special.logit(stage.advance_rate) + stage.effect_logit))


# -- who leads, who joins -----------------------------------------------------------------------------------


def led(policies: Policies, stage: Stage) -> tuple[Distribution, list[Specialist]]:
    """The rep's own hours in a stage, and the work of the pool that leads it."""
    lead = getattr(policies.leads, stage.third)
    if lead.pool is None or not lead.share:
        return stage.rep_hours, []
    return _times(stage, 1 - lead.share), [Specialist(pool=lead.pool, hours=_times(stage, lead.share))]


def _times(stage: Stage, factor: float) -> Distribution:
    made = Change("factor", factor).of(stage.rep_hours, stage.id, stage.id) if factor else 0.0
    return Distribution.model_validate(made)


def service(policies: Policies, stage: str) -> list[Specialist]:
    """The work of the pool that joins deals of high value."""
    joins = policies.service
    if joins.pool is None or (joins.stages and stage not in joins.stages):
        return []
    hours = Distribution(family="fixed", value=joins.hours)
    return [Specialist(
        pool=joins.pool, hours=hours, amount_over=joins.amount_over, effect_logit=joins.effect_logit,
    )]  # fmt: skip


def threshold(helper: Specialist, large: float) -> tuple[int, float]:
    """Which deals a specialist works on: as rules number it, and from which list price on."""
    if helper.when == "never":
        return rules.NEVER, 0.0
    least = large if helper.when == "amount_p75" else 0.0
    least = max(least, helper.amount_over or 0.0)
    return (rules.LARGE_DEALS, least) if least else (rules.ALWAYS, 0.0)


# -- rewards ------------------------------------------------------------------------------------------------


def rewarded(plan: Scenario) -> Scenario:
    """The company as rewards make it: people try harder, and rush where speed is paid.

    Where gates are on, nobody is paid for a stage whose evidence is not there: nobody rushes.
    """
    given, full = plan.policies.incentives, plan.behaviour.incentives
    haste = min(1.0, given.speed_bonus / full.full_speed_bonus)
    effort = haste + min(1.0, given.bookings_share / full.full_bookings_share)
    effort = full.effort_logit * (effort + min(1.0, given.praise_hours / full.full_praise_hours))
    if not effort and not haste:
        return plan
    haste = 0.0 if plan.policies.gates.on else haste
    standards, reporting = plan.policies.activities, plan.behaviour.reporting
    kept = standards.compliance * (1 - full.rush_skips * haste)
    inflated = 1 - (1 - reporting.inflated_share) * (1 - full.rush_inflates * haste)
    managers = tuple(
        one.model_copy(update={"weekly_hours": max(0.0, one.weekly_hours - given.praise_hours)})
        for one in plan.team.managers
    )
    stages = tuple(
        stage.model_copy(update={"effect_logit": stage.effect_logit + effort}) for stage in plan.stages
    )
    policies = plan.policies.model_copy(
        update={"activities": standards.model_copy(update={"compliance": kept})}
    )
    behaviour = plan.behaviour.model_copy(
        update={"reporting": reporting.model_copy(update={"inflated_share": inflated})}
    )
    team = plan.team.model_copy(update={"managers": managers})
    return plan.model_copy(
        update={"stages": stages, "policies": policies, "behaviour": behaviour, "team": team}
    )


def spending(plans: list[Scenario], starts: np.ndarray) -> tuple[Spending, ...]:
    """What rewards and channels cost by period, as `EventLog.spending` has it; nothing where they cost nothing."""
    costs = [
        tuple((source.id, source.deal_cost) for source in plan.demand.sources if source.deal_cost)
        for plan in plans
    ]
    found = tuple(
        Spending(
            float(day), plan.policies.incentives.speed_bonus, plan.policies.incentives.bookings_share,
            cost,
        )
        for day, plan, cost in zip(starts, plans, costs, strict=True)
    )  # fmt: skip
    return found if any(one.stage_bonus or one.bookings_share or one.deal_cost for one in found) else ()
