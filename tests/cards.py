"""Validation cards of a company whose log is fitted, unchanged or changed on the first day that is held out."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from funnelsim.engine.run import simulate
from funnelsim.history.reader import History
from funnelsim.scenario.files import load
from funnelsim.scenario.model import Scenario
from funnelsim.study.validation import HELD_OUT, validate

OUTCOMES = ("advance", "no_decision", "lost")
CHANGES = {
    "": {},
    "half the deals": {"demand.units.*.weekly_deals": "=*0.5"},
    "delays x 1.6": {f"stages.*.delay_days.{outcome}": "=*1.6" for outcome in OUTCOMES},
    "fewer go on": {"stages.*.advance_rate": "=-0.2"},
}
Told = dict[tuple[str, str], tuple[bool, str]]
"""(check, stage) -> whether it passes, and why it does not."""


def company(change: str = "", size: float = 0.5) -> Scenario:
    """`observed_only` with so many deals, changed on the day on which the held-out part of its log begins."""
    scenario = load("observed_only").replace("demand.units.*.weekly_deals", f"=*{size}")
    begin, end = scenario.measure.from_, scenario.measure.to
    days = (end - begin).days + 1
    cut = begin + timedelta(days=int(np.ceil(days - HELD_OUT * days)))
    return scenario.replace("interventions", [{"date": cut, "set": CHANGES[change]}] if change else [])


def card(seed: int, change: str = "", size: float = 0.5) -> Told:
    """The card of one log of it."""
    told = validate(History.of(simulate(company(change, size), seed, 1).log), seed=seed)
    return {(check.name, check.stage): (check.passed, check.why) for check in told.checks}
