"""The log as one table with names and dates: one row an event, ordered by replication and time.

Columns: `COLUMNS` for every log, `SIMULATED` beside them for simulated ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from funnelsim.calendar import instant
from funnelsim.history.log import CODE, EVENTS, NONE, REPORT, TRUTH, WITH_HOURS, EventLog, Rows

COLUMNS: dict[str, str] = {
    "opportunity": "string",
    "time": "timestamp[us, tz=UTC]",
    "event": "category",
    "stage": "category",
    "owner": "category",
    "amount": "int64",
    "source": "category",
    "territory": "category",
    "segment": "category",
    "reason": "category",
}
"""Columns of every log and their types. `amount` is the amount after the row, 0 where no deal is meant."""

SIMULATED: dict[str, str] = {
    "replication": "int32",
    "view": "category",
    "activity": "category",
    "desk": "category",
    "hours": "float64",
}
"""Further columns of simulated logs; activity and desk belong to task rows, hours to those of
managers too."""

VIEWS = ("both", "truth", "report")
DAY_US = 86_400_000_000
ROWS_AT_ONCE = 250_000

NAMED = {
    "stage": "stages", "owner": "people", "reason": "reasons", "activity": "activities", "desk": "desks",
    "source": "sources", "territory": "territories", "segment": "segments",
}  # fmt: skip


def is_simulated(log: EventLog) -> bool:
    """Whether the log comes from an engine: only such logs have tasks, hours or several views."""
    return (
        log.replications > 1
        or len(log.tasks) > 0
        or log.hours_available.shape[1] > 0
        or bool(np.any(log.deals.view))
    )


def opportunity_ids(log: EventLog) -> np.ndarray:
    """Id of every opportunity, `<origin>.<ordinal>`; the origin alone where the ordinal is negative."""
    names, o = log.names.origins, log.opportunities
    pairs = zip(o.origin.tolist(), o.ordinal.tolist(), strict=True)
    return np.array([names[k] if n < 0 else f"{names[k]}.{n}" for k, n in pairs], dtype=object)


def to_frame(log: EventLog, replication: int | None = None, view: int | None = None) -> pd.DataFrame:
    """The log as one table, one row an event, ordered by replication and time.

    replication   only this one; None for all
    view          TRUTH or REPORT for the rows of that view; None for all, told apart by `view`
    """
    if replication is not None:
        log = log.replication(replication)
    return next(frames(log, view, max(len(log.deals) + len(log.tasks), 1)))


def merged(log: EventLog, view: int | None = None) -> tuple[Rows, np.ndarray]:
    """Deal and task rows in one order, and the amount of each row's deal after it, shape (rows,).

    At one instant the ends of tasks come first, then the deal's moves, then new tasks; within
    deals and within tasks the order stays what it was.
    """
    tasks = log.tasks
    later = tasks.event != CODE["task_ended"]
    if len(tasks):
        new = np.r_[True, (np.diff(tasks.time) != 0) | (np.diff(tasks.replication) != 0)]
        first = np.maximum.accumulate(np.where(new, np.arange(len(tasks)), 0))
        seen = np.cumsum(later)
        later = seen > seen[first] - later[first]
    rows = Rows.join([log.deals, tasks])
    place = np.r_[np.ones(len(log.deals), np.int8), np.where(later, 2, 0).astype(np.int8)]
    rows = rows.where(np.lexsort((place, rows.time, rows.replication)))
    return rows, _amounts(log, rows, view == REPORT)


def opportunity_index(log: EventLog, rows: Rows) -> np.ndarray:
    """Position in `log.opportunities` of each row's opportunity, -1 where there is none."""
    o = log.opportunities
    if not len(o):
        return np.full(len(rows), NONE)
    width = int(o.opportunity.max()) + 1
    table = np.full((log.replications, width + 1), NONE, np.int64)
    table[o.replication - log.first_replication, o.opportunity] = np.arange(len(o))
    column = np.minimum(rows.opportunity, width)
    return table[rows.replication - log.first_replication, column]


def _amounts(log: EventLog, rows: Rows, reported: bool) -> np.ndarray:
    """Amount of each row's deal after the row, 0 without a deal.

    Rows of the report tell the reported amount, all others the true one; with `reported` all do.
    """
    deal = opportunity_index(log, rows)
    amount = np.where(deal >= 0, log.opportunities.amount[deal] if len(log.opportunities) else 0, 0)
    changed = rows.event == CODE["amount_changed"]
    if not changed.any():
        return amount
    report = (rows.view == REPORT) | reported
    for hidden, seen_by in ((REPORT, ~report), (TRUTH, report)):
        touched = np.isin(deal, deal[changed & (rows.view != hidden)])
        at = np.flatnonzero(touched & (deal >= 0) & (rows.view != hidden))
        at = at[np.argsort(deal[at], kind="stable")]
        position = np.arange(at.size)
        opens = np.r_[True, np.diff(deal[at]) != 0][: at.size]
        last = np.maximum.accumulate(np.where(opens | changed[at], position, 0))
        now = np.where(changed[at], rows.value[at], amount[at])[last].astype(np.int64)
        mine = seen_by[at]
        amount[at[mine]] = now[mine]
    return amount


def frames(log: EventLog, view: int | None = None, size: int = ROWS_AT_ONCE) -> Iterator[pd.DataFrame]:
    """The table of the log in slices of `size` rows; at least one, if empty."""
    rows, amount = merged(log if view is None else log.view(view), view)
    deal = opportunity_index(log, rows)
    simulated = is_simulated(log)
    ids = opportunity_ids(log)
    zero = np.datetime64(instant(log.start, log.time_zone).replace(tzinfo=None), "us")
    o = log.opportunities
    for at in range(0, max(len(rows), 1), size):
        part = np.arange(at, min(at + size, len(rows)))
        some, mine = rows.where(part), deal[part]
        has = mine >= 0
        per_deal = {name: np.full(mine.size, NONE) for name in ("source", "territory", "segment")}
        opportunity = np.full(mine.size, None, dtype=object)
        if len(o):
            opportunity[has] = ids[mine[has]]
            for name, column in per_deal.items():
                column[has] = getattr(o, name)[mine[has]]
        moment = zero + np.rint(some.time * DAY_US).astype("timedelta64[us]")
        columns: dict[str, Any] = {
            "opportunity": pd.array(opportunity, dtype="str"),
            "time": pd.DatetimeIndex(moment).tz_localize("UTC"),
            "event": _categories(some.event, EVENTS),
            "stage": _categories(some.stage, log.names.stages, ordered=True),
            "owner": _categories(some.person, log.names.people),
            "amount": amount[part],
            **{name: _categories(code, getattr(log.names, NAMED[name])) for name, code in per_deal.items()},
            "reason": _categories(some.reason, log.names.reasons),
        }
        if simulated:
            has_hours = np.isin(some.event, WITH_HOURS)
            columns |= {
                "replication": some.replication.astype(np.int32),
                "view": _categories(some.view, VIEWS),
                "activity": _categories(some.activity, log.names.activities),
                "desk": _categories(some.desk, log.names.desks),
                "hours": np.where(has_hours, some.value, np.nan),
            }
        yield pd.DataFrame(columns)


def _categories(codes: Any, names: Sequence[Any], ordered: bool = False) -> pd.Categorical:
    levels: Any = pd.CategoricalDtype(list(names), ordered)
    return pd.Categorical.from_codes(codes, dtype=levels)
