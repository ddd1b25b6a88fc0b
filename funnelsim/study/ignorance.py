"""Luck and ignorance told apart: how much of a forecast's spread is the year, how much the parameters.

A fitted scenario has one value for every number, and the record allows others (`fit.draw`). Each of those
scenarios is simulated under the same luck, so the years form a table, scenarios by replications:

    y[i, j] = mean + ignorance[i] + luck[j] + what both make together[i, j]

Ignorance is the variance of the scenarios' means over all luck; luck is what is left of the variance of a year
once the scenario is known. Their sum is the variance of a year as anybody who has the record must see it
(law of total variance). Estimated by a two-way analysis of variance; Searle, Casella & McCulloch (1992),
chapter 4. Rows under the same luck make the share of ignorance far sharper than rows of their own would.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from funnelsim.errors import RunError
from funnelsim.labels import numbers as write
from funnelsim.labels import text
from funnelsim.scenario.model import Scenario
from funnelsim.study.experiment import Progress, trial
from funnelsim.study.metrics import about, spoken
from funnelsim.study.store import Store

READ = ("bookings", "wins", "created", "win_rate", "cycle_won_days")


@dataclass(frozen=True)
class Spread:
    """How much one metric scatters, and why."""

    mean: float
    low: float
    high: float
    """Between these lie 80 % of the years that the record allows, luck and ignorance together."""
    total_sd: float
    luck_sd: float
    """Standard deviation of a year, were the parameters known."""
    ignorance_sd: float
    """Standard deviation of what the parameters make of an average year."""
    ignorance_share: float
    """Of the variance."""
    unit: str
    scenarios: int
    replications: int

    def json(self) -> dict[str, Any]:
        """As the command line prints it; what is not defined is None."""
        return {
            key: None if isinstance(v, float) and not math.isfinite(v) else v
            for key, v in asdict(self).items()
        }


def apart(years: np.ndarray, unit: str = "") -> Spread:
    """One metric's table of years, (scenarios, replications), taken apart; both at least 2.

    Replications in which a scenario has no value are left out for all.

    >>> table = np.array([[1.0, 3.0], [5.0, 7.0]])
    >>> spread = apart(table)
    >>> round(spread.ignorance_sd**2, 9), round(spread.luck_sd**2, 9)
    (8.0, 2.0)
    """
    years = years[:, np.isfinite(years).all(axis=0)].astype(float)
    n, r = years.shape
    if min(n, r) < 2:
        nan = math.nan
        return Spread(nan, nan, nan, nan, nan, nan, nan, unit, n, r)
    mean, by_scenario, by_luck = years.mean(), years.mean(axis=1), years.mean(axis=0)
    rest = years - by_scenario[:, None] - by_luck[None, :] + mean
    both = float((rest**2).sum() / ((n - 1) * (r - 1)))
    ignorance = max(float(by_scenario.var(ddof=1)) - both / r, 0.0)
    luck = max(float(by_luck.var(ddof=1)) - both / n, 0.0) + both
    total = ignorance + luck
    low, high = np.quantile(years, (0.1, 0.9))
    return Spread(
        float(mean), float(low), float(high), math.sqrt(total), math.sqrt(luck), math.sqrt(ignorance),
        ignorance / total if total > 0 else math.nan, unit, n, r,
    )  # fmt: skip


def split(
    scenarios: Sequence[Scenario],
    replications: int = 40,
    seed: int = 1,
    metrics: Sequence[str] | None = READ,
    engine: str = "auto",
    workers: int | None = 1,
    progress: Progress | None = None,
    store: Store | bool | str | Path | None = None,
) -> dict[str, Spread]:
    """Luck and ignorance of each metric, from scenarios that are equally likely.

    scenarios   what `fit.draw(n)` gives: 20 tell the order of the ignorance, 100 its size
    metrics     names; None for all that every scenario has

    The other arguments are those of `trial`. RunError with fewer than two scenarios.
    """
    if len(scenarios) < 2:
        raise RunError.of("split", "split_too_few", given=len(scenarios))
    told = trial(
        {str(i): scenario for i, scenario in enumerate(scenarios)}, replications, seed, engine, workers,
        progress, store=store,
    ).metrics  # fmt: skip
    shared = [name for name in told["0"] if all(name in one for one in told.values())]
    chosen = shared if metrics is None else [name for name in metrics if name in shared]
    return {
        name: apart(np.stack([told[str(i)][name] for i in range(len(scenarios))]), about(name).unit)
        for name in chosen
    }


def lines(spreads: dict[str, Spread], scenario: Scenario) -> list[str]:
    """The spreads in words, a line each; what no year has is left out."""
    told = {name: spread for name, spread in spreads.items() if math.isfinite(spread.ignorance_share)}
    if not told:
        return []
    said = [text("fit.learned", n=next(iter(told.values())).scenarios)]
    for name, spread in told.items():
        low, high = (_number(value, spread.unit, scenario.currency) for value in (spread.low, spread.high))
        facts = {"low": low, "high": high, "ignorance": write.percent(spread.ignorance_share)}
        said.append(text("fit.spread", name=spoken(name, scenario=scenario), **facts))
    return said


def _number(value: float, unit: str, currency: str) -> str:
    if unit.startswith("currency"):
        return write.money(value, currency)
    return write.percent(value) if unit == "share" else write.number(value, 1)
