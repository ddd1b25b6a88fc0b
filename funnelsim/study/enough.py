"""How many replications are enough: 40, 80, ... until an interval is narrow, or the most that is allowed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from funnelsim.scenario.model import Scenario
from funnelsim.study.cluster import opened
from funnelsim.study.experiment import Progress, Trial, trial
from funnelsim.study.intervals import interval
from funnelsim.study.store import Store

FEWEST, MOST = 40, 1000
NARROW = 0.02
"""Half-width of a 95 % interval of bookings that is narrow, as a share of the mean (of the base)."""


@dataclass(frozen=True)
class Precision:
    """How narrow the answer has become, for those who asked for as many replications as it needs."""

    half_width: float
    """Half of the 95 % interval of bookings, as a share of the mean; nan where there is none."""
    goal: float = NARROW
    most: int = MOST

    @property
    def reached(self) -> bool:
        return self.half_width <= self.goal

    def json(self) -> dict[str, Any]:
        return asdict(self) | {"reached": self.reached}


def until(
    scenarios: Mapping[str, Scenario],
    half_width: Callable[[Trial], float],
    progress: Progress | None = None,
    **how: Any,
) -> Trial:
    """A trial with as many replications as make the half-width narrow: 40, 80, ... up to 1,000.

    half_width   of a trial, as a share of the mean; what is not a number is not narrow
    how          seed, engine, workers, store and cluster as in `trial`
    """
    done = 0

    def told(step: int, total: int) -> None:
        if progress:
            progress(done + step, done + total)

    how["store"] = Store.open(how.get("store"))
    with opened(how.pop("cluster", None), how.get("workers")) as how["cluster"]:
        run = trial(scenarios, FEWEST, progress=told, **how)
        while run.replications < MOST and not half_width(run) <= NARROW:
            done = run.replications * len(scenarios)
            more = min(run.replications, MOST - run.replications)
            run = run.followed_by(trial(scenarios, more, first=run.replications, progress=told, **how))
    return run


def of_mean(run: Trial, metric: str = "bookings") -> float:
    """Half-width of the 95 % Student-t interval of a mean, of the mean; the widest of all scenarios."""
    return max(_half(metrics[metric]) for metrics in run.metrics.values())


def _half(values: Any) -> float:
    mean, low, _ = interval(values)
    half = mean - low
    return half / abs(mean) if mean else (0.0 if half == 0 else math.nan)
