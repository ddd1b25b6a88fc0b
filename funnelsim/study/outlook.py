"""Metrics that look ahead: what the pipeline is worth, how right that was, and what is missing to the target.

`weighted_nominal`, `weighted_calibrated`, `coverage` and `gap` are read when the measured period ends and in
the view that is measured: of a year that is half over, measure from its start to today. `forecast_bias`,
`wape` and `realised.<third>` look back at the forecast on the first day of the period, and always read the
report: no other view makes forecasts. The target is that of the measured period; without one nothing that
needs it is defined.
"""

from __future__ import annotations

import numpy as np

from funnelsim.engine.rules import weighted_quota
from funnelsim.scenario.part import THIRDS
from funnelsim.study.arrays import share
from funnelsim.study.columns import Columns, Pipeline
from funnelsim.study.formulas import bookings, open_amount
from funnelsim.study.intervals import ANY, POSITIVE
from funnelsim.study.registry import HIGHER, LOWER, NEITHER, metric


def _by_third(c: Columns, pipeline: Pipeline, value: np.ndarray | None = None) -> np.ndarray:
    """Number of the deals in each third, or the sum of a value over them, (replications, 3)."""
    placed = pipeline.stage >= 0
    third = np.array(c.log.names.thirds)[pipeline.stage[placed]]
    cell = pipeline.replication[placed] * 3 + third
    value = None if value is None else value[placed]
    return np.bincount(cell, value, c.replications * 3).reshape(-1, 3)


def _won(c: Columns, pipeline: Pipeline) -> np.ndarray:
    """Amount that each deal of a pipeline was won with in the measured period, nan where it was not."""
    won = np.full(c.deals, np.nan)
    won[c.wins.deal] = c.wins.amount
    return won[pipeline.deal]


@metric("weighted_nominal", "currency", HIGHER)
def weighted_nominal(c: Columns) -> np.ndarray:
    """Sum of the amounts of the deals open when the measured period ends, each times the weight of
    the third of the funnel it stands in; nan where the log knows no thirds."""
    if not c.log.names.thirds:
        return np.full(c.replications, np.nan)
    sums = _by_third(c, c.at_end, c.at_end.amount)
    weights = dict(zip(THIRDS, c.weights, strict=True))
    return np.array([weighted_quota(zip(row, THIRDS, strict=True), weights) for row in sums.tolist()])


@metric("weighted_calibrated", "currency", HIGHER)
def weighted_calibrated(c: Columns) -> np.ndarray:
    """Sum of the amounts of the deals open when the measured period ends, each times the share of deals of
    its third that are won within a period as long.

    The share is given, or else learned from the log itself, one replication at a time: of the deals open
    in this third when the measured period began, those won by its end. A third in which none was open has
    its nominal weight. nan where the log knows no thirds.
    """
    if not c.log.names.thirds:
        return np.full(c.replications, np.nan)
    sums = _by_third(c, c.at_end, c.at_end.amount)
    if c.calibration is not None:
        return sums @ np.array(c.calibration)
    shares = _realised(c)
    return (sums * np.where(np.isnan(shares), c.weights, shares)).sum(axis=1)


def _realised(c: Columns) -> np.ndarray:
    """Of the deals open in each third when the period began, the share won by its end, (replications, 3)."""
    before = c.at_begin
    won = np.isfinite(_won(c, before)).astype(float)
    return share(_by_third(c, before, won), _by_third(c, before))


@metric("realised.<third>", "share", HIGHER)
def realised(c: Columns) -> dict[str, np.ndarray]:
    """Of the deals open in this third of the report when the measured period began, the share won by its
    end: what the nominal weights 25/50/75 claim to be."""
    if not c.log.names.thirds:
        return {}
    shares = _realised(c.report)
    return {name: shares[:, k] for k, name in enumerate(THIRDS)}


def _forecast(c: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Weighted forecast of each deal open when the period began, and what it brought in the period."""
    before = c.at_begin
    weight = np.array([*c.weights, 0.0])[np.array([*c.log.names.thirds, 3])[before.stage]]
    return before.amount * weight, np.nan_to_num(_won(c, before))


@metric("forecast_bias", "ratio", NEITHER)
def forecast_bias(c: Columns) -> np.ndarray:
    """Weighted forecast (amount x weight of the third) of the deals open in the report when the measured
    period began / what these deals brought in the period. 1 is right, above 1 was too hopeful; nan where
    they brought nothing."""
    c = c.report
    if not c.log.names.thirds:
        return np.full(c.replications, np.nan)
    forecast, brought = _forecast(c)
    return share(c.total(c.at_begin.replication, forecast), c.total(c.at_begin.replication, brought))


@metric("wape", "share", LOWER, reach=POSITIVE)
def wape(c: Columns) -> np.ndarray:
    """Weighted absolute percentage error of the same forecast over owners: sum over owners, of when the
    period began, of |forecast - brought| / sum of what was brought; report, nan where that is nothing."""
    c = c.report
    if not c.log.names.thirds:
        return np.full(c.replications, np.nan)
    forecast, brought = _forecast(c)
    people = len(c.log.names.people) + 1
    cell = c.at_begin.replication * people + c.owners_at(c.begin)[c.at_begin.deal] + 1
    error = np.bincount(cell, forecast - brought, c.replications * people).reshape(-1, people)
    return share(np.abs(error).sum(axis=1), c.total(c.at_begin.replication, brought))


@metric("coverage", "ratio", HIGHER)
def coverage(c: Columns) -> np.ndarray:
    """open_amount / (target - bookings), when the measured period ends; nan without a target, and where it
    is reached."""
    return share(open_amount(c), c.target - bookings(c))


@metric("attainment", "share", HIGHER, reach=POSITIVE)
def attainment(c: Columns) -> np.ndarray:
    """bookings / target; nan without a target."""
    return share(bookings(c), np.full(c.replications, c.target))


@metric("p_target", "share", HIGHER)
def p_target(c: Columns) -> np.ndarray:
    """1 where bookings >= target, else 0, so that the mean over replications is the probability; nan
    without a target."""
    return np.where(np.isnan(c.target), np.nan, bookings(c) >= c.target)


@metric("gap", "currency", LOWER, reach=ANY)
def gap(c: Columns) -> np.ndarray:
    """target - (bookings + weighted_nominal), when the measured period ends: what is missing once what is
    booked and what is expected of the open deals is counted; below 0 there is more than needed. nan
    without a target."""
    return c.target - (bookings(c) + weighted_nominal(c))
