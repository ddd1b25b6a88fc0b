"""The arrays of `tables`, one function each: what a scenario says, by position and by period."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from funnelsim.calendar import days_between, months, worked
from funnelsim.engine import cures, deciding, rules
from funnelsim.errors import ScenarioError
from funnelsim.scenario.behaviour import Stall
from funnelsim.scenario.distributions import Distribution, quantile
from funnelsim.scenario.files import replace_all
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.people import Rep

CELL_DAYS = 7
CELL_CUSTOMERS = 1024
MOST_PER_CELL = 800.0
LOGIT_GRID, DAY_GRID = 2.0**30, 2.0**20

SILENTLY_LOST = "silently_lost"


@dataclass(frozen=True)
class Work:
    """All tasks of all stages and periods, one position a task."""

    first: np.ndarray
    """Position of the first task of a stage in a period, (periods, stages + 1)."""
    pool: np.ndarray
    """Desk of the pool that does it, -1 for the deal's owner, (tasks,)."""
    activity: np.ndarray
    when: np.ndarray
    over: np.ndarray
    """List price from which on a specialist works on a deal, where that is not always or never, (tasks,)."""
    logit: np.ndarray
    """Change of the odds of the deals it is done for, (tasks,)."""
    share: np.ndarray
    """Share of `hours` that falls to this task, (tasks,)."""
    hours: tuple[Distribution, ...]
    luck: tuple[str, ...]
    """Name of the luck of its hours, `effort.<stage>[.<pool>]`."""


def on_grid(values: np.ndarray, grid: float) -> np.ndarray:
    """Rounded to a grid, so that results do not hang on the last bit of a processor's logarithm."""
    return np.rint(values * grid) / grid


def union(lists: list[list[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in lists for name in names))


def periods(scenario: Scenario) -> list[tuple[date, Scenario]]:
    """The company in each of its dated periods, by the day on which each begins."""
    plan = scenario.model_copy(update={"interventions": ()})
    start = scenario.measure.from_ - timedelta(days=7 * scenario.measure.warmup_weeks)
    periods = [(start, plan)]
    for day, change in scenario.dated:
        plan = replace_all(plan, change.set)
        if [s.id for s in plan.stages] != [s.id for s in scenario.stages]:
            raise ScenarioError.of(scenario.name.en, "intervention_stages", f"interventions ({day})")
        if day <= periods[-1][0]:
            periods[-1] = (periods[-1][0], plan)
        else:
            periods.append((day, plan))
    return periods


def cell_periods(starts: np.ndarray, cells: int) -> np.ndarray:
    """Whether a period touches a cell, (P, C)."""
    ends = np.append(starts[1:], np.inf)
    first = np.arange(cells) * CELL_DAYS
    return (starts[:, None] < first + CELL_DAYS) & (ends[:, None] > first)


def intensity(plan: Scenario, origins, start: date, cells: int) -> np.ndarray:
    """Customers a cell of each demand origin, (origins, cells)."""
    units = {unit.id: unit.weekly_deals for unit in plan.demand.units}
    shares = {source.id: source.share for source in plan.demand.sources}
    weekly = np.array([units.get(unit, 0.0) * shares.get(source, 0.0) for unit, source in origins])
    season = (
        np.asarray(plan.demand.season)[months(start, cells * CELL_DAYS)].reshape(cells, CELL_DAYS).mean(1)
    )
    if weekly.size and weekly.max() * season.max() > MOST_PER_CELL:
        unit = origins[int(weekly.argmax())][0]
        raise ScenarioError.of(
            plan.name.en, "unit_too_busy", f"demand.units.{unit}.weekly_deals", most=int(MOST_PER_CELL)
        )
    return weekly[:, None] * season


def amount_factors(plans, origins, reps: int, prospecting) -> np.ndarray:
    """Factor on the amount of each origin, (P, origins + reps)."""
    rows = []
    for plan in plans:
        units = {unit.id: unit.amount_factor for unit in plan.demand.units}
        sources = {source.id: source.amount_factor for source in plan.demand.sources}
        rows.append(
            [units.get(unit, 1.0) * sources.get(source, 1.0) for unit, source in origins]
            + [sources.get(prospecting, 1.0)] * reps
        )
    return np.array(rows, float)


def large_amount(plan: Scenario) -> float:
    """Upper quartile of the demand's amounts."""
    return float(quantile(plan.demand.amount, np.array(0.75)))


def unit_territory(plan: Scenario, units, territories) -> np.ndarray:
    where = {unit: territories.index(t.id) for t in plan.territories for unit in t.units}
    return np.array([where.get(unit, -1) for unit in units], int)


def rep_territory(plan: Scenario, reps, territories) -> np.ndarray:
    where = {
        rep.id: territories.index(rep.territory) for rep in plan.team.reps if rep.territory in territories
    }
    return np.array([where.get(rep, -1) for rep in reps], int)


def unit_segments(plans, units, segments) -> np.ndarray:
    where = {unit.id: segments.index(unit.segment) for plan in plans for unit in plan.demand.units}
    return np.array([where[unit] for unit in units], int)


def presence(periods, reps, start: date, horizon: float):
    """Day each rep comes and goes, and who takes over; (R,) each. From before the start: -1."""
    come, go, heir = np.full(len(reps), -1.0), np.full(len(reps), float(horizon)), np.full(len(reps), -1)
    for number, name in enumerate(reps):
        seen = [(day, rep_of(plan, name)) for day, plan in periods]
        present = [(day, rep) for day, rep in seen if rep is not None]
        last = present[-1][1]
        if seen[0][1] is None:
            come[number] = days_between(start, present[0][0])
        if last.hired is not None:
            come[number] = max(come[number], days_between(start, last.hired))
        after = [day for day, rep in seen if rep is None and day > present[-1][0]]
        if after:
            go[number] = days_between(start, after[0])
        if last.leaves is not None:
            go[number] = min(go[number], max(0, days_between(start, last.leaves)))
        if last.successor in reps:
            heir[number] = reps.index(last.successor)
    return come, go, heir


def rep_of(plan: Scenario, name: str) -> Rep | None:
    return next((rep for rep in plan.team.reps if rep.id == name), None)


def desk_people(plan: Scenario, reps: int, first_of_pool: dict[str, int]) -> tuple[tuple[int, ...], ...]:
    """Who works at each desk: a rep at his own, so many people at that of each pool."""
    size = {pool.id: pool.people for pool in plan.team.pools}
    pools = (tuple(range(first, first + size.get(pool, 0))) for pool, first in first_of_pool.items())
    return (*((rep,) for rep in range(reps)), *pools)


Week = tuple[float, date | None, float, float]
"""What makes the hours of a person in a period: weekly hours, day hired, first and last day there."""


def paces(
    plans, starts, reps, pools, pool_people, rep_from, rep_until, start: date, horizon: int
) -> tuple[np.ndarray, np.ndarray]:
    """Working hours of each day, (patterns, days), and whose they are, (people,).

    Weekly hours lie evenly over the hours of the week's working days. A new rep's speed rises
    straight from the ramp's start to full; a rep who was there at the start is at full speed.
    People who work alike share a row: there may be thousands.
    """
    weeks = _weeks(plans, reps, pools, pool_people, rep_from, rep_until)
    seen: dict[tuple[Week | None, ...], int] = {}
    which = np.array([seen.setdefault(person, len(seen)) for person in zip(*weeks, strict=True)], int)
    day = np.arange(horizon)
    period = np.searchsorted(starts, day, side="right") - 1
    pace = np.zeros((len(seen), horizon))
    for number, plan in enumerate(plans):
        now = period == number
        working = worked(start, horizon, plan.calendar.work_days, plan.calendar.holidays) & now
        share = working / len(plan.calendar.work_days)
        ramp = plan.team.ramp
        for pattern, row in seen.items():
            if (week := pattern[number]) is None:
                continue
            weekly, hired, first, last = week
            speed = np.ones(horizon)
            if hired is not None and ramp.weeks > 0:
                since = day - days_between(start, hired)
                speed = np.clip(ramp.start_share + (1 - ramp.start_share) * since / (7 * ramp.weeks), 0, 1)
            there = (day >= first) & (day < last)
            pace[row] += weekly * share * speed * there
    return pace, which


def hours(pace: np.ndarray) -> np.ndarray:
    """Cumulative working hours at the start of each day, (patterns, days + 1), from those of each day."""
    return np.concatenate([np.zeros((pace.shape[0], 1)), np.cumsum(pace, axis=1)], axis=1)


def _weeks(plans, reps, pools, pool_people, rep_from, rep_until) -> list[list[Week | None]]:
    """Each person's week in each period, [period][person]; None where he does not belong to the company."""
    found = []
    for plan in plans:
        own = {rep.id: rep for rep in plan.team.reps}
        weeks: list[Week | None] = [
            (own[name].weekly_hours, own[name].hired, float(rep_from[row]), float(rep_until[row]))
            if name in own
            else None
            for row, name in enumerate(reps)
        ]
        sizes = {pool.id: pool for pool in plan.team.pools}
        for pool in pools:
            here = sizes[pool].people if pool in sizes else 0
            if here:
                weeks += [(sizes[pool].weekly_hours, None, -np.inf, np.inf)] * here
            weeks += [None] * (pool_people[pool] - here)
        found.append(weeks)
    return found


def stage_logit(plan: Scenario) -> np.ndarray:
    rate = np.array([stage.advance_rate for stage in plan.stages])
    with np.errstate(divide="ignore"):
        logit = np.log(rate) - np.log1p(-rate)
    return logit + np.array([stage.effect_logit for stage in plan.stages])


def source_logit(plan: Scenario, sources) -> np.ndarray:
    effect = {source.id: source.effect_logit for source in plan.demand.sources}
    return np.array([effect.get(source, 0.0) for source in sources])


def skills(plan: Scenario, reps) -> np.ndarray:
    known = {rep.id: rep.skill_logit for rep in plan.team.reps if rep.skill_logit is not None}
    return np.array([known.get(rep, np.nan) for rep in reps], float)


def edges(stage, reasons) -> np.ndarray:
    """Cumulative shares of regress, no decision and each reason of a loss (`reasons` without the first)."""
    ends = stage.otherwise
    shares = np.cumsum(
        [ends.regress, ends.no_decision, *(ends.lost.get(reason, 0.0) for reason in reasons[1:])]
    )
    return np.where(shares >= shares[-1], 1.0, shares / shares[-1])


def stall(plan: Scenario, third: str) -> Stall:
    return getattr(plan.behaviour.stalls, third)


def by_stage(plans: list[Scenario], of_third: Callable) -> np.ndarray:
    """What holds for a third, for each stage of it, (P, S, ...)."""
    return np.array([[of_third(plan, stage.third) for stage in plan.stages] for plan in plans], float)


def cumulative(shares: Mapping[str, float], names: list[str], whole: bool = False) -> np.ndarray:
    """Cumulative shares in the order of the names; where they are a whole, the last that counts is 1."""
    edges = np.cumsum([shares.get(name, 0.0) for name in names]) if names else np.empty(0)
    if whole and edges.size and edges[-1] > 0:
        edges = edges / edges[-1]
        edges[edges >= edges[-1]] = 1.0
    return edges


def work(plans, pools, reps: int):
    """The tasks of every stage and period, and the names of the activities."""
    activities: dict[str, int] = {"prospecting": 0, "touch": 1}
    first = np.zeros((len(plans), len(plans[0].stages) + 1), int)
    pool_desk: list[int] = []
    activity: list[int] = []
    when: list[int] = []
    over: list[float] = []
    logit: list[float] = []
    share: list[float] = []
    hours: list[Distribution] = []
    luck: list[str] = []

    def add(
        name: str, desk: int, part: float, effort: Distribution, word: str,
        of: tuple[int, float] = (rules.ALWAYS, 0.0), odds: float = 0.0,
    ) -> None:  # fmt: skip
        activity.append(activities.setdefault(name, len(activities)))
        pool_desk.append(desk)
        when.append(of[0])
        over.append(of[1])
        logit.append(odds)
        share.append(part)
        hours.append(effort)
        luck.append(f"effort.{word}")

    for period, plan in enumerate(plans):
        large = large_amount(plan)
        for number, stage in enumerate(plan.stages):
            first[period, number] = len(hours)
            acts = [(act.id, act.hours_share) for act in stage.activities] or [("work", None)]
            if stage.rep_hours.value != 0.0:
                for name, part in acts:
                    part = 1 / len(acts) if part is None else part
                    add(f"{stage.id}.{name}", -1, part, stage.rep_hours, stage.id)
            for name, own in cures.rep_tasks(plan.policies, stage.id):
                effort = Distribution(family="fixed", value=own)
                add(name, -1, 1.0, effort, f"{stage.id}.{name}")
            for helper in stage.specialists:
                name, desk = f"{stage.id}.{helper.pool}", reps + pools.index(helper.pool)
                add(
                    name,
                    desk,
                    1.0,
                    helper.hours,
                    name,
                    deciding.threshold(helper, large),
                    helper.effect_logit,
                )
        first[period, -1] = len(hours)
    work = Work(first, np.array(pool_desk, int), np.array(activity, int), np.array(when, int),
                np.array(over, float), on_grid(np.array(logit, float), LOGIT_GRID), np.array(share, float),
                tuple(hours), tuple(luck))  # fmt: skip
    return work, activities


def slots(plans, starts, horizon: float):
    """When prospecting falls due, and its hours; the k-th slot is a name of luck. First on day 0."""
    days, hours, due = [], [], 0.0
    ends = [*starts[1:], horizon]
    for plan, begin, end in zip(plans, starts, ends, strict=True):
        every = plan.policies.prospecting.every_days
        due = max(due, begin)
        while every is not None and due < end:
            days.append(due)
            hours.append(plan.policies.prospecting.hours)
            due += every
    return np.array(days, float), np.array(hours, float)
