"""What came of every call: an order, an advance, a continuation or no sale.

An interaction is a task on a deal that was ended, touches included. What happens to the deal from then until its
next one is what came of it: progress other than an order is success too, and a continuation is none.
The four outcomes are those of N. Rackham, SPIN Selling (1988), chapter 2.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from funnelsim.history.log import CODE, NONE, REPORT, TRUTH, EventLog
from funnelsim.history.table import opportunity_ids
from funnelsim.study.arrays import order_of, share
from funnelsim.study.columns import ADVANCED, LOST, NO_DECISION, WON, Columns, last_before

ENDED = CODE["task_ended"]
OUTCOMES = ("continuation", "advance", "no_sale", "order")
"""What may come of an interaction; where several things happened the last of these counts."""
ALARM = 3
"""So many continuations in a row ask for another plan."""


def interactions(log: EventLog, view: int = TRUTH) -> pd.DataFrame:
    """Every interaction, by deal and time, and what came of it.

    view   TRUTH or REPORT: whose moves and ends count

    Columns: replication, opportunity (its id), day (of its end, since the log's start), activity, stage, person,
    outcome (`OUTCOMES`), and in_a_row: how many continuations in a row it is the last of, 0 where it is none.
    Work that was broken off is no interaction.
    """
    c = Columns(log, view)
    at, deal, outcome = _outcomes(c)
    tasks, names = log.tasks, log.names
    return pd.DataFrame({
        "replication": tasks.replication[at],
        "opportunity": opportunity_ids(log)[deal],
        "day": tasks.time[at],
        "activity": np.array([*names.activities, None], object)[tasks.activity[at]],
        "stage": np.array([*names.stages, None], object)[tasks.stage[at]],
        "person": np.array([*names.people, None], object)[tasks.person[at]],
        "outcome": np.array(OUTCOMES, object)[outcome],
        "in_a_row": _in_a_row(deal, outcome),
    })  # fmt: skip


def going_nowhere(log: EventLog, most: int = ALARM) -> pd.DataFrame:
    """The deals that the report shows as open at the log's end whose last interactions were continuations, `most` or
    more in a row: replication, opportunity, in_a_row, most first."""
    shown = interactions(log, REPORT)
    last = shown.groupby(["replication", "opportunity"], sort=False).tail(1)
    c = Columns(log, REPORT, measured=(0.0, log.horizon))
    ids, deal = opportunity_ids(log), c.open_at(log.horizon).deal
    still = pd.DataFrame({"replication": log.opportunities.replication[deal], "opportunity": ids[deal]})
    found = still.merge(last[last["in_a_row"] >= most], on=["replication", "opportunity"])
    columns = ["replication", "opportunity", "in_a_row"]
    return found[columns].sort_values("in_a_row", ascending=False, kind="stable", ignore_index=True)


def progress_share(log: EventLog, view: int = TRUTH) -> np.ndarray:
    """(orders + advances) / interactions of the measured period, (replications,). What comes of one by the end of the
    period counts."""
    c = Columns(log, view)
    at, deal, outcome = _outcomes(c)
    inside = c.inside(log.tasks.time[at])
    replication, outcome = c.deal_replication[deal[inside]], outcome[inside]
    good = (outcome == OUTCOMES.index("order")) | (outcome == OUTCOMES.index("advance"))
    return share(c.count(replication[good]), c.count(replication))


def _outcomes(c: Columns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every interaction before the period's end, by deal and time: its task row, its deal, its outcome."""
    tasks, rows = c.log.tasks, c.rows
    whole = (tasks.event == ENDED) & (tasks.reason == NONE)
    at = np.flatnonzero(whole & (tasks.opportunity >= 0) & (tasks.time < c.end))
    deal = c.place(tasks, at).astype(np.int64)
    order = order_of(deal)
    at, deal = at[order], deal[order]
    outcome = np.zeros(at.size, np.int64)
    for event, name in ((ADVANCED, "advance"), (LOST, "no_sale"), (NO_DECISION, "no_sale"), (WON, "order")):
        happened = np.flatnonzero((rows.event == event) & (rows.time < c.end))
        whose = c.deal[happened]
        last = last_before(c, deal, tasks.time[at], whose, rows.time[happened])
        there = last >= 0
        there[there] = deal[last[there]] == whose[there]
        np.maximum.at(outcome, last[there], OUTCOMES.index(name))
    return at, deal, outcome


def _in_a_row(deal: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Of each interaction how many continuations in a row of its deal it is the last of."""
    place = np.arange(deal.size)
    fresh = np.ones(deal.size, bool)
    fresh[1:] = deal[1:] != deal[:-1]
    # a row begins anew with a deal, and after whatever is no continuation
    begin = np.where(outcome > 0, place + 1, np.where(fresh, place, 0))
    return np.where(outcome > 0, 0, place - np.maximum.accumulate(begin) + 1) if deal.size else place
