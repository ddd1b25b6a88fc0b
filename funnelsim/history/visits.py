"""Visits: every stay of an opportunity in a stage, how long it was seen, and how it ended.

Fit, diagnosis and forecasts read a log through this table; simulated and imported logs alike.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from funnelsim.history.log import CODE, REPORT, EventLog

OUTCOMES = ("advance", "lost", "no_decision", "regress")
OPEN = -1
ADVANCE, LOST, NO_DECISION, REGRESS = range(4)

_FLOW = np.array(
    [CODE[e] for e in ("entered", "advanced", "regressed", "won", "lost", "no_decision", "reopened")]
)


@dataclass(frozen=True)
class Visits:
    """One entry a visit, in the order of opportunities and time."""

    opportunity: np.ndarray
    """Number of the opportunity; those of later replications follow on."""
    stage: np.ndarray
    entered: np.ndarray
    """Days since the log's start."""
    days: np.ndarray
    """Length of the visit; of an open one, its age when the record ends."""
    seen_from: np.ndarray
    """Age at which the record began to see the visit: 0, or more where it began before the record."""
    outcome: np.ndarray
    """Position in OUTCOMES, OPEN where the visit had not ended."""

    def __len__(self) -> int:
        return self.days.size

    def where(self, mask: np.ndarray) -> Visits:
        return Visits(*(getattr(self, part.name)[mask] for part in fields(self)))


def visits(log: EventLog, whole_days: bool = False, entry: float | None = None) -> Visits:
    """The visits of a log, as the CRM shows them.

    whole_days   the record knows dates only. A date then stands for noon, the record ends with its
                 last day, and a visit that ends on the day it began lasted half a day.
    entry        day since start on which the record began to see exits (`History.entry`): a visit
                 that began earlier is in the record only because it lived to that day.

    A visit ends with the next row of its opportunity: `advanced` or `won` is an advance; where a stage
    is entered without word about the one before, a later stage is an advance and any other a return.
    """
    rows = log.view(REPORT).deals
    rows = rows.where(np.isin(rows.event, _FLOW))
    deal = rows.replication.astype(np.int64) * (int(rows.opportunity.max(initial=0)) + 1) + rows.opportunity
    order = np.argsort(deal, kind="stable")
    deal, time, event, stage = deal[order], rows.time[order], rows.event[order], rows.stage[order]

    at = np.flatnonzero(event == CODE["entered"])
    after = np.minimum(at + 1, max(deal.size - 1, 0))
    ended = (after > at) & (deal[after] == deal[at])
    outcome = np.where(ended, _ending(event[after], stage[after], stage[at]), OPEN).astype(np.int8)
    is_open = outcome == OPEN
    noon = 0.5 if whole_days else 0.0
    days = np.where(is_open, log.horizon - time[at] - noon, time[after] - time[at])
    if whole_days:
        days = np.maximum(days, 0.5)
    seen_from = np.zeros(at.size)
    if entry is not None:
        seen_from = np.where(time[at] < entry, entry - time[at] - noon, 0.0)
    # what ended before the record began is not part of it
    kept = (days > seen_from) | (seen_from == 0)
    table = Visits(deal[at], stage[at], time[at], days, seen_from, outcome)
    return table if kept.all() else table.where(kept)


def _ending(event: np.ndarray, next_stage: np.ndarray, stage: np.ndarray) -> np.ndarray:
    """Outcome told by the row that follows the entry of a stage."""
    told = np.full(len(CODE), OPEN, np.int8)
    told[[CODE["advanced"], CODE["won"]]] = ADVANCE
    told[CODE["lost"]], told[CODE["no_decision"]], told[CODE["regressed"]] = LOST, NO_DECISION, REGRESS
    jumped = np.where(next_stage > stage, ADVANCE, REGRESS)
    return np.where(event == CODE["entered"], jumped, told[event])


def first_sight(table: Visits) -> float | None:
    """Day on which the record began to see exits, where it began later than its oldest visits.

    CRM records often start on the day the system was introduced: what ended before it is not there,
    and what was open is there *because* it was open. Such a record shows many visits begun before the
    first exit f, and none that ended. Whether that is chance is told by the hazard seen afterwards:
    with the Nelson-Aalen cumulative hazard A of each stage, estimated from f on (a visit at risk only
    from its age at f), exits before f have expectation E = sum A(f - entered) over the visits begun
    before f, and none happens with chance exp(-E). Below 1e-6 the record is taken to begin at f.
    Visits that did end before f are missing from the sum, so E errs towards "no". A company whose deals
    simply need months to their first decision has no hazard at young ages, and E stays near 0.
    """
    ended = table.outcome != OPEN
    if not ended.any():
        return None
    first = float((table.entered + table.days)[ended].min())
    older = table.entered < first
    if not older.any():
        return None
    expected = 0.0
    for stage in np.unique(table.stage[older]):
        here = table.stage == stage
        start = np.maximum(0.0, first - table.entered[here])
        ages, hazard = cumulative_hazard(start, table.days[here], ended[here])
        if not ages.size:  # nothing ever left this stage
            continue
        old = older & here
        expected += float(np.interp(first - table.entered[old], ages, hazard, left=0.0).sum())
    return first if expected > -np.log(1e-6) else None


def cumulative_hazard(start: np.ndarray, end: np.ndarray, ended: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nelson-Aalen estimate: ages of exits and the cumulative hazard there; at risk in [start, end]."""
    ages, count = np.unique(end[ended], return_counts=True)
    at_risk = np.searchsorted(np.sort(start), ages, side="right") - np.searchsorted(
        np.sort(end), ages, side="left"
    )
    return ages, np.cumsum(count / np.maximum(at_risk, count))
