"""The part of a log that lies between two days, as comparisons read it: one company, real or simulated."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from funnelsim.fit.deals import OPEN, WON, deals_of
from funnelsim.history.log import REPORT, EventLog
from funnelsim.history.reader import History
from funnelsim.history.visits import Visits


@dataclass(frozen=True)
class Part:
    """What a CRM shows of `span` days. All moments are days since the part begins."""

    span: float
    created: np.ndarray
    """Of every deal that is known by the end, (deals,); negative before the part."""
    ended: np.ndarray
    """Of every deal, inf while open."""
    won: np.ndarray
    amount: np.ndarray
    visits: Visits
    """Stays that ended within the part; `entered` counts from its beginning."""
    born: np.ndarray
    """When the deal of each of these was created, (visits,)."""
    traces: list[list[int]]
    """Of the deals that closed within: stages in order, 1 for the first, then -1 (won) or -2 (another end)."""

    @property
    def closed(self) -> np.ndarray:
        """Which deals ended within the part."""
        return (self.ended >= 0) & (self.ended < self.span)

    @property
    def arrivals(self) -> np.ndarray:
        """Moments at which deals were created within the part."""
        return self.created[(self.created >= 0) & (self.created < self.span)]

    def open_days(self) -> np.ndarray:
        """Deals open at the end of each day, (days,)."""
        at = np.arange(1.0, np.floor(self.span) + 1)
        return _up_to(self.created, at) - _up_to(self.ended, at)

    def arrivals_so_far(self) -> np.ndarray:
        """Deals created within the part by the end of each day, (days,)."""
        return _up_to(self.arrivals, np.arange(1.0, np.floor(self.span) + 1))

    def bookings_so_far(self) -> np.ndarray:
        """Amount won within the part by the end of each day, (days,)."""
        here = self.closed & self.won
        day = np.floor(self.ended[here]).astype(np.int64)
        days = int(np.floor(self.span))
        return np.cumsum(np.bincount(np.minimum(day, days - 1), self.amount[here], days))


def part_of(log: EventLog, begin: float, end: float, whole_days: bool) -> Part:
    """What the report of a log (its first replication) shows between two days since its start.

    whole_days   the record knows dates only, so everything is read by its date
    """
    rows, born = log.view(REPORT).deals, log.opportunities
    known = rows.time < end
    rows, born = rows.where(known), born.where(born.created < end)
    if whole_days:
        rows = replace(rows, time=np.floor(rows.time))
        born = replace(born, created=np.floor(born.created))
    rows = replace(rows, replication=np.zeros_like(rows.replication))
    history = History(
        "part", replace(log, deals=rows, opportunities=born, horizon=end), whole_days=whole_days
    )
    deals = deals_of(history)
    created = born.created[deals.place]
    ended = np.where(deals.outcome == OPEN, np.inf, created + deals.days - begin)
    visits, number = history.visits, born.opportunity[deals.place]
    of = np.full(int(max(number.max(initial=-1), visits.opportunity.max(initial=-1))) + 1, -1)
    of[number] = np.arange(number.size)
    deal = of[visits.opportunity]
    left = visits.entered + visits.days - begin
    here = (visits.outcome != OPEN) & (left >= 0) & (left < end - begin) & (deal >= 0)
    inside = visits.where(here)
    closed = (ended >= 0) & (ended < end - begin)
    chains: list[list[int]] = [[] for _ in range(int(closed.sum()))]
    place = np.full(number.size + 1, -1)
    place[:-1][closed] = np.arange(len(chains))
    for at, stage in zip(place[deal], visits.stage, strict=True):
        if at >= 0:
            chains[at].append(int(stage) + 1)
    for at, won in enumerate(deals.outcome[closed] == WON):
        chains[at].append(-1 if won else -2)
    return Part(
        end - begin, created - begin, ended, deals.outcome == WON, born.amount[deals.place].astype(float),
        replace(inside, entered=inside.entered - begin), (created - begin)[deal[here]], chains,
    )  # fmt: skip


def _up_to(moments: np.ndarray, days: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.sort(moments), days, side="left").astype(float)
