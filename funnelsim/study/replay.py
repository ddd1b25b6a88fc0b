"""A company run with as many deals a week as a record has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from funnelsim.engine.arrays import CELL_DAYS, MOST_PER_CELL
from funnelsim.engine.choice import prepare
from funnelsim.engine.draws import market_factor
from funnelsim.engine.luck import name_number, uniforms
from funnelsim.engine.run import run_one
from funnelsim.engine.tables import compile_tables
from funnelsim.history.log import EventLog
from funnelsim.scenario.model import Scenario


def weekly_counts(created: np.ndarray, begin: float, weeks: int) -> np.ndarray:
    """Deals created in each of so many weeks from a day on, (weeks,)."""
    week = np.floor((created - begin) / CELL_DAYS).astype(int)
    return np.bincount(week[(week >= 0) & (week < weeks)], minlength=weeks).astype(float)


def replayed(scenario: Scenario, seed: int, number: int, came: np.ndarray) -> EventLog:
    """The log of one replication in which the market's expectation is what came.

    came   deals in each week since the warm-up begins, (weeks,): the mean of that week's deals; nan, or a
           week beyond the last one told, is left to the scenario's demand, season and market
    """
    prepare("auto")
    tables = compile_tables(scenario)
    cells = tables.intensity.shape[2]
    wanted = np.full(cells, np.nan)
    wanted[: min(came.size, cells)] = came[:cells]
    luck = uniforms(seed, number, name_number("market"), name_number("company"), np.arange(cells))
    factor = np.ones_like(tables.intensity)
    for period, cv in enumerate(tables.market_cv):
        expected = tables.intensity[period].sum(axis=0) * market_factor(float(cv), luck)
        known = np.isfinite(wanted) & (expected > 0)
        factor[period] = np.divide(wanted, expected, out=np.ones(cells), where=known)
    intensity = np.minimum(tables.intensity * factor, MOST_PER_CELL)
    return run_one(replace(tables, intensity=intensity), seed, number)
