"""What one part of a scenario cannot know of another, checked over the whole.

Every check is a small function over the scenario that yields faults; all run, none stops the others.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np

from funnelsim.errors import Fault, ScenarioError
from funnelsim.labels import has
from funnelsim.scenario.curing_checks import curing_faults
from funnelsim.scenario.deciding_checks import deciding_faults
from funnelsim.scenario.distributions import median, quantile
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.part import THIRDS
from funnelsim.scenario.paths import name_of, unknown, values_at
from funnelsim.scenario.seeing_checks import seeing

MAX_DEALS = 5_000_000
MAX_DAYS = 40_000
SUM_TOLERANCE = 1e-6
MONTH_DAYS = 365.25 / 12

_CHECKS: list[Callable[[Scenario], Iterator[Fault]]] = []


def _check(rule: Callable[[Scenario], Iterator[Fault]]) -> Callable[[Scenario], Iterator[Fault]]:
    _CHECKS.append(rule)
    return rule


def faults(scenario: Scenario, interventions: bool = True) -> list[Fault]:
    """All that does not fit together in a scenario; its interventions are tried out one after another."""
    from funnelsim.scenario.changes import changes

    found = [fault for rule in _CHECKS for fault in rule(scenario)]
    return found + list(changes(scenario)) if interventions else found


def unrelated(found: list[Fault], door: list[Fault]) -> list[Fault]:
    """The faults that stay when those are left out that only follow from faults found at the door."""
    broken = {_plain(fault.path) for fault in door}

    def follows(fault: Fault) -> bool:
        path = _plain(fault.path)
        lists = {str(fault.facts["of"])} if "of" in fault.facts else set()
        return any(
            _within(path, wrong) or _within(wrong, path) or any(_touches(wrong, name) for name in lists)
            for wrong in broken
        )

    return [fault for fault in found if not follows(fault)]


def _plain(path: str) -> str:
    return path.replace("[", ".").replace("]", "")


def _within(inner: str, outer: str) -> bool:
    return not outer or inner == outer or inner.startswith(f"{outer}.")


def _touches(wrong: str, name: str) -> bool:
    """Whether a fault at the door leaves it open which ids a list holds."""
    rest = wrong[len(name) :].strip(".").split(".") if _within(wrong, name) else None
    return _within(name, wrong) or (rest is not None and (len(rest) < 2 or rest[1] in {"id", "units"}))


def _lists(s: Scenario) -> Iterator[tuple[str, tuple[Any, ...]]]:
    yield "buyer_stages", s.buyer_stages
    yield "stages", s.stages
    for at, stage in enumerate(s.stages):
        yield f"stages[{at}].evidence", stage.evidence
        yield f"stages[{at}].activities", stage.activities
        yield f"stages[{at}].specialists", stage.specialists
    yield "demand.sources", s.demand.sources
    yield "demand.units", s.demand.units
    yield "territories", s.territories
    yield "team.reps", s.team.reps
    yield "team.pools", s.team.pools
    yield "team.managers", s.team.managers
    yield "policies.tiers", s.policies.tiers


@_check
def _unique_ids(s: Scenario) -> Iterator[Fault]:
    for path, items in _lists(s):
        seen: dict[str, int] = {}
        for at, item in enumerate(items):
            name = name_of(item) or ""
            if name in seen:
                key = "pool" if path.endswith("specialists") else "id"
                yield Fault(
                    f"{path}[{at}].{key}", "id_twice", {"value": name, "first": f"{path}[{seen[name]}]"}
                )
            seen.setdefault(name, at)
    people = {rep.id for rep in s.team.reps}
    for at, pool in enumerate(s.team.pools):
        if pool.id in people:
            yield Fault(f"team.pools[{at}].id", "id_twice", {"value": pool.id, "first": "team.reps"})


@_check
def _stages(s: Scenario) -> Iterator[Fault]:
    buyers, pools = {b.id for b in s.buyer_stages}, {p.id: p for p in s.team.pools}
    order = {"upper": 0, "middle": 1, "lower": 2}
    deepest = "upper"
    for at, stage in enumerate(s.stages):
        path = f"stages[{at}]"
        if order[stage.third] < order[deepest]:
            yield Fault(f"{path}.third", "thirds_order", {"value": stage.third, "before": deepest})
        deepest = max(deepest, stage.third, key=order.__getitem__)
        if stage.buyer_stage is not None and stage.buyer_stage not in buyers:
            yield unknown(
                f"{path}.buyer_stage", "unknown_buyer_stage", stage.buyer_stage, buyers, of="buyer_stages"
            )
        for n, helper in enumerate(stage.specialists):
            if helper.pool not in pools:
                yield unknown(
                    f"{path}.specialists[{n}].pool", "unknown_pool", helper.pool, pools, of="team.pools"
                )
            elif helper.when != "never" and not (
                pools[helper.pool].people and pools[helper.pool].weekly_hours
            ):
                yield Fault(f"{path}.specialists[{n}].pool", "pool_empty", {"value": helper.pool})
        total = stage.otherwise.regress + stage.otherwise.no_decision + sum(stage.otherwise.lost.values())
        if abs(total - 1) > SUM_TOLERANCE:
            yield Fault(f"{path}.otherwise", "endings_sum", {"total": f"{total:g}"})
        shares = [activity.hours_share for activity in stage.activities]
        given = [share for share in shares if share is not None]
        if given and len(given) < len(shares):
            yield Fault(f"{path}.activities", "hours_share_some", {"given": len(given), "count": len(shares)})
        elif given and abs(sum(given) - 1) > SUM_TOLERANCE:
            yield Fault(f"{path}.activities", "hours_share_sum", {"total": f"{sum(given):g}"})


@_check
def _customers(s: Scenario) -> Iterator[Fault]:
    stalls = s.behaviour.stalls
    causes = {"silently_lost"}
    for third in THIRDS:
        stall, path = getattr(stalls, third), f"behaviour.stalls.{third}.causes"
        causes |= stall.causes.keys()
        total = sum(stall.causes.values())
        if stall.share and abs(total - 1) > SUM_TOLERANCE:
            yield Fault(path, "causes_sum", {"total": f"{total:g}"})
    for cause, seen in stalls.signals.items():
        if cause not in causes:
            yield unknown(f"behaviour.stalls.signals.{cause}", "unknown_cause", cause, causes, of="causes")
        if sum(seen.values()) > 1 + SUM_TOLERANCE:
            yield Fault(
                f"behaviour.stalls.signals.{cause}", "signals_sum", {"total": f"{sum(seen.values()):g}"}
            )


_check(curing_faults)
_check(deciding_faults)


@_check
def _demand(s: Scenario) -> Iterator[Fault]:
    market = [source.share for source in s.demand.sources if not source.prospecting]
    if market and abs(sum(market) - 1) > SUM_TOLERANCE:
        yield Fault("demand.sources", "source_shares_sum", {"total": f"{sum(market):g}"})
    if not market and any(unit.weekly_deals for unit in s.demand.units):
        yield Fault("demand.sources", "source_missing")
    named = [source.id for source in s.demand.sources if source.prospecting]
    if len(named) > 1 or (not named and s.policies.prospecting.every_days is not None):
        yield Fault("demand.sources", "prospecting_source", {"count": len(named)})
    if not any(s.demand.season):
        yield Fault("demand.season", "season_zero")


@_check
def _territories(s: Scenario) -> Iterator[Fault]:
    units, home = {unit.id for unit in s.demand.units}, dict[str, str]()
    for at, territory in enumerate(s.territories):
        for n, name in enumerate(territory.units):
            path = f"territories[{at}].units[{n}]"
            if name not in units:
                yield unknown(path, "unknown_unit", name, units, of="demand.units")
            elif name in home:
                yield Fault(path, "unit_twice", {"value": name, "first": home[name]})
            home.setdefault(name, territory.id)
    if s.policies.routing != "territory":
        return
    for at, unit in enumerate(s.demand.units):
        if unit.id not in home:
            yield Fault(f"demand.units[{at}].id", "unit_homeless", {"value": unit.id, "of": "territories"})
    covered = {rep.territory for rep in s.team.reps}
    for at, territory in enumerate(s.territories):
        if territory.id not in covered:
            yield Fault(
                f"territories[{at}].id", "territory_empty", {"value": territory.id, "of": "team.reps"}
            )


@_check
def _reps(s: Scenario) -> Iterator[Fault]:
    territories, reps = [t.id for t in s.territories], [rep.id for rep in s.team.reps]
    for at, rep in enumerate(s.team.reps):
        path = f"team.reps[{at}]"
        if rep.territory is not None and rep.territory not in territories:
            yield unknown(
                f"{path}.territory", "unknown_territory", rep.territory, territories, of="territories"
            )
        if rep.territory is None and s.policies.routing == "territory":
            yield Fault(f"{path}.territory", "territory_missing", {"value": rep.id})
        if rep.hired and rep.leaves and rep.leaves <= rep.hired:
            yield Fault(f"{path}.leaves", "leaves_before_hired", {"value": rep.leaves, "hired": rep.hired})
        if rep.successor == rep.id:
            yield Fault(f"{path}.successor", "successor_self", {"value": rep.id})
        elif rep.successor is not None and rep.successor not in reps:
            others = [name for name in reps if name != rep.id]
            yield unknown(f"{path}.successor", "unknown_rep", rep.successor, others, of="team.reps")
        managers = [manager.id for manager in s.team.managers]
        if rep.manager is not None and rep.manager not in managers:
            yield unknown(f"{path}.manager", "unknown_manager", rep.manager, managers, of="team.managers")


@_check
def _managers(s: Scenario) -> Iterator[Fault]:
    policies, review = s.policies, s.policies.review
    wanted = {
        "review.rule": review.rule != "none", "audits.weekly_share": policies.audits.weekly_share > 0,
        "remedies.on": policies.remedies.on,
        **{f"coaching.{key}": hours > 0 for key, hours in policies.coaching if key != "full_hours"},
    }  # fmt: skip
    if not s.team.managers:
        for key in (key for key, wants in wanted.items() if wants):
            yield Fault(f"policies.{key}", "managers_missing", {"of": "team.managers"})
    if any(wanted.values()) or policies.handover.rule == "protocol":
        reps = {rep.id for rep in s.team.reps}
        for at, manager in enumerate(s.team.managers):
            if manager.id in reps:
                yield Fault(
                    f"team.managers[{at}].id", "id_twice", {"value": manager.id, "first": "team.reps"}
                )
    if review.verdict_days <= review.second_days:
        facts = {"value": review.verdict_days, "second": review.second_days}
        yield Fault("policies.review.verdict_days", "verdict_before_second", facts)
    if policies.remedies.on:
        stalls = s.behaviour.stalls
        for cause in sorted({cause for third in THIRDS for cause in getattr(stalls, third).causes}):
            if cause not in policies.remedies.names and not has(f"remedy.{cause}"):
                yield Fault("policies.remedies.names", "remedy_missing", {"value": cause})


_check(seeing)


@_check
def _period(s: Scenario) -> Iterator[Fault]:
    if s.measure.to < s.measure.from_:
        yield Fault("measure.to", "to_before_from", {"value": s.measure.to, "from_": s.measure.from_})
    elif (s.measure.to - s.measure.from_).days + 7 * s.measure.warmup_weeks > MAX_DAYS:
        yield Fault("measure", "period_too_long", {"limit": MAX_DAYS})
    if not _is_zone(s.calendar.time_zone):
        zones = sorted(zoneinfo.available_timezones())
        yield unknown("calendar.time_zone", "unknown_zone", s.calendar.time_zone, zones)
    if s.calendar.holidays != "none" and s.calendar.holidays not in _countries():
        yield unknown("calendar.holidays", "unknown_country", s.calendar.holidays, ["none", *_countries()])
    if not s.calendar.work_days:
        yield Fault("calendar.work_days", "no_work_days")
    for day in {day for day in s.calendar.work_days if s.calendar.work_days.count(day) > 1}:
        yield Fault("calendar.work_days", "work_day_twice", {"value": day})
    for key, span in (("cycle_months", s.scope.cycle_months), ("deal_size", s.scope.deal_size)):
        if span is not None and span[0] > span[1]:
            yield Fault(f"scope.{key}", "span_reversed", {"low": f"{span[0]:g}", "high": f"{span[1]:g}"})


@cache
def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name)


@cache
def _countries() -> tuple[str, ...]:
    import holidays

    return tuple(sorted(holidays.list_supported_countries(include_aliases=False)))


@_check
def _size(s: Scenario) -> Iterator[Fault]:
    expected = expected_deals(s)
    if expected > MAX_DEALS:
        yield Fault("demand", "too_many_deals", {"expected": f"{expected:,.0f}", "limit": f"{MAX_DEALS:,}"})


def expected_deals(s: Scenario) -> float:
    """Deals a replication is expected to create, from the market and by prospecting, warm-up included."""
    days = (s.measure.to - s.measure.from_).days + 1 + 7 * s.measure.warmup_weeks
    found = sum(unit.weekly_deals for unit in s.demand.units) * max(s.demand.season) * days / 7
    every = s.policies.prospecting.every_days
    return found + (len(s.team.reps) * days / every if every else 0.0)


@_check
def _provenance(s: Scenario) -> Iterator[Fault]:
    for path, origin in s.provenance.items():
        try:
            for _ in values_at(s, path):
                break
        except ScenarioError as error:
            fault = error.faults[0]
            yield Fault(f"provenance.{path}", fault.code, fault.facts)
        if origin.low is not None and origin.high is not None and origin.low > origin.high:
            yield Fault(
                f"provenance.{path}", "span_reversed", {"low": f"{origin.low:g}", "high": f"{origin.high:g}"}
            )


def warnings(s: Scenario) -> list[Fault]:
    """What is allowed but unlikely to be meant: a cycle that is too short for this kind of model."""
    months = typical_cycle_days(s) / MONTH_DAYS
    return [Fault("stages", "cycle_short", {"months": f"{months:.1f}"})] if months < 1 else []


def typical_cycle_days(s: Scenario) -> float:
    """About the median days from creation to signing of a deal that passes every stage without waiting.

    Stages are summed by 999 fixed quantiles in a shuffled order of their own; work counts at the hours
    a rep has a working day.
    """
    u = (np.arange(999) + 0.5) / 999
    shuffle = np.random.Generator(np.random.PCG64(0))
    weekly = np.mean([rep.weekly_hours for rep in s.team.reps]) or np.inf
    total = np.zeros(u.size)
    for stage in s.stages:
        delay = quantile(stage.delay_days.advance, shuffle.permutation(u))
        work = 7 * median(stage.rep_hours) / weekly
        total += np.maximum(delay, work) if s.behaviour.customer_starts == "stage" else delay + work
    return float(np.median(total))
