"""Sliders of a panel: what each of them multiplies."""

from __future__ import annotations

from dataclasses import dataclass

from funnelsim.labels import text
from funnelsim.scenario.distributions import median
from funnelsim.scenario.model import Scenario


@dataclass(frozen=True)
class Lever:
    """One slider: a path of the scenario that it multiplies, from `low` to `high` percent of change."""

    id: str
    path: str
    low: int = -50
    high: int = 50
    step: int = 5
    stage: str = ""
    """Id of the stage that the label names, where the lever belongs to one."""

    def label(self, scenario: Scenario, lang: str) -> str:
        named = {s.id: s.name.say(lang) for s in scenario.stages}
        return text(f"panel.lever.{self.id}", lang, stage=named.get(self.stage, ""))


def start_levers(scenario: Scenario) -> tuple[Lever, ...]:
    """The three sliders to start with: deals, selling hours, hours of the stage that takes most of them."""
    longest = max(scenario.stages, key=lambda stage: median(stage.rep_hours))
    return (
        Lever("leads", "demand.units.*.weekly_deals", -40, 60),
        Lever("hours", "team.reps.*.weekly_hours", -30, 40),
        Lever("stage_hours", f"stages.{longest.id}.rep_hours", -50, 50, stage=longest.id),
    )
