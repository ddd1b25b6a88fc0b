"""Changes that wait until something is seen: what is looked at every Monday, and which period that makes of which.

A run is in one of the dated periods and under one choice of conditions that have come true. Its place among
the periods of all tables is `dated + choice x dated periods`; bit k of the choice is condition k.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from funnelsim.calendar import days_between
from funnelsim.engine import rules
from funnelsim.scenario.model import Scenario

MEASURES = {
    "open_deals": rules.OPEN_DEALS, "weighted_pipeline": rules.WEIGHTED_PIPELINE,
    "stalled_share": rules.STALLED_SHARE,
}  # fmt: skip


@dataclass(frozen=True)
class Whens:
    """Conditions of a company. K conditions, P periods, S stages."""

    measure: np.ndarray  # (K,) as the rules number it
    limit: np.ndarray  # (K,)
    above: np.ndarray  # (K,) whether it holds above the limit, else below
    reason: np.ndarray  # (K,) position in names.reasons
    since: np.ndarray  # (K,) days, from when on it is looked at
    first_monday: float
    weight: np.ndarray  # (P, S) of the third of each stage

    def __len__(self) -> int:
        return self.limit.size


def reasons(scenario: Scenario) -> list[str]:
    """What the conditions are called in the log: `condition_1` and so on, in their order."""
    return [f"condition_{at + 1}" for at in range(len(scenario.conditional))]


def whens(scenario: Scenario, plans: list[Scenario], names: list[str], start: date) -> Whens:
    """The conditions of a scenario; `plans` its company in every period."""
    found = [change.when for change in scenario.conditional if change.when is not None]
    first = scenario.measure.from_
    limits = [when.below if when.above is None else when.above for when in found]
    return Whens(
        measure=np.array([MEASURES[when.measure] for when in found], np.int64),
        limit=np.array([0.0 if limit is None else limit for limit in limits], float),
        above=np.array([when.above is not None for when in found], np.int64),
        reason=np.array([names.index(name) for name in reasons(scenario)], np.int64),
        since=np.array([days_between(start, change.date or first) for change in scenario.conditional], float),
        first_monday=float(-start.weekday() % 7),
        weight=np.array(
            [[getattr(plan.weights, stage.third) for stage in plan.stages] for plan in plans], float
        ),
    )


def period_at(period_start: np.ndarray, met: np.ndarray, time: np.ndarray) -> np.ndarray:
    """The period of moments of a run.

    met   (conditions,) when each came true, infinite where it never did
    """
    found = np.searchsorted(period_start, time, side="right") - 1
    for at, day in enumerate(met.tolist()):
        found = found + (period_start.size << at) * (time >= day)
    return found
