"""Metrics of who does the work and what rewards, channels and tiers bring and cost.

Costs are those of simulated logs (`EventLog.spending`): 0 where a log knows of none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from funnelsim.history.log import NONE, EventLog
from funnelsim.scenario.part import THIRDS
from funnelsim.study.arrays import share
from funnelsim.study.columns import ADVANCED, CREATED, WON, Columns
from funnelsim.study.registry import LOWER, NEITHER, metric

UNIT = 10_000


@metric("rep_share.<third>", "share", NEITHER, of_work=True)
def rep_share(c: Columns) -> dict[str, np.ndarray]:
    """Hours of reps / hours of reps and specialists, on the work of the stages of the third in the measured period;
    who has more than half of them leads. nan where nobody works."""
    names, spells = c.log.names, c.spells
    third_of = np.full(len(names.activities) + 1, NONE)
    for k, name in enumerate(names.activities):
        stage, dot, _ = name.partition(".")
        if dot and stage in names.stages and names.thirds:
            third_of[k] = names.thirds[names.stages.index(stage)]
    third = third_of[spells.activity]
    reps = c.staff[0]
    found = {}
    for k, name in enumerate(THIRDS):
        hours = spells.total(third == k)
        found[name] = share(hours[:, :reps].sum(axis=1), hours.sum(axis=1))
    return found


@metric("incentive_cost", "currency", LOWER)
def incentive_cost(c: Columns) -> np.ndarray:
    """Rewards paid in the measured period: for every stage that a deal passes the bonus of that day, and of every
    deal that is won the share of that day of its amount."""
    total = np.zeros(c.replications)
    v, wins = c.visits, c.wins
    passed = (v.outcome == ADVANCED) | (v.outcome == WON)
    for one, begin, end in _spent(c):
        stages = passed & (v.left >= begin) & (v.left < end)
        total += one.stage_bonus * c.count(v.replication[stages])
        paid = (wins.time >= begin) & (wins.time < end)
        total += one.bookings_share * c.total(wins.replication[paid], wins.amount[paid])
    return np.rint(total).astype(np.int64)


@metric("channel_cost", "currency", LOWER)
def channel_cost(c: Columns) -> np.ndarray:
    """What marketing has spent on the deals created in the measured period: for each the cost of its source."""
    return np.rint(_cost_by_source(c).sum(axis=1)).astype(np.int64)


@metric("booking_cost.<source>", "currency", LOWER)
def booking_cost(c: Columns) -> dict[str, np.ndarray]:
    """Cost of the deals of the source created in the measured period / bookings of its deals won in it, for every
    10,000 booked; nan without bookings."""
    cost, won = _cost_by_source(c), _won_by_source(c)
    return {name: share(cost[:, k] * UNIT, won[:, k]) for k, name in enumerate(c.log.names.sources)}


@metric("tier_bookings.<tier>", "share", NEITHER)
def tier_bookings(c: Columns) -> dict[str, np.ndarray]:
    """Bookings of the tier's deals / all bookings, of the measured period; a deal is of the tier of its amount when it
    was created."""
    tier, names = _tiers(c), c.log.names.tiers
    cell = c.wins.replication * max(len(names), 1) + tier[c.wins.deal]
    won = np.bincount(cell, c.wins.amount, c.replications * max(len(names), 1)).reshape(c.replications, -1)
    return {name: share(won[:, k], won.sum(axis=1)) for k, name in enumerate(names)}


@metric("tier_hours.<tier>", "share", NEITHER, of_work=True)
def tier_hours(c: Columns) -> dict[str, np.ndarray]:
    """Hours of reps on the tier's deals, touches left out / the same of all deals, in the measured period; tiers as
    in tier_bookings."""
    names, spells = c.log.names, c.spells
    if not names.tiers:
        return {}
    touch = names.activities.index("touch") if "touch" in names.activities else NONE
    mine = (spells.deal >= 0) & (spells.activity != touch)
    tier = np.where(mine, _tiers(c)[spells.deal], NONE)
    hours = np.stack([spells.total(tier == k)[:, : c.staff[0]].sum(axis=1) for k in range(len(names.tiers))])
    return {name: share(hours[k], hours.sum(axis=0)) for k, name in enumerate(names.tiers)}


def _tiers(c: Columns) -> np.ndarray:
    """The tier of each opportunity, and at the end nobody's."""
    edges = np.array(c.log.names.tier_from)
    return np.append(
        np.maximum(np.searchsorted(edges, c.log.opportunities.amount, side="right") - 1, 0), NONE
    )


def channels(log: EventLog) -> pd.DataFrame:
    """What each source brings and costs in the measured period, mean of all replications, one row a source.

    source, created, cost, bookings, cost_per_10000 (of expected bookings: mean cost / mean bookings x 10,000),
    dominated (another source brings each 10,000 for less, with deals that are worth as much on average)
    """
    c = Columns(log)
    cost, won, created = (
        part.mean(axis=0) for part in (_cost_by_source(c), _won_by_source(c), _created_by_source(c))
    )
    each, worth = share(cost * UNIT, won), share(won, created)
    better = (each[None, :] < each[:, None]) & (worth[None, :] >= worth[:, None])
    return pd.DataFrame({
        "source": list(log.names.sources), "created": created, "cost": cost, "bookings": won,
        "cost_per_10000": each, "dominated": better.any(axis=1),
    })  # fmt: skip


def _spent(c: Columns):
    """What is spent, and the part of the measured period in which it is."""
    spending = c.log.spending
    for at, one in enumerate(spending):
        end = spending[at + 1].day if at + 1 < len(spending) else np.inf
        yield one, max(one.day, c.begin), min(end, c.end)


def _cells(c: Columns, replication: np.ndarray, deal: np.ndarray, values: np.ndarray | None) -> np.ndarray:
    """Sums by replication and source of the deals, (replications, sources)."""
    count = len(c.log.names.sources)
    cell = replication.astype(np.int64) * count + c.log.opportunities.source[deal]
    return np.bincount(cell, values, c.replications * count).reshape(-1, count)


def _births(c: Columns, begin: float, end: float) -> np.ndarray:
    """Positions in c.life of the deals created within a time."""
    return np.flatnonzero((c.life.event == CREATED) & (c.life.time >= begin) & (c.life.time < end))


def _created_by_source(c: Columns) -> np.ndarray:
    at = _births(c, c.begin, c.end)
    return _cells(c, c.life.replication[at], c.life.deal[at], None)


def _cost_by_source(c: Columns) -> np.ndarray:
    total = np.zeros((c.replications, len(c.log.names.sources)))
    for one, begin, end in _spent(c):
        at, cost = _births(c, begin, end), dict(one.deal_cost)
        each = np.array([cost.get(name, 0.0) for name in c.log.names.sources])
        total += _cells(c, c.life.replication[at], c.life.deal[at], None) * each
    return total


def _won_by_source(c: Columns) -> np.ndarray:
    return _cells(c, c.wins.replication, c.wins.deal, c.wins.amount.astype(float))
