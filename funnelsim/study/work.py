"""The work of a log as metrics read it: who worked on what from when to when, and who waited how long."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from funnelsim.history.log import CODE, NONE, Rows
from funnelsim.study.arrays import order_of

if TYPE_CHECKING:
    from funnelsim.study.columns import Columns

QUEUED, STARTED, ENDED = (CODE[name] for name in ("task_queued", "task_started", "task_ended"))
WORK = np.isin(np.arange(128), (STARTED, ENDED))


@dataclass(frozen=True)
class Spells:
    """One entry a task that somebody worked on in the measured period, cut to it."""

    cell: np.ndarray
    """Replication x people + person."""
    deal: np.ndarray
    """Position in the log's opportunities, NONE for prospecting."""
    activity: np.ndarray
    begun: np.ndarray
    """Day it was started, or the period's first where that was earlier."""
    hours: np.ndarray
    """Working hours spent on it in the period."""
    available: np.ndarray
    """Working hours of everybody in the period, (replications, people)."""

    @property
    def replication(self) -> np.ndarray:
        return self.cell // self.available.shape[1]

    def total(self, mask: np.ndarray | None = None) -> np.ndarray:
        """Hours of each person, of all spells or some, (replications, people)."""
        shape = self.available.shape
        hours = self.hours if mask is None else self.hours * mask
        return np.bincount(self.cell, hours, shape[0] * shape[1]).reshape(shape)


@dataclass(frozen=True)
class Waits:
    """One entry a task of a pool that was started in the measured period."""

    replication: np.ndarray
    desk: np.ndarray
    days: np.ndarray
    """From joining the line to the start."""


def spells(c: Columns) -> Spells:
    """A person has one task at a time, so each end belongs to the start before it.

    Who ends a task that was begun before the period has worked since its first moment; who never ends
    works until its last.
    """
    tasks, table = c.log.tasks, c.log.hours_available
    people = table.shape[1]
    if not people:
        nothing = np.zeros(0)
        none = np.zeros(0, np.int64)
        return Spells(none, none, none, nothing, nothing, np.zeros((c.replications, 0)))
    at, replication = _within(c, tasks, WORK)
    cell = replication * np.int64(people) + tasks.person.take(at)
    order = order_of(cell)
    at, cell = at.take(order), cell.take(order)
    starts, time = tasks.event.take(at) == STARTED, tasks.time.take(at)
    new = np.ones(at.size + 1, bool)  # whether somebody's rows begin here, and after the last row
    np.not_equal(cell[1:], cell[:-1], out=new[1:-1])
    chosen = np.flatnonzero(~starts | new[1:])
    begun, ended = time.take(chosen - 1), time.take(chosen)
    still = np.flatnonzero(starts.take(chosen))
    begun[still], ended[still] = ended[still], c.end
    begun[np.flatnonzero(new[:-1].take(chosen) & ~starts.take(chosen))] = c.begin
    at, cell = at.take(chosen), cell.take(chosen)

    idle = np.bincount(cell, minlength=c.replications * people) == 0
    if idle.any():
        at, cell, begun, ended = _all_period(c, idle, at, cell, begun, ended)
    hours = _hours_at(c, cell, ended) - _hours_at(c, cell, begun)
    everybody = np.arange(c.replications * people)
    available = _hours_at(c, everybody, c.end) - _hours_at(c, everybody, c.begin)
    return Spells(cell, c.place(tasks, at), tasks.activity[at], begun, hours, available.reshape(-1, people))


def _all_period(c: Columns, idle: np.ndarray, at, cell, begun, ended):
    """Adds the tasks of those who work on one all through the period."""
    tasks = c.log.tasks
    moment = (tasks.event == STARTED) | (tasks.event == ENDED)
    earlier = np.flatnonzero(moment & (tasks.time < c.begin))
    whose = _cell(c, earlier)
    earlier, whose = earlier[idle[whose]], whose[idle[whose]]
    latest = np.full(idle.size, NONE)
    latest[whose] = earlier  # later rows overwrite earlier ones
    busy = latest[latest >= 0]
    busy = busy[tasks.event[busy] == STARTED]
    return (
        np.r_[at, busy],
        np.r_[cell, _cell(c, busy)],
        np.r_[begun, np.full(busy.size, c.begin)],
        np.r_[ended, np.full(busy.size, c.end)],
    )


def waits(c: Columns) -> Waits:
    """A task of a pool is started after it has joined the line; the row before is where it did."""
    tasks = c.log.tasks
    reps, _ = c.staff
    at = np.flatnonzero((tasks.desk >= reps) & ((tasks.event == QUEUED) | (tasks.event == STARTED)))
    deal = c.place(tasks, at).astype(np.int64)
    at, deal = at[deal >= 0], deal[deal >= 0]
    key = deal * (len(c.log.names.activities) + 1) + tasks.activity[at] + 1
    order = order_of(key)
    at, key = at[order], key[order]
    started = np.flatnonzero((tasks.event[at] == STARTED) & c.inside(tasks.time[at]))
    started = started[started > 0]
    begun, joined = at[started], at[started - 1]
    paired = (key[started] == key[started - 1]) & (tasks.event[joined] == QUEUED)
    begun, joined = begun[paired], joined[paired]
    replication = tasks.replication[begun] - c.log.first_replication
    return Waits(replication, tasks.desk[begun], tasks.time[begun] - tasks.time[joined])


def done_activities(c: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Activities of their stage that visits which passed in the measured period had done, and required,
    (replications,) each.

    An activity of a stage is called `<stage>.<activity>`; those of specialists bear the name of a pool.
    """
    names, tasks, v = c.log.names, c.log.tasks, c.truth.visits
    reps, _ = c.staff
    of_stage = np.full(len(names.activities) + 1, NONE)
    for k, name in enumerate(names.activities):
        stage, dot, part = name.partition(".")
        if dot and stage in names.stages and part not in names.desks[reps:]:
            of_stage[k] = names.stages.index(stage)
    needed = np.bincount(of_stage[of_stage >= 0], minlength=len(names.stages))
    passed = c.inside(v.left) & ((v.outcome == CODE["advanced"]) | (v.outcome == CODE["won"]))
    required = np.bincount(v.replication[passed], needed[v.stage[passed]], c.replications)

    visit = np.flatnonzero(passed)
    stages = len(names.stages)
    key = v.deal[visit].astype(np.int64) * stages + v.stage[visit]
    order = order_of(key)
    visit, key = visit[order], key[order]
    many = np.bincount(key, minlength=(c.deals + 1) * stages)
    first = np.zeros(many.size, np.int64)
    first[key[::-1]] = np.arange(key.size)[::-1]
    at = np.flatnonzero(tasks.event == ENDED)
    at = at[(of_stage >= 0)[tasks.activity[at]] & (tasks.reason[at] < 0)]
    mine = c.place(tasks, at) * np.int64(stages) + of_stage[tasks.activity[at]]
    at, mine = at[many[mine] > 0], mine[many[mine] > 0]
    many, first = many[mine], first[mine]
    done = np.zeros((visit.size, len(names.activities)), bool)
    for turn in range(int(many.max(initial=0))):  # the visits of a deal to one stage; few ever come again
        again = np.flatnonzero(many > turn)
        which = first[again] + turn
        time = tasks.time[at[again]]
        now = (time >= v.entered[visit[which]]) & (time <= v.left[visit[which]])
        done[which[now], tasks.activity[at[again[now]]]] = True
    return np.bincount(v.replication[visit], done.sum(axis=1), c.replications), required


def _within(c: Columns, rows: Rows, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions and replications of the rows of the measured period with some of the events; rows come by
    replication and time."""
    bounds = np.searchsorted(
        rows.replication, c.log.first_replication + np.arange(c.replications + 1, dtype=np.int32)
    )
    parts = []
    for low, high in itertools.pairwise(bounds.tolist()):
        begin, end = (rows.time[low:high].searchsorted((c.begin, c.end)) + low).tolist()
        parts.append(np.flatnonzero(which.take(rows.event[begin:end])) + begin)
    sizes = [part.size for part in parts]
    return np.concatenate([*parts, np.zeros(0, np.int64)]), np.repeat(np.arange(len(parts)), sizes)


def _cell(c: Columns, at: np.ndarray) -> np.ndarray:
    tasks, people = c.log.tasks, c.log.hours_available.shape[1]
    return (tasks.replication[at] - c.log.first_replication) * np.int64(people) + tasks.person[at]


def _hours_at(c: Columns, cell: np.ndarray, time: np.ndarray | float) -> np.ndarray:
    """Cumulative working hours of people at moments."""
    table = c.log.hours_available
    days = table.shape[2]
    moment = np.minimum(np.maximum(np.asarray(time, float), 0.0), days - 1)
    day = np.minimum(moment.astype(np.int64), days - 2)
    row = cell if table.shape[0] > 1 else cell % table.shape[1]
    flat, where = table.reshape(-1), row * days + day
    low = flat.take(where)
    return low + (flat.take(where + 1) - low) * (moment - day)
