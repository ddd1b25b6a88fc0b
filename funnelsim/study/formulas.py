"""The formula of every metric of the funnel itself, in its docstring; (replications,) each.

Everything here reads the view that is measured. Numbers of losses are neither good nor bad: a funnel that
is given more deals also loses more. A function with <stage>, <pool> or <reason> in its name gives one array
for each of them. `outlook`, `honesty` and `effort` hold the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from funnelsim.history.log import NONE
from funnelsim.study.arrays import medians, share
from funnelsim.study.columns import (
    CLOSES,
    CREATED,
    LOST,
    NO_DECISION,
    REOPENED,
    WON,
    Columns,
    amounts_at,
)
from funnelsim.study.intervals import POSITIVE
from funnelsim.study.registry import HIGHER, LOWER, NEITHER, metric


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
    cohort, state = _cohort(c)
    ended = c.count(c.deal_replication[cohort & (state >= 0)])
    return share(c.count(c.deal_replication[cohort & (state == WON)]), ended)


@metric("win_rate_value", "share", HIGHER)
def win_rate_value(c: Columns) -> np.ndarray:
    """Amount won / amount of won, lost and undecided deals, of the same cohort as win_rate; amounts as they
    stand at the end of the period."""
    cohort, state = _cohort(c)
    deal = np.flatnonzero(cohort & (state >= 0))
    amount = amounts_at(c, deal, np.nextafter(c.end, 0))
    won = state[deal] == WON
    whole = c.total(c.deal_replication[deal], amount)
    return share(c.total(c.deal_replication[deal[won]], amount[won]), whole)


def _cohort(c: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Whether each opportunity is of the cohort, and its state at the end, (opportunities,) each."""
    begin, end = max(0.0, c.begin - c.length), max(c.end - c.length, c.end / 2)
    born = c.log.opportunities.created
    return (born >= begin) & (born < end), c.state_at(c.end)


@metric("cycle_won_days", "days", LOWER)
def cycle_won_days(c: Columns) -> np.ndarray:
    """Median days from created to won, of the deals won in the measured period."""
    return medians(c.wins.replication, c.wins.days, c.replications)


@metric("cycle_lost_days", "days", NEITHER)
def cycle_lost_days(c: Columns) -> np.ndarray:
    """Median days from created to the end, of the deals lost or left without a decision in the measured
    period. A short one may be early insight or early despair, so neither way is better."""
    life = c.life
    at = np.flatnonzero(((life.event == LOST) | (life.event == NO_DECISION)) & c.inside(life.time))
    days = life.time[at] - c.log.opportunities.created[life.deal[at]]
    return medians(life.replication[at], days, c.replications)


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
    return c.count(c.at_end.replication)


@metric("open_amount", "currency", NEITHER)
def open_amount(c: Columns) -> np.ndarray:
    """Sum of the amounts of the deals open when the measured period ends."""
    return c.total(c.at_end.replication, c.at_end.amount).astype(np.int64)


@metric("advance_rate", "share", HIGHER)
def advance_rate(c: Columns) -> np.ndarray:
    """(advanced + won) / (advanced + won + lost + no decision + regressed), of the visits to all stages that
    ended in the measured period."""
    n = c.visit_counts
    on = (n["advanced"] + n["won"]).sum(axis=1)
    return share(on, on + (n["lost"] + n["no_decision"] + n["regressed"]).sum(axis=1))


@metric("reopened", "count", NEITHER)
def reopened(c: Columns) -> np.ndarray:
    """Number of closed deals that came back in the measured period."""
    return c.count(c.life.replication[(c.life.event == REOPENED) & c.inside(c.life.time)])


@metric("revived_win_share", "share", NEITHER)
def revived_win_share(c: Columns) -> np.ndarray:
    """Wins of deals that had come back before / wins, in the measured period."""
    back = np.full(c.deals, np.inf)
    life = c.life
    again = np.flatnonzero(life.event == REOPENED)[::-1]
    back[life.deal[again]] = life.time[again]  # the first time stays
    revived = c.wins.replication[back[c.wins.deal] <= c.wins.time]
    return share(c.count(revived), wins(c))


@metric("territory_cv", "share", LOWER, reach=POSITIVE)
def territory_cv(c: Columns) -> np.ndarray:
    """Standard deviation / mean over the territories of the amounts created in each in the measured period;
    all territories count, so the deviation is that of a population."""
    o, life = c.log.opportunities, c.life
    deal = life.deal[(life.event == CREATED) & c.inside(life.time)]
    deal = deal[o.territory[deal] >= 0]
    areas = len(c.log.names.territories)
    if not areas:
        return np.full(c.replications, np.nan)
    cell = c.deal_replication[deal] * areas + o.territory[deal]
    sums = np.bincount(cell, o.amount[deal], c.replications * areas).reshape(-1, areas)
    return share(sums.std(axis=1), sums.mean(axis=1))


@metric("handover_loss", "currency", LOWER)
def handover_loss(c: Columns) -> np.ndarray:
    """Sum of the amounts of the deals lost in the measured period with the reason `handover` or
    `left_with_rep`."""
    names = c.log.names.reasons
    mine = [names.index(name) for name in ("handover", "left_with_rep") if name in names]
    if not mine:
        return np.zeros(c.replications, np.int64)
    life = c.life
    lost = ((life.event == LOST) | (life.event == NO_DECISION)) & c.inside(life.time)
    at = np.flatnonzero(lost & np.isin(life.reason, mine))
    amount = amounts_at(c, life.deal[at], life.time[at])
    return c.total(life.replication[at], amount).astype(np.int64)


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


@metric("lost_by_<reason>", "deals", NEITHER)
def lost_by(c: Columns) -> dict[str, np.ndarray]:
    """Deals lost or left without a decision in the measured period for this reason."""
    life, reasons = c.life, len(c.log.names.reasons)
    lost = ((life.event == LOST) | (life.event == NO_DECISION)) & c.inside(life.time) & (life.reason != NONE)
    cell = life.replication[lost] * np.int64(reasons) + life.reason[lost]
    table = np.bincount(cell, minlength=c.replications * reasons).reshape(c.replications, reasons)
    return {name: table[:, k] for k, name in enumerate(c.log.names.reasons)}
