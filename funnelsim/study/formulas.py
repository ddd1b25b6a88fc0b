"""The formula of every metric, in its docstring: numbers of all replications at once, (replications,).

Numbers of losses are neither good nor bad: a funnel that is given more deals also loses more.
A function with <stage>, <pool> or <reason> in its name gives one array for each of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from funnelsim.engine.rules import weighted_quota
from funnelsim.history.log import NONE
from funnelsim.study.columns import (
    CLOSES,
    CREATED,
    LOST,
    NO_DECISION,
    WON,
    Columns,
    amounts_at,
    medians,
    share,
)
from funnelsim.study.registry import HIGHER, LOWER, NEITHER, metric

THIRDS = ("upper", "middle", "lower")


@metric("bookings", "currency", HIGHER)
def bookings(c: Columns) -> np.ndarray:
    """Sum of the amounts of deals won in the measured period, by close date; the amount at the win."""
    return c.total(c.wins.replication, c.wins.amount).astype(np.int64)


@metric("wins", "deals", HIGHER)
def wins(c: Columns) -> np.ndarray:
    """Number of deals won in the measured period."""
    return c.count(c.wins.replication)


@metric("created", "deals", HIGHER)
def created(c: Columns) -> np.ndarray:
    """Number of opportunities created in the measured period."""
    return c.count(c.life.replication[(c.life.event == CREATED) & c.inside(c.life.time)])


@metric("win_rate", "share", HIGHER)
def win_rate(c: Columns) -> np.ndarray:
    """Won / (won + lost + no decision) of a creation cohort, as they stand at the end of the period.

    The cohort was created in a window as long as the measured period and one such length earlier,
    so that nearly all of it has ended: from max(0, begin - L) to max(end - L, end / 2).
    """
    begin, end = max(0.0, c.begin - c.length), max(c.end - c.length, c.end / 2)
    born = c.log.opportunities.created
    state = c.state_at(c.end)
    cohort = (born >= begin) & (born < end)
    ended = c.count(c.deal_replication[cohort & (state >= 0)])
    return share(c.count(c.deal_replication[cohort & (state == WON)]), ended)


@metric("cycle_won_days", "days", LOWER)
def cycle_won_days(c: Columns) -> np.ndarray:
    """Median days from created to won, of the deals won in the measured period."""
    return medians(c.wins.replication, c.wins.days, c.replications)


@metric("deal_size", "currency", HIGHER)
def deal_size(c: Columns) -> np.ndarray:
    """Mean amount of the deals won in the measured period."""
    return share(bookings(c), wins(c))


def velocity_of(deals: Any, win_rate: Any, deal_size: Any, cycle_days: Any) -> Any:
    """Money a day that flows through a funnel: deals x win rate x deal size / cycle.

    >>> round(velocity_of(40, 0.25, 25_000, 90), 2)
    2777.78
    """
    return deals * win_rate * deal_size / cycle_days


@metric("velocity", "currency/day", HIGHER)
def velocity(c: Columns) -> np.ndarray:
    """Mean number of open deals in the measured period x win_rate x deal_size / cycle_won_days."""
    ends = CLOSES[c.life.event]
    remaining = c.end - c.life.time.clip(c.begin, c.end)
    open_days = c.total(c.life.replication, np.where(ends, -remaining, remaining))
    return velocity_of(open_days / c.length, win_rate(c), deal_size(c), cycle_won_days(c))


@metric("open_deals", "deals", NEITHER)
def open_deals(c: Columns) -> np.ndarray:
    """Number of deals open when the measured period ends."""
    return c.count(c.deal_replication[c.open_deals])


@metric("open_amount", "currency", NEITHER)
def open_amount(c: Columns) -> np.ndarray:
    """Sum of the amounts of the deals open when the measured period ends."""
    amount = amounts_at(c, c.open_deals, np.nextafter(c.end, 0))
    return c.total(c.deal_replication[c.open_deals], amount).astype(np.int64)


@metric("weighted_nominal", "currency", HIGHER)
def weighted_nominal(c: Columns) -> np.ndarray:
    """Sum of the amounts of the deals open when the measured period ends, each times the weight of
    the third of the funnel it stands in; nan where the log knows no thirds."""
    if not c.log.names.thirds:
        return np.full(c.replications, np.nan)
    stage = c.stage_at_end[c.open_deals]
    deal, stage = c.open_deals[stage >= 0], stage[stage >= 0]
    third = np.array(c.log.names.thirds)[stage]
    amount = amounts_at(c, deal, np.nextafter(c.end, 0))
    sums = np.bincount(c.deal_replication[deal] * 3 + third, amount, c.replications * 3)
    weights = dict(zip(THIRDS, c.weights, strict=True))
    return np.array(
        [weighted_quota(zip(row, THIRDS, strict=True), weights) for row in sums.reshape(-1, 3).tolist()]
    )


@metric("stage_skips", "count", LOWER)
def stage_skips(c: Columns) -> np.ndarray:
    """Number of stages passed over by deals that entered a stage in the measured period."""
    now = (c.visits.jumped > 0) & c.inside(c.visits.entered)
    return c.total(c.visits.replication[now], c.visits.jumped[now]).astype(np.int64)


def _by_stage(c: Columns, table: np.ndarray) -> dict[str, np.ndarray]:
    return {name: table[:, k] for k, name in enumerate(c.log.names.stages)}


@metric("stage.<stage>.entered", "deals", NEITHER)
def stage_entered(c: Columns) -> dict[str, np.ndarray]:
    """Visits to the stage that began in the measured period."""
    return _by_stage(c, c.visit_counts["entered"])


@metric("stage.<stage>.advanced", "deals", HIGHER)
def stage_advanced(c: Columns) -> dict[str, np.ndarray]:
    """Visits to the stage that ended in the measured period by advancing to a later stage."""
    return _by_stage(c, c.visit_counts["advanced"])


@metric("stage.<stage>.won", "deals", HIGHER)
def stage_won(c: Columns) -> dict[str, np.ndarray]:
    """Visits to the stage that ended in the measured period with the deal won."""
    return _by_stage(c, c.visit_counts["won"])


@metric("stage.<stage>.lost", "deals", NEITHER)
def stage_lost(c: Columns) -> dict[str, np.ndarray]:
    """Visits to the stage that ended in the measured period with the deal lost."""
    return _by_stage(c, c.visit_counts["lost"])


@metric("stage.<stage>.no_decision", "deals", NEITHER)
def stage_no_decision(c: Columns) -> dict[str, np.ndarray]:
    """Visits to the stage that ended in the measured period without a decision of the customer."""
    return _by_stage(c, c.visit_counts["no_decision"])


@metric("stage.<stage>.regressed", "deals", NEITHER)
def stage_regressed(c: Columns) -> dict[str, np.ndarray]:
    """Visits to the stage that ended in the measured period by falling back to an earlier stage."""
    return _by_stage(c, c.visit_counts["regressed"])


@metric("stage.<stage>.open", "deals", NEITHER)
def stage_open(c: Columns) -> dict[str, np.ndarray]:
    """Deals in the stage when the measured period ends."""
    return _by_stage(c, c.visit_counts["open"])


@metric("stage.<stage>.conversion", "share", HIGHER)
def stage_conversion(c: Columns) -> dict[str, np.ndarray]:
    """(advanced + won) / (advanced + won + lost + no decision + regressed), of visits to the stage that
    ended in the measured period."""
    n = c.visit_counts
    on = n["advanced"] + n["won"]
    return _by_stage(c, share(on, on + n["lost"] + n["no_decision"] + n["regressed"]))


@metric("stage.<stage>.dwell_days", "days", LOWER)
def stage_dwell_days(c: Columns) -> dict[str, np.ndarray]:
    """Median days of the visits to the stage that ended in the measured period."""
    v, stages = c.visits, len(c.log.names.stages)
    ended = np.flatnonzero(c.inside(v.left))
    cell = v.replication[ended] * np.int64(stages) + v.stage[ended]
    days = medians(cell, v.left[ended] - v.entered[ended], c.replications * stages)
    return _by_stage(c, days.reshape(-1, stages))


def _pools(c: Columns) -> tuple[int, dict[str, list[int]]]:
    """How many of the people are reps (they have a desk of their own name), and the people of each pool."""
    people, desks = c.log.names.people, c.log.names.desks
    reps = 0
    while reps < min(len(people), len(desks)) and people[reps] == desks[reps]:
        reps += 1
    return reps, {
        pool: [k for k in range(reps, len(people)) if people[k].rpartition("-")[0] == pool]
        for pool in desks[reps:]
    }


@metric("utilisation", "share", NEITHER)
def utilisation(c: Columns) -> np.ndarray:
    """Hours the reps spent on tasks, prospecting included, / their hours available, in the period."""
    busy, available = c.busy_hours
    reps, _ = _pools(c)
    return share(busy[:, :reps].sum(axis=1), available[:, :reps].sum(axis=1))


@metric("utilisation.<pool>", "share", NEITHER)
def pool_utilisation(c: Columns) -> dict[str, np.ndarray]:
    """Hours the people of the pool spent on tasks / their hours available, in the measured period."""
    busy, available = c.busy_hours
    _, pools = _pools(c)
    if not busy.shape[1]:
        return {}
    return {p: share(busy[:, who].sum(axis=1), available[:, who].sum(axis=1)) for p, who in pools.items()}


@metric("lost_by_<reason>", "deals", NEITHER)
def lost_by(c: Columns) -> dict[str, np.ndarray]:
    """Deals lost or left without a decision in the measured period for this reason."""
    life, reasons = c.life, len(c.log.names.reasons)
    lost = ((life.event == LOST) | (life.event == NO_DECISION)) & c.inside(life.time) & (life.reason != NONE)
    cell = life.replication[lost] * np.int64(reasons) + life.reason[lost]
    table = np.bincount(cell, minlength=c.replications * reasons).reshape(c.replications, reasons)
    return {name: table[:, k] for k, name in enumerate(c.log.names.reasons)}
