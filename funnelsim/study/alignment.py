"""How far the sale is ahead of the customer: our stage less his own, at every event and every gate.

The customer's stage is read from his own words: a deal begins at his first step, `ready` tells that he is done with
one, and when a deal falls back he falls back with it. Stages are counted as places in the sales process.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from funnelsim.history.log import CODE, EVENTS, TRUTH, EventLog
from funnelsim.history.table import opportunity_ids
from funnelsim.study.arrays import share
from funnelsim.study.columns import ADVANCED, CREATED, LOST, NO_DECISION, REGRESSED, WON, Columns

READY = CODE["ready"]
NEAR = 1
"""A sale that is so many stages ahead of its customer, or behind him, is still in step."""
GATES = (ADVANCED, WON, REGRESSED, LOST, NO_DECISION)
ELSEWHERE = ("neglect", "dropped", "refused", "left_with_rep")
"""Reasons of ends that no gate has decided."""


def alignment(log: EventLog) -> pd.DataFrame:
    """Our stage, the customer's and the lag between them after every event of a deal, truth.

    Columns: replication, opportunity (its id), day (since the log's start), event, stage, buyer_stage (places from
    0; after the last stage their number) and lag = stage - buyer_stage. Of a move the stage it leads to is told
    at its `entered`.
    """
    c = Columns(log, TRUTH)
    at, _, after = _buyer(c)
    rows = c.rows
    told = (rows.stage[at] >= 0) & ~np.isin(rows.event[at], (ADVANCED, REGRESSED))
    at, buyer = at[told], after[told]
    stage = rows.stage[at] + (rows.event[at] == WON)
    return _table(log, c, at, {
        "event": np.array(EVENTS, object)[rows.event[at]], "stage": stage, "buyer_stage": buyer, "lag": stage - buyer,
    })  # fmt: skip


def gates(log: EventLog) -> pd.DataFrame:
    """Every gate that a deal came to, truth: whether it passed, and how far ahead of the customer it would be then.

    Columns: replication, opportunity, day, stage (place of the stage it leaves), outcome (the event), passed, and
    lag: the stage after the step, passed or not, less the customer's at that moment.
    """
    c = Columns(log, TRUTH)
    at, before, _ = _buyer(c)
    mine = _gates(c, at)
    at, buyer = at[mine], before[mine]
    rows = c.rows
    return _table(log, c, at, {
        "stage": rows.stage[at], "outcome": np.array(EVENTS, object)[rows.event[at]],
        "passed": _passed(c, at), "lag": _step(c, at) - buyer,
    })  # fmt: skip


def aligned_share(log: EventLog) -> np.ndarray:
    """Gates with a lag of -1, 0 or 1 / all gates, of those that deals won in the measured period have passed, truth;
    (replications,)."""
    c = Columns(log, TRUTH)
    at, before, _ = _buyer(c)
    won = np.zeros(c.deals + 1, bool)
    won[c.wins.deal] = True
    mine = won[c.deal[at]] & _passed(c, at) & (c.rows.time[at] < c.end)
    at, buyer = at[mine], before[mine]
    replication = c.deal_replication[c.deal[at]]
    near = np.abs(_step(c, at) - buyer) <= NEAR
    return share(c.count(replication[near]), c.count(replication))


def _passed(c: Columns, at: np.ndarray) -> np.ndarray:
    return (c.rows.event[at] == ADVANCED) | (c.rows.event[at] == WON)


def _step(c: Columns, at: np.ndarray) -> np.ndarray:
    """The stage that each gate leads to; the row of an advance is followed by that of the entry."""
    step = c.rows.stage[at].astype(np.int64) + 1
    moves = np.flatnonzero(c.rows.event[at] == ADVANCED)
    step[moves] = c.rows.stage[at[moves] + 1]
    return step


def _gates(c: Columns, at: np.ndarray) -> np.ndarray:
    """Which rows are the outcome of a gate: ends that came otherwise are not."""
    rows, names = c.rows, c.log.names.reasons
    elsewhere = [names.index(name) for name in ELSEWHERE if name in names]
    return np.isin(rows.event[at], GATES) & ~np.isin(rows.reason[at], elsewhere)


def _buyer(c: Columns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of deals by deal and time, and where the customer stands before and after each.

    He is told anew at each `ready`; a retreat takes him back, never forward: a minimum that begins anew.
    """
    rows = c.rows
    at = np.flatnonzero(rows.opportunity >= 0)
    at = at[np.argsort(c.deal[at], kind="stable")]
    event, stage = rows.event[at], rows.stage[at].astype(np.int64)
    value = np.full(at.size, 1 << 20, np.int64)
    value[event == CREATED] = 0
    value[event == READY] = stage[event == READY] + 1
    value[event == REGRESSED] = stage[event == REGRESSED] - 1
    apart = np.cumsum((event == CREATED) | (event == READY)) << 24
    after = np.minimum.accumulate(value - apart) + apart if at.size else value
    before = np.concatenate([[0], after[:-1]]) if at.size else after
    return at, np.where(event == CREATED, 0, before), after


def _table(log: EventLog, c: Columns, at: np.ndarray, columns: dict[str, np.ndarray]) -> pd.DataFrame:
    rows = c.rows
    whose = c.deal[at]
    return pd.DataFrame({
        "replication": rows.replication[at], "opportunity": opportunity_ids(log)[whose], "day": rows.time[at],
        **columns,
    })  # fmt: skip
