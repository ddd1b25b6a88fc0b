"""Checks of the levers of seeing and standards over the whole scenario; `checks` runs them."""

from __future__ import annotations

from collections.abc import Iterator

from funnelsim.errors import Fault
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.paths import unknown


def seeing(s: Scenario) -> Iterator[Fault]:
    """What gates and reminders name must be there."""
    stages = {stage.id: stage for stage in s.stages}
    for at, name in enumerate(s.policies.gates.stages):
        path = f"policies.gates.stages[{at}]"
        if name not in stages:
            yield unknown(path, "unknown_stage", name, stages, of="stages")
        elif not stages[name].evidence:
            yield Fault(path, "gate_without_evidence", {"value": name})
    for at, stage in enumerate(s.stages):
        activities = [activity.id for activity in stage.activities]
        for n, item in enumerate(stage.evidence):
            if item.activity is not None and item.activity not in activities:
                path, of = f"stages[{at}].evidence[{n}].activity", f"stages[{at}].activities"
                yield unknown(path, "unknown_activity", item.activity, activities, of=of)
    reminders = s.policies.reminders
    if reminders.after is not None and reminders.recipient == "manager" and not s.team.managers:
        yield Fault("policies.reminders.recipient", "reminds_nobody", {"of": "team.managers"})
