"""Panels: a few levers, one question, one answer that moves; `panel` has what all of them share."""

from __future__ import annotations

from collections.abc import Sequence

from funnelsim.scenario import files
from funnelsim.scenario.model import Scenario
from funnelsim.show.front import has_front_end
from funnelsim.show.panels.calibration import Calibration
from funnelsim.show.panels.explorer import Explorer
from funnelsim.show.panels.levers import Lever, start_levers
from funnelsim.show.panels.panel import Panel
from funnelsim.show.panels.prediction import Prediction
from funnelsim.show.panels.process_design import ProcessDesign
from funnelsim.show.panels.revealing import Reveal

__all__ = [
    "Calibration",
    "Explorer",
    "Lever",
    "Panel",
    "Prediction",
    "ProcessDesign",
    "Reveal",
    "StartPanel",
    "has_front_end",
    "start_levers",
]


class StartPanel(Panel):
    """Three sliders on a scenario, and what their setting brings against the company as it is.

    scenario       name, path or Scenario
    replications   simulated years of each answer
    seed           the same seed is the same customers
    lang           en or zh; the toggle changes it
    levers         other sliders than `start_levers`
    """

    def __init__(
        self,
        scenario: str | Scenario = "industrial_8x8",
        replications: int = 50,
        seed: int = 1,
        lang: str | None = None,
        levers: Sequence[Lever] | None = None,
    ):
        company = scenario if isinstance(scenario, Scenario) else files.load(scenario)
        super().__init__(company, replications, seed, lang, levers or start_levers(company))
