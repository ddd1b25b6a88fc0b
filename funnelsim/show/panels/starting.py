"""The first panel of all: three sliders and what they bring."""

from __future__ import annotations

from collections.abc import Sequence

from funnelsim.scenario import files
from funnelsim.scenario.model import Scenario
from funnelsim.show.panels.levers import Lever, start_levers
from funnelsim.show.panels.panel import Panel


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
