"""Coaching as arrays: minutes of a session, what a dose of them brings, and how long it lasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funnelsim.engine.arrays import LOGIT_GRID, on_grid
from funnelsim.scenario.model import Scenario

OPPORTUNITY, SKILL = 0, 1
KINDS = ("opportunity_coaching", "skill_coaching")
"""Reasons of the rows of a session, by kind."""
WEEKS = 4
"""A dose is what somebody had in so many weeks."""
BUILDING = (WEEKS - 1) / 2
"""Weeks of full doses that are missing because a dose takes some weeks to build: 3/4, 2/4 and 1/4 of one."""


@dataclass(frozen=True)
class Doses:
    """The coaching of a company. P periods, S stages; two kinds."""

    on: bool
    """Whether anybody is ever coached; where not, nothing of it happens."""
    reasons: np.ndarray  # (2,) positions of KINDS in names.reasons, -1 where there are none
    session: np.ndarray  # (P, 2) minutes of a rep's session in a week
    full: np.ndarray  # (P,) minutes in four weeks that are a full dose
    correlation: np.ndarray  # (P,) of what a rep believes with what is, at a full dose
    found_faster: np.ndarray  # (P,)
    help_logit: np.ndarray  # (P, S)
    skill_logit: np.ndarray  # (P,)
    growth: np.ndarray  # (P,) of what a full dose brings in the end, a week
    kept: np.ndarray  # (P,) of what is forgotten, a week later


def is_on(plans: list[Scenario]) -> bool:
    """Whether anybody is ever coached."""
    return any(
        p.policies.coaching.opportunity_hours > 0 or p.policies.coaching.skill_hours > 0 for p in plans
    )


def reasons_of(plans: list[Scenario]) -> list[str]:
    """Why managers sit with a rep, where they do."""
    return [*KINDS] if is_on(plans) else []


def doses_of(plans: list[Scenario], reasons: list[str]) -> Doses:
    """The arrays of a company."""
    policies, effects = [p.policies.coaching for p in plans], [p.behaviour.coaching for p in plans]
    half = np.array([effect.half_weeks for effect in effects])
    return Doses(
        on=is_on(plans), reasons=np.array([reasons.index(k) if k in reasons else -1 for k in KINDS], int),
        session=np.array([(60.0 * p.opportunity_hours / WEEKS, 60.0 * p.skill_hours / WEEKS) for p in policies]),
        full=np.array([60.0 * p.full_hours for p in policies]),
        correlation=np.array([effect.reading for effect in effects]),
        found_faster=np.array([effect.found_faster for effect in effects]),
        help_logit=on_grid(np.array([_help(plan) for plan in plans]), LOGIT_GRID),
        skill_logit=on_grid(np.array([effect.skill_logit for effect in effects]), LOGIT_GRID),
        growth=0.5 / (half - BUILDING),
        kept=on_grid(0.5 ** (1 / np.array([effect.forgotten_weeks for effect in effects])), LOGIT_GRID),
    )  # fmt: skip


def _help(plan: Scenario) -> list[float]:
    helps = plan.behaviour.coaching.deal_help_logit
    return [helps.get(stage.id, 0.0) for stage in plan.stages]
