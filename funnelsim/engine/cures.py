"""What the levers on weak stages make of a company: odds, endings, delays, hours and prices, before anything runs.

Most of them are a company with other numbers (`cured`), so an engine need not know of them. What is
left for an engine is the price of a deal that lives when prices change, and the help that only some deals get.
"""

from __future__ import annotations

import numpy as np

from funnelsim.engine import deciding, rules
from funnelsim.scenario.behaviour import Policies
from funnelsim.scenario.distributions import Distribution
from funnelsim.scenario.funnel import Delay, Endings, Specialist, Stage
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.part import THIRDS
from funnelsim.scenario.paths import Change

RELATIONS, COMPETITOR = "attack_relations", "attack_competitor"
WHEN = {"always": rules.ALWAYS, "amount_p75": rules.LARGE_DEALS, "never": rules.NEVER}
_LEVERS = (
    "attacks", "training", "templates", "price", "executive_support", "care", "process_strength", "leads", "service",
    "incentives", "coaching",
)  # fmt: skip


def is_untreated(policies: Policies) -> bool:
    """Whether all levers of this module stand at their defaults."""
    fields = type(policies).model_fields
    return all(getattr(policies, name) == fields[name].default for name in _LEVERS)


def cured(plan: Scenario) -> Scenario:
    """The company with the numbers that its levers give it: odds, endings, delays, hours, skills, hazards."""
    if is_untreated(plan.policies):
        return plan
    plan = deciding.rewarded(plan)
    behaviour, process, training = plan.behaviour, plan.behaviour.process, plan.policies.training
    alike, sooner = by_process(plan, process.skill_narrowed), by_process(plan, process.ramp_shorter)
    reps = tuple(
        rep.model_copy(update={
            "weekly_hours": max(0.0, rep.weekly_hours - training.weekly_hours) + more,
            "skill_logit": None if rep.skill_logit is None else rep.skill_logit * alike,
        })
        for rep, more in zip(plan.team.reps, _lent(plan), strict=True)
    )  # fmt: skip
    own = plan.policies.coaching.own_selling_hours
    managers = tuple(
        manager.model_copy(update={"weekly_hours": max(0.0, manager.weekly_hours - own)})
        for manager in plan.team.managers
    )
    ramp = plan.team.ramp.model_copy(update={"weeks": plan.team.ramp.weeks * sooner})
    hazard = behaviour.touches.neglect_weekly_rate * (1 - cared_for(plan.policies))
    fewer = by_process(plan, process.loss_smaller)
    losses = {third: getattr(behaviour.handover_loss, third) * fewer for third in THIRDS}
    return plan.model_copy(update={
        "stages": tuple(_stage(plan.policies, stage) for stage in plan.stages),
        "team": plan.team.model_copy(update={"reps": reps, "ramp": ramp, "managers": managers}),
        "behaviour": behaviour.model_copy(update={
            "touches": behaviour.touches.model_copy(update={"neglect_weekly_rate": hazard}),
            "skill_sd": behaviour.skill_sd * alike,
            "handover_loss": behaviour.handover_loss.model_copy(update=losses),
        }),
    })  # fmt: skip


def leaders(plan: Scenario) -> list[str | None]:
    """Who leads each rep: the manager that is named, else blocks of reps."""
    here, team = [manager.id for manager in plan.team.managers], plan.team.reps
    return [
        rep.manager or (here[at * len(here) // len(team)] if here else None) for at, rep in enumerate(team)
    ]


def _lent(plan: Scenario) -> list[float]:
    """Hours a week that each rep's deals have from a manager who sells himself."""
    led, own = leaders(plan), plan.policies.coaching.own_selling_hours
    hours = {manager.id: min(own, manager.weekly_hours) for manager in plan.team.managers}
    return [hours[name] / led.count(name) if name in hours else 0.0 for name in led]


def by_process(plan: Scenario, share: float) -> float:
    """What a process of its strength leaves of something, of which one of full strength takes a share away."""
    return 1 - share * plan.policies.process_strength


def leaving_factor(plan: Scenario) -> float:
    """How often reps leave, as a factor on how often they would without a process."""
    return by_process(plan, plan.behaviour.process.leaving_rarer)


def meant(stages: tuple[str, ...], stage: str) -> bool:
    """Whether a lever works in a stage; all are meant where none is named."""
    return not stages or stage in stages


def cared_for(policies: Policies) -> float:
    """Share of the hazard of neglect that reminders take away, over the whole time."""
    care = policies.care
    return 0.0 if care.every_days is None else care.effect * min(1.0, care.lasts_days / care.every_days)


def _stage(policies: Policies, stage: Stage) -> Stage:
    attacks, name = policies.attacks, stage.id
    new: dict[str, object] = {"effect_logit": stage.effect_logit + _effect(policies, name)}
    if attacks.terms.strength and meant(attacks.terms.stages, name):
        new["delay_days"] = Delay.model_validate(
            Change("factor", 1 - attacks.terms.strength).of(stage.delay_days, name, name)
        )
    factor = policies.templates.hours_factor.get(name, 1.0)
    if factor != 1.0:
        new["rep_hours"] = Distribution.model_validate(
            Change("factor", factor).of(stage.rep_hours, name, name) if factor else 0.0
        )
    hours, lead = deciding.led(policies, stage.model_copy(update=new))
    new["rep_hours"] = hours
    new["specialists"] = (
        *stage.specialists,
        *lead,
        *_helpers(policies, name),
        *deciding.service(policies, name),
    )
    return _saved(policies, stage.model_copy(update=new))


def _effect(policies: Policies, stage: str) -> float:
    """What is added to the odds of every deal in a stage, in logit."""
    technical = policies.attacks.technical
    effect = technical.effect_logit if meant(technical.stages, stage) else 0.0
    for lever in (policies.training, policies.templates, policies.price):
        effect += lever.effect_logit.get(stage, 0.0)
    return effect


def _helpers(policies: Policies, stage: str) -> list[Specialist]:
    """Work of specialists that the levers ask for, after the stage's own."""
    found = []
    technical, support = policies.attacks.technical, policies.executive_support
    for lever, when in ((technical, "always"), (support, support.when)):
        if lever.effect_logit and lever.pool is not None and meant(lever.stages, stage):
            hours = Distribution(family="fixed", value=lever.hours)
            found.append(Specialist.model_validate({"pool": lever.pool, "hours": hours, "when": when}))
    return found


def _saved(policies: Policies, stage: Stage) -> Stage:
    """A stage from which fewer deals are lost: to nobody's decision, and to a competitor.

    Who would have decided nothing decides as the others do: all other ends, and the advance, keep their
    proportions. Losses to the competitor that are saved advance: the other ends keep their size. Both hold
    for a deal of average quality.
    """
    relations, rivals = policies.attacks.relations, policies.attacks.competitor
    calm = relations.strength if meant(relations.stages, stage.id) else 0.0
    ready = rivals.strength if meant(rivals.stages, stage.id) else 0.0
    if not calm and not ready:
        return stage
    ends = stage.otherwise
    undecided, lost = ends.no_decision, dict(ends.lost)
    rate = deciding.advance_rate(stage)
    gone = calm * undecided * (1 - rate)
    rate = rate / (1 - gone) if gone < 1 else 1.0
    undecided *= 1 - calm
    left = ends.regress + undecided + sum(lost.values())
    if left:
        rate += (1 - rate) * ready * lost.get(rivals.reason, 0.0) / left
    if rivals.reason in lost:
        lost[rivals.reason] *= 1 - ready
    if ends.regress + undecided + sum(lost.values()) > 0:  # else nothing is left but to advance
        ends = Endings.model_construct(regress=ends.regress, no_decision=undecided, lost=lost)
    return stage.model_copy(update={"advance_rate": min(rate, 1.0), "effect_logit": 0.0, "otherwise": ends})


def rep_tasks(policies: Policies, stage: str) -> list[tuple[str, float]]:
    """(activity, hours) that the levers add to a rep's own work in a stage."""
    attacks = policies.attacks
    levers = ((RELATIONS, attacks.relations), (COMPETITOR, attacks.competitor))
    return [(name, lever.hours) for name, lever in levers if lever.strength and meant(lever.stages, stage)]


def stalling(plan: Scenario) -> np.ndarray:
    """Share of the stalls that still come about, (S,)."""
    relations = plan.policies.attacks.relations
    return np.array([
        1 - relations.strength if meant(relations.stages, stage.id) else 1.0 for stage in plan.stages
    ])  # fmt: skip


def price_kept(plan: Scenario) -> float:
    """What is left of the list price: a discount, and what better terms give away."""
    terms = plan.policies.attacks.terms
    given = terms.amount_share if terms.strength else 0.0
    return (1 - plan.policies.price.discount_share) * (1 - given)


def care(plans: list[Scenario], starts: np.ndarray) -> tuple[tuple[float, float, float], ...]:
    """Reminders by period, as `EventLog.care` has them; nothing where nobody is ever reminded."""
    policies = [plan.policies.care for plan in plans]
    if all(one.every_days is None for one in policies):
        return ()
    return tuple(
        (float(day), float(one.every_days or np.inf), float(one.cost))
        for day, one in zip(starts, policies, strict=True)
    )


def support_when(plan: Scenario) -> int:
    """Which deals executives help, as the rules number it."""
    lever = plan.policies.executive_support
    return WHEN[lever.when] if lever.effect_logit else rules.NEVER


def support(plan: Scenario) -> np.ndarray:
    """What executives add to the odds of the deals they help, in logit, (S,)."""
    lever = plan.policies.executive_support
    return np.array([lever.effect_logit if meant(lever.stages, stage.id) else 0.0 for stage in plan.stages])
