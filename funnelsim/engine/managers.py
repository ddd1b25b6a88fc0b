"""What managers do and know, as arrays: hours, days, minutes, chances, and the likely cause of a stall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from funnelsim.calendar import WEEKDAYS, worked
from funnelsim.engine import doses, leaving, rules
from funnelsim.engine.cures import leaders
from funnelsim.engine.deciding import advance_rate
from funnelsim.history.log import CODE, Rows
from funnelsim.scenario.model import Scenario

REVIEW = {"none": rules.NO_REVIEW, "weekly": rules.WEEKLY_REVIEW, "1-15-30": rules.TRACK_REVIEW}
REASONS = (
    "weekly_check", "second_check", "verdict", "continues", "kept", "dropped", "audit", "in_order", "unlisted",
    "diagnosis",
)  # fmt: skip
"""Why a manager has spent hours on a deal, or has none for it; `dropped` is the reason of an end too."""
WEEKLY_CHECK, SECOND_CHECK, VERDICT, CONTINUES, KEPT, DROPPED, AUDIT, IN_ORDER, UNLISTED, DIAGNOSIS = range(
    len(REASONS)
)
_MINUTES = {
    "weekly_check": "check", "second_check": "second", "continues": "verdict", "kept": "verdict",
    "dropped": "verdict", "in_order": "audit", "unlisted": "audit", "diagnosis": "diagnosis",
}  # fmt: skip
NEVER = 10_000_000


@dataclass(frozen=True)
class Managers:
    """The managers of a company. P periods, M managers, R reps, S stages; minutes are of one deal."""

    on: bool
    """Whether anything of this is ever done; where not, nothing of it happens."""
    count: int
    first: int
    """Position of the first in names.people."""
    reasons: np.ndarray  # (10,) positions of REASONS in names.reasons
    days: np.ndarray  # (K,) on which managers look at their lists: Mondays, or the next working day
    weeks: np.ndarray  # (K,) number of the week of each
    working: np.ndarray  # (days + 1,) the next working day from each day on
    weekly_minutes: np.ndarray  # (P, M)
    of_rep: np.ndarray  # (P, R) who leads a rep, -1 nobody
    stage_weight: np.ndarray  # (P, S) weight of the stage's third
    review_rule: np.ndarray  # (P,)
    cadence_days: np.ndarray  # (P,)
    top: np.ndarray  # (P,)
    second_days: np.ndarray  # (P,)
    verdict_days: np.ndarray  # (P,)
    check_minutes: np.ndarray  # (P,)
    second_minutes: np.ndarray  # (P,)
    verdict_minutes: np.ndarray  # (P,)
    audit_minutes: np.ndarray  # (P,)
    diagnosis_minutes: np.ndarray  # (P,)
    all_tracks: np.ndarray  # (P,)
    no_progress_out: np.ndarray  # (P,)
    dead_dropped: np.ndarray  # (P,)
    live_dropped: np.ndarray  # (P,)
    audit_share: np.ndarray  # (P,)
    remedies: np.ndarray  # (P,)
    remedy_hours: np.ndarray  # (P,)
    matched_factor: np.ndarray  # (P,)
    hard_question: np.ndarray  # (P,)
    likely: np.ndarray  # (P, S, signals + 1) likely cause where somebody keeps in touch; the last: no signal
    may_be_absent: np.ndarray  # (P, S) whether the cause may be that nobody does
    remedy: int
    """Position of the remedy in names.activities, -1 where there is none."""
    doses: doses.Doses


def is_on(plans: list[Scenario]) -> bool:
    """Whether managers ever do anything."""
    policies = [plan.policies for plan in plans]
    looked = any(p.review.rule != "none" or p.audits.weekly_share > 0 or p.remedies.on for p in policies)
    return looked or doses.is_on(plans) or leaving.follows(plans)


def cures(plans: list[Scenario]) -> bool:
    """Whether anybody ever tries a remedy."""
    return any(plan.policies.remedies.on for plan in plans)


def names_of(plans: list[Scenario]) -> list[str]:
    """The managers who have something to do."""
    ids = [manager.id for plan in plans for manager in plan.team.managers]
    return list(dict.fromkeys(ids)) if is_on(plans) else []


def reasons_of(plans: list[Scenario]) -> list[str]:
    """Why managers spend hours, where they do."""
    return [*REASONS, *doses.reasons_of(plans)] if is_on(plans) else []


def managers_of(
    plans: list[Scenario], reps: list[str], people: list[str], reasons: list[str], causes: list[str],
    signals: list[str], remedy: int, start: date, horizon: int,
) -> Managers:  # fmt: skip
    """The arrays of a company."""
    names = names_of(plans)
    days, weeks, working = _calendar(plans[0], start, horizon)

    def each(get: Callable[[Scenario], float], dtype: type = float) -> np.ndarray:
        return np.array([get(plan) for plan in plans], dtype)

    def review(name: str, dtype: type = float) -> np.ndarray:
        return each(lambda plan: getattr(plan.policies.review, name), dtype)

    likely, may_be_absent = zip(*(_diagnosis(plan, causes, signals) for plan in plans), strict=True)
    return Managers(
        on=is_on(plans), count=len(names), first=people.index(names[0]) if names else -1,
        reasons=np.array([reasons.index(r) if r in reasons else -1 for r in REASONS], int),
        days=days, weeks=weeks, working=working,
        weekly_minutes=np.array([_minutes(plan, names) for plan in plans]).reshape(len(plans), -1),
        of_rep=np.array(_leaders(plans, reps, names), int).reshape(len(plans), -1),
        stage_weight=np.array([[getattr(p.weights, s.third) for s in p.stages] for p in plans], float),
        review_rule=each(lambda plan: REVIEW[plan.policies.review.rule], int),
        cadence_days=review("cadence_days"), top=each(lambda plan: plan.policies.review.top or NEVER, int),
        second_days=review("second_days", int), verdict_days=review("verdict_days", int),
        check_minutes=review("minutes"), second_minutes=review("second_minutes"),
        verdict_minutes=review("verdict_minutes"),
        audit_minutes=each(lambda plan: plan.policies.audits.minutes),
        diagnosis_minutes=each(lambda plan: plan.policies.remedies.manager_hours * 60),
        all_tracks=each(lambda plan: plan.policies.review.tracks == "all", bool),
        no_progress_out=each(lambda plan: plan.policies.review.verdict == "no_progress_out", bool),
        dead_dropped=each(lambda plan: plan.behaviour.judgement.dead_dropped),
        live_dropped=each(lambda plan: plan.behaviour.judgement.live_dropped),
        audit_share=each(lambda plan: plan.policies.audits.weekly_share),
        remedies=each(lambda plan: plan.policies.remedies.on, bool),
        remedy_hours=each(lambda plan: plan.policies.remedies.hours),
        matched_factor=each(lambda plan: plan.behaviour.remedies.matched_factor),
        hard_question=each(lambda plan: plan.behaviour.remedies.hard_question),
        likely=np.array(likely, int), may_be_absent=np.array(may_be_absent, bool), remedy=remedy,
        doses=doses.doses_of(plans, reasons),
    )  # fmt: skip


def _calendar(plan: Scenario, start: date, horizon: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days on which managers look at their lists, the week of each, and the next working day from each day on.

    A week without a working day has no such day.
    """
    mask = worked(start, horizon + 7, plan.calendar.work_days, plan.calendar.holidays)
    ahead = np.where(mask, np.arange(mask.size), mask.size)
    working = np.minimum.accumulate(ahead[::-1])[::-1]
    mondays = np.arange(-start.weekday() % len(WEEKDAYS), horizon, 7)
    days = working[mondays]
    there = (days < mondays + 7) & (days < horizon)
    return days[there].astype(float), np.flatnonzero(there), np.minimum(working[: horizon + 1], horizon)


def _minutes(plan: Scenario, names: list[str]) -> list[float]:
    hours = {manager.id: manager.weekly_hours for manager in plan.team.managers}
    return [60.0 * hours.get(name, 0.0) for name in names]


def _leaders(plans: list[Scenario], reps: list[str], names: list[str]) -> list[list[int]]:
    """Who leads each rep: the manager that is named, else blocks of reps; a rep who is gone has his last."""
    rows: list[list[int]] = []
    for plan in plans:
        row = [*rows[-1]] if rows else [-1] * len(reps)
        for rep, leader in zip(plan.team.reps, leaders(plan), strict=True):
            row[reps.index(rep.id)] = names.index(leader) if leader in names else -1
        rows.append(row)
    return rows


def posterior(plan: Scenario, third: str, advance_rate: float, signal: str | None) -> dict[str, float]:
    """How likely each cause is for a deal shown as stalled, the contact apart.

    A stall comes with the stall share of the third and a cause by its share; a silent end comes with
    the share of visits that do not advance times that of silent ends. Bayes' rule with the chances of
    what is seen; `signal` is None where nothing is.

    >>> from funnelsim.scenario.files import load
    >>> found = posterior(load("industrial_8x8"), "middle", 0.8, "late_replies")
    >>> round(found["silently_lost"], 2)
    0.64
    """
    behaviour = plan.behaviour
    stall = getattr(behaviour.stalls, third)
    prior = {cause: stall.share * share for cause, share in stall.causes.items()}
    prior["silently_lost"] = (1 - advance_rate) * getattr(behaviour.silent, third)
    for cause in prior:
        seen = behaviour.stalls.signals.get(cause, {})
        prior[cause] *= max(0.0, 1 - sum(seen.values())) if signal is None else seen.get(signal, 0.0)
    whole = sum(prior.values())
    return {cause: weight / whole if whole else 0.0 for cause, weight in prior.items()}


def _diagnosis(plan: Scenario, causes: list[str], signals: list[str]) -> tuple[list, list]:
    """The likely cause of a stall by stage and signal, and whether it may be the rep's absence.

    Whether the rep is away is seen from the days since the last contact, so he is left out here unless
    nothing else can be.
    """
    likely, absent = [], []
    order = [*causes, "silently_lost"]
    for stage in plan.stages:
        rate = advance_rate(stage)
        row = []
        for signal in (*signals, None):
            found = posterior(plan, stage.third, rate, signal)
            others = [0.0 if name == "rep_absent" else found.get(name, 0.0) for name in order]
            row.append(int(np.argmax(others if any(others) else [found.get(name, 0.0) for name in order])))
        likely.append(row)
        stall = getattr(plan.behaviour.stalls, stage.third)
        absent.append(stall.share * stall.causes.get("rep_absent", 0.0) > 0)
    return likely, absent


SPENT = (CODE["reviewed"], CODE["audited"], CODE["coached"])


def with_hours(
    managers: Managers, left: leaving.Leaving, periods: Callable[[Rows], np.ndarray], deals: Rows
) -> Rows:
    """Deal rows with the hours that managers have spent on them as their value.

    periods   gives the period of each row of a table
    """
    if not managers.on:
        return deals
    at = np.flatnonzero(np.isin(deals.event, SPENT))
    period = periods(deals.where(at))
    coaching = managers.doses
    last = max(int(managers.reasons.max()), int(coaching.reasons.max()), left.check_reason)
    minutes = np.zeros((managers.check_minutes.size, last + 1))
    if left.check_reason >= 0:
        minutes[:, left.check_reason] = left.check_minutes
    for name, kind in _MINUTES.items():
        minutes[:, managers.reasons[REASONS.index(name)]] = getattr(managers, f"{kind}_minutes")
    if coaching.on:
        minutes[:, coaching.reasons] = coaching.session
    deals.value[at] = minutes[period, deals.reason[at]] / 60
    return deals
