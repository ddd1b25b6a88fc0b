"""Metrics of reminders that customers are sent, and what they cost. They go to the deals that the report knows."""

from __future__ import annotations

import numpy as np

from funnelsim.study.columns import CLOSES, Columns
from funnelsim.study.registry import LOWER, NEITHER, metric


@metric("care_reminders", "count", NEITHER)
def care_reminders(c: Columns) -> np.ndarray:
    """Reminders sent to customers in the measured period: of every stretch in which the report shows a deal as
    open, one each `every_days` after its beginning or after the day from which the policy holds, whichever is later;
    always of the report. 0 where `policies.care` is off, or the log does not know it."""
    return _sent(c)[0]


@metric("care_cost", "currency", LOWER)
def care_cost(c: Columns) -> np.ndarray:
    """Sum over the reminders of the measured period, as in care_reminders, of what one costs then."""
    return np.rint(_sent(c)[1]).astype(np.int64)


def _sent(c: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Reminders and their cost, (replications,) each."""
    sent, cost = np.zeros(c.replications, np.int64), np.zeros(c.replications)
    if not c.log.care:
        return sent, cost
    deal, opened, closed = _open(c.report)
    replication = c.deal_replication[deal]
    until = [day for day, _, _ in c.log.care[1:]] + [np.inf]
    for (day, every, each), end in zip(c.log.care, until, strict=True):
        if np.isfinite(every):
            first = np.maximum(opened, day)
            low = np.maximum(first, c.begin)  # reminder k >= 1 at first + k * every, in [low, high)
            high = np.minimum(np.minimum(closed, end), c.end)
            before = np.maximum(np.ceil((low - first) / every), 1) - 1
            upto = np.maximum(np.ceil((high - first) / every), 1) - 1
            here = np.where(high > low, upto - before, 0)
            found = c.total(replication, here)
            sent += np.rint(found).astype(np.int64)
            cost += found * each
    return sent, cost


def _open(c: Columns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stretches in which deals are open: position, beginning and end, infinite where there is none."""
    life = c.life
    order = np.argsort(life.deal, kind="stable")
    deal, time, ends = life.deal[order], life.time[order], CLOSES[life.event[order]]
    at = np.flatnonzero(~ends)
    after = np.minimum(at + 1, max(deal.size - 1, 0))
    over = (after > at) & (deal[after] == deal[at]) & ends[after]
    return deal[at], time[at], np.where(over, time[after], np.inf)
