"""Metrics of standards and seeing: evidence, due dates, collisions, reminders, and where the report errs.

All of them read the truth, except where they say otherwise.
"""

from __future__ import annotations

import numpy as np

from funnelsim.history.log import CODE, NONE, REPORT
from funnelsim.history.table import is_simulated
from funnelsim.study.arrays import share
from funnelsim.study.columns import Columns, last_before
from funnelsim.study.registry import LOWER, NEITHER, metric

ENDED = CODE["task_ended"]


def _told(c: Columns, event: str) -> np.ndarray:
    """How often an event happened in the measured period, (replications,)."""
    rows = c.log.deals
    at = np.flatnonzero(rows.event == CODE[event])
    at = at[c.inside(rows.time[at]) & (rows.view[at] != REPORT)]
    return c.count(rows.replication[at] - c.log.first_replication)


def hours_on(c: Columns, *activities: str) -> np.ndarray:
    """Hours of reps on some activities in the measured period, (replications,)."""
    names = c.log.names.activities
    mine = [names.index(name) for name in activities if name in names]
    if not mine:
        return np.zeros(c.replications)
    return c.spells.total(np.isin(c.spells.activity, mine))[:, : c.staff[0]].sum(axis=1)


@metric("stage_error_share", "share", LOWER)
def stage_error_share(c: Columns) -> np.ndarray:
    """Deals that the report shows in another stage than they are in / deals open in truth and in the report,
    when the measured period ends; reads both views."""
    if not is_simulated(c.log):
        return np.full(c.replications, np.nan)
    true, shown = c.truth.at_end, c.report.at_end
    stage = np.full(c.deals, NONE, np.int16)
    stage[true.deal] = true.stage
    both = stage[shown.deal] != NONE
    wrong = both & (stage[shown.deal] != shown.stage)
    return share(c.count(shown.replication[wrong]), c.count(shown.replication[both]))


@metric("evidence_missing", "count", NEITHER)
def evidence_missing(c: Columns) -> np.ndarray:
    """Number of looks at a gate in the measured period that found an item of evidence missing."""
    return _told(c, "evidence_missing")


@metric("late_activities", "share", LOWER, of_work=True)
def late_activities(c: Columns) -> np.ndarray:
    """Key selling activities that ended later than due, counted from the entry of their stage / activities
    with a due date that ended, in the measured period; broken-off ones are left out. nan where no activity
    has a due date."""
    due, tasks = np.array([*c.log.names.due_days, np.inf]), c.log.tasks
    if due.size == 1:
        return np.full(c.replications, np.nan)
    at = np.flatnonzero((tasks.event == ENDED) & (tasks.reason < 0) & c.inside(tasks.time))
    at = at[np.isfinite(due[tasks.activity[at]]) & (tasks.opportunity[at] >= 0)]
    stages, v = len(c.log.names.stages), c.truth.visits
    visit = v.deal.astype(np.int64) * stages + v.stage
    order = np.lexsort((v.entered, visit))
    mine = c.place(tasks, at).astype(np.int64) * stages + tasks.stage[at]
    last = last_before(c, visit[order], v.entered[order], mine, tasks.time[at])
    days = tasks.time[at] - v.entered[order][last]
    replication = tasks.replication[at] - c.log.first_replication
    return share(c.count(replication[days > due[tasks.activity[at]]]), c.count(replication))


@metric("collisions", "deals", LOWER)
def collisions(c: Columns) -> np.ndarray:
    """Number of deals of the measured period that a second rep pursued too."""
    return _told(c, "collided")


@metric("collision_hours", "hours", LOWER, of_work=True)
def collision_hours(c: Columns) -> np.ndarray:
    """Hours that reps spent on deals of others in the measured period: wasted."""
    return hours_on(c, "collision")


@metric("filing_hours", "hours", NEITHER, of_work=True)
def filing_hours(c: Columns) -> np.ndarray:
    """Hours that reps spent on registering deals and on customer files in the measured period."""
    return hours_on(c, "registration", "files")


@metric("reminders", "count", NEITHER)
def reminders(c: Columns) -> np.ndarray:
    """Number of reminders about deals that stand too long, in the measured period."""
    return _told(c, "reminded")
