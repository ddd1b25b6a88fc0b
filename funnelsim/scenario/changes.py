"""Changes of the running company: on dates, and once something is seen in the reported funnel.

A company with conditions is one of several companies at every moment, by which of them have come true: `unfolded` gives
all of them. What is laid out by dates before a run (demand, people, calendars of work) cannot wait for a condition.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from funnelsim.errors import Fault, ScenarioError
from funnelsim.scenario.model import Intervention, Scenario

FIXED = {"measure", "calendar", "currency", "interventions", "name", "provenance", "buyer_stages"}
MOST_CONDITIONS = 3


def changes(s: Scenario) -> Iterator[Fault]:
    """A company that changes must be one all the way: every change is made, in the order of dates, then every choice
    of those that wait for a condition."""
    from funnelsim.scenario.checks import faults

    before = {(fault.path, fault.code) for fault in faults(s, interventions=False)}
    places = {id(change): f"interventions[{at}]" for at, change in enumerate(s.interventions)}
    yield from _written(s, places)
    running = s
    plans = [s]
    for _, change in s.dated:
        path = places[id(change)]
        running, found = _made(running, change, path)
        plans.append(running)
        yield from found
        yield from _new(s, running, path, before)
    if len(s.conditional) > MOST_CONDITIONS:
        return
    seen = set()
    for plan in plans:
        for chosen in _choices(s.conditional):
            turned, found = plan, []
            for change in chosen:
                other, wrong = _made(turned, change, places[id(change)])
                found += wrong
                if _by_date(other) != _by_date(turned):
                    found.append(Fault(f"{places[id(change)]}.set", "condition_by_date"))
                turned = other
            if chosen:
                found += _new(s, turned, places[id(chosen[-1])], before)
            for fault in found:
                if (fault.path, fault.code) not in seen:
                    seen.add((fault.path, fault.code))
                    yield fault


def _written(s: Scenario, places: dict[int, str]) -> Iterator[Fault]:
    """Every change says when, and every condition its limit."""
    start = s.measure.from_ - dt.timedelta(weeks=s.measure.warmup_weeks)
    for change in s.interventions:
        path = places[id(change)]
        if change.date is None and change.when is None:
            yield Fault(path, "intervention_when")
        if change.date is not None and not start <= change.date <= s.measure.to:
            facts = {"value": change.date, "start": start, "end": s.measure.to}
            yield Fault(f"{path}.date", "intervention_date", facts)
        if change.when is not None and (change.when.above is None) == (change.when.below is None):
            yield Fault(f"{path}.when", "condition_limit")
    if len(s.conditional) > MOST_CONDITIONS:
        yield Fault(
            "interventions", "conditions_many", {"count": len(s.conditional), "most": MOST_CONDITIONS}
        )


def _made(plan: Scenario, change: Intervention, path: str) -> tuple[Scenario, list[Fault]]:
    """A company with a change made as far as it can be, and what is wrong with it."""
    from funnelsim.scenario.files import applied

    found = []
    for key, value in change.set.items():
        inner = f"{path}.set.{key}"
        if key.split(".")[0].split("[")[0] in FIXED:
            found.append(Fault(inner, "intervention_fixed", {"value": key}))
            continue
        try:
            plan = applied(plan, {key: value})
        except ScenarioError as error:
            found += [Fault(inner, fault.code, fault.facts) for fault in error.faults]
    return plan, found


def _new(s: Scenario, running: Scenario, path: str, before: set[tuple[str, str]]) -> list[Fault]:
    """What is wrong with a company after a change, and was not before."""
    from funnelsim.scenario.checks import faults

    found = [
        Fault(f"{path}.set → {fault.path}", fault.code, fault.facts)
        for fault in faults(running, interventions=False)
        if (fault.path, fault.code) not in before
    ]
    if [stage.id for stage in running.stages] != [stage.id for stage in s.stages]:
        found.insert(0, Fault(path, "intervention_stages"))
    return found


def _by_date(plan: Scenario) -> tuple[Any, ...]:
    """What is laid out by dates before a run."""
    policies = plan.policies
    return (
        plan.demand, plan.territories, plan.team, policies.prospecting, policies.care, policies.training.weekly_hours,
        policies.coaching.own_selling_hours, policies.incentives, policies.process_strength, plan.behaviour.process,
    )  # fmt: skip


def _choices(conditional: list[Intervention]) -> list[list[Intervention]]:
    """Every choice of the changes that wait, in order: choice k has change j where bit j of k is set."""
    return [
        [change for at, change in enumerate(conditional) if chosen >> at & 1]
        for chosen in range(1 << len(conditional))
    ]


def unfolded(s: Scenario, dated: list[tuple[dt.date, Scenario]]) -> list[tuple[dt.date, Scenario]]:
    """The company of every dated period under every choice of conditions that have come true.

    dated   the company of each period, none of them true

    Position of period p under choice k: p + k x periods.
    """
    from funnelsim.scenario.files import applied

    found = []
    for chosen in _choices(s.conditional):
        for day, plan in dated:
            for change in chosen:
                plan = applied(plan, change.set)
            found.append((day, plan))
    return found
