"""What a sales process is good for, in six values, and the one metric by which each of them can be seen.

The values are those of the industrial-marketing articles; which metric stands for which is this package's choice,
with its reason in the catalogue (`design.values`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from funnelsim.scenario.files import load
from funnelsim.scenario.model import Scenario
from funnelsim.study.live import Live
from funnelsim.study.metrics import HIGHER, about, summary


@dataclass(frozen=True)
class Value:
    """One value of a process: its id in the catalogue, its metric, and where that is seen."""

    id: str
    metric: str
    """Of `METRICS`."""
    seen: tuple[str, ...]
    """Figures (`figures.funnel`), notebooks (`planning/what_if`) and commands (`funnelsim run`)."""


VALUES = (
    Value("best_odds", "win_rate", ("figures.funnel", "planning/what_if")),
    Value("diagnose", "stalled_share", ("figures.stall_board", "figures.dwell")),
    Value("progress", "zombie_share", ("figures.reveal", "figures.pipeline_by_week")),
    Value("predict", "wape", ("funnelsim run",)),
    Value("language", "stage_error_share", ("figures.reveal", "figures.open_by_stage")),
    Value("focus", "revenue_per_hour", ("figures.utilisation", "funnelsim run")),
)
"""The six, in the order of the articles."""

METRICS_OF_VALUES = tuple(value.metric for value in VALUES)


@dataclass(frozen=True)
class Measured:
    """A value as measured: the mean of its metric over simulated years, with the 95 % interval of the mean.

    Where the metric is not defined (no deal, no hour) the numbers are None.
    """

    value: Value
    mean: float | None
    low: float | None
    high: float | None
    unit: str

    @property
    def more_is_better(self) -> bool:
        """Whether a higher number is the better one."""
        return about(self.value.metric).better == HIGHER

    def json(self) -> dict[str, Any]:
        facts = {"value": self.value.id, "metric": self.value.metric, "seen": list(self.value.seen)}
        return facts | {"mean": self.mean, "low": self.low, "high": self.high, "unit": self.unit}


def process_values(
    scenario: Scenario | str, replications: int = 40, seed: int = 1, engine: str = "auto"
) -> tuple[Measured, ...]:
    """The six values of a company's process, measured.

    scenario       name, path or Scenario
    replications   simulated years
    seed           the same seed is the same customers
    engine         as in `simulate`; `auto` does not wait for the fast one

    RunError when seed or replications cannot be.
    """
    company = scenario if isinstance(scenario, Scenario) else load(scenario)
    found = Live(METRICS_OF_VALUES, replications, seed, engine).trial(company)
    return of_metrics(found.metrics["one"])


def of_metrics(metrics: Mapping[str, Any]) -> tuple[Measured, ...]:
    """The six values from metrics of simulated years, (replications,) each."""
    told = summary({name: metrics[name] for name in METRICS_OF_VALUES})
    return tuple(
        Measured(value, *(told[value.metric][key] for key in ("mean", "low", "high", "unit")))
        for value in VALUES
    )
