"""Metrics of reps who leave: how many, how long their seats are empty, what the protocol takes and what goes along.

All of them read the truth.
"""

from __future__ import annotations

import numpy as np

from funnelsim.history.log import CODE
from funnelsim.study.columns import LOST, Columns, amounts_at
from funnelsim.study.registry import LOWER, metric
from funnelsim.study.standards import hours_on

LEFT, HIRED, ENDED = CODE["left"], CODE["hired"], CODE["task_ended"]
PROTOCOL = ("handover_visit", "handover_call", "handover_late_call")


@metric("leavers", "people", LOWER)
def leavers(c: Columns) -> np.ndarray:
    """Reps who leave in the measured period."""
    rows = c.log.deals
    at = np.flatnonzero((rows.event == LEFT) & c.inside(rows.time))
    return c.count(rows.replication[at] - c.log.first_replication)


@metric("vacant_weeks", "weeks", LOWER)
def vacant_weeks(c: Columns) -> np.ndarray:
    """Weeks of the measured period in which seats stood empty: from each `left` to the next `hired` of the same
    seat or the end of the period, all seats together."""
    rows = c.log.deals
    at = np.flatnonzero((rows.event == LEFT) | (rows.event == HIRED))
    seats = len(c.log.names.people)
    seat = (rows.replication[at] - c.log.first_replication) * np.int64(seats) + rows.person[at]
    order = np.argsort(seat, kind="stable")
    at, seat = at[order], seat[order]
    left = rows.event[at] == LEFT
    following = np.append(rows.time[at][1:], np.inf)
    following[:-1][seat[1:] != seat[:-1]] = np.inf
    empty = np.clip(following, c.begin, c.end) - np.clip(rows.time[at], c.begin, c.end)
    return c.total((seat // seats)[left], empty[left]) / 7


@metric("handover_hours", "hours", LOWER, of_work=True)
def handover_hours(c: Columns) -> np.ndarray:
    """Hours of reps on visits and calls of the protocol in the measured period."""
    return hours_on(c, *PROTOCOL)


@metric("weighted_lost_with_rep", "currency", LOWER)
def weighted_lost_with_rep(c: Columns) -> np.ndarray:
    """Sum of the amounts of the deals lost in the measured period with the reason `left_with_rep`, each times the
    weight of the third it stood in."""
    names = c.log.names
    if "left_with_rep" not in names.reasons or not names.thirds:
        return np.zeros(c.replications)
    weight, rows, m = np.array(c.weights)[np.array(names.thirds)], c.log.deals, c.moves
    at = np.flatnonzero((m.event == LOST) & c.inside(m.time))
    at = at[rows.reason[m.row[at]] == names.reasons.index("left_with_rep")]
    amount = amounts_at(c, m.deal[at], m.time[at]) * weight[rows.stage[m.row[at]]]
    return c.total(c.deal_replication[m.deal[at]], amount)
