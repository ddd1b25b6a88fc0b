"""The pipeline as it stood on any past day."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from funnelsim.calendar import days_between
from funnelsim.history.log import EVENTS, NONE, OF_OTHERS, TRUTH, EventLog
from funnelsim.history.table import opportunity_ids, opportunity_index
from funnelsim.study.columns import AMOUNT_CHANGED, CLOSES, CREATED, ENTERED, FLOW, REOPENED

STANDS = FLOW | (np.arange(128) == CREATED)


def as_of(log: EventLog, day: float | date, view: int = TRUTH) -> pd.DataFrame:
    """Every opportunity born by then and how it stood: the rows up to and including that day, folded.

    day    a date, counted whole; or a moment in days since the log's start, its own rows included

    Columns: replication, opportunity, state (open, won, lost, no_decision), reason, stage, owner, amount,
    source, territory, segment, created (days since start, as the view tells it), age_days (to its end, or
    to then) and stage_days (since it last entered a stage; nan once it has ended). The
    stage is that of the last move of the view: what the customer does moves no deal.
    """
    rows = log.view(view).deals if log.deals.view.any() else log.deals
    if isinstance(day, date):
        now = float(days_between(log.start, day + timedelta(days=1)))
        told = rows.time < now
    else:
        now = float(day)
        told = rows.time <= now
    rows = rows.where(told & (rows.opportunity >= 0))  # people come and go in rows of their own
    deal = opportunity_index(log, rows)
    o, deals = log.opportunities, len(log.opportunities)

    def last(mask: np.ndarray, value: np.ndarray, before: np.ndarray) -> np.ndarray:
        """The value of each deal's last row of a mask: rows come in order, later ones overwrite."""
        before[deal[mask]] = value[mask]
        return before

    life = CLOSES[rows.event] | (rows.event == CREATED) | (rows.event == REOPENED)
    ends = CLOSES[rows.event]
    state = last(life, np.where(ends, rows.event, NONE), np.full(deals, NONE))
    ended = last(life, np.where(ends, rows.time, np.inf), np.full(deals, np.inf))
    reason = last(life, np.where(ends, rows.reason, NONE), np.full(deals, NONE))
    stands = (rows.stage >= 0) & STANDS[rows.event]
    stage = last(stands, rows.stage, np.full(deals, NONE))
    created = last(rows.event == CREATED, rows.time, o.created.copy())
    entered = last(rows.event == ENTERED, rows.time, np.full(deals, np.nan))
    owned = (rows.person >= 0) & ~np.isin(rows.event, OF_OTHERS)
    owner = last(owned, rows.person, np.full(deals, NONE))
    amount = last(rows.event == AMOUNT_CHANGED, rows.value.astype(np.int64), o.amount.copy())
    born = np.unique(deal[deal >= 0])

    def names(codes: np.ndarray, of: tuple[str, ...]) -> np.ndarray:
        return np.array([*of, None], dtype=object)[codes[born]]

    n = log.names
    until = np.minimum(ended, now)
    return pd.DataFrame({
        "replication": o.replication[born],
        "opportunity": opportunity_ids(log)[born],
        "state": names(np.where(state == NONE, len(EVENTS), state), (*EVENTS, "open")),
        "reason": names(reason, n.reasons),
        "stage": names(stage, n.stages),
        "owner": names(owner, n.people),
        "amount": amount[born],
        "source": names(o.source, n.sources),
        "territory": names(o.territory, n.territories),
        "segment": names(o.segment, n.segments),
        "created": created[born],
        "age_days": (until - created)[born],
        "stage_days": np.where(np.isfinite(ended), np.nan, now - entered)[born],
    })  # fmt: skip
