"""compile(Scenario) -> Tables: names become positions, dates days, quantities arrays.

A company that changes on a date has several *periods*; every table that can change carries the
period as its first axis, and an engine only looks up which period it is in. People and units are
the union over all periods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from funnelsim.calendar import days_between, months, worked
from funnelsim.engine import rules
from funnelsim.errors import ScenarioError
from funnelsim.history.log import Names
from funnelsim.scenario.behaviour import Stall
from funnelsim.scenario.distributions import Distribution, quantile
from funnelsim.scenario.files import replace_all
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.people import Rep

CELL_DAYS = 7
CELL_CUSTOMERS = 1024
MOST_PER_CELL = 800.0
LOGIT_GRID, DAY_GRID = 2.0**30, 2.0**20

_PRIORITY = {"late_first": rules.LATE_FIRST, "early_first": rules.EARLY_FIRST, "first_come": rules.FIRST_COME}
_WHEN = {"always": rules.ALWAYS, "amount_p75": rules.LARGE_DEALS, "never": rules.NEVER}
THIRDS = ("upper", "middle", "lower")
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
    share: np.ndarray
    """Share of `hours` that falls to this task, (tasks,)."""
    hours: tuple[Distribution, ...]
    luck: tuple[str, ...]
    """Name of the luck of its hours, `effort.<stage>[.<pool>]`."""


@dataclass(frozen=True)
class Tables:
    """A scenario as an engine reads it. P periods, S stages, R reps, D desks, U units, C cells."""

    scenario: Scenario
    names: Names
    start: date
    horizon: float
    measured: tuple[float, float]
    period_start: np.ndarray  # (P,) days
    cell_period: np.ndarray  # (P, C) intensity belongs to units below; cells are weeks from the start
    units: tuple[str, ...]
    unit_source: np.ndarray  # (O, 2) unit and source of each demand origin
    intensity: np.ndarray  # (P, O, C) customers a cell, market at its mean
    market_cv: np.ndarray  # (P,)
    amount: tuple[tuple[Distribution, ...], np.ndarray]  # by period; factor (P, origins incl. prospecting)
    large_amount: np.ndarray  # (P,)
    unit_territory: np.ndarray  # (P, U)
    rep_territory: np.ndarray  # (P, R)
    unit_segment: np.ndarray  # (U,)
    routing_random: np.ndarray  # (P,)
    rep_from: np.ndarray  # (R,) days
    rep_until: np.ndarray  # (R,) days
    successor: np.ndarray  # (R,)
    desk_people: tuple[tuple[tuple[int, ...], ...], ...]  # [P][D] people at each desk
    hours: np.ndarray  # (people, days + 1) cumulative
    stage_logit: np.ndarray  # (P, S)
    ending_edges: np.ndarray  # (P, S, 2 + reasons)
    delays: tuple[tuple[tuple[Distribution, ...], ...], ...]  # [P][S][outcome]
    work: Work
    priority: np.ndarray  # (P,)
    strict: np.ndarray
    skip_share: np.ndarray
    wait_for_buyer: np.ndarray
    work_first: np.ndarray  # customer starts when the work is done
    ahead_logit: np.ndarray
    quality_sd: np.ndarray
    skill_sd: np.ndarray
    skill_known: np.ndarray  # (P, R), nan where it is drawn
    source_logit: np.ndarray  # (P, sources)
    stall_share: np.ndarray  # (P, S)
    stall_factor: np.ndarray  # (P,)
    cause_edges: np.ndarray  # (P, S, causes) cumulative
    cause_reason: np.ndarray  # (causes + 1,) position in names.reasons; the last is `silently_lost`
    absent_cause: int  # the cause that keeps the rep away, -1 where there is none
    signal_edges: np.ndarray  # (P, causes + 1, signals) cumulative
    signal_reason: np.ndarray  # (signals,)
    touch_every: np.ndarray  # (P,) days, inf where nobody minds
    touch_hours: np.ndarray
    neglect_after: np.ndarray  # (P,) days
    neglect_hazard: np.ndarray  # (P,) a day
    silent_share: np.ndarray  # (P, S)
    discovery_days: np.ndarray  # (P,) mean
    revive_share: np.ndarray  # (P,)
    revive_days: tuple[Distribution, ...]  # [P]
    inflated_share: np.ndarray  # (P,)
    shifted_share: np.ndarray
    hiding_reps_share: np.ndarray
    hidden_share: np.ndarray
    entry_delay: np.ndarray  # (P,) days
    entry_error: np.ndarray
    neglect_reason: int
    interrupted_reason: int
    slot_days: np.ndarray  # (K,) when prospecting falls due
    slot_hours: np.ndarray  # (K,)
    prospect_source: int

    @property
    def stages(self) -> int:
        return self.stage_logit.shape[1]

    @property
    def reps(self) -> int:
        return self.rep_from.size


def compile_tables(scenario: Scenario) -> Tables:
    """The arrays of a scenario; ScenarioError where an intervention changes what cannot change."""
    periods = _periods(scenario)
    plans = [plan for _, plan in periods]
    measure = scenario.measure
    start = measure.from_ - timedelta(days=7 * measure.warmup_weeks)
    horizon = days_between(start, measure.to) + 1
    starts = np.array([0.0, *(float(max(0, days_between(start, day))) for day, _ in periods[1:])])

    stages = tuple(stage.id for stage in scenario.stages)
    units = _union([[unit.id for unit in plan.demand.units] for plan in plans])
    sources = _union([[source.id for source in plan.demand.sources] for plan in plans])
    territories = _union([[t.id for t in plan.territories] for plan in plans])
    reps = _union([[rep.id for rep in plan.team.reps] for plan in plans])
    pools = _union([[pool.id for pool in plan.team.pools] for plan in plans])
    losses = _union([["no_decision"], *([*s.otherwise.lost] for plan in plans for s in plan.stages)])
    causes = _union([[*_stall(plan, third).causes] for plan in plans for third in THIRDS])
    signals = _union([[*seen] for plan in plans for seen in plan.behaviour.stalls.signals.values()])
    reasons = _union([losses, causes, [SILENTLY_LOST], signals, ["neglect", "interrupted"]])
    segments = _union([[unit.segment for unit in plan.demand.units] for plan in plans])
    pool_people = {
        p: max((x.people for plan in plans for x in plan.team.pools if x.id == p), default=0) for p in pools
    }

    people = [*reps]
    first_of_pool = {}
    for pool in pools:
        first_of_pool[pool] = len(people)
        people += [f"{pool}-{number + 1}" for number in range(pool_people[pool])]

    origins = [
        (unit, source.id) for unit in units for source in scenario.demand.sources if not source.prospecting
    ]
    known = {source.id: source for plan in plans for source in plan.demand.sources}
    extra = [
        s for s in sources if not known[s].prospecting and s not in {x.id for x in scenario.demand.sources}
    ]
    origins = sorted(
        [*origins, *((unit, source) for unit in units for source in extra)],
        key=lambda pair: (units.index(pair[0]), sources.index(pair[1])),
    )
    prospecting = next((s for s in sources if known[s].prospecting), None)
    origin_names = [*(f"{unit}.{source}" for unit, source in origins), *(f"{rep}.prospect" for rep in reps)]

    rep_from, rep_until, successor = _presence(periods, reps, start, horizon)
    work, activities = _work(plans, pools, len(reps))
    slots = _slots(plans, starts, horizon)
    cells = -(-horizon // CELL_DAYS)

    names = Names(
        stages=stages, people=tuple(people), desks=(*reps, *pools), reasons=tuple(reasons),
        activities=tuple(activities), origins=tuple(origin_names), sources=tuple(sources),
        territories=tuple(territories), segments=tuple(segments),
        thirds=tuple(THIRDS.index(stage.third) for stage in scenario.stages),
    )  # fmt: skip

    def each(get, dtype=float):
        return np.array([get(plan) for plan in plans], dtype)

    return Tables(
        scenario=scenario, names=names, start=start, horizon=float(horizon),
        measured=(float(days_between(start, measure.from_)), float(horizon)),
        period_start=starts, cell_period=_cell_periods(starts, cells),
        units=tuple(units),
        unit_source=np.array([(units.index(u), sources.index(s)) for u, s in origins], int).reshape(-1, 2),
        intensity=np.stack([_intensity(plan, origins, start, cells) for plan in plans]),
        market_cv=each(lambda plan: plan.demand.market_cv),
        amount=(tuple(plan.demand.amount for plan in plans), _amount_factors(plans, origins, len(reps), prospecting)),
        large_amount=each(lambda plan: float(quantile(plan.demand.amount, np.array(0.75)))),
        unit_territory=np.stack([_unit_territory(plan, units, territories) for plan in plans]),
        rep_territory=np.stack([_rep_territory(plan, reps, territories) for plan in plans]),
        unit_segment=_unit_segments(plans, units, segments),
        routing_random=each(lambda plan: plan.policies.routing == "random", bool),
        rep_from=rep_from, rep_until=rep_until, successor=successor,
        desk_people=tuple(_desk_people(plan, len(reps), first_of_pool) for plan in plans),
        hours=_hours(plans, starts, reps, pools, pool_people, rep_from, rep_until, start, horizon),
        stage_logit=on_grid(np.stack([_stage_logit(plan) for plan in plans]), LOGIT_GRID),
        ending_edges=np.stack([[_edges(stage, losses) for stage in plan.stages] for plan in plans]),
        delays=tuple(tuple(stage.delay_days.by_outcome() for stage in plan.stages) for plan in plans),
        work=work,
        priority=each(lambda plan: _PRIORITY[plan.policies.priority], int),
        strict=each(lambda plan: plan.policies.strict, bool),
        skip_share=each(lambda plan: plan.behaviour.skip_share),
        wait_for_buyer=each(lambda plan: plan.policies.wait_for_buyer, bool),
        work_first=each(lambda plan: plan.behaviour.customer_starts == "work_done", bool),
        ahead_logit=on_grid(each(lambda plan: plan.behaviour.ahead_logit), LOGIT_GRID),
        quality_sd=each(lambda plan: plan.behaviour.quality_sd),
        skill_sd=each(lambda plan: plan.behaviour.skill_sd),
        skill_known=np.stack([_skills(plan, reps) for plan in plans]),
        source_logit=on_grid(np.stack([_source_logit(plan, sources) for plan in plans]), LOGIT_GRID),
        stall_share=_by_stage(plans, lambda plan, third: _stall(plan, third).share),
        stall_factor=each(lambda plan: plan.behaviour.stalls.factor),
        cause_edges=_by_stage(plans, lambda plan, third: _cumulative(_stall(plan, third).causes, causes, True)),
        cause_reason=np.array([reasons.index(name) for name in (*causes, SILENTLY_LOST)], int),
        absent_cause=causes.index("rep_absent") if "rep_absent" in causes else -1,
        signal_edges=np.stack([
            [_cumulative(plan.behaviour.stalls.signals.get(name, {}), signals) for name in (*causes, SILENTLY_LOST)]
            for plan in plans
        ]),
        signal_reason=np.array([reasons.index(name) for name in signals], int),
        touch_every=each(lambda plan: plan.behaviour.touches.every_days or np.inf),
        touch_hours=each(lambda plan: plan.behaviour.touches.hours),
        neglect_after=each(lambda plan: plan.behaviour.touches.neglect_after_days),
        neglect_hazard=each(lambda plan: plan.behaviour.touches.neglect_weekly_rate / 7),
        silent_share=_by_stage(plans, lambda plan, third: getattr(plan.behaviour.silent, third)),
        discovery_days=each(lambda plan: plan.behaviour.silent.discovery_weeks * 7),
        revive_share=each(lambda plan: plan.behaviour.revive.share),
        revive_days=tuple(plan.behaviour.revive.days for plan in plans),
        inflated_share=each(lambda plan: plan.behaviour.reporting.inflated_share),
        shifted_share=each(lambda plan: plan.behaviour.reporting.shifted_share),
        hiding_reps_share=each(lambda plan: plan.behaviour.reporting.hiding_reps_share),
        hidden_share=each(lambda plan: plan.behaviour.reporting.hidden_share),
        entry_delay=each(lambda plan: plan.behaviour.reporting.entry_delay_days),
        entry_error=each(lambda plan: plan.behaviour.reporting.entry_error_share),
        neglect_reason=reasons.index("neglect"), interrupted_reason=reasons.index("interrupted"),
        slot_days=slots[0], slot_hours=slots[1],
        prospect_source=sources.index(prospecting) if prospecting else -1,
    )  # fmt: skip


def on_grid(values: np.ndarray, grid: float) -> np.ndarray:
    """Rounded to a grid, so that results do not hang on the last bit of a processor's logarithm."""
    return np.rint(values * grid) / grid


def _union(lists: list[list[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in lists for name in names))


def _periods(scenario: Scenario) -> list[tuple[date, Scenario]]:
    """The company in each of its periods, by the day on which each begins."""
    plan = scenario.model_copy(update={"interventions": ()})
    start = scenario.measure.from_ - timedelta(days=7 * scenario.measure.warmup_weeks)
    periods = [(start, plan)]
    for change in sorted(scenario.interventions, key=lambda change: change.date):
        plan = replace_all(plan, change.set)
        if [s.id for s in plan.stages] != [s.id for s in scenario.stages]:
            raise ScenarioError.of(scenario.name.en, "intervention_stages", f"interventions ({change.date})")
        if change.date <= periods[-1][0]:
            periods[-1] = (periods[-1][0], plan)
        else:
            periods.append((change.date, plan))
    return periods


def _cell_periods(starts: np.ndarray, cells: int) -> np.ndarray:
    """Whether a period touches a cell, (P, C)."""
    ends = np.append(starts[1:], np.inf)
    first = np.arange(cells) * CELL_DAYS
    return (starts[:, None] < first + CELL_DAYS) & (ends[:, None] > first)


def _intensity(plan: Scenario, origins, start: date, cells: int) -> np.ndarray:
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


def _amount_factors(plans, origins, reps: int, prospecting) -> np.ndarray:
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


def _unit_territory(plan: Scenario, units, territories) -> np.ndarray:
    where = {unit: territories.index(t.id) for t in plan.territories for unit in t.units}
    return np.array([where.get(unit, -1) for unit in units], int)


def _rep_territory(plan: Scenario, reps, territories) -> np.ndarray:
    where = {
        rep.id: territories.index(rep.territory) for rep in plan.team.reps if rep.territory in territories
    }
    return np.array([where.get(rep, -1) for rep in reps], int)


def _unit_segments(plans, units, segments) -> np.ndarray:
    where = {unit.id: segments.index(unit.segment) for plan in plans for unit in plan.demand.units}
    return np.array([where[unit] for unit in units], int)


def _presence(periods, reps, start: date, horizon: float):
    """Day each rep comes and goes, and who takes over; (R,) each. From before the start: -1."""
    come, go, heir = np.full(len(reps), -1.0), np.full(len(reps), float(horizon)), np.full(len(reps), -1)
    for number, name in enumerate(reps):
        seen = [(day, _rep(plan, name)) for day, plan in periods]
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


def _rep(plan: Scenario, name: str) -> Rep | None:
    return next((rep for rep in plan.team.reps if rep.id == name), None)


def _desk_people(plan: Scenario, reps: int, first_of_pool: dict[str, int]) -> tuple[tuple[int, ...], ...]:
    """Who works at each desk: a rep at his own, so many people at that of each pool."""
    size = {pool.id: pool.people for pool in plan.team.pools}
    pools = (tuple(range(first, first + size.get(pool, 0))) for pool, first in first_of_pool.items())
    return (*((rep,) for rep in range(reps)), *pools)


def _hours(
    plans, starts, reps, pools, pool_people, rep_from, rep_until, start: date, horizon: int
) -> np.ndarray:
    """Cumulative working hours of each person at the start of each day, (people, days + 1).

    Weekly hours lie evenly over the hours of the week's working days. A new rep's speed rises
    straight from the ramp's start to full; a rep who was there at the start is at full speed.
    """
    day = np.arange(horizon)
    period = np.searchsorted(starts, day, side="right") - 1
    pace = np.zeros((len(reps) + sum(pool_people.values()), horizon))
    for number, plan in enumerate(plans):
        now = period == number
        working = worked(start, horizon, plan.calendar.work_days, plan.calendar.holidays) & now
        share = working / len(plan.calendar.work_days)
        ramp = plan.team.ramp
        for row, name in enumerate(reps):
            rep = _rep(plan, name)
            if rep is None:
                continue
            speed = np.ones(horizon)
            if rep.hired is not None and ramp.weeks > 0:
                since = day - days_between(start, rep.hired)
                speed = np.clip(ramp.start_share + (1 - ramp.start_share) * since / (7 * ramp.weeks), 0, 1)
            there = (day >= rep_from[row]) & (day < rep_until[row])
            pace[row] += rep.weekly_hours * share * speed * there
        row = len(reps)
        for pool in pools:
            found = next((p for p in plan.team.pools if p.id == pool), None)
            if found is not None:
                pace[row : row + found.people] += found.weekly_hours * share
            row += pool_people[pool]
    return np.concatenate([np.zeros((pace.shape[0], 1)), np.cumsum(pace, axis=1)], axis=1)


def _stage_logit(plan: Scenario) -> np.ndarray:
    rate = np.array([stage.advance_rate for stage in plan.stages])
    with np.errstate(divide="ignore"):
        logit = np.log(rate) - np.log1p(-rate)
    return logit + np.array([stage.effect_logit for stage in plan.stages])


def _source_logit(plan: Scenario, sources) -> np.ndarray:
    effect = {source.id: source.effect_logit for source in plan.demand.sources}
    return np.array([effect.get(source, 0.0) for source in sources])


def _skills(plan: Scenario, reps) -> np.ndarray:
    known = {rep.id: rep.skill_logit for rep in plan.team.reps if rep.skill_logit is not None}
    return np.array([known.get(rep, np.nan) for rep in reps], float)


def _edges(stage, reasons) -> np.ndarray:
    """Cumulative shares of regress, no decision and each reason of a loss (`reasons` without the first)."""
    ends = stage.otherwise
    shares = np.cumsum(
        [ends.regress, ends.no_decision, *(ends.lost.get(reason, 0.0) for reason in reasons[1:])]
    )
    return np.where(shares >= shares[-1], 1.0, shares / shares[-1])


def _stall(plan: Scenario, third: str) -> Stall:
    return getattr(plan.behaviour.stalls, third)


def _by_stage(plans: list[Scenario], of_third: Callable) -> np.ndarray:
    """What holds for a third, for each stage of it, (P, S, ...)."""
    return np.array([[of_third(plan, stage.third) for stage in plan.stages] for plan in plans], float)


def _cumulative(shares: Mapping[str, float], names: list[str], whole: bool = False) -> np.ndarray:
    """Cumulative shares in the order of the names; where they are a whole, the last that counts is 1."""
    edges = np.cumsum([shares.get(name, 0.0) for name in names]) if names else np.empty(0)
    if whole and edges.size and edges[-1] > 0:
        edges = edges / edges[-1]
        edges[edges >= edges[-1]] = 1.0
    return edges


def _work(plans, pools, reps: int):
    """The tasks of every stage and period, and the names of the activities."""
    activities: dict[str, int] = {"prospecting": 0, "touch": 1}
    first = np.zeros((len(plans), len(plans[0].stages) + 1), int)
    pool_desk: list[int] = []
    activity: list[int] = []
    when: list[int] = []
    share: list[float] = []
    hours: list[Distribution] = []
    luck: list[str] = []
    for period, plan in enumerate(plans):
        for number, stage in enumerate(plan.stages):
            first[period, number] = len(hours)
            acts = [(act.id, act.hours_share) for act in stage.activities] or [("work", None)]
            for name, part in acts:
                part = 1 / len(acts) if part is None else part
                if stage.rep_hours.value == 0.0:
                    continue
                activity.append(activities.setdefault(f"{stage.id}.{name}", len(activities)))
                pool_desk.append(-1)
                when.append(rules.ALWAYS)
                share.append(part)
                hours.append(stage.rep_hours)
                luck.append(f"effort.{stage.id}")
            for helper in stage.specialists:
                activity.append(activities.setdefault(f"{stage.id}.{helper.pool}", len(activities)))
                pool_desk.append(reps + pools.index(helper.pool))
                when.append(_WHEN[helper.when])
                share.append(1.0)
                hours.append(helper.hours)
                luck.append(f"effort.{stage.id}.{helper.pool}")
        first[period, -1] = len(hours)
    work = Work(first, np.array(pool_desk, int), np.array(activity, int), np.array(when, int),
                np.array(share, float), tuple(hours), tuple(luck))  # fmt: skip
    return work, activities


def _slots(plans, starts, horizon: float):
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
