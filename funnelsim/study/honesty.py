"""Metrics of the difference between the funnel as it is and as the report shows it.

What compares truth and report reads both, whatever view is measured. Of an imported log only the report
is known: there such metrics are nan.
"""

from __future__ import annotations

import numpy as np

from funnelsim.history.log import NONE
from funnelsim.history.table import is_simulated
from funnelsim.study.arrays import order_of, share
from funnelsim.study.columns import (
    CLOSES,
    CREATED,
    OWNER_CHANGED,
    STALLED,
    Columns,
    last_before,
)
from funnelsim.study.registry import LOWER, metric


def _stalled(c: Columns) -> np.ndarray:
    """Share of the open deals whose last move before the period's end was to stall."""
    m = c.moves
    before = (m.time < c.end) & (m.event != OWNER_CHANGED)
    last = np.full(c.deals, NONE, np.int16)
    last[m.deal[before]] = m.event[before]  # later rows overwrite earlier ones
    stands = last[c.at_end.deal] == STALLED
    return share(c.count(c.at_end.replication[stands]), c.count(c.at_end.replication))


@metric("stalled_share", "share", LOWER)
def stalled_share(c: Columns) -> np.ndarray:
    """Stalled deals / open deals, when the measured period ends, in the view that is measured: in truth a
    deal stalls as it enters a stage and the dead are not open."""
    return _stalled(c)


@metric("stalled_share_seen", "share", LOWER)
def stalled_share_seen(c: Columns) -> np.ndarray:
    """Deals shown as stalled / open deals, when the measured period ends, always in the report: a stall is
    seen once it is overdue, and a dead deal looks like one."""
    return _stalled(c.report)


@metric("zombie_share", "share", LOWER)
def zombie_share(c: Columns) -> np.ndarray:
    """Dead deals / deals open in the report, when the measured period ends: those that are over in truth;
    reads both views."""
    shown = c.report.at_end
    if not is_simulated(c.log):
        return np.full(c.replications, np.nan)
    dead = c.truth.state_at(c.end)[shown.deal] != NONE
    return share(c.count(shown.replication[dead]), c.count(shown.replication))


@metric("surprise_wins", "deals", LOWER)
def surprise_wins(c: Columns) -> np.ndarray:
    """Deals won in the measured period that the report first shows at the moment of the win, though they
    were created before; reads both views, the win by the report's date."""
    if not is_simulated(c.log):
        return np.full(c.replications, np.nan)
    report = c.report
    if report is c.truth:
        return np.zeros(c.replications, np.int64)
    life = report.life
    shown = np.full(c.deals, -np.inf)
    births = life.event == CREATED
    shown[life.deal[births]] = life.time[births]
    wins = report.wins
    late = (shown[wins.deal] == wins.time) & (c.log.opportunities.created[wins.deal] < wins.time)
    return c.count(wins.replication[late])


@metric("hours_on_dead_share", "share", LOWER, of_work=True)
def hours_on_dead_share(c: Columns) -> np.ndarray:
    """Hours of reps on tasks of deals that were over in truth when the task was begun / hours of reps on all
    tasks, prospecting included, in the measured period."""
    spells, (reps, _) = c.spells, c.staff
    worked = spells.total()[:, :reps].sum(axis=1)
    life = c.truth.life
    ends = np.flatnonzero(CLOSES[life.event])[::-1]
    over = np.full(c.deals + 1, np.inf)
    over[life.deal[ends]] = life.time[ends]  # the first end stays; the last entry is for no deal
    maybe = np.flatnonzero(spells.begun >= over[spells.deal])
    dead = np.zeros(spells.deal.size, bool)
    if maybe.size:
        order = order_of(life.deal)
        deal, time = life.deal[order], life.time[order]
        last = last_before(c, deal, time, spells.deal[maybe], spells.begun[maybe])
        dead[maybe] = CLOSES[life.event[order][last]]
    return share(spells.total(dead)[:, :reps].sum(axis=1), worked)
