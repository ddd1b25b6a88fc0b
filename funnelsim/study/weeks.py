"""A log week by week: the open pipeline as reported and as it was, bookings by month, and every deal's place.

Weeks count from the first measured day; how things stand is read just before the week's last moment, so that
the last one that fits is what the metrics `open_deals` and `open_amount` say of that moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import pandas as pd

from funnelsim.history.log import EVENTS, REPORT, TRUTH, EventLog
from funnelsim.history.table import is_simulated, opportunity_ids
from funnelsim.study.columns import CLOSES, Columns, amounts_at
from funnelsim.study.intervals import interval
from funnelsim.study.periods import period_of

WEEK = 7.0
WHAT = ("amount", "deals")
ENDS = ("won", "lost", "no_decision")


def moments(log: EventLog) -> np.ndarray:
    """The ends of the weeks of the measured period, days since the log's start; the first is its begin."""
    begin, end = log.measured
    return np.arange(begin, end + 1e-9, WEEK)


def standing(log: EventLog, view: int = TRUTH) -> tuple[np.ndarray, np.ndarray]:
    """Deals and amounts that are open at each moment, (moments, replications, stages) each.

    A deal that is open and in no stage yet (an import may hold such) is left out.
    """
    c, stages, when = Columns(log, view), len(log.names.stages), moments(log)
    deals = np.zeros((when.size, log.replications, stages))
    amount = np.zeros_like(deals)
    for at, day in enumerate(when):
        now = c.open_at(float(day))
        c._states.clear()  # no moment is asked for twice
        there = now.stage >= 0
        cell = now.replication[there] * stages + now.stage[there]
        size = log.replications * stages
        deals[at] = np.bincount(cell, minlength=size).reshape(-1, stages)
        amount[at] = np.bincount(cell, now.amount[there], size).reshape(-1, stages)
    return deals, amount


def pipeline_by_week(logs: EventLog | Mapping[str, EventLog]) -> pd.DataFrame:
    """The open pipeline at the end of every week, as the report shows it and as it was.

    logs   a log, or scenario -> log

    Columns: scenario, day (date), what (amount or deals); shown and true, means over replications, each with
    `_p10` and `_p90` over replications; gap = shown - true with `gap_low` and `gap_high`, the 95 % interval of the
    mean of the pairs. What needs more than one replication is nan with one. `attrs`: currency, replications,
    and `known`: whether the truth is (of an import only the report).
    """
    logs = {"": logs} if isinstance(logs, EventLog) else logs
    rows = []
    for scenario, log in logs.items():
        shown, true = standing(log, REPORT), standing(log, TRUTH)
        for at, day in enumerate(moments(log)):
            for what, where in zip(WHAT, (1, 0), strict=True):
                pair = shown[where][at].sum(axis=1), true[where][at].sum(axis=1)
                said = [value for one in pair for value in _spread(one)]
                rows.append((scenario, _date(log, day), what, *said, *interval(pair[0] - pair[1])))
    head = [f"{view}{end}" for view in ("shown", "true") for end in ("", "_p10", "_p90")]
    table = pd.DataFrame(rows, columns=["scenario", "day", "what", *head, "gap", "gap_low", "gap_high"])
    return _with_facts(table, logs)


def bookings_by_month(logs: EventLog | Mapping[str, EventLog]) -> pd.DataFrame:
    """Bookings of every month of the measured period, by close date, truth: what `figures.bookings_by_month` takes.

    Columns: scenario, month (2026-01), mean, p10 and p90 over replications (nan with one). `attrs` as above.
    """
    logs = {"": logs} if isinstance(logs, EventLog) else logs
    rows = []
    for scenario, log in logs.items():
        wins = Columns(log, TRUTH).wins
        begin, end = log.measured
        first, last = (np.datetime64(_date(log, day), "M") for day in (begin, np.ceil(end) - 1))
        months = np.arange(first, last + 1)
        which = (np.datetime64(log.start, "D") + wins.time.astype("timedelta64[D]")).astype("M8[M]")
        at = (which - first).astype(np.int64)
        sums = np.bincount(
            at * log.replications + wins.replication, wins.amount, months.size * log.replications
        )
        for month, values in zip(months, sums.reshape(months.size, -1), strict=True):
            rows.append((scenario, str(month), *_spread(values)))
    return _with_facts(pd.DataFrame(rows, columns=["scenario", "month", "mean", "p10", "p90"]), logs)


def week_by_week(log: EventLog, replication: int | None = None, view: int = TRUTH) -> pd.DataFrame:
    """Where every deal of one replication is at the end of each week: in a stage, or ended within that week.

    replication   its number; the first where none is given

    Columns: week (0 is the first measured day), day (date), opportunity, amount, place (a stage, or won, lost,
    no_decision). A deal open in week w is open in week w + 1 or ends in it. Sorted by week, then as born. `attrs`:
    stages (ids in order), replication, view, currency.
    """
    log = log.replication(log.first_replication if replication is None else replication)
    c, names, ids = Columns(log, view), log.names, opportunity_ids(log)
    places = np.array([*names.stages, *ENDS], dtype=object)
    end_of = {EVENTS.index(end): len(names.stages) + k for k, end in enumerate(ENDS)}
    life, parts, before = c.life, [], -np.inf
    for week, day in enumerate(moments(log)):
        now = c.open_at(float(day))
        there = now.stage >= 0
        deal, place = now.deal[there], now.stage[there].astype(np.int64)
        if week:
            state = c.state_at(float(day))
            ended = np.unique(life.deal[(life.time >= before) & (life.time < day) & CLOSES[life.event]])
            ended = ended[state[ended] >= 0]
            deal = np.r_[deal, ended]
            place = np.r_[place, np.array([end_of[int(e)] for e in state[ended]], np.int64)]
        order = np.argsort(deal, kind="stable")
        deal, place, before = deal[order], place[order], day
        parts.append(pd.DataFrame({
            "week": week, "day": _date(log, day), "opportunity": ids[deal],
            "amount": amounts_at(c, deal, np.nextafter(day, 0)), "place": places[place],
        }))  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    table.attrs |= {
        "stages": list(names.stages), "replication": log.first_replication, "currency": log.currency,
        "view": "report" if view == REPORT else "truth", "weeks": [str(_date(log, d)) for d in moments(log)],
    }  # fmt: skip
    return table


def _spread(values: np.ndarray) -> tuple[float, float, float]:
    """Mean, P10 and P90; no spread of a single value."""
    if values.size < 2:
        return float(values.mean()), np.nan, np.nan
    low, high = np.quantile(values, (0.1, 0.9)).tolist()
    return float(values.mean()), low, high


def _date(log: EventLog, day: float):
    return log.start + timedelta(days=float(day))


def _with_facts(table: pd.DataFrame, logs: Mapping[str, EventLog]) -> pd.DataFrame:
    first = next(iter(logs.values()))
    table.attrs |= {
        "currency": first.currency, "replications": first.replications, "period": period_of(first),
        "known": all(is_simulated(log) for log in logs.values()),
    }  # fmt: skip
    return table
