"""The lines in front of roles, month by month: how long a task waits for a specialist, and how busy the pool is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import pandas as pd

from funnelsim.history.log import TRUTH, EventLog
from funnelsim.study.columns import Columns
from funnelsim.study.effort import pool_utilisation, pool_wait
from funnelsim.study.intervals import POSITIVE, SHARE, interval
from funnelsim.study.periods import period_of


def queues(logs: EventLog | Mapping[str, EventLog]) -> pd.DataFrame:
    """Days a task waits in each pool's line and how busy the pool is, in every month of the measured period.

    logs   a log, or scenario -> log

    Columns: scenario, pool, month (2026-01; "" for the whole period), wait (mean days from joining the line to the
    start, of tasks started in it), busy (hours of tasks / hours available, a share), each with `_low` and `_high`:
    mean over replications with its 95 % Student-t interval. Where no task of the pool was started there is no wait.
    `attrs["first"]`: scenario -> (pool that waits longest, pool after it, interval of the paired difference).
    """
    logs = {"": logs} if isinstance(logs, EventLog) else logs
    rows, first = [], {}
    for scenario, log in logs.items():
        for month, low, high in [("", *log.measured), *_months(log)]:
            c = Columns(log, TRUTH, measured=(low, high))
            waits, busy = pool_wait(c), pool_utilisation(c)
            for pool in waits:
                rows.append(
                    (scenario, pool, month, *interval(waits[pool], POSITIVE), *interval(busy[pool], SHARE))
                )
            if not month and len(waits) > 0:
                first[scenario] = _longest(waits)
    head = [f"{what}{end}" for what in ("wait", "busy") for end in ("", "_low", "_high")]
    table = pd.DataFrame(rows, columns=["scenario", "pool", "month", *head])
    one = next(iter(logs.values()))
    table.attrs |= {"first": first, "replications": one.replications, "period": period_of(one)}
    return table


def _longest(waits: Mapping[str, np.ndarray]) -> tuple[str, str, tuple[float, float, float]]:
    means = {pool: interval(values)[0] for pool, values in waits.items()}
    order = sorted(means, key=lambda pool: -means[pool] if np.isfinite(means[pool]) else np.inf)
    if len(order) == 1:
        return order[0], "", (np.nan, np.nan, np.nan)
    return order[0], order[1], interval(waits[order[0]] - waits[order[1]])


def _months(log: EventLog) -> list[tuple[str, float, float]]:
    """Name, first and last moment of the months of the measured period."""
    begin, end = log.measured
    days = [log.start + timedelta(days=float(day)) for day in (begin, np.ceil(end) - 1)]
    months = np.arange(np.datetime64(days[0], "M"), np.datetime64(days[1], "M") + 2)
    edges = (months.astype("M8[D]") - np.datetime64(log.start, "D")).astype(float)
    return [
        (str(month), max(float(low), begin), min(float(high), end))
        for month, low, high in zip(months[:-1], edges[:-1], edges[1:], strict=True)
    ]
