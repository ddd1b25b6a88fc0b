"""Metrics of what follows an order: cash, and customers who come back."""

from __future__ import annotations

import numpy as np

from funnelsim.history.log import CODE, REPORT
from funnelsim.study.arrays import share
from funnelsim.study.columns import WON, Columns, amounts_at
from funnelsim.study.registry import HIGHER, LOWER, metric

PAID, REPEAT = CODE["paid"], ".repeat"


def _payments(c: Columns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each payment in the measured period the replication, days since the order, and amount at the order."""
    rows = c.log.deals
    at = np.flatnonzero((rows.event == PAID) & (rows.view != REPORT) & c.inside(rows.time))
    deal, life = c.place(rows, at), c.truth.life
    won = np.full(c.deals, np.nan)
    mine = life.event == WON
    won[life.deal[mine]] = life.time[mine]
    at, deal = at[deal >= 0], deal[deal >= 0]
    amount = amounts_at(c.truth, deal, won[deal])
    return c.deal_replication[deal], rows.time[at] - won[deal], amount


def _is_known(c: Columns) -> bool:
    return bool((c.log.deals.event == PAID).any())


@metric("cash", "currency", HIGHER)
def cash(c: Columns) -> np.ndarray:
    """Sum of the amounts of deals paid in the measured period, whenever they were won; always of the truth. nan where
    the log tells of no payment at all."""
    if not _is_known(c):
        return np.full(c.replications, np.nan)
    replication, _, amount = _payments(c)
    return np.rint(c.total(replication, amount))


@metric("cash_days", "days", LOWER)
def cash_days(c: Columns) -> np.ndarray:
    """Mean days from the order to its payment, of the deals paid in the measured period; always of the truth. nan
    without payments."""
    replication, days, _ = _payments(c)
    return share(c.total(replication, days), c.count(replication))


@metric("repeat_bookings", "currency", HIGHER)
def repeat_bookings(c: Columns) -> np.ndarray:
    """Sum of the amounts of deals won in the measured period whose customer had ordered before and came back."""
    names = c.log.names.origins
    again = np.array([name.endswith(REPEAT) for name in names] + [False])
    mine = again[c.log.opportunities.origin[c.wins.deal]]
    return c.total(c.wins.replication[mine], c.wins.amount[mine]).astype(np.int64)
