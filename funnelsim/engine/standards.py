"""The arrays of the levers of seeing and standards (`scenario.seeing`), by position and by period."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from funnelsim.engine.arrays import LOGIT_GRID, Work, by_stage, on_grid
from funnelsim.scenario.distributions import median
from funnelsim.scenario.funnel import Activity, Evidence
from funnelsim.scenario.funnel import Stage as ScenarioStage
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.part import THIRDS

SIDE = ("registration", "collision", "files")
"""Work of reps that is no stage's: it is no word to the customer, and no step of the deal hangs on its end.
All three are among the activities where a company has one of them, in this order."""


@dataclass(frozen=True)
class Standards:
    """What a company asks of its deals and reps. P periods, S stages, E items of evidence, T tasks."""

    gate_repeat: np.ndarray  # (P,) days
    missing_share: np.ndarray  # (P,)
    gated: np.ndarray  # (P, S) whether evidence is asked for
    evidence_first: np.ndarray  # (P, S + 1) position of a stage's first item
    evidence_work: np.ndarray  # (E,) task that is repeated, -1 where there is no work to repeat
    evidence_reason: np.ndarray  # (E,) position in names.reasons
    evidence_luck: tuple[str, ...]  # (E,) name of its luck
    compliance: np.ndarray  # (P,)
    skip_logit: np.ndarray  # (T,)
    skip_luck: tuple[str, ...]  # (T,) empty where the task is no activity that can be skipped
    must_register: np.ndarray  # (P,)
    registration_hours: np.ndarray
    approval_days: np.ndarray
    refused_share: np.ndarray
    collision_share: np.ndarray
    deterrence: np.ndarray  # (P,) 0 where nothing is announced
    reminder_days: np.ndarray  # (P, S) inf where nobody is reminded
    reminder_most: np.ndarray  # (P,) 0 where there is no limit
    reminder_response: np.ndarray
    reminder_manager: np.ndarray  # (P,) whether managers are reminded
    completeness: np.ndarray  # (P,) of customer files
    files_hours: np.ndarray
    left_chance: np.ndarray  # (P, S) that a deal goes with the rep who leaves
    refused_reason: int
    left_reason: int
    side: int
    """Position of the first of SIDE in names.activities; beyond all of them where there is none."""

    @property
    def asks_evidence(self) -> bool:
        return bool(self.gated.any())

    @property
    def on(self) -> bool:
        """Whether any of these levers is."""
        return bool(
            self.asks_evidence or (self.compliance < 1).any() or self.side < NOWHERE or self.deterrence.any()
            or np.isfinite(self.reminder_days).any() or (self.completeness < 1).any() or self.left_chance.any()
        )  # fmt: skip

    def lists(self) -> dict[str, list]:
        """The arrays, for looking up one by one."""
        found = {part.name: getattr(self, part.name) for part in fields(self)}
        return {name: value.tolist() for name, value in found.items() if isinstance(value, np.ndarray)}


NOWHERE = 32_000


def reasons(plans: list[Scenario]) -> list[str]:
    """Reasons that only these levers give, none where they are off."""
    found = [
        item.id for plan in plans for stage in plan.stages if is_gated(plan, stage) for item in stage.evidence
    ]
    if any(
        plan.policies.registration.required and plan.policies.registration.refused_share for plan in plans
    ):
        found.append("refused")
    if any(_leaves(plan, third) for plan in plans for third in THIRDS):
        found.append("left_with_rep")
    return list(dict.fromkeys(found))


def is_gated(plan: Scenario, stage: ScenarioStage) -> bool:
    """Whether evidence is asked for before a deal leaves a stage."""
    gates = plan.policies.gates
    return bool(gates.on and stage.evidence and (not gates.stages or stage.id in gates.stages))


def side_work(plans: list[Scenario]) -> bool:
    """Whether reps ever have work that is no stage's."""
    return any(
        plan.policies.registration.required or plan.policies.files_hours or plan.behaviour.collision_share
        for plan in plans
    )


def standards(
    plans: list[Scenario], work: Work, activities: dict[str, int], known_reasons: list[str]
) -> Standards:
    """The arrays of a company; adds the names of side work to its activities where there is some."""
    side = len(activities) if side_work(plans) else NOWHERE
    if side < NOWHERE:
        activities.update({name: side + k for k, name in enumerate(SIDE)})
    names = list(activities)
    count = len(plans[0].stages)
    gated = np.array([[is_gated(plan, stage) for stage in plan.stages] for plan in plans])
    first = np.zeros((len(plans), count + 1), int)
    skip_logit, skip_luck = np.zeros(work.pool.size), [""] * work.pool.size
    evidence_work: list[int] = []
    evidence_reason: list[int] = []
    evidence_luck: list[str] = []
    for period, plan in enumerate(plans):
        for number, stage in enumerate(plan.stages):
            first[period, number] = len(evidence_work)
            own = {
                names[work.activity[at]].removeprefix(f"{stage.id}."): at
                for at in range(work.first[period, number], work.first[period, number + 1])
                if work.pool[at] < 0 and names[work.activity[at]].startswith(f"{stage.id}.")
            }
            last = stage.activities[-1].id if stage.activities else "work"
            for act in stage.activities:
                if act.id in own:
                    skip_logit[own[act.id]], skip_luck[own[act.id]] = act.skip_logit, _skip_luck(stage, act)
            for item in stage.evidence if gated[period, number] else ():
                evidence_work.append(own.get(item.activity or last, -1))
                evidence_reason.append(known_reasons.index(item.id))
                evidence_luck.append(_evidence_luck(stage, item))
        first[period, -1] = len(evidence_work)

    def each(get, dtype=float):
        return np.array([get(plan) for plan in plans], dtype)

    policies = [plan.policies for plan in plans]
    return Standards(
        gate_repeat=each(lambda plan: plan.policies.gates.repeat_days),
        missing_share=each(lambda plan: plan.behaviour.evidence_missing_share),
        gated=gated, evidence_first=first, evidence_work=np.array(evidence_work, int),
        evidence_reason=np.array(evidence_reason, int), evidence_luck=tuple(evidence_luck),
        compliance=each(lambda plan: plan.policies.activities.compliance),
        skip_logit=on_grid(skip_logit, LOGIT_GRID), skip_luck=tuple(skip_luck),
        must_register=each(lambda plan: plan.policies.registration.required, bool),
        registration_hours=each(lambda plan: plan.policies.registration.hours),
        approval_days=each(lambda plan: plan.policies.registration.approval_days),
        refused_share=each(lambda plan: plan.policies.registration.refused_share),
        collision_share=each(lambda plan: plan.behaviour.collision_share),
        deterrence=np.array([
            p.surprise.deterrence_share if p.surprise.rule == "on" and p.surprise.announced else 0.0
            for p in policies
        ]),
        reminder_days=np.array([[_reminder_days(plan, stage) for stage in plan.stages] for plan in plans]),
        reminder_most=each(lambda plan: plan.policies.reminders.most_weekly or 0, int),
        reminder_response=each(lambda plan: plan.policies.reminders.response),
        reminder_manager=each(lambda plan: plan.policies.reminders.recipient == "manager", bool),
        completeness=each(completeness),
        files_hours=each(lambda plan: plan.policies.files_hours),
        left_chance=by_stage(plans, lambda plan, third: min(1.0, _leaves(plan, third) * (2 - completeness(plan)))),
        refused_reason=known_reasons.index("refused") if "refused" in known_reasons else -1,
        left_reason=known_reasons.index("left_with_rep") if "left_with_rep" in known_reasons else -1,
        side=side,
    )  # fmt: skip


def due_days(plans: list[Scenario], activities: dict[str, int]) -> tuple[float, ...]:
    """Days within which each activity is due, from the plan that says so last; empty where none does."""
    due = [float("inf")] * len(activities)
    for plan in plans:
        for stage in plan.stages:
            for act in stage.activities:
                at = activities.get(f"{stage.id}.{act.id}", -1)
                if at >= 0 and act.due_days is not None:
                    due[at] = act.due_days
    return tuple(due) if any(np.isfinite(due)) else ()


def completeness(plan: Scenario) -> float:
    """How complete customer files are: every hour spent on one halves what is missing."""
    return 1 - (1 - plan.behaviour.files_completeness) * 0.5**plan.policies.files_hours


def _leaves(plan: Scenario, third: str) -> float:
    return getattr(plan.behaviour.handover_loss, third)


def _reminder_days(plan: Scenario, stage: ScenarioStage) -> float:
    after = plan.policies.reminders.after
    return np.inf if after is None else after * median(stage.delay_days.advance)


def _skip_luck(stage: ScenarioStage, activity: Activity) -> str:
    return f"skip_activity.{stage.id}.{activity.id}"


def _evidence_luck(stage: ScenarioStage, item: Evidence) -> str:
    return f"evidence.{stage.id}.{item.id}"
