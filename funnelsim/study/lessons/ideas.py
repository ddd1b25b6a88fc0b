"""Five ideas on the same customers: what each brings in the first year and in the long run, at a load that is measured.

The ideas are those of the workshop's module on bottlenecks; working on early deals first stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from funnelsim.engine.run import Progress
from funnelsim.history.log import EventLog
from funnelsim.scenario import files
from funnelsim.scenario.distributions import median
from funnelsim.scenario.model import Scenario
from funnelsim.study.compare import Difference, difference
from funnelsim.study.intervals import SHARE
from funnelsim.study.lessons.measured import Measured, Order, measured, order, relative
from funnelsim.study.lessons.years import Years, silent, unhurried, years
from funnelsim.study.live import Check
from funnelsim.study.metrics import measure

LEADS, HOURS, EARLY, LATE, TEMPLATES = "leads", "hours", "early_skill", "late_skill", "templates"
IDEAS = (LEADS, HOURS, EARLY, LATE, TEMPLATES)
EARLY_FIRST = "early_first"
BASE = "base"
READ = ("bookings", "wins", "utilisation")
_LATER = " later"


@dataclass(frozen=True)
class Found:
    """What the ideas brought."""

    first_year: dict[str, Difference]
    """Idea (and `early_first`) -> paired difference of bookings, the change on the first measured day."""
    long_run: dict[str, Difference]
    """As if always."""
    relative: dict[str, Measured]
    """First year, as a share of the base's bookings."""
    order: Order
    """The five ideas by their first year."""
    later: Order
    """By their long run."""
    utilisation: dict[str, Measured]
    """Base and ideas, in the long run: how much of their hours the reps work."""
    bookings: Measured
    """Of the company as it is."""
    engine: str
    replications: int
    seed: int
    currency: str

    @property
    def load(self) -> Measured:
        """Share of the reps' hours that is worked as things are."""
        return self.utilisation[BASE]


class Ideas:
    """What five ideas bring to a company.

    load   share of its deals that come, prospected ones too; .5 is half the load on the same people
    """

    def __init__(self, scenario: Scenario, replications: int = 100, seed: int = 1, load: float = 1.0):
        self.scenario = scenario if load == 1 else files.applied(scenario, loaded(scenario, load))
        self.replications, self.seed, self.load = replications, seed, load
        stages = self.scenario.stages
        self.stages = {
            EARLY: stages[1 if len(stages) > 3 else 0].id,
            LATE: stages[-2 if len(stages) > 3 else -1].id,
            TEMPLATES: max(stages, key=lambda stage: median(stage.rep_hours)).id,
        }
        """Idea -> the stage it is about."""

    def changes(self, idea: str) -> dict[str, Any]:
        """An idea as changes of the scenario: path -> change."""
        stage = self.stages.get(idea, "")
        known: dict[str, dict[str, Any]] = {
            LEADS: {"demand.units.*.weekly_deals": "=*1.2"},
            HOURS: {"team.reps.*.weekly_hours": "=*1.2"},
            TEMPLATES: {f"policies.templates.hours_factor.{stage}": 0.7},
            EARLY_FIRST: {"policies.priority": "early_first"},
        }
        return known.get(idea, {f"stages.{stage}.effect_logit": "=+0.4"})

    def find(self, progress: Progress = silent, check: Check = unhurried) -> Found:
        """Tell the years of the company and of each idea, and compare them pair by pair."""
        names, base = (*IDEAS, EARLY_FIRST), self.scenario
        worlds = {name: files.applied(base, self.changes(name)) for name in names}
        starts = base.measure.from_
        first = {name: files.as_intervention(base, other, starts) for name, other in worlds.items()}
        told = years(
            {BASE: base, **first, **{name + _LATER: other for name, other in worlds.items()}},
            _read, self.replications, self.seed, progress, check,
        )  # fmt: skip
        return self._found(told, names)

    def _found(self, told: Years, names: tuple[str, ...]) -> Found:
        def booked(name: str) -> np.ndarray:
            return told[name]["bookings"]

        own = booked(BASE)
        busy = {
            name: measured(told[name if name == BASE else name + _LATER]["utilisation"], SHARE)
            for name in (BASE, *names)
        }
        return Found(
            first_year={name: difference(own, booked(name)) for name in names},
            long_run={name: difference(own, booked(name + _LATER)) for name in names},
            relative={name: relative(own, booked(name)) for name in names},
            order=order({name: booked(name) for name in IDEAS}),
            later=order({name: booked(name + _LATER) for name in IDEAS}),
            utilisation=busy, bookings=measured(own), engine=told.engine,
            replications=told.replications, seed=told.seed, currency=self.scenario.currency,
        )  # fmt: skip


def loaded(scenario: Scenario, load: float) -> dict[str, Any]:
    """Changes that give a company this share of its deals: those of the market and those its reps look for."""
    changes: dict[str, Any] = {"demand.units.*.weekly_deals": f"=*{load:.6g}"}
    if scenario.policies.prospecting.every_days:
        changes["policies.prospecting.every_days"] = f"=*{1 / load:.6g}"
    return changes


def _read(log: EventLog, _company: Scenario) -> Mapping[str, Any]:
    return measure(log, names=READ)
