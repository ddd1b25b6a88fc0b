"""How long deals stay in their stages: by quarter, and how old the visits are that are open now."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy import special

from funnelsim.history.log import REPORT, TRUTH, EventLog
from funnelsim.study.columns import Columns
from funnelsim.study.intervals import POSITIVE, interval

AGES = (0.0, 14.0, 28.0, 56.0, 112.0, np.inf)
"""Days in the stage at which the boxes of ages begin."""
MOST_QUARTERS = 8


def median_interval(values: np.ndarray) -> tuple[float, float, float]:
    """Median and its 95 % interval, which assumes nothing of the distribution; nan ends where fewer than six
    values allow none.

    The order statistics between which the median lies with at least that chance, by the binomial law.
    Conover (1999), Practical Nonparametric Statistics, section 3.2.

    >>> median_interval(np.arange(1.0, 12.0))
    (6.0, 2.0, 10.0)
    """
    n = values.size
    if not n:
        return np.nan, np.nan, np.nan
    middle = float(np.median(values))
    rank = int(np.searchsorted(special.bdtr(np.arange(n + 1), n, 0.5), 0.025))
    if rank < 1:
        return middle, np.nan, np.nan
    ordered = np.sort(values)
    return middle, float(ordered[rank - 1]), float(ordered[n - rank])


def dwell_by_quarter(log: EventLog, view: int = TRUTH) -> pd.DataFrame:
    """Median days of the visits that ended in each quarter of the year, stage by stage; the last eight quarters.

    Columns: stage, when (2026-Q1), visits (mean number a replication), days, low, high. Over several replications
    days is the mean of their medians with its 95 % Student-t interval; of one log it is the median with that of
    `median_interval`, which takes visits as independent. Quarters are cut to the measured period.
    """
    c = Columns(log, view)
    v, (begin, end) = c.visits, log.measured
    edges = _quarters(log.start, begin, end)
    rows = []
    for at, stage in enumerate(log.names.stages):
        for name, low, high in edges:
            mine = np.flatnonzero((v.stage == at) & (v.left >= low) & (v.left < high))
            days, of = v.left[mine] - v.entered[mine], v.replication[mine]
            rows.append((stage, name, mine.size / log.replications, *_middle(days, of, log.replications)))
    table = pd.DataFrame(rows, columns=["stage", "when", "visits", "days", "low", "high"])
    table.attrs |= {"by": "quarter", "replications": log.replications}
    return table


def dwell_by_age(log: EventLog, day: float | None = None, view: int = REPORT) -> pd.DataFrame:
    """How many open deals have been in their stage for how long: stage by age, as it stands on a day.

    day   days since the log's start; the end of the measured period where none is given

    Columns: stage, when (as 14-28, days), deals (mean over replications), low, high (95 % Student-t interval of the
    mean; nan with one replication).
    """
    c = Columns(log, view)
    now = log.measured[1] if day is None else float(day)
    v = c.visits
    # a visit is open until the next begins; only of deals that are open at all
    alive = np.zeros(c.deals, bool)
    alive[c.open_at(now).deal] = True
    open_ = (v.entered < now) & (v.left >= now) & alive[v.deal]
    age = now - v.entered
    rows = []
    for at, stage in enumerate(log.names.stages):
        for low, high in itertools.pairwise(AGES):
            mine = open_ & (v.stage == at) & (age > low) & (age <= high)
            name = f"{low:g}–{high:g}" if np.isfinite(high) else f"> {low:g}"
            rows.append((stage, name, *interval(c.count(v.replication[mine]).astype(float), POSITIVE)))
    table = pd.DataFrame(rows, columns=["stage", "when", "deals", "low", "high"])
    table.attrs |= {"by": "age", "replications": log.replications}
    return table


def _middle(days: np.ndarray, of: np.ndarray, replications: int) -> tuple[float, float, float]:
    if replications == 1 or not days.size:
        return median_interval(days)
    medians = np.array([np.median(days[of == k]) for k in np.unique(of)])
    return interval(medians, POSITIVE)


def _quarters(start: date, begin: float, end: float) -> list[tuple[str, float, float]]:
    """Name, first and last moment of the quarters of a period."""
    first = start + timedelta(days=begin)
    year, quarter = first.year, (first.month - 1) // 3
    found: list[tuple[str, float, float]] = []
    while True:
        low = float((date(year, 3 * quarter + 1, 1) - start).days)
        name = f"{year}-Q{quarter + 1}"
        year, quarter = year + quarter // 3, (quarter + 1) % 4
        high = float((date(year, 3 * quarter + 1, 1) - start).days)
        if low >= end:
            return found[-MOST_QUARTERS:]
        found.append((name, max(low, begin), min(high, end)))
