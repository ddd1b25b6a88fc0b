"""Laws that every log obeys: what comes into a stage goes out of it or is still there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from funnelsim.history.log import CODE, EVENTS, NONE, REPORT, TRUTH, EventLog, Rows
from funnelsim.history.table import opportunity_ids, opportunity_index
from funnelsim.labels import text
from funnelsim.study.columns import CLOSES, ENTERED, REOPENED, Columns

DIED, DISCOVERED, PAID = CODE["died"], CODE["discovered"], CODE["paid"]
TASK_OVER = np.isin(np.arange(128), (CODE["task_ended"], CODE["touched"]))
OUTFLOWS = ("advanced", "won", "lost", "no_decision", "regressed", "open")
_SHOWN = 5  # of each law that is broken


def flows(log: EventLog, view: int = TRUTH) -> pd.DataFrame:
    """What came into each stage and where it went, one row a replication and stage, over the whole log.

    entered = advanced + won + lost + no_decision + regressed + open, exactly, in each view; a reopened
    deal enters anew. `open` is counted from deals that are open, not as what remains.
    """
    c = Columns(log, view)
    v, rows, stages = c.visits, c.rows, len(log.names.stages)

    def number(replication: np.ndarray, stage: np.ndarray) -> np.ndarray:
        cell = replication.astype(np.int64) * stages + stage
        return np.bincount(cell[stage >= 0], minlength=log.replications * stages)

    def told(event: int) -> np.ndarray:
        mine = rows.event == event
        return number(rows.replication[mine] - log.first_replication, rows.stage[mine])

    table = {
        "replication": np.repeat(np.arange(log.replications) + log.first_replication, stages),
        "stage": np.tile(np.array(log.names.stages, dtype=object), log.replications),
        "entered": told(ENTERED),
    }
    for name in OUTFLOWS[:-1]:
        silent = v.silent & (v.outcome == CODE[name])
        table[name] = told(CODE[name]) + number(v.replication[silent], v.stage[silent])
    current = np.full(c.deals, NONE, np.int16)
    current[v.deal] = v.stage  # later visits overwrite earlier ones
    is_open = np.flatnonzero(c.state_at(np.inf) == NONE)
    return pd.DataFrame(table | {"open": number(c.deal_replication[is_open], current[is_open])})


def violations(log: EventLog, strict: bool = True) -> list[str]:
    """Every law that the log breaks, in words; empty when it breaks none.

    strict   no deal may pass over a stage
    """
    return [*_unbalanced(log), *_backwards(log), *_after_the_end(log), *(_jumps(log) if strict else ()),
            *_overworked(log)]  # fmt: skip


def _views(log: EventLog) -> tuple[int, ...]:
    return (TRUTH, REPORT) if log.deals.view.any() else (TRUTH,)


def _unbalanced(log: EventLog) -> Iterator[str]:
    for view in _views(log):
        table = flows(log, view)
        out = table[list(OUTFLOWS)].sum(axis=1)
        for row in table.assign(left=out)[out != table["entered"]].head(_SHOWN).to_dict("records"):
            yield text("law.flow", **{str(k): v for k, v in row.items()})


def _backwards(log: EventLog) -> Iterator[str]:
    for rows in (log.deals, log.tasks):
        same = np.diff(rows.replication) == 0
        for at in np.flatnonzero(same & (np.diff(rows.time) < 0))[:_SHOWN]:
            yield text("law.backwards", replication=int(rows.replication[at]), earlier=rows.time[at + 1],
                       later=rows.time[at])  # fmt: skip


def _after_the_end(log: EventLog) -> Iterator[str]:
    """Rows of closed deals; the end of a task that began before is none, nor are a reopening and a payment.

    A deal that died silently is closed only when that is discovered.
    """
    ids = opportunity_ids(log)
    for view in _views(log):
        c = Columns(log, view)
        order = np.argsort(c.deal, kind="stable")
        order = order[
            (c.deal[order] >= 0) & (c.rows.event[order] != PAID)
        ]  # people come and go in rows of their own
        deal, event = c.deal[order], c.rows.event[order]
        silent = np.zeros(order.size, bool)
        silent[1:] = (event[:-1] == DIED) & (deal[1:] == deal[:-1])
        closes = CLOSES[event] & ~silent
        if view == TRUTH:
            closes |= event == DISCOVERED
        closed = np.zeros(order.size, bool)
        closed[1:] = closes[:-1] & (deal[1:] == deal[:-1]) & (event[1:] != REOPENED)
        for at in order[closed][:_SHOWN]:
            yield _late(c.rows, at, ids[c.deal[at]])
        if view == REPORT:  # work is done on what is, also when it is entered later
            continue
        tasks = log.tasks
        mine = np.flatnonzero((tasks.opportunity >= 0) & ~TASK_OVER[tasks.event])
        last = np.full(c.deals, np.inf)
        last[deal] = np.where(closes, c.rows.time[order], np.inf)  # the last row of a deal stays
        owner = opportunity_index(log, tasks)
        for at in mine[tasks.time[mine] > last[owner[mine]]][:_SHOWN]:
            yield _late(tasks, at, ids[owner[at]])


def _late(rows: Rows, at: int, opportunity: str) -> str:
    return text("law.closed", replication=int(rows.replication[at]), opportunity=opportunity,
                event=EVENTS[rows.event[at]], day=rows.time[at])  # fmt: skip


def _jumps(log: EventLog) -> Iterator[str]:
    ids = opportunity_ids(log)
    v = Columns(log).visits
    for at in np.flatnonzero(v.jumped > 0)[:_SHOWN]:
        yield text("law.jump", replication=int(v.replication[at]) + log.first_replication,
                   opportunity=ids[v.deal[at]], stage=log.names.stages[v.stage[at]])  # fmt: skip


def _overworked(log: EventLog) -> Iterator[str]:
    """Nobody works on two tasks at a time, or more hours in a task than were available meanwhile;
    together: nobody ever uses more hours of a day than there are."""
    tasks = log.tasks
    if not len(tasks) or not log.hours_available.shape[1]:
        return
    started = tasks.event == CODE["task_started"]
    at = np.flatnonzero(started | (tasks.event == CODE["task_ended"]))
    who = tasks.replication[at].astype(np.int64) * len(log.names.people) + tasks.person[at]
    order = np.argsort(who, kind="stable")
    at, who = at[order], who[order]
    begins = started[at]
    first = np.r_[True, who[1:] != who[:-1]]
    wrong = np.where(first, ~begins, begins == np.r_[False, begins[:-1]])
    for k in at[wrong][:_SHOWN]:
        yield _busy(log, k)
    ends = np.flatnonzero(~begins & ~wrong & (tasks.reason[at] < 0))  # not those that were broken off
    from_, to = at[ends - 1], at[ends]
    hours = _hours_at(log, to) - _hours_at(log, from_)
    for k in to[tasks.value[to] > hours + 1e-3][:_SHOWN]:
        yield _busy(log, k)


def _hours_at(log: EventLog, at: np.ndarray) -> np.ndarray:
    """Cumulative hours available to the worker of task rows at their time."""
    table, tasks = log.hours_available, log.tasks
    day = np.minimum(tasks.time[at].astype(int), table.shape[2] - 2)
    replication = tasks.replication[at] - log.first_replication if table.shape[0] > 1 else 0
    low, high = (table[replication, tasks.person[at], day + k] for k in (0, 1))
    return low + (high - low) * (tasks.time[at] - day)


def _busy(log: EventLog, at: int) -> str:
    tasks = log.tasks
    person = log.names.people[tasks.person[at]]
    return text("law.hours", replication=int(tasks.replication[at]), person=person, day=tasks.time[at])
