"""Who sits in which seat from when to when, and what leaving costs (`scenario.leaving`), as arrays.

A rep of the scenario is a seat: one occupant follows another. Who leaves when is a matter of names of luck (the seat
and the number of the occupant) and of what the scenario says, so all of it is known before the run, and so are the
hours that each seat has.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from funnelsim.calendar import YEAR_DAYS, worked
from funnelsim.engine import cures, rules
from funnelsim.engine.arrays import LOGIT_GRID, by_stage, on_grid, unit_territory
from funnelsim.engine.luck import name_number, uniforms
from funnelsim.scenario.model import Scenario

if TYPE_CHECKING:
    from funnelsim.engine.tables import Tables

RULE = {"none": rules.NO_HANDOVER, "assign_only": rules.ASSIGN_ONLY, "protocol": rules.PROTOCOL}
ACTIVITIES = ("handover_visit", "handover_call", "handover_late_call")
"""Work of the protocol, by third from the lower to the upper."""
CHECK = "handover_check"
QUARTER = float(special.ndtri(0.75))


@dataclass(frozen=True)
class Leaving:
    """Who may leave, and what comes of it. P periods, D of them by date, R seats, S stages."""

    on: bool
    """Whether anybody leaves by chance."""
    tells: bool
    """Whether notice means anything: somebody leaves by chance, or the protocol is followed."""
    hazard: np.ndarray  # (D, R) a day, of a rep of average attraction
    factor: np.ndarray  # (D, 3) of who is below, within and above the middle half by skill
    edge: np.ndarray  # (D,) where the middle half ends, logit
    notice_days: np.ndarray  # (D,)
    vacancy_days: np.ndarray  # (D,)
    ramp_days: np.ndarray  # (D,)
    ramp_start: np.ndarray  # (D,)
    pace: np.ndarray  # (R, days) hours a day at full speed; empty where nobody leaves by chance
    first_pace: np.ndarray  # (R, days) of the first occupant
    rule: np.ndarray  # (P,)
    check_minutes: np.ndarray  # (P,) 0 where there is no manager
    visit_hours: np.ndarray  # (P,)
    call_hours: np.ndarray  # (P,)
    dead_found: np.ndarray  # (P,)
    assigned: np.ndarray  # (P, S) chance that a deal goes with the rep
    told: np.ndarray  # (P, S) the same where the protocol was done
    ties: np.ndarray  # (P, pools) how close customers get to the people of each pool
    check_reason: int
    """Position in names.reasons, -1 where nothing is checked."""
    activity: int
    """Position of the first of ACTIVITIES, -1 where there is no protocol."""


def follows(plans: list[Scenario]) -> bool:
    """Whether the protocol is ever followed."""
    return any(plan.policies.handover.rule == "protocol" for plan in plans)


def checks(plans: list[Scenario]) -> bool:
    """Whether managers ever check a leaver's list."""
    return follows(plans) and any(plan.team.managers for plan in plans)


def reasons_of(plans: list[Scenario]) -> list[str]:
    """The reason of a manager's hours that only a handover gives."""
    return [CHECK] if checks(plans) else []


def leaving_of(
    plans: list[Scenario], starts: np.ndarray, reps: list[str], pools: list[str], assigned: np.ndarray,
    activities: dict[str, int], reasons: list[str], start: date, horizon: int, first_pace: np.ndarray,
) -> Leaving:  # fmt: skip
    """The arrays of a company.

    assigned     (P, S) chance that a deal goes with the rep, files and all, where nothing else is done
    first_pace   (R, days) hours a day of each rep as if nobody left by chance
    """
    by_date = plans[: starts.size]
    on = any(plan.team.attrition.yearly_rate > 0 for plan in by_date)
    activity = -1
    if follows(plans):
        activity = len(activities)
        activities.update({name: activity + k for k, name in enumerate(ACTIVITIES)})

    def dated(get, dtype=float):
        return np.array([get(plan) for plan in by_date], dtype)

    def each(get, dtype=float):
        return np.array([get(plan) for plan in plans], dtype)

    kept = each(_kept)[:, None]
    told = by_stage(plans, _told)
    return Leaving(
        on=on, tells=on or follows(plans),
        hazard=np.array([_hazard(plan, reps) for plan in by_date]) if on else np.zeros((len(by_date), len(reps))),
        factor=dated(_factors), edge=dated(lambda plan: QUARTER * plan.behaviour.skill_sd),
        notice_days=dated(lambda plan: round(plan.team.attrition.notice_days)),
        vacancy_days=dated(lambda plan: round(7 * plan.team.attrition.vacancy_weeks)),
        ramp_days=dated(_ramp_days), ramp_start=dated(lambda plan: plan.team.ramp.start_share),
        pace=_pace(by_date, starts, reps, start, horizon) if on else np.zeros((0, 0)),
        first_pace=first_pace if on else np.zeros((0, 0)),
        rule=each(lambda plan: RULE[plan.policies.handover.rule], int),
        check_minutes=each(lambda plan: 60 * plan.policies.handover.check_hours if plan.team.managers else 0.0),
        visit_hours=each(lambda plan: plan.policies.handover.visit_hours),
        call_hours=each(lambda plan: plan.policies.handover.call_hours),
        dead_found=each(lambda plan: plan.behaviour.parting.dead_found),
        assigned=assigned * kept, told=np.minimum(assigned, told) * kept,
        ties=np.array([_ties(plan, pools) for plan in plans]).reshape(len(plans), -1),
        check_reason=reasons.index(CHECK) if CHECK in reasons else -1, activity=activity,
    )  # fmt: skip


def _kept(plan: Scenario) -> float:
    """What visibility leaves of the chance that a deal goes with the rep."""
    return 1 - plan.policies.visibility * plan.behaviour.parting.visibility_effect


def _told(plan: Scenario, third: str) -> float:
    """That chance where the protocol was done; a strong process lowers it as it does the other (`cures`)."""
    smaller = cures.by_process(plan, plan.behaviour.process.loss_smaller)
    return getattr(plan.behaviour.parting.protocol_loss, third) * smaller


def _ties(plan: Scenario, pools: list[str]) -> list[float]:
    close = {pool.id: pool.relationship for pool in plan.team.pools}
    return [close.get(pool, 0.0) for pool in pools]


def _ramp_days(plan: Scenario) -> float:
    weeks = plan.team.attrition.ramp_weeks
    if weeks is None:  # shortened by the process already
        return 7 * plan.team.ramp.weeks
    return 7 * weeks * cures.by_process(plan, plan.behaviour.process.ramp_shorter)


def _factors(plan: Scenario) -> tuple[float, float, float]:
    """How much more often than on average reps leave who are below, within and above the middle half by skill."""
    attrition, ratio = plan.team.attrition, plan.team.attrition.hazard_ratio
    if attrition.by_skill == "flat" or plan.behaviour.skill_sd == 0:
        return (1.0, 1.0, 1.0)
    if attrition.by_skill == "mid":
        mean = (1 + ratio) / 2
        return (1 / mean, ratio / mean, 1 / mean)
    mean = (3 + ratio) / 4
    return (1 / mean, 1 / mean, ratio / mean)


def _hazard(plan: Scenario, reps: list[str]) -> np.ndarray:
    """Hazard a day of each seat: by planned load and by the value of its territory."""
    attrition = plan.team.attrition
    daily = attrition.yearly_rate * cures.leaving_factor(plan) / YEAR_DAYS
    found = np.full(len(reps), daily)
    if attrition.load_effect == 0 and attrition.fairness_effect == 0:
        return found
    deals, value, hours = (np.zeros(len(plan.team.reps)) for _ in range(3))
    where = dict(zip((u.id for u in plan.demand.units), unit_territory(
        plan, [u.id for u in plan.demand.units], [t.id for t in plan.territories]), strict=True))  # fmt: skip
    territories = {t.id: at for at, t in enumerate(plan.territories)}
    home = [territories.get(rep.territory or "", -1) for rep in plan.team.reps]
    for at, rep in enumerate(plan.team.reps):
        hours[at] = rep.weekly_hours
        share = 1 / home.count(home[at])
        for unit in plan.demand.units:
            if plan.policies.routing != "territory":
                share, mine = 1 / len(home), True
            else:
                mine = where[unit.id] == home[at]
            deals[at] += mine * share * unit.weekly_deals
            value[at] += mine * share * unit.weekly_deals * unit.amount_factor
    with np.errstate(divide="ignore", invalid="ignore"):
        load = _above_mean(np.where(hours > 0, deals / hours, 0.0))
    effect = attrition.load_effect * load - attrition.fairness_effect * _above_mean(value)
    for at, rep in enumerate(plan.team.reps):
        found[reps.index(rep.id)] = daily * np.exp(effect[at])
    return found


def _above_mean(values: np.ndarray) -> np.ndarray:
    mean = values.mean()
    return values / mean - 1 if mean > 0 else np.zeros_like(values)


def _pace(
    by_date: list[Scenario], starts: np.ndarray, reps: list[str], start: date, horizon: int
) -> np.ndarray:
    """Hours a day of each seat at full speed, (R, days)."""
    period = np.searchsorted(starts, np.arange(horizon), side="right") - 1
    pace = np.zeros((len(reps), horizon))
    for number, plan in enumerate(by_date):
        working = worked(start, horizon, plan.calendar.work_days, plan.calendar.holidays) & (period == number)
        share = working / len(plan.calendar.work_days)
        for rep in plan.team.reps:
            pace[reps.index(rep.id)] += rep.weekly_hours * share
    return pace


# -- who sits where, drawn -----------------------------------------------------------------


@dataclass(frozen=True)
class Seats:
    """The occupants of all seats, seat after seat; n of them. Days since start, whole ones where drawn."""

    first: np.ndarray  # (R + 1,) where those of a seat begin
    comes: np.ndarray  # (n,)
    notice: np.ndarray  # (n,) inf where there is none
    leaves: np.ndarray  # (n,) first day no longer there
    ramped: np.ndarray  # (n,) at full speed, and takes the seat's deals back; inf for the first
    followed: np.ndarray  # (n,) whether somebody else comes after
    skill: np.ndarray  # (P, n) logit


def seats(tables: Tables, seed: int, replication: int, skill: np.ndarray) -> Seats:
    """Who sits where, and leaves when.

    skill   (P, R) of the first occupants

    An occupant's notice comes when his unit exponential is used up by the hazard of his seat and skill, on a whole day.
    """
    if not tables.leaving.on:
        known = tables.__dict__
        if "_seats" not in known:
            known["_seats"] = _drawn(tables, 0, 0, skill)
        return replace(known["_seats"], skill=skill)
    return _drawn(tables, seed, replication, skill)


def _drawn(tables: Tables, seed: int, replication: int, skill: np.ndarray) -> Seats:
    l, horizon, reps = tables.leaving, tables.horizon, tables.reps
    words = np.array([name_number(name) for name in tables.names.people[:reps]], np.uint64)
    drawn = np.array([[name_number("leaves")], [name_number("skill")]], np.uint64)
    starts = tables.period_start.tolist()
    notice_days, vacancy_days, ramp_days = (
        part.tolist() for part in (l.notice_days, l.vacancy_days, l.ramp_days)
    )
    hazard = (l.hazard[:, :, None] * l.factor[:, None, :]).tolist()
    edge = l.edge.tolist()
    rows: list[list[tuple]] = [[] for _ in range(reps)]
    going = list(range(reps))
    comes, ramped = tables.rep_from.tolist(), [np.inf] * reps
    until = tables.rep_until.tolist()
    number = 0
    while going:
        skilled, patience = skill, [np.inf] * len(going)
        if l.on:
            u = uniforms(seed, replication, drawn[: 1 + (number > 0)], words[going], number)
            patience = on_grid(-np.log1p(-u[0]), LOGIT_GRID).tolist()
            if number:
                skilled = on_grid(tables.skill_sd[:, None] * special.ndtri(u[1]), LOGIT_GRID)
        later = []
        for at, seat in enumerate(going):
            begin, last = max(comes[seat], 0.0), max(comes[seat], until[seat])
            mine = skilled[:, at]
            notice = np.inf
            if l.on:
                rates = [
                    own[seat][1 + (q > e) - (q < -e)]
                    for own, q, e in zip(hazard, mine.tolist(), edge, strict=False)
                ]
                notice = _notice(begin, patience[at], rates, starts, horizon)
            leaves = notice + notice_days[_period(starts, notice)]
            followed = leaves < last
            if not followed:
                leaves = last
                if until[seat] < horizon:  # he is to leave on a date
                    notice = min(notice, max(begin, last - notice_days[_period(starts, last)]))
            rows[seat].append((comes[seat], notice, leaves, ramped[seat], followed, mine))
            if followed:
                comes[seat] = leaves + vacancy_days[_period(starts, leaves)]
                ramped[seat] = comes[seat] + np.ceil(ramp_days[_period(starts, comes[seat])])
                if comes[seat] < min(last, horizon):
                    later.append(seat)
        going = later
        number += 1
    flat = [row for own in rows for row in own]
    comes_at, notices, goes, full = (np.array([row[k] for row in flat], float) for k in range(4))
    return Seats(
        np.concatenate([[0], np.cumsum([len(own) for own in rows])]), comes_at, notices, goes, full,
        np.array([row[4] for row in flat], bool), np.stack([row[5] for row in flat], axis=1),
    )  # fmt: skip


def _period(starts: list[float], day: float) -> int:
    return bisect_right(starts, day) - 1


def _notice(begin: float, patience: float, rates: list[float], starts: list[float], horizon: float) -> float:
    """The day of notice of who comes on a day: his patience used up by the hazards of the periods; inf: never."""
    for period, hazard in enumerate(rates):
        end = starts[period + 1] if period + 1 < len(starts) else np.inf
        if end <= begin:
            continue
        if hazard > 0:
            if begin + patience / hazard < end:
                return float(int(begin + patience / hazard) + 1)
            patience -= (end - begin) * hazard
        begin = end
        if begin >= horizon:
            break
    return np.inf


def hours(tables: Tables, found: Seats) -> tuple[np.ndarray, np.ndarray]:
    """Cumulative hours and whose they are, as `tables.worked`, with the seats empty and the new ones slower."""
    rows, which = tables.worked
    l, days = tables.leaving, int(tables.horizon)
    new: list[np.ndarray] = []
    which = which.copy()
    first, comes, leaves = found.first.tolist(), found.comes.tolist(), found.leaves.tolist()
    for seat in np.flatnonzero(found.followed[found.first[:-1]]).tolist():
        pace = l.first_pace[seat].copy()
        pace[int(leaves[first[seat]]) :] = 0.0
        for at in range(first[seat] + 1, first[seat + 1]):
            begin, end = int(comes[at]), int(min(leaves[at], days))
            pace[begin:end] = l.pace[seat, begin:end] * _speed(l, tables.period_start, begin, end)
        which[seat] = len(rows) + len(new)
        new.append(np.concatenate([[0.0], np.cumsum(pace)]))
    return (np.concatenate([rows, new]), which) if new else tables.worked


def _speed(l: Leaving, starts: np.ndarray, begin: int, end: int) -> np.ndarray:
    """How fast somebody is on the days from his first, as a share of full speed."""
    day = np.arange(begin, end)
    period = np.searchsorted(starts, day, side="right") - 1 if starts.size > 1 else 0
    ramp, start = l.ramp_days[period], l.ramp_start[period]
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = np.minimum(start + (1 - start) * (day - begin) / ramp, 1.0)
    return np.where(ramp > 0, speed, 1.0)
