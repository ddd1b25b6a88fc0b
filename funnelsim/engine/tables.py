"""compile(Scenario) -> Tables: names become positions, dates days, quantities arrays.

A company that changes on a date has several *periods*; every table that can change carries the
period as its first axis, and an engine only looks up which period it is in. People and units are
the union over all periods. How each array is made stands in `arrays`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256

import numpy as np

from funnelsim.calendar import days_between
from funnelsim.engine import arrays, cures, deciding, leaving, managers, whens
from funnelsim.engine import loyalty as loyal
from funnelsim.engine import standards as asked_of
from funnelsim.engine import tiers as in_tiers
from funnelsim.engine.arrays import (
    CELL_DAYS,
    LOGIT_GRID,
    SILENTLY_LOST,
    Work,
    on_grid,
)
from funnelsim.engine.layout import Layout, layout_of
from funnelsim.engine.whens import Whens
from funnelsim.history.log import Names, Spending
from funnelsim.scenario.changes import unfolded
from funnelsim.scenario.distributions import Distribution
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.part import THIRDS


@dataclass(frozen=True)
class Tables:
    """A scenario as an engine reads it. P periods, S stages, R reps, D desks, U units, C cells."""

    scenario: Scenario
    names: Names
    start: date
    horizon: float
    measured: tuple[float, float]
    period_start: (
        np.ndarray
    )  # (dated,) days; P counts dated periods under each choice of conditions, see `whens`
    cell_period: np.ndarray  # (dated, C) intensity belongs to units below; cells are weeks from the start
    units: tuple[str, ...]
    unit_source: np.ndarray  # (O, 2) unit and source of each demand origin
    intensity: np.ndarray  # (dated, O, C) customers a cell, market at its mean
    market_cv: np.ndarray  # (P,)
    amount: tuple[tuple[Distribution, ...], np.ndarray]  # by period; factor (P, origins incl. prospecting)
    large_amount: np.ndarray  # (P,)
    unit_territory: np.ndarray  # (P, U)
    rep_territory: np.ndarray  # (P, R)
    unit_segment: np.ndarray  # (U,)
    rep_from: np.ndarray  # (R,) days
    rep_until: np.ndarray  # (R,) days
    successor: np.ndarray  # (R,)
    desk_people: tuple[tuple[tuple[int, ...], ...], ...]  # [P][D] people at each desk
    worked: tuple[np.ndarray, np.ndarray]  # cumulative hours (patterns, days + 1); whose pattern (people,)
    stage_logit: np.ndarray  # (P, S)
    supported_logit: np.ndarray  # (P, S) the same of deals that executives help
    support_when: np.ndarray  # (P,) which deals that are
    price_kept: np.ndarray  # (P,) share of the list price
    care: tuple[tuple[float, float, float], ...]  # as in EventLog.care
    spending: tuple[Spending, ...]  # as in EventLog.spending
    whens: Whens
    ending_edges: np.ndarray  # (P, S, 2 + reasons)
    delays: tuple[tuple[tuple[Distribution, ...], ...], ...]  # [P][S][outcome]
    work: Work
    strict: np.ndarray  # (P,)
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
    managers: managers.Managers
    standards: asked_of.Standards
    deciding: deciding.Deciding
    loyalty: loyal.Loyalty
    leaving: leaving.Leaving
    tiers: in_tiers.Tiers

    @property
    def stages(self) -> int:
        return self.stage_logit.shape[1]

    @property
    def reps(self) -> int:
        return self.rep_from.size

    @cached_property
    def hours(self) -> np.ndarray:
        """Hours that each person has worked by the start of each day, (people, days + 1)."""
        rows, which = self.worked
        return rows[which]

    @cached_property
    def demand(self) -> str:
        """Digest of all that says who the customers are; scenarios that share it share their customers."""
        total = sha256(repr((self.names.origins, self.reps, self.slot_days.size, self.horizon)).encode())
        if self.loyalty.returns:
            total.update(repr(float(self.loyalty.share.max())).encode())
        for array in (self.intensity, self.market_cv, self.cell_period, self.period_start):
            total.update(f"{array.shape} {array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
        return total.hexdigest()

    @cached_property
    def layout(self) -> Layout:
        """Where in a row of luck each number stands."""
        revive_days = self.revive_days if self.revive_share.any() else ()
        return layout_of(
            self.names.stages, self.delays, self.work, bool(self.silent_share.any()), revive_days
        )


def compile_tables(scenario: Scenario) -> Tables:
    """The arrays of a scenario; ScenarioError where an intervention changes what cannot change."""
    dated = arrays.periods(scenario)
    periods = [(day, cures.cured(plan)) for day, plan in unfolded(scenario, dated)]
    plans = [plan for _, plan in periods]
    periods, by_date = periods[: len(dated)], plans[: len(dated)]
    measure = scenario.measure
    start = measure.from_ - timedelta(days=7 * measure.warmup_weeks)
    horizon = days_between(start, measure.to) + 1
    starts = np.array([0.0, *(float(max(0, days_between(start, day))) for day, _ in periods[1:])])

    stages = tuple(stage.id for stage in scenario.stages)
    units = arrays.union([[unit.id for unit in plan.demand.units] for plan in plans])
    sources = arrays.union([[source.id for source in plan.demand.sources] for plan in plans])
    territories = arrays.union([[t.id for t in plan.territories] for plan in plans])
    reps = arrays.union([[rep.id for rep in plan.team.reps] for plan in plans])
    pools = arrays.union([[pool.id for pool in plan.team.pools] for plan in plans])
    losses = arrays.union([["no_decision"], *([*s.otherwise.lost] for plan in plans for s in plan.stages)])
    causes = arrays.union([[*arrays.stall(plan, third).causes] for plan in plans for third in THIRDS])
    signals = arrays.union([[*seen] for plan in plans for seen in plan.behaviour.stalls.signals.values()])
    reasons = arrays.union(
        [
            losses, causes, [SILENTLY_LOST], signals, ["neglect", "interrupted"], managers.reasons_of(plans),
            asked_of.reasons(plans),
        ]
    )  # fmt: skip
    reasons += whens.reasons(scenario)
    reasons += leaving.reasons_of(plans)
    segments = arrays.union([[unit.segment for unit in plan.demand.units] for plan in plans])
    pool_people = {
        p: max((x.people for plan in plans for x in plan.team.pools if x.id == p), default=0) for p in pools
    }

    people = [*reps]
    first_of_pool = {}
    for pool in pools:
        first_of_pool[pool] = len(people)
        people += [f"{pool}-{number + 1}" for number in range(pool_people[pool])]

    people += managers.names_of(plans)

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
    returning, tiered = loyal.loyalty(plans), in_tiers.tiers(plans)
    if returning.returns:
        origin_names += [f"{name}.repeat" for name in origin_names]

    rep_from, rep_until, successor = arrays.presence(periods, reps, start, horizon)
    work, activities = arrays.work(plans, pools, len(reps))
    remedy = activities.setdefault("remedy", len(activities)) if managers.cures(plans) else -1
    slots = arrays.slots(by_date, starts, horizon)
    asked = asked_of.standards(plans, work, activities, reasons)
    pace, whose = arrays.paces(by_date, starts, reps, pools, pool_people, rep_from, rep_until, start, horizon)
    left = leaving.leaving_of(
        plans,
        starts,
        reps,
        pools,
        asked.left_chance,
        activities,
        reasons,
        start,
        horizon,
        pace[whose[: len(reps)]],
    )
    cells = -(-horizon // CELL_DAYS)

    names = Names(
        stages=stages, people=tuple(people), desks=(*reps, *pools), reasons=tuple(reasons),
        activities=tuple(activities), origins=tuple(origin_names), sources=tuple(sources),
        territories=tuple(territories), segments=tuple(segments),
        thirds=tuple(THIRDS.index(stage.third) for stage in scenario.stages),
        due_days=asked_of.due_days(plans, activities), tiers=tiered.names, tier_from=tiered.last_edges,
    )  # fmt: skip

    def each(get, dtype=float):
        return np.array([get(plan) for plan in plans], dtype)

    stage_logit = np.stack([arrays.stage_logit(plan) for plan in plans])

    return Tables(
        scenario=scenario, names=names, start=start, horizon=float(horizon),
        measured=(float(days_between(start, measure.from_)), float(horizon)),
        period_start=starts, cell_period=arrays.cell_periods(starts, cells),
        units=tuple(units),
        unit_source=np.array([(units.index(u), sources.index(s)) for u, s in origins], int).reshape(-1, 2),
        intensity=np.stack([arrays.intensity(plan, origins, start, cells) for plan in by_date]),
        market_cv=each(lambda plan: plan.demand.market_cv),
        amount=(
            tuple(plan.demand.amount for plan in plans),
            np.tile(arrays.amount_factors(plans, origins, len(reps), prospecting), 1 + returning.returns),
        ),
        large_amount=each(arrays.large_amount),
        unit_territory=np.stack([arrays.unit_territory(plan, units, territories) for plan in plans]),
        rep_territory=np.stack([arrays.rep_territory(plan, reps, territories) for plan in plans]),
        unit_segment=arrays.unit_segments(plans, units, segments),
        rep_from=rep_from, rep_until=rep_until, successor=successor,
        desk_people=tuple(arrays.desk_people(plan, len(reps), first_of_pool) for plan in plans),
        worked=(arrays.hours(pace), whose),
        stage_logit=on_grid(stage_logit, LOGIT_GRID),
        supported_logit=on_grid(stage_logit + np.stack([cures.support(plan) for plan in plans]), LOGIT_GRID),
        support_when=each(cures.support_when, int),
        price_kept=each(cures.price_kept),
        care=cures.care(by_date, starts),
        spending=deciding.spending(by_date, starts),
        whens=whens.whens(scenario, plans, reasons, start),
        ending_edges=np.stack([[arrays.edges(stage, losses) for stage in plan.stages] for plan in plans]),
        delays=tuple(tuple(stage.delay_days.by_outcome() for stage in plan.stages) for plan in plans),
        work=work,
        strict=each(lambda plan: plan.policies.strict, bool),
        skip_share=each(lambda plan: plan.behaviour.skip_share),
        wait_for_buyer=each(lambda plan: plan.policies.wait_for_buyer, bool),
        work_first=each(lambda plan: plan.behaviour.customer_starts == "work_done", bool),
        ahead_logit=on_grid(each(lambda plan: plan.behaviour.ahead_logit), LOGIT_GRID),
        quality_sd=each(lambda plan: plan.behaviour.quality_sd),
        skill_sd=each(lambda plan: plan.behaviour.skill_sd),
        skill_known=np.stack([arrays.skills(plan, reps) for plan in plans]),
        source_logit=on_grid(np.stack([arrays.source_logit(plan, sources) for plan in plans]), LOGIT_GRID),
        stall_share=arrays.by_stage(plans, lambda plan, third: arrays.stall(plan, third).share)
        * np.stack([cures.stalling(plan) for plan in plans]),
        stall_factor=each(lambda plan: plan.behaviour.stalls.factor),
        cause_edges=arrays.by_stage(
            plans, lambda plan, third: arrays.cumulative(arrays.stall(plan, third).causes, causes, True)
        ),
        cause_reason=np.array([reasons.index(name) for name in (*causes, SILENTLY_LOST)], int),
        absent_cause=causes.index("rep_absent") if "rep_absent" in causes else -1,
        signal_edges=np.stack([
            [
                arrays.cumulative(plan.behaviour.stalls.signals.get(name, {}), signals)
                for name in (*causes, SILENTLY_LOST)
            ]
            for plan in plans
        ]),
        signal_reason=np.array([reasons.index(name) for name in signals], int),
        touch_every=each(lambda plan: plan.behaviour.touches.every_days or np.inf),
        touch_hours=each(lambda plan: plan.behaviour.touches.hours),
        neglect_after=each(lambda plan: plan.behaviour.touches.neglect_after_days),
        neglect_hazard=each(lambda plan: plan.behaviour.touches.neglect_weekly_rate / 7),
        silent_share=arrays.by_stage(plans, lambda plan, third: getattr(plan.behaviour.silent, third)),
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
        managers=managers.managers_of(
            plans, list(reps), people, reasons, causes, signals, remedy, start, horizon
        ),
        standards=asked, leaving=left,
        deciding=deciding.deciding(plans, list(sources), list(units)),
        loyalty=returning, tiers=tiered,
    )  # fmt: skip
