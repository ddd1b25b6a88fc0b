"""Metrics of what managers do: what they had no time for, what they gave up, what they found, how well they judged.

In a log without reviews and coaching all counts are 0 and all shares nan.
"""

from __future__ import annotations

import numpy as np

from funnelsim.history.log import CODE, REPORT, TRUTH
from funnelsim.labels import has, text
from funnelsim.scenario.model import Scenario
from funnelsim.scenario.part import Words
from funnelsim.study.arrays import order_of, share
from funnelsim.study.columns import ENTERED, LOST, NO_DECISION, STALLED, Columns
from funnelsim.study.registry import HIGHER, LOWER, NEITHER, metric

REVIEWED, NOT_REVIEWED, AUDITED, REMEDIED, DIED = (
    CODE[name] for name in ("reviewed", "not_reviewed", "audited", "remedied", "died")
)
COACHED, NOT_COACHED = CODE["coached"], CODE["not_coached"]


def remedies(scenario: Scenario) -> dict[str, Words]:
    """What is done about each cause of a stall, in both languages; by the scenario's own names, else the usual.

    >>> from funnelsim.scenario.files import load
    >>> remedies(load("industrial_8x8"))["funds"].en
    'payment in phases'
    """
    stalls, own = scenario.behaviour.stalls, scenario.policies.remedies.names
    causes = [*stalls.upper.causes, *stalls.middle.causes, *stalls.lower.causes, "silently_lost"]
    usual = {
        cause: Words(en=text(f"remedy.{cause}", "en"), zh=text(f"remedy.{cause}", "zh"))
        for cause in causes
        if has(f"remedy.{cause}")
    }
    return {cause: words for cause in causes if (words := own.get(cause, usual.get(cause)))}


def _rows(c: Columns, event: int, reason: str | None = None, view: int = TRUTH) -> np.ndarray:
    """Positions of the deal rows of the measured period with an event, and with a reason, in one view."""
    rows, reasons = c.log.deals, c.log.names.reasons
    if reason is not None and reason not in reasons:
        return np.zeros(0, np.int64)
    at = np.flatnonzero((rows.event == event) & (rows.view != (REPORT if view == TRUTH else TRUTH)))
    at = at[c.inside(rows.time[at])]
    return at if reason is None else at[rows.reason[at] == reasons.index(reason)]


def _count(c: Columns, at: np.ndarray) -> np.ndarray:
    return c.count(c.log.deals.replication[at] - c.log.first_replication)


@metric("not_reviewed_share", "share", LOWER)
def not_reviewed_share(c: Columns) -> np.ndarray:
    """not_reviewed / (reviewed + not_reviewed) rows of the measured period: what managers had no time for of
    all that they were to look at."""
    left, done = _count(c, _rows(c, NOT_REVIEWED)), _count(c, _rows(c, REVIEWED))
    return share(left, left + done)


@metric("coaching_hours", "hours", NEITHER)
def coaching_hours(c: Columns) -> np.ndarray:
    """Hours of managers with their reps in the measured period: the values of its `coached` rows. They are in
    `manager_hours` too."""
    rows, at = c.log.deals, _rows(c, COACHED)
    return c.total(rows.replication[at] - c.log.first_replication, rows.value[at]).astype(float)


@metric("not_coached_share", "share", LOWER)
def not_coached_share(c: Columns) -> np.ndarray:
    """not_coached / (coached + not_coached) rows of the measured period: sessions that managers had no time for,
    of all that they were to have."""
    left, done = _count(c, _rows(c, NOT_COACHED)), _count(c, _rows(c, COACHED))
    return share(left, left + done)


@metric("dropped", "deals", NEITHER)
def dropped(c: Columns) -> np.ndarray:
    """Deals that the report closes in the measured period without a decision for the reason `dropped`: given
    up at a verdict."""
    return _count(c, _rows(c, NO_DECISION, "dropped", REPORT))


@metric("false_drops", "deals", LOWER)
def false_drops(c: Columns) -> np.ndarray:
    """Deals that end in truth in the measured period for the reason `dropped`: they were alive when they were
    given up."""
    return _count(c, _rows(c, NO_DECISION, "dropped"))


@metric("found_by_audits", "deals", NEITHER)
def found_by_audits(c: Columns) -> np.ndarray:
    """Hidden deals that an audit found and registered in the measured period: `audited` rows with the reason
    `unlisted`."""
    return _count(c, _rows(c, AUDITED, "unlisted"))


@metric("right_cause_share", "share", HIGHER)
def right_cause_share(c: Columns) -> np.ndarray:
    """`remedied` rows of the measured period whose reason is the true cause / all of them. The true cause is
    that of the stall of the visit, or `silently_lost` for a deal that is dead."""
    rows, reasons = c.log.deals, c.log.names.reasons
    treated = _rows(c, REMEDIED)
    gone = reasons.index("silently_lost") if "silently_lost" in reasons else -2
    at = np.flatnonzero(
        (rows.view != REPORT) & np.isin(rows.event, (ENTERED, STALLED, DIED, LOST, NO_DECISION, REMEDIED))
    )
    deal = c.place(rows, at)
    at = at[order_of(deal)]
    deal = c.place(rows, at)
    cause = np.where(
        rows.event[at] == STALLED, rows.reason[at], np.where(rows.event[at] == ENTERED, -1, gone)
    )
    tells = rows.event[at] != REMEDIED
    last = np.maximum.accumulate(np.where(tells, np.arange(at.size), -1))
    mine = np.flatnonzero(~tells)
    known = last[mine]
    right = (known >= 0) & (deal[known] == deal[mine]) & (cause[known] == rows.reason[at[mine]])
    inside = c.inside(rows.time[at[mine]])
    return share(_count(c, at[mine[right & inside]]), _count(c, treated))
